//! A desk that stays up and finds nothing new writes nothing.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use common::*;
use deconflict_core::Sharing;
use deconflict_desk::{Desk, DeskError};
use deconflict_store::Store;

/// Every file of a desk's store, and what is in it.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let of_store = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        // The hold and the index of the log are no part of what is kept.
        name.starts_with("desk.sqlite") && !name.ends_with("-lock") && !name.ends_with("-shm")
    };
    let mut files: Vec<_> = files
        .filter(of_store)
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
        })
        .filter(|(name, bytes)| name == "desk.sqlite" || !bytes.is_empty())
        .collect();
    files.sort();
    files
}

fn opened(dir: &Path, host: &Rc<RefCell<FakeHost>>) -> Post {
    let (desk, wire) = (Desk::open(dir).unwrap(), Wire::new(host, "north"));
    Post { desk, wire, duty: duty("north"), witness: witness("north") }
}

#[test]
fn a_hundred_readings_of_nothing_new_change_no_byte_of_the_store() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let dir = folder.path();
    let mut north = Post::new(dir, &host, "north");
    north.sync(1).unwrap();
    north.say(&operation(33.5, Sharing::Open), 2);
    assert!(north.sync(3).unwrap().cosigned);
    drop(north);
    let before = files(dir);
    assert_eq!(before.len(), 1, "closed, a desk is one file");
    let mut north = opened(dir, &host);
    assert_eq!(files(dir), before, "opening writes nothing");
    let cosigned = host.borrow().cosigned.len();
    for second in 0..100 {
        let synced = north.sync(4 + second / 2).unwrap();
        assert_eq!((synced.entries, synced.given, synced.cosigned), (0, 0, true));
        assert_eq!(north.desk.read_at().unwrap().seconds(), at(4 + second / 2).seconds());
    }
    assert_eq!(files(dir), before);
    assert_eq!(host.borrow().cosigned.len(), cosigned, "the host has it, and is not told again");
    drop(north);
    assert_eq!(files(dir), before);
    // What is new is written as ever.
    let mut north = opened(dir, &host);
    assert_eq!(north.desk.read_at(), Some(at(3)));
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(10.0, Sharing::Open));
    assert_eq!(north.sync(90).unwrap().given, 1);
    assert_eq!(north.restart(dir).desk.read_at(), Some(at(90)));
}

#[test]
fn a_desk_that_is_closed_writes_down_when_it_last_read_if_that_is_a_minute_later() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    north.sync(61).unwrap();
    let mut north = north.restart(folder.path());
    assert_eq!(north.desk.read_at(), Some(at(1)));
    north.sync(62).unwrap();
    let before = files(folder.path());
    north.sync(3_600).unwrap();
    assert_eq!(files(folder.path()), before);
    let north = north.restart(folder.path());
    assert_eq!(north.desk.read_at(), Some(at(3_600)));
}

#[test]
fn a_promise_that_a_reading_of_nothing_new_shows_to_be_broken_is_written_down_at_once() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    host.borrow_mut().forgets = true;
    north.say(&operation(70.0, Sharing::Open), 20);
    north.sync(30).unwrap();
    north.sync(60).unwrap();
    let before = files(folder.path());
    // The deadline is 60 seconds after the host's time.
    north.sync(61).unwrap();
    let told = files(folder.path());
    assert_ne!(told, before);
    north.sync(62).unwrap();
    assert_eq!(files(folder.path()), told);
    // Killed now, it would still know.
    let killed = folder.path().join("killed");
    fs::create_dir(&killed).unwrap();
    for (name, bytes) in told {
        fs::write(killed.join(name), bytes).unwrap();
    }
    let again = Desk::open(&killed).unwrap();
    assert_eq!((again.read_at(), again.overdue().unwrap().len()), (Some(at(61)), 1));
}

#[test]
fn a_cosignature_that_the_host_did_not_take_is_handed_over_later_and_signed_once() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    assert!(north.sync(1).unwrap().cosigned);
    let signed = north.desk.signed_head().unwrap().clone();
    // It loses what it was told.
    host.borrow_mut().cosigned.clear();
    let mut north = north.restart(folder.path());
    let before = files(folder.path());
    assert!(north.sync(9).unwrap().cosigned);
    assert_eq!(files(folder.path()), before);
    assert_eq!(north.desk.signed_head(), Some(&signed));
    let [handed] = &host.borrow().cosigned[..] else { panic!("one") };
    assert!(signed.encode().contains(&handed.line), "{}", handed.line);
}

#[test]
fn a_desk_of_the_form_before_the_first_release_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.sqlite");
    Store::create(&file).unwrap().create_space(SPACE).unwrap();
    let error = Desk::open(folder.path()).unwrap_err();
    assert!(matches!(error, DeskError::File { .. }), "{error}");
    let text = error.to_string();
    for said in [
        "desk.sqlite",
        "as desks had before the first release",
        "begin a new desk in another folder",
    ] {
        assert!(text.contains(said), "{text}");
    }
}
