//! The pages that go through a space and its channel step by step are true: their commands are run in their order, and
//! what they print is compared with what stands below them.
//!
//! `DECONFLICT_UPDATE=1` writes a page anew with what was printed.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::place::{Place, Served, terminate};
use crate::transcript::{Renamed, Step, shape, steps};

/// Files that the page names and does not show.
const FILES: [(&str, &str); 4] = [
    (
        "north/smaller.geojson",
        r#"{"type":"Feature","properties":{"name":[{"text":"Deconfliction zone","lang":"en"}],"radius_m":30000,"lower":"SFC","upper":"UNL","from":"2040-05-18T00:00:00Z"},"geometry":{"type":"Point","coordinates":[38.6,33.5]}}"#,
    ),
    ("south/flight.geojson", FLIGHT),
    ("south/later.geojson", LATER),
    ("passphrase", "correct horse\n"),
];
const FLIGHT: &str = r#"{"type":"Feature","properties":{"name":[{"text":"Survey flight","lang":"en"}],"radius_m":4000,"lower":"SFC","upper":"3000 m AMSL","from":"2040-06-06T06:00:00Z","until":"2040-06-06T12:00:00Z"},"geometry":{"type":"Point","coordinates":[39.4,34.1]}}"#;
const LATER: &str = r#"{"type":"Feature","properties":{"name":[{"text":"Survey flight","lang":"en"}],"radius_m":4000,"lower":"SFC","upper":"3000 m AMSL","from":"2040-06-07T06:00:00Z","until":"2040-06-07T12:00:00Z"},"geometry":{"type":"Point","coordinates":[39.4,34.1]}}"#;

