//! Bytes of the file that change by themselves: an answer or an error, never a panic.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

mod common;

use std::path::Path;

use common::{ORIGIN, Script, checkpoint, entries};
use deconflict_faults::Chance;
use deconflict_store::{
    AppendBatch, Grant, KeptSnapshot, Mark, Part, Snapshot, Store, StoreError, StoredCosignature,
    TileWrite,
};

fn made(path: &Path) -> Vec<u8> {
    let script = Script { seed: 2, largest: 9_000 };
    let store = Store::create(path).unwrap();
    let epoch = store.create_space(ORIGIN).unwrap();
    (0..12).for_each(|batch| script.append(&store, epoch, batch).unwrap());
    drop(store);
    std::fs::read(path).unwrap()
}

/// Reads whatever can be asked for; the error, if there is one.
fn read_everything(store: &Store) -> Result<(), StoreError> {
    let mut first_error = Ok(());
    let mut note = |error: Option<StoreError>| {
        if let (Ok(()), Some(error)) = (&first_error, error) {
            assert!(!error.to_string().is_empty());
            first_error = Err(error);
        }
    };
    for head in store.spaces()? {
        let view = store.view(&head.origin)?;
        let size = view.head().size.min(200);
        note(view.entries(0..u64::MAX, 4_096).err());
        for index in 0..size {
            note(view.entry(index).err());
            note(view.checkpoint_at(index).err());
            note(view.cosignatures(index).err());
        }
        note(view.tile(0, 0).err());
        note(view.latest_checkpoint().err());
        match view.snapshot(1) {
            Ok(kept) => kept.into_iter().flat_map(|kept| kept.parts).for_each(|number| {
                note(view.snapshot_part(number).err());
            }),
            Err(error) => note(Some(error)),
        }
        note(view.mark("batch").err());
    }
    first_error
}

#[test]
fn flipped_bytes_give_answers_or_errors_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    let whole = made(&path);
    let mut random = Chance::new(4);
    let mut errors = 0;
    for round in 0..300 {
        let mut bytes = whole.clone();
        // Half of the flips go where pages describe themselves.
        for _ in 0..1 + random.below(3) {
            let page = random.below(bytes.len() as u64 / 4_096) * 4_096;
            let within = if round % 2 == 0 { random.below(4_096) } else { random.below(120) };
            bytes[(page + within) as usize] ^= 1 << random.below(8);
        }
        std::fs::write(&path, bytes).unwrap();
        let outcome = Store::open(&path).and_then(|store| {
            let read = read_everything(&store);
            // Appending to a damaged file may fail too, but says so.
            let head = store.spaces()?.pop();
            if let Some(head) = head {
                let batch = AppendBatch { checkpoint: Some(checkpoint(1)), ..entries(900, 2) };
                let _ = store.append(&head.origin, head.epoch, head.size, &batch);
            }
            read
        });
        errors += u32::from(outcome.is_err());
    }
    assert!(errors > 20, "flips that nothing notices test nothing: {errors}");
}

#[test]
fn a_file_cut_short_anywhere_gives_answers_or_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    let whole = made(&path);
    let mut random = Chance::new(5);
    let mut errors = 0;
    for _ in 0..60 {
        let length = 1 + random.below(whole.len() as u64 - 1);
        std::fs::write(&path, &whole[..length as usize]).unwrap();
        let outcome = Store::open(&path).and_then(|store| read_everything(&store));
        errors += u32::from(outcome.is_err());
    }
    // Where the end of an entry's content is gone, only its commitment tells.
    assert!(errors > 50, "cuts that nothing notices test nothing: {errors}");
}

