//! What a conversion must not lose: doubt of boundaries, kinds of volumes, very high limits.

use deconflict_geometry::{Band, EdgeRule, Footprint, Polygon, Reference, Volume, Window};
use serde_json::Map;

use crate::document::{Document, Feature, Format, SourcePlace};
use crate::testing::{at, height};
use crate::{read, write};

const FORMATS: [(Format, &str); 9] = [
    (Format::GeoJson, "x.geojson"),
    (Format::Ed318, "x.ed318.json"),
    (Format::Ed269, "x.ed269.json"),
    (Format::F3548, "x.f3548.json"),
    (Format::OpenAir, "x.openair"),
    (Format::Kml, "x.kml"),
    (Format::Kmz, "x.kmz"),
    (Format::Csv, "x.csv"),
    (Format::Xlsx, "x.xlsx"),
];

fn triangle(residual_m: f64) -> Footprint {
    let ring = vec![at(47.0, 8.0), at(47.0, 8.5), at(47.3, 8.2)];
    let polygon = Polygon::new(vec![ring], EdgeRule::GreatCircle).unwrap();
    Footprint::Polygons(vec![polygon.with_residual(residual_m)])
}

fn feature(footprints: Vec<Footprint>, band: Band) -> Document {
    let volume = |footprint| Volume { footprint, band, window: Window::ALWAYS };
    let feature = Feature {
        id: "A".into(),
        names: Vec::new(),
        kind: String::new(),
        volume_kinds: Vec::new(),
        volumes: footprints.into_iter().map(volume).collect(),
        place: SourcePlace::Whole,
        properties: Map::new(),
    };
    Document::new(Format::GeoJson, vec![feature])
}

fn metres(lower: f64, upper: f64, reference: Reference) -> Band {
    Band::new(height(lower, reference), height(upper, reference)).unwrap()
}

fn residual_m(volume: &Volume) -> f64 {
    let Footprint::Polygons(polygons) = &volume.footprint else { panic!("{volume:?}") };
    polygons[0].residual_m()
}

/// Both bands that some format needs: F3548 the ellipsoid, OpenAir the sea.
fn reference_of(format: Format) -> Reference {
    if format == Format::F3548 { Reference::W84 } else { Reference::Amsl }
}

#[test]
fn every_format_keeps_the_doubt_of_a_boundary() {
    for (format, name) in FORMATS {
        let band = metres(0.0, 120.0, reference_of(format));
        let document = feature(vec![triangle(160.0), triangle(0.0)], band);
        let back = read(name, &write(&document, format).unwrap()).unwrap();
        let volumes: Vec<&Volume> = back.features.iter().flat_map(|f| &f.volumes).collect();
        let (doubted, sure) = (residual_m(volumes[0]), residual_m(volumes[1]));
        assert!((160.0 - 1e-9..160.2).contains(&doubted), "{name}: {doubted}");
        assert!(sure < 0.1, "{name}: {sure}");
        // Nor does it grow from one conversion to the next.
        let again = read(name, &write(&back, format).unwrap()).unwrap();
        let again = residual_m(&again.features[0].volumes[0]);
        assert!((again - doubted).abs() < 1e-9, "{name}: {again}");
    }
}

#[test]
fn a_residual_that_is_no_length_is_refused() {
    let text = br#"{"type":"Feature","properties":{"residual_m":-1},"geometry":{"type":"Polygon",
        "coordinates":[[[0,50],[1,50],[1,51],[0,50]]]}}"#;
    let error = read("x.geojson", text).unwrap_err();
    assert!(error[0].what.contains("residual_m -1: must be from 0 to 1,000,000 m"), "{error:?}");
}

#[test]
fn every_format_keeps_the_kinds_of_volumes() {
    for (format, name) in FORMATS {
        let band = metres(0.0, 120.0, reference_of(format));
        let mut document = feature(vec![triangle(0.0), triangle(0.0)], band);
        let kinds = vec!["ATZ".to_owned(), "MATZ".to_owned()];
        document.features[0].kind = "ATZ/MATZ".into();
        document.features[0].volume_kinds = kinds.clone();
        let back = read(name, &write(&document, format).unwrap()).unwrap();
        assert_eq!(back.features.len(), 1, "{name}");
        assert_eq!(back.features[0].volume_kinds, kinds, "{name}");
    }
}

#[test]
fn a_limit_of_a_hundred_kilometres_is_kept_or_refused_but_never_unlimited() {
    for (format, name) in FORMATS {
        for upper in [99_999.0 * 0.3048, 99_999.0, 100_000.0] {
            let band = metres(0.0, upper, reference_of(format));
            match write(&feature(vec![triangle(0.0)], band), format) {
                Ok(bytes) => {
                    let back = read(name, &bytes).unwrap();
                    assert_eq!(back.features[0].volumes[0].band, band, "{name} {upper}");
                }
                Err(e) => {
                    assert!(matches!(format, Format::Ed318 | Format::Ed269), "{name}: {e}");
                    assert!(upper >= 99_999.0, "{name}: {e}");
                    assert!(e.what.contains("takes 99,999 and more for no limit"), "{e}");
                }
            }
        }
    }
}

#[test]
fn an_old_mac_file_of_openair_is_read_line_by_line() {
    let text = b"AC D\rAN A\rAL SFC\rAH FL 100\rV X=47:00:00 N 008:00:00 E\rDC 5\r";
    assert_eq!(read("x.openair", text).unwrap().features[0].id, "A");
    // Another program went on in it, and a third one.
    let more = b"* more\nAC R\r\nAN B\nAL SFC\rAH FL 90\nV X=48:00:00 N 008:00:00 E\r\nDC x\n";
    let mixed = [&text[..], more].concat();
    let errors = read("x.openair", &mixed).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!((errors[0].place, errors[0].feature.as_deref()), (SourcePlace::Line(13), Some("B")));
}

