//! Nothing is lost in silence: what bears on a place, a height or a time is read, told or refused,
//! whatever it is called and wherever it stands.

use deconflict_geometry::Volume;
use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::read;
use crate::vocabulary::words_of;

/// One accepted text of each JSON format, with every limit and time that it can give.
fn texts() -> [Value; 5] {
    let polygon = json!({"type": "Polygon", "coordinates": [[[0, 50], [1, 50], [1, 51], [0, 50]]]});
    let layer = json!({"lower": 0, "lowerReference": "AGL", "upper": 120, "upperReference": "AGL",
        "uom": "m"});
    let mut zone = polygon.clone();
    zone["layer"] = layer.clone();
    let mut flat = layer;
    flat["name"] = json!([{"text": "A", "lang": "en"}]);
    flat["from"] = json!("2026-05-18T00:00:00Z");
    flat["until"] = json!("2026-05-19T00:00:00Z");
    flat["contact"] = json!({"phones": [{"number": 7}]});
    let point = json!({"type": "Point", "coordinates": [7, 52], "extent": {"subType": "Circle",
        "radius": 300}, "window": {"from": "2026-05-18T00:00:00Z"}});
    let altitude = |value: i32| json!({"value": value, "reference": "W84", "units": "M"});
    let time = |value: &str| json!({"value": value, "format": "RFC3339"});
    [
        json!({"type": "FeatureCollection", "features": [
            {"type": "Feature", "id": "a", "geometry": polygon, "properties": flat},
            {"type": "Feature", "id": "b", "geometry": {"type": "GeometryCollection", "geometries":
                [point]}, "properties": {"lower": "SFC", "upper": "FL 100"}}]}),
        json!({"type": "FeatureCollection", "metadata": {"issued": "2026-05-18T00:00:00Z"}, "features":
            [{"type": "Feature", "geometry": zone, "properties": {"identifier": "Z", "zoneAuthority":
            [{"name": [{"text": "A"}]}], "limitedApplicability": [{"startDateTime":
            "2026-05-18T00:00:00Z", "endDateTime": "2026-05-19T00:00:00Z", "schedule":
            [{"day": ["ANY"]}]}]}}]}),
        json!({"UASZoneList": [{"identifier": "Z", "name": "A", "applicability": [{"permanent": "NO",
            "startDateTime": "2026-05-18T00:00:00Z", "endDateTime": "2026-05-19T00:00:00Z"}],
            "zoneAuthority": [{"name": "A"}], "geometry": [{"uomDimensions": "M", "lowerLimit": 0,
            "lowerVerticalReference": "AGL", "upperLimit": 120, "upperVerticalReference": "AGL",
            "horizontalProjection": {"type": "Circle", "center": [4, 50], "radius": 9}}]}]}),
        json!({"operational_intents": [{"id": "A", "priority": 3, "volumes": [{"volume":
            {"outline_circle": {"center": {"lat": 1, "lng": 1}, "radius": {"value": 5, "units": "M"}},
            "altitude_lower": altitude(5), "altitude_upper": altitude(90)}, "time_start":
            time("2026-05-18T00:00:00Z"), "time_end": time("2026-05-19T00:00:00Z")}]}]}),
        json!({"operational_intents": [{"details": {"priority": 3, "volumes": [{"volume":
            {"outline_polygon": {"vertices": [{"lat": 1, "lng": 1}, {"lat": 1, "lng": 2},
            {"lat": 2, "lng": 1}]}, "altitude_lower": altitude(5), "altitude_upper": altitude(90)},
            "time_start": time("2026-05-18T00:00:00Z"), "time_end": time("2026-05-19T00:00:00Z")}]},
            "reference": {"id": "A", "state": "Accepted"}}]}),
    ]
}

/// Values that a member could have: none of them is what the texts say.
fn values() -> [Value; 9] {
    [
        json!(77),
        json!("7000 ft AMSL"),
        json!("FL 77"),
        json!("2031-05-18T00:00:00Z"),
        json!("7.7 km"),
        json!(true),
        json!([{"startDateTime": "2031-05-18T00:00:00Z"}]),
        json!({"lower": 77, "lowerReference": "AMSL", "uom": "ft"}),
        json!({"value": 77, "reference": "W84", "units": "M"}),
    ]
}

