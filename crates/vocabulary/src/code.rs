//! What a code is: its parameters, how it is answered, how urgent it is, who sends it to whom, what it does.

use std::fmt;

use crate::answers::AnswerId;
use crate::choices::ChoiceList;
use crate::codes::CODES;
use crate::precedence::{LimitTable, Precedence, PrecedenceRule, TimeLimits};
use crate::spelling::serde_as_text;
use crate::terms::Term;

/// What a parameter may be worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParameterKind {
    /// An instant.
    Time,
    /// An instant in whole steps of [`COARSE_STEP_S`]: of what others do nothing finer is told.
    CoarseTime,
    /// A number without a unit, both bounds included.
    Number {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
    /// How long, in whole minutes, from 0 to this.
    Minutes {
        /// The most.
        most: u32,
    },
    /// Something that stands in the record.
    Reference(ObjectKind),
    /// A site, a movement, or a place that nobody notified: by its reference, a place or a cell.
    ProtectedPlace,
    /// A track by its reference, or a group by its name.
    TrackOrGroup,
    /// Volumes, by reference.
    Volumes,
    /// Volumes, by reference, or a cell of the sharing grid: where no more is to be told than that.
    VolumesOrCell,
    /// A cell of the sharing grid.
    Cell,
    /// A place.
    Place,
    /// One of a list.
    Choice(ChoiceList),
    /// Some of a list, at least one.
    Choices(ChoiceList),
    /// What a person, a post, a party or a group is called.
    Name,
    /// Languages.
    Languages,
    /// What somebody wrote.
    Text,
    /// The name of a parameter.
    Field,
    /// What another parameter may be worth.
    OfField,
}

/// How finely a time may be told of the movements of others, in seconds: to 5 minutes.
pub const COARSE_STEP_S: i64 = 5 * 60;

/// What kind of thing in the record a reference names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ObjectKind {
    /// A zone.
    Zone,
    /// An operation.
    Operation,
    /// A site.
    Site,
    /// A movement.
    Movement,
    /// A site or a movement.
    SiteOrMovement,
    /// A version of a zone, an operation, a site or a movement.
    Version,
    /// A conflict.
    Conflict,
    /// A track.
    Track,
    /// A message.
    Message,
    /// An entry of the record.
    Entry,
    /// An incident: the message that opened or reported it.
    Incident,
    /// What is kept as evidence, by the hash of its bytes; it need not stand in the record.
    Evidence,
}

/// Whether a parameter must be given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// Always.
    Required,
    /// As the sender likes.
    Optional,
    /// As the sender likes; where it is not given, this is said in its place.
    ElseSaid(Term),
    /// Always where another parameter is worth this choice, and else never.
    With {
        /// The other parameter.
        parameter: &'static str,
        /// Its choice.
        choice: &'static str,
    },
}

/// A parameter of a code or an answer. One name has one label in all codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Its name: lower-case letters and underscores.
    pub name: &'static str,
    /// What it may be worth.
    pub kind: ParameterKind,
    /// Whether it must be given.
    pub need: Need,
    /// Whether it says when something happened: what lies ahead has not.
    pub is_past: bool,
}

impl Parameter {
    pub(crate) const fn new(name: &'static str, kind: ParameterKind) -> Parameter {
        Parameter { name, kind, need: Need::Required, is_past: false }
    }

    pub(crate) const fn optional(mut self) -> Parameter {
        self.need = Need::Optional;
        self
    }

    pub(crate) const fn past(mut self) -> Parameter {
        self.is_past = true;
        self
    }

    pub(crate) const fn else_said(mut self, term: Term) -> Parameter {
        self.need = Need::ElseSaid(term);
        self
    }

    pub(crate) const fn with(mut self, parameter: &'static str, choice: &'static str) -> Parameter {
        self.need = Need::With { parameter, choice };
        self
    }

