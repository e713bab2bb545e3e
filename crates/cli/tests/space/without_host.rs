//! Messages and answers with a host that is gone: by file, and read out.

use deconflict_vocabulary::{NamedTextForm, ShortRef, Traffic};
use serde_json::{Value, json};

use crate::channel::Running;
use crate::rig::Rig;

const ZONE: &str = r#"{"type":"Feature","properties":{"name":[{"text":"Garrison","lang":"en"}],"radius_m":30000,"lower":"SFC","upper":"UNL","from":"2040-05-18T00:00:00Z"},"geometry":{"type":"Point","coordinates":[38.6,33.5]}}"#;
const W4: [&str; 7] =
    ["W4", "--to", "south", "zone=Garrison", "by=+3h", "exit_sector=west", "authority=commander"];

/// A zone that north and south know, and then no line to the host for either.
fn gone() -> Rig {
    let rig = Rig::new();
    let file = rig.file("zone.geojson", ZONE);
    let args = ["zone", &file, "--restriction", "prohibited", "--concerns", "south", "--binds"];
    rig.declared("north", 0, &[&args[..], &["south"]].concat());
    rig.told("south", 0, &["desk", "sync"]);
    for party in ["north", "south"] {
        line(&rig, party, "http://127.0.0.1:9");
    }
    rig
}

/// Where a desk looks for its host.
fn line(rig: &Rig, party: &str, url: &str) {
    let file = rig.path(party).join("desk.json");
    let mut kept: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    kept["url"] = json!(url);
    std::fs::write(file, kept.to_string()).unwrap();
}

fn back(rig: &Rig, party: &str) {
    line(rig, party, &rig.url());
}

/// Signs something that waits in the queue; its name.
fn kept(rig: &Rig, party: &str, args: &[&str]) -> String {
    // A script learns by the status that it was not sent.
    let filed = rig.json(party, 5, &[args, &["--yes"]].concat());
    assert_eq!(filed["outcome"], "queued", "{filed}");
    filed["statement"].as_str().unwrap().to_owned()
}

fn said(rig: &Rig, args: &[&str]) -> String {
    kept(rig, "north", &[&["say"], args].concat())
}

fn empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

/// How a message stands in the record with south, as north reads it.
fn with_south(rig: &Rig, id: &str) -> Value {
    rig.json("north", 0, &["inbox", "show", id])["addressees"]["south"].clone()
}

#[test]
fn a_request_and_its_answer_go_by_file_and_stand_in_the_record_whoever_is_back_first() {
    for (first, second) in [("north", "south"), ("south", "north")] {
        let rig = gone();
        let id = said(&rig, &W4);
        let (out, back_out) = (rig.file("x", ""), rig.path("answer.json"));
        let out = out.replace("/x", "/request.json");
        rig.told("north", 0, &["inbox", "export", &out, &id[..8]]);
        let taken = rig.told("south", 0, &["inbox", "import", &out]);
        assert!(taken.contains("message W4, REAL of north, signed by duty officer"), "{taken}");
        // Once more changes nothing.
        rig.told("south", 0, &["inbox", "import", &out]);
        let inbox = rig.told("south", 1, &["inbox"]);
        for told in ["Not in the record yet:", "by file, verified", "read-back in"] {
            assert!(inbox.contains(told), "{told}: {inbox}");
        }
        assert!(!inbox.contains("These wait for your answer"), "{inbox}");
        let listed = rig.json("south", 1, &["inbox"]);
        assert_eq!(listed["by_file"].as_array().map(Vec::len), Some(1), "{listed}");
        assert!(empty(&listed["awaiting"]), "it is not in the view: {listed}");
        let shown = rig.told("south", 0, &["inbox", "show", &id[..8]]);
        for told in ["Zone: Garrison (", "NOT IN THE RECORD YET:", "signed by duty officer, key "] {
            assert!(shown.contains(told), "{told}: {shown}");
        }

        kept(&rig, "south", &["inbox", "read-back", &id[..8]]);
        kept(&rig, "south", &["answer", &id[..8], "WILCO", "by=+20min"]);
        let again = rig.at("south", &["answer", &id[..8], "UNABLE", "reason=terms", "--yes"]);
        assert_eq!(again.status.code(), Some(1), "{again:?}");
        let back_out = back_out.to_str().unwrap();
        rig.told("south", 0, &["inbox", "export", back_out, &id[..8]]);
        rig.told("north", 0, &["inbox", "import", back_out]);
        let inbox = rig.told("north", 0, &["inbox"]);
        assert!(
            inbox.contains("WILCO by ") && inbox.contains("WILCO of south: by file"),
            "{inbox}"
        );
        let listed = rig.json("north", 0, &["inbox"]);
        let with = &listed["by_file"][0]["addressees"]["south"];
        assert_eq!((&with["state"], &listed["sent"]), (&json!("answered"), &json!([])), "{listed}");
        // The record has none of it.
        assert!(empty(&rig.json("north", 0, &["log", "--kind", "send", "--offline"])["entries"]));

        back(&rig, first);
        rig.told(first, 0, &["desk", "send"]);
        back(&rig, second);
        let also = rig.at(second, &["desk", "send"]);
        assert_eq!(also.status.code(), Some(0), "{also:?}");
        for party in [first, second] {
            // A head follows what the host promised within about a second.
            let begun = std::time::Instant::now();
            loop {
                rig.told(party, 0, &["desk", "sync"]);
                let queue = rig.json(party, 0, &["desk", "queue"]);
                if empty(&queue["queue"]) {
                    break;
                }
                assert!(begun.elapsed().as_secs() < 20, "{party} after {first}: {queue}");
            }
        }
        let with = with_south(&rig, &id);
        assert_eq!(with["state"], "answered", "{with}");
        assert!(with["read_back"].is_array(), "{with}");
        assert!(empty(&rig.json("north", 0, &["inbox"])["by_file"]));
        let log = rig.json("north", 0, &["log", "--kind", "send", "--kind", "answer"]);
        assert_eq!(log["entries"].as_array().map(Vec::len), Some(2), "each stands once: {log}");
    }
}

