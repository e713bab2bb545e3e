//! Random histories against what must always hold.
//!
//! `DECONFLICT_SOAK_STEPS` sets how many statements are filed, a few thousand otherwise;
//! `DECONFLICT_SOAK_SEED` the first history, 0 otherwise.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod kinds;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use deconflict_core::*;
use deconflict_geometry::{Relation, Volume, WidenedVolume, relation};
use deconflict_record::Hash;
use deconflict_testing::*;
use deconflict_vocabulary::{Effect, ParameterName, Value};

/// Every pair that must conflict has an open conflict, every pair of which both owners must be told an open
/// overlay, and each of these has a reason.
fn check_conflicts(w: &World) {
    let ledger = w.state.ledger();
    let rules = ledger.charter.as_ref().unwrap().rules.judging().unwrap();
    let grid = ledger.charter.as_ref().unwrap().rules.sharing_grid().unwrap();
    let live = ledger.declarations.iter().filter(|(_, d)| d.ended.is_none());
    let live: Vec<_> = live
        .map(|(id, d)| {
            let wide = |volume: &Volume| grid.widen(volume, &rules.heights);
            let volumes = d.declared.volumes().unwrap();
            let widened: Vec<WidenedVolume> = volumes.iter().map(wide).collect();
            (id, d, (volumes, widened))
        })
        .collect();
    let pair = |between: [Option<DeclarationId>; 2]| between.map(Option::unwrap).into();
    let open: BTreeSet<BTreeSet<DeclarationId>> =
        ledger.conflicts.values().filter(|c| c.closed.is_none()).map(|c| pair(c.between)).collect();
    let told: BTreeSet<BTreeSet<DeclarationId>> =
        ledger.overlays.values().filter(|o| o.closed.is_none()).map(|o| pair(o.between)).collect();
    assert!(open.is_disjoint(&told), "a pair conflicts or is told of, never both");
    for (i, (id, d, ours)) in live.iter().enumerate() {
        for (other, e, theirs) in &live[..i] {
            let conflicting = d.owner != e.owner && matches(ledger, d, e);
            let telling = d.owner != e.owner && !conflicting && lies_over(d, e);
            let pair: BTreeSet<DeclarationId> = [**id, **other].into();
            let mut exact = false;
            let mut near = false;
            for (a, wide_a) in ours.0.iter().zip(&ours.1) {
                for (b, wide_b) in theirs.0.iter().zip(&theirs.1) {
                    let common = wide_a.common(wide_b);
                    let to_come = common
                        .as_ref()
                        .is_some_and(|c| c.window().until().is_none_or(|u| Time(u) >= w.now));
                    near |= common.is_some();
                    exact |= to_come && relation(a, b, &rules).relation > Relation::Touch;
                }
            }
            if conflicting && exact {
                let earlier: Vec<&Joint<Conflict>> = ledger
                    .conflicts
                    .values()
                    .filter(|c| c.between.iter().all(|id| pair.contains(&id.unwrap())))
                    .collect();
                assert!(open.contains(&pair), "missed: {d:?}\n{e:?}\nearlier: {earlier:?}");
            }
            if open.contains(&pair) {
                assert!(conflicting && near, "invented: {d:?}\n{e:?}");
            }
            if telling && exact {
                assert!(told.contains(&pair), "not told: {d:?}\n{e:?}");
            }
            if told.contains(&pair) {
                assert!(telling && near, "told of nothing: {d:?}\n{e:?}");
            }
        }
    }
}

/// Whether two declarations of different parties conflict where they overlap.
fn matches(ledger: &Ledger, a: &Declaration, b: &Declaration) -> bool {
    let binds = |zone: &Declaration, other: &Declaration| {
        matches!(other.declared.kind(), Kind::Operation | Kind::Movement)
            && ledger.bound_by(&zone.declared).contains(&other.owner)
    };
    match (a.declared.kind(), b.declared.kind()) {
        (Kind::Zone, Kind::Zone) => false,
        (Kind::Zone, _) => binds(a, b),
        (_, Kind::Zone) => binds(b, a),
        (one, other) => one == Kind::Operation || other == Kind::Operation,
    }
}

/// Whether one of two is a zone and the other a site or a movement.
fn lies_over(a: &Declaration, b: &Declaration) -> bool {
    let kinds = [a.declared.kind(), b.declared.kind()];
    kinds.contains(&Kind::Zone)
        && kinds.iter().any(|kind| matches!(kind, Kind::Site | Kind::Movement))
}

