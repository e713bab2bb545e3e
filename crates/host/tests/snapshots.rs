//! What the host writes down of its state, and what becomes of it where disk, record or copy are not whole.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::post::Post;
use common::*;
use deconflict_core::*;
use deconflict_faults::{Fault, PowerCut};
use deconflict_host::{Config, Move, Space, Timing, system_entropy};
use deconflict_record::SigningKey;
use deconflict_store::{Options, Store};

fn end(version: Version) -> Say {
    Say::End { declaration: DeclarationId(version.0), how: Ending::Ended }
}

#[test]
fn a_copy_that_was_erased_after_the_head_is_not_taken_over() {
    let (mut rig, folder) = (Rig::new(), tempfile::tempdir().unwrap());
    let mut posts = PARTIES.map(|name| Post::new(&rig, folder.path(), name));
    let (old, _) = rig.accepted("north", &declare(operation_at(34.5, 38.6), Sharing::Open));
    rig.accepted("north", &end(old));
    rig.accepted("north", &declare(operation_at(50.0, 10.0), Sharing::Open));
    rig.pass(2);
    for post in &mut posts {
        post.sync(&rig).unwrap();
    }
    // The last head that the quorum countersigned.
    let (from, note) = (posts[1].desk.head(), posts[1].desk.signed_head().unwrap().encode());
    rig.pass(3_700 * 86_400);
    rig.wait("erasure", || {
        let view = rig.store.as_ref().unwrap().view(SPACE).unwrap();
        let all = view.entries(0..from.size, 4_096).unwrap();
        all.iter().any(|entry| entry.opening.is_none())
    });
    let path = folder.path().join("copy.sqlite");
    rig.store.as_ref().unwrap().backup_to(&path, |_| {}).unwrap();
    let copy = Store::open(&path).unwrap();
    let roots: Vec<SigningKey> = PARTIES.iter().map(|name| root(name, 0)).collect();
    let signers: Vec<&SigningKey> = roots.iter().collect();
    let host = deconflict_core::Host { party: party("aid"), key: key("later log").verifying_key() };
    let moving = Say::MoveHost { host, from };
    let statement = rig.statement("host", &signers, &moving).envelope().encode();
    let new = folder.path().join("new.sqlite");
    let store = Store::create(&new).unwrap();
    let moved = Move { statement: &statement, head: note.as_bytes() };
    let (timing, now) = (Timing::default(), rig.now());
    let taken =
        Space::take_over(&copy, store, moved, key("later log"), system_entropy(), timing, now);
    let refused = taken.unwrap_err().to_string();
    assert!(refused.contains("give a copy that was made earlier"), "{refused}");
}

#[test]
fn a_snapshot_whose_sum_is_out_of_range_is_passed_over() {
    let timing = Timing { snapshot_entries: 5, ..Timing::default() };
    let mut rig = Rig::with(Config { timing, ..Config::default() }, Options::default());
    for i in 0..8 {
        rig.accepted("north", &declare(operation_at(f64::from(i) * 5.0, 38.6), Sharing::Open));
    }
    rig.pass(2);
    rig.stop();
    let file = rusqlite::Connection::open(rig.path()).unwrap();
    let changed = file.execute("UPDATE snapshot SET parts = parts + 4294967296", []).unwrap();
    assert_eq!(changed, 1);
    drop(file);
    let store = Store::open(&rig.path()).unwrap();
    Space::open(store, SPACE, log_key(), system_entropy(), timing).unwrap();
}

