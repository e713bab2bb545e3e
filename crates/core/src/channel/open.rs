//! What of the channel is found by something else than its name; derived from the ledger, and no part of it.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_vocabulary::{CodeId, Effect};

use super::{Dialogue, time};
use crate::ledger::Ledger;
use crate::names::{MessageId, PartyId};
use crate::time::Time;

/// Messages by who sent them.
#[derive(Debug, Default)]
pub(crate) struct OpenMessages {
    /// Those of which something is waited for still.
    open: BTreeMap<PartyId, BTreeSet<MessageId>>,
    /// When those were sent whose code a party may send so often a day.
    daily: BTreeMap<(PartyId, CodeId), BTreeMap<MessageId, Time>>,
    /// What each said of the line to each other one, by its entry.
    lines: BTreeMap<(PartyId, PartyId), BTreeMap<u64, LineWord>>,
}

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
        if let Some(gone) = before.filter(|_| after.is_none())
            && let Some(own) = self.daily.get_mut(&(gone.sender.clone(), gone.code()))
        {
            own.remove(&id);
        }
        if let Some(dialogue) = after.filter(|after| after.code().row().per_day.is_some()) {
            let own = self.daily.entry((dialogue.sender.clone(), dialogue.code())).or_default();
            own.insert(id, dialogue.since);
        }
        let Some(either) = after.or(before) else { return };
        self.note_line(either, after.is_some());
        let own = self.open.entry(either.sender.clone()).or_default();
        if after.is_some_and(|after| after.is_awaited() || after.has_promised()) {
            own.insert(id);
        } else {
            own.remove(&id);
        }
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
            let line = self.lines.entry((dialogue.sender.clone(), party.clone())).or_default();
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
        now: Time,
    ) -> Option<&'p PartyId> {
        let [one, other] = parties;
        let suspends = |by: &PartyId, to: &PartyId| {
            let line = self.lines.get(&(by.clone(), to.clone()));
            let mut words = line.into_iter().flat_map(|line| line.values().rev());
            let last = words.find(|word| !word.cancelled && word.from <= now);
            last.is_some_and(|word| word.suspends)
        };
        [(one, other), (other, one)].into_iter().find(|(by, to)| suspends(by, to)).map(|(by, _)| by)
    }

    /// How many messages of a party wait for something.
    pub(crate) fn open_of(&self, party: &PartyId) -> usize {
        self.open.get(party).map_or(0, BTreeSet::len)
    }

    /// How many of a code a party has sent after an instant.
    pub(crate) fn sent_since(&self, party: &PartyId, code: CodeId, since: Time) -> usize {
        let own = self.daily.get(&(party.clone(), code));
        own.map_or(0, |own| own.values().filter(|at| **at > since).count())
    }
}
