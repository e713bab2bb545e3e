//! What was attempted to tell people where they are.

use std::path::PathBuf;

use clap::Args;
use comfy_table::Cell;
use deconflict_notify::{Attempt, AttemptOutcome, NoticeRecords, NoticeStage};
use deconflict_vocabulary::{Term, Translations};
use deconflict_words::{printable, short};
use serde_json::json;

use crate::options::{Answer, Color};
use crate::outcome::{Failure, NONE, print, print_json, remark};
use crate::report::table::Look;

pub(super) const HELP: &str = "\
Examples:
  deconflict desk notices
  deconflict desk notices 4be1c0ff --output json

Each attempt with its path, its time and what came of it: of the last four weeks. That a path has taken a notice is no
receipt of a person, and no answer. It needs no line and no passphrase, also beside a desk that runs.";

/// Which desk's, of which message.
#[derive(Args, Debug)]
pub(super) struct Notices {
    /// Only those that told of this message: its name, or the first digits of it
    message: Option<String>,
    /// The desk's folder
    #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
    desk: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

pub(super) fn run(of: &Notices) -> Result<u8, Failure> {
    if !of.desk.is_dir() {
        let shown = crate::text::shown(&of.desk);
        return Err(format!("{shown}: no desk is here: name its folder with --desk").into());
    }
    let records = NoticeRecords::read(&of.desk)
        .map_err(|error| Failure::from(printable(&error.to_string())))?;
    let asked = of.message.as_deref().map(str::to_ascii_lowercase);
    let is_asked = |attempt: &&Attempt| {
        asked.as_ref().is_none_or(|asked| {
            attempt.occasions.iter().any(|one| one.message.to_string().starts_with(asked))
        })
    };
    let attempts: Vec<&Attempt> = records.attempts.iter().filter(is_asked).collect();
    if records.unread > 0 {
        remark(&format!("{} lines cannot be read: what they told is not listed", records.unread));
    }
    match of.output {
        Answer::Json => print_json(&json!({"attempts": attempts, "unread": records.unread})),
        Answer::Text if attempts.is_empty() => print(|out| writeln!(out, "Nothing was attempted.")),
        Answer::Text => print(|out| {
            let header = ["", "Begun", "Path", "Precedence", "Tells of", "Try", "What came of it"];
            let mut table = Look::of(Color::Auto).table(&header);
            for attempt in &attempts {
                table.add_row(row(attempt).map(Cell::new));
            }
            table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
        }),
    }?;
    Ok(NONE)
}

fn row(attempt: &Attempt) -> [String; 7] {
    let told: Vec<String> = attempt
        .occasions
        .iter()
        .map(|one| {
            let stage = match one.stage {
                NoticeStage::First => "new",
                NoticeStage::ReadBack => "read back by nobody",
                NoticeStage::Half => "half of its time over",
                NoticeStage::Deadline => "deadline over",
            };
            format!("{} {stage}", short(one.message))
        })
        .collect();
    let came = match &attempt.outcome {
        Some(AttemptOutcome::Taken { said }) => format!("taken: {}", printable(said)),
        Some(AttemptOutcome::Failed { why }) => format!("NOT TAKEN: {}", printable(why)),
        None => "under way, or the desk ended meanwhile".to_owned(),
    };
    let tongue = Translations::shipped().of_tag("en");
    let precedence = tongue.term(Term::of_precedence(attempt.precedence));
    [
        attempt.number.to_string(),
        attempt.begun.to_string(),
        attempt.path.clone(),
        format!("{precedence}\n{}", tongue.traffic(attempt.traffic)),
        told.join("\n"),
        attempt.nth.to_string(),
        came,
    ]
}
