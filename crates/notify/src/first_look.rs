//! From when on a desk that was started knows enough to tell people of what waits.

use std::time::{Duration, Instant};

/// How long it waits for a line that is down.
const WITHOUT_LINE: Duration = Duration::from_secs(10);
/// How long it waits for what is read on the first time.
const AT_MOST: Duration = Duration::from_secs(60);

/// How a desk stands with its host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeskReach {
    /// It has not read on yet, and nothing says that it cannot.
    ReadingOn,
    /// It has no line, or the host has too much to do.
    WithoutLine,
    /// It has read on to the end of the record.
    UpToDate,
}

/// Whether a desk has read on once since it was started: what it shows before that may have been answered long ago.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FirstLook {
    begun: Instant,
    is_over: bool,
}

impl FirstLook {
    /// The desk begins now.
    pub fn begin(now: Instant) -> FirstLook {
        FirstLook { begun: now, is_over: false }
    }

    /// Whether people may be told of what it shows: once that was so it stays so.
    pub fn is_over(&mut self, reach: DeskReach, now: Instant) -> bool {
        let waited = now.saturating_duration_since(self.begun);
        self.is_over |= match reach {
            DeskReach::UpToDate => true,
            DeskReach::WithoutLine => waited >= WITHOUT_LINE,
            DeskReach::ReadingOn => waited >= AT_MOST,
        };
        self.is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_before_the_first_reading_or_a_while_without_a_line() {
        let begun = Instant::now();
        let after = |seconds| begun + Duration::from_secs(seconds);
        let mut look = FirstLook::begin(begun);
        assert!(!look.is_over(DeskReach::ReadingOn, begun));
        assert!(!look.is_over(DeskReach::WithoutLine, after(9)));
        assert!(look.is_over(DeskReach::WithoutLine, after(10)));
        assert!(look.is_over(DeskReach::ReadingOn, after(11)), "once over it stays so");
        assert!(FirstLook::begin(begun).is_over(DeskReach::UpToDate, begun));
        let mut long = FirstLook::begin(begun);
        assert!(!long.is_over(DeskReach::ReadingOn, after(59)));
        assert!(
            long.is_over(DeskReach::ReadingOn, after(60)),
            "a host that never ends holds nothing up"
        );
    }
}
