//! States, receipts, lapses and spans of time, each as the vocabulary says it in the reader's own language.
//!
//! Which word belongs to what stands here in exhaustive matches: a state more that has no word does not compile.

use deconflict_core::{
    ConflictEnd, ConflictState, Extent, Hop, Lapse, LineTestOutcome, PassedOn, Receipt, Time,
    Undertaking, UndertakingState,
};
use deconflict_vocabulary::{Direction, Moment, Phrase, Precedence, Term, TimeUnit, Traffic};

use crate::escape::{is_right_to_left, rendered, wrapped};
use crate::figures::trimmed;
use crate::reader::{Reader, aligned, at};

/// Names and values, each of which is turned as the reader's language is written.
pub(super) struct Rows {
    all: Vec<(String, String)>,
    turned: bool,
}

impl Rows {
    pub(super) fn of(reader: &Reader<'_>) -> Rows {
        Rows { all: Vec::new(), turned: is_turned(reader) }
    }

    pub(super) fn push(&mut self, (name, value): (impl Into<String>, String)) {
        self.all.push((name.into(), value));
    }

    pub(super) fn extend<N: Into<String>>(&mut self, rows: impl IntoIterator<Item = (N, String)>) {
        rows.into_iter().for_each(|row| self.push(row));
    }

    pub(super) fn append(&mut self, rows: Rows) {
        self.all.extend(rows.all);
    }

    /// The first value under a name, the others under nothing.
    pub(super) fn under(&mut self, name: &'static str, values: Vec<String>) {
        let mut name = Some(name);
        values.into_iter().for_each(|value| self.push((name.take().unwrap_or_default(), value)));
    }

    /// The values under one another.
    pub(super) fn lines(&self) -> Vec<String> {
        let turned = |text: &String| if self.turned { turned(text) } else { text.clone() };
        let all = self.all.iter().map(|(name, value)| (turned(name), turned(value)));
        aligned(&all.collect::<Vec<_>>())
    }
}

fn is_turned(reader: &Reader<'_>) -> bool {
    reader.tongue().translation().direction() == Direction::RightToLeft
}

/// A text in a block of its own direction: a terminal lays a line out by its first letter else.
fn turned(text: &str) -> String {
    match text.starts_with('\u{2067}') || !text.chars().any(is_right_to_left) {
        true => text.to_owned(),
        false => format!("\u{2067}{text}\u{2069}"),
    }
}

/// What stands in a cell of a table, or behind a name, in the direction of the reader's language. A table would break a
/// text within what turns it, so it is broken here.
pub(crate) fn cell(reader: &Reader<'_>, text: String) -> String {
    /// So many columns, of which a table has room for several.
    const COLUMNS: usize = 28;
    match is_turned(reader) {
        false => text,
        true => {
            let lines = text.lines().flat_map(|line| wrapped(line, COLUMNS));
            lines.map(|line| turned(&line)).collect::<Vec<_>>().join("\n")
        }
    }
}

/// The same on one line.
pub(crate) fn block(reader: &Reader<'_>, text: String) -> String {
    if is_turned(reader) { turned(&text) } else { text }
}

/// A word of the vocabulary.
pub(crate) fn word(reader: &Reader<'_>, term: Term) -> String {
    rendered(&reader.tongue().state(term))
}

/// The same in capitals, where the language has any.
pub(crate) fn loud(reader: &Reader<'_>, term: Term) -> String {
    word(reader, term).to_uppercase()
}

/// A phrase of the vocabulary with its values.
pub(crate) fn phrase(reader: &Reader<'_>, phrase: Phrase, values: &[&str]) -> String {
    rendered(&reader.tongue().phrase(phrase, values))
}

/// Several things after one another.
pub(super) fn listed(reader: &Reader<'_>, all: Vec<String>) -> String {
    rendered(&reader.tongue().listed(all))
}

/// A thing, and how it stands with it.
pub(crate) fn said_of(reader: &Reader<'_>, name: &str, value: &str) -> String {
    phrase(reader, Phrase::SaidOf, &[name, value])
}

