//! The `deconflict` command.
//!
//! `check` finds every conflict between what files declare, `show` lists and draws what they
//! declare, `convert` writes it in another format. `host` keeps the record of a space; `desk` keeps
//! a party's copy of it, checks the host's every step, and is what the other commands speak through.
//!
//! *Architecture invariant*: whatever cannot be read, wholly, ends the run with status 2 before
//! anything is compared: an answer from half of the input would look like an answer.

mod args;
mod ask;
mod backup;
mod bar;
mod candidates;
mod check;
mod conflicts;
mod convert;
mod declare;
mod declared;
mod desk;
mod draft;
mod engine;
mod evidence;
mod host;
mod input;
mod interest;
mod key;
mod log;
mod named;
mod output;
mod party;
mod passphrase;
mod picture;
mod post;
mod report;
mod show;
mod signals;
mod space;
mod text;
mod verify;
mod words;
mod zone;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};

/// Why a command ended without an answer; every line is for people.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: u8,
    pub(crate) lines: Vec<String>,
}

impl From<String> for Failure {
    fn from(line: String) -> Failure {
        Failure { status: BAD_INPUT, lines: vec![line] }
    }
}

impl From<Vec<String>> for Failure {
    fn from(lines: Vec<String>) -> Failure {
        Failure { status: BAD_INPUT, lines }
    }
}

/// Done; no conflict.
pub(crate) const NONE: u8 = 0;
/// Conflicts, or refused by the rules of the space.
pub(crate) const CONFLICTS: u8 = 1;
/// Bad input or bad usage.
pub(crate) const BAD_INPUT: u8 = 2;
/// The host was caught.
pub(crate) const CAUGHT: u8 = 3;
/// Ended by Ctrl-C, as shells count it.
pub(crate) const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    // Usage errors end here, with status 2 as well.
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Check(check) => check::run(&check),
        Command::Show(show) => show::run(&show),
        Command::Convert(convert) => convert::run(&convert),
        Command::Key(key) => key::run(&key),
        Command::Party(party) => party::run(&party),
        Command::Space(space) => space::run(&space),
        Command::Host(host) => host::run(&host),
        Command::Desk(desk) => desk::run(&desk),
        Command::Backup(backup) => backup::run(&backup),
        Command::Declare(declare) => declare::run(&declare),
        Command::Zone(zone) => zone::run(&zone),
        Command::Conflicts(conflicts) => conflicts::run(&conflicts),
        Command::Interest(interest) => interest::run(&interest),
        Command::Log(log) => log::run(&log),
        Command::Evidence(evidence) => evidence::run(&evidence),
        Command::Verify(verify) => verify::run(&verify),
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
        Err(Failure { status, lines }) => {
            lines.iter().for_each(|line| say(line));
            ExitCode::from(status)
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
