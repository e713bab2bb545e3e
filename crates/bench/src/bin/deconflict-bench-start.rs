//! Times how soon a host or a desk is there, in a process of its own whose memory nobody counts: counters that
//! threads share would make each of them slower.
//!
//! `deconflict-bench-start space FILE | desk FOLDER | ready FOLDER` prints seconds; of a desk, how many declarations
//! are in its view too. What `ready` makes a state of is a snapshot, a file for each of its parts by its number.

use std::convert::Infallible;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use deconflict_api::{BASE_PART, decode_ledger};
use deconflict_core::State;
use deconflict_desk::Desk;
use deconflict_host::{Space, Timing, system_entropy};
use deconflict_store::Store;
use deconflict_testing::{SPACE, log_key};

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let timed = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["space", file] => space(Path::new(file)),
        ["desk", folder] => desk(Path::new(folder)),
        ["ready", folder] => ready(Path::new(folder)),
        _ => Err("needs `space FILE`, `desk FOLDER` or `ready FOLDER`".to_owned()),
    };
    match timed {
        Ok(said) => {
            let written = std::io::stdout().write_all(said.as_bytes());
            if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// From a file to a space that takes statements.
fn space(file: &Path) -> Result<String, String> {
    let start = Instant::now();
    let store = Store::open(file).map_err(|error| error.to_string())?;
    let space = Space::open(store, SPACE, log_key(), system_entropy(), Timing::default());
    let space = space.map_err(|error| error.to_string())?;
    let seconds = start.elapsed().as_secs_f64();
    // It would only take time.
    std::mem::forget(space);
    Ok(seconds.to_string())
}

/// From a folder to a desk that answers.
fn desk(folder: &Path) -> Result<String, String> {
    let start = Instant::now();
    let desk = Desk::open(folder).map_err(|error| error.to_string())?;
    let seconds = start.elapsed().as_secs_f64();
    let said = format!("{seconds} {}", desk.view().declarations.len());
    // It would only take time.
    std::mem::forget(desk);
    Ok(said)
}

/// From a ledger to a state that finds conflicts.
fn ready(folder: &Path) -> Result<String, String> {
    let files = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut parts = files.map(part).collect::<Result<Vec<_>, String>>()?;
    parts.sort_unstable_by_key(|(number, _)| *number);
    let base = parts.iter().position(|(number, _)| *number == BASE_PART);
    let (_, base) = parts.remove(base.ok_or("no base among the parts")?);
    let others = parts.into_iter().map(|(number, bytes)| Ok((number, Some(bytes))));
    let read = decode_ledger::<Infallible>(0, &base, others);
    let Ok(Some((ledger, _))) = read else { return Err("no snapshot that can be read".to_owned()) };
    let start = Instant::now();
    let state = State::new(ledger);
    let seconds = start.elapsed().as_secs_f64();
    // It would only take time.
    std::mem::forget(state);
    Ok(seconds.to_string())
}

/// A part of a snapshot, and its number.
fn part(file: std::io::Result<std::fs::DirEntry>) -> Result<(u64, Vec<u8>), String> {
    let path = file.map_err(|error| error.to_string())?.path();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let number = name.parse().map_err(|_| format!("{name}: not a part's number"))?;
    Ok((number, std::fs::read(&path).map_err(|error| error.to_string())?))
}
