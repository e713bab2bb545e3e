//! Coordinates as people write them: `33.5062, 38.6166`, `33°30′22.3″N 38°37′00″E`,
//! `N33 30.372 E038 37.000`, `333022N 0383700E`.
//!
//! A text that can be read in two ways is refused, never guessed: a site put in the wrong place is
//! worse than one that is not put at all. Grid references (MGRS, UTM) are refused by name.

use deconflict_geometry::{Position, PositionError};

use crate::attributes::clip;

/// The longest coordinate text that is read, in characters; two numbers with all their decimals, at
/// most 330 each, fit.
const MAX_TEXT_CHARS: usize = 700;

/// Forms that are understood, for errors.
const FORMS: &str = "write it like 33.5062, 38.6166 or 33°30′22.3″N 38°37′00″E";

/// What is wrong where one angle says its hemisphere and the other does not.
const ONE_LETTER: &str = "only one of the two has a letter; give both N or S and E or W";

/// What is wrong where a comma may be a decimal comma or a separator.
const AMBIGUOUS_COMMAS: &str = "its commas can be read in two ways; use decimal points";

/// Which way an angle runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Axis {
    /// North or south of the equator.
    Latitude,
    /// East or west of Greenwich.
    Longitude,
}

/// A piece of a coordinate text.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Token<'a> {
    /// An unsigned decimal number, as written.
    Number(&'a str),
    /// A sign that stands right before a number; true for minus.
    Sign(bool),
    /// N, S, E or W.
    Hemisphere(char),
    /// °, ′ or ″: 0, 1 or 2.
    Mark(usize),
    /// A colon or a hyphen between the parts of one angle.
    Joint,
    /// A comma, semicolon or slash between latitude and longitude.
    Separator,
}

/// One angle in degrees and the axis that its letter names.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Angle {
    degrees: f64,
    axis: Option<Axis>,
}

