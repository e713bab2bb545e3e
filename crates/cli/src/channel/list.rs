//! The inbox as a list in words.

use std::io::{self, Write};

use comfy_table::Cell;
use deconflict_words::{Reader, dialogue_row};

use super::beside::Rows;
use super::order::{Place, Section};
use crate::options::Color;
use crate::report::table::Look;

/// The list in words: each section under its heading, numbered through; then what stands beside the record.
pub(super) fn table(
    out: &mut dyn Write,
    reader: &Reader<'_>,
    places: &[Place<'_>],
    beside: &[Rows],
) -> io::Result<()> {
    if places.is_empty() && beside.is_empty() {
        return writeln!(out, "No open message.");
    }
    let mut number = 0;
    let of = |section: Section| places.iter().filter(move |place| place.section == section);
    let row = |place: &Place<'_>| dialogue_row(reader, place.id, place.dialogue);
    let sections = Section::ALL
        .iter()
        .map(|(section, heading, _)| (*heading, of(*section).map(row).collect::<Vec<_>>()));
    for (heading, rows) in sections.chain(beside.iter().cloned()) {
        if rows.is_empty() {
            continue;
        }
        writeln!(out, "{heading}:")?;
        let header = ["", "Id", "Message", "From, to", "Precedence", "State", "Next"];
        let mut table = Look::of(Color::Auto).table(&header);
        for row in rows {
            number += 1;
            let cells = [number.to_string()].into_iter().chain(row);
            table.add_row(cells.map(Cell::new));
        }
        table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
        writeln!(out)?;
    }
    writeln!(
        out,
        "`deconflict inbox show ID` shows a message, `deconflict answer ID ANSWER` answers it. No answer permits nothing."
    )
}
