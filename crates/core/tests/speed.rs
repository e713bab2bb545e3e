//! What a filing costs: its memory where a declaration has had thousands of versions, and, where a hundred thousand
//! declarations are in force, its time. The latter prints, and asserts nothing but that it was measured:
//!
//! `cargo test --release -p deconflict-core --test speed -- --ignored --nocapture`

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::time::Instant;

use deconflict_core::*;
use deconflict_testing::*;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const LIVE: usize = 100_000;
const FILED: usize = 5_000;
const OWNERS: [&str; 4] = ["host", "north", "south", "aid"];

/// A drone's way of a few hundred metres within half an hour, somewhere in 300 km by 300 km.
fn drone(dice: &mut Dice) -> DeclarationContent {
    let mut degrees = || dice.below(3_000_000) as f64 / 1e6;
    let place = Place { lat: 33.0 + degrees(), lon: 38.0 + degrees() };
    let end = Place { lat: place.lat + 0.004, lon: place.lon + 0.002 };
    let from = at(START).after_seconds(dice.below(12 * 3_600) as i64);
    DeclarationContent::Operation(Operation {
        name: texts("delivery"),
        volumes: vec![DeclaredVolume {
            shape: Shape::Corridor {
                path: vec![place, end],
                half_width_m: 30.0,
                edges: Edges::GreatCircle,
            },
            lower: Level::At { m: 30.0, above: Datum::Agl },
            upper: Level::At { m: 120.0, above: Datum::Agl },
            from: Some(from),
            until: Some(from.after_seconds(1_800)),
        }],
        contact: None,
    })
}

/// Files so many operations; entries that it took.
fn file(w: &mut World, dice: &mut Dice, sharing: &Sharing, count: usize) -> usize {
    let before = w.state.ledger().size;
    let keys = OWNERS.map(|name| operator(name, "duty"));
    for i in 0..count {
        let (name, key) = (OWNERS[i % OWNERS.len()], &keys[i % OWNERS.len()]);
        let mut statement = w.statement(name, &[key], declare(drone(dice), sharing.clone()));
        let chain = &w.state.ledger().keys[&statement.key];
        (statement.seq, statement.prev) = (chain.seq + 1, chain.last);
        // Without what a test's world does beside: writing, reading back, comparing.
        let Decision { outcome, mut placement } = w.state.decide(&statement, w.now);
        let Outcome::Entries(entries) = outcome else { panic!() };
        for entry in &entries {
            w.state.apply_decided(entry, placement.take());
        }
    }
    (w.state.ledger().size - before) as usize
}

/// The next statement of a duty officer.
fn next(w: &mut World, say: Say) -> Statement {
    let mut statement = w.statement("north", &[&operator("north", "duty")], say);
    let chain = &w.state.ledger().keys[&statement.key];
    (statement.seq, statement.prev) = (chain.seq + 1, chain.last);
    statement
}

#[test]
fn the_five_thousandth_version_takes_about_as_much_memory_to_file_as_the_fifth() {
    let mut w = World::unchecked(charter(&OWNERS));
    let mut dice = Dice(5);
    let first = next(&mut w, declare(drone(&mut dice), Sharing::Open));
    let (declaration, mut from) = (DeclarationId(first.hash), Version(first.hash));
    let mut costs: Vec<usize> = Vec::new();
    let mut statement = first;
    for _ in 0..5_000 {
        // A reader has what was before.
        let read = w.state.ledger().clone();
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let Decision { outcome, mut placement } = w.state.decide(&statement, w.now);
        let Outcome::Entries(entries) = outcome else { panic!() };
        for entry in &entries {
            w.state.apply_decided(entry, placement.take());
        }
        costs.push(MEMORY.peak_usage() - before);
        assert_eq!(read.declarations.len(), usize::from(costs.len() > 1));
        assert_eq!(w.state.ledger().declarations[&declaration].past.len(), costs.len() - 1);
        let declared = Box::new(drone(&mut dice));
        let (sharing, knows) = (Sharing::Open, [].into());
        let say = Say::Amend { declaration, from, declared, sharing, knows };
        statement = next(&mut w, say);
        from = Version(statement.hash);
    }
    let most = |of: &[usize]| of.iter().max().copied().unwrap();
    let (fifth, last) = (most(&costs[4..20]), most(&costs[4_900..]));
    println!("{fifth} bytes from the fifth on, {last} at the last");
    assert!(last <= 3 * fifth, "{last} bytes, and {fifth} at the fifth");
}

#[test]
#[ignore = "a measurement"]
fn what_a_filing_costs() {
    for (word, sharing) in [("open", Sharing::Open), ("conflict-only", Sharing::ConflictOnly)] {
        let mut dice = Dice(3);
        let mut w = World::unchecked(charter(&OWNERS));
        let empty = MEMORY.current_usage();
        let start = Instant::now();
        let entries = file(&mut w, &mut dice, &sharing, LIVE);
        let filled_s = start.elapsed().as_secs_f64();
        let bytes = MEMORY.current_usage() - empty;
        println!(
            "{word}: {LIVE} filed into an empty space in {filled_s:.1} s ({entries} entries); \
             {} bytes a declaration",
            bytes / LIVE
        );
        let start = Instant::now();
        let entries = file(&mut w, &mut dice, &sharing, FILED);
        let filed_s = start.elapsed().as_secs_f64();
        println!(
            "{word}: {:.0} a second into {LIVE} ({entries} entries for {FILED})",
            FILED as f64 / filed_s
        );
        let ledger = w.state.ledger().clone();
        let start = Instant::now();
        let state = State::new(ledger);
        println!("{word}: State::new in {:.2} s", start.elapsed().as_secs_f64());
        assert_eq!(state.ledger().declarations.len(), LIVE + FILED);
    }
}
