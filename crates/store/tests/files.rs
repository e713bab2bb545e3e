//! The file itself: who holds it, who may read it, older and newer ones, and copies.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

mod common;

use std::cell::Cell;
use std::path::Path;
use std::process::Command;

use common::{ORIGIN, Script, entries, entry, snapshot};
use deconflict_store::{
    AppendBatch, AppendOutcome, BackupProgress, Epoch, KeptStatement, Name, Part, Store,
    StoreError, StoredHead,
};
use rusqlite::Connection;

const SCRIPT: Script = Script { seed: 1, largest: 60_000 };

/// A store with so many batches, closed again.
fn made(path: &Path, batches: u64) {
    let store = Store::create(path).unwrap();
    let epoch = store.create_space(ORIGIN).unwrap();
    (0..batches).for_each(|batch| SCRIPT.append(&store, epoch, batch).unwrap());
}

#[test]
fn a_store_is_created_once_and_opened_only_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    let missing = Store::open(&path).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }));
    assert!(missing.to_string().contains("record.sqlite: there is no such file"), "{missing}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "nothing was made by looking");
    made(&path, 3);
    let exists = Store::create(&path).unwrap_err();
    assert!(matches!(exists, StoreError::Exists { .. }));
    assert!(exists.to_string().contains("never overwritten"), "{exists}");
    assert_eq!(SCRIPT.verify(&Store::open(&path).unwrap()), 3);
}

#[test]
fn each_opening_for_writing_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    assert_eq!(Store::create(&path).unwrap().opened(), 1);
    for expected in 2..5 {
        let store = Store::open(&path).unwrap();
        assert_eq!((store.opened(), store.clone().opened()), (expected, expected));
    }
}

#[test]
fn a_second_writer_is_told_who_holds_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    let store = Store::create(&path).unwrap();
    let held = Store::open(&path).unwrap_err();
    assert_eq!(held, StoreError::Held { file: store.path().into(), by: Some(std::process::id()) });
    assert!(held.to_string().contains("has this store open"), "{held}");
    let clone = store.clone();
    drop(store);
    assert!(Store::open(&path).is_err(), "a clone holds it as well");
    drop(clone);
    Store::open(&path).unwrap();
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_leads_to_the_same_hold() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("record.sqlite"), folder.path().join("link"));
    let _store = Store::create(&path).unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(Store::open(&link), Err(StoreError::Held { .. })));
}

/// Not a test of its own: what the other process runs.
#[test]
fn other_process_that_opens_the_store() {
    let Some(path) = std::env::var_os("DECONFLICT_STORE_OF_THE_OTHER") else { return };
    match Store::open(Path::new(&path)) {
        Err(error @ StoreError::Held { .. }) => println!("\nrefused: {error}"),
        other => println!("\nopened: {other:?}"),
    }
}

#[test]
fn another_process_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    made(&path, 2);
    let store = Store::open(&path).unwrap();
    let said = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "other_process_that_opens_the_store", "--nocapture"])
        .env("DECONFLICT_STORE_OF_THE_OTHER", &path)
        .output()
        .unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let process = std::process::id();
    assert!(said.contains(&format!("refused: {}: process {process}", path.display())), "{said}");
    assert_eq!(SCRIPT.verify(&store), 2);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_any_of_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    let modes = || -> Vec<(String, u32)> {
        let mut modes: Vec<_> = folder
            .path()
            .read_dir()
            .unwrap()
            .map(|file| {
                let file = file.unwrap();
                let mode = file.metadata().unwrap().permissions().mode() & 0o777;
                (file.file_name().into_string().unwrap(), mode)
            })
            .collect();
        modes.sort();
        modes
    };
    let private = |names: &[&str]| -> Vec<(String, u32)> {
        names.iter().map(|name| ((*name).to_owned(), 0o600)).collect()
    };
    let open = ["record.sqlite", "record.sqlite-lock", "record.sqlite-shm", "record.sqlite-wal"];
    let store = Store::create(&path).unwrap();
    store.create_space(ORIGIN).unwrap();
    store.view(ORIGIN).unwrap();
    assert_eq!(modes(), private(&open));
    drop(store);
    assert_eq!(modes(), private(&open[..2]), "closed, it is one file and its lock");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    let store = Store::open(&path).unwrap();
    store.backup_to(&folder.path().join("a copy"), |_| {}).unwrap();
    let mut names = vec!["a copy"];
    names.extend(open);
    assert_eq!(modes(), private(&names));
}

