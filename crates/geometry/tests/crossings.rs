//! What outlines that cross themselves mean.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

use deconflict_geometry::{
    Band, Circle, EdgeRule, Footprint, OutlineError, Polygon, Position, Reason, Relation, Rules,
    Verdict, Volume, Window, destination, relation,
};
use proptest::prelude::*;

fn at(lat: f64, lon: f64) -> Position {
    Position::new(lat, lon).unwrap()
}

fn ring(corners: &[(f64, f64)]) -> Vec<Position> {
    corners.iter().map(|&(lat, lon)| at(lat, lon)).collect()
}

fn volume(footprint: Footprint) -> Volume {
    Volume { footprint, band: Band::UNLIMITED, window: Window::ALWAYS }
}

fn outline(rings: Vec<Vec<Position>>) -> Result<Volume, OutlineError> {
    let polygon = Polygon::with_crossings(rings, EdgeRule::GreatCircle)?;
    Ok(volume(Footprint::Polygons(vec![polygon])))
}

fn dot(place: Position, radius_m: f64) -> Volume {
    volume(Footprint::Circle(Circle::new(place, radius_m).unwrap()))
}

fn met(a: &Volume, b: &Volume) -> Verdict {
    let there = relation(a, b, &Rules::default());
    assert_eq!(there, relation(b, a, &Rules::default()), "the answer is symmetric");
    there
}

fn assert_doubtful(verdict: Verdict) {
    assert_eq!(verdict.relation, Relation::Possible);
    assert_eq!(verdict.reasons.iter().collect::<Vec<_>>(), [Reason::SelfCrossing]);
}

/// A square of a degree whose southern side goes back and over itself in a loop; `north` of the
/// side (within the square, wound round twice) or south of it (the other way round).
fn square_with_spike(north: bool) -> Vec<Position> {
    let s = if north { 0.001 } else { -0.001 };
    ring(&[(0.0, 0.0), (0.0, 0.5), (s, 0.49), (-s, 0.495), (-s, 1.0), (1.0, 1.0), (1.0, 0.0)])
}

#[test]
fn a_loop_within_the_outline_is_possible_and_all_else_certain() {
    let square = outline(vec![square_with_spike(true)]).unwrap();
    // The loop has its corners at (0, 0.5), (0.001, 0.49) and about (0, 0.4925).
    assert_doubtful(met(&square, &dot(at(0.0003, 0.494), 5.0)));
    assert_eq!(met(&square, &dot(at(0.5, 0.5), 5.0)).relation, Relation::Overlap);
    assert_eq!(met(&square, &dot(at(0.0006, 0.499), 5.0)).relation, Relation::Overlap);
    assert_eq!(met(&square, &dot(at(-0.0005, 0.6), 5.0)).relation, Relation::Overlap);
    assert_eq!(met(&square, &dot(at(-0.0005, 0.3), 5.0)).relation, Relation::Apart);
    assert_eq!(met(&square, &dot(at(-0.002, 0.5), 5.0)).relation, Relation::Apart);
}

#[test]
fn a_loop_beside_the_outline_is_possible_and_all_else_certain() {
    let square = outline(vec![square_with_spike(false)]).unwrap();
    assert_doubtful(met(&square, &dot(at(-0.0003, 0.494), 5.0)));
    assert_eq!(met(&square, &dot(at(0.0005, 0.3), 5.0)).relation, Relation::Overlap);
    assert_eq!(met(&square, &dot(at(0.0005, 0.6), 5.0)).relation, Relation::Apart);
    assert_eq!(met(&square, &dot(at(-0.0012, 0.494), 5.0)).relation, Relation::Apart);
}

