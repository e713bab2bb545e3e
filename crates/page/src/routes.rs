//! What a page asks for, and what it sends.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body as AxumBody;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, body};
use deconflict_core::{Receipt, Say};
use deconflict_desk::receipts_due;
use deconflict_http::{Body, Query, Rejection};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use crate::changes::changes;
use crate::compose::moment;
use crate::deeds::{FieldState, PageDraft, compared, dialogue_of, shelf_object};
use crate::door::DoorFault;
use crate::entries::{newest, rows};
use crate::pages;
use crate::server::{App, AppRef, BEAT, LOCKS_AFTER, PageFiling, Picture};

/// What a page may do: nothing that does not come from this very server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";
/// How many entries are read at once.
const MOST_ENTRIES: usize = 200;
/// For how many seconds the sound of something is silent, as `deconflict shelve` has it where nothing else is said.
const SHELVED_S: i64 = 600;

/// What is refused, in words.
pub(crate) fn refused(status: u16, detail: &str) -> Rejection {
    Rejection { kind: "problems/refused", title: "Refused", status, detail: detail.to_owned() }
}

pub(crate) fn router(app: AppRef) -> Router {
    let inside = Router::new()
        .route("/v1/view", get(view))
        .route("/v1/entries", get(entries))
        .route("/v1/changes", get(stream))
        .route("/v1/preview", post(preview))
        .route("/v1/sign", post(sign))
        .route("/v1/displayed", post(displayed))
        .route("/v1/shelve", post(shelve))
        .route("/v1/lock", post(lock))
        .route("/v1/unlock", post(unlock))
        .layer(from_fn_with_state(app.clone(), only_inside));
    Router::new()
        .merge(inside)
        .route("/v1/login", post(login))
        .fallback(page)
        .method_not_allowed_fallback(|| async { Rejection::method() })
        .layer(from_fn_with_state(app.clone(), only_ours))
        .with_state(app)
}

fn turned(why: DoorFault) -> Rejection {
    let (status, detail) = match why {
        DoorFault::OtherHost => (421, "this page is served under its own address alone"),
        DoorFault::OtherOrigin => (403, "this was sent by a page of somebody else"),
        DoorFault::NoJson => (415, "only application/json is taken here"),
        DoorFault::NoSession => {
            (401, "nobody let this page in: open the link that the desk printed")
        }
        DoorFault::NoLink => {
            (403, "this link was used or is too old: open the newest one that the desk printed")
        }
    };
    refused(status, detail)
}

/// Turns away what another page can have sent, and says of everything what a browser may do with it.
async fn only_ours(State(app): State<AppRef>, request: Request, next: Next) -> Response {
    let mut answer = match app.door.may_ask(request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(why) => turned(why).into_response(),
    };
    let headers = answer.headers_mut();
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

/// Turns away who was not let in.
async fn only_inside(State(app): State<AppRef>, request: Request, next: Next) -> Response {
    match app.door.is_in(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(why) => turned(why).into_response(),
    }
}

/// In which language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    #[serde(default)]
    lang: String,
}

/// On a thread that may take its time.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Rejection> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| refused(500, "this desk could not do it: a fault of this program"))
}

async fn view(
    State(app): State<AppRef>,
    Query(Language { lang }): Query<Language>,
) -> Result<Response, Rejection> {
    let drawn = aside(move || {
        let desk = app.latest.get();
        let (_, value) = app.draw(desk.clone(), &lang);
        let (_, picture) = app.keep(Picture { lang, desk, value });
        picture.value.to_string()
    });
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((kind, drawn.await?).into_response())
}

/// After which picture.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    after: u64,
    #[serde(default)]
    lang: String,
}

async fn stream(
    State(app): State<AppRef>,
    Query(After { after, lang }): Query<After>,
) -> Result<Response, Rejection> {
    let place = app.streams.clone().try_acquire_owned();
    let place = place.map_err(|_| refused(429, "too many pages are open: close one"))?;
    let (to, events) = mpsc::channel::<Result<body::Bytes, Infallible>>(8);
    let known = app.kept(after).filter(|picture| picture.lang == lang);
    tokio::task::spawn_blocking(move || tell(&app, known, &lang, &to, place));
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))];
    Ok((kind, AxumBody::from_stream(ReceiverStream::new(events))).into_response())
}

type Events = mpsc::Sender<Result<body::Bytes, Infallible>>;

