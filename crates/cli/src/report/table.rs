//! The answer for people.

use std::env;
use std::io::{self, IsTerminal, Write, stdout};

use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle,
    Width,
};
use deconflict_geometry::{Gap, Relation};
use deconflict_words::english::{counted, limit};
use deconflict_words::{clipped, count, distance, minutes, span, until_minutes};

use super::{LEFT_OUT_WORDS, reason_words};
use crate::engine::{Answer, Conflict, Item, Question};
use crate::input::{Source, are_whole, label_of};
use crate::options;

/// What is printed when there is no conflict: exactly this, and never more.
pub(crate) const NO_CONFLICT: &str = "No conflict among what these files declare. Undeclared \
                                      people and places are not in them.";

/// What is printed instead where something was left out or has no place.
const NONE_COMPARED: &str = "No conflict among what was compared. Undeclared people and places are \
                             not in these files.";

/// A line under the header and thin ones between the rows.
const LINES: TableStyle = TableStyle::new()
    .header_separator(LineStyle::none().fill('━'))
    .row_separator(LineStyle::none().fill('─'));

/// Nobody reads more rows than this, and a table of millions would take all memory.
const MOST_ROWS: usize = 5_000;

/// How wide and how colourful the table may be.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    width: u16,
    color: bool,
}

impl Look {
    /// Fits the terminal; elsewhere `COLUMNS`, or 120 columns without colours.
    pub(crate) fn of(color: options::Color) -> Look {
        let columns = env::var("COLUMNS").ok().and_then(|c| c.parse::<u16>().ok());
        let width = columns.or_else(|| Table::new().width()).unwrap_or(120).clamp(60, 200);
        let plain = env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let color = match color {
            options::Color::Auto => stdout().is_terminal() && !plain,
            options::Color::Always => true,
            options::Color::Never => false,
        };
        Look { width, color }
    }

    /// How many columns a line may take.
    pub(crate) fn width(self) -> usize {
        usize::from(self.width)
    }

    /// An empty table of this look.
    pub(crate) fn table(self, header: &[&str]) -> Table {
        let mut table = Table::new();
        table
            .load_style(LINES)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.width);
        if self.color {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table.set_header(header.iter().map(|h| Cell::new(h).add_attribute(Attribute::Bold)));
        table
    }
}

