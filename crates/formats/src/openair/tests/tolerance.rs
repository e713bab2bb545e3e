//! What is passed over and told, what is left out, and what is not.

use deconflict_geometry::{Circle, Relation, Rules, relation};

use super::*;

/// The notes of a text that is read, with how often and where first.
fn notes(text: &str) -> Vec<String> {
    read(text.as_bytes()).unwrap().notes.iter().map(ToString::to_string).collect()
}

#[test]
fn remarks_after_a_semicolon_are_passed_over_on_every_record_and_told_once() {
    let text = "AC R ; class\nAN A ; b\nAL 500 ft AGL ; see AIP\nAH FL 95 ; by day\n\
                V X=46:00:00 N 010:00:00 E ; church\nDC 1 ; about\n";
    let feature = one(text);
    assert_eq!((feature.id.as_str(), feature.kind.as_str()), ("A ; b", "R"));
    assert_eq!(
        notes(text),
        ["remarks after `;` were passed over (5, the first at line 1)"],
        "a name keeps what it holds"
    );
}

#[test]
fn a_remark_that_says_something_of_heights_is_no_remark() {
    for remark in ["; MNM ALT 6000 ft", "* 1500 ft AGL", ";FL 75"] {
        let errors = errors(&block(&format!("AL FL 65 {remark}\nV X=46N 10E\nDC 1")));
        assert!(errors[0].starts_with("line 3 (X): AL FL 65: the remark `"), "{errors:?}");
        assert!(errors[0].contains("something of heights too; leave one"), "{errors:?}");
    }
}

#[test]
fn a_record_without_its_blank_or_with_a_place_in_its_remark_is_refused() {
    for (lines, expected) in [
        ("DP50:00:00 N 001:00:00 W", "record DP50:00:00: no outline record has this name"),
        ("VX=50:00:00 N 001:00:00 W", "record VX=50:00:00: no outline record has this name"),
        ("AL3000 ft", "record AL3000: put a blank after its first two letters"),
        ("AH=FL95", "record AH=FL95: put a blank after its first two letters"),
        ("XP 50:00:00 N 001:00:00 W", "record XP: no record of OpenAir by that name says a place"),
        ("LA 3000 ft", "record LA: no record of OpenAir by that name says a place"),
        ("Active Mon-Fri 08:00-16:00", "record ACTIVE: no record of OpenAir by that name"),
        ("AA:NONE", "record AA:NONE: put a blank after its first two letters"),
        (
            "DP 50:00:00 N 001:00:00 W; DP 51:00:00 N 001:00:00 W",
            "the remark `; DP 51:00:00 N 001:00:00 W` says something of places too",
        ),
    ] {
        let errors = errors(&block(lines));
        assert!(
            errors[0].starts_with("line 3 (X): ") && errors[0].contains(expected),
            "{errors:?}"
        );
    }
    assert_eq!(
        notes(&block(&format!("AQ 1\n# x\n; y\n{SQUARE}"))),
        [
            "records of kinds that OpenAir does not have were passed over (2, the first at line 3)",
            "remarks after `;` were passed over (line 5)"
        ]
    );
}

#[test]
fn a_class_that_only_sets_pens_declares_nothing_and_one_that_names_something_does() {
    let style = "AC Q\nSP 0,2,127,0,127\nSB -1,-1,-1\n";
    let text = format!("{style}AC D\n{SQUARE}\n{style}");
    assert_eq!(read(text.as_bytes()).unwrap().features.len(), 1);
    assert_eq!(
        notes(&text),
        [
            "records AC without a name, a height or an outline, which only set pens and colours, were \
          passed over (2, the first at line 1)"
        ]
    );
    for says in ["AN Q", "AL SFC", "AH FL 95", "AA NONE", "AY TRA", "V D=+"] {
        let errors = errors(&format!("{style}{says}\n"));
        assert!(errors[0].contains("no outline: add DP"), "{says}: {errors:?}");
    }
}

