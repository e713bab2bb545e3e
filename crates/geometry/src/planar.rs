//! The common area of two shapes, for drawing, and a place well inside it.
//!
//! Nothing is decided here: shapes are drawn on a plane (Lambert's azimuthal equal-area projection
//! around the area of interest; Snyder, "Map Projections: A Working Manual", 1987, p. 182), clipped
//! there, and taken back. Whatever rests on the result is checked on the ellipsoid afterwards.

use std::collections::BinaryHeap;
use std::rc::Rc;

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::float::single::SingleFloatOverlay;

use crate::chain::{Box3, Chain};
use crate::geodesic::{MEAN_RADIUS_M, destination};
use crate::shape::{Core, Shape};
use crate::vector::{Arc, Vector};

/// What is finer than this part of the area of interest is not drawn.
const GRAIN: f64 = 3e-4;
/// How many squares the search for the most inner point may split.
const INNER_POINT_SQUARES: usize = 200;

type Point = [f64; 2];
type Contour = Vec<Point>;
/// Polygons of contours, the outer one first.
type Shapes = Vec<Vec<Contour>>;

/// Sides of the polygon that is drawn for a circle: it lies within 0.13 % of the radius.
const CIRCLE_SIDES: usize = 64;
/// The longest piece, in radians, in which an arc is drawn.
const LONGEST_PIECE: f64 = 0.5 * std::f64::consts::PI / 180.0;

/// The common area of two shapes.
pub(crate) struct CommonArea {
    /// Polygons of rings, the outer one first and counter-clockwise; not closed.
    pub(crate) polygons: Vec<Vec<Vec<Vector>>>,
    /// The middle of the largest circle that fits in the largest polygon, roughly.
    pub(crate) place: Vector,
    /// How far, in metres, that place lies inside both shapes; above 0.
    pub(crate) depth_m: f64,
}

/// Polygons of rings and a place inside the largest.
type Drawing = (Vec<Vec<Vec<Vector>>>, Vector);

/// A plane that touches the earth.
struct Plane {
    center: Vector,
    east: Vector,
    north: Vector,
    /// Bends smaller than this, in radians, are not drawn.
    grain: f64,
    /// Gnomonic rather than equal-area: arcs are straight lines.
    gnomonic: bool,
}

/// Where shapes have to be drawn as they are: elsewhere their boundaries may take short cuts.
struct Window {
    around: Box3,
    /// How far, on the unit sphere, a short cut may lie from the boxes of what it cuts.
    bulge: f64,
}

impl Window {
    /// What both shapes may have in common, and as far around it as a short cut of either may stray
    /// from the box of its shape.
    fn of(a: &Shape, b: &Shape) -> Window {
        let overlap = a.bounds().intersection(&b.bounds());
        let bulge = (0.05 * overlap.diagonal()).max(2e-5);
        Window { around: overlap.grown(2.0 * bulge), bulge }
    }
}

impl Plane {
    fn at(center: Vector, grain: f64) -> Plane {
        let east = center.perpendicular();
        Plane { center, east, north: center.cross(east), grain, gnomonic: false }
    }

    fn project(&self, v: Vector) -> Point {
        // Differences first: the products of a small area would lose their digits.
        let d = v - self.center;
        let cosine = v.dot(self.center);
        let k = if self.gnomonic { 1.0 / cosine } else { (2.0 / (1.0 + cosine).max(1e-12)).sqrt() };
        [k * d.dot(self.east), k * d.dot(self.north)]
    }

    fn unproject(&self, [x, y]: Point) -> Vector {
        if self.gnomonic {
            return (self.center + self.east * x + self.north * y).unit();
        }
        let squared = (x * x + y * y).min(4.0);
        let k = (1.0 - squared / 4.0).sqrt();
        (self.center * (1.0 - squared / 2.0) + self.east * (k * x) + self.north * (k * y)).unit()
    }

    /// The shape's outline on the plane, by the even-odd rule; true within the window.
    fn draw(&self, shape: &Shape, window: &Window) -> Vec<Contour> {
        let chain = match &shape.core {
            Core::Region(region) => return self.draw_rings(&region.chain, window),
            Core::Line(chain) => chain,
        };
        let mut parts = self.draw_corridor(chain, shape.margin_m);
        if parts.len() > 1 {
            let none = Vec::<Contour>::new();
            let union: Shapes =
                parts.overlay_as::<i64>(&none, OverlayRule::Subject, FillRule::NonZero);
            parts = union.concat();
        }
        parts
    }

