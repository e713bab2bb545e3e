//! How large an area is.

use deconflict_geometry::{Polygon, Position};

/// The area of polygons on the sphere, good to half a percent; `None` where a ring goes around a
/// pole. Chamberlain and Duquette, Some Algorithms for Polygons on a Sphere (JPL 2007), equation 14.
pub fn area_m2(polygons: &[Polygon]) -> Option<f64> {
    const EARTH_RADIUS_M: f64 = 6_371_008.8;
    let ring = |ring: &Vec<Position>| -> Option<f64> {
        let (mut turn, mut sum) = (0.0, 0.0);
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            let east = b.lon_deg() - a.lon_deg();
            let east = (east - 360.0 * (east / 360.0).round()).to_radians();
            turn += east;
            sum += east * (2.0 + a.lat_deg().to_radians().sin() + b.lat_deg().to_radians().sin());
        }
        (turn.abs() < 1.0).then(|| (sum * EARTH_RADIUS_M * EARTH_RADIUS_M / 2.0).abs())
    };
    let mut area = 0.0;
    for polygon in polygons {
        for (i, r) in polygon.rings().iter().enumerate() {
            area += if i == 0 { ring(r)? } else { -ring(r)? };
        }
    }
    Some(area)
}

#[cfg(test)]
mod tests {
    use deconflict_geometry::EdgeRule;

    use super::*;

    fn square(lat: f64, lon: f64, side: f64) -> Polygon {
        let corner = |y: f64, x: f64| Position::new(lat + y * side, lon + x * side).unwrap();
        let ring = vec![corner(0.0, 0.0), corner(0.0, 1.0), corner(1.0, 1.0), corner(1.0, 0.0)];
        Polygon::new(vec![ring], EdgeRule::LonLat).unwrap()
    }

    #[test]
    fn areas_are_those_of_the_sphere() {
        // A degree by a degree at the equator: 111.195 km squared.
        let area = area_m2(&[square(0.0, 10.0, 1.0)]).unwrap();
        assert!((area / 1e6 - 12_364.0).abs() < 5.0, "{area}");
        let same = area_m2(&[square(0.0, 179.0, 1.0)]).unwrap();
        assert!((same - area).abs() < 1.0, "{same}");
    }
}
