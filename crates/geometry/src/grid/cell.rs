//! Cells: their rows and columns, and the ground that they are.

use std::fmt;

use crate::Position;
use crate::vector::Vector;

/// The length of a meridian from the equator to a pole, in metres, rounded down (WGS84:
/// 10,001,965.729 m).
const QUARTER_MERIDIAN_M: u32 = 10_001_965;

/// The length of the equator in metres (WGS84: 40,075,016.686 m).
const EQUATOR_M: u128 = 40_075_017;

/// A row has this many columns, doubled as often as its cells stay wide enough; the row at a pole has
/// just these.
const FEWEST_COLUMNS: u32 = 3;

/// One cell of a sharing grid: a rectangle in longitude and latitude, its boundary included.
///
/// Rows count from the equator, 0 to the north of it and -1 to the south; columns count eastward from
/// 180 degrees west. The order is by level, row and column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cell {
    layer: Layer,
    row: i32,
    column: u32,
}

/// Why numbers are not a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CellError {
    /// The grid has no such level.
    Level {
        /// The level.
        level: u8,
        /// The last level that there is.
        last: u8,
    },
    /// The level has no such row.
    Row {
        /// The row.
        row: i32,
        /// The rows on each side of the equator.
        rows: u32,
    },
    /// The row has no such column.
    Column {
        /// The column.
        column: u32,
        /// The columns of the row.
        columns: u32,
    },
}

/// The cells of one level.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Layer {
    cell_m: u32,
    level: u8,
}

impl Cell {
    pub(super) fn new(cell_m: u32, level: u8, row: i32, column: u32) -> Result<Cell, CellError> {
        let last = Layer::coarsest(cell_m).level;
        if level > last {
            return Err(CellError::Level { level, last });
        }
        let layer = Layer { cell_m, level };
        let rows = layer.rows();
        if from_equator(row) >= rows {
            return Err(CellError::Row { row, rows });
        }
        let columns = layer.columns(row);
        if column >= columns {
            return Err(CellError::Column { column, columns });
        }
        Ok(Cell { layer, row, column })
    }

    /// Rows north of the equator; -1 is the first one south of it.
    pub fn row(self) -> i32 {
        self.row
    }

    /// Columns east of 180 degrees west.
    pub fn column(self) -> u32 {
        self.column
    }

    /// How often the rows of the finest cells are merged in pairs.
    pub fn level(self) -> u8 {
        self.layer.level
    }

    /// The corners, south-west first, counter-clockwise, joined by edges straight in longitude and
    /// latitude. At a pole two of them are one point of the earth. No cell goes across the
    /// antimeridian.
    ///
    /// ```
    /// use deconflict_geometry::{EdgeRule, Footprint, Polygon, Position, SharingGrid};
    /// let garrison = Position::new(33.5, 38.6).unwrap();
    /// let cell = SharingGrid::new(1_000, 100, 3_600).unwrap().cell_at(garrison);
    /// let polygon = Polygon::new(vec![cell.outline().to_vec()], EdgeRule::LonLat).unwrap();
    /// assert!(Footprint::Polygons(vec![polygon]).contains(garrison));
    /// ```
    pub fn outline(self) -> [Position; 4] {
        let ((south, north), (west, east)) = (self.latitudes_deg(), self.longitudes_deg());
        [at(south, west), at(south, east), at(north, east), at(north, west)]
    }

    /// The middle in longitude and latitude.
    pub fn center(self) -> Position {
        let ((south, north), (west, east)) = (self.latitudes_deg(), self.longitudes_deg());
        at(f64::midpoint(south, north), f64::midpoint(west, east))
    }

    /// Whether a place lies in the cell, its boundary included; the antimeridian as it is written.
    pub(super) fn holds(self, place: Position) -> bool {
        let ((south, north), (west, east)) = (self.latitudes_deg(), self.longitudes_deg());
        (south..=north).contains(&place.lat_deg()) && (west..=east).contains(&place.lon_deg())
    }

