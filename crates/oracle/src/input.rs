//! What a line of input says.
//!
//! ```json
//! {"a": VOLUME, "b": VOLUME, "rules": RULES, "detail": true}
//! VOLUME = {"polygons": [[[[lon, lat], ...], ...], ...], "rule": RULE}
//!        | {"circle": [lon, lat, radius_m]}
//!        | {"corridor": [[lon, lat], ...], "half_width_m": w, "rule": RULE}
//!          with "lower" and "upper": [metres, "W84" | "AMSL" | "AGL" | "FL"] | "unlimited" | "unknown"
//!          and "from" and "until": nanoseconds since 1970 or null, "part_time": true
//! RULE   = "great-circle" (when absent) | "geodesic" | "lon-lat"
//! RULES  = {"separation": [horizontal_m, vertical_m, time_ns], "terrain": [min_m, max_m],
//!           "pressure": [min_hpa, max_hpa]}, each of them optional
//! ```
//! A volume without heights is unlimited, one without times is always.

use deconflict_geometry::{
    Band, Circle, Corridor, EdgeRule, Footprint, Height, HeightFacts, Instant, Limit, Polygon,
    Position, Reference, Rules, Separation, Volume, Window,
};
use serde_json::Value;

/// One question.
pub(crate) struct Pair {
    pub(crate) a: Volume,
    pub(crate) b: Volume,
    pub(crate) rules: Rules,
    pub(crate) detail: bool,
}

/// Why a line is not a question.
pub(crate) struct Refusal {
    /// `a`, `b`, or `line` for the line as a whole.
    pub(crate) side: &'static str,
    pub(crate) what: String,
}

/// Reads a line.
pub(crate) fn pair(line: &str) -> Result<Pair, Refusal> {
    let refuse = |side| move |what| Refusal { side, what };
    let value: Value = serde_json::from_str(line).map_err(|e| refuse("line")(e.to_string()))?;
    Ok(Pair {
        a: volume(&value["a"]).map_err(refuse("a"))?,
        b: volume(&value["b"]).map_err(refuse("b"))?,
        rules: rules(&value["rules"]).map_err(refuse("line"))?,
        detail: value["detail"].as_bool().unwrap_or(false),
    })
}

fn volume(value: &Value) -> Result<Volume, String> {
    let band = Band::new(limit(&value["lower"])?, limit(&value["upper"])?).map_err(text)?;
    let instant = |name: &str| value[name].as_i64().map(Instant);
    let window = Window::new(instant("from"), instant("until")).map_err(text)?;
    Ok(Volume {
        footprint: footprint(value)?,
        band,
        window: if value["part_time"] == true { window.part_time() } else { window },
    })
}

fn footprint(value: &Value) -> Result<Footprint, String> {
    if let Value::Array(polygons) = &value["polygons"] {
        let rule = edge_rule(value)?;
        let polygon = |rings: &Value| -> Result<Polygon, String> {
            let rings = each(rings, positions)?;
            Polygon::with_crossings(rings, rule).map_err(text)
        };
        return polygons.iter().map(polygon).collect::<Result<_, _>>().map(Footprint::Polygons);
    }
    if value["corridor"].is_array() {
        let path = positions(&value["corridor"])?;
        let half_width_m = number(&value["half_width_m"])?;
        let corridor = Corridor::new(path, half_width_m, edge_rule(value)?).map_err(text)?;
        return Ok(Footprint::Corridor(corridor));
    }
    let circle = &value["circle"];
    let center = Position::new(number(&circle[1])?, number(&circle[0])?).map_err(text)?;
    Circle::new(center, number(&circle[2])?).map(Footprint::Circle).map_err(text)
}

fn positions(value: &Value) -> Result<Vec<Position>, String> {
    each(value, |p| Position::new(number(&p[1])?, number(&p[0])?).map_err(text))
}

fn each<T>(value: &Value, read: impl Fn(&Value) -> Result<T, String>) -> Result<Vec<T>, String> {
    value.as_array().ok_or_else(|| format!("not a list: {value}"))?.iter().map(read).collect()
}

fn edge_rule(value: &Value) -> Result<EdgeRule, String> {
    match value["rule"].as_str() {
        None | Some("great-circle") => Ok(EdgeRule::GreatCircle),
        Some("geodesic") => Ok(EdgeRule::Geodesic),
        Some("lon-lat") => Ok(EdgeRule::LonLat),
        Some(other) => Err(format!("unknown edge rule {other}")),
    }
}

fn limit(value: &Value) -> Result<Limit, String> {
    match value.as_str() {
        Some("unknown") => return Ok(Limit::Unknown),
        Some("unlimited") => return Ok(Limit::Unlimited),
        _ if value.is_null() => return Ok(Limit::Unlimited),
        _ => {}
    }
    let reference = match value[1].as_str() {
        Some("W84") => Reference::W84,
        Some("AMSL") => Reference::Amsl,
        Some("AGL") => Reference::Agl,
        Some("FL") => Reference::FlightLevel,
        _ => return Err(format!("not a height: {value}")),
    };
    Ok(Limit::At(Height { metres: number(&value[0])?, reference }))
}

fn rules(value: &Value) -> Result<Rules, String> {
    let mut heights = HeightFacts::WORLDWIDE;
    if let Value::Array(range) = &value["terrain"] {
        heights = heights.with_terrain(number(&range[0])?, number(&range[1])?).map_err(text)?;
    }
    if let Value::Array(range) = &value["pressure"] {
        heights = heights.with_pressure(number(&range[0])?, number(&range[1])?).map_err(text)?;
    }
    let separation = match &value["separation"] {
        Value::Null => Separation::default(),
        list => Separation {
            horizontal_m: number(&list[0])?,
            vertical_m: number(&list[1])?,
            time_ns: list[2].as_i64().ok_or("the time separation is not whole nanoseconds")?,
        },
    };
    Ok(Rules { separation, heights })
}

fn number(value: &Value) -> Result<f64, String> {
    value.as_f64().ok_or_else(|| format!("not a number: {value}"))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
