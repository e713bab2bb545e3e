//! Features to GeoJSON and ED-318.

use deconflict_geometry::{
    Band, EdgeRule, Footprint, Limit, Polygon, Position, Reference, Volume, Window, redraw,
};
use serde_json::{Map, Value, json};

use super::PERIODS;
use super::read::is_reserved;
use crate::attributes::quoted;
use crate::members::{self, json_number};
use crate::periods::{self, PART_TIME};
use crate::vocabulary::normal;
use crate::{Document, Feature, Format, WriteError, attributes, time};

/// Writes a document as GeoJSON or, for [`Format::Ed318`], as ED-318; one feature a line.
///
/// # Errors
/// For ED-318: when a feature has corridors, flight levels, an unlimited lower limit, a schedule
/// that is not known any more, or volumes whose windows differ from shape to shape.
pub(crate) fn write(document: &Document, format: Format) -> Result<Vec<u8>, WriteError> {
    let head = if format == Format::Ed318 {
        // Tells the two apart when it is read again.
        r#"{"type":"FeatureCollection","metadata":{"description":[{"text":"Written by deconflict","lang":"en-GB"}]},"features":["#
    } else {
        r#"{"type":"FeatureCollection","features":["#
    };
    let mut text = String::from(head);
    for (index, feature) in document.features.iter().enumerate() {
        let value = if format == Format::Ed318 { zone(feature) } else { plain(feature) };
        let value = value.map_err(|what| WriteError::new(feature, what))?;
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&value.to_string());
    }
    text.push_str("\n]}\n");
    Ok(text.into_bytes())
}

/// A feature of plain GeoJSON. A single shape has its sizes, heights and times as properties, where
/// other programs keep them; several have them as members of their own.
fn plain(feature: &Feature) -> Result<Value, String> {
    let mut properties = Map::new();
    let kept_periods = kept_periods(feature, periods::is_list_word);
    let shapes: Vec<&Volume> = match kept_periods {
        Some((_, windows)) => feature.volumes.iter().step_by(windows).collect(),
        None => feature.volumes.iter().collect(),
    };
    match feature.names.as_slice() {
        [] => {}
        [only] if only.lang.is_none() => {
            drop(properties.insert("name".into(), only.text.as_str().into()))
        }
        names => drop(properties.insert("name".into(), members::names_value(names))),
    }
    if !feature.kind.is_empty() {
        properties.insert("type".into(), feature.kind.as_str().into());
    }
    let common = common_window(&shapes).filter(|_| kept_periods.is_none());
    if let Some(window) = common {
        properties.extend(window_members(window));
    }
    let mut geometries: Vec<Value> = Vec::with_capacity(shapes.len());
    for volume in &shapes {
        let (mut geometry, size) = geometry(&volume.footprint)?;
        let layer = layer(volume.band, Format::GeoJson)?;
        if shapes.len() == 1 {
            properties.extend(layer);
            properties.extend(size.map(|(key, value)| (key.to_owned(), value)));
        } else {
            if !layer.is_empty() {
                geometry.insert("layer".into(), layer.into());
            }
            match size {
                Some(("radius_m", radius)) => {
                    drop(geometry.insert("extent".into(), extent(radius)))
                }
                Some((key, value)) => drop(geometry.insert(key.into(), value)),
                None => {}
            }
            if common.is_none() && kept_periods.is_none() {
                geometry.insert("window".into(), window_members(volume.window).into());
            }
        }
        geometries.push(geometry.into());
    }
    add_kinds(&mut properties, feature);
    add_kept(&mut properties, feature, kept_periods.map(|(key, _)| key));
    Ok(json!({
        "type": "Feature",
        "id": feature.id,
        "properties": properties,
        "geometry": collection(geometries),
    }))
}