#[test]
fn statements_that_contradict_each_other_or_say_nothing_are_refused() {
    for (properties, expected) in [
        (r#""lower":"SFC","lower_m":500,"lower_reference":"AMSL""#, "lower says SFC, lower_m says"),
        (r#""layer":[]"#, "layer: must be an object"),
        (r#""radius_uom":"furlong""#, "radius_uom: write m, km, NM or ft"),
        (r#""radius_unit":"furlong""#, "radius_unit: write m, km, NM or ft"),
        (r#""unit":"NM""#, "unit: say in radius_uom what it is of"),
        (r#""part_time":"sometimes""#, "part_time `sometimes`: write yes or no"),
        (r#""limitedApplicability":[{"schedule":{"day":["MON"]}}]"#, "schedule: must be a list"),
        (r#""limitedApplicability":[{"startDateTime":5}]"#, "startDateTime: must be a time"),
        (r#""volume_kinds":["a","b"]"#, "a text for each of the 1 volumes"),
    ] {
        let text = format!(
            r#"{{"type":"Feature","properties":{{"radius":5,{properties}}},"geometry":{{"type":"Point",
            "coordinates":[8,47]}}}}"#
        );
        let error = read("x.geojson", text.as_bytes()).unwrap_err();
        assert!(error[0].what.contains(expected), "{properties}: {error:?}");
    }
}

#[test]
fn a_radius_is_read_in_the_unit_it_names_and_yes_means_part_time() {
    let text = br#"{"type":"Feature","properties":{"radius":5,"radius_uom":"km","part_time":"yes"},
        "geometry":{"type":"Point","coordinates":[8,47]}}"#;
    let volume = &read("x.geojson", text).unwrap().features[0].volumes[0];
    let Footprint::Circle(circle) = &volume.footprint else { panic!("{volume:?}") };
    assert_eq!(circle.radius_m(), 5000.0);
    assert!(volume.window.is_part_time());
    for unit in ["radius_unit", "radiusUnits", "RADIUS-UOM"] {
        let text = format!(
            r#"{{"type":"Feature","properties":{{"radius":5,"{unit}":"NM"}},
            "geometry":{{"type":"Point","coordinates":[8,47]}}}}"#
        );
        let volume = &read("x.geojson", text.as_bytes()).unwrap().features[0].volumes[0];
        let Footprint::Circle(circle) = &volume.footprint else { panic!("{volume:?}") };
        assert_eq!(circle.radius_m(), 9260.0, "{unit}");
    }
}

#[test]
fn a_number_of_99999_is_no_limit_only_in_a_layer() {
    let upper = |properties: &str| {
        let text = format!(
            r#"{{"type":"Feature","properties":{{"radius_m":5,{properties}}},"geometry":{{"type":"Point",
            "coordinates":[8,47]}}}}"#
        );
        read("x.geojson", text.as_bytes()).unwrap().features[0].volumes[0].band.upper()
    };
    let limit = r#""upper":99999,"upperReference":"AMSL","uom":"m""#;
    assert_eq!(upper(limit), height(99_999.0, Reference::Amsl));
    assert_eq!(upper(&format!(r#""layer":{{{limit}}}"#)), deconflict_geometry::Limit::Unlimited);
}

#[test]
fn an_ed_269_zone_that_is_not_permanent_and_has_no_dates_is_in_force_in_parts() {
    let text = br#"{"UASZoneList":[{"identifier":"Z","applicability":[{"permanent":"NO"}],
        "geometry":[{"horizontalProjection":{"type":"Circle","center":[4,50],"radius":9}}]}]}"#;
    let volume = &read("x.json", text).unwrap().features[0].volumes[0];
    assert_eq!(volume.window, Window::ALWAYS.part_time());
}

#[test]
fn ids_of_operational_intents_may_be_numbers_and_each_counts_once() {
    let intent = r#"{"id":5,"volumes":[{"volume":{"outline_circle":{"center":{"lat":1,"lng":1},
        "radius":{"value":5,"units":"M"}}}}]}"#;
    let of = |intents: &str| {
        read("x.json", format!(r#"{{"operational_intents":[{intents}]}}"#).as_bytes())
    };
    assert_eq!(of(intent).unwrap().features[0].id, "5");
    let error = of(&format!("{intent},{intent}")).unwrap_err();
    assert!(error[0].what.contains("a second operational intent of this id"), "{error:?}");
}

#[test]
fn placemarks_are_refused_rather_than_stepped_over() {
    let placemark = "<Placemark><name>A</name></Placemark>";
    for (inner, expected) in [
        (placemark.replace("Placemark", "placemark"), "write <Placemark>"),
        (format!("<document>{placemark}</document>"), "write <Document>"),
        (format!("<Layer>{placemark}</Layer>"), "a placemark in <Layer>"),
    ] {
        let error = read("x.kml", format!("<kml>{inner}</kml>").as_bytes()).unwrap_err();
        assert!(error[0].what.contains(expected), "{inner}: {error:?}");
    }
}

#[test]
fn a_line_of_one_position_is_refused_as_such() {
    let text = br#"{"type":"Feature","properties":{"half_width_m":5},"geometry":{"type":
        "LineString","coordinates":[[8,47],[8,47]]}}"#;
    let error = read("x.geojson", text).unwrap_err();
    assert!(error[0].what.contains("two different positions"), "{error:?}");
}
