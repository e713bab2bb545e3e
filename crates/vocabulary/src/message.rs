//! A message and an answer: a code of the table with its parameters, and whether they are what it says.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::answers::AnswerId;
use crate::choices::{ChoiceId, ChoiceList};
use crate::code::{
    COARSE_STEP_S, CodeId, Need, ObjectKind, Parameter, ParameterKind, ParameterName,
};
use crate::value::{self, MOST_NAME_CHARS, Moment, Value};

/// Parameters by their names.
pub type Parameters = BTreeMap<ParameterName, Value>;

/// Parameters, each once: of two values for one name, readers could each take another.
fn each_once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Parameters, D::Error> {
    struct Reading;
    impl<'de> Visitor<'de> for Reading {
        type Value = Parameters;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("parameters by their names, each once")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
            let mut parameters = Parameters::new();
            while let Some((name, value)) = map.next_entry::<ParameterName, Value>()? {
                if parameters.insert(name, value).is_some() {
                    return Err(A::Error::custom(format_args!("parameter `{name}` twice")));
                }
            }
            Ok(parameters)
        }
    }
    deserializer.deserialize_map(Reading)
}

/// One code of the vocabulary with its parameters: one complete meaning, the same in every language.
///
/// What parsed is well formed; only [`Message::check`] says that it is what its code asks for.
///
/// ```
/// use deconflict_vocabulary::Message;
/// let text = r#"{"code":"L1","parameters":{"n":{"number":7}}}"#;
/// let message: Message = serde_json::from_str(text).unwrap();
/// assert!(message.check().is_ok());
/// let none: Message = serde_json::from_str(r#"{"code":"L1","parameters":{}}"#).unwrap();
/// assert_eq!(none.check().unwrap_err().to_string(), "L1: n: is missing: give it");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Its code.
    pub code: CodeId,
    /// Its parameters.
    #[serde(deserialize_with = "each_once")]
    pub parameters: Parameters,
}

/// One answer of the vocabulary with its parameters.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Which answer.
    pub answer: AnswerId,
    /// Its parameters.
    #[serde(deserialize_with = "each_once")]
    pub parameters: Parameters,
}

/// Whether traffic is meant. The three never mix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Traffic {
    /// It is meant.
    Real,
    /// It belongs to an exercise.
    Exercise,
    /// It tries the line.
    Test,
}

/// What a parameter belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A code.
    Code(CodeId),
    /// An answer.
    Answer(AnswerId),
}

/// Why a parameter is not what its code or answer asks for.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterFault {
    /// Of which code or answer.
    pub of: Subject,
    /// Which parameter.
    pub parameter: ParameterName,
    /// What is wrong.
    pub trouble: Trouble,
}

/// What is wrong with a parameter.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// It must be given.
    Missing,
    /// The code or the answer has no such parameter.
    Surplus,
    /// It is given only with another choice of another parameter.
    SurplusHere,
    /// It is worth a thing of another kind.
    WrongKind,
    /// It is a number out of its bounds, or a place off the earth.
    OutOfRange,
    /// It is finer than may be told of others.
    TooFine,
    /// Its list has no such choice.
    NotInList,
    /// Choices or languages are none, too many, twice or not in their order.
    OutOfOrder,
    /// A name has no letter and no digit, or is too long.
    NameLength,
    /// A text is empty or too long.
    TextLength,
    /// A name or a text has characters that turn the reading direction, begin a line, steer a terminal or are not seen,
    /// or a name has a colon, as labels have.
    Steering,
    /// An end is not after its start.
    NotAfterStart,
    /// A new version is the old one.
    SameVersion,
}

impl fmt::Display for ParameterFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = match self.of {
            Subject::Code(code) => code.as_str(),
            Subject::Answer(answer) => answer.as_str(),
        };
        let fault = match self.trouble {
            Trouble::Missing => "is missing: give it",
            Trouble::Surplus => "is no parameter of it: leave it out",
            Trouble::SurplusHere => "goes with another choice alone: leave it out",
            Trouble::WrongKind => "is of another kind: see what it may be worth",
            Trouble::OutOfRange => "is out of its bounds",
            Trouble::TooFine => "must be a whole 5 minutes of the hour",
            Trouble::NotInList => "is no choice of its list",
            Trouble::OutOfOrder => {
                "must be some of its list, at least one, each once, in the list's order"
            }
            Trouble::NameLength => "must have 1 to 64 characters, a letter or a digit among them",
            Trouble::TextLength => "must have 1 to 200 words and at most 1,600 characters",
            Trouble::Steering => {
                "has line breaks, controls, marks of reading direction or unseen characters, begins or ends with \
                 a gap, or is a name with a colon: leave them out"
            }
            Trouble::NotAfterStart => "must be after the start",
            Trouble::SameVersion => "must differ from the old version",
        };
        write!(f, "{subject}: {}: {fault}", self.parameter)
    }
}

impl std::error::Error for ParameterFault {}

