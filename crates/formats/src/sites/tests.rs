use std::io::{Cursor, Write as _};

use deconflict_geometry::{
    Band, Circle, Corridor, EdgeRule, Footprint, Height, Limit, Polygon, Reference, Window,
};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Workbook};
use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{write_csv, write_xlsx};
use crate::document::{Document, Feature, Format, ReadError, SourcePlace, Text};
use crate::reading::ReadOptions;
use crate::testing::{assert_same, at, features, height};

/// Reads a list in CSV as it stands.
fn read_csv(bytes: &[u8]) -> Result<Document, Vec<ReadError>> {
    super::read_csv(bytes, &ReadOptions::default())
}

/// Reads a workbook as it stands.
fn read_xlsx(bytes: &[u8]) -> Result<Document, Vec<ReadError>> {
    super::read_xlsx(bytes, &ReadOptions::default())
}

fn sites(csv: &str) -> Vec<Feature> {
    read_csv(csv.as_bytes()).unwrap_or_else(|e| panic!("{e:?}")).features
}

fn only(csv: &str) -> Feature {
    let mut sites = sites(csv);
    assert_eq!(sites.len(), 1, "{csv}");
    sites.remove(0)
}

fn errors(csv: impl AsRef<[u8]>) -> Vec<String> {
    let csv = csv.as_ref();
    let read = read_csv(csv).err();
    let beginning = &csv[..csv.len().min(200)];
    read.unwrap_or_else(|| panic!("read: {}", String::from_utf8_lossy(beginning)))
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn error(csv: impl AsRef<[u8]>) -> String {
    let errors = errors(csv);
    assert_eq!(errors.len(), 1, "{}", errors.join("\n"));
    errors.into_iter().next().unwrap()
}

fn circle(lat: f64, lon: f64, radius_m: f64) -> Footprint {
    Footprint::Circle(Circle::new(at(lat, lon), radius_m).unwrap())
}

#[test]
fn a_list_is_read_with_everything_that_its_columns_say() {
    let csv = "Site ID,Name,name_fr,Type,Latitude,Longitude,Radius (m),Lower,Upper,From,Until,Beds\r\n\
               H-1,Hospital,Hôpital,hospital,33.5,38.6,500,SFC,120 m AGL,2026-05-18T09:30:00Z,2026-05-19T00:00:00+02:00,40\r\n\
               H-2,,,,-1.25,-70.5,1.5,,,,,\r\n";
    let read = sites(csv);
    assert_eq!(read.len(), 2);
    let text = |text: &str, lang: Option<&str>| Text {
        text: text.to_owned(),
        lang: lang.map(str::to_owned),
    };
    assert_eq!(read[0].id, "H-1");
    assert_eq!(read[0].names, [text("Hospital", None), text("Hôpital", Some("fr"))]);
    assert_eq!((read[0].kind.as_str(), read[0].place), ("hospital", SourcePlace::Row(2)));
    assert_eq!(json!(read[0].properties), json!({"Beds": "40"}));
    let volume = &read[0].volumes[0];
    assert_eq!(volume.footprint, circle(33.5, 38.6, 500.0));
    assert_eq!(
        volume.band,
        Band::new(Limit::At(Height::SURFACE), height(120.0, Reference::Agl)).unwrap()
    );
    let hours = 3_600_000_000_000;
    let (from, until) = (volume.window.from().unwrap().0, volume.window.until().unwrap().0);
    assert_eq!(until - from, 12 * hours + hours / 2);
    assert_eq!(read[1].volumes[0].footprint, circle(-1.25, -70.5, 1.5));
    assert_eq!(
        (read[1].volumes[0].band, read[1].volumes[0].window),
        (Band::UNKNOWN, Window::ALWAYS)
    );
}

#[test]
fn positions_are_read_from_any_form_of_column() {
    for csv in [
        "lat,lon,radius\n33.5,38.25,10\n",
        "\u{FEFF}lat,lon,radius\n33.5,38.25,10\n",
        "y\tx\tradius\n33.5\t38.25\t10\n",
        "lat;lon;radius\n33,5;38,25;10,0\n",
        "position,radius\n33°30′N 38°15′E,10 m\n",
        "coordinates,radius\n\"33.5, 38.25\",10\n",
        "lat,lon,radius\n33°30'N,38°15'E,10\n",
        "lat_dms,lon_dms,radius\n\"33 30 00 N\",\"38 15 00 E\",10\n",
        "wkt,radius_m\nPOINT (38.25 33.5),10\n",
        "\n\nlat,lon,radius\n\n33.5,38.25,10\n\n",
        "lat,lon,radius\n#geo+lat,#geo+lon,#meta+radius\n33.5,38.25,10\n",
    ] {
        assert_eq!(only(csv).volumes[0].footprint, circle(33.5, 38.25, 10.0), "{csv}");
    }
}

#[test]
fn a_radius_whose_unit_stands_in_a_column_of_its_own_is_refused() {
    let error = error("id,lat,lon,radius,radius_unit\na,46.5,10.5,5,NM\n");
    assert!(error.contains("column `radius_unit` bears on"), "{error}");
}

#[test]
fn shapes_are_read_from_well_known_text() {
    let square = "POLYGON ((38 33, 39 33, 39 34, 38 34, 38 33))";
    let ring = vec![at(33.0, 38.0), at(33.0, 39.0), at(34.0, 39.0), at(34.0, 38.0)];
    for (edges, rule) in [("", EdgeRule::LonLat), ("great_circle", EdgeRule::GreatCircle)] {
        let feature = only(&format!("wkt,edges\n\"{square}\",{edges}\n"));
        let polygon = Polygon::new(vec![ring.clone()], rule).unwrap();
        assert_eq!(feature.volumes[0].footprint, Footprint::Polygons(vec![polygon]));
    }
    let feature = only("wkt,half_width_m\n\"LINESTRING (38 33, 39 33)\",100\n");
    let corridor =
        Corridor::new(vec![at(33.0, 38.0), at(33.0, 39.0)], 100.0, EdgeRule::LonLat).unwrap();
    assert_eq!(feature.volumes[0].footprint, Footprint::Corridor(corridor));
}

#[test]
fn two_forms_of_a_position_must_agree_within_fifty_metres() {
    let csv = |dms: &str| format!("id,lat,lon,position,radius_m\na,33.5,38.5,{dms},10\n");
    assert_eq!(only(&csv("33°30′01″N 38°30′01″E")).volumes[0].footprint, circle(33.5, 38.5, 10.0));
    only(&csv(""));
    assert_eq!(
        error(csv("33°31′N 38°30′E")),
        "row 2 (a): its positions disagree: `lat/lon` says 33.500000N 38.500000E, `position` says \
         33.516667N 38.500000E, 1849 m apart (at most 50 m are allowed); correct the wrong one"
    );
    let pairs = "lat,lon,lat_dms,lon_dms,radius_m\n33.5,38.5,33 30 00 N,38 40 00 E,10\n";
    assert!(error(pairs).contains("`lat_dms/lon_dms` says 33.500000N 38.666667E"));
    let shape = |lat: &str| {
        format!("lat,lon,wkt\n{lat},38.5,\"POLYGON ((38 33, 39 33, 39 34, 38 34, 38 33))\"\n")
    };
    only(&shape("33.5"));
    assert!(error(shape("35.5")).contains("m from the shape in wkt"));
}

#[test]
fn every_bad_row_is_named_and_no_good_row_hides_it() {
    let csv = "id,lat,lon,radius_m\na,33.5,38.5,10\nb,133.5,38.5,10\nc,33.5,38.5,\n\nd,x,38.5,10\ne,33.5,38.5,10\na,1,1,1\n";
    assert_eq!(
        errors(csv),
        [
            "row 3 (b): latitude 133.5: must be a number from -90 to 90 degrees; latitude and longitude may be swapped",
            "row 4 (c): it has no extent; fill in radius_m (metres), or give all such rows one with --radius",
            "row 6 (d): latitude `x`: `x` does not belong in it; write it like 33.5062 or 33°30′22.3″N",
            "row 8 (a): its identifier is also that of row 2; give each site its own, or number the volumes of one site in a column `volume`",
        ]
    );
}

#[test]
fn bad_cells_are_refused_with_the_remedy() {
    let square = "\"POLYGON ((38 33, 39 33, 39 34, 38 34, 38 33))\"";
    for (csv, expected) in [
        (
            "lat,lon,radius\n33.5,,10\n".to_owned(),
            "only one of `lat` and `lon` is filled in; fill in both",
        ),
        (
            "lat,lon,radius\n,,10\n".to_owned(),
            "it has no position; fill in lat and lon, coordinates or wkt",
        ),
        ("lat,lon,radius\nNaN,1,10\n".to_owned(), "latitude `NaN`: `a` does not belong in it"),
        (
            "lat,lon,radius\n1,1,0\n".to_owned(),
            "circle radius 0 m: must be between 1 and 10,000,000 m",
        ),
        ("lat,lon,radius\n1,1,NaN\n".to_owned(), "radius_m `NaN`: write a number of metres"),
        ("lat,lon,radius\n1,1,2 km\n".to_owned(), "radius_m `2 km`: write a number of metres"),
        (
            "lat,lon,radius\n1,1,\"1,500\"\n".to_owned(),
            "the comma may be decimal or group thousands; write 1500 or 1.5",
        ),
        (
            "lat,lon,radius\n1,1,10,more\n".to_owned(),
            "it has more cells than the header has columns (`more` is beyond them)",
        ),
        (
            "lat,lon,radius,upper\n1,1,10,120\n".to_owned(),
            "upper height `120`: the unit is missing; add ft or m",
        ),
        (
            "lat,lon,radius,upper\n1,1,10,120 m\n".to_owned(),
            "upper height `120 m`: the reference is missing; add AMSL, AGL or W84",
        ),
        (
            "lat,lon,radius,from\n1,1,10,2026-05-18\n".to_owned(),
            "`2026-05-18`: not a time; write it as 2026-05-18T09:30:00Z",
        ),
        (
            "lat,lon,radius,from\n1,1,10,2026-05-18T09:30:00\n".to_owned(),
            "the offset from UTC is missing",
        ),
        (
            "lat,lon,radius,from,until\n1,1,10,2026-05-18T09:30:00Z,2026-05-18T09:00:00Z\n"
                .to_owned(),
            "the window ends before it begins",
        ),
        (
            "lat,lon,radius,part_time\n1,1,10,often\n".to_owned(),
            "part_time `often`: write yes or no",
        ),
        (
            "lat,lon,radius,volume\n1,1,10,2\n".to_owned(),
            "volume 2 must stand right after volume 1 of the same identifier",
        ),
        (
            "lat,lon,radius,name\n1,1,10,\"a\" b\n".to_owned(),
            "a quotation mark stands inside a quoted cell; write it twice",
        ),
        (
            format!("wkt,radius\n{square},10\n"),
            "both a shape and a radius or another width are given; keep one",
        ),
        (
            "wkt\n\"POLYGON ((38 33, 39 34.5, 39.25 33, 38 34, 38 33))\"\n".to_owned(),
            "crosses edge",
        ),
        (
            "wkt\n\"LINESTRING (38 33, 39 34)\"\n".to_owned(),
            "a line has no width; fill in half_width_m",
        ),
        (
            "wkt,radius,half_width_m\nPOINT (38 33),10,10\n".to_owned(),
            "half_width_m belongs to a line in wkt",
        ),
        (
            format!("wkt,edges\n{square},curly\n"),
            "edges `curly`: write great_circle, geodesic or lon_lat",
        ),
        (format!("wkt,residual_m\n{square},-1\n"), "residual_m -1: must be from 0 to 1,000,000 m"),
        ("lat,lon,radius,json:x\n1,1,10,{\n".to_owned(), "`json:x` is not JSON"),
        ("lat,lon,radius,json:z,z\n1,1,10,5,6\n".to_owned(), "`z` is given twice; keep one"),
    ] {
        let error = error(&csv);
        assert!(error.starts_with("row 2") && error.contains(expected), "{error}");
    }
}

#[test]
fn what_is_no_list_is_refused_clearly() {
    for (bytes, expected) in [
        (b"".to_vec(), "the file: it is empty; its first row must name the columns"),
        (b"\n \n".to_vec(), "the file: it is empty"),
        (b"33.5,38.5,10\n".to_vec(), "row 1: no column says where the sites are: add lat and lon"),
        (b"lat,lon\n".to_vec(), "row 1: no column says how far the sites reach: add radius_m"),
        (
            b"lat,lon,radius,name\n1,1,10,H\xF4pital\n".to_vec(),
            "line 2: byte 0xF4 is not UTF-8 (an older Windows encoding, perhaps); save the file as \"CSV UTF-8\"",
        ),
        (b"\xFF\xFEl\0a\0".to_vec(), "the file: the file is UTF-16; save it as \"CSV UTF-8\""),
        (vec![b','; 100_000_000], "row 1: more than 256 columns"),
        (vec![b'x'; 100_000_000], "row 1: longer than 16777216 bytes"),
        (
            [&b"lat,lon,radius\n"[..], &vec![b','; 100_000_000]].concat(),
            "row 2: more than 256 columns",
        ),
    ] {
        assert!(error(&bytes).starts_with(expected), "{}", error(&bytes));
    }
    let long = "lat,lon,radius\n".to_owned() + &"1,1,1\n".repeat(1_000_001);
    assert_eq!(error(long), "row 1000002: more than 1000000 rows; split the list");
}

#[test]
fn times_in_columns_that_say_utc_need_no_offset() {
    let window = |from: &str, until: &str| {
        let window = only(&format!("lat,lon,radius,from_utc,until (UTC)\n1,1,1,{from},{until}\n"))
            .volumes[0]
            .window;
        (window.from().map(|i| i.0 / 1_000_000_000), window.until().map(|i| i.0 / 1_000_000_000))
    };
    let day = 86_400;
    assert_eq!(window("1970-01-02", "1970-01-02"), (Some(day), Some(2 * day)));
    assert_eq!(window("1970-01-02 00:00:01", "1970-01-02T00:02"), (Some(day + 1), Some(day + 120)));
    assert_eq!(window("1970-01-02T02:00:00+02:00", ""), (Some(day), None));
}

#[test]
fn texts_like_formulas_are_written_so_that_no_spreadsheet_runs_them() {
    for text in ["=1+1", "+1", "-1", "@x", "'=1", "''-1", "it's", "'quoted'"] {
        let site = only("lat,lon,radius\n1,1,1\n");
        let names = vec![Text { text: text.to_owned(), lang: None }];
        let document = Document::new(Format::Csv, vec![Feature { names, ..site }]);
        let written = String::from_utf8(write_csv(&document).unwrap()).unwrap();
        for cell in written.split([',', '\r']) {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{written}");
        }
        assert_same(&read_csv(written.as_bytes()).unwrap(), &document);
    }
}

#[test]
fn a_list_that_a_table_cannot_express_is_a_write_error() {
    let site = || only("lat,lon,radius,id\n1,1,1,a\n");
    let error = |feature: Feature| {
        let document = Document::new(Format::Csv, vec![feature]);
        write_csv(&document).unwrap_err().to_string()
    };
    let name = |lang: &str| Text { text: "x".to_owned(), lang: Some(lang.to_owned()) };
    assert_eq!(
        error(Feature { names: vec![name("fr"), name("fr")], ..site() }),
        "a: two values for the column `name_fr` (two names in one language, perhaps); remove one"
    );
    assert_eq!(
        error(Feature { names: vec![name("of old")], ..site() }),
        "a: `of old` is no language tag; correct it"
    );
    assert_eq!(
        error(Feature { volumes: Vec::new(), ..site() }),
        "a: it has no volume, and a site needs a place; remove it"
    );
    let twice = Document::new(Format::Csv, vec![site(), site()]);
    assert_eq!(
        write_csv(&twice).unwrap_err().to_string(),
        "a: its identifier is also that of another feature; give each its own"
    );
    let long = vec![Text { text: "x".repeat(40_000), lang: None }];
    let document = Document::new(Format::Xlsx, vec![Feature { names: long, ..site() }]);
    assert_eq!(
        write_xlsx(&document).unwrap_err().to_string(),
        "a: one of its cells is longer than the 32767 characters that a spreadsheet cell holds; write CSV instead"
    );
}

#[test]
fn texts_that_look_like_escapes_survive_a_workbook() {
    for text in ["_x0041_", "_x000D_", "_x005F_x0041_", "&amp;", "<b>"] {
        let names = vec![Text { text: text.to_owned(), lang: None }];
        let site = only("lat,lon,radius,id\n1,1,1,a\n");
        let document = Document::new(Format::Xlsx, vec![Feature { names, ..site }]);
        assert_same(&read_xlsx(&write_xlsx(&document).unwrap()).unwrap(), &document);
    }
}

#[test]
fn the_smallest_of_numbers_survive() {
    let csv = format!("lat,lon,radius,id,upper\n{},{},1,a,{} m AMSL\n", 5e-324, -1e-300, 1e-9);
    let document = read_csv(csv.as_bytes()).unwrap();
    assert_same(&read_csv(&write_csv(&document).unwrap()).unwrap(), &document);
    let kml = crate::kml::write_kml(&document).unwrap();
    let read = crate::kml::read_kml(&kml, &ReadOptions::default()).unwrap();
    assert_eq!(read.features[0].volumes, document.features[0].volumes);
}

fn workbook(fill: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(&mut workbook);
    workbook.save_to_buffer().unwrap()
}

fn xlsx_error(bytes: &[u8]) -> String {
    read_xlsx(bytes).unwrap_err()[0].to_string()
}

/// A workbook with a list whose second row has `cell` in a column with this header.
fn with_date(header: &str, number: f64) -> Vec<u8> {
    workbook(|w| {
        let date = CellFormat::new().set_num_format("yyyy-mm-dd hh:mm");
        w.add_worksheet().write(0, 0, "Read me").unwrap();
        let sheet = w.add_worksheet();
        for (column, header) in (0..).zip(["lat", "lon", "radius_m", header]) {
            sheet.write(2, column, header).unwrap();
        }
        for column in 0..3 {
            sheet.write(4, column, 1.5).unwrap();
        }
        let date_time = ExcelDateTime::from_serial_datetime(number).unwrap();
        sheet.write_with_format(4, 3, &date_time, &date).unwrap();
    })
}

#[test]
fn a_workbook_is_read_from_the_sheet_that_has_the_sites() {
    let document = read_xlsx(&with_date("until_utc", 25_570.0)).unwrap();
    assert_eq!((document.format, document.features[0].place), (Format::Xlsx, SourcePlace::Row(5)));
    let volume = &document.features[0].volumes[0];
    assert_eq!(volume.footprint, circle(1.5, 1.5, 1.5));
    // 25,570 is 1970-01-02; a date without a time of day ends with the day.
    assert_eq!(volume.window.until().map(|i| i.0), Some(2 * 86_400_000_000_000));
    let document = read_xlsx(&with_date("until_utc", 25_570.25)).unwrap();
    let until = document.features[0].volumes[0].window.until();
    assert_eq!(until.map(|i| i.0), Some(30 * 3_600_000_000_000));
}

#[test]
fn a_date_cell_whose_column_does_not_say_utc_is_refused() {
    assert_eq!(
        xlsx_error(&with_date("until", 25_570.25)),
        "row 5 (feature 1): `until` 1970-01-02T06:00:00.000 is a date cell, which has no time zone; \
         write a text such as 2026-05-18T09:30:00Z, or name the column `until_utc` if it is in UTC"
    );
}

#[test]
fn a_workbook_that_leaves_a_choice_or_has_no_list_is_refused() {
    let two = workbook(|w| {
        for name in ["north", "south"] {
            w.add_worksheet().set_name(name).unwrap().write(0, 0, "lat").unwrap();
        }
    });
    assert_eq!(
        xlsx_error(&two),
        "the file: several sheets look like site lists (north, south); keep one of them in the file"
    );
    let none = workbook(|w| {
        w.add_worksheet().write(0, 0, "hello").unwrap();
    });
    assert!(xlsx_error(&none).starts_with("the file: no sheet has a first row that says where"));
}

#[test]
fn a_cell_at_the_far_corner_of_a_sheet_takes_no_memory() {
    let far = workbook(|w| {
        let sheet = w.add_worksheet();
        for (column, header) in (0..).zip(["lat", "lon", "radius"]) {
            sheet.write(0, column, header).unwrap();
        }
        sheet.write(1_048_575, 16_383, "x").unwrap();
    });
    assert!(xlsx_error(&far).starts_with("row 1048576: more than 256 columns"));
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
fn a_broken_or_oversized_workbook_is_refused_clearly() {
    assert!(xlsx_error(b"").contains("not a readable XLSX workbook"));
    let whole = with_date("from", 1.0);
    assert!(xlsx_error(&whole[..whole.len() / 2]).contains("save or export it again"));
    assert!(xlsx_error(&archive(&[("a.txt", b"x")])).contains("not a readable XLSX workbook"));
    let bomb = archive(&[("xl/a.xml", &vec![b' '; 129 * 1024 * 1024])]);
    assert!(bomb.len() < 1_000_000);
    assert_eq!(
        xlsx_error(&bomb),
        "the file: the workbook unpacks to more than 128 MiB; save the list in a workbook of its own, or as CSV"
    );
}

mod exports;
mod moments;
mod sheets;

proptest! {
    #[test]
    fn what_is_written_to_csv_reads_back_the_same(features in features("[ a-z\n\r\té<&\"'>,;-]{0,6}")) {
        let document = Document::new(Format::Csv, features);
        assert_same(&read_csv(&write_csv(&document).unwrap()).unwrap(), &document);
    }

    #[test]
    fn what_is_written_to_xlsx_reads_back_the_same(features in features("[ a-z\né<&\"'>,;-]{0,6}")) {
        let document = Document::new(Format::Xlsx, features);
        assert_same(&read_xlsx(&write_xlsx(&document).unwrap()).unwrap(), &document);
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = (read_csv(&bytes), read_xlsx(&bytes));
    }

    #[test]
    fn no_text_makes_the_csv_reader_panic(text in "lat,lon,radius,from,wkt,upper\n[-0-9a-zA-Z,\"\n\r().:; ÉZ]{0,80}") {
        let _ = read_csv(text.as_bytes());
    }

    #[test]
    fn no_damage_to_a_workbook_makes_the_reader_panic(
        file in 0..12_usize, place in any::<usize>(), bytes in proptest::collection::vec(any::<u8>(), 0..4), cut in any::<usize>()
    ) {
        let whole = with_date("until_utc", 25_570.25);
        let mut unpacked = unpack(&whole);
        let content = &mut unpacked[file % 9].1;
        let place = place % content.len().max(1);
        let end = (place + bytes.len()).min(content.len());
        content.splice(place.min(end)..end, bytes);
        if cut % 3 == 0 {
            content.truncate(cut % (content.len() + 1));
        }
        let files: Vec<(&str, &[u8])> = unpacked.iter().map(|(n, c)| (n.as_str(), c.as_slice())).collect();
        let _ = read_xlsx(&archive(&files));
    }
}

fn unpack(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|i| {
            let mut entry = archive.by_index(i).unwrap();
            let mut content = Vec::new();
            std::io::copy(&mut entry, &mut content).unwrap();
            (archive_name(&entry), content)
        })
        .collect()
}

fn archive_name<R: std::io::Read>(entry: &zip::read::ZipFile<'_, R>) -> String {
    entry.name().map(|n| n.to_string()).unwrap_or_default()
}
