//! Whom a message must go to, how an incident ends, where a message stands that is passed on, and how much a party may
//! have open.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_testing::*;
use deconflict_vocabulary::*;

fn left_out(names: &[&str]) -> ChannelFault {
    ChannelFault::LeftOut { parties: names.iter().map(|name| party(name)).collect() }
}

fn is_open(w: &World, name: &str, message: MessageId) -> bool {
    w.view(name).dialogues[&message].is_incident_open()
}

/// A place of `aid` that north and south know of, and the host does not.
fn hospital(w: &mut World) -> Value {
    let sharing = Sharing::Named([party("north"), party("south")].into());
    version_ref(w.accepted("aid", declare(site(33.5, 38.6), sharing)).0)
}

#[test]
fn an_incident_ends_by_the_word_of_the_owner_of_the_place_alone() {
    let mut w = World::new(charter(&PARTIES));
    let place = hospital(&mut w);
    let hit = |w: &World, code, to: &[&str]| {
        sent(code, &[("object", place.clone()), ("since", later(w, 0))], to)
    };
    // Whom it goes to the desk proposes; for the sake of who joined or left a moment before it is refused for nobody.
    let to = |w: &World, code| {
        let Say::Send { message, traffic, .. } = hit(w, code, &[]) else { unreachable!() };
        w.view("north").addressees(&party("north"), &message, traffic)
    };
    let names = |names: &[&str]| names.iter().map(|name| party(name)).collect();
    assert_eq!(to(&w, "P6").unwrap().unwrap().parties, names(&["aid", "south"]));
    let few = hit(&w, "P6", &["aid"]);
    w.accepted("north", few);
    let all = hit(&w, "P6", &["aid", "south"]);
    let (first, second) = (send(&mut w, "north", all.clone()), send(&mut w, "north", all));
    // Neither an answer, nor taking it back, nor somebody else's word ends it.
    let by = later(&w, 0);
    w.accepted("south", answered("CEASED", first, &[("stopped_from", by)]));
    w.accepted("aid", answered("NOT OURS", first, &[]));
    let cancel = sent("D7", &[("message", message_ref(second))], &["aid", "south"]);
    w.accepted("north", cancel);
    w.pass(86_400);
    assert!(is_open(&w, "aid", first) && is_open(&w, "south", second));
    let moved = sent(
        "D6",
        &[
            ("message", message_ref(first)),
            ("field", Value::Field(ParameterName::new("object").unwrap())),
            ("new_value", Value::Cell(CellPlace { level: 0, row: 372, column: 12 })),
        ],
        &["aid", "south"],
    );
    assert_eq!(fault(w.refused("north", moved)), ChannelFault::IncidentPlace {});
    let over = hit(&w, "P7", &["aid", "south"]);
    assert_eq!(fault(w.refused("north", over)), ChannelFault::OwnerOnly {});
    // What others enter for the owner is said, and ends nothing.
    let said = hit(&w, "P7", &["north", "south"]);
    let entered =
        Say::EnterFor { party: party("aid"), means: "by telephone".into(), said: Box::new(said) };
    w.accepted("host", entered);
    assert!(is_open(&w, "aid", first) && is_open(&w, "south", second));
    let over = hit(&w, "P7", &["north"]);
    assert_eq!(fault(w.refused("aid", over)), left_out(&["south"]));
    let over = hit(&w, "P7", &["north", "south"]);
    w.accepted("aid", over);
    for name in ["north", "south", "aid"] {
        assert!(!is_open(&w, name, first) && !is_open(&w, name, second), "{name}");
    }
    // The next one is another incident.
    let again = hit(&w, "P6", &["aid", "south"]);
    let third = send(&mut w, "north", again);
    assert!(is_open(&w, "aid", third) && !is_open(&w, "aid", first));
}

#[test]
fn what_falls_on_people_in_a_cell_goes_to_all_and_is_ended_by_who_said_it() {
    let mut w = World::new(charter(&PARTIES));
    let cell = || Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
    let fire = |w: &World, to: &[&str]| sent("W9", &[("cell", cell()), ("since", later(w, 0))], to);
    let all = fire(&w, &["south", "aid", "host"]);
    let of_north = send(&mut w, "north", all);
    let all = fire(&w, &["north", "aid", "host"]);
    let of_south = send(&mut w, "south", all);
    let over =
        |w: &World, to: &[&str]| sent("P7", &[("object", cell()), ("since", later(w, 0))], to);
    let said = over(&w, &["north", "aid", "host"]);
    w.accepted("south", said);
    assert_eq!([of_north, of_south].map(|id| is_open(&w, "aid", id)), [true, false]);
    let drill = exercise(over(&w, &["south", "aid", "host"]));
    assert_eq!(fault(w.refused("north", drill)), ChannelFault::OwnerOnly {}, "none of that kind");
    assert!(is_open(&w, "aid", of_north), "an exercise ends nothing that is real");
}

