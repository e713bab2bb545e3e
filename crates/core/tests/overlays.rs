//! A zone over what it does not bind: both owners are told, as long as it lasts.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_testing::*;

const NOON: &str = "2017-05-18T12:00:00Z";
const TWO: &str = "2017-05-18T14:00:00Z";

fn world() -> World {
    World::new(charter(&["host", "north", "south", "aid"]))
}

fn area(concerns: &[&str]) -> DeclarationContent {
    DeclarationContent::Zone(zone(33.5, 38.6, 20_000.0, concerns, &[]))
}

fn convoy(east: f64) -> DeclarationContent {
    movement((33.5, 38.5), (33.5, east), NOON, TWO)
}

fn hidden() -> Sharing {
    Sharing::ConflictOnly
}

/// The overlays that are not over, as a party sees them.
fn open(ledger: &Ledger) -> Vec<(OverlayId, Overlay)> {
    let open = ledger.overlays.iter().filter(|(_, overlay)| overlay.closed.is_none());
    open.map(|(id, overlay)| (*id, (**overlay).clone())).collect()
}

fn one(ledger: &Ledger) -> (OverlayId, Overlay) {
    let [one] = &open(ledger)[..] else { panic!("{:?}", ledger.overlays) };
    one.clone()
}

#[test]
fn a_convoy_in_a_zone_that_does_not_bind_it_is_told_to_both_owners_for_as_long_as_it_lasts() {
    let mut w = world();
    let (z, _) = w.accepted("north", declare(area(&["aid"]), hidden()));
    let (c, found) = w.accepted("aid", declare(convoy(38.7), hidden()));
    let [Finding::OverlayOpened { overlay, .. }] = found[..] else { panic!("{found:?}") };
    for name in ["aid", "north", "host"] {
        let (id, told) = one(w.view(name));
        assert_eq!((id, told.kind()), (overlay, OverlayKind::ZoneOverMovement), "{name}");
        // Aid may see the zone, which concerns it; nobody else the convoy.
        let own = (name == "aid").then_some(DeclarationId(c.0));
        let between = [own, Some(DeclarationId(z.0))];
        assert_eq!(told.between, between, "{name}");
    }
    assert!(w.view("south").overlays.is_empty(), "nobody else is told");
    assert!(w.state.ledger().conflicts.is_empty(), "it is no conflict");

    let (c2, found) = w.accepted("aid", amend(c, c, convoy(38.75), hidden()));
    let changed =
        |f: &Finding| matches!(f, Finding::OverlayChanged { overlay: id, .. } if *id == overlay);
    assert!(found.len() == 1 && changed(&found[0]), "{found:?}");
    let (c3, found) = w.accepted("aid", amend(c, c2, convoy(38.75), hidden()));
    assert_eq!(found, [], "the same once more is no other overlay");
    let away = movement((34.5, 38.5), (34.5, 38.7), NOON, TWO);
    let (c4, found) = w.accepted("aid", amend(c, c3, away, hidden()));
    assert_eq!(found, [Finding::OverlayEnded { overlay, by: Some(party("aid")) }]);
    let end = w.view("north").overlays[&overlay].closed.unwrap().1;
    assert_eq!(end, OverlayEnd::Changed);

    let (_, found) = w.accepted("aid", amend(c, c4, convoy(38.7), hidden()));
    let [Finding::OverlayOpened { overlay: again, .. }] = found[..] else { panic!("{found:?}") };
    assert_ne!(again, overlay);
    let withdrawn = Say::End { declaration: DeclarationId(z.0), how: Ending::Cancelled };
    let (_, found) = w.accepted("north", withdrawn);
    assert_eq!(found, [Finding::OverlayEnded { overlay: again, by: Some(party("north")) }]);
    for name in ["aid", "north", "host"] {
        assert_eq!(open(w.view(name)), [], "{name}");
    }
}

