//! `deconflict attachment`: files that go beside a message, sealed, while the record has what was committed to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use deconflict_core::{MessageId, PartyId};
use deconflict_record::Hash;
use deconflict_seal::{
    AttachmentOpening, MOST_ATTACHMENT_BYTES, SealAuthor, open_attachment, seal_attachment,
};
use deconflict_words::{printable, short};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::channel::{
    Beside, SealKeyFile, evidence_named, hash, message_named, read_opening, recipients,
    write_opening,
};
use crate::desk_client::{DeskSession, ReadArgs};
use crate::input::within;
use crate::options::Answer;
use crate::outcome::{CONFLICTS, Failure, NONE, print, print_json};
use crate::output::{is_free, write_secret};
use crate::passphrase::unlock_seal;
use crate::text::shown;

/// The longest sealed file that is read, bytes: the file, and what age and the recipients add.
const MOST_SEALED_BYTES: usize = MOST_ATTACHMENT_BYTES + (1 << 20);

/// Seal a file to those whom a message goes to, and open one
#[derive(Args, Debug)]
pub(crate) struct AttachmentArgs {
    #[command(subcommand)]
    command: AttachmentCommand,
}

const SEAL_HELP: &str = "\
Example:
  deconflict attachment seal crater.jpg --to north,aid --into crater.age
  deconflict say D1 --to north,aid time=2026-07-03T09:00Z place=33.5062,38.6166 what=\"A crater.\" \\
      digest=5be1c0ff...

The file is sealed to the recipients that these parties and this one declared (`deconflict seal-key declare`), 64 MiB at
most. It goes to them by any way that carries files: the record has its commitment alone, as the digest of a message. So whoever
opens it knows that it is what the sender committed to, and can show that to an arbiter.

Exit status: 0 done; 2 failure; 3 the host was caught.";

const OPEN_HELP: &str = "\
Example:
  deconflict attachment open crater.age 4be1c0ff --seal-key duty.seal --into crater.jpg
  deconflict attachment open crater.age 4be1c0ff --seal-key duty.seal --into crater.jpg \\
      --for-arbiter opening.json

What is within is held to the digest in the message and to who sent that: where it does not fit, nothing is written. What
the sender called the file is shown; where it is written, --into says.

Exit status: 0 done; 2 failure; 3 the host was caught.";

const CHECK_HELP: &str = "\
Example:
  deconflict attachment check crater.jpg opening.json --digest 5be1c0ff...

Holds a file, and what was beside it within the seal, to the digest that stands in the record, without a desk. The
digest stands in the message: `deconflict evidence` writes it down with its proof, and `deconflict verify` checks that.

Exit status: 0 it is what was committed to; 1 it is not; 2 failure.";

#[derive(Subcommand, Debug)]
enum AttachmentCommand {
    /// Seal a file; what is printed is the digest that a message names
    #[command(after_help = SEAL_HELP)]
    Seal {
        /// The file
        file: PathBuf,
        /// To these parties, and to this one
        #[arg(long, value_name = "PARTY", value_delimiter = ',', required = true)]
        to: Vec<PartyId>,
        /// The file to write
        #[arg(long, value_name = "FILE")]
        into: PathBuf,
        #[command(flatten)]
        look: ReadArgs,
    },
    /// Open a sealed file and hold it to the message that names it
    #[command(after_help = OPEN_HELP)]
    Open {
        /// The sealed file
        file: PathBuf,
        /// The message, by its name or how it begins
        message: String,
        /// The file to write
        #[arg(long, value_name = "FILE")]
        into: PathBuf,
        /// Write what an arbiter needs beside the file itself
        #[arg(long, value_name = "FILE")]
        for_arbiter: Option<PathBuf>,
        #[command(flatten)]
        with: SealKeyFile,
        #[command(flatten)]
        look: ReadArgs,
    },
    /// Hold a file to a digest that stands in the record, without a desk
    #[command(after_help = CHECK_HELP)]
    Check {
        /// The file, as it was within the seal
        file: PathBuf,
        /// What `deconflict attachment open --for-arbiter` wrote
        opening: PathBuf,
        /// The digest, as it stands in the message
        #[arg(long, value_name = "HASH", value_parser = hash)]
        digest: Hash,
        /// How to print what came of it
        #[arg(long, value_enum, default_value_t = Answer::Text)]
        output: Answer,
    },
}

/// What is written down for an arbiter beside the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpeningFile {
    /// The version of this form: 1.
    v: u32,
    /// The space, by the origin of its record.
    space: String,
    /// The message that names it.
    message: MessageId,
    /// Who sent that.
    sender: PartyId,
    /// What stands in it.
    digest: Hash,
    /// The random bytes.
    random: Hash,
    /// What the file was called.
    name: String,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(of: &AttachmentArgs) -> Result<u8, Failure> {
    match &of.command {
        AttachmentCommand::Seal { file, to, into, look } => seal(file, to, into, look),
        AttachmentCommand::Open { file, message, into, for_arbiter, with, look } => {
            open(file, message, (into, for_arbiter.as_deref()), with, look)
        }
        AttachmentCommand::Check { file, opening, digest, output } => {
            check(file, opening, digest, *output)
        }
    }
}

