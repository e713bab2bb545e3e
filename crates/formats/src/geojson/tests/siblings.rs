//! Members of ED-269, of other spellings and in other places, inside GeoJSON.

use super::*;

fn band_of(feature: &Feature) -> (Limit, Limit) {
    (feature.volumes[0].band.lower(), feature.volumes[0].band.upper())
}

fn notes(value: &Value) -> Vec<String> {
    document(value).notes.iter().map(|note| note.what.clone()).collect()
}

const APRIL: &str = "2026-04-01T00:00:00Z";
const MAY: &str = "2026-05-01T00:00:00Z";

#[test]
fn an_ed_269_volume_among_the_properties_is_read() {
    use Reference::Agl;
    for properties in [
        json!({"geometry": {"uomDimensions": "M", "lowerLimit": 0, "lowerVerticalReference": "AGL",
            "upperLimit": 120, "upperVerticalReference": "AGL"}, "lowerMeters": 0, "upperMeters": 120,
            "applicability": [{"permanent": "NO", "startDateTime": APRIL, "endDateTime": MAY,
            "schedule": []}]}),
        json!({"lowerLimit": 0, "upperLimit": 120, "unit": "M", "lowerReference": "AGL",
            "upperReference": "AGL", "startDateTime": APRIL, "endDateTime": MAY}),
        json!({"LOWERLIMIT": 0, "upperlimit": 120, "UOMDIMENSIONS": "m", "lowerVerticalReference": "SFC",
            "upperVerticalReference": "AGL", "Applicability": {"startDateTime": APRIL,
            "endDateTime": "2026-05-01T00:00Z"}}),
        json!({"lower_m": 0, "upper_m": 120, "lower_reference": "AGL", "upper_reference": "AGL",
            "time_start": APRIL, "Until": MAY, "permanent": false}),
    ] {
        let value = square(&properties);
        let feature = only(&value);
        assert_eq!(band_of(&feature), (at(0.0, Agl), at(120.0, Agl)), "{properties}");
        let window = feature.volumes[0].window;
        assert_eq!(window, crate::time::window(Some(APRIL), Some(MAY)).unwrap(), "{properties}");
        assert_eq!(notes(&value), [""; 0], "{properties}");
        let plain = write(&document(&value), Format::GeoJson).unwrap();
        let again = read("x.geojson", &plain).unwrap();
        assert_eq!(again.features[0].volumes, feature.volumes, "{properties}");
    }
}

#[test]
fn flat_members_of_a_nation_that_has_no_lower_limit_leave_it_unknown() {
    let value = square(&json!({"type": "COMMON", "restriction": "REQ_AUTHORISATION",
        "applicability": [{"permanent": "YES", "startDateTime": APRIL, "endDateTime": MAY, "schedule":
        [{"day": ["ANY"], "startTime": "00:00:00Z", "endTime": "23:59:59Z"}]}], "uomDimensions": "FT",
        "upperVerticalReference": "AMSL", "lowerVerticalReference": "AMSL", "upperLimit": 5000}));
    let feature = only(&value);
    assert_eq!(feature.kind, "REQ_AUTHORISATION");
    assert_eq!(band_of(&feature), (Limit::Unknown, at(5000.0 * 0.3048, Reference::Amsl)));
    assert_eq!(feature.volumes[0].window, Window::ALWAYS);
    assert_eq!(notes(&value), [crate::periods::DATES_OF_NO_USE]);
    assert_round_trip(&document(&value));
}

#[test]
fn what_is_said_twice_must_agree() {
    for (properties, expected) in [
        (
            json!({"lower": 0, "lowerLimit": 500, "lowerReference": "AGL", "uom": "m"}),
            "lower says SFC, lowerLimit says 500 m AGL; keep one",
        ),
        (
            json!({"geometry": {"upperLimit": 120, "upperVerticalReference": "AGL", "uomDimensions": "M"},
                "upperMeters": 500}),
            "upperMeters says 500 m AGL",
        ),
        (
            json!({"lower": 5, "lowerReference": "AGL", "lowerVerticalReference": "AMSL", "uom": "m"}),
            "lowerReference says AGL, lowerVerticalReference says AMSL; keep one",
        ),
        (
            json!({"limitedApplicability": [{"startDateTime": APRIL}], "from": MAY}),
            "`limitedApplicability` and `from` both say when it is in force, and differ; keep one",
        ),
        (
            json!({"limitedApplicability": [{"startDateTime": APRIL}], "applicability":
                [{"startDateTime": MAY}]}),
            "`limitedApplicability` and `applicability` both say",
        ),
        (
            json!({"from": APRIL, "startDateTime": MAY}),
            "from says 2026-04-01T00:00:00Z, startDateTime",
        ),
    ] {
        let error = error(&square(&properties));
        assert!(error.contains(expected), "{properties}: {error}");
    }
}

