//! Messages and what came of them.

use deconflict_api::page::{
    PageAlso, PageAuthority, PageChoice, PageClockKind, PageDialogue, PageField, PageFieldKind,
    PageHop, PageReadBack, PageReceipts, PageStep,
};
use deconflict_core::{Dialogue, Exchange, MessageId, PartyId, PassedOn, Receipt, Time};
use deconflict_vocabulary::{
    AnswerId, ChoiceId, ObjectKind, Parameter, ParameterKind, Precedence, Value,
};
use deconflict_words::{Reader, is_open, is_told, waits_for};

use crate::compose::moment;
use crate::deeds::binds;

/// All that the reader may see, each as it stands with whom it matters to: with the reader's own party, and else with that
/// addressee who has come the least far.
pub(crate) fn dialogues(reader: &Reader<'_>) -> Vec<PageDialogue> {
    reader.view.dialogues.iter().map(|(id, dialogue)| one(reader, *id, dialogue)).collect()
}

fn one(reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue) -> PageDialogue {
    let tongue = reader.tongue();
    let shown = tongue.message(&dialogue.message, reader);
    let with = counterpart(reader, dialogue);
    let exchange = with.and_then(|party| dialogue.exchanges.get(party));
    let row = dialogue.code().row();
    let level = dialogue.message.parameters.iter().find_map(|(name, value)| match value {
        Value::Choice(level) if name.as_str() == "authority" => Some(level.as_str().to_owned()),
        _ => None,
    });
    let waits = waits_for(dialogue, reader.party, reader.now);
    let own = dialogue.exchanges.get(reader.party);
    let allowed = row.attribute.answers();
    let word = |answer: &AnswerId| answer.as_str().to_owned();
    let answers: Vec<String> = allowed.iter().filter(|_| waits).map(word).collect();
    let is_open = is_open(dialogue, reader.now);
    PageDialogue {
        id: id.to_string(),
        code: dialogue.code().to_string(),
        text: shown.line(),
        level: level.unwrap_or_default(),
        params: shown
            .parameters
            .iter()
            .map(|one| (one.name.as_str().to_owned(), one.value.clone()))
            .collect(),
        // Whoever counts looks at all messages: of those that are over nobody asks any more.
        repeat: nth(reader, id, is_open),
        from: dialogue.sender.to_string(),
        authority: match dialogue.is_of_host() {
            true => PageAuthority::Found,
            false => authority(dialogue.passed_on),
        },
        valid_until: dialogue.valid_until.map(moment),
        precedence: precedence(dialogue.precedence),
        receipts: exchange.map(receipts).unwrap_or_default(),
        relay: relay(reader, dialogue),
        limits: limits(reader, dialogue)
            .into_iter()
            .map(|(what, until)| PageAlso { what, until: moment(until) })
            .collect(),
        read_back: own
            .filter(|own| waits && own.read_back.is_none())
            .map(|_| PageReadBack { fields: fields(reader, dialogue) }),
        own_proof: allowed
            .iter()
            .filter(|_| waits)
            .filter(|one| binds(row, **one))
            .map(word)
            .collect(),
        answers,
        if_nobody_acts: steps(reader, dialogue, with.filter(|_| is_open)),
        messages: said(reader, dialogue),
        hash: id.to_string(),
    }
}

/// Which request of the same it is, from 1.
fn nth(reader: &Reader<'_>, id: MessageId, is_open: bool) -> u64 {
    let nth = if is_open { reader.view.nth_request(id) } else { None };
    nth.and_then(|nth| u64::try_from(nth).ok()).unwrap_or(1)
}

/// With whom it is shown how a message stands.
pub(crate) fn counterpart<'d>(reader: &Reader<'_>, dialogue: &'d Dialogue) -> Option<&'d PartyId> {
    let own = dialogue.exchanges.get_key_value(reader.party).map(|(party, _)| party);
    let far = |exchange: &Exchange| {
        let given = [exchange.delivered.is_some(), exchange.displayed.is_some()];
        let given = given.into_iter().filter(|given| *given).count();
        (exchange.answer().is_some(), exchange.read_back.is_some(), given)
    };
    own.or_else(|| {
        let least = dialogue.exchanges.iter().min_by_key(|(_, exchange)| far(exchange));
        least.map(|(party, _)| party)
    })
}

/// By whose word something stands that is no finding of the host.
pub(crate) fn authority(passed_on: Option<PassedOn>) -> PageAuthority {
    match passed_on {
        None => PageAuthority::Signed,
        Some(PassedOn::Entered) => PageAuthority::Entered,
        Some(PassedOn::Attested) => PageAuthority::Attested,
    }
}

/// FLASH, IMMEDIATE, PRIORITY or ROUTINE, which are the same in every language.
pub(crate) fn precedence(of: Precedence) -> String {
    match of {
        Precedence::Flash => "FLASH",
        Precedence::Immediate => "IMMEDIATE",
        Precedence::Priority => "PRIORITY",
        Precedence::Routine => "ROUTINE",
    }
    .to_owned()
}

fn receipts(exchange: &Exchange) -> PageReceipts {
    let last = exchange.answers.iter().rev().find(|given| !given.lapsed);
    PageReceipts {
        delivered: exchange.delivered.map(moment),
        displayed: exchange.displayed.map(moment),
        read_back: exchange.read_back.map(|(_, at)| moment(at)),
        answered: last.map(|given| moment(given.at)),
    }
}

