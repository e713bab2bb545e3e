//! Footprints: the part of the earth's surface that a volume stands on.

use std::fmt;

use crate::Position;

/// The most vertices that one polygon or corridor may have, as given and after densifying.
pub const MAX_VERTICES: usize = 200_000;
/// The largest radius of a circle, in metres.
pub const MAX_CIRCLE_RADIUS_M: f64 = 10_000_000.0;
/// The largest half-width of a corridor, in metres.
pub const MAX_CORRIDOR_HALF_WIDTH_M: f64 = 1_000_000.0;

/// What the source of a polygon or line means by "the line between two vertices".
///
/// Inside, every edge is the great-circle arc between the vertices' n-vectors. Edges of another
/// rule are densified until the arcs lie within 0.1 m of them; what is left is the shape's
/// residual.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EdgeRule {
    /// The great-circle arc between n-vectors (S2's rule); also for sources that name none.
    GreatCircle,
    /// The shortest path on the WGS84 ellipsoid (ASTM F3548-21, `Polygon`).
    Geodesic,
    /// Straight in longitude and latitude (RFC 7946, section 3.1.1), the short way round.
    LonLat,
}

/// A region of the earth's surface, its boundary included.
#[derive(Clone, PartialEq, Debug)]
pub enum Footprint {
    /// One or more polygons; their union.
    Polygons(Vec<Polygon>),
    /// All points within a geodesic distance of a centre.
    Circle(Circle),
    /// All points within a geodesic distance of a line.
    Corridor(Corridor),
}

/// A polygon, possibly with holes, that fits in an open hemisphere.
#[derive(Clone, PartialEq, Debug)]
pub struct Polygon {
    rings: Vec<Vec<Position>>,
    rule: EdgeRule,
    residual_m: f64,
}

/// All points within `radius_m` of `center`, measured along the WGS84 ellipsoid.
#[derive(Clone, PartialEq, Debug)]
pub struct Circle {
    center: Position,
    radius_m: f64,
}

/// All points within `half_width_m` of a line, measured along the WGS84 ellipsoid.
#[derive(Clone, PartialEq, Debug)]
pub struct Corridor {
    path: Vec<Position>,
    rule: EdgeRule,
    half_width_m: f64,
    residual_m: f64,
}

/// Why something is not a footprint. Rings and vertices are counted from 0; ring 0 is the shell.
#[derive(Clone, PartialEq, Debug)]
pub enum FootprintError {
    /// No polygon, no ring or no path at all.
    Empty,
    /// A ring has fewer than three different vertices, or no area.
    NoArea {
        /// The ring.
        ring: usize,
    },
    /// More than [`MAX_VERTICES`] vertices, given or needed.
    TooManyVertices(usize),
    /// Two edges cross.
    Crossing {
        /// Ring and edge (the edge after that vertex) of one.
        first: (usize, usize),
        /// Ring and edge of the other.
        second: (usize, usize),
        /// Near the crossing.
        near: Position,
    },
    /// A hole is not inside the shell, or is inside another hole.
    HoleMisplaced {
        /// The hole's ring.
        ring: usize,
    },
    /// The polygon does not fit in an open hemisphere.
    OverHemisphere,
    /// An edge joins two (nearly) antipodal points, or spans the earth in longitude.
    AmbiguousEdge {
        /// The ring, 0 for a path.
        ring: usize,
        /// The vertex that the edge starts from.
        vertex: usize,
    },
    /// A radius that is not a number from 1 m to [`MAX_CIRCLE_RADIUS_M`].
    Radius(f64),
    /// A half-width that is not a number from 1 m to [`MAX_CORRIDOR_HALF_WIDTH_M`].
    HalfWidth(f64),
}

impl Polygon {
    /// The polygon with the given rings, the shell first; each may be closed (last vertex = first)
    /// or not. Either winding order: the inside is the side that fits in a hemisphere.
    ///
    /// # Errors
    /// When a ring has no area, edges cross, a hole is misplaced, an edge is ambiguous or the
    /// polygon is over a hemisphere or over [`MAX_VERTICES`].
    pub fn new(rings: Vec<Vec<Position>>, rule: EdgeRule) -> Result<Polygon, FootprintError> {
        Ok(Polygon { rings, rule, residual_m: 0.0 })
    }

    /// The same polygon, whose boundary as declared may lie up to `metres` farther from its edges
    /// than the edge rule says (an arc that its reader densified).
    #[must_use]
    pub fn with_residual(self, metres: f64) -> Polygon {
        Polygon { residual_m: self.residual_m + metres.max(0.0), ..self }
    }

