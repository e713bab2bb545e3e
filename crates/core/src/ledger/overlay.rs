//! A zone over a declaration that it does not bind, and what became of it.

use imbl::Vector;
use serde::{Deserialize, Serialize};

use super::tagged;
use crate::declared::Kind;
use crate::entry::{Extent, Side};
use crate::names::{DeclarationId, Handle, OverlayId, PartyId};
use crate::time::Time;

/// A zone over a site, or over a movement that it does not bind. Nothing has to be settled, so nobody owns it and
/// nobody is to speak with anybody; both owners are told, for as long as it lasts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// First the one whose filing brought it about.
    pub sides: [Side; 2],
    /// The declarations, as far as the reader may know them.
    pub between: [Option<DeclarationId>; 2],
    /// Where and when.
    pub extent: Extent,
    /// When it was found.
    pub opened: Time,
    /// When and how it ended.
    pub closed: Option<(Time, OverlayEnd)>,
    /// The entries that tell of it.
    pub entries: Vector<u64>,
}

/// How an overlay ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverlayEnd {
    /// One of the two ended, or lies elsewhere now, or means another thing to the other.
    Changed,
    /// Its time is over.
    Expired,
}

/// What lies under the zone of an overlay.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverlayKind {
    /// A site, which no zone binds.
    ZoneOverSite,
    /// A movement of a party that the zone does not bind.
    ZoneOverMovement,
}

impl Overlay {
    /// What names the overlay of two declarations that an entry opens.
    pub(crate) fn named(handles: [Handle; 2], entry: u64) -> OverlayId {
        let [a, b] = handles;
        OverlayId(tagged("deconflict overlay v1", &[&a.0.0, &b.0.0, &entry.to_be_bytes()]))
    }

    /// What lies under the zone.
    pub fn kind(&self) -> OverlayKind {
        match self.sides.iter().any(|side| side.kind == Kind::Site) {
            true => OverlayKind::ZoneOverSite,
            false => OverlayKind::ZoneOverMovement,
        }
    }

    /// Whether a party is a side of it.
    pub fn concerns(&self, party: &PartyId) -> bool {
        self.sides.iter().any(|side| side.party == *party)
    }

    /// Whether each side knows as much of the other as these say.
    pub(crate) fn tells_as_much_as(&self, sides: &[Side; 2]) -> bool {
        let seen =
            |of: &Side| sides.iter().find(|one| one.party == of.party && one.kind == of.kind);
        let same = |of: &Side| seen(of).is_some_and(|one| one.declaration == of.declaration);
        self.sides.iter().all(same)
    }
}
