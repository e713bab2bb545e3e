//! What a placemark or a row of a site list says beside its shape: texts under agreed keys, the
//! same in KML and in tables.

use deconflict_geometry::{
    Band, Corridor, EdgeRule, Footprint, Instant, Limit, Polygon, Position, Reference, Window,
    redraw,
};
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;

use crate::document::Feature;
use crate::heights::{self, Bare};
use crate::reading::Reading;
use crate::time::{self, Edge};

/// Heights in KML and in tables have to say their unit and their reference.
const EXPLICIT: Bare = Bare { unit: None, reference: None };

/// What stands before a property's key where its value is JSON rather than plain text.
const JSON_PREFIX: &str = "json:";

/// The most that a boundary may be said to lie beside its edges, in metres.
const MAX_RESIDUAL_M: f64 = 1_000_000.0;

/// How far, in metres, edges may lie from those of another rule that they were written for.
const RULE_CHANGE_M: f64 = 0.1;

/// The band between two height texts; an absent one is not declared.
///
/// # Errors
/// When a text is no height or the two are upside down.
pub(crate) fn band(lower: Option<&str>, upper: Option<&str>) -> Result<Band, String> {
    let limit = |name: &str, text: Option<&str>| match text {
        None => Ok(Limit::Unknown),
        Some(text) => heights::parse_limit(text, EXPLICIT).map_err(|why| format!("{name} {why}")),
    };
    heights::band(limit("lower", lower)?, limit("upper", upper)?)
}

/// The limit as a text that [`band`] reads back exactly; `None` where nothing is declared.
pub(crate) fn limit_text(limit: Limit) -> Option<String> {
    let Limit::At(height) = limit else {
        return (limit != Limit::Unknown).then(|| heights::text(limit));
    };
    let text = heights::text(limit);
    // Feet are friendlier, but not every metre is a whole number of them to the last bit.
    if heights::parse_limit(&text, EXPLICIT) == Ok(limit) {
        return Some(text);
    }
    let reference = match height.reference {
        Reference::FlightLevel => "STD".to_owned(),
        other => other.to_string(),
    };
    Some(format!("{} m {reference}", metres_text(height.metres)))
}

/// A number of metres as a text that [`metres`] reads back; exactly, unless it is so small that it
/// would need more decimals than are read.
pub(crate) fn metres_text(metres: f64) -> String {
    let exact = heights::number_text(metres);
    if heights::parse_number(&exact).is_some() { exact } else { format!("{metres:.12}") }
}

/// The window between two texts, each read by `instant`; an absent one leaves its side open.
///
/// # Errors
/// When a text is no instant or the end lies before the beginning.
pub(crate) fn window(
    begin: Option<&str>,
    end: Option<&str>,
    instant: impl Fn(&str, Edge) -> Result<Option<Instant>, String>,
) -> Result<Window, String> {
    let given = |text: Option<&str>, edge| text.map_or(Ok(None), |text| instant(text, edge));
    let (from, until) = (given(begin, Edge::Start)?, given(end, Edge::End)?);
    // A day ends where the next begins, so that 2nd to 1st would be a window of one instant.
    let last_begins = given(end, Edge::Start).ok().flatten();
    let upside_down = matches!((from, last_begins), (Some(f), Some(l)) if l < f);
    Window::new(from, until).ok().filter(|_| !upside_down).ok_or_else(|| {
        format!(
            "the window ends before it begins: from {} until {}; swap or correct them",
            begin.unwrap_or_default(),
            end.unwrap_or_default()
        )
    })
}