/// Tells a page what changes after the picture that it has, as long as it listens.
fn tell(
    app: &App,
    known: Option<Arc<Picture>>,
    lang: &str,
    to: &Events,
    _place: OwnedSemaphorePermit,
) {
    let send = |event: &str, value: &Value| {
        let named = if event.is_empty() { String::new() } else { format!("event: {event}\n") };
        to.blocking_send(Ok(body::Bytes::from(format!("{named}data: {value}\n\n")))).is_ok()
    };
    let Some(mut known) = known else {
        send("gap", &json!({}));
        return;
    };
    let mut number = 0;
    loop {
        let (seen, desk) = app.latest.numbered();
        let is_new = seen != number;
        number = seen;
        let (at, value) = app.draw(desk.clone(), lang);
        let now = moment(at);
        // It has its number once it is kept.
        let told = match changes(&known.value, &value, (0, &now)) {
            Some(mut change) => {
                let (seq, picture) = app.keep(Picture { lang: lang.to_owned(), desk, value });
                (change.seq, known) = (seq, picture);
                send("", &serde_json::to_value(change).unwrap_or_default())
            }
            None if is_new => true,
            None => send("beat", &json!({ "seq": 0, "now": now })),
        };
        if !told || to.is_closed() {
            return;
        }
        let _ = app.latest.wait_for_change(number, BEAT);
        if app.stop.is_stopped() {
            return;
        }
    }
}

fn tell_link(app: &App) {
    if let Err(why) = app.tell_link() {
        tracing::warn!(why, "no link for another page");
    }
}

async fn login(
    State(app): State<AppRef>,
    Body(deconflict_api::page::PageLogin { token }): Body<deconflict_api::page::PageLogin>,
) -> Result<Response, Rejection> {
    let cookie = app.door.enter(&token).map_err(turned)?;
    app.lock().deed = Instant::now();
    // The next page needs a link of its own.
    tell_link(&app);
    let cookie = HeaderValue::from_str(&cookie)
        .map_err(|_| refused(500, "this desk could not do it: a fault of this program"))?;
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({}))).into_response())
}

/// What is looked at before it is signed.
#[derive(Serialize)]
struct Preview {
    refused: Vec<String>,
    renderings: Vec<ShownTo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<BTreeMap<String, FieldState>>,
}

/// How a party reads it.
#[derive(Serialize)]
struct ShownTo {
    party: String,
    lang: String,
    text: String,
}

async fn preview(
    State(app): State<AppRef>,
    Query(Language { lang }): Query<Language>,
    Body(draft): Body<PageDraft>,
) -> Result<Response, Rejection> {
    let looked = aside(move || {
        let desk = app.latest.get();
        let reader = app.reader(&desk, &lang, app.now(&desk));
        let fields = match &draft {
            PageDraft::ReadBack { dialogue, fields } => dialogue_of(&reader, dialogue)
                .ok()
                .map(|(_, known)| compared(&reader, known, fields)),
            _ => None,
        };
        let deed = draft.deed(&reader);
        let renderings = deed.iter().filter_map(|deed| deed.rendering.as_ref());
        let party = desk.status.settings.party.to_string();
        let renderings = renderings.map(|shown| ShownTo {
            party: party.clone(),
            lang: shown.language.clone(),
            text: shown.line(),
        });
        let renderings = renderings.collect();
        // What is not typed yet is no refusal of a read-back: each field says how it stands.
        let refused = deed.err().filter(|_| fields.is_none());
        Preview { refused: refused.into_iter().collect(), renderings, fields }
    });
    Ok(Json(looked.await?).into_response())
}

/// What is signed, on which picture, with the key's own proof where the deed takes one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToSign {
    draft: PageDraft,
    seq: u64,
    proof: Option<String>,
}

/// What became of it.
#[derive(Serialize)]
struct SignOutcome {
    state: &'static str,
    statement: String,
    text: String,
}

async fn sign(
    State(app): State<AppRef>,
    Query(Language { lang }): Query<Language>,
    Body(ToSign { draft, seq, proof }): Body<ToSign>,
) -> Result<Response, Rejection> {
    let done = aside(move || {
        let picture = app.kept(seq).ok_or_else(|| {
            refused(409, "what was shown is too old: read it as it is now, and sign then")
        })?;
        // What is signed was decided on what was shown; whether it still can be is looked at now.
        let reader = app.reader(&picture.desk, &lang, app.now(&picture.desk));
        let deed = draft.deed(&reader).map_err(|why| refused(422, &why))?;
        let proof = proof.filter(|proof| !proof.is_empty());
        match proof {
            Some(proof) => app.is_proof(&proof)?,
            None if deed.binds => {
                return Err(refused(403, "this takes the passphrase of this desk's key"));
            }
            None => app.act()?,
        }
        let filed = app.desk.say(&picture.desk, &deed.say).map_err(|why| refused(422, &why))?;
        let PageFiling { statement, queued, refused } = filed;
        let state = match (&refused, queued) {
            (Some(_), _) => "refused",
            (None, true) => "queued",
            (None, false) => "signed",
        };
        let said = deed.rendering.map(|shown| shown.line()).unwrap_or_default();
        Ok(SignOutcome { state, statement, text: refused.unwrap_or(said) })
    });
    Ok(Json(done.await??).into_response())
}

