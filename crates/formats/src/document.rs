//! What a file says, whatever its format.

use std::fmt;

use deconflict_geometry::Volume;
use serde_json::{Map, Value};

/// The formats that are read and written.
///
/// With the feature `clap`, each is a value of an option by the name that people use for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Format {
    /// RFC 7946.
    #[cfg_attr(feature = "clap", value(name = "geojson", help = None::<&'static str>))]
    GeoJson,
    /// EUROCAE ED-318 (GeoJSON with `layer`, `extent` and multilingual names).
    #[cfg_attr(feature = "clap", value(help = None::<&'static str>))]
    Ed318,
    /// EUROCAE ED-269 (`UASZoneList`).
    #[cfg_attr(feature = "clap", value(help = None::<&'static str>))]
    Ed269,
    /// OpenAir text.
    #[cfg_attr(feature = "clap", value(name = "openair", help = None::<&'static str>))]
    OpenAir,
    /// OGC KML 2.2.
    #[cfg_attr(feature = "clap", value(help = None::<&'static str>))]
    Kml,
    /// KML in a zip archive.
    #[cfg_attr(feature = "clap", value(help = None::<&'static str>))]
    Kmz,
    /// A site list as comma-separated values.
    #[cfg_attr(feature = "clap", value(help = None::<&'static str>))]
    Csv,
    /// A site list as an Office Open XML workbook.
    #[cfg_attr(feature = "clap", value(help = None::<&'static str>))]
    Xlsx,
    /// ASTM F3548-21 operational intents with `Volume4D`.
    #[cfg_attr(feature = "clap", value(help = None::<&'static str>))]
    F3548,
}

/// What a file says.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// The format that it was read from.
    pub format: Format,
    /// Its features, in the file's order.
    pub features: Vec<Feature>,
    /// What was passed over or taken for granted, a kind at a time: none of it bears on a place, a
    /// height or a time but as it says.
    pub notes: Vec<ReadNote>,
    /// What was left out because it is mistaken ([`ReadOptions`](crate::ReadOptions)).
    pub omissions: Vec<Omission>,
    /// What is declared without a place, so that there is nothing to compare.
    pub placeless: Placeless,
}

/// A kind of thing that was passed over or taken for granted in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadNote {
    /// What was done with it, in words that hold for each of them.
    pub what: String,
    /// How many there were.
    pub count: usize,
    /// Where the first one stands.
    pub first: SourcePlace,
}

/// A volume or feature that was left out because it is mistaken.
#[derive(Clone, PartialEq, Debug)]
pub struct Omission {
    /// Where it, or its first mistake, stands.
    pub place: SourcePlace,
    /// Its identifier, where it has one.
    pub id: Option<String>,
    /// What is wrong with it; at least one mistake.
    pub mistakes: Vec<ReadError>,
    /// A volume beyond which it cannot reach, whatever was meant; `None`: it may be anywhere.
    pub hull: Option<Volume>,
}

/// Features that are declared without a place (RFC 7946, section 3.2, calls them unlocated).
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Placeless {
    /// How many.
    pub count: usize,
    /// Place and identifier of the first ones.
    pub first: Vec<(SourcePlace, String)>,
}

/// One named thing in a file: an airspace structure, a zone, a site, an operational intent.
#[derive(Clone, PartialEq, Debug)]
pub struct Feature {
    /// The file's own identifier; where it has none, the name; where it has no name either,
    /// `feature N`, counted from 1.
    pub id: String,
    /// Its names, in every language that the file gives.
    pub names: Vec<Text>,
    /// The file's own word for what it is (`PROHIBITED`, `CTR`, `hospital`), empty if none.
    pub kind: String,
    /// The kind of each volume, where the file gives volumes of several kinds one identifier (a
    /// zone and a drop area of the same name); empty where all are of `kind`. Volumes of different
    /// kinds are different declarations.
    pub volume_kinds: Vec<String>,
    /// Its volumes, in the file's order.
    pub volumes: Vec<Volume>,
    /// Where in the file it begins.
    pub place: SourcePlace,
    /// What else the file says of it, kept for writing it back.
    pub properties: Map<String, Value>,
}

/// A text and its language (BCP 47), if that is given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The language tag, such as `de-CH`.
    pub lang: Option<String>,
}

/// A place in an input.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SourcePlace {
    /// The input as a whole.
    Whole,
    /// A line, counted from 1.
    Line(usize),
    /// A row of a table, counted from 1 as a spreadsheet does; the header is row 1.
    Row(usize),
    /// A feature, counted from 1.
    Feature(usize),
}

/// Why an input, or a part of it, was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadError {
    /// The place in the input.
    pub place: SourcePlace,
    /// The identifier of the feature concerned, where one is known.
    pub feature: Option<String>,
    /// What is wrong, and what to do about it.
    pub what: String,
}

/// Why a document cannot be written in a format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WriteError {
    /// The feature that the format cannot express.
    pub feature: String,
    /// What it cannot express, and what to do about it.
    pub what: String,
}

impl Document {
    /// A document of these features, of which nothing was left out.
    pub fn new(format: Format, features: Vec<Feature>) -> Document {
        Document {
            format,
            features,
            notes: Vec::new(),
            omissions: Vec::new(),
            placeless: Placeless::default(),
        }
    }

    /// Whether everything that the file declares stands among the features.
    pub fn is_whole(&self) -> bool {
        self.omissions.is_empty() && self.placeless.count == 0
    }
}

impl ReadError {
    /// A mistake at `place`, in the feature of that identifier where it is known.
    pub(crate) fn new(
        place: SourcePlace,
        feature: Option<&str>,
        what: impl Into<String>,
    ) -> ReadError {
        let feature = feature.map(|id| clipped(id, LONGEST_ID));
        ReadError { place, feature, what: clipped(&what.into(), LONGEST_WHAT) }
    }
}

/// How many characters of an identifier, and of what is wrong, a message repeats: an input may hold
/// a name of a hundred megabytes.
const LONGEST_ID: usize = 80;
const LONGEST_WHAT: usize = 6_000;

/// An identifier as messages repeat it.
pub(crate) fn clipped_id(id: &str) -> String {
    clipped(id, LONGEST_ID)
}

fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl WriteError {
    /// What of `feature` cannot be written, and the remedy.
    pub(crate) fn new(feature: &Feature, what: impl Into<String>) -> WriteError {
        let what = clipped(&what.into(), LONGEST_WHAT);
        WriteError { feature: clipped(&feature.id, LONGEST_ID), what }
    }
}

impl fmt::Display for SourcePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourcePlace::Whole => f.write_str("the file"),
            SourcePlace::Line(n) => write!(f, "line {n}"),
            SourcePlace::Row(n) => write!(f, "row {n}"),
            SourcePlace::Feature(n) => write!(f, "feature {n}"),
        }
    }
}

impl fmt::Display for ReadNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            1 => write!(f, "{} ({})", self.what, self.first),
            count => write!(f, "{} ({count}, the first at {})", self.what, self.first),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        if let Some(feature) = &self.feature {
            write!(f, " ({feature})")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for ReadError {}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.feature, self.what)
    }
}

impl std::error::Error for WriteError {}
