//! The `deconflict` command.
//!
//! `check` finds every conflict between what files declare, `show` lists and draws what they
//! declare, `convert` writes it in another format.
//!
//! *Architecture invariant*: whatever cannot be read, wholly, ends the run with status 2 before
//! anything is compared: an answer from half of the input would look like an answer.

mod args;
mod candidates;
mod check;
mod convert;
mod engine;
mod input;
mod output;
mod picture;
mod report;
mod show;
mod text;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};

/// Why a command ended without an answer; every line is for people.
pub(crate) struct Failure(Vec<String>);

impl From<String> for Failure {
    fn from(line: String) -> Failure {
        Failure(vec![line])
    }
}

impl From<Vec<String>> for Failure {
    fn from(lines: Vec<String>) -> Failure {
        Failure(lines)
    }
}

/// No conflict.
pub(crate) const NONE: u8 = 0;
/// Conflicts.
pub(crate) const CONFLICTS: u8 = 1;
/// Bad input or bad usage.
const BAD_INPUT: u8 = 2;

fn main() -> ExitCode {
    // Usage errors end here, with status 2 as well.
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Check(check) => check::run(&check),
        Command::Show(show) => show::run(&show),
        Command::Convert(convert) => convert::run(&convert),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "deconflict", &mut script);
            print(|out| out.write_all(&script)).map(|()| NONE)
        }
        Command::Man { dir } => std::fs::create_dir_all(&dir)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), &dir))
            .map(|()| NONE)
            .map_err(|e| Failure::from(format!("{}: cannot be written: {e}", dir.display()))),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(Failure(lines)) => {
            lines.iter().for_each(|line| say(line));
            ExitCode::from(BAD_INPUT)
        }
    }
}

/// Says a line on standard error. Where that is closed, the status is all that is left.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "deconflict: {line}");
}

/// Prints to standard output. A reader that has gone (`| head`) is no failure.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("standard output: cannot be written: {e}").into())
        }
        _ => Ok(()),
    }
}
