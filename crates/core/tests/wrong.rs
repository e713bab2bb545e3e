//! What is said wrongly, too often, too long or by whom it is not for.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod kinds;

use std::collections::BTreeSet;

use deconflict_core::*;
use deconflict_record::SigningKey;
use deconflict_testing::*;
use kinds::kinds;

const NOON: &str = "2017-05-18T12:00:00Z";
const TWO: &str = "2017-05-18T14:00:00Z";

fn world() -> World {
    World::new(charter(&["host", "north", "south", "aid"]))
}

fn plan() -> DeclarationContent {
    operation(circle(33.5, 38.6, 500.0, NOON, TWO))
}

fn by_root(w: &mut World, name: &str, say: Say) -> Refusal {
    w.expect_refused(name, &[&root(name, 0)], say)
}

fn reason() -> String {
    "because".into()
}

fn roots(names: &[&str]) -> Vec<SigningKey> {
    names.iter().map(|name| root(name, 0)).collect()
}

/// The words of all kinds of statements that change such a thing.
fn words_about(such: fn(Topic<'_>) -> bool) -> BTreeSet<&'static str> {
    let all = kinds();
    all.iter().filter(|(_, one)| such(one.say.rules().topic)).map(|(word, _)| *word).collect()
}

#[test]
fn what_is_hidden_is_refused_in_the_same_words_as_what_is_not_there() {
    let mut w = world();
    let (hidden, _) = w.accepted("north", declare(plan(), Sharing::ConflictOnly));
    let ended = w.accepted("north", declare(plan(), Sharing::ConflictOnly)).0;
    let end = Say::End { declaration: DeclarationId(ended.0), how: Ending::Ended };
    w.accepted("north", end);
    let secret = zone(33.5, 38.6, 900.0, &["aid"], &["aid"]);
    let (zone, _) =
        w.accepted("north", declare(DeclarationContent::Zone(secret), Sharing::ConflictOnly));
    let nothing = Version(deconflict_record::leaf_hash(b"nothing"));
    let asked: &[fn(Version) -> Say] = &[
        |v| amend(v, v, plan(), Sharing::Open),
        |v| Say::Share { declaration: DeclarationId(v.0), sharing: Sharing::Open },
        |v| Say::End { declaration: DeclarationId(v.0), how: Ending::Ended },
        |v| Say::SetState {
            operation: DeclarationId(v.0),
            version: v,
            state: OperationState::Activated,
        },
        |v| Say::Reconfirm { site: DeclarationId(v.0), version: v },
        |v| Say::Agree { zone: DeclarationId(v.0), version: v },
        |v| Say::Dispute {
            zone: DeclarationId(v.0),
            version: v,
            point: reason(),
            own_text: reason(),
        },
        |v| Say::WithdrawAgreement { zone: DeclarationId(v.0), version: v, reason: reason() },
    ];
    let words: BTreeSet<_> = asked.iter().map(|say| say(nothing).rules().word).collect();
    assert_eq!(words, words_about(|topic| matches!(topic, Topic::Declaration(_))));
    for say in asked {
        let words = |w: &mut World, v: Version| {
            let refusal = w.refused("south", say(v));
            assert!(matches!(refusal, Refusal::Unknown { .. }), "{refusal:?}");
            refusal.to_string().replace(&v.to_string(), "")
        };
        let absent = words(&mut w, nothing);
        for secret in [hidden, ended, zone] {
            assert_eq!(words(&mut w, secret), absent);
        }
    }
    w.accepted("aid", declare(plan(), Sharing::ConflictOnly));
    let conflict = *w.state.ledger().conflicts.keys().next().unwrap();
    let absent = ConflictId(nothing.0);
    let asked: &[fn(ConflictId) -> Say] = &[
        |conflict| Say::Own { conflict },
        |conflict| Say::Noticed { conflict },
        |conflict| Say::Contact { conflict, means: reason() },
        |conflict| Say::AcceptRisk { conflict, reason: reason() },
    ];
    let words: BTreeSet<_> = asked.iter().map(|say| say(absent).rules().word).collect();
    assert_eq!(words, words_about(|topic| matches!(topic, Topic::Conflict(_))));
    for say in asked {
        let words = |w: &mut World, id: ConflictId| {
            let refusal = w.refused("south", say(id));
            assert!(matches!(refusal, Refusal::Unknown { .. }), "{refusal:?}");
            refusal.to_string().replace(&id.to_string(), "")
        };
        assert_eq!(words(&mut w, conflict), words(&mut w, absent));
    }
}

#[test]
fn what_is_passed_on_cannot_itself_be_passed_on_however_deep() {
    let mut w = world();
    w.enrol("host", "gate", Role::Gateway);
    let size = w.log.len();
    let mut say = declare(plan(), Sharing::Open);
    for depth in 0..2_000 {
        say = match depth % 2 {
            0 => Say::Attest { evidence: "e".into(), said: Box::new(say) },
            _ => Say::EnterFor { party: party("aid"), means: "m".into(), said: Box::new(say) },
        };
    }
    for key in ["duty", "gate"] {
        let statement = w.statement("host", &[&operator("host", key)], say.clone());
        assert_eq!(w.file(statement), Err(Unfit::Nested));
    }
    assert_eq!(w.log.len(), size);
    // Written down, it cannot be read at all.
    let json = serde_json::to_string(&say).unwrap();
    assert!(serde_json::from_str::<Say>(&json).is_err());
}

#[test]
fn every_text_and_every_list_has_a_bound() {
    let mut terms = charter(&["host", "north", "south"]);
    let limits = &mut terms.rules.limits;
    (limits.text, limits.languages, limits.members) = (20, 2, 3);
    (limits.volumes, limits.vertices, limits.keys, limits.interests) = (2, 12, 4, 1);
    let mut w = World::new(terms);
    let long = || "é".repeat(21);
    let many: Texts = (0..3).map(|i| (format!("l{i}"), "x".into())).collect();
    let tag: Texts = [("x".repeat(36), "x".into())].into();
    let DeclarationContent::Movement(convoy) = movement((33.5, 38.0), (33.5, 38.1), NOON, TWO)
    else {
        panic!()
    };
    let DeclarationContent::Site(clinic) = site(33.5, 38.6) else { panic!() };
    let DeclarationContent::Operation(op) = plan() else { panic!() };
    let area = zone(33.5, 38.6, 900.0, &[], &[]);
    let ring = |n: usize| Shape::Polygon {
        rings: vec![(0..n).map(|i| Place { lat: 1.0, lon: i as f64 * 0.01 }).collect()],
        edges: Edges::GreatCircle,
    };
    let truck = &convoy.vehicles[0];
    let groups: BTreeSet<GroupId> = (0..4).map(|i| format!("g{i}").parse().unwrap()).collect();
    let empty_rings = Shape::Polygon { rings: vec![Vec::new(); 13], edges: Edges::GreatCircle };
    let second = CoordinateCheck::SecondPerson { name: "x".into(), how: long() };
    let form = CoordinateCheck::SecondForm { text: long(), reads: clinic.place };
    let vehicle = |kind: String, plate: String, markings: String| {
        let vehicles = vec![Vehicle { kind, plate, markings }];
        DeclarationContent::Movement(Movement { vehicles, ..convoy.clone() })
    };
    let x = || "x".to_owned();
    let oversized = [
        DeclarationContent::Operation(Operation { name: texts(&long()), ..op.clone() }),
        DeclarationContent::Operation(Operation { name: many.clone(), ..op.clone() }),
        DeclarationContent::Operation(Operation { name: tag, ..op.clone() }),
        DeclarationContent::Operation(Operation { contact: Some(long()), ..op.clone() }),
        DeclarationContent::Operation(Operation { volumes: vec![op.volumes[0].clone(); 3], ..op }),
        DeclarationContent::Zone(Zone { text: texts(&long()), ..area.clone() }),
        DeclarationContent::Zone(Zone { text: many, ..area.clone() }),
        DeclarationContent::Zone(Zone { binds_groups: groups.clone(), ..area.clone() }),
        DeclarationContent::Zone(Zone {
            concerns: ["a", "b", "c", "d"].map(party).into(),
            ..area.clone()
        }),
        DeclarationContent::Zone(Zone { inner: Some(ring(12)), ..area.clone() }),
        DeclarationContent::Zone(Zone { inner: Some(empty_rings), ..area.clone() }),
        DeclarationContent::Site(Site { check: second, ..clinic.clone() }),
        DeclarationContent::Site(Site { check: form, ..clinic.clone() }),
        DeclarationContent::Site(Site { shape: ring(13), ..clinic }),
        DeclarationContent::Movement(Movement { contact: long(), ..convoy.clone() }),
        DeclarationContent::Movement(Movement {
            vehicles: vec![truck.clone(); 4],
            ..convoy.clone()
        }),
        vehicle(long(), x(), x()),
        vehicle(x(), long(), x()),
        vehicle(x(), x(), long()),
    ];
    for declared in oversized {
        let refusal = w.refused("north", declare(declared.clone(), Sharing::Open));
        assert!(matches!(refusal, Refusal::Limit { .. }), "{refusal}: {declared:?}");
    }
    let knows: BTreeSet<Version> =
        (0..4u8).map(|i| Version(deconflict_record::leaf_hash(&[i]))).collect();
    let declared = Box::new(plan());
    let named = Sharing::Named(["a", "b", "c", "d"].map(party).into());
    for say in [
        Say::Declare { declared: declared.clone(), sharing: Sharing::Open, knows },
        Say::Declare { declared, sharing: named, knows: BTreeSet::new() },
    ] {
        assert!(matches!(w.refused("north", say), Refusal::Limit { most: 3, .. }));
    }
    let mut newcomer = member("late");
    newcomer.contact = vec![x(); 4];
    let mut speaker = member("late");
    speaker.speaks_for = groups.clone();
    for member in [newcomer, speaker] {
        let refusal = by_root(&mut w, "north", Say::Join { member });
        assert!(matches!(refusal, Refusal::Limit { most: 3, .. }), "{refusal}");
    }
    let speak = |group: &GroupId| Say::SpeakFor { group: group.clone() };
    for group in groups.iter().take(3) {
        w.expect_accepted("north", &[&root("north", 0)], speak(group));
    }
    let refusal = by_root(&mut w, "north", speak(groups.last().unwrap()));
    assert!(matches!(refusal, Refusal::Limit { most: 3, .. }), "{refusal}");
    for post in ["second", "third"] {
        w.enrol("north", post, Role::Person);
    }
    let operator_key = operator("north", "fourth").verifying_key();
    let enrol = Say::Enrol {
        operator: "fourth".parse().unwrap(),
        post: x(),
        operator_key,
        role: Role::Person,
    };
    assert!(matches!(by_root(&mut w, "north", enrol), Refusal::Limit { most: 4, .. }));
}

#[test]
fn sites_and_movements_are_never_refused_for_their_number() {
    let mut terms = charter(&["host", "aid"]);
    terms.rules.limits.declarations = 1;
    let mut w = World::new(terms);
    w.accepted("aid", declare(plan(), Sharing::Open));
    let refusal = w.refused("aid", declare(plan(), Sharing::Open));
    assert!(matches!(refusal, Refusal::Limit { most: 1, .. }));
    w.accepted("aid", declare(site(33.5, 38.6), Sharing::Open));
    w.accepted("aid", declare(movement((33.5, 38.0), (33.5, 38.1), NOON, TWO), Sharing::Open));
}

#[test]
fn numbers_without_sense_are_refused_and_the_ends_of_time_are_not() {
    let mut w = world();
    for odd in [f64::MAX, f64::MIN, 1e308, -1.0] {
        let mut place = circle(33.5, 38.6, 500.0, NOON, TWO);
        place.shape = Shape::Circle { center: Place { lat: odd, lon: odd * 2e3 }, radius_m: 5.0 };
        let mut wide = circle(33.5, 38.6, 500.0, NOON, TWO);
        wide.shape = Shape::Circle { center: Place { lat: 33.5, lon: 38.6 }, radius_m: odd };
        let mut high = circle(33.5, 38.6, 500.0, NOON, TWO);
        high.upper = Level::At { m: odd * 2e5, above: Datum::Amsl };
        let mut ring = zone(33.5, 38.6, 900.0, &[], &[]);
        ring.ring_m = odd;
        for declared in
            [operation(place), operation(wide), operation(high), DeclarationContent::Zone(ring)]
        {
            // What cannot be written down cannot be signed.
            let written = serde_json::to_string(&declared).unwrap();
            if serde_json::from_str::<DeclarationContent>(&written).is_err() {
                continue;
            }
            let refusal = w.refused("north", declare(declared.clone(), Sharing::Open));
            assert!(matches!(refusal, Refusal::Invalid { .. }), "{declared:?}");
        }
    }
    for nan in ["NaN", "1e999", "null", "Infinity"] {
        assert!(serde_json::from_str::<Place>(&format!("{{\"lat\":{nan},\"lon\":0}}")).is_err());
    }
    let (first, last) = (Time::from_seconds(i64::MIN), Time::from_seconds(i64::MAX));
    let mut always = circle(33.5, 38.6, 500.0, NOON, TWO);
    (always.from, always.until) = (Some(first), Some(last));
    w.accepted("north", declare(operation(always.clone()), Sharing::ConflictOnly));
    let (_, found) = w.accepted("south", declare(operation(always), Sharing::ConflictOnly));
    let [Finding::ConflictOpened { extent, .. }] = &found[..] else { panic!("{found:?}") };
    assert_eq!((extent.from, extent.until), (None, None));
    let mut never = circle(33.5, 38.6, 500.0, NOON, TWO);
    (never.from, never.until) = (Some(last), Some(first));
    let refusal = w.refused("south", declare(operation(never), Sharing::Open));
    assert!(matches!(refusal, Refusal::Invalid { .. }));
    w.pass(1);
    w.now = last;
    w.pass(i64::MAX);
    w.accepted("south", declare(site(33.5, 38.6), Sharing::Open));
}

#[test]
fn rules_at_the_ends_of_their_ranges_do_no_harm() {
    let mut terms = charter(&["host", "north", "south"]);
    terms.rules.site_confirmed_days = u32::MAX;
    terms.rules.contact_before_min = u32::MAX;
    (terms.rules.movement_lead_h, terms.rules.emergency_lead_h) = (u32::MAX, 0);
    terms.rules.separation.time_s = u32::MAX;
    terms.rules.probing_a_day = 0;
    let mut w = World::new(terms);
    let (version, _) = w.accepted("north", declare(site(33.5, 38.6), Sharing::Open));
    assert_eq!(w.declaration(version).confirmed_until(), Some(Time::from_seconds(i64::MAX)));
    let (_, found) = w.accepted("south", declare(plan(), Sharing::Open));
    assert!(matches!(&found[..], [Finding::ConflictOpened { .. }, Finding::Probing { .. }]));
    assert!(matches!(&w.pass(1)[..], [Finding::ContactOverdue { .. }]));
    let convoy = movement((33.5, 38.0), (33.5, 38.1), NOON, TWO);
    let (late, _) = w.accepted("north", declare(convoy, Sharing::Open));
    assert!(w.declaration(late).late());
    let read: Ledger =
        serde_json::from_str(&serde_json::to_string(w.state.ledger()).unwrap()).unwrap();
    assert_eq!(read, *w.state.ledger());
}

#[test]
fn whoever_left_comes_back_by_the_others_consent_only_and_with_one_root() {
    let mut w = world();
    let old = root("south", 0);
    w.expect_accepted("south", &[&old], Say::Withdraw { reason: reason() });
    let group: GroupId = "militia".parse().unwrap();
    for say in [
        Say::Resume {},
        Say::Suspend { reason: reason() },
        Say::Withdraw { reason: reason() },
        Say::SpeakFor { group },
    ] {
        assert_eq!(w.expect_refused("south", &[&old], say), Refusal::NotTakingPart {});
    }
    let mut back = member("south");
    back.root = root("south", 7).verifying_key();
    let mut signers = roots(&["host", "north", "aid"]);
    signers.push(root("south", 7));
    let signers: Vec<_> = signers.iter().collect();
    w.expect_accepted("host", &signers, Say::Join { member: back });
    let with_the_old = w.statement("south", &[&old], Say::Suspend { reason: reason() });
    assert_eq!(w.file(with_the_old), Err(Unfit::Key(old.verifying_key().id())));
}

#[test]
fn whoever_comes_back_speaking_for_a_group_is_bound_as_it_is() {
    let mut w = world();
    let militia: GroupId = "militia".parse().unwrap();
    w.accepted("south", declare(plan(), Sharing::ConflictOnly));
    let mut bound = zone(33.5, 38.6, 5_000.0, &[], &[]);
    bound.binds_groups = [militia.clone()].into();
    w.accepted("north", declare(DeclarationContent::Zone(bound), Sharing::ConflictOnly));
    w.expect_accepted("south", &[&root("south", 0)], Say::Withdraw { reason: reason() });
    let mut back = member("south");
    back.root = root("south", 7).verifying_key();
    back.speaks_for = [militia].into();
    let mut signers = roots(&["host", "north", "aid"]);
    signers.push(root("south", 7));
    let signers: Vec<_> = signers.iter().collect();
    let (_, found) = w.expect_accepted("host", &signers, Say::Join { member: back });
    assert!(matches!(&found[..], [Finding::ConflictOpened { .. }]), "{found:?}");
}

#[test]
fn nobody_changes_a_space_in_which_nobody_takes_part() {
    let mut w = world();
    for name in ["host", "north", "south", "aid"] {
        w.expect_accepted(name, &[&root(name, 0)], Say::Suspend { reason: reason() });
    }
    let mut looser = w.state.ledger().charter.clone().unwrap().into_inner();
    looser.rules.probing_a_day = u32::MAX;
    let say = Say::AmendCharter { charter: Box::new(looser.clone()) };
    assert_eq!(by_root(&mut w, "aid", say), Refusal::NotTakingPart {});
    w.expect_accepted("aid", &[&root("aid", 0)], Say::Resume {});
    assert_eq!(by_root(&mut w, "aid", Say::Resume {}), Refusal::TakesPart { party: party("aid") });
    assert_eq!(Consent::All.needed(0), 1);
    assert!(!Consent::AtLeast(3).given(&BTreeSet::new(), &BTreeSet::new()));
}

#[test]
fn consents_are_not_lowered_step_by_step_by_fewer_than_they_ask() {
    let mut terms = charter(&["host", "north", "south"]);
    terms.consents.rules = Consent::AtLeast(1);
    let mut w = World::new(terms.clone());
    terms.consents.host = Consent::AtLeast(1);
    let amend = |terms: &Charter| Say::AmendCharter { charter: Box::new(terms.clone()) };
    let refusal = by_root(&mut w, "north", amend(&terms));
    assert!(matches!(refusal, Refusal::Consent { needed: 3, .. }), "{refusal}");
    let mut other = w.state.ledger().charter.clone().unwrap().into_inner();
    other.witnesses = vec![Witness {
        party: None,
        name: "w".into(),
        key: operator("north", "duty").verifying_key(),
        url: None,
    }];
    let all = roots(&["host", "north", "south"]);
    let all: Vec<_> = all.iter().collect();
    let refusal = w.expect_refused("host", &all, amend(&other));
    assert!(matches!(refusal, Refusal::KeyKnown { .. }), "{refusal}");
}

#[test]
fn the_host_stays_until_another_takes_part_that_keeps_the_record() {
    let mut w = world();
    let leave = || Say::Withdraw { reason: reason() };
    assert_eq!(by_root(&mut w, "host", leave()), Refusal::KeepsRecord {});
    w.expect_accepted("aid", &[&root("aid", 0)], leave());
    let all = roots(&["host", "north", "south"]);
    let all: Vec<_> = all.iter().collect();
    let from = deconflict_record::Head::EMPTY;
    let to = |name: &str, key: &SigningKey| Say::MoveHost {
        host: Host { party: party(name), key: key.verifying_key() },
        from,
    };
    let log = operator("north", "log");
    assert_eq!(w.expect_refused("host", &all, to("aid", &log)), Refusal::NotTakingPart {});
    assert!(matches!(
        w.expect_refused("host", &all, to("north", &root("south", 0))),
        Refusal::KeyKnown { .. }
    ));
    let beyond = deconflict_record::Head { size: 1_000, ..from };
    let host = Host { party: party("north"), key: log.verifying_key() };
    let refused = w.expect_refused("host", &all, Say::MoveHost { host, from: beyond });
    assert!(matches!(refused, Refusal::HeadBeyond { .. }), "{refused}");
    let old = w.state.ledger().charter.as_ref().unwrap().host.key;
    w.expect_accepted("host", &all, to("north", &log));
    // Of heads up to the one with which the record moves the old key is right, from there on the new one.
    let moved = w.state.ledger().former[0].until;
    assert_eq!(w.state.ledger().head_keys(moved), [old]);
    assert_eq!(w.state.ledger().head_keys(moved + 1), [old, log.verifying_key()]);
    assert_eq!(w.state.ledger().head_keys(moved + 2), [log.verifying_key()]);
    let enrol = Say::Enrol {
        operator: "x".parse().unwrap(),
        post: "x".into(),
        operator_key: log.verifying_key(),
        role: Role::Person,
    };
    assert!(matches!(by_root(&mut w, "south", enrol), Refusal::KeyKnown { .. }));
    w.expect_accepted("host", &[&root("host", 0)], leave());
}

#[test]
fn a_machine_ends_operations_and_nothing_else() {
    let mut w = world();
    w.enrol("north", "machine", Role::Machine);
    let machine = operator("north", "machine");
    let (place, _) = w.accepted("north", declare(site(33.5, 38.6), Sharing::Open));
    let (op, _) = w.accepted("north", declare(plan(), Sharing::Open));
    let end = |v: Version, how| Say::End { declaration: DeclarationId(v.0), how };
    let refusal = w.expect_refused("north", &[&machine], end(place, Ending::Removed));
    assert_eq!(refusal, Refusal::PersonOnly {});
    w.expect_accepted("north", &[&machine], end(op, Ending::Ended));
}

#[test]
fn a_root_is_replaced_twice_each_time_by_the_one_committed_to() {
    let mut w = world();
    for generation in 0..2_u8 {
        let key = |n: u8| root("north", generation + n);
        let next_root = deconflict_record::leaf_hash(&key(2).verifying_key().id().0.0);
        let rotate = Say::RotateRoot { root: key(1).verifying_key(), next_root };
        w.expect_accepted("north", &[&key(0), &key(1)], rotate);
    }
    let live = w.state.ledger().keys.values();
    assert_eq!(
        live.filter(|k| k.party == party("north") && k.is_root() && k.revoked.is_none()).count(),
        1
    );
}

#[test]
fn a_statement_is_taken_once() {
    let mut w = world();
    let key = operator("north", "duty");
    let statement = w.statement("north", &[&key], declare(plan(), Sharing::Open));
    w.file(statement.clone()).unwrap();
    let size = w.log.len();
    assert!(matches!(w.file(statement), Err(Unfit::Sequence { next: 2, .. })));
    assert_eq!(w.log.len(), size);
}

#[test]
fn a_plan_amended_into_the_past_conflicts_no_more_and_back_again_anew() {
    let mut w = world();
    w.accepted("north", declare(plan(), Sharing::ConflictOnly));
    let (mine, _) = w.accepted("south", declare(plan(), Sharing::ConflictOnly));
    let past = operation(circle(33.5, 38.6, 500.0, "2017-05-17T12:00:00Z", "2017-05-17T14:00:00Z"));
    let (v2, found) = w.accepted("south", amend(mine, mine, past, Sharing::ConflictOnly));
    assert!(matches!(&found[..], [Finding::ConflictResolved { .. }]), "{found:?}");
    let (_, found) = w.accepted("south", amend(mine, v2, plan(), Sharing::ConflictOnly));
    assert!(matches!(&found[..], [Finding::ConflictOpened { .. }]), "{found:?}");
}

#[test]
fn within_one_party_a_conflict_is_its_own_to_settle_and_no_probing() {
    let mut terms = charter(&["host", "north"]);
    terms.rules.within_party = true;
    terms.rules.probing_a_day = 0;
    let mut w = World::new(terms);
    let own = zone(33.5, 38.6, 5_000.0, &["north"], &["north"]);
    w.accepted("north", declare(DeclarationContent::Zone(own), Sharing::ConflictOnly));
    let (_, found) = w.accepted("north", declare(plan(), Sharing::ConflictOnly));
    let [Finding::ConflictOpened { conflict, .. }] = found[..] else { panic!("{found:?}") };
    w.accepted("north", Say::AcceptRisk { conflict, reason: reason() });
    assert_eq!(w.conflict().1.state(), ConflictState::AcceptedRisk);
}

#[test]
fn a_zone_that_was_only_told_of_comes_to_conflict_when_it_binds_and_back() {
    let mut w = world();
    let area =
        |binds: &[&str]| DeclarationContent::Zone(zone(33.5, 38.6, 20_000.0, &["aid"], binds));
    let convoy = movement((33.5, 38.5), (33.5, 38.7), NOON, TWO);
    w.accepted("aid", declare(convoy, Sharing::ConflictOnly));
    let (z, found) = w.accepted("north", declare(area(&[]), Sharing::ConflictOnly));
    assert!(matches!(&found[..], [Finding::OverlayOpened { .. }]), "{found:?}");
    let (z2, found) = w.accepted("north", amend(z, z, area(&["aid"]), Sharing::ConflictOnly));
    let conflicts =
        |f: &[Finding]| matches!(f, [Finding::OverlayEnded { .. }, Finding::ConflictOpened { .. }]);
    assert!(conflicts(&found), "{found:?}");
    let (_, found) = w.accepted("north", amend(z, z2, area(&[]), Sharing::ConflictOnly));
    let told = |f: &[Finding]| {
        matches!(f, [Finding::ConflictResolved { .. }, Finding::OverlayOpened { .. }])
    };
    assert!(told(&found), "{found:?}");
    let open = w.state.ledger().overlays.values().filter(|o| o.closed.is_none());
    assert_eq!(open.count(), 1, "of the two that there were, one stands");
}

#[test]
fn what_is_found_anew_is_linked_to_its_declarations_also_beside_zones_over_sites() {
    let mut w = world();
    let militia: GroupId = "militia".parse().unwrap();
    for i in 0..6 {
        w.accepted("aid", declare(site(33.5, 38.6 + 0.001 * f64::from(i)), Sharing::ConflictOnly));
        w.accepted("south", declare(plan(), Sharing::ConflictOnly));
    }
    let mut bound = zone(33.5, 38.6, 5_000.0, &[], &[]);
    bound.binds_groups = [militia.clone()].into();
    w.accepted("north", declare(DeclarationContent::Zone(bound), Sharing::ConflictOnly));
    w.expect_accepted("south", &[&root("south", 0)], Say::SpeakFor { group: militia.clone() });
    let mut wider = w.state.ledger().charter.clone().unwrap().into_inner();
    wider.rules.separation.horizontal_m = 1_000.0;
    let all = roots(&["host", "north", "south", "aid"]);
    let all: Vec<_> = all.iter().collect();
    w.expect_accepted("host", &all, Say::AmendCharter { charter: Box::new(wider) });
    for conflict in w.state.ledger().conflicts.values() {
        assert!(conflict.between.iter().all(Option::is_some), "{conflict:?}");
    }
    let (_, found) =
        w.expect_accepted("south", &[&root("south", 0)], Say::StopSpeakingFor { group: militia });
    assert_eq!(found.len(), 6, "{found:?}");
}

#[test]
fn a_change_of_the_rules_is_nobodys_probing() {
    let mut terms = charter(&["host", "north", "south"]);
    terms.rules.probing_a_day = 0;
    let mut w = World::new(terms);
    let at_lon = |lon| operation(circle(33.5, lon, 50.0, NOON, TWO));
    w.accepted("north", declare(at_lon(38.6), Sharing::Open));
    w.accepted("south", declare(at_lon(38.61), Sharing::Open));
    let mut wider = w.state.ledger().charter.clone().unwrap().into_inner();
    wider.rules.separation.horizontal_m = 5_000.0;
    let all = roots(&["host", "north", "south"]);
    let all: Vec<_> = all.iter().collect();
    let amend = Say::AmendCharter { charter: Box::new(wider) };
    let (_, found) = w.expect_accepted("host", &all, amend);
    assert!(matches!(&found[..], [Finding::ConflictOpened { by: None, .. }]), "{found:?}");
    assert!(w.state.ledger().probing.is_empty());
}

#[test]
fn everybody_whom_a_prober_touched_is_told_once_a_day_and_not_whom_else() {
    let mut terms = charter(&["host", "north", "south", "aid", "east"]);
    terms.rules.probing_a_day = 2;
    let mut w = World::new(terms);
    let at_lon = |lon| operation(circle(33.5, lon, 10.0, NOON, TWO));
    w.accepted("north", declare(at_lon(38.604), Sharing::ConflictOnly));
    w.accepted("aid", declare(site(33.5, 38.625), Sharing::ConflictOnly));
    w.accepted("east", declare(at_lon(38.645), Sharing::ConflictOnly));
    let mut told = Vec::new();
    let mut file = |w: &mut World, declared| {
        let (version, mut found) = w.accepted("south", declare(declared, Sharing::ConflictOnly));
        let how = Ending::Cancelled;
        found
            .extend(w.accepted("south", Say::End { declaration: DeclarationId(version.0), how }).1);
        for finding in found {
            if let Finding::Probing { touched, .. } = finding {
                told.push(touched.to_string());
            }
        }
    };
    file(&mut w, at_lon(38.604));
    // A zone over a site raises nothing to settle and yet tells that the site is there.
    file(&mut w, DeclarationContent::Zone(zone(33.5, 38.625, 10.0, &[], &[])));
    file(&mut w, at_lon(38.645));
    file(&mut w, at_lon(38.604));
    told.sort();
    assert_eq!(told, ["aid", "east", "north"]);
}