/// Reads a latitude and a longitude from one text: latitude first, unless letters say otherwise.
///
/// # Errors
/// When the text is no position, can be read in two ways, or is out of range; the error says what
/// to write.
pub(crate) fn parse_position(text: &str) -> Result<Position, String> {
    let text = bounded(text)?;
    if looks_like_grid_reference(text) {
        return Err(format!(
            "`{}` looks like an MGRS or UTM grid reference, which is not read: convert it to latitude and longitude",
            clip(text)
        ));
    }
    let readings = readings(text, |tokens| {
        let (first, second) = split(tokens)?;
        let (lat, lon) = in_order(angle(first)?, angle(second)?)?;
        // Where nothing marks the parts of an angle, both must be written alike: `48,51 30` may be
        // 48.51, 30 as well as 48, 51°30′.
        let numbers = |t: &[Token<'_>]| t.iter().filter(|t| matches!(t, Token::Number(_))).count();
        let marked = tokens.iter().any(|t| matches!(t, Token::Mark(_) | Token::Hemisphere(_)));
        let decimal_comma =
            |t: &[Token<'_>]| t.iter().any(|t| matches!(t, Token::Number(n) if n.contains(',')));
        let alike = numbers(first) == numbers(second)
            && (numbers(first) > 1 || decimal_comma(first) == decimal_comma(second));
        if !marked && !alike {
            return Err("latitude and longitude are not written alike".to_owned());
        }
        Ok((lat, lon))
    });
    let (lat_deg, lon_deg) =
        readings.map_err(|why| format!("position `{}`: {why}; {FORMS}", clip(text)))?;
    position(lat_deg, lon_deg)
}

/// Reads a latitude in degrees.
///
/// # Errors
/// When the text is no latitude; the range is checked by [`position`].
pub(crate) fn parse_latitude(text: &str) -> Result<f64, String> {
    parse_single(text, Axis::Latitude)
}

/// Reads a longitude in degrees.
///
/// # Errors
/// When the text is no longitude; the range is checked by [`position`].
pub(crate) fn parse_longitude(text: &str) -> Result<f64, String> {
    parse_single(text, Axis::Longitude)
}

/// The position, with a hint where the two numbers look swapped.
///
/// # Errors
/// When a number is out of range.
pub(crate) fn position(lat_deg: f64, lon_deg: f64) -> Result<Position, String> {
    Position::new(lat_deg, lon_deg).map_err(|e| match e {
        PositionError::Latitude(v) if v.abs() <= 180.0 && lon_deg.abs() <= 90.0 => {
            format!("{e}; latitude and longitude may be swapped")
        }
        _ => format!("{e}; correct it"),
    })
}

/// One angle whose axis is known from where it stands.
fn parse_single(text: &str, axis: Axis) -> Result<f64, String> {
    let text = bounded(text)?;
    let name = match axis {
        Axis::Latitude => "latitude",
        Axis::Longitude => "longitude",
    };
    let read = || {
        // A lone angle holds no separator, so a comma in it is a decimal comma.
        let angle = angle(&tokens(text, true)?)?;
        match angle.axis {
            Some(said) if said != axis => Err("the letter is of the other axis".to_owned()),
            _ => Ok(angle.degrees),
        }
    };
    read().map_err(|why| {
        let (plain, letters) = match axis {
            Axis::Latitude => ("33.5062", "33°30′22.3″N"),
            Axis::Longitude => ("38.6166", "38°37′00″E"),
        };
        format!("{name} `{}`: {why}; write it like {plain} or {letters}", clip(text))
    })
}

/// The trimmed text, if it is not too long to be a position.
fn bounded(text: &str) -> Result<&str, String> {
    let text = text.trim();
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(format!("position `{}...` is too long; {FORMS}", clip(text)));
    }
    Ok(text)
}

/// Reads `text` with commas as separators and with commas between digits as decimal commas. One of
/// the two must work; where both do, they must say the same.
fn readings<T: PartialEq>(
    text: &str,
    read: impl Fn(&[Token<'_>]) -> Result<T, String>,
) -> Result<T, String> {
    let as_separators = tokens(text, false).and_then(|t| read(&t));
    if !text.contains(',') {
        return as_separators;
    }
    let as_decimal_commas = tokens(text, true).and_then(|t| read(&t));
    match (as_separators, as_decimal_commas) {
        (Ok(a), Ok(b)) if a != b => Err(AMBIGUOUS_COMMAS.to_owned()),
        (Ok(a), _) | (Err(_), Ok(a)) => Ok(a),
        (Err(why), Err(_)) => Err(why),
    }
}

/// Cuts a text into its pieces.
fn tokens(text: &str, decimal_commas: bool) -> Result<Vec<Token<'_>>, String> {
    let lettered = text.contains(['N', 'n', 'S', 's']) && text.contains(['E', 'e', 'W', 'w']);
    let text =
        text.strip_prefix(['(', '[']).and_then(|t| t.strip_suffix([')', ']'])).unwrap_or(text);
    let mut tokens = Vec::new();
    let mut rest = text.trim();
    let mut after_digit = false;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let digit_follows = after.starts_with(|d: char| d.is_ascii_digit() || d == '.');
        let (token, length) = match c {
            '0'..='9' | '.' => {
                let length = number_length(rest, decimal_commas);
                (Some(Token::Number(&rest[..length])), length)
            }
            '-' | '\u{2010}' | '\u{2011}' if after_digit && lettered && digit_follows => {
                (Some(Token::Joint), c.len_utf8())
            }
            ':' if after_digit && digit_follows => (Some(Token::Joint), 1),
            '-' | '\u{2212}' | '\u{2013}' if !after_digit && digit_follows => {
                (Some(Token::Sign(true)), c.len_utf8())
            }
            '+' if !after_digit && digit_follows => (Some(Token::Sign(false)), 1),
            // Four numbers and three commas: degrees with decimals, or degrees and minutes?
            ',' if decimal_commas && digit_follows => return Err(AMBIGUOUS_COMMAS.to_owned()),
            ',' | ';' | '/' => (Some(Token::Separator), 1),
            c if c.is_whitespace() => (None, c.len_utf8()),
            _ => mark_or_letter(rest)?,
        };
        tokens.extend(token);
        after_digit = matches!(token, Some(Token::Number(_)));
        rest = &rest[length..];
    }
    while tokens.last() == Some(&Token::Separator) {
        tokens.pop();
    }
    Ok(tokens)
}

/// How many bytes of `text` are one unsigned number.
fn number_length(text: &str, decimal_commas: bool) -> usize {
    let b = text.as_bytes();
    let digits = |from: usize| b[from..].iter().take_while(|c| c.is_ascii_digit()).count();
    let whole = digits(0);
    let point = match b.get(whole) {
        Some(b'.') => true,
        Some(b',') => decimal_commas && b.get(whole + 1).is_some_and(u8::is_ascii_digit),
        _ => false,
    };
    if point { whole + 1 + digits(whole + 1) } else { whole }
}

/// The degree, minute or second mark or the hemisphere that `text` begins with, and its length.
fn mark_or_letter(text: &str) -> Result<(Option<Token<'static>>, usize), String> {
    const SPELLINGS: [(&str, usize); 26] = [
        ("degrees", 0),
        ("degree", 0),
        ("deg", 0),
        ("d", 0),
        ("°", 0),
        ("º", 0),
        ("˚", 0),
        ("minutes", 1),
        ("min", 1),
        ("m", 1),
        // Two minute marks are a second mark.
        ("''", 2),
        ("′′", 2),
        ("’’", 2),
        ("'", 1),
        ("′", 1),
        ("’", 1),
        ("‘", 1),
        ("´", 1),
        ("ʹ", 1),
        ("seconds", 2),
        ("sec", 2),
        ("\"", 2),
        ("″", 2),
        ("”", 2),
        ("“", 2),
        ("ʺ", 2),
    ];
    const WORDS: [(&str, char); 8] = [
        ("north", 'N'),
        ("south", 'S'),
        ("east", 'E'),
        ("west", 'W'),
        ("n", 'N'),
        ("s", 'S'),
        ("e", 'E'),
        ("w", 'W'),
    ];
    let starts = |word: &str| {
        text.get(..word.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(word))
    };
    if let Some((word, mark)) = SPELLINGS.iter().find(|(word, _)| starts(word)) {
        return Ok((Some(Token::Mark(*mark)), word.len()));
    }
    if let Some((word, letter)) = WORDS.iter().find(|(word, _)| starts(word)) {
        return Ok((Some(Token::Hemisphere(*letter)), word.len()));
    }
    let c = text.chars().next().unwrap_or_default();
    Err(match c {
        'O' | 'o' => {
            "the letter O is west in some languages and east in others; write W or E".to_owned()
        }
        _ => format!("`{}` does not belong in it", c.escape_debug()),
    })
}

/// Cuts the pieces into those of the first and those of the second angle.
fn split<'t, 'a>(tokens: &'t [Token<'a>]) -> Result<(&'t [Token<'a>], &'t [Token<'a>]), String> {
    let places = |wanted: fn(&Token<'_>) -> bool| -> Vec<usize> {
        tokens.iter().enumerate().filter(|(_, t)| wanted(t)).map(|(i, _)| i).collect()
    };
    let separators = places(|t| *t == Token::Separator);
    let letters = places(|t| matches!(t, Token::Hemisphere(_)));
    let degrees = places(|t| *t == Token::Mark(0));
    let numbers = places(|t| matches!(t, Token::Number(_)));
    let at = match (separators.as_slice(), letters.as_slice(), degrees.as_slice()) {
        ([at], _, _) => return Ok((&tokens[..*at], &tokens[at + 1..])),
        ([_, _, ..], _, _) => return Err("it has more than two parts".to_owned()),
        (_, [0, second], _) => *second,
        (_, [first, _], _) => first + 1,
        (_, [_], _) => return Err(ONE_LETTER.to_owned()),
        (_, [], [_, second]) => second.saturating_sub(1),
        (_, [], []) if numbers.len() % 2 == 0 && !numbers.is_empty() => numbers[numbers.len() / 2],
        _ => return Err("it is not a latitude and a longitude".to_owned()),
    };
    // A sign belongs to the number after it.
    let at = if at > 0 && matches!(tokens[at - 1], Token::Sign(_)) { at - 1 } else { at };
    Ok((&tokens[..at], &tokens[at..]))
}