/// South speaks for the militia; north asks it to pass on a request to leave.
fn relayed(w: &mut World) -> (Value, MessageId) {
    let zone = zone(33.5, 38.6, 55_000.0, &["south"], &["south"]);
    let zone = declare(DeclarationContent::Zone(zone), Sharing::ConflictOnly);
    let zone = version_ref(w.accepted("north", zone).0);
    let by = Value::Time(Moment::from_seconds(w.now.seconds() + 7_200).unwrap());
    let all = [
        ("zone", zone),
        ("by", by),
        ("exit_sector", choice("east")),
        ("authority", choice("commander")),
    ];
    let request = send(w, "north", sent("W4", &all, &["south"]));
    let asked = [("message", message_ref(request)), ("group", Value::name("militia"))];
    let relay = send(w, "north", sent("Y1", &asked, &["south"]));
    (message_ref(request), relay)
}

#[test]
fn who_asks_for_a_relay_sees_at_each_moment_which_hop_is_missing() {
    let mut w = World::new(charter(&PARTIES));
    let (request, relay) = relayed(&mut w);
    let south = party("south");
    let hop = |w: &World| w.view("north").dialogues[&relay].missing_hop(&south);
    let escalated = |w: &World| w.view("host").dialogues.contains_key(&relay);
    assert_eq!(hop(&w), Some(Hop::Answer));
    let by = Value::Time(Moment::from_seconds(w.now.seconds() + 600).unwrap());
    w.accepted("south", answered("WILCO", relay, &[("by", by)]));
    assert_eq!(hop(&w), Some(Hop::PassOn));
    let group = || ("group", Value::name("militia"));
    let passed_on = |w: &World, group| {
        let means = [("means", choice("telephone")), ("how", choice("verbatim"))];
        let mut all = vec![("message", request.clone()), group, ("time", later(w, 0))];
        all.extend(means);
        sent("Y2", &all, &["north"])
    };
    let other = passed_on(&w, ("group", Value::name("guards")));
    assert_eq!(fault(w.refused("south", other)), ChannelFault::NotAsked {}, "of another group");
    let said = passed_on(&w, group());
    assert!(matches!(w.refused("aid", said.clone()), Refusal::Unknown { .. }));
    w.accepted("south", said);
    assert_eq!(hop(&w), Some(Hop::Reply), "passed on is not answered");
    let promised = |w: &World| w.view("north").dialogues[&relay].exchanges[&south].undertaking;
    assert_eq!(promised(&w).unwrap().state, UndertakingState::Met);
    assert!(!escalated(&w));
    let reply = |w: &World, reply: &str| {
        let mut all = vec![("message", request.clone()), group()];
        all.extend([("reply", choice(reply)), ("time", later(w, 0))]);
        all.extend((reply == "will-comply").then(|| ("by", later(w, 0))));
        sent("Y3", &all, &["north"])
    };
    let refuses = reply(&w, "refuses");
    w.accepted("south", refuses);
    assert_eq!(hop(&w), None);
    // What the group says later is told too.
    let later = reply(&w, "will-comply");
    assert!(escalated(&w), "the watch desk reads that the group refuses");
    let last = *w.view("host").dialogues[&relay].exchanges[&south].relayed.last().unwrap();
    assert!(last.escalates() && last.reply.is_some());
    let Say::Send { message, to, traffic, remark } = later else { unreachable!() };
    w.accepted("south", Say::Send { message, to, traffic, remark });
    assert_eq!(w.view("north").dialogues[&relay].exchanges[&south].relayed.len(), 3);
}