/// The objects in a value, each by its path.
fn objects(value: &Value, path: &str, into: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => {
            into.push(path.to_owned());
            members.iter().map(|(key, value)| (key.clone(), value)).collect()
        }
        Value::Array(list) => list.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (step, value) in inner {
        objects(value, &format!("{path}/{step}"), into);
    }
}

fn volumes(document: &Document) -> Vec<&Volume> {
    document.features.iter().flat_map(|feature| &feature.volumes).collect()
}

/// Whether a changed text is refused, is told of, or means something else than before.
fn is_known(base: &Document, changed: &Value) -> bool {
    match read("x.json", changed.to_string().as_bytes()) {
        Err(errors) => errors.iter().all(|error| !error.what.is_empty()),
        Ok(document) => {
            document.notes != base.notes
                || document.placeless != base.placeless
                || volumes(&document) != volumes(base)
        }
    }
}

/// Ways to spell a word.
fn spellings(word: &str) -> [String; 3] {
    let mut capital = word.to_owned();
    if let Some(first) = capital.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    [word.to_owned(), word.to_uppercase(), format!("{capital}_")]
}

#[test]
fn a_word_that_bears_on_something_is_read_told_or_refused_wherever_it_stands() {
    let (mut tried, mut lost) = (0, Vec::new());
    for text in texts() {
        let base = read("x.json", text.to_string().as_bytes()).unwrap();
        let mut paths = Vec::new();
        objects(&text, "", &mut paths);
        for path in paths {
            for (index, word) in words_of().enumerate() {
                let values = values();
                let value = &values[(index + path.len()) % values.len()];
                for spelling in spellings(word) {
                    let mut changed = text.clone();
                    let object = changed.pointer_mut(&path).unwrap().as_object_mut().unwrap();
                    if object.contains_key(&spelling) || is_own(&path, word) {
                        continue;
                    }
                    object.insert(spelling.clone(), value.clone());
                    tried += 1;
                    if !is_known(&base, &changed) {
                        lost.push(format!("`{spelling}` at {path}: {value}"));
                    }
                }
            }
        }
    }
    assert!(lost.is_empty(), "lost in silence:\n{}", lost.join("\n"));
    assert!(tried > 10_000, "{tried}");
}

/// What a word means where it stands is something of its own: the reference of an intent repeats the
/// bounds of its volumes.
fn is_own(path: &str, word: &str) -> bool {
    path.ends_with("/reference") && ["timestart", "timeend"].contains(&word)
}

#[test]
fn a_member_under_another_name_is_read_told_or_refused() {
    for text in texts() {
        let base = read("x.json", text.to_string().as_bytes()).unwrap();
        let mut paths = Vec::new();
        objects(&text, "", &mut paths);
        for path in paths {
            let names: Vec<String> =
                text.pointer(&path).unwrap().as_object().unwrap().keys().cloned().collect();
            for name in names.iter().filter(|name| crate::vocabulary::bearing(name).is_some()) {
                for word in words_of() {
                    let mut changed = text.clone();
                    let object = changed.pointer_mut(&path).unwrap().as_object_mut().unwrap();
                    let value = object.remove(name).unwrap();
                    object.insert(word.to_owned(), value);
                    // Where it is another name for the same, it means the same.
                    let same = crate::vocabulary::normal(name) == word
                        || is_known(&base, &changed)
                        || means_the_same(&base, &changed);
                    assert!(same, "`{name}` as `{word}` at {path} is lost in silence:\n{changed}");
                }
            }
        }
    }
}

/// Whether a changed text means the same because the new name is read as the old one was.
fn means_the_same(base: &Document, changed: &Value) -> bool {
    let document = read("x.json", changed.to_string().as_bytes()).unwrap();
    let properties = |document: &Document| -> Vec<Map<String, Value>> {
        document.features.iter().map(|f| f.properties.clone()).collect()
    };
    volumes(&document) == volumes(base)
        && properties(&document).iter().zip(properties(base)).all(|(new, old)| {
            new.keys().all(|key| {
                old.contains_key(key)
                    || crate::periods::is_list_word(&crate::vocabulary::normal(key))
            })
        })
}

