//! Volumes as parties write them, and what they mean.

use std::fmt;

use deconflict_geometry::{
    Band, BandError, Circle, Corridor, EdgeRule, Footprint, FootprintError, Height, Limit, Polygon,
    Position, PositionError, Reference, Volume, Window, WindowError,
};
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A place on WGS84.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Latitude in degrees, [-90, 90].
    pub lat: f64,
    /// Longitude in degrees, [-180, 180].
    pub lon: f64,
}

/// How the vertices of a boundary are joined.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edges {
    /// By great-circle arcs.
    #[default]
    GreatCircle,
    /// By the shortest paths on the WGS84 ellipsoid.
    Geodesic,
    /// Straight in longitude and latitude.
    LonLat,
}

/// A footprint as its author wrote it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Shape {
    /// All points within a distance of a place.
    Circle {
        /// The centre.
        center: Place,
        /// Metres along the earth, [1, 10,000,000].
        radius_m: f64,
    },
    /// What a ring encloses, without what further rings within it enclose.
    Polygon {
        /// The shell and then the holes; the last vertex need not repeat the first.
        rings: Vec<Vec<Place>>,
        /// What joins the vertices.
        #[serde(default)]
        edges: Edges,
    },
    /// All points within a distance of a line.
    Corridor {
        /// The line.
        path: Vec<Place>,
        /// Metres along the earth, [1, 1,000,000].
        half_width_m: f64,
        /// What joins the vertices.
        #[serde(default)]
        edges: Edges,
    },
}

/// What a height is counted from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Datum {
    /// The WGS84 ellipsoid.
    W84,
    /// Mean sea level.
    #[serde(rename = "AMSL")]
    Amsl,
    /// The ground or the water's surface below.
    #[serde(rename = "AGL")]
    Agl,
    /// The pressure level 1013.25 hPa; metres of pressure altitude.
    #[serde(rename = "FL")]
    FlightLevel,
}

/// One end of a band of heights.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Level {
    /// A height.
    At {
        /// Metres.
        m: f64,
        /// Counted from what.
        above: Datum,
    },
    /// Without end in this direction.
    Unlimited,
    /// There is an end, and its author does not say which.
    Unknown,
}

impl Level {
    /// The ground.
    pub const SURFACE: Level = Level::At { m: 0.0, above: Datum::Agl };
}

/// A part of space for a time, as its author wrote it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredVolume {
    /// Its outline on the ground.
    pub shape: Shape,
    /// From which height.
    pub lower: Level,
    /// To which height.
    pub upper: Level,
    /// From when; `None`: since ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Time>,
    /// Until when; `None`: until further notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// Why something is not a volume.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum VolumeError {
    /// A place is none.
    Place(PositionError),
    /// A footprint is none.
    Shape(FootprintError),
    /// A band is none.
    Band(BandError),
    /// The window ends before it begins.
    Window {},
}

impl Place {
    /// The position that is meant.
    ///
    /// # Errors
    /// When latitude or longitude is out of range.
    pub fn position(self) -> Result<Position, PositionError> {
        Position::new(self.lat, self.lon)
    }
}

impl From<Position> for Place {
    fn from(position: Position) -> Place {
        Place { lat: position.lat_deg(), lon: position.lon_deg() }
    }
}

impl Shape {
    /// The footprint that is meant.
    ///
    /// # Errors
    /// When a place or the whole is none; see [`FootprintError`].
    pub fn footprint(&self) -> Result<Footprint, VolumeError> {
        let line =
            |places: &[Place]| places.iter().map(|p| p.position()).collect::<Result<Vec<_>, _>>();
        match self {
            Shape::Circle { center, radius_m } => {
                Circle::new(center.position()?, *radius_m).map(Footprint::Circle)
            }
            Shape::Polygon { rings, edges } => {
                let rings = rings.iter().map(|ring| line(ring)).collect::<Result<Vec<_>, _>>()?;
                Polygon::new(rings, edges.rule()).map(|polygon| Footprint::Polygons(vec![polygon]))
            }
            Shape::Corridor { path, half_width_m, edges } => {
                Corridor::new(line(path)?, *half_width_m, edges.rule()).map(Footprint::Corridor)
            }
        }
        .map_err(VolumeError::Shape)
    }

