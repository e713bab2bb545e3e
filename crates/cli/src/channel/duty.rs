//! `deconflict duty`: who is on duty where.

use clap::Args;
use comfy_table::Cell;
use deconflict_core::DutyHandover;
use deconflict_words::{duty_row, rfc3339, shelves_json};
use serde_json::{Value, json};

use super::shelve::{shelf_table, shelves};
use crate::desk_client::ReadArgs;
use crate::options::{Answer, Color, preferred_language};
use crate::outcome::{Failure, NONE, print, print_json};
use crate::report::table::Look;

const HELP: &str = "\
Examples:
  deconflict duty
  deconflict say L2 --to north post=\"duty officer\" name=ivanov languages=ru,en from=+30min

A handover (L2) says who takes a post over from when: the last one that is in force counts, and those to come stand
under it. What is open is addressed to a party and not to a person: a handover moves all of it. Who was told of a handover
sees it. Below stands which sounds are shelved (`deconflict shelve`), as far as this desk is told: its own party's, and at
the watch desk everybody's.";

/// See who is on duty, as the parties' handovers say
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(crate) struct Duty {
    #[command(flatten)]
    look: ReadArgs,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(of: &Duty) -> Result<u8, Failure> {
    let at = of.look.open()?;
    let lang = preferred_language(of.look.lang.as_deref());
    let reader = at.reader(&lang);
    let posts = at.view().on_duty(reader.now);
    let all: Vec<&DutyHandover> = posts.values().flatten().collect();
    match of.look.output {
        Answer::Json => {
            let one = |of: &&DutyHandover| {
                json!({
                    "message": of.message, "party": of.party, "post": of.post, "name": of.name,
                    "languages": of.languages, "from": rfc3339(of.from.0), "in_force": of.from <= reader.now,
                })
            };
            print_json(&json!({
                "duty": all.iter().map(one).collect::<Vec<Value>>(),
                "shelved": shelves_json(&reader),
            }))
        }
        Answer::Text => print(|out| {
            if all.is_empty() {
                writeln!(
                    out,
                    "Nobody has told this desk who is on duty: a handover is said with `deconflict say L2`."
                )?;
            } else {
                let header = ["Party", "Post", "Who", "Languages", "From", "Message"];
                let mut table = Look::of(Color::Auto).table(&header);
                for handover in &all {
                    table.add_row(duty_row(&reader, handover).map(Cell::new));
                }
                table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
            }
            if shelves(&reader).is_empty() {
                return Ok(());
            }
            writeln!(out)?;
            shelf_table(out, &reader)
        }),
    }?;
    Ok(NONE)
}