#[test]
fn what_may_stand_in_a_wrong_order_is_possible_up_to_the_sides_as_they_are_straight_on_a_map() {
    // A rectangle by parallels of latitude, with two of its corners exchanged: along its southern side the
    // parallel lies up to 650 m south of the great circle, and along its northern side that lies further out.
    let corners = ring(&[(60.0, 10.0), (60.03, 14.0), (60.0, 14.0), (60.03, 10.0)]);
    let crossed = Polygon::with_crossings(vec![corners], EdgeRule::LonLat).unwrap();
    assert!(crossed.may_be_misdrawn());
    let crossed = volume(Footprint::Polygons(vec![crossed]));
    for (lat, lon) in [(60.003, 12.0), (60.0005, 11.0), (60.0005, 13.0), (60.029, 12.0)] {
        let verdict = met(&crossed, &dot(at(lat, lon), 5.0));
        assert_ne!(verdict.relation, Relation::Apart, "{lat} {lon}");
    }
    assert_eq!(met(&crossed, &dot(at(59.99, 12.0), 5.0)).relation, Relation::Apart);
    // The same across the antimeridian.
    let corners = ring(&[(60.0, 178.0), (60.03, -178.0), (60.0, -178.0), (60.03, 178.0)]);
    let crossed = Polygon::with_crossings(vec![corners], EdgeRule::LonLat).unwrap();
    let crossed = volume(Footprint::Polygons(vec![crossed]));
    assert_ne!(met(&crossed, &dot(at(60.003, 180.0), 5.0)).relation, Relation::Apart);
}

#[test]
fn a_wide_loop_that_is_wound_round_twice_is_kept_in_doubt() {
    // A spiral of one turn and a half: its middle is wound round twice.
    let spiral = ring(&[
        (0.0, 0.0),
        (0.0, 4.0),
        (4.0, 4.0),
        (4.0, 0.0),
        (1.0, 0.0),
        (1.0, 3.0),
        (3.0, 3.0),
        (3.0, -1.0),
        (0.0, -1.0),
    ]);
    let spiral = outline(vec![spiral]).unwrap();
    assert_doubtful(met(&spiral, &dot(at(2.0, 2.0), 1000.0)));
    assert_eq!(met(&spiral, &dot(at(0.5, 2.0), 1000.0)).relation, Relation::Overlap);
    assert_eq!(met(&spiral, &dot(at(2.0, -0.5), 1000.0)).relation, Relation::Overlap);
    // In its convex hull, within which any order of the vertices lies, and outside.
    assert_doubtful(met(&spiral, &dot(at(3.3, -0.5), 1000.0)));
    assert_eq!(met(&spiral, &dot(at(3.7, -0.7), 1000.0)).relation, Relation::Apart);
}

/// Points around (10, 20), each a bearing in degrees and a distance in metres.
fn around(points: &[(f64, f64)]) -> Vec<Position> {
    let center = at(10.0, 20.0);
    points.iter().map(|&(azimuth_deg, m)| destination(center, azimuth_deg, m)).collect()
}

#[test]
fn a_star_of_five_points_drawn_in_one_line_is_certain_in_its_points_alone() {
    for radius_m in [1_000.0, 10_000.0, 100_000.0] {
        let corners = [0.0, 144.0, 288.0, 72.0, 216.0].map(|azimuth| (azimuth, radius_m));
        for turned in [false, true] {
            let mut ring = around(&corners);
            if turned {
                ring.reverse();
            }
            let polygon = Polygon::with_crossings(vec![ring], EdgeRule::GreatCircle).unwrap();
            assert!(polygon.may_be_misdrawn());
            let star = volume(Footprint::Polygons(vec![polygon]));
            let there = |azimuth: f64, share: f64| {
                met(&star, &dot(around(&[(azimuth, share * radius_m)])[0], 1.0))
            };
            // Wound round twice: full to some readers, empty to others.
            assert_doubtful(there(0.0, 0.0));
            assert_doubtful(there(36.0, 0.3));
            assert_eq!(there(72.0, 0.7).relation, Relation::Overlap);
            // Between two points, where a pentagon of the same vertices would reach.
            assert_doubtful(there(36.0, 0.6));
            assert_eq!(there(36.0, 0.9).relation, Relation::Apart);
        }
    }
}

