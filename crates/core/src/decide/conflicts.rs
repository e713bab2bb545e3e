//! Conflicts and interests.

use super::{Author, Verdict};
use crate::ledger::Conflict;
use crate::names::{ConflictId, InterestId};
use crate::refusal::{Quantity, Referent, Refusal};
use crate::state::State;
use crate::volumes::DeclaredVolume;

impl State {
    /// A conflict that is not over and of which the author's party has been told.
    fn open_conflict(
        &self,
        author: &Author<'_>,
        id: &ConflictId,
    ) -> Result<(&Conflict, bool), Refusal> {
        let conflict = self.ledger().conflicts.get(id);
        // To those who are no part of it, it is as if it were not there.
        let unknown = || Refusal::Unknown { what: Referent::Conflict(*id) };
        let conflict = conflict.ok_or_else(unknown)?;
        let side = conflict.concerns(author.party);
        if !side && self.ledger().host() != Some(author.party) {
            return Err(unknown());
        }
        if conflict.closed.is_some() {
            return Err(Refusal::NoPart {});
        }
        Ok((conflict, side))
    }

    /// Something that the watch desk or a side can say: that it takes a conflict on, or that the sides
    /// have spoken with each other.
    pub(super) fn as_told(&self, author: &Author<'_>, id: &ConflictId) -> Verdict {
        self.open_conflict(author, id).map(|_| Vec::new())
    }

    /// Something that only a side can say for itself.
    pub(super) fn as_side(&self, author: &Author<'_>, id: &ConflictId) -> Verdict {
        match self.open_conflict(author, id)? {
            (_, true) => Ok(Vec::new()),
            (_, false) => Err(Refusal::NoPart {}),
        }
    }

    pub(super) fn set_interest(
        &self,
        author: &Author<'_>,
        id: &InterestId,
        area: &DeclaredVolume,
    ) -> Verdict {
        area.volume().map_err(|fault| Refusal::InvalidArea { fault })?;
        let own = self.ledger().interests.get(author.party);
        let (count, known) = own.map_or((0, false), |own| (own.len(), own.contains_key(id)));
        let most = self.limits().interests;
        if !known && count >= most {
            return Err(Refusal::Limit { of: Quantity::Interests, most });
        }
        Ok(Vec::new())
    }

    pub(super) fn drop_interest(&self, author: &Author<'_>, id: &InterestId) -> Verdict {
        let own = self.ledger().interests.get(author.party);
        if own.is_some_and(|own| own.contains_key(id)) {
            Ok(Vec::new())
        } else {
            Err(Refusal::Unknown { what: Referent::Interest(id.clone()) })
        }
    }
}
