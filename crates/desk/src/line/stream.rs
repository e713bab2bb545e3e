//! The host's stream: heads, and what the party is given, as they come.
//!
//! It only brings sooner what [`crate::Desk::sync`] would ask for. [`crate::Desk::sync_from`] believes
//! nothing of it.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use deconflict_api::{
    GivenCursor, GivenEntry, GivenPage, MAX_STREAM_COMMITMENTS, Recovery, StreamCommitments,
};
use deconflict_record::{
    Hash, Head, KeyId, SignedCheckpoint, SigningKey, Tile, TileRow, Tree, UtcSecond, bundle,
    leaf_hash,
};

use crate::desk::Desk;
use crate::error::DeskError;
use crate::line::{Line, LineError, RecoveryMessage};
use crate::sync::{Keys, SyncReport};

/// The most bytes of a line: an entry's content, in JSON.
const MAX_LINE_BYTES: u64 = 1024 * 1024;
/// The most bytes of an event: a signed head has a line for each witness.
const MAX_EVENT_BYTES: usize = 2 * 1024 * 1024;
/// The most commitments that wait to be taken in: where more are new, whole tiles are the shorter way.
const MAX_RUN: usize = 4_096;

/// What comes over a stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StreamEvent {
    /// Something that the party was given.
    Given(Box<GivenEntry>),
    /// What entries that are new under the next head are committed to.
    Commitments(CommitmentRun),
    /// A signed head: all of what was given under it came before.
    Head(String),
    /// Nothing but that the line is up.
    Alive,
}

/// An open stream.
pub trait EventFeed {
    /// The next event. Blocks until there is one.
    ///
    /// # Errors
    /// When the stream has ended, was silent for too long, or says what is no event: it is open no more.
    fn next_event(&mut self) -> Result<StreamEvent, LineError>;
}

/// Where streams are opened.
pub trait StreamSource: Send {
    /// Opens one in a session of this key, from a cause on.
    ///
    /// # Errors
    /// When there is no answer, or the host opens none.
    fn open(
        &mut self,
        space: &str,
        key: &SigningKey,
        from: u64,
    ) -> Result<Box<dyn EventFeed>, LineError>;

    /// What ends, from another thread and for good, a call of this source or of its streams that blocks.
    fn stopper(&self) -> Arc<dyn Fn() + Send + Sync>;
}

/// Server-sent events, as a host of this release writes them. Lines and events are bounded.
#[derive(Debug)]
pub struct ServerSentEvents<R> {
    bytes: BufReader<R>,
}

#[derive(Default)]
struct Draft {
    name: String,
    data: Option<String>,
}

impl<R: Read> ServerSentEvents<R> {
    /// Reads events out of these bytes.
    pub fn new(bytes: R) -> ServerSentEvents<R> {
        ServerSentEvents { bytes: BufReader::new(bytes) }
    }

    /// A line without its end.
    fn line(&mut self) -> Result<String, LineError> {
        let mut line = Vec::new();
        let read = self.bytes.by_ref().take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut line);
        read.map_err(|error| LineError::Down(format!("the stream broke off: {error}")))?;
        if line.pop() != Some(b'\n') {
            return Err(if line.len() as u64 >= MAX_LINE_BYTES {
                garbled(&format!("a line has more than {MAX_LINE_BYTES} bytes"))
            } else {
                LineError::Down("the stream ended".into())
            });
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        String::from_utf8(line).map_err(|_| garbled("a line is no UTF-8"))
    }
}

fn garbled(fault: &str) -> LineError {
    LineError::Garbled(format!("the stream: {fault}"))
}

impl<R: Read> EventFeed for ServerSentEvents<R> {
    fn next_event(&mut self) -> Result<StreamEvent, LineError> {
        let mut draft = Draft::default();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                match draft.event()? {
                    Some(event) => return Ok(event),
                    None => draft = Draft::default(),
                }
                continue;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "" if draft.is_empty() => return Ok(StreamEvent::Alive),
                "event" => value.clone_into(&mut draft.name),
                "data" => {
                    let data = match &mut draft.data {
                        Some(data) => {
                            data.push('\n');
                            data
                        }
                        none => none.insert(String::new()),
                    };
                    data.push_str(value);
                    if data.len() > MAX_EVENT_BYTES {
                        return Err(garbled(&format!(
                            "an event has more than {MAX_EVENT_BYTES} bytes"
                        )));
                    }
                }
                _ => {}
            }
        }
    }
}

