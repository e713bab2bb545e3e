//! Degrees, minutes and seconds, without rounding on the way.

use deconflict_geometry::Position;

/// The most decimals that an angle may have.
const MAX_DECIMALS: usize = 20;

/// The positions in a text such as `52:11:14 N 001:39:27 W, 52:15.033N 1:33.567W`: degrees, degrees
/// and minutes, or degrees, minutes and seconds, the last with decimals; latitude first; the
/// hemisphere after or before each angle; blanks and commas as they come.
pub(super) fn positions(text: &str) -> Result<Vec<Position>, String> {
    let tokens = tokens(text)?;
    if tokens.is_empty() || tokens.len() % 4 != 0 {
        return Err(form(text));
    }
    tokens.chunks_exact(4).map(|t| position(t).unwrap_or_else(|| Err(form(text)))).collect()
}

/// The only position in a text.
pub(super) fn one_position(text: &str) -> Result<Position, String> {
    match positions(text)?.as_slice() {
        [position] => Ok(*position),
        _ => Err(form(text)),
    }
}

/// A position as OpenAir writes it, with as many decimals of seconds as it takes to read the same
/// number again.
pub(super) fn position_text(position: Position) -> String {
    let (lat, lon) = (position.lat_deg(), position.lon_deg());
    format!(
        "{} {} {} {}",
        angle_text(lat.abs(), 2),
        if lat < 0.0 { 'S' } else { 'N' },
        angle_text(lon.abs(), 3),
        if lon < 0.0 { 'W' } else { 'E' },
    )
}

fn form(text: &str) -> String {
    let shown: String = text.trim().chars().take(60).collect();
    format!("position `{shown}`: write it like 52:11:14 N 001:39:27 W or 52:11.233 N 001:39.450 W")
}

/// A latitude and a longitude from four tokens; `None` where they are none.
fn position(tokens: &[&str]) -> Option<Result<Position, String>> {
    let (lat, ns, lon, ew) = match tokens {
        [a, h, b, k] if is_hemisphere(h) && is_hemisphere(k) => (a, h, b, k),
        [h, a, k, b] if is_hemisphere(h) && is_hemisphere(k) => (a, h, b, k),
        _ => return None,
    };
    let lat_sign = match ns.to_ascii_uppercase().as_str() {
        "N" => 1.0,
        "S" => -1.0,
        _ => return None,
    };
    let lon_sign = match ew.to_ascii_uppercase().as_str() {
        "E" => 1.0,
        "W" => -1.0,
        _ => return None,
    };
    let position = Position::new(lat_sign * angle(lat)?, lon_sign * angle(lon)?);
    Some(position.map_err(|e| e.to_string()))
}

fn is_hemisphere(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Cuts a text into angles and hemisphere letters.
fn tokens(text: &str) -> Result<Vec<&str>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '0'..='9' | '.' => {
                rest.find(|c: char| !matches!(c, '0'..='9' | '.' | ':')).unwrap_or(rest.len())
            }
            'N' | 'S' | 'E' | 'W' | 'n' | 's' | 'e' | 'w' => 1,
            _ => return Err(form(text)),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    Ok(tokens)
}

/// The angle in degrees, correctly rounded; `None` where the text is no angle up to 360 degrees.
fn angle(text: &str) -> Option<f64> {
    let fields: Vec<&str> = text.split(':').collect();
    let (last, whole) = fields.split_last()?;
    let (last, decimals) = last.split_once('.').unwrap_or((last, ""));
    if fields.len() > 3 || decimals.len() > MAX_DECIMALS || (last.is_empty() && decimals.is_empty())
    {
        return None;
    }
    let mut units = 0_u128;
    for (i, field) in whole.iter().chain([&last]).enumerate() {
        let number = digits(field)?;
        // 60 is taken: files round 59.9 seconds so.
        if number > if i == 0 { 360 } else { 60 } {
            return None;
        }
        units = units * 60 + number;
    }
    let scale = 10_u128.pow(decimals.len() as u32);
    let numerator = units * scale + digits(decimals)?;
    let denominator = 60_u128.pow(whole.len() as u32) * scale;
    // The quotient of two numbers that are exact is rounded once.
    const EXACT: u128 = 1 << f64::MANTISSA_DIGITS;
    if numerator <= EXACT && denominator <= EXACT {
        return Some(numerator as f64 / denominator as f64);
    }
    let mut decimal = format!("{}.", numerator / denominator);
    let mut remainder = numerator % denominator;
    for _ in 0..24 {
        remainder *= 10;
        decimal.push(char::from(b'0' + (remainder / denominator) as u8));
        remainder %= denominator;
    }
    decimal.parse().ok()
}

