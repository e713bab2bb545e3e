//! The routes: what each takes, and to whom it answers.

mod extract;
mod metrics;
mod read;
mod recovery;
mod stream;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::openapi::{OpenApi, ReferenceOr, SecurityScheme};
use aide::transform::{TransformOpenApi, TransformOperation};
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use deconflict_api::{
    AboutSpace, Challenge, CosignatureLine, FilingAnswer, GivenPage, Problem, Prove, Session,
    StartSession,
};
use deconflict_core::PartyId;
use deconflict_record::{MAX_NAME_BYTES, Note, NoteSignature, SignedCheckpoint};
use deconflict_store::{Store, StoredCosignature};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use crate::check::VerifiedStatement;
use crate::clock::Clock;
use crate::config::ServerLimits;
use crate::failure::FailureCause;
use crate::problem::Failure;
use crate::published::{PublishedState, count};
use crate::session::{Reader, Sessions};
use crate::writer::Writer;
use extract::{Answer, Ask, body, json_of, token};
pub(crate) use metrics::for_operators;

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
    pub(crate) in_flight: Tally,
    pub(crate) streams: Tally,
    /// True from when the host is being stopped.
    pub(crate) stopping: watch::Sender<bool>,
}

pub(crate) type App = Arc<AppState>;

/// What of something each party has at once.
#[derive(Default)]
pub(crate) struct Tally(Mutex<HashMap<PartyId, usize>>);

/// One of them, given back when dropped.
pub(crate) struct One {
    app: App,
    of: fn(&AppState) -> &Tally,
    party: PartyId,
}

impl One {
    /// One more of a party, if it has fewer than `most`.
    fn take(app: &App, of: fn(&AppState) -> &Tally, party: &PartyId, most: usize) -> Option<One> {
        let mut tally = of(app).0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = tally.entry(party.clone()).or_default();
        if *held >= most {
            return None;
        }
        *held += 1;
        drop(tally);
        Some(One { app: app.clone(), of, party: party.clone() })
    }
}

impl Drop for One {
    fn drop(&mut self) {
        let mut tally = (self.of)(&self.app).0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = tally.get_mut(&self.party) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                tally.remove(&self.party);
            }
        }
    }
}

impl AppState {
    /// Who reads, by the request's token.
    pub(crate) fn reader(&self, request: &Request) -> Result<Reader, Failure> {
        let token = token(request).ok_or_else(Failure::session)?;
        self.sessions.reader(token, (self.clock)())
    }

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
}

/// Wraps a function of the application and a request into a documented handler.
macro_rules! handler {
    ($function:expr) => {
        |State(app): State<App>, ask: Ask| async move { Answer::of($function(app, ask.0).await) }
    };
}

/// The routes.
pub(crate) fn router(app: App) -> Router {
    let (router, api) = documented();
    let openapi: Arc<[u8]> = serde_json::to_vec(&api).unwrap_or_default().into();
    let openapi = move || {
        let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let body = openapi.to_vec();
        async move { (json, body) }
    };
    let counted = app.clone();
    router
        .route("/openapi.json", axum::routing::get(openapi))
        .fallback(|| async { Failure::unknown() })
        .method_not_allowed_fallback(|| async { Failure::method() })
        .layer(middleware::from_fn(move |request, next| around(counted.clone(), request, next)))
        .with_state(app)
}

/// What the routes are, as OpenAPI 3.1 in JSON.
pub fn openapi_json() -> String {
    serde_json::to_string_pretty(&documented().1).unwrap_or_default() + "\n"
}

/// The route of all tiles.
const TILES: &str = "/tile/{*tile}";

fn documented() -> (Router<App>, OpenApi) {
    let mut api = OpenApi::default();
    let router = ApiRouter::<App>::new()
        .api_route("/v1/space", get_with(handler!(about), doc_about))
        .api_route("/v1/session", post_with(handler!(challenge), doc_challenge))
        .api_route("/v1/session/prove", post_with(handler!(prove), doc_prove))
        .api_route("/v1/statements", post_with(handler!(file), doc_file))
        .api_route("/v1/given", get_with(handler!(read::given), doc_given))
        .api_route("/v1/stream", get_with(handler!(stream::stream), doc_stream))
        .api_route("/v1/cosignatures", post_with(handler!(cosign), doc_cosign))
        .api_route("/v1/recovery", get_with(handler!(recovery::asked), recovery::doc_asked))
        .api_route("/v1/recovery/head", post_with(handler!(recovery::head), recovery::doc_head))
        .api_route(
            "/v1/recovery/commitments",
            post_with(handler!(recovery::commitments), recovery::doc_commitments),
        )
        .api_route(
            "/v1/recovery/entries",
            post_with(handler!(recovery::entries), recovery::doc_entries),
        )
        .api_route("/checkpoint", get_with(handler!(read::checkpoint), doc_checkpoint))
        .api_route("/health", get_with(handler!(health), doc_health))
        .api_route(TILES, get_with(handler!(read::tile), doc_tile))
        .finish_api_with(&mut api, describe);
    // A path of OpenAPI has no part that spans slashes; an index of a thousand or more has one more.
    if let Some(paths) = &mut api.paths
        && let Some(tiles) = paths.paths.shift_remove(TILES)
    {
        paths.paths.insert("/tile/{level}/{index}".into(), tiles);
    }
    (router, api)
}

