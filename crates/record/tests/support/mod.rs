//! A log in memory, as small as it can be.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

use std::collections::BTreeMap;

use deconflict_record::{
    Checkpoint, Hash, KeyUse, SignedCheckpoint, SigningKey, Tree, UtcSecond, Vkey,
    consistency_proof, inclusion_proof, leaf_hash, prefix_proof, root_of,
};

pub(crate) const ORIGIN: &str = "host.example/straits";

/// A log that keeps every node.
#[derive(Clone, Default)]
pub(crate) struct Log {
    pub(crate) tree: Tree,
    pub(crate) entries: Vec<Vec<u8>>,
    nodes: BTreeMap<(u8, u64), Hash>,
}

impl Log {
    /// Entries that differ from one log to another.
    pub(crate) fn of(size: u64, tag: &str) -> Log {
        let mut log = Log::default();
        for i in 0..size {
            log.push(format!("{tag} {i}").as_bytes());
        }
        log
    }

    pub(crate) fn push(&mut self, data: &[u8]) {
        let nodes = &mut self.nodes;
        self.tree.append_noting(leaf_hash(data), |level, index, hash| {
            assert_eq!(nodes.insert((level, index), hash), None);
        });
        self.entries.push(data.to_owned());
    }

    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// As `read` of the functions that make proofs; a node that is not there is an error.
    pub(crate) fn node(&self, level: u8, index: u64) -> Result<Hash, String> {
        let node = self.nodes.get(&(level, index)).copied();
        node.ok_or_else(|| format!("no node at level {level}, index {index}"))
    }

    pub(crate) fn root_at(&self, size: u64) -> Hash {
        root_of(size, |level, index| self.node(level, index)).unwrap()
    }

    pub(crate) fn inclusion(&self, index: u64, size: u64) -> Vec<Hash> {
        inclusion_proof(index, size, |level, index| self.node(level, index)).unwrap()
    }

    pub(crate) fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
        consistency_proof(old, new, |level, index| self.node(level, index)).unwrap()
    }

    pub(crate) fn prefix(&self, old: u64, new: u64) -> Vec<Hash> {
        prefix_proof(old, new, |level, index| self.node(level, index)).unwrap()
    }

    pub(crate) fn head(&self, size: u64) -> Checkpoint {
        Checkpoint { origin: ORIGIN.into(), size, root: self.root_at(size), extensions: Vec::new() }
    }

    pub(crate) fn signed(&self, size: u64) -> SignedCheckpoint {
        self.head(size).sign(&key(0)).unwrap()
    }
}

/// Keys by number: 0 is the log's, from 1 on the witnesses'.
pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

pub(crate) fn log_key() -> Vkey {
    Vkey::new(ORIGIN, KeyUse::Log, key(0).verifying_key()).unwrap()
}

pub(crate) fn witness_key(number: u8) -> Vkey {
    let name = format!("desk{number}.example");
    Vkey::new(&name, KeyUse::Witness, key(number).verifying_key()).unwrap()
}

pub(crate) fn at(seconds: u64) -> UtcSecond {
    UtcSecond::new(seconds).unwrap()
}
