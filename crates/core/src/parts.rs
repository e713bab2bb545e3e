//! A ledger in parts, so that of a long one no more is written down than has changed.
//!
//! The base has all but what was declared, the conflicts, the overlays and the dialogues. Each other part has those that a
//! stretch of the record began, which are mostly over when the next ones come.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::thread::scope;

use deconflict_record::KeyId;
use deconflict_vocabulary::LimitTable;
use imbl::ordmap::DiffItem;
use imbl::{OrdMap, OrdSet, Vector};
use serde::{Deserialize, Serialize};

use crate::apply::{Item, ItemChange};
use crate::channel::Dialogue;
use crate::charter::Charter;
use crate::comparison::Comparison;
use crate::ledger::{
    Conflict, Declaration, Former, Interest, Key, Ledger, Overlay, Party, ProbingTally, Shelf,
    VersionDisclosure,
};
use crate::names::{ConflictId, DeclarationId, InterestId, MessageId, OverlayId, PartyId};
use crate::shared::Joint;
use crate::time::Time;
use crate::waiting::WaitingComparisons;

/// How many entries one part's declarations, conflicts and overlays were begun by.
///
/// A conflict changes both its declarations, and with them their parts, which may lie anywhere: short stretches
/// keep that cheap.
const STRETCH: u64 = 32;

/// Which parts of a ledger are kept, and which of them are not as they were written any more.
///
/// It may name more than there is: what was begun by an entry that came to nothing is left out when its
/// part is written next.
#[derive(Clone, Default, Debug)]
pub struct LedgerParts {
    /// Up to where what is kept goes; `None`: nothing is kept.
    kept: Option<u64>,
    /// What lies in each part.
    items: BTreeMap<u64, Vec<Item>>,
    /// The parts that changed since they were kept.
    changed: BTreeSet<u64>,
    /// How much lies in those, or more: counted along, since it is asked for after every append.
    to_write: u64,
}

/// A ledger without declarations, conflicts and overlays.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerBase {
    size: u64,
    now: Option<Time>,
    charter: Option<Joint<Charter>>,
    parties: OrdMap<PartyId, Joint<Party>>,
    keys: OrdMap<KeyId, Joint<Key>>,
    interests: OrdMap<PartyId, OrdMap<InterestId, Joint<Interest>>>,
    probing: OrdMap<PartyId, OrdMap<String, Joint<ProbingTally>>>,
    unsealed: Vector<VersionDisclosure>,
    public: Vector<u64>,
    comparing: bool,
    comparisons: WaitingComparisons,
    follows: Option<Joint<Comparison>>,
    former: Vector<Former>,
    escalated: OrdSet<MessageId>,
    limit_tables: Vector<(u64, LimitTable)>,
    shelves: OrdMap<PartyId, Vector<Shelf>>,
}

/// The declarations, conflicts and overlays of a part.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerPart {
    declarations: Vec<(DeclarationId, Joint<Declaration>)>,
    conflicts: Vec<(ConflictId, Joint<Conflict>)>,
    overlays: Vec<(OverlayId, Joint<Overlay>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dialogues: Vec<(MessageId, Joint<Dialogue>)>,
}

/// What is to be written of a ledger, which it has in common: it stays as it was while the ledger goes on.
#[derive(Clone, Debug)]
pub struct LedgerDraft {
    /// Up to where what is kept goes, onto which this is to be written; `None`: it is the whole ledger.
    pub onto: Option<u64>,
    /// All but the declarations, conflicts and overlays.
    pub base: LedgerBase,
    /// The parts that changed, by their numbers, which begin at 1. One with nothing in it is no more.
    pub parts: Vec<(u64, LedgerPart)>,
}

impl LedgerPart {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.declarations.is_empty()
            && self.conflicts.is_empty()
            && self.overlays.is_empty()
            && self.dialogues.is_empty()
    }

    fn belongs_to(&self, number: u64) -> bool {
        self.declarations.iter().all(|(_, declaration)| declaration.part() == number)
            && self.conflicts.iter().all(|(_, conflict)| conflict.part() == number)
            && self.overlays.iter().all(|(_, overlay)| overlay.part() == number)
            && self.dialogues.iter().all(|(_, dialogue)| dialogue.part() == number)
    }
}

/// The part for what an entry begins.
fn part_of(begun: u64) -> u64 {
    1 + begun / STRETCH
}

impl Declaration {
    /// In which part it lies. A party's view does not tell which entry began it, but which one brought the
    /// present version.
    fn part(&self) -> u64 {
        part_of(self.begun().or(self.entries.front().copied()).unwrap_or(0))
    }
}

impl Conflict {
    fn part(&self) -> u64 {
        part_of(self.entries.front().copied().unwrap_or(0))
    }
}

impl Overlay {
    fn part(&self) -> u64 {
        part_of(self.entries.front().copied().unwrap_or(0))
    }
}

impl Dialogue {
    fn part(&self) -> u64 {
        part_of(self.entries.first().copied().unwrap_or(0))
    }
}