impl Draft {
    fn is_empty(&self) -> bool {
        self.name.is_empty() && self.data.is_none()
    }

    fn event(&mut self) -> Result<Option<StreamEvent>, LineError> {
        let Some(data) = self.data.take() else { return Ok(None) };
        match &*self.name {
            "given" => {
                let entry = serde_json::from_str(&data).map_err(|e| garbled(&e.to_string()))?;
                Ok(Some(StreamEvent::Given(Box::new(entry))))
            }
            "commitments" => {
                let told = serde_json::from_str(&data).map_err(|e| garbled(&e.to_string()))?;
                Ok(Some(StreamEvent::Commitments(CommitmentRun::read(&told)?)))
            }
            "checkpoint" => Ok(Some(StreamEvent::Head(data))),
            _ => Ok(None),
        }
    }
}

/// What entries that follow one another are committed to, by a stream's word.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct CommitmentRun {
    /// The index of the first.
    pub from: u64,
    /// One for each entry.
    pub hashes: Vec<Hash>,
}

impl CommitmentRun {
    fn read(told: &StreamCommitments) -> Result<CommitmentRun, LineError> {
        if told.commitments.len() > MAX_STREAM_COMMITMENTS {
            return Err(garbled(&format!(
                "{} commitments at once: at most {MAX_STREAM_COMMITMENTS}",
                told.commitments.len()
            )));
        }
        let hashes = told.commitments.iter().map(|hash| Hash::from_hex(hash));
        let hashes = hashes.collect::<Result<_, _>>().map_err(|e| garbled(&e.to_string()))?;
        Ok(CommitmentRun { from: told.from, hashes })
    }

    /// Goes on with those that came later. Where they do not follow, or are more than is kept at a time, those
    /// that are missing are asked for: then only the later ones count, or none.
    pub(crate) fn go_on(&mut self, next: CommitmentRun) {
        let known = next.from.checked_sub(self.from).map(|known| known as usize);
        match known.filter(|known| *known <= self.hashes.len()) {
            Some(known) => {
                // A stream that is opened anew says some of them again.
                self.hashes.truncate(known);
                self.hashes.extend(next.hashes);
            }
            None => *self = next,
        }
        if self.hashes.len() > MAX_RUN {
            *self = CommitmentRun::default();
        }
    }

    /// Those of the entries from `from` on and below `to`, if all are here.
    fn between(&self, from: u64, to: u64) -> Option<&[Hash]> {
        let place = |index: u64| usize::try_from(index.checked_sub(self.from)?).ok();
        self.hashes.get(place(from)?..place(to)?)
    }
}

/// What a stream brought, for [`Desk::sync_from`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StreamBatch {
    /// The cause from which on all is among `given`.
    pub from: u64,
    /// What the party was given, in the order in which it came.
    pub given: Vec<GivenEntry>,
    /// What entries under the head are committed to, as far as the stream told.
    pub commitments: CommitmentRun,
    /// The signed head.
    pub head: String,
}

impl StreamBatch {
    /// Whether this begins where another one goes, or before, and not before its beginning.
    pub(crate) fn continues(&self, before: &StreamBatch) -> bool {
        self.from >= before.from && before.claimed_size().is_some_and(|size| self.from <= size)
    }

    /// The size of the head, as far as it has the form of one.
    pub fn claimed_size(&self) -> Option<u64> {
        SignedCheckpoint::parse(self.head.as_bytes()).ok().map(|head| head.claimed().size)
    }
}