#[test]
fn a_column_that_bears_on_something_is_read_told_or_refused() {
    let base = "id,name,lat,lon,radius_m,lower,upper,from,until\n\
                A,A,33.5,38.6,500,SFC,120 m AGL,2026-05-18T00:00:00Z,2026-05-19T00:00:00Z\n";
    let read = |text: &str| read("x.csv", text.as_bytes());
    let document = read(base).unwrap();
    for word in words_of() {
        // The lines between corners are of no use to a circle.
        if word == "edges" {
            continue;
        }
        for spelling in spellings(word) {
            for value in ["77", "7000 ft AMSL", "2031-05-18T00:00:00Z", "yes"] {
                let changed = base.replacen('\n', &format!(",{spelling}\n"), 1);
                let changed = format!("{},{value}\n", changed.trim_end());
                let known = match read(&changed) {
                    Err(errors) => errors.iter().all(|error| !error.what.is_empty()),
                    Ok(read) => {
                        read.notes != document.notes || volumes(&read) != volumes(&document)
                    }
                };
                assert!(known, "`{spelling}` {value} is lost in silence:\n{changed}");
            }
        }
    }
}

#[test]
fn a_key_of_extended_data_that_bears_on_something_is_read_told_or_refused() {
    let text = |key: &str, value: &str| {
        format!(
            "<kml><Placemark><name>A</name><ExtendedData><Data name=\"lower\"><value>SFC</value></Data>\
             <Data name=\"upper\"><value>120 m AGL</value></Data><Data name=\"{key}\"><value>{value}\
             </value></Data></ExtendedData><TimeSpan><begin>2026-05-18T00:00:00Z</begin></TimeSpan>\
             <Polygon><outerBoundaryIs><LinearRing><coordinates>0,50 1,50 1,51 0,50</coordinates>\
             </LinearRing></outerBoundaryIs></Polygon></Placemark></kml>"
        )
    };
    let read = |text: String| read("x.kml", text.as_bytes());
    let base = read(text("colour", "red")).unwrap();
    for word in words_of() {
        // What a format's own keys say of shapes that are not there is of no use to a polygon.
        let own = ["radius_m", "half_width_m", "center", "edges", "outline"];
        if own.iter().any(|key| crate::vocabulary::normal(key) == word) {
            continue;
        }
        for spelling in spellings(word) {
            for value in ["77", "7000 ft AMSL", "2031-05-18T00:00:00Z", "yes"] {
                let known = match read(text(&spelling, value)) {
                    Err(errors) => errors.iter().all(|error| !error.what.is_empty()),
                    Ok(read) => read.notes != base.notes || volumes(&read) != volumes(&base),
                };
                assert!(known, "`{spelling}` {value} is lost in silence");
            }
        }
    }
}

#[test]
fn a_record_that_bears_on_something_is_told_or_refused() {
    let base = "AC R\nAN A\nAL SFC\nAH FL 95\nAA 2026-05-18T00:00Z/2026-05-19T00:00Z\n\
                V X=46:00:00 N 010:00:00 E\nDC 1\n";
    assert!(read("x.openair", base.as_bytes()).unwrap().notes.is_empty());
    for word in words_of() {
        for spelling in spellings(word) {
            for value in ["77", "7000 ft AMSL", "FL 77", "48.0 N 10.16 E", "08:00-17:00", "yes"] {
                for line in [format!("{spelling} {value}"), format!("{spelling}: {value}")] {
                    let changed = base.replacen("AL SFC", &format!("{line}\nAL SFC"), 1);
                    let known = match read("x.openair", changed.as_bytes()) {
                        Err(errors) => errors.iter().all(|error| !error.what.is_empty()),
                        Ok(read) => !read.notes.is_empty(),
                    };
                    assert!(known, "`{line}` is lost in silence");
                }
            }
        }
    }
}

