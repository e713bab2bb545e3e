//! The clock, and how long a statement is to be valid.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use deconflict_core::{Kind, Say};
use deconflict_geometry::Instant;
use deconflict_record::UtcSecond;
use deconflict_vocabulary::{Effect, Moment};
use deconflict_words::english::clock_apart;

use crate::outcome::Failure;
use crate::text;

/// The last second that the record's formats can hold.
const LAST_S: u64 = 253_402_300_799;
const MAX_VALID_S: u64 = 366 * 86_400;

/// Until when a statement may be applied.
#[derive(Args, Clone, Copy, Default, Debug)]
pub(crate) struct Validity {
    /// Do not apply it later than this from now: 90s, 90m, 12h, 3d; if nothing is said, 24h, and no end for what
    /// concerns sites and movements, ends, withdraws or revokes
    #[arg(long, value_name = "TIME", value_parser = seconds, conflicts_with = "valid_until")]
    pub(crate) valid_for: Option<u64>,
    /// Do not apply it later than this instant (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = text::parse_until)]
    pub(crate) valid_until: Option<Instant>,
}

/// How long a statement may be applied where nobody says so, seconds: long enough for a line that is down overnight, and
/// not so long that what was meant for today takes effect next week.
const USUAL_S: u64 = 86_400;

/// Whether what is said ceases to be meant: what protects somebody, and what ends or takes something back, does not.
fn lapses(say: &Say) -> bool {
    match say {
        Say::Declare { declared, .. } | Say::Amend { declared, .. } => {
            !matches!(declared.kind(), Kind::Site | Kind::Movement)
        }
        Say::Reconfirm { .. }
        | Say::End { .. }
        | Say::Withdraw { .. }
        | Say::Suspend { .. }
        | Say::WithdrawAgreement { .. }
        | Say::StopSpeakingFor { .. }
        | Say::Revoke { .. }
        | Say::RotateRoot { .. }
        // A receipt says what has happened, and so does whoever confirms something.
        | Say::Receive { .. }
        | Say::Confirm { .. }
        | Say::Void { .. } => false,
        Say::Send { message, .. } => message.code.row().effect != Effect::Cancels,
        Say::EnterFor { said, .. } | Say::Attest { said, .. } => lapses(said),
        _ => true,
    }
}

/// The instant until which a message that is sent now says that there is time: it can be complied with until then.
fn asked_by(say: &Say, now: UtcSecond) -> Option<u64> {
    let message = match say {
        Say::Send { message, .. } => message,
        Say::EnterFor { said, .. } | Say::Attest { said, .. } => return asked_by(said, now),
        _ => return None,
    };
    let now = Moment::from_seconds(now.seconds().cast_signed())?;
    let left_s = message.time_left_s(now)?;
    u64::try_from(now.seconds().checked_add(left_s)?).ok()
}

impl Validity {
    /// The last second at which this may be applied, said at a time of the host's; `None`: no end. Where nobody said, a
    /// day for what lapses.
    pub(crate) fn until_of(self, say: &Say, now: UtcSecond) -> Result<Option<UtcSecond>, Failure> {
        match self.until(now)? {
            None if lapses(say) => {
                let a_day = now.seconds() + USUAL_S;
                Ok(UtcSecond::new(a_day.max(asked_by(say, now).unwrap_or(0)).min(LAST_S)))
            }
            until => Ok(until),
        }
    }

    /// The last second that was given; `None`: none was.
    fn until(self, now: UtcSecond) -> Result<Option<UtcSecond>, Failure> {
        let until = match (self.valid_for, self.valid_until) {
            (Some(seconds), _) => now.seconds() + seconds,
            (None, Some(instant)) => {
                let seconds = instant.nanos().div_euclid(1_000_000_000);
                u64::try_from(seconds).unwrap_or(0).min(LAST_S)
            }
            (None, None) => return Ok(None),
        };
        if until <= now.seconds() {
            return Err("--valid-until lies in the past: nothing was said".to_owned().into());
        }
        Ok(UtcSecond::new(until))
    }
}

/// What time it is by this machine's clock. Whatever is counted from now for others is counted from the host's time:
/// [`super::DeskSession::now`].
pub(crate) fn now() -> UtcSecond {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    UtcSecond::new(since.min(LAST_S)).expect("the last second of the year 9999 is one")
}

/// That this desk's clock and the host's are apart, and what that means.
pub(crate) fn clocks_apart(ahead_s: i64) -> String {
    format!(
        "this desk's clock is about {}, whose time governs and stands in the record: find out which of the two is wrong, \
         and set it. What is signed here says so, and times from now are counted by the host's clock. A new zone or \
         operation waits until the clocks agree; nothing else is held back",
        clock_apart(ahead_s)
    )
}

/// How many minutes this machine's local time is ahead of UTC at a second since 1970.
pub(crate) fn local_min(seconds: i64) -> i32 {
    let at = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    jiff::tz::TimeZone::system().to_offset(at).seconds() / 60
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
    use deconflict_vocabulary::{CodeId, Message, Traffic};

    use super::*;

    #[test]
    fn what_protects_or_ends_has_no_end_of_validity_and_all_else_a_day() {
        let until = |say: &Say| Validity::default().until_of(say, now()).unwrap();
        let ending = Say::Withdraw { reason: "quarrel".into() };
        assert_eq!(until(&ending), None);
        let (before, until) = (now().seconds(), until(&Say::Resume {}).unwrap().seconds());
        assert!((before + USUAL_S..=now().seconds() + USUAL_S).contains(&until));
        let an_hour = Validity { valid_for: Some(3_600), valid_until: None };
        assert!(an_hour.until_of(&ending, now()).unwrap().is_some(), "what is said holds");
        let attested = Say::Attest { evidence: String::new(), said: Box::new(ending) };
        assert_eq!(Validity::default().until_of(&attested, now()).unwrap(), None);
    }

    #[test]
    fn what_is_asked_for_within_so_many_minutes_can_be_complied_with_for_as_long() {
        let sending = |code: &str, parameters: &str| Say::Send {
            message: Box::new(Message {
                code: CodeId::new(code).unwrap(),
                parameters: serde_json::from_str(parameters).unwrap(),
            }),
            to: ["south".parse().unwrap()].into(),
            traffic: Traffic::Real,
            remark: None,
        };
        let by = r#"{"by":{"time":"2040-06-06T12:00:00Z"}}"#;
        let at = UtcSecond::new(1_800_000_000).unwrap();
        assert_eq!(asked_by(&sending("W4", by), at), Some(2_222_596_800));
        assert_eq!(asked_by(&sending("L1", r#"{"n":{"number":1}}"#), at), None);
        let say = sending("O4", r#"{"time_to_start":{"minutes":90}}"#);
        assert_eq!(asked_by(&say, at), Some(1_800_005_400));
    }

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
