//! Instants as RFC 3339 text.
//!
//! The shape is checked here, because the parsers of the usual crates take more than RFC 3339
//! allows (years of six digits) and map `23:59:60` to `23:59:59`, which would end a
//! window up to a second early. Calendar arithmetic is jiff's.

use deconflict_geometry::{Instant, Window};
use jiff::Timestamp;
use jiff::civil::{DateTime, date};

/// Which end of a window an instant is. What cannot be kept exactly is rounded so that the window
/// never becomes shorter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Edge {
    /// Rounded to the earlier.
    Start,
    /// Rounded to the later.
    End,
}

/// The instant that `text` names, as RFC 3339, section 5.6 has it (a blank instead of `T` is
/// allowed, as its note says), with an offset in any form of ISO 8601, or to the minute (ISO 8601-1, section 5.4.2.1, representations with
/// reduced precision: national zones have `2026-05-18T09:30Z`); `None` where it lies beyond the range of [`Instant`] on the side
/// that leaves the window open.
///
/// # Errors
/// When the shape, the calendar or the offset is wrong, or a start lies after, or an end before,
/// the range of [`Instant`].
pub(crate) fn parse(text: &str, edge: Edge) -> Result<Option<Instant>, String> {
    let text = text.trim();
    let parts = shape(text).ok_or_else(|| {
        let why = if text.len() >= 16 && text.is_ascii() && shape(&format!("{text}Z")).is_some() {
            "the offset from UTC is missing"
        } else {
            "not a time"
        };
        format!(
            "`{}`: {why}; write it as 2026-05-18T09:30:00Z or 2026-05-18T12:30:00+03:00",
            clip(text)
        )
    })?;
    let nanos = parts.nanos(edge).map_err(|why| format!("`{text}`: {why}"))?;
    match (i64::try_from(nanos), edge) {
        (Ok(n), _) => Ok(Some(Instant(n))),
        (Err(_), Edge::End) if nanos > 0 => Ok(None),
        (Err(_), Edge::Start) if nanos < 0 => Ok(None),
        (Err(_), Edge::Start) => {
            Err(format!("`{text}`: a beginning must lie before 2262-04-11; check the year"))
        }
        (Err(_), Edge::End) => {
            Err(format!("`{text}`: an end must lie after 1677-09-21; check the year"))
        }
    }
}

/// The window between two texts; an absent one leaves its side open.
///
/// # Errors
/// When a text is not an instant (see [`parse`]) or the end lies before the beginning.
pub(crate) fn window(from: Option<&str>, until: Option<&str>) -> Result<Window, String> {
    let start = from.map_or(Ok(None), |t| parse(t, Edge::Start))?;
    let end = until.map_or(Ok(None), |t| parse(t, Edge::End))?;
    Window::new(start, end).map_err(|_| {
        format!(
            "the end {} lies before the beginning {}: swap or correct them",
            until.unwrap_or_default().trim(),
            from.unwrap_or_default().trim()
        )
    })
}

/// The instant as RFC 3339 in UTC, with as many decimals as it needs: `2026-05-18T09:30:00Z`.
pub(crate) fn format(instant: Instant) -> String {
    Timestamp::from_nanosecond(i128::from(instant.nanos()))
        .expect("jiff's range of years, -9999 to 9999, holds every i64 of nanoseconds")
        .to_string()
}

/// Seconds since 1970 began as a date and time with an offset, as CAP 1.2 writes it (section 3.3.2): UTC is `-00:00`, never
/// `Z`.
///
/// # Errors
/// When the year has not four digits.
pub(crate) fn to_offset_second(seconds: i64) -> Result<String, String> {
    let known = Timestamp::from_second(seconds)
        .ok()
        .map(|at| at.strftime("%Y-%m-%dT%H:%M:%S-00:00").to_string());
    // A year below 0 or above 9999 has a sign or more digits.
    known.filter(|text| text.len() == 25 && !text.starts_with('-')).ok_or_else(|| {
        format!("{seconds} s from 1970 on is in no year from 0 to 9999; give another time")
    })
}

/// What the text of an instant says, field by field.
struct Parts<'a> {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    fraction: &'a [u8],
    offset_minutes: i64,
}

