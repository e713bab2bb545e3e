//! What of a ledger a party is entitled to.

use crate::channel::Exchange;
use crate::entry::{Entry, Side, What};
use crate::ledger::{Condition, Earlier, Key, Ledger, VersionDisclosure};
use crate::names::{ConflictId, DeclarationId, MessageId, OverlayId, PartyId};
use crate::shared::{Joint, change_where, retain};
use crate::subject::Subject;
use crate::waiting::WaitingComparisons;

impl Ledger {
    /// What of this ledger a party is entitled to: what its desk has when it folds what it was given.
    #[must_use]
    pub fn project(&self, party: &PartyId) -> Ledger {
        let mut view = self.clone();
        view.project_to(party);
        view
    }

    /// Forgets what a party is not entitled to.
    pub fn project_to(&mut self, party: &PartyId) {
        let declarations: Vec<DeclarationId> = self.declarations.keys().copied().collect();
        declarations.into_iter().for_each(|id| self.project_declaration(party, id));
        let conflicts: Vec<ConflictId> = self.conflicts.keys().copied().collect();
        conflicts.into_iter().for_each(|id| self.project_conflict(party, id));
        let overlays: Vec<OverlayId> = self.overlays.keys().copied().collect();
        overlays.into_iter().for_each(|id| self.project_overlay(party, id));
        let dialogues: Vec<MessageId> = self.dialogues.keys().copied().collect();
        dialogues.into_iter().for_each(|id| self.project_dialogue(party, id));
        let foreign = |key: &Key| key.party != *party && key.has_chain();
        change_where(&mut self.keys, foreign, |_, key| key.forget_chain());
        self.project_rest(party);
    }

    /// The same as [`Ledger::project_to`], for a ledger that was projected before these entries were folded,
    /// in the time that these entries take: they are those of one cause, and all of it.
    pub fn project_after<'a>(
        &mut self,
        party: &PartyId,
        entries: impl IntoIterator<Item = &'a Entry>,
    ) {
        for entry in entries {
            match Subject::of(entry) {
                // Perhaps who may see what.
                Subject::Rules | Subject::Parties => return self.project_to(party),
                Subject::Declaration(id) => self.project_declaration(party, id),
                Subject::Conflict(id) => self.project_conflict(party, id),
                Subject::Overlay(id) => self.project_overlay(party, id),
                Subject::Message(id) => self.project_dialogues(party, id),
                Subject::Interest(..) | Subject::Nothing => {}
            }
            if let What::Accepted(statement) | What::Refused(statement, _) = &entry.what
                && let Some(key) = self.keys.get_mut(&statement.key)
                && key.party != *party
            {
                key.get_mut().forget_chain();
            }
        }
        // What is not sealed yet is what these entries disclosed.
        for VersionDisclosure { declaration, .. } in &self.unsealed {
            if let Some(declaration) = self.declarations.get_mut(declaration)
                && !declaration.disclosed.is_empty()
            {
                declaration.get_mut().disclosed.clear();
            }
        }
        self.project_rest(party);
    }

    fn project_rest(&mut self, party: &PartyId) {
        retain(&mut self.interests, |whose, _| whose == party);
        retain(&mut self.probing, |whose, _| whose == party);
        if self.host() != Some(party) {
            retain(&mut self.shelves, |whose, _| whose == party);
        }
        self.unsealed.clear();
        if self.host() != Some(party) {
            self.escalated.clear();
        }
        // What is still to be compared is the host's to know; that something is, `comparing` tells.
        (self.comparisons, self.follows) = (WaitingComparisons::default(), None);
        (self.size, self.now) = (0, None);
    }

    fn project_declaration(&mut self, party: &PartyId, id: DeclarationId) {
        let Some(declaration) = self.declarations.get(&id) else { return };
        let visible = self.sees(party, declaration);
        let foreign = declaration.owner != *party;
        if foreign && let Some(handle) = declaration.handle {
            self.handles.remove(&handle);
        }
        if !visible {
            self.declarations.remove(&id);
        } else if let Some(declaration) = self.declarations.get_mut(&id) {
            // What bears nothing of that is not copied.
            let hosts = declaration.past.iter().any(|earlier| !earlier.disclosed.is_empty())
                || !declaration.disclosed.is_empty()
                || !declaration.statements.is_empty();
            let owners = !declaration.past.is_empty() || declaration.handle.is_some();
            let owners = owners || declaration.units_not_told().is_some();
            let bears = hosts || (foreign && owners);
            if !bears {
                return;
            }
            let declaration = declaration.get_mut();
            if foreign {
                declaration.past.clear();
                declaration.handle = None;
                if let Condition::Movement { units_not_told, .. } = &mut declaration.condition {
                    *units_not_told = None;
                }
            }
            // To whom else it was given is the host's to know.
            let told = |earlier: &Joint<Earlier>| !earlier.disclosed.is_empty();
            let past = declaration.past.iter().enumerate();
            let told = past.filter(|(_, earlier)| told(earlier)).map(|(nth, _)| nth);
            for nth in told.collect::<Vec<usize>>() {
                declaration.past[nth].get_mut().disclosed.clear();
            }
            declaration.disclosed.clear();
            declaration.statements.clear();
        }
    }

    fn project_conflict(&mut self, party: &PartyId, id: ConflictId) {
        let watches = self.host() == Some(party);
        let Some(conflict) = self.conflicts.get_mut(&id) else { return };
        if !watches && !conflict.concerns(party) {
            self.conflicts.remove(&id);
            return;
        }
        if let Some(between) = known_to(party, &conflict.sides, conflict.between) {
            conflict.get_mut().between = between;
        }
    }

    fn project_overlay(&mut self, party: &PartyId, id: OverlayId) {
        let watches = self.host() == Some(party);
        let Some(overlay) = self.overlays.get_mut(&id) else { return };
        if !watches && !overlay.concerns(party) {
            self.overlays.remove(&id);
            return;
        }
        if let Some(between) = known_to(party, &overlay.sides, overlay.between) {
            overlay.get_mut().between = between;
        }
    }
}

