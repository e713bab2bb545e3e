//! A conflict and its history.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_record::KeyId;
use imbl::Vector;
use serde::{Deserialize, Serialize};

use super::tagged;
use crate::entry::{Extent, Side};
use crate::names::{ConflictId, DeclarationId, Handle, PartyId};
use crate::time::Time;

/// A conflict and its history.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// First the one whose filing brought it about.
    pub sides: [Side; 2],
    /// The declarations, as far as the reader may know them.
    pub between: [Option<DeclarationId>; 2],
    /// Where and when.
    pub extent: Extent,
    /// When it was found.
    pub opened: Time,
    /// When it last became another one, by a change of what is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Time>,
    /// Who has taken it on.
    pub owner: Option<(PartyId, KeyId)>,
    /// When a person of a side said that they had read of it.
    pub noticed: BTreeMap<PartyId, Time>,
    /// How and when the sides spoke with each other, and who says so.
    pub contact: Option<ContactMade>,
    /// Which sides accept the risk.
    pub accepted: BTreeSet<PartyId>,
    /// It is about to begin, and the sides have not spoken with each other.
    pub contact_overdue: bool,
    /// When and how it ended.
    pub closed: Option<(Time, ConflictEnd)>,
    /// The entries that tell of it.
    pub entries: Vector<u64>,
}

/// That the sides of a conflict spoke with each other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactMade {
    /// Who says so.
    pub party: PartyId,
    /// By what means.
    pub means: String,
    /// When it was said.
    pub at: Time,
}

/// How a conflict ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictEnd {
    /// A change resolved it.
    Resolved,
    /// Its time is over.
    Expired,
}

/// Where a conflict stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictState {
    /// Nobody has taken it on.
    Open,
    /// Somebody has.
    Owned,
    /// Both sides have read of it.
    Notified,
    /// The sides have spoken with each other.
    ContactMade,
    /// Both sides accept the risk.
    AcceptedRisk,
    /// A change resolved it.
    Resolved,
    /// Its time is over.
    Expired,
}

impl Conflict {
    /// What names the conflict of two declarations that an entry opens.
    pub(crate) fn named(handles: [Handle; 2], entry: u64) -> ConflictId {
        let [a, b] = handles;
        ConflictId(tagged("deconflict conflict v1", &[&a.0.0, &b.0.0, &entry.to_be_bytes()]))
    }

    /// Where it stands.
    pub fn state(&self) -> ConflictState {
        let both = |done: &dyn Fn(&PartyId) -> bool| self.sides.iter().all(|s| done(&s.party));
        match (self.closed, &self.contact) {
            (Some((_, ConflictEnd::Resolved)), _) => ConflictState::Resolved,
            (Some((_, ConflictEnd::Expired)), _) => ConflictState::Expired,
            _ if both(&|party| self.accepted.contains(party)) => ConflictState::AcceptedRisk,
            (None, Some(_)) => ConflictState::ContactMade,
            _ if both(&|party| self.noticed.contains_key(party)) => ConflictState::Notified,
            _ if self.owner.is_some() => ConflictState::Owned,
            _ => ConflictState::Open,
        }
    }

    /// Since when it is what it is: since it was found, or last changed.
    pub fn stands_since(&self) -> Time {
        self.changed.unwrap_or(self.opened)
    }

    /// The first side that is another party's. `None`: both are this one's.
    pub fn other_side(&self, than: &PartyId) -> Option<&PartyId> {
        self.sides.iter().map(|side| &side.party).find(|party| *party != than)
    }

    /// Whether a party is a side of it.
    pub fn concerns(&self, party: &PartyId) -> bool {
        self.sides.iter().any(|side| side.party == *party)
    }
}
