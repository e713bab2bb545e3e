//! A witness that was set back countersigns no second history: not by a backup, not by a copy of its folder.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use common::*;
use deconflict_core::Sharing;
use deconflict_desk::{Desk, DeskError, HeadComparison};
use deconflict_store::CopyStore;

const PARTIES: [&str; 4] = ["host", "north", "south", "aid"];

fn more(host: &Rc<RefCell<FakeHost>>, lat: f64) {
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(lat, Sharing::Open));
}

/// A witness's desk that has countersigned a record of 7 entries, a backup of it from then, and the host as it was;
/// after that it has countersigned 9.
struct Scene {
    folder: tempfile::TempDir,
    key: PathBuf,
    backup: PathBuf,
    then: FakeHost,
    now: Rc<RefCell<FakeHost>>,
    north: Post,
}

fn scene(beside_the_key: bool) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let (dir, key) = (folder.path().join("north"), folder.path().join("witness.key"));
    let mut terms = charter(&PARTIES);
    terms.quorum = 2;
    let now = Rc::new(RefCell::new(FakeHost::founded(&PARTIES, terms)));
    let mut north = Post::new(&dir, &now, "north");
    if beside_the_key {
        north.desk.keep_countersigned_beside(&key);
    }
    more(&now, 10.0);
    assert!(north.sync(1).unwrap().cosigned);
    let (backup, then) = (folder.path().join("backup.sqlite"), now.borrow().fork());
    CopyStore::backup_of(&dir.join("desk.sqlite"), &backup, |_| {}).unwrap();
    more(&now, 11.0);
    more(&now, 12.0);
    assert!(north.sync(2).unwrap().cosigned);
    assert_eq!(north.desk.head().size, then.head().size + 2);
    Scene { folder, key, backup, then, now, north }
}

/// The desk in a folder that holds this copy, before this host.
fn restored(dir: &Path, store: &Path, host: &Rc<RefCell<FakeHost>>) -> Post {
    std::fs::create_dir(dir).unwrap();
    std::fs::copy(store, dir.join("desk.sqlite")).unwrap();
    let desk = Desk::open(dir).unwrap();
    Post { desk, wire: Wire::new(host, "north"), duty: duty("north"), witness: witness("north") }
}

#[test]
fn a_restored_witness_countersigns_nothing_that_does_not_lead_on_from_what_stands_beside_its_key() {
    let mut scene = scene(true);
    let fork = Rc::new(RefCell::new(scene.then.fork()));
    more(&fork, 50.0);
    let mut north = restored(&scene.folder.path().join("restored"), &scene.backup, &fork);
    north.desk.keep_countersigned_beside(&scene.key);
    let cosigned = fork.borrow().cosigned.len();
    let synced = north.sync(3).unwrap();
    let why = synced.not_cosigned.unwrap();
    assert!(!synced.cosigned && why.contains("9 entries, and this desk has 8"), "{why}");
    // Once the other history is long enough, what stands beside the key is evidence.
    more(&fork, 51.0);
    assert!(matches!(north.sync(4), Err(DeskError::Caught(_))));
    assert_eq!(fork.borrow().cosigned.len(), cosigned, "it has countersigned nothing of it");
    // Of the record itself it goes on, and is a backup no more: nothing later was countersigned.
    let mut north = restored(&scene.folder.path().join("again"), &scene.backup, &scene.now);
    north.desk.keep_countersigned_beside(&scene.key);
    assert!(north.desk.is_uncompared_backup());
    more(&scene.now, 13.0);
    let synced = north.sync(5).unwrap();
    assert!(synced.cosigned && !north.desk.is_uncompared_backup(), "{synced:?}");
    // And the one that was not set back is held to that too.
    scene.north.desk.keep_countersigned_beside(&scene.key);
    assert!(scene.north.sync(6).unwrap().cosigned);
}

