//! What a party may not see it does not learn, whatever it files.
//!
//! `DECONFLICT_SOAK_STEPS` sets how many statements are filed; 10,000 by a prober otherwise.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeSet;

use deconflict_core::*;
use deconflict_geometry::{Rules, SharingGrid, Volume};
use deconflict_record::Hash;
use deconflict_testing::history::*;
use deconflict_testing::*;
use deconflict_vocabulary::{ChoiceId, LanguageTag, Parameters, Prose, Value};

fn soak_steps(otherwise: usize) -> usize {
    let set = std::env::var("DECONFLICT_SOAK_STEPS").ok().and_then(|steps| steps.parse().ok());
    set.unwrap_or(otherwise)
}

/// The sharing grid of a space and the facts by which it widens.
struct Widening(SharingGrid, Rules);

impl Widening {
    fn of(rules: &RuleSet) -> Widening {
        Widening(rules.sharing_grid().unwrap(), rules.judging().unwrap())
    }

    fn same(&self, a: &DeclarationContent, b: &DeclarationContent) -> bool {
        let widen = |v: &Volume| self.0.widen(v, &self.1.heights);
        let all =
            |d: &DeclarationContent| d.volumes().map(|v| v.iter().map(widen).collect::<Vec<_>>());
        b.check().is_ok() && all(a).unwrap() == all(b).unwrap()
    }

    /// The same in the same cells, steps and slots, and otherwise as different as was found.
    fn varied(&self, declared: &DeclarationContent, dice: &mut Dice) -> DeclarationContent {
        let mut best = renamed(declared);
        for tries in 0..24 {
            let metres = [300.0, 100.0, 30.0, 5.0][tries / 6];
            let other = jittered(&best, metres, dice);
            if self.same(declared, &other) {
                best = other;
            }
        }
        best
    }
}

fn renamed(declared: &DeclarationContent) -> DeclarationContent {
    let mut other = declared.clone();
    let name = match &mut other {
        DeclarationContent::Zone(zone) => &mut zone.name,
        DeclarationContent::Operation(operation) => &mut operation.name,
        DeclarationContent::Site(site) => &mut site.name,
        DeclarationContent::Movement(movement) => &mut movement.name,
    };
    *name = texts("what it is really called, at length");
    other
}

/// Moved, grown, raised and delayed a little.
fn jittered(declared: &DeclarationContent, metres: f64, dice: &mut Dice) -> DeclarationContent {
    let mut some = |most: f64| (dice.below(2_001) as f64 / 1_000.0 - 1.0) * most;
    let (north, east) = (some(metres / 111_000.0), some(metres / 90_000.0));
    let (taller_m, later_s, longer_s) =
        (some(metres), some(metres) as i64, some(2.0 * metres) as i64);
    let wider = 1.0 + some(metres / 1_000.0);
    let moved = |place: &mut Place| {
        place.lat += north;
        place.lon += east;
    };
    let mut other = declared.clone();
    let volume = |v: &mut DeclaredVolume| {
        if let Shape::Circle { center, radius_m } = &mut v.shape {
            moved(center);
            *radius_m *= wider;
        }
        for level in [&mut v.lower, &mut v.upper] {
            if let Level::At { m, .. } = level
                && *m != 0.0
            {
                *m += taller_m;
            }
        }
        v.from = v.from.map(|from| from.after_seconds(later_s));
        v.until = v.until.map(|until| until.after_seconds(longer_s));
    };
    match &mut other {
        DeclarationContent::Zone(Zone { volumes, ring_m, .. }) => {
            *ring_m += 1.0;
            volumes.iter_mut().for_each(volume);
        }
        DeclarationContent::Operation(Operation { volumes, .. }) => {
            volumes.iter_mut().for_each(volume)
        }
        DeclarationContent::Site(site) => {
            moved(&mut site.place);
            if let Shape::Circle { center, radius_m } = &mut site.shape {
                moved(center);
                *radius_m *= wider;
            }
        }
        DeclarationContent::Movement(movement) => {
            movement.half_width_m *= wider;
            for waypoint in &mut movement.waypoints {
                moved(&mut waypoint.place);
                waypoint.from = waypoint.from.after_seconds(later_s);
                waypoint.until = waypoint.until.after_seconds(later_s);
            }
        }
    }
    other
}

