//! Measures the index, the command and the host beside others of their kind or beside the least that
//! they must do, and writes BENCHMARKS.md.
//!
//! `deconflict-bench [--quick] [--only PART] [FILE]`: with `--quick` at a hundredth of the size, which shows
//! that it works and measures nothing; with `--only join` the join of many volumes alone, and with `--only statements`,
//! `http`, `readers`, `streams`, `memory`, `desk`, `hostile` or `record` that part of the host's and the desk's figures, to
//! the terminal. It runs itself with `--desk-memory FOLDER` to count what an opened desk takes, with `--hold-streams`
//! to hold streams open, and with `--serve-space FILE` as a host; `deconflict-bench-start` beside it times starts.

mod engines;
mod index;
mod join;
mod millions;
mod postgis;
mod report;
mod space;
mod workload;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use peak_alloc::PeakAlloc;
use postgis::Cluster;

/// Counts what is allocated.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How much is measured.
struct Scale {
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

fn main() -> ExitCode {
    let mut scale = FULL;
    let mut file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../BENCHMARKS.md");
    let (mut arguments, mut only) = (std::env::args().skip(1), None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => scale = QUICK,
            "--desk-memory" => {
                let folder = PathBuf::from(arguments.next().unwrap_or_default());
                return say(&space::desk_memory(&folder));
            }
            "--serve-space" => {
                space::serve_space(&PathBuf::from(arguments.next().unwrap_or_default()));
                return ExitCode::SUCCESS;
            }
            "--hold-streams" => {
                space::hold_streams();
                return ExitCode::SUCCESS;
            }
            "--only" => only = Some(arguments.next().unwrap_or_default()),
            _ => file = PathBuf::from(argument),
        }
    }
    if only.as_deref() == Some("join") {
        return say(&join::compare(&scale, &start_cluster()).report());
    }
    if let Some(part) = only {
        return match space::part(&part, &scale) {
            Some(text) => say(&text),
            None => {
                eprintln!("--only `{part}`: must be join or one of {}", space::PARTS.join(", "));
                ExitCode::FAILURE
            }
        };
    }
    let cluster = start_cluster();
    let joined = join::compare(&scale, &cluster);
    let comparison = index::compare(&scale, &cluster);
    drop(cluster);
    let grown = millions::grow(&scale);
    let served = space::measure(&scale);
    let text = report::write(&scale, &comparison, &joined, &grown, &served);
    match std::fs::write(&file, text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{}: {e}", file.display());
            ExitCode::FAILURE
        }
    }
}

/// PostGIS, or why there is none, which is said at once: the figures beside it will be missing.
fn start_cluster() -> Result<Cluster, String> {
    Cluster::start().inspect_err(|why| eprintln!("without PostGIS: {why}"))
}

fn say(text: &str) -> ExitCode {
    let written = std::io::stdout().write_all(text.as_bytes());
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
