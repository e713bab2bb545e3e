//! The Merkle tree of RFC 6962 (RFC 9162 section 2.1): roots, proofs, and their verification.
//!
//! The node at `(level, index)` is the root over the leaves from `index << level` to
//! `(index + 1) << level`, the latter not included; it exists once all of these do.

use std::fmt;

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// The most leaves that a tree may have, 2^62: no sum or shift of sizes below it overflows.
pub const MAX_SIZE: u64 = 1 << 62;

/// A tree that grows: its size and the roots of the perfect subtrees along its right edge, which
/// is all that is needed to append and to know the root.
///
/// ```
/// use deconflict_record::{Tree, leaf_hash, node_hash};
/// let mut tree = Tree::default();
/// tree.append(leaf_hash(b"a"));
/// tree.append(leaf_hash(b"b"));
/// assert_eq!(tree.root(), node_hash(&leaf_hash(b"a"), &leaf_hash(b"b")));
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tree {
    size: u64,
    /// Largest subtree first: one for each bit that is set in the size.
    edge: Vec<Hash>,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProofError {
    /// An index outside the tree, an old size above the new one, or a size above [`MAX_SIZE`].
    Range,
    /// A proof between these sizes has another number of hashes.
    Length {
        /// How many it has.
        found: usize,
        /// How many it must have.
        expected: usize,
    },
    /// The hashes do not lead to the root, or to one of the two.
    Root,
}

impl Tree {
    /// The tree of a size, given the nodes on its right edge, largest first, as [`Tree::edge`]
    /// returned them. `None` when they are not as many as the size demands.
    pub fn from_edge(size: u64, edge: Vec<Hash>) -> Option<Tree> {
        let fits = size <= MAX_SIZE && edge.len() == size.count_ones() as usize;
        fits.then_some(Tree { size, edge })
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the perfect subtrees along the right edge, largest first.
    pub fn edge(&self) -> &[Hash] {
        &self.edge
    }

    /// The root; [`EMPTY_ROOT`] for no leaves.
    pub fn root(&self) -> Hash {
        let fold = |right: Hash, left: &Hash| node_hash(left, &right);
        match self.edge.split_last() {
            Some((last, rest)) => rest.iter().rev().fold(*last, fold),
            None => EMPTY_ROOT,
        }
    }

    /// Adds a leaf, given its hash ([`crate::leaf_hash`]), and returns its index.
    pub fn append(&mut self, leaf: Hash) -> u64 {
        self.append_noting(leaf, |_, _, _| {})
    }

    /// Adds a leaf and tells of each node that is complete with it: level, index and hash, the
    /// leaf itself first.
    pub fn append_noting(&mut self, leaf: Hash, mut note: impl FnMut(u8, u64, Hash)) -> u64 {
        let index = self.size;
        let mut node = leaf;
        note(0, index, node);
        for level in 1..=index.trailing_ones() as u8 {
            // There is a node on the edge for each bit that is set.
            let Some(left) = self.edge.pop() else { break };
            node = node_hash(&left, &node);
            note(level, index >> level, node);
        }
        self.edge.push(node);
        // From 2^62, no machine appends its way to 2^64.
        self.size += 1;
        index
    }
}

/// The largest power of two below `n`, which is at least 2: where RFC 6962 divides a tree.
fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// The root of the leaves from `from` to `to`, the latter not included, in a tree in which they
/// are a subtree: at most one node per bit of the length is read.
fn subtree_root<E>(
    from: u64,
    to: u64,
    read: &mut impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let (mut at, mut nodes) = (from, Vec::new());
    while at < to {
        let level = (to - at).ilog2() as u8;
        nodes.push(read(level, at >> level)?);
        at += 1 << level;
    }
    Ok(Tree { size: to - from, edge: nodes }.root())
}

/// The root of the first `size` leaves; `read` gives the hash of the node at a level and an index.
///
/// # Errors
/// What `read` reports.
pub fn root_of<E>(size: u64, mut read: impl FnMut(u8, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    subtree_root(0, size, &mut read)
}

/// The proof that a leaf stands at `index` in the tree of `size` leaves: siblings from the leaf up.
/// Empty for an index outside the tree, of which there is no proof.
///
/// # Errors
/// What `read` reports.
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    mut read: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    if index >= size || size > MAX_SIZE {
        return Ok(path);
    }
    let (mut from, mut to) = (0, size);
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            path.push(subtree_root(middle, to, &mut read)?);
            to = middle;
        } else {
            path.push(subtree_root(from, middle, &mut read)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `new` leaves begins with the tree of `old`. Empty when the sizes are
/// equal or `old` is 0, and for sizes of which there is no proof.
///
/// # Errors
/// What `read` reports.
pub fn consistency_proof<E>(
    old: u64,
    new: u64,
    read: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut nodes = prefix_proof(old, new, read)?;
    // The first node is then the old root, which the verifier has.
    if old == new || old.is_power_of_two() {
        nodes.drain(..nodes.len().min(1));
    }
    Ok(nodes)
}

/// The nodes from which [`prefix_roots`] computes both the root of the first `old` leaves and that
/// of all `new`: a consistency proof that leaves nothing to the verifier. Empty for an `old` of 0
/// and for sizes of which there is no proof.
///
/// # Errors
/// What `read` reports.
pub fn prefix_proof<E>(
    old: u64,
    new: u64,
    mut read: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    if old == 0 || old > new || new > MAX_SIZE {
        return Ok(path);
    }
    let (mut from, mut to) = (0, new);
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            path.push(subtree_root(middle, to, &mut read)?);
            to = middle;
        } else {
            path.push(subtree_root(from, middle, &mut read)?);
            from = middle;
        }
    }
    path.push(subtree_root(from, to, &mut read)?);
    path.reverse();
    Ok(path)
}

/// Whether the leaf with this hash stands at `index` in the tree of `size` leaves and this root
/// (RFC 9162 section 2.1.3.2).
///
/// # Errors
/// When the proof does not show it.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size || size > MAX_SIZE {
        return Err(ProofError::Range);
    }
    check_length(proof.len(), inclusion_len(index, size))?;
    let (mut index, mut last, mut node) = (index, size - 1, *leaf);
    for sibling in proof {
        (index, last) = above_single_nodes(index, last);
        node = if index & 1 == 1 { node_hash(sibling, &node) } else { node_hash(&node, sibling) };
        (index, last) = (index >> 1, last >> 1);
    }
    if node == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Whether the tree of `new` leaves begins with the tree of `old` (RFC 9162 section 2.1.4.2). Of an
/// old size of 0, the root must be [`EMPTY_ROOT`] and the proof empty; of equal sizes, the roots
/// must be equal and the proof empty.
///
/// # Errors
/// When the proof does not show it.
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old > new || new > MAX_SIZE {
        return Err(ProofError::Range);
    }
    let same = |a: &Hash, b: &Hash| if a == b { Ok(()) } else { Err(ProofError::Root) };
    if old == 0 || old == new {
        check_length(proof.len(), 0)?;
        let wanted = if old == new { new_root } else { &EMPTY_ROOT };
        // Also when both are 0.
        return same(old_root, wanted).and(if new == 0 {
            same(new_root, &EMPTY_ROOT)
        } else {
            Ok(())
        });
    }
    let nodes = if old.is_power_of_two() {
        [std::slice::from_ref(old_root), proof].concat()
    } else {
        proof.to_vec()
    };
    let (old_found, new_found) = prefix_roots(old, new, &nodes).map_err(|error| match error {
        ProofError::Length { expected, .. } => ProofError::Length {
            found: proof.len(),
            expected: expected - (nodes.len() - proof.len()),
        },
        other => other,
    })?;
    same(&old_found, old_root).and(same(&new_found, new_root))
}