/// Why an answer cannot be given to a message.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerFault {
    /// The code's attribute does not allow it.
    NotAllowed {
        /// The code.
        code: CodeId,
        /// The answer.
        answer: AnswerId,
    },
    /// A parameter of it is wrong.
    Parameter(ParameterFault),
}

impl fmt::Display for AnswerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AnswerFault::NotAllowed { code, answer } => {
                let allowed = code.row().attribute.answers();
                let allowed: Vec<_> = allowed.iter().map(|answer| answer.as_str()).collect();
                let allowed =
                    if allowed.is_empty() { "nothing".into() } else { allowed.join(", ") };
                write!(f, "{code} is not answered by {answer}: answer {allowed}")
            }
            AnswerFault::Parameter(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for AnswerFault {}

impl Message {
    /// A message, checked.
    ///
    /// # Errors
    /// As [`Message::check`].
    pub fn new(code: CodeId, parameters: Parameters) -> Result<Message, ParameterFault> {
        let message = Message { code, parameters };
        message.check()?;
        Ok(message)
    }

    /// Whether every parameter is given that its code asks for, none that it does not have, and each is worth
    /// what it may be.
    ///
    /// # Errors
    /// The first parameter that is missing, surplus or wrong.
    pub fn check(&self) -> Result<(), ParameterFault> {
        check(Subject::Code(self.code), self.code.row().parameters, &self.parameters)
    }

    /// Seconds that are left at `now` before the entry, overlap or deadline that it speaks of; below 0: it has
    /// begun. What is said as a duration counts from when it was said, so then `now` does not matter. `None`: it
    /// speaks of none.
    pub fn time_left_s(&self, now: Moment) -> Option<i64> {
        let parameter = self.code.row().parameter(self.code.row().time_left_by?)?;
        match self.parameters.get(&parameter.named())? {
            Value::Time(at) => Some(at.seconds() - now.seconds()),
            Value::Minutes(minutes) => Some(i64::from(*minutes) * 60),
            _ => None,
        }
    }

    /// Whether a correction of one of its parameters opens the dialogue anew, so that read-back and answers lapse.
    /// `None`: it has no such parameter.
    pub fn reopens(&self, field: ParameterName) -> Option<bool> {
        self.code.row().parameter(field.as_str()).map(Parameter::reopens)
    }

    /// The message with another value in one of its parameters, as a correction says it.
    ///
    /// # Errors
    /// When it has no such parameter, or the message would not be one with it.
    pub fn corrected(&self, field: ParameterName, value: Value) -> Result<Message, ParameterFault> {
        let mut message = self.clone();
        message.parameters.insert(field, value);
        message.check()?;
        Ok(message)
    }
}

impl Answer {
    /// Whether it can be given to a code, with parameters as they must be.
    ///
    /// # Errors
    /// When the code's attribute does not allow it, or with the first parameter that is missing, surplus or wrong.
    pub fn check_to(&self, code: CodeId) -> Result<(), AnswerFault> {
        if !code.row().attribute.allows(self.answer) {
            return Err(AnswerFault::NotAllowed { code, answer: self.answer });
        }
        self.check().map_err(AnswerFault::Parameter)
    }

    /// Whether its parameters are what it asks for.
    ///
    /// # Errors
    /// The first parameter that is missing, surplus or wrong.
    pub fn check(&self) -> Result<(), ParameterFault> {
        check(Subject::Answer(self.answer), self.answer.row().parameters, &self.parameters)
    }
}

pub(crate) fn check(
    of: Subject,
    wanted: &'static [Parameter],
    given: &Parameters,
) -> Result<(), ParameterFault> {
    let fault = |parameter, trouble| Err(ParameterFault { of, parameter, trouble });
    let known = |name: ParameterName| wanted.iter().find(|parameter| parameter.named() == name);
    for (name, value) in given {
        let Some(parameter) = known(*name) else { return fault(*name, Trouble::Surplus) };
        if let Err(trouble) = accepts(parameter.kind, value) {
            return fault(*name, trouble);
        }
    }
    for parameter in wanted {
        let is_given = given.contains_key(&parameter.named());
        let trouble = match parameter.need {
            Need::Required if !is_given => Trouble::Missing,
            Need::With { parameter: other, choice } => {
                match (chosen(given, other, choice), is_given) {
                    (true, false) => Trouble::Missing,
                    (false, true) => Trouble::SurplusHere,
                    _ => continue,
                }
            }
            _ => continue,
        };
        return fault(parameter.named(), trouble);
    }
    let at = |name| known_value(given, name);
    if let (Some((_, Value::Time(from))), Some((name, Value::Time(until)))) =
        (at("from"), at("until"))
        && until <= from
    {
        return fault(name, Trouble::NotAfterStart);
    }
    if let (Some((_, old)), Some((name, new))) = (at("from_version"), at("to_version"))
        && old == new
    {
        return fault(name, Trouble::SameVersion);
    }
    if let (Some((asked, Value::Field(field))), Some((name, new))) = (at("field"), at("new_value"))
    {
        // What a correction said is put right by another correction of the message itself.
        let corrects = |kind| matches!(kind, ParameterKind::Field | ParameterKind::OfField);
        if field.everywhere().any(|parameter| corrects(parameter.kind)) {
            return fault(asked, Trouble::NotInList);
        }
        let mut kinds = field.everywhere().map(|parameter| accepts(parameter.kind, new));
        let first = kinds.next().unwrap_or(Err(Trouble::WrongKind));
        if let Err(trouble) = first
            && !kinds.any(|accepted| accepted.is_ok())
        {
            return fault(name, trouble);
        }
    }
    Ok(())
}

/// A parameter that is given, by its name.
fn known_value<'a>(given: &'a Parameters, name: &str) -> Option<(ParameterName, &'a Value)> {
    given.iter().find(|(known, _)| known.as_str() == name).map(|(known, value)| (*known, value))
}

