//! Ledgers that have most in common: read while another goes on, gone back to, and written in parts.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeMap;

use deconflict_core::*;
use deconflict_testing::*;

const SPACE_PARTIES: [&str; 4] = PARTIES;

fn bytes(ledger: &Ledger) -> String {
    serde_json::to_string(ledger).unwrap()
}

fn world() -> World {
    let mut terms = charter(&SPACE_PARTIES);
    terms.rules.probing_a_day = 5;
    terms.rules.retention_days = 1;
    terms.consents.rules = Consent::AtLeast(1);
    World::new(terms)
}

/// A new separation for all: everything is judged anew.
fn amend(w: &mut World, dice: &mut Dice, generations: &[u8; 4]) {
    let mut terms = w.state.ledger().charter.clone().unwrap().into_inner();
    terms.rules.contact_before_min = [15, 30, 60][dice.below(3)];
    terms.rules.within_party = dice.one_in(2);
    let say = Say::AmendCharter { charter: Box::new(terms) };
    let statement = w.statement("host", &[&root("host", generations[0])], say);
    // It may pause, and then it does not.
    let _ = w.file(statement);
}

/// The next statement of a key by this ledger.
fn next(w: &mut World, ledger: &Ledger, name: &str, say: Say) -> Statement {
    let mut statement = w.statement(name, &[&operator(name, "duty")], say);
    if let Some(key) = ledger.keys.get(&statement.key) {
        (statement.seq, statement.prev) = (key.seq + 1, key.last);
    }
    statement
}

/// Both say the same of whatever may come.
fn assert_alike(w: &mut World, one: &State, other: &State, dice: &mut Dice) {
    assert_eq!(bytes(one.ledger()), bytes(other.ledger()));
    assert_eq!(one.next_due(), other.next_due());
    let late = w.now.after_seconds(400 * 86_400);
    assert_eq!(one.tick(late, usize::MAX), other.tick(late, usize::MAX));
    assert_eq!(one.erasable(late), other.erasable(late));
    let mut declared = 0;
    for i in 0..12 {
        let name = SPACE_PARTIES[i % 4];
        let say = history::something(one.ledger(), w.now, name, dice);
        let statement = next(w, one.ledger(), name, say);
        let (a, b) = (one.decide(&statement, w.now), other.decide(&statement, w.now));
        assert_eq!(a.outcome, b.outcome);
        declared += usize::from(a.placement.is_some());
    }
    let (from, until) = (w.now.to_string(), w.now.after_seconds(86_400).to_string());
    let plan = operation(circle(33.52, 38.62, 30_000.0, &from, &until));
    let statement = next(w, one.ledger(), "north", declare(plan, Sharing::Open));
    let (a, b) = (one.decide(&statement, w.now), other.decide(&statement, w.now));
    assert_eq!(a.outcome, b.outcome);
    assert!(declared < 13 && matches!(a.outcome, Outcome::Entries(_)));
}

#[test]
fn a_ledger_and_a_state_can_be_read_from_other_threads() {
    fn from_other_threads<T: Send + Sync>(_: &T) {}
    let w = world();
    from_other_threads(w.state.ledger());
    from_other_threads(&w.state);
}

#[test]
fn a_ledger_that_was_cloned_stays_as_it_was_whatever_comes_after_it() {
    let (mut w, mut dice, mut generations) = (world(), Dice(7), [0; 4]);
    let mut kept: Vec<(Ledger, String)> = Vec::new();
    for _ in 0..200 {
        history::step(&mut w, &mut dice, &mut generations);
        kept.push((w.state.ledger().clone(), bytes(w.state.ledger())));
    }
    for (ledger, written) in kept {
        assert_eq!(bytes(&ledger), written);
    }
}

#[test]
fn a_state_that_goes_to_another_ledger_is_the_state_of_that_ledger() {
    for seed in 0..6 {
        let (mut w, mut dice, mut generations) = (world(), Dice(seed), [0; 4]);
        let mut kept = vec![w.state.ledger().clone()];
        let mut moved = State::new(w.state.ledger().clone());
        for step in 1..=300 {
            history::step(&mut w, &mut dice, &mut generations);
            if dice.one_in(40) {
                amend(&mut w, &mut dice, &generations);
            }
            if step % 50 == 49 {
                w.erase();
            }
            if dice.one_in(3) {
                kept.push(w.state.ledger().clone());
            }
            if step % 15 == 0 {
                // Back by little or by much, and on again.
                let to = kept.len() - 1 - dice.below(kept.len().min(1 + step / 10));
                for ledger in [&kept[to].clone(), &w.state.ledger().clone()] {
                    moved.go_to(ledger);
                    assert_alike(&mut w, &moved, &State::new(ledger.clone()), &mut dice);
                }
            }
        }
    }
}

