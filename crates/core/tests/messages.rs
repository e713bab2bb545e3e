//! Messages in the record: who reads what, what falls due, and what one message does to another.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod kinds;

use std::collections::BTreeSet;

use deconflict_core::*;
use deconflict_record::Hash;
use deconflict_testing::*;
use deconflict_vocabulary::*;
use kinds::kinds;

fn world() -> (World, ObjectRef) {
    let mut w = World::new(charter(&PARTIES));
    let zone = zone(33.5, 38.6, 55_000.0, &["south", "aid"], &["south"]);
    let (zone, _) =
        w.accepted("north", declare(DeclarationContent::Zone(zone), Sharing::ConflictOnly));
    (w, ObjectRef(zone.0.0))
}

/// So many seconds from now on.
fn leave(w: &World, zone: ObjectRef, seconds: i64, to: &[&str]) -> Say {
    let by = later(w, seconds);
    let all = [
        ("zone", Value::Reference(zone)),
        ("by", by),
        ("exit_sector", choice("east")),
        ("authority", choice("commander")),
    ];
    sent("W4", &all, to)
}

fn knows(w: &World, name: &str, message: MessageId) -> bool {
    w.view(name).dialogues.contains_key(&message)
}

#[test]
fn a_message_is_read_by_its_two_ends_and_each_addressee_reads_its_own_part() {
    let (mut w, zone) = world();
    let request = leave(&w, zone, 7_200, &["south", "aid"]);
    let message = send(&mut w, "north", request);
    assert_eq!(PARTIES.map(|name| knows(&w, name, message)), PARTIES.map(|name| name != "host"));
    w.accepted("south", Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None });
    let by = later(&w, 3_600);
    w.accepted("south", answered("WILCO", message, &[("by", by)]));
    let of = |w: &World, name: &str| {
        let dialogue = &w.view(name).dialogues[&message];
        dialogue.exchanges[&party("south")].answer().is_some()
    };
    assert_eq!(["north", "south", "aid"].map(|name| of(&w, name)), [true, true, false]);
    assert_eq!(
        w.refused("south", answered("UNABLE", message, &[("reason", choice("terms"))])),
        Refusal::Channel { fault: ChannelFault::AlreadyAnswered {} }
    );
}

#[test]
fn what_is_not_answered_falls_due_once_in_its_order_and_then_the_watch_desk_reads_it() {
    let (mut w, zone) = world();
    let request = leave(&w, zone, 7_200, &["south"]);
    let message = send(&mut w, "north", request);
    // Nobody looked for an hour: all that fell due meanwhile is found, each with when it was due.
    let begun = w.now;
    let found = w.pass(3_600);
    let steps: Vec<(Lapse, i64)> = found
        .iter()
        .filter_map(|finding| match finding {
            Finding::MessageLapse { lapse, due, .. } => Some((*lapse, due.seconds_since(begun))),
            _ => None,
        })
        .collect();
    assert_eq!(
        steps,
        [
            (Lapse::NotDelivered, 30),
            (Lapse::AlternatePath, 600),
            (Lapse::NextLevel, 1_800),
            (Lapse::NotReceived, 1_800),
        ]
    );
    assert!(knows(&w, "host", message) && !knows(&w, "aid", message));
    let seen = &w.view("host").dialogues[&message];
    assert_eq!(*seen, w.state.ledger().dialogues[&message], "with all that came of it before");
    assert_eq!(w.pass(86_400), []);
    // What is said from then on it reads too.
    w.accepted("south", Say::Receive { message, receipt: Receipt::Delivered, shown_in: None });
    let seen = &w.view("host").dialogues[&message];
    assert!(seen.exchanges[&party("south")].delivered.is_some());
}