    fn draw_rings(&self, chain: &Chain, window: &Window) -> Vec<Contour> {
        let mut contours = Vec::new();
        let mut ring: Vec<Vector> = Vec::new();
        chain.outline_in(&window.around, window.bulge, |from, to, ends| {
            ring.extend(pieces(Arc { a: from, b: to }));
            if ends {
                ring.push(to);
                let drawn = simplified(&std::mem::take(&mut ring), self.grain);
                contours.push(drawn.into_iter().map(|v| self.project(v)).collect());
            }
        });
        contours
    }

    /// A disc at every end and a strip along every arc; their union is the corridor.
    fn draw_corridor(&self, chain: &Chain, margin_m: f64) -> Vec<Contour> {
        let disc = |v: Vector| -> Contour {
            let mut contour: Contour =
                circle(v, margin_m).into_iter().map(|v| self.project(v)).collect();
            wind(&mut contour);
            contour
        };
        let ends = chain.arcs.iter().map(|arc| arc.a).chain(chain.arcs.last().map(|arc| arc.b));
        // A bend far smaller than the width does not show.
        let grain = self.grain.max(0.005 * margin_m / MEAN_RADIUS_M);
        let path = simplified(&ends.collect::<Vec<_>>(), grain);
        let mut contours = vec![disc(path[0])];
        for leg in path.windows(2).filter(|leg| leg[0] != leg[1]) {
            let arc = Arc { a: leg[0], b: leg[1] };
            let normal = (arc.a - arc.b).cross(arc.a + arc.b).unit();
            let (mut strip, mut right) = (Contour::new(), Contour::new());
            for v in pieces(arc).chain([arc.b]) {
                let to_left = azimuth_deg(v, normal);
                strip.push(self.project(offset(v, to_left, margin_m)));
                right.push(self.project(offset(v, to_left + 180.0, margin_m)));
            }
            strip.extend(right.into_iter().rev());
            wind(&mut strip);
            contours.push(strip);
            contours.push(disc(arc.b));
        }
        contours
    }
}

/// The points of a line without those that lie within `grain` of the straight line between those
/// that stay (Douglas and Peucker, 1973). The ends stay.
fn simplified(line: &[Vector], grain: f64) -> Vec<Vector> {
    let mut stays = vec![false; line.len()];
    let mut stack = vec![(0, line.len().saturating_sub(1))];
    while let Some((first, last)) = stack.pop() {
        stays[first] = true;
        stays[last] = true;
        let farthest = (first + 1..last)
            .map(|i| (i, distance_to_chord(line[i], line[first], line[last])))
            .max_by(|p, q| p.1.total_cmp(&q.1));
        if let Some((i, distance)) = farthest
            && distance > grain
        {
            stack.push((first, i));
            stack.push((i, last));
        }
    }
    line.iter().zip(stays).filter(|(_, stays)| *stays).map(|(v, _)| *v).collect()
}

fn distance_to_chord(p: Vector, a: Vector, b: Vector) -> f64 {
    let along = b - a;
    let squared = along.dot(along);
    let t = if squared > 0.0 { ((p - a).dot(along) / squared).clamp(0.0, 1.0) } else { 0.0 };
    (p - a - along * t).norm()
}

/// The common area of two shapes; `None` when there is none or it is too small to draw. The place
/// has a depth in both.
pub(crate) fn common_area(a: &Shape, b: &Shape) -> Option<CommonArea> {
    if a.bounds().distance(&b.bounds()) > 0.0 {
        return None;
    }
    let in_both = |(polygons, place): Drawing| {
        let depth_m = a.depth_m(place);
        let depth_m = if depth_m > 0.0 { depth_m.min(b.depth_m(place)) } else { 0.0 };
        (depth_m > 0.0).then_some(CommonArea { polygons, place, depth_m })
    };
    rough_common_area(a, b).and_then(in_both).or_else(|| thin_common_area(a, b).and_then(in_both))
}

