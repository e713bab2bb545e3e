//! Remarks that are sealed: who opens them, what an arbiter holds them to, and that the host never has them.

use std::fs;
use std::path::Path;

use deconflict_core::Say;
use deconflict_testing::root;
use serde_json::Value;

use crate::rig::Rig;

const SECRET: &str = "The bridge at Zelva is closed";

/// A seal key of a party under this name; its recipient.
fn seal_key(rig: &Rig, name: &str) -> String {
    let made = rig.json("north", 0, &["seal-key", "new", name]);
    made["recipient"].as_str().unwrap().to_owned()
}

/// A party's root says to what remarks for it are sealed.
fn declared(rig: &Rig, party: &str, recipients: &[&str]) {
    let recipients = recipients.iter().map(|one| one.parse().unwrap()).collect();
    rig.by_root(party, &root(party, 0), &Say::SetRecipients { recipients });
}

fn l6<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let message = ["say", "L6", "--to", "south", "level=duty", "subject=the bridge"];
    [&message, more, &["--yes"]].concat()
}

/// Whether bytes stand anywhere in a folder.
fn stands_in(dir: &Path, text: &[u8]) -> bool {
    fs::read_dir(dir).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return stands_in(&path, text);
        }
        // A socket is no file.
        fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text))
    })
}

#[test]
fn a_sealed_remark_is_opened_by_either_side_and_shown_to_an_arbiter_and_the_host_never_has_it() {
    let rig = Rig::new();
    let [north, south, archive, aid] =
        ["north.seal", "south.seal", "archive.seal", "aid.seal"].map(|name| seal_key(&rig, name));
    declared(&rig, "north", &[&north]);
    // Nobody seals to whom has no key for it.
    let refused = rig.at("north", &l6(&["--remark", SECRET, "--sealed"]));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(why.contains("--sealed: south has declared no recipient"), "{why}");
    declared(&rig, "south", &[&south, &archive]);
    declared(&rig, "aid", &[&aid]);
    let filed = rig.json("north", 0, &l6(&["--remark", SECRET, "--sealed", "--remark-lang", "en"]));
    assert_eq!(filed["outcome"], "accepted", "{filed}");
    let id = filed["statement"].as_str().unwrap();

    let shown = rig.told("south", 0, &["inbox", "show", id]);
    assert!(shown.contains("SEALED, committed to as ") && !shown.contains("Zelva"), "{shown}");
    let json = rig.json("south", 0, &["inbox", "show", id]);
    assert_eq!(json["remark"], Value::Null);
    let commitment = json["sealed_remark"]["commitment"].as_str().unwrap().to_owned();
    let with_key = rig.told("south", 0, &["inbox", "show", id, "--seal-key", "south.seal"]);
    assert!(with_key.contains("opened here: ") && with_key.contains(SECRET), "{with_key}");
    for (party, key) in
        [("north", "north.seal"), ("south", "south.seal"), ("south", "archive.seal")]
    {
        let opened = rig.told(party, 0, &["inbox", "open", id, "--seal-key", key]);
        assert!(opened.contains(SECRET), "{opened}");
        assert!(opened.contains("It is what north committed to in the record."), "{opened}");
    }
    let other = rig.at("south", &["inbox", "open", id, "--seal-key", "aid.seal"]);
    let why = String::from_utf8(other.stderr).unwrap();
    assert_eq!(other.status.code(), Some(2));
    assert!(why.contains("it was not sealed to this key"), "{why}");
    let text = rig.told("south", 0, &["inbox", "text", id]);
    assert!(text.contains("A sealed remark is left out"), "{text}");

    let to = ["inbox", "open", id, "--seal-key", "south.seal", "--for-arbiter", "opening.json"];
    rig.told("south", 0, &to);
    let again = rig.at("south", &to);
    assert_eq!(again.status.code(), Some(2), "it is not written over");
    let held = rig.told("north", 0, &["inbox", "verify-opening", "opening.json"]);
    assert!(held.starts_with("It is what was committed to: "), "{held}");
    let check = |file: &str, commitment: &str, status| {
        rig.told("aid", status, &["seal-key", "check", file, "--commitment", commitment])
    };
    assert!(check("opening.json", &commitment, 0).contains(SECRET));
    let written = fs::read_to_string(rig.path("opening.json")).unwrap();
    rig.file("changed.json", &written.replace("closed", "open"));
    assert!(check("changed.json", &commitment, 1).contains("NOT what was committed to"));
    assert!(check("opening.json", &"ab".repeat(32), 1).contains("NOT"));
    rig.told("north", 1, &["inbox", "verify-opening", "changed.json"]);

    // The host has what was sealed, and no word of it: neither do the desks keep what they opened.
    let store: Vec<_> = ["record.sqlite", "record.sqlite-wal", "north", "south", "aid", "watch"]
        .map(|name| rig.path(name))
        .into();
    let kept = |text: &[u8]| {
        store.iter().any(|path| match path.is_dir() {
            true => stands_in(path, text),
            false => {
                fs::read(path).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text))
            }
        })
    };
    use base64::Engine;
    let stands = |text: &str| {
        let coded = (0..3).map(|shift| {
            let padded = format!("{}{text}", "x".repeat(shift));
            let coded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(padded);
            coded.as_bytes()[4..coded.len() - 4].to_vec()
        });
        kept(text.as_bytes()) || coded.into_iter().any(|middle| kept(&middle))
    };
    assert!(!stands(SECRET));
    // What is in the open is found there in the same way.
    let open = rig.json("north", 0, &l6(&["--remark", "The ferry at Zelva runs"]));
    assert_eq!(open["outcome"], "accepted");
    assert!(stands("The ferry at Zelva runs"));
    let opened = rig.at("south", &["inbox", "open", open["statement"].as_str().unwrap()]);
    assert!(String::from_utf8(opened.stderr).unwrap().contains("it has no sealed remark"));
}

