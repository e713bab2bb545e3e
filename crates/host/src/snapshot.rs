//! The state as it is written down, so that the next start need not fold the whole record.
//!
//! It lies in parts, and of a long one no more is written than has changed. Part 0 has all but what was
//! declared and the conflicts; each other part has the declarations and conflicts that a stretch of the
//! record began, which are mostly over when the next ones come.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{available_parallelism, scope};

use deconflict_core::{
    Charter, Conflict, ConflictId, Declaration, DeclarationId, Former, Handle, Interest,
    InterestId, Item, ItemChange, Key, Ledger, Party, PartyId, ProbingTally, Time,
    VersionDisclosure,
};
use deconflict_record::KeyId;
use deconflict_store::{Part, Snapshot, StoreError, View};
use serde::{Deserialize, Serialize};

/// The format of the snapshots that this release writes: JSON.
pub(crate) const SNAPSHOT_FORMAT: u32 = 2;

/// How many entries one part's declarations and conflicts were begun by.
///
/// A conflict changes both its declarations, and with them their parts, which may lie anywhere: short stretches
/// keep that cheap.
const STRETCH: u64 = 32;
/// The part with all the rest.
const BASE: u64 = 0;
/// Parts that wait for a core to read them: some megabytes.
const WAITING: usize = 256;

/// What is kept of the state, and what of that is not as it was written any more.
#[derive(Default, Debug)]
pub(crate) struct Parts {
    /// How many entries the kept snapshot covers; `None`: none is kept.
    kept: Option<u64>,
    /// What was begun in the stretch of each part.
    items: BTreeMap<u64, Vec<Item>>,
    /// The parts that changed since the kept snapshot.
    changed: BTreeSet<u64>,
}

/// A ledger without declarations and conflicts.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Base<'a> {
    size: u64,
    now: Option<Time>,
    charter: Cow<'a, Option<Charter>>,
    parties: Cow<'a, BTreeMap<PartyId, Party>>,
    keys: Cow<'a, BTreeMap<KeyId, Key>>,
    interests: Cow<'a, BTreeMap<PartyId, BTreeMap<InterestId, Interest>>>,
    probing: Cow<'a, BTreeMap<PartyId, BTreeMap<String, ProbingTally>>>,
    unsealed: Cow<'a, [VersionDisclosure]>,
    public: Cow<'a, [u64]>,
    former: Cow<'a, [Former]>,
}

/// A part as it is written.
#[derive(Serialize, Default)]
struct PartDraft<'a> {
    declarations: Vec<(&'a DeclarationId, &'a Declaration)>,
    conflicts: Vec<(&'a ConflictId, &'a Conflict)>,
}

/// A part as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartContents {
    declarations: Vec<(DeclarationId, Box<Declaration>)>,
    conflicts: Vec<(ConflictId, Conflict)>,
}

/// The part for what an entry begins.
fn part_of(begun: u64) -> u64 {
    1 + begun / STRETCH
}

impl Parts {
    /// What an entry changed.
    pub(crate) fn note(&mut self, index: u64, changed: &[ItemChange]) {
        for ItemChange { item, begun } in changed {
            let part = part_of(*begun);
            let items = self.items.entry(part).or_default();
            if *begun == index && items.last() != Some(item) {
                items.push(*item);
            }
            self.changed.insert(part);
        }
    }

    /// Whether the next snapshot is due, no fewer than so many entries after the last one. Where what changed
    /// lies all over, it is due when so many entries came as it writes declarations and conflicts; yet never
    /// more is left to be folded by the next start than a sixteenth of the record.
    pub(crate) fn is_due(&self, size: u64, least: u64) -> bool {
        let kept = self.kept.unwrap_or(0);
        let since = size.saturating_sub(kept);
        let items = |number: &u64| self.items.get(number).map_or(0, Vec::len) as u64;
        let to_write = || self.changed.iter().map(items).sum::<u64>();
        since >= least && (since >= kept / 16 || since >= to_write())
    }