/// The common area where it is far thinner than the shapes: drawn in full detail around a point of
/// both boundaries, in the projection in which arcs are straight.
fn thin_common_area(a: &Shape, b: &Shape) -> Option<Drawing> {
    const LEAST_COSINE: f64 = 0.1;
    let center = a.nearest(b).own;
    let visible = |shape: &Shape| {
        let margin = shape.margin_m / MEAN_RADIUS_M;
        margin < 0.5
            && shape
                .core
                .chain()
                .arcs
                .iter()
                .all(|arc| arc.a.dot(center).min(arc.b.dot(center)) > LEAST_COSINE + margin)
    };
    if !visible(a) || !visible(b) {
        return None;
    }
    clip(&Plane { gnomonic: true, ..Plane::at(center, 0.0) }, a, b, &Window::of(a, b))
}

/// The common area as drawn around the middle of where both may be.
fn rough_common_area(a: &Shape, b: &Shape) -> Option<Drawing> {
    let overlap = a.bounds().intersection(&b.bounds());
    let middle = overlap.center();
    let center = if middle.norm() > 0.01 { middle.unit() } else { a.anchor() };
    let plane = Plane::at(center, overlap.diagonal() * GRAIN);
    let antipode = plane.center * -1.0;
    if a.holds(antipode) || b.holds(antipode) {
        return None;
    }
    clip(&plane, a, b, &Window::of(a, b))
}

fn clip(plane: &Plane, a: &Shape, b: &Shape, window: &Window) -> Option<Drawing> {
    let (a, b) = (plane.draw(a, window), plane.draw(b, window));
    let shapes: Shapes = a.overlay_as::<i64>(&b, OverlayRule::Intersect, FillRule::EvenOdd);
    let largest = shapes
        .iter()
        .filter(|shape| shape.first().is_some_and(|outer| outer.len() > 2))
        .max_by(|p, q| area(&p[0]).abs().total_cmp(&area(&q[0]).abs()))?;
    let place = plane.unproject(most_inner_point(largest).0);
    let polygons = shapes
        .iter()
        .map(|shape| {
            shape
                .iter()
                .map(|contour| contour.iter().map(|&p| plane.unproject(p)).collect())
                .collect()
        })
        .collect();
    Some((polygons, place))
}

/// How large what a ring encloses is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct RingSize {
    /// Square metres on the sphere; positive where the ring goes counter-clockwise.
    pub(crate) area_m2: f64,
    /// The diameter in metres of the largest circle that fits inside, to 5 %.
    pub(crate) width_m: f64,
}

/// The size of a ring that is not closed by a repeated vertex; for deciding by orders of magnitude.
pub(crate) fn ring_size(ring: &[Vector]) -> RingSize {
    let middle = ring.iter().fold(Box3::EMPTY, |b, &v| b.with(v)).center();
    let plane = Plane::at(if middle.norm() > 0.01 { middle.unit() } else { ring[0] }, 0.0);
    let contour: Contour = ring.iter().map(|&v| plane.project(v)).collect();
    let area_m2 = area(&contour) / 2.0 * MEAN_RADIUS_M * MEAN_RADIUS_M;
    let (_, depth) = most_inner_point(&[contour]);
    RingSize { area_m2, width_m: 2.0 * depth.max(0.0) * MEAN_RADIUS_M }
}

/// The points of an arc that it is drawn through, but its last.
pub(crate) fn pieces(arc: Arc) -> impl Iterator<Item = Vector> {
    let length = arc.angle();
    let n = (length / LONGEST_PIECE).ceil().max(1.0);
    (0..n as usize).map(move |k| if k == 0 { arc.a } else { arc.at(length * k as f64 / n) })
}

/// Points of the circle of `radius_m` metres around `center`.
fn circle(center: Vector, radius_m: f64) -> Vec<Vector> {
    (0..CIRCLE_SIDES)
        .map(|k| offset(center, 360.0 * k as f64 / CIRCLE_SIDES as f64, radius_m))
        .collect()
}