#[test]
fn a_snapshot_with_a_damaged_part_is_passed_over_and_a_damaged_mark_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    let store = Store::create(&path).unwrap();
    let epoch = store.create_space(ORIGIN).unwrap();
    let part = |number: u64| Part { number, bytes: vec![0xa0 + number as u8; 500] };
    let parts = (0..2).map(part).collect();
    let snapshot = Some(Snapshot { size: 1, format: 1, onto: None, parts });
    let marks = vec![Mark { name: "witness".into(), bytes: vec![0xee; 99] }];
    let _ =
        store.append(ORIGIN, epoch, 0, &AppendBatch { snapshot, marks, ..entries(0, 1) }).unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    for what in [vec![0xa1; 500], vec![0xee; 99]] {
        let at = bytes.windows(what.len()).position(|window| window == what).unwrap();
        bytes[at + 50] ^= 4;
    }
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(&path).unwrap();
    let view = store.view(ORIGIN).unwrap();
    assert_eq!(view.snapshot(1).unwrap(), Some(KeptSnapshot { size: 1, parts: vec![0, 1] }));
    assert_eq!(view.snapshot_part(0).unwrap(), Some(part(0).bytes));
    assert_eq!(view.snapshot_part(1).unwrap(), None);
    let error = view.mark("witness").unwrap_err();
    assert!(error.to_string().contains("mark `witness`: wrong checksum"), "{error}");
}

#[test]
fn who_may_read_what_and_what_no_head_vouches_for_is_missed_when_it_is_gone_or_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    let given = |reader: &str, cause, entry| Grant { reader: reader.into(), cause, entry };
    let read = |store: &Store| -> Result<usize, StoreError> {
        let view = store.view(ORIGIN)?;
        let mut rows = 0;
        for reader in ["north", "south"] {
            rows += view.given(reader, 0, 2)?.rows.len() + view.given(reader, 1, 100)?.rows.len();
        }
        view.cosignatures(3)?;
        view.tile(0, 0)?;
        view.kept()?;
        Ok(rows)
    };
    let faults = [
        ("DELETE FROM given WHERE reader = 1 AND cause = 0", "was given as number 0"),
        ("DELETE FROM given WHERE reader = 1 AND cause = 1", "was given as number 1"),
        ("DELETE FROM given WHERE reader = 1 AND cause = 2", "was given as number 2"),
        ("DELETE FROM given WHERE reader = 2", "what `south` was given as number 0"),
        ("UPDATE given SET entry = 0 WHERE cause = 1", "wrong checksum"),
        ("UPDATE given SET reader = 2 WHERE reader = 1 AND cause = 2", "was given as number 2"),
        ("UPDATE reader SET name = 'nerth' WHERE id = 1", "reader `nerth`: wrong checksum"),
        ("DELETE FROM reader WHERE id = 2", "1 readers are found, there must be 2"),
        ("UPDATE tile SET hashes = zeroblob(64)", "tile 0 of level 0: wrong checksum"),
        ("UPDATE cosignature SET line = 'other'", "wrong checksum"),
        ("DELETE FROM cosignature", "a cosignature under checkpoint 3 is missing"),
        ("DELETE FROM kept WHERE number = 0", "1 kept statements are found, there must be 2"),
        ("UPDATE kept SET party = 'nerth'", "kept statement 0: wrong checksum"),
        ("UPDATE kept SET number = 9 WHERE number = 1", "kept statement 9: wrong checksum"),
    ];
    for (damage, fault) in faults {
        let _ = std::fs::remove_file(&path);
        let store = Store::create(&path).unwrap();
        let epoch = store.create_space(ORIGIN).unwrap();
        let tiles = vec![TileWrite { level: 0, index: 0, hashes: vec![7; 96] }];
        let of_north = (0..3).map(|entry| given("north", entry, entry));
        let given = of_north.chain([given("south", 1, 1)]).collect();
        let cosignature =
            StoredCosignature { size: 3, witness: "w".into(), time_s: 9, line: "the line".into() };
        let batch = AppendBatch {
            given,
            tiles,
            checkpoint: Some(checkpoint(3)),
            cosignatures: vec![cosignature],
            ..entries(0, 3)
        };
        let _ = store.append(ORIGIN, epoch, 0, &batch).unwrap();
        let waits = ["north", "south"].map(|party| (party.to_owned(), vec![7; 9]));
        store.keep(ORIGIN, epoch, &waits).unwrap().unwrap();
        assert_eq!(read(&store).unwrap(), 2 + 2 + 1 + 1);
        drop(store);
        let sql = rusqlite::Connection::open(&path).unwrap();
        sql.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        assert!(sql.execute(damage, []).unwrap() > 0, "{damage}");
        sql.close().unwrap();
        let error = read(&Store::open(&path).unwrap()).unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. }), "{damage}: {error}");
        assert!(error.to_string().contains(fault), "{damage}: {error}");
    }
}
