//! What the watch desk enters for a party, and what a gateway attests.

use deconflict_desk::{Cost, KeyFile};
use deconflict_testing::seed;

use crate::rig::{PASSPHRASE, Rig};

const PHONE: [&str; 4] = ["--for", "aid", "--means", "telephone, 07:10"];

/// A message; its name.
fn said(rig: &Rig, party: &str, args: &[&str]) -> String {
    let filed = rig.json(party, 0, &[&["say"], args, &["--yes"]].concat());
    assert_eq!(filed["outcome"], "accepted", "{filed}");
    filed["statement"].as_str().unwrap().to_owned()
}

/// What a command says where it signs nothing, with this status.
fn refused(rig: &Rig, party: &str, status: i32, args: &[&str]) -> String {
    let output = rig.at(party, args);
    let why = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{args:?}\n{why}");
    why
}

#[test]
fn the_watch_desk_enters_what_a_party_said_and_the_partys_own_key_overrides_it() {
    let rig = Rig::new();
    let asked = said(&rig, "north", &["L4", "--to", "aid,watch", "from=now"]);
    // It is shown on whose behalf and by what means before it is signed.
    let question = ["D4", &format!("message={asked}"), "question=Which line"].map(str::to_owned);
    let question: Vec<&str> = question.iter().map(String::as_str).collect();
    let draft = refused(&rig, "watch", 2, &[&["say"], &question[..], &PHONE].concat());
    for told in [
        "from          aid (The aid), entered on its behalf",
        // Its author is north, as the watch desk sees.
        "to            north (The north)",
        "Entered by the watch desk for aid (The aid), which told it by ",
        "telephone, 07:10",
        "its own key overrides it",
    ] {
        assert!(draft.contains(told), "{told}: {draft}");
    }
    let entered = said(&rig, "watch", &[&question[..], &PHONE].concat());
    let shown = rig.told("north", 0, &["inbox", "show", &entered]);
    assert!(shown.contains("aid (The aid), entered on its behalf"), "{shown}");
    let log = rig.told("aid", 0, &["log", "--all"]);
    assert!(log.contains("enters for aid, who said it by telephone, 07:10"), "{log}");
    rig.told("aid", 0, &["say", "D7", &format!("message={entered}"), "--yes"]);
    let shown = rig.told("north", 0, &["inbox", "show", &entered]);
    assert!(shown.contains("TAKEN BACK"), "{shown}");
}

#[test]
fn an_answer_that_was_entered_gives_way_to_the_one_that_the_party_signs() {
    let rig = Rig::new();
    let test = said(&rig, "north", &["L1", "--to", "aid,watch", "n=7"]);
    let entered = [&["answer", &test[..8], "ROGER", "--yes"], &PHONE[..]].concat();
    let shown = rig.at("watch", &entered);
    let draft = String::from_utf8(shown.stderr).unwrap();
    assert!(shown.status.success(), "{draft}{}", String::from_utf8_lossy(&shown.stdout));
    assert!(draft.contains("an answer that it signs itself takes this one's place"), "{draft}");
    let with = || rig.json("north", 0, &["inbox", "show", &test])["addressees"]["aid"].clone();
    assert_eq!(with()["answers"][0]["passed_on"], "entered", "{}", with());
    let listed = rig.told("north", 0, &["inbox", "show", &test]);
    assert!(listed.contains("ROGER, entered on its behalf"), "{listed}");
    rig.told("aid", 0, &["answer", &test, "ROGER", "--yes"]);
    assert_eq!(with()["answers"].as_array().unwrap().len(), 2);
    assert!(with()["answers"][1].get("passed_on").is_none(), "{}", with());
    // What another addressee answered the watch desk is not told: the host refuses it.
    let again = rig.told("watch", 1, &entered);
    assert!(again.contains("REFUSED") && again.contains("answered already"), "{again}");
}

