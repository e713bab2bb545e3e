//! Conflicts, overlays and interests.

use std::collections::BTreeSet;

use super::{Effects, Utterance};
use crate::declared::Kind;
use crate::entry::Side;
use crate::ledger::{Conflict, ContactMade, Interest, Ledger, Overlay};
use crate::names::{ConflictId, InterestId, OverlayId, PartyId};
use crate::shared::Joint;
use crate::volumes::DeclaredVolume;

impl Ledger {
    pub(super) fn own(&mut self, by: &Utterance<'_>, id: &ConflictId) -> Effects {
        self.change_conflict(by.index, id, |c| {
            c.owner = Some((by.party.clone(), by.statement.key));
            // Who takes it on has read of it as it is now.
            c.noticed.entry(by.party.clone()).or_insert(by.at);
        })
    }

    pub(super) fn notice(&mut self, by: &Utterance<'_>, id: &ConflictId) -> Effects {
        self.change_conflict(by.index, id, |c| {
            c.noticed.entry(by.party.clone()).or_insert(by.at);
        })
    }

    pub(super) fn contact(&mut self, by: &Utterance<'_>, id: &ConflictId, means: &str) -> Effects {
        self.change_conflict(by.index, id, |c| {
            let (party, means) = (by.party.clone(), means.to_owned());
            c.contact = Some(ContactMade { party, means, at: by.at });
            c.contact_overdue = false;
        })
    }

    pub(super) fn accept_risk(&mut self, by: &Utterance<'_>, id: &ConflictId) -> Effects {
        self.change_conflict(by.index, id, |c| {
            c.accepted.insert(by.party.clone());
        })
    }

    /// Changes a conflict; who may read of it.
    pub(super) fn change_conflict(
        &mut self,
        index: u64,
        id: &ConflictId,
        change: impl FnOnce(&mut Conflict),
    ) -> Effects {
        let Some(conflict) = self.conflicts.get_mut(id) else { return Effects::default() };
        let conflict = conflict.get_mut();
        change(conflict);
        conflict.entries.push_back(index);
        let changed = conflict.changed(*id).into_iter().collect();
        let sides = conflict.sides.clone();
        Effects { readers: self.told(&sides), grants: Vec::new(), changed }
    }

    /// Changes an overlay; who may read of it.
    pub(super) fn change_overlay(
        &mut self,
        index: u64,
        id: &OverlayId,
        change: impl FnOnce(&mut Overlay),
    ) -> Effects {
        let Some(overlay) = self.overlays.get_mut(id) else { return Effects::default() };
        let overlay = overlay.get_mut();
        change(overlay);
        overlay.entries.push_back(index);
        let changed = overlay.changed(*id).into_iter().collect();
        let sides = overlay.sides.clone();
        Effects { readers: self.told(&sides), grants: Vec::new(), changed }
    }

    /// Both sides and the watch desk; a side that left too, since what it declared still stands.
    pub(super) fn told(&self, sides: &[Side; 2]) -> BTreeSet<PartyId> {
        sides.iter().map(|side| &side.party).chain(self.host()).cloned().collect()
    }

    pub(super) fn set_interest(
        &mut self,
        by: &Utterance<'_>,
        id: &InterestId,
        area: &DeclaredVolume,
        kinds: &BTreeSet<Kind>,
    ) -> Effects {
        let own = self.interests.entry(by.party.clone()).or_default();
        let count = own.get(id).map_or(0, |before| before.count);
        let area = Joint::new(area.clone());
        let interest = Interest { area, kinds: kinds.clone(), count };
        own.insert(id.clone(), Joint::new(interest));
        Effects::default()
    }

    pub(super) fn drop_interest(&mut self, by: &Utterance<'_>, id: &InterestId) -> Effects {
        if let Some(own) = self.interests.get_mut(by.party) {
            own.remove(id);
            if own.is_empty() {
                self.interests.remove(by.party);
            }
        }
        Effects::default()
    }
}
