//! What is sent, answered and received in the channel.

use std::collections::BTreeSet;

use deconflict_vocabulary::{
    Addressees, Answer, Attribute, CodeId, Effect, LanguageTag, LimitTable, Message, ObjectKind,
    ObjectRef, Parameter, ParameterKind, Parameters, Traffic, Value,
};

use super::{Author, Verdict};
use crate::channel::{
    Actor, ChannelFault, Dialogue, MessageRemark, Receipt, Sending, correction, declared_as, hash,
    is_relay_report, may_have_been_relayed, spoken_of,
};
use crate::declared::Kind;
use crate::ledger::ParticipationState;
use crate::names::{DeclarationId, MessageId, PartyId};
use crate::refusal::{Quantity, Referent, Refusal};
use crate::say::{Role, Statement};
use crate::state::State;
use crate::time::Time;

/// A message, to whom it goes, whether it is meant, and what its author adds.
type NewMessage<'a> = (&'a Message, &'a BTreeSet<PartyId>, Traffic, Option<&'a MessageRemark>);

impl State {
    /// Who acts, as the channel asks it.
    fn actor<'a>(&self, statement: &Statement, author: &Author<'a>) -> Actor<'a> {
        Actor {
            party: author.party,
            key: statement.key,
            // A root was refused before.
            role: author.key.role().unwrap_or(Role::Person),
            passed_on: author.passed_on,
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
        if row.by_statement {
            return Err(ChannelFault::OwnStatement {}.into());
        }
        remark.map_or(Ok(()), MessageRemark::check)?;
        // What is sealed commits the party to words that nobody else can hold it to have said.
        if !author.signs() && remark.is_some_and(|remark| remark.sealed().is_some()) {
            return Err(ChannelFault::PersonOnly {}.into());
        }
        message.check().map_err(ChannelFault::Parameter)?;
        self.knows_references(
            author,
            (message.code.row().parameters, &message.parameters),
            traffic,
        )?;
        let spoken_of = self.spoken_of(author, message)?;
        self.may_be_addressed(message, to, spoken_of)?;
        self.goes_where_it_must(author, (message, to, traffic))?;
        self.line_is_open(author, (message, to, traffic), spoken_of, now)?;
        self.may_say_again(author, (message, traffic), now)?;
        if spoken_of.is_some_and(|dialogue| dialogue.traffic != traffic) {
            return Err(ChannelFault::OtherTraffic {}.into());
        }
        let knows = |dialogue: &Dialogue| to.iter().all(|party| dialogue.concerns(party));
        // How urgent such a message is hangs on the other one, so whoever gets it has that.
        if spoken_of.is_some_and(|dialogue| !knows(dialogue)) {
            return Err(ChannelFault::Addressees {}.into());
        }
        let asks_relay = message.code.row().effect == Effect::AsksRelay;
        if asks_relay && spoken_of.is_some_and(Dialogue::is_taken_back) {
            return Err(ChannelFault::Closed {}.into());
        }
        self.passes_on_the_text(statement, author, (message, to, traffic))?;
        let sending = Sending {
            message: message.clone(),
            traffic,
            sender: author.party.clone(),
            to: to.iter().cloned().collect(),
            remark: remark.cloned(),
            valid_until: statement.valid_until,
            spoken_of: spoken_of.map(Dialogue::as_spoken_of),
        };
        let table = self.ledger().limits_at(self.ledger().size);
        let mut begun = Dialogue::begin(sending, &table, now)?;
        begun.can_be_meant(now)?;
        begun.passed_on = author.passed_on;
        let mut over = self.overdue_over(&begun);
        if let Some(dialogue) = spoken_of {
            let after = takes_effect(dialogue, author, (message, to), &table, now)?;
            self.is_still_sendable(author, dialogue, &after, now)?;
            let is_corrected = after.message != dialogue.message;
            over = over.or_else(|| self.overdue_over(&after).filter(|_| is_corrected));
        }
        let id = MessageId(statement.hash);
        let told = self.cell_notices(author, (id, message, to, traffic), now);
        Ok(told.into_iter().chain(over).collect())
    }

    /// Whoever says that something was passed on has read it as it is.
    fn passes_on_the_text(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        (message, to, traffic): (&Message, &BTreeSet<PartyId>, Traffic),
    ) -> Result<(), ChannelFault> {
        if !is_relay_report(message) {
            return Ok(());
        }
        let asked = self.ledger().reported_on.iter().filter_map(|id| {
            let asked = self.ledger().dialogues.get(id)?;
            let is_of = asked.traffic == traffic
                && to.contains(&asked.sender)
                && asked.exchanges.contains_key(author.party)
                && asked.is_relay_of(message);
            is_of.then_some(&**asked)
        });
        asked.into_iter().try_for_each(|asked| knows_text(statement, asked))?;
        let relayed = spoken_of(message).and_then(|id| self.ledger().dialogues.get(&id));
        relayed.map_or(Ok(()), |relayed| may_have_been_relayed(message, relayed))
    }

    /// What is corrected is held to what sending it so would be.
    fn is_still_sendable(
        &self,
        author: &Author<'_>,
        before: &Dialogue,
        after: &Dialogue,
        now: Time,
    ) -> Result<(), Refusal> {
        if before.message == after.message {
            return Ok(());
        }
        let said = (after.code().row().parameters, &after.message.parameters);
        self.knows_references(author, said, after.traffic)?;
        let to = after.exchanges.keys().cloned().collect();
        self.goes_where_it_must(author, (&after.message, &to, after.traffic))?;
        after.can_be_meant(now)?;
        // Else one question would be many.
        let mut changed = after
            .message
            .parameters
            .iter()
            .filter(|(name, value)| before.message.parameters.get(*name) != Some(value));
        let asks_anew = changed.any(|(name, _)| after.message.reopens(*name) == Some(true));
        match after.code().row().per_day.filter(|_| asks_anew) {
            Some(most) => Err(ChannelFault::DayIsFull { most }.into()),
            None => Ok(()),
        }
    }

    /// Whether a message goes to all to whom its code says that it goes, and to nobody else where the code says that.
    fn goes_where_it_must(
        &self,
        author: &Author<'_>,
        (message, to, traffic): (&Message, &BTreeSet<PartyId>, Traffic),
    ) -> Result<(), ChannelFault> {
        let rule = self.ledger().addressees(author.party, message, traffic)?;
        let row = message.code.row();
        // Nobody is asked to do anything at a place that is protected, whatever it is called.
        if row.attribute == Attribute::WilcoUnable {
            for (name, value) in &message.parameters {
                let of = row.parameter(name.as_str());
                if let Value::Reference(of_what) = value
                    && of.is_some_and(|of| of.kind == ParameterKind::TrackOrGroup)
                {
                    self.is_not_protected(author, of_what)?;
                }
            }
        }
        // That a place is being hit is refused for nobody who joined, left or was told of it a moment before: the desk
        // proposes all. And a change of a message is held to its addressees where it is made.
        let held_elsewhere = row.effect == Effect::OpensIncident
            || row.addressees == Addressees::AddresseesOfMessage;
        let Some(rule) = rule.filter(|_| !held_elsewhere) else { return Ok(()) };
        let parties: BTreeSet<PartyId> = rule.parties.difference(to).cloned().collect();
        if rule.all && !parties.is_empty() {
            return Err(ChannelFault::LeftOut { parties });
        }
        if !rule.others && !to.is_subset(&rule.parties) {
            return Err(match row.addressees {
                Addressees::AskerOfRelay => ChannelFault::NotAsked {},
                _ => ChannelFault::Addressees {},
            });
        }
        Ok(())
    }

    fn line_is_open(
        &self,
        author: &Author<'_>,
        (message, to, traffic): (&Message, &BTreeSet<PartyId>, Traffic),
        spoken_of: Option<&Dialogue>,
        now: Time,
    ) -> Result<(), ChannelFault> {
        // What is said about a message that saves lives passes as that one does.
        let passes = |code: CodeId| code.row().always_passes();
        if passes(message.code) || spoken_of.is_some_and(|dialogue| passes(dialogue.code())) {
            return Ok(());
        }
        let by = |party| self.messages().suspended_by([author.party, party], traffic, now);
        match to.iter().find_map(by) {
            Some(by) => Err(ChannelFault::LineSuspended { by: by.clone() }),
            None => Ok(()),
        }
    }

    /// Whether a party may say one more of a code, and have one more open.
    fn may_say_again(
        &self,
        author: &Author<'_>,
        (message, traffic): (&Message, Traffic),
        now: Time,
    ) -> Result<(), Refusal> {
        let row = message.code.row();
        let share = (author.party.clone(), traffic, author.signs());
        if let Some(most) = row.per_day {
            let day_ago = now.after_seconds(-86_400);
            if self.messages().sent_since(&share, message.code, day_ago) >= most.into() {
                return Err(ChannelFault::DayIsFull { most }.into());
            }
        }
        let limits = self.ledger().rules().map(|rules| rules.limits).unwrap_or_default();
        let most = limits.messages;
        if !row.always_passes() && self.messages().open_of(&share) >= most {
            return Err(Refusal::Limit { of: Quantity::OpenMessages, most });
        }
        Ok(())
    }

    /// Whoever left is asked nothing more; what becomes of a message that it has, it is told.
    fn may_be_addressed(
        &self,
        message: &Message,
        to: &BTreeSet<PartyId>,
        spoken_of: Option<&Dialogue>,
    ) -> Result<(), Refusal> {
        let row = message.code.row();
        for party in to {
            self.knows_party(party)?;
            // Whoever left a moment before keeps nobody from hearing that a place is being hit, or no longer is; and
            // whoever was promised something hears of that.
            if matches!(row.effect, Effect::OpensIncident | Effect::EndsIncident)
                || !row.meets.is_empty()
            {
                continue;
            }
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

    /// What a message or an answer names stands in its author's view, but for what its parameters leave open.
    fn knows_references(
        &self,
        author: &Author<'_>,
        (rows, said): (&[Parameter], &Parameters),
        traffic: Traffic,
    ) -> Result<(), Refusal> {
        for (name, value) in said {
            let parameter = rows.iter().find(|parameter| parameter.name == name.as_str());
            let (Value::Reference(reference), Some(parameter)) = (value, parameter) else {
                continue;
            };
            if parameter.kind.object_kind() == Some(ObjectKind::Incident) {
                let incident = self.known_dialogue(author, MessageId(hash(reference)))?;
                if incident.traffic != traffic {
                    return Err(ChannelFault::OtherTraffic {}.into());
                }
            }
            let Some(fits) = parameter.kind.object_kind().and_then(declared_as) else { continue };
            let id = DeclarationId(hash(reference));
            let known = self.ledger().declarations.get(&id);
            let known = known.filter(|known| self.ledger().sees(author.party, known));
            let Some(known) = known else {
                return Err(Refusal::Unknown { what: Referent::Declaration(id) });
            };
            let kind = known.declared.kind();
            if !fits.contains(&kind) {
                return Err(Refusal::OtherKind { kind });
            }
        }
        Ok(())
    }

    /// What a site or a movement is called is no track.
    fn is_not_protected(&self, author: &Author<'_>, of: &ObjectRef) -> Result<(), ChannelFault> {
        let known = self.ledger().declarations.get(&DeclarationId(hash(of)));
        let known = known.filter(|known| self.ledger().sees(author.party, known));
        let is_protected =
            known.is_some_and(|known| matches!(known.declared.kind(), Kind::Site | Kind::Movement));
        if is_protected { Err(ChannelFault::NeverProtected {}) } else { Ok(()) }
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
        let dialogue = self.known_dialogue(author, message)?;
        knows_text(statement, dialogue)?;
        let said = (answer.answer.row().parameters, &answer.parameters);
        self.knows_references(author, said, dialogue.traffic)?;
        dialogue.clone().answer(answer, &actor, now)?;
        Ok(Vec::new())
    }

    pub(super) fn confirm(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        message: MessageId,
        party: &PartyId,
        now: Time,
    ) -> Verdict {
        let actor = self.actor(statement, author);
        let dialogue = self.known_dialogue(author, message)?;
        knows_text(statement, dialogue)?;
        dialogue.clone().confirm(party, &actor, now)?;
        Ok(Vec::new())
    }

    pub(super) fn receive(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        message: MessageId,
        (receipt, shown_in): (Receipt, Option<&LanguageTag>),
        now: Time,
    ) -> Verdict {
        let actor = self.actor(statement, author);
        let before = self.known_dialogue(author, message)?;
        knows_text(statement, before)?;
        let mut after = before.clone();
        after.receive_in(receipt, shown_in, &actor, now)?;
        if after == *before {
            return Err(ChannelFault::SaidAlready {}.into());
        }
        Ok(Vec::new())
    }
}

/// Whether whoever answers or reads back has read the text as it is: what was signed before a correction was read answers
/// another one. Who says not what they have seen answers for that.
fn knows_text(statement: &Statement, dialogue: &Dialogue) -> Result<(), ChannelFault> {
    let (Some(reopened), Some(seen)) = (dialogue.reopened, &statement.seen) else { return Ok(()) };
    if seen.size <= reopened { Err(ChannelFault::CorrectedSince {}) } else { Ok(()) }
}

/// Whether what a message does to another one can be done.
fn takes_effect(
    dialogue: &Dialogue,
    author: &Author<'_>,
    (message, to): (&Message, &BTreeSet<PartyId>),
    table: &LimitTable,
    now: Time,
) -> Result<Dialogue, ChannelFault> {
    let (mut after, effect) = (dialogue.clone(), message.code.row().effect);
    // Nobody takes back, rewrites or breaks for another what that one signed.
    if !author.signs()
        && matches!(effect, Effect::Cancels | Effect::Corrects | Effect::BreaksPromise)
    {
        return Err(ChannelFault::PersonOnly {});
    }
    let author = author.party;
    let to_all = || match to.iter().eq(dialogue.exchanges.keys()) {
        true => Ok(()),
        false => Err(ChannelFault::Addressees {}),
    };
    // What was done by its word is not undone by another one: that is a message of its own.
    if matches!(effect, Effect::Cancels | Effect::Corrects) && dialogue.is_report() {
        return Err(ChannelFault::Report {});
    }
    match effect {
        Effect::Cancels => {
            to_all()?;
            after.cancel(author, now)
        }
        Effect::Corrects => {
            to_all()?;
            let (field, value) = correction(message).ok_or(ChannelFault::Sender {})?;
            after.correct(author, (field, value), table, now).map(drop)
        }
        Effect::BreaksPromise if !to.iter().eq([&dialogue.sender]) => {
            Err(ChannelFault::Addressees {})
        }
        Effect::BreaksPromise if !after.break_promise(author) => {
            Err(ChannelFault::NothingToKeep {})
        }
        _ => Ok(()),
    }?;
    Ok(after)
}
