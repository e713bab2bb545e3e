//! What is certain of polygons whose boundaries as declared may lie beside those drawn.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

use std::f64::consts::TAU;

use deconflict_geometry::{
    Band, EdgeRule, Footprint, Polygon, Position, Reason, Relation, Rules, Volume, Window,
    destination, distance_and_azimuth, relation, relation_and_common,
};
use proptest::prelude::*;

fn p(lat: f64, lon: f64) -> Position {
    Position::new(lat, lon).unwrap()
}

/// A volume over a ring whose boundary may lie `residual_m` metres beside it.
fn volume(ring: &[Position], residual_m: f64) -> Option<Volume> {
    let polygon = Polygon::new(vec![ring.to_vec()], EdgeRule::GreatCircle).ok()?;
    let footprint = Footprint::Polygons(vec![polygon.with_residual(residual_m)]);
    Some(Volume { footprint, band: Band::UNLIMITED, window: Window::ALWAYS })
}

/// The relation of two volumes, the same by each way of asking.
fn judged(a: &Volume, b: &Volume) -> Relation {
    let rules = Rules::default();
    let verdict = relation(a, b, &rules);
    assert_eq!(verdict, relation(b, a, &rules));
    for (a, b) in [(a, b), (b, a)] {
        let (drawn, common) = relation_and_common(a, b, &rules, |_| true);
        assert_eq!(verdict, drawn);
        assert_eq!(common.is_some(), verdict.relation != Relation::Apart);
    }
    if verdict.relation == Relation::Possible {
        assert_eq!(verdict.reasons.iter().collect::<Vec<_>>(), [Reason::EdgeResidual]);
    }
    verdict.relation
}

/// The corners of a star around a place.
fn star(center: Position, size_m: f64, radii: &[f64]) -> Vec<Position> {
    let corner = |(k, share): (usize, &f64)| {
        destination(center, 360.0 * k as f64 / radii.len() as f64, size_m * share)
    };
    radii.iter().enumerate().map(corner).collect()
}

/// A ring as it may be meant: each corner off by at most `residual_m` metres, all in one direction or,
/// without one, inward.
fn meant(ring: &[Position], center: Position, residual_m: f64, to: Option<f64>) -> Vec<Position> {
    let inward = |corner: &Position| distance_and_azimuth(*corner, center).1;
    ring.iter().map(|c| destination(*c, to.unwrap_or_else(|| inward(c)), residual_m)).collect()
}

fn direction() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![1 => Just(None), 3 => (0.0..360.0f64).prop_map(Some)]
}

