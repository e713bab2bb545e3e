//! Shapes that stand where none is read: under any name, a text or a value that draws one.

use deconflict_geometry::{Footprint, Volume};
use serde_json::Value;

use crate::attributes::clip;

/// What a text or a value draws.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Figure {
    /// A point.
    Point,
    /// A line or an area.
    Shape,
}

/// The words that well-known text begins with (OGC 06-103r4, section 7), `MULTI` aside.
const SHAPES: [&str; 12] = [
    "POINT",
    "POLYGON",
    "LINESTRING",
    "LINEARRING",
    "TRIANGLE",
    "TIN",
    "POLYHEDRALSURFACE",
    "CURVEPOLYGON",
    "CIRCULARSTRING",
    "CURVE",
    "SURFACE",
    "COMPOUNDCURVE",
];
/// The names of the lists of positions in GeoJSON and in Esri's JSON.
const LISTS: [&str; 3] = ["coordinates", "rings", "paths"];
/// The elements of KML and GML that hold positions.
const ELEMENTS: [&str; 3] = ["coordinates>", "posList", "pos>"];

/// What a text draws, if anything: well-known text, also with the reference system before it or in
/// hexadecimal digits; GeoJSON or a list of positions; KML or GML.
pub(crate) fn of_text(text: &str) -> Option<Figure> {
    let text = text.trim();
    match text.as_bytes().first()? {
        b'{' => {
            let holds = LISTS.iter().find(|list| {
                text.match_indices(**list).any(|(at, _)| is_list(text, at + list.len()))
            });
            holds.map(|_| if text.contains("Point") { Figure::Point } else { Figure::Shape })
        }
        b'[' => serde_json::from_str(text).ok().as_ref().and_then(of_value),
        b'<' => {
            let holds = ELEMENTS.iter().any(|element| text.contains(element));
            holds.then(|| if text.contains("Point") { Figure::Point } else { Figure::Shape })
        }
        b'0' => of_digits(text),
        b'A'..=b'Z' | b'a'..=b'z' => well_known(without_system(text)),
        _ => None,
    }
}

/// What a value draws, if anything: a text that does, an object with positions, or a list of such texts
/// or of at least three positions.
pub(crate) fn of_value(value: &Value) -> Option<Figure> {
    match value {
        Value::String(text) => of_text(text),
        Value::Object(members) => {
            let holds = LISTS.iter().any(|list| members.get(*list).is_some_and(Value::is_array));
            let point = || members.get("type").and_then(Value::as_str) == Some("Point");
            holds.then(|| if point() { Figure::Point } else { Figure::Shape })
        }
        Value::Array(list) if draws(list, 3) => Some(Figure::Shape),
        Value::Array(list) => list.iter().filter_map(Value::as_str).find_map(of_text),
        _ => None,
    }
}

/// Checks that no property draws a line or an area where a circle was read: what is meant would be lost.
/// `remedy` says how to have it read.
///
/// # Errors
/// When one does; it is named.
pub(crate) fn check_beside<'a>(
    properties: impl IntoIterator<Item = (&'a str, Option<Figure>)>,
    volumes: &[Volume],
    remedy: &str,
) -> Result<(), String> {
    if !volumes.iter().any(|volume| matches!(volume.footprint, Footprint::Circle(_))) {
        return Ok(());
    }
    let mut properties = properties.into_iter();
    match properties.find(|(_, drawn)| *drawn == Some(Figure::Shape)) {
        None => Ok(()),
        Some((key, _)) => Err(format!(
            "`{}` draws a line or an area, and its place is a point with a radius: {remedy}, or remove one",
            clip(key)
        )),
    }
}

/// Whether a list is one of positions, or of such lists, `depth` of them in each other.
fn draws(list: &[Value], depth: usize) -> bool {
    match list {
        [Value::Array(first), ..] if depth > 0 && first.first().is_some_and(Value::is_array) => {
            draws(first, depth - 1)
        }
        list => list.len() > 2 && list.iter().all(is_position),
    }
}

/// Whether a value is a pair of degrees, perhaps with a height, in any order.
fn is_position(value: &Value) -> bool {
    let Some([a, b, rest @ ..]) = value.as_array().map(Vec::as_slice) else { return false };
    let degrees = |value: &Value, most: f64| value.as_f64().is_some_and(|n| n.abs() <= most);
    let (a_lat, b_lat) = (degrees(a, 90.0), degrees(b, 90.0));
    let both = degrees(a, 180.0) && degrees(b, 180.0);
    both && (a_lat || b_lat) && rest.len() < 2 && rest.iter().all(Value::is_number)
}

/// Whether a list is the value of the member whose name ends at a byte of a text.
fn is_list(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let value = rest.trim_start_matches(['"', '\'', '\\']).trim_start().strip_prefix(':');
    rest.starts_with(['"', '\'', '\\']) && value.is_some_and(|v| v.trim_start().starts_with('['))
}

/// The text after `SRID=4326;`.
fn without_system(text: &str) -> &str {
    match text.split_once(';') {
        Some((_, rest)) if begins_with(text, "SRID") => rest.trim_start(),
        _ => text,
    }
}

