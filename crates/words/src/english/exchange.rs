//! What came of a message with one addressee, in words.

use deconflict_core::{
    AnswerEntry, Dialogue, Exchange, ExchangeState, Lapse, PartyId, Receipt, Time, UndertakingState,
};
use deconflict_record::KeyId;
use deconflict_vocabulary::{ParameterName, Phrase, Term};

use super::dialogue::said;
use super::states::{
    Rows, clock, clock_and_span, due, hop, lapsed, listed, loud, on_behalf, phrase, receipt,
    said_of, undertaking, word,
};
use crate::dialogue::{is_past_unsaid, is_told, next_due};
use crate::escape::rendered;
use crate::reader::{Reader, at, short};

/// An answer by its name, with the times that it names.
fn answer_name(reader: &Reader<'_>, given: &AnswerEntry) -> String {
    let times = given.answer.parameters.values().filter_map(|value| match value {
        deconflict_vocabulary::Value::Time(moment) => Some(Time::from_seconds(moment.seconds())),
        _ => None,
    });
    let mut name = rendered(&reader.tongue().answer_name(given.answer.answer));
    for time in times {
        let holds = given.answer.answer.row().hold.is_some();
        let how = match (time > reader.now, holds) {
            (false, _) => Phrase::AnswerOf,
            (true, true) => Phrase::AnswerUntil,
            (true, false) => Phrase::AnswerBy,
        };
        name = phrase(reader, how, &[&name, &at(time)]);
    }
    name
}

/// How far a message came that is not answered.
fn progress(reader: &Reader<'_>, exchange: &Exchange) -> String {
    match (&exchange.read_back, exchange.displayed, exchange.delivered) {
        (Some(_), ..) => word(reader, receipt(Receipt::ReadBack)),
        (None, Some(_), _) => word(reader, receipt(Receipt::Displayed)),
        (None, None, Some(_)) => word(reader, receipt(Receipt::Delivered)),
        (None, None, None) if exchange.has_lapsed(Lapse::NotDelivered) => {
            loud(reader, Term::NotDelivered)
        }
        (None, None, None) => word(reader, Term::NotDeliveredYet),
    }
}

/// An answer that stands, with its marks and what became of what it promised.
fn answered(
    reader: &Reader<'_>,
    (dialogue, exchange): (&Dialogue, &Exchange),
    given: &AnswerEntry,
) -> String {
    let marks = [given.late.then_some(Term::Late), given.passed_on.map(on_behalf)];
    let marks = marks.into_iter().flatten().map(|term| word(reader, term));
    let name = [answer_name(reader, given)].into_iter();
    let words = listed(reader, name.chain(marks).collect());
    let broken = || given.broken.then(|| loud(reader, Term::CannotBeKept));
    let became = |promised| undertaking(reader, &promised, dialogue.promise_ends());
    match exchange.undertaking.map(became).or_else(broken) {
        Some(became) => said_of(reader, &words, &became),
        None => words,
    }
}

/// How things stand with one addressee.
pub(super) fn stands(reader: &Reader<'_>, dialogue: &Dialogue, party: &PartyId) -> String {
    let Some(exchange) = dialogue.exchanges.get(party) else { return String::new() };
    if !is_told(dialogue, reader.party, party) {
        return word(reader, Term::NotTold);
    }
    let progress = progress(reader, exchange);
    let permits = || word(reader, Term::NoAnswerPermitsNothing);
    match dialogue.state_with(party, reader.now) {
        Some(ExchangeState::Answered) => {
            let Some(given) = exchange.answer() else { return progress };
            let words = answered(reader, (dialogue, exchange), given);
            match dialogue.missing_hop(party) {
                Some(missing) => format!("{words}; {}", word(reader, hop(missing))),
                None => words,
            }
        }
        Some(ExchangeState::NotReceived) => word(reader, Term::Lapsed),
        Some(ExchangeState::NoAnswer) => match dialogue.silence_counts_as() {
            Some(answer) => {
                let name = rendered(&reader.tongue().answer_name(answer));
                format!("{} {}", permits(), phrase(reader, Phrase::NoAnswerCountsAs, &[&name]))
            }
            None => permits(),
        },
        Some(ExchangeState::HeldOpen) => match exchange.answers.last() {
            Some(given) => answer_name(reader, given),
            None => word(reader, Term::HeldOpen),
        },
        Some(ExchangeState::Open) if is_past_unsaid(dialogue, party, reader.now) => {
            let unsaid = word(reader, Term::UnsaidByHost);
            let past = listed(reader, vec![word(reader, Term::PastTime), progress, unsaid]);
            said_of(reader, &past, &permits())
        }
        Some(ExchangeState::Open) => listed(reader, vec![word(reader, Term::Open), progress]),
        Some(ExchangeState::Closed) | None if dialogue.cancelled.is_some() => {
            word(reader, Term::Cancelled)
        }
        Some(ExchangeState::Closed) | None if dialogue.ended.is_some() => {
            word(reader, Term::EndedByOwner)
        }
        Some(ExchangeState::Closed) | None => {
            format!("{}; {progress}", word(reader, Term::NoneAsked))
        }
    }
}

