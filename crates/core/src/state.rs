//! The state of a space: the ledger, and what finds things in it.

use crate::apply::Effects;
use crate::entry::{Entry, Finding, What};
use crate::finder::{Finder, Judging};
use crate::ledger::{Ledger, ParticipationState};
use crate::names::{ConflictId, DeclarationId, PartyId};
use crate::subject::Subject;
use crate::tick::Agenda;
use crate::time::Time;

/// The fold of a record's entries, ready to decide about the next one.
#[derive(Debug, Default)]
pub struct State {
    ledger: Ledger,
    /// `None` before the space begins.
    finder: Option<Finder>,
    agenda: Agenda,
}

impl State {
    /// The state that a ledger stands for.
    pub fn new(ledger: Ledger) -> State {
        let mut state = State { ledger, finder: None, agenda: Agenda::default() };
        state.rebuild();
        state
    }

    /// What has been folded.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    pub(crate) fn finder(&self) -> Option<&Finder> {
        self.finder.as_ref()
    }

    pub(crate) fn agenda(&self) -> &Agenda {
        &self.agenda
    }

    /// Folds the next entry in; who may read what from here on.
    pub fn apply(&mut self, entry: &Entry) -> Effects {
        let index = self.ledger.size;
        let effects = self.ledger.apply(index, index, entry);
        match Subject::of(entry) {
            Subject::Rules => self.rebuild(),
            Subject::Declaration(id) => self.note_declaration(id),
            Subject::Conflict(id) => self.note_conflict(id),
            Subject::Interest(party, id) => {
                if let Some(finder) = &mut self.finder {
                    let interest = self.ledger.interests.get(&party).and_then(|own| own.get(&id));
                    finder.set_interest(&party, &id, interest);
                }
            }
            Subject::Parties | Subject::Nothing => {}
        }
        effects
    }

    fn note_declaration(&mut self, id: DeclarationId) {
        let Some(declaration) = self.ledger.declarations.get(&id) else { return };
        if let Some(finder) = &mut self.finder {
            finder.place(id, declaration);
        }
        self.agenda.note_site(id, declaration);
    }

    fn note_conflict(&mut self, id: ConflictId) {
        let Some(conflict) = self.ledger.conflicts.get(&id) else { return };
        if let Some(finder) = &mut self.finder {
            finder.note(id, conflict.closed.is_none(), conflict.between);
        }
        let rules = self.ledger.charter.as_ref().map(|charter| &charter.rules);
        self.agenda.note_conflict(id, conflict, rules);
    }

    /// Folds a finding in that is to stand in the record later, to see what follows from it.
    pub(crate) fn fold(&mut self, finding: &Finding, now: Time) {
        self.apply(&Entry { at: now, what: What::Found(finding.clone()) });
    }

    fn rebuild(&mut self) {
        let rules = self.ledger.charter.as_ref().map(|charter| &charter.rules);
        self.finder = rules.and_then(Judging::by).map(|by| Finder::new(&self.ledger, by));
        self.agenda = Agenda::new(&self.ledger);
    }

    /// Whether a party has joined and neither pauses nor left.
    pub(crate) fn takes_part(&self, party: &PartyId) -> bool {
        self.ledger
            .parties
            .get(party)
            .is_some_and(|p| p.participation_state() == ParticipationState::Joined)
    }
}