pub(crate) fn traffic(reader: &Reader<'_>, traffic: Traffic) -> String {
    word(
        reader,
        match traffic {
            Traffic::Real => Term::Real,
            Traffic::Exercise => Term::Exercise,
            Traffic::Test => Term::Test,
        },
    )
}

pub(super) fn precedence(reader: &Reader<'_>, precedence: Precedence) -> String {
    word(reader, Term::of_precedence(precedence))
}

pub(crate) fn receipt(receipt: Receipt) -> Term {
    match receipt {
        Receipt::Delivered => Term::Delivered,
        Receipt::Displayed => Term::Displayed,
        Receipt::ReadBack => Term::ReadBack,
    }
}

/// What falls due, as a thing that is waited for.
pub(super) fn due(lapse: Lapse) -> Term {
    match lapse {
        Lapse::NotDelivered => Term::DueDelivery,
        Lapse::EveryDesk | Lapse::AlternatePath => Term::DueReadBack,
        Lapse::NextLevel => Term::DueNextLevel,
        Lapse::Reminder | Lapse::NextLineTest => Term::DueReminder,
        Lapse::NoAnswer | Lapse::NotReceived => Term::DueAnswer,
        Lapse::UndertakingOverdue => Term::DuePromise,
        Lapse::NoReply => Term::DueReply,
    }
}

/// What fell due, and what that means.
pub(crate) fn lapsed(lapse: Lapse) -> Term {
    match lapse {
        Lapse::NotDelivered => Term::LapseNotDelivered,
        Lapse::EveryDesk => Term::LapseEveryDesk,
        Lapse::AlternatePath => Term::LapseAlternatePath,
        Lapse::NextLevel => Term::LapseNextLevel,
        Lapse::Reminder => Term::LapseReminder,
        Lapse::NextLineTest => Term::LapseNextLineTest,
        Lapse::NoAnswer => Term::LapseNoAnswer,
        Lapse::NotReceived => Term::LapseNotReceived,
        Lapse::UndertakingOverdue => Term::LapseUndertakingOverdue,
        Lapse::NoReply => Term::LapseNoReply,
    }
}

/// What is still missing of a relay.
pub(super) fn hop(missing: Hop) -> Term {
    match missing {
        Hop::Answer => Term::AnswerMissing,
        Hop::PassOn => Term::NotPassedOn,
        Hop::Reply => Term::ReplyMissing,
    }
}

/// What became of a promise. What was reported done is the word of whoever promised it.
pub(super) fn undertaking(
    reader: &Reader<'_>,
    promised: &Undertaking,
    ends: Option<Time>,
) -> String {
    match promised.state {
        UndertakingState::Open if ends.is_some_and(|ends| ends < reader.now) => {
            between(reader, (None, ends))
        }
        UndertakingState::Open => word(reader, Term::ToBeDone),
        UndertakingState::Overdue => loud(reader, Term::Overdue),
        UndertakingState::Met if promised.confirmed.is_some() => word(reader, Term::ConfirmedDone),
        UndertakingState::Met => word(reader, Term::ReportedDone),
        UndertakingState::Broken => loud(reader, Term::CannotBeKept),
    }
}

/// How an overlap stands.
pub(super) fn overlap(state: ConflictState) -> Term {
    match state {
        ConflictState::Open => Term::OverlapOpen,
        ConflictState::Owned => Term::OverlapOwned,
        ConflictState::Notified => Term::OverlapNotified,
        ConflictState::ContactMade => Term::OverlapContactMade,
        ConflictState::AcceptedRisk => Term::OverlapAcceptedRisk,
        ConflictState::Resolved => Term::OverlapResolved,
        ConflictState::Expired => Term::OverlapExpired,
    }
}

/// How an overlap ended.
pub(super) fn overlap_end(end: ConflictEnd) -> Term {
    match end {
        ConflictEnd::Resolved => Term::OverlapResolved,
        ConflictEnd::Expired => Term::OverlapExpired,
    }
}