#[test]
fn a_file_of_a_later_release_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    made(&path, 2);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 40).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::TooNew { schema: 40, newest: 1, .. }));
    let text = error.to_string();
    assert!(text.contains("written by a later release (schema 40; this one knows 1)"), "{text}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn another_programs_database_and_a_file_that_is_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.sqlite");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE notes (x)").unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "no database at all, but long enough to be read as one".repeat(90))
        .unwrap();
    assert!(matches!(Store::open(&text), Err(StoreError::Corrupt { .. })));
}

#[test]
fn a_creation_that_was_cut_short_is_finished_by_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    std::fs::write(&path, []).unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!(store.opened(), 1);
    assert_eq!(store.spaces().unwrap(), []);
}

/// A file of schema 1 as the first release wrote it, in words of its own. It must open for ever.
const VERSION_1: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA application_id = 1684237926;
    CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), opened INTEGER NOT NULL) STRICT;
    INSERT INTO store VALUES (1, 41);
    CREATE TABLE space (id INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE,
        epoch INTEGER NOT NULL CHECK (epoch >= 1), size INTEGER NOT NULL CHECK (size >= 0),
        readers INTEGER NOT NULL CHECK (readers >= 0),
        kept INTEGER NOT NULL CHECK (kept >= 0)) STRICT;
    INSERT INTO space VALUES (1, 'example.org/space', 6, 2, 1, 1);
    CREATE TABLE kept (space INTEGER NOT NULL REFERENCES space (id),
        number INTEGER NOT NULL CHECK (number >= 0), party TEXT NOT NULL, crc INTEGER NOT NULL,
        bytes BLOB NOT NULL CHECK (length(bytes) BETWEEN 1 AND 65535),
        PRIMARY KEY (space, number)) STRICT;
    INSERT INTO kept VALUES (1, 3, 'north', 1112768466, x'0506');
    CREATE TABLE entry (space INTEGER NOT NULL REFERENCES space (id),
        idx INTEGER NOT NULL CHECK (idx >= 0),
        commitment BLOB NOT NULL CHECK (length(commitment) = 32),
        salt BLOB CHECK (length(salt) = 32), content BLOB CHECK (length(content) <= 65535),
        series BLOB CHECK (length(series) = 32), number INTEGER CHECK (number >= 0),
        PRIMARY KEY (space, idx), CHECK ((salt IS NULL) = (content IS NULL)),
        CHECK ((series IS NULL) = (number IS NULL))) STRICT;
    INSERT INTO entry VALUES (1, 0, zeroblob(32), zeroblob(32), x'0102', zeroblob(32), 7),
        (1, 1, zeroblob(32), NULL, NULL, NULL, NULL);
    CREATE UNIQUE INDEX entry_by_name ON entry (space, series, number)
        WHERE series IS NOT NULL;
    CREATE TABLE reader (id INTEGER PRIMARY KEY, space INTEGER NOT NULL REFERENCES space (id),
        name TEXT NOT NULL, given INTEGER NOT NULL CHECK (given >= 0), crc INTEGER NOT NULL,
        UNIQUE (space, name)) STRICT;
    INSERT INTO reader VALUES (1, 1, 'north', 2, 3207899628);
    CREATE TABLE given (space INTEGER NOT NULL REFERENCES space (id),
        reader INTEGER NOT NULL REFERENCES reader (id),
        cause INTEGER NOT NULL CHECK (cause >= entry),
        position INTEGER NOT NULL CHECK (position >= 0),
        entry INTEGER NOT NULL CHECK (entry >= 0),
        nth INTEGER NOT NULL CHECK (nth >= 0), crc INTEGER NOT NULL,
        PRIMARY KEY (space, reader, cause, position)) STRICT, WITHOUT ROWID;
    INSERT INTO given VALUES (1, 1, 1, 0, 0, 0, 2056600908), (1, 1, 1, 1, 1, 1, 2639254234);
    CREATE TABLE tile (space INTEGER NOT NULL REFERENCES space (id),
        level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 255),
        idx INTEGER NOT NULL CHECK (idx >= 0),
        crc INTEGER NOT NULL, hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 1 AND 8192),
        PRIMARY KEY (space, level, idx)) STRICT;
    INSERT INTO tile VALUES (1, 0, 0, 1972200246, zeroblob(64));
    CREATE TABLE checkpoint (space INTEGER NOT NULL REFERENCES space (id),
        size INTEGER NOT NULL CHECK (size >= 0), note TEXT NOT NULL,
        cosigned INTEGER NOT NULL CHECK (cosigned >= 0),
        PRIMARY KEY (space, size)) STRICT, WITHOUT ROWID;
    INSERT INTO checkpoint VALUES (1, 2, 'the note', 1);
    CREATE TABLE cosignature (space INTEGER NOT NULL, size INTEGER NOT NULL, witness TEXT NOT NULL,
        time_s INTEGER NOT NULL, line TEXT NOT NULL, crc INTEGER NOT NULL,
        PRIMARY KEY (space, size, witness, time_s),
        FOREIGN KEY (space, size) REFERENCES checkpoint (space, size)) STRICT, WITHOUT ROWID;
    INSERT INTO cosignature VALUES (1, 2, 'desk', 1800000000, 'the line', 4020982512);
    CREATE TABLE snapshot (space INTEGER PRIMARY KEY REFERENCES space (id),
        size INTEGER NOT NULL CHECK (size >= 0), format INTEGER NOT NULL,
        parts INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT;
    INSERT INTO snapshot VALUES (1, 2, 1, 440323548, 2162558521);
    CREATE TABLE snapshot_part (space INTEGER NOT NULL REFERENCES space (id),
        number INTEGER NOT NULL CHECK (number >= 0), crc INTEGER NOT NULL, bytes BLOB NOT NULL,
        PRIMARY KEY (space, number)) STRICT;
    INSERT INTO snapshot_part VALUES (1, 3, 3421780262, x'313233343536373839');
    CREATE TABLE mark (space INTEGER NOT NULL REFERENCES space (id), name TEXT NOT NULL,
        crc INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (space, name)) STRICT;
    INSERT INTO mark VALUES (1, 'm', 3421780262, x'313233343536373839');
    PRAGMA user_version = 1;
";

#[test]
fn a_file_of_the_first_release_opens_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    Connection::open(&path).unwrap().execute_batch(VERSION_1).unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!(store.opened(), 42);
    let head = StoredHead { origin: ORIGIN.into(), epoch: Epoch(6), size: 2 };
    assert_eq!(store.spaces().unwrap(), [head]);
    let view = store.view(ORIGIN).unwrap();
    let kept = view.entries(0..2, 2).unwrap();
    assert_eq!(kept[0].opening.as_ref().unwrap().content, [1, 2]);
    assert_eq!(kept[1].opening, None);
    assert_eq!(view.named(&Name { series: [0; 32], number: 7 }).unwrap(), Some(0));
    let waits = KeptStatement { number: 3, party: "north".into(), bytes: vec![5, 6] };
    assert_eq!(view.kept().unwrap(), [waits]);
    assert_eq!(view.last_cosigned(9).unwrap(), [("desk".to_owned(), 1_800_000_000)].into());
    let given = view.given("north", 0, 9).unwrap().rows;
    let given: Vec<_> = given.iter().map(|(given, _)| (given.cause, given.entry)).collect();
    assert_eq!(given, [(1, 0), (1, 1)]);
    assert_eq!(view.tile(0, 0).unwrap().unwrap(), [0; 64]);
    assert_eq!(view.latest_checkpoint().unwrap().unwrap().note, "the note");
    assert_eq!(view.cosignatures(2).unwrap()[0].line, "the line");
    let part = Part { number: 3, bytes: b"123456789".into() };
    assert_eq!(snapshot(&view, 1).unwrap().parts, [part]);
    assert_eq!(view.mark("m").unwrap().unwrap(), b"123456789");
    drop(view);
    let appended = store.append(ORIGIN, Epoch(6), 2, &entries(2, 1)).unwrap();
    assert_eq!(appended, AppendOutcome::Durable { first_index: 2 });
}

