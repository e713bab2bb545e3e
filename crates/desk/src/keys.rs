//! Key files: a private key locked by a passphrase.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use deconflict_proof::sync_folder;
use deconflict_record::{KeyId, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The most memory that opening a key file may take, in KiB: 256 MiB. A file that asks for more was
/// not written by this program.
pub const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// The most passes over the memory.
pub const MAX_PASSES: u32 = 16;
/// The most lanes.
pub const MAX_LANES: u32 = 4;
/// The least characters of a passphrase.
pub const MIN_PASSPHRASE: usize = 8;
/// The least characters of the passphrase of a key on which others depend: a root's, the record's.
pub const MIN_GUARDED_PASSPHRASE: usize = 12;

const MAX_FILE_BYTES: u64 = 4_096;
const KDF: &str = "argon2id";

/// What a guess at the passphrase costs (RFC 9106).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Memory, in KiB; 8 to [`MAX_MEMORY_KIB`].
    pub memory_kib: u32,
    /// Passes over the memory; 1 to [`MAX_PASSES`].
    pub passes: u32,
    /// Lanes; 1 to [`MAX_LANES`].
    pub lanes: u32,
}

impl Cost {
    /// Of a key on which others depend: a root's, the record's. 256 MiB in one pass, which costs a guess more than
    /// [`Cost::default`], and a machine that guesses many at once four times the memory.
    pub const GUARDED: Cost = Cost { memory_kib: MAX_MEMORY_KIB, passes: 1, lanes: 4 };
}

impl Default for Cost {
    /// The second recommendation of RFC 9106 section 4: 64 MiB, three passes, four lanes.
    fn default() -> Cost {
        Cost { memory_kib: 64 * 1024, passes: 3, lanes: 4 }
    }
}

/// A key file, read and still locked.
///
/// It is one JSON object: `v`, `kdf`, `params`, `salt`, `nonce`, `key_id`, `public` and `ciphertext`.
/// The passphrase gives a key by Argon2id over the salt; ChaCha20-Poly1305 under that key seals the 32
/// bytes of the seed, bound to all the other members. Whose key it is can be read without the
/// passphrase, and is checked against the seed when it is opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyFile {
    path: PathBuf,
    wire: Wire,
}

/// Why a key file was not made or opened.
#[derive(Debug)]
pub enum KeyFileError {
    /// A file stands there already.
    Exists(PathBuf),
    /// The operating system.
    Io(PathBuf, io::Error),
    /// Others than its owner can read it.
    Open(PathBuf, u32),
    /// It is not a key file, or asks for more than the bounds.
    Malformed(PathBuf, String),
    /// The passphrase does not open it, or the file was changed.
    Passphrase(PathBuf),
    /// The passphrase is too short.
    Short,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    v: u32,
    kdf: String,
    params: Cost,
    salt: String,
    nonce: String,
    key_id: KeyId,
    public: VerifyingKey,
    ciphertext: String,
}

impl KeyFile {
    /// Locks the key of a seed into a new file that only its owner may read. Nothing is ever
    /// overwritten, and a power cut leaves the whole file or none.
    ///
    /// # Errors
    /// When a file stands there, the passphrase is too short, or the system refuses.
    pub fn create(path: &Path, seed: &[u8; 32], passphrase: &str) -> Result<KeyFile, KeyFileError> {
        KeyFile::create_with(path, seed, passphrase, Cost::default())
    }

    /// [`KeyFile::create`], at another cost.
    ///
    /// # Errors
    /// As [`KeyFile::create`], and when the cost is out of its bounds.
    pub fn create_with(
        path: &Path,
        seed: &[u8; 32],
        passphrase: &str,
        params: Cost,
    ) -> Result<KeyFile, KeyFileError> {
        let io = |error| KeyFileError::Io(path.to_path_buf(), error);
        if passphrase.chars().count() < MIN_PASSPHRASE {
            return Err(KeyFileError::Short);
        }
        let (mut salt, mut nonce) = ([0; 16], [0; 12]);
        getrandom::fill(&mut salt).map_err(|e| io(io::Error::other(e.to_string())))?;
        getrandom::fill(&mut nonce).map_err(|e| io(io::Error::other(e.to_string())))?;
        let public = SigningKey::from_seed(seed).verifying_key();
        let mut wire = Wire {
            v: 1,
            kdf: KDF.into(),
            params,
            salt: STANDARD.encode(salt),
            nonce: STANDARD.encode(nonce),
            key_id: public.id(),
            public,
            ciphertext: String::new(),
        };
        let cipher = cipher(path, &params, &salt, passphrase)?;
        let bound = wire.bound();
        let payload = Payload { msg: seed, aad: bound.as_bytes() };
        let sealed = cipher.encrypt(&nonce.into(), payload);
        // It fails only for messages of 256 GiB.
        let sealed = sealed.map_err(|e| io(io::Error::other(e.to_string())))?;
        wire.ciphertext = STANDARD.encode(sealed);
        let mut text = wire.text();
        text.push('\n');
        write_new(path, text.as_bytes())?;
        Ok(KeyFile { path: path.to_path_buf(), wire })
    }

