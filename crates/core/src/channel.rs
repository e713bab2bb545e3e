//! The channel: a message, what came of it with each party that it went to, and what falls due.
//!
//! A [`Dialogue`] is a message and, for each addressee, an [`Exchange`]: the receipts, the answers and the steps that
//! time took. What the codes allow stands in the vocabulary; this holds them to it. Silence is NO ANSWER and never
//! consent, a receipt is no answer, a machine's receipt is no person's, and what is late can be read and not complied
//! with.
//!
//! *Architecture invariant*: pure. What a deadline leads to is found by [`Dialogue::due`] and counts once it has been
//! applied, so that a restart finds what fell due meanwhile, each step once and in its order.

mod addressees;
mod by_cell;
mod clock;
mod duty;
mod exchange;
mod exit;
mod incident;
mod line;
mod movement;
mod open;
mod relay;
mod remark;
mod repeats;
mod retention;
mod times;

use std::collections::{BTreeMap, BTreeSet};

use deconflict_record::{Hash, KeyId};
use deconflict_vocabulary::{
    AnswerFault, CodeId, Effect, LimitTable, Message, MissedStep, ObjectKind, ObjectRef, Parameter,
    ParameterFault, ParameterName, Parameters, Precedence, TimeLimits, Traffic, Value,
};
use serde::{Deserialize, Serialize};

pub use addressees::AddresseeRule;
pub use by_cell::CellNotice;
pub use duty::DutyHandover;
pub use exchange::{
    AnswerEntry, Exchange, ExchangeState, LapseEntry, Undertaking, UndertakingState,
};
pub use exit::ExitObstacle;
pub use line::{LineReport, LineTest, LineTestOutcome};
pub use movement::{OVERDUE_AFTER_S, UNITS_TOLD_BEFORE_S};
pub use relay::{Hop, RelayReport};
pub use remark::{MOST_SEALED_CHARS, MessageRemark, SealedRemark};
pub use times::SpokenOf;
pub(crate) use times::may_have_been_relayed;

pub(crate) use addressees::declared_as;
pub(crate) use by_cell::told_by_cell;
pub(crate) use incident::place;
pub(crate) use movement::{MovementReports, movement_over};
pub(crate) use open::OpenMessages;
pub(crate) use relay::{is_relay_report, report};
pub(crate) use retention::standing;

use times::urgency;

use crate::names::{MessageId, PartyId};
use crate::say::Role;
use crate::time::Time;

/// A message and what came of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialogue {
    /// What was sent, as it was corrected last.
    pub message: Message,
    /// Whether it is meant.
    pub traffic: Traffic,
    /// Who sent it.
    pub sender: PartyId,
    /// What its author added. It changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<MessageRemark>,
    /// How urgent it is.
    pub precedence: Precedence,
    /// How urgent it was before each correction that changed that, and the entry of that correction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<(u64, Precedence)>,
    /// When it was taken in, or corrected so that its limits began anew.
    pub since: Time,
    /// Until when it can be complied with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Time>,
    /// By when each step is due, counted from `since`.
    pub limits: TimeLimits,
    /// Where it asks that a message be passed on, when what that one asks for is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_by: Option<Time>,
    /// The entry of the last correction that opened it anew: what was said by somebody who had not seen that was said to
    /// another text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened: Option<u64>,
    /// With whom.
    pub exchanges: BTreeMap<PartyId, Exchange>,
    /// When its sender took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<Time>,
    /// When the owner of the place said that it is no longer being hit, or that of a movement that it is no longer on its
    /// way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Time>,
    /// When what the host tells of itself was due: found later, it is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Time>,
    /// How it was said for its sender, where that did not sign it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_on: Option<PassedOn>,
    /// What it follows, where the host tells by it, in the sender's name, that a place is being hit which its addressee may not
    /// see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_cell: Option<Box<CellNotice>>,
    /// By how many seconds the clock by which it was signed was ahead of the host's, below 0 behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ahead_s: Option<i64>,
    /// The entries that tell of it to all whom it concerns: its own first.
    pub entries: Vec<u64>,
}

