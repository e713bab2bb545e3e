//! A long record: how soon its host is back, how fast a desk reads it, and how fast it is verified.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use deconflict_api::Content;
use deconflict_core::{Entry, Ledger, Sharing};
use deconflict_desk::{Desk, HttpLine, Keys, Settings};
use deconflict_host::{Config, Server, Space, Timing, system_entropy};
use deconflict_record::{Envelope, Hash, MAX_BATCH, UtcSecond, VerifyingKey};
use deconflict_store::Store;
use deconflict_testing::{PARTIES, SPACE, duty, log, log_key};

use super::rig::Rig;
use super::statements::envelopes;
use crate::join::build_command;
use crate::report::{digits, table};
use crate::{Scale, started};

/// Entries that are read before they are folded.
const FOLDED_AT_ONCE: usize = 4_096;

/// What was measured of a long record.
pub(super) struct Long {
    entries: u64,
    in_force: usize,
    file_gb: f64,
    written_s: f64,
    /// All entries folded into a ledger, once read.
    folded_s: f64,
    /// From the file to a space that takes statements: after a stop, and after a kill.
    opened_s: [f64; 2],
    read_s: f64,
    verified_s: f64,
    signatures: usize,
    /// The same signatures alone, on one core and on all.
    bare_s: f64,
    cores: usize,
}

pub(super) fn measure(scale: &Scale) -> Long {
    eprintln!("a record of {} entries", scale.entries);
    let (mut rig, mut space) = Rig::new();
    let start = Instant::now();
    grow(&mut rig, &mut space, scale);
    let written_s = start.elapsed().as_secs_f64();
    let entries = space.state().ledger().size;
    let in_force =
        space.state().ledger().declarations.values().filter(|d| d.ended.is_none()).count();
    let killed = copied(&rig);
    let config = Config::default();
    let host = Server::start(space, &config, rig.clock(), system_entropy()).expect("a host");
    host.stop();
    let killed_s = opened_alone(&killed);
    std::fs::remove_dir_all(killed.parent().expect("its folder")).expect("the copy to go");
    let stopped_s = opened_alone(&rig.path());
    let folded_s = folded(&rig.path());
    let space = open(&rig.path());
    let file_gb = std::fs::metadata(rig.path()).map_or(f64::NAN, |file| file.len() as f64 / 1e9);
    rig.pass(1);
    let host = Server::start(space, &config, rig.clock(), system_entropy()).expect("a host");
    let (desk, read_s) = read(&rig, &host);
    host.stop();
    let folder = rig.folder.path().join("dossier");
    desk.export(&folder).expect("a folder to export to");
    let signed = signatures(&desk);
    drop(desk);
    let verified_s = verified(&folder);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let bare_s = bare(&signed, cores);
    Long {
        entries,
        in_force,
        file_gb,
        written_s,
        folded_s,
        opened_s: [stopped_s, killed_s],
        read_s,
        verified_s,
        signatures: signed.len(),
        bare_s,
        cores,
    }
}

/// Operations come and, when so many are in force, the oldest of them end; a head now and then.
fn grow(rig: &mut Rig, space: &mut Space, scale: &Scale) {
    let mut in_force: std::collections::VecDeque<Vec<Hash>> = Default::default();
    let mut batches = 0u64;
    while space.state().ledger().size < scale.entries {
        let declared = rig.declare(MAX_BATCH, &Sharing::Open);
        rig.take(space, &envelopes(&declared));
        in_force.push_back(declared.iter().map(|statement| statement.hash()).collect());
        if in_force.len() * MAX_BATCH > scale.long_in_force
            && let Some(oldest) = in_force.pop_front()
        {
            let ends = rig.end(&oldest);
            rig.take(space, &ends);
        }
        batches += 1;
        if batches.is_multiple_of(16) {
            rig.pass(1);
            space.checkpoint(rig.now()).unwrap_or_else(|f| panic!("{}", f.problem.detail));
        }
    }
    space.checkpoint(rig.now()).unwrap_or_else(|f| panic!("{}", f.problem.detail));
}

