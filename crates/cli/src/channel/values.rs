//! What people type for a parameter, read by what the parameter may be worth.

use deconflict_core::{Ledger, MessageId};
use deconflict_record::Hash;
use deconflict_vocabulary::{
    COARSE_STEP_S, CellPlace, ChoiceId, ChoiceList, LanguageTag, MOST_WORDS, Moment, Need,
    ObjectKind, ObjectRef, Parameter, ParameterKind, ParameterName, Parameters, ShortRef, Spot,
    Value,
};
use deconflict_words::printable;

use super::references;
use crate::outcome::Failure;

/// What the reading of values rests on.
pub(super) struct Scope<'a> {
    /// What the desk sees.
    pub(super) view: &'a Ledger,
    /// Now, in seconds since 1970.
    pub(super) now_s: i64,
    /// The language of texts.
    pub(super) language: LanguageTag,
    /// The statement or commitment of an entry by its number, as far as the desk was given it.
    pub(super) entry: &'a dyn Fn(u64) -> Option<Hash>,
}

/// What a parameter may be worth, for people.
pub(super) fn described(kind: ParameterKind) -> String {
    match kind {
        ParameterKind::Time => {
            "a time: in UTC such as 2026-07-03T10:00:00Z, or from now such as +30min, +2h, -10min, now".into()
        }
        ParameterKind::CoarseTime => format!(
            "a time in whole {} minutes of the hour: in UTC such as 2026-07-03T10:05:00Z, or from now such as +30min",
            COARSE_STEP_S / 60
        ),
        ParameterKind::Number { least, most } => format!("a whole number from {least} to {most}"),
        ParameterKind::Minutes { most } => {
            format!("how long, in whole minutes up to {most}: 45, 45min or 2h")
        }
        ParameterKind::Reference(kind) => references::described(kind).into(),
        ParameterKind::ProtectedPlace => format!(
            "{}; or a place such as \"33.5N 38.66E\"; or a cell of the sharing grid such as 0.N372.1215",
            references::described(ObjectKind::SiteOrMovement)
        ),
        ParameterKind::TrackOrGroup => {
            "a group's name (group=NAME where it looks like a hash), or a track by all 64 digits of its hash".into()
        }
        ParameterKind::Volumes => {
            "where, how high and when: a declaration, by its name or the first digits of its version".into()
        }
        ParameterKind::VolumesOrCell => {
            "a declaration that those asked may see, by its name or the first digits of its version; or a cell of the sharing \
             grid such as 0.N372.1215, which tells no more than that"
                .into()
        }
        ParameterKind::Cell => "a cell of the sharing grid such as 0.N372.1215: level, row, column".into(),
        ParameterKind::Place => "a place such as \"33.5N 38.66E\" or 33.5,38.66".into(),
        ParameterKind::Choice(list) => format!("one of {}", list.join(", ")),
        ParameterKind::Choices(list) => {
            format!("one or more, with commas between, of {}", list.join(", "))
        }
        ParameterKind::Name => "a name: 1 to 64 characters, no colon".into(),
        ParameterKind::Languages => "languages by their tags, such as en,ru: 1 to 6".into(),
        ParameterKind::Text => format!("words, at most {MOST_WORDS}"),
        ParameterKind::Field => "the name of a parameter of the message that is corrected".into(),
        ParameterKind::OfField => "what that parameter may be worth".into(),
    }
}

