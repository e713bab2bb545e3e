use std::path::PathBuf;

use deconflict_geometry::{
    Circle, Corridor, EdgeRule, Footprint, Height, Instant, Limit, Polygon, Position, Reference,
    Volume, Window,
};
use serde_json::{Value, json};

use crate::heights::band;
use crate::{Document, Feature, Format, SourcePlace, Text, read, write};

mod siblings;

fn document(value: &Value) -> Document {
    read("x.json", value.to_string().as_bytes()).unwrap_or_else(|e| panic!("{e:?}\n{value}"))
}

fn error(value: &Value) -> String {
    let errors = read("x.json", value.to_string().as_bytes()).unwrap_err();
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A feature with a small square and the given properties.
fn square(properties: &Value) -> Value {
    with_geometry(
        &json!({"type": "Polygon", "coordinates": [[[0, 50], [1, 50], [1, 51], [0, 51], [0, 50]]]}),
        properties,
    )
}

fn with_geometry(geometry: &Value, properties: &Value) -> Value {
    json!({"type": "Feature", "geometry": geometry, "properties": properties})
}

fn only(value: &Value) -> Feature {
    let mut document = document(value);
    assert_eq!(document.features.len(), 1);
    document.features.remove(0)
}

fn at(metres: f64, reference: Reference) -> Limit {
    Limit::At(Height { metres, reference })
}

fn assert_round_trip(document: &Document) {
    let bytes = write(document, document.format).unwrap();
    let again = read("x.json", &bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert_eq!((again.format, &again.features), (document.format, &document.features), "{text}");
}

fn instant(hour: i64) -> Option<Instant> {
    Some(Instant((1_779_062_400 + hour * 3600) * 1_000_000_000))
}

#[test]
fn the_swiss_sample_has_three_zones_with_names_in_four_languages() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/ed318/sample-ed318.json");
    let Ok(bytes) = std::fs::read(&path) else {
        println!("skipped: sample-ed318.json not found");
        return;
    };
    let document = read("sample-ed318.json", &bytes).unwrap();
    assert_eq!(document.format, Format::Ed318);
    let ids: Vec<&str> = document.features.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["LSZB003", "BLns058", "LSTB002"]);
    let nature = &document.features[1];
    assert_eq!(nature.kind, "REQ_AUTHORIZATION");
    assert_eq!(nature.names.len(), 4);
    assert_eq!(
        nature.names[1],
        Text { text: "Objet naturel protégé Langmatt".into(), lang: Some("fr-CH".into()) }
    );
    assert_eq!(nature.properties["zoneAuthority"][0]["intervalBefore"], "P07DT00H");
    let volume = &document.features[0].volumes[0];
    assert_eq!(volume.band.lower(), at(60.0, Reference::Agl));
    assert_eq!(volume.band.upper(), Limit::Unlimited);
    assert_round_trip(&document);
}

#[test]
fn a_collection_a_feature_and_a_bare_geometry_are_read() {
    let feature = square(&json!({"name": "a"}));
    assert_eq!(only(&json!({"type": "FeatureCollection", "features": [feature]})).id, "a");
    assert_eq!(only(&feature).id, "a");
    assert_eq!(only(&feature["geometry"]).id, "feature 1");
    let empty = document(&json!({"type": "FeatureCollection", "features": []}));
    assert!(empty.features.is_empty());
}

#[test]
fn identifiers_are_taken_in_order_and_what_is_left_is_kept() {
    let mut feature = square(&json!({"identifier": "I", "id": "P", "name": "N", "colour": [1]}));
    feature["id"] = json!(12);
    for expected in ["I", "12", "P", "N", "feature 1"] {
        let read = only(&feature);
        assert_eq!(read.id, expected);
        assert_eq!(read.properties["colour"], json!([1]));
        match expected {
            "I" => drop(feature["properties"].as_object_mut().unwrap().remove("identifier")),
            "12" => drop(feature.as_object_mut().unwrap().remove("id")),
            "P" => drop(feature["properties"].as_object_mut().unwrap().remove("id")),
            _ => drop(feature["properties"].as_object_mut().unwrap().remove("name")),
        }
    }
}

