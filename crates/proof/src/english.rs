//! The sentences of offences and exhibits in English: made for a reader, and never kept.

use std::fmt;

use crate::judge::EntryFault;
use crate::offence::{Dishonesty, Offence, Unreadable};
use crate::showing::{ExhibitError, Showing};

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Offence::TwoRoots { size, one, other } => write!(
                f,
                "it signed two histories: at size {size}, root {one} and root {other}"
            ),
            Offence::Rewritten { older, signed, newer, found } => write!(
                f,
                "it signed two histories: root {signed} at size {older}, and a tree of size {newer} \
                 whose root at that size is {found}"
            ),
            Offence::HeadsDisagree => f.write_str(
                "it signed two histories, by this desk's word: what is here does not prove it to others",
            ),
            Offence::FalseEntry { index, why } => write!(f, "entry {index}: {why}"),
            Offence::OtherContent { index } => write!(
                f,
                "entry {index}: the content that the host gave is not what the record holds"
            ),
            Offence::OtherCommitments { size, signed, found } => write!(
                f,
                "it signed root {signed} at size {size}, and the entries that it serves lead to {found}"
            ),
        }
    }
}

impl fmt::Display for Dishonesty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dishonesty::Unreadable(what) => what.fmt(f),
            Dishonesty::OtherSpace { space } => write!(
                f,
                "the statement was made in the space `{}` and replayed into this one",
                space.escape_debug()
            ),
            Dishonesty::FoundedAgain => f.write_str("the space is founded a second time"),
            Dishonesty::OtherFounding { found, known } => write!(
                f,
                "the space was founded by another statement, {found}, than the one that is known here, \
                 {known}"
            ),
            Dishonesty::OtherCharter => {
                f.write_str("the charter is of another space, or names another key for its heads")
            }
            Dishonesty::CharterUnsigned { party } => {
                write!(f, "the root of `{party}` did not sign the charter")
            }
            Dishonesty::MovedWithoutConsent => f.write_str(
                "the record moves to another host, and too few parties' roots signed that",
            ),
            Dishonesty::ChangedWithoutConsent => f.write_str(
                "a party joins or the charter changes, and too few parties' roots signed that",
            ),
            Dishonesty::NotEnrolled { key } => {
                write!(f, "key {} was not enrolled then, and signs", key.short())
            }
            Dishonesty::KeyUnproven { key } => {
                write!(f, "key {} comes into the record by it, and has not signed it", key.short())
            }
            Dishonesty::KeyOfAnother { key, party, speaks_for } => {
                write!(f, "key {} is of `{party}` and speaks for `{speaks_for}`", key.short())
            }
            Dishonesty::Forged { key } => write!(
                f,
                "envelope: the signature in the name of key {} is not its own",
                key.short()
            ),
            Dishonesty::NotSigned => {
                f.write_str("envelope: none of the keys in question signed it")
            }
            Dishonesty::BrokenChain { key, seq, last } => write!(
                f,
                "statement {seq} of key {} follows number {last}: one between was dropped, or one \
                 stands there twice",
                key.short()
            ),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Entry => f.write_str("the entry cannot be read"),
            Unreadable::Statement => f.write_str("the statement has not the form of one"),
            Unreadable::Name => f.write_str("a name in the statement is none"),
            Unreadable::Say => f.write_str("what is said cannot be read"),
            Unreadable::Version(version) => {
                write!(f, "the entry is of version {version}, and this release reads version 1")
            }
            Unreadable::TooLong(bytes) => {
                write!(f, "the statement has {bytes} bytes, more than can be logged")
            }
        }
    }
}

impl fmt::Display for Showing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Showing::Fork(proven) => proven.fmt(f),
            Showing::FalseEntry { index, why, by_itself: true } => {
                write!(f, "the host signed a record whose entry {index} is false: {why}")
            }
            Showing::FalseEntry { index, why, by_itself: false } => write!(
                f,
                "by the entries that who shows this puts before entry {index} of the record that the host \
                 signed, it is false: {why}. It is for the host to show other entries before it"
            ),
            Showing::OtherContent { index } => write!(
                f,
                "entry {index} of the signed record is another one than this content; that the host \
                 gave it for that entry is the word of who shows this"
            ),
            Showing::OtherCommitments { size, signed, found } => write!(
                f,
                "the host signed root {signed} at size {size}; the commitments that it served lead to \
                 {found}, by the word of who shows this"
            ),
            Showing::NotLogged { statement, deadline, size } => write!(
                f,
                "the host promised to log statement {statement} until {deadline}; by the word of who \
                 shows this, its party was not given it under the head of size {size}. It is for the \
                 host to show where it stands"
            ),
        }
    }
}

impl fmt::Display for ExhibitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExhibitError::Json(error) => error.fmt(f),
            ExhibitError::Version(version) => {
                write!(f, "version {version}: this release reads version 1")
            }
            ExhibitError::Respelled => {
                f.write_str("the file is not in its one spelling: it was changed")
            }
            ExhibitError::Malformed(error) => error.fmt(f),
            ExhibitError::NoKey => f.write_str("no key of a host is given"),
            ExhibitError::OtherRecord => {
                f.write_str("it is about another record than the one of this key")
            }
            ExhibitError::NotSigned => f.write_str(
                "the head is not signed by the host; of a record that was moved, give the keys of all \
                 its hosts, the first one first",
            ),
            ExhibitError::NoFork(error) => error.fmt(f),
            ExhibitError::Salt { index } => {
                write!(f, "entry {index}: the salt must be 64 hexadecimal digits")
            }
            ExhibitError::NotIncluded { index, error } => write!(f, "entry {index}: {error}"),
            ExhibitError::History { index, fault } => {
                write!(f, "entry {index} of the history: {fault}")
            }
            ExhibitError::NotTheEntry { index } => {
                write!(f, "entry {index}: {}", EntryFault::NotTheEntry)
            }
            ExhibitError::HistoryOfItself { index } => {
                write!(f, "entry {index}, which it accuses, stands in the history that it tells")
            }
            ExhibitError::NothingWrong { index } => {
                write!(f, "nothing is wrong with entry {index}")
            }
            ExhibitError::SameContent => f.write_str("the content is what the record holds"),
            ExhibitError::LeadsToHead => f.write_str("the commitments lead to the signed head"),
            ExhibitError::NotPromised => {
                f.write_str("the promise is not the host's, or about another statement")
            }
        }
    }
}
