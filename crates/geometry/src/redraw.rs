//! Lines of one edge rule as lines of another.

use crate::edges::{both_ways, longitude_turn, point_along};
use crate::geodesic::MEAN_RADIUS_M;
use crate::vector::Vector;
use crate::{EdgeRule, Position};

/// How far, in metres, an edge of the one rule may lie from the great circle, and the great circle
/// from the edge of the other, before a vertex is put between.
const TOLERANCE_M: f64 = 0.05;

/// A geodesic whose ends differ by less than this, in degrees of latitude and of longitude (15.7 km),
/// lies within [`TOLERANCE_M`] of the great circle.
const SHORT_DEG: f64 = 0.1;

/// An edge is halved at most so often: after 40 times half the earth is 0.02 mm.
const MAX_HALVINGS: u32 = 40;

/// A line or, where `closed`, a ring of one rule with vertices added until it means, within 0.1 m,
/// the same under another rule. Under the same rule it stays as it is. A ring is not closed by a
/// repeated vertex, neither here nor there.
///
/// ```
/// use deconflict_geometry::{EdgeRule, Position, redraw};
/// let parallel = [(50.0, 0.0), (50.0, 3.0)].map(|(lat, lon)| Position::new(lat, lon).unwrap());
/// let dense = redraw(&parallel, false, EdgeRule::LonLat, EdgeRule::GreatCircle);
/// assert!(dense.len() > 2 && dense.iter().all(|p| p.lat_deg() == 50.0));
/// ```
pub fn redraw(line: &[Position], closed: bool, from: EdgeRule, to: EdgeRule) -> Vec<Position> {
    if from == to {
        return line.to_vec();
    }
    let mut dense = Vec::with_capacity(line.len());
    let ends = line.iter().skip(1).chain(closed.then(|| line.first()).flatten());
    for (a, b) in line.iter().zip(ends) {
        dense.push(*a);
        dense.extend(both_ways(*a, *b, |a, b| {
            let mut between = Vec::new();
            halve(a, b, from, to, MAX_HALVINGS, &mut between);
            between
        }));
    }
    if !closed {
        dense.extend(line.last());
    }
    dense
}

/// About how many vertices a line or ring has once its edges are great circles; told without
/// drawing them.
pub fn redrawn_len(line: &[Position], closed: bool, rule: EdgeRule) -> usize {
    let ends = line.iter().skip(1).chain(closed.then(|| line.first()).flatten());
    line.iter()
        .zip(ends)
        .map(|(a, b)| {
            if is_short(*a, *b, rule) {
                return 1;
            }
            // n pieces of an edge deviate n^2 times less.
            1 + (deviation_m(*a, *b, rule) / TOLERANCE_M).sqrt() as usize
        })
        .sum()
}

/// Whether an edge is so short that it lies within [`TOLERANCE_M`] of its great circle, told
/// without following it.
fn is_short(a: Position, b: Position, rule: EdgeRule) -> bool {
    let lat = (b.lat_deg() - a.lat_deg()).abs();
    let lon = longitude_turn(a, b).abs();
    match rule {
        EdgeRule::GreatCircle => true,
        EdgeRule::Geodesic => lat < SHORT_DEG && lon < SHORT_DEG,
        EdgeRule::LonLat => {
            // With lat(t) and lon(t) linear, the acceleration along the sphere is at most
            // lon' (lon' + 2 lat'), and a chord's sagitta an eighth of it.
            let (lat, lon) = (lat.to_radians(), lon.to_radians());
            MEAN_RADIUS_M / 8.0 * lon * (lon + 2.0 * lat) < TOLERANCE_M / 2.0
        }
    }
}

/// Adds the vertices that the edge from `a` to `b` needs between them.
fn halve(
    a: Position,
    b: Position,
    from: EdgeRule,
    to: EdgeRule,
    left: u32,
    dense: &mut Vec<Position>,
) {
    if left == 0 || (deviation_m(a, b, from) <= TOLERANCE_M && deviation_m(a, b, to) <= TOLERANCE_M)
    {
        return;
    }
    let middle = point_along(a, b, 0.5, from);
    if middle == a || middle == b {
        return;
    }
    halve(a, middle, from, to, left - 1, dense);
    dense.push(middle);
    halve(middle, b, from, to, left - 1, dense);
}

