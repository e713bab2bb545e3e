//! When something is in force, in the members of JSON objects.

use deconflict_geometry::Window;
use serde_json::{Map, Value};

use crate::attributes::{self, clip};
use crate::drawn;
use crate::members::is_blank;
use crate::time;
use crate::vocabulary::{Bearing, bearing, normal};

/// Names, in normal form, of a beginning and of an end.
const BEGINNINGS: [&str; 3] = ["from", "timestart", "startdatetime"];
const ENDS: [&str; 3] = ["until", "timeend", "enddatetime"];
/// The member that says that only unresolved parts of the window are in force.
pub(crate) const PART_TIME: &str = "part_time";
/// Names, in normal form, of a list of periods: ED-318's and ED-269's.
const LISTS: [&str; 2] = ["limitedapplicability", "applicability"];
/// What else a period says, in normal form.
const PERIOD_WORDS: [&str; 3] = ["permanent", "schedule", "dailyperiod"];

/// Whether a member of this name, in [normal form](normal), is a list of periods.
pub(crate) fn is_list_word(name: &str) -> bool {
    LISTS.contains(&name)
}

/// Whether a member of this name, in normal form, says something of a window.
pub(crate) fn is_window_word(name: &str) -> bool {
    name == normal(PART_TIME)
        || BEGINNINGS.contains(&name)
        || ENDS.contains(&name)
        || PERIOD_WORDS.contains(&name)
}

/// The windows that some members give, in which every shape is in force: those of their lists of
/// periods, that of a beginning and an end, or both where they agree. `None` where they say nothing.
///
/// # Errors
/// When a member is malformed or two disagree.
pub(crate) fn windows(holders: &[&Map<String, Value>]) -> Result<Option<Vec<Window>>, String> {
    let mut found: Option<(String, Vec<Window>)> = None;
    let mut take = |key: &str, windows: Vec<Window>| match &found {
        Some((_, first)) if *first == windows => Ok(()),
        Some((other, _)) => Err(format!(
            "`{}` and `{}` both say when it is in force, and differ; keep one",
            clip(other),
            clip(key)
        )),
        None => {
            found = Some((key.to_owned(), windows));
            Ok(())
        }
    };
    for holder in holders {
        for (key, value) in *holder {
            if !is_blank(value) && is_list_word(&normal(key)) {
                take(key, periods(value)?)?;
            }
        }
    }
    for holder in holders {
        if let Some((key, window)) = flat(holder)? {
            take(&key, vec![window])?;
        }
    }
    Ok(found.map(|(_, windows)| windows))
}

/// The window of a beginning, an end and whatever limits it among an object's members, and the name
/// of the first of them.
///
/// # Errors
/// When one is malformed or two disagree.
pub(crate) fn flat(members: &Map<String, Value>) -> Result<Option<(String, Window)>, String> {
    let mut given = members
        .iter()
        .filter(|(key, value)| !is_blank(value) && is_window_word(&normal(key)))
        .map(|(key, _)| key);
    let Some(first) = given.next() else { return Ok(None) };
    Ok(Some((first.clone(), window(members)?)))
}

/// The windows of a list of periods as ED-318 (`limitedApplicability`, with `schedule`) and ED-269
/// (`applicability`, with `permanent` and `dailyPeriod`) have them. A period with a schedule that
/// leaves out any hour is in force only in parts of it.
///
/// # Errors
/// When a period is malformed.
pub(crate) fn periods(list: &Value) -> Result<Vec<Window>, String> {
    let list = match list {
        Value::Array(list) => list.as_slice(),
        value if is_blank(value) => &[],
        single @ Value::Object(_) => std::slice::from_ref(single),
        _ => return Err("applicability: must be a list of periods".into()),
    };
    if list.is_empty() {
        return Ok(vec![Window::ALWAYS]);
    }
    list.iter()
        .map(|period| {
            let period = period.as_object().ok_or("applicability: a period must be an object")?;
            for (key, value) in period {
                let drawn = || drawn::of_value(value).map(|_| Bearing::Place);
                if !is_blank(value)
                    && !is_window_word(&normal(key))
                    && let Some(bearing) = bearing(key).map(|(of, _)| of).or_else(drawn)
                {
                    return Err(format!(
                        "applicability: `{}` bears on {} and is not read in a period: write \
                         startDateTime, endDateTime and schedule",
                        clip(key),
                        bearing.noun()
                    ));
                }
            }
            window(period)
        })
        .collect()
}

/// What is noted of such dates.
pub(crate) const DATES_OF_NO_USE: &str =
    "dates of periods that are `permanent` were not read: such a zone is always in force";

/// Whether a list of periods has one that is permanent and has dates all the same: these are not
/// read.
pub(crate) fn has_dates_of_no_use(members: &Map<String, Value>) -> bool {
    let permanent = |period: &Map<String, Value>| {
        let dated = |(key, value): (&String, &Value)| {
            let name = normal(key);
            !is_blank(value) && (BEGINNINGS.contains(&&*name) || ENDS.contains(&&*name))
        };
        matches!(permanence(period), Ok(Some(true))) && period.iter().any(dated)
    };
    permanent(members)
        || members.iter().filter(|(key, _)| is_list_word(&normal(key))).any(
            |(_, value)| match value {
                Value::Array(list) => list.iter().filter_map(Value::as_object).any(permanent),
                Value::Object(period) => permanent(period),
                _ => false,
            },
        )
}

