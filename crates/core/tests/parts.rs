//! What follows from a statement comes in parts, and nothing that others hold keeps a statement out.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::{BTreeMap, BTreeSet};

use deconflict_core::*;
use deconflict_record::SigningKey;
use deconflict_testing::*;

/// So little at once that a few things of others are too many.
const LITTLE: Pace = Pace { findings: 3, work: 24 };

/// So little that two volumes of others are more than are named at once: what is near is looked for, some in each part.
const LEAST: Pace = Pace { findings: 1, work: 1 };

/// The most entries that one append of the host may hold, with room for what it adds itself.
const MOST_ENTRIES: usize = 4_000;

fn slow(terms: Charter) -> World {
    let mut w = World::new(terms);
    w.state.set_pace(LITTLE);
    w
}

fn here() -> DeclarationContent {
    operation_at(33.5, 38.6)
}

fn open() -> Sharing {
    Sharing::Open
}

fn hidden() -> Sharing {
    Sharing::ConflictOnly
}

fn marks(entries: &[Entry]) -> usize {
    let mark = |entry: &&Entry| {
        matches!(&entry.what, What::Found(Finding::Comparing { .. } | Finding::Compared { .. }))
    };
    entries.iter().filter(mark).count()
}

/// Who is in conflict with whom now, or told of whom.
fn open_pairs(ledger: &Ledger) -> BTreeSet<BTreeSet<DeclarationId>> {
    let conflicts = ledger.conflicts.values().filter(|conflict| conflict.closed.is_none());
    let overlays = ledger.overlays.values().filter(|overlay| overlay.closed.is_none());
    let open = conflicts.map(|one| one.between).chain(overlays.map(|one| one.between));
    open.map(|between| between.iter().flatten().copied().collect()).collect()
}

/// What a party was given, without the places in the record: how many entries others make, it may know.
fn told(w: &World, name: &str) -> Vec<String> {
    let without = |line: String| line.split_once(' ').unwrap().1.to_owned();
    w.transcript(name).into_iter().map(without).collect()
}

/// A space in which the hostile `south` holds as much as it can over one place, under a zone of `north`.
fn besieged() -> (World, Version, Version) {
    let mut w = slow(charter(&PARTIES));
    let terms = zone(33.5, 38.6, 30_000.0, &["south"], &["south"]);
    let (zone, _) = w.accepted("north", declare(DeclarationContent::Zone(terms), hidden()));
    let (own, _) = w.accepted("north", declare(here(), hidden()));
    for nth in 0..40 {
        w.accepted("south", declare(here(), [open(), hidden()][nth % 2].clone()));
        let interest = format!("{nth}{}", "n".repeat(60)).parse().unwrap();
        let area = Box::new(circle_in(33.5, 38.6, 50_000.0, (0, 100)));
        let kinds = [Kind::Zone, Kind::Operation, Kind::Site, Kind::Movement].into();
        w.accepted("south", Say::SetInterest { interest, area, kinds });
        w.accepted("aid", declare(site(40.0, 10.0), Sharing::Named([party("south")].into())));
    }
    (w, zone, own)
}

