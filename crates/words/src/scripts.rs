//! The same for scripts: codes in JSON, which are of no language.

use deconflict_core::{
    Coding, Conflict, ConflictId, Declaration, DeclarationContent, DeclarationId, Dialogue,
    ExactAnswer, MeetingVolumes, MessageId, MessageRemark, Overlay, OverlayEnd, OverlayId, PartyId,
    Shelf,
};
use deconflict_geometry::Limit;
use deconflict_vocabulary::{Direction, ObjectRef};
use serde_json::{Map, Value, json};

use crate::dialogue::{is_told, next_due};
use crate::english::exact::exact_between;
use crate::figures::{limit_metres, limit_reference};
use crate::reader::Reader;
use crate::standing::agreement;

/// A declaration for scripts.
pub fn declaration_json(
    reader: &Reader<'_>,
    id: DeclarationId,
    declaration: &Declaration,
) -> Value {
    let mut told = json!({
        "declaration": id,
        "kind": declaration.declared.kind(),
        "owner": declaration.owner,
        "authority": declaration.authority,
        "version": declaration.version,
        "at": declaration.at,
        "sharing": declaration.sharing,
        "declared": declaration.declared,
        "state": declaration.operation_state(),
        "confirmed_until": declaration.confirmed_until(),
        "lapsed": declaration.lapsed(),
        "late": declaration.late(),
        "units_not_told": declaration.units_not_told(),
        "ended": declaration.ended.map(|(at, how)| json!({"at": at, "how": how})),
        "unsigned_end": declaration.unsigned_end,
        "entries": declaration.entries,
    });
    if let DeclarationContent::Zone(_) = *declaration.declared {
        let stands: Vec<Value> = agreement(reader, declaration)
            .iter()
            .map(|stand| {
                let standing = declaration.standing(stand.party);
                json!({"party": stand.party, "stands": stand.word, "unilateral": stand.unilateral,
                    "standing": standing})
            })
            .collect();
        told["agreement"] = Value::Array(stands);
    }
    told
}

