//! Messages and answers of the vocabulary by chance.

#![allow(clippy::unwrap_used, reason = "what the vocabulary has")]

use deconflict_core::{ChannelFault, MessageId, Refusal, Say, Time, Version};
use deconflict_vocabulary::{
    Answer, AnswerId, CellPlace, ChoiceId, CodeId, LanguageTag, Message, Moment, Need, ObjectRef,
    ParameterKind, ParameterName, Parameters, Spot, Traffic, Value,
};

use crate::{Dice, World, party};

/// A value that a parameter may have; times at `now`, in seconds since 1970, or up to some hours later; references are
/// among these, or made up.
fn value(kind: ParameterKind, now: i64, references: &[ObjectRef], dice: &mut Dice) -> Value {
    let later = now + 60 * dice.below(400) as i64;
    let moment = |seconds: i64| Value::Time(Moment::from_seconds(seconds).unwrap());
    let first = |list: &[&str]| ChoiceId::new(list[0]).unwrap();
    match kind {
        ParameterKind::Time => moment(later),
        ParameterKind::CoarseTime => moment(later / 300 * 300),
        ParameterKind::Number { least, .. } => Value::Number(least),
        ParameterKind::Minutes { most } => {
            Value::Minutes(dice.below(3_000).min(most as usize) as u32)
        }
        ParameterKind::Choice(list) => Value::Choice(first(list)),
        ParameterKind::Choices(list) => Value::Choices(vec![first(list)]),
        ParameterKind::Name | ParameterKind::TrackOrGroup => Value::name("group 7"),
        ParameterKind::Languages => Value::Languages(vec![LanguageTag::new("en").unwrap()]),
        ParameterKind::Text => Value::text("as agreed", LanguageTag::new("en").unwrap()),
        ParameterKind::Place => Value::Place(Spot { lat_e5: 3_350_000, lon_e5: 3_860_000 }),
        ParameterKind::Cell => Value::Cell(CellPlace { level: 0, row: 372, column: 12 }),
        ParameterKind::Volumes | ParameterKind::VolumesOrCell => Value::Volumes(ObjectRef([7; 32])),
        ParameterKind::Field => Value::Field(ParameterName::new("by").unwrap()),
        ParameterKind::ProtectedPlace | ParameterKind::Reference(_) => {
            let made_up = ObjectRef([dice.below(4) as u8; 32]);
            Value::Reference(dice.pick(references).copied().unwrap_or(made_up))
        }
        ParameterKind::OfField => moment(later),
    }
}

/// Another value for a parameter of a message.
pub fn another_value(
    message: &Message,
    field: ParameterName,
    now: i64,
    dice: &mut Dice,
) -> Option<Value> {
    let kind = message.code.row().parameter(field.as_str())?.kind;
    Some(value(kind, now, &[], dice))
}

/// A message of a code with what it asks for; `None` where chance made none.
pub fn some_message(
    code: CodeId,
    now: i64,
    references: &[ObjectRef],
    dice: &mut Dice,
) -> Option<Message> {
    let all = code.row().parameters.iter();
    let required = all.filter(|parameter| parameter.need == Need::Required);
    let mut parameters: Parameters = required
        .map(|parameter| (parameter.named(), value(parameter.kind, now, references, dice)))
        .collect();
    // What must be after something else, or another version than it.
    for later in ["until", "to_version"] {
        match parameters.get_mut(&ParameterName::new(later).unwrap()) {
            Some(Value::Time(time)) => {
                *time = Moment::from_seconds(time.seconds() + 86_400).unwrap();
            }
            Some(Value::Reference(reference)) => *reference = ObjectRef([9; 32]),
            _ => {}
        }
    }
    Message::new(code, parameters).ok()
}

/// An answer with what it asks for.
pub fn some_answer(answer: AnswerId, now: i64, dice: &mut Dice) -> Answer {
    let all = answer.row().parameters.iter();
    let parameters = all.map(|p| (p.named(), value(p.kind, now, &[], dice))).collect();
    Answer { answer, parameters }
}

/// Parameters by their names.
///
/// # Panics
/// Where the vocabulary has no such name.
pub fn parameters(all: &[(&str, Value)]) -> Parameters {
    all.iter().map(|(name, value)| (ParameterName::new(name).unwrap(), value.clone())).collect()
}

/// A choice of some list.
///
/// # Panics
/// Where the vocabulary has none of this name.
pub fn choice(id: &str) -> Value {
    Value::Choice(ChoiceId::new(id).unwrap())
}

/// A real message to these parties.
///
/// # Panics
/// Where its parameters are not what its code asks for.
pub fn sent(code: &str, all: &[(&str, Value)], to: &[&str]) -> Say {
    let message = Message::new(CodeId::new(code).unwrap(), parameters(all)).unwrap();
    let to = to.iter().map(|name| party(name)).collect();
    Say::Send { message: Box::new(message), to, traffic: Traffic::Real, remark: None }
}

/// A time so many seconds after what time it is in a world.
///
/// # Panics
/// Where that is no time that a message can name.
pub fn later(w: &World, seconds: i64) -> Value {
    Value::Time(Moment::from_seconds(w.now.seconds() + seconds).unwrap())
}

/// What names a message in another one.
pub fn message_ref(id: MessageId) -> Value {
    Value::Reference(ObjectRef(id.0.0))
}

/// What names a declaration by its first version, or a version.
pub fn version_ref(of: Version) -> Value {
    Value::Reference(ObjectRef(of.0.0))
}

/// A message that is taken in: its name.
///
/// # Panics
/// Where it is refused.
pub fn send(w: &mut World, name: &str, say: Say) -> MessageId {
    MessageId(w.accepted(name, say).0.0)
}

/// The same as an exercise.
pub fn exercise(say: Say) -> Say {
    match say {
        Say::Send { message, to, remark, .. } => {
            Say::Send { message, to, remark, traffic: Traffic::Exercise }
        }
        other => other,
    }
}

/// Why the channel refuses something.
///
/// # Panics
/// Where something else does.
pub fn fault(refusal: Refusal) -> ChannelFault {
    match refusal {
        Refusal::Channel { fault } => fault,
        other => panic!("{other:?}"),
    }
}

/// A request to hold a convoy for an hour from `now` on, which nobody reports done.
///
/// # Panics
/// Where `now` is no time that a message can name.
pub fn hold(now: Time, to: &[&str]) -> Say {
    let until = Moment::from_seconds(now.seconds() + 3_600).unwrap();
    let all = [
        ("who", Value::name("convoy 7")),
        ("until", Value::Time(until)),
        ("authority", choice("duty")),
    ];
    sent("W5", &all, to)
}

/// That a message is taken back.
pub fn taken_back(message: MessageId, to: &[&str]) -> Say {
    sent("D7", &[("message", message_ref(message))], to)
}

/// That the party cannot do what a message asks for.
pub fn unable(message: MessageId) -> Say {
    answered("UNABLE", message, &[("reason", choice("terms"))])
}

/// An answer to a message.
///
/// # Panics
/// Where the vocabulary has none of this name.
pub fn answered(id: &str, message: MessageId, all: &[(&str, Value)]) -> Say {
    let answer = Answer { answer: AnswerId::new(id).unwrap(), parameters: parameters(all) };
    Say::Answer { message, answer: Box::new(answer) }
}
