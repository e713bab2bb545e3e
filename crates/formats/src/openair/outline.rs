//! The outline of one airspace: `V`, `DP`, `DA`, `DB`, `DC` and `DY` records.

use deconflict_geometry::{
    Circle, Corridor, EdgeRule, Footprint, MAX_CIRCLE_RADIUS_M, MAX_VERTICES, OutlineError,
    Polygon, Position, arc_points, destination, distance_and_azimuth,
};

use super::NAUTICAL_MILE_M;
use super::angle::{one_position, positions};
use crate::attributes;
use crate::heights::parse_number;
use crate::reading::hull;

/// How far, in metres, the chords of an arc may lie from it (`arc_points` keeps the same bound).
const ARC_M: f64 = 0.1;

/// Where the distances of an arc's points from its centre differ by more than both of these, one of the
/// three positions must be wrong, and that is told. In the UK's file, whose positions are whole seconds,
/// they differ by up to 160 m.
const ARC_SLACK: f64 = 0.01;
const ARC_SLACK_M: f64 = 500.0;
/// By how many metres they may differ at most: with more, whole regions would be in doubt.
const MAX_ARC_SLACK_M: f64 = 20_000.0;

/// What is said of an arc whose ends are one point.
const NO_LENGTH: &str = "arcs among points whose two ends are one point were read as that point";

/// What the records of an outline have said so far.
#[derive(Clone)]
pub(super) struct Outline {
    center: Option<Position>,
    clockwise: bool,
    width_m: Option<f64>,
    points: Vec<Position>,
    /// The line of the record that each point comes from.
    lines: Vec<usize>,
    airway: Vec<Position>,
    circle: Option<Circle>,
    /// An arc whose two ends are one point, before any other point: a circle, or no arc at all where
    /// points follow.
    turn: Option<(Circle, Position)>,
    residual_m: f64,
    /// The records, to be written back.
    records: Vec<String>,
}

impl Outline {
    /// No record yet; arcs go clockwise.
    pub(super) fn new() -> Outline {
        Outline {
            center: None,
            clockwise: true,
            width_m: None,
            points: Vec::new(),
            lines: Vec::new(),
            airway: Vec::new(),
            circle: None,
            turn: None,
            residual_m: 0.0,
            records: Vec::new(),
        }
    }

    /// The number of points so far.
    pub(super) fn len(&self) -> usize {
        self.points.len() + self.airway.len()
    }

    /// Takes one record, which stands on a line; `note` is told what is passed over or taken for granted in it.
    ///
    /// # Errors
    /// When it is malformed, or does not go with the records before it.
    pub(super) fn record(
        &mut self,
        key: &str,
        value: &str,
        line: usize,
        note: &mut dyn FnMut(&str),
    ) -> Result<(), String> {
        if matches!(key, "DP" | "DA" | "DB")
            && let Some((_, point)) = self.turn.take()
        {
            self.points.push(point);
            note(NO_LENGTH);
        }
        match key {
            "V" => self.variable(value, note)?,
            "DP" => self.points.push(one_position(value)?),
            "DA" => self.arc_by_bearings(value, note)?,
            "DB" => self.arc_by_points(value, note)?,
            "DC" => {
                let circle = Circle::new(self.center("DC")?, miles(value, "radius")?)
                    .map_err(|e| e.to_string())?;
                if self.circle.replace(circle).is_some() {
                    return Err("a second circle in one airspace: begin a new one with AC".into());
                }
            }
            "DY" => self.airway.push(one_position(value)?),
            _ => {
                return Err(format!(
                    "record {key}: no outline record has this name; DP, DA, DB, DC, DY and V are known"
                ));
            }
        }
        self.lines.resize(self.points.len(), line);
        self.records.push(format!("{key} {value}"));
        let circle = self.circle.is_some() || self.turn.is_some();
        let kinds = [!self.points.is_empty(), !self.airway.is_empty(), circle];
        if kinds.iter().filter(|k| **k).count() > 1 {
            return Err("points, airway and circle do not go together in one airspace: \
                        begin a new one with AC"
                .into());
        }
        if self.len() > MAX_VERTICES {
            return Err(format!("more than {MAX_VERTICES} points: split the airspace"));
        }
        Ok(())
    }

