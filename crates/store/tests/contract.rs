//! Durable, in conflict, or fenced; and what is refused.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

mod common;

use common::{ORIGIN, checkpoint, entries, entry, given_by, name, snapshot};
use deconflict_store::{
    AppendBatch, AppendOutcome, Epoch, GivenPlace, Grant, KeptStatement, MAX_BATCH_ITEMS,
    MAX_CONTENT_BYTES, MAX_TILE_BYTES, Mark, Name, NewEntry, Opening, PageBounds, Part, Snapshot,
    Store, StoreError, StoredCosignature, TileWrite,
};
use tempfile::TempDir;

struct Fixture {
    _folder: TempDir,
    store: Store,
    epoch: Epoch,
}

impl Fixture {
    fn new() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("record.sqlite")).unwrap();
        let epoch = store.create_space(ORIGIN).unwrap();
        Fixture { _folder: folder, store, epoch }
    }

    fn size(&self) -> u64 {
        self.store.view(ORIGIN).unwrap().head().size
    }

    fn append(&self, batch: &AppendBatch) -> u64 {
        match self.store.append(ORIGIN, self.epoch, self.size(), batch).unwrap() {
            AppendOutcome::Durable { first_index } => first_index,
            other => panic!("{other:?}"),
        }
    }

    fn refusal(&self, batch: &AppendBatch) -> String {
        match self.store.append(ORIGIN, self.epoch, self.size(), batch) {
            Err(error @ StoreError::Refused { .. }) => error.to_string(),
            other => panic!("{other:?}"),
        }
    }
}

fn tile(length: usize) -> TileWrite {
    TileWrite { level: 0, index: 0, hashes: (0..length).map(|i| i as u8).collect() }
}

fn tiles(length: usize) -> AppendBatch {
    AppendBatch { tiles: vec![tile(length)], ..AppendBatch::default() }
}

fn cosignature(witness: &str, time_s: i64) -> StoredCosignature {
    StoredCosignature {
        size: 3,
        witness: witness.into(),
        time_s,
        line: format!("{witness} {time_s}"),
    }
}

#[test]
fn entries_get_dense_indexes_from_zero_and_come_back_as_they_were() {
    let f = Fixture::new();
    assert_eq!(f.append(&entries(0, 3)), 0);
    assert_eq!(f.append(&entries(3, 2)), 3);
    let view = f.store.view(ORIGIN).unwrap();
    for index in 0..5 {
        let kept = view.entry(index).unwrap().unwrap();
        let said = entry(index, 100);
        assert_eq!((kept.index, kept.commitment), (index, said.commitment));
        assert_eq!(kept.opening, said.opening);
    }
    assert_eq!(view.entry(5).unwrap(), None);
    assert_eq!(view.entry(u64::MAX).unwrap(), None);
    let indexes = |range, limit| -> Vec<u64> {
        view.entries(range, limit).unwrap().iter().map(|entry| entry.index).collect()
    };
    assert_eq!(indexes(1..4, 9), [1, 2, 3]);
    assert_eq!(indexes(3..u64::MAX, 9), [3, 4]);
    assert_eq!(indexes(0..5, 2), [0, 1]);
    assert_eq!(indexes(5..9, 9), []);
    assert_eq!(indexes(0..5, 0), []);
}

#[test]
fn a_batch_that_expects_another_size_is_in_conflict_and_writes_nothing() {
    let f = Fixture::new();
    f.append(&entries(0, 3));
    for expected in [0, 2, 4, u64::MAX] {
        let appended = f.store.append(ORIGIN, f.epoch, expected, &entries(0, 3)).unwrap();
        assert_eq!(appended, AppendOutcome::Conflict { actual: 3 });
    }
    assert_eq!(f.size(), 3);
}

#[test]
fn who_takes_a_space_over_fences_whoever_had_it() {
    let f = Fixture::new();
    f.append(&entries(0, 1));
    let later = f.store.take(ORIGIN).unwrap();
    assert!(later > f.epoch);
    let fenced = f.store.append(ORIGIN, f.epoch, 1, &entries(1, 1)).unwrap();
    assert_eq!(fenced, AppendOutcome::Fenced { epoch: later });
    // An epoch that was never given out is nobody's.
    let fenced = f.store.append(ORIGIN, Epoch(later.0 + 1), 1, &entries(1, 1)).unwrap();
    assert_eq!(fenced, AppendOutcome::Fenced { epoch: later });
    let appended = f.store.append(ORIGIN, later, 1, &entries(1, 1)).unwrap();
    assert_eq!(appended, AppendOutcome::Durable { first_index: 1 });
}

