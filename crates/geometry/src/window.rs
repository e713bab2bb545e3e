//! Instants and windows of time.

use std::cmp::Ordering;
use std::fmt;

use crate::relation::{Reason, Relation, Verdict};

/// An instant: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// The range is 1677-09-21 to 2262-04-11. A reader of text maps an *end* at a leap second
/// (`23:59:60Z`) to the second after it, so that a window is never shortened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Instant(pub i64);

impl Instant {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub fn nanos(self) -> i64 {
        self.0
    }
}

/// When a volume is in force: a closed interval that may be open-ended on either side.
///
/// ```
/// use deconflict_geometry::{Instant, Window};
/// let open_ended = Window::new(Some(Instant(0)), None).unwrap();
/// assert_eq!(open_ended.until(), None);
/// assert!(Window::new(Some(Instant(1)), Some(Instant(0))).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    from: Option<Instant>,
    until: Option<Instant>,
    part_time: bool,
}

/// A window that ends before it begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WindowError;

impl Window {
    /// Without a beginning and without an end.
    pub const ALWAYS: Window = Window { from: None, until: None, part_time: false };

    /// From `from` (`None`: since ever) to `until` (`None`: until further notice), both included.
    ///
    /// # Errors
    /// When the end lies before the beginning.
    pub fn new(from: Option<Instant>, until: Option<Instant>) -> Result<Window, WindowError> {
        match (from, until) {
            (Some(f), Some(u)) if u < f => Err(WindowError),
            _ => Ok(Window { from, until, part_time: false }),
        }
    }

    /// The same window, in force only for parts of it that the source gives as a schedule
    /// ("weekdays, sunrise to sunset") and that are not resolved to instants. What meets it in
    /// time meets it possibly.
    #[must_use]
    pub fn part_time(self) -> Window {
        Window { part_time: true, ..self }
    }

    /// The first instant, `None` when open.
    pub fn from(self) -> Option<Instant> {
        self.from
    }

    /// The last instant, `None` when open.
    pub fn until(self) -> Option<Instant> {
        self.until
    }

    /// Whether only unresolved parts of the window are in force.
    pub fn is_part_time(self) -> bool {
        self.part_time
    }
}

/// How two windows lie to one another when `separation_ns` nanoseconds must lie between them.
pub(crate) fn windows(a: Window, b: Window, separation_ns: i64) -> Verdict {
    let relation =
        match (starts_before_end(a, b, separation_ns), starts_before_end(b, a, separation_ns)) {
            (Ordering::Greater, _) | (_, Ordering::Greater) => Relation::Apart,
            // Two instants, and the same.
            (Ordering::Equal, Ordering::Equal) => Relation::Overlap,
            (Ordering::Equal, _) | (_, Ordering::Equal) => Relation::Touch,
            (Ordering::Less, Ordering::Less) => Relation::Overlap,
        };
    if relation == Relation::Overlap && (a.part_time || b.part_time) {
        Verdict::possible(&[Reason::PartTime])
    } else {
        Verdict::certain(relation)
    }
}

/// How the beginning of one window compares with the end of the other, the separation added.
fn starts_before_end(a: Window, b: Window, separation_ns: i64) -> Ordering {
    match (a.from, b.until) {
        (Some(from), Some(until)) => {
            i128::from(from.0).cmp(&(i128::from(until.0) + i128::from(separation_ns)))
        }
        _ => Ordering::Less,
    }
}

/// When both windows are in force; where they are apart, the stretch between them.
pub(crate) fn common_window(a: Window, b: Window) -> Window {
    let from = a.from.max(b.from);
    let until = match (a.until, b.until) {
        (Some(u), Some(v)) => Some(u.min(v)),
        (u, v) => u.or(v),
    };
    let (from, until) = match (from, until) {
        (Some(f), Some(u)) if u < f => (Some(u), Some(f)),
        ends => ends,
    };
    Window { from, until, part_time: a.part_time || b.part_time }
}

/// Nanoseconds between two windows, 0 when they meet; at most `i64::MAX`.
pub(crate) fn windows_gap_ns(a: Window, b: Window) -> i64 {
    let gap = |a: Window, b: Window| match (a.from, b.until) {
        (Some(from), Some(until)) => from.0.saturating_sub(until.0),
        _ => 0,
    };
    gap(a, b).max(gap(b, a)).max(0)
}

impl fmt::Display for WindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the window ends before it begins")
    }
}

impl std::error::Error for WindowError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn w(from: Option<i64>, until: Option<i64>) -> Window {
        Window::new(from.map(Instant), until.map(Instant)).unwrap()
    }

    #[test]
    fn windows_overlap_touch_or_are_apart() {
        let cases = [
            (w(Some(0), Some(10)), w(Some(5), Some(15)), Relation::Overlap),
            (w(Some(0), Some(10)), w(Some(10), Some(15)), Relation::Touch),
            (w(Some(0), Some(10)), w(Some(11), Some(15)), Relation::Apart),
            (w(Some(0), None), w(None, Some(5)), Relation::Overlap),
            (w(Some(6), None), w(None, Some(5)), Relation::Apart),
            (w(Some(5), Some(5)), w(Some(0), Some(10)), Relation::Overlap),
            (w(Some(5), Some(5)), w(Some(5), Some(10)), Relation::Touch),
            (w(Some(5), Some(5)), w(Some(5), Some(5)), Relation::Overlap),
            (Window::ALWAYS, w(Some(5), Some(5)), Relation::Overlap),
        ];
        for (a, b, expected) in cases {
            assert_eq!(windows(a, b, 0), Verdict::certain(expected), "{a:?} {b:?}");
            assert_eq!(windows(b, a, 0), Verdict::certain(expected), "{b:?} {a:?}");
        }
    }

    #[test]
    fn a_required_separation_widens_windows_even_at_the_ends_of_time() {
        let (a, b) = (w(Some(0), Some(10)), w(Some(12), Some(15)));
        assert_eq!(windows(a, b, 1).relation, Relation::Apart);
        assert_eq!(windows(a, b, 2).relation, Relation::Touch);
        assert_eq!(windows(a, b, 3).relation, Relation::Overlap);
        let last = w(Some(i64::MAX - 1), Some(i64::MAX));
        assert_eq!(windows(last, a, i64::MAX).relation, Relation::Overlap);
    }

    #[test]
    fn a_schedule_makes_an_overlap_in_time_possible() {
        let weekdays = Window::ALWAYS.part_time();
        assert_eq!(windows(weekdays, Window::ALWAYS, 0), Verdict::possible(&[Reason::PartTime]));
    }
}
