//! The space-time index: among millions of volumes, those whose boxes meet a given box.
//!
//! For each class of similar extent and duration there is a tree of boxes, kept in the order of a
//! space-filling curve over place and time (after Kamel and Faloutsos, "Hilbert R-tree", VLDB 1994).
//! A tree grown one by one in any order is therefore nearly as good as one built at once. Boxes
//! hold unit vectors, so no meridian and no pole is special.
//!
//! *Architecture invariant*: the box that a node holds for an entry lies around everything below
//! that entry. This alone makes queries complete; classes and order only make them fast.

mod bounds;
mod node;
mod order;

use std::fmt;

pub use bounds::{SpaceTimeBox, cap_corners};
use node::{CAPACITY, Entry, NONE, Pool};
use order::Class;

/// A set of boxes in space and time, each under a key, that finds those that meet a given box.
///
/// Keys are small numbers that the caller chooses, such as slots of the table of volumes: the index
/// keeps 4 bytes for every number up to the largest key. Results depend only on the calls made.
///
/// ```
/// use deconflict_geometry::{SpaceTimeBox, SpaceTimeIndex};
/// let at_the_pole = SpaceTimeBox::new([-0.1, -0.1, 0.9], [0.1, 0.1, 1.0], (0.0, 120.0), (0, 1));
/// let mut index = SpaceTimeIndex::new();
/// index.insert(7, &at_the_pole);
/// let mut found = Vec::new();
/// index.query(&at_the_pole, |key| found.push(key));
/// assert_eq!(found, [7]);
/// assert!(index.remove(7) && index.is_empty());
/// ```
#[derive(Clone, Default)]
pub struct SpaceTimeIndex {
    nodes: Pool,
    trees: Vec<Tree>,
    /// The leaf of each key, [`NONE`] where there is no such key.
    leaves: Vec<u32>,
    len: usize,
}

/// A node with fewer entries is merged with its neighbour, if that has room.
const SPARSE: usize = CAPACITY / 4;

#[derive(Clone)]
struct Tree {
    class: Class,
    root: u32,
    /// Levels of nodes above the leaves.
    height: u32,
    bounds: SpaceTimeBox,
}

impl SpaceTimeIndex {
    /// An empty index.
    #[must_use]
    pub fn new() -> SpaceTimeIndex {
        SpaceTimeIndex::default()
    }

