//! Who takes part and by which charter: joining, pausing, leaving and amending, as the others see it.

use std::fs;

use serde_json::{Value, json};

use crate::place::{Place, Served};

const PLAN: &str = r#"{"operation":{"name":{"en":"Survey"},"volumes":[{"shape":{"circle":{"center":
    {"lat":33.5,"lon":38.6},"radius_m":2000}},"lower":{"at":{"m":0,"above":"AGL"}},"upper":"unlimited",
    "from":"2040-06-06T06:00:00Z","until":"2040-06-06T12:00:00Z"}]}}"#;

/// North, whose desk countersigns and whose machine is the host, and south.
struct Two {
    place: Place,
    host: Served,
    log: String,
    founding: String,
}

impl Two {
    fn new() -> Two {
        let place = Place::new();
        let (host, log, founding) = place.founded();
        for party in ["north", "south"] {
            place.desk(party, &host.url, &log, &founding);
        }
        fs::write(place.path("plan.json"), PLAN).unwrap();
        Two { place, host, log, founding }
    }

    fn declares(&self, status: i32, party: &str, more: &str) -> String {
        let line = format!("declare operation plan.json --desk desk-{party} --yes {more}");
        self.place.line(status, &line)
    }

    /// Where a party stands, as another one's desk knows it.
    fn state_of(&self, party: &str, at: &str) -> Value {
        let show = ["party", "show", party, "--desk", &format!("desk-{at}")];
        self.place.json(&show)["state"].clone()
    }
}

#[test]
fn a_party_joins_once_it_and_all_roots_have_signed_and_then_files_like_any_other() {
    let two = Two::new();
    let place = &two.place;
    place.party("aid");
    let begin = |root: &str| format!("party join aid/member.json --root {root} --desk desk-north");
    let own = place.line(2, &begin("aid/root.key --yes"));
    assert!(own.contains("a party that takes part begins the statement"), "{own}");
    let asked = place.line(2, &begin("north/root.key"));
    assert!(asked.contains("This party joins:") && asked.contains("nothing was signed"), "{asked}");
    let begun = place.line(0, &begin("north/root.key --yes"));
    assert!(begun.contains("Not signed yet by aid, who joins"), "{begun}");

    // What is refused stands in the record, so it is not even filed before enough have signed.
    let before = place.json(&["desk", "status", "--desk", "desk-south"])["size"].clone();
    let early = place.line(2, "space file join.json --desk desk-south");
    assert!(early.contains("aid, who joins, has not signed yet"), "{early}");
    place.line(0, "space sign join.json --key aid/root.key --yes");
    let early = place.line(2, "space file join.json --desk desk-south");
    assert!(early.contains("2 root signatures are needed and 1 are there (north)"), "{early}");
    assert!(early.contains("Nothing was filed"), "{early}");
    assert_eq!(place.json(&["desk", "status", "--desk", "desk-south"])["size"], before);

    place.line(0, "space sign join.json --key south/root.key --yes");
    let filed = place.line(0, "space file join.json --desk desk-south");
    assert!(filed.contains("Accepted"), "{filed}");
    assert_eq!(two.state_of("aid", "north"), "joined");
    let shown = place.line(0, "party show aid --desk desk-north");
    assert!(shown.contains("+000 aid") && shown.contains("joined at "), "{shown}");
    let again = place.line(0, "space file join.json --desk desk-south");
    assert_eq!(again, filed, "the same statement, in the same place");

    place.desk("aid", &two.host.url, &two.log, &two.founding);
    two.declares(0, "aid", "--share south");
    let seen = place.line(0, "declare list --desk desk-south");
    assert!(seen.contains("Survey") && seen.contains("aid"), "{seen}");
    let unseen = place.line(0, "declare list --desk desk-north");
    assert!(!unseen.contains("Survey"), "{unseen}");
}

#[test]
fn a_party_that_is_suspended_files_nothing_until_it_resumes_and_all_see_why() {
    let two = Two::new();
    let place = &two.place;
    let root = "--root south/root.key --desk desk-south";
    assert!(place.line(1, &format!("party resume {root}")).contains("takes part already"));
    let plan = two.declares(0, "south", "--share north");
    assert!(plan.contains("Accepted"), "{plan}");
    let why = ["party", "suspend", "--reason", "no line to the field"];
    let suspended = place.run(0, &[&why[..], &root.split(' ').collect::<Vec<_>>()].concat());
    assert!(suspended.contains("Accepted: the suspension"), "{suspended}");
    assert_eq!(two.state_of("south", "north"), "suspended");
    let shown = place.line(0, "party show south --desk desk-north");
    assert!(shown.contains("suspended at ") && shown.contains(": no line to the field"), "{shown}");
    let refused = two.declares(1, "south", "");
    assert!(refused.contains("REFUSED") && refused.contains("must resume"), "{refused}");
    // What it declared before still stands.
    let seen = place.line(0, "declare list --desk desk-north");
    assert!(seen.contains("Survey"), "{seen}");
    let by_duty = "party resume --root south/duty.key --desk desk-south";
    assert!(place.line(1, by_duty).contains("only the party's root key"));
    assert!(place.line(0, &format!("party resume {root}")).contains("Accepted: the return"));
    assert_eq!(two.state_of("south", "north"), "joined");
    // The plans of one party are no conflict with one another.
    assert!(two.declares(0, "south", "").contains("Accepted"));
}

