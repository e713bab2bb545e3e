//! Writing site lists.

use std::collections::HashSet;
use std::fmt::Write as _;

use deconflict_geometry::{EdgeRule, Footprint, Position, Volume};
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use serde_json::Value;

use super::columns::{is_language_tag, is_reserved};
use super::xlsx::check_size;
use super::{MAX_COLUMNS, MAX_ROW_BYTES, MAX_ROWS, looks_like_formula};
use crate::MAX_INPUT_BYTES;
use crate::attributes;
use crate::document::{Document, Feature, WriteError};
use crate::time;

/// The longest text of a spreadsheet cell, in UTF-16 units (Excel's limit).
const MAX_CELL_UNITS: usize = 32_767;

/// What is written into a cell.
#[derive(Clone, PartialEq, Debug)]
enum Out {
    Empty,
    Text(String),
    Number(f64),
}

/// A table: headers, and for each row its feature and its cells.
struct Table<'a> {
    headers: Vec<String>,
    rows: Vec<(&'a Feature, Vec<Out>)>,
}

/// The columns that every list has, in this order, before names and properties.
const FIXED: [&str; 16] = [
    "id",
    "volume",
    "volume_kind",
    "kind",
    "lat",
    "lon",
    "radius_m",
    "half_width_m",
    "wkt",
    "edges",
    "residual_m",
    "lower",
    "upper",
    "from",
    "until",
    "part_time",
];
/// Columns that are left out where no row fills them in.
const OPTIONAL: [&str; 7] =
    ["volume", "volume_kind", "half_width_m", "wkt", "edges", "residual_m", "part_time"];

/// Writes a site list in CSV: UTF-8 with commas, one row for each volume.
///
/// # Errors
/// When a feature has no volume, two names in one language or polygons with different edge rules,
/// or the list has too many rows, columns or bytes.
pub(crate) fn write_csv(document: &Document) -> Result<Vec<u8>, WriteError> {
    let table = Table::new(document)?;
    let mut out = String::new();
    line(&mut out, table.headers.iter().map(|header| csv_text(header)));
    for (feature, cells) in &table.rows {
        let cells = cells.iter().map(|cell| match cell {
            Out::Empty => String::new(),
            Out::Number(number) => number.to_string(),
            Out::Text(text) => csv_text(text),
        });
        let start = out.len();
        line(&mut out, cells);
        if out.len() - start > MAX_ROW_BYTES {
            let what = format!("its row is longer than {MAX_ROW_BYTES} bytes; simplify its shape");
            return Err(WriteError::new(feature, what));
        }
    }
    if out.len() > MAX_INPUT_BYTES {
        let limit = MAX_INPUT_BYTES / (1024 * 1024);
        return Err(of_list(format!("it is over {limit} MiB, more than is read; split it")));
    }
    Ok(out.into_bytes())
}

/// What is wrong with the list as a whole.
fn of_list(what: String) -> WriteError {
    WriteError { feature: "the list".to_owned(), what }
}

/// Writes a site list as a workbook of one sheet.
///
/// # Errors
/// As [`write_csv`], and when a text is too long for a cell or holds control characters.
pub(crate) fn write_xlsx(document: &Document) -> Result<Vec<u8>, WriteError> {
    let table = Table::new(document)?;
    for (feature, cells) in &table.rows {
        for cell in cells {
            if let Out::Text(text) = cell {
                check_cell(text).map_err(|what| WriteError::new(feature, what))?;
            }
        }
    }
    let mut workbook = Workbook::new();
    let filled = fill(workbook.add_worksheet(), &table);
    let bytes = filled.and_then(|()| workbook.save_to_buffer()).map_err(|e| {
        of_list(format!("cannot be written as a workbook ({e}); write CSV instead"))
    })?;
    // What a reader would refuse is refused here already.
    check_size(&bytes).map_err(of_list)?;
    Ok(bytes)
}

/// Writes the cells into a sheet.
fn fill(sheet: &mut Worksheet, table: &Table<'_>) -> Result<(), XlsxError> {
    sheet.set_name("sites")?;
    for (column, header) in (0..).zip(&table.headers) {
        sheet.write_string(0, column, header)?;
    }
    for (row, (_, cells)) in (1..).zip(&table.rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Out::Empty => {}
                Out::Text(text) => {
                    sheet.write_string(row, column, text)?;
                }
                Out::Number(number) => {
                    sheet.write_number(row, column, *number)?;
                }
            }
        }
    }
    Ok(())
}

