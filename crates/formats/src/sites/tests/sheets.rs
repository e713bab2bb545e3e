//! Workbooks of several sheets.

use super::*;

/// A workbook with a list, and beside it a sheet `more` with these rows.
fn beside(more: &[&[&str]]) -> Vec<u8> {
    workbook(|w| {
        let sheet = w.add_worksheet();
        for (column, header) in (0..).zip(["lat", "lon", "radius_m"]) {
            sheet.write(0, column, header).unwrap();
            sheet.write(1, column, 1.5).unwrap();
        }
        let sheet = w.add_worksheet().set_name("more").unwrap();
        for (row, cells) in (0..).zip(more) {
            for (column, cell) in (0..).zip(*cells) {
                match cell.parse::<f64>() {
                    Ok(number) => sheet.write(row, column, number).unwrap(),
                    Err(_) => sheet.write(row, column, *cell).unwrap(),
                };
            }
        }
    })
}

#[test]
fn a_second_sheet_with_places_is_refused_whatever_stands_above_them() {
    for (rows, why) in [
        (
            vec![
                &["Sites of the north"][..],
                &[],
                &["name", "Latitude", "Longitude"],
                &["A", "1", "2"],
            ],
            "its row 3 names columns of positions",
        ),
        (
            vec![&["Name", "Breite", "Länge"], &["A", "48.1374", "11.5755"]],
            "its row 2 holds what may be a position",
        ),
        (
            vec![&["Nom", "Où"], &["A", "33°30′22.3″N 38°37′00″E"]],
            "its row 2 holds what may be a position",
        ),
        (
            vec![&["a"], &["POLYGON ((38 33, 39 33, 39 34, 38 33))"]],
            "its row 2 holds what may be a position",
        ),
    ] {
        let bytes = beside(&rows);
        let error = xlsx_error(&bytes);
        assert!(error.starts_with("the file: the sheet `more` may hold sites too"), "{error}");
        assert!(error.contains(why), "{error}");
        let goes_on = ReadOptions { leave_out_mistaken: true, ..ReadOptions::default() };
        let document = super::super::read_xlsx(&bytes, &goes_on).unwrap();
        assert_eq!((document.features.len(), document.omissions.len()), (1, 1));
        assert!(super::super::list_xlsx(&bytes, &ReadOptions::default()).is_err());
    }
}

#[test]
fn a_second_sheet_without_places_is_told() {
    for rows in [
        vec![&["Read me"][..], &["This list is kept by A."]],
        vec![
            &["column", "meaning"],
            &["lat", "the latitude, in degrees"],
            &["lon", "12 characters"],
        ],
        vec![&["kind", "beds", "share"], &["hospital", "120", "0.25"], &["school", "7", "0.75"]],
    ] {
        let document = read_xlsx(&beside(&rows)).unwrap();
        assert_eq!(document.features.len(), 1);
        let told: Vec<String> = document.notes.iter().map(ToString::to_string).collect();
        assert!(told[0].starts_with("the sheet `more` was not read"), "{told:?}");
    }
    assert_eq!(read_xlsx(&beside(&[])).unwrap().notes, []);
}

#[test]
fn a_second_sheet_that_cannot_be_read_is_refused() {
    let files = unpack(&beside(&[&["a"]]));
    let without: Vec<(&str, &[u8])> = files
        .iter()
        .filter(|(name, _)| name != "xl/worksheets/sheet2.xml")
        .map(|(name, content)| (name.as_str(), content.as_slice()))
        .collect();
    let error = xlsx_error(&archive(&without));
    assert!(error.contains("the sheet `more` may hold sites too"), "{error}");
    let broken: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content)| match name.as_str() {
            "xl/worksheets/sheet2.xml" => (name.as_str(), &content[..content.len() / 2]),
            _ => (name.as_str(), content.as_slice()),
        })
        .collect();
    let read = read_xlsx(&archive(&broken));
    assert!(read.is_err(), "{read:?}");
}
