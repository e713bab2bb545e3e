//! Readers hold a state that is whole while the writer goes on.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use deconflict_api::Content;
use deconflict_core::*;
use deconflict_record::Hash;
use deconflict_testing::*;

const READERS: usize = 3;
const STATEMENTS: usize = 240;

fn plan(dice: &mut Dice) -> Say {
    let (lat, lon) = (33.5 + dice.below(6) as f64 * 0.01, 38.6 + dice.below(6) as f64 * 0.01);
    let until = at(START).after_seconds(86_400).to_string();
    declare(operation(circle(lat, lon, 900.0, START, &until)), Sharing::Open)
}

/// Whatever a ledger names is there.
fn assert_whole(ledger: &Ledger) {
    for conflict in ledger.conflicts.values() {
        let between = conflict.between.iter().flatten();
        between.for_each(|id| assert!(ledger.declarations.contains_key(id), "{id}"));
    }
    for overlay in ledger.overlays.values() {
        let between = overlay.between.iter().flatten();
        between.for_each(|id| assert!(ledger.declarations.contains_key(id), "{id}"));
    }
    for id in ledger.handles.values() {
        assert!(ledger.declarations.contains_key(id), "{id}");
    }
}

#[test]
fn whoever_reads_the_state_while_it_is_written_reads_the_fold_of_some_first_entries() {
    let mut rig = HostRig::new(charter(&PARTIES));
    let published = rig.space().published().clone();
    let (over, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let reader = || {
        let (published, over, reads) = (published.clone(), over.clone(), reads.clone());
        move || {
            let mut seen: BTreeMap<u64, Arc<Ledger>> = BTreeMap::new();
            while !over.load(Ordering::Acquire) {
                let tip = published.tip().size;
                let ledger = published.ledger();
                // Never behind the tip, and never back.
                assert!(ledger.size >= tip, "{} of {tip}", ledger.size);
                assert!(seen.last_key_value().is_none_or(|(last, _)| ledger.size >= *last));
                assert!(tip <= published.tip().size);
                assert_whole(&ledger);
                seen.insert(ledger.size, ledger);
                reads.fetch_add(1, Ordering::Relaxed);
            }
            seen
        }
    };
    let readers: Vec<_> = (0..READERS).map(|_| thread::spawn(reader())).collect();
    let mut dice = Dice(11);
    let mut sizes = Vec::new();
    let mut filed: Vec<Version> = Vec::new();
    for nth in 0..STATEMENTS {
        let name = PARTIES[nth % 4];
        let say = match filed.len() {
            0..8 => plan(&mut dice),
            // Some go again: what readers hold of them stays.
            _ if nth % 4 == 3 => {
                let declaration = DeclarationId(filed.remove(0).0);
                Say::End { declaration, how: Ending::Ended }
            }
            _ => plan(&mut dice),
        };
        let declares = matches!(say, Say::Declare { .. });
        let answer = rig.say(name, &[&duty(name)], &say);
        if declares {
            filed.push(Version(Hash::from_hex(&answer.statement).unwrap()));
        }
        sizes.push(rig.space().published().tip().size);
    }
    over.store(true, Ordering::Release);
    let seen: Vec<_> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
    let reads = reads.load(Ordering::Relaxed);
    println!("{reads} reads while {STATEMENTS} statements were filed");
    assert!(reads > STATEMENTS as u64);
    // The fold of the first so many entries is what was read, entry by entry.
    let space = rig.space();
    let view = space.store().view(SPACE).unwrap();
    let (mut folded, mut compared) = (Ledger::default(), 0);
    for kept in view.entries(0..view.head().size, usize::MAX).unwrap() {
        let entry = Content::decode(&kept.opening.unwrap().content).unwrap().entry;
        folded.apply(kept.index, kept.index, &entry);
        for ledger in seen.iter().filter_map(|seen| seen.get(&folded.size)) {
            assert!(**ledger == folded, "after {} entries", folded.size);
            compared += 1;
        }
    }
    assert_eq!(compared, seen.iter().map(BTreeMap::len).sum::<usize>());
    assert!(compared > STATEMENTS / 4, "{compared}");
    assert_eq!(*published.ledger(), folded);
    assert_eq!(*space.state().ledger(), folded);
}
