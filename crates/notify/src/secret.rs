//! Passwords, shared secrets and tokens: read from where only the desk's user reads, and shown nowhere.

use std::env;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error};
use zeroize::Zeroizing;

/// The longest secret, bytes.
const MOST_BYTES: u64 = 4 * 1024;
/// The shortest one that is taken out of what others said, characters: shorter ones stand in too much else.
const LEAST_SCRUBBED: usize = 4;

/// A secret. It prints as nothing.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(text: &str) -> Secret {
        Secret(Zeroizing::new(text.to_owned()))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// A text without it.
    pub(crate) fn scrub(&self, text: &str) -> String {
        if self.0.chars().count() < LEAST_SCRUBBED {
            return text.to_owned();
        }
        text.replace(self.0.as_str(), "...")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Where a secret stands: the settings themselves never hold one.
#[derive(Clone)]
pub(crate) enum SecretPlace {
    /// The first line of a file that its owner alone may read. Relative to the folder of the settings.
    File(std::path::PathBuf),
    /// An environment variable of the desk.
    Env(String),
}

/// What is said where something else stands in its place: never what that is.
pub(crate) const SECRET_ELSEWHERE: &str =
    "must be {\"file\": ...} or {\"env\": ...}; a secret itself never stands here";

impl<'de> Deserialize<'de> for SecretPlace {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<SecretPlace, D::Error> {
        let value = serde_json::Value::deserialize(from).ok();
        let member = value.as_ref().and_then(|value| value.as_object());
        let member = member.filter(|all| all.len() == 1).and_then(|all| all.iter().next());
        match member.and_then(|(name, value)| Some((name.as_str(), value.as_str()?))) {
            Some(("file", file)) => Ok(SecretPlace::File(file.into())),
            Some(("env", name)) => Ok(SecretPlace::Env(name.to_owned())),
            _ => Err(D::Error::custom(SECRET_ELSEWHERE)),
        }
    }
}

impl SecretPlace {
    /// Reads it.
    ///
    /// # Errors
    /// In words: what is wrong, and what to do.
    pub(crate) fn read(&self, folder: &Path) -> Result<Secret, String> {
        match self {
            SecretPlace::File(file) => of_file(&folder.join(file)),
            SecretPlace::Env(name) => {
                let value = env::var(name).map(Zeroizing::new).map_err(|_| {
                    // Not which: a secret itself may stand there by mistake.
                    "the environment variable that is named is not set for this command, or is no text: set it, or \
                     name a file: {\"file\": \"NAME\"}"
                        .to_owned()
                })?;
                not_empty(&value, &format!("the environment variable {}", name.escape_debug()))
            }
        }
    }
}

fn of_file(path: &Path) -> Result<Secret, String> {
    let name = path.display().to_string().escape_debug().to_string();
    let mut file = File::open(path).map_err(|error| {
        // Not which, where there is none: a secret itself may stand there by mistake.
        let name = if path.exists() { &name } else { "the file that is named" };
        format!(
            "{name}: cannot be read ({error}): write the secret into its first line, with mode 600"
        )
    })?;
    is_private(&file, &name)?;
    let mut text = Zeroizing::new(String::new());
    let read = file.by_ref().take(MOST_BYTES + 1).read_to_string(&mut text);
    read.map_err(|error| format!("{name}: cannot be read as text: {error}"))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(format!("{name}: has more than {MOST_BYTES} bytes: that is no secret"));
    }
    not_empty(&text, &name)
}

fn not_empty(text: &str, place: &str) -> Result<Secret, String> {
    // Some editors put a mark before UTF-8: it is no part of a secret.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return Err(format!("{place}: its first line is empty: write the secret there"));
    }
    Ok(Secret::new(line))
}

/// Whether nobody but its owner, who is this user or the system's, may read a file.
#[cfg(unix)]
fn is_private(file: &File, name: &str) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    let about = file.metadata().map_err(|error| format!("{name}: cannot be looked at: {error}"))?;
    if about.mode() & 0o077 != 0 {
        return Err(format!(
            "{name}: others than its owner may read or write it (mode {:o}): chmod 600 it",
            about.mode() & 0o777
        ));
    }
    if !crate::ownership::is_of_this_user(&about) {
        return Err(format!("{name}: belongs to another user: it must be this user's own"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn is_private(_file: &File, _name: &str) -> Result<(), String> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_that_others_may_read_is_refused_and_one_that_is_read_is_shown_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        fs::write(&file, "hunter2\nmore\n").unwrap();
        let place = SecretPlace::File("password".into());
        let told = |mode: u32| {
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            place.read(folder.path())
        };
        assert!(told(0o640).unwrap_err().contains("chmod 600"));
        let secret = told(0o600).unwrap();
        assert_eq!(secret.reveal(), "hunter2");
        assert_eq!(format!("{secret:?}"), "Secret");
        fs::write(&file, "\u{feff}hunter2\r\n").unwrap();
        assert_eq!(told(0o600).unwrap().reveal(), "hunter2");
        assert_eq!(secret.scrub("535 hunter2: wrong"), "535 ...: wrong");
        fs::write(&file, "\n").unwrap();
        assert!(told(0o600).unwrap_err().contains("empty"));
        let nowhere = SecretPlace::File("nowhere".into()).read(folder.path());
        assert!(nowhere.unwrap_err().contains("mode 600"));
        let unset = SecretPlace::Env("DECONFLICT_NOT_SET".into()).read(folder.path());
        assert!(unset.unwrap_err().contains("is not set for this command"));
    }
}
