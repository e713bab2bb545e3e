//! Which volumes are near enough to need the exact question.

use deconflict_geometry::{Rules, SpaceTimeIndex, Volume};

/// The volumes, ready to be asked which of them may be near one of them.
pub(crate) struct Candidates<'a> {
    volumes: &'a [&'a Volume],
    rules: &'a Rules,
    index: SpaceTimeIndex,
}

impl<'a> Candidates<'a> {
    /// Indexes the volumes under their numbers.
    pub(crate) fn new(volumes: &'a [&'a Volume], rules: &'a Rules) -> Candidates<'a> {
        let mut index = SpaceTimeIndex::new();
        for (key, volume) in (0u32..).zip(volumes) {
            index.insert(key, &volume.bounds(rules));
        }
        Candidates { volumes, rules, index }
    }

    /// Calls `found` with the number of each volume that may be nearer to volume `i` than the rules
    /// require; itself included.
    pub(crate) fn of(&self, i: usize, mut found: impl FnMut(usize)) {
        self.index.query(&self.volumes[i].reach(self.rules), |key| found(key as usize));
    }
}
