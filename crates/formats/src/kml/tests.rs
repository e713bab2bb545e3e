use std::io::{Cursor, Write as _};

use deconflict_geometry::{
    Band, Circle, Corridor, EdgeRule, Footprint, Height, Limit, Reference, Volume, Window,
};
use proptest::prelude::*;
use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{write_kml, write_kmz};
use crate::document::{Document, Feature, Format, ReadError, SourcePlace, Text};
use crate::reading::ReadOptions;
use crate::testing::{assert_same, at, features, height};

mod archives;
mod extents;
mod strays;

const SQUARE: &str = "<Polygon><outerBoundaryIs><LinearRing><coordinates>
    38,33 39,33 39,34 38,34 38,33 </coordinates></LinearRing></outerBoundaryIs></Polygon>";

/// Reads KML with no option.
fn read_kml(bytes: &[u8]) -> Result<Document, Vec<ReadError>> {
    super::read_kml(bytes, &ReadOptions::default())
}

/// Reads KMZ with no option.
fn read_kmz(bytes: &[u8]) -> Result<Document, Vec<ReadError>> {
    super::read_kmz(bytes, &ReadOptions::default())
}

fn kml(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>{body}</Document></kml>"
    )
}

fn placemark(body: &str) -> String {
    kml(&format!("<Placemark>{body}</Placemark>"))
}

fn extended(pairs: &[(&str, &str)]) -> String {
    let data: String = pairs
        .iter()
        .map(|(key, value)| format!("<Data name=\"{key}\"><value>{value}</value></Data>"))
        .collect();
    format!("<ExtendedData>{data}</ExtendedData>")
}

fn only(kml: &str) -> Feature {
    let mut document = read_kml(kml.as_bytes()).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(document.features.len(), 1);
    document.features.remove(0)
}

fn errors(bytes: &[u8]) -> Vec<String> {
    read_kml(bytes).unwrap_err().iter().map(ToString::to_string).collect()
}

fn error(kml: &str) -> String {
    let errors = errors(kml.as_bytes());
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.into_iter().next().unwrap()
}

#[test]
fn a_polygon_in_nested_folders_is_read_with_its_name_and_vertices() {
    let feature = only(&kml(&format!(
        "<Folder><Folder><Placemark id=\"z1\"><name> Zone &amp; 1 </name>{SQUARE}</Placemark></Folder></Folder>"
    )));
    assert_eq!(feature.id, "z1");
    assert_eq!(feature.names, [Text { text: "Zone & 1".to_owned(), lang: None }]);
    assert_eq!(feature.place, SourcePlace::Line(2));
    let Footprint::Polygons(polygons) = &feature.volumes[0].footprint else { panic!() };
    assert_eq!(
        polygons[0].rings(),
        [vec![at(33.0, 38.0), at(33.0, 39.0), at(34.0, 39.0), at(34.0, 38.0)]]
    );
    assert_eq!(polygons[0].rule(), EdgeRule::GreatCircle);
    assert_eq!(feature.volumes[0].band, Band::UNKNOWN);
    assert_eq!(feature.volumes[0].window, Window::ALWAYS);
}

#[test]
fn a_placemark_without_id_is_called_by_its_name_or_its_number() {
    assert_eq!(only(&placemark(&format!("<name>Here</name>{SQUARE}"))).id, "Here");
    assert_eq!(only(&placemark(SQUARE)).id, "feature 1");
}

#[test]
fn prefixed_elements_and_cdata_are_understood() {
    let text = format!(
        "<k:kml xmlns:k=\"http://www.opengis.net/kml/2.2\"><k:Placemark><k:name><![CDATA[A & B]]></k:name>{}</k:Placemark></k:kml>",
        SQUARE.replace("</", "</k:").replace('<', "<k:").replace("<k:/k:", "</k:")
    );
    assert_eq!(only(&text).id, "A & B");
}

