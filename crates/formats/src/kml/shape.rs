//! The geometries of a placemark.

use deconflict_geometry::{
    Band, Height, Limit, MAX_VERTICES, Position, Reference, distance_and_azimuth,
};

use super::xml::Element;
use crate::attributes::clip;
use crate::coordinates;
use crate::heights;

/// A geometry as drawn.
pub(super) enum Shape {
    /// The area inside the first ring and outside the others.
    Polygon {
        /// Its rings, each closed.
        rings: Vec<Vec<Position>>,
        /// Whether the file closes all of them.
        closed: bool,
        /// What its altitudes say of its heights.
        band: DrawnHeights,
    },
    /// A line.
    Line {
        /// Its vertices.
        path: Vec<Position>,
        /// Whether it is drawn as a ring.
        ring: bool,
    },
    /// A point.
    Point(Position),
}

/// What drawn altitudes say of the heights of a polygon.
pub(super) enum DrawnHeights {
    /// Nothing: it lies on the ground, or floats in the air without being extruded.
    Nothing,
    /// It is extruded from the ground up to this height.
    UpTo(Height),
    /// It is drawn in a way that is not read; an error unless the heights are declared.
    Unread(String),
}

/// A vertex and its altitude, if it has one.
type Vertex = (Position, Option<f64>);

impl DrawnHeights {
    /// The band of heights.
    ///
    /// # Errors
    /// When the altitude is out of range, below the ground or not read.
    pub(super) fn band(self) -> Result<Band, String> {
        match self {
            DrawnHeights::Nothing => Ok(Band::UNKNOWN),
            DrawnHeights::UpTo(height) => {
                heights::band(Limit::At(Height::SURFACE), Limit::At(height))
            }
            DrawnHeights::Unread(why) => Err(why),
        }
    }
}

/// All geometries of a placemark, those of a `MultiGeometry` one by one.
///
/// # Errors
/// When a geometry is malformed or of a kind that is not read.
pub(super) fn shapes(element: &Element<'_>) -> Result<Vec<Shape>, String> {
    let mut shapes = Vec::new();
    collect(element, &mut shapes)?;
    Ok(shapes)
}

