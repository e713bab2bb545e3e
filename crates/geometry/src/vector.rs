//! Directions in space and the signs of their determinants.
//!
//! A point of the earth is represented by the unit vector of its geodetic latitude and longitude
//! (its n-vector). The vectors are rounded once, to about 1 nm; from there on signs are exact
//! (Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates",
//! 1997, through the crate `robust`).

use std::ops::{Add, Mul, Sub};

use robust::Coord3D;

use crate::Position;

/// A vector in the earth-centred frame: x to (0N, 0E), y to (0N, 90E), z to the north pole.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Vector {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) z: f64,
}

pub(crate) type PointKey = [u64; 3];

pub(crate) const AXES: [Vector; 6] = [
    Vector { x: 1.0, y: 0.0, z: 0.0 },
    Vector { x: 0.0, y: 1.0, z: 0.0 },
    Vector { x: 0.0, y: 0.0, z: 1.0 },
    Vector { x: -1.0, y: 0.0, z: 0.0 },
    Vector { x: 0.0, y: -1.0, z: 0.0 },
    Vector { x: 0.0, y: 0.0, z: -1.0 },
];

impl Vector {
    /// The n-vector of a position. Multiples of 90 degrees come out exact, so that the
    /// antimeridian is one line and each pole one point, however they are written.
    pub(crate) fn of(position: Position) -> Vector {
        let (sin_lat, cos_lat) = sin_cos_degrees(position.lat_deg());
        if cos_lat == 0.0 {
            return Vector { x: 0.0, y: 0.0, z: sin_lat };
        }
        let (sin_lon, cos_lon) = sin_cos_degrees(position.lon_deg());
        Vector { x: cos_lat * cos_lon + 0.0, y: cos_lat * sin_lon + 0.0, z: sin_lat }
    }

    /// The position whose n-vector points this way; the vector must not be zero.
    pub(crate) fn position(self) -> Position {
        let lat = self.z.atan2(self.x.hypot(self.y)).to_degrees().clamp(-90.0, 90.0);
        let lon = self.y.atan2(self.x).to_degrees().clamp(-180.0, 180.0);
        Position::new(lat, lon)
            .expect("clamped to the valid range, and atan2 of numbers is a number")
    }

    pub(crate) fn dot(self, o: Vector) -> f64 {
        self.x * o.x + self.y * o.y + self.z * o.z
    }

    pub(crate) fn cross(self, o: Vector) -> Vector {
        Vector {
            x: self.y * o.z - self.z * o.y,
            y: self.z * o.x - self.x * o.z,
            z: self.x * o.y - self.y * o.x,
        }
    }

    pub(crate) fn norm(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// The unit vector of the same direction; the zero vector stays as it is.
    pub(crate) fn unit(self) -> Vector {
        let n = self.norm();
        if n > 0.0 { self * (1.0 / n) } else { self }
    }

    /// The angle to another unit vector in radians, accurate for small and large angles alike.
    pub(crate) fn angle(self, o: Vector) -> f64 {
        2.0 * (self - o).norm().atan2((self + o).norm())
    }

    /// A unit vector perpendicular to this unit vector.
    pub(crate) fn perpendicular(self) -> Vector {
        let (x, y, z) = (self.x.abs(), self.y.abs(), self.z.abs());
        let axis = if x <= y && x <= z {
            AXES[0]
        } else if y <= z {
            AXES[1]
        } else {
            AXES[2]
        };
        self.cross(axis).unit()
    }

    /// What stands for the vector in a hash map: equal vectors have equal keys.
    pub(crate) fn key(self) -> PointKey {
        // Adding 0 makes one zero of two.
        self.components().map(|c| (c + 0.0).to_bits())
    }

    pub(crate) fn components(self) -> [f64; 3] {
        [self.x, self.y, self.z]
    }
}

impl Add for Vector {
    type Output = Vector;
    fn add(self, o: Vector) -> Vector {
        Vector { x: self.x + o.x, y: self.y + o.y, z: self.z + o.z }
    }
}

impl Sub for Vector {
    type Output = Vector;
    fn sub(self, o: Vector) -> Vector {
        Vector { x: self.x - o.x, y: self.y - o.y, z: self.z - o.z }
    }
}

impl Mul<f64> for Vector {
    type Output = Vector;
    fn mul(self, k: f64) -> Vector {
        Vector { x: self.x * k, y: self.y * k, z: self.z * k }
    }
}

/// Sine and cosine of an angle in degrees, |angle| <= 360; exact at multiples of 90 degrees
/// because the reduction to [-45, 45] is exact (Karney, "Algorithms for geodesics", 2013, sec. 6).
fn sin_cos_degrees(degrees: f64) -> (f64, f64) {
    let quarter = (degrees / 90.0).round();
    let (s, c) = (degrees - 90.0 * quarter).to_radians().sin_cos();
    match quarter.rem_euclid(4.0) as u8 {
        0 => (s, c),
        1 => (c, -s),
        2 => (-s, -c),
        _ => (-c, s),
    }
}

/// The sign of the determinant |a b c|: 1 when c lies to the left of the way from a to b, -1 to
/// the right, 0 when the three and the centre of the earth lie exactly in one plane.
pub(crate) fn side(a: Vector, b: Vector, c: Vector) -> i8 {
    // Arcs that share an end ask this all the time, and zero is what takes the exact arithmetic
    // longest.
    if c == a || c == b || a == b {
        return 0;
    }
    let coord = |v: Vector| Coord3D { x: v.x, y: v.y, z: v.z };
    let origin = Coord3D { x: 0.0, y: 0.0, z: 0.0 };
    // `orient3d` is positive when the fourth point lies below the plane of the other three, which
    // seen from that point turn counter-clockwise: for the origin, the sign of the determinant.
    sign(robust::orient3d(coord(a), coord(b), coord(c), origin))
}

pub(crate) fn sign(v: f64) -> i8 {
    if v > 0.0 {
        1
    } else if v < 0.0 {
        -1
    } else {
        0
    }
}

/// The great-circle arc from `a` to `b`, shorter than half the earth. `a == b` is a point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Arc {
    pub(crate) a: Vector,
    pub(crate) b: Vector,
}

