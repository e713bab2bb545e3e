//! A copy beside a model of it: what each step does to both, and what must be found.

use std::collections::BTreeMap;

use deconflict_faults::Chance;
use deconflict_store::{
    CopiedEntry, CopyChange, CopyStore, CopyView, ErasureDue, ErasuresDue, MAX_NOTICES, Opening,
    Options, Part, Slot, Snapshot, StoreError,
};

pub(crate) const SPACE: &str = "example.org/space";
pub(crate) const SETTINGS: &[u8] = b"whose copy it is";
pub(crate) const FORMAT: u32 = 1;
const EVIDENCE: [&str; 3] = ["caught.json", "overdue-1.json", "former-host-9.json"];

pub(crate) fn create(path: &std::path::Path, options: &Options) -> Result<CopyStore, StoreError> {
    CopyStore::create(path, SPACE, SETTINGS, options)
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Put(Slot, Vec<u8>),
    Give(Vec<CopiedEntry>),
    Erase(u64),
    LetGo(u64, ErasureDue),
    Pending(u64, Vec<u8>),
    DropPending,
    /// So many commitments more.
    Grow(u64),
    Queue(Vec<u8>),
    /// Of those that wait, the one at this place, if there is one.
    Requeue(usize, Vec<u8>),
    Unqueue(usize),
    Notice(Vec<u8>),
    Evidence(usize, Vec<u8>),
    Snapshot(Snapshot),
}

#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Model {
    slots: BTreeMap<Slot, Vec<u8>>,
    pub(crate) given: Vec<CopiedEntry>,
    pending: BTreeMap<u64, Vec<u8>>,
    size: u64,
    outbox: Vec<(u64, Vec<u8>)>,
    notices: Vec<Vec<u8>>,
    evidence: BTreeMap<usize, Vec<u8>>,
    snapshot: Option<Snapshot>,
}

fn hash(index: u64) -> [u8; 32] {
    let mut random = Chance::new(index ^ 0x51ab);
    let words: Vec<u8> = (0..4).flat_map(|_| random.number().to_le_bytes()).collect();
    words.try_into().unwrap()
}

fn hashes(range: std::ops::Range<u64>) -> Vec<u8> {
    range.flat_map(hash).collect()
}

impl Model {
    /// What one change makes of the model: nothing, if a step of it is refused.
    pub(crate) fn take(&mut self, steps: &[Step]) -> Result<(), String> {
        let before = self.clone();
        let (mut erased, mut whole) = (false, false);
        for step in steps {
            match step {
                Step::Erase(_) if self.would_erase(step) => (erased, whole) = (true, false),
                Step::Snapshot(_) => whole = true,
                _ => {}
            }
            if let Err(fault) = self.step(step) {
                *self = before;
                return Err(fault);
            }
        }
        if erased && !whole {
            self.snapshot = None;
        }
        Ok(())
    }

    fn would_erase(&self, step: &Step) -> bool {
        let Step::Erase(index) = step else { return false };
        self.given.iter().any(|entry| entry.index == *index && entry.opening.is_some())
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step.clone() {
            Step::Put(Slot::Settings, _) => return Err("settings".into()),
            Step::Put(slot, bytes) => {
                self.slots.insert(slot, bytes);
            }
            Step::Give(entries) => {
                if entries.iter().any(|entry| entry.index > entry.cause) {
                    return Err("before".into());
                }
                self.given.extend(entries);
            }
            Step::Erase(index) => {
                let of = self.given.iter_mut().filter(|entry| entry.index == index);
                of.for_each(|entry| (entry.opening, entry.goes) = (None, None));
            }
            Step::LetGo(index, due) => {
                let of = self.given.iter_mut().filter(|entry| entry.index == index);
                of.filter(|entry| entry.opening.is_some()).for_each(|entry| entry.goes = Some(due));
            }
            Step::Pending(tile, bytes) => {
                self.pending.insert(tile, bytes);
            }
            Step::DropPending => self.pending.clear(),
            Step::Grow(count) => self.size += count,
            Step::Queue(bytes) => {
                let last = self.outbox.last().map_or(0, |(number, _)| *number);
                self.outbox.push((last + 1, bytes));
            }
            Step::Requeue(at, bytes) => {
                if let Some((_, kept)) = self.outbox.get_mut(at) {
                    *kept = bytes;
                }
            }
            Step::Unqueue(at) => {
                if at < self.outbox.len() {
                    self.outbox.remove(at);
                }
            }
            Step::Notice(bytes) => {
                self.notices.push(bytes);
                let over = self.notices.len().saturating_sub(MAX_NOTICES as usize);
                self.notices.drain(..over);
            }
            Step::Evidence(name, bytes) => {
                self.evidence.entry(name).or_insert(bytes);
            }
            Step::Snapshot(new) => {
                if new.size > self.given.len() as u64 {
                    return Err("covers".into());
                }
                let kept = self.snapshot.take().map(|kept| (kept.size, kept.parts));
                let mut parts: BTreeMap<u64, Vec<u8>> = match (new.onto, kept) {
                    (None, _) => BTreeMap::new(),
                    (Some(onto), Some((size, parts))) if onto == size => {
                        parts.into_iter().map(|part| (part.number, part.bytes)).collect()
                    }
                    _ => return Err("is not kept".into()),
                };
                parts.extend(new.parts.iter().map(|part| (part.number, part.bytes.clone())));
                parts.retain(|_, bytes| !bytes.is_empty());
                let parts = parts.into_iter().map(|(number, bytes)| Part { number, bytes });
                self.snapshot = Some(Snapshot { parts: parts.collect(), onto: None, ..new });
            }
        }
        Ok(())
    }

