mod tolerance;

use std::path::PathBuf;

use deconflict_geometry::{
    Footprint, Height, Instant, Limit, Position, Reference, Volume, Window, distance_and_azimuth,
};

use super::angle::one_position;
use super::write;
use crate::{Document, Feature, Format, ReadError, ReadOptions, SourcePlace};

/// Reads OpenAir with no option.
fn read(bytes: &[u8]) -> Result<Document, Vec<ReadError>> {
    super::read(bytes, &ReadOptions::default())
}

/// Real UK airspace, beside the repository; `None` where it is missing.
fn shared(name: &str) -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("skipped: {name} not found");
    }
    bytes
}

fn one(text: &str) -> Feature {
    let document = read(text.as_bytes()).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(document.features.len(), 1);
    document.features.into_iter().next().unwrap()
}

/// The messages of a text that must be refused.
fn errors(text: &str) -> Vec<String> {
    read(text.as_bytes()).unwrap_err().iter().map(ToString::to_string).collect()
}

/// A block with the given lines between its name and nothing.
fn block(lines: &str) -> String {
    format!("AC D\nAN X\n{lines}\n")
}

/// A document without what a file that is written does not have: places and what was passed over.
fn without_places(mut document: Document) -> Document {
    document.notes.clear();
    for feature in &mut document.features {
        feature.place = SourcePlace::Whole;
    }
    document
}

fn assert_round_trip(document: Document) {
    let text = write(&document).unwrap();
    let again = read(&text).unwrap_or_else(|e| panic!("{e:?}\n{}", String::from_utf8_lossy(&text)));
    assert_eq!(without_places(again), without_places(document));
}

const SQUARE: &str = "DP 50:00:00 N 001:00:00 W\nDP 50:00:00 N 000:00:00 E\n\
                      DP 51:00:00 N 000:00:00 E\nDP 51:00:00 N 001:00:00 W";