#[test]
fn who_takes_its_recipients_back_is_sealed_to_no_more() {
    let rig = Rig::new();
    let [north, south] = ["north.seal", "south.seal"].map(|name| seal_key(&rig, name));
    declared(&rig, "north", &[&north]);
    declared(&rig, "south", &[&south]);
    let listed = rig.told("aid", 0, &["seal-key", "list"]);
    assert!(listed.contains(&format!("south            {south}")), "{listed}");
    assert!(listed.contains("aid              has none"), "{listed}");
    rig.told("north", 0, &l6(&["--remark", SECRET, "--sealed"]));
    let by_root = ["--root", "south-root.key", "--yes"];
    let file = rig.root_key("south");
    assert!(file.ends_with(by_root[1]));
    let wrong =
        rig.at("south", &[&["seal-key", "declare", "age1pq1qqqqqq"], &by_root[..]].concat());
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("nobody could seal to it"));
    rig.told("south", 0, &[&["seal-key", "declare", "--none"], &by_root[..]].concat());
    let refused = rig.at("north", &l6(&["--remark", SECRET, "--sealed"]));
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    // A kind that this release does not know is told by its party's name.
    declared(&rig, "south", &["age1pq1qqqqqq"]);
    let refused = rig.at("north", &l6(&["--remark", SECRET, "--sealed"]));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(
        why.contains("south declared age1pq1qqqqqq, to which this release cannot seal"),
        "{why}"
    );
    let bare = rig.at("north", &l6(&["--sealed"]));
    assert_eq!(bare.status.code(), Some(2), "there is nothing to seal");
    rig.file("remark.txt", "  The bridge at Dayr is down.\n");
    let kept = rig.json("north", 0, &l6(&["--remark-file", "remark.txt"]));
    let kept = rig.json("south", 0, &["inbox", "show", kept["statement"].as_str().unwrap()]);
    assert_eq!(kept["remark"]["text"], "The bridge at Dayr is down.", "{kept}");
    let twice = rig.at("north", &l6(&["--remark-file", "remark.txt", "--remark", "No."]));
    assert_eq!(twice.status.code(), Some(2), "{twice:?}");
    rig.file("blank.txt", "\n");
    let blank = rig.at("north", &l6(&["--remark-file", "blank.txt"]));
    assert_eq!(blank.status.code(), Some(2), "{blank:?}");
    let there = rig.at("north", &["seal-key", "new", "north.seal"]);
    assert_eq!(there.status.code(), Some(2), "a key is never written over");
    let shown = rig.told("north", 0, &["seal-key", "show", "north.seal"]);
    assert!(shown.contains(&north), "{shown}");
}

