//! The page's server: what it shows, what is sent as that changes, and what is signed from it.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body as AxumBody;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, body};
use deconflict_api::page::PageView;
use deconflict_core::{MessageId, Receipt, Say, Time};
use deconflict_desk::{DeskView, Latest, host_time};
use deconflict_http::{
    Body, ConnectionBounds, HttpCounts, ListenError, Listener, Query, Rejection, Serving, Stop,
};
use deconflict_record::UtcSecond;
use deconflict_words::Reader;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use crate::changes::changes;
use crate::compose::{PageSubjects, compose, moment};
use crate::deeds::{FieldState, PageDraft, compared, dialogue_of};
use crate::door::{Door, DoorFault};
use crate::pages;

/// How many pictures are kept, for pages that come back and for what is signed to them.
const KEPT: usize = 24;
/// How many pages may be told of changes at once.
const STREAMS: usize = 12;
/// How long a stream waits for a change before it says that it is there, and looks at the clock.
const BEAT: Duration = Duration::from_secs(5);
/// After how long without a deed nothing is signed before the key is unlocked anew.
const LOCKS_AFTER: Duration = Duration::from_secs(15 * 60);
/// How many wrong passphrases are heard one after the other, and how long none is heard then.
const MOST_WRONG: u32 = 5;
const WRONG_PAUSE: Duration = Duration::from_secs(60);
/// What a page may do: nothing that does not come from this very server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// What the page's server needs of the desk that it serves.
pub trait PageDesk: Send + Sync + 'static {
    /// Signs with the operator's key what was decided on this picture, keeps it and sends it: its name, and whether the host
    /// has it.
    ///
    /// # Errors
    /// Why not, in words.
    fn say(&self, shown: &DeskView, say: &Say) -> Result<PageFiling, String>;

    /// Whether a passphrase is that of the operator's key.
    fn proves(&self, passphrase: &str) -> bool;
}

/// What became of something signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageFiling {
    /// Its name.
    pub statement: String,
    /// Whether it waits for the line.
    pub queued: bool,
    /// Why the host refused it; `None`: it did not.
    pub refused: Option<String>,
}

/// How a page is served.
pub struct PageConfig {
    /// Where: an address of this machine; at port 0 the system chooses one.
    pub address: SocketAddr,
    /// The post of the key with which the desk signs.
    pub post: String,
    /// The time by this machine's clock.
    pub clock: fn() -> UtcSecond,
    /// How many minutes local time is ahead of UTC at so many seconds after 1970 began.
    pub local_min: fn(i64) -> i32,
    /// Where random bytes come from; `None`: there are none.
    pub random: fn() -> Option<[u8; 32]>,
    /// Told each link that lets a page in.
    pub tell_link: Box<dyn Fn(&str) + Send + Sync>,
}

/// Why no page can be served.
#[derive(Debug)]
#[non_exhaustive]
pub enum PageError {
    /// The address is not of this machine alone.
    NotHere(SocketAddr),
    /// Nothing can be served there.
    Listen(ListenError),
    /// The system gives no threads, or no randomness.
    System(String),
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PageError::NotHere(address) => write!(
                f,
                "{address}: the page is served on this machine alone: give an address such as 127.0.0.1:4080"
            ),
            PageError::Listen(ListenError::Address(address, error)) => {
                write!(f, "{address}: cannot be listened at: {error}")
            }
            PageError::Listen(error) => write!(f, "the page cannot be served: {error:?}"),
            PageError::System(why) => write!(f, "the page cannot be served: {why}"),
        }
    }
}

impl std::error::Error for PageError {}

/// A page that is being served. Dropped, it ends.
pub struct PageServer {
    address: SocketAddr,
    stop: Stop,
    serving: Serving,
    runtime: Option<Runtime>,
}

/// What a page was shown.
struct Picture {
    lang: String,
    desk: Arc<DeskView>,
    value: Value,
}

