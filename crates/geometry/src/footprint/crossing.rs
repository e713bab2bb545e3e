//! Polygons whose boundary crosses itself or encloses nothing.

use std::fmt;

use super::{DenseRings, FootprintError, Polygon, dense};
use crate::chain::Chain;
use crate::edges::densify;
use crate::geodesic::distance_and_azimuth;
use crate::planar::{RingSize, ring_size};
use crate::region::{NotARegion, Region, ring_arcs, self_contact};
use crate::relation::Reason;
use crate::shape::{Core, Shape};
use crate::tangle::{hull, readings};
use crate::vector::Vector;
use crate::{EdgeRule, Position};

/// A loop that goes the other way round than the outline as a whole, or round which the outline winds
/// more than once, is the work of rounding where it is at most this wide, in metres, and has at most
/// this share of what is certain. Else the vertices may stand in a wrong order, and what was meant need
/// not lie within the outline: it does within its convex hull, whatever the order.
const ROUNDING_WIDTH_M: f64 = 500.0;
const ROUNDING_SHARE: f64 = 0.02;

/// The greatest width, in metres, of any loop the other way round. With a wider one whole regions would
/// be in doubt.
const MAX_LOOP_WIDTH_M: f64 = 5_000.0;
/// With a greater share of such loops, which way round the outline goes as a whole means nothing.
const MAX_CERTAIN_SHARE: f64 = 0.2;

/// The longest edge, in metres, of an outline without area that is read as a line: over a longer one
/// whole regions would be in doubt.
const MAX_FLAT_EDGE_M: f64 = 50_000.0;
/// The shortest one, in metres: without it the outline is a mere point.
const MIN_FLAT_EDGE_M: f64 = 1.0;
/// What lies around each metre of its longest edge. An arc over that edge that is at most half a circle
/// lies within half of it; the rest holds what the ellipsoid differs from a plane by.
const FLAT_REACH: f64 = 0.51;

/// A geodesic lies within so many times its length in metres, squared, of the great circle between its
/// ends, up to the length that follows (see `edges.rs`).
const GEODESIC_DEVIATION_PER_M: f64 = 8e-11;
const LONGEST_MEASURED_M: f64 = 1_000_000.0;

/// The most crossings that one boundary may have.
const MAX_CROSSINGS: usize = 1_000;
/// How many of them are told one by one.
const MAX_TOLD: usize = 50;

/// A place where the boundary of a polygon crosses itself. Rings and vertices are counted from 0.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SelfCrossing {
    /// Ring and edge (the edge after that vertex) of one.
    pub first: (usize, usize),
    /// Ring and edge of the other.
    pub second: (usize, usize),
    /// Near the crossing.
    pub near: Position,
    /// The smaller of the two loops that begin and end there; `None` where two rings cross.
    pub size: Option<LoopSize>,
}

/// How large a loop is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LoopSize {
    /// How far, in metres, it reaches from where it begins.
    pub reach_m: f64,
    /// The diameter, in metres, of the largest circle that fits in it, to 5 %.
    pub width_m: f64,
}

/// Why an outline that may cross itself is not a polygon.
#[derive(Clone, PartialEq, Debug)]
pub enum OutlineError {
    /// It is no footprint for another reason.
    Footprint(FootprintError),
    /// It crosses itself in loops that are no rounding.
    Crosses {
        /// The crossings, at most fifty of them.
        crossings: Vec<SelfCrossing>,
        /// How many there are; a thousand stands for more.
        count: usize,
    },
}

/// What of a polygon is not certain whose boundary crosses itself or encloses nothing.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Doubt {
    /// What every reading of the boundary holds; `None` when that is nothing.
    pub(super) every: Option<Shape>,
    cause: DoubtCause,
    crossings: Vec<SelfCrossing>,
}

/// What put a polygon in doubt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum DoubtCause {
    /// Loops that rounding may have made.
    Rounding,
    /// Loops that are no rounding: its vertices may stand in a wrong order.
    Order,
    /// It encloses nothing: vertices may be missing.
    NoArea,
}

impl Doubt {
    /// What is said of an answer that this doubt leaves open.
    pub(super) fn reason(&self) -> Reason {
        match self.cause {
            DoubtCause::Rounding | DoubtCause::Order => Reason::SelfCrossing,
            DoubtCause::NoArea => Reason::NoArea,
        }
    }
}

