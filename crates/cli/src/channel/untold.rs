//! Movements that are about to begin, and of which nobody has said that units were told: their owner is to act.

use deconflict_core::{Declaration, DeclarationId, Ledger, PartyId, Time};
use deconflict_words::{Reader, declaration_json};
use serde_json::Value;

/// A movement of the party, with its name.
pub(super) type UntoldMovement<'a> = (DeclarationId, &'a Declaration);

/// Those of a party at an instant, the one that begins first first.
pub(super) fn untold<'a>(view: &'a Ledger, party: &PartyId, now: Time) -> Vec<UntoldMovement<'a>> {
    let mut all = view.units_not_told(party, now);
    all.sort_by_key(|(id, declaration)| (declaration.units_not_told(), *id));
    all
}

/// The same for scripts, each as a declaration is told.
pub(super) fn untold_json(reader: &Reader<'_>) -> Value {
    let all = untold(reader.view, reader.party, reader.now);
    all.into_iter().map(|(id, declaration)| declaration_json(reader, id, declaration)).collect()
}
