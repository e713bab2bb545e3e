//! What waits, out of what a party sees of its dialogues.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeMap;

use deconflict_core::{
    Actor, Dialogue, Joint, Ledger, MessageId, PartyId, Receipt, Role, Sending, Time,
};
use deconflict_notify::waiting_for;
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
    let actor = Actor { party: &south, key, role: Role::Person, signed: true };
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
    let actor = Actor { party: &south, key, role: Role::Person, signed: true };
    read_back.receive(Receipt::ReadBack, &actor, ten()).unwrap();
    let mut silent = dialogue("L1", line_test, "north", "south");
    let (due, _, lapse) = silent.due().unwrap();
    silent.lapse(&south, lapse, due);
    silent.lapse(&south, deconflict_core::Lapse::NoAnswer, due);
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
