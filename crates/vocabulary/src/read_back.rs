//! Parameters found again in a rendered line: what is read back is what is shown, and not what was meant to be shown.

use std::collections::BTreeMap;

use crate::choices::{ChoiceId, ChoiceList};
use crate::code::{Need, Parameter, ParameterKind, ParameterName};
use crate::message::{Parameters, Subject};
use crate::render::{BareDirectory, endings_of};
use crate::terms::Term;
use crate::text_form::ShortValue;
use crate::translations::{FSI, LRI, PDI, Tongue, isolate, isolate_code};
use crate::value::{CellPlace, LanguageTag, Moment, Prose, ShortRef, Spot, Value};

/// What stands where a value is, while a sentence is taken apart: no text has it.
const MARK: &str = "\u{1}";

impl Tongue<'_> {
    /// The parameters that stand in a [line](crate::Rendering::line) of this language. References and volumes are
    /// shown by the beginnings of their hashes. `None`: it is not, from its code to its last sentence, what this
    /// language says of them: something is missing, too much, twice or elsewhere, or a local time is not that of
    /// the time in UTC.
    pub fn read_back(
        &self,
        subject: Subject,
        line: &str,
    ) -> Option<BTreeMap<ParameterName, ShortValue>> {
        let (id, head, wanted) = match subject {
            Subject::Code(code) => (code.as_str(), self.code_sentence(code), code.row().parameters),
            Subject::Answer(answer) => {
                (answer.as_str(), self.answer_sentence(answer), answer.row().parameters)
            }
        };
        let mut rest = line.strip_prefix(&(isolate_code(id) + " " + &head))?;
        if let Subject::Answer(_) = subject {
            rest = self.next(rest, &self.term(Term::InAnswerTo))?.1;
        }
        let (mut found, mut field) = (BTreeMap::new(), None);
        for parameter in wanted {
            let Some((inside, behind)) = self.next(rest, &self.label(parameter.named())) else {
                if matches!(parameter.need, Need::Required | Need::ElseSaid(_)) {
                    return None;
                }
                continue;
            };
            rest = behind;
            if let Need::ElseSaid(term) = parameter.need
                && inside == self.term(term)
            {
                continue;
            }
            let value = self.parse(parameter, inside, field)?;
            if let ShortValue::Whole(Value::Field(name)) = &value {
                field = Some(*name);
            }
            found.insert(parameter.named(), value);
        }
        self.are_endings(rest, subject, &found).then_some(found)
    }

    /// What stands after a label where a sentence begins, and what stands behind the sentence.
    fn next<'t>(&self, rest: &'t str, label: &str) -> Option<(&'t str, &'t str)> {
        let sentence = self.labelled_sentence(label, MARK);
        let (before, after) = sentence.split_once(MARK)?;
        let value = rest.strip_prefix(self.own.gap())?.strip_prefix(before)?.strip_prefix(FSI)?;
        let (inside, behind) = isolated(value)?;
        Some((inside, behind.strip_prefix(after)?))
    }

    /// Whether nothing but the sentences stands there that end this.
    fn are_endings(
        &self,
        mut rest: &str,
        subject: Subject,
        found: &BTreeMap<ParameterName, ShortValue>,
    ) -> bool {
        let stand_ins = || found.iter().map(|(name, value)| (*name, value.stand_in())).collect();
        let (always, sometimes) = match subject {
            Subject::Code(code) => (endings_of(code, &stand_ins()), &[][..]),
            // Which code it answers is not told apart here.
            Subject::Answer(answer) => (answer.row().endings.to_vec(), answer.row().endings_to),
        };
        let gap = self.own.gap();
        for term in always {
            let Some(behind) = rest.strip_prefix(&(gap.to_owned() + &self.term(term))) else {
                return false;
            };
            rest = behind;
        }
        for (_, term) in sometimes {
            rest = rest.strip_prefix(&(gap.to_owned() + &self.term(*term))).unwrap_or(rest);
        }
        rest.is_empty()
    }

    /// What is shown, where it is shown as this language shows it.
    fn parse(
        &self,
        parameter: &Parameter,
        shown: &str,
        field: Option<ParameterName>,
    ) -> Option<ShortValue> {
        let parsed = self.parse_one(parameter, shown, field)?;
        let ShortValue::Whole(value) = &parsed else { return Some(parsed) };
        let desk = BareDirectory { offset_min: offset_min(shown) };
        let again = self.value(parameter, value, &Parameters::new(), &desk);
        (again == isolate(shown)).then_some(parsed)
    }

    fn parse_one(
        &self,
        parameter: &Parameter,
        shown: &str,
        field: Option<ParameterName>,
    ) -> Option<ShortValue> {
        let code = || within(shown, LRI);
        let whole = |value: Option<Value>| value.map(ShortValue::Whole);
        let reference = || ShortRef::from_text(last_within(shown)?).map(ShortValue::Reference);
        let place = || {
            let (lat, lon) = code()?.split_once(' ')?;
            Spot::from_spelt(lat, lon).map(Value::Place)
        };
        let volumes = || ShortRef::from_text(last_within(shown)?).map(ShortValue::Volumes);
        let cell = || CellPlace::from_spelt(code()?).map(Value::Cell);
        let name = || within(shown, FSI).map(|name| Value::Name(name.to_owned()));
        match parameter.kind {
            ParameterKind::Time | ParameterKind::CoarseTime => {
                let (date, clock) = code()?.strip_suffix(" UTC")?.split_once(' ')?;
                let seconds = if clock.len() == 5 { ":00" } else { "" };
                let moment = Moment::from_rfc3339(&format!("{date}T{clock}{seconds}Z"));
                whole(moment.map(Value::Time))
            }
            ParameterKind::Number { .. } => whole(code()?.parse().ok().map(Value::Number)),
            ParameterKind::Minutes { .. } => whole(code()?.parse().ok().map(Value::Minutes)),
            ParameterKind::Reference(_) => reference(),
            ParameterKind::ProtectedPlace => {
                reference().or_else(|| whole(place())).or_else(|| whole(cell()))
            }
            ParameterKind::TrackOrGroup => reference().or_else(|| whole(name())),
            ParameterKind::Volumes => volumes(),
            ParameterKind::VolumesOrCell => volumes().or_else(|| whole(cell())),
            ParameterKind::Cell => whole(cell()),
            ParameterKind::Place => whole(place()),
            ParameterKind::Choice(list) => {
                let mut all = ChoiceId::all_of(list);
                whole(all.find(|choice| self.choice(*choice) == shown).map(Value::Choice))
            }
            ParameterKind::Choices(list) => whole(self.some_of(list, shown).map(Value::Choices)),
            ParameterKind::Name => whole(name()),
            ParameterKind::Languages => {
                let tags = code()?.split(", ").map(LanguageTag::new).collect::<Option<_>>()?;
                whole(Some(Value::Languages(tags)))
            }
            ParameterKind::Text => {
                let text = within(shown, FSI)?.to_owned();
                let language = LanguageTag::new(last_within(shown)?)?;
                whole(Some(Value::Text(Prose { text, language })))
            }
            ParameterKind::Field => {
                let mut all = ParameterName::all().into_iter();
                whole(all.find(|name| self.label(*name) == shown).map(Value::Field))
            }
            ParameterKind::OfField => {
                let is_other = |other: &&Parameter| other.kind != ParameterKind::OfField;
                field?
                    .everywhere()
                    .filter(is_other)
                    .find_map(|other| self.parse(other, shown, None))
            }
        }
    }

    /// Which choices of a list are shown: no list is long, so each selection is held against it.
    fn some_of(&self, list: ChoiceList, shown: &str) -> Option<Vec<ChoiceId>> {
        (1..1_u32 << list.len().min(16)).find_map(|selection| {
            let chosen = |(at, choice)| (selection >> at & 1 == 1).then_some(choice);
            let all = ChoiceId::all_of(list).enumerate();
            let choices: Vec<ChoiceId> = all.filter_map(chosen).collect();
            let again = self.list(choices.iter().map(|choice| self.choice(*choice)));
            (again == shown).then_some(choices)
        })
    }
}

/// How many minutes the local time that is shown last is ahead of UTC; 0 where none is shown.
fn offset_min(shown: &str) -> i32 {
    let offset = || {
        let (_, offset) = last_within(shown)?.rsplit_once(" UTC")?;
        let (sign, clock) = offset.split_at_checked(1)?;
        let (hours, minutes) = clock.split_once(':')?;
        let minutes =
            i32::from(hours.parse::<u8>().ok()?) * 60 + i32::from(minutes.parse::<u8>().ok()?);
        Some(if sign == "-" { -minutes } else { minutes })
    };
    offset().unwrap_or(0)
}

/// What stands before the end of an isolate whose beginning is passed already, and what stands behind it.
fn isolated(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            FSI | LRI => depth += 1,
            PDI => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], &text[at + PDI.len_utf8()..]));
        }
    }
    None
}

/// What stands in the first isolate of a kind.
fn within(text: &str, kind: char) -> Option<&str> {
    isolated(text.split_once(kind)?.1).map(|(inside, _)| inside)
}

/// What stands in the last left-to-right isolate.
fn last_within(text: &str) -> Option<&str> {
    isolated(text.rsplit_once(LRI)?.1).map(|(inside, _)| inside)
}
