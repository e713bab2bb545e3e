//! A desk and an honest host.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::*;
use deconflict_core::{DeclarationId, Ending, Role, Say, Sharing, What};
use deconflict_desk::{Desk, DeskError, Fate, HeadComparison, Keys, LineError, QueuedStatement};
use deconflict_record::{Hash, SignedStatement};

#[test]
fn a_desk_comes_to_the_view_that_its_party_is_entitled_to_and_keeps_it() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    let synced = north.sync(1).unwrap();
    assert_eq!((synced.size, synced.given, synced.cosigned), (5, 5, true));
    north.say(&operation(33.5, Sharing::ConflictOnly), 2);
    host.borrow_mut().say("south", &[&duty("south")], &operation(33.5, Sharing::ConflictOnly));
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(40.0, Sharing::ConflictOnly));
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(41.0, Sharing::Open));
    north.sync(3).unwrap();
    let entitled = || host.borrow().state.ledger().project(&party("north"));
    assert_eq!(*north.desk.view(), entitled());
    assert_eq!(north.desk.view().conflicts.len(), 1);
    assert_eq!(north.desk.head(), host.borrow().head());
    assert_eq!(north.desk.notices(), []);
    let north = north.restart(folder.path());
    assert_eq!(*north.desk.view(), entitled());
    assert_eq!(north.desk.head(), host.borrow().head());
    assert_eq!(north.desk.queued().count(), 0);
}

#[test]
fn the_entries_that_a_party_was_given_can_be_read_one_by_one() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.say(&operation(33.5, Sharing::ConflictOnly), 1);
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(40.0, Sharing::ConflictOnly));
    north.sync(2).unwrap();
    let entries = north.desk.entries(0).unwrap();
    assert_eq!(entries.iter().map(|held| held.index).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(north.desk.held(), 6);
    let last = entries[5].content.as_ref().unwrap();
    assert!(matches!(&last.entry.what, What::Accepted(said) if said.party == party("north")));
    assert_eq!(entries[5].commitment, host.borrow().commitments[5]);
    assert_eq!(north.desk.entries(5).unwrap(), entries[5..]);
    assert_eq!(north.desk.entries(60).unwrap(), []);
}

#[test]
fn a_thousand_entries_are_read_in_many_pages_and_the_view_is_found_again() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    for i in 0..700 {
        let say = operation(10.0 + f64::from(i) / 10.0, Sharing::Open);
        host.borrow_mut().say("aid", &[&duty("aid")], &say);
        if i == 300 {
            let mut early = Post::new(&folder.path().join("early"), &host, "south");
            early.sync(1).unwrap();
        }
    }
    let dir = folder.path().join("north");
    let mut north = Post::new(&dir, &host, "north");
    assert_eq!(north.sync(1).unwrap().given, 705);
    let again = north.sync(2).unwrap();
    assert_eq!((again.entries, again.given), (0, 0));
    let entitled = host.borrow().state.ledger().project(&party("north"));
    assert_eq!(*north.desk.view(), entitled);
    let north = north.restart(&dir);
    assert_eq!(*north.desk.view(), entitled);
    let mut early = Post {
        desk: Desk::open(&folder.path().join("early")).unwrap(),
        wire: Wire::new(&host, "south"),
        duty: duty("south"),
        witness: witness("south"),
    };
    early.sync(3).unwrap();
    assert_eq!(*early.desk.view(), host.borrow().state.ledger().project(&party("south")));
}

#[test]
fn what_is_filed_while_the_line_is_down_waits_in_order_and_is_sent_once() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    north.wire.up.set(false);
    for lat in [10.0, 20.0, 30.0] {
        north.desk.file(&operation(lat, Sharing::Open), &north.duty, None).unwrap();
        assert!(matches!(north.send(2), Err(DeskError::Line(LineError::Down(_)))));
    }
    let mut north = north.restart(folder.path());
    let hashes: Vec<_> = north.desk.queued().map(|item| item.statement).collect();
    assert_eq!(hashes.len(), 3);
    north.wire.up.set(true);
    // The host takes the first, and its answer is lost.
    host.borrow_mut().mumbles = true;
    assert!(north.send(3).is_err());
    host.borrow_mut().mumbles = false;
    let sent = north.send(4).unwrap();
    assert_eq!(sent.filed.iter().map(|f| f.index).collect::<Vec<_>>(), [5, 6, 7]);
    assert_eq!(sent.resigned, []);
    let synced = north.sync(5).unwrap();
    assert_eq!(synced.logged.iter().map(|(hash, _)| *hash).collect::<Vec<_>>(), hashes);
    assert_eq!(north.desk.queued().count(), 0);
}