/// Which message was on a screen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnScreen {
    dialogue: String,
}

async fn displayed(
    State(app): State<AppRef>,
    Body(OnScreen { dialogue }): Body<OnScreen>,
) -> Result<Response, Rejection> {
    let done = aside(move || {
        let desk = app.latest.get();
        let reader = app.reader(&desk, "", app.now(&desk));
        let (message, _) = dialogue_of(&reader, &dialogue).map_err(|why| refused(404, &why))?;
        let by = (reader.party, &app.config.key);
        let due = receipts_due(reader.view, by, &desk.status.queue, Receipt::Displayed);
        if due.iter().any(|(due, _)| *due == message) {
            let say = Say::Receive { message, receipt: Receipt::Displayed, shown_in: None };
            app.desk.say(&desk, &say).map_err(|why| refused(422, &why))?;
        }
        Ok(())
    });
    done.await??;
    Ok(Json(json!({})).into_response())
}

/// Of what the sound is silent for a while.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToShelve {
    alarm: String,
}

async fn shelve(
    State(app): State<AppRef>,
    Body(ToShelve { alarm }): Body<ToShelve>,
) -> Result<Response, Rejection> {
    let done = aside(move || {
        let desk = app.latest.get();
        let reader = app.reader(&desk, "", app.now(&desk));
        let of = shelf_object(&reader, &alarm).map_err(|why| refused(404, &why))?;
        app.act()?;
        let say = Say::Shelve { of, until: reader.now.after_seconds(SHELVED_S) };
        let filed = app.desk.say(&desk, &say).map_err(|why| refused(422, &why))?;
        filed.refused.map_or(Ok(()), |why| Err(refused(422, &why)))
    });
    done.await??;
    Ok(Json(json!({})).into_response())
}

/// Which entries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Older {
    #[serde(default)]
    before: Option<u64>,
    #[serde(default)]
    n: Option<usize>,
    #[serde(default)]
    lang: String,
}

async fn entries(
    State(app): State<AppRef>,
    Query(Older { before, n, lang }): Query<Older>,
) -> Result<Response, Rejection> {
    let read = aside(move || {
        let desk = app.latest.get();
        let reader = app.reader(&desk, &lang, app.now(&desk));
        let n = n.unwrap_or(MOST_ENTRIES).clamp(1, MOST_ENTRIES);
        let before = before.unwrap_or(u64::MAX).min(desk.status.head.size);
        let given = newest(before, n, |from| app.desk.entries(from));
        let given = given.map_err(|why| refused(500, &why))?;
        Ok(rows(&desk, &reader, &given, (before, n)))
    });
    Ok(Json(read.await??).into_response())
}

async fn lock(State(app): State<AppRef>) -> Result<Response, Rejection> {
    let long_ago = Instant::now().checked_sub(LOCKS_AFTER + Duration::from_secs(1));
    app.lock().deed = long_ago.unwrap_or_else(Instant::now);
    Ok(Json(json!({})).into_response())
}

/// The passphrase of the desk's key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    proof: String,
}

async fn unlock(
    State(app): State<AppRef>,
    Body(Proof { proof }): Body<Proof>,
) -> Result<Response, Rejection> {
    aside(move || app.is_proof(&proof)).await??;
    Ok(Json(json!({})).into_response())
}

/// The page itself.
async fn page(State(app): State<AppRef>, uri: Uri, headers: HeaderMap) -> Response {
    if uri.path().starts_with("/v1/") {
        return Rejection::unknown().into_response();
    }
    // Whoever comes to a page that nobody is let in to any more needs a new link: the desk tells it where it runs.
    if uri.path() == "/" && app.door.is_in(&headers).is_err() && !app.door.has_link() {
        tell_link(&app);
    }
    match pages::page(uri.path()) {
        Some((kind, bytes, lasts)) => {
            let lasts = if lasts { "public, max-age=31536000, immutable" } else { "no-cache" };
            let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, lasts)];
            (StatusCode::OK, headers, bytes).into_response()
        }
        None => Rejection::unknown().into_response(),
    }
}
