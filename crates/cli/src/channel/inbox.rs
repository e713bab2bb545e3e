//! `deconflict inbox`: the messages that concern this party, and how each stands.

use clap::{Args, Subcommand};
use deconflict_core::{Dialogue, MessageId, Receipt, Say, UndertakingState};
use deconflict_words::{Reader, dialogue_json, dialogue_lines, short};
use serde_json::{Map, Value};

use super::cap;
use super::follow;
use super::list::table;
use super::order::{Place, Section, ordered};
use super::receipts::say_displayed;
use super::references::message_named;
use super::sheet;
use crate::desk_client::{DeskSession, ReadArgs, SigningArgs};
use crate::options::{Answer, preferred_language};
use crate::outcome::{CONFLICTS, Failure, NONE, print, print_json};

const HELP: &str = "\
Examples:
  deconflict inbox
  deconflict inbox --all --output json
  deconflict inbox --follow
  deconflict inbox show 4be1c0ff
  deconflict inbox read-back 4be1c0ff

What waits for this party stands first: the most urgent, then what falls due next. What is shown here for the
first time is told to its sender as DISPLAYED, which is no answer and no promise; --no-receipt keeps that back, and
JSON tells nothing, since no person reads it. READ BACK is a person's to say: that they have read the message as it
was meant.

Exit status: 0 nothing waits for this party's answer; 1 something does, a promise of it is overdue, or a place is being
hit; 2 failure; 3 the host was caught.";

/// Read the messages of the channel, what waits for an answer first
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, after_help = HELP)]
pub(crate) struct Inbox {
    #[command(subcommand)]
    command: Option<InboxCommand>,
    #[command(flatten)]
    list: List,
}

#[derive(Subcommand, Debug)]
enum InboxCommand {
    /// Show a message and all that came of it
    Show {
        /// The message: its name, or the first digits of it
        id: String,
        /// Do not tell its sender that it was displayed
        #[arg(long)]
        no_receipt: bool,
        #[command(flatten)]
        look: ReadArgs,
    },
    /// Confirm that you have read a message as it was meant: that is no answer
    #[command(
        after_help = "Example:\n  deconflict inbox read-back 4be1c0ff\n\nRead the parameters aloud to whoever acts \
        on them, then confirm. A message that nobody reads back in time counts as\nnot received: that is no refusal, and it \
        escalates."
    )]
    ReadBack {
        /// The message: its name, or the first digits of it
        id: String,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Write a hazard (O6), a zone's status (Z4) or a pause (H1) as an alert that other systems read (CAP 1.2)
    #[command(after_help = cap::HELP)]
    Cap(cap::CapArgs),
    /// Write a page to read a message or an answer out from, and to read it back
    #[command(after_help = sheet::HELP)]
    Sheet(sheet::SheetArgs),
}

#[derive(Args, Clone, Debug)]
struct List {
    /// Also what is over
    #[arg(long)]
    all: bool,
    /// Go on, and print what is new, until stopped
    #[arg(long)]
    follow: bool,
    /// Do not tell senders that their messages were displayed
    #[arg(long)]
    no_receipt: bool,
    #[command(flatten)]
    look: ReadArgs,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(inbox: &Inbox) -> Result<u8, Failure> {
    match &inbox.command {
        Some(InboxCommand::Show { id, no_receipt, look }) => show(id, !no_receipt, look),
        Some(InboxCommand::ReadBack { id, signing }) => read_back(id, signing),
        Some(InboxCommand::Cap(args)) => cap::run(args),
        Some(InboxCommand::Sheet(args)) => sheet::run(args),
        None if inbox.list.follow => {
            let List { all, no_receipt, look, .. } = &inbox.list;
            follow::run(look, *all, !no_receipt)
        }
        None => list(&inbox.list),
    }
}

fn list(of: &List) -> Result<u8, Failure> {
    let mut at = of.look.open()?;
    let lang = preferred_language(of.look.lang.as_deref());
    let reader = at.reader(&lang);
    let places = ordered(at.view(), at.party(), reader.now, of.all);
    let own = at.party();
    let overdue = |place: &Place<'_>| {
        let promised = place.dialogue.exchanges.get(own).and_then(|own| own.undertaking);
        promised.is_some_and(|promised| promised.state == UndertakingState::Overdue)
    };
    let waits = places.iter().any(|place| match place.section {
        Section::Awaiting | Section::Incident => true,
        Section::Promised => overdue(place),
        _ => false,
    });
    match of.look.output {
        Answer::Json => print_json(&as_json(&reader, &places)),
        Answer::Text => print(|out| table(out, &reader, &places)),
    }?;
    let shown: Vec<MessageId> = places.iter().map(|place| place.id).collect();
    if !of.no_receipt && of.look.output == Answer::Text {
        say_displayed(&mut at, &shown);
    }
    Ok(if waits { CONFLICTS } else { NONE })
}

fn as_json(reader: &Reader<'_>, places: &[Place<'_>]) -> Value {
    let mut sections = Map::new();
    for (section, _, word) in Section::ALL {
        let of = places.iter().filter(|place| place.section == section);
        let of: Vec<Value> =
            of.map(|place| dialogue_json(reader, place.id, place.dialogue)).collect();
        sections.insert(word.to_owned(), Value::Array(of));
    }
    Value::Object(sections)
}

/// The dialogue that a text names.
pub(super) fn dialogue_named<'a>(
    at: &'a DeskSession,
    id: &str,
) -> Result<(MessageId, &'a Dialogue), Failure> {
    let id = message_named(at.view(), id)?;
    Ok((id, &at.view().dialogues[&id]))
}

fn show(id: &str, receipt: bool, look: &ReadArgs) -> Result<u8, Failure> {
    let mut at = look.open()?;
    let lang = preferred_language(look.lang.as_deref());
    let (id, dialogue) = dialogue_named(&at, id)?;
    let reader = at.reader(&lang);
    match look.output {
        Answer::Json => print_json(&dialogue_json(&reader, id, dialogue)),
        Answer::Text => {
            let lines = dialogue_lines(&reader, id, dialogue);
            print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))
        }
    }?;
    if receipt && look.output == Answer::Text {
        say_displayed(&mut at, &[id]);
    }
    Ok(NONE)
}

/// Shows a message as it reads, asks, and signs that a person has read it.
fn read_back(id: &str, signing: &SigningArgs) -> Result<u8, Failure> {
    let mut at = signing.open()?;
    let lang = preferred_language(signing.lang.as_deref());
    let (id, dialogue) = dialogue_named(&at, id)?;
    let own = dialogue.exchanges.get(at.party());
    let Some(own) = own else {
        return Err(format!(
            "message {}: it did not go to {}: only whom it went to reads it back",
            short(id),
            at.party()
        )
        .into());
    };
    if let Some((key, when)) = own.read_back {
        let by = at.reader(&lang).key(&key);
        return Err(
            format!("message {}: {by} has read it back already, at {when}", short(id)).into()
        );
    }
    if dialogue.is_taken_back() {
        return Err(format!(
            "message {}: its sender took it back: there is nothing to read back",
            short(id)
        )
        .into());
    }
    let reader = at.reader(&lang);
    let mut shown = dialogue_lines(&reader, id, dialogue);
    shown.extend([
        String::new(),
        format!("About to be said: a person of {} has read this. That is no answer.", at.party()),
    ]);
    let say = Say::Receive { message: id, receipt: Receipt::ReadBack };
    signing.sign(&mut at, "the read-back", &shown, &say)
}
