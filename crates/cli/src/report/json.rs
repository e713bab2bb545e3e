//! The answer for machines, one conflict on a line, as docs/check.md describes it.

use std::io::{self, Write};

use deconflict_geometry::{Gap, Instant, Limit, Relation};
use deconflict_words::{limit_metres, limit_reference, rfc3339};
use serde_json::{Map, Value, json};

use super::outline::{self, rounded};
use super::{LEFT_OUT, findings, reason_code, relation_code};
use crate::engine::{Answer, Conflict, Everywhere, Item, Question};

/// Writes the answer.
pub(crate) fn write(
    out: &mut dyn Write,
    question: &Question<'_>,
    answer: &Answer,
) -> io::Result<()> {
    write!(
        out,
        "{{\"volumes\": {}, \"pairs_examined\": {}, \"not_compared_of_one_name\": {}",
        answer.volumes,
        answer.pairs_examined,
        question.of_one_name()
    )?;
    for (key, value) in findings(question.sources) {
        write!(out, ", \"{key}\": {value}")?;
    }
    out.write_all(b", \"conflicts\": [")?;
    let found = answer.conflicts.iter().map(|conflict| fields(question, conflict, true));
    let everywhere = answer.everywhere.iter().map(|one| everywhere(question, one));
    let mut none = true;
    for object in found.chain(everywhere) {
        out.write_all(if none { b"\n  " } else { b",\n  " })?;
        serde_json::to_writer(&mut *out, &Value::Object(object))?;
        none = false;
    }
    out.write_all(if none { b"]}\n" } else { b"\n]}\n" })
}

/// The fields of what was left out and may be anywhere: nothing is known of where and when it meets
/// what.
pub(super) fn everywhere(question: &Question<'_>, one: &Everywhere) -> Map<String, Value> {
    let unknown = Limit::Unknown;
    let fields = json!({
        "a": who(question, one.a),
        "b": {"file": question.sources[one.b_file].name, "id": null, "volume": null},
        "relation": relation_code(Relation::Possible),
        "reasons": [LEFT_OUT],
        "from": null,
        "until": null,
        "lower_m": null,
        "upper_m": null,
        "lower_reference": limit_reference(unknown),
        "upper_reference": limit_reference(unknown),
        "depth_m": null,
        "place": null,
        "outline": null,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The fields of one conflict.
pub(crate) fn fields(
    question: &Question<'_>,
    conflict: &Conflict,
    with_outline: bool,
) -> Map<String, Value> {
    let common = conflict.common.as_ref();
    let instant = |t: Option<Instant>| t.map(rfc3339);
    let lower = common.map_or(Limit::Unknown, |c| c.lower);
    let upper = common.map_or(Limit::Unknown, |c| c.upper);
    let reasons = reasons(question, conflict);
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
    put("a", who(question, conflict.a));
    put("b", who(question, conflict.b));
    put("relation", relation_code(conflict.verdict.relation).into());
    put("reasons", reasons.into());
    put("from", json!(instant(common.and_then(|c| c.window.from()))));
    put("until", json!(instant(common.and_then(|c| c.window.until()))));
    put("lower_m", json!(limit_metres(lower)));
    put("upper_m", json!(limit_metres(upper)));
    put("lower_reference", limit_reference(lower).into());
    put("upper_reference", limit_reference(upper).into());
    put("depth_m", json!(common.map(|c| rounded(c.depth_m, 1e2))));
    let place = common.map(
        |c| json!({"lat": rounded(c.place.lat_deg(), 1e7), "lon": rounded(c.place.lon_deg(), 1e7)}),
    );
    put("place", place.unwrap_or(Value::Null));
    if with_outline {
        put("outline", outline::geometry(&question.outline(conflict)).unwrap_or(Value::Null));
    }
    if let Some(gap) = conflict.gap {
        put("gap", gap_fields(gap));
    }
    map
}

/// The codes of a conflict's reasons.
pub(super) fn reasons(question: &Question<'_>, conflict: &Conflict) -> Vec<&'static str> {
    let left_out = question.is_left_out(conflict.a) || question.is_left_out(conflict.b);
    let reasons = conflict.verdict.reasons.iter().map(reason_code);
    left_out.then_some(LEFT_OUT).into_iter().chain(reasons).collect()
}

fn who(question: &Question<'_>, item: Item) -> Value {
    let mut who = json!({
        "file": question.sources[item.file].name,
        "id": question.feature(item).id,
        "volume": item.volume,
    });
    if question.is_left_out(item) {
        who["left_out"] = true.into();
    }
    who
}

fn gap_fields(gap: Gap) -> Value {
    json!({
        "horizontal_m": rounded(gap.horizontal_m, 1e2),
        "vertical_m": rounded(gap.vertical_m, 1e2),
        "time_s": gap.time_ns as f64 / 1e9,
    })
}
