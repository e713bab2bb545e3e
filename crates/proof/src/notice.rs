//! What people should know of what a desk read, or look into: closed codes with what is particular, as a desk
//! keeps them. `words` has their sentences.

use std::fmt;

use deconflict_api::Content;
use deconflict_core::{Entry, ErasureSubject, Finding, Ledger, PartyId, Say, Time, What};
use deconflict_record::{Hash, KeyId};
use serde::{Deserialize, Serialize};

use crate::judge::{StatementHeader, VerifiedEntry};

/// What people should know, or look into.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Notice {
    /// A statement's author had verified a head to which this record does not lead.
    StrayHead {
        /// The statement.
        statement: Hash,
        /// Its author's party.
        party: PartyId,
        /// The entry that holds it.
        index: u64,
        /// The size of the head that it names: beyond the entry, the statement was back-dated.
        seen: u64,
        /// How many more of this kind came of the same party since.
        #[serde(default)]
        more: u64,
    },
    /// Another party's watch desk entered something in the name of the desk's own party.
    EnteredForParty {
        /// The entry.
        index: u64,
        /// Whose watch desk.
        by: PartyId,
        /// The word of what was said.
        what: String,
        /// The code of the vocabulary by which it stands, where that hangs on what was said alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// How many more of this kind came since.
        #[serde(default)]
        more: u64,
    },
    /// The record was moved to another host.
    RecordMoved {
        /// By which entry.
        index: u64,
        /// Whose host it is.
        host: PartyId,
        /// The key of its heads.
        key: KeyId,
        /// The size of the head from which it moved.
        size: u64,
    },
    /// The record was moved from a head to which it does not lead.
    StrayMove {
        /// By which entry.
        index: u64,
        /// The size of that head.
        size: u64,
    },
    /// The space goes on from an earlier record.
    Continues {
        /// The size of its last head.
        size: u64,
        /// The root of its last head.
        root: Hash,
        /// What is lost of it, in the founders' own words.
        lost: String,
    },
    /// The host was started anew in a way that people should know of.
    HostResumed {
        /// By which entry.
        index: u64,
        /// When, by its clock.
        at: Time,
        /// How many witnesses had said what they saw.
        heard: u64,
        /// How many it would have waited for.
        needed: u64,
        /// How many entries it had lost and got back.
        recovered: u64,
    },
    /// An entry was taken in, by the host's clock, before one that stands before it. Times are the host's word:
    /// for this one it has to give the reason.
    ClockRanBack {
        /// The entry.
        index: u64,
        /// The one before it.
        before: u64,
    },
    /// An entry was taken in, by the host's clock, later than the desk read it by its own.
    ClockIsAhead {
        /// The entry.
        index: u64,
        /// By so many seconds.
        seconds: u64,
    },
    /// The host promised to log a statement, by its clock, earlier than the desk had sent it by its own.
    ClockIsBehind {
        /// By so many seconds.
        seconds: u64,
    },
    /// A witness countersigned a head, by its clock, earlier than the host took in an entry under it, by more than
    /// the charter lets clocks be apart: its countersignature counts for nothing.
    CountersignedTooEarly {
        /// The witness.
        witness: String,
    },
    /// The host does not take this desk's countersignatures.
    CosignatureRefused {
        /// The word for why: `clock` where the two clocks do not agree.
        problem: String,
    },
    /// A host from which the record was moved signed a head over more than it had to sign.
    FormerHostSigned {
        /// The size of the head.
        size: u64,
        /// How it stands to this record.
        head: FormerHostHead,
    },
    /// A host that was started anew lacked entries that it has signed for.
    HostLacksEntries {
        /// How many it has.
        has: u64,
        /// How many this desk has seen it sign for.
        signed: u64,
    },
    /// A part of the view is longer than what is kept in one piece.
    ViewTooLong {
        /// The most bytes that are kept.
        most: u64,
    },
    /// The host erased what the rules keep yet; this desk keeps it too.
    ErasedEarly {
        /// What it erased.
        of: ErasureSubject,
        /// For how many days after it is over the rules keep it.
        days: u32,
    },
    /// The host erased an entry with something of which that entry says nothing; this desk keeps it.
    ErasedWithAnother {
        /// The entry.
        entry: u64,
        /// With what it erased it.
        of: ErasureSubject,
    },
}

/// How a head by a former host stands to the record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FormerHostHead {
    /// It is of another history.
    Fork {
        /// The file that shows it.
        evidence: String,
    },
    /// It is of this record.
    Same,
    /// It lies beyond what this desk has read.
    Ahead,
}

