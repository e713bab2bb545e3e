//! Remarks that are sealed: sealing them, opening them, and showing an arbiter what they said.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use deconflict_core::{Dialogue, MessageId, MessageRemark, PartyId, SealedRemark};
use deconflict_record::Hash;
use deconflict_seal::{MOST_RECIPIENTS, SealAuthor, SealOpening, open, seal};
use deconflict_vocabulary::{LanguageTag, Prose};
use deconflict_words::{printable, remark_line, short};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::beside::Beside;
use super::references::message_named;
use crate::desk_client::{DeskSession, ReadArgs};
use crate::input::within;
use crate::options::{Answer, words};
use crate::outcome::{CONFLICTS, Failure, NONE, print, print_json};
use crate::output::write_secret;
use crate::passphrase::unlock_seal;
use crate::text::shown;

/// The longest file of an opening that is read, bytes.
const MOST_OPENING_BYTES: u64 = 64 * 1024;

pub(super) const OPEN_HELP: &str = "\
Examples:
  deconflict inbox open 4be1c0ff --seal-key duty.seal
  deconflict inbox open 4be1c0ff --seal-key archive.seal --for-arbiter opening.json

Whoever sent a sealed remark and whom it went to each open it with a seal key of theirs. What was within is held to the
commitment that stands in the record; where it does not fit, it is not shown. The file for an arbiter has the remark and the
random bytes: whoever has it reads the remark, and can hold it to the record (`inbox verify-opening`, `seal-key check`).

Exit status: 0 done; 2 failure; 3 the host was caught.";

pub(super) const VERIFY_HELP: &str = "\
Example:
  deconflict inbox verify-opening opening.json

Holds a remark that somebody opened to the commitment in the message that this desk has.

Exit status: 0 it is what was sealed; 1 it is not; 2 failure; 3 the host was caught.";

/// With which seal key.
#[derive(Args, Clone, Debug)]
pub(crate) struct SealKeyFile {
    /// The seal key's file (`deconflict seal-key new`)
    #[arg(long, value_name = "FILE", env = "DECONFLICT_SEAL_KEY")]
    pub(crate) seal_key: Option<PathBuf>,
    /// A file with its passphrase in its first line; else it is asked for at the terminal
    #[arg(long, value_name = "FILE", env = "DECONFLICT_SEAL_PASSPHRASE_FILE")]
    pub(crate) seal_passphrase_file: Option<PathBuf>,
}

/// What is written down for an arbiter.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpeningFile {
    /// The version of this form: 1.
    v: u32,
    /// The space, by the origin of its record.
    space: String,
    /// The message.
    message: MessageId,
    /// Who sent it.
    sender: PartyId,
    /// What stands in the record.
    commitment: Hash,
    /// The random bytes.
    random: Hash,
    /// The language of the remark.
    language: LanguageTag,
    /// The remark.
    remark: String,
}

impl OpeningFile {
    fn opening(&self) -> SealOpening {
        let language = self.language.as_str().to_owned();
        SealOpening { random: self.random.0, language, text: self.remark.clone() }
    }

    fn author(&self) -> SealAuthor<'_> {
        SealAuthor { space: &self.space, party: self.sender.as_str() }
    }

    fn read(path: &Path) -> Result<OpeningFile, Failure> {
        read_opening(path, "inbox open", |opening: &OpeningFile| opening.v)
    }

    fn prose(&self) -> Prose {
        Prose { text: self.remark.clone(), language: self.language.clone() }
    }
}

/// What a command wrote down for an arbiter, in the version that this release reads.
///
/// # Errors
/// When the file cannot be read, is too long, is something else or is of another version.
pub(crate) fn read_opening<T: DeserializeOwned>(
    path: &Path,
    command: &str,
    version: fn(&T) -> u32,
) -> Result<T, Failure> {
    let fail = |fault: String| Failure::from(format!("{}: {fault}", shown(path)));
    let bytes = within(path, MOST_OPENING_BYTES)?;
    let opening: T = serde_json::from_slice(&bytes).map_err(|error| {
        let error = printable(&error.to_string());
        fail(format!("{error}: must be what `deconflict {command} --for-arbiter` wrote"))
    })?;
    match version(&opening) {
        1 => Ok(opening),
        v => Err(fail(format!("version {v}: this release reads version 1"))),
    }
}

