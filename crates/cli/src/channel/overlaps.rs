//! Overlaps that the host found, among the messages of the inbox: OVERLAP FOUND is one code of one vocabulary, and a duty
//! officer reads one list.

use deconflict_core::{Conflict, ConflictId, ConflictState, Joint, Ledger, PartyId};
use deconflict_words::{Reader, conflict_json, short};
use serde_json::{Value, json};

use super::order::Section;
use crate::by_name::find;
use crate::desk_client::DeskSession;

/// An overlap and where it stands.
pub(super) struct OverlapPlace<'a> {
    pub(super) section: Section,
    pub(super) id: ConflictId,
    pub(super) conflict: &'a Conflict,
}

impl OverlapPlace<'_> {
    /// When it begins, in nanoseconds; what is there since ever is due before all.
    pub(super) fn due_ns(&self) -> i64 {
        self.conflict.extent.from.map_or(i64::MIN, |from| from.0.nanos())
    }
}

/// Where an open overlap stands with a party. It waits until somebody of the party said that they read of it, or more; then
/// it stands there until somebody has taken it on or it is settled, and again once the sides should have spoken and have
/// not. The watch desk has those of others that nobody has taken on.
pub(super) fn section(view: &Ledger, conflict: &Conflict, party: &PartyId) -> Option<Section> {
    if conflict.closed.is_some() {
        return None;
    }
    let is_side = conflict.concerns(party);
    if is_side && !conflict.is_answered_by(party) {
        return Some(Section::Awaiting);
    }
    let is_open = conflict.state() < ConflictState::ContactMade
        && (conflict.owner.is_none() || conflict.contact_overdue);
    match is_open {
        true if is_side => Some(Section::Unsettled),
        true if view.host() == Some(party) => Some(Section::Watched),
        _ => None,
    }
}

/// The overlaps that stand among the messages of a party.
pub(super) fn overlaps<'a>(view: &'a Ledger, party: &PartyId) -> Vec<OverlapPlace<'a>> {
    let place = |(id, conflict): (&ConflictId, &'a Joint<Conflict>)| {
        let section = section(view, conflict, party)?;
        Some(OverlapPlace { section, id: *id, conflict })
    };
    view.conflicts.iter().filter_map(place).collect()
}

/// An overlap for scripts, with the section that it stands in; `null`: in none.
pub(super) fn overlap_json(reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> Value {
    let mut told = conflict_json(reader, id, conflict);
    let section = section(reader.view, conflict, reader.party);
    told["section"] = json!(section.map(Section::word));
    told
}

/// The overlap that a text names where it names no message.
pub(super) fn overlap_named<'a>(
    at: &'a DeskSession,
    text: &str,
) -> Option<(ConflictId, &'a Conflict)> {
    let all = &at.view().conflicts;
    let id = find("conflict", text, all.keys().copied()).ok().flatten()?;
    Some((id, &**all.get(&id)?))
}

/// How an overlap is answered, which is by statements of its own.
pub(super) fn how_answered(id: ConflictId) -> String {
    let id = short(id);
    format!(
        "{id} is an overlap that the host found, and is answered by a statement of its own: `deconflict conflicts noticed \
         {id}` says that you have read of it (ROGER), `conflicts own {id}` that you take it on, `conflicts contact {id} \
         --means TEXT` that the sides spoke, `conflicts accept {id} --reason TEXT` that you accept the risk. Whoever \
         changes or ends what they declared settles it. `deconflict conflicts show {id}` says whom to call: nothing was \
         signed"
    )
}

#[cfg(test)]
mod tests {
    use deconflict_core::{ContactMade, Time};
    use deconflict_record::{Hash, KeyId};
    use serde_json::json;

    use super::*;

    fn party(name: &str) -> PartyId {
        name.parse().unwrap()
    }

    fn conflict() -> Conflict {
        let side =
            |party: &str| json!({"party": party, "kind": "operation", "handle": "d".repeat(64)});
        serde_json::from_value(json!({
            "sides": [side("north"), side("south")], "between": [null, null],
            "extent": {"cells": [], "from": "2026-07-03T10:00:00Z", "certainty": "overlap"},
            "opened": "2026-07-03T08:00:00Z", "owner": null, "noticed": {}, "contact": null, "accepted": [],
            "contact_overdue": false, "closed": null, "entries": [9],
        }))
        .unwrap()
    }

    #[test]
    fn an_overlap_waits_for_each_side_until_it_was_read_there_and_stands_until_somebody_has_taken_it_on()
     {
        let (north, south, aid) = (party("north"), party("south"), party("aid"));
        let at: Time = "2026-07-03T09:00:00Z".parse().unwrap();
        let view = Ledger::default();
        let stands = |conflict: &Conflict, party: &PartyId| section(&view, conflict, party);
        let mut found = conflict();
        assert_eq!(stands(&found, &north), Some(Section::Awaiting));
        assert_eq!(stands(&found, &aid), None, "it is no side, and no watch desk");
        found.noticed.insert(north.clone(), at);
        assert_eq!(stands(&found, &north), Some(Section::Unsettled));
        assert_eq!(
            stands(&found, &south),
            Some(Section::Awaiting),
            "north speaks for itself alone"
        );
        // Whoever takes it on answers it; the other side has not read of it for that.
        found.owner = Some((north.clone(), KeyId(Hash([1; 32]))));
        found.noticed.insert(north.clone(), at);
        assert_eq!(stands(&found, &north), None);
        assert_eq!(stands(&found, &south), Some(Section::Awaiting));
        found.contact_overdue = true;
        assert_eq!(stands(&found, &north), Some(Section::Unsettled), "its owner has not spoken");
        found.contact = Some(ContactMade { party: south.clone(), means: "by phone".into(), at });
        assert_eq!((stands(&found, &north), stands(&found, &south)), (None, None));
    }
}
