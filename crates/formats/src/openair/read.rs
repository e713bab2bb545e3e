//! OpenAir text to features.

use std::collections::HashMap;

use deconflict_geometry::{Band, Footprint, Instant, Limit, Reference, Volume, Window};
use serde_json::{Map, Value};

use super::outline::Outline;
use super::{KEPT, OUTLINES, RESIDUAL, plain};
use crate::document::{Mistakes, PointBudget};
use crate::heights::{self, Bare, Unit};
use crate::{Document, Feature, Format, ReadError, SourcePlace, Text, attributes, json, time};

/// Nanoseconds in a second.
const SECOND_NS: i64 = 1_000_000_000;

/// A number without a unit is in feet, one without a reference above mean sea level.
const BARE: Bare = Bare { unit: Some(Unit::Feet), reference: Some(Reference::Amsl) };

/// Reads an OpenAir file.
///
/// # Errors
/// Every record that is malformed, with its line; airspaces without an outline; files without any
/// airspace.
pub(crate) fn read(bytes: &[u8]) -> Result<Document, Vec<ReadError>> {
    let text = json::text(bytes).map_err(|e| vec![e])?;
    let mut reader = Reader::default();
    // Files of old Macintosh programs end their lines with a carriage return alone.
    let end = if text.contains('\n') { '\n' } else { '\r' };
    for (index, line) in text.split(end).enumerate() {
        reader.line(index + 1, line);
        if reader.budget.is_spent() {
            break;
        }
    }
    reader.finish_block();
    if reader.features.is_empty() && !reader.refused {
        let what = "no airspace: an OpenAir file has records such as `AC D`, `AN name`, `DP ...`";
        reader.mistakes.push(ReadError::new(SourcePlace::Whole, None, what));
    }
    let features = reader.features.into_iter().map(MergedFeature::into_feature).collect();
    reader.mistakes.or(Document { format: Format::OpenAir, features })
}

#[derive(Default)]
struct Reader {
    features: Vec<MergedFeature>,
    /// The feature that further blocks with the same identifier and name belong to.
    /// Where one of the two is missing, the other stands for it, as it does when it is written.
    known: HashMap<(String, String), usize>,
    block: Option<Block>,
    /// In an element that is no airspace (terrain): its points are stepped over.
    terrain: bool,
    mistakes: Mistakes,
    refused: bool,
    budget: PointBudget,
}

/// One airspace of the file, from `AC` to the next.
struct Block {
    line: usize,
    records: HashMap<&'static str, String>,
    name: Option<String>,
    id: Option<String>,
    lower: Option<Limit>,
    upper: Option<Limit>,
    windows: Vec<Window>,
    outline: Outline,
    /// What a comment of the writer says of its boundary, in metres.
    residual_m: f64,
    /// A record was refused, so the rest is only looked at for further mistakes.
    refused: bool,
}

