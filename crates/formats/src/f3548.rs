//! ASTM F3548-21 operational intents with `Volume4D` (the standard's published OpenAPI description,
//! schemas `Volume4D`, `Volume3D`, `Polygon`, `Circle`, `Altitude`, `Time`).
//!
//! Edges are the shortest paths on the ellipsoid, heights are metres above it.

mod plain;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use deconflict_geometry::{
    Band, Circle, EdgeRule, Footprint, Height, Limit, Polygon, Position, Reference, Volume,
};
use serde_json::{Map, Value, json};

use crate::attributes::{quoted, unquoted};
use crate::crs::check_crs;
use crate::members::{self, is_blank, json_number, text};
use crate::pages;
use crate::parts::{self, ElementResult};
use crate::reading::{self, Reading};
use crate::vocabulary::{check_unread, is_telling};
use crate::{
    Document, Feature, Format, ReadError, ReadOptions, SourcePlace, WriteError, attributes,
    coordinates, heights, json, time,
};

/// The heights that the standard allows, in metres.
const ALTITUDES_M: std::ops::RangeInclusive<f64> = -8_000.0..=100_000.0;

/// The member in which a traffic service says what an intent is called and in which state it is.
const REFERENCE: &str = "reference";
/// What a reference repeats of the volumes.
const BOUNDS: [&str; 2] = ["time_start", "time_end"];

/// Reads `{"operational_intents": [...]}` or `{"operational_intent": {...}}`.
///
/// # Errors
/// Every operational intent that is malformed, by its number.
pub(crate) fn read(mut value: Value, options: &ReadOptions) -> Result<Document, Vec<ReadError>> {
    let whole = |what: &str| vec![ReadError::new(SourcePlace::Whole, None, what)];
    let one = value.get_mut("operational_intent").map(Value::take).filter(|v| !v.is_null());
    let intents = match value.get_mut("operational_intents").map(Value::take) {
        Some(Value::Array(_)) if one.is_some() => {
            return Err(whole("both `operational_intents` and `operational_intent`: keep one"));
        }
        Some(Value::Array(intents)) => intents,
        Some(_) => return Err(whole("`operational_intents` must be a list")),
        None => one.into_iter().collect(),
    };
    let empty = Map::new();
    gather(intents, value.as_object().unwrap_or(&empty), options, any_intent)
}

/// Reads a text that was cut along its `operational_intents`, `root` being its other members; `None`
/// where it is to be read as a whole, because something in it is no JSON.
pub(crate) fn read_elements(
    elements: Vec<&str>,
    root: &Map<String, Value>,
    options: &ReadOptions,
) -> Option<Result<Document, Vec<ReadError>>> {
    let left = json::SharedLimit::default();
    let document = gather(elements, root, options, |number, text, reading| {
        let mut plain = None;
        let is_plain = left.take(|cell| {
            plain = plain::intent(number, text, cell, reading);
            plain.is_some().then_some(())
        });
        match (plain, is_plain) {
            (Some(feature), Some(())) => Ok(Some(feature)),
            _ => match left.take(|cell| json::parse_part(text, cell).ok()) {
                Some(value) => any_intent(number, value, reading),
                None => {
                    left.exhaust();
                    Err((ReadError::new(SourcePlace::Feature(number), None, "no JSON"), None))
                }
            },
        }
    });
    (!left.is_exhausted()).then_some(document)
}

/// The document of some intents, each read by `read` with its number, from 1.
fn gather<T: Send>(
    intents: Vec<T>,
    root: &Map<String, Value>,
    options: &ReadOptions,
    read: impl Fn(usize, T, &mut Reading) -> ElementResult + Sync,
) -> Result<Document, Vec<ReadError>> {
    let whole = |what: String| vec![ReadError::new(SourcePlace::Whole, None, what)];
    let mut reading = Reading::new(options);
    check_crs(root).map_err(whole)?;
    check_unread(root, "", "what bears on an intent is read from its volumes", &mut reading)
        .map_err(whole)?;
    pages::check_whole(root, intents.len(), &mut reading);
    let mut features = parts::features(intents, options, &mut reading, read);
    let mut ids = HashSet::with_capacity(features.len());
    let are_new: Vec<bool> = features.iter().map(|f| ids.insert(f.id.as_str())).collect();
    drop(ids);
    let mut are_new = are_new.into_iter();
    features.retain(|feature| {
        let is_new = are_new.next().unwrap_or_default();
        if !is_new {
            let what = "a second operational intent of this id: give each its own, or put the \
                        volumes into one";
            reading.leave_out(ReadError::new(feature.place, Some(&feature.id), what), None);
        }
        is_new
    });
    reading.finish(Format::F3548, features)
}

