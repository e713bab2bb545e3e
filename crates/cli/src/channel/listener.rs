//! Who listens at a desk.

use deconflict_desk::KeyFile;
use deconflict_record::KeyId;

use super::alarm::Listener;
use crate::desk_client::{DeskSession, Settings};
use crate::outcome::Failure;
use crate::passphrase::of_key_file;

impl DeskSession {
    /// Whose key signs here, known without its passphrase.
    ///
    /// # Errors
    /// When the key file cannot be read.
    pub(super) fn operator_key(&self) -> Result<KeyId, Failure> {
        KeyFile::read(self.key_path()).map(|file| file.public().id()).map_err(of_key_file)
    }

    /// Who hears the bell: whoever holds the operator's key, which is known without its passphrase.
    pub(super) fn listener(&self) -> Listener {
        // Where that is not here, a desk is read nevertheless, and everything sounds.
        let key = self.operator_key().ok();
        let known = key.and_then(|key| self.view().keys.get(&key));
        let post = known.and_then(|known| known.operator.as_ref());
        // It may have been set since this desk was opened.
        let now = Settings::read(self.dir()).ok();
        let each_reads_back = now.as_ref().unwrap_or(&self.settings).each_reads_back;
        Listener {
            party: self.party().clone(),
            key,
            post: post.map(|operator| operator.id.clone()),
            each_reads_back,
        }
    }
}