    /// Reads a key file, without opening it.
    ///
    /// # Errors
    /// When it cannot be read, others can read it too, or it is no key file.
    pub fn read(path: &Path) -> Result<KeyFile, KeyFileError> {
        let io = |error| KeyFileError::Io(path.to_path_buf(), error);
        let malformed = |fault: String| KeyFileError::Malformed(path.to_path_buf(), fault);
        let file = File::open(path).map_err(io)?;
        check_private(path, &file)?;
        let mut text = String::new();
        file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(io)?;
        if text.len() as u64 > MAX_FILE_BYTES {
            return Err(malformed(format!("more than {MAX_FILE_BYTES} bytes")));
        }
        let wire: Wire =
            serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        if wire.v != 1 || wire.kdf != KDF {
            let fault = format!(
                "version {} with `{}`: this release reads version 1 with `{KDF}`",
                wire.v,
                wire.kdf.escape_debug()
            );
            return Err(malformed(fault));
        }
        if wire.key_id != wire.public.id() {
            return Err(malformed("`key_id` is not the id of `public`".into()));
        }
        check_cost(path, &wire.params)?;
        Ok(KeyFile { path: path.to_path_buf(), wire })
    }

    /// Reads a key file and opens it.
    ///
    /// # Errors
    /// As [`KeyFile::read`] and [`KeyFile::unlock`].
    pub fn open(path: &Path, passphrase: &str) -> Result<SigningKey, KeyFileError> {
        KeyFile::read(path)?.unlock(passphrase)
    }

    /// The key.
    ///
    /// # Errors
    /// When the passphrase is another, or the file was changed: the two cannot be told apart.
    pub fn unlock(&self, passphrase: &str) -> Result<SigningKey, KeyFileError> {
        Ok(SigningKey::from_seed(&*self.seed(passphrase)?))
    }

    /// What a guess at its passphrase costs.
    pub fn cost(&self) -> Cost {
        self.wire.params
    }

    /// Locks the same key by another passphrase, at the usual cost or at its own, if that is higher. The file is replaced whole or not at
    /// all; copies of the old one still open with the old passphrase.
    ///
    /// # Errors
    /// As [`KeyFile::unlock`] and [`KeyFile::create`].
    pub fn change(&self, passphrase: &str, new: &str) -> Result<KeyFile, KeyFileError> {
        let seed = self.seed(passphrase)?;
        let io = |error| KeyFileError::Io(self.path.clone(), error);
        // A link stays, and what it leads to is replaced.
        let path = fs::canonicalize(&self.path).map_err(io)?;
        // What a change that was killed left behind is in nobody's way.
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}.changed", std::process::id()));
        let beside = PathBuf::from(beside);
        let usual = Cost::default();
        let own = self.wire.params;
        let cost = if own.memory_kib > usual.memory_kib { own } else { usual };
        let changed = KeyFile::create_with(&beside, &seed, new, cost)?;
        fs::rename(&beside, &path).and_then(|()| sync_folder(&path)).map_err(io)?;
        Ok(KeyFile { path: self.path.clone(), wire: changed.wire })
    }

    fn seed(&self, passphrase: &str) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
        let malformed =
            |member: &str, n| self.malformed(format!("`{member}` must be {n} bytes in base64"));
        let salt: [u8; 16] = bytes(&self.wire.salt).ok_or_else(|| malformed("salt", 16))?;
        let nonce: [u8; 12] = bytes(&self.wire.nonce).ok_or_else(|| malformed("nonce", 12))?;
        let sealed: [u8; 48] =
            bytes(&self.wire.ciphertext).ok_or_else(|| malformed("ciphertext", 48))?;
        let cipher = cipher(&self.path, &self.wire.params, &salt, passphrase)?;
        let bound = self.wire.bound();
        let payload = Payload { msg: &sealed, aad: bound.as_bytes() };
        let opened = cipher.decrypt(&nonce.into(), payload);
        let wrong = || KeyFileError::Passphrase(self.path.clone());
        let opened = Zeroizing::new(opened.map_err(|_| wrong())?);
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(opened.get(..32).ok_or_else(wrong)?);
        if SigningKey::from_seed(&seed).verifying_key() != self.wire.public {
            return Err(self.malformed("the seed in it is not that of `public`".into()));
        }
        Ok(seed)
    }

    /// The key's name.
    pub fn key_id(&self) -> KeyId {
        self.wire.key_id
    }

    /// The public half.
    pub fn public(&self) -> VerifyingKey {
        self.wire.public
    }

    fn malformed(&self, fault: String) -> KeyFileError {
        KeyFileError::Malformed(self.path.clone(), fault)
    }
}

