//! What was filed and does not stand in the record yet.
//!
//! A statement is durable here before it is sent, and stays until it is seen in the record: sent or
//! not, killed or not. That it may have been sent is durable before it is: with the statement itself where it goes
//! out at once, else by itself. Its number is its place among those that wait; the next is greater than all of them.

mod awaits;
mod filing;
mod together;

use std::collections::{BTreeMap, BTreeSet};

use deconflict_api::{FilingOutcome, HostWait, PromiseOf, read_statement};
use deconflict_core::{MessageId, Refusal, Say};
use deconflict_proof::Chains;
use deconflict_record::{Hash, KeyId, SignedStatement, StatementId, UtcSecond};
use deconflict_store::{CopyChange, CopyView};
use serde::{Deserialize, Serialize};

pub(crate) use filing::overdue_file;
pub use filing::{Overdue, SendReport};
pub(crate) use together::StatementRun;

use crate::desk::Desk;
use crate::error::DeskError;
use crate::signing::words_of;

/// The most statements that wait at a time.
pub const MAX_WAITING: usize = 1_024;

/// A statement that does not stand in the record yet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueuedStatement {
    /// What names it; another one if it is signed anew.
    pub statement: Hash,
    /// The exact bytes of its envelope.
    pub envelope: String,
    /// Whether this desk made it, or carries it for another party.
    pub ours: bool,
    /// What became of it so far.
    pub fate: Fate,
    /// The host keeps it, and does not take it into the record yet: for whom it waits, as it said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<HostWait>,
    /// When it came here in a file, or, of this desk's own, first went out in one, by this desk's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_file: Option<UtcSecond>,
    /// Under which name the message stands in the record that it is about, where its author signed that anew: it goes
    /// to no message of this name, and is to be said to that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_as: Option<Hash>,
}

/// What became of a statement that does not stand in the record yet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fate {
    /// It is to be sent.
    Waiting {
        /// Whether it may have been sent before, without an answer: this is kept before it is sent.
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
    /// The host says that it will not have it, which it did not sign: it can still be logged.
    Refused {
        /// Its words.
        detail: String,
    },
}

/// What was filed, in its order.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Outbox {
    items: BTreeMap<u64, QueuedStatement>,
    /// The number of the next.
    next: u64,
}

/// One difference between the outbox and what is kept of it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum OutboxChange {
    /// This waits under a number: the bytes of a statement and of what became of it.
    Put(u64, Vec<u8>),
    /// Nothing waits under it any more.
    Remove(u64),
}

impl OutboxChange {
    pub(crate) fn write(&self, change: &CopyChange<'_>) -> Result<(), DeskError> {
        match self {
            OutboxChange::Put(number, bytes) => change.queue(*number, bytes)?,
            OutboxChange::Remove(number) => change.unqueue(*number)?,
        }
        Ok(())
    }
}

impl Outbox {
    pub(crate) fn read(records: &CopyView<'_>) -> Result<Outbox, DeskError> {
        let mut items = BTreeMap::new();
        for (number, bytes) in records.outbox()? {
            let item = serde_json::from_slice(&bytes).map_err(|error| {
                DeskError::damaged(format!("statement {number} of the queue: {error}"))
            })?;
            items.insert(number, item);
        }
        let next = items.last_key_value().map_or(0, |(last, _)| last + 1);
        Ok(Outbox { items, next })
    }

