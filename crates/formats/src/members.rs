//! Members that several JSON formats share: numbers as text, heights, names, periods.

use deconflict_geometry::{Height, Limit, Position, Reference, Window};
use serde_json::{Map, Value, json};

use crate::heights::{self, Bare, Unit};
use crate::{Text, attributes, time};

/// The member that holds the kinds of a feature's volumes.
pub(crate) const VOLUME_KINDS: &str = "volume_kinds";
/// The member that says how far the true boundary may lie from the edges.
pub(crate) const RESIDUAL: &str = "residual_m";

/// An upper limit of this number or more, whatever its unit, stands for "no limit" in ED-318 and
/// ED-269: the Swiss and other files write 99999, because the standard wants a number.
pub(crate) const NO_LIMIT: f64 = 99_999.0;

/// The text of a member, `None` where it is missing, null, empty or no text.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str).map(str::trim).filter(|s| !s.is_empty())
}

/// A number, also one that is written as text.
pub(crate) fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| heights::parse_number(value.as_str()?.trim()))
}

/// Whether a member says nothing: null or an empty text.
pub(crate) fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|s| s.trim().is_empty())
}

/// A number as JSON, whole numbers without a fraction.
pub(crate) fn json_number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}

/// A limit from its members; `None` where the value says nothing. Where `no_limit` holds, an upper
/// limit of [`NO_LIMIT`] or more is none.
///
/// # Errors
/// When it is no height, or its unit or reference is missing or unknown.
pub(crate) fn limit(
    name: &str,
    value: Option<&Value>,
    unit: Option<&str>,
    reference: Option<&str>,
    no_limit: bool,
) -> Result<Option<Limit>, String> {
    let Some(value) = value.filter(|v| !is_blank(v)) else { return Ok(None) };
    let given = number(value);
    if no_limit && name.starts_with("upper") && given.is_some_and(|n| n >= NO_LIMIT) {
        return Ok(Some(Limit::Unlimited));
    }
    let level = unit.is_some_and(|u| u.eq_ignore_ascii_case("FL"));
    if let (Some(level), true) = (given, level) {
        return Ok(Some(heights::flight_level(level)));
    }
    let bare = Bare {
        unit: unit.map(Unit::parse).transpose().map_err(|e| format!("{name}: {e}"))?,
        reference: reference
            .map(heights::parse_reference)
            .transpose()
            .map_err(|e| format!("{name}: {e}"))?,
    };
    match (given, value.as_str()) {
        (Some(n), _) => {
            let unit =
                bare.unit.ok_or_else(|| format!("{name} {n} has no unit: add uom, m or ft"))?;
            let reference = bare.reference.ok_or_else(|| {
                format!("{name} {n} has no reference: add {name}Reference, AGL, AMSL or W84")
            })?;
            Ok(Some(heights::limit(n, unit, reference)))
        }
        (None, Some(text)) => {
            heights::parse_limit(text, bare).map(Some).map_err(|e| format!("{name}: {e}"))
        }
        (None, None) => Err(format!("{name}: must be a number; a list or object is not a height")),
    }
}

/// The unit in which both limits are exact, feet where both are whole feet and not whole metres.
pub(crate) fn common_unit(limits: [Limit; 2]) -> Unit {
    let heights = limits.iter().filter_map(|limit| match limit {
        Limit::At(Height { metres, .. }) => Some(*metres),
        _ => None,
    });
    let exact_feet = |m: f64| {
        heights::whole(m, Unit::Feet.metres())
            .is_some_and(|feet| feet as f64 * Unit::Feet.metres() == m)
    };
    if heights.clone().any(|m| m.fract() != 0.0) && heights.clone().all(exact_feet) {
        Unit::Feet
    } else {
        Unit::Metres
    }
}

/// The unit of [`common_unit`] for a format in which [`NO_LIMIT`] and more stand for "no limit".
///
/// # Errors
/// When the upper limit is so high that it would be taken for none in metres too.
pub(crate) fn unit_below_no_limit(limits: [Limit; 2], format: &str) -> Result<Unit, String> {
    let unit = common_unit(limits);
    match limits[1] {
        Limit::At(height) if height.metres >= NO_LIMIT => Err(format!(
            "upper limit {}: {format} takes 99,999 and more for no limit; give it as unlimited, or \
             write GeoJSON instead",
            heights::text(limits[1])
        )),
        Limit::At(height) if height.metres / unit.metres() >= NO_LIMIT => Ok(Unit::Metres),
        _ => Ok(unit),
    }
}

/// The kinds of a feature's volumes, taken out of its members; none where it does not say.
///
/// # Errors
/// When the member is not a list of as many texts as there are volumes.
pub(crate) fn take_volume_kinds(
    members: &mut Map<String, Value>,
    volumes: usize,
) -> Result<Vec<String>, String> {
    let Some(value) = members.remove(VOLUME_KINDS).filter(|v| !v.is_null()) else {
        return Ok(Vec::new());
    };
    let kinds = value.as_array().map_or(&[][..], Vec::as_slice);
    let kinds: Vec<String> =
        kinds.iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect();
    if kinds.len() == volumes && value.as_array().is_some_and(|v| v.len() == volumes) {
        Ok(kinds)
    } else {
        Err(format!("{VOLUME_KINDS}: must be a list of a text for each of the {volumes} volumes"))
    }
}

