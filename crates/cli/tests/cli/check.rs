//! What `deconflict check` answers.

use crate::common::{
    Folder, circle, command, example, json, run, run_with_input, status, stderr, stdout,
};
use serde_json::Value;

const NO_CONFLICT: &str = "No conflict among what these files declare. Undeclared people and \
                           places are not in them.\n";

/// Two files whose circles meet (1.1 km between the centres), and a third far away.
fn three_files(folder: &Folder) -> [String; 3] {
    [
        folder.file("a.openair.txt", circle("A1", "52:00:00 N", "005:00:00 E", "")),
        folder.file("b.openair.txt", circle("B1", "52:00:00 N", "005:01:00 E", "")),
        folder.file("c.openair.txt", circle("C1", "53:00:00 N", "005:00:00 E", "")),
    ]
}

#[test]
fn without_a_conflict_the_sentence_is_exact_and_the_status_0() {
    let folder = Folder::new("none");
    let [a, _, c] = three_files(&folder);
    let output = run(&["check", &a, &c]);
    assert_eq!((status(&output), stdout(&output).as_str()), (0, NO_CONFLICT));
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_conflict_has_status_1_in_every_output() {
    let folder = Folder::new("status");
    let [a, b, _] = three_files(&folder);
    for form in ["table", "json", "geojson", "csv"] {
        let output = run(&["check", &a, &b, "--output", form]);
        assert_eq!(status(&output), 1, "{form}: {}", stderr(&output));
    }
}

#[test]
fn the_json_has_exactly_the_documented_fields() {
    let folder = Folder::new("json");
    let window = "AA 2026-07-11T08:00:00Z/2026-07-11T16:00:00Z\n";
    let a = folder.file("a.openair.txt", circle("A1", "52:00:00 N", "005:00:00 E", window));
    let b = folder.file("b.openair.txt", circle("B1", "52:00:00 N", "005:01:00 E", ""));
    let answer = json(&run(&["check", &a, &b, "--output", "json"]));
    assert_eq!(answer["volumes"], 2);
    assert_eq!(answer["pairs_examined"], 1);
    let conflicts = answer["conflicts"].as_array().unwrap();
    assert_eq!(conflicts.len(), 1);
    let conflict = conflicts[0].as_object().unwrap();
    let mut fields: Vec<&str> = conflict.keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "a",
            "b",
            "depth_m",
            "from",
            "lower_m",
            "lower_reference",
            "outline",
            "place",
            "reasons",
            "relation",
            "until",
            "upper_m",
            "upper_reference"
        ]
    );
    assert_eq!(conflict["a"], serde_json::json!({"file": a, "id": "A1", "volume": 0}));
    assert_eq!(conflict["b"], serde_json::json!({"file": b, "id": "B1", "volume": 0}));
    assert_eq!(conflict["relation"], "overlap");
    assert_eq!(conflict["reasons"], serde_json::json!([]));
    assert_eq!(conflict["from"], "2026-07-11T08:00:00Z");
    assert_eq!(conflict["until"], "2026-07-11T16:00:00Z");
    assert_eq!(
        (conflict["lower_m"].as_f64(), conflict["upper_m"].as_f64()),
        (Some(0.0), Some(304.8))
    );
    assert_eq!(
        (&conflict["lower_reference"], &conflict["upper_reference"]),
        (&"AGL".into(), &"AMSL".into())
    );
    let (lat, lon) = (conflict["place"]["lat"].as_f64(), conflict["place"]["lon"].as_f64());
    assert!((lat.unwrap() - 52.0).abs() < 0.01 && (lon.unwrap() - 5.0083).abs() < 0.01);
    // Half of 2 * 1852 m - 1144 m between the centres.
    let depth = conflict["depth_m"].as_f64().unwrap();
    assert!((depth - 1280.0).abs() < 15.0, "{depth}");
    assert_eq!(conflict["outline"]["type"], "Polygon");
    let ring = conflict["outline"]["coordinates"][0].as_array().unwrap();
    assert!(ring.len() > 10 && ring.first() == ring.last());
}

#[test]
fn open_windows_and_unlimited_or_unknown_heights_are_null() {
    let folder = Folder::new("null");
    let a = folder.file("a.csv", "id,lat,lon,radius_m\nS1,52,5,500\n");
    let b = folder
        .file("b.openair.txt", circle("B1", "52:00:00 N", "005:00:00 E", "AL FL 100\nAH UNL\n"));
    let answer = json(&run(&["check", &a, &b, "--output", "json"]));
    let conflict = &answer["conflicts"][0];
    for field in ["from", "until", "upper_m"] {
        assert_eq!(conflict[field], Value::Null, "{field}");
    }
    assert_eq!(conflict["relation"], "possible");
    assert_eq!(conflict["reasons"], serde_json::json!(["height-unknown"]));
}

