//! A desk that is killed at any instant: what it answered is there, nothing is half done, and it goes on.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use common::*;
use deconflict_core::{Say, Sharing};
use deconflict_desk::{Desk, DeskError};
use deconflict_faults::Chance;
use deconflict_record::Hash;
use deconflict_store::StoreError;

const DIR: &str = "DECONFLICT_DESK_OF_THE_CHILD";

fn said(nth: u64) -> Say {
    operation(-60.0 + nth as f64 / 50.0, Sharing::Open)
}

/// The host after so many statements: the same in every process.
fn host_after(statements: u64) -> Rc<RefCell<FakeHost>> {
    let host = host();
    for nth in 0..statements {
        host.borrow_mut().say("aid", &[&duty("aid")], &said(nth));
    }
    host
}

fn opened(dir: &Path) -> Desk {
    if dir.join("desk.sqlite").exists() {
        match Desk::open(dir) {
            Err(DeskError::Store(error @ StoreError::Unfinished { .. })) => {
                assert!(error.to_string().contains("was not finished"), "{error}");
                std::fs::remove_dir_all(dir).unwrap();
            }
            desk => return desk.unwrap(),
        }
    }
    Desk::create(dir, &settings("north")).unwrap()
}

fn post(dir: &Path) -> (Post, Rc<RefCell<FakeHost>>) {
    let desk = opened(dir);
    let host = host_after(desk.head().size.saturating_sub(5));
    let wire = Wire::new(&host, "north");
    (Post { desk, wire, duty: duty("north"), witness: witness("north") }, host)
}

/// Not a test of its own: what the killed process runs.
#[test]
fn child_that_reads_and_files_until_it_is_killed() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let (mut north, host) = post(Path::new(&dir));
    let mut out = std::io::stdout();
    let mut tell = |text: String| {
        out.write_all(format!("\n{text}\n").as_bytes()).unwrap();
        out.flush().unwrap();
    };
    let next = host.borrow().commitments.len() as u64 - 5;
    for nth in next.. {
        host.borrow_mut().say("aid", &[&duty("aid")], &said(nth));
        let synced = north.sync(nth).unwrap();
        tell(format!("read {}", synced.size));
        if north.desk.queued().count() < 500 {
            let queued = north.desk.file(&said(nth), &north.duty, None).unwrap();
            tell(format!("filed {}", queued.statement));
        }
    }
}

#[test]
fn a_killed_desk_goes_on_from_all_that_it_answered() {
    let rounds = std::env::var("DECONFLICT_SOAK_ROUNDS").map_or(8, |n| n.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (mut random, mut filed, mut acknowledged) = (Chance::new(5), Vec::new(), 0);
    let dir = folder.path().join("desk");
    for round in 0..rounds {
        let (size, more) = play(&dir, &mut random);
        filed.extend(more);
        acknowledged = size.max(acknowledged);
        let (mut north, host) = post(&dir);
        let found = north.desk.head().size;
        assert!(found >= acknowledged, "round {round}: {acknowledged} answered, {found} found");
        let queued: Vec<Hash> = north.desk.queued().map(|item| item.statement).collect();
        assert!(filed.iter().all(|hash| queued.contains(hash)), "round {round}: a filing is lost");
        north.sync(100_000).unwrap();
        assert_eq!(north.desk.head(), host.borrow().head());
        assert_eq!(*north.desk.view(), host.borrow().state.ledger().project(&party("north")));
        drop(north);
    }
    assert!(acknowledged > 5 && !filed.is_empty(), "no round got far enough to lose anything");
    let (mut north, host) = post(&dir);
    let waiting = north.desk.queued().count();
    assert_eq!(north.send(1).unwrap().filed.len(), waiting);
    north.sync(2).unwrap();
    assert_eq!(north.desk.queued().count(), 0);
    assert_eq!(*north.desk.view(), host.borrow().state.ledger().project(&party("north")));
}

/// Starts the child and kills it at some instant: the size that it had read, and what it had filed.
fn play(dir: &Path, random: &mut Chance) -> (u64, Vec<Hash>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_reads_and_files_until_it_is_killed", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut size, mut filed) = (0, Vec::new());
    let mut read = |line: Option<std::io::Result<String>>| {
        let line = line?.unwrap();
        if let Some(number) = line.strip_prefix("read ") {
            size = number.parse().unwrap();
        }
        if let Some(hash) = line.strip_prefix("filed ") {
            filed.push(Hash::from_hex(hash).unwrap());
        }
        Some(())
    };
    let early = random.one_in(4);
    let waits_for = if early { 0 } else { 10 + random.below(60) };
    for _ in 0..waits_for {
        read(lines.next()).expect("the child goes on until it is killed");
    }
    std::thread::sleep(Duration::from_micros(random.below(if early { 60_000 } else { 5_000 })));
    child.kill().unwrap();
    while read(lines.next()).is_some() {}
    let status = child.wait().unwrap();
    assert!(!status.success() && status.code().is_none(), "it was killed, it did not fail");
    (size, filed)
}
