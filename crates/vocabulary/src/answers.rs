//! The answers, as data.

use std::fmt;

use crate::choices::REASONS;
use crate::code::{ObjectKind, Parameter, ParameterKind, by_identifier};
use crate::spelling::serde_as_text;
use crate::terms::Term;

/// How an answer that does not close holds the dialogue open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hold {
    /// Until the time in its parameter `answer_by`, once in a dialogue. It never moves the deadline of what is asked.
    OnceUntilItsTime,
    /// For so many seconds each time.
    EachTimeFor {
        /// Seconds.
        seconds: u32,
    },
}

/// An answer of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnswerRow {
    /// What it is called, in capitals.
    pub id: &'static str,
    /// Its parameters, in the order in which they are said.
    pub parameters: &'static [Parameter],
    /// Whether it closes the dialogue.
    pub closes: bool,
    /// Whether it promises something: an undertaking with its own clock, its parameter `by`.
    pub opens_undertaking: bool,
    /// How it holds the dialogue open, where it does not close it.
    pub hold: Option<Hold>,
    /// The sentences that end every rendering.
    pub endings: &'static [Term],
    /// The sentences that end a rendering as an answer to a code.
    pub endings_to: &'static [(&'static str, Term)],
}

const fn closing(id: &'static str) -> AnswerRow {
    AnswerRow {
        id,
        parameters: &[],
        closes: true,
        opens_undertaking: false,
        hold: None,
        endings: &[],
        endings_to: &[],
    }
}

impl AnswerRow {
    const fn says(mut self, parameters: &'static [Parameter]) -> AnswerRow {
        self.parameters = parameters;
        self
    }

    const fn ends(mut self, endings: &'static [Term]) -> AnswerRow {
        self.endings = endings;
        self
    }

    const fn ends_to(mut self, endings_to: &'static [(&'static str, Term)]) -> AnswerRow {
        self.endings_to = endings_to;
        self
    }

    const fn promises(mut self) -> AnswerRow {
        self.opens_undertaking = true;
        self
    }

    const fn holds(mut self, hold: Hold) -> AnswerRow {
        self.closes = false;
        self.hold = Some(hold);
        self
    }
}

const BY: Parameter = Parameter::new("by", ParameterKind::Time);
const ANSWER_BY: Parameter = Parameter::new("answer_by", ParameterKind::Time);
const STOPPED_FROM: Parameter = Parameter::new("stopped_from", ParameterKind::Time);
const REASON: Parameter = Parameter::new("reason", ParameterKind::Choice(REASONS));
const TEXT: Parameter = Parameter::new("text", ParameterKind::Text);
const OPERATION: Parameter =
    Parameter::new("operation", ParameterKind::Reference(ObjectKind::Operation));

/// All answers. An answer is added here and in the languages' files.
pub static ANSWERS: &[AnswerRow] = &[
    closing("WILCO").says(&[BY]).promises().ends_to(&[("Y1", Term::NotTheGroupsConsent)]),
    closing("UNABLE").says(&[REASON]),
    closing("STANDBY").says(&[ANSWER_BY]).holds(Hold::OnceUntilItsTime),
    closing("AFFIRM"),
    closing("NEGATIVE").says(&[REASON]),
    closing("ROGER").ends(&[Term::NotRecognition]),
    closing("CEASED").says(&[STOPPED_FROM]).ends(&[Term::NothingOfBefore]),
    closing("CHECKING").holds(Hold::EachTimeFor { seconds: 120 }),
    closing("NOT OURS").ends(&[Term::SaysNotWhoIsThere]),
    closing("OURS"),
    closing("PARTNER"),
    closing("UNKNOWN").ends(&[Term::SaysNotWhoIsThere]),
    closing("ROUTINE"),
    closing("SEE OPERATION").says(&[OPERATION]),
    closing("AS NOTIFIED"),
    closing("CHANGED"),
    closing("STOPPING"),
    closing("CANNOT CONFIRM"),
    closing("KEEP CLEAR"),
    closing("CALL US"),
    closing("NO STATEMENT").ends(&[Term::SaysNotWhoIsThere]),
    closing("ACCEPTED"),
    closing("MAINTAINED"),
    closing("CLARIFIED").says(&[TEXT]),
];

/// An answer of the table, by what it is called.
#[derive(Clone, Copy)]
pub struct AnswerId(&'static AnswerRow);

impl AnswerId {
    /// The answer of this name, such as `NOT OURS`. `None`: there is none.
    pub fn new(id: &str) -> Option<AnswerId> {
        ANSWERS.iter().find(|answer| answer.id == id).map(AnswerId)
    }

    /// All answers, in the order of the table.
    pub fn all() -> impl Iterator<Item = AnswerId> {
        ANSWERS.iter().map(AnswerId)
    }

    /// What the table says of it.
    pub fn row(self) -> &'static AnswerRow {
        self.0
    }

    /// What it is called.
    pub fn as_str(self) -> &'static str {
        self.0.id
    }

    /// What it is called where no gap may be: `NOT-OURS`.
    pub fn hyphenated(self) -> String {
        self.0.id.replace(' ', "-")
    }

    /// The answer that is so called where no gap may be.
    pub fn from_hyphenated(text: &str) -> Option<AnswerId> {
        AnswerId::all().find(|answer| answer.hyphenated() == text)
    }
}

by_identifier!(AnswerId);
serde_as_text!(AnswerId, AnswerId::new, "an answer of the vocabulary such as WILCO");