#[test]
fn an_arc_of_no_length_among_points_is_its_point_and_alone_a_circle() {
    let points = "DP 50:10:00 N 001:00:00 W\nDP 50:10:00 N 000:40:00 W\n";
    let arc = "V X=50:03:00 N 000:50:00 W\nDB 50:00:00 N 001:00:00 W, 50:00:00 N 001:00:00 W\n";
    let without = block(&format!("DP 50:00:00 N 001:00:00 W\n{points}"));
    for lines in [format!("{arc}{points}"), format!("{points}{arc}")] {
        let feature = one(&block(&lines));
        let (here, there) = (shell(&feature.volumes[0]), shell(&one(&without).volumes[0]));
        let mut here: Vec<String> = here.iter().map(ToString::to_string).collect();
        let mut there: Vec<String> = there.iter().map(ToString::to_string).collect();
        here.sort();
        there.sort();
        here.dedup();
        there.dedup();
        assert_eq!(here, there, "{lines}");
        assert!(notes(&block(&lines))[0].starts_with("arcs among points whose two ends are"));
    }
    assert!(matches!(one(&block(arc)).volumes[0].footprint, Footprint::Circle(_)));
    let turn = format!("{points}V X=50:03:00 N 000:50:00 W\nDA 3, 0, 360");
    assert!(errors(&block(&turn))[0].contains("an arc that goes once round stands among points"));
}

#[test]
fn letters_of_windows_1252_are_read_in_names_and_comments_and_told() {
    let text = b"* L\xE4rm\nAC R\nAN ED-R 1 M\xFCnchen \x96 S\xFCd\nAL SFC\nAH 900 ft\nV X=46N 10E\nDC 1\n";
    let document = read(text).unwrap();
    assert_eq!(document.features[0].names[0].text, "ED-R 1 München – Süd");
    assert_eq!((document.notes[0].count, document.notes[0].first), (2, SourcePlace::Line(1)));
    // What is no letter of a name stays no height.
    let error = read(b"AC R\nAN A\nAH 900 \xE4\nV X=46N 10E\nDC 1\n").unwrap_err();
    assert!(error[0].to_string().starts_with("line 3 (A): height `900 ä`"), "{error:?}");
    let error = read(b"\xFF\xFEA\0C\0").unwrap_err();
    assert!(error[0].to_string().contains("UTF-16"), "{error:?}");
}

#[test]
fn open_on_both_sides_is_no_more_certain_than_none() {
    let window =
        |times: &str| one(&block(&format!("AA {times}\nV X=46N 10E\nDC 1"))).volumes[0].window;
    assert!(window("NONE").is_part_time());
    assert_eq!(window("NONE/NONE"), window("NONE"));
    assert!(!window("2031-03-07T00:00Z/NONE").is_part_time());
    assert!(errors(&block("AA NONE/NONE/NONE"))[0].contains("line 3 (X)"));
}

#[test]
fn what_is_mistaken_is_left_out_with_what_it_cannot_reach_beyond() {
    let options = ReadOptions { leave_out_mistaken: true, ..ReadOptions::default() };
    let good = format!("AC D\nAN good\n{SQUARE}\n");
    let text = format!(
        "{good}AC D\nAN height\nAL 65 high\nAH x\nV X=46N 10E\nDC 1\nAC D\nAN place\nDP 46N 10E\n\
         DP nowhere\nAC D\nAN crossed\nDP 50:00:00 N 001:00:00 W\nDP 51:00:00 N 000:00:00 E\n\
         DP 50:00:00 N 000:00:00 E\nDP 51:30:00 N 001:30:00 W\n{good}"
    );
    let document = crate::openair::read(text.as_bytes(), &options).unwrap();
    assert_eq!((document.features.len(), document.features[0].volumes.len()), (1, 2));
    let [height, place, crossed] = &document.omissions[..] else { panic!("{document:?}") };
    assert_eq!((height.id.as_deref(), height.mistakes.len()), (Some("height"), 2));
    let hull = |omission: &crate::Omission| omission.hull.clone().map(|volume| volume.footprint);
    let Some(Footprint::Circle(circle)) = hull(height) else { panic!("{height:?}") };
    assert_eq!(circle.radius_m(), 1852.0);
    assert_eq!(hull(place), None);
    let Some(Footprint::Circle(circle)) = hull(crossed) else { panic!("{crossed:?}") };
    for (lat, lon) in [(50.0, -1.0), (51.0, 0.0), (50.0, 0.0), (51.5, -1.5)] {
        let corner = Position::new(lat, lon).unwrap();
        assert!(distance_and_azimuth(circle.center(), corner).0 < circle.radius_m(), "{corner}");
    }
    assert!(!document.is_whole());
    // What is wrong with the file as a whole leaves nothing to go on with.
    assert!(crate::openair::read(b"name,lat\n", &options).is_err());
}

