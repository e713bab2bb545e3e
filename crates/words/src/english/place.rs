//! A footprint in a few words.

use deconflict_geometry::{Footprint, Polygon};

use super::figures::counted;
use crate::figures::{count, distance, trimmed};

/// A footprint in a few words.
pub fn place(footprint: &Footprint) -> String {
    match footprint {
        Footprint::Circle(c) => format!("circle, {} around {}", distance(c.radius_m()), c.center()),
        Footprint::Corridor(c) => format!(
            "corridor, {} to each side, {}",
            distance(c.half_width_m()),
            counted(c.path().len(), "point", "points")
        ),
        Footprint::Polygons(polygons) => {
            let vertices = polygons.iter().flat_map(|p| p.rings()).map(Vec::len).sum();
            let vertices = counted(vertices, "vertex", "vertices");
            let area = area_words(polygons.iter().map(Polygon::area_m2).sum());
            match polygons.len() {
                1 => format!("polygon, {vertices}, about {area}"),
                n => format!("{n} polygons, {vertices}, about {area}"),
            }
        }
    }
}

/// `850 m²`, `3.4 km²`, `1,250 km²`.
fn area_words(m2: f64) -> String {
    match m2 / 1e6 {
        km2 if km2 < 0.01 => format!("{m2:.0} m²"),
        km2 if km2 < 100.0 => format!("{} km²", trimmed(km2, 2)),
        km2 => format!("{} km²", count(km2.round() as usize)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_in_the_unit_that_suits_their_size() {
        assert_eq!(area_words(12_364.4e6), "12,364 km²");
        assert_eq!(area_words(3.4e6), "3.4 km²");
        assert_eq!(area_words(850.0), "850 m²");
    }
}