/// Writes the table and the summary.
pub(crate) fn write(
    out: &mut dyn Write,
    question: &Question<'_>,
    answer: &Answer,
    language: Option<&str>,
    look: Look,
) -> io::Result<()> {
    let beside = beside(question);
    if answer.conflicts.is_empty() && answer.everywhere.is_empty() {
        let whole = are_whole(question.sources);
        writeln!(out, "{}", if whole { NO_CONFLICT } else { NONE_COMPARED })?;
        return beside.iter().try_for_each(|line| writeln!(out, "{line}"));
    }
    let mut table =
        look.table(&["#", "Who", "When (UTC)", "Heights", "How far\ninside", "Certainty"]);
    for (i, conflict) in answer.conflicts.iter().enumerate().take(MOST_ROWS) {
        table.add_row(row(question, i + 1, conflict, language));
    }
    let listed = answer.conflicts.len().min(MOST_ROWS);
    for (i, one) in answer.everywhere.iter().enumerate().take(MOST_ROWS - listed) {
        let label = clipped(label_of(question.feature(one.a), language));
        table.add_row([
            Cell::new(answer.conflicts.len() + i + 1),
            Cell::new(one.title(question, &label).replace(" × ", "\n× ")),
            Cell::new("not known"),
            Cell::new("not known"),
            Cell::new("not known"),
            Cell::new(format!("possible: {LEFT_OUT_WORDS}")).fg(Color::Yellow),
        ]);
    }
    // What is short keeps its lines; the names get what is left.
    for column in [0, 2, 3, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    if let Some(certainty) = table.column_mut(5) {
        let share = Width::Percentage(if look.width < 100 { 22 } else { 26 });
        certainty.set_constraint(ColumnConstraint::UpperBoundary(share));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    summary(out, answer, &beside)
}

fn row(
    question: &Question<'_>,
    number: usize,
    conflict: &Conflict,
    language: Option<&str>,
) -> Vec<Cell> {
    let (word, color) = match conflict.verdict.relation {
        Relation::Overlap => ("overlap", Color::Red),
        Relation::Possible => ("possible", Color::Yellow),
        Relation::Touch => ("touch", Color::Cyan),
        Relation::Apart => ("apart", Color::Reset),
    };
    let left_out = question.is_left_out(conflict.a) || question.is_left_out(conflict.b);
    let reasons = conflict.verdict.reasons.iter().map(reason_words);
    let why: Vec<&str> = left_out.then_some(LEFT_OUT_WORDS).into_iter().chain(reasons).collect();
    let certainty =
        if why.is_empty() { word.to_owned() } else { format!("{word}: {}", why.join("; ")) };
    vec![
        Cell::new(number),
        Cell::new(format!(
            "{}\n× {}",
            who(question, conflict.a, language),
            who(question, conflict.b, language)
        )),
        Cell::new(when(conflict)),
        Cell::new(heights(conflict)),
        Cell::new(inside(conflict)),
        Cell::new(certainty).fg(color),
    ]
}

/// The name, the volume where a feature has several, and the file where there are many.
fn who(question: &Question<'_>, item: Item, language: Option<&str>) -> String {
    let feature = question.feature(item);
    let mut text = clipped(label_of(feature, language));
    if feature.volumes.len() > 1 {
        text += &format!(" [{}]", item.volume);
    }
    if question.is_left_out(item) {
        text += " (left out)";
    }
    if question.sources.len() > 2 {
        text += &format!(" ({})", question.sources[item.file].short_name());
    }
    text
}

/// What the summary says beside the conflicts: what could not be compared.
fn beside(question: &Question<'_>) -> Vec<String> {
    let mut lines = not_compared(question.sources);
    let of_one_name = question.of_one_name();
    if of_one_name > 0 {
        lines.push(format!(
            "{} of one name, not compared with each other.",
            counted(of_one_name, "volume", "volumes")
        ));
    }
    lines
}

/// What files declare that could not be compared, a line for each kind.
pub(crate) fn not_compared(sources: &[Source]) -> Vec<String> {
    let documents = || sources.iter().map(|source| &source.document);
    let left_out: usize = documents().map(|d| d.omissions.len()).sum();
    let placeless: usize = documents().map(|d| d.placeless.count).sum();
    let mut lines = Vec::new();
    if left_out > 0 {
        lines.push(format!("{} left out as mistaken.", count(left_out)));
    }
    if placeless > 0 {
        lines.push(format!("{} declared without a place, not compared.", count(placeless)));
    }
    lines
}

fn when(conflict: &Conflict) -> String {
    let window = conflict.common.as_ref().map(|c| (c.window.from(), c.window.until()));
    match window {
        None => "not known".to_owned(),
        Some((None, None)) => "always".to_owned(),
        Some((Some(f), None)) => format!("from {}\nopen end", minutes(f)),
        Some((None, Some(u))) => format!("until {}", minutes(u)),
        Some((Some(f), Some(u))) => format!("{}\nto {}", minutes(f), until_minutes(Some(f), u)),
    }
}

fn heights(conflict: &Conflict) -> String {
    match &conflict.common {
        None => "not known".to_owned(),
        Some(c) if limit(c.lower) == limit(c.upper) => limit(c.lower),
        // What lies between the two where they do not meet.
        Some(c) if conflict.gap.is_some_and(|g| g.vertical_m > 0.0) => {
            format!("{} to\n{}", limit(c.upper), limit(c.lower))
        }
        Some(c) => format!("{} to\n{}", limit(c.lower), limit(c.upper)),
    }
}

fn inside(conflict: &Conflict) -> String {
    if let Some(gap) = conflict.gap {
        return apart(gap);
    }
    match &conflict.common {
        Some(c) if c.depth_m > 0.0 && conflict.verdict.relation != Relation::Touch => {
            distance(c.depth_m)
        }
        _ => "edges meet".to_owned(),
    }
}

/// What comes nearer than required, by how much it is apart.
fn apart(gap: Gap) -> String {
    let mut parts = Vec::new();
    if gap.horizontal_m > 0.0 {
        parts.push(distance(gap.horizontal_m));
    }
    if gap.vertical_m > 0.0 {
        parts.push(format!("{} in height", distance(gap.vertical_m)));
    }
    if gap.time_ns > 0 {
        parts.push(span(gap.time_ns));
    }
    format!("{} apart", parts.join(", "))
}

fn summary(out: &mut dyn Write, answer: &Answer, beside: &[String]) -> io::Result<()> {
    let mut parts = vec![
        counted(answer.count(Relation::Overlap), "overlap", "overlaps"),
        format!("{} possible", count(answer.count(Relation::Possible))),
    ];
    let touching = answer.count(Relation::Touch);
    if touching > 0 {
        parts.push(format!("{} touching", count(touching)));
    }
    writeln!(
        out,
        "\n{}: {}.\n{} declared, {} examined.",
        counted(answer.len(), "conflict", "conflicts"),
        parts.join(", "),
        counted(answer.volumes, "volume", "volumes"),
        counted(answer.pairs_examined, "pair", "pairs"),
    )?;
    beside.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    if answer.len() > MOST_ROWS {
        writeln!(
            out,
            "Only the first {} are listed; --output csv or json gives all.",
            count(MOST_ROWS)
        )?;
    }
    if answer.count(Relation::Possible) > 0 {
        writeln!(out, "A possible conflict counts as one until the facts decide it.")?;
    }
    writeln!(out, "What nobody declared is not in this list. Not for navigation.")
}
