//! The sheets of a workbook beside the one with the sites.

use super::Cell;
use super::columns::{Role, role};
use crate::coordinates;
use crate::document::ReadError;
use crate::drawn;

/// In how many rows a header is looked for.
const HEADER_ROWS: usize = 20;
/// The fewest decimals that degrees are written with.
const DEGREE_DECIMALS: usize = 3;

/// What a sheet that is not read may hold.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Beside {
    /// Nothing.
    Nothing,
    /// Something, but no places as far as can be seen.
    Other,
    /// Places: why that seems so.
    Places(String),
}

impl Beside {
    /// Looks through the rows of a sheet.
    pub(super) fn of(rows: impl Iterator<Item = Result<(usize, Vec<Cell>), ReadError>>) -> Beside {
        let mut beside = Beside::Nothing;
        for (index, row) in rows.enumerate() {
            let (number, cells) = match row {
                Ok(row) => row,
                Err(e) => return Beside::Places(format!("it cannot be looked through, {e}")),
            };
            if index < HEADER_ROWS && names_positions(&cells) {
                return Beside::Places(format!("its row {number} names columns of positions"));
            }
            if holds_position(&cells) {
                return Beside::Places(format!("its row {number} holds what may be a position"));
            }
            beside = Beside::Other;
        }
        beside
    }
}

/// Whether a row is the header of a list of sites. The row of one column's name and its explanation is none.
fn names_positions(cells: &[Cell]) -> bool {
    let names = |wanted: Role| {
        cells.iter().any(|cell| matches!(cell, Cell::Text(text) if role(text) == wanted))
    };
    names(Role::Latitude) && names(Role::Longitude)
}

/// Whether a row may hold a position: two numbers as degrees are written, or a text that is one or draws
/// a shape.
fn holds_position(cells: &[Cell]) -> bool {
    let texts = cells.iter().filter_map(|cell| match cell {
        Cell::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let degrees = cells.iter().filter(|cell| match cell {
        Cell::Number(number) => number.is_plain() && is_degrees(&number.text),
        Cell::Text(text) => is_degrees(&text.replace(',', ".")),
        _ => false,
    });
    degrees.count() > 1 || texts.into_iter().any(is_position)
}

/// Whether a number is one of degrees, by its size and its decimals.
fn is_degrees(text: &str) -> bool {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    decimals >= DEGREE_DECIMALS && text.parse::<f64>().is_ok_and(|n| n.abs() <= 180.0)
}

/// Whether a text is a position or one of its axes, or draws something.
fn is_position(text: &str) -> bool {
    let is_angle = text.contains(['°', 'º', '′', '.', '\'']);
    drawn::of_text(text).is_some()
        || (is_angle && coordinates::parse_position(text).is_ok())
        || (text.contains(['°', 'º'])
            && text.ends_with(|c: char| c.is_ascii_alphabetic())
            && (coordinates::parse_latitude(text).is_ok()
                || coordinates::parse_longitude(text).is_ok()))
}
