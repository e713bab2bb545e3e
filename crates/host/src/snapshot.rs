//! The state as it is written down, so that the next start need not fold the whole record.

use deconflict_api::{BASE_PART, SNAPSHOT_FORMAT, decode_ledger, encode_ledger};
use deconflict_core::{Ledger, LedgerParts};
use deconflict_store::{Part, Snapshot, StoreError, View};

/// The next snapshot, onto the kept one; `None` where a part is longer than so many bytes.
pub(crate) fn snapshot(
    parts: &mut LedgerParts,
    ledger: &Ledger,
    longest: usize,
) -> Option<Snapshot> {
    let draft = parts.draft(ledger);
    let bytes = encode_ledger(&draft).ok()?;
    if bytes.iter().any(|(_, bytes)| bytes.len() > longest) {
        return None;
    }
    let parts = bytes.into_iter().map(|(number, bytes)| Part { number, bytes }).collect();
    Some(Snapshot { size: ledger.size, format: SNAPSHOT_FORMAT, onto: draft.onto, parts })
}

/// The kept snapshot; `None` where there is none that can be read: then the record is folded.
///
/// # Errors
/// What the disk may do.
pub(crate) fn read(view: &View<'_>) -> Result<Option<(Ledger, LedgerParts)>, StoreError> {
    match read_kept(view) {
        Err(StoreError::Corrupt { .. }) => Ok(None),
        read => read,
    }
}

fn read_kept(view: &View<'_>) -> Result<Option<(Ledger, LedgerParts)>, StoreError> {
    let Some(kept) = view.snapshot(SNAPSHOT_FORMAT)? else { return Ok(None) };
    let Some(base) = view.snapshot_part(BASE_PART)? else { return Ok(None) };
    let numbers = kept.parts.iter().filter(|number| **number != BASE_PART);
    let parts = numbers.map(|number| Ok((*number, view.snapshot_part(*number)?)));
    let found = decode_ledger::<StoreError>(kept.size, &base, parts)?;
    Ok(found.filter(|(ledger, _)| ledger.size == kept.size))
}
