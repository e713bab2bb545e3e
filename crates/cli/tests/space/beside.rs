//! Commands beside a desk that runs: several at once, without a passphrase where nothing is signed.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::place::{Place, terminate};

/// What reads at a desk and says the same whenever it is asked; with what it takes more.
const READING: &[(&str, &[&str])] = &[
    ("conflicts", &[]),
    ("conflicts list", &[]),
    ("declare list", &[]),
    ("desk notices", &[]),
    ("desk queue", &[]),
    ("desk read-out", &[]),
    ("duty", &[]),
    ("inbox", &[]),
    ("interest list", &[]),
    ("line-test", &[]),
    ("log", &["--all"]),
    ("log list", &["--all"]),
    ("log show", &["1"]),
    ("party list", &[]),
    ("party show", &[]),
    ("seal-key list", &[]),
    ("space show", &[]),
    ("zone list", &[]),
];

/// What signs nothing at a desk and is tried elsewhere: it changes the desk, reads on, sends, writes files,
/// says when the desk read, or shows what must have been declared before.
const ELSEWHERE: &[&str] = &[
    "attachment open",
    "attachment seal",
    "conflicts show",
    "declare show",
    "desk address",
    "desk compare",
    "desk each-reads-back",
    "desk export",
    "desk import",
    "desk run",
    "desk send",
    "desk status",
    "desk sync",
    "evidence",
    "inbox cap",
    "inbox export",
    "inbox import",
    "inbox open",
    "inbox sheet",
    "inbox show",
    "inbox text",
    "inbox type-in",
    "inbox verify-opening",
    "log head",
    "space file",
    "zone show",
];

/// The lines of a desk that runs.
type Lines = Box<dyn Iterator<Item = String>>;

fn running(place: &Place, desk: &str) -> (Child, Lines) {
    let run = ["desk", "run", "--desk", desk, "--every", "1"];
    let mut child = place.command(&run).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut lines: Lines = Box::new(lines);
    assert!(lines.next().unwrap().starts_with("reading "));
    (child, lines)
}

#[test]
fn a_desk_that_runs_reads_on_where_what_it_prints_cannot_be_written() {
    let place = Place::new();
    let (host, log, founding) = place.founded();
    let north = place.desk("north", &host.url, &log, &founding);
    // Every write finds the disk full.
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let args = ["desk", "run", "--desk", &north, "--every", "1"];
    let mut run = place.command(&args).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines().map_while(Result::ok);
    let told = lines.by_ref().find(|line| line.contains("standard output: cannot be written"));
    assert!(told.unwrap().contains("reading goes on"));
    let claim =
        ["party", "speak-for", "fishers", "--root", "north/root.key", "--desk", north.as_str()];
    assert!(place.run(0, &claim).contains("of the record"));
    assert!(place.run(0, &["desk", "status", "--desk", &north]).contains("line       up"));
    terminate(&mut run);
    let again = lines.filter(|line| line.contains("cannot be written")).count();
    assert_eq!(again, 0, "it is said once");
    assert!(run.wait().unwrap().success());
    host.stop();
}

