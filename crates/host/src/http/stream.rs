//! What a party may read, as it comes.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Described};
use aide::operation::OperationOutput;
use aide::transform::TransformOperation;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use deconflict_http::Query;
use deconflict_store::GivenPlace;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::broadcast::Receiver;
use tokio_stream::Stream;

use super::callers::{InSession, reading};
use super::feed::{Chunk, Feeds, Subscription, read_chunk};
use super::{App, described};
use crate::problem::Failure;
use crate::published::count;
use crate::session::Reader;
use crate::shares::{Holder, Place};

/// How often a stream without events looks whether its session goes on.
const LOOK: Duration = Duration::from_secs(1);
/// After how long without an event a reader is sent something, so that it knows the line is up.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// From where to stream.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamQuery {
    /// The first cause; 0 without it. The header Last-Event-ID goes before it.
    #[serde(default)]
    from: u64,
}

/// The cause after which a reader resumes, by the id of the last event that it had.
pub(super) struct LastEvent(Option<u64>);

impl<S: Send + Sync> FromRequestParts<S> for LastEvent {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<LastEvent, Failure> {
        let Some(id) = parts.headers.get("last-event-id") else { return Ok(LastEvent(None)) };
        let last: Option<u64> = id.to_str().ok().and_then(|id| id.parse().ok());
        last.and_then(|last| last.checked_add(1)).map(|from| LastEvent(Some(from))).ok_or_else(
            || Failure::malformed("the header Last-Event-ID: must be the id of an event"),
        )
    }
}

impl OperationInput for LastEvent {}

/// Server-sent events, made as the connection takes them: no task and no queue stands between the feed of a party
/// and each of its readers. Whoever takes nothing is dropped by the connection, whoever takes too little by the feed,
/// and both resume.
pub(super) struct EventStream(Option<NextEvents>);

/// What is sent next, and from where to go on; `None`: the stream ends.
type NextEvents = Pin<Box<dyn Future<Output = Option<(Bytes, Pump)>> + Send>>;

impl Stream for EventStream {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(next) = &mut self.0 else { return Poll::Ready(None) };
        let events = ready!(next.as_mut().poll(context));
        let (events, next) = events.map(|(events, pump)| (Ok(events), pump.next())).unzip();
        self.0 = next.map(|next| Box::pin(next) as NextEvents);
        Poll::Ready(events)
    }
}

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))];
        (kind, Body::from_stream(self)).into_response()
    }
}

impl OperationOutput for EventStream {
    type Inner = ();

    fn inferred_responses(_: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Described)> {
        vec![(Some(200), described("Events.", "text/event-stream", MediaType::default()))]
    }
}

pub(super) fn describe(op: TransformOperation<'_>) -> TransformOperation<'_> {
    op.summary("The same as it comes, as server-sent events `given` and `checkpoint`").description(
        "The id of an event is the cause up to which all was sent: Last-Event-ID resumes there. Before a \
         checkpoint an event `commitments` may tell what the entries that are new under it are committed to: \
         `from`, the index of the first, and `commitments`, 64 hexadecimal digits each.",
    )
}

/// A stream of what the reader's party is given, from a cause on.
pub(super) async fn stream(
    State(app): State<App>,
    InSession(reader): InSession,
    Query(StreamQuery { from }): Query<StreamQuery>,
    LastEvent(resumed): LastEvent,
) -> Result<EventStream, Failure> {
    let from = resumed.unwrap_or(from);
    // The oldest of a party goes for the newest, and resumes.
    let place = app.streams.take(&Holder::Party(reader.party.clone()));
    let place = place.ok_or_else(|| {
        Failure::too_many("too many streams are open: the party has its share, close one first")
    })?;
    count(&app.published.counts.streams);
    let Subscription { chunks, next, head } = Feeds::join(&app, &reader.party);
    let pump = Pump {
        reader,
        from,
        read: from.into(),
        next,
        head: Some(head),
        chunks,
        sent: Instant::now(),
        open: OpenStream { app: app.clone(), place },
        app,
    };
    Ok(EventStream(Some(Box::pin(pump.next()))))
}

/// That a stream is open, until it is dropped.
struct OpenStream {
    app: App,
    place: Place,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.app.published.counts.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Where a stream stands.
struct Pump {
    app: App,
    reader: Reader,
    /// The first cause that is sent.
    from: u64,
    /// All before was sent, as far as it was there before the feed was joined.
    read: GivenPlace,
    /// From this place on all comes by the feed.
    next: GivenPlace,
    /// The head that goes before what comes.
    head: Option<Chunk>,
    chunks: Receiver<Chunk>,
    /// When something was sent last.
    sent: Instant,
    open: OpenStream,
}

impl Pump {
    /// What is sent next; `None` when the reader is too far behind, or may not read any more.
    async fn next(mut self) -> Option<(Bytes, Pump)> {
        loop {
            let events = self.events().await?;
            if !self.app.sessions.goes_on(&self.reader, (self.app.clock)()) {
                return None;
            }
            if !events.is_empty() {
                self.sent = Instant::now();
                return Some((events, self));
            }
        }
    }

    /// Waits for events; empty where a session should be looked at.
    async fn events(&mut self) -> Option<Bytes> {
        if self.read < self.next {
            let reader = &self.reader.party;
            let place = reading(&self.app, &Holder::Party(reader.clone())).await.ok()?;
            let (app, upto) = (&self.app, self.next);
            let (chunk, upto) = read_chunk(app, reader, self.read, upto, Some(place)).await?;
            self.read = upto;
            return Some(chunk.since(self.from));
        }
        if let Some(head) = self.head.take() {
            return Some(head.since(self.from));
        }
        tokio::select! {
            // Whoever is too far behind is dropped, and resumes.
            chunk = self.chunks.recv() => Some(chunk.ok()?.since(self.from)),
            () = self.app.stop.stopped() => None,
            () = self.open.place.gone() => None,
            () = tokio::time::sleep(LOOK) => {
                let silent = self.sent.elapsed() >= KEEP_ALIVE;
                Some(if silent { Bytes::from_static(b":\n\n") } else { Bytes::new() })
            }
        }
    }
}