/// That somebody is being hit, at a place that nobody notified: it goes to all.
const P6: [&str; 3] = ["P6", "object=0.N372.1215", "since=now"];

/// The host is back, for both: what was signed stands in the record, the incident open until whoever told of it ends it.
fn is_answered_and_goes_on(rig: &Rig, id: &str) {
    let with = with_south(rig, id);
    assert_eq!(with["state"], "answered", "{with}");
    assert_eq!(with["answers"][0]["answer"]["answer"], "CEASED", "{with}");
    let shown = rig.told("north", 0, &["inbox", "show", id]);
    for told in ["This says nothing of what was before", "INCIDENT"] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let log = rig.json("north", 0, &["log", "--kind", "send", "--kind", "answer"]);
    assert_eq!(log["entries"].as_array().map(Vec::len), Some(2), "each stands once: {log}");
    for party in ["north", "south"] {
        assert!(empty(&rig.json(party, 0, &["desk", "queue"])["queue"]), "{party}");
        assert!(rig.told(party, 1, &["inbox"]).contains("Being hit, until the owner says"));
    }
    rig.told("north", 0, &["say", "P7", P6[1], "since=now", "--yes"]);
    let ended = rig.json("south", 0, &["inbox", "show", id]);
    assert!(ended["incident"]["ended"].is_string(), "{ended}");
}

#[test]
fn that_a_place_is_being_hit_goes_by_file_and_that_it_ceased_comes_back_so() {
    let rig = gone();
    let id = said(&rig, &P6);
    let (out, back_out) = (rig.path("hit.json"), rig.path("ceased.json"));
    let (out, back_out) = (out.to_str().unwrap(), back_out.to_str().unwrap());
    rig.told("north", 0, &["inbox", "export", out, &id[..8]]);
    let taken = rig.told("south", 0, &["inbox", "import", out]);
    assert!(taken.contains("message P6, REAL of north, signed by duty officer"), "{taken}");
    let inbox = rig.told("south", 1, &["inbox"]);
    for told in ["Not in the record yet:", "FLASH", "P6 of north: by file", "read-back in"] {
        assert!(inbox.contains(told), "{told}: {inbox}");
    }
    kept(&rig, "south", &["inbox", "read-back", &id[..8]]);
    kept(&rig, "south", &["answer", &id[..8], "CEASED", "stopped_from=now"]);
    rig.told("south", 0, &["inbox", "export", back_out, &id[..8]]);
    rig.told("north", 0, &["inbox", "import", back_out]);
    let inbox = rig.told("north", 0, &["inbox"]);
    assert!(inbox.contains("CEASED of south: by file"), "{inbox}");

    for party in ["north", "south"] {
        back(&rig, party);
        rig.told(party, 0, &["desk", "send"]);
    }
    for party in ["north", "south"] {
        rig.told(party, 0, &["desk", "sync"]);
    }
    assert!(with_south(&rig, &id)["read_back"].is_array());
    is_answered_and_goes_on(&rig, &id);
}

