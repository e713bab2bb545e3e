//! What stands in a folder that shows a record to others, and under which names.

use std::collections::BTreeSet;

use deconflict_api::PromiseOf;
use deconflict_core::Charter;
use deconflict_record::{BatchPlace, Hash, KeyUse, Malformed, Policy, Promise, Vkey};
use serde::{Deserialize, Serialize};

use crate::overruling::Overruling;

/// The most entries in one file of a folder.
pub const ROWS_PER_FILE: usize = 1_024;

/// What a folder is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderHeader {
    /// The version of this form: 1.
    pub v: u32,
    /// Which kind of folder.
    pub kind: FolderKind,
    /// The space.
    pub space: String,
    /// The key of the host with which the record began.
    pub log: String,
    /// The keys of the hosts that it was moved to, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<String>,
    /// Whose desk wrote it.
    pub party: deconflict_core::PartyId,
    /// The entries that it is there to show.
    pub shows: BTreeSet<u64>,
    /// Charges against the host that this party set aside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overruled: Vec<Overruling>,
}

/// Which kind of folder it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FolderKind {
    /// The whole record's commitments, and what the party was given.
    Record,
    /// Some entries, each with its proof, and those that tell the keys.
    Proofs,
}

/// A promise with its statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromisedStatement {
    /// The statement's envelope.
    pub statement: String,
    /// The host's promise to log it.
    pub promise: PromiseOf,
}

/// What opens an entry: the extra data of its proof.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofExtra {
    /// The salt of its leaf, 64 hexadecimal digits.
    pub salt: String,
    /// Its exact bytes.
    pub content: String,
}

/// Which heads a charter has its readers believe: the log's, cosigned by its quorum of the witnesses that count.
/// Where the record has moved to the party of a witness, fewer may count than the quorum: then all of them.
///
/// # Errors
/// When it names one key twice.
pub fn policy_of(charter: Option<&Charter>, log: &Vkey) -> Result<Policy, Malformed> {
    let named = charter.iter().flat_map(|charter| charter.counting_witnesses());
    let witnesses = named.map(|w| Vkey::new(&w.name, KeyUse::Witness, w.key));
    let witnesses = witnesses.collect::<Result<Vec<_>, _>>()?;
    let quorum = charter.map_or(0, |charter| charter.quorum.min(witnesses.len()));
    Policy::at_least(quorum, log, &witnesses)
}

/// The file that holds the `nth` [`ROWS_PER_FILE`] entries.
pub fn given_name(nth: usize) -> String {
    format!("given/{nth:06}.jsonl")
}

/// The file that holds the proof of an entry.
pub fn proof_name(index: u64) -> String {
    format!("proofs/{index}.tlog-proof")
}

/// A promise as the host sends it.
///
/// # Errors
/// In words, when it has not that form.
pub fn read_promise(promise: &PromiseOf) -> Result<(Promise, BatchPlace), String> {
    let read = Promise::parse(promise.envelope.as_bytes()).map_err(|error| error.to_string())?;
    let path: Result<Vec<Hash>, _> = promise.path.iter().map(|hash| Hash::from_hex(hash)).collect();
    let path = path.map_err(|error| error.to_string())?;
    let path = path.try_into().map_err(|_| "the promise's path must have 8 hashes".to_owned())?;
    let slot = u8::try_from(promise.slot).map_err(|_| "the promise's slot is none".to_owned())?;
    Ok((read, BatchPlace { slot, path }))
}

/// What a folder of a whole record says of itself to people.
pub const README_RECORD: &str = "\
# A record of deconflict, as one party holds it

This folder holds the commitments of a whole record, its signed head, and the contents that one party
was given. Nobody needs to trust whoever gave it to you:

    deconflict verify .

says what is proven, by whom and until when. Compare the key of the log (`log` in about.json) and the hash
of the founding statement, which the check prints, with what the parties themselves tell you. If the record
was moved to another host since, `later` names that host's key; the check shows the statement that moved it.

What is what:

- `checkpoint`: the head, signed by the host and countersigned by witnesses (C2SP tlog-checkpoint).
- `policy`: whose signatures count (C2SP tlog-policy). The check compares it with the charter.
- `tile/`: the tree (C2SP tlog-tiles); the bundles in `tile/entries` hold 32 bytes for each entry:
  SHA-256 of `deconflict leaf v1`, a newline, its salt and its content.
- `given/`: salt and content of the entries that the party was given, in the order in which they count.
- `promises.jsonl`: statements that the host promised to log and that were not seen in the record yet.
- `SHA256SUMS`: `sha256sum -c SHA256SUMS` shows that nothing was damaged on the way.

With other people's programs: Go's `golang.org/x/mod/sumdb/note` opens the checkpoint with the log's key,
and `sumdb/tlog` recomputes the tree from the tiles; in Python, `aics-tlog` does both.
";

/// What a folder of proofs says of itself to people.
pub const README_PROOFS: &str = "\
# Proof that entries stand in a record of deconflict

Each file in `proofs/` shows that one entry stands in a record whose head the host signed and witnesses
countersigned (C2SP tlog-proof). Which of them this folder is there to show stands in about.json; the
others tell the charter and the keys by which the statements are signed. Nobody needs to trust whoever
gave it to you:

    deconflict verify .

says what is proven, by whom and until when. Compare the key of the log (`log` in about.json) and the hash
of the founding statement, which the check prints, with what the parties themselves tell you. If the record
was moved to another host since, `later` names that host's key; the check shows the statement that moved it.

A proof's `extra` line is base64 of JSON with `salt` and `content`. The data of its leaf are the 32 bytes
SHA-256 of `deconflict leaf v1`, a newline, the salt's 32 bytes and the content. With other people's
programs: Go's `golang.org/x/mod/sumdb/note` opens the checkpoint at the end of each file with the log's
key, and `sumdb/tlog` checks the proof; in Python, `aics-tlog` does both. A statement's envelope is DSSE:
its payload is signed with the author's Ed25519 key, which the charter or an enrolment among the proofs
holds. `SHA256SUMS` is read by `sha256sum -c`.
";
