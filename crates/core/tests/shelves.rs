//! The sound of one object, shelved by one operator for a while: what is silent, for whom, and what sounds nevertheless.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeMap;

use deconflict_core::*;
use deconflict_record::{Hash, leaf_hash};
use deconflict_testing::*;
use deconflict_vocabulary::{CellPlace, ObjectRef, ParameterName, Value};

fn world() -> World {
    World::new(charter(&["host", "north", "south", "aid"]))
}

/// North asks south to hold a convoy for so long.
fn hold(w: &mut World, seconds: i64) -> MessageId {
    let all = [
        ("who", Value::name("convoy 7")),
        ("until", later(w, seconds)),
        ("authority", choice("duty")),
    ];
    send(w, "north", sent("W5", &all, &["south"]))
}

fn shelve(w: &World, of: ShelfObject, seconds: i64) -> Say {
    Say::Shelve { of, until: w.now.after_seconds(seconds) }
}

/// For whom of a party a message is silent in what its desk has, and for how many seconds more.
fn silent(w: &World, name: &str, message: MessageId) -> BTreeMap<String, i64> {
    let all = w.view(name).shelved(&party(name), message, w.now);
    let left = |until: Time| until.seconds() - w.now.seconds();
    all.into_iter().map(|(operator, until)| (operator.to_string(), left(until))).collect()
}

fn for_duty(seconds: i64) -> BTreeMap<String, i64> {
    [("duty".to_owned(), seconds)].into()
}

#[test]
fn a_sound_is_shelved_for_one_operator_ends_by_itself_and_only_its_party_and_the_watch_desk_read_of_it()
 {
    let mut w = world();
    w.enrol("south", "night", Role::Person);
    let message = hold(&mut w, 86_400);
    let read_back = Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None };
    w.accepted("south", read_back);
    let before: Vec<usize> = ["north", "aid"].map(|name| w.transcript(name).len()).into();
    let say = shelve(&w, ShelfObject::Message(message), 100);
    w.accepted("south", say);
    assert_eq!(silent(&w, "south", message), for_duty(100), "not for the operator `night`");
    // Who keeps the record sees that it is shelved; whoever sent it does not, nor does anybody else.
    let south = party("south");
    assert_eq!(w.view("host").shelves_of(&south, w.now).count(), 1);
    for (name, before) in ["north", "aid"].into_iter().zip(before) {
        assert_eq!(w.transcript(name).len(), before, "{name}");
        assert!(w.view(name).shelves.is_empty(), "{name}");
    }
    assert!(!w.view("host").dialogues.contains_key(&message), "it is told of no text");
    w.pass(99);
    assert_eq!(silent(&w, "south", message), for_duty(1));
    let entries = w.log.len();
    w.pass(1);
    assert_eq!(silent(&w, "south", message), BTreeMap::new());
    assert_eq!(w.log.len(), entries, "nothing has to say that it ended");
    // What ended a quarter of an hour ago goes with the party's next one, from every view.
    w.pass(900);
    let say = shelve(&w, ShelfObject::Message(message), 60);
    w.accepted("south", say);
    for name in ["south", "host"] {
        assert_eq!(w.view(name).shelves[&south].len(), 1, "{name}");
    }
}

#[test]
fn it_is_for_a_quarter_of_an_hour_at_most_and_cannot_be_prolonged() {
    let mut w = world();
    let message = hold(&mut w, 86_400);
    w.accepted("south", Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None });
    let object = ShelfObject::Message(message);
    for wrong in [0, -5, 901, 86_400] {
        let say = shelve(&w, object, wrong);
        assert_eq!(w.refused("south", say), Refusal::ShelfEnd { most_s: 900 }, "{wrong}");
    }
    let say = shelve(&w, object, 900);
    w.accepted("south", say);
    let until = w.now.after_seconds(900);
    w.pass(600);
    let say = shelve(&w, object, 900);
    assert_eq!(w.refused("south", say), Refusal::ShelvedAlready { until });
    // A machine says it as little as a root; nobody says it for another.
    w.enrol("south", "uss", Role::Machine);
    let say = shelve(&w, object, 60);
    let by_machine = w.expect_refused("south", &[&operator("south", "uss")], say.clone());
    assert_eq!(by_machine, Refusal::PersonOnly {});
    let means = "by telephone".to_owned();
    let said = Say::EnterFor { party: party("south"), means, said: Box::new(say) };
    assert_eq!(w.refused("host", said), Refusal::OwnKeyOnly {});
}