/// Where nobody else is.
fn elsewhere(declared: &DeclarationContent, n: usize) -> DeclarationContent {
    let mut other = renamed(declared);
    let away = |place: &mut Place| {
        place.lat += 20.0;
        place.lon -= 0.3 * n as f64;
    };
    let volume = |v: &mut DeclaredVolume| {
        if let Shape::Circle { center, .. } = &mut v.shape {
            away(center);
        }
    };
    match &mut other {
        DeclarationContent::Zone(Zone { volumes, .. })
        | DeclarationContent::Operation(Operation { volumes, .. }) => {
            volumes.iter_mut().for_each(volume);
        }
        DeclarationContent::Site(site) => {
            away(&mut site.place);
            if let Shape::Circle { center, .. } = &mut site.shape {
                away(center);
            }
        }
        DeclarationContent::Movement(movement) => {
            movement.waypoints.iter_mut().for_each(|waypoint| away(&mut waypoint.place));
        }
    }
    other
}

/// What a statement files, if it does.
fn filed(say: &mut Say) -> Option<&mut DeclarationContent> {
    match say {
        Say::Declare { declared, .. } | Say::Amend { declared, .. } => Some(&mut **declared),
        Say::EnterFor { said, .. } | Say::Attest { said, .. } => filed(said),
        _ => None,
    }
}

/// Says something else in a message or an answer, that leaves what comes of it as it is; whether there was anything to say
/// otherwise.
fn says_otherwise(say: &mut Say) -> bool {
    let reworded = |all: &mut Parameters| {
        let mut any = false;
        for (name, value) in all {
            match value {
                Value::Text(prose) => prose.text = prose.text.chars().rev().collect(),
                Value::Choice(reason) if name.as_str() == "reason" => {
                    let other = if reason.as_str() == "terms" { "danger" } else { "terms" };
                    *reason = ChoiceId::new(other).unwrap();
                }
                _ => continue,
            }
            any = true;
        }
        any
    };
    match say {
        Say::Send { message, remark, .. } => {
            reworded(&mut message.parameters);
            let language = LanguageTag::new("en").unwrap();
            let words = Prose { text: "said otherwise, at length".into(), language };
            *remark = match remark {
                None => Some(MessageRemark::Open(words)),
                Some(_) => None,
            };
            true
        }
        Say::Answer { answer, .. } => reworded(&mut answer.parameters),
        Say::EnterFor { said, .. } | Say::Attest { said, .. } => says_otherwise(said),
        _ => false,
    }
}

/// What of the channel a party was never given.
fn unread(w: &World, name: &str) -> BTreeSet<Hash> {
    let read: BTreeSet<u64> = w.read[&party(name)].iter().copied().collect();
    let entries = w.log.iter().enumerate().filter(|(i, _)| !read.contains(&(*i as u64)));
    entries
        .filter_map(|(_, entry)| match &entry.what {
            What::Accepted(statement) if says_otherwise(&mut statement.say.clone()) => {
                Some(statement.hash)
            }
            _ => None,
        })
        .collect()
}

/// How much of a party's secrets was something else in another world.
#[derive(Clone, Copy, Default)]
struct Differences {
    declarations: usize,
    elsewhere: usize,
    messages: usize,
}

/// The entries of a world that a party was never given and that file something.
fn secrets(w: &World, name: &str) -> BTreeSet<Version> {
    let read: BTreeSet<u64> = w.read[&party(name)].iter().copied().collect();
    let entries = w.log.iter().enumerate().filter(|(i, _)| !read.contains(&(*i as u64)));
    entries
        .filter_map(|(_, entry)| match &entry.what {
            What::Accepted(statement) if filed(&mut statement.say.clone()).is_some() => {
                Some(Version(statement.hash))
            }
            _ => None,
        })
        .collect()
}

