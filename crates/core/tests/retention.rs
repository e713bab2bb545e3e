//! How long a conversation is kept, with whom it is forgotten, and what of it nobody else is told.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeSet;

use deconflict_core::*;
use deconflict_record::leaf_hash;
use deconflict_testing::*;
use deconflict_vocabulary::*;

const DAY_S: i64 = 86_400;
const RETENTION_DAYS: u32 = 30;
const RETENTION_S: i64 = RETENTION_DAYS as i64 * DAY_S;

fn world() -> World {
    let mut terms = charter(&PARTIES);
    terms.rules.retention_days = RETENTION_DAYS;
    World::new(terms)
}

/// Every key says something else, so that no chain goes on from what is to be forgotten.
fn go_on(w: &mut World) {
    for name in PARTIES {
        w.say(name, Say::DropInterest { interest: "none".parse().unwrap() });
    }
}

fn zone_of_north(w: &mut World) -> Value {
    let zone = zone(33.5, 38.6, 55_000.0, &["south", "aid"], &["south"]);
    let (zone, _) =
        w.accepted("north", declare(DeclarationContent::Zone(zone), Sharing::ConflictOnly));
    Value::Reference(ObjectRef(zone.0.0))
}

/// North asks others to leave its zone.
fn leave(w: &mut World, zone: &Value, to: &[&str]) -> MessageId {
    let all = [
        ("zone", zone.clone()),
        ("by", later(w, 7_200)),
        ("exit_sector", choice("east")),
        ("authority", choice("commander")),
    ];
    send(w, "north", sent("W4", &all, to))
}

fn left(w: &World, zone: &Value) -> Say {
    sent("W7", &[("zone", zone.clone()), ("time", later(w, 0))], &["north", "aid"])
}

/// North asks south to hold a convoy, and south does not answer.
fn held(w: &mut World) -> MessageId {
    let say = hold(w.now, &["south"]);
    send(w, "north", say)
}

fn knows(w: &World, message: MessageId) -> bool {
    let known = w.state.ledger().dialogues.contains_key(&message);
    let knows = |name: &&str| w.view(name).dialogues.contains_key(&message);
    assert_eq!(known, PARTIES.iter().any(knows), "as the host, so the parties");
    known
}

/// What is forgotten once so much time has passed; what is left comes to the same.
fn forget(w: &mut World, seconds: i64) -> Vec<Finding> {
    w.pass(seconds);
    let found = w.erase();
    w.forgotten();
    // And a state that is built anew knows no more of it.
    let state = State::new(w.state.ledger().clone());
    assert_eq!(state.next_due(), w.state.next_due());
    assert_eq!(state.erasable(w.now), w.state.erasable(w.now));
    found
}

#[test]
fn a_conversation_is_forgotten_as_a_whole_once_its_last_word_is_old() {
    let mut w = world();
    let zone = zone_of_north(&mut w);
    let request = leave(&mut w, &zone, &["south"]);
    w.accepted(
        "south",
        Say::Receive { message: request, receipt: Receipt::ReadBack, shown_in: None },
    );
    let by = later(&w, 3_600);
    w.accepted("south", answered("WILCO", request, &[("by", by)]));
    w.pass(10 * DAY_S);
    let report = left(&w, &zone);
    let report = send(&mut w, "south", report);
    let over = w.now;
    w.accepted("aid", answered("ROGER", report, &[]));
    w.accepted("north", answered("ROGER", report, &[]));
    go_on(&mut w);
    // What was promised came too late, so that the watch desk had it too.
    assert!(w.view("host").dialogues.contains_key(&request));
    assert_eq!(forget(&mut w, RETENTION_S), [], "to the instant");
    assert!(knows(&w, request) && knows(&w, report));
    let found = forget(&mut w, 1);
    assert_eq!(w.now, over.after_seconds(RETENTION_S + 1));
    assert!(!knows(&w, request) && !knows(&w, report));
    assert_eq!(found.len(), 4, "the report to two, each with an answer: {found:?}");
    let ledger = w.state.ledger();
    assert!(ledger.escalated.is_empty() && ledger.reported_on.is_empty());
    assert!(ledger.declarations.len() == 1, "what it was about stays");
    // All that was said of it is erased, and nothing else.
    let erased = w.forgotten();
    let told = |entry: &Entry| [request, report].iter().any(|id| entry.tells_of(&whole(*id)));
    let all: BTreeSet<u64> =
        (0..).zip(&w.log).filter(|(_, entry)| told(entry)).map(|(index, _)| index).collect();
    assert_eq!(erased, all);
    // Whoever speaks of it is told what it would be told of what never was.
    let cancel = taken_back(request, &["south"]);
    let Refusal::Unknown { .. } = w.refused("north", cancel) else { panic!("it is known") };
}