#[test]
fn of_many_threads_that_append_at_one_index_one_succeeds() {
    let f = Fixture::new();
    for round in 0..20 {
        let appended: Vec<AppendOutcome> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| f.store.append(ORIGIN, f.epoch, round, &entries(round, 1))))
                .collect();
            threads.into_iter().map(|t| t.join().unwrap().unwrap()).collect()
        });
        let durable = AppendOutcome::Durable { first_index: round };
        assert_eq!(appended.iter().filter(|&&a| a == durable).count(), 1);
        let conflict = AppendOutcome::Conflict { actual: round + 1 };
        assert_eq!(appended.iter().filter(|&&a| a == conflict).count(), 3);
    }
}

#[test]
fn spaces_of_one_store_have_their_own_entries_and_epochs() {
    let f = Fixture::new();
    f.append(&entries(0, 2));
    let other = f.store.create_space("example.org/other").unwrap();
    let batch = AppendBatch {
        marks: vec![Mark { name: "m".into(), bytes: vec![1] }],
        tiles: vec![tile(32)],
        ..entries(7, 1)
    };
    let _ = f.store.append("example.org/other", other, 0, &batch).unwrap();
    f.store.take("example.org/other").unwrap();
    let heads = f.store.spaces().unwrap();
    let heads: Vec<_> = heads.iter().map(|h| (h.origin.as_str(), h.epoch.0, h.size)).collect();
    assert_eq!(heads, [("example.org/other", 2, 1), (ORIGIN, 1, 2)]);
    let view = f.store.view(ORIGIN).unwrap();
    assert_eq!((view.mark("m").unwrap(), view.tile(0, 0).unwrap()), (None, None));
    let other = f.store.view("example.org/other").unwrap();
    assert_eq!(other.entry(0).unwrap().unwrap().commitment, entry(7, 0).commitment);
}

#[test]
fn an_unknown_space_and_one_that_exists_are_named() {
    let f = Fixture::new();
    let unknown = "holds no space `nowhere`: check the origin";
    for error in [
        f.store.view("nowhere").map(drop).unwrap_err(),
        f.store.take("nowhere").map(drop).unwrap_err(),
        f.store.append("nowhere", f.epoch, 0, &entries(0, 1)).map(drop).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::NoSuchSpace { .. }));
        assert!(error.to_string().contains(unknown), "{error}");
    }
    let exists = f.store.create_space(ORIGIN).unwrap_err().to_string();
    assert!(exists.contains("holds the space `example.org/space` already"), "{exists}");
    for origin in ["", "a\0b", &"x".repeat(256)] {
        assert!(matches!(f.store.create_space(origin), Err(StoreError::Refused { .. })));
    }
}

#[test]
fn an_erased_entry_keeps_its_commitment_and_no_byte_of_it_stays_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    let store = Store::create(&path).unwrap();
    let epoch = store.create_space(ORIGIN).unwrap();
    // A short one lies among others in its page; a long one has pages of its own.
    let lengths = [100, 60_000, 700];
    let batch = AppendBatch {
        entries: (0..).zip(lengths).map(|(i, length)| entry(i, length)).collect(),
        ..AppendBatch::default()
    };
    let _ = store.append(ORIGIN, epoch, 0, &batch).unwrap();
    let found = |said: &Opening| {
        let bytes: Vec<u8> = ["", "-wal"]
            .iter()
            .flat_map(|suffix| std::fs::read(format!("{}{suffix}", path.display())).unwrap())
            .collect();
        let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        holds(&said.salt) || said.content.chunks_exact(20).any(holds)
    };
    for index in 0..2 {
        let said = batch.entries[index as usize].opening.clone().unwrap();
        assert!(found(&said));
        let size = store.view(ORIGIN).unwrap().head().size;
        let erasing = AppendBatch { erasures: vec![index], ..entries(size, 1) };
        let _ = store.append(ORIGIN, epoch, size, &erasing).unwrap();
        let kept = store.view(ORIGIN).unwrap().entry(index).unwrap().unwrap();
        assert_eq!(kept.commitment, batch.entries[index as usize].commitment);
        assert_eq!(kept.opening, None);
        assert!(!found(&said), "entry {index}");
    }
    assert!(found(&batch.entries[2].opening.clone().unwrap()));
}