/// Adds the geometries directly inside an element; as deep as XML may be nested.
fn collect(element: &Element<'_>, shapes: &mut Vec<Shape>) -> Result<(), String> {
    for child in &element.children {
        match child.start.name.as_str() {
            "Polygon" => shapes.push(polygon(child)?),
            name @ ("LineString" | "LinearRing") => {
                let path = positions(&vertices(child)?);
                shapes.push(Shape::Line { path, ring: name == "LinearRing" });
            }
            "Point" => match vertices(child)?.as_slice() {
                [(position, _)] => shapes.push(Shape::Point(*position)),
                other => {
                    return Err(format!("a point has {} coordinates; give it one", other.len()));
                }
            },
            "MultiGeometry" => collect(child, shapes)?,
            name => {
                if let Some(why) = super::refusal(name) {
                    return Err(why.to_owned());
                }
                if !declares_none(child) {
                    return Err(format!(
                        "<{}> holds coordinates, and KML has no such geometry; put the geometries in \
                         it into a MultiGeometry",
                        clip(name)
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Whether an element of a placemark holds no coordinates, and so no geometry, whatever its name;
/// `ExtendedData` is read for itself.
pub(super) fn declares_none(element: &Element<'_>) -> bool {
    match element.start.name.as_str() {
        "ExtendedData" => true,
        "Polygon" | "LineString" | "LinearRing" | "Point" | "MultiGeometry" | "coordinates" => {
            false
        }
        name => super::refusal(name).is_none() && element.children.iter().all(declares_none),
    }
}

/// Checks that a geometry holds no coordinates but in the parts that it has.
///
/// # Errors
/// When it does; the element is named.
fn check_parts(element: &Element<'_>, parts: &[&str]) -> Result<(), String> {
    let is_stray =
        |child: &&Element<'_>| !parts.contains(&&*child.start.name) && !declares_none(child);
    match element.children.iter().find(is_stray) {
        None => Ok(()),
        Some(stray) => Err(format!(
            "<{}> in its {} is not read, and holds coordinates; draw it as a geometry of its own",
            clip(&stray.start.name),
            element.start.name
        )),
    }
}

/// A polygon and what its altitudes say.
fn polygon(element: &Element<'_>) -> Result<Shape, String> {
    check_parts(element, &["outerBoundaryIs", "innerBoundaryIs"])?;
    let is_boundary = |c: &&Element<'_>| c.start.name.ends_with("BoundaryIs");
    for boundary in element.children.iter().filter(is_boundary) {
        check_parts(boundary, &["LinearRing"])?;
    }
    let boundaries = |name: &'static str| {
        let of_name = element.children.iter().filter(move |c| c.start.name == name);
        // Some writers put several rings into one innerBoundaryIs.
        of_name.flat_map(|b| b.children.iter().filter(|c| c.start.name == "LinearRing"))
    };
    let outer: Vec<_> = boundaries("outerBoundaryIs").collect();
    let [outer] = outer.as_slice() else {
        return Err(format!("a polygon has {} outer boundaries; give it one", outer.len()));
    };
    let (outer, mut closed) = ring(outer, "outer")?;
    let band = drawn(element, &outer);
    let mut rings = vec![positions(&outer)];
    for inner in boundaries("innerBoundaryIs") {
        let (inner, is_closed) = ring(inner, "inner")?;
        closed &= is_closed;
        rings.push(positions(&inner));
    }
    Ok(Shape::Polygon { rings, closed, band })
}

/// How much longer than the longest edge that is drawn one that closes a ring may be.
const LONGEST_CLOSING: f64 = 1.05;

/// A ring, and whether it is closed as it should be. One that lacks only the repeated first vertex
/// is closed here; where the edge that is missing would be longer than any that is drawn, more than
/// that may be missing.
fn ring(element: &Element<'_>, name: &str) -> Result<(Vec<Vertex>, bool), String> {
    let mut vertices = vertices(element)?;
    let (Some(&first), Some(&last)) = (vertices.first(), vertices.last()) else {
        return Err(format!("the {name} boundary has no coordinates; draw it or remove it"));
    };
    if first.0 == last.0 {
        return Ok((vertices, true));
    }
    let edge_m = |a: &Vertex, b: &Vertex| distance_and_azimuth(a.0, b.0).0;
    let longest_m = vertices.windows(2).map(|e| edge_m(&e[0], &e[1])).fold(0.0, f64::max);
    if vertices.len() < 3 || edge_m(&last, &first) > LONGEST_CLOSING * longest_m {
        return Err(format!(
            "the {name} boundary is not closed: it begins at {} and ends at {}; repeat the first \
             vertex at the end",
            first.0, last.0
        ));
    }
    vertices.push(first);
    Ok((vertices, false))
}

/// The positions alone.
fn positions(vertices: &[Vertex]) -> Vec<Position> {
    vertices.iter().map(|(position, _)| *position).collect()
}

/// The vertices in the `coordinates` of an element: `lon,lat[,altitude]`, separated by blanks (OGC
/// 07-147r2, section 16.9).
fn vertices(element: &Element<'_>) -> Result<Vec<Vertex>, String> {
    let lists = element.children.iter().filter(|c| c.start.name == "coordinates").count();
    if lists > 1 {
        return Err(format!(
            "its {} has {lists} elements <coordinates>; join them into one, or draw each as a geometry of its \
             own",
            element.start.name
        ));
    }
    check_parts(element, &["coordinates"])?;
    let text = element.child_text("coordinates").unwrap_or_default();
    let mut vertices = Vec::new();
    for tuple in text.split_ascii_whitespace() {
        if vertices.len() > MAX_VERTICES {
            return Err(format!("more than {MAX_VERTICES} vertices; split or simplify the shape"));
        }
        vertices.push(vertex(tuple)?);
    }
    if vertices.is_empty() {
        return Err(format!("its {} has no coordinates; draw it or remove it", element.start.name));
    }
    Ok(vertices)
}

/// One vertex.
fn vertex(tuple: &str) -> Result<Vertex, String> {
    let refused = || {
        format!("coordinates `{}`: write lon,lat or lon,lat,altitude without blanks", clip(tuple))
    };
    let number = |text: &str| text.parse::<f64>().map_err(|_| refused());
    let fields: Vec<&str> = tuple.splitn(4, ',').collect();
    let (lon, lat, altitude) = match fields.as_slice() {
        [lon, lat] => (lon, lat, None),
        [lon, lat, altitude] => (lon, lat, Some(number(altitude)?)),
        _ => return Err(refused()),
    };
    let position = coordinates::position(number(lat)?, number(lon)?)?;
    match altitude {
        Some(metres) if !metres.is_finite() => Err(refused()),
        _ => Ok((position, altitude)),
    }
}

/// What the altitudes of a polygon say: an extruded polygon fills the air from the ground to its
/// highest vertex. A polygon that is not extruded is a surface without thickness: no band.
fn drawn(polygon: &Element<'_>, outer: &[Vertex]) -> DrawnHeights {
    let extruded = matches!(polygon.child_text("extrude"), Some("1" | "true"));
    let mode = polygon.child_text("altitudeMode").filter(|m| !m.is_empty());
    let reference = match mode {
        None | Some("clampToGround") => return DrawnHeights::Nothing,
        Some("relativeToGround") => Reference::Agl,
        // Above mean sea level (OGC 07-147r2, section 9.20).
        Some("absolute") => Reference::Amsl,
        Some(other) => {
            return DrawnHeights::Unread(format!(
                "altitudeMode `{}` is not read; use relativeToGround or absolute, or give lower \
                 and upper in ExtendedData",
                clip(other)
            ));
        }
    };
    let highest = outer.iter().filter_map(|(_, altitude)| *altitude).reduce(f64::max);
    match highest {
        Some(metres) if extruded => DrawnHeights::UpTo(Height { metres, reference }),
        _ => DrawnHeights::Nothing,
    }
}