#[test]
fn what_older_programs_said_of_the_display_is_passed_over() {
    let text = block(&format!("V T=1\nV T=1\n{SQUARE}"));
    assert_eq!(
        notes(&text),
        [
            "records `V T=`, which older programs took for the display, were passed over (2, the first \
          at line 3)"
        ]
    );
}

/// Text of every kind of record, accepted as it stands.
const WHOLE: &str = "AC D\nAY CTR\nAN Whole\nAI W1\nAF 118.5\nAL 1000 ft AGL\nAH FL 95\n\
    AA 2031-03-07T08:00Z/2031-03-07T16:00Z\nV D=-\nV X=50:00:00 N 001:00:00 W\n\
    DB 50:10:00 N 001:00:00 W, 50:00:00 N 001:15:40 W\nDA 10,270,180\n\
    DP 49:50:00 N 000:40:00 W\nDP 50:10:00 N 000:40:00 W\n";

#[test]
fn no_damage_to_a_record_is_lost_in_silence() {
    let whole = read(WHOLE.as_bytes()).unwrap();
    let lines: Vec<&str> = WHOLE.lines().collect();
    let (mut told, mut refused) = (0, 0);
    for (index, line) in lines.iter().enumerate() {
        let (key, value) = line.split_once(' ').unwrap();
        let second = &key[key.len().min(1)..];
        let damaged = [
            line.replacen(' ', "", 1),
            line.replacen(' ', ":", 1),
            format!("Q{second} {value}"),
            format!("{}Q {value}", &key[..1]),
            format!("{key}{key} {value}"),
            format!("{value} {key}"),
            format!("X {line}"),
            format!("{line} ; {line}"),
            format!("{line} * {line}"),
        ];
        for damage in damaged {
            let mut lines = lines.clone();
            lines[index] = &damage;
            match read(lines.join("\n").as_bytes()) {
                Err(_) => refused += 1,
                Ok(document) if !document.notes.is_empty() => told += 1,
                // A class, a name or a note of the display is lost, or nothing is.
                Ok(document) => assert_eq!(
                    (&document.features[0].volumes, document.features.len()),
                    (&whole.features[0].volumes, 1),
                    "{damage}"
                ),
            }
        }
    }
    assert!(told > 10 && refused > 50, "{told} told, {refused} refused");
}

#[test]
fn an_arc_whose_ends_lie_at_two_distances_is_in_doubt_by_the_difference_and_told() {
    let lines = "V X=50:00:00 N 001:00:00 W\nDB 50:10:00 N 001:00:00 W, 50:00:00 N 000:40:00 W\n\
                 DP 50:00:00 N 001:00:00 W";
    let told = notes(&block(lines));
    for words in [
        "an arc whose points are 18538 m and 23899 m from its centre",
        "all that lies within 536",
        "m of the outline is possible; check the three positions (line 4)",
    ] {
        assert!(told[0].contains(words), "{told:?}");
    }
    let volume = &one(&block(lines)).volumes[0];
    let meets = |lat: f64, lon: f64| {
        let place = Circle::new(Position::new(lat, lon).unwrap(), 10.0).unwrap();
        let probe = Volume { footprint: Footprint::Circle(place), ..volume.clone() };
        relation(volume, &probe, &Rules::default()).relation
    };
    // North-east of the centre, on the arc of either distance; then beyond both.
    let (by_the_first, by_the_last) = (meets(50.117, -0.817), meets(50.151, -0.764));
    assert_eq!((by_the_first, by_the_last), (Relation::Possible, Relation::Possible));
    assert_eq!(meets(50.25, -0.6), Relation::Apart);
    // What rounding makes differ is not told.
    let near = lines.replace("000:40:00", "000:44:30");
    assert_eq!(notes(&block(&near)), [""; 0]);
}

