//! Taking a verified head in: with all commitments and tiles under it, in one transaction.

use std::collections::BTreeMap;

use deconflict_record::{Head, SignedCheckpoint, TileRow, Tree, leaf_hash, new_tiles};
use deconflict_store::{CopyChange, Slot};

use super::read::node;
use super::{PendingCommitments, RecordCopy, encoded};
use crate::error::DeskError;

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
        let tree = &mut grown;
        self.write(self.progress.clone(), Vec::new(), |change| {
            for from in (0..pending.count()).step_by((step / 256).max(1) as usize) {
                let to = pending.count().min(from + (step / 256).max(1));
                take_in(change, tree, pending, from..to)?;
            }
            // What was put by has been read from the disk again since it was compared with the head.
            if (Head { size: tree.size(), root: tree.root() }) != head.claimed().head() {
                return Err(DeskError::damaged("what it put by does not lead to the head"));
            }
            change.drop_pending()?;
            Ok(change.put(Slot::Head, &encoded(&head.encode())?)?)
        })?;
        (self.tree, self.head) = (grown, Some(head));
        Ok(())
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