    /// The footprint, and its records where they say more than the footprint (arcs).
    ///
    /// # Errors
    /// When there is no outline or it is no valid shape.
    pub(super) fn finish(self) -> Result<(Footprint, Option<Vec<String>>), String> {
        if let Some(circle) = self.circle.or(self.turn.map(|(circle, _)| circle)) {
            return Ok((Footprint::Circle(circle), None));
        }
        if !self.airway.is_empty() {
            let width_m = self.width_m.ok_or("the airway has no width: add V W=... before DY")?;
            attributes::check_line(&self.airway)?;
            return Corridor::new(self.airway, width_m / 2.0, EdgeRule::GreatCircle)
                .map(|corridor| (Footprint::Corridor(corridor), None))
                .map_err(|e| e.to_string());
        }
        if self.points.is_empty() {
            return Err("no outline: add DP, DC, DA, DB or DY records".into());
        }
        let mut vertices: Vec<(Position, usize)> =
            self.points.iter().copied().zip(self.lines.iter().copied()).collect();
        vertices.dedup_by_key(|vertex| vertex.0);
        while vertices.len() > 1 && vertices.first().map(|v| v.0) == vertices.last().map(|v| v.0) {
            vertices.pop();
        }
        let ring = vertices.iter().map(|vertex| vertex.0).collect();
        let arcs = self.residual_m > 0.0;
        let polygon = Polygon::with_crossings(vec![ring], EdgeRule::GreatCircle)
            .map_err(|error| refusal(&error, &vertices))?
            .with_residual(self.residual_m);
        Ok((Footprint::Polygons(vec![polygon]), arcs.then_some(self.records)))
    }

    /// A circle that holds every outline that these points may be meant for and whose boundary may lie
    /// `residual_m` metres beside it; `None` where there is none.
    pub(super) fn hull(&self, residual_m: f64) -> Option<Footprint> {
        match self.airway.as_slice() {
            [] => hull(&self.points, self.residual_m + residual_m),
            airway => hull(airway, self.width_m? + residual_m),
        }
    }

    fn variable(&mut self, value: &str, note: &mut dyn FnMut(&str)) -> Result<(), String> {
        let (name, value) = value
            .split_once('=')
            .ok_or_else(|| format!("V {value}: write it like V X=52:11:14 N 001:39:27 W"))?;
        match (name.trim().to_ascii_uppercase().as_str(), value.trim()) {
            ("X", center) => self.center = Some(one_position(center)?),
            ("D", "+") => self.clockwise = true,
            ("D", "-") => self.clockwise = false,
            ("D", other) => return Err(format!("V D={other}: write V D=+ or V D=-")),
            ("W", width) => self.width_m = Some(miles(width, "width")?),
            // The zoom level at which a display shows the airspace.
            ("Z", _) => {}
            // WinPilot's, of the display too: it stands in files of 1999 to 2010 and means nothing
            // to any reader since.
            ("T", _) => {
                note("records `V T=`, which older programs took for the display, were passed over")
            }
            (other, _) => return Err(format!("V {other}=: X, D, W, Z and T are known")),
        }
        Ok(())
    }

    fn center(&self, key: &str) -> Result<Position, String> {
        self.center.ok_or_else(|| format!("{key} has no centre: add V X=... before it"))
    }

    fn arc_by_bearings(&mut self, value: &str, note: &mut dyn FnMut(&str)) -> Result<(), String> {
        let center = self.center("DA")?;
        let parts: Vec<&str> = value.split(',').map(str::trim).collect();
        let form = || format!("DA {value}: write radius, first and last bearing: DA 7, 290, 320");
        let [radius, from, to] = parts.as_slice() else { return Err(form()) };
        let radius_m = miles(radius, "radius")?;
        let bearing = |text| parse_number(text).filter(|b| (-360.0..=360.0).contains(b));
        let (Some(from), Some(to)) = (bearing(from), bearing(to)) else { return Err(form()) };
        // The same bounds as a circle's.
        let circle = Circle::new(center, radius_m).map_err(|e| e.to_string())?;
        if from == to {
            return self.turn(circle, destination(center, from, radius_m), note);
        }
        if (to - from).rem_euclid(360.0) == 0.0 {
            return self.full_turn(circle);
        }
        self.points.extend(arc_points(center, radius_m, from, to, self.clockwise));
        self.residual_m = self.residual_m.max(ARC_M);
        Ok(())
    }