/// Before the first command that begins so, at whose machine, what.
type Unshown = (&'static str, &'static str, &'static str);

/// What the page says without showing it: before the first command that begins so, at whose machine, what.
const UNSHOWN: [Unshown; 9] = [
    (
        "centre$ deconflict key new log.key",
        "south",
        "deconflict party new keys --id south --name en='Southern Command' --contact '+7 555 0200' && \
         deconflict key new witness.key --name south.example/desk --use witness && cd ../centre && \
         deconflict party new keys --id centre --name en='Coordination Centre' --contact '+41 555 0300'",
    ),
    (
        "centre$ deconflict space draft",
        "centre",
        "for party in centre north south; do cp ../$party/keys/member.json $party.json; done",
    ),
    ("north$ deconflict space sign", "north", "cp ../centre/founding.json ."),
    ("south$ deconflict space sign", "south", "cp ../north/founding.json ."),
    ("centre$ deconflict host init", "centre", "cp ../south/founding.json ."),
    (
        "north$ deconflict desk sync",
        "south",
        "deconflict desk init desk --party south --url $URL --log $LOG --founding $FOUNDING \
         --key keys/duty.key --witness south.example/desk --witness-key witness.key && \
         deconflict party enrol keys/duty.key --root keys/root.key --yes && cd ../centre && \
         deconflict desk init desk --party centre --url $URL --log $LOG --founding $FOUNDING \
         --key keys/duty.key && \
         deconflict party enrol keys/duty.key --root keys/root.key --yes",
    ),
    ("north$ deconflict log", "north", "deconflict desk sync"),
    ("investigator$ deconflict verify evidence", "north", "cp -r evidence-* ../investigator"),
    ("south$ deconflict zone withdraw", "north", "deconflict desk sync"),
];

/// The same of the page on the channel. A desk that runs says that a message was delivered a moment after it was sent.
const UNSHOWN_OF_CHANNEL: [Unshown; 4] = [
    ("south$ deconflict desk run", "south", "deconflict desk sync"),
    ("south$ deconflict inbox", "north", UNTIL_DELIVERED),
    ("north$ deconflict say W6 --to south", HOST, "kill"),
    ("north$ deconflict desk queue", "north", UNTIL_BACK),
];
/// Who is no party: the process of the host.
const HOST: &str = "host";
const UNTIL_BACK: &str = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do deconflict desk sync; \
     deconflict desk send; deconflict inbox --output json | grep -q '\"by_file\": \\[\\]' && exit; sleep 0.5; done; exit 1";
const UNTIL_DELIVERED: &str = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do \
     deconflict inbox | grep -q 'open, delivered' && exit; sleep 0.5; done; exit 1";

/// Puts other words into the record, as whoever has the host's disk can.
const TAMPER: &str = r#"
import base64, hashlib, json, sqlite3
old, new = b"The road was closed to our convoy.", b"We think the zone is no longer of use."
database = sqlite3.connect("host/record.sqlite", timeout=10)
for index, salt, content in database.execute("SELECT idx, salt, content FROM entry").fetchall():
    signed = json.loads(content).get("accepted", {}).get("payload", "")
    payload = base64.b64decode(signed)
    if old in payload:
        changed = bytes(content).replace(signed.encode(), base64.b64encode(payload.replace(old, new)))
        commitment = hashlib.sha256(b"deconflict leaf v1\n" + salt + changed).digest()
        database.execute("UPDATE entry SET content = ?, commitment = ? WHERE idx = ?",
                         (changed, commitment, index))
database.commit()
"#;

struct Walk {
    place: Place,
    host: Option<Served>,
    /// Where the host was before it was killed.
    gone: Option<String>,
    vars: Vec<(&'static str, String)>,
    renamed: Renamed,
    unshown: Vec<Unshown>,
    /// Whether somebody at the host alters the record before its end; and has.
    alters: bool,
    altered: bool,
    /// How wide its tables are: so wide that a clock with a digit more breaks no other line.
    columns: &'static str,
    /// Desks that run until the end.
    running: Vec<Child>,
}

impl Drop for Walk {
    fn drop(&mut self) {
        for child in &mut self.running {
            terminate(child);
            let _ = child.wait();
        }
    }
}

impl Walk {
    fn new() -> Walk {
        let place = Place::new();
        for who in ["north", "south", "centre", "investigator"] {
            fs::create_dir(place.path(who)).unwrap();
        }
        for (name, text) in FILES {
            fs::write(place.path(name), text).unwrap();
        }
        Walk {
            place,
            host: None,
            gone: None,
            vars: Vec::new(),
            renamed: Renamed::default(),
            unshown: UNSHOWN.to_vec(),
            alters: false,
            altered: false,
            columns: "96",
            running: Vec::new(),
        }
    }

    fn shell(&self, who: &str, line: &str) -> Output {
        self.command(who, line).output().unwrap()
    }

    fn command(&self, who: &str, line: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_deconflict")).parent().unwrap();
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(self.place.path(who))
            .env("PATH", path)
            .env("DECONFLICT_PASSPHRASE_FILE", self.place.path("passphrase"))
            .env("COLUMNS", self.columns)
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "<+03>-3")
            .envs(self.vars.iter().map(|(name, value)| (*name, value)));
        command
    }

    /// Begins what runs until the end; the first line that it prints.
    fn begin(&mut self, who: &str, line: &str) -> Vec<String> {
        let mut child =
            self.command(who, &format!("exec {line}")).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        self.running.push(child);
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        std::thread::spawn(move || lines.read_to_string(&mut String::new()));
        vec![first.trim_end().to_owned()]
    }

    /// What leads to a step and is not shown.
    fn lead_to(&mut self, step: &Step) {
        let given = format!("{}$ {}", step.who, step.command);
        while let Some(nth) = self.unshown.iter().position(|(at, ..)| given.starts_with(at)) {
            let (_, who, line) = self.unshown.remove(nth);
            if who == HOST {
                self.gone = self.host.take().map(Served::kill);
                continue;
            }
            if let Some(url) = self.gone.take() {
                self.host = Some(Served::again(&self.place, &url, &["centre/host"]));
            }
            let done = self.shell(who, line);
            assert!(done.status.success(), "{line}: {done:?}");
        }
        if step.command.starts_with("deconflict space draft") {
            for (name, who, file) in [
                ("LOG", "centre", "log.key --name centre.example/straits"),
                ("NORTH", "north", "witness.key --name north.example/desk --use witness"),
                ("SOUTH", "south", "witness.key --name south.example/desk --use witness"),
            ] {
                let shown = self.shell(who, &format!("deconflict key show {file} --output json"));
                let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
                self.vars.push((name, shown["vkey"].as_str().unwrap().to_owned()));
            }
        }
        if self.alters && step.command == "deconflict desk sync" && self.withdrew() {
            let done = Command::new("python3")
                .args(["-c", TAMPER])
                .current_dir(self.place.path("centre"))
                .output()
                .unwrap();
            assert!(done.status.success(), "{done:?}");
            self.altered = true;
        }
    }

    /// Whether the last command before the record is altered has been given.
    fn withdrew(&self) -> bool {
        self.unshown.is_empty() && !self.altered
    }

    /// What a step prints: standard output, and the same after what stood on standard error.
    fn take(&mut self, step: &Step) -> [Vec<String>; 2] {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        if let Some(file) = step.command.strip_prefix("cat ") {
            let text = step.printed.join("\n") + "\n";
            fs::write(self.place.path(&step.who).join(file), text).unwrap();
        }
        if step.command.starts_with("deconflict host run") {
            let host = Served::with(&self.place, &["centre/host"]);
            let ready = lines(&host.ready.replace(&host.url, "http://127.0.0.1:8480"));
            self.vars.push(("URL", host.url.clone()));
            self.host = Some(host);
            return [ready.clone(), ready];
        }
        let unknown = self.renamed.unknown(&step.command);
        assert_eq!(unknown, None, "{}: no line before it prints that name", step.command);
        let mut line = self.renamed.text(&step.command);
        if let Some(host) = &self.host {
            line = line.replace("http://127.0.0.1:8480", &host.url);
        }
        if let Some(line) = line.strip_suffix('&') {
            let first = self.begin(&step.who, line);
            return [first.clone(), first];
        }
        let Output { stdout, stderr, .. } = self.shell(&step.who, &line);
        let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        if step.command.starts_with("deconflict host init") {
            let hash = out.lines().find_map(|line| line.trim().strip_prefix("--founding "));
            self.vars.push(("FOUNDING", hash.unwrap().to_owned()));
        }
        [lines(&out), lines(&(err + &out))]
    }
}

fn shapes(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| shape(line)).collect()
}

