//! Erasing, by the operator's word, what this party said and the record forgot.

use std::path::PathBuf;

use clap::Args;
use deconflict_words::english::counted;
use serde_json::json;

use crate::ask::confirm;
use crate::desk_client::{DeskArgs, now};
use crate::options::Answer;
use crate::outcome::{Failure, NONE, print};

pub(super) const HELP: &str = "\
Example:
  deconflict desk erase-own

The record forgets a declaration once it ended longer ago than the rules keep it. What others said of theirs then
goes from this desk by itself; what this party said stays, as evidence of it, until this is asked for. `deconflict
desk status` says how much that is. Nothing goes before this desk's clock, and those of as many witnesses as the
charter's quorum, are past its time. Erased, it cannot be proven to anybody any more by this desk.

Exit status: 0 done, 2 it cannot be.";

#[derive(Args, Debug)]
pub(super) struct EraseOwn {
    /// The desk's folder
    #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
    desk: PathBuf,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

pub(super) fn run(own: &EraseOwn) -> Result<u8, Failure> {
    let mut at = DeskArgs::without_line(&own.desk).open_even_caught()?;
    let waiting = at.status().erasing.own;
    if let Some(waiting) = waiting {
        let entries = counted(waiting.entries as usize, "entry", "entries");
        confirm(
            &[format!(
                "{entries} with what this party said, or with what was said of what it declared, are forgotten by the \
                 record. What is erased here cannot be got back."
            )],
            "Erase what is past its time?",
            own.yes,
        )?;
    }
    let erased = at.access.erase_own(now());
    let erased = at.done(erased)?;
    let left = waiting.map_or(0, |waiting| waiting.entries.saturating_sub(erased));
    match own.output {
        Answer::Json => {
            print(|out| writeln!(out, "{:#}", json!({ "erased": erased, "left": left })))
        }
        Answer::Text => print(|out| {
            writeln!(out, "{} erased.", counted(erased as usize, "entry", "entries"))?;
            match waiting.filter(|_| left > 0) {
                Some(waiting) => writeln!(
                    out,
                    "{} stay: the rules keep them until {}, by this desk's clock and by the witnesses'.",
                    counted(left as usize, "entry", "entries"),
                    waiting.last
                ),
                None => Ok(()),
            }
        }),
    }?;
    Ok(NONE)
}
