//! Forgetting, with the host, what the rules keep no longer.

use std::collections::BTreeSet;

use deconflict_api::Content;
use deconflict_core::{Entry, Finding, Ledger, What};
use deconflict_proof::{Notice, Row};
use deconflict_store::CopyView;

use crate::error::DeskError;

const DAY_S: i64 = 86_400;

/// What a desk was given before an entry.
pub(crate) struct Before<'a> {
    pub(crate) records: &'a CopyView<'a>,
    /// How many of the rows that are kept stand before it.
    pub(crate) given: u64,
    /// Those that are being taken in.
    pub(crate) rows: &'a [Row],
}

/// The entries that an entry erases, as far as this desk can tell rightly; `None`: it says nothing of the
/// kind.
///
/// # Errors
/// With what people should know, when by this ledger it is too early, or an entry that is held here is no statement about what is
/// erased: then all are kept, and the entry is not followed.
pub(crate) fn erases(
    ledger: &Ledger,
    (index, entry): (u64, &Entry),
    before: &Before<'_>,
) -> Result<Result<BTreeSet<u64>, Notice>, DeskError> {
    let What::Found(Finding::Erased { declaration, entries }) = &entry.what else {
        return Ok(Ok(BTreeSet::new()));
    };
    let days = ledger.charter.as_ref().map_or(0, |charter| charter.rules.retention_days);
    let kept_from = entry.at.after_seconds(-i64::from(days) * DAY_S);
    let over = |ended: deconflict_core::Time| ended < kept_from;
    if let Some(known) = ledger.declarations.get(declaration)
        && !known.ended.is_some_and(|(ended, _)| over(ended))
    {
        return Ok(Err(Notice::ErasedEarly { declaration: *declaration, days }));
    }
    let entries: BTreeSet<u64> = entries.iter().copied().collect();
    let of_another = |(_, content): &(u64, Vec<u8>)| {
        let held = Content::decode(content);
        held.map_or(true, |held| held.entry.said_of() != Some(*declaration))
    };
    let held = before.held(&entries)?;
    let other = held.iter().find(|held| of_another(held)).map(|(other, _)| *other);
    let later = entries.last().copied().filter(|last| *last >= index);
    Ok(match other.or(later) {
        Some(entry) => Err(Notice::ErasedWithAnother { entry, declaration: *declaration }),
        None => Ok(entries),
    })
}

impl Before<'_> {
    /// The contents of these entries, as far as they are held.
    fn held(&self, entries: &BTreeSet<u64>) -> Result<Vec<(u64, Vec<u8>)>, DeskError> {
        let mut held = Vec::new();
        for index in entries {
            let given = self.records.given_of(*index)?.into_iter();
            for (_, kept) in given.filter(|(nth, _)| *nth < self.given) {
                held.extend(kept.opening.map(|opening| (*index, opening.content)));
            }
        }
        for row in self.rows.iter().filter(|row| entries.contains(&row.index)) {
            held.extend(row.opening.as_ref().map(|o| (row.index, o.content.clone())));
        }
        Ok(held)
    }
}
