//! What lies in a host's folder beside the keys: the record and the settings.

use std::fs;
use std::path::{Path, PathBuf};

use deconflict_record::{KeyUse, VerifyingKey, Vkey};
use deconflict_words::printable;
use serde::{Deserialize, Serialize};

use crate::outcome::Failure;
use crate::output::write_whole;
use crate::space::json_file;
use crate::text::shown;

/// The record's file in a host's folder.
pub(crate) const STORE_FILE: &str = "record.sqlite";
pub(super) const SETTINGS_FILE: &str = "host.json";

/// The file `host.json` in the host's folder.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) v: u32,
    pub(super) space: String,
    pub(super) log_key: PathBuf,
    /// It was begun here and never served: nobody can have seen more of the record than there is. Else the
    /// witnesses are asked before anything is signed. A backup of the record does not hold this.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) unserved: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
fn is_false(it: &bool) -> bool {
    !it
}

impl Settings {
    pub(super) fn read(dir: &Path) -> Result<Settings, Failure> {
        finished(dir)?;
        let settings: Settings = json_file(&dir.join(SETTINGS_FILE), "a host's settings")?;
        if settings.v != 1 {
            let fault = format!("version {}: this release reads version 1", settings.v);
            return Err(format!("{}: {fault}", shown(&dir.join(SETTINGS_FILE))).into());
        }
        Ok(settings)
    }

    pub(super) fn write(&self, dir: &Path) -> Result<(), Failure> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| error.to_string())?;
        bytes.push(b'\n');
        write_whole(&dir.join(SETTINGS_FILE), &bytes)
    }
}

pub(super) fn other_key(file: &Path, given: &Vkey, known: &str) -> Failure {
    let remedy = "give the file of that key with --log-key";
    format!("{}: holds the key {given}; {}: {remedy}", shown(file), printable(known)).into()
}

/// That the making of a host in this folder, if any, came to its end: the settings are written last.
pub(super) fn finished(dir: &Path) -> Result<(), Failure> {
    let store = dir.join(STORE_FILE);
    if !store.exists() || dir.join(SETTINGS_FILE).exists() {
        return Ok(());
    }
    Err(format!(
        "{}: it has {STORE_FILE} and no {SETTINGS_FILE}: the making of a host was not finished. If \
         this record was never served, delete the folder and make it anew; if it was, keep it, and \
         make a host of it in another folder with `deconflict host restore FOLDER {} --log-key FILE`",
        shown(dir),
        shown(&store)
    )
    .into())
}

/// Removes a store that came to nothing.
pub(super) fn remove_store(dir: &Path) {
    for suffix in ["", "-wal", "-shm", "-lock"] {
        let _ = fs::remove_file(dir.join(format!("{STORE_FILE}{suffix}")));
    }
}

pub(super) fn log_of(space: &str, key: &VerifyingKey) -> Result<Vkey, Failure> {
    Vkey::new(space, KeyUse::Log, *key).map_err(|error| Failure::from(error.to_string()))
}

pub(super) fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::from(format!("{}: cannot be read: {error}", shown(path)))
}
