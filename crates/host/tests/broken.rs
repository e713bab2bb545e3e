//! Batches on a disk that fails at random: what was acknowledged stands, and stands once.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::collections::BTreeMap;

use common::*;
use deconflict_api::FilingAnswer;
use deconflict_core::*;
use deconflict_faults::{Chance, Fault, PowerCut};
use deconflict_host::{Config, Space, Timing, VerifiedStatement, system_entropy};
use deconflict_record as record;
use deconflict_store::{Options, Store};

const NAMES: [&str; 3] = ["north", "south", "aid"];

struct Played {
    rig: Rig,
    space: Option<Space>,
    now: Time,
    /// By party: what is still to be filed, in order.
    waiting: BTreeMap<&'static str, Vec<record::SignedStatement>>,
    filed: BTreeMap<String, FilingAnswer>,
}

impl Played {
    fn open(&mut self) {
        self.space = None;
        let store = Store::open_with(&self.rig.path(), &self.rig.options).unwrap();
        let timing = Timing { snapshot_entries: 40, ..Timing::default() };
        let space = Space::open(store, SPACE, log_key(), system_entropy(), timing);
        let mut space = space.unwrap();
        space.go_on_alone(self.now).unwrap();
        self.space = Some(space);
    }

    /// Files the next few statements of every party in one batch; those that fail stay.
    fn file(&mut self, each: usize) {
        let space = self.space.as_mut().unwrap();
        let roster = space.published().roster();
        let mut batch: Vec<(&'static str, record::SignedStatement)> = Vec::new();
        for (name, waiting) in &self.waiting {
            batch.extend(waiting.iter().take(each).map(|statement| (*name, statement.clone())));
        }
        let check = |(_, statement): &(_, record::SignedStatement)| {
            VerifiedStatement::new(&statement.envelope().encode(), SPACE, &roster).unwrap()
        };
        let checked: Vec<VerifiedStatement> = batch.iter().map(check).collect();
        let answers = space.file(self.now, &checked);
        for ((name, statement), answer) in batch.iter().zip(answers) {
            match answer {
                Ok(filed) => {
                    let hash = statement.hash().to_string();
                    let before = self.filed.insert(hash, filed.clone());
                    assert!(before.is_none_or(|before| before == filed));
                    self.waiting.get_mut(name).unwrap().retain(|waiting| waiting != statement);
                }
                Err(failure) => assert_eq!(failure.problem.status, 503, "{failure}"),
            }
        }
    }
}

fn play(seed: u64) -> (usize, usize) {
    let mut dice = Chance::new(seed);
    let disk = PowerCut::new();
    let vfs = Some(disk.name().to_owned());
    let mut rig = Rig::with(Config::default(), Options { vfs, ..Options::default() });
    let mut waiting = BTreeMap::new();
    for name in NAMES {
        let mut own = Vec::new();
        for _ in 0..30 {
            let sharing = [Sharing::Open, Sharing::ConflictOnly][dice.below(2) as usize].clone();
            let lat = 34.5 + dice.below(3) as f64;
            let statement =
                rig.statement(name, &[&duty(name)], &declare(operation_at(lat, 38.6), sharing));
            rig.chained(&statement);
            own.push(statement);
        }
        waiting.insert(name, own);
    }
    rig.stop();
    let mut played = Played { now: rig.now(), rig, space: None, waiting, filed: BTreeMap::new() };
    played.open();
    let (mut rounds, mut failures) = (0, 0);
    while played.waiting.values().any(|waiting| !waiting.is_empty()) {
        rounds += 1;
        assert!(rounds < 500, "it never ends");
        match dice.below(6) {
            0 => disk.fail_writes_after(dice.below(60_000), Fault::Full),
            1 => disk.fail_writes_after(dice.below(60_000), Fault::Broken),
            2 => disk.fail_syncs(),
            _ => disk.heal(),
        }
        let left = |played: &Played| played.waiting.values().map(Vec::len).sum::<usize>();
        let before = left(&played);
        played.file(1 + dice.below(4) as usize);
        failures += usize::from(left(&played) == before);
        if dice.below(3) == 0 {
            // It may fail too: then it is made up for later.
            let _ = played.space.as_mut().unwrap().checkpoint(played.now);
        }
        if dice.below(8) == 0 {
            disk.heal();
            played.open();
        }
        played.now = played.now.after_seconds(1 + dice.below(2) as i64);
    }
    disk.heal();
    played.open();
    played.now = played.now.after_seconds(2);
    played.space.as_mut().unwrap().checkpoint(played.now).unwrap();
    check(&played);
    (rounds, failures)
}

fn check(played: &Played) {
    let space = played.space.as_ref().unwrap();
    let view = space.store().view(SPACE).unwrap();
    let kept = view.entries(0..view.head().size, 4_096).unwrap();
    let entries: Vec<Entry> = kept
        .iter()
        .map(|kept| {
            let content = &kept.opening.as_ref().unwrap().content;
            deconflict_api::Content::decode(content).unwrap().entry
        })
        .collect();
    let all = replayed(&entries);
    assert_eq!(*space.state().ledger(), all);
    for (hash, filed) in &played.filed {
        let said = |entry: &Entry| match &entry.what {
            What::Accepted(s) | What::Refused(s, _) => s.hash.to_string() == *hash,
            What::Found(_) => false,
        };
        assert!(said(&entries[filed.index as usize]), "{filed:?}");
        assert_eq!(entries.iter().filter(|entry| said(entry)).count(), 1);
    }
    for name in PARTIES {
        let mut folded = Ledger::default();
        for (given, entry) in view.given(name, 0, 4_096).unwrap().rows {
            assert_eq!(given.entry, entry.index);
            folded.apply(given.entry, given.cause, &entries[given.entry as usize]);
            folded.project_to(&party(name));
        }
        assert_eq!(folded, all.project(&party(name)), "{name}");
    }
}

#[test]
fn whatever_the_disk_does_what_was_acknowledged_stands_once_and_views_are_right() {
    let (mut rounds, mut failures) = (0, 0);
    for seed in 0..6 {
        let (more_rounds, more_failures) = play(seed);
        (rounds, failures) = (rounds + more_rounds, failures + more_failures);
    }
    println!("{rounds} batches, {failures} failed");
    assert!(failures > rounds / 10, "the disk failed too seldom: {failures} of {rounds}");
}
