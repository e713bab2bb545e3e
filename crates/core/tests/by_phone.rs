//! What is entered or attested for a party may add; it ends, removes and narrows nothing that the party signed.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_testing::*;

const NOON: &str = "2017-05-18T12:00:00Z";
const TWO: &str = "2017-05-18T14:00:00Z";

fn world() -> World {
    let mut w = World::new(charter(&["host", "north", "south", "aid"]));
    w.enrol("aid", "gateway", Role::Gateway);
    w
}

fn enter(said: Say) -> Say {
    Say::EnterFor { party: party("aid"), means: "voice, 07:10".into(), said: Box::new(said) }
}

fn attest(said: Say) -> Say {
    Say::Attest { evidence: "a chat line".into(), said: Box::new(said) }
}

/// The same said by the watch desk and by the party's own gateway.
fn both_ways(mut said: impl FnMut(&mut World, &dyn Fn(&mut World, Say) -> Vec<Entry>)) {
    let by_watch_desk = |w: &mut World, say: Say| w.say("host", enter(say));
    let by_gateway = |w: &mut World, say: Say| {
        let statement = w.statement("aid", &[&operator("aid", "gateway")], attest(say));
        w.file(statement).unwrap()
    };
    said(&mut world(), &by_watch_desk);
    said(&mut world(), &by_gateway);
}

fn is_refused(entries: &[Entry], refusal: &Refusal) -> bool {
    matches!(entries, [Entry { what: What::Refused(_, why), .. }] if why == refusal)
}

fn is_accepted(entries: &[Entry]) -> bool {
    matches!(entries[0].what, What::Accepted(_))
}

#[test]
fn a_hospital_that_somebody_else_says_is_gone_stays_until_its_owners_key_says_so() {
    both_ways(|w, say| {
        let (version, _) = w.accepted("aid", declare(site(33.5, 38.6), Sharing::Open));
        let id = DeclarationId(version.0);
        let removed = Say::End { declaration: id, how: Ending::Removed };
        let entries = say(w, removed.clone());
        assert!(is_accepted(&entries) && entries.len() == 1, "{entries:?}");
        let hospital = w.declaration(version);
        assert_eq!(hospital.ended, None);
        assert_eq!(hospital.unsigned_end.unwrap().how, Ending::Removed);
        assert_eq!(w.view("north").declarations[&id].unsigned_end, hospital.unsigned_end);
        // It goes on raising conflicts.
        let plan = operation(circle(33.5, 38.6, 500.0, NOON, TWO));
        let (_, found) = w.accepted("north", declare(plan, Sharing::Open));
        assert!(found.iter().any(|f| matches!(f, Finding::ConflictOpened { .. })), "{found:?}");
        // The owner says that it stands.
        w.accepted("aid", Say::Reconfirm { site: id, version });
        assert_eq!(w.declaration(version).unsigned_end, None);
        say(w, removed.clone());
        let (_, found) = w.accepted("aid", removed);
        assert!(w.declaration(version).ended.is_some());
        assert!(found.iter().any(|f| matches!(f, Finding::ConflictResolved { .. })), "{found:?}");
    });
}

#[test]
fn conflicts_of_an_operation_that_is_said_to_be_over_stay_open() {
    both_ways(|w, say| {
        let plan = || operation(circle(33.5, 38.6, 500.0, NOON, TWO));
        let (own, _) = w.accepted("aid", declare(plan(), Sharing::Open));
        w.accepted("north", declare(plan(), Sharing::Open));
        let (conflict, _) = w.conflict();
        let operation = DeclarationId(own.0);
        for said in [
            Say::End { declaration: operation, how: Ending::Cancelled },
            Say::SetState { operation, version: own, state: OperationState::Ended },
        ] {
            assert!(is_accepted(&say(w, said)));
            assert_eq!(w.conflict().0, conflict);
            assert!(w.declaration(own).unsigned_end.is_some());
            assert_eq!(w.declaration(own).operation_state(), Some(OperationState::Accepted));
        }
        // How far it is may be told by voice.
        let state = OperationState::Activated;
        assert!(is_accepted(&say(w, Say::SetState { operation, version: own, state })));
        assert_eq!(w.declaration(own).operation_state(), Some(state));
    });
}

