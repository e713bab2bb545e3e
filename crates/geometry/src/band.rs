//! Heights, their references, and bands of them.

use std::fmt;

/// One international foot in metres, exactly.
pub const FEET_M: f64 = 0.3048;

/// What a height is counted from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reference {
    /// The WGS84 ellipsoid.
    W84,
    /// Mean sea level (the geoid).
    Amsl,
    /// The ground or water below; height 0 is the surface (`SFC`, `GND`).
    Agl,
    /// The 1013.25 hPa surface of the ICAO standard atmosphere: FL 100 is 3048 m here.
    FlightLevel,
}

/// A height in metres above its reference, between -12,000 m and 1,000,000 m.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Height {
    /// Metres above the reference.
    pub metres: f64,
    /// What the metres are counted from.
    pub reference: Reference,
}

/// A lower or upper end of a band.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Limit {
    /// At a height.
    At(Height),
    /// No limit: down to the centre of the earth or up to space.
    Unlimited,
    /// Not declared. It may be anywhere, and whatever hangs on it is possible.
    Unknown,
}

/// A closed band of heights. A declared band is taken to be non-empty.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Band {
    lower: Limit,
    upper: Limit,
}

/// Why two limits are not a band.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum BandError {
    /// A height is not a number or outside [-12,000, 1,000,000] m.
    OutOfRange(f64),
    /// Both limits have the same reference and the lower one is above the upper one (metres).
    UpsideDown {
        /// The lower limit in metres.
        lower_m: f64,
        /// The upper limit in metres.
        upper_m: f64,
    },
}

/// What is known of the ground and the air where heights of different references are compared.
///
/// The defaults are what is physically possible anywhere; a narrower range makes fewer answers
/// `possible`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct HeightFacts {
    terrain_min_m: f64,
    terrain_max_m: f64,
    qnh_min_hpa: f64,
    qnh_max_hpa: f64,
}

/// Why a range is not a usable fact about terrain or pressure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum HeightFactsError {
    /// Terrain must satisfy -500 <= min <= max <= 9,000 metres above mean sea level.
    Terrain(f64, f64),
    /// Pressure must satisfy 850 <= min <= max <= 1,100 hPa.
    Pressure(f64, f64),
}

impl Height {
    /// The surface of the ground or water (`SFC`, `GND`).
    pub const SURFACE: Height = Height { metres: 0.0, reference: Reference::Agl };
}

impl Band {
    /// From the deep to space, as declared.
    pub const UNLIMITED: Band = Band { lower: Limit::Unlimited, upper: Limit::Unlimited };
    /// Nothing is declared of the heights.
    pub const UNKNOWN: Band = Band { lower: Limit::Unknown, upper: Limit::Unknown };

    /// The band between two limits, both included.
    ///
    /// # Errors
    /// When a height is out of range, or the limits share a reference and are upside down.
    pub fn new(lower: Limit, upper: Limit) -> Result<Band, BandError> {
        for limit in [lower, upper] {
            if let Limit::At(h) = limit
                && !(-12_000.0..=1_000_000.0).contains(&h.metres)
            {
                return Err(BandError::OutOfRange(h.metres));
            }
        }
        if let (Limit::At(l), Limit::At(u)) = (lower, upper)
            && l.reference == u.reference
            && l.metres > u.metres
        {
            return Err(BandError::UpsideDown { lower_m: l.metres, upper_m: u.metres });
        }
        Ok(Band { lower, upper })
    }

    /// The lower limit.
    pub fn lower(self) -> Limit {
        self.lower
    }

    /// The upper limit.
    pub fn upper(self) -> Limit {
        self.upper
    }
}

impl HeightFacts {
    /// What holds anywhere on earth: ground from the shore of the Dead Sea to Everest, sea-level
    /// pressure between the lowest (870 hPa, typhoon Tip, 1979) and the highest (1085 hPa,
    /// Tosontsengel, 2001) on record.
    pub const WORLDWIDE: HeightFacts = HeightFacts {
        terrain_min_m: -440.0,
        terrain_max_m: 8_849.0,
        qnh_min_hpa: 870.0,
        qnh_max_hpa: 1_085.0,
    };

    /// The same with the ground known to lie between two heights in metres above mean sea level.
    ///
    /// # Errors
    /// Unless -500 <= min <= max <= 9,000.
    pub fn with_terrain(self, min_m: f64, max_m: f64) -> Result<HeightFacts, HeightFactsError> {
        if !(-500.0 <= min_m && min_m <= max_m && max_m <= 9_000.0) {
            return Err(HeightFactsError::Terrain(min_m, max_m));
        }
        Ok(HeightFacts { terrain_min_m: min_m, terrain_max_m: max_m, ..self })
    }

    /// The same with the sea-level pressure (QNH) known to lie between two values in hectopascals.
    ///
    /// # Errors
    /// Unless 850 <= min <= max <= 1,100.
    pub fn with_pressure(
        self,
        min_hpa: f64,
        max_hpa: f64,
    ) -> Result<HeightFacts, HeightFactsError> {
        if !(850.0 <= min_hpa && min_hpa <= max_hpa && max_hpa <= 1_100.0) {
            return Err(HeightFactsError::Pressure(min_hpa, max_hpa));
        }
        Ok(HeightFacts { qnh_min_hpa: min_hpa, qnh_max_hpa: max_hpa, ..self })
    }
}

impl Default for HeightFacts {
    fn default() -> HeightFacts {
        HeightFacts::WORLDWIDE
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reference::W84 => "W84",
            Reference::Amsl => "AMSL",
            Reference::Agl => "AGL",
            Reference::FlightLevel => "FL",
        })
    }
}

impl fmt::Display for BandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BandError::OutOfRange(m) => {
                write!(f, "height {m} m: must be a number from -12,000 to 1,000,000 m")
            }
            BandError::UpsideDown { lower_m, upper_m } => {
                write!(f, "lower limit {lower_m} m is above upper limit {upper_m} m")
            }
        }
    }
}

impl std::error::Error for BandError {}

impl fmt::Display for HeightFactsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeightFactsError::Terrain(min, max) => write!(
                f,
                "terrain {min},{max}: must be two heights in metres above mean sea level, \
                 lower first, between -500 and 9,000"
            ),
            HeightFactsError::Pressure(min, max) => write!(
                f,
                "pressure {min},{max}: must be two sea-level pressures in hPa, lower first, \
                 between 850 and 1,100"
            ),
        }
    }
}

impl std::error::Error for HeightFactsError {}
