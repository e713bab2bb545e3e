//! The examples, judged again by other means: time windows by brute force, and the pictures.

use std::fs;

use crate::common::{Folder, example, json, run, status, stderr};
use serde_json::Value;

const PLANS: [&str; 3] = ["temporary.openair.txt", "temporary.geojson", "operations.json"];
const REST: [&str; 2] = ["airspace.geojson", "sites.csv"];

/// A window as `show` tells it; RFC 3339 in UTC, so that texts sort as instants do.
type Window = (Option<String>, Option<String>);

fn windows(file: &str) -> Vec<(String, usize, Window)> {
    let text = |v: &Value| v.as_str().map(str::to_owned);
    let output = run(&["show", &example(file), "--output", "json"]);
    let mut all = Vec::new();
    for feature in json(&output)["features"].as_array().unwrap() {
        for (i, volume) in feature["volumes"].as_array().unwrap().iter().enumerate() {
            let window = (text(&volume["from"]), text(&volume["until"]));
            for t in [&window.0, &window.1].into_iter().flatten() {
                assert!(t.len() == 20 && t.ends_with('Z'), "{t} sorts as text");
            }
            all.push((feature["id"].as_str().unwrap().to_owned(), i, window));
        }
    }
    all
}

/// The common part of two windows, or `None`.
fn meet(a: &Window, b: &Window) -> Option<Window> {
    let from = a.0.clone().max(b.0.clone());
    let until = match (&a.1, &b.1) {
        (Some(x), Some(y)) => Some(x.min(y).clone()),
        (x, y) => x.clone().or(y.clone()),
    };
    let over = from.as_ref().zip(until.as_ref()).is_some_and(|(f, u)| f > u);
    (!over).then_some((from, until))
}

#[test]
fn windows_of_conflicts_are_those_that_brute_force_finds() {
    let mut found = 0;
    for plan in PLANS {
        for rest in REST.into_iter().chain(PLANS).filter(|r| *r != plan) {
            let (ours, theirs) = (windows(plan), windows(rest));
            let args = ["check", &example(plan), &example(rest), "--touching", "--output", "json"];
            let answer = json(&run(&args));
            let mut conflicts = answer["conflicts"].as_array().unwrap().clone();
            for (id_a, volume_a, a) in &ours {
                for (id_b, volume_b, b) in &theirs {
                    let of = |c: &Value| {
                        c["a"]["id"] == **id_a
                            && c["a"]["volume"] == *volume_a
                            && c["b"]["id"] == **id_b
                            && c["b"]["volume"] == *volume_b
                    };
                    let Some(at) = conflicts.iter().position(of) else { continue };
                    let conflict = conflicts.swap_remove(at);
                    let window = meet(a, b);
                    let Some((from, until)) = window else {
                        panic!("{id_a} and {id_b} never meet in time: {conflict}");
                    };
                    assert_eq!(conflict["from"].as_str(), from.as_deref(), "{id_a} {id_b}");
                    assert_eq!(conflict["until"].as_str(), until.as_deref(), "{id_a} {id_b}");
                    found += 1;
                }
            }
            assert!(conflicts.is_empty(), "conflicts of unknown volumes: {conflicts:?}");
        }
    }
    assert!(found > 30, "{found}");
}

