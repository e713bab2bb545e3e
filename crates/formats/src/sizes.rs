//! Names of sizes that say their unit: `radius_nm`, `buffer_km`, `diameter_m`.
//!
//! Where a point or a line declares its extent under such a name, that extent is the file's own, and
//! nothing else may take its place.

use deconflict_geometry::FEET_M;
use serde_json::{Map, Value};

use crate::attributes::clip;
use crate::heights;
use crate::vocabulary::normal;

/// How far, in metres, two statements of one size may differ by rounding.
pub(crate) const ROUNDING_M: f64 = 0.5;

/// What a size is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// All around a point.
    Radius,
    /// On each side of a line.
    HalfWidth,
    /// Around whatever it is of.
    Buffer,
}

impl Reach {
    /// Whether it is a size of `other`, which is a radius or a half-width.
    pub(crate) fn is_of(self, other: Reach) -> bool {
        self == other || self == Reach::Buffer
    }
}

/// What a name says before its unit, in normal form, and which share of the number counts.
const STEMS: [(&str, Reach, f64); 7] = [
    ("bufferradius", Reach::Buffer, 1.0),
    ("bufferdistance", Reach::Buffer, 1.0),
    ("buffer", Reach::Buffer, 1.0),
    ("diameter", Reach::Radius, 0.5),
    ("radius", Reach::Radius, 1.0),
    ("halfwidth", Reach::HalfWidth, 1.0),
    ("width", Reach::HalfWidth, 0.5),
];

/// Metres in the units that a name may end with. Miles alone are of the land.
const UNITS: [(f64, &[&str]); 5] = [
    (1.0, &["m", "metre", "metres", "meter", "meters"]),
    (1000.0, &["km", "kilometre", "kilometres", "kilometer", "kilometers"]),
    (1852.0, &["nm", "nmi", "nauticalmile", "nauticalmiles"]),
    (FEET_M, &["ft", "foot", "feet"]),
    (1609.344, &["mi", "mile", "miles"]),
];

/// The unit that a name of a size, in [normal form](normal), ends with.
pub(crate) fn unit_word(name: &str) -> Option<&str> {
    STEMS.iter().find_map(|(stem, ..)| {
        let unit = name.strip_prefix(stem)?;
        let is_unit = |unit: &&str| UNITS.iter().any(|(_, words)| words.contains(unit));
        Some(unit).filter(is_unit).or_else(|| unit.strip_prefix("in").filter(is_unit))
    })
}

/// What the size under a name, in [normal form](normal), is of, and how many metres one in its number
/// stands for; `None` where the name is no size or leaves its unit open.
pub(crate) fn size_in_unit(name: &str) -> Option<(Reach, f64)> {
    let unit = unit_word(name)?;
    let (_, reach, share) = STEMS.iter().find(|(stem, ..)| name.starts_with(stem))?;
    let (metres, _) = UNITS.iter().find(|(_, words)| words.contains(&unit))?;
    Some((*reach, metres * share))
}

/// The one size, in metres, that is given several times; each with the name that it stands under.
///
/// # Errors
/// When two differ by more than rounding, and the first error of one.
pub(crate) fn agreed<'a>(
    sizes: impl IntoIterator<Item = (&'a str, Result<f64, String>)>,
) -> Result<Option<f64>, String> {
    let mut found: Option<(&str, f64)> = None;
    for (key, size) in sizes {
        let size = size?;
        match found {
            Some((other, first)) if (first - size).abs() > ROUNDING_M => {
                return Err(format!(
                    "{} says {first} m, {} says {size} m; keep one",
                    clip(other),
                    clip(key)
                ));
            }
            Some(_) => {}
            None => found = Some((key, size)),
        }
    }
    Ok(found.map(|(_, size)| size))
}

/// The number that a text under such a name is.
///
/// # Errors
/// When it is none, or may be two.
pub(crate) fn number(text: &str) -> Result<f64, String> {
    if heights::is_grouped(text.trim()) {
        return Err("its point may be decimal or group thousands; write 1500 or 1.5".to_owned());
    }
    heights::parse_number(text.trim())
        .ok_or_else(|| "must be a number; its unit stands in the name".to_owned())
}

/// Takes out of properties the sizes that were read: of circles, of corridors, or of both. Those that are
/// `quoted` mean something else and stay.
pub(crate) fn take_sizes(
    properties: &mut Map<String, Value>,
    quoted: &[String],
    circles: bool,
    corridors: bool,
) {
    properties.retain(|key, _| match size_in_unit(&normal(key)) {
        _ if quoted.contains(key) => true,
        Some((reach, _)) => {
            !(circles && reach.is_of(Reach::Radius) || corridors && reach.is_of(Reach::HalfWidth))
        }
        None => true,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_by_its_name_where_that_says_the_unit() {
        for (name, expected) in [
            ("radius_nm", Some((Reach::Radius, 1852.0))),
            ("Radius (km)", Some((Reach::Radius, 1000.0))),
            ("buffer_km", Some((Reach::Buffer, 1000.0))),
            ("bufferDistanceMeters", Some((Reach::Buffer, 1.0))),
            ("buffer in km", Some((Reach::Buffer, 1000.0))),
            ("diameter_m", Some((Reach::Radius, 0.5))),
            ("widthFt", Some((Reach::HalfWidth, FEET_M / 2.0))),
            ("half-width nmi", Some((Reach::HalfWidth, 1852.0))),
            ("buffer", None),
            ("diameter", None),
            ("bufferDistance", None),
            ("radius_uom", None),
            ("radius_min", None),
            ("buffering", None),
        ] {
            assert_eq!(size_in_unit(&normal(name)), expected, "{name}");
        }
    }
}
