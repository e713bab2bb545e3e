//! Measures the index, the command and the host beside others of their kind or beside the least that
//! they must do, and writes BENCHMARKS.md.
//!
//! `deconflict-bench [--quick] [--only PART] [FILE]`: with `--quick` at a hundredth of the size, which shows
//! that it works and measures nothing; with `--only PART` one of [`PARTS`] alone, to the terminal. It runs itself with
//! `--hold-streams` to hold streams open, and with `--serve-space FILE` as a host.
//!
//! What threads allocate side by side cannot be counted without slowing each of them. So three programs share this
//! crate: `deconflict-bench` allocates as the command does, `deconflict-bench-count` counts, for those parts whose
//! figures are bytes, and `deconflict-bench-start` times starts.

mod engines;
mod index;
mod join;
mod millions;
mod postgis;
mod report;
mod space;
mod workload;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::OnceLock;

pub use peak_alloc::PeakAlloc;
use postgis::Cluster;

/// What can be measured alone.
pub const PARTS: [&str; 12] = [
    "join",
    "index",
    "millions",
    "statements",
    "http",
    "readers",
    "streams",
    "messages",
    "memory",
    "desk",
    "hostile",
    "record",
];
/// Those of [`PARTS`] that count bytes.
const COUNTED: [&str; 3] = ["index", "millions", "memory"];

/// What counts this program's memory, where it does.
static MEMORY: OnceLock<&PeakAlloc> = OnceLock::new();

/// What counts this program's memory.
fn memory() -> &'static PeakAlloc {
    MEMORY.get().expect("bytes are counted by the program that counts")
}

/// How much is measured.
struct Scale {
    quick: bool,
    volumes: u32,
    many_volumes: u32,
    queries: u32,
    joined: u32,
    /// Statements that are timed.
    statements: usize,
    /// Declarations whose memory is measured.
    in_force: usize,
    /// Plans of a hundred volumes that a hostile party holds, and statements of another one beside them.
    stacked: usize,
    besieged: usize,
    /// Entries of a long record, and declarations in force in it.
    entries: u64,
    long_in_force: usize,
}

const FULL: Scale = Scale {
    quick: false,
    volumes: 1_000_000,
    many_volumes: 10_000_000,
    queries: 5_000,
    joined: 100_000,
    statements: 20_000,
    in_force: 100_000,
    stacked: 10_000,
    besieged: 500,
    entries: 1_000_000,
    long_in_force: 20_000,
};
const QUICK: Scale = Scale {
    quick: true,
    volumes: 10_000,
    many_volumes: 100_000,
    queries: 500,
    joined: 2_000,
    statements: 1_024,
    in_force: 1_000,
    stacked: 50,
    besieged: 20,
    entries: 5_000,
    long_in_force: 500,
};

/// What a program of this crate does with its arguments; `memory` counts what it allocates.
pub fn run(memory: Option<&'static PeakAlloc>) -> ExitCode {
    let counts = memory.is_some_and(|memory| MEMORY.set(memory).is_ok());
    let mut scale = FULL;
    let mut file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../BENCHMARKS.md");
    let (mut arguments, mut only) = (std::env::args().skip(1), None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => scale = QUICK,
            "--desk-memory" if counts => {
                let folder = PathBuf::from(arguments.next().unwrap_or_default());
                return say(&space::desk_memory(&folder));
            }
            "--serve-space" => {
                space::serve_space(&PathBuf::from(arguments.next().unwrap_or_default()));
                return ExitCode::SUCCESS;
            }
            "--hold-streams" => {
                space::hold_streams();
                return ExitCode::FAILURE;
            }
            "--only" => only = Some(arguments.next().unwrap_or_default()),
            _ => file = PathBuf::from(argument),
        }
    }
    if let Some(part) = only {
        return match PARTS.iter().find(|known| **known == part) {
            Some(part) => say(&measured(part, &scale)),
            None => {
                eprintln!("--only `{part}`: must be one of {}", PARTS.join(", "));
                ExitCode::FAILURE
            }
        };
    }
    let parts = PARTS.map(|part| measured(part, &scale));
    match std::fs::write(&file, report::write(&parts)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{}: {e}", file.display());
            ExitCode::FAILURE
        }
    }
}

/// Measures one of [`PARTS`], where it counts bytes in the program that does so, and reports it.
fn measured(part: &str, scale: &Scale) -> String {
    if COUNTED.contains(&part) && MEMORY.get().is_none() {
        let mut program = Command::new(beside("deconflict-bench-count"));
        if scale.quick {
            program.arg("--quick");
        }
        return said_by(program.args(["--only", part]));
    }
    match part {
        "join" => join::compare(scale, &start_cluster()).report(),
        "index" => report::index(scale, &index::compare(scale, &start_cluster())),
        "millions" => report::millions(scale, &millions::grow(scale)),
        part => space::part(part, scale),
    }
}

/// A program of this crate, which lies beside this one.
fn beside(name: &str) -> PathBuf {
    std::env::current_exe().expect("the path of this program").with_file_name(name)
}

/// What the program that times starts says of one.
fn started(what: &str, path: &Path) -> String {
    said_by(Command::new(beside("deconflict-bench-start")).arg(what).arg(path))
}

/// What a program says; its complaints are this program's.
fn said_by(program: &mut Command) -> String {
    let done = program.stderr(std::process::Stdio::inherit()).output();
    let done = done.unwrap_or_else(|error| panic!("{program:?}: {error}"));
    assert!(done.status.success(), "{program:?} failed");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// PostGIS, or why there is none, which is said at once: the figures beside it will be missing.
fn start_cluster() -> Result<Cluster, String> {
    Cluster::start().inspect_err(|why| eprintln!("without PostGIS: {why}"))
}

fn say(text: &str) -> ExitCode {
    let written = std::io::stdout().write_all(text.as_bytes());
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