/// A feature of ED-318.
fn zone(feature: &Feature) -> Result<Value, String> {
    let kept_periods = kept_periods(feature, |name| name == normal(PERIODS));
    let windows = match kept_periods {
        Some((_, windows)) => windows,
        None => window_pattern(&feature.volumes).ok_or(
            "its volumes have different times, ED-318 has the same times for a whole zone: \
             split the feature, or write GeoJSON instead",
        )?,
    };
    let mut properties = Map::new();
    properties.insert("identifier".into(), feature.id.as_str().into());
    if !feature.names.is_empty() {
        properties.insert("name".into(), members::names_value(&feature.names));
    }
    if !feature.kind.is_empty() {
        properties.insert("type".into(), feature.kind.as_str().into());
    }
    let in_force: Vec<Window> = feature.volumes.iter().take(windows).map(|v| v.window).collect();
    if kept_periods.is_none() && in_force != [Window::ALWAYS] {
        let mut periods = periods::periods_value(&in_force)?;
        for period in periods.as_array_mut().into_iter().flatten() {
            // The schema requires a schedule; this one leaves nothing out.
            period["schedule"] = json!([{"day": ["ANY"]}]);
        }
        properties.insert(PERIODS.into(), periods);
    }
    add_kinds(&mut properties, feature);
    add_kept(&mut properties, feature, kept_periods.map(|(key, _)| key));
    let geometries = feature
        .volumes
        .iter()
        .step_by(windows)
        .map(|volume| {
            let (mut geometry, size) = geometry(&volume.footprint)?;
            match size {
                Some(("radius_m", radius)) => {
                    drop(geometry.insert("extent".into(), extent(radius)))
                }
                Some(_) => {
                    return Err("ED-318 has no corridors: write GeoJSON instead, or give the \
                                corridor as a polygon"
                        .to_owned());
                }
                None => {}
            }
            let layer = layer(volume.band, Format::Ed318)?;
            if !layer.is_empty() {
                geometry.insert("layer".into(), layer.into());
            }
            Ok(Value::Object(geometry))
        })
        .collect::<Result<Vec<_>, String>>()?;
    Ok(json!({
        "type": "Feature",
        "geometry": collection(geometries),
        "properties": properties,
    }))
}

/// The kinds of the volumes, where they differ.
fn add_kinds(properties: &mut Map<String, Value>, feature: &Feature) {
    if !feature.volume_kinds.is_empty() {
        properties.insert(members::VOLUME_KINDS.into(), feature.volume_kinds.as_slice().into());
    }
}

/// The properties that were kept, except those that say the same in another way; `periods` is the
/// list of periods that stays as it was read.
fn add_kept(properties: &mut Map<String, Value>, feature: &Feature, periods: Option<&str>) {
    for (key, value) in &feature.properties {
        if periods == Some(key) {
            properties.insert(key.clone(), value.clone());
        } else if normal(key) != normal(PERIODS) {
            // Else its windows stand with the volumes.
            let kept = quoted(key, value, is_reserved);
            if !properties.contains_key(&kept) {
                properties.insert(kept, value.clone());
            }
        }
    }
}

/// The property with periods that still says the same as the volumes, and how many windows it gives
/// each shape; `known` tells by its name, in normal form, whether the format has it.
fn kept_periods(feature: &Feature, known: fn(&str) -> bool) -> Option<(&str, usize)> {
    let (key, list) = feature.properties.iter().find(|(key, _)| known(&normal(key)))?;
    let windows = periods::periods(list).ok()?;
    let agree = !feature.volumes.is_empty()
        && feature.volumes.len().is_multiple_of(windows.len())
        && feature.volumes.chunks(windows.len()).all(|shape| {
            shape.iter().zip(&windows).all(|(volume, window)| {
                volume.window == *window
                    && volume.band == shape[0].band
                    && volume.footprint == shape[0].footprint
            })
        });
    agree.then_some((key, windows.len()))
}

/// How many windows each shape has, if all have the same ones in the same order.
pub(crate) fn window_pattern(volumes: &[Volume]) -> Option<usize> {
    let first = volumes.first()?;
    let same = |v: &Volume, w: &Volume| v.band == w.band && v.footprint == w.footprint;
    let length = volumes.iter().take_while(|v| same(v, first)).count();
    let repeats = volumes.len().is_multiple_of(length)
        && volumes.chunks(length).all(|shape| {
            shape.iter().zip(volumes).all(|(v, w)| v.window == w.window && same(v, &shape[0]))
        });
    repeats.then_some(length)
}

fn common_window(shapes: &[&Volume]) -> Option<Window> {
    let first = shapes.first()?.window;
    shapes.iter().all(|v| v.window == first).then_some(first)
}

fn window_members(window: Window) -> Map<String, Value> {
    let mut members = Map::new();
    if let Some(from) = window.from() {
        members.insert("from".into(), time::format(from).into());
    }
    if let Some(until) = window.until() {
        members.insert("until".into(), time::format(until).into());
    }
    if window.is_part_time() {
        members.insert(PART_TIME.into(), true.into());
    }
    members
}

fn collection(mut geometries: Vec<Value>) -> Value {
    match geometries.len() {
        1 => geometries.remove(0),
        _ => json!({"type": "GeometryCollection", "geometries": geometries}),
    }
}

