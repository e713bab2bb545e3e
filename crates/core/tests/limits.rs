//! Whatever another party holds, and it holds as much as it may, each kind of statement is taken in.
//!
//! With `DECONFLICT_SOAK_LIMITS` set, at the default charter's limits: some minutes in a release build.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's own set-up, and a long run tells how far it is"
)]

use std::time::{Duration, Instant};

use deconflict_core::*;
use deconflict_record::SigningKey;
use deconflict_testing::*;
use deconflict_vocabulary::*;

fn open() -> Sharing {
    Sharing::Open
}

fn hidden() -> Sharing {
    Sharing::ConflictOnly
}

fn here() -> DeclarationContent {
    operation_at(33.5, 38.6)
}

/// How much a hostile party does of each.
struct Siege {
    w: World,
    limits: Limits,
    /// Sites, and as many movements, which no limit bounds.
    unbounded: usize,
    /// Plans of as many small volumes as one may have, before what covers the rest of the ground.
    small: usize,
    /// Whether every limit is the default charter's.
    full: bool,
}

impl Siege {
    fn new() -> Siege {
        let full = std::env::var_os("DECONFLICT_SOAK_LIMITS").is_some();
        if full {
            let (w, limits) = (World::unchecked(charter(&PARTIES)), Limits::default());
            return Siege { w, limits, unbounded: 2_000, small: 2_000, full };
        }
        let (mut w, limits) = (World::new(tight()), tight().rules.limits);
        // So little at once that a few things of others are too many.
        w.state.set_pace(Pace { findings: 3, work: 24 });
        Siege { w, limits, unbounded: 20, small: 2, full }
    }

    /// Lets what is left be compared; says how long the longest part took.
    fn compare_all(&mut self) {
        let (mut parts, mut longest, begun) = (0, Duration::ZERO, Instant::now());
        while self.w.state.is_comparing() {
            let begun = Instant::now();
            let part = self.w.state.compare(self.w.now);
            longest = longest.max(begun.elapsed());
            part.iter().for_each(|entry| self.w.fold(entry));
            parts += 1;
        }
        println!("{parts} parts in {:?}, the longest in {longest:?}", begun.elapsed());
    }
}

/// A plan of as many volumes as one may have, each of this radius.
fn plan(volumes: usize, radius_m: f64) -> Say {
    let volumes = vec![circle_in(33.5, 38.6, radius_m, (6, 8)); volumes];
    let plan = Operation { name: texts("plan"), volumes, contact: None };
    declare(DeclarationContent::Operation(plan), hidden())
}

/// The limits of a space, all of them small.
fn tight() -> Charter {
    let mut terms = charter(&PARTIES);
    terms.rules.limits = Limits {
        volumes: 4,
        vertices: 60,
        declarations: 12,
        cells: 20_000,
        interests: 6,
        text: 200,
        languages: 3,
        members: 12,
        messages: 5,
        keys: 8,
    };
    terms
}

/// Has a party file until it may not: how many were taken in.
fn fill(w: &mut World, name: &str, most: usize, mut say: impl FnMut(usize) -> Say) -> usize {
    for nth in 0..most {
        let signers = match say(nth).rules().by {
            Speaker::Root => root(name, 0),
            _ => operator(name, "duty"),
        };
        let statement = w.statement(name, &[&signers], say(nth));
        let entries = w.file(statement).unwrap();
        if let What::Refused(_, refusal) = &entries[0].what {
            assert!(matches!(refusal, Refusal::Limit { .. }), "{refusal:?}");
            return nth;
        }
    }
    most
}

