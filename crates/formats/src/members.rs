//! Members that several JSON formats share: numbers as text, heights, names, periods.

use deconflict_geometry::{Height, Limit, Position, Reference};
use serde_json::{Map, Value, json};

use crate::heights::{self, Unit};
use crate::reading::Reading;
use crate::vocabulary::{check_unread, normal};
use crate::{Text, attributes, coordinates};

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

/// Whether a member of this name is a residual, however it is spelled.
pub(crate) fn is_residual(key: &str) -> bool {
    normal(key) == normal(RESIDUAL)
}

/// The residual, in metres, that a member `residual_m` gives for the whole of a boundary; 0 where
/// there is none.
///
/// # Errors
/// When it is no number from 0 to 1,000,000.
pub(crate) fn residual(members: &Map<String, Value>) -> Result<Option<f64>, String> {
    let value = members.iter().find(|(key, v)| is_residual(key) && !is_blank(v));
    let Some((_, value)) = value else { return Ok(None) };
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

/// Checks that nothing stands in the objects of the member `name` that bears on anything: they are
/// read for their text and their language alone.
///
/// # Errors
/// When something does.
pub(crate) fn check_names(
    members: &Map<String, Value>,
    reading: &mut Reading,
) -> Result<(), String> {
    let objects = match members.get("name") {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    objects
        .iter()
        .filter_map(Value::as_object)
        .try_for_each(|name| check_unread(name, "name.", "a name has text and lang", reading))
}

/// Names as a list of `{text, lang}`.
pub(crate) fn names_value(names: &[Text]) -> Value {
    let one = |name: &Text| match &name.lang {
        Some(lang) => json!({"text": name.text, "lang": lang}),
        None => json!({"text": name.text}),
    };
    names.iter().map(one).collect()
}

/// A position given as longitude and latitude; longitudes up to 360 degrees east are taken.
///
/// # Errors
/// When a number is out of range.
pub(crate) fn lon_lat(lon: f64, lat: f64) -> Result<Position, String> {
    let east = if lon > 180.0 && lon <= 360.0 { lon - 360.0 } else { lon };
    Position::new(lat, east).map_err(|e| match coordinates::no_degrees(lat, lon) {
        Some(hint) => format!("{e}; {hint}"),
        None => format!("{e}; a position is written longitude first, then latitude"),
    })
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
