//! Folders that are not as a desk writes them.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::fs;

use common::folder::{check, rewrite, sum_anew};
use common::*;
use deconflict_api::GivenEntry;
use deconflict_core::Sharing;

#[test]
fn two_statements_of_the_same_number_by_another_partys_key_are_told() {
    let host = host();
    let folder = tempfile::tempdir().unwrap();
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    let say = |lat: f64| operation(lat, Sharing::Open);
    let link = host.borrow().link(&duty("south"));
    host.borrow_mut().say("south", &[&duty("south")], &say(33.5));
    let second = host.borrow_mut().say("south", &[&duty("south")], &say(40.5));
    north.sync(3).unwrap();
    let dir = folder.path().join("out");
    north.desk.export(&dir).unwrap();
    // In the place of the second stands another first one.
    let twice = sign(SPACE, "south", &[&duty("south")], link, None, &say(55.5));
    let twice = String::from_utf8(twice.envelope().encode()).unwrap();
    let content = format!(r#"{{"v":3,"at":"2026-11-22T12:00:01Z","accepted":{twice}}}"#);
    rewrite(&dir, &mut host.borrow_mut(), second.index, &content);
    let report = check(&dir);
    assert!(report.to_string().contains("both hold statement 1 of key"), "{report}");
}

#[test]
fn a_file_with_other_line_ends_is_not_as_it_was_written() {
    let host = host();
    let folder = tempfile::tempdir().unwrap();
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    north.say(&operation(50.0, Sharing::Open), 2);
    north.sync(3).unwrap();
    let dir = folder.path().join("out");
    north.desk.export(&dir).unwrap();
    let given = dir.join("given/000000.jsonl");
    let text = fs::read_to_string(&given).unwrap();
    let mut believed = Vec::new();
    for (what, other) in [
        ("CRLF", text.replace('\n', "\r\n")),
        ("no last line end", text.trim_end().to_owned()),
        ("empty last line", text.clone() + "\n"),
        ("blank", text.replace("\"cause\":0,", "\"cause\": 0,")),
        ("order", text.replace("\"cause\":0,\"index\":0", "\"index\":0,\"cause\":0")),
        ("escape", text.replacen("accepted", "\\u0061ccepted", 1)),
    ] {
        assert_ne!(other, text);
        fs::write(&given, other).unwrap();
        sum_anew(&dir);
        if check(&dir).is_sound() {
            believed.push(what);
        }
    }
    assert_eq!(believed, [""; 0]);
}

#[test]
fn an_entry_that_is_given_twice_is_counted_once() {
    let host = host();
    let folder = tempfile::tempdir().unwrap();
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    let filed = host.borrow_mut().say("south", &[&duty("south")], &operation(50.0, Sharing::Open));
    north.sync(3).unwrap();
    let dir = folder.path().join("out");
    north.desk.export(&dir).unwrap();
    let before = check(&dir);
    let given = dir.join("given/000000.jsonl");
    let text = fs::read_to_string(&given).unwrap();
    let lines = text.lines().flat_map(|line| {
        let one: GivenEntry = serde_json::from_str(line).unwrap();
        std::iter::repeat_n(format!("{line}\n"), if one.index == filed.index { 50 } else { 1 })
    });
    fs::write(&given, lines.collect::<String>()).unwrap();
    sum_anew(&dir);
    let after = check(&dir);
    assert!(after.is_sound(), "{after}");
    assert_eq!((after.statements, after.opened), (before.statements, before.opened));
}

#[test]
fn a_file_with_more_lines_than_are_written_into_one_is_refused() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    let dir = folder.path().join("out");
    north.desk.export(&dir).unwrap();
    fs::write(dir.join("given/000001.jsonl"), "{\"cause\":0,\"index\":0}\n".repeat(1_025)).unwrap();
    sum_anew(&dir);
    let report = check(&dir).to_string();
    assert!(report.contains("1025 lines: at most 1024 stand in one"), "{report}");
}