/// A residual in metres, as often small as large.
fn residual_m() -> impl Strategy<Value = f64> {
    (-1.0..1.7f64).prop_map(|exponent| 10f64.powf(exponent))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    /// Whatever is certain holds of every boundary that may be meant.
    #[test]
    fn what_is_certain_holds_wherever_the_boundaries_run(
        (lat, lon) in (-80.0..80.0f64, -180.0..180.0f64),
        (own_radii, its_radii) in (
            proptest::collection::vec(0.4..1.0f64, 3..30),
            proptest::collection::vec(0.4..1.0f64, 3..30),
        ),
        (own_km, its_km) in (0.3..40.0f64, 0.3..40.0f64),
        (own_m, its_m) in (residual_m(), residual_m()),
        azimuth_deg in 0.0..360.0f64,
        near in -3.0..3.0f64,
        moves in proptest::collection::vec((direction(), direction()), 6),
    ) {
        let center = p(lat, lon);
        let ring = star(center, 1000.0 * own_km, &own_radii);
        // The other one's first corner lies near a corner of the first.
        let corner = ring[0];
        let beside = destination(corner, azimuth_deg, near * (own_m + its_m));
        let its_center = destination(beside, 180.0 + azimuth_deg, -1000.0 * its_km * its_radii[0]);
        let mut its_ring = star(its_center, 1000.0 * its_km, &its_radii);
        its_ring[0] = beside;
        let (Some(a), Some(b)) = (volume(&ring, own_m), volume(&its_ring, its_m)) else {
            return Ok(());
        };
        let found = judged(&a, &b);
        for (own, its) in moves {
            let own = meant(&ring, center, 0.98 * own_m, own);
            let its = meant(&its_ring, its_center, 0.98 * its_m, its);
            let (Some(a), Some(b)) = (volume(&own, 0.0), volume(&its, 0.0)) else { continue };
            let meant = judged(&a, &b);
            match found {
                Relation::Overlap | Relation::Apart => prop_assert_eq!(meant, found),
                _ => {}
            }
        }
    }

    /// A strip in common is certain from the sum of what both boundaries may be off by, and not below.
    #[test]
    fn a_strip_is_certain_where_it_is_wider_than_both_residuals(
        (own_m, its_m) in (residual_m(), residual_m()),
        share in prop_oneof![0.2..0.97f64, 1.03..3.0f64],
        km in 1.0..60.0f64,
    ) {
        // Along the equator, where a strip is as wide everywhere.
        let (width, strip) = (km / 111.32, share * (own_m + its_m) / 110_574.3);
        let north = [(0.0, 7.0), (0.0, 7.0 + width), (width, 7.0 + width), (width, 7.0)];
        let (west, east) = (7.0 + 0.1 * width, 7.0 + 0.9 * width);
        let south = [(strip, west), (strip, east), (-width, east), (-width, west)];
        let (north, south) = (north.map(|(y, x)| p(y, x)), south.map(|(y, x)| p(y, x)));
        let (Some(a), Some(b)) = (volume(&north, own_m), volume(&south, its_m)) else {
            return Err(TestCaseError::fail("no polygons"));
        };
        let expected = if share > 1.0 { Relation::Overlap } else { Relation::Possible };
        prop_assert_eq!(judged(&a, &b), expected);
    }

    /// A bay that is deep enough is found beside a strip that is larger, and thinner than what is drawn.
    #[test]
    fn the_deepest_part_counts_not_the_largest(
        km in 20.0..100.0f64,
        at in 0.1..0.9f64,
        residual_m in 3.0..25.0f64,
        strip in 0.1..1.5f64,
    ) {
        let base = p(45.0, 7.0);
        let along = |metres: f64, up_m: f64| destination(destination(base, 90.0, metres), 0.0, up_m);
        let (length_m, strip_m) = (1000.0 * km, strip * residual_m);
        let south: Vec<Position> =
            [(0.0, -length_m), (length_m, -length_m), (length_m, 0.0), (0.0, 0.0)].map(|(x, y)| along(x, y)).to_vec();
        // Its lower edge swings about the other's upper one, a round bay apart.
        let radius_m = 1.3 * residual_m;
        let (bay_m, clear_m) = (at * length_m, 20.0 * residual_m);
        let mut north = vec![along(0.0, length_m)];
        let swings = 300;
        for k in 0..=swings {
            let x = length_m * f64::from(k) / f64::from(swings);
            let apart = (x - bay_m).abs();
            if apart > clear_m {
                north.push(along(x, if k % 2 == 0 { strip_m / 4.0 } else { -strip_m }));
            }
            let next = length_m * f64::from(k + 1) / f64::from(swings);
            if x < bay_m && bay_m <= next {
                // Into the other one through a gap that is as good as shut.
                north.push(along(bay_m - 1e-3, 1.0));
                for k in 0..=16 {
                    let angle = TAU * f64::from(k) / 16.0 * 0.999;
                    let (x, y) = (bay_m - 1e-3 - radius_m * angle.sin(), -2e-3 - radius_m * (1.0 - angle.cos()));
                    north.push(along(x, y));
                }
                north.push(along(bay_m + 1e-3, 1.0));
            }
        }
        north.push(along(length_m, length_m));
        let (Some(a), Some(b)) = (volume(&north, residual_m), volume(&south, residual_m)) else {
            return Err(TestCaseError::fail("no polygons"));
        };
        prop_assert_eq!(judged(&a, &b), Relation::Overlap);
    }
}
