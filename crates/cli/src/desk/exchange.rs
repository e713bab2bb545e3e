//! What desks hand to each other without the host: signed statements, and heads.

use std::path::{Path, PathBuf};

use clap::Args;
use deconflict_core::What;
use deconflict_desk::{HeadComparison, spoken};
use serde_json::json;

use crate::by_name::statement_named;
use crate::desk_client::{DeskArgs, now};
use crate::input::within;
use crate::options::Answer;
use crate::outcome::{CAUGHT, Failure, NONE, print};
use crate::output::write_whole;
use crate::text::shown;

const MAX_HEAD_BYTES: u64 = 1024 * 1024;

pub(super) const COMPARE_HELP: &str = "\
Examples:
  deconflict desk compare 00000 01234 81947 00352 55018 94734 20861 77254
  deconflict desk compare --head from-power-2.checkpoint

Digits show whether the host has shown two records; a signed head proves it. Exit status: 0 the same record,
or nothing is known yet; 3 two records.";

#[derive(Args, Debug)]
pub(super) struct Compare {
    /// The digits as they were read out
    #[arg(value_name = "DIGITS", required_unless_present = "head")]
    digits: Vec<String>,
    /// A signed head, as `deconflict desk read-out --to` writes it
    #[arg(long, value_name = "FILE", conflicts_with = "digits")]
    head: Option<PathBuf>,
    /// The desk's folder
    #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
    desk: PathBuf,
}

pub(super) fn export(file: &Path, statements: &[String], desk: &Path) -> Result<u8, Failure> {
    let mut at = DeskArgs::without_line(desk).open_even_caught()?;
    let mut known: Vec<_> = at.status().queue.iter().map(|item| item.statement).collect();
    let mut from = 0;
    while from < at.status().given {
        let held = at.done(at.access.entries(from))?;
        from += held.len() as u64;
        known.extend(held.iter().filter_map(|held| match &held.content.as_ref()?.entry.what {
            What::Accepted(statement) | What::Refused(statement, _) => Some(statement.hash),
            What::Found(_) => None,
        }));
    }
    let which: Result<Vec<_>, _> =
        statements.iter().map(|text| statement_named(text, known.iter().copied())).collect();
    let which = which?;
    let exported = at.access.export_statements(file, &which, now());
    at.done(exported)?;
    let name = shown(file);
    print(|out| writeln!(out, "{name}: {} statements; who gets it reads them", which.len()))?;
    Ok(NONE)
}

pub(super) fn import(file: &Path, desk: &Path, output: Answer) -> Result<u8, Failure> {
    let mut at = DeskArgs::without_line(desk).open()?;
    let taken = at.access.import_statements(file, now());
    let taken = at.done(taken)?;
    match output {
        Answer::Json => {
            let all: Vec<_> = taken
                .iter()
                .map(|s| json!({"statement": s.hash, "party": s.party, "say": s.say}))
                .collect();
            let told = json!({ "statements": all });
            print(|out| writeln!(out, "{told:#}"))
        }
        Answer::Text => print(|out| {
            for statement in &taken {
                writeln!(
                    out,
                    "{}: signed by key {} of {}",
                    statement.hash,
                    statement.key.short(),
                    statement.party
                )?;
            }
            writeln!(out, "Kept to be logged; none of it counts before it stands in the record.")
        }),
    }?;
    Ok(NONE)
}

pub(super) fn read_out(desk: &Path, to: Option<&Path>) -> Result<u8, Failure> {
    let at = DeskArgs::without_line(desk).open_even_caught()?;
    if let Some(to) = to {
        let Some(head) = &at.status().signed_head else {
            return Err("this desk has not read the record yet: `deconflict desk sync` first"
                .to_owned()
                .into());
        };
        write_whole(to, head.encode().as_bytes())?;
        let name = shown(to);
        print(|out| writeln!(out, "{name}: the signed head of {} entries", at.status().head.size))?;
        return Ok(NONE);
    }
    let digits = at.done(spoken(at.status().head))?;
    print(|out| writeln!(out, "{digits}"))?;
    Ok(NONE)
}

pub(super) fn compare(compare: &Compare) -> Result<u8, Failure> {
    let mut at = DeskArgs::without_line(&compare.desk).open()?;
    if let Some(path) = &compare.head {
        let note = within(path, MAX_HEAD_BYTES)?;
        let met = at.access.meet(&note, now());
        let met = at.done(met)?;
        let words = if met.size > at.status().head.size {
            HeadComparison::Newer
        } else {
            HeadComparison::Same
        };
        let line = match words {
            HeadComparison::Newer => HeadComparison::Newer.to_string(),
            _ => format!("the host signed it, and this desk's record leads to it ({})", met.size),
        };
        print(|out| writeln!(out, "{line}"))?;
        return Ok(NONE);
    }
    let compared = at.access.compare_spoken(&compare.digits.join(" "));
    let compared = at.done(compared)?;
    print(|out| writeln!(out, "{compared}"))?;
    Ok(if compared == HeadComparison::Fork { CAUGHT } else { NONE })
}