#[test]
fn extruded_polygons_reach_from_the_ground_to_their_altitude() {
    let with = |inner: &str| {
        SQUARE
            .replace("<outerBoundaryIs>", &format!("{inner}<outerBoundaryIs>"))
            .replace("38,33", "38,33,300")
    };
    let absolute = "<extrude>1</extrude><altitudeMode>absolute</altitudeMode>";
    let relative = "<extrude>1</extrude><altitudeMode>relativeToGround</altitudeMode>";
    for (inner, expected) in [
        (absolute, Band::new(Limit::At(Height::SURFACE), height(300.0, Reference::Amsl)).unwrap()),
        (relative, Band::new(Limit::At(Height::SURFACE), height(300.0, Reference::Agl)).unwrap()),
        ("<extrude>1</extrude>", Band::UNKNOWN),
        ("<altitudeMode>absolute</altitudeMode>", Band::UNKNOWN),
    ] {
        assert_eq!(only(&placemark(&with(inner))).volumes[0].band, expected, "{inner}");
    }
    let error = error(&placemark(&with(
        "<extrude>1</extrude><altitudeMode>relativeToSeaFloor</altitudeMode>",
    )));
    assert_eq!(
        error,
        "line 2 (feature 1): altitudeMode `relativeToSeaFloor` is not read; use relativeToGround \
         or absolute, or give lower and upper in ExtendedData"
    );
}

#[test]
fn declared_heights_win_over_drawn_ones() {
    let drawn = SQUARE
        .replace("<outer", "<extrude>1</extrude><altitudeMode>absolute</altitudeMode><outer")
        .replace("38,33", "38,33,300");
    let amsl = height(3500.0 * 0.3048, Reference::Amsl);
    for (pairs, lower, upper) in [
        (vec![("lower", "SFC"), ("upper", "3500 ft AMSL")], Limit::At(Height::SURFACE), amsl),
        (vec![("upper", "3500 ft AMSL")], Limit::Unknown, amsl),
        (
            vec![("lower_m", "10"), ("lower_reference", "AGL"), ("upper", "FL 95")],
            height(10.0, Reference::Agl),
            height(9500.0 * 0.3048, Reference::FlightLevel),
        ),
        (vec![("Lower", "UNL")], Limit::Unlimited, Limit::Unknown),
    ] {
        let feature = only(&placemark(&format!("{}{drawn}", extended(&pairs))));
        assert_eq!(feature.volumes[0].band, Band::new(lower, upper).unwrap(), "{pairs:?}");
    }
}

#[test]
fn points_and_lines_take_their_extent_from_extended_data() {
    let point = "<Point><coordinates>38.5,33.5,12</coordinates></Point>";
    let line = "<LineString><coordinates>38,33 39,34</coordinates></LineString>";
    let feature = only(&placemark(&format!("{}{point}", extended(&[("radius_m", "500")]))));
    let circle = Footprint::Circle(Circle::new(at(33.5, 38.5), 500.0).unwrap());
    assert_eq!(feature.volumes[0].footprint, circle);
    let feature = only(&placemark(&format!("{}{line}", extended(&[("half_width_m", "100 m")]))));
    let path = vec![at(33.0, 38.0), at(34.0, 39.0)];
    let corridor = Corridor::new(path, 100.0, EdgeRule::GreatCircle).unwrap();
    assert_eq!(feature.volumes[0].footprint, Footprint::Corridor(corridor));
    assert_eq!(
        error(&placemark(point)),
        "line 2 (feature 1): a point has no extent; add radius_m (metres) to its ExtendedData, or give all such points one with --points"
    );
    assert_eq!(
        error(&placemark(line)),
        "line 2 (feature 1): a line has no width; add half_width_m (metres on each side) to its ExtendedData"
    );
}

#[test]
fn schema_data_counts_like_data() {
    let data = "<ExtendedData><SchemaData schemaUrl=\"#s\"><SimpleData name=\"radius_m\">50</SimpleData><SimpleData name=\"beds\">12</SimpleData></SchemaData></ExtendedData>";
    let feature =
        only(&placemark(&format!("{data}<Point><coordinates>38,33</coordinates></Point>")));
    assert_eq!(
        feature.volumes[0].footprint,
        Footprint::Circle(Circle::new(at(33.0, 38.0), 50.0).unwrap())
    );
    assert_eq!(serde_json::Value::Object(feature.properties), json!({"beds": "12"}));
}

#[test]
fn names_of_several_languages_are_kept() {
    let data = extended(&[("name:fr", "Hôpital"), ("name:ar", "مستشفى")]);
    let feature = only(&placemark(&format!("<name>Hospital</name>{data}{SQUARE}")));
    let names: Vec<_> =
        feature.names.iter().map(|n| (n.lang.as_deref(), n.text.as_str())).collect();
    assert_eq!(names, [(None, "Hospital"), (Some("fr"), "Hôpital"), (Some("ar"), "مستشفى")]);
}

