//! From a draft to an append, and from that to answers and to what readers see.

use std::sync::atomic::Ordering;
use std::time::Instant;

use deconflict_api::{Filed, Outcome as Became, PromiseOf};
use deconflict_core::Time;
use deconflict_record::{self as record, Hash, Promise};
use deconflict_store::{Appended, MAX_SNAPSHOT_BYTES, Mark, Snapshot};

use super::{Answer, Draft, Space, answer_mark};
use crate::clock::utc;
use crate::problem::Failure;
use crate::published::{Roster, Tip, count};
use crate::recover::SNAPSHOT_FORMAT;

impl Space {
    /// Makes a draft durable and answers its statements.
    pub(super) fn commit(&mut self, draft: &mut Draft, now: Time, answers: &mut [Option<Answer>]) {
        if draft.batch.entries.is_empty() {
            return;
        }
        let filed = match self.promise(draft, now) {
            Ok(filed) => filed,
            Err(_) => {
                self.give_up(draft, now, answers);
                *draft = Draft::default();
                return;
            }
        };
        if draft.moves && self.sign(draft).is_err() {
            self.give_up(draft, now, answers);
            *draft = Draft::default();
            return;
        }
        let appended = self.append(draft, now);
        for (pending, filed) in draft.pending.drain(..).zip(filed) {
            let counts = &self.published.counts;
            if appended.is_ok() {
                count(if filed.refusal.is_some() { &counts.refused } else { &counts.accepted });
            }
            answers[pending.place] = Some(appended.clone().map(|()| filed));
        }
        *draft = Draft::default();
    }

    /// The answers to the statements of a draft, with the promise over all of them.
    pub(super) fn promise(&self, draft: &mut Draft, now: Time) -> Result<Vec<Filed>, String> {
        let hashes: Vec<Hash> = draft.pending.iter().map(|pending| pending.statement).collect();
        let seed = (self.entropy)()?;
        let batch = record::Batch::new(&seed, &hashes).map_err(|error| error.to_string())?;
        let (time, deadline) = (utc(now), utc(now.after_seconds(self.timing.promise_s)));
        let promise = Promise::sign(&self.origin, batch.root(), time, deadline, &self.key)
            .map_err(|error| error.to_string())?;
        let envelope = String::from_utf8(promise.envelope().encode()).map_err(|e| e.to_string())?;
        let mut filed = Vec::with_capacity(hashes.len());
        for (i, pending) in draft.pending.iter().enumerate() {
            let place = batch.place(i).ok_or("a statement has no place in its batch")?;
            let became = if pending.refusal.is_some() { Became::Refused } else { Became::Accepted };
            let answer = Filed {
                statement: pending.statement.to_string(),
                index: pending.index,
                outcome: became,
                refusal: pending.refusal.clone(),
                conflicts: pending.conflicts.clone(),
                promise: PromiseOf {
                    envelope: envelope.clone(),
                    slot: u16::from(place.slot),
                    path: place.path.iter().map(Hash::to_string).collect(),
                },
            };
            let bytes = serde_json::to_vec(&answer).map_err(|error| error.to_string())?;
            draft.batch.marks.push(Mark { name: answer_mark(pending.statement), bytes });
            filed.push(answer);
        }
        Ok(filed)
    }

    /// One append. On an error nothing of the draft counts, and the state is rebuilt before anything
    /// else is decided.
    pub(super) fn append(&mut self, draft: &mut Draft, now: Time) -> Result<(), Failure> {
        let (before, size) = (self.published.tip().size, self.growth.tree().size());
        draft.batch.tiles = self.growth.tiles_since(before);
        // A state grows with its record: were it written down every so many entries, that would take more
        // and more of the time. So the next start folds at most a sixteenth of the record.
        let every = self.timing.snapshot_entries.max(self.snapshot / 16);
        let erases = !draft.batch.erasures.is_empty();
        if size > before && (size - self.snapshot >= every || erases) {
            let state = serde_json::to_vec(self.state.ledger()).unwrap_or_default();
            if (1..=MAX_SNAPSHOT_BYTES).contains(&state.len()) {
                draft.batch.snapshot = Some(Snapshot { size, format: SNAPSHOT_FORMAT, state });
            }
        }
        let begun = Instant::now();
        let appended = self.store.append(&self.origin, self.epoch, before, &draft.batch);
        let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let counts = &self.published.counts;
        count(&counts.appends);
        counts.append_us.fetch_add(took_us, Ordering::Relaxed);
        match appended {
            Ok(Appended::Durable { .. }) => {
                self.publish(draft, size, now);
                Ok(())
            }
            failed => {
                count(&counts.failed_appends);
                self.fenced |= matches!(failed, Ok(Appended::Fenced { .. }));
                self.distrust(now);
                Err(Failure::unwritable())
            }
        }
    }

    /// Lets readers know what is durable.
    fn publish(&mut self, draft: &Draft, size: u64, now: Time) {
        self.failed = None;
        self.durable = self.growth.clone();
        self.published.set_writable(self.lost.is_none() && self.is_host());
        if draft.batch.snapshot.is_some() {
            self.snapshot = size;
        }
        if draft.governs {
            self.published.set_roster(Roster::of(self.state.ledger()));
        }
        if draft.batch.entries.is_empty() {
            return;
        }
        let mut tip = Tip { size, ..self.published.tip() };
        match &draft.batch.checkpoint {
            Some(head) => {
                tip.checkpoint_size = head.size;
                tip.note = head.note.as_str().into();
            }
            None => {
                self.unsigned_since.get_or_insert(now);
            }
        }
        self.published.set_tip(tip);
    }

    /// Answers the statements of a draft that is not to be.
    pub(super) fn give_up(&mut self, draft: &Draft, now: Time, answers: &mut [Option<Answer>]) {
        self.distrust(now);
        for pending in &draft.pending {
            answers[pending.place] = Some(Err(Failure::unwritable()));
        }
    }
}
