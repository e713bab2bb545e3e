//! Sounds that operators have shelved for a while.
//!
//! A shelf silences for its operator what had already sounded when it was said, and nothing that came of the same object
//! later. It ends by itself: its end stands in it.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_record::{Hash, KeyId};
use deconflict_vocabulary::Value;
use serde::{Deserialize, Serialize};

use super::Ledger;
use crate::channel::{Dialogue, hash, named_messages};
use crate::names::{ConflictId, DeclarationId, MessageId, OperatorId, PartyId};
use crate::time::Time;

/// For how long a sound is shelved at the most, and for how long nothing sounds however shelves are put together, seconds.
pub const LONGEST_SHELF_S: i64 = 900;

/// How much later than the desk's own clock a shelf may begin and cover something, seconds: one that begins later shows that
/// this clock is behind the host's, by which its end would come too late.
const CLOCKS_APART_S: i64 = 5;

/// How many shelves an operator may have at once, with those that have ended and count: more is no longer the sound of one
/// thing.
pub(crate) const MOST_SHELVES: usize = 32;

/// The sound of what is shelved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShelfObject {
    /// A message and what came of it.
    Message(MessageId),
    /// The messages from and to the operator's party that name a declaration.
    Declaration(DeclarationId),
    /// Those that name a conflict.
    Conflict(ConflictId),
}

/// The sound of one object, shelved by one operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shelf {
    /// Of what.
    pub of: ShelfObject,
    /// By which key: it is for the operator who has it, and for nobody else.
    pub key: KeyId,
    /// When it was said.
    pub at: Time,
    /// Until when: at most [`LONGEST_SHELF_S`] later.
    pub until: Time,
    /// By which entry: what a later one tells sounds.
    pub entry: u64,
}

impl Ledger {
    /// The shelves of a party that have not ended at `now`, with the operator of each; the first that was said first.
    pub fn shelves_of(
        &self,
        party: &PartyId,
        now: Time,
    ) -> impl Iterator<Item = (&OperatorId, &Shelf)> {
        let all = self.shelves.get(party).into_iter().flatten();
        all.filter(move |shelf| shelf.until > now)
            .filter_map(|shelf| Some((self.shelved_by(shelf)?, shelf)))
    }

    /// Whose shelf it is; nobody's whose key was revoked since.
    fn shelved_by(&self, shelf: &Shelf) -> Option<&OperatorId> {
        let key = self.keys.get(&shelf.key).filter(|key| key.revoked.is_none())?;
        key.operator.as_ref().map(|operator| &operator.id)
    }

    /// Which operators of a party have shelved the sound of a message, and until when each.
    ///
    /// A shelf covers what stood when it was said: a message that came later, a correction, an answer, a time that ran
    /// out, a rise of its urgency or a step to the next level sounds, what falls due next also where no host tells of it. Nothing that says that somebody is being hit is ever covered, and
    /// nothing for longer than [`LONGEST_SHELF_S`] on end, however many shelves follow one another.
    pub fn shelved(&self, party: &PartyId, id: MessageId, now: Time) -> BTreeMap<OperatorId, Time> {
        let Some(dialogue) = self.dialogues.get(&id) else { return BTreeMap::new() };
        let covers = |shelf: &Shelf| self.covers(party, shelf, (id, dialogue));
        let mut stretches = self.stretches(party, now, covers);
        if stretches.is_empty() || self.is_of_incident(id) {
            return BTreeMap::new();
        }
        let due = dialogue.due().map(|(at, ..)| at);
        for (from, until) in stretches.values_mut() {
            if let Some(due) = due.filter(|due| *due > *from) {
                *until = due.min(*until);
            }
        }
        silent(stretches, now)
    }

    /// Which operators of a party have shelved the sound of an overlap itself, and until when each: what stood when that
    /// was said. A change of it, and a rise of its urgency, sounds.
    pub fn shelved_overlap(
        &self,
        party: &PartyId,
        id: ConflictId,
        now: Time,
    ) -> BTreeMap<OperatorId, Time> {
        let Some(conflict) = self.conflicts.get(&id) else { return BTreeMap::new() };
        let covers = |shelf: &Shelf| {
            shelf.of == ShelfObject::Conflict(id)
                && conflict.entries.last().is_none_or(|last| *last < shelf.entry)
                && conflict.precedence(shelf.at) >= conflict.precedence(now)
        };
        silent(self.stretches(party, now, covers), now)
    }

