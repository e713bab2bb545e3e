//! Which format a file is in.

use serde_json::Value;

use crate::{Format, ReadError, SourcePlace};

/// What the name and the first bytes tell.
pub(crate) enum Guess {
    /// The format.
    Format(Format),
    /// One of the JSON formats; [`json_format`] tells which.
    Json,
}

impl Format {
    /// The format that a file's name stands for: by its last extension in any case (`.geojson`,
    /// `.openair`, `.txt`, `.air`, `.kml`, `.kmz`, `.csv`, `.xlsx`), or, for the JSON formats that
    /// share `.json`, by the last but one (`zones.ed318.json`, `.ed269.json`, `.f3548.json`). `None`
    /// where it stands for none, or leaves a choice as a bare `.json` does.
    ///
    /// ```
    /// use deconflict_formats::Format;
    /// assert_eq!(Format::from_extension("plan.F3548.json"), Some(Format::F3548));
    /// assert_eq!(Format::from_extension("zones.json"), None);
    /// assert_eq!(Format::from_extension("zones"), None);
    /// ```
    pub fn from_extension(name: &str) -> Option<Format> {
        match of_name(name) {
            Some(Guess::Format(format)) => Some(format),
            Some(Guess::Json) | None => None,
        }
    }

    /// The extension, without its first point, of a file name that stands for this format.
    ///
    /// ```
    /// use deconflict_formats::Format;
    /// assert_eq!(Format::Ed318.extension(), "ed318.json");
    /// ```
    pub fn extension(self) -> &'static str {
        match self {
            Format::GeoJson => "geojson",
            Format::Ed318 => "ed318.json",
            Format::Ed269 => "ed269.json",
            Format::F3548 => "f3548.json",
            Format::OpenAir => "openair.txt",
            Format::Kml => "kml",
            Format::Kmz => "kmz",
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }
}

/// What a name's extension tells.
fn of_name(name: &str) -> Option<Guess> {
    let name = name.to_ascii_lowercase();
    let (stem, extension) = name.rsplit_once('.')?;
    let format = match extension {
        "json" => match stem.rsplit_once('.').map_or("", |(_, last)| last) {
            "ed318" => Format::Ed318,
            "ed269" => Format::Ed269,
            "f3548" => Format::F3548,
            "geojson" => Format::GeoJson,
            _ => return Some(Guess::Json),
        },
        "geojson" => Format::GeoJson,
        "ed318" => Format::Ed318,
        "ed269" => Format::Ed269,
        "f3548" => Format::F3548,
        "openair" | "txt" | "air" => Format::OpenAir,
        "kml" => Format::Kml,
        "kmz" => Format::Kmz,
        "csv" => Format::Csv,
        "xlsx" => Format::Xlsx,
        _ => return None,
    };
    Some(Guess::Format(format))
}

/// What a file holds: by its name's extension, or by its beginning where that says nothing.
///
/// # Errors
/// When neither tells.
pub(crate) fn guess(name: &str, bytes: &[u8]) -> Result<Guess, ReadError> {
    use Format::{Csv, Ed269, Ed318, F3548, GeoJson, Kml, Kmz, OpenAir, Xlsx};
    match of_name(name) {
        // Whatever the name says, the content tells which of them it is.
        Some(Guess::Json | Guess::Format(GeoJson | Ed318 | Ed269 | F3548)) => {
            return Ok(Guess::Json);
        }
        Some(told) => return Ok(told),
        None => {}
    }
    if bytes.starts_with(b"PK\x03\x04") {
        let head = &bytes[..bytes.len().min(4096)];
        let office = head.windows(19).any(|w| w == b"[Content_Types].xml");
        return Ok(Guess::Format(if office { Xlsx } else { Kmz }));
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let head = head.trim_start_matches('\u{FEFF}').trim_start();
    let first_line = head.lines().next().unwrap_or_default();
    let is_record = |line: &str| {
        matches!(line.get(..3), Some("AC " | "AN " | "AI " | "AY ")) || line.starts_with("*VERSION")
    };
    if head.starts_with(['{', '[']) {
        Ok(Guess::Json)
    } else if head.starts_with('<') {
        Ok(Guess::Format(Kml))
    } else if head.lines().any(is_record) {
        Ok(Guess::Format(OpenAir))
    } else if first_line.contains([',', ';', '\t']) {
        Ok(Guess::Format(Csv))
    } else {
        Err(ReadError::new(
            SourcePlace::Whole,
            None,
            "neither the name nor the content tells the format; name the file .geojson, .json, \
             .openair, .kml, .kmz, .csv or .xlsx",
        ))
    }
}

/// The members that each of the JSON formats declares its volumes in.
const FORMS: [&[&str]; 3] =
    [&["UASZoneList"], &["operational_intents", "operational_intent"], &["features"]];

/// Which of the JSON formats a value is in.
///
/// # Errors
/// When it is none of them.
pub(crate) fn json_format(value: &Value) -> Result<Format, ReadError> {
    let declares = |key: &str| value.get(key).is_some_and(|value| !value.is_null());
    let mut forms = FORMS.iter().filter_map(|names| names.iter().find(|key| declares(key)));
    if let (Some(one), Some(other)) = (forms.next(), forms.next()) {
        let what = format!("both `{one}` and `{other}`, which are of two formats: keep one");
        return Err(ReadError::new(SourcePlace::Whole, None, what));
    }
    if declares("UASZoneList") {
        return Ok(Format::Ed269);
    }
    if declares("operational_intents") || declares("operational_intent") {
        return Ok(Format::F3548);
    }
    let features = value.get("features").and_then(Value::as_array);
    match value.get("type").and_then(Value::as_str) {
        // ED-269's `features` have a list as their geometry.
        _ if features
            .is_some_and(|f| f.iter().any(|f| f.get("geometry").is_some_and(Value::is_array))) =>
        {
            Ok(Format::Ed269)
        }
        Some("FeatureCollection")
            if value.get("metadata").is_some_and(Value::is_object)
                || features.is_some_and(|f| f.iter().any(is_ed318)) =>
        {
            Ok(Format::Ed318)
        }
        Some("Feature") if is_ed318(value) => Ok(Format::Ed318),
        Some(
            "FeatureCollection" | "Feature" | "Point" | "MultiPoint" | "LineString"
            | "MultiLineString" | "Polygon" | "MultiPolygon" | "GeometryCollection",
        ) => Ok(Format::GeoJson),
        _ => Err(ReadError::new(
            SourcePlace::Whole,
            None,
            "JSON of no known format: expected GeoJSON (`type`), ED-269 (`UASZoneList`) or \
             F3548 (`operational_intents`)",
        )),
    }
}

/// Whether a GeoJSON feature has properties that only ED-318 names.
fn is_ed318(feature: &Value) -> bool {
    let names = ["zoneAuthority", "limitedApplicability", "UASZone"];
    let properties = feature.get("properties");
    names.iter().any(|name| properties.is_some_and(|p| p.get(*name).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_from_the_extension_that_it_names() {
        use Format::{Csv, Ed269, Ed318, F3548, GeoJson, Kml, Kmz, OpenAir, Xlsx};
        for format in [GeoJson, Ed318, Ed269, OpenAir, Kml, Kmz, Csv, Xlsx, F3548] {
            let name = format!("some.thing.{}", format.extension());
            assert_eq!(Format::from_extension(&name), Some(format), "{name}");
            assert_eq!(Format::from_extension(&name.to_uppercase()), Some(format), "{name}");
        }
    }
}
