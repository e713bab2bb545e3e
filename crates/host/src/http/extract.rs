//! From requests to values, with every refusal a problem.

use std::convert::Infallible;

use aide::{OperationInput, OperationOutput};
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use crate::config::ServerLimits;
use crate::problem::Failure;

/// A request, whole: what it holds is taken from it where its faults can be told.
pub(super) struct Ask(pub(super) Request);

impl<S: Send + Sync> FromRequest<S> for Ask {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Ask, Infallible> {
        Ok(Ask(request))
    }
}

impl OperationInput for Ask {}

/// An answer, documented by hand.
pub(super) struct Answer(Response);

impl Answer {
    pub(super) fn of(result: Result<Response, Failure>) -> Answer {
        Answer(result.unwrap_or_else(IntoResponse::into_response))
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        self.0
    }
}

impl OperationOutput for Answer {
    type Inner = ();
}

/// The token of a request's session.
pub(super) fn token(request: &Request) -> Option<&str> {
    request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// The body, if it is not too long and comes in time.
pub(super) async fn body(limits: &ServerLimits, request: Request) -> Result<Bytes, Failure> {
    let most = limits.body_bytes;
    let too_long = || Failure::too_long(format!("the body has more than {most} bytes"));
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > most) {
        return Err(too_long());
    }
    let read = to_bytes(request.into_body(), most);
    match tokio::time::timeout(limits.body, read).await {
        Err(_) => Err(Failure::too_slow()),
        Ok(Ok(bytes)) => Ok(bytes),
        // A body without a length may turn out too long on the way.
        Ok(Err(_)) if declared.is_none() => Err(too_long()),
        Ok(Err(_)) => Err(Failure::malformed("the body broke off: send it again")),
    }
}

/// The body as a value.
pub(super) async fn json_of<T: DeserializeOwned>(
    limits: &ServerLimits,
    request: Request,
) -> Result<T, Failure> {
    let bytes = body(limits, request).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::malformed(format!("the body is not what is asked for: {error}")))
}

/// The values of a query.
pub(super) fn query_of<T: DeserializeOwned>(request: &Request) -> Result<T, Failure> {
    axum::extract::Query::try_from_uri(request.uri())
        .map(|axum::extract::Query(query)| query)
        .map_err(|error| Failure::malformed(format!("the query: {}", error.body_text())))
}
