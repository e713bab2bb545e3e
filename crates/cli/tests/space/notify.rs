//! People who are told that a message waits, by a desk that runs: a program, a mail server, and one that is down.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::place::terminate;
use crate::rig::Rig;

const ZONE: &str = r#"{"type":"Feature","properties":{"name":"Garrison","radius_m":30000,"lower":"SFC","upper":"UNL","from":"2040-05-18T00:00:00Z"},"geometry":{"type":"Point","coordinates":[38.6,33.5]}}"#;
const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// The desk of the south with its settings, ended with the test.
struct Running(Child);

impl Running {
    fn begin(rig: &Rig, settings: &str) -> Running {
        let mut command = rig.command(&["desk", "run", "--every", "1", "--notify", settings]);
        command.env("DECONFLICT_DESK", rig.path("south")).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        assert!(first.starts_with("reading "), "{first}");
        std::thread::spawn(move || lines.read_to_string(&mut String::new()));
        Running(child)
    }

    /// Ends it by this; what it said on standard error.
    fn end(mut self, by: fn(&mut Child)) -> String {
        by(&mut self.0);
        let mut said = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        self.0.wait().unwrap();
        said
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A mail server (aiosmtpd), where its Python environment was made.
struct MailServer(Child, BufReader<ChildStdout>, u16);

impl MailServer {
    fn start() -> Option<MailServer> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let python = root.join(".venv/bin/python");
        let has = Command::new(&python).args(["-c", "import aiosmtpd"]).output();
        has.ok().filter(|has| has.status.success())?;
        let mut command = Command::new(python);
        command.arg(root.join("crates/notify/tests/judges/smtp.py")).arg("plain");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        lines.read_line(&mut port).unwrap();
        Some(MailServer(child, lines, port.trim().parse().unwrap()))
    }

    fn mail(&mut self) -> Value {
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn private(rig: &Rig, name: &str, text: &str, mode: u32) -> PathBuf {
    rig.file(name, text);
    fs::set_permissions(rig.path(name), Permissions::from_mode(mode)).unwrap();
    rig.path(name)
}

/// The paths that work: a program that writes into `told`, and mail where there is a server.
fn paths(rig: &Rig, mail: Option<&MailServer>) -> Vec<Value> {
    let told = rig.path("told");
    let program = format!(
        "#!/bin/sh\necho \"$DECONFLICT_KIND $DECONFLICT_PRECEDENCE $DECONFLICT_STAGE $(cat)\" >> {}\n",
        told.display()
    );
    private(rig, "send", &program, 0o700);
    let sms = json!({"name": "sms", "precedences": ["flash"], "command": {"run": ["./send"]}});
    let mail = mail.map(|server| {
        let smtp = json!({"server": "127.0.0.1", "port": server.2, "security": "none",
                          "from": "desk@south.example", "to": "duty@south.example"});
        json!({"name": "mail", "precedences": ["flash"], "smtp": smtp})
    });
    [sms].into_iter().chain(mail).collect()
}

fn settings(rig: &Rig, paths: &[Value]) -> String {
    private(rig, "webhook.secret", SECRET, 0o600);
    let settings = json!({"v": 1, "call": "+41 555 0300", "paths": paths});
    rig.file("notify.json", &settings.to_string())
}

fn told(rig: &Rig) -> Vec<String> {
    let text = fs::read_to_string(rig.path("told")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn attempts(rig: &Rig, of: &str, path: &str) -> Vec<Value> {
    let all = rig.json("south", 0, &["desk", "notices", of]);
    let all = all["attempts"].as_array().unwrap().clone();
    all.into_iter().filter(|one| one["path"] == path).collect()
}

fn until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_flash_is_told_once_by_each_path_also_by_a_desk_that_was_killed_until_it_is_answered() {
    let rig = Rig::new();
    let file = rig.file("zone.geojson", ZONE);
    let zone =
        ["zone", &file, "--restriction", "prohibited", "--concerns", "south", "--binds", "south"];
    rig.declared("north", 0, &zone);
    let mut mail = MailServer::start();
    if mail.is_none() {
        eprintln!("skipped: the mail server is not in .venv: run tools/prerequisites.sh");
    }
    let mut all = paths(&rig, mail.as_ref());
    // Nobody listens there: it is tried again and again.
    let hook = json!({"url": "http://127.0.0.1:1/", "secret": {"file": "webhook.secret"}});
    all.push(json!({"name": "down", "precedences": ["flash"], "pause_s": 1, "webhook": hook}));
    let settings = settings(&rig, &all);

    let running = Running::begin(&rig, &settings);
    let filed = rig.json(
        "north",
        0,
        &[
            "say",
            "W4",
            "--to",
            "south",
            "zone=Garrison",
            "by=+25min",
            "exit_sector=west",
            "authority=duty",
            "--yes",
        ],
    );
    let id = filed["statement"].as_str().unwrap();
    let text = "FLASH waiting, call +41 555 0300. Waiting: 1.";
    until("it is told", || told(&rig) == [format!("waiting flash first {text}")]);
    if let Some(mail) = &mut mail {
        let mail = mail.mail();
        assert_eq!(mail["subject"], text);
        assert!(
            !mail.to_string().contains("Garrison") && !mail.to_string().contains("W4"),
            "{mail}"
        );
    }
    until("what is down was tried", || !attempts(&rig, &id[..8], "down").is_empty());
    until("it is kept", || attempts(&rig, id, "sms")[0]["outcome"]["taken"].is_object());
    let said = running.end(|child| child.kill().unwrap());
    assert!(said.contains("NOT TOLD by down, try 1: "), "{said}");
    assert!(!said.contains(SECRET), "{said}");

    let tried = attempts(&rig, id, "down").len();
    let running = Running::begin(&rig, &settings);
    until("it is tried on", || attempts(&rig, id, "down").len() > tried);
    assert_eq!(
        (told(&rig).len(), attempts(&rig, id, "sms").len()),
        (1, 1),
        "nothing is told twice"
    );

    rig.told("south", 0, &["answer", &id[..8], "WILCO", "by=+20min", "--yes"]);
    // What was under way when it was answered ends; the next would have come after a pause that is known.
    std::thread::sleep(Duration::from_secs(1));
    let down = attempts(&rig, id, "down");
    let nth = down.last().unwrap()["nth"].as_u64().unwrap();
    std::thread::sleep(Duration::from_secs(3_u64.pow(u32::try_from(nth).unwrap() - 1) + 2));
    assert_eq!(attempts(&rig, id, "down").len(), down.len(), "an answer stops every path");
    let said = running.end(terminate);
    assert!(!said.contains(SECRET), "{said}");

    let table = rig.told("south", 0, &["desk", "notices"]);
    for part in [
        "sms",
        "FLASH",
        "REAL",
        &format!("{} new", &id[..8]),
        "taken: exit status 0",
        "NOT TAKEN: ",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert_eq!(rig.told("south", 0, &["desk", "notices", "0000"]), "Nothing was attempted.\n");
}

#[test]
fn the_paths_are_tried_and_settings_that_are_wrong_begin_nothing() {
    let rig = Rig::new();
    let mut all = paths(&rig, None);
    let works = settings(&rig, &all);
    let tried = rig.told("south", 0, &["desk", "notify-test", "--notify", &works]);
    assert_eq!(tried, "sms: taken: exit status 0\n");
    assert_eq!(told(&rig), ["test   TEST. Test of this notice path. No answer is asked."]);
    let hook = json!({"url": "http://127.0.0.1:1/", "secret": {"file": "webhook.secret"}});
    all.push(json!({"name": "down", "precedences": ["flash"], "webhook": hook}));
    let down = settings(&rig, &all);
    let tried = rig.json("south", 1, &["desk", "notify-test", "--notify", &down]);
    assert!(tried["paths"][0]["outcome"]["taken"].is_object(), "{tried}");
    assert!(tried["paths"][1]["outcome"]["failed"]["why"].is_string(), "{tried}");
    all[0]["precedences"] = json!([]);
    let wrong = settings(&rig, &all);
    for command in
        [["desk", "run", "--notify", &wrong], ["desk", "notify-test", "--notify", &wrong]]
    {
        let output = rig.at("south", &command);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("notify.json: paths[0] `sms`: precedences: is empty"), "{said}");
    }
    assert_eq!(told(&rig).len(), 2);
}
