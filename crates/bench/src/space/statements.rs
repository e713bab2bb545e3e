//! What it costs to take a statement in, beside what it must cost at least.

use std::time::Instant;

use deconflict_core::Sharing;
use deconflict_host::Space;
use deconflict_record::{
    self as record, Hash, MAX_BATCH, Promise, SignedStatement, UtcSecond, commit,
};
use deconflict_store::{AppendBatch, AppendOutcome, NewEntry, Opening, Store};
use deconflict_testing::{PARTIES, SPACE, duty, log_key};

use super::rig::{Rig, checked};
use crate::Scale;
use crate::index::percentile;

pub(super) const DESCRIPTION: &str = "Operations of four parties, each a corridor of half a kilometre and half an \
    hour within 300 km by 300 km and half a day, signed beforehand, taken in 128 at a time into a space that has \
    as many already. *Bare* is what a record that understands nothing would do: read the envelope, verify its \
    signature, one promise signature over the batch, one durable append of the same bytes. *Whole* is the host's: the \
    same, and decide, detect, apply, the tree, who may read what. On one thread the two take turns and \
    the median batch of each counts; on two, one verifies and the other writes, as in the host, the whole run \
    counts, and the host's share has the heads that it signs and the state that it writes down meanwhile.";

/// About as many statements as are filed in a second.
const A_SECOND: usize = 16_384;

/// What was measured for one level of sharing.
pub(super) struct FilingFigures {
    pub(super) sharing: &'static str,
    /// How many threads.
    pub(super) threads: usize,
    /// Microseconds a statement.
    pub(super) bare_us: f64,
    pub(super) whole_us: f64,
    /// Entries that a statement led to.
    pub(super) entries: f64,
}

pub(super) fn compare(scale: &Scale) -> Vec<FilingFigures> {
    [("open", Sharing::Open), ("conflict-only", Sharing::ConflictOnly)]
        .into_iter()
        .flat_map(|(name, sharing)| {
            eprintln!("statements, {name}");
            one(scale, name, &sharing)
        })
        .collect()
}

fn one(scale: &Scale, sharing: &'static str, level: &Sharing) -> [FilingFigures; 2] {
    let (mut rig, mut space) = Rig::new();
    let batches = |rig: &mut Rig| -> Vec<Vec<Vec<u8>>> {
        let whole = scale.statements / MAX_BATCH * MAX_BATCH;
        rig.declare(whole, level).chunks(MAX_BATCH).map(envelopes).collect()
    };
    for batch in batches(&mut rig) {
        rig.take(&mut space, &batch);
    }
    space.checkpoint(rig.now()).unwrap_or_else(|f| panic!("{}", f.problem.detail));
    let mut bare = Bare::new(&rig);
    let mut filed = |threads: usize, space: &mut Space, run: Run<'_>| {
        let all = batches(&mut rig);
        let before = space.state().ledger().size;
        let (bare_us, whole_us) = run(&rig, space, &mut bare, &all);
        let entries = space.state().ledger().size - before;
        space.checkpoint(rig.now()).unwrap_or_else(|f| panic!("{}", f.problem.detail));
        let entries = entries as f64 / (all.len() * MAX_BATCH) as f64;
        FilingFigures { sharing, threads, bare_us, whole_us, entries }
    };
    [filed(1, &mut space, &in_turns), filed(2, &mut space, &as_the_host)]
}

type Run<'a> = &'a dyn Fn(&Rig, &mut Space, &mut Bare, &[Vec<Vec<u8>>]) -> (f64, f64);

fn in_turns(rig: &Rig, space: &mut Space, bare: &mut Bare, all: &[Vec<Vec<u8>>]) -> (f64, f64) {
    let (mut bare_us, mut whole_us) = (Vec::new(), Vec::new());
    let us = |start: Instant| start.elapsed().as_secs_f64() * 1e6 / MAX_BATCH as f64;
    for batch in all {
        let start = Instant::now();
        bare.keep(verified(batch));
        bare_us.push(us(start));
        let start = Instant::now();
        rig.take(space, batch);
        whole_us.push(us(start));
    }
    (percentile(bare_us.into_iter(), 0.50), percentile(whole_us.into_iter(), 0.50))
}

fn as_the_host(rig: &Rig, space: &mut Space, bare: &mut Bare, all: &[Vec<Vec<u8>>]) -> (f64, f64) {
    let bare_us = beside(all, verified, |checked| bare.keep(checked));
    let roster = space.published().roster();
    let mut filed = 0;
    let whole_us = beside(
        all,
        |batch| checked(batch, &roster),
        |checked| {
            rig.file(space, &checked);
            // In its time the host signs one a second.
            filed += checked.len();
            if filed >= A_SECOND {
                filed = 0;
                space.checkpoint(rig.now()).unwrap_or_else(|f| panic!("{}", f.problem.detail));
            }
        },
    );
    (bare_us, whole_us)
}

/// Microseconds a statement when one thread verifies and another writes.
fn beside<T: Send>(
    all: &[Vec<Vec<u8>>],
    verify: impl Fn(&[Vec<u8>]) -> T + Send,
    mut write: impl FnMut(T),
) -> f64 {
    let start = Instant::now();
    std::thread::scope(|scope| {
        let (sender, receiver) = std::sync::mpsc::sync_channel(4);
        scope.spawn(move || {
            for batch in all {
                // Nobody reads on only where writing has panicked.
                let _ = sender.send(verify(batch));
            }
        });
        receiver.into_iter().for_each(&mut write);
    });
    start.elapsed().as_secs_f64() * 1e6 / (all.len() * MAX_BATCH) as f64
}

pub(super) fn envelopes(statements: &[SignedStatement]) -> Vec<Vec<u8>> {
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

    /// One promise over all, one append.
    fn keep(&mut self, verified: Vec<(Hash, Vec<u8>)>) {
        let (hashes, contents): (Vec<_>, Vec<_>) = verified.into_iter().unzip();
        let entries: Vec<NewEntry> = contents
            .into_iter()
            .map(|content| {
                self.salt += 1;
                let mut salt = [0; 32];
                salt[..8].copy_from_slice(&self.salt.to_be_bytes());
                let commitment = commit(&salt, &content).0;
                NewEntry { commitment, opening: Some(Opening { salt, content }), name: None }
            })
            .collect();
        let batch = record::PromisedBatch::new(&[7; 32], &hashes).expect("at most 128");
        let time = UtcSecond::new(1_495_087_200).expect("a time");
        Promise::sign(SPACE, batch.root(), time, time, &log_key()).expect("a promise");
        let count = entries.len() as u64;
        let batch = AppendBatch { entries, ..AppendBatch::default() };
        let appended = self.store.append(SPACE, self.epoch, self.size, &batch).expect("an append");
        assert!(matches!(appended, AppendOutcome::Durable { .. }), "{appended:?}");
        self.size += count;
    }
}

/// What is signed, and its name.
fn verified(envelopes: &[Vec<u8>]) -> Vec<(Hash, Vec<u8>)> {
    let keys = PARTIES.map(|name| duty(name).verifying_key());
    let one = |envelope: &Vec<u8>| {
        let statement = SignedStatement::parse(envelope).expect("a statement");
        let id = statement.claimed_header().key;
        let key = keys.iter().find(|key| key.id() == id).expect("a known key");
        statement.verify(key).expect("a signature");
        (statement.hash(), envelope.clone())
    };
    envelopes.iter().map(one).collect()
}