#[test]
fn what_was_promised_is_met_by_the_report_that_names_the_same() {
    let (mut w, zone) = world();
    let request = leave(&w, zone, 7_200, &["south"]);
    let message = send(&mut w, "north", request);
    let by = later(&w, 3_600);
    w.accepted("south", answered("WILCO", message, &[("by", by)]));
    let state = |w: &World| {
        w.view("north").dialogues[&message].exchanges[&party("south")].undertaking.unwrap().state
    };
    let left = |w: &World, zone, to: &[&str]| {
        sent("W7", &[("zone", Value::Reference(zone)), ("time", later(w, 0))], to)
    };
    let other = zone_of_south(&mut w);
    let report = left(&w, other, &["north", "aid", "host"]);
    w.accepted("south", report);
    assert_eq!(state(&w), UndertakingState::Open, "of another zone");
    w.pass(3_601);
    assert_eq!(state(&w), UndertakingState::Overdue);
    let report = left(&w, zone, &["north", "aid"]);
    w.accepted("south", report);
    assert_eq!(state(&w), UndertakingState::Met);
}

/// What south promised to a message, as a party reads it.
fn promised(w: &World, name: &str, message: MessageId) -> Undertaking {
    w.view(name).dialogues[&message].exchanges[&party("south")].undertaking.unwrap()
}

#[test]
fn what_was_promised_is_met_too_by_the_word_of_a_person_of_whoever_asked() {
    let (mut w, zone) = world();
    let request = leave(&w, zone, 7_200, &["south", "aid"]);
    let message = send(&mut w, "north", request);
    let confirm = |name: &str| Say::Confirm { message, party: party(name) };
    assert_eq!(fault(w.refused("north", confirm("south"))), ChannelFault::NothingPromised {});
    let by = later(&w, 3_600);
    w.accepted("south", answered("WILCO", message, &[("by", by)]));
    // Nobody says it for itself, for a party that promised nothing, or for whoever asked.
    assert_eq!(fault(w.refused("south", confirm("south"))), ChannelFault::NotSender {});
    assert_eq!(fault(w.refused("north", confirm("aid"))), ChannelFault::NothingPromised {});
    assert_eq!(fault(w.refused("north", confirm("host"))), ChannelFault::Addressees {});
    let means = "voice".to_owned();
    let said = Box::new(confirm("south"));
    let entered = Say::EnterFor { party: party("north"), means, said };
    assert_eq!(w.refused("host", entered), Refusal::OwnKeyOnly {});
    w.enrol("north", "uss", Role::Machine);
    let by_machine = w.expect_refused("north", &[&operator("north", "uss")], confirm("south"));
    assert_eq!(by_machine, Refusal::PersonOnly {});
    w.accepted("north", confirm("south"));
    let key = operator("north", "duty").verifying_key().id();
    for name in ["north", "south"] {
        let undertaking = promised(&w, name, message);
        let told = (undertaking.state, undertaking.confirmed);
        assert_eq!(told, (UndertakingState::Met, Some((key, w.now))), "{name}");
    }
    let of_south = |w: &World| w.view("aid").dialogues[&message].exchanges[&party("south")].clone();
    assert_eq!(of_south(&w), Exchange::default(), "another addressee is not told");
    assert_eq!(fault(w.refused("north", confirm("south"))), ChannelFault::SaidAlready {});
    let found = w.pass(86_400);
    let overdue = |finding: &Finding| {
        matches!(finding, Finding::MessageLapse { lapse: Lapse::UndertakingOverdue, .. })
    };
    assert!(!found.iter().any(overdue), "{found:?}");
    // What was confirmed cannot be called broken.
    let reason = [("message", message_ref(message)), ("reason", choice("terms"))];
    let broken = fault(w.refused("south", sent("D8", &reason, &["north"])));
    assert_eq!(broken, ChannelFault::NothingToKeep {});
}

