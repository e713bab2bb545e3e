//! Geometries to footprints.

use deconflict_geometry::{Circle, EdgeRule, FEET_M, Footprint, Polygon, Position};
use serde_json::{Map, Value};

use crate::attributes;
use crate::members::{self, lon_lat, number, text};
use crate::reading::Reading;

/// The unit of a `radius`; metres where it is missing.
pub(super) const RADIUS_UOM: &str = "radius_uom";

/// A footprint and the geometry that it comes from, whose foreign members (`layer`, `window`)
/// belong to it.
pub(super) struct Shape<'a> {
    pub(super) footprint: Footprint,
    pub(super) geometry: &'a Map<String, Value>,
}

/// What the properties say of sizes, for geometries that do not say it themselves.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) radius_m: Option<f64>,
    pub(super) half_width_m: Option<f64>,
    /// How far the true boundary of polygons may lie from their edges.
    pub(super) residual_m: Option<f64>,
}

impl Sizes {
    /// The sizes in an object: `extent.radius`, `radius_m` or `radius`; `half_width_m` or half of
    /// `width_m`; `residual_m`. All in metres, `radius` in the unit `radius_uom` if there is one.
    ///
    /// # Errors
    /// When a unit or a residual is none.
    pub(super) fn of(object: &Map<String, Value>) -> Result<Sizes, String> {
        let unit_m = match text(object, RADIUS_UOM).map(str::to_ascii_lowercase).as_deref() {
            None | Some("m") => 1.0,
            Some("km") => 1000.0,
            Some("nm") => 1852.0,
            Some("ft") => FEET_M,
            Some(_) => return Err(format!("{RADIUS_UOM}: write m, km, NM or ft")),
        };
        let of = |key: &str| object.get(key).and_then(number);
        let extent = object.get("extent").and_then(|e| e.get("radius")).and_then(number);
        Ok(Sizes {
            radius_m: extent
                .or_else(|| of("radius_m"))
                .or_else(|| of("radius").map(|radius| radius * unit_m)),
            half_width_m: of("half_width_m").or_else(|| of("width_m").map(|w| w / 2.0)),
            residual_m: members::residual(object)?,
        })
    }

    fn or(self, other: Sizes) -> Sizes {
        Sizes {
            radius_m: self.radius_m.or(other.radius_m),
            half_width_m: self.half_width_m.or(other.half_width_m),
            residual_m: self.residual_m.or(other.residual_m),
        }
    }
}

/// Adds the footprints of a geometry and of those in it.
///
/// # Errors
/// When a geometry is malformed, no valid shape, or lacks its size.
pub(super) fn shapes<'a>(
    geometry: &'a Value,
    sizes: Sizes,
    reading: &mut Reading,
    into: &mut Vec<Shape<'a>>,
) -> Result<(), String> {
    let geometry = geometry.as_object().ok_or("no geometry: every feature needs one")?;
    let kind = geometry.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind == "GeometryCollection" {
        let parts = list(geometry, "geometries")?;
        return parts.iter().try_for_each(|part| shapes(part, sizes, reading, into));
    }
    let sizes = Sizes::of(geometry)?.or(sizes);
    let polygon = |rings: &[Value], reading: &mut Reading| {
        polygon(rings, sizes.residual_m.unwrap_or(0.0), reading)
    };
    let mut add = |footprint| into.push(Shape { footprint, geometry });
    let circle = |point: &Value, reading: &mut Reading| -> Result<Footprint, String> {
        reading.take_line(&[], false, EdgeRule::LonLat)?;
        let radius_m = sizes.radius_m.or_else(|| reading.point_radius_m()).ok_or(
            "a point has no radius: add the property radius_m in metres (or ED-318's extent), or \
             give all such points one with --points",
        )?;
        Circle::new(position(point)?, radius_m).map(Footprint::Circle).map_err(|e| e.to_string())
    };
    let corridor = |line: &Value, reading: &mut Reading| -> Result<Footprint, String> {
        let half_width_m = sizes
            .half_width_m
            .ok_or("a line has no width: add the property half_width_m in metres")?;
        let path = positions(line)?;
        attributes::corridor(path, half_width_m, EdgeRule::LonLat, reading)
    };
    match kind {
        "Polygon" => {
            let rings = list(geometry, "coordinates")?;
            add(Footprint::Polygons(vec![polygon(rings, reading)?]));
        }
        "MultiPolygon" => {
            let polygons = list(geometry, "coordinates")?
                .iter()
                .map(|rings| polygon(rings.as_array().ok_or_else(not_rings)?, reading))
                .collect::<Result<Vec<_>, String>>()?;
            if polygons.is_empty() {
                return Err("MultiPolygon without polygons: give at least one".into());
            }
            add(Footprint::Polygons(polygons));
        }
        "Point" => add(circle(member(geometry, "coordinates")?, reading)?),
        "LineString" => add(corridor(member(geometry, "coordinates")?, reading)?),
        "MultiPoint" => {
            for point in list(geometry, "coordinates")? {
                add(circle(point, reading)?);
            }
        }
        "MultiLineString" => {
            for line in list(geometry, "coordinates")? {
                add(corridor(line, reading)?);
            }
        }
        other => {
            return Err(format!(
                "geometry type `{other}`: expected Polygon, MultiPolygon, Point, LineString or \
                 GeometryCollection"
            ));
        }
    }
    Ok(())
}

