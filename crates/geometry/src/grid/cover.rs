//! The cells that a footprint touches.

use super::MAX_CELLS;
use super::cell::{Cell, Layer};
use crate::edges::densify;
use crate::geodesic::{Bounds, DistanceOrder, LONGEST, MEAN_RADIUS_M};
use crate::region::{Region, Side};
use crate::shape::{Core, Shape};
use crate::vector::{Arc, Vector};
use crate::{EdgeRule, Footprint};

/// What is nearer than this, in metres, to being within reach is left to the exact test: more than
/// distances on the earth are uncertain by.
const DOUBT_M: f64 = 1e-4;

/// How many cells of the level at which the search begins lie across the footprint, or fewer.
const CELLS_ACROSS: f64 = 4.0;

/// A cell, and those of the footprint's shapes that may touch it.
struct Candidate<'a> {
    ground: Ground,
    shapes: Vec<&'a Shape>,
}

/// The cells that a footprint touches, or possibly touches, at the finest level at which there are at
/// most [`MAX_CELLS`]; in order.
///
/// A cell that the footprint does not touch has no part that it touches, so the search goes down from a
/// coarser level and follows what may be touched by a rough test. The exact one is left to the
/// levels where the number of cells decides, because coarse cells have outlines of many arcs.
pub(super) fn cover(cell_m: u32, footprint: &Footprint) -> Vec<Cell> {
    let shapes: Vec<&Shape> = footprint.shapes().collect();
    let (level, found) = beginning(cell_m, footprint, &shapes);
    descend(level, found)
}

/// From the cells of a level that may be touched to those of the finest.
fn descend(level: u8, mut found: Vec<Candidate<'_>>) -> Vec<Cell> {
    for _ in 0..level {
        let mut finer = Vec::new();
        for coarse in &found {
            finer.extend(candidates(coarse.ground.cell.parts(), &coarse.shapes));
        }
        if finer.len() > MAX_CELLS {
            finer.retain(touching_up_to(MAX_CELLS + 1));
            if finer.len() > MAX_CELLS {
                break;
            }
        }
        found = finer;
    }
    found.retain(touching_up_to(MAX_CELLS));
    let mut cells: Vec<Cell> = found.into_iter().map(|candidate| candidate.ground.cell).collect();
    cells.sort_unstable();
    cells
}

/// The level at which the search begins, and the cells there that may be touched: at most
/// [`MAX_CELLS`], so that a search from the coarsest level would have come there too.
fn beginning<'a>(
    cell_m: u32,
    footprint: &Footprint,
    shapes: &[&'a Shape],
) -> (u8, Vec<Candidate<'a>>) {
    let (center, angle) = footprint.bounds().cap();
    let coarsest = Layer::coarsest(cell_m);
    let fitting = Layer::fitting(cell_m, 2.0 * angle / CELLS_ACROSS);
    let near = fitting.around(center, angle).map(|cells| candidates(cells.into_iter(), shapes));
    match near.filter(|found| found.len() <= MAX_CELLS) {
        Some(found) => (fitting.level(), found),
        None => (coarsest.level(), candidates(coarsest.cells(), shapes)),
    }
}

/// Says of the first `most` cells that are touched that they are; does not test further.
fn touching_up_to(most: usize) -> impl FnMut(&Candidate<'_>) -> bool {
    let mut count = 0;
    move |Candidate { ground, shapes }| {
        let touched = count < most && shapes.iter().any(|shape| ground.comes_within(shape, 0.0));
        count += usize::from(touched);
        touched
    }
}

/// Those of the cells that some of the shapes may touch.
fn candidates<'a>(cells: impl Iterator<Item = Cell>, shapes: &[&'a Shape]) -> Vec<Candidate<'a>> {
    cells
        .filter_map(|cell| {
            let ground = Ground::of(cell);
            let near = |shape: &&&Shape| !ground.is_surely_beyond(shape);
            let shapes: Vec<&Shape> = shapes.iter().filter(near).copied().collect();
            (!shapes.is_empty()).then_some(Candidate { ground, shapes })
        })
        .collect()
}

/// A cell, ready to be asked how near shapes come to it.
pub(super) struct Ground {
    cell: Cell,
    /// The disc around the cell's centre in which it lies.
    disc: Shape,
}

