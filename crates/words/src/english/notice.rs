//! What people should look into.

use std::fmt;

use deconflict_core::ErasureSubject;
use deconflict_proof::{FormerHostHead, Notice};

use crate::escape::printable;

/// What people should look into.
pub(super) fn notice(notice: &Notice) -> String {
    Sentence(notice).to_string()
}

struct Sentence<'a>(&'a Notice);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        of_one(self.0, f)?;
        match self.0.more() {
            0 => Ok(()),
            more => write!(f, " (and {more} more of this kind by the same party since)"),
        }
    }
}

/// The first of a line.
fn of_one(notice: &Notice, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match notice {
        Notice::EnteredForParty { index, by, what, code, .. } => {
            let code = code.as_ref().map(|code| format!(" ({})", printable(code)));
            write!(
                f,
                "entry {index}: the watch desk of `{by}` entered a statement `{}`{} in this party's name: \
                 compare it with what was said, and sign it, amend it or end it with this party's own key",
                printable(what),
                code.unwrap_or_default()
            )
        }
        Notice::StrayHead { statement, party, index, seen, .. } => {
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
        _ => of_a_desk(notice, f),
    }
}

/// What a desk finds itself, and does not read off one entry.
fn of_a_desk(notice: &Notice, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match notice {
        Notice::StrayHead { .. }
        | Notice::EnteredForParty { .. }
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
        Notice::ClockIsBehind { seconds } => write!(
            f,
            "the host promised to log a statement {seconds} s earlier, by its clock, than this desk sent it by \
             its own: one of the two is wrong: compare both with a third"
        ),
        Notice::CountersignedTooEarly { witness } => write!(
            f,
            "the witness `{witness}` countersigned a head at a time at which an entry under it was not there \
             yet, by the host's clock and by more than the charter lets clocks be apart: its countersignature \
             counts for nothing. One of the two clocks is wrong: compare both with a third",
            witness = witness.escape_debug()
        ),
        Notice::CosignatureRefused { problem } => match problem.as_str() {
            "clock" => f.write_str(
                "the host does not take this desk's countersignatures, since the two clocks do not agree: \
                 compare both with a third, and set the wrong one; until then this desk is no witness",
            ),
            other => write!(
                f,
                "the host does not take this desk's countersignatures ({}): until it does, this desk is no \
                 witness",
                other.escape_debug()
            ),
        },
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
        Notice::ErasedEarly { of: of @ ErasureSubject::Declaration(_), days } => write!(
            f,
            "the host erased {}, which the rules keep for {days} days after its end: this desk keeps what \
             it has of it",
            erased(of)
        ),
        Notice::ErasedEarly { of: of @ ErasureSubject::Message { .. }, days } => write!(
            f,
            "the host erased {}, which the rules keep for {days} days after the last word of it, and as \
             long as anything is waited for: this desk keeps what it has of it",
            erased(of)
        ),
        Notice::ErasedWithAnother { entry, of } => write!(
            f,
            "the host erased entry {entry} with {}, of which that entry says nothing: this desk keeps \
             what it has",
            erased(of)
        ),
    }
}

fn erased(of: &ErasureSubject) -> String {
    match of {
        ErasureSubject::Declaration(id) => format!("declaration {id}"),
        ErasureSubject::Message { message, .. } => format!("message {message}"),
    }
}

#[cfg(test)]
mod tests {
    use deconflict_core::{DeclarationId, MessageId};
    use deconflict_record::Hash;

    use super::*;
    use crate::testing::{party, time};

    #[test]
    fn every_notice_is_a_sentence_and_no_code() {
        let hash = Hash([0xab; 32]);
        let declared = || ErasureSubject::Declaration(DeclarationId(Hash([0xcd; 32])));
        let message = || {
            let message = MessageId(Hash([0xef; 32]));
            ErasureSubject::Message { message, party: Some(party("north")) }
        };
        let key = deconflict_record::SigningKey::from_seed(&[9; 32]).verifying_key().id();
        let at = time("2017-06-06T05:00:00Z");
        let stray = |seen| Notice::StrayHead {
            statement: hash,
            party: party("north"),
            index: 8,
            seen,
            more: 0,
        };
        let entered = |what: &str, code: Option<&str>, more| Notice::EnteredForParty {
            index: 8,
            by: party("aid"),
            what: what.into(),
            code: code.map(str::to_owned),
            more,
        };
        let resumed =
            |heard, recovered| Notice::HostResumed { index: 8, at, heard, needed: 2, recovered };
        let signed = |head| Notice::FormerHostSigned { size: 9, head };
        let notices = [
            (stray(9), "stands at 8, before the head of size 9 that it names: back-dated"),
            (stray(7), "names a head of size 7, where this record has another root: forked"),
            (
                entered("end", None, 0),
                "the watch desk of `aid` entered a statement `end` in this party's name",
            ),
            (entered("declare", Some("P1"), 0), "entered a statement `declare` (P1) in this"),
            (entered("end", None, 3), "(and 3 more of this kind by the same party since)"),
            (
                Notice::RecordMoved { index: 8, host: party("aid"), key, size: 7 },
                "point this desk to that host's address",
            ),
            (
                Notice::StrayMove { index: 8, size: 7 },
                "from a head of size 7 that it does not lead to",
            ),
            (
                Notice::Continues { size: 77, root: hash, lost: "the plans of 18 May".into() },
                "after it is lost: the plans of 18 May; a desk of the earlier space",
            ),
            (
                Notice::Continues { size: 77, root: hash, lost: String::new() },
                "nothing is known to be lost after it; a desk",
            ),
            (resumed(2, 3), "had lost entries and got them back from desks (entry 8)"),
            (resumed(0, 0), "by its operator's decision when 0 of 2 witnesses had said"),
            (Notice::ClockRanBack { index: 8, before: 7 }, "entry 8 was taken in before entry 7"),
            (Notice::ClockIsAhead { index: 8, seconds: 300 }, "300 s later than this desk read it"),
            (Notice::ClockIsBehind { seconds: 300 }, "300 s earlier, by its clock"),
            (
                Notice::CountersignedTooEarly { witness: "north.example/desk".into() },
                "the witness `north.example/desk` countersigned a head at a time",
            ),
            (Notice::CosignatureRefused { problem: "clock".into() }, "the two clocks do not agree"),
            (
                Notice::CosignatureRefused { problem: "malformed".into() },
                "countersignatures (malformed): until it does",
            ),
            (
                signed(FormerHostHead::Fork { evidence: "former-host-9.json".into() }),
                "it went on with another history, which former-host-9.json shows",
            ),
            (signed(FormerHostHead::Same), "it is the same record, and not that host's to sign"),
            (signed(FormerHostHead::Ahead), "read on at the new host, then compare it again"),
            (
                Notice::HostLacksEntries { has: 7, signed: 9 },
                "7 entries of the 9 that it has signed for",
            ),
            (Notice::ViewTooLong { most: 10_000 }, "takes more than 10000 bytes"),
            (
                Notice::ErasedEarly { of: declared(), days: 30 },
                "which the rules keep for 30 days after its end: this desk keeps what it has of it",
            ),
            (
                Notice::ErasedWithAnother { entry: 8, of: declared() },
                "the host erased entry 8 with declaration cdcd",
            ),
            (
                Notice::ErasedEarly { of: message(), days: 30 },
                "for 30 days after the last word of it, and as long as anything is waited for",
            ),
            (
                Notice::ErasedWithAnother { entry: 8, of: message() },
                "the host erased entry 8 with message efef",
            ),
        ];
        for (code, part) in notices {
            let said = notice(&code);
            assert!(said.contains(part), "{part}: {said}");
            assert!(!said.contains(['{', '}', '\n']) && !said.contains("  "), "{said}");
            assert!(!said.ends_with([' ', '.', ':', ',']), "{said}");
        }
    }
}
