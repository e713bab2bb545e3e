//! Taking a verified head in: with all commitments and tiles under it, in one transaction, and with what the party
//! was given under it, where that is at hand.

use std::collections::BTreeMap;

use deconflict_record::{Head, SignedCheckpoint, TileRow, Tree, leaf_hash, new_tiles};
use deconflict_store::{CopyChange, Slot};

use super::read::node;
use super::{GivenPart, PendingCommitments, RecordCopy, encoded};
use crate::error::DeskError;
use crate::outbox::OutboxChange;

/// A verified head that is to be the copy's, and the commitments that lead to it.
pub(super) struct NewHead<'a> {
    pub(super) head: &'a SignedCheckpoint,
    pub(super) pending: &'a PendingCommitments,
}

impl RecordCopy {
    /// Makes a verified head this copy's, with the commitments that lead to it, however many: whole and on the
    /// disk when this returns, or nothing of it. Whatever the host shows after that meets the whole of this
    /// record. The same head again writes nothing.
    pub(crate) fn adopt(
        &mut self,
        head: SignedCheckpoint,
        pending: &PendingCommitments,
    ) -> Result<(), DeskError> {
        if self.head.as_ref() == Some(&head) {
            return Ok(());
        }
        let (mut grown, step) = (self.tree.clone(), self.step);
        let new = NewHead { head: &head, pending };
        self.write(self.progress.clone(), Vec::new(), |change| {
            new.write(change, &mut grown, step)
        })?;
        (self.tree, self.head) = (grown, Some(head));
        Ok(())
    }

    /// [`RecordCopy::adopt`], with what the party was given under the head in the same transaction.
    pub(crate) fn adopt_with(
        &mut self,
        head: SignedCheckpoint,
        pending: &PendingCommitments,
        part: GivenPart,
        outbox: &[OutboxChange],
    ) -> Result<(), DeskError> {
        let mut grown = self.tree.clone();
        let new = NewHead { head: &head, pending };
        self.take(Some((new, &mut grown)), part, outbox)?;
        (self.tree, self.head) = (grown, Some(head));
        Ok(())
    }
}

impl NewHead<'_> {
    /// How many entries it covers.
    pub(super) fn size(&self) -> u64 {
        self.head.claimed().size
    }

    /// Writes the head and all under it that the tree does not have, `step` commitments at a time, and grows the
    /// tree by them.
    pub(super) fn write(
        &self,
        change: &CopyChange<'_>,
        tree: &mut Tree,
        step: u64,
    ) -> Result<(), DeskError> {
        let (all, tiles) = (self.pending.count(), (step / 256).max(1));
        for from in (0..all).step_by(tiles as usize) {
            take_in(change, tree, self.pending, from..all.min(from + tiles))?;
        }
        // What was put by has been read from the disk again since it was compared with the head.
        if (Head { size: tree.size(), root: tree.root() }) != self.head.claimed().head() {
            return Err(DeskError::damaged("what it put by does not lead to the head"));
        }
        change.drop_pending()?;
        Ok(change.put(Slot::Head, &encoded(&self.head.encode())?)?)
    }
}

/// Writes some of the pending tiles of commitments, and the tiles of the tree that come into being or
/// grow with them.
fn take_in(
    change: &CopyChange<'_>,
    tree: &mut Tree,
    pending: &PendingCommitments,
    tiles: std::ops::Range<u64>,
) -> Result<(), DeskError> {
    let (old, mut nodes) = (tree.size(), BTreeMap::new());
    for nth in tiles {
        let hashes = pending.tile(change, nth)?;
        let known = (tree.size() % 256) as usize;
        for hash in hashes.as_chunks::<32>().0.iter().skip(known) {
            tree.append_noting(leaf_hash(hash), |level, index, hash| {
                nodes.insert((level, index), hash);
            });
        }
        change.put_commitments(pending.first() + nth, &hashes)?;
    }
    let grown = new_tiles(old, tree.size(), |level, index| match nodes.get(&(level, index)) {
        Some(hash) => Ok(*hash),
        None => node(change, level, index),
    })?;
    for (tile, hashes) in grown {
        if let TileRow::Level(level) = tile.row {
            change.put_tile(level, tile.index, &hashes)?;
        }
    }
    Ok(())
}