/// How passing it on goes with each group that it is to be passed on to.
fn relay(reader: &Reader<'_>, dialogue: &Dialogue) -> Vec<PageHop> {
    let hop = |(party, exchange): (&PartyId, &Exchange)| {
        let missing = dialogue.missing_hop(party);
        let last = exchange.relayed.last();
        let state = match (missing, last) {
            (None, None) => return None,
            (Some(_), None) => "missing",
            (Some(_), Some(_)) => "reached",
            (None, Some(report)) if report.escalates() => "refused",
            (None, Some(_)) => "answered",
        };
        let since = last.map_or(dialogue.since, |report| report.at);
        Some(PageHop { hop: reader.party(party), state: state.to_owned(), since: moment(since) })
    };
    dialogue.exchanges.iter().filter_map(hop).collect()
}

/// The clocks of whoever is shown: to read it back and to answer, and to do what was promised.
pub(crate) fn limits(reader: &Reader<'_>, dialogue: &Dialogue) -> Vec<(PageClockKind, Time)> {
    let Some(with) = counterpart(reader, dialogue) else { return Vec::new() };
    let Some(exchange) = dialogue.exchanges.get(with) else { return Vec::new() };
    let after = |seconds: u32| dialogue.since.after_seconds(seconds.into());
    let mut all: Vec<(PageClockKind, Time)> = Vec::new();
    if waits_for(dialogue, with, reader.now)
        && !dialogue.code().row().attribute.answers().is_empty()
    {
        if exchange.read_back.is_none() {
            all.push((PageClockKind::ReadBack, after(dialogue.limits.read_back_s)));
        }
        let answered = after(dialogue.limits.answered_s);
        let answered = exchange.held_until.map_or(answered, |held| held.max(answered));
        all.push((PageClockKind::Answer, answered));
    }
    if let Some(promised) = exchange.undertaking.filter(|promised| promised.is_due()) {
        let ends = dialogue.promise_ends().unwrap_or(promised.by);
        all.push((PageClockKind::Undertaking, ends));
    }
    all.sort_by_key(|(_, until)| *until);
    all
}

/// What happens if nobody acts, as the limits say.
fn steps(reader: &Reader<'_>, dialogue: &Dialogue, with: Option<&PartyId>) -> Vec<PageStep> {
    let Some(with) = with else { return Vec::new() };
    let mut one = dialogue.clone();
    one.exchanges.retain(|party, _| party == with);
    let mut all = Vec::new();
    // Each step is found once: there are as many as there are kinds of them.
    while let Some((at, party, lapse)) = one.due() {
        if !one.lapse(&party, lapse, at) {
            break;
        }
        let text = reader.lapsed(lapse);
        all.push(PageStep { at: moment(at), symbol: None, text });
    }
    all
}

/// What was said to it by those of whom the reader is told, the first first.
fn said(reader: &Reader<'_>, dialogue: &Dialogue) -> Vec<PageStep> {
    let tongue = reader.tongue();
    let told =
        dialogue.exchanges.iter().filter(|(party, _)| is_told(dialogue, reader.party, party));
    let mut all: Vec<(Time, PageStep)> = Vec::new();
    for (party, exchange) in told {
        let mut say = |at: Time, symbol: &str, text: String| {
            let text = format!("{}: {text}", reader.party(party));
            let step = PageStep { at: moment(at), symbol: Some(symbol.to_owned()), text };
            all.push((at, step));
        };
        let receipts = [
            (Receipt::Delivered, exchange.delivered),
            (Receipt::Displayed, exchange.displayed),
            (Receipt::ReadBack, exchange.read_back.map(|(_, at)| at)),
        ];
        for (receipt, at) in receipts {
            if let Some(at) = at {
                say(at, "receipt", reader.receipt(receipt));
            }
        }
        for given in &exchange.answers {
            let shown = tongue.answer(&given.answer, &dialogue.message, reader);
            say(given.at, "answer", shown.line());
        }
        for found in &exchange.lapses {
            say(found.due, "lapse", reader.lapsed(found.lapse));
        }
    }
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, step)| step).collect()
}

/// What a person types again to read a message back: each of its parameters but what somebody wrote freely.
fn fields(reader: &Reader<'_>, dialogue: &Dialogue) -> Vec<PageField> {
    let row = dialogue.code().row();
    let given = dialogue.message.parameters.keys();
    let known = given.filter_map(|name| row.parameter(name.as_str()));
    known.filter_map(|parameter| field(reader, parameter)).collect()
}

/// How a parameter is typed again; `None`: it is not.
pub(crate) fn field_kind(parameter: &Parameter) -> Option<PageFieldKind> {
    Some(match parameter.kind {
        ParameterKind::Time | ParameterKind::CoarseTime => PageFieldKind::Time,
        ParameterKind::Reference(ObjectKind::Zone) => PageFieldKind::Zone,
        ParameterKind::Choice(_) => PageFieldKind::Choice,
        ParameterKind::Number { .. } | ParameterKind::Minutes { .. } => PageFieldKind::Number,
        ParameterKind::Name => PageFieldKind::Text,
        _ => return None,
    })
}

fn field(reader: &Reader<'_>, parameter: &Parameter) -> Option<PageField> {
    let kind = field_kind(parameter)?;
    let choices = match parameter.kind {
        ParameterKind::Choice(list) => list
            .iter()
            .filter_map(|id| {
                let label = reader.tongue().choice(ChoiceId::new(id)?);
                Some(PageChoice { value: (*id).to_owned(), label })
            })
            .collect(),
        _ => Vec::new(),
    };
    Some(PageField { name: parameter.name.to_owned(), kind, choices })
}
