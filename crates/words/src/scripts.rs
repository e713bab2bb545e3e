//! The same for scripts: codes in JSON, which are of no language.

use deconflict_core::{Conflict, ConflictId, Declaration, DeclarationContent, DeclarationId};
use serde_json::{Value, json};

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

/// A conflict for scripts.
pub fn conflict_json(id: ConflictId, conflict: &Conflict) -> Value {
    let owner = conflict.owner.as_ref().map(|(party, key)| json!({"party": party, "key": key}));
    json!({
        "conflict": id,
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
    })
}
