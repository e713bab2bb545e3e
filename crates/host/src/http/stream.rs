//! What a party may read, as it comes.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Described};
use aide::operation::OperationOutput;
use aide::transform::TransformOperation;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use deconflict_http::Query;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

use super::callers::{InSession, Place};
use super::read::page;
use super::{App, described};
use crate::problem::Failure;
use crate::published::count;
use crate::session::Reader;

/// Events that wait for a reader; who leaves more waiting for too long is dropped, and resumes.
const WAITING: usize = 64;
/// Entries that are read at once.
const PAGE: usize = 64;
/// How often a stream without events looks whether its session goes on.
const LOOK: Duration = Duration::from_secs(1);

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
pub(super) struct EventStream(Response);

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        self.0
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
    let place = Place::take(&app, |app| &app.streams, &reader.party, app.limits.streams);
    let place = place
        .ok_or_else(|| Failure::too_many("the party has too many streams open: close one first"))?;
    let (events, waiting) = channel(WAITING);
    tokio::spawn(async move {
        count(&app.published.counts.streams);
        pump(&app, &reader, from, &events).await;
        app.published.counts.streams.fetch_sub(1, Ordering::Relaxed);
        drop(place);
    });
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    let events = Sse::new(ReceiverStream::new(waiting)).keep_alive(keep_alive);
    Ok(EventStream(events.into_response()))
}

type Events = Sender<Result<Event, Infallible>>;

/// Sends until the reader goes, does not read, or may not read any more.
async fn pump(app: &App, reader: &Reader, mut from: u64, events: &Events) -> Option<()> {
    let mut tips = app.published.follow();
    let mut told: Arc<str> = Arc::from("");
    loop {
        let tip = tips.borrow_and_update().clone();
        from = give(app, reader, from, events).await?;
        if tip.note != told {
            told = tip.note;
            send(app, events, Event::default().event("checkpoint").data(&told)).await?;
        }
        loop {
            if !app.sessions.goes_on(reader, (app.clock)()) {
                return None;
            }
            tokio::select! {
                changed = tips.changed() => { changed.ok()?; break }
                () = app.stop.stopped() => return None,
                () = events.closed() => return None,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

/// Sends all that was given by now; the cause from which to go on.
async fn give(app: &App, reader: &Reader, mut from: u64, events: &Events) -> Option<u64> {
    loop {
        if !app.sessions.goes_on(reader, (app.clock)()) {
            return None;
        }
        let (given, _) = page(app, reader.party.clone(), from, PAGE).await.ok()?;
        let full = given.len() >= PAGE;
        let mut given = given.into_iter().peekable();
        while let Some(one) = given.next() {
            let cause = one.cause;
            let event = Event::default().event("given").json_data(&one).ok()?;
            let last = given.peek().is_none_or(|next| next.cause != cause);
            // Only the last of a cause has an id: who resumes gets a cause whole or not again.
            let event = if last { event.id(cause.to_string()) } else { event };
            send(app, events, event).await?;
            if last {
                from = cause + 1;
            }
        }
        if !full {
            return Some(from);
        }
    }
}

async fn send(app: &App, events: &Events, event: Event) -> Option<()> {
    events.send_timeout(Ok(event), app.limits.write).await.ok()
}
