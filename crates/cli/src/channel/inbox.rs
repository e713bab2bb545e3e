//! `deconflict inbox`: the messages that concern this party, and how each stands.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use deconflict_core::{Receipt, Say, UndertakingState};
use deconflict_vocabulary::LanguageTag;
use deconflict_words::inbox::{InboxPlace, Section, ordered, untold};
use deconflict_words::{
    Reader, conflict_lines, dialogue_json, dialogue_lines, overlaps, printable, short,
};
use serde_json::{Map, Value};

use super::beside::{Beside, Naming};
use super::list::{InboxView, read_back_lines, sections, table};
use super::overlaps::{how_answered, overlap_json, overlap_named};
use super::receipts::{Display, say_displayed};
use super::relay::next_steps;
use super::sealed::SealKeyFile;
use super::untold::untold_json;
use super::voice::voice_json;
use super::{cap, follow, promise, sealed, sheet, text, without_host};
use crate::ask::confirm;
use crate::desk_client::{ReadArgs, SigningArgs};
use crate::options::{Answer, preferred_language};
use crate::outcome::{CONFLICTS, Failure, NONE, print, print_json};

const HELP: &str = "\
Examples:
  deconflict inbox
  deconflict inbox --all --output json
  deconflict inbox --follow
  deconflict inbox show 4be1c0ff
  deconflict inbox read-back 4be1c0ff
  deconflict inbox confirm 4be1c0ff --party south

With a host that is gone, messages go from desk to desk all the same: as files (export, import), or read out and typed
in (text, type-in). They stand in sections of their own until they stand in the record.