#[test]
fn a_member_of_another_format_that_is_not_read_is_refused_by_name() {
    let bare = square(&json!({}));
    let with = |path: &str, member: &str, value: Value| {
        let mut feature = bare.clone();
        let mut at = &mut feature;
        for step in path.split('/').filter(|step| !step.is_empty()) {
            if at.get(step).is_none() {
                at[step] = json!({});
            }
            at = &mut at[step];
        }
        at[member] = value;
        feature
    };
    for (path, member, value, expected) in [
        ("", "lowerLimit", json!(5), "`lowerLimit` bears on the height and is not read here"),
        (
            "",
            "applicability",
            json!([{}]),
            "`applicability` bears on the time and is not read here",
        ),
        (
            "geometry",
            "upperLimit",
            json!(5),
            "`upperLimit` bears on the height and is not read here",
        ),
        (
            "properties/zone",
            "startDateTime",
            json!(APRIL),
            "`zone.startDateTime` bears on the time",
        ),
        ("properties/a/b/c", "upperLimit", json!(5), "`b.c.upperLimit` bears on the height"),
        (
            "properties",
            "altitude_lower",
            json!({"value": 5}),
            "`altitude_lower` bears on the height",
        ),
        ("properties", "outline_circle", json!({}), ""),
        ("properties", "horizontalProjection", json!({"radius": 5}), "bears on the place"),
        ("properties/geometry", "horizontalProjection", json!({"radius": 5}), "bears on the place"),
        (
            "properties/layer",
            "startDateTime",
            json!(APRIL),
            "`layer.startDateTime` bears on the time",
        ),
        ("properties", "lowerLimit", json!({"value": 5}), "lowerLimit: must be a number"),
        (
            "properties",
            "applicability",
            json!([{"number": 1, "validFrom": APRIL}]),
            "`validFrom` bears on",
        ),
        ("properties", "schedule", json!({"day": "MON"}), "schedule: must be a list"),
    ] {
        let value = with(path, member, value);
        if expected.is_empty() {
            // An empty object declares nothing, but it is told that it was not read.
            assert!(error(&value).contains("bears on the place"), "{value}");
        } else {
            let error = error(&value);
            assert!(error.contains(expected), "{value}: {error}");
        }
    }
}

#[test]
fn an_everyday_word_that_is_not_read_is_kept_and_told() {
    let value = square(&json!({"floor": "FL 100", "ceiling": null, "contact": {"hours": "8-17"},
        "start": APRIL, "buffer_km": 5, "colour": "red"}));
    let feature = only(&value);
    assert_eq!(feature.properties.len(), 6);
    let notes = notes(&value);
    let told = |name: &str, noun: &str| {
        notes
            .iter()
            .any(|n| n.starts_with(&format!("`{name}` was not read; it may bear on {noun}")))
    };
    assert!(told("floor", "the height") && told("contact.hours", "the time"), "{notes:?}");
    assert!(told("start", "the time") && told("buffer_km", "the place"), "{notes:?}");
    assert_eq!(notes.len(), 4, "{notes:?}");
    assert_round_trip(&document(&value));
}

#[test]
fn a_label_in_layer_is_no_band_and_a_height_in_it_is_refused() {
    for label in [json!("zones_nord"), json!("sheet 7"), json!(-1), json!(null)] {
        let feature =
            only(&square(&json!({"layer": label, "lower": "0 m AGL", "upper": "120 m AGL"})));
        assert_eq!(band_of(&feature).1, at(120.0, Reference::Agl), "{label}");
        assert_eq!(feature.properties.get("layer"), Some(&label), "{label}");
    }
    for band in [json!("SFC - FL 100"), json!("0 m to 120 m AGL"), json!([0, 120])] {
        let error = error(&square(&json!({"layer": band})));
        assert!(error.contains("layer: must be an object with lower and upper"), "{band}: {error}");
    }
}

#[test]
fn a_property_that_is_taken_for_a_time_or_a_height_says_how_to_keep_it() {
    for (properties, expected) in [
        (json!({"from": "LKPR", "until": "EDDM"}), "from: `LKPR`: not a time"),
        (json!({"upper": "Upper Egypt", "lower": null}), "upper: height `Upper Egypt`"),
    ] {
        let error = error(&square(&properties));
        assert!(error.contains(expected) && error.contains("rename the member"), "{error}");
    }
}