    /// How many boxes it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The memory that it takes, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.nodes.memory_bytes()
            + self.trees.capacity() * size_of::<Tree>()
            + self.leaves.capacity() * size_of::<u32>()
    }

    /// Calls `hit` once for each key whose box meets `query`, in no particular order. Allocates
    /// nothing.
    pub fn query(&self, query: &SpaceTimeBox, mut hit: impl FnMut(u32)) {
        for tree in &self.trees {
            if tree.bounds.meets(query) {
                self.visit(tree.root, tree.height, query, &mut hit);
            }
        }
    }

    fn visit(&self, number: u32, height: u32, query: &SpaceTimeBox, hit: &mut impl FnMut(u32)) {
        let node = &self.nodes[number];
        let mut meeting = node.meeting(query);
        while meeting != 0 {
            let id = node.ids[meeting.trailing_zeros() as usize];
            meeting &= meeting - 1;
            if height == 0 { hit(id) } else { self.visit(id, height - 1, query, hit) }
        }
    }

    /// The same as long as `hit` says to go on: for whoever can do with no more than some of them. Returns whether
    /// it came to the end.
    pub fn query_while(&self, query: &SpaceTimeBox, mut hit: impl FnMut(u32) -> bool) -> bool {
        let mut near = self.trees.iter().filter(|tree| tree.bounds.meets(query));
        near.all(|tree| self.visit_while(tree.root, tree.height, query, &mut hit))
    }

    fn visit_while(
        &self,
        number: u32,
        height: u32,
        query: &SpaceTimeBox,
        hit: &mut impl FnMut(u32) -> bool,
    ) -> bool {
        let node = &self.nodes[number];
        let mut meeting = node.meeting(query);
        while meeting != 0 {
            let id = node.ids[meeting.trailing_zeros() as usize];
            meeting &= meeting - 1;
            let goes_on =
                if height == 0 { hit(id) } else { self.visit_while(id, height - 1, query, hit) };
            if !goes_on {
                return false;
            }
        }
        true
    }

    /// Puts `bounds` under `key`, in place of what was there. Returns whether there was something.
    pub fn insert(&mut self, key: u32, bounds: &SpaceTimeBox) -> bool {
        let replaced = self.remove(key);
        let class = Class::of(bounds);
        let entry = Entry { bounds: *bounds, id: key, place: class.place(bounds) };
        let at = self.tree_of(class, bounds);
        if self.nodes[self.trees[at].root].is_full() {
            self.raise(at, entry.place);
        }
        let tree = &mut self.trees[at];
        tree.bounds = tree.bounds.around(bounds);
        let (mut number, height) = (tree.root, tree.height);
        for level in (0..height).rev() {
            number = self.descend(number, level, &entry);
        }
        self.nodes[number].push(entry);
        if key as usize >= self.leaves.len() {
            self.leaves.resize(key as usize + 1, NONE);
        }
        self.leaves[key as usize] = number;
        self.len += 1;
        replaced
    }

    fn tree_of(&mut self, class: Class, bounds: &SpaceTimeBox) -> usize {
        self.trees.iter().position(|tree| tree.class == class).unwrap_or_else(|| {
            let root = self.nodes.allocate();
            self.trees.push(Tree { class, root, height: 0, bounds: *bounds });
            self.trees.len() - 1
        })
    }

    /// Puts a new root above the full root of a tree, and splits the old one.
    fn raise(&mut self, at: usize, place: u64) {
        let root = self.nodes.allocate();
        let tree = &mut self.trees[at];
        let (old, level) = (tree.root, tree.height);
        (tree.root, tree.height) = (root, level + 1);
        let entry = Entry { bounds: tree.bounds, id: old, place: 0 };
        self.nodes[root].push(entry);
        self.nodes[old].parent = root;
        self.split(root, 0, level, place);
    }

    /// The node at `level`, below `number`, to which `entry` goes; it has room, and what `number`
    /// holds for it lies around the entry.
    fn descend(&mut self, number: u32, level: u32, entry: &Entry) -> u32 {
        let mut slot = self.nodes[number].slot_for(entry.place);
        if self.nodes[self.nodes[number].ids[slot]].is_full() {
            self.split(number, slot, level, entry.place);
            slot = self.nodes[number].slot_for(entry.place);
        }
        let node = &mut self.nodes[number];
        let bounds = node.bounds_of(slot).around(&entry.bounds);
        node.set_bounds(slot, &bounds);
        node.ids[slot]
    }

    /// Moves the later half of the full node in `slot` of `parent`, which has room, to a new node
    /// beside it. Where the entry to come, at `place`, is the last, nearly all stay, so that
    /// what comes in order, or all in one place, leaves full nodes behind.
    fn split(&mut self, parent: u32, slot: usize, level: u32, place: u64) {
        let first = self.nodes[parent].entry(slot);
        let mut later = self.nodes[first.id].slots_by_place();
        let last = self.nodes[first.id].places[later[CAPACITY - 1]];
        let later = &mut later[if last <= place { CAPACITY - 2 } else { CAPACITY / 2 }..];
        let second_place = self.nodes[first.id].places[later[0]];
        later.sort_unstable();
        let second = self.nodes.allocate();
        self.nodes[second].parent = parent;
        for &slot in later.iter() {
            self.adopt(second, level, self.nodes[first.id].entry(slot));
        }
        for &slot in later.iter().rev() {
            self.nodes[first.id].remove(slot);
        }
        let bounds = self.nodes[first.id].bounds();
        self.nodes[parent].set_bounds(slot, &bounds);
        let bounds = self.nodes[second].bounds();
        self.nodes[parent].push(Entry { bounds, id: second, place: second_place });
    }

    /// Puts an entry that had another parent into a node at `level`.
    fn adopt(&mut self, number: u32, level: u32, entry: Entry) {
        self.nodes[number].push(entry);
        if level == 0 {
            self.leaves[entry.id as usize] = number;
        } else {
            self.nodes[entry.id].parent = number;
        }
    }

    /// Removes what is under `key`. Returns whether there was something.
    pub fn remove(&mut self, key: u32) -> bool {
        let Some(leaf) = self.leaves.get_mut(key as usize) else { return false };
        let leaf = std::mem::replace(leaf, NONE);
        if leaf == NONE {
            return false;
        }
        let slot = self.nodes[leaf].slot_of(key).expect("a leaf holds the keys that name it");
        let removed = self.nodes[leaf].bounds_of(slot);
        self.nodes[leaf].remove(slot);
        self.len -= 1;
        if self.tighten(leaf, &removed) {
            self.settle_root(Class::of(&removed));
        }
        true
    }

    /// Fits the nodes above a leaf that lost `removed` to what they still hold. Returns whether the
    /// root changed.
    fn tighten(&mut self, leaf: u32, removed: &SpaceTimeBox) -> bool {
        let (mut number, mut level) = (leaf, 0);
        while self.nodes[number].parent != NONE {
            let parent = self.nodes[number].parent;
            let slot = self.nodes[parent].slot_of(number).expect("a parent holds its children");
            let len = self.nodes[number].len;
            if len == 0 {
                self.nodes[parent].remove(slot);
                self.nodes.free(number);
            } else if len >= SPARSE || !self.merge(parent, slot, level) {
                if self.nodes[parent].bounds_of(slot).encloses(removed) {
                    return false;
                }
                let bounds = self.nodes[number].bounds();
                self.nodes[parent].set_bounds(slot, &bounds);
            }
            (number, level) = (parent, level + 1);
        }
        true
    }

    /// Moves what the node in `slot` of `parent` holds to its neighbour, if that has room.
    fn merge(&mut self, parent: u32, slot: usize, level: u32) -> bool {
        let node = &self.nodes[parent];
        let place = node.places[slot];
        let Some(other) = (0..node.len)
            .filter(|&other| other != slot)
            .min_by_key(|&other| node.places[other].abs_diff(place))
        else {
            return false;
        };
        let (number, into) = (node.ids[slot], node.ids[other]);
        if self.nodes[number].len + self.nodes[into].len > CAPACITY - SPARSE {
            return false;
        }
        for slot in 0..self.nodes[number].len {
            self.adopt(into, level, self.nodes[number].entry(slot));
        }
        let entry = Entry {
            bounds: self.nodes[into].bounds(),
            id: into,
            place: place.min(self.nodes[parent].places[other]),
        };
        self.nodes[parent].set(other, entry);
        self.nodes[parent].remove(slot);
        self.nodes.free(number);
        true
    }

    /// Fits a tree to its root after removals: an empty tree goes, and so does a root above one node.
    fn settle_root(&mut self, class: Class) {
        let Some(at) = self.trees.iter().position(|tree| tree.class == class) else { return };
        let tree = &mut self.trees[at];
        while tree.height > 0 && self.nodes[tree.root].len == 1 {
            let below = self.nodes[tree.root].ids[0];
            self.nodes.free(tree.root);
            self.nodes[below].parent = NONE;
            (tree.root, tree.height) = (below, tree.height - 1);
        }
        if self.nodes[tree.root].len == 0 {
            self.nodes.free(tree.root);
            self.trees.swap_remove(at);
        } else {
            tree.bounds = self.nodes[tree.root].bounds();
        }
    }
}

impl fmt::Debug for SpaceTimeIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpaceTimeIndex").field("len", &self.len).finish_non_exhaustive()
    }
}

/// A set from pairs of a key and a box; a later pair under the same key replaces an earlier one.
///
/// Pairs are sorted before they are inserted, so that the nodes are full and neighbours lie together
/// in memory.
impl FromIterator<(u32, SpaceTimeBox)> for SpaceTimeIndex {
    fn from_iter<T: IntoIterator<Item = (u32, SpaceTimeBox)>>(pairs: T) -> SpaceTimeIndex {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.reverse();
        pairs.sort_by_key(|&(key, _)| key);
        pairs.dedup_by_key(|&mut (key, _)| key);
        pairs.sort_by_cached_key(|(_, bounds)| {
            let class = Class::of(bounds);
            (class, class.place(bounds))
        });
        let mut index = SpaceTimeIndex::new();
        for (key, bounds) in pairs {
            index.insert(key, &bounds);
        }
        index
    }
}
