//! A zone over what it does not bind: nobody reads "no conflict" there.

use crate::rig::Rig;

const NO_CONFLICT: &str = "No conflict";

fn convoy(name: &str) -> Vec<String> {
    let name = format!("en={name}");
    let args = [
        "movement",
        "--name",
        &name,
        "--half-width",
        "500m",
        "--armed-escort",
        "no",
        "--contact",
        "channel 16",
        "--upper",
        "120 m AGL",
        "--waypoint",
        "33.50, 37.00 @ 2040-06-06T06:00:00Z/2040-06-06T06:30:00Z",
        "--waypoint",
        "33.50, 38.60 @ 2040-06-06T09:00:00Z/2040-06-06T09:30:00Z",
    ];
    args.map(str::to_owned).to_vec()
}

/// North's zone, which says "do not enter", and binds nobody but south.
fn zone(rig: &Rig, concerns: &str) -> String {
    let area = rig.file(
        "area.geojson",
        r#"{"type":"Feature","properties":{"name":"Ring","radius_m":20000,"lower":"SFC","upper":"3000 m AGL",
        "from":"2040-06-06T00:00:00Z"},"geometry":{"type":"Point","coordinates":[38.6,33.5]}}"#,
    );
    let args =
        ["zone", &area, "--restriction", "prohibited", "--binds", "south", "--concerns", concerns];
    rig.declared("north", 0, &args)
}

fn args<'a>(first: &[&'a str], rest: &'a [String], last: &[&'a str]) -> Vec<&'a str> {
    let rest = rest.iter().map(String::as_str);
    first.iter().copied().chain(rest).chain(last.iter().copied()).collect()
}