/// An intent of any form.
fn any_intent(number: usize, value: Value, reading: &mut Reading) -> ElementResult {
    let hull = if reading.leaves_out() { hull(&value) } else { None };
    intent(number, value, reading).map(Some).map_err(|mistake| (mistake, hull.map(Box::new)))
}

/// A volume that an intent cannot reach beyond, whatever is wrong with it; `None` where that is not
/// certain.
fn hull(intent: &Value) -> Option<Volume> {
    let details = &intent["details"];
    let lists = [&intent["volumes"], &details["volumes"], &details["off_nominal_volumes"]];
    let (mut positions, mut beyond_m) = (Vec::new(), 0.0_f64);
    let point =
        |point: &Value| coordinates::position(point["lat"].as_f64()?, point["lng"].as_f64()?).ok();
    for volume in lists.into_iter().filter(|list| !list.is_null()) {
        for volume in volume.as_array()? {
            let space = volume.get("volume")?.as_object()?;
            let outline = |key| space.get(key).filter(|v| !is_blank(v));
            let (circle, polygon) = (outline("outline_circle"), outline("outline_polygon"));
            // Without an outline it may be anywhere.
            circle.or(polygon)?;
            if let Some(circle) = circle {
                positions.push(point(&circle["center"])?);
                if circle["radius"]["units"] != "M" {
                    return None;
                }
                beyond_m = beyond_m.max(circle["radius"]["value"].as_f64()?);
            }
            if let Some(polygon) = polygon {
                // A boundary in doubt may lie beyond its positions.
                if polygon.as_object()?.keys().any(|key| members::is_residual(key)) {
                    return None;
                }
                let vertices = polygon["vertices"].as_array()?;
                positions.extend(vertices.iter().map(point).collect::<Option<Vec<_>>>()?);
            }
        }
    }
    reading::hull_volume(&positions, beyond_m)
}

fn intent(number: usize, intent: Value, reading: &mut Reading) -> Result<Feature, ReadError> {
    let place = SourcePlace::Feature(number);
    let Value::Object(mut properties) = intent else {
        return Err(ReadError::new(place, None, "not an object"));
    };
    let reference = properties.get(REFERENCE).and_then(Value::as_object);
    let of_reference = |key| reference.and_then(|r| text(r, key)).map(str::to_owned);
    // The standard has a text (a UUID); a number names it just as well.
    let as_id = |of: &Map<String, Value>| match of.get("id") {
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => text(of, "id").map(str::to_owned),
    };
    let id = as_id(&properties).or_else(|| reference.and_then(as_id));
    let kind = text(&properties, "state").map(str::to_owned).or_else(|| of_reference("state"));
    let named = members::check_names(&properties, reading);
    let names = members::names(properties.get("name"));
    properties.remove("id");
    if !names.is_empty() {
        properties.remove("name");
    }
    let id = id
        .or_else(|| names.first().map(|name| name.text.clone()))
        .unwrap_or_else(|| format!("feature {number}"));
    let refused = |what: String| ReadError::new(place, Some(&id), what);
    named.map_err(refused)?;
    let volumes = volumes(&mut properties, reading).map_err(refused)?;
    let volume_kinds =
        members::take_volume_kinds(&mut properties, volumes.len()).map_err(refused)?;
    let where_read = "what bears on an intent is read from its volumes";
    let unread = properties.iter().filter(|(key, _)| *key != REFERENCE);
    check_unread(unread, "", where_read, reading).map_err(refused)?;
    if let Some(reference) = properties.get(REFERENCE).and_then(Value::as_object) {
        // It repeats the bounds of all volumes; they stand in the volumes themselves.
        let unread = reference.iter().filter(|(key, _)| !BOUNDS.contains(&key.as_str()));
        check_unread(unread, "reference.", where_read, reading).map_err(refused)?;
    }
    let properties =
        properties.into_iter().map(|(k, v)| (unquoted(k, &v, is_reserved), v)).collect();
    Ok(Feature {
        id,
        names,
        kind: kind.unwrap_or_default(),
        volume_kinds,
        volumes,
        place,
        properties,
    })
}

