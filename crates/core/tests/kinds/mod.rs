//! Everything that can be said, found or refused.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::{BTreeMap, BTreeSet};

use deconflict_core::*;
use serde::de::DeserializeOwned;

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

/// The words of all variants of an enum: serde names them where it meets one that is none of them.
pub(crate) fn words<T: DeserializeOwned>() -> BTreeSet<String> {
    let error = serde_json::from_str::<T>(r#"{"?":{}}"#).err().unwrap().to_string();
    // unknown variant `?`, expected one of `found`, `amend-charter`, ...
    error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}