/// The polygon of rings as RFC 7946 has them: the outer one first, each closed by its first
/// position; its boundary may lie `residual_m` metres beside its edges.
///
/// # Errors
/// When a ring is malformed or not closed, the file has too many positions, or the polygon is no
/// valid shape.
pub(crate) fn polygon(
    rings: &[Value],
    residual_m: f64,
    reading: &mut Reading,
) -> Result<Polygon, String> {
    let rings = rings
        .iter()
        .enumerate()
        .map(|(index, ring)| {
            let mut ring = positions(ring)?;
            if ring.len() < 4 {
                return Err(format!(
                    "ring {index} has {} positions: a closed ring has at least 4",
                    ring.len()
                ));
            }
            if ring.first() != ring.last() {
                return Err(format!(
                    "ring {index} is not closed: repeat its first position at its end, or get a \
                     complete copy"
                ));
            }
            ring.pop();
            reading.take_line(&ring, true, EdgeRule::LonLat)?;
            Ok(ring)
        })
        .collect::<Result<Vec<_>, String>>()?;
    let polygon = Polygon::with_crossings(rings, EdgeRule::LonLat).map_err(|e| e.to_string())?;
    Ok(attributes::with_whole_residual(polygon, residual_m))
}

fn not_rings() -> String {
    "coordinates: must be a list of rings, each a list of [longitude, latitude]".to_owned()
}

fn positions(list: &Value) -> Result<Vec<Position>, String> {
    list.as_array().ok_or_else(not_rings)?.iter().map(position).collect()
}

/// A position; further numbers (a height) are stepped over, heights come from the properties.
fn position(value: &Value) -> Result<Position, String> {
    let numbers = value.as_array().map_or(&[][..], Vec::as_slice);
    match (numbers.first().and_then(Value::as_f64), numbers.get(1).and_then(Value::as_f64)) {
        (Some(lon), Some(lat)) => lon_lat(lon, lat),
        _ => {
            let shown: String = value.to_string().chars().take(40).collect();
            Err(format!("position {shown}: must be two numbers, [longitude, latitude]"))
        }
    }
}

fn member<'a>(geometry: &'a Map<String, Value>, key: &str) -> Result<&'a Value, String> {
    geometry.get(key).ok_or_else(|| format!("the geometry has no {key}"))
}

fn list<'a>(geometry: &'a Map<String, Value>, key: &str) -> Result<&'a Vec<Value>, String> {
    member(geometry, key)?.as_array().ok_or_else(|| format!("{key}: must be a list"))
}
