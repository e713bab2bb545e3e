//! The languages' files: one of each, English where a file lacks something.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::answers::AnswerId;
use crate::choices::CHOICE_LISTS;
use crate::code::{CodeId, ParameterName};
use crate::phrases::Phrase;
use crate::terms::Term;
use crate::value;

/// The shipped files, English first: it is the meaning, the others follow it.
const SHIPPED: [&str; 6] = [
    include_str!("../lang/en.ftl"),
    include_str!("../lang/ru.ftl"),
    include_str!("../lang/ar.ftl"),
    include_str!("../lang/fr.ftl"),
    include_str!("../lang/es.ftl"),
    include_str!("../lang/zh.ftl"),
];

/// What a file says of itself.
const HEAD: [&str; 5] =
    ["language-tag", "language-name", "language-direction", "language-gap", "language-checked-by"];

/// How sentences and values are put together, each with the values that it shows.
const FORMS_OF_SPEECH: [(&str, &[&str]); 8] = [
    ("parameter", &["label", "value"]),
    ("time", &["utc", "local"]),
    ("minutes", &["n"]),
    ("list", &["first", "rest"]),
    ("with-name", &["name", "short"]),
    ("text-in", &["value", "language"]),
    ("unchecked", &[]),
    ("notice-waiting", &["name", "value"]),
];

/// The values that any text may ask for; others are a mistake of its file.
const VARIABLES: [&str; 10] =
    ["label", "value", "utc", "local", "n", "first", "rest", "name", "short", "language"];

/// The most bytes of a language's file.
const MOST_FILE_BYTES: usize = 256 * 1024;

/// In which direction a language is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From left to right.
    LeftToRight,
    /// From right to left: set it on the block, never let the first character decide.
    RightToLeft,
}

/// One language's file.
pub struct Translation {
    tag: String,
    name: String,
    direction: Direction,
    gap: &'static str,
    checked_by: Option<String>,
    bundle: FluentBundle<FluentResource>,
}

impl fmt::Debug for Translation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Translation({})", self.tag)
    }
}

/// Why a language's file is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TranslationFault(String);

impl fmt::Display for TranslationFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "language file: {}", self.0)
    }
}

impl std::error::Error for TranslationFault {}

/// What stands in braces is a value that is handed in: no function, selector, term or reference, so that a text is
/// what its file shows, in every program that reads it.
fn foreign_placeable(file: &str) -> Option<&str> {
    file.split('{').skip(1).find_map(|rest| {
        let inside = rest.split('}').next().unwrap_or(rest);
        let name = inside.trim().strip_prefix('$').unwrap_or_default();
        (!VARIABLES.contains(&name)).then_some(inside)
    })
}

impl Translation {
    /// Reads a language's file (Fluent). It may lack what English has.
    ///
    /// # Errors
    /// When it is larger than 256 KiB, is not Fluent, has a text twice or something else than values in braces, does not
    /// say what it is, has a text that the vocabulary has no use for, loses a value, breaks a line or turns the
    /// reading direction, or says two things alike.
    pub fn new(file: &str) -> Result<Translation, TranslationFault> {
        let fault = |text: String| Err(TranslationFault(text));
        if file.len() > MOST_FILE_BYTES {
            return fault(format!("more than {MOST_FILE_BYTES} bytes"));
        }
        if let Some(inside) = foreign_placeable(file) {
            return fault(format!(
                "`{{{inside}}}`: only values such as {{ $value }} may be in braces"
            ));
        }
        let resource = FluentResource::try_new(file.to_owned())
            .map_err(|(_, errors)| TranslationFault(format!("not Fluent: {errors:?}")))?;
        let tag = file.lines().find_map(|line| line.strip_prefix("language-tag = "));
        let Some(tag) = tag.map(|tag| tag.trim().to_owned()) else {
            return fault("has no `language-tag`".into());
        };
        let identifier: LanguageIdentifier =
            tag.parse().map_err(|_| TranslationFault(format!("`{tag}` is no language's tag")))?;
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // What is handed in is isolated by what it is, and not only by Fluent's one mark.
        bundle.set_use_isolating(false);
        if let Err(errors) = bundle.add_resource(resource) {
            return fault(format!("{errors:?}"));
        }
        let mut translation = Translation {
            tag,
            name: String::new(),
            direction: Direction::LeftToRight,
            gap: " ",
            checked_by: None,
            bundle,
        };
        let said = |id| {
            let text = translation.own(id, None);
            text.ok_or_else(|| TranslationFault(format!("{}: has no `{id}`", translation.tag)))
        };
        let (name, direction, gap, checked_by) =
            (said(HEAD[1])?, said(HEAD[2])?, said(HEAD[3])?, said(HEAD[4])?);
        if [&name, &checked_by].into_iter().any(|text| !value::is_stripped(text)) {
            return fault(
                "its name or its speaker has a line break or a mark of reading direction".into(),
            );
        }
        let direction = match direction.as_str() {
            "ltr" => Direction::LeftToRight,
            "rtl" => Direction::RightToLeft,
            _ => return fault(format!("`{direction}`: a direction is `ltr` or `rtl`")),
        };
        let gap = match gap.as_str() {
            "space" => " ",
            "none" => "",
            _ => return fault(format!("`{gap}`: a gap is `space` or `none`")),
        };
        let checked_by = (checked_by != "none").then_some(checked_by);
        translation = Translation { name, direction, gap, checked_by, ..translation };
        let wanted = wanted();
        for line in file.lines() {
            let Some((id, _)) = line.split_once('=') else { continue };
            let id = id.trim_end();
            let is_text = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            if is_text && !HEAD.contains(&id) && !wanted.iter().any(|wanted| wanted == id) {
                return fault(format!("{}: nothing asks for `{id}`", translation.tag));
            }
        }
        translation.shows_what_is_handed_in(&wanted)?;
        translation.tells_apart()?;
        Ok(translation)
    }