#[test]
fn who_cannot_pass_it_on_breaks_what_it_promised() {
    let mut w = World::new(charter(&PARTIES));
    let (request, relay) = relayed(&mut w);
    let by = Value::Time(Moment::from_seconds(w.now.seconds() + 600).unwrap());
    w.accepted("south", answered("WILCO", relay, &[("by", by)]));
    let all =
        [("message", request), ("group", Value::name("militia")), ("reason", choice("no-contact"))];
    w.accepted("south", sent("Y4", &all, &["north"]));
    let seen = &w.view("host").dialogues[&relay];
    let exchange = &seen.exchanges[&party("south")];
    assert_eq!(exchange.undertaking.unwrap().state, UndertakingState::Broken);
    assert_eq!(seen.missing_hop(&party("south")), None);
}

#[test]
fn who_says_to_speak_for_a_group_is_proposed_and_shuts_out_nobody() {
    let mut w = World::new(charter(&PARTIES));
    let speaks = || Say::SpeakFor { group: "militia".parse().unwrap() };
    w.expect_accepted("south", &[&root("south", 0)], speaks());
    let (_, relay) = relayed(&mut w);
    let asked = w.view("north").dialogues[&relay].message.clone();
    let proposed = |w: &World| {
        let rule = w.view("north").addressees(&party("north"), &asked, Traffic::Real).unwrap();
        rule.map(|rule| rule.parties)
    };
    assert_eq!(proposed(&w), Some([party("south")].into()));
    w.expect_accepted("aid", &[&root("aid", 0)], speaks());
    assert_eq!(proposed(&w), Some([party("south"), party("aid")].into()));
    w.expect_accepted("aid", &[&root("aid", 0)], Say::Withdraw { reason: "over".into() });
    assert_eq!(proposed(&w), Some([party("south")].into()));
    w.expect_accepted(
        "south",
        &[&root("south", 0)],
        Say::StopSpeakingFor { group: "militia".parse().unwrap() },
    );
    assert_eq!(proposed(&w), None);
    let again = Say::Send {
        message: Box::new(asked.clone()),
        to: [party("south")].into(),
        traffic: Traffic::Real,
        remark: None,
    };
    w.accepted("north", again);
}

#[test]
fn what_the_watch_desk_is_addressed_by_it_reads_as_any_addressee() {
    let mut w = World::new(charter(&PARTIES));
    let cell = Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
    let all = sent("W9", &[("cell", cell), ("since", later(&w, 0))], &["south", "aid", "host"]);
    let message = send(&mut w, "north", all);
    w.accepted("south", Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None });
    w.pass(3_600);
    let seen = &w.view("host").dialogues[&message];
    assert_eq!(seen.exchanges[&party("south")], Exchange::default());
    assert!(seen.exchanges[&party("host")].has_lapsed(Lapse::NextLevel));
}

#[test]
fn what_was_entered_for_a_party_stands_not_in_the_way_of_what_it_signs() {
    let mut w = World::new(charter(&PARTIES));
    let meeting = some_message(CodeId::new("L6").unwrap(), w.now.seconds(), &[], &mut Dice(1));
    let say = Say::Send {
        message: Box::new(meeting.unwrap()),
        to: [party("south")].into(),
        traffic: Traffic::Real,
        remark: None,
    };
    let message = send(&mut w, "north", say);
    let said = Box::new(answered("AFFIRM", message, &[]));
    w.accepted("host", Say::EnterFor { party: party("south"), means: "radio".into(), said });
    w.accepted("south", answered("NEGATIVE", message, &[("reason", choice("terms"))]));
    let view = w.view("north");
    let exchange = &view.dialogues[&message].exchanges[&party("south")];
    assert_eq!(exchange.answer().unwrap().answer.answer.as_str(), "NEGATIVE");
    assert_eq!(exchange.answers.len(), 2);
    let again = answered("AFFIRM", message, &[]);
    assert_eq!(fault(w.refused("south", again)), ChannelFault::AlreadyAnswered {});
}

