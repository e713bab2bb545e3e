//! What a message obliges to, and until when: what begins now, what is over, what was only announced, what is passed on to
//! a group, and what cannot be kept.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_record::{Head, leaf_hash};
use deconflict_testing::*;
use deconflict_vocabulary::*;

fn world() -> World {
    World::new(charter(&PARTIES))
}

fn seen(w: &World, name: &str, id: MessageId) -> Dialogue {
    Dialogue::clone(&w.view(name).dialogues[&id])
}

fn exchange(w: &World, name: &str, id: MessageId) -> Exchange {
    seen(w, name, id).exchanges[&party("south")].clone()
}

fn zone_of_north(w: &mut World) -> Value {
    let zone = DeclarationContent::Zone(zone(33.5, 38.6, 55_000.0, &["south"], &["south"]));
    version_ref(w.accepted("north", declare(zone, Sharing::ConflictOnly)).0)
}

fn pause(w: &World, from: i64, until: i64) -> Say {
    let all = [
        ("area", Value::Volumes(ObjectRef([7; 32]))),
        ("from", later(w, from)),
        ("until", later(w, until)),
        ("purpose", choices("wounded")),
    ];
    sent("H1", &all, &["south"])
}

fn choices(id: &str) -> Value {
    Value::Choices(vec![ChoiceId::new(id).unwrap()])
}

#[test]
fn what_begins_now_is_urgent_and_not_missed_before_it_could_be_answered() {
    let mut w = world();
    let asked = pause(&w, 0, 14_400);
    let asked = send(&mut w, "north", asked);
    assert_eq!(w.pass(5), [], "nobody is late yet");
    let limits = seen(&w, "north", asked).limits;
    assert_eq!((limits.delivered_s, limits.read_back_s, limits.answered_s), (10, 120, 600));
    w.accepted("south", answered("AFFIRM", asked, &[]));
    assert!(!exchange(&w, "north", asked).answers[0].late);
    // What was to begin earlier is as urgent, and no more.
    let begun = pause(&w, -600, 14_400);
    let begun = send(&mut w, "north", begun);
    assert_eq!(seen(&w, "north", begun).limits, limits);
}

#[test]
fn what_is_over_is_not_asked_for_and_not_complied_with() {
    let mut w = world();
    let hold = |w: &World, until: i64| {
        let all = [
            ("who", Value::name("Column 7")),
            ("until", later(w, until)),
            ("authority", choice("duty")),
        ];
        sent("W5", &all, &["south"])
    };
    let past = hold(&w, -60);
    assert_eq!(fault(w.refused("north", past)), ChannelFault::Deadline {});
    let short = hold(&w, 300);
    let short = send(&mut w, "north", short);
    assert_eq!(seen(&w, "north", short).limits.answered_s, 300, "nobody answers later than that");
    let asked = pause(&w, 3_600, 7_200);
    let asked = send(&mut w, "north", asked);
    w.pass(7_300);
    let late = fault(w.refused("south", answered("AFFIRM", asked, &[])));
    assert!(matches!(late, ChannelFault::TooLateToComply { .. }), "{late:?}");
    let no = [("reason", choice("terms"))];
    w.accepted("south", answered("NEGATIVE", asked, &no));
}

