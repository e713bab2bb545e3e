//! OpenAir text to features.

use std::borrow::Cow;
use std::collections::HashMap;

use deconflict_geometry::{Band, Footprint, Instant, Limit, Reference, Volume, Window};
use serde_json::{Map, Value};

use super::outline::Outline;
use super::records::{
    DECLARING, STEPPED_OVER, glued, is_of_outline, is_pair, sets_variable, speaks_of_places,
};
use super::{KEPT, OUTLINES, RESIDUAL, plain};
use crate::document::{Omission, clipped_id};
use crate::encoding;
use crate::heights::{self, Bare, Unit};
use crate::reading::{ReadOptions, Reading};
use crate::{Document, Feature, Format, ReadError, SourcePlace, Text, attributes, time};

/// Nanoseconds in a second.
const SECOND_NS: i64 = 1_000_000_000;

/// A number without a unit is in feet, one without a reference above mean sea level.
const BARE: Bare = Bare { unit: Some(Unit::Feet), reference: Some(Reference::Amsl) };

/// Reads an OpenAir file.
///
/// # Errors
/// Every record that is malformed, with its line; airspaces without an outline; files without any
/// airspace.
pub(crate) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Document, Vec<ReadError>> {
    let bytes = encoding::bounded(bytes).map_err(|e| vec![e])?;
    let mut reader = Reader {
        features: Vec::new(),
        known: HashMap::new(),
        block: None,
        terrain: false,
        refused: false,
        reading: Reading::new(options),
    };
    for (index, line) in lines(bytes).enumerate() {
        reader.reading.at(SourcePlace::Line(index + 1));
        let line = reader.text(line);
        reader.line(index + 1, &line);
        if reader.reading.is_spent() {
            break;
        }
    }
    reader.finish_block();
    if reader.features.is_empty() && !reader.refused {
        let what = "no airspace: an OpenAir file has records such as `AC D`, `AN name`, `DP ...`";
        reader.reading.refuse(ReadError::new(SourcePlace::Whole, None, what));
    }
    let features = reader.features.into_iter().map(MergedFeature::into_feature).collect();
    reader.reading.finish(Format::OpenAir, features)
}

/// The lines of a file, whichever way each of them ends: programs of three systems may have written in it, and
/// one record too few is an airspace that is missing.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let all = rest?;
        let end = all.iter().position(|b| matches!(b, b'\n' | b'\r'));
        let Some(end) = end else { return rest.take() };
        let two = all[end..].starts_with(b"\r\n");
        rest = Some(&all[end + 1 + usize::from(two)..]);
        Some(&all[..end])
    })
}

struct Reader {
    features: Vec<MergedFeature>,
    /// The feature that further blocks with the same identifier and name belong to.
    /// Where one of the two is missing, the other stands for it, as it does when it is written.
    known: HashMap<(String, String), usize>,
    block: Option<Block>,
    /// In an element that is no airspace (terrain): its points are stepped over.
    terrain: bool,
    /// Something was refused, so that a file without airspace has had its say.
    refused: bool,
    reading: Reading,
}

/// A footprint, and the records that it is written back with where they say more.
type OutlineShape = (Footprint, Option<Vec<String>>);