    /// Whether a correction of it opens the dialogue anew: it says where, when, of which zone or to whom.
    pub fn reopens(&self) -> bool {
        match self.kind {
            ParameterKind::Time
            | ParameterKind::CoarseTime
            | ParameterKind::Minutes { .. }
            | ParameterKind::ProtectedPlace
            | ParameterKind::TrackOrGroup
            | ParameterKind::Volumes
            | ParameterKind::VolumesOrCell
            | ParameterKind::Cell
            | ParameterKind::Place
            | ParameterKind::Name
            | ParameterKind::Field
            | ParameterKind::OfField
            | ParameterKind::Reference(_) => true,
            ParameterKind::Choice(list) => {
                list == crate::choices::SECTORS || list == crate::choices::WHEREABOUTS
            }
            ParameterKind::Number { .. }
            | ParameterKind::Choices(_)
            | ParameterKind::Languages
            | ParameterKind::Text => false,
        }
    }
}

/// How a message is answered (after the response attributes of the controller-pilot data link, CPDLC).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attribute {
    /// W/U: WILCO, UNABLE, STANDBY.
    WilcoUnable,
    /// A/N: AFFIRM, NEGATIVE, STANDBY.
    AffirmNegative,
    /// R: ROGER.
    Roger,
    /// Y: the answers that the code lists, and STANDBY unless one of them holds the line open in its place.
    Listed(&'static [&'static str]),
    /// N: none is needed, and it is closed at once.
    Nothing,
}

impl Attribute {
    /// The letters that CPDLC writes it with.
    pub fn letters(self) -> &'static str {
        match self {
            Attribute::WilcoUnable => "W/U",
            Attribute::AffirmNegative => "A/N",
            Attribute::Roger => "R",
            Attribute::Listed(_) => "Y",
            Attribute::Nothing => "N",
        }
    }

    /// The answers that it allows.
    pub fn answers(self) -> Vec<AnswerId> {
        let listed: &[&str] = match self {
            Attribute::WilcoUnable => &["WILCO", "UNABLE", "STANDBY"],
            Attribute::AffirmNegative => &["AFFIRM", "NEGATIVE", "STANDBY"],
            Attribute::Roger => &["ROGER"],
            Attribute::Listed(listed) => listed,
            Attribute::Nothing => &[],
        };
        let mut answers: Vec<_> = listed.iter().filter_map(|id| AnswerId::new(id)).collect();
        let holds = |answer: &AnswerId| answer.row().hold.is_some();
        if matches!(self, Attribute::Listed(_)) && !answers.iter().any(holds) {
            answers.extend(AnswerId::new("STANDBY"));
        }
        answers
    }

    /// Whether somebody is asked to do something.
    pub fn asks_to_do(self) -> bool {
        matches!(self, Attribute::WilcoUnable | Attribute::AffirmNegative)
    }

    /// Whether it allows this answer.
    pub fn allows(self, answer: AnswerId) -> bool {
        self.answers().contains(&answer)
    }
}

/// Who may send a code. Every message has a named sender.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Senders {
    /// A person who acts for a party.
    pub person: bool,
    /// A machine operator of a party.
    pub machine: bool,
    /// The host, of itself.
    pub host: bool,
}

impl Senders {
    /// A party's person alone.
    pub const PERSON: Senders = Senders { person: true, machine: false, host: false };
    /// A party's person or machine operator.
    pub const PARTY: Senders = Senders { person: true, machine: true, host: false };
    /// The host alone.
    pub const HOST: Senders = Senders { person: false, machine: false, host: true };
    /// All three.
    pub const ANY: Senders = Senders { person: true, machine: true, host: true };
}

/// To whom a code goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Addressees {
    /// The parties that its sender names.
    AsNamed,
    /// The parties that its sender names, for themselves or for a group that they speak for; never a site or
    /// a movement.
    PartyOrGroup,
    /// Everybody who holds what it speaks of.
    EveryHolder,
    /// Every party that holds the object, and, unless its owner forbade it, all others with a grid cell in
    /// its place. Without an object: all parties.
    EveryHolderAndOthersByCell,
    /// The owner of what it speaks of.
    Owner,
    /// Both sides of what was found.
    BothSides,
    /// Those who may enter before the zone's party, never after it; where nobody knows whose it is, all at once.
    ThoseWhoMayEnterFirst,
    /// The party that speaks for the group.
    SpeakerForGroup,
    /// The party that asked for the relay.
    AskerOfRelay,
    /// The author of the message or the entry that it speaks of.
    AuthorOfSubject,
    /// Those to whom the message went that it speaks of.
    AddresseesOfMessage,
}

