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

/// Reads a limit as people write it: `SFC`, `3500 ft MSL`, `1000ft AGL`, `FL 095`, `FL65`,
/// `450 m AMSL`, `ALT 3000 ft`, `UNL`, `UNKNOWN`; `bare` says what a missing unit or reference means.
///
/// # Errors
/// When the text is none of these; the error shows it and the forms that are understood.
pub(crate) fn parse_limit(text: &str, bare: Bare) -> Result<Limit, String> {
    let forms = || {
        format!(
            "height `{}`: write it like SFC, 3500 ft AMSL, 120 m AGL, FL 095 or UNL",
            clip(text.trim())
        )
    };
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["SFC" | "GND" | "SURFACE" | "GROUND"] => return Ok(Limit::At(Height::SURFACE)),
        ["UNL" | "UNLIM" | "UNLTD" | "UNLIMITED"] => return Ok(Limit::Unlimited),
        ["UNKNOWN" | "NOTAM"] | ["BY", "NOTAM"] => return Ok(Limit::Unknown),
        ["FL", number] => return parse_number(number).map(flight_level).ok_or_else(forms),
        _ => {}
    }
    let (mut value, mut unit, mut reference) = (None, None, None);
    for word in words {
        let taken = if let Some(number) = parse_number(word) {
            value.replace(number).is_none()
        } else if let Ok(u) = Unit::parse(word) {
            unit.replace(u).is_none()
        } else if let Ok(r) = parse_reference(word) {
            reference.replace(r).is_none()
        } else {
            false
        };
        if !taken {
            return Err(forms());
        }
    }
    let value = value.ok_or_else(forms)?;
    let unit = unit.or(bare.unit).ok_or_else(|| {
        format!("height `{}`: the unit is missing; add ft or m", clip(text.trim()))
    })?;
    let reference = reference.or(bare.reference).ok_or_else(|| {
        format!("height `{}`: the reference is missing; add AMSL, AGL or W84", clip(text.trim()))
    })?;
    Ok(limit(value, unit, reference))
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
            // `{:03}` would give a negative level one digit less.
            return if level < 0 { format!("FL {level}") } else { format!("FL {level:03}") };
        }
        return match whole(metres, FEET_M) {
            Some(feet) => format!("{feet} ft STD"),
            None => format!("{metres} m STD"),
        };
    }
    match whole(metres, FEET_M) {
        Some(feet) => format!("{feet} ft {reference}"),
        None => format!("{metres} m {reference}"),
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

/// The text in capitals, cut at blanks and between digits and letters (`FL65`, `1000ft`).
fn words(text: &str) -> Vec<String> {
    let kind = |c: char| match c {
        '0'..='9' | '.' | '+' | '-' => 1,
        c if c.is_whitespace() => 0,
        _ => 2,
    };
    // `W84` and `WGS84` are one word.
    let upper = text.to_uppercase().replace("WGS-84", "W84").replace("WGS84", "W84");
    let mut words: Vec<String> = Vec::new();
    let mut last = 0;
    for c in upper.chars().take(200) {
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
        for text in
            ["", "high", "FL", "FL high", "ft", "1 2", "3500 ft m", "nan", "1e5", "inf m", "1-2"]
        {
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
    fn what_is_written_reads_the_same() {
        for (text_in, expected) in [
            ("SFC", "SFC"),
            ("3500 ft MSL", "3500 ft AMSL"),
            ("1312 ft AGL", "1312 ft AGL"),
            ("FL 95", "FL 095"),
            ("FL 9.5", "950 ft STD"),
            ("FL 245", "FL 245"),
            ("120 m AGL", "120 m AGL"),
            ("3048 m AMSL", "10000 ft AMSL"),
            ("152.4 m W84", "500 ft W84"),
            ("0.1 m AMSL", "0.1 m AMSL"),
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
