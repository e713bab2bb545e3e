//! Movements that are about to begin, and of which nobody has said that units were told: their owner is to act.

use deconflict_words::inbox::untold;
use deconflict_words::{Reader, declaration_json};
use serde_json::Value;

/// Those of the reader's party for scripts, each as a declaration is told.
pub(super) fn untold_json(reader: &Reader<'_>) -> Value {
    let all = untold(reader.view, reader.party, reader.now);
    all.into_iter().map(|(id, declaration)| declaration_json(reader, id, declaration)).collect()
}