/// What the centre of a cell tells of how near a shape comes to the cell.
enum Rough {
    /// Not within reach.
    Beyond,
    /// Within reach.
    Within,
    /// Perhaps; of what is surely within reach of the shape this is nearest to the centre, or nearly.
    Unclear(Vector),
}

impl Ground {
    pub(super) fn of(cell: Cell) -> Ground {
        let (center, angle) = cell.cap();
        let margin_m = LONGEST * MEAN_RADIUS_M * angle;
        Ground { cell, disc: Shape { core: Core::point(center), margin_m, residual_m: 0.0 } }
    }

    /// Whether the shape comes within `separation_m` metres of the cell, or possibly does. Says so of
    /// whatever is not [`Relation::Apart`](crate::Relation::Apart) from the cell's polygon under that
    /// separation.
    pub(super) fn comes_within(&self, shape: &Shape, separation_m: f64) -> bool {
        match self.roughly(shape, separation_m) {
            Rough::Beyond => false,
            Rough::Within => true,
            Rough::Unclear(near) => {
                self.cell.holds(near.position()) || self.exactly_within(shape, separation_m)
            }
        }
    }

    fn is_surely_beyond(&self, shape: &Shape) -> bool {
        matches!(self.roughly(shape, 0.0), Rough::Beyond)
    }

    fn roughly(&self, shape: &Shape, separation_m: f64) -> Rough {
        if self.disc.least_gap_m(shape) > shape.residual_m + separation_m + DOUBT_M {
            return Rough::Beyond;
        }
        let center = self.disc.anchor();
        if let Core::Region(region) = &shape.core
            && region.side_of(center) != Side::Outside
        {
            return Rough::Within;
        }
        let reach_m = reach_m(shape, separation_m);
        let nearest = self.disc.nearest(shape);
        let distance = Bounds::of_angle(nearest.angle);
        if distance.high <= reach_m {
            Rough::Within
        } else if distance.low > self.disc.margin_m + reach_m + DOUBT_M {
            Rough::Beyond
        } else {
            let from_core = Arc { a: nearest.other, b: center };
            Rough::Unclear(from_core.at(reach_m / (LONGEST * MEAN_RADIUS_M)))
        }
    }

    fn exactly_within(&self, shape: &Shape, separation_m: f64) -> bool {
        // If ever a cell's outline were no region, then nothing is said to be beyond it.
        let Some(own) = polygon(self.cell) else { return true };
        let limit_m = own.residual_m + reach_m(shape, separation_m);
        own.core.compare_distance(&shape.core, limit_m) != DistanceOrder::Greater
    }
}

/// Metres around the shape's core that count as within.
fn reach_m(shape: &Shape, separation_m: f64) -> f64 {
    shape.margin_m + shape.residual_m + separation_m
}