#[test]
fn what_is_announced_has_not_happened() {
    let mut w = world();
    let zone = zone_of_north(&mut w);
    let leave = |w: &World| {
        let all = [
            ("zone", zone.clone()),
            ("by", later(w, 7_200)),
            ("exit_sector", choice("east")),
            ("authority", choice("commander")),
        ];
        sent("W4", &all, &["south"])
    };
    let asked = leave(&w);
    let asked = send(&mut w, "north", asked);
    let by = later(&w, 3_600);
    w.accepted("south", answered("WILCO", asked, &[("by", by)]));
    let vacated = |w: &World, at: i64| {
        sent("W7", &[("zone", zone.clone()), ("time", later(w, at))], &["north"])
    };
    let state = |w: &World| exchange(w, "north", asked).undertaking.unwrap().state;
    let announced = vacated(&w, 3_600);
    let field = ParameterName::new("time").unwrap();
    assert_eq!(fault(w.refused("south", announced)), ChannelFault::NotYet { field });
    assert_eq!(state(&w), UndertakingState::Open);
    // Clocks may be some seconds apart.
    let now = vacated(&w, 60);
    let said = send(&mut w, "south", now);
    assert_eq!(state(&w), UndertakingState::Met);
    // Nor is a correction how it is announced.
    let corrected = [
        ("message", message_ref(said)),
        ("field", Value::Field(field)),
        ("new_value", later(&w, 3_600)),
    ];
    w.refused("south", sent("D6", &corrected, &["north"]));
    let place = version_ref(w.accepted("aid", declare(site(33.5, 38.6), Sharing::Open)).0);
    let hit = |w: &World, code, since| {
        sent(
            code,
            &[("object", place.clone()), ("since", later(w, since))],
            &["north", "south", "host"],
        )
    };
    // That somebody is being hit is refused for no clock; that it is over may not be announced.
    let begun = hit(&w, "P6", 600);
    w.accepted("aid", begun);
    let (since, ahead) = (ParameterName::new("since").unwrap(), hit(&w, "P7", 600));
    assert_eq!(fault(w.refused("aid", ahead)), ChannelFault::NotYet { field: since });
}

#[test]
fn whoever_cannot_keep_what_it_answered_takes_it_back_whatever_it_was() {
    let mut w = world();
    let asked = pause(&w, 3_600, 7_200);
    let asked = send(&mut w, "north", asked);
    let back =
        |id| sent("D8", &[("message", message_ref(id)), ("reason", choice("terms"))], &["north"]);
    assert_eq!(fault(w.refused("south", back(asked))), ChannelFault::NothingToKeep {});
    w.accepted("south", answered("AFFIRM", asked, &[]));
    w.accepted("south", back(asked));
    for name in ["north", "south"] {
        let answer = exchange(&w, name, asked).answer().cloned().unwrap();
        assert!(answer.broken && answer.answer.answer.as_str() == "AFFIRM", "{name}");
    }
    assert_eq!(fault(w.refused("south", back(asked))), ChannelFault::NothingToKeep {}, "once");
    // That something was received is nothing that one could fail to keep.
    let test = send(&mut w, "north", sent("L1", &[("n", Value::Number(1))], &["south"]));
    w.accepted("south", answered("ROGER", test, &[]));
    assert_eq!(fault(w.refused("south", back(test))), ChannelFault::NothingToKeep {});
}

/// North asks south to leave, and to pass that on to a group.
fn relayed(w: &mut World, by: i64) -> (MessageId, MessageId) {
    let zone = zone_of_north(w);
    let all = [
        ("zone", zone),
        ("by", later(w, by)),
        ("exit_sector", choice("west")),
        ("authority", choice("commander")),
    ];
    let request = send(w, "north", sent("W4", &all, &["south"]));
    let asked = [("message", message_ref(request)), ("group", Value::name("militia"))];
    let relay = send(w, "north", sent("Y1", &asked, &["south"]));
    (request, relay)
}

fn passed_on(w: &World, request: MessageId) -> Say {
    let all = [
        ("message", message_ref(request)),
        ("group", Value::name("militia")),
        ("time", later(w, 0)),
        ("means", choice("telephone")),
        ("how", choice("verbatim")),
    ];
    sent("Y2", &all, &["north"])
}

fn hop(w: &World, relay: MessageId) -> Option<Hop> {
    seen(w, "north", relay).missing_hop(&party("south"))
}

