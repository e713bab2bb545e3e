//! What waits, out of what a party sees of its dialogues.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeMap;

use deconflict_core::{
    Actor, Dialogue, Joint, Lapse, Ledger, MessageId, PartyId, Receipt, Role, Sending, Time,
};
use deconflict_notify::{WaitingMessage, waiting_for, waits_otherwise_at};
use deconflict_record::{Hash, KeyId};
use deconflict_vocabulary::{Answer, AnswerId, CodeId, LimitTable, Message, Precedence, Traffic};

const HIT: &str =
    r#"{"since":{"time":"2026-07-03T08:55:00Z"},"cell":{"cell":{"level":0,"row":1,"column":1}}}"#;

fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

fn ten() -> Time {
    "2026-07-03T10:00:00Z".parse().unwrap()
}

fn dialogue(code: &str, parameters: &str, from: &str, to: &str) -> Dialogue {
    let sending = Sending {
        message: Message {
            code: CodeId::new(code).unwrap(),
            parameters: serde_json::from_str(parameters).unwrap(),
        },
        traffic: Traffic::Real,
        sender: party(from),
        to: vec![party(to)],
        remark: None,
        valid_until: None,
        spoken_of: None,
    };
    Dialogue::begin(sending, &LimitTable::default(), ten()).unwrap()
}

fn answered(mut of: Dialogue, answer: &str) -> Dialogue {
    let south = party("south");
    let key = KeyId(Hash([1; 32]));
    let actor = Actor { party: &south, key, role: Role::Person, passed_on: None };
    let answer = Answer { answer: AnswerId::new(answer).unwrap(), parameters: BTreeMap::new() };
    of.answer(&answer, &actor, ten()).unwrap();
    of
}

#[test]
fn what_is_not_answered_yet_waits_and_nothing_else() {
    let south = party("south");
    let line_test = r#"{"n":{"number":1}}"#;
    let mut taken_back = dialogue("L1", line_test, "north", "south");
    taken_back.cancel(&party("north"), ten()).unwrap();
    let mut read_back = dialogue("L1", line_test, "north", "south");
    let key = KeyId(Hash([1; 32]));
    let actor = Actor { party: &south, key, role: Role::Person, passed_on: None };
    read_back.receive(Receipt::ReadBack, &actor, ten()).unwrap();
    let mut silent = dialogue("L1", line_test, "north", "south");
    let (due, _, lapse) = silent.due().unwrap();
    silent.lapse(&south, lapse, due);
    silent.lapse(&south, Lapse::NoAnswer, due);
    let all = [
        dialogue("W9", HIT, "north", "south"),
        answered(dialogue("W9", HIT, "north", "south"), "NOT OURS"),
        answered(dialogue("W9", HIT, "north", "south"), "CHECKING"),
        answered(dialogue("L1", line_test, "north", "south"), "ROGER"),
        taken_back,
        read_back,
        silent,
        dialogue("L1", line_test, "south", "north"),
        dialogue("L1", line_test, "north", "aid"),
    ];
    let mut view = Ledger::default();
    for (nth, dialogue) in all.into_iter().enumerate() {
        let id = MessageId(Hash([u8::try_from(nth).unwrap(); 32]));
        view.dialogues.insert(id, Joint::new(dialogue));
    }
    let waiting = waiting_for(&view, &south, ten());
    let told: Vec<_> = waiting
        .iter()
        .map(|one| (one.message.0.0[0], one.precedence, one.is_incident, one.held_until))
        .collect();
    // Who checks is called again once two minutes are over.
    let held = Some(ten().after_seconds(120));
    assert_eq!(
        told,
        [
            (0, Precedence::Flash, true, None),
            (2, Precedence::Flash, true, held),
            (5, Precedence::Routine, false, None),
            (6, Precedence::Routine, false, None),
        ]
    );
    assert_eq!((waiting[0].since, waiting[0].answered_s), (ten(), 600));
}