/// The residual, in metres, that a member `residual_m` gives for the whole of a boundary; 0 where
/// there is none.
///
/// # Errors
/// When it is no number from 0 to 1,000,000.
pub(crate) fn residual(members: &Map<String, Value>) -> Result<Option<f64>, String> {
    let Some(value) = members.get(RESIDUAL).filter(|v| !is_blank(v)) else { return Ok(None) };
    let metres = number(value).ok_or("residual_m: must be a number of metres")?;
    attributes::checked_residual(metres).map(Some)
}

/// A height in a unit that [`common_unit`] chose, as JSON.
pub(crate) fn height_value(metres: f64, unit: Unit) -> Value {
    match unit {
        Unit::Feet => json_number((metres / unit.metres()).round()),
        Unit::Metres => json_number(metres),
    }
}

/// The number that stands for "no limit".
pub(crate) fn no_limit() -> Value {
    json_number(NO_LIMIT)
}

/// The names in a member: a text, or a list of `{text, lang}`.
pub(crate) fn names(value: Option<&Value>) -> Vec<Text> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(Text { text: text.clone(), lang: None }),
        Value::Object(name) => Some(Text {
            text: name.get("text")?.as_str()?.to_owned(),
            lang: text(name, "lang").map(str::to_owned),
        }),
        _ => None,
    };
    match value {
        Some(Value::Array(list)) => list.iter().filter_map(one).collect(),
        Some(value) => one(value).into_iter().collect(),
        None => Vec::new(),
    }
    .into_iter()
    .filter(|name: &Text| !name.text.trim().is_empty())
    .collect()
}

/// Names as a list of `{text, lang}`.
pub(crate) fn names_value(names: &[Text]) -> Value {
    let one = |name: &Text| match &name.lang {
        Some(lang) => json!({"text": name.text, "lang": lang}),
        None => json!({"text": name.text}),
    };
    names.iter().map(one).collect()
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
    list.iter().map(period).collect()
}

fn period(period: &Value) -> Result<Window, String> {
    let period = period.as_object().ok_or("applicability: a period must be an object")?;
    let permanent = text(period, "permanent").is_some_and(|p| p.eq_ignore_ascii_case("YES"));
    let side = |key: &str| match period.get(key) {
        Some(value) if !is_blank(value) && !value.is_string() => {
            Err(format!("{key}: must be a time such as 2026-05-18T09:30:00Z"))
        }
        _ => Ok(text(period, key)),
    };
    let (start, end) = (side("startDateTime")?, side("endDateTime")?);
    let limited = text(period, "permanent").is_some_and(|p| p.eq_ignore_ascii_case("NO"));
    let window = if permanent {
        Window::ALWAYS
    } else if limited && start.or(end).is_none() {
        // Not always, but nothing says when.
        Window::ALWAYS.part_time()
    } else {
        time::window(start, end)?
    };
    let mut days: &[Value] = &[];
    for key in ["schedule", "dailyPeriod"] {
        match period.get(key) {
            Some(Value::Array(list)) if days.is_empty() => days = list,
            None | Some(Value::Array(_)) => {}
            Some(value) if is_blank(value) => {}
            Some(_) => return Err(format!("{key}: must be a list")),
        }
    }
    let all_week = days.is_empty() || days.iter().any(is_all_week);
    Ok(if all_week { window } else { window.part_time() })
}

/// Whether an entry of a schedule restricts nothing: any day, no hours, no daylight events.
fn is_all_week(entry: &Value) -> bool {
    let any_day = match entry.get("day") {
        None => true,
        Some(Value::Array(days)) => {
            days.is_empty() || days.iter().any(|day| day.as_str() == Some("ANY"))
        }
        Some(day) => is_blank(day) || day.as_str() == Some("ANY"),
    };
    let hours = ["startTime", "endTime", "startEvent", "endEvent"];
    any_day && hours.iter().all(|key| entry.get(*key).is_none_or(is_blank))
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

/// A position given as longitude and latitude; longitudes up to 360 degrees east are taken.
///
/// # Errors
/// When a number is out of range.
pub(crate) fn lon_lat(lon: f64, lat: f64) -> Result<Position, String> {
    let east = if lon > 180.0 && lon <= 360.0 { lon - 360.0 } else { lon };
    Position::new(lat, east)
        .map_err(|e| format!("{e}; a position is written longitude first, then latitude"))
}

/// The reference as `AGL`, `AMSL`, `W84` or `STD` (above the standard pressure surface).
pub(crate) fn reference_word(reference: Reference) -> &'static str {
    match reference {
        Reference::W84 => "W84",
        Reference::Amsl => "AMSL",
        Reference::Agl => "AGL",
        Reference::FlightLevel => "STD",
    }
}
