//! The text form: a message or an answer in at most 160 characters of GSM 03.38's default alphabet, to be sent as
//! one short message, read out or typed in.
//!
//! `W4 R /7K3MQ2PX4D 20170518T1430Z NORTH-EAST COMMANDER 5XQZ`: the code, the kind of traffic (R, E or T), the
//! parameters in the order of the table, and four check letters. An answer says in their place `A`, the traffic, the
//! message that it answers, and its name. A parameter that is not given is `-`. What is too long or has other letters
//! is left out, marked with `*` and referred to by its hash: volumes (`*V`), texts (`*T`) and names (`*N`). Things in the
//! record are named by ten characters of their hashes, never by counts.
//!
//! Capitals and gaps do not matter to whoever types; everything else does: a character too many, or an O for a 0, is refused.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::answers::AnswerId;
use crate::check_letters::{ALPHABET, check_letters};
use crate::choices::ChoiceId;
use crate::code::{CodeId, Parameter, ParameterName};
use crate::message::{self, Answer, Message, ParameterFault, Parameters, Subject, Traffic};
use crate::value::{CellPlace, LanguageTag, Moment, ObjectRef, Prose, ShortRef, Spot, Value};

/// The most characters of a text form: those of one short message.
pub const MOST_TEXT_FORM_CHARS: usize = 160;

/// The most characters that are looked at: a text form with gaps, as somebody typed it.
const MOST_TYPED_BYTES: usize = 1_000;

/// What a parameter is worth in a text form.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ShortValue {
    /// All of it: no reference, volumes or text.
    Whole(Value),
    /// The beginning of a thing's hash.
    Reference(ShortRef),
    /// Left out: volumes, by the beginning of their hash.
    Volumes(ShortRef),
    /// Left out: a text, by the beginning of the hash of what was written.
    Text(ShortRef),
    /// Left out: a name that is long or has other letters, by the beginning of its hash.
    Name(ShortRef),
}

/// The most characters of a name that stands whole in a text form.
const MOST_PLAIN_NAME: usize = 16;

/// Whether a name keeps its spelling in capitals: lower-case letters, digits, hyphens and points alone.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
    };
    name.len() <= MOST_PLAIN_NAME && name.bytes().all(plain)
}

impl ShortValue {
    /// What of a value stands in a text form.
    pub fn of(value: &Value) -> ShortValue {
        match value {
            Value::Reference(of) => ShortValue::Reference(of.short()),
            Value::Volumes(of) => ShortValue::Volumes(of.short()),
            Value::Text(prose) => ShortValue::Text(ObjectRef::of_text(&prose.text).short()),
            Value::Name(name) if !is_plain(name) => {
                ShortValue::Name(ObjectRef::of_text(name).short())
            }
            whole => ShortValue::Whole(whole.clone()),
        }
    }

    /// Whether it is marked as left out: whoever reads it must get the rest by another way.
    pub fn is_left_out(&self) -> bool {
        matches!(self, ShortValue::Volumes(_) | ShortValue::Text(_) | ShortValue::Name(_))
    }

    /// A value of this kind that is good for whatever a code asks of its parameters.
    pub(crate) fn stand_in(&self) -> Value {
        match self {
            ShortValue::Whole(value) => value.clone(),
            ShortValue::Reference(short) => Value::Reference(short.padded()),
            ShortValue::Volumes(short) => Value::Volumes(short.padded()),
            ShortValue::Name(short) => Value::Name(short.to_string()),
            ShortValue::Text(short) => Value::Text(Prose {
                text: short.to_string(),
                language: LanguageTag::new("en").expect("`en` is a tag"),
            }),
        }
    }

