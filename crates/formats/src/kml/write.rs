//! Writing KML and KMZ.
//!
//! Every volume is a placemark. What KML cannot say exactly (circles, corridors, heights with their
//! reference, edge rules) stands in `ExtendedData`; what is drawn beside it is for the eye.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use deconflict_geometry::{
    Circle, Corridor, EdgeRule, Footprint, Height, Limit, Position, Reference, Rules, Volume,
    arc_points, common,
};
use quick_xml::escape::escape;
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::placemark::{DRAWING, is_reserved};
use super::xml::MAX_TREE_ELEMENTS;
use crate::MAX_INPUT_BYTES;
use crate::attributes;
use crate::document::{Document, Feature, WriteError};
use crate::time;

/// The most vertices that the drawing of a circle has.
const DRAWN_CIRCLE_VERTICES: usize = 72;
/// The most rings in one placemark: each takes up to four of the elements that a reader takes.
const MAX_RINGS: usize = MAX_TREE_ELEMENTS / 5;

/// What stands after the last placemark.
const END: &str = "</Document>\n</kml>\n";

/// Writes KML.
///
/// # Errors
/// When the document is over [`MAX_INPUT_BYTES`], or a feature has no volume, a footprint that mixes edge rules, or a character that XML has not.
pub(crate) fn write_kml(document: &Document) -> Result<Vec<u8>, WriteError> {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n",
    );
    for feature in &document.features {
        let start = out.len();
        placemarks(&mut out, feature).map_err(|what| WriteError::new(feature, what))?;
        if out.len() > MAX_INPUT_BYTES - END.len() {
            let what = format!(
                "with it the document is over {} MiB, more than is read; split it",
                MAX_INPUT_BYTES / (1024 * 1024)
            );
            return Err(WriteError::new(feature, what));
        }
        // XML 1.0, section 2.2: most control characters cannot be written, not even by number.
        if let Some(c) = out[start..].chars().find(|c| !is_xml(*c)) {
            let what =
                format!("it holds {}, which XML cannot carry; remove it", c.escape_unicode());
            return Err(WriteError::new(feature, what));
        }
    }
    out.push_str(END);
    Ok(out.into_bytes())
}

/// Writes KMZ: an archive with `doc.kml`.
///
/// # Errors
/// As [`write_kml`].
pub(crate) fn write_kmz(document: &Document) -> Result<Vec<u8>, WriteError> {
    let kml = write_kml(document)?;
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let packed = archive
        .start_file("doc.kml", options)
        .and_then(|()| Ok(archive.write_all(&kml)?))
        .and_then(|()| archive.finish());
    match packed {
        Ok(cursor) => Ok(cursor.into_inner()),
        Err(e) => Err(WriteError {
            feature: "the document".to_owned(),
            what: format!("cannot be packed into a KMZ archive ({e}); write KML instead"),
        }),
    }
}

/// Whether XML 1.0 can carry a character.
pub(crate) fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}

/// One placemark for each volume of a feature.
fn placemarks(out: &mut String, feature: &Feature) -> Result<(), String> {
    if feature.volumes.is_empty() {
        return Err("it has no volume, and KML needs a place; remove it".to_owned());
    }
    if feature.id.trim().is_empty() {
        return Err("it has no identifier; give it one".to_owned());
    }
    for (i, volume) in feature.volumes.iter().enumerate() {
        if let Footprint::Polygons(polygons) = &volume.footprint
            && polygons.iter().map(|p| p.rings().len()).sum::<usize>() > MAX_RINGS
        {
            return Err(format!("a volume of more than {MAX_RINGS} rings; split it"));
        }
        out.push_str("<Placemark>\n");
        if let Some(name) = names(feature).next() {
            element(out, "name", &name.text);
        }
        if i == 0
            && let Some(description) = plain_description(feature)
        {
            element(out, "description", description);
        }
        time_span(out, volume);
        out.push_str("<ExtendedData>\n");
        data(out, "feature_id", &feature.id);
        if i > 0 {
            data(out, "volume", &(i + 1).to_string());
        } else {
            description_data(out, feature);
        }
        if let Some(kind) = feature.volume_kinds.get(i).filter(|kind| !kind.is_empty()) {
            data(out, "volume_kind", kind);
        }
        volume_data(out, volume)?;
        out.push_str("</ExtendedData>\n");
        geometry(out, volume);
        out.push_str("</Placemark>\n");
    }
    Ok(())
}

