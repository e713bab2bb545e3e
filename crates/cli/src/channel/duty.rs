//! `deconflict duty`: who is on duty where, and handing a post over with all that is open.

use clap::{Args, Subcommand};
use comfy_table::Cell;
use deconflict_core::{DutyHandover, PartyId};
use deconflict_words::inbox::{Section, ordered, untold};
use deconflict_words::{Reader, duty_row, overlaps, rfc3339, shelves_json};
use serde_json::{Value, json};

use super::beside::Beside;
use super::codes;
use super::inbox::as_json;
use super::list::{InboxView, sections, table};
use super::overlaps::overlap_json;
use super::say::{SayCode, signed};
use super::shelve::{shelf_table, shelves};
use super::untold::untold_json;
use crate::desk_client::{DeskSession, FilingResult, ReadArgs, SigningArgs};
use crate::options::{Answer, Color, preferred_language};
use crate::outcome::{Failure, NONE, print, print_json};
use crate::report::table::Look;

const HELP: &str = "\
Examples:
  deconflict duty
  deconflict duty handover --post \"duty officer\" --to ivanov --languages ru,en --from +30min
  deconflict say L2 --to north post=\"duty officer\" name=ivanov languages=ru,en from=+30min

A handover (L2) says who takes a post over from when: the last one that is in force counts, and those to come stand
under it. What is open is addressed to a party and not to a person: a handover moves all of it. Who was told of a handover
sees it. Below stands which sounds are shelved (`deconflict shelve`), as far as this desk is told: its own party's, and at
the watch desk everybody's.";

/// See who is on duty, as the parties' handovers say
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, after_help = HELP)]
pub(crate) struct Duty {
    #[command(subcommand)]
    command: Option<DutyCommand>,
    #[command(flatten)]
    look: ReadArgs,
}

const HANDOVER_HELP: &str = "\
Examples:
  deconflict duty handover --post \"duty officer\" --to petrova --languages ru,en
  deconflict duty handover --post watch --to weber --languages de,en --from +30min --tell south,centre

It says L2 to every other party that takes part, or to those of --tell, and prints what is open and is handed over with the
post: what waits for an answer, what was promised, what was sent, and overlaps that nobody has settled. A post's tasks are
addressed to the party and not to a person, so nothing of it has to be said anew.

Exit status: 0 taken in; 1 refused or not taken; 2 failure; 3 the host was caught; 5 kept, not sent.";

#[derive(Subcommand, Debug)]
enum DutyCommand {
    /// Hand a post over: say so to the others, and read what is open
    #[command(after_help = HANDOVER_HELP)]
    Handover(Box<Handover>),
}

#[derive(Args, Debug)]
struct Handover {
    /// The post, such as "duty officer"
    #[arg(long)]
    post: String,
    /// Who takes it over
    #[arg(long, value_name = "NAME")]
    to: String,
    /// The languages that are spoken there, as tags such as ru,en
    #[arg(long, value_name = "TAGS")]
    languages: String,
    /// From when: a time in UTC, or from now such as +30min
    #[arg(long, value_name = "TIME", default_value = "now")]
    from: String,
    /// Whom to tell, in place of all others that take part
    #[arg(long, value_name = "PARTY", value_delimiter = ',')]
    tell: Vec<PartyId>,
    #[command(flatten)]
    signing: SigningArgs,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(of: Duty) -> Result<u8, Failure> {
    match of.command {
        Some(DutyCommand::Handover(handover)) => hand_over(*handover),
        None => list(&of),
    }
}

/// Says that a post is handed over, and what is handed over with it.
fn hand_over(of: Handover) -> Result<u8, Failure> {
    let (output, lang) = (of.signing.output, of.signing.lang.clone());
    let to = if of.tell.is_empty() { others(&of.signing.open()?)? } else { of.tell };
    let parameters = vec![
        format!("post={}", of.post),
        format!("name={}", of.to),
        format!("languages={}", of.languages),
        format!("from={}", of.from),
    ];
    let said = SayCode::of("L2", parameters, to, None, of.signing);
    let (at, filed) = signed(codes::named("L2")?, &said)?;
    let lang = preferred_language(lang.as_deref());
    match output {
        Answer::Json => print_json(&open_json(&at.reader(&lang), &filed)?),
        Answer::Text => {
            filed.print("the handover", output)?;
            // Nothing is handed over by what was not taken in.
            if filed.status_of_said() == NONE { print_open(&at, &lang) } else { Ok(()) }
        }
    }?;
    Ok(filed.status_of_said())
}

/// Every other party that takes part.
fn others(at: &DeskSession) -> Result<Vec<PartyId>, Failure> {
    let all = at.view().joined().into_iter().filter(|party| party != at.party());
    match all.collect::<Vec<PartyId>>() {
        all if all.is_empty() => {
            Err("no other party takes part in this space: nobody is to be told of a handover"
                .to_owned()
                .into())
        }
        all => Ok(all),
    }
}

/// What is open, and goes over with the post, for scripts.
fn open_json(reader: &Reader<'_>, filed: &FilingResult) -> Result<Value, Failure> {
    let places = ordered(reader.view, reader.party, reader.now, false);
    let found = overlaps(reader.view, reader.party);
    let found = found.iter().map(|place| overlap_json(reader, place.id, place.conflict));
    let mut open = as_json(reader, &places);
    open.insert("overlaps".to_owned(), found.collect());
    open.insert(Section::Untold.word().to_owned(), untold_json(reader));
    let mut told = serde_json::to_value(filed).map_err(|error| error.to_string())?;
    told["open"] = Value::Object(open);
    Ok(told)
}

/// What is open, and goes over with the post: each by itself, since whoever takes it over has seen none of it.
fn print_open(at: &DeskSession, lang: &str) -> Result<(), Failure> {
    let reader = at.reader(lang);
    let places = ordered(reader.view, reader.party, reader.now, false);
    let found = overlaps(reader.view, reader.party);
    let missing = untold(reader.view, reader.party, reader.now);
    let beside = Beside::at(at).sections(at, lang, false);
    let inbox = InboxView { places: &places, overlaps: &found, untold: &missing, all: true };
    print(|out| {
        writeln!(out, "\nWhat is open is handed over with the post:\n")?;
        table(out, &reader, &sections(&reader, &inbox, beside))
    })
}

fn list(of: &Duty) -> Result<u8, Failure> {
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
                    "Nobody has told this desk who is on duty: `deconflict duty handover` says it."
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
