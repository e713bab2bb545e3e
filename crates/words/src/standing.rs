//! Where each party stands towards a zone, in codes.

use deconflict_core::{Declaration, PartyId, Standing};

use crate::reader::Reader;

/// Where a party stands towards a zone.
#[derive(Clone, PartialEq, Debug)]
pub struct PartyStand<'a> {
    /// The party.
    pub party: &'a PartyId,
    /// `agreed`, `disputed`, `withdrew`, `silent`, `notified-only` or `not-asked`.
    pub word: &'static str,
    /// What it said, or that it was asked; `None`: it was not asked.
    pub standing: Option<&'a Standing>,
    /// Whether the zone binds it without its signature.
    pub unilateral: bool,
}

/// Where each party but the owner stands towards the present version.
pub fn agreement<'a>(reader: &Reader<'a>, zone: &'a Declaration) -> Vec<PartyStand<'a>> {
    let unilateral = reader.view.unilateral_towards(zone);
    let others = reader.view.parties.keys().filter(|party| **party != zone.owner);
    others
        .map(|party| {
            let standing = zone.standing(party);
            let word = match standing {
                Some(Standing::Agreed { .. }) => "agreed",
                Some(Standing::Disputed { .. }) => "disputed",
                Some(Standing::Withdrew { .. }) => "withdrew",
                Some(Standing::Silent {}) => "silent",
                None if reader.view.sees(party, zone) => "notified-only",
                None => "not-asked",
            };
            PartyStand { party, word, standing, unilateral: unilateral.contains(party) }
        })
        .collect()
}
