//! Messages of the channel, and what came of them.

use std::collections::BTreeSet;

use deconflict_vocabulary::{
    Answer, Effect, LanguageTag, LimitTable, Message, Precedence, Traffic, Value,
};

use super::{Effects, Item, ItemChange, Utterance};
use crate::channel::{
    Actor, Dialogue, LapseEntry, MessageRemark, PassedOn, Receipt, Sending, SpokenOf, correction,
    hash, is_relay_report, place, report, reports_on, spoken_of,
};
use crate::ledger::Ledger;
use crate::names::{DeclarationId, MessageId, PartyId};
use crate::say::Role;
use crate::shared::Joint;

impl Utterance<'_> {
    fn passed_on(&self) -> Option<PassedOn> {
        self.authority.passed_on()
    }
}

impl Ledger {
    pub(super) fn send(
        &mut self,
        by: &Utterance<'_>,
        (message, to, traffic, remark): (
            &Message,
            &BTreeSet<PartyId>,
            Traffic,
            Option<&MessageRemark>,
        ),
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
            spoken_of: known.map(|dialogue| SpokenOf {
                precedence: dialogue.precedence_at(by.index),
                ..dialogue.as_spoken_of()
            }),
        };
        let mut effects = Effects::default();
        let Ok(mut dialogue) = Dialogue::begin(sending, &self.limits_at(by.index), by.at) else {
            return effects;
        };
        dialogue.passed_on = by.passed_on();
        dialogue.clock_ahead_s = by.statement.clock_ahead_s;
        dialogue.entries.push(by.index);
        effects.readers.extend(to.iter().cloned());
        effects.readers.insert(by.party.clone());
        let id = MessageId(by.statement.hash);
        self.begin_dialogue(id, dialogue, &mut effects);
        // What is entered or attested for a party takes back, changes and keeps nothing that it signed.
        if by.passed_on().is_none() {
            if let Some(other) = other {
                self.does(by, message, other, &mut effects);
            }
            let parties: Vec<PartyId> = to.iter().cloned().collect();
            self.note_relay(by, id, (&parties, true), &mut effects);
            self.reports(by, (message, to, traffic), &mut effects);
            self.ends_incidents(by, message, traffic, &mut effects);
        }
        effects
    }

    /// Whoever is given it once more has what came of it.
    pub(super) fn begin_dialogue(&mut self, id: MessageId, begun: Dialogue, to: &mut Effects) {
        if !self.dialogues.contains_key(&id) {
            to.changed.extend(begun.changed(id));
            self.dialogues.insert(id, Joint::new(begun));
            self.note_open(id);
        }
    }

    /// What a message does to the one that it speaks of, and to whoever is asked to pass that one on.
    fn does(&mut self, by: &Utterance<'_>, message: &Message, id: MessageId, to: &mut Effects) {
        let effect = message.code.row().effect;
        let (correction, table) = (correction(message), self.limits_at(by.index));
        let field = correction.as_ref().map(|(field, _)| *field);
        self.change_dialogue(id, to, |dialogue| match effect {
            Effect::Cancels
                if dialogue.is_new(by.index) && dialogue.cancel(by.party, by.at).is_ok() =>
            {
                dialogue.entries.push(by.index);
            }
            Effect::Corrects if dialogue.is_new(by.index) => {
                let before = dialogue.precedence;
                let corrected =
                    correction.and_then(|to| dialogue.correct(by.party, to, &table, by.at).ok());
                if let Some(reopens) = corrected {
                    dialogue.entries.push(by.index);
                    if reopens {
                        dialogue.reopened = Some(by.index);
                    }
                }
                dialogue.note_precedence(before, by.index);
            }
            Effect::BreaksPromise
                if dialogue.is_new_to(by.party, by.index) && dialogue.break_promise(by.party) =>
            {
                dialogue.tells(by.party, by.index);
            }
            _ => {}
        });
        // Also where it was done before: who is given a request to pass it on later is given this once more.
        let Some(known) = self.dialogues.get(&id).filter(|of| of.entries.contains(&by.index))
        else {
            return;
        };
        match effect {
            // An incident goes on, whatever its sender takes back, and so does what it asks of others.
            Effect::Cancels if known.is_taken_back() => self.does_to_relays(by, id, true, to),
            Effect::Corrects
                if field.and_then(|field| known.message.reopens(field)) == Some(true) =>
            {
                self.does_to_relays(by, id, false, to);
                // Where it is itself a request to pass something on, that is to be done anew.
                let parties = self.addressees_of(id);
                self.note_relay(by, id, (&parties, true), to);
            }
            _ => {}
        }
    }

    /// A message that somebody is asked to pass on is taken back, or says something else from now on: so does the request to
    /// pass it on. And whoever is no longer asked to pass a message on owes no relay of it.
    fn does_to_relays(
        &mut self,
        by: &Utterance<'_>,
        id: MessageId,
        cancelled: bool,
        to: &mut Effects,
    ) {
        let table = self.limits_at(by.index);
        let Some(asked) = self.dialogues.get(&id).cloned() else { return };
        let relays = |of: &MessageId| {
            let relay = self.dialogues.get(of)?;
            let relays = relay.code().row().effect == Effect::AsksRelay
                && relay.spoken_of() == Some(id)
                && relay.cancelled.is_none();
            relays.then_some(*of)
        };
        for relay in self.reported_on.iter().filter_map(relays).collect::<Vec<_>>() {
            self.change_dialogue(relay, to, |relay| {
                if !relay.is_new(by.index) {
                    return;
                }
                relay.entries.push(by.index);
                if cancelled {
                    relay.cancelled = Some(by.at);
                    return;
                }
                let before = relay.precedence;
                let precedence = asked.precedence_at(by.index.saturating_add(1));
                relay.passes_on_anew((precedence, asked.to_be_passed_by()), &table, by.at);
                relay.reopened = Some(by.index);
                relay.note_precedence(before, by.index);
            });
            if !cancelled {
                let parties = self.addressees_of(relay);
                self.note_relay(by, relay, (&parties, true), to);
            }
        }
        if cancelled {
            let parties = self.addressees_of(id);
            self.note_relay(by, id, (&parties, false), to);
        }
    }

    fn addressees_of(&self, id: MessageId) -> Vec<PartyId> {
        let known = self.dialogues.get(&id);
        known.into_iter().flat_map(|known| known.exchanges.keys().cloned()).collect()
    }

    /// What a relay asks these of its addressees for is still to be passed on, or not any more, since they did or are no longer
    /// asked: as far as its sender sent that message too.
    fn note_relay(
        &mut self,
        by: &Utterance<'_>,
        relay: MessageId,
        (parties, asks): (&[PartyId], bool),
        to: &mut Effects,
    ) {
        let known = self.dialogues.get(&relay);
        let Some(known) = known.filter(|known| known.code().row().effect == Effect::AsksRelay)
        else {
            return;
        };
        let (sender, Some(asked)) = (known.sender.clone(), known.spoken_of()) else { return };
        self.change_dialogue(asked, to, |asked| {
            if asked.sender == sender {
                parties.iter().for_each(|party| asked.relays(party, (relay, asks), by.index));
            }
        });
        // Who reads all that came of a message reads this too.
        if let Some(host) = self.host().filter(|_| asks && self.escalated.contains(&asked)).cloned()
            && self.dialogues.get(&asked).is_some_and(|asked| !asked.concerns(&host))
        {
            self.escalate(relay, by.index, to);
            to.readers.insert(host);
        }
    }

    /// What was promised is reported done, to whoever asked for it.
    fn reports(
        &mut self,
        by: &Utterance<'_>,
        (message, to, traffic): (&Message, &BTreeSet<PartyId>, Traffic),
        effects: &mut Effects,
    ) {
        if message.code.row().meets.is_empty() && !is_relay_report(message) {
            return;
        }
        let of = |dialogue: &Dialogue| {
            to.contains(&dialogue.sender)
                && dialogue.traffic == traffic
                && dialogue.is_new_to(by.party, by.index)
                && dialogue.exchanges.contains_key(by.party)
                && (reports_on(message, &dialogue.message) || dialogue.is_relay_of(message))
        };
        let is_of = |id: &&MessageId| self.dialogues.get(*id).is_some_and(|dialogue| of(dialogue));
        let asked: Vec<MessageId> = self.reported_on.iter().filter(is_of).copied().collect();
        let relayed = report(MessageId(by.statement.hash), message, by.at);
        for id in asked {
            let (mut escalates, mut passed_on) = (false, false);
            self.change_dialogue(id, effects, |dialogue| {
                let met = reports_on(message, &dialogue.message) && dialogue.meet(by.party);
                let relays = dialogue.is_relay_of(message);
                if relays && let Some(exchange) = dialogue.exchanges.get_mut(by.party) {
                    exchange.relayed.push(relayed);
                    escalates = relayed.escalates();
                    passed_on = relayed.reached();
                    exchange.escalated |= escalates;
                    if relayed.gives_up() {
                        dialogue.break_promise(by.party);
                    }
                }
                if escalates {
                    dialogue.raised(by.party, by.index);
                }
                if met || relays {
                    dialogue.tells(by.party, by.index);
                }
            });
            if passed_on {
                self.note_relay(by, id, (std::slice::from_ref(by.party), false), effects);
            }
            if escalates {
                effects.readers.extend(self.host().cloned());
                self.escalate(id, by.index, effects);
            }
        }
    }

    /// What an addressee promised is reported done by what it declared.
    pub(super) fn promise_met(&mut self, index: u64, id: MessageId, party: &PartyId) -> Effects {
        let mut effects = Effects::default();
        self.change_dialogue(id, &mut effects, |dialogue| {
            if dialogue.is_new_to(party, index) && dialogue.meet(party) {
                dialogue.tells(party, index);
            }
        });
        if let Some(dialogue) = self.dialogues.get(&id) {
            effects.readers.extend([dialogue.sender.clone(), party.clone()]);
        }
        effects
    }

    /// The incidents that a party's word ends, said about this place: all at what it declared, and at a place that
    /// nobody declared those that it told of itself.
    pub(crate) fn ended_by(
        &self,
        party: &PartyId,
        message: &Message,
        traffic: Traffic,
    ) -> Vec<MessageId> {
        let place = place(message).filter(|_| message.code.row().effect == Effect::EndsIncident);
        let Some(place) = place else { return Vec::new() };
        let declared = match place {
            Value::Reference(of) => Some(self.declarations.get(&DeclarationId(hash(of)))),
            _ => None,
        };
        // Whoever may not see what was declared has the host's word that its owner said so.
        let owns = |dialogue: &Dialogue| match &declared {
            Some(known) => known.is_none_or(|known| known.owner == *party),
            None => dialogue.sender == *party,
        };
        let ends = |dialogue: &Dialogue| {
            // What the host told by cells ends with what it follows.
            dialogue.by_cell.is_none()
                && dialogue.traffic == traffic
                && dialogue.open_place() == Some(place)
                && owns(dialogue)
        };
        let is_of =
            |id: &&MessageId| self.dialogues.get(*id).is_some_and(|dialogue| ends(dialogue));
        self.incidents.iter().filter(is_of).copied().collect()
    }

    /// What the host told by cells of a message, and what is not ended of it.
    pub(crate) fn open_notices(&self, of: MessageId) -> impl Iterator<Item = MessageId> {
        let all = self.parties.keys().map(move |party| of.by_cell_to(party));
        all.filter(|notice| self.incidents.contains(notice))
    }

    fn ends_incidents(
        &mut self,
        by: &Utterance<'_>,
        message: &Message,
        traffic: Traffic,
        effects: &mut Effects,
    ) {
        for id in self.ended_by(by.party, message, traffic) {
            // Whoever was told that it began is told that it ended, also who left meanwhile.
            if let Some(dialogue) = self.dialogues.get(&id) {
                effects.readers.insert(dialogue.sender.clone());
                effects.readers.extend(dialogue.exchanges.keys().cloned());
            }
            self.change_dialogue(id, effects, |dialogue| {
                if dialogue.is_new(by.index) && dialogue.end(by.at) {
                    dialogue.entries.push(by.index);
                }
            });
        }
    }

    /// The time limits of messages that were in force when an entry was taken in.
    pub(crate) fn limits_at(&self, index: u64) -> LimitTable {
        let tables = self.limit_tables.iter().rev();
        let mut before = tables.filter(|(from, _)| *from < index).map(|(_, table)| *table);
        before.next().unwrap_or_default()
    }

    /// Keeps [`Ledger::reported_on`] and [`Ledger::incidents`] with a dialogue as it is now.
    pub(crate) fn note_open(&mut self, id: MessageId) {
        let dialogue = self.dialogues.get(&id);
        let is_there = [
            (&mut self.reported_on, dialogue.is_some_and(|d| d.is_reported_on())),
            (&mut self.incidents, dialogue.is_some_and(|d| d.is_incident_open())),
        ];
        for (set, is_in) in is_there {
            if is_in {
                set.insert(id);
            } else {
                set.remove(&id);
            }
        }
    }

    pub(super) fn answer(&mut self, by: &Utterance<'_>, id: MessageId, answer: &Answer) -> Effects {
        self.in_exchange(by, id, |dialogue, actor| dialogue.answer(answer, actor, by.at).is_ok())
    }

    pub(super) fn receive(
        &mut self,
        by: &Utterance<'_>,
        id: MessageId,
        (receipt, shown_in): (Receipt, Option<&LanguageTag>),
    ) -> Effects {
        self.in_exchange(by, id, |dialogue, actor| {
            dialogue.receive_in(receipt, shown_in, actor, by.at).is_ok()
        })
    }

    /// The sender says that an addressee has done what it promised: the two may read it.
    pub(super) fn confirm(&mut self, by: &Utterance<'_>, id: MessageId, of: &PartyId) -> Effects {
        let done =
            |dialogue: &mut Dialogue, actor: &Actor<'_>| dialogue.confirm(of, actor, by.at).is_ok();
        self.in_exchange_of(by, id, of, done)
    }

    /// Something that an addressee says of a message: its sender and itself may read it.
    fn in_exchange(
        &mut self,
        by: &Utterance<'_>,
        id: MessageId,
        say: impl FnOnce(&mut Dialogue, &Actor<'_>) -> bool,
    ) -> Effects {
        self.in_exchange_of(by, id, by.party, say)
    }

    /// Something that is said of what came of a message with one addressee: that and its sender may read it.
    fn in_exchange_of(
        &mut self,
        by: &Utterance<'_>,
        id: MessageId,
        of: &PartyId,
        say: impl FnOnce(&mut Dialogue, &Actor<'_>) -> bool,
    ) -> Effects {
        let mut effects = Effects::default();
        let role = self.keys.get(&by.statement.key).and_then(|key| key.role());
        let actor = Actor {
            party: by.party,
            key: by.statement.key,
            role: role.unwrap_or(Role::Person),
            passed_on: by.passed_on(),
        };
        self.change_dialogue(id, &mut effects, |dialogue| {
            if dialogue.is_new_to(of, by.index) && say(dialogue, &actor) {
                dialogue.tells(of, by.index);
            }
        });
        if let Some(dialogue) = self.dialogues.get(&id) {
            effects.readers.insert(dialogue.sender.clone());
        }
        effects.readers.extend([by.party.clone(), of.clone()]);
        effects
    }

    /// Changes a dialogue. What changes of one that the watch desk reads, it reads.
    pub(super) fn change_dialogue(
        &mut self,
        id: MessageId,
        effects: &mut Effects,
        change: impl FnOnce(&mut Dialogue),
    ) {
        let host = self.host().cloned();
        let escalated = self.escalated.contains(&id);
        let Some(dialogue) = self.dialogues.get_mut(&id) else { return };
        let before = dialogue.clone();
        change(dialogue.get_mut());
        if *before == **dialogue {
            return;
        }
        effects.changed.extend(dialogue.changed(id));
        if escalated {
            effects.readers.extend(host);
        }
        self.note_open(id);
    }

    pub(super) fn message_lapses(
        &mut self,
        index: u64,
        id: MessageId,
        party: &PartyId,
        found: LapseEntry,
    ) -> Effects {
        let mut effects = Effects::default();
        self.change_dialogue(id, &mut effects, |dialogue| {
            if dialogue.find_lapse(party, found) {
                dialogue.raised(party, index);
                dialogue.tells(party, index);
            }
        });
        let Some(dialogue) = self.dialogues.get(&id) else { return effects };
        effects.readers.extend([dialogue.sender.clone(), party.clone()]);
        if found.lapse.escalates() {
            self.escalate(id, index, &mut effects);
            effects.readers.extend(self.host().cloned());
        }
        effects
    }

    /// From here on the watch desk reads a message, and the one that it speaks of, with all that came of them.
    fn escalate(&mut self, id: MessageId, index: u64, effects: &mut Effects) {
        let Some(host) = self.host().cloned() else { return };
        let mut entries = self.note_escalated(id, &host);
        entries.remove(&index);
        if !entries.is_empty() {
            effects.grants.push((host.clone(), entries.into_iter().collect()));
            effects.readers.insert(host);
        }
    }

    /// The same for a party that becomes the watch desk: of what it knows, and of what the host does. The entries that it
    /// was not given yet.
    pub(super) fn escalate_to(&mut self, host: &PartyId) -> BTreeSet<u64> {
        let all = self.dialogues.iter().filter(|(_, d)| d.exchanges.values().any(|e| e.escalated));
        for id in all.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.note_escalated(id, host);
        }
        let known = self.escalated.iter().filter_map(|id| self.dialogues.get(id));
        known.flat_map(|dialogue| dialogue.entries_new_to(host)).collect()
    }

    /// Notes that a message, the one that it speaks of, and those by which it is to be passed on, went to the next level; the entries of those that had not.
    fn note_escalated(&mut self, id: MessageId, host: &PartyId) -> BTreeSet<u64> {
        let (mut entries, mut next) = (BTreeSet::new(), vec![id]);
        while let Some(id) = next.pop() {
            let Some(dialogue) = self.dialogues.get(&id) else { continue };
            // A message speaks of an earlier one, but a host may say otherwise.
            if self.escalated.insert(id).is_some() {
                continue;
            }
            entries.extend(dialogue.entries_new_to(host));
            next.extend(spoken_of(&dialogue.message));
            // What is asked by it of whoever is to pass it on changes what came of it.
            if !dialogue.concerns(host) {
                next.extend(dialogue.exchanges.values().flat_map(|one| one.relays.keys()));
            }
        }
        entries
    }
}