#[test]
fn a_route_that_changes_by_voice_is_declared_beside_the_old_one_which_stays() {
    both_ways(|w, say| {
        let old = movement((33.5, 38.0), (33.5, 38.9), NOON, TWO);
        let new = movement((33.9, 38.0), (33.9, 38.9), NOON, TWO);
        let (version, _) = w.accepted("aid", declare(old, Sharing::Open));
        let change = amend(version, version, new.clone(), Sharing::Open);
        assert!(is_refused(&say(w, change), &Refusal::OwnKeyAmends {}));
        assert!(is_accepted(&say(w, declare(new, Sharing::Open))));
        let convoys = w.state.ledger().declarations.values().filter(|d| d.ended.is_none());
        assert_eq!(convoys.count(), 2);
    });
}

#[test]
fn a_zone_is_amended_by_no_word_of_others_since_that_would_void_what_was_signed_of_it() {
    both_ways(|w, say| {
        let terms = zone(33.5, 38.6, 55_000.0, &["south"], &[]);
        let declared = DeclarationContent::Zone(terms.clone());
        let entries = say(w, declare(declared.clone(), Sharing::ConflictOnly));
        let What::Accepted(statement) = &entries[0].what else { panic!("{entries:?}") };
        let version = Version(statement.hash);
        w.accepted("south", Say::Agree { zone: DeclarationId(version.0), version });
        let change = amend(version, version, declared, Sharing::ConflictOnly);
        assert!(is_refused(&say(w, change), &Refusal::OwnKeyAmends {}));
        let standing = w.declaration(version).standing(&party("south"));
        assert!(matches!(standing, Some(Standing::Agreed { .. })), "{standing:?}");
    });
}

/// The version that these entries began.
fn begun(entries: &[Entry]) -> Version {
    let What::Accepted(statement) = &entries[0].what else { panic!("{entries:?}") };
    Version(statement.hash)
}

#[test]
fn a_zone_that_was_entered_and_that_others_agreed_to_ends_by_its_owners_key_alone() {
    both_ways(|w, say| {
        let terms = DeclarationContent::Zone(zone(33.5, 38.6, 55_000.0, &["south"], &[]));
        let version = begun(&say(w, declare(terms, Sharing::ConflictOnly)));
        let id = DeclarationId(version.0);
        w.accepted("south", Say::Agree { zone: id, version });
        let end = Say::End { declaration: id, how: Ending::Ended };
        assert!(is_accepted(&say(w, end.clone())));
        assert_eq!(w.declaration(version).ended, None);
        assert!(w.declaration(version).unsigned_end.is_some());
        // Whoever comes to see it later comes to the same, also when those who agreed are gone.
        let reason = "quarrel".to_owned();
        w.expect_accepted("south", &[&root("south", 0)], Say::Withdraw { reason });
        w.accepted("aid", Say::Share { declaration: id, sharing: Sharing::Open });
        assert_eq!(w.view("north").declarations[&id].ended, None);
        w.accepted("aid", end);
        assert!(w.declaration(version).ended.is_some());
    });
}

#[test]
fn a_hospital_that_was_entered_and_that_its_owner_confirmed_is_neither_moved_nor_removed_by_others()
{
    both_ways(|w, say| {
        let version = begun(&say(w, declare(site(33.5, 38.6), Sharing::Open)));
        let id = DeclarationId(version.0);
        w.accepted("aid", Say::Reconfirm { site: id, version });
        let moved = amend(version, version, site(33.6, 38.6), Sharing::Open);
        assert!(is_refused(&say(w, moved), &Refusal::OwnKeyAmends {}));
        let removed = Say::End { declaration: id, how: Ending::Removed };
        assert!(is_accepted(&say(w, removed)));
        assert_eq!(w.declaration(version).ended, None);
        assert!(w.declaration(version).unsigned_end.is_some());
    });
}