/// Whether a property of this name would be taken for something that it need not be, or refused.
fn is_reserved(key: &str, value: &Value) -> bool {
    if key != REFERENCE {
        return is_telling(key, value);
    }
    let members = value.as_object().into_iter().flatten();
    members.filter(|(key, _)| !BOUNDS.contains(&key.as_str())).any(|(k, v)| is_telling(k, v))
}

/// The volumes of an operational intent, those of a USS's `details` included: the off-nominal ones
/// too, because a nonconforming aircraft is there.
fn volumes(
    properties: &mut Map<String, Value>,
    reading: &mut Reading,
) -> Result<Vec<Volume>, String> {
    let mut given = Vec::new();
    let mut take = |value: Option<Value>| match value {
        Some(Value::Array(volumes)) => {
            given.extend(volumes);
            Ok(())
        }
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err("volumes: must be a list of Volume4D"),
    };
    take(properties.remove("volumes"))?;
    if let Some(Value::Object(details)) = properties.get_mut("details") {
        take(details.remove("volumes"))?;
        take(details.remove("off_nominal_volumes"))?;
    }
    if given.is_empty() {
        return Err("no volumes: give at least one Volume4D".into());
    }
    given
        .iter()
        .enumerate()
        .map(|(index, volume)| {
            volume_4d(volume, reading).map_err(|what| format!("volume {}: {what}", index + 1))
        })
        .collect()
}

fn volume_4d(value: &Value, reading: &mut Reading) -> Result<Volume, String> {
    let volume = value.get("volume").and_then(Value::as_object).ok_or("it has no `volume`")?;
    check_members(value, &["volume", "time_start", "time_end"], "", reading)?;
    let known = ["outline_polygon", "outline_circle", "altitude_lower", "altitude_upper"];
    check_members(&value["volume"], &known, "volume.", reading)?;
    let outline = |key| volume.get(key).filter(|v| !is_blank(v));
    let footprint = match (outline("outline_polygon"), outline("outline_circle")) {
        (Some(polygon), None) => Footprint::Polygons(vec![self::polygon(polygon, reading)?]),
        (None, Some(circle)) => Footprint::Circle(self::circle(circle, reading)?),
        (None, None) => return Err("no outline: give outline_polygon or outline_circle".into()),
        (Some(_), Some(_)) => {
            return Err("two outlines: give outline_polygon or outline_circle, not both".into());
        }
    };
    reading.take_line(&[], false, EdgeRule::Geodesic)?;
    let band = heights::band(
        altitude(volume, "altitude_lower", reading)?,
        altitude(volume, "altitude_upper", reading)?,
    )?;
    let (start, end) =
        (instant(value, "time_start", reading)?, instant(value, "time_end", reading)?);
    Ok(Volume { footprint, band, window: time::window(start, end)? })
}

fn point(value: Option<&Value>, reading: &mut Reading) -> Result<Position, String> {
    if let Some(value) = value {
        check_members(value, &["lat", "lng"], "point.", reading)?;
    }
    let of = |key| value.and_then(|v| v.get(key)).and_then(Value::as_f64);
    match (of("lat"), of("lng")) {
        (Some(lat), Some(lng)) => coordinates::position(lat, lng),
        _ => Err("a point must have the numbers `lat` and `lng`".into()),
    }
}

fn polygon(value: &Value, reading: &mut Reading) -> Result<Polygon, String> {
    check_members(value, &["vertices", members::RESIDUAL], "outline_polygon.", reading)?;
    let vertices = value.get("vertices").and_then(Value::as_array);
    let vertices = vertices.ok_or("outline_polygon: `vertices` must be a list")?;
    let ring = vertices
        .iter()
        .map(|v| point(Some(v), reading))
        .collect::<Result<Vec<Position>, String>>()?;
    let residual_m = value.as_object().map_or(Ok(None), members::residual)?.unwrap_or(0.0);
    self::ring(ring, residual_m, reading)
}