#[test]
fn the_uk_file_has_1053_volumes_and_survives_writing() {
    let Some(bytes) = shared("uk-airspace/uk-airspace.openair.txt") else { return };
    let document = read(&bytes).unwrap_or_else(|e| {
        panic!("{}", e.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    assert_eq!(document.features.len(), 948);
    assert_eq!(document.features.iter().map(|f| f.volumes.len()).sum::<usize>(), 1053);
    let circles = document
        .features
        .iter()
        .flat_map(|f| &f.volumes)
        .filter(|v| matches!(v.footprint, Footprint::Circle(_)))
        .count();
    assert_eq!(circles, 472);
    assert_round_trip(document);
}

#[test]
fn the_uk_temporary_file_has_11_volumes_and_survives_writing() {
    let Some(bytes) = shared("uk-airspace/uk-temporary.openair.txt") else { return };
    let document = read(&bytes).unwrap();
    assert_eq!(document.features.iter().map(|f| f.volumes.len()).sum::<usize>(), 11);
    let silverstone = &document.features[0];
    assert_eq!(silverstone.id, "SILVERSTONE (3-5 JUL)");
    assert_eq!(silverstone.kind, "P");
    assert_eq!(silverstone.place, SourcePlace::Line(5));
    let Footprint::Circle(circle) = &silverstone.volumes[0].footprint else { panic!() };
    assert_eq!(circle.radius_m(), 10_186.0);
    let upper = Height { metres: 1066.8, reference: Reference::Amsl };
    assert_eq!(silverstone.volumes[0].band.upper(), Limit::At(upper));
    assert_round_trip(document);
}

#[test]
fn blocks_of_one_name_are_one_feature_and_keep_their_own_class_and_type() {
    let circle = "V X=50:00:00 N 001:00:00 W\nDC 2";
    let feature = one(&format!(
        "AC UNC\nAY MATZ\nAN BENSON\n{circle}\nAC UNC\nAY ATZ\nAN BENSON\n{circle}\n\
         AC UNC\nAY MATZ\nAN BENSON\n{circle}"
    ));
    assert_eq!((feature.id.as_str(), feature.kind.as_str()), ("BENSON", "MATZ/ATZ"));
    assert_eq!(feature.volumes.len(), 3);
    assert_eq!(feature.properties["AC"], "UNC");
    assert_eq!(feature.properties["AY"], serde_json::json!(["MATZ", "ATZ", "MATZ"]));
}

#[test]
fn an_identifier_keeps_blocks_of_one_name_apart() {
    let circle = "V X=50:00:00 N 001:00:00 W\nDC 2";
    let text = format!("AC D\nAI a\nAN X\n{circle}\nAC D\nAI b\nAN X\n{circle}");
    let document = read(text.as_bytes()).unwrap();
    let ids: Vec<&str> = document.features.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_round_trip(document);
}

#[test]
fn an_airspace_without_a_name_gets_its_number() {
    let document = read(format!("AC D\n{SQUARE}\nAC D\n{SQUARE}").as_bytes()).unwrap();
    let ids: Vec<&str> = document.features.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["feature 1", "feature 2"]);
    assert_round_trip(document);
}

#[test]
fn comments_case_blanks_and_display_records_are_stepped_over() {
    let feature = one(&format!(
        "\u{FEFF}* a file\r\nAC D * class\r\n\tan X\r\nAT 50:00:00 N 001:00:00 W\r\n\
         SP 0,1,0,0,255\r\nSB -1,-1,-1\r\nal  sfc\r\nAH FL65\r\nV Z=100\r\n{}\r\n\r\n\
         TO terrain\r\nDP 50:00:00 N 001:00:00 W\r\n",
        SQUARE.replace('\n', "\r\n").replace("DP", "dp")
    ));
    assert_eq!(feature.volumes[0].band.lower(), Limit::At(Height::SURFACE));
    let upper = Height { metres: 6500.0 * 0.3048, reference: Reference::FlightLevel };
    assert_eq!(feature.volumes[0].band.upper(), Limit::At(upper));
}

#[test]
fn heights_that_are_not_given_are_unknown() {
    let volume = &one(&block(SQUARE)).volumes[0];
    assert_eq!((volume.band.lower(), volume.band.upper()), (Limit::Unknown, Limit::Unknown));
}

#[test]
fn activation_times_are_windows() {
    let window = |aa: &str| one(&block(&format!("{aa}\n{SQUARE}"))).volumes[0].window;
    let at = |hour: i64| Some(Instant((1_702_728_000 + (hour - 12) * 3600) * 1_000_000_000));
    let noon_to_one = Window::new(at(12), at(13)).unwrap();
    assert_eq!(window("AA 2023-12-16T12:00Z/2023-12-16T13:00Z"), noon_to_one);
    assert_eq!(window("AA 2023-12-16T12:00:00Z/2023-12-16T13:00Z ; noon"), noon_to_one);
    assert_eq!(window("AA 2023-12-16T12:00Z/NONE"), Window::new(at(12), None).unwrap());
    assert_eq!(window("AA NONE/2023-12-16T24:00Z"), Window::new(None, at(24)).unwrap());
    assert_eq!(window("AA NONE"), Window::ALWAYS.part_time());
}

#[test]
fn several_activation_times_are_several_volumes() {
    let document = read(
        block(&format!(
            "AA 2023-12-16T12:00Z/2023-12-16T13:00Z\nAA 2023-12-17T12:00:30Z/NONE\n{SQUARE}"
        ))
        .as_bytes(),
    )
    .unwrap();
    assert_eq!(document.features[0].volumes.len(), 2);
    assert_round_trip(document);
}

#[test]
fn an_airway_is_a_corridor_of_half_its_width() {
    let document =
        read(block("V W=5\nDY 50:00:00 N 001:00:00 W\nDY 51:00:00 N 000:00:00 E").as_bytes())
            .unwrap();
    let Footprint::Corridor(corridor) = &document.features[0].volumes[0].footprint else {
        panic!()
    };
    assert_eq!((corridor.half_width_m(), corridor.path().len()), (4630.0, 2));
    assert_round_trip(document);
}

fn shell(volume: &Volume) -> Vec<Position> {
    let Footprint::Polygons(polygons) = &volume.footprint else { panic!() };
    polygons[0].rings()[0].clone()
}

#[test]
fn an_arc_by_points_keeps_its_ends_and_goes_the_declared_way() {
    let center = one_position("57:18:34 N 002:16:02 W").unwrap();
    let west = one_position("57:21:00 N 002:33:56 W").unwrap();
    let east = one_position("57:21:53 N 001:58:35 W").unwrap();
    for (direction, north) in [("+", true), ("-", false)] {
        let feature = one(&block(&format!(
            "V D={direction}\nV X=57:18:34 N 002:16:02 W\n\
             DB 57:21:00 N 002:33:56 W, 57:21:53 N 001:58:35 W"
        )));
        let ring = shell(&feature.volumes[0]);
        assert!(ring.len() > 20, "{}", ring.len());
        assert_eq!((ring.first(), ring.last()), (Some(&west), Some(&east)));
        for point in &ring[10..ring.len() - 10] {
            let (radius_m, azimuth) = distance_and_azimuth(center, *point);
            assert!((18_400.0..18_700.0).contains(&radius_m), "{radius_m}");
            assert_eq!((-75.9..70.7).contains(&azimuth), north, "{azimuth}");
        }
    }
}

#[test]
fn neighbours_that_share_an_arc_get_the_same_points() {
    let arc = |direction: &str, ends: &str| {
        shell(
            &one(&block(&format!("V D={direction}\nV X=57:05:31 N 002:07:40 W\nDB {ends}")))
                .volumes[0],
        )
    };
    let (a, b) = ("57:08:45 N 001:50:19 W", "57:02:14 N 002:24:58 W");
    let inside = arc("+", &format!("{a}, {b}"));
    let mut outside = arc("-", &format!("{b}, {a}"));
    outside.reverse();
    assert!(inside.len() > 20);
    assert_eq!(inside, outside);
}

#[test]
fn a_loop_that_rounding_made_at_the_end_of_an_arc_is_doubt_and_no_mistake() {
    let feature = one(&block(
        "DP 52:48:10 N 000:29:01 E\nV D=+\nV X=52:49:39 N 000:28:40 E\n\
         DB 52:48:10 N 000:29:01 E, 52:51:08 N 000:28:19 E\nDP 52:51:32 N 000:34:24 E\n\
         V D=-\nV X=52:50:03 N 000:34:47 E\nDB 52:51:32 N 000:34:24 E, 52:48:34 N 000:35:10 E",
    ));
    let Footprint::Polygons(polygons) = &feature.volumes[0].footprint else { panic!() };
    let [crossing] = polygons[0].crossings() else { panic!("{:?}", polygons[0].crossings()) };
    let size = crossing.size.unwrap();
    assert!((50.0..500.0).contains(&size.reach_m) && size.width_m < 100.0, "{size:?}");
    assert!(polygons[0].residual_m() < 100.0, "{}", polygons[0].residual_m());
}

#[test]
fn the_residual_covers_unequal_radii() {
    let Some(bytes) = shared("uk-airspace/uk-airspace.openair.txt") else { return };
    let document = read(&bytes).unwrap();
    let residuals: Vec<f64> = document
        .features
        .iter()
        .flat_map(|f| &f.volumes)
        .filter_map(|v| match &v.footprint {
            Footprint::Polygons(polygons) => Some(polygons[0].residual_m()),
            _ => None,
        })
        .collect();
    let greatest = residuals.iter().copied().fold(0.0, f64::max);
    assert!((150.0..500.0).contains(&greatest), "{greatest}");
    assert!(residuals.contains(&0.0), "polygons without arcs have none");
}

#[test]
fn an_arc_by_bearings_has_its_radius() {
    let feature = one(&block("V X=39:29.9N 119:46.1W\nDA 10,270,290\nDP 39:29.9N 119:46.1W"));
    let center = Position::new(39.0 + 29.9 / 60.0, -(119.0 + 46.1 / 60.0)).unwrap();
    let ring = shell(&feature.volumes[0]);
    for point in &ring[..ring.len() - 1] {
        let (radius_m, azimuth) = distance_and_azimuth(center, *point);
        assert!((radius_m - 18_520.0).abs() < 0.2, "{radius_m}");
        assert!((-90.001..=-69.999).contains(&azimuth), "{azimuth}");
    }
}

#[test]
fn an_arc_once_round_is_a_circle() {
    for arc in ["DA 3, 0, 360", "DB 50:03:00 N 001:00:00 W, 50:03:00 N 001:00:00 W"] {
        let feature = one(&block(&format!("V X=50:00:00 N 001:00:00 W\n{arc}")));
        assert!(matches!(feature.volumes[0].footprint, Footprint::Circle(_)), "{arc}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_the_remedy() {
    for (lines, expected) in [
        (
            "DP 57:21:00 N",
            "line 3 (X): position `57:21:00 N`: write it like 52:11:14 N 001:39:27 W",
        ),
        (
            "DP 97:21:00 N 001:00:00 W",
            "line 3 (X): latitude 97.35: must be a number from -90 to 90",
        ),
        ("DC 5", "line 3 (X): DC has no centre: add V X=... before it"),
        ("V X=50:00:00 N 001:00:00 W\nDC NaN", "line 4 (X): radius `NaN`: write nautical miles"),
        (
            "V X=50:00:00 N 001:00:00 W\nDC 9999",
            "line 4 (X): circle radius 18518148 m: must be between",
        ),
        ("V X=50:00:00 N 001:00:00 W\nDC 5\nDC 6", "line 5 (X): a second circle in one airspace"),
        (
            "V X=50:00:00 N 001:00:00 W\nDA 5, 20",
            "line 4 (X): DA 5, 20: write radius, first and last",
        ),
        (
            "V X=50:00:00 N 001:00:00 W\nDB 50:10:00 N 001:00:00 W, 50:00:00 N 001:40:00 W",
            "line 4 (X): the arc's points are 18538 m and 47797 m from its centre: check the three",
        ),
        ("DX 1", "line 3 (X): record DX: no outline record has this name"),
        ("V Q=1", "line 3 (X): V Q=: X, D, W, Z and T are known"),
        ("V D=x", "line 3 (X): V D=x: write V D=+ or V D=-"),
        (
            "DY 50:00:00 N 001:00:00 W\nDY 51:00:00 N 001:00:00 W",
            "line 1 (X): the airway has no width",
        ),
        ("AL high", "line 3 (X): height `high`: write it like SFC, 3500 ft AMSL"),
        ("AL UNL", "line 3 (X): lower limit `UNL`: write SFC or a height"),
        ("AL SFC\nAL GND", "line 4 (X): a second lower limit: leave one"),
        ("AA noon", "line 3 (X): AA noon: write it like 2026-05-18T09:30Z/2026-05-18T12:00Z"),
        (
            "AA 2023-12-16T12:00Z/2023-12-16T11:00Z",
            "line 3 (X): the end 2023-12-16T11:00:00Z lies before the beginning",
        ),
        ("AL SFC", "line 1 (X): no outline: add DP, DC, DA, DB or DY records"),
        (
            "DP 50:00:00 N 001:00:00 W\nDP 51:00:00 N 001:00:00 W",
            "line 1 (X): ring 0 encloses no area",
        ),
        (
            "DP 50:00:00 N 001:00:00 W\nDP 51:00:00 N 000:00:00 E\nDP 50:00:00 N 000:00:00 E\n\
             DP 51:00:00 N 001:00:00 W",
            "line 1 (X): the outline crosses itself: the edge from line 3 to 4 and the edge from line 5 to 6 cross near",
        ),
        (
            "V X=50:00:00 N 001:00:00 W\nDC 5\nAL 2000 ft\nAH 1000 ft",
            "lower limit 609.6 m AMSL is above upper limit 304.8 m AMSL",
        ),
    ] {
        let errors = errors(&block(lines));
        assert!(errors[0].contains(expected), "{lines}\n{errors:?}");
        assert_eq!(errors.len(), 1, "{errors:?}");
    }
}

#[test]
fn mistakes_in_one_airspace_do_not_hide_those_of_the_next() {
    let errors = errors(&format!("{}{}", block("DP x\nDP y"), block("AL x")));
    let lines: Vec<&str> = errors.iter().map(|e| e.split(' ').nth(1).unwrap()).collect();
    assert_eq!(lines, ["3", "4", "7"]);
}

#[test]
fn a_file_that_is_not_openair_is_refused() {
    for text in ["", "* nothing\n", "name,lat,lon\na,1,2\n"] {
        assert_eq!(
            errors(text),
            [
                "the file: no airspace: an OpenAir file has records such as `AC D`, `AN name`, `DP ...`"
            ]
        );
    }
    assert_eq!(errors("DP 1N 1E"), ["line 1: DP before any airspace: begin the airspace with AC"]);
}

#[test]
fn a_hundred_mistakes_are_listed_and_the_rest_is_counted() {
    let errors = errors(&block(&"DP x\n".repeat(1000)));
    assert_eq!(errors.len(), 101);
    assert_eq!(
        errors[100],
        "the file: 900 more mistakes; correct the first ones and try again, or leave out what is mistaken (--leave-out-mistaken)"
    );
}

#[test]
fn few_bytes_cannot_ask_for_endless_points() {
    let times = "AA 2026-05-18T09:30Z/NONE\n".repeat(2_000);
    let text = block(&format!("{times}V X=0N 0E\nDA 5000,0,359\nDP 1N 1E"));
    let errors = errors(&text);
    assert!(errors[0].contains("more than 5000000 positions in the file"), "{errors:?}");
}

#[test]
fn what_openair_cannot_express_is_refused_with_the_remedy() {
    let square = |properties: serde_json::Value, hole: bool| {
        let shell = serde_json::json!([[0, 50], [1, 50], [1, 51], [0, 51], [0, 50]]);
        let inner = serde_json::json!([[0.2, 50.2], [0.4, 50.2], [0.4, 50.4], [0.2, 50.2]]);
        let rings = if hole { vec![shell, inner] } else { vec![shell] };
        let value = serde_json::json!({"type": "Feature", "properties": properties,
            "geometry": {"type": "Polygon", "coordinates": rings}});
        crate::read("x.json", value.to_string().as_bytes()).unwrap()
    };
    for (document, expected) in [
        (square(serde_json::json!({}), true), "feature 1: OpenAir has no holes; split the polygon"),
        (
            square(serde_json::json!({"upper": "120 m W84"}), false),
            "feature 1: OpenAir has no heights above the ellipsoid",
        ),
        (
            square(serde_json::json!({"lower": "UNL"}), false),
            "feature 1: OpenAir has no unlimited lower limit; give one, such as SFC",
        ),
        (
            square(serde_json::json!({"from": "2026-05-18T09:30:00Z", "part_time": true}), false),
            "feature 1: in force only at times that OpenAir cannot express; write GeoJSON",
        ),
    ] {
        let error = write(&document).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn nothing_is_not_written() {
    let nothing = Document::new(Format::Csv, Vec::new());
    let error = write(&nothing).unwrap_err().to_string();
    assert!(error.contains("declares no volumes"), "{error}");
}

#[test]
fn a_long_name_is_not_repeated_whole() {
    let text = format!("AC D\nAN {}\nAL SFC\nAH 2 ft AGL\nDP nowhere\n", "x".repeat(1_000_000));
    let errors = read(text.as_bytes()).unwrap_err();
    assert!(errors.iter().all(|e| e.to_string().len() < 1_000), "{}", errors.len());
}

#[test]
fn names_that_differ_in_control_characters_alone_are_one_name() {
    let blocks = format!("AC R\nAN \u{8}A\u{1}B\n{SQUARE}\nAC R\nAN A\u{2}B\n{SQUARE}");
    let document = read(blocks.as_bytes()).unwrap();
    let [feature] = &document.features[..] else { panic!("{document:?}") };
    assert_eq!((feature.names[0].text.as_str(), feature.volumes.len()), ("A B", 2));
}

#[test]
fn airspaces_of_one_identifier_and_no_name_are_one_feature() {
    let block = |head: &str| format!("AC W\n{head}\n{SQUARE}\n");
    let blocks = block("AI TRA 1") + &block("AN TRA 1") + &block("AI TRA 1");
    let document = read(blocks.as_bytes()).unwrap();
    let [feature] = &document.features[..] else { panic!("{document:?}") };
    assert_eq!((feature.id.as_str(), feature.volumes.len()), ("TRA 1", 3));
    let nameless = block("AY TRA") + &block("AY TRA");
    assert_eq!(read(nameless.as_bytes()).unwrap().features.len(), 2);
}
