//! Outlines as RFC 7946 geometries: cut at the antimeridian, led around a pole.

use deconflict_geometry::Position;
use serde_json::{Value, json};

type Point = (f64, f64);

/// The geometry of an outline, a polygon or a multipolygon; `None` where it is empty.
pub(crate) fn geometry(outline: &[Vec<Vec<Position>>]) -> Option<Value> {
    let mut polygons: Vec<Vec<Vec<Point>>> = outline.iter().flat_map(|p| cut(p)).collect();
    match polygons.len() {
        0 => None,
        1 => Some(json!({"type": "Polygon", "coordinates": coordinates(&polygons.remove(0))})),
        _ => {
            let all: Vec<Value> = polygons.iter().map(|p| coordinates(p)).collect();
            Some(json!({"type": "MultiPolygon", "coordinates": all}))
        }
    }
}

fn coordinates(polygon: &[Vec<Point>]) -> Value {
    let ring = |r: &Vec<Point>| -> Value {
        r.iter().map(|(x, y)| json!([rounded(*x, 1e7), rounded(*y, 1e7)])).collect()
    };
    polygon.iter().map(ring).collect()
}

/// A polygon in longitude and latitude: as it is, or in the parts on both sides of the
/// antimeridian (RFC 7946, section 3.1.9).
fn cut(polygon: &[Vec<Position>]) -> Vec<Vec<Vec<Point>>> {
    let Some(shell) = polygon.first().map(|r| unwrapped(r, None)) else { return Vec::new() };
    let middle = shell.iter().map(|p| p.0).sum::<f64>() / shell.len().max(1) as f64;
    let mut rings = vec![shell];
    rings.extend(polygon[1..].iter().map(|r| unwrapped(r, Some(middle))));
    let reach = |f: fn(f64, f64) -> f64, start| rings[0].iter().map(|p| p.0).fold(start, f);
    let (west, east) = (reach(f64::min, f64::INFINITY), reach(f64::max, f64::NEG_INFINITY));
    let first = ((west + 180.0) / 360.0).floor() as i64;
    let last = ((east + 180.0) / 360.0).ceil() as i64 - 1;
    (first..=last.max(first))
        .map(|turn| {
            let shift = 360.0 * turn as f64;
            let part = |ring: &Vec<Point>| {
                let ring = half(ring, |x| x - (shift - 180.0), shift - 180.0);
                let ring = half(&ring, |x| (shift + 180.0) - x, shift + 180.0);
                ring.iter().map(|(x, y)| (x - shift, *y)).collect::<Vec<Point>>()
            };
            rings.iter().map(part).filter(|r| r.len() >= 4).collect::<Vec<_>>()
        })
        .filter(|rings: &Vec<_>| !rings.is_empty())
        .collect()
}

/// A closed ring with longitudes that run on past 180 degrees, so that neighbours are near each
/// other; a ring around a pole is led along it.
fn unwrapped(ring: &[Position], near: Option<f64>) -> Vec<Point> {
    let mut out: Vec<Point> = Vec::with_capacity(ring.len() + 3);
    for p in ring {
        let before = out.last().map(|l| l.0).or(near).unwrap_or(p.lon_deg());
        let turns = ((before - p.lon_deg()) / 360.0).round();
        out.push((p.lon_deg() + 360.0 * turns, p.lat_deg()));
    }
    if let (Some(&first), Some(&last)) = (out.first(), out.last())
        && (last.0 - first.0).abs() > 180.0
    {
        let pole = if ring.iter().map(|p| p.lat_deg()).sum::<f64>() > 0.0 { 90.0 } else { -90.0 };
        out.extend([(last.0, pole), (first.0, pole), first]);
    }
    out
}

/// The part of a closed ring where `side` is not negative (Sutherland and Hodgman 1974), closed.
fn half(ring: &[Point], side: impl Fn(f64) -> f64, at: f64) -> Vec<Point> {
    if ring.iter().all(|p| side(p.0) >= 0.0) {
        return ring.to_vec();
    }
    let mut out = Vec::new();
    for pair in ring.windows(2) {
        let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
        if side(ax) >= 0.0 {
            out.push((ax, ay));
        }
        if (side(ax) >= 0.0) != (side(bx) >= 0.0) {
            out.push((at, ay + (by - ay) * (at - ax) / (bx - ax)));
        }
    }
    if let Some(&first) = out.first() {
        out.push(first);
    }
    out.dedup();
    out
}

/// A number without digits that nobody measured.
pub(crate) fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(points: &[(f64, f64)]) -> Vec<Position> {
        points.iter().map(|(lon, lat)| Position::new(*lat, *lon).unwrap()).collect()
    }

    #[test]
    fn a_plain_outline_stays_one_polygon() {
        let outline = vec![vec![ring(&[(4.0, 52.0), (5.0, 52.0), (5.0, 53.0), (4.0, 52.0)])]];
        let value = geometry(&outline).unwrap();
        assert_eq!(
            value,
            json!({"type": "Polygon",
                   "coordinates": [[[4.0, 52.0], [5.0, 52.0], [5.0, 53.0], [4.0, 52.0]]]})
        );
        assert_eq!(geometry(&[]), None);
    }

    #[test]
    fn an_outline_over_the_antimeridian_is_cut_in_two() {
        let outline = vec![vec![ring(&[
            (179.0, -17.0),
            (-179.0, -17.0),
            (-179.0, -16.0),
            (179.0, -16.0),
            (179.0, -17.0),
        ])]];
        let value = geometry(&outline).unwrap();
        assert_eq!(value["type"], "MultiPolygon");
        let parts = value["coordinates"].as_array().unwrap();
        assert_eq!(parts.len(), 2);
        for part in parts {
            let ring = part[0].as_array().unwrap();
            assert_eq!(ring.first(), ring.last());
            let lons: Vec<f64> = ring.iter().map(|p| p[0].as_f64().unwrap()).collect();
            assert!(lons.iter().all(|x| (179.0..=180.0).contains(&x.abs())), "{lons:?}");
            assert!(lons.iter().all(|x| x.signum() == lons[0].signum()), "{lons:?}");
        }
    }

    #[test]
    fn an_outline_around_the_pole_reaches_the_pole() {
        let mut points: Vec<(f64, f64)> =
            (0..36).map(|i| (f64::from(i) * 10.0 - 180.0, 85.0)).collect();
        points.push(points[0]);
        let value = geometry(&[vec![ring(&points)]]).unwrap();
        assert!(value.to_string().contains("90.0"), "{value}");
    }
}