#[test]
fn heights_are_read_from_a_layer_from_properties_and_from_national_variants() {
    use Reference::{Agl, Amsl, FlightLevel, W84};
    let ft = 0.3048;
    for (properties, lower, upper) in [
        (json!({}), Limit::Unknown, Limit::Unknown),
        (
            json!({"lower": 0, "lowerReference": "AGL", "upper": 3500, "upperReference": "AMSL", "uom": "ft"}),
            at(0.0, Agl),
            at(3500.0 * ft, Amsl),
        ),
        (
            json!({"lower": "45", "lowerReference": "AGL", "upper": "900", "upperReference": "AGL", "uom": "M"}),
            at(45.0, Agl),
            at(900.0, Agl),
        ),
        (
            json!({"verticalLayer": {"upper": 900, "upperReference": "AGL", "lower": 45, "lowerReference": "AGL", "UOM": "M"}}),
            at(45.0, Agl),
            at(900.0, Agl),
        ),
        (
            json!({"layer": {"upper": 99999, "upperReference": "AGL", "lower": null, "uom": "m"}}),
            Limit::Unknown,
            Limit::Unlimited,
        ),
        (
            json!({"lower_m": 100, "lower_reference": "W84", "upper_m": 200.5, "upper_reference": "W84"}),
            at(100.0, W84),
            at(200.5, W84),
        ),
        (json!({"lower": "SFC", "upper": "FL 095"}), at(0.0, Agl), at(9500.0 * ft, FlightLevel)),
        (
            json!({"lower": 0, "lowerReference": "SFC", "upper": 95, "uom": "FL"}),
            at(0.0, Agl),
            at(9500.0 * ft, FlightLevel),
        ),
        (json!({"upper": "UNL"}), Limit::Unknown, Limit::Unlimited),
    ] {
        let feature = only(&square(&properties));
        let band = feature.volumes[0].band;
        assert_eq!((band.lower(), band.upper()), (lower, upper), "{properties}");
        assert!(feature.properties.is_empty(), "{:?}", feature.properties);
        assert_round_trip(&document(&square(&properties)));
    }
}

#[test]
fn times_are_read_under_their_names_and_survive_writing() {
    for (from, until) in
        [("from", "until"), ("time_start", "time_end"), ("startDateTime", "endDateTime")]
    {
        let value =
            square(&json!({from: "2026-05-18T02:00:00+02:00", until: "2026-05-18T03:00:00Z"}));
        let feature = only(&value);
        assert_eq!(feature.volumes[0].window, Window::new(instant(0), instant(3)).unwrap());
        assert!(feature.properties.is_empty());
        assert_round_trip(&document(&value));
    }
    assert_eq!(only(&square(&json!({}))).volumes[0].window, Window::ALWAYS);
    assert_eq!(
        only(&square(&json!({"from": null, "until": ""}))).volumes[0].window,
        Window::ALWAYS
    );
}

#[test]
fn each_period_is_a_volume_and_a_schedule_makes_it_part_time() {
    let value = square(&json!({"limitedApplicability": [
        {"startDateTime": "2026-05-18T00:00:00Z", "endDateTime": "2026-05-18T03:00:00Z",
         "schedule": [{"day": ["ANY"]}]},
        {"startDateTime": "2026-05-18T04:00:00Z",
         "schedule": [{"day": ["MON"], "startTime": "10:00:00Z", "endEvent": "SS"}]},
        {"schedule": [{"day": ["SUN"]}]},
        {"startDateTime": "", "endDateTime": "", "schedule": [
            {"day": "ANY", "startTime": "", "startEvent": "", "endTime": "", "endEvent": ""}]}
    ]}));
    let feature = only(&value);
    let windows: Vec<Window> = feature.volumes.iter().map(|v| v.window).collect();
    assert_eq!(
        windows,
        [
            Window::new(instant(0), instant(3)).unwrap(),
            Window::new(instant(4), None).unwrap().part_time(),
            Window::ALWAYS.part_time(),
            Window::ALWAYS,
        ]
    );
    assert_round_trip(&document(&value));
}