/// What [`read_opening`] reads.
///
/// # Errors
/// When there is a file of this name already, or it cannot be written.
pub(crate) fn write_opening(path: &Path, opening: &impl Serialize) -> Result<(), Failure> {
    let mut bytes = serde_json::to_vec_pretty(opening).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    write_secret(path, &bytes)
}

/// Seals a remark to the addressees and to the sender's own party.
///
/// # Errors
/// When one of them has said to no recipient that remarks are to be sealed, or to one that this release cannot use.
pub(super) fn sealed(
    at: &DeskSession,
    to: impl IntoIterator<Item = PartyId>,
    remark: &Prose,
) -> Result<SealedRemark, Failure> {
    let all = recipients(at, to).map_err(|why| {
        format!("--sealed: {why}: leave --sealed out, and the host and all addressees read the remark. Nothing was signed")
    })?;
    let author = SealAuthor { space: &at.status().settings.space, party: at.party().as_str() };
    let sealed = seal(author, remark.language.as_str(), &remark.text, all.iter().copied());
    let sealed = sealed.map_err(|error| format!("--sealed: {error}: nothing was signed"))?;
    Ok(SealedRemark { age: STANDARD.encode(&sealed.bytes), commitment: Hash(sealed.commitment) })
}

/// The recipients of these parties, and of the desk's own.
///
/// # Errors
/// Whose are missing, or none that this release can seal to; or that they are too many.
pub(crate) fn recipients(
    at: &DeskSession,
    to: impl IntoIterator<Item = PartyId>,
) -> Result<BTreeSet<&str>, String> {
    let own = at.party();
    let (parties, mut all) = (to.into_iter().chain([own.clone()]), BTreeSet::new());
    for party in parties {
        let known = at.view().parties.get(&party).map(|known| &known.recipients);
        let Some(recipients) = known.filter(|all| !all.is_empty()) else {
            let whose =
                if party == *own { "this party itself".to_owned() } else { party.to_string() };
            return Err(format!(
                "{whose} has declared no recipient, and could not read it (`deconflict seal-key declare`)"
            ));
        };
        for recipient in recipients {
            if !deconflict_seal::can_seal_to(recipient.as_str()) {
                let recipient = printable(recipient.as_str());
                return Err(format!(
                    "{party} declared {recipient}, to which this release cannot seal: it is to declare another"
                ));
            }
            all.insert(recipient.as_str());
        }
        if all.len() > MOST_RECIPIENTS {
            return Err(format!(
                "with {party} it would be for {} recipients, and {MOST_RECIPIENTS} is the most: address fewer parties at \
                 once",
                all.len()
            ));
        }
    }
    Ok(all)
}

/// The sealed remark of a message.
fn of_message(id: MessageId, dialogue: &Dialogue) -> Result<&SealedRemark, Failure> {
    let sealed = dialogue.remark.as_ref().and_then(MessageRemark::sealed);
    sealed.ok_or_else(|| format!("message {}: it has no sealed remark", short(id)).into())
}

/// What is within the seal, and that it is what was committed to.
fn opened(
    space: &str,
    (id, dialogue): (MessageId, &Dialogue),
    with: &SealKeyFile,
) -> Result<OpeningFile, Failure> {
    let sealed = of_message(id, dialogue)?;
    let Some(file) = &with.seal_key else {
        return Err("give --seal-key FILE: the seal key that opens it".to_owned().into());
    };
    let fail = |fault: String| Failure::from(format!("message {}: {fault}", short(id)));
    let bytes = STANDARD.decode(&sealed.age);
    let bytes = bytes.map_err(|_| fail("what is sealed is not base64".to_owned()))?;
    let key = unlock_seal(file, with.seal_passphrase_file.as_deref())?;
    let author = SealAuthor { space, party: dialogue.sender.as_str() };
    let opening = open(&bytes, author, &sealed.commitment.0, &key)
        .map_err(|error| fail(format!("{}: {error}", shown(file))))?;
    let language = LanguageTag::new(&opening.language);
    let language = language.ok_or_else(|| fail("its language is no tag".to_owned()))?;
    Ok(OpeningFile {
        v: 1,
        space: space.to_owned(),
        message: id,
        sender: dialogue.sender.clone(),
        commitment: sealed.commitment,
        random: Hash(opening.random),
        language,
        remark: opening.text,
    })
}