/// What happens in a world happens in another one in which a party's secrets are others. How many were
/// others; the worlds are compared after every event for as long as they have as many entries.
fn compared(first: &World, pace: Pace, name: &str, dice: &mut Dice) -> Differences {
    let reader = party(name);
    let unread = unread(first, name);
    let secret = secrets(first, name);
    let versions =
        first.state.ledger().declarations.values().flat_map(|declaration| declaration.versions());
    let told: BTreeSet<Version> =
        versions.filter(|(_, given)| !given.is_empty()).map(|(version, _)| version).collect();
    let rules = &first.state.ledger().charter.as_ref().unwrap().rules;
    let widening = Widening::of(rules);
    let mut other = World::empty();
    other.checked = false;
    other.state.set_pace(pace);
    let mut all = Differences::default();
    for event in first.script.clone() {
        match event {
            Event::Passed(seconds) => {
                other.pass(seconds);
            }
            Event::Filed(mut statement) => {
                let size = other.log.len();
                let version = Version(statement.hash);
                if unread.contains(&statement.hash) {
                    let before = statement.say.clone();
                    says_otherwise(&mut statement.say);
                    let entries = |outcome: Outcome| match outcome {
                        Outcome::Entries(entries) => entries,
                        Outcome::Unfit(unfit) => panic!("{unfit}"),
                    };
                    let outcome = other.state.decide(&statement, other.now).outcome;
                    match &entries(outcome)[0].what {
                        What::Accepted(_) => all.messages += 1,
                        _ => statement.say = before,
                    }
                }
                if secret.contains(&version)
                    && let Some(declared) = filed(&mut statement.say)
                {
                    let before = declared.clone();
                    *declared = if told.contains(&version) {
                        widening.varied(&before, dice)
                    } else {
                        elsewhere(&before, all.declarations)
                    };
                    // It may be compared as it is with what its own friends declare; as many entries are
                    // to follow.
                    let wanted = first.log[size..].iter().skip(1);
                    let wanted = wanted.take_while(|e| matches!(e.what, What::Found(_))).count();
                    let findings = match other.state.decide(&statement, other.now).outcome {
                        Outcome::Entries(entries) => entries.len() - 1,
                        Outcome::Unfit(unfit) => panic!("{unfit}"),
                    };
                    if findings <= wanted {
                        all.declarations += 1;
                        all.elsewhere += usize::from(!told.contains(&version));
                    } else if let Some(declared) = filed(&mut statement.say) {
                        *declared = before;
                    }
                }
                let _ = other.file(*statement);
            }
        }
        // Where another party's interest or friend was touched in one world only, the entries have other
        // places from there on.
        let alike = |index: usize| match (&first.log[index].what, &other.log[index].what) {
            (What::Found(one), What::Found(two)) => {
                std::mem::discriminant(one) == std::mem::discriminant(two)
            }
            (What::Accepted(one), What::Accepted(two))
            | (What::Refused(one, _), What::Refused(two, _)) => one.hash == two.hash,
            _ => false,
        };
        let size = other.log.len();
        if size > first.log.len() || !(0..size).rev().take(40).all(alike) {
            break;
        }
        let (one, two) = (first.transcript(name), other.transcript(name));
        assert_eq!(one[..two.len()], two[..], "{name} can tell the worlds apart");
    }
    if other.log.len() == first.log.len() {
        let seen = |w: &World| serde_json::to_string(&w.state.ledger().project(&reader)).unwrap();
        assert_eq!(seen(first), seen(&other), "{name} sees other things");
    }
    all
}

#[test]
fn worlds_that_differ_only_in_what_a_party_may_not_see_are_one_to_it() {
    const AT_ONCE: usize = 100;
    let mut all = Differences::default();
    for seed in 0..soak_steps(1_500).div_ceil(AT_ONCE) as u64 {
        let mut terms = charter(&PARTIES);
        terms.rules.probing_a_day = 3;
        if seed % 2 == 1 {
            terms.rules.separation =
                Apart { horizontal_m: 1_500.0, vertical_m: 200.0, time_s: 600 };
        }
        let mut dice = Dice(1_000 + seed);
        let mut first = World::unchecked(terms);
        // Also where much of what follows comes in later parts.
        let pace = [Pace::default(), Pace { findings: 2, work: 8 }][seed as usize / 2 % 2];
        first.state.set_pace(pace);
        let mut generations = [0; 4];
        for _ in 0..AT_ONCE {
            step(&mut first, &mut dice, &mut generations);
            // Every second has much of the channel.
            for _ in 0..2 * (seed % 2) {
                channel_step(&mut first, &mut dice);
            }
        }
        for name in ["south", "aid"] {
            let others = compared(&first, pace, name, &mut dice);
            all.declarations += others.declarations;
            all.elsewhere += others.elsewhere;
            all.messages += others.messages;
        }
    }
    let Differences { declarations, elsewhere, messages } = all;
    let told = format!(
        "{declarations} declarations were others, {elsewhere} of them elsewhere, and {messages} messages and answers"
    );
    println!("{told}");
    assert!(declarations > 100 && elsewhere > 5 && messages > 50, "{told}");
}

/// Who looks for what is hidden from it, and learns from each answer where to look next.
struct Prober {
    world: World,
    dice: Dice,
    filed: Option<(Version, Version, Kind)>,
    /// The dimension that it bisects, and between what.
    dimension: usize,
    between: (f64, f64),
    steps_left: usize,
    hits: usize,
    /// How often a hidden zone lay over a convoy of its own.
    near_zones: usize,
}

