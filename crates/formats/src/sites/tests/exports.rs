//! Tables as mapping programs, forms and people export them.

use super::*;

fn notes(csv: &str) -> Vec<String> {
    let document = read_csv(csv.as_bytes()).unwrap_or_else(|e| panic!("{e:?}"));
    document.notes.iter().map(|note| format!("{note}")).collect()
}

#[test]
fn metres_in_x_and_y_are_passed_over_where_the_position_stands_in_other_columns() {
    let header = "X,Y,NAME,LATITUDE,LONGITUDE,radius_m\n";
    let metres =
        format!("{header}-13386168.77,4369640.511,A,36.5,-120.25,500\n-13386168.77,1,B,1,2,9\n");
    assert_eq!(sites(&metres)[0].volumes[0].footprint, circle(36.5, -120.25, 500.0));
    let told = notes(&metres);
    assert!(told[0].starts_with("`X` and `Y` hold no degrees"), "{told:?}");
    assert!(told[0].ends_with("(2, the first at row 2)"), "{told:?}");
    let degrees = format!("{header}-120.25,36.5,A,36.5,-120.25,500\n");
    assert_eq!(notes(&degrees), [""; 0]);
    let apart = format!("{header}-121.25,36.5,A,36.5,-120.25,500\n");
    assert!(error(&apart).contains("its positions disagree: `Y/X` says"), "{}", error(&apart));
    let alone = "X,Y,radius_m\n-13386168.77,4369640.511,500\n";
    assert!(error(alone).contains("perhaps metres of a projection"), "{}", error(alone));
}

#[test]
fn the_question_before_latitude_does_not_hide_it() {
    let csv = "Name,Facility Location / latitude,Facility Location / longitude,radius_m\nA,16.02,-16.49,9\n";
    assert_eq!(only(csv).volumes[0].footprint, circle(16.02, -16.49, 9.0));
    let options = ReadOptions { row_radius_m: Some(300.0), ..ReadOptions::default() };
    let bare = "Name,_gps_latitude,_gps_longitude,_gps_precision\nA,16.02,-16.49,4\n";
    let document = super::super::read_csv(bare.as_bytes(), &options).unwrap();
    assert_eq!(document.features[0].volumes[0].footprint, circle(16.02, -16.49, 300.0));
}

#[test]
fn columns_that_may_bear_on_something_are_told_once() {
    let csv = "name,lat,lon,radius_m,Opening hours,max lat,beds\nA,1,1,9,8-17,2,4\nB,1,2,9,,2,5\n";
    assert_eq!(
        notes(csv),
        [
            "the column `Opening hours` was not read; it may bear on the time (row 1)",
            "the column `max lat` was not read; it may bear on the place (row 1)",
        ]
    );
}

#[test]
fn the_first_hundred_mistakes_are_spelled_out_and_the_rest_counted() {
    let csv = format!("lat,lon,radius_m\n{}", "1000000,2000000,9\n".repeat(150));
    let errors = errors(csv);
    assert_eq!(errors.len(), 101);
    assert!(errors[99].starts_with("row 101"), "{}", errors[99]);
    assert!(errors[100].contains("50 more mistakes"), "{}", errors[100]);
}

#[test]
fn a_row_that_is_left_out_for_its_height_cannot_reach_beyond_its_circle() {
    let options = ReadOptions { leave_out_mistaken: true, ..ReadOptions::default() };
    let csv = "id,lat,lon,radius_m,upper\na,1,1,9,high\nb,1,x,9,9 m AGL\nc,2,2,9,9 m AGL\n";
    let document = super::super::read_csv(csv.as_bytes(), &options).unwrap();
    assert_eq!(document.features.len(), 1);
    let hulls: Vec<bool> = document.omissions.iter().map(|o| o.hull.is_some()).collect();
    assert_eq!(hulls, [true, false]);
}

