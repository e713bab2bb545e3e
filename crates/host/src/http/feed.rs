//! What each party is given, read and encoded once for all of its streams.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use deconflict_api::{GivenEntry, StreamCommitments};
use deconflict_core::PartyId;
use deconflict_store::{GivenPlace, PageBounds};
use tokio::sync::broadcast::{Receiver, Sender, channel};
use tokio::sync::watch;

use super::App;
use super::read::{Length, page, wire};
use crate::published::Tip;
use crate::shares::Place;

/// Chunks that wait for the slowest stream of a party; a slower one is dropped, and resumes.
const WAITING: usize = 64;
/// How often a feed looks whether its party still has a stream.
const LOOK: Duration = Duration::from_secs(1);
/// How much is read at once, and goes into one chunk: as many as [`WAITING`] may wait for all of a party's
/// streams together, however much one cause gives.
const CHUNK: PageBounds = PageBounds { rows: 64, bytes: 128 * 1024 };

/// The feeds of the parties that have a stream.
#[derive(Default)]
pub(crate) struct Feeds(Mutex<HashMap<PartyId, Feed>>);

/// What one party is given as it comes.
struct Feed {
    chunks: Sender<Chunk>,
    /// All before this place was sent, or was there before the feed began.
    next: GivenPlace,
    /// The last head.
    head: Chunk,
}

/// A stream's place in the feed of its party.
pub(super) struct Subscription {
    /// All from the place `next` on, as it comes.
    pub(super) chunks: Receiver<Chunk>,
    pub(super) next: GivenPlace,
    /// The head that goes before them.
    pub(super) head: Chunk,
}

/// Events that are sent at once.
#[derive(Clone, Default)]
pub(super) struct Chunk {
    bytes: Bytes,
    /// The causes of what is in it, in order, and where the events of each begin.
    causes: Vec<(u64, usize)>,
    /// Where the last of them end; a head may follow, with what is new under it.
    end: usize,
}

impl Feeds {
    fn lock(&self) -> MutexGuard<'_, HashMap<PartyId, Feed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the feed of a party, which begins with its first stream.
    pub(super) fn join(app: &App, party: &PartyId) -> Subscription {
        let mut feeds = app.feeds.lock();
        let feed = feeds.entry(party.clone()).or_insert_with(|| {
            // Subscribed before the tip is looked at: what comes after it is not missed.
            let tips = app.published.follow();
            let tip = tips.borrow().clone();
            let feed = Feed {
                chunks: channel(WAITING).0,
                next: tip.size.into(),
                // What is under it was there before the feed: who needs it asks.
                head: Chunk::default().and_head(None, &tip.note),
            };
            tokio::spawn(follow(app.clone(), party.clone(), tips, tip));
            feed
        });
        Subscription { chunks: feed.chunks.subscribe(), next: feed.next, head: feed.head.clone() }
    }

    /// Sends what a party was given before the place `next`, and the last head if it is a new one.
    fn send(&self, party: &PartyId, chunk: Chunk, next: GivenPlace, head: Option<Chunk>) {
        let mut feeds = self.lock();
        let Some(feed) = feeds.get_mut(party) else { return };
        feed.next = next;
        if let Some(head) = head {
            feed.head = head;
        }
        if !chunk.bytes.is_empty() {
            // Nobody listens just now: whoever joins reads it from the store.
            let _ = feed.chunks.send(chunk);
        }
    }

    /// Ends a party's feed; whether it ended.
    fn end(&self, party: &PartyId, when: Ends) -> bool {
        let mut feeds = self.lock();
        let silent = feeds.get(party).is_none_or(|feed| feed.chunks.receiver_count() == 0);
        let ends = silent || matches!(when, Ends::Always);
        if ends {
            feeds.remove(party);
        }
        ends
    }
}

/// When a feed ends.
enum Ends {
    /// If its party has no stream any more.
    WhereSilent,
    /// With the streams that are there: they begin anew.
    Always,
}

/// Follows the record for the streams of one party, until it has none.
async fn follow(app: App, party: PartyId, mut tips: watch::Receiver<Tip>, mut tip: Tip) {
    loop {
        if app.feeds.end(&party, Ends::WhereSilent) {
            return;
        }
        tokio::select! {
            changed = tips.changed() => {
                let new = tips.borrow_and_update().clone();
                if changed.is_err() || pass_on(&app, &party, &tip, &new).await.is_none() {
                    break;
                }
                tip = new;
            }
            () = tokio::time::sleep(LOOK) => {}
            () = app.stop.stopped() => break,
        }
    }
    app.feeds.end(&party, Ends::Always);
}

/// Sends what came between two tips; `None` where it cannot be read. What the last append gave is at hand, and nobody
/// waits for the store.
async fn pass_on(app: &App, party: &PartyId, old: &Tip, new: &Tip) -> Option<()> {
    let (mut next, end) = (GivenPlace::from(old.size), GivenPlace::from(new.size));
    // Of what is new under the head, so that who has the one before it need not ask.
    let commitments = new.recent.between(old.checkpoint_size, new.checkpoint_size);
    let with_head = |chunk: Chunk| chunk.and_head(commitments.as_ref(), &new.note);
    let head = (old.note != new.note).then(|| with_head(Chunk::default()));
    loop {
        let mut chunk = Chunk::default();
        let at_hand = new.last.given_to(party, (next.cause, end.cause), CHUNK);
        if let Some(rows) = at_hand.filter(|_| next.within == 0) {
            let given = rows.into_iter().map(wire).collect::<Result<Vec<_>, _>>();
            let given = given.map_err(|cause| app.unreadable(cause)).ok()?;
            (chunk, next) = (Chunk::of(&given, end)?, end);
        } else if next < end {
            (chunk, next) = read_chunk(app, party, next, end, None).await?;
        }
        let all = next >= end;
        let head = head.as_ref().filter(|_| all);
        if head.is_some() {
            chunk = with_head(chunk);
        }
        app.feeds.send(party, chunk, next, head.cloned());
        if all {
            return Some(());
        }
    }
}