impl Desk {
    /// [`Desk::sync`] to a head that a stream brought, with what it brought before: both go through the very
    /// same checks, and only what is missing is asked of the line. Where they do not fit what this desk has
    /// read, the usual asking goes on.
    ///
    /// # Errors
    /// As [`Desk::sync`]. A head that is no newer is compared as by [`Desk::meet`].
    pub fn sync_from(
        &mut self,
        line: &mut dyn Line,
        keys: &Keys<'_>,
        batch: StreamBatch,
        now: UtcSecond,
    ) -> Result<SyncReport, DeskError> {
        let own = self.head().size;
        if batch.claimed_size().is_some_and(|size| size <= own) {
            return match self.meet(batch.head.as_bytes(), now) {
                // A head that nobody whom this desk knows has signed is none.
                Ok(_) | Err(DeskError::Refused(_)) => {
                    Ok(SyncReport { size: own, ..SyncReport::default() })
                }
                Err(error) => Err(error),
            };
        }
        let commitments = self.leading_to_head(&batch)?;
        let mut spared = SparedLine { line, batch, commitments, told_head: false };
        match self.sync(&mut spared, keys, now) {
            Err(DeskError::Line(LineError::Garbled(_))) => self.sync(line, keys, now),
            synced => synced,
        }
    }
}

impl Desk {
    /// The commitments that a stream brought, with those of this desk in the same tile before them, if they lead to
    /// the head that it brought. Where they do not, tiles are asked for as always: nobody is accused of
    /// what a stream says beside the head.
    fn leading_to_head(&self, batch: &StreamBatch) -> Result<CommitmentRun, DeskError> {
        let Ok(head) = SignedCheckpoint::parse(batch.head.as_bytes()) else {
            return Ok(CommitmentRun::default());
        };
        let Head { size, root } = head.claimed().head();
        let (_, tree) = self.copy.none_pending();
        let own = tree.size();
        match batch.commitments.between(own, size) {
            Some(new) if leads_to(tree, new, root) => {
                let mut hashes = self.copy.last_commitments()?;
                let from = own - hashes.len() as u64;
                hashes.extend(new);
                Ok(CommitmentRun { from, hashes })
            }
            _ => Ok(CommitmentRun::default()),
        }
    }

    /// Countersigns the last head, as it was served and after the one before it, and hands the cosignature
    /// over: what [`Desk::sync`] does at its end, for whoever read on without a witness's key first. What
    /// became of it is told in the report.
    ///
    /// # Errors
    /// When the disk fails; [`DeskError::Caught`].
    pub fn countersign_since(
        &mut self,
        (served, before): (&str, Option<SignedCheckpoint>),
        line: &mut dyn Line,
        keys: &Keys<'_>,
        now: UtcSecond,
        synced: &mut SyncReport,
    ) -> Result<(), DeskError> {
        self.not_caught()?;
        let served = SignedCheckpoint::parse(served.as_bytes())?;
        synced.countersigned(self.countersign(line, keys, (&served, before), now)?);
        Ok(())
    }
}

/// Whether commitments that follow those of a tree lead to a root.
fn leads_to(mut tree: Tree, commitments: &[Hash], root: Hash) -> bool {
    for commitment in commitments {
        tree.append(leaf_hash(&commitment.0));
    }
    tree.root() == root
}

/// A line that is asked only for what the stream did not bring.
struct SparedLine<'a> {
    line: &'a mut dyn Line,
    batch: StreamBatch,
    /// From the beginning of a tile on, as far as they lead to the head.
    commitments: CommitmentRun,
    told_head: bool,
}

impl SparedLine<'_> {
    /// A tile of commitments, if they came.
    fn brought_tile(&self, tile: Tile) -> Option<Vec<u8>> {
        let first = tile.index.checked_mul(256).filter(|_| tile.row == TileRow::Entries)?;
        let hashes = self.commitments.between(first, first + u64::from(tile.width))?;
        bundle(hashes.iter().map(|hash| &hash.0[..])).ok()
    }
}

