//! How volumes lie to one another, case by case.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

use deconflict_geometry::{
    Band, Circle, Corridor, EdgeRule, Footprint, FootprintError, Instant, Polygon, Position,
    Reason, Relation, Rules, Separation, Volume, Window, common, destination, gap, relation,
};

fn p(lat: f64, lon: f64) -> Position {
    Position::new(lat, lon).unwrap()
}

fn ring(corners: &[(f64, f64)]) -> Vec<Position> {
    corners.iter().map(|&(lat, lon)| p(lat, lon)).collect()
}

fn polygon(rings: &[&[(f64, f64)]]) -> Footprint {
    ruled(rings, EdgeRule::GreatCircle)
}

fn ruled(rings: &[&[(f64, f64)]], rule: EdgeRule) -> Footprint {
    Footprint::Polygons(vec![Polygon::new(rings.iter().map(|r| ring(r)).collect(), rule).unwrap()])
}

fn circle(lat: f64, lon: f64, radius_m: f64) -> Footprint {
    Footprint::Circle(Circle::new(p(lat, lon), radius_m).unwrap())
}

fn corridor(path: &[(f64, f64)], half_width_m: f64) -> Footprint {
    Footprint::Corridor(Corridor::new(ring(path), half_width_m, EdgeRule::GreatCircle).unwrap())
}

fn always(footprint: Footprint) -> Volume {
    Volume { footprint, band: Band::UNLIMITED, window: Window::ALWAYS }
}

/// Both ways round, and with `common` agreeing.
fn judged(a: &Footprint, b: &Footprint) -> Relation {
    judged_apart_by(a, b, 0.0)
}

fn judged_apart_by(a: &Footprint, b: &Footprint, horizontal_m: f64) -> Relation {
    let (a, b) = (always(a.clone()), always(b.clone()));
    let rules = Rules {
        separation: Separation { horizontal_m, ..Separation::default() },
        ..Rules::default()
    };
    let verdict = relation(&a, &b, &rules);
    assert_eq!(verdict, relation(&b, &a, &rules));
    assert_eq!(verdict.relation == Relation::Possible, verdict.reasons.iter().count() > 0);
    assert_eq!(common(&a, &b, &rules).is_some(), verdict.relation != Relation::Apart);
    verdict.relation
}

const SQUARE: &[(f64, f64)] = &[(0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 0.0)];

#[test]
fn a_polygon_overlaps_itself_however_it_is_written() {
    let square = polygon(&[SQUARE]);
    let mut turned = SQUARE.to_vec();
    turned.rotate_left(1);
    let mut reversed = SQUARE.to_vec();
    reversed.reverse();
    let mut closed = SQUARE.to_vec();
    closed.push(SQUARE[0]);
    for other in [turned, reversed, closed] {
        assert_eq!(judged(&square, &polygon(&[&other])), Relation::Overlap);
    }
}

#[test]
fn polygons_that_share_an_edge_or_a_corner_only_touch() {
    let square = polygon(&[SQUARE]);
    let beside = polygon(&[&[(0.0, 2.0), (0.0, 4.0), (2.0, 4.0), (2.0, 2.0)]]);
    let at_corner = polygon(&[&[(2.0, 2.0), (3.0, 2.0), (3.0, 3.0)]]);
    // A corner in the middle of an edge on the equator, where that is exact.
    let below = polygon(&[&[(0.0, 1.0), (-1.0, 0.5), (-1.0, 1.5)]]);
    for other in [beside, at_corner, below] {
        assert_eq!(judged(&square, &other), Relation::Touch);
    }
}

#[test]
fn insides_meet_though_no_edges_cross_and_no_corner_is_inside() {
    let square = polygon(&[SQUARE]);
    // A triangle of three of the corners: its long edge is a diagonal.
    let half = polygon(&[&[(0.0, 0.0), (0.0, 2.0), (2.0, 2.0)]]);
    // The diagonal's other side, together with a corner beyond.
    let kite = polygon(&[&[(0.0, 0.0), (2.0, 2.0), (3.0, -1.0)]]);
    assert_eq!(judged(&square, &half), Relation::Overlap);
    assert_eq!(judged(&square, &kite), Relation::Overlap);
    assert_eq!(judged(&half, &kite), Relation::Touch);
    // A plus: edges cross, no corner of one inside the other.
    let upright = polygon(&[&[(-1.0, 0.5), (-1.0, 1.5), (3.0, 1.5), (3.0, 0.5)]]);
    assert_eq!(judged(&square, &upright), Relation::Overlap);
}

