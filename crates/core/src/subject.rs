//! What an entry is about: what must be looked at anew when it is folded in.

use crate::entry::{Entry, ErasureSubject, Finding, What};
use crate::names::{ConflictId, DeclarationId, InterestId, MessageId, OverlayId, PartyId};
use crate::say::Statement;
use crate::statements::{Through, Topic};

/// What of a ledger an entry changes, beside the key that signed it, disclosures and counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Subject {
    /// The rules, and with them anything.
    Rules,
    /// Who takes part, with which keys and for whom.
    Parties,
    Declaration(DeclarationId),
    Conflict(ConflictId),
    Overlay(OverlayId),
    Message(MessageId),
    Interest(PartyId, InterestId),
    /// None of these.
    Nothing,
}

impl Subject {
    pub(crate) fn of(entry: &Entry) -> Subject {
        match &entry.what {
            What::Refused(..) => Subject::Nothing,
            What::Accepted(statement) => said(statement),
            What::Found(finding) => found(finding),
        }
    }
}

impl Entry {
    /// The declaration that a statement is about, if it was accepted and is about one: what is erased with
    /// it.
    pub fn said_of(&self) -> Option<DeclarationId> {
        match (&self.what, Subject::of(self)) {
            (What::Accepted(_), Subject::Declaration(id)) => Some(id),
            _ => None,
        }
    }

    /// Whether it says something of this, if it has effect: what is erased with it.
    pub fn tells_of(&self, of: &ErasureSubject) -> bool {
        match of {
            ErasureSubject::Declaration(id) => self.said_of() == Some(*id),
            ErasureSubject::Message { message, .. } => {
                Subject::of(self) == Subject::Message(*message)
            }
        }
    }

    /// Whether it changes by what rules and under whose keys later entries are judged: the charter, who
    /// takes part, keys, hosts. A ledger of these alone has all of those as the whole ledger has them, but
    /// for how far each key has come.
    pub fn governs(&self) -> bool {
        matches!(Subject::of(self), Subject::Rules | Subject::Parties)
    }
}

fn said(statement: &Statement) -> Subject {
    let (mut party, mut say) = (&statement.party, &statement.say);
    while let Through::PassesOn { party: speaker, said } = say.rules().through {
        (party, say) = (speaker.unwrap_or(party), said);
    }
    match say.rules().topic {
        Topic::Rules => Subject::Rules,
        Topic::Parties => Subject::Parties,
        Topic::NewDeclaration => Subject::Declaration(DeclarationId(statement.hash)),
        Topic::Declaration(id) => Subject::Declaration(id),
        Topic::Conflict(id) => Subject::Conflict(id),
        Topic::NewMessage => Subject::Message(MessageId(statement.hash)),
        Topic::Message(id) => Subject::Message(id),
        Topic::Interest(id) => Subject::Interest(party.clone(), id.clone()),
        // What passes on nothing has a topic of its own. Nothing is found by what is shelved.
        Topic::PassedOn | Topic::Shelf | Topic::Nothing => Subject::Nothing,
    }
}

fn found(finding: &Finding) -> Subject {
    match finding {
        Finding::ConflictOpened { conflict, .. }
        | Finding::ConflictChanged { conflict, .. }
        | Finding::ConflictResolved { conflict, .. }
        | Finding::ConflictExpired { conflict }
        | Finding::ContactOverdue { conflict } => Subject::Conflict(*conflict),
        Finding::OverlayOpened { overlay, .. }
        | Finding::OverlayChanged { overlay, .. }
        | Finding::OverlayEnded { overlay, .. }
        | Finding::OverlayExpired { overlay } => Subject::Overlay(*overlay),
        Finding::CellNotice { notice: message, .. }
        | Finding::CellNoticeEnded { notice: message }
        | Finding::MovementOverdue { notice: message, .. }
        | Finding::MovementOverdueEnded { notice: message }
        | Finding::MessageLapse { message, .. } => Subject::Message(*message),
        Finding::SiteLapsed { site: id } | Finding::UnitsNotTold { movement: id, .. } => {
            Subject::Declaration(*id)
        }
        Finding::InterestTouched { .. }
        | Finding::Probing { .. }
        | Finding::HeldByLeaver { .. }
        | Finding::Disclosures { .. }
        | Finding::Comparing { .. }
        | Finding::Compared { .. }
        | Finding::Resumed { .. }
        | Finding::Erased { .. } => Subject::Nothing,
    }
}