impl Arc {
    /// Whether `p` lies exactly on the arc, ends included.
    pub(crate) fn contains(self, p: Vector) -> bool {
        p == self.a || p == self.b || (side(self.a, self.b, p) == 0 && self.wedge_contains(p))
    }

    /// Whether `p`, which lies exactly in the plane of the arc, lies between its ends (closed).
    fn wedge_contains(self, p: Vector) -> bool {
        // p = α a + β b. With any v outside the plane, |a p v| = β |a b v| and |p b v| = α |a b v|.
        AXES[..3]
            .iter()
            .find_map(|&v| {
                let s = side(self.a, self.b, v);
                (s != 0).then(|| side(self.a, p, v) * s >= 0 && side(p, self.b, v) * s >= 0)
            })
            // No axis is outside the plane only when a and b are parallel: a point, and not p.
            .unwrap_or(false)
    }

    /// The angle in radians between the ends.
    pub(crate) fn angle(self) -> f64 {
        self.a.angle(self.b)
    }

    /// The unit vector at `theta` radians from `a` towards `b`.
    pub(crate) fn at(self, theta: f64) -> Vector {
        // (a - b) x (a + b) = 2 a x b without the cancellation for near ends.
        let normal = (self.a - self.b).cross(self.a + self.b).unit();
        (self.a * theta.cos() + normal.cross(self.a) * theta.sin()).unit()
    }

    /// Whether unit vector `p` may lie within an angle of the arc; told by the chord, at a fraction of
    /// the cost of [`Self::nearest`].
    pub(crate) fn may_be_within(self, p: Vector, angle: f64) -> bool {
        let (chord, from_a) = (self.b - self.a, p - self.a);
        let squared = chord.dot(chord);
        let along = if squared > 0.0 { (from_a.dot(chord) / squared).clamp(0.0, 1.0) } else { 0.0 };
        let to_chord = from_a - chord * along;
        // No straight line is longer than the arc over it, and no arc under 180 degrees leaves its
        // chord by more than the square of half of it.
        let reach = angle + squared / 4.0 + 1e-14;
        to_chord.dot(to_chord) <= reach * reach
    }

    /// The angle in radians from unit vector `p` to the nearest point of the arc, and how far along
    /// the arc that point lies (radians from `a`). Rounded: good to about 1e-15.
    pub(crate) fn nearest(self, p: Vector) -> (f64, f64) {
        let (to_a, to_b) = (p.angle(self.a), p.angle(self.b));
        let normal = (self.a - self.b).cross(self.a + self.b);
        let n = normal.norm();
        if n > 0.0 {
            let normal = normal * (1.0 / n);
            let tangent_a = normal.cross(self.a);
            if tangent_a.dot(p) > 0.0 && self.b.cross(normal).dot(p) > 0.0 {
                let height = normal.dot(p).abs().min(1.0);
                let across = height.atan2(p.dot(self.a).hypot(p.dot(tangent_a)));
                let along = tangent_a.dot(p).atan2(self.a.dot(p));
                if across <= to_a.min(to_b) {
                    return (across, along.clamp(0.0, self.angle()));
                }
            }
        }
        if to_a <= to_b { (to_a, 0.0) } else { (to_b, self.angle()) }
    }
}