#[test]
fn nothing_that_another_party_holds_keeps_a_statement_out() {
    let (mut w, zone_id, own) = besieged();
    let bound = open_pairs(w.state.ledger()).len();
    assert_eq!(bound, 80, "each of its plans conflicts with the zone and with the plan");
    w.lets_wait = true;
    let all = ["host", "north", "south", "aid"].map(|name| root(name, 0));
    let all: Vec<&SigningKey> = all.iter().collect();
    let mut rules = w.state.ledger().charter.clone().unwrap().into_inner();
    rules.rules.separation = Apart { horizontal_m: 500.0, vertical_m: 50.0, time_s: 60 };
    let larger = zone(33.5, 38.6, 31_000.0, &["south"], &["south"]);
    let convoy =
        movement((33.5, 38.5), (33.5, 38.7), "2017-05-20T12:00:00Z", "2017-05-20T14:00:00Z");
    let id = DeclarationId(zone_id.0);
    let group: GroupId = "militia".parse().unwrap();
    let duty = operator("north", "duty");
    let north_root = root("north", 0);
    let south_root = root("south", 0);
    let said: Vec<(&str, Vec<&SigningKey>, Say)> = vec![
        ("north", vec![&duty], declare(site(33.5, 38.6), open())),
        ("north", vec![&duty], declare(convoy, open())),
        ("north", vec![&duty], declare(here(), hidden())),
        ("north", vec![&duty], amend(zone_id, zone_id, DeclarationContent::Zone(larger), hidden())),
        ("north", vec![&duty], Say::Share { declaration: id, sharing: open() }),
        (
            "north",
            vec![&duty],
            Say::End { declaration: DeclarationId(own.0), how: Ending::Cancelled },
        ),
        ("north", vec![&north_root], Say::SpeakFor { group }),
        ("host", all.clone(), Say::AmendCharter { charter: Box::new(rules) }),
        ("north", vec![&duty], Say::End { declaration: id, how: Ending::Ended }),
        ("south", vec![&south_root], Say::Withdraw { reason: "quarrel".into() }),
    ];
    for (name, signers, say) in said {
        let word = say.rules().word;
        let statement = w.statement(name, &signers, say);
        let entries = w.file(statement).unwrap();
        assert!(matches!(entries[0].what, What::Accepted(_)), "{word}: {:?}", entries[0].what);
        let found = findings(&entries);
        assert!(entries.len() <= 12, "{word}: {} entries at once", entries.len());
        let told = |f: &&Finding| matches!(f, Finding::InterestTouched { .. });
        assert!(found.iter().filter(told).count() <= 1, "{word}: one for a party: {found:?}");
        // Statements of others come between.
        w.compare();
    }
    let mut parts = 0;
    while w.state.is_comparing() {
        let part = w.compare();
        assert!((1..MOST_ENTRIES).contains(&part.len()));
        assert_eq!(marks(&part), 1, "each part says how far it has come");
        parts += 1;
    }
    assert!(parts > 10, "{parts}");
    // The new plan and the site conflict with each of its plans; what ended, with none.
    assert_eq!(open_pairs(w.state.ledger()).len(), 40 + 40);
}

/// The same as a world says, at this pace, with parts left to come later by chance.
fn again(first: &World, pace: Pace, dice: Option<&mut Dice>) -> World {
    let mut other = World::empty();
    other.state.set_pace(pace);
    other.lets_wait = dice.is_some();
    let mut none = Dice(0);
    let dice = dice.unwrap_or(&mut none);
    for event in first.script.clone() {
        match event {
            Event::Passed(seconds) => {
                other.pass(seconds);
            }
            Event::Filed(statement) => {
                // What names a conflict names another one here, and is refused.
                let _ = other.file(*statement);
            }
        }
        if !other.lets_wait {
            continue;
        }
        for _ in 0..dice.below(3) {
            if other.state.is_comparing() {
                other.compare();
            }
            // What is in memory alone is lost, and how much is found at once is another.
            if dice.one_in(20) {
                other.state = State::new(other.state.ledger().clone());
                other.state.set_pace(pace);
            } else if dice.one_in(4) {
                let work = [1, 2, 24, 100][dice.below(4)];
                other.state.set_pace(Pace { findings: 1 + dice.below(3), work });
            }
        }
    }
    other.compare_all();
    other
}

#[test]
fn in_parts_and_among_other_statements_the_same_pairs_are_found() {
    let (mut found, mut left) = (0, 0);
    for seed in 0..30 {
        let mut dice = Dice(500 + seed);
        let mut terms = charter(&PARTIES);
        terms.rules.probing_a_day = 4;
        let mut whole = World::new(terms);
        whole.state.set_pace(Pace { findings: usize::MAX, work: usize::MAX });
        let mut generations = [0; 4];
        for nth in 0..90 {
            // Nothing is signed by the name of a conflict, which is another one elsewhere.
            history::step(&mut whole, &mut dice, &mut generations);
            if nth % 30 == 29 {
                let signers: Vec<SigningKey> =
                    PARTIES.iter().zip(generations).map(|(name, g)| root(name, g)).collect();
                let signers: Vec<&SigningKey> = signers.iter().collect();
                let mut rules = whole.state.ledger().charter.clone().unwrap().into_inner();
                rules.rules.separation.horizontal_m += 400.0;
                let say = Say::AmendCharter { charter: Box::new(rules) };
                let statement = whole.statement("host", &signers, say);
                let _ = whole.file(statement);
            }
        }
        let expected = open_pairs(whole.state.ledger());
        let at_once = again(&whole, LITTLE, None);
        assert_eq!(open_pairs(at_once.state.ledger()), expected, "seed {seed}");
        let later = again(&whole, [LITTLE, LEAST][seed as usize % 2], Some(&mut dice));
        assert_eq!(open_pairs(later.state.ledger()), expected, "seed {seed}, among others");
        found += expected.len();
        left += marks(&later.log);
        // What is written down leads to the same state, and to the same next part, wherever it breaks off.
        let mut replayed = State::default();
        for entry in &later.log {
            replayed.apply(entry);
        }
        assert_eq!(replayed.ledger(), later.state.ledger());
    }
    assert!(found > 40 && left > 200, "{found} pairs, {left} marks");
}