/// The polygon of vertices, whose boundary may lie `residual_m` metres beside its edges.
fn ring(
    mut ring: Vec<Position>,
    residual_m: f64,
    reading: &mut Reading,
) -> Result<Polygon, String> {
    // The standard forbids the closing vertex. Files have it; the polygon is the same.
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    reading.take_line(&ring, true, EdgeRule::Geodesic)?;
    let polygon =
        Polygon::with_crossings(vec![ring], EdgeRule::Geodesic).map_err(|e| e.to_string())?;
    Ok(attributes::with_whole_residual(polygon, residual_m))
}

/// Checks that an object has no member but some that could bear on anything.
fn check_members(
    value: &Value,
    known: &[&str],
    path: &str,
    reading: &mut Reading,
) -> Result<(), String> {
    let members = value.as_object().into_iter().flatten();
    let rest = members.filter(|(key, _)| !known.contains(&key.as_str()));
    check_unread(rest, path, "see the schemas of ASTM F3548-21", reading)
}

fn circle(value: &Value, reading: &mut Reading) -> Result<Circle, String> {
    check_members(value, &["center", "radius"], "outline_circle.", reading)?;
    let center = point(value.get("center"), reading)?;
    if let Some(radius) = value.get("radius") {
        check_members(radius, &["value", "units"], "radius.", reading)?;
    }
    let radius = value.get("radius").and_then(Value::as_object);
    let radius = radius.ok_or("outline_circle: `radius` must have `value` and `units`")?;
    if text(radius, "units") != Some("M") {
        return Err("radius: `units` must be `M`, metres; convert it".into());
    }
    let radius_m = radius.get("value").and_then(Value::as_f64);
    let radius_m = radius_m.ok_or("radius: `value` must be a number")?;
    Circle::new(center, radius_m).map_err(|e| e.to_string())
}

fn altitude(
    volume: &Map<String, Value>,
    key: &str,
    reading: &mut Reading,
) -> Result<Limit, String> {
    let Some(altitude) = volume.get(key).filter(|v| !is_blank(v)) else {
        return Ok(Limit::Unknown);
    };
    let path = format!("{key}.");
    check_members(altitude, &["value", "reference", "units"], &path, reading)?;
    let altitude = altitude.as_object().ok_or_else(|| format!("{key}: must be an object"))?;
    if (text(altitude, "reference"), text(altitude, "units")) != (Some("W84"), Some("M")) {
        return Err(format!(
            "{key}: `reference` must be `W84` and `units` `M`: metres above the ellipsoid; convert it"
        ));
    }
    let metres = altitude.get("value").and_then(Value::as_f64);
    let metres = metres.ok_or_else(|| format!("{key}: `value` must be a number"))?;
    limit(key, metres)
}

/// The limit at a number of metres above the ellipsoid, which `key` gives.
fn limit(key: &str, metres: f64) -> Result<Limit, String> {
    if !ALTITUDES_M.contains(&metres) {
        return Err(format!("{key} {metres} m: must be from -8,000 to 100,000 m"));
    }
    Ok(Limit::At(Height { metres, reference: Reference::W84 }))
}

fn instant<'a>(
    volume: &'a Value,
    key: &str,
    reading: &mut Reading,
) -> Result<Option<&'a str>, String> {
    let Some(time) = volume.get(key).filter(|v| !is_blank(v)) else { return Ok(None) };
    check_members(time, &["value", "format"], &format!("{key}."), reading)?;
    let form = || {
        format!("{key}: must be {{\"value\": \"2026-05-18T09:30:00Z\", \"format\": \"RFC3339\"}}")
    };
    let time = time.as_object().ok_or_else(form)?;
    match (text(time, "value"), text(time, "format")) {
        (Some(value), Some("RFC3339")) => Ok(Some(value)),
        _ => Err(form()),
    }
}

/// Writes a document as `{"operational_intents": [...]}`.
///
/// # Errors
/// When a volume has holes, is a corridor or in force only in parts of its window, or has a limit
/// that is not a height above the ellipsoid within the standard's range.
pub(crate) fn write(document: &Document) -> Result<Vec<u8>, WriteError> {
    let mut out = String::from(r#"{"operational_intents":["#);
    for (index, feature) in document.features.iter().enumerate() {
        let intent = intent_value(feature).map_err(|what| WriteError::new(feature, what))?;
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&intent.to_string());
    }
    out.push_str("\n]}\n");
    Ok(out.into_bytes())
}

