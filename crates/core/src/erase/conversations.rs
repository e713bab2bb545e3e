//! Forgetting messages, with the whole conversation that they stand in.
//!
//! A conversation is what hangs together: messages that speak of one another, what the host told by cells with what it
//! follows, and whatever one message did to another one. So nothing that is left was changed by what goes.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use deconflict_vocabulary::{Effect, Value};

use super::{MAX_ERASED, Over, Stood};
use crate::apply::Effects;
use crate::channel::{Dialogue, MovementReports, hash, place, standing};
use crate::entry::ErasureSubject;
use crate::ledger::Ledger;
use crate::names::{DeclarationId, MessageId, PartyId};

/// What is erased by one finding.
type ErasurePart = (ErasureSubject, Vec<u64>);

/// The conversations that the rules keep no longer, each in parts of which each entry stands in one.
pub(super) fn conversations(
    Over { ledger, last, kept_from }: Over<'_>,
    stood: &LazyCell<Stood, impl FnOnce() -> Stood>,
) -> Vec<Vec<ErasurePart>> {
    let all: Vec<(MessageId, &Dialogue)> =
        ledger.dialogues.iter().map(|(id, dialogue)| (*id, dialogue.deref())).collect();
    let is_over =
        |dialogue: &Dialogue| !dialogue.is_waited_for(None) && dialogue.last_word() < kept_from;
    if !all.iter().any(|(_, dialogue)| is_over(dialogue)) {
        return Vec::new();
    }
    let began: BTreeMap<u64, usize> =
        all.iter().enumerate().filter_map(|(n, (_, d))| Some((*d.entries.first()?, n))).collect();
    let still_stands: BTreeSet<MessageId> = standing(all.iter().copied(), kept_from).collect();
    let of_movements = MovementReports::new(ledger).kept(ledger);
    let mut found: BTreeMap<usize, Conversation> = BTreeMap::new();
    let links = linked(&all, &began);
    for (n, (id, dialogue)) in all.iter().enumerate() {
        let conversation = found.entry(links[n]).or_default();
        conversation.messages.push(n);
        conversation.is_kept |= !is_over(dialogue)
            || still_stands.contains(id)
            || of_movements.contains(id)
            || dialogue.all_entries().any(|entry| last.contains(&entry))
            || ledger.tells_of_what_is_known(dialogue);
        // What another message did is counted with that one.
        let own = dialogue.all_entries().filter(|entry| began.get(entry).is_none_or(|m| *m == n));
        for entry in own {
            conversation.entries += 1;
            conversation.last = conversation.last.max(entry);
        }
    }
    let goes = |conversation: &Conversation| {
        !conversation.is_kept
            && conversation.entries <= MAX_ERASED
            && stood.before(conversation.last).is_none_or(|at| at < kept_from)
    };
    let parts = |conversation: Conversation| {
        let messages = conversation.messages.into_iter();
        messages.flat_map(|n| parts_of(n, all[n], &began)).collect()
    };
    found.into_values().filter(goes).map(parts).collect()
}

/// Messages that hang together.
#[derive(Default)]
struct Conversation {
    /// By their places among all.
    messages: Vec<usize>,
    /// Whether the rules keep one of them, and with it all.
    is_kept: bool,
    /// How many entries tell of them.
    entries: usize,
    /// The last of these.
    last: u64,
}

/// For each message the place of one that stands for its conversation.
fn linked(all: &[(MessageId, &Dialogue)], began: &BTreeMap<u64, usize>) -> Vec<usize> {
    let mut links: Vec<usize> = (0..all.len()).collect();
    fn stands_for(links: &mut [usize], mut n: usize) -> usize {
        while links[n] != n {
            links[n] = links[links[n]];
            n = links[n];
        }
        n
    }
    // They stand in the order of their names.
    let nth = |id: MessageId| all.binary_search_by_key(&id, |(id, _)| *id).ok();
    for (n, (_, dialogue)) in all.iter().enumerate() {
        let follows = dialogue.by_cell.as_ref().map(|told| told.of);
        let named = [dialogue.spoken_of(), follows].into_iter().flatten().filter_map(nth);
        let did = dialogue.all_entries().filter_map(|entry| began.get(&entry).copied());
        for other in named.chain(did) {
            let (one, other) = (stands_for(&mut links, n), stands_for(&mut links, other));
            links[one.max(other)] = one.min(other);
        }
    }
    (0..all.len()).map(|n| stands_for(&mut links, n)).collect()
}