/// What entries said that they changed is all that differs, and each began where it says.
fn check_changed(before: &Ledger, after: &Ledger, changed: &[ItemChange]) {
    let begun = |item: Item| {
        let mut entries = changed.iter().filter(|one| one.item == item).map(|one| one.begun);
        let begun = entries.next();
        assert!(entries.all(|other| Some(other) == begun), "{item:?} began twice");
        begun
    };
    for id in before.declarations.keys().chain(after.declarations.keys()) {
        let (was, is) = (before.declarations.get(id), after.declarations.get(id));
        if was != is {
            let known = was.or(is).and_then(|declaration| declaration.begun());
            assert_eq!(begun(Item::Declaration(*id)), known, "{was:?}\nbecame {is:?}");
        }
    }
    for id in before.conflicts.keys().chain(after.conflicts.keys()) {
        let (was, is) = (before.conflicts.get(id), after.conflicts.get(id));
        if was != is {
            let known = was.or(is).map(|conflict| conflict.entries[0]);
            assert_eq!(begun(Item::Conflict(*id)), known, "{was:?}\nbecame {is:?}");
        }
    }
    for id in before.overlays.keys().chain(after.overlays.keys()) {
        let (was, is) = (before.overlays.get(id), after.overlays.get(id));
        if was != is {
            let known = was.or(is).map(|overlay| overlay.entries[0]);
            assert_eq!(begun(Item::Overlay(*id)), known, "{was:?}\nbecame {is:?}");
        }
    }
    for id in before.dialogues.keys().chain(after.dialogues.keys()) {
        let (was, is) = (before.dialogues.get(id), after.dialogues.get(id));
        if was != is {
            let known = was.or(is).map(|dialogue| dialogue.entries[0]);
            assert_eq!(begun(Item::Dialogue(*id)), known, "{was:?}\nbecame {is:?}");
        }
    }
    // Each declaration's handle is known, and no others: a snapshot need not have them.
    let handles = after.declarations.iter().filter_map(|(id, d)| Some((d.handle?, *id)));
    assert!(after.handles == handles.collect());
    let reported_on = after.dialogues.iter().filter(|(_, dialogue)| dialogue.is_reported_on());
    assert!(after.reported_on == reported_on.map(|(id, _)| *id).collect());
    let incidents = after.dialogues.iter().filter(|(_, dialogue)| dialogue.is_incident_open());
    assert!(after.incidents == incidents.map(|(id, _)| *id).collect());
}

/// No incident ends but by a word of whoever declared the place, or told of a place that nobody declared.
fn check_incidents(before: &Ledger, after: &Ledger) {
    let place = |dialogue: &Dialogue| {
        let names = ["object", "cell"].map(|name| ParameterName::new(name).unwrap());
        names.iter().find_map(|name| dialogue.message.parameters.get(name)).cloned()
    };
    let ended = |ledger: &Ledger, id: &MessageId| {
        ledger.dialogues.get(id).is_some_and(|dialogue| dialogue.ended.is_some())
    };
    for (id, incident) in after.dialogues.iter().filter(|(id, _)| ended(after, id)) {
        if incident.is_of_host() {
            continue;
        }
        assert!(incident.opens_incident(), "{incident:?}");
        if ended(before, id) {
            continue;
        }
        // What the host told by cells ends with what it follows.
        if let Some(told) = &incident.by_cell {
            assert!(ended(after, &told.of), "{incident:?}");
            continue;
        }
        let owner = match place(incident) {
            Some(Value::Reference(of)) => {
                after.declarations.get(&DeclarationId(Hash(of.0))).map(|d| d.owner.clone())
            }
            _ => Some(incident.sender.clone()),
        };
        let ends = |said: &Joint<Dialogue>| {
            said.code().row().effect == Effect::EndsIncident
                && place(said) == place(incident)
                && said.passed_on.is_none()
                && owner.as_ref().is_none_or(|owner| said.sender == *owner)
        };
        assert!(after.dialogues.values().any(ends), "ended by nobody who may: {incident:?}");
    }
}

fn bytes(ledger: &Ledger) -> String {
    serde_json::to_string(ledger).unwrap()
}

fn play(seed: u64, steps: usize) -> World {
    let mut dice = Dice(seed);
    let mut terms = charter(&PARTIES);
    terms.rules.probing_a_day = 5;
    terms.rules.retention_days = 1;
    let mut w = World::new(terms);
    // In a third of them most of what follows comes in later parts, in another third among other statements.
    let pace = [Pace { findings: 1, work: 4 }, Pace::default(), Pace { findings: 1, work: 1 }];
    let pace = pace[seed as usize % 3];
    w.state.set_pace(pace);
    w.lets_wait = seed % 3 == 2;
    let mut generations = [0; 4];
    let mut before = w.state.ledger().clone();
    w.changed.clear();
    for step in 0..steps {
        history::step(&mut w, &mut dice, &mut generations);
        if w.lets_wait && dice.one_in(2) {
            w.compare();
        }
        if step % 20 == 19 {
            w.compare_all();
            check_conflicts(&w);
            check_changed(&before, w.state.ledger(), &std::mem::take(&mut w.changed));
            check_incidents(&before, w.state.ledger());
            before = w.state.ledger().clone();
        }
        if step % 50 == 49 {
            w.erase();
        }
        if step % 100 == 99 {
            // A snapshot is as good as the state that it was taken of.
            let read: Ledger = serde_json::from_str(&bytes(w.state.ledger())).unwrap();
            w.state = State::new(read);
            w.state.set_pace(pace);
        }
    }
    w.compare_all();
    end(&mut w);
    w
}