#[test]
fn a_relay_is_due_before_what_it_passes_on_and_so_is_the_reply() {
    let mut w = world();
    let (_, hurried) = relayed(&mut w, 360);
    assert_eq!(seen(&w, "south", hurried).limits.answered_s, 120, "a third of what is left");
    let (request, relay) = relayed(&mut w, 7_200);
    let beyond = later(&w, 7_201);
    let refused = w.refused("south", answered("WILCO", relay, &[("by", beyond)]));
    assert_eq!(fault(refused), ChannelFault::AnswerTime {});
    let by = later(&w, 600);
    w.accepted("south", answered("WILCO", relay, &[("by", by)]));
    w.accepted(
        "south",
        Say::Receive { message: request, receipt: Receipt::ReadBack, shown_in: None },
    );
    let said = passed_on(&w, request);
    w.accepted("south", said);
    assert_eq!(hop(&w, relay), Some(Hop::Reply));
    let found = w.pass(7_300);
    let missing = |one: &Finding| matches!(one, Finding::MessageLapse { message, lapse: Lapse::NoReply, .. } if *message == relay);
    assert_eq!(found.iter().filter(|one| missing(one)).count(), 1);
    assert!(w.view("host").dialogues.contains_key(&relay), "the watch desk reads of it");
    assert_eq!(hop(&w, relay), Some(Hop::Reply));
    // Silence leaves the hop missing where it was.
    assert_eq!(hop(&w, hurried), Some(Hop::Answer));
    // Nobody is asked to pass on what is over.
    let asked = [("message", message_ref(request)), ("group", Value::name("guards"))];
    let late = fault(w.refused("north", sent("Y1", &asked, &["south"])));
    assert_eq!(late, ChannelFault::Deadline {});
}

#[test]
fn nothing_was_passed_on_before_it_was_said() {
    let mut w = world();
    let (request, relay) = relayed(&mut w, 7_200);
    let by = later(&w, 600);
    w.accepted("south", answered("WILCO", relay, &[("by", by)]));
    let since = w.state.ledger().dialogues[&request].since;
    let at = |w: &World, before_s: i64| {
        let ahead_s = since.seconds() - before_s - w.now.seconds();
        let Say::Send { mut message, to, traffic, remark } = passed_on(w, request) else {
            unreachable!()
        };
        message.parameters.insert(ParameterName::new("time").unwrap(), later(w, ahead_s));
        Say::Send { message, to, traffic, remark }
    };
    let early = at(&w, 121);
    let time = ParameterName::new("time").unwrap();
    let refused = fault(w.refused("south", early));
    assert_eq!(refused, ChannelFault::BeforeMessage { field: time, since });
    assert_eq!(hop(&w, relay), Some(Hop::PassOn));
    // Clocks may be apart.
    let near = at(&w, 120);
    w.accepted("south", near);
    assert_eq!(hop(&w, relay), Some(Hop::Reply));
}

#[test]
fn what_is_corrected_or_taken_back_is_so_for_whoever_passes_it_on() {
    let mut w = world();
    let (request, relay) = relayed(&mut w, 7_200);
    let by = later(&w, 600);
    w.accepted("south", answered("WILCO", relay, &[("by", by.clone())]));
    let said = passed_on(&w, request);
    w.accepted("south", said);
    let reply = [
        ("message", message_ref(request)),
        ("group", Value::name("militia")),
        ("reply", choice("will-comply")),
        ("by", later(&w, 3_600)),
        ("time", later(&w, 0)),
    ];
    w.accepted("south", sent("Y3", &reply, &["north"]));
    assert_eq!(hop(&w, relay), None);
    w.pass(60);
    let corrected = [
        ("message", message_ref(request)),
        ("field", Value::Field(ParameterName::new("exit_sector").unwrap())),
        ("new_value", choice("east")),
    ];
    w.accepted("north", sent("D6", &corrected, &["south"]));
    for name in ["north", "south"] {
        let relay = seen(&w, name, relay);
        assert_eq!(relay.missing_hop(&party("south")), Some(Hop::Answer), "{name}");
        assert_eq!(relay.since, w.now);
    }
    // What was signed before the correction was read says nothing of what is asked now.
    w.accepted("south", answered("WILCO", relay, &[("by", by)]));
    assert_eq!(hop(&w, relay), Some(Hop::PassOn));
    w.accepted("north", sent("D7", &[("message", message_ref(request))], &["south"]));
    assert_eq!(hop(&w, relay), None);
    let overdue = |one: &Finding| matches!(one, Finding::MessageLapse { message, .. } if [request, relay].contains(message));
    assert!(!w.pass(86_400).iter().any(overdue), "nobody owes what is no longer asked");
}