What waits for this party stands first: the most urgent, then what falls due next. What a terminal shows for the
first time is told to its sender as DISPLAYED, which is no answer and no promise; --no-receipt keeps that back. Where
standard output is no terminal, and of JSON, nothing is told unless --displayed says that a person is shown it. READ
BACK is a person's to say: that they have read the message as it was meant.
What you sent and was answered with a no, or not at all, stands in a section of its own for a day, or until you take it
back. Overlaps that the host found (O4) stand among them until somebody of this party has said that they read of it, or more
(`deconflict conflicts`), and apart until somebody has taken it on. Of one sender three open FLASH messages stand by
themselves and further ones as one silent row, which --all opens; what says that somebody is being hit, or is about what is
this party's own, always stands by itself.
--follow rings the bell for what is new and urgent, for a deadline that comes near, and for what goes up;
`deconflict shelve` has one of them silent for a while. At a terminal it takes the number of a row and then of an answer that
the message allows, asks for what the answer takes, and shows the sentence that is signed: nothing is signed without a yes.

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
        #[command(flatten)]
        with: SealKeyFile,
        #[command(flatten)]
        display: Display,
        #[command(flatten)]
        look: ReadArgs,
    },
    /// Open the sealed remark of a message with a seal key
    #[command(after_help = sealed::OPEN_HELP)]
    Open {
        /// The message: its name, or the first digits of it
        id: String,
        /// Also write the remark down with what proves it, for somebody else: a new file
        #[arg(long, value_name = "FILE")]
        for_arbiter: Option<PathBuf>,
        #[command(flatten)]
        with: SealKeyFile,
        #[command(flatten)]
        look: ReadArgs,
    },
    /// Hold a remark that somebody opened to the message that this desk has
    #[command(after_help = sealed::VERIFY_HELP)]
    VerifyOpening {
        /// What `deconflict inbox open --for-arbiter` wrote
        file: PathBuf,
        #[command(flatten)]
        look: ReadArgs,
    },
    /// Confirm that you have read a message as it was meant: that is no answer
    #[command(
        after_help = "Example:\n  deconflict inbox read-back 4be1c0ff\n\nRead the parameters aloud to whoever acts \
        on them, then confirm. A message that nobody reads back in time counts as\nnot received: that is no refusal, and it \
        escalates.\n\nExit status: 0 taken in; 1 refused or not taken; 2 failure; 3 the host was caught; 5 kept, not \
        sent."
    )]
    ReadBack {
        /// The message: its name, or the first digits of it
        id: String,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Confirm that what somebody promised in answer to your message is done
    #[command(after_help = promise::HELP)]
    Confirm(promise::PromiseArgs),
    /// Hand messages and answers to another desk as a file, while there is no host
    #[command(after_help = without_host::EXPORT_HELP)]
    Export(without_host::Export),
    /// Take messages and answers out of another desk's file
    #[command(after_help = without_host::IMPORT_HELP)]
    Import(without_host::Import),
    /// Print a message and its answers to be read out
    #[command(after_help = text::HELP)]
    Text {
        /// The message: its name, or the first digits of it
        id: String,
        #[command(flatten)]
        look: ReadArgs,
    },
    /// Type in what was read out
    #[command(after_help = without_host::TYPE_IN_HELP)]
    TypeIn(without_host::TypeIn),
    /// Forget what was typed in
    #[command(after_help = without_host::FORGET_HELP)]
    Forget(without_host::Forget),
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
    #[command(flatten)]
    display: Display,
    #[command(flatten)]
    look: ReadArgs,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(inbox: &Inbox) -> Result<u8, Failure> {
    match &inbox.command {
        Some(InboxCommand::Show { id, with, display, look }) => show(id, with, *display, look),
        Some(InboxCommand::Open { id, for_arbiter, with, look }) => {
            sealed::run(id, with, for_arbiter.as_deref(), look)
        }
        Some(InboxCommand::VerifyOpening { file, look }) => sealed::verify(file, look),
        Some(InboxCommand::ReadBack { id, signing }) => read_back(id, signing),
        Some(InboxCommand::Confirm(of)) => promise::run(of),
        Some(InboxCommand::Export(of)) => without_host::export(of),
        Some(InboxCommand::Import(of)) => without_host::import(of),
        Some(InboxCommand::Text { id, look }) => text::run(id, look),
        Some(InboxCommand::TypeIn(of)) => without_host::type_in(of),
        Some(InboxCommand::Forget(of)) => without_host::forget(of),
        Some(InboxCommand::Cap(args)) => cap::run(args),
        Some(InboxCommand::Sheet(args)) => sheet::run(args),
        None if inbox.list.follow => {
            let List { all, display, look, .. } = &inbox.list;
            follow::run(look, *all, *display)
        }
        None => list(&inbox.list),
    }
}

fn list(of: &List) -> Result<u8, Failure> {
    let mut at = of.look.open()?;
    let lang = preferred_language(of.look.lang.as_deref());
    let reader = at.reader(&lang);
    let places = ordered(at.view(), at.party(), reader.now, of.all);
    let found = overlaps(at.view(), at.party());
    let own = at.party();
    let overdue = |place: &InboxPlace<'_>| {
        let promised = place.dialogue.exchanges.get(own).and_then(|own| own.undertaking);
        promised.is_some_and(|promised| promised.state == UndertakingState::Overdue)
    };
    let waits = places.iter().any(|place| match place.section {
        Section::Awaiting | Section::Incident => true,
        Section::Promised => overdue(place),
        _ => false,
    });
    let beside = Beside::at(&at);
    let listener = at.listener();
    let missing = untold(at.view(), at.party(), reader.now);
    let waits = waits || found.iter().any(|place| place.section == Section::Awaiting);
    let waits = waits || !missing.is_empty();
    let waits =
        waits || !beside.waiting(&at).is_empty() || listener.to_read_back(&places).next().is_some();
    let inbox = InboxView { places: &places, overlaps: &found, untold: &missing, all: of.all };
    let shown = inbox.shown();
    match of.look.output {
        Answer::Json => {
            let mut told = as_json(&reader, &places);
            let found = found.iter().map(|place| overlap_json(&reader, place.id, place.conflict));
            told.insert("overlaps".to_owned(), found.collect());
            told.insert(Section::Untold.word().to_owned(), untold_json(&reader));
            told.extend(beside.json(&at, &lang, of.all).map(|(word, of)| (word.to_owned(), of)));
            print_json(&Value::Object(told))
        }
        Answer::Text => {
            let sections = sections(&reader, &inbox, beside.sections(&at, &lang, of.all));
            print(|out| {
                table(out, &reader, &sections)?;
                read_back_lines(&listener, &places)
                    .iter()
                    .try_for_each(|line| writeln!(out, "{line}"))
            })
        }
    }?;
    if of.display.is_seen(of.look.output) {
        say_displayed(&mut at, &shown);
    }
    Ok(if waits { CONFLICTS } else { NONE })
}

/// The messages of each section, for scripts.
pub(super) fn as_json(reader: &Reader<'_>, places: &[InboxPlace<'_>]) -> Map<String, Value> {
    let mut sections = Map::new();
    // Overlaps have a list of their own, and movements.
    let others = [Section::Unsettled, Section::Untold];
    for (section, _, word) in Section::ALL.into_iter().filter(|one| !others.contains(&one.0)) {
        let of = places.iter().filter(|place| place.section == section);
        let one = |place: &InboxPlace<'_>| {
            let mut told = dialogue_json(reader, place.id, place.dialogue);
            told["grouped"] = place.grouped.into();
            told
        };
        let of: Vec<Value> = of.map(one).collect();
        sections.insert(word.to_owned(), Value::Array(of));
    }
    sections
}

