//! What does not fit beside a statement follows in appends of its own, also after the host was killed.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeSet;

use deconflict_api::{Content, FilingAnswer};
use deconflict_core::*;
use deconflict_record::SignedCheckpoint;
use deconflict_testing::*;

/// More conflicts than are found at once.
const MANY: usize = 90;

fn hidden(declared: DeclarationContent) -> Say {
    declare(declared, Sharing::ConflictOnly)
}

fn besieged() -> HostRig {
    let mut rig = HostRig::new(charter(&PARTIES));
    for _ in 0..MANY {
        rig.accepted("south", &hidden(operation_at(33.5, 38.6)));
    }
    rig
}

fn entries(rig: &mut HostRig) -> Vec<Entry> {
    let origin = SPACE;
    let view = rig.space().store().view(origin).unwrap();
    let size = view.head().size;
    let mut all = Vec::new();
    for kept in view.entries(0..size, 4_096).unwrap() {
        all.push(Content::decode(&kept.opening.unwrap().content).unwrap().entry);
    }
    all
}

fn comparing(rig: &mut HostRig) -> bool {
    rig.space().state().is_comparing()
}

/// What the last head says.
fn said(rig: &mut HostRig) -> bool {
    let last = entries(rig).into_iter().rev().find_map(|entry| match entry.what {
        What::Found(Finding::Disclosures { comparing, .. }) => Some(comparing),
        _ => None,
    });
    last.unwrap()
}

fn open(rig: &mut HostRig, name: &str) -> usize {
    let ledger = rig.space().published().ledger();
    let open = |c: &&Joint<Conflict>| c.closed.is_none() && c.concerns(&party(name));
    ledger.conflicts.values().filter(open).count()
}

#[test]
fn a_statement_is_promised_at_once_and_the_rest_follows_wherever_the_host_is_killed() {
    let mut rig = besieged();
    let FilingAnswer { index, conflicts, comparing: more, .. } =
        rig.accepted("north", &hidden(operation_at(33.5, 38.6)));
    let told = conflicts.unwrap().len();
    assert!((1..MANY).contains(&told) && more == Some(true), "{told}");
    assert!(said(&mut rig), "the head over it says that more is to come");
    assert_eq!(open(&mut rig, "north"), told);
    let mut kills = 0;
    while comparing(&mut rig) {
        // Something of another party comes between.
        rig.accepted("aid", &hidden(site(40.0, 10.0)));
        rig.turn();
        rig.kill();
        rig.start().unwrap();
        kills += 1;
    }
    assert!(kills >= 2, "{kills}");
    assert_eq!(open(&mut rig, "north"), MANY);
    rig.turn();
    assert!(!said(&mut rig), "and the last one that all is compared");
    let all = entries(&mut rig);
    let mut names = BTreeSet::new();
    for entry in &all[index as usize..] {
        if let What::Found(Finding::ConflictOpened { conflict, .. }) = &entry.what {
            assert!(names.insert(*conflict), "each is found once");
        }
    }
    assert_eq!(names.len(), MANY);
    let mut replayed = State::default();
    for entry in &all {
        replayed.apply(entry);
    }
    assert_eq!(*replayed.ledger(), *rig.space().published().ledger());
}

#[test]
fn what_ends_and_what_all_agreed_to_is_taken_in_whatever_hangs_on_it() {
    let mut rig = besieged();
    let plan = rig.accepted("north", &hidden(operation_at(33.5, 38.6)));
    while comparing(&mut rig) {
        rig.turn();
    }
    let declaration = DeclarationId(deconflict_record::Hash::from_hex(&plan.statement).unwrap());
    let ended = rig.accepted("north", &Say::End { declaration, how: Ending::Cancelled });
    assert_eq!(ended.comparing, Some(true));
    let mut rules = rig.space().state().ledger().charter.clone().unwrap().into_inner();
    rules.rules.separation.horizontal_m = 800.0;
    let signers = PARTIES.map(|name| root(name, 0));
    let signers: Vec<_> = signers.iter().collect();
    let amended = rig.say("host", &signers, &Say::AmendCharter { charter: Box::new(rules) });
    assert_eq!((amended.refusal, amended.comparing), (None, Some(true)));
    while comparing(&mut rig) {
        rig.turn();
    }
    assert_eq!(open(&mut rig, "north"), 0);
    assert!(!said(&mut rig));
}

#[test]
fn before_the_record_moves_a_head_says_whether_all_is_compared() {
    let mut rig = besieged();
    let head = {
        let view = rig.space().store().view(SPACE).unwrap();
        let note = view.latest_checkpoint().unwrap().unwrap().note;
        SignedCheckpoint::parse(note.as_bytes()).unwrap().verify(&log()).unwrap().head()
    };
    let plan = rig.signing.noted("north", &[&duty("north")], &hidden(operation_at(33.5, 38.6)));
    let host = Host { party: party("aid"), key: key("later log").verifying_key() };
    let roots = PARTIES.map(|name| root(name, 0));
    let moved = Say::MoveHost { host, from: head };
    let moved = rig.signing.noted("host", &roots.each_ref(), &moved);
    // Both come at once.
    let answers = rig.file(&[plan.envelope().encode(), moved.envelope().encode()]);
    for answer in answers {
        assert_eq!(answer.unwrap().refusal, None);
    }
    let all = entries(&mut rig);
    let [.., sealed, last] = &all[..] else { panic!() };
    let What::Accepted(said) = &last.what else { panic!("{last:?}") };
    assert!(matches!(said.say, Say::MoveHost { .. }));
    assert!(
        matches!(sealed.what, What::Found(Finding::Disclosures { comparing: true, .. })),
        "{sealed:?}"
    );
}
