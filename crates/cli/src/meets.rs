//! A draft compared with what the desk already holds: nothing is asked of anybody.

use deconflict_core::{
    Certainty, Declaration, DeclarationContent, DeclarationId, ExactAnswer, Ledger, Pairing,
    PartyId, Version,
};
use deconflict_geometry::{Rules, Volume, relation};
use deconflict_words::{Reader, draft_meets};

/// Something that a draft meets, as far as the desk's party may see.
pub(crate) struct Meets<'a> {
    pub(crate) id: DeclarationId,
    pub(crate) version: Version,
    declaration: &'a Declaration,
    /// What the two mean to each other; `None`: nothing that has to be told.
    pairing: Option<Pairing>,
    exact: ExactAnswer,
}

/// What a draft of a party meets among what it may see: of others, and of its own where the rules say so, but not
/// `replaces`, which it takes the place of.
pub(crate) fn meets<'a>(
    view: &'a Ledger,
    party: &PartyId,
    draft: &DeclarationContent,
    replaces: Option<DeclarationId>,
) -> Vec<Meets<'a>> {
    let Ok(volumes) = draft.volumes() else { return Vec::new() };
    let rules = view.charter.as_ref().and_then(|charter| charter.rules.judging().ok());
    let rules = rules.unwrap_or_default();
    let in_force = view.declarations.iter().filter(|(_, other)| other.ended.is_none());
    in_force
        .filter(|(id, _)| Some(**id) != replaces)
        .filter(|(_, other)| {
            let others = other.declared.volumes().unwrap_or_default();
            volumes.iter().any(|a| others.iter().any(|b| do_meet(a, b, &rules)))
        })
        .filter_map(|(id, other)| {
            let declaration: &Declaration = other;
            let pairing = view.pairing((party, draft), (&declaration.owner, &declaration.declared));
            if pairing.is_none() && declaration.owner == *party {
                return None;
            }
            let exact = view.exactly(draft, &declaration.declared);
            let meets = !exact.meeting.is_empty();
            let version = declaration.version;
            meets.then_some(Meets { id: *id, version, declaration, pairing, exact })
        })
        .collect()
}

fn do_meet(a: &Volume, b: &Volume, rules: &Rules) -> bool {
    Certainty::of(relation(a, b, rules)).is_some()
}

/// Whether anything of it is to be settled, or told to both owners.
pub(crate) fn is_told(found: &[Meets<'_>]) -> bool {
    found.iter().any(|meets| meets.pairing.is_some())
}

/// What is said of it before signing, as names and values: each kind apart, and with what it was compared.
pub(crate) fn preview(
    reader: &Reader<'_>,
    draft: &DeclarationContent,
    found: &[Meets<'_>],
) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    let kinds = [
        (Some(Pairing::Conflict), "CONFLICT"),
        (Some(Pairing::Overlay), "OVERLAY"),
        (None, "meets"),
    ];
    for (pairing, name) in kinds {
        for meets in found.iter().filter(|meets| meets.pairing == pairing) {
            let other = (meets.id, meets.declaration);
            rows.push((name, draft_meets(reader, draft, other, pairing, &meets.exact)));
        }
    }
    rows.push((
        "compared",
        "only with what this desk holds: the host compares it with all that is declared".to_owned(),
    ));
    rows
}
