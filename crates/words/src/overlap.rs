//! Overlaps that the host found, among the messages of a party: where each stands, and for which people are called, by the
//! bell of a desk that is looked at and where they are else.

use deconflict_core::{Conflict, ConflictId, ConflictState, Joint, Ledger, PartyId, Time};
use deconflict_vocabulary::Precedence;

use crate::inbox::Section;

/// Why somebody is called for an overlap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum OverlapCall {
    /// Nobody of the party has said that they read of it as it is.
    Unread,
    /// It is FLASH, and nobody has taken it on.
    Unowned,
    /// It is about to begin, and the sides have not spoken with each other.
    ContactOverdue,
}

/// Why and since when people of a party are called for an overlap; `None`: they are not.
///
/// A side is called from when the overlap was found or changed, until somebody there has said that they read of it, and anew
/// whenever it becomes more urgent. One that is FLASH and that nobody has taken on, and one whose sides should have spoken
/// and have not, calls both sides again, and the watch desk.
pub fn overlap_call(
    view: &Ledger,
    conflict: &Conflict,
    party: &PartyId,
    now: Time,
) -> Option<(OverlapCall, Time)> {
    let is_side = conflict.concerns(party);
    let is_settled = conflict.state() >= ConflictState::ContactMade;
    if conflict.closed.is_some() || !(is_side || view.host() == Some(party)) {
        return None;
    }
    let found = conflict.stands_since();
    let since = conflict.rises().filter(|at| *at <= now).max().map_or(found, |at| at.max(found));
    if conflict.contact_overdue && !is_settled {
        let before_s = view.charter.as_ref().map_or(0, |one| one.rules.contact_before_min);
        let due = conflict.extent.from.map(|from| from.after_seconds(-60 * i64::from(before_s)));
        Some((OverlapCall::ContactOverdue, due.map_or(since, |due| due.max(since))))
    } else if is_side && !conflict.is_answered_by(party) {
        Some((OverlapCall::Unread, since))
    } else {
        let is_left = conflict.owner.is_none() && !is_settled;
        let is_near = conflict.precedence(now) == Precedence::Flash;
        (is_left && is_near).then_some((OverlapCall::Unowned, since))
    }
}

/// When an overlap that a party may see becomes more urgent next.
pub fn next_overlap_rise(view: &Ledger, now: Time) -> Option<Time> {
    let open = view.conflicts.values().filter(|conflict| conflict.closed.is_none());
    open.flat_map(|conflict| conflict.rises()).filter(|at| *at > now).min()
}

/// An overlap and where it stands.
pub struct OverlapPlace<'a> {
    /// In which section.
    pub section: Section,
    /// The overlap.
    pub id: ConflictId,
    /// How it stands.
    pub conflict: &'a Conflict,
}

impl OverlapPlace<'_> {
    /// When it begins, in nanoseconds; what is there since ever is due before all.
    pub fn due_ns(&self) -> i64 {
        self.conflict.extent.from.map_or(i64::MIN, |from| from.0.nanos())
    }
}

/// Where an open overlap stands with a party. It waits until somebody of the party said that they read of it, or more; then
/// it stands there until somebody has taken it on or it is settled, and again once the sides should have spoken and have
/// not. The watch desk has those of others that nobody has taken on.
pub fn overlap_section(view: &Ledger, conflict: &Conflict, party: &PartyId) -> Option<Section> {
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
pub fn overlaps<'a>(view: &'a Ledger, party: &PartyId) -> Vec<OverlapPlace<'a>> {
    let place = |(id, conflict): (&ConflictId, &'a Joint<Conflict>)| {
        let section = overlap_section(view, conflict, party)?;
        Some(OverlapPlace { section, id: *id, conflict })
    };
    view.conflicts.iter().filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use deconflict_core::ContactMade;
    use deconflict_record::{Hash, KeyId};
    use serde_json::json;

    use super::*;
    use crate::testing::party;

    fn time(clock: &str) -> Time {
        crate::testing::time(&format!("2026-07-03T{clock}Z"))
    }

    /// Found at eight; it begins at noon.
    fn conflict() -> Conflict {
        let side =
            |party: &str| json!({"party": party, "kind": "operation", "handle": "d".repeat(64)});
        serde_json::from_value(json!({
            "sides": [side("north"), side("south")], "between": [null, null],
            "extent": {"cells": [], "from": "2026-07-03T12:00:00Z", "certainty": "overlap"},
            "opened": "2026-07-03T08:00:00Z", "owner": null, "noticed": {}, "contact": null, "accepted": [],
            "contact_overdue": false, "closed": null, "entries": [9],
        }))
        .unwrap()
    }

    fn world() -> Ledger {
        let charter = deconflict_testing::charter(&["host", "north", "south", "aid"]);
        Ledger { charter: Some(charter.into()), ..Ledger::default() }
    }

    #[test]
    fn a_side_is_called_until_it_has_read_of_it_and_anew_as_it_draws_near_or_changes() {
        let (view, mut found) = (world(), conflict());
        let called = |found: &Conflict, clock: &str| {
            overlap_call(&view, found, &party("south"), time(clock))
        };
        let unread = |clock: &str| Some((OverlapCall::Unread, time(clock)));
        assert_eq!(called(&found, "08:59:59"), unread("08:00:00"), "PRIORITY since it was found");
        assert_eq!(called(&found, "09:00:00"), unread("09:00:00"), "IMMEDIATE from three hours on");
        assert_eq!(called(&found, "11:31:00"), unread("11:30:01"), "FLASH under half an hour");
        found.changed = Some(time("10:00:00"));
        assert_eq!(called(&found, "10:00:00"), unread("10:00:00"));
        found.noticed.insert(party("south"), time("10:01:00"));
        assert_eq!(called(&found, "10:02:00"), None);
        assert_eq!(overlap_call(&view, &found, &party("aid"), time("11:31:00")), None, "no side");
    }

    #[test]
    fn what_nobody_takes_on_or_speaks_of_calls_both_sides_and_the_watch_desk() {
        let (view, mut found) = (world(), conflict());
        for side in ["north", "south"] {
            found.noticed.insert(party(side), time("08:10:00"));
        }
        let all = |found: &Conflict, clock: &str| {
            let call = |name| overlap_call(&view, found, &party(name), time(clock));
            let all = ["north", "south", "host"].map(call);
            assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
            all[0]
        };
        assert_eq!(all(&found, "11:30:00"), None, "half an hour is not under half an hour");
        assert_eq!(all(&found, "11:30:01"), Some((OverlapCall::Unowned, time("11:30:01"))));
        found.owner = Some((party("north"), KeyId(Hash([1; 32]))));
        assert_eq!(all(&found, "11:31:00"), None);
        found.contact_overdue = true;
        assert_eq!(all(&found, "11:31:00").unwrap().0, OverlapCall::ContactOverdue);
        let at = time("11:32:00");
        found.contact = Some(ContactMade { party: party("south"), means: "by phone".into(), at });
        assert_eq!(all(&found, "11:33:00"), None);
    }

    #[test]
    fn an_overlap_waits_for_each_side_until_it_was_read_there_and_stands_until_somebody_has_taken_it_on()
     {
        let (north, south, aid) = (party("north"), party("south"), party("aid"));
        let at = time("09:00:00");
        let view = Ledger::default();
        let stands = |conflict: &Conflict, party: &PartyId| overlap_section(&view, conflict, party);
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
