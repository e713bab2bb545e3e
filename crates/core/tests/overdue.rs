//! Movements: one that is past its last window is overdue until its owner says otherwise, and its owner is warned where
//! nobody has said that units were told of it.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_testing::*;
use deconflict_vocabulary::*;

const LAT: f64 = 33.5;
const LON: f64 = 38.6;
const DEPARTS: &str = "2017-05-18T12:00:00Z";
const ARRIVES: &str = "2017-05-18T14:00:00Z";
/// The last window ends half an hour after that, and half an hour later it is overdue.
const OVERDUE: &str = "2017-05-18T15:00:00Z";

fn world() -> World {
    World::new(charter(&PARTIES))
}

fn convoy() -> DeclarationContent {
    movement((LAT, LON), (LAT, LON + 0.5), DEPARTS, ARRIVES)
}

fn to_north() -> Sharing {
    Sharing::Named([party("north")].into())
}

/// A convoy of `aid` that `north` alone may see.
fn declared(w: &mut World) -> Version {
    w.accepted("aid", declare(convoy(), to_north())).0
}

fn go_to(w: &mut World, time: &str) -> Vec<Finding> {
    let seconds = at(time).seconds() - w.now.seconds();
    w.pass(seconds)
}

fn status(w: &World, of: Version, word: &str) -> Say {
    let all = [("movement", version_ref(of)), ("time", later(w, 0)), ("status", choice(word))];
    sent("P3", &all, &["north"])
}

/// The movements that are said to be overdue, by the messages that say so.
fn overdue(findings: &[Finding]) -> Vec<MessageId> {
    let notice = |finding: &Finding| match finding {
        Finding::MovementOverdue { notice, .. } => Some(*notice),
        _ => None,
    };
    findings.iter().filter_map(notice).collect()
}

fn over(findings: &[Finding]) -> Vec<MessageId> {
    let notice = |finding: &Finding| match finding {
        Finding::MovementOverdueEnded { notice } => Some(*notice),
        _ => None,
    };
    findings.iter().filter_map(notice).collect()
}

fn not_told(findings: &[Finding]) -> usize {
    findings.iter().filter(|one| matches!(one, Finding::UnitsNotTold { .. })).count()
}

fn has(w: &World, name: &str, id: MessageId) -> bool {
    w.view(name).dialogues.contains_key(&id)
}

#[test]
fn a_movement_without_news_is_overdue_half_an_hour_after_its_last_window_with_its_last_status() {
    let mut w = world();
    let way = declared(&mut w);
    go_to(&mut w, DEPARTS);
    let departed = status(&w, way, "departed");
    w.accepted("aid", departed);
    let unseen = w.transcript("south");
    let before = at(OVERDUE).after_millis(-1);
    assert_eq!(overdue(&findings(&w.state.tick(before, 99))), []);
    let found = go_to(&mut w, OVERDUE);
    let [id] = overdue(&found)[..] else { panic!("{found:?}") };
    for name in ["aid", "north", "host"] {
        let dialogue = &w.view(name).dialogues[&id];
        assert_eq!(dialogue.code().as_str(), "P10");
        assert_eq!(
            dialogue.message.parameters[&ParameterName::new("last_status").unwrap()],
            choice("departed")
        );
        let to: Vec<&str> = dialogue.exchanges.keys().map(PartyId::as_str).collect();
        assert_eq!(to, ["aid", "host", "north"], "{name}");
        assert_eq!(
            (dialogue.sender.as_str(), dialogue.precedence),
            ("host", Precedence::Immediate)
        );
        assert!(dialogue.is_of_host() && !dialogue.is_found_late());
    }
    assert!(!has(&w, "south", id));
    // It is answered as any message, by the watch desk too.
    for name in ["aid", "host"] {
        w.accepted(name, answered("ROGER", id, &[]));
    }
    assert!(w.view("host").dialogues[&id].exchanges[&party("aid")].answer().is_some());
    // It says so once, and nobody takes it back: its owner's word ends it, for all who were told.
    assert_eq!(overdue(&w.pass(86_400)), []);
    let back = w.refused("host", taken_back(id, &["aid", "host", "north"]));
    assert!(matches!(back, Refusal::Channel { .. }), "{back:?}");
    let delayed = status(&w, way, "delayed");
    assert_eq!(over(&w.accepted("aid", delayed).1), []);
    let arrived = status(&w, way, "arrived");
    assert_eq!(over(&w.accepted("aid", arrived).1), [id]);
    for name in ["aid", "north", "host"] {
        assert!(w.view(name).dialogues[&id].ended.is_some(), "{name}");
    }
    assert_eq!(overdue(&w.pass(86_400)), []);
    assert_eq!(w.transcript("south"), unseen, "who may not see it is told nothing, in no entry");
}

