//! What becomes of what a failed append was to hold, and of a store that is another one under a running host.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_api::Content;
use deconflict_core::*;
use deconflict_faults::{Fault, PowerCut};
use deconflict_host::Timing;
use deconflict_record::SignedStatement;
use deconflict_store::{Options, StoredCosignature};
use deconflict_testing::*;

fn plan(lat: f64, sharing: Sharing) -> Say {
    let until = at(START).after_seconds(6 * 3_600).to_string();
    declare(operation(circle(lat, 38.6, 900.0, START, &until)), sharing)
}

fn interest(name: &str, lat: f64) -> Say {
    let until = at(START).after_seconds(6 * 3_600).to_string();
    Say::SetInterest {
        interest: name.parse().unwrap(),
        area: Box::new(circle(lat, 38.6, 5_000.0, START, &until)),
        kinds: [Kind::Operation].into(),
    }
}

/// The charter by rules that find other things.
fn amended(rig: &mut HostRig, nth: usize) -> Say {
    let charter = rig.space().state().ledger().charter.clone().unwrap();
    let mut terms = charter.into_inner();
    terms.rules.within_party = nth.is_multiple_of(2);
    terms.rules.grid.cell_m = [1_000, 5_000, 20_000][nth % 3];
    terms.rules.contact_before_min = [15, 30, 60][nth % 3];
    Say::AmendCharter { charter: Box::new(terms) }
}

/// The fold of what the store holds.
fn folded(rig: &mut HostRig) -> Ledger {
    let view = rig.space().store().view(SPACE).unwrap();
    let mut ledger = Ledger::default();
    while ledger.size < view.head().size {
        for kept in view.entries(ledger.size..view.head().size, 4_096).unwrap() {
            let entry = Content::decode(&kept.opening.unwrap().content).unwrap().entry;
            ledger.apply(kept.index, kept.index, &entry);
        }
    }
    ledger
}

/// What runs is what the store holds, and finds what a state finds that was made from it.
fn assert_sound(rig: &mut HostRig) {
    let ledger = folded(rig);
    let now = rig.clock.now();
    let published = rig.space().published().clone();
    assert_eq!(*published.ledger(), ledger);
    assert_eq!(published.tip().size, ledger.size);
    let anew = State::new(ledger.clone());
    // Of a state that is not firm nothing is asked.
    rig.space().checkpoint(now).unwrap();
    let state = rig.space().state();
    let late = now.after_seconds(400 * 86_400);
    assert_eq!(state.next_due(), anew.next_due());
    assert_eq!(state.tick(late, usize::MAX), anew.tick(late, usize::MAX));
    assert_eq!(state.ledger().declarations, ledger.declarations);
    assert_eq!(state.ledger().handles, ledger.handles);
    assert_eq!(state.ledger().conflicts, ledger.conflicts);
    // The next head has been laid over it.
    let size = state.ledger().size;
    assert_eq!(size, ledger.size + 1);
    assert_eq!(rig.space().published().ledger().size, size);
}

#[test]
fn a_batch_that_fails_leaves_nothing_behind_also_where_it_changed_the_rules() {
    let disk = PowerCut::new();
    let options = Options { vfs: Some(disk.name().to_owned()), ..Options::default() };
    let timing = Timing { snapshot_entries: 20, ..Timing::default() };
    let mut terms = charter(&PARTIES);
    terms.consents.rules = Consent::AtLeast(1);
    let mut rig = HostRig::with(terms, options, timing);
    let mut own: Vec<DeclarationId> = Vec::new();
    let mut failures = 0;
    for nth in 0..24 {
        let lat = 33.5 + (nth % 5) as f64 * 0.01;
        let mut says: Vec<(&str, Say)> = vec![
            ("north", plan(lat, Sharing::ConflictOnly)),
            ("south", plan(lat + 0.005, Sharing::Open)),
            ("aid", interest(&format!("i{}", nth % 4), lat)),
        ];
        if nth % 2 == 0 {
            says.insert(1, ("host", amended(&mut rig, nth)));
        }
        if own.len() > 3 {
            let ended = own[0];
            says.push(("north", Say::End { declaration: ended, how: Ending::Ended }));
        }
        let mut signing = rig.signing.clone();
        let batch: Vec<SignedStatement> = says
            .iter()
            .map(|(name, say)| {
                let amends = matches!(say, Say::AmendCharter { .. });
                let key = if amends { root(name, 0) } else { duty(name) };
                signing.noted(name, &[&key], say)
            })
            .collect();
        let bytes: Vec<Vec<u8>> = batch.iter().map(|s| s.envelope().encode()).collect();
        let before = folded(&mut rig);
        match nth % 3 {
            0 => disk.fail_writes_after(0, Fault::Full),
            1 => disk.fail_syncs(),
            _ => disk.fail_writes_after(20_000, Fault::Broken),
        }
        let answers = rig.file(&bytes);
        let failed = answers.iter().all(Result::is_err);
        // What readers see is what it was, until the store has more.
        if failed {
            failures += 1;
            assert_eq!(*rig.space().published().ledger(), before);
        }
        disk.heal();
        rig.clock.pass(2);
        if failed {
            rig.turn();
            assert_sound(&mut rig);
            let again = rig.file(&bytes);
            assert!(again.iter().all(Result::is_ok), "{again:?}");
        }
        rig.signing = signing;
        own.push(DeclarationId(batch[0].hash()));
        if own.len() > 4 {
            own.remove(0);
        }
        assert_sound(&mut rig);
        let now = rig.clock.now();
        rig.space().checkpoint(now).unwrap();
        if nth % 8 == 7 {
            // From what was written down it is the same.
            let ledger = folded(&mut rig);
            rig.kill();
            rig.start().unwrap();
            rig.space().go_on_alone(now).unwrap();
            assert_eq!(*rig.space().state().ledger(), ledger);
            let bytes = |ledger: &Ledger| serde_json::to_string(ledger).unwrap();
            assert_eq!(bytes(rig.space().state().ledger()), bytes(&ledger));
        }
    }
    assert!(failures > 10, "{failures}");
}

