//! From the edges that a source means to great-circle arcs.

use crate::geodesic::{LONGEST, MEAN_RADIUS_M, destination, distance_and_azimuth};
use crate::vector::{Arc, Vector};
use crate::{EdgeRule, FootprintError, MAX_VERTICES, Position};

/// The arcs that stand for a declared edge lie within this many metres of it.
const TOLERANCE_M: f64 = 0.1;

/// The greatest angle of an edge, in radians: a degree less than half round the earth.
const LONGEST_EDGE: f64 = 179.0 * std::f64::consts::PI / 180.0;

/// Longitudes that differ by this many degrees or more are taken to be neighbours across the
/// antimeridian (179 and -179), where RFC 7946, section 3.1.9, asks to cut but few do. Between 180
/// and this nobody can tell which way round is meant.
const ACROSS_ANTIMERIDIAN: f64 = 270.0;

/// Vertices joined by great-circle arcs that stand for a declared line.
pub(crate) struct DenseLine {
    pub(crate) vectors: Vec<Vector>,
    /// For each vector, the declared vertex that it is or that it follows.
    pub(crate) source: Vec<usize>,
    /// The greatest distance in metres of an arc from the edge that it stands for.
    pub(crate) residual_m: f64,
}

/// Densifies a line; `closed` adds the edge from the last vertex to the first. Vertices that repeat
/// the one before are left out.
pub(crate) fn densify(
    vertices: &[Position],
    rule: EdgeRule,
    closed: bool,
    ring: usize,
) -> Result<DenseLine, FootprintError> {
    let mut line = DenseLine {
        vectors: Vec::with_capacity(vertices.len()),
        source: Vec::with_capacity(vertices.len()),
        residual_m: 0.0,
    };
    let given: Vec<Vector> = vertices.iter().map(|&vertex| Vector::of(vertex)).collect();
    let edges = if closed { vertices.len() } else { vertices.len().saturating_sub(1) };
    for (vertex, &from) in vertices.iter().enumerate() {
        line.push(given[vertex], vertex);
        if vertex >= edges {
            continue;
        }
        let next = (vertex + 1) % vertices.len();
        let to = vertices[next];
        let ambiguous = FootprintError::AmbiguousEdge { ring, vertex };
        let angle = given[vertex].angle(given[next]);
        if angle > LONGEST_EDGE {
            return Err(ambiguous);
        }
        let between = match rule {
            EdgeRule::GreatCircle => Vec::new(),
            EdgeRule::Geodesic => {
                both_ways(from, to, |p, q| geodesic(p, q, angle, &mut line.residual_m))
            }
            EdgeRule::LonLat => {
                let span = (to.lon_deg() - from.lon_deg()).abs();
                let polar = from.lat_deg().abs() == 90.0 || to.lat_deg().abs() == 90.0;
                if (180.0..ACROSS_ANTIMERIDIAN).contains(&span) && !polar {
                    return Err(ambiguous);
                }
                both_ways(from, to, |p, q| straight_lon_lat(p, q, &mut line.residual_m))
            }
        };
        for position in between {
            line.push(Vector::of(position), vertex);
        }
        if line.vectors.len() > MAX_VERTICES {
            return Err(FootprintError::TooManyVertices(line.vectors.len()));
        }
    }
    if closed && line.vectors.len() > 1 && line.vectors.first() == line.vectors.last() {
        line.vectors.pop();
        line.source.pop();
    }
    Ok(line)
}

impl DenseLine {
    fn push(&mut self, v: Vector, source: usize) {
        if self.vectors.last() != Some(&v) {
            self.vectors.push(v);
            self.source.push(source);
        }
    }
}

/// The points between two vertices, the same whichever way the edge is given, so that neighbours
/// who share it share its points.
pub(crate) fn both_ways(
    from: Position,
    to: Position,
    mut between: impl FnMut(Position, Position) -> Vec<Position>,
) -> Vec<Position> {
    let key = |p: Position| (p.lat_deg(), p.lon_deg());
    if key(from) <= key(to) {
        between(from, to)
    } else {
        let mut points = between(to, from);
        points.reverse();
        points
    }
}

/// Degrees of longitude from one vertex to another, the short way round, (-180, 180].
pub(crate) fn longitude_turn(from: Position, to: Position) -> f64 {
    let turn = to.lon_deg() - from.lon_deg();
    if turn > 180.0 {
        turn - 360.0
    } else if turn <= -180.0 {
        turn + 360.0
    } else {
        turn
    }
}