/// The point `metres` from `from` towards an azimuth.
fn offset(from: Vector, azimuth_deg: f64, metres: f64) -> Vector {
    // Up to 100 km the ellipsoid's radii of curvature at `from` serve well enough for a drawing
    // (within 5e-5 of the distance) and at a tenth of the cost of a geodesic.
    if metres > 100_000.0 {
        return Vector::of(destination(from.position(), azimuth_deg, metres));
    }
    const A_M: f64 = 6_378_137.0;
    const E2: f64 = 0.006_694_379_990_141_3;
    let w2 = 1.0 - E2 * from.z * from.z;
    let (meridian_m, normal_m) = (A_M * (1.0 - E2) / w2.powf(1.5), A_M / w2.sqrt());
    let (sin, cos) = azimuth_deg.to_radians().sin_cos();
    let (east, north) = east_north(from);
    let step = north * (metres * cos / meridian_m) + east * (metres * sin / normal_m);
    let angle = step.norm();
    if angle == 0.0 { from } else { (from * angle.cos() + step * (angle.sin() / angle)).unit() }
}

/// The directions east and north; at a pole, those of longitude 0.
fn east_north(v: Vector) -> (Vector, Vector) {
    let east = Vector { x: -v.y, y: v.x, z: 0.0 };
    let east = if east.norm() > 0.0 { east.unit() } else { Vector { x: 0.0, y: 1.0, z: 0.0 } };
    (east, v.cross(east))
}

/// The azimuth at `v`, in degrees, of a direction.
fn azimuth_deg(v: Vector, direction: Vector) -> f64 {
    let (east, north) = east_north(v);
    direction.dot(east).atan2(direction.dot(north)).to_degrees()
}

/// Twice the area, positive counter-clockwise.
fn area(contour: &[Point]) -> f64 {
    let Some(&[x0, y0]) = contour.first() else { return 0.0 };
    contour
        .windows(2)
        .map(|w| (w[0][0] - x0) * (w[1][1] - y0) - (w[1][0] - x0) * (w[0][1] - y0))
        .sum()
}

/// Turns a contour counter-clockwise, so that overlapping parts add up.
fn wind(contour: &mut Contour) {
    if area(contour) < 0.0 {
        contour.reverse();
    }
}

/// A square that may hold the most inner point.
struct Cell {
    center: Point,
    half: f64,
    /// The distance of the centre from the boundary, negative outside.
    depth: f64,
    /// No point of the square is deeper.
    bound: f64,
    /// The edges that may be the nearest to a point of the square.
    edges: Rc<[Edge]>,
}

type Edge = (Point, Point);

impl Cell {
    /// A square around all edges.
    fn whole(center: Point, half: f64, boundary: &Rc<[Edge]>) -> Cell {
        Cell::new(center, half, boundary, |center| is_inside(center, boundary))
    }

    /// One of the quarters of this square.
    fn quarter(&self, [dx, dy]: Point, boundary: &[Edge]) -> Cell {
        let center = [self.center[0] + dx, self.center[1] + dy];
        let way = dx.hypot(dy) * (1.0 + 1e-9);
        Cell::new(center, self.half / 2.0, &self.edges, |center| {
            // No boundary lies on the way between the centres.
            if self.depth.abs() > way { self.depth > 0.0 } else { is_inside(center, boundary) }
        })
    }

    /// A square whose nearest edges are among `edges`.
    fn new(
        center: Point,
        half: f64,
        edges: &Rc<[Edge]>,
        is_inside: impl FnOnce(Point) -> bool,
    ) -> Cell {
        let to_corner = half * std::f64::consts::SQRT_2;
        let squared: Vec<f64> = edges.iter().map(|&edge| squared_distance(center, edge)).collect();
        let distance = squared.iter().copied().fold(f64::INFINITY, f64::min).sqrt();
        // On the way to a corner one edge comes nearer by at most that way, and another goes away.
        let reach = (distance + 2.0 * to_corner) * (1.0 + 1e-9);
        let near = |squared: &f64| *squared <= reach * reach;
        // A list that hardly shrinks is shared with the square above.
        let edges = if squared.iter().filter(|s| near(s)).count() * 4 > edges.len() * 3 {
            Rc::clone(edges)
        } else {
            edges.iter().zip(&squared).filter(|(_, s)| near(s)).map(|(edge, _)| *edge).collect()
        };
        let depth = if is_inside(center) { distance } else { -distance };
        Cell { center, half, depth, bound: depth + to_corner, edges }
    }
}