    /// The cap around the centre, in radians, in which the cell lies.
    pub(super) fn cap(self) -> (Vector, f64) {
        // On a parallel the angle to the centre grows with the difference in longitude. On a meridian
        // less than 90 degrees away it has one minimum and grows to both sides. So a corner is farthest.
        let center = Vector::of(self.center());
        let angles = self.outline().map(|corner| center.angle(Vector::of(corner)));
        (center, angles.into_iter().fold(0.0, f64::max) + 1e-14)
    }

    fn latitudes_deg(self) -> (f64, f64) {
        let (low, high) = self.layer.span(self.row);
        let (low, high) = (self.layer.latitude_deg(low), self.layer.latitude_deg(high));
        if self.row < 0 { (-high, -low) } else { (low, high) }
    }

    fn longitudes_deg(self) -> (f64, f64) {
        let columns = self.layer.columns(self.row);
        (longitude_deg(self.column, columns), longitude_deg(self.column + 1, columns))
    }

    pub(super) fn layer(self) -> Layer {
        self.layer
    }

    /// The cells of the level below that it is made of; level 0 has none below.
    pub(super) fn parts(self) -> impl Iterator<Item = Cell> {
        let layer = Layer { level: self.layer.level.saturating_sub(1), ..self.layer };
        let own = from_equator(self.row);
        let end = if own + 1 == self.layer.rows() { layer.rows() } else { 2 * own + 2 };
        let columns = self.layer.columns(self.row);
        let rows = if self.layer.level == 0 { 0..0 } else { 2 * own..end };
        rows.flat_map(move |number| {
            let row = on_side_of(self.row, number);
            let share = layer.columns(row) / columns;
            (self.column * share..(self.column + 1) * share).map(move |column| Cell {
                layer,
                row,
                column,
            })
        })
    }

    /// The cell of a level not below its own that it is a part of.
    pub(super) fn at_level(self, level: u8) -> Cell {
        let layer = Layer { level: level.max(self.layer.level), ..self.layer };
        let number = from_equator(self.row) >> (layer.level - self.layer.level);
        let row = on_side_of(self.row, number.min(layer.rows() - 1));
        let share = self.layer.columns(self.row) / layer.columns(row);
        Cell { layer, row, column: self.column / share }
    }
}

impl Layer {
    pub(super) fn finest(cell_m: u32) -> Layer {
        Layer { cell_m, level: 0 }
    }

    /// The level with one row on each side of the equator.
    pub(super) fn coarsest(cell_m: u32) -> Layer {
        let rows = Layer::finest(cell_m).finest_rows();
        Layer { cell_m, level: rows.ilog2() as u8 }
    }

    pub(super) fn cell_m(self) -> u32 {
        self.cell_m
    }

    pub(super) fn level(self) -> u8 {
        self.level
    }

    /// All cells of the level. There are few only at the coarsest.
    pub(super) fn cells(self) -> impl Iterator<Item = Cell> {
        let rows = self.rows().cast_signed();
        (-rows..rows).flat_map(move |row| {
            (0..self.columns(row)).map(move |column| Cell { layer: self, row, column })
        })
    }

    /// The finest level whose cells are at least as high as an angle, in radians, or the coarsest.
    pub(super) fn fitting(cell_m: u32, angle: f64) -> Layer {
        let mut layer = Layer::finest(cell_m);
        let coarsest = Layer::coarsest(cell_m).level;
        while layer.level < coarsest && layer.latitude_deg(1 << layer.level).to_radians() < angle {
            layer.level += 1;
        }
        layer
    }

