//! Which volumes are near enough to need the exact question.

use deconflict_geometry::{Rules, Volume};

/// The volumes, ready to be asked which of them may be near one of them.
pub(crate) struct Candidates<'a> {
    volumes: &'a [&'a Volume],
    time_ns: i64,
}

impl<'a> Candidates<'a> {
    pub(crate) fn new(volumes: &'a [&'a Volume], rules: &Rules) -> Candidates<'a> {
        Candidates { volumes, time_ns: rules.separation.time_ns }
    }

    /// Calls `found` with the number of each volume that may conflict with volume `i`, itself
    /// perhaps included.
    pub(crate) fn of(&self, i: usize, mut found: impl FnMut(usize)) {
        let window = self.volumes[i].window;
        let from = window.from().map(|t| t.0.saturating_sub(self.time_ns));
        let until = window.until().map(|t| t.0.saturating_add(self.time_ns));
        for (j, volume) in self.volumes.iter().enumerate() {
            let over = volume.window.until().zip(from).is_some_and(|(u, f)| u.0 < f);
            let to_come = volume.window.from().zip(until).is_some_and(|(f, u)| f.0 > u);
            if !over && !to_come {
                found(j);
            }
        }
    }
}