#[test]
fn what_is_reported_done_or_overdue_is_confirmed_too_and_the_watch_desk_reads_it_where_it_went_up()
{
    let (mut w, zone) = world();
    let request = leave(&w, zone, 7_200, &["south"]);
    let message = send(&mut w, "north", request);
    let by = later(&w, 3_600);
    w.accepted("south", answered("WILCO", message, &[("by", by)]));
    w.pass(3_601);
    assert_eq!(promised(&w, "host", message).state, UndertakingState::Overdue);
    let report =
        sent("W7", &[("zone", Value::Reference(zone)), ("time", later(&w, 0))], &["north", "aid"]);
    w.accepted("south", report.clone());
    let reported = promised(&w, "host", message);
    assert_eq!((reported.state, reported.confirmed), (UndertakingState::Met, None), "a claim");
    w.accepted("north", Say::Confirm { message, party: party("south") });
    for name in ["north", "south", "host"] {
        assert!(promised(&w, name, message).confirmed.is_some(), "{name}");
    }
    let exchange = &w.view("host").dialogues[&message].exchanges[&party("south")];
    assert!(exchange.has_lapsed(Lapse::UndertakingOverdue), "that it was late stays");
    // A report that comes later takes nothing from it.
    w.accepted("south", report);
    assert!(promised(&w, "north", message).confirmed.is_some());
}

#[test]
fn what_was_taken_back_corrected_or_broken_is_not_confirmed() {
    let (mut w, zone) = world();
    let wilco = |w: &mut World| {
        let request = leave(w, zone, 7_200, &["south"]);
        let message = send(w, "north", request);
        let by = later(w, 3_600);
        w.accepted("south", answered("WILCO", message, &[("by", by)]));
        message
    };
    let confirm = |message| Say::Confirm { message, party: party("south") };
    let cancelled = wilco(&mut w);
    w.accepted("north", sent("D7", &[("message", message_ref(cancelled))], &["south"]));
    assert_eq!(fault(w.refused("north", confirm(cancelled))), ChannelFault::Closed {});
    let broken = wilco(&mut w);
    let reason = [("message", message_ref(broken)), ("reason", choice("terms"))];
    w.accepted("south", sent("D8", &reason, &["north"]));
    assert_eq!(fault(w.refused("north", confirm(broken))), ChannelFault::NothingPromised {});
    let corrected = wilco(&mut w);
    let seen = Some(deconflict_record::Head { size: w.state.ledger().size, root: Hash([1; 32]) });
    let field = Value::Field(ParameterName::new("by").unwrap());
    let correct =
        [("message", message_ref(corrected)), ("field", field), ("new_value", later(&w, 9_000))];
    w.accepted("north", sent("D6", &correct, &["south"]));
    let by = later(&w, 3_700);
    w.accepted("south", answered("WILCO", corrected, &[("by", by)]));
    // Signed at another desk of the party, which had not read that.
    let statement = w.statement("north", &[&operator("north", "duty")], confirm(corrected));
    let entries = w.file(Statement { seen, ..statement }).unwrap();
    let What::Refused(_, why) = &entries[0].what else { panic!("{entries:?}") };
    assert_eq!(fault(why.clone()), ChannelFault::CorrectedSince {});
    w.accepted("north", confirm(corrected));
}

fn zone_of_south(w: &mut World) -> ObjectRef {
    let other = zone(43.5, 38.6, 5_000.0, &["north"], &["north"]);
    let (other, _) = w.accepted("south", declare(DeclarationContent::Zone(other), Sharing::Open));
    ObjectRef(other.0.0)
}

#[test]
fn a_message_is_taken_back_by_its_sender_towards_all_who_have_it() {
    let (mut w, zone) = world();
    let request = leave(&w, zone, 7_200, &["south", "aid"]);
    let message = send(&mut w, "north", request);
    let of = |to: &[&str]| sent("D7", &[("message", Value::Reference(ObjectRef(message.0.0)))], to);
    let channel = |fault| Refusal::Channel { fault };
    assert_eq!(w.refused("north", of(&["south"])), channel(ChannelFault::Addressees {}));
    assert_eq!(w.refused("south", of(&["north"])), channel(ChannelFault::Addressees {}));
    assert!(matches!(w.refused("host", of(&["north"])), Refusal::Unknown { .. }));
    let Say::Send { message: cancel, to, .. } = of(&["south", "aid"]) else { unreachable!() };
    let exercise = Say::Send { message: cancel, to, traffic: Traffic::Exercise, remark: None };
    assert_eq!(w.refused("north", exercise), channel(ChannelFault::OtherTraffic {}));
    w.accepted("north", of(&["south", "aid"]));
    assert!(w.view("aid").dialogues[&message].cancelled.is_some());
    let late = answered("UNABLE", message, &[("reason", choice("terms"))]);
    assert_eq!(w.refused("aid", late), channel(ChannelFault::Closed {}));
    assert!(w.pass(3_600).iter().all(|found| {
        !matches!(found, Finding::MessageLapse { message: of, .. } if *of == message)
    }));
}

