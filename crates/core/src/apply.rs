//! What an entry changes, and who may read it.
//!
//! Nothing is computed here that an entry could carry: no geometry, no clock. Whatever an entry
//! names that the ledger does not have is passed over, since a desk's ledger has only what its party
//! was given.

mod channel;
mod conflicts;
mod declarations;
mod findings;
mod governance;
mod notices;
mod shelves;

use std::collections::BTreeSet;

use imbl::Vector;

use crate::entry::{Entry, What};
use crate::ledger::{Conflict, Declaration, Ledger, Operator, Overlay};
use crate::names::{ConflictId, DeclarationId, MessageId, OverlayId, PartyId};
use crate::say::{Authority, Say, Statement};
use crate::time::Time;

/// Seconds in a day.
pub(crate) const DAY_S: i64 = 86_400;

/// Who may read what from an entry on.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Effects {
    /// The parties that may read the entry itself.
    pub readers: BTreeSet<PartyId>,
    /// Earlier entries that parties may read from now on, in the order in which they are to be
    /// folded.
    pub grants: Vec<(PartyId, Vector<u64>)>,
    /// In a host's ledger, which of [`Ledger::declarations`], [`Ledger::conflicts`], [`Ledger::overlays`] and
    /// [`Ledger::dialogues`] the entry began, changed or took away. One may be named twice.
    pub changed: Vec<ItemChange>,
}

/// A declaration, conflict, overlay or dialogue that an entry changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ItemChange {
    /// Which, by its name.
    pub item: Item,
    /// The entry that began it.
    pub begun: u64,
}

/// A declaration, a conflict, an overlay or a dialogue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Item {
    /// A declaration.
    Declaration(DeclarationId),
    /// A conflict.
    Conflict(ConflictId),
    /// An overlay.
    Overlay(OverlayId),
    /// A message and what came of it.
    Dialogue(MessageId),
}

/// What of a statement matters to what it says.
pub(crate) struct Utterance<'a> {
    pub(crate) index: u64,
    cause: u64,
    at: Time,
    pub(crate) party: &'a PartyId,
    pub(crate) authority: Authority,
    pub(crate) statement: &'a Statement,
}

impl Ledger {
    /// Passes over an entry whose content was erased: a later entry says that it was.
    pub fn skip(&mut self, index: u64) {
        self.size = self.size.max(index.saturating_add(1));
    }

    /// Folds one entry in. `index` is its place in the record; `cause` the place of the entry by which
    /// the reader was given it: the same, unless it was given later. The same entries give the same
    /// ledger.
    pub fn apply(&mut self, index: u64, cause: u64, entry: &Entry) -> Effects {
        self.size = self.size.max(index.saturating_add(1));
        self.now = Some(self.now.map_or(entry.at, |now| now.max(entry.at)));
        match &entry.what {
            What::Accepted(statement) => self.accepted(index, cause, entry.at, statement),
            What::Refused(statement, _) => {
                self.advance(index, statement);
                self.follows = None;
                Effects { readers: [statement.party.clone()].into(), ..Effects::default() }
            }
            What::Found(finding) => self.found(index, cause, entry.at, finding),
        }
    }

    fn accepted(&mut self, index: u64, cause: u64, at: Time, statement: &Statement) -> Effects {
        let (mut party, mut say) = (&statement.party, &statement.say);
        let mut authority = Authority::Signed {};
        loop {
            match say {
                Say::EnterFor { party: speaker, means, said } => {
                    authority = Authority::EnteredBy {
                        party: statement.party.clone(),
                        means: means.clone(),
                    };
                    (party, say) = (speaker, said);
                }
                Say::Attest { evidence, said } => {
                    authority = Authority::Attested { evidence: evidence.clone() };
                    say = said;
                }
                _ => break,
            }
        }
        let by = Utterance { index, cause, at, party, authority, statement };
        let scope = self.scope_of(&by, say);
        let mut effects = self.say(&by, say);
        self.follow(&by, scope);
        self.advance(index, statement);
        effects.readers.insert(statement.party.clone());
        effects
    }

    /// The statement is the last one of its key.
    fn advance(&mut self, index: u64, statement: &Statement) {
        let key = self.keys.get_mut(&statement.key);
        if let Some(key) = key.filter(|key| key.seq < statement.seq) {
            let key = key.get_mut();
            (key.seq, key.last) = (statement.seq, Some(statement.hash));
            key.last_entry = Some(index);
        }
    }

