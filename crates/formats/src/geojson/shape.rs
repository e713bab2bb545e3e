//! Geometries to footprints.

use deconflict_geometry::{Circle, EdgeRule, FEET_M, Footprint, Polygon, Position, Volume};
use serde_json::{Map, Value};

use super::mask;
use crate::attributes::{self, clip};
use crate::crs::check_crs;
use crate::heights;
use crate::members::{self, is_blank, lon_lat, number};
use crate::reading::{self, Reading};
use crate::sizes::{self, ROUNDING_M, Reach, size_in_unit};
use crate::vocabulary::{check_unread, normal};

/// A footprint and what its geometry, or a collection around it, says of heights and times.
pub(super) struct Shape<'a> {
    pub(super) footprint: Footprint,
    pub(super) layer: Option<&'a Map<String, Value>>,
    pub(super) window: Option<&'a Map<String, Value>>,
}

/// What members say of sizes: a size, none, or why what they say is none.
#[derive(Clone)]
pub(super) struct Sizes {
    radius_m: Result<Option<f64>, String>,
    half_width_m: Result<Option<f64>, String>,
    /// How far the true boundary of polygons may lie from their edges.
    residual_m: Option<f64>,
    /// Whether the unit of a radius stands there without one.
    idle_unit: bool,
    /// Whether a radius and a width stand under one of the names that this format has for them.
    is_known: [bool; 2],
    /// Whether a buffer of 0 says that there is nothing around what is drawn, and nothing says else.
    has_no_buffer: bool,
}

impl Sizes {
    /// The sizes in an object: `extent.radius`, `radius_m` or `radius`; `half_width_m` or half of
    /// `width_m`; `residual_m`. All in metres, `radius` in the unit `radius_uom` if there is one. The
    /// same in any unit that the name says (`buffer_km`, `diameter_nm`).
    ///
    /// # Errors
    /// When a residual is none. What is wrong with another size is an error where a shape needs it.
    pub(super) fn of(object: &Map<String, Value>) -> Result<Sizes, String> {
        let has = |name: &str| object.iter().any(|(key, v)| normal(key) == name && !is_blank(v));
        let no_buffer = |(key, value): (&String, &Value)| {
            let size = size_in_unit(&normal(key));
            size.is_some_and(|(reach, _)| reach == Reach::Buffer) && number(value) == Some(0.0)
        };
        Ok(Sizes {
            has_no_buffer: object.iter().any(no_buffer),
            radius_m: agreed(object, |name, value| match name {
                "radius" => Some(radius_unit_m(object).and_then(|unit_m| metres(value, unit_m))),
                "extent" => extent(value),
                name => in_unit(name, value, Reach::Radius),
            }),
            half_width_m: agreed(object, |name, value| in_unit(name, value, Reach::HalfWidth)),
            residual_m: members::residual(object)?,
            idle_unit: RADIUS_UNITS.iter().any(|name| has(name)) && !has("radius"),
            is_known: [&["radius", "radiusm", "extent"][..], &["halfwidthm", "widthm"]]
                .map(|names| names.iter().any(|name| has(name))),
        })
    }

    /// Whether a member of this name, in normal form, is a size.
    pub(super) fn is_word(name: &str) -> bool {
        Sizes::is_known(name) || size_in_unit(name).is_some()
    }

    /// Whether a member of this name is a size under one of the names that this format has for it.
    fn is_known(name: &str) -> bool {
        const WORDS: [&str; 6] =
            ["extent", "halfwidthm", "radius", "radiusm", "residualm", "widthm"];
        WORDS.contains(&name) || RADIUS_UNITS.contains(&name)
    }

