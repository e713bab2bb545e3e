//! Instants, lengths and ranges read from the command line, and paths for people.

use std::path::Path;

use deconflict_geometry::{FEET_M, Instant, Separation};
use deconflict_words::printable;
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

/// Reads a radius as metres: a length with its unit, or a bare number of metres; at most 10,000 km.
pub(crate) fn parse_radius(text: &str) -> Result<f64, String> {
    let bare = || text.trim().parse::<f64>().ok();
    parse_metres(text)
        .ok()
        .or_else(bare)
        .filter(|radius_m| *radius_m > 0.0 && *radius_m <= 1e7)
        .ok_or_else(|| "must be a radius above 0 and at most 10,000 km, such as 200m".to_owned())
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

/// A path, for people.
pub(crate) fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