#[test]
fn what_may_stand_in_a_wrong_order_is_possible_up_to_its_geodesics() {
    // Two long sides, of which each bends away from the great circle on one side or the other.
    let corners = ring(&[(60.0, 10.0), (60.03, 17.0), (60.0, 17.0), (60.03, 10.0)]);
    let (south, north) = ((corners[0], corners[2]), (corners[3], corners[1]));
    let crossed = Polygon::with_crossings(vec![corners], EdgeRule::Geodesic).unwrap();
    assert!(crossed.may_be_misdrawn());
    let crossed = volume(Footprint::Polygons(vec![crossed]));
    for (from, to) in [south, north] {
        let (length_m, azimuth_deg) = deconflict_geometry::distance_and_azimuth(from, to);
        for share in 1..20 {
            let place = destination(from, azimuth_deg, length_m * f64::from(share) / 20.0);
            assert_ne!(met(&crossed, &dot(place, 1.0)).relation, Relation::Apart, "{place}");
        }
    }
    // How far geodesics of half the earth may bend is not known.
    let far = ring(&[(60.0, 10.0), (60.03, 40.0), (60.0, 40.0), (60.03, 10.0)]);
    assert!(Polygon::with_crossings(vec![far], EdgeRule::Geodesic).is_err());
}

#[test]
fn an_outline_without_area_is_possible_as_far_as_an_arc_over_it_may_reach() {
    let length_m = 10_000.0;
    let ends = around(&[(0.0, 0.0), (90.0, length_m)]);
    let middle = around(&[(90.0, 4_000.0)])[0];
    let beside = |m: f64| destination(around(&[(90.0, length_m / 2.0)])[0], 0.0, m);
    for vertices in [
        vec![ends[0], ends[1]],
        vec![ends[0], ends[1], ends[0]],
        vec![ends[0], ends[1], ends[1], ends[0]],
    ] {
        assert!(Polygon::new(vec![vertices.clone()], EdgeRule::GreatCircle).is_err());
        for rule in [EdgeRule::GreatCircle, EdgeRule::Geodesic, EdgeRule::LonLat] {
            let polygon = Polygon::with_crossings(vec![vertices.clone()], rule).unwrap();
            assert!(polygon.is_flat() && !polygon.may_be_misdrawn());
            assert!(polygon.area_m2() < 1.0);
            let line = volume(Footprint::Polygons(vec![polygon]));
            for place in [middle, ends[1], beside(0.99 * length_m / 2.0)] {
                let verdict = met(&line, &dot(place, 1.0));
                assert_eq!(verdict.relation, Relation::Possible, "{place}");
                assert_eq!(verdict.reasons.iter().collect::<Vec<_>>(), [Reason::NoArea]);
            }
            assert_eq!(met(&line, &dot(beside(0.6 * length_m), 1.0)).relation, Relation::Apart);
            assert_eq!(met(&line, &line).relation, Relation::Possible);
        }
    }
    // A way of several legs, there and back.
    let legs = ring(&[(0.0, 0.0), (0.0, 0.1), (0.1, 0.2), (0.0, 0.1)]);
    let polygon = Polygon::with_crossings(vec![legs], EdgeRule::GreatCircle).unwrap();
    assert!(polygon.is_flat());
}

#[test]
fn an_outline_without_area_is_refused_where_it_is_a_point_or_would_put_whole_regions_in_doubt() {
    let outlines = [
        vec![ring(&[(10.0, 20.0)])],
        vec![ring(&[(10.0, 20.0), (10.0, 20.0), (10.0, 20.0)])],
        vec![ring(&[(10.0, 20.0), (10.0, 20.000_001)])],
        vec![ring(&[(10.0, 20.0), (10.0, 20.5)])],
        // As a hole, or with one.
        vec![
            ring(&[(10.0, 20.0), (10.0, 20.1)]),
            ring(&[(10.0, 20.0), (10.1, 20.0), (10.1, 20.1)]),
        ],
        vec![
            ring(&[(10.0, 20.0), (10.1, 20.0), (10.1, 20.1)]),
            ring(&[(10.0, 20.0), (10.1, 20.0)]),
        ],
    ];
    for rings in outlines {
        let error = outline(rings).unwrap_err().to_string();
        assert!(error.contains("encloses no area"), "{error}");
    }
}