impl Wire {
    /// What the seal is bound to: all but itself.
    fn bound(&self) -> String {
        Wire { ciphertext: String::new(), ..self.clone() }.text()
    }

    fn text(&self) -> String {
        serde_json::to_string(self).expect("its members are text and numbers")
    }
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn check_cost(path: &Path, cost: &Cost) -> Result<(), KeyFileError> {
    let least = 8 * cost.lanes.clamp(1, MAX_LANES);
    let parts = [
        ("memory_kib", cost.memory_kib, least, MAX_MEMORY_KIB),
        ("passes", cost.passes, 1, MAX_PASSES),
        ("lanes", cost.lanes, 1, MAX_LANES),
    ];
    for (member, value, least, most) in parts {
        if !(least..=most).contains(&value) {
            let fault = format!("`params.{member}` {value}: must be {least} to {most}");
            return Err(KeyFileError::Malformed(path.to_path_buf(), fault));
        }
    }
    Ok(())
}

fn cipher(
    path: &Path,
    cost: &Cost,
    salt: &[u8; 16],
    passphrase: &str,
) -> Result<ChaCha20Poly1305, KeyFileError> {
    check_cost(path, cost)?;
    let fault = |error: argon2::Error| {
        KeyFileError::Malformed(path.to_path_buf(), format!("argon2id: {error}"))
    };
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(fault)?;
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
        .map_err(fault)?;
    Ok(ChaCha20Poly1305::new(&(*key).into()))
}

/// Written and synced under a name of its own, then linked to its name, which fails if that is taken.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeyFileError> {
    let io = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_path_buf()),
        _ => KeyFileError::Io(path.to_path_buf(), error),
    };
    if path.symlink_metadata().is_ok() {
        return Err(KeyFileError::Exists(path.to_path_buf()));
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary = PathBuf::from(name);
    let written = write_private(&temporary, bytes)
        .and_then(|()| fs::hard_link(&temporary, path))
        .and_then(|()| sync_folder(path));
    let _ = fs::remove_file(&temporary);
    written.map_err(io)
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn check_private(path: &Path, file: &File) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata().map_err(|e| KeyFileError::Io(path.to_path_buf(), e))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyFileError::Open(path.to_path_buf(), mode)) }
}

#[cfg(not(unix))]
fn check_private(_: &Path, _: &File) -> Result<(), KeyFileError> {
    Ok(())
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyFileError::Exists(path) => write!(
                f,
                "{}: a file stands there already, and a key is never overwritten: choose another \
                 name",
                path.display()
            ),
            KeyFileError::Io(path, error) => write!(f, "{}: {error}", path.display()),
            KeyFileError::Open(path, mode) => write!(
                f,
                "{}: others can read it (mode {mode:04o}): make it 0600, and if somebody may have \
                 read it, have the key revoked",
                path.display()
            ),
            KeyFileError::Malformed(path, fault) => {
                write!(f, "{}: not a key file of this program: {fault}", path.display())
            }
            KeyFileError::Passphrase(path) => write!(
                f,
                "{}: this passphrase does not open it, or the file was changed: try again, or \
                 take its copy",
                path.display()
            ),
            KeyFileError::Short => {
                write!(f, "the passphrase must have at least {MIN_PASSPHRASE} characters")
            }
        }
    }
}

