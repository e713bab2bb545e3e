//! A record whose every batch follows from its number, and what must be found of it.
#![allow(dead_code)] // Each test binary uses its own part.

use deconflict_faults::Chance;
use deconflict_store::{
    AppendBatch, AppendOutcome, Epoch, Grant, Mark, Name, NewEntry, Opening, Part, Snapshot, Store,
    StoreError, StoredCheckpoint, StoredCosignature, TileWrite, View,
};

pub(crate) const ORIGIN: &str = "example.org/space";

/// All that a reader is given, as far as one answer goes.
pub(crate) fn all_given(view: &View<'_>, reader: &str) -> Vec<Grant> {
    view.given(reader, 0, usize::MAX).unwrap().rows.into_iter().map(|(grant, _)| grant).collect()
}

/// An entry of so many bytes; its commitment follows from its index alone.
pub(crate) fn entry(index: u64, length: usize) -> NewEntry {
    let mut random = Chance::new(index);
    let mut words = |count: usize| -> Vec<u8> {
        (0..count).flat_map(|_| random.number().to_le_bytes()).collect()
    };
    let (commitment, salt) = (words(4).try_into().unwrap(), words(4).try_into().unwrap());
    let mut content = words(length.div_ceil(8));
    content.truncate(length);
    let name = Some(name(index));
    NewEntry { commitment, opening: Some(Opening { salt, content }), name }
}

/// The name of an entry, which follows from its index.
pub(crate) fn name(index: u64) -> Name {
    Name { series: [(index % 3) as u8; 32], number: index / 3 }
}

/// Who is given what by an entry: one reader the entry itself, at every third another one the three
/// entries up to it, the latest first.
pub(crate) fn given_by(index: u64) -> Vec<Grant> {
    let given = |reader: &str, entry| Grant { reader: reader.into(), cause: index, entry };
    let mut all = vec![given("north", index)];
    if index % 3 == 2 {
        all.extend([index, index - 1, index - 2].map(|entry| given("south", entry)));
    }
    all
}

pub(crate) fn entries(from: u64, count: u64) -> AppendBatch {
    AppendBatch {
        entries: (from..from + count).map(|i| entry(i, 100)).collect(),
        ..AppendBatch::default()
    }
}

/// The snapshot that is kept, with all its parts.
pub(crate) fn snapshot(view: &View<'_>, format: u32) -> Option<Snapshot> {
    let kept = view.snapshot(format).unwrap()?;
    let part = |number| Some(Part { number, bytes: view.snapshot_part(number).unwrap()? });
    let parts: Option<Vec<Part>> = kept.parts.into_iter().map(part).collect();
    Some(Snapshot { size: kept.size, format, onto: None, parts: parts? })
}

pub(crate) fn checkpoint(size: u64) -> StoredCheckpoint {
    StoredCheckpoint { size, note: format!("{ORIGIN}\n{size}\nroot\n\n— host signature\n") }
}

/// Where the batches of a seed begin and what is in them: batch `n` takes the space from
/// `size(n)` to `size(n + 1)` and writes every kind of thing.
pub(crate) struct Script {
    pub(crate) seed: u64,
    pub(crate) largest: u64,
}

impl Script {
    fn random(&self, batch: u64, purpose: u64) -> Chance {
        Chance::new(self.seed ^ batch.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ (purpose << 56))
    }

    pub(crate) fn count(&self, batch: u64) -> u64 {
        1 + self.random(batch, 1).below(9)
    }

    pub(crate) fn size(&self, batch: u64) -> u64 {
        (0..batch).map(|n| self.count(n)).sum()
    }

    fn length(&self, index: u64) -> usize {
        let mut random = self.random(index, 2);
        match random.below(8) {
            0 => random.below(self.largest) as usize,
            1 => 0,
            _ => random.below(900) as usize,
        }
    }

    fn erased_by(&self, batch: u64) -> Option<u64> {
        let first = self.size(batch);
        (first > 0 && batch % 5 == 4).then(|| self.random(batch, 3).below(first))
    }

    fn tile(&self, size: u64) -> Vec<u8> {
        (0..size.min(256)).flat_map(|i| entry(i, 0).commitment).collect()
    }

