//! A record that nobody, its host included, can alter, drop, back-date or deny unseen.
//!
//! An operator signs a [`SignedStatement`]; the host answers with a [`Promise`], commits to the entry
//! ([`commit`]), appends the commitment to a [`Tree`] and signs its head, a [`Checkpoint`]. Desks,
//! as [`Cosigner`]s, countersign heads that extend what they saw before. Whoever holds a
//! [`TlogProof`] and a [`Policy`] checks offline that an entry stands in the record; whoever holds
//! two heads that cannot both be honest holds [`Evidence`] that stands on its own.
//!
//! The formats are public ones, so that other people's programs verify too: RFC 6962 trees, DSSE
//! envelopes, and of the C2SP specifications signed-note, tlog-checkpoint, tlog-cosignature/v1,
//! tlog-tiles, tlog-witness, tlog-proof and tlog-policy. What is signed is always the exact bytes;
//! nothing is ever put in order again before a signature is checked.
//!
//! *Architecture invariant*: this crate knows nothing of geometry, parties' rights, stores, sockets
//! or clocks, and has no randomness: seeds, salts and times come from the caller. It sees bodies
//! as bytes.
//!
//! *Architecture invariant*: one thing has one spelling. A parser takes exactly the bytes that its
//! writer would write (a [`Policy`], written by people, excepted), so that no two readers can see
//! the same bytes differently. It never panics on any input, and everything has a bound.
//!
//! *Architecture invariant*: what parsed is not yet believed. Accessors of things unverified say so
//! in their names (`claimed`), and the ways to a verified value lead through a key or a policy.

mod checkpoint;
mod envelope;
mod fork;
mod hash;
mod key;
mod leaf;
mod note;
mod policy;
mod promise;
mod proof;
mod statement;
mod text;
mod tiles;
mod tree;
mod utc;
mod witness;

pub use checkpoint::{Checkpoint, Cosignature, Head, SignedCheckpoint};
pub use envelope::{Envelope, EnvelopeError, MAX_ENVELOPE_BYTES, MAX_SIGNATURES, pae};
pub use fork::{Evidence, NotProven, Proven};
pub use hash::{EMPTY_ROOT, Hash, leaf_hash, node_hash};
pub use key::{BadSignature, KeyError, KeyId, Signature, SigningKey, VerifyingKey};
pub use leaf::{commit, opens};
pub use note::{KeyUse, MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES, Note, NoteError, NoteSignature, Vkey};
pub use policy::{
    AcceptedCheckpoint, MAX_POLICY_BYTES, MAX_POLICY_LINES, NotAccepted, Policy, smallest_quorum,
};
pub use promise::{
    BatchError, BatchPlace, MAX_BATCH, NotPromised, PATH_HASHES, PROMISE_TYPE, Promise,
    PromisedBatch, Terms,
};
pub use proof::{MAX_EXTRA_BYTES, ProofRefused, TlogProof};
pub use statement::{
    CLOCKS_APART_S, Header, MAX_NAME_BYTES, STATEMENT_TYPE, SignedStatement, StatementError,
    StatementId,
};
pub use text::{MAX_JSON_INTEGER, Malformed, differs_at};
pub use tiles::{Tile, TileRow, bundle, entries_of_bundle, new_tiles, node_from_tiles};
pub use tree::{
    MAX_SIZE, ProofError, Tree, consistency_proof, inclusion_proof, prefix_proof, prefix_roots,
    root_of, verify_consistency, verify_inclusion,
};
pub use utc::UtcSecond;
pub use witness::{AddCheckpoint, CosignRefusal, Cosigner, MAX_CONSISTENCY_HASHES, Pending};
