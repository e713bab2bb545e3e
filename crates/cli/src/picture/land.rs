//! Land: Natural Earth's polygons at 1:10,000,000, kept packed in the program.

use std::io::Read;

use flate2::read::DeflateDecoder;

use super::view::{Point, Rect, View, lat_lon, unit_of};

static PACKED: &[u8] = include_bytes!("../../assets/land.bin");

/// Longitude and latitude in degrees.
type LonLat = (f64, f64);

/// Land as the map shows it.
pub(super) struct Land {
    /// Closed rings to be filled by the even-odd rule.
    pub(super) areas: Vec<Vec<Point>>,
    /// Lines along the coast, without the cuts that the data have at the antimeridian.
    pub(super) coast: Vec<Vec<Point>>,
}

/// What the view shows of the land.
pub(super) fn in_view(view: &View) -> Land {
    let window = view.frame.grown(20.0);
    let rings = rings();
    let mut land = Land { areas: Vec::new(), coast: Vec::new() };
    for ring in &rings {
        let points = projected(view, ring);
        let (left, right) = reach(points.iter().map(|p| p.0.0));
        let (top, bottom) = reach(points.iter().map(|p| p.0.1));
        if window.meets(Rect { x: left, y: top, width: right - left, height: bottom - top }) {
            let area = clipped(points.iter().map(|p| p.0).collect(), window);
            if area.len() >= 3 {
                land.areas.push(area);
            }
            land.coast.extend(coast_lines(&points, window));
        }
    }
    // Even-odd filling counts from infinity, which on this map is the antipode: where that is on
    // land, in and out are exchanged.
    if on_land(&rings, lat_lon(view.antipode())) {
        let w = window;
        land.areas.push(vec![
            (w.x, w.y),
            (w.right(), w.y),
            (w.right(), w.bottom()),
            (w.x, w.bottom()),
        ]);
    }
    land
}

/// Unpacks the rings (tools/land.py describes the form).
fn rings() -> Vec<Vec<LonLat>> {
    let mut raw = Vec::new();
    DeflateDecoder::new(PACKED)
        .read_to_end(&mut raw)
        .expect("the asset is part of the program, and a test unpacks it");
    let mut bytes = raw.iter().copied();
    let mut double = || f64::from_le_bytes(std::array::from_fn(|_| bytes.next().unwrap_or(0)));
    let (lon_0, lat_0, lon_step, lat_step) = (double(), double(), double(), double());
    let (mut x, mut y) = (0, 0);
    let count = varint(&mut bytes);
    (0..count)
        .map(|_| {
            let vertices = varint(&mut bytes);
            let mut vertex = |_| {
                x += zigzag(varint(&mut bytes));
                y += zigzag(varint(&mut bytes));
                (lon_0 + lon_step * x as f64, lat_0 + lat_step * y as f64)
            };
            (0..vertices).map(&mut vertex).collect()
        })
        .collect()
}