impl Line for SparedLine<'_> {
    fn about(&mut self) -> Result<deconflict_api::AboutSpace, LineError> {
        self.line.about()
    }

    fn prove_to(&mut self, log: &KeyId) {
        self.line.prove_to(log);
    }

    fn session(&mut self, space: &str, key: &SigningKey) -> Result<(), LineError> {
        self.line.session(space, key)
    }

    fn file(&mut self, envelope: &[u8]) -> Result<deconflict_api::FilingAnswer, LineError> {
        self.line.file(envelope)
    }

    fn file_together(
        &mut self,
        envelopes: &[&str],
    ) -> Result<Vec<deconflict_api::FilingAnswer>, LineError> {
        self.line.file_together(envelopes)
    }

    fn given(&mut self, from: GivenCursor, limit: usize) -> Result<GivenPage, LineError> {
        match self.at_hand(from, limit) {
            Some(page) => Ok(page),
            None => self.line.given(from, limit),
        }
    }

    fn at_hand(&mut self, from: GivenCursor, limit: usize) -> Option<GivenPage> {
        let size = self.batch.claimed_size();
        let size = size.filter(|size| from.cause >= self.batch.from && from.cause < *size)?;
        let rows = self.batch.given.iter().filter(|one| (from.cause..size).contains(&one.cause));
        let mut before = from.within;
        let rows = rows.filter(|one| {
            // What was read of its cause over the line.
            let read = one.cause == from.cause && before > 0;
            before -= u64::from(read);
            !read
        });
        let (mut given, mut next): (Vec<GivenEntry>, u64) = (Vec::new(), size);
        for one in rows {
            // A page ends with a whole cause.
            if given.len() >= limit && given.last().is_some_and(|last| last.cause != one.cause) {
                next = one.cause;
                break;
            }
            given.push(one.clone());
        }
        Some(GivenPage { given, next, within: 0 })
    }

    fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, LineError> {
        match self.brought_tile(tile) {
            Some(bytes) => Ok(bytes),
            None => self.line.tile(tile),
        }
    }

    fn checkpoint(&mut self) -> Result<Vec<u8>, LineError> {
        if std::mem::replace(&mut self.told_head, true) {
            return self.line.checkpoint();
        }
        Ok(self.batch.head.clone().into_bytes())
    }

    fn cosign(&mut self, cosigned: &deconflict_api::CosignatureLine) -> Result<(), LineError> {
        self.line.cosign(cosigned)
    }

    /// A host that was started anew has ended its streams: who reads one on need not ask.
    fn recovery(&mut self) -> Result<Recovery, LineError> {
        Ok(Recovery::default())
    }

    fn tell(&mut self, told: &RecoveryMessage) -> Result<Recovery, LineError> {
        self.line.tell(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Vec<Result<StreamEvent, LineError>> {
        let mut feed = ServerSentEvents::new(text.as_bytes());
        let mut events = Vec::new();
        loop {
            events.push(feed.next_event());
            if events.last().is_some_and(Result::is_err) {
                return events;
            }
        }
    }

    #[test]
    fn events_are_read_as_a_host_writes_them_and_the_end_is_told() {
        let text = ":\n\nevent: given\ndata: {\"cause\":3,\"index\":1}\n\nevent: given\n\
                    data: {\"cause\":3,\"index\":3}\nid: 3\n\nevent: other\ndata: x\n\n\
                    event: checkpoint\r\ndata: a\r\ndata: b\r\ndata: \r\n\r\nevent: check";
        let entry = |index| Box::new(GivenEntry { cause: 3, index, salt: None, content: None });
        let [first, second, third, fourth, end] = &events(text)[..] else { panic!() };
        assert_eq!(*first, Ok(StreamEvent::Alive));
        assert_eq!(*second, Ok(StreamEvent::Given(entry(1))));
        assert_eq!(*third, Ok(StreamEvent::Given(entry(3))));
        assert_eq!(*fourth, Ok(StreamEvent::Head("a\nb\n".into())));
        assert!(matches!(end, Err(LineError::Down(_))), "{end:?}");
    }

    #[test]
    fn a_line_or_an_event_without_an_end_is_refused_within_bounds() {
        let endless = format!("data: {}", "x".repeat(2 * MAX_LINE_BYTES as usize));
        let many = "data: x\n".repeat(MAX_EVENT_BYTES);
        for text in [endless, many, "data: \u{fffd}x\n\nevent: given\ndata: {\n\n".into()] {
            let last = events(&text).pop().unwrap();
            assert!(matches!(last, Err(LineError::Garbled(_))), "{last:?}");
        }
    }
}
