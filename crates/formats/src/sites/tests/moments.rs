//! Every built-in time format of a workbook in every kind of column.

use rust_xlsxwriter::Format as CellFormat;

use super::super::columns::{Role, role};
use super::*;

/// The numbers of the built-in formats that show a date, a time of day or a duration (ECMA-376-1,
/// section 18.8.30); those from 27 to 36 and from 50 to 58 in the languages of East Asia.
fn time_formats() -> impl Iterator<Item = u8> {
    (14..=22).chain(27..=36).chain(45..=47).chain(50..=58)
}

/// A header of every role.
const HEADERS: [&str; 21] = [
    "id",
    "volume",
    "volume_kind",
    "name",
    "name_fr",
    "kind",
    "lat",
    "lon",
    "coordinates",
    "wkt",
    "radius_m",
    "half_width_m",
    "edges",
    "residual_m",
    "lower",
    "upper",
    "from_utc",
    "until_utc",
    "from",
    "part_time",
    "inspected",
];

/// A site whose cell under `header` has a number in a built-in format.
fn with_cell(header: &str, number: f64, format: u8) -> Vec<u8> {
    workbook(|w| {
        let sheet = w.add_worksheet();
        let mut cells: Vec<(&str, f64)> = vec![("lat", 1.5), ("lon", 1.5), ("radius_m", 1.5)];
        cells.retain(|(other, _)| *other != header);
        for (column, (header, number)) in (0..).zip(&cells) {
            sheet.write(0, column, *header).unwrap();
            sheet.write(1, column, *number).unwrap();
        }
        let format = CellFormat::new().set_num_format_index(format);
        sheet.write(0, 5, header).unwrap();
        sheet.write_with_format(1, 5, number, &format).unwrap();
    })
}

#[test]
fn every_role_has_a_header_here() {
    let seen = |wanted: fn(&Role) -> bool| HEADERS.iter().any(|header| wanted(&role(header)));
    // Whoever adds a role sees here that it belongs into the list.
    let number = |role: Role| match role {
        Role::Id => 0,
        Role::Volume => 1,
        Role::VolumeKind => 2,
        Role::Name(_) => 3,
        Role::Kind => 4,
        Role::Latitude => 5,
        Role::Longitude => 6,
        Role::Coordinates => 7,
        Role::Wkt => 8,
        Role::Radius => 9,
        Role::HalfWidth => 10,
        Role::Edges => 11,
        Role::Residual => 12,
        Role::Lower => 13,
        Role::Upper => 14,
        Role::From { .. } => 15,
        Role::Until { .. } => 16,
        Role::PartTime => 17,
        Role::Property => 18,
    };
    let mut numbers: Vec<i32> = HEADERS.iter().map(|header| number(role(header))).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers, (0..19).collect::<Vec<_>>());
    assert!(seen(|role| *role == Role::From { utc: true }));
    assert!(seen(|role| *role == Role::From { utc: false }));
}

#[test]
fn a_time_cell_is_taken_by_no_column_but_those_of_times_and_plain_properties() {
    // 27:15:40 of degrees, a time of day, and a day with a time.
    for number in [1.135_879_629_629_63, 0.5, 46_160.5] {
        for format in time_formats() {
            for header in HEADERS {
                let read = read_xlsx(&with_cell(header, number, format));
                match role(header) {
                    Role::Property => {
                        let text = read.unwrap().features[0].properties[header].clone();
                        assert!(text.as_str().unwrap().contains(':'), "{format}: {text}");
                    }
                    Role::From { utc: true } | Role::Until { utc: true } => {
                        // Only 22 shows year, month, day and time.
                        let taken = format == 22 && number > 61.0;
                        assert_eq!(read.is_ok(), taken, "{header} {format} {number}");
                    }
                    Role::From { .. } | Role::Until { .. } => {
                        let errors = read.unwrap_err();
                        let error = &errors[0].what;
                        let named = error.contains("has no time zone")
                            || error.contains("is a cell of the format");
                        assert!(named && error.contains("2026-05-18T09:30:00Z"), "{error}");
                    }
                    _ => {
                        let errors = read.unwrap_err();
                        let error = &errors[0].what;
                        let named = format!(
                            "`{header}` is a cell that the spreadsheet stores as a time (format "
                        );
                        assert!(error.starts_with(&named), "{header} {format}: {error}");
                        assert!(error.contains("format the column as text"), "{error}");
                    }
                }
            }
        }
    }
}

#[test]
fn degrees_that_a_spreadsheet_took_for_a_duration_are_refused_with_what_they_show() {
    assert_eq!(
        xlsx_error(&with_cell("lat", 1.135_879_629_629_63, 46)),
        "row 2 (feature 1): `lat` is a cell that the spreadsheet stores as a time (format [h]:mm:ss, it \
         shows 27:15:40): what was typed there is not certain; format the column as text and type it \
         again, such as 33.5062 or 33°30′22.3″N"
    );
}

#[test]
fn a_number_without_a_time_format_stays_a_number() {
    for format in [0, 1, 2, 11, 48, 49] {
        let document = read_xlsx(&with_cell("lat", 1.25, format)).unwrap();
        assert_eq!(document.features[0].volumes[0].footprint, circle(1.25, 1.5, 1.5));
    }
}

#[test]
fn a_whole_day_is_taken_from_a_format_that_shows_the_whole_day() {
    for format in time_formats() {
        let read = read_xlsx(&with_cell("from_utc", 46_160.0, format));
        assert_eq!(read.is_ok(), [14, 15, 22, 30, 31].contains(&format), "{format}");
    }
}
