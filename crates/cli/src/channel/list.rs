//! The inbox as a list in words.

use std::io::{self, Write};

use comfy_table::Cell;
use deconflict_core::{Dialogue, MessageId};
use deconflict_words::{Reader, dialogue_row, dialogue_summary, short, undelivered_lines};

use super::alarm::Listener;
use super::order::{Place, Section};
use crate::options::Color;
use crate::report::table::Look;

/// What stands before a line that belongs to a row.
const INDENT: &str = "    ";

/// A row of the inbox.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) cells: [String; 6],
    /// What the message says, in a line below them, and whom to call where it was not delivered; empty where that is
    /// nothing or not known.
    pub(super) says: String,
}

impl Row {
    /// A dialogue as a row, with what it says as far as a line of the terminal goes.
    pub(super) fn of(reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue) -> Row {
        let columns = Look::of(Color::Auto).width() - INDENT.len();
        let summary = dialogue_summary(reader, dialogue, columns);
        let says = [summary].into_iter().chain(undelivered_lines(reader, id, dialogue));
        let says: Vec<String> = says.filter(|line| !line.is_empty()).collect();
        Row { cells: dialogue_row(reader, id, dialogue), says: says.join(&format!("\n{INDENT}")) }
    }
}

/// A section of the inbox: its heading and its rows.
pub(super) type Rows = (&'static str, Vec<Row>);

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
    let row = |place: &Place<'_>| Row::of(reader, place.id, place.dialogue);
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
        for row in &rows {
            number += 1;
            let cells = [number.to_string()].into_iter().chain(row.cells.iter().cloned());
            table.add_row(cells.map(Cell::new));
        }
        let says: Vec<&str> = rows.iter().map(|row| row.says.as_str()).collect();
        with_lines(table.lines(), &says)
            .iter()
            .try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
        writeln!(out)?;
    }
    writeln!(
        out,
        "`deconflict inbox show ID` shows a message, `deconflict answer ID ANSWER` answers it. No answer permits nothing."
    )
}

/// What whoever listens is to read back himself.
pub(super) fn read_back_lines(listener: &Listener, places: &[Place<'_>]) -> Vec<String> {
    let line = |place: &Place<'_>| {
        format!(
            "Your party asks each person on duty to read {} back: `deconflict inbox read-back {}`.",
            place.dialogue.code(),
            short(place.id)
        )
    };
    listener.to_read_back(places).map(line).collect()
}

/// The lines of a table, with one more at the end of each row.
fn with_lines(lines: impl Iterator<Item = String>, says: &[&str]) -> Vec<String> {
    let is_between = |line: &str| !line.is_empty() && line.chars().all(|c| c == '─');
    let below = |nth: usize| {
        says.get(nth).filter(|says| !says.is_empty()).map(|says| format!("{INDENT}{says}"))
    };
    let mut nth = 0;
    let mut all = Vec::new();
    for line in lines {
        if is_between(line.trim()) {
            all.extend(below(nth));
            nth += 1;
        }
        all.push(line);
    }
    all.extend(below(nth));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_row_says_stands_below_its_cells() {
        let lines = ["   Id", "━━━━━", " 1 a", "   b", "─────", " 2 c", "─────", " 3 d"];
        let told = with_lines(lines.map(str::to_owned).into_iter(), &["Zone: A.", "", "n: 7."]);
        assert_eq!(
            told[2..],
            [" 1 a", "   b", "    Zone: A.", "─────", " 2 c", "─────", " 3 d", "    n: 7."]
        );
    }
}