/// What is searched: longitude, latitude, radius, lower end, upper end, start, end.
const SEARCHED: [(f64, f64); 7] = [
    (38.57, 38.63),
    (33.47, 33.53),
    (1.0, 6_000.0),
    (0.0, 6_000.0),
    (0.0, 6_000.0),
    (0.0, 36_000.0),
    (0.0, 36_000.0),
];

impl Prober {
    fn new(world: World) -> Prober {
        let between = SEARCHED[0];
        let dice = Dice(7);
        Prober {
            world,
            dice,
            filed: None,
            dimension: 0,
            between,
            steps_left: 12,
            hits: 0,
            near_zones: 0,
        }
    }

    /// A declaration at the middle of what is left of the search.
    fn guess(&mut self) -> DeclarationContent {
        let mid = f64::midpoint(self.between.0, self.between.1);
        let mut volume = circle(33.5, 38.6, 5.0, START, START);
        let mut hours = (0.0, 36_000.0);
        let (mut lower_m, mut upper_m) = (0.0, 6_000.0);
        let (mut place, mut radius) = (Place { lat: 33.5003, lon: 38.6003 }, 5.0);
        match self.dimension {
            0 => place.lon = mid,
            1 => place.lat = mid,
            // From outside the hidden one's cell.
            2 => (place.lon, radius) = (38.65, mid),
            3 => lower_m = mid,
            4 => upper_m = mid,
            5 => hours.0 = mid,
            _ => hours.1 = mid,
        }
        volume.shape = Shape::Circle { center: place, radius_m: radius };
        if self.dimension == 3 || self.dimension == 4 {
            volume.lower = Level::At { m: lower_m, above: Datum::Amsl };
            volume.upper = Level::At { m: upper_m, above: Datum::Amsl };
        }
        let from = at("2017-05-19T00:00:00Z");
        volume.from = Some(from.after_seconds(hours.0 as i64));
        volume.until = Some(from.after_seconds(hours.1 as i64));
        match self.dice.below(6) {
            0 => {
                let mut zone = zone(33.5, 38.6, 5.0, &[], &[]);
                zone.volumes = vec![volume];
                DeclarationContent::Zone(zone)
            }
            1 => {
                let there = (place.lat, place.lon);
                let away = (place.lat, place.lon + 0.01);
                let (departs, arrives) = (volume.from.unwrap(), volume.until.unwrap());
                movement(there, away, &departs.to_string(), &arrives.to_string())
            }
            _ => operation(volume),
        }
    }

    fn step(&mut self) {
        let sharing = match self.dice.below(3) {
            0 => Sharing::Open,
            1 => Sharing::Named(BTreeSet::new()),
            _ => Sharing::ConflictOnly,
        };
        let before = self.world.read[&party("prober")].len();
        match self.filed {
            Some((id, version, kind)) if self.dice.one_in(2) => {
                let sharing = self.world.declaration(id).sharing.clone();
                let guess = self.guess();
                if guess.kind() == kind {
                    let (now, _) =
                        self.world.accepted("prober", amend(id, version, guess, sharing));
                    self.filed = Some((id, now, kind));
                } else {
                    self.cancel(id);
                }
            }
            Some((id, ..)) => self.cancel(id),
            None => {
                let guess = self.guess();
                let kind = guess.kind();
                let (version, _) = self.world.accepted("prober", declare(guess, sharing));
                self.filed = Some((version, version, kind));
            }
        }
        if self.dice.one_in(100) {
            self.world.pass(600);
        }
        self.learn(before);
    }

    /// Whether an entry tells that a zone of another party lies over what this one declared.
    fn is_near_a_zone(&self, index: u64) -> bool {
        let What::Found(Finding::OverlayOpened { sides, .. }) =
            &self.world.log[index as usize].what
        else {
            return false;
        };
        sides.iter().any(|side| side.kind == Kind::Zone && side.party != party("prober"))
    }

    fn cancel(&mut self, id: Version) {
        let end = Say::End { declaration: DeclarationId(id.0), how: Ending::Cancelled };
        self.world.accepted("prober", end);
        self.filed = None;
    }

    /// Only from what it was given.
    fn learn(&mut self, before: usize) {
        let read = &self.world.read[&party("prober")][before..];
        let hit = read.iter().any(|&index| {
            matches!(
                self.world.log[index as usize].what,
                What::Found(Finding::ConflictOpened { .. } | Finding::OverlayOpened { .. })
            )
        });
        self.hits += usize::from(hit);
        self.near_zones += read.iter().filter(|index| self.is_near_a_zone(**index)).count();
        let mid = f64::midpoint(self.between.0, self.between.1);
        let upwards = self.dice.one_in(2);
        if hit == upwards {
            self.between.1 = mid
        } else {
            self.between.0 = mid
        }
        self.steps_left -= 1;
        if self.steps_left == 0 {
            self.dimension = self.dice.below(SEARCHED.len());
            (self.between, self.steps_left) = (SEARCHED[self.dimension], 12);
        }
    }
}

