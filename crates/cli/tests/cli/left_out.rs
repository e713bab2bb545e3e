//! What is mistaken and left out, or declared without a place: it is named, counts, and is never forgotten.

use serde_json::{Value, json};

use crate::common::{Folder, circle, json, run, status, stderr, stdout};

/// A circle whose height is no height: its place is known.
fn mistaken(id: &str, lat: &str, lon: &str) -> String {
    circle(id, lat, lon, "AL 65 high\nAH FL 95\n")
}

/// An airspace whose place is none.
fn nowhere(id: &str) -> String {
    format!("AC R\nAN {id}\nAL SFC\nAH FL 95\nDP somewhere\n")
}

fn pairs(answer: &Value) -> Vec<(String, String)> {
    let id = |of: &Value| of["id"].as_str().unwrap_or("everything").to_owned();
    answer["conflicts"].as_array().unwrap().iter().map(|c| (id(&c["a"]), id(&c["b"]))).collect()
}

#[test]
fn a_file_with_a_mistake_is_refused_unless_it_may_be_left_out() {
    let folder = Folder::new("left-out-refused");
    let good = circle("G1", "52:00:00 N", "005:00:00 E", "");
    let a = folder.file("a.openair.txt", mistaken("A1", "52:00:00 N", "005:00:00 E") + &good);
    let b = folder.file("b.openair.txt", circle("B1", "52:00:00 N", "005:01:00 E", ""));
    let output = run(&["check", &a, &b]);
    assert_eq!((status(&output), stdout(&output).as_str()), (2, ""));
    assert!(stderr(&output).contains("line 4 (A1): height `65 high`"), "{}", stderr(&output));
    let way_on = "a.openair.txt: --leave-out-mistaken goes on with 1 feature, and leaves out 1";
    assert!(stderr(&output).contains(way_on), "{}", stderr(&output));

    let output = run(&["check", &a, &b, "--leave-out-mistaken", "--output", "json"]);
    assert_eq!(status(&output), 1);
    assert!(
        stderr(&output).contains("line 1 (A1): left out: line 4: height `65 high`"),
        "{}",
        stderr(&output)
    );
    let answer = json(&output);
    assert_eq!(answer["volumes"], 2, "what was left out is not declared");
    let left_out = &answer["left_out"][0];
    assert_eq!((&left_out["id"], &left_out["place"]), (&json!("A1"), &json!("line 1")));
    assert_eq!(left_out["hull_known"], true);
    let conflicts = answer["conflicts"].as_array().unwrap();
    assert_eq!(pairs(&answer).len(), 2, "{answer}");
    let possible = conflicts.iter().find(|c| c["a"]["id"] == "A1").unwrap();
    assert_eq!(possible["a"], json!({"file": a, "id": "A1", "volume": 0, "left_out": true}));
    assert_eq!(possible["relation"], "possible");
    assert_eq!(possible["reasons"][0], "left-out");
    let table = stdout(&run(&["check", &a, &b, "--leave-out-mistaken"]));
    for words in ["A1 (left out)", "possible: left out as", "1 left out as mistaken."] {
        assert!(table.contains(words), "{words}: {table}");
    }
}

#[test]
fn what_was_left_out_far_from_everything_still_leaves_no_status_0() {
    let folder = Folder::new("left-out-far");
    let good = circle("G1", "52:00:00 N", "005:00:00 E", "");
    let a = folder.file("a.openair.txt", mistaken("A1", "10:00:00 N", "005:00:00 E") + &good);
    let b = folder.file("b.openair.txt", circle("B1", "53:00:00 N", "005:00:00 E", ""));
    let output = run(&["check", &a, &b, "--leave-out-mistaken"]);
    assert_eq!(status(&output), 4, "{}", stdout(&output));
    assert_eq!(
        stdout(&output),
        "No conflict among what was compared. Undeclared people and places are not in these files.\n\
         1 left out as mistaken.\n"
    );
    let shown = run(&["show", &a, "--leave-out-mistaken"]);
    assert_eq!(status(&shown), 4);
    assert!(stdout(&shown).contains("1 feature, 1 volume"), "{}", stdout(&shown));
    let converted = run(&["convert", &a, &folder.path("a.geojson"), "--leave-out-mistaken"]);
    assert_eq!(status(&converted), 4);
}

#[test]
fn what_may_be_anywhere_possibly_meets_everything_that_it_would_be_compared_with() {
    let folder = Folder::new("left-out-anywhere");
    let good = circle("G1", "52:00:00 N", "005:00:00 E", "");
    let plan = folder.file("plan.openair.txt", good.clone());
    let b = folder
        .file("b.openair.txt", nowhere("B1") + &circle("B2", "53:00:00 N", "005:00:00 E", ""));
    let c = folder.file("c.openair.txt", circle("C1", "54:00:00 N", "005:00:00 E", ""));
    let ask = |args: &[&str]| {
        let all: Vec<&str> = ["check", "--leave-out-mistaken", "--output", "json"]
            .into_iter()
            .chain(args.iter().copied())
            .collect();
        let output = run(&all);
        (status(&output), json(&output))
    };
    // Against the plan, and not against what the plan is not compared with.
    let (code, answer) = ask(&[&plan, "--against", &b, "--against", &c]);
    assert_eq!((code, pairs(&answer)), (1, vec![("B1".into(), "everything".into())]));
    let conflict = &answer["conflicts"][0];
    assert_eq!(conflict["b"], json!({"file": plan, "id": null, "volume": null}));
    assert_eq!(conflict["reasons"], json!(["left-out"]));
    assert_eq!(answer["left_out"][0]["hull_known"], false);
    let (_, answer) = ask(&[&plan, &b, &c]);
    assert_eq!(pairs(&answer).len(), 2, "{answer}");
    let (_, answer) = ask(&["--within", &b]);
    assert_eq!(pairs(&answer), [("B1".to_owned(), "everything".to_owned())]);
    for (form, words) in [
        ("table", "B1 (left out)"),
        ("csv", "possible,left-out,"),
        ("geojson", "\"geometry\":null"),
    ] {
        let output = run(&["check", &plan, &b, "--leave-out-mistaken", "--output", form]);
        assert_eq!(status(&output), 1, "{form}");
        assert!(stdout(&output).contains(words), "{form}: {}", stdout(&output));
    }
    let csv = stdout(&run(&["check", &plan, &b, "--leave-out-mistaken", "--output", "csv"]));
    let columns: Vec<usize> = csv.lines().map(|row| row.split(',').count()).collect();
    assert!(columns.windows(2).all(|pair| pair[0] == pair[1]), "{csv}");
    let picture = folder.path("p.svg");
    let output = run(&["check", &plan, &b, "--leave-out-mistaken", "--picture", &picture]);
    assert_eq!(status(&output), 1, "{}", stderr(&output));
}