#[test]
fn loops_that_are_no_rounding_are_refused_with_every_crossing_and_its_size() {
    let twice = ring(&[
        (0.0, 0.0),
        (0.0, 2.0),
        (-0.5, 3.0),
        (-0.5, 2.5),
        (0.0, 3.2),
        (0.0, 5.0),
        (-0.5, 6.0),
        (-0.5, 5.5),
        (0.0, 6.2),
        (0.0, 8.0),
        (5.0, 8.0),
        (5.0, 0.0),
    ]);
    let error = outline(vec![twice]).unwrap_err();
    let OutlineError::Crosses { crossings, count } = &error else { panic!("{error}") };
    assert_eq!((crossings.len(), *count), (2, 2));
    let text = error.to_string();
    assert!(text.contains("crosses itself in 2 places"), "{text}");
    for (edges, lon) in [(("edge 1 ", "edge 3 "), 2.7), (("edge 5 ", "edge 7 "), 5.7)] {
        assert!(text.contains(edges.0) && text.contains(edges.1), "{text}");
        assert!(crossings.iter().any(|c| (c.near.lon_deg() - lon).abs() < 0.02), "{text}");
    }
    let size = crossings[0].size.unwrap();
    assert!((30_000.0..40_000.0).contains(&size.reach_m), "{size:?}");
    assert!((10_000.0..16_000.0).contains(&size.width_m), "{size:?}");
}

#[test]
fn a_bow_tie_may_be_all_that_lies_between_its_corners_or_is_refused() {
    let corners = [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)];
    let tie = |size: f64| {
        let corners: Vec<(f64, f64)> = corners.iter().map(|(a, b)| (a * size, b * size)).collect();
        outline(vec![ring(&corners)])
    };
    assert!(tie(1.0).unwrap_err().to_string().contains("crosses edge"));
    for size in [0.01, 0.001] {
        let tie = tie(size).unwrap();
        for (north, east) in [(0.5, 0.1), (0.5, 0.9), (0.1, 0.5), (0.9, 0.5)] {
            let place = at(north * size, east * size);
            assert_doubtful(met(&tie, &dot(place, 1.0)));
        }
        assert_eq!(met(&tie, &dot(at(1.1 * size, 0.5 * size), 1.0)).relation, Relation::Apart);
    }
}

#[test]
fn an_outline_with_a_wide_loop_beside_it_is_certain_where_every_order_of_it_is() {
    // A square of half a degree, and a loop of 3 km over its southern side.
    let square = ring(&[
        (0.0, 0.0),
        (0.0, 0.3),
        (-0.03, 0.35),
        (-0.03, 0.25),
        (0.0, 0.32),
        (0.0, 0.5),
        (0.5, 0.5),
        (0.5, 0.0),
    ]);
    let polygon = Polygon::with_crossings(vec![square.clone()], EdgeRule::GreatCircle).unwrap();
    assert!(polygon.may_be_misdrawn());
    let square = outline(vec![square]).unwrap();
    assert_eq!(met(&square, &dot(at(0.25, 0.25), 100.0)).relation, Relation::Overlap);
    // In the loop, and between it and the corners.
    assert_doubtful(met(&square, &dot(at(-0.025, 0.3), 100.0)));
    assert_doubtful(met(&square, &dot(at(-0.005, 0.15), 100.0)));
    assert_eq!(met(&square, &dot(at(-0.04, 0.3), 100.0)).relation, Relation::Apart);
}

#[test]
fn a_hole_that_reaches_a_little_over_the_shell_leaves_that_in_doubt() {
    let shell = ring(&[(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)]);
    for turned in [false, true] {
        let mut hole = ring(&[(-0.001, 0.4), (-0.001, 0.6), (0.5, 0.6), (0.5, 0.4)]);
        if turned {
            hole.reverse();
        }
        let square = outline(vec![shell.clone(), hole]).unwrap();
        assert_doubtful(met(&square, &dot(at(-0.0005, 0.5), 5.0)));
        assert_eq!(met(&square, &dot(at(0.25, 0.5), 5.0)).relation, Relation::Apart);
        assert_eq!(met(&square, &dot(at(0.25, 0.2), 5.0)).relation, Relation::Overlap);
    }
}