/// The instant of a KML `dateTimeType` (OGC 07-147r2, section 9.1.2 and XML Schema part 2): a year,
/// a month or a day begins with its first instant and ends with the first of the next, in UTC.
///
/// # Errors
/// When the text is none of these, or has a time of day without an offset.
pub(crate) fn instant(text: &str, edge: Edge) -> Result<Option<Instant>, String> {
    if text.contains(['T', 't', ':']) {
        return time::parse(text, edge);
    }
    let refused = || {
        format!(
            "time `{}`: write it like 2026-05-18T09:30:00Z, 2026-05-18, 2026-05 or 2026",
            clip(text)
        )
    };
    // XML Schema allows a `Z` on dates; the day is one of UTC with or without.
    let fields: Vec<&str> = text.strip_suffix('Z').unwrap_or(text).split('-').collect();
    let number = |i: usize, digits: usize| -> Result<i16, String> {
        let field = fields.get(i).copied().unwrap_or("01");
        if field.len() == digits && field.bytes().all(|b| b.is_ascii_digit()) {
            field.parse().map_err(|_| refused())
        } else {
            Err(refused())
        }
    };
    let (year, month, day) = (number(0, 4)?, number(1, 2)? as i8, number(2, 2)? as i8);
    let first = Date::new(year, month, day).map_err(|_| refused())?;
    let period = match fields.len() {
        1 => 1.year(),
        2 => 1.month(),
        3 => 1.day(),
        _ => return Err(refused()),
    };
    let date = match edge {
        Edge::Start => first,
        // The last year of the calendar does not end.
        Edge::End => match first.checked_add(period) {
            Ok(next) => next,
            Err(_) => return Ok(None),
        },
    };
    time::parse(&format!("{date}T00:00:00Z"), edge)
}

/// What a file says of the line between two vertices.
///
/// # Errors
/// When the word is none of the three.
pub(crate) fn edge_rule(text: &str) -> Result<EdgeRule, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "great_circle" => Ok(EdgeRule::GreatCircle),
        "geodesic" => Ok(EdgeRule::Geodesic),
        "lon_lat" => Ok(EdgeRule::LonLat),
        _ => Err(format!("edges `{}`: write great_circle, geodesic or lon_lat", clip(text))),
    }
}

/// The word that [`edge_rule`] reads.
pub(crate) fn edge_rule_text(rule: EdgeRule) -> &'static str {
    match rule {
        EdgeRule::GreatCircle => "great_circle",
        EdgeRule::Geodesic => "geodesic",
        EdgeRule::LonLat => "lon_lat",
    }
}

/// Whether a text says yes.
///
/// # Errors
/// When it says neither yes nor no.
pub(crate) fn yes(key: &str, text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err(format!("{key} `{}`: write yes or no", clip(text))),
    }
}

/// A length in metres, `500` or `500 m`; a decimal comma only where the file writes them.
///
/// # Errors
/// When the text is no such length. One comma before three digits is refused: `1,500` is 1.5 m to
/// some and 1500 m to others; and where the file may write decimal commas, so is one point.
pub(crate) fn metres(key: &str, text: &str, decimal_commas: bool) -> Result<f64, String> {
    let number = text.trim();
    let number = ["metres", "meters", "m"]
        .iter()
        .find_map(|unit| number.strip_suffix(unit))
        .unwrap_or(number)
        .trim();
    decimal(number, decimal_commas, "a number of metres, such as 500")
        .map_err(|why| format!("{key} `{}`: {why}", clip(text)))
}

/// A number as people write it; a decimal comma only where the file writes them.
///
/// # Errors
/// When the text is no such number, which is to be `form`, or may be two.
pub(crate) fn decimal(number: &str, decimal_commas: bool, form: &str) -> Result<f64, String> {
    let refused = str::to_owned;
    let read = |n: &str| heights::parse_number(n).ok_or_else(|| format!("write {form}"));
    match number.split_once(',') {
        None if decimal_commas && heights::is_grouped(number) => {
            Err(refused("the point may be decimal or group thousands; write 1500 or 1,5"))
        }
        None => read(number),
        Some((_, decimals)) if decimals.len() == 3 || !decimal_commas => {
            Err(refused("the comma may be decimal or group thousands; write 1500 or 1.5"))
        }
        Some((whole, decimals)) => read(&format!("{whole}.{decimals}")),
    }
}