#[test]
fn an_overlay_is_over_with_its_time_and_one_with_a_site_with_the_site() {
    let mut w = world();
    w.accepted("north", declare(area(&[]), hidden()));
    w.accepted("aid", declare(convoy(38.7), hidden()));
    let (convoy, _) = one(w.state.ledger());
    let (clinic, found) = w.accepted("aid", declare(site(33.5, 38.6), hidden()));
    let [Finding::OverlayOpened { overlay: over_site, .. }] = found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(w.view("north").overlays[&over_site].kind(), OverlayKind::ZoneOverSite);
    let mut found = w.pass(12 * 3_600);
    // Of the convoy nothing was heard.
    found.retain(|one| !matches!(one, Finding::MovementOverdue { .. }));
    assert_eq!(found, [Finding::OverlayExpired { overlay: convoy }], "a site has no end of time");
    assert_eq!(w.view("aid").overlays[&convoy].closed.unwrap().1, OverlayEnd::Expired);
    assert_eq!(one(w.view("aid")).0, over_site);
    let removed = Say::End { declaration: DeclarationId(clinic.0), how: Ending::Removed };
    let (_, found) = w.accepted("aid", removed);
    assert_eq!(found, [Finding::OverlayEnded { overlay: over_site, by: Some(party("aid")) }]);
}

#[test]
fn whoever_may_see_the_zone_from_now_on_is_told_by_its_name_and_no_more_when_it_may_not() {
    let mut w = world();
    let (z, _) = w.accepted("north", declare(area(&[]), hidden()));
    let (c, _) = w.accepted("aid", declare(convoy(38.7), hidden()));
    let (zone, convoy) = (DeclarationId(z.0), DeclarationId(c.0));
    let (first, told) = one(w.view("aid"));
    assert_eq!(told.between, [Some(convoy), None], "something of north lies near");
    let with_aid = Sharing::Named([party("aid")].into());
    let (_, found) = w.accepted("north", Say::Share { declaration: zone, sharing: with_aid });
    let told_anew = |f: &[Finding]| matches!(f, [Finding::OverlayEnded { overlay, .. }, Finding::OverlayOpened { .. }] if *overlay == first);
    assert!(told_anew(&found), "{found:?}");
    assert_eq!(one(w.view("aid")).1.between, [Some(zone), Some(convoy)]);
    assert_eq!(one(w.view("north")).1.between, [Some(zone), None], "the convoy stays hidden");
    w.accepted("north", Say::Share { declaration: zone, sharing: hidden() });
    assert_eq!(one(w.view("aid")).1.between, [None, Some(convoy)]);
}

#[test]
fn what_conflicts_no_more_since_nobody_is_bound_any_more_is_still_told() {
    let mut w = world();
    let militia: GroupId = "militia".parse().unwrap();
    let mut bound = zone(33.5, 38.6, 20_000.0, &["south"], &[]);
    bound.binds_groups = [militia.clone()].into();
    w.accepted("north", declare(DeclarationContent::Zone(bound), hidden()));
    w.accepted("south", declare(convoy(38.7), hidden()));
    let (told, _) = one(w.view("south"));
    let root = root("south", 0);
    let speaks = Say::SpeakFor { group: militia.clone() };
    let (_, found) = w.expect_accepted("south", &[&root], speaks);
    let conflicts = |f: &[Finding]| matches!(f, [Finding::OverlayEnded { overlay, .. }, Finding::ConflictOpened { .. }] if *overlay == told);
    assert!(conflicts(&found), "{found:?}");
    let (_, found) = w.expect_accepted("south", &[&root], Say::StopSpeakingFor { group: militia });
    let told = |f: &[Finding]| {
        matches!(f, [Finding::ConflictResolved { .. }, Finding::OverlayOpened { .. }])
    };
    assert!(told(&found), "{found:?}");
    assert_eq!(open(w.view("south")).len(), 1);
}

