//! EUROCAE ED-269: UAS zones, each with a list of horizontal projections.
//!
//! Polygons are written as in GeoJSON, so their edges are taken to be straight in longitude and
//! latitude too. A missing upper limit means that there is none.

use deconflict_geometry::{Band, Circle, EdgeRule, Footprint, Limit, Reference, Volume, Window};
use serde_json::{Map, Value, json};

use crate::attributes::{self, quoted, unquoted};
use crate::bands::{self, Holder};
use crate::crs::check_crs;
use crate::heights::{self, Unit};
use crate::members::{self, is_blank, json_number, number, text};
use crate::periods;
use crate::reading::{Reading, hull_volume};
use crate::vocabulary::{check_unread, is_telling, normal};
use crate::{
    Document, Feature, Format, ReadError, ReadOptions, SourcePlace, WriteError, geojson, pages,
    parts,
};

/// The property that holds the periods; kept as given, daily periods included.
const PERIODS: &str = "applicability";
/// ED-269's `type` (COMMON or CUSTOMIZED), under the name that ED-318 has for it.
const VARIANT: &str = "variant";

/// Reads an ED-269 text's value.
///
/// # Errors
/// Every zone that is malformed, by its number.
pub(crate) fn read(mut value: Value, options: &ReadOptions) -> Result<Document, Vec<ReadError>> {
    let whole = |what: String| vec![ReadError::new(SourcePlace::Whole, None, what)];
    let mut reading = Reading::new(options);
    let is_list = |key: &str| value.get(key).is_some_and(Value::is_array);
    if is_list("UASZoneList") && is_list("features") {
        return Err(whole(
            "both `UASZoneList` and `features` are lists of zones: keep one".to_owned(),
        ));
    }
    let zones = ["UASZoneList", "features"].iter().find_map(|key| match value.get_mut(*key) {
        Some(Value::Array(zones)) => Some(std::mem::take(zones)),
        _ => None,
    });
    let Some(zones) = zones else {
        return Err(whole("`UASZoneList` must be a list of zones".to_owned()));
    };
    if let Some(root) = value.as_object() {
        check_crs(root).map_err(whole)?;
        check_unread(root, "", "what bears on a zone is read from the zone", &mut reading)
            .map_err(whole)?;
        pages::check_whole(root, zones.len(), &mut reading);
    }
    let features = parts::features(zones, options, &mut reading, |number, zone, reading| {
        let hull = if reading.leaves_out() { hull(&zone) } else { None };
        let read = self::zone(number, zone, reading);
        read.map(Some).map_err(|mistake| (mistake, hull.map(Box::new)))
    });
    reading.finish(Format::Ed269, features)
}

fn zone(number: usize, zone: Value, reading: &mut Reading) -> Result<Feature, ReadError> {
    let place = SourcePlace::Feature(number);
    let Value::Object(mut properties) = zone else {
        return Err(ReadError::new(place, None, "not an object"));
    };
    // Files that are made to look like GeoJSON keep the members in `properties`.
    if properties.get("type").and_then(Value::as_str) == Some("Feature") {
        properties.remove("type");
        if let Some(Value::Object(inner)) = properties.remove("properties") {
            let differs = |(key, value): &(&String, &Value)| {
                properties.get(*key).is_some_and(|other| other != *value && !is_blank(other))
            };
            if let Some((key, _)) = inner.iter().find(differs) {
                let what =
                    format!("`{}` is given twice, and differs; keep one", attributes::clip(key));
                return Err(ReadError::new(place, None, what));
            }
            properties.extend(inner);
        }
    }
    let named = members::check_names(&properties, reading);
    let names = members::names(properties.get("name"));
    if !names.is_empty() {
        properties.remove("name");
    }
    let id = match text(&properties, "identifier").map(str::to_owned) {
        Some(id) => {
            properties.remove("identifier");
            id
        }
        None => names.first().map_or_else(|| format!("feature {number}"), |n| n.text.clone()),
    };
    let mut take = |key: &str| match properties.get(key) {
        Some(Value::String(_)) => properties.remove(key),
        _ => None,
    };
    let kind = take("restriction").as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(variant) = take("type") {
        properties.insert(VARIANT.into(), variant);
    }
    let refused = |what: String| ReadError::new(place, Some(&id), what);
    named.map_err(refused)?;
    let volumes = volumes(&mut properties, reading).map_err(refused)?;
    let volume_kinds =
        members::take_volume_kinds(&mut properties, volumes.len()).map_err(refused)?;
    let unread = properties.iter().filter(|(key, _)| !periods::is_list_word(&normal(key)));
    check_unread(unread, "", "a zone's place and heights are read from its geometry", reading)
        .map_err(refused)?;
    let properties =
        properties.into_iter().map(|(k, v)| (unquoted(k, &v, is_reserved), v)).collect();
    Ok(Feature { id, names, kind, volume_kinds, volumes, place, properties })
}

