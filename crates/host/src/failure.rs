//! Why the host could not do what was asked of it: told to those who operate it, and to nobody else.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use deconflict_core::Time;
use deconflict_store::{Epoch, StoreError};

use crate::rebuild::SpaceError;

/// Why the record could not be written or read. A reader learns nothing of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum FailureCause {
    /// The store refused.
    Store(StoreError),
    /// Another host writes this record now.
    Fenced {
        /// The epoch that may write.
        epoch: Epoch,
    },
    /// Something that is no host wrote into the store: it holds another number of entries than this host wrote.
    Conflict {
        /// How many entries this host wrote.
        expected: u64,
        /// How many there are.
        actual: u64,
    },
    /// The record moved to another host by a statement of its parties.
    Moved {
        /// The party of the host that keeps it from here on.
        to: String,
    },
    /// The state could not be rebuilt from the store after an earlier failure.
    Rebuild(SpaceError),
    /// What is read is not what was signed.
    Damaged {
        /// Where, and what is wrong there.
        fault: String,
    },
    /// The system gave no randomness.
    Entropy(String),
    /// A fault of the program.
    Unforeseen(String),
}

/// A failure, and when it was.
#[derive(Clone, Debug)]
pub struct HostFailure {
    /// By the host's clock.
    pub at: Time,
    /// What went wrong, as the store or the system said it.
    pub cause: Arc<FailureCause>,
}

impl FailureCause {
    /// One word for it, for metrics and events.
    pub fn word(&self) -> &'static str {
        match self {
            FailureCause::Store(StoreError::Full { .. }) => "disk-full",
            FailureCause::Store(StoreError::Corrupt { .. })
            | FailureCause::Rebuild(SpaceError::Record { .. })
            | FailureCause::Rebuild(SpaceError::Store(StoreError::Corrupt { .. }))
            | FailureCause::Damaged { .. } => "damaged",
            FailureCause::Store(_) => "store",
            FailureCause::Fenced { .. } => "fenced",
            FailureCause::Conflict { .. } => "conflict",
            FailureCause::Moved { .. } => "moved",
            FailureCause::Rebuild(_) => "rebuild",
            FailureCause::Entropy(_) => "entropy",
            FailureCause::Unforeseen(_) => "unforeseen",
        }
    }

    /// What something panicked with.
    pub(crate) fn panic(payload: &(dyn Any + Send)) -> FailureCause {
        let said = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let said = said.or_else(|| payload.downcast_ref::<String>().cloned());
        FailureCause::Unforeseen(said.unwrap_or_else(|| "it panicked without a word".to_owned()))
    }
}

impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FailureCause::Store(error) => error.fmt(f),
            FailureCause::Fenced { epoch } => write!(
                f,
                "another host has taken this record over (epoch {}): this one writes nothing more; stop \
                 it, and see that only one host is run on this record",
                epoch.0
            ),
            FailureCause::Conflict { expected, actual } => write!(
                f,
                "the store has {actual} entries where this host wrote {expected}: something else writes \
                 into it; find out what does, and keep the file as evidence"
            ),
            FailureCause::Moved { to } => write!(
                f,
                "the record moved to a host of the party {to} by a statement of its parties: this one \
                 only reads on"
            ),
            FailureCause::Rebuild(error) => write!(
                f,
                "the state cannot be rebuilt from the store: {error}: keep the file as evidence, and \
                 go on from the latest backup; desks give back what it lacks"
            ),
            FailureCause::Damaged { fault } => write!(
                f,
                "what is kept is not what was signed: {fault}: keep the file as evidence, and go on \
                 from the latest backup; desks give back what it lacks"
            ),
            FailureCause::Entropy(fault) => {
                write!(f, "the system gives no randomness: {fault}: see to the machine")
            }
            FailureCause::Unforeseen(what) => write!(
                f,
                "a fault of the program: {what}: the host goes on from its store; report this fault"
            ),
        }
    }
}

impl std::error::Error for FailureCause {}

impl From<StoreError> for FailureCause {
    fn from(error: StoreError) -> FailureCause {
        FailureCause::Store(error)
    }
}

impl From<SpaceError> for FailureCause {
    fn from(error: SpaceError) -> FailureCause {
        match error {
            SpaceError::Store(error) => FailureCause::Store(error),
            error => FailureCause::Rebuild(error),
        }
    }
}
