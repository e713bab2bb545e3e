//! What an entry is about: what must be looked at anew when it is folded in.

use crate::entry::{Entry, Finding, What};
use crate::names::{ConflictId, DeclarationId, InterestId, PartyId};
use crate::say::Say;

/// What of a ledger an entry changes, beside the key that signed it, disclosures and counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Subject {
    /// The rules, and with them anything.
    Rules,
    /// Who takes part, with which keys and for whom.
    Parties,
    Declaration(DeclarationId),
    Conflict(ConflictId),
    Interest(PartyId, InterestId),
    /// None of these.
    Nothing,
}

impl Subject {
    pub(crate) fn of(entry: &Entry) -> Subject {
        match &entry.what {
            What::Refused(..) => Subject::Nothing,
            What::Accepted(statement) => {
                let begun = DeclarationId(statement.hash);
                said(&statement.party, begun, &statement.say)
            }
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

    /// Whether it changes by what rules and under whose keys later entries are judged: the charter, who
    /// takes part, keys, hosts. A ledger of these alone has all of those as the whole ledger has them, but
    /// for how far each key has come.
    pub fn governs(&self) -> bool {
        matches!(Subject::of(self), Subject::Rules | Subject::Parties)
    }
}

fn said(by: &PartyId, begun: DeclarationId, say: &Say) -> Subject {
    match say {
        Say::EnterFor { party, said: inner, .. } => said(party, begun, inner),
        Say::Attest { said: inner, .. } => said(by, begun, inner),
        Say::Declare { .. } => Subject::Declaration(begun),
        Say::Amend { declaration, .. }
        | Say::Share { declaration, .. }
        | Say::End { declaration, .. } => Subject::Declaration(*declaration),
        Say::SetState { operation, .. } => Subject::Declaration(*operation),
        Say::Reconfirm { site, .. } => Subject::Declaration(*site),
        Say::Agree { zone, .. }
        | Say::Dispute { zone, .. }
        | Say::WithdrawAgreement { zone, .. } => Subject::Declaration(*zone),
        Say::SetInterest { interest, .. } | Say::DropInterest { interest } => {
            Subject::Interest(by.clone(), interest.clone())
        }
        Say::Own { conflict }
        | Say::Noticed { conflict }
        | Say::Contact { conflict, .. }
        | Say::AcceptRisk { conflict, .. } => Subject::Conflict(*conflict),
        Say::FoundSpace { .. } | Say::AmendCharter { .. } => Subject::Rules,
        Say::MoveHost { .. }
        | Say::Join { .. }
        | Say::Suspend { .. }
        | Say::Resume {}
        | Say::Withdraw { .. }
        | Say::Enrol { .. }
        | Say::Revoke { .. }
        | Say::RotateRoot { .. }
        | Say::SpeakFor { .. }
        | Say::StopSpeakingFor { .. }
        | Say::DisputeSpeaking { .. } => Subject::Parties,
    }
}

fn found(finding: &Finding) -> Subject {
    match finding {
        Finding::ConflictOpened { conflict, .. }
        | Finding::ConflictChanged { conflict, .. }
        | Finding::ConflictResolved { conflict, .. }
        | Finding::ConflictExpired { conflict }
        | Finding::ContactOverdue { conflict } => Subject::Conflict(*conflict),
        Finding::SiteLapsed { site } => Subject::Declaration(*site),
        Finding::InterestTouched { .. }
        | Finding::Probing { .. }
        | Finding::HeldByLeaver { .. }
        | Finding::ZoneOverlaps { .. }
        | Finding::Disclosures { .. }
        | Finding::Resumed { .. }
        | Finding::Erased { .. } => Subject::Nothing,
    }
}
