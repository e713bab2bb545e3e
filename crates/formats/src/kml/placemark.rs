//! One placemark: what it is called, where it is, how high and when.

use deconflict_geometry::{
    Band, Circle, EdgeRule, Footprint, Height, Limit, Position, Volume, Window,
};
use serde_json::{Map, Value};

use super::shape::{self, Shape};
use super::xml::Element;
use crate::attributes;
use crate::coordinates;
use crate::document::{Feature, SourcePlace, Text};
use crate::drawn::{self, Figure};
use crate::heights;
use crate::reading::{Reading, hull as hull_of};
use crate::sizes::{self, Reach, size_in_unit};
use crate::vocabulary::{self, normal};

/// The keys in `ExtendedData` that mean something here, `name:LANG` aside.
const KEYS: [&str; 17] = [
    "feature_id",
    "volume",
    "volume_kind",
    "kind",
    "lower",
    "upper",
    "lower_m",
    "lower_reference",
    "upper_m",
    "upper_reference",
    "radius_m",
    "center",
    "half_width_m",
    "outline",
    "edges",
    "residual_m",
    "part_time",
];
/// What stands before the language of a name.
const NAME_PREFIX: &str = "name:";
/// The value of `outline` that marks the polygons as a drawing of a circle or corridor.
pub(super) const DRAWING: &str = "drawing";

/// What is said of a point whose extent nothing tells.
pub(super) const NO_EXTENT: &str = "a point has no extent; add radius_m (metres) to its \
     ExtendedData, or give all such points one with --points";

/// What `ExtendedData` says.
#[derive(Default)]
struct Data<'e> {
    known: Vec<(&'static str, &'e str)>,
    names: Vec<Text>,
    properties: Map<String, Value>,
    /// Those of the properties that stand under `json:`, and mean something else than their names say
    /// here.
    quoted: Vec<String>,
}

/// Whether a key means something here, or the text under it draws a shape, so that such a property must be
/// written otherwise.
pub(super) fn is_reserved(key: &str, text: &str) -> bool {
    known(key).is_some()
        || drawn::of_text(text) == Some(Figure::Shape)
        || key.eq_ignore_ascii_case("description")
        || vocabulary::bearing(key).is_some()
        || key.get(..NAME_PREFIX.len()).is_some_and(|p| p.eq_ignore_ascii_case(NAME_PREFIX))
}

/// The identifier of the `ordinal`th placemark: `feature_id`, the XML id, the name or
/// `feature N`.
pub(super) fn id(element: &Element<'_>, ordinal: usize) -> String {
    let declared = pairs(element).find(|(key, _)| key.eq_ignore_ascii_case("feature_id"));
    declared
        .map(|(_, value)| value)
        .or_else(|| element.attribute("id").map(str::trim))
        .filter(|id| !id.is_empty())
        .or_else(|| element.child_text("name"))
        .filter(|id| !id.is_empty())
        .map_or_else(|| format!("feature {ordinal}"), str::to_owned)
}

/// Whether a placemark declares no place at all: it has no geometry, and neither data nor an address
/// that stand for one.
pub(super) fn is_placeless(element: &Element<'_>) -> bool {
    let silent = |child: &Element<'_>| {
        let declares = ["ExtendedData", "address", "AddressDetails"];
        !declares.contains(&child.start.name.as_str()) && shape::declares_none(child)
    };
    element.children.iter().all(silent)
}