fn varint(bytes: &mut impl Iterator<Item = u8>) -> u64 {
    let mut value = 0;
    for (i, byte) in bytes.by_ref().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

fn zigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

/// The ring on the paper, closed, and for each point whether the edge that ends there is a cut at
/// the antimeridian or at the pole. Long edges get points between, since they are curved there.
fn projected(view: &View, ring: &[LonLat]) -> Vec<(Point, bool)> {
    let mut out = Vec::with_capacity(ring.len() + 1);
    let mut before = ring[ring.len() - 1];
    for &(lon, lat) in ring {
        let at_edge = |(x, y): LonLat| x.abs() > 179.99 || y < -85.2;
        let cut = at_edge(before) && at_edge((lon, lat));
        let east = short_way(lon - before.0);
        let steps = east.hypot(lat - before.1).ceil().clamp(1.0, 400.0) as usize;
        for i in 1..=steps {
            let t = i as f64 / steps as f64;
            let (x, y) = (before.0 + t * east, before.1 + t * (lat - before.1));
            out.push((view.paper(unit_of(y, x)), cut));
        }
        before = (lon, lat);
    }
    out
}

/// A difference of longitudes the short way round: rings go over the antimeridian.
fn short_way(degrees: f64) -> f64 {
    degrees - 360.0 * (degrees / 360.0).round()
}

fn reach(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// The part of a ring in a rectangle (Sutherland and Hodgman 1974). Edges that this adds run along
/// the rectangle's border, where they change nothing for even-odd filling inside.
fn clipped(mut ring: Vec<Point>, window: Rect) -> Vec<Point> {
    // How far inside each of the four sides a point is.
    let sides: [&dyn Fn(Point) -> f64; 4] =
        [&|p| p.0 - window.x, &|p| window.right() - p.0, &|p| p.1 - window.y, &|p| {
            window.bottom() - p.1
        }];
    for inside in sides {
        let mut out = Vec::with_capacity(ring.len());
        for (i, &b) in ring.iter().enumerate() {
            let a = ring[(i + ring.len() - 1) % ring.len()];
            let (da, db) = (inside(a), inside(b));
            if (da >= 0.0) != (db >= 0.0) {
                let t = da / (da - db);
                out.push((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)));
            }
            if db >= 0.0 {
                out.push(b);
            }
        }
        ring = out;
    }
    ring
}

/// The stretches of a ring that come near the window and are not cuts.
fn coast_lines(points: &[(Point, bool)], window: Rect) -> Vec<Vec<Point>> {
    let mut lines: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    let mut before = points[points.len() - 1].0;
    for &(point, cut) in points {
        let far = (before.0 < window.x && point.0 < window.x)
            || (before.0 > window.right() && point.0 > window.right())
            || (before.1 < window.y && point.1 < window.y)
            || (before.1 > window.bottom() && point.1 > window.bottom());
        if cut || far {
            open = false;
        } else {
            if !open {
                lines.push(vec![before]);
                open = true;
            }
            if let Some(line) = lines.last_mut() {
                line.push(point);
            }
        }
        before = point;
    }
    lines
}

/// Whether a place is on land: its meridian northward crosses the coast an odd number of times,
/// and the north pole is in the sea.
fn on_land(rings: &[Vec<LonLat>], (lat, lon): (f64, f64)) -> bool {
    let mut crossings = 0;
    for ring in rings {
        let mut before = ring[ring.len() - 1];
        for &vertex in ring {
            let (a, b) = (short_way(before.0 - lon), short_way(vertex.0 - lon));
            if (a <= 0.0) != (b <= 0.0) && (b - a).abs() < 180.0 {
                let at = before.1 - (vertex.1 - before.1) * a / (b - a);
                crossings += usize::from(at > lat);
            }
            before = vertex;
        }
    }
    crossings % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packed_land_is_the_land() {
        let rings = rings();
        assert_eq!(rings.len(), 4049);
        assert_eq!(rings.iter().map(Vec::len).sum::<usize>(), 404_852);
        let on = |lat, lon| on_land(&rings, (lat, lon));
        assert!(on(52.09, 5.12), "Utrecht");
        assert!(on(-25.0, 134.0), "Alice Springs");
        assert!(on(-80.0, 10.0), "Antarctica");
        assert!(on(67.5, -176.0), "Chukotka east of the antimeridian");
        assert!(!on(53.2, 4.0), "the North Sea");
        assert!(!on(0.0, -30.0), "the Atlantic");
        assert!(!on(88.0, 20.0), "the Arctic");
    }

    #[test]
    fn land_is_filled_where_land_is_from_every_point_of_view() {
        let rings = rings();
        // The antipodes of the second and fourth lie on land.
        for (lat, lon) in [(52.0, 5.0), (-40.0, -177.0), (-17.0, 179.9), (30.0, -65.0), (89.0, 0.0)]
        {
            let around: Vec<_> = [(-4.0, -4.0), (4.0, 4.0), (0.9, 0.0)]
                .map(|(y, x): (f64, f64)| unit_of((lat + y).min(89.99), lon + x))
                .to_vec();
            let view = View::around(&around, 0.0, 0.0, 500.0);
            let land = in_view(&view);
            for i in 0..200 {
                let p = (2.3 + f64::from(i % 20) * 25.0, 3.7 + f64::from(i / 20) * 30.0);
                let Some(place) = view.direction(p) else { continue };
                let filled = land.areas.iter().filter(|ring| in_ring(ring, p)).count() % 2 == 1;
                assert_eq!(filled, on_land(&rings, lat_lon(place)), "{:?}", lat_lon(place));
            }
        }
    }

    fn in_ring(ring: &[Point], (x, y): Point) -> bool {
        let mut inside = false;
        for (i, &b) in ring.iter().enumerate() {
            let a = ring[(i + ring.len() - 1) % ring.len()];
            if (a.1 > y) != (b.1 > y) && x < a.0 + (b.0 - a.0) * (y - a.1) / (b.1 - a.1) {
                inside = !inside;
            }
        }
        inside
    }
}