impl Polygon {
    /// The polygon with the given rings, as [`Polygon::new`] takes them, whose boundary may cross
    /// itself as outlines of rounded vertices do. It then has two bounds: what lies within any
    /// reading of the boundary (odd windings, any windings, windings one way round) and what lies
    /// within every one; where only the difference decides, the answer is
    /// [`Relation::Possible`](crate::Relation::Possible).
    ///
    /// Where a loop that goes the other way round than the outline as a whole, or round which it winds
    /// more than once, is over 500 m wide or over a fiftieth of what is certain, the vertices may stand
    /// in a wrong order: then the outer bound is the convex hull.
    ///
    /// A single ring that goes there and back along a line encloses nothing, and vertices may be missing
    /// from it: nothing of it is certain, and what lies within half its longest edge is possible.
    ///
    /// # Errors
    /// As [`Polygon::new`], when a loop the other way round is over 5 km wide, and when the longest edge of
    /// a ring without area is under 1 m or over 50 km.
    ///
    /// ```
    /// use deconflict_geometry::{EdgeRule, Polygon, Position};
    /// let corner = |(lat, lon)| Position::new(lat, lon).unwrap();
    /// // The fourth vertex was rounded across the edge from the first to the second.
    /// let ring = [(0.0, 0.0), (0.0, 0.2), (0.0003, 0.196), (-0.0003, 0.198), (0.0, 1.0), (1.0, 0.5)];
    /// let ring: Vec<Position> = ring.into_iter().map(corner).collect();
    /// assert!(Polygon::new(vec![ring.clone()], EdgeRule::GreatCircle).is_err());
    /// let polygon = Polygon::with_crossings(vec![ring], EdgeRule::GreatCircle).unwrap();
    /// assert_eq!(polygon.crossings().len(), 1);
    /// ```
    pub fn with_crossings(
        mut rings: Vec<Vec<Position>>,
        rule: EdgeRule,
    ) -> Result<Polygon, OutlineError> {
        let dense = match dense(&mut rings, rule) {
            Err(FootprintError::NoArea { ring: 0 }) if rings.len() == 1 => {
                return flat(rings, rule);
            }
            dense => dense?,
        };
        match dense.simple() {
            Ok(shape) => Ok(Polygon { rings, rule, shape, doubt: None }),
            Err(FootprintError::Crossing { .. }) => crossed(rings, rule, &dense),
            Err(FootprintError::NoArea { ring: 0 }) if rings.len() == 1 => flat(rings, rule),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether its boundary crosses itself in loops that are no rounding, so that its vertices may
    /// stand in a wrong order and all of its convex hull is possible.
    pub fn may_be_misdrawn(&self) -> bool {
        self.doubt.as_ref().is_some_and(|doubt| doubt.cause == DoubtCause::Order)
    }

    /// Whether its boundary goes there and back along a line, so that vertices may be missing and all
    /// that lies within half its longest edge is possible.
    pub fn is_flat(&self) -> bool {
        self.doubt.as_ref().is_some_and(|doubt| doubt.cause == DoubtCause::NoArea)
    }

    /// Where its boundary crosses itself: at most fifty places, and none nearly always.
    pub fn crossings(&self) -> &[SelfCrossing] {
        self.doubt.as_ref().map_or(&[], |doubt| &doubt.crossings)
    }
}

fn crossed(
    rings: Vec<Vec<Position>>,
    rule: EdgeRule,
    dense: &DenseRings,
) -> Result<Polygon, OutlineError> {
    let vectors = &dense.vectors;
    let chain = Chain::new(vectors.iter().flat_map(|ring| ring_arcs(ring)).collect());
    let refuse = |why: NotARegion| OutlineError::from(dense.refusal(why));
    let mut found = self_contact(&chain, vectors, 4 * MAX_CROSSINGS).map_err(refuse)?.crossings;
    found.sort_unstable_by_key(|c| (c.first.min(c.second), c.first.max(c.second)));
    // One in a vertex stands there once for each pair of edges.
    let mut seen = std::collections::HashSet::new();
    found.retain(|c| seen.insert(c.near.key()));
    let told = found.iter().take(MAX_TOLD).map(|crossing| {
        let (first, second) = (dense.source_of(crossing.first), dense.source_of(crossing.second));
        let (first, second) = (first.min(second), first.max(second));
        let size = (first.0 == second.0)
            .then(|| loop_size(&rings[first.0], first.1, second.1, crossing.near));
        SelfCrossing { first, second, near: crossing.near.position(), size }
    });
    let told: Vec<SelfCrossing> = told.collect();
    let too_many = found.len() > MAX_CROSSINGS;
    let refused =
        || OutlineError::Crosses { crossings: told.clone(), count: found.len().min(MAX_CROSSINGS) };
    if too_many {
        return Err(refused());
    }
    let readings = readings(vectors).map_err(refuse)?;
    if readings.backward.iter().any(|loop_| loop_.width_m > MAX_LOOP_WIDTH_M) {
        return Err(refused());
    }
    let share = |loop_: &RingSize| loop_.area_m2.abs() / readings.every_m2.max(1e-9);
    let is_rounding = readings
        .backward
        .iter()
        .chain(&readings.repeated)
        .all(|loop_| loop_.width_m <= ROUNDING_WIDTH_M && share(loop_) <= ROUNDING_SHARE);
    // What is wound round once is filled by all readers, however much is wound round twice.
    let certain = is_rounding || readings.backward.iter().all(|l| share(l) <= MAX_CERTAIN_SHARE);
    let every = readings.every.filter(|_| certain).map(|region| dense.shape(region));
    let (shape, cause) = if is_rounding {
        (dense.shape(readings.any), DoubtCause::Rounding)
    } else {
        let mut shape = dense.shape(hull_in_any_order(&rings, rule, dense)?);
        if rule == EdgeRule::Geodesic {
            shape.residual_m += geodesic_bulge_m(&rings).ok_or_else(refused)?;
        }
        (shape, DoubtCause::Order)
    };
    let doubt = Doubt { every, cause, crossings: told };
    Ok(Polygon { rings, rule, shape, doubt: Some(Box::new(doubt)) })
}

/// How far, in metres, a geodesic between any two vertices of rings may lie outside what is convex by
/// great circles; `None` where they are so far apart that this is not known.
fn geodesic_bulge_m(rings: &[Vec<Position>]) -> Option<f64> {
    // No two vertices are farther from each other than twice the farthest is from the first.
    let first = *rings.first()?.first()?;
    let far_m = |p: &Position| distance_and_azimuth(first, *p).0;
    let longest_m = 2.0 * rings.iter().flatten().map(far_m).fold(0.0, f64::max);
    (longest_m <= LONGEST_MEASURED_M).then_some(GEODESIC_DEVIATION_PER_M * longest_m * longest_m)
}

/// The polygon of a ring that encloses nothing: a line, around which all is in doubt.
fn flat(rings: Vec<Vec<Position>>, rule: EdgeRule) -> Result<Polygon, OutlineError> {
    let no_area = || OutlineError::from(FootprintError::NoArea { ring: 0 });
    let ring = rings.first().ok_or_else(no_area)?;
    let next = ring.iter().cycle().skip(1);
    let edges = ring.iter().zip(next).map(|(a, b)| distance_and_azimuth(*a, *b).0);
    let longest_m = edges.fold(0.0, f64::max);
    if !(MIN_FLAT_EDGE_M..=MAX_FLAT_EDGE_M).contains(&longest_m) {
        return Err(no_area());
    }
    let line = densify(ring, rule, true, 0)?;
    let core = Core::Line(Chain::new(ring_arcs(&line.vectors).collect()));
    let shape = Shape { core, margin_m: FLAT_REACH * longest_m, residual_m: line.residual_m };
    let doubt = Doubt { every: None, cause: DoubtCause::NoArea, crossings: Vec::new() };
    Ok(Polygon { rings, rule, shape, doubt: Some(Box::new(doubt)) })
}

/// What holds every outline that joins these vertices in some order by edges of this rule, but for how far
/// geodesics may lie from great circles.
fn hull_in_any_order(
    rings: &[Vec<Position>],
    rule: EdgeRule,
    drawn: &DenseRings,
) -> Result<Region, OutlineError> {
    let mut vectors = drawn.vectors.clone();
    if rule == EdgeRule::LonLat {
        // Edges that are straight in longitude and latitude bulge out of what is convex on the sphere, and
        // lie within what is convex as they are straight.
        vectors.extend(dense(&mut [flat_hull(rings)], rule)?.vectors);
    }
    hull(&vectors).map_err(|why| drawn.refusal(why).into())
}

/// The vertices whose hull, convex in longitude and latitude, holds all vertices of rings (Andrew's monotone
/// chain, 1979).
fn flat_hull(rings: &[Vec<Position>]) -> Vec<Position> {
    let all = rings.iter().flatten();
    let first = rings.iter().flatten().next().map_or(0.0, |p| p.lon_deg());
    // Turns of the earth, so that none lies beyond the antimeridian from the others.
    let turns = |p: &Position| ((p.lon_deg() - first) / 360.0).round();
    let mut flat: Vec<((f64, f64), Position)> =
        all.map(|p| ((p.lon_deg() - 360.0 * turns(p), p.lat_deg()), *p)).collect();
    flat.sort_by(|(p, _), (q, _)| p.0.total_cmp(&q.0).then(p.1.total_cmp(&q.1)));
    let turns_right = |a: (f64, f64), b: (f64, f64), c: (f64, f64)| {
        (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0) <= 0.0
    };
    let half = |vertices: &mut dyn Iterator<Item = ((f64, f64), Position)>| {
        let mut half: Vec<((f64, f64), Position)> = Vec::new();
        for vertex in vertices {
            while let [.., a, b] = half[..]
                && turns_right(a.0, b.0, vertex.0)
            {
                half.pop();
            }
            half.push(vertex);
        }
        half.pop();
        half
    };
    let mut ring = half(&mut flat.iter().copied());
    ring.extend(half(&mut flat.iter().rev().copied()));
    ring.into_iter().map(|(_, vertex)| vertex).collect()
}

/// The size of the smaller loop of a ring whose edges after two vertices, the first one first, cross.
fn loop_size(ring: &[Position], first: usize, second: usize, near: Vector) -> LoopSize {
    let vectors = |part: &[Position]| part.iter().map(|p| Vector::of(*p)).collect::<Vec<_>>();
    let inner = vectors(&ring[first + 1..=second]);
    let outer: Vec<Vector> =
        vectors(&ring[second + 1..]).into_iter().chain(vectors(&ring[..=first])).collect();
    let reach = |part: &[Vector]| part.iter().map(|v| near.angle(*v)).fold(0.0, f64::max);
    let (mut smaller, reach) = match (reach(&inner), reach(&outer)) {
        (own, other) if own <= other => (inner, own),
        (_, other) => (outer, other),
    };
    smaller.push(near);
    LoopSize {
        reach_m: reach * crate::geodesic::MEAN_RADIUS_M,
        width_m: ring_size(&smaller).width_m,
    }
}

impl From<FootprintError> for OutlineError {
    fn from(error: FootprintError) -> OutlineError {
        OutlineError::Footprint(error)
    }
}

impl fmt::Display for LoopSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (reach, width) = (length(self.reach_m), length(self.width_m));
        write!(f, "a loop that reaches {reach} and is {width} wide")
    }
}

