//! Random histories against a model that fits on a screen.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

mod common;

use std::collections::BTreeMap;

use common::{ORIGIN, all_given, entry, given_by, name, snapshot};
use deconflict_store::{
    AppendBatch, AppendOutcome, Epoch, Grant, Mark, NewEntry, Part, Snapshot, Store, StoreError,
    StoredCheckpoint, StoredEntry, TileWrite,
};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    /// A batch, with the epoch and the index that its writer believes in, as offsets from the truth.
    Append {
        epoch: u64,
        index: i64,
        what: What,
    },
    Take,
    Reopen,
}

#[derive(Clone, Debug)]
struct What {
    lengths: Vec<usize>,
    erase: Vec<u64>,
    mark: Option<(u8, u8)>,
    snapshot: Option<Written>,
    tile: Option<usize>,
    checkpoint: Option<u64>,
}

/// A snapshot to be written: its size, whether its parts are all, and of each the number and the length.
#[derive(Clone, Debug)]
struct Written {
    size: u64,
    whole: bool,
    parts: Vec<(u64, u8)>,
}

#[derive(Default)]
struct Model {
    epoch: u64,
    entries: Vec<NewEntry>,
    tile: Vec<u8>,
    checkpoints: BTreeMap<u64, String>,
    snapshot: Option<Snapshot>,
    marks: BTreeMap<u8, Vec<u8>>,
    given: Vec<Grant>,
}

fn what() -> impl Strategy<Value = What> {
    let some = |range: std::ops::Range<u64>| prop::option::weighted(0.3, range);
    let parts = prop::collection::vec((0..5u64, 0..4u8), 0..4);
    let snapshot = (0..30u64, any::<bool>(), parts).prop_map(|(size, whole, parts)| Written {
        size,
        whole,
        parts,
    });
    (
        prop::collection::vec(prop_oneof![9 => 0..900usize, 1 => 0..30_000usize], 0..6),
        prop::collection::vec(0..40u64, 0..2),
        prop::option::weighted(0.3, (0..3u8, any::<u8>())),
        prop::option::weighted(0.4, snapshot),
        prop::option::weighted(0.4, 1..12usize),
        some(0..30),
    )
        .prop_map(|(lengths, erase, mark, snapshot, tile, checkpoint)| What {
            lengths,
            erase,
            mark,
            snapshot,
            tile,
            checkpoint,
        })
}

fn step() -> impl Strategy<Value = Step> {
    let believed = prop_oneof![8 => Just(0), 1 => 1..3u64];
    let index = prop_oneof![8 => Just(0), 1 => -2..3i64];
    prop_oneof![
        12 => (believed, index, what())
            .prop_map(|(epoch, index, what)| Step::Append { epoch, index, what }),
        1 => Just(Step::Take),
        2 => Just(Step::Reopen),
    ]
}

fn note(size: u64) -> String {
    format!("note {size}")
}

fn batch(model: &Model, what: &What) -> AppendBatch {
    let from = model.entries.len() as u64;
    AppendBatch {
        entries: (from..).zip(&what.lengths).map(|(i, &length)| entry(i, length)).collect(),
        tiles: what
            .tile
            .map(|hashes| TileWrite { level: 0, index: 0, hashes: vec![5; 32 * hashes] })
            .into_iter()
            .collect(),
        checkpoint: what.checkpoint.map(|size| StoredCheckpoint { size, note: note(size) }),
        cosignatures: Vec::new(),
        snapshot: what.snapshot.clone().map(|Written { size, whole, parts }| {
            // Now and then onto one that is not there.
            let kept = model.snapshot.as_ref().map_or(3, |kept| kept.size);
            let onto = (!whole).then_some(kept);
            let part = |(number, value)| Part { number, bytes: vec![value; usize::from(value)] };
            Snapshot { size, format: 1, onto, parts: parts.into_iter().map(part).collect() }
        }),
        marks: what
            .mark
            .map(|(name, value)| Mark { name: name.to_string(), bytes: vec![value] })
            .into_iter()
            .collect(),
        given: (from..from + what.lengths.len() as u64).flat_map(given_by).collect(),
        unkept: Vec::new(),
        erasures: what.erase.clone(),
    }
}

