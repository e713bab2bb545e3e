//! `deconflict seal-key`: the keys that open what is sealed to a party.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use deconflict_core::{MOST_PARTY_RECIPIENTS, Recipient, Say};
use deconflict_seal::{SealKey, can_seal_to};
use deconflict_words::printable;
use serde_json::{Value, json};

use crate::ask::confirm;
use crate::channel::{CheckOpening, check_opening};
use crate::desk_client::ReadArgs;
use crate::options::Answer;
use crate::outcome::{Failure, NONE, print, print_json};
use crate::output::write_secret;
use crate::party::ByRoot;
use crate::passphrase::{Guard, chosen, unlock_seal};
use crate::text::shown;

/// Make seal keys, and say to which ones remarks for this party are sealed
#[derive(Args, Debug)]
pub(crate) struct SealKeyArgs {
    #[command(subcommand)]
    command: SealKeyCommand,
}

const NEW_HELP: &str = "\
Example:
  deconflict seal-key new archive.seal
  deconflict seal-key new duty.seal

The file is an age identity that is locked by a passphrase of 8 characters or more (the `age` program opens it too). What
is printed is its recipient, which anybody may know: the party declares it with `deconflict seal-key declare`. Whoever has the
file and the passphrase reads what was sealed to it; who loses either reads it never again. Keep one for the archive.";

const DECLARE_HELP: &str = "\
Examples:
  deconflict seal-key declare age1... age1... --root root.key
  deconflict seal-key declare --none --root root.key

The party's root says to which recipients others seal remarks for it from now on, in place of what it said before: those
of its operators and of its archive, 16 at most. What was sealed before stays with the keys that it was sealed to. With --none
nothing is sealed to the party any more.";

#[derive(Subcommand, Debug)]
enum SealKeyCommand {
    /// Make a new seal key, locked by a passphrase
    #[command(after_help = NEW_HELP)]
    New {
        /// The file to write; for its owner's eyes only
        file: PathBuf,
        /// A file with the passphrase in its first line; else it is asked for at the terminal
        #[arg(long, value_name = "FILE", env = "DECONFLICT_SEAL_PASSPHRASE_FILE")]
        seal_passphrase_file: Option<PathBuf>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Answer::Text)]
        output: Answer,
    },
    /// Show the recipient of a seal key
    #[command(after_help = "Example:\n  deconflict seal-key show archive.seal")]
    Show {
        /// The file
        file: PathBuf,
        /// A file with the passphrase in its first line; else it is asked for at the terminal
        #[arg(long, value_name = "FILE", env = "DECONFLICT_SEAL_PASSPHRASE_FILE")]
        seal_passphrase_file: Option<PathBuf>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Answer::Text)]
        output: Answer,
    },
    /// Say to which recipients remarks for this party are sealed
    #[command(after_help = DECLARE_HELP)]
    Declare {
        /// The recipients, as `deconflict seal-key new` prints them
        #[arg(value_name = "RECIPIENT", required_unless_present = "none")]
        recipients: Vec<Recipient>,
        /// To none: nothing is sealed to the party any more
        #[arg(long, conflicts_with = "recipients")]
        none: bool,
        #[command(flatten)]
        root: ByRoot,
    },
    /// List to which recipients remarks for each party are sealed
    #[command(after_help = "Example:\n  deconflict seal-key list")]
    List {
        #[command(flatten)]
        look: ReadArgs,
    },
    /// Hold an opening to the commitment that stands in the record, without a desk
    #[command(after_help = "Example:\n  deconflict seal-key check opening.json --commitment \
        5be1c0ff...\n\nThe commitment stands in the message: `deconflict evidence` writes it down with its proof, and \
        `deconflict verify` checks that.\n\nExit status: 0 it is what was committed to, 1 it is not, 2 failure.")]
    Check(CheckOpening),
}

/// Runs the command and returns the exit status.
pub(crate) fn run(of: &SealKeyArgs) -> Result<u8, Failure> {
    match &of.command {
        SealKeyCommand::New { file, seal_passphrase_file, output } => {
            // Before the work of locking, and before somebody types a passphrase in vain.
            if fs::symlink_metadata(file).is_ok() {
                return Err(
                    format!("{}: is there already: choose another name", shown(file)).into()
                );
            }
            let passphrase = chosen(seal_passphrase_file.as_deref(), Guard::Usual)?;
            let key = SealKey::generate();
            let locked = key.lock(&passphrase).map_err(|error| error.to_string())?;
            write_secret(file, &locked)?;
            show(file, &key, *output)
        }
        SealKeyCommand::Show { file, seal_passphrase_file, output } => {
            show(file, &unlock_seal(file, seal_passphrase_file.as_deref())?, *output)
        }
        SealKeyCommand::Declare { recipients, root, .. } => declare(recipients, root),
        SealKeyCommand::List { look } => list(look),
        SealKeyCommand::Check(of) => check_opening(of),
    }
}

fn show(file: &Path, key: &SealKey, output: Answer) -> Result<u8, Failure> {
    let recipient = key.recipient();
    match output {
        Answer::Json => {
            print_json(&json!({ "file": file.to_string_lossy(), "recipient": recipient }))
        }
        Answer::Text => print(|out| {
            writeln!(out, "file       {}", shown(file))?;
            writeln!(out, "recipient  {recipient}")
        }),
    }?;
    Ok(NONE)
}

fn declare(recipients: &[Recipient], root: &ByRoot) -> Result<u8, Failure> {
    if let Some(wrong) = recipients.iter().find(|one| !can_seal_to(one.as_str())) {
        return Err(format!(
            "{}: nobody could seal to it with this release: give X25519 recipients of age, as `deconflict seal-key new` \
             prints them",
            printable(wrong.as_str())
        )
        .into());
    }
    let recipients: BTreeSet<Recipient> = recipients.iter().cloned().collect();
    if recipients.len() > MOST_PARTY_RECIPIENTS {
        return Err(format!(
            "{} recipients: a party has {MOST_PARTY_RECIPIENTS} at most",
            recipients.len()
        )
        .into());
    }
    let mut lines = match recipients.is_empty() {
        true => vec!["From now on nothing is sealed to this party.".to_owned()],
        false => vec![
            "From now on remarks for this party are sealed to these, and to no others:".to_owned(),
        ],
    };
    lines.extend(recipients.iter().map(|one| format!("  {one}")));
    lines.push("What was sealed before stays with the keys that it was sealed to.".to_owned());
    confirm(&lines, "Sign this?", root.is_sure())?;
    root.file("to what remarks are sealed", &Say::SetRecipients { recipients })
}

fn list(look: &ReadArgs) -> Result<u8, Failure> {
    let at = look.open()?;
    let parties = &at.view().parties;
    match look.output {
        Answer::Json => {
            let all = parties
                .iter()
                .map(|(id, party)| json!({ "party": id, "recipients": party.recipients }));
            print_json(&json!({ "parties": all.collect::<Vec<Value>>() }))
        }
        Answer::Text => print(|out| {
            for (id, party) in parties {
                if party.recipients.is_empty() {
                    writeln!(out, "{:16} has none: nothing is sealed to it", id.as_str())?;
                }
                for recipient in &party.recipients {
                    writeln!(out, "{:16} {recipient}", id.as_str())?;
                }
            }
            Ok(())
        }),
    }?;
    Ok(NONE)
}