#[test]
fn heights_in_coordinates_and_sizes_of_no_use_are_told() {
    let polygon = json!({"type": "Polygon", "coordinates":
        [[[0, 50, 120], [1, 50, 120], [1, 51, 120], [0, 50, 120]]]});
    let told = notes(&with_geometry(&polygon, &json!({"radius_m": 5, "width_m": 3})));
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with("heights in coordinates were not read"), "{told:?}");
    let flat = json!({"type": "Polygon", "coordinates": [[[0, 50, 0], [1, 50, 0], [1, 51, 0], [0, 50, 0]]]});
    assert_eq!(notes(&with_geometry(&flat, &json!({}))), [""; 0]);
}

#[test]
fn a_collection_says_heights_times_and_sizes_for_what_is_in_it() {
    let geometry = json!({"type": "GeometryCollection", "radius_m": 300, "layer":
        {"lower": 0, "lowerReference": "AGL", "upper": 50, "upperReference": "AGL", "uom": "m"},
        "window": {"from": APRIL}, "geometries": [{"type": "Point", "coordinates": [7, 52]}]});
    let volume = &only(&with_geometry(&geometry, &json!({}))).volumes[0];
    assert_eq!(volume.band.upper(), at(50.0, Reference::Agl));
    assert_eq!(volume.window, crate::time::window(Some(APRIL), None).unwrap());
    let Footprint::Circle(circle) = &volume.footprint else { panic!("{volume:?}") };
    assert_eq!(circle.radius_m(), 300.0);
    let beside = json!({"upper": 900, "upperReference": "AGL", "uom": "m"});
    let error_of = |properties: Value| error(&with_geometry(&geometry, &properties));
    assert!(error_of(beside).contains("a geometry's layer and the properties both give heights"));
    assert!(error_of(json!({"from": MAY})).contains("a geometry and the properties both say when"));
    assert!(
        error_of(json!({"radius_m": 500}))
            .contains("a geometry and the properties both give a size")
    );
}

#[test]
fn projected_coordinates_and_other_systems_are_refused_as_what_they_are() {
    let metres = json!({"type": "Polygon", "coordinates": [[[4_100_000.5, 300_000.5],
        [4_101_000.5, 300_000.5], [4_101_000.5, 301_000.5], [4_100_000.5, 300_000.5]]]});
    let error_of = |geometry: &Value| error(&with_geometry(geometry, &json!({})));
    assert!(error_of(&metres).contains("metres of a projection"), "{}", error_of(&metres));
    let mut value = square(&json!({}));
    value["geometry"]["crs"] = json!({"type": "name", "properties": {"name": "EPSG:43261"}});
    assert!(error(&value).contains("coordinate reference system EPSG:43261"));
    value["geometry"]["crs"] =
        json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4326"}});
    assert_eq!(only(&value).volumes.len(), 1);
}

#[test]
fn an_outline_that_is_left_out_cannot_reach_beyond_its_hull() {
    let options = crate::ReadOptions { leave_out_mistaken: true, ..Default::default() };
    let mut value = square(&json!({"lower": "high"}));
    let read =
        |value: &Value| crate::read_with("x.json", value.to_string().as_bytes(), &options).unwrap();
    let omissions = read(&value).omissions;
    assert!(omissions[0].hull.is_some() && omissions[0].mistakes[0].what.contains("height `high`"));
    // What is not closed may lack positions that lie anywhere.
    value["geometry"]["coordinates"][0].as_array_mut().unwrap().pop();
    assert!(read(&value).omissions[0].hull.is_none());
}

/// A point with properties, read with a radius for points that have none.
fn point_read(properties: &Value) -> Result<Document, String> {
    let value = with_geometry(&json!({"type": "Point", "coordinates": [7, 52]}), properties);
    let options = crate::ReadOptions { point_radius_m: Some(200.0), ..Default::default() };
    crate::read_with("x.json", value.to_string().as_bytes(), &options)
        .map_err(|errors| errors[0].to_string())
}