/// The remark of a message for whoever shows it with a seal key, or why it does not open, which hides nothing of the
/// message; `None`: it has none that is sealed, or no key was given.
pub(super) fn line(
    space: &str,
    (id, dialogue): (MessageId, &Dialogue),
    with: &SealKeyFile,
) -> Option<String> {
    let is_sealed = dialogue.remark.as_ref().is_some_and(|remark| remark.sealed().is_some());
    if !is_sealed || with.seal_key.is_none() {
        return None;
    }
    Some(match opened(space, (id, dialogue), with) {
        Ok(opening) => {
            let remark = remark_line(words(), &opening.prose());
            format!("The sealed remark, opened here: {remark}")
        }
        Err(fault) => format!("The sealed remark could not be opened: {}", fault.lines.join(" ")),
    })
}

/// Opens the sealed remark of a message.
pub(super) fn run(
    text: &str,
    with: &SealKeyFile,
    for_arbiter: Option<&Path>,
    look: &ReadArgs,
) -> Result<u8, Failure> {
    let at = look.open()?;
    let beside = Beside::at(&at);
    let id = message_named(&beside.record.ledger, text)?;
    let dialogue = beside.dialogue(id)?;
    let opening = opened(&at.status().settings.space, (id, dialogue), with)?;
    if let Some(file) = for_arbiter {
        write_opening(file, &opening)?;
    }
    let sender = &opening.sender;
    match look.output {
        Answer::Json => print_json(&opening),
        Answer::Text => print(|out| {
            writeln!(out, "message {} of {}, sealed remark:", short(id), sender)?;
            writeln!(out, "  {}", remark_line(words(), &opening.prose()))?;
            writeln!(out, "It is what {sender} committed to in the record.")?;
            match for_arbiter {
                Some(file) => writeln!(out, "{}: whoever has it can read the remark", shown(file)),
                None => Ok(()),
            }
        }),
    }?;
    Ok(NONE)
}

/// Says whether an opening is what was committed to.
fn judged(opening: &OpeningFile, commitment: &Hash, output: Answer) -> Result<u8, Failure> {
    let fits = opening.opening().commitment(opening.author()) == commitment.0;
    match output {
        Answer::Json => print_json(&json!({ "fits": fits, "commitment": commitment })),
        Answer::Text => print(|out| match fits {
            true => {
                let line = remark_line(words(), &opening.prose());
                writeln!(out, "It is what was committed to: {line}")
            }
            false => writeln!(out, "It is NOT what was committed to: another remark was sealed"),
        }),
    }?;
    Ok(if fits { NONE } else { CONFLICTS })
}

/// Holds an opening to the message that this desk has.
pub(super) fn verify(file: &Path, look: &ReadArgs) -> Result<u8, Failure> {
    let opening = OpeningFile::read(file)?;
    let at = look.open()?;
    let id = opening.message;
    let beside = Beside::at(&at);
    let dialogue = beside.dialogue(id).map_err(|_| {
        format!(
            "message {}: this desk does not have it: `deconflict seal-key check` needs none",
            short(id)
        )
    })?;
    let space = &at.status().settings.space;
    if opening.space != *space {
        return Err(format!(
            "message {}: was sent in {}, and the file says in {}",
            short(id),
            printable(space),
            printable(&opening.space)
        )
        .into());
    }
    if dialogue.sender != opening.sender {
        return Err(format!(
            "message {}: was sent by {}, and the file says by {}",
            short(id),
            dialogue.sender,
            opening.sender
        )
        .into());
    }
    judged(&opening, &of_message(id, dialogue)?.commitment, look.output)
}

/// An opening and the commitment that it is held to.
#[derive(Args, Debug)]
pub(crate) struct CheckOpening {
    /// What `deconflict inbox open --for-arbiter` wrote
    file: PathBuf,
    /// The commitment, as it stands in the message
    #[arg(long, value_name = "HASH", value_parser = hash)]
    commitment: Hash,
    /// How to print what came of it
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

pub(crate) fn hash(text: &str) -> Result<Hash, String> {
    Hash::from_hex(text.trim()).map_err(|_| "must be 64 hexadecimal digits".to_owned())
}

/// Holds an opening to a commitment, without a desk.
pub(crate) fn check_opening(of: &CheckOpening) -> Result<u8, Failure> {
    judged(&OpeningFile::read(&of.file)?, &of.commitment, of.output)
}
