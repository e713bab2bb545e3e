//! How a command ends: its status, what it prints, and why it failed.

use std::io::{self, Write};

use serde::Serialize;

/// Done; no conflict.
pub(crate) const NONE: u8 = 0;
/// Conflicts, refused by the rules of the space, or a message waits for an answer or was answered by a refusal.
pub(crate) const CONFLICTS: u8 = 1;
/// Bad input or bad usage.
pub(crate) const BAD_INPUT: u8 = 2;
/// The host was caught.
pub(crate) const CAUGHT: u8 = 3;
/// No conflict among what was compared, but something was left out, or declared without a place.
pub(crate) const INCOMPLETE: u8 = 4;
/// A message was waited for, and somebody has not answered: that permits nothing.
pub(crate) const NO_ANSWER: u8 = 4;
/// What was said on the channel is signed or noted and kept, and does not stand in the record: nobody has it yet.
pub(crate) const KEPT: u8 = 5;
/// Ended by Ctrl-C, as shells count it.
pub(crate) const INTERRUPTED: u8 = 130;

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

/// Prints a line on standard error. Where that is closed, the status is all that is left.
pub(crate) fn remark(line: &str) {
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

/// Prints a value for scripts.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    print(|out| writeln!(out, "{text}"))
}