/// Whether a parameter is worth this choice.
pub(crate) fn chosen(given: &Parameters, parameter: &str, choice: &str) -> bool {
    let value = known_value(given, parameter).map(|(_, value)| value);
    matches!(value, Some(Value::Choice(chosen)) if chosen.as_str() == choice)
}

/// Whether a parameter of a kind may be worth this.
fn accepts(kind: ParameterKind, value: &Value) -> Result<(), Trouble> {
    let is_in_range = |is: bool| if is { Ok(()) } else { Err(Trouble::OutOfRange) };
    match (kind, value) {
        (ParameterKind::Time, Value::Time(_))
        | (ParameterKind::Field, Value::Field(_))
        | (ParameterKind::Reference(_), Value::Reference(_))
        | (ParameterKind::ProtectedPlace | ParameterKind::TrackOrGroup, Value::Reference(_))
        | (ParameterKind::Volumes | ParameterKind::VolumesOrCell, Value::Volumes(_)) => Ok(()),
        (ParameterKind::CoarseTime, Value::Time(at)) => {
            if at.seconds() % COARSE_STEP_S == 0 {
                Ok(())
            } else {
                Err(Trouble::TooFine)
            }
        }
        (ParameterKind::Number { least, most }, Value::Number(n)) => {
            is_in_range((least..=most).contains(n))
        }
        (ParameterKind::Minutes { most }, Value::Minutes(minutes)) => is_in_range(*minutes <= most),
        (ParameterKind::Place | ParameterKind::ProtectedPlace, Value::Place(spot)) => {
            is_in_range(spot.is_in_range())
        }
        (
            ParameterKind::Cell | ParameterKind::ProtectedPlace | ParameterKind::VolumesOrCell,
            Value::Cell(cell),
        ) => is_in_range(cell.is_in_range()),
        (ParameterKind::Choice(list), Value::Choice(choice)) => in_list(list, *choice).map(|_| ()),
        (ParameterKind::Choices(list), Value::Choices(choices)) => {
            let places: Result<Vec<_>, _> =
                choices.iter().map(|choice| in_list(list, *choice)).collect();
            let places = places?;
            let in_order = places.windows(2).all(|two| two[0] < two[1]) && !places.is_empty();
            if in_order { Ok(()) } else { Err(Trouble::OutOfOrder) }
        }
        (ParameterKind::Name | ParameterKind::TrackOrGroup, Value::Name(name)) => {
            let is_too_long = name.chars().nth(MOST_NAME_CHARS).is_some();
            if is_too_long || !name.contains(char::is_alphanumeric) {
                Err(Trouble::NameLength)
            } else if value::is_plain_name(name) {
                Ok(())
            } else {
                Err(Trouble::Steering)
            }
        }
        (ParameterKind::Languages, Value::Languages(tags)) => {
            let twice = tags.iter().enumerate().any(|(at, tag)| tags[..at].contains(tag));
            let fits = (1..=MOST_LANGUAGES).contains(&tags.len()) && !twice;
            if fits { Ok(()) } else { Err(Trouble::OutOfOrder) }
        }
        (ParameterKind::Text, Value::Text(prose)) => {
            if !value::is_of_bounded_length(&prose.text) {
                Err(Trouble::TextLength)
            } else if value::is_stripped(&prose.text) {
                Ok(())
            } else {
                Err(Trouble::Steering)
            }
        }
        // What it is worth hangs on another parameter, which is checked beside it.
        (ParameterKind::OfField, value) if !matches!(value, Value::Field(_)) => Ok(()),
        _ => Err(Trouble::WrongKind),
    }
}

/// The most languages of one post.
const MOST_LANGUAGES: usize = 6;

fn in_list(list: ChoiceList, choice: ChoiceId) -> Result<usize, Trouble> {
    list.iter().position(|known| *known == choice.as_str()).ok_or(Trouble::NotInList)
}

impl ParameterKind {
    /// What kind of thing a reference in it names. `None`: it is no reference.
    pub fn object_kind(self) -> Option<ObjectKind> {
        match self {
            ParameterKind::Reference(kind) => Some(kind),
            ParameterKind::ProtectedPlace => Some(ObjectKind::SiteOrMovement),
            ParameterKind::TrackOrGroup => Some(ObjectKind::Track),
            _ => None,
        }
    }
}