#[test]
fn neighbours_along_a_shared_edge_touch_where_the_loop_is_elsewhere() {
    let square = outline(vec![square_with_spike(true)]).unwrap();
    let neighbour = outline(vec![ring(&[(1.0, 1.0), (1.0, 0.0), (2.0, 0.5)])]).unwrap();
    assert_eq!(met(&square, &neighbour).relation, Relation::Touch);
    assert_eq!(met(&square, &square).relation, Relation::Overlap);
}

#[test]
fn a_ring_of_two_thousand_crossings_is_refused_in_words() {
    // Zigzag there and back through itself.
    let mut zigzag: Vec<(f64, f64)> =
        (0..2_100).map(|k| (if k % 2 == 0 { 0.0 } else { 0.001 }, f64::from(k) * 1e-4)).collect();
    zigzag.extend(
        (0..2_100)
            .rev()
            .map(|k| (if k % 2 == 0 { 0.0011 } else { 0.0001 }, f64::from(k) * 1e-4 + 1e-5)),
    );
    let error = outline(vec![ring(&zigzag)]).unwrap_err().to_string();
    assert!(error.contains("in 1000 places") && error.contains("and 950 more"), "{error}");
}

/// How often a ring winds round a point, by angles on a plane around it.
fn winding(ring: &[(f64, f64)], p: (f64, f64)) -> i32 {
    let turn: f64 = (0..ring.len())
        .map(|i| {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            let (a, b) = ((a.0 - p.0, a.1 - p.1), (b.0 - p.0, b.1 - p.1));
            (a.0 * b.1 - a.1 * b.0).atan2(a.0 * b.0 + a.1 * b.1)
        })
        .sum();
    (turn / std::f64::consts::TAU).round() as i32
}

proptest! {
    /// Any scribble that is not refused: what a point is, is what its winding number says.
    #[test]
    fn a_point_is_certain_possible_or_out_as_its_winding_says(
        corners in proptest::collection::vec((-1.0..1.0f64, -1.0..1.0f64), 4..9),
        points in proptest::collection::vec((-1.0..1.0f64, -1.0..1.0f64), 12),
        center in (-80.0..80.0f64, -180.0..180.0f64),
    ) {
        // Small enough (100 m) that the plane's straight lines are the arcs within 1 mm, and beside
        // a large plain part, so that its loops are small beside it.
        let center = at(center.0, center.1);
        let place = |(x, y): (f64, f64)| {
            destination(center, x.atan2(y).to_degrees(), 50.0 * x.hypot(y))
        };
        let far = [(1.2, 1.2), (60.0, 1.2), (60.0, 60.0), (-60.0, 60.0), (-60.0, 1.2), (-1.2, 1.2)];
        let plane: Vec<(f64, f64)> = corners.iter().copied().chain(far).collect();
        let outline = outline(vec![plane.iter().map(|&p| place(p)).collect()]);
        prop_assume!(outline.is_ok());
        let outline = outline.unwrap();
        let whole: f64 = (0..plane.len())
            .map(|i| {
                let (a, b) = (plane[i], plane[(i + 1) % plane.len()]);
                a.0 * b.1 - a.1 * b.0
            })
            .sum();
        for p in points {
            let near_boundary = (0..plane.len()).any(|i| {
                let (a, b) = (plane[i], plane[(i + 1) % plane.len()]);
                let (dx, dy) = (b.0 - a.0, b.1 - a.1);
                let along = ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy);
                let t = along.clamp(0.0, 1.0);
                (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy) * 50.0 < 2.0
            });
            if near_boundary {
                continue;
            }
            let expected = match winding(&plane, p) * whole.signum() as i32 {
                0 => Relation::Apart,
                n if n > 0 && n % 2 == 1 => Relation::Overlap,
                _ => Relation::Possible,
            };
            prop_assert_eq!(met(&outline, &dot(place(p), 1.0)).relation, expected, "{:?}", p);
        }
    }
}