#[test]
fn times_are_read_with_their_precision_in_utc() {
    let day = 86_400_000_000_000_i64;
    let of = |text: &str| {
        let feature = only(&placemark(&format!("{text}{SQUARE}")));
        let window = feature.volumes[0].window;
        (window.from().map(|i| i.0), window.until().map(|i| i.0))
    };
    for (text, from, until) in [
        ("<TimeSpan><begin>1970-01-02</begin></TimeSpan>", Some(day), None),
        ("<TimeSpan><end>1970-01-02</end></TimeSpan>", None, Some(2 * day)),
        ("<TimeSpan><begin>1970-01</begin><end>1970-01</end></TimeSpan>", Some(0), Some(31 * day)),
        ("<TimeSpan><begin>1970</begin><end>1970</end></TimeSpan>", Some(0), Some(365 * day)),
        ("<TimeStamp><when>1970-01-02</when></TimeStamp>", Some(day), Some(2 * day)),
        ("<TimeSpan><begin>1970-01-02T02:00:00+02:00</begin></TimeSpan>", Some(day), None),
        ("<TimeSpan><begin>1970</begin><end>9999</end></TimeSpan>", Some(0), None),
    ] {
        assert_eq!(of(text), (from, until), "{text}");
    }
}

#[test]
fn times_that_are_not_instants_are_refused() {
    for (text, expected) in [
        (
            "<TimeSpan><begin>2026-05-18T09:30:00</begin></TimeSpan>",
            "the offset from UTC is missing; write it as 2026-05-18T09:30:00Z",
        ),
        (
            "<TimeSpan><begin>soon</begin></TimeSpan>",
            "time `soon`: write it like 2026-05-18T09:30:00Z, 2026-05-18, 2026-05 or 2026",
        ),
        ("<TimeSpan><begin>2026-02-30</begin></TimeSpan>", "time `2026-02-30`: write it like"),
        ("<TimeSpan><begin>2026-1-1</begin></TimeSpan>", "time `2026-1-1`: write it like"),
        (
            "<TimeSpan><begin>2027</begin><end>2026</end></TimeSpan>",
            "the window ends before it begins: from 2027 until 2026; swap or correct them",
        ),
        ("<TimeStamp></TimeStamp>", "its TimeStamp has no `when`"),
        ("<TimeStamp><when>2026</when></TimeStamp><TimeSpan/>", "both a TimeSpan and a TimeStamp"),
    ] {
        let error = error(&placemark(&format!("{text}{SQUARE}")));
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_folder_with_a_time_asks_for_times_of_its_placemarks() {
    let folder = |own: &str| {
        kml(&format!(
            "<Folder><TimeSpan><begin>2026</begin></TimeSpan><Placemark>{own}{SQUARE}</Placemark></Folder>"
        ))
    };
    assert!(error(&folder("")).contains("give the placemark a TimeSpan of its own"));
    only(&folder("<TimeSpan><begin>2026</begin></TimeSpan>"));
}

#[test]
fn what_is_not_in_the_file_or_no_volume_is_refused_and_never_skipped() {
    for (element, expected) in [
        ("NetworkLink", "a network link points to content that is not in this file"),
        ("GroundOverlay", "an image overlay has no boundary"),
        ("NetworkLinkControl", "an update of another document is not read"),
    ] {
        let body = format!("<{element}><name>x</name></{element}><Placemark>{SQUARE}</Placemark>");
        assert!(error(&kml(&body)).starts_with(&format!("line 2: {expected}")));
    }
    assert!(error(&placemark("<Model/>")).contains("a 3D model has no boundary"));
    assert!(error(&placemark("<gx:Track/>")).contains("a track is not a volume"));
    let empty = placemark("<name>x</name><MultiGeometry></MultiGeometry>");
    assert!(error(&empty).contains("(x): it has no place; add a polygon"));
}

#[test]
fn every_bad_placemark_has_its_own_error() {
    let bad = "<Placemark><name>a</name><Polygon/></Placemark>\n\
               <Placemark><name>b</name><Point/></Placemark>";
    let errors = errors(kml(bad).as_bytes());
    assert_eq!(errors.len(), 2);
    assert!(errors[0].starts_with("line 2 (a): ") && errors[1].starts_with("line 3 (b): "));
}

#[test]
fn malformed_shapes_are_refused_with_the_remedy() {
    let ring = |coordinates: &str| {
        placemark(&format!(
            "<Polygon><outerBoundaryIs><LinearRing><coordinates>{coordinates}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
        ))
    };
    for (text, expected) in [
        (
            ring("38,33 39,33 40,33 41,33.5"),
            "the outer boundary is not closed: it begins at 33.000000N 38.000000E and ends at 33.500000N 41.000000E; repeat the first vertex at the end",
        ),
        (ring("38,33 39,34 39,33 38,34 38,33"), "crosses edge"),
        (ring("38,33 39,33 38,33"), "encloses no area"),
        (
            ring("38, 33 39, 33"),
            "coordinates `38,`: write lon,lat or lon,lat,altitude without blanks",
        ),
        (ring("NaN,33 39,33"), "longitude NaN: must be a number from -180 to 180 degrees"),
        (ring("38,33,NaN 39,33"), "coordinates `38,33,NaN`: write lon,lat"),
        (
            ring("33,138 33,139"),
            "latitude 138: must be a number from -90 to 90 degrees; latitude and longitude may be swapped",
        ),
        (
            ring("190,33 191,33"),
            "longitude 190: must be a number from -180 to 180 degrees; correct it",
        ),
        (ring("1,2,3,4"), "coordinates `1,2,3,4`: write lon,lat"),
        (ring(""), "its LinearRing has no coordinates"),
        (placemark("<Polygon/>"), "a polygon has 0 outer boundaries; give it one"),
        (
            placemark(&format!("{}{SQUARE}", extended(&[("upper", "high")]))),
            "upper height `high`: write it like SFC",
        ),
        (
            placemark(&format!("{}{SQUARE}", extended(&[("upper_m", "5")]))),
            "upper_m without upper_reference",
        ),
        (
            placemark(&format!(
                "{}{SQUARE}",
                extended(&[("upper", "5 m AGL"), ("upper_m", "5"), ("upper_reference", "AGL")])
            )),
            "a limit is given twice",
        ),
        (
            placemark(&format!("{}{SQUARE}", extended(&[("edges", "curly")]))),
            "edges `curly`: write great_circle, geodesic or lon_lat",
        ),
        (
            placemark(&format!("{}{SQUARE}", extended(&[("note", "a"), ("note", "b")]))),
            "`note` is given twice with different values",
        ),
        (
            placemark(&format!("{}{SQUARE}", extended(&[("volume", "2")]))),
            "volume 2 must stand right after volume 1 of the same identifier",
        ),
        (placemark(&format!("{}{SQUARE}", extended(&[("json:a", "{")]))), "`json:a` is not JSON"),
    ] {
        let error = error(&text);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_is_not_kml_is_refused_clearly() {
    let deep = format!("<kml>{}", "<Folder>".repeat(10_000));
    for (bytes, expected) in [
        (&b""[..], "the file: there is no <kml> element in the file; give a KML 2.2 file"),
        (b"<gpx/>", "line 1: the root element is <gpx>, not <kml>"),
        (b"<kml><Document>", "line 1: the file ends inside an element; it is cut off"),
        (b"<kml></Document>", "not well-formed XML"),
        (
            b"<kml/>\n<!-- and -->\n<kml><Document/></kml>",
            "line 3: <kml> ended before, and another element <kml> begins here: give each document",
        ),
        (
            b"<kml>\n<Placemark><name>\xE9</name></Placemark></kml>",
            "line 2: byte 0xE9 is not UTF-8; save the file as UTF-8",
        ),
        (b"\xFF\xFE<\0", "the file: the file is UTF-16; save it as UTF-8"),
        (
            b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><kml/>",
            "the declared encoding `ISO-8859-1` is not read; save the file as UTF-8",
        ),
        (
            b"<!DOCTYPE kml [<!ENTITY a \"aaaa\">]><kml/>",
            "a document type (<!DOCTYPE ...>) is not accepted; remove it",
        ),
        (b"<kml><Placemark><name>&a;</name></Placemark></kml>", "unknown entity `&a;`"),
        (deep.as_bytes(), "elements are nested more than 100 deep; flatten the file"),
    ] {
        let errors = errors(bytes);
        assert!(errors.last().unwrap().contains(expected), "{errors:?}");
    }
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn the_main_document_of_an_archive_is_doc_kml_or_its_first_kml_file() {
    let good = placemark(SQUARE);
    for files in [
        vec![("a.png", &b"x"[..]), ("zones.KML", good.as_bytes())],
        vec![("other.kml", &b"<no/>"[..]), ("doc.kml", good.as_bytes())],
    ] {
        let document = read_kmz(&archive(&files)).unwrap();
        assert_eq!((document.format, document.features.len()), (Format::Kmz, 1));
    }
}

#[test]
fn placemarks_in_another_document_of_an_archive_are_not_lost() {
    let good = placemark(SQUARE);
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for other in [good.as_bytes(), &utf16] {
        let bytes = archive(&[("files/b.kml", other), ("doc.kml", good.as_bytes())]);
        let error = read_kmz(&bytes).unwrap_err()[0].to_string();
        assert!(error.contains("also holds `files/b.kml`, which may hold places"), "{error}");
        let goes_on = ReadOptions { leave_out_mistaken: true, ..ReadOptions::default() };
        let document = super::read_kmz(&bytes, &goes_on).unwrap();
        assert_eq!((document.features.len(), document.omissions.len()), (1, 1));
    }
}

#[test]
fn a_broken_or_oversized_archive_is_refused_clearly() {
    let text = |bytes: &[u8]| read_kmz(bytes).unwrap_err()[0].to_string();
    assert!(text(b"").contains("not a readable zip archive"));
    assert!(text(b"PK\x03\x04 and no more").contains("not a readable zip archive"));
    let whole = archive(&[("doc.kml", placemark(SQUARE).as_bytes())]);
    assert!(text(&whole[..whole.len() / 2]).contains("fetch or export the file again"));
    assert_eq!(
        text(&archive(&[("a.txt", b"x")])),
        "the file: the archive holds no .kml file; put the document in it as doc.kml"
    );
    let bomb = archive(&[("doc.kml", &vec![b' '; crate::MAX_INPUT_BYTES + 1])]);
    assert!(bomb.len() < 1_000_000);
    assert_eq!(
        text(&bomb),
        "the file: the document in the archive unpacks to more than 256 MiB; split it"
    );
    let names: Vec<String> = (0..10_001).map(|i| i.to_string()).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b""[..])).collect();
    assert!(text(&archive(&many)).contains("the archive holds 10001 files: at most 10000"));
}

#[test]
fn a_character_that_xml_cannot_carry_is_a_write_error() {
    let feature = Feature {
        names: vec![Text { text: "a\u{7}".to_owned(), lang: None }],
        ..only(&placemark(SQUARE))
    };
    let document = Document::new(Format::Kml, vec![feature]);
    assert_eq!(
        write_kml(&document).unwrap_err().to_string(),
        "feature 1: it holds \\u{7}, which XML cannot carry; remove it"
    );
}

#[test]
fn circles_are_drawn_for_the_eye_and_read_back_as_circles() {
    let footprint = Footprint::Circle(Circle::new(at(33.5, 38.6), 55_000.0).unwrap());
    let volume = Volume { footprint, band: Band::UNKNOWN, window: Window::ALWAYS };
    let feature = Feature { volumes: vec![volume], ..only(&placemark(SQUARE)) };
    let document = Document::new(Format::Kml, vec![feature]);
    let written = write_kml(&document).unwrap();
    let text = String::from_utf8(written.clone()).unwrap();
    let drawn = text.split("<coordinates>").nth(1).expect("an outline").split(' ').count();
    assert!((36..=80).contains(&drawn), "{drawn} vertices");
    assert_same(&read_kml(&written).unwrap(), &document);
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(features in features("[ a-z\n\r\té<&\"'>,;-]{0,6}")) {
        let mut document = Document::new(Format::Kml, features);
        assert_same(&read_kml(&write_kml(&document).unwrap()).unwrap(), &document);
        document.format = Format::Kmz;
        assert_same(&read_kmz(&write_kmz(&document).unwrap()).unwrap(), &document);
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_kml(&bytes);
        let _ = read_kmz(&bytes);
    }

    #[test]
    fn no_damage_to_a_good_file_makes_the_readers_panic(place in 0..2000_usize, byte in any::<u8>(), cut in 0..2000_usize) {
        let good = placemark(&format!("<name>a</name>{}{SQUARE}", extended(&[("upper", "FL 95"), ("json:x", "[1]")])));
        let packed = archive(&[("doc.kml", good.as_bytes())]);
        for mut bytes in [good.into_bytes(), packed] {
            let length = bytes.len();
            bytes[place % length] = byte;
            let _ = (read_kml(&bytes), read_kmz(&bytes));
            bytes.truncate(cut % length);
            let _ = (read_kml(&bytes), read_kmz(&bytes));
        }
    }
}

#[test]
fn a_ring_that_lacks_only_its_last_vertex_is_closed_and_told() {
    let open = "<Polygon><outerBoundaryIs><LinearRing><coordinates>38,33 39,33 39,34 38,34\
                </coordinates></LinearRing></outerBoundaryIs></Polygon>";
    let closed = placemark(SQUARE);
    let document = read_kml(placemark(open).as_bytes()).unwrap();
    assert_eq!(document.features[0].volumes, only(&closed).volumes);
    assert_eq!(
        document.notes[0].to_string(),
        "rings that do not repeat their first vertex at the end were closed (line 2)"
    );
}

#[test]
fn a_point_that_only_carries_the_label_of_its_polygon_is_passed_over() {
    let area = format!("<Placemark><name>A - 3000 ft</name>{SQUARE}</Placemark>");
    let label = |name: &str, at: &str, more: &str| {
        format!(
            "<Placemark><name>{name}</name>{more}<Point><coordinates>{at}</coordinates></Point></Placemark>"
        )
    };
    let inside = label("3000", "38.5,33.5,914.4", "");
    for text in [format!("{area}{inside}"), format!("{inside}{area}")] {
        let document = read_kml(kml(&text).as_bytes()).unwrap();
        assert_eq!(document.features.len(), 1);
        let note = document.notes[0].to_string();
        assert!(note.starts_with("points that only carry the label of a polygon"), "{note}");
        // Who says that points have an extent means these too.
        let options = ReadOptions { point_radius_m: Some(200.0), ..ReadOptions::default() };
        let document = super::read_kml(kml(&text).as_bytes(), &options).unwrap();
        assert_eq!((document.features.len(), document.notes[0].count), (2, 1));
    }
    let data = extended(&[("capacity", "9")]);
    for (why, other) in [
        ("another name", label("Hospital", "38.5,33.5", "")),
        ("half a word", label("300", "38.5,33.5", "")),
        ("outside", label("3000", "48.5,33.5", "")),
        ("no name", label("", "38.5,33.5", "")),
        ("data", label("3000", "38.5,33.5", &data)),
        ("a description", label("3000", "38.5,33.5", "<description>x</description>")),
        ("a time", label("3000", "38.5,33.5", "<TimeStamp><when>2026</when></TimeStamp>")),
    ] {
        let error = error(&kml(&format!("{area}{other}")));
        assert!(error.contains("a point has no extent"), "{why}: {error}");
        assert!(read_kml(kml(&format!("{other}{area}")).as_bytes()).is_err(), "{why}");
    }
}

#[test]
fn a_placemark_without_a_place_is_counted_and_one_with_an_unknown_geometry_is_named() {
    let text = kml(&format!(
        "<Placemark><name>note</name><styleUrl>#a</styleUrl></Placemark><Placemark>{SQUARE}</Placemark>"
    ));
    let document = read_kml(text.as_bytes()).unwrap();
    assert_eq!((document.features.len(), document.placeless.count), (1, 1));
    assert_eq!(document.placeless.first, [(SourcePlace::Line(2), "note".to_owned())]);
    for (body, expected) in [
        (format!("<MultiPolygon>{SQUARE}</MultiPolygon>"), "<MultiPolygon> holds coordinates"),
        (format!("{SQUARE}<Curve><coordinates>1,1</coordinates></Curve>"), "<Curve> holds"),
        ("<address>Mosul</address>".to_owned(), "it has no place; add a polygon"),
    ] {
        let error = error(&placemark(&body));
        assert!(error.contains(expected), "{body}: {error}");
    }
    let error =
        error(&placemark("<LinearRing><coordinates>1,1 2,1 2,2 1,1</coordinates></LinearRing>"));
    assert!(error.contains("put it into the outerBoundaryIs of a Polygon"), "{error}");
}

#[test]
fn data_that_may_bear_on_heights_and_times_is_told_or_refused() {
    let place = |pairs: &[(&str, &str)]| placemark(&format!("{}{SQUARE}", extended(pairs)));
    let document = read_kml(place(&[("Ceiling", "FL 95"), ("colour", "red")]).as_bytes()).unwrap();
    assert_eq!(document.notes.len(), 1);
    assert!(
        document.notes[0].what.starts_with("`Ceiling` was not read; it may bear on the height")
    );
    let error = error(&place(&[("lowerLimit", "500")]));
    assert!(error.contains("`lowerLimit` bears on the height and is not read here"), "{error}");
    // What stood for something else in another format is written so that it is told from that.
    let again = write_kml(&document).unwrap();
    let again = read_kml(&again).unwrap();
    assert!(again.notes.is_empty(), "{:?}", again.notes);
    assert_eq!(again.features[0].properties, document.features[0].properties);
}
