//! GeoJSON (RFC 7946) and EUROCAE ED-318, which is GeoJSON with `layer` and `extent` members in its
//! geometries and agreed property names. One reader takes both, and the variants that nations
//! publish; each has its own way of writing.
//!
//! Edges are straight in longitude and latitude (RFC 7946, section 3.1.1).

mod mask;
mod read;
mod shape;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use read::read;
pub(crate) use shape::{polygon, whole_rings};
pub(crate) use write::{rings_value, window_pattern, write};

/// The property that holds ED-318's periods; kept as given, schedules included.
const PERIODS: &str = "limitedApplicability";

/// The property, in normal form, in which what is left of an ED-269 geometry stands: its heights
/// without its projection. Estonia's file has it.
const NESTED_BAND: &str = "geometry";

/// The object in which Spain's files keep `identifier`, `name` and `type`.
const NESTED_ZONE: &str = "UASZone";
