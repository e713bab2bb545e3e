//! GeoJSON values to features.

use deconflict_geometry::{Band, Footprint, Limit, Volume, Window};
use serde_json::{Map, Value};

use super::shape::{RADIUS_UOM, Sizes, shapes};
use super::{NESTED_ZONE, PERIODS};
use crate::members::{self, is_blank, text};
use crate::reading::Reading;
use crate::{
    Document, Feature, Format, ReadError, ReadOptions, SourcePlace, attributes, heights, time,
};

/// Property names of a beginning and of an end, the first being the one that is written.
pub(super) const FROM: [&str; 3] = ["from", "time_start", "startDateTime"];
pub(super) const UNTIL: [&str; 3] = ["until", "time_end", "endDateTime"];
/// The property that says that only unresolved parts of the window are in force.
pub(super) const PART_TIME: &str = "part_time";

/// The names under which a height band stands among other properties.
const HEIGHTS: [&str; 10] = [
    "lower",
    "lowerReference",
    "lower_m",
    "lower_reference",
    "upper",
    "upperReference",
    "upper_m",
    "upper_reference",
    "uom",
    "UOM",
];
/// Objects that hold a height band: ED-318's, and Spain's.
const LAYERS: [&str; 2] = ["layer", "verticalLayer"];
/// The names under which sizes stand among other properties.
const SIZES: [&str; 6] = ["extent", "radius_m", "radius", RADIUS_UOM, "half_width_m", "width_m"];

/// Reads a GeoJSON text's value: a feature collection, a feature, or a geometry.
///
/// # Errors
/// Every feature that is malformed, by its number.
pub(crate) fn read(
    value: Value,
    format: Format,
    options: &ReadOptions,
) -> Result<Document, Vec<ReadError>> {
    let Value::Object(mut root) = value else {
        return Err(vec![ReadError::new(SourcePlace::Whole, None, "not an object")]);
    };
    if let Some(crs) = root.get("crs") {
        check_crs(crs).map_err(|what| vec![ReadError::new(SourcePlace::Whole, None, what)])?;
    }
    let features = match root.get("type").and_then(Value::as_str) {
        Some("FeatureCollection") => match root.remove("features") {
            Some(Value::Array(features)) => features,
            _ => {
                let what = "the FeatureCollection has no list `features`";
                return Err(vec![ReadError::new(SourcePlace::Whole, None, what)]);
            }
        },
        Some("Feature") => vec![Value::Object(root)],
        _ => {
            let mut feature = Map::new();
            feature.insert("type".into(), "Feature".into());
            feature.insert("geometry".into(), Value::Object(root));
            vec![Value::Object(feature)]
        }
    };
    let mut reading = Reading::new(options);
    let mut read = Vec::with_capacity(features.len());
    for (index, feature) in features.into_iter().enumerate() {
        reading.at(SourcePlace::Feature(index + 1));
        match self::feature(index + 1, feature, &mut reading) {
            Ok(Some(feature)) => read.push(feature),
            Ok(None) => {}
            Err(mistake) => reading.leave_out(mistake, None),
        }
        if reading.is_spent() {
            break;
        }
    }
    reading.finish(format, read)
}

/// GeoJSON before RFC 7946 could name another reference system; its numbers would be misread.
fn check_crs(crs: &Value) -> Result<(), String> {
    if crs.is_null() {
        return Ok(());
    }
    let name = crs.get("properties").and_then(|p| p.get("name")).and_then(Value::as_str);
    let name = name.unwrap_or("without a name");
    if ["CRS84", "EPSG:4326", "EPSG::4326"].iter().any(|known| name.contains(known)) {
        return Ok(());
    }
    Err(format!(
        "coordinate reference system {name}: only WGS84 longitude and latitude are read; \
         convert the file (RFC 7946, section 4)"
    ))
}

