//! Heights, windows and counts in English.

use deconflict_core::Time;
use deconflict_geometry::{FEET_M, Height, Instant, Limit, Reference};

use crate::figures::{count, minutes, span, trimmed, until_minutes};

/// `2026-07-03 10:00 to 12:00`, or `always`.
pub fn window(from: Option<Instant>, until: Option<Instant>) -> String {
    match (from, until) {
        (None, None) => "always".to_owned(),
        (Some(f), None) => format!("from {}", minutes(f)),
        (None, Some(u)) => format!("until {}", minutes(u)),
        (Some(f), Some(u)) => format!("{} to {}", minutes(f), until_minutes(from, u)),
    }
}

/// A limit in the unit that it was most likely given in: `FL 65`, `2500 ft AMSL`, `120 m AGL`.
pub fn limit(limit: Limit) -> String {
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

/// `1 volume`, `2 volumes`.
pub fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// `42 s ahead of the host's`: how a clock stood that was so many seconds ahead, below 0 behind.
pub fn clock_apart(ahead_s: i64) -> String {
    let side = if ahead_s > 0 { "ahead of" } else { "behind" };
    format!("{} s {side} the host's", ahead_s.unsigned_abs())
}

/// A span of time, in days where it is long.
pub(super) fn long(ns: i64) -> String {
    const HOUR_NS: i64 = 3_600 * 1_000_000_000;
    match ns / HOUR_NS {
        hours if hours < 72 => span(ns),
        hours => format!("{} days", hours / 24),
    }
}

/// A window, in UTC.
pub(super) fn times(from: Option<Time>, until: Option<Time>) -> String {
    window(from.map(|time| time.0), until.map(|time| time.0))
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
    fn windows_are_short() {
        let at = |s: &str| Some(s.parse::<deconflict_core::Time>().unwrap().0);
        let (a, b) = (at("2026-07-03T10:00:00Z"), at("2026-07-03T12:30:05Z"));
        assert_eq!(window(a, b), "2026-07-03 10:00 to 12:30:05");
        assert_eq!(window(a, at("2026-07-04T00:00:00Z")), "2026-07-03 10:00 to 2026-07-04 00:00");
        assert_eq!(window(a, None), "from 2026-07-03 10:00");
        assert_eq!(window(None, None), "always");
    }
}
