//! A host that says to erase what it must not.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::*;
use deconflict_api::Content;
use deconflict_core::{DeclarationId, Ending, Entry, Finding, Say, Sharing, Time, What};
use deconflict_record::Hash;

/// The places of the entries whose contents a desk holds.
fn kept(post: &Post) -> Vec<u64> {
    let rows = post.desk.entries(0).unwrap();
    rows.iter().filter(|row| row.content.is_some()).map(|row| row.index).collect()
}

/// The host logs that it erased entries, and gives that to a party.
fn erase(host: &mut FakeHost, declaration: DeclarationId, entries: Vec<u64>, seconds_on: i64) {
    let at = Time::from_seconds(host.now as i64 + seconds_on);
    let what = What::Found(Finding::Erased { declaration, entries });
    let index = host.commitments.len() as u64;
    host.log(&Content { entry: Entry { at, what }, envelope: None });
    let given = host.given.entry(party("north")).or_default();
    if given.last() != Some(&(index, index)) {
        given.push((index, index));
    }
}

#[test]
fn what_nobody_declared_takes_nothing_with_it() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    let filed = host.borrow_mut().say("south", &[&duty("south")], &operation(50.0, Sharing::Open));
    north.say(&operation(33.5, Sharing::Open), 2);
    north.sync(3).unwrap();
    let before = kept(&north);
    let unknown = DeclarationId(deconflict_record::leaf_hash(b"nobody declared this"));
    erase(&mut host.borrow_mut(), unknown, vec![0, 1, filed.index, filed.index + 1], 0);
    north.sync(4).unwrap();
    assert_eq!(kept(&north)[..before.len()], before);
    let notices = words(north.desk.notices());
    assert!(notices.contains("erased entry 0 with declaration"), "{notices}");
    let view = north.desk.view().clone();
    let again = north.restart(&folder.path().join("desk"));
    assert_eq!(*again.desk.view(), view);
}

#[test]
fn with_a_declaration_goes_only_what_was_said_of_it() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    let filed = north.say(&operation(33.5, Sharing::Open), 2);
    let declaration = DeclarationId(Hash::from_hex(&filed.statement).unwrap());
    let ended = north.say(&Say::End { declaration, how: Ending::Ended }, 3);
    let other = north.say(&operation(50.0, Sharing::Open), 4);
    north.sync(5).unwrap();
    let before = kept(&north);
    let on = 4_000 * 86_400;
    let wrong = vec![0, filed.index, ended.index, other.index];
    erase(&mut host.borrow_mut(), declaration, wrong, on);
    north.sync(6).unwrap();
    assert_eq!(kept(&north)[..before.len()], before);
    let right = vec![filed.index, ended.index];
    erase(&mut host.borrow_mut(), declaration, right.clone(), on);
    north.sync(7).unwrap();
    let left = kept(&north);
    assert!(before.iter().all(|index| left.contains(index) != right.contains(index)), "{left:?}");
}

#[test]
fn what_is_erased_too_early_stays_in_view_however_often_it_is_said() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    let filed = host.borrow_mut().say("south", &[&duty("south")], &operation(33.5, Sharing::Open));
    let declaration = DeclarationId(Hash::from_hex(&filed.statement).unwrap());
    north.sync(3).unwrap();
    for second in [4, 5] {
        erase(&mut host.borrow_mut(), declaration, vec![filed.index], 0);
        north.sync(second).unwrap();
        assert!(north.desk.view().declarations.contains_key(&declaration));
        assert!(kept(&north).contains(&filed.index));
    }
    let again = north.restart(&folder.path().join("desk"));
    assert!(again.desk.view().declarations.contains_key(&declaration));
}
