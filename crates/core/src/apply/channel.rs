//! Messages of the channel, and what came of them.

use std::collections::BTreeSet;

use deconflict_vocabulary::{Answer, Effect, LimitTable, Message, Prose, Traffic};

use super::{Effects, Item, ItemChange, Utterance};
use crate::channel::{Actor, Dialogue, Lapse, Receipt, Sending, correction, reports_on, spoken_of};
use crate::ledger::Ledger;
use crate::names::{MessageId, PartyId};
use crate::say::{Authority, Role};
use crate::shared::Joint;
use crate::time::Time;

impl Utterance<'_> {
    fn is_signed(&self) -> bool {
        self.authority == Authority::Signed {}
    }
}

impl Ledger {
    pub(super) fn send(
        &mut self,
        by: &Utterance<'_>,
        (message, to, traffic, remark): (&Message, &BTreeSet<PartyId>, Traffic, Option<&Prose>),
    ) -> Effects {
        let other = spoken_of(message);
        let known = other.and_then(|id| self.dialogues.get(&id));
        let sending = Sending {
            message: message.clone(),
            traffic,
            sender: by.party.clone(),
            to: to.iter().cloned().collect(),
            remark: remark.cloned(),
            valid_until: by.statement.valid_until,
            spoken_of: known.map(|dialogue| dialogue.precedence_at(by.index)),
        };
        let mut effects = Effects::default();
        let Ok(mut dialogue) = Dialogue::begin(sending, &LimitTable::default(), by.at) else {
            return effects;
        };
        dialogue.passed_on = !by.is_signed();
        dialogue.entries.push(by.index);
        effects.readers.extend(to.iter().cloned());
        effects.readers.insert(by.party.clone());
        let id = MessageId(by.statement.hash);
        // Whoever is given it once more has what came of it.
        if !self.dialogues.contains_key(&id) {
            effects.changed.extend(dialogue.changed(id));
            self.dialogues.insert(id, Joint::new(dialogue));
        }
        // What is entered or attested for a party takes back, changes and keeps nothing that it signed.
        if by.is_signed() {
            if let Some(other) = other {
                self.does(by, message, other, &mut effects);
            }
            self.reports(by, (message, to, traffic), &mut effects);
        }
        effects
    }

    /// What a message does to the one that it speaks of.
    fn does(&mut self, by: &Utterance<'_>, message: &Message, id: MessageId, to: &mut Effects) {
        let effect = message.code.row().effect;
        let correction = correction(message);
        self.change_dialogue(id, to, |dialogue| match effect {
            Effect::Cancels
                if dialogue.is_new(by.index) && dialogue.cancel(by.party, by.at).is_ok() =>
            {
                dialogue.entries.push(by.index);
            }
            Effect::Corrects if dialogue.is_new(by.index) => {
                let (table, before) = (LimitTable::default(), dialogue.precedence);
                let corrected = correction
                    .is_some_and(|to| dialogue.correct(by.party, to, &table, by.at).is_ok());
                if corrected {
                    dialogue.entries.push(by.index);
                }
                if dialogue.precedence != before {
                    dialogue.was.push((by.index, before));
                }
            }
            Effect::BreaksPromise
                if dialogue.is_new_to(by.party, by.index) && dialogue.break_promise(by.party) =>
            {
                dialogue.tells(by.party, by.index);
            }
            _ => {}
        });
    }

