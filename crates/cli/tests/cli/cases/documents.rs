//! The cases of the JSON formats and of tables.

use super::{Row, judge};

/// A row whose command only shows a file.
const fn show(
    case: &'static str,
    command: &'static str,
    status: i32,
    said: &'static [&'static str],
    remarks: &'static [&'static str],
) -> Row {
    Row { case, command, status, said, remarks }
}

const JSON: &[Row] = &[
    show("22", "show a.json", 0, &["ESU1", "SFC to 150 m AGL", "2026-01-01"], &[]),
    show("22", "check a.json drone.geojson", 1, &["ESU1", "overlap"], &[]),
    show("23", "show ee.geojson", 0, &["SFC to 120 m AGL", "2026-04-01"], &[]),
    show("23", "check ee.geojson high.geojson", 0, &["No conflict among what"], &[]),
    show(
        "24",
        "show a.geojson",
        0,
        &["2 features, 2 volumes"],
        &["a rectangle round the world was"],
    ),
    show("24", "check a.geojson op.geojson", 1, &["zone", "overlap"], &["a rectangle round the"]),
    show("27", "show dk.geojson", 2, &[], &["a point has no radius", "--points"]),
    show(
        "27",
        "show dk.geojson --points 200m",
        0,
        &["3 features, 3 volumes"],
        &["read as circles of 200 m (--points)", "`bufferDistance` was not read"],
    ),
    show("29", "show a.geojson", 2, &[], &["perhaps metres of a projection"]),
    show("30", "show a.geojson", 4, &["good"], &["without a place"]),
    show("30", "check a.geojson b.geojson", 1, &["good", "overlap"], &["without a place"]),
    show("31", "show 0.geojson", 0, &["1 feature"], &[]),
    show("31", "show 1.geojson", 0, &["1 feature"], &[]),
    show("31", "show 2.geojson", 2, &[], &["urn:ogc:def:crs:EPSG::28992"]),
    show("31", "show 3.geojson", 2, &[], &["urn:ogc:def:crs:EPSG::4269"]),
    show("31", "show 4.geojson", 2, &[], &["coordinate reference system EPSG:43261"]),
    show("31", "show 5.geojson", 0, &["1 feature"], &[]),
    show("55", "show layer.geojson", 0, &["SFC to 120 m AGL"], &["`layer` was not read"]),
    show("55", "show from.geojson", 2, &[], &["from: `LKPR`", "rename the member"]),
    show("55", "show upper.geojson", 2, &[], &["upper: height `Upper Egypt`", "rename the member"]),
    show("63", "show a.geojson", 2, &[], &["line 2: several JSON texts stand in the file"]),
    show("67", "show a.geojson", 0, &["SFC to FL 195"], &[]),
    show(
        "67",
        "check a.geojson op.geojson --terrain 0,10 --pressure 1035,1050",
        1,
        &["overlap"],
        &[],
    ),
];

const TABLES: &[Row] = &[
    show("50", "show a.csv", 0, &["4711"], &["`X` and `Y` hold no degrees"]),
    show("50", "show b.csv", 0, &["4711"], &[]),
    show("51", "show a.csv", 2, &[], &["no column says how far the sites reach", "--radius"]),
    show("51", "show a.csv --radius 300m", 0, &["1 feature"], &["circles of 300 m (--radius)"]),
    show("51", "show b.csv --radius 300m", 0, &["Poste"], &["circles of 300 m (--radius)"]),
    show("52", "show a.xlsx", 2, &[], &["`lat` is a cell", "[h]:mm:ss", "27:15:40"]),
    show("52", "show b.xlsx --output json", 0, &["1.1358"], &[]),
    show("68", "show a.csv", 2, &[], &["perhaps metres of a projection", "more mistakes"]),
];

#[test]
fn cases_of_json_answer_as_expected() {
    judge(JSON);
}

#[test]
fn cases_of_tables_answer_as_expected() {
    judge(TABLES);
}