/// What is sent, before anything came of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Sending {
    /// What is said.
    pub message: Message,
    /// Whether it is meant.
    pub traffic: Traffic,
    /// By whom.
    pub sender: PartyId,
    /// To whom.
    pub to: Vec<PartyId>,
    /// What its author added.
    pub remark: Option<MessageRemark>,
    /// Until when it can be complied with.
    pub valid_until: Option<Time>,
    /// The message that it speaks of, if it speaks of one.
    pub spoken_of: Option<SpokenOf>,
}

/// Who acts in a dialogue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Actor<'a> {
    /// For whom.
    pub party: &'a PartyId,
    /// With which key.
    pub key: KeyId,
    /// What the key is for.
    pub role: Role,
    /// How it is said for the party; `None`: the party signs it itself.
    pub passed_on: Option<PassedOn>,
}

impl Actor<'_> {
    /// Whether the party signs it itself: what a gateway attests and the watch desk enters for a party it does not.
    pub fn signs(&self) -> bool {
        self.passed_on.is_none()
    }
}

/// How something is said for a party that does not sign it itself. Readers always see which of the two.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PassedOn {
    /// The watch desk entered it.
    Entered,
    /// A gateway of the party attested it.
    Attested,
}

/// A receipt: what it says has happened, and no more than that.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Receipt {
    /// The addressee's desk has it: a machine may say so.
    Delivered,
    /// It was on a screen: a machine may say so.
    Displayed,
    /// A person has confirmed the parameters as they were rendered.
    ReadBack,
}

/// What the passing of time leads to in one exchange.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lapse {
    /// No desk of the addressee has it: its sender is shown the voice number and what to read.
    NotDelivered,
    /// No person has read it back: every desk of the party shows it, and it goes by its alternate path.
    EveryDesk,
    /// No person has read it back: it goes by the party's alternate path.
    AlternatePath,
    /// It was not answered: it goes to the next level.
    NextLevel,
    /// It was not answered: the addressee is reminded.
    Reminder,
    /// It was not answered: it is spoken of in the next line test.
    NextLineTest,
    /// It was not answered by its deadline. That is no consent and no refusal.
    NoAnswer,
    /// Nobody has read it back by its deadline: it was not received, which is no refusal.
    NotReceived,
    /// What was promised was not reported done by its time.
    UndertakingOverdue,
    /// It was passed on, and nobody has said what the group replied by the time that it was asked for.
    NoReply,
}

impl Lapse {
    fn of(step: MissedStep) -> Lapse {
        match step {
            MissedStep::EveryDeskAndAlternatePath => Lapse::EveryDesk,
            MissedStep::AlternatePath => Lapse::AlternatePath,
            MissedStep::NextLevel => Lapse::NextLevel,
            MissedStep::Reminder => Lapse::Reminder,
            MissedStep::NextLineTest => Lapse::NextLineTest,
        }
    }

    /// Whether it is what the addressee is held to from then on: the others warn and change nothing.
    pub fn is_final(self) -> bool {
        matches!(self, Lapse::NoAnswer | Lapse::NotReceived)
    }

    /// Whether it goes to the next level: from then on the watch desk reads the message.
    pub fn escalates(self) -> bool {
        matches!(self, Lapse::NextLevel | Lapse::UndertakingOverdue | Lapse::NoReply)
    }
}