/// Two statements that wait, the first until second 5 and the other until second 50.
fn two_of_which_one_is_soon_too_late(post: &mut Post) -> [QueuedStatement; 2] {
    [(10.0, 5), (20.0, 50)].map(|(lat, until)| {
        let plan = operation(lat, Sharing::Open);
        post.desk.file(&plan, &post.duty, Some(at(until))).unwrap()
    })
}

#[test]
fn what_is_too_late_is_not_sent_and_what_follows_it_is_signed_anew() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    let [late, next] = two_of_which_one_is_soon_too_late(&mut north);
    let seen = |item: &QueuedStatement| {
        let statement = SignedStatement::parse(item.envelope.as_bytes()).unwrap();
        statement.claimed_header().seen
    };
    // Read on since: what is signed anew is still said by who had read no further.
    let before = seen(&next);
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(-40.0, Sharing::Open));
    north.sync(2).unwrap();
    let sent = north.send(10).unwrap();
    assert_eq!(sent.too_late, [late.statement]);
    assert_eq!(sent.resigned[0].0, next.statement);
    let anew = north.desk.queued().find(|item| item.statement == sent.resigned[0].1).unwrap();
    assert!(before.is_some() && north.desk.head().size > before.unwrap().size);
    assert_eq!(seen(anew), before);
    assert_eq!(sent.filed[0].statement, sent.resigned[0].1.to_string());
    north.sync(11).unwrap();
    let left: Vec<_> = north.desk.queued().cloned().collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].fate, Fate::TooLate { tried: false });
    north.desk.dismiss(&late.statement).unwrap();
    assert_eq!(north.desk.queued().count(), 0);
}

#[test]
fn what_was_signed_anew_is_not_said_again_where_it_arrives_as_it_was_signed_before() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    north.wire.up.set(false);
    let [first, next] = two_of_which_one_is_soon_too_late(&mut north);
    let last = north.desk.file(&operation(30.0, Sharing::Open), &north.duty, Some(at(50))).unwrap();
    // The first is given up, and what follows it signed anew; neither leaves the desk by its line.
    assert!(north.send(10).is_err());
    let waiting = |desk: &Desk| desk.queued().map(|item| item.statement).collect::<Vec<_>>();
    let anew = waiting(&north.desk)[1];
    assert_ne!(anew, next.statement);
    // Whoever was handed both before now hands them in.
    for carried in [&first, &next] {
        host.borrow_mut().file(carried.envelope.as_bytes()).unwrap();
    }
    north.wire.up.set(true);
    let synced = north.sync(11).unwrap();
    assert_eq!(
        synced.logged.iter().map(|one| one.0).collect::<Vec<_>>(),
        [first.statement, next.statement]
    );
    assert_eq!(synced.renamed, [(anew, next.statement)]);
    assert_eq!(waiting(&north.desk), [last.statement]);
    let sent = north.send(12).unwrap();
    assert_eq!((sent.filed.len(), sent.resigned), (1, vec![]));
    north.sync(13).unwrap();
    assert_eq!(north.desk.queued().count(), 0);
    assert_eq!(north.desk.view().declarations.len(), 3);
}

#[test]
fn what_was_promised_is_looked_for_also_where_it_stands_as_it_was_signed_before() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    let [first, next] = two_of_which_one_is_soon_too_late(&mut north);
    // A host that promises, and logs something else.
    let promising = std::rc::Rc::new(std::cell::RefCell::new(host.borrow().fork()));
    let wire = std::mem::replace(&mut north.wire, Wire::new(&promising, "north"));
    let sent = north.send(10).unwrap();
    let promised = sent.resigned[0].1;
    north.wire = wire;
    for carried in [&first, &next] {
        host.borrow_mut().file(carried.envelope.as_bytes()).unwrap();
    }
    let synced = north.sync(11).unwrap();
    assert_eq!(synced.renamed, []);
    let left: Vec<_> = north.desk.queued().map(|item| item.statement).collect();
    assert!(left.contains(&promised), "{left:?}");
}