    /// By what this differs from what is kept.
    pub(crate) fn changes_since(&self, kept: &Outbox) -> Result<Vec<OutboxChange>, DeskError> {
        let mut changes = Vec::new();
        for (number, item) in &self.items {
            if kept.items.get(number) != Some(item) {
                let bytes = serde_json::to_vec(item).map_err(|error| {
                    DeskError::damaged(format!("statement {number} of the queue: {error}"))
                })?;
                changes.push(OutboxChange::Put(*number, bytes));
            }
        }
        let gone = kept.items.keys().filter(|number| !self.items.contains_key(number));
        changes.extend(gone.map(|number| OutboxChange::Remove(*number)));
        Ok(changes)
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = &QueuedStatement> {
        self.items.values()
    }

    pub(crate) fn numbers(&self) -> Vec<u64> {
        self.items.keys().copied().collect()
    }

    /// What waits from a number on, with its number.
    pub(crate) fn from(&self, number: u64) -> impl Iterator<Item = (u64, &QueuedStatement)> {
        self.items.range(number..).map(|(number, item)| (*number, item))
    }

    /// What became of one.
    fn has_fate(&mut self, number: u64, fate: Fate) {
        if let Some(item) = self.items.get_mut(&number) {
            item.fate = fate;
            if !matches!(item.fate, Fate::Waiting { .. }) {
                item.kept = None;
            }
        }
    }

    pub(crate) fn get(&self, number: u64) -> Option<&QueuedStatement> {
        self.items.get(&number)
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut QueuedStatement> {
        self.items.get_mut(&number)
    }

    pub(crate) fn push(&mut self, item: QueuedStatement) -> Result<(), DeskError> {
        if self.items.values().any(|kept| kept.statement == item.statement) {
            return Ok(());
        }
        if self.items.len() >= MAX_WAITING {
            return Err(DeskError::Refused(format!(
                "{MAX_WAITING} statements wait already: it was not filed; see to the line, or drop \
                 what is over"
            )));
        }
        self.items.insert(self.next, item);
        self.next += 1;
        Ok(())
    }

    /// Whether a promise is overdue at one reading of the record that was not at the reading before.
    pub(crate) fn is_overdue_since(&self, before: Option<UtcSecond>, now: UtcSecond) -> bool {
        self.items.values().any(|item| match &item.fate {
            Fate::Promised { deadline, .. } => {
                *deadline < now && before.is_none_or(|before| *deadline >= before)
            }
            _ => false,
        })
    }

    /// A statement stands in the record, and does not wait any more: whether it did.
    pub(crate) fn logged(&mut self, statement: &Hash) -> bool {
        let found = self.items.iter().find(|(_, item)| item.statement == *statement);
        let Some(number) = found.map(|(number, _)| *number) else { return false };
        self.remove(number);
        true
    }

    /// Where each waits, by its key and what names what it says, however often it is signed.
    pub(crate) fn intentions(&self) -> BTreeMap<(KeyId, StatementId), Vec<u64>> {
        let mut all: BTreeMap<_, Vec<u64>> = BTreeMap::new();
        for (number, item) in &self.items {
            let Some(statement) = item.read() else { continue };
            let header = statement.claimed_header();
            all.entry((header.key, header.id)).or_default().push(*number);
        }
        all
    }

    /// These of this desk's first went out in a file, if they had not before.
    pub(crate) fn went_by_file(&mut self, which: &[Hash], now: UtcSecond) {
        let ours = |item: &&mut QueuedStatement| item.ours && which.contains(&item.statement);
        self.items.values_mut().filter(ours).for_each(|item| {
            item.by_file.get_or_insert(now);
        });
    }

    /// A message stands in the record under another name than the one that statements of this desk are about.
    pub(crate) fn stands_anew(&mut self, before: MessageId, anew: Hash) {
        let about = |item: &&mut QueuedStatement| item.ours && item.about() == Some(before);
        self.items.values_mut().filter(about).for_each(|item| item.stands_as = Some(anew));
    }

    pub(crate) fn remove(&mut self, number: u64) {
        self.items.remove(&number);
    }

    /// The number and predecessor of a key's next statement, after those of this desk before `until`
    /// in the queue (all, if `None`) that were or will be sent. Those that are `put_off` hold nothing up.
    pub(crate) fn link(
        &self,
        chains: &Chains,
        key: &KeyId,
        until: Option<u64>,
        put_off: &BTreeSet<Hash>,
    ) -> (u64, Option<Hash>) {
        let (seq, last) = chains.last(key);
        let mut link = (seq + 1, last);
        let before = self.items.iter().take_while(|(number, _)| Some(**number) != until);
        for (_, item) in before.filter(|(_, item)| item.ours) {
            let on_the_way = matches!(item.fate, Fate::Waiting { .. } | Fate::Promised { .. })
                && !put_off.contains(&item.statement);
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

impl Desk {
    fn set_fate(&mut self, number: u64, fate: Fate) -> Result<(), DeskError> {
        self.change_outbox(|outbox| {
            outbox.has_fate(number, fate);
            Ok(())
        })
    }

    /// Keeps that the host keeps a statement, or does not.
    fn set_kept(&mut self, number: u64, kept: Option<HostWait>) -> Result<(), DeskError> {
        self.change_outbox(|outbox| {
            if let Some(item) = outbox.get_mut(number) {
                item.kept = kept;
            }
            Ok(())
        })
    }

    /// Changes the queue, durably or not at all.
    pub(crate) fn change_outbox(
        &mut self,
        change: impl FnOnce(&mut Outbox) -> Result<(), DeskError>,
    ) -> Result<(), DeskError> {
        let mut outbox = self.outbox.clone();
        change(&mut outbox)?;
        self.copy.write_outbox(&outbox.changes_since(&self.outbox)?)?;
        self.outbox = outbox;
        Ok(())
    }
}

impl QueuedStatement {
    pub(crate) fn new(statement: &SignedStatement, ours: bool) -> QueuedStatement {
        QueuedStatement {
            statement: statement.hash(),
            envelope: String::from_utf8_lossy(&statement.envelope().encode()).into_owned(),
            ours,
            fate: Fate::Waiting { tried: false },
            kept: None,
            by_file: None,
            stands_as: None,
        }
    }

    /// The key that it claims to be signed with.
    pub fn key(&self) -> Option<KeyId> {
        self.read().map(|statement| statement.claimed_header().key)
    }

    /// The party that it claims to be signed for.
    pub fn author(&self) -> Option<String> {
        self.read().map(|statement| statement.claimed_header().party.clone())
    }

    /// Whether it says what stands in the record as it was signed before, and nobody has promised that it does: a
    /// promise that is not kept is told.
    pub(crate) fn is_unanswered_as(&self, said: Option<Hash>) -> bool {
        !matches!(self.fate, Fate::Promised { .. })
            && said.is_some()
            && self.read().map(|statement| words_of(&statement)) == said
    }

    /// The number that it claims among its key's statements.
    pub fn number(&self) -> Option<u64> {
        self.read().map(|statement| statement.claimed_header().seq)
    }

    /// After when it may be logged, and takes no effect.
    pub fn valid_until(&self) -> Option<UtcSecond> {
        self.read().and_then(|statement| statement.claimed_header().valid_until)
    }

    /// What it says.
    pub fn said(&self) -> Option<Say> {
        read_statement(&self.read()?).ok().map(|statement| statement.say)
    }

    pub(crate) fn read(&self) -> Option<SignedStatement> {
        SignedStatement::parse(self.envelope.as_bytes()).ok()
    }
}