#[test]
fn an_entry_can_be_kept_without_what_opens_it() {
    let f = Fixture::new();
    let stub = NewEntry { commitment: [9; 32], opening: None, name: None };
    f.append(&AppendBatch { entries: vec![stub], ..AppendBatch::default() });
    let kept = f.store.view(ORIGIN).unwrap().entry(0).unwrap().unwrap();
    assert_eq!((kept.commitment, kept.opening), ([9; 32], None));
    assert_eq!(f.store.view(ORIGIN).unwrap().name_of(0).unwrap(), None);
}

#[test]
fn what_a_reader_is_given_comes_in_order_and_a_page_may_end_within_a_cause() {
    let f = Fixture::new();
    f.append(&AppendBatch { given: (0..4).flat_map(given_by).collect(), ..entries(0, 4) });
    f.append(&AppendBatch { given: (4..9).flat_map(given_by).collect(), ..entries(4, 5) });
    let view = f.store.view(ORIGIN).unwrap();
    let at = |cause, within| GivenPlace { cause, within };
    let page = |reader: &str, from: GivenPlace, most: PageBounds| {
        let page = view.given(reader, from, most).unwrap();
        assert!(page.rows.iter().all(|(g, e)| g.reader == reader && g.entry == e.index));
        assert!(page.rows.iter().all(|(g, e)| e.opening == entry(g.entry, 100).opening));
        let rows = page.rows.iter().map(|(given, _)| (given.cause, given.entry));
        (rows.collect::<Vec<(u64, u64)>>(), page.next)
    };
    let of_south = [(2, 2), (2, 1), (2, 0), (5, 5), (5, 4), (5, 3), (8, 8), (8, 7), (8, 6)];
    let south = |from, rows: usize| page("south", from, rows.into());
    assert_eq!(south(at(0, 0), 99), (of_south.into(), None));
    assert_eq!(south(at(0, 0), 9), (of_south.into(), None));
    assert_eq!(south(at(0, 0), 1), (of_south[..1].into(), Some(at(2, 1))));
    assert_eq!(south(at(2, 1), 1), (of_south[1..2].into(), Some(at(2, 2))));
    assert_eq!(south(at(2, 2), 2), (of_south[2..4].into(), Some(at(5, 1))));
    assert_eq!(south(at(0, 0), 3), (of_south[..3].into(), Some(at(5, 0))));
    assert_eq!(south(at(3, 7), 2), (of_south[3..5].into(), Some(at(5, 2))));
    assert_eq!(south(at(5, 9), 9), (of_south[6..].into(), None));
    assert_eq!(south(at(9, 0), 9), (vec![], None));
    assert_eq!(south(at(u64::MAX, 0), 9), (vec![], None));
    assert_eq!(south(at(0, u64::MAX), 9), (vec![], None));
    assert_eq!(page("north", at(7, 0), 9.into()), (vec![(7, 7), (8, 8)], None));
    assert_eq!(page("nobody", at(0, 0), 9.into()), (vec![], None));
    // However few bytes a page has, it has a row.
    for (bytes, rows) in [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3), (900, 9)] {
        let (read, next) = page("south", at(0, 0), PageBounds { rows: 99, bytes });
        assert_eq!((read.len(), next.is_some()), (rows, rows < 9), "{bytes}");
    }
}

#[test]
fn what_was_given_stays_given_when_the_entry_is_erased() {
    let f = Fixture::new();
    f.append(&AppendBatch { given: (0..3).flat_map(given_by).collect(), ..entries(0, 3) });
    f.append(&AppendBatch { erasures: vec![1], ..AppendBatch::default() });
    let view = f.store.view(ORIGIN).unwrap();
    let page = view.given("south", 0, 9).unwrap().rows;
    let open: Vec<bool> = page.iter().map(|(_, entry)| entry.opening.is_some()).collect();
    assert_eq!(open, [true, false, true]);
    assert_eq!(view.named(&name(1)).unwrap(), Some(1));
    assert_eq!(view.name_of(1).unwrap(), Some(name(1)));
}

