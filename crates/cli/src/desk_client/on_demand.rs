//! What a command at a desk may need: each is made when it is first asked for, and then kept.

use std::path::{Path, PathBuf};

use deconflict_desk::{DeskError, HttpLine};
use deconflict_record::SigningKey;

use super::settings::Settings;
use crate::outcome::Failure;
use crate::passphrase::unlock;

/// The line to the host: a command that asks nothing of it also runs where it cannot be made.
pub(super) struct LineOnDemand {
    url: String,
    ca: Option<PathBuf>,
    line: Option<HttpLine>,
}

impl LineOnDemand {
    pub(super) fn new(settings: &Settings) -> LineOnDemand {
        LineOnDemand { url: settings.url.clone(), ca: settings.ca.clone(), line: None }
    }

    pub(super) fn get(&mut self) -> Result<&mut HttpLine, DeskError> {
        match &mut self.line {
            Some(line) => Ok(line),
            none => Ok(none.insert(HttpLine::new(&self.url, self.ca.as_deref())?)),
        }
    }
}

/// A key of the party: its passphrase is asked for once, and not by a command that signs nothing.
pub(super) struct KeyOnDemand {
    file: PathBuf,
    passphrase_file: Option<PathBuf>,
    whose: &'static str,
    key: Option<SigningKey>,
}

impl KeyOnDemand {
    pub(super) fn new(
        file: &Path,
        passphrase_file: Option<&Path>,
        whose: &'static str,
    ) -> KeyOnDemand {
        let passphrase_file = passphrase_file.map(Path::to_path_buf);
        KeyOnDemand { file: file.to_path_buf(), passphrase_file, whose, key: None }
    }

    /// Whether nobody need be asked for its passphrase.
    pub(super) fn is_unasked(&self) -> bool {
        self.key.is_some() || self.passphrase_file.is_some()
    }

    pub(super) fn get(&mut self) -> Result<&SigningKey, Failure> {
        match &mut self.key {
            Some(key) => Ok(key),
            none => {
                let from = self.passphrase_file.as_deref();
                Ok(none.insert(unlock(&self.file, from, self.whose)?))
            }
        }
    }
}
