//! What a filing costs beside a hostile party that holds as much as it may. Prints; asserts only that the work beside
//! a statement is bounded:
//!
//! `cargo test --release -p deconflict-core --test beside -- --ignored --nocapture`

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::time::{Duration, Instant};

use deconflict_core::*;
use deconflict_testing::*;

/// How many plans of one volume the hostile party has in one place.
const PLANS: usize = 4_200;
/// How many it has of many large volumes.
const LARGE: usize = 8;
/// How many are filed and measured.
const FILED: usize = 200;

fn plan(volumes: usize, radius_m: f64) -> DeclarationContent {
    let volume = |nth: usize| circle_in(33.5 + nth as f64 * 1e-4, 38.6, radius_m, (6, 8));
    DeclarationContent::Operation(Operation {
        name: texts("op"),
        volumes: (0..volumes).map(volume).collect(),
        contact: None,
    })
}

fn file(w: &mut World, name: &str, declared: DeclarationContent, sharing: Sharing) -> Duration {
    let statement = w.statement(name, &[&operator(name, "duty")], declare(declared, sharing));
    let begun = Instant::now();
    let Decision { outcome, mut placement } = w.state.decide(&statement, w.now);
    let Outcome::Entries(entries) = outcome else { panic!() };
    for entry in &entries {
        w.state.apply_decided(entry, placement.take());
    }
    let took = begun.elapsed();
    // The world files the next one where this one stands.
    w.chained(&statement);
    assert!(matches!(entries[0].what, What::Accepted(_)), "{:?}", entries[0].what);
    assert!(entries.len() < 300, "{} entries beside one statement", entries.len());
    took
}

/// Until nothing is left: how many parts, how long all took, and the longest.
fn compare(w: &mut World) -> (usize, Duration, Duration) {
    let (mut parts, mut all, mut longest) = (0, Duration::ZERO, Duration::ZERO);
    while w.state.is_comparing() {
        let begun = Instant::now();
        for entry in &w.state.compare(w.now) {
            w.state.apply(entry);
        }
        let took = begun.elapsed();
        (parts, all, longest) = (parts + 1, all + took, longest.max(took));
    }
    (parts, all, longest)
}

#[test]
#[ignore = "a measurement"]
fn what_a_filing_costs_beside_a_hostile_party() {
    for hostile in [false, true] {
        let mut terms = charter(&PARTIES);
        terms.rules.limits.cells = MAX_CELLS_IN_FORCE;
        terms.rules.probing_a_day = u32::MAX;
        let mut w = World::unchecked(terms);
        if hostile {
            for nth in 0..PLANS {
                file(&mut w, "south", plan(1, 2_000.0), Sharing::ConflictOnly);
                if nth % 10 == 0 {
                    let interest = format!("i{nth}").parse().unwrap();
                    let area = Box::new(circle_in(33.5, 38.6, 50_000.0, (0, 100)));
                    let kinds = [Kind::Operation].into();
                    w.accepted("south", Say::SetInterest { interest, area, kinds });
                }
            }
            for _ in 0..LARGE {
                file(&mut w, "south", plan(100, 60_000.0), Sharing::Open);
            }
        }
        for volumes in [1, 20] {
            let (mut taken, mut parts) = (Vec::new(), 0);
            let (mut all, mut longest) = (Duration::ZERO, Duration::ZERO);
            for _ in 0..if hostile { 5 } else { FILED } {
                taken.push(file(&mut w, "north", plan(volumes, 2_000.0), Sharing::ConflictOnly));
                let (more, took, most) = compare(&mut w);
                (parts, all, longest) = (parts + more, all + took, longest.max(most));
            }
            taken.sort_unstable();
            println!(
                "hostile: {hostile}, {volumes} volumes: median {:?}, longest {:?}; then {parts} parts in \
                 {all:?}, the longest {longest:?}",
                taken[taken.len() / 2],
                taken[taken.len() - 1]
            );
        }
    }
}
