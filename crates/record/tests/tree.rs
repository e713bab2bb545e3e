//! The tree against the definition in RFC 6962, written down as it stands there, and against the
//! crate `ct-merkle`.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

mod support;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use deconflict_record::{
    EMPTY_ROOT, Hash, MAX_SIZE, ProofError, Tile, TileRow, Tree, consistency_proof,
    inclusion_proof, leaf_hash, new_tiles, node_from_tiles, node_hash, prefix_proof, prefix_roots,
    root_of, verify_consistency, verify_inclusion,
};
use proptest::prelude::*;
use sha2::Sha256;
use support::Log;

const SIZE: u64 = 300;

/// MTH of RFC 6962 section 2.1.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&mth(left), &mth(right))
        }
    }
}

/// PATH of RFC 6962 section 2.1.1.
fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(k);
    if m < k {
        [path(m, left), vec![mth(right)]].concat()
    } else {
        [path(m - k, right), vec![mth(left)]].concat()
    }
}

/// SUBPROOF of RFC 6962 section 2.1.2.
fn subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { Vec::new() } else { vec![mth(leaves)] };
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(k);
    if m <= k {
        [subproof(m, left, whole), vec![mth(right)]].concat()
    } else {
        [subproof(m - k, right, false), vec![mth(left)]].concat()
    }
}

fn leaves(log: &Log) -> Vec<Hash> {
    log.entries.iter().map(|entry| leaf_hash(entry)).collect()
}

#[test]
fn roots_and_proofs_are_those_of_the_definition_at_every_size() {
    let log = Log::of(SIZE, "entry");
    let leaves = leaves(&log);
    let mut tree = Tree::default();
    for size in 0..=SIZE {
        let first = &leaves[..size as usize];
        assert_eq!((tree.size(), tree.root()), (size, mth(first)));
        assert_eq!(log.root_at(size), tree.root());
        assert_eq!(Tree::from_edge(size, tree.edge().to_vec()), Some(tree.clone()));
        for old in (1..=size).step_by(1 + size as usize / 40) {
            assert_eq!(log.inclusion(old - 1, size), path(old as usize - 1, first));
            assert_eq!(log.consistency(old, size), subproof(old as usize, first, true));
        }
        if let Some(leaf) = leaves.get(size as usize) {
            assert_eq!(tree.append(*leaf), size);
        }
    }
}

#[test]
fn every_proof_up_to_size_300_verifies() {
    let log = Log::of(SIZE, "entry");
    let leaves = leaves(&log);
    let roots: Vec<Hash> = (0..=SIZE).map(|size| log.root_at(size)).collect();
    for size in 1..=SIZE {
        let root = &roots[size as usize];
        for index in 0..size {
            let proof = log.inclusion(index, size);
            let leaf = &leaves[index as usize];
            assert_eq!(verify_inclusion(leaf, index, size, &proof, root), Ok(()));
        }
        for old in 0..=size {
            let (old_root, proof) = (&roots[old as usize], log.consistency(old, size));
            assert_eq!(verify_consistency(old, old_root, size, root, &proof), Ok(()));
            if old > 0 {
                let found = prefix_roots(old, size, &log.prefix(old, size));
                assert_eq!(found, Ok((*old_root, *root)));
            }
        }
    }
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 0, &EMPTY_ROOT, &[]), Ok(()));
}

#[test]
fn another_library_makes_the_same_roots_and_proofs() {
    let log = Log::of(SIZE, "entry");
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in 1..=SIZE {
        theirs.push(log.entries[size as usize - 1].clone());
        assert_eq!(theirs.root().as_bytes()[..], log.root_at(size).0);
        for index in (0..size).step_by(7) {
            let proof: Vec<u8> = log.inclusion(index, size).iter().flat_map(|h| h.0).collect();
            assert_eq!(theirs.prove_inclusion(index as usize).as_bytes(), proof);
        }
        for old in (1..size).step_by(7) {
            let proof: Vec<u8> = log.consistency(old, size).iter().flat_map(|h| h.0).collect();
            assert_eq!(theirs.prove_consistency((size - old) as usize).as_bytes(), proof);
        }
    }
}

