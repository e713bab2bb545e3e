//! The answer for machines, one conflict on a line, as docs/check.md describes it.

use std::io::{self, Write};

use deconflict_geometry::{Gap, Instant, Limit};
use deconflict_words::{limit_metres, limit_reference, rfc3339};
use serde_json::{Map, Value, json};

use super::outline::{self, rounded};
use super::{reason_code, relation_code};
use crate::engine::{Answer, Conflict, Item, Question};

/// Writes the answer.
pub(crate) fn write(
    out: &mut dyn Write,
    question: &Question<'_>,
    answer: &Answer,
) -> io::Result<()> {
    write!(
        out,
        "{{\"volumes\": {}, \"pairs_examined\": {}, \"conflicts\": [",
        answer.volumes, answer.pairs_examined
    )?;
    for (i, conflict) in answer.conflicts.iter().enumerate() {
        out.write_all(if i == 0 { b"\n  " } else { b",\n  " })?;
        serde_json::to_writer(&mut *out, &Value::Object(fields(question, conflict, true)))?;
    }
    out.write_all(if answer.conflicts.is_empty() { b"]}\n" } else { b"\n]}\n" })
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
    let reasons: Vec<&str> = conflict.verdict.reasons.iter().map(reason_code).collect();
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

fn who(question: &Question<'_>, item: Item) -> Value {
    json!({
        "file": question.sources[item.file].name,
        "id": question.feature(item).id,
        "volume": item.volume,
    })
}

fn gap_fields(gap: Gap) -> Value {
    json!({
        "horizontal_m": rounded(gap.horizontal_m, 1e2),
        "vertical_m": rounded(gap.vertical_m, 1e2),
        "time_s": gap.time_ns as f64 / 1e9,
    })
}
