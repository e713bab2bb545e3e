//! Setting aside what the host was caught at: by this party's root, for this party's desk.

use deconflict_proof::{Exhibit, MAX_REASON, Overruling, host_keys};
use deconflict_record::{SigningKey, UtcSecond};

use crate::desk::Desk;
use crate::error::DeskError;

/// The most charges that one desk sets aside: whoever comes to more has no false alarm.
const MOST: usize = 64;

impl Desk {
    /// Sets aside what the host was caught at, by the word of the party's root, and goes on with that host. It
    /// holds at this desk alone, and is shown in all that it shows from then on. The evidence stays.
    ///
    /// # Errors
    /// When the host was not caught, or the evidence stands on its own: then it is no matter of anybody's
    /// word. When the key is not the party's root in force, as far as this desk has read; when there is no
    /// reason, or one of more than [`MAX_REASON`] characters; when the disk fails.
    pub fn overrule(
        &mut self,
        root: &SigningKey,
        reason: &str,
        now: UtcSecond,
    ) -> Result<Overruling, DeskError> {
        let refused = |fault: &str| Err(DeskError::Refused(fault.to_owned()));
        let Some(caught) = self.copy.caught().cloned() else {
            return refused("the host was not caught: there is nothing to set aside");
        };
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > MAX_REASON {
            return Err(DeskError::Refused(format!(
                "a reason is needed, of at most {MAX_REASON} characters: everybody who sees what this desk \
                 shows will read it"
            )));
        }
        let known = self.view().keys.get(&root.verifying_key().id());
        let is_own = known.is_some_and(|key| {
            key.party == self.settings.party && key.is_root() && key.revoked.is_none()
        });
        if !is_own {
            return refused(
                "the key is not this party's root, as far as this desk has read: take that one",
            );
        }
        if self.copy.overruled().len() >= MOST {
            return refused(
                "this desk has set aside as many charges as it may: speak with the other parties, and begin \
                 a new desk in another folder",
            );
        }
        let Some(bytes) = self.copy.records()?.evidence(&caught.evidence)? else {
            return refused(
                "the evidence is not kept here: it is too long, or the disk failed on it",
            );
        };
        let exhibit = Exhibit::parse(&bytes)
            .map_err(|error| DeskError::damaged(format!("{}: {error}", caught.evidence)))?;
        let keys = host_keys(self.view(), &self.settings.log);
        let shown = exhibit.verify_by(&keys.iter().collect::<Vec<_>>());
        if exhibit.stands_alone() && shown.is_ok() {
            return refused(
                "the evidence stands on its own: it proves to everybody that the host cheated, and nobody's \
                 word sets that aside. Show it to the other parties",
            );
        }
        let what = (now.max(caught.at), caught.offence);
        let file = (caught.evidence.as_str(), bytes.as_slice());
        let said = Overruling::sign(&self.settings.space, what, file, reason, root);
        self.copy.keep_overruled(said.clone())?;
        Ok(said)
    }

    /// What the party set aside of what its host was caught at, oldest first.
    pub fn overruled(&self) -> &[Overruling] {
        self.copy.overruled()
    }
}
