//! The inbox as a list in words.

use std::io::{self, Write};

use comfy_table::Cell;
use deconflict_words::{Reader, dialogue_row};

use super::order::{Place, Section};
use crate::options::Color;
use crate::report::table::Look;

/// The list in words: each section under its heading, numbered through.
pub(super) fn table(
    out: &mut dyn Write,
    reader: &Reader<'_>,
    places: &[Place<'_>],
) -> io::Result<()> {
    if places.is_empty() {
        return writeln!(out, "No open message.");
    }
    let mut number = 0;
    for (section, heading, _) in Section::ALL {
        let of: Vec<&Place<'_>> = places.iter().filter(|place| place.section == section).collect();
        if of.is_empty() {
            continue;
        }
        writeln!(out, "{heading}:")?;
        let header = ["", "Id", "Message", "From, to", "Precedence", "State", "Next"];
        let mut table = Look::of(Color::Auto).table(&header);
        for place in of {
            number += 1;
            let row = dialogue_row(reader, place.id, place.dialogue);
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