/// A cell as a polygon; its edges are straight in longitude and latitude.
pub(super) fn polygon(cell: Cell) -> Option<Shape> {
    let line = densify(&cell.outline(), EdgeRule::LonLat, true, 0).ok()?;
    let region = Region::new(&[line.vectors]).ok()?;
    Some(Shape { core: Core::Region(region), margin_m: 0.0, residual_m: line.residual_m })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::horizontal::{CommonAreas, footprints};
    use crate::{Circle, Corridor, Polygon, Position, Relation};

    fn p(lat: f64, lon: f64) -> Position {
        Position::new(lat, lon).unwrap()
    }

    /// Each cell of level `least` and of the next as the polygon that it is.
    fn levels(cell_m: u32, least: u8) -> [Vec<(Cell, Footprint)>; 2] {
        let coarsest = Layer::coarsest(cell_m);
        let mut cells: Vec<Cell> = coarsest.cells().collect();
        for _ in least + 1..coarsest.level() {
            cells = cells.into_iter().flat_map(Cell::parts).collect();
        }
        let parts = cells.iter().copied().flat_map(Cell::parts).collect();
        let drawn = |cell: Cell| {
            let area = Polygon::new(vec![cell.outline().to_vec()], EdgeRule::LonLat).unwrap();
            (cell, Footprint::Polygons(vec![area]))
        };
        [parts, cells].map(|cells: Vec<Cell>| cells.into_iter().map(drawn).collect())
    }

    #[test]
    fn the_search_finds_what_testing_every_cell_finds() {
        // Twelve rows on each side of the equator, some 830 km high, and six.
        let levels = levels(100_000, 3);
        let circle =
            |lat, lon, radius_m| Footprint::Circle(Circle::new(p(lat, lon), radius_m).unwrap());
        let path = vec![p(-50.0, -70.0), p(10.0, -30.0), p(55.0, 10.0), p(60.0, 150.0)];
        let ring = |lat: f64, lon: f64, by: f64| {
            vec![p(lat - by, lon - by), p(lat - by, lon + by), p(lat + by, lon)]
        };
        let frame =
            Polygon::new(vec![ring(0.0, 0.0, 40.0), ring(0.0, 0.0, 20.0)], EdgeRule::LonLat);
        for footprint in [
            circle(33.5, 38.6, 10_000_000.0),
            circle(-75.0, 180.0, 3_000_000.0),
            Footprint::Corridor(Corridor::new(path, 200_000.0, EdgeRule::Geodesic).unwrap()),
            Footprint::Polygons(vec![frame.unwrap()]),
        ] {
            let touched = |(_, area): &&(Cell, Footprint)| {
                footprints(area, &footprint, 0.0, &mut CommonAreas::default()).relation
                    != Relation::Apart
            };
            let mut expected: Vec<Cell> = levels
                .iter()
                .map(|cells| cells.iter().filter(touched).map(|(cell, _)| *cell).collect())
                .find(|cells: &Vec<Cell>| cells.len() <= MAX_CELLS)
                .unwrap();
            expected.sort_unstable();
            let found = cover(100_000, &footprint);
            if expected[0].layer().level() > 3 {
                assert_eq!(found, expected);
            } else {
                let mut found: Vec<Cell> = found.into_iter().map(|cell| cell.at_level(3)).collect();
                found.sort_unstable();
                found.dedup();
                assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn the_search_from_nearby_finds_what_the_search_from_the_coarsest_level_finds() {
        let mut begun_below = 0;
        let mut compare = |cell_m: u32, footprint: &Footprint| {
            let shapes: Vec<&Shape> = footprint.shapes().collect();
            let (level, _) = beginning(cell_m, footprint, &shapes);
            let coarsest = Layer::coarsest(cell_m);
            begun_below += usize::from(level < coarsest.level());
            let whole = descend(coarsest.level(), candidates(coarsest.cells(), &shapes));
            assert_eq!(cover(cell_m, footprint), whole, "{cell_m} {footprint:?}");
        };
        let lats = [-90.0, -89.99, -45.0, -0.001, 0.0, 33.5, 60.0, 89.7, 89.999];
        for (i, lat) in lats.into_iter().enumerate() {
            for (j, lon) in [-180.0, -120.0, -0.004, 38.6, 179.999].into_iter().enumerate() {
                let cell_m = [100, 1_000, 25_000][(i + j) % 3];
                for cells in [0.01, 0.9, 7.0, 30.0] {
                    let circle = Circle::new(p(lat, lon), cells * f64::from(cell_m)).unwrap();
                    compare(cell_m, &Footprint::Circle(circle));
                }
                let end = p((lat + 0.3).min(90.0), if lon > 179.0 { -179.9 } else { lon + 0.2 });
                let line = Corridor::new(vec![p(lat, lon), end], 300.0, EdgeRule::Geodesic);
                compare(1_000, &Footprint::Corridor(line.unwrap()));
            }
        }
        assert!(begun_below > 100, "{begun_below}");
    }

    #[test]
    fn no_cell_has_an_outline_that_is_no_polygon() {
        for cell_m in [100, 1_000, 98_765] {
            let mut cell = Layer::coarsest(cell_m).cells().last();
            while let Some(own) = cell {
                assert!(polygon(own).is_some(), "{own}");
                let parts: Vec<Cell> = own.parts().collect();
                assert!(parts.iter().all(|&part| polygon(part).is_some()), "{own}");
                cell = parts.get(own.layer().level() as usize % parts.len().max(1)).copied();
            }
        }
    }
}