    /// What was promised is reported done, to whoever asked for it.
    fn reports(
        &mut self,
        by: &Utterance<'_>,
        (message, to, traffic): (&Message, &BTreeSet<PartyId>, Traffic),
        effects: &mut Effects,
    ) {
        if message.code.row().meets.is_empty() {
            return;
        }
        let of = |dialogue: &Dialogue| {
            to.contains(&dialogue.sender)
                && dialogue.traffic == traffic
                && dialogue.is_new_to(by.party, by.index)
                && dialogue.exchanges.get(by.party).is_some_and(|e| e.undertaking.is_some())
                && reports_on(message, &dialogue.message)
        };
        let asked = self.dialogues.iter().filter(|(_, dialogue)| of(dialogue));
        for id in asked.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.change_dialogue(id, effects, |dialogue| {
                if dialogue.meet(by.party) {
                    dialogue.tells(by.party, by.index);
                }
            });
        }
    }

    pub(super) fn answer(&mut self, by: &Utterance<'_>, id: MessageId, answer: &Answer) -> Effects {
        self.in_exchange(by, id, |dialogue, actor| dialogue.answer(answer, actor, by.at).is_ok())
    }

    pub(super) fn receive(
        &mut self,
        by: &Utterance<'_>,
        id: MessageId,
        receipt: Receipt,
    ) -> Effects {
        self.in_exchange(by, id, |dialogue, actor| dialogue.receive(receipt, actor, by.at).is_ok())
    }

    /// Something that an addressee says of a message: its sender and itself may read it.
    fn in_exchange(
        &mut self,
        by: &Utterance<'_>,
        id: MessageId,
        say: impl FnOnce(&mut Dialogue, &Actor<'_>) -> bool,
    ) -> Effects {
        let mut effects = Effects::default();
        let role = self.keys.get(&by.statement.key).and_then(|key| key.role());
        let actor = Actor {
            party: by.party,
            key: by.statement.key,
            role: role.unwrap_or(Role::Person),
            signed: by.is_signed(),
        };
        self.change_dialogue(id, &mut effects, |dialogue| {
            if dialogue.is_new_to(by.party, by.index) && say(dialogue, &actor) {
                dialogue.tells(by.party, by.index);
            }
        });
        if let Some(dialogue) = self.dialogues.get(&id) {
            effects.readers.insert(dialogue.sender.clone());
        }
        effects.readers.insert(by.party.clone());
        effects
    }

    /// Changes a dialogue. What changes of one that the watch desk reads, it reads.
    fn change_dialogue(
        &mut self,
        id: MessageId,
        effects: &mut Effects,
        change: impl FnOnce(&mut Dialogue),
    ) {
        let host = self.host().cloned();
        let Some(dialogue) = self.dialogues.get_mut(&id) else { return };
        let before = dialogue.clone();
        change(dialogue.get_mut());
        if *before == **dialogue {
            return;
        }
        effects.changed.extend(dialogue.changed(id));
        if dialogue.escalated {
            effects.readers.extend(host);
        }
    }

    pub(super) fn message_lapses(
        &mut self,
        index: u64,
        id: MessageId,
        party: &PartyId,
        lapse: Lapse,
        due: Time,
    ) -> Effects {
        let mut effects = Effects::default();
        self.change_dialogue(id, &mut effects, |dialogue| {
            if dialogue.lapse(party, lapse, due) {
                dialogue.tells(party, index);
            }
        });
        let Some(dialogue) = self.dialogues.get(&id) else { return effects };
        effects.readers.extend([dialogue.sender.clone(), party.clone()]);
        if matches!(lapse, Lapse::NextLevel | Lapse::UndertakingOverdue) {
            self.escalate(id, index, &mut effects);
            effects.readers.extend(self.host().cloned());
        }
        effects
    }

    /// From here on the watch desk reads a message, and the one that it speaks of, with all that came of them.
    fn escalate(&mut self, id: MessageId, index: u64, effects: &mut Effects) {
        let host = self.host().cloned();
        let (mut entries, mut next) = (BTreeSet::new(), Some(id));
        while let Some(id) = next.take() {
            let Some(dialogue) = self.dialogues.get_mut(&id) else { break };
            if dialogue.escalated {
                break;
            }
            dialogue.get_mut().escalated = true;
            effects.changed.extend(dialogue.changed(id));
            if host.as_ref().is_some_and(|host| !dialogue.concerns(host)) {
                entries.extend(dialogue.all_entries());
            }
            next = spoken_of(&dialogue.message);
        }
        entries.remove(&index);
        if let Some(host) = host.filter(|_| !entries.is_empty()) {
            effects.grants.push((host.clone(), entries.into_iter().collect()));
            effects.readers.insert(host);
        }
    }
}

impl Dialogue {
    /// That it changed.
    pub(crate) fn changed(&self, id: MessageId) -> Option<ItemChange> {
        Some(ItemChange { item: Item::Dialogue(id), begun: *self.entries.first()? })
    }

    /// Whether an entry comes after all that tell of it to all: one that is given late, and stands before them, was folded
    /// or came to nothing.
    fn is_new(&self, index: u64) -> bool {
        self.entries.last().is_none_or(|last| *last < index)
    }

    /// The same of what one addressee did or let pass.
    fn is_new_to(&self, party: &PartyId, index: u64) -> bool {
        let told = self.exchanges.get(party).and_then(|exchange| exchange.entries.last());
        self.entries.first().is_some_and(|begun| *begun < index)
            && told.is_none_or(|last| *last < index)
    }

    /// An entry tells of what one addressee did or let pass.
    fn tells(&mut self, party: &PartyId, index: u64) {
        if let Some(exchange) = self.exchanges.get_mut(party) {
            exchange.entries.push(index);
        }
    }

    /// All entries that tell of it.
    pub(crate) fn all_entries(&self) -> impl Iterator<Item = u64> {
        let of_each = self.exchanges.values().flat_map(|exchange| &exchange.entries);
        self.entries.iter().chain(of_each).copied()
    }
}