fn open(path: &Path) -> Space {
    let store = Store::open(path).expect("the store");
    Space::open(store, SPACE, log_key(), system_entropy(), Timing::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Folds all entries into a ledger; the seconds that this alone takes.
fn folded(path: &Path) -> f64 {
    let store = Store::open(path).expect("the store");
    let view = store.view(SPACE).expect("the space");
    let (mut ledger, mut took) = (Ledger::default(), Duration::ZERO);
    while ledger.size < view.head().size {
        let kept = view.entries(ledger.size..view.head().size, FOLDED_AT_ONCE).expect("entries");
        let entries: Vec<Entry> = kept
            .iter()
            .map(|kept| {
                let opening = kept.opening.as_ref().expect("what was never erased");
                Content::decode(&opening.content).expect("an entry").entry
            })
            .collect();
        let begun = Instant::now();
        for entry in &entries {
            let index = ledger.size;
            let _ = ledger.apply(index, index, entry);
        }
        took += begun.elapsed();
    }
    took.as_secs_f64()
}

/// The files as they stand while a space is held: what a killed host leaves, its log included.
fn copied(rig: &Rig) -> PathBuf {
    let folder = rig.folder.path().join("killed");
    std::fs::create_dir(&folder).expect("a folder for a copy");
    for name in ["space.sqlite", "space.sqlite-wal"] {
        std::fs::copy(rig.folder.path().join(name), folder.join(name)).expect("room for a copy");
        // The host's file has nothing of much length that is not on the disk yet.
        let copy = std::fs::File::open(folder.join(name)).expect("the copy");
        copy.sync_all().expect("a disk that takes the copy");
    }
    folder.join("space.sqlite")
}

/// How soon a host is there, in a process of its own, as one that starts is; the files are in the
/// system's memory before, as they are where a host was just stopped or killed.
fn opened_alone(path: &Path) -> f64 {
    read_all(path.parent().expect("its folder")).unwrap_or_else(|error| panic!("{error}"));
    started("space", path).trim().parse().expect("seconds")
}

/// Reads all of a host's record for the first time.
pub(super) fn read(rig: &Rig, host: &Server) -> (Desk, f64) {
    let log = log();
    let party = PARTIES[3];
    let settings = Settings {
        space: SPACE.into(),
        party: party.parse().expect("a party's name"),
        log,
        founding: None,
        witness: None,
    };
    let mut desk = Desk::create(&rig.folder.path().join("desk"), &settings).expect("a desk");
    let mut line = HttpLine::new(&format!("http://{}", host.address()), None).expect("a line");
    let duty = duty(party);
    let keys = Keys { session: &duty, witness: None };
    let now = UtcSecond::new(rig.now().seconds().unsigned_abs()).expect("a time");
    let start = Instant::now();
    desk.sync(&mut line, &keys, now).unwrap_or_else(|error| panic!("{error}"));
    (desk, start.elapsed().as_secs_f64())
}

/// Every signed statement that the desk was given, with its key.
fn signatures(desk: &Desk) -> Vec<(Envelope, VerifyingKey)> {
    let keys = &desk.view().keys;
    let mut signed = Vec::new();
    let mut from = 0;
    while from < desk.held() {
        let page = desk.entries(from).unwrap_or_else(|error| panic!("{error}"));
        from += page.len() as u64;
        for envelope in page.into_iter().filter_map(|held| held.content?.envelope) {
            let signer = envelope.claimed_signers().next().expect("a signer");
            signed.push((envelope, keys[&signer].key));
        }
    }
    signed
}

/// What `deconflict verify` takes for a folder, from its start to its end; seconds. It is what a user runs:
/// within this program, memory would be counted. The files are in the system's memory before, as the
/// signatures that are verified alone are in this program's.
fn verified(folder: &Path) -> f64 {
    let program = build_command().unwrap_or_else(|error| panic!("{error}"));
    read_all(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut command = Command::new(program);
    command.arg("verify").arg(folder);
    let start = Instant::now();
    let done = command.output().expect("the command, which was just built");
    let seconds = start.elapsed().as_secs_f64();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    seconds
}

/// Reads every file of a folder, and of those in it.
fn read_all(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_all(&path)?;
        } else {
            std::fs::read(&path)?;
        }
    }
    Ok(())
}

/// Verifies signatures on so many cores, and does nothing else; seconds.
fn bare(signed: &[(Envelope, VerifyingKey)], cores: usize) -> f64 {
    let start = Instant::now();
    std::thread::scope(|scope| {
        for part in signed.chunks(signed.len().div_ceil(cores).max(1)) {
            scope.spawn(move || {
                for (envelope, key) in part {
                    envelope.verify(&[*key]).expect("a signature");
                }
            });
        }
    });
    start.elapsed().as_secs_f64()
}

impl Long {
    pub(super) fn report(&self) -> String {
        let rows = [
            ("written, 128 statements at a time", self.written_s),
            ("its entries folded, once read", self.folded_s),
            ("opened after a stop", self.opened_s[0]),
            ("opened after a kill", self.opened_s[1]),
            ("read and checked by a desk, over HTTP", self.read_s),
            ("`deconflict verify` of a folder", self.verified_s),
            ("the folder's signatures alone", self.bare_s),
        ]
        .map(|(what, seconds)| vec![what.to_owned(), digits(seconds)]);
        format!(
            "## A record of {} entries\n\nOperations of four parties, open to all, {} of them in force at the end, the others \
             ended; the host's file has {} GB. *Opened* is from the file to a space that takes statements, its state \
             rebuilt and its tree checked against the last signed head, in a process of its own, the file being \
             in the system's memory; after a kill it \
             has the log to fold in and the last entries to fold. The folder is a desk's export; {} \
             signatures were checked on {} cores, which both ways of checking may use: verifying takes \
             **{}** times as long as they alone.\n\n{}",
            self.entries,
            self.in_force,
            digits(self.file_gb),
            self.signatures,
            self.cores,
            digits(self.verified_s / self.bare_s),
            table(&["", "s"], rows)
        )
    }
}