impl LedgerParts {
    /// What an entry changed in a host's ledger: [`crate::Effects::changed`] of the entry at this index.
    pub fn note(&mut self, index: u64, changed: &[ItemChange]) {
        for ItemChange { item, begun } in changed {
            let part = part_of(*begun);
            let items = self.change(part);
            if *begun == index && items.last() != Some(item) {
                items.push(*item);
                self.to_write += 1;
            }
        }
    }

    /// What lies in a part that changes.
    fn change(&mut self, part: u64) -> &mut Vec<Item> {
        let items = self.items.entry(part).or_default();
        if self.changed.insert(part) {
            self.to_write += items.len() as u64;
        }
        items
    }

    /// Whatever differs in a ledger that takes another one's place. It may be a party's view, in which entries
    /// change what they do not name, or an earlier ledger, to which a host goes back. It takes the time to see
    /// where the two differ.
    pub fn note_difference(&mut self, before: &Ledger, after: &Ledger) {
        for difference in before.declarations.diff(&after.declarations) {
            let (id, parts) = moves(difference, |declaration| declaration.part());
            self.note_move(Item::Declaration(id), parts);
        }
        for difference in before.conflicts.diff(&after.conflicts) {
            let (id, parts) = moves(difference, |conflict| conflict.part());
            self.note_move(Item::Conflict(id), parts);
        }
        for difference in before.overlays.diff(&after.overlays) {
            let (id, parts) = moves(difference, |overlay| overlay.part());
            self.note_move(Item::Overlay(id), parts);
        }
        for difference in before.dialogues.diff(&after.dialogues) {
            let (id, parts) = moves(difference, |dialogue| dialogue.part());
            self.note_move(Item::Dialogue(id), parts);
        }
    }

    fn note_move(&mut self, item: Item, (from, to): (Option<u64>, Option<u64>)) {
        if let Some(from) = from {
            let items = self.change(from);
            let before = items.len();
            // Else what fails again and again, and is taken back, would be named here again and again.
            if to != Some(from) {
                items.retain(|one| *one != item);
            }
            let gone = before - items.len();
            self.to_write = self.to_write.saturating_sub(gone as u64);
        }
        if let Some(to) = to.filter(|to| from != Some(*to)) {
            self.change(to).push(item);
            self.to_write += 1;
        }
    }

    /// Whether the ledger, which goes up to `size`, is to be written down again, no fewer than so many entries
    /// after the last time. Where what changed lies all over, it is when so many entries came as that writes
    /// declarations and conflicts; yet never more is left to be folded by the next start than a sixteenth of
    /// the record.
    pub fn is_due(&self, size: u64, least: u64) -> bool {
        let kept = self.kept.unwrap_or(0);
        let since = size.saturating_sub(kept);
        since >= least && (since >= kept / 16 || since >= self.to_write)
    }

    /// What is to be written down of a ledger, of which every change was noted: onto what is kept, if
    /// anything is.
    pub fn draft(&mut self, ledger: &Ledger) -> LedgerDraft {
        let numbers: Vec<u64> = match self.kept {
            Some(_) => self.changed.iter().copied().collect(),
            None => self.items.keys().copied().collect(),
        };
        let part = |number: u64| {
            let Some(items) = self.items.get_mut(&number) else {
                return (number, LedgerPart::default());
            };
            items.sort_unstable();
            items.dedup();
            items.retain(|item| ledger.part_of(item) == Some(number));
            (number, ledger.part(items))
        };
        let parts = numbers.into_iter().map(part).collect();
        self.items.retain(|_, items| !items.is_empty());
        LedgerDraft { onto: self.kept, base: ledger.base(), parts }
    }

    /// That the last draft was kept, and goes up to here; `None`: nothing is kept any more.
    pub fn keep(&mut self, kept: Option<u64>) {
        self.kept = kept;
        if kept.is_some() {
            self.changed.clear();
            self.to_write = 0;
        }
    }

    /// The ledger that was kept, out of all its parts, and what is kept of it: it goes up to `kept`. `None`
    /// where the parts are not those of one ledger.
    pub fn read(
        kept: u64,
        base: LedgerBase,
        parts: impl IntoIterator<Item = (u64, LedgerPart)>,
    ) -> Option<(Ledger, LedgerParts)> {
        let mut all = LedgerPart::default();
        let mut items = BTreeMap::new();
        for (number, part) in parts {
            // What lay in another part than it belongs to would be in none when both are written next.
            if !part.belongs_to(number) {
                return None;
            }
            let began = part.declarations.iter().map(|(id, _)| Item::Declaration(*id));
            let opened = part.conflicts.iter().map(|(id, _)| Item::Conflict(*id));
            let laid = part.overlays.iter().map(|(id, _)| Item::Overlay(*id));
            let sent = part.dialogues.iter().map(|(id, _)| Item::Dialogue(*id));
            items.insert(number, began.chain(opened).chain(laid).chain(sent).collect());
            all.declarations.extend(part.declarations);
            all.conflicts.extend(part.conflicts);
            all.overlays.extend(part.overlays);
            all.dialogues.extend(part.dialogues);
        }
        let parts = LedgerParts { kept: Some(kept), items, ..LedgerParts::default() };
        Some((base.ledger(all)?, parts))
    }
}