/// What holds of every answer: nothing of it is kept by caches on the way.
async fn around(app: App, request: Request, next: Next) -> Response {
    count(&app.published.counts.requests);
    let mut response = next.run(request).await;
    if response.status().is_server_error() {
        count(&app.published.counts.failures);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn json<T: Serialize>(value: &T) -> Result<Response, Failure> {
    let body = serde_json::to_vec(value).map_err(|error| {
        Failure::unreadable(Arc::new(FailureCause::Unforeseen(error.to_string())))
    })?;
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((json, body).into_response())
}

async fn about(app: App, _: Request) -> Result<Response, Failure> {
    json(&AboutSpace {
        space: app.origin.clone(),
        vkey: app.vkey.clone(),
        began: app.began.clone(),
        release: env!("CARGO_PKG_VERSION").into(),
    })
}

async fn health(app: App, _: Request) -> Result<Response, Failure> {
    json(&Health { up: true, writable: app.published.writable() })
}

async fn challenge(app: App, request: Request) -> Result<Response, Failure> {
    let start: StartSession = json_of(&app.limits, request).await?;
    json(&app.sessions.challenge(&start.key, (app.clock)())?)
}

async fn prove(app: App, request: Request) -> Result<Response, Failure> {
    let proof: Prove = json_of(&app.limits, request).await?;
    json(&app.sessions.prove(&proof, (app.clock)())?)
}

async fn file(app: App, request: Request) -> Result<Response, Failure> {
    let reader = app.reader(&request).ok();
    let bytes = body(&app.limits, request).await?;
    let checked = VerifiedStatement::new(&bytes, &app.origin, &app.published.roster())?;
    let most = app.limits.in_flight;
    let one = One::take(&app, |app| &app.in_flight, checked.party(), most);
    let _one = one.ok_or_else(Failure::in_flight)?;
    let own = reader.is_some_and(|reader| reader.party == *checked.party());
    let mut filed = app.writer.file(checked).await?;
    filed.conflicts = filed.conflicts.filter(|_| own);
    json(&filed)
}

async fn cosign(app: App, request: Request) -> Result<Response, Failure> {
    let reader = app.reader(&request)?;
    let most = app.limits.in_flight;
    let one = One::take(&app, |app| &app.in_flight, &reader.party, most);
    let _one = one.ok_or_else(Failure::in_flight)?;
    let cosigned: CosignatureLine = json_of(&app.limits, request).await?;
    let (asked, size) = (app.clone(), cosigned.size);
    let read = move || asked.store.view(&asked.origin)?.checkpoint_at(size);
    let kept = read::blocking(&app, read).await?;
    let kept = kept.ok_or_else(Failure::unknown)?;
    let cosignature = verified(&app, &kept.note, &cosigned)?;
    app.writer.cosign(cosignature).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The cosignature, once one of the charter's witnesses is seen to have made it under this head.
fn verified(
    app: &AppState,
    note: &str,
    cosigned: &CosignatureLine,
) -> Result<StoredCosignature, Failure> {
    /// Seconds by which a witness's clock may be ahead of ours.
    const AHEAD_S: u64 = 300;
    let malformed = |error: deconflict_record::Malformed| Failure::malformed(error.to_string());
    let mut line = cosigned.line.clone();
    if !line.ends_with('\n') {
        line.push('\n');
    }
    if line.len() > 2 * MAX_NAME_BYTES + 256 {
        return Err(Failure::malformed("line: longer than a cosignature can be"));
    }
    let signature = NoteSignature::parse(&line).map_err(malformed)?;
    let head = SignedCheckpoint::parse(note.as_bytes()).map_err(|error| {
        let fault = format!("the head over {} entries: {error}", cosigned.size);
        app.unreadable(FailureCause::Damaged { fault })
    })?;
    let text = head.note().claimed_text();
    let alone = Note::unsigned(text).and_then(|note| note.and(signature)).map_err(malformed)?;
    let roster = app.published.roster();
    let signed = |vkey: &&deconflict_record::Vkey| alone.verify(&[vkey]).ok();
    let found = roster.witnesses().iter().find_map(|vkey| Some((vkey, signed(&vkey)?)));
    let time = found.and_then(|(vkey, times)| Some((vkey, times.into_iter().flatten().next()?)));
    let now = u64::try_from((app.clock)().seconds()).unwrap_or(0);
    match time {
        Some((vkey, time_s)) if time_s <= now + AHEAD_S => Ok(StoredCosignature {
            size: cosigned.size,
            witness: vkey.name().to_owned(),
            time_s: i64::try_from(time_s).unwrap_or(i64::MAX),
            line,
        }),
        Some(_) => Err(Failure::malformed("line: its time lies ahead: set the witness's clock")),
        None => Err(Failure::malformed(
            "line: no witness of the charter made it under the head of this size: fetch that head \
             and cosign it with the key that the charter names",
        )),
    }
}

type Op<'t> = TransformOperation<'t>;

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

fn problems(op: Op<'_>) -> Op<'_> {
    op.default_response_with::<axum::Json<Problem>, _>(|mut answer| {
        let content = &mut answer.inner().content;
        if let Some(problem) = content.shift_remove("application/json") {
            content.insert("application/problem+json".into(), problem);
        }
        answer.description("A problem.")
    })
}

fn needs_session(op: Op<'_>) -> Op<'_> {
    problems(op).security_requirement("session")
}

fn doc_about(op: Op<'_>) -> Op<'_> {
    problems(op).summary("What the space is, and its key").response::<200, axum::Json<AboutSpace>>()
}

fn doc_health(op: Op<'_>) -> Op<'_> {
    problems(op).summary("Whether the host is up").response::<200, axum::Json<Health>>()
}

fn doc_challenge(op: Op<'_>) -> Op<'_> {
    problems(op)
        .summary("Something to sign with a key")
        .input::<axum::Json<StartSession>>()
        .response::<200, axum::Json<Challenge>>()
}

fn doc_prove(op: Op<'_>) -> Op<'_> {
    problems(op)
        .summary("Begin a session")
        .input::<axum::Json<Prove>>()
        .response::<200, axum::Json<Session>>()
}

fn doc_file(op: Op<'_>) -> Op<'_> {
    problems(op)
        .summary("File a statement: the exact bytes of its DSSE envelope")
        .description(
            "No session is needed: the signatures are the authority. Accepted or refused, it is \
             durable before this answers; sent again, it gets the same answer. With whom it \
             conflicts is told in a session of its author's party alone.",
        )
        .input::<axum::Json<Envelope>>()
        .with(|mut op| {
            if let Some(ReferenceOr::Item(body)) = &mut op.inner_mut().request_body
                && let Some(json) = body.content.get("application/json").cloned()
            {
                body.content.insert("application/vnd.dsse+json".into(), json);
            }
            op
        })
        .response::<200, axum::Json<FilingAnswer>>()
}

fn doc_given(op: Op<'_>) -> Op<'_> {
    needs_session(op)
        .summary("What one's party may read, in the order in which it is to be folded")
        .input::<Query<read::GivenQuery>>()
        .response::<200, axum::Json<GivenPage>>()
}

fn doc_stream(op: Op<'_>) -> Op<'_> {
    needs_session(op)
        .summary("The same as it comes, as server-sent events `given` and `checkpoint`")
        .description(
            "The id of an event is the cause up to which all was sent: Last-Event-ID resumes there.",
        )
        .input::<Query<stream::StreamQuery>>()
        .response_with::<200, String, _>(|mut answer| {
            let content = &mut answer.inner().content;
            if let Some((_, text)) = content.shift_remove_index(0) {
                content.insert("text/event-stream".into(), text);
            }
            answer.description("Events.")
        })
}

fn doc_cosign(op: Op<'_>) -> Op<'_> {
    needs_session(op)
        .summary("Keep a witness's cosignature of a head")
        .input::<axum::Json<CosignatureLine>>()
        .response::<204, ()>()
}

fn doc_checkpoint(op: Op<'_>) -> Op<'_> {
    needs_session(op).summary("The last head, with its cosignatures").response::<200, String>()
}

fn doc_tile(op: Op<'_>) -> Op<'_> {
    needs_session(op)
        .summary("A tile of the record under the last head (C2SP tlog-tiles)")
        .input::<Path<TilePath>>()
        .response_with::<200, String, _>(|mut answer| {
            let content = &mut answer.inner().content;
            content.clear();
            content.insert("application/octet-stream".into(), Default::default());
            answer.description("Hashes or commitments, as they stand in the tree.")
        })
}

/// The path of a tile.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it only documents")]
struct TilePath {
    /// The level of its hashes, 0 to 7, or `entries` for the commitments of the entries themselves.
    #[schemars(regex(pattern = r"^([0-7]|entries)$"))]
    level: String,
    /// Its index, three digits in each part and an `x` before all but the last; `.p/` and a width for
    /// one that is not full.
    #[schemars(regex(pattern = r"^(x[0-9]{3}/)*[0-9]{3}(\.p/[0-9]{1,3})?$"))]
    index: String,
}

/// A DSSE envelope, v1.0.2.
#[derive(JsonSchema)]
#[expect(dead_code, non_snake_case, reason = "it only documents")]
struct Envelope {
    /// The type of the body.
    payloadType: String,
    /// The body, in base64.
    payload: String,
    /// Who signed it.
    signatures: Vec<EnvelopeSignature>,
}

/// A signature of an envelope.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it only documents")]
struct EnvelopeSignature {
    /// The key's id.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    keyid: String,
    /// The signature, in base64.
    #[schemars(regex(pattern = r"^[A-Za-z0-9+/]{85}[AQgw]==$"))]
    sig: String,
}