#[test]
fn what_was_found_when_it_was_decided_changes_nothing_but_the_work() {
    let (mut w, mut dice, mut generations) = (world(), Dice(3), [0; 4]);
    for _ in 0..300 {
        // The world hands on what was found.
        history::step(&mut w, &mut dice, &mut generations);
    }
    let mut without = State::default();
    w.log.iter().for_each(|entry| {
        without.apply(entry);
    });
    let with = std::mem::take(&mut w.state);
    assert_alike(&mut w, &with, &without, &mut dice);
    // What was found for another statement is not believed.
    let until = w.now.after_seconds(86_400).to_string();
    let plan = |lon| operation(circle(33.5, lon, 500.0, START, &until));
    let (here, there) = (plan(38.6), plan(80.0));
    w.state = State::new(with.ledger().clone());
    let here = next(&mut w, with.ledger(), "north", declare(here, Sharing::ConflictOnly));
    let there = next(&mut w, with.ledger(), "north", declare(there, Sharing::ConflictOnly));
    let wrong = with.decide(&there, w.now).placement;
    let Outcome::Entries(entries) = with.decide(&here, w.now).outcome else { panic!() };
    let mut misled = State::new(with.ledger().clone());
    let mut right = State::new(with.ledger().clone());
    for entry in &entries {
        assert_eq!(misled.apply_decided(entry, wrong.clone()), right.apply(entry));
    }
    assert_alike(&mut w, &misled, &right, &mut dice);
}

#[test]
fn what_was_found_by_other_rules_is_not_believed() {
    let mut w = world();
    let until = w.now.after_seconds(86_400).to_string();
    let plan = |lon| operation(circle(33.5, lon, 100.0, START, &until));
    let north = w.statement(
        "north",
        &[&operator("north", "duty")],
        declare(plan(38.6), Sharing::ConflictOnly),
    );
    let Decision { outcome: Outcome::Entries(entries), placement } = w.state.decide(&north, w.now)
    else {
        panic!()
    };
    // By a grid of larger cells, what is hidden reaches further.
    let mut terms = w.state.ledger().charter.clone().unwrap().into_inner();
    terms.rules.grid.cell_m = 50_000;
    let say = Say::AmendCharter { charter: Box::new(terms) };
    w.expect_accepted("host", &[&root("host", 0)], say);
    let mut alike = Vec::new();
    for found in [placement, None] {
        let mut state = State::new(w.state.ledger().clone());
        entries.iter().for_each(|entry| {
            state.apply_decided(entry, found.clone());
        });
        let mut found = 0;
        for nth in 0..20 {
            let say = declare(plan(38.6 + f64::from(nth) * 0.01), Sharing::ConflictOnly);
            let south = w.statement("south", &[&operator("south", "duty")], say);
            let Outcome::Entries(entries) = state.decide(&south, w.now).outcome else { panic!() };
            found += entries.len() - 1;
        }
        alike.push(found);
    }
    assert!(alike[0] == alike[1] && alike[0] > 5, "{alike:?}");
}

/// What is kept, as it would lie in a store.
#[derive(Default)]
struct Shelf {
    base: String,
    parts: BTreeMap<u64, String>,
    written: usize,
}

impl Shelf {
    /// Writes what changed; the size up to which it goes.
    fn write(&mut self, parts: &mut LedgerParts, ledger: &Ledger, size: u64) {
        let draft = parts.draft(ledger);
        if draft.onto.is_none() {
            self.parts.clear();
        }
        self.base = serde_json::to_string(&draft.base).unwrap();
        for (number, part) in draft.parts {
            self.written += 1;
            if part.is_empty() {
                self.parts.remove(&number);
            } else {
                self.parts.insert(number, serde_json::to_string(&part).unwrap());
            }
        }
        parts.keep(Some(size));
    }

    fn read(&self, size: u64) -> Option<(Ledger, LedgerParts)> {
        let read = |text: &String| serde_json::from_str::<LedgerPart>(text).unwrap();
        let parts = self.parts.iter().map(|(number, text)| (*number, read(text)));
        LedgerParts::read(size, serde_json::from_str(&self.base).unwrap(), parts)
    }
}

