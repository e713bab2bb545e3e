//! The host role: takes statements in, keeps the record, and gives each party what it may read.
//!
//! A [`Space`] is the sequencer. It decides about statements that have been verified ([`VerifiedStatement`]), makes the
//! entries, their leaves and who may read them durable in one append, and only then answers. A
//! [`Server`] puts one thread behind it that gathers what arrives together, and HTTP in front of it.
//!
//! *Architecture invariant*: no reader sees an entry before it is durable, and no reader waits for
//! the writer. What readers need at once (whose a key is, the last head) is published by the writer
//! after each append; everything else they read from the store on connections of their own.
//!
//! *Architecture invariant*: what a party may read was decided with its cause and stands in the store.
//! Nothing here asks what an entry says in order to find out who may have it.
//!
//! *Architecture invariant*: what a party may not see is answered like what is not there, byte for
//! byte.
//!
//! *Architecture invariant*: the clock and the randomness are passed in.

mod answers;
mod check;
mod clock;
mod config;
mod durable_ledger;
mod failure;
mod growth;
mod handover;
mod http;
mod names;
mod posting;
mod priority;
mod problem;
mod published;
mod rebuild;
mod recent;
mod seal;
mod serve;
mod session;
mod shares;
mod snapshot;
mod space;
mod witness_recovery;
mod writer;

pub use check::VerifiedStatement;
pub use clock::{Clock, Entropy, Stopwatch, system_clock, system_entropy};
pub use config::{Config, ServerLimits, Timing};
pub use deconflict_http::{ListenError, Tls};
pub use failure::{FailureCause, HostFailure};
pub use http::openapi_json;
pub use posting::{PostFailure, PostFault, WitnessReport};
pub use problem::Failure;
pub use published::{Closure, PublishedState, Roster, Tip};
pub use rebuild::SpaceError;
pub use serve::{Server, ServerError};
pub use space::{ClockDoubt, ClockReference, Move, Space, Word};