/// The placemark as a feature, and the number of its (first) volume within that feature.
///
/// # Errors
/// When it is not a valid volume; the error says what to do.
pub(super) fn read(
    element: &Element<'_>,
    id: &str,
    in_timed: bool,
    reading: &mut Reading,
) -> Result<(Feature, usize), String> {
    let mut data = Data::read(element)?;
    let window = window(element, &data, in_timed)?;
    let volumes: Vec<Volume> = volumes(element, &data, reading)?
        .into_iter()
        .map(|(footprint, band)| Volume { footprint, band, window })
        .collect();
    let has = |is: fn(&Footprint) -> bool| volumes.iter().any(|volume| is(&volume.footprint));
    let circles = has(|footprint| matches!(footprint, Footprint::Circle(_)));
    let corridors = has(|footprint| matches!(footprint, Footprint::Corridor(_)));
    sizes::take_sizes(&mut data.properties, &data.quoted, circles, corridors);
    data.check_unread(reading)?;
    data.check_drawn(&volumes)?;
    let volume_kinds =
        data.get("volume_kind").map_or_else(Vec::new, |k| vec![k.to_owned(); volumes.len()]);
    let number = data.get("volume").map_or(Ok(1), attributes::volume_number)?;
    if let Some(description) = element.child_text("description").filter(|d| !d.is_empty()) {
        data.add_property("description", Value::String(description.to_owned()))?;
    }
    if let Some(name) = element.child_text("name").filter(|n| !n.is_empty())
        && data.names.iter().all(|n| n.text != name)
    {
        data.names.insert(0, Text { text: name.to_owned(), lang: None });
    }
    let feature = Feature {
        id: id.to_owned(),
        kind: data.get("kind").unwrap_or_default().to_owned(),
        volume_kinds,
        volumes,
        place: SourcePlace::Line(element.start.line),
        names: data.names,
        properties: data.properties,
    };
    Ok((feature, number))
}

impl<'e> Data<'e> {
    /// Sorts what `ExtendedData` says.
    fn read(element: &'e Element<'_>) -> Result<Data<'e>, String> {
        let mut data = Data::default();
        for (key, value) in pairs(element) {
            if let Some(key) = known(key) {
                match data.get(key) {
                    Some(other) if other != value => return Err(twice(key)),
                    _ => data.known.push((key, value)),
                }
            } else if let Some(lang) = key.strip_prefix(NAME_PREFIX) {
                let lang = (!lang.is_empty()).then(|| lang.to_owned());
                data.names.push(Text { text: value.to_owned(), lang });
            } else if !key.is_empty() {
                let (own, value) = attributes::property(key, value)?;
                let is_new = !data.properties.contains_key(&own);
                data.add_property(&own, value)?;
                if own == key {
                    data.quoted.retain(|quoted| *quoted != own);
                } else if is_new {
                    data.quoted.push(own);
                }
            }
        }
        Ok(data)
    }

    /// The text under a key, if it is there and not empty.
    fn get(&self, key: &str) -> Option<&'e str> {
        self.known.iter().find(|(k, v)| *k == key && !v.is_empty()).map(|(_, value)| *value)
    }

    /// Looks through what is kept as a property for what bears on a place, a height or a time.
    ///
    /// # Errors
    /// When a key certainly does.
    fn check_unread(&self, reading: &mut Reading) -> Result<(), String> {
        let where_read = "in KML heights are read from lower and upper, sizes from radius_m and \
                          half_width_m in ExtendedData, and times from TimeSpan";
        let plain = self.properties.iter().filter(|(key, _)| !self.quoted.contains(key));
        vocabulary::check_unread(plain, "", where_read, reading)
    }

    /// Checks that what is kept as a property draws nothing that contradicts the volumes.
    ///
    /// # Errors
    /// When something does.
    fn check_drawn(&self, volumes: &[Volume]) -> Result<(), String> {
        let plain = self.properties.iter().filter(|(key, _)| !self.quoted.contains(key));
        let drawn = plain.map(|(key, value)| (key.as_str(), drawn::of_value(value)));
        drawn::check_beside(drawn, volumes, "draw it as a Polygon or a LineString of the placemark")
    }

    /// The size in metres under `key`, or under names that say their unit.
    fn size(&self, key: &str, of: Reach) -> Result<Option<f64>, String> {
        let known = self.get(key).map(|text| (key, attributes::metres(key, text, false)));
        let plain = self.properties.iter().filter(|(key, _)| !self.quoted.contains(key));
        let sized = plain.filter_map(|(key, value)| {
            let (_, unit_m) = size_in_unit(&normal(key)).filter(|(reach, _)| reach.is_of(of))?;
            let text = value.as_str().filter(|text| !text.is_empty())?;
            let number = sizes::number(text).map(|number| number * unit_m);
            let size = number.map_err(|why| format!("{}: {why}", attributes::clip(key)));
            Some((key.as_str(), size))
        });
        sizes::agreed(known.into_iter().chain(sized))
    }

    /// The number of metres under a key.
    fn metres(&self, key: &str) -> Result<Option<f64>, String> {
        self.get(key).map(|text| attributes::metres(key, text, false)).transpose()
    }

    /// Keeps what has no meaning here.
    fn add_property(&mut self, key: &str, value: Value) -> Result<(), String> {
        match self.properties.get(key) {
            Some(other) if *other != value => Err(twice(key)),
            _ => {
                self.properties.insert(key.to_owned(), value);
                Ok(())
            }
        }
    }

    /// The limit that `NAME` or `NAME_m` with `NAME_reference` declares.
    fn limit(&self, name: &str) -> Result<Option<Limit>, String> {
        let key = |suffix: &str| format!("{name}{suffix}");
        let Some(metres) = self.metres(&key("_m"))? else {
            return Ok(None);
        };
        if self.get(&key("_m")).is_some_and(heights::is_grouped) {
            return Err(format!(
                "{name}_m: its point may be decimal or group thousands; write 1500 or 1.5"
            ));
        }
        let reference = self.get(&key("_reference")).ok_or_else(|| {
            format!("{name}_m without {name}_reference; add AMSL, AGL, W84 or FL")
        })?;
        let reference = heights::parse_reference(reference)?;
        Ok(Some(Limit::At(Height { metres, reference })))
    }

    /// The declared band, if any limit is declared.
    fn band(&self) -> Result<Option<Band>, String> {
        let (lower, upper) = (self.get("lower"), self.get("upper"));
        let (lower_m, upper_m) = (self.limit("lower")?, self.limit("upper")?);
        if (lower.is_some() && lower_m.is_some()) || (upper.is_some() && upper_m.is_some()) {
            return Err("a limit is given twice, as a text and in metres; keep one".to_owned());
        }
        if lower.or(upper).is_none() && lower_m.or(upper_m).is_none() {
            return Ok(None);
        }
        let texts = attributes::band(lower, upper)?;
        let band = heights::band(
            lower_m.unwrap_or_else(|| texts.lower()),
            upper_m.unwrap_or_else(|| texts.upper()),
        )?;
        Ok(Some(band))
    }
}