    /// From when until when shelves that cover something, as they follow one another, silence it for each operator.
    fn stretches(
        &self,
        party: &PartyId,
        now: Time,
        covers: impl Fn(&Shelf) -> bool,
    ) -> BTreeMap<&OperatorId, (Time, Time)> {
        let own = self.shelves.get(party).into_iter().flatten();
        let has_begun = |shelf: &&Shelf| shelf.at <= now.after_seconds(CLOCKS_APART_S);
        let mut own: Vec<&Shelf> = own.filter(has_begun).filter(|shelf| covers(shelf)).collect();
        own.sort_by_key(|shelf| (shelf.at, shelf.entry));
        let mut stretches: BTreeMap<&OperatorId, (Time, Time)> = BTreeMap::new();
        for shelf in own {
            let Some(operator) = self.shelved_by(shelf) else { continue };
            let before = stretches.get(operator).copied();
            let stretch = match before.filter(|(_, until)| shelf.at <= *until) {
                Some((from, until)) => {
                    (from, until.max(shelf.until).min(from.after_seconds(LONGEST_SHELF_S)))
                }
                None => (shelf.at, shelf.until),
            };
            stretches.insert(operator, stretch);
        }
        stretches
    }

    fn covers(
        &self,
        party: &PartyId,
        shelf: &Shelf,
        (id, dialogue): (MessageId, &Dialogue),
    ) -> bool {
        let is_named = match shelf.of {
            ShelfObject::Message(of) => of == id,
            ShelfObject::Declaration(of) => dialogue.concerns(party) && names(dialogue, of.0),
            ShelfObject::Conflict(of) => dialogue.concerns(party) && names(dialogue, of.0),
        };
        is_named && dialogue.is_unchanged_since(shelf)
    }

    /// Whether a message says that somebody is being hit, or is about one that does, or about what is about it.
    pub fn is_of_incident(&self, id: MessageId) -> bool {
        let (mut next, mut seen) = (vec![id], BTreeSet::new());
        while let Some(id) = next.pop() {
            let Some(dialogue) = self.dialogues.get(&id).filter(|_| seen.insert(id)) else {
                continue;
            };
            if dialogue.opens_incident() {
                return true;
            }
            next.extend(named_messages(&dialogue.message));
        }
        false
    }

    /// The shelves of a party that still bear on what is silent at `now` or is shelved then, with the operator of each.
    pub(crate) fn lasting_shelves(
        &self,
        party: &PartyId,
        now: Time,
    ) -> impl Iterator<Item = (&OperatorId, &Shelf)> {
        let all = self.shelves.get(party);
        let lasting = all.map(|all| lasting(all.iter(), now)).unwrap_or_default();
        let all = all.into_iter().flatten().filter(move |shelf| lasting.contains(&shelf.entry));
        all.filter_map(|shelf| Some((self.shelved_by(shelf)?, shelf)))
    }
}

/// Which shelves of a party, by their entries, still bear on what is silent at `now` or is shelved then: those that have not
/// ended, and of those that have the ones that a later one went on from, which is of the same stretch then. What is kept so
/// is known from the entries that are kept alone, in whatever part and however late somebody is given them.
pub(crate) fn lasting<'s>(shelves: impl Iterator<Item = &'s Shelf>, now: Time) -> BTreeSet<u64> {
    let mut kept: Vec<&Shelf> = Vec::new();
    let mut all: Vec<&Shelf> = shelves.collect();
    all.sort_by_key(|shelf| shelf.entry);
    for shelf in all.into_iter().rev() {
        let goes_on = |later: &&Shelf| later.at <= shelf.until && later.of.may_cover_what(shelf.of);
        let counts = shelf.until.after_seconds(LONGEST_SHELF_S) > now;
        if counts && (shelf.until >= now || kept.iter().any(goes_on)) {
            kept.push(shelf);
        }
    }
    kept.into_iter().map(|shelf| shelf.entry).collect()
}

/// For whom it is silent at `now` still, and until when.
fn silent(stretches: BTreeMap<&OperatorId, (Time, Time)>, now: Time) -> BTreeMap<OperatorId, Time> {
    let last = stretches.into_iter().filter(|(_, (_, until))| *until > now);
    last.map(|(operator, (_, until))| (operator.clone(), until)).collect()
}

impl ShelfObject {
    /// Whether one message may be covered by both.
    fn may_cover_what(self, other: ShelfObject) -> bool {
        let is_message = |of| matches!(of, ShelfObject::Message(_));
        self == other || !is_message(self) || !is_message(other)
    }
}

impl Dialogue {
    /// Whether nothing that sounds came of it since it was shelved: it began before, was not corrected or ended, nothing
    /// fell due or went up, and nobody answered, so that what was promised or put off has a clock of its own.
    fn is_unchanged_since(&self, shelf: &Shelf) -> bool {
        let raised = self.exchanges.values().filter_map(|exchange| exchange.raised);
        let told = self.entries.last().copied().into_iter().chain(raised).max();
        let mut answers = self.exchanges.values().filter_map(|exchange| exchange.answers.last());
        told.is_some_and(|last| last < shelf.entry) && answers.all(|given| given.at < shelf.at)
    }
}

/// Whether a message names this.
fn names(dialogue: &Dialogue, of: Hash) -> bool {
    let is_it = |value: &Value| matches!(value, Value::Reference(named) if hash(named) == of);
    dialogue.message.parameters.values().any(is_it)
}
