//! The settings of a desk's notices: one JSON file, in which every mistake is named with its place.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use deconflict_core::{NameError, OperatorId};
use deconflict_vocabulary::{Precedence, Traffic, Translations};
use jiff::civil;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::carrier::Carrier;
use crate::carrier::command::{CommandForm, CommandPath};
use crate::carrier::smtp::{SmtpForm, SmtpPath};
use crate::carrier::webhook::{Webhook, WebhookForm};
use crate::night::Night;
use crate::notice::{NoticeDetail, Wording};
use crate::ownership::changed_by_others;
use crate::plan::{NoticeRules, PathRules};
use crate::secret::SECRET_ELSEWHERE;
use crate::waiting::NoticeStage;

/// The most bytes of the file.
const MOST_BYTES: u64 = 256 * 1024;
/// The most paths.
const MOST_PATHS: usize = 16;
/// The longest name of a path, characters.
const MOST_NAME: usize = 32;
/// How long the number to call may be, characters.
const CALL_CHARS: std::ops::RangeInclusive<usize> = 3..=40;
/// How long an attempt may take, seconds.
const TIMEOUT_S: std::ops::RangeInclusive<u32> = 1..=120;
/// How often the same is tried.
const TRIES: std::ops::RangeInclusive<u32> = 1..=20;
/// The first pause, seconds.
const PAUSE_S: std::ops::RangeInclusive<u32> = 1..=300;

/// What is told, when, in which words and by what.
#[derive(Debug)]
pub struct NotifyConfig {
    /// What is told at all, and when.
    pub rules: NoticeRules,
    pub(crate) wording: Wording,
    /// By what each path of the rules goes, in their order.
    pub(crate) carriers: Vec<PathCarrier>,
}

/// By what a path goes, and how long it may take.
#[derive(Debug)]
pub(crate) struct PathCarrier {
    pub(crate) carrier: std::sync::Arc<Carrier>,
    pub(crate) timeout: Duration,
}

/// Why settings are none: each mistake with its place and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotifyConfigError {
    /// One line each, which names the file and the place in it.
    pub faults: Vec<String>,
}

impl fmt::Display for NotifyConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.faults.join("\n"))
    }
}

