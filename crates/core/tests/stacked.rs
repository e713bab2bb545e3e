//! However much others have stacked in one place, what protects comes first, and no pair is passed over or told of
//! twice.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod stacking;

use deconflict_core::*;
use deconflict_testing::*;
use stacking::{file, opened, stack, stacked};

fn open() -> Sharing {
    Sharing::Open
}

fn hidden() -> Sharing {
    Sharing::ConflictOnly
}

/// Folds the next part in; its entries.
fn next_part(w: &mut World) -> Vec<Entry> {
    let part = w.state.compare(w.now);
    part.iter().for_each(|entry| drop(w.state.apply(entry)));
    part
}

#[test]
fn what_is_stacked_is_found_once_wherever_the_host_breaks_off() {
    let mut w = stacked(300, Pace { findings: 8, work: 64 });
    let first = file(&mut w, "north", declare(stack(4), open()));
    assert_eq!(opened(&first), 0, "more lies there than is looked through beside it");
    let (mut found, mut parts) = (0, 0);
    while w.state.is_comparing() {
        // Nothing is kept but what stands in the record.
        let written = serde_json::to_string(w.state.ledger()).unwrap();
        w.state = State::new(serde_json::from_str(&written).unwrap());
        w.state.set_pace(Pace { findings: 8, work: 64 });
        let part = next_part(&mut w);
        found += opened(&part);
        parts += 1;
    }
    assert_eq!(found, 300);
    assert!(parts >= 300 / 8, "{parts}");
    let open = |c: &&Joint<Conflict>| c.closed.is_none();
    assert_eq!(w.state.ledger().conflicts.values().filter(open).count(), 300);
}

#[test]
fn of_one_partys_statements_all_that_meets_what_protects_comes_before_all_else() {
    let mut w = World::new(charter(&PARTIES));
    w.state.set_pace(Pace { findings: 3, work: 64 });
    let there = || operation_at(35.5, 38.6);
    for _ in 0..12 {
        w.accepted("south", declare(operation_at(33.5, 38.6), hidden()));
        w.accepted("south", declare(there(), hidden()));
    }
    for _ in 0..4 {
        w.accepted("aid", declare(site(35.5, 38.6), hidden()));
    }
    w.lets_wait = true;
    w.accepted("north", declare(operation_at(33.5, 38.6), hidden()));
    w.accepted("north", declare(there(), hidden()));
    let kinds = |entries: &[Entry]| -> Vec<Kind> {
        let opened = |entry: &Entry| match &entry.what {
            What::Found(Finding::ConflictOpened { sides, .. }) => Some(sides[1].kind),
            _ => None,
        };
        entries.iter().filter_map(opened).collect()
    };
    let next = kinds(&w.compare());
    assert_eq!(next[0], Kind::Site, "the fourth site of the later plan: {next:?}");
    let of =
        |w: &World| -> Vec<u64> { w.state.ledger().comparisons.iter().map(|(at, _)| at).collect() };
    let waiting = of(&w);
    // From there on the older one comes first.
    while of(&w) == waiting {
        w.compare();
    }
    assert_eq!(of(&w), waiting[1..]);
    w.compare_all();
}

#[test]
fn what_is_shared_anew_while_another_ones_statement_is_compared_is_told_of_once() {
    let mut w = World::new(charter(&PARTIES));
    w.state.set_pace(Pace { findings: 3, work: 24 });
    let sites: Vec<Version> =
        (0..12).map(|_| w.accepted("south", declare(site(33.5, 38.6), hidden())).0).collect();
    w.lets_wait = true;
    let terms = DeclarationContent::Zone(zone(33.5, 38.6, 5_000.0, &["south"], &[]));
    w.accepted("north", declare(terms, hidden()));
    let told = |w: &World| {
        let told =
            |entry: &&Entry| matches!(entry.what, What::Found(Finding::OverlayOpened { .. }));
        w.log.iter().filter(told).count()
    };
    assert_eq!(told(&w), 3);
    for site in sites {
        w.accepted("south", Say::Share { declaration: DeclarationId(site.0), sharing: open() });
    }
    assert_eq!(told(&w), 3 + 12, "by what is shared, which is the later of each pair");
    w.compare_all();
    assert_eq!(told(&w), 3 + 12);
}

#[test]
fn the_interests_of_one_party_are_named_up_to_a_bound() {
    let mut w = World::new(charter(&PARTIES));
    for nth in 0..300 {
        let interest = format!("i{nth:03}").parse().unwrap();
        let area = Box::new(circle_in(33.5, 38.6, 50_000.0, (0, 100)));
        let kinds = [Kind::Operation].into();
        w.accepted("south", Say::SetInterest { interest, area, kinds });
    }
    let (_, found) = w.accepted("north", declare(operation_at(33.5, 38.6), open()));
    let [Finding::InterestTouched { interests, more: true, .. }] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(interests.len(), 256);
    let counted = w.state.ledger().interests[&party("south")].values().filter(|one| one.count == 1);
    assert_eq!(counted.count(), 256);
}

/// Folds the next part in; whether it moved any of these on.
fn part_of(w: &mut World, waiting: impl Fn(&Comparison) -> bool) -> bool {
    let before = w.state.ledger().comparisons.clone();
    next_part(w);
    let after = &w.state.ledger().comparisons;
    before.iter().any(|(at, one)| waiting(one) && after.get(at).is_none_or(|now| **now != *one))
}

#[test]
fn what_its_party_says_later_never_lets_a_comparison_begin_anew_for_ever() {
    let mut w = stacked(1_600, Pace { findings: 8, work: 16 });
    while w.state.is_comparing() {
        next_part(&mut w);
    }
    let old = w.state.ledger().size;
    file(&mut w, "north", declare(stack(8), Sharing::Open));
    // All this while something newer of the same party goes first now and then, and ends.
    let mut moved = 0;
    for part in 0..1_500 {
        if part % 25 == 0 {
            file(&mut w, "north", declare(stack(1), Sharing::Open));
        }
        moved += usize::from(part_of(&mut w, |one| one.statement == old));
    }
    assert!(moved > 100, "{moved}");
}

#[test]
fn a_party_that_files_all_the_time_has_its_turns_too() {
    let mut w = stacked(800, Pace { findings: 8, work: 16 });
    while w.state.is_comparing() {
        next_part(&mut w);
    }
    file(&mut w, "aid", declare(stack(8), Sharing::Open));
    file(&mut w, "north", declare(stack(8), Sharing::Open));
    let north = party("north");
    let moved = (0..400).filter(|_| {
        file(&mut w, "north", declare(stack(1), Sharing::Open));
        part_of(&mut w, |one| one.party == north)
    });
    assert!(moved.count() > 10);
}
