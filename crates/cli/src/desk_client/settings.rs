//! What a desk was set up with beside its record: where the host is, and where the keys are.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::outcome::Failure;
use crate::output::write_whole;
use crate::text::shown;

const FILE: &str = "desk.json";

/// The file `desk.json` in the desk's folder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The version of this form: 1.
    pub(crate) v: u32,
    /// The host's address.
    pub(crate) url: String,
    /// The authorities that vouch for its certificate, in PEM; `None`: the machine's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
    /// The operator's key file.
    pub(crate) key: PathBuf,
    /// The key file with which heads are countersigned; `None`: they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) witness_key: Option<PathBuf>,
    /// Whether the party asks each person on duty to read back himself what says that somebody is being hit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) each_reads_back: bool,
}

impl Settings {
    /// Reads the file of a desk's folder.
    pub(crate) fn read(dir: &Path) -> Result<Settings, Failure> {
        let path = dir.join(FILE);
        let fail = |fault: String| Failure::from(format!("{}: {fault}", shown(&path)));
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::from(format!(
                "{}: no desk is here: name its folder with --desk, or set one up with `deconflict \
                 desk init`",
                shown(dir)
            )),
            _ => fail(format!("cannot be read: {error}")),
        })?;
        let read: Settings = serde_json::from_slice(&bytes)
            .map_err(|error| fail(format!("{error}: mend it, or set the desk up anew")))?;
        if read.v != 1 {
            return Err(fail(format!("version {}: this release reads version 1", read.v)));
        }
        Ok(read)
    }

    /// Writes the file into a desk's folder, for its owner alone.
    pub(crate) fn write(&self, dir: &Path) -> Result<(), Failure> {
        let path = dir.join(FILE);
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| error.to_string())?;
        bytes.push(b'\n');
        write_whole(&path, &bytes)
    }
}