/// One feature; `None` where it is declared without a place.
fn feature(
    number: usize,
    value: Value,
    reading: &mut Reading,
) -> Result<Option<Feature>, ReadError> {
    let place = SourcePlace::Feature(number);
    let Value::Object(mut object) = value else {
        return Err(ReadError::new(place, None, "not an object"));
    };
    let mut properties = match object.remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    let (id, names, kind) = identity(&object, &mut properties);
    let id = id.unwrap_or_else(|| format!("feature {number}"));
    if object.get("type").and_then(Value::as_str) != Some("Feature") {
        return Err(ReadError::new(place, Some(&id), "its `type` is not `Feature`"));
    }
    let geometry = match object.remove("geometry") {
        // An unlocated feature (RFC 7946, section 3.2).
        Some(Value::Null) => {
            reading.without_place(&id);
            return Ok(None);
        }
        geometry => geometry.unwrap_or(Value::Null),
    };
    let volumes = volumes(&geometry, &mut properties, reading)
        .map_err(|what| ReadError::new(place, Some(&id), what))?;
    let volume_kinds = members::take_volume_kinds(&mut properties, volumes.len())
        .map_err(|what| ReadError::new(place, Some(&id), what))?;
    let properties = properties.into_iter().map(|(key, v)| (own_key(key), v)).collect();
    Ok(Some(Feature { id, names, kind, volume_kinds, volumes, place, properties }))
}

/// Whether a property of this name says something about the feature's volumes.
fn is_reserved(key: &str) -> bool {
    [&FROM[..], &UNTIL, &HEIGHTS, &LAYERS, &SIZES]
        .into_iter()
        .flatten()
        .chain(&[PART_TIME, members::RESIDUAL, members::VOLUME_KINDS])
        .any(|reserved| *reserved == key)
}

/// The name under which a property stands that is called `key` and says nothing about the volumes.
pub(super) fn kept_key(key: &str) -> String {
    if is_reserved(attributes::bare_key(key)) { attributes::json_key(key) } else { key.to_owned() }
}

/// What a property is called that stands under a name from [`kept_key`].
fn own_key(key: String) -> String {
    match attributes::own_key(&key) {
        Some(own) if is_reserved(attributes::bare_key(own)) => own.to_owned(),
        _ => key,
    }
}