#[test]
fn a_file_that_is_wrong_as_a_whole_is_refused_whatever_may_be_left_out() {
    let folder = Folder::new("left-out-whole");
    let good = folder.file("a.openair.txt", circle("G1", "52:00:00 N", "005:00:00 E", ""));
    for (name, content) in [
        ("cut.geojson", "{\"type\": \"FeatureCollection\", \"features\": ["),
        ("cut.kml", "<kml><Document><Placemark>"),
        ("none.openair.txt", "nothing here"),
        ("none.csv", "a,b\n1,2\n"),
    ] {
        let path = folder.file(name, content);
        let output = run(&["check", &path, &good, "--leave-out-mistaken"]);
        assert_eq!((status(&output), stdout(&output).as_str()), (2, ""), "{name}");
    }
}

#[test]
fn what_has_no_place_is_counted_and_leaves_no_status_0() {
    let folder = Folder::new("placeless");
    let a = folder.file(
        "a.geojson",
        r#"{"type": "FeatureCollection", "features": [
            {"type": "Feature", "id": "N1", "geometry": null, "properties": {}},
            {"type": "Feature", "id": "P1", "properties": {"radius_m": 100},
             "geometry": {"type": "Point", "coordinates": [5, 52]}}]}"#,
    );
    let b = folder.file("b.openair.txt", circle("B1", "10:00:00 N", "005:00:00 E", ""));
    let output = run(&["check", &a, &b]);
    assert_eq!(status(&output), 4);
    assert!(stdout(&output).contains("1 declared without a place, not compared."));
    let said = "1 feature declared without a place, not compared; the first at feature 1 (N1)";
    assert!(stderr(&output).contains(said), "{}", stderr(&output));
    let answer = json(&run(&["check", &a, &b, "--output", "json"]));
    assert_eq!(answer["declared_without_a_place"], 1);
    assert_eq!(answer["without_a_place"][0]["id"], "N1");
}

#[test]
fn points_and_rows_without_an_extent_get_the_one_that_is_given_and_are_counted() {
    let folder = Folder::new("extent");
    let points = folder.file(
        "points.geojson",
        r#"{"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [5, 52]}},
            {"type": "Feature", "properties": {"radius_m": 9}, "geometry": {"type": "Point", "coordinates": [5, 52]}},
            {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [5, 52]}}]}"#,
    );
    let rows = folder.file("rows.csv", "id,lat,lon,radius_m\na,52,5,\nb,52,5,9\n");
    for file in [&points, &rows] {
        assert_eq!(status(&run(&["show", file])), 2, "{file}");
    }
    for (file, option, count) in
        [(&points, "--points", "(2, the first at feature 1)"), (&rows, "--radius", "(row 2)")]
    {
        for radius in ["200m", "200", "0.2km"] {
            let output = run(&["show", file, option, radius, "--output", "json"]);
            assert_eq!(status(&output), 0, "{}", stderr(&output));
            let radii: Vec<Value> = json(&output)["features"]
                .as_array()
                .unwrap()
                .iter()
                .map(|f| f["volumes"][0]["footprint"]["radius_m"].clone())
                .collect();
            assert_eq!(radii.iter().filter(|r| **r == 9.0).count(), 1, "{radii:?}");
            assert!(radii.iter().all(|r| *r == 9.0 || *r == 200.0), "{radii:?}");
            let said = stderr(&output);
            assert!(
                said.contains("were read as circles of 200 m") && said.contains(count),
                "{said}"
            );
        }
        for bad in ["0", "-5m", "x", "20000km"] {
            assert_eq!(status(&run(&["show", file, &format!("{option}={bad}")])), 2, "{bad}");
        }
    }
}

#[test]
fn volumes_of_one_name_are_counted_where_they_are_not_compared() {
    let folder = Folder::new("one-name");
    let one = |lat: &str| circle("A1", lat, "005:00:00 E", "");
    let a = folder.file("a.openair.txt", one("52:00:00 N") + &one("52:00:30 N"));
    let output = run(&["check", "--within", &a]);
    assert_eq!(status(&output), 0);
    assert!(stdout(&output).ends_with("2 volumes of one name, not compared with each other.\n"));
    let b = folder.file("b.openair.txt", circle("B1", "10:00:00 N", "005:00:00 E", ""));
    assert_eq!(json(&run(&["check", &a, &b, "--output", "json"]))["not_compared_of_one_name"], 0);
}