#[test]
fn a_hole_is_outside_and_its_edge_is_boundary() {
    let hole: &[(f64, f64)] = &[(0.5, 0.5), (0.5, 1.5), (1.5, 1.5), (1.5, 0.5)];
    let frame = polygon(&[SQUARE, hole]);
    let within = polygon(&[&[(0.8, 0.8), (0.8, 1.2), (1.2, 1.2), (1.2, 0.8)]]);
    assert_eq!(judged(&frame, &within), Relation::Apart);
    assert_eq!(judged(&frame, &polygon(&[hole])), Relation::Touch);
    assert_eq!(
        judged(&frame, &polygon(&[&[(0.8, 0.8), (0.8, 1.2), (1.8, 1.0)]])),
        Relation::Overlap
    );
    assert_eq!(judged(&frame, &polygon(&[SQUARE])), Relation::Overlap);
    assert_eq!(judged(&frame, &circle(1.0, 1.0, 50_000.0)), Relation::Apart);
    assert_eq!(judged(&frame, &circle(1.0, 1.0, 60_000.0)), Relation::Overlap);
    assert_eq!(judged(&frame, &corridor(&[(0.9, 0.9), (1.1, 1.1)], 1_000.0)), Relation::Apart);
}

#[test]
fn a_hole_reached_by_a_bridge_is_a_hole_too() {
    let keyhole = polygon(&[&[
        (0.0, 0.0),
        (0.0, 2.0),
        (2.0, 2.0),
        (2.0, 0.0),
        (0.0, 0.0),
        (0.5, 0.5),
        (1.5, 0.5),
        (1.5, 1.5),
        (0.5, 1.5),
        (0.5, 0.5),
    ]]);
    let within = polygon(&[&[(0.8, 0.8), (0.8, 1.2), (1.2, 1.2), (1.2, 0.8)]]);
    let over_bridge = polygon(&[&[(0.2, 0.2), (0.2, 0.3), (0.3, 0.25)]]);
    assert_eq!(judged(&keyhole, &within), Relation::Apart);
    assert_eq!(judged(&keyhole, &over_bridge), Relation::Overlap);
}

#[test]
fn poles_and_the_antimeridian_are_places_like_others() {
    let cap = polygon(&[&[(80.0, 0.0), (80.0, 90.0), (80.0, 180.0), (80.0, -90.0)]]);
    assert_eq!(judged(&cap, &circle(90.0, 0.0, 1.0)), Relation::Overlap);
    assert_eq!(
        judged(&cap, &polygon(&[&[(89.0, 10.0), (89.0, 130.0), (89.0, -110.0)]])),
        Relation::Overlap
    );
    assert_eq!(judged(&cap, &circle(-90.0, 0.0, 1_000_000.0)), Relation::Apart);
    let dateline = polygon(&[&[(10.0, 179.0), (10.0, -179.0), (12.0, -179.0), (12.0, 179.0)]]);
    assert_eq!(judged(&dateline, &circle(11.0, 180.0, 10.0)), Relation::Overlap);
    assert_eq!(judged(&dateline, &circle(11.0, -180.0, 10.0)), Relation::Overlap);
    assert_eq!(judged(&dateline, &circle(11.0, 0.0, 10.0)), Relation::Apart);
}

#[test]
fn circles_are_measured_on_the_ellipsoid() {
    // 100 km east and north are different angles on the sphere.
    for azimuth_deg in [0.0, 37.0, 90.0, 200.0] {
        let there = destination(p(33.5, 38.6), azimuth_deg, 100_000.0);
        let with = |r: f64| {
            judged(&circle(33.5, 38.6, 60_000.0), &circle(there.lat_deg(), there.lon_deg(), r))
        };
        assert_eq!(with(40_000.001), Relation::Overlap);
        assert_eq!(with(39_999.999), Relation::Apart);
        assert_eq!(with(40_000.0), Relation::Possible);
    }
}

#[test]
fn corridors_reach_their_half_width_on_both_sides_and_round_their_ends() {
    let lane = corridor(&[(50.0, 8.0), (50.0, 9.0)], 1_000.0);
    let arc_top = 50.003_3; // the great circle bulges north of the parallel in the middle
    assert_eq!(judged(&lane, &circle(arc_top + 0.03, 8.5, 3_000.0)), Relation::Overlap);
    assert_eq!(judged(&lane, &circle(50.05, 8.5, 3_000.0)), Relation::Apart);
    let end = destination(p(50.0, 9.0), 90.0, 1_999.0);
    assert_eq!(judged(&lane, &circle(end.lat_deg(), end.lon_deg(), 1_000.0)), Relation::Overlap);
    assert_eq!(judged(&lane, &corridor(&[(49.9, 8.5), (50.1, 8.5)], 1.0)), Relation::Overlap);
}

