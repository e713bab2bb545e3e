//! Reading what is kept: nodes, commitments, what was given, and the view that follows.

use std::collections::BTreeSet;

use deconflict_api::{BASE_PART, Content, SNAPSHOT_FORMAT, decode_ledger};
use deconflict_core::{ErasureSubject, Finding, Ledger, LedgerParts, PartyId, What};
use deconflict_proof::{Row, SaltedContent};
use deconflict_record::{
    Hash, SignedCheckpoint, Tile, TileRow, Tree, leaf_hash, node_from_tiles, opens, root_of,
};
use deconflict_store::{CopyView, Opening};

use super::RecordCopy;
use crate::erase::{Before, is_about, is_followed};
use crate::error::DeskError;

/// How many given entries are read at a time.
const PAGE: u64 = 1_024;

/// The node at a level and an index of the record's tree, out of the tiles that are kept.
pub(crate) fn node(records: &CopyView<'_>, level: u8, index: u64) -> Result<Hash, DeskError> {
    let missing = |tile: Tile| DeskError::damaged(format!("{tile} is missing"));
    node_from_tiles(
        level,
        index,
        |tile| {
            let TileRow::Level(row) = tile.row else { return Err(missing(tile)) };
            records.tile(row, tile.index)?.ok_or_else(|| missing(tile))
        },
        missing,
    )
}

/// The commitment of an entry.
pub(crate) fn commitment(records: &CopyView<'_>, index: u64) -> Result<Hash, DeskError> {
    let tile = records.commitments(index / 256)?.unwrap_or_default();
    hash_at(&tile, index).ok_or_else(|| missing_commitment(index))
}

fn missing_commitment(index: u64) -> DeskError {
    DeskError::damaged(format!("the commitment of entry {index} is missing"))
}

/// The record up to a head: what is kept of it, and what was verified and is about to be kept.
pub(crate) struct RecordUpTo<'a> {
    pub(crate) records: CopyView<'a>,
    kept: &'a Tree,
    /// The commitments after those that are kept.
    fresh: Vec<Hash>,
}

impl RecordCopy {
    /// The record with these commitments after those that are kept.
    pub(crate) fn up_to(&self, fresh: Vec<Hash>) -> Result<RecordUpTo<'_>, DeskError> {
        Ok(RecordUpTo { records: self.records()?, kept: &self.tree, fresh })
    }
}

impl RecordUpTo<'_> {
    pub(crate) fn size(&self) -> u64 {
        self.kept.size() + self.fresh.len() as u64
    }

    /// The commitment of an entry.
    pub(crate) fn commitment(&self, index: u64) -> Result<Hash, DeskError> {
        let Some(nth) = index.checked_sub(self.kept.size()) else {
            return commitment(&self.records, index);
        };
        self.fresh.get(nth as usize).copied().ok_or_else(|| missing_commitment(index))
    }

    /// The root at a size up to this one.
    pub(crate) fn root_at(&self, size: u64) -> Result<Option<Hash>, DeskError> {
        let Some(more) = size.checked_sub(self.kept.size()) else {
            return root_of(size, |level, index| node(&self.records, level, index)).map(Some);
        };
        if size > self.size() {
            return Ok(None);
        }
        let mut tree = self.kept.clone();
        for commitment in &self.fresh[..more as usize] {
            tree.append(leaf_hash(&commitment.0));
        }
        Ok(Some(tree.root()))
    }
}

/// The hash of an entry in the tile that holds it.
pub(super) fn hash_at(tile: &[u8], index: u64) -> Option<Hash> {
    let (hashes, _) = tile.as_chunks::<32>();
    hashes.get((index % 256) as usize).copied().map(Hash)
}

/// What was given, from the `from`-th on to before the `to`-th.
pub(crate) fn rows(records: &CopyView<'_>, from: u64, to: u64) -> Result<Vec<Row>, DeskError> {
    let (mut rows, mut nth) = (Vec::new(), from);
    while nth < to {
        let given = records.given(nth..to)?;
        if given.is_empty() {
            return Err(DeskError::damaged(format!("what was given as number {nth} is missing")));
        }
        nth += given.len() as u64;
        rows.extend(given.into_iter().map(|entry| Row {
            cause: entry.cause,
            index: entry.index,
            opening: entry.opening.map(|Opening { salt, content }| SaltedContent { salt, content }),
        }));
    }
    Ok(rows)
}

/// The tree of the verified head, to whose root the tiles must lead.
pub(super) fn tree(
    records: &CopyView<'_>,
    head: Option<&SignedCheckpoint>,
) -> Result<Tree, DeskError> {
    let Some(head) = head else { return Ok(Tree::default()) };
    let size = head.claimed().size;
    let (mut edge, mut at) = (Vec::new(), 0);
    for level in (0..62u8).rev().filter(|level| size >> level & 1 == 1) {
        edge.push(node(records, level, at >> level)?);
        at += 1 << level;
    }
    let tree = Tree::from_edge(size, edge).filter(|tree| head.claimed().root == tree.root());
    tree.ok_or_else(|| DeskError::damaged("its tiles do not lead to its last head"))
}