fn page(name: &str) -> (PathBuf, String) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let page = fs::read_to_string(&file).unwrap();
    (file, page)
}

/// Runs the commands of a page and compares what they print, or writes the page anew.
fn walk_through(walk: &mut Walk, name: &str) {
    let (file, page) = page(name);
    let update = std::env::var("DECONFLICT_UPDATE").is_ok_and(|set| set == "1");
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    let mut longer = 0_isize;
    for step in steps(&page) {
        walk.lead_to(&step);
        let both = walk.take(&step);
        let same = both.iter().find(|printed| shapes(printed) == shapes(&step.printed));
        if same.is_none() && !update {
            let [out, all] = &both;
            let now = if out.is_empty() { all } else { out };
            panic!(
                "docs/{name}, line {}: {}\nprints now:\n{}\nand the page says:\n{}\n\
                 DECONFLICT_UPDATE=1 writes the page anew",
                step.at.start + 1,
                step.command,
                now.join("\n"),
                step.printed.join("\n")
            );
        }
        let near = |printed: &&Vec<String>| printed.len().abs_diff(step.printed.len());
        let now = same.or_else(|| both.iter().min_by_key(near)).unwrap();
        if update {
            let from = step.at.end - step.printed.len();
            let at = |line: usize| line.saturating_add_signed(longer);
            let names: Vec<String> =
                lines[at(step.at.start)..at(from)].iter().map(|l| walk.renamed.text(l)).collect();
            lines.splice(at(step.at.start)..at(from), names);
            let printed = now.iter().map(|line| match line.as_str() {
                "" => String::new(),
                line => format!("    {line}"),
            });
            lines.splice(at(from)..at(step.at.end), printed);
            longer += now.len() as isize - step.printed.len() as isize;
        }
        for (page, now) in step.printed.iter().zip(now) {
            walk.renamed.note(page, now);
        }
    }
    if update {
        fs::write(&file, lines.join("\n") + "\n").unwrap();
    }
}

#[test]
fn every_command_of_the_page_on_spaces_prints_what_stands_below_it() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: no python3 to alter the record with");
        return;
    }
    let mut walk = Walk::new();
    walk.alters = true;
    walk_through(&mut walk, "space.md");
    assert!(walk.altered, "the page ends with a host that is caught");
}

#[test]
fn every_command_of_the_page_on_alerts_and_sheets_prints_what_stands_below_it() {
    let mut walk = where_the_zone_was_agreed_to();
    walk_through(&mut walk, "cap-and-sheets.md");
}

#[test]
fn every_command_of_the_page_on_the_channel_prints_what_stands_below_it() {
    let mut walk = where_the_zone_was_agreed_to();
    walk.unshown = UNSHOWN_OF_CHANNEL.to_vec();
    walk.columns = "110";
    walk_through(&mut walk, "channel.md");
}

fn where_the_zone_was_agreed_to() -> Walk {
    let mut walk = Walk::new();
    // It goes on where the zone of the page on spaces was agreed to.
    let (_, before) = page("space.md");
    let agreed = |step: &Step| !step.command.starts_with("deconflict declare operation");
    for step in steps(&before).iter().take_while(|step| agreed(step)) {
        walk.lead_to(step);
        let both = walk.take(step);
        let same = both.iter().find(|printed| shapes(printed) == shapes(&step.printed));
        for (page, now) in step.printed.iter().zip(same.unwrap_or(&both[0])) {
            walk.renamed.note(page, now);
        }
    }
    walk.unshown.clear();
    walk
}