    /// Makes the same change in a copy that stands where the model does.
    pub(crate) fn change(&self, copy: &CopyStore, steps: &[Step]) -> Result<(), StoreError> {
        let mut size = self.size;
        copy.change(|change| {
            for step in steps {
                write(change, step, &mut size)?;
            }
            Ok(())
        })
    }

    /// Panics where a copy holds anything else.
    pub(crate) fn check(&self, view: &CopyView<'_>) {
        assert_eq!(view.space(), SPACE);
        assert_eq!(view.slot(Slot::Settings).unwrap().as_deref(), Some(SETTINGS));
        for slot in [Slot::Head, Slot::Progress, Slot::Chains, Slot::Caught] {
            assert_eq!(view.slot(slot).unwrap().as_ref(), self.slots.get(&slot));
        }
        assert_eq!(view.given_count(), self.given.len() as u64);
        assert_eq!(view.given(0..u64::MAX).unwrap(), self.given);
        for entry in &self.given {
            let all = (0..).zip(self.given.iter().cloned());
            let of_it: Vec<_> = all.filter(|(_, other)| other.index == entry.index).collect();
            assert_eq!(view.given_of(entry.index).unwrap(), of_it);
        }
        for own in [false, true] {
            let due = self.given.iter().filter_map(|entry| Some((entry.index, entry.goes?)));
            let due: Vec<(u64, i64)> =
                due.filter(|(_, due)| due.own == own).map(|(at, due)| (at, due.after_ms)).collect();
            let before = |ms: i64| -> std::collections::BTreeSet<u64> {
                due.iter().filter(|(_, after_ms)| *after_ms < ms).map(|(index, _)| *index).collect()
            };
            let entries = before(i64::MAX);
            let first = due.iter().map(|(_, after_ms)| *after_ms).min();
            let all = first.map(|first_ms| ErasuresDue {
                entries: entries.len() as u64,
                first_ms,
                last_ms: due.iter().map(|(_, after_ms)| *after_ms).max().unwrap(),
            });
            assert_eq!(view.erasures(own).unwrap(), all);
            for ms in [i64::MAX, 0, 1_000] {
                assert_eq!(view.erasures_due(own, ms, usize::MAX).unwrap(), before(ms));
            }
        }
        let tiles = self.size.div_ceil(256);
        for tile in 0..tiles {
            let whole = hashes(tile * 256..self.size.min(tile * 256 + 256));
            assert_eq!(view.commitments(tile).unwrap().as_ref(), Some(&whole));
            assert_eq!(view.tile(0, tile).unwrap().as_ref(), Some(&whole));
        }
        assert_eq!((view.commitments(tiles).unwrap(), view.tile(0, tiles).unwrap()), (None, None));
        for tile in 0..8 {
            assert_eq!(view.pending(tile).unwrap().as_ref(), self.pending.get(&tile));
        }
        assert_eq!(view.outbox().unwrap(), self.outbox);
        assert_eq!(view.notices().unwrap(), self.notices);
        for (nth, name) in EVIDENCE.iter().enumerate() {
            assert_eq!(view.evidence(name).unwrap().as_ref(), self.evidence.get(&nth));
        }
        assert_eq!(snapshot(view), self.snapshot);
    }
}