    /// Takes the sizes of shapes out of the members; an `extent` without a radius is none. What has
    /// another name stays where no shape needed it.
    pub(super) fn take(object: &mut Map<String, Value>, shapes: &[Shape<'_>]) {
        object.retain(|key, value| {
            let name = normal(key);
            !Sizes::is_known(&name) || (name == "extent" && extent(value).is_none())
        });
        sizes::take_sizes(object, &[], has_circle(shapes), has_corridor(shapes));
    }

    /// The sizes without those that are told by their own names where no shape needs them.
    pub(super) fn known(&self) -> Sizes {
        let [radius, width] = self.is_known;
        Sizes {
            radius_m: if radius { self.radius_m.clone() } else { Ok(None) },
            half_width_m: if width { self.half_width_m.clone() } else { Ok(None) },
            ..self.clone()
        }
    }

    /// Notes the sizes that none of the shapes needed: a radius beside an outline, a width beside a
    /// point.
    pub(super) fn note_unread(&self, shapes: &[Shape<'_>], reading: &mut Reading) {
        let given = |size: &Result<Option<f64>, String>| !matches!(size, Ok(None));
        // What is around anything was read, whichever of the two it is.
        let (circles, corridors) = (has_circle(shapes), has_corridor(shapes));
        let both = self.radius_m == self.half_width_m;
        let (circles, corridors) = (circles || both && corridors, corridors || both && circles);
        if given(&self.radius_m) && !circles {
            reading
                .note("a radius beside an outline or a line was not read: the drawn shape counts");
        }
        if self.idle_unit {
            reading.note("radius_uom without a radius was not read");
        }
        let outlines = shapes.iter().any(|s| matches!(s.footprint, Footprint::Polygons(_)));
        if self.residual_m.is_some_and(|metres| metres > 0.0) && !outlines {
            reading.note("residual_m beside a point or a line was not read: it is of outlines");
        }
        if given(&self.half_width_m) && !corridors {
            reading
                .note("a width beside an outline or a point was not read: the drawn shape counts");
        }
    }

    /// These sizes, and where they are none those of `outer`.
    fn or(self, outer: &Sizes) -> Result<Sizes, String> {
        type Size = Result<Option<f64>, String>;
        let either = |own: Size, outer: &Size| match (&own, outer) {
            (Ok(Some(own)), Ok(Some(outer))) if (own - outer).abs() > ROUNDING_M => Err(format!(
                "a geometry and the properties both give a size, {own} m and {outer} m; keep one"
            )),
            // What is wrong outside is not hidden by what stands here.
            (Ok(Some(_)), Err(why)) => Err(why.clone()),
            (Ok(None), _) => Ok(outer.clone()),
            _ => Ok(own),
        };
        Ok(Sizes {
            radius_m: either(self.radius_m, &outer.radius_m)?,
            half_width_m: either(self.half_width_m, &outer.half_width_m)?,
            residual_m: self.residual_m.or(outer.residual_m),
            idle_unit: false,
            is_known: self.is_known,
            has_no_buffer: self.has_no_buffer || outer.has_no_buffer,
        })
    }
}

fn has_circle(shapes: &[Shape<'_>]) -> bool {
    shapes.iter().any(|shape| matches!(shape.footprint, Footprint::Circle(_)))
}

fn has_corridor(shapes: &[Shape<'_>]) -> bool {
    shapes.iter().any(|shape| matches!(shape.footprint, Footprint::Corridor(_)))
}

/// The one size that some members give; `read` says what a member, by its name in normal form, is.
fn agreed(
    object: &Map<String, Value>,
    read: impl Fn(&str, &Value) -> Option<Result<f64, String>>,
) -> Result<Option<f64>, String> {
    let given = object.iter().filter(|(_, value)| !is_blank(value));
    sizes::agreed(given.filter_map(|(key, value)| {
        let size = read(&normal(key), value)?;
        Some((key.as_str(), size.map_err(|why| format!("{}: {why}", clip(key)))))
    }))
}

/// The size under a name that says its unit, if it is one of `of`.
fn in_unit(name: &str, value: &Value, of: Reach) -> Option<Result<f64, String>> {
    let (_, unit_m) = size_in_unit(name).filter(|(reach, _)| reach.is_of(of))?;
    Some(metres(value, unit_m))
}

fn metres(value: &Value, unit_m: f64) -> Result<f64, String> {
    if value.as_str().is_some_and(|text| heights::is_grouped(text.trim())) {
        return Err("its point may be decimal or group thousands; give a number".to_owned());
    }
    let number =
        number(value).ok_or("must be a number; its unit stands in the name or in radius_uom")?;
    Ok(number * unit_m)
}

/// What names the unit of a `radius`, in normal form.
const RADIUS_UNITS: [&str; 3] = ["radiusunit", "radiusunits", "radiusuom"];

/// The unit of a `radius`; metres where it is missing.
fn radius_unit_m(object: &Map<String, Value>) -> Result<f64, String> {
    let of = |names: &[&str]| {
        object.iter().find(|(key, value)| names.contains(&&*normal(key)) && !is_blank(value))
    };
    let Some((key, unit)) = of(&RADIUS_UNITS) else {
        // It may be of heights as well as of the radius.
        return match of(&["unit", "units"]) {
            Some((key, _)) => Err(format!("{}: say in radius_uom what it is of", clip(key))),
            None => Ok(1.0),
        };
    };
    match unit.as_str().map(|unit| unit.trim().to_ascii_lowercase()).as_deref() {
        Some("m") => Ok(1.0),
        Some("km") => Ok(1000.0),
        Some("nm") => Ok(1852.0),
        Some("ft") => Ok(FEET_M),
        _ => Err(format!("{}: write m, km, NM or ft", clip(key))),
    }
}

/// The radius in an `extent`; `None` where it is something else, such as a box.
fn extent(value: &Value) -> Option<Result<f64, String>> {
    let extent = value.as_object()?;
    let radius = extent.get("radius")?;
    let other = extent.keys().find(|key| !["subType", "radius"].contains(&key.as_str()));
    Some(match other {
        Some(other) => Err(format!(
            "`{}` is not read beside `radius`, which is in metres; remove it",
            clip(other)
        )),
        None => metres(radius, 1.0),
    })
}

/// What a collection says for the geometries in it.
#[derive(Clone)]
struct Around<'a> {
    sizes: Sizes,
    layer: Option<&'a Map<String, Value>>,
    window: Option<&'a Map<String, Value>>,
}

/// Whether a geometry has an empty list of coordinates or geometries, which RFC 7946, section 3.1,
/// lets count as none.
pub(super) fn is_empty(geometry: &Value) -> bool {
    let is_empty =
        |key: &str| geometry.get(key).and_then(Value::as_array).is_some_and(Vec::is_empty);
    match geometry.get("type").and_then(Value::as_str) {
        Some("GeometryCollection") => is_empty("geometries"),
        Some(_) => is_empty("coordinates"),
        None => false,
    }
}

/// Adds the footprints of a geometry and of those in it; `sizes` are those that the properties give.
///
/// # Errors
/// When a geometry is malformed, no valid shape, or lacks its size.
pub(super) fn shapes<'a>(
    geometry: &'a Value,
    sizes: &Sizes,
    into: &mut Vec<Shape<'a>>,
    reading: &mut Reading,
) -> Result<(), String> {
    within(geometry, &Around { sizes: sizes.clone(), layer: None, window: None }, into, reading)
}

fn within<'a>(
    geometry: &'a Value,
    around: &Around<'a>,
    into: &mut Vec<Shape<'a>>,
    reading: &mut Reading,
) -> Result<(), String> {
    let geometry = geometry.as_object().ok_or("no geometry: every feature needs one")?;
    let own = Sizes::of(geometry)?;
    let here = around_of(geometry, own.clone().or(&around.sizes)?, around, reading)?;
    let first = into.len();
    drawn(geometry, &here, into, reading)?;
    own.note_unread(&into[first..], reading);
    Ok(())
}

/// Adds the footprints of a geometry, with what is said in it and around it.
fn drawn<'a>(
    geometry: &'a Map<String, Value>,
    here: &Around<'a>,
    into: &mut Vec<Shape<'a>>,
    reading: &mut Reading,
) -> Result<(), String> {
    let kind = geometry.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind == "GeometryCollection" {
        let parts = list(geometry, "geometries")?;
        return parts.iter().try_for_each(|part| within(part, here, into, reading));
    }
    let sizes = &here.sizes;
    let polygons = |rings: &[Value], reading: &mut Reading| match masked(rings, reading)? {
        Some(pieces) => Ok(pieces),
        None => polygon(rings, sizes.residual_m.unwrap_or(0.0), reading).map(|one| vec![one]),
    };
    let mut add = |footprint| {
        into.push(Shape { footprint, layer: here.layer, window: here.window });
    };
    let circle = |point: &Value, reading: &mut Reading| -> Result<Footprint, String> {
        reading.take_line(&[], false, EdgeRule::LonLat)?;
        let own_m = sizes.radius_m.clone()?.filter(|_| !sizes.has_no_buffer);
        let own_m = own_m.or_else(|| reading.point_radius_m());
        let radius_m = own_m.or_else(|| sizes.has_no_buffer.then(|| reading.no_buffer_m())).ok_or(
            "a point has no radius: add the property radius_m in metres (or ED-318's extent), or \
             give all such points one with --points",
        )?;
        let center = position(point, reading)?;
        Circle::new(center, radius_m).map(Footprint::Circle).map_err(|e| e.to_string())
    };
    let corridor = |line: &Value, reading: &mut Reading| -> Result<Footprint, String> {
        let half_width_m = sizes
            .half_width_m
            .clone()?
            .ok_or("a line has no width: add the property half_width_m in metres")?;
        let path = positions(line, reading)?;
        attributes::corridor(path, half_width_m, EdgeRule::LonLat, reading)
    };
    match kind {
        "Polygon" => {
            let rings = list(geometry, "coordinates")?;
            add(Footprint::Polygons(polygons(rings, reading)?));
        }
        "MultiPolygon" => {
            let all = list(geometry, "coordinates")?
                .iter()
                .map(|rings| polygons(rings.as_array().ok_or_else(not_rings)?, reading))
                .collect::<Result<Vec<_>, String>>()?
                .concat();
            if all.is_empty() {
                return Err("MultiPolygon without polygons: give at least one".into());
            }
            add(Footprint::Polygons(all));
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
                "geometry type `{}`: expected Polygon, MultiPolygon, Point, LineString or \
                 GeometryCollection",
                clip(other)
            ));
        }
    }
    Ok(())
}