/// All that a prober was given who looked for what is hidden here, and the world.
fn probed(
    rules: &RuleSet,
    [hidden, protected, barred]: [&DeclarationContent; 3],
    steps: usize,
) -> Prober {
    let mut terms = charter(&["host", "north", "aid", "prober"]);
    terms.rules = rules.clone();
    let mut world = World::unchecked(terms);
    world.accepted("north", declare(hidden.clone(), Sharing::ConflictOnly));
    let friends = Sharing::Named([party("north")].into());
    world.accepted("aid", declare(protected.clone(), friends));
    // A zone that binds nobody, of which a convoy's owner is told that something lies near.
    world.accepted("north", declare(barred.clone(), Sharing::ConflictOnly));
    let mut prober = Prober::new(world);
    for _ in 0..steps {
        prober.step();
    }
    prober
}

fn an_adaptive_prober_learns_nothing(rules: RuleSet, steps: usize) {
    let widening = Widening::of(&rules);
    let from = "2017-05-19T02:02:00Z";
    let mut volume = circle(33.5, 38.6, 60.0, from, "2017-05-19T05:07:00Z");
    volume.lower = Level::At { m: 950.0, above: Datum::Amsl };
    volume.upper = Level::At { m: 1_400.0, above: Datum::Amsl };
    let hidden = operation(volume);
    let protected = site(33.5, 38.61);
    let mut area = circle(33.497, 38.597, 90.0, from, "2017-05-19T06:01:00Z");
    area.lower = Level::At { m: 20.0, above: Datum::Amsl };
    area.upper = Level::At { m: 700.0, above: Datum::Amsl };
    let mut barred = zone(33.5, 38.6, 90.0, &[], &[]);
    barred.volumes = vec![area];
    let barred = DeclarationContent::Zone(barred);
    let first = probed(&rules, [&hidden, &protected, &barred], steps);
    assert!(first.near_zones > 0, "a convoy of the prober came into the hidden zone");
    let transcript = first.world.transcript("prober");
    assert!(first.hits > steps / 20 && first.hits < steps, "{} hits", first.hits);
    for owner in ["north", "aid"] {
        let told = first.world.transcript(owner);
        let of_probing: Vec<&String> =
            told.iter().filter(|entry| entry.contains(r#""found":{"probing""#)).collect();
        assert!(!of_probing.is_empty(), "{owner} is told who probes");
        let only = format!(r#""touched":"{owner}""#);
        assert!(of_probing.iter().all(|entry| entry.contains(&only)), "{of_probing:?}");
    }
    let mut dice = Dice(11);
    for variant in 0..4 {
        let other = widening.varied(&hidden, &mut dice);
        let place = widening.varied(&protected, &mut dice);
        let area = widening.varied(&barred, &mut dice);
        assert!(other.volumes() != hidden.volumes() && place.volumes() != protected.volumes());
        assert!(area.volumes() != barred.volumes());
        let again = probed(&rules, [&other, &place, &area], steps);
        let differs =
            again.world.transcript("prober").iter().zip(&transcript).position(|(a, b)| a != b);
        assert_eq!(differs, None, "variant {variant} can be told: {other:?}\n{place:?}");
        assert_eq!(again.world.log.len(), first.world.log.len());
    }
    // The prober is no fool: what lies in another cell it finds elsewhere.
    let mut moved = hidden.clone();
    if let DeclarationContent::Operation(operation) = &mut moved {
        operation.volumes[0].shape =
            Shape::Circle { center: Place { lat: 33.52, lon: 38.58 }, radius_m: 60.0 };
    }
    let found = probed(&rules, [&moved, &protected, &barred], steps.min(300));
    assert_ne!(found.world.transcript("prober")[..], transcript[..]);
}

#[test]
fn no_number_of_filings_tells_more_of_what_is_hidden_than_its_cells_steps_and_slots() {
    an_adaptive_prober_learns_nothing(RuleSet::default(), soak_steps(10_000));
}

#[test]
fn where_a_separation_is_required_no_number_of_filings_tells_more_either() {
    let separation = Apart { horizontal_m: 1_500.0, vertical_m: 150.0, time_s: 700 };
    let rules = RuleSet { separation, ..RuleSet::default() };
    an_adaptive_prober_learns_nothing(rules, soak_steps(10_000) / 4);
}