#[test]
fn a_copy_of_the_whole_folder_is_held_to_it_as_well() {
    let scene = scene(true);
    let fork = Rc::new(RefCell::new(scene.then.fork()));
    for lat in [50.0, 51.0, 52.0] {
        more(&fork, lat);
    }
    // No backup, and no mark: the store as it lay there.
    let marked = CopyStore::open(&scene.backup, &Default::default()).unwrap();
    marked.change(|change| change.put(deconflict_store::Slot::Backup, b"null")).unwrap();
    drop(marked);
    let mut north = restored(&scene.folder.path().join("copied"), &scene.backup, &fork);
    north.desk.keep_countersigned_beside(&scene.key);
    assert!(!north.desk.is_uncompared_backup());
    let cosigned = fork.borrow().cosigned.len();
    assert!(matches!(north.sync(4), Err(DeskError::Caught(_))));
    assert_eq!(fork.borrow().cosigned.len(), cosigned);
}

#[test]
fn a_backup_without_what_stood_beside_its_key_waits_for_another_witness() {
    let scene = scene(false);
    let dir = scene.folder.path().join("restored");
    let mut north = restored(&dir, &scene.backup, &scene.now);
    more(&scene.now, 13.0);
    let synced = north.sync(100).unwrap();
    let why = synced.not_cosigned.unwrap();
    assert!(why.contains("restored from a backup"), "{why}");
    let mut north = north.restart(&dir);
    assert!(north.desk.is_uncompared_backup());
    // Another witness's word from before it was restored says nothing about what came since.
    let folder = scene.folder.path();
    let mut south = Post::new(&folder.join("south"), &scene.now, "south");
    assert!(south.sync(90).unwrap().cosigned);
    assert!(north.sync(101).unwrap().not_cosigned.is_some());
    more(&scene.now, 14.0);
    assert!(south.sync(110).unwrap().cosigned);
    let synced = north.sync(111).unwrap();
    assert!(synced.cosigned && !north.desk.is_uncompared_backup(), "{synced:?}");
}

#[test]
fn a_backup_whose_head_was_compared_by_voice_countersigns_again() {
    let scene = scene(false);
    let mut north = restored(&scene.folder.path().join("restored"), &scene.backup, &scene.now);
    more(&scene.now, 13.0);
    assert!(north.sync(100).unwrap().not_cosigned.is_some());
    let older = deconflict_desk::spoken(scene.then.head()).unwrap();
    let compared = north.desk.compare_spoken(&older).unwrap();
    assert_eq!(compared, HeadComparison::Older);
    north.desk.note_comparison(compared).unwrap();
    assert!(north.desk.is_uncompared_backup(), "an older head says nothing about what came since");
    let spoken = deconflict_desk::spoken(scene.now.borrow().head()).unwrap();
    let compared = north.desk.compare_spoken(&spoken).unwrap();
    north.desk.note_comparison(compared).unwrap();
    assert_eq!(compared, HeadComparison::Same);
    assert!(north.sync(101).unwrap().cosigned);
}

#[test]
fn what_cannot_be_kept_beside_the_key_is_not_countersigned() {
    let scene = scene(false);
    let mut north = restored(&scene.folder.path().join("restored"), &scene.backup, &scene.now);
    north.desk.keep_countersigned_beside(&scene.folder.path().join("gone").join("witness.key"));
    more(&scene.now, 13.0);
    north.sync(100).unwrap();
    let spoken = deconflict_desk::spoken(scene.now.borrow().head()).unwrap();
    let compared = north.desk.compare_spoken(&spoken).unwrap();
    north.desk.note_comparison(compared).unwrap();
    let why = north.sync(101).unwrap().not_cosigned.unwrap();
    assert!(why.contains("cannot be kept beside the key"), "{why}");
    std::fs::write(scene.folder.path().join("witness.key.countersigned"), "{").unwrap();
    north.desk.keep_countersigned_beside(&scene.key);
    let why = north.sync(102).unwrap().not_cosigned.unwrap();
    assert!(why.contains("mend it"), "{why}");
}
