//! Commitments that were fetched and are nobody's word yet.
//!
//! What stands in the copy must stand under a head that the host signed, and whether it does shows only when all
//! commitments up to that head are there. Those of a long stretch do not fit the memory: they are put by in
//! the store meanwhile, in whole tiles, where the next ones are written over them and nobody believes them.
//! When all lead to the signed head, one transaction makes them the record's, with the head (`adopt.rs`).
//!
//! So a desk that is killed, or whose line goes down, before that has taken in nothing. What it put by is tried again,
//! and thrown away if it does not lead to the next head.

use deconflict_record::{Hash, Tree, leaf_hash};
use deconflict_store::{CopyView, StoreError};

use super::RecordCopy;
use super::read::hash_at;
use crate::error::DeskError;

/// The bytes of a whole tile of hashes.
const TILE_BYTES: usize = 256 * 32;

/// Commitments that follow those of the copy, by tiles: the first begins with what the copy has of it.
#[derive(Debug)]
pub(crate) struct PendingCommitments {
    /// The first tile.
    first: u64,
    /// How many, from there on, are in the store. They are whole.
    stored: u64,
    /// The one of them that was last read.
    read: Option<(u64, Vec<u8>)>,
    /// Those after them. Only the last may be cut short by the head.
    rest: Vec<Vec<u8>>,
}

impl PendingCommitments {
    pub(super) fn after(size: u64) -> PendingCommitments {
        PendingCommitments { first: size / 256, stored: 0, read: None, rest: Vec::new() }
    }

    /// Whether some of them are of an earlier try, for the same or another head.
    pub(crate) fn is_begun(&self) -> bool {
        self.stored > 0
    }

    /// How many tiles there are.
    pub(super) fn count(&self) -> u64 {
        self.stored + self.rest.len() as u64
    }

    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// The bytes of a tile, the first being 0.
    pub(super) fn tile(&self, records: &CopyView<'_>, nth: u64) -> Result<Vec<u8>, DeskError> {
        let missing =
            || DeskError::damaged(format!("pending tile {} is missing", self.first + nth));
        match nth.checked_sub(self.stored) {
            Some(nth) => self.rest.get(nth as usize).cloned().ok_or_else(missing),
            None => records.pending(self.first + nth)?.ok_or_else(missing),
        }
    }

    /// All of them that follow the first `size` of the record; `None` where some are in the store.
    pub(crate) fn in_memory(&self, size: u64) -> Option<Vec<Hash>> {
        let known = usize::try_from(size.checked_sub(self.first * 256)?).ok()?;
        let hashes = self.rest.iter().flat_map(|tile| tile.as_chunks::<32>().0);
        (self.stored == 0).then(|| hashes.skip(known).copied().map(Hash).collect())
    }

    /// The commitment of an entry that the copy does not have yet.
    pub(crate) fn commitment(
        &mut self,
        records: &CopyView<'_>,
        index: u64,
    ) -> Result<Option<Hash>, DeskError> {
        let tile = index / 256;
        let Some(nth) = tile.checked_sub(self.first).filter(|nth| *nth < self.count()) else {
            return Ok(None);
        };
        if self.read.as_ref().is_none_or(|(read, _)| *read != tile) {
            self.read = Some((tile, self.tile(records, nth)?));
        }
        Ok(self.read.as_ref().and_then(|(_, hashes)| hash_at(hashes, index)))
    }
}

impl RecordCopy {
    /// What was put by when a reading from here on broke off, as far as a head of this size can have it, and the
    /// tree that it leads to.
    pub(crate) fn pending_to(&self, size: u64) -> Result<(PendingCommitments, Tree), DeskError> {
        let (mut pending, mut tree) = self.none_pending();
        let records = self.records()?;
        while (tree.size() / 256 + 1) * 256 <= size {
            let hashes = match records.pending(tree.size() / 256) {
                Ok(Some(hashes)) if hashes.len() == TILE_BYTES => hashes,
                // Nobody believed them: what is spoilt is fetched again.
                Ok(_) | Err(StoreError::Corrupt { .. }) => break,
                Err(error) => return Err(error.into()),
            };
            grow(&mut tree, &hashes);
            pending.stored += 1;
        }
        Ok((pending, tree))
    }

    /// The commitments of the copy's last tile, if it is not full.
    pub(crate) fn last_commitments(&self) -> Result<Vec<Hash>, DeskError> {
        let known = (self.size() % 256) as usize;
        if known == 0 {
            return Ok(Vec::new());
        }
        let hashes = self.records()?.commitments(self.size() / 256)?.unwrap_or_default();
        let hashes = hashes.as_chunks::<32>().0.get(..known);
        let hashes =
            hashes.ok_or_else(|| DeskError::damaged("its last commitments are missing"))?;
        Ok(hashes.iter().copied().map(Hash).collect())
    }

    /// What a reading from here on begins with.
    pub(crate) fn none_pending(&self) -> (PendingCommitments, Tree) {
        (PendingCommitments::after(self.size()), self.tree.clone())
    }

    /// Adds the commitments that follow `tree`, up to the end of its tile or of a head of this size. Those
    /// that more will follow are put by when the memory is full.
    pub(crate) fn add_pending(
        &mut self,
        (pending, tree): (&mut PendingCommitments, &mut Tree),
        commitments: &[Hash],
        size: u64,
    ) -> Result<(), DeskError> {
        let tile = tree.size() / 256;
        let mut hashes = match tree.size() % 256 {
            0 => Vec::new(),
            // Only the first tile begins with what the copy has.
            _ => self.records()?.commitments(tile)?.unwrap_or_default(),
        };
        hashes.truncate((tree.size() % 256) as usize * 32);
        hashes.extend(commitments.iter().flat_map(|hash| hash.0));
        grow(tree, &hashes);
        pending.rest.push(hashes);
        let full = (pending.rest.len() as u64 + 1) * 256 > self.step;
        if full && tree.size() < size { self.put_by(pending) } else { Ok(()) }
    }

    fn put_by(&mut self, pending: &mut PendingCommitments) -> Result<(), DeskError> {
        let from = pending.first + pending.stored;
        self.write(self.progress.clone(), Vec::new(), |change| {
            // What stands there of an earlier try led to no head.
            if pending.stored == 0 {
                change.drop_pending()?;
            }
            for (tile, hashes) in (from..).zip(&pending.rest) {
                change.put_pending(tile, hashes)?;
            }
            Ok(())
        })?;
        pending.stored += pending.rest.len() as u64;
        pending.rest.clear();
        Ok(())
    }
}

/// Grows a tree by the commitments of a tile that it does not have yet.
fn grow(tree: &mut Tree, hashes: &[u8]) {
    let known = (tree.size() % 256) as usize;
    for hash in hashes.as_chunks::<32>().0.iter().skip(known) {
        tree.append(leaf_hash(hash));
    }
}
