//! The nodes of the index's trees and where they are kept.

use std::ops::{Index, IndexMut};

use super::bounds::{AXES, SpaceTimeBox};

/// Entries in a node. A multiple of [`LANES`] and at most 32, the bits of a mask.
pub(super) const CAPACITY: usize = 32;

/// Entries that are compared together; the compiler makes vector instructions of the loops over them.
const LANES: usize = 8;

/// The bit of each entry in a mask.
const BITS: [u32; CAPACITY] = {
    let mut bits = [0; CAPACITY];
    let mut slot = 0;
    while slot < CAPACITY {
        bits[slot] = 1 << slot;
        slot += 1;
    }
    bits
};

/// No node.
pub(super) const NONE: u32 = u32::MAX;

/// A bag of boxes, in no order: of volumes in a leaf, of nodes above.
///
/// Each bound of all boxes lies in one array, so that one query is compared with many boxes at
/// once. Free entries hold a box that adds nothing to the bounds.
#[derive(Clone)]
pub(super) struct Node {
    lower: [[i32; CAPACITY]; AXES],
    upper: [[i32; CAPACITY]; AXES],
    /// The volume's key in a leaf, the node's number above.
    pub(super) ids: [u32; CAPACITY],
    /// The place of a volume, or the least place in a node, in the order of the tree's class.
    pub(super) places: [u64; CAPACITY],
    pub(super) len: usize,
    pub(super) parent: u32,
}

/// What a node holds of a volume or of a node below.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) bounds: SpaceTimeBox,
    pub(super) id: u32,
    pub(super) place: u64,
}

impl Node {
    fn new() -> Node {
        Node {
            lower: [[i32::MAX; CAPACITY]; AXES],
            upper: [[i32::MIN; CAPACITY]; AXES],
            ids: [NONE; CAPACITY],
            places: [0; CAPACITY],
            len: 0,
            parent: NONE,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.len == CAPACITY
    }

    /// A bit for each entry whose box meets `query`.
    pub(super) fn meeting(&self, query: &SpaceTimeBox) -> u32 {
        let mut apart_bits = [0; LANES];
        for block in (0..CAPACITY).step_by(LANES) {
            let mut apart = [0; LANES];
            for axis in 0..AXES {
                let lower = &self.lower[axis][block..block + LANES];
                let upper = &self.upper[axis][block..block + LANES];
                for lane in 0..LANES {
                    apart[lane] |= all_ones(lower[lane] > query.upper[axis])
                        | all_ones(upper[lane] < query.lower[axis]);
                }
            }
            for lane in 0..LANES {
                apart_bits[lane] |= apart[lane] & BITS[block + lane];
            }
        }
        let held = ((1u64 << self.len) - 1) as u32;
        held & !apart_bits.into_iter().fold(0, |bits, lane| bits | lane)
    }

    pub(super) fn push(&mut self, entry: Entry) {
        let slot = self.len;
        self.len += 1;
        self.set(slot, entry);
    }

    pub(super) fn set(&mut self, slot: usize, entry: Entry) {
        self.set_bounds(slot, &entry.bounds);
        self.ids[slot] = entry.id;
        self.places[slot] = entry.place;
    }

    pub(super) fn set_bounds(&mut self, slot: usize, bounds: &SpaceTimeBox) {
        for axis in 0..AXES {
            self.lower[axis][slot] = bounds.lower[axis];
            self.upper[axis][slot] = bounds.upper[axis];
        }
    }

    pub(super) fn entry(&self, slot: usize) -> Entry {
        Entry { bounds: self.bounds_of(slot), id: self.ids[slot], place: self.places[slot] }
    }

    pub(super) fn bounds_of(&self, slot: usize) -> SpaceTimeBox {
        SpaceTimeBox {
            lower: std::array::from_fn(|axis| self.lower[axis][slot]),
            upper: std::array::from_fn(|axis| self.upper[axis][slot]),
        }
    }

    /// Removes an entry; the last one takes its slot.
    pub(super) fn remove(&mut self, slot: usize) {
        self.len -= 1;
        self.set(slot, self.entry(self.len));
        for axis in 0..AXES {
            self.lower[axis][self.len] = i32::MAX;
            self.upper[axis][self.len] = i32::MIN;
        }
    }

    /// The slots of a full node in the order of their places.
    pub(super) fn slots_by_place(&self) -> [usize; CAPACITY] {
        let mut slots = std::array::from_fn(|slot| slot);
        slots.sort_unstable_by_key(|&slot| (self.places[slot], slot));
        slots
    }

    pub(super) fn slot_of(&self, id: u32) -> Option<usize> {
        self.ids[..self.len].iter().position(|&held| held == id)
    }

    /// The entry with the greatest place not after `place`, or else the one with the least; among
    /// equals the latest.
    pub(super) fn slot_for(&self, place: u64) -> usize {
        let places = &self.places[..self.len];
        let before = |slot: &usize| place.wrapping_sub(places[*slot]);
        let nearest = (0..places.len()).rev().min_by_key(before).unwrap_or(0);
        if places[nearest] <= place {
            return nearest;
        }
        (0..places.len()).rev().min_by_key(|&slot| places[slot]).unwrap_or(0)
    }

    pub(super) fn bounds(&self) -> SpaceTimeBox {
        SpaceTimeBox {
            lower: self.lower.map(|bounds| bounds.into_iter().fold(i32::MAX, i32::min)),
            upper: self.upper.map(|bounds| bounds.into_iter().fold(i32::MIN, i32::max)),
        }
    }
}

/// All nodes of an index, by number.
///
/// They lie in chunks, so that a growing index neither moves what it holds nor needs room for two
/// copies.
#[derive(Clone, Default)]
pub(super) struct Pool {
    chunks: Vec<Vec<Node>>,
    free: Vec<u32>,
}

/// Nodes in a chunk, 215 KB.
const CHUNK: usize = 128;

impl Pool {
    /// The number of a new, empty node.
    pub(super) fn allocate(&mut self) -> u32 {
        if let Some(number) = self.free.pop() {
            return number;
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let before = (self.chunks.len() - 1) * CHUNK;
        let Some(chunk) = self.chunks.last_mut() else { return NONE };
        chunk.push(Node::new());
        (before + chunk.len() - 1) as u32
    }

    pub(super) fn free(&mut self, number: u32) {
        self[number] = Node::new();
        self.free.push(number);
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.chunks.len() * CHUNK * size_of::<Node>()
            + self.chunks.capacity() * size_of::<Vec<Node>>()
            + self.free.capacity() * size_of::<u32>()
    }
}

impl Index<u32> for Pool {
    type Output = Node;

    fn index(&self, number: u32) -> &Node {
        &self.chunks[number as usize / CHUNK][number as usize % CHUNK]
    }
}

impl IndexMut<u32> for Pool {
    fn index_mut(&mut self, number: u32) -> &mut Node {
        &mut self.chunks[number as usize / CHUNK][number as usize % CHUNK]
    }
}

fn all_ones(condition: bool) -> u32 {
    u32::from(condition).wrapping_neg()
}
