//! The published test vectors of github.com/transparency-dev/merkle (testdata/inclusion and
//! testdata/consistency, Apache-2.0): proofs that must verify, and each of them spoilt in every way
//! that its authors thought of.
//!
//! The vectors are made again here from the eight leaves behind them and the rules by which they
//! were spoilt. That they are the published ones, all 195 and field by field, is what the digests
//! at the end pin: these were computed by other code from the files themselves, as they stand in
//! the package `sigstore-merkle` 0.15.1 (test-data/merkle/testdata).

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

mod support;

use deconflict_record::{Hash, leaf_hash, verify_consistency, verify_inclusion};
use sha2::{Digest, Sha256};
use support::Log;

type Bytes = Vec<u8>;

#[derive(Clone, Debug)]
struct Case {
    /// Index and size; or old and new size.
    numbers: [u64; 2],
    /// Leaf hash and root; or old and new root.
    hashes: [Bytes; 2],
    proof: Vec<Bytes>,
    valid: bool,
}

impl Case {
    fn valid(numbers: [u64; 2], hashes: [Hash; 2], proof: Vec<Hash>) -> Case {
        Case {
            numbers,
            hashes: hashes.map(|hash| hash.0.to_vec()),
            proof: proof.iter().map(|hash| hash.0.to_vec()).collect(),
            valid: true,
        }
    }

    fn but(&self, spoil: impl FnOnce(&mut Case)) -> Case {
        let mut case = Case { valid: false, ..self.clone() };
        spoil(&mut case);
        case
    }

    fn line(&self) -> String {
        let hex = |bytes: &Bytes| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let proof: Vec<String> = self.proof.iter().map(hex).collect();
        let ([a, b], [x, y]) = (self.numbers, &self.hashes);
        format!("{a} {b} {} {} [{}] {}\n", hex(x), hex(y), proof.join(","), self.valid)
    }
}

fn the_eight_leaves() -> Log {
    let mut log = Log::default();
    log.push(b"");
    for range in [0x00..=0x00u8, 0x10..=0x10, 0x20..=0x21, 0x30..=0x31, 0x40..=0x43, 0x50..=0x57] {
        log.push(&range.collect::<Vec<u8>>());
    }
    log.push(&(0x60..=0x6f).collect::<Vec<u8>>());
    log
}

fn some_hash() -> Bytes {
    let mut hash = vec![0xab, 0xac, 0xab, 0xa0];
    hash.resize(32, 0);
    hash[25..].copy_from_slice(&[0x60, 0x06, 0x1e, 0x00, 0x12, 0x34, 0x56]);
    hash
}

fn empty_root() -> Bytes {
    Sha256::digest(b"").to_vec()
}

fn inclusion_cases() -> Vec<Case> {
    let log = the_eight_leaves();
    let mut cases = Vec::new();
    for (index, size) in [(0, 1), (0, 8), (5, 8), (2, 3), (1, 5)] {
        let leaf = leaf_hash(&log.entries[index as usize]);
        let good =
            Case::valid([index, size], [leaf, log.root_at(size)], log.inclusion(index, size));
        let root = good.hashes[1].clone();
        cases.extend([
            good.clone(),
            good.but(|case| case.numbers[0] = index.wrapping_sub(1)),
            good.but(|case| case.numbers[0] += 1),
            good.but(|case| case.numbers[0] ^= 2),
            good.but(|case| case.numbers[1] *= 2),
            good.but(|case| case.numbers[1] /= 2),
            good.but(|case| case.hashes[0] = b"WrongLeaf".to_vec()),
            good.but(|case| case.hashes[1] = empty_root()),
            good.but(|case| case.hashes[1] = some_hash()),
            good.but(|case| case.proof.push(Vec::new())),
            good.but(|case| case.proof.push(root.clone())),
            good.but(|case| case.proof.insert(0, Vec::new())),
            good.but(|case| case.proof.insert(0, root.clone())),
        ]);
        for at in 0..good.proof.len() {
            cases.push(good.but(|case| case.proof[at][0] ^= 8));
        }
        if !good.proof.is_empty() {
            cases.push(good.but(|case| drop(case.proof.pop())));
        }
        if good.proof.len() > 1 {
            cases.push(good.but(|case| case.proof.insert(1, some_hash())));
        }
    }
    let data = leaf_hash(b"data").0.to_vec();
    for (leaf, root) in [(1, 1), (0, 1), (1, 0), (0, 0)] {
        let hashes = [data[..leaf * 32].to_vec(), data[..root * 32].to_vec()];
        cases.push(Case { numbers: [0, 1], hashes, proof: vec![], valid: leaf * root == 1 });
    }
    for numbers in [[0, 0], [0, 1], [1, 0], [2, 1]] {
        for (leaf, root) in
            [(some_hash(), vec![]), (vec![], empty_root()), (some_hash(), empty_root())]
        {
            cases.push(Case { numbers, hashes: [leaf, root], proof: vec![], valid: false });
        }
    }
    cases
}