/// Latitude and longitude in that order.
fn in_order(first: Angle, second: Angle) -> Result<(f64, f64), String> {
    match (first.axis, second.axis) {
        (None, None) | (Some(Axis::Latitude), Some(Axis::Longitude)) => {
            Ok((first.degrees, second.degrees))
        }
        (Some(Axis::Longitude), Some(Axis::Latitude)) => Ok((second.degrees, first.degrees)),
        (Some(_), Some(_)) => Err("both letters are of the same axis".to_owned()),
        _ => Err(ONE_LETTER.to_owned()),
    }
}

/// One angle: a letter before or after it, or a sign; degrees, perhaps minutes, perhaps seconds.
fn angle(tokens: &[Token<'_>]) -> Result<Angle, String> {
    let (letter, tokens) = match tokens {
        [Token::Hemisphere(c), middle @ ..] => (Some(*c), middle),
        [middle @ .., Token::Hemisphere(c)] => (Some(*c), middle),
        _ => (None, tokens),
    };
    let (negative, tokens) = match tokens {
        [Token::Sign(_), ..] if letter.is_some() => {
            return Err("it has both a sign and a letter; drop the sign".to_owned());
        }
        [Token::Sign(negative), rest @ ..] => (*negative, rest),
        _ => (letter.is_some_and(|c| c == 'S' || c == 'W'), tokens),
    };
    let axis = letter.map(|c| match c {
        'N' | 'S' => Axis::Latitude,
        _ => Axis::Longitude,
    });
    let magnitude = match (tokens, axis) {
        ([Token::Number(digits)], Some(axis)) => match compact(digits, axis) {
            Some(parts) => sexagesimal(&parts)?,
            None => sexagesimal(&[digits])?,
        },
        _ => sexagesimal(&parts(tokens)?)?,
    };
    Ok(Angle { degrees: if negative { -magnitude } else { magnitude }, axis })
}

/// The numbers of an angle: degrees, minutes, seconds, with their marks or without.
fn parts<'a>(tokens: &[Token<'a>]) -> Result<Vec<&'a str>, String> {
    let mut parts: Vec<&str> = Vec::new();
    let mut previous = None;
    for token in tokens {
        match token {
            Token::Number(digits) => parts.push(digits),
            // The nth number bears the nth mark, once.
            Token::Mark(mark)
                if parts.len() == mark + 1 && matches!(previous, Some(Token::Number(_))) => {}
            Token::Joint => {}
            Token::Mark(_) => {
                return Err("its degree, minute and second marks are mixed up".to_owned());
            }
            Token::Sign(_) => return Err("a sign stands inside it".to_owned()),
            Token::Separator | Token::Hemisphere(_) => {
                return Err("it is not a latitude and a longitude".to_owned());
            }
        }
        previous = Some(*token);
    }
    Ok(parts)
}