#[test]
fn that_a_place_is_being_hit_is_read_out_and_that_it_ceased_is_noted_and_signed_later() {
    let rig = gone();
    let id = said(&rig, &P6);
    let (text, name) = text(&rig, &id);
    assert!(text.starts_with("P6 R ") && text.len() <= 160, "{text}");
    rig.told("south", 0, &["inbox", "type-in", "--from", "north", &text.to_lowercase()]);
    let inbox = rig.told("south", 1, &["inbox"]);
    for told in ["Read out, signed by nobody:", &name, "FLASH"] {
        assert!(inbox.contains(told), "{told}: {inbox}");
    }
    let ceased = ["answer", &name, "CEASED", "stopped_from=now", "--yes"];
    let noted = rig.json("south", 5, &ceased);
    let spoken = noted["noted"].as_str().unwrap();
    assert!(spoken.starts_with(&format!("A R /{name} CEASED ")), "{spoken}");
    let heard = rig.told("north", 0, &["inbox", "type-in", "--from", "south", spoken]);
    assert!(heard.contains("answer CEASED") && heard.contains("Nobody signed this"), "{heard}");

    back(&rig, "north");
    rig.told("north", 0, &["desk", "send"]);
    back(&rig, "south");
    let listed = rig.json("south", 1, &["inbox"]);
    assert_eq!(listed["read_out"][0]["note"], "waits-for-signature", "{listed}");
    let with = with_south(&rig, &id);
    assert_eq!(with["state"], "open", "a note is no answer: {with}");
    rig.told("south", 0, &["answer", &name, "--noted", "--yes"]);
    rig.told("north", 0, &["desk", "sync"]);
    is_answered_and_goes_on(&rig, &id);
}

#[test]
fn an_answer_waits_until_its_message_stands_and_holds_nothing_else_up() {
    let rig = gone();
    // North said something before that it hands to nobody.
    said(&rig, &["L1", "--to", "aid", "n=1"]);
    // Nor is whoever waits told that nobody has answered what nobody has.
    let waited = rig.at("north", &["say", "L1", "--to", "aid", "n=2", "--wait=1s", "--yes"]);
    assert_eq!(waited.status.code(), Some(5), "{waited:?}");
    let why = String::from_utf8(waited.stderr).unwrap();
    assert!(why.contains("kept, not sent (exit status 5)"), "{why}");
    let id = said(&rig, &W4);
    let file = rig.path("request.json");
    let file = file.to_str().unwrap();
    let exported = rig.at("north", &["inbox", "export", file, &id]);
    assert!(String::from_utf8(exported.stderr).unwrap().starts_with("deconflict: 2 that this key"));
    rig.told("south", 0, &["inbox", "import", file]);
    let answer = kept(&rig, "south", &["answer", &id, "WILCO", "by=+20min"]);
    back(&rig, "south");
    let sent = rig.told("south", 2, &["desk", "send"]);
    assert!(sent.contains(&format!("{answer}: WAITS for message {}", &id[..8])), "{sent}");
    assert!(sent.contains("in the record yet: it goes once that does"), "{sent}");
    let queue = rig.told("south", 0, &["desk", "queue"]);
    assert!(queue.contains("it waits for message"), "{queue}");
    // What is said later with the same key goes on.
    let later = rig.json("south", 0, &["say", "L1", "--to", "watch", "n=2", "--yes"]);
    assert_eq!(later["outcome"], "accepted", "{later}");

    back(&rig, "north");
    rig.told("north", 0, &["desk", "send"]);
    rig.told("south", 0, &["desk", "sync"]);
    rig.told("south", 0, &["desk", "send"]);
    rig.told("south", 0, &["desk", "sync"]);
    assert_eq!(with_south(&rig, &id)["state"], "answered");
    assert!(empty(&rig.json("south", 0, &["desk", "queue"])["queue"]));
}