    /// All cells that a cap around a place may touch, and perhaps more beside it; `None` when there
    /// are too many to be worth a list, or a pole is near.
    pub(super) fn around(self, center: Vector, angle: f64) -> Option<Vec<Cell>> {
        /// Beyond what numbers are rounded by, in degrees: ten centimetres.
        const SLACK_DEG: f64 = 1e-6;
        const MOST_ROWS: i32 = 16;
        let center = center.position();
        let (lat_deg, angle_deg) = (center.lat_deg(), angle.to_degrees() + SLACK_DEG);
        let row = |lat_deg: f64| {
            let place = Position::new(lat_deg, center.lon_deg()).ok()?;
            Some(self.cell_at(place).row)
        };
        let rows = row(lat_deg - angle_deg)?..=row(lat_deg + angle_deg)?;
        if rows.end() - rows.start() >= MOST_ROWS {
            return None;
        }
        // The meridians that touch a cap which holds no pole.
        let share = angle_deg.to_radians().sin() / lat_deg.to_radians().cos();
        let wide_deg =
            if share < 1.0 { share.asin().to_degrees() + SLACK_DEG } else { return None };
        let mut cells = Vec::new();
        for row in rows {
            let columns = self.columns(row);
            let column = |lon_deg: f64| ((lon_deg + 180.0) / 360.0 * f64::from(columns)).floor();
            let west = column(center.lon_deg() - wide_deg) as i64;
            let count = (column(center.lon_deg() + wide_deg) as i64 - west + 1).min(columns.into());
            cells.extend((west..west + count).map(|number| {
                let column = number.rem_euclid(columns.into()) as u32;
                Cell { layer: self, row, column }
            }));
        }
        Some(cells)
    }

    /// The rows of level 0 on each side of the equator: as many as are at least `cell_m` high.
    fn finest_rows(self) -> u32 {
        QUARTER_MERIDIAN_M / self.cell_m
    }

    /// The rows on each side of the equator. The one at the pole takes what is left over.
    fn rows(self) -> u32 {
        self.finest_rows() >> self.level
    }

    /// Between which rows of level 0, counted from the equator, a row lies.
    fn span(self, row: i32) -> (u32, u32) {
        let number = from_equator(row);
        let end =
            if number + 1 == self.rows() { self.finest_rows() } else { (number + 1) << self.level };
        (number << self.level, end)
    }

    /// The columns of a row: three, doubled as often as the cells stay at least as wide in their
    /// middle as they are high.
    ///
    /// The cosine of the middle's latitude is taken from a fraction that is good to 2 % and needs
    /// whole numbers only (Bhaskara I, "Mahabhaskariya", about 630: with φ in degrees,
    /// 4 (90² - φ²) / (4 · 90² + φ²)). In either half of a row that is not at a pole it is at least
    /// half as large as in the whole, so that rows half as high never have fewer columns.
    fn columns(self, row: i32) -> u32 {
        if from_equator(row) + 1 == self.rows() {
            return FEWEST_COLUMNS;
        }
        let (low, high) = self.span(row);
        // Twice the latitude of the middle, where the pole is at twice `rows`.
        let (rows, middle) = (u128::from(self.finest_rows()), u128::from(low + high));
        let width_m = u128::from(self.cell_m) << self.level;
        let room = EQUATOR_M * 4 * (4 * rows * rows - middle * middle);
        let taken = (16 * rows * rows + middle * middle) * width_m * u128::from(FEWEST_COLUMNS);
        FEWEST_COLUMNS << (room / taken).max(1).ilog2()
    }

    /// The latitude north or south at which as many rows of level 0 end.
    fn latitude_deg(self, rows: u32) -> f64 {
        f64::from(rows) * 90.0 / f64::from(self.finest_rows())
    }

    pub(super) fn cell_at(self, place: Position) -> Cell {
        let lat_deg = place.lat_deg().abs();
        let edge_deg = |number: u32| self.latitude_deg(number << self.level);
        let estimate =
            lat_deg / 90.0 * f64::from(self.finest_rows()) / f64::from(1u32 << self.level);
        let number = settled(estimate as u32, self.rows(), |number| edge_deg(number) <= lat_deg);
        let row = if place.lat_deg() < 0.0 { !number.cast_signed() } else { number.cast_signed() };
        let columns = self.columns(row);
        // 180 degrees east is where the first column begins.
        let lon_deg = if place.lon_deg() == 180.0 { -180.0 } else { place.lon_deg() };
        let estimate = (lon_deg + 180.0) / 360.0 * f64::from(columns);
        let column =
            settled(estimate as u32, columns, |column| longitude_deg(column, columns) <= lon_deg);
        Cell { layer: self, row, column }
    }
}