/// What a code does beside being said and answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// It tries the line: one that is missed is counted.
    TestsLine,
    /// Moves what is open to another operator.
    HandsOver,
    /// Suspends the channel, but for what saves lives.
    SuspendsChannel,
    /// Resumes the channel.
    ResumesChannel,
    /// Opens an incident that stays open until the owner of the object ends it.
    OpensIncident,
    /// Ends an incident, said by the owner of the object.
    EndsIncident,
    /// Asks that a message be passed on to a group.
    AsksRelay,
    /// Says that it was passed on.
    PassesOn,
    /// Says what the group replied. Every choice of the parameter `reply` but this one escalates.
    BringsReply {
        /// The one that does not escalate.
        settled_by: &'static str,
        /// The one that says that the group was not spoken to: it meets no undertaking to pass something on.
        unmet_by: &'static str,
    },
    /// Says that it could not be passed on.
    FailsToPassOn,
    /// Puts another value into an earlier message.
    Corrects,
    /// Takes an earlier message back.
    Cancels,
    /// Takes back an answer that promised something.
    BreaksPromise,
    /// Says how a movement goes.
    TellsOfMovement {
        /// The choices of the parameter `status` by which it is no longer on its way.
        over_by: &'static [&'static str],
    },
    /// Says that a notice of a site or a movement was passed to units.
    PassesToUnits,
}

/// When a standing sentence ends a rendering.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Always.
    Always,
    /// Where an optional parameter is given.
    Given(&'static str),
    /// Where a parameter is worth a choice.
    Chosen(&'static str, &'static str),
    /// Where the field that is corrected opens the dialogue anew.
    Reopens,
}

/// A code of the channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Code {
    /// Its letter and number.
    pub id: &'static str,
    /// What it is called in English on a voice line.
    pub title: &'static str,
    /// Its parameters, in the order in which they are said.
    pub parameters: &'static [Parameter],
    /// How it is answered.
    pub attribute: Attribute,
    /// How urgent it is.
    pub precedence: PrecedenceRule,
    /// By when it must be answered, in seconds, where that is sooner than its precedence says.
    pub answer_within_s: Option<u32>,
    /// The parameter that says until when there is time: the entry, overlap or deadline it speaks of.
    pub time_left_by: Option<&'static str>,
    /// Who may send it.
    pub senders: Senders,
    /// Whether it needs a person's signature: nothing attested and nothing entered for a party will do.
    pub person_signs: bool,
    /// To whom it goes.
    pub addressees: Addressees,
    /// The sentences that end every rendering.
    pub endings: &'static [(Term, When)],
    /// What it does.
    pub effect: Effect,
    /// The codes whose undertakings it reports done.
    pub meets: &'static [&'static str],
    /// How often a party may send it a day.
    pub per_day: Option<u8>,
    /// The answer that silence counts as. `None`: silence is NO ANSWER.
    pub silence_counts_as: Option<&'static str>,
    /// Whether only the owner of what it speaks of says it.
    pub owner_says: bool,
    /// Whether it says what becomes of what was declared: that is done by a statement of its own, which stands by this code,
    /// and never by a message.
    pub by_statement: bool,
    /// Whether AFFIRM to it, signed, agrees to that very version of a zone.
    pub affirm_agrees: bool,
    /// What it is modelled on.
    pub modelled_on: &'static str,
}

impl Code {
    /// Its family: L line, Z zones, O operations, P protected places, H pauses, W warnings and requests, Y relay,
    /// D disputes and corrections.
    pub fn family(&self) -> char {
        self.id.chars().next().unwrap_or('?')
    }

    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Whether a machine operator may answer it: codes about operations alone.
    pub fn machine_may_answer(&self) -> bool {
        self.family() == 'O'
    }