#[test]
fn a_party_has_so_many_messages_open_and_is_bounded_by_no_other() {
    let mut terms = charter(&PARTIES);
    terms.rules.limits.messages = 3;
    let mut w = World::new(terms);
    let plain = |w: &World, to: &str| {
        let spot = Value::Place(Spot { lat_e5: 3_350_000, lon_e5: 3_860_000 });
        let what = Value::text("smoke", LanguageTag::new("en").unwrap());
        sent("D1", &[("time", later(w, 0)), ("place", spot), ("what", what)], &[to])
    };
    let mut first = None;
    for _ in 0..3 {
        let say = plain(&w, "north");
        first = Some(send(&mut w, "south", say));
    }
    let bound = |most| Refusal::Limit { of: Quantity::OpenMessages, most };
    let say = plain(&w, "north");
    assert_eq!(w.refused("south", say), bound(3));
    // North has its own; and what may save lives has more room, or none is asked for.
    let say = plain(&w, "south");
    send(&mut w, "north", say);
    let cell = Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
    let fire = sent("W9", &[("cell", cell), ("since", later(&w, 0))], &["north", "aid", "host"]);
    for _ in 0..7 {
        w.accepted("south", fire.clone());
    }
    let until = Value::Time(Moment::from_seconds(w.now.seconds() + 7_200).unwrap());
    let area = Value::Volumes(ObjectRef([7; 32]));
    let clear = sent("W8", &[("area", area), ("from", later(&w, 0)), ("until", until)], &["north"]);
    w.accepted("south", clear);
    // What others' desks enter for it, an exercise, and what nobody answers by its time, take nothing of its share.
    w.pass(86_400);
    for _ in 0..3 {
        let said = Box::new(plain(&w, "north"));
        w.accepted("host", Say::EnterFor { party: party("south"), means: "radio".into(), said });
        let Say::Send { message, to, .. } = plain(&w, "north") else { unreachable!() };
        w.accepted("south", Say::Send { message, to, traffic: Traffic::Exercise, remark: None });
    }
    for _ in 0..3 {
        let say = plain(&w, "north");
        first = Some(send(&mut w, "south", say));
    }
    let say = plain(&w, "north");
    assert_eq!(w.refused("south", say), bound(3));
    w.accepted("north", answered("ROGER", first.unwrap(), &[]));
    let say = plain(&w, "north");
    w.accepted("south", say);
}

#[test]
fn whether_to_keep_clear_is_asked_three_times_a_day_and_silence_says_so() {
    let mut w = World::new(charter(&PARTIES));
    let ask = |w: &World| {
        let later = |s: i64| Value::Time(Moment::from_seconds(w.now.seconds() + s).unwrap());
        let area = Value::Volumes(ObjectRef([7; 32]));
        sent("W8", &[("area", area), ("from", later(7_200)), ("until", later(9_000))], &["north"])
    };
    let of_cell = |area: Value| {
        let all = [("area", area), ("from", later(&w, 7_200)), ("until", later(&w, 9_000))];
        let of = all.iter().map(|(name, value)| (ParameterName::new(name).unwrap(), value.clone()));
        Message::new(CodeId::new("W8").unwrap(), of.collect())
    };
    // No finer than the grid, if whoever asks so wants; and never a place.
    assert!(of_cell(Value::Cell(CellPlace { level: 0, row: 372, column: 12 })).is_ok());
    assert!(of_cell(Value::Place(Spot { lat_e5: 3_350_000, lon_e5: 3_860_000 })).is_err());
    let first = ask(&w);
    let first = send(&mut w, "south", first);
    for _ in 0..2 {
        let say = ask(&w);
        w.accepted("south", say);
    }
    let say = ask(&w);
    assert_eq!(fault(w.refused("south", say)), ChannelFault::DayIsFull { most: 3 });
    let view = w.view("south");
    let dialogue = &view.dialogues[&first];
    assert_eq!(dialogue.silence_counts_as().unwrap().as_str(), "KEEP CLEAR");
    w.pass(86_400);
    let say = ask(&w);
    w.accepted("south", say);
}

#[test]
fn a_suspended_line_stops_nothing_that_saves_lives() {
    let mut w = World::new(charter(&PARTIES));
    let report = |w: &World, to: &str| {
        let spot = Value::Place(Spot { lat_e5: 3_350_000, lon_e5: 3_860_000 });
        let what = Value::text("smoke", LanguageTag::new("en").unwrap());
        sent("D1", &[("time", later(w, 0)), ("place", spot), ("what", what)], &[to])
    };
    let suspend = sent("L3", &[("from", later(&w, 0)), ("reason", choice("terms"))], &["south"]);
    let suspended = send(&mut w, "north", suspend);
    let closed = ChannelFault::LineSuspended { by: party("north") };
    for (name, to) in [("south", "north"), ("north", "south")] {
        let say = report(&w, to);
        assert_eq!(fault(w.refused(name, say)), closed, "{name}");
    }
    let say = report(&w, "aid");
    w.accepted("south", say);
    let cell = Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
    let fire = sent("W9", &[("cell", cell), ("since", later(&w, 0))], &["north", "aid", "host"]);
    w.accepted("south", fire);
    w.accepted("south", answered("ROGER", suspended, &[]));
    w.accepted("north", sent("D7", &[("message", message_ref(suspended))], &["south"]));
    let say = report(&w, "north");
    w.accepted("south", say);
    let suspend = sent("L3", &[("from", later(&w, 0)), ("reason", choice("terms"))], &["south"]);
    send(&mut w, "north", suspend);
    let resume = sent("L4", &[("from", later(&w, 0))], &["south"]);
    send(&mut w, "north", resume);
    let say = report(&w, "north");
    w.accepted("south", say);
}

