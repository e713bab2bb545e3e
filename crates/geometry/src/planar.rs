//! The common area of two shapes, for drawing, and a place well inside it.
//!
//! Nothing is decided here: shapes are drawn on a plane (Lambert's azimuthal equal-area projection
//! around the area of interest; Snyder, "Map Projections: A Working Manual", 1987, p. 182), clipped
//! there, and taken back. Whatever rests on the result is checked on the ellipsoid afterwards.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::float::single::SingleFloatOverlay;

use crate::chain::{Box3, Chain};
use crate::geodesic::{MEAN_RADIUS_M, SHORTEST, destination};
use crate::inner::{Contour, Point, most_inner_point, simplified};
use crate::shape::{Core, Shape};
use crate::vector::{Arc, Vector};

/// What is finer than this part of the area of interest is not drawn.
const GRAIN: f64 = 3e-4;
/// How many polygons of a common area are searched for the most inner point, the largest first.
const MOST_SEARCHED: usize = 1_000;

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
    /// The middle of the largest circle that fits in, roughly.
    pub(crate) place: Vector,
    /// How far, in metres, that place lies inside each shape; above 0.
    depths_m: [f64; 2],
}

impl CommonArea {
    /// How far, in metres, the place lies inside both shapes; above 0.
    pub(crate) fn depth_m(&self) -> f64 {
        self.depths_m[0].min(self.depths_m[1])
    }

    /// Whether the place lies inside both shapes wherever their boundaries as declared run.
    pub(crate) fn is_certain(&self, a: &Shape, b: &Shape) -> bool {
        // Depths are good to a hundred-thousandth.
        let is_deep = |shape: &Shape, depth_m| depth_m > DEPTH_SLACK * shape.residual_m;
        is_deep(a, self.depths_m[0]) && is_deep(b, self.depths_m[1])
    }
}

/// Depths are this much greater than what they must be to be sure, which covers their own error.
pub(crate) const DEPTH_SLACK: f64 = 1.001;

/// What two shapes have in common as drawn.
struct Drawing {
    /// Polygons of rings.
    polygons: Vec<Vec<Vec<Vector>>>,
    /// The place that is deepest inside.
    place: Vector,
    /// How deep it is, in radians.
    depth: f64,
}

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
                let drawn = simplified(&ring, self.grain, squared_distance_to_chord);
                contours.push(drawn.into_iter().map(|v| self.project(v)).collect());
                ring.clear();
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
        let path = simplified(&ends.collect::<Vec<_>>(), grain, squared_distance_to_chord);
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

/// The square of the distance of points from a chord.
fn squared_distance_to_chord(a: Vector, b: Vector) -> impl Fn(Vector) -> f64 {
    let chord = b - a;
    let squared = chord.dot(chord);
    let per_squared = if squared > 0.0 { 1.0 / squared } else { 0.0 };
    move |p| {
        let from_a = p - a;
        let to_chord = from_a - chord * (from_a.dot(chord) * per_squared).clamp(0.0, 1.0);
        to_chord.dot(to_chord)
    }
}

/// The common area of two shapes; `None` when there is none or it is too small to draw. The place
/// has a depth in both; where one is to be found that is so deep in both that it is certain, it is.
pub(crate) fn common_area(a: &Shape, b: &Shape) -> Option<CommonArea> {
    if a.bounds().distance(&b.bounds()) > 0.0 {
        return None;
    }
    let depths_m = |place: Vector| {
        let depth_m = a.depth_m(place);
        let depths_m = [depth_m, if depth_m > 0.0 { b.depth_m(place) } else { 0.0 }];
        (depths_m[1] > 0.0).then_some(depths_m)
    };
    let area = |Drawing { polygons, place, .. }: Drawing| {
        depths_m(place).map(|depths_m| CommonArea { polygons, place, depths_m })
    };
    // What is deeper than this is certain.
    let wanted = DEPTH_SLACK * a.residual_m.max(b.residual_m) / (SHORTEST * MEAN_RADIUS_M);
    let grain = a.bounds().intersection(&b.bounds()).diagonal() * GRAIN;
    let rough = rough_common_area(a, b, grain, wanted);
    let reach = rough.as_ref().map_or(0.0, |rough| rough.depth + 2.0 * grain);
    let Some(mut found) = rough.and_then(area) else {
        let center = a.nearest(b).own;
        return fine_common_area(a, b, center, 0.0, wanted).and_then(area);
    };
    // A rough drawing may have lost a place that is deep enough.
    if !found.is_certain(a, b)
        && reach > wanted
        && grain > wanted / 10.0
        && let Some(fine) = fine_common_area(a, b, found.place, wanted / 10.0, wanted)
        && let Some(depths_m) = depths_m(fine.place)
        && depths_m[0].min(depths_m[1]) > found.depth_m()
    {
        (found.place, found.depths_m) = (fine.place, depths_m);
    }
    Some(found)
}