#[test]
fn what_is_never_entered_for_a_party_is_refused_before_it_is_signed() {
    let rig = Rig::new();
    let fire = ["W9", "--to", "south,aid,watch", "cell=0.N372.1215", "since=now"];
    let fire = said(&rig, "north", &fire);
    let of_north = said(&rig, "north", &["L4", "--to", "watch", "from=now"]);
    let said_before = rig.told("watch", 0, &["log", "--all"]).lines().count();
    let resumed = ["say", "L4", "--to", "north", "from=now", "--yes"];
    let hold = ["say", "W5", "--to", "north", "who=group=Ahrar", "until=+2h", "authority=duty"];
    let back = ["say", "D7", &format!("message={fire}")].map(str::to_owned);
    let back: Vec<&str> = back.iter().map(String::as_str).collect();
    let sealed = ["--remark", "by word of mouth", "--sealed"];
    let digest = format!("digest={}", "ab".repeat(32));
    let at = ["time=2017-05-18T09:00:00Z", "place=33.5062,38.6166", "what=A crater."];
    let crater = [&["say", "D1", "--to", "north", &digest], &at[..]].concat();
    for (args, why) in [
        ([&resumed[..], &PHONE, &sealed].concat(), "a sealed remark is never entered or attested"),
        ([&crater[..], &PHONE].concat(), "digest: a sealed file is committed to by the desk"),
        ([&hold[..], &PHONE].concat(), "only an operator of aid, a person, signs it"),
        ([&back[..], &PHONE].concat(), "nobody takes back, corrects or breaks for aid"),
        (
            [&["answer", &fire[..8], "NOT OURS"], &PHONE[..]].concat(),
            "only aid's own operator signs this answer to W9",
        ),
        (
            [&["answer", &of_north[..8], "ROGER"], &PHONE[..]].concat(),
            "it did not go to aid: nothing was signed",
        ),
        (
            [&resumed[..], &["--for", "watch", "--means", "voice"]].concat(),
            "must be one of aid, north, south",
        ),
        ([&resumed[..], &["--for", "aid"]].concat(), "--means"),
        ([&resumed[..], &["--for", "aid", "--means", "  "]].concat(), "there is nothing in it"),
        ([&resumed[..], &["--attest", "a chat line"]].concat(), "only a gateway's key attests"),
        ([&resumed[..], &PHONE, &["--wait"]].concat(), "cannot be used with"),
    ] {
        let told = refused(&rig, "watch", 2, &args);
        assert!(told.contains(why), "{why}: {told}");
    }
    let elsewhere = refused(&rig, "south", 2, &[&resumed[..], &PHONE].concat());
    assert!(elsewhere.contains("only the watch desk, that of watch, enters"), "{elsewhere}");
    assert_eq!(rig.told("watch", 0, &["log", "--all"]).lines().count(), said_before);
}

#[test]
fn a_gateway_passes_on_what_its_party_said_elsewhere_with_the_evidence() {
    let rig = Rig::new();
    let file = rig.path("gateway.key");
    let cheap = Cost { memory_kib: 8, passes: 1, lanes: 1 };
    KeyFile::create_with(&file, &seed("operator aid gateway"), PASSPHRASE, cheap).unwrap();
    let (file, root) = (file.to_str().unwrap(), rig.root_key("aid"));
    let root = root.to_str().unwrap();
    let enrol = ["party", "enrol", file, "--root", root, "--operator", "gateway", "--yes"];
    rig.told(
        "aid",
        0,
        &[&enrol[..], &["--post", "gateway of the chat", "--role", "gateway"]].concat(),
    );
    let with = ["--attest", "chat line 17", "--key", file, "--yes"];
    let args = [&["say", "L1", "--to", "north", "n=3"], &with[..]].concat();
    let shown = rig.at("aid", &args);
    let draft = String::from_utf8(shown.stderr).unwrap();
    assert!(shown.status.success(), "{draft}");
    assert!(
        draft.contains("Attested by a gateway for aid (The aid), with the evidence"),
        "{draft}"
    );
    let asked = said(&rig, "north", &["L1", "--to", "aid", "n=4"]);
    rig.told("aid", 0, &[&["answer", &asked[..8], "ROGER"], &with[..]].concat());
    let came = rig.json("north", 0, &["inbox", "show", &asked])["addressees"]["aid"].clone();
    assert_eq!(came["answers"][0]["passed_on"], "attested", "{came}");
    let list = rig.told("north", 1, &["inbox", "--all"]);
    assert!(list.contains("attested by its"), "{list}");
    let log = rig.told("north", 0, &["log", "--all"]);
    assert!(log.contains("attests, with") && log.contains("chat line 17"), "{log}");
    let never = [&["say", "L4", "--to", "north", "from=now"], &with[..]].concat();
    let told = refused(&rig, "aid", 2, &never);
    assert!(told.contains("this key does not send this code"), "{told}");
    let bare = ["say", "L1", "--to", "north", "n=5", "--key", file, "--yes"];
    let told = refused(&rig, "aid", 2, &bare);
    assert!(told.contains("give --attest with the evidence"), "{told}");
}
