//! The way out of a false alarm: by the party's root, at its own desk, and shown ever after.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::*;
use deconflict_core::{Say, Sharing};
use deconflict_desk::{Desk, DeskError, DeskStatus};
use deconflict_proof::{Offence, Trust, verify};
use deconflict_record::{SignedStatement, SigningKey};

/// A statement of `south` by a key that nobody enrolled.
fn by_nobody(lat: f64) -> SignedStatement {
    sign(SPACE, "south", &[&key("nobody")], (1, None), None, &operation(lat, Sharing::Open))
}

fn refusal(desk: &mut Desk, root: &SigningKey, reason: &str) -> String {
    match desk.overrule(root, reason, at(20)) {
        Err(DeskError::Refused(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_root_sets_a_charge_aside_at_its_own_desk_and_all_that_the_desk_shows_says_so() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let dir = folder.path().join("north");
    let mut north = Post::new(&dir, &host, "north");
    north.sync(1).unwrap();
    assert!(refusal(&mut north.desk, &root("north"), "why not").contains("was not caught"));
    host.borrow_mut().slip_in("north", &by_nobody(40.0));
    let index = host.borrow().commitments.len() as u64 - 1;
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(50.0, Sharing::Open));
    assert!(matches!(north.sync(10), Err(DeskError::Caught(_))));
    for (key, reason, why) in [
        (duty("north"), "a fault of this release", "is not this party's root"),
        (root("south"), "a fault of this release", "is not this party's root"),
        (root("north"), " ", "a reason is needed"),
        (root("north"), &"x".repeat(1_201), "a reason is needed"),
    ] {
        assert!(refusal(&mut north.desk, &key, reason).contains(why));
    }
    assert!(north.desk.caught().is_some());
    let said = north.desk.overrule(&root("north"), "a fault of this release", at(20)).unwrap();
    assert!(matches!(said.offence, Offence::FalseEntry { index: of, .. } if of == index));
    let mut north = north.restart(&dir);
    assert_eq!((north.desk.caught(), north.desk.overruled()), (None, &[said.clone()][..]));
    // It reads on, with the entry as it stands there.
    north.sync(30).unwrap();
    assert_eq!(north.desk.view().declarations.len(), 2);
    let mut north = north.restart(&dir);
    assert_eq!(DeskStatus::of(&north.desk).unwrap().overruled, [said]);
    assert!(std::fs::exists(dir.join("caught.json")).unwrap(), "the evidence stays");
    // Nobody else takes the party's word for it.
    let shown = folder.path().join("folder");
    north.desk.export(&shown).unwrap();
    let report = verify(&shown, &Trust::default(), &mut |_, _| {});
    let told = report.to_string();
    assert!(!report.is_sound() && told.contains("was not enrolled then"), "{told}");
    assert!(told.contains("SET ASIDE by `north`") && told.contains("a fault of this release"));
    // It was about that entry alone.
    host.borrow_mut().slip_in("north", &by_nobody(41.0));
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(51.0, Sharing::Open));
    assert!(matches!(north.sync(40), Err(DeskError::Caught(_))));
}

#[test]
fn what_stands_on_its_own_is_set_aside_by_nobody() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(10.0, Sharing::Open));
    north.sync(1).unwrap();
    host.borrow_mut().rewrite(5, b"{}");
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(50.0, Sharing::Open));
    assert!(matches!(north.sync(10), Err(DeskError::Caught(_))));
    assert!(refusal(&mut north.desk, &root("north"), "I trust them").contains("stands on its own"));
    // A statement of another space is false whatever stands before it.
    let (host, folder) = (common::host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    let say: Say = operation(40.0, Sharing::Open);
    let elsewhere = sign("deconflict.example/x", "aid", &[&duty("aid")], (1, None), None, &say);
    host.borrow_mut().slip_in("north", &elsewhere);
    assert!(matches!(north.sync(10), Err(DeskError::Caught(_))));
    assert!(refusal(&mut north.desk, &root("north"), "I trust them").contains("stands on its own"));
    assert!(matches!(north.sync(30), Err(DeskError::Caught(_))));
}
