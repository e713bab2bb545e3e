//! From a draft to an append, and from that to answers and to what readers see.

use std::sync::atomic::Ordering;
use std::time::Instant;

use deconflict_api::FilingAnswer;
use deconflict_core::Time;
use deconflict_record::{Hash, Promise};
use deconflict_store::{AppendBatch, AppendOutcome, MAX_BATCH_ITEMS, MAX_PART_BYTES, Snapshot};
use tracing::{debug, warn};

use super::{Answer, Draft, DurableState, Footing, Space};
use crate::answers::Answers;
use crate::failure::FailureCause;
use crate::problem::Failure;
use crate::published::{Roster, Tip, count};
use crate::recent::LastAppend;
use crate::snapshot;

/// How many times as many entries as usual may come before the state is written down while others wait.
const OVERDUE: u64 = 8;

impl Space {
    /// Makes a draft durable and answers its statements.
    pub(super) fn commit(&mut self, draft: &mut Draft, now: Time, answers: &mut [Option<Answer>]) {
        if draft.batch.entries.is_empty() {
            return;
        }
        let places: Vec<usize> = draft.pending.iter().map(|pending| pending.place).collect();
        let with_head = self.head_goes_along(draft, now);
        let filed = match self.promise(draft, now) {
            Ok(filed) => filed,
            Err(cause) => {
                self.give_up(&places, now, cause, answers);
                *draft = Draft::default();
                return;
            }
        };
        let headed = if draft.moves {
            self.sign(draft)
        } else if with_head {
            self.seal_and_sign(draft, now)
        } else {
            Ok(())
        };
        if let Err(cause) = headed {
            self.give_up(&places, now, cause, answers);
            *draft = Draft::default();
            return;
        }
        let appended = self.append(draft, now);
        for (place, filed) in places.into_iter().zip(filed) {
            let counts = &self.published.counts;
            if appended.is_ok() {
                count(if filed.refusal.is_some() { &counts.refused } else { &counts.accepted });
            }
            answers[place] = Some(appended.clone().map(|()| filed));
        }
        *draft = Draft::default();
    }

    /// Whether a draft has its head in the same append: who waits for what a statement says waits for that
    /// head, and one that comes alone is not made to wait longer. Where many come, not each append has one.
    fn head_goes_along(&self, draft: &Draft, now: Time) -> bool {
        let room = draft.batch.entries.len() < MAX_BATCH_ITEMS;
        room && (draft.pending.len() <= 1 || self.may_sign_again(now))
    }

    /// The answers to the statements of a draft, with the promise over all of them.
    pub(super) fn promise(
        &self,
        draft: &mut Draft,
        now: Time,
    ) -> Result<Vec<FilingAnswer>, FailureCause> {
        let seed = Hash((self.entropy)().map_err(FailureCause::Entropy)?);
        self.promised(seed, draft, now).map_err(FailureCause::Unforeseen)
    }

    fn promised(
        &self,
        seed: Hash,
        draft: &mut Draft,
        now: Time,
    ) -> Result<Vec<FilingAnswer>, String> {
        let answers = draft.pending.drain(..).map(|pending| pending.answer).collect();
        let mut all = Answers { promise: String::new(), seed, answers };
        let batch = all.batch()?;
        let (time, deadline) =
            (now.utc_second(), now.after_seconds(self.timing.promise_s).utc_second());
        let promise = Promise::sign(&self.origin, batch.root(), time, deadline, &self.key)
            .map_err(|error| error.to_string())?;
        all.promise =
            String::from_utf8(promise.envelope().encode()).map_err(|error| error.to_string())?;
        draft.batch.marks.push(all.mark()?);
        let filed = (0..all.answers.len()).map(|at| all.filed(&batch, at));
        filed.collect::<Option<_>>().ok_or_else(|| "an answer has no place in its batch".to_owned())
    }

    /// One append. On an error nothing of the draft counts, and the state goes back to what the store holds
    /// before anything else is decided.
    pub(super) fn append(&mut self, draft: &mut Draft, now: Time) -> Result<(), Failure> {
        // What is in memory beyond the store would go along, and be there with nothing under it.
        if let Some(failure) = self.failed.as_ref().filter(|_| self.footing != Footing::Firm) {
            return Err(Failure::unwritable(failure.cause.clone()));
        }
        let (before, size) = (self.published.tip().size, self.growth.tree().size());
        draft.batch.tiles = self.growth.tiles_since(before);
        if !draft.batch.erasures.is_empty() {
            draft.batch.snapshot = self.snapshot();
        }
        self.cosignatures_go_along(draft);
        draft.batch.marks.extend(self.unkept_mark());
        let begun = Instant::now();
        let appended = self.store.append(&self.origin, self.epoch, before, &draft.batch);
        let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let counts = &self.published.counts;
        count(&counts.appends);
        counts.append_us.fetch_add(took_us, Ordering::Relaxed);
        self.cosignatures_went(&appended);
        match appended {
            Ok(AppendOutcome::Durable { .. }) => {
                let (entries, head) = (draft.batch.entries.len(), draft.batch.checkpoint.is_some());
                debug!(first = before, entries, head, took_us, "appended");
                self.publish(draft, size, now);
                self.mark_went();
                self.kept_went(&draft.batch.unkept);
                self.write_down_if_due(self.timing.snapshot_entries.saturating_mul(OVERDUE));
                Ok(())
            }
            Ok(AppendOutcome::Fenced { epoch }) => {
                self.fenced = Some(epoch);
                Err(self.append_failed(now, FailureCause::Fenced { epoch }))
            }
            Ok(AppendOutcome::Conflict { actual }) => {
                Err(self.append_failed(now, FailureCause::Conflict { expected: before, actual }))
            }
            Err(error) => Err(self.append_failed(now, error)),
        }
    }