#[test]
fn a_shape_under_any_name_is_told_or_refused() {
    let texts_of_shapes = [
        json!("POLYGON ((7 52, 8 52, 8 53, 7 52))"),
        json!("SRID=4326;LINESTRING (7 52, 8 52)"),
        json!({"type": "Polygon", "coordinates": [[[7, 52], [8, 52], [8, 53], [7, 52]]]}),
        json!("{\"type\": \"Polygon\", \"coordinates\": [[[7, 52], [8, 52], [8, 53], [7, 52]]]}"),
        json!([[7, 52], [8, 52], [8, 53]]),
        json!("POINT (7 52)"),
    ];
    let names = ["polygon", "the_geom", "boundary", "footprint", "st_astext", "beds"];
    for text in texts() {
        let base = read("x.json", text.to_string().as_bytes()).unwrap();
        let mut paths = Vec::new();
        objects(&text, "", &mut paths);
        // A schedule is looked through for what it leaves out alone.
        for path in paths.into_iter().filter(|path| !path.contains("/schedule")) {
            for (name, value) in
                names.iter().flat_map(|n| texts_of_shapes.iter().map(move |v| (n, v)))
            {
                let mut changed = text.clone();
                let object = changed.pointer_mut(&path).unwrap().as_object_mut().unwrap();
                object.insert((*name).to_owned(), value.clone());
                assert!(
                    is_known(&base, &changed),
                    "`{name}` at {path}: {value} is lost in silence"
                );
            }
        }
    }
    let goes_on = crate::ReadOptions { leave_out_mistaken: true, ..Default::default() };
    let circle = |value: &Value| {
        json!({"type": "Feature", "geometry": {"type": "Point", "coordinates": [7, 52]},
            "properties": {"radius_m": 300, "boundary": value}})
    };
    for (index, value) in texts_of_shapes.iter().enumerate() {
        let read = read("x.json", circle(value).to_string().as_bytes());
        // A second point may be the first one; an area is another.
        assert_eq!(read.is_ok(), index == 5, "{value}");
        if let Err(errors) = read {
            let error = errors[0].to_string();
            assert!(error.contains("`boundary` draws a line or an area"), "{error}");
            // It may be the shape that is meant, wherever it lies.
            let text = circle(value).to_string();
            let document = crate::read_with("x.json", text.as_bytes(), &goes_on).unwrap();
            assert_eq!(document.omissions[0].hull, None, "{value}");
        }
    }
    for value in texts_of_shapes.iter().filter_map(Value::as_str) {
        let cell = value.replace('"', "\"\"");
        let csv = format!("id,lat,lon,radius_m,st_astext\nA,52,7,300,\"{cell}\"\n");
        let point = value.starts_with("POINT");
        let read_csv = read("x.csv", csv.as_bytes());
        match read_csv {
            Ok(document) => {
                assert!(point, "{value}");
                let told = document.notes[0].to_string();
                assert!(told.starts_with("the column `st_astext` draws a shape"), "{told}");
            }
            Err(errors) => {
                assert!(!point, "{errors:?}");
                let document = crate::read_with("x.csv", csv.as_bytes(), &goes_on).unwrap();
                assert_eq!(document.omissions[0].hull, None, "{value}");
                assert!(document.omissions[0].mistakes[0].what.contains("in a column wkt"));
            }
        }
        let drawn =
            format!("id,wkt,st_astext\nA,\"POLYGON ((7 52, 8 52, 8 53, 7 52))\",\"{cell}\"\n");
        assert_eq!(read("x.csv", drawn.as_bytes()).unwrap().notes.len(), 1, "{value}");
        let kml = |shape: &str| {
            let value = value.replace('"', "&quot;");
            let text = format!(
                "<kml><Placemark><ExtendedData><Data name=\"radius_m\"><value>300</value></Data><Data \
                 name=\"footprint\"><value>{value}</value></Data></ExtendedData>{shape}</Placemark></kml>"
            );
            read("x.kml", text.as_bytes())
        };
        let circle = kml("<Point><coordinates>7,52</coordinates></Point>");
        assert_eq!(circle.is_ok(), point, "{value}: {circle:?}");
        let area = kml(
            "<Polygon><outerBoundaryIs><LinearRing><coordinates>0,50 1,50 1,51 0,50</coordinates>\
             </LinearRing></outerBoundaryIs></Polygon>",
        );
        assert!(area.unwrap().notes[0].what.starts_with("`footprint` draws a shape"), "{value}");
    }
}

#[test]
fn a_property_that_draws_survives_the_writing_of_a_circle() {
    let shape = "POLYGON ((7 52, 8 52, 8 53, 7 52))";
    let csv = format!("id,lat,lon,radius_m,json:boundary\nA,52,7,300,\"\"\"{shape}\"\"\"\n");
    let document = read("x.csv", csv.as_bytes()).unwrap();
    assert_eq!(document.features[0].properties["boundary"], shape);
    for (format, name) in [
        (crate::Format::GeoJson, "x.geojson"),
        (crate::Format::Kml, "x.kml"),
        (crate::Format::Csv, "x.csv"),
        (crate::Format::Xlsx, "x.xlsx"),
    ] {
        let written = crate::write(&document, format).unwrap();
        let again = read(name, &written).unwrap();
        assert_eq!(again.features[0].properties["boundary"], shape, "{name}");
    }
}