#[test]
fn two_commands_speak_at_once_beside_a_desk_that_runs_and_both_are_in_the_record() {
    let place = Place::new();
    let (host, log, founding) = place.founded();
    let north = place.desk("north", &host.url, &log, &founding);
    let (mut run, lines) = running(&place, &north);
    let claims = ["fishers", "coast-guards"].map(|group| {
        let root = ["--root", "north/root.key", "--desk", &north];
        let args = [&["party", "speak-for", group], &root[..]].concat();
        place.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for claim in claims {
        let output = claim.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("Accepted") && said.contains("of the record"), "{output:?}");
    }
    let again = place.run(2, &["desk", "run", "--desk", &north]);
    assert!(again.contains("reads for this desk already"), "{again}");
    terminate(&mut run);
    let told: Vec<String> = lines.collect();
    assert!(told.iter().any(|line| line.contains("fishers")), "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("stopped"));
    assert!(run.wait().unwrap().success());
    assert!(host.stop().starts_with("stopped: "));
}

#[test]
fn every_command_at_a_desk_that_signs_nothing_is_listed_here() {
    let place = Place::new();
    place.run(0, &["man", "pages"]);
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(place.path("pages")).unwrap() {
        let path = entry.unwrap().path();
        let page = fs::read_to_string(&path).unwrap();
        let takes = |option: &str| page.contains(&format!("{}\\fR", option.replace('-', "\\-")));
        // Whoever signs asks first, or says until when it holds.
        if takes("--desk") && !takes("--yes") && !takes("--valid-for") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            found.insert(name.strip_prefix("deconflict-").unwrap().to_owned());
        }
    }
    let listed = READING.iter().map(|(command, _)| command).chain(ELSEWHERE);
    let listed: BTreeSet<String> = listed.map(|command| command.replace(' ', "-")).collect();
    assert_eq!(found, listed, "a command at a desk that signs nothing has its line in READING");
}

#[test]
fn what_reads_says_the_same_beside_a_desk_that_runs_and_needs_no_passphrase() {
    let place = Place::new();
    let (host, log, founding) = place.founded();
    let north = place.desk("north", &host.url, &log, &founding);
    place.run(0, &["desk", "sync", "--desk", &north]);
    let read = |offline: bool| {
        let told = READING.iter().map(|(command, more)| {
            // Those that show the desk or the charter use no line in any case.
            let uses_line = !command.starts_with("desk ") && !command.starts_with("space ");
            let line = if offline && uses_line { &["--offline"][..] } else { &[] };
            let command: Vec<&str> = command.split(' ').collect();
            let args = [&command, *more, &["--desk", &north], line].concat();
            let output =
                place.command(&args).env_remove("DECONFLICT_PASSPHRASE_FILE").output().unwrap();
            assert!(output.status.success(), "{args:?}: {output:?}");
            String::from_utf8(output.stdout).unwrap()
        });
        told.collect::<Vec<String>>()
    };
    let opened = read(true);
    let (mut run, _lines) = running(&place, &north);
    assert_eq!(read(false), opened);
    let evidence = ["evidence", "1", "--desk", &north, "--to", "folder"];
    let written = place.command(&evidence).env_remove("DECONFLICT_PASSPHRASE_FILE").output();
    assert!(written.unwrap().status.success());
    assert!(place.run(0, &["verify", "folder"]).contains("entries"));

    // What was said and is not sent waits in the agent's queue like in the desk's own.
    let url = host.url.clone();
    assert!(host.stop().starts_with("stopped: "));
    let claim = ["party", "speak-for", "fishers", "--root", "north/root.key", "--desk", &north];
    let kept = place.run(0, &claim);
    assert!(kept.contains("NOT SENT YET") && kept.contains("cannot be reached"), "{kept}");
    let down = place.run(2, &["desk", "send", "--desk", &north]);
    assert!(down.contains("1 wait still"), "{down}");
    let status = place.json(&["desk", "status", "--desk", &north]);
    assert_eq!((&status["waiting"], &status["url"]), (&Value::from(1), &Value::from(url)));
    assert!(status["line"]["down"]["why"].as_str().unwrap().contains("cannot be reached"));
    let status = place.run(0, &["desk", "status", "--desk", &north]);
    assert!(status.contains("line       DOWN since "), "{status}");
    // Killed, it leaves a socket that nobody answers: the desk is opened.
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(fs::symlink_metadata(place.path(&north).join("agent.sock")).is_ok());
    let queue = place.json(&["desk", "queue", "--desk", &north]);
    assert_eq!(queue["queue"].as_array().unwrap().len(), 1, "{queue}");
    let name = queue["queue"][0]["statement"].as_str().unwrap();
    let (mut run, _lines) = running(&place, &north);
    let kept = place.run(2, &["desk", "queue", "dismiss", &name[..12], "--desk", &north]);
    assert!(kept.contains("kept until it stands in the record"), "{kept}");
    terminate(&mut run);
    assert!(run.wait().unwrap().success());
}