fn whole(message: MessageId) -> ErasureSubject {
    ErasureSubject::Message { message, party: None }
}

#[test]
fn what_is_linked_by_whatever_it_says_goes_with_the_latest_word() {
    let mut w = world();
    let zone = zone_of_north(&mut w);
    let request = leave(&mut w, &zone, &["south"]);
    let cancel = taken_back(request, &["south"]);
    w.pass(20 * DAY_S);
    let cancel = send(&mut w, "north", cancel);
    let other = held(&mut w);
    w.pass(2 * DAY_S);
    let broken = taken_back(other, &["south"]);
    let broken = send(&mut w, "north", broken);
    go_on(&mut w);
    assert_eq!(forget(&mut w, RETENTION_S - 2 * DAY_S), []);
    assert_eq!(forget(&mut w, DAY_S).len(), 2);
    let known = [request, cancel, other, broken].map(|message| knows(&w, message));
    assert_eq!(known, [false, false, true, true]);
    assert_eq!(forget(&mut w, 2 * DAY_S).len(), 2);
    assert!(!knows(&w, other) && !knows(&w, broken));
}

#[test]
fn nobody_is_told_more_of_what_is_erased_than_it_was_given() {
    let mut w = world();
    let zone = zone_of_north(&mut w);
    let request = leave(&mut w, &zone, &["south", "aid"]);
    w.accepted("south", unable(request));
    w.accepted(
        "aid",
        Say::Receive { message: request, receipt: Receipt::Delivered, shown_in: None },
    );
    w.accepted("aid", unable(request));
    // A place that aid may not see: it is told by cells, and nobody else learns of that.
    let sharing = Sharing::Named([party("north")].into());
    let (place, _) = w.accepted("south", declare(site(33.5, 38.6), sharing));
    let place = Value::Reference(ObjectRef(place.0.0));
    let hit = [("object", place.clone()), ("since", later(&w, 0))];
    send(&mut w, "north", sent("P6", &hit, &["south"]));
    let over = [("object", place.clone()), ("since", later(&w, 0))];
    send(&mut w, "south", sent("P7", &over, &["north"]));
    let Value::Reference(place) = place else { unreachable!() };
    let declaration = DeclarationId(deconflict_record::Hash(place.0));
    w.accepted("south", Say::End { declaration, how: Ending::Removed });
    let root = leaf_hash(b"disclosures");
    let what = What::Found(Finding::Disclosures { root, comparing: false });
    w.fold(&Entry { at: w.now, what });
    go_on(&mut w);
    let before: Vec<BTreeSet<u64>> =
        PARTIES.iter().map(|name| w.given[&party(name)].clone()).collect();
    forget(&mut w, RETENTION_S + 2 * DAY_S);
    // The place goes first, and then what was told of it.
    forget(&mut w, 0);
    assert!(w.state.ledger().dialogues.is_empty(), "{:?}", w.state.ledger().dialogues);
    let mut told = 0;
    for (name, before) in PARTIES.iter().zip(before) {
        let after = &w.given[&party(name)];
        for index in after.difference(&before) {
            if let What::Found(Finding::Erased { of, entries }) = &w.log[*index as usize].what
                && matches!(of, ErasureSubject::Message { .. })
                // The watch desk keeps the record.
                && *name != "host"
            {
                assert!(entries.iter().all(|entry| after.contains(entry)), "{name}: {of:?}");
                told += entries.len();
            }
        }
        // And it is told of all that it has.
        let erased = w.forgotten();
        let named = |index: &u64| match &w.log[*index as usize].what {
            What::Found(Finding::Erased { entries, .. }) => entries.clone(),
            _ => Vec::new(),
        };
        let named: BTreeSet<u64> = after.iter().flat_map(named).collect();
        assert!(after.intersection(&erased).all(|entry| named.contains(entry)), "{name}");
    }
    assert!(told > 15, "{told}");
}

/// What is said, as long as it is kept, and by what it may go.
struct Keeping {
    why: &'static str,
    say: fn(&mut World) -> Vec<MessageId>,
    settle: fn(&mut World, &[MessageId]),
}