#[test]
fn a_group_that_nobody_told_did_not_refuse_by_its_silence() {
    let silence = |passes_on: bool| {
        let mut w = world();
        let (request, _) = relayed(&mut w, 7_200);
        w.accepted(
            "south",
            Say::Receive { message: request, receipt: Receipt::ReadBack, shown_in: None },
        );
        if passes_on {
            let said = passed_on(&w, request);
            w.accepted("south", said);
        }
        w.pass(7_300);
        let state = |name| seen(&w, name, request).state_with(&party("south"), w.now).unwrap();
        assert_eq!(state("north"), state("south"));
        state("north")
    };
    assert_eq!(silence(false), ExchangeState::NotReceived);
    assert_eq!(silence(true), ExchangeState::NoAnswer);
    // The time for the relay counts as well.
    let mut w = world();
    let (request, relay) = relayed(&mut w, 4_000);
    let table = LimitTable::default();
    assert!(seen(&w, "north", request).is_too_short(&table));
    w.accepted("north", sent("D7", &[("message", message_ref(relay))], &["south"]));
    assert!(!seen(&w, "north", request).is_too_short(&table), "nobody is to pass it on any more");
}

#[test]
fn a_movement_is_not_asked_to_hold_and_exercises_speak_of_exercises() {
    let mut w = world();
    let convoy =
        movement((33.5, 38.6), (33.5, 38.7), "2026-07-03T12:00:00Z", "2026-07-03T14:00:00Z");
    let convoy = version_ref(w.accepted("aid", declare(convoy, Sharing::Open)).0);
    let all = [("who", convoy), ("until", later(&w, 600)), ("authority", choice("duty"))];
    let refused = w.refused("north", sent("W5", &all, &["aid"]));
    assert_eq!(fault(refused), ChannelFault::NeverProtected {});
    let cell = Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
    let fire = sent("W9", &[("cell", cell), ("since", later(&w, 0))], &["north", "aid", "host"]);
    let drill = send(&mut w, "south", exercise(fire));
    let review = sent("D5", &[("incident", message_ref(drill))], &["south"]);
    assert_eq!(fault(w.refused("north", review.clone())), ChannelFault::OtherTraffic {});
    w.accepted("north", exercise(review));
    let unknown =
        sent("D5", &[("incident", message_ref(MessageId(leaf_hash(b"none"))))], &["south"]);
    assert!(matches!(w.refused("north", unknown), Refusal::Unknown { .. }));
}

#[test]
fn what_becomes_of_what_was_declared_is_no_message_and_amending_or_ending_an_operation_keeps_the_promise_to_adjust_it()
 {
    let mut w = World::new(charter(&PARTIES));
    let plan = |lat: f64| operation_at(lat, 38.6);
    let own = || Sharing::Named([party("north")].into());
    let ask = |w: &mut World, of: Version| {
        let all = [
            ("operation", version_ref(of)),
            ("shift", Value::Choices(vec![ChoiceId::new("later").unwrap()])),
        ];
        let asked = send(w, "north", sent("O5", &all, &["south"]));
        let by = later(w, 600);
        w.accepted("south", answered("WILCO", asked, &[("by", by)]));
        asked
    };
    let state = |w: &World, name: &str, id: MessageId| {
        w.view(name).dialogues[&id].exchanges[&party("south")].undertaking.unwrap().state
    };
    let (first, _) = w.accepted("south", declare(plan(33.5), own()));
    let asked = ask(&mut w, first);
    let changed = sent(
        "O2",
        &[
            ("operation", version_ref(first)),
            ("changes", Value::Choices(vec![ChoiceId::new("change-of-time").unwrap()])),
        ],
        &["north"],
    );
    let ended = [("operation", version_ref(first)), ("status", choice("ended"))];
    for said in [changed, sent("O3", &ended, &["north"])] {
        let refused = w.refused("south", said);
        assert_eq!(fault(refused), ChannelFault::OwnStatement {});
    }
    // By phone nobody keeps what south signed.
    let how = Ending::Ended;
    let end = Say::End { declaration: DeclarationId(first.0), how };
    let (means, said) = ("by telephone".to_owned(), Box::new(end.clone()));
    let (_, found) = w.accepted("host", Say::EnterFor { party: party("south"), means, said });
    assert_eq!(found, []);
    assert_eq!(state(&w, "north", asked), UndertakingState::Open);
    let (_, found) = w.accepted("south", amend(first, first, plan(33.6), own()));
    assert_eq!(found, [Finding::PromiseMet { message: asked, party: party("south") }]);
    for name in ["north", "south"] {
        assert_eq!(state(&w, name, asked), UndertakingState::Met, "{name}");
    }
    assert!(!w.transcript("aid").join("").contains("promise-met"));
    // The end of an operation keeps it too, also where it is overdue, and a message about another one does not.
    let (other, _) = w.accepted("south", declare(plan(34.5), own()));
    let (of_first, of_other) = (ask(&mut w, first), ask(&mut w, other));
    w.pass(700);
    let (_, found) = w.accepted("south", end);
    assert_eq!(found, [Finding::PromiseMet { message: of_first, party: party("south") }]);
    assert_eq!(state(&w, "north", of_first), UndertakingState::Met);
    assert_eq!(state(&w, "north", of_other), UndertakingState::Overdue);
}