impl std::error::Error for KeyFileError {}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
    const PASSPHRASE: &str = "correct horse battery";

    fn made() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("duty.key");
        KeyFile::create_with(&path, &[7; 32], PASSPHRASE, CHEAP).unwrap();
        (folder, path)
    }

    #[test]
    fn a_key_file_opens_with_its_passphrase_and_no_other() {
        let (folder, path) = made();
        let key = KeyFile::open(&path, PASSPHRASE).unwrap();
        assert_eq!(key.verifying_key(), SigningKey::from_seed(&[7; 32]).verifying_key());
        assert_eq!(KeyFile::read(&path).unwrap().key_id(), key.verifying_key().id());
        let error = KeyFile::open(&path, "correct horse batterx").unwrap_err();
        assert!(matches!(error, KeyFileError::Passphrase(_)), "{error}");
        assert!(error.to_string().contains("duty.key"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        assert!(!fs::read_to_string(&path).unwrap().contains(&STANDARD.encode([7; 32])));
    }

    #[test]
    fn a_key_file_is_never_overwritten_and_only_its_owner_may_read_it() {
        let (_folder, path) = made();
        let before = fs::read(&path).unwrap();
        let error = KeyFile::create_with(&path, &[8; 32], PASSPHRASE, CHEAP).unwrap_err();
        assert!(matches!(error, KeyFileError::Exists(_)), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            let error = KeyFile::open(&path, PASSPHRASE).unwrap_err();
            assert!(error.to_string().contains("0640"), "{error}");
        }
        let short = KeyFile::create_with(&path, &[8; 32], "short", CHEAP).unwrap_err();
        assert!(matches!(short, KeyFileError::Short));
    }

    #[test]
    fn a_changed_passphrase_opens_the_same_key_and_the_old_one_does_not() {
        let (folder, path) = made();
        let file = KeyFile::read(&path).unwrap();
        let wrong = file.change("correct horse batterx", "another passphrase").unwrap_err();
        assert!(matches!(wrong, KeyFileError::Passphrase(_)), "{wrong}");
        assert!(matches!(file.change(PASSPHRASE, "short"), Err(KeyFileError::Short)));
        assert!(KeyFile::open(&path, PASSPHRASE).is_ok(), "a change that failed changes nothing");
        let changed = file.change(PASSPHRASE, "another passphrase").unwrap();
        assert_eq!(changed, KeyFile::read(&path).unwrap());
        let key = KeyFile::open(&path, "another passphrase").unwrap();
        assert_eq!(key.verifying_key(), SigningKey::from_seed(&[7; 32]).verifying_key());
        assert!(KeyFile::open(&path, PASSPHRASE).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[cfg(unix)]
    #[test]
    fn a_change_through_a_link_keeps_the_link_and_is_not_stopped_by_what_another_left_behind() {
        let (folder, path) = made();
        let (link, left) = (folder.path().join("link.key"), folder.path().join("duty.key.changed"));
        std::os::unix::fs::symlink(&path, &link).unwrap();
        fs::write(&left, "left behind").unwrap();
        KeyFile::read(&link).unwrap().change(PASSPHRASE, "another passphrase").unwrap();
        assert!(link.is_symlink());
        assert!(KeyFile::open(&path, "another passphrase").is_ok());
    }

    #[test]
    fn a_hostile_file_is_refused_before_it_takes_memory() {
        let (_folder, path) = made();
        let text = fs::read_to_string(&path).unwrap();
        for (from, to, fault) in [
            ("\"memory_kib\":64", "\"memory_kib\":67108864", "memory_kib"),
            ("\"memory_kib\":64", "\"memory_kib\":1", "memory_kib"),
            ("\"passes\":1", "\"passes\":100000", "passes"),
            ("\"lanes\":1", "\"lanes\":0", "lanes"),
            ("\"v\":1", "\"v\":2", "version 2"),
            ("argon2id", "argon2d", "argon2d"),
            ("\"v\":1", "\"v\":1,\"x\":1", "unknown field"),
        ] {
            fs::write(&path, text.replacen(from, to, 1)).unwrap();
            let error = KeyFile::open(&path, PASSPHRASE).unwrap_err().to_string();
            assert!(error.contains(fault), "{to}: {error}");
        }
        fs::write(&path, " ".repeat(5_000)).unwrap();
        assert!(KeyFile::open(&path, PASSPHRASE).unwrap_err().to_string().contains("4096"));
    }

    #[test]
    fn every_changed_byte_of_a_key_file_keeps_it_shut() {
        let (_folder, path) = made();
        let text = fs::read(&path).unwrap();
        for at in 0..text.len() - 1 {
            let mut changed = text.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert!(KeyFile::open(&path, PASSPHRASE).is_err(), "byte {at}");
        }
    }
}