#[test]
fn a_size_whose_name_says_its_unit_is_read_and_no_option_takes_its_place() {
    for (properties, radius_m) in [
        (json!({"radius_nm": 5}), 9260.0),
        (json!({"buffer_km": 5}), 5000.0),
        (json!({"Buffer (m)": "750"}), 750.0),
        (json!({"bufferDistanceMeters": 750}), 750.0),
        (json!({"diameter_m": 600}), 300.0),
        (json!({"radius_m": 500, "radius_km": 0.5}), 500.0),
        (json!({"buffer_km": null}), 200.0),
        (json!({"buffer": 5}), 200.0),
    ] {
        let document = point_read(&properties).unwrap();
        let Footprint::Circle(circle) = &document.features[0].volumes[0].footprint else {
            panic!()
        };
        assert_eq!(circle.radius_m(), radius_m, "{properties}");
        let told: Vec<&str> = document.notes.iter().map(|note| note.what.as_str()).collect();
        if radius_m == 200.0 {
            assert!(told.iter().any(|what| what.contains("(--points)")), "{properties}: {told:?}");
        } else {
            assert_eq!((told.len(), document.features[0].properties.len()), (0, 0), "{told:?}");
        }
    }
    // A buffer of 0 is no extent: the option gives one, and without it the point is as small as may be.
    let none = json!({"buffer_km": 0});
    assert!(point_read(&none).unwrap().notes[0].what.contains("(--points)"));
    let point = with_geometry(&json!({"type": "Point", "coordinates": [7, 52]}), &none);
    let Footprint::Circle(circle) = &only(&point).volumes[0].footprint else { panic!() };
    assert_eq!(circle.radius_m(), 1.0);
    assert!(notes(&point)[0].starts_with("points with a buffer of 0 were read as circles of 1 m"));
    let buffer = point_read(&json!({"buffer": 5})).unwrap();
    assert!(buffer.notes.iter().any(|note| note.what.starts_with("`buffer` was not read")));
    for (properties, expected) in [
        (json!({"radius_m": 500, "buffer_km": 5}), "radius_m says 500 m, buffer_km says 5000 m"),
        (json!({"buffer_km": "wide"}), "buffer_km: must be a number"),
        (json!({"buffer_m": "1.500"}), "buffer_m: its point may be decimal or group thousands"),
        (json!({"radius": "1.500"}), "radius: its point may be decimal or group thousands"),
        (json!({"radius_m": 500, "buffer_km": 0}), "radius_m says 500 m, buffer_km says 0 m"),
        (json!({"radius_km": 0}), "circle radius 0 m"),
    ] {
        let error = point_read(&properties).unwrap_err();
        assert!(error.contains(expected), "{properties}: {error}");
    }
}

#[test]
fn a_buffer_of_a_line_is_on_each_side_of_it_and_that_of_an_outline_is_told() {
    let line = json!({"type": "LineString", "coordinates": [[7, 52], [7.1, 52]]});
    let width =
        |properties: Value| match &only(&with_geometry(&line, &properties)).volumes[0].footprint {
            Footprint::Corridor(corridor) => corridor.half_width_m(),
            other => panic!("{other:?}"),
        };
    assert_eq!(width(json!({"buffer_m": 300})), 300.0);
    assert_eq!(width(json!({"width_km": 1})), 500.0);
    assert_eq!(notes(&with_geometry(&line, &json!({"buffer_m": 300}))), [""; 0]);
    let outline = square(&json!({"buffer_km": 5}));
    assert!(notes(&outline).iter().any(|what| what.starts_with("`buffer_km` was not read")));
    assert_round_trip(&document(&outline));
}

#[test]
fn whatever_restricts_a_schedule_leaves_it_in_force_in_parts() {
    let parts = |entry: Value| {
        let period = json!([{"startDateTime": APRIL, "endDateTime": MAY, "schedule": [entry]}]);
        let value = square(&json!({"limitedApplicability": period}));
        only(&value).volumes[0].window.is_part_time()
    };
    for entry in [
        json!({"day": ["MON"]}),
        json!({"Day": ["MON"]}),
        json!({"DAYS": ["MON"]}),
        json!({"days": "MON-FRI"}),
        json!({"day": ["ANY"], "months": ["JUN"]}),
        json!({"day": ["ANY"], "date": "2026-06-01"}),
        json!({"StartTime": "08:00Z", "EndTime": "17:00Z"}),
        json!({"day": ["ANY"], "startEvent": "BMCT"}),
    ] {
        assert!(parts(entry.clone()), "{entry}");
    }
    for entry in [
        json!({"day": ["ANY"]}),
        json!({"Days": ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]}),
        json!({"day": "ANY", "StartTime": "00:00Z", "EndTime": "23:59Z"}),
        json!({"day": ["ANY"], "months": null, "remark": "H24"}),
    ] {
        assert!(!parts(entry.clone()), "{entry}");
    }
    let value = square(&json!({"applicability": [{"startDateTime": APRIL, "days": ["MON"]}]}));
    assert!(error(&value).contains("`days` bears on the time and is not read in a period"));
}

#[test]
fn everyday_words_of_heights_times_and_systems_are_told_and_another_system_is_refused() {
    for name in ["alt", "AGL", "top", "date", "time", "Days", "month", "epsg", "srid"] {
        let told = notes(&square(&json!({name: 25832})));
        assert!(told[0].starts_with(&format!("`{name}` was not read; it may bear on")), "{told:?}");
    }
    for system in [json!({"epsg": 4326}), json!({"crs": "EPSG:4326"}), json!({"srid": "4326"})] {
        assert_eq!(notes(&square(&system)), [""; 0], "{system}");
    }
    let error = error(&square(&json!({"crs": "EPSG:28992"})));
    assert!(error.contains("`crs`: coordinate reference system EPSG:28992"), "{error}");
}