/// The blocks of one feature.
struct MergedFeature {
    place: SourcePlace,
    id: String,
    names: Vec<Text>,
    volumes: Vec<Volume>,
    /// For each volume, what [`KEPT`] records say.
    records: Vec<HashMap<&'static str, String>>,
    outlines: Vec<Value>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) {
        let line = line.trim();
        if let Some(metres) = line.strip_prefix(RESIDUAL) {
            let residual_m = attributes::residual(metres);
            match (&mut self.block, residual_m) {
                (Some(block), Ok(metres)) => block.residual_m = metres,
                (_, Ok(_)) => {}
                (_, Err(what)) => self.refuse(number, None, what),
            }
            return;
        }
        if line.is_empty() || line.starts_with('*') {
            return;
        }
        let (key, value) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let key = key.to_ascii_uppercase();
        let value = match key.as_str() {
            // A name may hold an asterisk.
            "AN" | "AG" => value.trim(),
            "AA" => value.split(['*', ';']).next().unwrap_or_default().trim(),
            _ => value.split('*').next().unwrap_or_default().trim(),
        };
        let block = self.block.as_ref();
        match key.as_str() {
            "AC" if block.is_none_or(|b| b.has("AC") || !b.outline.is_empty()) => {
                self.begin_block(number);
            }
            // A block whose AC is missing.
            "AN" if block.is_none_or(|b| b.name.is_some() && !b.outline.is_empty()) => {
                self.begin_block(number);
            }
            "TO" | "TC" => {
                self.finish_block();
                self.terrain = true;
            }
            _ => {}
        }
        let outline = key == "V" || (key.len() == 2 && key.starts_with('D'));
        let result = match &mut self.block {
            Some(block) => {
                block.record(&key, value, outline).map_err(|what| (block.name.clone(), what))
            }
            None if self.terrain || !(outline || matches!(key.as_str(), "AL" | "AH")) => Ok(()),
            None => Err((None, format!("{key} before any airspace: begin the airspace with AC"))),
        };
        if let Err((name, what)) = result {
            self.refuse(number, name.as_deref(), what);
        }
    }

    fn begin_block(&mut self, line: usize) {
        self.finish_block();
        self.terrain = false;
        self.block = Some(Block {
            line,
            records: HashMap::new(),
            name: None,
            id: None,
            lower: None,
            upper: None,
            windows: Vec::new(),
            outline: Outline::new(),
            residual_m: 0.0,
            refused: false,
        });
    }

    fn refuse(&mut self, line: usize, feature: Option<&str>, what: String) {
        self.mistakes.push(ReadError::new(SourcePlace::Line(line), feature, what));
        self.refused = true;
        if let Some(block) = &mut self.block {
            block.refused = true;
        }
    }

    fn finish_block(&mut self) {
        let Some(block) = self.block.take() else { return };
        if block.refused {
            return;
        }
        let (line, name) = (block.line, block.name.clone());
        if let Err(what) = self.add(block) {
            self.refuse(line, name.as_deref(), what);
        }
    }

    /// Adds a block to the feature of its name, or as a new one.
    fn add(&mut self, block: Block) -> Result<(), String> {
        let band = heights::band(
            block.lower.unwrap_or(Limit::Unknown),
            block.upper.unwrap_or(Limit::Unknown),
        )?;
        let (mut footprint, records) = block.outline.finish()?;
        if let Footprint::Polygons(polygons) = &mut footprint {
            for polygon in polygons {
                *polygon = attributes::with_whole_residual(polygon.clone(), block.residual_m);
            }
        }
        let next = self.features.len();
        let id = block.id.or_else(|| block.name.clone());
        let index = match &id {
            Some(id) => {
                let name = block.name.as_ref().unwrap_or(id);
                *self.known.entry((id.clone(), name.clone())).or_insert(next)
            }
            None => next,
        };
        if index == next {
            self.features.push(MergedFeature {
                place: SourcePlace::Line(block.line),
                id: id.unwrap_or_else(|| format!("feature {}", next + 1)),
                names: block.name.map(|text| Text { text, lang: None }).into_iter().collect(),
                volumes: Vec::new(),
                records: Vec::new(),
                outlines: Vec::new(),
            });
        }
        let windows = if block.windows.is_empty() { vec![Window::ALWAYS] } else { block.windows };
        for _ in &windows {
            self.budget.take(&footprint)?;
        }
        let outline = records.map_or(Value::Null, Value::from);
        self.features[index].add(&footprint, band, &windows, &block.records, &outline);
        Ok(())
    }
}

impl Block {
    fn has(&self, key: &str) -> bool {
        self.records.contains_key(key)
    }

    fn record(&mut self, key: &str, value: &str, outline: bool) -> Result<(), String> {
        if outline {
            return self.outline.record(key, value);
        }
        match key {
            "AN" => self.name = Some(plain(value)).filter(|v| !v.is_empty()),
            "AI" => self.id = Some(plain(value)).filter(|v| !v.is_empty()),
            "AL" => {
                let limit = heights::parse_limit(value, BARE)?;
                if limit == Limit::Unlimited {
                    return Err(format!("lower limit `{value}`: write SFC or a height"));
                }
                if self.lower.replace(limit).is_some() {
                    return Err("a second lower limit: leave one".into());
                }
            }
            "AH" => {
                if self.upper.replace(heights::parse_limit(value, BARE)?).is_some() {
                    return Err("a second upper limit: leave one".into());
                }
            }
            "AA" => self.windows.push(activation(value)?),
            // What else there is (labels, pens, brushes, makers' own) does not bear on the volume.
            _ => {
                if let Some(kept) = KEPT.iter().find(|k| **k == key)
                    && !value.is_empty()
                {
                    self.records.insert(kept, value.to_owned());
                }
            }
        }
        Ok(())
    }
}

