//! What a person does on the page, as what is signed for it.

use std::collections::BTreeMap;

use deconflict_core::{
    Actor, ConflictId, DeclarationId, Dialogue, MessageId, Receipt, Refusal, Role, Say,
    ShelfObject, Time,
};
use deconflict_record::{Hash, KeyId};
use deconflict_vocabulary::{
    Answer, AnswerId, ChoiceId, Code, LanguageTag, Moment, Need, Parameter, ParameterKind,
    ParameterName, Rendering, Value,
};
use deconflict_words::{Reader, bounded};
use schemars::JsonSchema;
use serde::Deserialize;

/// What a person is about to sign.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum PageDraft {
    /// That the message was read, as its parameters were typed again.
    ReadBack {
        /// The message.
        dialogue: String,
        /// What was typed, by the parameter.
        fields: BTreeMap<String, String>,
    },
    /// An answer.
    Answer {
        /// The message.
        dialogue: String,
        /// Which answer.
        answer: String,
        /// What was typed, by the parameter.
        params: BTreeMap<String, String>,
    },
    /// That the party takes an overlap on.
    TakeOn {
        /// The overlap.
        conflict: String,
    },
}

/// What is signed, and how others read it.
pub(crate) struct PageAct {
    pub(crate) say: Say,
    /// Whether it takes the key's own proof.
    pub(crate) binds: bool,
    pub(crate) rendering: Option<Rendering>,
}

/// How what was typed again stands to what was signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FieldState {
    /// Nothing was typed.
    Empty,
    /// It is the same.
    Agrees,
    /// It is not.
    Differs,
}

impl PageDraft {
    /// What is signed for it, by what the reader was shown.
    ///
    /// # Errors
    /// Why it cannot be signed, in words.
    pub(crate) fn deed(&self, reader: &Reader<'_>) -> Result<PageAct, String> {
        match self {
            PageDraft::ReadBack { dialogue, fields } => {
                let (message, known) = dialogue_of(reader, dialogue)?;
                let state = compared(reader, known, fields);
                if let Some((name, _)) = state.iter().find(|(_, is)| **is != FieldState::Agrees) {
                    return Err(format!(
                        "`{name}` was not typed as it was signed: read it again, or call"
                    ));
                }
                let tag = reader.tongue().translation().tag();
                let shown_in = LanguageTag::new(tag);
                let say = Say::Receive { message, receipt: Receipt::ReadBack, shown_in };
                Ok(PageAct { say, binds: false, rendering: None })
            }
            PageDraft::Answer { dialogue, answer, params } => {
                let (message, known) = dialogue_of(reader, dialogue)?;
                let answer = answer_of(reader, answer, params)?;
                let key = KeyId(Hash([0; 32]));
                let actor = Actor { party: reader.party, key, role: Role::Person, passed_on: None };
                let may = known.clone().answer(&answer, &actor, reader.now);
                may.map_err(|fault| reader.language.refusal(&Refusal::Channel { fault }))?;
                let rendering = reader.tongue().answer(&answer, &known.message, reader);
                let binds = binds(known.code().row(), answer.answer);
                let say = Say::Answer { message, answer: Box::new(answer) };
                Ok(PageAct { say, binds, rendering: Some(rendering) })
            }
            PageDraft::TakeOn { conflict } => {
                let id = ConflictId(hash_of(conflict)?);
                match reader.view.conflicts.get(&id).filter(|known| known.closed.is_none()) {
                    Some(_) => Ok(PageAct {
                        say: Say::Own { conflict: id },
                        binds: false,
                        rendering: None,
                    }),
                    None => Err("there is no open overlap of this name here".to_owned()),
                }
            }
        }
    }
}

/// Whether an answer to a code takes the key's own proof each time.
pub(crate) fn binds(code: &Code, answer: AnswerId) -> bool {
    matches!(code.family(), 'P' | 'W') && answer.as_str() != "ROGER"
}

fn hash_of(text: &str) -> Result<Hash, String> {
    Hash::from_hex(text).map_err(|_| "that is no name of anything here".to_owned())
}

/// What an alarm is about, by its name, so that its sound can be silent.
pub(crate) fn shelf_object(reader: &Reader<'_>, text: &str) -> Result<ShelfObject, String> {
    let (of, view) = (hash_of(text)?, reader.view);
    let message = view.dialogues.get(&MessageId(of)).map(|_| ShelfObject::Message(MessageId(of)));
    let overlap =
        view.conflicts.get(&ConflictId(of)).map(|_| ShelfObject::Conflict(ConflictId(of)));
    let declared = DeclarationId(of);
    let declared = view.declarations.get(&declared).map(|_| ShelfObject::Declaration(declared));
    message.or(overlap).or(declared).ok_or_else(|| "there is nothing of this name here".to_owned())
}

/// A message that the reader may see, by its name.
pub(crate) fn dialogue_of<'a>(
    reader: &Reader<'a>,
    text: &str,
) -> Result<(MessageId, &'a Dialogue), String> {
    let id = MessageId(hash_of(text)?);
    let known = reader.view.dialogues.get(&id);
    known
        .map(|known| (id, &**known))
        .ok_or_else(|| "there is no message of this name here".to_owned())
}

