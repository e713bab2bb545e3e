//! Height bands in the members of JSON objects, under the names that any of the formats has.

use deconflict_geometry::{Band, Height, Limit, Reference};
use serde_json::{Map, Value};

use crate::attributes::clip;
use crate::heights::{self, Bare, Unit};
use crate::members::{NO_LIMIT, is_blank, number};
use crate::vocabulary::normal;

/// How far, in metres, two statements of one limit may differ by rounding: 400 ft is 122 m to some.
const ROUNDING_M: f64 = 0.5;

/// The names, in normal form, of one limit of a band.
struct Side {
    name: &'static str,
    /// A height in the unit and of the reference that stand beside it.
    values: [&'static str; 3],
    /// A height in metres.
    metres: [&'static str; 4],
    references: [&'static str; 4],
    /// Its own unit, where each limit has one.
    units: [&'static str; 3],
}

const SIDES: [Side; 2] = [
    Side {
        name: "lower",
        values: ["lower", "lowerlimit", "lowerlimitaltitude"],
        metres: ["lowerm", "lowermeters", "lowermetres", "lowerlimitm"],
        references: [
            "lowerreference",
            "lowerverticalreference",
            "lowerlimitreference",
            "lowerlimitaltref",
        ],
        units: ["lowerunit", "lowerlimitunit", "loweruom"],
    },
    Side {
        name: "upper",
        values: ["upper", "upperlimit", "upperlimitaltitude"],
        metres: ["upperm", "uppermeters", "uppermetres", "upperlimitm"],
        references: [
            "upperreference",
            "upperverticalreference",
            "upperlimitreference",
            "upperlimitaltref",
        ],
        units: ["upperunit", "upperlimitunit", "upperuom"],
    },
];

/// The names, in normal form, of the unit of both limits.
const UNITS: [&str; 2] = ["uom", "uomdimensions"];
/// Names that may be of something else: they count where a number has no other unit.
const LOOSE_UNITS: [&str; 2] = ["unit", "units"];

/// An object that may hold limits.
#[derive(Clone, Copy)]
pub(crate) struct Holder<'a> {
    /// Its members.
    pub(crate) members: &'a Map<String, Value>,
    /// Whether an upper limit of [`NO_LIMIT`] or more is none, under any of its names.
    pub(crate) no_limit: bool,
    /// The unit of a number that has none beside it, in any of the holders.
    pub(crate) default_unit: Option<&'a str>,
}

impl<'a> Holder<'a> {
    /// A layer of ED-318 or what is like it.
    pub(crate) fn layer(members: &'a Map<String, Value>) -> Holder<'a> {
        Holder { members, no_limit: true, default_unit: None }
    }

    /// The properties of a GeoJSON feature.
    pub(crate) fn properties(members: &'a Map<String, Value>) -> Holder<'a> {
        Holder { members, no_limit: false, default_unit: None }
    }

    /// The unit that the holder names.
    ///
    /// # Errors
    /// When it names two, or what it names is no text.
    pub(crate) fn unit(self) -> Result<Option<&'a str>, String> {
        Ok(word(&self, &[], &UNITS)?.or(self.default_unit))
    }
}

/// What some holders say of a band.
pub(crate) struct Limits {
    /// The lower and the upper limit, unknown where they say nothing.
    pub(crate) limits: [Limit; 2],
    /// Whether any of them gives the lower, and the upper limit.
    pub(crate) given: [bool; 2],
    /// Whether a member `unit` was taken for the unit of heights.
    pub(crate) loose_unit: bool,
}

/// Whether a member of this name, in [normal form](normal), says something of a height band.
pub(crate) fn is_band_word(name: &str) -> bool {
    UNITS.contains(&name)
        || SIDES.iter().any(|side| {
            side.values.contains(&name)
                || side.metres.contains(&name)
                || side.references.contains(&name)
                || side.units.contains(&name)
        })
}

/// Whether a member of this name, in normal form, may be the unit of heights.
pub(crate) fn is_loose_unit(name: &str) -> bool {
    LOOSE_UNITS.contains(&name)
}

/// The limits that some holders give. A unit or a reference that one of them lacks is that of the
/// others.
///
/// # Errors
/// When a member is no height, unit or reference, one is missing, or two disagree.
pub(crate) fn limits(holders: &[Holder<'_>]) -> Result<Limits, String> {
    let mut loose_unit = false;
    let mut limits = [Limit::Unknown; 2];
    let mut given = [false; 2];
    for ((side, limit), given) in SIDES.iter().zip(&mut limits).zip(&mut given) {
        let mut first: Option<(String, Limit)> = None;
        let mut taken_unit = None;
        for holder in holders {
            for (key, value) in holder.members.iter().filter(|(_, value)| !is_blank(value)) {
                let name = normal(key);
                let metres = side.metres.contains(&name.as_str());
                if !metres && !side.values.contains(&name.as_str()) {
                    continue;
                }
                let reference = word(holder, holders, &side.references)?;
                let own_unit = word(holder, holders, &side.units)?;
                let mut unit = match own_unit {
                    Some(unit) => Some(unit),
                    None => word(holder, holders, &UNITS)?,
                };
                if unit.is_none() && number(value).is_some() && !metres {
                    unit = word(holder, holders, &LOOSE_UNITS)?;
                    loose_unit |= unit.is_some();
                }
                let unit = if metres { Some("m") } else { unit.or(holder.default_unit) };
                if !metres && own_unit.is_none() && number(value).is_some() {
                    taken_unit = taken_unit.or(unit);
                }
                // The number stands for no limit in ED-269's members wherever they are.
                let no_limit = !metres && (holder.no_limit || name.ends_with("limit"));
                let no_limit = no_limit && side.name == "upper";
                let read = one_limit(side.name, &clip(key), value, unit, reference, no_limit)?;
                match &first {
                    None => first = Some((clip(key), read)),
                    Some((other, limit)) if !agree(*limit, read) => {
                        return Err(format!(
                            "{other} says {}, {} says {}; keep one",
                            heights::text(*limit),
                            clip(key),
                            heights::text(read)
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
        if let Some((key, read)) = first {
            check_beside(side, &key, read, taken_unit, holders)?;
            *limit = read;
            *given = true;
        }
    }
    Ok(Limits { limits, given, loose_unit })
}

/// Checks that no holder gives the limit that was read under `key` another unit or reference.
fn check_beside(
    side: &Side,
    key: &str,
    read: Limit,
    taken_unit: Option<&str>,
    holders: &[Holder<'_>],
) -> Result<(), String> {
    for holder in holders {
        if let (Limit::At(height), Some(other)) = (read, word(holder, &[], &side.references)?)
            && heights::parse_reference(other).map_err(|e| format!("{key}: {e}"))?
                != height.reference
        {
            let read = heights::text(read);
            return Err(format!(
                "{key} says {read}, the reference beside it {}; keep one",
                clip(other)
            ));
        }
        if let (Some(taken), Some(other)) = (taken_unit, word(holder, &[], &UNITS)?)
            && !taken.eq_ignore_ascii_case(other)
            && Unit::parse(taken).ok() != Unit::parse(other).ok()
        {
            return Err(format!(
                "{key} is in {}, and {} stands beside it as its unit; keep one",
                clip(taken),
                clip(other)
            ));
        }
    }
    Ok(())
}

/// What is noted where [`is_idle`] holds.
pub(crate) const IDLE: &str = "a unit or a reference of heights without a limit was not read";

/// Whether some members have units or references and no limit.
pub(crate) fn is_idle(found: &Limits, holders: &[Holder<'_>]) -> bool {
    found.given == [false; 2]
        && holders
            .iter()
            .flat_map(|holder| holder.members)
            .any(|(key, value)| !is_blank(value) && is_band_word(&normal(key)))
}

/// The band of the limits found.
///
/// # Errors
/// When they are upside down or out of range.
pub(crate) fn band(found: &Limits) -> Result<Band, String> {
    heights::band(found.limits[0], found.limits[1])
}

fn agree(a: Limit, b: Limit) -> bool {
    match (a, b) {
        (Limit::At(a), Limit::At(b)) => {
            a.reference == b.reference && (a.metres - b.metres).abs() <= ROUNDING_M
        }
        _ => a == b,
    }
}

/// The one text that stands under some names: in the holder, else in any of the others.
fn word<'a>(
    holder: &Holder<'a>,
    holders: &[Holder<'a>],
    names: &[&str],
) -> Result<Option<&'a str>, String> {
    let mut found: Option<(&str, &str)> = None;
    for holder in std::iter::once(holder).chain(holders) {
        if found.is_some() {
            break;
        }
        for (key, value) in holder.members {
            if is_blank(value) || !names.contains(&normal(key).as_str()) {
                continue;
            }
            let Some(text) = value.as_str().map(str::trim) else {
                return Err(format!("{}: must be a text such as AGL or m", clip(key)));
            };
            match found {
                Some((other, first)) if !first.eq_ignore_ascii_case(text) => {
                    return Err(format!(
                        "{} says {}, {} says {}; keep one",
                        clip(other),
                        clip(first),
                        clip(key),
                        clip(text)
                    ));
                }
                Some(_) => {}
                None => found = Some((key, text)),
            }
        }
    }
    Ok(found.map(|(_, text)| text))
}

/// The limit of one side from its value under `key`; `unit` and `reference` are what stands beside
/// it. Where `no_limit` holds, a number of [`NO_LIMIT`] or more is none.
fn one_limit(
    side: &str,
    key: &str,
    value: &Value,
    unit: Option<&str>,
    reference: Option<&str>,
    no_limit: bool,
) -> Result<Limit, String> {
    let given = number(value);
    if no_limit && given.is_some_and(|n| n >= NO_LIMIT) {
        return Ok(Limit::Unlimited);
    }
    let levels = unit.is_some_and(|u| u.eq_ignore_ascii_case("FL"));
    let declared =
        reference.map(heights::parse_reference).transpose().map_err(|e| format!("{key}: {e}"))?;
    if let (Some(level), true) = (given, levels) {
        // One unit for both limits: a file with flight levels above has it below too, where zero
        // is the ground in any unit.
        return match declared {
            None | Some(Reference::FlightLevel) if level.abs() < 1000.0 => {
                Ok(heights::flight_level(level))
            }
            None | Some(Reference::FlightLevel) => Err(format!(
                "{key} {level}: a flight level has up to three figures; give it in hundreds of feet, or \
                 feet with uom ft and the reference STD"
            )),
            Some(Reference::Agl) if level == 0.0 => Ok(Limit::At(Height::SURFACE)),
            Some(other) => Err(format!(
                "{key} {level}: the unit FL contradicts the reference {other}; give it in m or ft, or \
                 the reference STD"
            )),
        };
    }
    let unit = if levels { None } else { unit };
    let bare = Bare {
        unit: unit.map(Unit::parse).transpose().map_err(|e| format!("{key}: {e}"))?,
        reference: declared,
    };
    // A text may group thousands, or say its unit itself.
    match (given.filter(|_| !value.is_string()), value.as_str()) {
        (Some(n), _) => {
            let unit =
                bare.unit.ok_or_else(|| format!("{key} {n} has no unit: add uom, m or ft"))?;
            let declared = bare.reference.ok_or_else(|| {
                format!("{key} {n} has no reference: add {side}Reference, AGL, AMSL or W84")
            })?;
            if reference.is_some_and(|word| word.eq_ignore_ascii_case("FL")) {
                return Err(format!(
                    "{key} {n}: the reference FL contradicts the unit; give uom FL, or the reference \
                     STD for heights above the standard pressure surface"
                ));
            }
            Ok(heights::limit(n, unit, declared))
        }
        (None, Some(text)) => heights::parse_limit(text, bare)
            .map_err(|e| format!("{key}: {e}; where it is no height, rename the member")),
        (None, None) => Err(format!("{key}: must be a number; a list or object is not a height")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deconflict_geometry::FEET_M;
    use serde_json::json;

    fn read(holders: &[Value]) -> Result<[Limit; 2], String> {
        let holders: Vec<Holder<'_>> =
            holders.iter().map(|value| Holder::properties(value.as_object().unwrap())).collect();
        limits(&holders).map(|found| found.limits)
    }

    fn at(metres: f64, reference: Reference) -> Limit {
        Limit::At(Height { metres, reference })
    }

    #[test]
    fn a_band_is_read_under_the_names_of_every_format() {
        let band = [at(0.0, Reference::Agl), at(120.0, Reference::Agl)];
        for members in [
            json!({"lower": 0, "lowerReference": "AGL", "upper": 120, "upperReference": "AGL", "uom": "m"}),
            json!({"lowerLimit": 0, "lowerVerticalReference": "AGL", "upperLimit": "120",
                "upperVerticalReference": "AGL", "uomDimensions": "M"}),
            json!({"lowerLimit": 0, "lowerReference": "SFC", "upperLimit": 120, "upperReference": "AGL",
                "unit": "M", "lowerMeters": 0, "upperMeters": 120.2}),
            json!({"lower_limit_altitude": 0, "lower_limit_unit": "m", "lower_limit_alt_ref": "AGL",
                "upper_limit_altitude": 393.700_787_401_574_8, "upper_limit_unit": "ft",
                "upper_limit_alt_ref": "AGL"}),
            json!({"LOWER_M": 0, "Lower Reference": "AGL", "upper-m": 120, "UPPERREFERENCE": "AGL"}),
            json!({"lower": "SFC", "upper": "120 m AGL", "unit": "9th brigade"}),
        ] {
            let read = read(std::slice::from_ref(&members)).unwrap();
            assert!(read.into_iter().zip(band).all(|(a, b)| agree(a, b)), "{members}");
        }
    }

    #[test]
    fn holders_complete_each_other_and_must_agree() {
        let nested =
            json!({"upperLimit": 120, "upperVerticalReference": "AGL", "uomDimensions": "M"});
        let upper = |limits: Result<[Limit; 2], String>| limits.map(|[_, upper]| upper);
        let beside = |value: Value| upper(read(&[nested.clone(), value]));
        assert_eq!(beside(json!({"upperMeters": 120})), Ok(at(120.0, Reference::Agl)));
        assert_eq!(
            beside(json!({"upperMeters": 150})),
            Err("upperLimit says 120 m AGL, upperMeters says 150 m AGL; keep one".to_owned())
        );
        assert_eq!(
            beside(json!({"upper": 120, "upperReference": "AMSL"})),
            Err("upperLimit says 120 m AGL, upper says 120 m AMSL; keep one".to_owned())
        );
    }

    #[test]
    fn a_unit_that_contradicts_its_reference_is_refused() {
        let level = |level: f64| at(level * 100.0 * FEET_M, Reference::FlightLevel);
        let lower = |value: Value| read(&[value]).map(|[lower, _]| lower);
        for (value, expected) in [
            (json!({"lower": 65, "uom": "FL"}), level(65.0)),
            (json!({"lower": 65, "lowerReference": "STD", "uom": "FL"}), level(65.0)),
            (json!({"lower": 0, "lowerReference": "SFC", "uom": "FL"}), at(0.0, Reference::Agl)),
            (json!({"lower": 6500, "lowerReference": "STD", "uom": "ft"}), level(65.0)),
        ] {
            assert_eq!(lower(value.clone()), Ok(expected), "{value}");
        }
        for (value, expected) in [
            (
                json!({"lower": 5, "lowerReference": "SFC", "uom": "FL"}),
                "the unit FL contradicts the reference AGL",
            ),
            (
                json!({"lower": 0, "lowerReference": "AMSL", "uom": "FL"}),
                "the unit FL contradicts the reference AMSL",
            ),
            (
                json!({"lower": 65, "lowerReference": "FL", "uom": "ft"}),
                "the reference FL contradicts the unit",
            ),
            (json!({"lower": "Lower Egypt"}), "where it is no height, rename the member"),
            (
                json!({"lower": 5, "uom": "m", "UOM": "ft", "lowerReference": "AGL"}),
                "uom says m, UOM says ft; keep one",
            ),
        ] {
            let error = lower(value.clone()).unwrap_err();
            assert!(error.contains(expected), "{value}: {error}");
        }
    }
}
