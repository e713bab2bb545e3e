//! The sharing grid: how finely a party may learn where another party's undisclosed declaration lies.
//!
//! What a party may not see is answered on the declaration [widened](WidenedVolume) to whole cells on the earth,
//! whole steps of height and whole slots of time, and what it is told of a conflict is an area of
//! such cells, steps and slots. Widening never loses a conflict; it may add some.
//!
//! The cells of level 0 are at least `cell_m` high and, in their middle, at least as wide and less
//! than twice as wide (to 2 %), but at a pole, where three of them meet. The cells of each further
//! level are twice as high, and each is made of whole cells of the level below. Steps count from
//! mean sea level, slots from 1970-01-01T00:00:00Z.
//!
//! *Architecture invariant*: a [`WidenedVolume`] is a function of the cells of level 0, the steps and the
//! slots that the declaration touches, and of nothing else. That cells of one level are made of
//! whole cells of the one below serves this: which cells of any level are touched follows from those
//! of level 0, and so does the choice of the level. Whoever asks about a widened declaration, however
//! often and with whatever, learns no more than those cells, steps and slots.
//!
//! What this does not hide: that a border between cells, steps or slots goes through a declaration. A
//! small one that touches two cells lies at their border, one that touches three or four at a corner.
//!
//! *Architecture invariant*: which ground a cell is depends on whole numbers only, so that every
//! machine counts the same rows and columns.

mod cell;
mod cover;
mod widened;

use std::fmt;

pub use cell::{Cell, CellError};
pub use widened::{WidenedError, WidenedVolume};

use crate::{Band, HeightFacts, Instant, Position, Volume, Window};
use cell::Layer;

/// The most cells that a widened declaration has.
pub const MAX_CELLS: usize = 256;

/// The cells, steps and slots of a space.
///
/// ```
/// use deconflict_geometry::{Position, SharingGrid};
/// let grid = SharingGrid::new(1_000, 100, 3_600).unwrap();
/// let garrison = grid.cell_at(Position::new(33.5, 38.6).unwrap());
/// let beside = grid.cell_at(Position::new(33.501, 38.6).unwrap());
/// assert_eq!(garrison, beside);
/// assert_eq!(garrison.to_string(), "3722/14923");
/// assert!(SharingGrid::new(1, 100, 3_600).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SharingGrid {
    cell_m: u32,
    height_m: u32,
    slot_s: u32,
}

/// Why numbers are not a sharing grid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", deny_unknown_fields))]
pub enum SharingGridError {
    /// The cells are not between 100 m and 100 km.
    Cell(u32),
    /// The steps of height are not between 10 m and 10 km.
    Height(u32),
    /// The slots are not between a minute and a day.
    Slot(u32),
}

/// Heights above mean sea level, in metres, beyond which a widened declaration is unbounded: the
/// range of declared heights.
const HEIGHTS_M: (f64, f64) = (-12_000.0, 1_000_000.0);

/// Heights that differ by less, in metres, are not told apart: far more than additions of heights
/// lose by rounding.
const HEIGHT_RESOLUTION_M: f64 = 1e-6;

impl SharingGrid {
    /// Cells of `cell_m` metres (100 to 100,000), steps of `height_m` metres (10 to 10,000), slots of
    /// `slot_s` seconds (60 to 86,400).
    ///
    /// # Errors
    /// When a number is out of range.
    pub fn new(cell_m: u32, height_m: u32, slot_s: u32) -> Result<SharingGrid, SharingGridError> {
        if !(100..=100_000).contains(&cell_m) {
            return Err(SharingGridError::Cell(cell_m));
        }
        if !(10..=10_000).contains(&height_m) {
            return Err(SharingGridError::Height(height_m));
        }
        if !(60..=86_400).contains(&slot_s) {
            return Err(SharingGridError::Slot(slot_s));
        }
        Ok(SharingGrid { cell_m, height_m, slot_s })
    }

    /// The least height and width of a cell of level 0, in metres.
    pub fn cell_m(self) -> u32 {
        self.cell_m
    }

    /// The height of a step, in metres.
    pub fn height_m(self) -> u32 {
        self.height_m
    }

    /// The length of a slot, in seconds.
    pub fn slot_s(self) -> u32 {
        self.slot_s
    }

    /// The cell of level 0 in which a place lies. A place on a border counts to the cell nearer to
    /// the pole and to the east.
    pub fn cell_at(self, place: Position) -> Cell {
        Layer::finest(self.cell_m).cell_at(place)
    }

