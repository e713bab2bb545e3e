//! What a host that was started anew and desks tell each other before it signs again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most commitments in one message.
pub const MAX_LOST_COMMITMENTS: usize = 4_096;
/// The most bytes of a message with commitments or entries.
pub const MAX_LOST_BYTES: usize = 1024 * 1024;

/// How far a host has come in comparing its record with what desks saw of it.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// What a witness signs together with its last head: 64 hexadecimal digits. Absent: nothing is
    /// asked, and statements are taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Entries that the host has.
    pub size: u64,
    /// Entries under the largest head of its own key that it was told of.
    pub known: u64,
    /// The commitments that it has: those from here on, below `known`, are asked for.
    pub commitments: u64,
    /// For whom it waits. Absent: nothing is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<HostWait>,
    /// What time it is at the host, RFC 3339 in whole seconds, so that a desk learns how far its clock is from it. Absent: it
    /// does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The Ed25519 signature over [`asking_message`] by the key of the record, in base64, in answer to a
    /// head: before that no desk gives contents back to whoever asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// For whom a host that was started anew waits before it signs and takes in.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostWait {
    /// From how many more of the silent witnesses it must hear.
    pub more: usize,
    /// The witnesses that count, have a desk or an address, and have not said their last heads.
    pub silent: Vec<SilentWitness>,
    /// Whether it lost entries that no desk has given back yet.
    pub lacks_entries: bool,
}

/// A witness that has not said its last head.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SilentWitness {
    /// The name that its cosignatures carry.
    pub witness: String,
    /// Whose desk it is: how to reach that party stands in the charter. Empty: nobody's; the host asks it by itself.
    pub party: String,
}

/// The last head that a desk has verified.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LastHead {
    /// The signed note; empty when it has seen none.
    pub note: String,
    /// 64 hexadecimal digits, fresh each time: the host signs them when it asks.
    pub challenge: String,
    /// That it is the last one of a witness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<WitnessWord>,
}

/// A witness's word that a head is its last one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WitnessWord {
    /// The name that its cosignatures carry.
    pub name: String,
    /// The Ed25519 signature over [`last_head_message`] by the witness's key, in base64.
    pub signature: String,
}

/// Commitments of a record, in their order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LostCommitments {
    /// The index of the first.
    pub from: u64,
    /// At most [`MAX_LOST_COMMITMENTS`], 64 hexadecimal digits each.
    pub commitments: Vec<String>,
}

/// Entries of a record, as a desk was given them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LostEntries {
    /// The entries.
    pub entries: Vec<LostEntry>,
}

/// An entry of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LostEntry {
    /// Its index.
    pub index: u64,
    /// The salt of its leaf, 64 hexadecimal digits.
    pub salt: String,
    /// Its exact bytes, which are UTF-8.
    pub content: String,
}

/// What a host signs to show that it is the record's own host that asks.
pub fn asking_message(space: &str, nonce: &str, challenge: &str) -> Vec<u8> {
    format!("deconflict asks v1\n{space}\n{nonce}\n{challenge}\n").into_bytes()
}

/// What a witness signs to say that a head is its last one: it can be taken for nothing else, and not
/// be told a second time. `head` is the text of the note without its signatures.
pub fn last_head_message(space: &str, nonce: &str, head: &str) -> Vec<u8> {
    format!("deconflict last head v1\n{space}\n{nonce}\n{head}").into_bytes()
}
