//! About how much ground a footprint covers.

use std::f64::consts::PI;

use crate::geodesic::MEAN_RADIUS_M;
use crate::vector::Vector;
use crate::{Circle, Corridor, Footprint, Polygon, Position};

impl Footprint {
    /// About how many square metres it covers, never negative: a circle as a cap of the sphere, a corridor as a
    /// band along its line, a polygon as its shell is seen from above. Within a few hundredths for what is no
    /// larger than a country, and less than there is for what is. Nothing is decided by it about where something lies.
    ///
    /// ```
    /// use deconflict_geometry::{Circle, Footprint, Position};
    /// let center = Position::new(33.5, 38.6).unwrap();
    /// let zone = Footprint::Circle(Circle::new(center, 1_000.0).unwrap());
    /// assert!((zone.ground_m2() / 3_141_592.0 - 1.0).abs() < 0.01);
    /// ```
    pub fn ground_m2(&self) -> f64 {
        match self {
            Footprint::Polygons(polygons) => polygons.iter().map(of_polygon).sum(),
            Footprint::Circle(circle) => of_circle(circle),
            Footprint::Corridor(corridor) => of_corridor(corridor),
        }
    }
}

fn of_polygon(polygon: &Polygon) -> f64 {
    let shell = polygon.rings().first().map_or(&[][..], Vec::as_slice);
    let next = shell.iter().skip(1).chain(shell.first());
    let mut sum = [0.0; 3];
    for (a, b) in shell.iter().zip(next) {
        let part = Vector::of(*a).cross(Vector::of(*b)).components();
        (0..3).for_each(|axis| sum[axis] += part[axis]);
    }
    let length = sum.iter().map(|along| along * along).sum::<f64>().sqrt();
    0.5 * length * MEAN_RADIUS_M * MEAN_RADIUS_M
}

fn of_circle(circle: &Circle) -> f64 {
    let half = (circle.radius_m() / MEAN_RADIUS_M).min(PI) / 2.0;
    // 1 - cos x = 2 sin^2 (x / 2), which keeps small circles exact.
    4.0 * PI * (MEAN_RADIUS_M * half.sin()).powi(2)
}

fn of_corridor(corridor: &Corridor) -> f64 {
    let width_m = corridor.half_width_m();
    let angle = |pair: &[Position]| Vector::of(pair[0]).angle(Vector::of(pair[1]));
    let length: f64 = corridor.path().windows(2).map(angle).sum();
    2.0 * width_m * length * MEAN_RADIUS_M + PI * width_m * width_m
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EdgeRule;

    fn at(lat: f64, lon: f64) -> Position {
        Position::new(lat, lon).unwrap()
    }

    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 0.02, "{found} is not about {expected}");
    }

    #[test]
    fn what_is_covered_is_about_length_by_width() {
        let circle = Footprint::Circle(Circle::new(at(33.5, 38.6), 60_000.0).unwrap());
        near(circle.ground_m2(), PI * 3.6e9);
        let path = vec![at(0.0, 10.0), at(0.0, 11.0)];
        let corridor = Corridor::new(path, 500.0, EdgeRule::GreatCircle).unwrap();
        near(Footprint::Corridor(corridor).ground_m2(), 111_195.0 * 1_000.0);
        let ring = vec![at(0.0, 10.0), at(0.0, 11.0), at(1.0, 11.0), at(1.0, 10.0)];
        let square = Polygon::new(vec![ring], EdgeRule::GreatCircle).unwrap();
        near(Footprint::Polygons(vec![square]).ground_m2(), 111_195.0 * 111_195.0);
    }
}
