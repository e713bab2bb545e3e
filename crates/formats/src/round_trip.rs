//! What must hold of the JSON formats and OpenAir alike: what was written reads back as what was
//! meant, and no bytes make a reader panic.

use proptest::prelude::*;

use crate::document::{Document, Format};
use crate::testing::{assert_same, features};
use crate::{ReadOptions, read, write};

const FORMATS: [(Format, &str); 5] = [
    (Format::GeoJson, "x.geojson"),
    (Format::Ed318, "x.ed318.json"),
    (Format::Ed269, "x.ed269.json"),
    (Format::F3548, "x.f3548.json"),
    (Format::OpenAir, "x.openair"),
];

/// One valid text of each format.
const TEXTS: [(&str, &str); 4] = [
    (
        "x.json",
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"é",
        "lower":0,"lowerReference":"AGL","uom":"m","from":"2026-05-18T00:00:00Z"},"geometry":
        {"type":"Polygon","coordinates":[[[0,50],[1,50],[1,51],[0,50]]]}}]}"#,
    ),
    (
        "x.json",
        r#"{"UASZoneList":[{"identifier":"Z","geometry":[{"uomDimensions":"M","lowerLimit":0,
        "lowerVerticalReference":"AGL","horizontalProjection":{"type":"Circle","center":[4,50],
        "radius":9}}]}]}"#,
    ),
    (
        "x.json",
        r#"{"operational_intents":[{"id":"A","volumes":[{"volume":{"outline_circle":{"center":
        {"lat":1,"lng":1},"radius":{"value":5,"units":"M"}}}}]}]}"#,
    ),
    (
        "x.openair",
        "AC D\nAN é\nAL SFC\nAH FL 100\nDP 57:21:53 N 001:58:35 W\nDP 57:21:00 N 002:33:56 W\n\
         V D=+\nV X=57:18:34 N 002:16:02 W\nDB 57:21:00 N 002:33:56 W, 57:21:53 N 001:58:35 W\n",
    ),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_read_survives_writing_in_the_same_format(features in features("[ a-zé]{0,8}")) {
        // Feature by feature, because one that a format refuses would hide the others.
        for feature in features {
            let document = Document::new(Format::GeoJson, vec![feature]);
            for (format, name) in FORMATS {
                let Ok(bytes) = write(&document, format) else { continue };
                let first = read(name, &bytes).unwrap_or_else(|e| {
                    panic!("{e:?}\n{}", String::from_utf8_lossy(&bytes))
                });
                let again = read(name, &write(&first, format).unwrap()).unwrap();
                assert_same(&again, &first);
            }
        }
    }

    #[test]
    fn plain_geojson_keeps_everything_but_the_edge_rule(features in features("[ a-zé]{0,8}")) {
        let document = Document::new(Format::GeoJson, features);
        let read = read("x.geojson", &write(&document, Format::GeoJson).unwrap()).unwrap();
        prop_assert_eq!(read.features.len(), document.features.len());
        for (read, written) in read.features.iter().zip(&document.features) {
            prop_assert_eq!(&read.id, &written.id);
            prop_assert_eq!(&read.names, &written.names);
            for (r, w) in read.volumes.iter().zip(&written.volumes) {
                prop_assert_eq!((r.band, r.window), (w.band, w.window));
            }
        }
    }

    #[test]
    fn a_json_text_that_is_cut_says_what_the_whole_says(features in features("[ a-zé]{0,8}")) {
        let document = Document::new(Format::GeoJson, features);
        for (format, _) in &FORMATS[..4] {
            let Ok(bytes) = write(&document, *format) else { continue };
            assert_cut_is_whole(&bytes, true);
        }
    }

    #[test]
    fn a_damaged_json_text_that_is_cut_says_what_the_whole_says(
        which in 0..3_usize, at in any::<prop::sample::Index>(), byte in 32..127_u8, twice in any::<bool>(),
    ) {
        let mut bytes = TEXTS[which].1.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if twice {
            let again = bytes[at / 2..at].to_vec();
            bytes.splice(at..at, again);
        }
        assert_cut_is_whole(&bytes, false);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for name in ["x.json", "x.openair", "x"] {
            let _ = read(name, &bytes);
        }
    }

    #[test]
    fn no_damage_to_a_valid_text_makes_a_reader_panic(
        which in 0..TEXTS.len(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let (name, text) = TEXTS[which];
        let mut bytes = text.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read(name, &bytes);
        let _ = read("unnamed", &bytes);
    }
}

/// What is read of a JSON text that was cut must be what is read of it as a whole; one that is `cuttable`
/// is cut.
fn assert_cut_is_whole(bytes: &[u8], cuttable: bool) {
    for leave_out_mistaken in [false, true] {
        let options = ReadOptions { leave_out_mistaken, ..ReadOptions::default() };
        let cut = crate::read_cut_json(bytes, &options);
        assert!(cut.is_some() || !cuttable, "{}", String::from_utf8_lossy(bytes));
        let Some(cut) = cut else { continue };
        let whole = crate::json::parse(bytes)
            .map_err(|e| vec![e])
            .and_then(|value| crate::read_value(value, &options));
        assert_eq!(cut, whole, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_truncated_json_text_is_refused_wherever_it_ends() {
    for (name, text) in &TEXTS[..3] {
        assert!(read(name, text.as_bytes()).is_ok());
        for end in 0..text.len() - 1 {
            let errors = read(name, &text.as_bytes()[..end]).unwrap_err();
            assert!(!errors.is_empty() && !errors[0].what.is_empty(), "{end}");
        }
    }
}

#[test]
fn the_format_is_told_from_the_content_where_the_name_says_nothing() {
    let formats: Vec<Format> =
        TEXTS.iter().map(|(_, text)| read("unnamed", text.as_bytes()).unwrap().format).collect();
    assert_eq!(formats, [Format::GeoJson, Format::Ed269, Format::F3548, Format::OpenAir]);
    let error = read("unnamed", b"what is this").unwrap_err();
    assert!(error[0].what.contains("name the file .geojson"), "{error:?}");
}

#[test]
fn a_hundred_megabytes_of_nonsense_are_refused() {
    for (unit, expected) in [
        ("{},", "more values than fit in 1 GiB of memory"),
        ("[", "nested more than 127 levels deep"),
        ("1", "number out of range"),
    ] {
        let text = format!("[{}", unit.repeat(100_000_000 / unit.len()));
        let error = read("x.json", text.as_bytes()).unwrap_err();
        assert!(error[0].what.contains(expected), "{error:?}");
    }
    let text = "DP x\n".repeat(20_000_000);
    assert_eq!(read("x.openair", text.as_bytes()).unwrap_err().len(), 101);
}
