//! Areas against Karney's polygons of geodesics (geographiclib).

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

use deconflict_geometry::{EdgeRule, Polygon, Position, destination, redraw};
use geographiclib_rs::{Geodesic, PolygonArea, Winding};
use proptest::prelude::*;

/// The area that geographiclib has for a ring, whose edges are first drawn as geodesics.
fn karney_m2(ring: &[Position], rule: EdgeRule) -> f64 {
    let geodesic = Geodesic::wgs84();
    let mut area = PolygonArea::new(&geodesic, Winding::CounterClockwise);
    for p in redraw(ring, true, rule, EdgeRule::Geodesic) {
        area.add_point(p.lat_deg(), p.lon_deg());
    }
    let (_, signed_m2, _) = area.compute(true);
    signed_m2.abs()
}

fn assert_equal(polygon: &Polygon) {
    let rings = polygon.rings().iter().map(|ring| karney_m2(ring, polygon.rule()));
    let expected: f64 = rings.enumerate().map(|(i, m2)| if i == 0 { m2 } else { -m2 }).sum();
    let found = polygon.area_m2();
    // A fifth of a metre along the boundary is what two edge rules drawn anew may differ by.
    assert!((found - expected).abs() <= 1e-3 * expected + 1.0, "{found} {expected} {polygon:?}");
}

#[test]
fn long_edges_along_parallels_and_round_a_pole() {
    let ring = |corners: &[(f64, f64)]| -> Vec<Position> {
        corners.iter().map(|&(lat, lon)| Position::new(lat, lon).unwrap()).collect()
    };
    let strip = ring(&[(60.0, 0.0), (60.0, 60.0), (61.0, 60.0), (61.0, 0.0)]);
    let cap = ring(&[(70.0, 0.0), (60.0, 120.0), (65.0, -120.0)]);
    let hole = ring(&[(80.0, 0.0), (85.0, 120.0), (80.0, -120.0)]);
    let south = ring(&[(-70.0, 0.0), (-60.0, 120.0), (-65.0, -120.0)]);
    let to_the_pole = ring(&[(90.0, 0.0), (80.0, 10.0), (80.0, 100.0)]);
    for rule in [EdgeRule::GreatCircle, EdgeRule::Geodesic, EdgeRule::LonLat] {
        assert_equal(&Polygon::new(vec![strip.clone()], rule).unwrap());
        assert_equal(&Polygon::new(vec![to_the_pole.clone()], rule).unwrap());
    }
    for rule in [EdgeRule::GreatCircle, EdgeRule::Geodesic] {
        assert_equal(&Polygon::new(vec![cap.clone(), hole.clone()], rule).unwrap());
        assert_equal(&Polygon::new(vec![south.clone()], rule).unwrap());
    }
}

#[test]
fn the_area_of_an_outline_that_crosses_itself_is_that_of_its_ring() {
    let corner = |(lat, lon)| Position::new(lat, lon).unwrap();
    let ring = [(0.0, 0.0), (0.0, 0.2), (0.0003, 0.196), (-0.0003, 0.198), (0.0, 1.0), (1.0, 0.5)];
    let ring: Vec<Position> = ring.into_iter().map(corner).collect();
    assert_equal(&Polygon::with_crossings(vec![ring], EdgeRule::GreatCircle).unwrap());
}

proptest! {
    #[test]
    fn areas_are_those_of_the_ellipsoid(
        (lat, lon) in (-90.0..=90.0f64, -180.0..=180.0f64),
        exponent in 1.0..6.3f64,
        radii in proptest::collection::vec(0.3..1.0f64, 3..9),
        rule in prop_oneof![
            Just(EdgeRule::GreatCircle), Just(EdgeRule::Geodesic), Just(EdgeRule::LonLat)
        ],
    ) {
        let center = Position::new(lat, lon).unwrap();
        let size_m = 10f64.powf(exponent);
        let ring = radii.iter().enumerate().map(|(k, share)| {
            destination(center, 360.0 * k as f64 / radii.len() as f64, size_m * share)
        });
        let polygon = Polygon::new(vec![ring.collect()], rule);
        prop_assume!(polygon.is_ok());
        assert_equal(&polygon.unwrap());
    }
}
