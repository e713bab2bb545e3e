//! The words that bear on a place, a height or a time, in any of the formats read here.
//!
//! Files mix the formats: GeoJSON with ED-269's members, a table with GeoJSON's. Where such a word
//! stands and is not read, what it declares would be lost: so it is read, refused by its name, or at
//! least told.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::attributes::own_key;
use crate::crs;
use crate::drawn;
use crate::members::is_blank;
use crate::reading::Reading;
use crate::sizes::size_in_unit;

/// What a word bears on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Bearing {
    /// Where something is and how far it reaches.
    Place,
    /// How high it is.
    Height,
    /// When it is.
    Time,
}

/// How sure it is that a word is meant so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Certainty {
    /// A format has it for this alone: where it is not read, it is refused.
    Certain,
    /// It also means other things elsewhere: where it is not read, that is told.
    Everyday,
}

use Bearing::{Height, Place, Time};
use Certainty::{Certain, Everyday};

/// The words in their [normal form](normal), by their meaning.
const WORDS: [(Bearing, Certainty, &[&str]); 6] = [
    (
        Height,
        Certain,
        &[
            "altitudelower",
            "altitudeupper",
            "lowerlimitaltitude",
            "lowerlimitaltref",
            "lowerlimitunit",
            "upperlimitaltitude",
            "upperlimitaltref",
            "upperlimitunit",
            "lowerlimit",
            "lowerlimitm",
            "lowerm",
            "lowermeters",
            "lowermetres",
            "lowerreference",
            "lowerlimitreference",
            "lowerverticalreference",
            "uomdimensions",
            "upperlimit",
            "upperlimitm",
            "upperm",
            "uppermeters",
            "uppermetres",
            "upperreference",
            "upperlimitreference",
            "upperverticalreference",
            "verticallayer",
        ],
    ),
    (
        Time,
        Certain,
        &[
            "applicability",
            "dailyperiod",
            "enddatetime",
            "limitedapplicability",
            "parttime",
            "startdatetime",
            "timeend",
            "timestart",
        ],
    ),
    (
        Place,
        Certain,
        &[
            "halfwidthm",
            "horizontalprojection",
            "offnominalvolumes",
            "outlinecircle",
            "outlinepolygon",
            "radiusm",
            "radiusunit",
            "radiusunits",
            "radiusuom",
            "residualm",
            "volumekinds",
        ],
    ),
    (
        Height,
        Everyday,
        &[
            "agl",
            "ah",
            "al",
            "alt",
            "alts",
            "altitude",
            "altitudemax",
            "altitudemin",
            "altitudemode",
            "altitudes",
            "amsl",
            "base",
            "ceiling",
            "ceilingft",
            "ceilingm",
            "fl",
            "flightlevel",
            "flightlevels",
            "floor",
            "floorft",
            "floorm",
            "height",
            "heightmax",
            "heightmin",
            "heights",
            "layer",
            "lower",
            "loweraltitude",
            "lowerfeet",
            "lowerfl",
            "lowerft",
            "lowerunit",
            "lowerunits",
            "loweruom",
            "maxaltitude",
            "maxheight",
            "minaltitude",
            "minheight",
            "msl",
            "top",
            "uom",
            "upper",
            "upperaltitude",
            "upperfeet",
            "upperfl",
            "upperft",
            "upperunit",
            "upperunits",
            "upperuom",
            "verticallimit",
            "verticallimits",
        ],
    ),
    (
        Time,
        Everyday,
        &[
            "activation",
            "activefrom",
            "activeto",
            "activeuntil",
            "begin",
            "date",
            "dates",
            "datetime",
            "day",
            "days",
            "effective",
            "effectivefrom",
            "effectiveuntil",
            "end",
            "enddate",
            "endtime",
            "expires",
            "expiry",
            "from",
            "fromutc",
            "hours",
            "month",
            "months",
            "openinghours",
            "permanent",
            "schedule",
            "start",
            "startdate",
            "starttime",
            "till",
            "time",
            "times",
            "timespan",
            "timestamp",
            "to",
            "until",
            "untilutc",
            "validfrom",
            "validity",
            "validto",
            "validuntil",
            "weekday",
            "weekdays",
            "when",
            "window",
        ],
    ),
    (
        Place,
        Everyday,
        &[
            "buffer",
            "bufferdistance",
            "bufferkm",
            "bufferm",
            "buffermeters",
            "buffermetres",
            "bufferradius",
            "center",
            "centre",
            "coordinate",
            "coordinates",
            "crs",
            "diameter",
            "diameterm",
            "easting",
            "eastings",
            "epsg",
            "gridref",
            "mgrs",
            "northing",
            "northings",
            "pointx",
            "pointy",
            "srid",
            "srs",
            "utm",
            "xcoord",
            "ycoord",
            "edges",
            "extent",
            "geom",
            "geometry",
            "halfwidth",
            "lat",
            "latitude",
            "lng",
            "lon",
            "long",
            "longitude",
            "outline",
            "position",
            "radius",
            "radiusft",
            "radiuskm",
            "radiusnm",
            "volumes",
            "width",
            "widthm",
            "wkt",
        ],
    ),
];