/// All that ended is erased in the end, once every key has said something else.
fn end(w: &mut World) {
    w.pass(3 * 86_400);
    let root = deconflict_record::leaf_hash(b"disclosures");
    w.fold(&Entry {
        at: w.now,
        what: What::Found(Finding::Disclosures { root, comparing: w.state.is_comparing() }),
    });
    for name in PARTIES {
        let say = Say::DropInterest { interest: "none".parse().unwrap() };
        let statement = w.statement(name, &[&operator(name, "duty")], say);
        w.file(statement).unwrap();
    }
    w.erase();
}

/// Statements of one history.
const AT_ONCE: usize = 300;

/// The fewest statements from which on something of every kind must be among them.
const ENOUGH: usize = 2_400;

/// What no history says.
const UNSAID: [&str; 4] = ["amend-charter", "attest", "move-host", "revoke"];

/// What histories came to.
#[derive(Default)]
struct Seen {
    /// The words of what was said, with effect or without.
    words: BTreeSet<&'static str>,
    accepted: usize,
    refused: usize,
    found: usize,
    erased: usize,
    messages: usize,
    in_parts: usize,
    /// What was told of movements that are late, or that units were not told of, and that it is over.
    of_movements: BTreeSet<&'static str>,
}

/// How many messages were forgotten.
fn messages_forgotten(w: &World) -> usize {
    let of_message = |entry: &&Entry| {
        matches!(
            entry.what,
            What::Found(Finding::Erased { of: ErasureSubject::Message { party: None, .. }, .. })
        )
    };
    w.log.iter().filter(of_message).count()
}

/// Plays one history, and replays what was written of it.
fn look_at(seed: u64, seen: &mut Seen) {
    let w = play(seed, AT_ONCE);
    let mut replayed = State::default();
    for entry in &w.log {
        replayed.apply(entry);
        if let What::Accepted(said) | What::Refused(said, _) = &entry.what {
            seen.words.insert(said.say.rules().word);
        }
        match entry.what {
            What::Accepted(_) => seen.accepted += 1,
            What::Refused(..) => seen.refused += 1,
            What::Found(Finding::Comparing { .. }) => seen.in_parts += 1,
            What::Found(_) => seen.found += 1,
        }
        if let What::Found(
            found @ (Finding::MovementOverdue { .. }
            | Finding::MovementOverdueEnded { .. }
            | Finding::UnitsNotTold { .. }),
        ) = &entry.what
        {
            seen.of_movements.insert(found.word());
        }
    }
    assert_eq!(bytes(replayed.ledger()), bytes(w.state.ledger()), "seed {seed}");
    seen.erased += w.forgotten().len();
    seen.messages += messages_forgotten(&w);
}

#[test]
fn whatever_is_said_no_conflict_is_missed_and_every_view_is_what_its_party_may_see() {
    let steps = std::env::var("DECONFLICT_SOAK_STEPS")
        .ok()
        .and_then(|steps| steps.parse().ok())
        .unwrap_or(ENOUGH);
    let histories = steps.div_ceil(AT_ONCE) as u64;
    let first: u64 = std::env::var("DECONFLICT_SOAK_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU64::new(first);
    let work = || {
        let mut seen = Seen::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + histories {
                return seen;
            }
            if let Err(fault) = catch_unwind(AssertUnwindSafe(|| look_at(seed, &mut seen))) {
                eprintln!("it was the history of DECONFLICT_SOAK_SEED={seed}");
                resume_unwind(fault);
            }
        }
    };
    let all: Vec<Seen> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let sum = |of: fn(&Seen) -> usize| all.iter().map(of).sum::<usize>();
    let (accepted, refused) = (sum(|seen| seen.accepted), sum(|seen| seen.refused));
    let (found, erased) = (sum(|seen| seen.found), sum(|seen| seen.erased));
    let (in_parts, messages) = (sum(|seen| seen.in_parts), sum(|seen| seen.messages));
    println!("{accepted} statements accepted, {refused} refused, {found} findings");
    println!("{erased} erased, {messages} messages forgotten, {in_parts} parts left for later");
    if steps >= ENOUGH {
        let of_movements = all.iter().flat_map(|seen| &seen.of_movements).collect::<BTreeSet<_>>();
        assert_eq!(of_movements.len(), 3, "{of_movements:?}");
        let said: BTreeSet<&str> = all.iter().flat_map(|seen| &seen.words).copied().collect();
        let mut kinds: BTreeSet<&str> = kinds::kinds().into_keys().collect();
        UNSAID.iter().for_each(|word| assert!(kinds.remove(word), "{word}"));
        assert_eq!(
            said, kinds,
            "what can be said is said in some history: crates/testing/src/history.rs"
        );
    }
    assert!(erased > steps / 100, "{erased} of {steps}");
    assert!(messages > steps / 200, "{messages} of {steps}");
    assert!(in_parts > steps / 20, "{in_parts} of {steps}");
    assert!(accepted > steps / 4 && refused > steps / 10 && found > steps / 10);
}