#[test]
fn what_a_person_read_back_goes_by_no_alternate_path_and_what_is_not_urgent_never_does() {
    let south = party("south");
    let leave = r#"{"zone":{"reference":"ZONE"},"by":{"time":"2026-07-03T20:00:00Z"},"exit_sector":{"choice":"west"},"authority":{"choice":"duty"}}"#;
    let leave = leave.replace("ZONE", &"a".repeat(64));
    let mut read_back = dialogue("W9", HIT, "north", "south");
    let key = KeyId(Hash([1; 32]));
    let actor = Actor { party: &south, key, role: Role::Person, passed_on: None };
    read_back.receive(Receipt::ReadBack, &actor, ten()).unwrap();
    let all = [
        dialogue("W9", HIT, "north", "south"),
        read_back,
        dialogue("W4", &leave, "north", "south"),
        dialogue("L4", r#"{"from":{"time":"2026-07-03T09:00:00Z"}}"#, "north", "south"),
    ];
    let mut view = Ledger::default();
    for (nth, dialogue) in (0..).zip(all) {
        view.dialogues.insert(MessageId(Hash([nth; 32])), Joint::new(dialogue));
    }
    let unread: Vec<_> = waiting_for(&view, &south, ten()).iter().map(|one| one.unread_s).collect();
    assert_eq!(unread, [Some(120), None, Some(600), None]);
}

#[test]
fn the_watch_desk_is_told_of_what_went_to_the_next_level_until_it_is_answered() {
    let (watch, south) = (party("watch"), party("south"));
    let mut view = Ledger {
        charter: Some(Joint::new(deconflict_testing::charter(&["watch", "north", "south"]))),
        ..Ledger::default()
    };
    assert_eq!(view.host(), Some(&watch));
    let mut hit = dialogue("W9", HIT, "north", "south");
    let id = MessageId(Hash([1; 32]));
    let mut told = |dialogue: &Dialogue, to: &PartyId, minute: i64| {
        view.dialogues.insert(id, Joint::new(dialogue.clone()));
        let now = ten().after_seconds(minute * 60);
        let all = waiting_for(&view, to, now);
        all.first().map(|one| (one.since, one.answered_s, one.held_until, one.is_incident))
    };
    hit.lapse(&south, Lapse::EveryDesk, ten().after_seconds(120));
    assert_eq!(told(&hit, &watch, 3), None, "it did not go up");
    let five = ten().after_seconds(300);
    hit.lapse(&south, Lapse::NextLevel, five);
    // What is left of the ten minutes to answer.
    assert_eq!(told(&hit, &watch, 6), Some((five, 300, None, true)));
    assert_eq!(told(&hit, &south, 6), Some((ten(), 600, None, true)), "and its own");
    assert_eq!(told(&hit, &party("north"), 6), None);
    assert_eq!(told(&answered(hit.clone(), "NOT OURS"), &watch, 6), None);
    let checking = answered(hit.clone(), "CHECKING");
    assert_eq!(told(&checking, &watch, 1), Some((five, 300, Some(ten().after_seconds(120)), true)));
    // At its deadline nothing is left.
    let ended = ten().after_seconds(900);
    let mut late = dialogue("W9", HIT, "north", "south");
    late.lapse(&south, Lapse::NextLevel, ended);
    assert_eq!(told(&late, &watch, 16), Some((ended, 0, None, true)));
}

#[test]
fn an_overlap_is_told_to_its_sides_and_to_the_watch_desk_where_nobody_takes_it_on() {
    let side = |party: &str| serde_json::json!({"party": party, "kind": "operation", "handle": "d".repeat(64)});
    let mut conflict: deconflict_core::Conflict = serde_json::from_value(serde_json::json!({
        "sides": [side("north"), side("south")], "between": [null, null],
        "extent": {"cells": [], "from": "2026-07-03T12:00:00Z", "certainty": "overlap"},
        "opened": "2026-07-03T08:00:00Z", "owner": null, "noticed": {}, "contact": null, "accepted": [],
        "contact_overdue": false, "closed": null, "entries": [9],
    }))
    .unwrap();
    let id = deconflict_core::ConflictId(Hash([5; 32]));
    let charter = deconflict_testing::charter(&["host", "north", "south"]);
    let mut view = Ledger { charter: Some(charter.into()), ..Ledger::default() };
    let at = |clock: &str| -> Time { format!("2026-07-03T{clock}Z").parse().unwrap() };
    let told = |view: &Ledger, who: &str, clock: &str| {
        let all = waiting_for(view, &party(who), at(clock));
        let of = |one: &WaitingMessage| {
            (one.message, one.code.as_str(), one.precedence, one.since, one.answered_s)
        };
        all.iter().map(of).collect::<Vec<_>>()
    };
    view.conflicts.insert(id, Joint::new(conflict.clone()));
    let message = MessageId(id.0);
    let immediate = (message, "O4", Precedence::Immediate, at("09:00:00"), 3 * 3_600);
    assert_eq!(told(&view, "south", "09:30:00"), [immediate]);
    assert_eq!(waits_otherwise_at(&view, at("09:30:00")), Some(at("11:30:01")));
    let flash = (message, "O4", Precedence::Flash, at("11:30:01"), 1_799);
    assert_eq!(told(&view, "south", "11:31:00"), [flash]);
    assert_eq!(told(&view, "host", "11:30:00"), []);
    assert_eq!(told(&view, "host", "11:31:00"), [flash]);
    conflict.noticed.insert(party("south"), at("09:31:00"));
    view.conflicts.insert(id, Joint::new(conflict.clone()));
    assert_eq!(told(&view, "south", "09:32:00"), []);
    assert_eq!(told(&view, "south", "11:31:00"), [flash], "nobody has taken it on");
    conflict.closed = Some((at("11:31:00"), deconflict_core::ConflictEnd::Resolved));
    view.conflicts.insert(id, Joint::new(conflict));
    assert_eq!(
        (told(&view, "south", "11:32:00"), told(&view, "host", "11:32:00")),
        (vec![], vec![])
    );
}
