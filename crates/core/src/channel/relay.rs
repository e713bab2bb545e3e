//! A message that is passed on to a group without a desk: who has it now, and who is still to say something.

use deconflict_vocabulary::{ChoiceId, CodeId, Effect, Message, Value};
use serde::{Deserialize, Serialize};

use super::{Dialogue, Exchange, names_the_same, value};
use crate::names::{MessageId, PartyId};
use crate::time::Time;

/// What the party that was asked to pass a message on said of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayReport {
    /// The message that says so.
    pub message: MessageId,
    /// Its code.
    pub code: CodeId,
    /// What the group replied, where it brings a reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<ChoiceId>,
    /// When it was taken in.
    pub at: Time,
}

/// The step of a relay that nobody has taken yet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hop {
    /// The party that was asked has not said whether it passes the message on.
    Answer,
    /// It said that it would, and not yet that it did.
    PassOn,
    /// It passed the message on; what the group says is not known.
    Reply,
}

impl RelayReport {
    /// Whether it leaves nothing to wait for: the group has replied, or cannot be reached by this party.
    fn settles(&self) -> bool {
        self.reply.is_some() || self.code.row().effect == Effect::FailsToPassOn
    }

    /// Whether the group is still to reply.
    pub(super) fn awaits_reply(&self) -> bool {
        !self.settles()
    }

    /// Whether it goes to the next level: the group does not comply, or was not reached.
    pub fn escalates(&self) -> bool {
        match self.code.row().effect {
            Effect::FailsToPassOn => true,
            Effect::BringsReply { settled_by, .. } => {
                self.reply.is_none_or(|reply| reply.as_str() != settled_by)
            }
            _ => false,
        }
    }

    /// Whether the group has it, as far as the party says.
    pub(crate) fn reached(&self) -> bool {
        match self.code.row().effect {
            Effect::PassesOn => true,
            Effect::BringsReply { unmet_by, .. } => {
                self.reply.is_some_and(|reply| reply.as_str() != unmet_by)
            }
            _ => false,
        }
    }

    /// Whether the party cannot do what it promised.
    pub(crate) fn gives_up(&self) -> bool {
        self.code.row().effect == Effect::FailsToPassOn
    }
}

impl Dialogue {
    /// The step of a relay that one addressee, or the group behind it, is still to take. `None`: nothing is to be passed
    /// on, or nothing is waited for any more.
    pub fn missing_hop(&self, party: &PartyId) -> Option<Hop> {
        let exchange = self.exchanges.get(party)?;
        if self.code().row().effect != Effect::AsksRelay || self.cancelled.is_some() {
            return None;
        }
        if let Some(last) = exchange.relayed.last() {
            return if last.settles() { None } else { Some(Hop::Reply) };
        }
        match exchange.answer() {
            // Also after silence: nobody has passed it on.
            None => Some(Hop::Answer),
            Some(answer) if answer.answer.answer.row().opens_undertaking => {
                // Whoever asked may have heard that it was passed on.
                let confirmed = exchange.undertaking.and_then(|promised| promised.confirmed);
                Some(if confirmed.is_some() { Hop::Reply } else { Hop::PassOn })
            }
            Some(_) => None,
        }
    }

    /// Whether a message may report of it: that something that was promised is done, or what became of a relay. What a
    /// group says later than its first word is told too.
    pub fn is_reported_on(&self) -> bool {
        let due =
            |exchange: &Exchange| exchange.undertaking.is_some_and(|promised| promised.is_due());
        self.code().row().effect == Effect::AsksRelay || self.exchanges.values().any(due)
    }

    /// Whether a message says what became of what this one asks to have passed on.
    pub(crate) fn is_relay_of(&self, report: &Message) -> bool {
        self.code().row().effect == Effect::AsksRelay
            && is_relay_report(report)
            && names_the_same(report, &self.message)
    }
}

/// Whether a message says what became of a relay.
pub(crate) fn is_relay_report(message: &Message) -> bool {
    matches!(
        message.code.row().effect,
        Effect::PassesOn | Effect::BringsReply { .. } | Effect::FailsToPassOn
    )
}

/// What the group replied.
pub(super) fn reply(report: &Message) -> Option<ChoiceId> {
    match value(&report.parameters, "reply")? {
        Value::Choice(reply) => Some(*reply),
        _ => None,
    }
}

/// What a report says of a relay.
pub(crate) fn report(message: MessageId, said: &Message, at: Time) -> RelayReport {
    RelayReport { message, code: said.code, reply: reply(said), at }
}
