//! A message or an answer in the reader's language: its sentence, then each parameter after its label, then the
//! sentences that keep it from being misread.
//!
//! A sentence never has a value within it and no count agrees with a noun, so nothing is declined and nothing can be
//! declined wrongly. Every value stands in isolates of the bidirectional algorithm (Unicode UAX #9): people's names
//! in FSI ... PDI, coordinates, times, codes and hashes in LRI ... PDI. Digits are European ones in every
//! language. A time is said in UTC and as local time, with the date, in 24 hours, in the form of ISO 8601: months have
//! other names from one Arabic country to the next.

use std::collections::BTreeSet;

use crate::answers::AnswerId;
use crate::choices::ChoiceId;
use crate::code::{CodeId, Need, ObjectKind, Parameter, ParameterName, When};
use crate::message::{self, Answer, Message, Parameters, Traffic};
use crate::precedence::Precedence;
use crate::terms::Term;
use crate::translations::{Direction, Tongue, answer_id, head_id, isolate, isolate_code};
use crate::value::{self, MOST_NAME_CHARS, MOST_OFFSET_MIN, Moment, ObjectRef, Value};

/// What a reader's desk knows of what a message names.
pub trait Directory {
    /// What the reader calls a thing. Before it is shown it is [stripped](crate::stripped), loses its colons and
    /// is cut to [`MOST_NAME_CHARS`] characters.
    fn name_of(&self, kind: ObjectKind, of: &ObjectRef) -> Option<String>;

    /// Where, how high and when volumes are, in the reader's language and units: heights without grouping, times as
    /// [`Tongue::time`] has them. What it isolates stays isolated; other marks of reading direction are taken out.
    fn volumes(&self, of: &ObjectRef) -> Option<String>;

    /// How many minutes the reader's local time is ahead of UTC at an instant; at most 1,439 either way.
    fn offset_min(&self, at: Moment) -> i32;
}

/// A desk that knows nothing but its own clock.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct BareDirectory {
    /// Minutes ahead of UTC.
    pub offset_min: i32,
}

impl Directory for BareDirectory {
    fn name_of(&self, _kind: ObjectKind, _of: &ObjectRef) -> Option<String> {
        None
    }

    fn volumes(&self, _of: &ObjectRef) -> Option<String> {
        None
    }

    fn offset_min(&self, _at: Moment) -> i32 {
        self.offset_min
    }
}

/// A parameter as it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LabelledValue {
    /// Which parameter.
    pub name: ParameterName,
    /// Its label.
    pub label: String,
    /// What it is worth, isolated.
    pub value: String,
    /// Both as a sentence.
    pub sentence: String,
}

/// A message or an answer in one language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rendering {
    /// The code or what the answer is called, isolated: it is the same in every language.
    pub code: String,
    /// What is done by it.
    pub head: String,
    /// For an answer: what it answers.
    pub in_answer_to: Option<String>,
    /// The parameters that are given, in the order in which they are said.
    pub parameters: Vec<LabelledValue>,
    /// The standing sentences.
    pub endings: Vec<String>,
    /// The tag of the language.
    pub language: String,
    /// The direction of the block that it stands in.
    pub direction: Direction,
    /// The named speaker who checked the language.
    pub checked_by: Option<String>,
    /// That nobody did, in the language itself.
    pub unchecked: Option<String>,
    /// Sentences, labels and choices that the language lacks and English stood in for, by identifier.
    pub in_english: Vec<String>,
    gap: &'static str,
}

impl Rendering {
    /// All of it in one line, but for what is said of the language.
    pub fn line(&self) -> String {
        let sentences = self.parameters.iter().map(|parameter| parameter.sentence.as_str());
        let mut parts = vec![self.head.as_str()];
        parts.extend(self.in_answer_to.as_deref());
        parts.extend(sentences);
        parts.extend(self.endings.iter().map(String::as_str));
        format!("{} {}", self.code, parts.join(self.gap))
    }
}