#[test]
fn a_size_in_another_unit_is_read_by_its_header_and_no_option_takes_its_place() {
    let options = ReadOptions { row_radius_m: Some(300.0), ..ReadOptions::default() };
    let read = |csv: &str| super::super::read_csv(csv.as_bytes(), &options);
    let csv = "name,lat,lon,Radius (km),diameter_nm\nA,1,2,5,\nB,1,3,,2\nC,1,4,,\n";
    let document = read(csv).unwrap();
    let footprints: Vec<&Footprint> =
        document.features.iter().map(|f| &f.volumes[0].footprint).collect();
    assert_eq!(
        footprints,
        [&circle(1.0, 2.0, 5000.0), &circle(1.0, 3.0, 1852.0), &circle(1.0, 4.0, 300.0)]
    );
    assert!(document.features.iter().all(|feature| feature.properties.is_empty()));
    let notes: Vec<String> = document.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes, ["rows without a radius were read as circles of 300 m (--radius) (row 4)"]);
    for (csv, expected) in [
        ("lat,lon,radius_m,radius_km\n1,2,500,5\n", "radius_km says 5000 m; keep one"),
        ("lat,lon,buffer_km\n1,2,wide\n", "buffer_km `wide`: write a number"),
        ("lat;lon;radius_km\n1;2;1.500\n", "radius_km `1.500`: the point may be decimal"),
    ] {
        let error = read(csv).unwrap_err()[0].to_string();
        assert!(error.contains(expected), "{error}");
    }
    let drawn = "wkt,buffer_km\n\"POLYGON ((38 33, 39 33, 39 34, 38 33))\",5\n";
    assert_eq!(
        notes_of(&read(drawn).unwrap()),
        ["the column `buffer_km` was not read; it may bear on the place (row 2)"]
    );
    let line = "wkt,buffer_km\n\"LINESTRING (38 33, 39 33)\",5\n";
    let Footprint::Corridor(corridor) = &only(line).volumes[0].footprint else { panic!() };
    assert_eq!(corridor.half_width_m(), 5000.0);
}

fn notes_of(document: &Document) -> Vec<String> {
    document.notes.iter().map(ToString::to_string).collect()
}

#[test]
fn a_point_that_may_group_thousands_is_refused_where_commas_may_be_decimal() {
    for csv in [
        "lat;lon;radius_m\n1;2;1.500\n",
        "lat\tlon\tradius_m\n1\t2\t12.345 m\n",
        "lat,lon,radius_m\n\"33,5062\",\"38,6166\",1.500\n",
        "coordinates,radius_m\n\"33,5062; 38,6166\",1.500\n",
    ] {
        let error = error(csv);
        assert!(
            error.contains("the point may be decimal or group thousands; write 1500"),
            "{error}"
        );
    }
    for (csv, radius_m) in [
        ("lat;lon;radius_m\n1;2;1500\n", 1500.0),
        ("lat;lon;radius_m\n1;2;1,5\n", 1.5),
        ("lat;lon;radius_m\n1;2;1.5000\n", 1.5),
        ("lat,lon,radius_m\n1,2,12.345\n", 12.345),
    ] {
        assert_eq!(only(csv).volumes[0].footprint, circle(1.0, 2.0, radius_m), "{csv}");
    }
}

/// A workbook with one site whose radius is a number under a number format.
fn with_radius(header: &str, number: f64, format: &str) -> Vec<u8> {
    workbook(|w| {
        let format = CellFormat::new().set_num_format(format);
        let sheet = w.add_worksheet();
        for (column, header) in (0..).zip(["lat", "lon", header]) {
            sheet.write(0, column, header).unwrap();
        }
        sheet.write(1, 0, 1.5).unwrap();
        sheet.write(1, 1, 2.5).unwrap();
        sheet.write_with_format(1, 2, number, &format).unwrap();
    })
}

#[test]
fn a_number_that_its_cell_shows_in_another_unit_is_refused_with_its_format() {
    for (format, shown) in
        [("0 \"km\"", "0 \"km\""), ("#,##0\\ \"NM\"", "NM"), ("0%", "0%"), ("0.0,", "0.0,")]
    {
        let error = xlsx_error(&with_radius("radius_m", 5.0, format));
        assert!(error.contains("`radius_m` holds 5 in a cell of the format"), "{error}");
        assert!(error.contains(shown) && error.contains("format it as a plain number"), "{error}");
    }
    assert!(xlsx_error(&with_radius("radius_km", 5000.0, "0 \"m\"")).contains("holds 5000"));
    for (header, number, format, radius_m) in [
        ("radius_m", 5.0, "0 \"m\"", 5.0),
        ("radius_m", 1500.0, "#,##0.00", 1500.0),
        ("radius_m", 12.345, "General", 12.345),
        ("radius_km", 5.0, "0 \"km\"", 5000.0),
    ] {
        let document = read_xlsx(&with_radius(header, number, format)).unwrap();
        let footprint = &document.features[0].volumes[0].footprint;
        assert_eq!(*footprint, circle(1.5, 2.5, radius_m), "{header} {format}");
    }
    // A property is kept as it is stored.
    let lists = workbook(|w| {
        let sheet = w.add_worksheet();
        let format = CellFormat::new().set_num_format("0 \"beds\"");
        for (column, header) in (0..).zip(["lat", "lon", "radius_m", "beds"]) {
            sheet.write(0, column, header).unwrap();
            sheet.write(1, column, 1.5).unwrap();
        }
        sheet.write_with_format(1, 3, 40.0, &format).unwrap();
    });
    let document = read_xlsx(&lists).unwrap();
    assert_eq!(document.features[0].properties.get("beds"), Some(&json!("40")));
}
