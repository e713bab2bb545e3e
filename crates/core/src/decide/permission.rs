//! Whether an author may say a kind of thing at all: the answers of the table of statements, held against
//! who asks.

use super::Author;
use crate::ledger::ParticipationState;
use crate::names::PartyId;
use crate::refusal::Refusal;
use crate::say::{Role, Say};
use crate::state::State;
use crate::statements::{Speaker, Stage, Through};

impl State {
    /// Whether this author may say this kind of thing, in this way and while its party stands as it does.
    pub(super) fn may_say(&self, author: &Author<'_>, say: &Say) -> Result<(), Refusal> {
        let rules = say.rules();
        if !author.signs() {
            may_be_passed_on(rules.through)?;
        } else {
            self.may_speak(author, rules.by)?;
        }
        self.may_still(author.party, rules.when)
    }

    fn may_speak(&self, author: &Author<'_>, by: Speaker) -> Result<(), Refusal> {
        match (by, author.key.role()) {
            (Speaker::AnyKey, _) => Ok(()),
            (Speaker::Root, None) => Ok(()),
            (Speaker::Root, Some(_)) => Err(Refusal::RootOnly {}),
            (_, None) => Err(Refusal::OperatorOnly {}),
            (Speaker::Gateway, Some(Role::Gateway)) => Ok(()),
            (Speaker::Gateway, Some(_)) => Err(Refusal::GatewayOnly {}),
            (Speaker::WatchDesk, Some(Role::Person)) => match self.ledger().host() {
                Some(host) if host == author.party => Ok(()),
                _ => Err(Refusal::WatchDeskOnly {}),
            },
            (Speaker::Person, Some(Role::Person)) => Ok(()),
            (Speaker::PersonOrMachine, Some(Role::Person | Role::Machine)) => Ok(()),
            (
                Speaker::Person | Speaker::PersonOrMachine | Speaker::WatchDesk,
                Some(Role::Machine | Role::Gateway),
            ) => Err(Refusal::PersonOnly {}),
        }
    }

    fn may_still(&self, party: &PartyId, when: Stage) -> Result<(), Refusal> {
        let state = self.ledger().parties.get(party).map(|party| party.participation_state());
        match (when, state) {
            (Stage::Founding, _) => Err(Refusal::AlreadyFounded {}),
            (Stage::Always, _)
            | (Stage::TakingPart | Stage::UntilLeaving, Some(ParticipationState::Joined))
            | (Stage::UntilLeaving, Some(ParticipationState::Suspended)) => Ok(()),
            (Stage::TakingPart, Some(ParticipationState::Suspended))
            | (
                Stage::TakingPart | Stage::UntilLeaving,
                Some(ParticipationState::Withdrew) | None,
            ) => Err(Refusal::NotTakingPart {}),
        }
    }
}

/// Of what others said: declarations and their changes. Never an agreement, which only a signature is.
fn may_be_passed_on(through: Through<'_>) -> Result<(), Refusal> {
    match through {
        Through::Another => Ok(()),
        Through::OwnKey | Through::PassesOn { .. } => Err(Refusal::OwnKeyOnly {}),
    }
}

/// Whether what is passed on is itself passed on. It is never logged: how deep it goes has no bound, and
/// a reader of the log could fail at it.
pub(super) fn is_nested(say: &Say) -> bool {
    match say.rules().through {
        Through::PassesOn { said, .. } => {
            matches!(said.rules().through, Through::PassesOn { .. })
        }
        Through::OwnKey | Through::Another => false,
    }
}
