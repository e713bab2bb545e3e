//! What the passing of time leads to: in the turn in which it falls due, and no more of it at once than was
//! asked for.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeSet;

use deconflict_core::*;
use deconflict_testing::history::*;
use deconflict_testing::*;
use deconflict_vocabulary::{ObjectRef, Traffic, Value};

const NOON: &str = "2017-05-18T12:00:00Z";
const ONE: &str = "2017-05-18T13:00:00Z";

/// What the passing of time should have led to at an instant, read from the ledger in another way than
/// the agenda reads it.
fn expected(ledger: &Ledger, now: Time) -> BTreeSet<String> {
    let rules = &ledger.charter.as_ref().unwrap().rules;
    let lead_s = i64::from(rules.contact_before_min) * 60;
    let mut due = BTreeSet::new();
    for (id, conflict) in ledger.conflicts.iter().filter(|(_, c)| c.closed.is_none()) {
        if conflict.extent.until.is_some_and(|until| until < now) {
            due.insert(format!("{id} expired"));
        }
        let begins =
            conflict.extent.from.map_or(conflict.opened, |from| from.after_seconds(-lead_s));
        let settled = conflict.contact_overdue || conflict.state() >= ConflictState::ContactMade;
        if !settled && begins <= now {
            due.insert(format!("{id} without contact"));
        }
    }
    for (id, overlay) in ledger.overlays.iter().filter(|(_, o)| o.closed.is_none()) {
        if overlay.extent.until.is_some_and(|until| until < now) {
            due.insert(format!("{id} is over"));
        }
    }
    for (id, declaration) in &ledger.declarations {
        let awaited = declaration.ended.is_none() && !declaration.lapsed();
        if awaited && declaration.confirmed_until().is_some_and(|until| until <= now) {
            due.insert(format!("{id} lapsed"));
        }
    }
    due.extend(of_movements(ledger, now));
    for (message, dialogue) in &ledger.dialogues {
        let of = dialogue.by_cell.as_ref().and_then(|notice| ledger.dialogues.get(&notice.of));
        if dialogue.is_incident_open() && of.is_some_and(|of| of.ended.is_some()) {
            due.insert(format!("{message} is over"));
        }
        let mut dialogue = Dialogue::clone(dialogue);
        while let Some((at, party, lapse)) = dialogue.due().filter(|(at, ..)| *at <= now) {
            due.insert(format!("{message} to {party}: {lapse:?} at {at}"));
            dialogue.lapse(&party, lapse, at);
        }
    }
    due
}

/// What is due of movements, read from their messages one by one.
fn of_movements(ledger: &Ledger, now: Time) -> Vec<String> {
    let mut due = Vec::new();
    for (id, declaration) in ledger.declarations.iter().filter(|(_, d)| d.ended.is_none()) {
        let DeclarationContent::Movement(movement) = &*declaration.declared else { continue };
        let of = Value::Reference(ObjectRef(id.0.0));
        let since = declaration.entries[0];
        let mut about = Vec::new();
        for dialogue in ledger.dialogues.values() {
            if dialogue.traffic == Traffic::Real
                && dialogue.cancelled.is_none()
                && dialogue.entries[0] > since
                && dialogue.message.parameters.values().any(|value| *value == of)
            {
                about.push(dialogue);
            }
        }
        let said = |code: &'static str| about.iter().filter(move |d| d.code().as_str() == code);
        let own_word = declaration.authority == Authority::Signed {} || declaration.vouched;
        let over = said("P3").any(|dialogue| {
            let status = format!("{:?}", dialogue.message.parameters);
            let is_over = status.contains("\"arrived\"") || status.contains("\"aborted\"");
            is_over && !(own_word && dialogue.passed_on.is_some())
        });
        let last = movement.waypoints.last().unwrap().until;
        let told = said("P10").next().is_some();
        if !over && !told && last.after_seconds(1_800) <= now {
            due.push(format!("{id} overdue"));
        }
        let begins = movement.waypoints[0].from;
        let at = declaration.at;
        let usual = begins.after_seconds(-7_200);
        let left = (begins.seconds() - at.seconds()).max(0);
        let by = if usual >= at { usual } else { at.after_seconds(left / 3) };
        let found = declaration.units_not_told().is_some();
        let holders = ledger.who_sees(declaration);
        let alone = holders.iter().all(|party| *party == declaration.owner);
        let passed = said("P9").next().is_some();
        if !found && !alone && !passed && at < last && by <= now {
            due.push(format!("{id} not told to units"));
        }
    }
    due
}

