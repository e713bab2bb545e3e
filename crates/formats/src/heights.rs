//! Heights as text, units and references.

use deconflict_geometry::{Band, FEET_M, Height, Limit, Reference};

/// A unit of height.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unit {
    /// International feet of 0.3048 m.
    Feet,
    /// Metres.
    Metres,
}

/// What a number without a unit, or without a reference, means in a format; `None`: it has to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Bare {
    /// The unit of a bare number.
    pub(crate) unit: Option<Unit>,
    /// The reference of a number that names none.
    pub(crate) reference: Option<Reference>,
}

impl Unit {
    /// The unit that a word names (`ft`, `feet`, `m`, `metres`, ...), in any case.
    ///
    /// # Errors
    /// When the word is no unit of height.
    pub(crate) fn parse(word: &str) -> Result<Unit, String> {
        match word.trim().to_ascii_uppercase().as_str() {
            "FT" | "F" | "FEET" | "FOOT" | "'" => Ok(Unit::Feet),
            "M" | "METRE" | "METRES" | "METER" | "METERS" => Ok(Unit::Metres),
            _ => Err(format!("unit of height `{}`: write m or ft", clip(word))),
        }
    }

    /// Metres in one unit.
    pub(crate) fn metres(self) -> f64 {
        match self {
            Unit::Feet => FEET_M,
            Unit::Metres => 1.0,
        }
    }
}

/// The reference that a word names (`AMSL`, `AGL`, `SFC`, `WGS84`, `STD`, ...), in any case.
///
/// # Errors
/// When the word is no height reference.
pub(crate) fn parse_reference(word: &str) -> Result<Reference, String> {
    match word.trim().to_ascii_uppercase().as_str() {
        "AMSL" | "MSL" | "ALT" | "ASL" | "QNH" => Ok(Reference::Amsl),
        "AGL" | "ASFC" | "SFC" | "GND" | "AGND" | "SURFACE" | "GROUND" => Ok(Reference::Agl),
        "W84" | "WGS84" | "WGS-84" | "HAE" => Ok(Reference::W84),
        "FL" | "STD" => Ok(Reference::FlightLevel),
        _ => Err(format!(
            "height reference `{}`: write AMSL, AGL, W84 or FL (or SFC, GND)",
            clip(word)
        )),
    }
}

/// The limit `value` units above `reference`.
pub(crate) fn limit(value: f64, unit: Unit, reference: Reference) -> Limit {
    Limit::At(Height { metres: value * unit.metres(), reference })
}

/// The limit at a flight level (hundreds of feet).
pub(crate) fn flight_level(level: f64) -> Limit {
    limit(level * 100.0, Unit::Feet, Reference::FlightLevel)
}