/// When, and by whose key.
fn by(reader: &Reader<'_>, (key, at): (&KeyId, Time)) -> String {
    phrase(reader, Phrase::ByWhom, &[&clock(reader, at), &reader.key(key)])
}

/// What came of a message with one addressee.
pub(super) fn exchange_rows(
    reader: &Reader<'_>,
    dialogue: &Dialogue,
    (party, exchange): (&PartyId, &Exchange),
) -> Rows {
    let mut rows = Rows::of(reader);
    let read_back = exchange.read_back.map(|first| {
        let all = std::iter::once(&first).chain(&exchange.read_back_too);
        let one = |(key, at): &(KeyId, Time)| {
            let by = by(reader, (key, *at));
            match exchange.shown_in.get(key) {
                Some(tag) => phrase(reader, Phrase::ReadBackIn, &[&by, tag.as_str()]),
                None => by,
            }
        };
        all.map(one).collect::<Vec<_>>().join("; ")
    });
    let receipts = [
        (Receipt::Delivered, exchange.delivered.map(|at| clock(reader, at))),
        (Receipt::Displayed, exchange.displayed.map(|at| clock(reader, at))),
        (Receipt::ReadBack, read_back),
    ];
    for (of, when) in receipts {
        let when = when.unwrap_or_else(|| word(reader, Term::NotYet));
        rows.push((loud(reader, receipt(of)), when));
    }
    for given in &exchange.answers {
        rows.under("answer", given_lines(reader, dialogue, given));
    }
    if let Some(promised) = exchange.undertaking {
        let state = undertaking(reader, &promised, dialogue.promise_ends());
        let what = said_of(reader, &word(reader, Term::Undertaking), &state);
        let promised_by = [what.as_str(), &clock_and_span(reader, promised.by)];
        rows.push(("promised", phrase(reader, Phrase::PromisedBy, &promised_by)));
        if let Some((key, at)) = promised.confirmed {
            rows.push((loud(reader, Term::Confirmed), by(reader, (&key, at))));
        } else if promised.state == UndertakingState::Met {
            let own_word = word(reader, Term::OwnWordAlone);
            let not_yet = said_of(reader, &word(reader, Term::NotYet), &own_word);
            rows.push((loud(reader, Term::Confirmed), not_yet));
        }
    }
    for report in &exchange.relayed {
        let tongue = reader.tongue();
        let code = rendered(&tongue.code_name(report.code));
        let what = match report.reply {
            Some(reply) => said_of(reader, &code, &rendered(&tongue.choice(reply))),
            None => code,
        };
        let label = ParameterName::new("message").map(|name| tongue.label(name));
        let label = rendered(&label.unwrap_or_default());
        let message = said_of(reader, &label, &short(report.message));
        rows.push(("relay", listed(reader, vec![what, clock(reader, report.at), message])));
    }
    if let Some(missing) = dialogue.missing_hop(party) {
        rows.push((loud(reader, Term::Missing), word(reader, hop(missing))));
    }
    for found in &exchange.lapses {
        let fell = said_of(reader, &clock(reader, found.due), &word(reader, lapsed(found.lapse)));
        let late = found.is_late().then(|| {
            let late = [word(reader, Term::FoundLate), clock(reader, found.found)];
            format!("; {}", listed(reader, late.into()))
        });
        rows.push(("fell due", format!("{fell}{}", late.unwrap_or_default())));
    }
    if let Some((when, lapse)) = next_due(dialogue, party) {
        let next = said_of(reader, &word(reader, due(lapse)), &clock_and_span(reader, when));
        rows.push(("next", next));
    }
    if party != reader.party {
        rows.push(("call", reader.contact(party)));
    }
    rows
}

/// An answer, with all of what it answers, by whom and with which marks. One that lapsed was given to another text than
/// the one that stands there now, so that is not said with it.
fn given_lines(reader: &Reader<'_>, dialogue: &Dialogue, given: &AnswerEntry) -> Vec<String> {
    let mut shown = reader.tongue().answer(&given.answer, &dialogue.message, reader);
    let mut marks = Vec::new();
    if given.lapsed {
        shown.in_answer_to = None;
        marks.push(word(reader, Term::AnswerLapsed));
    }
    if given.late {
        marks.push(word(reader, Term::AnswerLate));
    }
    marks.extend(given.passed_on.map(|how| word(reader, on_behalf(how))));
    let mut lines = said(&shown);
    lines.push([vec![by(reader, (&given.key, given.at))], marks].concat().join("; "));
    lines
}
