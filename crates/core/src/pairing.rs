//! What two declarations mean to each other where they meet, by their kinds, their owners and whom a zone binds.

use crate::declared::{DeclarationContent, Kind};
use crate::ledger::Ledger;
use crate::names::PartyId;

/// What a pair of declarations means where they meet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pairing {
    /// They conflict.
    Conflict,
    /// A zone lies over a site, or over a movement that it does not bind: both owners are told.
    Overlay,
}

impl Ledger {
    /// What two declarations, each with its owner, mean to each other where they meet; `None`: nothing. Zones are
    /// compared with zones by nobody, as are sites and movements with each other.
    pub fn pairing(
        &self,
        (owner, declared): (&PartyId, &DeclarationContent),
        (other_owner, other): (&PartyId, &DeclarationContent),
    ) -> Option<Pairing> {
        let (kind, other_kind) = (declared.kind(), other.kind());
        self.pairing_of_kinds((owner, kind), (other_owner, other_kind), || {
            self.is_bound(other_owner, declared) || self.is_bound(owner, other)
        })
    }

    /// The same by kinds and owners; `binds` says whether the zone of the two binds the other one's owner, and is
    /// asked only where that matters.
    pub(crate) fn pairing_of_kinds(
        &self,
        (owner, kind): (&PartyId, Kind),
        (other_owner, other_kind): (&PartyId, Kind),
        binds: impl FnOnce() -> bool,
    ) -> Option<Pairing> {
        use Kind::{Movement, Operation, Site, Zone};
        let within = self.charter.as_ref().is_some_and(|c| c.rules.within_party);
        if owner == other_owner && !within {
            return None;
        }
        match (kind, other_kind) {
            (Operation, Operation | Site | Movement) | (Site | Movement, Operation) => {
                Some(Pairing::Conflict)
            }
            (Zone, kind @ (Operation | Site | Movement))
            | (kind @ (Operation | Site | Movement), Zone) => zone_with(kind, binds()),
            (Zone, Zone) | (Site | Movement, Site | Movement) => None,
        }
    }
}

/// What a zone means to what lies in it, whose owner it binds or does not.
fn zone_with(kind: Kind, binds: bool) -> Option<Pairing> {
    match kind {
        Kind::Operation | Kind::Movement if binds => Some(Pairing::Conflict),
        // A zone binds no site, and nobody else's movement.
        Kind::Site | Kind::Movement => Some(Pairing::Overlay),
        Kind::Operation | Kind::Zone => None,
    }
}
