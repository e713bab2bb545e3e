//! One vocabulary for all that a duty officer reads: what is said and found by its code, overlaps among the messages, and a
//! post handed over with all that is open.

use serde_json::Value;

use crate::rig::Rig;

/// A plan at one place, days or years ahead.
fn plan(from: &str, until: &str) -> String {
    format!(
        r#"{{"type":"Feature","properties":{{"name":[{{"text":"Survey","lang":"en"}}],"radius_m":2000,"lower":"SFC",
        "upper":"3000 m AGL","from":"{from}","until":"{until}"}},
        "geometry":{{"type":"Point","coordinates":[38.6,33.5]}}}}"#
    )
}

/// North and south plan to be at one place; the overlap's name.
fn overlap(rig: &Rig) -> String {
    let file = rig.file("plan.geojson", &plan("2040-06-06T06:00:00Z", "2040-06-06T12:00:00Z"));
    rig.declared("north", 0, &["operation", &file]);
    rig.declared("south", 1, &["operation", &file]);
    let list = rig.json("north", 1, &["conflicts"]);
    list["conflicts"][0]["conflict"].as_str().unwrap().to_owned()
}

/// With one blank between words, however a table broke them.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_overlap_stands_among_the_messages_until_it_was_read_there_and_somebody_has_taken_it_on() {
    let rig = Rig::new();
    let id = overlap(&rig);
    for party in ["north", "south"] {
        let inbox = rig.told(party, 1, &["inbox"]);
        for told in
            ["These wait for your answer:", &id[..8], "O4 OVERLAP", "ROUTINE", "begins in", "watch"]
        {
            assert!(inbox.contains(told), "{told}: {inbox}");
        }
        assert!(inbox.lines().all(|line| line.chars().count() <= 120), "{inbox}");
    }
    assert!(rig.told("watch", 0, &["inbox"]).contains("Not answered between others:"));
    assert_eq!(rig.told("aid", 0, &["inbox"]), "No open message.\n");
    let json = rig.json("south", 1, &["inbox"]);
    let one = &json["overlaps"][0];
    assert_eq!((&one["code"], &one["section"]), (&"O4".into(), &"awaiting".into()), "{one}");
    assert_eq!(one["precedence"], "routine");
    let shown = rig.told("south", 0, &["inbox", "show", &id[..8]]);
    assert_eq!(shown, rig.told("south", 0, &["conflicts", "show", &id[..8]]));
    assert!(shown.contains("O4 Overlap found with what you declared."), "{shown}");
    let french = rig.told("south", 0, &["conflicts", "show", &id[..8], "--lang", "fr"]);
    assert!(french.contains("O4 ") && !french.contains("Overlap found"), "{french}");
    for args in
        [&["answer", &id[..8], "ROGER", "--yes"][..], &["inbox", "read-back", &id[..8], "--yes"]]
    {
        let told = rig.at("south", args);
        assert_eq!(told.status.code(), Some(2));
        let told = words(&String::from_utf8(told.stderr).unwrap());
        let command = format!("deconflict conflicts noticed {}", &id[..8]);
        assert!(told.contains(&command) && told.contains("nothing was signed"), "{told}");
    }
    rig.told("south", 0, &["conflicts", "noticed", &id[..8], "--yes"]);
    let inbox = rig.told("south", 0, &["inbox"]);
    assert!(inbox.contains("Overlaps that nobody has settled:"), "{inbox}");
    rig.told("watch", 0, &["conflicts", "own", &id[..8], "--yes"]);
    assert_eq!(rig.told("south", 0, &["inbox"]), "No open message.\n");
    let north = rig.told("north", 1, &["inbox"]);
    assert!(north.contains("owner: watch"), "nobody of north has read of it yet: {north}");

    let list = rig.told("north", 1, &["conflicts"]);
    assert!(list.contains("O4") && list.contains("ROUTINE"), "{list}");
    let log = rig.told("north", 0, &["log"]);
    for told in [
        "O1 We notify a planned activity. Activity: Survey (",
        "| north (duty officer, key ",
        "O4 Overlap found with what you declared. Overlap: ",
        "ROGER Received. In answer to: O4 Overlap found with what you declared.",
    ] {
        assert!(log.contains(told), "{told}: {log}");
    }
    let log = rig.json("south", 0, &["log"]);
    let of = |kind: &str| {
        let all = log["entries"].as_array().unwrap();
        let one = all.iter().find(|one| one["kind"] == kind).unwrap().clone();
        (one["code"].clone(), one["answer"].clone())
    };
    assert_eq!(of("declare"), ("O1".into(), Value::Null));
    assert_eq!(of("conflict-opened"), ("O4".into(), Value::Null));
    assert_eq!(of("noticed"), ("O4".into(), "ROGER".into()));
    assert_eq!(of("own"), (Value::Null, Value::Null), "the watch desk is no side");
    assert_eq!(of("enrol"), (Value::Null, Value::Null));
}

#[test]
fn a_post_is_handed_over_with_all_that_is_open() {
    let rig = Rig::new();
    let id = overlap(&rig);
    let test = rig.json("north", 0, &["say", "L1", "--to", "south", "n=7", "--yes"]);
    let test = test["statement"].as_str().unwrap().to_owned();
    let hand_over = ["duty", "handover", "--post", "duty officer", "--to", "petrova"];
    let hand_over = [&hand_over[..], &["--languages", "ru,en", "--yes"]].concat();
    let told = rig.told("south", 0, &hand_over);
    for told_of in [
        "Accepted: the handover",
        "What is open is handed over with the post:",
        "These wait for your answer:",
        "L1 LINE TEST",
        &test[..8],
        &id[..8],
        "O4 OVERLAP",
    ] {
        assert!(told.contains(told_of), "{told_of}: {told}");
    }
    for party in ["north", "aid", "watch"] {
        let duty = rig.told(party, 0, &["duty"]);
        assert!(duty.contains("petrova") && duty.contains("ru, en"), "{party}: {duty}");
    }
    let some = ["--tell", "north", "--from", "+30min"];
    let json = rig.json("south", 0, &[&hand_over[..], &some].concat());
    assert_eq!(json["outcome"], "accepted");
    assert_eq!(json["open"]["awaiting"][0]["message"], test.as_str());
    assert_eq!(json["open"]["overlaps"][0]["conflict"], id.as_str());
    let shown = rig.json("south", 0, &["inbox", "show", json["statement"].as_str().unwrap()]);
    let to: Vec<&String> = shown["addressees"].as_object().unwrap().keys().collect();
    assert_eq!(to, ["north"]);
    assert_eq!(shown["code"], "L2");
}
