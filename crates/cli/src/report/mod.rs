//! The answer in each form that it is given in.

pub(crate) mod csv;
pub(crate) mod geojson;
pub(crate) mod json;
pub(crate) mod outline;
pub(crate) mod table;

use deconflict_geometry::{Reason, Relation};

/// The stable code of a relation.
pub(crate) fn relation_code(relation: Relation) -> &'static str {
    match relation {
        Relation::Apart => "apart",
        Relation::Touch => "touch",
        Relation::Possible => "possible",
        Relation::Overlap => "overlap",
    }
}

/// The stable code of a reason.
pub(crate) fn reason_code(reason: Reason) -> &'static str {
    match reason {
        Reason::HeightUnknown => "height-unknown",
        Reason::HeightReference => "height-reference",
        Reason::EdgeResidual => "edge-residual",
        Reason::SelfCrossing => "self-crossing",
        Reason::Numeric => "numeric",
        Reason::PartTime => "part-time",
    }
}

/// A reason in plain words.
pub(crate) fn reason_words(reason: Reason) -> &'static str {
    match reason {
        Reason::HeightUnknown => "a height is not declared",
        Reason::HeightReference => "heights count from different levels",
        Reason::EdgeResidual => "boundaries nearer than they are known",
        Reason::SelfCrossing => "an outline crosses itself",
        Reason::Numeric => "too near to tell",
        Reason::PartTime => "in force at times not resolved",
    }
}