#[test]
fn what_was_signed_anew_is_answered_by_a_person_once_more() {
    let rig = gone();
    // It is not sent in time, so what follows it is signed anew under another name.
    said(&rig, &["L1", "--to", "aid", "n=1", "--valid-for", "1s"]);
    let id = said(&rig, &W4);
    let file = rig.path("request.json");
    let file = file.to_str().unwrap();
    rig.at("north", &["inbox", "export", file, &id]);
    rig.told("south", 0, &["inbox", "import", file]);
    kept(&rig, "south", &["inbox", "read-back", &id]);
    kept(&rig, "south", &["answer", &id, "WILCO", "by=+20min"]);
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    back(&rig, "north");
    rig.at("north", &["desk", "send"]);
    let sent = rig.json("north", 0, &["inbox"]);
    let anew = sent["sent"][0]["message"].as_str().unwrap().to_owned();
    assert_ne!(anew, id);
    back(&rig, "south");
    rig.told("south", 0, &["desk", "sync"]);
    let queue = rig.told("south", 0, &["desk", "queue"]);
    assert!(queue.contains(&format!("`deconflict answer {} --noted`", &anew[..8])), "{queue}");
    let inbox = rig.told("south", 1, &["inbox"]);
    assert!(inbox.contains("sign your answer to it"), "{inbox}");
    let done = rig.told("south", 0, &["answer", &anew, "--noted", "--yes"]);
    assert!(done.contains("Accepted: the answer"), "{done}");
    let with = with_south(&rig, &anew);
    assert_eq!(with["state"], "answered");
    assert!(with["read_back"].is_array(), "the read-back is signed with it: {with}");
    assert!(empty(&rig.json("south", 0, &["desk", "queue"])["queue"]));
}

/// The text form of a message of north, and what names it.
fn text(rig: &Rig, id: &str) -> (String, String) {
    let told = rig.json("north", 0, &["inbox", "text", id]);
    let text = told["texts"][0]["text"].as_str().unwrap().to_owned();
    let form: NamedTextForm = text.parse().unwrap();
    (text, form.name.unwrap().to_string())
}

/// Another text under the same name.
fn otherwise(text: &str) -> String {
    let mut form: NamedTextForm = text.parse().unwrap();
    form.form.traffic = Traffic::Exercise;
    form.to_string()
}