#[test]
fn what_the_owners_own_key_says_of_it_is_more_than_that_it_was_said_to_be_over() {
    both_ways(|w, say| {
        let plan = || operation(circle(33.5, 38.6, 500.0, NOON, TWO));
        let (version, _) = w.accepted("aid", declare(plan(), Sharing::Open));
        let operation = DeclarationId(version.0);
        let said_over = |w: &mut World| {
            say(w, Say::End { declaration: operation, how: Ending::Cancelled });
            assert!(w.declaration(version).unsigned_end.is_some());
        };
        said_over(w);
        let state = OperationState::Activated;
        w.accepted("aid", Say::SetState { operation, version, state });
        assert_eq!(w.declaration(version).unsigned_end, None);
        said_over(w);
        let sharing = Sharing::ConflictOnly;
        w.accepted("aid", Say::Share { declaration: operation, sharing });
        assert_eq!(w.declaration(version).unsigned_end, None);
        // What somebody else says that it goes on tells nothing of the end.
        said_over(w);
        let state = OperationState::Nonconforming;
        say(w, Say::SetState { operation, version, state });
        assert!(w.declaration(version).unsigned_end.is_some());
    });
}

#[test]
fn what_nobody_signed_is_amended_and_ended_as_it_was_entered() {
    both_ways(|w, say| {
        let plan = |lon| operation(circle(33.5, lon, 500.0, NOON, TWO));
        let entries = say(w, declare(plan(38.6), Sharing::Open));
        let What::Accepted(statement) = &entries[0].what else { panic!("{entries:?}") };
        let first = Version(statement.hash);
        let entries = say(w, amend(first, first, plan(38.7), Sharing::Open));
        assert!(is_accepted(&entries), "{entries:?}");
        let end = Say::End { declaration: DeclarationId(first.0), how: Ending::Cancelled };
        assert!(is_accepted(&say(w, end)));
        assert!(w.declaration(first).ended.is_some());
    });
}

#[test]
fn what_the_watch_desk_enters_falls_on_its_own_party_and_takes_nothing_of_the_owners_share() {
    let mut terms = charter(&["host", "north", "south", "aid"]);
    terms.rules.limits.declarations = 2;
    terms.rules.probing_a_day = 1;
    let mut w = World::new(terms);
    let plan = |lon: f64| declare(operation(circle(33.5, lon, 500.0, NOON, TWO)), Sharing::Open);
    w.accepted("host", enter(plan(10.0)));
    w.accepted("host", enter(plan(20.0)));
    let most = Refusal::Limit { of: Quantity::Declarations, most: 2 };
    assert_eq!(w.refused("host", enter(plan(30.0))), most);
    w.accepted("aid", plan(40.0));
    w.accepted("aid", plan(50.0));
    assert_eq!(w.refused("aid", plan(60.0)), most);
    // A site is never refused for a number, whoever enters it.
    let (hospital, _) = w.accepted("host", enter(declare(site(33.5, 70.0), Sharing::Open)));
    assert_eq!(w.declaration(hospital).owner, party("aid"));
    // What it raises is counted as the watch desk's own.
    let (_, found) = w.accepted("north", plan(40.0));
    assert!(
        matches!(&found[..], [Finding::ConflictOpened { by: Some(by), .. }] if by.as_str() == "north")
    );
    w.accepted(
        "host",
        Say::EnterFor {
            party: party("aid"),
            means: "voice".into(),
            said: Box::new(declare(site(33.5, 40.0), Sharing::Open)),
        },
    );
    let raised = &w.state.ledger().probing;
    assert!(raised.contains_key(&party("host")), "{raised:?}");
    assert!(!raised.contains_key(&party("aid")), "{raised:?}");
}
