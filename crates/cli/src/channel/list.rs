//! The inbox as a list in words.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::{Cell, ColumnConstraint, Table};
use deconflict_core::{ConflictId, DeclarationId, Dialogue, MessageId, PartyId};
use deconflict_vocabulary::{Phrase, Precedence, Term, Traffic};
use deconflict_words::inbox::{InboxPlace, Section, UntoldMovement};
use deconflict_words::{
    OverlapPlace, Reader, dialogue_row, dialogue_summary, found_row, found_summary, short,
    undelivered_lines, untold_row, untold_summary,
};

use super::alarm::Listener;
use crate::options::Color;
use crate::report::table::Look;

/// What stands before a line that belongs to a row.
const INDENT: &str = "    ";

/// What a row of the list is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RowObject {
    /// A message that was signed.
    Message(MessageId),
    /// An overlap that the host found.
    Overlap(ConflictId),
    /// A movement of which nobody has said that units were told.
    Movement(DeclarationId),
}

/// A row of the inbox.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) cells: [String; 6],
    /// What the message says, in a line below them, and whom to call where it was not delivered; empty where that is
    /// nothing or not known.
    pub(super) says: String,
    /// What it is; `None`: several, or what nobody signed.
    pub(super) of: Option<RowObject>,
}

impl Row {
    /// A dialogue as a row, with what it says as far as a line of the terminal goes.
    pub(super) fn of(reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue) -> Row {
        let columns = Look::of(Color::Auto).width() - INDENT.len();
        let summary = dialogue_summary(reader, dialogue, columns);
        let says = [summary].into_iter().chain(undelivered_lines(reader, id, dialogue));
        let says: Vec<String> = says.filter(|line| !line.is_empty()).collect();
        Row {
            cells: dialogue_row(reader, id, dialogue),
            says: says.join(&format!("\n{INDENT}")),
            of: Some(RowObject::Message(id)),
        }
    }

    /// An overlap that the host found.
    fn of_overlap(reader: &Reader<'_>, place: &OverlapPlace<'_>) -> Row {
        let columns = Look::of(Color::Auto).width() - INDENT.len();
        Row {
            cells: found_row(reader, place.id, place.conflict),
            says: found_summary(reader, place.conflict, columns),
            of: Some(RowObject::Overlap(place.id)),
        }
    }

    /// The message that is missing of a movement of the party's own.
    fn of_untold(reader: &Reader<'_>, (id, declaration): UntoldMovement<'_>) -> Row {
        let columns = Look::of(Color::Auto).width() - INDENT.len();
        Row {
            cells: untold_row(reader, id, declaration),
            says: untold_summary(reader, id, declaration, columns),
            of: Some(RowObject::Movement(id)),
        }
    }

    /// Messages of one sender that are grouped: how many, of which codes, and the clock of the one that is due first.
    fn of_group(reader: &Reader<'_>, all: &[&InboxPlace<'_>]) -> Option<Row> {
        let first = all.first()?;
        let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
        for place in all {
            *codes.entry(place.dialogue.code().as_str()).or_default() += 1;
        }
        let codes: Vec<String> = codes.iter().map(|(code, n)| format!("{code} ×{n}")).collect();
        let [_, _, _, urgency, _, next] = dialogue_row(reader, first.id, first.dialogue);
        let from = format!("{}\n→ {}", first.dialogue.sender, reader.party);
        let cells = [
            reader.cell(reader.phrase(Phrase::SoManyMore, &[&all.len().to_string()])),
            codes.join(", "),
            from,
            urgency,
            reader.cell(reader.word(Term::Grouped)),
            next,
        ];
        let says = "`deconflict inbox --all` lists each of them.".to_owned();
        Some(Row { cells, says, of: None })
    }
}

/// What the inbox shows of the record.
pub(super) struct InboxView<'a> {
    pub(super) places: &'a [InboxPlace<'a>],
    pub(super) overlaps: &'a [OverlapPlace<'a>],
    /// Movements of the party's own of which nobody has said that units were told.
    pub(super) untold: &'a [UntoldMovement<'a>],
    /// Whether all is shown by itself, also what is grouped else.
    pub(super) all: bool,
}

