use deconflict_geometry::{EdgeRule, Footprint, Height, Instant, Limit, Reference, Window};
use serde_json::{Value, json};

use crate::{Document, Format, read, write};

fn volume() -> Value {
    json!({
        "volume": {
            "outline_polygon": {"vertices": [
                {"lat": 50.0, "lng": 0.0}, {"lat": 50.0, "lng": 0.1}, {"lat": 50.1, "lng": 0.1}]},
            "altitude_lower": {"value": 19.5, "reference": "W84", "units": "M"},
            "altitude_upper": {"value": 120, "reference": "W84", "units": "M"}
        },
        "time_start": {"value": "2026-05-18T00:00:00Z", "format": "RFC3339"},
        "time_end": {"value": "2026-05-18T01:00:00Z", "format": "RFC3339"}
    })
}

fn circle() -> Value {
    let mut value = volume();
    value["volume"].as_object_mut().unwrap().remove("outline_polygon");
    value["volume"]["outline_circle"] = json!({
        "center": {"lat": 34.123, "lng": -118.456}, "radius": {"value": 300.183, "units": "M"}});
    value
}

fn intents(volumes: &Value) -> Value {
    json!({"operational_intents": [{"id": "2f8343be-6482-4d1b-a474-16847e01af1e", "volumes": volumes}]})
}

fn document(value: &Value) -> Document {
    read("x.json", value.to_string().as_bytes()).unwrap_or_else(|e| panic!("{e:?}"))
}

fn error(value: &Value) -> String {
    read("x.json", value.to_string().as_bytes()).unwrap_err()[0].to_string()
}

fn assert_round_trip(document: &Document) {
    let bytes = write(document, Format::F3548).unwrap();
    assert_eq!(&read("x.json", &bytes).unwrap(), document, "{}", String::from_utf8_lossy(&bytes));
}

#[test]
fn volumes_are_read_and_survive_writing() {
    let document = document(&intents(&json!([volume(), circle()])));
    assert_eq!(document.format, Format::F3548);
    let intent = &document.features[0];
    assert_eq!(intent.id, "2f8343be-6482-4d1b-a474-16847e01af1e");
    let Footprint::Polygons(polygons) = &intent.volumes[0].footprint else { panic!() };
    assert_eq!(polygons[0].rule(), EdgeRule::Geodesic);
    let lower = Height { metres: 19.5, reference: Reference::W84 };
    assert_eq!(intent.volumes[0].band.lower(), Limit::At(lower));
    let nanos = |s: i64| Some(Instant(s * 1_000_000_000));
    let hour = Window::new(nanos(1_779_062_400), nanos(1_779_066_000)).unwrap();
    assert_eq!(intent.volumes[0].window, hour);
    let Footprint::Circle(circle) = &intent.volumes[1].footprint else { panic!() };
    assert_eq!(circle.radius_m(), 300.183);
    assert_round_trip(&document);
}

#[test]
fn a_closing_vertex_is_tolerated_and_never_written() {
    let mut closed = volume();
    let vertices = closed["volume"]["outline_polygon"]["vertices"].as_array_mut().unwrap();
    vertices.push(vertices[0].clone());
    let document = document(&intents(&json!([closed])));
    let text = String::from_utf8(write(&document, Format::F3548).unwrap()).unwrap();
    assert_eq!(text.matches("lng").count(), 3);
    assert_round_trip(&document);
}

#[test]
fn a_uss_s_details_are_read_with_the_off_nominal_volumes() {
    let value = json!({"operational_intents": [{
        "reference": {"id": "A", "state": "Nonconforming", "ovn": "x"},
        "details": {"volumes": [volume()], "off_nominal_volumes": [circle()], "priority": 5}
    }]});
    let document = document(&value);
    let intent = &document.features[0];
    assert_eq!((intent.id.as_str(), intent.kind.as_str()), ("A", "Nonconforming"));
    assert_eq!(intent.volumes.len(), 2);
    assert_eq!(intent.properties["details"]["priority"], 5);
    assert_round_trip(&document);
    let single = json!({"operational_intent": value["operational_intents"][0]});
    assert_eq!(self::document(&single), document);
}

#[test]
fn heights_and_times_that_are_not_given_are_unknown_and_open() {
    let mut bare = circle();
    let bare_volume = bare["volume"].as_object_mut().unwrap();
    bare_volume.retain(|key, _| key == "outline_circle");
    bare.as_object_mut().unwrap().retain(|key, _| key == "volume");
    let document = document(&intents(&json!([bare])));
    let volume = &document.features[0].volumes[0];
    assert_eq!((volume.band.lower(), volume.band.upper()), (Limit::Unknown, Limit::Unknown));
    assert_eq!(volume.window, Window::ALWAYS);
}