#[test]
fn of_the_marks_up_to_a_name_the_last_is_found() {
    let f = Fixture::new();
    let mark = |name: &str| Mark { name: name.into(), bytes: name.into() };
    let marks = ["a/02", "a/10", "b/01"].map(mark).into();
    f.append(&AppendBatch { marks, ..AppendBatch::default() });
    let view = f.store.view(ORIGIN).unwrap();
    let last = |name: &str| view.last_mark(name).unwrap().map(|mark| mark.name);
    assert_eq!(last("a/01"), None);
    assert_eq!(last("a/02").as_deref(), Some("a/02"));
    assert_eq!(last("a/09").as_deref(), Some("a/02"));
    assert_eq!(last("b/00").as_deref(), Some("a/10"));
    assert_eq!(view.last_mark("c").unwrap(), Some(mark("b/01")));
}

#[test]
fn an_entry_is_found_by_its_name_and_a_name_has_one_entry() {
    let f = Fixture::new();
    f.append(&entries(0, 3));
    let found = |index| f.store.view(ORIGIN).unwrap().named(&name(index)).unwrap();
    assert_eq!((found(0), found(2), found(3)), (Some(0), Some(2), None));
    let beyond = Name { series: name(0).series, number: u64::MAX };
    let view = f.store.view(ORIGIN).unwrap();
    assert_eq!(view.named(&beyond).unwrap(), None);
    assert_eq!((view.name_of(2).unwrap(), view.name_of(3).unwrap()), (Some(name(2)), None));
    drop(view);
    let text = f.refusal(&entries(2, 1));
    assert!(text.contains("entry 3: its name is that of entry 2: a name has one entry"), "{text}");
    let twice = AppendBatch { entries: vec![entry(5, 9), entry(5, 9)], ..AppendBatch::default() };
    assert!(f.refusal(&twice).contains("entry 4: its name is that of entry 3"));
    let other = f.store.create_space("example.org/other").unwrap();
    let _ = f.store.append("example.org/other", other, 0, &entries(2, 1)).unwrap();
    assert_eq!(f.store.view("example.org/other").unwrap().named(&name(2)).unwrap(), Some(0));
    assert_eq!(f.store.view("example.org/other").unwrap().named(&name(0)).unwrap(), None);
}

#[test]
fn a_tile_grows_and_never_shrinks_or_changes() {
    let f = Fixture::new();
    f.append(&entries(0, 256));
    f.append(&tiles(64));
    f.append(&tiles(96));
    f.append(&tiles(96));
    let text = f.refusal(&tiles(64));
    assert!(text.contains("tile 0 of level 0: 96 bytes are kept and the 64 new ones"), "{text}");
    let mut other = tiles(128);
    other.tiles[0].hashes[5] ^= 1;
    f.refusal(&other);
    f.append(&tiles(MAX_TILE_BYTES));
    let view = f.store.view(ORIGIN).unwrap();
    assert_eq!(view.tile(0, 0).unwrap().unwrap(), tile(MAX_TILE_BYTES).hashes);
    assert_eq!(view.tile(1, 0).unwrap(), None);
    assert_eq!(view.tile(0, u64::MAX).unwrap(), None);
}

#[test]
fn a_checkpoint_is_kept_once_for_each_size() {
    let f = Fixture::new();
    assert_eq!(f.store.view(ORIGIN).unwrap().latest_checkpoint().unwrap(), None);
    f.append(&AppendBatch { checkpoint: Some(checkpoint(3)), ..entries(0, 3) });
    f.append(&AppendBatch { checkpoint: Some(checkpoint(4)), ..entries(3, 1) });
    f.append(&AppendBatch { checkpoint: Some(checkpoint(3)), ..AppendBatch::default() });
    let mut other = checkpoint(3);
    other.note.push('!');
    let text = f.refusal(&AppendBatch { checkpoint: Some(other), ..AppendBatch::default() });
    assert!(text.contains("checkpoint 3: another note of that size is kept"), "{text}");
    let text = f.refusal(&AppendBatch { checkpoint: Some(checkpoint(6)), ..entries(4, 1) });
    assert!(text.contains("checkpoint over 6 entries: there are 5"), "{text}");
    let view = f.store.view(ORIGIN).unwrap();
    assert_eq!(view.latest_checkpoint().unwrap(), Some(checkpoint(4)));
    assert_eq!(view.checkpoint_at(3).unwrap(), Some(checkpoint(3)));
    assert_eq!(view.checkpoint_at(2).unwrap(), None);
}