#[test]
fn a_sealed_file_is_opened_by_whom_a_message_names_it_to_and_held_to_its_digest() {
    let rig = Rig::new();
    let [north, south, aid] =
        ["north.seal", "south.seal", "aid.seal"].map(|name| seal_key(&rig, name));
    declared(&rig, "north", &[&north]);
    rig.file("crater.jpg", SECRET);
    let seal = |into: &str| {
        let args = ["attachment", "seal", "crater.jpg", "--to", "south", "--into", into];
        args.map(str::to_owned).to_vec()
    };
    let sealed = |status, into: &str| {
        let args = seal(into);
        rig.at("north", &args.iter().map(String::as_str).collect::<Vec<_>>()).status.code()
            == Some(status)
    };
    assert!(sealed(2, "crater.age"), "south has no recipient");
    assert!(!rig.path("crater.age").exists());
    declared(&rig, "south", &[&south]);
    declared(&rig, "aid", &[&aid]);
    let args = seal("crater.age");
    let made = rig.json("north", 0, &args.iter().map(String::as_str).collect::<Vec<_>>());
    let digest = made["digest"].as_str().unwrap();
    assert!(sealed(2, "crater.age"), "it is not written over");
    let written = fs::read(rig.path("crater.age")).unwrap();
    assert!(!written.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()));

    let named = format!("digest={digest}");
    let d1 = |party: &str, to: &str| {
        let said = ["time=2017-05-18T09:00:00Z", "place=33.5062,38.6166", "what=A crater."];
        let args = [&["say", "D1", "--to", to], &said[..], &[&named, "--yes"]].concat();
        rig.json(party, 0, &args)["statement"].as_str().unwrap().to_owned()
    };
    let id = d1("north", "south");
    let open = |party: &str, id: &str, key: &str, into: &str| {
        let args = ["attachment", "open", "crater.age", id, "--seal-key", key, "--into", into];
        rig.at(party, &[&args[..], &["--for-arbiter", &format!("{into}.json")]].concat())
    };
    let opened = open("south", &id, "south.seal", "seen.jpg");
    assert_eq!(opened.status.code(), Some(0), "{opened:?}");
    assert_eq!(fs::read_to_string(rig.path("seen.jpg")).unwrap(), SECRET);
    let told = String::from_utf8(opened.stdout).unwrap();
    assert!(
        told.contains("what north committed to") && told.contains("called crater.jpg"),
        "{told}"
    );
    let why = |failed: std::process::Output| {
        assert_eq!(failed.status.code(), Some(2), "{failed:?}");
        String::from_utf8(failed.stderr).unwrap()
    };
    // Both files or neither; and capitals name what small letters do.
    rig.file("again.jpg.json", "{}");
    let told = why(open("south", &id.to_uppercase()[..8], "south.seal", "again.jpg"));
    assert!(told.contains("again.jpg.json: is there already"), "{told}");
    assert!(!rig.path("again.jpg").exists());
    let capitals = open("south", &id.to_uppercase()[..8], "south.seal", "capitals.jpg");
    assert_eq!(capitals.status.code(), Some(0), "{capitals:?}");
    assert!(
        why(open("south", &id, "aid.seal", "no.jpg")).contains("it was not sealed to this key")
    );
    // Whoever names another's file as its own commits to nothing.
    let copied = d1("south", "north");
    assert!(why(open("north", &copied, "north.seal", "no.jpg")).contains("not what the sender"));
    let bare = rig.json("north", 0, &l6(&[]));
    let bare = bare["statement"].as_str().unwrap();
    assert!(why(open("north", bare, "north.seal", "no.jpg")).contains("names no digest"));
    assert!(!rig.path("no.jpg").exists() && !rig.path("no.jpg.json").exists());

    let check = |file: &str, digest: &str, status| {
        let args = ["attachment", "check", file, "seen.jpg.json", "--digest", digest];
        rig.told("aid", status, &args)
    };
    assert!(check("seen.jpg", digest, 0).contains("it is what north committed to"));
    rig.file("other.jpg", "another crater");
    assert!(check("other.jpg", digest, 1).contains("NOT"));
    assert!(check("seen.jpg", &"ab".repeat(32), 1).contains("NOT"));
}