#[test]
fn a_disclosure_on_the_grid_is_sealed_though_one_in_full_follows_before_the_head() {
    let mut rig = Rig::new();
    let (plan, _) = rig.accepted("aid", &declare(operation_at(34.5, 38.6), Sharing::ConflictOnly));
    rig.pass(2);
    let from = rig.store.as_ref().unwrap().view(SPACE).unwrap().head().size;
    // In one interval: north is told of the plan on the grid, then is given it.
    let hidden = declare(operation_at(34.5, 38.6), Sharing::ConflictOnly);
    assert_eq!(rig.conflicts("north", &hidden).1.len(), 1);
    let sharing = Sharing::Named([party("north")].into());
    rig.accepted("aid", &Say::Share { declaration: DeclarationId(plan.0), sharing });
    rig.pass(2);
    let view = rig.store.as_ref().unwrap().view(SPACE).unwrap();
    let marks = (from..view.head().size)
        .filter_map(|index| view.mark(&format!("disclosures/{index}/0")).unwrap());
    let sealed = marks.map(|bytes| String::from_utf8(bytes).unwrap()).collect::<String>();
    let of_plan: Vec<&str> = sealed
        .lines()
        .filter(|line| line.contains(r#""party":"north""#) && line.contains(&plan.0.to_string()))
        .collect();
    let mut once = of_plan.clone();
    once.dedup();
    assert_eq!(of_plan, once, "the same disclosure is sealed twice");
    assert!(of_plan.iter().any(|line| line.contains("grid")), "{of_plan:?}");
}

#[test]
fn a_snapshot_that_does_not_fit_the_disk_costs_no_statement() {
    full_disk(1_145);
}

/// The same disk where nothing is written down yet: it has room for every statement.
#[test]
fn a_disk_with_room_for_statements_takes_them() {
    full_disk(100_000);
}

/// A plan of which a part of a snapshot has more bytes than of others.
fn wordy(lat: f64, lon: f64) -> DeclarationContent {
    let volumes = vec![circle_in(lat, lon, 2_000.0, (6, 8))];
    let name = texts(&"wordy ".repeat(100));
    DeclarationContent::Operation(Operation { name, volumes, contact: None })
}

fn full_disk(snapshot_entries: u64) {
    let (disk, timing) = (PowerCut::new(), Timing { snapshot_entries, ..Timing::default() });
    let options = Options { vfs: Some(disk.name().to_owned()), ..Options::default() };
    let mut rig = Rig::with(Config { timing, ..Config::default() }, options);
    for i in 0..560 {
        let far = wordy(f64::from(i % 80) - 40.0, f64::from(i / 80) * 4.0 - 100.0);
        rig.accepted("north", &declare(far, Sharing::ConflictOnly));
    }
    // Each of them has a head, and so a second entry.
    rig.pass(2);
    let kept = |rig: &Rig| {
        let view = rig.store.as_ref().unwrap().view(SPACE).unwrap();
        view.snapshot(SNAPSHOT_FORMAT).unwrap()
    };
    assert_eq!(kept(&rig), None);
    let done = AtomicBool::new(false);
    let (mut taken, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // What an append that failed had taken is free again.
            while !done.load(Ordering::SeqCst) {
                disk.fail_writes_after(250_000, Fault::Full);
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        for i in 0..16 {
            let far = wordy(f64::from(i) - 40.0, 120.0);
            let say = declare(far, Sharing::ConflictOnly);
            let statement = rig.statement("south", &[&duty("south")], &say);
            match rig.send(&statement).status {
                200 => {
                    taken += 1;
                    rig.chained(&statement);
                }
                503 => refused += 1,
                other => panic!("{other}"),
            }
            rig.settle();
            rig.seconds.fetch_add(2, Ordering::SeqCst);
            rig.settle();
        }
        done.store(true, Ordering::SeqCst);
    });
    assert_eq!(kept(&rig), None, "the disk has room for the state too");
    disk.heal();
    rig.stop();
    assert_eq!((taken, refused), (16, 0));
}

#[test]
fn what_was_erased_is_nowhere_in_the_files_of_the_store() {
    let timing = Timing { snapshot_entries: 5, ..Timing::default() };
    let mut rig = Rig::with(Config { timing, ..Config::default() }, Options::default());
    let text = "MARKERofwhatistobeerased".repeat(8);
    let plan = |lat: f64| {
        let volumes = vec![circle_in(lat, 38.6, 2_000.0, (6, 8))];
        DeclarationContent::Operation(Operation { name: texts(&text), volumes, contact: None })
    };
    let (old, _) = rig.accepted("north", &declare(plan(34.5), Sharing::Open));
    for i in 0..40 {
        rig.accepted("south", &declare(operation_at(f64::from(i), 10.0), Sharing::Open));
    }
    let found = |rig: &Rig| -> Vec<String> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(rig.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let Ok(bytes) = std::fs::read(&path) else { continue };
            for what in ["MARKERofwhat", "TUFSS0VSb2Z3aGF0", "1BUktFUm9md2hhd", "NQVJLRVJvZndoYX"] {
                let count = bytes.windows(what.len()).filter(|w| *w == what.as_bytes()).count();
                if count > 0 {
                    found.push(format!("{what} {count} times in {}", path.display()));
                }
            }
        }
        found
    };
    rig.pass(2);
    rig.settle();
    rig.accepted("north", &amend(old, old, plan(35.5), Sharing::Open));
    rig.accepted("north", &end(old));
    rig.accepted("north", &declare(operation_at(50.0, 10.0), Sharing::Open));
    rig.pass(2);
    rig.settle();
    println!("before: {:?}", found(&rig));
    rig.pass(3_700 * 86_400);
    rig.wait("erasure", || {
        let view = rig.store.as_ref().unwrap().view(SPACE).unwrap();
        let all = view.entries(0..60, 60).unwrap();
        all.iter().any(|entry| entry.opening.is_none())
    });
    rig.settle();
    let running = found(&rig);
    println!("erased, running: {running:?}");
    rig.stop();
    let stopped = found(&rig);
    println!("erased, stopped: {stopped:?}");
    assert_eq!(stopped, [""; 0]);
    assert_eq!(running, [""; 0]);
}

#[test]
fn a_page_of_the_snapshot_that_is_no_page_any_more_is_passed_over() {
    let timing = Timing { snapshot_entries: 5, ..Timing::default() };
    let mut rig = Rig::with(Config { timing, ..Config::default() }, Options::default());
    for i in 0..40 {
        rig.accepted("north", &declare(operation_at(f64::from(i) * 2.0, 38.6), Sharing::Open));
    }
    rig.pass(2);
    rig.stop();
    let file = rusqlite::Connection::open(rig.path()).unwrap();
    let (page, size): (i64, i64) = file
        .query_row(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema
             WHERE name = 'snapshot_part'",
            [],
            |row| row.try_into(),
        )
        .unwrap();
    drop(file);
    let mut bytes = std::fs::read(rig.path()).unwrap();
    bytes[((page - 1) * size) as usize] ^= 1;
    std::fs::write(rig.path(), bytes).unwrap();
    let store = Store::open(&rig.path()).unwrap();
    Space::open(store, SPACE, log_key(), system_entropy(), timing).unwrap();
}