impl Model {
    /// What the store must say, having done the same.
    fn append(&mut self, epoch: u64, index: u64, batch: &AppendBatch) -> Result<AppendOutcome, ()> {
        let size = self.entries.len() as u64;
        if epoch != self.epoch {
            return Ok(AppendOutcome::Fenced { epoch: Epoch(self.epoch) });
        }
        if index != size {
            return Ok(AppendOutcome::Conflict { actual: size });
        }
        let after = size + batch.entries.len() as u64;
        let beyond = batch.erasures.iter().any(|&i| i >= after)
            || batch.checkpoint.as_ref().is_some_and(|c| c.size > after)
            || batch.snapshot.as_ref().is_some_and(|s| {
                s.size > after
                    || s.onto.is_some() && s.onto != self.snapshot.as_ref().map(|kept| kept.size)
            })
            || batch.tiles.iter().any(|t| t.hashes.len() < self.tile.len())
            || batch.tiles.iter().any(|t| t.hashes.len() as u64 > 32 * after);
        if beyond {
            return Err(());
        }
        self.entries.extend(batch.entries.iter().cloned());
        for &index in &batch.erasures {
            self.entries[index as usize].opening = None;
            if batch.snapshot.is_none() {
                self.snapshot = self.snapshot.take().filter(|kept| kept.size <= index);
            }
        }
        batch.tiles.iter().for_each(|t| self.tile.clone_from(&t.hashes));
        self.checkpoints.extend(batch.checkpoint.iter().map(|c| (c.size, c.note.clone())));
        if let Some(next) = &batch.snapshot {
            let before = self.snapshot.take().filter(|_| next.onto.is_some());
            let mut parts: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
            for part in before.into_iter().flat_map(|kept| kept.parts).chain(next.parts.clone()) {
                parts.insert(part.number, part.bytes);
            }
            parts.retain(|_, bytes| !bytes.is_empty());
            let parts = parts.into_iter().map(|(number, bytes)| Part { number, bytes }).collect();
            self.snapshot = Some(Snapshot { size: next.size, format: 1, onto: None, parts });
        }
        self.given.extend(batch.given.iter().cloned());
        self.marks.extend(batch.marks.iter().map(|m| (m.name.parse().unwrap(), m.bytes.clone())));
        Ok(AppendOutcome::Durable { first_index: size })
    }

    fn compare(&self, store: &Store) {
        let view = store.view(ORIGIN).unwrap();
        let (head, size) = (view.head(), self.entries.len() as u64);
        assert_eq!((head.epoch, head.size), (Epoch(self.epoch), size));
        let expected: Vec<StoredEntry> = (0..)
            .zip(self.entries.iter().cloned())
            .map(|(index, e)| StoredEntry { index, commitment: e.commitment, opening: e.opening })
            .collect();
        assert_eq!(view.entries(0..size + 5, usize::MAX).unwrap(), expected);
        let commitments: Vec<[u8; 32]> = expected.iter().map(|entry| entry.commitment).collect();
        assert_eq!(view.commitments(0..size + 5).unwrap(), commitments);
        let last = commitments.len().saturating_sub(2);
        assert_eq!(view.commitments(last as u64..size).unwrap(), commitments[last..]);
        let tile = view.tile(0, 0).unwrap();
        assert_eq!(tile, (!self.tile.is_empty()).then(|| self.tile.clone()));
        for size in 0..30 {
            let kept = view.checkpoint_at(size).unwrap().map(|c| c.note);
            assert_eq!(kept.as_ref(), self.checkpoints.get(&size));
        }
        let latest = view.latest_checkpoint().unwrap().map(|c| c.size);
        assert_eq!(latest, self.checkpoints.keys().last().copied());
        assert_eq!(snapshot(&view, 1), self.snapshot);
        for reader in ["north", "south"] {
            let given = all_given(&view, reader);
            let all: Vec<Grant> =
                self.given.iter().filter(|g| g.reader == reader).cloned().collect();
            assert_eq!(given, all);
        }
        for index in 0..size + 2 {
            let found = view.named(&name(index)).unwrap();
            assert_eq!(found, (index < size).then_some(index));
        }
        for name in 0..3 {
            assert_eq!(view.mark(&name.to_string()).unwrap().as_ref(), self.marks.get(&name));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_store_does_what_its_model_does(steps in prop::collection::vec(step(), 1..40)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.sqlite");
        let mut store = Store::create(&path).unwrap();
        let mut model = Model { epoch: store.create_space(ORIGIN).unwrap().0, ..Model::default() };
        let mut opened = store.opened();
        for step in steps {
            match step {
                Step::Append { epoch, index, what } => {
                    let batch = batch(&model, &what);
                    let epoch = model.epoch.saturating_sub(epoch);
                    let index = (model.entries.len() as u64).saturating_add_signed(index);
                    let expected = model.append(epoch, index, &batch);
                    let found = store.append(ORIGIN, Epoch(epoch), index, &batch);
                    match (expected, found) {
                        (Ok(expected), Ok(found)) => prop_assert_eq!(found, expected),
                        (Err(()), Err(StoreError::Refused { .. })) => {}
                        (expected, found) => prop_assert!(false, "{expected:?} {found:?}"),
                    }
                }
                Step::Take => {
                    model.epoch += 1;
                    prop_assert_eq!(store.take(ORIGIN).unwrap(), Epoch(model.epoch));
                }
                Step::Reopen => {
                    drop(store);
                    store = Store::open(&path).unwrap();
                    opened += 1;
                    prop_assert_eq!(store.opened(), opened);
                }
            }
            model.compare(&store);
        }
    }
}
