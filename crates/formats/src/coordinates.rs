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

/// No degrees of any kind go beyond this; metres of a projection do.
const FULL_TURN_DEG: f64 = 360.0;

/// What two numbers are that stand for a position and cannot be degrees.
pub(crate) fn no_degrees(lat: f64, lon: f64) -> Option<&'static str> {
    (lat.abs() > FULL_TURN_DEG || lon.abs() > FULL_TURN_DEG).then_some(
        "no degrees, but perhaps metres of a projection (UTM, Web Mercator): convert the file to \
         longitude and latitude (WGS84, EPSG:4326)",
    )
}

/// The position, with a hint where the two numbers look swapped or like metres.
///
/// # Errors
/// When a number is out of range.
pub(crate) fn position(lat_deg: f64, lon_deg: f64) -> Result<Position, String> {
    Position::new(lat_deg, lon_deg).map_err(|e| match e {
        _ if let Some(hint) = no_degrees(lat_deg, lon_deg) => format!("{e}; {hint}"),
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
mod tests;
