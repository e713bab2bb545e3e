//! GeoJSON values to features.

use deconflict_geometry::{Band, Limit, Volume, Window};
use serde_json::{Map, Value};

use super::shape::{self, Shape, Sizes, shapes};
use super::{NESTED_BAND, NESTED_ZONE};
use crate::attributes::{clip, own_key, unquoted};
use crate::bands::{self, Holder};
use crate::crs::check_crs;
use crate::drawn::{self, Figure};
use crate::members::{self, is_blank, text};
use crate::pages;
use crate::parts::{self, ElementResult};
use crate::periods;
use crate::reading::Reading;
use crate::vocabulary::{check_unread, is_telling, normal};
use crate::{Document, Feature, Format, ReadError, ReadOptions, SourcePlace};

/// Objects that hold a height band, in normal form: ED-318's, and Spain's.
const LAYERS: [&str; 2] = ["layer", "verticallayer"];
/// What is said of members that are not read where they stand.
const PROPERTIES: &str = "what bears on a feature is read from its properties and its geometry";

/// Reads a GeoJSON text's value: a feature collection, a feature, or a geometry.
///
/// # Errors
/// Every feature that is malformed, by its number.
pub(crate) fn read(
    value: Value,
    format: Format,
    options: &ReadOptions,
) -> Result<Document, Vec<ReadError>> {
    let whole = |what: String| vec![ReadError::new(SourcePlace::Whole, None, what)];
    let Value::Object(mut root) = value else {
        return Err(whole("not an object".to_owned()));
    };
    let mut reading = Reading::new(options);
    let features = match root.get("type").and_then(Value::as_str) {
        Some("FeatureCollection") => {
            let features = root.remove("features");
            check_crs(&root).map_err(whole)?;
            check_unread(&root, "", PROPERTIES, &mut reading).map_err(whole)?;
            match features {
                Some(Value::Array(features)) => {
                    pages::check_whole(&root, features.len(), &mut reading);
                    features
                }
                _ => {
                    let what = "the FeatureCollection has no list `features`";
                    return Err(whole(what.to_owned()));
                }
            }
        }
        kind if root.get("features").is_some_and(Value::is_array) => {
            let kind = clip(kind.unwrap_or_default());
            return Err(whole(format!(
                "`features` in a {kind}: only a FeatureCollection has such a list; correct its `type`, or \
                 keep one of both"
            )));
        }
        Some("Feature") => vec![Value::Object(root)],
        _ => {
            let mut feature = Map::new();
            feature.insert("type".into(), "Feature".into());
            feature.insert("geometry".into(), Value::Object(root));
            vec![Value::Object(feature)]
        }
    };
    let read = parts::features(features, options, &mut reading, feature);
    reading.finish(format, read)
}