/// How far the edge lies from the plane of the great circle through its ends. An edge straight in
/// longitude and latitude across the equator is an S, so the middle alone would not do.
fn deviation_m(a: Position, b: Position, rule: EdgeRule) -> f64 {
    if rule == EdgeRule::GreatCircle || a == b {
        return 0.0;
    }
    let normal = Vector::of(a).cross(Vector::of(b)).unit();
    [0.25, 0.5, 0.75]
        .into_iter()
        .map(|t| normal.dot(Vector::of(point_along(a, b, t, rule))).abs() * MEAN_RADIUS_M)
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Position {
        Position::new(lat, lon).unwrap()
    }

    #[test]
    fn an_edge_that_is_taken_for_short_lies_within_the_tolerance() {
        for lat in (-90..=90).map(f64::from) {
            for step in [0.000_01, 0.001, 0.01, 0.02, 0.05, 0.099, 0.0999] {
                for (dlat, dlon) in [(1.0, 0.0), (1.0, 0.3), (1.0, 1.0), (0.3, 1.0), (0.0, 1.0)] {
                    let a = at(lat, 8.0);
                    let b = at((lat + dlat * step).min(90.0), 8.0 + dlon * step);
                    for rule in [EdgeRule::Geodesic, EdgeRule::LonLat] {
                        if is_short(a, b, rule) {
                            let deviation_m = deviation_m(a, b, rule);
                            assert!(deviation_m <= TOLERANCE_M, "{a} {b} {rule:?} {deviation_m}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_edges_of_a_small_volume_are_taken_for_short() {
        for rule in [EdgeRule::Geodesic, EdgeRule::LonLat] {
            assert!(is_short(at(47.0, 8.0), at(47.004, 8.004), rule), "{rule:?}");
            assert!(!is_short(at(47.0, 8.0), at(47.0, 10.0), rule), "{rule:?}");
        }
    }

    #[test]
    fn a_line_stays_as_it_is_under_its_own_rule() {
        let line = [at(50.0, 0.0), at(55.0, 80.0)];
        for rule in [EdgeRule::GreatCircle, EdgeRule::Geodesic, EdgeRule::LonLat] {
            assert_eq!(redraw(&line, true, rule, rule), line);
        }
    }

    #[test]
    fn vertices_are_added_until_both_rules_mean_the_same() {
        let rules = [EdgeRule::GreatCircle, EdgeRule::Geodesic, EdgeRule::LonLat];
        for ends in [
            [at(50.0, 0.0), at(50.0, 3.0)],
            [at(-10.0, 0.0), at(10.0, 5.0)],
            [at(60.0, 179.0), at(62.0, -178.0)],
            [at(89.9, 0.0), at(89.9, 170.0)],
        ] {
            for from in rules {
                for to in rules.into_iter().filter(|to| *to != from) {
                    let dense = redraw(&ends, false, from, to);
                    assert_eq!((dense.first(), dense.last()), (ends.first(), ends.last()));
                    assert!(dense.len() < 2_000, "{from:?} {to:?}: {}", dense.len());
                    let short = ends[0].lat_deg() > 89.0;
                    assert!(dense.len() > 2 || short, "{from:?} {to:?} {ends:?}");
                    for pair in dense.windows(2) {
                        let apart =
                            deviation_m(pair[0], pair[1], from) + deviation_m(pair[0], pair[1], to);
                        assert!(apart <= 0.1, "{from:?} {to:?} {pair:?}: {apart} m");
                    }
                }
            }
        }
    }

    #[test]
    fn the_closing_edge_of_a_ring_is_densified_too() {
        let ring = [at(50.0, 0.0), at(50.01, 0.0), at(50.01, 3.0)];
        let dense = redraw(&ring, true, EdgeRule::LonLat, EdgeRule::GreatCircle);
        assert!(*dense.last().unwrap() != ring[2]);
    }

    #[test]
    fn a_parallel_is_not_cut_short() {
        // The great circle from 50N 0E to 50N 3E bulges 2.5 km north of the parallel.
        let dense =
            redraw(&[at(50.0, 0.0), at(50.0, 3.0)], false, EdgeRule::LonLat, EdgeRule::GreatCircle);
        assert!(dense.iter().all(|p| p.lat_deg() == 50.0));
    }
}
