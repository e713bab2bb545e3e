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
use crate::line::{EventFeed, StreamBatch, StreamEvent, StreamSource};

/// The shortest pause before a stream is opened again.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A stream that was open for so long was a good one.
const GOOD: Duration = Duration::from_secs(5);
/// The most bytes of contents that wait to be taken in.
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
    /// More than is kept at a time: the host must be asked.
    TooMuch,
}

impl Mailbox {
    /// Whether nothing was waiting before.
    fn put(&self, mail: Mail) -> bool {
        let mut waiting = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = waiting.is_none();
        *waiting = Some(match (waiting.take(), mail) {
            (None, mail) => mail,
            (Some(Mail::Batch(mut before)), Mail::Batch(next)) => {
                before.given.extend(next.given);
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

    pub(super) fn take(&self) -> Option<Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn bytes_of(one: &GivenEntry) -> usize {
    one.content.as_ref().map_or(0, String::len)
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
                Ok(StreamEvent::Alive) => continue,
                Ok(StreamEvent::Head(head)) => head,
                Err(error) => return error,
            };
            let mut batch = StreamBatch { from, given: std::mem::take(&mut given), head };
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
