//! The record as the party was given it.

use std::collections::BTreeMap;

use deconflict_api::page::{PageAuthority, PageEntry, PageProof};
use deconflict_core::{Say, What};
use deconflict_desk::{DeskView, PartyEntry};
use deconflict_words::{EntryView, Reader, entry_text};

use crate::compose::{moment, witnesses};

/// Which entries stand before this place: the newest `n`, and one more. Those of them that the party was given, by their
/// places. They are read in the order in which they were given, which is another.
///
/// # Errors
/// As whoever reads them.
pub(crate) fn newest(
    before: u64,
    n: usize,
    read: impl Fn(u64) -> Result<Vec<PartyEntry>, String>,
) -> Result<BTreeMap<u64, PartyEntry>, String> {
    let (mut kept, mut from) = (BTreeMap::new(), 0);
    loop {
        let some = read(from)?;
        if some.is_empty() {
            return Ok(kept);
        }
        from += some.len() as u64;
        for held in some.into_iter().filter(|held| held.index < before) {
            kept.insert(held.index, held);
            if kept.len() > n + 1 {
                kept.pop_first();
            }
        }
    }
}

/// The newest `n` of them as rows, the newest first, and how many stand between them that the party was not given.
pub(crate) fn rows(
    desk: &DeskView,
    reader: &Reader<'_>,
    given: &BTreeMap<u64, PartyEntry>,
    (before, n): (u64, usize),
) -> Vec<PageEntry> {
    let cosigned: Vec<String> = witnesses(desk, reader).into_iter().map(|by| by.party).collect();
    let is_logged = |index: u64| index < desk.status.head.size;
    let proof = |index: u64| PageProof {
        promise: is_logged(index),
        logged: is_logged(index),
        cosigned: if is_logged(index) { cosigned.clone() } else { Vec::new() },
    };
    let mut all = Vec::new();
    // What stands from the last row on has its row.
    let mut above = before;
    let gap = |all: &mut Vec<PageEntry>, first: u64, above: u64| {
        if first < above {
            all.push(PageEntry {
                index: first,
                at: None,
                by: None,
                authority: None,
                text: String::new(),
                proof: proof(first),
                given: Vec::new(),
                withheld: above - first,
            });
        }
    };
    for held in given.values().rev().take(n) {
        gap(&mut all, held.index.saturating_add(1), above);
        all.push(row(reader, held, proof(held.index)));
        above = held.index;
    }
    // Whatever is older than all that it was given.
    if given.len() <= n {
        gap(&mut all, 0, above);
    }
    all
}

fn row(reader: &Reader<'_>, held: &PartyEntry, proof: PageProof) -> PageEntry {
    let view = EntryView {
        index: held.index,
        cause: held.cause,
        commitment: held.commitment,
        content: held.content.as_ref(),
    };
    let entry = held.content.as_ref().map(|content| &content.entry);
    let (by, authority) = match entry.map(|entry| &entry.what) {
        None => (None, None),
        Some(What::Found(_)) => (None, Some(PageAuthority::Found)),
        Some(What::Accepted(said) | What::Refused(said, _)) => {
            let authority = match said.say {
                Say::EnterFor { .. } => PageAuthority::Entered,
                Say::Attest { .. } => PageAuthority::Attested,
                _ => PageAuthority::Signed,
            };
            (Some(said.party.to_string()), Some(authority))
        }
    };
    PageEntry {
        index: held.index,
        at: entry.map(|entry| moment(entry.at)),
        by,
        authority,
        text: entry_text(reader, &view),
        proof,
        given: Vec::new(),
        withheld: 0,
    }
}
