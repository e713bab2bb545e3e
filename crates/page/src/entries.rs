//! The record as the party was given it.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_api::page::{PageAuthority, PageEntry, PageProof};
use deconflict_core::{Say, What};
use deconflict_desk::{DeskView, PartyEntry};
use deconflict_words::{EntryView, Reader, entry_text};

use crate::compose::{moment, witnesses};

/// What a party was given before some place of the record.
pub(crate) struct EntryPage {
    /// The newest of them by their places, and one more than is shown.
    entries: BTreeMap<u64, PartyEntry>,
    /// Where the host's roots over what was disclosed stand, which nobody reads here.
    roots: BTreeSet<u64>,
}

/// Which entries stand before this place: the newest `n`, and one more. They are read in the order in which they were given,
/// which is another.
///
/// # Errors
/// As whoever reads them.
pub(crate) fn newest(
    before: u64,
    n: usize,
    read: impl Fn(u64) -> Result<Vec<PartyEntry>, String>,
) -> Result<EntryPage, String> {
    let (mut given, mut from) = (EntryPage { entries: BTreeMap::new(), roots: BTreeSet::new() }, 0);
    loop {
        let some = read(from)?;
        if some.is_empty() {
            return Ok(given);
        }
        from += some.len() as u64;
        for held in some.into_iter().filter(|held| held.index < before) {
            if entry_view(&held).digest().kind == "disclosures" {
                given.roots.insert(held.index);
                continue;
            }
            given.entries.insert(held.index, held);
            if given.entries.len() > n + 1 {
                given.entries.pop_first();
            }
        }
    }
}

fn entry_view(held: &PartyEntry) -> EntryView<'_> {
    EntryView {
        index: held.index,
        cause: held.cause,
        commitment: held.commitment,
        content: held.content.as_ref(),
    }
}

/// The newest `n` of them as rows, the newest first, and how many stand between them that the party was not given.
pub(crate) fn rows(
    desk: &DeskView,
    reader: &Reader<'_>,
    given: &EntryPage,
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
        let roots = given.roots.range(first..above.max(first)).count() as u64;
        let withheld = above.saturating_sub(first).saturating_sub(roots);
        if withheld > 0 {
            all.push(PageEntry {
                index: first,
                at: None,
                by: None,
                authority: None,
                text: String::new(),
                proof: proof(first),
                given: Vec::new(),
                withheld,
            });
        }
    };
    for held in given.entries.values().rev().take(n) {
        gap(&mut all, held.index.saturating_add(1), above);
        all.push(row(reader, held, proof(held.index)));
        above = held.index;
    }
    // Whatever is older than all that it was given.
    if given.entries.len() <= n {
        gap(&mut all, 0, above);
    }
    all
}

fn row(reader: &Reader<'_>, held: &PartyEntry, proof: PageProof) -> PageEntry {
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
        text: entry_text(reader, &entry_view(held)),
        proof,
        given: Vec::new(),
        withheld: 0,
    }
}