#[test]
fn a_schedule_that_no_longer_holds_is_not_written() {
    let value = square(&json!({"limitedApplicability": [{"schedule": [{"day": ["SUN"]}]}]}));
    let mut changed = document(&value);
    changed.features[0].volumes[0].window = Window::new(instant(0), None).unwrap();
    for format in [Format::GeoJson, Format::Ed318] {
        let text = String::from_utf8(write(&changed, format).unwrap()).unwrap();
        assert!(!text.contains("SUN"), "{text}");
        let again = read("x.json", text.as_bytes()).unwrap();
        assert_eq!(again.features[0].volumes, changed.features[0].volumes);
    }
}

#[test]
fn layers_and_circles_of_a_geometry_collection_are_volumes() {
    let value = with_geometry(
        &json!({"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "coordinates": [[[0, 50], [1, 50], [1, 51], [0, 50]]],
             "layer": {"upper": 150, "upperReference": "AGL", "lower": 50, "lowerReference": "AGL", "uom": "m"}},
            {"type": "Point", "coordinates": [2.636866, 50.122901],
             "extent": {"subType": "Circle", "radius": 3500},
             "layer": {"upper": 50, "upperReference": "AMSL", "lower": 0, "lowerReference": "AGL", "uom": "ft"}}
        ]}),
        &json!({"identifier": "NFZ", "variant": "COMMON", "zoneAuthority": []}),
    );
    let feature = only(&value);
    assert_eq!(feature.volumes.len(), 2);
    let Footprint::Circle(circle) = &feature.volumes[1].footprint else { panic!() };
    assert_eq!(circle.radius_m(), 3500.0);
    assert_eq!(feature.volumes[1].band.upper(), at(50.0 * 0.3048, Reference::Amsl));
    let document = document(&value);
    assert_eq!(document.format, Format::Ed318);
    assert_round_trip(&document);
    // And as plain GeoJSON.
    let plain = read("x.json", &write(&document, Format::GeoJson).unwrap()).unwrap();
    assert_eq!(plain.features[0].volumes, document.features[0].volumes);
}

#[test]
fn points_and_lines_take_their_size_from_the_properties() {
    let point = json!({"type": "Point", "coordinates": [1, 50, 300]});
    for properties in [
        json!({"radius_m": 500}),
        json!({"radius": 500}),
        json!({"extent": {"subType": "Circle", "radius": "500"}}),
    ] {
        let value = with_geometry(&point, &properties);
        let circle = Circle::new(Position::new(50.0, 1.0).unwrap(), 500.0).unwrap();
        assert_eq!(only(&value).volumes[0].footprint, Footprint::Circle(circle));
        assert_round_trip(&document(&value));
    }
    let line = json!({"type": "LineString", "coordinates": [[0, 50], [1, 50]]});
    for properties in [json!({"half_width_m": 250}), json!({"width_m": 500})] {
        let value = with_geometry(&line, &properties);
        let Footprint::Corridor(corridor) = &only(&value).volumes[0].footprint else { panic!() };
        assert_eq!((corridor.half_width_m(), corridor.rule()), (250.0, EdgeRule::LonLat));
        assert_round_trip(&document(&value));
    }
    let several = with_geometry(
        &json!({"type": "MultiLineString", "coordinates": [[[0, 50], [1, 50]], [[0, 51], [1, 51]]]}),
        &json!({"half_width_m": 250}),
    );
    assert_eq!(only(&several).volumes.len(), 2);
    assert_round_trip(&document(&several));
}

#[test]
fn longitudes_beyond_180_are_turned_back() {
    let value = with_geometry(
        &json!({"type": "Polygon", "coordinates": [[[179, 50], [181, 50], [181, 51], [179, 51], [179, 50]]]}),
        &json!({}),
    );
    let Footprint::Polygons(polygons) = &only(&value).volumes[0].footprint else { panic!() };
    assert_eq!(polygons[0].rings()[0][1].lon_deg(), -179.0);
    assert_round_trip(&document(&value));
}