#[test]
fn of_each_witness_the_first_and_the_latest_cosignature_are_kept() {
    let f = Fixture::new();
    f.append(&AppendBatch { checkpoint: Some(checkpoint(3)), ..entries(0, 3) });
    for time_s in [20, 10, 30, 15, 40, 40] {
        let cosignatures = vec![cosignature("b", time_s), cosignature("a", 7)];
        f.append(&AppendBatch { cosignatures, ..AppendBatch::default() });
    }
    let kept = f.store.view(ORIGIN).unwrap().cosignatures(3).unwrap();
    assert_eq!(kept, [cosignature("a", 7), cosignature("b", 10), cosignature("b", 40)]);
    let stray = StoredCosignature { size: 2, ..cosignature("a", 7) };
    let text = f.refusal(&AppendBatch { cosignatures: vec![stray], ..AppendBatch::default() });
    assert!(text.contains("`a` under checkpoint 2: no such checkpoint is kept"), "{text}");
}

fn part(number: u64, bytes: &[u8]) -> Part {
    Part { number, bytes: bytes.into() }
}

fn snapshot_onto(onto: Option<u64>, size: u64, parts: Vec<Part>) -> AppendBatch {
    let snapshot = Snapshot { size, format: 1, onto, parts };
    AppendBatch { snapshot: Some(snapshot), ..AppendBatch::default() }
}

#[test]
fn of_a_snapshot_only_the_parts_that_changed_are_written() {
    let f = Fixture::new();
    f.append(&entries(0, 9));
    let kept = || snapshot(&f.store.view(ORIGIN).unwrap(), 1);
    let refused = |batch| f.refusal(&batch);
    assert_eq!(kept(), None);
    let text = refused(snapshot_onto(Some(3), 5, vec![]));
    assert!(text.contains("onto snapshot 3 of format 1: that one is not kept"), "{text}");
    f.append(&snapshot_onto(None, 3, vec![part(0, b"a"), part(7, b"b"), part(8, b"c")]));
    f.append(&snapshot_onto(Some(3), 5, vec![part(7, b"d"), part(8, b""), part(9, b"e")]));
    let parts = vec![part(0, b"a"), part(7, b"d"), part(9, b"e")];
    assert_eq!(kept(), Some(Snapshot { size: 5, format: 1, onto: None, parts }));
    assert!(refused(snapshot_onto(Some(3), 6, vec![])).contains("is not kept: give all parts"));
    let other = Snapshot { size: 6, format: 2, onto: Some(5), parts: vec![] };
    assert!(
        refused(AppendBatch { snapshot: Some(other), ..AppendBatch::default() })
            .contains("format 2")
    );
    f.append(&snapshot_onto(None, 9, vec![part(1, b"f")]));
    assert_eq!(kept().unwrap().parts, [part(1, b"f")]);
    assert_eq!(f.store.view(ORIGIN).unwrap().snapshot(2).unwrap(), None);
    let beyond = snapshot_onto(None, 10, vec![]);
    assert!(refused(beyond).contains("snapshot over 10 entries: there are 9"));
    let far = snapshot_onto(None, 9, vec![part(1 << 24, b"g")]);
    assert!(refused(far).contains("part 16777216 of a snapshot: at most 16777216 are kept"));
}

#[test]
fn a_snapshot_with_an_erased_entry_folded_into_it_goes_unless_the_next_one_comes_along() {
    let f = Fixture::new();
    f.append(&entries(0, 9));
    let kept = || snapshot(&f.store.view(ORIGIN).unwrap(), 1).map(|kept| kept.parts);
    f.append(&snapshot_onto(None, 5, vec![part(0, b"a"), part(1, b"with 4")]));
    f.append(&AppendBatch { erasures: vec![5], ..AppendBatch::default() });
    assert_eq!(kept(), Some(vec![part(0, b"a"), part(1, b"with 4")]));
    let next = snapshot_onto(Some(5), 9, vec![part(1, b"without")]);
    f.append(&AppendBatch { erasures: vec![4], ..next });
    assert_eq!(kept(), Some(vec![part(0, b"a"), part(1, b"without")]));
    f.append(&AppendBatch { erasures: vec![3], ..AppendBatch::default() });
    assert_eq!(kept(), None);
}

