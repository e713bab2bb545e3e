//! What a volume is widened to, and what is asked about that.

use std::fmt;

use super::cell::Cell;
use super::cover::{Ground, polygon};
use super::{HEIGHT_RESOLUTION_M, HEIGHTS_M, MAX_CELLS, SharingGrid};
use crate::geodesic::{MEAN_RADIUS_M, SHORTEST};
use crate::{Instant, Rules, SpaceTimeBox, Volume, Window, cap_corners};

/// A declaration as those may know it who may not see it: cells, steps of height and slots of time.
///
/// Two declarations that touch the same cells, steps and slots are equal here. It is made by
/// [`SharingGrid::widen`] and read back by [`WidenedVolume::new`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WidenedVolume {
    /// Cells of one level of one grid, in order.
    pub(super) cells: Vec<Cell>,
    pub(super) lower_m: Option<i32>,
    pub(super) upper_m: Option<i32>,
    /// From the beginning of a slot to the end of one.
    pub(super) window: Window,
}

/// Why cells, heights and a window are not what a volume is widened to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WidenedError {
    /// No cells, or more than [`MAX_CELLS`].
    Count(usize),
    /// A cell of another grid or another level than the first one.
    Mixed(Cell),
    /// The heights are not the ends of steps within the range of heights, the lower one first.
    Heights(Option<i32>, Option<i32>),
    /// The window does not run from the beginning of a slot to the end of one, or only for parts.
    Window,
}

/// How far beyond its cap a cell's polygon may reach, in radians: over a metre.
const CAP_SLACK: f64 = 2e-7;

impl WidenedVolume {
    /// Reads back what was written down: cells in any order, the ends of the heights in metres above
    /// mean sea level (`None`: unbounded) and the window.
    ///
    /// # Errors
    /// When it cannot have been made with this grid.
    pub fn new(
        grid: SharingGrid,
        mut cells: Vec<Cell>,
        lower_m: Option<i32>,
        upper_m: Option<i32>,
        window: Window,
    ) -> Result<WidenedVolume, WidenedError> {
        cells.sort_unstable();
        cells.dedup();
        let (Some(first), 1..=MAX_CELLS) = (cells.first(), cells.len()) else {
            return Err(WidenedError::Count(cells.len()));
        };
        let belongs =
            |cell: &&Cell| cell.layer() == first.layer() && cell.layer().cell_m() == grid.cell_m();
        if let Some(stranger) = cells.iter().find(|cell| !belongs(cell)) {
            return Err(WidenedError::Mixed(*stranger));
        }
        let step_m = i64::from(grid.height_m());
        let is_step = |height_m: i32| {
            i64::from(height_m) % step_m == 0
                && (HEIGHTS_M.0 as i64 - step_m..=HEIGHTS_M.1 as i64 + step_m)
                    .contains(&i64::from(height_m))
        };
        let upside_down = matches!((lower_m, upper_m), (Some(l), Some(u)) if l >= u);
        if upside_down || !lower_m.into_iter().chain(upper_m).all(is_step) {
            return Err(WidenedError::Heights(lower_m, upper_m));
        }
        let slot_ns = grid.slot_ns();
        let is_edge = |t: Instant| t.nanos() % slot_ns == 0;
        let instant = window.from().is_some() && window.from() == window.until();
        if instant
            || window.is_part_time()
            || !window.from().into_iter().chain(window.until()).all(is_edge)
        {
            return Err(WidenedError::Window);
        }
        Ok(WidenedVolume { cells, lower_m, upper_m, window })
    }

    /// The cells, all of one level, in order; none for a footprint of no shapes.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Where the lowest step begins, in metres above mean sea level; `None`: unbounded.
    pub fn lower_m(&self) -> Option<i32> {
        self.lower_m
    }

    /// Where the highest step ends, in metres above mean sea level; `None`: unbounded. The step does
    /// not hold its end.
    pub fn upper_m(&self) -> Option<i32> {
        self.upper_m
    }

    /// From the beginning of the first slot to the end of the last one, which does not hold it. Never
    /// part-time.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Whether a volume comes nearer than `rules` require, or possibly does. So it is whenever it is
    /// not [`Relation::Apart`](crate::Relation::Apart) from the volume that was widened, provided
    /// that it was widened by the same facts about heights.
    ///
    /// It depends on the widened volume only through what stands here.
    pub fn meets(&self, other: &Volume, rules: &Rules) -> bool {
        self.meets_in_time(other.window, rules)
            && self.meets_in_height(other, rules)
            && self.meets_on_the_ground(other, rules.separation.horizontal_m)
    }

    fn meets_in_time(&self, window: Window, rules: &Rules) -> bool {
        let later = |t: Instant| i128::from(t.nanos()) + i128::from(rules.separation.time_ns);
        let ends_before = match (self.window.until(), window.from()) {
            (Some(until), Some(from)) => later(until) <= i128::from(from.nanos()),
            _ => false,
        };
        let begins_after = match (self.window.from(), window.until()) {
            (Some(from), Some(until)) => later(until) < i128::from(from.nanos()),
            _ => false,
        };
        !ends_before && !begins_after
    }

    fn meets_in_height(&self, other: &Volume, rules: &Rules) -> bool {
        let (low_m, high_m) = other.band.amsl_m(&rules.heights);
        let apart_m = rules.separation.vertical_m;
        // The upper end was rounded up with the resolution added, the lower one was not.
        let is_below = self.upper_m.is_some_and(|upper| low_m >= f64::from(upper) + apart_m);
        let is_above = self
            .lower_m
            .is_some_and(|lower| f64::from(lower) > high_m + apart_m + HEIGHT_RESOLUTION_M);
        !is_below && !is_above
    }