/// The names that say something.
fn names(feature: &Feature) -> impl Iterator<Item = &crate::document::Text> {
    feature.names.iter().filter(|n| !n.text.trim().is_empty())
}

/// The property `description`, if KML's own element can hold it.
fn plain_description(feature: &Feature) -> Option<&str> {
    let value = feature.properties.get("description")?;
    if attributes::is_plain("description", value, false) { value.as_str() } else { None }
}

/// Kind, names and properties.
fn description_data(out: &mut String, feature: &Feature) {
    if !feature.kind.is_empty() {
        data(out, "kind", &feature.kind);
    }
    // A single name without a language is the element `name`, and no more.
    let alone = names(feature).all(|n| n.lang.is_none()) && names(feature).count() == 1;
    for name in names(feature).filter(|_| !alone) {
        data(out, &format!("name:{}", name.lang.as_deref().unwrap_or_default()), &name.text);
    }
    for (key, value) in &feature.properties {
        match value {
            Value::String(_) if key == "description" && plain_description(feature).is_some() => {}
            Value::String(text) if attributes::is_plain(key, value, is_reserved(key, text)) => {
                data(out, key, text);
            }
            _ => data(out, &attributes::json_key(key), &value.to_string()),
        }
    }
}

/// What is exact of one volume.
fn volume_data(out: &mut String, volume: &Volume) -> Result<(), String> {
    for (key, limit) in [("lower", volume.band.lower()), ("upper", volume.band.upper())] {
        if let Some(text) = attributes::limit_text(limit) {
            data(out, key, &text);
        }
    }
    if volume.window.is_part_time() {
        data(out, "part_time", "yes");
    }
    if let Some((rule, residual_m)) = attributes::edges(&volume.footprint)? {
        if rule != EdgeRule::GreatCircle {
            data(out, "edges", attributes::edge_rule_text(rule));
        }
        if residual_m > 0.0 {
            data(out, "residual_m", &attributes::metres_text(residual_m));
        }
    }
    match &volume.footprint {
        Footprint::Polygons(_) => {}
        Footprint::Circle(circle) => {
            let center = circle.center();
            data(out, "center", &format!("{}, {}", center.lat_deg(), center.lon_deg()));
            data(out, "radius_m", &circle.radius_m().to_string());
            data(out, "outline", DRAWING);
        }
        Footprint::Corridor(corridor) => {
            data(out, "half_width_m", &corridor.half_width_m().to_string());
            data(out, "outline", DRAWING);
        }
    }
    Ok(())
}

/// The time span, if either side is bounded.
fn time_span(out: &mut String, volume: &Volume) {
    let (from, until) = (volume.window.from(), volume.window.until());
    if from.or(until).is_some() {
        out.push_str("<TimeSpan>\n");
        if let Some(from) = from {
            element(out, "begin", &time::format(from));
        }
        if let Some(until) = until {
            element(out, "end", &time::format(until));
        }
        out.push_str("</TimeSpan>\n");
    }
}

/// What is drawn.
fn geometry(out: &mut String, volume: &Volume) {
    let mode = AltitudeMode::of(volume);
    out.push_str("<MultiGeometry>\n");
    match &volume.footprint {
        Footprint::Polygons(polygons) => {
            for p in polygons {
                polygon(out, p.rings(), &mode);
            }
        }
        Footprint::Circle(circle) => polygon(out, &[circle_outline(circle)], &mode),
        Footprint::Corridor(corridor) => {
            line(out, corridor);
            for rings in corridor_outline(volume) {
                polygon(out, &rings, &mode);
            }
        }
    }
    out.push_str("</MultiGeometry>\n");
}

