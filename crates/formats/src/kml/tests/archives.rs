//! What an archive holds beside its main document.

use super::*;

/// What is wrong with an archive, first the whole of it, and whether what is mistaken can be left out.
fn refused(bytes: &[u8]) -> (String, bool) {
    let error = read_kmz(bytes).unwrap_err()[0].to_string();
    let goes_on = ReadOptions { leave_out_mistaken: true, ..ReadOptions::default() };
    match super::super::read_kmz(bytes, &goes_on) {
        Ok(document) => {
            assert_eq!((document.features.len(), document.omissions.len()), (1, 1));
            (error, true)
        }
        Err(_) => (error, false),
    }
}

#[test]
fn documents_of_other_kinds_beside_the_main_one_are_not_lost() {
    let good = placemark(SQUARE);
    let inner = archive(&[("doc.kml", good.as_bytes())]);
    let json = br#"{"type": "Point", "coordinates": [38, 33]}"#;
    for (name, content) in [
        ("more.kmz", &inner[..]),
        ("more.KMZ", b"broken"),
        ("a.geojson", json),
        ("files/a.json", json),
        ("a.xml", good.as_bytes()),
        ("a.gml", b"<gml:posList>38 33</gml:posList>"),
    ] {
        let bytes = archive(&[("doc.kml", good.as_bytes()), (name, content)]);
        let (error, is_left_out) = refused(&bytes);
        assert!(error.contains(&format!("also holds `{name}`, which may hold places")), "{error}");
        assert!(is_left_out, "{name}");
    }
    for (name, content) in [
        ("a.json", &b"{\"a\": 1}"[..]),
        ("a.xml", b"<a/>"),
        ("style.kml", b"<kml><Document><Style/></Document></kml>"),
        ("a.png", good.as_bytes()),
        ("__MACOSX/._doc.kml", b"Mac OS X placemark"),
        ("__MACOSX/doc.kml", good.as_bytes()),
        ("files/._a.kml", good.as_bytes()),
    ] {
        for reversed in [false, true] {
            let mut files = vec![("doc.kml", good.as_bytes()), (name, content)];
            if reversed {
                files.reverse();
            }
            assert_eq!(read_kmz(&archive(&files)).map(|d| d.features.len()), Ok(1), "{name}");
        }
    }
    let first = archive(&[("__MACOSX/._a.kml", b"x"), ("a.kml", good.as_bytes())]);
    assert_eq!(read_kmz(&first).map(|d| d.features.len()), Ok(1));
    let none = archive(&[("a.geojson", json)]);
    assert!(read_kmz(&none).unwrap_err()[0].what.contains("holds no .kml file"));
}

#[test]
fn two_files_of_one_name_and_two_archives_in_one_are_refused() {
    let good = placemark(SQUARE);
    let mut twice = archive(&[("doc.kml", good.as_bytes()), ("dox.kml", good.as_bytes())]);
    let names: Vec<usize> =
        (0..twice.len() - 7).filter(|at| &twice[*at..at + 7] == b"dox.kml").collect();
    assert_eq!(names.len(), 2);
    for at in names {
        twice[at + 2] = b'c';
    }
    let (error, _) = refused(&twice);
    assert!(error.contains("2 files, some of them under one name"), "{error}");

    let one = archive(&[("doc.kml", good.as_bytes())]);
    for joined in [[&one[..], &one].concat(), [&one[..], &one[..one.len() - 30]].concat()] {
        let error = refused(&joined).0;
        assert!(error.contains("another archive or other bytes"), "{error}");
    }
    let padded = [&one[..], &[0; 512]].concat();
    assert_eq!(read_kmz(&padded).map(|d| d.features.len()), Ok(1));
}
