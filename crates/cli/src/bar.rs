//! Showing on the terminal how far a long work has come.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Work that is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on standard error, if that is a terminal; it goes when it is dropped.
pub(crate) struct Bar {
    doing: &'static str,
    began: Instant,
    shown: Option<ProgressBar>,
}

impl Bar {
    /// For work that begins now, called so in the bar.
    pub(crate) fn new(doing: &'static str) -> Bar {
        Bar { doing, began: Instant::now(), shown: None }
    }

    /// So many of so many parts are done.
    pub(crate) fn tell(&mut self, done: u64, of: u64) {
        if self.shown.is_none() && self.began.elapsed() > PATIENCE && stderr().is_terminal() {
            let bar = ProgressBar::new(of);
            let template = format!("  {} {{wide_bar}} {{percent}}%", self.doing);
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar.set_style(style);
            }
            self.shown = Some(bar);
        }
        if let Some(bar) = &self.shown {
            bar.set_length(of);
            bar.set_position(done);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}