#[test]
fn a_person_signs_what_asks_for_it_and_no_machine_answers_for_one() {
    let (mut w, zone) = world();
    w.enrol("north", "uss", Role::Machine);
    w.enrol("south", "uss", Role::Machine);
    let request = leave(&w, zone, 7_200, &["south"]);
    let machine = operator("north", "uss");
    let person = Refusal::Channel { fault: ChannelFault::PersonOnly {} };
    assert_eq!(w.expect_refused("north", &[&machine], request.clone()), person);
    let entered = |said: Say| Say::EnterFor {
        party: party("north"),
        means: "voice".into(),
        said: Box::new(said),
    };
    assert_eq!(w.refused("host", entered(request.clone())), person);
    let message = send(&mut w, "north", request);
    let machine = operator("south", "uss");
    let read = |receipt| Say::Receive { message, receipt, shown_in: None };
    assert_eq!(w.expect_refused("south", &[&machine], read(Receipt::ReadBack)), person);
    w.expect_accepted("south", &[&machine], read(Receipt::Displayed));
    // In which language it was shown is a person's to say, of what was read.
    let shown = |receipt| Say::Receive { message, receipt, shown_in: LanguageTag::new("ru") };
    let of_read_back = Refusal::Channel { fault: ChannelFault::LanguageOfReadBack {} };
    assert_eq!(w.refused("south", shown(Receipt::Displayed)), of_read_back);
    w.accepted("south", shown(Receipt::ReadBack));
    let kept = |w: &World| w.state.ledger().dialogues[&message].exchanges[&party("south")].clone();
    let (reader, _) = kept(&w).read_back.unwrap();
    assert_eq!(kept(&w).shown_in, [(reader, LanguageTag::new("ru").unwrap())].into());
    let again = Refusal::Channel { fault: ChannelFault::SaidAlready {} };
    assert_eq!(w.refused("south", shown(Receipt::ReadBack)), again);
    let unable = answered("UNABLE", message, &[("reason", choice("terms"))]);
    assert_eq!(w.expect_refused("south", &[&machine], unable), person);
}

#[test]
fn many_that_fall_due_at_once_come_in_parts_in_the_order_of_their_times() {
    let (mut w, zone) = world();
    for _ in 0..50 {
        let request = leave(&w, zone, 7_200, &["south"]);
        send(&mut w, "north", request);
        w.now = w.now.after_seconds(7);
    }
    let late = w.now.after_seconds(86_400);
    let (mut dues, mut seen) = (Vec::new(), BTreeSet::new());
    loop {
        let some = w.state.tick(late, 16);
        assert!(some.len() <= 16);
        if some.is_empty() {
            break;
        }
        for entry in &some {
            let What::Found(Finding::MessageLapse { message, party, lapse, due }) = &entry.what
            else {
                panic!("{entry:?}");
            };
            dues.push(*due);
            assert!(seen.insert((*message, party.clone(), *lapse)), "each step once");
            w.state.apply(entry);
        }
    }
    assert_eq!(dues.len(), 50 * 4);
    assert!(dues.is_sorted());
}

