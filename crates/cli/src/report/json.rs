//! The answer for machines, one conflict on a line, as docs/check.md describes it.

use std::io::{self, Write};
use std::panic::resume_unwind;
use std::thread;

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
    let mut separator: &[u8] = b"\n  ";
    write_in_parts(&answer.conflicts, &|conflict| fields(question, conflict, true), |line| {
        out.write_all(separator)?;
        separator = b",\n  ";
        out.write_all(line)
    })?;
    for one in &answer.everywhere {
        out.write_all(separator)?;
        separator = b",\n  ";
        serde_json::to_writer(&mut *out, &Value::Object(everywhere(question, one)))?;
    }
    out.write_all(if separator == b"\n  " { b"]}\n" } else { b"\n]}\n" })
}

/// How many conflicts one thread turns into text at a time.
const PART: usize = 512;

/// Hands on the text of each conflict, in order. Making it takes far longer than writing it, so all
/// cores do.
fn write_in_parts(
    conflicts: &[Conflict],
    fields: &(dyn Fn(&Conflict) -> Map<String, Value> + Sync),
    mut write: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let texts = |part: &[Conflict]| -> Vec<String> {
        part.iter().map(|conflict| Value::Object(fields(conflict)).to_string()).collect()
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    for parts in conflicts.chunks(PART * threads) {
        let written: Vec<Vec<String>> = thread::scope(|scope| {
            let workers: Vec<_> =
                parts.chunks(PART).map(|part| scope.spawn(move || texts(part))).collect();
            let joined = workers.into_iter().map(thread::ScopedJoinHandle::join);
            joined.map(|text| text.unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        written.iter().flatten().try_for_each(|text| write(text.as_bytes()))?;
    }
    Ok(())
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