#[test]
fn a_zone_over_many_sites_is_told_in_parts_once_each_and_ends_in_parts() {
    let mut w = world();
    for i in 0..12 {
        w.accepted("aid", declare(site(33.5, 38.55 + 0.01 * f64::from(i)), hidden()));
    }
    w.state.set_pace(Pace { findings: 2, work: 64 });
    let (z, _) = w.accepted("north", declare(area(&[]), hidden()));
    assert_eq!(open(w.view("aid")).len(), 12);
    let (_, found) = w.accepted("north", amend(z, z, area(&[]), hidden()));
    assert_eq!(found, [], "nothing is found twice");
    // A snapshot in parts has all of them.
    let read: Ledger =
        serde_json::from_str(&serde_json::to_string(w.state.ledger()).unwrap()).unwrap();
    assert_eq!(read, *w.state.ledger());
    w.state = State::new(read);
    w.state.set_pace(Pace { findings: 2, work: 64 });
    let end = Say::End { declaration: DeclarationId(z.0), how: Ending::Ended };
    let (_, found) = w.accepted("north", end);
    let ended = found.iter().filter(|f| matches!(f, Finding::OverlayEnded { .. })).count();
    assert_eq!((ended, open(w.view("aid")).len()), (12, 0));
}

#[test]
fn whoever_sees_both_is_told_exactly_where_when_and_how_high_they_meet() {
    let mut w = world();
    let (z, _) = w.accepted("north", declare(area(&["aid"]), hidden()));
    let (c, _) = w.accepted("aid", declare(convoy(38.9), hidden()));
    let view = w.view("aid");
    let [zone, way] = [z, c].map(|version| &view.declarations[&DeclarationId(version.0)].declared);
    let answer = view.exactly(zone, way);
    let [meeting] = &answer.meeting[..] else { panic!("{answer:?}") };
    assert_eq!(answer.more, 0);
    assert_eq!((meeting.from, meeting.until), (Some(at(NOON)), Some(at(TWO).after_seconds(1_800))));
    let metres = |limit| match limit {
        deconflict_geometry::Limit::At(height) => Some(height.metres),
        _ => None,
    };
    assert_eq!((metres(meeting.lower), metres(meeting.upper)), (Some(0.0), Some(300.0)));
    // The middle of the convoy's way within the zone's 20 km, and not that of a cell.
    assert!((meeting.place.lat_deg() - 33.5).abs() < 0.01, "{meeting:?}");
    assert!((38.5..38.82).contains(&meeting.place.lon_deg()), "{meeting:?}");
    // North may not see the convoy: it has nothing to compare.
    assert!(!w.view("north").declarations.contains_key(&DeclarationId(c.0)));
    let far = convoy(38.5);
    let DeclarationContent::Movement(mut far) = far else { panic!() };
    far.waypoints.iter_mut().for_each(|waypoint| waypoint.place.lat = 35.0);
    let answer = view.exactly(zone, &DeclarationContent::Movement(far));
    assert_eq!(answer, ExactAnswer::default());
}

#[test]
fn at_the_poles_and_across_the_antimeridian_a_zone_lies_over_a_site_as_elsewhere() {
    let places = [
        ((89.99, 10.0), (89.99, -170.0)),
        ((90.0, 0.0), (89.9, 45.0)),
        ((-89.95, -90.0), (-90.0, 180.0)),
        ((10.0, 179.99), (10.0, -179.99)),
        ((0.0, 180.0), (0.05, -179.95)),
        ((-66.0, -180.0), (-66.0, 179.8)),
    ];
    for (of_zone, of_site) in places {
        for sharing in [Sharing::Open, hidden()] {
            let mut w = world();
            let terms = zone(of_zone.0, of_zone.1, 20_000.0, &["south"], &[]);
            let terms = DeclarationContent::Zone(terms);
            let (z, _) = w.accepted("north", declare(terms, sharing.clone()));
            let clinic = declare(site(of_site.0, of_site.1), sharing.clone());
            let (c, found) = w.accepted("aid", clinic);
            let [Finding::OverlayOpened { overlay, .. }] = found[..] else {
                panic!("{of_zone:?} {of_site:?}: {found:?}")
            };
            assert_eq!(one(w.view("aid")).0, overlay);
            let said = [z, c].map(|v| w.declaration(v).declared.clone());
            let exact = w.state.ledger().exactly(&said[0], &said[1]);
            assert_eq!(exact.meeting.len(), 1, "{of_zone:?} {of_site:?}");
            // Where it is removed nothing is left over.
            let removed = Say::End { declaration: DeclarationId(c.0), how: Ending::Removed };
            w.accepted("aid", removed);
            assert_eq!(open(w.view("north")), []);
        }
    }
}
