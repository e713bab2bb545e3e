//! The routes: what each takes, and to whom it answers.

mod callers;
mod feed;
mod metrics;
mod read;
mod recovery;
mod statements;
mod stream;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::generate::GenContext;
use aide::openapi::{
    MediaType, OpenApi, Operation, Response as Described, SchemaObject, SecurityScheme,
};
use aide::operation::OperationOutput;
use aide::transform::TransformOpenApi;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router};
use deconflict_api::{AboutSpace, Challenge, HostTrouble, Problem, Prove, Session, StartSession};
use deconflict_http::{Body, BodyBounds, Rejection, Stop, observed, problem};
use deconflict_store::Store;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::config::ServerLimits;
use crate::failure::FailureCause;
use crate::problem::Failure;
use crate::published::PublishedState;
use crate::session::Sessions;
use crate::shares::Shares;
use crate::writer::Writer;
use feed::Feeds;
pub(crate) use metrics::for_operators;
pub(crate) use statements::{LastNumbers, verified};

/// What every request may need.
pub(crate) struct AppState {
    pub(crate) origin: String,
    pub(crate) vkey: String,
    /// The key with which the record began, where that is another one.
    pub(crate) began: Option<String>,
    pub(crate) store: Store,
    pub(crate) published: Arc<PublishedState>,
    pub(crate) sessions: Sessions,
    pub(crate) writer: Writer,
    pub(crate) clock: Clock,
    pub(crate) limits: ServerLimits,
    /// Statements that wait for the writer.
    pub(crate) in_flight: Shares,
    /// Which statements cannot have been filed before.
    pub(crate) numbers: LastNumbers,
    /// What is read from the store, until it is sent.
    pub(crate) readings: Shares,
    /// Where long pages are read; nothing else runs there.
    pub(crate) page_threads: Handle,
    /// Who reads a page from the store at this moment, where statements come: never on all cores.
    pub(crate) pages: Arc<Semaphore>,
    pub(crate) streams: Shares,
    pub(crate) feeds: Feeds,
    pub(crate) stop: Stop,
}

pub(crate) type App = Arc<AppState>;

impl AppState {
    /// Something of the record cannot be read: kept for the operator, and what a reader is told.
    pub(crate) fn unreadable(&self, cause: impl Into<FailureCause>) -> Failure {
        self.published.unreadable((self.clock)(), cause)
    }
}

/// What the host is able to do.
#[derive(Serialize, JsonSchema)]
struct Health {
    /// It answers.
    up: bool,
    /// It can write its record.
    writable: bool,
    /// What keeps it from doing all that it should.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    troubles: Vec<HostTrouble>,
}

/// The routes.
pub(crate) fn router(app: App) -> Router {
    let (router, api) = documented(&app.limits);
    let openapi = Bytes::from(serde_json::to_vec(&api).unwrap_or_default());
    let openapi = move || {
        let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let body = openapi.clone();
        async move { (json, body) }
    };
    let counts = app.published.counts.http.clone();
    let router = router
        .route("/openapi.json", axum::routing::get(openapi))
        .fallback(|| async { Rejection::unknown() })
        .method_not_allowed_fallback(|| async { Rejection::method() })
        .with_state(app);
    observed(router, counts)
}

/// What the routes are, as OpenAPI 3.1 in JSON.
pub fn openapi_json() -> String {
    serde_json::to_string_pretty(&documented(&ServerLimits::default()).1).unwrap_or_default() + "\n"
}

/// The route of all tiles.
const TILES: &str = "/tile/{*tile}";

