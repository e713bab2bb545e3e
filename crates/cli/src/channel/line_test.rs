//! `deconflict line-test`: how the line to each party stands, and a test of it.

use clap::{Args, Subcommand};
use comfy_table::Cell;
use deconflict_core::{LineReport, LineTestOutcome, ParticipationState, PartyId};
use deconflict_vocabulary::Traffic;
use deconflict_words::{line_lines, line_row, rfc3339};
use serde_json::{Value, json};

use super::say::SayCode;
use crate::desk_client::{DeskSession, ReadArgs, SigningArgs, seconds};
use crate::options::{Answer, Color, preferred_language};
use crate::outcome::{CONFLICTS, Failure, NONE, print, print_json};
use crate::report::table::Look;

const HELP: &str = "\
Examples:
  deconflict line-test
  deconflict line-test --of south
  deconflict line-test send --to south --wait
  deconflict desk run --line-test 06:00,18:00

A line test (L1) is to be answered within two minutes; one that is not counts as missed. What each party says of the line
(L3, L4) stands beside what was measured: when anything of the other party was heard last, and what became of the tests.
A desk that runs with --line-test sends them by itself at set times.

Exit status: 0 the last test of each line that is shown was answered, or there was none; 1 one was missed or a line is
suspended; 2 failure; 3 the host was caught. Of `send`: as of `deconflict say`.";

/// See how the line to each party stands, and test it
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, after_help = HELP)]
pub(crate) struct LineTestArgs {
    #[command(subcommand)]
    command: Option<LineTestCommand>,
    /// Of this party alone, test by test
    #[arg(long, value_name = "PARTY")]
    of: Option<PartyId>,
    #[command(flatten)]
    look: ReadArgs,
}

#[derive(Subcommand, Debug)]
enum LineTestCommand {
    /// Send a test, with the number after the last one's
    Send {
        /// To whom
        #[arg(long, value_name = "PARTY", required = true)]
        to: PartyId,
        /// Wait for the answer, or for so long: 90s, 2min
        #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true, value_parser = seconds)]
        wait: Option<Option<u64>>,
        #[command(flatten)]
        signing: Box<SigningArgs>,
    },
}

/// Runs the command and returns the exit status.
pub(crate) fn run(of: LineTestArgs) -> Result<u8, Failure> {
    match of.command {
        Some(LineTestCommand::Send { to, wait, signing }) => {
            let number = {
                let at = signing.open()?;
                is_known(&at, &to)?;
                line(&at, &to).next_number(at.party())
            };
            super::say::run(&SayCode::of(
                "L1",
                vec![format!("n={number}")],
                vec![to],
                wait,
                *signing,
            ))
        }
        None => list(&of),
    }
}

fn line(at: &DeskSession, other: &PartyId) -> LineReport {
    let now = at.reader("").now;
    at.view().line_between(at.party(), other, Traffic::Real, now)
}

fn is_known(at: &DeskSession, party: &PartyId) -> Result<(), Failure> {
    if party == at.party() {
        return Err(format!("{party}: is this desk's own party: the line to it is no line").into());
    }
    if at.view().parties.contains_key(party) {
        return Ok(());
    }
    let known: Vec<&str> = at.view().parties.keys().map(PartyId::as_str).collect();
    Err(format!("{party}: is no party of this space: they are {}", known.join(", ")).into())
}

fn list(of: &LineTestArgs) -> Result<u8, Failure> {
    let at = of.look.open()?;
    if let Some(party) = &of.of {
        is_known(&at, party)?;
    }
    let lang = preferred_language(of.look.lang.as_deref());
    let reader = at.reader(&lang);
    let takes_part = |state| state != ParticipationState::Withdrew;
    let others = at.view().parties.iter().filter(|(id, party)| {
        of.of.as_ref().map_or_else(
            || *id != at.party() && takes_part(party.participation_state()),
            |one| *id == one,
        )
    });
    let lines: Vec<(&PartyId, LineReport)> = others.map(|(id, _)| (id, line(&at, id))).collect();
    match of.look.output {
        Answer::Json => {
            let all: Vec<Value> = lines.iter().map(|(other, line)| as_json(other, line)).collect();
            print_json(&json!({ "lines": all }))
        }
        Answer::Text => print(|out| {
            if of.of.is_some() {
                let all = lines.iter().flat_map(|(other, line)| line_lines(&reader, other, line));
                return all.into_iter().try_for_each(|line| writeln!(out, "{line}"));
            }
            if lines.is_empty() {
                return writeln!(out, "No other party takes part in this space.");
            }
            let header = ["Party", "As declared", "Last heard", "Last test", "Missed", "By voice"];
            let mut table = Look::of(Color::Auto).table(&header);
            for (other, line) in &lines {
                table.add_row(line_row(&reader, other, line).map(Cell::new));
            }
            table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
        }),
    }?;
    let is_bad = |line: &LineReport| line.suspended_by.is_some() || line.missed_in_a_row() > 0;
    Ok(if lines.iter().any(|(_, line)| is_bad(line)) { CONFLICTS } else { NONE })
}

fn as_json(other: &PartyId, line: &LineReport) -> Value {
    let tests = line.tests.iter().map(|test| {
        let (outcome, answered) = match test.outcome {
            LineTestOutcome::Waits => ("waits", None),
            LineTestOutcome::Answered(at) => ("answered", Some(at)),
            LineTestOutcome::Late(at) => ("late", Some(at)),
            LineTestOutcome::Missed => ("missed", None),
            LineTestOutcome::Cancelled => ("cancelled", None),
        };
        json!({
            "message": test.message, "sender": test.sender, "number": test.number,
            "at": rfc3339(test.at.0), "outcome": outcome,
            "answered": answered.map(|at| rfc3339(at.0)),
        })
    });
    json!({
        "party": other, "suspended_by": line.suspended_by,
        "heard": line.heard.map(|at| rfc3339(at.0)),
        "missed": line.missed(), "missed_in_a_row": line.missed_in_a_row(),
        "tests": tests.collect::<Vec<_>>(), "to_speak_of": line.to_speak_of,
    })
}
