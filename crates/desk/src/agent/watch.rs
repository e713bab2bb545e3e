//! The thread that reads the host's stream, and finds out when a line that was down is back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use deconflict_api::GivenEntry;
use deconflict_record::SigningKey;

use super::AgentConfig;
use super::owner::Job;
use crate::line::LineError;
use crate::line::{CommitmentRun, EventFeed, StreamBatch, StreamEvent, StreamSource};

/// The shortest pause before a stream is opened again.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A stream that was open for so long was a good one.
const GOOD: Duration = Duration::from_secs(5);
/// The most bytes of salts and contents that wait to be taken in.
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// The most entries that wait to be taken in.
const MAX_ROWS: usize = 50_000;

/// That something is to end.
#[derive(Default, Debug)]
pub(super) struct Ending {
    raised: Mutex<bool>,
    changed: Condvar,
}

impl Ending {
    pub(super) fn raise(&self) {
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    pub(super) fn is_raised(&self) -> bool {
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits so long, or until it is to end; whether it is.
    pub(super) fn wait(&self, pause: Duration) -> bool {
        let begun = Instant::now();
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        while !*raised {
            let Some(left) = pause.checked_sub(begun.elapsed()).filter(|left| !left.is_zero())
            else {
                return false;
            };
            let woken = self.changed.wait_timeout(raised, left);
            raised = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// What a stream brought and the desk has not taken in yet: heads that come meanwhile are taken in as one.
#[derive(Default, Debug)]
pub(super) struct Mailbox {
    /// Filled by the thread that reads the stream, emptied by the one that owns the desk.
    mail: Mutex<Option<Mail>>,
}

/// What waits.
#[derive(Debug)]
pub(super) enum Mail {
    Batch(StreamBatch),
    /// More than is kept at a time, or not all of it: the host must be asked.
    TooMuch,
}

impl Mailbox {
    /// Whether nothing was waiting before.
    fn put(&self, mail: Mail) -> bool {
        let mut waiting = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = waiting.is_none();
        *waiting = Some(match (waiting.take(), mail) {
            (None, mail) => mail,
            // Something between the two is missing: a reading that broke off went further than this.
            (Some(Mail::Batch(before)), Mail::Batch(next)) if !next.continues(&before) => {
                Mail::TooMuch
            }
            (Some(Mail::Batch(mut before)), Mail::Batch(next)) => {
                // A stream that is opened anew says again what has not been taken in yet. Said twice, a statement
                // of the party's own would look like one that breaks its chain.
                before.given.retain(|one| one.cause < next.from);
                before.given.extend(next.given);
                before.commitments.go_on(next.commitments);
                before.head = next.head;
                let bytes: usize = before.given.iter().map(bytes_of).sum();
                if bytes > MAX_BYTES || before.given.len() > MAX_ROWS {
                    Mail::TooMuch
                } else {
                    Mail::Batch(before)
                }
            }
            _ => Mail::TooMuch,
        });
        was_empty
    }

    pub(super) fn is_empty(&self) -> bool {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    pub(super) fn take(&self) -> Option<Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn bytes_of(one: &GivenEntry) -> usize {
    // A host may put anything in the place of a salt.
    [&one.salt, &one.content].into_iter().flatten().map(String::len).sum()
}

/// Reads a host's stream until it is to end.
pub(super) struct Watch {
    pub(super) source: Box<dyn StreamSource>,
    pub(super) stopper: Arc<dyn Fn() + Send + Sync>,
    pub(super) space: String,
    pub(super) key: Arc<SigningKey>,
    /// Up to which size the desk has read the record: written by the thread that owns it.
    pub(super) read_to: Arc<AtomicU64>,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) jobs: Sender<Job>,
    pub(super) config: AgentConfig,
}

impl Watch {
    pub(super) fn run(mut self, ending: &Ending) {
        let mut pause = FIRST_PAUSE;
        while !ending.is_raised() {
            let from = self.read_to.load(Ordering::Acquire);
            let (begun, mut opened) = (Instant::now(), false);
            let ended = match self.source.open(&self.space, &self.key, from) {
                Ok(mut feed) => {
                    opened = self.jobs.send(Job::StreamUp).is_ok();
                    self.follow(&mut *feed, from, ending)
                }
                Err(error) => error,
            };
            if opened && begun.elapsed() >= GOOD {
                pause = FIRST_PAUSE;
            }
            if ending.is_raised() || self.jobs.send(Job::StreamDown { opened, ended }).is_err() {
                return;
            }
            if ending.wait(self.config.pause(pause)) {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Passes on what comes, until the stream ends; why it did.
    fn follow(&self, feed: &mut dyn EventFeed, mut from: u64, ending: &Ending) -> LineError {
        let (mut given, mut bytes) = (Vec::new(), 0);
        let mut commitments = CommitmentRun::default();
        loop {
            let event = feed.next_event();
            if ending.is_raised() {
                return LineError::Down("the agent ends".into());
            }
            let head = match event {
                Ok(StreamEvent::Given(one)) => {
                    bytes += bytes_of(&one);
                    given.push(*one);
                    if bytes > MAX_BYTES || given.len() > MAX_ROWS {
                        self.bring(Mail::TooMuch);
                        return LineError::Garbled(
                            "the stream: more than is kept at a time".into(),
                        );
                    }
                    continue;
                }
                Ok(StreamEvent::Commitments(run)) => {
                    commitments.go_on(run);
                    continue;
                }
                Ok(StreamEvent::Alive) => continue,
                Ok(StreamEvent::Head(head)) => head,
                Err(error) => return error,
            };
            let (brought, run) = (std::mem::take(&mut given), std::mem::take(&mut commitments));
            let mut batch = StreamBatch { from, given: brought, commitments: run, head };
            let Some(size) = batch.claimed_size() else {
                return LineError::Garbled("the stream: a head is none".into());
            };
            // What was given by entries beyond the head waits for a later one.
            (batch.given, given) = batch.given.into_iter().partition(|one| one.cause < size);
            bytes = given.iter().map(bytes_of).sum();
            from = from.max(size);
            self.bring(Mail::Batch(batch));
        }
    }

    fn bring(&self, mail: Mail) {
        if self.mailbox.put(mail) {
            // The agent has ended: whoever reads the stream learns it at its next event.
            let _ = self.jobs.send(Job::StreamBrought);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test's own set-up")]
mod tests {
    use deconflict_record::{Checkpoint, leaf_hash};

    use super::*;

    fn batch(from: u64, causes: &[u64], size: u64) -> Mail {
        let key = SigningKey::from_seed(&[1; 32]);
        let (origin, root, extensions) = ("x.example".into(), leaf_hash(b"x"), Vec::new());
        let head = Checkpoint { origin, size, root, extensions };
        let head = head.sign(&key).unwrap().encode();
        let given = causes.iter().map(|cause| GivenEntry {
            cause: *cause,
            index: *cause,
            salt: None,
            content: None,
        });
        let commitments = CommitmentRun { from, hashes: vec![root; (size - from) as usize] };
        Mail::Batch(StreamBatch { from, given: given.collect(), commitments, head })
    }

    fn merged(all: Vec<Mail>) -> Option<(u64, Vec<u64>, u64)> {
        let mailbox = Mailbox::default();
        for mail in all {
            mailbox.put(mail);
        }
        match mailbox.take().unwrap() {
            Mail::TooMuch => None,
            Mail::Batch(batch) => {
                let causes = batch.given.iter().map(|one| one.cause).collect();
                Some((batch.from, causes, batch.claimed_size().unwrap()))
            }
        }
    }

    #[test]
    fn whatever_a_host_sends_is_counted() {
        let endless = "0".repeat(MAX_BYTES / 2 + 1);
        let of = |from: u64| {
            let Mail::Batch(mut batch) = batch(from, &[from], from + 1) else { panic!() };
            batch.given[0].salt = Some(endless.clone());
            Mail::Batch(batch)
        };
        assert_eq!(merged(vec![of(5)]), Some((5, vec![5], 6)));
        assert_eq!(merged(vec![of(5), of(6)]), None);
    }

    #[test]
    fn what_a_stream_says_again_waits_once_and_where_something_is_missing_the_host_is_asked() {
        let first = || batch(5, &[5, 6], 7);
        let on = |next| merged(vec![first(), next]);
        assert_eq!(on(batch(7, &[8], 9)), Some((5, vec![5, 6, 8], 9)));
        // Opened anew, at where the desk had read to.
        assert_eq!(on(batch(5, &[5, 6, 8], 9)), Some((5, vec![5, 6, 8], 9)));
        assert_eq!(on(batch(6, &[6, 8], 9)), Some((5, vec![5, 6, 8], 9)));
        // Opened anew after a reading that went on beyond what waits, and broke off.
        assert_eq!(on(batch(8, &[8], 9)), None);
        assert_eq!(on(batch(4, &[8], 9)), None);
    }
}
