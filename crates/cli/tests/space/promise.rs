//! What was promised, and that whoever asked says that it is done.

use crate::channel::{W4, said, zone};
use crate::rig::Rig;

#[test]
fn what_was_promised_is_confirmed_by_whoever_asked_and_a_report_stays_a_claim_until_then() {
    let rig = Rig::new();
    zone(&rig);
    let id = said(&rig, "north", &W4);
    let confirm = ["inbox", "confirm", &id[..8], "--yes"];
    let early = rig.at("north", &confirm);
    let why = String::from_utf8(early.stderr).unwrap();
    assert_eq!(early.status.code(), Some(1), "{why}");
    assert!(why.contains("was promised in answer to the message: nothing was signed"), "{why}");
    rig.told("south", 0, &["answer", &id[..8], "WILCO", "by=+2h", "--yes"]);
    said(&rig, "south", &["W7", "zone=Garrison", "time=now"]);
    let claimed = rig.told("north", 0, &["inbox", "show", &id[..8]]);
    assert!(claimed.contains("reported done"), "{claimed}");
    assert!(
        claimed.contains("CONFIRMED  not yet: it is done by their own word alone"),
        "{claimed}"
    );
    let foreign = rig.at("south", &confirm);
    let why = String::from_utf8(foreign.stderr).unwrap();
    assert!(why.contains("only the sender of the message says this: nothing was signed"), "{why}");
    let wrong = rig.at("north", &["inbox", "confirm", &id[..8], "--party", "aid", "--yes"]);
    let why = String::from_utf8(wrong.stderr).unwrap();
    assert!(why.contains("--party aid: must be one of south"), "{why}");
    // Whoever is not asked is shown what would be signed.
    let unsigned = rig.at("north", &["inbox", "confirm", &id[..8]]);
    let what = String::from_utf8(unsigned.stderr).unwrap();
    assert!(what.contains("north confirms that south has done what it promised"), "{what}");
    let done = rig.told("north", 0, &confirm);
    assert!(done.starts_with("Accepted: the confirmation, entry "), "{done}");
    for party in ["north", "south"] {
        let shown = rig.told(party, 0, &["inbox", "show", &id[..8]]);
        assert!(shown.contains("confirmed done") && !shown.contains("not yet: it is"), "{shown}");
        assert!(shown.contains("UTC+00:00), by duty officer, key "), "{shown}");
        let told = rig.json(party, 0, &["inbox", "show", &id]);
        let promised = &told["addressees"]["south"]["undertaking"];
        assert_eq!(promised["state"], "met", "{promised}");
        assert!(promised["confirmed"].is_array(), "{promised}");
    }
    let log = rig.told("south", 0, &["log", "--kind", "confirm"]);
    assert!(log.contains("confirms that south has done what it promised to message"), "{log}");
    let again = rig.at("north", &[&confirm[..], &["--party", "south"]].concat());
    assert_eq!(again.status.code(), Some(1));
    let folder = rig.told("north", 0, &["evidence", &id[..8], "--to", "proof"]);
    assert!(folder.contains("entries"), "{folder}");
    let proof = rig.json("aid", 0, &["verify", "proof"]);
    assert!(proof.to_string().contains("confirm"), "{proof}");
}
