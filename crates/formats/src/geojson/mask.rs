//! Rectangles round the world with holes: nations publish everything outside them so.
//!
//! An edge of RFC 7946 is straight in longitude and latitude (section 3.1.1), so one from -180 to 180
//! is certain, but no shape here reaches round the earth. The rectangle is read in pieces along
//! meridians and parallels: a frame around the holes, and rectangles around the frame.

use deconflict_geometry::{EdgeRule, Polygon, Position};

use crate::reading::Reading;

/// A rectangle of longitudes and latitudes in degrees.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Rectangle {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

/// From which width on, in degrees, a rectangle is read in pieces.
const WIDE_DEG: f64 = 170.0;
/// The widest and highest piece, in degrees.
const PIECE_DEG: f64 = 60.0;
/// The widest frame around holes, in degrees, that surely fits in a hemisphere.
const FRAME_DEG: f64 = 120.0;
/// How far, in degrees, the frame may lie from the holes.
const MARGIN_DEG: f64 = 1.0;

/// The pieces of a polygon whose shell is a rectangle too wide for one shape; `None` for any other
/// polygon. The rings are closed positions as longitude and latitude.
///
/// # Errors
/// When a hole is no valid shape, or the file has too many positions.
pub(super) fn pieces(
    rings: &[Vec<(f64, f64)>],
    reading: &mut Reading,
) -> Result<Option<Vec<Polygon>>, String> {
    let [shell, holes @ ..] = rings else { return Ok(None) };
    let Some(whole) = rectangle(shell) else { return Ok(None) };
    let is_open = |ring: &Vec<(f64, f64)>| ring.len() < 4 || ring.first() != ring.last();
    if whole.east - whole.west < WIDE_DEG || holes.iter().any(is_open) {
        return Ok(None);
    }
    let mut pieces = Vec::new();
    if holes.is_empty() {
        whole.cut(&mut pieces);
    } else {
        let Some(frame) = whole.frame(bounds(holes.iter().flatten())) else { return Ok(None) };
        let mut rings = vec![frame.ring()];
        rings.extend(holes.iter().cloned());
        pieces.push(rings);
        let Rectangle { west, south, east, north } = frame;
        for beside in [
            Rectangle { east: west, south, north, ..whole },
            Rectangle { west: east, south, north, ..whole },
            Rectangle { north: south, ..whole },
            Rectangle { south: north, ..whole },
        ] {
            beside.cut(&mut pieces);
        }
    }
    let polygon = |rings: Vec<Vec<(f64, f64)>>| {
        let mut outlines = Vec::with_capacity(rings.len());
        for ring in rings {
            let open = ring.split_last().map_or(&[][..], |(_, open)| open);
            let positions = open.iter().map(|(lon, lat)| Position::new(*lat, *lon));
            let positions = positions.collect::<Result<Vec<_>, _>>().map_err(|e| e.to_string())?;
            reading.take_line(&positions, true, EdgeRule::LonLat)?;
            outlines.push(positions);
        }
        Polygon::with_crossings(outlines, EdgeRule::LonLat).map_err(|e| e.to_string())
    };
    let polygons = pieces.into_iter().map(polygon).collect::<Result<Vec<_>, String>>()?;
    reading.note("a rectangle round the world was read in pieces along meridians and parallels");
    Ok(Some(polygons))
}

/// The rectangle that a closed ring is, whatever further positions lie on its sides.
fn rectangle(ring: &[(f64, f64)]) -> Option<Rectangle> {
    if ring.len() < 5 || ring.first() != ring.last() {
        return None;
    }
    let whole = bounds(ring.iter());
    let on_side = |(lon, lat): (f64, f64)| {
        lon == whole.west || lon == whole.east || lat == whole.south || lat == whole.north
    };
    let along = ring.windows(2).all(|pair| {
        let ((a, b), (c, d)) = (pair[0], pair[1]);
        on_side(pair[0]) && (a == c || b == d) && on_side(((a + c) / 2.0, (b + d) / 2.0))
    });
    // An edge over half the world is taken to go the other way, across the antimeridian, but for one
    // that goes all the way.
    let certain = ring.windows(2).all(|pair| {
        let span = (pair[0].0 - pair[1].0).abs();
        span < 180.0 || span == 360.0
    });
    // Once round, and not there and back: the sides add up to the way round.
    let way: f64 = ring.windows(2).map(|p| (p[0].0 - p[1].0).abs() + (p[0].1 - p[1].1).abs()).sum();
    let round = 2.0 * (whole.east - whole.west + whole.north - whole.south);
    let corners = [
        (whole.west, whole.south),
        (whole.east, whole.south),
        (whole.east, whole.north),
        (whole.west, whole.north),
    ];
    let is_one =
        along && certain && way == round && corners.iter().all(|corner| ring.contains(corner));
    let in_range = whole.west >= -180.0 && whole.east <= 180.0;
    (is_one && in_range && whole.south < whole.north).then_some(whole)
}