/// Whether a text begins with a word in any case.
fn begins_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

/// What well-known text draws.
fn well_known(text: &str) -> Option<Figure> {
    let mut text = text;
    // As deep as collections are nested by anyone.
    for _ in 0..8 {
        if !begins_with(text, "GEOMETRYCOLLECTION") {
            break;
        }
        text = text.get("GEOMETRYCOLLECTION".len()..)?.trim_start_matches([' ', '(', 'Z', 'M']);
    }
    let bare = if begins_with(text, "MULTI") { text.get(5..)? } else { text };
    let word = SHAPES.iter().find(|word| begins_with(bare, word))?;
    let rest = bare.get(word.len()..)?;
    let rest = rest.trim_start().trim_start_matches(['Z', 'M', 'z', 'm']).trim_start();
    let inner = rest.strip_prefix('(')?.trim_start_matches(|c: char| c == '(' || c.is_whitespace());
    // `Point (see the annex)` draws nothing; parts of some shapes are named once more.
    let is_number = inner.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let is_part = *word != "POINT" && SHAPES.iter().any(|word| begins_with(inner, word));
    if !is_number && !is_part {
        return None;
    }
    Some(if *word == "POINT" && bare.len() == text.len() { Figure::Point } else { Figure::Shape })
}

/// What well-known binary draws, in hexadecimal digits as databases export it: the order of the bytes, the kind in
/// four bytes, and at least one position.
fn of_digits(text: &str) -> Option<Figure> {
    const SHORTEST: usize = 2 * (1 + 4 + 16);
    if text.len() < SHORTEST || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let (first, kind) = (text.get(..2)?, text.get(2..10)?);
    let kind = u32::from_str_radix(kind, 16).ok()?;
    let kind = match first {
        "00" => kind,
        "01" => kind.swap_bytes(),
        _ => return None,
    };
    // Three bits say what else each position has, and that a reference system follows.
    match kind & 0x1FFF_FFFF {
        1 | 1001 | 2001 | 3001 => Some(Figure::Point),
        2..=17 | 1002..=1017 | 2002..=2017 | 3002..=3017 => Some(Figure::Shape),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_that_draws_is_known_whatever_its_form() {
        for text in [
            "POLYGON ((38 33, 39 33, 39 34, 38 33))",
            " polygon((38 33,39 33,39 34,38 33))",
            "SRID=4326;POLYGON((38 33,39 33,39 34,38 33))",
            "srid=4326; MultiPolygon Z (((38 33 1,39 33 1,39 34 1,38 33 1)))",
            "LINESTRING (-38 33, 39 33)",
            "MULTIPOINT ((38 33), (39 33))",
            "GEOMETRYCOLLECTION (LINESTRING (38 33, 39 33))",
            "CURVEPOLYGON (CIRCULARSTRING (38 33, 39 33, 39 34, 38 34, 38 33))",
            r#"{"type": "Polygon", "coordinates": [[[38, 33], [39, 33], [39, 34], [38, 33]]]}"#,
            r#"{\"type\":\"Polygon\",\"coordinates\":[[[38,33]]]}"#,
            r#"{"rings": [[[38, 33], [39, 33], [39, 34], [38, 33]]]}"#,
            "[[38, 33], [39, 33], [39, 34]]",
            "[[[38, 33], [39, 33], [39, 34]]]",
            "<Polygon><outerBoundaryIs><LinearRing><coordinates>38,33 39,33</coordinates>",
            "<gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>38 33 39 33</gml:posList>",
            "0103000020E6100000010000000400000000000000000043400000000000804040",
        ] {
            assert_eq!(of_text(text), Some(Figure::Shape), "{text}");
            assert_eq!(of_value(&json!(text)), Some(Figure::Shape), "{text}");
        }
        for text in [
            "POINT (38 33)",
            "SRID=4326;point z(38 33 1)",
            r#"{"type":"Point","coordinates":[38,33]}"#,
            "<Point><coordinates>38,33</coordinates></Point>",
            "0101000020E610000000000000000043400000000000804040",
        ] {
            assert_eq!(of_text(text), Some(Figure::Point), "{text}");
        }
    }

    #[test]
    fn a_text_that_speaks_of_shapes_draws_none() {
        for text in [
            "",
            "Polygon",
            "POLYGON EMPTY",
            "Point (see the annex)",
            "Point of contact: (0) 12",
            "polygonal (3 sides)",
            "{coordinates: see below}",
            r#"{"coordinates": "see below"}"#,
            "[1, 2, 3, 4]",
            "[[2019, 5], [2020, 6], [2021, 7]]",
            "[[38, 33], [39, 33]]",
            "<b>coordinates</b>",
            "0123456789012345678901234567890123456789012345",
            "é",
        ] {
            assert_eq!(of_text(text), None, "{text}");
        }
        assert_eq!(of_value(&json!({"type": "Polygon"})), None);
        assert_eq!(of_value(&json!([["38", "33"], 1, 2])), None);
        assert_eq!(of_value(&json!(7)), None);
    }
}
