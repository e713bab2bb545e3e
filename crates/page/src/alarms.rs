//! What somebody is to act on: the inbox, with its clocks.

use std::cmp::Reverse;

use deconflict_api::page::{PageAlarm, PageAlso, PageClock, PageClockKind, PageDeed, PageSubject};
use deconflict_core::{DeclarationContent, Lapse, OperatorId, Time};
use deconflict_vocabulary::Precedence;
use deconflict_words::inbox::{InboxPlace, Section, ordered, untold};
use deconflict_words::{
    OverlapPlace, Reader, declaration_row, dialogue_row, found_row, found_summary, next_due,
    overlaps, undelivered_lines, untold_summary,
};

use crate::compose::moment;
use crate::dialogues::{counterpart, limits, precedence};

/// As long as a line may be: the page breaks it.
pub(crate) const COLUMNS: usize = 400;

/// What the inbox shows, the reader's own first: in each part the most urgent, then what falls due next.
pub(crate) fn alarms(reader: &Reader<'_>) -> Vec<PageAlarm> {
    let (view, own, now) = (reader.view, reader.party, reader.now);
    let places = ordered(view, own, now, false);
    let messages =
        places.iter().map(|place| (place.dialogue.precedence, of_message(reader, place)));
    let found = overlaps(view, own);
    let overlaps = found
        .iter()
        .filter_map(|place| Some((place.conflict.precedence(now), of_overlap(reader, place)?)));
    let untold = untold(view, own, now);
    let movements = untold.iter().map(|(id, declaration)| {
        let urgency = Precedence::Immediate;
        let starts = match &*declaration.declared {
            DeclarationContent::Movement(movement) => movement.departs(),
            _ => None,
        };
        let alarm = PageAlarm {
            id: id.to_string(),
            dialogue: None,
            precedence: precedence(urgency),
            code: "P9".to_owned(),
            mine: true,
            clock: starts.map(|until| clock(PageClockKind::Status, (declaration.at, until))),
            text: untold_summary(reader, *id, declaration, COLUMNS),
            facts: declaration_row(reader, *id, declaration).to_vec(),
            deeds: Vec::new(),
            also: Vec::new(),
            group: None,
            since: moment(declaration.at),
            never_grouped: false,
            subject: Some(subject("declaration", id)),
            shelved_until: None,
            voice: None,
        };
        (urgency, alarm)
    });
    let mut all: Vec<(Precedence, PageAlarm)> = messages.chain(overlaps).chain(movements).collect();
    all.sort_by_cached_key(|(urgency, one)| {
        let due = one.clock.as_ref().map(|clock| clock.until.clone());
        (Reverse(one.mine), Reverse(*urgency), due.is_none(), due, one.id.clone())
    });
    all.into_iter().map(|(_, one)| one).collect()
}

/// A message of the inbox.
fn of_message(reader: &Reader<'_>, place: &InboxPlace<'_>) -> PageAlarm {
    let dialogue = place.dialogue;
    let [_, _, _, _, states, _] = dialogue_row(reader, place.id, dialogue);
    let facts = states.lines().map(str::to_owned);
    let mut clocks = clocks(reader, place).into_iter();
    let first = clocks.next();
    let silent = reader.view.shelved(reader.party, place.id, reader.now);
    let call = counterpart(reader, dialogue).filter(|party| *party != reader.party);
    PageAlarm {
        id: place.id.to_string(),
        dialogue: Some(place.id.to_string()),
        precedence: precedence(dialogue.precedence),
        code: dialogue.code().to_string(),
        mine: !matches!(place.section, Section::Sent | Section::Watched | Section::Over),
        clock: first.map(|(what, until)| clock(what, (dialogue.since, until))),
        text: asks(reader, place),
        facts: facts.chain(undelivered_lines(reader, place.id, dialogue)).collect(),
        deeds: deeds(reader, place),
        also: clocks.map(|(what, until)| PageAlso { what, until: moment(until) }).collect(),
        group: place.grouped.then(|| format!("{} {:?}", dialogue.sender, dialogue.traffic)),
        since: moment(dialogue.since),
        never_grouped: dialogue.code().row().is_never_grouped(),
        subject: Some(subject("dialogue", place.id)),
        shelved_until: silenced(silent.into_iter()),
        voice: Some(reader.contact(call.unwrap_or(&dialogue.sender))),
    }
}

