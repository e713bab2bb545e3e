//! What people should know of an entry that is honest by its form, or look into.

use deconflict_api::Content;
use deconflict_core::{Entry, Finding, Say, What};
use deconflict_record::Hash;

use crate::judge::{StatementHeader, VerifiedEntry};

/// What a statement's `seen` tells against the record: its author had verified a head that this record
/// does not lead to.
///
/// By itself it proves nothing, since anybody can sign any number; with the signed head, which the
/// author's desk has, it is evidence (a desk compares it). A statement that stands before the head
/// that its author had seen is always of this kind: the root of a tree that holds the statement cannot
/// stand in it.
pub fn stray_head(
    index: u64,
    statement: &StatementHeader,
    root_at: impl Fn(u64) -> Option<Hash>,
) -> Option<String> {
    let seen = statement.seen?;
    let what = if seen.size > index {
        format!(
            "stands at {index}, before the head of size {} that it names: back-dated",
            seen.size
        )
    } else if root_at(seen.size) == Some(seen.root) {
        return None;
    } else {
        format!("names a head of size {}, where this record has another root: forked", seen.size)
    };
    Some(format!(
        "statement {} of `{party}` {what}, unless `{party}` errs: get the signed head from `{party}` \
         and let this desk compare it",
        statement.hash,
        party = statement.party
    ))
}

/// That the record moves, and where this desk is to read from now on.
pub fn moved(entry: &VerifiedEntry) -> Option<String> {
    let What::Accepted(statement) = &entry.content.entry.what else { return None };
    let Say::MoveHost { host, from } = &statement.say else { return None };
    Some(format!(
        "entry {} moved the record to a host of `{}`, key {}, from the head of size {}: point this desk \
         to that host's address",
        entry.index,
        host.party,
        host.key.id().short(),
        from.size
    ))
}

/// That the head from which the record moves is not one of this record, which its parties signed.
pub fn stray_move(
    index: u64,
    content: &Content,
    root_at: impl Fn(u64) -> Option<Hash>,
) -> Option<String> {
    let What::Accepted(statement) = &content.entry.what else { return None };
    let Say::MoveHost { from, .. } = &statement.say else { return None };
    let fits = from.size <= index && root_at(from.size) == Some(from.root);
    (!fits).then(|| {
        format!(
            "entry {index} moves the record from a head of size {} that it does not lead to: ask the \
             parties who signed that",
            from.size
        )
    })
}

/// That the space goes on from an earlier record, and what is lost of it by the founders' word.
pub fn continues(entry: &Entry) -> Option<String> {
    let What::Accepted(statement) = &entry.what else { return None };
    let Say::FoundSpace { charter } = &statement.say else { return None };
    let earlier = charter.continues.as_ref()?;
    let lost = match earlier.lost.trim() {
        "" => "nothing is known to be lost after it".to_owned(),
        lost => format!("after it is lost: {lost}"),
    };
    Some(format!(
        "by its charter the space continues an earlier record from the head of size {}, root {}; {lost}; \
         a desk of the earlier space can compare this with what it saw",
        earlier.size, earlier.root
    ))
}

/// That the host was started anew in a way that people should know of.
pub fn resumed(index: u64, entry: &Entry) -> Option<String> {
    let What::Found(Finding::Resumed { heard, needed, recovered }) = &entry.what else {
        return None;
    };
    let at = entry.at;
    let lost = match recovered {
        0 => "",
        _ => ", had lost entries and got them back from desks",
    };
    let heard = if heard.len() < *needed {
        format!(
            ", and went on by its operator's decision when {} of {needed} witnesses had said what \
             they saw",
            heard.len()
        )
    } else {
        String::new()
    };
    Some(format!("the host was started anew at {at}{lost}{heard} (entry {index})"))
}

/// That an entry was taken in, by the host's clock, before one that stands before it. Times are the
/// host's word: for this one it has to give the reason.
pub fn clock_ran_back(index: u64, before: u64) -> String {
    format!(
        "by the host's clock entry {index} was taken in before entry {before}, which stands before it"
    )
}

/// That an entry was taken in, by the host's clock, later than a desk read it.
pub fn clock_is_ahead(index: u64, seconds: u64) -> String {
    format!(
        "by the host's clock entry {index} was taken in {seconds} s later than this desk read it by its own: one \
         of the two is wrong, and what ends by itself ends by the host's: compare both with a third"
    )
}
