//! To whom a message goes, as its code says: by this a desk proposes whom to address, and the host holds it to that.
//!
//! Its author signs whom it addresses. Who must be among them follows from what the author sees: whom a declaration is
//! shared with stands in it, so a refusal tells nobody more than they knew.

use std::collections::BTreeSet;

use deconflict_vocabulary::{Addressees, Effect, Message, ObjectKind, Traffic, Value};

use super::{ChannelFault, hash, spoken_of};
use crate::declared::Kind;
use crate::ledger::{Declaration, Ledger, ParticipationState};
use crate::names::{DeclarationId, PartyId};

/// To whom a message goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddresseeRule {
    /// These parties, its author left out.
    pub parties: BTreeSet<PartyId>,
    /// Whether to all of them, and not only to some.
    pub all: bool,
    /// Whether to whomever else its author names as well.
    pub others: bool,
}

impl Ledger {
    /// To whom a message of an author goes, as far as this ledger tells; `None`: to whom its author names. What it names
    /// is known here.
    ///
    /// # Errors
    /// When its author is not who may say so, or nobody asked for it.
    pub fn addressees(
        &self,
        author: &PartyId,
        message: &Message,
        traffic: Traffic,
    ) -> Result<Option<AddresseeRule>, ChannelFault> {
        let spoken_of = || spoken_of(message).and_then(|id| self.dialogues.get(&id));
        let (mut parties, all, others) = match message.code.row().addressees {
            Addressees::AsNamed
            | Addressees::PartyOrGroup
            | Addressees::ThoseWhoMayEnterFirst
            | Addressees::BothSides => return Ok(None),
            Addressees::Owner => {
                let owners = self.named_by(message).map(|named| named.owner.clone());
                let owners: BTreeSet<PartyId> = owners.filter(|o| self.is_of_space(o)).collect();
                // Its owner left: whoever the author thinks is to know.
                if owners.is_empty() {
                    return Ok(None);
                }
                (owners, true, false)
            }
            Addressees::EveryHolder => {
                let owns = |named: &Declaration| named.owner == *author;
                if message.code.row().owner_says && !self.named_by(message).all(owns) {
                    return Err(ChannelFault::OwnerOnly {});
                }
                (self.holders(message), true, true)
            }
            Addressees::EveryHolderAndOthersByCell => {
                (self.those_near(author, message, traffic)?, true, true)
            }
            Addressees::SpeakerForGroup => match self.speakers_for(message) {
                // Nobody says so: whoever may reach it. And whoever says so keeps nobody from asking another one.
                speakers if speakers.is_empty() => return Ok(None),
                speakers => (speakers, false, true),
            },
            Addressees::AskerOfRelay => {
                let askers = self.askers(author, message, traffic);
                if askers.is_empty() {
                    return Err(ChannelFault::NotAsked {});
                }
                return Ok(Some(AddresseeRule { parties: askers, all: false, others: false }));
            }
            Addressees::AuthorOfSubject => match spoken_of() {
                // Whoever left is told as well what becomes of what it asked.
                Some(dialogue) => {
                    let parties = [dialogue.sender.clone()].into();
                    return Ok(Some(AddresseeRule { parties, all: true, others: false }));
                }
                // Who wrote an entry its author may not know.
                None => return Ok(None),
            },
            // Whoever left is told as well what becomes of what it has.
            Addressees::AddresseesOfMessage => {
                let parties = spoken_of().map(|d| d.exchanges.keys().cloned().collect());
                let parties = parties.unwrap_or_default();
                return Ok(Some(AddresseeRule { parties, all: true, others: false }));
            }
        };
        parties.retain(|party| party != author && self.is_of_space(party));
        Ok(Some(AddresseeRule { parties, all, others }))
    }

