//! A desk whose clock is not the host's.

use deconflict_core::Time;

use crate::channel::ZONE;
use crate::rig::Rig;

const SITE: &str = "id,name_en,kind,lat,lon,coordinates,radius_m\nc,Clinic,hospital,33.5,38.6,33°30′00″N 38°36′00″E,200\n";

#[test]
fn a_desk_whose_clock_is_behind_says_so_counts_from_the_hosts_time_and_begins_no_zone() {
    let rig = Rig::ahead(30);
    let zone = rig.file("zone.geojson", ZONE);
    let declare =
        ["declare", "zone", &zone, "--restriction", "danger", "--concerns", "south", "--yes"];
    let refused = rig.at("north", &declare);
    assert_eq!(refused.status.code(), Some(2));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains("s behind the host's, whose time governs"), "{why}");
    assert!(why.contains("a new zone or operation waits for a good clock; set it"), "{why}");
    assert!(why.contains("nothing was signed"), "{why}");
    let log = rig.json("north", 0, &["log", "--kind", "declare"]);
    assert_eq!(log["entries"].as_array().unwrap().len(), 0, "{log}");
    // What protects, and what is said, waits for no clock.
    let list = rig.file("sites.csv", SITE);
    rig.declared("aid", 0, &["site", "--list", &list]);
    let before = (deconflict_host::system_clock())();
    let said = ["say", "L3", "--to", "south", "from=+600s", "reason=equipment", "--yes"];
    let id = rig.json("north", 0, &said)["statement"].as_str().unwrap().to_owned();
    let log = rig.json("south", 0, &["log", "--kind", "send"]);
    let statement = &log["entries"][0]["statement"];
    let ahead_s = statement["clock_ahead_s"].as_i64().unwrap();
    assert!((-32..=-29).contains(&ahead_s), "{statement}");
    let from = &statement["say"]["send"]["message"]["parameters"]["from"]["time"];
    let from: Time = from.as_str().unwrap().parse().unwrap();
    let counted = from.seconds_since(before);
    assert!((629..=650).contains(&counted), "600 s from the host's now: {counted}");
    let line = rig.told("south", 0, &["log", "--kind", "send"]);
    assert!(line.contains("s behind the host's) sends L3"), "{line}");
    let shown = rig.told("south", 0, &["inbox", "show", &id[..8]]);
    assert!(shown.contains("its clock ") && shown.contains(" behind: a time in it"), "{shown}");
    let row = rig.told("south", 1, &["inbox"]);
    assert!(row.contains("its clock"), "{row}");
    let told = rig.json("south", 0, &["inbox", "show", &id]);
    assert_eq!(told["clock_ahead_s"], ahead_s);
}
