//! Site lists: tables of protected places, as CSV and as XLSX.
//!
//! A list is read whole or not at all, and every bad row is named: a site that is left out unseen is
//! the worst that can happen to it. Two forms of one position must agree within
//! [`MAX_FORMS_APART_M`] metres.
//!
//! **Edges.** Well-known text is planar (OGC 06-103r4, section 6.1), so its edges are straight in
//! longitude and latitude unless the column `edges` says otherwise.
//!
//! **Formulas.** A text that a spreadsheet would take for a formula (`=`, `+`, `-`, `@`, tab or
//! carriage return at its beginning) is written to CSV with an apostrophe before it, and read
//! without it. In XLSX texts are texts, and nothing is added.

mod beside;
mod columns;
mod list;
mod moment;
mod number;
mod row;
mod rows;
#[cfg(test)]
mod tests;
mod wkt;
mod write;
mod xlsx;

use std::collections::HashMap;

use crate::attributes;
use crate::document::{Document, Feature, Format, ReadError, SourcePlace};
use crate::reading::{ReadOptions, Reading};

use columns::Columns;
use moment::Moment;
use number::Number;
use rows::Rows;

pub use list::{ListedSite, SiteList, Table, TableRow, WrittenPlace};
pub(crate) use list::{list_csv, read_table};
pub(crate) use write::{write_csv, write_xlsx};
pub(crate) use xlsx::{list_xlsx, read_xlsx};

/// The most rows of one list.
const MAX_ROWS: usize = 1_000_000;
/// The most columns of one list.
const MAX_COLUMNS: usize = 256;
/// The longest row in bytes: a polygon of 200,000 vertices fits.
const MAX_ROW_BYTES: usize = 16 * 1024 * 1024;
/// How far, in metres, two forms of one position may be apart.
const MAX_FORMS_APART_M: f64 = 50.0;

/// What a cell holds.
#[derive(Clone, PartialEq, Debug)]
enum Cell {
    /// Nothing, or only blanks.
    Empty,
    /// A text, trimmed, or a number of CSV.
    Text(String),
    /// A number, as a spreadsheet stores it.
    Number(Number),
    /// A date, a time of day or a duration, as a spreadsheet stores it; it has no time zone.
    Moment(Moment),
    /// A spreadsheet error such as `#REF!`.
    Error(String),
}

/// A list that is being read row by row.
struct List {
    columns: Columns,
    decimal_commas: bool,
    features: Vec<Feature>,
    /// Of each feature, the forms in which its first row writes its coordinates.
    forms: Vec<Vec<WrittenPlace>>,
    /// The row that first used each identifier.
    ids: HashMap<String, usize>,
    rows: usize,
    reading: Reading,
}

/// Reads a site list in CSV: UTF-8, with a header row; commas, semicolons or tabs between the cells.
///
/// # Errors
/// When the bytes are not UTF-8, the header does not say where the sites are, a bound is exceeded,
/// and for each bad row.
pub(crate) fn read_csv(bytes: &[u8], options: &ReadOptions) -> Result<Document, Vec<ReadError>> {
    csv(bytes, options)?.finish(Format::Csv)
}

fn csv(bytes: &[u8], options: &ReadOptions) -> Result<List, Vec<ReadError>> {
    let text = utf8(bytes).map_err(|e| vec![e])?;
    let delimiter = rows::delimiter(text);
    let mut list: Option<List> = None;
    for (number, fields) in Rows::new(text, delimiter) {
        let fields = match (fields, &mut list) {
            (Ok(fields), _) => fields,
            (Err(what), Some(list)) => {
                list.refuse(number, None, what);
                continue;
            }
            (Err(what), None) => {
                return Err(vec![ReadError::new(SourcePlace::Row(number), None, what)]);
            }
        };
        match &mut list {
            Some(list) => {
                let cells = fields.iter().map(|f| Cell::of_csv(f)).collect();
                list.row(number, cells).map_err(|e| vec![e])?;
            }
            None if fields.iter().all(|f| f.trim().is_empty()) => {}
            None => {
                let header = fields.iter().map(|f| Cell::of_csv(f).header()).collect();
                list = Some(List::new(number, header, delimiter != b',', options)?);
            }
        }
    }
    list.ok_or_else(|| vec![no_header()])
}

/// The error for a list without any row.
fn no_header() -> ReadError {
    let what =
        "it is empty; its first row must name the columns, such as id, name, lat, lon, radius_m";
    ReadError::new(SourcePlace::Whole, None, what)
}

/// The text of a CSV file.
fn utf8(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let what = "the file is UTF-16; save it as \"CSV UTF-8\"";
        return Err(ReadError::new(SourcePlace::Whole, None, what));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        let valid = &bytes[..e.valid_up_to()];
        let what = format!(
            "byte 0x{:02X} is not UTF-8 (an older Windows encoding, perhaps); save the file as \
             \"CSV UTF-8\"",
            bytes[valid.len()]
        );
        let line = 1 + valid.iter().filter(|b| **b == b'\n').count();
        ReadError::new(SourcePlace::Line(line), None, what)
    })
}

