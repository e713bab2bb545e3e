//! That the VFS loses what it should lose, and nothing else: else the tests that rest on it prove
//! nothing.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

use std::path::Path;

use deconflict_faults::{Fault, Loss, PowerCut};
use rusqlite::{Connection, ErrorCode, OpenFlags};

fn open(power: &PowerCut, path: &Path, synchronous: &str) -> Connection {
    let connection =
        Connection::open_with_flags_and_vfs(path, OpenFlags::default(), power.name()).unwrap();
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};
             CREATE TABLE IF NOT EXISTS t (n INTEGER) STRICT;"
        ))
        .unwrap();
    connection
}

fn insert(connection: &Connection, number: i64) -> rusqlite::Result<usize> {
    connection.execute("INSERT INTO t (n) VALUES (?1)", [number])
}

fn count(connection: &Connection) -> i64 {
    connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
}

/// How many of ten rows are left after a power cut.
fn left(synchronous: &str, loss: Loss) -> i64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.sqlite");
    let power = PowerCut::new();
    drop(open(&power, &path, "FULL"));
    let connection = open(&power, &path, synchronous);
    for number in 0..10 {
        insert(&connection, number).unwrap();
    }
    assert_eq!(count(&connection), 10);
    power.cut(loss).unwrap();
    assert!(insert(&connection, 10).is_err(), "without power nothing is written");
    drop(connection);
    power.power_on();
    let connection = open(&power, &path, "FULL");
    let sound: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    count(&connection)
}

#[test]
fn what_was_not_synced_is_lost() {
    assert_eq!(left("OFF", Loss::All), 0);
    assert_eq!(left("NORMAL", Loss::All), 0);
}

#[test]
fn what_was_synced_is_there() {
    for loss in [Loss::All, Loss::Each { seed: 1 }, Loss::Torn { seed: 1 }] {
        assert_eq!(left("FULL", loss), 10);
    }
}

#[test]
fn chance_keeps_part_of_what_was_not_synced() {
    let kept: Vec<i64> = (0..12).map(|seed| left("OFF", Loss::Each { seed })).collect();
    assert!(kept.iter().any(|&n| n > 0) && kept.iter().any(|&n| n < 10), "{kept:?}");
}

#[test]
fn a_rollback_journal_survives_the_power_cut_as_well() {
    for seed in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.sqlite");
        let power = PowerCut::new();
        let connection = open(&power, &path, "FULL");
        // EXTRA: a journal that is back after the cut would undo what was committed.
        let extra = "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA";
        connection.execute_batch(extra).unwrap();
        insert(&connection, 0).unwrap();
        power.cut_after(seed, Loss::Torn { seed });
        let done = (1..20).take_while(|&n| insert(&connection, n).is_ok()).count() as i64;
        assert!(power.is_dark());
        drop(connection);
        power.power_on();
        let found = count(&open(&power, &path, "FULL"));
        assert!((done + 1..=done + 2).contains(&found), "seed {seed}: {done} done, {found} found");
    }
}

#[test]
fn a_file_deleted_in_a_folder_that_was_not_synced_may_be_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.sqlite");
    let power = PowerCut::new();
    let connection = open(&power, &path, "FULL");
    connection.execute_batch("PRAGMA journal_mode = DELETE").unwrap();
    insert(&connection, 0).unwrap();
    assert!(!folder.path().join("t.sqlite-journal").exists());
    power.cut(Loss::All).unwrap();
    assert!(folder.path().join("t.sqlite-journal").exists());
}

#[test]
fn writes_and_syncs_fail_when_they_are_to_and_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let power = PowerCut::new();
    let connection = open(&power, &folder.path().join("t.sqlite"), "FULL");
    let failed = || insert(&connection, 1).unwrap_err().sqlite_error_code();
    power.fail_writes_after(2_000, Fault::Full);
    assert_eq!(failed(), Some(ErrorCode::DiskFull));
    power.fail_writes_after(0, Fault::Broken);
    assert_eq!(failed(), Some(ErrorCode::SystemIoFailure));
    power.heal();
    power.fail_syncs();
    assert_eq!(failed(), Some(ErrorCode::SystemIoFailure));
    power.heal();
    assert_eq!(count(&connection), 0);
    insert(&connection, 1).unwrap();
    assert_eq!(count(&connection), 1);
}