/// Checks that a feature has an identifier, and of its own: a list names each site once.
fn check_id<'a>(ids: &mut HashSet<&'a str>, feature: &'a Feature) -> Result<(), String> {
    if feature.id.trim().is_empty() {
        return Err("it has no identifier; give it one".to_owned());
    }
    if ids.insert(feature.id.trim()) {
        Ok(())
    } else {
        Err("its identifier is also that of another feature; give each its own".to_owned())
    }
}

/// Whether a spreadsheet cell can hold a text.
fn check_cell(text: &str) -> Result<(), String> {
    if text.encode_utf16().count() > MAX_CELL_UNITS {
        return Err(format!(
            "one of its cells is longer than the {MAX_CELL_UNITS} characters that a spreadsheet cell \
             holds; write CSV instead"
        ));
    }
    match text.chars().find(|c| c.is_control() && *c != '\n') {
        None => Ok(()),
        Some(c) => Err(format!(
            "it holds {}, which a spreadsheet cell cannot; remove it",
            c.escape_unicode()
        )),
    }
}

/// One line of CSV.
fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&cell);
    }
    out.push_str("\r\n");
}

/// A text as a cell of CSV: in quotation marks where it needs them (RFC 4180, section 2), with an
/// apostrophe where a spreadsheet would run it as a formula.
fn csv_text(text: &str) -> String {
    let apostrophe = if looks_like_formula(text) { "'" } else { "" };
    if text.contains([',', ';', '\t', '"', '\n', '\r']) {
        format!("\"{apostrophe}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{apostrophe}{text}")
    }
}