#[test]
fn a_backup_made_while_others_append_is_a_whole_store_of_one_instant() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("record.sqlite"), folder.path().join("copy.sqlite"));
    made(&path, 40);
    let store = Store::open(&path).unwrap();
    let epoch = store.take(ORIGIN).unwrap();
    // Enough for several steps: between them the store changes.
    let bulk = store.create_space("example.org/bulk").unwrap();
    let long = AppendBatch {
        entries: (0..200).map(|i| entry(i, 60_000)).collect(),
        ..AppendBatch::default()
    };
    let _ = store.append("example.org/bulk", bulk, 0, &long).unwrap();
    let mut batch = 40;
    let mut seen = Vec::new();
    let each_step = |progress: BackupProgress| {
        seen.push(progress);
        assert!(seen.len() < 100, "an append made the copy begin anew");
        SCRIPT.append(&store, epoch, batch).unwrap();
        batch += 1;
    };
    store.backup_to(&copy, each_step).unwrap();
    assert!(seen.len() > 2, "{seen:?}");
    let last = seen.last().unwrap();
    assert!(last.pages_total > 0 && last.pages_done == last.pages_total, "{last:?}");
    assert_eq!(SCRIPT.verify(&store), batch);
    let restored = Store::open(&copy).unwrap();
    assert_eq!(SCRIPT.verify(&restored), 40);
    assert_eq!(restored.opened(), store.opened() + 1);
    let appended =
        restored.append(ORIGIN, epoch, SCRIPT.size(40), &entries(SCRIPT.size(40), 1)).unwrap();
    assert!(matches!(appended, AppendOutcome::Durable { .. }));
}