/// The error for a key with two values.
fn twice(key: &str) -> String {
    format!("`{}` is given twice with different values; keep one", attributes::clip(key))
}

/// The constant spelling of a key that means something here.
fn known(key: &str) -> Option<&'static str> {
    KEYS.into_iter().find(|k| k.eq_ignore_ascii_case(key))
}

/// The keys and values of `ExtendedData`, of `Data` and of `SchemaData` alike.
fn pairs<'e>(element: &'e Element<'_>) -> impl Iterator<Item = (&'e str, &'e str)> {
    let extended = element.children.iter().filter(|c| c.start.name == "ExtendedData");
    extended.flat_map(|e| &e.children).flat_map(|child| {
        let data = (child.start.name == "Data").then(|| {
            (
                child.attribute("name").unwrap_or_default(),
                child.child_text("value").unwrap_or_default(),
            )
        });
        let simple = child.children.iter().filter(|c| c.start.name == "SimpleData");
        let simple = simple.map(|c| (c.attribute("name").unwrap_or_default(), c.text.trim()));
        data.into_iter().chain(simple)
    })
}

/// The footprints of a placemark, each with its heights. Polygons of equal heights are one
/// footprint.
fn volumes(
    element: &Element<'_>,
    data: &Data<'_>,
    reading: &mut Reading,
) -> Result<Vec<(Footprint, Band)>, String> {
    let declared = data.band()?;
    let rule = data.get("edges").map_or(Ok(EdgeRule::GreatCircle), attributes::edge_rule)?;
    let residual_m = data.get("residual_m").map_or(Ok(0.0), attributes::residual)?;
    let drawn = match data.get("outline") {
        None => false,
        Some(DRAWING) => true,
        Some(other) => {
            return Err(format!(
                "outline `{}`: write {DRAWING} or remove it",
                attributes::clip(other)
            ));
        }
    };
    let mut volumes: Vec<(Footprint, Band)> = Vec::new();
    if let Some(center) = data.get("center") {
        let center = coordinates::parse_position(center)?;
        volumes.push((circle(center, data, reading)?, declared.unwrap_or(Band::UNKNOWN)));
    }
    for shape in shape::shapes(element)? {
        match shape {
            Shape::Polygon { .. } if drawn => {}
            Shape::Polygon { rings, closed, band } => {
                if !closed {
                    reading
                        .note("rings that do not repeat their first vertex at the end were closed");
                }
                let band = declared.map_or_else(|| band.band(), Ok)?;
                let polygon = attributes::polygon(rings, rule, residual_m, reading)?;
                match volumes.last_mut() {
                    Some((Footprint::Polygons(polygons), b)) if *b == band => {
                        polygons.push(polygon)
                    }
                    _ => volumes.push((Footprint::Polygons(vec![polygon]), band)),
                }
            }
            Shape::Line { path, ring } => {
                let half_width_m = data.size("half_width_m", Reach::HalfWidth)?.ok_or(if ring {
                    "a LinearRing outside a Polygon is a line, and a line has no width; if the area \
                     inside is meant, put it into the outerBoundaryIs of a Polygon, else add \
                     half_width_m (metres on each side) to its ExtendedData"
                } else {
                    "a line has no width; add half_width_m (metres on each side) to its ExtendedData"
                })?;
                let corridor = attributes::corridor(path, half_width_m, rule, reading)?;
                volumes.push((corridor, declared.unwrap_or(Band::UNKNOWN)));
            }
            Shape::Point(center) => {
                volumes.push((circle(center, data, reading)?, declared.unwrap_or(Band::UNKNOWN)));
            }
        }
    }
    if volumes.is_empty() {
        return Err("it has no place; add a polygon, line or point, or remove it".to_owned());
    }
    Ok(volumes)
}