fn flipped(hash: &Hash, bit: usize) -> Hash {
    let mut bytes = hash.0;
    bytes[bit / 8] ^= 1 << (bit % 8);
    Hash(bytes)
}

/// Proofs with one hash more, less, or in another place.
fn rearranged(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut wrong = Vec::new();
    for at in 0..=proof.len() {
        let mut more = proof.to_vec();
        more.insert(at, flipped(&EMPTY_ROOT, 0));
        wrong.push(more);
    }
    for at in 0..proof.len() {
        let mut less = proof.to_vec();
        less.remove(at);
        wrong.push(less);
        if at > 0 {
            let mut swapped = proof.to_vec();
            swapped.swap(at - 1, at);
            wrong.push(swapped);
        }
    }
    wrong
}

#[test]
fn a_proof_with_any_one_bit_changed_is_refused() {
    let log = Log::of(37, "entry");
    for (index, size) in [(0, 1), (0, 37), (36, 37), (31, 32), (20, 33), (32, 33)] {
        let (leaf, root) = (leaf_hash(&log.entries[index as usize]), log.root_at(size));
        let proof = log.inclusion(index, size);
        let verify = |leaf: &Hash, index, size, proof: &[Hash], root: &Hash| {
            verify_inclusion(leaf, index, size, proof, root).is_ok()
        };
        assert!(verify(&leaf, index, size, &proof, &root));
        for bit in 0..256 {
            assert!(!verify(&flipped(&leaf, bit), index, size, &proof, &root));
            assert!(!verify(&leaf, index, size, &proof, &flipped(&root, bit)));
            for at in 0..proof.len() {
                let mut wrong = proof.clone();
                wrong[at] = flipped(&wrong[at], bit);
                assert!(!verify(&leaf, index, size, &wrong, &root));
            }
        }
        for bit in 0..64 {
            assert!(!verify(&leaf, index ^ 1 << bit, size, &proof, &root), "index bit {bit}");
        }
        for wrong in rearranged(&proof) {
            assert!(!verify(&leaf, index, size, &wrong, &root));
        }
    }
    for (old, new) in [(1, 2), (6, 8), (4, 7), (36, 37), (32, 37), (3, 3), (1, 37), (5, 33)] {
        let (old_root, new_root) = (log.root_at(old), log.root_at(new));
        let proof = log.consistency(old, new);
        let verify = |old, old_root: &Hash, new, new_root: &Hash, proof: &[Hash]| {
            verify_consistency(old, old_root, new, new_root, proof).is_ok()
        };
        assert!(verify(old, &old_root, new, &new_root, &proof));
        for bit in 0..256 {
            assert!(!verify(old, &flipped(&old_root, bit), new, &new_root, &proof));
            assert!(!verify(old, &old_root, new, &flipped(&new_root, bit), &proof));
            for at in 0..proof.len() {
                let mut wrong = proof.clone();
                wrong[at] = flipped(&wrong[at], bit);
                assert!(!verify(old, &old_root, new, &new_root, &wrong));
            }
        }
        for bit in 0..64 {
            assert!(!verify(old ^ 1 << bit, &old_root, new, &new_root, &proof), "{old} bit {bit}");
        }
        for wrong in rearranged(&proof) {
            assert!(!verify(old, &old_root, new, &new_root, &wrong));
        }
    }
}

/// A proof shows the shape of the tree only along its path: a size with the same path is not told
/// apart, which is why the size stands beside the root in what is signed. Any other is refused.
#[test]
fn a_size_with_another_path_is_refused() {
    let log = Log::of(64, "entry");
    let shape = |index: u64, size: u64| {
        // Of each sibling, whether it is on the left.
        let (mut from, mut to, mut shape) = (0, size, Vec::new());
        while to - from > 1 {
            let middle = from + (to - from).next_power_of_two() / 2;
            shape.push(index >= middle);
            (from, to) = if index < middle { (from, middle) } else { (middle, to) };
        }
        shape
    };
    let mut same = 0;
    for size in 1..=64 {
        let root = log.root_at(size);
        for index in 0..size {
            let (leaf, proof) =
                (leaf_hash(&log.entries[index as usize]), log.inclusion(index, size));
            for other in (0..=70).chain([MAX_SIZE, MAX_SIZE + 1, u64::MAX]) {
                let verified = verify_inclusion(&leaf, index, other, &proof, &root).is_ok();
                let possible =
                    index < other && other <= 70 && shape(index, other) == shape(index, size);
                assert_eq!(verified, possible, "index {index}, size {size} as {other}");
                same += u32::from(verified && other != size);
            }
        }
    }
    assert!(same > 0);
}

