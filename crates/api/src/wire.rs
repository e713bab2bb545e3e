//! Requests and answers.

use std::collections::BTreeMap;

use deconflict_core::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::recovery::HostWait;

/// What a host says of its space to whoever asks: how to verify what it signs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AboutSpace {
    /// The space's name and the origin line of its record.
    pub space: String,
    /// The verifier key of its record's heads (C2SP signed-note).
    pub vkey: String,
    /// The key with which the record began, if it was moved since: what a new desk is set up with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<String>,
    /// The release that the host runs.
    pub release: String,
    /// What keeps the host from doing all that it should.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<HostTrouble>,
}

/// What keeps a host from doing all that it should, as far as anybody may know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum HostTrouble {
    /// It was started anew, and signs nothing before it has heard from its witnesses, so many more. What is filed
    /// meanwhile it keeps.
    WaitsForWitnesses {
        /// How many more.
        more: usize,
    },
    /// It was started anew, and lacks entries that desks must give back. What is filed meanwhile it keeps.
    LacksEntries {},
    /// Its key signed two histories: it signs nothing more.
    ClosedForGood {},
    /// Its clock is in doubt: it erases nothing and ends nothing.
    ClockInDoubt {
        /// By how many seconds it is ahead of what it was held against, or, where negative, behind.
        ahead_s: i64,
    },
    /// So many witnesses that it posts its heads to do not countersign them. It takes statements in all the same.
    WitnessesSilent {
        /// How many.
        witnesses: usize,
    },
}

/// Asks for something to sign.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartSession {
    /// The key's id: 64 hexadecimal digits.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub key: String,
}

/// Something to sign, once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// 64 hexadecimal digits.
    pub nonce: String,
}

/// Proves that one holds a key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prove {
    /// The key's id.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub key: String,
    /// The nonce of the challenge.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub nonce: String,
    /// The id of the key with which the host signs heads, as far as whoever proves knows it.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub log: String,
    /// The host's name in the address at which it was asked, without the port: so that whoever answers there and
    /// is not that host gets no session by passing this on.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// The Ed25519 signature over [`session_message`], in base64.
    #[schemars(regex(pattern = r"^[A-Za-z0-9+/]{85}[AQgw]==$"))]
    pub signature: String,
}

/// A session in which things can be read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Goes into the header `Authorization: Bearer`.
    pub token: String,
    /// Until when it is good, RFC 3339.
    pub until: String,
}

/// What is signed to begin a session: it can be taken for nothing else, for no other space, for the host of no
/// other key (`log`), and at no other name.
pub fn session_message(space: &str, log: &str, name: &str, nonce: &str) -> Vec<u8> {
    format!("deconflict session v2\n{space}\n{log}\n{name}\n{nonce}\n").into_bytes()
}

/// What became of a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FilingOutcome {
    /// It takes effect.
    Accepted,
    /// It takes none; it is logged with its refusal.
    Refused,
}

/// The answer to a statement. It is durable before this is said.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilingAnswer {
    /// The statement's hash.
    pub statement: String,
    /// Its entry.
    pub index: u64,
    /// What became of it.
    pub outcome: FilingOutcome,
    /// Why it was refused: an object whose one member is a code, with the code's parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub refusal: Option<Refusal>,
    /// The conflicts that it raised or changed and of which its author's party is a side; the party is
    /// given them as entries. Told in a session of that party alone: whoever else carries or repeats a
    /// statement is not to learn with whom it conflicts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflicts: Option<Vec<String>>,
    /// The overlays (zones over a site, or over a movement that they do not bind) that it opened or changed and of
    /// which its author's party is a side. Told where `conflicts` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlays: Option<Vec<String>>,
    /// Whether there may be more of them: not all was compared yet. What is found later is given as entries. Told
    /// where `conflicts` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparing: Option<bool>,
    /// The host's word that it stands in the record.
    pub promise: PromiseOf,
}

/// The most statements that are filed together.
pub const MAX_FILED_TOGETHER: usize = 64;

/// The most bytes of a request that files several statements.
pub const MAX_TOGETHER_BYTES: usize = 256 * 1024;

/// Statements that are filed together: each by itself, in this order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileTogether {
    /// The exact text of each one's envelope; at most 64.
    #[schemars(length(min = 1, max = 64))]
    pub statements: Vec<String>,
}

/// The answers to statements that were filed together.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FiledTogether {
    /// To the first ones, in their order.
    pub filed: Vec<FilingAnswer>,
    /// Why the next one was not filed. What comes after it may have been, or not: sent again, it gets its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Problem>,
}

/// The host's signed promise that a statement stands in its record by a deadline.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromiseOf {
    /// The envelope, as text.
    pub envelope: String,
    /// The slot of the statement in the batch.
    pub slot: u16,
    /// The hashes that lead from it to the batch, hexadecimal.
    pub path: Vec<String>,
}

/// An entry that the reader may have.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenEntry {
    /// The entry by which the reader was given it: the same, unless it was given later.
    pub cause: u64,
    /// The entry.
    pub index: u64,
    /// The salt of its leaf, 64 hexadecimal digits; absent once the content has been erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// Its exact bytes, which are UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// Some of the entries that the reader may have, in the order in which they are to be folded: a few MiB at
/// most, however much one entry gave.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenPage {
    /// The entries.
    pub given: Vec<GivenEntry>,
    /// All causes below this one have been answered: the next question begins here.
    pub next: u64,
    /// How many of the entries that the cause `next` gave have been answered already. They are to be folded only
    /// once all of that cause was answered.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub within: u64,
}

impl GivenPage {
    /// Where the next question begins.
    pub fn cursor(&self) -> GivenCursor {
        GivenCursor { cause: self.next, within: self.within }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Up to where a party has read what it was given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenCursor {
    /// All causes below were read.
    pub cause: u64,
    /// How many entries of that cause were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub within: u64,
}

impl From<u64> for GivenCursor {
    /// Before all that a cause gave.
    fn from(cause: u64) -> GivenCursor {
        GivenCursor { cause, within: 0 }
    }
}

/// The most commitments that come over a stream with a head.
pub const MAX_STREAM_COMMITMENTS: usize = 256;

/// What comes over a stream before a head, where no more than [`MAX_STREAM_COMMITMENTS`] entries are new under it:
/// what they are committed to. Where it does not come, or begins after what the reader has, tiles are asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamCommitments {
    /// The index of the first.
    pub from: u64,
    /// One for each entry up to the head, 64 hexadecimal digits each.
    pub commitments: Vec<String>,
}

/// A desk's cosignature of a head.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CosignatureLine {
    /// The size of the head.
    pub size: u64,
    /// The line of the signature (C2SP tlog-cosignature).
    pub line: String,
}

/// Why a request was not answered (RFC 9457).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// What kind of problem, a relative reference such as `problems/session`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong here, and the remedy.
    pub detail: String,
    /// For a statement out of sequence: the number that is next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_seq: Option<u64>,
    /// For a statement out of sequence: the hash of the key's last statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
    /// For a statement that a host keeps, or has no room to keep, since it was started anew: for whom it waits. Told in
    /// a session of a party alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Box<HostWait>>,
}

impl Problem {
    /// Whether it says that the host keeps the statement durably, although it does not stand in the record yet.
    pub fn is_kept(&self) -> bool {
        self.kind == "problems/kept"
    }
}
