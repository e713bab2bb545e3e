//! What came of a message with one addressee, in words.

use deconflict_core::{
    AnswerEntry, Dialogue, Exchange, ExchangeState, Hop, Lapse, PartyId, Receipt, Time,
    Undertaking, UndertakingState,
};
use deconflict_record::KeyId;
use deconflict_vocabulary::Term;

use super::dialogue::{Rows, clock, clock_and_span, due, lapsed, said, under};
use crate::dialogue::{is_past_unsaid, is_told, next_due};
use crate::escape::rendered;
use crate::reader::{Reader, at, short};

/// An answer by its name, with the times that it names.
fn answer_name(reader: &Reader<'_>, given: &AnswerEntry) -> String {
    let times = given.answer.parameters.values().filter_map(|value| match value {
        deconflict_vocabulary::Value::Time(moment) => Some(Time::from_seconds(moment.seconds())),
        _ => None,
    });
    let mut name = given.answer.answer.as_str().to_owned();
    for time in times {
        let by = if given.answer.answer.row().hold.is_some() { "until" } else { "by" };
        let by = if time > reader.now { by } else { "of" };
        name = format!("{name} {by} {}", at(time));
    }
    name
}

/// How far a message came that is not answered.
fn progress(exchange: &Exchange) -> &'static str {
    match (&exchange.read_back, exchange.displayed, exchange.delivered) {
        (Some(_), ..) => "read back",
        (None, Some(_), _) => "displayed",
        (None, None, Some(_)) => "delivered",
        (None, None, None) if exchange.has_lapsed(Lapse::NotDelivered) => "NOT DELIVERED",
        (None, None, None) => "not delivered yet",
    }
}

/// How things stand with one addressee.
pub(super) fn stands(reader: &Reader<'_>, dialogue: &Dialogue, party: &PartyId) -> String {
    let Some(exchange) = dialogue.exchanges.get(party) else { return String::new() };
    if !is_told(dialogue, reader.party, party) {
        return "what came of it with them is not told to you".to_owned();
    }
    let progress = progress(exchange);
    let permits = || rendered(&reader.tongue().term(Term::NoAnswerPermitsNothing));
    match dialogue.state_with(party, reader.now) {
        Some(ExchangeState::Answered) => {
            let Some(given) = exchange.answer() else { return progress.to_owned() };
            let mut words = answer_name(reader, given);
            if given.late {
                words.push_str(", late");
            }
            if given.passed_on {
                words.push_str(", entered on its behalf");
            }
            if let Some(promised) = exchange.undertaking {
                words = format!("{words}: {}", undertaking(&promised));
            } else if given.broken {
                words = format!("{words}: {}", CANNOT_BE_KEPT);
            }
            if let Some(missing) = dialogue.missing_hop(party) {
                words = format!("{words}; {}", hop(missing));
            }
            words
        }
        Some(ExchangeState::NotReceived) => format!("NOT RECEIVED. {}", permits()),
        Some(ExchangeState::NoAnswer) => match dialogue.silence_counts_as() {
            Some(answer) => format!("{} Silence counts as {}.", permits(), answer.as_str()),
            None => permits(),
        },
        Some(ExchangeState::HeldOpen) => match exchange.answers.last() {
            Some(given) => answer_name(reader, given),
            None => "held open".to_owned(),
        },
        Some(ExchangeState::Open) if is_past_unsaid(dialogue, party, reader.now) => {
            format!("past its time, {progress}, and no host has said so. {}", permits())
        }
        Some(ExchangeState::Open) => format!("open, {progress}"),
        _ if dialogue.cancelled.is_some() => "taken back by its sender".to_owned(),
        _ if dialogue.ended.is_some() => "over, its owner said so".to_owned(),
        _ => format!("no answer is asked for; {progress}"),
    }
}

/// What is still missing of a relay.
fn hop(missing: Hop) -> &'static str {
    match missing {
        Hop::Answer => "they have not said whether they pass it on",
        Hop::PassOn => "not yet passed on",
        Hop::Reply => "passed on, the group's reply is missing",
    }
}