impl InboxView<'_> {
    /// The messages that are on the screen, each by itself.
    pub(super) fn shown(&self) -> Vec<MessageId> {
        let shown = self.places.iter().filter(|place| self.all || !place.grouped);
        shown.map(|place| place.id).collect()
    }

    /// The rows of a section: the most urgent first, then what falls due next; what is over in its own order.
    fn rows(&self, reader: &Reader<'_>, section: Section) -> Vec<Row> {
        type Key = (Reverse<Precedence>, i64);
        let mut rows: Vec<(Key, Row)> = Vec::new();
        let mut groups: BTreeMap<(&PartyId, Traffic), Vec<&InboxPlace<'_>>> = BTreeMap::new();
        let key = |place: &InboxPlace<'_>| (Reverse(place.dialogue.precedence), place.due_ns);
        for place in self.places.iter().filter(|place| place.section == section) {
            let dialogue = place.dialogue;
            if place.grouped && !self.all {
                groups.entry((&dialogue.sender, dialogue.traffic)).or_default().push(place);
            } else {
                rows.push((key(place), Row::of(reader, place.id, dialogue)));
            }
        }
        for place in self.overlaps.iter().filter(|place| place.section == section) {
            let key = (Reverse(place.conflict.precedence(reader.now)), place.due_ns());
            rows.push((key, Row::of_overlap(reader, place)));
        }
        if section == Section::Untold {
            return self.untold.iter().map(|one| Row::of_untold(reader, *one)).collect();
        }
        for all in groups.values() {
            if let (Some(first), Some(row)) = (all.first(), Row::of_group(reader, all)) {
                rows.push((key(first), row));
            }
        }
        if section != Section::Over {
            rows.sort_by_key(|(key, _)| *key);
        }
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

/// A section of the inbox: its heading and its rows.
pub(super) type Rows = (String, Vec<Row>);

/// The sections that have rows, those of the record before those that stand beside it.
pub(super) fn sections(reader: &Reader<'_>, inbox: &InboxView<'_>, beside: Vec<Rows>) -> Vec<Rows> {
    let of = |(section, heading, _): &(Section, Term, _)| {
        (reader.word(*heading), inbox.rows(reader, *section))
    };
    let all = Section::ALL.iter().map(of).chain(beside);
    all.filter(|(_, rows)| !rows.is_empty()).collect()
}

/// What each number of the list stands for.
pub(super) fn numbered(sections: &[Rows]) -> Vec<Option<RowObject>> {
    sections.iter().flat_map(|(_, rows)| rows).map(|row| row.of).collect()
}

/// The list in words: each section under its heading, numbered through; then what stands beside the record.
pub(super) fn table(out: &mut dyn Write, reader: &Reader<'_>, sections: &[Rows]) -> io::Result<()> {
    if sections.is_empty() {
        return writeln!(out, "No open message.");
    }
    let mut number = 0;
    for (heading, rows) in sections {
        writeln!(out, "{}:", reader.line(heading.clone()))?;
        let header = ["", "Id", "Message", "From, to", "Precedence", "State", "Next"];
        let mut table = Look::of(Color::Auto).table(&header);
        for row in rows {
            number += 1;
            let cells = [number.to_string()].into_iter().chain(row.cells.iter().cloned());
            table.add_row(cells.map(Cell::new));
        }
        keep_turned(&mut table, rows);
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

/// A cell that is turned is in lines that fit already: broken anew, a line would turn what stands beside it.
fn keep_turned(table: &mut Table, rows: &[Row]) {
    for nth in 0..6 {
        if rows.iter().any(|row| row.cells[nth].contains('\u{2067}'))
            && let Some(column) = table.column_mut(nth + 1)
        {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
}

/// What whoever listens is to read back himself.
pub(super) fn read_back_lines(listener: &Listener, places: &[InboxPlace<'_>]) -> Vec<String> {
    let line = |place: &InboxPlace<'_>| {
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