/// Reads `NAME=VALUE` for each parameter that is given; `of` is the code or answer that they belong to.
///
/// # Errors
/// Each that cannot be read: which, what was given, what it may be.
pub(super) fn parameters(
    of: &str,
    wanted: &'static [Parameter],
    typed: &[String],
    scope: &Scope<'_>,
) -> Result<Parameters, Failure> {
    let mut read = Parameters::new();
    let mut faults = Vec::new();
    let names: Vec<&str> = wanted.iter().map(|parameter| parameter.name).collect();
    let has = if names.is_empty() {
        "it has none".into()
    } else {
        format!("it has {}", names.join(", "))
    };
    for one in typed {
        let Some((name, text)) = one.split_once('=') else {
            faults.push(format!(
                "{of}: `{}`: must be NAME=VALUE with a parameter's name: {has}",
                printable(one)
            ));
            continue;
        };
        let plain = name.trim().to_ascii_lowercase().replace('-', "_");
        let Some(parameter) = wanted.iter().find(|parameter| parameter.name == plain) else {
            faults.push(format!("{of}: `{}` is no parameter of it: {has}", printable(name)));
            continue;
        };
        let kind = match (parameter.kind, field_kind(&read, scope.view)) {
            (ParameterKind::OfField, Some(kind)) => kind,
            (kind, _) => kind,
        };
        let rounding = match (parameter.kind, field_of(&read)) {
            (ParameterKind::OfField, Some(field)) => Rounding::of(field.as_str(), true),
            _ => Rounding::of(parameter.name, parameter.is_past),
        };
        match value((kind, rounding), text.trim(), scope) {
            Ok(worth) => {
                if read.insert(parameter.named(), worth).is_some() {
                    faults.push(format!("{of}: {plain} is given twice: leave one out"));
                }
            }
            Err(why) => faults.push(format!("{of}: {plain}=`{}`: {why}", printable(text))),
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(faults.into()) }
}

/// The parameters that must be given with these and are not.
pub(super) fn missing(wanted: &'static [Parameter], given: &Parameters) -> Vec<&'static str> {
    let chosen = |name: &str, choice: &str| {
        given.iter().any(|(known, worth)| {
            known.as_str() == name
                && matches!(worth, Value::Choice(chosen) if chosen.as_str() == choice)
        })
    };
    let is_missing = |parameter: &&Parameter| {
        let needed = match parameter.need {
            Need::Required => true,
            Need::With { parameter, choice } => chosen(parameter, choice),
            Need::Optional | Need::ElseSaid(_) => false,
        };
        needed && !given.contains_key(&parameter.named())
    };
    wanted.iter().filter(is_missing).map(|parameter| parameter.name).collect()
}

/// The field that a correction names before its value.
fn field_of(given: &Parameters) -> Option<ParameterName> {
    match given.get(&ParameterName::new("field")?)? {
        Value::Field(field) => Some(*field),
        _ => None,
    }
}

/// What a field's new value may be worth, where message and field are given before it.
fn field_kind(given: &Parameters, view: &Ledger) -> Option<ParameterKind> {
    let named = |name: &str| given.get(&ParameterName::new(name)?);
    let (Some(Value::Reference(message)), Some(Value::Field(field))) =
        (named("message"), named("field"))
    else {
        return None;
    };
    let spoken_of = view.dialogues.get(&MessageId(Hash(message.0)))?;
    Some(spoken_of.code().row().parameter(field.as_str())?.kind)
}

/// How what is said from now comes to a whole step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rounding {
    /// To the one before: what has happened, and what begins.
    Down,
    /// To the one after: a deadline is never earlier than what was asked for.
    Up,
    /// To the one after, also where it is said to be now: what is yet to happen.
    Ahead,
    /// Not at all: a STANDBY is neither shorter than what was said nor longer than its limit.
    Exact,
}

impl Rounding {
    /// By what the parameter is called, and whether it says when something happened.
    fn of(parameter: &str, is_past: bool) -> Rounding {
        match parameter {
            "by" | "until" => Rounding::Up,
            "time" if !is_past => Rounding::Ahead,
            "answer_by" => Rounding::Exact,
            _ => Rounding::Down,
        }
    }
}

/// What was said from now, as it is signed: a line for each such time.
pub(super) fn times_from_now(typed: &[String], read: &Parameters) -> Vec<String> {
    let line = |one: &String| {
        let (name, text) = one.split_once('=')?;
        let (plain, text) = (name.trim().to_ascii_lowercase().replace('-', "_"), text.trim());
        let counts = text == "now" || text.starts_with(['+', '-']);
        match read.get(&ParameterName::new(&plain)?)? {
            Value::Time(at) if counts => {
                Some(format!("  {plain}={}, counted from now: {at}", printable(text)))
            }
            _ => None,
        }
    };
    typed.iter().filter_map(line).collect()
}

fn value(
    (kind, rounding): (ParameterKind, Rounding),
    text: &str,
    scope: &Scope<'_>,
) -> Result<Value, String> {
    let wrong = || format!("must be {}", described(kind));
    match kind {
        ParameterKind::Time => {
            moment(text, scope.now_s, (60, rounding)).map(Value::Time).ok_or_else(wrong)
        }
        ParameterKind::CoarseTime => {
            let at = moment(text, scope.now_s, (COARSE_STEP_S, rounding));
            at.filter(|at| at.seconds() % COARSE_STEP_S == 0).map(Value::Time).ok_or_else(wrong)
        }
        ParameterKind::Number { least, most } => {
            let n = text.parse().ok().filter(|n| (least..=most).contains(n));
            n.map(Value::Number).ok_or_else(wrong)
        }
        ParameterKind::Minutes { most } => {
            minutes(text).filter(|n| *n <= most).map(Value::Minutes).ok_or_else(wrong)
        }
        ParameterKind::Reference(kind) => reference(kind, text, scope).map(Value::Reference),
        ParameterKind::ProtectedPlace => {
            if let Some(at) = place(text) {
                return Ok(Value::Place(at));
            }
            if let Some(at) = cell(text) {
                return Ok(Value::Cell(at));
            }
            reference(ObjectKind::SiteOrMovement, text, scope).map(Value::Reference)
        }
        ParameterKind::TrackOrGroup => track_or_group(text, scope.view),
        ParameterKind::Volumes => {
            references::find(scope.view, ObjectKind::Version, text).map(Value::Volumes)
        }
        ParameterKind::VolumesOrCell => match cell(text) {
            Some(at) => Ok(Value::Cell(at)),
            None => references::find(scope.view, ObjectKind::Version, text).map(Value::Volumes),
        },
        ParameterKind::Cell => cell(text).map(Value::Cell).ok_or_else(wrong),
        ParameterKind::Place => place(text).map(Value::Place).ok_or_else(wrong),
        ParameterKind::Choice(list) => choice(list, text).map(Value::Choice).ok_or_else(wrong),
        ParameterKind::Choices(list) => choices(list, text).map(Value::Choices).ok_or_else(wrong),
        ParameterKind::Name => Ok(Value::name(text)),
        ParameterKind::Languages => {
            let tags =
                text.split(',').map(|tag| LanguageTag::new(&tag.trim().to_ascii_lowercase()));
            tags.collect::<Option<Vec<_>>>().map(Value::Languages).ok_or_else(wrong)
        }
        ParameterKind::Text => Ok(Value::text(text, scope.language.clone())),
        ParameterKind::Field => {
            ParameterName::new(&text.replace('-', "_")).map(Value::Field).ok_or_else(wrong)
        }
        ParameterKind::OfField => {
            Err("hangs on the parameter that is corrected: give message= and field= before it"
                .into())
        }
    }
}

/// What says that a group's name follows, whatever that looks like.
const GROUP: &str = "group=";

/// A track, or a group by its name. A hash that was mistyped is no name, unless a group is so called or that is said.
fn track_or_group(text: &str, view: &Ledger) -> Result<Value, String> {
    if let Some(name) = text.strip_prefix(GROUP).map(str::trim) {
        let is_none = name.is_empty();
        return if is_none {
            Err(format!("{GROUP} must be followed by a group's name"))
        } else {
            Ok(Value::name(name))
        };
    }
    if let Some(track) = ObjectRef::from_hex(text) {
        return Ok(Value::Reference(track));
    }
    let mut groups = view.parties.values().flat_map(|party| &party.member.speaks_for);
    let is_group = groups.any(|group| group.as_str().eq_ignore_ascii_case(text));
    let digits =
        text.len() >= FEWEST_DIGITS_OF_A_HASH && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_group && (digits || ShortRef::from_text(&text.to_ascii_uppercase()).is_some()) {
        return Err(format!(
            "looks like the beginning of a hash, and this desk knows no track or group that is called so: it must be all \
             64 digits of a track's hash; if it is a group's name, type {GROUP}{}",
            printable(text)
        ));
    }
    Ok(Value::name(text))
}

/// So many hexadecimal digits are a hash more often than a name.
const FEWEST_DIGITS_OF_A_HASH: usize = 8;

fn reference(kind: ObjectKind, text: &str, scope: &Scope<'_>) -> Result<ObjectRef, String> {
    if kind == ObjectKind::Entry
        && let Ok(index) = text.parse()
    {
        let known = (scope.entry)(index).map(|hash| ObjectRef(hash.0));
        return known.ok_or_else(|| {
            "this party was not given the entry of this number: `deconflict log` lists those it was".into()
        });
    }
    references::find(scope.view, kind, text)
}

/// An instant: RFC 3339 with any offset, or from now. What is said from now comes to whole steps, as people read it out,
/// but for what is said in seconds.
fn moment(text: &str, now_s: i64, (step_s, rounding): (i64, Rounding)) -> Option<Moment> {
    if text == "now" {
        let up = if rounding == Rounding::Ahead { (-now_s).rem_euclid(step_s) } else { 0 };
        return Moment::from_seconds(match up {
            0 => now_s - now_s.rem_euclid(step_s),
            up => now_s + up,
        });
    }
    let (sign, span) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(span), _) => (1, span),
        (None, Some(span)) => (-1, span),
        (None, None) => {
            let at = text.parse::<jiff::Timestamp>().ok()?;
            return Moment::from_seconds(at.as_second());
        }
    };
    let seconds = i64::try_from(crate::desk_client::seconds(span).ok()?).ok()?;
    let at = now_s.checked_add(sign * seconds)?;
    let seconds = span.trim_end().ends_with('s') || rounding == Rounding::Exact;
    Moment::from_seconds(match rounding {
        _ if seconds && step_s == 60 => at,
        Rounding::Up | Rounding::Ahead if sign > 0 => at + (-at).rem_euclid(step_s),
        _ => at - at.rem_euclid(step_s),
    })
}

