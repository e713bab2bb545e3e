//! The state of a space: the ledger, and what finds things in it.

use crate::apply::Effects;
use crate::entry::{Entry, Finding, What};
use crate::finder::{Finder, Judging};
use crate::ledger::{Ledger, Taking};
use crate::names::{ConflictId, DeclarationId, InterestId, PartyId};
use crate::say::Say;
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

/// What an entry may have changed.
#[derive(Default)]
struct Changed {
    rules: bool,
    declaration: Option<DeclarationId>,
    interest: Option<(PartyId, InterestId)>,
    conflict: Option<ConflictId>,
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
        let changed = changed(entry);
        if changed.rules {
            self.rebuild();
            return effects;
        }
        if let Some((id, declaration)) =
            changed.declaration.and_then(|id| Some((id, self.ledger.declarations.get(&id)?)))
        {
            if let Some(finder) = &mut self.finder {
                finder.place(id, declaration);
            }
            self.agenda.note_site(id, declaration);
        }
        if let (Some((party, id)), Some(finder)) = (&changed.interest, &mut self.finder) {
            let interest = self.ledger.interests.get(party).and_then(|own| own.get(id));
            finder.set_interest(party, id, interest);
        }
        if let Some((id, conflict)) =
            changed.conflict.and_then(|id| Some((id, self.ledger.conflicts.get(&id)?)))
        {
            if let Some(finder) = &mut self.finder {
                finder.note(id, conflict.closed.is_none(), conflict.between);
            }
            let rules = self.ledger.charter.as_ref().map(|charter| &charter.rules);
            self.agenda.note_conflict(id, conflict, rules);
        }
        effects
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
        self.ledger.parties.get(party).is_some_and(|p| p.taking() == Taking::Joined)
    }
}

/// What an entry may change of what is found quickly.
fn changed(entry: &Entry) -> Changed {
    match &entry.what {
        What::Refused(..) => Changed::default(),
        What::Accepted(statement) => {
            said(&statement.party, DeclarationId(statement.hash), &statement.say)
        }
        What::Found(finding) => found(finding),
    }
}

fn said(party: &PartyId, begun: DeclarationId, say: &Say) -> Changed {
    let declaration = match say {
        Say::EnterFor { party, said: inner, .. } => return said(party, begun, inner),
        Say::Attest { said: inner, .. } => return said(party, begun, inner),
        Say::Declare { .. } => Some(begun),
        Say::Amend { declaration, .. }
        | Say::Share { declaration, .. }
        | Say::End { declaration, .. } => Some(*declaration),
        Say::SetState { operation, .. } => Some(*operation),
        Say::Reconfirm { site, .. } => Some(*site),
        _ => None,
    };
    let interest = match say {
        Say::SetInterest { interest, .. } | Say::DropInterest { interest } => {
            Some((party.clone(), interest.clone()))
        }
        _ => None,
    };
    let conflict = match say {
        Say::Own { conflict }
        | Say::Noticed { conflict }
        | Say::Contact { conflict, .. }
        | Say::AcceptRisk { conflict, .. } => Some(*conflict),
        _ => None,
    };
    let rules = matches!(say, Say::Found { .. } | Say::AmendCharter { .. });
    Changed { rules, declaration, interest, conflict }
}

fn found(finding: &Finding) -> Changed {
    let conflict = match finding {
        Finding::ConflictOpened { conflict, .. }
        | Finding::ConflictChanged { conflict, .. }
        | Finding::ConflictResolved { conflict, .. }
        | Finding::ConflictExpired { conflict }
        | Finding::ContactOverdue { conflict } => Some(*conflict),
        _ => None,
    };
    let declaration = match finding {
        Finding::SiteLapsed { site } => Some(*site),
        _ => None,
    };
    Changed { conflict, declaration, ..Changed::default() }
}