#[test]
fn a_mark_has_the_value_last_written() {
    let f = Fixture::new();
    let mark = |bytes: &[u8]| Mark { name: "witness".into(), bytes: bytes.into() };
    f.append(&AppendBatch { marks: vec![mark(b"one")], ..AppendBatch::default() });
    f.append(&AppendBatch { marks: vec![mark(b"two"), mark(b"")], ..entries(0, 1) });
    let view = f.store.view(ORIGIN).unwrap();
    assert_eq!(view.mark("witness").unwrap(), Some(Vec::new()));
    assert_eq!(view.mark("other").unwrap(), None);
}

#[test]
fn what_is_out_of_bounds_is_refused_with_its_place_and_nothing_is_written() {
    let f = Fixture::new();
    let long = |length| AppendBatch {
        entries: vec![entry(0, 9), entry(1, length)],
        ..AppendBatch::default()
    };
    let mark = |name: &str| Mark { name: name.into(), bytes: vec![] };
    let none = AppendBatch::default;
    let given = |reader: &str, cause, entry| AppendBatch {
        given: vec![Grant { reader: reader.into(), cause, entry }],
        ..entries(0, 2)
    };
    let cases = [
        (long(MAX_CONTENT_BYTES + 1), "entry 1: its content has 65536 bytes: must be 0 to 65535"),
        (entries(0, MAX_BATCH_ITEMS as u64 + 1), "4097 entries in one batch: at most 4096"),
        (tiles(0), "tile 0 of level 0 has 0 bytes: must be 1 to 8192"),
        (tiles(MAX_TILE_BYTES + 1), "has 8193 bytes"),
        (given("", 0, 0), "the name of a reader has 0 bytes"),
        (given("a", 2, 0), "entry 0 given to `a` by entry 2: the cause must be one of this batch"),
        (given("a", 0, 1), "entry 1 given to `a` by entry 0"),
        (AppendBatch { marks: vec![mark("")], ..none() }, "the name of a mark has 0 bytes"),
        (AppendBatch { marks: vec![mark("a\0")], ..none() }, "the name of a mark holds a NUL"),
        (
            AppendBatch { erasures: vec![2], ..entries(0, 2) },
            "erasure of entry 2: there are 2 entries",
        ),
        (
            AppendBatch { tiles: vec![TileWrite { index: u64::MAX, ..tile(32) }], ..none() },
            "a tile over 18446744073709551615 entries: there are 0",
        ),
        (
            AppendBatch { tiles: vec![tile(96)], ..entries(0, 2) },
            "a tile over 3 entries: there are 2",
        ),
        (
            AppendBatch { tiles: vec![TileWrite { level: 1, ..tile(32) }], ..entries(0, 255) },
            "a tile over 256 entries: there are 255",
        ),
    ];
    for (batch, expected) in cases {
        let text = f.refusal(&batch);
        assert!(text.contains("record.sqlite: nothing was written: "), "{text}");
        assert!(text.contains(expected), "{text}");
        assert_eq!(f.size(), 0);
    }
    f.append(&long(MAX_CONTENT_BYTES));
}

#[test]
fn a_refusal_late_in_a_batch_takes_the_entries_before_it_back() {
    let f = Fixture::new();
    f.append(&AppendBatch { tiles: vec![tile(64)], ..entries(0, 2) });
    f.refusal(&AppendBatch { tiles: vec![tile(32)], ..entries(2, 5) });
    let view = f.store.view(ORIGIN).unwrap();
    assert_eq!(view.head().size, 2);
    assert_eq!(view.entries(0..9, 9).unwrap().len(), 2);
    assert_eq!(f.append(&entries(2, 1)), 2);
}

