//! What parties say to one another, and what each of them then sees.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_record::SigningKey;
use deconflict_testing::*;

const NOON: &str = "2017-05-18T12:00:00Z";
const ONE: &str = "2017-05-18T13:00:00Z";
const TWO: &str = "2017-05-18T14:00:00Z";

fn world() -> World {
    World::new(charter(&["host", "north", "south", "aid"]))
}

#[test]
fn a_zone_is_proposed_disputed_amended_and_agreed_and_binds_only_who_signed() {
    let mut w = world();
    let first = zone(33.5, 38.6, 55_000.0, &["south", "aid"], &["south"]);
    let (v1, _) = w
        .accepted("north", declare(DeclarationContent::Zone(first.clone()), Sharing::ConflictOnly));
    let id = DeclarationId(v1.0);
    let standing = |w: &World, of: &str| w.declaration(v1).standing(&party(of)).unwrap().clone();
    assert_eq!(standing(&w, "south"), Standing::Silent {});
    let unilateral = |w: &World| w.state.ledger().unilateral_towards(w.declaration(v1));
    assert_eq!(unilateral(&w), [party("south")].into());
    assert!(w.view("host").declarations.is_empty());

    let text = "30 km at the most";
    let dispute =
        Say::Dispute { zone: id, version: v1, point: "radius".into(), own_text: text.into() };
    w.accepted("south", dispute);
    assert!(
        matches!(standing(&w, "south"), Standing::Disputed { own_text, .. } if own_text == text)
    );
    assert_eq!(w.view("aid").declarations[&id].condition, w.declaration(v1).condition);

    w.accepted("aid", Say::Agree { zone: id, version: v1 });
    let smaller = zone(33.5, 38.6, 30_000.0, &["south", "aid"], &["south"]);
    let (v2, _) = w
        .accepted("north", amend(v1, v1, DeclarationContent::Zone(smaller), Sharing::ConflictOnly));
    assert_eq!(standing(&w, "aid"), Standing::Silent {}, "a new version needs agreement again");
    assert_eq!(
        w.refused("south", Say::Agree { zone: id, version: v1 }),
        Refusal::Superseded { present: v2 }
    );
    w.accepted("south", Say::Agree { zone: id, version: v2 });
    assert_eq!(unilateral(&w), [].into());
    assert!(matches!(
        w.refused("host", Say::Agree { zone: id, version: v2 }),
        Refusal::Unknown { .. }
    ));
    let reason = "we leave it".to_owned();
    w.accepted("south", Say::WithdrawAgreement { zone: id, version: v2, reason });
    assert_eq!(unilateral(&w), [party("south")].into());
}

#[test]
fn two_operations_in_one_place_conflict_and_moving_one_resolves_it() {
    let mut w = world();
    let (_, none) = w.accepted(
        "north",
        declare(operation(circle(33.5, 38.6, 2_000.0, NOON, TWO)), Sharing::ConflictOnly),
    );
    assert_eq!(none, []);
    let plan = |lat| operation(circle(lat, 38.6, 2_000.0, ONE, TWO));
    let (mine, found) = w.accepted("south", declare(plan(33.5), Sharing::ConflictOnly));
    let [Finding::ConflictOpened { conflict, sides, extent, .. }] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(sides.each_ref().map(|s| s.party.as_str()), ["south", "north"]);
    assert_eq!(sides.each_ref().map(|s| s.declaration), [None, None]);
    assert_eq!(extent.certainty, Certainty::Possible([Doubt::SharingGrid].into()));
    assert_eq!(extent.from, Some(at(ONE)));
    for (of, own) in [("north", 1), ("south", 0)] {
        let seen = &w.view(of).conflicts[conflict];
        assert!(seen.between[own].is_some() && seen.between[1 - own].is_none(), "{of}: {seen:?}");
    }
    assert!(w.view("aid").conflicts.is_empty());
    assert_eq!(w.view("host").conflicts[conflict].between, [None, None]);

    let id = *conflict;
    let state = |w: &World| w.state.ledger().conflicts[&id].state();
    assert_eq!(state(&w), ConflictState::Open);
    w.accepted("host", Say::Own { conflict: id });
    assert_eq!(state(&w), ConflictState::Owned);
    w.accepted("north", Say::Noticed { conflict: id });
    w.accepted("south", Say::Noticed { conflict: id });
    assert_eq!(state(&w), ConflictState::Notified);
    assert!(matches!(w.refused("aid", Say::Noticed { conflict: id }), Refusal::Unknown { .. }));
    assert_eq!(w.refused("host", Say::Noticed { conflict: id }), Refusal::NoPart {});
    w.accepted("south", Say::Contact { conflict: id, means: "line".into() });
    assert_eq!(state(&w), ConflictState::ContactMade);
    let (_, found) = w.accepted("south", amend(mine, mine, plan(34.5), Sharing::ConflictOnly));
    assert_eq!(found, [Finding::ConflictResolved { conflict: id, by: Some(party("south")) }]);
    assert_eq!(state(&w), ConflictState::Resolved);
    assert_eq!(
        w.refused("south", Say::Contact { conflict: id, means: "x".into() }),
        Refusal::NoPart {}
    );
}