#[test]
fn nobody_is_asked_to_do_something_before_now() {
    let mut w = World::new(charter(&PARTIES));
    let zone = zone(33.5, 38.6, 55_000.0, &["south"], &["south"]);
    let zone = declare(DeclarationContent::Zone(zone), Sharing::ConflictOnly);
    let zone = version_ref(w.accepted("north", zone).0);
    let all = [
        ("zone", zone),
        ("by", later(&w, 0)),
        ("exit_sector", choice("east")),
        ("authority", choice("commander")),
    ];
    assert_eq!(fault(w.refused("north", sent("W4", &all, &["south"]))), ChannelFault::Deadline {});
}

#[test]
fn a_space_sets_its_own_limits_and_what_was_sent_before_keeps_those_of_then() {
    let mut w = World::new(charter(&PARTIES));
    let say = |w: &World| {
        let spot = Value::Place(Spot { lat_e5: 3_350_000, lon_e5: 3_860_000 });
        let what = Value::text("smoke", LanguageTag::new("en").unwrap());
        sent("D1", &[("time", later(w, 0)), ("place", spot), ("what", what)], &["south"])
    };
    let before = say(&w);
    let before = send(&mut w, "north", before);
    let mut rules = w.state.ledger().charter.clone().unwrap().into_inner();
    rules.rules.channel.priority.answered_s = 7_200;
    rules.rules.channel.priority.read_back_s = 1_800;
    let all = PARTIES.map(|name| root(name, 0));
    let all: Vec<_> = all.iter().collect();
    w.expect_accepted("host", &all, Say::AmendCharter { charter: Box::new(rules) });
    let after = say(&w);
    let after = send(&mut w, "north", after);
    let limit = |w: &World, name: &str, id| w.view(name).dialogues[&id].limits.answered_s;
    assert_eq!([before, after].map(|id| limit(&w, "south", id)), [10_800, 7_200]);
    w.pass(86_400);
    assert_eq!([before, after].map(|id| limit(&w, "host", id)), [10_800, 7_200], "read late");
}

fn entered(name: &str, said: Say) -> Say {
    Say::EnterFor { party: party(name), means: "by telephone".into(), said: Box::new(said) }
}

#[test]
fn neither_an_exercise_nor_what_was_entered_for_a_party_touches_its_line() {
    let mut w = World::new(charter(&PARTIES));
    let suspend =
        |w: &World| sent("L3", &[("from", later(w, 0)), ("reason", choice("terms"))], &["south"]);
    let report = |w: &World| {
        let spot = Value::Place(Spot { lat_e5: 3_350_000, lon_e5: 3_860_000 });
        let what = Value::text("smoke", LanguageTag::new("en").unwrap());
        sent("D1", &[("time", later(w, 0)), ("place", spot), ("what", what)], &["south"])
    };
    for (name, say) in [("north", exercise(suspend(&w))), ("host", entered("north", suspend(&w)))] {
        w.accepted(name, say);
        let said = report(&w);
        w.accepted("north", said);
    }
    let drilled = exercise(report(&w));
    let closed = ChannelFault::LineSuspended { by: party("north") };
    assert_eq!(fault(w.refused("north", drilled)), closed);
    // Signed, it stands against what somebody else says for its party.
    let say = suspend(&w);
    w.accepted("north", say);
    let resumes = entered("north", sent("L4", &[("from", later(&w, 0))], &["south"]));
    w.accepted("host", resumes);
    let said = report(&w);
    assert_eq!(fault(w.refused("north", said)), closed);
}