/// A polygon with what its source adds to its residual.
///
/// # Errors
/// When it is no valid shape, or the file has too many positions.
pub(crate) fn polygon(
    rings: Vec<Vec<Position>>,
    rule: EdgeRule,
    residual_m: f64,
    reading: &mut Reading,
) -> Result<Polygon, String> {
    for ring in &rings {
        reading.take_line(ring, true, rule)?;
    }
    let polygon = Polygon::with_crossings(rings, rule).map_err(|e| format!("polygon: {e}"))?;
    Ok(with_whole_residual(polygon, residual_m))
}

/// The corridor of `half_width_m` metres on both sides of a line.
///
/// # Errors
/// When it is no valid shape, or the file has too many positions.
pub(crate) fn corridor(
    path: Vec<Position>,
    half_width_m: f64,
    rule: EdgeRule,
    reading: &mut Reading,
) -> Result<Footprint, String> {
    check_line(&path)?;
    reading.take_line(&path, false, rule)?;
    Corridor::new(path, half_width_m, rule)
        .map(Footprint::Corridor)
        .map_err(|e| format!("line: {e}"))
}

/// The residual that a file declares, in metres.
///
/// # Errors
/// When it is no number from 0 to 1,000,000, or may be two.
pub(crate) fn residual(text: &str) -> Result<f64, String> {
    if heights::is_grouped(text.trim()) {
        return Err(
            "residual_m: its point may be decimal or group thousands; write 1500 or 1.5".into()
        );
    }
    checked_residual(metres("residual_m", text, false)?)
}

/// A residual in metres, if it is within bounds.
///
/// # Errors
/// When it is no number from 0 to 1,000,000.
pub(crate) fn checked_residual(metres: f64) -> Result<f64, String> {
    if (0.0..=MAX_RESIDUAL_M).contains(&metres) {
        Ok(metres)
    } else {
        Err(format!("residual_m {metres}: must be from 0 to 1,000,000 m"))
    }
}

/// The residual, in metres, that a format with the edge rule `to` has to say of a polygon: `None`
/// where reading its edges alone gives as much.
pub(crate) fn residual_beyond(polygon: &Polygon, to: EdgeRule) -> Option<f64> {
    let residual_m = polygon.residual_m();
    if residual_m == 0.0 {
        return None;
    }
    // Edges that are great circles bring no residual; what others bring only densifying them tells.
    let own_m = match polygon.rule() {
        EdgeRule::GreatCircle => 0.0,
        rule => {
            Polygon::with_crossings(polygon.rings().to_vec(), rule).map_or(0.0, |p| p.residual_m())
        }
    };
    if residual_m <= own_m {
        return None;
    }
    // Where the rule changes, the written edges lie a little beside the given ones.
    Some(residual_m + if polygon.rule() == to { 0.0 } else { RULE_CHANGE_M })
}

/// The largest [`residual_beyond`] of a footprint's polygons.
pub(crate) fn footprint_residual(footprint: &Footprint, to: EdgeRule) -> Option<f64> {
    match footprint {
        Footprint::Polygons(polygons) => {
            polygons.iter().filter_map(|p| residual_beyond(p, to)).reduce(f64::max)
        }
        Footprint::Circle(_) | Footprint::Corridor(_) => None,
    }
}

/// The polygon with the residual, in metres, that its file gives for the whole.
pub(crate) fn with_whole_residual(polygon: Polygon, residual_m: f64) -> Polygon {
    // Densifying has already brought its own part of it.
    let beyond_m = residual_m - polygon.residual_m();
    if beyond_m > 0.0 { polygon.with_residual(beyond_m) } else { polygon }
}

/// Checks that a line has two different positions.
///
/// # Errors
/// When it has not.
pub(crate) fn check_line(path: &[Position]) -> Result<(), String> {
    if path.windows(2).any(|pair| pair[0] != pair[1]) {
        return Ok(());
    }
    Err("a line needs at least two different positions; add one, or give a circle".to_owned())
}