    /// The next snapshot, onto the kept one; `None` where a part is longer than so many bytes.
    pub(crate) fn write(&mut self, ledger: &Ledger, longest: usize) -> Option<Snapshot> {
        let numbers: Vec<u64> = match self.kept {
            Some(_) => self.changed.iter().copied().collect(),
            None => self.items.keys().copied().collect(),
        };
        for number in &numbers {
            if let Some(items) = self.items.get_mut(number) {
                items.retain(|item| is_there(ledger, item));
            }
        }
        let items = |number: &u64| self.items.get(number).map_or(&[][..], Vec::as_slice);
        let part = |number: &u64| {
            let bytes = PartDraft::of(ledger, items(number)).bytes()?;
            Some(Part { number: *number, bytes })
        };
        let cores = available_parallelism().map_or(1, usize::from);
        let mut parts = scope(|scope| {
            let share = numbers.len().div_ceil(cores).max(1);
            let threads: Vec<_> = numbers
                .chunks(share)
                .map(|some| scope.spawn(move || some.iter().map(part).collect::<Vec<_>>()))
                .collect();
            let parts =
                threads.into_iter().flat_map(|t| t.join().unwrap_or_else(|p| resume_unwind(p)));
            parts.collect::<Option<Vec<Part>>>()
        })?;
        self.items.retain(|_, items| !items.is_empty());
        parts.push(Part { number: BASE, bytes: serde_json::to_vec(&Base::of(ledger)).ok()? });
        let fit = parts.iter().all(|part| part.bytes.len() <= longest);
        let (size, format, onto) = (ledger.size, SNAPSHOT_FORMAT, self.kept);
        fit.then_some(Snapshot { size, format, onto, parts })
    }

    /// What is kept now: the snapshot that was written last, over so many entries, or none.
    pub(crate) fn keep(&mut self, kept: Option<u64>) {
        self.kept = kept;
        if kept.is_some() {
            self.changed.clear();
        }
    }
}

fn is_there(ledger: &Ledger, item: &Item) -> bool {
    match item {
        Item::Declaration(id) => ledger.declarations.contains_key(id),
        Item::Conflict(id) => ledger.conflicts.contains_key(id),
    }
}