const KEEPING: [Keeping; 6] = [
    Keeping {
        why: "what was promised is not reported done",
        say: |w| {
            let zone = zone_of_north(w);
            let request = leave(w, &zone, &["south"]);
            let by = later(w, 3_600);
            w.accepted("south", answered("WILCO", request, &[("by", by)]));
            vec![request]
        },
        settle: |w, all| {
            let reason = [("message", message_ref(all[0])), ("reason", choice("terms"))];
            send(w, "south", sent("D8", &reason, &["north"]));
        },
    },
    Keeping {
        why: "a place is being hit",
        say: |w| {
            let cell = Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
            let all = [("cell", cell), ("since", later(w, 0))];
            let told = sent("W9", &all, &["host", "south", "aid"]);
            let message = send(w, "north", told);
            w.accepted("south", answered("NOT OURS", message, &[]));
            vec![message]
        },
        settle: |w, _| {
            let cell = Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
            let over = [("object", cell), ("since", later(w, 0))];
            send(w, "north", sent("P7", &over, &["host", "south", "aid"]));
        },
    },
    Keeping {
        why: "it is the last that its key said",
        say: |w| {
            go_on(w);
            vec![held(w)]
        },
        settle: |w, _| go_on(w),
    },
    Keeping {
        why: "the line is suspended",
        say: |w| {
            let all = [("from", later(w, 0)), ("reason", choice("terms"))];
            vec![send(w, "north", sent("L3", &all, &["south"]))]
        },
        settle: |w, _| {
            let all = [("from", later(w, 0))];
            send(w, "north", sent("L4", &all, &["south"]));
        },
    },
    Keeping {
        why: "the post is held as it says",
        say: |w| vec![hand_over(w, "ivanov", 0)],
        settle: |w, _| {
            hand_over(w, "petrova", 0);
        },
    },
    Keeping {
        why: "it is the last line test",
        say: |w| vec![send(w, "north", sent("L1", &[("n", Value::Number(1))], &["south"]))],
        settle: |w, _| {
            send(w, "north", sent("L1", &[("n", Value::Number(2))], &["south"]));
        },
    },
];

fn hand_over(w: &mut World, name: &str, from: i64) -> MessageId {
    let all = [
        ("post", Value::name("duty officer")),
        ("name", Value::name(name)),
        ("languages", Value::Languages(vec![LanguageTag::new("ru").unwrap()])),
        ("from", later(w, from)),
    ];
    send(w, "south", sent("L2", &all, &["north"]))
}

#[test]
fn what_is_waited_for_or_stands_until_something_else_is_said_is_kept() {
    for Keeping { why, say, settle } in KEEPING {
        let mut w = world();
        let all = say(&mut w);
        if why != "it is the last that its key said" {
            go_on(&mut w);
        }
        forget(&mut w, 4 * RETENTION_S);
        assert!(all.iter().all(|message| knows(&w, *message)), "{why}");
        settle(&mut w, &all);
        go_on(&mut w);
        if why != "it is the last that its key said" {
            forget(&mut w, RETENTION_S - DAY_S);
            assert!(all.iter().all(|message| knows(&w, *message)), "{why}: what settles it is new");
        }
        forget(&mut w, 2 * DAY_S);
        assert!(all.iter().all(|message| !knows(&w, *message)), "{why}");
    }
}

#[test]
fn what_counts_only_later_or_is_to_be_kept_to_is_kept_until_then() {
    let mut w = world();
    let to_come = hand_over(&mut w, "ivanov", 40 * DAY_S);
    let zone = zone_of_north(&mut w);
    let all = [("zone", zone), ("until", later(&w, 50 * DAY_S))];
    let clear = send(&mut w, "north", sent("W6", &all, &["south"]));
    w.accepted("south", unable(clear));
    go_on(&mut w);
    forget(&mut w, 39 * DAY_S);
    assert!(knows(&w, to_come) && knows(&w, clear));
    hand_over(&mut w, "petrova", 0);
    go_on(&mut w);
    forget(&mut w, 40 * DAY_S);
    assert!(knows(&w, clear), "it speaks of a time that was not over");
    assert!(knows(&w, to_come), "it began later than the other one");
    forget(&mut w, 2 * DAY_S);
    assert!(!knows(&w, clear));
    hand_over(&mut w, "sidorova", 0);
    go_on(&mut w);
    forget(&mut w, RETENTION_S + DAY_S);
    assert!(!knows(&w, to_come));
}