#[test]
fn whatever_limits_another_party_has_filled_each_kind_of_statement_is_taken_in() {
    let mut siege = Siege::new();
    let Siege { limits, unbounded, small, full, .. } = siege;
    let w = &mut siege.w;
    let terms = zone(33.5, 38.6, 20_000.0, &["north"], &["north"]);
    let (theirs, _) = w.accepted("aid", declare(DeclarationContent::Zone(terms), hidden()));
    // South fills whatever it can.
    let area = || Box::new(circle_in(33.5, 38.6, 50_000.0, (0, 100)));
    let kinds = || [Kind::Zone, Kind::Operation, Kind::Site, Kind::Movement].into();
    let set = |nth: usize| Say::SetInterest {
        interest: format!("i{nth}").parse().unwrap(),
        area: area(),
        kinds: kinds(),
    };
    assert_eq!(fill(w, "south", limits.interests + 1, set), limits.interests);
    let key = |nth: usize| enrolment("south", &format!("post{nth}"), Role::Machine);
    assert!(fill(w, "south", limits.keys, key) < limits.keys, "it has some");
    let group = |nth: usize| Say::SpeakFor { group: format!("g{nth}").parse().unwrap() };
    assert_eq!(fill(w, "south", limits.members + 1, group), limits.members);
    assert_eq!(fill(w, "south", small, |_| plan(limits.volumes, 100.0)), small);
    let wide = |_| plan(if full { limits.volumes } else { 1 }, 20_000.0);
    let wide = fill(w, "south", limits.declarations, wide);
    assert!((1..100).contains(&wide), "{wide}: numbers or ground");
    if !full {
        let say = declare(operation(circle_in(33.5, 38.6, 90_000.0, (6, 8))), hidden());
        assert_eq!(
            w.refused("aid", say),
            Refusal::Limit { of: Quantity::Cells, most: limits.cells }
        );
    }
    let route =
        || movement((33.5, 38.5), (33.5, 38.7), "2017-05-20T12:00:00Z", "2017-05-20T14:00:00Z");
    for _ in 0..unbounded {
        w.accepted("south", declare(site(33.5, 38.6), open()));
        w.accepted("south", declare(route(), open()));
    }
    w.accepted("south", declare(site(33.5, 38.6), open()));
    let report = |w: &World, to: &str| {
        let time = Value::Time(Moment::from_seconds(w.now.seconds()).unwrap());
        let place = Value::Place(Spot { lat_e5: 3_350_000, lon_e5: 3_860_000 });
        let what = Value::text("smoke", LanguageTag::new("en").unwrap());
        sent("D1", &[("time", time), ("place", place), ("what", what)], &[to])
    };
    let said = report(w, "north");
    assert_eq!(fill(w, "south", limits.messages + 1, |_| said.clone()), limits.messages);

    // North says each of everything.
    w.lets_wait = true;
    let said = report(w, "south");
    let (message, _) = w.accepted("north", said);
    let of_south = w.state.ledger().dialogues.iter().find(|(_, d)| d.sender == party("south"));
    let of_south = *of_south.unwrap().0;
    w.accepted(
        "north",
        Say::Receive { message: of_south, receipt: Receipt::ReadBack, shown_in: None },
    );
    w.accepted("north", answered("ROGER", of_south, &[]));
    let since = Value::Time(Moment::from_seconds(w.now.seconds()).unwrap());
    let cell = Value::Cell(CellPlace { level: 0, row: 372, column: 12 });
    w.accepted("north", sent("W9", &[("cell", cell), ("since", since)], &["south", "aid", "host"]));
    let taken_back = [("message", Value::Reference(ObjectRef(message.0.0)))];
    w.accepted("north", sent("D7", &taken_back, &["south"]));
    let (site_id, _) = w.accepted("north", declare(site(33.5, 38.6), open()));
    let (convoy, _) = w.accepted("north", declare(route(), open()));
    let (plan, _) = w.accepted("north", declare(here(), hidden()));
    let own =
        |radius| DeclarationContent::Zone(zone(33.5, 38.6, radius, &["south", "aid"], &["south"]));
    let (zone_id, _) = w.accepted("north", declare(own(10_000.0), hidden()));
    let (now, _) = w.accepted("north", amend(zone_id, zone_id, own(12_000.0), hidden()));
    w.accepted("aid", Say::Agree { zone: DeclarationId(zone_id.0), version: now });
    w.accepted("north", amend(site_id, site_id, site(33.5, 38.601), open()));
    w.accepted("north", amend(convoy, convoy, route(), open()));
    let (flown, _) = w.accepted("north", amend(plan, plan, operation_at(33.5, 38.601), hidden()));
    let declaration = DeclarationId(plan.0);
    w.accepted("north", Say::Share { declaration, sharing: open() });
    let state = OperationState::Activated;
    w.accepted("north", Say::SetState { operation: declaration, version: flown, state });
    let site_now = w.declaration(site_id).version;
    w.accepted("north", Say::Reconfirm { site: DeclarationId(site_id.0), version: site_now });
    let asked = DeclarationId(theirs.0);
    w.accepted("north", Say::Agree { zone: asked, version: theirs });
    let reason = || "because".to_owned();
    w.accepted("north", Say::WithdrawAgreement { zone: asked, version: theirs, reason: reason() });
    let (point, own_text) = (reason(), reason());
    w.accepted("north", Say::Dispute { zone: asked, version: theirs, point, own_text });
    w.accepted("north", set(0));
    w.accepted("north", Say::DropInterest { interest: "i0".parse().unwrap() });
    siege.compare_all();
    let w = &mut siege.w;
    let ledger = w.state.ledger();
    let mine =
        ledger.conflicts.iter().find(|(_, c)| c.closed.is_none() && c.concerns(&party("north")));
    let conflict = *mine.unwrap().0;
    w.accepted("north", Say::Own { conflict });
    w.accepted("north", Say::Noticed { conflict });
    w.accepted("north", Say::Contact { conflict, means: reason() });
    w.accepted("north", Say::AcceptRisk { conflict, reason: reason() });
    let disputed = Say::DisputeSpeaking {
        party: party("south"),
        group: "g0".parse().unwrap(),
        text: reason(),
    };
    w.accepted("north", disputed);
    w.accepted(
        "host",
        Say::EnterFor {
            party: party("north"),
            means: reason(),
            said: Box::new(declare(here(), hidden())),
        },
    );
    w.enrol("north", "second", Role::Gateway);
    let attested = Say::Attest { evidence: reason(), said: Box::new(declare(here(), hidden())) };
    w.expect_accepted("north", &[&operator("north", "second")], attested);
    let operator_key = operator("north", "second").verifying_key().id();
    let by_root = [root("north", 0)];
    let by_root: Vec<&SigningKey> = by_root.iter().collect();
    let group: GroupId = "g0".parse().unwrap();
    for say in [
        Say::Revoke { operator_key, reason: reason() },
        Say::SpeakFor { group: group.clone() },
        Say::StopSpeakingFor { group },
        Say::Suspend { reason: reason() },
        Say::Resume {},
    ] {
        w.expect_accepted("north", &by_root, say);
    }
    let all = PARTIES.map(|name| root(name, 0));
    let all: Vec<&SigningKey> = all.iter().collect();
    let mut rules = w.state.ledger().charter.clone().unwrap().into_inner();
    rules.rules.separation.horizontal_m = 250.0;
    w.expect_accepted("host", &all, Say::AmendCharter { charter: Box::new(rules) });
    let how = Ending::Removed;
    w.accepted("north", Say::End { declaration: DeclarationId(site_id.0), how });
    for id in [convoy, plan, zone_id] {
        w.accepted("north", Say::End { declaration: DeclarationId(id.0), how: Ending::Ended });
    }
    w.expect_accepted("north", &by_root, Say::Withdraw { reason: reason() });
    siege.compare_all();
}
