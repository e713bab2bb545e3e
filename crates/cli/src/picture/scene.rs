//! What is to be drawn, before it is known where on the paper.

use deconflict_geometry::{
    Circle, EdgeRule, Footprint, Polygon, Position, Relation, Rules, Volume, arc_points, common,
};
use deconflict_words::english::{counted, limit, window};

use super::view::{Vec3, angle, between, unit, unit_of};
use crate::engine::{Answer, Conflict, Item, Question};
use crate::input::{Source, label_of};
use crate::report::reason_words;

/// A picture's content.
pub(crate) struct Scene {
    pub(super) title: String,
    pub(super) subtitle: String,
    /// The names of the files, in order; a shape's layer is an index into them.
    pub(super) layers: Vec<String>,
    pub(super) shapes: Vec<Shape>,
    /// The conflicts that are drawn, the first ones of the answer.
    pub(super) conflicts: Vec<Mark>,
    /// How many there are in all.
    pub(super) conflict_count: usize,
}

/// A volume's footprint.
pub(super) struct Shape {
    pub(super) layer: usize,
    pub(super) label: String,
    /// Closed rings for even-odd filling.
    pub(super) rings: Vec<Vec<Vec3>>,
    /// Whether it is part of a conflict.
    pub(super) involved: bool,
}

/// A conflict.
pub(super) struct Mark {
    pub(super) relation: Relation,
    pub(super) place: Vec3,
    pub(super) rings: Vec<Vec<Vec3>>,
    /// The two names.
    pub(super) who: [String; 2],
    pub(super) details: String,
    /// The larger of the two footprints may reach far beyond what matters: the smaller one.
    pub(super) smaller: usize,
}

/// More volumes than this are not drawn (then only those in conflict are), nor more conflicts.
const MOST_SHAPES: usize = 4_000;

/// The picture of an answer.
pub(crate) fn of_check(question: &Question<'_>, answer: &Answer, language: Option<&str>) -> Scene {
    let mut involved: Vec<Item> = answer.conflicts.iter().flat_map(|c| [c.a, c.b]).collect();
    involved.sort();
    involved.dedup();
    let all = question.items();
    let drawn = if all.len() <= MOST_SHAPES {
        all
    } else {
        involved.iter().copied().take(MOST_SHAPES).collect()
    };
    let shapes: Vec<Shape> = drawn
        .iter()
        .map(|&item| Shape {
            layer: item.file,
            label: label_of(question.feature(item), language),
            rings: rings(question.volume(item)),
            involved: involved.binary_search(&item).is_ok(),
        })
        .collect();
    let at = |item: Item| drawn.binary_search(&item).unwrap_or(0);
    let conflicts = answer
        .conflicts
        .iter()
        .take(MOST_SHAPES)
        .map(|c| {
            let (a, b) = (at(c.a), at(c.b));
            let smaller = if extent(&shapes[a]) <= extent(&shapes[b]) { a } else { b };
            mark(question, c, language, smaller)
        })
        .collect();
    let title = match (answer.count(Relation::Overlap), answer.count(Relation::Possible)) {
        (0, 0) if answer.conflicts.is_empty() => "No conflict among what was declared".to_owned(),
        (overlaps, possible) => format!(
            "{}: {}, {possible} possible",
            counted(answer.len(), "conflict", "conflicts"),
            counted(overlaps, "overlap", "overlaps")
        ),
    };
    Scene {
        title,
        subtitle: files(question.sources),
        layers: layers(question.sources),
        shapes,
        conflicts,
        conflict_count: answer.conflicts.len(),
    }
}

/// The picture of what files declare.
pub(crate) fn of_files(sources: &[Source], language: Option<&str>) -> Scene {
    let mut shapes = Vec::new();
    for (layer, source) in sources.iter().enumerate() {
        for feature in &source.document.features {
            for volume in &feature.volumes {
                shapes.push(Shape {
                    layer,
                    label: label_of(feature, language),
                    rings: rings(volume),
                    involved: false,
                });
            }
        }
    }
    shapes.truncate(MOST_SHAPES);
    Scene {
        title: counted(shapes.len(), "volume", "volumes"),
        subtitle: files(sources),
        layers: layers(sources),
        shapes,
        conflicts: Vec::new(),
        conflict_count: 0,
    }
}