/// What a party was given from a place on and before another, as much as one chunk takes, and the place from
/// which to go on; `None` where it cannot be read.
///
/// Below the tip that readers know: what is durable beyond it may revoke the key of who reads.
pub(super) async fn read_chunk(
    app: &App,
    party: &PartyId,
    from: GivenPlace,
    below: GivenPlace,
    place: Option<Place>,
) -> Option<(Chunk, GivenPlace)> {
    let (mut given, next, _place) =
        page(app, party.clone(), from, CHUNK, place, Length::Short).await.ok()?;
    let mut place = from;
    given.retain(|one| {
        if one.cause != place.cause {
            place = one.cause.into();
        }
        let before = place < below;
        place.within += 1;
        before
    });
    let next = next.map_or(below, |next| next.min(below));
    Some((Chunk::of(&given, next)?, next))
}

impl Chunk {
    /// The events of what a party was given before the place `next`.
    fn of(given: &[GivenEntry], next: GivenPlace) -> Option<Chunk> {
        let (mut bytes, mut causes) = (Vec::new(), Vec::new());
        for of_cause in given.chunk_by(|a, b| a.cause == b.cause) {
            causes.extend(of_cause.first().map(|first| (first.cause, bytes.len())));
            for (i, one) in of_cause.iter().enumerate() {
                bytes.extend_from_slice(b"event: given\ndata: ");
                serde_json::to_writer(&mut bytes, one).ok()?;
                // Only the last of a cause has an id: who resumes gets a cause whole or not again.
                let last = i + 1 == of_cause.len() && next.cause > one.cause;
                let id = last.then(|| format!("\nid: {}", one.cause));
                bytes.extend_from_slice(id.unwrap_or_default().as_bytes());
                bytes.extend_from_slice(b"\n\n");
            }
        }
        Some(Chunk { end: bytes.len(), bytes: bytes.into(), causes })
    }

    /// The same, and a head after it, if there is one, with what is new under it.
    fn and_head(self, commitments: Option<&StreamCommitments>, note: &str) -> Chunk {
        if note.is_empty() {
            return self;
        }
        // Where they cannot be written, who needs them asks for them.
        let commitments = commitments.and_then(|of| serde_json::to_string(of).ok());
        let commitments = commitments.map(|of| format!("event: commitments\ndata: {of}\n\n"));
        let commitments = commitments.unwrap_or_default();
        let lines: String = note.split('\n').map(|line| format!("data: {line}\n")).collect();
        let head = format!("{commitments}event: checkpoint\n{lines}\n");
        let bytes = [&self.bytes[..], head.as_bytes()].concat();
        Chunk { bytes: bytes.into(), ..self }
    }

    /// The events of this cause and of later ones, and what follows them: the head.
    pub(super) fn since(&self, cause: u64) -> Bytes {
        let before = self.causes.partition_point(|(of, _)| *of < cause);
        let start = self.causes.get(before).map_or(self.end, |(_, start)| *start);
        self.bytes.slice(start..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(cause: u64, index: u64) -> GivenEntry {
        GivenEntry { cause, index, salt: None, content: Some("x".repeat(100)) }
    }

    fn text(chunk: &Chunk, since: u64) -> String {
        String::from_utf8(chunk.since(since).to_vec()).unwrap()
    }

    #[test]
    fn a_chunk_resumes_at_any_cause_and_a_cause_is_whole() {
        let all = [given(3, 1), given(3, 3), given(5, 5), given(9, 9)];
        let commitments = StreamCommitments { from: 7, commitments: vec!["ab".into()] };
        let chunk = Chunk::of(&all, 10.into()).unwrap().and_head(Some(&commitments), "a\nb\n");
        let head = "event: commitments\ndata: {\"from\":7,\"commitments\":[\"ab\"]}\n\n\
                    event: checkpoint\ndata: a\ndata: b\ndata: \n\n";
        for (since, events, first_id) in [(0, 4, "3"), (3, 4, "3"), (4, 2, "5"), (9, 1, "9")] {
            let text = text(&chunk, since);
            assert_eq!(text.matches("event: given\n").count(), events, "{since}");
            let id = text.split("\nid: ").nth(1).unwrap();
            assert!(id.starts_with(first_id), "{since}: {id}");
            assert!(text.ends_with(head));
        }
        assert_eq!(text(&chunk, 10), head);
        assert_eq!(text(&chunk, 0).matches("\nid: ").count(), 3);
    }

    #[test]
    fn a_cause_that_goes_on_in_the_next_chunk_has_no_id_yet() {
        let next = GivenPlace { cause: 5, within: 2 };
        let chunk = Chunk::of(&[given(3, 3), given(5, 1), given(5, 2)], next).unwrap();
        assert_eq!(text(&chunk, 0).matches("\nid: ").count(), 1);
        let rest = Chunk::of(&[given(5, 5)], 6.into()).unwrap();
        assert!(text(&rest, 5).contains("\nid: 5\n"));
        assert_eq!((text(&rest, 5).is_empty(), text(&rest, 6).is_empty()), (false, true));
    }
}
