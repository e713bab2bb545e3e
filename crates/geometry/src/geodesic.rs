//! Distances on the WGS84 ellipsoid.

use std::sync::LazyLock;

use geographiclib_rs::{DirectGeodesic, Geodesic, InverseGeodesic};

use crate::Position;
use crate::vector::{Arc, Vector};

static WGS84: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);

/// The mean radius of the earth in metres (IUGG 1980), to which angles are scaled.
pub(crate) const MEAN_RADIUS_M: f64 = 6_371_008.8;

/// With latitudes taken straight to the sphere of [`MEAN_RADIUS_M`], every ellipsoidal distance is
/// at least this times the spherical one: the least of M/R and N/R, M = a(1 - e²) at the equator.
/// Rounded down.
pub(crate) const SHORTEST: f64 = 0.994_416;
/// And at most this: M = N = a²/b at the poles. Rounded up.
pub(crate) const LONGEST: f64 = 1.004_488;

/// Distances that differ by less are not told apart: GeographicLib is good to about 15 nm, the
/// n-vectors to about 1 nm.
pub(crate) const RESOLUTION_M: f64 = 1e-5;

/// The geodesic distance in metres and the azimuth at `from` in degrees clockwise from north,
/// [-180, 180] (Karney, "Algorithms for geodesics", 2013, through GeographicLib).
///
/// ```
/// use deconflict_geometry::{distance_and_azimuth, Position};
/// let equator = Position::new(0.0, 0.0).unwrap();
/// let east = Position::new(0.0, 1.0).unwrap();
/// let (metres, azimuth_deg) = distance_and_azimuth(equator, east);
/// assert!((metres - 111_319.491).abs() < 0.001);
/// assert_eq!(azimuth_deg, 90.0);
/// ```
pub fn distance_and_azimuth(from: Position, to: Position) -> (f64, f64) {
    let (metres, azimuth, _, _) =
        WGS84.inverse(from.lat_deg(), from.lon_deg(), to.lat_deg(), to.lon_deg());
    (metres, azimuth)
}

/// The geodesic distance in metres.
pub(crate) fn distance_m(from: Position, to: Position) -> f64 {
    WGS84.inverse(from.lat_deg(), from.lon_deg(), to.lat_deg(), to.lon_deg())
}

/// The point `metres` from `from` in the direction `azimuth_deg`, degrees clockwise from north.
///
/// ```
/// use deconflict_geometry::{destination, Position};
/// let p = destination(Position::new(0.0, 179.5).unwrap(), 90.0, 111_319.491);
/// assert!((p.lon_deg() - -179.5).abs() < 1e-6);
/// ```
pub fn destination(from: Position, azimuth_deg: f64, metres: f64) -> Position {
    let (lat, lon): (f64, f64) = WGS84.direct(from.lat_deg(), from.lon_deg(), azimuth_deg, metres);
    Position::new(lat.clamp(-90.0, 90.0), lon.clamp(-180.0, 180.0)).unwrap_or(from)
}

/// How a distance compares with a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DistanceOrder {
    Less,
    Greater,
    /// Within [`RESOLUTION_M`].
    Undecided,
}

/// An ellipsoidal distance that is known to lie between two bounds, in metres.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Bounds {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Bounds {
    /// What an angle between n-vectors, good to 1e-15, tells of the distance.
    pub(crate) fn of_angle(angle: f64) -> Bounds {
        Bounds {
            low: SHORTEST * MEAN_RADIUS_M * (angle - 1e-14).max(0.0),
            high: LONGEST * MEAN_RADIUS_M * (angle + 1e-14),
        }
    }
}