/// One airspace of the file, from `AC` to the next.
struct Block {
    line: usize,
    records: HashMap<&'static str, String>,
    name: Option<String>,
    id: Option<String>,
    /// The limits with the lines that declare them.
    lower: Option<(Limit, usize)>,
    upper: Option<(Limit, usize)>,
    windows: Vec<Window>,
    outline: Outline,
    /// What a comment of the writer says of its boundary, in metres.
    residual_m: f64,
    /// A record that bears on the airspace was there, beyond its class and how it is displayed.
    declares: bool,
    /// A record of its outline was there, mistaken or not.
    drawn: bool,
    /// Its records stand before any AC or AN.
    orphan: bool,
    /// What is wrong with its records: the first ones, and how many more.
    mistakes: Vec<(usize, String)>,
    more: usize,
    /// Whether one of the mistakes is in its outline, which is then not known.
    broken_outline: bool,
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

/// The most mistakes of one airspace that are kept.
const MAX_BLOCK_MISTAKES: usize = 200;

impl Reader {
    /// A line's text: UTF-8, or else the encoding of the programs that such files are from.
    fn text<'l>(&mut self, line: &'l [u8]) -> Cow<'l, str> {
        match std::str::from_utf8(line) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => {
                self.reading.note(
                    "lines that are not UTF-8 were read as Windows-1252: letters of names and \
                     comments may be others",
                );
                Cow::Owned(encoding::windows_1252(line))
            }
        }
    }

    fn line(&mut self, number: usize, line: &str) {
        let line = line.trim();
        if let Some(metres) = line.strip_prefix(RESIDUAL) {
            match (&mut self.block, attributes::residual(metres)) {
                (Some(block), Ok(metres)) => block.residual_m = metres,
                (Some(block), Err(what)) => block.refuse(number, what, true),
                (None, _) => {}
            }
            return;
        }
        if line.is_empty() || line.starts_with('*') {
            return;
        }
        if line.starts_with(';') {
            self.reading.note("remarks after `;` were passed over");
            return;
        }
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let key = key.to_ascii_uppercase();
        let (value, remark) = match key.as_str() {
            // A name may hold both.
            "AN" | "AI" | "AG" => (value.trim(), ""),
            _ => {
                let (value, remark) = value.split_at(value.find(['*', ';']).unwrap_or(value.len()));
                (value.trim(), remark)
            }
        };
        if remark.starts_with(';') {
            self.reading.note("remarks after `;` were passed over");
        }
        let block = self.block.as_ref();
        match key.as_str() {
            "AC" if block.is_none_or(|b| b.has("AC") || b.drawn || b.orphan) => {
                self.begin_block(number);
            }
            // A block whose AC is missing.
            "AN" if block.is_none_or(|b| (b.name.is_some() && b.drawn) || b.orphan) => {
                self.begin_block(number);
            }
            "TO" | "TC" => {
                self.finish_block();
                self.terrain = true;
            }
            _ => {}
        }
        let outline = is_of_outline(&key);
        if self.block.is_none() {
            if self.terrain || !(outline || matches!(key.as_str(), "AL" | "AH" | "AA")) {
                return;
            }
            self.begin_block(number);
            if let Some(block) = &mut self.block {
                block.orphan = true;
                let what = format!("{key} before any airspace: begin the airspace with AC");
                block.refuse(number, what, true);
            }
            return;
        }
        let Some(block) = &mut self.block else { return };
        let reading = &mut self.reading;
        let heights = matches!(key.as_str(), "AL" | "AH");
        let taken = if (heights
            && heights::speaks_of_heights(remark.trim_start_matches([';', '*'])))
            || (outline && speaks_of_places(remark))
        {
            Err(format!(
                "{key} {value}: the remark `{}` says something of {} too; leave one, or put the \
                 remark on a line of its own that begins with *",
                attributes::clip(remark),
                if heights { "heights" } else { "places" }
            ))
        } else {
            block.record(&key, value, number, outline, &mut |what| reading.note(what))
        };
        if let Err(what) = taken {
            // What a record was meant for that has no known name is not known: it may be the outline.
            let known = DECLARING.contains(&key.as_str()) || glued(&key);
            block.refuse(number, what, outline || !known);
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
            declares: false,
            drawn: false,
            orphan: false,
            mistakes: Vec::new(),
            more: 0,
            broken_outline: false,
        });
    }

    fn finish_block(&mut self) {
        let Some(mut block) = self.block.take() else { return };
        let place = SourcePlace::Line(block.line);
        self.reading.at(place);
        if !block.declares && block.mistakes.is_empty() {
            self.reading.note(
                "records AC without a name, a height or an outline, which only set pens and \
                 colours, were passed over",
            );
            return;
        }
        if block.mistakes.is_empty() {
            let (band, footprint) = (block.band(), block.footprint());
            let faults = [band.as_ref().err(), footprint.as_ref().err()];
            for (line, what) in faults.into_iter().flatten().cloned().collect::<Vec<_>>() {
                block.refuse(line, what, false);
            }
            if let (Ok(band), Ok((footprint, records))) = (band, footprint)
                && let Err(what) = self.add(&block, footprint, records, band)
            {
                block.refuse(block.line, what, false);
            }
        }
        if block.mistakes.is_empty() {
            return;
        }
        self.refused = true;
        let hull = block.hull();
        let name = block.name.as_deref();
        let mistakes = block.mistakes.iter();
        let mistakes = mistakes
            .map(|(line, what)| ReadError::new(SourcePlace::Line(*line), name, what.as_str()));
        let omission = Omission {
            place,
            id: block.id.as_deref().or(name).map(clipped_id),
            mistakes: mistakes.collect(),
            hull,
        };
        self.reading.leave_out_record(omission, block.more);
    }

    /// Adds a block to the feature of its name, or as a new one.
    fn add(
        &mut self,
        block: &Block,
        footprint: Footprint,
        records: Option<Vec<String>>,
        band: Band,
    ) -> Result<(), String> {
        let windows = match block.windows.as_slice() {
            [] => &[Window::ALWAYS],
            windows => windows,
        };
        for _ in windows {
            self.reading.take(&footprint)?;
        }
        let next = self.features.len();
        let id = block.id.clone().or_else(|| block.name.clone());
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
                names: block.name.iter().map(|n| Text { text: n.clone(), lang: None }).collect(),
                volumes: Vec::new(),
                records: Vec::new(),
                outlines: Vec::new(),
            });
        }
        let outline = records.map_or(Value::Null, Value::from);
        self.features[index].add(&footprint, band, windows, &block.records, &outline);
        Ok(())
    }
}

