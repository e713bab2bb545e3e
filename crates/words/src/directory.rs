//! What a reader's desk knows of what a message names.

use deconflict_core::{Declaration, DeclarationId, MessageId, Version};
use deconflict_record::Hash;
use deconflict_vocabulary::{Directory, Moment, ObjectKind, ObjectRef};

use crate::reader::{Reader, in_language};

impl Reader<'_> {
    /// The declaration that a hash names by its statement, or one of whose versions it names. What was declared may be
    /// long, so it is gone through only where the hash is no declaration's own.
    pub(crate) fn declared(&self, of: &ObjectRef) -> Option<&Declaration> {
        let hash = Hash(of.0);
        let all = &self.view.declarations;
        let by_version = |declaration: &&Declaration| {
            declaration.version == Version(hash)
                || declaration.past.iter().any(|earlier| earlier.version == Version(hash))
        };
        all.get(&DeclarationId(hash))
            .map(|known| &**known)
            .or_else(|| all.values().map(|known| &**known).find(by_version))
    }
}

impl Directory for Reader<'_> {
    fn name_of(&self, kind: ObjectKind, of: &ObjectRef) -> Option<String> {
        match kind {
            ObjectKind::Zone
            | ObjectKind::Operation
            | ObjectKind::Site
            | ObjectKind::Movement
            | ObjectKind::SiteOrMovement
            | ObjectKind::Version => {
                // Who prefers no language reads the name in that of the message around it.
                let own = self.tongue().translation().tag();
                let lang = if self.lang.is_empty() { own } else { self.lang };
                in_language(self.declared(of)?.declared.name(), lang).map(str::to_owned)
            }
            ObjectKind::Message | ObjectKind::Incident => {
                let spoken_of = self.view.dialogues.get(&MessageId(Hash(of.0)))?;
                Some(format!("{} {}", spoken_of.code(), spoken_of.sender))
            }
            ObjectKind::Conflict | ObjectKind::Track | ObjectKind::Entry | ObjectKind::Evidence => {
                None
            }
        }
    }

    fn volumes(&self, of: &ObjectRef) -> Option<String> {
        // Of an earlier version nobody keeps where it was.
        let declared = self.declared(of)?;
        let is_present = declared.version.0 == Hash(of.0);
        let volumes = declared.declared.declared_volumes();
        let told: Vec<String> = volumes.iter().map(|volume| self.language.volume(volume)).collect();
        is_present.then(|| told.join("; "))
    }

    fn offset_min(&self, at: Moment) -> i32 {
        (self.local_min)(at.seconds())
    }
}
