//! Forgetting, with the host, what the rules keep no longer.

use std::collections::BTreeSet;

use deconflict_api::Content;
use deconflict_core::{Finding, Ledger, What};
use deconflict_store::{Batch, MAX_BATCH_ITEMS};

use crate::desk::Desk;
use crate::error::DeskError;
use crate::layout;

const DAY_S: i64 = 86_400;

/// The entries that an entry erases, as far as this ledger can tell rightly.
///
/// # Errors
/// In words, when by this ledger it is too early: then they are kept.
pub(crate) fn erases(ledger: &Ledger, content: &Content) -> Result<Vec<u64>, String> {
    let What::Found(Finding::Erased { declaration, entries }) = &content.entry.what else {
        return Ok(Vec::new());
    };
    let days = ledger.charter.as_ref().map_or(0, |charter| charter.rules.retention_days);
    let kept_from = content.entry.at.after_seconds(-i64::from(days) * DAY_S);
    let over = |ended: deconflict_core::Time| ended < kept_from;
    match ledger.declarations.get(declaration) {
        Some(known) if !known.ended.is_some_and(|(ended, _)| over(ended)) => Err(format!(
            "the host erased declaration {declaration}, which the rules keep for {days} days after its \
             end: this desk keeps what it has of it"
        )),
        _ => Ok(entries.clone()),
    }
}

impl Desk {
    /// Erases what this desk holds of these entries; their commitments stay.
    pub(crate) fn erase(&mut self, entries: &BTreeSet<u64>) -> Result<(), DeskError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut held = Vec::new();
        {
            let view = self.records()?;
            for nth in 0..self.given {
                if entries.contains(&layout::given(&view, nth)?.1) {
                    held.push(nth);
                }
            }
        }
        for erasures in held.chunks(MAX_BATCH_ITEMS) {
            self.append(&Batch { erasures: erasures.to_vec(), ..Batch::default() })?;
        }
        self.erased = true;
        Ok(())
    }
}
