//! Asking before something is signed.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::outcome::Failure;

/// Shows what is about to be signed, on standard error, and asks; `yes` answers beforehand.
///
/// # Errors
/// When the answer is not yes, or nobody can be asked.
pub(crate) fn confirm(lines: &[String], question: &str, yes: bool) -> Result<(), Failure> {
    let mut out = io::stderr().lock();
    for line in lines {
        let _ = writeln!(out, "{line}");
    }
    if yes {
        return Ok(());
    }
    let unsigned = |why: &str| Err(format!("nothing was signed: {why}").into());
    if !io::stdin().is_terminal() {
        return unsigned("nobody can be asked here; give --yes if this is what you mean");
    }
    let _ = write!(out, "{question} Type yes: ");
    let _ = out.flush();
    let mut answer = String::new();
    match io::stdin().lock().read_line(&mut answer) {
        Ok(_) if answer.trim().eq_ignore_ascii_case("yes") => Ok(()),
        Ok(_) => unsigned("the answer was not yes"),
        Err(error) => unsigned(&format!("the answer cannot be read: {error}")),
    }
}
