//! Operational intents of the plain form, straight from their text.
//!
//! A traffic service's file is large and always of one form. What is of that form to the last member
//! is read here without a tree of values; anything else, and anything that is wrong, is left to the
//! general reader, which has the words for it. Both must say the same of what both read.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use deconflict_geometry::{EdgeRule, Footprint, Limit, Position, Volume};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::attributes::own_key;
use crate::drawn;
use crate::json::ValueSeed;
use crate::reading::Reading;
use crate::vocabulary::bearing;
use crate::{Feature, SourcePlace, Text, coordinates, heights, time};

/// The intent in `text`, the `number`th of its file, if it is of the plain form and nothing is wrong
/// with it; `left` is the memory, in bytes, that the members which are kept may still take.
pub(super) fn intent(
    number: usize,
    text: &str,
    left: &Cell<usize>,
    reading: &mut Reading,
) -> Option<Feature> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let intent = deserializer.deserialize_map(IntentVisitor { left }).ok()?;
    deserializer.end().ok()?;
    let given = intent.volumes?;
    if given.is_empty() {
        return None;
    }
    // No larger than needed: there are many.
    let mut volumes = Vec::with_capacity(given.len());
    for given in given {
        volumes.push(volume(given, reading)?);
    }
    let name = intent.name.map(|name| Text { text: name.0.into_owned(), lang: None });
    Some(Feature {
        id: trimmed(&intent.id?)?.to_owned(),
        names: name.into_iter().collect(),
        kind: intent.kind.unwrap_or_default(),
        volume_kinds: Vec::new(),
        volumes,
        place: SourcePlace::Feature(number),
        properties: intent.properties,
    })
}

fn trimmed<'a>(text: &'a PlainText<'_>) -> Option<&'a str> {
    let text = text.0.trim();
    (!text.is_empty()).then_some(text)
}

fn volume(plain: Volume4d<'_>, reading: &mut Reading) -> Option<Volume> {
    let space = plain.volume?;
    let footprint = match (space.polygon, space.circle) {
        (Some(polygon), None) => {
            Footprint::Polygons(vec![super::ring(polygon.vertices?.0, 0.0, reading).ok()?])
        }
        (None, Some(circle)) => {
            let radius = circle.radius?;
            if radius.units?.0 != "M" {
                return None;
            }
            let circle = deconflict_geometry::Circle::new(point(circle.center?)?, radius.value?);
            Footprint::Circle(circle.ok()?)
        }
        _ => return None,
    };
    reading.take_line(&[], false, EdgeRule::Geodesic).ok()?;
    let band = heights::band(limit(space.lower)?, limit(space.upper)?).ok()?;
    let (start, end) = (instant(plain.start)?, instant(plain.end)?);
    let (start, end) = (start.as_ref().map(trimmed), end.as_ref().map(trimmed));
    if start == Some(None) || end == Some(None) {
        return None;
    }
    let window = time::window(start.flatten(), end.flatten()).ok()?;
    Some(Volume { footprint, band, window })
}

/// The limit that an altitude gives, unknown where there is none.
fn limit(altitude: Option<Altitude<'_>>) -> Option<Limit> {
    let Some(altitude) = altitude else { return Some(Limit::Unknown) };
    let is_known = altitude.reference?.0 == "W84" && altitude.units?.0 == "M";
    if is_known { super::limit("", altitude.value?).ok() } else { None }
}

