//! Files that say of themselves that they are one page of more.
//!
//! A service that answers with at most so many features at a time says so beside them: ArcGIS with
//! `exceededTransferLimit`, WFS and OGC API Features with `numberMatched` and links, others with `next`.
//! Saved as it is, such an answer looks complete.

use serde_json::{Map, Value};

use crate::members::{is_blank, number};
use crate::reading::Reading;
use crate::{ReadError, SourcePlace};

/// Where the features of a file are only some of those that its members `root` speak of, notes that as a
/// mistake: the others may be anywhere. `count` is how many there are in the file.
pub(crate) fn check_whole(root: &Map<String, Value>, count: usize, reading: &mut Reading) {
    if let Some(sign) = sign(root, count) {
        let what = format!(
            "{sign}, so the file is one page of more: fetch the rest, and put all features into one file \
             without that member"
        );
        reading.leave_out(ReadError::new(SourcePlace::Whole, None, what), None);
    }
}

/// What says that there are more.
fn sign(root: &Map<String, Value>, count: usize) -> Option<String> {
    let properties = root.get("properties").and_then(Value::as_object);
    let mut holders = std::iter::once(root).chain(properties);
    let is_cut = |of: &Map<String, Value>| {
        of.get("exceededTransferLimit").is_some_and(|value| match value {
            Value::String(text) => text.trim().eq_ignore_ascii_case("true"),
            value => *value == Value::Bool(true),
        })
    };
    if holders.any(is_cut) {
        return Some("`exceededTransferLimit` is true".to_owned());
    }
    let matched = ["numberMatched", "totalFeatures"].iter().find_map(|key| {
        let matched = number(root.get(*key)?)?;
        Some((*key, matched))
    });
    if let Some((key, matched)) = matched {
        // Whoever has put the pages together may have left what the first one said of its neighbours.
        let is_more = matched > count as f64;
        return is_more.then(|| format!("`{key}` is {matched}, and {count} are here"));
    }
    let links = root.get("links").and_then(Value::as_array).into_iter().flatten();
    let of_page = links.filter_map(|link| link.get("rel")?.as_str()).find(|rel| is_neighbour(rel));
    if let Some(rel) = of_page {
        return Some(format!("`links` has one with the rel `{rel}`"));
    }
    let is_address = |value: &Value| !is_blank(value) && value.is_string();
    let key = root.iter().find(|(key, value)| is_neighbour(key) && is_address(value));
    key.map(|(key, _)| format!("`{key}` names another page"))
}