#[test]
fn shelves_that_follow_one_another_silence_nothing_for_longer_than_one() {
    let mut w = world();
    let zone = zone(33.5, 38.6, 55_000.0, &["south"], &["south"]);
    let zone = declare(DeclarationContent::Zone(zone), Sharing::ConflictOnly);
    let zone = w.accepted("north", zone).0;
    let all = [("zone", Value::Reference(ObjectRef(zone.0.0))), ("until", later(&w, 86_400))];
    let message = send(&mut w, "north", sent("W6", &all, &["south"]));
    w.accepted("south", Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None });
    let by_message = shelve(&w, ShelfObject::Message(message), 900);
    w.accepted("south", by_message);
    w.pass(600);
    let by_zone = shelve(&w, ShelfObject::Declaration(DeclarationId(zone.0)), 900);
    w.accepted("south", by_zone);
    assert_eq!(silent(&w, "south", message), for_duty(300));
    w.pass(300);
    assert_eq!(silent(&w, "south", message), BTreeMap::new(), "the zone's shelf has 600 s left");
    assert_eq!(w.view("south").shelves_of(&party("south"), w.now).count(), 1);
    // Nor does the zone's begin anew with what anybody shelves then.
    let other = send(&mut w, "north", sent("W6", &all, &["south"]));
    w.accepted(
        "south",
        Say::Receive { message: other, receipt: Receipt::ReadBack, shown_in: None },
    );
    let of_other = shelve(&w, ShelfObject::Message(other), 60);
    w.accepted("south", of_other);
    assert_eq!(silent(&w, "south", message), BTreeMap::new(), "900 s are over");
    // What names the zone and comes now is new.
    let again = send(&mut w, "north", sent("W6", &all, &["south"]));
    assert_eq!(silent(&w, "south", again), BTreeMap::new());
}

#[test]
fn shelves_of_a_second_make_no_list_and_what_one_went_on_from_is_kept_as_long_as_it_counts() {
    let mut w = world();
    let message = hold(&mut w, 86_400);
    w.accepted("south", Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None });
    let south = party("south");
    for _ in 0..50 {
        let say = shelve(&w, ShelfObject::Message(message), 1);
        w.accepted("south", say);
        w.pass(2);
    }
    for name in ["south", "host"] {
        assert_eq!(w.view(name).shelves[&south].len(), 1, "{name}");
    }
    // Where each goes on from the one before it, all of them are one stretch, and count against the operator's share.
    let mut said = 0;
    for _ in 0..60 {
        let say = shelve(&w, ShelfObject::Message(message), 1);
        let entries = w.say("south", say);
        said += usize::from(matches!(entries[0].what, What::Accepted(_)));
        assert!(w.view("south").shelves[&south].len() <= 32);
        w.pass(1);
    }
    assert!((32..60).contains(&said), "{said}");
}

#[test]
fn what_says_that_somebody_is_hit_and_what_speaks_of_it_is_never_shelved() {
    let mut w = world();
    let cell = || Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
    let fire = [("cell", cell()), ("since", later(&w, 0))];
    let fire = send(&mut w, "north", sent("W9", &fire, &["host", "south", "aid"]));
    let asks = [
        ("message", message_ref(fire)),
        (
            "question",
            Value::text("which cell", deconflict_vocabulary::LanguageTag::new("en").unwrap()),
        ),
    ];
    let asks = send(&mut w, "south", sent("D4", &asks, &["north"]));
    let review = [("incident", message_ref(fire))];
    let review = send(&mut w, "south", sent("D5", &review, &["north"]));
    let protest = [("entry", message_ref(fire))];
    let protest = send(&mut w, "south", sent("D3", &protest, &["north"]));
    for message in [fire, asks, review, protest] {
        let say = shelve(&w, ShelfObject::Message(message), 60);
        assert_eq!(w.refused("south", say), Refusal::NeverShelved {});
    }
    let sharing = Sharing::Named([party("north"), party("south")].into());
    let clinic = w.accepted("aid", declare(site(33.5, 38.6), sharing)).0;
    let object = ShelfObject::Declaration(DeclarationId(clinic.0));
    let place = Value::Reference(ObjectRef(clinic.0.0));
    // Shelved before: what is hit there sounds all the same, and from then on it cannot be shelved.
    let say = shelve(&w, object, 60);
    w.accepted("south", say);
    let hit = [("object", place), ("since", later(&w, 0))];
    let hit = send(&mut w, "north", sent("P6", &hit, &["aid", "south"]));
    assert_eq!(silent(&w, "south", hit), BTreeMap::new());
    w.pass(60);
    let say = shelve(&w, object, 60);
    assert_eq!(w.refused("south", say), Refusal::NeverShelved {});
    // Also not where a host that lies takes it in.
    let mut view = w.view("south").clone();
    let key = operator("south", "duty");
    let until = w.now.after_seconds(600);
    let say = Say::Shelve { of: ShelfObject::Message(hit), until };
    let lie = w.statement("south", &[&key], say);
    let index = w.log.len() as u64;
    view.apply(index, index, &Entry { at: w.now, what: What::Accepted(Box::new(lie)) });
    assert_eq!(view.shelves_of(&party("south"), w.now).count(), 1);
    assert_eq!(view.shelved(&party("south"), hit, w.now), BTreeMap::new());
}

