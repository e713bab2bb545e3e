//! The map's view: Lambert's azimuthal equal-area projection around the middle of what is shown.
//!
//! It has no seam at the antimeridian and nothing special at the poles; the only point that it
//! cannot show is the antipode of the middle. Snyder, Map Projections: A Working Manual (USGS
//! Professional Paper 1395, 1987), equations 24-2 to 24-4, written with vectors.

use deconflict_geometry::Position;

/// A direction from the centre of the sphere, of length 1.
pub(super) type Vec3 = [f64; 3];

/// A point on the paper, in pixels, y downward.
pub(super) type Point = (f64, f64);

const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// The direction of a place, its geodetic latitude taken straight to the sphere.
pub(super) fn unit(p: Position) -> Vec3 {
    unit_of(p.lat_deg(), p.lon_deg())
}

/// The direction of a latitude and a longitude in degrees.
pub(super) fn unit_of(lat_deg: f64, lon_deg: f64) -> Vec3 {
    let (sin_lat, cos_lat) = lat_deg.to_radians().sin_cos();
    let (sin_lon, cos_lon) = lon_deg.to_radians().sin_cos();
    [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
}

/// Latitude and longitude of a direction in degrees.
pub(super) fn lat_lon(v: Vec3) -> (f64, f64) {
    (v[2].atan2(v[0].hypot(v[1])).to_degrees(), v[1].atan2(v[0]).to_degrees())
}

pub(super) fn dot(a: Vec3, b: Vec3) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn normalized(v: Vec3) -> Vec3 {
    let length = dot(v, v).sqrt();
    v.map(|c| c / length)
}

/// The direction between two: `t` from 0 (`a`) to 1 (`b`), along the great circle.
pub(super) fn between(a: Vec3, b: Vec3, t: f64) -> Vec3 {
    let angle = angle(a, b);
    if angle < 1e-9 {
        return a;
    }
    let (p, q) = (((1.0 - t) * angle).sin(), (t * angle).sin());
    normalized([p * a[0] + q * b[0], p * a[1] + q * b[1], p * a[2] + q * b[2]])
}

/// The angle between two directions in radians.
pub(super) fn angle(a: Vec3, b: Vec3) -> f64 {
    let d = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    2.0 * (dot(d, d).sqrt() / 2.0).min(1.0).asin()
}

/// A rectangle on the paper.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Rect {
    pub(super) fn right(self) -> f64 {
        self.x + self.width
    }

    pub(super) fn bottom(self) -> f64 {
        self.y + self.height
    }

    pub(super) fn contains(self, (x, y): Point) -> bool {
        (self.x..=self.right()).contains(&x) && (self.y..=self.bottom()).contains(&y)
    }

    pub(super) fn meets(self, other: Rect) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    pub(super) fn grown(self, by: f64) -> Rect {
        Rect {
            x: self.x - by,
            y: self.y - by,
            width: self.width + 2.0 * by,
            height: self.height + 2.0 * by,
        }
    }
}

/// Where the middle of the map is and how large a metre is.
pub(super) struct View {
    /// The map on the paper.
    pub(super) frame: Rect,
    middle: Vec3,
    east: Vec3,
    north: Vec3,
    /// Pixels per earth radius.
    scale: f64,
}

/// The height of a map as a part of its width, at least and at most.
const SHAPE: (f64, f64) = (0.62, 1.0);
/// The least half-width of a map, in metres.
const LEAST_M: f64 = 1_500.0;
/// The empty border around what is shown, as a part of its extent.
const BORDER: f64 = 0.12;

impl View {
    /// The view that shows all `points` in a map whose upper left corner is at `x`, `y`.
    pub(super) fn around(points: &[Vec3], x: f64, y: f64, width: f64) -> View {
        let frame = Rect { x, y, width, height: width };
        let mut view = View::centred(points.first().copied().unwrap_or([1.0, 0.0, 0.0]), frame);
        let mut half = (0.0, 0.0);
        // The middle of the extent moves the middle of the map, which changes the extent a little.
        for _ in 0..4 {
            let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
            for p in points {
                let (px, py) = view.plane(*p);
                low = (low.0.min(px), low.1.min(py));
                high = (high.0.max(px), high.1.max(py));
            }
            if points.is_empty() {
                (low, high) = ((-2.0, -2.0), (2.0, 2.0));
            }
            half = ((high.0 - low.0) / 2.0, (high.1 - low.1) / 2.0);
            view = View::centred(
                view.unplane(((low.0 + high.0) / 2.0, (low.1 + high.1) / 2.0)),
                frame,
            );
        }
        let padded = |h: f64| (h * (1.0 + 2.0 * BORDER)).clamp(LEAST_M / EARTH_RADIUS_M, 2.02);
        let (hx, hy) = (padded(half.0), padded(half.1));
        let shape = (hy / hx).clamp(SHAPE.0, SHAPE.1);
        let frame = Rect { height: (width * shape).round(), ..frame };
        let scale = (frame.width / (2.0 * hx)).min(frame.height / (2.0 * hy));
        View { frame, scale, ..view }
    }