/// The common area in any detail, drawn around a point in or near it in the projection in which arcs are
/// straight.
fn fine_common_area(
    a: &Shape,
    b: &Shape,
    center: Vector,
    grain: f64,
    wanted: f64,
) -> Option<Drawing> {
    const LEAST_COSINE: f64 = 0.1;
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
    let plane = Plane { gnomonic: true, ..Plane::at(center, grain) };
    clip(&plane, a, b, &Window::of(a, b), wanted)
}

/// The common area as drawn around the middle of where both may be.
fn rough_common_area(a: &Shape, b: &Shape, grain: f64, wanted: f64) -> Option<Drawing> {
    let middle = a.bounds().intersection(&b.bounds()).center();
    let center = if middle.norm() > 0.01 { middle.unit() } else { a.anchor() };
    let plane = Plane::at(center, grain);
    let antipode = plane.center * -1.0;
    if a.holds(antipode) || b.holds(antipode) {
        return None;
    }
    clip(&plane, a, b, &Window::of(a, b), wanted)
}

/// What both shapes have in common within a window, and the most inner place; one whose depth is `wanted`,
/// in radians, if there is any.
fn clip(plane: &Plane, a: &Shape, b: &Shape, window: &Window, wanted: f64) -> Option<Drawing> {
    let (a, b) = (plane.draw(a, window), plane.draw(b, window));
    let shapes: Shapes = a.overlay_as::<i64>(&b, OverlayRule::Intersect, FillRule::EvenOdd);
    let mut sizes: Vec<(f64, &Vec<Contour>)> = shapes
        .iter()
        .filter(|shape| shape.first().is_some_and(|outer| outer.len() > 2))
        .map(|shape| (area(&shape[0]).abs() / 2.0, shape))
        .collect();
    sizes.sort_by(|p, q| q.0.total_cmp(&p.0));
    let (mut place, mut depth) = (None, 0.0);
    for (size, shape) in sizes.into_iter().take(MOST_SEARCHED) {
        // A circle that is larger than the polygon does not fit in.
        if size <= std::f64::consts::PI * depth * depth {
            break;
        }
        if let Some((inner, inner_depth)) = most_inner_point(shape, depth, wanted) {
            (place, depth) = (Some(inner), inner_depth);
        }
    }
    let place = plane.unproject(place?);
    let ring = |contour: &Contour| contour.iter().map(|&p| plane.unproject(p)).collect();
    let polygons = shapes.iter().map(|shape| shape.iter().map(ring).collect()).collect();
    Some(Drawing { polygons, place, depth })
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
    let (_, depth) = most_inner_point(&[contour], 0.0, 0.0).unwrap_or_default();
    RingSize { area_m2, width_m: 2.0 * depth * MEAN_RADIUS_M }
}

/// The points of an arc that it is drawn through, but its last.
pub(crate) fn pieces(arc: Arc) -> impl Iterator<Item = Vector> {
    // No chord is longer than its arc, and no short one differs from it by a thousandth.
    let chord = (arc.b - arc.a).norm();
    let length = if chord < 0.999 * LONGEST_PIECE { chord } else { arc.angle() };
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