/// The number that up to 20 digits make; an empty text is 0.
fn digits(text: &str) -> Option<u128> {
    let plain = text.len() <= MAX_DECIMALS && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.bytes().fold(0, |n, b| n * 10 + u128::from(b - b'0')))
}

/// `DDD:MM:SS.sss` for an angle of 0 to 180 degrees.
fn angle_text(degrees: f64, width: usize) -> String {
    const DECIMALS: usize = 22;
    // The exact decimal expansion, in units of 1e-22 degrees, then of 1e-22 seconds.
    let expansion: String = format!("{degrees:.DECIMALS$}").chars().filter(|c| *c != '.').collect();
    let exact = expansion.bytes().fold(0_u128, |n, b| n * 10 + u128::from(b - b'0')) * 3600;
    let mut text = String::new();
    for decimals in (0..=3).chain(9..=MAX_DECIMALS) {
        let unit = 10_u128.pow((DECIMALS - decimals) as u32);
        let rounded = (exact + unit / 2) / unit;
        let scale = 10_u128.pow(decimals as u32);
        let (seconds, fraction) = (rounded / scale, rounded % scale);
        let (d, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        text = format!("{d:0width$}:{m:02}:{s:02}");
        if decimals > 0 {
            text.push_str(&format!(".{fraction:0decimals$}"));
        }
        if angle(&text) == Some(degrees) {
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn positions_are_read_in_all_spellings_of_real_files() {
        for text in [
            "52:12:30 N 001:30:36 W",
            "52:12:30N 001:30:36W",
            "52:12:30n, 1:30:36w",
            "N52:12:30 W001:30:36",
            "52:12.5 N 001:30.6 W",
            "52:12.500 N 001:30:36.000 W",
            "\t52:12:30.0 N\t001:30:36 W ",
        ] {
            let p = one_position(text).unwrap();
            assert_eq!((p.lat_deg(), p.lon_deg()), (52.0 + 12.5 / 60.0, -1.51), "{text}");
        }
        assert_eq!(one_position("52.5N 1.51W").unwrap().lat_deg(), 52.5);
        assert_eq!(positions("39:36:40N 119:46:10W, 39:29:09N, 119:36:10W").unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_position_is_refused_with_the_form() {
        for text in [
            "",
            "52:12:30 N",
            "52:12:30 001:30:36",
            "52:61:00 N 001:30:36 W",
            "52:12:30:00 N 001:30:36 W",
            "52:12:30 E 001:30:36 N",
            "52:12:30 N 001:30:36 N",
            "52:12:30 N 001:30:36 W x",
            "-52.5 N 1 W",
            ". N . W",
            "99999999999999999999999 N 1 W",
            "1.2.3 N 1 W",
        ] {
            let error = one_position(text).unwrap_err();
            assert!(error.contains("write it like 52:11:14 N 001:39:27 W"), "{text}: {error}");
        }
        assert_eq!(
            one_position("91:00:00 N 000:00:00 E").unwrap_err(),
            "latitude 91: must be a number from -90 to 90 degrees"
        );
    }

    #[test]
    fn whole_seconds_are_written_as_whole_seconds() {
        for text in ["52:11:14 N 001:39:27 W", "00:00:00 N 180:00:00 E", "89:59:59 S 000:00:01 W"] {
            assert_eq!(position_text(one_position(text).unwrap()), text);
        }
        assert_eq!(
            position_text(one_position("52:11.5 N 1:39.45 W").unwrap()),
            "52:11:30 N 001:39:27 W"
        );
    }

    proptest! {
        #[test]
        fn angles_are_rounded_once(
            (degrees, minutes, seconds) in (0..360u32, 0..60u32, 0..60u32),
            fraction in 0..1_000_000u32,
        ) {
            let text = format!("{degrees}:{minutes}:{seconds}.{fraction:06}");
            // With so many decimals it is not a quotient of two numbers that are exact.
            let longer = format!("{text}00000000000000");
            prop_assert_eq!(angle(&text), angle(&longer));
        }

        #[test]
        fn every_position_survives_bit_for_bit(lat in -90.0..=90.0_f64, lon in -180.0..=180.0_f64) {
            let position = Position::new(lat, lon).unwrap();
            prop_assert_eq!(one_position(&position_text(position)), Ok(position));
        }
    }
}