type Picture = BTreeMap<BTreeSet<DeclarationId>, (bool, Extent, Vec<bool>)>;

fn assert_same(found: &World, expected: &Picture, seed: u64) {
    let found = picture(found.state.ledger());
    let other = |(pair, one): &(&BTreeSet<DeclarationId>, _)| expected.get(*pair) != Some(*one);
    let more: Vec<_> = found.iter().filter(other).collect();
    let missed: Vec<_> = expected.keys().filter(|pair| !found.contains_key(*pair)).collect();
    assert!(more.is_empty() && missed.is_empty(), "seed {seed}: {more:?}, missed {missed:?}");
}

/// What is open: between whom, whether it conflicts, and where and when; of an overlay, whether each side is told of
/// the other by its name.
fn picture(ledger: &Ledger) -> Picture {
    let pair = |between: [Option<DeclarationId>; 2]| between.into_iter().flatten().collect();
    let mut all = BTreeMap::new();
    for one in ledger.conflicts.values().filter(|one| one.closed.is_none()) {
        let before = all.insert(pair(one.between), (true, one.extent.clone(), vec![]));
        assert!(before.is_none(), "twice: {one:?}");
    }
    for one in ledger.overlays.values().filter(|one| one.closed.is_none()) {
        let sides = [0, 1].map(|nth| (one.between[nth].unwrap(), one.sides[nth].declaration));
        let mut told: Vec<(DeclarationId, bool)> = Vec::new();
        for (nth, (id, name)) in sides.into_iter().enumerate() {
            let other = &one.sides[1 - nth].party;
            let sees = ledger.sees(other, &ledger.declarations[&id]);
            assert_eq!(name, sees.then_some(id), "what it may see, and no more: {one:?}");
            told.push((id, sees));
        }
        told.sort_unstable();
        let told = told.into_iter().map(|(_, sees)| sees).collect();
        let before = all.insert(pair(one.between), (false, one.extent.clone(), told));
        assert!(before.is_none(), "twice: {one:?}");
    }
    all
}

/// Something of zones, sites, movements and plans over two places, shared, changed and ended again and again.
fn something_near(w: &World, dice: &mut Dice, name: &str) -> Say {
    let militia: GroupId = "militia".parse().unwrap();
    let (lat, lon) = (33.5 + 0.05 * dice.below(3) as f64, 38.6);
    let some = |dice: &mut Dice| PARTIES.into_iter().filter(|_| dice.one_in(2)).collect::<Vec<_>>();
    let sharing = |dice: &mut Dice| match dice.below(4) {
        0 => open(),
        1 => Sharing::Named(some(dice).into_iter().map(party).collect()),
        _ => hidden(),
    };
    let declared = |dice: &mut Dice| match dice.below(5) {
        0 | 1 => {
            let mut terms = zone(lat, lon, 5_000.0, &some(dice), &[]);
            terms.binds =
                some(dice).into_iter().map(party).filter(|p| terms.concerns.contains(p)).collect();
            // Whoever speaks for them is to be concerned.
            if dice.one_in(2) {
                terms.concerns = PARTIES.map(party).into();
                terms.binds_groups = [militia.clone()].into();
            }
            DeclarationContent::Zone(terms)
        }
        2 => site(lat, lon),
        3 => movement(
            (lat, lon - 0.1),
            (lat, lon + 0.1),
            "2017-05-20T12:00:00Z",
            "2017-05-20T14:00:00Z",
        ),
        _ => operation_at(lat, lon),
    };
    let own = w.state.ledger().declarations.iter();
    let own = own.filter(|(_, d)| d.owner == party(name) && d.ended.is_none());
    let own: Vec<_> = own.map(|(id, d)| (*id, d.version, d.sharing.clone())).collect();
    match (dice.below(8), dice.pick(&own).cloned()) {
        (0 | 1, Some((declaration, ..))) => Say::Share { declaration, sharing: sharing(dice) },
        (2 | 3, Some((declaration, from, sharing))) => {
            let declared = Box::new(declared(dice));
            Say::Amend { declaration, from, declared, sharing, knows: [].into() }
        }
        (4, Some((declaration, ..))) => {
            let how = [Ending::Cancelled, Ending::Removed][dice.below(2)];
            Say::End { declaration, how }
        }
        _ => declare(declared(dice), sharing(dice)),
    }
}