/// What became of a promise. What was reported done is the word of whoever promised it.
const CANNOT_BE_KEPT: &str = "CANNOT BE KEPT";

fn undertaking(promised: &Undertaking) -> &'static str {
    match promised.state {
        UndertakingState::Open => "to be done",
        UndertakingState::Overdue => "OVERDUE",
        UndertakingState::Met if promised.confirmed.is_some() => "confirmed done",
        UndertakingState::Met => "reported done",
        UndertakingState::Broken => CANNOT_BE_KEPT,
    }
}

/// What came of a message with one addressee.
pub(super) fn exchange_rows(
    reader: &Reader<'_>,
    dialogue: &Dialogue,
    (party, exchange): (&PartyId, &Exchange),
) -> Rows {
    let mut rows = Rows::new();
    let receipts = [
        (Receipt::Delivered, exchange.delivered.map(|at| clock(reader, at))),
        (Receipt::Displayed, exchange.displayed.map(|at| clock(reader, at))),
        (
            Receipt::ReadBack,
            exchange.read_back.map(|first| {
                let one = |(key, at): &(KeyId, Time)| {
                    format!("{}, by {}", clock(reader, *at), reader.key(key))
                };
                let all = std::iter::once(&first)
                    .chain(&exchange.read_back_too)
                    .map(one)
                    .collect::<Vec<_>>();
                all.join("; ")
            }),
        ),
    ];
    for (receipt, when) in receipts {
        let name = match receipt {
            Receipt::Delivered => "DELIVERED",
            Receipt::Displayed => "DISPLAYED",
            Receipt::ReadBack => "READ BACK",
        };
        rows.push((name, when.unwrap_or_else(|| "not yet".to_owned())));
    }
    for given in &exchange.answers {
        under(&mut rows, "answer", given_lines(reader, dialogue, given));
    }
    if let Some(promised) = exchange.undertaking {
        let what = rendered(&reader.tongue().term(Term::Undertaking));
        let (by, state) = (clock_and_span(reader, promised.by), undertaking(&promised));
        rows.push(("promised", format!("{what}: {state}; by {by}")));
        let confirmed = promised
            .confirmed
            .map(|(key, at)| format!("{}, by {}", clock(reader, at), reader.key(&key)));
        if let Some(confirmed) = confirmed {
            rows.push(("CONFIRMED", confirmed));
        } else if promised.state == UndertakingState::Met {
            rows.push(("CONFIRMED", "not yet: it is done by their own word alone".to_owned()));
        }
    }
    for report in &exchange.relayed {
        let tongue = reader.tongue();
        let row = report.code.row();
        let reply = report.reply.map(|reply| format!(": {}", rendered(&tongue.choice(reply))));
        let (what, when) = (reply.unwrap_or_default(), clock(reader, report.at));
        let message = short(report.message);
        rows.push(("relay", format!("{} {}{what}, {when}, message {message}", row.id, row.title)));
    }
    if let Some(missing) = dialogue.missing_hop(party) {
        rows.push(("MISSING", hop(missing).to_owned()));
    }
    for found in &exchange.lapses {
        let late = match found.is_late() {
            true => format!("; found late, {}", clock(reader, found.found)),
            false => String::new(),
        };
        let (due, what) = (clock(reader, found.due), lapsed(found.lapse));
        rows.push(("fell due", format!("{due}: {what}{late}")));
    }
    if let Some((when, lapse)) = next_due(dialogue, party) {
        rows.push(("next", format!("{}: {}", due(lapse), clock_and_span(reader, when))));
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
        marks.push("LAPSED: it answered what the message said before it was corrected");
    }
    if given.late {
        marks.push("LATE: after the deadline, which stands beside it");
    }
    if given.passed_on {
        marks.push("entered on its behalf");
    }
    let mut lines = said(&shown);
    let by = format!("by {}, {}", reader.key(&given.key), clock(reader, given.at));
    lines.push([vec![by.as_str()], marks].concat().join("; "));
    lines
}