/// Why something said in a dialogue takes no effect.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ChannelFault {
    /// A parameter is not what the code asks for.
    Parameter(ParameterFault),
    /// The answer is none to this code, or is not what it asks for.
    Answer(AnswerFault),
    /// Nobody is addressed, or the sender itself, or somebody whom it does not go to.
    Addressees {},
    /// It goes to these parties as well.
    LeftOut {
        /// Whom it must go to and does not.
        parties: BTreeSet<PartyId>,
    },
    /// It said that something was done or is over: that is not taken back or corrected, but said anew.
    Report {},
    /// Nobody asked for it to be passed on.
    NotAsked {},
    /// Only its owner says this of what was declared.
    OwnerOnly {},
    /// What is being hit is never another place: its owner ends that, and this is another message.
    IncidentPlace {},
    /// The line to an addressee is suspended, by it or by the sender: what saves lives, and taking something back, passes
    /// alone.
    LineSuspended {
        /// Who suspended it.
        by: PartyId,
    },
    /// The party has sent as many of this code within a day as it may.
    DayIsFull {
        /// How many it may.
        most: u8,
    },
    /// The author's kind of key does not send this code.
    Sender {},
    /// Only a person's own signature will do: for what is said, or for a receipt that says what a person did.
    PersonOnly {},
    /// In which language a message was shown is said of a read-back alone.
    LanguageOfReadBack {},
    /// The message did not go to the author's party.
    NotAddressed {},
    /// Only its sender may say this.
    NotSender {},
    /// It was taken back, or needs no answer.
    Closed {},
    /// It was answered in a way that closes it.
    AlreadyAnswered {},
    /// It was corrected, and its author had not read that.
    CorrectedSince {},
    /// It can be read, and not complied with: its time is over.
    TooLateToComply {
        /// Until when it could be.
        valid_until: Time,
    },
    /// Another STANDBY holds nothing: the first was the only one.
    StoodByOnce {},
    /// A time that an answer promises or asks for has passed, or lies beyond the deadline of what is asked.
    AnswerTime {},
    /// It belongs to traffic of another kind than the message that it speaks of: real, exercise and test never mix.
    OtherTraffic {},
    /// What becomes of what was declared is said by a statement of its own, which does it.
    OwnStatement {},
    /// Nothing that is still to be done was promised.
    NothingPromised {},
    /// The party answered nothing that others rely on still.
    NothingToKeep {},
    /// What is asked for was to be done before now.
    Deadline {},
    /// It says when something happened, and that lies ahead.
    NotYet {
        /// Which parameter says so.
        field: ParameterName,
    },
    /// It says when a message was passed on or replied to, and that lies before the message.
    BeforeMessage {
        /// Which parameter says so.
        field: ParameterName,
        /// Since when the message stands as it is.
        since: Time,
    },
    /// A site or a movement is never asked to hold or to leave.
    NeverProtected {},
    /// The remark is empty or too long, or has characters that steer a terminal or are not seen.
    Remark {},
    /// The sealed remark is empty or too long, or is not base64.
    SealedRemark {},
    /// It says nothing that was not said already.
    SaidAlready {},
    /// The message has no parameter of this name, or none that is corrected.
    NoSuchField {
        /// Which.
        field: ParameterName,
    },
}

impl Dialogue {
    /// A message that was taken in at `now`, with the limits of this table.
    ///
    /// # Errors
    /// When its parameters are not what its code asks for, or it is addressed to nobody or to its own sender.
    pub fn begin(
        sending: Sending,
        table: &LimitTable,
        now: Time,
    ) -> Result<Dialogue, ChannelFault> {
        sending.message.check().map_err(ChannelFault::Parameter)?;
        if sending.to.is_empty() || sending.to.contains(&sending.sender) {
            return Err(ChannelFault::Addressees {});
        }
        Ok(Dialogue::opened(sending, table, now))
    }

    /// The same of what the host tells of itself, which goes to its watch desk as well.
    pub(crate) fn opened(sending: Sending, table: &LimitTable, now: Time) -> Dialogue {
        let Sending { message, traffic, sender, to, remark, valid_until, spoken_of } = sending;
        let asks_relay = message.code.row().effect == Effect::AsksRelay;
        let passed_by = spoken_of.and_then(|of| of.passed_by).filter(|_| asks_relay);
        let of_message = spoken_of.map(|of| of.precedence);
        let (precedence, limits) = urgency(&message, (of_message, passed_by), table, now);
        let exchanges = to.into_iter().map(|party| (party, Exchange::default())).collect();
        Dialogue {
            message,
            traffic,
            sender,
            remark,
            precedence,
            was: Vec::new(),
            since: now,
            valid_until,
            limits,
            passed_by,
            reopened: None,
            exchanges,
            cancelled: None,
            ended: None,
            due: None,
            passed_on: None,
            by_cell: None,
            clock_ahead_s: None,
            entries: Vec::new(),
        }
    }

