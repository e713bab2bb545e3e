//! A draft compared with what the desk already holds: nothing is asked of anybody.

use deconflict_core::{Certainty, DeclarationContent, DeclarationId, Ledger, PartyId, Version};
use deconflict_geometry::{Rules, Volume, relation};

/// Something of another party that a draft meets, as far as the desk's party may see.
pub(crate) struct Meets {
    pub(crate) id: DeclarationId,
    pub(crate) version: Version,
}

/// What a draft of a party meets among what it may see of others.
pub(crate) fn meets(view: &Ledger, party: &PartyId, draft: &DeclarationContent) -> Vec<Meets> {
    let Ok(volumes) = draft.volumes() else { return Vec::new() };
    let rules = view.charter.as_ref().and_then(|charter| charter.rules.judging().ok());
    let rules = rules.unwrap_or_default();
    view.declarations
        .iter()
        .filter(|(_, other)| other.owner != *party && other.ended.is_none())
        .filter(|(_, other)| {
            let others = other.declared.volumes().unwrap_or_default();
            volumes.iter().any(|a| others.iter().any(|b| conflict(a, b, &rules)))
        })
        .map(|(id, other)| Meets { id: *id, version: other.version })
        .collect()
}

fn conflict(a: &Volume, b: &Volume, rules: &Rules) -> bool {
    Certainty::of(relation(a, b, rules)).is_some()
}