#[test]
fn a_proof_of_the_wrong_length_says_which_length_is_right() {
    let log = Log::of(8, "entry");
    let (leaf, root) = (leaf_hash(&log.entries[0]), log.root_at(8));
    let wrong = verify_inclusion(&leaf, 0, 8, &[], &root).unwrap_err();
    assert_eq!(wrong, ProofError::Length { found: 0, expected: 3 });
    assert_eq!(wrong.to_string(), "proof: 0 hashes: must be 3");
    let wrong = verify_consistency(4, &log.root_at(4), 8, &root, &[]).unwrap_err();
    assert_eq!(wrong, ProofError::Length { found: 0, expected: 1 });
    let wrong = verify_consistency(6, &log.root_at(6), 8, &root, &[]).unwrap_err();
    assert_eq!(wrong, ProofError::Length { found: 0, expected: 3 });
}

#[test]
fn the_empty_tree_is_the_beginning_of_every_tree_and_only_it() {
    let log = Log::of(3, "entry");
    let root = log.root_at(3);
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 3, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &root, 3, &root, &[]), Err(ProofError::Root));
    assert_eq!(verify_consistency(0, &root, 0, &root, &[]), Err(ProofError::Root));
    assert_eq!(verify_consistency(4, &root, 3, &root, &[]), Err(ProofError::Range));
    assert_eq!(log.consistency(0, 3), []);
    assert_eq!(log.inclusion(3, 3), []);
    assert_eq!(log.prefix(4, 3), []);
}

#[test]
fn trees_of_up_to_2_to_the_62_leaves_are_proven_with_few_reads() {
    // As if all leaves were equal: the hash of a node is then given by its level.
    let perfect: Vec<Hash> =
        std::iter::successors(Some(leaf_hash(b"")), |hash| Some(node_hash(hash, hash)))
            .take(63)
            .collect();
    for size in
        [MAX_SIZE, MAX_SIZE - 1, MAX_SIZE / 2 + 1, 0x2aaa_aaaa_aaaa_aaaa, (1 << 53) + 12_345]
    {
        let mut reads = 0;
        let mut read = |level: u8, index: u64| {
            reads += 1;
            assert!((index + 1) << level <= size);
            Ok::<_, ()>(perfect[usize::from(level)])
        };
        let root = root_of(size, &mut read).unwrap();
        for index in [0, 1, size / 3, size / 2, size - 2, size - 1] {
            let proof = inclusion_proof(index, size, &mut read).unwrap();
            assert_eq!(verify_inclusion(&perfect[0], index, size, &proof, &root), Ok(()));
            let old = index + 1;
            let old_root = root_of(old, &mut read).unwrap();
            let proof = consistency_proof(old, size, &mut read).unwrap();
            assert!(proof.len() <= 63);
            assert_eq!(verify_consistency(old, &old_root, size, &root, &proof), Ok(()));
            let nodes = prefix_proof(old, size, &mut read).unwrap();
            assert_eq!(prefix_roots(old, size, &nodes), Ok((old_root, root)));
        }
        assert!(reads < 25 * 130, "{reads}");
        let edge: Vec<Hash> =
            (0..=62).rev().filter(|bit| size >> bit & 1 == 1).map(|bit| perfect[bit]).collect();
        let mut tree = Tree::from_edge(size, edge).unwrap();
        assert_eq!(tree.root(), root);
        assert_eq!(tree.append(perfect[0]), size);
    }
    let (size, root) = (2 * MAX_SIZE, node_hash(&perfect[62], &perfect[62]));
    let beyond = Err(ProofError::Range);
    assert_eq!(verify_inclusion(&perfect[0], 0, size, &perfect, &root), beyond);
    assert_eq!(verify_consistency(1, &perfect[0], size, &root, &perfect), beyond);
    assert_eq!(verify_consistency(size, &root, size, &root, &[]), beyond);
    assert_eq!(prefix_roots(1, size, &perfect), Err(ProofError::Range));
    let read = |_, _| -> Result<Hash, ()> { panic!("nothing to read") };
    assert_eq!(inclusion_proof(0, MAX_SIZE + 1, read), Ok(vec![]));
    assert_eq!(consistency_proof(1, u64::MAX, read), Ok(vec![]));
    assert_eq!(Tree::from_edge(3, vec![EMPTY_ROOT]), None);
    assert_eq!(Tree::from_edge(u64::MAX, vec![EMPTY_ROOT; 64]), None);
}

