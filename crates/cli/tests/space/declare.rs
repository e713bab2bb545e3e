//! Declaring, standing towards zones, conflicts and the record.

use crate::rig::Rig;

fn circle(lat: f64, radius_m: u32, from: &str, until: &str) -> String {
    format!(
        r#"{{"type":"Feature","properties":{{"name":"Ring","radius_m":{radius_m},"lower":"SFC",
        "upper":"3000 m AGL","from":"{from}","until":"{until}"}},
        "geometry":{{"type":"Point","coordinates":[38.6,{lat}]}}}}"#
    )
}

fn morning(lat: f64, radius_m: u32) -> String {
    circle(lat, radius_m, "2040-06-06T06:00:00Z", "2040-06-06T12:00:00Z")
}

const ZONE: [&str; 6] =
    ["--restriction", "prohibited", "--concerns", "south,aid", "--binds", "south"];

#[test]
fn a_zone_is_disputed_amended_and_agreed_and_everybody_reads_where_each_party_stands() {
    let rig = Rig::new();
    let wide = rig.file("wide.geojson", &morning(33.5, 55_000));
    let narrow = rig.file("narrow.geojson", &morning(33.5, 30_000));
    let zone = rig.declared("north", 0, &[&["zone", &wide], &ZONE[..]].concat());
    let id = &zone[..10];
    let asked = rig.at("south", &["zone", "agree", id]);
    assert_eq!(asked.status.code(), Some(2), "nobody can be asked");
    let asked = String::from_utf8(asked.stderr).unwrap();
    for told in [&zone, "do not enter", "circle, 55 km", "give --yes", "nothing was signed"] {
        assert!(asked.contains(told), "{told}: {asked}");
    }
    let dispute =
        ["zone", "dispute", id, "--point", "radius", "--text", "30 km at the most", "--yes"];
    rig.told("south", 0, &dispute);
    let shown = rig.told("aid", 0, &["zone", "show", id]);
    for told in [
        "south  disputed   at ",
        "30 km at the most",
        "the zone is unilateral towards it",
        "aid    silent     was asked and has not answered, which is no consent",
        "watch  not asked",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    rig.told("north", 0, &["declare", "amend", id, &narrow, "--yes"]);
    let zones = rig.json("south", 0, &["zone", "list"]);
    let version = zones["declarations"][0]["version"].as_str().unwrap().to_owned();
    assert_ne!(version, zone);
    let stale = ["zone", "agree", id, "--version", &zone[..8], "--yes"];
    let stale = String::from_utf8(rig.at("south", &stale).stderr).unwrap();
    assert!(stale.contains("the present version"), "{stale}");
    rig.told("south", 0, &["zone", "agree", id, "--version", &version[..8], "--yes"]);
    let of = rig.json("north", 0, &["zone", "show", id]);
    let stands = |party: &str| {
        let all = of["agreement"].as_array().unwrap();
        let stand = all.iter().find(|stand| stand["party"] == party).unwrap();
        (stand["stands"].as_str().unwrap().to_owned(), stand["unilateral"].as_bool().unwrap())
    };
    assert_eq!(stands("south"), ("agreed".into(), false));
    assert_eq!(stands("aid"), ("silent".into(), false));
    assert_eq!(stands("watch"), ("not-asked".into(), false));
    // The watch desk is not concerned: it is told of no such zone, in the words for one that is none.
    let hidden = String::from_utf8(rig.at("watch", &["zone", "show", id]).stderr).unwrap();
    let none = String::from_utf8(rig.at("watch", &["zone", "show", "0123456789"]).stderr).unwrap();
    assert_eq!(hidden.replace(id, "0123456789"), none);
    rig.told("south", 0, &["zone", "withdraw", id, "--reason", "the garrison left", "--yes"]);
    let shown = rig.told("north", 0, &["zone", "show", id]);
    assert!(shown.contains("south  withdrew "), "{shown}");
    let log = rig.told("north", 0, &["log", "--party", "south"]);
    for told in
        ["disputes version", "agrees to version", "withdraws its agreement", "duty officer, key"]
    {
        assert!(log.contains(told), "{told}: {log}");
    }
}

#[test]
fn a_conflict_is_told_to_both_sides_and_neither_reads_the_others_plan() {
    let rig = Rig::new();
    let quiet = rig.told("south", 0, &["conflicts"]);
    assert_eq!(
        quiet,
        "No conflict among what was declared. Undeclared people and places are not in it.\n"
    );
    let plan = rig.file("plan.geojson", &morning(33.5, 2_000));
    let north = rig.declared("north", 0, &["operation", &plan, "--name", "en=Survey of the north"]);
    let convoy = [
        "movement",
        "--name",
        "en=Convoy 7",
        "--half-width",
        "500m",
        "--armed-escort",
        "no",
        "--contact",
        "channel 16",
        "--vehicle",
        "truck; 12-3456; red cross on the roof",
        "--waypoint",
        "33.50, 38.55 @ 2040-06-06T08:00:00Z/2040-06-06T08:30:00Z",
        "--waypoint",
        "33.50, 38.65 @ 2040-06-06T09:00:00Z/2040-06-06T09:30:00Z",
    ];
    let aid = rig.declared("aid", 1, &convoy);
    let list = rig.json("north", 1, &["conflicts"]);
    let conflict = list["conflicts"][0]["conflict"].as_str().unwrap()[..12].to_owned();
    let shown = rig.told("north", 0, &["conflicts", "show", &conflict]);
    for told in
        ["Survey of the north", "a movement of aid that you may not see", "+000 aid", "begins in"]
    {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    for hidden in ["Convoy 7", "channel 16", "12-3456", &aid[..8]] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
    let shown = rig.told("aid", 0, &["conflicts", "show", &conflict]);
    assert!(shown.contains("Convoy 7") && shown.contains("+000 north"), "{shown}");
    assert!(!shown.contains("Survey"), "{shown}");
    rig.told("watch", 0, &["conflicts", "own", &conflict, "--yes"]);
    rig.told("aid", 0, &["conflicts", "noticed", &conflict, "--yes"]);
    rig.told("north", 0, &["conflicts", "contact", &conflict, "--means", "by telephone", "--yes"]);
    let of = rig.json("aid", 0, &["conflicts", "show", &conflict]);
    assert_eq!(of["state"], "contact-made");
    assert_eq!(of["owner"]["party"], "watch");
    let elsewhere = rig.file("elsewhere.geojson", &morning(35.5, 2_000));
    rig.told("north", 0, &["declare", "amend", &north[..8], &elsewhere, "--yes"]);
    assert_eq!(rig.json("aid", 0, &["conflicts"])["conflicts"].as_array().unwrap().len(), 0);
    let over = rig.told("aid", 0, &["conflicts", "--all"]);
    assert!(over.contains("resolved by a change"), "{over}");
    let hidden =
        String::from_utf8(rig.at("south", &["conflicts", "show", &conflict]).stderr).unwrap();
    assert!(hidden.contains("sees none"), "{hidden}");
}

#[test]
fn a_list_of_sites_gets_a_result_for_each_row_and_a_bad_one_is_not_declared_at_all() {
    let rig = Rig::new();
    let header = "id,name_en,kind,lat,lon,coordinates,radius_m\n";
    let clinic = "c,Clinic,hospital,33.5,38.6,33°30′00″N 38°36′00″E,200\n";
    let list = rig.file("sites.csv", &format!("{header}{clinic}s,School,school,33.6,38.7,,100\n"));
    let refused = rig.at("aid", &["declare", "site", "--list", &list, "--yes"]);
    assert_eq!(refused.status.code(), Some(2));
    let refused = String::from_utf8(refused.stderr).unwrap();
    assert!(
        refused.contains("row 3 (s): its coordinates stand there in one form only"),
        "{refused}"
    );
    let args = ["declare", "site", "--list", &list, "--unverified", "--share", "north", "--yes"];
    let done = rig.json("aid", 0, &args);
    let rows: Vec<_> =
        done["declared"].as_array().unwrap().iter().map(|d| d["from"].clone()).collect();
    assert_eq!(rows, ["row 2 (c)", "row 3 (s)"]);
    let shown = rig.told("north", 0, &["declare", "list", "--kind", "site"]);
    for told in ["Clinic", "School", "UNVERIFIED coordinates", "confirmed until"] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let south = rig.told("south", 0, &["declare", "list"]);
    assert!(!south.contains("Clinic") && south.contains("nobody declared"), "{south}");
    let site = done["declared"][1]["statement"].as_str().unwrap();
    rig.told("aid", 0, &["declare", "reconfirm", &site[..8], "--yes"]);
    let wrong = String::from_utf8(
        rig.at("aid", &["declare", "end", &site[..8], "--how", "ended", "--yes"]).stderr,
    );
    assert!(wrong.unwrap().contains("--how removed"));
    rig.told("aid", 0, &["declare", "end", &site[..8], "--how", "removed", "--yes"]);
    let log = rig.json("north", 0, &["log", "--kind", "end", "--kind", "reconfirm"]);
    assert_eq!(log["entries"].as_array().unwrap().len(), 2, "{log}");
}

#[test]
fn before_signing_one_reads_who_will_hold_it_and_that_it_cannot_be_taken_back() {
    let rig = Rig::new();
    let plan = rig.file("plan.geojson", &morning(33.5, 2_000));
    let asked = |share: &[&str]| {
        let output = rig.at("north", &[&["declare", "operation", &plan], share].concat());
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let nobody = asked(&[]);
    assert!(nobody.contains("No other party will hold it."), "{nobody}");
    assert!(nobody.contains("the host of watch keeps it in full"), "{nobody}");
    let some = asked(&["--share", "aid,south"]);
    assert!(some.contains("hold it: aid, south. It cannot be taken back from them."), "{some}");
    let all = asked(&["--share", "all"]);
    assert!(all.contains("every party that joins later"), "{all}");
    assert_eq!(rig.told("north", 0, &["declare", "list"]).lines().count(), 1, "nothing was signed");
    let operation = rig.declared("north", 0, &["operation", &plan]);
    let id = &operation[..8];
    rig.told("north", 0, &["declare", "state", id, "activated", "--yes"]);
    rig.told("north", 0, &["declare", "share", id, "--share", "aid", "--yes"]);
    let seen = rig.json("aid", 0, &["declare", "show", id]);
    assert_eq!((&seen["state"], &seen["owner"]), (&"activated".into(), &"north".into()));
    let declared = rig.file("again.json", &seen["declared"].to_string());
    let again = rig.declared("south", 1, &["operation", &declared]);
    assert_ne!(again, operation);
    let met = rig.json("south", 1, &["conflicts"]);
    assert_eq!(met["conflicts"].as_array().unwrap().len(), 1);
}

#[test]
fn an_interest_is_touched_by_what_is_declared_in_its_area() {
    let rig = Rig::new();
    let area = rig.file("area.geojson", &morning(33.5, 50_000));
    rig.told("south", 0, &["interest", "set", "home", &area, "--kinds", "operation", "--yes"]);
    let plan = rig.file("plan.geojson", &morning(33.5, 2_000));
    rig.declared("north", 0, &["operation", &plan, "--share", "south"]);
    let list = rig.json("south", 0, &["interest", "list"]);
    assert_eq!(list["interests"][0]["count"], 1, "{list}");
    assert_eq!(rig.json("aid", 0, &["interest", "list"])["interests"].as_array().unwrap().len(), 0);
    rig.told("south", 0, &["interest", "drop", "home", "--yes"]);
    let none = rig.told("south", 0, &["interest", "list"]);
    assert_eq!(none, "This party has no interest on record.\n");
}

#[test]
fn a_party_that_nobody_knows_is_given_nothing_and_nothing_is_signed() {
    let rig = Rig::new();
    let plan = rig.file("plan.geojson", &morning(33.5, 2_000));
    let kept = || rig.json("north", 0, &["desk", "queue"])["queue"].as_array().unwrap().len();
    let before = kept();
    let output = rig.at("north", &["declare", "operation", &plan, "--yes", "--share", "open"]);
    assert_eq!(output.status.code(), Some(2));
    let open = String::from_utf8(output.stderr).unwrap();
    assert!(open.contains("knows no party open"), "{open}");
    assert!(kept() <= before, "what was enrolled before may have been seen in the record");
}

#[test]
fn what_lapsed_is_forgotten_and_its_number_made_void_by_a_signed_statement() {
    let rig = Rig::new();
    let plan = rig.file("plan.geojson", &morning(33.5, 2_000));
    let args = ["declare", "operation", &plan, "--valid-for", "1s", "--offline", "--yes"];
    let kept = rig.json("aid", 0, &args);
    let name = kept["declared"][0]["statement"].as_str().unwrap().to_owned();
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    assert!(rig.told("aid", 1, &["desk", "send"]).contains("its time is over"));
    let item = rig.json("aid", 0, &["desk", "queue"])["queue"][0].clone();
    assert_eq!(
        (&item["fate"], &item["says"], &item["number"]),
        (&"too-late".into(), &"declare".into(), &1.into())
    );
    let asked = rig.at("aid", &["desk", "queue", "dismiss", &name[..12]]);
    assert_eq!(asked.status.code(), Some(2));
    assert!(String::from_utf8(asked.stderr).unwrap().contains("Number 1 of key"));
    // Without a line it waits, and the queue shows what it is.
    let dismiss = ["desk", "queue", "dismiss", &name[..12], "--yes", "--offline"];
    let done = rig.told("aid", 0, &dismiss);
    assert!(
        done.contains("number 1 of its key is to be void") && done.contains("NOT SENT YET"),
        "{done}"
    );
    let queue = rig.told("aid", 0, &["desk", "queue"]);
    assert!(queue.contains("(number 1 of its key is void): not sent yet"), "{queue}");
    assert!(!queue.contains(&name), "{queue}");
    assert!(rig.told("aid", 0, &["desk", "send"]).contains("accepted"));
    let log = rig.told("aid", 0, &["log", "--kind", "void"]);
    assert!(log.contains("uses its number 1 for nothing"), "{log}");
    rig.declared("aid", 0, &["operation", &plan]);
}
