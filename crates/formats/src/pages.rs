//! Files that say of themselves that they are one page of more.
//!
//! A service that answers with at most so many features at a time says so beside them: ArcGIS with
//! `exceededTransferLimit`, WFS and OGC API Features with `numberMatched` and links, others with `next`.
//! Saved as it is, such an answer looks complete.

use serde_json::{Map, Value};

use crate::attributes::clip;
use crate::members::{is_blank, number};
use crate::reading::Reading;
use crate::vocabulary::normal;
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

/// Members, in normal form, that are true where there is more.
const CUT: [&str; 4] = ["exceededtransferlimit", "hasmore", "hasnext", "hasnextpage"];
/// Members, in normal form, that say how many there are in all.
const MATCHED: [&str; 3] = ["numbermatched", "totalfeatures", "totalcount"];
/// Links and members, in normal form, that lead to the page after or before.
const NEIGHBOURS: [&str; 7] =
    ["next", "prev", "previous", "nextpage", "nextlink", "nexturl", "odatanextlink"];
/// Objects at the root that such members also stand in.
const HOLDERS: [&str; 7] =
    ["properties", "links", "_links", "paging", "pagination", "meta", "metadata"];

/// What says that there are more.
fn sign(root: &Map<String, Value>, count: usize) -> Option<String> {
    let inner = HOLDERS.iter().filter_map(|key| root.get(*key)?.as_object());
    let members: Vec<(&String, &Value)> = std::iter::once(root).chain(inner).flatten().collect();
    let one_of = |names: &[&str], key: &str| names.contains(&normal(key).as_str());
    let is_true = |value: &Value| match value {
        Value::String(text) => text.trim().eq_ignore_ascii_case("true"),
        value => *value == Value::Bool(true),
    };
    let cut = members.iter().find(|(key, value)| one_of(&CUT, key) && is_true(value));
    if let Some((key, _)) = cut {
        return Some(format!("`{key}` is true"));
    }
    let matched = members.iter().filter(|(key, _)| one_of(&MATCHED, key));
    if let Some((key, matched)) = matched.filter_map(|(key, v)| Some((key, number(v)?))).next() {
        // Whoever has put the pages together may have left what the first one said of its neighbours.
        let is_more = matched > count as f64;
        return is_more.then(|| format!("`{key}` is {matched}, and {count} are here"));
    }
    let links = root.get("links").and_then(Value::as_array).into_iter().flatten();
    let mut rels = links.filter_map(|link| link.get("rel")?.as_str());
    if let Some(rel) = rels.find(|rel| one_of(&NEIGHBOURS, rel)) {
        return Some(format!("`links` has one with the rel `{}`", clip(rel)));
    }
    let leads = |value: &Value| !is_blank(value) && (value.is_string() || value.is_object());
    let key = members.iter().find(|(key, value)| one_of(&NEIGHBOURS, key) && leads(value));
    key.map(|(key, _)| format!("`{key}` names another page"))
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
            (json!({"links": {"next": "b"}}), "`next` names another page"),
            (json!({"_links": {"next": {"href": "b"}}}), "`next` names another page"),
            (json!({"@odata.nextLink": "b"}), "`@odata.nextLink` names another page"),
            (json!({"meta": {"has_more": true}}), "`has_more` is true"),
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
        let feature = json!({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon",
            "coordinates": [[[0, 50], [1, 50], [1, 51], [0, 50]]]}, "features": [{}]});
        let error = read("x.json", feature.to_string().as_bytes()).unwrap_err()[0].to_string();
        assert!(error.contains("`features` in a Feature"), "{error}");
        let null = file("features", &json!({"operational_intents": null, "UASZoneList": null}));
        assert_eq!(read("x.json", &null).map(|d| d.features.len()), Ok(2));
    }
}
