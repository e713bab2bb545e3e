//! Where an alert is (CAP 1.2, section 3.2.4): what was declared, or more, to a tenth of a metre.
//!
//! A circle is said as it is. The edges of a polygon are said as lines that are straight in latitude and longitude, with
//! vertices between where the declared edges are not; its holes, which CAP has not, are not left out. A corridor is
//! circles at its vertices and a polygon for each leg, a hundredth wider than declared, so that a line that is drawn
//! straight nowhere lies within. Heights are said only where both are above mean sea level, which is all that CAP has.

use deconflict_geometry::{
    Band, Circle, Corridor, EdgeRule, FEET_M, Footprint, Height, Limit, Polygon, Position,
    Reference, destination, distance_and_azimuth, redraw,
};

use super::element;

/// How much wider than declared the polygon of a leg is, as a factor.
const WIDER: f64 = 1.01;
/// The longest piece of a leg between two pairs of vertices, in metres: over 50 km a line beside a line is straight to a
/// hundred-thousandth of their distance.
const LONGEST_PIECE_M: f64 = 50_000.0;
/// The most pairs of coordinates in all areas of an alert: they are repeated in each language.
const MAX_PAIRS: usize = 200_000;

/// A part of space that an alert is about.
#[derive(Clone, PartialEq, Debug)]
pub struct CapArea {
    /// In words: also what CAP cannot say, such as heights above ground.
    pub description: String,
    /// Its outline on the ground.
    pub footprint: Footprint,
    /// Between which heights.
    pub band: Band,
}

/// The elements of all areas.
pub(super) fn elements(areas: &[CapArea]) -> Result<String, String> {
    let (mut out, mut pairs) = (String::new(), 0);
    for (nth, area) in areas.iter().enumerate() {
        let (rings, circles) = drawn(&area.footprint);
        out.push_str("<area>\n");
        element(&mut out, "areaDesc", &area.description);
        for ring in rings {
            pairs += ring.len() + 1;
            if pairs > MAX_PAIRS {
                return Err(format!(
                    "its areas have more than {MAX_PAIRS} pairs of coordinates; declare fewer vertices"
                ));
            }
            let text = closed(&ring).map_err(|why| format!("area {}: {why}", nth + 1))?;
            element(&mut out, "polygon", &text);
        }
        for (center, radius_m) in circles {
            // To whole metres, never smaller.
            let radius_km = radius_m.ceil() / 1_000.0;
            element(&mut out, "circle", &format!("{} {radius_km}", pair(center)));
        }
        if let Some((altitude, ceiling)) = feet(area.band) {
            element(&mut out, "altitude", &altitude.to_string());
            element(&mut out, "ceiling", &ceiling.to_string());
        }
        out.push_str("</area>\n");
    }
    Ok(out)
}

type Ring = Vec<Position>;

/// The polygons and circles that together hold a footprint.
fn drawn(footprint: &Footprint) -> (Vec<Ring>, Vec<(Position, f64)>) {
    match footprint {
        Footprint::Polygons(polygons) => (polygons.iter().filter_map(shell).collect(), Vec::new()),
        Footprint::Circle(circle) => (Vec::new(), vec![whole(circle)]),
        Footprint::Corridor(corridor) => {
            let ends = corridor.path().iter().map(|at| (*at, corridor.half_width_m()));
            (legs(corridor), ends.collect())
        }
    }
}

fn whole(circle: &Circle) -> (Position, f64) {
    (circle.center(), circle.radius_m())
}

fn shell(polygon: &Polygon) -> Option<Ring> {
    polygon.rings().first().map(|ring| redraw(ring, true, polygon.rule(), EdgeRule::LonLat))
}

/// A polygon for each leg of a corridor: along one side and back along the other.
fn legs(corridor: &Corridor) -> Vec<Ring> {
    let half_m = corridor.half_width_m() * WIDER;
    let strip = |ends: &[Position]| {
        let line = pieces(&redraw(ends, false, corridor.rule(), EdgeRule::LonLat));
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for (nth, at) in line.iter().enumerate() {
            let (from, to) = (line[nth.saturating_sub(1)], line[(nth + 1).min(line.len() - 1)]);
            let (_, azimuth_deg) = distance_and_azimuth(from, to);
            left.push(destination(*at, azimuth_deg - 90.0, half_m));
            right.push(destination(*at, azimuth_deg + 90.0, half_m));
        }
        right.extend(left.into_iter().rev());
        right
    };
    corridor.path().windows(2).filter(|ends| ends[0] != ends[1]).map(strip).collect()
}

/// A line that is straight in latitude and longitude with vertices between where it is long. One that crosses the 180th
/// meridian stays as it is, and is refused as an outline.
fn pieces(line: &[Position]) -> Vec<Position> {
    let mut all = Vec::with_capacity(line.len());
    for ends in line.windows(2) {
        let (a, b) = (ends[0], ends[1]);
        let (north, east) = (b.lat_deg() - a.lat_deg(), b.lon_deg() - a.lon_deg());
        let (metres, _) = distance_and_azimuth(a, b);
        let count =
            if east.abs() > 180.0 { 1.0 } else { (metres / LONGEST_PIECE_M).ceil().max(1.0) };
        all.push(a);
        let mut nth = 1.0;
        while nth < count {
            let part = nth / count;
            all.extend(Position::new(a.lat_deg() + north * part, a.lon_deg() + east * part).ok());
            nth += 1.0;
        }
    }
    all.extend(line.last());
    all
}

/// `lat,lon lat,lon ...`, the first pair once more at the end (section 3.2.4, `polygon`).
fn closed(ring: &[Position]) -> Result<String, String> {
    let ends = ring.iter().skip(1).chain(ring.first());
    if ring.iter().zip(ends).any(|(a, b)| (a.lon_deg() - b.lon_deg()).abs() > 180.0) {
        return Err(
            "its outline crosses the 180th meridian or goes round a pole, and CAP does not say how such a polygon is \
             joined: declare a volume on either side, or a circle"
                .to_owned(),
        );
    }
    let pairs: Vec<String> = ring.iter().chain(ring.first()).map(|at| pair(*at)).collect();
    Ok(pairs.join(" "))
}

/// Latitude and longitude in degrees, to 1 cm.
fn pair(at: Position) -> String {
    let degrees = |value: f64| {
        let text = format!("{value:.7}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        if text == "-0" { "0".to_owned() } else { text.to_owned() }
    };
    format!("{},{}", degrees(at.lat_deg()), degrees(at.lon_deg()))
}

/// The heights in whole feet above mean sea level, never less than declared; `None`: CAP cannot say them. An altitude
/// alone would mean that height and no other, and a ceiling must not stand alone (section 3.2.4).
fn feet(band: Band) -> Option<(i64, i64)> {
    let metres = |limit| match limit {
        Limit::At(Height { metres, reference: Reference::Amsl }) => Some(metres),
        _ => None,
    };
    let (lower_m, upper_m) = (metres(band.lower())?, metres(band.upper())?);
    // Heights are bounded by a thousand kilometres. A height that was given in whole feet stays that.
    let slack = 1e-6;
    Some(((lower_m / FEET_M + slack).floor() as i64, (upper_m / FEET_M - slack).ceil() as i64))
}
