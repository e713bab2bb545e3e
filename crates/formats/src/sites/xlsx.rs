//! Reading site lists from workbooks.

use std::io::{Cursor, Read};

use calamine::{DataRef, NumberFormat, Reader, SheetType, Xlsx, XlsxCellReader};
use zip::ZipArchive;

use super::beside::Beside;
use super::columns::Columns;
use super::moment::Moment;
use super::number::Number;
use super::{Cell, List, MAX_COLUMNS, SiteList, no_header};
use crate::attributes::clip;
use crate::document::{Document, Format, ReadError, SourcePlace};
use crate::reading::ReadOptions;

/// The most files in one workbook.
const MAX_ARCHIVE_ENTRIES: usize = 10_000;
/// The most bytes that all files of one workbook may unpack to.
const MAX_UNPACKED_BYTES: u64 = 128 * 1024 * 1024;
/// The most sheets in one workbook.
const MAX_SHEETS: usize = 256;

/// The readers of one sheet.
type Sheet<'a, 'b> = XlsxCellReader<'a, Cursor<&'b [u8]>>;

/// Reads the site list in a workbook: the one sheet whose first row says where the sites are.
///
/// # Errors
/// When the workbook is broken, over a bound, without such a sheet or with several, and as
/// [`super::read_csv`].
pub(crate) fn read_xlsx(bytes: &[u8], options: &ReadOptions) -> Result<Document, Vec<ReadError>> {
    workbook(bytes, options)?.finish(Format::Xlsx)
}

/// The same with every form in which a row writes its coordinates.
///
/// # Errors
/// As [`read_xlsx`] and [`super::list_csv`].
pub(crate) fn list_xlsx(bytes: &[u8], options: &ReadOptions) -> Result<SiteList, Vec<ReadError>> {
    workbook(bytes, options)?.listed(Format::Xlsx)
}

fn workbook(bytes: &[u8], options: &ReadOptions) -> Result<List, Vec<ReadError>> {
    let whole = |what: String| vec![ReadError::new(SourcePlace::Whole, None, what)];
    check_size(bytes).map_err(whole)?;
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|e| whole(broken(&e)))?;
    let sheets = workbook.sheets_metadata().len();
    if sheets > MAX_SHEETS {
        return Err(whole(format!("{sheets} sheets; keep the one with the sites")));
    }
    let (mut found, mut beside) = (Vec::new(), Vec::new());
    for sheet in workbook.sheets_metadata().to_vec() {
        // A chart has no cells.
        if sheet.typ == SheetType::ChartSheet {
            continue;
        }
        let holds = match workbook.worksheet_cells_reader(&sheet.name) {
            Ok(cells) => {
                let mut rows = Rows::new(cells).peekable();
                if let Some(Ok((_, header))) = rows.peek()
                    && Columns::looks_like_header(
                        &header.iter().map(Cell::header).collect::<Vec<_>>(),
                    )
                {
                    found.push(sheet.name);
                    continue;
                }
                Beside::of(rows)
            }
            // Macros and dialogs are no tables.
            Err(_) if sheet.typ != SheetType::WorkSheet => Beside::Other,
            Err(e) => Beside::Places(format!("it cannot be looked through: {}", broken(&e))),
        };
        beside.push((sheet.name, holds));
    }
    match found.as_slice() {
        [name] => {
            let cells = workbook.worksheet_cells_reader(name).map_err(|e| whole(broken(&e)))?;
            let mut list = sheet(cells, options)?;
            list.tell_beside(&beside);
            Ok(list)
        }
        [] => Err(whole(format!(
            "no sheet has a first row that says where the sites are; it must name the columns, such \
             as id, name, lat, lon, radius_m{}",
            // What may be meant for it.
            beside
                .iter()
                .find_map(|(name, holds)| match holds {
                    Beside::Places(why) => Some(format!(" (of the sheet `{}`, {why})", clip(name))),
                    _ => None,
                })
                .unwrap_or_default()
        ))),
        several => Err(whole(format!(
            "several sheets look like site lists ({}); keep one of them in the file",
            several.iter().take(5).map(|n| clip(n)).collect::<Vec<_>>().join(", ")
        ))),
    }
}

impl List {
    /// Tells of the sheets that were not read; where one may hold sites too, that is a mistake.
    fn tell_beside(&mut self, beside: &[(String, Beside)]) {
        self.reading.at(SourcePlace::Whole);
        for (name, holds) in beside {
            let name = clip(name);
            match holds {
                Beside::Nothing => {}
                Beside::Other => self.reading.note(&format!(
                    "the sheet `{name}` was not read: its first row does not say where sites are"
                )),
                Beside::Places(why) => {
                    let what = format!(
                        "the sheet `{name}` may hold sites too and is not read: {why}; put its sites into \
                         a file of their own, with the columns named in the first row, and remove the sheet"
                    );
                    let mistake = ReadError::new(SourcePlace::Whole, None, what);
                    self.reading.leave_out(mistake, None);
                }
            }
        }
    }
}

/// What is wrong with a workbook that cannot be read.
fn broken(e: &dyn std::fmt::Display) -> String {
    format!("not a readable XLSX workbook ({e}); save or export it again")
}