/// The text of a time, if there is one.
fn instant(time: Option<Time<'_>>) -> Option<Option<PlainText<'_>>> {
    let Some(time) = time else { return Some(None) };
    if time.format?.0 == "RFC3339" { Some(Some(time.value?)) } else { None }
}

fn point(point: Point<'_>) -> Option<Position> {
    coordinates::position(point.lat?, point.lng?).ok()
}

/// A text, borrowed where it has no escapes.
struct PlainText<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for PlainText<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = PlainText<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<PlainText<'de>, E> {
                Ok(PlainText(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<PlainText<'de>, E> {
                Ok(PlainText(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// An object that has some members, each at most once, and no others. A list in its place, which
/// derived readers take, is none.
macro_rules! plain_object {
    ($name:ident { $($key:literal => $field:ident: $type:ty),* }) => {
        #[derive(Default)]
        struct $name<'a> {
            $($field: Option<$type>,)*
            text: PhantomData<&'a str>,
        }

        impl<'de> Deserialize<'de> for $name<'de> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Members;
                impl<'de> Visitor<'de> for Members {
                    type Value = $name<'de>;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<$name<'de>, A::Error> {
                        let mut object = $name::default();
                        while let Some(key) = map.next_key::<PlainText<'de>>()? {
                            let twice = match &*key.0 {
                                $($key => object.$field.replace(map.next_value()?).is_some(),)*
                                _ => true,
                            };
                            if twice {
                                return Err(A::Error::custom("not of the plain form"));
                            }
                        }
                        Ok(object)
                    }
                }
                deserializer.deserialize_map(Members)
            }
        }
    };
}

/// The positions of an outline, in a list no larger than needed.
struct Vertices(Vec<Position>);

impl<'de> Deserialize<'de> for Vertices {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Points;
        impl<'de> Visitor<'de> for Points {
            type Value = Vertices;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of points")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vertices, A::Error> {
                let mut positions = Vec::with_capacity(16);
                while let Some(next) = seq.next_element::<Point<'de>>()? {
                    let position = point(next);
                    positions.push(position.ok_or_else(|| A::Error::custom("no position"))?);
                }
                positions.shrink_to_fit();
                Ok(Vertices(positions))
            }
        }
        deserializer.deserialize_seq(Points)
    }
}

plain_object!(Point { "lat" => lat: f64, "lng" => lng: f64 });
plain_object!(Outline { "vertices" => vertices: Vertices });
plain_object!(Radius { "value" => value: f64, "units" => units: PlainText<'a> });
plain_object!(Circle { "center" => center: Point<'a>, "radius" => radius: Radius<'a> });
plain_object!(Altitude {
    "value" => value: f64, "reference" => reference: PlainText<'a>, "units" => units: PlainText<'a>
});
plain_object!(Time { "value" => value: PlainText<'a>, "format" => format: PlainText<'a> });
plain_object!(Volume3d {
    "outline_polygon" => polygon: Outline<'a>,
    "outline_circle" => circle: Circle<'a>,
    "altitude_lower" => lower: Altitude<'a>,
    "altitude_upper" => upper: Altitude<'a>
});
plain_object!(Volume4d {
    "volume" => volume: Volume3d<'a>, "time_start" => start: Time<'a>, "time_end" => end: Time<'a>
});

/// An intent of the plain form; what it says beside its volumes are single values.
#[derive(Default)]
struct Intent<'a> {
    id: Option<PlainText<'a>>,
    name: Option<PlainText<'a>>,
    kind: Option<String>,
    volumes: Option<Vec<Volume4d<'a>>>,
    properties: Map<String, Value>,
}

struct IntentVisitor<'c> {
    left: &'c Cell<usize>,
}

impl<'de> Visitor<'de> for IntentVisitor<'_> {
    type Value = Intent<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an operational intent")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Intent<'de>, A::Error> {
        let other = || A::Error::custom("not of the plain form");
        let mut intent = Intent::default();
        while let Some(key) = map.next_key::<PlainText<'de>>()? {
            let twice = match &*key.0 {
                "id" => intent.id.replace(map.next_value()?).is_some(),
                "name" => {
                    let name: PlainText<'de> = map.next_value()?;
                    if name.0.trim().is_empty() {
                        return Err(other());
                    }
                    intent.name.replace(name).is_some()
                }
                "volumes" => intent.volumes.replace(map.next_value()?).is_some(),
                key => {
                    let told = ["reference", "details", "volume_kinds"].contains(&key)
                        || own_key(key).is_some()
                        || bearing(key).is_some();
                    let value: Value = map.next_value_seed(ValueSeed { left: self.left })?;
                    let single = !value.is_object() && !value.is_array();
                    if told || !single || drawn::of_value(&value).is_some() {
                        return Err(other());
                    }
                    if key == "state" {
                        let state = value.as_str().map(str::trim).filter(|s| !s.is_empty());
                        intent.kind = Some(state.ok_or_else(other)?.to_owned());
                    }
                    ValueSeed { left: self.left }.take_entry::<A::Error>(key)?;
                    intent.properties.insert(key.to_owned(), value).is_some()
                }
            };
            if twice {
                return Err(other());
            }
        }
        Ok(intent)
    }
}
