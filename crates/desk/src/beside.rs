//! Messages that went from desk to desk as files, and what was said about them, while they do not stand in the record.
//!
//! They are shown as what they would be if the host took them in now, beside the view and never in it: their signatures
//! were verified by keys that the record shows, their clocks run from when they came here, and nothing follows from them
//! but that they can be read and answered.

use std::collections::BTreeMap;

use deconflict_core::{
    Actor, ChannelFault, Dialogue, Ledger, MessageId, PartyId, PassedOn, Role, Say, Sending, Time,
};
use deconflict_record::{Hash, Header, KeyId, UtcSecond};
use deconflict_vocabulary::{Effect, Message, ParameterName, Value};

use crate::outbox::{Fate, QueuedStatement};

/// The channel as a desk would show it, if all that waits here stood in the record.
#[derive(Clone, PartialEq, Debug)]
pub struct BesideRecord {
    /// The view, with what waits in it: to show messages, and for nothing else.
    pub ledger: Ledger,
    /// The messages of which something waits here.
    pub messages: BTreeMap<MessageId, MessageBeside>,
}

/// A message of which something does not stand in the record.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct MessageBeside {
    /// The message itself, unless it stands in the record.
    pub message: Option<StatementBeside>,
    /// What was said about it and does not stand in the record, in the order of the queue.
    pub said: Vec<StatementBeside>,
}

/// A statement that waits here.
#[derive(Clone, PartialEq, Debug)]
pub struct StatementBeside {
    /// Its name.
    pub statement: Hash,
    /// For whom it was signed.
    pub party: PartyId,
    /// By which key; its signature was verified when it came.
    pub key: KeyId,
    /// Whether that key was revoked since: then it can be read, and nothing more.
    pub revoked: bool,
    /// What it says.
    pub say: Say,
    /// Whether this desk made it.
    pub ours: bool,
    /// When it came by file or, of this desk's own, first went out by file.
    pub by_file: Option<UtcSecond>,
    /// What became of it so far.
    pub fate: Fate,
    /// Where it is about a message that its author signed anew: the name under which that one stands in the record.
    pub stands_as: Option<Hash>,
    /// Why it would take no effect now.
    pub fault: Option<ChannelFault>,
}

impl StatementBeside {
    /// Whether it may still come to stand, and count: not where its key was revoked, where the host did not take it, or
    /// where its time was over.
    pub fn may_stand(&self) -> bool {
        !self.revoked && !matches!(self.fate, Fate::Refused { .. } | Fate::TooLate { .. })
    }

    /// What it would do to the message that it speaks of, if it stood: nothing of that is done.
    pub fn would_change(&self) -> Option<Effect> {
        let Say::Send { message, .. } = &self.say else { return None };
        let effect = message.code.row().effect;
        matches!(effect, Effect::Cancels | Effect::Corrects | Effect::BreaksPromise)
            .then_some(effect)
    }
}

impl MessageBeside {
    /// What would change the message, and does not stand.
    pub fn changes(&self) -> impl Iterator<Item = (&StatementBeside, Effect)> {
        let may_stand = self.said.iter().filter(|one| one.may_stand());
        may_stand.filter_map(|one| Some((one, one.would_change()?)))
    }

    /// Whether something of it came or went as a file.
    pub fn is_by_file(&self) -> bool {
        self.message.iter().chain(&self.said).any(|one| one.by_file.is_some())
    }

    /// What another party said that came here as a file: the message, or an answer to it.
    pub fn came_by_file(&self) -> impl Iterator<Item = &StatementBeside> {
        self.message.iter().chain(&self.said).filter(|one| !one.ours && one.by_file.is_some())
    }
}

impl BesideRecord {
    /// What waits in a desk's queue, as its party is shown it `now`.
    pub fn of(
        view: &Ledger,
        party: &PartyId,
        queue: &[QueuedStatement],
        now: Time,
    ) -> BesideRecord {
        let mut beside = BesideRecord { ledger: view.clone(), messages: BTreeMap::new() };
        for item in queue {
            let Some(one) = read(view, item) else { continue };
            let at = item.by_file.map_or(now, |at| Time::from_seconds(at.seconds().cast_signed()));
            match one.say.clone() {
                Say::Send { .. } => beside.sent(party, one, item, at),
                Say::Answer { message, answer } => {
                    beside
                        .said(message, one, |dialogue, actor| dialogue.answer(&answer, actor, at));
                }
                Say::Receive { message, receipt, shown_in } => {
                    beside.said(message, one, |dialogue, actor| {
                        dialogue.receive_in(receipt, shown_in.as_ref(), actor, at)
                    });
                }
                Say::Confirm { message, party } => {
                    beside
                        .said(message, one, |dialogue, actor| dialogue.confirm(&party, actor, at));
                }
                _ => {}
            }
        }
        beside
    }