/// The words, in normal form, that name the reference system of positions.
const REFERENCE_SYSTEMS: [&str; 4] = ["crs", "epsg", "srid", "srs"];

/// The longest word, in bytes, that is looked up: with blanks and signs, not twice a word's length.
const LONGEST_WORD: usize = 48;

/// A name without what people spell differently: small letters and digits alone. `lower_limit`,
/// `LowerLimit` and `LOWER-LIMIT` are one name. Names that are longer than any word are empty.
pub(crate) fn normal(name: &str) -> String {
    if name.len() > LONGEST_WORD {
        return String::new();
    }
    if name.is_ascii() {
        let bytes = name.bytes().filter(u8::is_ascii_alphanumeric);
        return bytes.map(|b| char::from(b.to_ascii_lowercase())).collect();
    }
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words by their normal form.
static BY_NAME: LazyLock<HashMap<&str, (Bearing, Certainty)>> = LazyLock::new(|| {
    let each = WORDS.iter().flat_map(|(bearing, certainty, words)| {
        words.iter().map(|word| (*word, (*bearing, *certainty)))
    });
    each.collect()
});

/// What a name bears on, if it is one of the words or put together as such words are.
pub(crate) fn bearing(name: &str) -> Option<(Bearing, Certainty)> {
    let plain = normal(name);
    match BY_NAME.get(plain.as_str()) {
        Some(known) => Some(*known),
        None if size_in_unit(&plain).is_some() => Some((Place, Everyday)),
        None if is_further_axis(name, &plain) => Some((Place, Everyday)),
        None => composed(name).map(|bearing| (bearing, Everyday)),
    }
}

/// Whether a name is that of an axis of a further position, such as `lat_end`, `endLat`, `lon2` or `y_max`;
/// `plain` is its normal form.
fn is_further_axis(name: &str, plain: &str) -> bool {
    const AXES: [&str; 5] = ["lat", "latitude", "lon", "lng", "longitude"];
    const FLAT: [&str; 8] = ["x1", "x2", "y1", "y2", "xmin", "xmax", "ymin", "ymax"];
    const WHICH: [&str; 13] = [
        "start",
        "end",
        "begin",
        "from",
        "to",
        "min",
        "max",
        "first",
        "last",
        "origin",
        "dest",
        "destination",
        "old",
    ];
    let is_axis = |word: &str| AXES.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()));
    let stripped = |which: &&str| {
        let rest = plain.strip_prefix(*which).or_else(|| plain.strip_suffix(*which));
        rest.is_some_and(is_axis)
    };
    if is_axis(plain) || FLAT.contains(&plain) || WHICH.iter().any(stripped) {
        return true;
    }
    if plain.is_empty() {
        return false;
    }
    let parts = parts(name);
    let which = || parts.iter().any(|part| WHICH.contains(&part.as_str()));
    parts.iter().any(|part| is_axis(part))
        || (parts.iter().any(|part| part == "x" || part == "y") && which())
}

/// What a name may bear on that is put together of two parts, such as `maxAltitudeFt` or `buffer_nm`:
/// which end of what, or how far in which unit.
fn composed(name: &str) -> Option<Bearing> {
    const PAIRS: [(Bearing, &[&str], &[&str]); 3] = [
        (
            Height,
            &[
                "lower", "upper", "min", "max", "minimum", "maximum", "floor", "ceiling", "bottom",
                "top",
            ],
            &[
                "limit",
                "alt",
                "altitude",
                "height",
                "level",
                "elevation",
                "fl",
                "agl",
                "amsl",
                "msl",
            ],
        ),
        (
            Time,
            &["start", "end", "begin", "valid", "effective", "expiry", "expiration", "active"],
            &["date", "time", "datetime", "from", "until", "to", "utc", "hour", "hours"],
        ),
        (
            Place,
            &["radius", "buffer", "width", "diameter", "extent"],
            &["m", "km", "nm", "ft", "metres", "meters", "miles", "distance"],
        ),
    ];
    if name.len() > LONGEST_WORD {
        return None;
    }
    let parts = parts(name);
    let has = |words: &[&str]| parts.iter().any(|part| words.contains(&part.as_str()));
    PAIRS.iter().find(|(_, ends, of)| has(ends) && has(of)).map(|(bearing, ..)| *bearing)
}

