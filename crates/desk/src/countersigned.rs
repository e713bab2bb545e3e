//! What a witness's key countersigned last: kept beside the key, and written before it signs.
//!
//! A desk that is set back, by a backup or by a copy of its folder, does not know what its key signed since. Who
//! keeps the record could show it another history then, which it would countersign as well. The key's own file is
//! rarely set back with it: so beside that stands the last head of each record that the key signed, and a desk
//! countersigns nothing that does not lead on from there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use deconflict_proof::{read_bounded, write_replacing};
use deconflict_record::SignedCheckpoint;
use serde::{Deserialize, Serialize};

use crate::copy::BackupMark;
use crate::desk::Desk;
use crate::error::DeskError;

/// The most bytes of the file: heads of a thousand records.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Where it is kept.
#[derive(Clone, Debug)]
pub(crate) struct LastCountersigned {
    file: PathBuf,
}

/// The file.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heads {
    /// The version of this form: 1.
    v: u32,
    /// By space, the last head that was countersigned, as the host signed it.
    heads: BTreeMap<String, String>,
}

impl LastCountersigned {
    fn read(&self) -> Result<Heads, DeskError> {
        if fs::symlink_metadata(&self.file).is_err() {
            return Ok(Heads { v: 1, ..Heads::default() });
        }
        let bytes = read_bounded(&self.file, MAX_BYTES)?;
        let read: Heads = serde_json::from_slice(&bytes).map_err(|error| {
            DeskError::file(
                &self.file,
                format!(
                    "{error}: it keeps a restored desk from countersigning two histories: mend it"
                ),
            )
        })?;
        if read.v != 1 {
            let fault = format!("version {}: this release reads version 1", read.v);
            return Err(DeskError::file(&self.file, fault));
        }
        Ok(read)
    }

    /// The last head of a record that the key countersigned, as far as it stands there.
    pub(crate) fn of(&self, space: &str) -> Result<Option<SignedCheckpoint>, DeskError> {
        let read = self.read()?;
        let head = read.heads.get(space).map(|note| SignedCheckpoint::parse(note.as_bytes()));
        head.transpose().map_err(|error| DeskError::file(&self.file, error))
    }

    /// Keeps, durably, that the key is about to countersign a head.
    pub(crate) fn keep(&self, space: &str, head: &SignedCheckpoint) -> Result<(), DeskError> {
        let mut read = self.read()?;
        read.heads.insert(space.to_owned(), head.encode());
        let mut bytes =
            serde_json::to_vec_pretty(&read).map_err(|error| DeskError::file(&self.file, error))?;
        bytes.push(b'\n');
        Ok(write_replacing(&self.file, &bytes)?)
    }
}

impl Desk {
    /// Keeps beside this key file, with the same name and `.countersigned`, what the witness's key countersigned
    /// last, and holds this desk to what stands there.
    pub fn keep_countersigned_beside(&mut self, key_file: &Path) {
        let mut file = key_file.as_os_str().to_owned();
        file.push(".countersigned");
        self.countersigned = Some(LastCountersigned { file: PathBuf::from(file) });
    }

    /// Whether this is a backup of another desk's copy, whose head was not compared with another witness's yet: it
    /// countersigns nothing.
    pub fn is_uncompared_backup(&self) -> bool {
        self.copy.uncompared().is_some()
    }

    /// This desk's last head was compared with another witness's, and is the same.
    ///
    /// # Errors
    /// When the disk fails.
    pub(crate) fn compared(&mut self) -> Result<(), DeskError> {
        match self.copy.uncompared() {
            Some(_) => self.copy.keep_uncompared(None),
            None => Ok(()),
        }
    }

    /// When this desk first came to countersign although it is an uncompared backup.
    pub(crate) fn uncompared_since(
        &mut self,
        now: deconflict_record::UtcSecond,
    ) -> Result<Option<deconflict_record::UtcSecond>, DeskError> {
        match self.copy.uncompared().copied() {
            Some(BackupMark { since: None }) => {
                self.copy.keep_uncompared(Some(BackupMark { since: Some(now) }))?;
                Ok(Some(now))
            }
            Some(BackupMark { since }) => Ok(since),
            None => Ok(None),
        }
    }
}