#[test]
fn an_unknown_record_that_looks_like_a_position_leaves_the_outline_open() {
    let options = ReadOptions { leave_out_mistaken: true, ..ReadOptions::default() };
    for record in [
        "PD 48.0 N 10.16 E",
        "PD N48.0 E10.16",
        "PD 48.0N,10.16E",
        "pd 48 n 10 e",
        "48.0 N 10.16 E",
        "N48.0 E10.16",
        "48:00:00 N 010:10:00 E",
        "PD 48.0 10.16",
        "PD 48.0, 10.16",
        "PD 48°00'N 010°10'E",
        "PD 480000N 0101000E",
        "48.0 10.16",
        "48.0,10.16",
    ] {
        let text = block(&format!("AL SFC\nAH FL 95\n{SQUARE}\n{record}"));
        let errors = errors(&text);
        assert!(errors[0].contains("no record of OpenAir by that name says a place"), "{errors:?}");
        // Where the point lies nobody knows.
        let document = crate::openair::read(text.as_bytes(), &options).unwrap();
        assert!(document.omissions[0].hull.is_none(), "{record}");
    }
    for record in ["# a", "AQ 1", "SP 0,1,0,0,255", "XX Sector N 2", "AT 48.0 N 10.16 E", "XX 1, 2"]
    {
        let document = read(block(&format!("{record}\n{SQUARE}")).as_bytes());
        assert!(document.is_ok(), "{record}: {document:?}");
    }
}

#[test]
fn what_is_left_out_may_reach_as_far_as_its_boundary_is_in_doubt() {
    let options = ReadOptions { leave_out_mistaken: true, ..ReadOptions::default() };
    let hull = |lines: &str| {
        let text = block(&format!("AH high\n{lines}"));
        let document = crate::openair::read(text.as_bytes(), &options).unwrap();
        document.omissions[0].hull.clone().unwrap()
    };
    let residual = |volume: &Volume| match &volume.footprint {
        Footprint::Polygons(polygons) => polygons[0].residual_m(),
        other => panic!("{other:?}"),
    };
    assert_eq!(residual(&hull(&format!("*RESIDUAL_M: 700\n{SQUARE}"))), 700.0);
    let crossed = "DP 50:00:00 N 001:00:00 W\nDP 51:00:00 N 000:00:00 E\nDP 50:00:00 N 000:00:00 E\n\
                   DP 51:30:00 N 001:30:00 W";
    let radius = |volume: Volume| match volume.footprint {
        Footprint::Circle(circle) => circle.radius_m(),
        other => panic!("{other:?}"),
    };
    let (plain, wide) = (hull(crossed), hull(&format!("*RESIDUAL_M: 700\n{crossed}")));
    assert!((radius(wide) - radius(plain) - 700.0).abs() < 1e-6);
}

#[test]
fn an_outline_of_two_points_is_a_line_in_doubt_and_stays_one_in_every_format() {
    let cable =
        block("AL 4491 ft\nAH 5013 ft\nDP 47:16:48 N 009:28:51 E\nDP 47:16:44 N 009:29:03 E");
    let document = crate::read("x.openair", cable.as_bytes()).unwrap();
    assert_eq!(
        document.notes[0].to_string(),
        "outlines that enclose nothing were read as lines: points may be missing, and all that lies \
         within half of the longest edge is possible (line 1)"
    );
    for format in
        [Format::OpenAir, Format::GeoJson, Format::Ed269, Format::Kml, Format::Csv, Format::Xlsx]
    {
        let bytes = crate::write(&document, format).unwrap();
        let again = crate::read(&format!("x.{}", format.extension()), &bytes);
        let again = again.unwrap_or_else(|e| panic!("{format:?}: {e:?}"));
        assert_eq!(again.notes.len(), 1, "{format:?}: {:?}", again.notes);
        let Footprint::Polygons(polygons) = &again.features[0].volumes[0].footprint else {
            panic!("{format:?}")
        };
        assert!(polygons[0].is_flat(), "{format:?}");
        let found = relation(
            &again.features[0].volumes[0],
            &document.features[0].volumes[0],
            &Rules::default(),
        );
        assert_eq!(found.relation, Relation::Possible, "{format:?}");
    }
    assert!(errors(&block("DP 47:16:48 N 009:28:51 E"))[0].contains("encloses no area"));
}