/// Reads a limit as people write it; `bare` says what a missing unit or reference means. The grammar,
/// in any case, with or without blanks between its words:
///
/// ```text
/// limit     = surface | unlimited | unknown | level | height
/// surface   = SFC | GND | SURFACE | GROUND
/// unlimited = (UNL | UNLIM | UNLTD | UNLIMITED) [unit] [reference]
/// unknown   = UNKNOWN | [BY] NOTAM | BCTA [unit]
/// level     = [ALT] FL number [ALT | STD] | number FL | F and three digits
/// height    = number [unit] [reference] | number reference unit | label number [unit]
/// label     = ALT | AMSL | MSL | ASL | QNH | AGL | ASFC | AGND | W84 | WGS84 | HAE | STD
/// ```
///
/// A level counts hundreds of feet and has its own reference, so that it goes with no other unit or
/// reference; `ALT` beside it says only that it is an altitude. Three figures after a sole F are a
/// level too (ICAO Doc 4444, appendix 2), and an F after a number is feet only where a reference
/// follows. BCTA is the base of a control area that the text does not name.
///
/// # Errors
/// When the text is none of these, says two things, or may mean two; the error shows it and the forms
/// that are understood.
pub(crate) fn parse_limit(text: &str, bare: Bare) -> Result<Limit, String> {
    let refused = |why: &str| {
        format!(
            "height `{}`: {why}write it like SFC, 3500 ft AMSL, 120 m AGL, FL 095 or UNL",
            clip(text.trim())
        )
    };
    if text.trim().chars().nth(MAX_CHARACTERS).is_some() {
        return Err(refused("it is longer than any height; "));
    }
    if let Some(figures) = text.trim().strip_prefix(['F', 'f'])
        && figures.len() == 3
        && figures.bytes().all(|b| b.is_ascii_digit())
    {
        return parse_level(figures).ok_or_else(|| refused(""));
    }
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => return Err(refused("there is none; ")),
        ["SFC" | "GND" | "SURFACE" | "GROUND"] => return Ok(Limit::At(Height::SURFACE)),
        ["UNL" | "UNLIM" | "UNLTD" | "UNLIMITED", of @ ..] if is_unit_and_reference(of) => {
            return Ok(Limit::Unlimited);
        }
        ["UNKNOWN" | "NOTAM"] | ["BY", "NOTAM"] => return Ok(Limit::Unknown),
        ["BCTA", unit @ ..] if is_unit_and_reference(unit) && unit.len() < 2 => {
            return Ok(Limit::Unknown);
        }
        ["ALT", "FL", level] | ["FL", level] | ["FL", level, "ALT" | "STD"] | [level, "FL"]
            if parse_number(level).is_some() =>
        {
            return parse_level(level)
                .ok_or_else(|| refused("a flight level has up to three figures; "));
        }
        _ if words.contains(&"FL") => {
            return Err(refused(
                "a flight level has no other unit or reference, and there is one limit; ",
            ));
        }
        _ => {}
    }
    let (label, rest) = match words.as_slice() {
        [label, rest @ ..] if is_label(label) => (Some(*label), rest),
        rest => (None, rest),
    };
    let Some((number, rest)) = rest.split_first() else { return Err(refused("")) };
    let value = parse_number(number).ok_or_else(|| refused(""))?;
    let (unit, rest) = match rest {
        [unit, rest @ ..] if Unit::parse(unit).is_ok() => (Some(*unit), rest),
        // The unit last: Australia's `2900AMSL FT`.
        [reference @ .., unit] if reference.len() == 1 && Unit::parse(unit).is_ok() => {
            (Some(*unit), reference)
        }
        rest => (None, rest),
    };
    let reference = match (label, rest) {
        (Some(label), []) => Some(label),
        (None, [reference]) if *reference != "FL" => Some(*reference),
        (None, []) => None,
        (Some(_), _) | (None, _) => return Err(refused("it says more than one height; ")),
    };
    let reference = reference
        .map(parse_reference)
        .transpose()
        .map_err(|_| refused("it says more than one height; "))?;
    if unit == Some("F") && reference.is_none() {
        return Err(refused("F may be feet or a flight level; "));
    }
    let unit = match unit {
        Some(unit) => Unit::parse(unit)?,
        None => bare.unit.ok_or_else(|| {
            format!("height `{}`: the unit is missing; add ft or m", clip(text.trim()))
        })?,
    };
    if is_grouped(number) {
        return Err(refused("its point may be decimal or group thousands; "));
    }
    let reference = reference.or(bare.reference).ok_or_else(|| {
        format!("height `{}`: the reference is missing; add AMSL, AGL or W84", clip(text.trim()))
    })?;
    Ok(limit(value, unit, reference))
}

/// The most characters that a height has.
const MAX_CHARACTERS: usize = 200;

/// Whether a text, which stands beside a height as a remark, may say something of heights itself: it
/// names a reference, gives a number a unit, or is a number.
pub(crate) fn speaks_of_heights(remark: &str) -> bool {
    let words = words(remark);
    let number = |word: &String| word.bytes().any(|b| b.is_ascii_digit());
    names_a_height(remark) || (!words.is_empty() && words.iter().all(number))
}

/// Whether a text names a reference of heights, or gives a number a unit.
pub(crate) fn names_a_height(text: &str) -> bool {
    let words = words(text);
    let number = |word: &String| word.bytes().any(|b| b.is_ascii_digit());
    let unit = |pair: &[String]| number(&pair[0]) && Unit::parse(&pair[1]).is_ok();
    words.iter().any(|word| parse_reference(word).is_ok()) || words.windows(2).any(unit)
}

/// The limit at a flight level of up to three figures.
fn parse_level(text: &str) -> Option<Limit> {
    parse_number(text).filter(|level| level.abs() < 1000.0).map(flight_level)
}