#[test]
fn what_is_read_out_is_typed_in_answered_by_a_note_and_signed_once_it_stands_in_the_record() {
    let rig = gone();
    let id = said(&rig, &W4);
    let script = rig.told("north", 0, &["inbox", "text", &id]);
    for told in
        ["W4: Whiskey four", "traffic  REAL: say so first", "deconflict inbox type-in --from north"]
    {
        assert!(script.contains(told), "{told}: {script}");
    }
    let (text, name) = text(&rig, &id);
    let slip =
        rig.at("south", &["inbox", "type-in", "--from", "north", &text.replace("WEST", "EAST")]);
    let why = String::from_utf8(slip.stderr).unwrap();
    assert!(slip.status.code() == Some(2) && why.contains("check letters"), "{why}");
    let slip = rig.at(
        "south",
        &["inbox", "type-in", "--from", "north", &text.replace("COMMANDER", "C0MMANDER")],
    );
    assert!(String::from_utf8(slip.stderr).unwrap().contains("likely in field 6"));
    let bare = text.rsplitn(3, ' ').nth(2).unwrap();
    let unnamed = rig.at("south", &["inbox", "type-in", "--from", "north", bare]);
    assert!(String::from_utf8(unnamed.stderr).unwrap().contains("what names the message"));
    assert!(empty(&rig.json("south", 0, &["inbox"])["read_out"]));

    let typed = text.to_lowercase();
    let kept = rig.told("south", 0, &["inbox", "type-in", "--from", "north", &typed]);
    for told in [
        "Zone: Garrison (",
        "traffic       REAL",
        "unsigned: not in the record",
        "Nobody signed this",
    ] {
        assert!(kept.contains(told), "{told}: {kept}");
    }
    let again = rig.told("south", 0, &["inbox", "type-in", "--from", "north", &text]);
    assert!(again.contains("Typed in already"), "{again}");
    let inbox = rig.told("south", 1, &["inbox"]);
    for told in ["Read out, signed by nobody:", &name, "read-back in"] {
        assert!(inbox.contains(told), "{told}: {inbox}");
    }
    assert!(empty(&rig.json("south", 1, &["inbox"])["awaiting"]), "it is not in the view");

    // Another text under the same name: nothing is answered before it is known which one is meant.
    let exercise =
        rig.told("south", 0, &["inbox", "type-in", "--from", "north", &otherwise(&text)]);
    assert!(exercise.contains("EXERCISE") && exercise.contains("CONTRADICTION: #1"), "{exercise}");
    let answer = ["WILCO", "by=+20min", "--yes"];
    for which in [name.clone(), format!("{name}#1")] {
        let refused = rig.at("south", &[&["answer", &which], &answer[..]].concat());
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    }
    rig.told("south", 0, &["inbox", "forget", &format!("{name}#2"), "--yes"]);
    let early = rig.at("south", &["answer", &name, "--noted", "--yes"]);
    assert!(String::from_utf8(early.stderr).unwrap().contains("nothing to sign yet"));
    let noted = rig.json("south", 5, &[&["answer", &name], &answer[..]].concat());
    assert_eq!(noted["signed"], false);
    let spoken = noted["noted"].as_str().unwrap();
    assert!(spoken.starts_with(&format!("A R /{name} WILCO ")), "{spoken}");
    assert!(empty(&rig.json("south", 0, &["desk", "queue"])["queue"]), "nothing was signed");
    let heard = rig.told("north", 0, &["inbox", "type-in", "--from", "south", spoken]);
    assert!(heard.contains("answer WILCO"), "{heard}");
    assert!(rig.told("north", 0, &["inbox"]).contains("answer WILCO"));

    back(&rig, "north");
    rig.told("north", 0, &["desk", "send"]);
    back(&rig, "south");
    let inbox = rig.told("south", 1, &["inbox"]);
    assert!(inbox.contains("WAITS FOR YOUR SIGNATURE"), "{inbox}");
    let with = with_south(&rig, &id);
    assert_eq!(with["state"], "open", "a note is no answer: {with}");
    assert!(with.get("read_back").is_none(), "and no receipt: {with}");
    let done = rig.told("south", 0, &["answer", &name, "--noted", "--yes"]);
    assert!(done.contains("Accepted: the answer"), "{done}");
    assert_eq!(with_south(&rig, &id)["state"], "answered");
    for party in ["north", "south"] {
        let listed = rig.json(party, 0, &["inbox"]);
        assert!(empty(&listed["read_out"]), "{party}: {listed}");
    }
}

