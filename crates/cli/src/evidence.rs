//! `deconflict evidence`: a folder that proves one thing to a third party.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use deconflict_core::{MessageId, What};
use deconflict_desk::{MAX_READ, PartyEntry};
use deconflict_record::Hash;
use deconflict_words::english::counted;
use deconflict_words::{printable, short};
use serde_json::json;

use crate::by_name::find;
use crate::desk_client::{DeskArgs, DeskSession};
use crate::options::Answer;
use crate::outcome::{Failure, NONE, print, print_json, remark};
use crate::text::shown;

const HELP: &str = "\
Examples:
  deconflict evidence 4c1f8a02
      all that the record tells of a declaration, in the folder evidence-4c1f8a02
  deconflict evidence 5d20a7c1 --to incident
      all that it tells of a conflict
  deconflict evidence 7be4d190
      a message with its receipts, answers and missed steps, and all that speak of it
  deconflict evidence 12
      one entry, by its place in the record
  deconflict evidence --all --to record
      the whole record as this desk has it: all that its party was given

The folder has a README of its own, and `deconflict verify` checks it without this desk. But
with --all, nothing else that this party was given is in it than what tells the charter and the
keys. Whoever gets it reads what is in it: it cannot be taken back.";

/// Write a folder that proves a declaration, a conflict, a message, a statement or an entry to others.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(crate) struct EvidenceOf {
    /// A declaration, conflict, message or statement by its name or the first digits of it, or an entry by its
    /// place in the record
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,
    /// The whole record as this desk has it
    #[arg(long)]
    all: bool,
    /// The folder to write, which must be new or empty
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    #[command(flatten)]
    desk: DeskArgs,
    /// How to print what was written
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

/// What is to be proven.
enum Subject {
    Declaration(deconflict_core::DeclarationId),
    Entries(BTreeSet<u64>),
    Record,
}

/// Places in the record have fewer digits than anybody types of a hash.
const MOST_INDEX_DIGITS: usize = 7;

/// Runs the command and returns the exit status.
pub(crate) fn run(evidence: &EvidenceOf) -> Result<u8, Failure> {
    let mut at = evidence.desk.open_even_caught()?;
    match at.not_caught() {
        Ok(()) => at.refresh()?,
        Err(caught) => caught.lines.iter().for_each(|line| remark(line)),
    }
    let (name, subject) = match &evidence.id {
        Some(id) => subject(&at, id, &all(&at)?)?,
        None => ("record".to_owned(), Subject::Record),
    };
    let default = PathBuf::from(format!("evidence-{name}"));
    let dir = evidence.to.as_deref().unwrap_or(&default);
    match &subject {
        Subject::Declaration(id) => at.done(at.access.prove_declaration(dir, *id))?,
        Subject::Entries(entries) => at.done(at.access.prove(dir, entries))?,
        Subject::Record => at.done(at.access.export(dir))?,
    }
    told(evidence, dir, &subject)
}

fn told(evidence: &EvidenceOf, dir: &Path, subject: &Subject) -> Result<u8, Failure> {
    let report = deconflict_proof::verify(dir, &Default::default(), &mut |_, _| {});
    let told: Vec<u64> = report.shown.iter().map(|(index, _)| *index).collect();
    if let Some(fault) = report.faults.first() {
        return Err(format!("{}: was written and does not prove it: {fault}", dir.display()).into());
    }
    match evidence.output {
        Answer::Json => print_json(&json!({
            "dir": dir, "shows": told, "opened": report.opened,
        }))?,
        Answer::Text => print(|out| {
            let entries = counted(told.len(), "entry", "entries");
            let what = match subject {
                Subject::Declaration(id) => {
                    format!("{entries} that tell of declaration {}, each with its proof", short(id))
                }
                Subject::Entries(_) => format!("{entries}, each with its proof"),
                Subject::Record => format!(
                    "the commitments of the whole record, and the {} that this party was given",
                    counted(report.opened as usize, "entry", "entries")
                ),
            };
            let dir = shown(dir);
            writeln!(out, "{dir}: {what}.")?;
            writeln!(out, "Others check it with: deconflict verify {dir}")?;
            writeln!(out, "Whoever gets it reads what is in it; it cannot be taken back.")
        })?,
    }
    Ok(NONE)
}

