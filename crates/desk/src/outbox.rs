//! What was filed and does not stand in the record yet.
//!
//! A statement is durable here before it is sent, and stays until it is seen in the record: sent or
//! not, killed or not. The marks are few and used again, since the store never forgets a name.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_api::{FilingOutcome, PromiseOf};
use deconflict_core::Refusal;
use deconflict_proof::Chains;
use deconflict_record::{Hash, KeyId, SignedStatement, UtcSecond};
use deconflict_store::{Mark, View};
use serde::{Deserialize, Serialize};

use crate::error::DeskError;
use crate::layout::{mark, read_mark};

/// The most statements that wait at a time.
pub const MAX_WAITING: usize = 1_024;

/// A statement that does not stand in the record yet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queued {
    /// What names it; another one if it is signed anew.
    pub statement: Hash,
    /// The exact bytes of its envelope.
    pub envelope: String,
    /// Whether this desk made it, or carries it for another party.
    pub ours: bool,
    /// What became of it so far.
    pub fate: Fate,
}

/// What became of a statement that does not stand in the record yet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fate {
    /// It is to be sent.
    Waiting {
        /// Whether it was sent before, without an answer.
        tried: bool,
    },
    /// The host promised that it stands in the record by the deadline.
    Promised {
        /// Where, by the host's word.
        index: u64,
        /// Whether it takes effect.
        outcome: FilingOutcome,
        /// Why not.
        refusal: Option<Refusal>,
        /// The promise.
        promise: PromiseOf,
        /// By when.
        deadline: UtcSecond,
    },
    /// Not sent: too late.
    TooLate {
        /// It was sent once without an answer: if it arrived, the record will tell.
        tried: bool,
    },
    /// The host will not have it.
    Refused {
        /// Its words.
        detail: String,
    },
}

/// What was filed, in its order.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Outbox {
    order: Vec<u16>,
    items: BTreeMap<u16, Queued>,
}

impl Outbox {
    pub(crate) fn read(view: &View<'_>) -> Result<Outbox, DeskError> {
        let order: Vec<u16> = read_mark(view, "outbox")?.unwrap_or_default();
        let mut items = BTreeMap::new();
        for slot in &order {
            let item: Option<Queued> = read_mark(view, &name(*slot))?;
            let missing =
                || DeskError::damaged(format!("statement {slot} of the queue is missing"));
            items.insert(*slot, item.ok_or_else(missing)?);
        }
        Ok(Outbox { order, items })
    }

    /// The marks by which this differs from what is kept.
    pub(crate) fn changes_since(&self, kept: &Outbox) -> Result<Vec<Mark>, DeskError> {
        let mut marks = Vec::new();
        for (slot, item) in &self.items {
            if kept.items.get(slot) != Some(item) {
                marks.push(mark(name(*slot), item)?);
            }
        }
        for slot in kept.items.keys().filter(|slot| !self.items.contains_key(slot)) {
            marks.push(Mark { name: name(*slot), bytes: Vec::new() });
        }
        if self.order != kept.order {
            marks.push(mark("outbox", &self.order)?);
        }
        Ok(marks)
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = &Queued> {
        self.order.iter().filter_map(|slot| self.items.get(slot))
    }

    pub(crate) fn slots(&self) -> Vec<u16> {
        self.order.clone()
    }

    pub(crate) fn get(&self, slot: u16) -> Option<&Queued> {
        self.items.get(&slot)
    }

    pub(crate) fn get_mut(&mut self, slot: u16) -> Option<&mut Queued> {
        self.items.get_mut(&slot)
    }

    pub(crate) fn push(&mut self, item: Queued) -> Result<(), DeskError> {
        if self.items.values().any(|kept| kept.statement == item.statement) {
            return Ok(());
        }
        let taken: BTreeSet<u16> = self.items.keys().copied().collect();
        let free = (0..MAX_WAITING as u16).find(|slot| !taken.contains(slot));
        let Some(slot) = free else {
            return Err(DeskError::Refused(format!(
                "{MAX_WAITING} statements wait already: it was not filed; see to the line, or drop \
                 what is over"
            )));
        };
        self.items.insert(slot, item);
        self.order.push(slot);
        Ok(())
    }

    /// A statement stands in the record: whether it waited here.
    pub(crate) fn logged(&mut self, statement: &Hash) -> bool {
        let found = self.items.iter().find(|(_, item)| item.statement == *statement);
        let Some(slot) = found.map(|(slot, _)| *slot) else { return false };
        self.remove(slot);
        true
    }

    pub(crate) fn remove(&mut self, slot: u16) {
        self.items.remove(&slot);
        self.order.retain(|kept| *kept != slot);
    }

    /// The number and predecessor of a key's next statement, after those of this desk before `until`
    /// in the queue (all, if `None`) that were or will be sent.
    pub(crate) fn link(
        &self,
        chains: &Chains,
        key: &KeyId,
        until: Option<u16>,
    ) -> (u64, Option<Hash>) {
        let (seq, last) = chains.last(key);
        let mut link = (seq + 1, last);
        for slot in self.order.iter().take_while(|slot| Some(**slot) != until) {
            let Some(item) = self.items.get(slot).filter(|item| item.ours) else { continue };
            let on_the_way = matches!(item.fate, Fate::Waiting { .. } | Fate::Promised { .. });
            if let Some(statement) = item.read().filter(|_| on_the_way) {
                let header = statement.claimed_header();
                if header.key == *key && header.seq >= link.0 {
                    link = (header.seq + 1, Some(item.statement));
                }
            }
        }
        link
    }
}

impl Queued {
    pub(crate) fn new(statement: &SignedStatement, ours: bool) -> Queued {
        Queued {
            statement: statement.hash(),
            envelope: String::from_utf8_lossy(&statement.envelope().encode()).into_owned(),
            ours,
            fate: Fate::Waiting { tried: false },
        }
    }

    /// The key that it claims to be signed with.
    pub fn key(&self) -> Option<KeyId> {
        self.read().map(|statement| statement.claimed_header().key)
    }

    pub(crate) fn read(&self) -> Option<SignedStatement> {
        SignedStatement::parse(self.envelope.as_bytes()).ok()
    }
}

fn name(slot: u16) -> String {
    format!("outbox/{slot}")
}