fn told(finding: &Finding) -> String {
    match finding {
        Finding::ConflictExpired { conflict } => format!("{conflict} expired"),
        Finding::OverlayExpired { overlay } => format!("{overlay} is over"),
        Finding::ContactOverdue { conflict } => format!("{conflict} without contact"),
        Finding::SiteLapsed { site } => format!("{site} lapsed"),
        Finding::MovementOverdue { movement, .. } => format!("{movement} overdue"),
        Finding::UnitsNotTold { movement, .. } => format!("{movement} not told to units"),
        Finding::CellNoticeEnded { notice } => format!("{notice} is over"),
        Finding::MessageLapse { message, party, lapse, due } => {
            format!("{message} to {party}: {lapse:?} at {due}")
        }
        other => panic!("time does not lead to {other:?}"),
    }
}

/// A turn at an instant: everything that is due then, in batches of a few.
fn turn(w: &mut World, most: usize) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    loop {
        let entries = w.state.tick(w.now, most);
        assert!(entries.len() <= most);
        if entries.is_empty() {
            return all;
        }
        all.extend(findings(&entries).iter().map(told));
        entries.iter().for_each(|entry| w.fold(entry));
    }
}

#[test]
fn whatever_falls_due_is_found_in_the_first_turn_that_comes_after_it() {
    let mut found = 0;
    for seed in 0..8 {
        let mut dice = Dice(seed);
        let mut terms = charter(&PARTIES);
        terms.rules.site_confirmed_days = 1;
        let mut w = World::unchecked(terms);
        for _ in 0..120 {
            let name = PARTIES[dice.below(4)];
            let say = something(w.state.ledger(), w.now, name, &mut dice);
            w.say(name, say);
            let ms = [1, 40, 999, 60_000, 899_999, 3_600_000, 7_200_001][dice.below(7)];
            w.now = w.now.after_millis(ms);
            let due = expected(w.state.ledger(), w.now);
            assert_eq!(w.state.next_due().is_some_and(|next| next <= w.now), !due.is_empty());
            let most = 1 + dice.below(3);
            assert_eq!(turn(&mut w, most), due, "seed {seed} at {}", w.now);
            found += due.len();
        }
    }
    assert!(found > 100, "{found}");
}

#[test]
fn what_is_due_at_an_instant_is_found_at_it_and_not_a_millisecond_before() {
    let mut w = World::new(charter(&["host", "north", "south"]));
    let plan = |lon| operation(circle(33.5, lon, 500.0, NOON, ONE));
    w.accepted("north", declare(plan(38.6), Sharing::Open));
    w.accepted("south", declare(plan(38.6), Sharing::Open));
    let (id, conflict) = w.conflict();
    let (from, until) = (conflict.extent.from.unwrap(), conflict.extent.until.unwrap());
    let contact = from.after_seconds(-30 * 60);
    assert_eq!(w.state.next_due(), Some(contact));
    assert_eq!(w.state.tick(contact.after_millis(-1), 9), []);
    w.now = contact;
    assert_eq!(turn(&mut w, 9), [format!("{id} without contact")].into());
    // A window holds its end.
    assert_eq!(w.state.tick(until, 9), []);
    w.now = until.after_millis(1);
    assert_eq!(w.state.next_due(), Some(w.now));
    assert_eq!(turn(&mut w, 9), [format!("{id} expired")].into());
}

#[test]
fn a_hundred_thousand_that_fall_due_at_once_are_each_found_once() {
    let mut w = World::unchecked(charter(&["host", "north", "south"]));
    let plan = |lon| operation(circle(33.5, lon, 500.0, NOON, ONE));
    w.accepted("north", declare(plan(38.6), Sharing::Open));
    w.accepted("south", declare(plan(38.6), Sharing::Open));
    let mut ledger = w.state.ledger().clone();
    let (_, one) =
        ledger.conflicts.iter().next().map(|(id, one)| (*id, Conflict::clone(one))).unwrap();
    let many = 100_000_u64;
    for number in 0..many {
        let id = ConflictId(deconflict_record::leaf_hash(&number.to_be_bytes()));
        let overdue = Conflict { contact_overdue: true, ..one.clone() };
        ledger.conflicts.insert(id, overdue.into());
    }
    let mut state = State::new(ledger);
    let now = at(ONE).after_seconds(86_400);
    // Each turn makes what it is asked for, and nothing for a later one to make again.
    let (mut made, mut turns, most) = (0, 0, 256);
    loop {
        let entries = state.tick(now, most);
        if entries.is_empty() {
            break;
        }
        made += entries.len() as u64;
        turns += 1;
        entries.iter().for_each(|entry| drop(state.apply(entry)));
    }
    // The one conflict that was there is without contact too.
    assert_eq!(made, many + 2);
    assert_eq!(turns, made.div_ceil(most as u64));
}