fn layers(sources: &[Source]) -> Vec<String> {
    sources.iter().map(|s| s.short_name().to_owned()).collect()
}

fn files(sources: &[Source]) -> String {
    layers(sources).join(" · ")
}

fn mark(
    question: &Question<'_>,
    conflict: &Conflict,
    language: Option<&str>,
    smaller: usize,
) -> Mark {
    let name = |item| label_of(question.feature(item), language);
    let mut details = Vec::new();
    let mut outline = Vec::new();
    let mut place = [1.0, 0.0, 0.0];
    if let Some(c) = &conflict.common {
        details.push(format!("{} to {}", limit(c.lower), limit(c.upper)));
        details.push(window(c.window.from(), c.window.until()));
        place = unit(c.place);
        outline = question.outline(conflict).iter().flatten().map(|r| great_circles(r)).collect();
    }
    details.extend(conflict.verdict.reasons.iter().map(|r| reason_words(r).to_owned()));
    Mark {
        relation: conflict.verdict.relation,
        place,
        rings: outline,
        who: [name(conflict.a), format!("× {}", name(conflict.b))],
        details: details.join(" · "),
        smaller,
    }
}

/// How far a shape's points lie from its first one at most, in radians.
fn extent(shape: &Shape) -> f64 {
    let mut points = shape.rings.iter().flatten();
    let first = points.next().copied().unwrap_or([1.0, 0.0, 0.0]);
    points.map(|p| angle(first, *p)).fold(0.0, f64::max)
}

/// The outline of a footprint.
fn rings(volume: &Volume) -> Vec<Vec<Vec3>> {
    match &volume.footprint {
        Footprint::Polygons(polygons) => polygons.iter().flat_map(polygon).collect(),
        Footprint::Circle(c) => vec![circle(c)],
        // The area that a corridor shares with itself is its outline.
        Footprint::Corridor(_) => common(volume, volume, &Rules::default())
            .map(|c| c.outline.iter().flatten().map(|r| great_circles(r)).collect())
            .unwrap_or_default(),
    }
}

fn polygon(polygon: &Polygon) -> Vec<Vec<Vec3>> {
    let straight = polygon.rule() == EdgeRule::LonLat;
    let ring = |r: &Vec<Position>| if straight { lon_lat_lines(r) } else { great_circles(r) };
    polygon.rings().iter().map(ring).collect()
}

fn circle(circle: &Circle) -> Vec<Vec3> {
    const MOST_POINTS: usize = 180;
    let half = |from, to| arc_points(circle.center(), circle.radius_m(), from, to, true);
    let points = [half(0.0, 180.0), half(180.0, 360.0)].concat();
    let every = points.len().div_ceil(MOST_POINTS).max(1);
    points.into_iter().step_by(every).map(unit).collect()
}

/// A closed ring with points between distant vertices, along great circles.
fn great_circles(ring: &[Position]) -> Vec<Vec3> {
    edges(ring)
        .flat_map(|(a, b)| {
            let (a, b) = (unit(a), unit(b));
            let n = pieces(angle(a, b));
            (0..n).map(move |i| between(a, b, i as f64 / n as f64))
        })
        .collect()
}

/// The same along lines that are straight in longitude and latitude.
fn lon_lat_lines(ring: &[Position]) -> Vec<Vec3> {
    edges(ring)
        .flat_map(|(a, b)| {
            let n = pieces(angle(unit(a), unit(b)));
            let turn = ((b.lon_deg() - a.lon_deg()) / 360.0).round() * 360.0;
            let (dy, dx) = (b.lat_deg() - a.lat_deg(), b.lon_deg() - a.lon_deg() - turn);
            (0..n).map(move |i| {
                let t = i as f64 / n as f64;
                unit_of(a.lat_deg() + t * dy, a.lon_deg() + t * dx)
            })
        })
        .collect()
}

fn edges(ring: &[Position]) -> impl Iterator<Item = (Position, Position)> + '_ {
    ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| (*a, *b))
}

/// How many pieces an edge is drawn in: one for each quarter of a degree.
fn pieces(angle_rad: f64) -> usize {
    (angle_rad.to_degrees() * 4.0).ceil().clamp(1.0, 720.0) as usize
}
