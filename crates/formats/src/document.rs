//! What a file says, whatever its format.

use std::fmt;

use deconflict_geometry::{EdgeRule, Footprint, Position, Volume, redrawn_len};
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

/// The most mistakes that are listed for one input; the last entry then says how many more.
const MAX_MISTAKES: usize = 100;

/// The mistakes found in an input so far.
#[derive(Default)]
pub(crate) struct Mistakes {
    list: Vec<ReadError>,
    more: usize,
}

impl Mistakes {
    /// Adds one.
    pub(crate) fn push(&mut self, mistake: ReadError) {
        if self.list.len() < MAX_MISTAKES {
            self.list.push(mistake);
        } else {
            self.more += 1;
        }
    }

    /// The document, if nothing was wrong.
    ///
    /// # Errors
    /// All mistakes, the first hundred spelled out.
    pub(crate) fn or(mut self, document: Document) -> Result<Document, Vec<ReadError>> {
        if self.list.is_empty() {
            return Ok(document);
        }
        if self.more > 0 {
            let what = format!("{} more mistakes; correct the first ones and try again", self.more);
            self.list.push(ReadError::new(SourcePlace::Whole, None, what));
        }
        Err(self.list)
    }
}

/// The most positions that the volumes of one file may have in all, those included that its edges
/// need between them. A file that repeats a shape in many periods, or draws edges across the world,
/// could else take any amount of memory.
const MAX_POSITIONS: usize = 5_000_000;

/// How many positions the volumes of a file may still have.
pub(crate) struct PointBudget {
    left: usize,
    spent: bool,
}

impl Default for PointBudget {
    fn default() -> PointBudget {
        PointBudget { left: MAX_POSITIONS, spent: false }
    }
}

impl PointBudget {
    /// Counts the positions of a line or ring of some rule, before a shape is made of it.
    ///
    /// # Errors
    /// When there are more than may be.
    pub(crate) fn take_line(
        &mut self,
        line: &[Position],
        closed: bool,
        rule: EdgeRule,
    ) -> Result<(), String> {
        self.take_positions(redrawn_len(line, closed, rule))
    }

    /// Counts the positions of one more volume with a footprint.
    ///
    /// # Errors
    /// When there are more than may be.
    pub(crate) fn take(&mut self, footprint: &Footprint) -> Result<(), String> {
        self.take_positions(match footprint {
            Footprint::Polygons(polygons) => polygons
                .iter()
                .flat_map(|p| p.rings().iter().map(|ring| redrawn_len(ring, true, p.rule())))
                .sum(),
            Footprint::Circle(_) => 1,
            Footprint::Corridor(c) => redrawn_len(c.path(), false, c.rule()),
        })
    }

    fn take_positions(&mut self, positions: usize) -> Result<(), String> {
        // A shape takes memory beyond its positions too.
        match self.left.checked_sub(positions.saturating_add(8)) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.spent = true;
                Err(format!(
                    "more than {MAX_POSITIONS} positions in the file, those between included that its edges need: split it"
                ))
            }
        }
    }

    /// Whether there were more than may be.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent
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
const LONGEST_WHAT: usize = 600;

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