impl<'a> PartDraft<'a> {
    fn of(ledger: &'a Ledger, items: &[Item]) -> PartDraft<'a> {
        let mut lent = PartDraft::default();
        for item in items {
            match item {
                Item::Declaration(id) => {
                    let kept = ledger.declarations.get_key_value(id);
                    lent.declarations.extend(kept.map(|(id, declaration)| (id, &**declaration)));
                }
                Item::Conflict(id) => lent.conflicts.extend(ledger.conflicts.get_key_value(id)),
            }
        }
        lent
    }

    /// Nothing of a part with nothing in it.
    fn bytes(&self) -> Option<Vec<u8>> {
        if self.declarations.is_empty() && self.conflicts.is_empty() {
            return Some(Vec::new());
        }
        serde_json::to_vec(self).ok()
    }
}

impl<'a> Base<'a> {
    fn of(ledger: &'a Ledger) -> Base<'a> {
        let Ledger {
            size,
            now,
            charter,
            parties,
            keys,
            declarations: _,
            // Each is in its declaration.
            handles: _,
            conflicts: _,
            interests,
            probing,
            unsealed,
            public,
            former,
        } = ledger;
        Base {
            size: *size,
            now: *now,
            charter: Cow::Borrowed(charter),
            parties: Cow::Borrowed(parties),
            keys: Cow::Borrowed(keys),
            interests: Cow::Borrowed(interests),
            probing: Cow::Borrowed(probing),
            unsealed: Cow::Borrowed(unsealed),
            public: Cow::Borrowed(public),
            former: Cow::Borrowed(former),
        }
    }

    fn ledger(
        self,
        declarations: Vec<(DeclarationId, Box<Declaration>)>,
        conflicts: Vec<(ConflictId, Conflict)>,
    ) -> Ledger {
        let handle = |(id, declaration): &(DeclarationId, Box<Declaration>)| {
            Some((declaration.handle?, *id))
        };
        let handles: BTreeMap<Handle, DeclarationId> =
            declarations.iter().filter_map(handle).collect();
        Ledger {
            size: self.size,
            now: self.now,
            charter: self.charter.into_owned(),
            parties: self.parties.into_owned(),
            keys: self.keys.into_owned(),
            declarations: declarations.into_iter().collect(),
            handles,
            conflicts: conflicts.into_iter().collect(),
            interests: self.interests.into_owned(),
            probing: self.probing.into_owned(),
            unsealed: self.unsealed.into_owned(),
            public: self.public.into_owned(),
            former: self.former.into_owned(),
        }
    }
}

/// The kept snapshot; `None` where there is none that can be read: then the record is folded.
///
/// # Errors
/// What the disk may do.
pub(crate) fn read(view: &View<'_>) -> Result<Option<(Ledger, Parts)>, StoreError> {
    match read_kept(view) {
        Err(StoreError::Corrupt { .. }) => Ok(None),
        read => read,
    }
}

fn read_kept(view: &View<'_>) -> Result<Option<(Ledger, Parts)>, StoreError> {
    let Some(kept) = view.snapshot(SNAPSHOT_FORMAT)? else { return Ok(None) };
    let Some(base) = view.snapshot_part(BASE)? else { return Ok(None) };
    let Ok(base) = serde_json::from_slice::<Base<'_>>(&base) else { return Ok(None) };
    let Some(held) = read_parts(view, &kept.parts)? else { return Ok(None) };
    let mut parts = Parts { kept: Some(kept.size), ..Parts::default() };
    let (mut declarations, mut conflicts) = (Vec::new(), Vec::new());
    for (number, held) in held {
        let begun = held.declarations.iter().map(|(id, _)| Item::Declaration(*id));
        let opened = held.conflicts.iter().map(|(id, _)| Item::Conflict(*id));
        parts.items.insert(number, begun.chain(opened).collect());
        declarations.extend(held.declarations);
        conflicts.extend(held.conflicts);
    }
    let ledger = base.ledger(declarations, conflicts);
    Ok((ledger.size == kept.size).then_some((ledger, parts)))
}

/// The parts but for the base, read from their bytes on all cores; `None` where one of them cannot be.
fn read_parts(
    view: &View<'_>,
    numbers: &[u64],
) -> Result<Option<Vec<(u64, PartContents)>>, StoreError> {
    let cores = available_parallelism().map_or(1, usize::from);
    let (send, receive) = sync_channel::<(u64, Vec<u8>)>(WAITING);
    let receive = Mutex::new(receive);
    scope(|scope| {
        let readers: Vec<_> = (0..cores).map(|_| scope.spawn(|| read_some(&receive))).collect();
        // They read until nothing more can come, whatever they find.
        let sent = send_parts(view, numbers, send);
        let held = readers.into_iter().map(|r| r.join().unwrap_or_else(|p| resume_unwind(p)));
        let held: Option<Vec<_>> = held.collect();
        let whole = sent?;
        Ok(held.filter(|_| whole).map(|held| held.into_iter().flatten().collect()))
    })
}

/// Whether all of them were there to be sent.
fn send_parts(
    view: &View<'_>,
    numbers: &[u64],
    to: SyncSender<(u64, Vec<u8>)>,
) -> Result<bool, StoreError> {
    for number in numbers.iter().filter(|number| **number != BASE) {
        let Some(bytes) = view.snapshot_part(*number)? else { return Ok(false) };
        if to.send((*number, bytes)).is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn read_some(receive: &Mutex<Receiver<(u64, Vec<u8>)>>) -> Option<Vec<(u64, PartContents)>> {
    let (mut held, mut whole) = (Vec::new(), true);
    loop {
        let next = receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, bytes)) = next else { return whole.then_some(held) };
        match serde_json::from_slice(&bytes) {
            Ok(read) => held.push((number, read)),
            Err(_) => whole = false,
        }
    }
}