/// The last of `count` intervals that has begun, near an estimate that rounding may have moved.
fn settled(estimate: u32, count: u32, has_begun: impl Fn(u32) -> bool) -> u32 {
    let mut number = estimate.min(count - 1);
    while number > 0 && !has_begun(number) {
        number -= 1;
    }
    while number + 1 < count && has_begun(number + 1) {
        number += 1;
    }
    number
}

/// The row's number counted from the equator on its own side.
fn from_equator(row: i32) -> u32 {
    (if row < 0 { !row } else { row }).cast_unsigned()
}

/// The row with this number on the side of the equator on which another one lies.
fn on_side_of(row: i32, number: u32) -> i32 {
    if row < 0 { !number.cast_signed() } else { number.cast_signed() }
}

/// Where a column begins. Rounded once, so that the same meridian is the same number at every level.
fn longitude_deg(column: u32, columns: u32) -> f64 {
    let (column, columns) = (i64::from(column), i64::from(columns));
    (360 * column - 180 * columns) as f64 / columns as f64
}

fn at(lat_deg: f64, lon_deg: f64) -> Position {
    Position::new(lat_deg, lon_deg)
        .expect("rows end at the poles, columns at 180 degrees west and east")
}

impl fmt::Display for Cell {
    /// Row and column, and the level if it is not 0: `3722/14923`, `58/233@6`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.row, self.column)?;
        if self.level() > 0 { write!(f, "@{}", self.level()) } else { Ok(()) }
    }
}

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CellError::Level { level, last } => {
                write!(f, "cell of level {level}: the grid has levels 0 to {last}")
            }
            CellError::Row { row, rows } => {
                let last = rows - 1;
                write!(f, "cell in row {row}: the level has rows -{rows} to {last}")
            }
            CellError::Column { column, columns } => {
                write!(f, "cell in column {column}: the row has columns 0 to {}", columns - 1)
            }
        }
    }
}