/// What it says: its sentence, and its parameters without the standing sentences.
fn asks(reader: &Reader<'_>, place: &InboxPlace<'_>) -> String {
    let shown = reader.tongue().message(&place.dialogue.message, reader);
    let sentences = shown.parameters.iter().map(|one| one.sentence.as_str());
    let all: Vec<&str> = [shown.head.as_str()].into_iter().chain(sentences).collect();
    all.join(" ")
}

/// What runs for whoever is to act, what falls due first before.
fn clocks(reader: &Reader<'_>, place: &InboxPlace<'_>) -> Vec<(PageClockKind, Time)> {
    let own = limits(reader, place.dialogue);
    if !own.is_empty() {
        return own;
    }
    let to = place.dialogue.exchanges.keys();
    let next = to.filter_map(|to| next_due(place.dialogue, to)).min();
    next.map(|(at, lapse)| (kind(lapse), at)).into_iter().collect()
}

/// What a clock runs for, by what falls due at its end.
fn kind(lapse: Lapse) -> PageClockKind {
    match lapse {
        Lapse::NotDelivered | Lapse::EveryDesk | Lapse::AlternatePath => PageClockKind::ReadBack,
        Lapse::NextLevel
        | Lapse::Reminder
        | Lapse::NextLineTest
        | Lapse::NoAnswer
        | Lapse::NotReceived => PageClockKind::Answer,
        Lapse::UndertakingOverdue => PageClockKind::Undertaking,
        Lapse::NoReply => PageClockKind::Relay,
    }
}

/// What may be done about a message.
fn deeds(reader: &Reader<'_>, place: &InboxPlace<'_>) -> Vec<PageDeed> {
    let dialogue = place.dialogue;
    let own = dialogue.exchanges.get(reader.party);
    let mut deeds = Vec::new();
    if place.section == Section::Awaiting {
        if own.is_some_and(|own| own.read_back.is_none()) {
            deeds.push(PageDeed::ReadBack);
        }
        deeds.push(PageDeed::Answer);
    }
    if dialogue.missing_hop(reader.party).is_some() {
        deeds.push(PageDeed::Relay);
    }
    if dialogue.sender == *reader.party {
        deeds.push(PageDeed::Script);
    }
    deeds.push(PageDeed::Call);
    deeds
}

/// An overlap of the inbox.
fn of_overlap(reader: &Reader<'_>, place: &OverlapPlace<'_>) -> Option<PageAlarm> {
    let conflict = place.conflict;
    let [_, _, _, _, states, _] = found_row(reader, place.id, conflict);
    let since = conflict.stands_since();
    let other = conflict.other_side(reader.party).unwrap_or(reader.party);
    let silent = reader.view.shelved_overlap(reader.party, place.id, reader.now);
    Some(PageAlarm {
        id: place.id.to_string(),
        dialogue: None,
        precedence: precedence(conflict.precedence(reader.now)),
        code: conflict.coding(place.id, reader.now)?.code().to_string(),
        mine: place.section != Section::Watched,
        clock: conflict.extent.from.map(|until| clock(PageClockKind::Contact, (since, until))),
        text: found_summary(reader, conflict, COLUMNS),
        facts: states.lines().map(str::to_owned).collect(),
        deeds: match conflict.owner {
            None => vec![PageDeed::TakeOn, PageDeed::Call],
            Some(_) => vec![PageDeed::Call],
        },
        also: Vec::new(),
        group: None,
        since: moment(since),
        never_grouped: true,
        subject: Some(subject("conflict", place.id)),
        shelved_until: silenced(silent.into_iter()),
        voice: Some(reader.contact(other)),
    })
}

fn clock(what: PageClockKind, (from, until): (Time, Time)) -> PageClock {
    PageClock { what, until: moment(until), from: moment(from) }
}

fn subject(kind: &str, id: impl ToString) -> PageSubject {
    PageSubject { kind: kind.to_owned(), id: id.to_string() }
}

/// Until when no operator of the party hears of it: until the first of those who shelved it does again.
fn silenced(all: impl Iterator<Item = (OperatorId, Time)>) -> Option<String> {
    all.map(|(_, until)| until).min().map(moment)
}