impl Dialogue {
    /// That it changed.
    pub(crate) fn changed(&self, id: MessageId) -> Option<ItemChange> {
        Some(ItemChange { item: Item::Dialogue(id), begun: *self.entries.first()? })
    }

    /// Whether an entry comes after all that tell of it to all: one that is given late, and stands before them, was folded
    /// or came to nothing.
    pub(super) fn is_new(&self, index: u64) -> bool {
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

    /// An entry may have made it as urgent as it is.
    fn note_precedence(&mut self, before: Precedence, index: u64) {
        if self.precedence != before {
            self.was.push((index, before));
        }
    }

    /// By an entry one addressee is asked to pass it on, or is not any more, or has done so.
    fn relays(&mut self, party: &PartyId, (relay, asks): (MessageId, bool), index: u64) {
        if !self.is_new_to(party, index) {
            return;
        }
        let Some(exchange) = self.exchanges.get_mut(party) else { return };
        let before = exchange.relays.get(&relay).copied();
        if before != Some(asks) && (asks || before.is_some()) {
            exchange.relays.insert(relay, asks);
            exchange.entries.push(index);
        }
    }

    /// By an entry something fell due with one addressee, or went up.
    fn raised(&mut self, party: &PartyId, index: u64) {
        if let Some(exchange) = self.exchanges.get_mut(party) {
            exchange.raised = Some(index);
        }
    }

    /// The entries that a party was not given that reads all of it from now on.
    pub(crate) fn entries_new_to(&self, party: &PartyId) -> Vec<u64> {
        // What others said of what it was addressed by stands before what it has: it reads its own part alone.
        if self.concerns(party) {
            return Vec::new();
        }
        self.all_entries().collect()
    }
}