#[test]
fn a_convoy_that_ends_in_a_zone_that_does_not_bind_it_is_told_what_the_zone_says_and_whom_to_call()
{
    let rig = Rig::new();
    let zone = zone(&rig, "south,aid");
    let (seventh, eighth) = (convoy("Convoy 7"), convoy("Convoy 8"));

    // Before it is signed, from what this desk holds, which it says.
    let asked = rig.at("aid", &args(&["declare"], &seventh, &[]));
    assert_eq!(asked.status.code(), Some(2));
    let asked = String::from_utf8(asked.stderr).unwrap();
    let told = [
        "OVERLAY",
        "zone \"Ring\" of north",
        "which says: do not enter; you are not bound by it",
        "+000 north",
        "only with what this desk holds",
    ];
    told.iter().for_each(|told| assert!(asked.contains(told), "{told}: {asked}"));

    let done = rig.json("aid", 1, &args(&["declare"], &seventh, &["--yes"]));
    let done = &done["declared"][0];
    assert_eq!(done["conflicts"].as_array().unwrap().len(), 0);
    let overlay = done["overlays"][0].as_str().unwrap()[..12].to_owned();
    let movement = done["statement"].as_str().unwrap()[..12].to_owned();

    let list = rig.told("aid", 1, &["conflicts"]);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!list.contains(NO_CONFLICT) && words(&list).contains("your movement"), "{list}");
    let list = rig.json("aid", 1, &["conflicts"]);
    assert_eq!(list["conflicts"].as_array().unwrap().len(), 0);
    let one = &list["overlays"][0];
    assert_eq!((&one["kind"], &one["state"]), (&"zone-over-movement".into(), &"open".into()));
    assert_eq!(one["exact"]["meeting"][0]["certainty"], "overlap", "{one}");
    assert_eq!(one["exact"]["meeting"][0]["upper"]["m"], 120.0, "{one}");
    let shown = words(&rig.told("aid", 0, &["conflicts", "show", &overlay]));
    for told in [
        "your movement \"Convoy 7\"",
        "enters zone \"Ring\" of north",
        "which says: do not enter; you are not bound by it",
        "where ",
        "exactly they overlap: 2040-06-06 06:00 to 09:30; SFC to 120 m AGL; around 33.",
        "call north (The north): +000 north",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let shown = rig.told("aid", 1, &["declare", "show", &movement]);
    assert!(shown.contains(&format!("OVERLAY {}", &overlay[..8])), "{shown}");
    let shown = rig.json("aid", 1, &["declare", "show", &movement]);
    assert_eq!(shown["overlays"][0]["kind"], "zone-over-movement");
    let status = rig.told("aid", 1, &["desk", "status"]);
    assert!(status.contains("overlays   1 not ended"), "{status}");
    assert_eq!(rig.json("aid", 1, &["desk", "status"])["open_overlays"], 1);

    // The zone's owner may not see the convoy.
    let list = words(&rig.told("north", 1, &["conflicts"]));
    assert!(list.contains("something of aid lies near your"), "{list}");
    assert!(!list.contains("Convoy") && !list.contains(NO_CONFLICT), "{list}");
    let list = rig.json("north", 1, &["conflicts"]);
    assert!(list["overlays"][0].get("exact").is_none(), "{list}");
    // Whom it does not concern is told nothing.
    assert!(rig.told("south", 0, &["conflicts"]).contains(NO_CONFLICT));
    // Nobody takes it on: nothing has to be settled.
    let taken = rig.at("aid", &["conflicts", "own", &overlay, "--yes"]);
    assert_eq!(taken.status.code(), Some(2));
    assert!(String::from_utf8(taken.stderr).unwrap().contains("is an overlay"));

    let log = rig.told("aid", 0, &["log"]);
    assert!(log.contains("OVERLAY") && log.contains("your movement \"Convoy 7\""), "{log}");
    assert!(!log.contains("hidden") && !log.contains("of aid that you may not see"), "{log}");

    // Kept to be sent later, it has been compared with what the desk holds all the same.
    let kept = rig.json("aid", 1, &args(&["declare"], &eighth, &["--yes", "--offline"]));
    assert_eq!(kept["declared"][0]["outcome"], "queued");
    let name = kept["declared"][0]["statement"].as_str().unwrap();
    rig.told("aid", 0, &["desk", "queue", "dismiss", name]);

    rig.told("north", 0, &["declare", "end", &zone[..12], "--how", "cancelled", "--yes"]);
    assert!(rig.told("aid", 0, &["conflicts"]).contains(NO_CONFLICT));
    let over = words(&rig.told("aid", 0, &["conflicts", "--all"]));
    assert!(over.contains("over") && !over.contains(NO_CONFLICT), "{over}");
    rig.told("aid", 0, &["declare", "show", &movement]);
    rig.told("aid", 0, &["desk", "status"]);
}

#[test]
fn where_the_zone_is_hidden_something_lies_near_and_nothing_more_is_said() {
    let rig = Rig::new();
    zone(&rig, "south");
    let convoy = convoy("Convoy 7");
    let asked = rig.at("aid", &args(&["declare"], &convoy, &[]));
    let asked = String::from_utf8(asked.stderr).unwrap();
    assert!(
        !asked.contains("north") && asked.contains("only with what this desk holds"),
        "{asked}"
    );
    let done = rig.told("aid", 1, &args(&["declare"], &convoy, &["--yes"]));
    let overlay = done.split("conflicts show ").nth(1).unwrap().trim().to_owned();
    assert!(done.contains("OVERLAY"), "{done}");
    let shown = rig.told("aid", 0, &["conflicts", "show", &overlay]);
    for told in
        ["something of north lies near your movement", "+000 north", "m each way\n", "2040-06-06"]
    {
        let cells = told.starts_with("m each") && shown.contains(" cells of ");
        assert!(shown.contains(told) || cells, "{told}: {shown}");
    }
    for hidden in ["Ring", "do not enter", "exactly", "heights", "zone"] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
    assert!(rig.told("aid", 1, &["conflicts"]).contains("something of north"));
    let log = rig.told("aid", 0, &["log"]);
    assert!(log.contains("something of north lies near your movement"), "{log}");
}