#[test]
fn each_copy_of_what_is_said_leaves_the_queue() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    north.wire.up.set(false);
    let [first, next] = two_of_which_one_is_soon_too_late(&mut north);
    let carried = folder.path().join("carried.json");
    north.desk.export_statements(&carried, &[first.statement, next.statement], at(2)).unwrap();
    assert!(north.send(10).is_err());
    // Somebody brings the file back to the desk that made it.
    north.desk.import_statements(&carried, at(2)).unwrap();
    for one in [&first, &next] {
        host.borrow_mut().file(one.envelope.as_bytes()).unwrap();
    }
    north.wire.up.set(true);
    north.sync(11).unwrap();
    assert_eq!(north.desk.queued().count(), 0);
}

#[test]
fn a_key_that_spoke_elsewhere_is_caught_up_with_from_the_record() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    north.desk.file(&operation(10.0, Sharing::Open), &north.duty, None).unwrap();
    host.borrow_mut().say("north", &[&duty("north")], &operation(20.0, Sharing::Open));
    let sent = north.send(2).unwrap();
    assert_eq!((sent.filed.len(), sent.resigned.len()), (1, 1));
    north.sync(3).unwrap();
    assert_eq!(north.desk.view().declarations.len(), 2);
}

#[test]
fn heads_read_out_are_the_same_older_newer_or_a_fork() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    let mut south = Post::new(&folder.path().join("south"), &host, "south");
    north.sync(1).unwrap();
    south.sync(1).unwrap();
    let first = north.desk.spoken_head().unwrap();
    assert_eq!(south.desk.compare_spoken(&first).unwrap(), HeadComparison::Same);
    south.say(&operation(10.0, Sharing::Open), 2);
    let forked = std::rc::Rc::new(std::cell::RefCell::new(host.borrow().fork()));
    south.sync(3).unwrap();
    assert_eq!(south.desk.compare_spoken(&first).unwrap(), HeadComparison::Older);
    let newer = south.desk.spoken_head().unwrap();
    assert_eq!(north.desk.compare_spoken(&newer).unwrap(), HeadComparison::Newer);
    let mut bytes = forked.borrow().contents[5].1.clone();
    bytes.push(b' ');
    forked.borrow_mut().rewrite(5, &bytes);
    north.wire = Wire::new(&forked, "north");
    let _ = north.sync(4);
    assert_eq!(north.desk.compare_spoken(&newer).unwrap(), HeadComparison::Fork);
}

#[test]
fn statements_go_from_desk_to_desk_and_are_logged_when_the_host_is_back() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    let mut south = Post::new(&folder.path().join("south"), &host, "south");
    north.sync(1).unwrap();
    south.sync(1).unwrap();
    north.wire.up.set(false);
    let said = north.desk.file(&operation(10.0, Sharing::Open), &north.duty, None).unwrap();
    let file = folder.path().join("carried.json");
    north.desk.export_statements(&file, &[said.statement], at(2)).unwrap();
    let read = south.desk.import_statements(&file, at(2)).unwrap();
    assert_eq!(read[0].hash, said.statement);
    assert!(south.desk.view().declarations.is_empty(), "nothing of it counts before it is logged");
    let text = std::fs::read_to_string(&file).unwrap();
    let changed = folder.path().join("changed.json");
    std::fs::write(&changed, text.replacen("sig\\\":\\\"", "sig\\\":\\\"A", 1)).unwrap();
    let error = south.desk.import_statements(&changed, at(2)).unwrap_err().to_string();
    assert!(error.contains("statement 1"), "{error}");
    assert_eq!(south.send(2).unwrap().filed.len(), 1);
    assert_eq!(south.desk.queued().count(), 0);
    north.wire.up.set(true);
    assert_eq!(north.sync(3).unwrap().logged[0].0, said.statement);
    assert_eq!(north.desk.queued().count(), 0);
}

