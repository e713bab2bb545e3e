//! What of the channel is found by something else than its name; derived from the ledger, and no part of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use deconflict_vocabulary::{CodeId, Effect, Traffic, Value};

use super::{Dialogue, time};
use crate::ledger::Ledger;
use crate::names::{MessageId, PartyId};
use crate::time::Time;

/// Messages by who sent them. What is real, an exercise and a test each count by themselves, and so does what was entered
/// or attested for a party: nobody else takes its share.
#[derive(Debug, Default)]
pub(crate) struct OpenMessages {
    /// Those of which something is waited for still.
    open: BTreeMap<Share, BTreeSet<MessageId>>,
    /// When those were sent whose code a party may send so often a day.
    daily: BTreeMap<(Share, CodeId), BTreeMap<MessageId, Time>>,
    /// What each said of the line to each other one, by its entry.
    lines: BTreeMap<(PartyId, PartyId, Traffic), BTreeMap<u64, LineWord>>,
    /// Those that say of a place that it is being hit and that nobody has ended, and of which place. What the host told by
    /// cells of them is not among them.
    hits: HashMap<Value, BTreeSet<MessageId>>,
    places: HashMap<MessageId, Value>,
}

/// Whose messages, whether they are meant, and whether the party signed them.
pub(crate) type Share = (PartyId, Traffic, bool);

/// That a party suspends the line, or resumes it.
#[derive(Clone, Copy, Debug)]
struct LineWord {
    suspends: bool,
    from: Time,
    cancelled: bool,
}

impl OpenMessages {
    pub(crate) fn new(ledger: &Ledger) -> OpenMessages {
        let mut messages = OpenMessages::default();
        for (id, dialogue) in &ledger.dialogues {
            messages.note(*id, None, Some(dialogue));
        }
        messages
    }

    /// Takes a dialogue as it is now, and as it was; `None`: it is, or was, not there.
    pub(crate) fn note(
        &mut self,
        id: MessageId,
        before: Option<&Dialogue>,
        after: Option<&Dialogue>,
    ) {
        let Some(either) = after.or(before) else { return };
        let share = (either.sender.clone(), either.traffic, either.passed_on.is_none());
        if either.code().row().per_day.is_some() {
            let own = self.daily.entry((share.clone(), either.code())).or_default();
            match after {
                Some(dialogue) => own.insert(id, dialogue.since),
                None => own.remove(&id),
            };
        }
        if either.passed_on.is_none() {
            self.note_line(either, after.is_some());
        }
        self.note_hit(id, after);
        let own = self.open.entry(share).or_default();
        // What the host tells of itself, or in a sender's name, takes nothing of a share.
        let is_own = either.by_cell.is_none() && !either.is_of_host();
        if after.is_some_and(|dialogue| is_own && dialogue.is_awaited()) {
            own.insert(id);
        } else {
            own.remove(&id);
        }
    }

    fn note_hit(&mut self, id: MessageId, dialogue: Option<&Dialogue>) {
        let place = dialogue.filter(|known| known.by_cell.is_none()).and_then(Dialogue::open_place);
        if self.places.get(&id) == place {
            return;
        }
        if let Some(before) = self.places.remove(&id)
            && let Some(there) = self.hits.get_mut(&before)
        {
            there.remove(&id);
            if there.is_empty() {
                self.hits.remove(&before);
            }
        }
        if let Some(place) = place {
            self.hits.entry(place.clone()).or_default().insert(id);
            self.places.insert(id, place.clone());
        }
    }

    /// The messages that say of a place that it is being hit, and that nobody has ended.
    pub(crate) fn hits_at(&self, place: &Value) -> impl Iterator<Item = MessageId> {
        self.hits.get(place).into_iter().flatten().copied()
    }

    fn note_line(&mut self, dialogue: &Dialogue, is_there: bool) {
        let suspends = match dialogue.code().row().effect {
            Effect::SuspendsChannel => true,
            Effect::ResumesChannel => false,
            _ => return,
        };
        let Some(entry) = dialogue.entries.first() else { return };
        let from = time(&dialogue.message.parameters, "from").unwrap_or(dialogue.since);
        let word = LineWord { suspends, from, cancelled: dialogue.cancelled.is_some() };
        for party in dialogue.exchanges.keys() {
            let between = (dialogue.sender.clone(), party.clone(), dialogue.traffic);
            let line = self.lines.entry(between).or_default();
            if is_there {
                line.insert(*entry, word);
            } else {
                line.remove(entry);
            }
        }
    }

    /// Which of two parties has suspended the line between them at an instant: what each said last, and did not take
    /// back, counts.
    pub(crate) fn suspended_by<'p>(
        &self,
        parties: [&'p PartyId; 2],
        traffic: Traffic,
        now: Time,
    ) -> Option<&'p PartyId> {
        let [one, other] = parties;
        let suspends = |by: &PartyId, to: &PartyId| {
            let line = self.lines.get(&(by.clone(), to.clone(), traffic));
            let mut words = line.into_iter().flat_map(|line| line.values().rev());
            let last = words.find(|word| !word.cancelled && word.from <= now);
            last.is_some_and(|word| word.suspends)
        };
        let both = [(one, other), (other, one)];
        both.into_iter().find(|(by, to)| suspends(by, to)).map(|(by, _)| by)
    }

    /// How many messages wait for something.
    pub(crate) fn open_of(&self, share: &Share) -> usize {
        self.open.get(share).map_or(0, BTreeSet::len)
    }

    /// How many of a code were sent after an instant.
    pub(crate) fn sent_since(&self, share: &Share, code: CodeId, since: Time) -> usize {
        let own = self.daily.get(&(share.clone(), code));
        own.map_or(0, |own| own.values().filter(|at| **at > since).count())
    }
}