#[test]
fn what_comes_of_the_same_message_later_sounds() {
    let mut w = world();
    let shelved = |w: &mut World| {
        let message = hold(w, 86_400);
        w.accepted("south", Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None });
        let say = shelve(w, ShelfObject::Message(message), 900);
        w.accepted("south", say);
        // Then it goes to the next level.
        assert_eq!(silent(w, "south", message), for_duty(300));
        message
    };
    // It is corrected, and opens anew.
    let corrected = shelved(&mut w);
    let all = [
        ("message", message_ref(corrected)),
        ("field", Value::Field(ParameterName::new("until").unwrap())),
        ("new_value", later(&w, 43_200)),
    ];
    let correction = send(&mut w, "north", sent("D6", &all, &["south"]));
    assert_eq!(silent(&w, "south", corrected), BTreeMap::new());
    assert_eq!(silent(&w, "south", correction), BTreeMap::new(), "a message of its own");
    // It is asked once more: that is another message.
    let first = shelved(&mut w);
    let repeat = hold(&mut w, 86_400);
    assert_eq!(w.view("south").nth_request(repeat), Some(3));
    assert_eq!(silent(&w, "south", repeat), BTreeMap::new());
    assert_eq!(silent(&w, "south", first), for_duty(300));
    // It is not answered in time, and goes to the next level.
    let unanswered = shelved(&mut w);
    let found = w.pass(899);
    let falls_due = |finding: &Finding| matches!(finding, Finding::MessageLapse { message, .. } if *message == unanswered);
    assert!(found.iter().any(falls_due), "{found:?}");
    assert!(w.view("host").dialogues.contains_key(&unanswered), "the watch desk reads it");
    assert_eq!(silent(&w, "south", unanswered), BTreeMap::new());
    // The watch desk may shelve for itself what it reads.
    let say = shelve(&w, ShelfObject::Message(unanswered), 60);
    w.accepted("host", say);
    assert_eq!(silent(&w, "host", unanswered), for_duty(60));
    assert!(w.view("south").shelves_of(&party("host"), w.now).next().is_none());
}

#[test]
fn what_is_hidden_is_refused_as_what_is_not_there_and_an_operator_has_a_share() {
    let mut w = world();
    let plan =
        || operation(circle(33.5, 38.6, 500.0, "2017-05-18T12:00:00Z", "2017-05-18T14:00:00Z"));
    let hidden = w.accepted("north", declare(plan(), Sharing::ConflictOnly)).0;
    w.accepted("aid", declare(plan(), Sharing::ConflictOnly));
    let (conflict, _) = w.conflict();
    let message = hold(&mut w, 86_400);
    let nothing = leaf_hash(b"nothing");
    let asked = [("aid", message.0), ("south", hidden.0), ("south", conflict.0)];
    for (nth, (name, secret)) in asked.into_iter().enumerate() {
        let mut words = |hash: Hash| {
            let object = match nth {
                0 => ShelfObject::Message(MessageId(hash)),
                1 => ShelfObject::Declaration(DeclarationId(hash)),
                _ => ShelfObject::Conflict(ConflictId(hash)),
            };
            let say = shelve(&w, object, 60);
            let refusal = w.refused(name, say);
            assert!(matches!(refusal, Refusal::Unknown { .. }), "{refusal:?}");
            refusal.to_string().replace(&hash.to_string(), "")
        };
        assert_eq!(words(secret), words(nothing));
    }
    let by_north = shelve(&w, ShelfObject::Conflict(conflict), 60);
    w.accepted("north", by_north);
    for nth in 0..32 {
        let (from, until) = ("2017-05-19T12:00:00Z", "2017-05-19T14:00:00Z");
        let own = operation(circle(40.0 + f64::from(nth) * 0.1, 38.6, 50.0, from, until));
        let own = w.accepted("south", declare(own, Sharing::ConflictOnly)).0;
        let say = shelve(&w, ShelfObject::Declaration(DeclarationId(own.0)), 60);
        w.accepted("south", say);
    }
    let say = shelve(&w, ShelfObject::Message(message), 60);
    let most = 32;
    assert_eq!(w.refused("south", say), Refusal::Limit { of: Quantity::Shelves, most });
}

