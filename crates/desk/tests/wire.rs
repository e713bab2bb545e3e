//! The same over real HTTP, to a host that is a few lines on a loopback socket.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::served::Served;
use common::*;
use deconflict_core::Sharing;
use deconflict_desk::{DeskError, HttpLine, Keys, Line};

#[test]
fn a_desk_reads_files_and_countersigns_over_http() {
    let served = Served::start();
    let folder = tempfile::tempdir().unwrap();
    let mut line = HttpLine::new(&served.url(), None).unwrap();
    let mut desk = deconflict_desk::Desk::create(folder.path(), &settings("north")).unwrap();
    let (duty, witness) = (duty("north"), witness("north"));
    let keys = Keys { session: &duty, witness: Some(&witness) };
    let synced = desk.sync(&mut line, &keys, at(1)).unwrap();
    assert_eq!((synced.size, synced.given, synced.cosigned), (5, 5, true));
    desk.file(&operation(10.0, Sharing::Open), &duty, None).unwrap();
    let sent = desk.send(&mut line, &keys, &[&duty], at(2)).unwrap();
    assert_eq!(sent.filed[0].index, 5);
    assert_eq!(desk.sync(&mut line, &keys, at(3)).unwrap().logged.len(), 1);
    // The key's statement elsewhere: the host answers 409, and the desk catches up.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut other = deconflict_desk::Desk::create(elsewhere.path(), &settings("north")).unwrap();
    other.sync(&mut line, &Keys { witness: None, ..keys }, at(4)).unwrap();
    other.file(&operation(20.0, Sharing::Open), &duty, None).unwrap();
    desk.file(&operation(30.0, Sharing::Open), &duty, None).unwrap();
    other.send(&mut line, &keys, &[&duty], at(5)).unwrap();
    let sent = desk.send(&mut line, &keys, &[&duty], at(6)).unwrap();
    assert_eq!((sent.filed.len(), sent.resigned.len()), (1, 1));
    let error = line.about().unwrap_err();
    assert_eq!(error.status(), Some(404));
    assert!(DeskError::from(error).to_string().contains("in a test"));
}
