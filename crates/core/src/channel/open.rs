//! What of the channel is found by something else than its name; derived from the ledger, and no part of it.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_vocabulary::CodeId;

use super::Dialogue;
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
        let own = self.open.entry(either.sender.clone()).or_default();
        if after.is_some_and(|after| after.is_awaited() || after.has_promised()) {
            own.insert(id);
        } else {
            own.remove(&id);
        }
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