/// Identifier, names and kind, taken out of the properties.
fn identity(
    object: &Map<String, Value>,
    properties: &mut Map<String, Value>,
) -> (Option<String>, Vec<crate::Text>, String) {
    let as_id = |value: &Value| match value {
        Value::String(id) if !id.trim().is_empty() => Some(id.trim().to_owned()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    let nested =
        properties.get(NESTED_ZONE).and_then(Value::as_object).cloned().unwrap_or_default();
    let names = [properties.get("name"), nested.get("name")]
        .into_iter()
        .map(members::names)
        .find(|names| !names.is_empty())
        .unwrap_or_default();
    if !names.is_empty() {
        properties.remove("name");
    }
    let kind = ["type", "kind"]
        .into_iter()
        .find(|key| text(properties, key).is_some())
        .and_then(|key| properties.remove(key));
    let kind = kind.as_ref().or_else(|| nested.get("type")).and_then(Value::as_str);
    let kind = kind.unwrap_or_default().trim().to_owned();
    let id = [
        properties.get("identifier"),
        nested.get("identifier"),
        object.get("id"),
        properties.get("id"),
    ]
    .into_iter()
    .flatten()
    .find_map(as_id)
    .or_else(|| names.first().map(|name| name.text.clone()));
    for key in ["identifier", "id"] {
        if properties.get(key).and_then(as_id) == id {
            properties.remove(key);
        }
    }
    (id, names, kind)
}

/// The volumes: each shape in each period.
fn volumes(
    geometry: &Value,
    properties: &mut Map<String, Value>,
    reading: &mut Reading,
) -> Result<Vec<Volume>, String> {
    let mut found = Vec::new();
    shapes(geometry, Sizes::of(properties)?, reading, &mut found)?;
    if found.is_empty() {
        return Err("the geometry is empty: give at least one shape".into());
    }
    if found.iter().any(|s| !matches!(s.footprint, Footprint::Polygons(_))) {
        SIZES.iter().for_each(|key| drop(properties.remove(*key)));
    }
    properties.remove(members::RESIDUAL);
    let common_band = take_band(properties)?;
    let common_windows = take_windows(properties)?;
    let mut volumes = Vec::new();
    for shape in found {
        let band = match layer_of(shape.geometry)? {
            Some(layer) => band(layer, true)?,
            None => common_band,
        };
        let own = match shape.geometry.get("window").and_then(Value::as_object) {
            Some(window) => Some(vec![window_of(window)?]),
            None => None,
        };
        for (index, window) in own.as_ref().unwrap_or(&common_windows).iter().enumerate() {
            if index > 0 {
                reading.take(&shape.footprint)?;
            }
            volumes.push(Volume { footprint: shape.footprint.clone(), band, window: *window });
        }
    }
    Ok(volumes)
}

/// The band that the properties give for all shapes, taken out of them.
fn take_band(properties: &mut Map<String, Value>) -> Result<Band, String> {
    if let Some(layer) = layer_of(properties)? {
        let band = band(layer, true)?;
        LAYERS.iter().for_each(|key| drop(properties.remove(*key)));
        return Ok(band);
    }
    let band = band(properties, false)?;
    HEIGHTS.iter().for_each(|key| drop(properties.remove(*key)));
    Ok(band)
}

/// The object among the members that holds a height band.
///
/// # Errors
/// When it is no object.
fn layer_of(members: &Map<String, Value>) -> Result<Option<&Map<String, Value>>, String> {
    for key in LAYERS {
        match members.get(key) {
            Some(Value::Object(layer)) => return Ok(Some(layer)),
            Some(value) if !is_blank(value) => {
                return Err(format!("{key}: must be an object with lower and upper"));
            }
            _ => {}
        }
    }
    Ok(None)
}

/// The band in a `layer`, where ED-318's number for "no limit" counts, or in properties of the same
/// names; what is not given is unknown.
fn band(layer: &Map<String, Value>, no_limit: bool) -> Result<Band, String> {
    let unit = text(layer, "uom").or_else(|| text(layer, "UOM"));
    let end = |name: &str| {
        let word = |suffix: &str| text(layer, &format!("{name}{suffix}"));
        let reference = word("Reference").or_else(|| word("_reference"));
        let given = members::limit(name, layer.get(name), unit, reference, no_limit)?;
        let metres = layer.get(&format!("{name}_m"));
        let metres = members::limit(name, metres, Some("m"), reference, false)?;
        if let (Some(given), Some(metres)) = (given, metres)
            && given != metres
        {
            return Err(format!(
                "{name} says {}, {name}_m says {}; keep one",
                heights::text(given),
                heights::text(metres)
            ));
        }
        Ok::<Limit, String>(given.or(metres).unwrap_or(Limit::Unknown))
    };
    heights::band(end("lower")?, end("upper")?)
}

/// The windows that the properties give for all shapes.
fn take_windows(properties: &mut Map<String, Value>) -> Result<Vec<Window>, String> {
    if let Some(periods) = properties.get(PERIODS) {
        return members::periods(periods);
    }
    let window = window_of(properties)?;
    let keys = FROM.iter().chain(&UNTIL).chain([&PART_TIME]);
    keys.for_each(|key| drop(properties.remove(*key)));
    Ok(vec![window])
}

fn window_of(object: &Map<String, Value>) -> Result<Window, String> {
    let end = |keys: &[&str]| -> Result<Option<String>, String> {
        for key in keys {
            match object.get(*key) {
                Some(Value::String(time)) if !is_blank(&Value::from(time.as_str())) => {
                    return Ok(Some(time.clone()));
                }
                None | Some(Value::Null | Value::String(_)) => {}
                Some(_) => {
                    return Err(format!("{key}: must be a time such as 2026-05-18T09:30:00Z"));
                }
            }
        }
        Ok(None)
    };
    let window = time::window(end(&FROM)?.as_deref(), end(&UNTIL)?.as_deref())?;
    let part_time = match object.get(PART_TIME) {
        Some(Value::String(text)) if !text.trim().is_empty() => attributes::yes(PART_TIME, text)?,
        Some(Value::Bool(part_time)) => *part_time,
        None | Some(Value::Null | Value::String(_)) => false,
        Some(_) => return Err(format!("{PART_TIME}: write true or false")),
    };
    Ok(if part_time { window.part_time() } else { window })
}