/// What a difference is about, and in which parts it lay and lies.
fn moves<K: Copy, V>(
    difference: DiffItem<'_, '_, K, V>,
    part: impl Fn(&V) -> u64,
) -> (K, (Option<u64>, Option<u64>)) {
    match difference {
        DiffItem::Add(id, new) => (*id, (None, Some(part(new)))),
        DiffItem::Remove(id, old) => (*id, (Some(part(old)), None)),
        DiffItem::Update { old: (id, old), new: (_, new) } => {
            (*id, (Some(part(old)), Some(part(new))))
        }
    }
}

impl Ledger {
    /// In which part something lies, if it is there.
    fn part_of(&self, item: &Item) -> Option<u64> {
        match item {
            Item::Declaration(id) => self.declarations.get(id).map(|found| found.part()),
            Item::Conflict(id) => self.conflicts.get(id).map(|found| found.part()),
            Item::Overlay(id) => self.overlays.get(id).map(|found| found.part()),
            Item::Dialogue(id) => self.dialogues.get(id).map(|found| found.part()),
        }
    }

    fn part(&self, items: &[Item]) -> LedgerPart {
        let mut part = LedgerPart::default();
        for item in items {
            match item {
                Item::Declaration(id) => {
                    let found = self.declarations.get(id);
                    part.declarations.extend(found.map(|found| (*id, found.clone())));
                }
                Item::Conflict(id) => {
                    let found = self.conflicts.get(id);
                    part.conflicts.extend(found.map(|found| (*id, found.clone())));
                }
                Item::Overlay(id) => {
                    let found = self.overlays.get(id);
                    part.overlays.extend(found.map(|found| (*id, found.clone())));
                }
                Item::Dialogue(id) => {
                    let found = self.dialogues.get(id);
                    part.dialogues.extend(found.map(|found| (*id, found.clone())));
                }
            }
        }
        part
    }

    fn base(&self) -> LedgerBase {
        // A member more does not compile until it is said where it is kept.
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
            overlays: _,
            dialogues: _,
            reported_on: _,
            incidents: _,
            interests,
            probing,
            unsealed,
            public,
            comparing,
            comparisons,
            follows,
            former,
            escalated,
            limit_tables,
            shelves,
        } = self.clone();
        LedgerBase {
            size,
            now,
            charter,
            parties,
            keys,
            interests,
            probing,
            unsealed,
            public,
            comparing,
            comparisons,
            follows,
            former,
            escalated,
            limit_tables,
            shelves,
        }
    }
}

impl LedgerBase {
    /// With these declarations, conflicts and overlays, put in order on two cores; `None` where one comes twice.
    fn ledger(self, all: LedgerPart) -> Option<Ledger> {
        let handles: Vec<_> =
            all.declarations.iter().filter_map(|(id, d)| Some((d.handle?, *id))).collect();
        let those = |is: fn(&Dialogue) -> bool| {
            let all = all.dialogues.iter().filter(move |(_, dialogue)| is(dialogue));
            all.map(|(id, _)| *id).collect()
        };
        let reported_on = those(Dialogue::is_reported_on);
        let incidents = those(Dialogue::is_incident_open);
        let (declarations, handles, conflicts, overlays, dialogues) = scope(|scope| {
            let declarations = scope.spawn(|| map_of(all.declarations));
            let (handles, conflicts) = (map_of(handles), map_of(all.conflicts));
            let (overlays, dialogues) = (map_of(all.overlays), map_of(all.dialogues));
            let declarations = declarations.join().unwrap_or_else(|panic| resume_unwind(panic));
            (declarations, handles, conflicts, overlays, dialogues)
        });
        Some(Ledger {
            size: self.size,
            now: self.now,
            charter: self.charter,
            parties: self.parties,
            keys: self.keys,
            declarations: declarations?,
            handles: handles?,
            conflicts: conflicts?,
            overlays: overlays?,
            dialogues: dialogues?,
            reported_on,
            incidents,
            interests: self.interests,
            probing: self.probing,
            unsealed: self.unsealed,
            public: self.public,
            comparing: self.comparing,
            comparisons: self.comparisons,
            follows: self.follows,
            former: self.former,
            escalated: self.escalated,
            limit_tables: self.limit_tables,
            shelves: self.shelves,
        })
    }
}

/// A map of these; `None` where two have one key.
fn map_of<K: Ord + Clone + Send, V: Clone>(mut all: Vec<(K, V)>) -> Option<OrdMap<K, V>> {
    // In their order, one after the other is quickly put at the end.
    all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let count = all.len();
    let map: OrdMap<K, V> = all.into_iter().collect();
    (map.len() == count).then_some(map)
}