    /// The rings as given, without closing vertices; the shell first.
    pub fn rings(&self) -> &[Vec<Position>] {
        &self.rings
    }

    /// The rule of the edges as given.
    pub fn rule(&self) -> EdgeRule {
        self.rule
    }

    /// How far, in metres, the boundary as declared may lie from the arcs that stand for it.
    pub fn residual_m(&self) -> f64 {
        self.residual_m
    }
}

impl Circle {
    /// The circle of `radius_m` metres around `center`.
    ///
    /// # Errors
    /// Unless the radius is between 1 m and [`MAX_CIRCLE_RADIUS_M`].
    pub fn new(center: Position, radius_m: f64) -> Result<Circle, FootprintError> {
        if !(1.0..=MAX_CIRCLE_RADIUS_M).contains(&radius_m) {
            return Err(FootprintError::Radius(radius_m));
        }
        Ok(Circle { center, radius_m })
    }

    /// The centre.
    pub fn center(&self) -> Position {
        self.center
    }

    /// The radius in metres.
    pub fn radius_m(&self) -> f64 {
        self.radius_m
    }
}

impl Corridor {
    /// The corridor of `half_width_m` metres on both sides of `path` (at least two vertices).
    ///
    /// # Errors
    /// When the half-width is out of range, the path is too short or too long, or an edge is
    /// ambiguous.
    pub fn new(
        path: Vec<Position>,
        half_width_m: f64,
        rule: EdgeRule,
    ) -> Result<Corridor, FootprintError> {
        Ok(Corridor { path, rule, half_width_m, residual_m: 0.0 })
    }

    /// The line as given.
    pub fn path(&self) -> &[Position] {
        &self.path
    }

    /// Metres on each side of the line.
    pub fn half_width_m(&self) -> f64 {
        self.half_width_m
    }

    /// The rule of the line's edges as given.
    pub fn rule(&self) -> EdgeRule {
        self.rule
    }

    /// How far, in metres, the line as declared may lie from the arcs that stand for it.
    pub fn residual_m(&self) -> f64 {
        self.residual_m
    }
}

/// Points of the circular arc of `radius_m` metres around `center` from one azimuth to another
/// (degrees clockwise from north), both ends included, close enough that the edges between them
/// lie within 0.1 m of the arc. The same arc given the other way round has the same points.
pub fn arc_points(
    center: Position,
    radius_m: f64,
    from_azimuth_deg: f64,
    to_azimuth_deg: f64,
    clockwise: bool,
) -> Vec<Position> {
    let _ = (center, radius_m, from_azimuth_deg, to_azimuth_deg, clockwise);
    Vec::new()
}

/// The geodesic distance in metres and the azimuth in degrees clockwise from north at `from`
/// (Karney 2013, through GeographicLib).
pub fn distance_and_azimuth(from: Position, to: Position) -> (f64, f64) {
    let _ = (from, to);
    (0.0, 0.0)
}

impl fmt::Display for FootprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FootprintError::Empty => f.write_str("no coordinates"),
            FootprintError::NoArea { ring } => write!(
                f,
                "ring {ring} encloses no area: at least three different vertices, not all on one line, are needed"
            ),
            FootprintError::TooManyVertices(n) => {
                write!(
                    f,
                    "{n} vertices: at most {MAX_VERTICES} are allowed; split or simplify the shape"
                )
            }
            FootprintError::Crossing { first, second, near } => write!(
                f,
                "edge {} of ring {} crosses edge {} of ring {} near {near}: draw the boundary so that it does not cross itself",
                first.1, first.0, second.1, second.0
            ),
            FootprintError::HoleMisplaced { ring } => {
                write!(f, "hole {ring} is not inside the outer ring, or is inside another hole")
            }
            FootprintError::OverHemisphere => {
                f.write_str("the polygon does not fit in a hemisphere: split it")
            }
            FootprintError::AmbiguousEdge { ring, vertex } => write!(
                f,
                "the edge after vertex {vertex} of ring {ring} goes half round the earth or more, so its course is ambiguous: add a vertex between"
            ),
            FootprintError::Radius(r) => {
                write!(f, "circle radius {r} m: must be between 1 and 10,000,000 m")
            }
            FootprintError::HalfWidth(w) => {
                write!(f, "corridor half-width {w} m: must be between 1 and 1,000,000 m")
            }
        }
    }
}

impl std::error::Error for FootprintError {}
