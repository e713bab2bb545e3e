//! Instants as parties write them.

use std::fmt;
use std::str::FromStr;

use deconflict_geometry::Instant;
use deconflict_record::UtcSecond;
use jiff::Timestamp;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Nanoseconds in a second.
pub(crate) const SECOND_NS: i64 = 1_000_000_000;

/// Nanoseconds in a millisecond.
const MILLI_NS: i64 = 1_000_000;

/// An instant, written in RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Time(pub Instant);

/// Why a text is not an instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeError(String);

impl Time {
    /// From whole seconds since 1970-01-01T00:00:00Z; the nearest that can be expressed
    /// (1677-09-21 to 2262-04-11).
    pub fn from_seconds(seconds: i64) -> Time {
        Time(Instant(seconds.saturating_mul(SECOND_NS)))
    }

    /// From whole milliseconds since 1970-01-01T00:00:00Z; the nearest that can be expressed.
    pub fn from_millis(millis: i64) -> Time {
        Time(Instant(millis.saturating_mul(MILLI_NS)))
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn seconds(self) -> i64 {
        self.0.nanos().div_euclid(SECOND_NS)
    }

    /// This long after, or at the end of time.
    #[must_use]
    pub fn after_seconds(self, seconds: i64) -> Time {
        Time(Instant(self.0.nanos().saturating_add(seconds.saturating_mul(SECOND_NS))))
    }

    /// This many milliseconds after, or at the end of time.
    #[must_use]
    pub fn after_millis(self, millis: i64) -> Time {
        Time(Instant(self.0.nanos().saturating_add(millis.saturating_mul(MILLI_NS))))
    }

    /// This many nanoseconds after, or at the end of time.
    pub(crate) fn after_nanos(self, nanos: i64) -> Time {
        Time(Instant(self.0.nanos().saturating_add(nanos)))
    }

    /// Milliseconds from another instant to this one, rounded down.
    pub fn millis_since(self, other: Time) -> i64 {
        self.0.nanos().saturating_sub(other.0.nanos()).div_euclid(MILLI_NS)
    }

    /// The first whole millisecond that does not lie before it, or the end of time.
    pub(crate) fn whole_milli(self) -> Time {
        let over = self.0.nanos().rem_euclid(MILLI_NS);
        if over == 0 { self } else { Time(Instant(self.0.nanos().saturating_add(MILLI_NS - over))) }
    }

    /// The second that it lies in, as a record's own formats have it; what lies outside them, at their
    /// edge.
    pub fn utc_second(self) -> UtcSecond {
        const LAST_S: u64 = 253_402_300_799;
        let seconds = u64::try_from(self.seconds()).unwrap_or(0).min(LAST_S);
        UtcSecond::new(seconds).expect("the last second of the year 9999 is one")
    }

    /// Seconds from another instant to this one, rounded down.
    pub fn seconds_since(self, other: Time) -> i64 {
        self.0.nanos().saturating_sub(other.0.nanos()).div_euclid(SECOND_NS)
    }
}

impl From<UtcSecond> for Time {
    /// The second's beginning; what is later than a time can be, at the end of time.
    fn from(second: UtcSecond) -> Time {
        Time::from_seconds(i64::try_from(second.seconds()).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_nanosecond(self.0.nanos().into()) {
            Ok(timestamp) => timestamp.fmt(f),
            Err(_) => write!(f, "{} ns", self.0.nanos()),
        }
    }
}

impl FromStr for Time {
    type Err = TimeError;

    /// Reads `2017-05-18T14:00:00Z`, fractions of a second allowed; UTC only, so that one instant has
    /// one form.
    fn from_str(text: &str) -> Result<Time, TimeError> {
        let error = || TimeError(text.chars().take(40).collect());
        let shaped = text.len() >= 20
            && text.as_bytes()[10] == b'T'
            && text.ends_with('Z')
            && text.bytes().next().is_some_and(|b| b.is_ascii_digit());
        let timestamp: Timestamp = shaped.then(|| text.parse().ok()).flatten().ok_or_else(error)?;
        let nanos = i64::try_from(timestamp.as_nanosecond()).map_err(|_| error())?;
        let time = Time(Instant(nanos));
        // A leap second, or more digits than nanoseconds, would mean another instant.
        if time.to_string() == text { Ok(time) } else { Err(error()) }
    }
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "time `{}`: must be RFC 3339 in UTC without needless zeros, such as \
             2017-05-18T14:00:00Z, between 1677-09-22 and 2262-04-11",
            self.0
        )
    }
}

impl std::error::Error for TimeError {}

impl Serialize for Time {
    /// As text, or as its nanoseconds in 8 bytes where nobody is to read it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0.0.to_be_bytes())
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        /// Reads either, as what is written as bytes may come by way of a buffer that does not say so.
        struct Reading;
        impl Visitor<'_> for Reading {
            type Value = Time;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Time, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Time, E> {
                let nanos = bytes.try_into().map(i64::from_be_bytes);
                nanos
                    .map(|nanos| Time(Instant(nanos)))
                    .map_err(|_| E::invalid_length(bytes.len(), &"8 bytes"))
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Reading)
        } else {
            deserializer.deserialize_bytes(Reading)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_one_form() {
        for good in
            ["2017-05-18T14:00:00Z", "1969-12-31T23:59:59.5Z", "2026-11-22T00:00:00.000000001Z"]
        {
            assert_eq!(good.parse::<Time>().unwrap().to_string(), good);
        }
        for bad in [
            "2017-05-18T14:00:00+00:00",
            "2017-05-18T14:00:00.0Z",
            "2016-12-31T23:59:60Z",
            "2017-05-18 14:00:00Z",
            "2017-05-18T14:00Z",
            "+002017-05-18T14:00:00Z",
            "3000-01-01T00:00:00Z",
            "",
            "soon",
        ] {
            assert!(bad.parse::<Time>().is_err(), "{bad}");
        }
    }

    #[test]
    fn seconds_are_rounded_down_and_never_overflow() {
        assert_eq!("1969-12-31T23:59:59.5Z".parse::<Time>().unwrap().seconds(), -1);
        assert_eq!(Time::from_seconds(i64::MAX).after_seconds(1), Time(Instant(i64::MAX)));
        assert_eq!(Time::from_seconds(10).seconds_since(Time::from_seconds(4)), 6);
        assert_eq!(Time::from_millis(-1).seconds(), -1);
    }

    #[test]
    fn milliseconds_are_counted_down_and_waited_for_up() {
        let half: Time = "2017-05-18T14:00:00.0005Z".parse().unwrap();
        let (before, after) =
            (Time::from_millis(1_495_116_000_000), Time::from_millis(1_495_116_000_001));
        assert_eq!((half.whole_milli(), before.whole_milli()), (after, before));
        assert_eq!((half.millis_since(before), before.millis_since(half)), (0, -1));
        assert_eq!(before.after_millis(1), after);
        let last = Time(Instant(i64::MAX));
        assert_eq!((last.whole_milli(), last.after_millis(1)), (last, last));
        assert_eq!(Time::from(half.utc_second()), before);
        assert_eq!(Time::from_seconds(-1).utc_second().seconds(), 0);
    }
}