#[test]
fn time_alone_decides_what_is_at_the_same_place() {
    // The same circles, at the times of the temporary restrictions: every pair overlaps on the
    // ground and in height, so the answer is exactly the pairs whose windows meet.
    let folder = Folder::new("time");
    let times: Vec<Window> = PLANS.into_iter().flat_map(windows).map(|(_, _, w)| w).collect();
    let file = |name: &str| {
        let mut rows = "id,lat,lon,radius_m,lower,upper,from,until\n".to_owned();
        for (i, (from, until)) in times.iter().enumerate() {
            let text = |t: &Option<String>| t.clone().unwrap_or_default();
            rows += &format!("{name}{i},52,5,500,SFC,100 m AGL,{},{}\n", text(from), text(until));
        }
        folder.file(&format!("{name}.csv"), rows)
    };
    let (a, b) = (file("a"), file("b"));
    let answer = json(&run(&["check", &a, &b, "--touching", "--output", "json"]));
    let mut found: Vec<String> = answer["conflicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| format!("{} {} {}", c["a"]["id"], c["b"]["id"], c["relation"]).replace('"', ""))
        .collect();
    found.sort();
    let mut expected = Vec::new();
    for (i, x) in times.iter().enumerate() {
        for (j, y) in times.iter().enumerate() {
            if let Some((from, until)) = meet(x, y) {
                let instant = from.is_some() && from == until;
                let relation = if instant { "touch" } else { "overlap" };
                expected.push(format!("a{i} b{j} {relation}"));
            }
        }
    }
    expected.sort();
    assert!(expected.iter().any(|e| e.ends_with("touch")), "{expected:?}");
    assert_eq!(found, expected);
}

#[test]
fn the_examples_hold_what_the_readme_promises() {
    let args: Vec<String> = ["check".to_owned()]
        .into_iter()
        .chain(PLANS.map(example))
        .chain(REST.iter().flat_map(|r| ["--against".to_owned(), example(r)]))
        .chain(["--touching", "--output", "json"].map(str::to_owned))
        .collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let answer = json(&run(&args));
    let count = |relation: &str| {
        let all = answer["conflicts"].as_array().unwrap();
        all.iter().filter(|c| c["relation"] == relation).count()
    };
    assert!(count("overlap") >= 10 && count("possible") >= 5 && count("touch") >= 1, "{answer}");
    let reasons = answer.to_string();
    for reason in ["height-unknown", "height-reference", "part-time"] {
        assert!(reasons.contains(reason), "{reason}");
    }
    assert_eq!(windows("airspace.geojson").len(), 45);
}

/// Draws a picture and returns its text.
fn picture(folder: &Folder, args: &[&str]) -> String {
    let path = folder.path("picture.svg");
    let output = run(&[args, &["--picture", &path]].concat());
    assert!(status(&output) < 2, "{}", stderr(&output));
    fs::read_to_string(path).unwrap()
}

/// Asserts that every tag is closed and every attribute quoted, and returns how many elements there
/// are: a strict reader of the part of XML that the picture uses.
fn well_formed(svg: &str) -> usize {
    let mut open = Vec::new();
    let mut elements = 0;
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        assert!(!text.contains('>'), "{text}");
        for (at, _) in text.match_indices('&') {
            let end = text[at..].find(';').expect("an entity ends with a semicolon");
            assert!(["&amp", "&lt", "&gt", "&quot"].contains(&&text[at..at + end]), "{text}");
        }
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else {
            elements += 1;
            if !tag.ends_with('/') {
                open.push(tag.split_whitespace().next().unwrap());
            }
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
    elements
}

#[test]
fn the_picture_shows_every_conflict_and_is_well_formed() {
    let folder = Folder::new("picture");
    let (plan, airspace) = (example("temporary.openair.txt"), example("airspace.geojson"));
    let args = ["check", &plan, "--against", &airspace, "--language", "en"];
    let svg = picture(&folder, &args);
    assert!(well_formed(&svg) > 100);
    let answer = json(&run(&[&args[..], &["--output", "json"]].concat()));
    let conflicts = answer["conflicts"].as_array().unwrap().len();
    for number in 1..=conflicts {
        assert!(svg.contains(&format!(">{number}</text>")), "number {number}");
        assert!(svg.contains(&format!("data-conflict=\"{number}\"")), "area {number}");
    }
    assert!(svg.contains("Not for navigation"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn pictures_over_the_antimeridian_the_poles_and_the_whole_earth_are_well_formed() {
    let folder = Folder::new("everywhere");
    for (name, rows) in [
        ("antimeridian", "F1,-17,179.9,40000\nF2,-17,-179.9,40000\n"),
        ("north", "N1,90,0,300000\nN2,88,100,200000\n"),
        ("south", "S1,-89.5,0,300000\n"),
        ("everywhere", "E1,0,0,9000000\nE2,10,180,9000000\nE3,-60,-90,5000000\n"),
        ("tiny", "T1,52.1,5.1,1\n"),
    ] {
        let file = folder.file(&format!("{name}.csv"), format!("id,lat,lon,radius_m\n{rows}"));
        let svg = picture(&folder, &["show", &file]);
        assert!(well_formed(&svg) > 15, "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
    }
}

#[test]
fn names_from_files_are_escaped_in_the_picture() {
    let folder = Folder::new("escape");
    let file =
        folder.file("x.csv", "id,name,lat,lon,radius_m\nA1,\"<script>&\"\"x\"\"\",52,5,500\n");
    let svg = picture(&folder, &["show", &file]);
    well_formed(&svg);
    assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;&amp;&quot;x&quot;"));
}
