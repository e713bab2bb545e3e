//! Who is on duty, and how a line stands.

use deconflict_core::{DutyHandover, LineReport, LineTest, LineTestOutcome, PartyId, Time};

use super::dialogue::clock_and_span;
use crate::escape::bounded;
use crate::reader::{Reader, short};

pub(super) fn line_row(reader: &Reader<'_>, other: &PartyId, line: &LineReport) -> [String; 6] {
    [
        other.to_string(),
        suspended(line),
        heard(reader, line.heard),
        line.tests.first().map_or_else(|| "no test".to_owned(), |last| outcome(reader, last)),
        missed(line),
        reader.contact(other),
    ]
}

fn suspended(line: &LineReport) -> String {
    line.suspended_by.as_ref().map_or_else(|| "open".to_owned(), |by| format!("SUSPENDED by {by}"))
}

fn heard(reader: &Reader<'_>, heard: Option<Time>) -> String {
    heard.map_or_else(|| "never".to_owned(), |at| clock_and_span(reader, at))
}

fn missed(line: &LineReport) -> String {
    match (line.missed_in_a_row(), line.missed()) {
        (_, 0) => format!("0 of {}", line.tests.len()),
        (0, all) => format!("{all} of {}", line.tests.len()),
        (row, all) => format!("{all} of {}, the last {row} in a row", line.tests.len()),
    }
}

fn outcome(reader: &Reader<'_>, test: &LineTest) -> String {
    let said = match test.outcome {
        LineTestOutcome::Waits => "waits for its answer".to_owned(),
        LineTestOutcome::Answered(at) => format!("answered after {}", after(test.at, at)),
        LineTestOutcome::Late(at) => format!("answered LATE, after {}", after(test.at, at)),
        LineTestOutcome::Missed => "MISSED, nobody answered in time".to_owned(),
        LineTestOutcome::Cancelled => "taken back".to_owned(),
    };
    let by = if test.sender == *reader.party { "ours" } else { "theirs" };
    format!("{by}, number {}, {}: {said}", test.number, clock_and_span(reader, test.at))
}

/// How long from one to the other: `40 s`, `3 min`.
fn after(from: Time, to: Time) -> String {
    let s = (to.seconds() - from.seconds()).max(0);
    if s < 120 { format!("{s} s") } else { format!("{} min", s / 60) }
}

pub(super) fn line_lines(reader: &Reader<'_>, other: &PartyId, line: &LineReport) -> Vec<String> {
    let mut lines = vec![
        format!("The line to {}", reader.party(other)),
        format!("  as declared   {}", suspended(line)),
        format!("  last heard    {}", heard(reader, line.heard)),
        format!("  tests missed  {}", missed(line)),
        format!("  by voice      {}", reader.contact(other)),
    ];
    lines
        .extend(line.tests.iter().map(|test| format!("  test          {}", outcome(reader, test))));
    let speak_of = line.to_speak_of.iter().map(short).collect::<Vec<_>>();
    if !speak_of.is_empty() {
        lines.push(format!(
            "  To be spoken of in the next test, not answered: {}",
            speak_of.join(", ")
        ));
    }
    lines
}

pub(super) fn duty_row(reader: &Reader<'_>, duty: &DutyHandover) -> [String; 6] {
    let languages: Vec<&str> = duty.languages.iter().map(|tag| tag.as_str()).collect();
    let from = clock_and_span(reader, duty.from);
    [
        duty.party.to_string(),
        bounded(&duty.post),
        bounded(&duty.name),
        languages.join(", "),
        if duty.from > reader.now { format!("takes over {from}") } else { format!("since {from}") },
        short(duty.message),
    ]
}

#[cfg(test)]
mod tests {
    use deconflict_core::{Ledger, MessageId};
    use deconflict_record::Hash;

    use super::*;

    #[test]
    fn a_line_is_told_as_declared_beside_as_measured() {
        let (view, own, other): (_, PartyId, PartyId) =
            (Ledger::default(), "north".parse().unwrap(), "south".parse().unwrap());
        let now = Time::from_seconds(1_495_100_000);
        let reader = Reader::new(&view, &own, "en", now);
        let test = |ago: i64, number, sender: &PartyId, outcome| LineTest {
            message: MessageId(Hash([1; 32])),
            sender: sender.clone(),
            number,
            at: now.after_seconds(-ago),
            outcome,
        };
        let mut line = LineReport {
            suspended_by: Some(other.clone()),
            tests: vec![
                test(600, 3, &own, LineTestOutcome::Missed),
                test(7_200, 2, &own, LineTestOutcome::Missed),
                test(9_000, 7, &other, LineTestOutcome::Answered(now.after_seconds(-8_960))),
            ],
            heard: Some(now.after_seconds(-9_000)),
            to_speak_of: vec![MessageId(Hash([9; 32]))],
        };
        let row = line_row(&reader, &other, &line);
        assert_eq!(row[1], "SUSPENDED by south");
        assert!(row[2].ends_with("2 h 30 min ago"), "{row:?}");
        assert!(row[3].contains("ours, number 3, ") && row[3].ends_with("nobody answered in time"));
        assert_eq!(row[4], "2 of 3, the last 2 in a row");
        let lines = line_lines(&reader, &other, &line).join("\n");
        assert!(lines.contains("theirs, number 7, ") && lines.contains("answered after 40 s"));
        assert!(lines.contains("not answered: 09090909"), "{lines}");
        line.tests.clear();
        (line.suspended_by, line.heard) = (None, None);
        let row = line_row(&reader, &other, &line);
        assert_eq!(row[1..5], ["open", "never", "no test", "0 of 0"]);
    }
}