/// What is erased of a message: by a finding of each addressee's own, where there are several, and last by one that all are
/// told whom it concerns.
fn parts_of(
    n: usize,
    (message, dialogue): (MessageId, &Dialogue),
    began: &BTreeMap<u64, usize>,
) -> Vec<ErasurePart> {
    let of_it = |entry: &u64| began.get(entry).is_none_or(|other| *other == n);
    let mut all: Vec<u64> = dialogue.entries.iter().copied().filter(of_it).collect();
    let mut parts = Vec::new();
    for (party, exchange) in &dialogue.exchanges {
        let own: Vec<u64> = exchange.entries.iter().copied().filter(of_it).collect();
        if dialogue.exchanges.len() == 1 {
            all.extend(own);
        } else if !own.is_empty() {
            let party = Some(party.clone());
            parts.push((ErasureSubject::Message { message, party }, own));
        }
    }
    all.sort_unstable();
    parts.push((ErasureSubject::Message { message, party: None }, all));
    parts
}

impl Ledger {
    /// Whether it tells by cells of a place that is still declared: the disclosure stands in that declaration.
    fn tells_of_what_is_known(&self, dialogue: &Dialogue) -> bool {
        let follows = dialogue.by_cell.as_ref().and_then(|told| self.dialogues.get(&told.of));
        match follows.and_then(|of| place(&of.message)) {
            Some(Value::Reference(of)) => self.declarations.contains_key(&DeclarationId(hash(of))),
            _ => false,
        }
    }

    /// The messages that one did something to or speaks of, as far as they are known here.
    pub(super) fn acted_on(&self, message: MessageId) -> Vec<MessageId> {
        let Some(dialogue) = self.dialogues.get(&message) else { return Vec::new() };
        let follows = dialogue.by_cell.as_ref().map(|told| told.of);
        let mut all: Vec<MessageId> = dialogue.spoken_of().into_iter().chain(follows).collect();
        // What it reported done, passed on or over is named by no name of a message.
        if dialogue.is_report()
            && let Some(begun) = dialogue.entries.first()
        {
            let by_it = |other: &Dialogue| other.all_entries().any(|entry| entry == *begun);
            let others =
                self.dialogues.iter().filter(|(id, other)| **id != message && by_it(other));
            all.extend(others.map(|(id, _)| *id));
        }
        all
    }

    /// Forgets a message, or with an addressee alone nothing yet; whoever was given what is erased is told.
    pub(super) fn forget_message(&mut self, id: MessageId, party: Option<&PartyId>) -> Effects {
        let mut effects = Effects::default();
        let Some(dialogue) = self.dialogues.get(&id) else { return effects };
        effects.readers.insert(dialogue.sender.clone());
        let told = dialogue.exchanges.keys().filter(|to| party.is_none_or(|party| party == *to));
        effects.readers.extend(told.cloned());
        // What was done to one that went to the next level the watch desk has as well, and so has who was it then.
        if self.escalated.contains(&id) || dialogue.acts_on_another() {
            effects.readers.extend(self.host().cloned());
            let begun = dialogue.entries.first().copied().unwrap_or_default();
            let former = self.former.iter().filter(|former| former.until > begun);
            effects.readers.extend(former.map(|former| former.host.party.clone()));
        }
        if party.is_none() {
            effects.changed.extend(dialogue.changed(id));
            self.dialogues.remove(&id);
            self.escalated.remove(&id);
            self.note_open(id);
        }
        effects
    }
}

impl Dialogue {
    /// Whether it did something to another message, by its code.
    fn acts_on_another(&self) -> bool {
        let effect = self.code().row().effect;
        self.is_report()
            || matches!(
                effect,
                Effect::Cancels | Effect::Corrects | Effect::BreaksPromise | Effect::AsksRelay
            )
    }
}
