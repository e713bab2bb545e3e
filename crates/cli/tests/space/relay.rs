//! A message passed on to a group without a desk, by one command for each step.

use deconflict_core::Say;
use deconflict_testing::root;

use crate::rig::Rig;

/// What a command at a desk signs; its name.
fn signed(rig: &Rig, party: &str, args: &[&str]) -> String {
    let filed = rig.json(party, 0, &[args, &["--yes"]].concat());
    assert_eq!(filed["outcome"], "accepted", "{filed}");
    filed["statement"].as_str().unwrap().to_owned()
}

fn refused(rig: &Rig, party: &str, args: &[&str]) -> String {
    let output = rig.at(party, args);
    let why = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}\n{why}");
    why
}

#[test]
fn each_step_of_a_relay_is_a_command_that_names_what_was_to_be_passed_on_or_the_request() {
    let rig = Rig::new();
    for group in ["fishers", "pilots"] {
        rig.by_root("south", &root("south", 0), &Say::SpeakFor { group: group.parse().unwrap() });
    }
    let hold = ["say", "W5", "--to", "south", "who=group=fishers", "until=+3h", "authority=duty"];
    let hold = signed(&rig, "north", &hold);
    // Whoever says to speak for the group is asked.
    let request = signed(&rig, "north", &["relay", &hold[..8], "--to-group", "fishers"]);
    let asked = || rig.json("north", 0, &["inbox", "show", &request]);
    assert_eq!(asked()["code"], "Y1");
    assert_eq!(asked()["addressees"]["south"]["missing_hop"], "answer");

    let next = || rig.told("south", 0, &["inbox", "show", &request[..8]]);
    let shown = next();
    for told in [
        format!("`deconflict answer {} WILCO by=TIME`", &request[..8]),
        format!("`deconflict relay {} --unable REASON`", &request[..8]),
    ] {
        assert!(shown.contains("What comes next:") && shown.contains(&told), "{told}: {shown}");
    }
    rig.told("south", 0, &["answer", &request[..8], "WILCO", "by=+20min", "--yes"]);
    assert!(next().contains("--passed --means MEANS --how verbatim` (Y2)"), "{}", next());
    // By the message that was to be passed on.
    let passed = ["relay", &hold[..8], "--passed", "--means", "radio", "--how", "verbatim"];
    let passed = signed(&rig, "south", &passed);
    assert_eq!(rig.json("north", 0, &["inbox", "show", &passed])["code"], "Y2");
    assert_eq!(asked()["addressees"]["south"]["missing_hop"], "reply");
    assert!(next().contains("--reply REPLY` (Y3)"), "{}", next());
    // By the request.
    let reply = ["relay", &request[..8], "--reply", "will-comply", "--by", "+90min"];
    let reply = signed(&rig, "south", &reply);
    assert_eq!(rig.json("north", 0, &["inbox", "show", &reply])["code"], "Y3");
    let whole = rig.told("north", 0, &["inbox", "show", &request]);
    for told in ["Y2 RELAYED TO", "Y3 REPLY OF GROUP"] {
        assert!(whole.contains(told), "{told}: {whole}");
    }
    assert!(asked()["addressees"]["south"].get("missing_hop").is_none_or(|hop| hop.is_null()));
    assert!(!next().contains("What comes next:"), "{}", next());

    // To another group as well: then it is said which.
    let other = signed(&rig, "north", &["relay", &request[..8], "--to-group", "pilots"]);
    let unable = ["relay", &hold[..8], "--unable", "no-contact"];
    let which = refused(&rig, "south", &[&unable[..], &["--yes"]].concat());
    assert!(which.contains("give --group with one of fishers, pilots"), "{which}");
    let unable = signed(&rig, "south", &[&unable[..], &["--group", "pilots"]].concat());
    assert_eq!(rig.json("north", 0, &["inbox", "show", &unable])["code"], "Y4");
    let other = rig.told("north", 0, &["inbox", "show", &other]);
    assert!(other.contains("Y4 UNABLE TO RELAY"), "{other}");
}

#[test]
fn a_relay_that_nobody_asked_for_or_of_two_steps_at_once_is_not_signed() {
    let rig = Rig::new();
    let test = signed(&rig, "north", &["say", "L4", "--to", "south", "from=now"]);
    let passed = ["relay", &test[..8], "--passed", "--means", "radio", "--how", "verbatim"];
    let none = refused(&rig, "south", &[&passed[..], &["--yes"]].concat());
    assert!(none.contains("nobody asked south to pass it on"), "{none}");
    let two = refused(&rig, "south", &[&passed[..], &["--unable", "no-contact"]].concat());
    assert!(two.contains("cannot be used with"), "{two}");
    let bare = refused(&rig, "south", &["relay", &test[..8]]);
    assert!(bare.contains("--to-group"), "{bare}");
    let how = refused(&rig, "south", &["relay", &test[..8], "--passed"]);
    assert!(how.contains("--means"), "{how}");
    let whom = refused(&rig, "north", &["relay", &test[..8], "--to-group", "fishers", "--yes"]);
    assert!(whom.contains("to whom?"), "{whom}");
}
