//! `deconflict convert`, `show`, `completions` and `man`.

use std::fs;

use crate::common::{Folder, example, json, run, status, stderr, stdout};
use serde_json::Value;

/// What `show` says of a file, without the file's name.
fn shown(path: &str) -> Vec<Value> {
    let output = run(&["show", path, "--output", "json"]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    let features = json(&output)["features"].as_array().unwrap().clone();
    features
        .into_iter()
        .map(|mut f| {
            f.as_object_mut().unwrap().remove("file");
            f
        })
        .collect()
}

/// Heights and times of every volume: what each format keeps.
fn extents(features: &[Value]) -> Vec<String> {
    let of = |v: &Value| {
        let metres = |m: &Value| m.as_f64().map(|m| (m * 100.0).round());
        let (lower, upper) = (metres(&v["lower_m"]), metres(&v["upper_m"]));
        let references = (&v["lower_reference"], &v["upper_reference"]);
        format!("{lower:?} {upper:?} {references:?} {} {}", v["from"], v["until"])
    };
    features.iter().flat_map(|f| f["volumes"].as_array().unwrap().iter().map(of)).collect()
}

fn ids(features: &[Value]) -> Vec<String> {
    features.iter().map(|f| f["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn openair_survives_the_way_through_other_formats() {
    let folder = Folder::new("round");
    let original = example("temporary.openair.txt");
    let expected = shown(&original);
    for (name, to) in [
        ("x.geojson", "geojson"),
        ("x.kml", "kml"),
        ("x.kmz", "kmz"),
        ("x.csv", "csv"),
        ("x.xlsx", "xlsx"),
        ("x.openair.txt", "openair"),
    ] {
        let there = folder.path(name);
        let output = run(&["convert", &original, &there, "--to", to]);
        assert_eq!(status(&output), 0, "{to}: {}", stderr(&output));
        let back = shown(&there);
        assert_eq!(ids(&back), ids(&expected), "{to}");
        assert_eq!(extents(&back), extents(&expected), "{to}");
    }
}

#[test]
fn ed318_keeps_names_in_every_language() {
    let folder = Folder::new("names");
    let original = example("temporary.geojson");
    let there = folder.path("x.json");
    let output = run(&["convert", &original, &there, "--to", "ed318"]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    let names = |path: &str| shown(path).iter().map(|f| f["names"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&there), names(&original));
    assert!(names(&there).iter().any(|n| n.to_string().contains("fy-NL")));
}

#[test]
fn an_existing_file_is_replaced_only_by_force() {
    let folder = Folder::new("force");
    let target = folder.file("x.geojson", "mine");
    let original = example("temporary.openair.txt");
    let output = run(&["convert", &original, &target]);
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("--force"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
    assert_eq!(status(&run(&["convert", &original, &target, "--force"])), 0);
    assert_eq!(shown(&target).len(), 6);
    let left: Vec<_> = fs::read_dir(folder.path("")).unwrap().collect();
    assert_eq!(left.len(), 1, "no half-written file is left behind");
}

#[test]
fn an_ending_that_tells_no_format_needs_to() {
    let folder = Folder::new("ending");
    for name in ["x.json", "x", "-"] {
        let target = if name == "-" { name.to_owned() } else { folder.path(name) };
        let output = run(&["convert", &example("temporary.openair.txt"), &target]);
        assert_eq!(status(&output), 2, "{name}");
        assert!(stderr(&output).contains("--to"), "{}", stderr(&output));
    }
    let to_stdout = run(&["convert", &example("temporary.openair.txt"), "-", "--to", "geojson"]);
    assert_eq!(json(&to_stdout)["type"], "FeatureCollection");
}

#[test]
fn show_lists_every_feature() {
    let output = run(&["show", &example("sites.csv"), &example("operations.json")]);
    assert_eq!(status(&output), 0);
    let table = stdout(&output);
    for expected in ["UMCG", "circle, 500 m around", "not declared", "26 features, 30 volumes"] {
        assert!(table.contains(expected), "{expected}: {table}");
    }
}

#[test]
fn show_gives_names_in_the_language_asked_for() {
    let table =
        |language| stdout(&run(&["show", &example("temporary.geojson"), "--language", language]));
    assert!(table("nl").contains("Zeehondentelling") && table("fy-NL").contains("Seehûnetelling"));
    assert!(table("en").contains("Seal census") && table("xx").contains("Zeehondentelling"));
}

#[test]
fn completions_and_manual_pages_are_written() {
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&["completions", shell]);
        assert_eq!(status(&output), 0);
        assert!(stdout(&output).contains("separation"), "{shell}");
    }
    let folder = Folder::new("man");
    assert_eq!(status(&run(&["man", &folder.path("man1")])), 0);
    let page = fs::read_to_string(folder.path("man1/deconflict-check.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("separation"));
}