fn show(id: &str, with: &SealKeyFile, display: Display, look: &ReadArgs) -> Result<u8, Failure> {
    let mut at = look.open()?;
    let lang = preferred_language(look.lang.as_deref());
    let beside = Beside::at(&at);
    let reader = beside.reader(&at, &lang);
    let named = beside.named(id);
    if let (Err(_), Some((id, conflict))) = (&named, overlap_named(&at, id)) {
        return match look.output {
            Answer::Json => print_json(&overlap_json(&reader, id, conflict)),
            Answer::Text => {
                let lines = conflict_lines(&reader, id, conflict);
                print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))
            }
        }
        .map(|()| NONE);
    }
    let id = match named? {
        Naming::Signed(id) => id,
        Naming::Voice(state) => {
            return match look.output {
                Answer::Json => print_json(&voice_json(&at, &reader, state)),
                Answer::Text => {
                    let lines = without_host::voice_lines(&at, &reader, state);
                    print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))
                }
            }
            .map(|()| NONE);
        }
    };
    let dialogue = beside.dialogue(id)?;
    match (look.output, beside.record.messages.get(&id)) {
        (Answer::Json, Some(of)) => print_json(&beside.file_json(&reader, id, of)),
        (Answer::Json, None) => print_json(&dialogue_json(&reader, id, dialogue)),
        (Answer::Text, _) => {
            let mut lines = dialogue_lines(&reader, id, dialogue);
            lines.extend(beside.lines(&reader, id));
            // What is beside the record alone is passed on once it stands there.
            if at.view().dialogues.contains_key(&id) {
                lines.extend(next_steps(id, dialogue, at.party()));
            }
            if let Some(line) = sealed::line(&at.status().settings.space, (id, dialogue), with) {
                lines.extend([String::new(), line]);
            }
            print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))
        }
    }?;
    if display.is_seen(look.output) {
        say_displayed(&mut at, &[id]);
    }
    Ok(NONE)
}

/// Shows a message as it reads, asks, and signs that a person has read it.
fn read_back(id: &str, signing: &SigningArgs) -> Result<u8, Failure> {
    let mut at = signing.open()?;
    let lang = preferred_language(signing.lang.as_deref());
    let beside = Beside::at(&at);
    let named = beside.named(id);
    if let (Err(_), Some((found, _))) = (&named, overlap_named(&at, id)) {
        return Err(how_answered(found).into());
    }
    let Naming::Signed(id) = named? else {
        return Err(format!(
            "`{}`: it was read out, and nobody signed it: read it back over the phone, letter by letter",
            printable(id)
        )
        .into());
    };
    let dialogue = beside.dialogue(id)?;
    beside.may_be_answered(id)?;
    let own = dialogue.exchanges.get(at.party());
    let Some(own) = own else {
        return Err(format!(
            "message {}: it did not go to {}: only whom it went to reads it back",
            short(id),
            at.party()
        )
        .into());
    };
    // Where somebody is being hit each person reads back himself.
    let listener = at.listener();
    let own_too = dialogue.opens_incident() && !listener.has_read_back(own);
    if let Some((key, when)) = own.read_back.filter(|_| !own_too) {
        let by = at.reader(&lang).key(&key);
        let line = format!("message {}: {by} has read it back already, at {when}", short(id));
        return Err(Failure { status: CONFLICTS, lines: vec![line] });
    }
    if dialogue.is_taken_back() {
        let line = format!(
            "message {}: its sender took it back: there is nothing to read back",
            short(id)
        );
        return Err(Failure { status: CONFLICTS, lines: vec![line] });
    }
    let reader = beside.reader(&at, &lang);
    let mut shown = dialogue_lines(&reader, id, dialogue);
    shown.extend(beside.lines(&reader, id));
    shown.extend(beside.changes(id));
    shown.extend([
        String::new(),
        format!("About to be said: a person of {} has read this. That is no answer.", at.party()),
    ]);
    let shown_in = LanguageTag::new(reader.tongue().translation().tag());
    let say = Say::Receive { message: id, receipt: Receipt::ReadBack, shown_in };
    confirm(&shown, "Sign this?", signing.yes)?;
    let filed = at.file(&say, signing.validity.until_of(&say, at.now())?)?;
    without_host::hint(&filed, id);
    filed.print("the read-back", signing.output).map(|_| filed.status_of_said())
}