/// Whether a word names the page after or before.
fn is_neighbour(word: &str) -> bool {
    ["next", "prev", "previous"].contains(&word)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{ReadOptions, read, read_with};

    /// A file of two features, or of as many zones or intents, with more members.
    fn file(list: &str, more: &Value) -> Vec<u8> {
        let polygon =
            json!({"type": "Polygon", "coordinates": [[[0, 50], [1, 50], [1, 51], [0, 50]]]});
        let mut zone = polygon.clone();
        zone["lowerLimit"] = json!(0);
        let entry = |id: &str| match list {
            "UASZoneList" => json!({"identifier": id, "geometry": [{"uomDimensions": "M",
                "lowerLimit": 0, "lowerVerticalReference": "AGL", "upperLimit": 120,
                "upperVerticalReference": "AGL", "horizontalProjection": polygon}]}),
            "features" => {
                json!({"type": "Feature", "id": id, "geometry": polygon, "properties": {}})
            }
            _ => json!({"id": id, "volumes": [{"volume": {"outline_circle": {"center":
                {"lat": 1, "lng": 1}, "radius": {"value": 5, "units": "M"}}}}]}),
        };
        let mut root = json!({list: [entry("a"), entry("b")]});
        if list == "features" {
            root["type"] = json!("FeatureCollection");
        }
        for (key, value) in more.as_object().unwrap() {
            root[key] = value.clone();
        }
        root.to_string().into_bytes()
    }

    #[test]
    fn one_page_of_more_is_refused_and_what_was_left_out_may_be_anywhere() {
        let next = json!([{"rel": "self", "href": "a"}, {"rel": "next", "href": "b"}]);
        for (more, sign) in [
            (json!({"exceededTransferLimit": true}), "`exceededTransferLimit` is true"),
            (
                json!({"properties": {"exceededTransferLimit": true}}),
                "`exceededTransferLimit` is true",
            ),
            (
                json!({"numberMatched": 3, "numberReturned": 2}),
                "`numberMatched` is 3, and 2 are here",
            ),
            (json!({"totalFeatures": "1200"}), "`totalFeatures` is 1200, and 2 are here"),
            (json!({"links": next}), "`links` has one with the rel `next`"),
            (json!({"numberMatched": "unknown", "links": next}), "`links` has one"),
            (json!({"next": "https://a.example/?page=2"}), "`next` names another page"),
        ] {
            for list in ["features", "UASZoneList", "operational_intents"] {
                let bytes = file(list, &more);
                let errors = read("x.json", &bytes).unwrap_err();
                let error = errors[0].to_string();
                assert!(error.starts_with(&format!("the file: {sign}")), "{list}: {error}");
                assert!(error.contains("fetch the rest"), "{error}");
                let goes_on = ReadOptions { leave_out_mistaken: true, ..ReadOptions::default() };
                let document = read_with("x.json", &bytes, &goes_on).unwrap();
                assert_eq!(document.features.len(), 2, "{list}");
                assert!(!document.is_whole());
                assert!(document.omissions[0].hull.is_none());
            }
        }
    }

    #[test]
    fn a_file_that_is_whole_is_read() {
        let links = json!([{"rel": "self", "href": "a"}, {"rel": "next", "href": "b"}]);
        for more in [
            json!({"exceededTransferLimit": false, "properties": {"exceededTransferLimit": false}}),
            json!({"numberMatched": 2, "numberReturned": 1, "links": links}),
            json!({"totalFeatures": 2, "numberMatched": null}),
            json!({"links": [{"rel": "self", "href": "a"}, "next", 7], "next": null, "previous": ""}),
        ] {
            for list in ["features", "UASZoneList", "operational_intents"] {
                let read = read("x.json", &file(list, &more));
                assert_eq!(read.map(|d| d.features.len()), Ok(2), "{list} {more}");
            }
        }
    }

    #[test]
    fn a_long_file_that_is_one_page_of_more_is_refused_too() {
        let filler = " ".repeat(crate::LONG_JSON_BYTES);
        for list in ["features", "UASZoneList", "operational_intents"] {
            let mut bytes = file(list, &json!({"exceededTransferLimit": true}));
            bytes.extend(filler.as_bytes());
            let error = read("x.json", &bytes).unwrap_err()[0].to_string();
            assert!(error.contains("`exceededTransferLimit` is true"), "{list}: {error}");
        }
    }

    #[test]
    fn a_file_of_two_forms_is_refused_and_neither_is_lost() {
        let feature = json!([{"type": "Feature", "geometry": null, "properties": {}}]);
        for (list, more, other) in [
            ("operational_intents", json!({"features": feature}), "features"),
            ("operational_intents", json!({"UASZoneList": []}), "UASZoneList"),
            ("UASZoneList", json!({"features": feature}), "features"),
            ("features", json!({"operational_intent": {"id": "c"}}), "operational_intent"),
        ] {
            for filler in [0, crate::LONG_JSON_BYTES] {
                let mut bytes = file(list, &more);
                bytes.extend(" ".repeat(filler).into_bytes());
                let error = read("x.json", &bytes).unwrap_err()[0].to_string();
                assert!(error.contains(other) && error.contains("keep one"), "{list}: {error}");
            }
        }
        let null = file("features", &json!({"operational_intents": null, "UASZoneList": null}));
        assert_eq!(read("x.json", &null).map(|d| d.features.len()), Ok(2));
    }
}