#[test]
fn geojson_and_csv_carry_the_same_conflicts() {
    let (plan, airspace) = (example("temporary.openair.txt"), example("airspace.geojson"));
    let ask = |form| run(&["check", &plan, "--against", &airspace, "--output", form]);
    let from_json = json(&ask("json"));
    let expected: Vec<(Value, Value)> = from_json["conflicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["a"]["id"].clone(), c["b"]["id"].clone()))
        .collect();
    assert!(expected.len() > 5);
    let layer = json(&ask("geojson"));
    assert_eq!(layer["type"], "FeatureCollection");
    let features: Vec<(Value, Value)> = layer["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["properties"]["a"]["id"].clone(), f["properties"]["b"]["id"].clone()))
        .collect();
    assert_eq!(features, expected);
    let csv = stdout(&ask("csv"));
    assert_eq!(csv.lines().count(), expected.len() + 1);
    for (row, (a, b)) in csv.lines().skip(1).zip(&expected) {
        assert!(row.contains(a.as_str().unwrap()) && row.contains(b.as_str().unwrap()), "{row}");
    }
}

#[test]
fn against_compares_the_plan_with_the_rest_only() {
    let folder = Folder::new("against");
    let [a, b, _] = three_files(&folder);
    let b2 = folder.file("b2.openair.txt", circle("B2", "52:00:00 N", "005:01:30 E", ""));
    let pairs = |args: &[&str]| -> Vec<String> {
        let args = [&["check", "--output", "json"], args].concat();
        json(&run(&args))["conflicts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| format!("{}-{}", c["a"]["id"], c["b"]["id"]).replace('"', ""))
            .collect()
    };
    assert_eq!(pairs(&[&a, "--against", &b, "--against", &b2]), ["A1-B1", "A1-B2"]);
    assert_eq!(pairs(&[&a, &b, "--against", &b2]), ["B1-B2", "A1-B2"], "deepest first");
    let mut all = pairs(&[&a, &b, &b2]);
    all.sort();
    assert_eq!(all, ["A1-B1", "A1-B2", "B1-B2"]);
}

#[test]
fn within_adds_pairs_of_one_file_but_never_of_one_feature() {
    let folder = Folder::new("within");
    let both = circle("A1", "52:00:00 N", "005:00:00 E", "")
        + &circle("A2", "52:00:00 N", "005:01:00 E", "");
    let file = folder.file("both.openair.txt", both);
    let [_, _, far] = three_files(&folder);
    let answer = json(&run(&["check", &file, "--within", "--output", "json"]));
    assert_eq!(answer["conflicts"].as_array().unwrap().len(), 1);
    assert_eq!(status(&run(&["check", &file, &far])), 0);
    // The three legs of the dike inspection overlap one another: that is one operation.
    let own = json(&run(&["check", &example("operations.json"), "--within", "--output", "json"]));
    for conflict in own["conflicts"].as_array().unwrap() {
        assert_ne!(conflict["a"]["id"], conflict["b"]["id"]);
    }
}

#[test]
fn one_file_alone_is_refused_rather_than_answered() {
    let folder = Folder::new("alone");
    let [a, ..] = three_files(&folder);
    let output = run(&["check", &a]);
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("--within"), "{}", stderr(&output));
    let twice = run(&["check", &a, &a]);
    assert_eq!(status(&twice), 2);
    assert!(stderr(&twice).contains("given twice"), "{}", stderr(&twice));
}

#[test]
fn from_and_until_keep_the_conflicts_of_that_time() {
    let (plan, airspace) = (example("temporary.openair.txt"), example("airspace.geojson"));
    let ids = |args: &[&str]| -> Vec<String> {
        let base = ["check", &plan, "--against", &airspace, "--output", "json"];
        let args = [&base[..], args].concat();
        json(&run(&args))["conflicts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["a"]["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = ids(&[]);
    assert!(all.contains(&"TRA 2".to_owned()) && all.contains(&"TRA 1".to_owned()));
    let august = ids(&["--from", "2026-08-01T00:00:00Z"]);
    assert!(!august.is_empty() && august.iter().all(|id| id == "TRA 2"), "{august:?}");
    let july = ids(&["--until", "2026-07-31T22:00:00+00:00"]);
    assert!(july.iter().all(|id| id != "TRA 2") && july.len() + august.len() == all.len());
    // Offsets count: 10:00 at +02:00 is 08:00 UTC, when the air show begins.
    let early = ids(&["--until", "2026-07-11T09:59:59+02:00"]);
    assert!(early.iter().all(|id| id == "TRA 5"), "{early:?}");
}

#[test]
fn a_required_separation_finds_what_comes_too_near_and_says_how_near() {
    let folder = Folder::new("separation");
    let [a, _, _] = three_files(&folder);
    // 5 minutes of longitude: 5,722 m between the centres, 2,018 m between the edges.
    let near = folder.file("near.openair.txt", circle("N1", "52:00:00 N", "005:05:00 E", ""));
    assert_eq!(status(&run(&["check", &a, &near])), 0);
    assert_eq!(status(&run(&["check", &a, &near, "--separation", "1.9km,0,0"])), 0);
    let output = run(&["check", &a, &near, "--separation", "2.1km,0,0", "--output", "json"]);
    assert_eq!(status(&output), 1);
    let gap = &json(&output)["conflicts"][0]["gap"];
    let ground = gap["horizontal_m"].as_f64().unwrap();
    assert!((1_950.0..2_080.0).contains(&ground), "{gap}");
    let table = stdout(&run(&["check", &a, &near, "--separation", "2.1km,0,0"]));
    assert!(table.contains("apart"), "{table}");
}

#[test]
fn touching_is_listed_only_on_request() {
    let folder = Folder::new("touching");
    let low = circle("LOW", "52:00:00 N", "005:00:00 E", "AL SFC\nAH FL 100\n");
    let high = circle("HIGH", "52:00:00 N", "005:00:00 E", "AL FL 100\nAH FL 200\n");
    let (low, high) = (folder.file("l.openair.txt", low), folder.file("h.openair.txt", high));
    let plain = run(&["check", &low, &high]);
    assert_eq!((status(&plain), stdout(&plain).as_str()), (0, NO_CONFLICT));
    let touching = run(&["check", &low, &high, "--touching", "--output", "json"]);
    assert_eq!(status(&touching), 1);
    assert_eq!(json(&touching)["conflicts"][0]["relation"], "touch");
}

#[test]
fn facts_about_ground_and_pressure_decide_possible_conflicts() {
    let folder = Folder::new("facts");
    let feet = circle("FEET", "52:00:00 N", "005:00:00 E", "AL SFC\nAH 2000 ft AMSL\n");
    let level = circle("LEVEL", "52:00:00 N", "005:00:00 E", "AL FL 030\nAH FL 060\n");
    let (feet, level) = (folder.file("f.openair.txt", feet), folder.file("l.openair.txt", level));
    let open = json(&run(&["check", &feet, &level, "--output", "json"]));
    assert_eq!(open["conflicts"][0]["relation"], "possible");
    assert_eq!(open["conflicts"][0]["reasons"], serde_json::json!(["height-reference"]));
    let known = ["check", &feet, &level, "--terrain", "-7,110", "--pressure", "1005,1025"];
    assert_eq!(status(&run(&known)), 0);
}

#[test]
fn nothing_ever_says_clear_free_or_safe() {
    let help = [
        run(&["check", "--help"]),
        run(&["show", "--help"]),
        run(&["convert", "--help"]),
        run(&[
            "check",
            &example("temporary.openair.txt"),
            "--against",
            &example("airspace.geojson"),
        ]),
    ];
    for output in help {
        let text = stdout(&output).to_lowercase();
        for word in text.split(|c: char| !c.is_alphabetic()) {
            assert!(!["clear", "free", "safe", "safely"].contains(&word), "{word} in {text}");
        }
    }
}

#[test]
fn the_answer_is_the_same_every_time() {
    let args = [
        "check",
        &example("temporary.openair.txt"),
        &example("operations.json"),
        "--against",
        &example("airspace.geojson"),
        "--within",
        "--output",
        "json",
    ];
    let first = run(&args).stdout;
    for _ in 0..5 {
        assert!(run(&args).stdout == first);
    }
}

#[test]
fn the_table_is_as_it_was_looked_at() {
    let plan = example("temporary.openair.txt");
    let airspace = example("airspace.openair.txt");
    for (columns, golden) in [
        ("80", include_str!("../golden/table-80.txt")),
        ("110", include_str!("../golden/table-110.txt")),
    ] {
        let mut command = command(&["check", &plan, "--against", &airspace, "--touching"]);
        let output = command.env("COLUMNS", columns).output().unwrap();
        let table = stdout(&output);
        assert!(table.lines().all(|l| l.chars().count() <= columns.parse().unwrap()), "{table}");
        if std::env::var("DECONFLICT_UPDATE").is_ok_and(|set| set == "1") {
            let path = format!("{}/tests/golden/table-{columns}.txt", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, table).unwrap();
        } else {
            assert!(table == golden, "run with DECONFLICT_UPDATE=1 and look at it:\n{table}");
        }
    }
}

#[test]
fn colours_come_only_when_asked_for_or_on_a_terminal() {
    let folder = Folder::new("color");
    let [a, b, _] = three_files(&folder);
    assert!(!stdout(&run(&["check", &a, &b])).contains('\u{1b}'));
    assert!(stdout(&run(&["check", &a, &b, "--color", "always"])).contains("\u{1b}["));
}

#[test]
fn a_name_from_a_file_cannot_steer_the_terminal() {
    let folder = Folder::new("escape");
    let evil = circle("A1", "52:00:00 N", "005:00:00 E", "").replace("AN A1", "AN A1\u{1b}[2J");
    let a = folder.file("a.openair.txt", evil);
    let [_, b, _] = three_files(&folder);
    for form in ["table", "json", "geojson", "csv"] {
        let output = run(&["check", &a, &b, "--output", form]);
        assert!(form == "csv" || !stdout(&output).contains('\u{1b}'), "{form}");
        assert!(!stderr(&output).contains('\u{1b}'), "{form}");
    }
}

#[test]
fn standard_input_is_a_file_like_others() {
    let folder = Folder::new("stdin");
    let [a, b, _] = three_files(&folder);
    let input = std::fs::read(&b).unwrap();
    let output = run_with_input(&["check", "-", "--format", "openair", "--against", &a], &input);
    assert_eq!(status(&output), 1, "{}", stderr(&output));
    let nameless = run_with_input(&["check", "-", "--against", &a], &input);
    assert_eq!(status(&nameless), 2);
    assert!(stderr(&nameless).contains("--format"));
}

#[test]
fn a_file_that_declares_nothing_is_named() {
    let folder = Folder::new("nothing");
    let [a, b, _] = three_files(&folder);
    let empty = "{\"type\": \"FeatureCollection\", \"features\": []}";
    let empty = folder.file("empty.geojson", empty);
    let said = format!("deconflict: {empty} declares no volumes\n");
    let output = run(&["check", &a, &empty]);
    assert_eq!((status(&output), stdout(&output).as_str()), (0, NO_CONFLICT));
    assert_eq!(stderr(&output), said);
    let output = run(&["check", &a, &b, &empty]);
    assert_eq!((status(&output), stderr(&output)), (1, said));
}

#[test]
fn an_end_that_means_for_ever_leaves_nothing_out() {
    let folder = Folder::new("for-ever");
    let [a, b, _] = three_files(&folder);
    let output = run(&["check", &a, &b, "--until", "9999-12-31T00:00:00Z"]);
    assert_eq!(status(&output), 1, "{}", stderr(&output));
}

#[test]
fn the_csv_changes_names_that_are_formulas_and_nothing_else() {
    let folder = Folder::new("formula");
    let circle = |id: &str, lower: &str| {
        format!("id,lat,lon,radius_m,lower,upper\n{id},52,5,500,{lower},100 m AMSL\n")
    };
    let a = folder.file("a.csv", circle("+A", "-10 m AMSL"));
    let args = ["check", "-", "--format", "csv", "--against", &a, "--output", "csv"];
    let output = run_with_input(&args, circle("-7", "-10 m AMSL").as_bytes());
    assert_eq!(status(&output), 1, "{}", stderr(&output));
    let table = stdout(&output);
    let row: Vec<&str> = table.lines().nth(1).unwrap().split(',').collect();
    assert_eq!((row[4], row[6]), ("-10 m AMSL", "-10"));
    assert_eq!((row[13], row[14], row[18]), ("-", "-7", "'+A"));
}

#[test]
fn a_long_id_is_short_in_the_table_and_whole_elsewhere() {
    let folder = Folder::new("long-id");
    let long = "x".repeat(500);
    let a = folder.file("a.csv", format!("id,lat,lon,radius_m\n{long},52,5,500\n"));
    let b = folder.file("b.csv", "id,lat,lon,radius_m\nB1,52,5,500\n");
    let table = stdout(&run(&["check", &a, &b]));
    assert!(table.matches('x').count() < 100 && table.contains('…'), "{table}");
    let table = stdout(&run(&["show", &a]));
    assert!(table.matches('x').count() < 100 && table.contains('…'), "{table}");
    for form in ["json", "geojson", "csv"] {
        assert!(stdout(&run(&["check", &a, &b, "--output", form])).contains(&long), "{form}");
    }
}