    /// Whether it passes while its addressee or its sender has suspended the channel, and is never refused for a
    /// bound or a clock.
    pub fn always_passes(&self) -> bool {
        matches!(self.family(), 'P' | 'W' | 'L' | 'H') || self.effect == Effect::Cancels
    }

    /// Whether the host sends it of itself, and nobody else does.
    pub fn is_of_host_alone(&self) -> bool {
        self.senders == Senders::HOST
    }

    /// Whether it is never grouped with others and never silent: what opens an incident.
    pub fn is_never_grouped(&self) -> bool {
        self.effect == Effect::OpensIncident
    }

    /// How urgent a message is with so many seconds left, about a message of that precedence.
    pub fn precedence(
        &self,
        time_left_s: Option<i64>,
        spoken_of: Option<Precedence>,
    ) -> Precedence {
        self.precedence.with(time_left_s, spoken_of)
    }

    /// How many seconds before what its messages speak of they become more urgent, the most first.
    pub fn precedence_rises(&self) -> Vec<i64> {
        self.precedence.rises()
    }

    /// By when a message of that precedence must have been delivered, read back and answered.
    pub fn limits(
        &self,
        table: &LimitTable,
        precedence: Precedence,
        time_left_s: Option<i64>,
    ) -> TimeLimits {
        let mut limits = table.of(precedence);
        if let Some(within_s) = self.answer_within_s {
            limits.answered_s = limits.answered_s.min(within_s);
            limits.read_back_s = limits.read_back_s.min(within_s);
            limits.delivered_s = limits.delivered_s.min(within_s);
        }
        limits.within(time_left_s, table.flash)
    }
}

/// A code of the table.
#[derive(Clone, Copy)]
pub struct CodeId(&'static Code);

impl CodeId {
    /// The code of this identifier. `None`: there is none.
    pub fn new(id: &str) -> Option<CodeId> {
        CODES.iter().find(|code| code.id == id).map(CodeId)
    }

    /// All codes, in the order of the table.
    pub fn all() -> impl Iterator<Item = CodeId> {
        CODES.iter().map(CodeId)
    }

    /// What the table says of it.
    pub fn row(self) -> &'static Code {
        self.0
    }

    /// Its letter and number.
    pub fn as_str(self) -> &'static str {
        self.0.id
    }
}

/// What tells interned rows apart: their identifiers, which stay when the table grows.
macro_rules! by_identifier {
    ($type:ty) => {
        impl PartialEq for $type {
            fn eq(&self, other: &$type) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Eq for $type {}

        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &$type) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $type {
            fn cmp(&self, other: &$type) -> std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl std::hash::Hash for $type {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use by_identifier;

by_identifier!(CodeId);
serde_as_text!(CodeId, CodeId::new, "a code of the vocabulary such as W4");

/// The name of a parameter of some code or answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ParameterName(&'static str);

impl ParameterName {
    /// The parameter of this name. `None`: no code and no answer has one.
    pub fn new(name: &str) -> Option<ParameterName> {
        parameters().find(|parameter| parameter.name == name).map(Parameter::named)
    }

    /// The names of all parameters, each once, in the order of the tables.
    pub fn all() -> Vec<ParameterName> {
        let mut all = Vec::new();
        for name in parameters().map(Parameter::named) {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        all
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The parameters of this name, in whichever code or answer.
    pub(crate) fn everywhere(self) -> impl Iterator<Item = &'static Parameter> {
        parameters().filter(move |parameter| parameter.name == self.0)
    }
}

/// The parameters of all codes, then those of all answers.
fn parameters() -> impl Iterator<Item = &'static Parameter> {
    let of_codes = CODES.iter().flat_map(|code| code.parameters);
    of_codes.chain(AnswerId::all().flat_map(|answer| answer.row().parameters))
}

impl Parameter {
    /// Its name, as what stands in messages.
    pub fn named(&self) -> ParameterName {
        ParameterName(self.name)
    }
}

impl fmt::Display for ParameterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

serde_as_text!(ParameterName, ParameterName::new, "a parameter of the vocabulary such as zone");