#[test]
fn a_required_separation_counts_from_the_boundaries() {
    let square = polygon(&[SQUARE]);
    let beyond = destination(p(1.0, 2.0), 90.0, 1_500.0);
    let near = circle(beyond.lat_deg(), beyond.lon_deg(), 1_000.0);
    assert_eq!(judged(&square, &near), Relation::Apart);
    assert_eq!(judged_apart_by(&square, &near, 400.0), Relation::Apart);
    assert_eq!(judged_apart_by(&square, &near, 600.0), Relation::Overlap);
    let found = gap(&always(square), &always(near), &Rules::default());
    assert!((found.horizontal_m - 500.0).abs() < 0.5, "{found:?}");
}

#[test]
fn edges_that_their_source_draws_otherwise_leave_a_residual_in_doubt() {
    // Both follow the parallel of 50 N, one in a single edge, the other with a corner between.
    let north = ruled(&[&[(50.0, 0.0), (50.0, 2.0), (51.0, 2.0), (51.0, 0.0)]], EdgeRule::LonLat);
    let south = ruled(&[&[(50.0, 0.3), (50.0, 1.7), (49.0, 1.7), (49.0, 0.3)]], EdgeRule::LonLat);
    assert_eq!(judged(&north, &south), Relation::Possible);
    let verdict = relation(&always(north.clone()), &always(south), &Rules::default());
    assert_eq!(verdict.reasons.iter().collect::<Vec<_>>(), [Reason::EdgeResidual]);
    // The very same edge is the same line for both, whatever its course.
    let mirrored =
        ruled(&[&[(50.0, 0.0), (50.0, 2.0), (49.0, 2.0), (49.0, 0.0)]], EdgeRule::LonLat);
    assert_eq!(judged(&north, &mirrored), Relation::Touch);
    // Well inside and well apart stay certain.
    let inside = ruled(&[&[(50.2, 0.2), (50.2, 1.8), (50.8, 1.8), (50.8, 0.2)]], EdgeRule::LonLat);
    assert_eq!(judged(&north, &inside), Relation::Overlap);
    let apart = ruled(&[&[(49.9, 0.0), (49.9, 2.0), (49.0, 2.0), (49.0, 0.0)]], EdgeRule::LonLat);
    assert_eq!(judged(&north, &apart), Relation::Apart);
}

#[test]
fn neighbours_along_a_long_boundary_are_told_apart_in_no_time() {
    // A coast of 20,000 vertices: quadratic work on it would take minutes.
    let coast: Vec<(f64, f64)> = (0..20_000)
        .map(|k| (10.0 + f64::from(k) * 1e-4, 20.0 + 0.01 * (f64::from(k) * 0.7).sin()))
        .collect();
    let with = |corners: [(f64, f64); 2]| {
        let mut shore = coast.clone();
        shore.extend(corners);
        polygon(&[&shore])
    };
    let west = with([(12.0, 15.0), (10.0, 15.0)]);
    let east = with([(12.0, 25.0), (10.0, 25.0)]);
    assert_eq!(judged(&west, &east), Relation::Touch);
    assert_eq!(judged(&west, &west), Relation::Overlap);
}

#[test]
fn a_thin_overlap_of_large_shapes_has_a_place_in_both() {
    // The second begins 2 m inside the first.
    let edge = destination(p(48.0, 11.0), 90.0, 100_000.0);
    let near = destination(edge, 270.0, 2.0);
    let (east, west) = (edge.lon_deg(), near.lon_deg());
    let a = always(polygon(&[&[(47.0, 10.0), (47.5, east), (48.5, east), (49.0, 10.0)]]));
    let b = always(polygon(&[&[(47.2, 14.0), (47.9, west), (48.1, west), (48.8, 14.0)]]));
    let shared = common(&a, &b, &Rules::default()).unwrap();
    assert!(a.footprint.contains(shared.place) && b.footprint.contains(shared.place));
    assert!((0.5..1.1).contains(&shared.depth_m), "{}", shared.depth_m);
    assert!(!shared.outline.is_empty());
}