    /// How many places it names.
    pub fn vertices(&self) -> usize {
        match self {
            Shape::Circle { .. } => 1,
            // A ring without any counts too, since it takes room.
            Shape::Polygon { rings, .. } => rings.iter().map(|ring| ring.len().max(1)).sum(),
            Shape::Corridor { path, .. } => path.len(),
        }
    }
}

impl Edges {
    fn rule(self) -> EdgeRule {
        match self {
            Edges::GreatCircle => EdgeRule::GreatCircle,
            Edges::Geodesic => EdgeRule::Geodesic,
            Edges::LonLat => EdgeRule::LonLat,
        }
    }
}

impl Level {
    /// The limit that is meant.
    pub fn limit(self) -> Limit {
        match self {
            Level::Unlimited => Limit::Unlimited,
            Level::Unknown => Limit::Unknown,
            Level::At { m, above } => Limit::At(Height { metres: m, reference: above.reference() }),
        }
    }
}

impl Datum {
    fn reference(self) -> Reference {
        match self {
            Datum::W84 => Reference::W84,
            Datum::Amsl => Reference::Amsl,
            Datum::Agl => Reference::Agl,
            Datum::FlightLevel => Reference::FlightLevel,
        }
    }
}

impl DeclaredVolume {
    /// The volume that is meant.
    ///
    /// # Errors
    /// When a part of it is none.
    pub fn volume(&self) -> Result<Volume, VolumeError> {
        Ok(Volume {
            footprint: self.shape.footprint()?,
            band: Band::new(self.lower.limit(), self.upper.limit()).map_err(VolumeError::Band)?,
            window: window(self.from, self.until)?,
        })
    }
}

/// The window from one instant to another.
pub(crate) fn window(from: Option<Time>, until: Option<Time>) -> Result<Window, VolumeError> {
    Window::new(from.map(|t| t.0), until.map(|t| t.0)).map_err(|WindowError| VolumeError::Window {})
}

impl From<PositionError> for VolumeError {
    fn from(error: PositionError) -> VolumeError {
        VolumeError::Place(error)
    }
}

/// The code and its parameters, for logs: people are told by `words`.
impl fmt::Display for VolumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for VolumeError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(json: &str) -> Result<Volume, VolumeError> {
        serde_json::from_str::<DeclaredVolume>(json).unwrap().volume()
    }

    #[test]
    fn a_volume_is_read_as_written() {
        let read = volume(
            r#"{"shape":{"circle":{"center":{"lat":33.5,"lon":38.6},"radius_m":55000}},
                "lower":{"at":{"m":0,"above":"AGL"}},"upper":"unlimited",
                "from":"2017-05-18T00:00:00Z"}"#,
        )
        .unwrap();
        assert!(matches!(&read.footprint, Footprint::Circle(c) if c.radius_m() == 55_000.0));
        assert_eq!(read.band.lower(), Limit::At(Height::SURFACE));
        assert_eq!(read.window.until(), None);
    }

    #[test]
    fn what_is_no_volume_says_which_part_is_wrong() {
        let circle = r#"{"shape":{"circle":{"center":{"lat":LAT,"lon":38.6},"radius_m":R}},
            "lower":{"at":{"m":0,"above":"AGL"}},"upper":"unlimited",
            "from":"2017-05-18T00:00:00Z","until":"2017-05-18T01:00:00Z"}"#;
        let of = |lat: &str, r: &str| volume(&circle.replace("LAT", lat).replace('R', r));
        assert!(of("33.5", "1").is_ok());
        assert!(matches!(of("91", "1"), Err(VolumeError::Place(_))));
        assert!(matches!(of("33.5", "0"), Err(VolumeError::Shape(_))));
    }
}
