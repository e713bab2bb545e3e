//! What a party may read, as it comes.

use std::convert::Infallible;
use std::sync::atomic::Ordering;
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
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

use super::callers::{InSession, reading};
use super::feed::{Feeds, Subscription, read_chunk};
use super::shares::Holder;
use super::{App, described};
use crate::problem::Failure;
use crate::published::count;
use crate::session::Reader;

/// Chunks that wait for a reader; who leaves more waiting for too long is dropped, and resumes.
const WAITING: usize = 2;
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

/// Server-sent events.
pub(super) struct EventStream(ReceiverStream<Result<Bytes, Infallible>>);

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))];
        (kind, Body::from_stream(self.0)).into_response()
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
        "The id of an event is the cause up to which all was sent: Last-Event-ID resumes there.",
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
    let holder = Holder::Party(reader.party.clone());
    let place = app.streams.take(&holder);
    let place = place.ok_or_else(|| {
        Failure::too_many("too many streams are open: the party has its share, close one first")
    })?;
    let (lines, waiting) = channel(WAITING);
    tokio::spawn(async move {
        count(&app.published.counts.streams);
        // The oldest of a party goes for the newest, and resumes.
        tokio::select! {
            _ = pump(&app, &reader, from, &lines) => {}
            () = place.gone() => {}
        }
        app.published.counts.streams.fetch_sub(1, Ordering::Relaxed);
        drop(place);
    });
    Ok(EventStream(ReceiverStream::new(waiting)))
}

type Lines = Sender<Result<Bytes, Infallible>>;

/// Sends until the reader goes, does not read, or may not read any more.
async fn pump(app: &App, reader: &Reader, from: u64, lines: &Lines) -> Option<()> {
    let Subscription { mut chunks, next, head } = Feeds::join(app, &reader.party);
    let mut read = GivenPlace::from(from);
    while read < next {
        // Until it is handed on: no more of what was is in memory for a party than it may read at once.
        let _place = reading(app, &Holder::Party(reader.party.clone())).await.ok()?;
        let (chunk, upto) = read_chunk(app, &reader.party, read, next).await?;
        read = upto;
        send(app, reader, lines, chunk.since(from)).await?;
    }
    send(app, reader, lines, head.since(from)).await?;
    let mut sent = Instant::now();
    loop {
        tokio::select! {
            // Whoever is too far behind is dropped, and resumes.
            chunk = chunks.recv() => {
                send(app, reader, lines, chunk.ok()?.since(from)).await?;
                sent = Instant::now();
            }
            () = lines.closed() => return None,
            () = app.stop.stopped() => return None,
            () = tokio::time::sleep(LOOK) => {
                let silent = sent.elapsed() >= KEEP_ALIVE;
                let nothing = if silent { Bytes::from_static(b":\n\n") } else { Bytes::new() };
                send(app, reader, lines, nothing).await?;
                if silent {
                    sent = Instant::now();
                }
            }
        }
    }
}

/// Sends events, if the reader's session goes on.
async fn send(app: &App, reader: &Reader, lines: &Lines, events: Bytes) -> Option<()> {
    if !app.sessions.goes_on(reader, (app.clock)()) {
        return None;
    }
    if events.is_empty() {
        return Some(());
    }
    lines.send_timeout(Ok(events), app.limits.write).await.ok()
}