#[test]
fn footprints_of_thousands_of_polygons_are_compared_in_no_time() {
    let many = |shift: f64| {
        let polygons = (0..3_000).map(|k| {
            let lat = f64::from(k / 60) * 0.1 + shift;
            let lon = f64::from(k % 60) * 0.1 + shift;
            let triangle = ring(&[(lat, lon), (lat, lon + 0.06), (lat + 0.06, lon)]);
            Polygon::new(vec![triangle], EdgeRule::GreatCircle)
        });
        Footprint::Polygons(polygons.collect::<Result<_, _>>().unwrap())
    };
    assert_eq!(judged(&many(0.0), &many(0.01)), Relation::Overlap);
    assert_eq!(judged(&many(0.0), &many(20.0)), Relation::Apart);
}

#[test]
fn what_is_common_is_inside_both() {
    let (a, b) = (always(polygon(&[SQUARE])), always(circle(2.0, 2.0, 100_000.0)));
    let shared = common(&a, &b, &Rules::default()).unwrap();
    assert!(a.footprint.contains(shared.place) && b.footprint.contains(shared.place));
    assert!((20_000.0..60_000.0).contains(&shared.depth_m), "{}", shared.depth_m);
    assert_eq!(shared.outline.len(), 1);
    let outer = &shared.outline[0][0];
    assert_eq!(outer.first(), outer.last());
    let middle = p(1.7, 1.7);
    let drawn = Footprint::Polygons(vec![
        Polygon::new(shared.outline[0].clone(), EdgeRule::GreatCircle).unwrap(),
    ]);
    assert!(drawn.contains(middle) && !drawn.contains(p(1.0, 1.0)));
}

#[test]
fn what_is_common_lies_between_the_windows_ends() {
    let day = |from, until| Window::new(Some(Instant(from)), Some(Instant(until))).unwrap();
    let a = Volume { window: day(0, 10), ..always(circle(0.0, 0.0, 1_000.0)) };
    let b = Volume { window: day(5, 20), ..a.clone() };
    assert_eq!(common(&a, &b, &Rules::default()).unwrap().window, day(5, 10));
    let later = Volume { window: day(11, 20), ..a.clone() };
    assert_eq!(relation(&a, &later, &Rules::default()).relation, Relation::Apart);
    assert_eq!(common(&a, &later, &Rules::default()), None);
}

#[test]
fn huge_and_tiny_shapes_meet() {
    let half_the_earth = circle(0.0, 0.0, 10_000_000.0);
    assert_eq!(judged(&half_the_earth, &circle(0.0, 89.0, 1.0)), Relation::Overlap);
    assert_eq!(judged(&half_the_earth, &circle(0.0, 92.0, 1.0)), Relation::Apart);
    assert_eq!(judged(&half_the_earth, &circle(0.0, 180.0, 10_000_000.0)), Relation::Apart);
    assert_eq!(judged(&half_the_earth, &circle(0.0, 170.0, 10_000_000.0)), Relation::Overlap);
    let tiny = 1e-5;
    let speck = polygon(&[&[(45.0, 9.0), (45.0, 9.0 + tiny), (45.0 + tiny, 9.0)]]);
    assert_eq!(judged(&speck, &half_the_earth), Relation::Overlap);
    assert_eq!(
        judged(&speck, &polygon(&[&[(44.0, 8.0), (44.0, 10.0), (46.0, 9.0)]])),
        Relation::Overlap
    );
    let long = corridor(&[(0.0, 0.0), (0.0, 178.0)], 1_000_000.0);
    assert_eq!(judged(&long, &speck), Relation::Apart);
    assert_eq!(judged(&long, &circle(5.0, 90.0, 10.0)), Relation::Overlap);
}

