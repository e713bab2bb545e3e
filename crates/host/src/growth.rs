//! The record's tree as it grows, and the tiles that come with each batch.

use std::collections::BTreeMap;
use std::convert::Infallible;

use deconflict_record::{Hash, TileRow, Tree, leaf_hash, new_tiles};
use deconflict_store::TileWrite;

/// Hashes of a full tile.
const FULL: u64 = 256;
/// Levels of nodes between two rows of tiles.
const HEIGHT: u8 = 8;

/// A tree, and the hashes of the tiles along its right edge.
#[derive(Clone, Default, Debug)]
pub(crate) struct Growth {
    tree: Tree,
    /// Nodes at levels 0, 8, 16 and so on that stand in a tile that is not full, by level and index.
    nodes: BTreeMap<(u8, u64), Hash>,
}

impl Growth {
    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Adds the leaf of a commitment.
    pub(crate) fn append(&mut self, commitment: &Hash) {
        let nodes = &mut self.nodes;
        self.tree.append_noting(leaf_hash(&commitment.0), |level, index, hash| {
            if level % HEIGHT == 0 {
                nodes.insert((level, index), hash);
            }
        });
    }

    /// The tiles that are new or longer than when the tree had `old` leaves; then forgets full ones.
    pub(crate) fn tiles_since(&mut self, old: u64) -> Vec<TileWrite> {
        let new = self.tree.size();
        let read = |level, index| {
            // Only tiles that `forget` kept, or later ones, are asked for.
            Ok::<_, Infallible>(self.nodes.get(&(level, index)).copied().unwrap_or(Hash([0; 32])))
        };
        let Ok(tiles) = new_tiles(old, new, read);
        self.forget();
        tiles
            .into_iter()
            .filter_map(|(tile, hashes)| match tile.row {
                TileRow::Level(level) => Some(TileWrite { level, index: tile.index, hashes }),
                TileRow::Entries => None,
            })
            .collect()
    }

    /// Forgets the hashes of tiles that are full: they never change again.
    pub(crate) fn forget(&mut self) {
        let size = self.tree.size();
        self.nodes.retain(|(level, index), _| *index >= (size >> level) / FULL * FULL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deconflict_record::{node_from_tiles, root_of};

    #[test]
    fn the_tiles_of_many_batches_lead_to_the_root_of_the_tree() {
        let mut growth = Growth::default();
        let mut tiles: BTreeMap<(u8, u64), Vec<u8>> = BTreeMap::new();
        for batch in [1u64, 254, 1, 1, 300, 65_000, 5] {
            let old = growth.tree().size();
            for i in old..old + batch {
                growth.append(&leaf_hash(&i.to_be_bytes()));
            }
            for tile in growth.tiles_since(old) {
                let kept = tiles.entry((tile.level, tile.index)).or_default();
                assert!(tile.hashes.starts_with(kept));
                *kept = tile.hashes;
            }
            let size = growth.tree().size();
            let read = |level, index| {
                let tile = |tile: deconflict_record::Tile| match tile.row {
                    TileRow::Level(level) => tiles.get(&(level, tile.index)).cloned().ok_or(()),
                    TileRow::Entries => Err(()),
                };
                node_from_tiles(level, index, tile, |_| ())
            };
            assert_eq!(root_of(size, read), Ok(growth.tree().root()));
            assert!(growth.nodes.len() < 3 * 256);
        }
    }
}
