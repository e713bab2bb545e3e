//! The answer as a map layer: the common area of each conflict, or its place where it has no area.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::json::{everywhere, fields};
use super::outline::{self, rounded};
use super::{LEFT_OUT_WORDS, reason_words};
use crate::engine::{Answer, Conflict, Question};
use crate::input::label_of;

/// Writes a FeatureCollection, one feature on a line.
pub(crate) fn write(
    out: &mut dyn Write,
    question: &Question<'_>,
    answer: &Answer,
    language: Option<&str>,
) -> io::Result<()> {
    out.write_all(b"{\"type\": \"FeatureCollection\", \"features\": [")?;
    for (i, conflict) in answer.conflicts.iter().enumerate() {
        out.write_all(if i == 0 { b"\n  " } else { b",\n  " })?;
        let feature = json!({
            "type": "Feature",
            "id": i + 1,
            "geometry": geometry(question, conflict),
            "properties": properties(question, conflict, language),
        });
        serde_json::to_writer(&mut *out, &feature)?;
    }
    for (i, one) in answer.everywhere.iter().enumerate() {
        let number = answer.conflicts.len() + i + 1;
        out.write_all(if number == 1 { b"\n  " } else { b",\n  " })?;
        let label = label_of(question.feature(one.a), language);
        let mut properties = everywhere(question, one);
        properties.remove("outline");
        properties.insert("title".to_owned(), one.title(question, &label).into());
        properties.insert("why".to_owned(), LEFT_OUT_WORDS.into());
        // It may be anywhere (RFC 7946, section 3.2: an unlocated feature).
        let feature = json!({
            "type": "Feature",
            "id": number,
            "geometry": null,
            "properties": properties,
        });
        serde_json::to_writer(&mut *out, &feature)?;
    }
    let none = answer.conflicts.is_empty() && answer.everywhere.is_empty();
    out.write_all(if none { b"]}\n" } else { b"\n]}\n" })
}

fn geometry(question: &Question<'_>, conflict: &Conflict) -> Option<Value> {
    let common = conflict.common.as_ref()?;
    outline::geometry(&question.outline(conflict)).or_else(|| {
        let (lon, lat) = (common.place.lon_deg(), common.place.lat_deg());
        Some(json!({"type": "Point", "coordinates": [rounded(lon, 1e7), rounded(lat, 1e7)]}))
    })
}

fn properties(
    question: &Question<'_>,
    conflict: &Conflict,
    language: Option<&str>,
) -> Map<String, Value> {
    let mut properties = Map::new();
    let name = |item| label_of(question.feature(item), language);
    let title = format!("{} × {}", name(conflict.a), name(conflict.b));
    properties.insert("title".to_owned(), title.into());
    properties.append(&mut fields(question, conflict, false));
    let left_out = question.is_left_out(conflict.a) || question.is_left_out(conflict.b);
    let reasons = conflict.verdict.reasons.iter().map(reason_words);
    let why: Vec<&str> = left_out.then_some(LEFT_OUT_WORDS).into_iter().chain(reasons).collect();
    properties.insert("why".to_owned(), why.join("; ").into());
    properties
}
