//! Messages by the command alone: said, delivered, read, answered, waited for.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::place::terminate;
use crate::rig::Rig;

pub(crate) const ZONE: &str = r#"{"type":"Feature","properties":{"name":[{"text":"Garrison","lang":"en"},{"text":"الحامية","lang":"ar"}],"radius_m":30000,"lower":"SFC","upper":"UNL","from":"2040-05-18T00:00:00Z"},"geometry":{"type":"Point","coordinates":[38.6,33.5]}}"#;

/// A desk that runs and reads on, ended with the test.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn at(rig: &Rig, party: &str) -> Running {
        let mut command = rig.command(&["desk", "run", "--every", "1"]);
        command.env("DECONFLICT_DESK", rig.path(party)).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        assert!(first.starts_with("reading "), "{first}");
        // What it prints is read to its end, so that it never waits for a reader.
        std::thread::spawn(move || lines.read_to_string(&mut String::new()));
        Running(child)
    }

    pub(crate) fn stop(mut self) {
        terminate(&mut self.0);
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A zone of north that concerns south.
pub(crate) fn zone(rig: &Rig) -> String {
    let file = rig.file("zone.geojson", ZONE);
    let args = ["zone", &file, "--restriction", "prohibited", "--concerns", "south", "--binds"];
    rig.declared("north", 0, &[&args[..], &["south"]].concat())
}

/// Sends a message and returns its name.
pub(crate) fn said(rig: &Rig, party: &str, args: &[&str]) -> String {
    let filed = rig.json(party, 0, &[&["say"], args, &["--yes"]].concat());
    assert_eq!(filed["outcome"], "accepted", "{filed}");
    filed["statement"].as_str().unwrap().to_owned()
}

/// What came of a message with a party, as its sender sees it, once it is so.
fn once(rig: &Rig, id: &str, party: &str, is: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let shown = rig.json("north", 0, &["inbox", "show", id]);
        let with = shown["addressees"][party].clone();
        if is(&with) {
            return with;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{with}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

pub(crate) const W4: [&str; 7] =
    ["W4", "--to", "south", "zone=Garrison", "by=+3h", "exit_sector=west", "authority=commander"];

#[test]
fn a_request_is_delivered_displayed_read_back_held_and_complied_with_each_a_fact_of_its_own() {
    let rig = Rig::new();
    zone(&rig);
    assert_eq!(rig.told("south", 0, &["inbox"]), "No open message.\n");
    let running = Running::at(&rig, "south");
    let id = said(&rig, "north", &W4);
    // Nobody but the desk that runs has said anything: delivered, and no more than that.
    let with = once(&rig, &id, "south", |with| with["delivered"].is_string());
    assert_eq!(with["state"], "open");
    assert!(with.get("displayed").is_none() && with.get("answers").is_none(), "{with}");

    let inbox = rig.told("south", 1, &["inbox"]);
    for told in [
        "These wait for your answer:",
        "W4 REQUEST VACATE ZONE",
        "IMMEDIATE",
        "REAL",
        "read-back in",
        // Nobody has to open it to know what it asks for.
        "\n    Zone: Garrison (",
    ] {
        assert!(inbox.contains(told), "{told}: {inbox}");
    }
    assert!(inbox.lines().all(|line| line.chars().count() <= 120), "{inbox}");
    // No person looks where it is piped, unless that is said.
    rig.told("south", 0, &["inbox", "show", &id[..8]]);
    let with = once(&rig, &id, "south", |_| true);
    assert!(with.get("displayed").is_none(), "{with}");
    rig.told("south", 1, &["inbox", "--displayed"]);
    once(&rig, &id, "south", |with| with["displayed"].is_string());
    let shown = rig.told("south", 0, &["inbox", "show", &id[..8]]);
    for told in [
        "Zone: Garrison (",
        "UTC (local time ",
        "traffic       REAL",
        "WILCO, UNABLE, STANDBY",
        "answer by",
        "call          north (The north)",
        "checked by no named speaker",
        "READ BACK  not yet",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }

    rig.told("south", 0, &["inbox", "read-back", &id[..8], "--yes"]);
    let again = rig.at("south", &["inbox", "read-back", &id[..8], "--yes"]);
    assert_eq!(again.status.code(), Some(1), "no wrong usage: {again:?}");
    rig.told("south", 0, &["answer", &id[..8], "STANDBY", "answer_by=+10min", "--yes"]);
    let held = once(&rig, &id, "south", |with| with["state"] == "held-open");
    assert!(held["read_back"].is_array());

    // Whoever waits is not told that it is answered before it is.
    let wait = ["inbox", "--output", "json"];
    assert_eq!(rig.at("south", &wait).status.code(), Some(1));
    let done = rig.told("south", 0, &["answer", &id[..8], "wilco", "by=+20min", "--yes"]);
    assert!(done.contains("Accepted: the answer"), "{done}");
    let answered = once(&rig, &id, "south", |with| with["state"] == "answered");
    assert_eq!(answered["undertaking"]["state"], "open");
    let again = rig.at("south", &["answer", &id[..8], "wilco", "by=+20min", "--yes"]);
    assert_eq!(again.status.code(), Some(1), "no wrong usage: {again:?}");
    let promised = rig.json("south", 0, &["inbox"]);
    assert_eq!(promised["promised"][0]["message"], id.as_str());
    let shown = rig.told("north", 0, &["inbox", "show", &id[..8]]);
    for told in [
        "WILCO by ",
        "by duty officer, key ",
        "undertaking: to be done",
        "DELIVERED",
        "In answer to",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let log = rig.told("north", 0, &["log", "--kind", "send", "--kind", "answer"]);
    assert!(log.contains("sends W4 REQUEST VACATE ZONE to south, REAL: Zone: Garrison"), "{log}");
    assert!(
        log.contains(&format!("answers message {} (W4 of north): WILCO. By: ", &id[..8])),
        "{log}"
    );

    // What was promised is reported done.
    said(&rig, "south", &["W7", "zone=Garrison", "time=now"]);
    once(&rig, &id, "south", |with| with["undertaking"]["state"] == "met");
    running.stop();
    // A desk that runs anew says nothing that was said before.
    let entries = |rig: &Rig| rig.json("north", 0, &["log", "--kind", "receive"]);
    let before = entries(&rig);
    let running = Running::at(&rig, "south");
    rig.told("south", 0, &["desk", "send"]);
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(entries(&rig), before);
    running.stop();
}

#[test]
fn whoever_waits_for_an_answer_learns_by_the_status_what_it_was() {
    let rig = Rig::new();
    zone(&rig);
    // Nobody answers: that permits nothing, and is no zero.
    let silent = rig.told("north", 4, &[&["say"], &W4[..], &["--yes", "--wait=1s"]].concat());
    assert!(silent.contains("open, not delivered yet"), "{silent}");
    let waits = |args: &[&str]| {
        let mut command = rig.command(&[&["say"], args, &["--yes", "--wait=60s"]].concat());
        command.env("DECONFLICT_DESK", rig.path("north")).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let accepted = lines.next().unwrap();
        let name = accepted.rsplit(' ').next().unwrap().trim_end_matches('.').to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        (child, name)
    };
    let (mut child, id) = waits(&W4);
    rig.told("south", 0, &["answer", &id, "UNABLE", "reason=too-little-time", "--yes"]);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    // And finds it where it is to act.
    let inbox = rig.told("north", 0, &["inbox"]);
    assert!(inbox.contains("You sent these, and the answer was no, or none:"), "{inbox}");
    assert_eq!(rig.json("north", 0, &["inbox"])["refused"][0]["message"], id.as_str());
    let (mut child, id) = waits(&["L1", "--to", "south", "n=7"]);
    rig.told("south", 0, &["answer", &id, "roger", "--yes"]);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_is_typed_wrongly_is_told_with_what_it_may_be_and_nothing_is_signed() {
    let rig = Rig::new();
    zone(&rig);
    let told = |args: &[&str]| {
        let output = rig.at("north", &[args, &["--yes"]].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap()
    };
    for (args, why) in [
        (&["say", "W44"][..], "`deconflict say --list`"),
        (&["say", "W4"], "W4: give zone, by, exit_sector, authority"),
        (&["say", "W4"], "authority: one of duty, commander, highest-authority"),
        (&["say", "W4", "by=tomorrow"], "by=`tomorrow`: must be a time: in UTC such as"),
        (&["say", "W4", "exit_sector=up"], "exit_sector=`up`: must be one of north, north-east"),
        (&["say", "W4", "zone=Nowhere"], "zone=`Nowhere`: this desk sees none"),
        (&["say", "W4", "colour=red"], "it has zone, by, exit_sector, authority"),
        (&["say", "W4", "zone=Garrison", "zone=Garrison"], "zone is given twice"),
        (&["say", "W4", "noon"], "must be NAME=VALUE"),
        (&["say", "L1", "n=7"], "give --to with one or more of aid, south, watch"),
        (&["say", "L1", "n=7", "--to", "north"], "--to north: must be one of aid, south, watch"),
        (&["say", "O4"], "the host alone sends it"),
        (&["say", "Z1"], "`deconflict declare zone`"),
        (&["say", "Z5"], "`deconflict zone withdraw`"),
        (&["say", "O2"], "`deconflict declare amend`"),
        (&["say", "O3"], "`deconflict declare end --how ended`"),
        (&["say", "P4"], "`deconflict declare amend`"),
        (
            &["say", "L1", "--to", "south", "n=7", "--remark", " "],
            "--remark: there are only blanks in it",
        ),
        (&["answer", "4be1c0ff", "WILCO"], "message `4be1c0ff`: this desk sees none"),
        (&["inbox", "show", "no\u{1b}[2J"], "must be a message"),
    ] {
        let said = if args[0] == "inbox" {
            let output = rig.at("north", args);
            assert_eq!(output.status.code(), Some(2));
            String::from_utf8(output.stderr).unwrap()
        } else {
            told(args)
        };
        assert!(said.contains(why), "{args:?}\n{why}\n{said}");
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
    let id = said(&rig, "north", &W4);
    let own = told(&["answer", &id, "WILCO", "by=+20min"]);
    assert!(own.contains("did not go to the party"), "{own}");
    let output = rig.at("south", &["answer", &id, "AFFIRM", "--yes"]);
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(why.contains("WILCO by=..., UNABLE reason=..., STANDBY answer_by=..."), "{why}");
    // Later than what is asked nothing can be promised.
    let output = rig.at("south", &["answer", &id, "WILCO", "by=+4h", "--yes"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let sent = rig.json("north", 0, &["log", "--kind", "answer"]);
    assert_eq!(sent["entries"].as_array().map(Vec::len), Some(0), "{sent}");
}

#[test]
fn a_message_goes_to_whom_its_code_names_and_says_which_traffic_it_is() {
    let rig = Rig::new();
    let zone = zone(&rig);
    let id = said(&rig, "north", &[&W4[..], &["--traffic", "exercise"]].concat());
    let shown = rig.told("south", 1, &["inbox", "--no-receipt"]);
    assert!(shown.contains("EXERCISE"), "{shown}");
    // Whoever only looked is not told of.
    let with = once(&rig, &id, "south", |_| true);
    assert!(with.get("displayed").is_none(), "{with}");
    // Of a zone, those whom it concerns; about a message, its author, or those to whom it went.
    let name = format!("zone={}", &zone[..8]);
    let status = said(&rig, "north", &["Z4", &name, "status=applied", "from=+1h"]);
    let status = rig.json("north", 0, &["inbox", "show", &status]);
    assert!(status["addressees"]["south"].is_object(), "{status}");
    let question = format!("message={}", &id[..8]);
    let asked = said(&rig, "south", &["D4", &question, "question=Which road?", "--lang", "en"]);
    assert_eq!(rig.json("south", 1, &["inbox"])["sent"][0]["message"], asked.as_str());
    let shown = rig.json("north", 0, &["inbox", "show", &asked]);
    assert_eq!(shown["traffic"], "exercise", "as what it speaks of");
    assert_eq!(shown["addressees"].as_object().unwrap().keys().collect::<Vec<_>>(), ["north"]);
    // A correction opens it anew, and taking it back closes it.
    let corrected =
        said(&rig, "north", &["D6", &question, "field=exit_sector", "new_value=north-west"]);
    assert_ne!(corrected, id);
    let shown = rig.told("south", 0, &["inbox", "show", &id[..8]]);
    assert!(shown.contains("CORRECTED") && shown.contains("Leave towards: north-west"), "{shown}");
    said(&rig, "north", &["D7", &question]);
    let shown = rig.told("south", 0, &["inbox", "show", &id[..8]]);
    assert!(shown.contains("TAKEN BACK  "), "{shown}");
    let output = rig.at("south", &["answer", &id[..8], "WILCO", "by=+20min", "--yes"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("was taken back"));
}

/// A terminal, and what is printed there.
const TERMINAL: &str =
    "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

#[test]
fn what_a_terminal_shows_is_told_to_its_sender_as_displayed() {
    let rig = Rig::new();
    zone(&rig);
    let id = said(&rig, "north", &W4);
    let shows = rig.command(&["inbox", "show", &id]);
    let mut terminal = std::process::Command::new("python3");
    terminal.args(["-c", TERMINAL]).arg(shows.get_program()).args(shows.get_args());
    let more = shows.get_envs().filter_map(|(name, value)| Some((name, value?)));
    terminal.envs(more).env("DECONFLICT_DESK", rig.path("south")).stdin(Stdio::null());
    let Ok(output) = terminal.output() else {
        eprintln!("skipped: no python3 to make a terminal with");
        return;
    };
    assert!(output.status.success(), "{output:?}");
    once(&rig, &id, "south", |with| with["displayed"].is_string());
}

#[test]
fn a_message_reads_in_the_readers_language_and_from_right_to_left_where_that_is_so() {
    let rig = Rig::new();
    zone(&rig);
    let remark = ["--remark", " Road \u{202e}7 only\n ", "--remark-lang", "en"];
    let id = said(&rig, "north", &[&W4[..], &remark].concat());
    let english = rig.told("south", 0, &["inbox", "show", &id, "--lang", "en"]);
    assert!(!english.contains(['\u{2066}', '\u{2067}', '\u{2068}']), "{english:?}");
    assert!(english.contains("“Road 7 only” (en)"), "{english}");
    let arabic = rig.told("south", 0, &["inbox", "show", &id, "--lang", "ar-SY"]);
    let line = arabic.lines().find(|line| line.contains("الحامية")).unwrap();
    assert!(line.contains('\u{2067}') && line.ends_with('\u{2069}'), "{line:?}");
    assert!(line.contains('\u{2066}') && arabic.contains("فوري"), "{line:?}");
    assert!(arabic.contains("\u{2066}W4\u{2069} ") && !arabic.contains("VACATE"), "{arabic}");
    // Every isolate that is opened is closed on its line, in a table too.
    let list = rig.told("south", 1, &["inbox", "--lang", "ar"]);
    assert!(list.contains("هذه بانتظار جوابكم") && !list.contains("open, "), "{list}");
    for line in arabic.lines().chain(list.lines()) {
        let opened = line.matches(['\u{2066}', '\u{2067}', '\u{2068}']).count();
        assert_eq!(opened, line.matches('\u{2069}').count(), "{line:?}");
    }
    let json = rig.json("south", 0, &["inbox", "show", &id, "--lang", "ar"]);
    assert_eq!(json["rendering"]["direction"], "rtl");
    assert_eq!(json["rendering"]["checked_by"], Value::Null);
    assert_eq!(json["remark"]["language"], "en");
}

#[test]
fn who_follows_the_inbox_reads_what_is_new_and_what_changes() {
    let rig = Rig::new();
    zone(&rig);
    let running = Running::at(&rig, "south");
    let mut command = rig.command(&["inbox", "--follow"]);
    command.env("DECONFLICT_DESK", rig.path("south")).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert_eq!(lines.next().unwrap(), "No open message.");
    let id = said(&rig, "north", &W4);
    let new = lines.by_ref().find(|line| line.starts_with("NEW ")).unwrap();
    assert!(new.contains(&id[..8]) && new.contains("IMMEDIATE REAL W4"), "{new}");
    rig.told("south", 0, &["answer", &id, "WILCO", "by=+20min", "--yes"]);
    let changed = lines.by_ref().find(|line| line.contains("WILCO by")).unwrap();
    assert!(changed.starts_with("CHANGED "), "{changed}");
    terminate(&mut child);
    child.wait().unwrap();
    running.stop();
}

#[test]
fn a_script_that_follows_is_told_where_a_message_stands_and_what_is_wrong_with_it() {
    let rig = Rig::new();
    zone(&rig);
    let mut short = W4;
    short[4] = "by=+6min";
    let id = said(&rig, "north", &short);
    let of = format!("message={id}");
    let relay = said(&rig, "north", &["Y1", "--to", "south", &of, "group=Ahrar"]);
    let mut command = rig.command(&["inbox", "--follow", "--output", "json"]);
    command.env("DECONFLICT_DESK", rig.path("south")).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let told: Vec<Value> = lines.take(2).map(|line| serde_json::from_str(&line).unwrap()).collect();
    terminate(&mut child);
    child.wait().unwrap();
    let of = |id: &str| told.iter().find(|one| one["message"] == id).unwrap();
    let one = of(&id);
    assert_eq!((&one["section"], &one["too_short"]), (&"awaiting".into(), &true.into()), "{one}");
    assert_eq!(one["escalated"], false, "{one}");
    assert_eq!(of(&relay)["addressees"]["south"]["missing_hop"], "answer");
}

#[test]
fn what_was_not_delivered_says_in_its_row_whom_to_call_and_what_to_read_out() {
    let rig = Rig::new();
    // A third of nine seconds is the limit of each step.
    let call = ["L5", "--to", "south", "caller=you-call", "means=telephone", "time=+9s"];
    let id = said(&rig, "north", &call);
    let with = once(&rig, &id, "south", |with| with["lapses"].is_array());
    assert_eq!(with["lapses"][0]["lapse"], "not-delivered", "{with}");
    let inbox = rig.told("north", 0, &["inbox"]);
    let line = inbox.lines().find(|line| line.contains("NOT DELIVERED to south: call "));
    let script = format!("read out what `deconflict inbox text {}` prints.", &id[..8]);
    assert!(line.is_some_and(|line| line.ends_with(&script)), "{inbox}");
    let read_out = rig.told("north", 0, &["inbox", "text", &id[..8]]);
    assert!(read_out.contains("L5: Lima five"), "{read_out}");
    // Whoever has not answered is not told to call itself.
    assert!(!rig.told("south", 1, &["inbox"]).contains("NOT DELIVERED to"));
}

#[test]
fn the_codes_are_listed_and_explained_without_a_desk() {
    let rig = Rig::new();
    let listed = rig.told("nobody", 0, &["say"]);
    for code in ["L1", "W4", "P6", "D8"] {
        assert!(listed.contains(code), "{listed}");
    }
    let explained = rig.told("nobody", 0, &["say", "W4", "--help-code"]);
    assert!(explained.contains("a person's own signature is needed"), "{explained}");
    let all = rig.json("nobody", 0, &["say", "--list"]);
    assert!(all["codes"].as_array().unwrap().len() > 40);
    assert!(all["codes"][0]["parameters"].is_array());
}