/// The edge rule of a footprint and its residual in metres; circles have neither.
///
/// # Errors
/// When its polygons do not share one edge rule.
pub(crate) fn edges(footprint: &Footprint) -> Result<Option<(EdgeRule, f64)>, String> {
    match footprint {
        Footprint::Circle(_) => Ok(None),
        // A corridor's residual comes from densifying alone, and so comes back when it is read.
        Footprint::Corridor(corridor) => Ok(Some((corridor.rule(), 0.0))),
        Footprint::Polygons(polygons) => {
            let Some(first) = polygons.first() else {
                return Err("it has a footprint without polygons; remove that volume".to_owned());
            };
            if polygons.iter().any(|p| p.rule() != first.rule()) {
                return Err(
                    "the polygons of one volume have different edge rules; make them volumes of \
                     their own"
                        .to_owned(),
                );
            }
            let residual_m = polygons.iter().map(Polygon::residual_m).fold(0.0, f64::max);
            Ok(Some((first.rule(), residual_m)))
        }
    }
}

/// A property as it is read from a text.
///
/// # Errors
/// When the key announces JSON and the text is none.
pub(crate) fn property(key: &str, text: &str) -> Result<(String, Value), String> {
    match own_key(key) {
        None => Ok((key.to_owned(), Value::String(text.to_owned()))),
        Some(bare) => serde_json::from_str(text)
            .map(|value| (bare.to_owned(), value))
            .map_err(|e| format!("`{key}` is not JSON ({e}); correct it or rename the key")),
    }
}

/// Whether a property can be written under its own key: `reserved` keys mean something else, and a
/// text with blanks at its ends or control characters would lose them.
pub(crate) fn is_plain(key: &str, value: &Value, reserved: bool) -> bool {
    let plain = |text: &str| {
        !text.is_empty()
            && text.trim() == text
            && !text.contains(|c: char| c.is_control() && c != '\n')
    };
    !reserved && plain(key) && !key.starts_with(JSON_PREFIX) && value.as_str().is_some_and(plain)
}

/// The key under which a property is written as JSON.
pub(crate) fn json_key(key: &str) -> String {
    format!("{JSON_PREFIX}{key}")
}

/// The key under which a property is written where `reserved` names and values mean something else.
pub(crate) fn quoted(key: &str, value: &Value, reserved: fn(&str, &Value) -> bool) -> String {
    if reserved(bare_key(key), value) { json_key(key) } else { key.to_owned() }
}

/// The key of a property that stands under one from [`quoted`].
pub(crate) fn unquoted(key: String, value: &Value, reserved: fn(&str, &Value) -> bool) -> String {
    match own_key(&key) {
        Some(own) if reserved(bare_key(own), value) => own.to_owned(),
        _ => key,
    }
}

/// The key of a property that stands under a key from [`json_key`].
pub(crate) fn own_key(key: &str) -> Option<&str> {
    key.strip_prefix(JSON_PREFIX)
}

/// The key without any such prefix.
pub(crate) fn bare_key(key: &str) -> &str {
    key.trim_start_matches(JSON_PREFIX)
}

/// The rings of a polygon with edges of another rule that mean the same within 0.1 m.
///
/// # Errors
/// When the polygon is so narrow somewhere that its boundary would cross itself.
pub(crate) fn rings_under(polygon: &Polygon, rule: EdgeRule) -> Result<Vec<Vec<Position>>, String> {
    if polygon.is_flat() {
        // A line in doubt stays as it is drawn: what lies around it is wider by far than any edge
        // bends. A ring needs three vertices in most formats, even if one of them repeats another.
        let mut rings = polygon.rings().to_vec();
        for ring in &mut rings {
            ring.extend(ring.last().copied().filter(|_| ring.len() == 2));
        }
        return Ok(rings);
    }
    if polygon.rule() == rule {
        return Ok(polygon.rings().to_vec());
    }
    let rings: Vec<Vec<Position>> =
        polygon.rings().iter().map(|ring| redraw(ring, true, polygon.rule(), rule)).collect();
    let drawn = if polygon.crossings().is_empty() {
        Polygon::new(rings.clone(), rule).map_err(|error| error.to_string())
    } else {
        Polygon::with_crossings(rings.clone(), rule).map_err(|error| error.to_string())
    };
    match drawn {
        Ok(_) => Ok(rings),
        Err(error) => Err(format!(
            "its boundary runs so close to itself that it cannot be drawn with the edges of this \
             format ({error}): simplify it, or write KML, which keeps the edges"
        )),
    }
}