fn consistency_cases() -> Vec<Case> {
    let log = the_eight_leaves();
    let mut cases = Vec::new();
    for (old, new) in [(1, 1), (1, 8), (6, 8), (2, 5), (6, 7)] {
        let roots = [log.root_at(old), log.root_at(new)];
        let good = Case::valid([old, new], roots, log.consistency(old, new));
        cases.push(good.clone());
        let Some(first) = good.proof.first().cloned() else { continue };
        let [root1, root2] = good.hashes.clone();
        cases.extend([
            good.but(|case| case.numbers[0] -= 1),
            good.but(|case| case.numbers[0] += 1),
            good.but(|case| case.numbers[0] ^= 2),
            good.but(|case| case.numbers[1] *= 2),
            good.but(|case| case.numbers[1] /= 2),
            good.but(|case| case.hashes[0] = b"WrongRoot".to_vec()),
            good.but(|case| case.hashes[1] = b"WrongRoot".to_vec()),
            good.but(|case| case.hashes.swap(0, 1)),
            good.but(|case| case.proof.clear()),
            good.but(|case| case.proof.push(Vec::new())),
            good.but(|case| case.proof.push(root1.clone())),
            good.but(|case| case.proof.push(root2.clone())),
            good.but(|case| case.proof.insert(0, Vec::new())),
            good.but(|case| case.proof.insert(0, root1.clone())),
            good.but(|case| case.proof.insert(0, root2.clone())),
            good.but(|case| case.proof.insert(0, first)),
            good.but(|case| drop(case.proof.pop())),
        ]);
        for at in 0..good.proof.len() {
            cases.push(good.but(|case| case.proof[at][0] ^= 16));
        }
    }
    let (one, two) = (b"don't care 1".to_vec(), b"don't care 2".to_vec());
    let empty = empty_root;
    for (numbers, hashes, proof, valid) in [
        ([0, 0], [one.clone(), two.clone()], vec![], false),
        ([1, 1], [one.clone(), two.clone()], vec![], false),
        ([0, 0], [one.clone(), one.clone()], vec![], true),
        ([0, 1], [one.clone(), two.clone()], vec![], false),
        ([1, 1], [two.clone(), two.clone()], vec![], true),
        ([1, 0], [one.clone(), two.clone()], vec![], false),
        ([2, 1], [one.clone(), two.clone()], vec![], false),
        ([1, 2], [one.clone(), two.clone()], vec![], false),
        ([0, 0], [empty(), two.clone()], vec![], false),
        ([1, 1], [empty(), two.clone()], vec![], false),
        ([0, 0], [empty(), empty()], vec![empty()], false),
        ([0, 1], [empty(), empty()], vec![empty()], false),
        ([1, 1], [empty(), empty()], vec![empty()], false),
    ] {
        cases.push(Case { numbers, hashes, proof, valid });
    }
    cases
}

/// All hashes of a case, if each is 32 bytes.
fn typed(case: &Case) -> Option<([Hash; 2], Vec<Hash>)> {
    let hash = |bytes: &Bytes| bytes[..].try_into().ok().map(Hash);
    let hashes = [hash(&case.hashes[0])?, hash(&case.hashes[1])?];
    Some((hashes, case.proof.iter().map(hash).collect::<Option<_>>()?))
}

fn digest(cases: &[Case]) -> String {
    let mut lines: Vec<String> = cases.iter().map(Case::line).collect();
    lines.sort();
    Sha256::digest(lines.concat()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_cases_made_here_are_the_published_ones() {
    assert_eq!(inclusion_cases().len(), 98);
    assert_eq!(digest(&inclusion_cases()), INCLUSION);
    assert_eq!(consistency_cases().len(), 97);
    assert_eq!(digest(&consistency_cases()), CONSISTENCY);
}

#[test]
fn every_published_case_is_judged_as_published_but_for_roots_that_are_no_hashes() {
    let mut stricter = 0;
    for case in inclusion_cases() {
        let verified = typed(&case).is_some_and(|([leaf, root], proof)| {
            verify_inclusion(&leaf, case.numbers[0], case.numbers[1], &proof, &root).is_ok()
        });
        assert_eq!(verified, case.valid, "{case:?}");
    }
    for case in consistency_cases() {
        let verified = typed(&case).is_some_and(|([old_root, new_root], proof)| {
            let [old, new] = case.numbers;
            verify_consistency(old, &old_root, new, &new_root, &proof).is_ok()
        });
        if case.valid && typed(&case).is_none() {
            stricter += 1;
        } else {
            assert_eq!(verified, case.valid, "{case:?}");
        }
    }
    // "don't care 1" is 12 bytes.
    assert_eq!(stricter, 2);
}

const INCLUSION: &str = "a25cb2a98ac3419363ca3bd1f1cbe21592b00705d36d6f247201311255db0227";
const CONSISTENCY: &str = "206534bc7abccd3b8d9b119aca7a8c8a0da2c922061e8dc9edc13bbef2fc0d03";
