//! A volume: where, how high, when.

use crate::geodesic::{MEAN_RADIUS_M, SHORTEST};
use crate::{Band, Footprint, Rules, SpaceTimeBox, Window};

/// A part of space and time that somebody declares.
#[derive(Clone, PartialEq, Debug)]
pub struct Volume {
    /// Where on the earth.
    pub footprint: Footprint,
    /// Between which heights.
    pub band: Band,
    /// Between which instants; part-time where they are not all known.
    pub window: Window,
}

impl Volume {
    /// The box under which the index keeps the volume. Two volumes that are not apart under rules
    /// without a separation have boxes that meet.
    pub fn bounds(&self, rules: &Rules) -> SpaceTimeBox {
        self.bounds_grown(rules, 0.0, 0.0, 0)
    }

    /// The box with which the index is asked for what is nearer to the volume than `rules` require.
    pub fn reach(&self, rules: &Rules) -> SpaceTimeBox {
        let apart = rules.separation;
        self.bounds_grown(rules, apart.horizontal_m, apart.vertical_m, apart.time_ns)
    }

    fn bounds_grown(
        &self,
        rules: &Rules,
        horizontal_m: f64,
        vertical_m: f64,
        time_ns: i64,
    ) -> SpaceTimeBox {
        // A chord is no longer than its arc.
        let corners = self.footprint.bounds().grown(horizontal_m / (SHORTEST * MEAN_RADIUS_M));
        let (low, high) = self.band.amsl_m(&rules.heights);
        let from = self.window.from().map_or(i64::MIN, |t| t.nanos().saturating_sub(time_ns));
        let until = self.window.until().map_or(i64::MAX, |t| t.nanos().saturating_add(time_ns));
        SpaceTimeBox::new(
            corners.min,
            corners.max,
            (low - vertical_m, high + vertical_m),
            (from, until),
        )
    }
}
