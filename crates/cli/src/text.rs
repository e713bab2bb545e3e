//! Words and numbers for people: instants, heights, distances, and the same read from the command
//! line.

use std::path::Path;

use deconflict_geometry::{FEET_M, Height, Instant, Limit, Reference, Separation};
use jiff::Timestamp;

const NM_M: f64 = 1852.0;

/// Reads the beginning of a window.
pub(crate) fn parse_from(text: &str) -> Result<Instant, String> {
    text.parse::<Timestamp>()
        .map_err(|_| {
            "must be an instant in RFC 3339 form with its offset, such as 2026-07-03T10:00:00Z \
             or 2026-07-03T12:00:00+02:00"
                .to_owned()
        })
        .and_then(|t| {
            i64::try_from(t.as_nanosecond())
                .map(Instant)
                .map_err(|_| "must be a year from 1678 to 2261".to_owned())
        })
}

/// Reads the end of a window. A leap second counts to its end, so that nothing is left out; an end
/// after 2261 is an open one, since no file can declare a beginning after that.
pub(crate) fn parse_until(text: &str) -> Result<Instant, String> {
    // The last days of 9999, which many files mean by "for ever", lie beyond what jiff holds.
    let earlier = text.strip_prefix("9999-").map(|rest| format!("9998-{rest}"));
    let known = earlier.as_deref().unwrap_or(text).parse::<Timestamp>();
    if known.is_ok_and(|t| t.as_nanosecond() > i128::from(i64::MAX)) {
        return Ok(Instant(i64::MAX));
    }
    let leap = text.get(16..19) == Some(":60");
    parse_from(text).map(|t| if leap { Instant(t.0.saturating_add(1_000_000_000)) } else { t })
}

/// Reads `MIN,MAX`.
pub(crate) fn parse_range(text: &str) -> Result<(f64, f64), String> {
    let number = |s: &str| s.trim().parse::<f64>().ok().filter(|v| v.is_finite());
    match text.split_once(',') {
        Some((min, max)) => number(min).zip(number(max)),
        None => None,
    }
    .ok_or_else(|| "must be two numbers with a comma between, lower first".to_owned())
}

/// Reads `500m,100m,60s`.
pub(crate) fn parse_separation(text: &str) -> Result<Separation, String> {
    const FORM: &str = "must be three values with their units, along the ground, in height and in time, such as \
         500m,100m,60s (m, km, ft, nm; s, min, h)";
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let &[ground, height, time] = parts.as_slice() else { return Err(FORM.to_owned()) };
    let metres = |s| parse_metres(s).ok();
    let seconds = |s| quantity(s, &[("min", 60.0), ("s", 1.0), ("h", 3600.0)]);
    let (Some(horizontal_m), Some(vertical_m), Some(time_s)) =
        (metres(ground), metres(height), seconds(time))
    else {
        return Err(FORM.to_owned());
    };
    if horizontal_m > 1e6 || vertical_m > 1e6 || time_s > 31_622_400.0 {
        return Err("must be at most 1,000 km, 1,000 km and 366 days".to_owned());
    }
    // At most 3.2e16, and rounded up: a separation is never shortened.
    Ok(Separation { horizontal_m, vertical_m, time_ns: (time_s * 1e9).ceil() as i64 })
}

/// Reads a length such as `500m` or `5km` as metres.
pub(crate) fn parse_metres(text: &str) -> Result<f64, String> {
    quantity(text.trim(), &[("km", 1000.0), ("nm", NM_M), ("ft", FEET_M), ("m", 1.0)]).ok_or_else(
        || "must be a length with its unit, such as 500m, 5km, 2nm or 1000ft".to_owned(),
    )
}

/// A number that is not negative, with one of the units; a bare 0 needs none.
fn quantity(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let lower = text.to_lowercase();
    let (number, factor) = units
        .iter()
        .find_map(|(unit, factor)| lower.strip_suffix(unit).map(|n| (n.trim_end(), *factor)))
        .or_else(|| (lower == "0").then_some(("0", 1.0)))?;
    number.parse::<f64>().ok().filter(|v| v.is_finite() && *v >= 0.0).map(|v| v * factor)
}

/// An instant in RFC 3339 form, UTC, with a fraction only where there is one.
pub(crate) fn rfc3339(t: Instant) -> String {
    timestamp(t).to_string()
}

