//! Features to OpenAir text.

use std::fmt::Write as _;

use deconflict_geometry::{EdgeRule, Footprint, Height, Limit, Reference, Volume, Window, redraw};
use serde_json::Value;

use super::angle::position_text;
use super::outline::Outline;
use super::{KEPT, NAUTICAL_MILE_M, OUTLINES, RESIDUAL, plain};
use crate::{Document, Feature, WriteError, attributes, heights, time};

/// Writes a document as OpenAir 2.1 text, one block for each volume.
///
/// # Errors
/// When a volume has holes, a height above the ellipsoid, an unlimited lower limit or a schedule,
/// and when there is no volume at all: what has no airspace is not told from other text.
pub(crate) fn write(document: &Document) -> Result<Vec<u8>, WriteError> {
    if document.features.iter().all(|feature| feature.volumes.is_empty()) {
        let what =
            "declares no volumes, and an OpenAir file has at least one: write another format";
        return Err(WriteError { feature: "the document".into(), what: what.into() });
    }
    let mut text = String::from("*VERSION: 2.0\n*WRITTEN_BY: deconflict\n");
    for feature in &document.features {
        for (index, volume) in feature.volumes.iter().enumerate() {
            let outlines =
                outlines(feature, index, volume).map_err(|what| WriteError::new(feature, what))?;
            for outline in outlines {
                text.push('\n');
                head(&mut text, feature, index);
                limits(&mut text, volume).map_err(|what| WriteError::new(feature, what))?;
                for line in outline {
                    text.push_str(&line);
                    text.push('\n');
                }
            }
        }
    }
    Ok(text.into_bytes())
}

/// A record; line breaks in its value would begin another one.
fn line(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key} {}", plain(value));
}

fn head(text: &mut String, feature: &Feature, index: usize) {
    let record = |key: &str| match feature.properties.get(key) {
        Some(Value::String(value)) => Some(value.as_str()),
        Some(Value::Array(values)) => values.get(index).and_then(Value::as_str),
        _ => None,
    };
    line(text, "AC", record("AC").unwrap_or("UNC"));
    let kind = feature.volume_kinds.get(index).unwrap_or(&feature.kind);
    if KEPT.iter().all(|key| !feature.properties.contains_key(*key)) && !kind.is_empty() {
        line(text, "AY", kind);
    }
    let name = feature.names.first().map(|name| name.text.as_str());
    if name.is_some_and(|name| name != feature.id) {
        line(text, "AI", &feature.id);
    }
    // An airspace without a name is read back under its number.
    if let Some(name) = name {
        line(text, "AN", name);
    } else if !feature.id.starts_with("feature ") {
        line(text, "AN", &feature.id);
    }
    for key in &KEPT[1..] {
        if let Some(value) = record(key) {
            line(text, key, value);
        }
    }
}

fn limits(text: &mut String, volume: &Volume) -> Result<(), String> {
    let window = volume.window;
    if window.is_part_time() && window != Window::ALWAYS.part_time() {
        return Err(
            "in force only at times that OpenAir cannot express; write GeoJSON instead".into()
        );
    }
    if window.is_part_time() {
        line(text, "AA", "NONE");
    } else if window != Window::ALWAYS {
        let side = |instant: Option<_>| {
            instant.map_or_else(|| "NONE".to_owned(), |i| time::format(i).replace(":00Z", "Z"))
        };
        line(text, "AA", &format!("{}/{}", side(window.from()), side(window.until())));
    }
    for (key, limit) in [("AL", volume.band.lower()), ("AH", volume.band.upper())] {
        match limit {
            Limit::Unknown => {}
            Limit::Unlimited if key == "AL" => {
                return Err("OpenAir has no unlimited lower limit; give one, such as SFC".into());
            }
            Limit::At(Height { reference: Reference::W84, .. }) => {
                return Err("OpenAir has no heights above the ellipsoid; \
                            give them above mean sea level, or write GeoJSON instead"
                    .into());
            }
            limit => line(text, key, &heights::text(limit)),
        }
    }
    Ok(())
}

/// The records of a volume's outline; a volume of several polygons takes a block for each.
fn outlines(feature: &Feature, index: usize, volume: &Volume) -> Result<Vec<Vec<String>>, String> {
    if let Some(kept) = kept_outline(feature, index, volume) {
        return Ok(vec![kept]);
    }
    let miles = |metres: f64| miles_text(metres);
    match &volume.footprint {
        Footprint::Circle(circle) => Ok(vec![vec![
            format!("V X={}", position_text(circle.center())),
            format!("DC {}", miles(circle.radius_m())),
        ]]),
        Footprint::Corridor(corridor) => {
            let path = redraw(corridor.path(), false, corridor.rule(), EdgeRule::GreatCircle);
            let mut lines = vec![format!("V W={}", miles(2.0 * corridor.half_width_m()))];
            lines.extend(path.iter().map(|p| format!("DY {}", position_text(*p))));
            Ok(vec![lines])
        }
        Footprint::Polygons(polygons) => polygons
            .iter()
            .map(|polygon| match polygon.rings() {
                [_] => {
                    let rule = EdgeRule::GreatCircle;
                    let residual_m = attributes::residual_beyond(polygon, rule);
                    let residual =
                        residual_m.map(|m| format!("{RESIDUAL} {}", attributes::metres_text(m)));
                    let rings = attributes::rings_under(polygon, rule)?;
                    let points =
                        rings.iter().flatten().map(|p| format!("DP {}", position_text(*p)));
                    Ok(residual.into_iter().chain(points).collect())
                }
                _ => {
                    Err("OpenAir has no holes; split the polygon, or write GeoJSON instead".into())
                }
            })
            .collect(),
    }
}

/// The records that the volume was read from, as long as they still mean its footprint.
fn kept_outline(feature: &Feature, index: usize, volume: &Volume) -> Option<Vec<String>> {
    let records: Vec<&str> = feature
        .properties
        .get(OUTLINES)?
        .get(index)?
        .as_array()?
        .iter()
        .map(Value::as_str)
        .collect::<Option<_>>()?;
    let mut outline = Outline::new();
    for record in &records {
        let (key, value) = record.split_once(' ')?;
        outline.record(key, value, 0, &mut |_| {}).ok()?;
    }
    let (footprint, _) = outline.finish().ok()?;
    (footprint == volume.footprint).then(|| records.into_iter().map(str::to_owned).collect())
}

/// Nautical miles whose reading gives the same metres, as far as any do.
fn miles_text(metres: f64) -> String {
    let miles = metres / NAUTICAL_MILE_M;
    // Most radii are round in tenths or so; otherwise the division may have lost the last bit.
    (0..=17)
        .map(|decimals| format!("{miles:.decimals$}"))
        .chain([miles.next_down(), miles.next_up()].map(|m| m.to_string()))
        .find(|text| text.parse::<f64>().is_ok_and(|m| m * NAUTICAL_MILE_M == metres))
        .unwrap_or_else(|| miles.to_string())
}