/// The roots of the first `old` and of all `new` leaves that follow from the nodes of a
/// [`prefix_proof`]. When the second is a root that a log signed, so must the first be its root at
/// `old`: no other nodes hash to it.
///
/// # Errors
/// When the sizes are out of range (`old` must be at least 1), or the nodes are more or fewer than
/// the sizes demand.
pub fn prefix_roots(old: u64, new: u64, nodes: &[Hash]) -> Result<(Hash, Hash), ProofError> {
    if old == 0 || old > new || new > MAX_SIZE {
        return Err(ProofError::Range);
    }
    // The first node covers the last perfect subtree of the old tree, at this height.
    let height = if old == new { u64::BITS } else { old.trailing_zeros() };
    let (mut index, mut last) = match height {
        u64::BITS => (0, 0),
        _ => ((old - 1) >> height, (new - 1) >> height),
    };
    check_length(nodes.len(), 1 + inclusion_len(index, last + 1))?;
    let Some((first, rest)) = nodes.split_first() else { return Err(ProofError::Range) };
    let (mut old_root, mut new_root) = (*first, *first);
    for node in rest {
        (index, last) = above_single_nodes(index, last);
        if index & 1 == 1 {
            old_root = node_hash(node, &old_root);
            new_root = node_hash(node, &new_root);
        } else {
            new_root = node_hash(&new_root, node);
        }
        (index, last) = (index >> 1, last >> 1);
    }
    Ok((old_root, new_root))
}

/// Up the right edge to where the node has a sibling: an only child is its parent.
fn above_single_nodes(mut index: u64, mut last: u64) -> (u64, u64) {
    while index == last && index & 1 == 0 && index != 0 {
        (index, last) = (index >> 1, last >> 1);
    }
    (index, last)
}

/// How many siblings lie on the way from a leaf to the root: one per level below the one where its
/// way joins the right edge, and above that one for each left neighbour.
fn inclusion_len(index: u64, size: u64) -> usize {
    let below = u64::BITS - (index ^ (size - 1)).leading_zeros();
    let above = index.checked_shr(below).unwrap_or(0).count_ones();
    (below + above) as usize
}

fn check_length(found: usize, expected: usize) -> Result<(), ProofError> {
    if found == expected { Ok(()) } else { Err(ProofError::Length { found, expected }) }
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProofError::Range => f.write_str(
                "proof: there is none of an index outside the tree, of an old size above the new \
                 one, or of a size above 2^62",
            ),
            ProofError::Length { found, expected } => {
                write!(f, "proof: {found} hashes: must be {expected}")
            }
            ProofError::Root => f.write_str("proof: its hashes do not lead to the root"),
        }
    }
}

impl std::error::Error for ProofError {}