    /// Each text that it has shows each of its values once and asks for no other, stands on one line and turns
    /// nothing that stands beside it.
    fn shows_what_is_handed_in(&self, wanted: &[String]) -> Result<(), TranslationFault> {
        let fault =
            |id: &str, what: &str| Err(TranslationFault(format!("{}: `{id}` {what}", self.tag)));
        for id in wanted.iter().filter(|id| self.bundle.has_message(id)) {
            let names = values_of(id);
            let stand_in = |at: usize| format!("\u{1}{at}\u{1}");
            let mut values = FluentArgs::new();
            for (at, name) in names.iter().enumerate() {
                values.set(*name, stand_in(at));
            }
            let Some(text) = self.own(id, Some(&values)) else {
                return fault(id, "has no text, or a value in braces that is not handed in to it");
            };
            let mut words = text;
            for (at, name) in names.iter().enumerate() {
                if words.matches(&stand_in(at)).count() != 1 {
                    return fault(id, &format!("must have {{ ${name} }} once"));
                }
                words = words.replace(&stand_in(at), "");
            }
            let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
            let plain = value::stripped_between_isolates(&words);
            if words.contains(breaks) || plain.chars().count() != words.trim().chars().count() {
                let what = "has a line break, a control or a mark of reading direction that is no whole isolate";
                return fault(id, what);
            }
        }
        Ok(())
    }

    /// No two codes, answers, labels or choices of one list read alike.
    fn tells_apart(&self) -> Result<(), TranslationFault> {
        let heads = CodeId::all().map(head_id).collect();
        let answers = AnswerId::all().map(answer_id).collect();
        let labels = ParameterName::all().into_iter().map(|name| format!("label-{name}"));
        let lists = CHOICE_LISTS.iter();
        let lists = lists.map(|(_, list)| list.iter().map(|id| format!("choice-{id}")).collect());
        let groups: [Vec<String>; 3] = [heads, answers, labels.collect()];
        for group in groups.into_iter().chain(lists) {
            let mut seen = BTreeMap::new();
            for id in group {
                let Some(text) = self.own(&id, None) else { continue };
                if let Some(other) = seen.insert(text, id.clone()) {
                    let told = format!("{}: `{other}` and `{id}` read alike", self.tag);
                    return Err(TranslationFault(told));
                }
            }
        }
        Ok(())
    }

    /// The language's tag.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// What the language is called in itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// In which direction it is written.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The named speaker who checked it. `None`: nobody has, and that is said wherever it is shown.
    pub fn checked_by(&self) -> Option<&str> {
        self.checked_by.as_deref()
    }

    /// What it lacks, by identifier; English stands in for it.
    pub fn lacks(&self) -> Vec<String> {
        wanted().into_iter().filter(|id| !self.bundle.has_message(id)).collect()
    }

    /// What stands between sentences: a space, or nothing where a language writes none.
    pub fn gap(&self) -> &'static str {
        self.gap
    }

    /// A text of this file with values.
    pub(crate) fn own(&self, id: &str, values: Option<&FluentArgs<'_>>) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, values, &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }
}

/// What a language's file calls the sentence of a code.
pub(crate) fn head_id(code: CodeId) -> String {
    format!("head-{code}")
}

/// What a language's file calls the sentence of an answer.
pub(crate) fn answer_id(answer: AnswerId) -> String {
    format!("answer-{}", answer.hyphenated().to_ascii_lowercase())
}

