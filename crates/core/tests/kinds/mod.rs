//! One of everything that can be said.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeMap;

use deconflict_core::*;

/// One statement of every kind, by its word, from the log that says everything.
pub(crate) fn kinds() -> BTreeMap<&'static str, Statement> {
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/v1.jsonl");
    let log = std::fs::read_to_string(log).unwrap();
    let mut kinds = BTreeMap::new();
    for line in log.lines() {
        let entry: Entry = serde_json::from_str(line).unwrap();
        if let What::Accepted(statement) = entry.what {
            kinds.entry(statement.say.rules().word).or_insert(*statement);
        }
    }
    kinds
}