#[test]
fn a_ledger_of_which_only_what_changed_was_written_reads_back_as_it_is() {
    for seed in 0..4 {
        let (mut w, mut dice, mut generations) = (world(), Dice(100 + seed), [0; 4]);
        let (mut parts, mut shelf) = (LedgerParts::default(), Shelf::default());
        // Each party's view, of which no entry is noted.
        let mut views: BTreeMap<&str, (Ledger, LedgerParts, Shelf)> = BTreeMap::new();
        let mut entries = 0;
        for step in 1..=300 {
            history::step(&mut w, &mut dice, &mut generations);
            if step % 50 == 49 {
                w.erase();
            }
            // As the host does, entry by entry.
            let mut replayed = State::new(w_before(&w, entries));
            for entry in &w.log[entries..] {
                let index = replayed.ledger().size;
                parts.note(index, &replayed.apply(entry).changed);
            }
            entries = w.log.len();
            if dice.one_in(5) {
                // What came to nothing was noted too.
                let nothing = Item::Conflict(ConflictId(deconflict_record::leaf_hash(b"none")));
                let begun = dice.below(entries) as u64;
                parts.note(begun, &[ItemChange { item: nothing, begun }]);
                // So was what an append that failed was to forget, of which a draft had been made.
                let mut ahead = w.state.ledger().clone();
                let all: Vec<DeclarationId> = ahead.declarations.keys().copied().collect();
                if let Some(id) = dice.pick(&all) {
                    ahead.declarations.remove(id);
                }
                parts.note_difference(w.state.ledger(), &ahead);
                parts.draft(&ahead);
                parts.note_difference(&ahead, w.state.ledger());
                shelf.write(&mut parts, w.state.ledger(), entries as u64);
                let (read, again) = shelf.read(entries as u64).unwrap();
                assert_eq!(bytes(&read), bytes(w.state.ledger()), "seed {seed}");
                if dice.one_in(3) {
                    // It goes on from what was read.
                    parts = again;
                }
            }
            for name in SPACE_PARTIES {
                let (before, parts, shelf) = views.entry(name).or_default();
                parts.note_difference(before, w.view(name));
                *before = w.view(name).clone();
                if dice.one_in(7) {
                    shelf.write(parts, before, entries as u64);
                    let (read, again) = shelf.read(entries as u64).unwrap();
                    assert_eq!(bytes(&read), bytes(before), "seed {seed}, {name}");
                    if dice.one_in(3) {
                        *parts = again;
                    }
                }
            }
        }
        let whole = shelf.parts.len() * 60;
        assert!(shelf.written < whole / 2, "{} of {whole}", shelf.written);
    }
}

/// The ledger after so many entries.
fn w_before(w: &World, entries: usize) -> Ledger {
    let mut ledger = Ledger::default();
    for (index, entry) in (0..).zip(&w.log[..entries]) {
        ledger.apply(index, index, entry);
    }
    ledger
}

/// All parts of a ledger with one declaration.
fn draft_of_one() -> LedgerDraft {
    let mut w = world();
    let plan = operation(circle(33.5, 38.6, 500.0, START, START));
    w.accepted("north", declare(plan, Sharing::Open));
    let mut parts = LedgerParts::default();
    parts.note_difference(&Ledger::default(), w.state.ledger());
    parts.draft(w.state.ledger())
}

#[test]
fn parts_that_hold_something_twice_are_of_no_ledger() {
    let draft = draft_of_one();
    assert!(LedgerParts::read(1, draft.base.clone(), draft.parts.clone()).is_some());
    let twice = draft.parts.iter().cloned().chain([draft.parts[0].clone()]);
    assert!(LedgerParts::read(1, draft.base.clone(), twice).is_none());
}

#[test]
fn a_part_under_another_number_is_of_no_ledger() {
    let draft = draft_of_one();
    // What is in it would be left out when it is written next.
    let moved = draft.parts.iter().map(|(number, part)| (number + 1, part.clone()));
    assert!(LedgerParts::read(1, draft.base.clone(), moved).is_none());
}

#[test]
fn what_fails_again_and_again_is_not_named_in_a_part_again_and_again() {
    let mut w = world();
    let before = w.state.ledger().clone();
    for lat in [33.5, 35.5] {
        let plan = operation(circle(lat, 38.6, 500.0, START, START));
        w.accepted("north", declare(plan, Sharing::Open));
    }
    let ahead = w.state.ledger().clone();
    let mut parts = LedgerParts::default();
    parts.keep(Some(1_000_000));
    for _ in 0..1_000 {
        let mut failed = State::new(before.clone());
        for entry in &w.log[before.size as usize..] {
            let index = failed.ledger().size;
            parts.note(index, &failed.apply(entry).changed);
        }
        assert_eq!(*failed.ledger(), ahead);
        parts.note_difference(&ahead, &before);
    }
    // To write the two of them down is not put off for a thousand that came to nothing.
    parts.note_difference(&before, &ahead);
    assert!(parts.is_due(1_000_004, 4));
}
