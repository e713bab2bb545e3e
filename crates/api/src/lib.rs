//! What goes over the wire between host, desk and command line, what a desk's agent is asked on its own
//! machine, and what stands in the bytes of an entry and of a ledger.
//!
//! *Architecture invariant*: no sockets, no stores, no clocks. Types and their one JSON form; who may
//! have what is decided in `core`.

mod compact;
mod content;
mod local;
pub mod page;
mod recovery;
mod snapshot;
mod wire;

pub use content::{Content, ContentError, MAX_STATEMENT_BYTES, read_statement, say_json};
pub use local::{
    LOCAL_VERSION, LocalRequest, MAX_LOCAL_ANSWER_BYTES, MAX_PIECE_BYTES, MAX_REQUEST_BYTES,
    MAX_WAIT_MS, NextLink,
};
pub use recovery::{
    HostWait, LastHead, LostCommitments, LostEntries, LostEntry, MAX_LOST_BYTES,
    MAX_LOST_COMMITMENTS, Recovery, SilentWitness, WitnessWord, asking_message, last_head_message,
};
pub use snapshot::{BASE_PART, SNAPSHOT_FORMAT, decode_ledger, encode_ledger};
pub use wire::{
    AboutSpace, Challenge, CosignatureLine, FileTogether, FiledTogether, FilingAnswer,
    FilingOutcome, GivenCursor, GivenEntry, GivenPage, HostTrouble, MAX_FILED_TOGETHER,
    MAX_STREAM_COMMITMENTS, MAX_TOGETHER_BYTES, Problem, PromiseOf, Prove, Session, StartSession,
    StreamCommitments, session_message,
};
