//! `deconflict space`: a space's charter, and the statements that several roots sign.

mod draft;
mod sheet;
mod show;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use deconflict_core::{Host, PartyId, Say};
use deconflict_desk::KeyFile;
use deconflict_record::{SigningKey, Vkey};
use deconflict_words::printable;

use crate::ask::confirm;
use crate::desk_client::{DeskArgs, DeskSession};
use crate::options::Answer;
use crate::outcome::{Failure, remark};
use crate::output::write_whole;
use crate::passphrase::{of_key_file, unlock};
use crate::text::shown;

pub(crate) use draft::{in_language, json_file, log_key, texts};
pub(crate) use sheet::{Sheet, author_of, named_signers, send};
pub(crate) use show::{grouped, member_lines};

/// Draft, sign, show and change a space's charter.
#[derive(Args, Debug)]
pub(crate) struct Space {
    #[command(subcommand)]
    command: SpaceCommand,
}

#[derive(Subcommand, Debug)]
enum SpaceCommand {
    /// Write the charter of a new space
    #[command(after_help = draft::HELP)]
    Draft(Box<draft::Draft>),
    /// Sign a charter, or a statement that needs several keys, with a party's root key and with keys that it
    /// brings
    #[command(after_help = SIGN_HELP)]
    Sign(Sign),
    /// Show a charter, and the hash that the parties compare by voice
    #[command(after_help = SHOW_HELP)]
    Show {
        /// A charter, or a founding statement; without one, that of the desk's space
        file: Option<PathBuf>,
        /// The desk's folder
        #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
        desk: PathBuf,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Answer::Text)]
        output: Answer,
    },
    /// Begin a statement that changes the charter
    #[command(after_help = AMEND_HELP)]
    Amend(Amend),
    /// Begin a statement that moves the record to another host
    #[command(after_help = MOVE_HELP)]
    Move(Box<Move>),
    /// File a statement that several roots have signed
    #[command(after_help = FILE_HELP)]
    File {
        /// The statement
        file: PathBuf,
        #[command(flatten)]
        desk: DeskArgs,
        /// How to print what became of it
        #[arg(long, value_enum, default_value_t = Answer::Text)]
        output: Answer,
    },
}

const SIGN_HELP: &str = "\
Examples:
  deconflict space sign charter.json --key root.key --key witness.key
      adds the signatures of this party's root and of its desk's witness key to founding.json, which it
      begins if it is not there; the host adds that of the record's key (--key log.key)
  deconflict space sign charter.json --key root.key --with from-power-1.json --with from-aid.json
      collects the signatures of others as well, in any order
  deconflict space sign amend.json --key root.key

What is signed is shown before. Compare its hash with the other parties by voice: all sign the same bytes.";

const SHOW_HELP: &str = "\
Examples:
  deconflict space show charter.json
  deconflict space show founding.json
  deconflict space show --desk desk";

const AMEND_HELP: &str = "\
Example:
  deconflict space show --output json > charter.json     and change what is to change
  deconflict space amend charter.json --root root.key --to amend.json
  deconflict space sign amend.json --key root.key        by each root that the charter asks for
  deconflict space sign amend.json --key witness.key     by each witness that it brings
  deconflict space file amend.json

The charter says how many roots must sign which change. The key that begins the statement may file
nothing else until it is in the record.";

const MOVE_HELP: &str = "\
Example:
  deconflict space move --host-party power-1 --host-key deconflict.example/at-tanf+77c0...+AQx... \\
      --root root.key --to move.json
  deconflict space sign move.json --key root.key      by each root that the charter asks for
  deconflict space sign move.json --key new-log.key   by the new host
  deconflict space file move.json                     the old host logs it, signs a last head and closes
  deconflict backup host copy.sqlite                  of the old host
  deconflict host restore new-host copy.sqlite --log-key new-log.key
  deconflict desk address https://new-host.example    at each desk

