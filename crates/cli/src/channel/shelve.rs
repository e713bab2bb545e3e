//! `deconflict shelve`: the sound of one object, silent for one operator for a while.

use std::io::{self, Write};

use clap::Args;
use comfy_table::Cell;
use deconflict_core::{
    ConflictId, DeclarationId, LONGEST_SHELF_S, MessageId, PartyId, Say, Shelf, ShelfObject, Time,
};
use deconflict_record::Hash;
use deconflict_vocabulary::ObjectKind;
use deconflict_words::{Reader, printable, shelf_row, shelves_json};
use serde_json::json;

use super::references::find;
use crate::desk_client::{DeskSession, SigningArgs, seconds};
use crate::options::{Answer, Color, preferred_language};
use crate::outcome::{Failure, NONE, print, print_json};
use crate::report::table::Look;

const HELP: &str = "\
Examples:
  deconflict shelve 4be1c0ff
  deconflict shelve \"Deconfliction zone\" --for 5min
  deconflict shelve --list

What is named is a message, a declaration (then what was said so far that names it) or a conflict. For this operator alone
neither the bell of `deconflict inbox --follow` nor what `desk run --notify` sends to him sounds for it until that time is
over, at most 15 minutes; then what still waits sounds anew. Its row and its clock stay. What comes later sounds: a new
message, a repeat, a correction, an answer, a time that runs out, a step to the next level. P6 and W9, and what speaks of
them, are never shelved. The watch desk sees what is shelved.

Exit status: 0 taken in; 1 refused or not taken; 2 failure; 3 the host was caught; 5 kept, not sent: it sounds on.";

/// Have the sound of one message, declaration or conflict silent for a while, for this operator alone
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(crate) struct ShelveArgs {
    /// A message, by its name; a declaration, by what it is called or its name; or a conflict, by its name. The first digits
    /// of a name will do
    #[arg(value_name = "REF", required_unless_present = "list")]
    of: Option<String>,
    /// For how long: 90s, 10min; 15min at most, by the host's clock
    #[arg(long = "for", value_name = "TIME", default_value = "10min", value_parser = for_seconds)]
    span_s: u64,
    /// List what is shelved now
    #[arg(long, conflicts_with_all = ["of", "span_s"])]
    list: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

fn for_seconds(text: &str) -> Result<u64, String> {
    let most = LONGEST_SHELF_S.unsigned_abs();
    let read = seconds(text)?;
    if read > most { Err(format!("is longer than {} min", most / 60)) } else { Ok(read) }
}

/// Runs the command and returns the exit status.
pub(crate) fn run(of: &ShelveArgs) -> Result<u8, Failure> {
    let signing = &of.signing;
    let mut at = signing.open()?;
    let lang = preferred_language(signing.lang.as_deref());
    let Some(text) = of.of.as_deref().filter(|_| !of.list) else {
        let reader = at.reader(&lang);
        return match signing.output {
            Answer::Json => print_json(&json!({ "shelved": shelves_json(&reader) })),
            Answer::Text => print(|out| {
                if shelves(&reader).is_empty() {
                    return writeln!(out, "Nothing is shelved: everything sounds.");
                }
                shelf_table(out, &reader)
            }),
        }
        .map(|()| NONE);
    };
    let object = named(&at, text)?;
    let span_s = i64::try_from(of.span_s).unwrap_or(LONGEST_SHELF_S);
    let until = Time::from(at.now()).after_seconds(span_s);
    let say = Say::Shelve { of: object, until };
    let shown = {
        let reader = at.reader(&lang);
        let key = at.operator_key()?;
        let shelf = Shelf { of: object, key, at: reader.now, until, entry: 0 };
        let [_, by, what, until] = shelf_row(&reader, at.party(), &shelf);
        vec![
            format!("About to be shelved: the sound of {what}, until {until}, for {by} alone."),
            "Its row and its clock stay, and what comes of it later sounds. The watch desk sees this."
                .to_owned(),
        ]
    };
    signing.sign(&mut at, "what is shelved", &shown, &say)
}

/// What a text names.
fn named(at: &DeskSession, text: &str) -> Result<ShelfObject, Failure> {
    use ObjectKind::{Conflict, Message, Movement, Operation, Site, Zone};
    let found =
        [Message, Conflict, Zone, Operation, Site, Movement].into_iter().filter_map(|kind| {
            let of = Hash(find(at.view(), kind, text).ok()?.0);
            Some(match kind {
                Message => ShelfObject::Message(MessageId(of)),
                Conflict => ShelfObject::Conflict(ConflictId(of)),
                _ => ShelfObject::Declaration(DeclarationId(of)),
            })
        });
    let found: Vec<ShelfObject> = found.collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(format!(
            "`{}`: names no one message, declaration or conflict that this desk sees: give the first digits of a name, as \
             `deconflict inbox`, `declare list` and `conflicts` print it",
            printable(text)
        )
        .into()),
        _ => Err(format!(
            "`{}`: several are called so: give the first digits of the name of the one that is meant",
            printable(text)
        )
        .into()),
    }
}

/// What is shelved now, as far as the reader is told.
pub(super) fn shelves<'a>(reader: &Reader<'a>) -> Vec<(&'a PartyId, Shelf)> {
    let (view, now) = (reader.view, reader.now);
    let of = |party| view.shelves_of(party, now).map(move |(_, shelf)| (party, *shelf));
    view.shelves.keys().flat_map(of).collect()
}

/// The same as a table.
pub(super) fn shelf_table(out: &mut dyn Write, reader: &Reader<'_>) -> io::Result<()> {
    let mut table = Look::of(Color::Auto).table(&["Party", "By", "Sound shelved", "Until"]);
    for (party, shelf) in shelves(reader) {
        table.add_row(shelf_row(reader, party, &shelf).map(Cell::new));
    }
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}
