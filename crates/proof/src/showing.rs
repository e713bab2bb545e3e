//! What an exhibit shows once it was checked, and why it shows nothing.

use deconflict_record::{Hash, Malformed, NotProven, ProofError, Proven, UtcSecond};

use crate::judge::EntryFault;
use crate::offence::Dishonesty;

/// What an exhibit shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Showing {
    /// The host signed two histories.
    Fork(Proven),
    /// The host signed a record with a false entry.
    FalseEntry {
        /// The entry.
        index: u64,
        /// Why it is false.
        why: Dishonesty,
        /// Whether it is false whatever stands before it.
        by_itself: bool,
    },
    /// The content that the host gave for an entry is not what its record holds.
    OtherContent {
        /// The entry.
        index: u64,
    },
    /// The commitments that the host served do not lead to what it signed.
    OtherCommitments {
        /// The size of the head.
        size: u64,
        /// The root that it signed.
        signed: Hash,
        /// The root to which they lead.
        found: Hash,
    },
    /// The host promised to log a statement, and its party was not given it.
    NotLogged {
        /// The statement.
        statement: Hash,
        /// Until when it was promised.
        deadline: UtcSecond,
        /// The size of the head under which it was not given.
        size: u64,
    },
}

/// Why an exhibit shows nothing.
#[derive(Debug)]
pub enum ExhibitError {
    /// The file is not JSON of this form.
    Json(serde_json::Error),
    /// The file is of another version.
    Version(u32),
    /// The file is not in its one spelling.
    Respelled,
    /// What it holds has not the form of what it should be.
    Malformed(Malformed),
    /// No key of a host is given.
    NoKey,
    /// It is about another record.
    OtherRecord,
    /// The head is signed by none of the keys.
    NotSigned,
    /// The heads prove no fork.
    NoFork(NotProven),
    /// A salt in it is none.
    Salt {
        /// Of this entry.
        index: u64,
    },
    /// An entry does not stand under the head.
    NotIncluded {
        /// The entry.
        index: u64,
        /// What its proof lacks.
        error: ProofError,
    },
    /// An entry of the history that it tells is false itself.
    History {
        /// The entry.
        index: u64,
        /// What is false about it.
        fault: EntryFault,
    },
    /// The entry that it accuses stands in the history that it tells.
    HistoryOfItself {
        /// The entry.
        index: u64,
    },
    /// The entry that it shows is not what the record holds.
    NotTheEntry {
        /// The entry.
        index: u64,
    },
    /// Nothing is wrong with the entry.
    NothingWrong {
        /// The entry.
        index: u64,
    },
    /// The content is what the record holds.
    SameContent,
    /// The commitments lead to the signed head.
    LeadsToHead,
    /// The promise is not the host's, or about another statement.
    NotPromised,
}

impl From<Malformed> for ExhibitError {
    fn from(error: Malformed) -> ExhibitError {
        ExhibitError::Malformed(error)
    }
}

impl std::error::Error for ExhibitError {}