/// The values that a text shows.
fn values_of(id: &str) -> &'static [&'static str] {
    let form = FORMS_OF_SPEECH.iter().find(|form| form.0 == id).map(|form| form.1);
    let phrase =
        || Phrase::ALL.iter().find(|phrase| phrase.id() == id).map(|phrase| phrase.values());
    form.or_else(phrase).unwrap_or_default()
}

/// Everything that a language's file may have.
pub(crate) fn wanted() -> Vec<String> {
    let forms = FORMS_OF_SPEECH.iter().map(|(id, _)| (*id).to_owned());
    let heads = CodeId::all().map(head_id);
    let answers = AnswerId::all().map(answer_id);
    let labels = ParameterName::all().into_iter().map(|name| format!("label-{name}"));
    let choices = CHOICE_LISTS.iter().flat_map(|(_, list)| list.iter());
    let choices = choices.map(|choice| format!("choice-{choice}"));
    let terms = Term::ALL.iter().map(|term| term.id().to_owned());
    let phrases = Phrase::ALL.iter().map(|phrase| phrase.id().to_owned());
    let terms = terms.chain(phrases);
    let mut all = Vec::new();
    for id in forms.chain(heads).chain(answers).chain(labels).chain(choices).chain(terms) {
        // A choice may stand in two lists.
        if !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

/// The languages that there are, English among them.
#[derive(Clone, Debug)]
pub struct Translations {
    /// English first.
    all: Vec<Arc<Translation>>,
}

static OF_THE_HOUSE: LazyLock<Translations> = LazyLock::new(|| {
    let read = |file: &&str| {
        Arc::new(Translation::new(file).expect("a test reads every file that is shipped"))
    };
    Translations { all: SHIPPED.iter().map(read).collect() }
});

impl Translations {
    /// English, Russian, Arabic, French, Spanish and Chinese.
    pub fn shipped() -> &'static Translations {
        &OF_THE_HOUSE
    }

    /// The same with one more, or with another in place of one of the same tag. Nothing else takes the place of
    /// English: it is what stands in for what others lack.
    #[must_use]
    pub fn with(&self, more: Translation) -> Translations {
        let mut all = self.all.clone();
        match all.iter().skip(1).position(|known| known.tag == more.tag) {
            Some(at) => all[at + 1] = Arc::new(more),
            None => all.push(Arc::new(more)),
        }
        Translations { all }
    }

    /// All of them, English first.
    pub fn all(&self) -> impl Iterator<Item = &Translation> {
        self.all.iter().map(Arc::as_ref)
    }

    /// The language of a tag such as `ar` or `ar-SY`; English where there is none.
    pub fn of_tag(&self, tag: &str) -> Tongue<'_> {
        let language = |tag: &str| tag.split(['-', '_']).next().map(str::to_ascii_lowercase);
        let wanted = language(tag);
        let whole = self.all().find(|known| known.tag.eq_ignore_ascii_case(tag));
        let own = whole.or_else(|| self.all().find(|known| language(&known.tag) == wanted));
        Tongue { own: own.unwrap_or(&self.all[0]), english: &self.all[0] }
    }
}

/// A language to speak in: its own words, and English for what it lacks.
#[derive(Clone, Copy, Debug)]
pub struct Tongue<'a> {
    pub(crate) own: &'a Translation,
    pub(crate) english: &'a Translation,
}

impl<'a> Tongue<'a> {
    /// Its file.
    pub fn translation(&self) -> &'a Translation {
        self.own
    }

    /// A text with values. What comes from English is isolated where English is written the other way.
    pub(crate) fn say(&self, id: &str, values: &[(&'static str, &str)]) -> String {
        let mut arguments = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            arguments.set(*name, Cow::Borrowed(*value));
        }
        if let Some(text) = self.own.own(id, Some(&arguments)) {
            return text;
        }
        // A test sees to it that English has everything.
        let text = self.english.own(id, Some(&arguments)).unwrap_or_else(|| id.to_owned());
        if self.own.direction == self.english.direction { text } else { isolate(&text) }
    }

    /// Whether it has a text of its own.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.own.bundle.has_message(id)
    }

    /// A word or a standing sentence.
    pub fn term(&self, term: Term) -> String {
        self.say(term.id(), &[])
    }
}

/// First strong isolate: what is within is read in its own direction and turns nothing outside.
pub(crate) const FSI: char = '\u{2068}';
/// Left-to-right isolate: for coordinates, times, codes and hashes, whatever stands around them.
pub(crate) const LRI: char = '\u{2066}';
/// The end of an isolate.
pub(crate) const PDI: char = '\u{2069}';

/// What people or another language wrote, so that it turns nothing outside.
pub(crate) fn isolate(text: &str) -> String {
    format!("{FSI}{text}{PDI}")
}

/// What is always read from left to right.
pub(crate) fn isolate_code(text: &str) -> String {
    format!("{LRI}{text}{PDI}")
}