fn all(at: &DeskSession) -> Result<Vec<PartyEntry>, Failure> {
    let mut all = Vec::new();
    loop {
        let page = at.done(at.access.entries(all.len() as u64))?;
        let count = page.len() as u64;
        all.extend(page);
        if count < MAX_READ {
            return Ok(all);
        }
    }
}

/// What a text names, and a short name for it.
fn subject(
    at: &DeskSession,
    text: &str,
    held: &[PartyEntry],
) -> Result<(String, Subject), Failure> {
    if text.len() <= MOST_INDEX_DIGITS
        && let Ok(index) = text.parse::<u64>()
    {
        return Ok((format!("entry-{index}"), Subject::Entries([index].into())));
    }
    let statements =
        held.iter().filter_map(|held| statement_of(held).map(|hash| (hash, held.index)));
    let statements: Vec<(Hash, u64)> = statements.collect();
    let view = at.view();
    // A declaration is named as the statement that began it.
    let names: BTreeSet<Hash> = view
        .declarations
        .keys()
        .map(|id| id.0)
        .chain(view.conflicts.keys().map(|id| id.0))
        .chain(view.overlays.keys().map(|id| id.0))
        .chain(view.dialogues.keys().map(|id| id.0))
        .chain(statements.iter().map(|(hash, _)| *hash))
        .collect();
    let Some(name) = find("evidence", text, names)? else {
        return Err(format!(
            "{}: no declaration, conflict, overlay, message or statement of this name was given to this party; \
             `deconflict log` lists what was",
            printable(text)
        )
        .into());
    };
    let declaration = deconflict_core::DeclarationId(name);
    let conflict = view.conflicts.get(&deconflict_core::ConflictId(name));
    let overlay = view.overlays.get(&deconflict_core::OverlayId(name));
    let told = conflict.map(|of| &of.entries).or(overlay.map(|of| &of.entries));
    let said_of = |held: &PartyEntry| held.content.as_ref()?.entry.said_of();
    // One that the record forgot may still be held here.
    let held_of_it = || held.iter().any(|held| said_of(held) == Some(declaration));
    let subject = if view.declarations.contains_key(&declaration) || held_of_it() {
        Subject::Declaration(declaration)
    } else if let Some(told) = told {
        let mut entries: BTreeSet<u64> = told.iter().copied().collect();
        let name = name.to_string();
        entries.extend(held.iter().filter(|held| tells_of(held, &name)).map(|held| held.index));
        Subject::Entries(entries)
    } else if view.dialogues.contains_key(&MessageId(name)) {
        let told = view.conversation(MessageId(name)).into_iter();
        let told = told.filter_map(|id| view.dialogues.get(&id));
        Subject::Entries(told.flat_map(|dialogue| dialogue.all_entries()).collect())
    } else {
        let of = |(hash, index): &(Hash, u64)| (*hash == name).then_some(*index);
        Subject::Entries(statements.iter().filter_map(of).collect())
    };
    Ok((short(name), subject))
}

fn statement_of(held: &PartyEntry) -> Option<Hash> {
    match &held.content.as_ref()?.entry.what {
        What::Accepted(said) | What::Refused(said, _) => Some(said.hash),
        What::Found(_) => None,
    }
}

/// Whether what an entry says names this hash.
fn tells_of(held: &PartyEntry, name: &str) -> bool {
    let Some(content) = &held.content else { return false };
    let said = match &content.entry.what {
        What::Accepted(said) | What::Refused(said, _) => serde_json::to_string(&said.say),
        What::Found(finding) => serde_json::to_string(finding),
    };
    said.is_ok_and(|said| said.contains(name))
}
