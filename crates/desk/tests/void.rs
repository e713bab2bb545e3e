//! A number that is made void: what was signed under it, and somebody has, is never taken in.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::*;
use deconflict_core::{Say, Sharing, What};
use deconflict_desk::{DeskAccess, Fate, QueuedStatement};

/// What the desk says of the number of a statement in its queue.
fn number_to_void(post: Post, item: &QueuedStatement) -> (Post, Option<u64>) {
    let Post { desk, wire, duty, witness } = post;
    let access = DeskAccess::Opened(Box::new(desk));
    let number = access.number_to_void(item).unwrap();
    let DeskAccess::Opened(desk) = access else { panic!("it was opened here") };
    (Post { desk: *desk, wire, duty, witness }, number)
}

/// A desk with a statement that the host has and says not to take.
fn not_taken()
-> (tempfile::TempDir, std::rc::Rc<std::cell::RefCell<FakeHost>>, Post, QueuedStatement) {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    north.desk.file(&operation(10.0, Sharing::Open), &north.duty, None).unwrap();
    host.borrow_mut().declines = true;
    north.send(2).unwrap();
    host.borrow_mut().declines = false;
    let item = north.desk.queued().next().unwrap().clone();
    assert!(matches!(item.fate, Fate::Refused { .. }), "{item:?}");
    (folder, host, north, item)
}

#[test]
fn what_the_host_did_not_take_is_made_void_and_its_bytes_are_never_taken_in() {
    let (_folder, host, north, item) = not_taken();
    let (mut north, number) = number_to_void(north, &item);
    let number = number.unwrap();
    assert_eq!(Some(number), item.number());
    let void = north.desk.file(&Say::Void { number }, &north.duty, None).unwrap();
    north.desk.dismiss(&item.statement).unwrap();
    let queued: Vec<_> = north.desk.queued().cloned().collect();
    assert_eq!(
        queued.iter().map(QueuedStatement::said).collect::<Vec<_>>(),
        [Some(Say::Void { number })]
    );
    let sent = north.send(3).unwrap();
    assert_eq!(sent.filed[0].statement, void.statement.to_string());
    assert_eq!(sent.filed[0].refusal, None);
    // The host had the bytes all the time, as has whoever it gave them to.
    let problem = host.borrow_mut().file(item.envelope.as_bytes()).unwrap_err();
    assert_eq!(problem.status, 409, "{problem:?}");
    let synced = north.sync(4).unwrap();
    assert_eq!(synced.logged.len(), 1);
    assert_eq!(north.desk.queued().count(), 0);
    assert!(north.desk.view().declarations.is_empty());
    // The next statement follows it.
    assert_eq!(north.say(&operation(20.0, Sharing::Open), 5).refusal, None);
}

#[test]
fn where_the_number_was_used_after_all_nothing_is_made_void() {
    let (_folder, host, north, item) = not_taken();
    let (mut north, number) = number_to_void(north, &item);
    let void = Say::Void { number: number.unwrap() };
    north.desk.file(&void, &north.duty, None).unwrap();
    north.desk.dismiss(&item.statement).unwrap();
    host.borrow_mut().file(item.envelope.as_bytes()).unwrap();
    let sent = north.send(3).unwrap();
    assert!(sent.filed.is_empty() && sent.held_up.is_empty(), "{sent:?}");
    assert_eq!(north.desk.queued().count(), 0, "it has nothing to make void");
    let voids = host
        .borrow()
        .contents
        .iter()
        .filter(|(_, content)| {
            let content = deconflict_api::Content::decode(content).unwrap();
            let (What::Accepted(said) | What::Refused(said, _)) = content.entry.what else {
                return false;
            };
            matches!(said.say, Say::Void { .. })
        })
        .count();
    assert_eq!(voids, 0);
    assert_eq!(north.desk.view().declarations.len(), 1, "and the desk shows what stands there");
}

#[test]
fn what_lapsed_has_its_number_made_void_and_what_waits_or_was_overtaken_has_none() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    let say = operation(10.0, Sharing::Open);
    north.desk.file(&say, &north.duty, Some(at(2))).unwrap();
    let waits = north.desk.queued().next().unwrap().clone();
    let (mut north, number) = number_to_void(north, &waits);
    assert_eq!(number, None, "it is to be sent");
    north.send(3).unwrap();
    let lapsed = north.desk.queued().next().unwrap().clone();
    let (mut north, number) = number_to_void(north, &lapsed);
    assert_eq!(number, lapsed.number());
    // What its key says next takes its place.
    assert_eq!(north.say(&operation(20.0, Sharing::Open), 4).refusal, None);
    let (north, number) = number_to_void(north, &lapsed);
    assert_eq!(number, None);
    drop(north);
}

#[test]
fn a_void_statement_is_signed_anew_with_the_number_that_it_comes_to_have() {
    let (_folder, host, north, item) = not_taken();
    let (mut north, number) = number_to_void(north, &item);
    // One that says another number than the next is of its own number all the same.
    let queued =
        north.desk.file(&Say::Void { number: number.unwrap() + 7 }, &north.duty, None).unwrap();
    assert_eq!(queued.said(), Some(Say::Void { number: number.unwrap() }));
    let sent = north.send(3).unwrap();
    assert_eq!(sent.filed[0].refusal, None);
    assert!(host.borrow().state.ledger().declarations.is_empty());
}