impl Ord for Cell {
    fn cmp(&self, other: &Cell) -> std::cmp::Ordering {
        self.bound.total_cmp(&other.bound)
    }
}

impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Cell) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Cell) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Cell {}

/// The point deepest inside a polygon, to 5 % of the depth, and its depth: squares are split, the
/// most promising first, until none can hold a deeper one (the method of Mapbox's "polylabel", 2016)
/// or, for very long or ragged polygons, enough of them were.
fn most_inner_point(shape: &[Contour]) -> (Point, f64) {
    let (mut min, mut max) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for p in &shape[0] {
        for i in 0..2 {
            min[i] = min[i].min(p[i]);
            max[i] = max[i].max(p[i]);
        }
    }
    let middle = [f64::midpoint(min[0], max[0]), f64::midpoint(min[1], max[1])];
    let half = ((max[0] - min[0]).max(max[1] - min[1])) / 2.0;
    let boundary: Rc<[Edge]> = shape.iter().flat_map(|contour| edges(contour)).collect();
    // The middle of the longest cut through the middle is inside even where the middle is not.
    let mut deepest = (middle, f64::NEG_INFINITY);
    for along in [0, 1] {
        let inner = inner_point(shape, along, middle[1 - along]);
        let depth = Cell::whole(inner, 0.0, &boundary).depth;
        if depth > deepest.1 {
            deepest = (inner, depth);
        }
    }
    let mut heap = BinaryHeap::from([Cell::whole(middle, half, &boundary)]);
    for _ in 0..INNER_POINT_SQUARES {
        let Some(cell) = heap.pop() else { break };
        if cell.bound <= deepest.1.max(0.0) * 1.05 {
            break;
        }
        let h = cell.half / 2.0;
        for quarter in [[-h, -h], [h, -h], [-h, h], [h, h]] {
            let quarter = cell.quarter(quarter, &boundary);
            if quarter.depth > deepest.1 {
                deepest = (quarter.center, quarter.depth);
            }
            if quarter.bound > deepest.1.max(0.0) * 1.05 {
                heap.push(quarter);
            }
        }
    }
    deepest
}

/// The middle of the longest stretch inside the polygon of the line along one coordinate (0 or 1) on
/// which the other is `at`.
fn inner_point(shape: &[Contour], along: usize, at: f64) -> Point {
    let across = 1 - along;
    let mut cuts: Vec<f64> = Vec::new();
    for (p, q) in shape.iter().flat_map(|contour| edges(contour)) {
        if (p[across] > at) != (q[across] > at) {
            let share = (at - p[across]) / (q[across] - p[across]);
            cuts.push(p[along] + (q[along] - p[along]) * share);
        }
    }
    cuts.sort_by(f64::total_cmp);
    cuts.chunks_exact(2).max_by(|p, q| (p[1] - p[0]).total_cmp(&(q[1] - q[0]))).map_or(
        shape[0][0],
        |cut| {
            let middle = f64::midpoint(cut[0], cut[1]);
            if along == 0 { [middle, at] } else { [at, middle] }
        },
    )
}

fn edges(contour: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    contour.iter().enumerate().map(|(i, &p)| (p, contour[(i + 1) % contour.len()]))
}

/// Whether an odd number of edges separates a point from the outside.
fn is_inside([x, y]: Point, boundary: &[Edge]) -> bool {
    boundary.iter().fold(false, |inside, &(p, q)| {
        let crosses =
            (p[1] > y) != (q[1] > y) && x < (q[0] - p[0]) * (y - p[1]) / (q[1] - p[1]) + p[0];
        inside != crosses
    })
}

fn squared_distance([x, y]: Point, (p, q): Edge) -> f64 {
    let (dx, dy) = (q[0] - p[0], q[1] - p[1]);
    let squared = dx * dx + dy * dy;
    let t = if squared > 0.0 {
        (((x - p[0]) * dx + (y - p[1]) * dy) / squared).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (ex, ey) = (p[0] + t * dx - x, p[1] + t * dy - y);
    ex * ex + ey * ey
}