fn intent_value(feature: &Feature) -> Result<Value, String> {
    let mut intent = Map::new();
    intent.insert("id".into(), feature.id.as_str().into());
    match feature.names.as_slice() {
        [] => {}
        [only] if only.lang.is_none() => {
            intent.insert("name".into(), only.text.as_str().into());
        }
        names => {
            intent.insert("name".into(), members::names_value(names));
        }
    }
    for (key, value) in &feature.properties {
        let key = quoted(key, value, is_reserved);
        if !intent.contains_key(&key) {
            intent.insert(key, value.clone());
        }
    }
    let mut volumes = Vec::new();
    let mut kinds: Vec<&str> = Vec::new();
    for (index, volume) in feature.volumes.iter().enumerate() {
        let values = volume_values(volume)?;
        if let Some(kind) = feature.volume_kinds.get(index) {
            kinds.resize(kinds.len() + values.len(), kind);
        }
        volumes.extend(values);
    }
    if !kinds.is_empty() {
        intent.insert(members::VOLUME_KINDS.into(), kinds.into());
    }
    intent.insert("volumes".into(), volumes.into());
    Ok(intent.into())
}

/// The `Volume4D` of a volume; one of several polygons takes one for each.
fn volume_values(volume: &Volume) -> Result<Vec<Value>, String> {
    if volume.window.is_part_time() {
        return Err("in force only in parts of its window; give the windows explicitly".into());
    }
    let heights = altitudes(volume.band)?;
    let with = |key: &str, outline: Value| {
        let mut space = Map::new();
        space.insert(key.into(), outline);
        space.extend(heights.clone());
        let mut value = Map::new();
        value.insert("volume".into(), space.into());
        let ends = [("time_start", volume.window.from()), ("time_end", volume.window.until())];
        for (key, instant) in ends {
            if let Some(instant) = instant {
                let time = json!({"value": time::format(instant), "format": "RFC3339"});
                value.insert(key.into(), time);
            }
        }
        Value::Object(value)
    };
    match &volume.footprint {
        Footprint::Circle(circle) => Ok(vec![with(
            "outline_circle",
            json!({
                "center": point_value(circle.center()),
                "radius": {"value": json_number(circle.radius_m()), "units": "M"},
            }),
        )]),
        Footprint::Polygons(polygons) => polygons
            .iter()
            .map(|polygon| match polygon.rings() {
                [_] => {
                    let rings = attributes::rings_under(polygon, EdgeRule::Geodesic)?;
                    let vertices: Value = rings.into_iter().flatten().map(point_value).collect();
                    let mut outline = json!({"vertices": vertices});
                    if let Some(m) = attributes::residual_beyond(polygon, EdgeRule::Geodesic) {
                        outline[members::RESIDUAL] = json_number(m);
                    }
                    Ok(with("outline_polygon", outline))
                }
                _ => Err("F3548 has no holes; split the polygon, or write GeoJSON instead".into()),
            })
            .collect(),
        Footprint::Corridor(_) => {
            Err("F3548 has no corridors: write GeoJSON instead, or give the \
                                       corridor as polygons and circles"
                .into())
        }
    }
}

fn point_value(position: Position) -> Value {
    json!({"lat": position.lat_deg(), "lng": position.lon_deg()})
}

fn altitudes(band: Band) -> Result<Map<String, Value>, String> {
    let mut altitudes = Map::new();
    for (key, limit) in [("altitude_lower", band.lower()), ("altitude_upper", band.upper())] {
        let (Limit::At(Height { metres, reference: Reference::W84 }), true) =
            (limit, matches!(limit, Limit::At(h) if ALTITUDES_M.contains(&h.metres)))
        else {
            return Err(format!(
                "{key} is {}: F3548 needs metres above the ellipsoid (W84) from -8,000 to 100,000; \
                 give such a height, or write GeoJSON instead",
                heights::text(limit)
            ));
        };
        let altitude = json!({"value": json_number(metres), "reference": "W84", "units": "M"});
        altitudes.insert(key.into(), altitude);
    }
    Ok(altitudes)
}