#[test]
fn what_begins_now_can_be_passed_on_as_long_as_it_lasts() {
    let mut w = world();
    let asked = pause(&w, 0, 14_400);
    let asked = send(&mut w, "north", asked);
    w.pass(60);
    let pass_on = [("message", message_ref(asked)), ("group", Value::name("militia"))];
    let relay = send(&mut w, "north", sent("Y1", &pass_on, &["south"]));
    let by = later(&w, 600);
    w.accepted("south", answered("WILCO", relay, &[("by", by)]));
    w.pass(14_400);
    let late = fault(w.refused("north", sent("Y1", &pass_on, &["south"])));
    assert_eq!(late, ChannelFault::Deadline {}, "nobody passes on what is over");
    let other = pause(&w, 0, 14_400);
    let other = send(&mut w, "north", other);
    w.accepted("north", taken_back(other, &["south"]));
    let pass_on = [("message", message_ref(other)), ("group", Value::name("militia"))];
    let back = fault(w.refused("north", sent("Y1", &pass_on, &["south"])));
    assert_eq!(back, ChannelFault::Closed {}, "nor what was taken back");
}

#[test]
fn one_group_that_was_told_hides_no_other_that_was_not() {
    let mut w = world();
    let (request, _) = relayed(&mut w, 7_200);
    let guards = [("message", message_ref(request)), ("group", Value::name("guards"))];
    send(&mut w, "north", sent("Y1", &guards, &["south"]));
    w.accepted(
        "south",
        Say::Receive { message: request, receipt: Receipt::ReadBack, shown_in: None },
    );
    let said = passed_on(&w, request);
    w.accepted("south", said);
    w.pass(7_300);
    let state = |w: &World| seen(w, "north", request).state_with(&party("south"), w.now).unwrap();
    assert_eq!(state(&w), ExchangeState::NotReceived, "the guards were told by nobody");
    // Nor does a request that is taken back, and one that is corrected asks anew.
    let mut w = world();
    let (request, relay) = relayed(&mut w, 7_200);
    let guards = [("message", message_ref(request)), ("group", Value::name("guards"))];
    let second = send(&mut w, "north", sent("Y1", &guards, &["south"]));
    w.accepted("north", taken_back(second, &["south"]));
    let open = |w: &World| exchange(w, "north", request).relays;
    assert_eq!(open(&w), [(relay, true), (second, false)].into());
    let said = passed_on(&w, request);
    w.accepted("south", said);
    assert_eq!(open(&w), [(relay, false), (second, false)].into());
    let other_group = [
        ("message", message_ref(relay)),
        ("field", Value::Field(ParameterName::new("group").unwrap())),
        ("new_value", Value::name("patrol")),
    ];
    w.accepted("north", sent("D6", &other_group, &["south"]));
    assert_eq!(open(&w), [(relay, true), (second, false)].into());
}

