//! Times how soon a host or a desk is there, in a process of its own whose memory nobody counts: counters that
//! threads share would make each of them slower.
//!
//! `deconflict-bench-start space FILE | desk FOLDER` prints seconds; of a desk, how many declarations are in its
//! view too.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

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
        _ => Err("needs `space FILE` or `desk FOLDER`".to_owned()),
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