/// `2026-07-03 10:00`, with seconds only where they are not zero.
pub(crate) fn minutes(t: Instant) -> String {
    let t = timestamp(t);
    t.strftime(if whole_minute(t) { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" }).to_string()
}

/// The end of a window in the fewest words: the hour alone on the day that it began.
pub(crate) fn until_minutes(from: Option<Instant>, until: Instant) -> String {
    let end = timestamp(until);
    let day = |t: Timestamp| t.strftime("%Y-%m-%d").to_string();
    if from.is_some_and(|f| day(timestamp(f)) == day(end)) {
        end.strftime(if whole_minute(end) { "%H:%M" } else { "%H:%M:%S" }).to_string()
    } else {
        minutes(until)
    }
}

/// `2026-07-03 10:00 to 12:00`, or `always`.
pub(crate) fn window(from: Option<Instant>, until: Option<Instant>) -> String {
    match (from, until) {
        (None, None) => "always".to_owned(),
        (Some(f), None) => format!("from {}", minutes(f)),
        (None, Some(u)) => format!("until {}", minutes(u)),
        (Some(f), Some(u)) => format!("{} to {}", minutes(f), until_minutes(from, u)),
    }
}

fn timestamp(t: Instant) -> Timestamp {
    // Every i64 of nanoseconds (1677 to 2262) is within jiff's range (-9999 to 9999).
    Timestamp::from_nanosecond(i128::from(t.nanos())).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn whole_minute(t: Timestamp) -> bool {
    t.as_nanosecond().rem_euclid(60_000_000_000) == 0
}

/// A limit in the unit that it was most likely given in: `FL 65`, `2500 ft AMSL`, `120 m AGL`.
pub(crate) fn limit(limit: Limit) -> String {
    match limit {
        Limit::Unlimited => "unlimited".to_owned(),
        Limit::Unknown => "not declared".to_owned(),
        Limit::At(h) if h == Height::SURFACE => "SFC".to_owned(),
        Limit::At(Height { metres, reference: Reference::FlightLevel }) => {
            format!("FL {}", trimmed(metres / (100.0 * FEET_M), 1))
        }
        Limit::At(Height { metres, reference }) => match feet_as_given(metres) {
            Some(feet) => format!("{feet} ft {reference}"),
            None => format!("{} m {reference}", trimmed(metres, 1)),
        },
    }
}

/// The feet that a height in metres was converted from: whole feet that are not whole metres, or
/// a round number of feet. 762 m is 2500 ft, 300 m stays.
fn feet_as_given(metres: f64) -> Option<i64> {
    let feet = (metres / FEET_M).round();
    let whole_feet = (metres / FEET_M - feet).abs() < 1e-6;
    let whole_metres = (metres - metres.round()).abs() < 1e-6;
    (metres != 0.0 && whole_feet && (!whole_metres || feet % 50.0 == 0.0)).then_some(feet as i64)
}

/// A limit's metres above its own reference, where it has any.
pub(crate) fn limit_metres(limit: Limit) -> Option<f64> {
    match limit {
        Limit::At(h) => Some(h.metres),
        Limit::Unlimited | Limit::Unknown => None,
    }
}

/// The code of a limit: `W84`, `AMSL`, `AGL`, `FL`, `unlimited` or `unknown`.
pub(crate) fn limit_reference(limit: Limit) -> String {
    match limit {
        Limit::At(h) => h.reference.to_string(),
        Limit::Unlimited => "unlimited".to_owned(),
        Limit::Unknown => "unknown".to_owned(),
    }
}

/// A distance: `0.4 m`, `85 m`, `1.25 km`, `14 km`.
pub(crate) fn distance(metres: f64) -> String {
    match metres {
        m if m < 0.01 => "< 1 cm".to_owned(),
        m if m < 10.0 => format!("{} m", trimmed(m, 2)),
        m if m < 999.5 => format!("{m:.0} m"),
        m if m < 10_000.0 => format!("{} km", trimmed(m / 1000.0, 2)),
        m if m < 100_000.0 => format!("{} km", trimmed(m / 1000.0, 1)),
        m => format!("{:.0} km", m / 1000.0),
    }
}

/// A span of time: `45 s`, `12 min`, `3 h`.
pub(crate) fn span(nanos: i64) -> String {
    let seconds = nanos as f64 / 1e9;
    match seconds {
        s if s < 120.0 => format!("{} s", trimmed(s, 1)),
        s if s < 7200.0 => format!("{} min", trimmed(s / 60.0, 1)),
        s => format!("{} h", trimmed(s / 3600.0, 1)),
    }
}

/// A number with at most so many digits after the point, and no zeros at its end.
pub(crate) fn trimmed(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A whole number with a comma between thousands.
pub(crate) fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 volume`, `2 volumes`.
pub(crate) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A path, for people.
pub(crate) fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// The text without anything that could steer a terminal, turn the reading direction, begin a line or
/// stand there unseen: names come from files that others wrote. The joiners U+200C and U+200D stay, since
/// scripts are written with them.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => ' ',
            '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// A text for people of at most 80 characters, the middle left out where it is longer: names often
/// differ at their ends.
pub(crate) fn clipped(text: String) -> String {
    const MOST: usize = 80;
    const TAIL: usize = 30;
    let length = text.chars().count();
    if length <= MOST {
        return text;
    }
    let head: String = text.chars().take(MOST - TAIL - 1).collect();
    let tail: String = text.chars().skip(length - TAIL).collect();
    format!("{}…{}", head.trim_end(), tail.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn height(metres: f64, reference: Reference) -> Limit {
        Limit::At(Height { metres, reference })
    }

    #[test]
    fn heights_are_shown_in_the_unit_they_were_given_in() {
        assert_eq!(limit(height(2500.0 * FEET_M, Reference::Amsl)), "2500 ft AMSL");
        assert_eq!(limit(height(11_700.0 * FEET_M, Reference::Amsl)), "11700 ft AMSL");
        assert_eq!(limit(height(120.0, Reference::Agl)), "120 m AGL");
        assert_eq!(limit(height(300.0, Reference::W84)), "300 m W84");
        assert_eq!(limit(height(6500.0 * FEET_M, Reference::FlightLevel)), "FL 65");
        assert_eq!(limit(Limit::At(Height::SURFACE)), "SFC");
        assert_eq!(limit(height(0.0, Reference::Amsl)), "0 m AMSL");
        assert_eq!(limit(Limit::Unknown), "not declared");
    }

    #[test]
    fn a_separation_is_read_in_each_unit_and_refused_without_one() {
        let s = parse_separation("0.5nm, 1000ft, 2min").unwrap();
        assert_eq!((s.horizontal_m, s.vertical_m, s.time_ns), (926.0, 304.8, 120_000_000_000));
        assert_eq!(parse_separation("1km,0,1h").unwrap().time_ns, 3_600_000_000_000);
        for bad in ["500,100,60", "500m,100m", "-5m,1m,1s", "5m,1m,1m", "NaNm,1m,1s", "1e9m,0,0"] {
            assert!(parse_separation(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_end_at_a_leap_second_is_not_shortened() {
        let end = parse_until("2016-12-31T23:59:60Z").unwrap();
        assert!(end >= parse_from("2017-01-01T00:00:00Z").unwrap());
        assert!(parse_from("2026-07-03T10:00:00").is_err(), "an offset is required");
    }

    #[test]
    fn an_end_that_means_for_ever_is_open() {
        for text in ["9999-12-31T00:00:00Z", "9999-12-31T23:59:59-12:00", "2300-01-01T00:00:00Z"] {
            assert_eq!(parse_until(text), Ok(Instant(i64::MAX)), "{text}");
        }
        for bad in ["9999-12-31", "9999-02-29T00:00:00Z", "9999-12-31T00:00:00"] {
            assert!(parse_until(bad).unwrap_err().contains("RFC 3339"), "{bad}");
        }
        assert!(parse_from("9999-12-31T00:00:00Z").is_err());
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc\u{202e}"), "a\u{fffd}[31mb c\u{fffd}");
        for c in "\u{61c}\u{2028}\u{2029}\u{200b}\u{2060}\u{2064}\u{feff}\u{ad}\u{e0000}\u{e007f}"
            .chars()
        {
            assert_eq!(printable(&format!("a{c}b")), "a\u{fffd}b", "{}", c.escape_unicode());
        }
        assert_eq!(printable("می\u{200c}خواهم"), "می\u{200c}خواهم");
    }

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(clipped("é".repeat(80)), "é".repeat(80));
        let short = clipped(format!("begin {} end", "é".repeat(500)));
        assert_eq!(short.chars().count(), 80);
        assert!(short.starts_with("begin é") && short.ends_with("é end"), "{short}");
    }

    #[test]
    fn windows_are_short() {
        let at = |s: &str| Some(parse_from(s).unwrap());
        let (a, b) = (at("2026-07-03T10:00:00Z"), at("2026-07-03T12:30:05Z"));
        assert_eq!(window(a, b), "2026-07-03 10:00 to 12:30:05");
        assert_eq!(window(a, at("2026-07-04T00:00:00Z")), "2026-07-03 10:00 to 2026-07-04 00:00");
        assert_eq!(window(a, None), "from 2026-07-03 10:00");
        assert_eq!(window(None, None), "always");
    }

    #[test]
    fn numbers_are_grouped_and_rounded() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
        assert_eq!(distance(0.004), "< 1 cm");
        assert_eq!(distance(1250.0), "1.25 km");
        assert_eq!(distance(999.7), "1 km");
        assert_eq!(span(60_000_000_000), "60 s");
    }
}