/// The least geodesic distance from `p` to the arc.
///
/// Branch and bound along the arc, until the result is known to within [`RESOLUTION_M`] or both
/// bounds lie on one side of `limit_m`, if there is one, by that much. Two lower bounds on a stretch of length w
/// between distances f0 and f1 make it rigorous: the distance changes by at most the way, so it is
/// at least (f0 + f1 - w) / 2; and along a curve it is at least min(f0, f1) - h w²/8, where h bounds
/// its second derivative: √k cot(√k f) for curvature at least k (Hessian comparison, Petersen,
/// "Riemannian Geometry", 3rd ed., 6.4), plus the curve's own curvature.
pub(crate) fn distance_to_arc(p: Vector, arc: Arc, limit_m: Option<f64>) -> Bounds {
    let from = p.position();
    let f = |theta: f64| distance_m(from, arc.at(theta).position());
    let length = arc.angle();
    let (_, nearest) = arc.nearest(p);
    let mut high = f(nearest);
    if length == 0.0 {
        return Bounds { low: high - RESOLUTION_M / 4.0, high };
    }
    // Stretches that may hold something nearer than `high`.
    let mut stack: Vec<(f64, f64, f64, f64)> = Vec::new();
    let (f_a, f_b) = (f(0.0), f(length));
    let f_n = high;
    high = high.min(f_a).min(f_b);
    if nearest > 0.0 && nearest < length {
        stack.push((0.0, nearest, f_a, f_n));
        stack.push((nearest, length, f_n, f_b));
    } else {
        stack.push((0.0, length, f_a, f_b));
    }
    let mut low = high;
    let mut steps = 0;
    while let Some((t0, t1, f0, f1)) = stack.pop() {
        let bound = lower_bound(f0, f1, t1 - t0);
        let goal = high - RESOLUTION_M / 4.0;
        // More is not asked than which side of the limit the distance lies on.
        let enough = bound >= goal || limit_m.is_some_and(|limit| bound > limit + RESOLUTION_M);
        if enough || steps >= 10_000 {
            low = low.min(bound);
            continue;
        }
        if limit_m.is_some_and(|limit| high < limit - RESOLUTION_M) {
            return Bounds { low: 0.0, high };
        }
        steps += 1;
        let t = f64::midpoint(t0, t1);
        let f_t = f(t);
        high = high.min(f_t);
        stack.push((t0, t, f0, f_t));
        stack.push((t, t1, f_t, f1));
    }
    Bounds { low: low.max(0.0), high }
}

/// A lower bound, in metres, of the distance on a stretch of `width` radians with distances `f0`
/// and `f1` at its ends.
fn lower_bound(f0: f64, f1: f64, width: f64) -> f64 {
    // The least Gaussian curvature of WGS84, at the poles: (b/a²)², b/a² = 1/6,399,593.626 m.
    const ROOT_CURVATURE: f64 = 1.0 / 6_399_593.7;
    let way = width * LONGEST * MEAN_RADIUS_M;
    let by_way = f64::midpoint(f0, f1) - way / 2.0;
    if by_way <= 0.0 {
        return by_way;
    }
    let x = (ROOT_CURVATURE * by_way).min(std::f64::consts::FRAC_PI_2);
    // Great-circle arcs deviate from geodesics by at most 6.6e-11 L² (a curvature of 5.3e-10 per
    // metre), and their arc length from the angle likewise: 4e-9 is above both together.
    let second = 1.01 * ROOT_CURVATURE / x.tan() + 4e-9;
    by_way.max(f0.min(f1) - second * way * way / 8.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(lat: f64, lon: f64) -> Vector {
        Vector::of(Position::new(lat, lon).unwrap())
    }

    #[test]
    fn distance_to_an_arc_agrees_with_dense_sampling() {
        let cases = [
            ((51.0, 0.0), (51.5, -1.0), (51.6, 1.0)),
            ((0.0, 0.0), (89.0, 10.0), (89.0, 170.0)),
            ((-33.0, 179.9), (-34.0, -179.0), (-32.0, 179.0)),
            ((90.0, 0.0), (1.0, 0.0), (-1.0, 120.0)),
            ((10.0, 10.0), (-12.0, -171.0), (-9.0, -168.0)),
        ];
        for (p, a, b) in cases {
            let (p, arc) = (v(p.0, p.1), Arc { a: v(a.0, a.1), b: v(b.0, b.1) });
            let n = 20_000;
            let sampled = (0..=n)
                .map(|i| {
                    distance_m(
                        p.position(),
                        arc.at(arc.angle() * f64::from(i) / f64::from(n)).position(),
                    )
                })
                .fold(f64::INFINITY, f64::min);
            let bounds = distance_to_arc(p, arc, None);
            assert!(bounds.low <= sampled && bounds.high <= sampled + 1e-5, "{bounds:?} {sampled}");
            let spacing = arc.angle() * MEAN_RADIUS_M / f64::from(n);
            assert!(sampled - bounds.low < spacing, "{bounds:?} {sampled}");
        }
    }

    #[test]
    fn the_sphere_bounds_hold_from_pole_to_equator() {
        for (a, b) in
            [((0.0, 0.0), (0.001, 0.0)), ((90.0, 0.0), (89.999, 0.0)), ((0.0, 0.0), (0.0, 179.0))]
        {
            let (a, b) = (v(a.0, a.1), v(b.0, b.1));
            let (d, bounds) =
                (distance_m(a.position(), b.position()), Bounds::of_angle(a.angle(b)));
            assert!(bounds.low <= d && d <= bounds.high, "{d} {bounds:?}");
        }
    }
}