/// Whether the words are a unit, a reference, both in this order, or nothing.
fn is_unit_and_reference(words: &[&str]) -> bool {
    match words {
        [] => true,
        [word] => Unit::parse(word).is_ok() || parse_reference(word).is_ok(),
        [unit, reference] => Unit::parse(unit).is_ok() && parse_reference(reference).is_ok(),
        _ => false,
    }
}

/// Whether a reference may stand before its number: after `SFC` or `GND` a number is a second limit.
fn is_label(word: &str) -> bool {
    let surface = ["SFC", "GND", "SURFACE", "GROUND", "FL"].contains(&word);
    !surface && parse_reference(word).is_ok()
}

/// Whether a number's point may group thousands: `5.500 ft` is 5,500 ft to half of Europe, and
/// `1.067 m` the 3,500 ft of another chart. [`number_text`] never writes such a number.
pub(crate) fn is_grouped(number: &str) -> bool {
    let Some((whole, decimals)) = number.split_once('.') else { return false };
    let whole = whole.trim_start_matches(['+', '-']);
    (1..=3).contains(&whole.len()) && !whole.starts_with('0') && decimals.len() == 3
}

/// A number as text that reads the same, and whose point groups nothing to anybody: `1.0670`.
pub(crate) fn number_text(number: f64) -> String {
    let text = number.to_string();
    if is_grouped(&text) { text + "0" } else { text }
}

/// The band between two limits.
///
/// # Errors
/// When a height is out of range or the limits are upside down; the error says what to do.
pub(crate) fn band(lower: Limit, upper: Limit) -> Result<Band, String> {
    Band::new(lower, upper).map_err(|e| format!("{e}; correct the limits"))
}

/// The limit as [`parse_limit`] reads it back: `SFC`, `3500 ft AMSL`, `FL 095`, `UNL`, `UNKNOWN`;
/// metres where the height is not a whole number of feet (120 m is not).
pub(crate) fn text(limit: Limit) -> String {
    let Height { metres, reference } = match limit {
        Limit::Unlimited => return "UNL".to_owned(),
        Limit::Unknown => return "UNKNOWN".to_owned(),
        Limit::At(height) if height == Height::SURFACE => return "SFC".to_owned(),
        Limit::At(height) => height,
    };
    if reference == Reference::FlightLevel {
        if let Some(level) = whole(metres, 100.0 * FEET_M) {
            // `{:03}` would give a negative level one digit less; levels have up to three figures.
            if level.abs() < 1000 {
                return if level < 0 { format!("FL {level}") } else { format!("FL {level:03}") };
            }
        }
        return match whole(metres, FEET_M) {
            Some(feet) => format!("{feet} ft STD"),
            None => format!("{} m STD", number_text(metres)),
        };
    }
    match whole(metres, FEET_M) {
        Some(feet) => format!("{feet} ft {reference}"),
        None => format!("{} m {reference}", number_text(metres)),
    }
}

/// How many units of `unit_m` metres a height is, if it is a whole number of them within 1e-6.
pub(crate) fn whole(metres: f64, unit_m: f64) -> Option<i64> {
    let units = metres / unit_m;
    let rounded = units.round();
    ((units - rounded).abs() <= 1e-6 && rounded.abs() < 1e9).then_some(rounded as i64)
}

/// A decimal number: an optional sign, digits, an optional fraction. Not `inf`, `nan` or `1e5`.
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.bytes().any(|b| b.is_ascii_digit())
        && digits.len() <= 40;
    if plain { text.parse().ok() } else { None }
}

/// The text in capitals, cut at blanks and between digits, letters, signs of feet and others (`FL65`,
/// `1000ft`, `1000'AGL`).
fn words(text: &str) -> Vec<String> {
    let kind = |c: char| match c {
        '0'..='9' | '.' | '+' | '-' => 1,
        c if c.is_whitespace() => 0,
        '\'' => 3,
        c if c.is_alphabetic() => 2,
        _ => 4,
    };
    // `W84` and `WGS84` are one word.
    let upper = text.to_uppercase().replace("WGS-84", "W84").replace("WGS84", "W84");
    let mut words: Vec<String> = Vec::new();
    let mut last = 0;
    for c in upper.chars() {
        let this = kind(c);
        let joined =
            this == last || words.last().is_some_and(|w| last != 0 && this != 0 && in_w84(w, c));
        match words.last_mut() {
            Some(word) if this != 0 && joined => word.push(c),
            _ if this != 0 => words.push(c.to_string()),
            _ => {}
        }
        last = this;
    }
    words
}

