//! What `deconflict` says when it cannot answer: status 2, the file, the place, the remedy, and
//! nothing on standard output.

use std::fs;

use crate::common::{
    Folder, circle, command, example, run, run_with_input, status, stderr, stdout,
};

/// Asserts that the arguments are refused and that the errors say `expected`.
fn refused(args: &[&str], expected: &str) {
    let output = run(args);
    assert_eq!(status(&output), 2, "{args:?}: {}", stdout(&output));
    assert_eq!(stdout(&output), "", "{args:?}");
    let errors = stderr(&output);
    assert!(errors.contains(expected), "{args:?}: {errors}");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = Folder::new("unreadable");
    let good = example("airspace.openair.txt");
    refused(&["check", "no-such.geojson", &good], "no-such.geojson: no such file");
    refused(&["check", &folder.path(""), &good], "is a folder");
    refused(&["show", "no-such.geojson"], "no such file");
    refused(&["convert", "no-such.kml", &folder.path("x.geojson")], "no such file");
}

#[test]
fn a_file_over_the_bound_is_refused_before_it_is_read() {
    let folder = Folder::new("large");
    let path = folder.file("large.openair.txt", "");
    // A sparse file: its size is told without its content being there.
    fs::File::options().write(true).open(&path).unwrap().set_len(257 * 1024 * 1024).unwrap();
    refused(&["show", &path], "larger than 256 MB");
}

#[test]
fn each_mistake_is_named_with_its_line_and_nothing_is_answered() {
    let folder = Folder::new("mistakes");
    let bad = circle("A1", "52:00:00 N", "005:00:00 E", "") + "AC R\nAN B1\nAL oops\nAH 1000 ft\n";
    let bad = folder.file("bad.openair.txt", bad);
    refused(&["check", &bad, &example("airspace.openair.txt")], &format!("{bad}: line 11"));
    // Mistakes of all files come at once.
    let worse = folder.file("worse.geojson", "{\"type\": \"FeatureCollection\"");
    let output = run(&["check", &bad, &worse, "no-such.kml"]);
    for name in [&bad, &worse, "no-such.kml"] {
        assert!(stderr(&output).contains(name), "{name}: {}", stderr(&output));
    }
}

#[test]
fn broken_content_of_every_kind_is_refused() {
    let folder = Folder::new("broken");
    let good = example("airspace.openair.txt");
    let deep = "[".repeat(100_000);
    let polygon = |ring: &str| {
        format!(
            "{{\"type\": \"Feature\", \"properties\": {{}}, \"geometry\": {{\"type\": \"Polygon\", \
             \"coordinates\": [{ring}]}}}}"
        )
    };
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("empty.geojson", Vec::new()),
        ("truncated.geojson", fs::read(example("airspace.geojson")).unwrap()[..5000].to_vec()),
        ("deep.geojson", deep.into_bytes()),
        ("not-utf8.geojson", b"{\"type\": \"Feature\xff\"}".to_vec()),
        ("nan.geojson", polygon("[[NaN, 0], [1, 0], [1, 1], [NaN, 0]]").into_bytes()),
        ("range.geojson", polygon("[[0, 91], [1, 0], [1, 1], [0, 91]]").into_bytes()),
        ("unclosed.geojson", polygon("[[0, 0], [1, 0], [1, 1], [0, 1]]").into_bytes()),
        (
            "crossing.geojson",
            polygon("[[0, 50], [1, 51], [1, 50], [0, 50.7], [0, 50]]").into_bytes(),
        ),
        ("no-columns.csv", b"a,b\n1,2\n".to_vec()),
        ("row.csv", b"id,lat,lon,radius_m\nS1,52,5,500\nS2,x,5,500\n".to_vec()),
        ("not-a-zip.kmz", b"PK nothing".to_vec()),
        ("unknown.pdf", b"%PDF-1.7".to_vec()),
    ];
    for (name, content) in files {
        let path = folder.file(name, content);
        refused(&["check", &path, &good], &path);
    }
}

#[test]
fn wrong_usage_has_status_2_and_says_what_is_right() {
    let (a, b) = (example("airspace.geojson"), example("sites.csv"));
    refused(&["check"], "required");
    refused(&["check", &a, &b, "--separation", "500,100,60"], "500m,100m,60s");
    refused(&["check", &a, &b, "--from", "2026-07-11"], "RFC 3339");
    refused(&["check", &a, &b, "--terrain", "100,0"], "--terrain");
    refused(&["check", &a, &b, "--pressure", "1,2"], "--pressure");
    refused(&["check", &a, &b, "--terrain", "low,high"], "two numbers");
    refused(
        &["check", &a, &b, "--from", "2026-07-12T00:00:00Z", "--until", "2026-07-11T00:00:00Z"],
        "--until is before --from",
    );
    refused(&["check", &a, &b, "--output", "pdf"], "geojson");
}

#[test]
fn a_picture_that_cannot_be_written_is_an_error() {
    let picture = "no-such-folder/picture.svg";
    refused(&["show", &example("airspace.geojson"), "--picture", picture], picture);
}

#[test]
fn standard_input_in_a_wrong_format_is_refused() {
    let output = run_with_input(&["show", "-", "--format", "geojson"], b"AC R\n");
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).starts_with("deconflict: -: "), "{}", stderr(&output));
}

#[test]
fn a_format_without_standard_input_is_refused() {
    let folder = Folder::new("format");
    let (a, b) = (example("airspace.geojson"), example("sites.csv"));
    refused(&["check", &a, &b, "--format", "kml"], "no file is `-`");
    refused(&["show", &a, "--format", "kml"], "no file is `-`");
    refused(&["convert", &b, &folder.path("x.kml"), "--format", "csv"], "no file is `-`");
}

#[test]
#[cfg(unix)]
fn a_reader_that_goes_away_is_no_panic() {
    use std::process::Stdio;
    let mut child =
        command(&["check", &example("airspace.geojson"), "--within", "--output", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
    assert_eq!(status(&output), 1, "the answer still stands");
}
