//! How large polygons are on the ellipsoid.

use std::f64::consts::TAU;

use crate::planar::pieces;
use crate::vector::{Arc, Vector};

/// The square of WGS84's first eccentricity, f (2 - f) with f = 1/298.257223563.
const E2: f64 = 0.006_694_379_990_141_317;
const A_M: f64 = 6_378_137.0;

/// Square metres enclosed by closed rings of arcs that lie on the left of all arcs or on the right of
/// all, to a thousandth; less than a hemisphere.
///
/// The ellipsoid is taken to the sphere of the same area by authalic latitudes (Snyder, "Map
/// Projections: A Working Manual", 1987, p. 16), where what lies between an arc and the equator is a
/// spherical excess; arcs bend a little on the way, so they are taken in pieces of half a degree.
pub(crate) fn enclosed_m2(arcs: impl Iterator<Item = Arc>) -> f64 {
    let (mut to_equator, mut turn) = (0.0, 0.0);
    let mut pole = None;
    for arc in arcs {
        let starts: Vec<Vector> = pieces(arc).collect();
        let ends = starts.iter().skip(1).copied().chain([arc.b]);
        for (a, b) in starts.iter().zip(ends) {
            // A way to or from a pole lies along a meridian and has nothing beside it.
            if let Some(at_pole) = [*a, b].into_iter().find(|v| v.x == 0.0 && v.y == 0.0) {
                pole = Some(at_pole.z);
                continue;
            }
            let (excess, east) = excess(*a, b);
            to_equator += excess;
            turn += east;
        }
    }
    // Turning on a pole from one meridian to the next passes over all between it and the equator.
    if let Some(sign) = pole {
        to_equator -= sign * turn;
        turn = 0.0;
    }
    // Round a pole the equator's own strip belongs to it.
    let times_round = (turn / TAU).round();
    let left = if times_round == 0.0 {
        to_equator.abs()
    } else {
        (TAU * times_round.abs() - to_equator).rem_euclid(2.0 * TAU)
    };
    left.min(2.0 * TAU - left) * radius2_m2()
}

/// What lies between an arc and the equator on the authalic sphere of radius 1, positive for the
/// northern hemisphere on the way east, and how far east it goes, in radians.
fn excess(a: Vector, b: Vector) -> (f64, f64) {
    // The tangent of half the authalic latitude.
    let half_tangent = |v: Vector| {
        let sine = (q(v.z) / q(1.0)).clamp(-1.0, 1.0);
        sine / (1.0 + ((1.0 - sine) * (1.0 + sine)).sqrt())
    };
    let (t, u) = (half_tangent(a), half_tangent(b));
    let east = (a.x * b.y - a.y * b.x).atan2(a.x * b.x + a.y * b.y);
    let (sin, cos) = (east / 2.0).sin_cos();
    (2.0 * (sin * (t + u)).atan2(cos * (1.0 + t * u)), east)
}

/// Snyder's q (3-12) of a sine of a geodetic latitude.
fn q(sine: f64) -> f64 {
    let e = E2.sqrt();
    (1.0 - E2) * (sine / (1.0 - E2 * sine * sine) + (e * sine).atanh() / e)
}

/// The square of the authalic sphere's radius, in square metres.
fn radius2_m2() -> f64 {
    A_M * A_M * q(1.0) / 2.0
}