    fn centred(middle: Vec3, frame: Rect) -> View {
        let middle = normalized(middle);
        let flat = middle[0].hypot(middle[1]);
        let east =
            if flat < 1e-9 { [0.0, 1.0, 0.0] } else { [-middle[1] / flat, middle[0] / flat, 0.0] };
        let north = [
            middle[1] * east[2] - middle[2] * east[1],
            middle[2] * east[0] - middle[0] * east[2],
            middle[0] * east[1] - middle[1] * east[0],
        ];
        View { frame, middle, east, north, scale: 1.0 }
    }

    /// In earth radii from the middle, y northward.
    fn plane(&self, p: Vec3) -> Point {
        let k = (2.0 / (1.0 + dot(self.middle, p)).max(1e-12)).sqrt();
        (k * dot(self.east, p), k * dot(self.north, p))
    }

    fn unplane(&self, (x, y): Point) -> Vec3 {
        let rho = x.hypot(y).min(2.0);
        if rho < 1e-12 {
            return self.middle;
        }
        let (sin, cos) = (2.0 * (rho / 2.0).asin()).sin_cos();
        let along = |axis: usize| (x * self.east[axis] + y * self.north[axis]) / x.hypot(y);
        normalized([0, 1, 2].map(|axis| cos * self.middle[axis] + sin * along(axis)))
    }

    /// Where a direction is on the paper.
    pub(super) fn paper(&self, p: Vec3) -> Point {
        let (x, y) = self.plane(p);
        let (cx, cy) = self.centre();
        (cx + x * self.scale, cy - y * self.scale)
    }

    /// What is at a point of the paper; `None` outside the globe.
    pub(super) fn direction(&self, (x, y): Point) -> Option<Vec3> {
        let (cx, cy) = self.centre();
        let plane = ((x - cx) / self.scale, (cy - y) / self.scale);
        (plane.0.hypot(plane.1) < 2.0).then(|| self.unplane(plane))
    }

    fn centre(&self) -> Point {
        (self.frame.x + self.frame.width / 2.0, self.frame.y + self.frame.height / 2.0)
    }

    /// The middle's antipode, the point that the map cannot show.
    pub(super) fn antipode(&self) -> Vec3 {
        self.middle.map(|c| -c)
    }

    /// The globe's outline on the paper, where the frame reaches beyond it: middle and radius.
    pub(super) fn globe(&self) -> Option<(Point, f64)> {
        let radius = 2.0 * self.scale;
        let corner = (self.frame.width / 2.0).hypot(self.frame.height / 2.0);
        (radius < corner).then(|| (self.centre(), radius))
    }

    /// Pixels per metre in the middle of the map.
    pub(super) fn pixels_per_m(&self) -> f64 {
        self.scale / EARTH_RADIUS_M
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_and_direction_are_inverse_everywhere() {
        for (lat, lon) in [(52.0, 5.0), (-17.0, 179.9), (90.0, 0.0), (-90.0, 12.0), (0.0, -180.0)] {
            let points = [unit_of(lat, lon), unit_of((lat + 1.0).min(90.0), lon)];
            let view = View::around(&points, 0.0, 0.0, 1000.0);
            for p in points {
                let back = view.direction(view.paper(p)).unwrap();
                assert!(angle(back, p) < 1e-9, "{lat} {lon}: {back:?}");
                assert!(view.frame.contains(view.paper(p)));
            }
        }
    }

    #[test]
    fn what_lies_on_both_sides_of_the_antimeridian_is_shown_together() {
        let points = [unit_of(-17.0, 179.5), unit_of(-17.5, -179.5)];
        let view = View::around(&points, 0.0, 0.0, 1000.0);
        assert!(view.pixels_per_m() > 0.005, "{}", view.pixels_per_m());
        assert!(view.paper(points[0]).0 < view.paper(points[1]).0, "east is to the right");
    }

    #[test]
    fn nothing_to_show_shows_the_globe() {
        assert!(View::around(&[], 0.0, 0.0, 1000.0).globe().is_some());
    }
}
