//! A zone over what it does not bind, in words.

use deconflict_core::{
    Certainty, Declaration, DeclarationContent, DeclarationId, ExactAnswer, Kind, Overlay,
    OverlayEnd, OverlayId, Side,
};

use super::conflict::{call, cells};
use super::declaration::{entries, restriction};
use super::exact::{exact_between, exact_rows};
use super::figures::times;
use crate::reader::{Reader, aligned, at, short};

/// One of two sides, as a reader knows it.
struct KnownSide<'a> {
    side: &'a Side,
    declaration: Option<(DeclarationId, &'a Declaration)>,
    is_own: bool,
}

impl KnownSide<'_> {
    /// What it is called towards this reader: its own never as hidden.
    fn words(&self, reader: &Reader<'_>) -> String {
        let Side { kind, party, .. } = self.side;
        match (self.declaration, self.is_own) {
            (Some((id, known)), true) => {
                format!("your {kind} {} ({})", reader.text(known.declared.name()), short(id))
            }
            (Some((id, known)), false) => {
                format!("{kind} {} of {party} ({})", reader.text(known.declared.name()), short(id))
            }
            (None, true) => format!("your {kind}"),
            (None, false) => format!("a {kind} of {party} that you may not see"),
        }
    }
}

fn known<'a>(
    reader: &Reader<'a>,
    sides: &'a [Side; 2],
    between: [Option<DeclarationId>; 2],
    nth: usize,
) -> KnownSide<'a> {
    let side = &sides[nth];
    let view = reader.view;
    let declaration = between[nth].and_then(|id| Some((id, &**view.declarations.get(&id)?)));
    KnownSide { side, declaration, is_own: side.party == *reader.party }
}

/// What a site or movement does to a zone, as far as it is known.
fn verb(kind: Kind, exact: Option<&ExactAnswer>) -> &'static str {
    let exact = exact.map(|exact| exact.meeting.iter().map(|meeting| &meeting.certainty));
    let sure = exact.map(|mut all| {
        let first = all.next().map(|one| *one == Certainty::Overlap);
        first.map(|sure| sure || all.any(|one| *one == Certainty::Overlap))
    });
    match (kind, sure) {
        (Kind::Movement, Some(Some(true))) => "enters",
        (Kind::Movement, Some(None)) => "comes near",
        (Kind::Movement, _) => "may enter",
        (_, Some(Some(true))) => "lies in",
        (_, Some(None)) => "lies near",
        _ => "may lie in",
    }
}

/// What a side is told: of a zone that it may see, what that says; of what it may not see, that something is near.
pub(super) fn told(
    reader: &Reader<'_>,
    sides: &[Side; 2],
    between: [Option<DeclarationId>; 2],
) -> String {
    let nth = usize::from(sides[0].kind != Kind::Zone);
    let (zone, other) =
        (known(reader, sides, between, nth), known(reader, sides, between, 1 - nth));
    let exact = exact_between(reader, between);
    for (own, hidden) in [(&other, &zone), (&zone, &other)] {
        if own.is_own && !hidden.is_own && hidden.declaration.is_none() {
            return format!("something of {} lies near {}", hidden.side.party, own.words(reader));
        }
    }
    let verb = verb(other.side.kind, exact.as_ref());
    let (of_zone, lies) = (zone.words(reader), other.words(reader));
    match zone.declaration.map(|(_, zone)| &*zone.declared) {
        Some(DeclarationContent::Zone(terms)) if other.is_own => format!(
            "{lies} {verb} {of_zone}, which says: {}; {}",
            restriction(terms.restriction),
            unbound(other.side.kind, true)
        ),
        _ => format!("{lies} {verb} {of_zone}; {}", unbound(other.side.kind, false)),
    }
}

/// That the zone binds nobody here.
pub(super) fn unbound(kind: Kind, own: bool) -> &'static str {
    match (kind, own) {
        (Kind::Site, _) => "no zone binds a site",
        (_, true) => "you are not bound by it",
        (_, false) => "its owner is not bound by it",
    }
}