fn minutes(text: &str) -> Option<u32> {
    match text.parse() {
        Ok(minutes) => Some(minutes),
        Err(_) => {
            let seconds = crate::desk_client::seconds(text).ok()?;
            (seconds % 60 == 0).then(|| u32::try_from(seconds / 60).ok()).flatten()
        }
    }
}

/// A place: latitude, then longitude, each with its letter or as a decimal with a sign.
fn place(text: &str) -> Option<Spot> {
    let parts: Vec<&str> =
        text.split([',', ' ', ';']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let &[lat, lon] = &parts[..] else { return None };
    let lat_e5 = degrees_e5(lat, ['N', 'S'])?;
    let lon_e5 = degrees_e5(lon, ['E', 'W'])?;
    let at = Spot { lat_e5, lon_e5 };
    at.is_in_range().then_some(at)
}

fn degrees_e5(text: &str, [plus, minus]: [char; 2]) -> Option<i32> {
    let upper = text.to_ascii_uppercase();
    let (number, sign) = match (upper.strip_suffix(plus), upper.strip_suffix(minus)) {
        (Some(number), _) => (number, 1.0),
        (None, Some(number)) => (number, -1.0),
        (None, None) => (upper.as_str(), 1.0),
    };
    // A sign and a letter could say two things.
    let is_lettered = number.len() < upper.len();
    if is_lettered && number.starts_with(['-', '+']) {
        return None;
    }
    let digits = number.trim_start_matches(['-', '+']);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let degrees: f64 = number.parse().ok()?;
    (degrees.abs() <= 180.0).then(|| (sign * degrees * 1e5).round() as i32)
}

/// A cell as renderings spell it: level, row with its letter, column.
fn cell(text: &str) -> Option<CellPlace> {
    let upper = text.to_ascii_uppercase();
    let &[level, row, column] = &upper.split('.').collect::<Vec<_>>()[..] else { return None };
    let (sign, rows) = match (row.strip_prefix('N'), row.strip_prefix('S')) {
        (Some(rows), _) => (1, rows),
        (None, Some(rows)) => (-1, rows),
        (None, None) => return None,
    };
    let rows = rows.parse::<u32>().ok().and_then(|rows| i32::try_from(rows).ok())?;
    let at =
        CellPlace { level: level.parse().ok()?, row: sign * rows, column: column.parse().ok()? };
    at.is_in_range().then_some(at)
}

fn choice(list: ChoiceList, text: &str) -> Option<ChoiceId> {
    let typed = text.trim().to_lowercase().replace([' ', '_'], "-");
    ChoiceId::all_of(list).find(|choice| choice.as_str() == typed)
}

/// Some of a list, in its order, each once.
fn choices(list: ChoiceList, text: &str) -> Option<Vec<ChoiceId>> {
    let typed: Option<Vec<ChoiceId>> = text.split(',').map(|one| choice(list, one)).collect();
    let typed = typed?;
    Some(ChoiceId::all_of(list).filter(|choice| typed.contains(choice)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use deconflict_vocabulary::{AnswerId, CodeId};

    /// 2026-07-03T10:02:17Z.
    const NOW_S: i64 = 1_783_072_937;

    fn reading(code: &str, typed: &[&str]) -> Result<Parameters, String> {
        let view = Ledger::default();
        let language = LanguageTag::new("fr").unwrap();
        let entry = |index: u64| (index == 7).then_some(Hash([7; 32]));
        let scope = Scope { view: &view, now_s: NOW_S, language, entry: &entry };
        let typed: Vec<String> = typed.iter().map(|text| (*text).to_owned()).collect();
        let row = CodeId::new(code).unwrap().row();
        parameters(code, row.parameters, &typed, &scope).map_err(|failure| failure.lines.join("\n"))
    }

    /// What one parameter is worth, as JSON.
    fn worth(code: &str, typed: &str) -> String {
        let read = reading(code, &[typed]).unwrap();
        serde_json::to_string(read.values().next().unwrap()).unwrap()
    }

    #[test]
    fn a_time_is_an_instant_or_counts_from_now_in_the_steps_that_it_is_told_in() {
        for (typed, time) in [
            ("2026-07-03T12:00:00+02:00", "2026-07-03T10:00:00Z"),
            ("now", "2026-07-03T10:02:00Z"),
            ("+30min", "2026-07-03T10:32:00Z"),
            ("-2h", "2026-07-03T08:02:00Z"),
            ("+90s", "2026-07-03T10:03:47Z"),
        ] {
            let told = worth("L4", &format!("from={typed}"));
            assert_eq!(told, format!(r#"{{"time":"{time}"}}"#), "{typed}");
        }
        // A deadline is never earlier than what was asked for.
        for (typed, time) in [
            ("W4 by=+30min", "2026-07-03T10:33:00Z"),
            ("W5 until=+2h", "2026-07-03T12:03:00Z"),
            ("W5 until=+90s", "2026-07-03T10:03:47Z"),
            ("W3 until=+30min", "2026-07-03T10:35:00Z"),
            ("W3 until=now", "2026-07-03T10:00:00Z"),
            ("W3 until=-30min", "2026-07-03T09:30:00Z"),
            ("W3 from=-32min", "2026-07-03T09:30:00Z"),
        ] {
            let (code, typed) = typed.split_once(' ').unwrap();
            assert_eq!(worth(code, typed), format!(r#"{{"time":"{time}"}}"#), "{typed}");
        }
        let standby = AnswerId::new("STANDBY").unwrap().row().parameters;
        let (view, entry) = (Ledger::default(), |_: u64| None);
        let language = LanguageTag::new("en").unwrap();
        let scope = Scope { view: &view, now_s: NOW_S, language, entry: &entry };
        let typed = ["answer_by=+10min".to_owned()];
        let read = parameters("STANDBY", standby, &typed, &scope).unwrap();
        assert_eq!(
            times_from_now(&typed, &read),
            ["  answer_by=+10min, counted from now: 2026-07-03T10:12:17Z"]
        );
        let coarse = worth("W2", "last_seen=-10min");
        assert_eq!(coarse, r#"{"time":"2026-07-03T09:50:00Z"}"#);
        for typed in ["tomorrow", "10:00", "+30", "+", "2026-07-03T10:00:00", ""] {
            let why = reading("L4", &[&format!("from={typed}")]).unwrap_err();
            assert!(why.contains("must be a time") && why.contains("+30min"), "{typed}: {why}");
        }
        let fine = reading("W2", &["last_seen=2026-07-03T10:02:00Z"]).unwrap_err();
        assert!(fine.contains("whole 5 minutes"), "{fine}");
    }

    #[test]
    fn places_are_read_as_people_write_them_and_never_half() {
        let at = r#"{"place":{"lat_e5":3350000,"lon_e5":3866000}}"#;
        for typed in ["33.5N 38.66E", "33.5, 38.66", "33.50000n,038.66000e", "+33.5 38.66E"] {
            assert_eq!(worth("D1", &format!("place={typed}")), at, "{typed}");
        }
        let south = worth("D1", "place=33.5S 38.66W");
        assert_eq!(south, r#"{"place":{"lat_e5":-3350000,"lon_e5":-3866000}}"#);
        for typed in
            ["33.5", "91N 0E", "-33.5N 38E", "33.5E 38.66N", "33.5N 38.66E 7", "NaN 1", "N E"]
        {
            assert!(reading("D1", &[&format!("place={typed}")]).is_err(), "{typed}");
        }
        let cell = r#"{"cell":{"level":0,"row":-372,"column":1215}}"#;
        assert_eq!(worth("W9", "cell=0.S372.1215"), cell);
        assert_eq!(worth("P6", "object=0.s372.1215"), cell);
        for typed in ["0.372.1215", "0.N372", "99.N1.1", "0.N-1.1"] {
            assert!(reading("W9", &[&format!("cell={typed}")]).is_err(), "{typed}");
        }
    }

    #[test]
    fn choices_numbers_and_words_are_what_their_lists_and_bounds_allow() {
        assert_eq!(worth("W4", "exit_sector=North West"), r#"{"choice":"north-west"}"#);
        assert_eq!(worth("W4", "exit-sector=west"), r#"{"choice":"west"}"#);
        // In the order of the list, whatever they were typed in.
        assert_eq!(worth("O6", "hazard=mines,laser"), r#"{"choices":["laser","mines"]}"#);
        assert_eq!(worth("L1", "n=9999"), r#"{"number":9999}"#);
        assert_eq!(worth("L2", "languages=en, RU"), r#"{"languages":["en","ru"]}"#);
        assert_eq!(worth("L2", "name= A:B "), r#"{"name":"A B"}"#);
        assert_eq!(
            worth("L6", "subject=Le pont"),
            r#"{"text":{"text":"Le pont","language":"fr"}}"#
        );
        let group = worth("W5", "who=Ahrar");
        assert_eq!(group, r#"{"name":"Ahrar"}"#);
        // A hash that was mistyped is no group.
        for typed in ["4be1c0ff", "4BE1C0FF9A01", "8J8F55QFBY", "8j8f55qfby", &"a".repeat(63)] {
            let why = reading("W5", &[&format!("who={typed}")]).unwrap_err();
            assert!(why.contains(&format!("type group={typed}")), "{why}");
        }
        assert_eq!(worth("W5", "who=group=8J8F55QFBY"), r#"{"name":"8J8F55QFBY"}"#);
        for typed in ["deadbee", "Southern 7", "OVERLOOKED"] {
            assert_eq!(worth("W5", &format!("who={typed}")), format!(r#"{{"name":"{typed}"}}"#));
        }
        let entry = worth("D3", "entry=7");
        assert!(entry.contains(&"07".repeat(32)), "{entry}");
        for (code, typed, why) in [
            ("L1", "n=0", "a whole number from 1 to 9999"),
            ("L1", "n=seven", "a whole number from 1 to 9999"),
            ("O6", "hazard=laser,rain", "live-fire, laser, jamming, mines, exercise"),
            ("D3", "entry=8", "was not given the entry"),
            ("D6", "new_value=+30min", "give message= and field= before it"),
            ("D6", "message=4be1c0ff", "this desk sees none"),
            ("L1", "m=1", "it has n"),
        ] {
            let told = reading(code, &[typed]).unwrap_err();
            assert!(told.contains(why), "{typed}: {told}");
        }
        let both = reading("L1", &["n=0", "m=1"]).unwrap_err();
        assert_eq!(both.lines().count(), 2, "all mistakes at once: {both}");
    }

    #[test]
    fn what_must_be_given_hangs_on_what_is_given() {
        let row = CodeId::new("P3").unwrap().row();
        let given = reading("P3", &["status=at-waypoint", "time=now"]).unwrap();
        assert_eq!(missing(row.parameters, &given), ["movement", "waypoint"]);
        let given = reading("P3", &["status=departed", "time=now"]).unwrap();
        assert_eq!(missing(row.parameters, &given), ["movement"]);
    }

    #[test]
    fn every_kind_of_every_code_says_what_it_may_be() {
        let every = CodeId::all().flat_map(|code| code.row().parameters);
        assert!(every.map(|parameter| described(parameter.kind)).all(|words| words.len() > 3));
    }
}
