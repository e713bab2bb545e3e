//! The sentences of notices, offences and exhibits in English: made for a reader, and never kept.

use std::fmt;

use crate::judge::EntryFault;
use crate::notice::{FormerHostHead, Notice};
use crate::offence::{Dishonesty, Offence, Unreadable};
use crate::showing::{ExhibitError, Showing};

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::StrayHead { statement, party, index, seen } => {
                write!(f, "statement {statement} of `{party}` ")?;
                if seen > index {
                    write!(
                        f,
                        "stands at {index}, before the head of size {seen} that it names: back-dated"
                    )?;
                } else {
                    write!(
                        f,
                        "names a head of size {seen}, where this record has another root: forked"
                    )?;
                }
                write!(
                    f,
                    ", unless `{party}` errs: get the signed head from `{party}` and let this desk \
                     compare it"
                )
            }
            Notice::RecordMoved { index, host, key, size } => write!(
                f,
                "entry {index} moved the record to a host of `{host}`, key {}, from the head of size \
                 {size}: point this desk to that host's address",
                key.short()
            ),
            Notice::StrayMove { index, size } => write!(
                f,
                "entry {index} moves the record from a head of size {size} that it does not lead to: \
                 ask the parties who signed that"
            ),
            Notice::Continues { size, root, lost } => {
                write!(
                    f,
                    "by its charter the space continues an earlier record from the head of size \
                     {size}, root {root}; "
                )?;
                match lost.as_str() {
                    "" => f.write_str("nothing is known to be lost after it")?,
                    lost => write!(f, "after it is lost: {lost}")?,
                }
                f.write_str("; a desk of the earlier space can compare this with what it saw")
            }
            Notice::HostResumed { index, at, heard, needed, recovered } => {
                write!(f, "the host was started anew at {at}")?;
                if *recovered > 0 {
                    f.write_str(", had lost entries and got them back from desks")?;
                }
                if heard < needed {
                    write!(
                        f,
                        ", and went on by its operator's decision when {heard} of {needed} witnesses \
                         had said what they saw"
                    )?;
                }
                write!(f, " (entry {index})")
            }
            _ => of_a_desk(self, f),
        }
    }
}

/// What a desk finds itself, and does not read off one entry.
fn of_a_desk(notice: &Notice, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match notice {
        Notice::StrayHead { .. }
        | Notice::RecordMoved { .. }
        | Notice::StrayMove { .. }
        | Notice::Continues { .. }
        | Notice::HostResumed { .. } => Ok(()),
        Notice::ClockRanBack { index, before } => write!(
            f,
            "by the host's clock entry {index} was taken in before entry {before}, which stands before it"
        ),
        Notice::ClockIsAhead { index, seconds } => write!(
            f,
            "by the host's clock entry {index} was taken in {seconds} s later than this desk read it by \
             its own: one of the two is wrong, and what ends by itself ends by the host's: compare both \
             with a third"
        ),
        Notice::FormerHostSigned { size, head } => {
            write!(
                f,
                "the head of size {size} is signed by a host from which the record was moved: "
            )?;
            match head {
                FormerHostHead::Fork { evidence } => {
                    write!(f, "it went on with another history, which {evidence} shows")
                }
                FormerHostHead::Same => {
                    f.write_str("it is the same record, and not that host's to sign")
                }
                FormerHostHead::Ahead => {
                    f.write_str("read on at the new host, then compare it again")
                }
            }
        }
        Notice::HostLacksEntries { has, signed } => write!(
            f,
            "the host was started anew with {has} entries of the {signed} that it has signed for: this \
             desk gives back what it has of them"
        ),
        Notice::ViewTooLong { most } => write!(
            f,
            "a part of what the party may see takes more than {most} bytes, which is more than is kept in \
             one piece: each start of this desk reads all that it was given anew, and takes the longer for it"
        ),
        Notice::ErasedEarly { declaration, days } => write!(
            f,
            "the host erased declaration {declaration}, which the rules keep for {days} days after its \
             end: this desk keeps what it has of it"
        ),
        Notice::ErasedWithAnother { entry, declaration } => write!(
            f,
            "the host erased entry {entry} with declaration {declaration}, of which that entry says \
             nothing: this desk keeps what it has"
        ),
    }
}

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
            Dishonesty::NotEnrolled { key } => {
                write!(f, "key {} was not enrolled then, and signs", key.short())
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