fn write(change: &CopyChange<'_>, step: &Step, size: &mut u64) -> Result<(), StoreError> {
    match step {
        Step::Put(slot, bytes) => change.put(*slot, bytes),
        Step::Give(entries) => change.give(entries),
        Step::Erase(index) => change.erase(*index),
        Step::LetGo(index, due) => change.let_go(*index, *due),
        Step::Pending(tile, bytes) => change.put_pending(*tile, bytes),
        Step::DropPending => change.drop_pending(),
        Step::Grow(count) => {
            let (from, to) = (*size / 256, (*size + count).div_ceil(256));
            *size += count;
            (from..to).try_for_each(|tile| {
                let grown = hashes(tile * 256..(*size).min(tile * 256 + 256));
                if grown.is_empty() {
                    return Ok(());
                }
                change.put_commitments(tile, &grown)?;
                change.put_tile(0, tile, &grown)
            })
        }
        Step::Queue(bytes) => {
            let last = change.outbox()?.last().map_or(0, |(number, _)| *number);
            change.queue(last + 1, bytes)
        }
        Step::Requeue(at, bytes) => match change.outbox()?.get(*at) {
            Some((number, _)) => change.queue(*number, bytes),
            None => Ok(()),
        },
        Step::Unqueue(at) => match change.outbox()?.get(*at) {
            Some((number, _)) => change.unqueue(*number),
            None => Ok(()),
        },
        Step::Notice(bytes) => change.notice(bytes),
        Step::Evidence(name, bytes) => change.put_evidence(EVIDENCE[*name], bytes),
        Step::Snapshot(new) => change.put_snapshot(new),
    }
}

/// The snapshot that is kept, with all its parts.
pub(crate) fn snapshot(view: &CopyView<'_>) -> Option<Snapshot> {
    let kept = view.snapshot(FORMAT).unwrap()?;
    let part = |number| Some(Part { number, bytes: view.snapshot_part(number).unwrap()? });
    let parts: Option<Vec<Part>> = kept.parts.into_iter().map(part).collect();
    Some(Snapshot { size: kept.size, format: FORMAT, onto: None, parts: parts? })
}

/// Changes that follow from a seed and their number, each of many kinds of step.
#[derive(Clone, Copy)]
pub(crate) struct CopyScript {
    pub(crate) seed: u64,
    pub(crate) largest: u64,
}

impl CopyScript {
    fn random(self, nth: u64) -> Chance {
        Chance::new(self.seed ^ nth.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    /// The steps of a change, of a copy that stands where the model does.
    pub(crate) fn steps(self, nth: u64, model: &Model) -> Vec<Step> {
        let mut random = self.random(nth);
        let last = model.given.last().map_or(0, |entry| entry.cause);
        let mut bytes = |most: u64| {
            let length = random.below(most) as usize;
            vec![random.below(256) as u8; length]
        };
        let opening = Opening { salt: hash(nth), content: bytes(self.largest) };
        let given =
            CopiedEntry { cause: last + 1, index: last + 1, opening: Some(opening), goes: None };
        let again = CopiedEntry { cause: last + 1, index: last / 2, opening: None, goes: None };
        let mut steps = vec![
            Step::Grow(1 + nth % 90),
            Step::Give(if nth % 4 == 3 { vec![given, again] } else { vec![given] }),
            Step::Put(Slot::Head, bytes(2_000)),
            Step::Put(Slot::Progress, nth.to_le_bytes().to_vec()),
            Step::Queue(bytes(900)),
            Step::Notice(bytes(300)),
        ];
        match nth % 5 {
            0 => steps.push(Step::Pending(nth % 8, hashes(nth..nth + 1 + nth % 255))),
            1 => steps.extend([Step::Unqueue(0), Step::Requeue(1, bytes(2_000))]),
            2 => steps.push(Step::Evidence((nth % 3) as usize, bytes(9_000))),
            3 => steps.extend([Step::Unqueue(nth as usize % 7), Step::DropPending]),
            _ => steps.extend([Step::Erase(last / 3), Step::Put(Slot::Chains, bytes(500))]),
        }
        if nth.is_multiple_of(3) {
            let onto = model.snapshot.as_ref().map(|kept| kept.size).filter(|_| nth % 2 == 1);
            let parts = (0..3).map(|nth| Part { number: nth * 2, bytes: bytes(3_000) }).collect();
            let size = model.given.len() as u64;
            steps.push(Step::Snapshot(Snapshot { size, format: FORMAT, onto, parts }));
        }
        steps
    }

    /// The model after so many changes.
    pub(crate) fn model(self, changes: u64) -> Model {
        let mut model = Model::default();
        for nth in 0..changes {
            let steps = self.steps(nth, &model);
            model.take(&steps).unwrap();
        }
        model
    }

    /// Makes the change of this number in a copy and in the model that it stands by.
    pub(crate) fn change(
        self,
        copy: &CopyStore,
        nth: u64,
        model: &mut Model,
    ) -> Result<(), StoreError> {
        let steps = self.steps(nth, model);
        model.change(copy, &steps)?;
        model.take(&steps).unwrap();
        Ok(())
    }

    /// Reads everything; how many changes there are. Panics at half a change, at anything lost and at anything
    /// that nobody wrote.
    pub(crate) fn verify(self, copy: &CopyStore) -> u64 {
        let view = copy.view().unwrap();
        let last = view.slot(Slot::Progress).unwrap();
        let changes = last.map_or(0, |last| u64::from_le_bytes(last.try_into().unwrap()) + 1);
        self.model(changes).check(&view);
        changes
    }
}