#[test]
fn whoever_becomes_the_watch_desk_is_given_what_is_shelved_and_who_was_it_forgets() {
    let mut w = world();
    let message = hold(&mut w, 86_400);
    w.accepted("south", Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None });
    let first = shelve(&w, ShelfObject::Message(message), 30);
    w.accepted("south", first);
    w.pass(30);
    let other = hold(&mut w, 86_400);
    for message in [message, other] {
        let say = shelve(&w, ShelfObject::Message(message), 600);
        w.accepted("south", say);
    }
    let host = Host { party: party("aid"), key: operator("aid", "log").verifying_key() };
    let from = deconflict_record::Head { size: 7, root: leaf_hash(b"head") };
    let roots = ["host", "north", "south", "aid"].map(|name| root(name, 0));
    let signers: Vec<_> = roots.iter().collect();
    // Each view is compared with what its party may see, after every entry.
    w.expect_accepted("host", &signers, Say::MoveHost { host, from });
    assert_eq!(w.view("aid").shelves_of(&party("south"), w.now).count(), 2);
    assert!(w.view("host").shelves.is_empty());
}

#[test]
fn each_person_reads_back_what_says_that_somebody_is_hit_and_of_all_else_the_first_one_counts() {
    let mut w = world();
    w.enrol("south", "night", Role::Person);
    w.enrol("south", "uss", Role::Machine);
    let cell = Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
    let fire = [("cell", cell), ("since", later(&w, 0))];
    let fire = send(&mut w, "north", sent("W9", &fire, &["host", "south", "aid"]));
    let other = hold(&mut w, 86_400);
    let south = party("south");
    let [duty, night] = ["duty", "night"].map(|post| operator("south", post));
    let say = |message| Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None };
    for message in [fire, other] {
        w.expect_accepted("south", &[&duty], say(message));
    }
    let id = |key: &deconflict_record::SigningKey| key.verifying_key().id();
    let by = |w: &World, name: &str, message: MessageId| {
        let exchange = w.view(name).dialogues[&message].exchanges[&south].clone();
        [&duty, &night].map(|key| exchange.was_read_back_by(id(key)))
    };
    assert_eq!(by(&w, "south", fire), [true, false]);
    w.expect_accepted("south", &[&night], say(fire));
    // The sender is told of each, and the first stays the first.
    for name in ["south", "north"] {
        assert_eq!(by(&w, name, fire), [true, true], "{name}");
        let first = w.view(name).dialogues[&fire].exchanges[&south].read_back;
        assert_eq!(first.map(|(key, _)| key), Some(id(&duty)));
    }
    let said_already = Refusal::Channel { fault: ChannelFault::SaidAlready {} };
    for (key, message) in [(&night, other), (&night, fire), (&duty, fire)] {
        assert_eq!(w.expect_refused("south", &[key], say(message)), said_already);
    }
    let machine = operator("south", "uss");
    let refusal = w.expect_refused("south", &[&machine], say(fire));
    assert_eq!(refusal, Refusal::Channel { fault: ChannelFault::PersonOnly {} });
}

#[test]
fn a_desk_whose_clock_is_behind_is_silent_for_no_longer_and_a_revoked_key_silences_nothing() {
    let mut w = world();
    let message = hold(&mut w, 86_400);
    w.accepted("south", Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None });
    let say = shelve(&w, ShelfObject::Message(message), 300);
    w.accepted("south", say);
    let at = |seconds: i64| {
        w.view("south").shelved(&party("south"), message, w.now.after_seconds(seconds))
    };
    assert!(!at(-5).is_empty());
    assert!(at(-6).is_empty(), "it begins only in 6 s: this clock is behind");
    let operator_key = duty("south").verifying_key().id();
    let reason = "stolen".to_owned();
    let statement =
        w.statement("south", &[&root("south", 0)], Say::Revoke { operator_key, reason });
    w.file(statement).unwrap();
    let revoked = w.view("south");
    assert_eq!(revoked.shelved(&party("south"), message, w.now), BTreeMap::new());
    assert_eq!(revoked.shelves_of(&party("south"), w.now).count(), 0);
}

#[test]
fn what_falls_due_sounds_at_its_time_also_where_no_entry_tells_of_it() {
    let mut w = world();
    let message = hold(&mut w, 86_400);
    w.accepted("south", Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None });
    let say = shelve(&w, ShelfObject::Message(message), 900);
    w.accepted("south", say);
    let view = w.view("south").clone();
    let (due, ..) = view.dialogues[&message].due().unwrap();
    let left_s = due.seconds() - w.now.seconds();
    assert!((1..900).contains(&left_s), "{left_s}");
    let silent_at = |now: Time| view.shelved(&party("south"), message, now);
    assert_eq!(silent_at(due.after_seconds(-1)).into_values().collect::<Vec<_>>(), [due]);
    assert_eq!(silent_at(due), BTreeMap::new());
}
