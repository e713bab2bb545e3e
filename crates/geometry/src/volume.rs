//! A volume: where, how high, when.

use crate::{Band, Footprint, Window};

/// A part of space and time that somebody declares.
#[derive(Clone, PartialEq, Debug)]
pub struct Volume {
    /// Where on the earth.
    pub footprint: Footprint,
    /// Between which heights.
    pub band: Band,
    /// When.
    pub window: Window,
}