/// How each parameter that is to be typed again stands to what was signed.
pub(crate) fn compared(
    reader: &Reader<'_>,
    dialogue: &Dialogue,
    typed: &BTreeMap<String, String>,
) -> BTreeMap<String, FieldState> {
    let row = dialogue.code().row();
    let given = dialogue.message.parameters.iter();
    let one = |(name, value): (&ParameterName, &Value)| {
        crate::dialogues::field_kind(row.parameter(name.as_str())?)?;
        let typed = typed.get(name.as_str()).map(|text| text.trim()).unwrap_or_default();
        let state = match typed.is_empty() {
            true => FieldState::Empty,
            false if is_same(reader, value, typed) => FieldState::Agrees,
            false => FieldState::Differs,
        };
        Some((name.as_str().to_owned(), state))
    };
    given.filter_map(one).collect()
}

/// Whether what was typed says what was signed.
fn is_same(reader: &Reader<'_>, value: &Value, typed: &str) -> bool {
    let plain = |text: &str| text.trim().to_lowercase();
    match value {
        Value::Time(at) => time_of(typed, reader.now) == Some(*at),
        Value::Choice(choice) => choice.as_str() == typed,
        Value::Number(number) => typed.parse() == Ok(*number),
        Value::Name(name) => plain(name) == plain(typed),
        Value::Reference(of) => {
            let name = DeclarationId(Hash(of.0));
            let known = reader.view.declarations.get(&name);
            let mut names = known.into_iter().flat_map(|known| known.declared.name().values());
            of.short().to_string() == typed.to_ascii_uppercase()
                || names.any(|name| plain(name) == plain(typed))
        }
        _ => false,
    }
}

/// A time as it is typed: with its day, or hours and minutes in UTC of this day.
fn time_of(typed: &str, this_day: Time) -> Option<Moment> {
    let whole = typed.trim().trim_end_matches(['Z', 'z']);
    let whole = whole.strip_suffix(" UTC").unwrap_or(whole);
    let today = Moment::from_seconds(this_day.seconds())?.to_string();
    let today = today.split('T').next().unwrap_or_default();
    let (day, clock) = whole.rsplit_once([' ', 'T']).unwrap_or((today, whole));
    let (hour, rest) = clock.split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
    let two = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !(two(hour) && two(minute) && two(second)) {
        return None;
    }
    Moment::from_rfc3339(&format!("{day}T{hour}:{minute}:{second}Z"))
}

/// An answer as it was typed: of a time without its day the next one is meant.
fn answer_of(
    reader: &Reader<'_>,
    answer: &str,
    typed: &BTreeMap<String, String>,
) -> Result<Answer, String> {
    let answer =
        AnswerId::new(answer).ok_or_else(|| format!("`{}` is no answer", bounded(answer)))?;
    let wanted = answer.row().parameters;
    let mut parameters = BTreeMap::new();
    for (name, text) in typed.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let parameter = wanted.iter().find(|parameter| parameter.name == name);
        let parameter = parameter
            .ok_or_else(|| format!("`{}`: {} takes no such", bounded(name), answer.as_str()))?;
        let value = value_of(reader, parameter, text.trim())
            .ok_or_else(|| format!("`{name}`: `{}` is none", bounded(text)))?;
        parameters.insert(parameter.named(), value);
    }
    let missing = wanted
        .iter()
        .find(|one| matches!(one.need, Need::Required) && !parameters.contains_key(&one.named()));
    match missing {
        Some(parameter) => Err(format!("`{}` is missing", parameter.name)),
        None => Ok(Answer { answer, parameters }),
    }
}

/// What a parameter of an answer is worth, as it was typed.
fn value_of(reader: &Reader<'_>, parameter: &Parameter, typed: &str) -> Option<Value> {
    match parameter.kind {
        ParameterKind::Time | ParameterKind::CoarseTime => {
            let day = |ahead: i64| time_of(typed, reader.now.after_seconds(ahead * 86_400));
            let at = day(0)?;
            let is_past = at.seconds() < reader.now.seconds();
            let names_day = typed.contains(['-', 'T']);
            // What has stopped has stopped before now; everything else is to come.
            let is_to_come = is_past && !names_day && !parameter.is_past;
            Some(Value::Time(if is_to_come { day(1)? } else { at }))
        }
        ParameterKind::Choice(list) => {
            list.contains(&typed).then(|| ChoiceId::new(typed)).flatten().map(Value::Choice)
        }
        ParameterKind::Number { least, most } => {
            let number: u32 = typed.parse().ok()?;
            (least..=most).contains(&number).then_some(Value::Number(number))
        }
        ParameterKind::Name => Some(Value::name(typed)),
        ParameterKind::Text => {
            let tag = LanguageTag::new(reader.tongue().translation().tag())?;
            Some(Value::text(typed, tag))
        }
        _ => None,
    }
}
