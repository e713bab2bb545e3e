//! That messages were delivered: the one thing that an agent says of itself.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use deconflict_core::{MessageId, Receipt, Say, Time};
use deconflict_record::SigningKey;

use crate::desk::Desk;
use crate::error::DeskError;
use crate::outbox::{MAX_WAITING, QueuedStatement};
use crate::receipts::receipts_due;

/// The most receipts that are signed at once.
const AT_ONCE: usize = 64;
/// What comes so soon after receipts were signed is signed together, in one append to the desk's store.
const TOGETHER: Duration = Duration::from_millis(50);
/// How long after a failure, as of the disk, the next is tried.
const PAUSE: Duration = Duration::from_secs(60);

/// Which deliveries this agent has signed. What was refused is not said again: it would be refused again.
#[derive(Default)]
pub(super) struct Deliveries {
    signed: BTreeSet<(MessageId, Time)>,
    /// How many entries the party had been given when all was signed.
    done_at: Option<u64>,
    not_before: Option<Instant>,
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
        let queue: Vec<QueuedStatement> = match desk.view().dialogues.is_empty() {
            true => Vec::new(),
            false => desk.queued().cloned().collect(),
        };
        let mut due = receipts_due(desk.view(), (&party, &id), &queue, Receipt::Delivered);
        due.retain(|one| !self.signed.contains(one));
        // What people say has room in the queue whatever was sent to them.
        let room = (MAX_WAITING / 2).saturating_sub(queue.len()).min(AT_ONCE);
        let is_all = due.len() <= room;
        due.truncate(room);
        let delivered =
            |(message, _): &_| Say::Receive { message: *message, receipt: Receipt::Delivered };
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
}

/// Whether a statement that waits says only that a message was delivered.
pub(super) fn is_delivery(item: &QueuedStatement) -> bool {
    item.ours && matches!(item.said(), Some(Say::Receive { receipt: Receipt::Delivered, .. }))
}