impl MergedFeature {
    fn add(
        &mut self,
        footprint: &Footprint,
        band: Band,
        windows: &[Window],
        records: &HashMap<&'static str, String>,
        outline: &Value,
    ) {
        for window in windows {
            self.volumes.push(Volume { footprint: footprint.clone(), band, window: *window });
            self.records.push(records.clone());
            self.outlines.push(outline.clone());
        }
    }

    fn into_feature(self) -> Feature {
        let kind_of = |records: &HashMap<&'static str, String>| {
            let kind = records.get("AY").filter(|k| *k != "NONE").or_else(|| records.get("AC"));
            kind.cloned().unwrap_or_default()
        };
        let mut volume_kinds: Vec<String> = self.records.iter().map(kind_of).collect();
        let mut kinds: Vec<&str> = Vec::new();
        for kind in volume_kinds.iter().filter(|kind| !kind.is_empty()) {
            if !kinds.contains(&kind.as_str()) {
                kinds.push(kind);
            }
        }
        let kind = kinds.join("/");
        if volume_kinds.iter().all(|k| *k == kind) {
            volume_kinds.clear();
        }
        let mut properties = Map::new();
        for key in KEPT {
            let values: Vec<Value> = self
                .records
                .iter()
                .map(|r| r.get(key).map_or(Value::Null, |v| Value::from(v.as_str())))
                .collect();
            match values.first() {
                Some(first) if values.iter().all(|v| v == first) => {
                    if !first.is_null() {
                        properties.insert(key.to_owned(), first.clone());
                    }
                }
                _ => {
                    properties.insert(key.to_owned(), Value::from(values));
                }
            }
        }
        if self.outlines.iter().any(|o| !o.is_null()) {
            properties.insert(OUTLINES.to_owned(), Value::from(self.outlines));
        }
        Feature {
            id: self.id,
            names: self.names,
            kind,
            volume_kinds,
            volumes: self.volumes,
            place: self.place,
            properties,
        }
    }
}

/// The window of an `AA` record: `start/end`, `NONE` for either, or `NONE` alone, which says that
/// the times will be told otherwise (Naviter, OpenAir 2.1.0, "AA").
fn activation(value: &str) -> Result<Window, String> {
    if value.eq_ignore_ascii_case("NONE") {
        return Ok(Window::ALWAYS.part_time());
    }
    let form = || format!("AA {value}: write it like 2026-05-18T09:30Z/2026-05-18T12:00Z, or NONE");
    let (from, until) = value.split_once('/').ok_or_else(form)?;
    if let Some(day) = end_of_day(until) {
        // ISO 8601's 24:00 is the next day's 00:00.
        let window = time::window(side(from).as_deref(), Some(&format!("{day}T23:59:59Z")))?;
        let end = window.until().and_then(|end| end.nanos().checked_add(SECOND_NS)).map(Instant);
        return Window::new(window.from(), end).map_err(|e| e.to_string());
    }
    time::window(side(from).as_deref(), side(until).as_deref())
}

/// One side of an `AA` record, `None` where it is `NONE`.
fn side(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.eq_ignore_ascii_case("NONE")).then(|| with_seconds(text))
}

/// The date of `2026-05-18T24:00Z`.
fn end_of_day(text: &str) -> Option<&str> {
    let (day, time) = text.trim().split_at_checked(10)?;
    matches!(time, "T24:00Z" | "T24:00:00Z").then_some(day)
}

/// OpenAir's times leave the seconds away; RFC 3339 does not.
fn with_seconds(text: &str) -> String {
    match text.strip_suffix(['Z', 'z']) {
        Some(minutes) if minutes.len() == 16 => format!("{minutes}:00Z"),
        _ => text.to_owned(),
    }
}
