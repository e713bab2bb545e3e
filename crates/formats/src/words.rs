//! Places and heights as people write them on a command line or a form.

use deconflict_geometry::{Limit, Position};

use crate::heights::Bare;
use crate::{coordinates, heights};

/// Reads a latitude and a longitude: `33.5062, 38.6166`, `33°30′22.3″N 38°37′00″E`,
/// `N33 30.372 E038 37.000`, `333022N 0383700E`; latitude first, unless letters say otherwise.
///
/// # Errors
/// When the text is no position, can be read in two ways, or is out of range; the error says what to
/// write.
///
/// ```
/// let decimal = deconflict_formats::position("33.5, 38.6").unwrap();
/// assert_eq!(deconflict_formats::position("33°30′00″N 38°36′00″E"), Ok(decimal));
/// assert!(deconflict_formats::position("33,5 38,6 1").is_err());
/// ```
pub fn position(text: &str) -> Result<Position, String> {
    coordinates::parse_position(text)
}

/// Reads a height with its unit and reference: `SFC`, `3500 ft AMSL`, `120 m AGL`, `FL 095`, `UNL`,
/// `UNKNOWN`.
///
/// # Errors
/// When the text is none of these; the error shows it and the forms that are understood.
///
/// ```
/// use deconflict_geometry::{Height, Limit, Reference};
/// let height = Height { metres: 120.0, reference: Reference::Agl };
/// assert_eq!(deconflict_formats::height("120 m AGL"), Ok(Limit::At(height)));
/// assert!(deconflict_formats::height("120 m").is_err());
/// ```
pub fn height(text: &str) -> Result<Limit, String> {
    heights::parse_limit(text, Bare { unit: None, reference: None })
}
