//! Witnesses' cosignatures: they wait for the next append, so that no number of them has the disk synced for
//! nothing but itself.

use deconflict_core::Time;
use deconflict_store::{StoreError, StoredCosignature};

use super::{Draft, Space};
use crate::problem::Failure;

/// Seconds after which they are written although nothing else is.
const WAIT_S: i64 = 1;
/// The most cosignatures of one witness that wait.
const OF_WITNESS: usize = 16;
/// The most that wait.
const MOST: usize = 1_024;

/// What waits for the next append.
#[derive(Default, Debug)]
pub(super) struct PendingCosignatures {
    waiting: Vec<StoredCosignature>,
    /// When the first of them came.
    since: Option<Time>,
}

impl Space {
    /// Takes in a witness's cosignature, which has been verified: readers of its head see it at once, and it
    /// is written with the next append, or after a second.
    ///
    /// # Errors
    /// When its time cannot be: later than now, or earlier than the newest entry under its head, by more than
    /// the charter lets clocks be apart. When nothing can be written now, or too many of this witness wait.
    pub fn cosign(&mut self, cosignature: StoredCosignature, now: Time) -> Result<(), Failure> {
        self.ready(now)?;
        self.dated_in_time(&cosignature, now)?;
        self.witness_agrees(&cosignature, now);
        let waiting = &self.cosigned.waiting;
        let of_witness = waiting.iter().filter(|one| one.witness == cosignature.witness).count();
        if of_witness >= OF_WITNESS || waiting.len() >= MOST {
            return Err(Failure::too_many(
                "many cosignatures of this witness wait to be written: cosign the next head",
            ));
        }
        self.cosigned.waiting.push(cosignature);
        self.cosigned.since.get_or_insert(now);
        self.published.set_cosigned(self.cosigned.waiting.clone());
        Ok(())
    }

    /// Those that wait go along with this append.
    pub(super) fn cosignatures_go_along(&self, draft: &mut Draft) {
        draft.batch.cosignatures.clone_from(&self.cosigned.waiting);
    }

    /// What went along is on the disk, or never will be: a witness cosigns the next head as well.
    pub(super) fn cosignatures_went<T>(&mut self, appended: &Result<T, StoreError>) {
        let may_pass = matches!(appended, Err(StoreError::Full { .. } | StoreError::Io { .. }));
        if !may_pass && !self.cosigned.waiting.is_empty() {
            self.cosigned = PendingCosignatures::default();
            self.published.set_cosigned(Vec::new());
        }
    }

    /// Writes what nothing else was written with.
    pub(super) fn write_cosignatures(&mut self, now: Time) {
        let waits = |since: Time| (0..WAIT_S).contains(&now.seconds_since(since));
        if self.cosigned.since.is_some_and(|since| !waits(since)) {
            // Where it fails they go with the next append that does not.
            let _ = self.append(&mut Draft::default(), now);
        }
    }
}
