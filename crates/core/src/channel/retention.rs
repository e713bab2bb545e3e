//! How long what was said on the channel matters.

use std::collections::BTreeMap;

use deconflict_vocabulary::{Effect, Traffic, Value};

use super::{Dialogue, Exchange, Undertaking, time, value};
use crate::names::{MessageId, PartyId};
use crate::time::Time;

impl Dialogue {
    /// Whether something of it is waited for: an answer, that something that was promised is reported done, late or not, or
    /// the end of an incident. `party`: as far as this one is told of it; `None`: of all of it.
    pub(crate) fn is_waited_for(&self, party: Option<&PartyId>) -> bool {
        let promised = |exchange: &Exchange| {
            exchange.undertaking.as_ref().is_some_and(Undertaking::is_due) && self.is_reported()
        };
        let waits = |exchange: &Exchange| self.awaits(exchange) || promised(exchange);
        let own = party.filter(|party| self.sender != **party);
        let own = own.and_then(|party| self.exchanges.get(party));
        let any = own.map_or_else(|| self.exchanges.values().any(waits), waits);
        self.is_incident_open() || (!self.is_over() && any)
    }

    /// When the last thing was said of it or fell due; where nothing ended it, no sooner than what it speaks of is over.
    pub(crate) fn last_word(&self) -> Time {
        let ended = [self.cancelled, self.ended].into_iter().flatten();
        let said = self.exchanges.values().flat_map(|exchange| {
            let once = [exchange.delivered, exchange.displayed];
            let promised = exchange.undertaking.map(|promised| promised.by);
            let awaited = [exchange.held_until, promised].into_iter().flatten();
            let read_back = exchange.read_back.iter().chain(&exchange.read_back_too);
            let answered = exchange.answers.iter().map(|answer| answer.at);
            let fell_due = exchange.lapses.iter().map(|found| found.due);
            let relayed = exchange.relayed.iter().map(|report| report.at);
            let once = once.into_iter().flatten().chain(awaited.filter(|_| !self.is_over()));
            once.chain(read_back.map(|(_, at)| *at)).chain(answered).chain(fell_due).chain(relayed)
        });
        let named = self.message.parameters.values().filter_map(|named| match named {
            Value::Time(at) => Some(Time::from_seconds(at.seconds())),
            _ => None,
        });
        let named = named.chain(self.valid_until).filter(|_| !self.is_over());
        ended.chain(said).chain(named).fold(self.since, Time::max)
    }
}

/// What is said until another message says otherwise.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum StandingMatter<'a> {
    /// Whether a party has suspended the line to another one.
    Line(&'a PartyId, &'a PartyId, Traffic),
    /// Who holds a party's post.
    Duty(&'a PartyId, &'a str),
    /// What came of the last line test.
    Test(&'a PartyId, &'a PartyId, Traffic),
    /// Which number it had, also where it was taken back.
    TestNumber(&'a PartyId, &'a PartyId, Traffic),
}

/// A message that says so: where it stands among others that do, since when it counts, and its name.
type StandingWord = ((Time, u64), Time, MessageId);

/// The messages that say what still stands, or is to: of each matter the last that was said, and counted, before an
/// instant, and all after it.
pub(crate) fn standing<'a>(
    all: impl IntoIterator<Item = (MessageId, &'a Dialogue)>,
    before: Time,
) -> impl Iterator<Item = MessageId> {
    let mut matters: BTreeMap<StandingMatter<'a>, Vec<StandingWord>> = BTreeMap::new();
    for (id, dialogue) in all {
        dialogue.says_what_stands(id, &mut matters);
    }
    matters.into_values().flat_map(move |mut words| {
        words.sort_unstable();
        let counts = words.iter().rposition(|(_, since, _)| *since < before);
        words.drain(..counts.unwrap_or(0));
        words.into_iter().map(|(.., id)| id)
    })
}

impl Dialogue {
    fn says_what_stands<'a>(
        &'a self,
        id: MessageId,
        matters: &mut BTreeMap<StandingMatter<'a>, Vec<StandingWord>>,
    ) {
        let Some(entry) = self.entries.first().copied() else { return };
        let sender = &self.sender;
        let from = time(&self.message.parameters, "from").unwrap_or(self.since);
        let counts = from.max(self.since);
        let mut note = |matter, at: Time, since: Time| {
            matters.entry(matter).or_default().push(((at, entry), since, id));
        };
        let to_each = || self.exchanges.keys().map(|party| (party, self.traffic));
        let stands = self.cancelled.is_none();
        match self.code().row().effect {
            // Of those that were said, the last that has begun counts, whenever it began.
            Effect::SuspendsChannel | Effect::ResumesChannel
                if stands && self.passed_on.is_none() =>
            {
                let began = Time::from_seconds(0);
                to_each()
                    .for_each(|(to, of)| note(StandingMatter::Line(sender, to, of), began, counts));
            }
            Effect::HandsOver if stands && self.traffic == Traffic::Real => {
                if let Some(Value::Name(post)) = value(&self.message.parameters, "post") {
                    note(StandingMatter::Duty(sender, post), from, counts);
                }
            }
            Effect::TestsLine => {
                for (to, of) in to_each() {
                    note(StandingMatter::TestNumber(sender, to, of), self.since, self.since);
                    if stands {
                        note(StandingMatter::Test(sender, to, of), self.since, self.since);
                    }
                }
            }
            _ => {}
        }
    }
}
