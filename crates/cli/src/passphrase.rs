//! Passphrases: from a file that only its owner may read, or typed.

use std::fs::{self, File};
use std::io::{ErrorKind, IsTerminal, Read, stdin};
use std::path::Path;

use deconflict_desk::{KeyFile, KeyFileError, MIN_PASSPHRASE};
use deconflict_record::SigningKey;
use zeroize::Zeroizing;

use crate::outcome::{Failure, INTERRUPTED};
use crate::signals::while_typing;
use crate::text::shown;

const MAX_BYTES: u64 = 4_096;

/// Opens a key file, with the passphrase in a file or typed. `whose` says which key it is, in words:
/// `the duty officer's key`.
pub(crate) fn unlock(
    path: &Path,
    passphrase_file: Option<&Path>,
    whose: &str,
) -> Result<SigningKey, Failure> {
    let file = KeyFile::read(path).map_err(of_key_file)?;
    let passphrase = given(passphrase_file, &format!("Passphrase of {whose} ({}): ", shown(path)))?;
    file.unlock(&passphrase).map_err(of_key_file)
}

/// A passphrase from a file, or typed.
pub(crate) fn given(file: Option<&Path>, prompt: &str) -> Result<Zeroizing<String>, Failure> {
    file.map_or_else(|| typed(prompt), read)
}

/// A passphrase for a new key file: from a file, or typed twice.
pub(crate) fn chosen(passphrase_file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    let passphrase = match passphrase_file {
        Some(from) => read(from)?,
        None => {
            let first = typed("New passphrase: ")?;
            if first.chars().count() >= MIN_PASSPHRASE && *typed("Once more: ")? != *first {
                return Err("the two passphrases differ: nothing was written".to_owned().into());
            }
            first
        }
    };
    if passphrase.chars().count() < MIN_PASSPHRASE {
        return Err(of_key_file(KeyFileError::Short));
    }
    Ok(passphrase)
}

pub(crate) fn of_key_file(error: KeyFileError) -> Failure {
    error.to_string().into()
}

/// The first line of a file that only its owner may read.
fn read(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let fail = |fault: String| Failure::from(format!("{}: {fault}", shown(path)));
    let file = File::open(path).map_err(|error| fail(format!("cannot be read: {error}")))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let there = file.metadata().map_err(|error| fail(format!("cannot be read: {error}")))?;
        let mode = there.permissions().mode() & 0o777;
        if there.is_file() && mode & 0o077 != 0 {
            let remedy = "others can read this passphrase: make the file 0600";
            return Err(fail(format!("{remedy} (it is {mode:04o})")));
        }
    }
    let mut text = Zeroizing::new(String::new());
    let read = file.take(MAX_BYTES).read_to_string(&mut text);
    read.map_err(|error| fail(format!("cannot be read: {error}")))?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

fn typed(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    let terminal = stdin().is_terminal() || fs::metadata("/dev/tty").is_ok();
    let typed = if terminal {
        while_typing(|| rpassword::prompt_password(prompt))?
    } else {
        Err(ErrorKind::NotFound.into())
    };
    typed.map(Zeroizing::new).map_err(|error| match error.kind() {
        ErrorKind::Interrupted => {
            let lines = vec!["interrupted: no passphrase was typed".to_owned()];
            Failure { status: INTERRUPTED, lines }
        }
        ErrorKind::UnexpectedEof => "no passphrase was typed".to_owned().into(),
        _ => "no terminal to type a passphrase at: give --passphrase-file FILE, or \
              DECONFLICT_PASSPHRASE_FILE in the environment"
            .to_owned()
            .into(),
    })
}
