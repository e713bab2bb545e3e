//! Who is on duty, and how a line stands.

use deconflict_core::{DutyHandover, LineReport, LineTest, PartyId, Time};
use deconflict_vocabulary::{Phrase, Term};

use super::states::{block, cell, clock_and_span, listed, phrase, said_of, tested, word};
use crate::escape::bounded;
use crate::reader::{Reader, short};

pub(super) fn line_row(reader: &Reader<'_>, other: &PartyId, line: &LineReport) -> [String; 6] {
    [
        other.to_string(),
        cell(reader, suspended(reader, line)),
        cell(reader, heard(reader, line.heard)),
        cell(
            reader,
            line.tests
                .first()
                .map_or_else(|| word(reader, Term::NoTest), |last| outcome(reader, last)),
        ),
        cell(reader, missed(reader, line)),
        reader.contact(other),
    ]
}

fn suspended(reader: &Reader<'_>, line: &LineReport) -> String {
    match &line.suspended_by {
        Some(by) => phrase(reader, Phrase::SuspendedBy, &[by.as_str()]),
        None => word(reader, Term::Open),
    }
}

fn heard(reader: &Reader<'_>, heard: Option<Time>) -> String {
    heard.map_or_else(|| word(reader, Term::NeverHeard), |at| clock_and_span(reader, at))
}

fn missed(reader: &Reader<'_>, line: &LineReport) -> String {
    let (all, of) = (line.missed().to_string(), line.tests.len().to_string());
    let missed = phrase(reader, Phrase::SoManyOf, &[&all, &of]);
    match line.missed_in_a_row() {
        0 => missed,
        row => {
            let last = phrase(reader, Phrase::LastInARow, &[&row.to_string()]);
            listed(reader, vec![missed, last])
        }
    }
}

fn outcome(reader: &Reader<'_>, test: &LineTest) -> String {
    let whose = if test.sender == *reader.party { Term::TestOurs } else { Term::TestTheirs };
    let number = phrase(reader, Phrase::TestNumber, &[&test.number.to_string()]);
    let when = clock_and_span(reader, test.at);
    let which = listed(reader, vec![word(reader, whose), number, when]);
    said_of(reader, &which, &tested(reader, test.at, test.outcome))
}

pub(super) fn line_lines(reader: &Reader<'_>, other: &PartyId, line: &LineReport) -> Vec<String> {
    let mut lines = vec![
        format!("The line to {}", reader.party(other)),
        format!("  as declared   {}", block(reader, suspended(reader, line))),
        format!("  last heard    {}", block(reader, heard(reader, line.heard))),
        format!("  tests missed  {}", block(reader, missed(reader, line))),
        format!("  by voice      {}", reader.contact(other)),
    ];
    lines.extend(
        line.tests
            .iter()
            .map(|test| format!("  test          {}", block(reader, outcome(reader, test)))),
    );
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
    let how = if duty.from > reader.now { Phrase::TakesOver } else { Phrase::OnDutySince };
    [
        duty.party.to_string(),
        bounded(&duty.post),
        bounded(&duty.name),
        languages.join(", "),
        cell(reader, phrase(reader, how, &[&from])),
        short(duty.message),
    ]
}

#[cfg(test)]
mod tests {
    use deconflict_core::{Ledger, LineTestOutcome, MessageId};
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