fn documented(limits: &ServerLimits) -> (Router<App>, OpenApi) {
    let mut api = OpenApi::default();
    let bounds = BodyBounds { bytes: limits.body_bytes, time: limits.body };
    let router = ApiRouter::<App>::new()
        .api_route("/v1/space", get_with(about, |op| op.summary("What the space is, and its key")))
        .api_route(
            "/v1/session",
            post_with(challenge, |op| op.summary("Something to sign with a key")),
        )
        .api_route("/v1/session/prove", post_with(prove, |op| op.summary("Begin a session")))
        .api_route("/v1/statements", post_with(statements::file, statements::describe_file))
        .api_route(
            "/v1/cosignatures",
            post_with(statements::cosign, |op| {
                op.summary("Keep a witness's cosignature of a head")
            }),
        )
        .api_route(
            "/v1/given",
            get_with(read::given, |op| {
                op.summary("What one's party may read, in the order in which it is to be folded")
            }),
        )
        .api_route("/v1/stream", get_with(stream::stream, stream::describe))
        .api_route(
            "/checkpoint",
            get_with(read::checkpoint, |op| op.summary("The last head, with its cosignatures")),
        )
        .api_route("/health", get_with(health, |op| op.summary("Whether the host is up")))
        .api_route(
            TILES,
            get_with(read::tile, |op| {
                op.summary("A tile of the record under the last head (C2SP tlog-tiles)")
            }),
        )
        .merge(recovery::routes())
        .layer(Extension(bounds))
        .merge(recovery::routes_of_many(bounds))
        .merge(statements::routes_of_many(bounds))
        .finish_api_with(&mut api, describe);
    // A path of OpenAPI has no part that spans slashes; an index of a thousand or more has one more.
    if let Some(paths) = &mut api.paths
        && let Some(tiles) = paths.paths.shift_remove(TILES)
    {
        paths.paths.insert("/tile/{level}/{index}".into(), tiles);
    }
    (router, api)
}

fn describe(api: TransformOpenApi<'_>) -> TransformOpenApi<'_> {
    let bearer = SecurityScheme::Http {
        scheme: "bearer".into(),
        bearer_format: None,
        description: Some("The token of a session.".into()),
        extensions: Default::default(),
    };
    api.title("deconflict host")
        .version(env!("CARGO_PKG_VERSION"))
        .description(
            "The record of one space. Whatever is not answered is answered with a problem \
             (RFC 9457). The record's tiles (C2SP tlog-tiles) are at /tile/, for parties.",
        )
        .security_scheme("session", bearer)
}

async fn about(State(app): State<App>) -> Result<Json<AboutSpace>, Failure> {
    Ok(Json(AboutSpace {
        space: app.origin.clone(),
        vkey: app.vkey.clone(),
        began: app.began.clone(),
        release: env!("CARGO_PKG_VERSION").into(),
        troubles: app.published.troubles(),
    }))
}

async fn health(State(app): State<App>) -> Result<Json<Health>, Failure> {
    let published = &app.published;
    let troubles = published.troubles();
    Ok(Json(Health { up: true, writable: published.writable(), troubles }))
}

async fn challenge(
    State(app): State<App>,
    Body(start): Body<StartSession>,
) -> Result<Json<Challenge>, Failure> {
    app.sessions.challenge(&start.key, (app.clock)()).map(Json)
}

async fn prove(State(app): State<App>, Body(proof): Body<Prove>) -> Result<Json<Session>, Failure> {
    app.sessions.prove(&proof, (app.clock)()).map(Json)
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Failure { problem: body, retry_after_s, cause } = self;
        problem(body.status, &body, retry_after_s, cause.map(|cause| cause as _))
    }
}

impl OperationOutput for Failure {
    type Inner = Problem;

    fn inferred_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Described)> {
        let json_schema = context.schema.subschema_for::<Problem>();
        let schema = SchemaObject { json_schema, example: None, external_docs: None };
        let media = MediaType { schema: Some(schema), ..MediaType::default() };
        vec![(None, described("A problem.", "application/problem+json", media))]
    }
}

/// An answer of one media type, as it is documented.
fn described(description: &str, media_type: &str, media: MediaType) -> Described {
    Described {
        description: description.into(),
        content: [(media_type.to_owned(), media)].into_iter().collect(),
        ..Described::default()
    }
}