/// What a geometry says beside its coordinates, and where it says nothing, what is said around it.
fn around_of<'a>(
    geometry: &'a Map<String, Value>,
    sizes: Sizes,
    around: &Around<'a>,
    reading: &mut Reading,
) -> Result<Around<'a>, String> {
    check_crs(geometry)?;
    let mut here = Around { sizes, ..around.clone() };
    let object = |key: &str, value: &'a Value, other: Option<&Map<String, Value>>| {
        let key = clip(key);
        let own =
            value.as_object().ok_or_else(|| format!("{key}: must be an object in a geometry"))?;
        if other.is_some_and(|other| other != own) {
            return Err(format!("{key} is given twice for one geometry, and differs; keep one"));
        }
        Ok(own)
    };
    let mut rest = Vec::new();
    let own = match geometry.get("type").and_then(Value::as_str) {
        Some("GeometryCollection") => ["type", "geometries"],
        _ => ["type", "coordinates"],
    };
    let members =
        geometry.iter().filter(|(key, value)| !own.contains(&&***key) && !is_blank(value));
    for (key, value) in members {
        match normal(key).as_str() {
            "layer" | "verticallayer" => here.layer = Some(object(key, value, here.layer)?),
            "window" => here.window = Some(object(key, value, here.window)?),
            name if Sizes::is_word(name) && (name != "extent" || extent(value).is_some()) => {}
            _ => rest.push((key, value)),
        }
    }
    check_unread(
        rest,
        "",
        "a geometry has layer, extent and window beside its coordinates",
        reading,
    )?;
    Ok(here)
}

