//! What people are told of by a desk: nobody pushes out what somebody else did, and nothing is entered in a party's name
//! unseen.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::cell::RefCell;
use std::rc::Rc;

use common::*;
use deconflict_core::{Ending, Say, Sharing};
use deconflict_desk::Desk;
use deconflict_proof::Notice;
use deconflict_record::{Head, leaf_hash};

/// A party says something and names a head that it made up.
fn made_up(host: &Rc<RefCell<FakeHost>>, name: &str, size: u64) {
    let link = host.borrow().link(&duty(name));
    let seen = Some(Head { size, root: leaf_hash(&size.to_be_bytes()) });
    let say = operation(-80.0 + (size % 1_600) as f64 / 10.0, Sharing::Open);
    let statement = sign(SPACE, name, &[&duty(name)], link, seen, &say);
    host.borrow_mut().file(statement.envelope().as_bytes()).unwrap();
}

#[test]
fn made_up_heads_of_one_party_are_one_line_and_push_no_other_partys_out() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    // What a fork looks like to a desk, by an honest party.
    made_up(&host, "south", 3);
    for nth in 0..600 {
        // Of both kinds: before the statement, and beyond it.
        made_up(&host, "aid", 1 + nth % 4);
        made_up(&host, "aid", 1_000_000 + nth);
    }
    north.wire.page = 500;
    north.sync(1).unwrap();
    let desk = north.restart(folder.path()).desk;
    let one = |notice: &Notice| match notice {
        Notice::StrayHead { party, index, seen, more, .. } => {
            (party.to_string(), seen > index, *more)
        }
        other => panic!("{other}"),
    };
    let lines: Vec<(String, bool, u64)> = desk.notices().iter().map(one).collect();
    let line = |party: &str, beyond, more| (party.to_owned(), beyond, more);
    let told = [line("south", false, 0), line("aid", false, 599), line("aid", true, 599)];
    assert_eq!(lines, told);
    let told = words(desk.notices());
    assert!(told.contains("(and 599 more of this kind by the same party since)"), "{told}");
}

#[test]
fn an_owner_is_told_of_everything_that_is_entered_in_its_name_and_others_are_not() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let dir = |name: &str| folder.path().join(name);
    let [mut north, mut aid] = ["north", "aid"].map(|name| Post::new(&dir(name), &host, name));
    let own = host.borrow_mut().say("aid", &[&duty("aid")], &operation(20.0, Sharing::Open));
    let declaration =
        deconflict_core::DeclarationId(deconflict_record::Hash::from_hex(&own.statement).unwrap());
    let enter = |said: Say| Say::EnterFor {
        party: party("aid"),
        means: "voice, 07:10".into(),
        said: Box::new(said),
    };
    let end = Say::End { declaration, how: Ending::Cancelled };
    for said in [operation(30.0, Sharing::Open), end.clone(), end] {
        let entered = host.borrow_mut().say("host", &[&duty("host")], &enter(said));
        assert_eq!(entered.refusal, None);
    }
    aid.sync(1).unwrap();
    north.sync(1).unwrap();
    let told = |desk: &Desk| -> Vec<(String, u64)> {
        let one = |notice: &Notice| match notice {
            Notice::EnteredForParty { by, what, more, .. } if by.as_str() == "host" => {
                (what.clone(), *more)
            }
            other => panic!("{other}"),
        };
        desk.notices().iter().map(one).collect()
    };
    assert_eq!(told(&aid.desk), [("declare".into(), 0), ("end".into(), 1)]);
    assert!(told(&north.desk).is_empty());
    // What it had signed stands, and says what was said of it.
    let declaration = &aid.desk.view().declarations[&declaration];
    assert_eq!(declaration.ended, None);
    assert_eq!(declaration.unsigned_end.unwrap().how, Ending::Cancelled);
}