    fn append_failed(&mut self, now: Time, cause: impl Into<FailureCause>) -> Failure {
        count(&self.published.counts.failed_appends);
        self.distrust(now, cause)
    }

    /// Writes down what changed of the state, when nobody waits for the writer.
    pub(crate) fn rest(&mut self) {
        // What was disclosed since the last head would have to be written down with it.
        if !self.has_unsigned() {
            self.write_down_if_due(self.timing.snapshot_entries);
        }
    }

    /// The same, once so many entries came.
    fn write_down_if_due(&mut self, least: u64) {
        if self.parts.is_due(self.published.tip().size, least) {
            self.write_down();
        }
    }

    /// Writes down what changed of the state, in an append of its own: where that fails, for instance because
    /// the disk has no room for it, the next start is a longer one, and nothing else.
    pub(super) fn write_down(&mut self) {
        let size = self.published.tip().size;
        let ready = self.footing == Footing::Firm && self.fenced.is_none() && self.lost.is_none();
        if !ready || self.snapshot_from.is_some_and(|from| size < from) {
            return;
        }
        let Some(snapshot) = self.snapshot() else { return };
        let batch = AppendBatch { snapshot: Some(snapshot), ..AppendBatch::default() };
        let appended = self.store.append(&self.origin, self.epoch, size, &batch);
        if matches!(appended, Ok(AppendOutcome::Durable { .. })) {
            debug!(size, "wrote the state down");
            self.parts.keep(Some(size));
        } else {
            // The next start is a longer one, and nothing else.
            warn!(size, outcome = ?appended, "the state could not be written down");
            // It may be there or not.
            self.parts.keep(None);
            let more = self.timing.snapshot_entries.max(size / 16);
            self.snapshot_from = Some(size.saturating_add(more));
        }
    }

    /// What changed of the state. Where it is too long to be kept, making it took seconds for nothing: that is
    /// not tried again before the record has doubled, or something goes from it.
    fn snapshot(&mut self) -> Option<Snapshot> {
        let longest = self.timing.snapshot_bytes.min(MAX_PART_BYTES);
        let snapshot = snapshot::snapshot(&mut self.parts, self.state.ledger(), longest);
        let size = self.growth.tree().size();
        self.snapshot_from = snapshot.is_none().then_some(size.saturating_mul(2));
        snapshot
    }

    /// Lets readers know what is durable.
    fn publish(&mut self, draft: &mut Draft, size: u64, now: Time) {
        self.failed = None;
        self.publish_writable(now);
        if draft.batch.snapshot.is_some() || !draft.batch.erasures.is_empty() {
            // Without a new one, the kept one went with what was erased.
            self.parts.keep(draft.batch.snapshot.as_ref().map(|snapshot| snapshot.size));
        }
        if draft.governs {
            self.published.set_roster(Roster::of(self.state.ledger()));
        }
        if draft.batch.entries.is_empty() {
            return;
        }
        let durable = DurableState::of(&self.growth);
        let before = self.published.tip();
        let new = draft.batch.entries.iter().map(|entry| Hash(entry.commitment));
        let recent = before.recent.with(before.size, new);
        let whole = draft.batch.erasures.is_empty();
        let openings = draft.batch.entries.iter().filter_map(|entry| entry.opening.as_ref());
        let bytes = openings.map(|opening| opening.content.len()).sum();
        // Whoever hears of the tip finds a ledger that has come as far.
        let came = std::mem::take(&mut draft.folded);
        let all = whole && came.len() == draft.batch.entries.len();
        self.published.set_ledger(self.state.ledger(), all.then_some((came, bytes)));
        // What was erased stays no longer in memory than on the disk.
        let last = match whole {
            true => {
                let AppendBatch { entries, given, .. } = &mut draft.batch;
                LastAppend::new(before.size, std::mem::take(entries), std::mem::take(given))
            }
            false => LastAppend::default(),
        };
        let mut tip = Tip { size, recent, last, ..before };
        if let Some(head) = &draft.batch.checkpoint {
            tip.checkpoint_size = head.size;
            tip.note = head.note.as_str().into();
            self.last_head = Some(now);
            count(&self.published.counts.checkpoints);
        }
        self.published.set_tip(tip);
        // Last: what a panic broke off before is read anew, and readers are told of it then.
        self.durable = durable;
    }

    /// Answers the statements of a draft that is not to be.
    pub(super) fn give_up(
        &mut self,
        places: &[usize],
        now: Time,
        cause: FailureCause,
        answers: &mut [Option<Answer>],
    ) {
        let failure = self.distrust(now, cause);
        for place in places {
            answers[*place] = Some(Err(failure.clone()));
        }
    }
}