#[test]
fn what_is_wrong_is_named_with_its_volume_and_the_remedy() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = volume();
        change(&mut value);
        intents(&json!([circle(), value]))
    };
    for (value, expected) in [
        (json!({"operational_intents": 3}), "the file: `operational_intents` must be a list"),
        (json!({"operational_intents": [3]}), "feature 1: not an object"),
        (
            json!({"operational_intents": [{"id": "A"}]}),
            "feature 1 (A): no volumes: give at least one",
        ),
        (intents(&json!(3)), "volumes: must be a list of Volume4D"),
        (with(&|v| v["volume"] = json!(3)), "volume 2: it has no `volume`"),
        (
            with(&|v| v["volume"]["outline_polygon"] = Value::Null),
            "volume 2: no outline: give outline_polygon or outline_circle",
        ),
        (
            with(&|v| v["volume"]["outline_circle"] = circle()["volume"]["outline_circle"].clone()),
            "volume 2: two outlines",
        ),
        (
            with(&|v| v["volume"]["outline_polygon"]["vertices"][0]["lat"] = json!("x")),
            "a point must have the numbers `lat` and `lng`",
        ),
        (
            with(&|v| v["volume"]["outline_polygon"]["vertices"][0]["lng"] = json!(181)),
            "longitude 181: must be a number from -180 to 180",
        ),
        (
            with(&|v| v["volume"]["outline_polygon"]["vertices"] = json!([{"lat": 1, "lng": 1}])),
            "ring 0 encloses no area",
        ),
        (
            with(&|v| v["volume"]["altitude_lower"]["reference"] = json!("AMSL")),
            "altitude_lower: `reference` must be `W84` and `units` `M`",
        ),
        (
            with(&|v| v["volume"]["altitude_lower"]["value"] = json!(-9000)),
            "must be from -8,000 to 100,000 m",
        ),
        (
            with(&|v| v["volume"]["altitude_lower"]["value"] = json!(121)),
            "lower limit 121 m W84 is above",
        ),
        (
            with(&|v| v["time_start"]["format"] = json!("ISO")),
            "time_start: must be {\"value\": \"2026",
        ),
        (
            with(&|v| v["time_start"]["value"] = json!("2026-05-18T02:00:00Z")),
            "lies before the beginning",
        ),
        (
            with(&|v| v["time_start"]["value"] = json!("2026-05-18T02:00:00")),
            "the offset from UTC is missing",
        ),
    ] {
        let error = error(&value);
        assert!(error.contains(expected), "{value}\n{error}");
    }
    let mut miles = circle();
    miles["volume"]["outline_circle"]["radius"]["units"] = json!("NM");
    assert!(error(&intents(&json!([miles]))).contains("radius: `units` must be `M`, metres"));
}

#[test]
fn f3548_refuses_what_it_cannot_express() {
    let ring = json!([[0, 50], [1, 50], [1, 51], [0, 51], [0, 50]]);
    let hole = json!([[0.2, 50.2], [0.4, 50.2], [0.4, 50.4], [0.2, 50.2]]);
    let heights = json!({"lower": 0, "lowerReference": "W84", "upper": 9, "upperReference": "W84", "uom": "m"});
    let feature = |properties: Value, rings: Value| {
        json!({"type": "Feature", "properties": properties,
            "geometry": {"type": "Polygon", "coordinates": rings}})
    };
    let mut scheduled = heights.clone();
    scheduled["part_time"] = json!(true);
    let mut sea = heights.clone();
    sea["upperReference"] = json!("AMSL");
    for (value, expected) in [
        (feature(heights.clone(), json!([ring, hole])), "feature 1: F3548 has no holes"),
        (
            feature(json!({}), json!([ring])),
            "altitude_lower is UNKNOWN: F3548 needs metres above the ellipsoid",
        ),
        (feature(sea, json!([ring])), "altitude_upper is 9 m AMSL: F3548 needs metres"),
        (feature(scheduled, json!([ring])), "in force only in parts of its window"),
        (
            json!({"type": "Feature", "properties": {"half_width_m": 5, "layer": heights},
                "geometry": {"type": "LineString", "coordinates": [[1, 2], [2, 2]]}}),
            "F3548 has no corridors",
        ),
    ] {
        let error = write(&document(&value), Format::F3548).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn an_intent_with_a_volume_without_outline_may_be_anywhere() {
    let options = crate::ReadOptions { leave_out_mistaken: true, ..Default::default() };
    let hull = |volumes: &Value| {
        let text = intents(volumes).to_string();
        let document = crate::read_with("x.json", text.as_bytes(), &options).unwrap();
        document.omissions[0].hull.is_some()
    };
    let mut late = circle();
    late["volume"]["outline_circle"]["center"] = json!({"lat": 50.2, "lng": 0.2});
    late["time_end"]["value"] = json!("late");
    let mut bare = volume();
    bare["volume"].as_object_mut().unwrap().remove("outline_polygon");
    assert!(hull(&json!([late, volume()])));
    assert!(!hull(&json!([late, bare])));
    bare["volume"]["outline_polygon"] = json!(null);
    assert!(!hull(&json!([bare, volume()])));
}
