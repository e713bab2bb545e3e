//! What is sent, answered and received in the channel.

use std::collections::BTreeSet;

use deconflict_vocabulary::{
    Answer, Effect, LimitTable, Message, ObjectKind, ParameterKind, Prose, Traffic, Value,
    is_of_bounded_length,
};

use super::{Author, Verdict};
use crate::channel::{
    Actor, ChannelFault, Dialogue, Receipt, Sending, correction, hash, spoken_of,
};
use crate::ledger::ParticipationState;
use crate::names::{DeclarationId, MessageId, PartyId};
use crate::refusal::{Referent, Refusal};
use crate::say::{Role, Statement};
use crate::state::State;
use crate::time::Time;

/// A message, to whom it goes, whether it is meant, and what its author adds.
type NewMessage<'a> = (&'a Message, &'a BTreeSet<PartyId>, Traffic, Option<&'a Prose>);

impl State {
    /// Who acts, as the channel asks it.
    fn actor<'a>(&self, statement: &Statement, author: &Author<'a>) -> Actor<'a> {
        Actor {
            party: author.party,
            key: statement.key,
            // A root was refused before.
            role: author.key.role().unwrap_or(Role::Person),
            signed: !author.indirect,
        }
    }

    pub(super) fn send(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        (message, to, traffic, remark): NewMessage<'_>,
        now: Time,
    ) -> Verdict {
        let row = message.code.row();
        Dialogue::may_send(message.code, &self.actor(statement, author))?;
        if row.affirm_agrees {
            return Err(ChannelFault::OwnStatement {}.into());
        }
        if remark.is_some_and(|remark| !is_of_bounded_length(&remark.text)) {
            return Err(ChannelFault::Remark {}.into());
        }
        message.check().map_err(ChannelFault::Parameter)?;
        self.knows_references(author, message)?;
        let spoken_of = self.spoken_of(author, message)?;
        self.may_be_addressed(to, spoken_of)?;
        if spoken_of.is_some_and(|dialogue| dialogue.traffic != traffic) {
            return Err(ChannelFault::OtherTraffic {}.into());
        }
        let knows = |dialogue: &Dialogue| to.iter().all(|party| dialogue.concerns(party));
        // How urgent such a message is hangs on the other one, so whoever gets it has that.
        if spoken_of.is_some_and(|dialogue| !knows(dialogue)) {
            return Err(ChannelFault::Addressees {}.into());
        }
        let sending = Sending {
            message: message.clone(),
            traffic,
            sender: author.party.clone(),
            to: to.iter().cloned().collect(),
            remark: remark.cloned(),
            valid_until: statement.valid_until,
            spoken_of: spoken_of.map(|dialogue| dialogue.precedence),
        };
        Dialogue::begin(sending, &LimitTable::default(), now)?;
        if let Some(dialogue) = spoken_of {
            let after = takes_effect(dialogue, author, (message, to), now)?;
            self.knows_references(author, &after.message)?;
        }
        Ok(Vec::new())
    }

    /// Whoever left is asked nothing more; what becomes of a message that it has, it is told.
    fn may_be_addressed(
        &self,
        to: &BTreeSet<PartyId>,
        spoken_of: Option<&Dialogue>,
    ) -> Result<(), Refusal> {
        for party in to {
            self.knows_party(party)?;
            if spoken_of.is_some_and(|dialogue| dialogue.concerns(party)) {
                continue;
            }
            let state = self.ledger().parties.get(party).map(|party| party.participation_state());
            if state == Some(ParticipationState::Withdrew) {
                return Err(ChannelFault::Addressees {}.into());
            }
        }
        Ok(())
    }

    /// What a message names stands in its author's view, but for what its code leaves open.
    fn knows_references(&self, author: &Author<'_>, message: &Message) -> Result<(), Refusal> {
        for (name, value) in &message.parameters {
            let (Value::Reference(reference), Some(parameter)) =
                (value, message.code.row().parameter(name.as_str()))
            else {
                continue;
            };
            let id = DeclarationId(hash(reference));
            let known = self.ledger().declarations.get(&id);
            let sees = known.is_some_and(|known| self.ledger().sees(author.party, known));
            let declared = matches!(
                parameter.kind,
                ParameterKind::Reference(
                    ObjectKind::Zone
                        | ObjectKind::Operation
                        | ObjectKind::Site
                        | ObjectKind::Movement
                        | ObjectKind::SiteOrMovement
                )
            );
            if declared && !sees {
                return Err(Refusal::Unknown { what: Referent::Declaration(id) });
            }
        }
        Ok(())
    }

    /// The dialogue that a message speaks of, if it speaks of one.
    fn spoken_of(
        &self,
        author: &Author<'_>,
        message: &Message,
    ) -> Result<Option<&Dialogue>, Refusal> {
        let Some(id) = spoken_of(message) else { return Ok(None) };
        self.known_dialogue(author, id).map(Some)
    }

    /// To those whom a message does not concern, it is as if it were not there.
    fn known_dialogue(&self, author: &Author<'_>, id: MessageId) -> Result<&Dialogue, Refusal> {
        let known = self.ledger().dialogues.get(&id);
        let known = known.filter(|dialogue| dialogue.concerns(author.party));
        known.map(|found| &**found).ok_or(Refusal::Unknown { what: Referent::Message(id) })
    }

    pub(super) fn answer(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        message: MessageId,
        answer: &Answer,
        now: Time,
    ) -> Verdict {
        let actor = self.actor(statement, author);
        self.known_dialogue(author, message)?.clone().answer(answer, &actor, now)?;
        Ok(Vec::new())
    }

    pub(super) fn receive(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        message: MessageId,
        receipt: Receipt,
        now: Time,
    ) -> Verdict {
        let actor = self.actor(statement, author);
        let before = self.known_dialogue(author, message)?;
        let mut after = before.clone();
        after.receive(receipt, &actor, now)?;
        if after == *before {
            return Err(ChannelFault::SaidAlready {}.into());
        }
        Ok(Vec::new())
    }
}

/// Whether what a message does to another one can be done.
fn takes_effect(
    dialogue: &Dialogue,
    author: &Author<'_>,
    (message, to): (&Message, &BTreeSet<PartyId>),
    now: Time,
) -> Result<Dialogue, ChannelFault> {
    let (mut after, effect) = (dialogue.clone(), message.code.row().effect);
    // Nobody takes back, rewrites or breaks for another what that one signed.
    if author.indirect
        && matches!(effect, Effect::Cancels | Effect::Corrects | Effect::BreaksPromise)
    {
        return Err(ChannelFault::PersonOnly {});
    }
    let author = author.party;
    let to_all = || match to.iter().eq(dialogue.exchanges.keys()) {
        true => Ok(()),
        false => Err(ChannelFault::Addressees {}),
    };
    match effect {
        Effect::Cancels => {
            to_all()?;
            after.cancel(author, now)
        }
        Effect::Corrects => {
            to_all()?;
            let (field, value) = correction(message).ok_or(ChannelFault::Sender {})?;
            after.correct(author, (field, value), &LimitTable::default(), now)
        }
        Effect::BreaksPromise if !to.iter().eq([&dialogue.sender]) => {
            Err(ChannelFault::Addressees {})
        }
        Effect::BreaksPromise if !after.break_promise(author) => {
            Err(ChannelFault::NothingPromised {})
        }
        _ => Ok(()),
    }?;
    Ok(after)
}