    pub(crate) fn batch(&self, batch: u64) -> AppendBatch {
        let (first, size) = (self.size(batch), self.size(batch + 1));
        AppendBatch {
            entries: (first..size).map(|i| entry(i, self.length(i))).collect(),
            tiles: vec![TileWrite { level: 0, index: 0, hashes: self.tile(size) }],
            checkpoint: Some(checkpoint(size)),
            cosignatures: vec![StoredCosignature {
                size,
                witness: "desk".into(),
                time_s: 1_800_000_000 + size as i64,
                line: format!("— desk {size}"),
            }],
            snapshot: batch.is_multiple_of(3).then(|| Snapshot {
                size: first,
                format: 1,
                onto: None,
                parts: vec![Part { number: 0, bytes: self.state(batch) }],
            }),
            marks: vec![Mark { name: "batch".into(), bytes: batch.to_le_bytes().to_vec() }],
            given: (first..size).flat_map(given_by).collect(),
            unkept: Vec::new(),
            erasures: self.erased_by(batch).into_iter().collect(),
        }
    }

    fn snapshot(&self, batches: u64) -> Option<Snapshot> {
        let mut kept: Option<Snapshot> = None;
        for batch in (0..batches).map(|n| self.batch(n)) {
            kept = kept.filter(|kept| batch.erasures.iter().all(|&index| kept.size <= index));
            kept = batch.snapshot.or(kept);
        }
        kept
    }

    fn state(&self, batch: u64) -> Vec<u8> {
        vec![batch as u8; 300 + (batch % 7) as usize * 1_000]
    }

    pub(crate) fn append(&self, store: &Store, epoch: Epoch, batch: u64) -> Result<(), StoreError> {
        let first_index = self.size(batch);
        let appended = store.append(ORIGIN, epoch, first_index, &self.batch(batch))?;
        assert_eq!(appended, AppendOutcome::Durable { first_index });
        Ok(())
    }

    /// Reads everything and compares; says how many batches there are. Panics at half a batch, at
    /// anything lost between and at anything that nobody wrote.
    pub(crate) fn verify(&self, store: &Store) -> u64 {
        let view = store.view(ORIGIN).unwrap();
        let size = view.head().size;
        let batches = (0..).find(|&n| self.size(n) >= size).unwrap();
        assert_eq!(size, self.size(batches), "the space ends within batch {batches}");
        let erased: Vec<u64> = (0..batches).filter_map(|n| self.erased_by(n)).collect();
        let mut found = Vec::new();
        while (found.len() as u64) < size {
            found.extend(view.entries(found.len() as u64..u64::MAX, 500).unwrap());
        }
        for (kept, index) in found.iter().zip(0..) {
            let mut said = entry(index, self.length(index));
            if erased.contains(&index) {
                said.opening = None;
            }
            assert_eq!((kept.index, kept.commitment), (index, said.commitment));
            assert_eq!(kept.opening, said.opening, "entry {index}");
        }
        for reader in ["north", "south"] {
            let given = all_given(&view, reader);
            let all: Vec<Grant> =
                (0..size).flat_map(given_by).filter(|g| g.reader == reader).collect();
            assert!(all.starts_with(&given) && given.len() >= all.len().min(4_096));
        }
        assert_eq!(view.named(&name(size)).unwrap(), None);
        let Some(last) = batches.checked_sub(1) else {
            assert_eq!(view.latest_checkpoint().unwrap(), None);
            assert_eq!(view.mark("batch").unwrap(), None);
            return 0;
        };
        assert_eq!(view.named(&name(size - 1)).unwrap(), Some(size - 1));
        assert_eq!(view.tile(0, 0).unwrap(), Some(self.tile(size)));
        assert_eq!(view.latest_checkpoint().unwrap(), Some(checkpoint(size)));
        assert_eq!(view.checkpoint_at(self.size(1)).unwrap(), Some(checkpoint(self.size(1))));
        assert_eq!(view.checkpoint_at(size + 1).unwrap(), None);
        assert_eq!(view.cosignatures(size).unwrap(), self.batch(last).cosignatures);
        assert_eq!(view.mark("batch").unwrap(), Some(last.to_le_bytes().to_vec()));
        assert_eq!(snapshot(&view, 1), self.snapshot(batches));
        batches
    }
}