impl Block {
    fn has(&self, key: &str) -> bool {
        self.records.contains_key(key)
    }

    /// Notes what is wrong with a record on a line; `outline` says that it is one of the outline.
    fn refuse(&mut self, line: usize, what: String, outline: bool) {
        self.broken_outline |= outline;
        if self.mistakes.len() < MAX_BLOCK_MISTAKES {
            self.mistakes.push((line, what));
        } else {
            self.more += 1;
        }
    }

    /// The band of its limits, or the line of the limit that does not go with the other.
    fn band(&self) -> Result<Band, (usize, String)> {
        let limit = |given: Option<(Limit, usize)>| given.map_or(Limit::Unknown, |(l, _)| l);
        let line = |given: Option<(Limit, usize)>| given.map_or(self.line, |(_, line)| line);
        heights::band(limit(self.lower), limit(self.upper))
            .map_err(|what| (line(self.upper).max(line(self.lower)), what))
    }

    /// The footprint with the records that it is written back with, or where it is wrong.
    fn footprint(&self) -> Result<OutlineShape, (usize, String)> {
        let (mut footprint, records) =
            self.outline.clone().finish().map_err(|what| (self.line, what))?;
        if let Footprint::Polygons(polygons) = &mut footprint {
            for polygon in polygons {
                *polygon = attributes::with_whole_residual(polygon.clone(), self.residual_m);
            }
        }
        Ok((footprint, records))
    }

    /// A volume that the airspace cannot reach beyond, if its mistakes leave that to be said.
    fn hull(&self) -> Option<Volume> {
        if self.broken_outline {
            return None;
        }
        let footprint = match self.footprint() {
            Ok((footprint, _)) => footprint,
            Err(_) => self.outline.hull(self.residual_m)?,
        };
        Some(Volume { footprint, band: Band::UNKNOWN, window: Window::ALWAYS })
    }

    /// Takes one record; `note` is told what is passed over in it.
    ///
    /// # Errors
    /// When it is malformed or does not go with the records before it.
    fn record(
        &mut self,
        key: &str,
        value: &str,
        line: usize,
        outline: bool,
        note: &mut dyn FnMut(&str),
    ) -> Result<(), String> {
        self.declares |= outline || DECLARING.contains(&key);
        if outline {
            self.drawn |= key != "V";
            return self.outline.record(key, value, line, note);
        }
        match key {
            "AN" => self.name = Some(plain(value)).filter(|v| !v.is_empty()),
            "AI" => self.id = Some(plain(value)).filter(|v| !v.is_empty()),
            "AL" => {
                let limit = heights::parse_limit(value, BARE)?;
                if limit == Limit::Unlimited {
                    return Err(format!("lower limit `{value}`: write SFC or a height"));
                }
                if self.lower.replace((limit, line)).is_some() {
                    return Err("a second lower limit: leave one".into());
                }
            }
            "AH" => {
                if self.upper.replace((heights::parse_limit(value, BARE)?, line)).is_some() {
                    return Err("a second upper limit: leave one".into());
                }
            }
            "AA" => self.windows.push(activation(value)?),
            _ if glued(key) => {
                return Err(format!(
                    "record {}: put a blank after its first two letters",
                    attributes::clip(key)
                ));
            }
            // What else there is (labels, pens, brushes, makers' own) does not bear on the volume.
            _ => {
                if !KEPT.contains(&key) {
                    // The place of a label says nothing of the airspace.
                    let place = (key != "AT" && speaks_of_places(&format!("{key} {value}")))
                        || (!STEPPED_OVER.contains(&key) && is_pair(key, value))
                        || sets_variable(value);
                    if place || heights::names_a_height(value) {
                        return Err(format!(
                            "record {}: no record of OpenAir by that name says a place, a height or a \
                             time, and this one does; correct its name, or begin the line with *",
                            attributes::clip(key)
                        ));
                    }
                    if !STEPPED_OVER.contains(&key) {
                        note("records of kinds that OpenAir does not have were passed over");
                    }
                }
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
    // Open on both sides says no more than that the times will be told.
    let sides = value.split('/').map(str::trim);
    if sides.clone().count() <= 2 && sides.clone().all(|s| s.eq_ignore_ascii_case("NONE")) {
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