impl Notice {
    /// Whether another one stands in the same line as this: of one party and kind there is one line with a count,
    /// so that nobody can push out what others are to be told of.
    pub fn is_in_line_with(&self, other: &Notice) -> bool {
        match (self, other) {
            (
                Notice::StrayHead { party, index, seen, .. },
                Notice::StrayHead { party: of, index: at, seen: size, .. },
            ) => party == of && (seen > index) == (size > at),
            (
                Notice::EnteredForParty { by, what, .. },
                Notice::EnteredForParty { by: of, what: said, .. },
            ) => by == of && what == said,
            _ => false,
        }
    }

    /// How many more there are in the same line.
    pub fn more(&self) -> u64 {
        match self {
            Notice::StrayHead { more, .. } | Notice::EnteredForParty { more, .. } => *more,
            _ => 0,
        }
    }

    /// One more came in the same line.
    pub fn count_one_more(&mut self) {
        if let Notice::StrayHead { more, .. } | Notice::EnteredForParty { more, .. } = self {
            *more = more.saturating_add(1);
        }
    }
}

/// The code and its parameters, for logs: people are told by `words`.
impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What a statement's `seen` tells against the record: its author had verified a head that this record
/// does not lead to.
///
/// By itself it proves nothing, since anybody can sign any number; with the signed head, which the
/// author's desk has, it is evidence. A statement that stands before the head that its author had seen is
/// always of this kind: the root of a tree that holds the statement cannot stand in it.
pub fn stray_head(
    index: u64,
    statement: &StatementHeader,
    root_at: impl Fn(u64) -> Option<Hash>,
) -> Option<Notice> {
    let seen = statement.seen?;
    if seen.size <= index && root_at(seen.size) == Some(seen.root) {
        return None;
    }
    let party = statement.party.clone();
    Some(Notice::StrayHead { statement: statement.hash, party, index, seen: seen.size, more: 0 })
}

/// That another party's watch desk entered something in the name of this party.
pub fn entered(index: u64, entry: &Entry, party: &PartyId) -> Option<Notice> {
    let What::Accepted(statement) = &entry.what else { return None };
    let Say::EnterFor { party: of, said, .. } = &statement.say else { return None };
    let by = statement.party.clone();
    let what = said.rules().word.to_owned();
    let code = entry.coding(&Ledger::default()).map(|coding| coding.code().as_str().to_owned());
    let is_told = of == party && by != *party;
    is_told.then_some(Notice::EnteredForParty { index, by, what, code, more: 0 })
}

/// That the record moves, and where this desk is to read from now on.
pub fn moved(entry: &VerifiedEntry) -> Option<Notice> {
    let What::Accepted(statement) = &entry.content.entry.what else { return None };
    let Say::MoveHost { host, from } = &statement.say else { return None };
    let (party, key) = (host.party.clone(), host.key.id());
    Some(Notice::RecordMoved { index: entry.index, host: party, key, size: from.size })
}

/// That the head from which the record moves is not one of this record, which its parties signed.
pub fn stray_move(
    index: u64,
    content: &Content,
    root_at: impl Fn(u64) -> Option<Hash>,
) -> Option<Notice> {
    let What::Accepted(statement) = &content.entry.what else { return None };
    let Say::MoveHost { from, .. } = &statement.say else { return None };
    let fits = from.size <= index && root_at(from.size) == Some(from.root);
    (!fits).then_some(Notice::StrayMove { index, size: from.size })
}

/// That the space goes on from an earlier record, and what is lost of it by the founders' word.
pub fn continues(entry: &Entry) -> Option<Notice> {
    let What::Accepted(statement) = &entry.what else { return None };
    let Say::FoundSpace { charter } = &statement.say else { return None };
    let earlier = charter.continues.as_ref()?;
    let (size, root, lost) = (earlier.size, earlier.root, earlier.lost.trim().to_owned());
    Some(Notice::Continues { size, root, lost })
}

/// That the host was started anew in a way that people should know of.
pub fn resumed(index: u64, entry: &Entry) -> Option<Notice> {
    let What::Found(Finding::Resumed { heard, needed, recovered }) = &entry.what else {
        return None;
    };
    let (heard, needed) = (heard.len() as u64, *needed as u64);
    Some(Notice::HostResumed { index, at: entry.at, heard, needed, recovered: *recovered })
}
