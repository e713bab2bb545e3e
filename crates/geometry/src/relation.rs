//! How two volumes lie to one another.

use crate::{HeightFacts, Instant, Limit, Position, Volume, Window};

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
    /// Metres of height, [0, 1,000,000].
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
    /// only touch or come near each other.
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
pub fn relation(a: &Volume, b: &Volume, rules: &Rules) -> Verdict {
    let _ = (a, b, rules);
    Verdict { relation: Relation::Apart, reasons: Reasons::default() }
}

/// What `a` and `b` have in common; `None` when they are [`Relation::Apart`].
pub fn common(a: &Volume, b: &Volume, rules: &Rules) -> Option<Common> {
    let _ = (a, b, rules, Instant(0));
    None
}

/// By how much `a` and `b` are apart.
pub fn gap(a: &Volume, b: &Volume, rules: &Rules) -> Gap {
    let _ = (a, b, rules);
    Gap { horizontal_m: 0.0, vertical_m: 0.0, time_ns: 0 }
}

impl Reasons {
    /// Each reason once.
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        [
            Reason::HeightUnknown,
            Reason::HeightReference,
            Reason::EdgeResidual,
            Reason::Numeric,
            Reason::PartTime,
        ]
        .into_iter()
        .filter(move |r| self.0 & (1 << (*r as u8)) != 0)
    }
}