impl std::error::Error for CellError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesic::distance_m;

    fn layers(cell_m: u32) -> impl Iterator<Item = Layer> {
        (0..=Layer::coarsest(cell_m).level).map(move |level| Layer { cell_m, level })
    }

    /// The first cell of each row north of the equator; the others are alike.
    fn first_of_each_row(layer: Layer) -> impl Iterator<Item = Cell> {
        (0..layer.rows()).map(move |number| Cell { layer, row: number.cast_signed(), column: 0 })
    }

    #[test]
    fn a_cell_is_made_of_whole_cells_of_the_level_below() {
        for cell_m in [100, 777, 1_000, 1_852, 9_999, 55_555, 98_765, 100_000] {
            for layer in layers(cell_m).skip(1) {
                for cell in first_of_each_row(layer) {
                    let parts: Vec<Cell> = cell.parts().collect();
                    assert!(parts.len() <= 9, "{cell}: {}", parts.len());
                    let (mut south, mut north) = (90.0f64, 0.0f64);
                    for part in &parts {
                        let below = Layer { level: layer.level - 1, ..layer };
                        assert_eq!(below.columns(part.row) % layer.columns(cell.row), 0, "{part}");
                        assert_eq!(part.at_level(layer.level), cell);
                        south = south.min(part.latitudes_deg().0);
                        north = north.max(part.latitudes_deg().1);
                    }
                    assert_eq!((south, north), cell.latitudes_deg(), "{cell}");
                    for row in parts.chunk_by(|p, q| p.row == q.row) {
                        let ends =
                            (row[0].longitudes_deg().0, row[row.len() - 1].longitudes_deg().1);
                        assert_eq!(ends, cell.longitudes_deg(), "{cell}");
                        assert!(
                            row.windows(2)
                                .all(|w| w[0].longitudes_deg().1 == w[1].longitudes_deg().0)
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn cells_are_at_least_as_high_and_wide_as_said() {
        for cell_m in [100, 1_000, 1_852, 55_555, 100_000] {
            for layer in layers(cell_m).take(8) {
                let size_m = f64::from(cell_m) * f64::from(1u32 << layer.level);
                let mut rows: Vec<Cell> = first_of_each_row(layer).collect();
                let polar = rows.pop().unwrap();
                for cell in rows.iter().step_by(1 + rows.len() / 500) {
                    let ((south, north), (west, east)) =
                        (cell.latitudes_deg(), cell.longitudes_deg());
                    let middle = f64::midpoint(south, north);
                    // The length of the parallel, not of the shorter geodesic.
                    let near = west + (east - west) / 1_000.0;
                    let wide_m = 1_000.0 * distance_m(at(middle, west), at(middle, near));
                    let high_m = distance_m(at(south, west), at(north, west));
                    assert!((0.98..2.02).contains(&(wide_m / size_m)), "{cell}: {wide_m}");
                    assert!((0.99..1.03).contains(&(high_m / size_m)), "{cell}: {high_m}");
                }
                let (south, north) = polar.latitudes_deg();
                let high_m = distance_m(at(south, 0.0), at(north, 0.0));
                assert!((0.99..2.02).contains(&(high_m / size_m)) && north == 90.0, "{high_m}");
            }
        }
    }

    #[test]
    fn a_cell_lies_in_its_cap() {
        for layer in [1_000, 98_765].into_iter().flat_map(layers).filter(|l| l.rows() < 200) {
            for cell in first_of_each_row(layer) {
                let (center, angle) = cell.cap();
                let ((south, north), (west, east)) = (cell.latitudes_deg(), cell.longitudes_deg());
                for (i, j) in (0..=8).flat_map(|i| (0..=8).map(move |j| (i, j))) {
                    let share = |k: i32| f64::from(k) / 8.0;
                    let place = at(
                        (south + (north - south) * share(i)).clamp(south, north),
                        (west + (east - west) * share(j)).clamp(west, east),
                    );
                    assert!(center.angle(Vector::of(place)) <= angle, "{cell}");
                }
            }
        }
    }

    #[test]
    fn every_place_lies_in_its_cell() {
        let edges = |layer: Layer| {
            first_of_each_row(layer).flat_map(|cell| {
                let ((south, north), (west, east)) = (cell.latitudes_deg(), cell.longitudes_deg());
                [south, north.next_down(), -south, -north].map(|lat| (lat, west)).into_iter().chain(
                    [(south, east), (south, east.next_down()), (south, -west), (-north, -east)],
                )
            })
        };
        for layer in [1_852, 100_000].map(Layer::finest) {
            for (lat, lon) in edges(layer) {
                let place = at(lat, lon);
                let cell = layer.cell_at(place);
                assert!(cell.holds(place) || lon == 180.0 && cell.column == 0, "{place} {cell}");
            }
        }
        let grid = Layer::finest(1_000);
        assert_eq!(grid.cell_at(at(12.5, 180.0)), grid.cell_at(at(12.5, -180.0)));
        assert_eq!(grid.cell_at(at(-0.0, 0.0)).row, 0);
        assert_eq!(grid.cell_at(at(-90.0, 0.0)).row, -grid.rows().cast_signed());
    }

    #[test]
    fn cells_that_are_none_are_refused_in_words() {
        let said =
            |level, row, column| Cell::new(1_000, level, row, column).unwrap_err().to_string();
        assert_eq!(said(14, 0, 0), "cell of level 14: the grid has levels 0 to 13");
        assert_eq!(said(0, 10_001, 0), "cell in row 10001: the level has rows -10001 to 10000");
        assert_eq!(said(13, 0, 3), "cell in column 3: the row has columns 0 to 2");
        assert!(
            Cell::new(1_000, 0, i32::MIN, 0).is_err() && Cell::new(1_000, 0, i32::MAX, 0).is_err()
        );
        assert!(Cell::new(1_000, 0, -10_001, 2).is_ok());
    }
}