#[test]
fn overlays_and_conflicts_that_become_each_other_are_told_alike_in_parts_and_at_once() {
    let militia: GroupId = "militia".parse().unwrap();
    let (mut overlays, mut conflicts, mut left) = (0, 0, 0);
    for seed in 0..24 {
        let mut dice = Dice(9_000 + seed);
        let mut whole = World::new(charter(&PARTIES));
        whole.state.set_pace(Pace { findings: usize::MAX, work: usize::MAX });
        for _ in 0..70 {
            let name = PARTIES[dice.below(4)];
            let statement = match dice.below(10) {
                0 | 1 => {
                    let group = militia.clone();
                    let say = match dice.one_in(2) {
                        true => Say::SpeakFor { group },
                        false => Say::StopSpeakingFor { group },
                    };
                    whole.statement(name, &[&root(name, 0)], say)
                }
                2 if dice.one_in(3) => {
                    let mut rules = whole.state.ledger().charter.clone().unwrap().into_inner();
                    rules.rules.within_party ^= dice.one_in(2);
                    rules.rules.separation.horizontal_m += [0.0, 300.0][dice.below(2)];
                    let signers = PARTIES.map(|name| root(name, 0));
                    let say = Say::AmendCharter { charter: Box::new(rules) };
                    whole.statement("host", &signers.iter().collect::<Vec<_>>(), say)
                }
                _ => {
                    let say = something_near(&whole, &mut dice, name);
                    whole.statement(name, &[&operator(name, "duty")], say)
                }
            };
            whole.file(statement).unwrap();
        }
        let expected = picture(whole.state.ledger());
        let at_once = again(&whole, LITTLE, None);
        assert_same(&at_once, &expected, seed);
        for pace in [LITTLE, LEAST] {
            let later = again(&whole, pace, Some(&mut dice));
            assert_same(&later, &expected, seed);
            left += marks(&later.log);
        }
        overlays += expected.values().filter(|(conflicts, ..)| !conflicts).count();
        conflicts += expected.values().filter(|(conflicts, ..)| *conflicts).count();
    }
    assert!(overlays > 100 && conflicts > 100 && left > 1_000, "{overlays} {conflicts} {left}");
}

#[test]
fn after_a_crash_the_rest_follows_from_what_stands_in_the_record() {
    let (mut w, ..) = besieged();
    w.lets_wait = true;
    w.accepted("north", declare(here(), hidden()));
    let mut parts = 0;
    while w.state.is_comparing() {
        let mut replayed = State::default();
        for entry in &w.log {
            replayed.apply(entry);
        }
        let written = serde_json::to_string(replayed.ledger()).unwrap();
        let mut read = State::new(serde_json::from_str(&written).unwrap());
        read.set_pace(LITTLE);
        assert_eq!(read.ledger(), w.state.ledger());
        assert_eq!(read.compare(w.now), w.state.compare(w.now), "part {parts}");
        w.compare();
        parts += 1;
    }
    assert!(parts > 10, "{parts}");
}

