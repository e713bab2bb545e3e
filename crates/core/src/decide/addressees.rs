//! To whom a message must go, as its code says.
//!
//! The author signs whom it addresses. Who must be among them follows from what the author sees: whom a declaration is
//! shared with stands in it, so a refusal tells nobody more than they knew.

use std::collections::BTreeSet;

use deconflict_vocabulary::{Addressees, Effect, Message, Traffic, Value};

use super::Author;
use super::channel::declared_as;
use crate::channel::{ChannelFault, Dialogue, hash};
use crate::ledger::{Declaration, ParticipationState};
use crate::names::{DeclarationId, PartyId};
use crate::refusal::Refusal;
use crate::state::State;

/// What is sent, and to whom.
type Outgoing<'a> = (&'a Message, &'a BTreeSet<PartyId>, Traffic);

impl State {
    /// Whether a message goes to all to whom its code says that it goes, and to nobody else where the code says that.
    pub(super) fn goes_where_it_must(
        &self,
        author: &Author<'_>,
        (message, to, traffic): Outgoing<'_>,
        spoken_of: Option<&Dialogue>,
    ) -> Result<(), Refusal> {
        let (must, alone) = match message.code.row().addressees {
            Addressees::AsNamed
            | Addressees::PartyOrGroup
            | Addressees::ThoseWhoMayEnterFirst
            | Addressees::BothSides
            // Held to where the other message is changed.
            | Addressees::AddresseesOfMessage => return Ok(()),
            Addressees::Owner => {
                let owners = self.named(message).map(|named| named.owner.clone());
                (owners.collect(), true)
            }
            Addressees::EveryHolder => (self.holders(message), false),
            Addressees::EveryHolderAndOthersByCell => (self.near(author, message, traffic)?, false),
            Addressees::SpeakerForGroup => return self.goes_to_speaker(message, to),
            Addressees::AskerOfRelay => return self.was_asked(author, (message, to, traffic)),
            Addressees::AuthorOfSubject => match spoken_of {
                Some(dialogue) => (BTreeSet::from([dialogue.sender.clone()]), true),
                // Who wrote an entry its author may not know.
                None => return Ok(()),
            },
        };
        let parties: BTreeSet<PartyId> = must
            .iter()
            .filter(|party| {
                *party != author.party && self.is_of_space(party) && !to.contains(*party)
            })
            .cloned()
            .collect();
        if !parties.is_empty() {
            return Err(ChannelFault::LeftOut { parties }.into());
        }
        if alone && !to.is_subset(&must) {
            return Err(ChannelFault::Addressees {}.into());
        }
        Ok(())
    }

    /// The declarations that a message names, which its author was found to see.
    fn named(&self, message: &Message) -> impl Iterator<Item = &Declaration> {
        message.parameters.iter().filter_map(|(name, value)| {
            let Value::Reference(reference) = value else { return None };
            declared_as(message.code.row().parameter(name.as_str())?.kind.object_kind()?)?;
            let named = self.ledger().declarations.get(&DeclarationId(hash(reference)))?;
            Some(&**named)
        })
    }

    fn holders(&self, message: &Message) -> BTreeSet<PartyId> {
        self.named(message).flat_map(|named| self.ledger().who_sees(named)).collect()
    }

    /// Who must hear that a place is being hit, or no longer is: whoever holds it, and for a place that nobody declared
    /// all; and at the end whoever was told of the beginning.
    fn near(
        &self,
        author: &Author<'_>,
        message: &Message,
        traffic: Traffic,
    ) -> Result<BTreeSet<PartyId>, Refusal> {
        let mut must = match self.named(message).next() {
            Some(_) => self.holders(message),
            None => self.ledger().parties.keys().cloned().collect(),
        };
        if message.code.row().effect != Effect::EndsIncident {
            return Ok(must);
        }
        if self.named(message).any(|named| named.owner != *author.party) {
            return Err(ChannelFault::OwnerOnly {}.into());
        }
        for incident in self.ledger().ended_by(author.party, message, traffic) {
            let Some(dialogue) = self.ledger().dialogues.get(&incident) else { continue };
            must.insert(dialogue.sender.clone());
            must.extend(dialogue.exchanges.keys().cloned());
        }
        Ok(must)
    }

    /// Where some party says that it speaks for the group, it goes to such parties alone.
    fn goes_to_speaker(&self, message: &Message, to: &BTreeSet<PartyId>) -> Result<(), Refusal> {
        let names: Vec<&str> = message.parameters.values().filter_map(name).collect();
        let speaks = |party: &PartyId| {
            let party = self.ledger().parties.get(party);
            party.is_some_and(|party| {
                party.member.speaks_for.iter().any(|group| names.contains(&group.as_str()))
            })
        };
        let known = self.ledger().parties.keys().any(speaks);
        if known && !to.iter().all(speaks) {
            return Err(ChannelFault::NotSpeaker {}.into());
        }
        Ok(())
    }

    /// Of a relay nobody is told who did not ask for it.
    fn was_asked(
        &self,
        author: &Author<'_>,
        (message, to, traffic): Outgoing<'_>,
    ) -> Result<(), Refusal> {
        let ledger = self.ledger();
        let asked = |by: &PartyId| {
            let mut promised = ledger.promised.iter().filter_map(|id| ledger.dialogues.get(id));
            promised.any(|dialogue| {
                dialogue.sender == *by
                    && dialogue.traffic == traffic
                    && dialogue.exchanges.contains_key(author.party)
                    && dialogue.is_relay_of(message)
            })
        };
        if to.iter().all(asked) { Ok(()) } else { Err(ChannelFault::NotAsked {}.into()) }
    }

    fn is_of_space(&self, party: &PartyId) -> bool {
        let party = self.ledger().parties.get(party);
        party.is_some_and(|party| party.participation_state() != ParticipationState::Withdrew)
    }
}

fn name(value: &Value) -> Option<&str> {
    match value {
        Value::Name(name) => Some(name),
        _ => None,
    }
}