#[test]
fn a_party_that_comes_back_is_not_misled_by_what_it_is_given_once_more() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    let filed = north.say(&operation(10.0, Sharing::Open), 1);
    let other = north.say(&operation(20.0, Sharing::Open), 1);
    north.sync(2).unwrap();
    let id = |hash: &str| DeclarationId(Hash::from_hex(hash).unwrap());
    let spare = key("spare north");
    let end = |declaration| Say::End { declaration, how: Ending::Ended };
    {
        let mut host = host.borrow_mut();
        host.say("north", &[&root("north")], &Say::Withdraw { reason: "a quarrel".into() });
        let enrol = Say::Enrol {
            operator: "spare".parse().unwrap(),
            post: "spare".into(),
            operator_key: spare.verifying_key(),
            role: Role::Person,
        };
        host.say("north", &[&root("north")], &enrol);
        host.say("north", &[&spare], &end(id(&filed.statement)));
        let mut member = member("north");
        member.root = key("new root north").verifying_key();
        let new_root = key("new root north");
        let roots = ["host", "south", "aid"].map(root);
        let signers: Vec<_> = roots.iter().chain([&new_root]).collect();
        let joined = host.say("host", &signers, &Say::Join { member });
        assert_eq!(joined.refusal, None);
        host.say("north", &[&spare], &end(id(&other.statement)));
    }
    let given_again = |host: &FakeHost| {
        let given = &host.given[&party("north")];
        given.iter().any(|(cause, index)| {
            cause > index && given.iter().any(|place| place == &(*index, *index))
        })
    };
    assert!(given_again(&host.borrow()), "else this shows nothing");
    let synced = north.sync(3).unwrap();
    assert!(!synced.logged.is_empty());
    let queued = north.desk.file(&operation(30.0, Sharing::Open), &spare, None).unwrap();
    let keys = deconflict_desk::Keys { session: &spare, witness: None };
    let sent = north.desk.send(&mut north.wire, &keys, &[&spare], at(4)).unwrap();
    assert_eq!(sent.filed[0].statement, queued.statement.to_string());
    assert_eq!(sent.resigned, []);
}

#[test]
fn who_joins_late_is_given_thousands_of_entries_at_once() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    for nth in 0..4_200 {
        let say = operation(-80.0 + f64::from(nth) / 30.0, Sharing::Open);
        host.borrow_mut().say("aid", &[&duty("aid")], &say);
    }
    late_joins(&host);
    let mut desk = Post::new(folder.path(), &host, "late");
    desk.wire.page = 1_024;
    assert!(desk.sync(1).unwrap().given > 4_200);
    let entitled = host.borrow().state.ledger().project(&party("late"));
    assert_eq!(*desk.desk.view(), entitled);
    assert_eq!(*desk.restart(folder.path()).desk.view(), entitled);
}

#[test]
fn a_key_of_somebody_else_signs_nothing_and_one_that_the_host_does_not_know_can_be_dismissed() {
    let folder = tempfile::tempdir().unwrap();
    let host = host();
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    let say = operation(33.5, Sharing::Open);
    let foreign = [
        (duty("south"), "a key of `south`"),
        (key("log"), "the key of the record's heads"),
        (witness("south"), "the key of the witness `south.example`"),
    ];
    for (key, whose) in foreign {
        let error = north.desk.file(&say, &key, None).unwrap_err().to_string();
        assert!(error.contains(whose) && error.contains("nothing was signed"), "{error}");
    }
    assert_eq!(north.desk.queued().count(), 0);
    let unknown = key("not enrolled yet");
    let queued = north.desk.file(&say, &unknown, None).unwrap();
    let keys = Keys { session: &north.duty, witness: None };
    let sent = north.desk.send(&mut north.wire, &keys, &[&unknown], at(2)).unwrap();
    assert_eq!(sent.held_up.len(), 1, "{sent:?}");
    north.desk.dismiss(&queued.statement).unwrap();
    assert_eq!(north.desk.queued().count(), 0);
}
