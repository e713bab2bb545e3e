//! How far this machine's clock is from the host's, whose time governs.

use std::time::Duration;

use deconflict_record::{CLOCKS_APART_S, Header, UtcSecond};

use crate::desk::Desk;

/// An answer that took no longer shows what time it was at the host when it was asked.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(2);

/// By how much less two comparisons differ than anything is to be made of it, seconds: each clock is read in whole ones.
const ROUNDING_S: u64 = 1;

impl Desk {
    /// What time it is at the host, where this machine's clock says `now`: as this process has compared the two, else as
    /// a statement says of the clock by which it was signed.
    pub(crate) fn host_time_of(&self, header: &Header, now: UtcSecond) -> UtcSecond {
        host_time(now, self.clock_ahead_s.or(header.clock_ahead_s))
    }

    /// The host's clock showed this when it was asked at `asked` by this desk's; by how many seconds that is ahead. An
    /// answer that did not come at once says no more than that it is ahead.
    pub(crate) fn saw_clock(&mut self, host: UtcSecond, asked: UtcSecond, at_once: bool) -> i64 {
        let ahead_s = asked.seconds().cast_signed() - host.seconds().cast_signed();
        // Whoever waited for the answer was not behind the host for that.
        if at_once || ahead_s > CLOCKS_APART_S {
            self.clock_ahead_s = steady(self.clock_ahead_s, ahead_s);
        }
        ahead_s
    }

    /// The same of what the host says of its time, in an answer that took so long.
    pub(crate) fn told_time(&mut self, told: Option<&str>, asked: UtcSecond, took: Duration) {
        let told = told.and_then(|told| UtcSecond::parse(told).ok());
        if let Some(host) = told.filter(|_| took < AT_ONCE) {
            self.saw_clock(host, asked, true);
        }
    }
}

/// What time it is at the host, where a clock that is so many seconds ahead of it says `now`.
pub fn host_time(now: UtcSecond, clock_ahead_s: Option<i64>) -> UtcSecond {
    let seconds = now.seconds().saturating_add_signed(clock_ahead_s.unwrap_or(0).saturating_neg());
    UtcSecond::new(seconds).unwrap_or(now)
}

/// What is told of two clocks, one of which was found to be so many seconds ahead: as before, where no more than the
/// rounding differs, so that nobody is told each time that it is a second more.
fn steady(before: Option<i64>, ahead_s: i64) -> Option<i64> {
    match before {
        Some(before) if before.abs_diff(ahead_s) <= ROUNDING_S => Some(before),
        _ => Some(ahead_s).filter(|ahead_s| ahead_s.abs() > CLOCKS_APART_S),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(seconds: u64) -> UtcSecond {
        UtcSecond::new(seconds).unwrap()
    }

    #[test]
    fn a_second_more_or_less_changes_nothing_of_what_is_told() {
        for (before, ahead_s, after) in [
            (None, 5, None),
            (None, -5, None),
            (None, 6, Some(6)),
            (Some(6), 7, Some(6)),
            (Some(6), 5, Some(6)),
            (Some(6), 4, None),
            (Some(6), -6, Some(-6)),
            (Some(42), 44, Some(44)),
        ] {
            assert_eq!(steady(before, ahead_s), after, "{before:?} {ahead_s}");
        }
    }

    #[test]
    fn the_time_at_the_host_is_this_clocks_less_what_it_is_ahead() {
        assert_eq!(host_time(second(1_000), None), second(1_000));
        assert_eq!(host_time(second(1_000), Some(42)), second(958));
        assert_eq!(host_time(second(1_000), Some(-42)), second(1_042));
        assert_eq!(host_time(second(10), Some(42)), second(0));
        let last = second(253_402_300_799);
        assert_eq!(host_time(last, Some(-6)), last, "no later than any clock can say");
    }
}