    /// The cell with this level, row and column; for what was written down.
    ///
    /// # Errors
    /// When the grid has no such cell.
    ///
    /// ```
    /// use deconflict_geometry::{Position, SharingGrid};
    /// let grid = SharingGrid::new(1_000, 100, 3_600).unwrap();
    /// let cell = grid.cell_at(Position::new(33.5, 38.6).unwrap());
    /// assert_eq!(grid.cell(cell.level(), cell.row(), cell.column()), Ok(cell));
    /// assert!(grid.cell(0, cell.row(), 1_000_000).is_err());
    /// ```
    pub fn cell(self, level: u8, row: i32, column: u32) -> Result<Cell, CellError> {
        Cell::new(self.cell_m, level, row, column)
    }

    /// The volume widened to whole cells, steps and slots.
    ///
    /// The cells are those that the footprint touches, or possibly touches, at the finest level at
    /// which there are at most [`MAX_CELLS`]. A step or slot holds its beginning and not its end, so
    /// that an upper limit or a last instant on an edge takes the next one too. Heights are told above
    /// mean sea level, by what `facts` say of other references; what begins at the ground is unbounded
    /// below, and what has no limit, has an unknown one or goes beyond -12,000 or 1,000,000 m is
    /// unbounded there. Whether the window is in force only in part is not kept.
    ///
    /// ```
    /// use deconflict_geometry::*;
    /// let grid = SharingGrid::new(1_000, 100, 3_600).unwrap();
    /// let circle = |lat, radius_m| {
    ///     let center = Position::new(lat, 38.6).unwrap();
    ///     Footprint::Circle(Circle::new(center, radius_m).unwrap())
    /// };
    /// let hidden = Volume {
    ///     footprint: circle(33.5, 30.0),
    ///     band: Band::UNLIMITED,
    ///     window: Window::new(Some(Instant(0)), Some(Instant(60_000_000_000))).unwrap(),
    /// };
    /// let widened = grid.widen(&hidden, &HeightFacts::WORLDWIDE);
    /// let slot = Window::new(Some(Instant(0)), Some(Instant(3_600_000_000_000))).unwrap();
    /// assert_eq!((widened.cells().len(), widened.window()), (1, slot));
    /// let rules = Rules::default();
    /// // 300 m to the north: in the same cell, and so answered as if they met.
    /// assert!(widened.meets(&Volume { footprint: circle(33.503, 30.0), ..hidden.clone() }, &rules));
    /// assert!(!widened.meets(&Volume { footprint: circle(33.6, 30.0), ..hidden }, &rules));
    /// ```
    pub fn widen(self, volume: &Volume, facts: &HeightFacts) -> WidenedVolume {
        let (lower_m, upper_m) = self.steps(volume.band, facts);
        WidenedVolume {
            cells: cover::cover(self.cell_m, &volume.footprint),
            lower_m,
            upper_m,
            window: self.slots(volume.window),
        }
    }

    /// The least and the greatest height above mean sea level, in metres, of the steps that a band
    /// touches.
    fn steps(self, band: Band, facts: &HeightFacts) -> (Option<i32>, Option<i32>) {
        let (low_m, high_m) = band.amsl_m(facts);
        let high_m = high_m + HEIGHT_RESOLUTION_M;
        // Both are within a few steps of the range of heights, so that no conversion saturates.
        let begins_m = |height_m: f64| {
            let step = (height_m / f64::from(self.height_m)).floor() as i32;
            step * self.height_m.cast_signed()
        };
        let lower_m = (low_m >= HEIGHTS_M.0).then(|| begins_m(low_m.min(HEIGHTS_M.1)));
        let upper_m = (high_m <= HEIGHTS_M.1)
            .then(|| begins_m(high_m.max(HEIGHTS_M.0)) + self.height_m.cast_signed());
        (lower_m, upper_m)
    }

    /// From the beginning of the first slot to the end of the last one that a window touches; open
    /// where that cannot be written down.
    fn slots(self, window: Window) -> Window {
        let slot_ns = self.slot_ns();
        let slot_of = |t: Instant| i128::from(t.nanos().div_euclid(slot_ns));
        let begin = |slot: i128| i64::try_from(slot * i128::from(slot_ns)).ok().map(Instant);
        let from = window.from().and_then(|first| begin(slot_of(first)));
        let until = window.until().and_then(|last| begin(slot_of(last) + 1));
        Window::new(from, until).expect("the first slot begins before the last one ends")
    }

    fn slot_ns(self) -> i64 {
        i64::from(self.slot_s) * 1_000_000_000
    }
}

impl fmt::Display for SharingGridError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SharingGridError::Cell(m) => {
                write!(f, "cells of {m} m: must be from 100 to 100,000 m")
            }
            SharingGridError::Height(m) => {
                write!(f, "height steps of {m} m: must be from 10 to 10,000 m")
            }
            SharingGridError::Slot(s) => {
                write!(f, "time slots of {s} s: must be from 60 to 86,400 s")
            }
        }
    }
}

impl std::error::Error for SharingGridError {}