#[test]
fn what_changed_meanwhile_is_compared_by_its_own_statement_and_once() {
    let mut w = slow(charter(&PARTIES));
    let mut theirs = Vec::new();
    for _ in 0..12 {
        theirs.push(w.accepted("south", declare(here(), hidden())).0);
    }
    w.lets_wait = true;
    let (ours, _) = w.accepted("north", declare(here(), hidden()));
    let compared = |w: &World, other: Version| {
        let pair: BTreeSet<DeclarationId> = [ours, other].map(|v| DeclarationId(v.0)).into();
        open_pairs(w.state.ledger()).contains(&pair)
    };
    let waiting: Vec<Version> = theirs.iter().copied().filter(|v| !compared(&w, *v)).collect();
    assert_eq!(waiting.len(), 9, "three were found with the statement");
    let (ended, moved, stays) = (waiting[0], waiting[1], waiting[2]);
    let how = Ending::Cancelled;
    w.accepted("south", Say::End { declaration: DeclarationId(ended.0), how });
    w.accepted("south", amend(moved, moved, operation_at(35.0, 36.0), hidden()));
    w.accepted("south", amend(stays, stays, here(), hidden()));
    let (late, _) = w.accepted("aid", declare(here(), hidden()));
    w.compare_all();
    let of_ours = open_pairs(w.state.ledger())
        .into_iter()
        .filter(|pair| pair.contains(&DeclarationId(ours.0)))
        .count();
    assert_eq!(of_ours, 10 + 1, "what stands, and what came since");
    assert!(
        compared(&w, stays) && compared(&w, late) && !compared(&w, ended) && !compared(&w, moved)
    );
    let opened = |entry: &&Entry| matches!(entry.what, What::Found(Finding::ConflictOpened { .. }));
    assert_eq!(w.log.iter().filter(opened).count(), 10 + 1 + 10, "each pair once");

    // What is amended while it is compared is not compared in its earlier version any more.
    let (again, _) = w.accepted("north", declare(here(), hidden()));
    assert!(w.state.is_comparing());
    w.accepted("north", amend(again, again, operation_at(35.0, 30.0), hidden()));
    w.compare_all();
    let id = DeclarationId(again.0);
    assert!(open_pairs(w.state.ledger()).iter().all(|pair| !pair.contains(&id)));
}

#[test]
fn what_protects_is_found_first_and_parties_take_turns() {
    let mut w = slow(charter(&PARTIES));
    for nth in 0..20 {
        w.accepted("south", declare(here(), hidden()));
        if nth % 5 == 0 {
            w.accepted("aid", declare(site(33.5, 38.6), hidden()));
        }
    }
    w.lets_wait = true;
    let kinds = |w: &World, from: usize| -> Vec<Kind> {
        let opened = |entry: &Entry| match &entry.what {
            What::Found(Finding::ConflictOpened { sides, .. }) => Some(sides[1].kind),
            _ => None,
        };
        w.log[from..].iter().filter_map(opened).collect()
    };
    let from = w.log.len();
    w.accepted("north", declare(here(), hidden()));
    w.compare_all();
    let found = kinds(&w, from);
    assert_eq!(found[..4], [Kind::Site; 4]);
    assert_eq!(found.len(), 24);

    // A party that files much does not keep another one waiting.
    for _ in 0..5 {
        w.accepted("south", declare(operation_at(33.5, 38.601), hidden()));
    }
    let (aid, _) = w.accepted("aid", declare(here(), hidden()));
    let waits = |w: &World| {
        let id = DeclarationId(aid.0);
        w.state.ledger().comparisons.iter().any(|(_, c)| {
            matches!(c.scope, ComparisonScope::Version { declaration, .. } if declaration == id)
        })
    };
    let mut parts = 0;
    while waits(&w) {
        w.compare();
        parts += 1;
    }
    assert!((8..20).contains(&parts), "{parts}");
    w.compare_all();
}

#[test]
fn how_much_others_hide_is_told_to_nobody_by_what_follows_in_parts() {
    let world = |interests: usize, elsewhere: usize| {
        let mut w = slow(charter(&PARTIES));
        for _ in 0..8 {
            w.accepted("aid", declare(here(), hidden()));
        }
        for nth in 0..interests {
            let interest = format!("i{nth}").parse().unwrap();
            let area = Box::new(circle_in(33.5, 38.6, 9_000.0, (0, 100)));
            let kinds = [Kind::Operation].into();
            w.accepted("south", Say::SetInterest { interest, area, kinds });
        }
        // In the same cells, at another time.
        for _ in 0..elsewhere {
            let plan = operation(circle_in(33.5, 38.6, 2_000.0, (30, 31)));
            w.accepted("south", declare(plan, hidden()));
        }
        w.accepted("north", declare(here(), open()));
        let (id, _) = w.accepted("north", declare(here(), hidden()));
        w.accepted("north", amend(id, id, operation_at(33.51, 38.6), hidden()));
        w.accepted("north", Say::End { declaration: DeclarationId(id.0), how: Ending::Cancelled });
        w
    };
    let (few, many) = (world(0, 0), world(60, 60));
    // The names of conflicts and what each side is called in them hang on entries and statements before.
    let shape = |lines: Vec<String>| -> Vec<String> {
        let hex = |c: char| c.is_ascii_hexdigit();
        let word = |word: &str| {
            if word.len() > 12 && word.chars().all(hex) { "#" } else { word }.to_owned()
        };
        let line = |line: String| {
            let words: Vec<String> =
                line.split(|c: char| !c.is_ascii_alphanumeric()).map(word).collect();
            words.join(" ")
        };
        lines.into_iter().map(line).collect()
    };
    let (few, many) = (shape(told(&few, "north")), shape(told(&many, "north")));
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    assert_eq!(sorted(few), sorted(many));
}

