//! A movement of which nothing is heard, and one of which no units were told.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deconflict_core::Time;
use serde_json::Value;

use crate::channel::said;
use crate::rig::Rig;

/// So many minutes from now, as a waypoint names it.
fn in_minutes(minutes: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed();
    Time::from_seconds(now + 60 * minutes).to_string()
}

/// Aid's convoy, which south may see; its windows, in minutes from now.
fn convoy(rig: &Rig, windows: [i64; 4]) -> String {
    let [a, b, c, d] = windows.map(in_minutes);
    let (first, last) = (format!("33.50, 37.00 @ {a}/{b}"), format!("33.50, 37.10 @ {c}/{d}"));
    let args = [
        ["movement", "--name", "en=Convoy 7", "--half-width", "500m", "--armed-escort"],
        ["no", "--contact", "channel 16", "--upper", "120 m AGL", "--share"],
        ["south", "--waypoint", &first, "--waypoint", &last, "--emergency"],
    ];
    rig.declared("aid", 0, &args.concat())
}

/// The messages of a section, once there is one.
fn once(rig: &Rig, party: &str, section: &str) -> Value {
    for _ in 0..100 {
        let out = rig.at(party, &["inbox", "--output", "json"]);
        let told: Value = serde_json::from_slice(&out.stdout).unwrap();
        if told[section].as_array().is_some_and(|all| !all.is_empty()) {
            return told[section].clone();
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    panic!("nothing {section} at {party}");
}

#[test]
fn a_movement_that_is_overdue_stands_with_all_who_may_see_it_until_its_owner_says_that_it_arrived()
{
    let rig = Rig::new();
    let id = convoy(&rig, [-180, -170, -60, -40]);
    for party in ["aid", "south", "watch"] {
        let told = &once(&rig, party, "awaiting")[0];
        assert_eq!(
            (&told["code"], &told["by_host"]["late"]),
            (&"P10".into(), &true.into()),
            "{told}"
        );
    }
    assert!(rig.at("north", &["inbox", "--output", "json"]).status.success());
    assert!(!rig.told("north", 0, &["log"]).contains("OVERDUE"));
    let list = rig.told("aid", 1, &["inbox"]);
    assert!(list.contains("P10") && list.contains("Convoy 7"), "{list}");
    let log = rig.told("south", 0, &["log", "--lang", "fr"]);
    assert!(log.contains("Un déplacement notifié est en retard"), "{log}");
    let movement = format!("movement={}", &id[..8]);
    said(&rig, "aid", &["P3", &movement, "time=now", "status=arrived"]);
    // It waits for nothing any more; that it was on no screen, it says itself.
    let list = rig.json("aid", 0, &["inbox"]);
    assert!(list["unread"][0]["by_host"]["ended"].is_string(), "{list}");
}

#[test]
fn the_owner_alone_reads_that_no_units_were_told_until_somebody_says_so() {
    let rig = Rig::new();
    // It was on its way when it was notified: at once.
    let id = convoy(&rig, [-30, -20, 60, 90]);
    let told = once(&rig, "aid", "untold");
    assert_eq!(told[0]["declaration"], id.as_str());
    let list = rig.told("aid", 1, &["inbox", "--lang", "es"]);
    assert!(list.contains("P9") && list.contains("Nadie ha dicho"), "{list}");
    let south = rig.json("south", 0, &["inbox"]);
    assert_eq!(south["untold"].as_array().map(Vec::len), Some(0));
    assert!(!rig.told("south", 0, &["log"]).contains("UNITS NOT TOLD"));
    let object = format!("object={}", &id[..8]);
    said(&rig, "south", &["P9", &object, "unit_level=crew", "time=now"]);
    let list = rig.json("aid", 1, &["inbox"]);
    assert_eq!(list["untold"].as_array().map(Vec::len), Some(0), "P9 itself waits to be read");
}