fn extent(radius: Value) -> Value {
    json!({"subType": "Circle", "radius": radius})
}

/// A geometry's members, and its size under the name of a property.
type WithSize = (Map<String, Value>, Option<(&'static str, Value)>);

/// A geometry, and the size that GeoJSON has no member for.
fn geometry(footprint: &Footprint) -> Result<WithSize, String> {
    let (kind, coordinates, size) = match footprint {
        Footprint::Polygons(polygons) => match polygons.as_slice() {
            [polygon] => ("Polygon", rings_value(polygon)?, None),
            several => {
                let all = several.iter().map(rings_value).collect::<Result<Value, String>>()?;
                ("MultiPolygon", all, None)
            }
        },
        Footprint::Circle(circle) => (
            "Point",
            position_value(circle.center()),
            Some(("radius_m", json_number(circle.radius_m()))),
        ),
        Footprint::Corridor(corridor) => {
            let path = redraw(corridor.path(), false, corridor.rule(), EdgeRule::LonLat);
            let half_width = json_number(corridor.half_width_m());
            (
                "LineString",
                path.into_iter().map(position_value).collect(),
                Some(("half_width_m", half_width)),
            )
        }
    };
    let mut geometry = Map::new();
    geometry.insert("type".into(), kind.into());
    geometry.insert("coordinates".into(), coordinates);
    if let Some(residual_m) = attributes::footprint_residual(footprint, EdgeRule::LonLat) {
        geometry.insert(members::RESIDUAL.into(), json_number(residual_m));
    }
    Ok((geometry, size))
}

/// The coordinates of a polygon, its edges straight in longitude and latitude, its rings closed.
///
/// # Errors
/// When they cannot be drawn so.
pub(crate) fn rings_value(polygon: &Polygon) -> Result<Value, String> {
    let rings = attributes::rings_under(polygon, EdgeRule::LonLat)?;
    Ok(rings
        .into_iter()
        .map(|mut ring| {
            ring.extend(ring.first().copied());
            ring.into_iter().map(position_value).collect::<Value>()
        })
        .collect())
}

fn position_value(position: Position) -> Value {
    json!([position.lon_deg(), position.lat_deg()])
}

/// The members of a `layer`; none where nothing is known of the heights.
fn layer(band: Band, format: Format) -> Result<Map<String, Value>, String> {
    let mut layer = Map::new();
    let limits = [band.lower(), band.upper()];
    let ed318 = format == Format::Ed318;
    let unit = if ed318 {
        members::unit_below_no_limit(limits, "ED-318")?
    } else {
        members::common_unit(limits)
    };
    for (name, limit) in ["lower", "upper"].into_iter().zip(limits) {
        let (value, reference) = match limit {
            Limit::Unknown => continue,
            // A layer's number would be read as no limit; a text never is.
            Limit::At(height) if !ed318 && height.metres / unit.metres() >= members::NO_LIMIT => {
                (attributes::limit_text(limit).into(), height.reference)
            }
            Limit::At(height) => (members::height_value(height.metres, unit), height.reference),
            Limit::Unlimited if name == "upper" && ed318 => {
                (members::no_limit(), other_reference(band))
            }
            Limit::Unlimited if name == "upper" => ("UNL".into(), other_reference(band)),
            Limit::Unlimited if format == Format::Ed318 => {
                return Err("ED-318 has no unlimited lower limit; give one, such as 0 AGL".into());
            }
            Limit::Unlimited => ("UNL".into(), Reference::Agl),
        };
        let reference = match (format, reference) {
            (Format::Ed318, Reference::FlightLevel) => {
                return Err("ED-318 has no flight levels; give the heights above mean sea level, \
                            or write GeoJSON instead"
                    .into());
            }
            (Format::Ed318, Reference::W84) => "WGS84",
            (_, reference) => members::reference_word(reference),
        };
        layer.insert(name.into(), value);
        layer.insert(format!("{name}Reference"), reference.into());
    }
    if !layer.is_empty() {
        layer.insert(
            "uom".into(),
            if unit == crate::heights::Unit::Feet { "ft" } else { "m" }.into(),
        );
    }
    Ok(layer)
}

/// A reference for a limit that has none: that of the other limit, or the ground.
fn other_reference(band: Band) -> Reference {
    match band.lower() {
        Limit::At(height) if height.reference != Reference::FlightLevel => height.reference,
        _ => Reference::Agl,
    }
}
