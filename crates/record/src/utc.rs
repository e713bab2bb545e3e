//! Instants to the second, so that no two readers differ on what a deadline is.

use std::fmt;

use crate::text::{Malformed, serde_as_text};

const DAY_S: u64 = 86_400;
/// 10000-01-01T00:00:00Z.
const END_S: u64 = 253_402_300_800;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted, before the year 10000.
/// As text and in JSON it is `2026-11-22T12:00:00Z`, and nothing else: no fractions, no offsets, no
/// leap second.
///
/// ```
/// use deconflict_record::UtcSecond;
/// let deadline = UtcSecond::parse("2026-11-22T12:00:00Z").unwrap();
/// assert_eq!(deadline.seconds(), 1_795_348_800);
/// assert!(UtcSecond::parse("2026-02-29T12:00:00Z").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UtcSecond(u64);

impl UtcSecond {
    /// From seconds since 1970; `None` from the year 10000 on.
    pub fn new(seconds: u64) -> Option<UtcSecond> {
        (seconds < END_S).then_some(UtcSecond(seconds))
    }

    /// From `YYYY-MM-DDTHH:MM:SSZ`, from 1970 on.
    ///
    /// # Errors
    /// When the text has another form, or names no instant of the calendar.
    pub fn parse(text: &str) -> Result<UtcSecond, Malformed> {
        let field = |from: usize, len: usize| {
            let digits = text.get(from..from + len)?;
            if digits.bytes().all(|c| c.is_ascii_digit()) { digits.parse().ok() } else { None }
        };
        let read = || -> Option<UtcSecond> {
            let (year, month, day) = (field(0, 4)?, field(5, 2)?, field(8, 2)?);
            let (hour, minute, second) = (field(11, 2)?, field(14, 2)?, field(17, 2)?);
            let days = days_from_civil(year, month, day)?;
            UtcSecond::new(days * DAY_S + hour * 3600 + minute * 60 + second)
        };
        // Written again, whatever is not of the form or of the calendar comes out otherwise.
        read().filter(|time| time.to_string() == text).ok_or_else(|| {
            Malformed::whole(
                "time",
                "must be an instant of UTC to the second, from 1970 on, like 2026-11-22T12:00:00Z",
            )
        })
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn seconds(self) -> u64 {
        self.0
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; from 1970 to 9999 only. A day past
/// the end of its month counts on into the next.
fn days_from_civil(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468)
}

fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

impl fmt::Display for UtcSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0 / DAY_S);
        let (hour, minute, second) = (self.0 / 3600 % 24, self.0 / 60 % 60, self.0 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

serde_as_text!(UtcSecond, UtcSecond::parse);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_until_the_year_10000_is_written_as_it_is_read() {
        let (mut expected, mut last) = ((1970, 1, 0), 0);
        for days in 0..END_S / DAY_S {
            let (year, month, day) = civil_from_days(days);
            let next_day = (year, month) == (expected.0, expected.1) && day == expected.2 + 1;
            let next_month = day == 1 && (28..=31).contains(&last);
            assert!(next_day || next_month, "{year}-{month}-{day} after {expected:?}");
            assert_eq!(days_from_civil(year, month, day), Some(days));
            (expected, last) = ((year, month, day), day);
        }
        assert_eq!(expected, (9999, 12, 31));
    }

    #[test]
    fn what_is_no_instant_of_the_calendar_is_refused() {
        for wrong in [
            "",
            "2026-11-22T12:00:00",
            "2026-11-22 12:00:00Z",
            "2026-11-22t12:00:00z",
            "2026-11-22T12:00:00.0Z",
            "2026-11-22T12:00:00+00:00",
            "2026-11-22T24:00:00Z",
            "2026-11-22T12:60:00Z",
            "2026-12-31T23:59:60Z",
            "2026-11-31T12:00:00Z",
            "2100-02-29T12:00:00Z",
            "2026-00-01T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "1969-12-31T23:59:59Z",
            "10000-01-01T00:00:00Z",
            "+026-11-22T12:00:00Z",
            "2026-11-22T12:00:0éZ",
        ] {
            assert!(UtcSecond::parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(UtcSecond::parse("2000-02-29T23:59:59Z").is_ok());
    }
}
