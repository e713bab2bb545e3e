//! A host as a service: what it waits for after a start, and whose key it is given.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::Value;

use crate::place::{Place, SPACE, Served, terminate};

#[test]
fn a_host_started_again_says_who_has_spoken_who_is_missing_and_what_can_be_done() {
    let place = Place::new();
    let (plain, log, founding) = place.founded();
    plain.stop();
    let run = ["host", "run", "host", "--listen", "127.0.0.1:0"];
    let mut child =
        place.command(&run).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut told).unwrap();
    terminate(&mut child);
    child.wait().unwrap();
    for part in
        ["Heard: 0 of 1 ", "Not heard: `north.example/desk` of north", "--alone", "desk sync"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }

    let mut host = Served::with(&place, &["host", "--output", "json"]);
    let waiting: Value = serde_json::from_str(&host.says()).unwrap();
    assert_eq!(waiting["event"], "waiting");
    assert_eq!((&waiting["needed"], &waiting["heard"]), (&1.into(), &Value::Array(Vec::new())));
    assert_eq!(waiting["silent"][0]["witness"], "north.example/desk");
    assert_eq!(waiting["silent"][0]["party"], "north");
    assert_eq!(waiting["alone"], true);
    // A witness whose operator is not enrolled yet can be heard too: by its root.
    place.desk("north", &host.url, &log, &founding);
    let open: Value = serde_json::from_str(&host.says()).unwrap();
    assert_eq!(open["event"], "open");
    let stopped: Value = serde_json::from_str(&host.stop()).unwrap();
    assert_eq!(stopped["event"], "stopped");
    assert!(stopped["entries"].as_u64().unwrap() > waiting["entries"].as_u64().unwrap());
}

#[test]
fn a_first_start_that_served_nobody_leaves_the_next_one_the_first() {
    let place = Place::new();
    place.charter();
    for party in ["south", "north"] {
        place.line(0, &format!("space sign charter.json --key {party}/root.key --yes"));
    }
    place.line(0, "host init host --founding founding.json --log-key log.key");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let busy = place.line(2, &format!("host run host --listen {address}"));
    assert!(busy.contains(&address.to_string()), "{busy}");
    let mut host = Served::with(&place, &["host", "--output", "json", "--metrics", "127.0.0.1:0"]);
    assert!(host.says().contains("metrics"));
    // It does not wait for anybody: the next thing that it says is that it stops.
    let stopping = host.stop_saying();
    assert!(stopping[0].contains("stopping"), "{stopping:?}");
}

#[test]
fn a_key_that_is_not_the_records_is_refused_before_anything_is_written() {
    let place = Place::new();
    let log = place.charter();
    for party in ["south", "north"] {
        place.line(0, &format!("space sign charter.json --key {party}/root.key --yes"));
    }
    let other = place.json(&["key", "new", "other.key", "--name", SPACE])["vkey"].clone();
    let other = other.as_str().unwrap();
    let names_both = |told: &str| {
        let given = told.contains(&format!("other.key: holds the key {other}"));
        assert!(given && told.contains(&log) && told.contains("--log-key"), "{told}");
    };
    names_both(&place.line(2, "host init host --founding founding.json --log-key other.key"));
    assert!(!place.path("host").exists());
    place.line(0, "host init host --founding founding.json --log-key log.key");
    place.line(0, "backup host copy.sqlite");
    names_both(&place.line(2, "host restore later copy.sqlite --log-key other.key"));
    assert!(!place.path("later").exists());
    place.line(0, "host restore later copy.sqlite --log-key log.key");
    // Somebody puts another key into the place of the right one.
    fs::rename(place.path("other.key"), place.path("log.key")).unwrap();
    let told = place.line(2, "host run later --listen 127.0.0.1:0");
    assert!(told.contains(&format!("log.key: holds the key {other}")), "{told}");
    assert!(told.contains(&log), "{told}");
}