fn bounds<'a>(positions: impl Iterator<Item = &'a (f64, f64)>) -> Rectangle {
    let none = Rectangle {
        west: f64::INFINITY,
        south: f64::INFINITY,
        east: f64::NEG_INFINITY,
        north: f64::NEG_INFINITY,
    };
    positions.fold(none, |r, (lon, lat)| Rectangle {
        west: r.west.min(*lon),
        south: r.south.min(*lat),
        east: r.east.max(*lon),
        north: r.north.max(*lat),
    })
}

impl Rectangle {
    /// The frame around holes with these bounds, which must lie inside.
    fn frame(self, holes: Rectangle) -> Option<Rectangle> {
        let margin = |gap: f64| (gap / 2.0).min(MARGIN_DEG);
        let frame = Rectangle {
            west: holes.west - margin(holes.west - self.west),
            south: holes.south - margin(holes.south - self.south),
            east: holes.east + margin(self.east - holes.east),
            north: holes.north + margin(self.north - holes.north),
        };
        let inside = self.west < frame.west
            && frame.west < holes.west
            && self.south < frame.south
            && frame.south < holes.south
            && holes.east < frame.east
            && frame.east < self.east
            && holes.north < frame.north
            && frame.north < self.north;
        let fits = frame.east - frame.west <= FRAME_DEG && frame.north - frame.south <= FRAME_DEG;
        (inside && fits).then_some(frame)
    }

    /// Adds the rectangle in pieces that are small enough.
    fn cut(self, into: &mut Vec<Vec<Vec<(f64, f64)>>>) {
        let steps = |from: f64, to: f64| {
            let count = ((to - from) / PIECE_DEG).ceil().max(1.0);
            let at = move |i: f64| if i == count { to } else { from + (to - from) * i / count };
            (0..count as usize).map(move |i| (at(i as f64), at(i as f64 + 1.0)))
        };
        for (west, east) in steps(self.west, self.east) {
            for (south, north) in steps(self.south, self.north) {
                into.push(vec![Rectangle { west, south, east, north }.ring()]);
            }
        }
    }

    fn ring(self) -> Vec<(f64, f64)> {
        let Rectangle { west, south, east, north } = self;
        vec![(west, south), (east, south), (east, north), (west, north), (west, south)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::ReadOptions;

    const WORLD: [(f64, f64); 5] =
        [(-180.0, -90.0), (180.0, -90.0), (180.0, 90.0), (-180.0, 90.0), (-180.0, -90.0)];

    fn read(rings: &[Vec<(f64, f64)>]) -> Result<Option<Vec<Polygon>>, String> {
        pieces(rings, &mut Reading::new(&ReadOptions::default()))
    }

    #[test]
    fn only_a_wide_rectangle_is_read_in_pieces() {
        let narrow = Rectangle { west: 0.0, south: 0.0, east: 100.0, north: 10.0 }.ring();
        let across = Rectangle { west: -179.0, south: 0.0, east: 179.0, north: 10.0 }.ring();
        let mut bent = WORLD.to_vec();
        bent.insert(1, (0.0, -80.0));
        let mut back = WORLD.to_vec();
        back.splice(1..1, [(90.0, -90.0), (0.0, -90.0)]);
        for ring in [narrow, across, bent, back, WORLD[..4].to_vec()] {
            assert_eq!(read(std::slice::from_ref(&ring)), Ok(None), "{ring:?}");
        }
        let mut beaded = WORLD.to_vec();
        beaded.splice(1..1, [(-60.0, -90.0), (60.0, -90.0)]);
        for ring in [WORLD.to_vec(), beaded] {
            assert_eq!(read(&[ring]).unwrap().unwrap().len(), 18);
        }
    }

    #[test]
    fn holes_stand_in_a_frame_of_their_own() {
        let country = Rectangle { west: 22.0, south: 57.5, east: 28.0, north: 59.7 }.ring();
        let polygons = read(&[WORLD.to_vec(), country.clone()]).unwrap().unwrap();
        assert_eq!(polygons[0].rings().len(), 2);
        let corner = polygons[0].rings()[0][0];
        assert_eq!((corner.lon_deg(), corner.lat_deg()), (21.0, 56.5));
        let touching = Rectangle {
            west: -180.0,
            ..Rectangle { west: 0.0, south: 0.0, east: 1.0, north: 1.0 }
        };
        assert_eq!(read(&[WORLD.to_vec(), touching.ring()]), Ok(None));
    }
}