#[test]
fn a_backup_overwrites_nothing_and_leaves_nothing_unfinished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    made(&path, 3);
    let store = Store::open(&path).unwrap();
    let other = folder.path().join("other");
    std::fs::write(&other, "precious").unwrap();
    let error = store.backup_to(&other, |_| {}).unwrap_err();
    assert_eq!(error, StoreError::Exists { file: other.clone() });
    assert_eq!(std::fs::read(&other).unwrap(), b"precious");
    let copy = folder.path().join("copy");
    // Somebody else takes the name while the copy is made.
    let error = store.backup_to(&copy, |_| std::fs::write(&copy, "first").unwrap()).unwrap_err();
    assert_eq!(error, StoreError::Exists { file: copy.clone() });
    assert_eq!(std::fs::read(&copy).unwrap(), b"first");
    assert!(!folder.path().join("copy-partial").exists());
    let nowhere = folder.path().join("no such folder").join("copy");
    assert!(matches!(store.backup_to(&nowhere, |_| {}), Err(StoreError::Io { .. })));
}

#[test]
fn a_backup_of_a_damaged_store_is_not_given_out() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("record.sqlite"), folder.path().join("copy.sqlite"));
    made(&path, 30);
    let mut bytes = std::fs::read(&path).unwrap();
    // The second half of the pages, but for the first bytes of each.
    let half = bytes.len() / 2 / 4_096 * 4_096;
    bytes[half..].chunks_mut(4_096).for_each(|page| page[..8].fill(0x5a));
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(&path).unwrap();
    let error = store.backup_to(&copy, |_| {}).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("(checking a backup)"), "{error}");
    assert!(!copy.exists());
    assert!(!folder.path().join("copy.sqlite-partial").exists());
}

#[test]
fn the_linked_sqlite_is_past_its_race_that_lost_the_log() {
    // 3.7.0 to 3.51.2 could corrupt a file when the write-ahead log was reset.
    assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
}

#[test]
fn an_auditor_can_read_the_file_with_plain_sql_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    made(&path, 2);
    let store = Store::open(&path).unwrap();
    let epoch = store.take(ORIGIN).unwrap();
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let auditor = Connection::open_with_flags(&path, flags).unwrap();
    let count = || -> u64 {
        let sql = "SELECT count(*) FROM entry JOIN space ON space.id = entry.space";
        auditor.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as u64
    };
    assert_eq!(count(), SCRIPT.size(2));
    SCRIPT.append(&store, epoch, 2).unwrap();
    assert_eq!(count(), SCRIPT.size(3));
    let first: Vec<u8> = auditor
        .query_row("SELECT commitment FROM entry WHERE idx = 0", [], |row| row.get(0))
        .unwrap();
    assert_eq!(first, entry(0, 0).commitment);
}

#[test]
fn a_file_is_read_through_for_as_long_as_that_is_wanted_and_the_store_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    let store = Store::create(&path).unwrap();
    let epoch = store.create_space(ORIGIN).unwrap();
    let many = AppendBatch {
        entries: (0..100).map(|i| entry(i, 60_000)).collect(),
        ..AppendBatch::default()
    };
    assert_eq!(
        store.append(ORIGIN, epoch, 0, &many).unwrap(),
        AppendOutcome::Durable { first_index: 0 }
    );
    drop(store);
    let store = Store::open(&path).unwrap();
    let asked = Cell::new(0);
    let go_on = |times| {
        asked.set(0);
        store.read_through(|| {
            asked.set(asked.get() + 1);
            asked.get() <= times
        });
        asked.get()
    };
    assert!((7..20).contains(&go_on(u64::MAX)), "six megabytes, one at a time: {}", asked.get());
    assert_eq!(go_on(2), 3);
    assert_eq!(go_on(0), 1);
    // Another process's reading ends, and the log is still this one's.
    let script = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM entry').fetchone())";
    let said = Command::new("python3").args(["-c", script]).arg(&path).output();
    let appended = store.append(ORIGIN, epoch, 100, &entries(100, 1)).unwrap();
    assert_eq!(appended, AppendOutcome::Durable { first_index: 100 });
    match said {
        Ok(said) => assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "100"),
        Err(error) => eprintln!("skipped, without another process's reading: python3: {error}"),
    }
    assert!(matches!(Store::open(&path), Err(StoreError::Held { .. })));
    assert_eq!(store.view(ORIGIN).unwrap().head().size, 101);
}
