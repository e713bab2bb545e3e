//! The key that opens what is sealed to a party: an age identity, locked by a passphrase.

use std::fmt;
use std::io::{Read, Write};
use std::iter;

use age::secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::SealError;

/// The longest file of a key that is read, bytes.
pub const MOST_KEY_FILE_BYTES: usize = 4_096;

/// Guessing a passphrase costs at most this much (scrypt's N is 2 to this): a file that asks for more is refused.
const MOST_WORK: u8 = 22;

/// The key that opens what is sealed to its recipient.
pub struct SealKey(age::x25519::Identity);

impl SealKey {
    /// A new one.
    pub fn generate() -> SealKey {
        SealKey(age::x25519::Identity::generate())
    }

    /// To what others seal so that this key opens it: `age1...`.
    pub fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }

    /// The key locked by a passphrase, as age locks identities: `age --decrypt` opens it too. It takes about a second.
    ///
    /// # Errors
    /// When memory fails.
    pub fn lock(&self, passphrase: &str) -> Result<Vec<u8>, SealError> {
        let lock = age::Encryptor::with_user_passphrase(SecretString::from(passphrase.to_owned()));
        let mut locked = Vec::new();
        let mut writer = lock.wrap_output(&mut locked).map_err(|_| SealError::TooLong)?;
        let key = self.0.to_string();
        let line = Zeroizing::new(format!("{}\n", key.expose_secret()));
        writer.write_all(line.as_bytes()).map_err(|_| SealError::TooLong)?;
        writer.finish().map_err(|_| SealError::TooLong)?;
        Ok(locked)
    }

    /// The key out of a file that [`SealKey::lock`] or `age --passphrase` made. It takes about a second.
    ///
    /// # Errors
    /// When it is no such file, holds no X25519 identity, or the passphrase is another one.
    pub fn unlock(file: &[u8], passphrase: &str) -> Result<SealKey, SealError> {
        if file.len() > MOST_KEY_FILE_BYTES {
            return Err(SealError::NoKey);
        }
        let lock = age::Decryptor::new(file).map_err(|_| SealError::NoKey)?;
        if !lock.is_scrypt() {
            return Err(SealError::NoKey);
        }
        let mut opens = age::scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
        opens.set_max_work_factor(MOST_WORK);
        let reader = lock.decrypt(iter::once(&opens as &dyn age::Identity));
        let reader = reader.map_err(|_| SealError::Passphrase)?;
        let mut text = Zeroizing::new(String::new());
        let most = MOST_KEY_FILE_BYTES as u64;
        reader.take(most).read_to_string(&mut text).map_err(|_| SealError::Passphrase)?;
        let mut lines = text.lines().map(str::trim);
        let line = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
        let key = line.and_then(|line| line.parse().ok());
        key.map(SealKey).ok_or(SealError::NoKey)
    }

    pub(crate) fn identity(&self) -> &dyn age::Identity {
        &self.0
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SealKey").field(&self.recipient()).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test's own set-up")]

    use super::*;
    use crate::SealAuthor;

    const NORTH: SealAuthor<'static> = SealAuthor { space: "host.example/straits", party: "north" };

    #[test]
    fn a_key_is_locked_by_its_passphrase_and_nothing_else_opens_it() {
        let key = SealKey::generate();
        let locked = key.lock("correct horse").unwrap();
        assert!(locked.len() < MOST_KEY_FILE_BYTES);
        assert!(!String::from_utf8_lossy(&locked).contains("AGE-SECRET-KEY"));
        let same = SealKey::unlock(&locked, "correct horse").unwrap();
        assert_eq!(same.recipient(), key.recipient());
        assert!(!format!("{key:?}").contains("SECRET"));
        let fails = |file: &[u8], passphrase| SealKey::unlock(file, passphrase).unwrap_err();
        assert_eq!(fails(&locked, "correct house"), SealError::Passphrase);
        let mut changed = locked.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(fails(&changed, "correct horse"), SealError::Passphrase);
        assert_eq!(fails(b"no key", "correct horse"), SealError::NoKey);
        assert_eq!(fails(&vec![0; 5_000], "correct horse"), SealError::NoKey);
        let sealed = crate::seal(NORTH, "en", "hello", [key.recipient().as_str()]).unwrap();
        assert_eq!(
            fails(&sealed.bytes, "correct horse"),
            SealError::NoKey,
            "no passphrase opens it"
        );
    }
}