/// The number of a volume within its feature, counted from 1.
///
/// # Errors
/// When the text is no such number.
pub(crate) fn volume_number(text: &str) -> Result<usize, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|n| (1..=1_000_000).contains(n))
        .ok_or_else(|| format!("volume `{}`: write a whole number from 1 up", clip(text)))
}

/// Takes `feature`, read as volume `number` of its feature, into the list: a new feature, or one
/// more volume of the last.
///
/// # Errors
/// When the volume before it is missing.
pub(crate) fn file_volume(
    features: &mut Vec<Feature>,
    feature: Feature,
    number: usize,
) -> Result<(), String> {
    if number == 1 {
        features.push(feature);
        return Ok(());
    }
    match features.last_mut() {
        Some(last) if last.id == feature.id && last.volumes.len() + 1 == number => {
            if !last.volume_kinds.is_empty() || !feature.volume_kinds.is_empty() {
                last.volume_kinds.resize(last.volumes.len(), String::new());
                last.volume_kinds.extend(feature.volume_kinds);
                last.volume_kinds.resize(last.volumes.len() + feature.volumes.len(), String::new());
            }
            last.volumes.extend(feature.volumes);
            Ok(())
        }
        _ => Err(format!(
            "volume {number} must stand right after volume {} of the same identifier",
            number - 1
        )),
    }
}

/// The beginning of a text that may be long, for an error.
pub(crate) fn clip(text: &str) -> String {
    text.trim().chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::ReadOptions;
    use deconflict_geometry::Height;

    #[test]
    fn a_limit_is_written_so_that_it_reads_the_same_to_the_last_bit() {
        for metres in [0.0, 120.0, 152.4, 1066.8, 0.1, -12.5, 2895.6, 3_048.000_000_1] {
            for reference in
                [Reference::Amsl, Reference::Agl, Reference::W84, Reference::FlightLevel]
            {
                let limit = Limit::At(Height { metres, reference });
                let text = limit_text(limit).unwrap();
                assert_eq!(band(Some(&text), None).map(Band::lower), Ok(limit), "{text}");
            }
        }
        assert_eq!(limit_text(Limit::Unknown), None);
        assert_eq!(limit_text(Limit::Unlimited).as_deref(), Some("UNL"));
    }

    #[test]
    fn a_comma_that_may_group_thousands_is_refused() {
        assert_eq!(metres("radius_m", "1500", false), Ok(1500.0));
        assert_eq!(metres("radius_m", "1500.5 m", false), Ok(1500.5));
        assert_eq!(metres("radius_m", "12,5", true), Ok(12.5));
        for (text, decimal_commas) in [("1,500", true), ("1,500", false), ("12,5", false)] {
            assert_eq!(
                metres("radius_m", text, decimal_commas).unwrap_err(),
                format!(
                    "radius_m `{text}`: the comma may be decimal or group thousands; write 1500 or 1.5"
                )
            );
        }
        assert!(metres("radius_m", "NaN", true).unwrap_err().contains("a number of metres"));
    }

    #[test]
    fn the_residual_of_a_file_is_kept_whole() {
        let at = |lat, lon| Position::new(lat, lon).unwrap();
        let ring = vec![at(0.0, 0.0), at(0.0, 1.0), at(1.0, 0.0)];
        let read = polygon(
            vec![ring],
            EdgeRule::GreatCircle,
            0.5,
            &mut Reading::new(&ReadOptions::default()),
        )
        .unwrap();
        assert_eq!(edges(&Footprint::Polygons(vec![read])), Ok(Some((EdgeRule::GreatCircle, 0.5))));
    }
}
