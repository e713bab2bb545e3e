//! What else a page asks for and is told: changes, entries of the record, and how it comes in.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PageAuthority, PageMoment, PageText};

/// What changes in a picture. A path is a member (`line`), or an element of a list by its name (`alarms/ID`).
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageChange {
    /// The number of the picture that it leads to.
    pub seq: u64,
    /// The time by the host's clock.
    pub now: PageMoment,
    /// What is set, by its path.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, serde_json::Value>,
    /// What is there no more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
}

/// A one-time word that lets a page in.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageLogin {
    /// The word, as it stood in the link.
    pub token: String,
}

/// An entry of the record, or those in one place that the party was not given.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageEntry {
    /// Its place in the record; of those that were not given, that of the first.
    pub index: u64,
    /// When the host took it in; null: it was not given, or was erased.
    pub at: Option<PageMoment>,
    /// The party that said it; null: it was not given, it was erased, or the host found it.
    pub by: Option<String>,
    /// How it came to be said; null: it was not given, or was erased.
    pub authority: Option<PageAuthority>,
    /// What it says.
    pub text: PageText,
    /// How sure it is that it stands in the record.
    pub proof: PageProof,
    /// To whom it was given. None yet: the record says it of sets of entries.
    pub given: Vec<PageGiven>,
    /// How many entries stand there that the party was not given; 0: it was given this one.
    pub withheld: u64,
}

/// How sure it is that an entry stands in the record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct PageProof {
    /// The host promised it.
    pub promise: bool,
    /// It stands under a verified head.
    pub logged: bool,
    /// Who countersigned that head, as far as the desk has seen.
    pub cosigned: Vec<String>,
}

/// To whom an entry was given.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PageGiven {
    /// The party.
    pub party: String,
    /// When.
    pub at: PageMoment,
    /// How much of it.
    pub how: PageText,
}