/// A volume that a zone cannot reach beyond, whatever is wrong with it; `None` where that is not
/// certain.
fn hull(zone: &Value) -> Option<Volume> {
    let geometries = match zone.get("geometry")? {
        Value::Array(geometries) => geometries.as_slice(),
        one => std::slice::from_ref(one),
    };
    let (mut positions, mut beyond_m) = (Vec::new(), 0.0_f64);
    for geometry in geometries {
        let projection = geometry.get("horizontalProjection")?.as_object()?;
        // A boundary in doubt may lie beyond its positions.
        if geometry.as_object()?.keys().any(|key| members::is_residual(key)) {
            return None;
        }
        match text(projection, "type")? {
            "Circle" => {
                let center = projection.get("center")?;
                let (lon, lat) = (number(center.get(0)?)?, number(center.get(1)?)?);
                positions.push(members::lon_lat(lon, lat).ok()?);
                let unit = Unit::parse(holder(geometry.as_object()?).unit().ok()??).ok()?;
                beyond_m = beyond_m.max(number(projection.get("radius")?)? * unit.metres());
            }
            "Polygon" => {
                let rings = projection.get("coordinates")?.as_array()?;
                positions.extend(geojson::whole_rings(rings)?);
            }
            _ => return None,
        }
    }
    hull_volume(&positions, beyond_m)
}

/// Whether a property of this name would be taken for something that it need not be, or refused.
fn is_reserved(key: &str, value: &Value) -> bool {
    is_telling(key, value) || periods::is_window_word(&normal(key))
}

fn volumes(
    properties: &mut Map<String, Value>,
    reading: &mut Reading,
) -> Result<Vec<Volume>, String> {
    let geometries = match properties.remove("geometry") {
        Some(Value::Array(geometries)) if !geometries.is_empty() => geometries,
        Some(single @ Value::Object(_)) => vec![single],
        _ => return Err("`geometry` must be a list of at least one projection".into()),
    };
    check_crs(properties)?;
    let windows = periods::windows(&[properties])?.unwrap_or_else(|| vec![Window::ALWAYS]);
    if periods::has_dates_of_no_use(properties) {
        reading.note(periods::DATES_OF_NO_USE);
    }
    properties.retain(|key, _| !periods::is_window_word(&normal(key)));
    let mut volumes = Vec::new();
    for geometry in &geometries {
        let geometry = geometry.as_object().ok_or("geometry: must be a list of objects")?;
        let (footprint, band) = (footprint(geometry, reading)?, band(geometry, reading)?);
        for (index, window) in windows.iter().enumerate() {
            if index > 0 || matches!(footprint, Footprint::Circle(_)) {
                reading.take(&footprint)?;
            }
            volumes.push(Volume { footprint: footprint.clone(), band, window: *window });
        }
    }
    Ok(volumes)
}

