//! What may wait for the duty officer's morning.

use std::collections::BTreeSet;

use deconflict_core::Time;
use deconflict_vocabulary::Precedence;
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

/// The hours, by the clock of the duty officer's own place, in which what is not urgent waits.
#[derive(Clone, PartialEq, Debug)]
pub struct Night {
    /// The place's own time.
    pub(crate) zone: TimeZone,
    /// When the night begins.
    pub(crate) from: civil::Time,
    /// When it ends.
    pub(crate) until: civil::Time,
    /// What waits: PRIORITY, ROUTINE or both.
    pub(crate) holds: BTreeSet<Precedence>,
}

impl Night {
    /// When the morning comes for what is of this precedence. `None`: it need not wait.
    pub(crate) fn morning_for(&self, precedence: Precedence, now: Time) -> Option<Time> {
        if !self.holds.contains(&precedence) {
            return None;
        }
        let timestamp = Timestamp::from_nanosecond(now.0.nanos().into()).ok()?;
        let local = timestamp.to_zoned(self.zone.clone());
        let clock = local.time();
        let over_midnight = self.from > self.until;
        let before_midnight = over_midnight && clock >= self.from;
        let is_night = match over_midnight {
            true => before_midnight || clock < self.until,
            false => clock >= self.from && clock < self.until,
        };
        if !is_night {
            return None;
        }
        let date = if before_midnight { local.date().tomorrow().ok()? } else { local.date() };
        let morning = date.to_datetime(self.until).to_zoned(self.zone.clone()).ok()?;
        let morning = i64::try_from(morning.timestamp().as_nanosecond()).ok()?;
        // Where the clocks are put back an hour comes twice: nothing is held by a morning that is over.
        let morning = Time::from_seconds(morning.div_euclid(1_000_000_000));
        (morning > now).then_some(morning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night(from: i8, until: i8) -> Night {
        Night {
            zone: TimeZone::get("Europe/Zurich").unwrap(),
            from: civil::time(from, 0, 0, 0),
            until: civil::time(until, 0, 0, 0),
            holds: [Precedence::Priority, Precedence::Routine].into(),
        }
    }

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_urgent_waits_for_the_morning_by_the_clock_of_the_place() {
        let night = night(22, 7);
        let morning = |text: &str| night.morning_for(Precedence::Routine, time(text));
        // Summer: two hours ahead of UTC. Winter: one.
        assert_eq!(morning("2026-07-03T19:59:59Z"), None);
        assert_eq!(morning("2026-07-03T20:00:00Z"), Some(time("2026-07-04T05:00:00Z")));
        assert_eq!(morning("2026-07-04T04:59:59Z"), Some(time("2026-07-04T05:00:00Z")));
        assert_eq!(morning("2026-07-04T05:00:00Z"), None);
        assert_eq!(morning("2026-12-31T22:30:00Z"), Some(time("2027-01-01T06:00:00Z")));
        // The night in which clocks are put on, and the one in which they are put back.
        assert_eq!(morning("2026-03-28T23:00:00Z"), Some(time("2026-03-29T05:00:00Z")));
        assert_eq!(morning("2026-10-24T23:00:00Z"), Some(time("2026-10-25T06:00:00Z")));
    }

    #[test]
    fn a_night_may_lie_within_one_day_and_holds_nothing_that_is_urgent() {
        let early = night(1, 6);
        let at = time("2026-07-03T00:30:00Z");
        let morning = early.morning_for(Precedence::Priority, at);
        assert_eq!(morning, Some(time("2026-07-03T04:00:00Z")));
        assert_eq!(early.morning_for(Precedence::Flash, at), None);
        assert_eq!(early.morning_for(Precedence::Priority, time("2026-07-03T22:30:00Z")), None);
    }
}
