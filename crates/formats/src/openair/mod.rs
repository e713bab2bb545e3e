//! OpenAir: airspace as text, one record a line (WinPilot's format of 1998 and Naviter's extended
//! specification 2.1.0).
//!
//! Lines between points are great circles: the format does not say, and its points are near each
//! other. An arc is kept to 0.1 m and its records are kept too, so that it is written as an arc
//! again as long as nobody changed the volume.

mod angle;
mod outline;
mod read;
mod records;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;

/// The property that holds, for each volume, the records of an outline with arcs, or null.
const OUTLINES: &str = "openair_outline";

/// The records that are kept as properties; a text where all blocks of a feature agree, else one
/// entry for each volume.
const KEPT: [&str; 5] = ["AC", "AY", "AF", "AG", "AX"];

/// The comment that says, before an outline from another format, how many metres its true boundary
/// may lie from its edges; other programs step over it.
const RESIDUAL: &str = "*RESIDUAL_M:";

/// Metres in a nautical mile (ISO 80000-3).
const NAUTICAL_MILE_M: f64 = 1852.0;

/// A text without control characters, which no record can hold: names that differ in them alone are
/// one name.
fn plain(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().to_owned()
}