#[test]
fn what_both_sides_may_see_is_compared_exactly() {
    let mut w = world();
    let plan = |lon| operation(circle(33.5, lon, 200.0, NOON, TWO));
    w.accepted("north", declare(plan(38.6), Sharing::Open));
    // 450 m to the east: apart, though in the same cell of a kilometre.
    let (_, found) = w.accepted("south", declare(plan(38.604_84), Sharing::Open));
    assert_eq!(found, []);
    let (_, found) = w.accepted("aid", declare(plan(38.602), Sharing::Open));
    let certain = |f: &Finding| match f {
        Finding::ConflictOpened { extent, .. } => extent.certainty == Certainty::Overlap,
        _ => false,
    };
    assert_eq!(found.iter().filter(|f| certain(f)).count(), 2, "{found:?}");
    let (_, found) = w.accepted("host", declare(plan(38.5), Sharing::ConflictOnly));
    assert_eq!(found, [], "another cell");
}

#[test]
fn a_zone_conflicts_with_plans_of_whom_it_binds_and_tells_owners_of_sites() {
    let mut w = world();
    let (site_version, _) = w.accepted("aid", declare(site(33.5, 38.7), Sharing::ConflictOnly));
    let away = movement((33.5, 38.0), (33.5, 38.9), NOON, TWO);
    w.accepted("aid", declare(away.clone(), Sharing::ConflictOnly));
    let bound = zone(33.5, 38.6, 20_000.0, &["south", "aid"], &["south"]);
    let (_, found) =
        w.accepted("north", declare(DeclarationContent::Zone(bound), Sharing::ConflictOnly));
    let told = |f: &Finding| matches!(f, Finding::OverlayOpened { .. });
    assert_eq!(found.iter().filter(|f| told(f)).count(), 2, "{found:?}");
    assert_eq!(found.len(), 2);
    let (_, found) = w.accepted("south", declare(away, Sharing::ConflictOnly));
    assert!(matches!(&found[..], [Finding::ConflictOpened { .. }]), "{found:?}");
    let (_, found) = w.accepted(
        "host",
        declare(operation(circle(33.5, 38.6, 100.0, NOON, TWO)), Sharing::ConflictOnly),
    );
    let kinds: Vec<Kind> = found
        .iter()
        .map(|f| match f {
            Finding::ConflictOpened { sides, .. } => sides[1].kind,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        kinds,
        [Kind::Movement, Kind::Movement],
        "not bound by the zone; apart from the site"
    );
    let site = &w.state.ledger().declarations[&DeclarationId(site_version.0)];
    let of_site = site.disclosure(site_version, &party("north")).unwrap();
    assert_eq!(of_site.precision, Precision::Grid, "the zone's owner was told of the site");
}

#[test]
fn a_site_lapses_stays_shown_and_goes_on_to_conflict() {
    let mut w = world();
    let south = Sharing::Named([party("south")].into());
    let (version, _) = w.accepted("aid", declare(site(33.5, 38.6), south));
    let id = DeclarationId(version.0);
    assert_eq!(w.pass(179 * 86_400), []);
    w.accepted("aid", Say::Reconfirm { site: id, version });
    assert_eq!(w.pass(179 * 86_400), []);
    assert_eq!(w.pass(2 * 86_400), [Finding::SiteLapsed { site: id }]);
    assert!(w.view("south").declarations[&id].lapsed());
    assert!(w.view("north").declarations.is_empty());
    let soon = w.now.after_seconds(86_400);
    let mut volume = circle(33.5, 38.6, 50.0, NOON, TWO);
    (volume.from, volume.until) = (Some(soon), Some(soon.after_seconds(3_600)));
    let (_, found) = w.accepted("north", declare(operation(volume), Sharing::ConflictOnly));
    assert!(matches!(&found[..], [Finding::ConflictOpened { .. }]), "{found:?}");
    w.accepted("aid", Say::Reconfirm { site: id, version });
    assert!(!w.view("south").declarations[&id].lapsed());
    let removed = Say::End { declaration: id, how: Ending::Removed };
    let (_, found) = w.accepted("aid", removed);
    assert!(matches!(&found[..], [Finding::ConflictResolved { .. }]), "{found:?}");
}

#[test]
fn sharing_gives_what_is_needed_and_takes_it_from_view_again() {
    let mut w = world();
    let (version, _) = w.accepted(
        "north",
        declare(operation(circle(33.5, 38.6, 500.0, NOON, TWO)), Sharing::ConflictOnly),
    );
    let id = DeclarationId(version.0);
    let activated = OperationState::Activated;
    w.accepted("north", Say::SetState { operation: id, version, state: activated });
    assert!(w.view("south").declarations.is_empty());
    let share = |sharing| Say::Share { declaration: id, sharing };
    w.accepted("north", share(Sharing::Named([party("south")].into())));
    assert_eq!(w.view("south").declarations[&id].operation_state(), Some(activated));
    let disclosed = |w: &World| w.state.ledger().declarations[&id].disclosed.clone();
    let given = disclosed(&w);
    assert_eq!(
        (&given[0].party, given[0].precision, given[0].cause),
        (&party("south"), Precision::Full, w.log.len() as u64 - 1)
    );
    w.accepted("north", share(Sharing::ConflictOnly));
    assert!(w.view("south").declarations.is_empty());
    assert_eq!(disclosed(&w), given, "what was given stays given");
    assert_eq!(w.refused("north", share(Sharing::Sealed)), Refusal::SealedReserved {});
}

#[test]
fn a_party_that_leaves_is_told_no_more_and_those_who_gave_it_something_are_told() {
    let mut w = world();
    let (version, _) =
        w.accepted("aid", declare(site(33.5, 38.6), Sharing::Named([party("south")].into())));
    let withdraw = Say::Withdraw { reason: "voluntary".into() };
    let (_, found) = w.expect_accepted("south", &[&root("south", 0)], withdraw);
    let expected = Finding::HeldByLeaver {
        leaver: party("south"),
        owner: party("aid"),
        versions: [version].into(),
    };
    assert_eq!(found, [expected]);
    let before = w.given[&party("south")].len();
    w.accepted("north", declare(site(34.0, 38.0), Sharing::Open));
    assert_eq!(w.given[&party("south")].len(), before);
    assert_eq!(
        w.refused("south", declare(site(33.0, 38.0), Sharing::Open)),
        Refusal::NotTakingPart {}
    );

    // It comes back under a new root, by consent of all who stayed.
    let mut back = member("south");
    back.root = root("south", 7).verifying_key();
    let others = ["host", "north", "aid"].map(|name| root(name, 0));
    let mut signers: Vec<_> = others.iter().collect();
    let refusal = w.expect_refused("host", &signers, Say::Join { member: back.clone() });
    assert_eq!(refusal, Refusal::RootOnly {});
    let new_root = root("south", 7);
    signers.push(&new_root);
    w.expect_accepted("host", &signers, Say::Join { member: back });
    assert_eq!(w.view("south").declarations.len(), 2);
}

/// A party comes back under its root of this generation, by consent of those who are there.
fn comes_back(w: &mut World, name: &str, generation: u8, there: &[SigningKey]) {
    let mut back = member(name);
    let new_root = root(name, generation);
    back.root = new_root.verifying_key();
    let signers: Vec<_> = there.iter().chain([&new_root]).collect();
    w.expect_accepted("host", &signers, Say::Join { member: back });
}

#[test]
fn who_left_and_agrees_anew_has_agreed_also_to_an_owner_who_was_away_meanwhile() {
    let mut w = world();
    let proposed = DeclarationContent::Zone(zone(33.5, 38.6, 9_000.0, &["north"], &["north"]));
    let (version, _) = w.accepted("south", declare(proposed, Sharing::ConflictOnly));
    let zone = DeclarationId(version.0);
    for name in ["south", "north"] {
        let leave = Say::Withdraw { reason: "a quarrel".into() };
        w.expect_accepted(name, &[&root(name, 0)], leave);
    }
    let stayed = ["host", "aid"].map(|name| root(name, 0));
    comes_back(&mut w, "north", 7, &stayed);
    // All within one second: time does not tell what came first. The owner is told of its own zone, and
    // of who left and came back when it is back itself.
    w.accepted("north", Say::Agree { zone, version });
    let there = [root("host", 0), root("aid", 0), root("north", 7)];
    comes_back(&mut w, "south", 7, &there);
    let seen = w.view("south");
    let standing = seen.declarations[&zone].standing(&party("north"));
    assert!(matches!(standing, Some(Standing::Agreed { .. })), "{standing:?}");
}

#[test]
fn a_newcomer_is_given_what_is_open_and_what_concerns_all() {
    let mut w = world();
    w.accepted("north", declare(site(34.0, 38.0), Sharing::Open));
    w.accepted("aid", declare(site(33.0, 38.0), Sharing::ConflictOnly));
    let names = ["host", "north", "south", "aid", "late"];
    let roots = names.map(|name| root(name, 0));
    let signers: Vec<_> = roots.iter().collect();
    w.expect_accepted("host", &signers, Say::Join { member: member("late") });
    assert_eq!(w.view("late").declarations.len(), 1);
    assert_eq!(w.view("late").parties.len(), 5);
    let refusal = w.expect_refused("host", &signers[..1], Say::Join { member: member("later") });
    assert_eq!(refusal, Refusal::RootOnly {});
}

#[test]
fn keys_are_revoked_and_roots_follow_their_commitment() {
    let mut w = world();
    w.enrol("north", "second", Role::Machine);
    let machine = operator("north", "second");
    let plan = declare(operation(circle(33.5, 38.6, 500.0, NOON, TWO)), Sharing::ConflictOnly);
    w.expect_accepted("north", &[&machine], plan.clone());
    let refusal = w.expect_refused("north", &[&machine], declare(site(33.0, 38.0), Sharing::Open));
    assert_eq!(refusal, Refusal::PersonOnly {});
    let revoke = Say::Revoke { operator_key: machine.verifying_key().id(), reason: "lost".into() };
    w.expect_accepted("north", &[&root("north", 0)], revoke);
    let late = w.statement("north", &[&machine], plan);
    assert_eq!(w.file(late).unwrap_err(), Unfit::Key(machine.verifying_key().id()));

    let rotate = |to: u8| Say::RotateRoot {
        root: root("north", to).verifying_key(),
        next_root: deconflict_record::leaf_hash(&root("north", to + 1).verifying_key().id().0.0),
    };
    let (old, stolen, new) = (root("north", 0), root("north", 9), root("north", 1));
    let refusal = w.expect_refused("north", &[&old, &stolen], rotate(9));
    assert_eq!(refusal, Refusal::NotCommitted {});
    assert_eq!(w.expect_refused("north", &[&old], rotate(1)), Refusal::NotCommitted {});
    w.expect_accepted("north", &[&old, &new], rotate(1));
    let again = w.statement("north", &[&old], Say::Resume {});
    assert!(matches!(w.file(again), Err(Unfit::Key(_))));
}

#[test]
fn a_statement_out_of_sequence_is_not_logged_and_a_late_one_is_refused() {
    let mut w = world();
    let plan = declare(operation(circle(33.5, 38.6, 500.0, NOON, TWO)), Sharing::ConflictOnly);
    let key = operator("north", "duty");
    let mut gap = w.statement("north", &[&key], plan.clone());
    gap.seq += 1;
    let size = w.log.len();
    assert!(matches!(w.file(gap), Err(Unfit::Sequence { next: 1, prev: None })));
    let mut foreign = w.statement("south", &[&key], plan.clone());
    foreign.party = party("south");
    assert!(matches!(w.file(foreign), Err(Unfit::Key(_))));
    assert_eq!(w.log.len(), size);
    let mut late = w.statement("north", &[&key], plan.clone());
    late.valid_until = Some(at("2017-05-18T05:00:00Z"));
    let entries = w.file(late).unwrap();
    assert!(matches!(&entries[0].what, What::Refused(_, Refusal::Late { .. })));
    w.accepted("north", plan);
}

#[test]
fn where_knowledge_must_be_proved_a_filing_names_what_it_conflicts_with() {
    let mut terms = charter(&["host", "north", "south"]);
    terms.rules.knowledge = Knowledge::Prove;
    let mut w = World::new(terms);
    let plan = operation(circle(33.5, 38.6, 500.0, NOON, TWO));
    let (theirs, _) = w.accepted("north", declare(plan.clone(), Sharing::Open));
    let refusal = w.refused("south", declare(plan.clone(), Sharing::Open));
    assert_eq!(refusal, Refusal::MissingKnowledge { versions: [theirs].into() });
    let knowing =
        Say::Declare { declared: Box::new(plan), sharing: Sharing::Open, knows: [theirs].into() };
    let (_, found) = w.accepted("south", knowing);
    assert!(matches!(&found[..], [Finding::ConflictOpened { .. }]));
}

#[test]
fn interests_are_raised_by_what_their_party_may_see() {
    let mut w = world();
    let area = circle(33.5, 38.6, 5_000.0, NOON, TWO);
    let interest: InterestId = "around-tanf".parse().unwrap();
    let set = Say::SetInterest {
        interest: interest.clone(),
        area: Box::new(area),
        kinds: [Kind::Operation].into(),
    };
    w.accepted("south", set);
    let plan = |lat| operation(circle(lat, 38.6, 100.0, NOON, TWO));
    let touched = |found: &[Finding]| {
        found
            .iter()
            .filter_map(|f| match f {
                Finding::InterestTouched { interests, .. } => Some(interests.len()),
                _ => None,
            })
            .collect::<Vec<usize>>()
    };
    let counted = |w: &World| w.view("south").interests[&party("south")][&interest].count;
    let (_, found) = w.accepted("north", declare(plan(33.5), Sharing::ConflictOnly));
    assert!(touched(&found).is_empty());
    let (open, found) = w.accepted("north", declare(plan(33.51), Sharing::Open));
    assert_eq!(touched(&found), [1]);
    let (_, found) = w.accepted("north", amend(open, open, plan(40.0), Sharing::Open));
    assert_eq!((touched(&found), counted(&w)), (vec![1], 2), "it left the area");
    let (_, found) = w.accepted("north", declare(plan(40.0), Sharing::Open));
    assert!(touched(&found).is_empty());
    w.accepted("south", Say::DropInterest { interest });
}

#[test]
fn a_conflict_without_contact_becomes_overdue_and_expires_with_its_time() {
    let mut w = world();
    let plan = operation(circle(33.5, 38.6, 500.0, NOON, ONE));
    w.accepted("north", declare(plan.clone(), Sharing::Open));
    w.accepted("south", declare(plan, Sharing::Open));
    let (conflict, _) = w.conflict();
    assert_eq!(w.pass(5 * 3_600), []);
    assert_eq!(w.pass(1_801), [Finding::ContactOverdue { conflict }]);
    assert!(w.view("north").conflicts[&conflict].contact_overdue);
    w.accepted("north", Say::Contact { conflict, means: "line".into() });
    w.accepted("north", Say::AcceptRisk { conflict, reason: "seen".into() });
    assert_eq!(w.conflict().1.state(), ConflictState::ContactMade);
    w.accepted("south", Say::AcceptRisk { conflict, reason: "seen".into() });
    assert_eq!(w.conflict().1.state(), ConflictState::AcceptedRisk);
    // Slots of 15 minutes: the one that holds the end ends later.
    assert_eq!(w.pass(2 * 3_600), [Finding::ConflictExpired { conflict }]);
}

#[test]
fn too_many_conflicts_in_one_place_are_told_to_those_whom_they_touch() {
    let mut terms = charter(&["host", "north", "south"]);
    terms.rules.probing_a_day = 3;
    let mut w = World::new(terms);
    let plan = |lon| operation(circle(33.5, lon, 50.0, NOON, ONE));
    w.accepted("north", declare(plan(38.6), Sharing::ConflictOnly));
    let mut noticed = Vec::new();
    for _ in 0..4 {
        let (version, found) = w.accepted("south", declare(plan(38.6), Sharing::ConflictOnly));
        noticed.extend(found);
        let cancel = Say::End { declaration: DeclarationId(version.0), how: Ending::Cancelled };
        noticed.extend(w.accepted("south", cancel).1);
    }
    let notices: Vec<&Finding> =
        noticed.iter().filter(|f| matches!(f, Finding::Probing { .. })).collect();
    assert!(
        matches!(notices[..], [Finding::Probing { party, filings: 4, touched, .. }]
            if party.as_str() == "south" && touched.as_str() == "north"),
        "{notices:?}"
    );
}

#[test]
fn the_watch_desk_enters_what_was_said_by_voice_but_never_an_agreement() {
    let mut w = world();
    let plan = operation(circle(33.5, 38.6, 500.0, NOON, ONE));
    let enter = |said: Say| Say::EnterFor {
        party: party("aid"),
        means: "voice, 07:10".into(),
        said: Box::new(said),
    };
    let (version, _) = w.accepted("host", enter(declare(plan, Sharing::ConflictOnly)));
    let entered = w.declaration(version);
    assert_eq!(entered.owner, party("aid"));
    assert!(
        matches!(&entered.authority, Authority::EnteredBy { party, .. } if party.as_str() == "host")
    );
    assert_eq!(w.view("aid").declarations.len(), 1);
    let first = zone(33.5, 38.6, 5_000.0, &["aid"], &["aid"]);
    let (z, _) =
        w.accepted("north", declare(DeclarationContent::Zone(first), Sharing::ConflictOnly));
    let agree = Say::Agree { zone: DeclarationId(z.0), version: z };
    assert_eq!(w.refused("host", enter(agree.clone())), Refusal::OwnKeyOnly {});
    let through = Say::EnterFor {
        party: party("aid"),
        means: "x".into(),
        said: Box::new(declare(site(33.0, 38.0), Sharing::Open)),
    };
    assert_eq!(w.refused("north", through), Refusal::WatchDeskOnly {});
}

#[test]
fn a_group_is_bound_through_whoever_speaks_for_it() {
    let mut w = world();
    let militia: GroupId = "militia".parse().unwrap();
    w.accepted(
        "south",
        declare(operation(circle(33.5, 38.6, 500.0, NOON, ONE)), Sharing::ConflictOnly),
    );
    let mut bound = zone(33.5, 38.6, 5_000.0, &["south"], &[]);
    bound.binds_groups = [militia.clone()].into();
    let (version, found) =
        w.accepted("north", declare(DeclarationContent::Zone(bound), Sharing::ConflictOnly));
    assert_eq!(found, []);
    let speak = Say::SpeakFor { group: militia.clone() };
    let (_, found) = w.expect_accepted("south", &[&root("south", 0)], speak);
    assert!(matches!(&found[..], [Finding::ConflictOpened { .. }]), "{found:?}");
    let unilateral = w.state.ledger().unilateral_towards(w.declaration(version));
    assert_eq!(unilateral, [party("south")].into());
    let claim = Say::DisputeSpeaking {
        party: party("south"),
        group: militia.clone(),
        text: "they deny it".into(),
    };
    w.accepted("north", claim);
    let stop = Say::StopSpeakingFor { group: militia };
    let (_, found) = w.expect_accepted("south", &[&root("south", 0)], stop);
    assert!(matches!(&found[..], [Finding::ConflictResolved { .. }]), "{found:?}");
}

#[test]
fn a_change_of_rules_needs_all_roots_and_is_judged_anew() {
    let mut w = world();
    let plan = |lon| operation(circle(33.5, lon, 200.0, NOON, TWO));
    w.accepted("north", declare(plan(38.6), Sharing::Open));
    w.accepted("south", declare(plan(38.61), Sharing::Open));
    let mut wider = w.state.ledger().charter.clone().unwrap().into_inner();
    wider.rules.separation.horizontal_m = 1_000.0;
    let amend = Say::AmendCharter { charter: Box::new(wider) };
    let roots = ["host", "north", "south", "aid"].map(|name| root(name, 0));
    let signers: Vec<_> = roots.iter().collect();
    let refusal = w.expect_refused("host", &signers[..3], amend.clone());
    assert!(matches!(refusal, Refusal::Consent { needed: 4, .. }));
    let (_, found) = w.expect_accepted("host", &signers, amend);
    assert!(matches!(&found[..], [Finding::ConflictOpened { .. }]), "{found:?}");
}
