//! The clock, and how long a statement is to be valid.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use deconflict_geometry::Instant;
use deconflict_record::UtcSecond;

use crate::outcome::Failure;
use crate::text;

/// The last second that the record's formats can hold.
const LAST_S: u64 = 253_402_300_799;
const MAX_VALID_S: u64 = 366 * 86_400;

/// Until when a statement may be applied.
#[derive(Args, Clone, Copy, Default, Debug)]
pub(crate) struct Validity {
    /// Do not apply it later than this from now: 90s, 90m, 12h, 3d
    #[arg(long, value_name = "TIME", value_parser = seconds, conflicts_with = "valid_until")]
    pub(crate) valid_for: Option<u64>,
    /// Do not apply it later than this instant (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = text::parse_until)]
    pub(crate) valid_until: Option<Instant>,
}

impl Validity {
    /// The last second at which it may be applied; `None`: no end.
    pub(crate) fn until(self) -> Result<Option<UtcSecond>, Failure> {
        let until = match (self.valid_for, self.valid_until) {
            (Some(seconds), _) => now().seconds() + seconds,
            (None, Some(instant)) => {
                let seconds = instant.nanos().div_euclid(1_000_000_000);
                u64::try_from(seconds).unwrap_or(0).min(LAST_S)
            }
            (None, None) => return Ok(None),
        };
        if until <= now().seconds() {
            return Err("--valid-until lies in the past: nothing was said".to_owned().into());
        }
        Ok(UtcSecond::new(until))
    }
}

/// What time it is.
pub(crate) fn now() -> UtcSecond {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    UtcSecond::new(since.min(LAST_S)).expect("the last second of the year 9999 is one")
}

/// Reads a duration such as `90m` as whole seconds.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let units = [("min", 60), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
    let read = |(unit, factor): (&str, u64)| {
        let number = text.trim().strip_suffix(unit)?.trim_end();
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| number.parse::<u64>().ok()?.checked_mul(factor)).flatten()
    };
    units.into_iter().find_map(read).filter(|s| (1..=MAX_VALID_S).contains(s)).ok_or_else(|| {
        "must be a whole number with its unit, s, m, h or d, such as 90m; at most 366 days"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_with_its_unit() {
        for (text, s) in
            [("90s", 90), ("90m", 5_400), ("90min", 5_400), ("2 h", 7_200), ("3d", 259_200)]
        {
            assert_eq!(seconds(text), Ok(s), "{text}");
        }
        for text in ["", "90", "m", "-1m", "1.5h", "0s", "400d", "99999999999999999999d"] {
            assert!(seconds(text).unwrap_err().contains("such as 90m"), "{text}");
        }
    }
}