/// How two arcs meet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Meeting {
    /// They have no point in common.
    No,
    /// They have a point in common that is an end of at least one.
    Contact,
    /// Their insides cross in one point.
    Crossing,
}

/// How two arcs meet; exact.
pub(crate) fn meeting(p: Arc, q: Arc) -> Meeting {
    let (c, d) = (side(p.a, p.b, q.a), side(p.a, p.b, q.b));
    if c == d && c != 0 {
        return Meeting::No;
    }
    let (a, b) = (side(q.a, q.b, p.a), side(q.a, q.b, p.b));
    if a == b && a != 0 {
        return Meeting::No;
    }
    if c * d < 0 && a * b < 0 {
        // The great circles cross twice; the arcs share one of the two points only if the
        // triangles (a c b), (c b d), (b d a), (d a c) all turn the same way.
        return if c == b { Meeting::Crossing } else { Meeting::No };
    }
    let contact = p.contains(q.a) || p.contains(q.b) || q.contains(p.a) || q.contains(p.b);
    if contact { Meeting::Contact } else { Meeting::No }
}

/// The unit vector of the point where two crossing arcs cross, rounded.
pub(crate) fn crossing_point(p: Arc, q: Arc) -> Vector {
    let n = (p.a - p.b).cross(p.a + p.b).unit();
    let m = (q.a - q.b).cross(q.a + q.b).unit();
    let x = n.cross(m).unit();
    if x.dot(p.a + p.b) < 0.0 { x * -1.0 } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(lat: f64, lon: f64) -> Vector {
        Vector::of(Position::new(lat, lon).unwrap())
    }

    #[test]
    fn poles_and_antimeridian_are_one_however_written() {
        assert_eq!(v(90.0, 17.0), v(90.0, -120.0));
        assert_eq!(v(12.5, 180.0), v(12.5, -180.0));
        assert_eq!(v(0.0, 0.0), v(-0.0, -0.0));
        assert_eq!(v(0.0, 90.0).components(), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn left_is_positive() {
        assert_eq!(side(v(0.0, 0.0), v(0.0, 10.0), v(5.0, 5.0)), 1);
        assert_eq!(side(v(0.0, 0.0), v(0.0, 10.0), v(-5.0, 5.0)), -1);
        assert_eq!(side(v(0.0, 0.0), v(0.0, 10.0), v(0.0, 55.0)), 0);
    }

    #[test]
    fn arcs_cross_touch_or_miss() {
        let arc = |a: (f64, f64), b: (f64, f64)| Arc { a: v(a.0, a.1), b: v(b.0, b.1) };
        let equator = arc((0.0, 0.0), (0.0, 10.0));
        assert_eq!(meeting(equator, arc((-1.0, 5.0), (1.0, 5.0))), Meeting::Crossing);
        assert_eq!(meeting(equator, arc((0.0, 5.0), (1.0, 5.0))), Meeting::Contact);
        assert_eq!(meeting(equator, arc((0.0, 10.0), (0.0, 20.0))), Meeting::Contact);
        assert_eq!(meeting(equator, arc((0.0, 3.0), (0.0, 4.0))), Meeting::Contact);
        assert_eq!(meeting(equator, arc((0.0, 11.0), (0.0, 20.0))), Meeting::No);
        assert_eq!(meeting(equator, arc((-1.0, -175.0), (1.0, -175.0))), Meeting::No);
        assert_eq!(meeting(equator, arc((1.0, 0.0), (1.0, 10.0))), Meeting::No);
    }

    #[test]
    fn points_are_arcs_too() {
        let point = Arc { a: v(0.0, 5.0), b: v(0.0, 5.0) };
        let equator = Arc { a: v(0.0, 0.0), b: v(0.0, 10.0) };
        assert_eq!(meeting(point, equator), Meeting::Contact);
        assert_eq!(meeting(point, point), Meeting::Contact);
        assert_eq!(meeting(Arc { a: v(1.0, 5.0), b: v(1.0, 5.0) }, equator), Meeting::No);
        assert!((equator.nearest(v(1.0, 5.0)).0 - 1f64.to_radians()).abs() < 1e-15);
        assert!((equator.nearest(v(0.0, 12.0)).0 - 2f64.to_radians()).abs() < 1e-15);
    }
}