#[test]
fn what_was_told_by_cells_is_kept_as_long_as_the_place_is() {
    let mut w = world();
    let sharing = Sharing::Named([party("north")].into());
    let (place, _) = w.accepted("aid", declare(site(33.5, 38.6), sharing));
    let named = || Value::Reference(ObjectRef(place.0.0));
    let hit = [("object", named()), ("since", later(&w, 0))];
    let hit = send(&mut w, "north", sent("P6", &hit, &["aid"]));
    let over = [("object", named()), ("since", later(&w, 0))];
    send(&mut w, "aid", sent("P7", &over, &["north"]));
    go_on(&mut w);
    forget(&mut w, 4 * RETENTION_S);
    assert!(knows(&w, hit));
    assert!(w.state.ledger().dialogues.values().any(|dialogue| dialogue.by_cell.is_some()));
    let declaration = DeclarationId(place.0);
    w.accepted("aid", Say::End { declaration, how: Ending::Removed });
    let what = Finding::Disclosures { root: leaf_hash(b"disclosures"), comparing: false };
    w.fold(&Entry { at: w.now, what: What::Found(what) });
    go_on(&mut w);
    forget(&mut w, RETENTION_S + 1);
    assert!(knows(&w, hit), "the place first");
    forget(&mut w, 0);
    assert!(!knows(&w, hit) && w.state.ledger().dialogues.is_empty());
}

#[test]
fn how_often_something_was_asked_today_is_not_forgotten_today() {
    let mut terms = charter(&PARTIES);
    terms.rules.retention_days = 0;
    let mut w = World::new(terms);
    let ask = |w: &World| {
        let area = Value::Volumes(ObjectRef([7; 32]));
        sent("W8", &[("area", area), ("from", later(w, 300)), ("until", later(w, 600))], &["south"])
    };
    for _ in 0..3 {
        let message = ask(&w);
        let message = send(&mut w, "north", message);
        w.accepted("south", answered("NO STATEMENT", message, &[]));
    }
    go_on(&mut w);
    forget(&mut w, DAY_S - 3_600);
    let asked = ask(&w);
    let Refusal::Channel { fault } = w.refused("north", asked) else { panic!("not refused") };
    assert_eq!(fault, ChannelFault::DayIsFull { most: 3 });
    assert_ne!(forget(&mut w, 4_300), []);
    let asked = ask(&w);
    w.accepted("north", asked);
}

#[test]
fn what_a_wrong_clock_dated_back_is_kept_as_long_as_what_stood_before_it() {
    let mut w = world();
    let first = held(&mut w);
    let now = w.now;
    w.now = now.after_seconds(-20 * RETENTION_S);
    let dated_back = held(&mut w);
    w.pass(3_600);
    go_on(&mut w);
    w.now = now;
    w.pass(DAY_S);
    assert_eq!(forget(&mut w, 0), []);
    assert!(knows(&w, first) && knows(&w, dated_back));
    forget(&mut w, RETENTION_S + DAY_S);
    assert!(!knows(&w, first) && !knows(&w, dated_back));
}

#[test]
fn a_conversation_of_more_entries_than_are_erased_at_once_is_kept() {
    let mut w = world();
    w.checked = false;
    let most = [10, 4_000].map(|more| {
        let message = held(&mut w);
        for n in 0..more {
            let field = Value::Field(ParameterName::new("until").unwrap());
            let until = later(&w, 7_200 + 60 * (1 + n % 2));
            let correct =
                [("message", message_ref(message)), ("field", field), ("new_value", until)];
            let statement = w.statement(
                "north",
                &[&operator("north", "duty")],
                sent("D6", &correct, &["south"]),
            );
            w.chained(&statement);
            w.state.apply(&Entry { at: w.now, what: What::Accepted(statement.into()) });
        }
        message
    });
    w.now = w.now.after_seconds(DAY_S);
    while let all = w.state.tick(w.now, 4_096)
        && !all.is_empty()
    {
        all.iter().for_each(|entry| drop(w.state.apply(entry)));
    }
    for name in PARTIES {
        let say = Say::DropInterest { interest: "none".parse().unwrap() };
        let statement = w.statement(name, &[&operator(name, "duty")], say);
        w.state.apply(&Entry { at: w.now, what: What::Accepted(statement.into()) });
    }
    let goes = w.state.erasable(w.now.after_seconds(2 * RETENTION_S)).concat();
    let names = |message| {
        let is_it = |entry: &&Entry| matches!(&entry.what, What::Found(Finding::Erased { of, .. }) if *of == whole(message));
        goes.iter().filter(is_it).count()
    };
    assert_eq!(most.map(names), [1, 0]);
}