#[test]
fn holes_and_several_polygons_survive_writing() {
    let value = with_geometry(
        &json!({"type": "MultiPolygon", "coordinates": [
            [[[0, 50], [1, 50], [1, 51], [0, 51], [0, 50]],
             [[0.2, 50.2], [0.4, 50.2], [0.4, 50.4], [0.2, 50.2]]],
            [[[3, 50], [4, 50], [4, 51], [3, 50]]]
        ]}),
        &json!({"name": [{"text": "Sperrgebiet", "lang": "de"}, {"text": "prohibited area"}]}),
    );
    let Footprint::Polygons(polygons) = &only(&value).volumes[0].footprint else { panic!() };
    assert_eq!((polygons.len(), polygons[0].rings().len()), (2, 2));
    assert_round_trip(&document(&value));
}

#[test]
fn great_circles_are_densified_when_they_are_written_as_straight_in_longitude_and_latitude() {
    let shell = [(50.0, 0.0), (50.0, 3.0), (51.0, 1.0)];
    let shell = shell.map(|(lat, lon)| Position::new(lat, lon).unwrap()).to_vec();
    let polygon = Polygon::new(vec![shell], EdgeRule::GreatCircle).unwrap();
    let mut document = document(&square(&json!({})));
    document.features[0].volumes[0].footprint = Footprint::Polygons(vec![polygon]);
    let again = read("x.json", &write(&document, Format::GeoJson).unwrap()).unwrap();
    let Footprint::Polygons(polygons) = &again.features[0].volumes[0].footprint else { panic!() };
    let northmost = polygons[0].rings()[0]
        .iter()
        .filter(|p| p.lat_deg() < 50.02 && (1.4..1.6).contains(&p.lon_deg()))
        .count();
    assert!(polygons[0].rings()[0].len() > 100 && northmost > 0);
}

#[test]
fn what_is_wrong_is_named_with_its_feature_and_the_remedy() {
    let ring = |ring: Value| {
        with_geometry(&json!({"type": "Polygon", "coordinates": [ring]}), &json!({"name": "X"}))
    };
    for (value, expected) in [
        (
            json!({"type": "FeatureCollection"}),
            "the file: the FeatureCollection has no list `features`",
        ),
        (json!({"type": "FeatureCollection", "features": [3]}), "feature 1: not an object"),
        (
            json!({"type": "FeatureCollection", "features": [{"type": "Point"}]}),
            "feature 1 (feature 1): its `type` is not `Feature`",
        ),
        (json!({"a": 1}), "the file: JSON of no known format"),
        (json!([1]), "the file: JSON of no known format"),
        (
            json!({"type": "Feature", "properties": {"name": "X"}}),
            "feature 1 (X): no geometry: every feature needs one",
        ),
        (
            with_geometry(&json!({"type": "Blob"}), &json!({})),
            "geometry type `Blob`: expected Polygon",
        ),
        (with_geometry(&json!({"type": "Polygon"}), &json!({})), "the geometry has no coordinates"),
        (
            with_geometry(&json!({"type": "MultiPolygon", "coordinates": [[]]}), &json!({})),
            "no coordinates",
        ),
        (
            with_geometry(&json!({"type": "Point", "coordinates": [1, 2]}), &json!({})),
            "add the property radius_m in metres",
        ),
        (
            with_geometry(
                &json!({"type": "Point", "coordinates": [1, 2]}),
                &json!({"radius_m": 0}),
            ),
            "circle radius 0 m: must be between 1 and",
        ),
        (
            with_geometry(
                &json!({"type": "LineString", "coordinates": [[1, 2], [2, 2]]}),
                &json!({}),
            ),
            "add the property half_width_m in metres",
        ),
        (
            ring(json!([[0, 50], [1, 50], [1, 51], [0, 51]])),
            "feature 1 (X): ring 0 is not closed: repeat its first position",
        ),
        (
            ring(json!([[0, 50], [1, 50], [0, 50]])),
            "ring 0 has 3 positions: a closed ring has at least 4",
        ),
        (
            ring(json!([[0, 50], [1, 50], [1, "x"], [0, 50]])),
            "position [1,\"x\"]: must be two numbers",
        ),
        (ring(json!([[0, 50], [1, 50], [1], [0, 50]])), "position [1]: must be two numbers"),
        (
            ring(json!([[0, 50], [1, 50], [1, 91], [0, 50]])),
            "latitude 91: must be a number from -90 to 90 degrees; a position is written longitude first",
        ),
        (ring(json!([[0, 50], [361, 50], [1, 51], [0, 50]])), "longitude 361: must be"),
        (ring(json!([[0, 50], [1, 51], [1, 50], [0, 50.7], [0, 50]])), "crosses edge"),
        (
            square(&json!({"lower": 5, "lowerReference": "AGL"})),
            "lower 5 has no unit: add uom, m or ft",
        ),
        (square(&json!({"lower": 5, "uom": "m"})), "lower 5 has no reference: add lowerReference"),
        (
            square(&json!({"upper": 5, "uom": "parsec", "upperReference": "AGL"})),
            "unit of height `parsec`: write m or ft",
        ),
        (
            square(&json!({"upper": 5, "uom": "m", "upperReference": "MOON"})),
            "height reference `MOON`: write AMSL",
        ),
        (square(&json!({"upper": [5]})), "upper: must be a number"),
        (
            square(
                &json!({"lower_m": 5, "upper_m": 4, "lower_reference": "AGL", "upper_reference": "AGL"}),
            ),
            "lower limit 5 m AGL is above upper limit 4 m AGL",
        ),
        (
            square(
                &json!({"upper": 9e7, "uom": "m", "upperReference": "AGL", "lower": -1e9, "lowerReference": "AGL"}),
            ),
            "height -1000000000 m: must be",
        ),
        (square(&json!({"from": "2026-05-18T09:30:00"})), "the offset from UTC is missing"),
        (square(&json!({"from": 5})), "from: must be a time such as"),
        (
            square(&json!({"limitedApplicability": "always"})),
            "applicability: must be a list of periods",
        ),
        (
            {
                let mut v = json!({"type": "FeatureCollection", "features": []});
                v["crs"] =
                    json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}});
                v
            },
            "coordinate reference system urn:ogc:def:crs:EPSG::25832: only WGS84",
        ),
    ] {
        let error = error(&value);
        assert!(error.contains(expected), "{value}\n{error}");
    }
}

