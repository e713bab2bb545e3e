//! Instants and windows of time.

use std::fmt;

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

impl fmt::Display for WindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the window ends before it begins")
    }
}

impl std::error::Error for WindowError {}
