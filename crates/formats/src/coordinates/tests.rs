use super::*;
use proptest::prelude::*;

#[test]
fn positions_are_read_in_all_usual_spellings() {
    let (lat, lon) = (33.0 + 30.0 / 60.0 + 22.5 / 3600.0, 38.0 + 37.0 / 60.0);
    for text in [
        "33.50625, 38.616666666666667",
        "33.50625,38.616666666666667",
        "33.50625 38.616666666666667",
        "33.50625; 38.616666666666667",
        "33,50625; 38,616666666666667",
        "33,50625 38,616666666666667",
        "33,50625, 38,616666666666667",
        "(33.50625, 38.616666666666667)",
        "+33.50625 +38.616666666666667",
        "33.50625° 38.616666666666667°",
        "33.50625°N, 38.616666666666667°E",
        "33.50625N 38.616666666666667E",
        "38.616666666666667 E, 33.50625 N",
        "N33.50625 E38.616666666666667",
        "33°30'22.5\"N 38°37'00\"E",
        "33°30′22.5″N 38°37′00″E",
        "33°30’22.5”N, 38°37’00”E",
        "33° 30' 22.5'' N / 38° 37' 0'' E",
        "33°30′22,5″N 38°37′00″E",
        "N33°30′22.5″ E038°37′00″",
        "N 33 30 22.5 E 038 37 00",
        "33 30 22.5 N 038 37 00 E",
        "33 30 22.5 38 37 00",
        "33 30 22.5, 38 37 00",
        "33 30 22,5 38 37 00",
        "33:30:22.5 N 038:37:00 E",
        "33:30:22.5N038:37:00E",
        "33-30-22.5N 038-37-00E",
        "333022.5N 0383700E",
        "333022.5N0383700E",
        "N333022.5 E0383700",
        "33°30.375'N 38°37.0'E",
        "33 30.375N 38 37E",
        "33° 30.375′, 38° 37′",
        "3330.375N 03837E",
        "33 deg 30 min 22.5 sec North, 38 deg 37 min East",
        "33d30m22.5sec n 38d37m e",
        "33º30′22.5″ 38º37′",
    ] {
        let p = parse_position(text).unwrap_or_else(|e| panic!("{e}"));
        assert!((p.lat_deg() - lat).abs() < 1e-9, "{text}: {p}");
        assert!((p.lon_deg() - lon).abs() < 1e-9, "{text}: {p}");
    }
}

#[test]
fn south_and_west_are_negative_whichever_way_they_are_written() {
    for text in [
        "-0.5, -70.25",
        "\u{2212}0.5 \u{2212}70.25",
        "0°30′S 70°15′W",
        "S0 30 W070 15",
        "-0 30 0 -70 15 0",
        "-0°30′ -70°15′",
        "003000S 0701500W",
        "70.25W 0.5S",
    ] {
        assert_eq!(parse_position(text), Ok(Position::new(-0.5, -70.25).unwrap()), "{text}");
    }
}