    /// The declarations that a message names.
    fn named_by(&self, message: &Message) -> impl Iterator<Item = &Declaration> {
        message.parameters.iter().filter_map(|(name, value)| {
            let Value::Reference(reference) = value else { return None };
            declared_as(message.code.row().parameter(name.as_str())?.kind.object_kind()?)?;
            let named = self.declarations.get(&DeclarationId(hash(reference)))?;
            Some(&**named)
        })
    }

    fn holders(&self, message: &Message) -> BTreeSet<PartyId> {
        self.named_by(message).flat_map(|named| self.who_sees(named)).collect()
    }

    /// Who must hear that a place is being hit, or no longer is: whoever holds it, and for a place that nobody declared
    /// all; and at the end whoever was told of the beginning.
    fn those_near(
        &self,
        author: &PartyId,
        message: &Message,
        traffic: Traffic,
    ) -> Result<BTreeSet<PartyId>, ChannelFault> {
        let mut near = match self.named_by(message).next() {
            Some(_) => self.holders(message),
            None => self.parties.keys().cloned().collect(),
        };
        if message.code.row().effect != Effect::EndsIncident {
            return Ok(near);
        }
        if self.named_by(message).any(|named| named.owner != *author) {
            return Err(ChannelFault::OwnerOnly {});
        }
        let ended = self.ended_by(author, message, traffic);
        if ended.is_empty() && self.named_by(message).next().is_none() {
            return Err(ChannelFault::OwnerOnly {});
        }
        for incident in ended {
            // Of one that it was not told of it learns nothing by this.
            let known = self.dialogues.get(&incident).filter(|known| known.concerns(author));
            let Some(dialogue) = known else { continue };
            near.insert(dialogue.sender.clone());
            near.extend(dialogue.exchanges.keys().cloned());
        }
        Ok(near)
    }

    /// Who says that it speaks for the group that a message names.
    fn speakers_for(&self, message: &Message) -> BTreeSet<PartyId> {
        let names: Vec<&str> = message.parameters.values().filter_map(name_of).collect();
        let speaking = self.parties.iter().filter(|(_, party)| {
            let takes_part = party.participation_state() != ParticipationState::Withdrew;
            takes_part
                && party.member.speaks_for.iter().any(|group| names.contains(&group.as_str()))
        });
        speaking.map(|(id, _)| id.clone()).collect()
    }

    /// Who asked a party to pass on what a message reports of. Of others nobody is told whether they asked.
    fn askers(&self, party: &PartyId, message: &Message, traffic: Traffic) -> BTreeSet<PartyId> {
        let promised = self.reported_on.iter().filter_map(|id| self.dialogues.get(id));
        let asking = promised.filter(|dialogue| {
            dialogue.traffic == traffic
                && dialogue.exchanges.contains_key(party)
                && dialogue.is_relay_of(message)
        });
        asking.map(|dialogue| dialogue.sender.clone()).collect()
    }

    /// Whether a party takes part, or pauses.
    pub(crate) fn is_of_space(&self, party: &PartyId) -> bool {
        let party = self.parties.get(party);
        party.is_some_and(|party| party.participation_state() != ParticipationState::Withdrew)
    }
}

fn name_of(value: &Value) -> Option<&str> {
    match value {
        Value::Name(name) => Some(name),
        _ => None,
    }
}

/// Which kinds of declarations a reference may name. `None`: it names none.
pub(crate) fn declared_as(kind: ObjectKind) -> Option<&'static [Kind]> {
    match kind {
        ObjectKind::Zone => Some(&[Kind::Zone]),
        ObjectKind::Operation => Some(&[Kind::Operation]),
        ObjectKind::Site => Some(&[Kind::Site]),
        ObjectKind::Movement => Some(&[Kind::Movement]),
        ObjectKind::SiteOrMovement => Some(&[Kind::Site, Kind::Movement]),
        ObjectKind::Version
        | ObjectKind::Conflict
        | ObjectKind::Track
        | ObjectKind::Message
        | ObjectKind::Entry
        | ObjectKind::Incident
        | ObjectKind::Evidence => None,
    }
}