#[test]
fn the_watch_desk_reads_what_it_is_asked_to_pass_on_of_what_went_up() {
    // Each step is held against what the watch desk is entitled to by the world itself.
    for relay_first in [true, false] {
        let mut w = world();
        let zone = zone_of_north(&mut w);
        let all = [
            ("zone", zone),
            ("by", later(&w, 7_200)),
            ("exit_sector", choice("west")),
            ("authority", choice("commander")),
        ];
        let request = send(&mut w, "north", sent("W4", &all, &["south"]));
        let asked = [("message", message_ref(request)), ("group", Value::name("militia"))];
        let before = relay_first.then(|| send(&mut w, "north", sent("Y1", &asked, &["south"])));
        w.pass(3_600);
        assert!(w.view("host").dialogues.contains_key(&request), "it went to the next level");
        let relay = before.unwrap_or_else(|| send(&mut w, "north", sent("Y1", &asked, &["south"])));
        assert!(w.view("host").dialogues.contains_key(&relay));
        w.accepted("north", taken_back(relay, &["south"]));
        let corrected = [
            ("message", message_ref(request)),
            ("field", Value::Field(ParameterName::new("exit_sector").unwrap())),
            ("new_value", choice("east")),
        ];
        w.accepted("north", sent("D6", &corrected, &["south"]));
        for name in ["north", "host"] {
            assert!(exchange(&w, name, request).relays.values().all(|open| !open), "{name}");
        }
    }
}

#[test]
fn who_speaks_of_a_message_has_read_it_as_it_is() {
    let mut w = world();
    let (request, relay) = relayed(&mut w, 7_200);
    let before = Head { size: w.state.ledger().size, root: leaf_hash(b"what was seen") };
    let by = later(&w, 600);
    w.accepted("south", answered("WILCO", relay, &[("by", by)]));
    let corrected = [
        ("message", message_ref(request)),
        ("field", Value::Field(ParameterName::new("exit_sector").unwrap())),
        ("new_value", choice("east")),
    ];
    w.accepted("north", sent("D6", &corrected, &["south"]));
    let passed = passed_on(&w, request);
    let receive = |receipt| Say::Receive { message: request, receipt, shown_in: None };
    for say in [
        receive(Receipt::Delivered),
        receive(Receipt::Displayed),
        receive(Receipt::ReadBack),
        passed,
    ] {
        let as_seen = |w: &mut World, seen| {
            let statement = w.statement("south", &[&duty("south")], say.clone());
            let entries = w.file(Statement { seen: Some(seen), ..statement }).unwrap();
            match &entries[0].what {
                What::Refused(_, refusal) => Some(fault(refusal.clone())),
                _ => None,
            }
        };
        assert_eq!(as_seen(&mut w, before), Some(ChannelFault::CorrectedSince {}), "{say:?}");
        let now = Head { size: w.state.ledger().size, ..before };
        assert_eq!(as_seen(&mut w, now), None, "{say:?}");
    }
}

#[test]
fn a_promise_that_nothing_ends_falls_due_and_one_to_hold_is_over_in_its_time() {
    let mut w = world();
    let call =
        [("caller", choice("we-call")), ("means", choice("telephone")), ("time", later(&w, 1_200))];
    let call = sent("L5", &call, &["south"]);
    let call = send(&mut w, "north", call);
    let by = later(&w, 600);
    w.accepted("south", answered("WILCO", call, &[("by", by.clone())]));
    let held = [
        ("who", Value::name("Column 7")),
        ("until", later(&w, 3_600)),
        ("authority", choice("duty")),
    ];
    let held = send(&mut w, "north", sent("W5", &held, &["south"]));
    w.accepted("south", answered("WILCO", held, &[("by", by)]));
    w.pass(7_200);
    let state = |id| exchange(&w, "north", id).undertaking.unwrap().state;
    assert_eq!((state(call), state(held)), (UndertakingState::Overdue, UndertakingState::Open));
    w.accepted("north", Say::Confirm { message: call, party: party("south") });
    assert_eq!(exchange(&w, "north", call).undertaking.unwrap().state, UndertakingState::Met);
}

#[test]
fn who_asks_for_time_by_a_clock_that_is_a_little_ahead_gets_it() {
    let mut w = world();
    let asked = pause(&w, 0, 14_400);
    let asked = send(&mut w, "north", asked);
    let (much, little) = (later(&w, 606), later(&w, 604));
    let refused = w.refused("south", answered("STANDBY", asked, &[("answer_by", much)]));
    assert_eq!(fault(refused), ChannelFault::AnswerTime {});
    w.accepted("south", answered("STANDBY", asked, &[("answer_by", little)]));
}