    fn arc_by_points(&mut self, value: &str, note: &mut dyn FnMut(&str)) -> Result<(), String> {
        let center = self.center("DB")?;
        let ends = positions(value)?;
        let [first, last] = ends.as_slice() else {
            return Err(format!("DB {value}: write two positions, the arc's first and last point"));
        };
        let ((first_m, first_deg), (last_m, last_deg)) =
            (distance_and_azimuth(center, *first), distance_and_azimuth(center, *last));
        let longer_m = first_m.max(last_m);
        if !(1.0..=MAX_CIRCLE_RADIUS_M).contains(&longer_m) {
            return Err(format!(
                "arc radius {longer_m:.0} m: must be between 1 and 10,000,000 m; check the centre"
            ));
        }
        if first == last {
            let circle = Circle::new(center, first_m).map_err(|e| e.to_string())?;
            return self.turn(circle, *first, note);
        }
        let uneven_m = (first_m - last_m).abs();
        if uneven_m > MAX_ARC_SLACK_M {
            return Err(format!(
                "the arc's points are {first_m:.0} m and {last_m:.0} m from its centre: \
                 check the three positions"
            ));
        }
        if uneven_m > ARC_SLACK_M && uneven_m > ARC_SLACK * longer_m {
            note(&format!(
                "an arc whose points are {first_m:.0} m and {last_m:.0} m from its centre was read with \
                 its radius going evenly from the one to the other: all that lies within {uneven_m:.0} m \
                 of the outline is possible; check the three positions"
            ));
        }
        let ends = [(*first, first_m, first_deg), (*last, last_m, last_deg)];
        self.points.extend(if self.clockwise {
            uneven_arc(center, ends[0], ends[1])
        } else {
            let mut points = uneven_arc(center, ends[1], ends[0]);
            points.reverse();
            points
        });
        // Whoever takes the one radius or the other draws the arc up to so far from here.
        self.residual_m = self.residual_m.max(ARC_M + uneven_m);
        Ok(())
    }

    /// An arc that ends at the point where it begins: between other points it has no length (rounding
    /// made it so), alone it is a circle.
    fn turn(
        &mut self,
        circle: Circle,
        point: Position,
        note: &mut dyn FnMut(&str),
    ) -> Result<(), String> {
        if !self.points.is_empty() {
            self.points.push(point);
            note(NO_LENGTH);
            return Ok(());
        }
        self.turn = Some((circle, point));
        Ok(())
    }

    /// An arc that goes once round is a circle.
    fn full_turn(&mut self, circle: Circle) -> Result<(), String> {
        if !self.points.is_empty() {
            return Err("an arc that goes once round stands among points: give the circle an \
                        airspace of its own, or correct the bearings"
                .into());
        }
        if self.circle.replace(circle).is_some() {
            return Err("a second circle in one airspace: begin a new one with AC".into());
        }
        Ok(())
    }
}

/// Why a ring is no polygon, in terms of the lines that its vertices come from.
fn refusal(error: &OutlineError, vertices: &[(Position, usize)]) -> String {
    let OutlineError::Crosses { crossings, count } = error else { return error.to_string() };
    // Between two records, or within an arc.
    let edge = |vertex: usize| {
        let line = |vertex: usize| vertices.get(vertex % vertices.len()).map_or(0, |v| v.1);
        match (line(vertex), line(vertex + 1)) {
            (from, to) if from == to => format!("line {from}"),
            (from, to) => format!("the edge from line {from} to {to}"),
        }
    };
    let told = crossings.iter().map(|crossing| {
        let (first, second) = (edge(crossing.first.1), edge(crossing.second.1));
        let size = crossing.size.map(|size| format!(" ({size})")).unwrap_or_default();
        format!("{first} and {second} cross near {}{size}", crossing.near)
    });
    let mut told: Vec<String> = told.collect();
    if *count > told.len() {
        told.push(format!("and {} more", count - told.len()));
    }
    format!("the outline crosses itself: {}: correct the order of its points", told.join("; "))
}

/// A distance in nautical miles, in metres.
fn miles(text: &str, what: &str) -> Result<f64, String> {
    parse_number(text.trim()).filter(|n| *n > 0.0).map(|n| n * NAUTICAL_MILE_M).ok_or_else(|| {
        format!("{what} `{}`: write nautical miles as a number above 0", text.trim())
    })
}

/// The points of a clockwise arc whose radius goes evenly with the bearing from that of the first
/// end to that of the last; both ends are kept as given. Each end is a point with its distance in
/// metres and its azimuth in degrees from the centre.
///
/// Published positions are rounded to a second or so, which makes the two radii differ; this way
/// neighbours that share the arc get the same points, and the outline has no steps.
fn uneven_arc(
    center: Position,
    first: (Position, f64, f64),
    last: (Position, f64, f64),
) -> Vec<Position> {
    let turn_deg = (last.2 - first.2).rem_euclid(360.0);
    let radius_m = first.1.max(last.1);
    // A chord over an angle t lies up to r (1 - cos(t/2)), that is about r t^2 / 8, inside; half
    // of the bound is left for the geodesic's own bend.
    let step_deg = (8.0 * ARC_M / 2.0 / radius_m).sqrt().to_degrees();
    let steps = (turn_deg / step_deg).ceil().max(1.0) as usize;
    let between = (1..steps).map(|i| {
        let t = i as f64 / steps as f64;
        let radius_m = first.1 + (last.1 - first.1) * t;
        let azimuth = first.2 + turn_deg * t;
        destination(center, azimuth, radius_m)
    });
    std::iter::once(first.0).chain(between).chain([last.0]).collect()
}
