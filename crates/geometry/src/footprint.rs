//! Footprints: the part of the earth's surface that a volume stands on.

mod crossing;

use std::fmt;

use crossing::Doubt;
pub use crossing::{LoopSize, OutlineError, SelfCrossing};

use crate::Position;
use crate::area::enclosed_m2;
use crate::chain::{Box3, Chain};
use crate::edges::densify;
use crate::region::{NotARegion, Region, Side, ring_arcs};
use crate::relation::Reason;
use crate::shape::{Core, Shape};
use crate::vector::{Arc, Vector, side};

/// The most vertices that one polygon or corridor may have, as given and after densifying.
pub const MAX_VERTICES: usize = 200_000;
/// The most holes that one polygon may have.
pub const MAX_HOLES: usize = 10_000;
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
    /// Straight in longitude and latitude (RFC 7946, section 3.1.1). Longitudes 270 degrees or more
    /// apart are joined across the antimeridian; from 180 to 270 degrees apart is refused.
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
    /// What may belong to it: all that does, unless `doubt` says otherwise.
    shape: Shape,
    doubt: Option<Box<Doubt>>,
}

/// All points within `radius_m` of `center`, measured along the WGS84 ellipsoid.
#[derive(Clone, PartialEq, Debug)]
pub struct Circle {
    center: Position,
    shape: Shape,
}

/// All points within `half_width_m` of a line, measured along the WGS84 ellipsoid.
#[derive(Clone, PartialEq, Debug)]
pub struct Corridor {
    path: Vec<Position>,
    rule: EdgeRule,
    shape: Shape,
}

/// Why something is not a footprint. Rings and vertices are counted from 0; ring 0 is the shell.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", deny_unknown_fields))]
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
    /// More than [`MAX_HOLES`] holes in one polygon.
    TooManyHoles(usize),
    /// The edges lie so close together, or meet so often in one vertex, that checking them for
    /// crossings would take too long.
    TooIntricate,
    /// The polygon does not fit in an open hemisphere.
    OverHemisphere,
    /// An edge joins two (nearly) antipodal points, or spans 180 to 270 degrees of longitude.
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

impl Footprint {
    /// The shapes whose union it is: one shape for each polygon, one for a circle or corridor.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = &Shape> + Clone {
        let (polygons, single) = match self {
            Footprint::Polygons(polygons) => (polygons.as_slice(), None),
            Footprint::Circle(circle) => (&[][..], Some(&circle.shape)),
            Footprint::Corridor(corridor) => (&[][..], Some(&corridor.shape)),
        };
        polygons.iter().map(|polygon| &polygon.shape).chain(single)
    }

    /// The shapes of [`Self::shapes`], each with what of it is certain.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part<'_>> + Clone {
        let (polygons, single) = match self {
            Footprint::Polygons(polygons) => (polygons.as_slice(), None),
            Footprint::Circle(circle) => (&[][..], Some(&circle.shape)),
            Footprint::Corridor(corridor) => (&[][..], Some(&corridor.shape)),
        };
        polygons.iter().map(Part::of).chain(single.map(Part::certain))
    }

    /// A box around the footprint in the earth-centred frame.
    pub(crate) fn bounds(&self) -> Box3 {
        self.shapes().fold(Box3::EMPTY, |b, shape| b.union(&shape.bounds()))
    }

    /// Whether a point lies in the footprint as drawn, its boundary included.
    ///
    /// ```
    /// use deconflict_geometry::{Circle, Footprint, Position};
    /// let center = Position::new(33.5, 38.6).unwrap();
    /// let zone = Footprint::Circle(Circle::new(center, 55_000.0).unwrap());
    /// assert!(zone.contains(Position::new(33.9, 38.6).unwrap()));
    /// assert!(!zone.contains(Position::new(34.1, 38.6).unwrap()));
    /// ```
    pub fn contains(&self, place: Position) -> bool {
        let p = Vector::of(place);
        self.shapes().any(|shape| shape.holds(p))
    }
}

/// A shape of a footprint.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    /// What may belong to it.
    pub(crate) any: &'a Shape,
    /// What certainly does, if anything.
    pub(crate) every: Option<&'a Shape>,
    /// Why the rest is in doubt, if there is one.
    pub(crate) reason: Option<Reason>,
}