#[test]
fn marks_are_given_to_the_watch_desk_alone_and_every_view_says_that_more_is_to_come() {
    let (mut w, ..) = besieged();
    w.lets_wait = true;
    let seal = |w: &mut World| {
        let root = deconflict_record::leaf_hash(b"disclosures");
        let comparing = w.state.is_comparing();
        w.fold(&Entry { at: w.now, what: What::Found(Finding::Disclosures { root, comparing }) });
    };
    w.accepted("aid", declare(operation_at(33.5, 38.61), hidden()));
    seal(&mut w);
    for name in PARTIES {
        assert!(w.view(name).comparing, "{name}");
        assert!(w.view(name).comparisons.is_empty() && w.view(name).follows.is_none());
    }
    w.compare_all();
    seal(&mut w);
    for name in PARTIES {
        assert!(!w.view(name).comparing, "{name}");
        let marks =
            told(&w, name).iter().filter(|l| l.contains("compar") && !l.contains("root")).count();
        assert_eq!(marks > 0, name == "host", "{name} was given {marks}");
    }
}

#[test]
fn what_a_leaver_holds_is_told_in_as_many_entries_as_it_takes() {
    let mut w = World::unchecked(charter(&PARTIES));
    let mut given = BTreeSet::new();
    for _ in 0..1_200 {
        let shared = Sharing::Named([party("south")].into());
        given.insert(w.accepted("aid", declare(site(40.0, 10.0), shared)).0);
    }
    let withdraw = Say::Withdraw { reason: "quarrel".into() };
    let (_, found) = w.expect_accepted("south", &[&root("south", 0)], withdraw);
    let mut told = BTreeSet::new();
    for finding in &found {
        let Finding::HeldByLeaver { leaver, owner, versions } = finding else { panic!() };
        assert_eq!((leaver, owner), (&party("south"), &party("aid")));
        assert!(versions.len() <= 500 && versions.is_disjoint(&told));
        told.extend(versions);
    }
    assert_eq!(told, given);
    assert!(found.len() >= 3);
}

#[test]
fn what_is_charged_hangs_on_ones_own_volumes_alone() {
    let limit = |w: &mut World| {
        let mut taken = 0;
        loop {
            let say = declare(operation(circle_in(33.5, 38.6, 9_000.0, (6, 8))), hidden());
            let statement = w.statement("north", &[&operator("north", "duty")], say);
            let entries = w.file(statement).unwrap();
            match &entries[0].what {
                What::Accepted(_) => taken += 1,
                What::Refused(_, refusal) => {
                    let cells = Refusal::Limit { of: Quantity::Cells, most: 3_000 };
                    assert_eq!(*refusal, cells);
                    return taken;
                }
                What::Found(_) => panic!(),
            }
        }
    };
    let world = |others: usize| {
        let mut terms = charter(&PARTIES);
        terms.rules.limits.cells = 3_000;
        let mut w = World::new(terms);
        for _ in 0..others {
            w.accepted("south", declare(here(), open()));
        }
        w
    };
    let (mut alone, mut among) = (world(0), world(30));
    let taken = limit(&mut alone);
    assert!((3..20).contains(&taken), "{taken}");
    assert_eq!(limit(&mut among), taken);
    // What covers less than before is taken in, and what ended counts no more.
    let own: BTreeMap<_, _> =
        alone.state.ledger().declarations.iter().map(|(id, d)| (*id, d.version)).collect();
    let (id, version) = own.into_iter().next().unwrap();
    let smaller = operation(circle_in(33.5, 38.6, 1_000.0, (6, 8)));
    alone.accepted("north", amend(Version(id.0), version, smaller, hidden()));
    alone.accepted("north", Say::End { declaration: id, how: Ending::Cancelled });
    assert_eq!(limit(&mut alone), 1);
}