/// Whether `c` goes on with the word `W84`.
fn in_w84(word: &str, c: char) -> bool {
    matches!((word, c), ("W", '8') | ("W8", '4'))
}

/// The beginning of a text that may be long, for an error.
fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENAIR: Bare = Bare { unit: Some(Unit::Feet), reference: Some(Reference::Amsl) };
    const EXPLICIT: Bare = Bare { unit: None, reference: None };

    fn at(metres: f64, reference: Reference) -> Result<Limit, String> {
        Ok(Limit::At(Height { metres, reference }))
    }

    #[test]
    fn heights_are_read_as_people_write_them() {
        use Reference::{Agl, Amsl, FlightLevel, W84};
        for (text, expected) in [
            ("SFC", at(0.0, Agl)),
            ("gnd", at(0.0, Agl)),
            ("3500 ft MSL", at(3500.0 * FEET_M, Amsl)),
            ("3500FT", at(3500.0 * FEET_M, Amsl)),
            ("3500", at(3500.0 * FEET_M, Amsl)),
            ("3500 ALT", at(3500.0 * FEET_M, Amsl)),
            ("ALT 3500 ft", at(3500.0 * FEET_M, Amsl)),
            ("1000ft AGL", at(1000.0 * FEET_M, Agl)),
            ("1000 GND", at(1000.0 * FEET_M, Agl)),
            ("500 ft ASFC", at(500.0 * FEET_M, Agl)),
            ("450 m AMSL", at(450.0, Amsl)),
            ("450m", at(450.0, Amsl)),
            ("120.5 m W84", at(120.5, W84)),
            ("120.5m WGS84", at(120.5, W84)),
            ("FL 095", at(9500.0 * FEET_M, FlightLevel)),
            ("FL65", at(6500.0 * FEET_M, FlightLevel)),
            ("fl 65.5", at(6550.0 * FEET_M, FlightLevel)),
            ("9550 ft STD", at(9550.0 * FEET_M, FlightLevel)),
            ("-100 ft AMSL", at(-100.0 * FEET_M, Amsl)),
            ("65 FL", at(6500.0 * FEET_M, FlightLevel)),
            ("65FL", at(6500.0 * FEET_M, FlightLevel)),
            ("F065", at(6500.0 * FEET_M, FlightLevel)),
            ("f100", at(10_000.0 * FEET_M, FlightLevel)),
            ("FL65 ALT", at(6500.0 * FEET_M, FlightLevel)),
            ("FL 065 STD", at(6500.0 * FEET_M, FlightLevel)),
            ("STD 9500 ft", at(9500.0 * FEET_M, FlightLevel)),
            ("2500F ASFC", at(2500.0 * FEET_M, Agl)),
            ("2900AMSL FT", at(2900.0 * FEET_M, Amsl)),
            ("AGL 500 ft", at(500.0 * FEET_M, Agl)),
            ("MSL 3000", at(3000.0 * FEET_M, Amsl)),
            ("500 SFC", at(500.0 * FEET_M, Agl)),
            ("0 AGL", at(0.0, Agl)),
            ("1.1250 m", at(1.125, Amsl)),
            ("0.125 m", at(0.125, Amsl)),
            ("1234.567 m", at(1234.567, Amsl)),
            ("BCTA FT", Ok(Limit::Unknown)),
            ("UNL FT", Ok(Limit::Unlimited)),
            ("UNL ft AMSL", Ok(Limit::Unlimited)),
            (" UNL ", Ok(Limit::Unlimited)),
            ("Unlimited", Ok(Limit::Unlimited)),
            ("UNKNOWN", Ok(Limit::Unknown)),
            ("by NOTAM", Ok(Limit::Unknown)),
        ] {
            assert_eq!(parse_limit(text, OPENAIR), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_height_is_refused_with_the_forms_that_are() {
        for text in [
            "",
            "high",
            "FL",
            "FL high",
            "ft",
            "1 2",
            "3500 ft m",
            "nan",
            "1e5",
            "inf m",
            "1-2",
            "F 100",
            "F65",
            "F0655",
            "65F",
            "ft 3000",
            "M 500",
            "FL 6500",
            "FL 65 ft",
            "6500 ft FL",
            "FL 65 AGL",
            "FL 65 AMSL",
            "FL 65 FL 75",
            "FL 65 (MNM ALT 5500FT)",
            "FL115 3000F ASFC",
            "2500MSL (1500AGL)",
            "3000 FT (Mon-Fri)",
            "3000 ft AMSL AGL",
            "GND 500ft",
            "SFC 500",
            "500 ft GND 1000 ft",
            "SFC AGL",
            "5.500 ft",
            "1.500 m",
            "1.067 m",
            "-1.067 m AGL",
            "3,500 ft",
            "3 500 ft",
            "3000 AMSL AGL ft",
            "ALT 3000 AGL ft",
            "UNL 500",
            "FL UNL",
            "BCTA 3000",
        ] {
            let error = parse_limit(text, OPENAIR).unwrap_err();
            assert!(error.contains("write it like SFC, 3500 ft AMSL"), "{text}: {error}");
        }
    }

    #[test]
    fn a_missing_unit_or_reference_is_an_error_where_the_format_has_no_default() {
        assert!(parse_limit("3500 AMSL", EXPLICIT).unwrap_err().contains("add ft or m"));
        assert!(parse_limit("3500 ft", EXPLICIT).unwrap_err().contains("add AMSL, AGL or W84"));
    }

    #[test]
    fn a_remark_that_bears_on_heights_is_told_from_one_that_does_not() {
        for remark in ["MNM ALT 5500FT", "(FL 75)", "above GND", "2000 m", "1500", "or 500'"] {
            assert!(speaks_of_heights(remark), "{remark}");
        }
        for remark in ["", "along the river", "see AIP ENR 5.1", "by NOTAM 12/26", "Mon-Fri"] {
            assert!(!speaks_of_heights(remark), "{remark}");
        }
    }

    #[test]
    fn what_is_written_reads_the_same() {
        for (text_in, expected) in [
            ("SFC", "SFC"),
            ("3500 ft MSL", "3500 ft AMSL"),
            ("1312 ft AGL", "1312 ft AGL"),
            ("FL 95", "FL 095"),
            ("FL 9.5", "950 ft STD"),
            ("150000 ft STD", "150000 ft STD"),
            ("99900 ft STD", "FL 999"),
            ("FL 245", "FL 245"),
            ("120 m AGL", "120 m AGL"),
            ("3048 m AMSL", "10000 ft AMSL"),
            ("152.4 m W84", "500 ft W84"),
            ("0.1 m AMSL", "0.1 m AMSL"),
            ("1.0670 m AMSL", "1.0670 m AMSL"),
            ("0 m AMSL", "0 ft AMSL"),
            ("UNL", "UNL"),
            ("UNKNOWN", "UNKNOWN"),
        ] {
            let limit = parse_limit(text_in, OPENAIR).unwrap();
            let written = text(limit);
            assert_eq!(written, expected);
            assert_eq!(text(parse_limit(&written, EXPLICIT).unwrap()), expected);
        }
    }

    #[test]
    fn every_whole_foot_survives_writing_and_reading_bit_for_bit() {
        for feet in -1_000..60_000 {
            let limit = limit(f64::from(feet), Unit::Feet, Reference::Amsl);
            let back = parse_limit(&text(limit), EXPLICIT).unwrap();
            let (Limit::At(a), Limit::At(b)) = (limit, back) else { panic!() };
            assert_eq!(a, b, "{feet}");
        }
    }

    #[test]
    fn an_upside_down_band_names_both_limits() {
        let error = band(
            limit(2000.0, Unit::Metres, Reference::Amsl),
            limit(1000.0, Unit::Metres, Reference::Amsl),
        )
        .unwrap_err();
        assert_eq!(
            error,
            "lower limit 2000 m AMSL is above upper limit 1000 m AMSL; correct the limits"
        );
    }
}
