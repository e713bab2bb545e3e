//! What two declarations have in common, as both sides may know it.

use deconflict_geometry::{
    Band, Cell, EdgeRule, Footprint, Polygon, Volume, WidenedVolume, Window,
};

use crate::entry::{Certainty, Extent, GridCell, MAX_CELLS};
use crate::finder::Judging;
use crate::time::{SECOND_NS, Time};

/// What two widened volumes that conflict have in common; where a separation is required they may
/// have no cell in common, and then it is the cells that come too near.
pub(crate) fn shared(
    a: &WidenedVolume,
    b: &WidenedVolume,
    certainty: Certainty,
    judging: &Judging,
) -> Extent {
    // Of more cells than are named, the first are enough: what all pairs have in common begins with them.
    if let Some(common) = a.common_up_to(b, MAX_CELLS) {
        return Extent {
            cells: common.cells().iter().map(|cell| GridCell::from(*cell)).collect(),
            from: common.window().from().map(Time),
            until: common.window().until().map(Time),
            lower_m: common.lower_m(),
            upper_m: common.upper_m(),
            certainty,
        };
    }
    let mut cells = cells_near(a, b, judging);
    cells.extend(cells_near(b, a, judging));
    let windows = [a.window(), b.window()];
    let from = windows.iter().filter_map(|w| w.from()).max();
    let until = windows.iter().filter_map(|w| w.until()).min();
    // Windows that only come near each other: from the end of the one to the beginning of the other.
    let (from, until) = match (from, until) {
        (Some(from), Some(until)) if until < from => (Some(until), Some(from)),
        both => both,
    };
    let lower = a.lower_m().max(b.lower_m());
    let upper = match (a.upper_m(), b.upper_m()) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let (lower_m, upper_m) = match (lower, upper) {
        (Some(lower), Some(upper)) if upper < lower => (Some(upper), Some(lower)),
        both => both,
    };
    Extent { cells, from: from.map(Time), until: until.map(Time), lower_m, upper_m, certainty }
}

/// The cells of the one that come nearer to the other than is required.
fn cells_near(own: &WidenedVolume, other: &WidenedVolume, judging: &Judging) -> Vec<GridCell> {
    own.cells()
        .iter()
        .filter(|cell| comes_near(**cell, other, judging))
        .take(MAX_CELLS)
        .map(|cell| GridCell::from(*cell))
        .collect()
}

fn comes_near(cell: Cell, other: &WidenedVolume, judging: &Judging) -> bool {
    // If ever a cell's outline were no polygon, then nothing is said to be beyond it.
    let Ok(polygon) = Polygon::new(vec![cell.outline().to_vec()], EdgeRule::LonLat) else {
        return true;
    };
    let footprint = Footprint::Polygons(vec![polygon]);
    other
        .meets(&Volume { footprint, band: Band::UNLIMITED, window: Window::ALWAYS }, &judging.rules)
}

/// Whether two widened volumes come nearer than is required. It depends on nothing but their cells,
/// steps and slots, so that neither side learns more of the other by it.
pub(crate) fn near(a: &WidenedVolume, b: &WidenedVolume, judging: &Judging) -> bool {
    let apart = judging.rules.separation;
    let before =
        |a: &WidenedVolume, b: &WidenedVolume| match (a.window().until(), b.window().from()) {
            // A slot does not hold its end.
            (Some(until), Some(from)) => {
                i128::from(until.nanos()) + i128::from(apart.time_ns) <= i128::from(from.nanos())
            }
            _ => false,
        };
    let below = |a: &WidenedVolume, b: &WidenedVolume| match (a.upper_m(), b.lower_m()) {
        (Some(upper), Some(lower)) => f64::from(upper) + apart.vertical_m <= f64::from(lower),
        _ => false,
    };
    if before(a, b) || before(b, a) || below(a, b) || below(b, a) {
        return false;
    }
    if apart.horizontal_m > 0.0 {
        return b.cells().iter().any(|cell| comes_near(*cell, a, judging));
    }
    // What has no cells cannot be told apart from anything.
    a.cells().is_empty() || b.cells().is_empty() || a.shares_cells(b)
}

impl Extent {
    /// Around both.
    pub(crate) fn and(mut self, other: Extent) -> Extent {
        self.cells.extend(other.cells);
        if self.cells.len() > 16 * MAX_CELLS {
            self = self.bounded();
        }
        self.from = self.from.zip(other.from).map(|(a, b)| a.min(b));
        self.until = self.until.zip(other.until).map(|(a, b)| a.max(b));
        self.lower_m = self.lower_m.zip(other.lower_m).map(|(a, b)| a.min(b));
        self.upper_m = self.upper_m.zip(other.upper_m).map(|(a, b)| a.max(b));
        self.certainty = self.certainty.or(other.certainty);
        self
    }

    pub(crate) fn bounded(mut self) -> Extent {
        self.cells.sort_unstable();
        self.cells.dedup();
        self.cells.truncate(MAX_CELLS);
        self
    }

    /// Seconds until it begins, not positive when it has begun; `None`: since ever.
    pub fn starts_in_s(&self, now: Time) -> Option<i64> {
        self.from.map(|from| from.0.nanos().saturating_sub(now.0.nanos()).div_euclid(SECOND_NS))
    }
}