/// The pieces of a rectangle round the world; `None` for any other polygon.
fn masked(rings: &[Value], reading: &mut Reading) -> Result<Option<Vec<Polygon>>, String> {
    let wide = |ring: &Value| {
        let shell = ring.as_array().map_or(&[][..], Vec::as_slice);
        let lons = || shell.iter().filter_map(|p| p.get(0).and_then(Value::as_f64));
        lons().fold(0.0, f64::max) - lons().fold(0.0, f64::min) >= 170.0
    };
    if !rings.first().is_some_and(wide) {
        return Ok(None);
    }
    let ring = |ring: &Value| -> Option<Vec<(f64, f64)>> {
        let pair = |p: &Value| Some((p.get(0)?.as_f64()?, p.get(1)?.as_f64()?));
        ring.as_array()?.iter().map(pair).collect()
    };
    match rings.iter().map(ring).collect::<Option<Vec<_>>>() {
        Some(rings) => mask::pieces(&rings, reading),
        None => Ok(None),
    }
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
            let mut ring = positions(ring, reading)?;
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

/// A volume that the polygons of a geometry cannot reach beyond, whatever is wrong with the feature;
/// `None` where a ring is not whole, so that a position may be missing, or a size is.
pub(super) fn hull(geometry: &Value) -> Option<Volume> {
    let mut all = Vec::new();
    collect(geometry, &mut all)?;
    reading::hull_volume(&all, 0.0)
}

/// Adds the positions of all polygons in a geometry, if nothing else is in it.
fn collect(geometry: &Value, into: &mut Vec<Position>) -> Option<()> {
    let list = |key: &str| geometry.get(key).and_then(Value::as_array);
    // A boundary in doubt may lie beyond its positions.
    if geometry.as_object()?.keys().any(|key| members::is_residual(key)) {
        return None;
    }
    match geometry.get("type").and_then(Value::as_str)? {
        "Polygon" => into.extend(whole_rings(list("coordinates")?)?),
        "MultiPolygon" => {
            for rings in list("coordinates")? {
                into.extend(whole_rings(rings.as_array()?)?);
            }
        }
        "GeometryCollection" => {
            return list("geometries")?.iter().try_for_each(|part| collect(part, into));
        }
        _ => return None,
    }
    Some(())
}

/// The positions of rings, if each is closed: in one that is not, some may be missing.
pub(crate) fn whole_rings(rings: &[Value]) -> Option<Vec<Position>> {
    let mut all = Vec::new();
    for ring in rings {
        let ring: Vec<Position> =
            ring.as_array()?.iter().map(|p| plain_position(p).ok()).collect::<Option<_>>()?;
        if ring.len() < 4 || ring.first() != ring.last() {
            return None;
        }
        all.extend(ring);
    }
    Some(all)
}

fn not_rings() -> String {
    "coordinates: must be a list of rings, each a list of [longitude, latitude]".to_owned()
}

fn positions(list: &Value, reading: &mut Reading) -> Result<Vec<Position>, String> {
    let list = list.as_array().ok_or_else(not_rings)?;
    let positions = list.iter().map(plain_position).collect::<Result<Vec<_>, String>>()?;
    if list.iter().any(has_height) {
        note_heights(reading);
    }
    Ok(positions)
}

fn position(value: &Value, reading: &mut Reading) -> Result<Position, String> {
    let position = plain_position(value)?;
    if has_height(value) {
        note_heights(reading);
    }
    Ok(position)
}

/// Whether a position has a number beyond longitude and latitude that says something.
fn has_height(value: &Value) -> bool {
    value.as_array().is_some_and(|numbers| {
        numbers.iter().skip(2).any(|number| number.as_f64() != Some(0.0) && !is_blank(number))
    })
}

fn note_heights(reading: &mut Reading) {
    reading.note("heights in coordinates were not read: a band is read from lower and upper");
}

/// A position; further numbers (a height) are stepped over, heights come from the properties.
fn plain_position(value: &Value) -> Result<Position, String> {
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
