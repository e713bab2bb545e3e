//! An entry of the record as it is read, and what it is in codes.

use deconflict_api::Content;
use deconflict_core::{Coding, Finding, Ledger, PartyId, Say, Statement, What};
use deconflict_record::Hash;

/// An entry of the record, as a party was given it.
#[derive(Clone, Copy, Debug)]
pub struct EntryView<'a> {
    /// Its place in the record.
    pub index: u64,
    /// The entry that gave it to the party; itself where it was given at once.
    pub cause: u64,
    /// What the record commits to.
    pub commitment: Hash,
    /// What it says; `None`: it was erased.
    pub content: Option<&'a Content>,
}

/// What an entry is in codes, for filters and scripts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EntryDigest {
    /// The word for the statement or finding, or `erased`.
    pub kind: &'static str,
    /// `accepted`, `refused`, `found` or `erased`.
    pub outcome: &'static str,
    /// Whom it is by or about.
    pub parties: Vec<PartyId>,
}

impl EntryView<'_> {
    /// By which code of the vocabulary it stands, as far as this view tells; `None`: by none, or it was erased.
    pub fn coding(&self, view: &Ledger) -> Option<Coding> {
        self.content.and_then(|content| content.entry.coding(view))
    }

    /// What it is in codes.
    pub fn digest(&self) -> EntryDigest {
        let Some(content) = self.content else {
            return EntryDigest { kind: "erased", outcome: "erased", parties: Vec::new() };
        };
        match &content.entry.what {
            What::Accepted(said) => of_statement(said, "accepted"),
            What::Refused(said, _) => of_statement(said, "refused"),
            What::Found(finding) => {
                EntryDigest { kind: finding.word(), outcome: "found", parties: parties_of(finding) }
            }
        }
    }
}

fn of_statement(said: &Statement, outcome: &'static str) -> EntryDigest {
    let mut parties = vec![said.party.clone()];
    match &said.say {
        Say::EnterFor { party, .. } | Say::DisputeSpeaking { party, .. } => {
            parties.push(party.clone());
        }
        Say::Join { member } => parties.push(member.id.clone()),
        _ => {}
    }
    EntryDigest { kind: said.say.rules().word, outcome, parties }
}

fn parties_of(finding: &Finding) -> Vec<PartyId> {
    match finding {
        Finding::ConflictOpened { sides, .. } | Finding::OverlayOpened { sides, .. } => {
            sides.iter().map(|side| side.party.clone()).collect()
        }
        Finding::InterestTouched { party, .. } => vec![party.clone()],
        Finding::Probing { party, touched, .. } => vec![party.clone(), touched.clone()],
        Finding::HeldByLeaver { leaver, owner, .. } => vec![leaver.clone(), owner.clone()],
        _ => Vec::new(),
    }
}