#[test]
fn a_view_stays_at_its_instant_and_waits_for_no_writer() {
    let f = Fixture::new();
    f.append(&AppendBatch { checkpoint: Some(checkpoint(1)), ..entries(0, 1) });
    let before = f.store.view(ORIGIN).unwrap();
    f.append(&AppendBatch { checkpoint: Some(checkpoint(3)), erasures: vec![0], ..entries(1, 2) });
    assert_eq!(before.head().size, 1);
    assert_eq!(before.entry(1).unwrap(), None);
    assert_eq!(before.entry(0).unwrap().unwrap().opening, entry(0, 100).opening);
    assert_eq!(before.latest_checkpoint().unwrap(), Some(checkpoint(1)));
    let after = f.store.view(ORIGIN).unwrap();
    assert_eq!(after.head().size, 3);
    assert_eq!(after.latest_checkpoint().unwrap(), Some(checkpoint(3)));
}

#[test]
fn readers_see_only_whole_batches_while_one_writes() {
    let f = Fixture::new();
    let batches = 60;
    std::thread::scope(|scope| {
        let reader = || {
            let mut size = 0;
            while size < 3 * batches {
                let view = f.store.view(ORIGIN).unwrap();
                assert!(view.head().size >= size, "never backwards");
                size = view.head().size;
                assert_eq!(size % 3, 0);
                assert_eq!(view.entries(0..u64::MAX, 4_096).unwrap().len() as u64, size);
                let checkpoint = view.latest_checkpoint().unwrap().map_or(0, |c| c.size);
                assert_eq!(checkpoint, size);
            }
        };
        let readers: Vec<_> = (0..3).map(|_| scope.spawn(reader)).collect();
        for n in 0..batches {
            f.append(&AppendBatch { checkpoint: Some(checkpoint(3 * n + 3)), ..entries(3 * n, 3) });
        }
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}

#[test]
fn kept_statements_wait_until_the_append_that_takes_them_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    let store = Store::create(&path).unwrap();
    let epoch = store.create_space(ORIGIN).unwrap();
    let other = store.create_space("example.org/other").unwrap();
    let said = |party: &str, byte| (party.to_owned(), vec![byte; 3]);
    let one = |number, party: &str, byte| {
        let (party, bytes) = said(party, byte);
        KeptStatement { number, party, bytes }
    };
    let keep = |all: &[(String, Vec<u8>)]| store.keep(ORIGIN, epoch, all).unwrap();
    assert_eq!(keep(&[said("north", 1), said("south", 2)]), Ok(0));
    assert_eq!(keep(&[said("north", 3)]), Ok(2));
    store.keep("example.org/other", other, &[said("north", 9)]).unwrap().unwrap();
    for wrong in [("north".to_owned(), Vec::new()), ("".to_owned(), vec![1])] {
        // One of several: none is kept.
        let refused = store.keep(ORIGIN, epoch, &[said("north", 4), wrong]).unwrap_err();
        assert!(matches!(refused, StoreError::Refused { .. }), "{refused}");
    }
    drop(store);
    let store = Store::open(&path).unwrap();
    let kept = || store.view(ORIGIN).unwrap().kept().unwrap();
    assert_eq!(kept(), [one(0, "north", 1), one(1, "south", 2), one(2, "north", 3)]);
    assert_eq!(store.view(ORIGIN).unwrap().kept_one(1).unwrap(), Some(one(1, "south", 2)));
    // What is not appended takes nothing with it.
    let unkept = || AppendBatch { unkept: vec![0, 2, 77], ..entries(0, 1) };
    assert_eq!(
        store.append(ORIGIN, epoch, 5, &unkept()).unwrap(),
        AppendOutcome::Conflict { actual: 0 }
    );
    assert_eq!(kept().len(), 3);
    let _ = store.append(ORIGIN, epoch, 0, &unkept()).unwrap();
    assert_eq!(kept(), [one(1, "south", 2)]);
    assert_eq!(store.keep(ORIGIN, epoch, &[said("aid", 5)]).unwrap(), Ok(2));
    // Another host writes now.
    let later = store.take(ORIGIN).unwrap();
    assert_eq!(store.keep(ORIGIN, epoch, &[said("aid", 6)]).unwrap(), Err(later));
    assert_eq!(kept(), [one(1, "south", 2), one(2, "aid", 5)]);
    assert_eq!(store.view("example.org/other").unwrap().kept().unwrap(), [one(0, "north", 9)]);
}
