//! Overlaps that the host found, among the messages of the inbox: OVERLAP FOUND is one code of one vocabulary, and a duty
//! officer reads one list.

use deconflict_core::{Conflict, ConflictId};
use deconflict_words::{Reader, conflict_json, overlap_section, short};
use serde_json::{Value, json};

use crate::by_name::find;
use crate::desk_client::DeskSession;

/// An overlap for scripts, with the section that it stands in; `null`: in none.
pub(super) fn overlap_json(reader: &Reader<'_>, id: ConflictId, conflict: &Conflict) -> Value {
    let mut told = conflict_json(reader, id, conflict);
    let section = overlap_section(reader.view, conflict, reader.party);
    told["section"] = json!(section.map(|section| section.word()));
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