#[test]
fn what_arrived_was_broken_off_or_ended_is_not_overdue_and_what_was_said_of_an_earlier_version_counts_no_more()
 {
    for word in ["arrived", "aborted"] {
        let mut w = world();
        let way = declared(&mut w);
        go_to(&mut w, ARRIVES);
        let said = status(&w, way, word);
        let said = send(&mut w, "aid", said);
        assert_eq!(overdue(&go_to(&mut w, OVERDUE)), []);
        // What is taken back was not said.
        w.accepted("aid", taken_back(said, &["north"]));
        assert_eq!(overdue(&w.pass(0)).len(), 1, "{word}");
    }
    let mut w = world();
    let way = declared(&mut w);
    let end = Say::End { declaration: DeclarationId(way.0), how: Ending::Cancelled };
    w.accepted("aid", end);
    assert_eq!(overdue(&go_to(&mut w, OVERDUE)), []);

    let mut w = world();
    let way = declared(&mut w);
    go_to(&mut w, DEPARTS);
    let arrived = status(&w, way, "arrived");
    w.accepted("aid", arrived);
    let next = w.accepted("aid", amend(way, way, convoy(), to_north())).0;
    let [first] = overdue(&go_to(&mut w, OVERDUE))[..] else { panic!() };
    // Notified anew with the same windows it is overdue at once, under another name; and its end ends that.
    let (_, found) = w.accepted("aid", amend(way, next, convoy(), to_north()));
    assert_eq!(over(&found), [first]);
    let [second] = overdue(&w.pass(0))[..] else { panic!() };
    assert_ne!(first, second);
    let end = Say::End { declaration: DeclarationId(way.0), how: Ending::Cancelled };
    assert_eq!(over(&w.accepted("aid", end).1), [second]);
}

#[test]
fn what_ends_by_its_owners_end_or_correction_is_over_for_whoever_was_told() {
    let mut w = world();
    let way = declared(&mut w);
    go_to(&mut w, DEPARTS);
    let departed = status(&w, way, "departed");
    let said = send(&mut w, "aid", departed);
    let [id] = overdue(&go_to(&mut w, OVERDUE))[..] else { panic!() };
    let corrected = [
        ("message", message_ref(said)),
        ("field", Value::Field(ParameterName::new("status").unwrap())),
        ("new_value", choice("aborted")),
    ];
    assert_eq!(over(&w.accepted("aid", sent("D6", &corrected, &["north"])).1), [id]);

    let mut w = world();
    let way = declared(&mut w);
    let [id] = overdue(&go_to(&mut w, OVERDUE))[..] else { panic!() };
    let how = Ending::Ended;
    // What somebody else says for its owner of what that signed ends nothing.
    let by_phone = |said: Say| Say::EnterFor {
        party: party("aid"),
        means: "by telephone".into(),
        said: Box::new(said),
    };
    let end = Say::End { declaration: DeclarationId(way.0), how };
    assert_eq!(over(&w.accepted("host", by_phone(end.clone())).1), []);
    let everybody = ["north", "south", "host"].map(party).into();
    let entered = match status(&w, way, "arrived") {
        Say::Send { message, traffic, remark, .. } => {
            Say::Send { message, to: everybody, traffic, remark }
        }
        other => other,
    };
    assert_eq!(over(&w.accepted("host", by_phone(entered)).1), []);
    assert_eq!(over(&w.accepted("aid", end).1), [id]);
    assert!(w.view("north").dialogues[&id].ended.is_some());
    assert!(!has(&w, "south", id), "to whom it is shared later it was not said");
}