    /// From what stands between two gaps. Every kind begins or ends in its own way.
    fn from_field(field: &str) -> Option<ShortValue> {
        let short = |text: &str| ShortRef::from_text(text);
        let lower = |text: &str| text.to_ascii_lowercase();
        if let Some(rest) = field.strip_prefix('/') {
            return short(rest).map(ShortValue::Reference);
        }
        if let Some(rest) = field.strip_prefix('*') {
            let (kind, rest) = rest.split_at_checked(1)?;
            let left_out = match kind {
                "V" => ShortValue::Volumes,
                "T" => ShortValue::Text,
                "N" => ShortValue::Name,
                _ => return None,
            };
            return short(rest).map(left_out);
        }
        let whole = if let Some(rest) = field.strip_prefix('=') {
            Value::Name(lower(rest))
        } else if let Some(rest) = field.strip_prefix(',') {
            Value::Cell(CellPlace::from_spelt(rest)?)
        } else if let Some(rest) = field.strip_prefix('#') {
            Value::Field(ParameterName::new(&lower(rest).replace('-', "_"))?)
        } else if let Some(rest) = field.strip_prefix('+') {
            let choices = rest.split('+').map(|choice| ChoiceId::new(&lower(choice)));
            Value::Choices(choices.collect::<Option<_>>()?)
        } else if let Some(rest) = field.strip_prefix(':') {
            let tags = rest.split(':').map(|tag| LanguageTag::new(&lower(tag)));
            Value::Languages(tags.collect::<Option<_>>()?)
        } else if field.starts_with(|c: char| c.is_ascii_digit()) {
            from_digits(field)?
        } else {
            Value::Choice(ChoiceId::new(&lower(field))?)
        };
        Some(ShortValue::Whole(whole))
    }
}

/// What begins with a digit: a time, minutes, a place or a number.
fn from_digits(field: &str) -> Option<Value> {
    if let Some(time) = field.strip_suffix('Z') {
        let (date, clock) = time.split_once('T')?;
        let part = |text: &'_ str, from, to| text.get(from..to).map(str::to_owned);
        let seconds = if clock.len() == 4 { "00".into() } else { part(clock, 4, 6)? };
        let (year, month, day) = (part(date, 0, 4)?, part(date, 4, 6)?, part(date, 6, 8)?);
        let (hour, minute) = (part(clock, 0, 2)?, part(clock, 2, 4)?);
        let text = format!("{year}-{month}-{day}T{hour}:{minute}:{seconds}Z");
        return Moment::from_rfc3339(&text).map(Value::Time);
    }
    if let Some(minutes) = field.strip_suffix('M') {
        return minutes.parse().ok().map(Value::Minutes);
    }
    if let Some(end) = field.find(['N', 'S']) {
        let (lat, lon) = field.split_at_checked(end + 1)?;
        return Spot::from_spelt(lat, lon).map(Value::Place);
    }
    field.parse().ok().map(Value::Number)
}

impl fmt::Display for ShortValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match self {
            ShortValue::Reference(short) => return write!(f, "/{short}"),
            ShortValue::Volumes(short) => return write!(f, "*V{short}"),
            ShortValue::Text(short) => return write!(f, "*T{short}"),
            ShortValue::Name(short) => return write!(f, "*N{short}"),
            ShortValue::Whole(value) => value,
        };
        let text = match value {
            Value::Time(at) => {
                let (date, clock) = at.civil(0);
                format!("{}T{}Z", date.replace('-', ""), clock.replace(':', ""))
            }
            Value::Number(n) => n.to_string(),
            Value::Minutes(minutes) => format!("{minutes}M"),
            Value::Choice(choice) => choice.to_string(),
            Value::Choices(choices) => choices.iter().map(|choice| format!("+{choice}")).collect(),
            Value::Languages(tags) => tags.iter().map(|tag| format!(":{tag}")).collect(),
            Value::Name(name) if is_plain(name) => format!("={name}"),
            Value::Place(spot) => {
                let (lat, lon) = spot.spelt();
                lat + &lon
            }
            Value::Cell(cell) => format!(",{}", cell.spelt()),
            Value::Field(name) => format!("#{}", name.as_str().replace('_', "-")),
            // These stand for themselves in no text form.
            Value::Reference(_) | Value::Volumes(_) | Value::Text(_) | Value::Name(_) => {
                return ShortValue::of(value).fmt(f);
            }
        };
        f.write_str(&text.to_ascii_uppercase())
    }
}

/// A message or an answer as a text form carries it. As text it is `Display`; it is read by `FromStr`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TextForm {
    /// Whether it is meant.
    pub traffic: Traffic,
    /// Which code or answer.
    pub subject: Subject,
    /// For an answer: which message it answers. A code has none.
    pub answered: Option<ShortRef>,
    /// What it carries of its parameters.
    pub parameters: BTreeMap<ParameterName, ShortValue>,
}

/// Why a text is no text form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TextFault {
    /// It is longer than one short message.
    TooLong,
    /// It has a character that no text form is made of.
    Character(char),
    /// Its check letters are not those of what stands before them: something was misread or mistyped.
    Slip,
    /// The same, and what was misread or mistyped is likely in this field, counted from 1.
    SlipIn(usize),
    /// It has none of the forms that a text form has, at this field, counted from 1.
    Form(usize),
    /// A parameter is not what its code or answer asks for.
    Parameter(ParameterFault),
}

impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TextFault::TooLong => write!(f, "text form: more than {MOST_TEXT_FORM_CHARS} characters"),
            TextFault::Character(c) => {
                write!(f, "text form: `{}` stands in none: read it again", c.escape_default())
            }
            TextFault::Slip => f.write_str(
                "text form: the four check letters at its end do not fit: something was misread or mistyped; \
                 have it read again from the beginning",
            ),
            TextFault::SlipIn(at) => write!(
                f,
                "text form: its check letters do not fit: something was misread or mistyped, likely in field {at}; \
                 have that read again first, and then all"
            ),
            TextFault::Form(at) => write!(f, "text form: field {at} is not what stands there"),
            TextFault::Parameter(fault) => write!(f, "text form: {fault}"),
        }
    }
}

impl std::error::Error for TextFault {}

impl TextForm {
    /// The text form of a message.
    ///
    /// # Errors
    /// As [`Message::check`].
    pub fn of_message(traffic: Traffic, message: &Message) -> Result<TextForm, ParameterFault> {
        message.check()?;
        let parameters = shortened(&message.parameters);
        let subject = Subject::Code(message.code);
        Ok(TextForm { traffic, subject, answered: None, parameters })
    }

    /// The text form of an answer to a message.
    ///
    /// # Errors
    /// As [`Answer::check`].
    pub fn of_answer(
        traffic: Traffic,
        message: &ObjectRef,
        answer: &Answer,
    ) -> Result<TextForm, ParameterFault> {
        answer.check()?;
        let parameters = shortened(&answer.parameters);
        let subject = Subject::Answer(answer.answer);
        Ok(TextForm { traffic, subject, answered: Some(message.short()), parameters })
    }

    /// The parameters that are left out, and must come by another way.
    pub fn left_out(&self) -> impl Iterator<Item = ParameterName> {
        self.parameters.iter().filter(|(_, value)| value.is_left_out()).map(|(name, _)| *name)
    }

    /// The parameters as they were before, with what `find` knows of what is left out or only begun. `None`: it does
    /// not know something, or names something else.
    pub fn resolved(
        &self,
        mut find: impl FnMut(ParameterName, &ShortValue) -> Option<Value>,
    ) -> Option<Parameters> {
        let whole = |(name, short): (&ParameterName, &ShortValue)| {
            let value = match short {
                ShortValue::Whole(value) => value.clone(),
                short => find(*name, short)?,
            };
            (ShortValue::of(&value) == *short).then_some((*name, value))
        };
        self.parameters.iter().map(whole).collect()
    }

    /// The fields before the check letters.
    fn fields(&self) -> String {
        let traffic = match self.traffic {
            Traffic::Real => "R",
            Traffic::Exercise => "E",
            Traffic::Test => "T",
        };
        let mut fields = match (self.subject, self.answered) {
            (Subject::Code(code), _) => vec![code.as_str().to_owned(), traffic.to_owned()],
            (Subject::Answer(answer), message) => {
                let message = message.map_or_else(|| "-".into(), |message| format!("/{message}"));
                vec!["A".into(), traffic.to_owned(), message, answer.hyphenated()]
            }
        };
        for parameter in parameters_of(self.subject) {
            let value = self.parameters.get(&parameter.named());
            fields.push(value.map_or_else(|| "-".into(), ShortValue::to_string));
        }
        fields.join(" ")
    }
}

fn parameters_of(subject: Subject) -> &'static [Parameter] {
    match subject {
        Subject::Code(code) => code.row().parameters,
        Subject::Answer(answer) => answer.row().parameters,
    }
}

fn shortened(parameters: &Parameters) -> BTreeMap<ParameterName, ShortValue> {
    parameters.iter().map(|(name, value)| (*name, ShortValue::of(value))).collect()
}

impl fmt::Display for TextForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.fields();
        let letters = check_letters(&fields).ok_or(fmt::Error)?;
        write!(f, "{fields} {letters}")
    }
}

impl FromStr for TextForm {
    type Err = TextFault;