fn window(period: &Map<String, Value>) -> Result<Window, String> {
    let permanent = permanence(period)?;
    let (start, end) = (side(period, &BEGINNINGS)?, side(period, &ENDS)?);
    let window = match permanent {
        Some(true) => Window::ALWAYS,
        // Not always, but nothing says when.
        Some(false) if start.or(end).is_none() => Window::ALWAYS.part_time(),
        _ => time::window(start, end)?,
    };
    let mut whole = true;
    for (key, value) in period.iter().filter(|(_, value)| !is_blank(value)) {
        let name = normal(key);
        if name == "schedule" || name == "dailyperiod" {
            whole &= match value {
                Value::Array(days) => days.is_empty() || days.iter().any(is_all_week),
                // Hours in words are not resolved to instants.
                Value::String(_) => false,
                _ => return Err(format!("{}: must be a list", clip(key))),
            };
        } else if name == normal(PART_TIME) {
            whole &= !match value {
                Value::String(text) => attributes::yes(PART_TIME, text)?,
                Value::Bool(part_time) => *part_time,
                _ => return Err(format!("{}: write true or false", clip(key))),
            };
        }
    }
    Ok(if whole { window } else { window.part_time() })
}

fn permanence(period: &Map<String, Value>) -> Result<Option<bool>, String> {
    let mut found = None;
    for (key, value) in period.iter().filter(|(key, v)| normal(key) == "permanent" && !is_blank(v))
    {
        let permanent = match value {
            Value::Bool(permanent) => *permanent,
            Value::String(text) => attributes::yes(key, text)?,
            _ => return Err(format!("{}: write YES or NO", clip(key))),
        };
        if found.is_some_and(|other| other != permanent) {
            return Err(format!("{} is given twice, and differs; keep one", clip(key)));
        }
        found = Some(permanent);
    }
    Ok(found)
}

/// The one time that stands under some names.
fn side<'a>(period: &'a Map<String, Value>, names: &[&str]) -> Result<Option<&'a str>, String> {
    let mut found: Option<(&str, &str)> = None;
    for (key, value) in period {
        if is_blank(value) || !names.contains(&normal(key).as_str()) {
            continue;
        }
        let Some(text) = value.as_str().map(str::trim) else {
            return Err(format!(
                "{}: must be a time such as 2026-05-18T09:30:00Z; where it is no time, rename the \
                 member",
                clip(key)
            ));
        };
        let same = |other: &str| {
            let read = |text: &str| time::parse(text, time::Edge::Start);
            other == text || matches!((read(other), read(text)), (Ok(a), Ok(b)) if a == b)
        };
        match found {
            Some((first, other)) if !same(other) => {
                return Err(format!(
                    "{} says {}, {} says {}; keep one",
                    clip(first),
                    clip(other),
                    clip(key),
                    clip(text)
                ));
            }
            Some(_) => {}
            None => {
                // What is no time is named here, where its name is known.
                time::parse(text, time::Edge::Start)
                    .or_else(|_| time::parse(text, time::Edge::End))
                    .map_err(|why| {
                        format!("{}: {why}; where it is no time, rename the member", clip(key))
                    })?;
                found = Some((key, text));
            }
        }
    }
    Ok(found.map(|(_, text)| text))
}

/// Whether an entry of a schedule restricts nothing: any day, the whole of it, and nothing else that
/// could restrict it.
fn is_all_week(entry: &Value) -> bool {
    const WEEK: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
    let Some(entry) = entry.as_object() else { return false };
    let any_day = |days: &Value| match days {
        Value::Array(days) => {
            let has = |day: &str| days.iter().any(|given| given.as_str() == Some(day));
            days.is_empty() || has("ANY") || WEEK.iter().all(|day| has(day))
        }
        day => day.as_str() == Some("ANY"),
    };
    let mut hours = false;
    for (key, value) in entry.iter().filter(|(_, value)| !is_blank(value)) {
        match normal(key).as_str() {
            "day" | "days" if any_day(value) => {}
            "day" | "days" => return false,
            "starttime" | "endtime" => hours = true,
            name if name.ends_with("event") || bearing(key).is_some() => return false,
            _ => {}
        }
    }
    !hours || is_whole_day(entry)
}

/// Whether the hours of an entry are those of a whole day, to the minute: from 00:00 to 23:59 or
/// 24:00 of the same clock.
fn is_whole_day(entry: &Map<String, Value>) -> bool {
    // A clock is `00:00`, `00:00:00` or `00:00:00.00`, and an offset.
    let clock = |name: &str| -> Option<(&str, &str)> {
        let mut given = entry.iter().filter(|(key, v)| normal(key) == name && !is_blank(v));
        let (Some((_, text)), None) = (given.next(), given.next()) else { return None };
        let text = text.as_str()?.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.');
        Some(text.split_at(end.unwrap_or(text.len())))
    };
    let (Some((start, offset)), Some((end, other))) = (clock("starttime"), clock("endtime")) else {
        return false;
    };
    let begins = start.starts_with("00:00") && start.bytes().all(|b| !(b'1'..=b'9').contains(&b));
    begins && offset == other && (end.starts_with("23:59") || end.starts_with("24:00"))
}

/// The periods that say the same as some windows, with the name that the format gives schedules.
///
/// # Errors
/// When a window is in force only in parts of it: which parts is not known here.
pub(crate) fn periods_value(windows: &[Window]) -> Result<Value, String> {
    windows
        .iter()
        .map(|window| {
            if window.is_part_time() {
                return Err("in force only at times that are not known here in a form that the \
                            format has; give the windows explicitly"
                    .to_owned());
            }
            let mut period = Map::new();
            if let Some(from) = window.from() {
                period.insert("startDateTime".into(), time::format(from).into());
            }
            if let Some(until) = window.until() {
                period.insert("endDateTime".into(), time::format(until).into());
            }
            Ok(Value::Object(period))
        })
        .collect()
}