/// Unpacks every file of the workbook, keeping nothing, before anything else reads it: the sizes
/// that a zip directory declares may be false.
///
/// # Errors
/// When the archive is broken or over a bound.
pub(super) fn check_size(bytes: &[u8]) -> Result<(), String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    if archive.len() > MAX_ARCHIVE_ENTRIES {
        return Err(format!(
            "the workbook holds {} files: at most {MAX_ARCHIVE_ENTRIES} are allowed; save the list in \
             a workbook of its own",
            archive.len()
        ));
    }
    let mut left = MAX_UNPACKED_BYTES;
    for i in 0..archive.len() {
        let entry = archive.by_index(i).map_err(|e| broken(&e))?;
        let unpacked = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink())
            .map_err(|e| broken(&e))?;
        left = left.checked_sub(unpacked).ok_or_else(|| {
            format!(
                "the workbook unpacks to more than {} MiB; save the list in a workbook of its own, or \
                 as CSV",
                MAX_UNPACKED_BYTES / (1024 * 1024)
            )
        })?;
    }
    Ok(())
}

/// Reads the rows of the sheet with the sites.
fn sheet(cells: Sheet<'_, '_>, options: &ReadOptions) -> Result<List, Vec<ReadError>> {
    let mut list: Option<List> = None;
    for row in Rows::new(cells) {
        let (number, cells) = row.map_err(|e| vec![e])?;
        match &mut list {
            Some(list) => list.row(number, cells).map_err(|e| vec![e])?,
            None => {
                let header = cells.iter().map(Cell::header).collect();
                list = Some(List::new(number, header, true, options)?);
            }
        }
    }
    list.ok_or_else(|| vec![no_header()])
}

/// The rows of a sheet that hold something, with their numbers. Cells are taken as they stream by: a
/// dense table of a sheet whose last cell is `XFD1048576` would not fit in memory.
struct Rows<'a, 'b> {
    cells: Sheet<'a, 'b>,
    /// What came after the last row: the first cell of the next (row, column from 0, content), or
    /// an error, which must not take the row before it along.
    ahead: Option<Result<(usize, usize, Cell), ReadError>>,
    /// The number of the last row, 0 before the first.
    last: usize,
    /// Whether the sheet has given its last cell, or an error; it must not be asked again.
    done: bool,
}

impl<'a, 'b> Rows<'a, 'b> {
    /// The rows of a sheet.
    fn new(cells: Sheet<'a, 'b>) -> Rows<'a, 'b> {
        Rows { cells, ahead: None, last: 0, done: false }
    }

    /// The next cell that is not empty: row (from 1), column (from 0), content.
    fn cell(&mut self) -> Result<Option<(usize, usize, Cell)>, ReadError> {
        if let Some(ahead) = self.ahead.take() {
            return ahead.map(Some);
        }
        while !self.done {
            let place =
                if self.last == 0 { SourcePlace::Whole } else { SourcePlace::Row(self.last) };
            let next = self.cells.next_cell_with_style_id();
            self.done = !matches!(next, Ok(Some(_)));
            let next = next.map_err(|e| ReadError::new(place, None, broken(&e)))?;
            let Some((cell, style)) = next else { break };
            let (row, column) = cell.get_position();
            let (row, column) = (row as usize + 1, column as usize);
            let format = self.cells.styles().get(style).and_then(|s| s.number_format.as_ref());
            let content = Cell::of_workbook(cell.get_value(), format);
            if content == Cell::Empty {
                continue;
            }
            if column >= MAX_COLUMNS {
                let what =
                    format!("more than {MAX_COLUMNS} columns; remove those that are not needed");
                return Err(ReadError::new(SourcePlace::Row(row), None, what));
            }
            return Ok(Some((row, column, content)));
        }
        Ok(None)
    }

    /// The next row.
    fn row(&mut self) -> Result<Option<(usize, Vec<Cell>)>, ReadError> {
        let mut row: Option<(usize, Vec<Cell>)> = None;
        while let Some(next) = self.cell().transpose() {
            match (next, &mut row) {
                (Err(e), None) => return Err(e),
                (Ok((number, column, content)), None) => {
                    let mut cells = Vec::new();
                    put(&mut cells, column, content);
                    row = Some((number, cells));
                }
                (Ok((number, column, content)), Some((current, cells))) if *current == number => {
                    put(cells, column, content);
                }
                (next, Some(_)) => {
                    self.ahead = Some(next);
                    break;
                }
            }
        }
        if let Some((number, _)) = &row {
            if *number <= self.last {
                let what = broken(&"its rows are not in order");
                return Err(ReadError::new(SourcePlace::Row(*number), None, what));
            }
            self.last = *number;
        }
        Ok(row)
    }
}

impl Iterator for Rows<'_, '_> {
    type Item = Result<(usize, Vec<Cell>), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row().transpose()
    }
}

/// Puts a cell in its column, below [`MAX_COLUMNS`].
fn put(cells: &mut Vec<Cell>, column: usize, content: Cell) {
    if cells.len() <= column {
        cells.resize(column + 1, Cell::Empty);
    }
    cells[column] = content;
}

impl Cell {
    /// What a cell of a workbook holds, whose number format is `format`.
    fn of_workbook(value: &DataRef<'_>, format: Option<&NumberFormat>) -> Cell {
        match value {
            DataRef::Empty => Cell::Empty,
            DataRef::String(text) => Cell::of_text(text),
            DataRef::SharedString(text) => Cell::of_text(text),
            DataRef::Int(number) => Cell::Number(Number::new(number.to_string(), format)),
            DataRef::Float(number) => Cell::Number(Number::new(number.to_string(), format)),
            DataRef::Bool(truth) => Cell::Text(if *truth { "yes" } else { "no" }.to_owned()),
            DataRef::DateTime(date) => {
                let code = format.map_or("General", |f| f.format_code.as_str());
                let id = format.and_then(|f| f.format_id);
                Cell::Moment(Moment::of_serial(date, code, id))
            }
            DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                Cell::Moment(Moment::of_iso(text))
            }
            DataRef::Error(error) => Cell::Error(error.to_string()),
        }
    }
}