impl Cell {
    /// The cell that a text is; empty where it is blank.
    fn of_text(text: &str) -> Cell {
        match text.trim() {
            "" => Cell::Empty,
            text => Cell::Text(text.to_owned()),
        }
    }

    /// The same without the apostrophe that stands before a text like a formula.
    fn of_csv(text: &str) -> Cell {
        let text = text.trim();
        match text.strip_prefix('\'') {
            Some(bare) if looks_like_formula(bare) => Cell::Text(bare.to_owned()),
            _ => Cell::of_text(text),
        }
    }

    /// The whole text of a header cell.
    fn header(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) | Cell::Error(text) => text.clone(),
            Cell::Number(number) => number.text.clone(),
            Cell::Moment(moment) => moment.text.clone(),
        }
    }
}

/// Whether a spreadsheet would take a text for a formula, or it would once apostrophes are taken
/// from it.
fn looks_like_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

impl List {
    /// A list with this header row.
    fn new(
        number: usize,
        header: Vec<String>,
        decimal_commas: bool,
        options: &ReadOptions,
    ) -> Result<List, Vec<ReadError>> {
        let place = SourcePlace::Row(number);
        let columns = Columns::new(header, options.row_radius_m.is_some())
            .map_err(|what| vec![ReadError::new(place, None, what)])?;
        let mut reading = Reading::new(options);
        reading.at(place);
        for (name, bearing) in &columns.unread {
            let noun = bearing.noun();
            reading.note(&format!("the column `{name}` was not read; it may bear on {noun}"));
        }
        Ok(List {
            columns,
            decimal_commas,
            features: Vec::new(),
            forms: Vec::new(),
            ids: HashMap::new(),
            rows: 0,
            reading,
        })
    }

    /// Takes a row in; what is wrong with it alone is noted. Blank rows and the row of HXL tags
    /// (`#geo+lat`) after the header are stepped over.
    ///
    /// # Errors
    /// When there are too many rows.
    fn row(&mut self, number: usize, cells: Vec<Cell>) -> Result<(), ReadError> {
        let mut filled = cells.iter().filter(|c| **c != Cell::Empty).peekable();
        let is_tag = |c: &Cell| matches!(c, Cell::Text(text) if text.starts_with('#'));
        if filled.peek().is_none() || (self.rows == 0 && filled.all(is_tag)) {
            return Ok(());
        }
        self.rows += 1;
        if self.rows > MAX_ROWS {
            let what = format!("more than {MAX_ROWS} rows; split the list");
            return Err(ReadError::new(SourcePlace::Row(number), None, what));
        }
        let width = self.columns.all.len();
        if let Some(extra) = cells.iter().skip(width).find(|c| **c != Cell::Empty) {
            let what = format!(
                "it has more cells than the header has columns (`{}` is beyond them); quote cells \
                 that hold a comma",
                attributes::clip(&extra.header())
            );
            self.refuse(number, None, what);
            return Ok(());
        }
        self.reading.at(SourcePlace::Row(number));
        let row = row::Row::new(&self.columns, &cells, self.decimal_commas);
        let id = row.id(self.rows);
        let declared = row.declares_id();
        let forms = row.written();
        let hull = if self.reading.leaves_out() { row.hull() } else { None };
        let taken = row.feature(&id, number, &mut self.reading).and_then(|(feature, volume)| {
            if volume == 1 && declared {
                self.first_use(&id, number)?;
            }
            attributes::file_volume(&mut self.features, feature, volume)?;
            if self.forms.len() < self.features.len() {
                self.forms.push(forms);
            }
            Ok(())
        });
        if let Err(what) = taken {
            let mistake = ReadError::new(SourcePlace::Row(number), Some(&id), what);
            self.reading.leave_out(mistake, hull);
        }
        Ok(())
    }

    /// Notes that a row uses an identifier.
    ///
    /// # Errors
    /// When another row has used it.
    fn first_use(&mut self, id: &str, number: usize) -> Result<(), String> {
        match self.ids.insert(id.to_owned(), number) {
            None => Ok(()),
            Some(first) => Err(format!(
                "its identifier is also that of row {first}; give each site its own, or number the \
                 volumes of one site in a column `volume`"
            )),
        }
    }

    /// Notes a row that is mistaken.
    fn refuse(&mut self, number: usize, id: Option<&str>, what: String) {
        self.reading.leave_out(ReadError::new(SourcePlace::Row(number), id, what), None);
    }

    /// The document, if no row is bad.
    fn finish(self, format: Format) -> Result<Document, Vec<ReadError>> {
        self.reading.finish(format, self.features)
    }
}
