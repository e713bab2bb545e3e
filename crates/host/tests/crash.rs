//! A host that is killed at any instant under load: what was acknowledged stands, and nothing else does.
//!
//! With `DECONFLICT_SOAK_ROUNDS` set, so many rounds are played instead of 20.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;
mod load;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::{SPACE, START, at, log_key};
use deconflict_core::Time;
use deconflict_faults::Chance;
use deconflict_host::{Clock, Config, Server, Space, Timing, system_entropy};
use deconflict_store::{Options, Store, StoreError};
use load::{
    Client, Ends, LITTLE, Told, check_kept, check_served, enrol_all, first_statement, read,
};

const STORE: &str = "DECONFLICT_STORE_OF_THE_CHILD";
const BEGAN: &str = "DECONFLICT_CHILD_BEGAN";

/// The log is folded often, so that kills hit that too.
fn options() -> Options {
    Options { wal_pages: 30, ..Options::default() }
}

/// The same for snapshots and heads.
fn timing() -> Timing {
    Timing { head_spacing_ms: 0, snapshot_entries: 20, pace: LITTLE, ..Timing::default() }
}

fn system_seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

/// Begins at the story's start when the store was made, and goes on whatever process asks.
fn clock(began: i64) -> Clock {
    Arc::new(move || Time::from_seconds(at(START).seconds() + system_seconds() - began))
}

/// Opens the space, or founds it where a killed process did not get so far.
fn open(path: &Path, now: Time) -> Space {
    let store = match Store::create_with(path, &options()) {
        Err(StoreError::Exists { .. }) => Store::open_with(path, &options()),
        created => created,
    }
    .unwrap();
    let begun = store.spaces().unwrap().iter().any(|head| head.size > 0);
    if begun {
        let space = Space::open(store, SPACE, log_key(), system_entropy(), timing());
        let mut space = space.unwrap();
        // Nobody made a backup of it: there is nothing that witnesses could know better.
        space.go_on_alone(now).unwrap();
        return space;
    }
    let envelope = first_statement().envelope().encode();
    Space::found(store, &envelope, log_key(), system_entropy(), timing(), now).unwrap()
}

/// Not a test of its own: what the killed process runs.
#[test]
fn child_that_serves_until_it_is_killed() {
    let Some(path) = std::env::var_os(STORE) else { return };
    let clock = clock(std::env::var(BEGAN).unwrap().parse().unwrap());
    let space = open(Path::new(&path), clock());
    let host = Server::start(space, &Config::default(), clock, system_entropy()).unwrap();
    let mut out = std::io::stdout();
    out.write_all(format!("\nserves http://{}\n", host.address()).as_bytes()).unwrap();
    out.flush().unwrap();
    // It ends with its parent, should that fail: its input then closes.
    let _ = std::io::stdin().lines().count();
}

struct Process {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Process {
    fn start(path: &Path, began: i64) -> Process {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_serves_until_it_is_killed", "--nocapture"])
            .env(STORE, path)
            .env(BEGAN, began.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Process { child, lines }
    }

    /// Where it serves; `None` if it ended before.
    fn address(&mut self) -> Option<String> {
        self.lines.find_map(|line| Some(line.ok()?.strip_prefix("serves ")?.to_owned()))
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert!(!status.success() && status.code().is_none(), "it was killed, it did not fail");
    }
}

/// One space, its clients, and what they were told.
struct Played {
    folder: tempfile::TempDir,
    began: i64,
    told: Told,
    clients: Vec<Client>,
}

impl Played {
    fn new(seed: u64) -> Played {
        let names = ["north", "south", "aid", "host"];
        let clients = names.iter().zip(seed * 10..).map(|(name, seed)| Client::new(name, seed));
        Played {
            folder: tempfile::tempdir().unwrap(),
            began: system_seconds(),
            told: Told::default(),
            clients: clients.collect(),
        }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("record.sqlite")
    }

    /// Serves, checks what is there against what was told, files under load, and is killed.
    fn round(&mut self, dice: &mut Chance) {
        let mut process = Process::start(&self.path(), self.began);
        if dice.one_in(6) {
            // Before it serves.
            std::thread::sleep(Duration::from_micros(dice.below(40_000)));
            return process.kill();
        }
        let base = process.address().expect("it starts on whatever it left behind");
        enrol_all(&base, &self.told);
        check_served(&base, &self.told, dice);
        let stop = AtomicBool::new(false);
        let longest_us = if dice.one_in(3) { 20_000 } else { 400_000 };
        let instant = Duration::from_micros(dice.below(longest_us));
        std::thread::scope(|scope| {
            let (told, base, stop) = (&self.told, base.as_str(), &stop);
            let _over = Ends(stop);
            for client in &mut self.clients {
                scope.spawn(move || client.file(base, told, stop));
            }
            scope.spawn(move || read("aid", base, told, stop));
            scope.spawn(move || read("south", base, told, stop));
            std::thread::sleep(instant);
            process.kill();
        });
    }

    /// What the killed process left, read from a copy, so that the next one still finds it as it is.
    fn left_behind(&self) -> u64 {
        if !self.path().exists() {
            assert_eq!(self.told.filed(), 0);
            return 0;
        }
        let copy = tempfile::tempdir().unwrap();
        for name in ["record.sqlite", "record.sqlite-wal"] {
            let from = self.folder.path().join(name);
            if from.exists() {
                std::fs::copy(from, copy.path().join(name)).unwrap();
            }
        }
        let store = Store::open(&copy.path().join("record.sqlite")).unwrap();
        check_kept(&store, &self.told)
    }
}

#[test]
fn a_host_killed_under_load_loses_nothing_that_it_acknowledged_and_invents_nothing() {
    let rounds = std::env::var("DECONFLICT_SOAK_ROUNDS").map_or(20, |n| n.parse().unwrap());
    let mut dice = Chance::new(41);
    let mut played = Played::new(0);
    let (mut acknowledged, mut heads, mut entries, mut in_parts) = (0, 0, 0, 0);
    let begun = Instant::now();
    for round in 0..rounds {
        played.round(&mut dice);
        let left = played.left_behind();
        if round % 10 == 9 || round + 1 == rounds {
            // The last word is a host's that was not killed before it was heard.
            let mut process = Process::start(&played.path(), played.began);
            let base = process.address().unwrap();
            played.clients.iter_mut().for_each(|client| client.settle(&base, &played.told));
            check_served(&base, &played.told, &mut dice);
            process.kill();
            played.left_behind();
            (acknowledged, heads, entries) =
                (acknowledged + played.told.filed(), heads + played.told.heads(), entries + left);
            in_parts += played.told.in_parts();
            played = Played::new(round as u64);
        }
    }
    println!(
        "{rounds} rounds, {acknowledged} statements acknowledged, {heads} heads seen, {entries} \
         entries, {in_parts} statements in parts, {:?}",
        begun.elapsed()
    );
    assert!(acknowledged > 3 * rounds && heads > rounds, "too little was said to be lost");
    assert!(in_parts > rounds, "too little followed in parts");
}
