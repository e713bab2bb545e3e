//! Whether what is said keeps within the space's upper bounds, before anything is computed from it.

use crate::charter::MAX_PARTIES;
use crate::charter::{Charter, Limits, Member};
use crate::declared::{CoordinateCheck, DeclarationContent, Movement, Zone};
use crate::names::Texts;
use crate::recipient::MOST_PARTY_RECIPIENTS;
use crate::refusal::{Quantity, Refusal};
use crate::say::{Say, Sharing};

type LimitCheck = Result<(), Refusal>;

/// The most characters of a language's tag (RFC 5646, section 4.4.1).
const MAX_TAG: usize = 35;

/// Whether a statement keeps within these bounds. What it passes on for another is asked about apart.
pub(super) fn within_limits(limits: &Limits, say: &Say) -> LimitCheck {
    match say {
        Say::FoundSpace { charter } | Say::AmendCharter { charter } => limits.charter(charter),
        Say::Join { member } => limits.member(member),
        Say::Suspend { reason }
        | Say::Withdraw { reason }
        | Say::Revoke { reason, .. }
        | Say::AcceptRisk { reason, .. }
        | Say::WithdrawAgreement { reason, .. } => limits.text(reason),
        Say::Enrol { post, .. } => limits.text(post),
        Say::DisputeSpeaking { text, .. } => limits.text(text),
        Say::Dispute { point, own_text, .. } => {
            limits.text(point)?;
            limits.text(own_text)
        }
        Say::Contact { means, .. } | Say::EnterFor { means, .. } => limits.text(means),
        Say::Attest { evidence, .. } => limits.text(evidence),
        Say::Declare { declared, sharing, knows } | Say::Amend { declared, sharing, knows, .. } => {
            limits.members(Quantity::VersionsKnown, knows.len())?;
            limits.sharing(sharing)?;
            limits.declared(declared)
        }
        Say::Share { sharing, .. } => limits.sharing(sharing),
        // It may go to all there are.
        Say::Send { to, .. } => at_most(Quantity::PartiesListed, to.len(), MAX_PARTIES),
        Say::SetInterest { area, .. } => {
            at_most(Quantity::Vertices, area.shape.vertices(), limits.vertices)
        }
        Say::SetRecipients { recipients } => {
            at_most(Quantity::Recipients, recipients.len(), MOST_PARTY_RECIPIENTS)
        }
        Say::MoveHost { .. }
        | Say::Resume {}
        | Say::RotateRoot { .. }
        | Say::ReplaceSuccessor { .. }
        | Say::SpeakFor { .. }
        | Say::StopSpeakingFor { .. }
        | Say::End { .. }
        | Say::SetState { .. }
        | Say::Reconfirm { .. }
        | Say::Agree { .. }
        | Say::DropInterest { .. }
        | Say::Own { .. }
        | Say::Noticed { .. }
        | Say::Answer { .. }
        | Say::Confirm { .. }
        | Say::Receive { .. }
        | Say::Shelve { .. }
        | Say::Void { .. } => Ok(()),
    }
}

fn at_most(of: Quantity, count: usize, most: usize) -> LimitCheck {
    if count > most { Err(Refusal::Limit { of, most }) } else { Ok(()) }
}

impl Limits {
    fn text(&self, text: &str) -> LimitCheck {
        // Counting stops where it is decided.
        at_most(Quantity::Characters, text.chars().take(self.text + 1).count(), self.text)
    }

    fn texts(&self, texts: &Texts) -> LimitCheck {
        at_most(Quantity::Languages, texts.len(), self.languages)?;
        texts.iter().try_for_each(|(tag, text)| {
            at_most(Quantity::TagCharacters, tag.len(), MAX_TAG)?;
            self.text(text)
        })
    }

    fn members(&self, of: Quantity, count: usize) -> LimitCheck {
        at_most(of, count, self.members)
    }

    fn sharing(&self, sharing: &Sharing) -> LimitCheck {
        match sharing {
            Sharing::Named(parties) => self.members(Quantity::PartiesListed, parties.len()),
            Sharing::ConflictOnly | Sharing::Open | Sharing::Sealed => Ok(()),
        }
    }

    fn declared(&self, declared: &DeclarationContent) -> LimitCheck {
        at_most(Quantity::Volumes, declared.volume_count(), self.volumes)?;
        at_most(Quantity::Vertices, declared.vertices(), self.vertices)?;
        self.texts(declared.name())?;
        match declared {
            DeclarationContent::Zone(zone) => self.zone(zone),
            DeclarationContent::Operation(operation) => {
                operation.contact.iter().try_for_each(|contact| self.text(contact))
            }
            DeclarationContent::Site(site) => match &site.check {
                CoordinateCheck::SecondForm { text, .. } => self.text(text),
                CoordinateCheck::SecondPerson { name, how } => {
                    self.text(name)?;
                    self.text(how)
                }
                CoordinateCheck::Unverified {} => Ok(()),
            },
            DeclarationContent::Movement(movement) => self.movement(movement),
        }
    }

    fn zone(&self, zone: &Zone) -> LimitCheck {
        self.texts(&zone.text)?;
        self.members(Quantity::PartiesListed, zone.concerns.len())?;
        self.members(Quantity::PartiesListed, zone.binds.len())?;
        self.members(Quantity::Groups, zone.binds_groups.len())
    }

    fn movement(&self, movement: &Movement) -> LimitCheck {
        self.text(&movement.contact)?;
        self.members(Quantity::Vehicles, movement.vehicles.len())?;
        movement.vehicles.iter().try_for_each(|vehicle| {
            self.text(&vehicle.kind)?;
            self.text(&vehicle.plate)?;
            self.text(&vehicle.markings)
        })
    }

    fn member(&self, member: &Member) -> LimitCheck {
        self.texts(&member.name)?;
        self.members(Quantity::Contacts, member.contact.len())?;
        self.members(Quantity::Groups, member.speaks_for.len())?;
        member.contact.iter().try_for_each(|contact| self.text(contact))
    }

    fn charter(&self, charter: &Charter) -> LimitCheck {
        self.texts(&charter.title)?;
        charter.continues.iter().try_for_each(|continues| self.text(&continues.lost))?;
        charter.parties.iter().try_for_each(|member| self.member(member))
    }
}
