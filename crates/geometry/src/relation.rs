//! How two volumes lie to one another.

use crate::band::{bands, bands_gap_m, common_limits};
use crate::geodesic::MEAN_RADIUS_M;
use crate::horizontal::{CommonAreas, footprints};
use crate::shape::{Nearest, Shape};
use crate::vector::{Arc, Vector};
use crate::window::{common_window, windows, windows_gap_ns};
use crate::{HeightFacts, Limit, Position, Volume, Window};

/// How two volumes, or two of their dimensions, lie to one another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Relation {
    /// They have no point in common.
    Apart,
    /// Only their boundaries meet.
    Touch,
    /// The given facts cannot decide whether they overlap.
    Possible,
    /// Their insides meet.
    Overlap,
}

/// Why an answer is [`Relation::Possible`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// A height that decides is not declared.
    HeightUnknown,
    /// Heights with different references are compared, and the facts about terrain and pressure
    /// do not decide.
    HeightReference,
    /// The boundaries are nearer than what densifying left of the declared edges.
    EdgeResidual,
    /// A boundary crosses itself, and its readings differ.
    SelfCrossing,
    /// A boundary encloses nothing, so that vertices may be missing.
    NoArea,
    /// The distance differs from the limit by less than the numeric resolution.
    Numeric,
    /// A window is in force only for parts of it that are not resolved to instants.
    PartTime,
}

/// The reasons of one answer.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Reasons(u8);

/// The answer for one pair.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// How the two lie to one another.
    pub relation: Relation,
    /// Why, when the relation is [`Relation::Possible`]; empty otherwise.
    pub reasons: Reasons,
}

/// By how much two volumes must be apart; less is a conflict. All zero: they must not overlap.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Separation {
    /// Metres along the earth, [0, 1,000,000].
    pub horizontal_m: f64,
    /// Metres of height, [0, 1,000,000]; between two flight levels, of pressure altitude, as air
    /// traffic control counts them.
    pub vertical_m: f64,
    /// Nanoseconds, not negative.
    pub time_ns: i64,
}

/// What a pair is judged by.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Rules {
    /// The separation that is required.
    pub separation: Separation,
    /// What is known of terrain and pressure.
    pub heights: HeightFacts,
}

/// What two volumes that are not apart have in common.
#[derive(Clone, PartialEq, Debug)]
pub struct Common {
    /// When both are in force.
    pub window: Window,
    /// The lower end of the common heights: the higher of the two lower limits, or the one that is
    /// known, as given.
    pub lower: Limit,
    /// The upper end of the common heights.
    pub upper: Limit,
    /// A place that is well inside both footprints; where they only come near each other, one
    /// between them.
    pub place: Position,
    /// How far that place is inside both footprints, in metres; 0 where they only touch or come
    /// near each other.
    pub depth_m: f64,
    /// The common area: polygons of rings, the shell first, each ring closed, counter-clockwise
    /// shells. For drawing, accurate to about a thousandth of its size; empty where the footprints
    /// only touch or come near each other, or overlap in less than can be drawn.
    pub outline: Vec<Vec<Vec<Position>>>,
}

/// By how much two volumes are apart, 0 in a dimension where they are not.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Gap {
    /// Metres along the earth between the footprints.
    pub horizontal_m: f64,
    /// Metres that the heights are apart at least, as far as the facts tell.
    pub vertical_m: f64,
    /// Nanoseconds between the windows.
    pub time_ns: i64,
}

/// How `a` and `b` lie to one another under `rules`. Symmetric.
///
/// With a required separation, `Overlap` means that they come nearer than required in every
/// dimension, and `Touch` that in one they keep exactly the distance required.
///
/// ```
/// use deconflict_geometry::*;
/// let circle = |lat, lon, radius_m| {
///     Footprint::Circle(Circle::new(Position::new(lat, lon).unwrap(), radius_m).unwrap())
/// };
/// let zone = Volume {
///     footprint: circle(33.5, 38.6, 55_000.0),
///     band: Band::UNLIMITED,
///     window: Window::ALWAYS,
/// };
/// let convoy = Volume { footprint: circle(33.5, 39.1, 500.0), ..zone.clone() };
/// assert_eq!(relation(&zone, &convoy, &Rules::default()).relation, Relation::Overlap);
/// ```
pub fn relation(a: &Volume, b: &Volume, rules: &Rules) -> Verdict {
    relation_drawing(a, b, rules, &mut CommonAreas::default())
}

fn relation_drawing(a: &Volume, b: &Volume, rules: &Rules, areas: &mut CommonAreas) -> Verdict {
    // The cheap dimensions first.
    let apart = rules.separation;
    let time = windows(a.window, b.window, apart.time_ns);
    if time.relation == Relation::Apart {
        return time;
    }
    let height = bands(a.band, b.band, apart.vertical_m, &rules.heights);
    if height.relation == Relation::Apart {
        return height;
    }
    time.and(height).and(footprints(&a.footprint, &b.footprint, apart.horizontal_m, areas))
}

/// What `a` and `b` have in common; `None` when they are [`Relation::Apart`].
pub fn common(a: &Volume, b: &Volume, rules: &Rules) -> Option<Common> {
    relation_and_common(a, b, rules, |_| true).1
}