impl<'a> Part<'a> {
    fn certain(shape: &'a Shape) -> Part<'a> {
        Part { any: shape, every: Some(shape), reason: None }
    }

    fn of(polygon: &'a Polygon) -> Part<'a> {
        match &polygon.doubt {
            None => Part::certain(&polygon.shape),
            Some(doubt) => Part {
                any: &polygon.shape,
                every: doubt.every.as_ref(),
                reason: Some(doubt.reason()),
            },
        }
    }

    /// Whether all that may belong to it does.
    pub(crate) fn is_certain(&self) -> bool {
        self.reason.is_none()
    }
}

impl Polygon {
    /// The polygon with the given rings, the shell first; each may be closed (last vertex = first)
    /// or not. Either winding order: the inside is the side that fits in a hemisphere.
    ///
    /// # Errors
    /// When a ring has no area, edges cross, a hole is misplaced, an edge is ambiguous or the
    /// polygon is over a hemisphere or over [`MAX_VERTICES`].
    ///
    /// ```
    /// use deconflict_geometry::{EdgeRule, Polygon, Position};
    /// let corner = |lat, lon| Position::new(lat, lon).unwrap();
    /// let bow_tie = vec![corner(0.0, 0.0), corner(1.0, 1.0), corner(0.0, 1.0), corner(1.0, 0.0)];
    /// let error = Polygon::new(vec![bow_tie], EdgeRule::GreatCircle).unwrap_err();
    /// assert!(error.to_string().contains("crosses"));
    /// ```
    pub fn new(mut rings: Vec<Vec<Position>>, rule: EdgeRule) -> Result<Polygon, FootprintError> {
        let shape = dense(&mut rings, rule)?.simple()?;
        Ok(Polygon { rings, rule, shape, doubt: None })
    }

    /// The same polygon, whose boundary as declared may lie up to `metres` farther from its edges
    /// than the edge rule says (an arc that its reader densified).
    #[must_use]
    pub fn with_residual(mut self, metres: f64) -> Polygon {
        self.shape.residual_m += metres.max(0.0);
        if let Some(Doubt { every: Some(every), .. }) = self.doubt.as_deref_mut() {
            every.residual_m += metres.max(0.0);
        }
        self
    }

    /// How large it is on the ellipsoid, in square metres, to a thousandth. Where its boundary
    /// crosses itself, loops the other way round are taken off, as other software does.
    ///
    /// ```
    /// use deconflict_geometry::{EdgeRule, Polygon, Position};
    /// let corner = |lat, lon| Position::new(lat, lon).unwrap();
    /// let ring = vec![corner(50.0, 0.0), corner(50.0, 10.0), corner(60.0, 10.0), corner(60.0, 0.0)];
    /// let strip = Polygon::new(vec![ring], EdgeRule::LonLat).unwrap();
    /// assert_eq!((strip.area_m2() / 1e9).round(), 711.0);
    /// ```
    pub fn area_m2(&self) -> f64 {
        let ring_m2 = |(index, ring): (usize, &Vec<Position>)| {
            let line = densify(ring, self.rule, true, index);
            let m2 = line.map_or(0.0, |line| enclosed_m2(ring_arcs(&line.vectors)));
            if index == 0 { m2 } else { -m2 }
        };
        self.rings.iter().enumerate().map(ring_m2).sum::<f64>().max(0.0)
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
        self.shape.residual_m
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
        let core = Core::point(Vector::of(center));
        Ok(Circle { center, shape: Shape { core, margin_m: radius_m, residual_m: 0.0 } })
    }

    /// The centre.
    pub fn center(&self) -> Position {
        self.center
    }

    /// The radius in metres.
    pub fn radius_m(&self) -> f64 {
        self.shape.margin_m
    }
}

impl Corridor {
    /// The corridor of `half_width_m` metres on both sides of `path`, at least two different
    /// vertices, with round ends.
    ///
    /// # Errors
    /// When the half-width is out of range, the path is too short or too long, or an edge is
    /// ambiguous.
    pub fn new(
        path: Vec<Position>,
        half_width_m: f64,
        rule: EdgeRule,
    ) -> Result<Corridor, FootprintError> {
        if !(1.0..=MAX_CORRIDOR_HALF_WIDTH_M).contains(&half_width_m) {
            return Err(FootprintError::HalfWidth(half_width_m));
        }
        if path.len() > MAX_VERTICES {
            return Err(FootprintError::TooManyVertices(path.len()));
        }
        let line = densify(&path, rule, false, 0)?;
        if line.vectors.len() < 2 {
            return Err(FootprintError::Empty);
        }
        let arcs = line.vectors.windows(2).map(|pair| Arc { a: pair[0], b: pair[1] }).collect();
        let core = Core::Line(Chain::new(arcs));
        let shape = Shape { core, margin_m: half_width_m, residual_m: line.residual_m };
        Ok(Corridor { path, rule, shape })
    }

    /// The line as given.
    pub fn path(&self) -> &[Position] {
        &self.path
    }

    /// Metres on each side of the line.
    pub fn half_width_m(&self) -> f64 {
        self.shape.margin_m
    }

    /// The rule of the line's edges as given.
    pub fn rule(&self) -> EdgeRule {
        self.rule
    }

    /// How far, in metres, the line as declared may lie from the arcs that stand for it.
    pub fn residual_m(&self) -> f64 {
        self.shape.residual_m
    }
}

/// Rings as great-circle arcs.
struct DenseRings {
    vectors: Vec<Vec<Vector>>,
    /// For each ring and vector, the declared vertex that it is or that it follows.
    sources: Vec<Vec<usize>>,
    /// The greatest distance in metres of an arc from the edge that it stands for.
    residual_m: f64,
}

/// The rings, from which closing vertices are taken off, as great-circle arcs.
fn dense(rings: &mut [Vec<Position>], rule: EdgeRule) -> Result<DenseRings, FootprintError> {
    if rings.is_empty() {
        return Err(FootprintError::Empty);
    }
    if rings.len() > MAX_HOLES + 1 {
        return Err(FootprintError::TooManyHoles(rings.len() - 1));
    }
    let given: usize = rings.iter().map(Vec::len).sum();
    if given > MAX_VERTICES {
        return Err(FootprintError::TooManyVertices(given));
    }
    let (mut vectors, mut sources) = (Vec::new(), Vec::new());
    let mut residual_m: f64 = 0.0;
    for (ring, vertices) in rings.iter_mut().enumerate() {
        if vertices.len() > 1 && vertices.first() == vertices.last() {
            vertices.pop();
        }
        let line = densify(vertices, rule, true, ring)?;
        if !encloses_area(&line.vectors) {
            return Err(FootprintError::NoArea { ring });
        }
        residual_m = residual_m.max(line.residual_m);
        vectors.push(line.vectors);
        sources.push(line.source);
    }
    let needed: usize = vectors.iter().map(Vec::len).sum();
    if needed > MAX_VERTICES {
        return Err(FootprintError::TooManyVertices(needed));
    }
    Ok(DenseRings { vectors, sources, residual_m })
}

impl DenseRings {
    /// The shape of rings that do not cross.
    fn simple(&self) -> Result<Shape, FootprintError> {
        let region = Region::new(&self.vectors).map_err(|why| self.refusal(why))?;
        if let Some(ring) = misplaced_hole(&self.vectors) {
            return Err(FootprintError::HoleMisplaced { ring });
        }
        Ok(self.shape(region))
    }

    fn shape(&self, region: Region) -> Shape {
        Shape { core: Core::Region(region), margin_m: 0.0, residual_m: self.residual_m }
    }

    /// Ring and vertex of the declared edge that an arc, counted through all rings, stands for.
    fn source_of(&self, mut arc: usize) -> (usize, usize) {
        for (ring, sources) in self.sources.iter().enumerate() {
            match sources.get(arc) {
                Some(&vertex) => return (ring, vertex),
                None => arc -= sources.len(),
            }
        }
        (0, 0)
    }

    /// Says in terms of the given rings why they are not a region.
    fn refusal(&self, why: NotARegion) -> FootprintError {
        match why {
            NotARegion::OverHemisphere => FootprintError::OverHemisphere,
            NotARegion::NoArea => FootprintError::NoArea { ring: 0 },
            NotARegion::TooIntricate => FootprintError::TooIntricate,
            NotARegion::Crossing(crossing) => FootprintError::Crossing {
                first: self.source_of(crossing.first),
                second: self.source_of(crossing.second),
                near: crossing.near.position(),
            },
        }
    }
}

/// Whether a ring has three vertices that are not all on one great circle.
fn encloses_area(ring: &[Vector]) -> bool {
    let Some((&a, rest)) = ring.split_first() else { return false };
    let Some(&b) = rest.iter().find(|&&v| v != a) else { return false };
    rest.iter().any(|&c| side(a, b, c) != 0)
}

/// The first hole that is not within the shell, or that is within or the same as another hole. The
/// rings do not cross, so a vertex off the other ring's boundary decides.
fn misplaced_hole(rings: &[Vec<Vector>]) -> Option<usize> {
    if rings.len() < 2 {
        return None;
    }
    // A ring that is no region of its own is a mere line: it takes nothing away.
    let filled: Vec<Option<Region>> =
        rings.iter().map(|ring| Region::new(std::slice::from_ref(ring)).ok()).collect();
    let lies = |inner: usize, outer: usize| match &filled[outer] {
        Some(outer) => {
            rings[inner].iter().map(|&v| outer.side_of(v)).find(|&s| s != Side::Boundary)
        }
        None => Some(Side::Outside),
    };
    (1..rings.len()).find(|&hole| {
        lies(hole, 0) == Some(Side::Outside)
            || (1..rings.len()).any(|other| {
                other != hole && matches!(lies(hole, other), None | Some(Side::Inside))
            })
    })
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
                write!(
                    f,
                    "hole {ring} is not inside the outer ring, or is inside or the same as another hole"
                )
            }
            FootprintError::TooManyHoles(n) => {
                write!(f, "{n} holes: at most {MAX_HOLES} are allowed; split the polygon")
            }
            FootprintError::TooIntricate => f.write_str(
                "its edges lie so close together, or meet so often in one vertex, that checking them would take too long: simplify or split it",
            ),
            FootprintError::OverHemisphere => {
                f.write_str("the polygon does not fit in a hemisphere: split it")
            }
            FootprintError::AmbiguousEdge { ring, vertex } => write!(
                f,
                "the edge after vertex {vertex} of ring {ring} goes half round the earth or more, so which way it goes is not certain: add a vertex between, or cut the shape at the antimeridian"
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
