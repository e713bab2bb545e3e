//! What a host was caught at: closed codes with what is particular, as a desk keeps them. Their sentences stand
//! in `english.rs`.

use deconflict_api::ContentError;
use deconflict_core::PartyId;
use deconflict_record::{EnvelopeError, Hash, KeyId, Proven};
use serde::{Deserialize, Serialize};

/// What a host was caught at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Offence {
    /// It signed two roots for one size.
    TwoRoots {
        /// The size.
        size: u64,
        /// The one root.
        one: Hash,
        /// The other.
        other: Hash,
    },
    /// It signed a tree that does not begin with the one that it had signed before.
    Rewritten {
        /// The size that it had signed.
        older: u64,
        /// The root that it had signed.
        signed: Hash,
        /// The size of the later tree.
        newer: u64,
        /// The root that the later tree has at the older size.
        found: Hash,
    },
    /// It signed two heads that do not fit together, and what the desk has of them proves no fork.
    HeadsDisagree,
    /// An entry of its record cannot stand in an honest one.
    FalseEntry {
        /// The entry.
        index: u64,
        /// Why it cannot.
        why: Dishonesty,
    },
    /// The content that it gave for an entry is not what its record holds.
    OtherContent {
        /// The entry.
        index: u64,
    },
    /// The commitments that it served do not lead to the head that it signed.
    OtherCommitments {
        /// The size of the head.
        size: u64,
        /// The root that it signed.
        signed: Hash,
        /// The root to which they lead.
        found: Hash,
    },
}

/// Why no honest host logs an entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Dishonesty {
    /// The bytes are no entry.
    Unreadable(Unreadable),
    /// The statement was made in another space.
    OtherSpace {
        /// Which it names.
        space: String,
    },
    /// The space is founded a second time.
    FoundedAgain,
    /// The space was founded by another statement than the one that is known.
    OtherFounding {
        /// The one that stands there.
        found: Hash,
        /// The one that is known.
        known: Hash,
    },
    /// The charter is of another space, or names another key for its heads.
    OtherCharter,
    /// A party's root did not sign the charter.
    CharterUnsigned {
        /// The party.
        party: PartyId,
    },
    /// The record moves, and too few parties' roots signed that.
    MovedWithoutConsent,
    /// A party joins, or the charter changes, and too few parties' roots signed that.
    ChangedWithoutConsent,
    /// A key signs that was not enrolled then.
    NotEnrolled {
        /// The key.
        key: KeyId,
    },
    /// A key comes into the record without a signature of its own.
    KeyUnproven {
        /// The key.
        key: KeyId,
    },
    /// A key of one party speaks for another.
    KeyOfAnother {
        /// The key.
        key: KeyId,
        /// Whose it is.
        party: PartyId,
        /// For whom it speaks.
        speaks_for: PartyId,
    },
    /// A signature is not by the key in whose name it is.
    Forged {
        /// The key.
        key: KeyId,
    },
    /// None of the keys in question signed.
    NotSigned,
    /// A statement does not follow the last one of its key.
    BrokenChain {
        /// The key.
        key: KeyId,
        /// The statement's number.
        seq: u64,
        /// The number of the last one.
        last: u64,
    },
}

/// What of an entry's bytes cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Unreadable {
    /// They have not the form of an entry.
    Entry,
    /// The statement has not exactly the form of one.
    Statement,
    /// A name in it is none.
    Name,
    /// What is said is nothing that can be said.
    Say,
    /// The entry is of a version that this release does not read.
    Version(u64),
    /// The statement has more bytes than can be logged.
    TooLong(u64),
}

impl From<&ContentError> for Unreadable {
    fn from(error: &ContentError) -> Unreadable {
        match error {
            ContentError::Entry(_) => Unreadable::Entry,
            ContentError::Statement(_) => Unreadable::Statement,
            ContentError::Name(_) => Unreadable::Name,
            ContentError::Say(_) => Unreadable::Say,
            ContentError::Version(version) => Unreadable::Version(*version),
            ContentError::TooLong(bytes) => Unreadable::TooLong(*bytes as u64),
        }
    }
}

impl From<EnvelopeError> for Dishonesty {
    fn from(error: EnvelopeError) -> Dishonesty {
        match error {
            EnvelopeError::Forged(key) => Dishonesty::Forged { key },
            EnvelopeError::NotSigned => Dishonesty::NotSigned,
        }
    }
}

impl From<&Proven> for Offence {
    fn from(proven: &Proven) -> Offence {
        match proven {
            Proven::TwoRoots { one, other } => {
                Offence::TwoRoots { size: one.size, one: one.root, other: other.root }
            }
            Proven::Rewritten { older, newer, root_at_older_size } => Offence::Rewritten {
                older: older.size,
                signed: older.root,
                newer: newer.size,
                found: *root_at_older_size,
            },
        }
    }
}