/// How high a polygon is drawn.
struct AltitudeMode {
    mode: &'static str,
    altitude_m: Option<f64>,
    extrude: bool,
}

impl AltitudeMode {
    /// At its upper limit; down to the ground if it reaches the ground. Flight levels and
    /// ellipsoidal heights are drawn as if above the sea.
    fn of(volume: &Volume) -> AltitudeMode {
        let Limit::At(Height { metres, reference }) = volume.band.upper() else {
            return AltitudeMode { mode: "clampToGround", altitude_m: None, extrude: false };
        };
        let mode = if reference == Reference::Agl { "relativeToGround" } else { "absolute" };
        let extrude = volume.band.lower() == Limit::At(Height::SURFACE);
        AltitudeMode { mode, altitude_m: Some(metres), extrude }
    }
}

/// About [`DRAWN_CIRCLE_VERTICES`] points of the circle.
fn circle_outline(circle: &Circle) -> Vec<Position> {
    let points = arc_points(circle.center(), circle.radius_m(), 0.0, 360.0, true);
    let step = points.len().div_ceil(DRAWN_CIRCLE_VERTICES).max(1);
    points.into_iter().step_by(step).collect()
}

/// The area of a corridor, as what it has in common with itself.
fn corridor_outline(volume: &Volume) -> Vec<Vec<Vec<Position>>> {
    common(volume, volume, &Rules::default()).map(|c| c.outline).unwrap_or_default()
}

/// A polygon; nothing where there are no points to draw.
fn polygon(out: &mut String, rings: &[Vec<Position>], mode: &AltitudeMode) {
    if rings.first().is_none_or(Vec::is_empty) {
        return;
    }
    out.push_str("<Polygon>\n");
    if mode.extrude {
        out.push_str("<extrude>1</extrude>\n");
    }
    out.push_str("<tessellate>1</tessellate>\n");
    element(out, "altitudeMode", mode.mode);
    for (i, ring) in rings.iter().enumerate() {
        let boundary = if i == 0 { "outerBoundaryIs" } else { "innerBoundaryIs" };
        let _ = write!(out, "<{boundary}><LinearRing><coordinates>");
        for position in ring {
            vertex(out, *position, mode.altitude_m);
        }
        if let Some(first) =
            ring.first().filter(|first| ring.len() == 1 || ring.last() != Some(first))
        {
            vertex(out, *first, mode.altitude_m);
        }
        let _ = writeln!(out, "</coordinates></LinearRing></{boundary}>");
    }
    out.push_str("</Polygon>\n");
}

/// The line in the middle of a corridor.
fn line(out: &mut String, corridor: &Corridor) {
    out.push_str("<LineString>\n<tessellate>1</tessellate>\n<coordinates>");
    for position in corridor.path() {
        vertex(out, *position, None);
    }
    out.push_str("</coordinates>\n</LineString>\n");
}

/// One vertex, exactly as given. Writing to a string cannot fail.
fn vertex(out: &mut String, position: Position, altitude_m: Option<f64>) {
    let _ = write!(out, "{},{}", position.lon_deg(), position.lat_deg());
    if let Some(altitude_m) = altitude_m {
        let _ = write!(out, ",{altitude_m}");
    }
    out.push(' ');
}

/// An element that holds a text. Carriage returns are written by number, or a reader would make
/// them line feeds (XML 1.0, section 2.11).
fn element(out: &mut String, name: &str, text: &str) {
    let text = escape(text).replace('\r', "&#13;");
    let _ = writeln!(out, "<{name}>{text}</{name}>");
}

/// One key and its value. Blanks other than spaces would become spaces in an attribute (XML 1.0,
/// section 3.3.3), so they are written by number.
fn data(out: &mut String, key: &str, value: &str) {
    let key = escape(key).replace('\n', "&#10;").replace('\r', "&#13;").replace('\t', "&#9;");
    let _ = writeln!(out, "<Data name=\"{key}\">");
    element(out, "value", value);
    out.push_str("</Data>\n");
}