#[derive(Default)]
struct Pictures {
    last: u64,
    kept: VecDeque<(u64, Arc<Picture>)>,
}

/// Since when nobody did anything, and how often a wrong passphrase was given.
struct LockState {
    deed: Instant,
    wrong: u32,
    wrong_at: Instant,
}

struct App {
    door: Door,
    latest: Arc<Latest<DeskView>>,
    desk: Box<dyn PageDesk>,
    config: PageConfig,
    pictures: Mutex<Pictures>,
    lock: Mutex<LockState>,
    streams: Arc<Semaphore>,
    stop: Stop,
}

type AppRef = Arc<App>;

impl PageServer {
    /// Serves the page of a desk, and tells the link that lets one in.
    ///
    /// # Errors
    /// When the address is not of this machine alone or cannot be listened at, or the system lacks something.
    pub fn start(
        config: PageConfig,
        latest: Arc<Latest<DeskView>>,
        desk: impl PageDesk,
    ) -> Result<PageServer, PageError> {
        if !config.address.ip().is_loopback() {
            return Err(PageError::NotHere(config.address));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(2 * STREAMS)
            .enable_all()
            .thread_name("deconflict-page")
            .build()
            .map_err(|error| PageError::System(error.to_string()))?;
        let listener = runtime.block_on(Listener::bind(config.address, None, false));
        let listener = listener.map_err(PageError::Listen)?;
        let address = listener.address();
        let (stop, now) = (Stop::default(), Instant::now());
        let app = Arc::new(App {
            door: Door::new(address, config.random),
            latest,
            desk: Box::new(desk),
            config,
            pictures: Mutex::default(),
            lock: Mutex::new(LockState { deed: now, wrong: 0, wrong_at: now }),
            streams: Arc::new(Semaphore::new(STREAMS)),
            stop: stop.clone(),
        });
        app.tell_link().map_err(PageError::System)?;
        let bounds = ConnectionBounds {
            connections: 64,
            of_known: 0,
            of_owner: 64,
            of_address: 64,
            proxies: Vec::new(),
            header: Duration::from_secs(10),
            write: Duration::from_secs(30),
            stop: Duration::from_secs(1),
        };
        let counts: Arc<HttpCounts> = Arc::default();
        let serving = listener.serve(runtime.handle(), router(app), bounds, counts, stop.clone());
        Ok(PageServer { address, stop, serving, runtime: Some(runtime) })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(runtime) = self.runtime.take() {
            runtime.block_on(self.serving.ended());
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

impl fmt::Debug for PageServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageServer").field("address", &self.address).finish_non_exhaustive()
    }
}

impl App {
    fn tell_link(&self) -> Result<(), String> {
        let link = self.door.link().ok_or("the system gives no randomness")?;
        (self.config.tell_link)(&link);
        Ok(())
    }

    fn pictures(&self) -> MutexGuard<'_, Pictures> {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, LockState> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_locked(&self) -> bool {
        self.lock().deed.elapsed() > LOCKS_AFTER
    }

    /// The time by the host's clock, as far as the desk knows it.
    fn now(&self, desk: &DeskView) -> Time {
        Time::from(host_time((self.config.clock)(), desk.status.clock_ahead_s))
    }

    /// A reader of a picture, in its language.
    fn reader<'a>(&self, desk: &'a DeskView, lang: &'a str, now: Time) -> Reader<'a> {
        let party = &desk.status.settings.party;
        Reader::new(&desk.ledger, party, lang, now).with_local_time(self.config.local_min)
    }

    /// Draws what the desk shows, and keeps it if it is another than this one.
    fn draw(&self, desk: Arc<DeskView>, lang: &str) -> (Time, Value) {
        let at = self.now(&desk);
        let of = PageSubjects { post: &self.config.post, locked: self.is_locked() };
        let picture: PageView = compose(&desk, &self.reader(&desk, lang, at), of, 0);
        (at, serde_json::to_value(picture).unwrap_or_default())
    }

    /// Keeps a picture; its number.
    fn keep(&self, picture: Picture) -> (u64, Arc<Picture>) {
        let mut pictures = self.pictures();
        pictures.last += 1;
        let (seq, picture) = (pictures.last, Arc::new(picture));
        while pictures.kept.len() >= KEPT {
            pictures.kept.pop_front();
        }
        pictures.kept.push_back((seq, picture.clone()));
        (seq, picture)
    }

    fn kept(&self, seq: u64) -> Option<Arc<Picture>> {
        let pictures = self.pictures();
        pictures.kept.iter().find(|(kept, _)| *kept == seq).map(|(_, picture)| picture.clone())
    }

    /// Whether a passphrase is the key's own; after some that were not, none is heard for a while.
    fn is_proof(&self, passphrase: &str) -> Result<(), Rejection> {
        {
            let mut lock = self.lock();
            if lock.wrong_at.elapsed() > WRONG_PAUSE {
                lock.wrong = 0;
            }
            if lock.wrong >= MOST_WRONG {
                return Err(refused(429, "too many wrong passphrases: wait a minute"));
            }
            lock.wrong += 1;
            lock.wrong_at = Instant::now();
        }
        if !self.desk.proves(passphrase) {
            return Err(refused(403, "that is not the passphrase of this desk's key"));
        }
        let mut lock = self.lock();
        (lock.wrong, lock.deed) = (0, Instant::now());
        Ok(())
    }
}

/// What is refused, in words.
fn refused(status: u16, detail: &str) -> Rejection {
    Rejection { kind: "problems/refused", title: "Refused", status, detail: detail.to_owned() }
}

fn router(app: AppRef) -> Router {
    let inside = Router::new()
        .route("/v1/view", get(view))
        .route("/v1/changes", get(stream))
        .route("/v1/preview", post(preview))
        .route("/v1/sign", post(sign))
        .route("/v1/displayed", post(displayed))
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
        let (seq, picture) = app.keep(Picture { lang, desk, value });
        let mut shown = picture.value.clone();
        shown["seq"] = json!(seq);
        shown
    });
    Ok(Json(drawn.await?).into_response())
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
        let next = app.pictures().last + 1;
        let told = match changes(&known.value, &value, (next, &now)) {
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

async fn login(
    State(app): State<AppRef>,
    Body(deconflict_api::page::PageLogin { token }): Body<deconflict_api::page::PageLogin>,
) -> Result<Response, Rejection> {
    let cookie = app.door.enter(&token).map_err(turned)?;
    app.lock().deed = Instant::now();
    // The next page needs a link of its own.
    if let Err(why) = app.tell_link() {
        tracing::warn!(why, "no link for another page");
    }
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
            None if app.is_locked() => {
                return Err(refused(
                    423,
                    "this desk is locked: unlock it with its key's passphrase",
                ));
            }
            None => app.lock().deed = Instant::now(),
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
        let (message, known) = dialogue_of(&reader, &dialogue).map_err(|why| refused(404, &why))?;
        let own = known.exchanges.get(&desk.status.settings.party);
        if own.is_some_and(|own| own.displayed.is_none()) && !is_said(&desk, message) {
            let say = Say::Receive { message, receipt: Receipt::Displayed, shown_in: None };
            app.desk.say(&desk, &say).map_err(|why| refused(422, &why))?;
        }
        Ok(())
    });
    done.await??;
    Ok(Json(json!({})).into_response())
}

/// Whether a receipt that it was on a screen waits already.
fn is_said(desk: &DeskView, message: MessageId) -> bool {
    let said = desk.status.queue.iter().filter_map(|item| item.said());
    said.into_iter().any(|say| {
        matches!(say, Say::Receive { message: of, receipt: Receipt::Displayed, .. } if of == message)
    })
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
async fn page(uri: Uri) -> Response {
    if uri.path().starts_with("/v1/") {
        return Rejection::unknown().into_response();
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