/// One feature; `None` where it is declared without a place.
///
/// # Errors
/// When it is malformed; with it goes a volume that it cannot reach beyond, if that is known.
fn feature(number: usize, value: Value, reading: &mut Reading) -> ElementResult {
    let place = SourcePlace::Feature(number);
    let Value::Object(mut object) = value else {
        return Err((ReadError::new(place, None, "not an object"), None));
    };
    let mut properties = match object.remove("properties") {
        Some(Value::Object(properties)) => properties,
        None | Some(Value::Null) => Map::new(),
        Some(_) => {
            let what = "`properties`: must be an object (RFC 7946, section 3.2)";
            return Err((ReadError::new(place, None, what), None));
        }
    };
    let named = members::check_names(&properties, reading);
    let (id, names, kind) = identity(&object, &mut properties);
    let id = id.unwrap_or_else(|| format!("feature {number}"));
    let refused = |what: String| ReadError::new(place, Some(&id), what);
    named.map_err(|what| (refused(what), None))?;
    if object.get("type").and_then(Value::as_str) != Some("Feature") {
        return Err((refused("its `type` is not `Feature`".to_owned()), None));
    }
    let geometry = object.remove("geometry");
    check_crs(&object)
        .and_then(|()| check_unread(&object, "", PROPERTIES, reading))
        .map_err(|what| (refused(what), None))?;
    let geometry = match geometry {
        // An unlocated feature (RFC 7946, section 3.2).
        Some(geometry) if geometry.is_null() || shape::is_empty(&geometry) => {
            reading.without_place(&id);
            return Ok(None);
        }
        geometry => geometry.unwrap_or(Value::Null),
    };
    let in_doubt = properties.keys().any(|key| members::is_residual(key));
    let read = volumes(&geometry, &mut properties, reading).and_then(|volumes| {
        let kinds = members::take_volume_kinds(&mut properties, volumes.len())?;
        let drawn = properties.iter().filter(|(key, _)| own_key(key).is_none());
        let drawn = drawn.map(|(key, value)| (key.as_str(), drawn::of_value(value)));
        drawn::check_beside(drawn, &volumes, "make it the geometry of the feature")?;
        let unread = properties.iter().filter(|(key, _)| !periods::is_list_word(&normal(key)));
        check_unread(unread, "", "see docs/formats.md for the names that are read", reading)?;
        Ok((volumes, kinds))
    });
    match read {
        Ok((volumes, volume_kinds)) => {
            let properties =
                properties.into_iter().map(|(k, v)| (unquoted(k, &v, is_reserved), v)).collect();
            Ok(Some(Feature { id, names, kind, volume_kinds, volumes, place, properties }))
        }
        Err(what) => {
            let hull = if in_doubt { None } else { shape::hull(&geometry) };
            Err((refused(what), hull.map(Box::new)))
        }
    }
}

