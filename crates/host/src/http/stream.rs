//! What a party may read, as it comes.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::Request;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

use super::extract::query_of;
use super::read::page;
use super::{App, One};
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

/// A stream of what the reader's party is given, from a cause on.
pub(super) async fn stream(app: App, request: Request) -> Result<Response, Failure> {
    let reader = app.reader(&request)?;
    let StreamQuery { from } = query_of(&request)?;
    let from = match request.headers().get("last-event-id") {
        None => from,
        Some(id) => {
            let last: Option<u64> = id.to_str().ok().and_then(|id| id.parse().ok());
            last.and_then(|last| last.checked_add(1)).ok_or_else(|| {
                Failure::malformed("the header Last-Event-ID: must be the id of an event")
            })?
        }
    };
    let most = app.limits.streams;
    let one = One::take(&app, |app| &app.streams, &reader.party, most)
        .ok_or_else(|| Failure::too_many("the party has too many streams open: close one first"))?;
    let (events, waiting) = channel(WAITING);
    tokio::spawn(async move {
        count(&app.published.counts.streams);
        pump(&app, &reader, from, &events).await;
        app.published.counts.streams.fetch_sub(1, Ordering::Relaxed);
        drop(one);
    });
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    Ok(Sse::new(ReceiverStream::new(waiting)).keep_alive(keep_alive).into_response())
}

type Events = Sender<Result<Event, Infallible>>;

/// Sends until the reader goes, does not read, or may not read any more.
async fn pump(app: &App, reader: &Reader, mut from: u64, events: &Events) -> Option<()> {
    let mut tips = app.published.follow();
    let mut stopping = app.stopping.subscribe();
    let mut told: Arc<str> = Arc::from("");
    loop {
        let tip = tips.borrow_and_update().clone();
        from = give(app, reader, from, events).await?;
        if tip.note != told {
            told = tip.note;
            send(app, events, Event::default().event("checkpoint").data(&told)).await?;
        }
        loop {
            if *stopping.borrow() || !app.sessions.goes_on(reader, (app.clock)()) {
                return None;
            }
            tokio::select! {
                changed = tips.changed() => { changed.ok()?; break }
                _ = stopping.changed() => {}
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
