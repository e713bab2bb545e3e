//! A host, its desks and their lines through whatever can go wrong, from a seed.
//!
//! `DECONFLICT_SIM_SEED` plays one seed again, or begins with it; with `DECONFLICT_SOAK_SECONDS` seed after seed
//! is played for so long.

#![allow(clippy::print_stdout, reason = "a long run tells how far it has come")]

use std::time::{Duration, Instant};

use deconflict_testing::sim::{PLANTED_FAULTS, PlantedFault, Simulation};

/// Steps of a seed.
const STEPS: u64 = 400;
/// Seeds that once showed something wrong.
const SHOWN: [u64; 6] = [52, 20_261_170, 30_261_265, 50_261_208, 50_261_310, 60_261_206];

fn set(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn play(seed: u64) {
    let mut simulation = Simulation::new(seed, None);
    if let Err(violation) = simulation.run(STEPS) {
        panic!("{violation}");
    }
    println!("seed {seed}: {}", simulation.summary());
}

#[test]
fn whatever_goes_wrong_between_a_host_and_its_desks_what_must_hold_holds() {
    let seed = set("DECONFLICT_SIM_SEED");
    match (set("DECONFLICT_SOAK_SECONDS"), seed) {
        (Some(seconds), first) => {
            let (begun, most) = (Instant::now(), Duration::from_secs(seconds));
            (first.unwrap_or(0)..).take_while(|_| begun.elapsed() < most).for_each(play);
        }
        (None, Some(seed)) => play(seed),
        (None, None) => (0..4).chain(SHOWN).for_each(play),
    }
}

/// Within how many steps each planted fault is found, and by which words.
fn found_by(planted: PlantedFault) -> (u64, &'static [&'static str]) {
    match planted {
        PlantedFault::TakesNoAnswerForOne => (200, &["was acknowledged and does not stand"]),
        PlantedFault::AnswersBeforeItIsDurable => (200, &["was acknowledged"]),
        PlantedFault::AppendsTwice => (200, &["stands twice"]),
        PlantedFault::AnswersOtherwise => (200, &["answered otherwise"]),
        PlantedFault::CallsAllCompared => (400, &["was said to be compared"]),
        PlantedFault::SkipsWhatIsDue => (400, &["is due at"]),
        PlantedFault::ForgetsToDisclose => {
            (200, &["view is not what it may see", "one between was dropped"])
        }
        PlantedFault::ShowsToAnybody => (200, &["was shown entry"]),
        PlantedFault::ShowsBeforeItIsDurable => (200, &["is not durable", "was shown entry"]),
        PlantedFault::GivesInAnotherOrder => (200, &["was shown", "not durable"]),
        PlantedFault::SignsAnotherHistory => (200, &["signed"]),
        PlantedFault::ForgetsAtPowerCut => {
            (800, &["the record lost entries", "another one than before"])
        }
        PlantedFault::GoesOnWithoutAsking => {
            (800, &["the record lost entries", "another one than before"])
        }
        PlantedFault::CosignsBeforeItChecks => (200, &["countersigned the head"]),
        PlantedFault::ShowsAnOldView => (200, &["view is not what it may see"]),
        PlantedFault::ShowsWithoutProjection => (200, &["view is not what it may see"]),
        PlantedFault::ForgetsTheOutbox => (400, &["is nowhere"]),
        PlantedFault::EndsByAJumpedClock => (800, &["by a clock that jumped"]),
    }
}

#[test]
fn each_planted_fault_is_found() {
    let mut missed = Vec::new();
    for planted in PLANTED_FAULTS {
        let (most, words) = found_by(planted);
        let found = (0..8).find_map(|seed| Simulation::new(seed, Some(planted)).run(most).err());
        match found {
            Some(found) if words.iter().any(|words| found.what.contains(words)) => {
                println!("{planted:?}: {}", found.what);
            }
            Some(found) => missed.push(format!("{planted:?} was found by other words: {found}")),
            None => missed.push(format!("{planted:?} was not found")),
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
