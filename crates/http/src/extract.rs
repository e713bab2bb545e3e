//! From a request to the values that a handler takes, with every fault told in words.

use std::time::Duration;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, RequestBody, SchemaObject};
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema, set_body};
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::rejection::Rejection;

/// How long a body may be, in bytes and in time. Routes have theirs by a layer
/// `axum::Extension(BodyBounds { .. })`; without one the default holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BodyBounds {
    /// The most bytes.
    pub bytes: usize,
    /// How long all of it may take to arrive.
    pub time: Duration,
}

impl Default for BodyBounds {
    /// 64 KiB in ten seconds.
    fn default() -> BodyBounds {
        BodyBounds { bytes: 64 * 1024, time: Duration::from_secs(10) }
    }
}

/// The body of a request, read from JSON.
#[derive(Clone, Copy, Debug)]
pub struct Body<T>(pub T);

/// The values of a request's query.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

/// The bytes of a body, if they are not too many and come in time.
///
/// # Errors
/// When they are, do not, or break off.
pub async fn read_body(request: Request) -> Result<Bytes, Rejection> {
    let bounds = request.extensions().get::<BodyBounds>().copied().unwrap_or_default();
    let too_long = || Rejection::too_long(format!("the body has more than {} bytes", bounds.bytes));
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > bounds.bytes) {
        return Err(too_long());
    }
    let read = to_bytes(request.into_body(), bounds.bytes);
    match tokio::time::timeout(bounds.time, read).await {
        Err(_) => Err(Rejection::too_slow()),
        Ok(Ok(bytes)) => Ok(bytes),
        // A body without a length may turn out too long on the way.
        Ok(Err(_)) if length.is_none() => Err(too_long()),
        Ok(Err(_)) => Err(Rejection::malformed("the body broke off: send it again")),
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Rejection;

    async fn from_request(request: Request, _: &S) -> Result<Body<T>, Rejection> {
        let bytes = read_body(request).await?;
        serde_json::from_slice(&bytes).map(Body).map_err(|error| {
            Rejection::malformed(format!("the body is not what is asked for: {error}"))
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query<T>, Rejection> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(query)| Query(query))
            .map_err(|error| Rejection::malformed(format!("the query: {}", error.body_text())))
    }
}

impl<T: JsonSchema> OperationInput for Body<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        document_body::<T>(context, operation, &["application/json"]);
    }
}

impl<T: JsonSchema> OperationInput for Query<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let schema = context.schema.subschema_for::<T>();
        let parameters = parameters_from_schema(context, schema, ParamLocation::Query);
        add_parameters(context, operation, parameters);
    }
}

/// Documents that an operation takes a body of these media types, which is a `T` in JSON.
pub fn document_body<T: JsonSchema>(
    context: &mut GenContext,
    operation: &mut Operation,
    media_types: &[&str],
) {
    let json_schema = context.schema.subschema_for::<T>();
    let described = context.resolve_schema(&json_schema).get("description");
    let description = described.and_then(|text| text.as_str()).map(str::to_owned);
    let media = |name: &&str| {
        let json_schema = json_schema.clone();
        let schema = SchemaObject { json_schema, example: None, external_docs: None };
        ((*name).to_owned(), MediaType { schema: Some(schema), ..MediaType::default() })
    };
    let content = media_types.iter().map(media).collect();
    set_body(
        context,
        operation,
        RequestBody { description, content, required: true, ..RequestBody::default() },
    );
}