/// The parts of `333022`, `3330` (latitude) or `0383700`, `03837` (longitude), the compact forms of
/// ICAO Annex 15 and OpenAir; `None` for plain degrees.
fn compact(digits: &str, axis: Axis) -> Option<Vec<&str>> {
    let whole = digits.find(['.', ',']).unwrap_or(digits.len());
    let degrees = match axis {
        Axis::Latitude => 2,
        Axis::Longitude => 3,
    };
    if whole == degrees + 2 {
        Some(vec![&digits[..degrees], &digits[degrees..]])
    } else if whole == degrees + 4 {
        Some(vec![&digits[..degrees], &digits[degrees..degrees + 2], &digits[degrees + 2..]])
    } else {
        None
    }
}

/// Degrees from degrees, minutes and seconds; only the last of them may have decimals.
fn sexagesimal(parts: &[&str]) -> Result<f64, String> {
    if parts.is_empty() || parts.len() > 3 {
        return Err("it needs degrees, and at most minutes and seconds".to_owned());
    }
    let mut degrees = 0.0;
    for (i, part) in parts.iter().enumerate() {
        let number: f64 = part
            .replace(',', ".")
            .parse()
            .map_err(|_| format!("`{}` is not a number", clip(part)))?;
        let last = i + 1 == parts.len();
        if !last && part.contains(['.', ',']) {
            return Err(format!(
                "`{}` has decimals but is not the last part of its angle",
                clip(part)
            ));
        }
        if i > 0 && number >= 60.0 {
            return Err(format!("`{}` minutes or seconds: must be below 60", clip(part)));
        }
        degrees += number / [1.0, 60.0, 3600.0][i];
    }
    Ok(degrees)
}