    fn say(&mut self, by: &Utterance<'_>, say: &Say) -> Effects {
        match say {
            Say::FoundSpace { charter } => self.found_space(by, charter),
            Say::AmendCharter { charter } => self.amend_charter(by, charter),
            Say::MoveHost { host, .. } => self.move_host(by, host),
            Say::Join { member } => self.join(by, member),
            Say::Suspend { reason } => self.suspend(by, reason),
            Say::Resume {} => self.resume(by),
            Say::Withdraw { reason } => self.withdraw(by, reason),
            Say::Enrol { operator, post, operator_key, role } => {
                let operator = Operator { id: operator.clone(), post: post.clone(), role: *role };
                self.enrol(by, operator, *operator_key)
            }
            Say::Revoke { operator_key, .. } => self.revoke(by, operator_key),
            Say::RotateRoot { root, next_root } => self.rotate_root(by, *root, *next_root),
            Say::ReplaceSuccessor { next_root } => self.replace_successor(by, *next_root),
            Say::SetRecipients { recipients } => self.set_recipients(by, recipients),
            Say::SpeakFor { group } => self.speak_for(by, group),
            Say::StopSpeakingFor { group } => self.stop_speaking_for(by, group),
            Say::DisputeSpeaking { party, group, text } => {
                self.dispute_speaking(by, party, group, text)
            }

            Say::Declare { declared, sharing, .. } => self.declare(by, declared, sharing),
            Say::Amend { declaration, declared, sharing, .. } => {
                self.amend(by, *declaration, declared, sharing)
            }
            Say::Share { declaration, sharing } => self.share(by, *declaration, sharing),
            Say::End { declaration, how } => self.end(by, *declaration, *how),
            Say::SetState { operation, state, .. } => self.set_state(by, *operation, *state),
            Say::Reconfirm { site, .. } => self.reconfirm(by, *site),
            Say::Agree { zone, .. } => self.agree(by, *zone),
            Say::Dispute { zone, point, own_text, .. } => self.dispute(by, *zone, point, own_text),
            Say::WithdrawAgreement { zone, reason, .. } => self.unsign(by, *zone, reason),

            Say::SetInterest { interest, area, kinds } => {
                self.set_interest(by, interest, area, kinds)
            }
            Say::DropInterest { interest } => self.drop_interest(by, interest),

            Say::Own { conflict } => self.own(by, conflict),
            Say::Noticed { conflict } => self.notice(by, conflict),
            Say::Contact { conflict, means } => self.contact(by, conflict, means),
            Say::AcceptRisk { conflict, .. } => self.accept_risk(by, conflict),
            Say::Send { message, to, traffic, remark } => {
                self.send(by, (message, to, *traffic, remark.as_ref()))
            }
            Say::Answer { message, answer } => self.answer(by, *message, answer),
            Say::Confirm { message, party } => self.confirm(by, *message, party),
            Say::Receive { message, receipt, shown_in } => {
                self.receive(by, *message, (*receipt, shown_in.as_ref()))
            }
            Say::Shelve { of, until } => self.shelve(by, *of, *until),
            // Its number is used, as any statement's is.
            Say::Void { .. } => Effects::default(),
            // Unwrapped by the caller.
            Say::EnterFor { .. } | Say::Attest { .. } => Effects::default(),
        }
    }
}

impl Declaration {
    /// The statement is one of those about it.
    fn note_statement(&mut self, by: &Utterance<'_>) {
        if by.index == by.cause {
            self.statements.push_back(by.index);
        }
    }

    /// That it changed, in a host's ledger.
    pub(crate) fn changed(&self, id: DeclarationId) -> Option<ItemChange> {
        self.begun().map(|begun| ItemChange { item: Item::Declaration(id), begun })
    }
}

impl Conflict {
    /// That it changed.
    pub(crate) fn changed(&self, id: ConflictId) -> Option<ItemChange> {
        let begun = self.entries.front()?;
        Some(ItemChange { item: Item::Conflict(id), begun: *begun })
    }
}

impl Overlay {
    /// That it changed.
    pub(crate) fn changed(&self, id: OverlayId) -> Option<ItemChange> {
        let begun = self.entries.front()?;
        Some(ItemChange { item: Item::Overlay(id), begun: *begun })
    }
}