impl<'a> Table<'a> {
    /// The document as a table.
    fn new(document: &'a Document) -> Result<Table<'a>, WriteError> {
        let mut table =
            Table { headers: FIXED.iter().map(ToString::to_string).collect(), rows: Vec::new() };
        let mut ids = HashSet::new();
        for feature in &document.features {
            check_id(&mut ids, feature).map_err(|what| WriteError::new(feature, what))?;
            table.feature(feature).map_err(|what| WriteError::new(feature, what))?;
        }
        let filled = |i: usize| {
            table.rows.iter().any(|(_, row)| row.get(i).is_some_and(|c| *c != Out::Empty))
        };
        let kept: Vec<bool> = (0..table.headers.len())
            .map(|i| !OPTIONAL.contains(&table.headers[i].as_str()) || filled(i))
            .collect();
        let width = table.headers.len();
        for (_, row) in &mut table.rows {
            row.resize(width, Out::Empty);
            keep(row, &kept);
        }
        keep(&mut table.headers, &kept);
        Ok(table)
    }

    /// Adds the rows of one feature.
    fn feature(&mut self, feature: &'a Feature) -> Result<(), String> {
        if feature.volumes.is_empty() {
            return Err("it has no volume, and a site needs a place; remove it".to_owned());
        }
        for (i, volume) in feature.volumes.iter().enumerate() {
            if self.rows.len() == MAX_ROWS {
                return Err(format!("more than {MAX_ROWS} rows; split the list"));
            }
            let mut row = Vec::new();
            self.put(&mut row, "id", Out::Text(feature.id.clone()))?;
            if feature.volumes.len() > 1 {
                self.put(&mut row, "volume", Out::Number((i + 1) as f64))?;
            }
            if let Some(kind) = feature.volume_kinds.get(i).filter(|kind| !kind.is_empty()) {
                self.put(&mut row, "volume_kind", Out::Text(kind.clone()))?;
            }
            if i == 0 {
                self.description(&mut row, feature)?;
            }
            self.volume(&mut row, volume)?;
            self.rows.push((feature, row));
        }
        Ok(())
    }

    /// Kind, names and properties.
    fn description(&mut self, row: &mut Vec<Out>, feature: &Feature) -> Result<(), String> {
        if !feature.kind.is_empty() {
            self.put(row, "kind", Out::Text(feature.kind.clone()))?;
        }
        for name in feature.names.iter().filter(|n| !n.text.trim().is_empty()) {
            let header = match &name.lang {
                None => "name".to_owned(),
                Some(lang) if is_language_tag(lang) => format!("name_{lang}"),
                Some(lang) => {
                    return Err(format!(
                        "`{}` is no language tag; correct it",
                        attributes::clip(lang)
                    ));
                }
            };
            self.put(row, &header, Out::Text(name.text.clone()))?;
        }
        for (key, value) in &feature.properties {
            if key.trim() != key {
                return Err(format!("the property key `{key}` has blanks around it; remove them"));
            }
            match value {
                Value::String(text) if attributes::is_plain(key, value, is_reserved(key, text)) => {
                    self.put(row, key, Out::Text(text.clone()))?;
                }
                _ => self.put(row, &attributes::json_key(key), Out::Text(value.to_string()))?,
            }
        }
        Ok(())
    }

    /// Where, how high and when.
    fn volume(&mut self, row: &mut Vec<Out>, volume: &Volume) -> Result<(), String> {
        let edges = attributes::edges(&volume.footprint)?;
        match &volume.footprint {
            Footprint::Circle(circle) => {
                self.put(row, "lat", Out::Number(circle.center().lat_deg()))?;
                self.put(row, "lon", Out::Number(circle.center().lon_deg()))?;
                self.put(row, "radius_m", Out::Number(circle.radius_m()))?;
            }
            Footprint::Corridor(corridor) => {
                let wkt = format!("LINESTRING ({})", positions(corridor.path(), false));
                self.put(row, "wkt", Out::Text(wkt))?;
                self.put(row, "half_width_m", Out::Number(corridor.half_width_m()))?;
            }
            Footprint::Polygons(polygons) => {
                let polygons: Vec<String> = polygons.iter().map(|p| rings(p.rings())).collect();
                let wkt = match polygons.as_slice() {
                    [one] => format!("POLYGON {one}"),
                    several => format!("MULTIPOLYGON ({})", several.join(", ")),
                };
                self.put(row, "wkt", Out::Text(wkt))?;
            }
        }
        if let Some((rule, residual_m)) = edges {
            if rule != EdgeRule::LonLat {
                self.put(row, "edges", Out::Text(attributes::edge_rule_text(rule).to_owned()))?;
            }
            if residual_m > 0.0 {
                self.put(row, "residual_m", Out::Text(attributes::metres_text(residual_m)))?;
            }
        }
        for (header, limit) in [("lower", volume.band.lower()), ("upper", volume.band.upper())] {
            if let Some(text) = attributes::limit_text(limit) {
                self.put(row, header, Out::Text(text))?;
            }
        }
        for (header, instant) in [("from", volume.window.from()), ("until", volume.window.until())]
        {
            if let Some(instant) = instant {
                self.put(row, header, Out::Text(time::format(instant)))?;
            }
        }
        if volume.window.is_part_time() {
            self.put(row, "part_time", Out::Text("yes".to_owned()))?;
        }
        Ok(())
    }

    /// Puts a cell under its header, which is added where it is new.
    fn put(&mut self, row: &mut Vec<Out>, header: &str, cell: Out) -> Result<(), String> {
        let column = match self.headers.iter().position(|h| h == header) {
            Some(column) => column,
            None if self.headers.len() == MAX_COLUMNS => {
                return Err(format!(
                    "more than {MAX_COLUMNS} different names and properties; remove some"
                ));
            }
            None => {
                self.headers.push(header.to_owned());
                self.headers.len() - 1
            }
        };
        if row.len() <= column {
            row.resize(column + 1, Out::Empty);
        }
        if row[column] != Out::Empty {
            return Err(format!(
                "two values for the column `{}` (two names in one language, perhaps); remove one",
                attributes::clip(header)
            ));
        }
        row[column] = cell;
        Ok(())
    }
}

/// Keeps those items whose flag is set.
fn keep<T>(items: &mut Vec<T>, kept: &[bool]) {
    let mut flags = kept.iter();
    items.retain(|_| flags.next().copied().unwrap_or(true));
}

/// The rings of a polygon as well-known text.
fn rings(rings: &[Vec<Position>]) -> String {
    let rings: Vec<String> = rings.iter().map(|r| format!("({})", positions(r, true))).collect();
    format!("({})", rings.join(", "))
}

/// Positions as well-known text, exactly as given; the first again at the end, if `closed`.
fn positions(positions: &[Position], closed: bool) -> String {
    let mut text = String::new();
    for position in positions.iter().chain(positions.first().filter(|_| closed)) {
        let separator = if text.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{} {}", position.lon_deg(), position.lat_deg());
    }
    text
}