#[test]
fn a_text_that_is_no_position_is_refused_with_what_is_wrong() {
    for (text, expected) in [
        ("", "not a latitude and a longitude"),
        ("here", "does not belong in it"),
        ("33.5", "not a latitude and a longitude"),
        ("33.5, 38.6, 120", "more than two parts"),
        ("1 2 3", "not a latitude and a longitude"),
        ("33.5N 38.6", "only one of the two has a letter"),
        ("33.5N, 38.6", "only one of the two has a letter"),
        ("33.5N 38.6N", "same axis"),
        ("-33.5S 38.6E", "both a sign and a letter"),
        ("33°60′N 38°E", "must be below 60"),
        ("33.5°30′N 38°E", "not the last part"),
        ("33′30°N 38°E", "mixed up"),
        ("33°30′10′N 38°E", "mixed up"),
        ("33.5 E 38.6 O", "O is west in some languages"),
        ("NaN, NaN", "does not belong in it"),
        ("inf, 0", "does not belong in it"),
        ("1e1, 2", "not a latitude and a longitude"),
        ("48,51,2,29", "more than two parts"),
        ("12 30,5,14 30,5", "more than two parts"),
        ("48,51 30", "not written alike"),
        (". , .", "not a number"),
        ("33-38", "does not belong in it"),
    ] {
        let error = parse_position(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
        assert!(error.contains("write it like 33.5062, 38.6166"), "{text}: {error}");
    }
}

#[test]
fn decimal_commas_are_understood_beside_minutes_and_letters() {
    let expected = Position::new(12.0 + 30.5 / 60.0, 14.0 + 30.25 / 60.0);
    assert_eq!(parse_position("12 30,5 14 30,25"), Ok(expected.unwrap()));
    assert_eq!(parse_position("12,5N 30,5E"), Ok(Position::new(12.5, 30.5).unwrap()));
}

#[test]
fn a_latitude_over_ninety_degrees_gives_the_hint_that_the_two_may_be_swapped() {
    let error = parse_position("138.6, 33.5").unwrap_err();
    assert_eq!(
        error,
        "latitude 138.6: must be a number from -90 to 90 degrees; \
         latitude and longitude may be swapped"
    );
    assert!(parse_position("138.6, 133.5").unwrap_err().ends_with("degrees; correct it"));
    assert!(parse_position("33.5, 181").unwrap_err().starts_with("longitude 181: must be"));
}

#[test]
fn grid_references_are_refused_by_name() {
    for text in ["37SDT1234567890", "37S DT 12345 67890", "4QFJ12345678", "37S 648000 3708000"] {
        assert!(parse_position(text).unwrap_err().contains("MGRS or UTM"), "{text}");
    }
}

#[test]
fn single_angles_take_decimal_commas_and_letters_of_their_own_axis() {
    assert_eq!(parse_latitude("33,5"), Ok(33.5));
    assert_eq!(parse_latitude(" 33°30′S "), Ok(-33.5));
    assert_eq!(parse_longitude("0383000W"), Ok(-38.5));
    assert_eq!(parse_longitude("-38.5"), Ok(-38.5));
    let error = parse_latitude("38.5 E").unwrap_err();
    assert_eq!(
        error,
        "latitude `38.5 E`: the letter is of the other axis; write it like 33.5062 or 33°30′22.3″N"
    );
    assert!(parse_longitude("").unwrap_err().contains("it needs degrees"));
}

#[test]
fn a_text_far_longer_than_any_position_is_refused() {
    let error = parse_position(&"1".repeat(1_000_000)).unwrap_err();
    assert!(error.contains("is too long") && error.len() < 200, "{error}");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[-+0-9.,;:/°′″'\"NSEWnsewOdm() −½é]{0,24}") {
        let _ = parse_position(&text);
        let _ = parse_latitude(&text);
    }

    #[test]
    fn decimal_degrees_read_back_exactly(lat in -90.0..=90.0_f64, lon in -180.0..=180.0_f64) {
        let expected = Position::new(lat, lon).unwrap();
        prop_assert_eq!(parse_position(&format!("{lat}, {lon}")), Ok(expected));
        prop_assert_eq!(parse_latitude(&lat.to_string()), Ok(lat));
    }

    #[test]
    fn degrees_minutes_and_seconds_read_as_what_they_say(
        (d, m, s) in (0_u32..90, 0_u32..60, 0_u32..60), (e, n, t) in (0_u32..180, 0_u32..60, 0_u32..60)
    ) {
        let degrees = |d, m, s| f64::from(d) + f64::from(m) / 60.0 + f64::from(s) / 3600.0;
        let expected = Position::new(degrees(d, m, s), -degrees(e, n, t)).unwrap();
        for text in [
            format!("{d}°{m}′{s}″N {e}°{n}′{t}″W"),
            format!("{d} {m} {s} N, {e} {n} {t} W"),
            format!("{d:02}{m:02}{s:02}N{e:03}{n:02}{t:02}W"),
            format!("{d:02}:{m:02}:{s:02}N {e:03}:{n:02}:{t:02}W"),
        ] {
            prop_assert_eq!(parse_position(&text), Ok(expected), "{}", text);
        }
    }
}
