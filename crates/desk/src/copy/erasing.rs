//! What the record forgot and a copy still holds, and how it goes.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_store::ErasuresDue;

use super::{Progress, RecordCopy};
use crate::error::DeskError;

impl RecordCopy {
    /// Erases the openings of entries for ever, and the kept view with them: it is written down anew.
    pub(crate) fn erase(&mut self, entries: &BTreeSet<u64>) -> Result<(), DeskError> {
        let (count, view, mut notices) = (self.given, self.view.clone(), Vec::new());
        let snapshot = self.snapshot(count, &view, &mut notices)?;
        self.write(self.progress.clone(), notices, |change| {
            entries.iter().try_for_each(|index| change.erase(*index))?;
            // After what is erased: the store drops a snapshot that may hold it.
            snapshot.iter().try_for_each(|snapshot| change.put_snapshot(snapshot))?;
            Ok(())
        })?;
        let is_kept = snapshot.is_some();
        self.parts.keep(is_kept.then_some(count));
        (self.covered, self.too_long) = (count, !is_kept);
        self.count_erasures()
    }

    pub(super) fn count_erasures(&mut self) -> Result<(), DeskError> {
        let records = self.store.view()?;
        self.erasures = [records.erasures(false)?, records.erasures(true)?];
        Ok(())
    }

    /// What the record forgot and is still here: what others said, and what the party did.
    pub(crate) fn erasures(&self) -> [Option<ErasuresDue>; 2] {
        self.erasures
    }

    /// Keeps when witnesses countersigned, if that is new.
    pub(crate) fn keep_countersigned(
        &mut self,
        times: BTreeMap<String, u64>,
    ) -> Result<(), DeskError> {
        if times == self.progress.countersigned {
            return Ok(());
        }
        self.write(Progress { countersigned: times, ..self.progress.clone() }, Vec::new(), |_| {
            Ok(())
        })
    }
}
