//! That messages were delivered: the one thing that an agent says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use deconflict_core::{MessageId, Receipt, Say, Time};
use deconflict_record::{Hash, SigningKey};

use crate::desk::Desk;
use crate::error::DeskError;
use crate::outbox::{Fate, MAX_WAITING, QueuedStatement};
use crate::receipts::{receipt_of, unsaid};

/// The most receipts that are signed at once.
const AT_ONCE: usize = 64;
/// What comes so soon after receipts were signed is signed together, in one append to the desk's store.
const TOGETHER: Duration = Duration::from_millis(100);
/// How long after a failure, as of the disk, the next is tried.
const PAUSE: Duration = Duration::from_secs(60);

/// Which deliveries this agent has signed. What was refused is not said again: it would be refused again.
#[derive(Default)]
pub(super) struct Deliveries {
    signed: BTreeSet<(MessageId, Time)>,
    /// How many entries the party had been given when all was signed.
    done_at: Option<u64>,
    not_before: Option<Instant>,
    waiting: QueuedReceipts,
}

/// Which receipts the statements say that wait: each is read once, however often it is asked for.
#[derive(Default)]
pub(super) struct QueuedReceipts(BTreeMap<Hash, Option<(MessageId, Receipt)>>);

impl QueuedReceipts {
    /// Takes what waits now.
    fn look<'q>(&mut self, queue: impl Iterator<Item = &'q QueuedStatement>) {
        let mut before = std::mem::take(&mut self.0);
        let mut known = |item: &QueuedStatement| {
            before.remove(&item.statement).unwrap_or_else(|| receipt_of(item))
        };
        self.0 = queue.map(|item| (item.statement, known(item))).collect();
    }

    /// The messages of which it is said that they were delivered.
    fn delivered(&self) -> BTreeSet<MessageId> {
        self.0.values().flatten().map(|(message, _)| *message).collect()
    }

    /// Whether a statement that waits says only that a message was delivered.
    fn is_delivery(&self, item: &QueuedStatement) -> bool {
        matches!(self.0.get(&item.statement), Some(Some((_, Receipt::Delivered))))
    }
}

impl Deliveries {
    /// How long until what was given is to be looked through; `None` where it was, or is now.
    pub(super) fn until_next(&self, given: u64) -> Option<Duration> {
        let waits = self.not_before.filter(|_| self.done_at != Some(given));
        waits.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Signs that this desk has each message that went to its party, once, and keeps it to be sent; whether there was
    /// any. `sent`: whether what is kept is sent next.
    ///
    /// # Errors
    /// As [`Desk::file`]: then a while passes before the next is tried.
    pub(super) fn sign(
        &mut self,
        desk: &mut Desk,
        key: &SigningKey,
        sent: bool,
    ) -> Result<bool, DeskError> {
        let given = desk.held();
        if self.done_at == Some(given) || self.not_before.is_some_and(|at| at > Instant::now()) {
            return Ok(false);
        }
        let (id, party) = (key.verifying_key().id(), desk.settings().party.clone());
        let mut due = unsaid(desk.view(), (&party, &id), Receipt::Delivered);
        due.retain(|one| !self.signed.contains(one));
        if !due.is_empty() {
            self.waiting.look(desk.queued());
            let waiting = self.waiting.delivered();
            due.retain(|(message, _)| !waiting.contains(message));
        }
        // What people say has room in the queue whatever was sent to them.
        let room = (MAX_WAITING / 2).saturating_sub(desk.queued().count()).min(AT_ONCE);
        let is_all = due.len() <= room;
        due.truncate(room);
        let delivered = |(message, _): &_| Say::Receive {
            message: *message,
            receipt: Receipt::Delivered,
            shown_in: None,
        };
        let says: Vec<Say> = due.iter().map(delivered).collect();
        if !says.is_empty()
            && let Err(error) = desk.file_all(&says, key, sent)
        {
            self.not_before = Some(Instant::now() + PAUSE);
            return Err(error);
        }
        self.signed.extend(&due);
        self.done_at = is_all.then_some(given);
        self.not_before = (!due.is_empty()).then(|| Instant::now() + TOGETHER);
        Ok(!due.is_empty())
    }

    /// Whether something waits to be sent that says more than that messages were delivered.
    pub(super) fn is_more_waiting(&mut self, desk: &Desk) -> bool {
        self.waiting.look(desk.queued());
        let waits = |item: &QueuedStatement| matches!(item.fate, Fate::Waiting { .. });
        desk.queued().any(|item| waits(item) && !self.waiting.is_delivery(item))
    }
}
