//! What it costs to take a statement in, beside what it must cost at least.

use std::time::Instant;

use deconflict_core::Sharing;
use deconflict_record::{self as record, MAX_BATCH, Promise, Statement, UtcSecond, commit};
use deconflict_store::{Appended, Batch, NewEntry, Opening, Store};

use super::rig::{PARTIES, Rig, SPACE, duty, key};
use crate::Scale;
use crate::index::percentile;

pub(super) const DESCRIPTION: &str = "Operations of four parties, each a corridor of half a kilometre and half an \
    hour within 300 km by 300 km and half a day, signed beforehand, taken in 128 at a time by one thread \
    into a space that has as many already. *Bare* is what a record that understands nothing would do: read \
    the envelope, verify its signature, one promise signature over the batch, one durable append of the same bytes. \
    *Whole* is the host's: the same, and decide, detect, apply, the tree, who may read what. The median batch of each counts, and \
    they take turns.";

/// What was measured for one level of sharing.
pub(super) struct Filed {
    pub(super) sharing: &'static str,
    /// Microseconds a statement.
    pub(super) bare_us: f64,
    pub(super) whole_us: f64,
    /// Entries that a statement led to.
    pub(super) entries: f64,
}

pub(super) fn compare(scale: &Scale) -> Vec<Filed> {
    [("open", Sharing::Open), ("conflict-only", Sharing::ConflictOnly)]
        .into_iter()
        .map(|(name, sharing)| {
            eprintln!("statements, {name}");
            one(scale, name, &sharing)
        })
        .collect()
}

fn one(scale: &Scale, sharing: &'static str, level: &Sharing) -> Filed {
    let (mut rig, mut space) = Rig::new();
    for statements in rig.declare(scale.statements, level).chunks(MAX_BATCH) {
        rig.take(&mut space, &envelopes(statements));
    }
    let before = space.state().ledger().size;
    let mut bare = Bare::new(&rig);
    let (mut bare_us, mut whole_us) = (Vec::new(), Vec::new());
    let us = |start: Instant| start.elapsed().as_secs_f64() * 1e6 / MAX_BATCH as f64;
    let statements = rig.declare(scale.statements, level);
    for batch in statements.chunks_exact(MAX_BATCH) {
        let batch = envelopes(batch);
        let start = Instant::now();
        bare.take(&batch);
        bare_us.push(us(start));
        let start = Instant::now();
        rig.take(&mut space, &batch);
        whole_us.push(us(start));
    }
    let count = statements.len() / MAX_BATCH * MAX_BATCH;
    let entries = space.state().ledger().size - before;
    Filed {
        sharing,
        bare_us: percentile(bare_us.into_iter(), 0.50),
        whole_us: percentile(whole_us.into_iter(), 0.50),
        entries: entries as f64 / count as f64,
    }
}

pub(super) fn envelopes(statements: &[Statement]) -> Vec<Vec<u8>> {
    statements.iter().map(|statement| statement.envelope().encode()).collect()
}

/// A record that keeps what is signed and understands nothing.
struct Bare {
    store: Store,
    epoch: deconflict_store::Epoch,
    size: u64,
    salt: u64,
}

impl Bare {
    fn new(rig: &Rig) -> Bare {
        let store = Store::create(&rig.folder.path().join("bare.sqlite")).expect("a store");
        let epoch = store.create_space(SPACE).expect("a space");
        Bare { store, epoch, size: 0, salt: 0 }
    }

    fn take(&mut self, envelopes: &[Vec<u8>]) {
        let keys = PARTIES.map(|name| duty(name).verifying_key());
        let (mut hashes, mut entries) = (Vec::new(), Vec::new());
        for envelope in envelopes {
            let statement = Statement::parse(envelope).expect("a statement");
            let id = statement.claimed_header().key;
            let key = keys.iter().find(|key| key.id() == id).expect("a known key");
            statement.verify(key).expect("a signature");
            hashes.push(statement.hash());
            self.salt += 1;
            let mut salt = [0; 32];
            salt[..8].copy_from_slice(&self.salt.to_be_bytes());
            let content = envelope.clone();
            let commitment = commit(&salt, &content).0;
            let opening = Some(Opening { salt, content });
            entries.push(NewEntry { commitment, opening, name: None });
        }
        let batch = record::Batch::new(&[7; 32], &hashes).expect("at most 128");
        let time = UtcSecond::new(1_495_087_200).expect("a time");
        Promise::sign(SPACE, batch.root(), time, time, &key("log")).expect("a promise");
        let count = entries.len() as u64;
        let batch = Batch { entries, ..Batch::default() };
        let appended = self.store.append(SPACE, self.epoch, self.size, &batch).expect("an append");
        assert!(matches!(appended, Appended::Durable { .. }), "{appended:?}");
        self.size += count;
    }
}