/// A volume that holds the drawn shapes of a mistaken placemark, whatever else is wrong with it;
/// `None` where they are not known, or their extent hangs on more than what is drawn.
pub(super) fn hull(element: &Element<'_>) -> Option<Volume> {
    let data = Data::read(element).ok()?;
    let plain = ["center", "outline", "residual_m"].iter().all(|key| data.get(key).is_none());
    let mut positions = Vec::new();
    for shape in shape::shapes(element).ok()? {
        match shape {
            Shape::Polygon { rings, .. } => positions.extend(rings.into_iter().flatten()),
            Shape::Line { .. } | Shape::Point(_) => return None,
        }
    }
    let footprint = hull_of(&positions, 0.0).filter(|_| plain)?;
    Some(Volume { footprint, band: Band::UNKNOWN, window: Window::ALWAYS })
}

/// The circle around a point.
fn circle(center: Position, data: &Data<'_>, reading: &mut Reading) -> Result<Footprint, String> {
    let radius_m = data.size("radius_m", Reach::Radius)?;
    let radius_m = radius_m.or_else(|| reading.point_radius_m()).ok_or(NO_EXTENT)?;
    Circle::new(center, radius_m).map(Footprint::Circle).map_err(|e| e.to_string())
}

/// When a placemark is in force: always, where it has no time.
fn window(element: &Element<'_>, data: &Data<'_>, in_timed: bool) -> Result<Window, String> {
    let instants = |begin: Option<&str>, end: Option<&str>| {
        let given = |text: Option<&'_ str>| text.filter(|t| !t.is_empty()).map(str::to_owned);
        attributes::window(given(begin).as_deref(), given(end).as_deref(), attributes::instant)
    };
    let window = match (element.child("TimeSpan"), element.child("TimeStamp")) {
        (Some(_), Some(_)) => {
            return Err("it has both a TimeSpan and a TimeStamp; keep one".to_owned());
        }
        (Some(span), None) => instants(span.child_text("begin"), span.child_text("end"))?,
        (None, Some(stamp)) => {
            let when = stamp.child_text("when").filter(|w| !w.is_empty());
            let when = when.ok_or("its TimeStamp has no `when`; add it or remove the TimeStamp")?;
            instants(Some(when), Some(when))?
        }
        (None, None) => Window::ALWAYS,
    };
    // An empty TimeSpan says no more than none.
    if window == Window::ALWAYS && in_timed {
        return Err(
            "its folder or document has a time but it has none, and KML does not say that it \
                 is inherited; give the placemark a TimeSpan of its own"
                .to_owned(),
        );
    }
    let part_time = data.get("part_time").map_or(Ok(false), |t| attributes::yes("part_time", t))?;
    Ok(if part_time { window.part_time() } else { window })
}