/// Whether a property of this name would be taken for something that it need not be, or refused.
pub(super) fn is_reserved(key: &str, value: &Value) -> bool {
    let name = normal(key);
    is_telling(key, value)
        || bands::is_band_word(&name)
        || bands::is_loose_unit(&name)
        || periods::is_window_word(&name)
        || Sizes::is_word(&name)
        || (LAYERS.contains(&name.as_str()) && !is_label(value))
        || (name == NESTED_BAND && value.is_object())
        || drawn::of_value(value) == Some(Figure::Shape)
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
    // ED-269's `type` is a variant, and `restriction` what the zone is.
    if text(properties, "restriction").is_some()
        && matches!(text(properties, "type"), Some("COMMON" | "CUSTOMIZED"))
        && !properties.contains_key("variant")
        && let Some(variant) = properties.remove("type")
    {
        properties.insert("variant".into(), variant);
        if let Some(restriction) = properties.remove("restriction") {
            properties.insert("type".into(), restriction);
        }
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
    let sizes = Sizes::of(properties)?;
    shapes(geometry, &sizes, &mut found, reading)?;
    if found.is_empty() {
        return Err("the geometry is empty: give at least one shape".into());
    }
    sizes.known().note_unread(&found, reading);
    Sizes::take(properties, &found);
    let common_band = take_band(properties, reading)?;
    let common_windows = take_windows(properties, reading)?;
    let mut volumes = Vec::new();
    for shape in found {
        let band = match shape.layer {
            Some(layer) => agreed_band(layer_band(layer, reading)?, common_band)?,
            None => common_band,
        };
        let own = own_windows(&shape, common_windows.as_deref(), reading)?;
        let windows = own.as_deref().or(common_windows.as_deref()).unwrap_or(&[Window::ALWAYS]);
        for (index, window) in windows.iter().enumerate() {
            if index > 0 {
                reading.take(&shape.footprint)?;
            }
            volumes.push(Volume { footprint: shape.footprint.clone(), band, window: *window });
        }
    }
    Ok(volumes)
}

/// The windows of a shape that has its own.
fn own_windows(
    shape: &Shape<'_>,
    common: Option<&[Window]>,
    reading: &mut Reading,
) -> Result<Option<Vec<Window>>, String> {
    let Some(window) = shape.window else { return Ok(None) };
    let rest = window.iter().filter(|(key, _)| !periods::is_window_word(&normal(key)));
    check_unread(rest, "window.", "a window has from, until and part_time", reading)?;
    let window = periods::flat(window)?.map_or(Window::ALWAYS, |(_, window)| window);
    match common {
        Some(common) if common != [window] => {
            Err("a geometry and the properties both say when it is in force, and differ; keep one"
                .to_owned())
        }
        _ => Ok(Some(vec![window])),
    }
}

/// The band of a layer, which the properties may repeat and must not contradict.
fn agreed_band(own: Band, common: Band) -> Result<Band, String> {
    let differs = |a: Limit, b: Limit| b != Limit::Unknown && a != b;
    if differs(own.lower(), common.lower()) || differs(own.upper(), common.upper()) {
        return Err(
            "a geometry's layer and the properties both give heights, and differ; keep one"
                .to_owned(),
        );
    }
    Ok(own)
}

/// The band in a `layer`, where ED-318's number for "no limit" counts.
fn layer_band(layer: &Map<String, Value>, reading: &mut Reading) -> Result<Band, String> {
    let holders = [Holder::layer(layer)];
    let found = bands::limits(&holders)?;
    if bands::is_idle(&found, &holders) {
        reading.note(bands::IDLE);
    }
    let rest = layer.iter().filter(|(key, _)| !is_layer_word(key, found.loose_unit));
    check_unread(rest, "layer.", "a layer has lower, upper, their references and uom", reading)?;
    bands::band(&found)
}

fn is_layer_word(key: &str, loose_unit: bool) -> bool {
    let name = normal(key);
    bands::is_band_word(&name) || (loose_unit && bands::is_loose_unit(&name))
}

/// Whether a `layer` is a label: QGIS writes the name of a layer there, others its number. A text
/// that tells of heights is none.
fn is_label(value: &Value) -> bool {
    const HEIGHTS: [&str; 8] = ["fl", "agl", "amsl", "msl", "sfc", "gnd", "unl", "ft"];
    match value {
        Value::Number(_) | Value::Bool(_) => true,
        Value::String(text) => {
            let lower = text.to_ascii_lowercase();
            let digits = lower.bytes().any(|b| b.is_ascii_digit());
            let mut words = lower.split(|c: char| !c.is_ascii_alphabetic());
            !(digits && words.any(|word| HEIGHTS.contains(&word)))
        }
        value => is_blank(value),
    }
}

/// The band that the properties give for all shapes, taken out of them: among them, in a `layer`, or
/// in what is left of an ED-269 geometry.
fn take_band(properties: &mut Map<String, Value>, reading: &mut Reading) -> Result<Band, String> {
    let mut holders = vec![Holder::properties(properties)];
    let mut names = Vec::new();
    for (key, value) in properties.iter() {
        let name = normal(key);
        let is_layer = LAYERS.contains(&name.as_str());
        match value {
            Value::Object(members) if is_layer || name == NESTED_BAND => {
                holders.push(Holder::layer(members));
                names.push(key.clone());
            }
            value if is_layer && !is_label(value) => {
                return Err(format!(
                    "{}: must be an object with lower and upper; where it is no height, rename the \
                     property",
                    clip(key)
                ));
            }
            _ => {}
        }
    }
    let found = bands::limits(&holders)?;
    if bands::is_idle(&found, &holders) {
        reading.note(bands::IDLE);
    }
    let band = bands::band(&found)?;
    let is_read = |key: &str| is_layer_word(key, found.loose_unit);
    for name in names {
        let Some(Value::Object(members)) = properties.get_mut(&name) else { continue };
        members.retain(|key, _| !is_read(key));
        let rest = members.iter().filter(|(_, value)| !is_blank(value));
        let path = format!("{}.", clip(&name));
        check_unread(rest, &path, "only heights are read there", reading)?;
        if members.is_empty() {
            properties.remove(&name);
        }
    }
    properties.retain(|key, _| !is_read(key));
    Ok(band)
}

/// The windows that the properties give for all shapes; lists of periods stay among them.
fn take_windows(
    properties: &mut Map<String, Value>,
    reading: &mut Reading,
) -> Result<Option<Vec<Window>>, String> {
    let windows = periods::windows(&[properties])?;
    if periods::has_dates_of_no_use(properties) {
        reading.note(periods::DATES_OF_NO_USE);
    }
    properties.retain(|key, _| !periods::is_window_word(&normal(key)));
    Ok(windows)
}