Where the old host does not go along, `deconflict host take-over` goes on from the head that the statement
names, which the quorum of witnesses has countersigned; what came after it is left.";

const FILE_HELP: &str = "\
Examples:
  deconflict space file amend.json
  deconflict space file join.json

Any party's desk may file it: it stands for what its signatures say.";

#[derive(Args, Debug)]
struct Sign {
    /// The charter, or a statement that was begun
    file: PathBuf,
    /// The key file of a root, or of a witness, host or operator whose key comes into the record by it (may be
    /// repeated); without one, signatures are only collected
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// A file with the passphrase in its first line; else it is asked for at the terminal
    #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
    /// Take over the signatures in this copy (may be repeated)
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    /// The file that collects the signatures: founding.json for a charter, else FILE itself
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// The desk that knows which keys are in force, if there is one: its folder
    #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
    desk: PathBuf,
    /// Do not ask: sign what is shown
    #[arg(long)]
    yes: bool,
    /// How to print who has signed
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

#[derive(Args, Debug)]
struct Amend {
    /// The charter as it is to be
    charter: PathBuf,
    /// A founder's root key file
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// The statement to write
    #[arg(long, value_name = "FILE", default_value = "amend.json")]
    to: PathBuf,
    #[command(flatten)]
    desk: DeskArgs,
    /// Do not ask: sign what is shown
    #[arg(long)]
    yes: bool,
}

#[derive(Args, Debug)]
struct Move {
    /// The party whose watch desk owns open conflicts from then on
    #[arg(long, value_name = "PARTY")]
    host_party: PartyId,
    /// The verifier key of the heads that the new host signs
    #[arg(long, value_name = "VKEY", value_parser = log_key)]
    host_key: Vkey,
    /// A founder's root key file
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// The statement to write; the head that it names goes into a file beside it that ends in .head
    #[arg(long, value_name = "FILE", default_value = "move.json")]
    to: PathBuf,
    #[command(flatten)]
    desk: DeskArgs,
    /// Do not ask: sign what is shown
    #[arg(long)]
    yes: bool,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(space: &Space) -> Result<u8, Failure> {
    match &space.command {
        SpaceCommand::Draft(draft) => draft::run(draft),
        SpaceCommand::Sign(sign) => run_sign(sign),
        SpaceCommand::Show { file: Some(file), output, .. } => {
            let charter = sheet::charter_in(file)?;
            show::print_charter(&charter, *output)
        }
        SpaceCommand::Show { file: None, desk, output } => {
            show::of_desk(&DeskArgs::without_line(desk).open_even_caught()?, *output)
        }
        SpaceCommand::Amend(amend) => run_amend(amend),
        SpaceCommand::Move(moving) => run_move(moving),
        SpaceCommand::File { file, desk, output } => {
            let sheet = Sheet::read(file)?;
            let mut at = desk.open()?;
            at.refresh()?;
            sheet.signed_by_enough(at.view()).map_err(|fault| {
                format!(
                    "{}: {fault}. Nothing was filed: what is refused stands in the record, and all \
                     would have to sign anew. Have those sign who have not (`deconflict space sign`)",
                    shown(file)
                )
            })?;
            let operator = at.operator()?;
            send(&mut at, &sheet, &operator)?.print("the statement", *output)
        }
    }
}

fn run_sign(sign: &Sign) -> Result<u8, Failure> {
    let mut sheet = Sheet::begin_or_read(&sign.file)?;
    let to = match (&sign.to, sheet.is_new()) {
        (Some(to), _) => to.clone(),
        (None, true) => sign.file.with_file_name("founding.json"),
        (None, false) => sign.file.clone(),
    };
    if to != sign.file && to.exists() {
        sheet.collect(&to)?;
    }
    for copy in &sign.with {
        sheet.collect(copy)?;
    }
    for key in &sign.key {
        in_force(key, &sheet, &sign.desk)?;
    }
    if !sign.key.is_empty() {
        confirm(&show::of_sheet(&sheet), "Sign this?", sign.yes)?;
    }
    for key in &sign.key {
        let key = unlock(key, sign.passphrase_file.as_deref(), "the key that signs")?;
        sheet.sign(&key)?;
    }
    sheet.write(&to)?;
    show::print_signers(&sheet, &to, sign.output)
}

/// That a key may still consent, as far as a desk of the sheet's space knows it. Without such a desk nothing is
/// known of it here.
fn in_force(file: &Path, sheet: &Sheet, desk: &Path) -> Result<(), Failure> {
    let Some(space) = sheet.space().filter(|_| desk.is_dir()) else { return Ok(()) };
    let at = match DeskArgs::without_line(desk).open_even_caught() {
        Ok(at) => at,
        Err(failure) => {
            let why = failure.lines.join("; ");
            remark(&format!("whether this key is in force could not be looked up: {why}"));
            return Ok(());
        }
    };
    if at.status().settings.space != space {
        return Ok(());
    }
    let key = KeyFile::read(file).map_err(of_key_file)?.public().id();
    match at.view().keys.get(&key).map(|known| (known.revoked, known.is_root())) {
        Some((Some(entry), true)) => Err(format!(
            "{}: this key was replaced at entry {entry}, and consents to nothing from there on: sign with the \
             root that took its place",
            shown(file)
        )
        .into()),
        Some((Some(entry), false)) => Err(format!(
            "{}: this key was revoked at entry {entry}, and never was a root: sign with the party's root",
            shown(file)
        )
        .into()),
        Some((None, false)) => Err(format!(
            "{}: is an operator's key, which consents to nothing: sign with the party's root",
            shown(file)
        )
        .into()),
        // One that the record does not know may be brought by what is signed.
        Some((None, true)) | None => Ok(()),
    }
}

fn run_amend(amend: &Amend) -> Result<u8, Failure> {
    let charter = sheet::charter_in(&amend.charter)?;
    let mut at = amend.desk.open()?;
    let root = at.other_key(&amend.root, "the root key")?;
    at.refresh_by(&root)?;
    let say = Say::AmendCharter { charter: Box::new(charter) };
    begin(&at, &root, &say, &amend.to, amend.yes)
}

/// Begins a statement that several roots sign: the first of them is the author, whose desk this is.
pub(crate) fn begin(
    at: &DeskSession,
    root: &SigningKey,
    say: &Say,
    to: &Path,
    yes: bool,
) -> Result<u8, Failure> {
    let mut sheet = Sheet::draft(author_of(at, root)?, say)?;
    confirm(&show::of_sheet(&sheet), "Sign this?", yes)?;
    sheet.sign(root)?;
    sheet.write_new(to)?;
    show::print_signers(&sheet, to, Answer::Text)
}

fn run_move(moving: &Move) -> Result<u8, Failure> {
    let mut at = moving.desk.open()?;
    if moving.host_key.name() != at.status().settings.space {
        return Err(format!(
            "--host-key: is named `{}`, the space `{}`: a new host signs in the space's own name",
            printable(moving.host_key.name()),
            printable(&at.status().settings.space)
        )
        .into());
    }
    let root = at.other_key(&moving.root, "the root key")?;
    at.refresh_by(&root)?;
    let policy = at.done(at.shown().policy())?;
    let witnessed = at.status().signed_head.as_ref().filter(|head| policy.quorum(head).is_ok());
    let Some(head) = witnessed.cloned() else {
        return Err("the last head that this desk has is not countersigned by as many witnesses as the \
                    charter asks for: let their desks read on, then this one (`deconflict desk sync`)"
            .to_owned()
            .into());
    };
    let host = Host { party: moving.host_party.clone(), key: *moving.host_key.key() };
    let say = Say::MoveHost { host, from: head.claimed().head() };
    let begun = begin(&at, &root, &say, &moving.to, moving.yes)?;
    write_whole(&moving.to.with_extension("head"), head.encode().as_bytes())?;
    Ok(begun)
}
