//! A writer that is killed at any instant: nothing acknowledged is lost, nothing is half there.
//!
//! With `DECONFLICT_SOAK_ROUNDS` set, so many rounds are played instead of 20.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

mod common;

use std::io::Write;
use std::path::Path;

use common::{ORIGIN, Script};
use deconflict_faults::{Chance, Victim, last_acknowledged};
use deconflict_store::{Epoch, Options, Store, StoreError};

const STORE: &str = "DECONFLICT_STORE_OF_THE_CHILD";
const VICTIM: Victim<'_> = Victim {
    test: "child_that_appends_until_it_is_killed",
    variable: STORE,
    early: 4,
    lines: 5,
    within_us: 3_000,
};
const SCRIPT: Script = Script { seed: 7, largest: 20_000 };

/// The log is folded often, so that kills hit that too.
fn options() -> Options {
    Options { wal_pages: 30, ..Options::default() }
}

fn epoch_of(store: &Store) -> Epoch {
    match store.create_space(ORIGIN) {
        Ok(epoch) => epoch,
        Err(StoreError::SpaceExists { .. }) => store.take(ORIGIN).unwrap(),
        Err(error) => panic!("{error}"),
    }
}

/// Not a test of its own: what the killed process runs.
#[test]
fn child_that_appends_until_it_is_killed() {
    let Some(path) = std::env::var_os(STORE) else { return };
    let path = Path::new(&path);
    let store = match Store::create_with(path, &options()) {
        Err(StoreError::Exists { .. }) => Store::open_with(path, &options()),
        created => created,
    }
    .unwrap();
    let epoch = epoch_of(&store);
    let mut batch = SCRIPT.verify(&store);
    let mut out = std::io::stdout();
    loop {
        SCRIPT.append(&store, epoch, batch).unwrap();
        batch += 1;
        out.write_all(format!("\nacknowledged {batch}\n").as_bytes()).unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn a_killed_writer_loses_nothing_acknowledged_and_leaves_nothing_half() {
    let rounds = std::env::var("DECONFLICT_SOAK_ROUNDS").map_or(20, |n| n.parse().unwrap());
    let mut random = Chance::new(99);
    let mut folder = tempfile::tempdir().unwrap();
    let mut opened = 0;
    let mut acknowledged_in_all = 0;
    for round in 0..rounds {
        // From time to time a new file, so that its making is hit as well.
        if round % 10 == 0 {
            folder = tempfile::tempdir().unwrap();
            opened = 0;
        }
        let path = folder.path().join("record.sqlite");
        let (said, killed_early) = VICTIM.kill(&path, &mut random);
        let acknowledged = last_acknowledged(&said);
        acknowledged_in_all += acknowledged;
        if killed_early && !path.exists() {
            continue;
        }
        let store = Store::open_with(&path, &options()).unwrap();
        assert!(store.opened() > opened, "the count of openings only grows");
        opened = store.opened();
        let epoch = epoch_of(&store);
        let found = SCRIPT.verify(&store);
        assert!(found >= acknowledged, "round {round}: {acknowledged} acknowledged, {found} found");
        SCRIPT.append(&store, epoch, found).unwrap();
        assert_eq!(SCRIPT.verify(&store), found + 1);
    }
    assert!(acknowledged_in_all > 0, "no round got far enough to lose anything");
}
