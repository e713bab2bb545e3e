//! Evidence that a log told two stories, which stands on its own.
//!
//! A failed consistency proof is no evidence: anybody can write a wrong proof under two honest
//! heads. What proves a fork, beside the two heads that the log signed, is nothing (same size, two
//! roots) or nodes of the newer tree that lead to its signed root and so fix what the root at the
//! older size must have been ([`crate::prefix_roots`]); it is another one than the log signed.
//!
//! A broken [`crate::Promise`] is not among this evidence. That an entry is absent from a tree cannot
//! be shown, since leaves are salted commitments: only who holds the opening can show presence. So
//! the burden lies on the host. Whoever holds a promise publishes it; the host answers with the entry,
//! its opening and its inclusion under a checkpoint that was cosigned before the deadline; an answer
//! that is later or missing is the finding, and readers see that it is one of silence, not of proof.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::hash::Hash;
use crate::note::{MAX_NOTE_BYTES, Vkey};
use crate::text::{Malformed, canonical_json, to_json};
use crate::tree::{ProofError, prefix_roots};

const FORMAT: &str = "evidence of a fork";
/// Two notes, escaped, and the nodes.
const MAX_BYTES: usize = 4 * MAX_NOTE_BYTES;

/// Two signed heads of one log, and nodes of the newer tree. As bytes it is
/// `{"older":..,"newer":..,"nodes":[..]}`: the notes as text, the nodes in hexadecimal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evidence {
    older: SignedCheckpoint,
    newer: SignedCheckpoint,
    nodes: Vec<Hash>,
}

/// What evidence proves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Proven {
    /// The log signed two roots for one size.
    TwoRoots {
        /// The one.
        one: Checkpoint,
        /// The other.
        other: Checkpoint,
    },
    /// The log signed a tree that does not begin with the one that it had signed before.
    Rewritten {
        /// What it had signed.
        older: Checkpoint,
        /// What it signed as well.
        newer: Checkpoint,
        /// The root that the newer tree has at the older size.
        root_at_older_size: Hash,
    },
}

/// Why evidence proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotProven {
    /// The heads are of different logs, or the older one is the larger.
    NotComparable,
    /// One of the heads is not signed by any of the log's keys.
    NotSigned,
    /// The heads agree: the newer tree begins with the older one.
    Consistent,
    /// The nodes do not lead to the newer root, so they say nothing about its tree.
    Nodes(ProofError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    older: String,
    newer: String,
    nodes: Vec<Hash>,
}

impl Evidence {
    /// From two heads of the same size; or an older and a newer one, and the
    /// [`crate::prefix_proof`] between their sizes in the newer tree.
    pub fn new(older: SignedCheckpoint, newer: SignedCheckpoint, nodes: Vec<Hash>) -> Evidence {
        Evidence { older, newer, nodes }
    }

    /// Reads evidence; nothing is verified.
    ///
    /// # Errors
    /// When the bytes are not exactly what [`Evidence::encode`] writes.
    pub fn parse(bytes: &[u8]) -> Result<Evidence, Malformed> {
        if bytes.len() > MAX_BYTES {
            let fault = format!("{} bytes: must be at most {MAX_BYTES}", bytes.len());
            return Err(Malformed::whole(FORMAT, fault));
        }
        let wire: Wire = canonical_json(FORMAT, bytes)?;
        Ok(Evidence {
            older: SignedCheckpoint::parse(wire.older.as_bytes())?,
            newer: SignedCheckpoint::parse(wire.newer.as_bytes())?,
            nodes: wire.nodes,
        })
    }

    /// The one spelling of the evidence.
    pub fn encode(&self) -> Vec<u8> {
        let wire = Wire {
            older: self.older.encode(),
            newer: self.newer.encode(),
            nodes: self.nodes.clone(),
        };
        to_json(&wire).into_bytes()
    }

    /// What the evidence proves against the log whose keys these are: more than one if it changed
    /// hands or keys.
    ///
    /// # Errors
    /// When it proves nothing.
    pub fn check(&self, log: &[&Vkey]) -> Result<Proven, NotProven> {
        let signed = |head: &SignedCheckpoint| {
            let by = log.iter().find_map(|key| head.verify(key).ok().cloned());
            by.ok_or(NotProven::NotSigned)
        };
        let (older, newer) = (signed(&self.older)?, signed(&self.newer)?);
        if older.origin != newer.origin || older.size > newer.size {
            return Err(NotProven::NotComparable);
        }
        if older.size == newer.size {
            return if older.root == newer.root {
                Err(NotProven::Consistent)
            } else {
                Ok(Proven::TwoRoots { one: older, other: newer })
            };
        }
        let (older_root, newer_root) =
            prefix_roots(older.size, newer.size, &self.nodes).map_err(NotProven::Nodes)?;
        if newer_root != newer.root {
            Err(NotProven::Nodes(ProofError::Root))
        } else if older_root == older.root {
            Err(NotProven::Consistent)
        } else {
            Ok(Proven::Rewritten { older, newer, root_at_older_size: older_root })
        }
    }
}

impl fmt::Display for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Proven::TwoRoots { one, other } => write!(
                f,
                "{} signed two histories: at size {}, root {} and root {}",
                one.origin, one.size, one.root, other.root
            ),
            Proven::Rewritten { older, newer, root_at_older_size } => write!(
                f,
                "{} signed two histories: root {} at size {}, and a tree of size {} whose root at \
                 that size is {root_at_older_size}",
                older.origin, older.root, older.size, newer.size
            ),
        }
    }
}

impl fmt::Display for NotProven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no fork is proven: ")?;
        match self {
            NotProven::NotComparable => {
                f.write_str("the heads are of different logs, or the older is the larger")
            }
            NotProven::NotSigned => f.write_str("a head is not signed by the log"),
            NotProven::Consistent => f.write_str("the heads agree"),
            NotProven::Nodes(error) => {
                write!(f, "the nodes say nothing of the newer tree: {error}")
            }
        }
    }
}

impl std::error::Error for NotProven {}