/// Takes an instant apart; `None` where it has not the shape of RFC 3339 `date-time`, with or
/// without seconds.
fn shape(text: &str) -> Option<Parts<'_>> {
    let b = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i16> {
        let digits = b.get(from..to)?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0_i16, |n, d| n * 10 + i16::from(d - b'0')))
    };
    let two = |at: usize| number(at, at + 2).map(|n| n as i8);
    let sign = |at: usize, allowed: &[u8]| b.get(at).is_some_and(|c| allowed.contains(c));
    let separators = sign(4, b"-") && sign(7, b"-") && sign(10, b"Tt ") && sign(13, b":");
    if !separators {
        return None;
    }
    let has_seconds = sign(16, b":");
    let mut at = if has_seconds { 19 } else { 16 };
    if has_seconds && sign(at, b".") {
        at += 1 + b[at + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
        if at == 20 {
            return None;
        }
    }
    let fraction = if has_seconds { b.get(20..at).unwrap_or_default() } else { &[] };
    let offset_minutes = match b.get(at..)? {
        b"Z" | b"z" => 0,
        [plus_or_minus @ (b'+' | b'-'), rest @ ..] => {
            // ISO 8601-1, section 4.3.13, has the offset without its colon and without minutes too.
            let hours = i64::from(two(at + 1)?);
            let minutes = match rest {
                [_, _, b':', _, _] => i64::from(two(at + 4)?),
                [_, _, _, _] => i64::from(two(at + 3)?),
                [_, _] => 0,
                _ => return None,
            };
            if hours > 23 || minutes > 59 {
                return None;
            }
            let total = hours * 60 + minutes;
            if *plus_or_minus == b'-' { -total } else { total }
        }
        _ => return None,
    };
    Some(Parts {
        year: number(0, 4)?,
        month: two(5)?,
        day: two(8)?,
        hour: two(11)?,
        minute: two(14)?,
        second: if has_seconds { two(17)? } else { 0 },
        fraction,
        offset_minutes,
    })
}

impl Parts<'_> {
    /// Nanoseconds since 1970 in UTC, rounded away from the inside of the window.
    fn nanos(&self, edge: Edge) -> Result<i128, &'static str> {
        let leap = self.second == 60;
        let second = if leap { 59 } else { self.second };
        let civil =
            DateTime::new(self.year, self.month, self.day, self.hour, self.minute, second, 0)
                .map_err(|_| "no such day or time in the calendar")?;
        let seconds = civil.duration_since(date(1970, 1, 1).at(0, 0, 0, 0)).as_secs()
            - self.offset_minutes * 60;
        if leap {
            // A leap second only ever follows 23:59:59 UTC (ITU-R TF.460-6).
            if seconds.rem_euclid(86_400) != 86_399 {
                return Err("second 60 exists only as a leap second at 23:59:60 UTC");
            }
            let rounded = if edge == Edge::End { seconds + 1 } else { seconds };
            return Ok(i128::from(rounded) * 1_000_000_000);
        }
        let (kept, dropped) = self.fraction.split_at(self.fraction.len().min(9));
        let mut fraction = kept.iter().fold(0_i128, |n, d| n * 10 + i128::from(d - b'0'));
        fraction *= 10_i128.pow(9 - kept.len() as u32);
        if edge == Edge::End && dropped.iter().any(|d| *d != b'0') {
            fraction += 1;
        }
        Ok(i128::from(seconds) * 1_000_000_000 + fraction)
    }
}