/// A length for reading.
fn length(metres: f64) -> String {
    match metres {
        m if m >= 10_000.0 => format!("{:.0} km", m / 1000.0),
        m if m >= 1_000.0 => format!("{:.1} km", m / 1000.0),
        m if m >= 10.0 => format!("{m:.0} m"),
        m if m >= 0.1 => format!("{m:.1} m"),
        m => format!("{:.0} mm", (m * 1000.0).max(1.0)),
    }
}

impl fmt::Display for SelfCrossing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SelfCrossing { first, second, near, size } = self;
        write!(
            f,
            "edge {} of ring {} crosses edge {} of ring {} near {near}",
            first.1, first.0, second.1, second.0
        )?;
        size.map_or(Ok(()), |size| write!(f, " ({size})"))
    }
}

impl fmt::Display for OutlineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (crossings, count) = match self {
            OutlineError::Footprint(error) => return error.fmt(f),
            OutlineError::Crosses { crossings, count } => (crossings, *count),
        };
        if count > 1 {
            write!(f, "the boundary crosses itself in {count} places: ")?;
        }
        for (i, crossing) in crossings.iter().enumerate() {
            write!(f, "{}{crossing}", if i == 0 { "" } else { "; " })?;
        }
        if count > crossings.len() {
            write!(f, "; and {} more", count - crossings.len())?;
        }
        f.write_str(": draw the boundary so that it does not cross itself")
    }
}

impl std::error::Error for OutlineError {}