impl Tongue<'_> {
    /// A message that was [checked](Message::check), for a reader.
    pub fn message(&self, message: &Message, directory: &dyn Directory) -> Rendering {
        let code = message.code.row();
        let head = head_id(message.code);
        let parameters = self.labelled(code.parameters, &message.parameters, directory);
        let endings = endings_of(message.code, &message.parameters);
        let shown = self.rendering(message.code.as_str(), &head, parameters, endings);
        self.naming_values(shown, &message.parameters)
    }

    /// An answer that was [checked](Answer::check_to), with all of what it answers: none is shown alone, so that nobody
    /// reads a yes to one zone or one version as a yes to another.
    pub fn answer(&self, answer: &Answer, to: &Message, directory: &dyn Directory) -> Rendering {
        let row = answer.answer.row();
        let label = self.term(Term::InAnswerTo);
        let mut said = vec![self.code_sentence(to.code)];
        let asked = self.labelled(to.code.row().parameters, &to.parameters, directory);
        said.extend(asked.iter().map(|parameter| parameter.sentence.clone()));
        let said = said.join(self.own.gap());
        // The sentence around it has a full stop of its own.
        let said = said.strip_suffix(['.', '。']).unwrap_or(&said);
        let asked = format!("{} {said}", isolate_code(to.code.as_str()));
        let asked = self.labelled_sentence(&label, &isolate(&asked));
        let parameters = self.labelled(row.parameters, &answer.parameters, directory);
        let to_code = row.endings_to.iter().filter(|(code, _)| *code == to.code.as_str());
        let endings = row.endings.iter().chain(to_code.map(|(_, term)| term)).copied();
        let head = answer_id(answer.answer);
        let mut shown =
            self.rendering(answer.answer.as_str(), &head, parameters, endings.collect());
        shown.in_answer_to = Some(asked);
        let labels = to.parameters.keys().map(|name| label_id(*name));
        let asked_for = [Term::InAnswerTo.id().to_owned(), head_id(to.code)].into_iter();
        shown.in_english.extend(asked_for.chain(labels).filter(|id| !self.has(id)));
        let shown = self.naming_values(shown, &to.parameters);
        self.naming_values(shown, &answer.parameters)
    }

    fn rendering(
        &self,
        code: &str,
        head: &str,
        parameters: Vec<LabelledValue>,
        endings: Vec<Term>,
    ) -> Rendering {
        let mut asked_for: BTreeSet<String> = BTreeSet::from([head.to_owned()]);
        asked_for.extend(parameters.iter().map(|parameter| label_id(parameter.name)));
        asked_for.extend(endings.iter().map(|term| term.id().to_owned()));
        let checked_by = self.own.checked_by().map(str::to_owned);
        Rendering {
            code: isolate_code(code),
            head: self.say(head, &[]),
            in_answer_to: None,
            parameters,
            endings: endings.into_iter().map(|term| self.term(term)).collect(),
            language: self.own.tag().to_owned(),
            direction: self.own.direction(),
            unchecked: checked_by.is_none().then(|| self.unchecked()),
            checked_by,
            in_english: asked_for.into_iter().filter(|id| !self.has(id)).collect(),
            gap: self.own.gap(),
        }
    }

    /// The same, with what English stood in for to show these values.
    fn naming_values(&self, mut shown: Rendering, given: &Parameters) -> Rendering {
        let mut asked_for: Vec<String> = vec!["parameter".into()];
        for value in given.values() {
            match value {
                Value::Choice(choice) => asked_for.push(choice_id(*choice)),
                Value::Choices(choices) => {
                    asked_for.push("list".into());
                    asked_for.extend(choices.iter().map(|choice| choice_id(*choice)));
                }
                Value::Time(_) => asked_for.push("time".into()),
                Value::Minutes(_) => asked_for.push("minutes".into()),
                Value::Text(_) => asked_for.push("text-in".into()),
                Value::Field(name) => asked_for.push(label_id(*name)),
                Value::Reference(_) | Value::Volumes(_) => asked_for.push("with-name".into()),
                Value::Number(_)
                | Value::Name(_)
                | Value::Languages(_)
                | Value::Place(_)
                | Value::Cell(_) => {}
            }
        }
        shown.in_english.extend(asked_for.into_iter().filter(|id| !self.has(id)));
        shown.in_english.sort();
        shown.in_english.dedup();
        shown
    }

    fn labelled(
        &self,
        wanted: &'static [Parameter],
        given: &Parameters,
        directory: &dyn Directory,
    ) -> Vec<LabelledValue> {
        let mut shown = Vec::new();
        for parameter in wanted {
            let name = parameter.named();
            let value = match (given.get(&name), parameter.need) {
                (Some(value), _) => self.value(parameter, value, given, directory),
                (None, Need::ElseSaid(term)) => isolate(&self.term(term)),
                (None, _) => continue,
            };
            let label = self.label(name);
            let sentence = self.labelled_sentence(&label, &value);
            shown.push(LabelledValue { name, label, value, sentence });
        }
        shown
    }

    /// That no named speaker has checked the language, in the language itself.
    pub fn unchecked(&self) -> String {
        self.say("unchecked", &[])
    }

    /// The sentence of a code, which has no value within it.
    pub fn code_sentence(&self, code: CodeId) -> String {
        self.say(&head_id(code), &[])
    }

    /// The sentence of an answer, which has no value within it.
    pub fn answer_sentence(&self, answer: AnswerId) -> String {
        self.say(&answer_id(answer), &[])
    }

    /// A parameter's label and a value, as a sentence.
    pub fn sentence(&self, name: ParameterName, value: &str) -> String {
        self.labelled_sentence(&self.label(name), value)
    }

    /// What a parameter is called.
    pub fn label(&self, name: ParameterName) -> String {
        self.say(&label_id(name), &[])
    }

    /// What a choice is called.
    pub fn choice(&self, choice: ChoiceId) -> String {
        self.say(&choice_id(choice), &[])
    }

    /// What a precedence is called, with its letter.
    pub fn precedence(&self, precedence: Precedence) -> String {
        let term = Term::of_precedence(precedence);
        let letter = isolate_code(&precedence.letter().to_string());
        self.say("with-name", &[("name", &self.term(term)), ("short", &letter)])
    }

    /// What a kind of traffic is called.
    pub fn traffic(&self, traffic: Traffic) -> String {
        self.term(match traffic {
            Traffic::Real => Term::Real,
            Traffic::Exercise => Term::Exercise,
            Traffic::Test => Term::Test,
        })
    }

    /// A time in UTC and as a local time so many minutes ahead of it.
    pub fn time(&self, at: Moment, offset_min: i32) -> String {
        let offset_min = offset_min.clamp(-MOST_OFFSET_MIN, MOST_OFFSET_MIN);
        let (date, clock) = at.civil(0);
        let (local_date, local_clock) = at.civil(offset_min);
        let sign = if offset_min < 0 { '-' } else { '+' };
        let (hours, minutes) = (offset_min.abs() / 60, offset_min.abs() % 60);
        let utc = isolate_code(&format!("{date} {clock} UTC"));
        let local =
            isolate_code(&format!("{local_date} {local_clock} UTC{sign}{hours:02}:{minutes:02}"));
        self.say("time", &[("utc", &utc), ("local", &local)])
    }

    pub(crate) fn labelled_sentence(&self, label: &str, value: &str) -> String {
        self.say("parameter", &[("label", label), ("value", value)])
    }

    /// Several values after one another.
    pub(crate) fn list(&self, values: impl Iterator<Item = String>) -> String {
        values
            .reduce(|first, rest| self.say("list", &[("first", &first), ("rest", &rest)]))
            .unwrap_or_default()
    }

    /// What a parameter is worth, in one isolate.
    pub(crate) fn value(
        &self,
        parameter: &Parameter,
        value: &Value,
        given: &Parameters,
        directory: &dyn Directory,
    ) -> String {
        let inside = match value {
            Value::Time(at) => self.time(*at, directory.offset_min(*at)),
            Value::Number(n) => isolate_code(&n.to_string()),
            Value::Minutes(minutes) => {
                self.say("minutes", &[("n", &isolate_code(&minutes.to_string()))])
            }
            Value::Reference(of) => {
                let kind = object_kind(parameter, given);
                let name = kind.and_then(|kind| directory.name_of(kind, of));
                self.with_name(name.map(|name| short_name(&name)), of)
            }
            Value::Volumes(of) => {
                let described = directory.volumes(of);
                let described = described.map(|text| value::stripped_between_isolates(&text));
                let described = described.filter(|text| !text.is_empty());
                self.with_name(described.or_else(|| Some(self.term(Term::LeftOut))), of)
            }
            Value::Choice(choice) => self.choice(*choice),
            Value::Choices(choices) => self.list(choices.iter().map(|choice| self.choice(*choice))),
            Value::Name(name) => isolate(&value::stripped(name)),
            Value::Languages(tags) => {
                let tags: Vec<_> = tags.iter().map(ToString::to_string).collect();
                isolate_code(&tags.join(", "))
            }
            Value::Place(spot) => {
                let (lat, lon) = spot.spelt();
                isolate_code(&format!("{lat} {lon}"))
            }
            Value::Cell(cell) => isolate_code(&cell.spelt()),
            Value::Text(prose) => {
                let text = isolate(&value::stripped(&prose.text));
                let language = isolate_code(prose.language.as_str());
                self.say("text-in", &[("value", &text), ("language", &language)])
            }
            Value::Field(name) => self.label(*name),
        };
        isolate(&inside)
    }

    fn with_name(&self, name: Option<String>, of: &ObjectRef) -> String {
        let short = isolate_code(&of.short().to_string());
        match name.filter(|name| !name.is_empty()) {
            Some(name) => self.say("with-name", &[("name", &isolate(&name)), ("short", &short)]),
            None => short,
        }
    }
}