    /// Whether an author may send this code, whatever it says.
    ///
    /// # Errors
    /// When its kind of key does not, or the code needs a person's own signature.
    pub fn may_send(code: CodeId, actor: &Actor<'_>) -> Result<(), ChannelFault> {
        let row = code.row();
        if row.person_signs && !(actor.signs() && actor.role == Role::Person) {
            return Err(ChannelFault::PersonOnly {});
        }
        let sends = match actor.role {
            Role::Person => row.senders.person,
            Role::Machine | Role::Gateway => row.senders.machine,
        };
        if sends { Ok(()) } else { Err(ChannelFault::Sender {}) }
    }

    /// How urgent it was when an entry was taken in: of a correction, before it.
    pub fn precedence_at(&self, index: u64) -> Precedence {
        let later = self.was.iter().find(|(entry, _)| *entry >= index);
        later.map_or(self.precedence, |(_, before)| *before)
    }

    /// What the table of codes says of it.
    pub fn code(&self) -> CodeId {
        self.message.code
    }

    /// Its sender takes it back: nothing more is asked of anybody. What was promised is not asked for any more.
    ///
    /// # Errors
    /// When somebody else says so, or it was taken back already.
    pub fn cancel(&mut self, by: &PartyId, now: Time) -> Result<(), ChannelFault> {
        self.of_sender(by)?;
        self.cancelled = Some(now);
        Ok(())
    }

    /// Its sender puts another value into a parameter. Where that opens the dialogue anew, read-back and answers
    /// lapse, and the limits begin anew; whether it does.
    ///
    /// # Errors
    /// When somebody else says so, it was taken back, it has no such parameter, or is no message with this value.
    pub fn correct(
        &mut self,
        by: &PartyId,
        (field, value): (ParameterName, Value),
        table: &LimitTable,
        now: Time,
    ) -> Result<bool, ChannelFault> {
        self.of_sender(by)?;
        // Of what it speaks is what it is: another one is sent anew.
        let reopens = self.message.reopens(field).filter(|_| field.as_str() != "message");
        let reopens = reopens.ok_or(ChannelFault::NoSuchField { field })?;
        if self.opens_incident() && incident::is_place(self.code(), field) {
            return Err(ChannelFault::IncidentPlace {});
        }
        let corrected = self.message.corrected(field, value).map_err(ChannelFault::Parameter)?;
        if corrected == self.message {
            return Err(ChannelFault::SaidAlready {});
        }
        // Nobody's word is to stand under another text than it was given to; that it was received is no such word.
        let answered = |exchange: &Exchange| {
            exchange.answer().is_some_and(|given| given.answer.answer.as_str() != "ROGER")
        };
        if !reopens && self.exchanges.values().any(answered) {
            return Err(ChannelFault::AlreadyAnswered {});
        }
        self.message = corrected;
        if reopens {
            // Of a code whose urgency is that of another message, it stays.
            self.reopen(table, now);
        }
        Ok(reopens)
    }

    /// Read-back and answers lapse, and the limits begin anew.
    fn reopen(&mut self, table: &LimitTable, now: Time) {
        let of_message = Some(self.precedence);
        let (precedence, limits) = urgency(&self.message, (of_message, self.passed_by), table, now);
        (self.precedence, self.limits, self.since) = (precedence, limits, now);
        self.exchanges.values_mut().for_each(Exchange::reopen);
    }

    /// The message that it asks to have passed on says something else since `now`, or is due at another time: whoever
    /// passed it on is asked anew.
    pub(crate) fn passes_on_anew(
        &mut self,
        (precedence, passed_by): (Precedence, Option<Time>),
        table: &LimitTable,
        now: Time,
    ) {
        (self.passed_by, self.precedence) = (passed_by, precedence);
        self.reopen(table, now);
    }