/// The point at fraction `t` (0 to 1) of the edge between two vertices.
pub(crate) fn point_along(from: Position, to: Position, t: f64, rule: EdgeRule) -> Position {
    match rule {
        EdgeRule::GreatCircle => {
            let arc = Arc { a: Vector::of(from), b: Vector::of(to) };
            arc.at(t * arc.angle()).position()
        }
        EdgeRule::Geodesic => {
            let (length_m, azimuth_deg) = distance_and_azimuth(from, to);
            destination(from, azimuth_deg, length_m * t)
        }
        EdgeRule::LonLat => {
            let lat = from.lat_deg() + (to.lat_deg() - from.lat_deg()) * t;
            let lon = from.lon_deg() + longitude_turn(from, to) * t;
            let lon = if lon > 180.0 {
                lon - 360.0
            } else if lon < -180.0 {
                lon + 360.0
            } else {
                lon
            };
            Position::new(lat.clamp(-90.0, 90.0), lon.clamp(-180.0, 180.0)).unwrap_or(from)
        }
    }
}

/// Points on the geodesic between two vertices that are so many radians apart.
fn geodesic(from: Position, to: Position, angle: f64, residual_m: &mut f64) -> Vec<Position> {
    // A great-circle arc lies within 6.6e-11 per metre times L² of the geodesic (fitted over 4,000
    // random edges for each length up to 1000 km, |lat| < 89); 8e-11 leaves a margin.
    const DEVIATION_PER_M: f64 = 8e-11;
    let longest_m = LONGEST * MEAN_RADIUS_M * angle;
    if DEVIATION_PER_M * longest_m * longest_m <= TOLERANCE_M {
        *residual_m = residual_m.max(DEVIATION_PER_M * longest_m * longest_m);
        return Vec::new();
    }
    let (length_m, azimuth) = distance_and_azimuth(from, to);
    let pieces = (length_m / (TOLERANCE_M / DEVIATION_PER_M).sqrt()).ceil().max(1.0);
    let piece_m = length_m / pieces;
    *residual_m = residual_m.max(DEVIATION_PER_M * piece_m * piece_m);
    (1..pieces as usize).map(|k| destination(from, azimuth, piece_m * k as f64)).collect()
}

/// Points on the line straight in longitude and latitude between two vertices.
fn straight_lon_lat(from: Position, to: Position, residual_m: &mut f64) -> Vec<Position> {
    let turn = longitude_turn(from, to);
    let mut points = Vec::new();
    // Stretches of the edge, the next one on top.
    let mut stack = vec![(0.0, 1.0)];
    while let Some((t0, t1)) = stack.pop() {
        let sagitta_m = lon_lat_sagitta_m(from, to, turn, t0, t1);
        if sagitta_m <= TOLERANCE_M || points.len() > MAX_VERTICES {
            *residual_m = residual_m.max(sagitta_m.min(TOLERANCE_M));
            if t1 < 1.0 {
                points.push(point_along(from, to, t1, EdgeRule::LonLat));
            }
            continue;
        }
        let pieces = (sagitta_m / TOLERANCE_M).sqrt().ceil().clamp(2.0, 64.0);
        let cut = |k: f64| if k == pieces { t1 } else { t0 + (t1 - t0) * k / pieces };
        stack.extend((0..pieces as usize).rev().map(|k| (cut(k as f64), cut(k as f64 + 1.0))));
    }
    points
}

/// An upper bound, in metres, of the distance between a stretch of a line straight in longitude
/// and latitude and the great-circle arc between its ends.
///
/// With x the share of the east-west speed in the whole, the line's geodesic curvature is
/// tan φ · x (2 - x²) / R (from the geodesic equations in latitude and longitude with constant
/// rates), whose last part is at most 1.0887; a curve of curvature κ and length L lies within
/// κ L²/8 of its chord.
fn lon_lat_sagitta_m(from: Position, to: Position, turn: f64, t0: f64, t1: f64) -> f64 {
    let lat_at = |t: f64| from.lat_deg() + (to.lat_deg() - from.lat_deg()) * t;
    let (lat0, lat1) = (lat_at(t0).abs(), lat_at(t1).abs());
    let crosses_equator = lat_at(t0) * lat_at(t1) <= 0.0;
    let highest = lat0.max(lat1).min(90.0).to_radians();
    let lowest = if crosses_equator { 0.0 } else { lat0.min(lat1).to_radians() };
    let north = ((to.lat_deg() - from.lat_deg()) * (t1 - t0)).to_radians();
    let east = (turn * (t1 - t0)).to_radians() * lowest.cos();
    let length = north.hypot(east);
    let share = if length > 0.0 { (east.abs() / north.abs().max(1e-300)).min(1.0) } else { 0.0 };
    let shape = if share < 0.8165 { share * (2.0 - share * share) } else { 1.0887 };
    if shape == 0.0 {
        return 0.0;
    }
    let sagitta = highest.tan() * shape * length * length / 8.0;
    // Near a pole the curvature has no bound, but neither curve leaves the length.
    sagitta.min(length) * 1.005 * MEAN_RADIUS_M
}