/// What became of a line test that was begun at a time.
pub(super) fn tested(reader: &Reader<'_>, begun: Time, outcome: LineTestOutcome) -> String {
    let after = |at: Time| {
        let s = (at.seconds() - begun.seconds()).max(0);
        let (n, unit) = if s < 120 { (s, TimeUnit::Second) } else { (s / 60, TimeUnit::Minute) };
        units(reader, &n.to_string(), unit)
    };
    match outcome {
        LineTestOutcome::Waits => word(reader, Term::TestWaits),
        LineTestOutcome::Answered(at) => phrase(reader, Phrase::AnsweredAfter, &[&after(at)]),
        LineTestOutcome::Late(at) => phrase(reader, Phrase::AnsweredLateAfter, &[&after(at)]),
        LineTestOutcome::Missed => word(reader, Term::TestMissed),
        LineTestOutcome::Cancelled => word(reader, Term::TakenBack),
    }
}

/// So many of a unit of time.
pub(super) fn units(reader: &Reader<'_>, n: &str, unit: TimeUnit) -> String {
    rendered(&reader.tongue().span(n, unit))
}

const SECOND_NS: i64 = 1_000_000_000;
const MINUTE_NS: i64 = 60 * SECOND_NS;
const HOUR_NS: i64 = 60 * MINUTE_NS;

/// A span of time in the largest unit that tells it, with at most one digit after the point.
fn long(reader: &Reader<'_>, ns: i64) -> String {
    let (n, unit) = match ns {
        ns if ns < 2 * MINUTE_NS => (trimmed(ns as f64 / SECOND_NS as f64, 1), TimeUnit::Second),
        ns if ns < 2 * HOUR_NS => (trimmed(ns as f64 / MINUTE_NS as f64, 1), TimeUnit::Minute),
        ns if ns < 72 * HOUR_NS => (trimmed(ns as f64 / HOUR_NS as f64, 1), TimeUnit::Hour),
        ns => ((ns / (24 * HOUR_NS)).to_string(), TimeUnit::Day),
    };
    units(reader, &n, unit)
}

/// Whole hours and minutes.
fn hours_and_minutes(reader: &Reader<'_>, ns: i64) -> String {
    let hours = units(reader, &(ns / HOUR_NS).to_string(), TimeUnit::Hour);
    let minutes = units(reader, &(ns / MINUTE_NS % 60).to_string(), TimeUnit::Minute);
    phrase(reader, Phrase::TwoUnits, &[&hours, &minutes])
}

/// `in 12 min`, or `now` where it has come.
pub(super) fn until(reader: &Reader<'_>, time: Time) -> String {
    let ns = time.0.nanos().saturating_sub(reader.now.0.nanos());
    let minutes = |ns: i64| units(reader, &(ns / MINUTE_NS).to_string(), TimeUnit::Minute);
    let past = |span: String| phrase(reader, Phrase::Ago, &[&span]);
    let ahead = |span: String| phrase(reader, Phrase::In, &[&span]);
    match ns {
        ns if ns <= -2 * HOUR_NS => past(hours_and_minutes(reader, ns.saturating_neg())),
        ns if ns <= -MINUTE_NS => past(minutes(-ns)),
        // Clocks of two machines are never the same to the second.
        ns if ns < SECOND_NS => word(reader, Term::Now),
        // Whole ones: nobody counts tenths of a minute.
        ns if ns < 2 * MINUTE_NS => {
            ahead(units(reader, &(ns / SECOND_NS).to_string(), TimeUnit::Second))
        }
        ns if ns < 2 * HOUR_NS => ahead(minutes(ns)),
        ns if ns < 24 * HOUR_NS => ahead(hours_and_minutes(reader, ns)),
        ns => ahead(long(reader, ns)),
    }
}

/// An instant in UTC and local time, as messages say it.
pub(super) fn clock(reader: &Reader<'_>, time: Time) -> String {
    match Moment::from_seconds(time.seconds()) {
        Some(moment) => {
            let local_min = (reader.local_min)(moment.seconds());
            rendered(&reader.tongue().time(moment, local_min))
        }
        None => at(time),
    }
}

/// The same with how long that is from now.
pub(super) fn clock_and_span(reader: &Reader<'_>, time: Time) -> String {
    listed(reader, vec![clock(reader, time), until(reader, time)])
}

