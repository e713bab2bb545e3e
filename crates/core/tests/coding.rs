//! One vocabulary for all that is said and found: by which code a statement or a finding stands, and what none says.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_testing::*;
use deconflict_vocabulary::{Message, Precedence, Trouble, Value};

fn world() -> World {
    World::new(charter(&PARTIES))
}

fn spelt(coding: Option<&Coding>) -> String {
    match coding {
        None => "none".to_owned(),
        Some(Coding::Message(message)) => message.code.to_string(),
        Some(Coding::Answer { answer, to }) => format!("{} to {}", answer.answer, to.code),
    }
}

/// Says it, and how it stands with whoever said it.
fn said(w: &mut World, name: &str, say: Say) -> (Version, Option<Coding>) {
    let index = w.log.len();
    let version = w.accepted(name, say).0;
    (version, w.log[index].coding(w.view(name)))
}

/// The message, whole: what a person could have said by it.
fn whole(coding: Option<Coding>) -> Message {
    let message = match coding.unwrap() {
        Coding::Message(message) | Coding::Answer { to: message, .. } => message,
    };
    assert!(message.check().is_ok(), "{message:?}");
    message
}

fn named(message: &Message, parameter: &str) -> [u8; 32] {
    let found = message.parameters.iter().find(|(name, _)| name.as_str() == parameter).unwrap();
    match found.1 {
        Value::Reference(of) => of.0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_zone_is_proposed_amended_agreed_to_in_that_very_version_disputed_left_and_no_longer_applied() {
    let mut w = world();
    let circle = |radius_m: f64, concerns: &[&str]| {
        DeclarationContent::Zone(zone(33.5, 38.6, radius_m, concerns, &[]))
    };
    let to_all = || Sharing::Open;
    let (first, coding) = said(&mut w, "north", declare(circle(5_000.0, &["south"]), to_all()));
    assert_eq!(spelt(coding.as_ref()), "Z1");
    assert_eq!(named(&whole(coding), "version"), first.0.0);
    let id = DeclarationId(first.0);
    let (_, coding) = said(&mut w, "south", Say::Agree { zone: id, version: first });
    assert_eq!(spelt(coding.as_ref()), "AFFIRM to Z1");
    assert_eq!(named(&whole(coding), "version"), first.0.0);

    let say = amend(first, first, circle(6_000.0, &["south"]), to_all());
    let (second, coding) = said(&mut w, "north", say);
    assert_eq!(spelt(coding.as_ref()), "Z2");
    let told = whole(coding);
    assert_eq!([named(&told, "from_version"), named(&told, "to_version")], [first.0.0, second.0.0]);
    let index = w.log.len();
    let (_, coding) = said(&mut w, "south", Say::Agree { zone: id, version: second });
    assert_eq!(spelt(coding.as_ref()), "AFFIRM to Z2");
    // Which versions there were before, the owner's desk keeps alone.
    let Some(Coding::Answer { to, .. }) = coding else { panic!() };
    assert_eq!(named(&to, "to_version"), second.0.0);
    let told = whole(w.log[index].coding(w.view("north")));
    assert_eq!([named(&told, "from_version"), named(&told, "to_version")], [first.0.0, second.0.0]);
    let reason = "over".to_owned();
    let say = Say::WithdrawAgreement { zone: id, version: second, reason };
    let (_, coding) = said(&mut w, "south", say);
    assert_eq!(spelt(coding.as_ref()), "Z5");
    whole(coding);
    let (point, own_text) = ("radius".to_owned(), "30 km".to_owned());
    let say = Say::Dispute { zone: id, version: second, point, own_text };
    let (_, coding) = said(&mut w, "south", say);
    assert_eq!(spelt(coding.as_ref()), "D2");
    // Whose text has no language is quoted beside the code.
    let Some(Coding::Message(dispute)) = coding else { panic!() };
    assert_eq!(named(&dispute, "entry"), second.0.0);
    assert_eq!(dispute.check().unwrap_err().trouble, Trouble::Missing);
    let (_, coding) = said(&mut w, "north", Say::End { declaration: id, how: Ending::Ended });
    assert_eq!(spelt(coding.as_ref()), "Z4");
    whole(coding);

    // Of whom nobody is asked, the zone is its author's alone.
    let (alone, coding) = said(&mut w, "north", declare(circle(5_000.0, &[]), to_all()));
    assert_eq!(spelt(coding.as_ref()), "Z3");
    whole(coding);
    let say = amend(alone, alone, circle(6_000.0, &[]), to_all());
    let (later, coding) = said(&mut w, "north", say);
    assert_eq!(spelt(coding.as_ref()), "Z3");
    assert_eq!(named(&whole(coding), "version"), later.0.0);
}

#[test]
fn operations_sites_and_movements_stand_by_their_codes_and_what_no_code_says_by_none() {
    let mut w = world();
    let code = |w: &mut World, name: &str, say: Say| {
        let (version, coding) = said(w, name, say);
        (version, spelt(coding.as_ref()))
    };
    let shared = || Sharing::Open;
    let (plan, told) = code(&mut w, "north", declare(operation_at(33.5, 38.6), shared()));
    assert_eq!(told, "O1");
    let say = amend(plan, plan, operation_at(33.51, 38.6), shared());
    let (version, told) = code(&mut w, "north", say);
    assert_eq!(told, "O2");
    let state = |state| Say::SetState { operation: DeclarationId(plan.0), version, state };
    let (_, told) = code(&mut w, "north", state(OperationState::Activated));
    assert_eq!(told, "none", "what was notified goes on as it was notified");
    let (_, told) = code(&mut w, "north", state(OperationState::Ended));
    assert_eq!(told, "O3");
    let (other, _) = code(&mut w, "north", declare(operation_at(40.5, 38.6), shared()));
    let end = |of: Version, how| Say::End { declaration: DeclarationId(of.0), how };
    let (_, coding) = said(&mut w, "north", end(other, Ending::Cancelled));
    let told = format!("{:?}", whole(coding).parameters);
    assert!(told.contains("cancelled"), "{told}");

    let (clinic, told) = code(&mut w, "aid", declare(site(10.5, 38.6), shared()));
    assert_eq!(told, "P1");
    let say = amend(clinic, clinic, site(10.501, 38.6), shared());
    let (version, told) = code(&mut w, "aid", say);
    assert_eq!(told, "P4");
    let again = Say::Reconfirm { site: DeclarationId(clinic.0), version };
    assert_eq!(code(&mut w, "aid", again).1, "none");
    let found = w.pass(400 * 86_400);
    assert!(found.iter().any(|one| matches!(one, Finding::SiteLapsed { .. })), "{found:?}");
    let lapse = w.log.iter().find(|entry| {
        matches!(entry.what, What::Found(Finding::SiteLapsed { site }) if site.0 == clinic.0)
    });
    let told = whole(lapse.unwrap().coding(w.view("north")));
    assert!(told.code.as_str() == "P4" && format!("{told:?}").contains("expired"), "{told:?}");
    let (_, coding) = said(&mut w, "aid", end(clinic, Ending::Removed));
    assert!(format!("{:?}", whole(coding)).contains("notice-withdrawn"));

    let (departs, arrives) = ("2019-05-18T12:00:00Z", "2019-05-18T14:00:00Z");
    let convoy = |lat: f64| movement((lat, 38.6), (lat, 38.9), departs, arrives);
    let (column, told) = code(&mut w, "aid", declare(convoy(20.5), shared()));
    assert_eq!(told, "P2");
    let say = amend(column, column, convoy(20.6), shared());
    let (_, coding) = said(&mut w, "aid", say);
    assert_eq!(spelt(coding.as_ref()), "P2");
    whole(coding);
    let late = w.log.iter().find(|entry| {
        matches!(&entry.what, What::Found(Finding::MovementOverdue { movement, .. }) if movement.0 == column.0)
    });
    assert!(late.is_none(), "it is on its way");
    let index = w.log.len();
    w.pass(730 * 86_400);
    let told = w.log[index..].iter().find_map(|entry| match &entry.what {
        What::Found(Finding::MovementOverdue { .. }) => Some(whole(entry.coding(w.view("north")))),
        _ => None,
    });
    let told = told.unwrap();
    assert_eq!((told.code.as_str(), named(&told, "movement")), ("P10", column.0.0));
    // Neither that it arrived nor that it was broken off was said.
    assert_eq!(code(&mut w, "aid", end(column, Ending::Ended)).1, "none");
}

#[test]
fn an_overlap_is_found_with_the_time_that_is_left_and_a_side_that_speaks_of_it_has_received_it() {
    let mut w = world();
    let plan = || declare(operation_at(33.5, 38.6), Sharing::ConflictOnly);
    w.accepted("north", plan());
    let index = w.log.len();
    w.accepted("south", plan());
    let found = w.log[index..].iter().find_map(|entry| entry.coding(w.view("north")));
    // The first is the statement of south, which north does not see and which is coded all the same.
    assert_eq!(spelt(found.as_ref()), "O1");
    let overlap = w.log[index + 1..].iter().find_map(|entry| entry.coding(w.view("north")));
    assert_eq!(spelt(overlap.as_ref()), "O4");
    let told = whole(overlap);
    let (conflict, known) = w.conflict();
    let known = known.clone();
    assert_eq!(named(&told, "conflict"), conflict.0.0);
    let from = known.extent.from.unwrap();
    let left = told.parameters.values().find_map(|value| match value {
        Value::Minutes(minutes) => Some(i64::from(*minutes)),
        _ => None,
    });
    assert_eq!(left, Some(from.seconds_since(w.now) / 60));
    let urgency = |before_s: i64| known.precedence(from.after_seconds(-before_s));
    assert_eq!(urgency(25 * 3_600), Precedence::Routine);
    assert_eq!(urgency(4 * 3_600), Precedence::Priority);
    assert_eq!(urgency(2 * 3_600), Precedence::Immediate);
    assert_eq!(urgency(1_799), Precedence::Flash);
    assert_eq!(urgency(-60), Precedence::Flash, "it has begun");

    assert!(!known.is_answered_by(&party("north")));
    let (_, coding) = said(&mut w, "north", Say::Noticed { conflict });
    assert_eq!(spelt(coding.as_ref()), "ROGER to O4");
    let answered = |w: &World, name: &str| w.conflict().1.is_answered_by(&party(name));
    assert!(answered(&w, "north") && !answered(&w, "south"));
    // The watch desk is no side: nothing was sent to it, and it has received nothing.
    let (_, coding) = said(&mut w, "host", Say::Own { conflict });
    assert_eq!(spelt(coding.as_ref()), "none");
    let means = "by telephone".to_owned();
    let (_, coding) = said(&mut w, "south", Say::Contact { conflict, means });
    assert_eq!(spelt(coding.as_ref()), "ROGER to O4");
    assert!(answered(&w, "south"));
}

#[test]
fn whoever_took_an_overlap_on_has_not_read_what_it_became_since() {
    let mut w = world();
    let sharing = || Sharing::ConflictOnly;
    w.accepted("north", declare(operation_at(33.5, 38.6), sharing()));
    let (plan, _) = w.accepted("south", declare(operation_at(33.5, 38.6), sharing()));
    let conflict = w.conflict().0;
    w.accepted("north", Say::Own { conflict });
    let answered = |w: &World| w.conflict().1.is_answered_by(&party("north"));
    assert!(answered(&w));
    let (_, found) = w.accepted("south", amend(plan, plan, operation_at(33.51, 38.6), sharing()));
    let changed = |one: &Finding| matches!(one, Finding::ConflictChanged { .. });
    assert!(found.iter().any(changed), "{found:?}");
    assert!(w.conflict().1.owner.is_some() && !answered(&w));
    w.accepted("north", Say::Noticed { conflict });
    assert!(answered(&w));
}

#[test]
fn what_is_entered_for_a_party_stands_by_the_code_of_what_it_said() {
    let mut w = world();
    let said_by_phone = Box::new(declare(site(33.5, 38.6), Sharing::Open));
    let means = "by telephone".to_owned();
    let say = Say::EnterFor { party: party("aid"), means, said: said_by_phone };
    let (version, coding) = said(&mut w, "host", say);
    assert_eq!(spelt(coding.as_ref()), "P1");
    assert_eq!(named(&whole(coding), "site"), version.0.0);
}

#[test]
fn whatever_is_said_and_found_no_coding_has_a_wrong_or_surplus_parameter() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..6 {
        let mut dice = Dice(700 + seed);
        let mut w = world();
        w.checked = false;
        let mut generations = [0; 4];
        for _ in 0..150 {
            history::step(&mut w, &mut dice, &mut generations);
        }
        for (entry, name) in w.log.iter().flat_map(|entry| PARTIES.map(|name| (entry, name))) {
            let Some(coding) = entry.coding(w.view(name)) else { continue };
            seen.insert(coding.code().to_string());
            let message = match &coding {
                Coding::Message(message) | Coding::Answer { to: message, .. } => message,
            };
            if let Err(fault) = message.check() {
                assert_eq!(fault.trouble, Trouble::Missing, "{coding:?}");
            }
        }
    }
    let common = ["O1", "O2", "O4", "Z1"];
    assert!(common.iter().all(|code| seen.contains(*code)), "{seen:?}");
}