#[test]
fn what_is_no_shape_is_refused_with_the_reason() {
    let refused = |rings: &[&[(f64, f64)]]| {
        Polygon::new(rings.iter().map(|r| ring(r)).collect(), EdgeRule::GreatCircle).unwrap_err()
    };
    assert_eq!(refused(&[]), FootprintError::Empty);
    assert_eq!(refused(&[&[(0.0, 0.0), (0.0, 1.0)]]), FootprintError::NoArea { ring: 0 });
    assert_eq!(
        refused(&[&[(0.0, 0.0), (0.0, 1.0), (0.0, 2.0)]]),
        FootprintError::NoArea { ring: 0 }
    );
    assert_eq!(
        refused(&[&[(0.0, 0.0), (1.0, 1.0), (0.0, 0.0), (1.0, 1.0)]]),
        FootprintError::NoArea { ring: 0 }
    );
    // Spikes only, from the pole and back over other vertices, and a shell with itself for a hole.
    let spikes =
        &[(90.0, 0.0), (10.0, -90.0), (60.0, -90.0), (90.0, -50.0), (-10.0, -20.0), (90.0, 10.0)];
    assert_eq!(refused(&[spikes]), FootprintError::NoArea { ring: 0 });
    let twice: &[(f64, f64)] = &[(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (2.0, 0.0)];
    let same: &[(f64, f64)] = &[(0.0, 0.0), (0.0, 2.0), (2.0, 0.0)];
    assert_eq!(refused(&[twice, same]), FootprintError::NoArea { ring: 0 });
    assert!(matches!(
        refused(&[&[(0.0, 0.0), (0.0, 2.0), (2.0, 0.0), (2.0, 2.0)]]),
        FootprintError::Crossing { first: (0, 1), second: (0, 3), .. }
    ));
    // Two edges that cross in a vertex of both; and a ring that only touches itself there.
    let bow_tie = &[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (2.0, 0.0), (1.0, 1.0), (0.0, 2.0)];
    assert!(matches!(refused(&[bow_tie]), FootprintError::Crossing { .. }));
    let touching = &[(0.0, 0.0), (1.0, 1.0), (0.0, 2.0), (2.0, 2.0), (1.0, 1.0), (2.0, 0.0)];
    assert_eq!(judged(&polygon(&[touching]), &circle(1.0, 0.2, 10.0)), Relation::Overlap);
    for corners in [[0.0, 1.0], [50.0, 51.0]] {
        let [low, high] = corners;
        let even = ring(&[(low, 0.0), (high, 1.0), (low, 1.0), (high, 0.0)]);
        for rule in [EdgeRule::GreatCircle, EdgeRule::LonLat, EdgeRule::Geodesic] {
            let error = Polygon::new(vec![even.clone()], rule).unwrap_err();
            assert!(matches!(error, FootprintError::Crossing { .. }), "{rule:?} {error}");
        }
    }
    let far_hole: &[(f64, f64)] = &[(5.0, 5.0), (5.0, 6.0), (6.0, 5.0)];
    assert_eq!(refused(&[SQUARE, far_hole]), FootprintError::HoleMisplaced { ring: 1 });
    let hole: &[(f64, f64)] = &[(0.5, 0.5), (0.5, 1.5), (1.5, 1.5), (1.5, 0.5)];
    assert_eq!(refused(&[SQUARE, hole, hole]), FootprintError::HoleMisplaced { ring: 1 });
    let petals: Vec<(f64, f64)> = (0..5_000)
        .flat_map(|k| {
            let turn = f64::from(k) / 5_000.0 * std::f64::consts::TAU;
            let tip = |t: f64| (10.0 + 5.0 * t.sin(), 10.0 + 5.0 * t.cos());
            [(10.0, 10.0), tip(turn), tip(turn + 5e-4)]
        })
        .collect();
    assert_eq!(refused(&[&petals]), FootprintError::TooIntricate);
    let island: &[(f64, f64)] = &[(0.8, 0.8), (0.8, 1.2), (1.2, 1.0)];
    assert_eq!(refused(&[SQUARE, hole, island]), FootprintError::HoleMisplaced { ring: 2 });
    assert_eq!(
        refused(&[&[(-10.0, 0.0), (-10.0, 120.0), (-10.0, -120.0), (80.0, -60.0)]]),
        FootprintError::OverHemisphere
    );
    assert!(matches!(
        refused(&[&[(0.0, 0.0), (0.0, 180.0), (10.0, 90.0)]]),
        FootprintError::AmbiguousEdge { ring: 0, vertex: 0 }
    ));
    let arctic = ring(&[(60.0, -120.0), (60.0, 120.0), (85.0, 120.0), (85.0, -120.0)]);
    assert!(matches!(
        Polygon::new(vec![arctic], EdgeRule::LonLat).unwrap_err(),
        FootprintError::AmbiguousEdge { ring: 0, vertex: 0 }
    ));
    assert!(Circle::new(p(0.0, 0.0), f64::NAN).is_err());
    assert!(Circle::new(p(0.0, 0.0), 0.0).is_err());
    assert!(Corridor::new(vec![p(0.0, 0.0); 3], 100.0, EdgeRule::GreatCircle).is_err());
    assert!(
        Corridor::new(ring(&[(0.0, 0.0), (1.0, 1.0)]), f64::INFINITY, EdgeRule::GreatCircle)
            .is_err()
    );
}