/// The mark of what a party did not sign itself.
pub(super) fn on_behalf(how: PassedOn) -> Term {
    match how {
        PassedOn::Entered => Term::OnBehalf,
        PassedOn::Attested => Term::Attested,
    }
}

/// How a clock stood that was so many seconds ahead of the host's, below 0 behind.
pub(super) fn clock_apart(reader: &Reader<'_>, ahead_s: i64) -> String {
    let span = units(reader, &ahead_s.unsigned_abs().to_string(), TimeUnit::Second);
    let side = if ahead_s > 0 { Phrase::ClockAhead } else { Phrase::ClockBehind };
    phrase(reader, side, &[&span])
}

/// How long until an extent begins, or since when it is under way or over.
pub(super) fn countdown(reader: &Reader<'_>, extent: &Extent) -> String {
    between(reader, (extent.from, extent.until))
}

/// The same of what lasts from one time to another.
pub(super) fn between(reader: &Reader<'_>, (from, until): (Option<Time>, Option<Time>)) -> String {
    let ns = |time: Time| time.0.nanos().saturating_sub(reader.now.0.nanos());
    let told = |how, ns| phrase(reader, how, &[&long(reader, ns)]);
    match (from, until) {
        (_, Some(until)) if ns(until) < 0 => told(Phrase::OverAgo, ns(until).saturating_neg()),
        (Some(from), _) if ns(from) > 0 => told(Phrase::BeginsIn, ns(from)),
        (Some(from), _) => told(Phrase::BeganAgo, ns(from).saturating_neg()),
        (None, _) => word(reader, Term::OverlapUnderWay),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use deconflict_core::Ledger;
    use deconflict_vocabulary::Translations;

    use super::*;
    use crate::testing::{party, time};

    /// All values of a kind, by a match that names what comes after each: one more does not compile without its place.
    fn all<T: Copy>(first: T, next: impl Fn(T) -> Option<T>) -> Vec<T> {
        std::iter::successors(Some(first), |one| next(*one)).collect()
    }

    fn lapses() -> Vec<Lapse> {
        all(Lapse::NotDelivered, |one| match one {
            Lapse::NotDelivered => Some(Lapse::EveryDesk),
            Lapse::EveryDesk => Some(Lapse::AlternatePath),
            Lapse::AlternatePath => Some(Lapse::NextLevel),
            Lapse::NextLevel => Some(Lapse::Reminder),
            Lapse::Reminder => Some(Lapse::NextLineTest),
            Lapse::NextLineTest => Some(Lapse::NoAnswer),
            Lapse::NoAnswer => Some(Lapse::NotReceived),
            Lapse::NotReceived => Some(Lapse::UndertakingOverdue),
            Lapse::UndertakingOverdue => Some(Lapse::NoReply),
            Lapse::NoReply => None,
        })
    }

    fn receipts() -> Vec<Receipt> {
        all(Receipt::Delivered, |one| match one {
            Receipt::Delivered => Some(Receipt::Displayed),
            Receipt::Displayed => Some(Receipt::ReadBack),
            Receipt::ReadBack => None,
        })
    }

    fn hops() -> Vec<Hop> {
        all(Hop::Answer, |one| match one {
            Hop::Answer => Some(Hop::PassOn),
            Hop::PassOn => Some(Hop::Reply),
            Hop::Reply => None,
        })
    }

    fn promises() -> Vec<UndertakingState> {
        all(UndertakingState::Open, |one| match one {
            UndertakingState::Open => Some(UndertakingState::Overdue),
            UndertakingState::Overdue => Some(UndertakingState::Met),
            UndertakingState::Met => Some(UndertakingState::Broken),
            UndertakingState::Broken => None,
        })
    }

    fn overlaps() -> Vec<ConflictState> {
        all(ConflictState::Open, |one| match one {
            ConflictState::Open => Some(ConflictState::Owned),
            ConflictState::Owned => Some(ConflictState::Notified),
            ConflictState::Notified => Some(ConflictState::ContactMade),
            ConflictState::ContactMade => Some(ConflictState::AcceptedRisk),
            ConflictState::AcceptedRisk => Some(ConflictState::Resolved),
            ConflictState::Resolved => Some(ConflictState::Expired),
            ConflictState::Expired => None,
        })
    }

    fn outcomes(at: Time) -> Vec<LineTestOutcome> {
        all(LineTestOutcome::Waits, |one| match one {
            LineTestOutcome::Waits => Some(LineTestOutcome::Answered(at)),
            LineTestOutcome::Answered(_) => Some(LineTestOutcome::Late(at)),
            LineTestOutcome::Late(_) => Some(LineTestOutcome::Missed),
            LineTestOutcome::Missed => Some(LineTestOutcome::Cancelled),
            LineTestOutcome::Cancelled => None,
        })
    }

    /// What is said of every receipt, state, lapse, precedence and kind of traffic, each kind by itself.
    fn told(lang: &str) -> Vec<Vec<String>> {
        let (view, own, now) = (Ledger::default(), party("north"), time("2017-05-18T10:00:00Z"));
        let reader = &Reader::new(&view, &own, lang, now);
        let promised = |state| Undertaking { by: now, state, confirmed: None };
        let traffics = [Traffic::Real, Traffic::Exercise, Traffic::Test];
        vec![
            lapses().into_iter().map(|one| word(reader, lapsed(one))).collect(),
            lapses().into_iter().map(|one| word(reader, due(one))).collect(),
            receipts().into_iter().map(|one| word(reader, receipt(one))).collect(),
            hops().into_iter().map(|one| word(reader, hop(one))).collect(),
            promises().into_iter().map(|one| undertaking(reader, &promised(one), None)).collect(),
            overlaps().into_iter().map(|one| word(reader, overlap(one))).collect(),
            outcomes(now).into_iter().map(|one| tested(reader, now, one)).collect(),
            Precedence::ALL.into_iter().map(|one| precedence(reader, one)).collect(),
            traffics.into_iter().map(|one| traffic(reader, one)).collect(),
        ]
    }

    #[test]
    fn every_receipt_state_lapse_and_precedence_has_a_word_of_its_own_in_every_language() {
        let english = told("en");
        for language in Translations::shipped().all() {
            let tag = language.tag();
            let shown = told(tag);
            for (of, in_english) in shown.iter().zip(&english) {
                assert!(of.iter().all(|text| !text.is_empty() && !text.contains("(en)")), "{of:?}");
                // Several steps of waiting are told in one word; none is told as another kind is.
                let (distinct, as_english) =
                    [of, in_english].map(|all| all.iter().collect::<BTreeSet<_>>().len()).into();
                assert_eq!(distinct, as_english, "{tag}: {of:?}");
                let same = of.iter().filter(|text| in_english.contains(text)).count();
                assert!(tag == "en" || same < of.len(), "{tag}: {of:?} are English");
            }
        }
    }

    #[test]
    fn what_is_less_than_a_second_away_is_now() {
        let (view, own, now) = (Ledger::default(), party("north"), time("2017-05-18T10:00:00Z"));
        let reader = Reader::new(&view, &own, "en", now);
        let told = |millis: i64| until(&reader, now.after_millis(millis));
        assert_eq!(
            (told(-500), told(999), told(1_000)),
            ("now".into(), "now".into(), "in 1 s".into())
        );
        assert_eq!(told(-9_000_000), "2 h 30 min ago");
        assert_eq!((told(5_400_000), told(7_500_000)), ("in 90 min".into(), "in 2 h 5 min".into()));
        assert_eq!(told(10 * 86_400_000), "in 10 days");
    }

    #[test]
    fn what_is_broken_in_a_cell_turns_back_at_the_end_of_each_line() {
        let (view, own, now) = (Ledger::default(), party("north"), time("2017-05-18T10:00:00Z"));
        let of = |lang| {
            let reader = Reader::new(&view, &own, lang, now);
            cell(&reader, word(&reader, Term::LapseEveryDesk))
        };
        assert_eq!(of("en").lines().count(), 1, "a table breaks it");
        assert!(of("ar").lines().count() > 1);
        for line in of("ar").lines() {
            assert!(line.starts_with('\u{2067}') && line.ends_with('\u{2069}'), "{line:?}");
        }
    }
}
