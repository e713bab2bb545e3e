//! Nothing is lost in silence: a word that bears on a place, a height or a time, put into a file that was
//! read, is read, told or refused.

use deconflict_formats::{Document, read};
use deconflict_geometry::Volume;
use serde_json::Value;

/// Members that docs/formats.md lists as bearing on a place, a height or a time, with values that are
/// no file's. Units and references alone change nothing and are not among them.
const MEMBERS: [(&str, &str); 32] = [
    ("lowerLimit", "-7777"),
    ("upper_m", "-7777"),
    ("lower", r#""SFC or so""#),
    ("UPPER", r#""12345 ft W84""#),
    ("altitude_lower", r#"{"value":7}"#),
    ("verticalLayer", r#"{"lower":"77 ft W84"}"#),
    ("floor", r#""FL 77""#),
    ("Ceiling", "77"),
    ("startDateTime", r#""2261-05-18T01:02:03Z""#),
    ("until", r#""1680-05-18T01:02:03Z""#),
    ("time_end", r#""soon""#),
    ("applicability", r#"[{"startDateTime":"2261-05-18T01:02:03Z"}]"#),
    ("limitedApplicability", r#"[{"endDateTime":"1680-05-18T01:02:03Z"}]"#),
    ("valid from", r#""2031-05-18T00:00:00Z""#),
    ("start", "7"),
    ("horizontalProjection", r#"{"type":"Circle"}"#),
    ("outline_circle", "[7]"),
    ("radius_m", "7654.321"),
    ("radius", r#""wide""#),
    ("extent", r#"{"subType":"Circle","radius":7654.321}"#),
    ("width_m", "7654.321"),
    ("buffer_km", "7"),
    ("radius_nm", "7"),
    ("Diameter (m)", "7654.321"),
    ("latitude", "7"),
    ("wkt", r#""POINT (7 7)""#),
    ("alt", "7"),
    ("top", r#""FL 77""#),
    ("date", r#""2031-05-18""#),
    ("Days", r#"["MON"]"#),
    ("months", r#"["JUN"]"#),
    ("epsg", "25832"),
];

/// Lines that an OpenAir file does not have, and that bear on a place, a height or a time.
const RECORDS: [&str; 8] = [
    "PD 48.0 N 10.16 E",
    "48:00:00 N 010:10:00 E",
    "N48.0 E10.16",
    "XP 48.0, 10.16",
    "LA 3000 ft",
    "AL: FL 77",
    "VX=48:00:00 N 010:10:00 E",
    "XA 2031-05-18T08:00Z/2031-05-18T09:00Z",
];

/// Checks that a word is not lost which is put into a file of the target's format, as a member, a
/// column, a key of `ExtendedData` or a record; `choice` chooses which and where.
///
/// # Panics
/// When it is.
pub(crate) fn no_word_is_lost(
    target: &str,
    name: &str,
    bytes: &[u8],
    document: &Document,
    choice: usize,
) {
    // The heights and times of what has no place are of no use.
    if document.placeless.count > 0 {
        return;
    }
    let (word, value) = MEMBERS[choice / 7 % MEMBERS.len()];
    let changed = match target {
        "geojson" | "ed318" | "ed269" | "f3548" => {
            return no_member_is_lost(name, bytes, document, choice);
        }
        "openair" => with_record(bytes, RECORDS[choice % RECORDS.len()]),
        "csv" => with_column(bytes, word, value.trim_matches('"')),
        "kml" => with_key(bytes, word, value.trim_matches('"')),
        _ => None,
    };
    let Some(changed) = changed else { return };
    assert_known(name, document, &changed);
}

/// An OpenAir text with one more line in its first airspace.
fn with_record(bytes: &[u8], record: &str) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\r'))?;
    let mut lines: Vec<&str> = text.split('\n').collect();
    let first = lines.iter().position(|line| line.starts_with("AC "))?;
    lines.insert(first + 1, record);
    Some(lines.join("\n"))
}

/// A table with one more column, filled in in its first row.
fn with_column(bytes: &[u8], header: &str, cell: &str) -> Option<String> {
    let plain = |text: &&str| !text.contains(['"', '\r', '\t', ';', '#']);
    let text = std::str::from_utf8(bytes).ok().filter(plain)?;
    let mut lines = text.split('\n').map(str::to_owned).collect::<Vec<String>>();
    let columns = |line: &str| line.matches(',').count();
    let [names, row, ..] = lines.as_mut_slice() else { return None };
    if names.trim().is_empty() || row.trim().is_empty() || columns(names) != columns(row) {
        return None;
    }
    names.push_str(&format!(",{header}"));
    row.push_str(&format!(",\"{}\"", cell.replace('"', "\"\"")));
    Some(lines.join("\n"))
}

/// A KML text with one more key in its first placemark.
fn with_key(bytes: &[u8], key: &str, value: &str) -> Option<String> {
    // Keys of sizes that a shape does not have are of no use to it; elsewhere no placemark is read.
    let own = ["radius_m", "residual_m"].contains(&key);
    let plain =
        |text: &&str| !own && !["<!", "Tour", "Update"].iter().any(|word| text.contains(word));
    let text = std::str::from_utf8(bytes).ok().filter(plain)?;
    let at = text.find("<Placemark>")? + "<Placemark>".len();
    let (head, tail) = text.split_at(at);
    // What stands in a processing instruction is no placemark.
    if head.rfind("<?").is_some_and(|begin| !head[begin..].contains("?>")) {
        return None;
    }
    let value = value.replace('<', "");
    Some(format!(
        "{head}<ExtendedData><Data name=\"{key}\"><value>{value}</value></Data></ExtendedData>{tail}"
    ))
}

/// Checks that a changed text is refused, is told of, or means something else than before.
fn assert_known(name: &str, document: &Document, changed: &str) {
    let Ok(read) = read(name, changed.as_bytes()) else { return };
    let volumes = |d: &Document| -> Vec<Volume> {
        d.features.iter().flat_map(|feature| feature.volumes.clone()).collect()
    };
    let known = read.notes != document.notes
        || read.placeless != document.placeless
        || volumes(&read) != volumes(document);
    assert!(known, "a word is lost in silence: {changed}");
}

/// Checks that a member, chosen by `choice`, is not lost when it is put somewhere into a JSON text
/// that was read as `document`.
///
/// # Panics
/// When it is.
fn no_member_is_lost(name: &str, bytes: &[u8], document: &Document, choice: usize) {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let Ok(mut changed) = serde_json::from_slice::<Value>(bytes) else { return };
    let mut paths = Vec::new();
    objects(&changed, "", &mut paths);
    let Some(path) = paths.get(choice % paths.len().max(1)) else { return };
    let (member, value) = MEMBERS[choice / 7 % MEMBERS.len()];
    let normal = |name: &str| name.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    // What says the same as another object of its feature changes nothing.
    let value: Value = serde_json::from_str(value).expect("the values are JSON");
    if says(&changed, member, &value) {
        return;
    }
    let Some(object) = changed.pointer_mut(path).and_then(Value::as_object_mut) else { return };
    // Dates of what is permanent are told of once for a feature, and a schedule restricts in any case.
    let is_period = object.contains_key("permanent")
        || ["/schedule", "/dailyPeriod"].iter().any(|list| path.contains(list));
    if is_period || object.keys().any(|key| normal(key) == normal(member)) {
        return;
    }
    object.insert(member.to_owned(), value);
    assert_known(name, document, &changed.to_string());
}

/// Whether some object in it has this member with this value.
fn says(document: &Value, member: &str, value: &Value) -> bool {
    match document {
        Value::Object(members) => {
            members.get(member) == Some(value) || members.values().any(|v| says(v, member, value))
        }
        Value::Array(list) => list.iter().any(|v| says(v, member, value)),
        _ => false,
    }
}

/// The paths of the objects in a value, but for those whose members are of something else: under
/// `json:` stands what came from another format, and an intent's reference repeats its bounds.
fn objects(value: &Value, path: &str, into: &mut Vec<String>) {
    let step = |key: &str| key.replace('~', "~0").replace('/', "~1");
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => {
            into.push(path.to_owned());
            let other = |key: &str| key.starts_with("json:") || key == "reference";
            members.iter().filter(|(key, _)| !other(key)).map(|(k, v)| (step(k), v)).collect()
        }
        Value::Array(list) => list.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (step, value) in inner {
        objects(value, &format!("{path}/{step}"), into);
    }
}