#[test]
fn a_message_of_others_is_as_if_it_were_not_there() {
    let (mut w, _) = world();
    let sent = send(&mut w, "north", sent("L1", &[("n", Value::Number(1))], &["aid"]));
    let asked: [&dyn Fn(MessageId) -> Say; 3] = [
        &|message| answered("ROGER", message, &[]),
        &|message| Say::Receive { message, receipt: Receipt::Delivered, shown_in: None },
        &|message| Say::Confirm { message, party: party("aid") },
    ];
    let absent = MessageId(Hash([0; 32]));
    let words: BTreeSet<_> = asked.iter().map(|say| say(absent).rules().word).collect();
    let of = |statement: &&Statement| matches!(statement.say.rules().topic, Topic::Message(_));
    let all = kinds();
    let all = all.values().filter(of).map(|statement| statement.say.rules().word);
    assert_eq!(words, all.collect());
    for say in asked {
        let words = |w: &mut World, id: MessageId| {
            let refusal = w.refused("south", say(id));
            assert!(matches!(refusal, Refusal::Unknown { .. }), "{refusal:?}");
            refusal.to_string().replace(&id.to_string(), "")
        };
        assert_eq!(words(&mut w, sent), words(&mut w, absent));
    }
}

#[test]
fn a_correction_changes_what_it_says_and_never_of_which_message_it_speaks() {
    let (mut w, zone) = world();
    let request = leave(&w, zone, 7_200, &["south"]);
    let message = send(&mut w, "north", request);
    let text = Value::text("which exit?", LanguageTag::new("en").unwrap());
    let asked = [("message", message_ref(message)), ("question", text)];
    let asked = send(&mut w, "south", sent("D4", &asked, &["north"]));
    let field = |name| Value::Field(ParameterName::new(name).unwrap());
    let correct = |of_it, name, value, to: &[&str]| {
        sent("D6", &[("message", of_it), ("field", field(name)), ("new_value", value)], to)
    };
    let turned = correct(message_ref(asked), "message", message_ref(asked), &["north"]);
    assert!(matches!(fault(w.refused("south", turned)), ChannelFault::NoSuchField { .. }));
    let same = correct(message_ref(message), "exit_sector", choice("east"), &["south"]);
    assert_eq!(fault(w.refused("north", same)), ChannelFault::SaidAlready {});
    let by = later(&w, 3_600);
    w.accepted("south", answered("WILCO", message, &[("by", by)]));
    let rank = correct(message_ref(message), "authority", choice("highest-authority"), &["south"]);
    let refused = fault(w.refused("north", rank));
    assert_eq!(refused, ChannelFault::AlreadyAnswered {}, "it was given to other words");
    let hidden = zone_of_south(&mut w);
    let (ours, _) = w.accepted(
        "aid",
        declare(DeclarationContent::Zone(self::hidden_zone()), Sharing::ConflictOnly),
    );
    let elsewhere =
        |zone| correct(message_ref(message), "zone", Value::Reference(zone), &["south"]);
    let refused = w.refused("north", elsewhere(ObjectRef(ours.0.0)));
    assert!(matches!(refused, Refusal::Unknown { .. }), "{refused:?}");
    w.accepted("north", elsewhere(hidden));
    let south = &w.view("south").dialogues[&message].exchanges[&party("south")];
    assert_eq!((south.answer(), south.undertaking), (None, None));
}

fn hidden_zone() -> Zone {
    zone(53.5, 38.6, 5_000.0, &["host"], &["host"])
}