/// The sentences that end a code with these parameters.
pub(crate) fn endings_of(code: CodeId, given: &Parameters) -> Vec<Term> {
    let holds = |when: When| match when {
        When::Always => true,
        When::Given(name) => given.keys().any(|known| known.as_str() == name),
        When::Chosen(name, choice) => message::chosen(given, name, choice),
        When::Reopens => given.values().any(|value| match value {
            Value::Field(field) => field.everywhere().any(Parameter::reopens),
            _ => false,
        }),
    };
    let endings = code.row().endings.iter().filter(|(_, when)| holds(*when));
    endings.map(|(term, _)| *term).collect()
}

/// What somebody called a thing, so that it cannot pass for more than a name.
fn short_name(name: &str) -> String {
    let name = value::plain_name(name);
    match name.char_indices().nth(MOST_NAME_CHARS) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name,
    }
}

/// What kind of thing a reference in a parameter names. Where it is another parameter's new value, that one's.
fn object_kind(parameter: &Parameter, given: &Parameters) -> Option<ObjectKind> {
    let field = given.values().find_map(|value| match value {
        Value::Field(field) => Some(*field),
        _ => None,
    });
    let of_field = || field.and_then(|field| field.everywhere().next());
    let of = |parameter: &Parameter| parameter.kind.object_kind();
    of(parameter).or_else(|| of_field().and_then(of))
}

/// What a language's file calls a parameter's label.
pub(crate) fn label_id(name: ParameterName) -> String {
    format!("label-{name}")
}

/// What a language's file calls a choice.
pub(crate) fn choice_id(choice: ChoiceId) -> String {
    format!("choice-{choice}")
}