/// Whom the reader calls: the other side; who is no side, or both, both of them.
fn calls(reader: &Reader<'_>, overlay: &Overlay) -> Vec<String> {
    let own = [0, 1].map(|nth: usize| overlay.sides[nth].party == *reader.party);
    let others = [0, 1].into_iter().filter(|nth| !own[*nth] || own == [true, true]);
    others.map(|nth| call(reader, &overlay.sides[nth], overlay.between[nth])).collect()
}

fn state(overlay: &Overlay) -> String {
    match overlay.closed {
        None => "both owners are told of it; nothing has to be settled".to_owned(),
        Some((when, OverlayEnd::Changed)) => format!("ended by a change, at {}", at(when)),
        Some((when, OverlayEnd::Expired)) => format!("its time is over, at {}", at(when)),
    }
}

fn countdown(reader: &Reader<'_>, overlay: &Overlay) -> String {
    if overlay.closed.is_some() { "over".to_owned() } else { reader.countdown(&overlay.extent) }
}

/// An overlay as a row: its name, what the reader is told, when, how long, whom to call.
pub(super) fn overlay_row(reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> [String; 5] {
    [
        short(id),
        told(reader, &overlay.sides, overlay.between),
        times(overlay.extent.from, overlay.extent.until),
        countdown(reader, overlay),
        calls(reader, overlay).join("\n"),
    ]
}

/// An overlay in one line.
pub(super) fn overlay_line(reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> String {
    format!(
        "{}: {}; {}; call {}",
        short(id),
        told(reader, &overlay.sides, overlay.between),
        times(overlay.extent.from, overlay.extent.until),
        calls(reader, overlay).join("; call ")
    )
}

/// An overlay in lines. Who may not see the other side reads on which cells and at what times something of it lies
/// near, whom to call, and nothing more.
pub(super) fn overlay_lines(reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> Vec<String> {
    let extent = &overlay.extent;
    let mut rows = vec![
        ("id", id.to_string()),
        ("state", state(overlay)),
        ("told", told(reader, &overlay.sides, overlay.between)),
        ("when", times(extent.from, extent.until)),
    ];
    if overlay.closed.is_none() {
        rows.push(("countdown", reader.countdown(extent)));
    }
    rows.push(("where", cells(reader, &extent.cells)));
    rows.extend(exact_rows(reader, overlay.between));
    rows.push(("found", at(overlay.opened)));
    rows.extend(calls(reader, overlay).into_iter().map(|call| ("call", call)));
    rows.push(("told by", entries(&overlay.entries)));
    let mut lines = vec![format!("overlay {}", short(id))];
    lines.extend(aligned(&rows));
    lines
}

#[cfg(test)]
mod tests {
    use deconflict_core::Ledger;
    use serde_json::json;

    use super::*;
    use crate::testing::{party, time, view};

    /// The view of a reader whose convoy comes into a zone of north that it may or may not see.
    fn overlaid(zone_seen: bool, convoy_seen: bool) -> (Ledger, OverlayId) {
        let hash = |digit: &str| digit.repeat(64);
        let mut ledger = serde_json::to_value(view()).unwrap();
        let waypoint = |lon: f64, from: &str, until: &str| json!({"place": {"lat": 33.5, "lon": lon}, "from": from, "until": until});
        let way = [
            waypoint(38.5, "2017-06-06T08:00:00Z", "2017-06-06T08:30:00Z"),
            waypoint(38.7, "2017-06-06T09:00:00Z", "2017-06-06T09:30:00Z"),
        ];
        let movement = json!({"movement": {"name": {"en": "Convoy 7"}, "waypoints": way,
            "half_width_m": 500.0, "upper": {"at": {"m": 300.0, "above": "AGL"}}, "vehicles": [],
            "armed_escort": "no", "contact": "+000 convoy"}});
        let convoy = json!({"owner": "far", "authority": {"signed": {}}, "version": hash("e"),
            "at": "2017-06-06T04:00:00Z", "declared": movement, "past": [],
            "sharing": "conflict-only", "condition": {"movement": {"late": false}},
            "ended": null, "entries": [8], "handle": null});
        if convoy_seen {
            ledger["declarations"][hash("e")] = convoy;
        }
        if !zone_seen {
            ledger["declarations"].as_object_mut().unwrap().remove(&hash("a"));
        }
        let of = |seen: bool, digit: &str| seen.then(|| hash(digit));
        let side = |party: &str, kind: &str, declaration: Option<String>| json!({"party": party, "kind": kind, "declaration": declaration, "handle": hash("d")});
        let overlay = json!({
            "sides": [side("far", "movement", None), side("north", "zone", of(zone_seen, "a"))],
            "between": [of(convoy_seen, "e"), of(zone_seen, "a")],
            "extent": {"cells": [{"level": 0, "row": 3722, "column": 14923}],
                "from": "2017-06-06T08:00:00Z", "until": "2017-06-06T10:00:00Z",
                "lower_m": 0, "upper_m": 9300, "certainty": {"possible": ["sharing-grid"]}},
            "opened": "2017-06-06T05:00:00Z", "closed": null, "entries": [11]});
        ledger["overlays"] = json!({ hash("f"): overlay });
        let ledger: Ledger = serde_json::from_value(ledger).unwrap();
        let id = *ledger.overlays.keys().next().unwrap();
        (ledger, id)
    }

    fn shown(reader: &str, zone_seen: bool, convoy_seen: bool) -> String {
        let (view, id) = overlaid(zone_seen, convoy_seen);
        let reader = party(reader);
        let reader = Reader::new(&view, &reader, "en", time("2017-06-06T05:00:00Z"));
        let lines = overlay_lines(&reader, id, &view.overlays[&id]).join("\n");
        lines.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn who_may_see_the_zone_reads_what_it_says_that_it_does_not_bind_and_exactly_where() {
        let told = shown("far", true, true);
        for words in [
            "your movement \"Convoy 7\" (eeeeeeee) enters zone \"Garrison\" of north (aaaaaaaa), which says: \
             do not enter; you are not bound by it",
            "call north (The north): +000 north",
            "exactly they overlap: 2017-06-06 08:00 to 09:30; SFC to 300 m AGL; around 33.",
            "countdown begins in 3 h",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
        assert!(!told.contains("may not see"), "nothing is hidden from it: {told}");
    }

    #[test]
    fn who_may_not_see_it_reads_that_something_is_near_where_when_whom_to_call_and_nothing_more() {
        let told = shown("far", false, true);
        assert!(told.contains("something of north lies near your movement \"Convoy 7\""), "{told}");
        assert!(told.contains("call north (The north): +000 north"), "{told}");
        for word in ["zone", "enter", "exactly", "9300", "possible", "bound"] {
            assert!(!told.contains(word), "{word}: {told}");
        }
    }

    #[test]
    fn the_zones_owner_reads_that_something_is_near_its_zone_and_its_own_is_never_hidden() {
        let told = shown("north", true, false);
        assert!(
            told.contains("something of far lies near your zone \"Garrison\" (aaaaaaaa)"),
            "{told}"
        );
        assert!(told.contains("call far (The far): +000 far"), "{told}");
        // Erased since, or not in the view for whatever reason: still its own.
        let told = shown("north", false, true);
        assert!(told.contains("your zone"), "{told}");
        assert!(!told.contains("of north that you may not see"), "{told}");
    }

    #[test]
    fn the_watch_desk_reads_of_both_and_calls_both() {
        let told = shown("host", true, false);
        assert!(
            told.contains(
                "a movement of far that you may not see may enter zone \"Garrison\" of north"
            ),
            "{told}"
        );
        assert!(told.contains("+000 north") && told.contains("+000 far"), "{told}");
    }
}