fn seal(file: &Path, to: &[PartyId], into: &Path, look: &ReadArgs) -> Result<u8, Failure> {
    let at = look.open()?;
    let to: BTreeSet<PartyId> = to.iter().cloned().collect();
    if let Some(unknown) = to.iter().find(|party| !at.view().parties.contains_key(*party)) {
        return Err(format!("--to: party `{unknown}` is not of this space").into());
    }
    let all = recipients(&at, to).map_err(|why| format!("--to: {why}. Nothing was written"))?;
    let bytes = within(file, MOST_ATTACHMENT_BYTES as u64)?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let author = author(&at, at.party());
    let sealed = seal_attachment(author, &name, &bytes, all.iter().copied())
        .map_err(|error| format!("{}: {error}", shown(file)))?;
    write_secret(into, &sealed.bytes)?;
    let digest = Hash(sealed.commitment);
    match look.output {
        Answer::Json => {
            print_json(&json!({ "file": into.to_string_lossy(), "digest": digest, "name": name }))
        }
        Answer::Text => print(|out| {
            writeln!(out, "{}: sealed to {} recipients", shown(into), all.len())?;
            writeln!(out, "Name it in a message: digest={digest}")
        }),
    }?;
    Ok(NONE)
}

fn author<'a>(at: &'a DeskSession, party: &'a PartyId) -> SealAuthor<'a> {
    SealAuthor { space: &at.status().settings.space, party: party.as_str() }
}

fn open(
    file: &Path,
    text: &str,
    (into, for_arbiter): (&Path, Option<&Path>),
    with: &SealKeyFile,
    look: &ReadArgs,
) -> Result<u8, Failure> {
    let names = [Some(into), for_arbiter];
    names.into_iter().flatten().try_for_each(is_free)?;
    let at = look.open()?;
    let beside = Beside::at(&at);
    let id = message_named(&beside.record.ledger, text)?;
    let dialogue = beside.dialogue(id)?;
    let (_, digest) = evidence_named(&dialogue.message).ok_or_else(|| {
        format!("message {}: it names no digest of anything that is kept as evidence", short(id))
    })?;
    let Some(key) = &with.seal_key else {
        return Err("give --seal-key FILE: the seal key that opens it".to_owned().into());
    };
    let bytes = within(file, MOST_SEALED_BYTES as u64)?;
    let key = unlock_seal(key, with.seal_passphrase_file.as_deref())?;
    let sender = &dialogue.sender;
    let (opening, content) = open_attachment(&bytes, author(&at, sender), &digest.0, &key)
        .map_err(|error| format!("{}, message {}: {error}", shown(file), short(id)))?;
    let AttachmentOpening { random, name } = opening;
    let space = at.status().settings.space.clone();
    let random = Hash(random);
    let written =
        OpeningFile { v: 1, space, message: id, sender: sender.clone(), digest, random, name };
    write_secret(into, &content)?;
    if let Some(path) = for_arbiter
        && let Err(why) = write_opening(path, &written)
    {
        // Both or neither: what is done in half cannot be done again under the same name.
        let _ = fs::remove_file(into);
        return Err(why);
    }
    match look.output {
        Answer::Json => print_json(&written),
        Answer::Text => print(|out| {
            let name = printable(&written.name);
            writeln!(
                out,
                "{}: what {sender} committed to in message {}, and called {name}",
                shown(into),
                short(id)
            )?;
            match for_arbiter {
                Some(path) => writeln!(out, "{}: an arbiter needs it beside the file", shown(path)),
                None => Ok(()),
            }
        }),
    }?;
    Ok(NONE)
}

fn check(file: &Path, opening: &Path, digest: &Hash, output: Answer) -> Result<u8, Failure> {
    let read: OpeningFile =
        read_opening(opening, "attachment open", |opening: &OpeningFile| opening.v)?;
    let content = within(file, MOST_ATTACHMENT_BYTES as u64)?;
    let author = SealAuthor { space: &read.space, party: read.sender.as_str() };
    let within = AttachmentOpening { random: read.random.0, name: read.name };
    let fits = within.commitment(author, &content) == digest.0;
    match output {
        Answer::Json => print_json(&json!({ "fits": fits, "digest": digest })),
        Answer::Text => print(|out| {
            let (file, sender) = (shown(file), &read.sender);
            match fits {
                true => writeln!(out, "{file}: it is what {sender} committed to"),
                false => writeln!(out, "{file}: it is NOT what was committed to by this digest"),
            }
        }),
    }?;
    Ok(if fits { NONE } else { CONFLICTS })
}