/// The parts of a name in small letters: cut at signs and blanks, and before a capital that follows a
/// small letter.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last: Option<char> = None;
    for c in name.chars() {
        let joined = match last {
            Some(last) if c.is_alphanumeric() => {
                last.is_alphanumeric() && !(last.is_lowercase() && c.is_uppercase())
            }
            _ => false,
        };
        match parts.last_mut() {
            Some(part) if joined => part.extend(c.to_lowercase()),
            _ if c.is_alphanumeric() => parts.push(c.to_lowercase().collect()),
            _ => {}
        }
        last = Some(c);
    }
    parts
}

/// All words, in their normal form.
#[cfg(test)]
pub(crate) fn words_of() -> impl Iterator<Item = &'static str> {
    WORDS.iter().flat_map(|(.., words)| *words).copied()
}

/// Whether a kept property would be taken for a declaration, or refused, under its own name: by the
/// name itself or by a member somewhere in its value.
pub(crate) fn is_telling(key: &str, value: &Value) -> bool {
    matches!(bearing(key), Some((_, Certain))) || holds_certain(value)
}

fn holds_certain(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(holds_certain),
        Value::Object(members) => members.iter().any(|(key, value)| {
            !is_blank(value) && own_key(key).is_none() && is_telling(key, value)
        }),
        _ => false,
    }
}

/// Goes through members that are not read, and all that is in them.
///
/// # Errors
/// When one of them certainly bears on a place, a height or a time: it is named, and `where_read`
/// says where such members are read. Of one that only may, a note is made.
pub(crate) fn check_unread<'a>(
    members: impl IntoIterator<Item = (&'a String, &'a Value)>,
    path: &str,
    where_read: &str,
    reading: &mut Reading,
) -> Result<(), String> {
    for (key, value) in members {
        // Under `json:` stands what was something else in another format.
        if is_blank(value) || own_key(key).is_some() {
            continue;
        }
        if REFERENCE_SYSTEMS.contains(&normal(key).as_str()) {
            // That of all positions says nothing new.
            if crs::is_known(value) {
                continue;
            }
            if normal(key) == "crs" {
                crs::check(value).map_err(|what| format!("`{path}{key}`: {what}"))?;
            }
        }
        match bearing(key) {
            Some((bearing, Certain)) => {
                return Err(format!(
                    "`{path}{key}` bears on {} and is not read here: {where_read}, or remove it",
                    bearing.noun()
                ));
            }
            Some((bearing, Everyday)) => reading.note(&format!(
                "`{path}{key}` was not read; it may bear on {} ({where_read})",
                bearing.noun()
            )),
            None if drawn::of_value(value).is_some() => {
                reading
                    .note(&format!("`{path}{key}` draws a shape and was not read ({where_read})"));
            }
            None => {}
        }
        match value {
            Value::Object(inner) => check_inner(inner, path, key, where_read, reading)?,
            Value::Array(list) => {
                for inner in list.iter().filter_map(Value::as_object) {
                    check_inner(inner, path, key, where_read, reading)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_inner(
    inner: &Map<String, Value>,
    path: &str,
    key: &str,
    where_read: &str,
    reading: &mut Reading,
) -> Result<(), String> {
    // Deeply nested members are named by the last two steps of their path.
    let outer = path.rsplit('.').nth(1).unwrap_or_default();
    let outer = if outer.is_empty() { String::new() } else { format!("{outer}.") };
    check_unread(inner, &format!("{outer}{}.", crate::attributes::clip(key)), where_read, reading)
}

impl Bearing {
    /// What it bears on, in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Place => "the place",
            Height => "the height",
            Time => "the time",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_word_are_one_word() {
        for name in ["lowerLimit", "LOWER_LIMIT", "Lower limit", "lower-limit"] {
            assert_eq!(bearing(name), Some((Height, Certain)), "{name}");
        }
        assert_eq!(bearing("Valid from"), Some((Time, Everyday)));
        for (name, bears_on) in [
            ("maxAltitudeFt", Some((Height, Everyday))),
            ("FLOOR_FL", Some((Height, Everyday))),
            ("valid-from-date", Some((Time, Everyday))),
            ("buffer nm", Some((Place, Everyday))),
            ("lat_end", Some((Place, Everyday))),
            ("EndLongitude", Some((Place, Everyday))),
            ("endlat", Some((Place, Everyday))),
            ("lon2", Some((Place, Everyday))),
            ("y_max", Some((Place, Everyday))),
            ("x2", Some((Place, Everyday))),
            ("translation", None),
            ("plate", None),
            ("lateral", None),
            ("axis y", None),
            ("startup", None),
            ("updated_at", None),
            ("maximum speed", None),
            ("topic", None),
        ] {
            assert_eq!(bearing(name), bears_on, "{name}");
        }
        assert_eq!(bearing("colour"), None);
        assert_eq!(bearing(&"lower".repeat(100)), None);
    }

    #[test]
    fn every_word_stands_in_its_normal_form_and_once() {
        let mut all: Vec<&str> = WORDS.iter().flat_map(|(.., words)| *words).copied().collect();
        assert!(all.iter().all(|word| normal(word) == *word));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
