//! `deconflict key`: key files.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use deconflict_desk::KeyFile;
use deconflict_record::{Hash, KeyUse, VerifyingKey, Vkey, leaf_hash};
use deconflict_words::printable;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::options::Answer;
use crate::outcome::{Failure, NONE, print};
use crate::passphrase::{Guard, chosen, given, of_key_file};
use crate::text::shown;

/// Make and show key files.
#[derive(Args, Debug)]
pub(crate) struct Key {
    #[command(subcommand)]
    command: KeyCommand,
}

const NEW_HELP: &str = "\
Examples:
  deconflict key new duty.key
  deconflict key new log.key --name deconflict.example/at-tanf --use log
      prints the verifier key that other parties compare and set their desks up with
  deconflict key new root-after-next.key --use root

The file is locked by a passphrase of 8 characters or more, that of the record's key or of a root by one of 12 or
more; where nothing is typed for such a key, words are made. Whoever has both can speak with this key;
who loses either cannot. A file that stands there already is never overwritten.

One key, one use: a party's root, each operator, the record's heads and each witness need their own.";

const SHOW_HELP: &str = "\
Examples:
  deconflict key show duty.key
  deconflict key show witness.key --name power-1.example/desk --use witness

Needs no passphrase: whose key it is stands in the file in plain.";

const CHANGE_HELP: &str = "\
Example:
  deconflict key change duty.key

The key stays the same, and copies of the old file still open with the old passphrase: if somebody may
have both, have the key revoked (`deconflict party revoke`) and enrol a new one.";

#[derive(Subcommand, Debug)]
enum KeyCommand {
    /// Make a new key, locked by a passphrase
    #[command(after_help = NEW_HELP)]
    New {
        /// The file to write; for its owner's eyes only
        file: PathBuf,
        /// A file with the passphrase in its first line; else it is asked for at the terminal
        #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
        passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        shown: PublicForm,
    },
    /// Lock a key file by another passphrase
    #[command(after_help = CHANGE_HELP)]
    Change {
        /// The key file
        file: PathBuf,
        /// A file with the present passphrase in its first line
        #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
        passphrase_file: Option<PathBuf>,
        /// A file with the new passphrase in its first line
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
    /// Show whose key a file holds
    #[command(after_help = SHOW_HELP)]
    Show {
        /// The key file
        file: PathBuf,
        #[command(flatten)]
        shown: PublicForm,
    },
}

/// What is shown of a key.
#[derive(Args, Debug)]
struct PublicForm {
    /// Print the verifier key under this name: a space's, or a witness's
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What the key is for; with a name: what it signs under it
    #[arg(long = "use", value_name = "USE", default_value = "log")]
    used: KeyPurpose,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

impl PublicForm {
    /// How well a key of this use is to be guarded.
    fn guard(&self) -> Guard {
        match (&self.name, self.used) {
            (Some(_), KeyPurpose::Log) | (None, KeyPurpose::Root) => Guard::High,
            _ => Guard::Usual,
        }
    }
}

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum KeyPurpose {
    /// A party's next root, which needs no name
    Root,
    /// The heads of a space's record
    Log,
    /// Cosignatures of a witness
    Witness,
}

/// A key in all the forms in which it is asked for.
#[derive(Serialize)]
struct Forms {
    file: String,
    key_id: String,
    public: String,
    next_root: Hash,
    #[serde(skip_serializing_if = "Option::is_none")]
    vkey: Option<String>,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(key: &Key) -> Result<u8, Failure> {
    match &key.command {
        KeyCommand::New { file, passphrase_file, shown } => {
            // Before the work of locking, and before somebody types a passphrase in vain.
            if fs::symlink_metadata(file).is_ok() {
                return Err(of_key_file(deconflict_desk::KeyFileError::Exists(file.clone())));
            }
            let guard = shown.guard();
            let passphrase = chosen(passphrase_file.as_deref(), guard)?;
            let made = KeyFile::create_with(file, &*seed()?, &passphrase, guard.cost());
            let made = made.map_err(of_key_file)?;
            show(file, made.public(), shown)
        }
        KeyCommand::Change { file, passphrase_file, new_passphrase_file } => {
            let key_file = KeyFile::read(file).map_err(of_key_file)?;
            let passphrase = given(passphrase_file.as_deref(), "Present passphrase: ")?;
            let new = chosen(new_passphrase_file.as_deref(), Guard::of(&key_file))?;
            key_file.change(&passphrase, &new).map_err(of_key_file)?;
            let name = shown(file);
            print(|out| writeln!(out, "{name}: locked by the new passphrase from now on"))?;
            Ok(NONE)
        }
        KeyCommand::Show { file, shown } => {
            show(file, KeyFile::read(file).map_err(of_key_file)?.public(), shown)
        }
    }
}

/// 32 bytes of the system's randomness.
pub(crate) fn seed() -> Result<Zeroizing<[u8; 32]>, Failure> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed)
        .map_err(|error| format!("the system gave no randomness: {error}"))?;
    Ok(seed)
}

/// What a charter holds of the root after the present one: the hash of its id.
pub(crate) fn commitment(root: &VerifyingKey) -> Hash {
    leaf_hash(&root.id().0.0)
}

fn show(file: &std::path::Path, public: VerifyingKey, shown: &PublicForm) -> Result<u8, Failure> {
    let used = match shown.used {
        KeyPurpose::Log => KeyUse::Log,
        KeyPurpose::Witness => KeyUse::Witness,
        KeyPurpose::Root if shown.name.is_none() => KeyUse::Log,
        KeyPurpose::Root => {
            return Err("--use root: a root has no name: leave --name out".to_owned().into());
        }
    };
    let vkey = shown.name.as_ref().map(|name| Vkey::new(name, used, public));
    let vkey = vkey.transpose().map_err(|error| format!("--name: {error}"))?;
    let forms = Forms {
        file: file.to_string_lossy().into_owned(),
        key_id: public.id().to_string(),
        public: public.to_string(),
        next_root: commitment(&public),
        vkey: vkey.map(|vkey| vkey.to_string()),
    };
    match shown.output {
        Answer::Json => {
            let json = serde_json::to_string_pretty(&forms).map_err(|error| error.to_string())?;
            print(|out| writeln!(out, "{json}"))
        }
        Answer::Text => print(|out| {
            writeln!(out, "file       {}", printable(&forms.file))?;
            writeln!(out, "key id     {}", forms.key_id)?;
            writeln!(out, "public     {}", forms.public)?;
            writeln!(out, "next root  {}", forms.next_root)?;
            forms.vkey.iter().try_for_each(|vkey| writeln!(out, "verifier   {vkey}"))
        }),
    }?;
    Ok(NONE)
}
