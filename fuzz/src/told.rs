//! Nothing is lost in silence: a member that bears on a place, a height or a time, put into a file that
//! was read, is read, told or refused.

use deconflict_formats::{Document, read};
use deconflict_geometry::Volume;
use serde_json::Value;

/// Members that docs/formats.md lists as bearing on a place, a height or a time, with values that are
/// no file's. Units and references alone change nothing and are not among them.
const MEMBERS: [(&str, &str); 24] = [
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
    ("latitude", "7"),
    ("wkt", r#""POINT (7 7)""#),
];

/// Checks that a member, chosen by `choice`, is not lost when it is put somewhere into a JSON text
/// that was read as `document`.
///
/// # Panics
/// When it is.
pub(crate) fn no_member_is_lost(name: &str, bytes: &[u8], document: &Document, choice: usize) {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // The heights and times of what has no place are of no use.
    if document.placeless.count > 0 {
        return;
    }
    let Ok(mut changed) = serde_json::from_slice::<Value>(bytes) else { return };
    let mut paths = Vec::new();
    objects(&changed, "", &mut paths);
    let Some(path) = paths.get(choice % paths.len().max(1)) else { return };
    let (member, value) = MEMBERS[choice / 7 % MEMBERS.len()];
    let normal = |name: &str| name.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    let Some(object) = changed.pointer_mut(path).and_then(Value::as_object_mut) else { return };
    let value = serde_json::from_str(value).expect("the values are JSON");
    // Dates of what is permanent are told of once for a feature, and a schedule restricts in any case.
    let is_period = object.contains_key("permanent")
        || ["/schedule", "/dailyPeriod"].iter().any(|list| path.contains(list));
    if is_period || object.keys().any(|key| normal(key) == normal(member)) {
        return;
    }
    object.insert(member.to_owned(), value);
    let Ok(read) = read(name, changed.to_string().as_bytes()) else { return };
    let volumes = |d: &Document| -> Vec<Volume> {
        d.features.iter().flat_map(|feature| feature.volumes.clone()).collect()
    };
    let known = read.notes != document.notes
        || read.placeless != document.placeless
        || volumes(&read) != volumes(document);
    assert!(known, "`{member}` at {path} is lost in silence: {changed}");
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