#[test]
fn what_was_said_to_be_over_is_not_taken_back_and_a_correction_is_held_to_what_sending_is() {
    let mut w = World::new(charter(&PARTIES));
    let place = hospital(&mut w);
    let own = Sharing::Named([party("south"), party("aid")].into());
    let own = version_ref(w.accepted("north", declare(site(33.9, 38.9), own)).0);
    let over = |w: &World, place: &Value, to: &[&str]| {
        sent("P7", &[("object", place.clone()), ("since", later(w, 0))], to)
    };
    let ended = over(&w, &own, &["south", "aid"]);
    let ended = send(&mut w, "north", ended);
    let correct = |of, field: &str, value| {
        let field = Value::Field(ParameterName::new(field).unwrap());
        [("message", message_ref(of)), ("field", field), ("new_value", value)]
    };
    let elsewhere = sent("D6", &correct(ended, "object", place), &["south", "aid"]);
    assert_eq!(fault(w.refused("north", elsewhere)), ChannelFault::Report {});
    let back = sent("D7", &[("message", message_ref(ended))], &["south", "aid"]);
    assert_eq!(fault(w.refused("north", back)), ChannelFault::Report {});
    let (request, _) = relayed(&mut w);
    let Value::Reference(id) = request else { unreachable!() };
    let request = MessageId(deconflict_record::Hash(id.0));
    let past = sent("D6", &correct(request, "by", later(&w, 0)), &["south"]);
    assert_eq!(fault(w.refused("north", past)), ChannelFault::Deadline {});
}

#[test]
fn an_incident_that_was_taken_back_is_answered_and_called_for() {
    let mut w = World::new(charter(&PARTIES));
    let place = hospital(&mut w);
    let hit = sent("P6", &[("object", place), ("since", later(&w, 0))], &["aid", "south"]);
    let hit = send(&mut w, "north", hit);
    w.accepted("north", sent("D7", &[("message", message_ref(hit))], &["aid", "south"]));
    let stopped = later(&w, 0);
    w.accepted("south", answered("CEASED", hit, &[("stopped_from", stopped)]));
    w.pass(3_600);
    let seen = &w.view("north").dialogues[&hit].exchanges[&party("aid")];
    assert!(seen.has_lapsed(Lapse::NoAnswer));
}

#[test]
fn who_was_told_that_a_place_is_hit_is_told_that_it_is_over_also_after_leaving() {
    let mut w = World::new(charter(&PARTIES));
    let place = hospital(&mut w);
    let hit = sent("P6", &[("object", place.clone()), ("since", later(&w, 0))], &["aid", "south"]);
    let hit = send(&mut w, "north", hit);
    w.expect_accepted("south", &[&root("south", 0)], Say::Withdraw { reason: "over".into() });
    let over = sent("P7", &[("object", place), ("since", later(&w, 0))], &["north"]);
    w.accepted("aid", over);
    assert!(!is_open(&w, "south", hit), "what it has says so");
}

#[test]
fn no_stranger_ends_an_incident_even_where_a_host_lets_it() {
    let mut w = World::new(charter(&PARTIES));
    let place = hospital(&mut w);
    let hit = sent("P6", &[("object", place.clone()), ("since", later(&w, 0))], &["aid", "south"]);
    let hit = send(&mut w, "north", hit);
    let over = sent("P7", &[("object", place), ("since", later(&w, 0))], &["north", "aid"]);
    let statement = w.statement("south", &[&operator("south", "duty")], over);
    let entry = Entry { at: w.now, what: What::Accepted(statement.into()) };
    w.fold(&entry);
    assert!(is_open(&w, "aid", hit) && is_open(&w, "north", hit));
}

#[test]
fn a_place_is_not_forgotten_while_it_is_being_hit() {
    let mut w = World::new(charter(&PARTIES));
    let (version, _) = w.accepted("aid", declare(site(33.5, 38.6), Sharing::Open));
    let hit = sent(
        "P6",
        &[("object", version_ref(version)), ("since", later(&w, 0))],
        &["aid", "south", "host"],
    );
    send(&mut w, "north", hit);
    let declaration = DeclarationId(version.0);
    w.accepted("aid", Say::End { declaration, how: Ending::Removed });
    let next = sent("L1", &[("n", Value::Number(1))], &["north"]);
    w.accepted("aid", next);
    let root = deconflict_record::leaf_hash(b"disclosures");
    let what = What::Found(Finding::Disclosures { root, comparing: false });
    w.fold(&Entry { at: w.now, what });
    w.pass(20 * 365 * 86_400);
    assert_eq!(w.state.erasable(w.now), Vec::<Vec<Entry>>::new());
    let over = sent(
        "P7",
        &[("object", version_ref(version)), ("since", later(&w, 0))],
        &["north", "south", "host"],
    );
    w.accepted("aid", over);
    let next = sent("L1", &[("n", Value::Number(2))], &["north"]);
    w.accepted("aid", next);
    assert_ne!(w.state.erasable(w.now), Vec::<Vec<Entry>>::new());
}

