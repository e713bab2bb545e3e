//! Proving to others, and checking what others show.

use std::fs;

use crate::rig::{Rig, log};

const PLAN: &str = r#"{"operation":{"name":{"en":"Survey"},"volumes":[{"shape":{"circle":{"center":
    {"lat":33.5,"lon":38.6},"radius_m":2000}},"lower":{"at":{"m":0,"above":"AGL"}},"upper":"unlimited",
    "from":"2040-06-06T06:00:00Z","until":"2040-06-06T12:00:00Z"}]}}"#;

#[test]
fn evidence_is_checked_by_whoever_gets_it_and_refused_when_a_byte_of_it_is_another() {
    let rig = Rig::new();
    let plan = rig.file("plan.json", PLAN);
    let first = rig.declared("north", 0, &["operation", &plan]);
    rig.declared("south", 1, &["operation", &plan]);
    rig.witness();
    let written = rig.told("north", 0, &["evidence", &first[..8]]);
    let dir = format!("evidence-{}", &first[..8]);
    assert!(written.contains(&format!("deconflict verify {dir}")), "{written}");
    let stranger = |args: &[&str]| {
        let output = rig.command(&[&["verify"], args].concat()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (status, report) = stranger(&[&dir]);
    assert_eq!(status, 0, "{report}");
    for told in [
        "`north.example/desk` countersigned it",
        "Not checked:",
        "give --log",
        "compare the founding",
    ] {
        assert!(report.contains(told), "{told}: {report}");
    }
    let log = log().to_string();
    let known = [&dir, "--log", &log, "--founding", &rig.founding];
    let (status, report) = stranger(&known);
    assert_eq!(status, 0);
    assert!(!report.contains("give --log"), "{report}");
    let other = "0".repeat(64);
    assert_eq!(stranger(&[&dir, "--founding", &other]).0, 1);
    let policy = fs::read_to_string(rig.path(&dir).join("policy")).unwrap();
    let same = rig.file("same.policy", &policy);
    assert_eq!(stranger(&[&dir, "--policy", &same]).0, 0);
    let stricter =
        rig.file("none.policy", &policy.replace("quorum", "# quorum").replace(&log, "x"));
    assert_eq!(stranger(&[&dir, "--policy", &stricter]).0, 2, "no policy at all");
    let conflict = rig.json("north", 1, &["conflicts"])["conflicts"][0]["conflict"].clone();
    let conflict = conflict.as_str().unwrap();
    rig.told("north", 0, &["evidence", conflict, "--to", "incident"]);
    rig.told("north", 0, &["evidence", "0", "--to", "beginning"]);
    rig.told("north", 0, &["evidence", "--all", "--to", "record"]);
    assert!(stranger(&["record"]).1.contains("`north`: 2 statements accepted"));
    let json = rig.command(&["verify", "incident", "--output", "json"]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["sound"], &json["party"]), (&true.into(), &serde_json::Value::Null));
    let open = json["not_checked"].as_array().unwrap().iter().filter_map(|one| one.as_str());
    assert!(open.into_iter().any(|one| one.contains("says that north's did")), "{json}");
    let readme = rig.path("incident").join("README.md");
    fs::write(&readme, fs::read_to_string(&readme).unwrap() + " ").unwrap();
    let (status, report) = stranger(&["incident"]);
    assert_eq!(status, 1, "{report}");
    assert!(report.contains("NOT PROVEN") && report.contains("README.md"), "{report}");
    assert_eq!(stranger(&["nowhere"]).0, 2);
    let none = rig.at("north", &["evidence", "0123456789"]);
    assert!(
        String::from_utf8(none.stderr)
            .unwrap()
            .contains("no declaration, conflict, overlay, message or statement")
    );
}

#[test]
fn a_host_is_checked_as_a_party_is_given_its_record() {
    let rig = Rig::new();
    let plan = rig.file("plan.json", PLAN);
    rig.declared("north", 0, &["operation", &plan]);
    rig.witness();
    let (url, key) = (rig.url(), rig.path("north.key"));
    let key = key.to_str().unwrap();
    let check = |args: &[&str]| {
        let output = rig.command(&[&["verify", url.as_str()], args].concat()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    };
    let (status, report) = check(&["--key", key, "--party", "north"]);
    assert_eq!(status, 0, "{report}");
    for told in
        ["`north`: 2 statements accepted", "the host's own word", "other parties than north"]
    {
        assert!(report.contains(told), "{told}: {report}");
    }
    let (status, report) = check(&[]);
    assert_eq!(status, 2);
    assert!(report.contains("to its parties alone"), "{report}");
    let other = deconflict_record::SigningKey::from_seed(&[3; 32]).verifying_key();
    let other =
        deconflict_record::Vkey::new(crate::rig::SPACE, deconflict_record::KeyUse::Log, other);
    let other = other.unwrap().to_string();
    let (status, report) = check(&["--key", key, "--party", "north", "--log", &other]);
    assert_eq!(status, 2, "{report}");
    assert!(report.contains("another key"), "{report}");
}

#[test]
fn the_head_and_each_entry_are_shown_with_what_stands_behind_them() {
    let rig = Rig::new();
    let plan = rig.file("plan.json", PLAN);
    let statement = rig.declared("north", 0, &["operation", &plan]);
    rig.witness();
    let head = rig.json("north", 0, &["log", "head"]);
    assert_eq!(head["quorum"], true);
    assert!(head["checkpoint"].as_str().unwrap().starts_with(crate::rig::SPACE));
    let entries = rig.json("north", 0, &["log", "--kind", "declare"]);
    let entry = &entries["entries"][0];
    assert_eq!(entry["statement"]["hash"], statement.as_str());
    let index = entry["index"].to_string();
    let shown = rig.told("north", 0, &["log", "show", &index]);
    for told in [&statement, "accepted: it takes effect", "duty officer, key", "\"declare\": {"] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let hidden = String::from_utf8(rig.at("south", &["log", "show", &index]).stderr).unwrap();
    assert!(hidden.contains("was not given it"), "{hidden}");
    let last = rig.told("north", 0, &["log", "--last", "1"]);
    assert_eq!(last.lines().count(), 1);
}

#[test]
fn what_the_reader_knows_settles_what_is_said_of_key_and_founding_and_nothing_else_does() {
    let rig = Rig::new();
    let plan = rig.file("plan.json", PLAN);
    let plan = rig.declared("north", 0, &["operation", &plan]);
    rig.told("north", 0, &["evidence", &plan[..8], "--to", "early"]);
    rig.witness();
    rig.told("north", 0, &["evidence", &plan[..8], "--to", "dir"]);
    let key = rig.path("north.key");
    let url = rig.url();
    let of_host = [url.as_str(), "--key", key.to_str().unwrap(), "--party", "north"];
    let log = log().to_string();
    let text = fs::read_to_string(rig.path("dir").join("policy")).unwrap();
    let same = rig.file("same.policy", &text);
    let none = rig.file("none.policy", &format!("log {log}\nquorum none\n"));

    let (asks, mean) = ("ask a party whether it was", "that this is the space that you mean");
    let (own, parties) = ("'s own word", "began with the parties that you mean");
    // What is given, what is then said, and what is not.
    let cases: [(&[&str], &[&str], &[&str]); 6] = [
        (&[], &[asks, own, mean, "give --log", "give --founding"], &["you gave", "your policy"]),
        (&["--log", &log], &[asks, "which you gave", parties], &[own, mean, "give --log"]),
        (
            &["--founding", &rig.founding],
            &["the one that you gave", own],
            &[asks, mean, parties, "give --founding"],
        ),
        (
            &["--policy", &same],
            &["your policy names", "on whose witnesses your policy relies", "`north.example/desk`"],
            &[asks, own, mean, parties, "give --log", "give --founding"],
        ),
        (&["--policy", &none], &["your policy names", asks, parties], &[own, "relies on"]),
        (
            &["--log", &log, "--founding", &rig.founding, "--policy", &same],
            &["which you gave", "the one that you gave", "relies on"],
            &[asks, own, mean, parties],
        ),
    ];
    for (given, said, unsaid) in cases {
        for of in [&["dir"][..], &of_host[..]] {
            let args = [&["verify"], of, given].concat();
            let output = rig.command(&args).output().unwrap();
            let report = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert_eq!(output.status.code(), Some(0), "{args:?}: {report}");
            said.iter()
                .for_each(|part| assert!(report.contains(part), "{args:?} {part}: {report}"));
            unsaid
                .iter()
                .for_each(|part| assert!(!report.contains(part), "{args:?} {part}: {report}"));
            // Whoever reads from the host reads all that it gives; a folder can lack something.
            let made = report.contains("whoever made this left entries out");
            assert_eq!(made, of.len() == 1, "{report}");
        }
    }

    let refused = |of: &[&str], given: &[&str]| {
        let output = rig.command(&[&["verify"], of, given].concat()).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code().unwrap(), said)
    };
    let other = "0".repeat(64);
    for of in [&["dir"][..], &of_host[..]] {
        let (status, said) = refused(of, &["--founding", &other]);
        assert!(status != 0 && said.contains(&other) && said.contains(&rig.founding), "{said}");
    }
    let (status, early) = refused(&["early"], &["--policy", &same]);
    assert!(status == 1 && early.contains("by the policy that you gave"), "{early}");
    let (_, early) = refused(&["early"], &[]);
    assert!(!early.contains("of countersignatures"), "nobody countersigned: {early}");
    let file = rig.file("caught.json", "{}");
    let (status, said) = refused(&[&file], &["--policy", &same]);
    assert!(status == 2 && said.contains("neither --founding nor --policy"), "{said}");
}