    fn meets_on_the_ground(&self, other: &Volume, horizontal_m: f64) -> bool {
        self.cells.iter().any(|&cell| {
            let ground = Ground::of(cell);
            other.footprint.shapes().any(|shape| ground.comes_within(shape, horizontal_m))
        })
    }

    /// The cells, steps and slots that both have; `None` when there are none in some dimension. Where
    /// their levels differ, the cells are those of the finer one.
    ///
    /// There are some whenever the two volumes, widened with one grid and by the same facts, are not
    /// [`Relation::Apart`](crate::Relation::Apart) without a separation. Where a separation is
    /// required, two may come too near and yet have no cell in common. Of two grids, the cells of the
    /// finer one are told that touch one of the other.
    pub fn common(&self, other: &WidenedVolume) -> Option<WidenedVolume> {
        self.common_up_to(other, usize::MAX)
    }

    /// The same with no more than the first `most` cells of it, at least one; the rest is not looked for.
    pub fn common_up_to(&self, other: &WidenedVolume, most: usize) -> Option<WidenedVolume> {
        let lower_m = self.lower_m.max(other.lower_m);
        let upper_m = least(self.upper_m, other.upper_m);
        let from = self.window.from().max(other.window.from());
        let until = least(self.window.until(), other.window.until());
        // To compare numbers costs less than to look for cells.
        if is_empty(lower_m, upper_m) || is_empty(from, until) {
            return None;
        }
        let cells = common_cells(&self.cells, &other.cells, most.max(1));
        if cells.is_empty() {
            return None;
        }
        let window = Window::new(from, until).ok()?;
        Some(WidenedVolume { cells, lower_m, upper_m, window })
    }

    /// Whether both have a cell, whatever their heights and times.
    pub fn shares_cells(&self, other: &WidenedVolume) -> bool {
        !common_cells(&self.cells, &other.cells, 1).is_empty()
    }

    /// The box under which the index keeps it; the [reach](Volume::reach) of every volume that it
    /// meets meets the box.
    pub fn bounds(&self) -> SpaceTimeBox {
        self.bounds_grown(0.0, 0.0, 0)
    }

    /// The box with which the index is asked for what is nearer than `rules` require; it meets the
    /// [bounds](Volume::bounds) of every volume that this meets.
    pub fn reach(&self, rules: &Rules) -> SpaceTimeBox {
        let apart = rules.separation;
        self.bounds_grown(apart.horizontal_m, apart.vertical_m, apart.time_ns)
    }

    fn bounds_grown(&self, horizontal_m: f64, vertical_m: f64, time_ns: i64) -> SpaceTimeBox {
        // A chord is no longer than its arc.
        let by = horizontal_m / (SHORTEST * MEAN_RADIUS_M);
        let (mut min, mut max) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        for cell in &self.cells {
            let (center, angle) = cell.cap();
            let (low, high) = cap_corners(center.components(), angle + CAP_SLACK);
            for axis in 0..3 {
                min[axis] = min[axis].min(low[axis] - by);
                max[axis] = max[axis].max(high[axis] + by);
            }
        }
        let vertical_m = vertical_m + HEIGHT_RESOLUTION_M;
        let low = self.lower_m.map_or(f64::NEG_INFINITY, |m| f64::from(m) - vertical_m);
        let high = self.upper_m.map_or(f64::INFINITY, |m| f64::from(m) + vertical_m);
        let from = self.window.from().map_or(i64::MIN, |t| t.nanos().saturating_sub(time_ns));
        let until = self.window.until().map_or(i64::MAX, |t| t.nanos().saturating_add(time_ns));
        SpaceTimeBox::new(min, max, (low, high), (from, until))
    }
}

fn common_cells(own: &[Cell], its: &[Cell], most: usize) -> Vec<Cell> {
    let (Some(one), Some(other)) = (own.first(), its.first()) else { return Vec::new() };
    let (finer, coarser, layer) = if one.layer() <= other.layer() {
        (own, its, other.layer())
    } else {
        (its, own, one.layer())
    };
    if one.layer().cell_m() == other.layer().cell_m() {
        let has = |cell: &Cell| coarser.binary_search(&cell.at_level(layer.level())).is_ok();
        return finer.iter().copied().filter(has).take(most).collect();
    }
    let areas: Vec<_> = coarser.iter().filter_map(|&cell| polygon(cell)).collect();
    let touches = |cell: &Cell| {
        let ground = Ground::of(*cell);
        areas.iter().any(|area| ground.comes_within(area, 0.0))
    };
    finer.iter().copied().filter(touches).take(most).collect()
}

/// The lesser of two ends, where `None` is no end.
fn least<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Whether a stretch holds nothing, when its end is not part of it.
fn is_empty<T: Ord>(from: Option<T>, until: Option<T>) -> bool {
    matches!((from, until), (Some(from), Some(until)) if from >= until)
}

impl fmt::Display for WidenedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WidenedError::Count(n) => write!(f, "{n} cells: must be 1 to {MAX_CELLS}"),
            WidenedError::Mixed(cell) => {
                write!(f, "cell {cell}: all cells must be of the space's grid and of one level")
            }
            WidenedError::Heights(lower, upper) => {
                let end = |m: &Option<i32>| m.map_or("unbounded".to_owned(), |m| format!("{m} m"));
                write!(
                    f,
                    "heights {} to {}: must be whole steps of the space's grid, the lower first, \
                     between -12,000 and 1,000,000 m",
                    end(lower),
                    end(upper)
                )
            }
            WidenedError::Window => {
                f.write_str("the window: must be whole slots of the space's grid")
            }
        }
    }
}

impl std::error::Error for WidenedError {}