/// Whether a text has the shape of an MGRS reference (`37SDT1234567890`) or of UTM
/// (`37S 648000 3708000`).
fn looks_like_grid_reference(text: &str) -> bool {
    let compact: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let zone = compact.iter().take_while(|c| c.is_ascii_digit()).count();
    let letters = compact[zone..].iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let digits = compact.len() - zone - letters;
    let all_digits = compact[zone + letters..].iter().all(char::is_ascii_digit);
    (1..=2).contains(&zone) && all_digits && (letters == 3 || (letters == 1 && digits >= 12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn positions_are_read_in_all_usual_spellings() {
        let (lat, lon) = (33.0 + 30.0 / 60.0 + 22.5 / 3600.0, 38.0 + 37.0 / 60.0);
        for text in [
            "33.50625, 38.616666666666667",
            "33.50625,38.616666666666667",
            "33.50625 38.616666666666667",
            "33.50625; 38.616666666666667",
            "33,50625; 38,616666666666667",
            "33,50625 38,616666666666667",
            "33,50625, 38,616666666666667",
            "(33.50625, 38.616666666666667)",
            "+33.50625 +38.616666666666667",
            "33.50625° 38.616666666666667°",
            "33.50625°N, 38.616666666666667°E",
            "33.50625N 38.616666666666667E",
            "38.616666666666667 E, 33.50625 N",
            "N33.50625 E38.616666666666667",
            "33°30'22.5\"N 38°37'00\"E",
            "33°30′22.5″N 38°37′00″E",
            "33°30’22.5”N, 38°37’00”E",
            "33° 30' 22.5'' N / 38° 37' 0'' E",
            "33°30′22,5″N 38°37′00″E",
            "N33°30′22.5″ E038°37′00″",
            "N 33 30 22.5 E 038 37 00",
            "33 30 22.5 N 038 37 00 E",
            "33 30 22.5 38 37 00",
            "33 30 22.5, 38 37 00",
            "33 30 22,5 38 37 00",
            "33:30:22.5 N 038:37:00 E",
            "33:30:22.5N038:37:00E",
            "33-30-22.5N 038-37-00E",
            "333022.5N 0383700E",
            "333022.5N0383700E",
            "N333022.5 E0383700",
            "33°30.375'N 38°37.0'E",
            "33 30.375N 38 37E",
            "33° 30.375′, 38° 37′",
            "3330.375N 03837E",
            "33 deg 30 min 22.5 sec North, 38 deg 37 min East",
            "33d30m22.5sec n 38d37m e",
            "33º30′22.5″ 38º37′",
        ] {
            let p = parse_position(text).unwrap_or_else(|e| panic!("{e}"));
            assert!((p.lat_deg() - lat).abs() < 1e-9, "{text}: {p}");
            assert!((p.lon_deg() - lon).abs() < 1e-9, "{text}: {p}");
        }
    }

    #[test]
    fn south_and_west_are_negative_whichever_way_they_are_written() {
        for text in [
            "-0.5, -70.25",
            "\u{2212}0.5 \u{2212}70.25",
            "0°30′S 70°15′W",
            "S0 30 W070 15",
            "-0 30 0 -70 15 0",
            "-0°30′ -70°15′",
            "003000S 0701500W",
            "70.25W 0.5S",
        ] {
            assert_eq!(parse_position(text), Ok(Position::new(-0.5, -70.25).unwrap()), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_position_is_refused_with_what_is_wrong() {
        for (text, expected) in [
            ("", "not a latitude and a longitude"),
            ("here", "does not belong in it"),
            ("33.5", "not a latitude and a longitude"),
            ("33.5, 38.6, 120", "more than two parts"),
            ("1 2 3", "not a latitude and a longitude"),
            ("33.5N 38.6", "only one of the two has a letter"),
            ("33.5N, 38.6", "only one of the two has a letter"),
            ("33.5N 38.6N", "same axis"),
            ("-33.5S 38.6E", "both a sign and a letter"),
            ("33°60′N 38°E", "must be below 60"),
            ("33.5°30′N 38°E", "not the last part"),
            ("33′30°N 38°E", "mixed up"),
            ("33°30′10′N 38°E", "mixed up"),
            ("33.5 E 38.6 O", "O is west in some languages"),
            ("NaN, NaN", "does not belong in it"),
            ("inf, 0", "does not belong in it"),
            ("1e1, 2", "not a latitude and a longitude"),
            ("48,51,2,29", "more than two parts"),
            ("12 30,5,14 30,5", "more than two parts"),
            ("48,51 30", "not written alike"),
            (". , .", "not a number"),
            ("33-38", "does not belong in it"),
        ] {
            let error = parse_position(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
            assert!(error.contains("write it like 33.5062, 38.6166"), "{text}: {error}");
        }
    }

    #[test]
    fn decimal_commas_are_understood_beside_minutes_and_letters() {
        let expected = Position::new(12.0 + 30.5 / 60.0, 14.0 + 30.25 / 60.0);
        assert_eq!(parse_position("12 30,5 14 30,25"), Ok(expected.unwrap()));
        assert_eq!(parse_position("12,5N 30,5E"), Ok(Position::new(12.5, 30.5).unwrap()));
    }

    #[test]
    fn a_latitude_over_ninety_degrees_gives_the_hint_that_the_two_may_be_swapped() {
        let error = parse_position("138.6, 33.5").unwrap_err();
        assert_eq!(
            error,
            "latitude 138.6: must be a number from -90 to 90 degrees; \
             latitude and longitude may be swapped"
        );
        assert!(parse_position("138.6, 133.5").unwrap_err().ends_with("degrees; correct it"));
        assert!(parse_position("33.5, 181").unwrap_err().starts_with("longitude 181: must be"));
    }

    #[test]
    fn grid_references_are_refused_by_name() {
        for text in ["37SDT1234567890", "37S DT 12345 67890", "4QFJ12345678", "37S 648000 3708000"]
        {
            assert!(parse_position(text).unwrap_err().contains("MGRS or UTM"), "{text}");
        }
    }

    #[test]
    fn single_angles_take_decimal_commas_and_letters_of_their_own_axis() {
        assert_eq!(parse_latitude("33,5"), Ok(33.5));
        assert_eq!(parse_latitude(" 33°30′S "), Ok(-33.5));
        assert_eq!(parse_longitude("0383000W"), Ok(-38.5));
        assert_eq!(parse_longitude("-38.5"), Ok(-38.5));
        let error = parse_latitude("38.5 E").unwrap_err();
        assert_eq!(
            error,
            "latitude `38.5 E`: the letter is of the other axis; write it like 33.5062 or 33°30′22.3″N"
        );
        assert!(parse_longitude("").unwrap_err().contains("it needs degrees"));
    }

    #[test]
    fn a_text_far_longer_than_any_position_is_refused() {
        let error = parse_position(&"1".repeat(1_000_000)).unwrap_err();
        assert!(error.contains("is too long") && error.len() < 200, "{error}");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9.,;:/°′″'\"NSEWnsewOdm() −½é]{0,24}") {
            let _ = parse_position(&text);
            let _ = parse_latitude(&text);
        }

        #[test]
        fn decimal_degrees_read_back_exactly(lat in -90.0..=90.0_f64, lon in -180.0..=180.0_f64) {
            let expected = Position::new(lat, lon).unwrap();
            prop_assert_eq!(parse_position(&format!("{lat}, {lon}")), Ok(expected));
            prop_assert_eq!(parse_latitude(&lat.to_string()), Ok(lat));
        }

        #[test]
        fn degrees_minutes_and_seconds_read_as_what_they_say(
            (d, m, s) in (0_u32..90, 0_u32..60, 0_u32..60), (e, n, t) in (0_u32..180, 0_u32..60, 0_u32..60)
        ) {
            let degrees = |d, m, s| f64::from(d) + f64::from(m) / 60.0 + f64::from(s) / 3600.0;
            let expected = Position::new(degrees(d, m, s), -degrees(e, n, t)).unwrap();
            for text in [
                format!("{d}°{m}′{s}″N {e}°{n}′{t}″W"),
                format!("{d} {m} {s} N, {e} {n} {t} W"),
                format!("{d:02}{m:02}{s:02}N{e:03}{n:02}{t:02}W"),
                format!("{d:02}:{m:02}:{s:02}N {e:03}:{n:02}:{t:02}W"),
            ] {
                prop_assert_eq!(parse_position(&text), Ok(expected), "{}", text);
            }
        }
    }
}
