//! What a message names and its addressees may not see: they would read no more of it than its short name.

use std::collections::BTreeSet;

use deconflict_core::{Ledger, PartyId};
use deconflict_record::Hash;
use deconflict_vocabulary::{Addressees, Message, Value};

/// A line for each thing that a message names and somebody may not see to whom it goes.
///
/// # Errors
/// When it is where and when the message is about, so that it would say nothing to them.
pub(super) fn lines(
    view: &Ledger,
    message: &Message,
    to: &BTreeSet<PartyId>,
) -> Result<Vec<String>, String> {
    // The host tells them the cells.
    if message.code.row().addressees == Addressees::EveryHolderAndOthersByCell {
        return Ok(Vec::new());
    }
    let mut lines = Vec::new();
    for (name, value) in &message.parameters {
        let (of, says_where) = match value {
            Value::Reference(of) => (of, false),
            Value::Volumes(of) => (of, true),
            _ => continue,
        };
        let Some(named) = view.declaration_named(Hash(of.0)) else { continue };
        let blind = to.iter().filter(|party| !view.sees(party, named)).map(PartyId::as_str);
        let blind: Vec<&str> = blind.collect();
        if blind.is_empty() {
            continue;
        }
        let (code, name, short, blind) =
            (message.code, name.as_str(), of.short(), blind.join(", "));
        if says_where {
            return Err(format!(
                "{code}: {name}: {blind} may not see it, and would read no place and no time: share it first (`deconflict \
                 declare share`), or name what they see: nothing was signed"
            ));
        }
        lines.push(format!(
            "  Beware: {blind} may not see what {name} names, and reads {short} in its place: `deconflict declare share` shows it."
        ));
    }
    Ok(lines)
}
