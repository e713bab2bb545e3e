//! Points on the WGS84 ellipsoid and their directions.

use std::fmt;

/// A point on the WGS84 ellipsoid, in geodetic degrees exactly as given.
///
/// Latitude lies in [-90, 90], longitude in [-180, 180]; both are finite. The default is 0N 0E.
///
/// ```
/// use deconflict_geometry::Position;
/// let garrison = Position::new(33.5, 38.6).unwrap();
/// assert_eq!(garrison.lat_deg(), 33.5);
/// assert!(Position::new(91.0, 0.0).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Default, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "(f64, f64)", into = "(f64, f64)"))]
pub struct Position {
    lat_deg: f64,
    lon_deg: f64,
}

/// Why a latitude and a longitude are not a [`Position`].
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", deny_unknown_fields))]
pub enum PositionError {
    /// The latitude is not a number or outside [-90, 90] degrees.
    Latitude(f64),
    /// The longitude is not a number or outside [-180, 180] degrees.
    Longitude(f64),
}

impl Position {
    /// The point at `lat_deg` degrees north and `lon_deg` degrees east.
    ///
    /// # Errors
    /// When a value is not a number or out of range.
    pub fn new(lat_deg: f64, lon_deg: f64) -> Result<Position, PositionError> {
        if !(-90.0..=90.0).contains(&lat_deg) {
            return Err(PositionError::Latitude(lat_deg));
        }
        if !(-180.0..=180.0).contains(&lon_deg) {
            return Err(PositionError::Longitude(lon_deg));
        }
        Ok(Position { lat_deg, lon_deg })
    }

    /// Degrees north of the equator, [-90, 90].
    pub fn lat_deg(self) -> f64 {
        self.lat_deg
    }

    /// Degrees east of Greenwich, [-180, 180].
    pub fn lon_deg(self) -> f64 {
        self.lon_deg
    }
}

impl TryFrom<(f64, f64)> for Position {
    type Error = PositionError;

    /// From latitude and longitude in degrees.
    fn try_from((lat_deg, lon_deg): (f64, f64)) -> Result<Position, PositionError> {
        Position::new(lat_deg, lon_deg)
    }
}

impl From<Position> for (f64, f64) {
    /// Latitude and longitude in degrees.
    fn from(position: Position) -> (f64, f64) {
        (position.lat_deg, position.lon_deg)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ns, ew) = (
            if self.lat_deg < 0.0 { 'S' } else { 'N' },
            if self.lon_deg < 0.0 { 'W' } else { 'E' },
        );
        write!(f, "{:.6}{ns} {:.6}{ew}", self.lat_deg.abs(), self.lon_deg.abs())
    }
}

impl fmt::Display for PositionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PositionError::Latitude(v) => {
                write!(f, "latitude {v}: must be a number from -90 to 90 degrees")
            }
            PositionError::Longitude(v) => {
                write!(f, "longitude {v}: must be a number from -180 to 180 degrees")
            }
        }
    }
}

impl std::error::Error for PositionError {}