fn footprint(geometry: &Map<String, Value>, reading: &mut Reading) -> Result<Footprint, String> {
    let projection = geometry
        .get("horizontalProjection")
        .and_then(Value::as_object)
        .ok_or("the geometry has no horizontalProjection")?;
    let shape = text(projection, "type");
    let own: &[&str] = match shape {
        Some("Circle") => &["type", "center", "radius"],
        _ => &["type", "coordinates"],
    };
    let rest = projection.iter().filter(|(key, _)| !own.contains(&key.as_str()));
    let where_read = "a circle has center and radius, a polygon coordinates";
    check_unread(rest, "horizontalProjection.", where_read, reading)?;
    match shape {
        Some("Circle") => {
            let center = projection.get("center").and_then(Value::as_array);
            let center = center.map_or(&[][..], Vec::as_slice);
            let (Some(lon), Some(lat)) =
                (center.first().and_then(number), center.get(1).and_then(number))
            else {
                return Err("circle: center must be two numbers, [longitude, latitude]".into());
            };
            let plain = |v: &&Value| !v.as_str().is_some_and(|t| heights::is_grouped(t.trim()));
            let radius = projection
                .get("radius")
                .filter(plain)
                .and_then(number)
                .ok_or("circle: radius must be a number whose point groups no thousands")?;
            if members::residual(geometry)?.is_some_and(|metres| metres > 0.0) {
                reading.note("residual_m beside a circle was not read: it is of outlines");
            }
            let unit = holder(geometry).unit()?.map_or(Ok(Unit::Metres), Unit::parse)?;
            Circle::new(members::lon_lat(lon, lat)?, radius * unit.metres())
                .map(Footprint::Circle)
                .map_err(|e| e.to_string())
        }
        Some("Polygon") => {
            let rings = projection.get("coordinates").and_then(Value::as_array);
            let rings = rings.ok_or("polygon: coordinates must be a list of rings")?;
            let residual_m = members::residual(geometry)?.unwrap_or(0.0);
            geojson::polygon(rings, residual_m, reading)
                .map(|polygon| Footprint::Polygons(vec![polygon]))
        }
        other => Err(format!(
            "horizontalProjection type `{}`: expected Circle or Polygon",
            other.unwrap_or_default()
        )),
    }
}

/// A geometry with its heights, in metres where it does not say.
fn holder(geometry: &Map<String, Value>) -> Holder<'_> {
    Holder { default_unit: Some("M"), ..Holder::layer(geometry) }
}

/// The band of a geometry, in which a missing upper limit means that there is none.
fn band(geometry: &Map<String, Value>, reading: &mut Reading) -> Result<Band, String> {
    let holders = [holder(geometry)];
    let found = bands::limits(&holders)?;
    if bands::is_idle(&found, &holders) {
        reading.note(bands::IDLE);
    }
    let is_read = |key: &str| {
        let name = normal(key);
        key == "horizontalProjection" || members::is_residual(key) || bands::is_band_word(&name)
    };
    let rest = geometry.iter().filter(|(key, value)| !is_read(key) && !is_blank(value));
    let where_read = "a geometry has limits, references, uomDimensions and horizontalProjection";
    check_unread(rest, "geometry.", where_read, reading)?;
    let upper = if found.given[1] { found.limits[1] } else { Limit::Unlimited };
    heights::band(found.limits[0], upper)
}

/// Writes a document as ED-269; of names in several languages the first.
///
/// # Errors
/// When a feature has corridors, heights that ED-269 cannot express, a schedule that is not known
/// any more, or volumes whose windows differ from shape to shape.
pub(crate) fn write(document: &Document) -> Result<Vec<u8>, WriteError> {
    let mut out = String::from(r#"{"formatVersion":"1.0.0","UASZoneList":["#);
    for (index, feature) in document.features.iter().enumerate() {
        let zone = zone_value(feature).map_err(|what| WriteError::new(feature, what))?;
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&zone.to_string());
    }
    out.push_str("\n]}\n");
    Ok(out.into_bytes())
}