/// The view that follows from what is kept.
pub(super) struct FoldedView {
    pub(super) view: Ledger,
    /// How many given entries the last snapshot spared.
    pub(super) covered: u64,
    pub(super) parts: LedgerParts,
}

/// The view that follows from the first `all` given entries, which are those of whole causes.
pub(super) fn folded(
    records: &CopyView<'_>,
    party: &PartyId,
    all: u64,
) -> Result<FoldedView, DeskError> {
    let (covered, kept, mut parts) = snapshot(records)?.unwrap_or_default();
    let mut ledger = kept.clone();
    // No kept view lies between what the record forgot and the entry that forgot it once something of it is gone.
    let passed_over = if covered == 0 { gone_in_part(records, all)? } else { BTreeSet::new() };
    let (mut nth, mut of_one_cause, mut last) = (covered, Vec::new(), None);
    while nth < all {
        // A page at a time: all rows of a long record would fill the memory.
        let page = records.given(nth..all.min(nth + PAGE))?;
        if page.is_empty() {
            return Err(DeskError::damaged(format!("what was given as number {nth} is missing")));
        }
        for row in page {
            if last.replace(row.cause).is_some_and(|last| last != row.cause) {
                ledger.project_after(party, &of_one_cause);
                of_one_cause.clear();
            }
            nth += 1;
            let kept = row.opening.as_ref().filter(|_| !passed_over.contains(&row.index));
            let Some(Opening { salt, content }) = kept else { continue };
            if !opens(&commitment(records, row.index)?, salt, content) {
                let what = format!("entry {} does not open its commitment", row.index);
                return Err(DeskError::damaged(what));
            }
            let content = Content::decode(content)
                .map_err(|error| DeskError::damaged(format!("entry {}: {error}", row.index)))?;
            let before = Before { records, given: nth, rows: &[] };
            if is_followed((&ledger, party), (row.index, &content.entry), &before)? {
                ledger.apply(row.index, row.cause, &content.entry);
                of_one_cause.push(content.entry);
            }
        }
    }
    if last.is_some() {
        ledger.project_after(party, &of_one_cause);
    }
    parts.note_difference(&kept, &ledger);
    Ok(FoldedView { view: ledger, covered, parts })
}

/// The entries that the record forgot together with such as are gone, and that are still here: what was said of a
/// declaration or in a conversation is folded whole or not at all, which comes to the same.
fn gone_in_part(records: &CopyView<'_>, all: u64) -> Result<BTreeSet<u64>, DeskError> {
    let mut found = BTreeSet::new();
    if records.erasures(false)?.is_none() && records.erasures(true)?.is_none() {
        return Ok(found);
    }
    let mut nth = 0;
    while nth < all {
        let page = records.given(nth..all.min(nth + PAGE))?;
        if page.is_empty() {
            break;
        }
        nth += page.len() as u64;
        for opening in page.into_iter().filter_map(|row| row.opening) {
            let content = Content::decode(&opening.content)
                .map_err(|error| DeskError::damaged(error.to_string()))?;
            let What::Found(Finding::Erased { of, entries }) = content.entry.what else {
                continue;
            };
            // A conversation is forgotten whole, by several entries: what was followed is passed over as what is gone.
            let is_message = matches!(of, ErasureSubject::Message { .. });
            let (mut is_gone, mut of_it) = (false, Vec::new());
            for index in &entries {
                for (_, row) in records.given_of(*index)? {
                    is_gone |= row.opening.is_none() || (is_message && row.goes.is_some());
                    // One that was not followed may name what was said of another.
                    let says = row.opening.is_some_and(|said| is_about(&said.content, &of));
                    of_it.extend(says.then_some(*index));
                }
            }
            if is_gone {
                found.extend(of_it);
            }
        }
    }
    Ok(found)
}

/// The kept view, and over how many given entries it goes; `None` where there is none that can be read: then all
/// is folded.
fn snapshot(records: &CopyView<'_>) -> Result<Option<(u64, Ledger, LedgerParts)>, DeskError> {
    let Some(kept) = records.snapshot(SNAPSHOT_FORMAT)? else { return Ok(None) };
    let Some(base) = records.snapshot_part(BASE_PART)? else { return Ok(None) };
    let numbers = kept.parts.iter().filter(|number| **number != BASE_PART);
    let parts = numbers.map(|number| Ok((*number, records.snapshot_part(*number)?)));
    let found = decode_ledger::<DeskError>(kept.size, &base, parts)?;
    Ok(found.map(|(ledger, parts)| (kept.size, ledger, parts)))
}