#[test]
fn tiles_written_as_a_log_grows_hold_all_that_proofs_need() {
    let log = Log::of(70_000, "entry");
    let (mut tiles, mut size) = (std::collections::HashMap::new(), 0);
    for step in [1, 254, 1, 1, 300, 65_000, 700, 3_743].into_iter() {
        let new = size + step;
        for (tile, bytes) in new_tiles(size, new, |level, index| {
            assert_eq!(level % 8, 0);
            log.node(level, index)
        })
        .unwrap()
        {
            assert_eq!(bytes.len(), usize::from(tile.width) * 32);
            assert!(Tile::parse(&tile.to_string()) == Ok(tile));
            tiles.insert((tile.row, tile.index), bytes);
        }
        size = new;
        let read = |level, index| {
            node_from_tiles(
                level,
                index,
                |tile: Tile| tiles.get(&(tile.row, tile.index)).cloned().ok_or(tile),
                |tile| tile,
            )
        };
        assert_eq!(root_of(size, read), Ok(log.root_at(size)));
        for index in (0..size).step_by(997) {
            assert_eq!(inclusion_proof(index, size, read), Ok(log.inclusion(index, size)));
            let old = index + 1;
            assert_eq!(consistency_proof(old, size, read), Ok(log.consistency(old, size)));
        }
        let missing = read(0, size).unwrap_err();
        assert_eq!((missing.row, missing.index), (TileRow::Level(0), size / 256));
        assert!(read(63, u64::MAX).is_err());
    }
    assert_eq!(size, 70_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the numbers and hashes: an answer, and never a wrong yes.
    #[test]
    fn verification_of_anything_ends_in_an_answer(
        sizes in [prop_oneof![0..40u64, any::<u64>()], prop_oneof![0..40u64, any::<u64>()]],
        bytes in proptest::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let hashes: Vec<Hash> = bytes.into_iter().map(Hash).collect();
        let (one, other) = (leaf_hash(b"one"), leaf_hash(b"other"));
        prop_assert!(verify_inclusion(&one, sizes[0], sizes[1], &hashes, &other).is_err());
        prop_assert!(verify_consistency(sizes[0], &one, sizes[1], &other, &hashes).is_err());
        let _ = prefix_roots(sizes[0], sizes[1], &hashes);
    }

    /// Two logs that part somewhere: no proof of one serves the other from there on.
    #[test]
    fn a_tree_that_was_rewritten_is_not_consistent(
        (old, new, changed) in (1..200u64).prop_flat_map(|old| (Just(old), old..200, 0..old))
    ) {
        let honest = Log::of(old, "entry");
        let mut forked = Log::default();
        for index in 0..new {
            let tag = if index == changed { "changed" } else { "entry" };
            forked.push(format!("{tag} {index}").as_bytes());
        }
        let (old_root, new_root) = (honest.root_at(old), forked.root_at(new));
        let proof = forked.consistency(old, new);
        prop_assert!(verify_consistency(old, &old_root, new, &new_root, &proof).is_err());
        let (old_found, new_found) = prefix_roots(old, new, &forked.prefix(old, new)).unwrap();
        prop_assert!(old_found != old_root && new_found == new_root);
    }
}