    fn of_sender(&self, by: &PartyId) -> Result<(), ChannelFault> {
        // What the host found is no word of its party's, and nobody's to take back.
        if *by != self.sender || self.is_of_host() {
            return Err(ChannelFault::NotSender {});
        }
        if self.cancelled.is_some() { Err(ChannelFault::Closed {}) } else { Ok(()) }
    }

    /// Whether it said that something was done, was passed on or is over.
    pub(crate) fn is_report(&self) -> bool {
        let row = self.code().row();
        row.effect == Effect::EndsIncident
            || !row.meets.is_empty()
            || is_relay_report(&self.message)
    }

    /// Whether silence is told as NOT RECEIVED where nobody has read it back: requests that only a person signs.
    fn must_be_received(&self) -> bool {
        self.code().row().person_signs
    }
}

impl Dialogue {
    /// The message that it speaks of, if its code does.
    pub fn spoken_of(&self) -> Option<MessageId> {
        spoken_of(&self.message)
    }

    /// All entries that tell of it, as far as they are known here.
    pub fn all_entries(&self) -> impl Iterator<Item = u64> {
        let of_each = self.exchanges.values().flat_map(|exchange| &exchange.entries);
        self.entries.iter().chain(of_each).copied()
    }

    /// Whether it was sent by this party or went to it.
    pub fn concerns(&self, party: &PartyId) -> bool {
        self.sender == *party || self.exchanges.contains_key(party)
    }
}

/// What a reference names.
pub(crate) fn hash(reference: &ObjectRef) -> Hash {
    Hash(reference.0)
}

/// What a parameter is worth, where it is given.
fn value<'p>(of: &'p Parameters, name: &str) -> Option<&'p Value> {
    of.get(&ParameterName::new(name)?)
}

/// The time that a parameter is worth, where it is given.
fn time(of: &Parameters, name: &str) -> Option<Time> {
    match value(of, name)? {
        Value::Time(at) => Some(Time::from_seconds(at.seconds())),
        _ => None,
    }
}

/// The message that another one speaks of, if its code does.
pub(crate) fn spoken_of(message: &Message) -> Option<MessageId> {
    match value(&message.parameters, "message")? {
        Value::Reference(reference) => Some(MessageId(hash(reference))),
        _ => None,
    }
}

/// What of the record may be a message that another one is about: the message that it speaks of, the incident or the entry
/// that it names.
pub(crate) fn named_messages(message: &Message) -> impl Iterator<Item = MessageId> {
    let of_messages = |parameter: &&Parameter| {
        let kinds = [ObjectKind::Message, ObjectKind::Incident, ObjectKind::Entry];
        parameter.kind.object_kind().is_some_and(|kind| kinds.contains(&kind))
    };
    let parameters = message.code.row().parameters.iter().filter(of_messages);
    parameters.filter_map(|parameter| match message.parameters.get(&parameter.named())? {
        Value::Reference(reference) => Some(MessageId(hash(reference))),
        _ => None,
    })
}

/// What a correction puts into which parameter.
pub(crate) fn correction(message: &Message) -> Option<(ParameterName, Value)> {
    match (value(&message.parameters, "field")?, value(&message.parameters, "new_value")?) {
        (Value::Field(field), new) => Some((*field, new.clone())),
        _ => None,
    }
}

/// Whether a report of what was done is about what another message asked for.
pub(crate) fn reports_on(report: &Message, asked: &Message) -> bool {
    // That nobody was reached is no relay.
    if let Effect::BringsReply { unmet_by, .. } = report.code.row().effect
        && relay::reply(report).is_some_and(|reply| reply.as_str() == unmet_by)
    {
        return false;
    }
    report.code.row().meets.contains(&asked.code.as_str()) && names_the_same(report, asked)
}

/// Whether whatever both messages name by the same name is the same.
fn names_the_same(one: &Message, other: &Message) -> bool {
    let names = |value: &Value| matches!(value, Value::Reference(_) | Value::Name(_));
    let same =
        |(name, value)| other.parameters.get(name).is_none_or(|of| !names(of) || of == value);
    one.parameters.iter().all(same)
}
