//! The sound of one message, shelved by the command alone; and who is to read back himself.

use serde_json::Value;

use crate::rig::Rig;

/// A message of north; its name.
fn said(rig: &Rig, args: &[&str]) -> String {
    let filed = rig.json("north", 0, &[&["say"], args, &["--yes"]].concat());
    filed["statement"].as_str().unwrap().to_owned()
}

#[test]
fn what_an_operator_shelves_is_shown_at_his_desk_and_at_the_watch_desk_and_at_no_other() {
    let rig = Rig::new();
    let id = said(&rig, &["L3", "--to", "south", "from=now", "reason=equipment"]);
    let named = ["shelve", &id[..8], "--for", "5min", "--yes"];
    let shown = rig.told("south", 0, &named);
    assert!(shown.starts_with("Accepted: what is shelved, entry "), "{shown}");
    // Whoever is not asked is shown what would be signed.
    let unsigned = rig.at("south", &["shelve", &id[..8]]);
    let what = String::from_utf8(unsigned.stderr).unwrap();
    assert!(what.contains("About to be shelved: the sound of message "), "{what}");
    assert!(what.contains("(L3 of north), until ") && what.contains("for duty officer, key "));
    let inbox = rig.told("south", 1, &["inbox"]);
    let flat = inbox.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("sound shelved until"), "{inbox}");
    let whole = rig.told("south", 0, &["inbox", "show", &id[..8]]);
    assert!(whole.contains("UTC by duty; nobody else's sound, and no clock, stops"), "{whole}");
    let again = rig.at("south", &named);
    assert_eq!(again.status.code(), Some(1));
    let why = String::from_utf8(again.stdout).unwrap() + &String::from_utf8(again.stderr).unwrap();
    assert!(why.contains("it sounds again before it is shelved again"), "{why}");

    let listed = |party: &str, command: &str| {
        let all = rig.json(
            party,
            0,
            &match command {
                "duty" => vec!["duty"],
                _ => vec!["shelve", "--list"],
            },
        );
        all["shelved"].as_array().unwrap().clone()
    };
    for command in ["duty", "shelve"] {
        let all = listed("watch", command);
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!((&all[0]["party"], &all[0]["operator"]), (&"south".into(), &"duty".into()));
        assert_eq!(all[0]["of"]["message"], Value::from(id.clone()));
        assert!(listed("north", command).is_empty() && listed("aid", command).is_empty());
    }
    assert!(rig.told("watch", 0, &["duty"]).contains("Sound shelved"));
    assert_eq!(
        rig.told("north", 0, &["shelve", "--list"]),
        "Nothing is shelved: everything sounds.\n"
    );
    let sender = rig.json("north", 0, &["inbox", "show", &id]);
    assert_eq!(sender["shelved"], Value::Array(Vec::new()));
    let too_long = rig.at("south", &["shelve", &id[..8], "--for", "16min", "--yes"]);
    assert_eq!(too_long.status.code(), Some(2));
    let nothing = rig.at("south", &["shelve", "garrison", "--yes"]);
    assert!(String::from_utf8(nothing.stderr).unwrap().contains("names no one message"));
}

#[test]
fn where_a_party_asks_it_each_person_reads_back_that_somebody_is_hit_and_it_is_never_shelved() {
    let rig = Rig::new();
    let fire = ["W9", "--to", "south,aid,watch", "cell=0.N372.1215", "since=now"];
    let id = said(&rig, &fire);
    let never = rig.at("south", &["shelve", &id[..8], "--yes"]);
    assert_eq!(never.status.code(), Some(1), "{never:?}");
    let asks = "Your party asks each person on duty to read W9 back";
    assert!(!rig.told("south", 1, &["inbox"]).contains(asks));
    rig.told("south", 0, &["desk", "each-reads-back", "on"]);
    assert!(rig.told("south", 1, &["inbox"]).contains(asks));
    // That it was answered does not do.
    rig.told("south", 0, &["answer", &id[..8], "NOT OURS", "--yes"]);
    assert!(rig.told("south", 1, &["inbox"]).contains(asks));
    rig.told("south", 0, &["inbox", "read-back", &id[..8], "--yes"]);
    assert!(!rig.told("south", 1, &["inbox"]).contains(asks));
    let again = rig.at("south", &["inbox", "read-back", &id[..8], "--yes"]);
    assert_eq!(again.status.code(), Some(1), "{again:?}");
}
