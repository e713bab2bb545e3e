//! Going on with a host that was caught by a false alarm.

use std::path::PathBuf;

use clap::Args;
use deconflict_desk::DeskAccess;
use deconflict_words::printable;
use serde_json::json;

use crate::ask::confirm;
use crate::desk_client::{DeskArgs, now};
use crate::options::Answer;
use crate::outcome::{Failure, NONE, print};
use crate::passphrase::unlock;

pub(super) const HELP: &str = "\
Example:
  deconflict desk overrule --root root.key --reason \"release 0.1 judged entry 542 wrongly\"

For a false alarm: what the host was caught at stays in its file, and this desk goes on with that host, by the
word of this party's root alone. Whatever the desk shows from then on says so, and so does the evidence that it
exports. What stands on its own, such as two histories signed by the host, cannot be set aside.

The desk's agent must not run. Exit status: 0 done, 2 it cannot be.";

#[derive(Args, Debug)]
pub(super) struct Overrule {
    /// This party's root key file
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// Why, for everybody who sees what this desk shows
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The desk's folder
    #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
    desk: PathBuf,
    /// A file with the passphrase in its first line; else it is asked for at the terminal
    #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

pub(super) fn run(overrule: &Overrule) -> Result<u8, Failure> {
    let mut at = DeskArgs::without_line(&overrule.desk).open_even_caught()?;
    let Some(caught) = at.status().caught.clone() else {
        return Err("the host was not caught: there is nothing to set aside".to_owned().into());
    };
    confirm(
        &[printable(&caught.to_string())],
        "Set this aside and go on with that host?",
        overrule.yes,
    )?;
    let root = unlock(&overrule.root, overrule.passphrase_file.as_deref(), "the root key")?;
    let said = match &mut at.access {
        DeskAccess::Opened(desk) => desk.overrule(&root, &overrule.reason, now()),
        #[cfg(unix)]
        DeskAccess::Agent(_) => {
            return Err(
                "the desk's agent runs: stop it (`deconflict desk run`), then set this aside"
                    .to_owned()
                    .into(),
            );
        }
    };
    let said = at.done(said)?;
    match overrule.output {
        Answer::Json => print(|out| writeln!(out, "{:#}", json!({ "overruled": said }))),
        Answer::Text => print(|out| writeln!(out, "SET ASIDE  {}", printable(&said.to_string()))),
    }?;
    Ok(NONE)
}