    fn from_str(typed: &str) -> Result<TextForm, TextFault> {
        if typed.len() > MOST_TYPED_BYTES {
            return Err(TextFault::TooLong);
        }
        let fields: Vec<_> = typed.split_ascii_whitespace().map(str::to_ascii_uppercase).collect();
        let text = fields.join(" ");
        let unknown = |c: &char| u8::try_from(*c).map_or(true, |byte| !ALPHABET.contains(&byte));
        if let Some(c) = text.chars().find(unknown) {
            return Err(TextFault::Character(c));
        }
        if text.len() > MOST_TEXT_FORM_CHARS {
            return Err(TextFault::TooLong);
        }
        let (told, letters) = text.rsplit_once(' ').ok_or(TextFault::Slip)?;
        if check_letters(told).as_deref() != Some(letters) {
            return Err(TextFault::Slip);
        }
        let form = from_fields(&fields[..fields.len() - 1])?;
        // One thing has one spelling.
        if form.fields() == told { Ok(form) } else { Err(TextFault::Form(1)) }
    }
}

fn from_fields(fields: &[String]) -> Result<TextForm, TextFault> {
    let field = |at: usize| fields.get(at).map(String::as_str).ok_or(TextFault::Form(at + 1));
    let traffic = match field(1)? {
        "R" => Traffic::Real,
        "E" => Traffic::Exercise,
        "T" => Traffic::Test,
        _ => return Err(TextFault::Form(2)),
    };
    let (subject, answered, first) = if field(0)? == "A" {
        let message = field(2)?.strip_prefix('/').and_then(ShortRef::from_text);
        let answer = AnswerId::from_hyphenated(field(3)?).ok_or(TextFault::Form(4))?;
        (Subject::Answer(answer), Some(message.ok_or(TextFault::Form(3))?), 4)
    } else {
        (Subject::Code(CodeId::new(field(0)?).ok_or(TextFault::Form(1))?), None, 2)
    };
    let wanted = parameters_of(subject);
    if fields.len() != first + wanted.len() {
        return Err(TextFault::Form(fields.len().min(first + wanted.len()) + 1));
    }
    let mut parameters = BTreeMap::new();
    for (at, parameter) in wanted.iter().enumerate() {
        let at = first + at;
        if field(at)? == "-" {
            continue;
        }
        let value = ShortValue::from_field(field(at)?).ok_or(TextFault::Form(at + 1))?;
        parameters.insert(parameter.named(), value);
    }
    let stand_ins = parameters.iter().map(|(name, value)| (*name, value.stand_in())).collect();
    message::check(subject, wanted, &stand_ins).map_err(TextFault::Parameter)?;
    Ok(TextForm { traffic, subject, answered, parameters })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_letters(told: &str) -> Result<TextForm, TextFault> {
        format!("{told} {}", check_letters(told).unwrap()).parse()
    }

    #[test]
    fn a_form_that_was_put_together_by_hand_has_a_text_too() {
        let name = ParameterName::new("group").unwrap();
        for typed in ["Ahrar é", "", "A", "a name that is longer than sixteen"] {
            let group = ShortValue::Whole(Value::Name(typed.into()));
            let form = TextForm {
                traffic: Traffic::Real,
                subject: Subject::Code(CodeId::new("Y1").unwrap()),
                answered: None,
                parameters: BTreeMap::from([(name, group)]),
            };
            assert!(form.to_string().starts_with("Y1 R - "), "{typed}");
        }
    }

    #[test]
    fn one_thing_has_one_spelling_even_with_check_letters_that_fit() {
        let reference = "/7K3MQ2PX4D";
        assert!(with_letters("L1 R 7").is_ok());
        assert!(with_letters("L4 R 20170518T1430Z").is_ok());
        assert!(with_letters(&format!("O4 R {reference} 90M")).is_ok());
        for wrong in [
            "L1 R 07",
            "L1 R +7",
            "L1 R 7 8",
            "L1 R",
            "L1 R -",
            "L1 X 7",
            "L1",
            "L4 R 20170518T143000Z",
            "L4 R 20170518T14305Z",
            "L4 R 20170518T143000999Z",
            "L4 R 20170230T1430Z",
            "A R - ROGER",
            &format!("A R {reference} AGREED"),
            &format!("O4 R {reference} 090M"),
            &format!("O4 R {reference} 90"),
            &format!("O6 R +MINES+LASER *V{}", &reference[1..]),
            &format!("O6 R + *V{}", &reference[1..]),
            &format!("D3 R *T{}", &reference[1..]),
            &format!("D3 R *X{}", &reference[1..]),
            &format!("Y4 R {reference} = TERMS"),
            &format!("W9 R ,0.N01.5 20170518T1430Z{reference}"),
        ] {
            let refused = with_letters(wrong);
            let told = matches!(refused, Err(TextFault::Form(_) | TextFault::Parameter(_)));
            assert!(told, "{wrong}: {refused:?}");
        }
    }
}