#[test]
fn nobody_takes_back_or_keeps_for_another_what_that_one_signed() {
    let (mut w, zone) = world();
    let request = leave(&w, zone, 7_200, &["south"]);
    let message = send(&mut w, "north", request);
    let entered = |name: &str, said: Say| Say::EnterFor {
        party: party(name),
        means: "voice".into(),
        said: Box::new(said),
    };
    let cancel = sent("D7", &[("message", message_ref(message))], &["south"]);
    assert_eq!(fault(w.refused("host", entered("north", cancel))), ChannelFault::PersonOnly {});
    let delivered = Say::Receive { message, receipt: Receipt::Delivered, shown_in: None };
    assert_eq!(w.refused("host", entered("south", delivered.clone())), Refusal::OwnKeyOnly {});
    w.accepted("south", delivered.clone());
    assert_eq!(fault(w.refused("south", delivered)), ChannelFault::SaidAlready {});
    let by = later(&w, 3_600);
    w.accepted("south", answered("WILCO", message, &[("by", by)]));
    let report =
        sent("W7", &[("zone", Value::Reference(zone)), ("time", later(&w, 0))], &["north", "aid"]);
    w.accepted("host", entered("south", report.clone()));
    let Say::Send { message: words, to, .. } = report else { unreachable!() };
    w.accepted("south", Say::Send { message: words, to, traffic: Traffic::Exercise, remark: None });
    let promise = w.view("north").dialogues[&message].exchanges[&party("south")].undertaking;
    assert_eq!(promise.unwrap().state, UndertakingState::Open);
    // Who asked leaves, and is told all the same that it cannot be kept.
    let reason = [("message", message_ref(message)), ("reason", choice("terms"))];
    w.accepted("south", sent("D8", &reason, &["north"]));
    let promise = w.view("north").dialogues[&message].exchanges[&party("south")].undertaking;
    assert_eq!(promise.unwrap().state, UndertakingState::Broken);
}

#[test]
fn a_correction_that_the_watch_desk_reads_late_is_as_urgent_as_it_was() {
    let (mut w, zone) = world();
    let request = leave(&w, zone, 7_200, &["south"]);
    let message = send(&mut w, "north", request);
    // What it corrects becomes more urgent by it, goes to the next level first, and is read there before it.
    let field = Value::Field(ParameterName::new("by").unwrap());
    let correct =
        [("message", message_ref(message)), ("field", field), ("new_value", later(&w, 1_500))];
    let correction = send(&mut w, "north", sent("D6", &correct, &["south"]));
    let precedence = |w: &World, name: &str, id| w.view(name).dialogues[&id].precedence;
    assert_eq!(precedence(&w, "north", message), Precedence::Flash);
    w.pass(600);
    assert!(knows(&w, "host", message) && !knows(&w, "host", correction));
    w.pass(3_600);
    assert_eq!(precedence(&w, "host", correction), Precedence::Immediate);
}

#[test]
fn a_promise_that_was_entered_and_is_overdue_stands_in_no_signed_ones_way_and_each_is_found_once() {
    let mut w = World::new(charter(&PARTIES));
    let plan = operation(circle(34.5, 38.6, 500.0, "2017-06-08T12:00:00Z", "2017-06-08T14:00:00Z"));
    let (operation, _) = w.accepted("south", declare(plan, Sharing::Open));
    let code = CodeId::new("O5").unwrap();
    let asked = some_message(code, w.now.seconds(), &[ObjectRef(operation.0.0)], &mut Dice(3));
    let (message, to) = (Box::new(asked.unwrap()), [party("south")].into());
    let asked = Say::Send { message, to, traffic: Traffic::Real, remark: None };
    let asked = send(&mut w, "north", asked);
    let will = |w: &World, seconds| answered("WILCO", asked, &[("by", later(w, seconds))]);
    let said = Box::new(will(&w, 600));
    w.accepted("host", Say::EnterFor { party: party("south"), means: "radio".into(), said });
    w.pass(700);
    let of = |w: &World| w.view("north").dialogues[&asked].exchanges[&party("south")].clone();
    assert_eq!(of(&w).undertaking.unwrap().state, UndertakingState::Overdue);
    let signed = will(&w, 600);
    w.accepted("south", signed);
    assert_eq!(of(&w).undertaking.unwrap().state, UndertakingState::Open);
    assert!(!of(&w).has_lapsed(Lapse::UndertakingOverdue));
    let then = w.now.after_seconds(700);
    assert!(w.state.tick(then, 100).len() < 10, "what is due once is found once");
    w.pass(700);
    assert_eq!(of(&w).undertaking.unwrap().state, UndertakingState::Overdue);
    assert!(w.state.tick(w.now.after_seconds(86_400), 100).len() < 10);
}