/// Points of the circular arc of `radius_m` metres around `center` from one azimuth to another
/// (degrees clockwise from north), both ends included, close enough that the great-circle arcs
/// between them lie within 0.1 m of it. Equal azimuths mean the whole circle. The same arc given
/// the other way round has the same points in reverse.
///
/// ```
/// use deconflict_geometry::{arc_points, Position};
/// let center = Position::new(51.0, 0.0).unwrap();
/// let there = arc_points(center, 10_000.0, 350.0, 10.0, true);
/// let mut back = arc_points(center, 10_000.0, 10.0, 350.0, false);
/// back.reverse();
/// assert_eq!(there, back);
/// ```
pub fn arc_points(
    center: Position,
    radius_m: f64,
    from_azimuth_deg: f64,
    to_azimuth_deg: f64,
    clockwise: bool,
) -> Vec<Position> {
    if !clockwise {
        let mut points = arc_points(center, radius_m, to_azimuth_deg, from_azimuth_deg, true);
        points.reverse();
        return points;
    }
    if !(radius_m.is_finite() && from_azimuth_deg.is_finite() && to_azimuth_deg.is_finite()) {
        return Vec::new();
    }
    let sweep = (to_azimuth_deg - from_azimuth_deg).rem_euclid(360.0);
    let sweep = if sweep == 0.0 { 360.0 } else { sweep };
    // The sagitta of a chord over the angle s at radius r is r (1 - cos(s/2)); on the ellipsoid the
    // radius of curvature differs by less than 1 %, which the factor covers.
    let step = 2.0 * (1.0 - (0.95 * TOLERANCE_M / radius_m.max(TOLERANCE_M))).acos();
    let pieces = (sweep.to_radians() / step).ceil().clamp(1.0, MAX_VERTICES as f64);
    (0..=pieces as usize)
        .map(|k| destination(center, from_azimuth_deg + sweep * (k as f64 / pieces), radius_m))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesic::distance_m;

    fn p(lat: f64, lon: f64) -> Position {
        Position::new(lat, lon).unwrap()
    }

    /// The greatest distance of sampled points of the true edge from the arcs that stand for it.
    fn worst_gap_m(true_edge: impl Fn(f64) -> Position, line: &DenseLine) -> f64 {
        let arcs: Vec<Arc> = line.vectors.windows(2).map(|w| Arc { a: w[0], b: w[1] }).collect();
        (0..=3_000)
            .map(|i| {
                let v = Vector::of(true_edge(f64::from(i) / 3_000.0));
                arcs.iter().map(|arc| arc.nearest(v).0).fold(f64::INFINITY, f64::min)
                    * MEAN_RADIUS_M
            })
            .fold(0.0, f64::max)
    }

    #[test]
    fn straight_lon_lat_edges_are_followed_to_a_tenth_of_a_metre() {
        for (from, to) in [
            (p(50.0, 0.0), p(50.0, 3.0)),
            (p(10.0, 179.0), p(20.0, -170.0)),
            (p(80.0, 0.0), p(89.9, 100.0)),
            (p(-60.0, -10.0), p(60.0, 100.0)),
        ] {
            let line = densify(&[from, to], EdgeRule::LonLat, false, 0).unwrap();
            let turn = longitude_turn(from, to);
            let gap = worst_gap_m(
                |t| {
                    let lon = from.lon_deg() + turn * t;
                    p(
                        from.lat_deg() + (to.lat_deg() - from.lat_deg()) * t,
                        if lon > 180.0 { lon - 360.0 } else { lon },
                    )
                },
                &line,
            );
            assert!(gap <= line.residual_m && line.residual_m <= 0.1, "{gap} {}", line.residual_m);
        }
    }

    #[test]
    fn meridians_need_no_points_between() {
        let line = densify(&[p(-60.0, 7.0), p(80.0, 7.0)], EdgeRule::LonLat, false, 0).unwrap();
        assert_eq!((line.vectors.len(), line.residual_m), (2, 0.0));
    }

    #[test]
    fn geodesic_edges_are_followed_within_their_residual() {
        let (from, to) = (p(45.0, 0.0), p(52.0, 20.0));
        let line = densify(&[from, to], EdgeRule::Geodesic, false, 0).unwrap();
        let (length, azimuth) = distance_and_azimuth(from, to);
        let gap = worst_gap_m(|t| destination(from, azimuth, length * t), &line);
        assert!(gap <= line.residual_m && line.residual_m <= 0.1, "{gap} {}", line.residual_m);
    }

    #[test]
    fn arcs_are_followed_to_a_tenth_of_a_metre() {
        let center = p(51.0, -1.0);
        for radius_m in [30.0, 10_000.0, 400_000.0] {
            let points = arc_points(center, radius_m, 10.0, 200.0, true);
            for pair in points.windows(2) {
                let arc = Arc { a: Vector::of(pair[0]), b: Vector::of(pair[1]) };
                let middle = arc.at(arc.angle() / 2.0).position();
                assert!((distance_m(center, middle) - radius_m).abs() <= 0.1);
            }
        }
    }
}