#[test]
fn what_waits_to_be_written_takes_nothing_along_of_what_a_failed_append_was_to_hold() {
    let disk = PowerCut::new();
    let options = Options { vfs: Some(disk.name().to_owned()), ..Options::default() };
    let mut rig = HostRig::with(charter(&PARTIES), options, Timing::default());
    rig.accepted("north", &plan(33.5, Sharing::Open));
    let now = rig.clock.now();
    rig.space().checkpoint(now).unwrap();
    let (size, time_s) = (rig.space().published().tip().checkpoint_size, now.seconds());
    let (witness, line) = ("south".to_owned(), "a signature".to_owned());
    rig.space().cosign(StoredCosignature { size, witness, time_s, line }, now).unwrap();
    rig.clock.pass(5);
    disk.fail_writes_after(0, Fault::Full);
    let statement = rig.signing.next("south", &[&duty("south")], &plan(43.5, Sharing::Open));
    let bytes = [statement.envelope().encode()];
    assert!(rig.file(&bytes)[0].is_err());
    disk.heal();
    // The cosignature is due, and the state is not that of the store before a second is over.
    let now = rig.clock.now();
    rig.space().turn(now);
    assert_eq!(
        rig.space().store().view(SPACE).unwrap().tile(0, 0).unwrap().unwrap().len(),
        32 * size as usize
    );
    rig.clock.pass(2);
    assert!(rig.file(&bytes)[0].is_ok());
    assert_sound(&mut rig);
}

#[test]
fn a_store_that_has_lost_entries_under_a_running_host_is_signed_on_by_nobody() {
    let mut rig = HostRig::new(charter(&PARTIES));
    rig.accepted("north", &plan(33.5, Sharing::Open));
    let copy = rig.folder.path().join("copy.sqlite");
    rig.space().store().backup_to(&copy, |_| {}).unwrap();
    rig.accepted("south", &plan(43.5, Sharing::Open));
    let (tip, ledger) = (rig.space().published().tip(), rig.space().published().ledger());
    // Somebody puts the backup in its place, page for page.
    let file = rusqlite::Connection::open(rig.path()).unwrap();
    file.execute("ATTACH ?1 AS old", [copy.to_str().unwrap()]).unwrap();
    let tables: Vec<String> = file
        .prepare(
            "SELECT name FROM old.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    file.execute_batch("PRAGMA foreign_keys = OFF; BEGIN").unwrap();
    for table in tables {
        let set = format!(
            "DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM old.{table};"
        );
        file.execute_batch(&set).unwrap();
    }
    file.execute_batch("COMMIT").unwrap();
    drop(file);
    for _ in 0..3 {
        let statement = rig.signing.next("aid", &[&duty("aid")], &plan(53.5, Sharing::Open));
        let answer = rig.file(&[statement.envelope().encode()]).remove(0);
        assert_eq!(answer.unwrap_err().problem.status, 503);
        rig.pass(2);
        assert_eq!(rig.space().published().tip(), tip);
        assert_eq!(rig.space().published().ledger(), ledger);
    }
    let why = rig.space().published().last_unwritable().unwrap().cause.to_string();
    assert!(why.contains("something else writes into it"), "{why}");
}
