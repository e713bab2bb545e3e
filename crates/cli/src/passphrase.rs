//! Passphrases: from a file that only its owner may read, or typed.

use std::fs::{self, File};
use std::io::{ErrorKind, IsTerminal, Read, stdin};
use std::path::Path;

use deconflict_desk::{Cost, KeyFile, KeyFileError, MIN_GUARDED_PASSPHRASE, MIN_PASSPHRASE};
use deconflict_record::SigningKey;
use deconflict_seal::{MOST_KEY_FILE_BYTES, SealKey};
use zeroize::Zeroizing;

use crate::outcome::{Failure, INTERRUPTED, remark};
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

/// Opens the file of a seal key, with the passphrase in a file or typed.
pub(crate) fn unlock_seal(path: &Path, passphrase_file: Option<&Path>) -> Result<SealKey, Failure> {
    let fail = |fault: String| Failure::from(format!("{}: {fault}", shown(path)));
    let mut bytes = Vec::new();
    let opened = File::open(path).map_err(|error| fail(format!("cannot be read: {error}")))?;
    let most = MOST_KEY_FILE_BYTES as u64 + 1;
    let read = opened.take(most).read_to_end(&mut bytes);
    read.map_err(|error| fail(format!("cannot be read: {error}")))?;
    let prompt = format!("Passphrase of the seal key ({}): ", shown(path));
    let passphrase = given(passphrase_file, &prompt)?;
    SealKey::unlock(&bytes, &passphrase).map_err(|error| fail(error.to_string()))
}

/// A passphrase from a file, or typed.
pub(crate) fn given(file: Option<&Path>, prompt: &str) -> Result<Zeroizing<String>, Failure> {
    file.map_or_else(|| typed(prompt), read)
}

/// How well a key is to be guarded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Guard {
    /// As one that can be revoked: an operator's, a witness's.
    Usual,
    /// As one on which others depend: a root's, the record's.
    High,
}

impl Guard {
    /// How a key file is guarded.
    pub(crate) fn of(file: &KeyFile) -> Guard {
        if file.cost().memory_kib >= Cost::GUARDED.memory_kib { Guard::High } else { Guard::Usual }
    }

    /// What a guess at its passphrase costs.
    pub(crate) fn cost(self) -> Cost {
        match self {
            Guard::Usual => Cost::default(),
            Guard::High => Cost::GUARDED,
        }
    }

    fn least(self) -> usize {
        match self {
            Guard::Usual => MIN_PASSPHRASE,
            Guard::High => MIN_GUARDED_PASSPHRASE,
        }
    }
}

/// A passphrase for a new key file: from a file, or typed twice. Of a key that is guarded well, words are made
/// where nothing is typed.
pub(crate) fn chosen(
    passphrase_file: Option<&Path>,
    guard: Guard,
) -> Result<Zeroizing<String>, Failure> {
    let least = guard.least();
    let passphrase = match passphrase_file {
        Some(from) => read(from)?,
        None => {
            if guard == Guard::High {
                remark(&format!(
                    "{least} characters or more, or nothing: then words are made for you to write down"
                ));
            }
            let mut first = typed("New passphrase: ")?;
            if first.is_empty() && guard == Guard::High {
                first = made_words()?;
                remark(&format!("Write these words down, and type them: {}", *first));
            }
            if first.chars().count() >= least && *typed("Once more: ")? != *first {
                return Err("the two passphrases differ: nothing was written".to_owned().into());
            }
            first
        }
    };
    if passphrase.chars().count() < least {
        if guard == Guard::High {
            return Err(format!(
                "the passphrase of a key on which others depend must have at least {least} characters"
            )
            .into());
        }
        return Err(of_key_file(KeyFileError::Short));
    }
    Ok(passphrase)
}

/// Six words of 16 random bits each that can be spoken and written down (D. Wilkerson, "A Proposal for Proquints:
/// Identifiers that are Readable, Spellable, and Pronounceable", 2009).
fn made_words() -> Result<Zeroizing<String>, Failure> {
    let mut drawn = Zeroizing::new([0; 12]);
    getrandom::fill(&mut *drawn)
        .map_err(|error| format!("the system gave no randomness: {error}"))?;
    Ok(words_of(&drawn))
}

fn words_of(drawn: &[u8; 12]) -> Zeroizing<String> {
    const CONSONANTS: [char; 16] =
        ['b', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z'];
    const VOWELS: [char; 4] = ['a', 'i', 'o', 'u'];
    let mut words = Zeroizing::new(String::with_capacity(36));
    for pair in drawn.as_chunks::<2>().0 {
        let bits = usize::from(u16::from_be_bytes(*pair));
        if !words.is_empty() {
            words.push('-');
        }
        words.push(CONSONANTS[bits >> 12 & 15]);
        words.push(VOWELS[bits >> 10 & 3]);
        words.push(CONSONANTS[bits >> 6 & 15]);
        words.push(VOWELS[bits >> 4 & 3]);
        words.push(CONSONANTS[bits & 15]);
    }
    words
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_made_of_what_was_drawn_and_no_two_drawings_make_the_same() {
        // The examples of the proposal: 127.0.0.1 and 63.84.220.193.
        let drawn = [127, 0, 0, 1, 63, 84, 220, 193, 0, 0, 255, 255];
        assert_eq!(*words_of(&drawn), "lusab-babad-gutih-tugad-babab-zuzuz");
        let (one, other) = (made_words().unwrap(), made_words().unwrap());
        assert!(one.len() == 35 && *one != *other);
    }
}