#[test]
fn an_answer_stands_under_no_text_that_its_author_had_not_read() {
    let mut w = World::new(charter(&PARTIES));
    let (request, _) = relayed(&mut w);
    let Value::Reference(id) = request else { unreachable!() };
    let request = MessageId(deconflict_record::Hash(id.0));
    let read = deconflict_record::Head {
        size: w.state.ledger().size,
        root: deconflict_record::Hash([0; 32]),
    };
    let sector = Value::Field(ParameterName::new("exit_sector").unwrap());
    let correction =
        [("message", message_ref(request)), ("field", sector), ("new_value", choice("west"))];
    w.accepted("north", sent("D6", &correction, &["south"]));
    let by = Value::Time(Moment::from_seconds(w.now.seconds() + 600).unwrap());
    let says = [
        answered("WILCO", request, &[("by", by)]),
        Say::Receive { message: request, receipt: Receipt::ReadBack, shown_in: None },
    ];
    let key = operator("south", "duty");
    for say in says {
        let mut statement = w.statement("south", &[&key], say.clone());
        statement.seen = Some(read);
        let Ok(entries) = w.file(statement) else { panic!("it is logged") };
        let What::Refused(_, why) = &entries[0].what else { panic!("{entries:?}") };
        assert_eq!(fault(why.clone()), ChannelFault::CorrectedSince {});
        let mut statement = w.statement("south", &[&key], say);
        let size = w.state.ledger().size;
        statement.seen = Some(deconflict_record::Head { size, ..read });
        let entries = w.file(statement).unwrap();
        assert!(matches!(entries[0].what, What::Accepted(_)), "{entries:?}");
    }
}

#[test]
fn a_watch_desk_that_is_addressed_itself_reads_of_a_relay_its_own_part_alone() {
    let mut w = World::new(charter(&PARTIES));
    let resumed = sent("L4", &[("from", later(&w, 0))], &["south", "host"]);
    let request = message_ref(send(&mut w, "north", resumed));
    // Nobody speaks for them: whoever may reach them is asked.
    let asked = [("message", request.clone()), ("group", Value::name("guards"))];
    let escalated = send(&mut w, "north", sent("Y1", &asked, &["south"]));
    w.pass(86_400);
    let addressed = send(&mut w, "north", sent("Y1", &asked, &["south", "host"]));
    assert!(w.view("host").dialogues.contains_key(&escalated));
    let mut all =
        vec![("message", request), ("group", Value::name("guards")), ("time", later(&w, 0))];
    all.extend([("means", choice("telephone")), ("how", choice("verbatim"))]);
    w.accepted("south", sent("Y2", &all, &["north"]));
    let reports = |id| w.view("host").dialogues[&id].exchanges[&party("south")].relayed.len();
    assert_eq!((reports(escalated), reports(addressed)), (1, 0));
}

#[test]
fn what_goes_on_is_still_to_be_passed_on_whatever_its_sender_takes_back() {
    let mut w = World::new(charter(&PARTIES));
    let place = version_ref(w.accepted("aid", declare(site(33.5, 38.6), Sharing::Open)).0);
    let all = [("object", place), ("since", later(&w, 0))];
    let fire = send(&mut w, "north", sent("P6", &all, &["south", "aid", "host"]));
    let asked = [("message", message_ref(fire)), ("group", Value::name("militia"))];
    let relay = send(&mut w, "aid", sent("Y1", &asked, &["south"]));
    w.accepted("north", taken_back(fire, &["south", "aid", "host"]));
    assert!(w.view("south").dialogues[&fire].is_incident_open());
    let known = &w.view("south").dialogues[&relay];
    assert_eq!(known.missing_hop(&party("south")), Some(Hop::Answer));
    assert!(known.due().is_some());
}
