//! The answer in each form that it is given in.

pub(crate) mod csv;
pub(crate) mod geojson;
pub(crate) mod json;
pub(crate) mod outline;
pub(crate) mod table;

use deconflict_geometry::{Reason, Relation};
use serde_json::{Map, Value, json};

use crate::input::{Source, told};

/// The stable code of the reason that one of the two was left out.
pub(crate) const LEFT_OUT: &str = "left-out";
/// The same in plain words.
pub(crate) const LEFT_OUT_WORDS: &str = "left out as mistaken";

/// What was found in the files beside the features, as JSON has it.
pub(crate) fn findings(sources: &[Source]) -> Map<String, Value> {
    let mut passed_over: Vec<Value> = Vec::new();
    let (mut left_out, mut placeless): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    let mut placeless_count = 0;
    for source in sources {
        let document = &source.document;
        passed_over.extend(document.notes.iter().map(|note| {
            json!({
                "file": source.name,
                "what": note.what,
                "count": note.count,
                "first": note.first.to_string(),
            })
        }));
        left_out.extend(document.omissions.iter().map(|omission| {
            json!({
                "file": source.name,
                "place": omission.place.to_string(),
                "id": omission.id,
                "mistakes": omission.mistakes.iter().map(told).collect::<Vec<_>>(),
                "hull_known": omission.hull.is_some(),
            })
        }));
        placeless_count += document.placeless.count;
        placeless.extend(
            document.placeless.first.iter().map(
                |(place, id)| json!({"file": source.name, "place": place.to_string(), "id": id}),
            ),
        );
    }
    let mut map = Map::new();
    map.insert("passed_over".to_owned(), passed_over.into());
    map.insert("left_out".to_owned(), left_out.into());
    map.insert("declared_without_a_place".to_owned(), placeless_count.into());
    map.insert("without_a_place".to_owned(), placeless.into());
    map
}

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
        Reason::NoArea => "no-area",
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
        Reason::NoArea => "an outline encloses nothing",
        Reason::Numeric => "too near to tell",
        Reason::PartTime => "in force at times not resolved",
    }
}