#[test]
fn a_signed_message_that_says_something_else_than_was_read_out_is_a_mismatch() {
    let rig = gone();
    let id = said(&rig, &W4);
    let (text, name) = text(&rig, &id);
    rig.told("south", 0, &["inbox", "type-in", "--from", "north", &otherwise(&text)]);
    rig.told("south", 5, &["answer", &name, "WILCO", "by=+20min", "--yes"]);
    back(&rig, "north");
    rig.told("north", 0, &["desk", "send"]);
    back(&rig, "south");
    let inbox = rig.told("south", 1, &["inbox"]);
    assert!(inbox.contains("MISMATCH: what was signed"), "{inbox}");
    let refused = rig.at("south", &["answer", &name, "--noted", "--yes"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("MISMATCH"));
    let shown = rig.told("south", 0, &["inbox", "show", &id]);
    assert!(shown.contains("READ OUT by north before"), "{shown}");
    rig.told("south", 0, &["inbox", "forget", &format!("{name}#1"), "--yes"]);
    assert!(empty(&rig.json("south", 1, &["inbox"])["read_out"]));
    assert!(ShortRef::from_text(&name).is_some());
}

#[test]
fn a_desk_that_runs_keeps_and_shows_the_same_as_one_that_is_opened() {
    let rig = gone();
    let id = said(&rig, &W4);
    let (text, name) = text(&rig, &id);
    let running = Running::at(&rig, "south");
    rig.told("south", 0, &["inbox", "type-in", "--from", "north", &text]);
    let slip = text.replace("WEST", "EAST");
    let refused = [
        rig.at("south", &["inbox", "type-in", "--from", "north", &slip]),
        rig.at("north", &["inbox", "type-in", "--from", "south", &slip]),
    ];
    assert_eq!(refused[0].stderr, refused[1].stderr);
    rig.told("south", 5, &["answer", &name, "UNABLE", "reason=too-little-time", "--yes"]);
    // A note that is made anew takes the place of the one before.
    rig.told("south", 5, &["answer", &name, "WILCO", "by=+30min", "--yes"]);
    let shown = |rig: &Rig| {
        let listed = rig.json("south", 0, &["inbox"]);
        let mut read = listed["read_out"][0].clone();
        read["dialogue"] = Value::Null;
        read
    };
    let beside = shown(&rig);
    assert_eq!(beside["note"], "waits-for-message", "{beside}");
    running.stop();
    assert_eq!(shown(&rig), beside);
    let running = Running::at(&rig, "south");
    assert_eq!(shown(&rig), beside);
    rig.told("south", 0, &["inbox", "forget", &name, "--yes"]);
    running.stop();
    assert!(empty(&rig.json("south", 0, &["inbox"])["read_out"]));
}

#[test]
fn what_was_noted_to_words_that_were_corrected_or_taken_back_since_is_not_signed() {
    let rig = gone();
    let (first, second) = (said(&rig, &W4), said(&rig, &["L1", "--to", "south", "n=7"]));
    let names: Vec<String> = [&first, &second]
        .into_iter()
        .map(|id| {
            let (text, name) = text(&rig, id);
            rig.told("south", 0, &["inbox", "type-in", "--from", "north", &text]);
            name
        })
        .collect();
    rig.told("south", 5, &["answer", &names[0], "WILCO", "by=+20min", "--yes"]);
    rig.told("south", 5, &["answer", &names[1], "ROGER", "--yes"]);
    back(&rig, "north");
    rig.told("north", 0, &["desk", "send"]);
    rig.told("north", 0, &["desk", "sync"]);
    let about = |id: &str| format!("message={id}");
    let corrected = ["say", "D6", &about(&first), "field=exit_sector", "new_value=east", "--yes"];
    rig.told("north", 0, &corrected);
    rig.told("north", 0, &["say", "D7", &about(&second), "--yes"]);
    back(&rig, "south");
    let inbox = rig.json("south", 1, &["inbox"]);
    let of = |name: &str| {
        let all = inbox["read_out"].as_array().unwrap();
        all.iter().find(|read| read["name"] == name).map(|read| read["note"].clone())
    };
    assert_eq!(of(&names[0]), Some(json!("corrected")), "{inbox}");
    assert_eq!(of(&names[1]), None, "it is over: {inbox}");
    for name in &names {
        let refused = rig.at("south", &["answer", name, "--noted", "--yes"]);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    }
    rig.told("south", 0, &["answer", &names[0], "UNABLE", "reason=too-little-time", "--yes"]);
    assert!(empty(&rig.json("south", 1, &["inbox"])["read_out"]));
}

/// W4 in the record, and what north signs about it with no line, after something that it hands to nobody: south has that
/// as a file.
fn about_what_stands(args: &[&str]) -> (Rig, String, String) {
    let rig = gone();
    back(&rig, "north");
    back(&rig, "south");
    let sent = rig.json("north", 0, &[&["say"], &W4[..], &["--yes"]].concat());
    let id = sent["statement"].as_str().unwrap().to_owned();
    rig.told("south", 0, &["desk", "sync"]);
    rig.told("north", 0, &["desk", "sync"]);
    line(&rig, "north", "http://127.0.0.1:9");
    said(&rig, &["L1", "--to", "aid", "n=1"]);
    let about = format!("message={id}");
    let change = said(&rig, &[&[args[0], &about], &args[1..]].concat());
    let file = rig.path("change.json");
    let file = file.to_str().unwrap();
    rig.at("north", &["inbox", "export", file, &change]);
    rig.told("south", 0, &["inbox", "import", file]);
    (rig, id, change)
}

#[test]
fn a_correction_by_file_is_noted_and_an_answer_is_signed_to_the_words_that_stand() {
    let (rig, id, change) = about_what_stands(&["D6", "field=exit_sector", "new_value=east"]);
    let listed = rig.json("south", 1, &["inbox"]);
    let shown = rig.told("south", 0, &["inbox", "show", &id]);
    assert!(shown.contains("D6 (DOES NOT STAND) of north: by file, verified"), "{shown}");
    let in_record = rig.json("north", 0, &["inbox", "show", &id])["says"].clone();
    assert_eq!(rig.json("south", 0, &["inbox", "show", &id])["says"], in_record, "{listed}");
    for signed in [&["inbox", "read-back", &id][..], &["answer", &id, "WILCO", "by=+20min"]] {
        let signed = rig.at("south", &[signed, &["--yes"]].concat());
        assert_eq!(signed.status.code(), Some(0), "it is not stopped: {signed:?}");
        let loud = String::from_utf8(signed.stderr).unwrap();
        assert!(loud.contains("A CORRECTION of north WAITS HERE AND DOES NOT STAND"), "{loud}");
        assert!(loud.contains(&change[..8]), "{loud}");
    }
}

#[test]
fn a_cancellation_by_file_stops_no_answer() {
    let (rig, id, _) = about_what_stands(&["D7"]);
    let signed = rig.at("south", &["answer", &id, "WILCO", "by=+20min", "--yes"]);
    assert_eq!(signed.status.code(), Some(0), "{signed:?}");
    let loud = String::from_utf8(signed.stderr).unwrap();
    assert!(loud.contains("A CANCELLATION of north WAITS HERE AND DOES NOT STAND"), "{loud}");
}

#[test]
fn an_answer_to_a_message_that_was_signed_anew_is_not_signed_to_words_that_were_corrected_since() {
    let rig = gone();
    said(&rig, &["L1", "--to", "aid", "n=1", "--valid-for", "1s"]);
    let id = said(&rig, &W4);
    let file = rig.path("request.json");
    let file = file.to_str().unwrap();
    rig.at("north", &["inbox", "export", file, &id]);
    rig.told("south", 0, &["inbox", "import", file]);
    kept(&rig, "south", &["answer", &id, "WILCO", "by=+20min"]);
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    back(&rig, "north");
    rig.at("north", &["desk", "send"]);
    rig.told("north", 0, &["desk", "sync"]);
    let sent = rig.json("north", 0, &["inbox"]);
    let anew = sent["sent"][0]["message"].as_str().unwrap().to_owned();
    let about = format!("message={anew}");
    let corrected = ["say", "D6", &about, "field=exit_sector", "new_value=east", "--yes"];
    rig.told("north", 0, &corrected);
    back(&rig, "south");
    rig.told("south", 0, &["desk", "sync"]);
    let refused = rig.at("south", &["answer", &anew, "--noted", "--yes"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains("NOT SIGNED") && why.contains("corrected since"), "{why}");
    rig.told("south", 0, &["answer", &anew, "UNABLE", "reason=too-little-time", "--yes"]);
}

#[test]
fn what_went_out_in_a_file_is_not_forgotten_as_if_nobody_had_it() {
    let rig = gone();
    let id = said(&rig, &[&W4[..], &["--offline"]].concat());
    let file = rig.path("request.json");
    rig.told("north", 0, &["inbox", "export", file.to_str().unwrap(), &id]);
    let refused = rig.at("north", &["desk", "queue", "dismiss", &id]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains("it went out in a file at"), "{why}");
    let forgotten = rig.told("north", 0, &["desk", "queue", "dismiss", &id, "--only-here"]);
    assert!(forgotten.contains("whoever has that can have it taken in"), "{forgotten}");
}

#[test]
fn all_that_came_in_files_of_one_party_is_forgotten_at_once() {
    let rig = gone();
    let ids = ["1", "2"].map(|n| said(&rig, &["L1", "--to", "south", &format!("n={n}")]));
    let file = rig.path("two.json");
    let file = file.to_str().unwrap();
    rig.told("north", 0, &["inbox", "export", file, &ids[0], &ids[1]]);
    rig.told("south", 0, &["inbox", "import", file]);
    let dismiss = ["desk", "queue", "dismiss", "--carried-for", "north", "--yes"];
    let told = rig.told("south", 0, &dismiss);
    assert!(told.starts_with("2 statements of north: forgotten here"), "{told}");
    assert!(empty(&rig.json("south", 0, &["desk", "queue"])["queue"]));
}