#[test]
fn a_feature_without_a_place_is_counted_and_no_feature() {
    for none in [
        Value::Null,
        json!({"type": "Polygon", "coordinates": []}),
        json!({"type": "GeometryCollection", "geometries": []}),
    ] {
        let value = json!({"type": "FeatureCollection", "features":
            [with_geometry(&none, &json!({"name": "X"})), square(&json!({}))]});
        let document = document(&value);
        assert_eq!((document.features.len(), document.placeless.count), (1, 1), "{none}");
        assert_eq!(document.placeless.first, [(SourcePlace::Feature(1), "X".to_owned())]);
    }
}

#[test]
fn each_bad_feature_is_reported() {
    let bad = with_geometry(&json!({"type": "Blob"}), &json!({}));
    let value = json!({"type": "FeatureCollection", "features": [bad, square(&json!({})), bad]});
    let errors = read("x.json", value.to_string().as_bytes()).unwrap_err();
    assert_eq!(
        errors.iter().map(|e| e.place).collect::<Vec<_>>(),
        [SourcePlace::Feature(1), SourcePlace::Feature(3)]
    );
}

#[test]
fn wgs84_may_be_named_the_old_way() {
    for name in ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"] {
        let mut value = json!({"type": "FeatureCollection", "features": []});
        value["crs"] = json!({"type": "name", "properties": {"name": name}});
        assert!(document(&value).features.is_empty());
    }
}

