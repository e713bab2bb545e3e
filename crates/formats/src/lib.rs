//! Bytes to volumes and back, one module for each format; alerts ([`CapAlert`]) are only written.
//!
//! *Architecture invariant*: a reader is a pure function of bytes. It opens no file, never panics,
//! works in bounded memory, and what it refuses it names: where in the input, what, and the remedy.

mod attributes;
mod bands;
mod cap;
mod coordinates;
mod crossing;
mod crs;
mod detect;
mod document;
mod drawn;
mod ed269;
mod encoding;
mod f3548;
mod geojson;
mod heights;
mod json;
mod kml;
#[cfg(test)]
mod lossless;
mod members;
mod openair;
mod pages;
mod parts;
mod periods;
mod reading;
#[cfg(test)]
mod round_trip;
mod sites;
mod sizes;
mod split;
#[cfg(test)]
mod testing;
mod time;
#[cfg(test)]
mod told;
mod vocabulary;
mod words;

pub use cap::{
    CapAlert, CapArea, CapCategory, CapInfo, CapMessageType, CapReference, CapStatus, CapUrgency,
};
pub use document::{
    Document, Feature, Format, Omission, Placeless, ReadError, ReadNote, SourcePlace, Text,
    WriteError,
};
pub use reading::ReadOptions;
pub use sites::{ListedSite, SiteList, Table, TableRow, WrittenPlace};
pub use words::{height, position};

/// The largest input that any reader takes, in bytes.
pub const MAX_INPUT_BYTES: usize = 256 * 1024 * 1024;

/// Reads a document; the format is told from the file's name and, where that leaves a choice, from
/// its content.
///
/// # Errors
/// Every mistake that was found (at least one): a mistake in one record does not hide those of the
/// next ones.
pub fn read(name: &str, bytes: &[u8]) -> Result<Document, Vec<ReadError>> {
    read_with(name, bytes, &ReadOptions::default())
}

/// Reads a document as [`read`] does, in the way that the options say.
///
/// # Errors
/// As [`read`]; where mistaken records are to be left out, only what is wrong with the file as a
/// whole.
///
/// ```
/// use deconflict_formats::{ReadOptions, read, read_with};
/// let text = b"AC R\nAN A\nAL 65 high\nAH FL 95\nV X=46N 10E\nDC 1\n";
/// assert!(read("x.openair", text).is_err());
/// let options = ReadOptions { leave_out_mistaken: true, ..ReadOptions::default() };
/// let document = read_with("x.openair", text, &options).unwrap();
/// assert_eq!(document.omissions[0].id.as_deref(), Some("A"));
/// assert!(!document.is_whole());
/// ```
pub fn read_with(
    name: &str,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<Document, Vec<ReadError>> {
    let mut document = match detect::guess(name, bytes).map_err(|e| vec![e])? {
        detect::Guess::Json => read_json(bytes, options),
        detect::Guess::Format(Format::OpenAir) => openair::read(bytes, options),
        detect::Guess::Format(Format::Kml) => kml::read_kml(bytes, options),
        detect::Guess::Format(Format::Kmz) => kml::read_kmz(bytes, options),
        detect::Guess::Format(Format::Csv) => sites::read_csv(bytes, options),
        detect::Guess::Format(Format::Xlsx) => sites::read_xlsx(bytes, options),
        // The JSON formats, which `guess` leaves to their content.
        detect::Guess::Format(_) => read_json(bytes, options),
    }?;
    document.notes.extend(crossing::notes(&document.features));
    Ok(document)
}

/// Reads a list of sites as [`read_with`] does, CSV or XLSX, with every form in which its rows write their
/// coordinates.
///
/// # Errors
/// As [`read_with`], and when the file is of another format or numbers several volumes of one site.
pub fn read_sites(
    name: &str,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<SiteList, Vec<ReadError>> {
    match detect::guess(name, bytes).map_err(|e| vec![e])? {
        detect::Guess::Format(Format::Csv) => sites::list_csv(bytes, options),
        detect::Guess::Format(Format::Xlsx) => sites::list_xlsx(bytes, options),
        _ => {
            let what = "not a list of sites: give a table as CSV or XLSX";
            Err(vec![ReadError::new(SourcePlace::Whole, None, what)])
        }
    }
}

/// Reads a table in CSV as it stands: UTF-8, a header row, commas, semicolons or tabs between the
/// cells.
///
/// # Errors
/// For bytes that are not UTF-8, an empty table, and each row that is broken or has more cells than
/// the header.
pub fn read_table(bytes: &[u8]) -> Result<Table, Vec<ReadError>> {
    sites::read_table(bytes)
}

/// From how many bytes on a JSON text is cut along its list and read in parts.
const LONG_JSON_BYTES: usize = 1024 * 1024;

fn read_json(bytes: &[u8], options: &ReadOptions) -> Result<Document, Vec<ReadError>> {
    if bytes.len() >= LONG_JSON_BYTES
        && let Some(document) = read_cut_json(bytes, options)
    {
        return document;
    }
    read_value(json::parse(bytes).map_err(|e| vec![e])?, options)
}

/// Reads a JSON text that can be cut along its list; `None` where it is to be read as a whole, which
/// finds the words for what is wrong with it.
fn read_cut_json(bytes: &[u8], options: &ReadOptions) -> Option<Result<Document, Vec<ReadError>>> {
    let text = json::text(bytes).ok()?;
    let split = split::split(text, &["operational_intents", "UASZoneList", "features"])?;
    let left = json::SharedLimit::default();
    let mut root = serde_json::Map::new();
    for (key, member) in split.members {
        let value = left.take(|cell| json::parse_part(member, cell).ok())?;
        root.insert(key.to_owned(), value);
    }
    if split.list == "operational_intents" {
        let others = ["UASZoneList", "operational_intent", "features"];
        let is_other = others.iter().any(|key| root.contains_key(*key));
        return if is_other { None } else { f3548::read_elements(split.elements, &root, options) };
    }
    let elements = parts::in_parts(split.elements, |_, part| {
        let parse = |text: &str| left.take(|cell| json::parse_part(text, cell).ok());
        part.into_iter().map(parse).collect::<Option<Vec<_>>>()
    });
    let list =
        elements.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect::<Vec<_>>();
    root.insert(split.list.to_owned(), list.into());
    Some(read_value(root.into(), options))
}

fn read_value(value: serde_json::Value, options: &ReadOptions) -> Result<Document, Vec<ReadError>> {
    match detect::json_format(&value).map_err(|e| vec![e])? {
        Format::Ed269 => ed269::read(value, options),
        Format::F3548 => f3548::read(value, options),
        format => geojson::read(value, format, options),
    }
}

/// Writes a document in a format.
///
/// # Errors
/// When the format cannot express a feature.
pub fn write(document: &Document, format: Format) -> Result<Vec<u8>, WriteError> {
    match format {
        Format::GeoJson | Format::Ed318 => geojson::write(document, format),
        Format::Ed269 => ed269::write(document),
        Format::OpenAir => openair::write(document),
        Format::F3548 => f3548::write(document),
        Format::Kml => kml::write_kml(document),
        Format::Kmz => kml::write_kmz(document),
        Format::Csv => sites::write_csv(document),
        Format::Xlsx => sites::write_xlsx(document),
    }
}