impl Ledger {
    /// A message, and those that it may change: of which it may report, of which it speaks, and which ask that one of these
    /// be passed on.
    fn project_dialogues(&mut self, party: &PartyId, id: MessageId) {
        // Before the message itself goes: a party may be shown it for the sake of one message, and be an addressee of another.
        let reports = self.dialogues.get(&id).is_some_and(|dialogue| dialogue.is_report());
        let spoken_of = |id: MessageId| self.dialogues.get(&id)?.spoken_of();
        let first = spoken_of(id);
        let all: Vec<MessageId> = first.into_iter().chain(first.and_then(spoken_of)).collect();
        let is_of = |id: &MessageId| reports || spoken_of(*id).is_some_and(|of| all.contains(&of));
        let changed: Vec<MessageId> = self.reported_on.iter().copied().filter(is_of).collect();
        self.project_dialogue(party, id);
        all.into_iter().chain(changed).for_each(|id| self.project_dialogue(party, id));
    }

    /// A message is known to its sender and its addressees, each of whom knows of the others' part no more than that it
    /// went to them; and to the watch desk, where it is none of these, wholly once it went to the next level, or another one that
    /// speaks of it.
    fn project_dialogue(&mut self, party: &PartyId, id: MessageId) {
        let watches = self.host() == Some(party) && self.escalated.contains(&id);
        let Some(dialogue) = self.dialogues.get_mut(&id) else { return };
        if !dialogue.concerns(party) {
            if watches {
                return;
            }
            self.dialogues.remove(&id);
            self.note_open(id);
            return;
        }
        let others = |whose: &PartyId, exchange: &Exchange| {
            whose != party && *exchange != Exchange::default()
        };
        if dialogue.sender != *party
            && dialogue.exchanges.iter().any(|(whose, exchange)| others(whose, exchange))
        {
            for (whose, exchange) in &mut dialogue.get_mut().exchanges {
                if whose != party {
                    *exchange = Exchange::default();
                }
            }
            self.note_open(id);
        }
    }
}

impl Key {
    fn has_chain(&self) -> bool {
        (self.seq, self.last, self.last_entry) != (0, None, None)
    }

    /// How far another party's key has come is not told.
    fn forget_chain(&mut self) {
        (self.seq, self.last, self.last_entry) = (0, None, None);
    }
}

/// Which declarations two sides are as far as a party may know: its own, and those that it is told of by name;
/// `None`: these.
fn known_to(
    party: &PartyId,
    sides: &[Side; 2],
    between: [Option<DeclarationId>; 2],
) -> Option<[Option<DeclarationId>; 2]> {
    let may_know = |nth: usize| {
        let side: &Side = &sides[nth];
        if side.party == *party { between[nth] } else { side.declaration }
    };
    let known = [0, 1].map(may_know);
    (known != between).then_some(known)
}
