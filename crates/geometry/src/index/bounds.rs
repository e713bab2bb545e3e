//! Boxes in space and time: what the index compares.

/// Axes of a box: x, y, z of the unit vector, height, time.
pub(super) const AXES: usize = 5;

/// Steps in the length 1 of a unit vector: one step is 6 mm on the ground.
const STEPS: f64 = (1u32 << 30) as f64;

/// Steps in a metre of height.
const STEPS_PER_M: f64 = 100.0;

const NANOS_PER_S: i64 = 1_000_000_000;

/// Seconds from 1970 to the middle of the range of an `i32`, so that it reaches from 1970 to 2106.
const MIDDLE_S: i64 = 1 << 31;

/// A closed box around a volume: x, y and z of its unit vectors, heights and time.
///
/// It is held in whole steps of 2^-30 (6 mm on the ground), 1 cm and 1 s. All bounds are rounded
/// down, which never turns the order of two: boxes that meet as given meet as held. Beyond the range
/// (heights over 21,474 km either way, times before 1970 or after 2106) a bound is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpaceTimeBox {
    pub(super) lower: [i32; AXES],
    pub(super) upper: [i32; AXES],
}

impl SpaceTimeBox {
    /// The box between `min` and `max`, the least and greatest coordinates of unit vectors, between
    /// the heights `heights_m` in metres (infinite: open) and the times `nanos` since 1970 in UTC
    /// (`i64::MIN` and `i64::MAX`: open).
    ///
    /// In x, y and z it is a step wider than given, for what rounding took from the corners before
    /// they came here. A bound that is not a number is open; bounds in the wrong order are swapped.
    ///
    /// ```
    /// use deconflict_geometry::SpaceTimeBox;
    /// let at_the_pole = |heights_m| {
    ///     SpaceTimeBox::new([-0.1, -0.1, 0.9], [0.1, 0.1, 1.0], heights_m, (0, i64::MAX))
    /// };
    /// assert!(at_the_pole((0.0, 120.0)).meets(&at_the_pole((120.0, f64::INFINITY))));
    /// assert!(!at_the_pole((0.0, 120.0)).meets(&at_the_pole((121.0, f64::INFINITY))));
    /// ```
    #[must_use]
    pub fn new(
        min: [f64; 3],
        max: [f64; 3],
        heights_m: (f64, f64),
        nanos: (i64, i64),
    ) -> SpaceTimeBox {
        let mut lower = [i32::MIN; AXES];
        let mut upper = [i32::MAX; AXES];
        for axis in 0..3 {
            let (low, high) = ordered(min[axis], max[axis]);
            lower[axis] = steps(low * STEPS - 1.0, i32::MIN);
            upper[axis] = steps(high * STEPS + 1.0, i32::MAX);
        }
        let (low, high) = ordered(heights_m.0, heights_m.1);
        lower[3] = steps(low * STEPS_PER_M, i32::MIN);
        upper[3] = steps(high * STEPS_PER_M, i32::MAX);
        let (from, until) = (nanos.0.min(nanos.1), nanos.0.max(nanos.1));
        lower[4] = seconds(from);
        upper[4] = seconds(until);
        SpaceTimeBox { lower, upper }
    }

    /// Whether the boxes have a point in common; boundaries belong to a box.
    #[must_use]
    pub fn meets(&self, other: &SpaceTimeBox) -> bool {
        (0..AXES).all(|a| self.lower[a] <= other.upper[a] && other.lower[a] <= self.upper[a])
    }

    /// The least box around both.
    #[must_use]
    pub fn around(&self, other: &SpaceTimeBox) -> SpaceTimeBox {
        SpaceTimeBox {
            lower: std::array::from_fn(|a| self.lower[a].min(other.lower[a])),
            upper: std::array::from_fn(|a| self.upper[a].max(other.upper[a])),
        }
    }

    /// Whether `inner` lies in this box without touching its boundary.
    pub(super) fn encloses(&self, inner: &SpaceTimeBox) -> bool {
        (0..AXES).all(|a| self.lower[a] < inner.lower[a] && inner.upper[a] < self.upper[a])
    }
}

/// The least and greatest x, y and z of unit vectors within `radius_rad` (radians, 0 to pi) of the
/// unit vector `centre`.
///
/// A coordinate is the cosine of the angle to its axis; over the cap that angle runs from
/// `angle - radius_rad` to `angle + radius_rad`, cut off at 0 and pi. The bounds are widened by
/// 1e-12, far more than these few operations lose.
///
/// ```
/// let (min, max) = deconflict_geometry::cap_corners([0.0, 0.0, 1.0], 0.1);
/// assert!(min[0] < -0.099 && max[0] > 0.099 && max[2] >= 1.0);
/// ```
#[must_use]
pub fn cap_corners(centre: [f64; 3], radius_rad: f64) -> ([f64; 3], [f64; 3]) {
    const SLACK: f64 = 1e-12;
    let [x, y, z] = centre;
    let angles = [f64::hypot(y, z).atan2(x), f64::hypot(x, z).atan2(y), f64::hypot(x, y).atan2(z)];
    let min = angles.map(|angle| (angle + radius_rad).min(std::f64::consts::PI).cos() - SLACK);
    let max = angles.map(|angle| (angle - radius_rad).max(0.0).cos() + SLACK);
    (min, max)
}

fn ordered(a: f64, b: f64) -> (f64, f64) {
    if a > b { (b, a) } else { (a, b) }
}

/// Whole steps, or `open` for what is not a number. The conversion saturates.
fn steps(value: f64, open: i32) -> i32 {
    if value.is_nan() { open } else { value.floor() as i32 }
}

fn seconds(nanos: i64) -> i32 {
    (nanos.div_euclid(NANOS_PER_S) - MIDDLE_S).clamp(i32::MIN.into(), i32::MAX.into()) as i32
}