#[test]
fn a_start_finds_once_what_fell_due_meanwhile_and_marks_it_late() {
    let mut w = world();
    declared(&mut w);
    w.now = at(OVERDUE).after_seconds(3 * 3_600);
    w.state = State::new(w.state.ledger().clone());
    let entries = w.state.tick(w.now, 99);
    let found = findings(&entries);
    let names: Vec<&str> = found.iter().map(Finding::word).collect();
    assert_eq!(names, ["units-not-told", "movement-overdue"], "each once, in its order");
    entries.iter().for_each(|entry| w.fold(entry));
    let id = overdue(&found)[0];
    let dialogue = &w.view("aid").dialogues[&id];
    assert_eq!(dialogue.due, Some(at(OVERDUE)));
    assert!(dialogue.is_found_late());
    let again = State::new(w.state.ledger().clone());
    assert_eq!(overdue(&findings(&again.tick(w.now, 99))), []);
    assert_eq!(again.next_due(), w.state.next_due());
}

#[test]
fn two_hours_before_the_start_the_owner_alone_is_warned_where_nobody_said_that_units_were_told() {
    const WARNED: &str = "2017-05-18T10:00:00Z";
    let passed = |w: &World, of: Version| {
        let all =
            [("object", version_ref(of)), ("unit_level", choice("crew")), ("time", later(w, 0))];
        sent("P9", &all, &["aid"])
    };
    let mut w = world();
    let way = declared(&mut w);
    let of = DeclarationId(way.0);
    assert_eq!(not_told(&findings(&w.state.tick(at(WARNED).after_millis(-1), 99))), 0);
    assert_eq!(not_told(&go_to(&mut w, WARNED)), 1);
    let known = |w: &World, name: &str| w.view(name).declarations[&of].units_not_told();
    assert_eq!(known(&w, "aid"), Some(at(WARNED)));
    assert_eq!(known(&w, "north"), None);
    let told = |w: &World, name: &str| w.transcript(name).join("").contains("units-not-told");
    assert!(told(&w, "aid") && !told(&w, "north") && !told(&w, "south") && !told(&w, "host"));
    // Whoever sees the movement from now on is not told either.
    w.accepted("aid", Say::Share { declaration: of, sharing: Sharing::Open });
    assert!(!told(&w, "south") && known(&w, "south").is_none());
    assert_eq!(not_told(&w.pass(3_600)), 0, "once");
    // Of the next version nobody has said so: a third of the time that is left, and it is warned anew.
    let (next, _) = w.accepted("aid", amend(way, way, convoy(), Sharing::Open));
    assert_eq!(known(&w, "aid"), None);
    assert_eq!(not_told(&w.pass(19 * 60)), 0);
    assert_eq!(not_told(&w.pass(60)), 1);
    let (_, _) = w.accepted("aid", amend(way, next, convoy(), Sharing::Open));
    let said = passed(&w, way);
    w.accepted("north", said);
    assert_eq!(not_told(&w.pass(86_400)), 0);

    // Of what nobody else may see nobody could pass anything on.
    let mut w = world();
    w.accepted("aid", declare(convoy(), Sharing::ConflictOnly));
    assert_eq!(not_told(&go_to(&mut w, WARNED)), 0);
    assert_eq!(overdue(&go_to(&mut w, OVERDUE)).len(), 1, "its owner and the watch desk");
}

#[test]
fn what_a_movement_hangs_on_is_kept_as_long_as_it_does() {
    let mut terms = charter(&PARTIES);
    terms.rules.retention_days = 1;
    let mut w = World::new(terms);
    let way = declared(&mut w);
    go_to(&mut w, ARRIVES);
    let arrived = status(&w, way, "arrived");
    let arrived = send(&mut w, "aid", arrived);
    w.accepted("north", answered("ROGER", arrived, &[]));
    let silent = w.accepted("aid", declare(convoy(), to_north())).0;
    let [id] = overdue(&go_to(&mut w, OVERDUE))[..] else { panic!() };
    w.pass(30 * 86_400);
    w.erase();
    let kept = |w: &World, id: MessageId| w.state.ledger().dialogues.contains_key(&id);
    assert!(kept(&w, arrived) && kept(&w, id));
    assert_eq!(overdue(&w.pass(1)), []);
    for of in [way, silent] {
        let end = Say::End { declaration: DeclarationId(of.0), how: Ending::Ended };
        w.accepted("aid", end);
    }
    for name in ["aid", "north"] {
        w.refused(name, Say::DropInterest { interest: "none".parse().unwrap() });
    }
    w.pass(30 * 86_400);
    w.fold(&Entry {
        at: w.now,
        what: What::Found(Finding::Disclosures {
            root: deconflict_record::leaf_hash(b"disclosures"),
            comparing: false,
        }),
    });
    w.erase();
    w.forgotten();
    assert!(!kept(&w, arrived) && !kept(&w, id));
}