#[test]
fn whoever_had_shown_a_leaving_party_something_is_told_and_the_host_does_not_leave() {
    let two = Two::new();
    let place = &two.place;
    two.declares(0, "south", "--share north");
    place.line(0, "desk sync --desk desk-north");
    let leave = |party: &str, more: &str| {
        format!("party withdraw --reason over --root {party}/root.key --desk desk-{party} {more}")
    };
    let asked = place.line(2, &leave("north", ""));
    assert!(asked.contains("is told") && asked.contains("nothing was signed"), "{asked}");
    let keeps = place.line(1, &leave("south", "--yes"));
    assert!(keeps.contains("another host first takes it over"), "{keeps}");
    let left = place.line(0, &leave("north", "--yes"));
    assert!(left.contains("Accepted: the withdrawal"), "{left}");
    assert_eq!(two.state_of("north", "south"), "withdrew");
    let told = place.line(0, "log --desk desk-south");
    let held = told.lines().find(|line| line.contains("north, who leaves"));
    assert!(held.is_some_and(|line| line.contains("1 version of what south declared")), "{told}");
    let refused = two.declares(1, "north", "");
    assert!(refused.contains("join anew"), "{refused}");
    let back = place.line(1, "party resume --root north/root.key --desk desk-north");
    assert!(back.contains("join anew"), "{back}");
}

#[test]
fn other_rules_hold_once_all_roots_have_signed_them_and_every_desk_shows_them() {
    let two = Two::new();
    let place = &two.place;
    let in_force = || place.json(&["space", "show", "--desk", "desk-south"]);
    let write = |name: &str, charter: &Value| {
        fs::write(place.path(name), charter.to_string()).unwrap();
    };
    place.line(0, "desk sync --desk desk-south");
    let mut charter = in_force();
    let before = charter["rules"]["separation"].clone();
    charter["quorum"] = json!(2);
    write("impossible.json", &charter);
    let amend = |file: &str, to: &str| {
        format!("space amend {file} --root north/root.key --desk desk-north --to {to} --yes")
    };
    let impossible = place.line(2, &amend("impossible.json", "x.json"));
    assert!(impossible.contains("quorum"), "{impossible}");

    charter["quorum"] = json!(1);
    charter["rules"]["separation"]["horizontal_m"] = json!(2000.0);
    write("apart.json", &charter);
    let begun = place.line(0, &amend("apart.json", "amend.json"));
    assert!(begun.contains("apart: 2000 m along the ground"), "{begun}");
    let early = place.line(2, "space file amend.json --desk desk-north");
    assert!(early.contains("2 root signatures are needed and 1 are there (north)"), "{early}");
    place.line(0, "desk sync --desk desk-south");
    assert_eq!(in_force()["rules"]["separation"], before);
    place.line(0, "space sign amend.json --key south/root.key --yes");
    assert!(place.line(0, "space file amend.json --desk desk-north").contains("Accepted"));
    place.line(0, "desk sync --desk desk-south");
    assert_eq!(in_force()["rules"]["separation"]["horizontal_m"], json!(2000.0));
    let log = place.line(0, "log --desk desk-south");
    assert!(log.contains("charter"), "{log}");

    // Its founders are no rule: who takes part changes by its own statements alone.
    charter["parties"][1]["contact"] = json!(["+999"]);
    write("others.json", &charter);
    place.line(0, &amend("others.json", "others-signed.json"));
    place.line(0, "space sign others-signed.json --key south/root.key --yes");
    let refused = place.line(1, "space file others-signed.json --desk desk-north");
    assert!(refused.contains("nor its founders"), "{refused}");
}

#[test]
fn a_desk_that_has_read_nothing_says_so_and_not_that_nobody_takes_part() {
    let place = Place::new();
    let log = place.charter();
    place.line(
        0,
        &format!(
            "desk init desk --party north --url http://127.0.0.1:9 --log {log} --key north/duty.key"
        ),
    );
    for asked in ["list", "show", "show south"] {
        for output in ["text", "json"] {
            let line = format!("party {asked} --offline --desk desk --output {output}");
            let said = place.line(2, &line);
            assert!(said.contains("has not read the record yet"), "{line}: {said}");
        }
    }
}