impl std::error::Error for NotifyConfigError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    v: u32,
    call: String,
    #[serde(default = "english")]
    language: String,
    #[serde(default)]
    detail: DetailForm,
    #[serde(default = "real_alone")]
    traffic: Vec<Traffic>,
    night: Option<NightForm>,
    paths: Vec<PathForm>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DetailForm {
    #[default]
    None,
    Code,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NightForm {
    time_zone: String,
    from: String,
    until: String,
    precedences: Vec<Precedence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PathForm {
    name: String,
    operator: Option<String>,
    precedences: Vec<Precedence>,
    #[serde(default = "at_first")]
    as_of: NoticeStage,
    #[serde(default = "thirty")]
    timeout_s: u32,
    #[serde(default = "six")]
    tries: u32,
    #[serde(default = "five")]
    pause_s: u32,
    webhook: Option<WebhookForm>,
    smtp: Option<SmtpForm>,
    command: Option<CommandForm>,
}

fn english() -> String {
    "en".into()
}

fn real_alone() -> Vec<Traffic> {
    vec![Traffic::Real]
}

fn at_first() -> NoticeStage {
    NoticeStage::First
}

fn thirty() -> u32 {
    30
}

fn six() -> u32 {
    6
}

fn five() -> u32 {
    5
}

/// Mistakes as they are found.
struct Faults {
    file: String,
    found: Vec<String>,
}

impl Faults {
    fn add(&mut self, place: &str, what: &str) {
        self.found.push(format!("{}: {place}: {what}", self.file));
    }

    fn within<T: PartialOrd + fmt::Display>(
        &mut self,
        place: &str,
        value: &T,
        (least, most): (&T, &T),
    ) {
        if value < least || value > most {
            self.add(place, &format!("{value}: must be from {least} to {most}"));
        }
    }
}

impl NotifyConfig {
    /// Reads the settings, and every secret that they name. Relative paths in them are relative to their folder.
    ///
    /// # Errors
    /// Every mistake that can be told, with its place and what to do. No secret stands in it.
    pub fn read(path: &Path) -> Result<NotifyConfig, NotifyConfigError> {
        let file = path.display().to_string().escape_debug().to_string();
        let alone = |what: String| NotifyConfigError { faults: vec![format!("{file}: {what}")] };
        let mut bytes = Vec::new();
        let opened = File::open(path).map_err(|error| alone(format!("cannot be read: {error}")))?;
        is_own_to_change(&opened).map_err(alone)?;
        let read = opened.take(MOST_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| alone(format!("cannot be read: {error}")))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(alone(format!("has more than {MOST_BYTES} bytes")));
        }
        let form: Form = serde_json::from_slice(without_mark(&bytes)).map_err(|error| {
            alone(format!("{}: see docs/notify.md for what each member must be", unquoted(&error)))
        })?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = std::fs::canonicalize(folder.unwrap_or(Path::new(".")))
            .map_err(|error| alone(format!("its folder cannot be entered: {error}")))?;
        let mut faults = Faults { file, found: Vec::new() };
        let config = form.checked(&folder, &mut faults);
        if faults.found.is_empty() {
            Ok(config)
        } else {
            Err(NotifyConfigError { faults: faults.found })
        }
    }
}

/// A text without the mark that some editors put before UTF-8.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// What is wrong with the form, without any value of it: a secret may stand where it must not.
fn unquoted(error: &serde_json::Error) -> String {
    let told = error.to_string();
    let place = format!("line {} column {}", error.line(), error.column());
    let what = told.strip_suffix(&format!(" at {place}")).unwrap_or(&told);
    let is_own = ["missing field `", "duplicate field `", SECRET_ELSEWHERE]
        .iter()
        .any(|start| what.starts_with(start));
    if !error.is_data() || is_own {
        return format!("{what} at {place}");
    }
    // What was expected is this program's own text, and stands last.
    let expected = what.rsplit_once(", expected ").map(|(_, expected)| expected);
    let expected = expected.map_or(String::new(), |expected| format!(", expected {expected}"));
    let name = what.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    match (name, name.filter(is_name)) {
        (_, Some(name)) => format!("unknown field `{name}`{expected} at {place}"),
        (Some(_), None) => format!("unknown field{expected} at {place}"),
        (None, _) => format!("invalid value{expected} at {place}"),
    }
}

/// Whether nobody but this user and the system's may change the settings: they decide which programs are run.
fn is_own_to_change(file: &File) -> Result<(), String> {
    let about = file.metadata().map_err(|error| format!("cannot be looked at: {error}"))?;
    match changed_by_others(&about) {
        None => Ok(()),
        Some(why) => Err(format!("{why}: it says which program is run")),
    }
}

impl Form {
    fn checked(self, folder: &Path, faults: &mut Faults) -> NotifyConfig {
        if self.v != 1 {
            faults.add("v", &format!("{}: this release reads version 1", self.v));
        }
        let call = self.call.trim().to_owned();
        if !CALL_CHARS.contains(&call.chars().count()) || call.chars().any(char::is_control) {
            faults.add(
                "call",
                &format!(
                    "must be the number to call, of {} to {} characters, such as +41 22 555 01 00",
                    CALL_CHARS.start(),
                    CALL_CHARS.end()
                ),
            );
        }
        let tags: Vec<&str> = Translations::shipped().all().map(|known| known.tag()).collect();
        if !tags.contains(&self.language.as_str()) {
            let shown = self.language.escape_debug();
            faults.add("language", &format!("`{shown}`: must be one of {}", tags.join(", ")));
        }
        if self.traffic.is_empty() {
            faults.add("traffic", "is empty: leave it out for real traffic alone");
        }
        let night = self.night.as_ref().and_then(|night| night.checked(faults));
        if self.paths.is_empty() || self.paths.len() > MOST_PATHS {
            faults.add("paths", &format!("must be 1 to {MOST_PATHS} of them"));
        }
        let (mut paths, mut carriers) = (Vec::new(), Vec::new());
        let mut names = BTreeSet::new();
        for (at, path) in self.paths.iter().enumerate() {
            let place = format!("paths[{at}] `{}`", path.name.escape_debug());
            if !names.insert(path.name.clone()) {
                faults.add(&place, "name: another path has it: each attempt is told by it");
            }
            paths.push(path.rules(&place, faults));
            carriers.extend(path.carrier(&place, folder, faults));
        }
        let detail = match self.detail {
            DetailForm::None => NoticeDetail::Bare,
            DetailForm::Code => NoticeDetail::Code,
        };
        NotifyConfig {
            rules: NoticeRules { traffic: self.traffic.into_iter().collect(), night, paths },
            wording: Wording { call, language: self.language, detail },
            carriers,
        }
    }
}

impl NightForm {
    fn checked(&self, faults: &mut Faults) -> Option<Night> {
        let zone = TimeZone::get(&self.time_zone).map_err(|error| {
            let shown = self.time_zone.escape_debug();
            faults.add(
                "night.time_zone",
                &format!("`{shown}`: must be a place's name such as Europe/Zurich, and the system's time zones installed ({error})"),
            );
        });
        let mut clock = |name: &str, text: &str| {
            let shaped = text.len() == 5 && text.as_bytes()[2] == b':';
            let read = shaped.then(|| text.parse::<civil::Time>().ok()).flatten();
            if read.is_none() {
                let shown = text.escape_debug();
                faults.add(name, &format!("`{shown}`: must be an hour and minute such as 22:00"));
            }
            read
        };
        let (from, until) = (clock("night.from", &self.from), clock("night.until", &self.until));
        if from.is_some() && from == until {
            faults.add("night", "begins when it ends: leave it out where nothing is to wait");
        }
        if self.precedences.is_empty() {
            faults.add("night.precedences", "is empty: name `priority`, `routine` or both");
        }
        if self.precedences.iter().any(|one| *one >= Precedence::Immediate) {
            faults.add(
                "night.precedences",
                "only `priority` and `routine` may wait: what is FLASH or IMMEDIATE is told at once",
            );
        }
        Some(Night {
            zone: zone.ok()?,
            from: from?,
            until: until?,
            holds: self.precedences.iter().copied().collect(),
        })
    }
}

impl PathForm {
    fn rules(&self, place: &str, faults: &mut Faults) -> PathRules {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.name.is_empty() || self.name.len() > MOST_NAME || !self.name.chars().all(is_name) {
            let what = format!("name: must be 1 to {MOST_NAME} small letters, digits and `-`");
            faults.add(place, &what);
        }
        if self.precedences.is_empty() {
            faults.add(
                place,
                "precedences: is empty: name those that it tells of, such as [\"flash\"]",
            );
        }
        let mut within = |name: &str, value: &u32, bounds: &std::ops::RangeInclusive<u32>| {
            faults.within(&format!("{place}: {name}"), value, (bounds.start(), bounds.end()));
        };
        within("timeout_s", &self.timeout_s, &TIMEOUT_S);
        within("tries", &self.tries, &TRIES);
        within("pause_s", &self.pause_s, &PAUSE_S);
        let operator = self.operator.as_ref().and_then(|name| {
            let fault = |error: NameError| {
                faults.add(place, &format!("operator: `{}`: {error}", name.escape_debug()));
            };
            name.parse::<OperatorId>().map_err(fault).ok()
        });
        PathRules {
            name: self.name.clone(),
            operator,
            precedences: self.precedences.iter().copied().collect(),
            as_of: self.as_of,
            tries: self.tries,
            pause_s: self.pause_s,
        }
    }

    fn carrier(&self, place: &str, folder: &Path, faults: &mut Faults) -> Option<PathCarrier> {
        let timeout = Duration::from_secs(self.timeout_s.into());
        let (name, made) = match (&self.webhook, &self.smtp, &self.command) {
            (Some(form), None, None) => {
                ("webhook", Webhook::new(form, folder, timeout).map(Carrier::Webhook))
            }
            (None, Some(form), None) => {
                ("smtp", SmtpPath::new(form, folder, timeout).map(Carrier::Smtp))
            }
            (None, None, Some(form)) => {
                ("command", CommandPath::new(form, folder, timeout).map(Carrier::Command))
            }
            _ => {
                faults.add(
                    place,
                    "must have one of `webhook`, `smtp` and `command`, and no more than one",
                );
                return None;
            }
        };
        match made {
            Ok(carrier) => Some(PathCarrier { carrier: carrier.into(), timeout }),
            Err(why) => {
                faults.add(&format!("{place}: {name}"), &why);
                None
            }
        }
    }
}