/// What [`relation`] and, of volumes that are not apart and whose relation is `wanted`, [`common`]
/// say of `a` and `b`, for less than the two together.
pub fn relation_and_common(
    a: &Volume,
    b: &Volume,
    rules: &Rules,
    wanted: impl FnOnce(Relation) -> bool,
) -> (Verdict, Option<Common>) {
    let mut areas = CommonAreas::wanted();
    let verdict = relation_drawing(a, b, rules, &mut areas);
    let is_wanted = verdict.relation != Relation::Apart && wanted(verdict.relation);
    (verdict, is_wanted.then(|| common_of(a, b, rules, areas)))
}

fn common_of(a: &Volume, b: &Volume, rules: &Rules, mut areas: CommonAreas) -> Common {
    let (lower, upper) = common_limits(a.band, b.band, &rules.heights);
    let mut polygons = Vec::new();
    let mut deepest: Option<(f64, Position)> = None;
    for (i, s) in a.footprint.shapes().enumerate() {
        for (j, t) in b.footprint.shapes().enumerate() {
            let Some(area) = areas.of((i, j), s, t) else { continue };
            let depth_m = area.depth_m();
            if deepest.is_none_or(|(deepest_m, _)| depth_m > deepest_m) {
                deepest = Some((depth_m, area.place.position()));
            }
            polygons.extend(std::mem::take(&mut area.polygons).into_iter().map(|rings| {
                rings.into_iter().map(|ring| closed(&ring)).collect::<Vec<Vec<Position>>>()
            }));
        }
    }
    let (depth_m, place) = deepest.unwrap_or_else(|| (0.0, between(a, b)));
    Common {
        window: common_window(a.window, b.window),
        lower,
        upper,
        place,
        depth_m,
        outline: polygons,
    }
}

/// By how much `a` and `b` are apart, whatever separation is required.
pub fn gap(a: &Volume, b: &Volume, rules: &Rules) -> Gap {
    let mut horizontal_m = f64::INFINITY;
    for s in a.footprint.shapes() {
        for t in b.footprint.shapes() {
            if s.least_gap_m(t) < horizontal_m {
                let gap_m = s.core.distance_m(&t.core) - s.margin_m - t.margin_m;
                horizontal_m = horizontal_m.min(gap_m.max(0.0));
            }
        }
    }
    Gap {
        horizontal_m,
        vertical_m: bands_gap_m(a.band, b.band, &rules.heights),
        time_ns: windows_gap_ns(a.window, b.window),
    }
}

/// A point between the nearest points of two footprints.
fn between(a: &Volume, b: &Volume) -> Position {
    let mut nearest: Option<(&Shape, &Shape, Nearest)> = None;
    let mut least_gap_m = f64::INFINITY;
    for s in a.footprint.shapes() {
        for t in b.footprint.shapes() {
            if s.least_gap_m(t) < least_gap_m {
                let found = s.nearest(t);
                let gap_m = found.angle * MEAN_RADIUS_M - s.margin_m - t.margin_m;
                if gap_m < least_gap_m {
                    least_gap_m = gap_m;
                    nearest = Some((s, t, found));
                }
            }
        }
    }
    match nearest {
        Some((s, t, nearest)) => {
            // From the cores to where the margins meet.
            let way = Arc { a: nearest.own, b: nearest.other };
            let total = s.margin_m + t.margin_m;
            let share = if total > 0.0 { s.margin_m / total } else { 0.5 };
            way.at(way.angle() * share).position()
        }
        None => Position::default(),
    }
}

fn closed(ring: &[Vector]) -> Vec<Position> {
    ring.iter().chain(ring.first()).map(|v| v.position()).collect()
}

impl Reasons {
    /// Each reason once.
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        [
            Reason::HeightUnknown,
            Reason::HeightReference,
            Reason::EdgeResidual,
            Reason::SelfCrossing,
            Reason::NoArea,
            Reason::Numeric,
            Reason::PartTime,
        ]
        .into_iter()
        .filter(move |&r| self.0 & bit(r) != 0)
    }
}

impl Verdict {
    /// An answer without doubt.
    pub(crate) fn certain(relation: Relation) -> Verdict {
        Verdict { relation, reasons: Reasons::default() }
    }

    /// An answer in doubt for these reasons.
    pub(crate) fn possible(reasons: &[Reason]) -> Verdict {
        let reasons = Reasons(reasons.iter().fold(0, |bits, &reason| bits | bit(reason)));
        Verdict { relation: Relation::Possible, reasons }
    }

    /// The same answer in doubt, for these reasons too.
    pub(crate) fn with(self, reasons: Reasons) -> Verdict {
        Verdict { reasons: Reasons(self.reasons.0 | reasons.0), ..self }
    }

    /// The answer for two dimensions together: what is apart in one is apart, what touches in one
    /// at most touches, what is possible in one is at most possible.
    fn and(self, other: Verdict) -> Verdict {
        let relation = self.relation.min(other.relation);
        let doubtful = relation == Relation::Possible;
        let reasons = if doubtful { self.reasons.0 | other.reasons.0 } else { 0 };
        Verdict { relation, reasons: Reasons(reasons) }
    }
}

fn bit(reason: Reason) -> u8 {
    1 << reason as u8
}