    /// A message that waits, if it is from or to the reader's party.
    fn sent(
        &mut self,
        reader: &PartyId,
        mut one: StatementBeside,
        item: &QueuedStatement,
        at: Time,
    ) {
        let id = MessageId(one.statement);
        let Say::Send { message, to, traffic, remark } = one.say.clone() else { return };
        let concerns = one.party == *reader || to.contains(reader);
        if !concerns || self.ledger.dialogues.contains_key(&id) {
            return;
        }
        let spoken_of = item.about().and_then(|about| self.ledger.dialogues.get(&about));
        let sending = Sending {
            message: (*message).clone(),
            traffic,
            sender: one.party.clone(),
            to: to.into_iter().collect(),
            remark,
            valid_until: item
                .valid_until()
                .map(|until| Time::from_seconds(until.seconds().cast_signed())),
            spoken_of: spoken_of.map(|dialogue| dialogue.as_spoken_of()),
        };
        let table = self.ledger.charter.as_ref().map(|charter| charter.rules.channel);
        let begun = Dialogue::may_send(message.code, &self.actor(&one))
            .and_then(|()| Dialogue::begin(sending, &table.unwrap_or_default(), at));
        match begun {
            Ok(mut dialogue) => {
                dialogue.passed_on = self.actor(&one).passed_on;
                let signed = item.read();
                dialogue.clock_ahead_s =
                    signed.and_then(|signed| signed.claimed_header().clock_ahead_s);
                // This desk has it, which is no receipt: what is waited for is that it is read back and answered.
                if let Some(own) = dialogue.exchanges.get_mut(reader).filter(|_| !one.ours) {
                    own.delivered = Some(at);
                }
                self.ledger.dialogues.insert(id, dialogue.into());
            }
            Err(fault) => one.fault = Some(fault),
        }
        if let Some(about) = item.about().filter(|_| one.fault.is_none()) {
            one.fault = self.would_do(about, &message, &one, at).err();
        }
        self.messages.entry(id).or_default().message = Some(one);
    }

    /// What a message would do to the one that it speaks of: taken back, corrected, a promise broken. It is noted, and
    /// not done: an answer is to the words that stand, and whether the host takes this in is not known.
    fn would_do(
        &mut self,
        about: MessageId,
        message: &Message,
        by: &StatementBeside,
        at: Time,
    ) -> Result<(), ChannelFault> {
        let Some(known) = self.ledger.dialogues.get(&about) else { return Ok(()) };
        let mut after = Dialogue::clone(known);
        let table = self.ledger.charter.as_ref().map(|charter| charter.rules.channel);
        let given = |name: &str| message.parameters.get(&ParameterName::new(name)?);
        match message.code.row().effect {
            Effect::Cancels => after.cancel(&by.party, at)?,
            Effect::Corrects => {
                if let (Some(Value::Field(field)), Some(new)) = (given("field"), given("new_value"))
                {
                    let new = (*field, new.clone());
                    after.correct(&by.party, new, &table.unwrap_or_default(), at).map(drop)?;
                }
            }
            Effect::BreaksPromise if !after.break_promise(&by.party) => {
                return Err(ChannelFault::NothingToKeep {});
            }
            Effect::BreaksPromise => {}
            _ => return Ok(()),
        }
        self.messages.entry(about).or_default().said.push(by.clone());
        Ok(())
    }

    /// An answer, a receipt or a confirmation that waits.
    fn said(
        &mut self,
        id: MessageId,
        mut one: StatementBeside,
        say: impl FnOnce(&mut Dialogue, &Actor<'_>) -> Result<(), ChannelFault>,
    ) {
        let Some(known) = self.ledger.dialogues.get(&id) else {
            // The message stands under another name, or is not here any more: what is ours is shown all the same.
            if one.ours {
                self.messages.entry(id).or_default().said.push(one);
            }
            return;
        };
        if !one.may_stand() {
            self.messages.entry(id).or_default().said.push(one);
            return;
        }
        let mut after = Dialogue::clone(known);
        match say(&mut after, &self.actor(&one)) {
            Ok(()) => {
                self.ledger.dialogues.insert(id, after.into());
            }
            Err(fault) => one.fault = Some(fault),
        }
        self.messages.entry(id).or_default().said.push(one);
    }

    fn actor<'a>(&self, one: &'a StatementBeside) -> Actor<'a> {
        let known = self.ledger.keys.get(&one.key);
        Actor {
            party: &one.party,
            key: one.key,
            role: known.and_then(|known| known.role()).unwrap_or(Role::Person),
            passed_on: known
                .is_some_and(|known| known.party != one.party)
                .then_some(PassedOn::Entered),
        }
    }
}

fn read(view: &Ledger, item: &QueuedStatement) -> Option<StatementBeside> {
    let signed = item.read()?;
    let Header { party, key, .. } = signed.claimed_header();
    Some(StatementBeside {
        statement: item.statement,
        party: party.parse().ok()?,
        key: *key,
        revoked: view.keys.get(key).is_some_and(|known| known.revoked.is_some()),
        say: item.said()?,
        ours: item.ours,
        by_file: item.by_file,
        fate: item.fate.clone(),
        stands_as: item.stands_as,
        fault: None,
    })
}