fn zone_value(feature: &Feature) -> Result<Value, String> {
    let mut zone = Map::new();
    zone.insert("identifier".into(), feature.id.as_str().into());
    if let Some(name) = feature.names.first() {
        zone.insert("name".into(), name.text.as_str().into());
    }
    let variant = feature.properties.get(VARIANT).and_then(Value::as_str);
    if let Some(variant) = variant {
        zone.insert("type".into(), variant.into());
    }
    if !feature.kind.is_empty() {
        zone.insert("restriction".into(), feature.kind.as_str().into());
    }
    let windows = geojson::window_pattern(&feature.volumes).ok_or(
        "its volumes have different times, ED-269 has the same times for a whole zone: split the \
         feature, or write GeoJSON instead",
    )?;
    let in_force: Vec<Window> = feature.volumes.iter().take(windows).map(|v| v.window).collect();
    let kept = feature.properties.get(PERIODS);
    let agrees = kept.is_some_and(|kept| periods::periods(kept).is_ok_and(|w| w == in_force));
    if !agrees && in_force != [Window::ALWAYS] {
        zone.insert(PERIODS.into(), applicability(&in_force)?);
    }
    for (key, value) in &feature.properties {
        let key = match key.as_str() {
            VARIANT => continue,
            PERIODS if agrees => PERIODS.to_owned(),
            PERIODS => continue,
            key => quoted(key, value, is_reserved),
        };
        if !zone.contains_key(&key) {
            zone.insert(key, value.clone());
        }
    }
    let mut geometries = Vec::new();
    let mut kinds: Vec<&str> = Vec::new();
    for (index, volume) in feature.volumes.iter().enumerate().step_by(windows) {
        let values = geometry_values(volume)?;
        // Each geometry becomes a volume in each window.
        for _ in &values {
            let of_shape = feature.volume_kinds.iter().skip(index).take(windows);
            kinds.extend(of_shape.map(String::as_str));
        }
        geometries.extend(values);
    }
    if !kinds.is_empty() {
        zone.insert(members::VOLUME_KINDS.into(), kinds.into());
    }
    zone.insert("geometry".into(), geometries.into());
    Ok(zone.into())
}

fn applicability(windows: &[Window]) -> Result<Value, String> {
    let mut periods = periods::periods_value(windows)?;
    for period in periods.as_array_mut().into_iter().flatten() {
        let always = period.as_object().is_some_and(Map::is_empty);
        period["permanent"] = if always { "YES" } else { "NO" }.into();
    }
    Ok(periods)
}

/// The geometries of a volume; one of several polygons takes one for each.
fn geometry_values(volume: &Volume) -> Result<Vec<Value>, String> {
    let (limits, unit) = limit_members(volume.band)?;
    let with = |projection: Value| {
        let mut geometry = limits.clone();
        geometry.insert("horizontalProjection".into(), projection);
        Value::Object(geometry)
    };
    match &volume.footprint {
        Footprint::Circle(circle) => Ok(vec![with(json!({
            "type": "Circle",
            "center": [circle.center().lon_deg(), circle.center().lat_deg()],
            "radius": json_number(circle.radius_m() / unit.metres()),
        }))]),
        Footprint::Polygons(polygons) => polygons
            .iter()
            .map(|polygon| {
                let rings = geojson::rings_value(polygon)?;
                let mut value = with(json!({"type": "Polygon", "coordinates": rings}));
                if let Some(metres) = attributes::residual_beyond(polygon, EdgeRule::LonLat) {
                    value[members::RESIDUAL] = json_number(metres);
                }
                Ok(value)
            })
            .collect(),
        Footprint::Corridor(_) => Err("ED-269 has no corridors: write GeoJSON instead, or give \
                                       the corridor as a polygon"
            .into()),
    }
}

fn limit_members(band: Band) -> Result<(Map<String, Value>, Unit), String> {
    let unit = members::unit_below_no_limit([band.lower(), band.upper()], "ED-269")?;
    let mut limits = Map::new();
    let word = if unit == Unit::Feet { "FT" } else { "M" };
    limits.insert("uomDimensions".into(), word.into());
    for (name, limit) in [("lower", band.lower()), ("upper", band.upper())] {
        let (value, reference) = match limit {
            Limit::At(height) => (members::height_value(height.metres, unit), height.reference),
            Limit::Unlimited if name == "upper" => (Value::Null, Reference::Agl),
            Limit::Unknown if name == "lower" => (Value::Null, Reference::Agl),
            Limit::Unlimited => {
                return Err("ED-269 has no unlimited lower limit; give one, such as 0 AGL".into());
            }
            Limit::Unknown => {
                return Err("ED-269 cannot say that the upper limit is unknown; give it".into());
            }
        };
        let reference = match reference {
            Reference::FlightLevel => {
                return Err("ED-269 has no flight levels; give the heights above mean sea level, \
                            or write GeoJSON instead"
                    .into());
            }
            Reference::W84 => "WGS84",
            reference => members::reference_word(reference),
        };
        limits.insert(format!("{name}Limit"), value);
        limits.insert(format!("{name}VerticalReference"), reference.into());
    }
    Ok((limits, unit))
}

#[cfg(test)]
mod tests;