#[test]
fn few_bytes_cannot_ask_for_endless_volumes() {
    let period = json!({"startDateTime": "2026-05-18T00:00:00Z", "schedule": []});
    let points: Vec<Value> = (0..1_000).map(|i| json!([f64::from(i) / 100.0, 1])).collect();
    let value = with_geometry(
        &json!({"type": "MultiPoint", "coordinates": points}),
        &json!({"radius_m": 5, "limitedApplicability": vec![period; 1_000]}),
    );
    assert!(error(&value).contains("more than 5000000 positions in the file"));
    let wide: Vec<Value> = (0..400)
        .map(|i| {
            let lat = 50.0 + f64::from(i) / 50.0;
            json!([[[0, lat], [170, lat], [85, lat + 5.0], [0, lat]]])
        })
        .collect();
    let value = json!({"type": "FeatureCollection", "features": [with_geometry(
        &json!({"type": "MultiPolygon", "coordinates": wide}), &json!({}))]});
    assert!(error(&value).contains("more than 5000000 positions in the file"));
}

#[test]
fn ed318_refuses_what_it_cannot_express() {
    let base = document(&square(&json!({"name": "X"})));
    let with = |change: &dyn Fn(&mut Volume)| {
        let mut changed = base.clone();
        change(&mut changed.features[0].volumes[0]);
        write(&changed, Format::Ed318).unwrap_err().to_string()
    };
    let a = Position::new(50.0, 0.0).unwrap();
    let b = Position::new(50.0, 1.0).unwrap();
    let corridor = Corridor::new(vec![a, b], 100.0, EdgeRule::LonLat).unwrap();
    let level = at(3048.0, Reference::FlightLevel);
    for (error, expected) in [
        (
            with(&|v| v.footprint = Footprint::Corridor(corridor.clone())),
            "X: ED-318 has no corridors",
        ),
        (
            with(&|v| v.band = band(Limit::Unknown, level).unwrap()),
            "X: ED-318 has no flight levels",
        ),
        (
            with(&|v| v.band = band(Limit::Unlimited, Limit::Unlimited).unwrap()),
            "X: ED-318 has no unlimited lower limit",
        ),
        (
            with(&|v| v.window = Window::ALWAYS.part_time()),
            "X: in force only at times that are not known",
        ),
    ] {
        assert!(error.contains(expected), "{error}");
    }
    let mut changed = base.clone();
    let mut other = changed.features[0].volumes[0].clone();
    other.window = Window::new(instant(0), None).unwrap();
    other.band = band(at(0.0, Reference::Agl), Limit::Unlimited).unwrap();
    changed.features[0].volumes.push(other);
    let error = write(&changed, Format::Ed318).unwrap_err().to_string();
    assert!(error.contains("X: its volumes have different times"), "{error}");
    // Plain GeoJSON can.
    let again = read("x.json", &write(&changed, Format::GeoJson).unwrap()).unwrap();
    assert_eq!(again.features[0].volumes, changed.features[0].volumes);
}

#[test]
fn a_foreign_property_with_a_name_of_ours_stays_a_property() {
    let mut given = document(&square(&json!({"name": "X"})));
    let foreign = [("from", json!("Zone D03")), ("lower", json!(7)), ("json:from", json!([1]))];
    for (key, value) in &foreign {
        given.features[0].properties.insert((*key).to_owned(), value.clone());
    }
    for format in [Format::GeoJson, Format::Ed318] {
        given.features[0].volumes[0].band =
            band(at(0.0, Reference::Agl), Limit::Unlimited).unwrap();
        let again = read("x.geojson", &write(&given, format).unwrap()).unwrap();
        assert_eq!(again.features[0].volumes, given.features[0].volumes, "{format:?}");
        for (key, value) in &foreign {
            assert_eq!(again.features[0].properties.get(*key), Some(value), "{format:?} {key}");
        }
    }
}

#[test]
fn a_spike_of_great_circles_stays_one_with_other_edges() {
    let ring = [(53.0, 5.25), (53.45, 5.62), (54.9, 8.5), (53.45, 5.62), (52.9, 5.9)]
        .map(|(lat, lon)| Position::new(lat, lon).unwrap())
        .to_vec();
    let polygon = Polygon::new(vec![ring], EdgeRule::GreatCircle).unwrap();
    let mut given = document(&square(&json!({"name": "X"})));
    given.features[0].volumes[0].footprint = Footprint::Polygons(vec![polygon]);
    read("x.geojson", &write(&given, Format::GeoJson).unwrap()).unwrap();
}
