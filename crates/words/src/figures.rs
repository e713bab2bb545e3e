//! Numbers, instants and lengths as people write them: units, and no words of any language.

use deconflict_geometry::{Instant, Limit};
use jiff::Timestamp;

/// An instant in RFC 3339 form, UTC, with a fraction only where there is one.
pub fn rfc3339(t: Instant) -> String {
    timestamp(t).to_string()
}

/// `2026-07-03 10:00`, with seconds only where they are not zero.
pub fn minutes(t: Instant) -> String {
    let t = timestamp(t);
    t.strftime(if whole_minute(t) { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" }).to_string()
}

/// The end of a window in the fewest words: the hour alone on the day that it began.
pub fn until_minutes(from: Option<Instant>, until: Instant) -> String {
    let end = timestamp(until);
    let day = |t: Timestamp| t.strftime("%Y-%m-%d").to_string();
    if from.is_some_and(|f| day(timestamp(f)) == day(end)) {
        end.strftime(if whole_minute(end) { "%H:%M" } else { "%H:%M:%S" }).to_string()
    } else {
        minutes(until)
    }
}

fn timestamp(t: Instant) -> Timestamp {
    // Every i64 of nanoseconds (1677 to 2262) is within jiff's range (-9999 to 9999).
    Timestamp::from_nanosecond(i128::from(t.nanos())).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn whole_minute(t: Timestamp) -> bool {
    t.as_nanosecond().rem_euclid(60_000_000_000) == 0
}

/// A limit's metres above its own reference, where it has any.
pub fn limit_metres(limit: Limit) -> Option<f64> {
    match limit {
        Limit::At(h) => Some(h.metres),
        Limit::Unlimited | Limit::Unknown => None,
    }
}

/// The code of a limit: `W84`, `AMSL`, `AGL`, `FL`, `unlimited` or `unknown`.
pub fn limit_reference(limit: Limit) -> String {
    match limit {
        Limit::At(h) => h.reference.to_string(),
        Limit::Unlimited => "unlimited".to_owned(),
        Limit::Unknown => "unknown".to_owned(),
    }
}

/// A distance: `0.4 m`, `85 m`, `1.25 km`, `14 km`.
pub fn distance(metres: f64) -> String {
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
pub fn span(nanos: i64) -> String {
    let seconds = nanos as f64 / 1e9;
    match seconds {
        s if s < 120.0 => format!("{} s", trimmed(s, 1)),
        s if s < 7200.0 => format!("{} min", trimmed(s / 60.0, 1)),
        s => format!("{} h", trimmed(s / 3600.0, 1)),
    }
}

/// A number with at most so many digits after the point, and no zeros at its end.
pub fn trimmed(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A whole number with a comma between thousands.
pub fn count(n: usize) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

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