/// The beginning of a text that may be long, for an error.
fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000_000;

    fn start(text: &str) -> Result<Option<i64>, String> {
        parse(text, Edge::Start).map(|i| i.map(Instant::nanos))
    }

    fn end(text: &str) -> Result<Option<i64>, String> {
        parse(text, Edge::End).map(|i| i.map(Instant::nanos))
    }

    #[test]
    fn any_offset_is_turned_into_utc() {
        for (text, expected) in [
            ("1970-01-01T00:00:01Z", S),
            ("1970-01-01t00:00:01z", S),
            ("1970-01-01 00:00:01Z", S),
            ("1970-01-01T02:00:01+02:00", S),
            ("1969-12-31T18:30:01-05:30", S),
            ("1970-01-01T00:00:01-00:00", S),
            ("1970-01-01T00:01Z", 60 * S),
            ("1970-01-01T02:00:01+0200", S),
            ("1970-01-01T02:00:01+02", S),
            ("1970-01-01 02:01+02:00", 60 * S),
            ("1970-01-01T00:00:00.25Z", S / 4),
            ("1969-12-31T23:59:59.75Z", -S / 4),
        ] {
            assert_eq!(start(text), Ok(Some(expected)), "{text}");
            assert_eq!(end(text), Ok(Some(expected)), "{text}");
        }
    }

    #[test]
    fn a_leap_second_never_shortens_a_window() {
        let midnight = end("2017-01-01T00:00:00Z").unwrap().unwrap();
        for text in ["2016-12-31T23:59:60Z", "2017-01-01T01:59:60.7+02:00"] {
            assert_eq!(end(text), Ok(Some(midnight)), "{text}");
            assert_eq!(start(text), Ok(Some(midnight - S)), "{text}");
        }
        let error = end("2016-12-31T22:59:60Z").unwrap_err();
        assert!(error.contains("only as a leap second at 23:59:60 UTC"), "{error}");
    }

    #[test]
    fn fractions_finer_than_a_nanosecond_widen_the_window() {
        assert_eq!(start("1970-01-01T00:00:00.1234567891Z"), Ok(Some(123_456_789)));
        assert_eq!(end("1970-01-01T00:00:00.1234567891Z"), Ok(Some(123_456_790)));
        assert_eq!(end("1970-01-01T00:00:00.1234567890Z"), Ok(Some(123_456_789)));
        assert_eq!(end("1969-12-31T23:59:59.9999999999Z"), Ok(Some(0)));
    }

    #[test]
    fn what_lies_beyond_the_range_leaves_the_window_open_or_is_an_error() {
        assert_eq!(end("9999-12-31T23:59:59Z"), Ok(None));
        assert_eq!(end("9999-12-31T23:59:60Z"), Ok(None));
        assert_eq!(start("0000-01-01T00:00:00Z"), Ok(None));
        assert!(start("2262-04-12T00:00:00Z").unwrap_err().contains("check the year"));
        assert!(end("1677-09-20T00:00:00Z").unwrap_err().contains("check the year"));
    }

    #[test]
    fn a_time_without_an_offset_is_refused_and_says_so() {
        for text in ["2026-05-18T09:30:00", "2026-05-18T09:30"] {
            assert_eq!(
                start(text).unwrap_err(),
                format!(
                    "`{text}`: the offset from UTC is missing; \
                     write it as 2026-05-18T09:30:00Z or 2026-05-18T12:30:00+03:00"
                )
            );
        }
    }

    #[test]
    fn what_rfc_3339_does_not_allow_is_refused() {
        for text in [
            "",
            "2026-05-18",
            "2026-05-18T09Z",
            "2026-05-18T09:30.5Z",
            "2026-05-18T09:30:Z",
            "+002026-05-18T09:30:00Z",
            "2026-05-18T09:30:00.Z",
            "2026-05-18T09:30:00+3",
            "2026-05-18T09:30:00+030",
            "2026-05-18T09:30:00+2400",
            "2026-05-18T09:30:00+03:0",
            "2026-05-18T09:30:00+24:00",
            "2026-05-18T09:30:00[Europe/Berlin]",
            "2026-05-18T09:30:00Z[UTC]",
            "2026-02-30T09:30:00Z",
            "2026-05-18T24:00:00Z",
            "2026-05-18T09:30:61Z",
            "20260518T093000Z",
            "２０２６-05-18T09:30:00Z",
        ] {
            assert!(start(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_window_that_ends_before_it_begins_is_refused_with_both_times() {
        let error = window(Some("2026-05-18T09:30:00Z"), Some("2026-05-18T09:00:00Z")).unwrap_err();
        assert_eq!(
            error,
            "the end 2026-05-18T09:00:00Z lies before the beginning 2026-05-18T09:30:00Z: \
             swap or correct them"
        );
    }

    #[test]
    fn an_instant_is_written_so_that_it_reads_the_same() {
        for nanos in [0, 1, -1, S, i64::MIN, i64::MAX, 1_779_096_600 * S + 120_000_000] {
            let text = format(Instant(nanos));
            assert_eq!(start(&text), Ok(Some(nanos)), "{text}");
            assert_eq!(end(&text), Ok(Some(nanos)), "{text}");
        }
        assert_eq!(format(Instant(1_779_096_600 * S)), "2026-05-18T09:30:00Z");
    }
}