/// The code by which something stands in the record, for scripts: `code`; of an answer that of what it answers, and beside
/// it `answer`. Both are `null` where no code says it.
pub fn coding_json(coding: Option<&Coding>) -> [(&'static str, Value); 2] {
    [("code", json!(coding.map(Coding::code))), ("answer", json!(coding.and_then(Coding::answer)))]
}

/// A conflict for scripts. `exact` stands there where the reader may see both declarations.
pub fn conflict_json(reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> Value {
    let owner = conflict.owner.as_ref().map(|(party, key)| json!({"party": party, "key": key}));
    let mut told = json!({
        "conflict": id,
        "code": conflict.coding(id, reader.now).map(|coding| coding.code()),
        "precedence": conflict.precedence(reader.now),
        "state": conflict.state(),
        "sides": conflict.sides,
        "between": conflict.between,
        "extent": conflict.extent,
        "opened": conflict.opened,
        "owner": owner,
        "noticed": conflict.noticed,
        "contact": conflict.contact,
        "accepted": conflict.accepted,
        "contact_overdue": conflict.contact_overdue,
        "closed": conflict.closed.map(|(at, how)| json!({"at": at, "how": how})),
        "entries": conflict.entries,
    });
    if let Some(exact) = exact_between(reader, conflict.between) {
        told["exact"] = exact_json(&exact);
    }
    told
}

/// An overlay for scripts. `exact` stands there where the reader may see both declarations.
pub fn overlay_json(reader: &Reader<'_>, id: OverlayId, overlay: &Overlay) -> Value {
    let state = match overlay.closed {
        None => "open",
        Some((_, OverlayEnd::Changed)) => "changed",
        Some((_, OverlayEnd::Expired)) => "expired",
    };
    let mut told = json!({
        "overlay": id,
        "kind": overlay.kind(),
        "state": state,
        "sides": overlay.sides,
        "between": overlay.between,
        "extent": overlay.extent,
        "opened": overlay.opened,
        "closed": overlay.closed.map(|(at, how)| json!({"at": at, "how": how})),
        "entries": overlay.entries,
    });
    if let Some(exact) = exact_between(reader, overlay.between) {
        told["exact"] = exact_json(&exact);
    }
    told
}

/// An exact answer for scripts.
pub fn exact_json(exact: &ExactAnswer) -> Value {
    let limit =
        |limit: Limit| json!({"m": limit_metres(limit), "reference": limit_reference(limit)});
    let meeting = |one: &MeetingVolumes| {
        json!({
            "volumes": one.volumes,
            "certainty": one.certainty,
            "from": one.from,
            "until": one.until,
            "lower": limit(one.lower),
            "upper": limit(one.upper),
            "place": {"lat": one.place.lat_deg(), "lon": one.place.lon_deg()},
        })
    };
    let meeting: Vec<Value> = exact.meeting.iter().map(meeting).collect();
    json!({"meeting": meeting, "more": exact.more})
}

/// A dialogue for scripts. `rendering` is in the reader's language, with the isolates that it needs; `addressees` has what
/// came of it with each party as far as the reader is told, and `null` beyond.
pub fn dialogue_json(reader: &Reader<'_>, id: MessageId, dialogue: &Dialogue) -> Value {
    let shown = reader.tongue().message(&dialogue.message, reader);
    let mut addressees = Map::new();
    for (party, exchange) in &dialogue.exchanges {
        let next = next_due(dialogue, party);
        let next = next.map(|(at, lapse)| json!({"what": lapse, "at": at}));
        let told = is_told(dialogue, reader.party, party).then(|| {
            let mut told = json!({
                "state": dialogue.state_with(party, reader.now),
                "next": next,
                "missing_hop": dialogue.missing_hop(party),
            });
            if let (Some(told), Ok(Value::Object(members))) =
                (told.as_object_mut(), serde_json::to_value(exchange))
            {
                told.extend(members);
            }
            told
        });
        addressees.insert(party.to_string(), told.unwrap_or(Value::Null));
    }
    let direction = match shown.direction {
        Direction::LeftToRight => "ltr",
        Direction::RightToLeft => "rtl",
    };
    json!({
        "message": id,
        "short": ObjectRef(id.0.0).short().to_string(),
        "code": dialogue.code(),
        "title": dialogue.code().row().title,
        "says": dialogue.message,
        "traffic": dialogue.traffic,
        "precedence": dialogue.precedence,
        "sender": dialogue.sender,
        "passed_on": dialogue.passed_on,
        "by_cell": dialogue.by_cell,
        "by_host": dialogue.is_of_host().then(|| {
            json!({"due": dialogue.due, "late": dialogue.is_found_late(), "ended": dialogue.ended})
        }),
        "in_exit_sector": reader.view.in_exit_sector(dialogue),
        "clock_ahead_s": dialogue.clock_ahead_s,
        "remark": dialogue.remark.as_ref().and_then(MessageRemark::open),
        "sealed_remark": dialogue.remark.as_ref().and_then(MessageRemark::sealed),
        "since": dialogue.since,
        "valid_until": dialogue.valid_until,
        "asked_by": dialogue.asked_by(),
        "read_back_by": dialogue.since.after_seconds(dialogue.limits.read_back_s.into()),
        "answer_by": dialogue.since.after_seconds(dialogue.limits.answered_s.into()),
        "answers": dialogue.code().row().attribute.answers(),
        "too_short": reader.is_too_short(dialogue),
        "escalated": reader.is_escalated(id, dialogue),
        "cancelled": dialogue.cancelled,
        "corrected_by": dialogue.reopened,
        "shelved": shelved_json(reader, id),
        "incident": dialogue.opens_incident().then(|| json!({"ended": dialogue.ended})),
        "addressees": addressees,
        "rendering": {
            "language": shown.language, "direction": direction, "line": shown.line(),
            "checked_by": shown.checked_by,
        },
        "entries": dialogue.entries,
    })
}

/// Who has shelved the sound of a message, and until when, as far as the reader is told.
fn shelved_json(reader: &Reader<'_>, id: MessageId) -> Vec<Value> {
    let of = |party: &PartyId| {
        let one = |(operator, until)| json!({"party": party, "operator": operator, "until": until});
        reader.view.shelved(party, id, reader.now).into_iter().map(one).collect::<Vec<Value>>()
    };
    reader.view.shelves.keys().flat_map(of).collect()
}

/// All that is shelved now, as far as the reader is told, for scripts.
pub fn shelves_json(reader: &Reader<'_>) -> Vec<Value> {
    let one = |party: &PartyId, operator, shelf: &Shelf| {
        json!({"party": party, "operator": operator, "key": shelf.key, "of": shelf.of, "at": shelf.at,
            "until": shelf.until, "entry": shelf.entry})
    };
    let of = |party: &PartyId| {
        let all = reader.view.shelves_of(party, reader.now);
        all.map(|(operator, shelf)| one(party, operator, shelf)).collect::<Vec<Value>>()
    };
    reader.view.shelves.keys().flat_map(of).collect()
}
