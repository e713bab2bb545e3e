//! The disk behind the VFS: what processes see, what is on the platter, and what lies between.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::random::Chance;

/// What a sector holds: written whole or not at all.
const SECTOR_BYTES: u64 = 512;

/// What becomes of unsynced changes when the power goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// All are lost.
    All,
    /// Each write is lost or kept, by chance.
    Each {
        /// The seed of chance.
        seed: u64,
    },
    /// Each sector of 512 bytes of each write is lost or kept, by chance.
    Torn {
        /// The seed of chance.
        seed: u64,
    },
}

/// How a write fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The disk is full.
    Full,
    /// The disk does not take it.
    Broken,
}

/// Why an operation did not succeed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// The power is off, or was cut since the file was opened.
    Dark,
    /// The write, or the rest of it, failed.
    Write(Fault),
    /// The sync failed.
    Sync,
}

#[derive(Default, Debug)]
pub(crate) struct Disk {
    /// Counts the cuts: whoever opened a file in an earlier era has lost it.
    era: u64,
    dark: bool,
    files: BTreeMap<String, Platter>,
    /// Files that were deleted while their folder was not synced: what was durable of them.
    ghosts: BTreeMap<String, Vec<u8>>,
    changes: u64,
    cut_at: Option<(u64, Loss)>,
    room_bytes: Option<(u64, Fault)>,
    syncs_fail: bool,
}

#[derive(Default, Debug)]
struct Platter {
    /// What reads get.
    seen: Vec<u8>,
    /// What is sure to be there after a cut.
    durable: Vec<u8>,
    /// What was done since the last sync, in order.
    unsynced: Vec<Change>,
    /// Whether its next sync is to sync its folder too: SQLite does that with the first sync of a
    /// journal or log that it opened to create it.
    syncs_folder: bool,
}

#[derive(Debug)]
enum Change {
    Write { at: u64, bytes: Vec<u8> },
    Truncate { to: u64 },
}

impl Disk {
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    pub(crate) fn is_dark(&self) -> bool {
        self.dark
    }

    pub(crate) fn power_on(&mut self) {
        self.dark = false;
    }

    pub(crate) fn cut_after(&mut self, changes: u64, loss: Loss) {
        self.cut_at = Some((self.changes + changes, loss));
    }

    pub(crate) fn fail_writes_after(&mut self, bytes: u64, fault: Fault) {
        self.room_bytes = Some((bytes, fault));
    }

    pub(crate) fn fail_syncs(&mut self) {
        self.syncs_fail = true;
    }

    pub(crate) fn heal(&mut self) {
        (self.room_bytes, self.syncs_fail, self.cut_at) = (None, false, None);
    }

    /// Takes a file in, with what it holds on the real disk; its era is the key to it.
    pub(crate) fn open(
        &mut self,
        name: &str,
        syncs_folder: bool,
        real: impl FnOnce() -> Vec<u8>,
    ) -> u64 {
        let file = self.files.entry(name.to_owned()).or_insert_with(|| {
            let bytes = real();
            Platter { seen: bytes.clone(), durable: bytes, ..Platter::default() }
        });
        file.syncs_folder |= syncs_folder;
        self.era
    }

    /// What reads get of the whole file, if it is known here.
    pub(crate) fn seen(&self, name: &str) -> Option<Vec<u8>> {
        Some(self.files.get(name)?.seen.clone())
    }

    /// Lets reads get `seen`, of which the platter has only `durable` and never gets the rest.
    pub(crate) fn put(&mut self, name: &str, seen: Vec<u8>, durable: Vec<u8>) {
        let platter = Platter { seen, durable, ..Platter::default() };
        self.files.insert(name.to_owned(), platter);
    }

    /// The length of a file in bytes, if it is known here.
    pub(crate) fn length(&self, name: &str) -> Option<u64> {
        Some(self.files.get(name)?.seen.len() as u64)
    }

    /// Copies from the file; returns how many bytes there were.
    pub(crate) fn read(
        &mut self,
        (name, era): (&str, u64),
        at: u64,
        into: &mut [u8],
    ) -> Result<usize, Refusal> {
        let seen = &self.file(name, era)?.seen;
        let from = usize::try_from(at).unwrap_or(usize::MAX).min(seen.len());
        let there = seen.get(from..).unwrap_or_default();
        let count = there.len().min(into.len());
        for (to, byte) in into.iter_mut().zip(there) {
            *to = *byte;
        }
        Ok(count)
    }

    pub(crate) fn write(
        &mut self,
        (name, era): (&str, u64),
        at: u64,
        bytes: &[u8],
    ) -> Result<(), Refusal> {
        self.count_change();
        let (room, fault) = self.room_bytes.unwrap_or((u64::MAX, Fault::Full));
        let fits = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        let written = bytes.get(..fits).unwrap_or_default().to_vec();
        self.file(name, era)?.change(Change::Write { at, bytes: written });
        if let Some((room, _)) = &mut self.room_bytes {
            *room -= fits as u64;
        }
        if fits == bytes.len() { Ok(()) } else { Err(Refusal::Write(fault)) }
    }

    pub(crate) fn truncate(&mut self, (name, era): (&str, u64), to: u64) -> Result<(), Refusal> {
        self.count_change();
        self.file(name, era)?.change(Change::Truncate { to });
        Ok(())
    }

    /// Makes durable what was written. A sync that fails loses it for good, although it is still
    /// seen: so does Linux, which drops the dirty mark of pages that it could not write.
    pub(crate) fn sync(&mut self, (name, era): (&str, u64)) -> Result<(), Refusal> {
        self.count_change();
        let fails = self.syncs_fail;
        let file = self.file(name, era)?;
        if fails {
            file.unsynced.clear();
            return Err(Refusal::Sync);
        }
        for change in file.unsynced.drain(..) {
            change.apply(&mut file.durable);
        }
        if std::mem::take(&mut file.syncs_folder) {
            let folder = Path::new(name).parent();
            self.ghosts.retain(|ghost, _| Path::new(ghost).parent() != folder);
        }
        Ok(())
    }

    /// Forgets a file that is about to be deleted on the real disk.
    pub(crate) fn delete(&mut self, name: &str, folder_synced: bool) -> Result<(), Refusal> {
        self.count_change();
        if self.dark {
            return Err(Refusal::Dark);
        }
        let durable = match self.files.remove(name) {
            Some(file) => Some(file.durable),
            None => fs::read(name).ok(),
        };
        match durable {
            Some(bytes) if !folder_synced => drop(self.ghosts.insert(name.to_owned(), bytes)),
            _ => drop(self.ghosts.remove(name)),
        }
        Ok(())
    }

    /// The power goes: what survives is written to the real disk.
    pub(crate) fn cut(&mut self, loss: Loss) -> io::Result<()> {
        self.era += 1;
        self.dark = true;
        self.cut_at = None;
        let seed = match loss {
            Loss::All => 0,
            Loss::Each { seed } | Loss::Torn { seed } => seed,
        };
        let mut chance = Chance::new(seed);
        for (name, mut file) in std::mem::take(&mut self.files) {
            self.ghosts.remove(&name);
            for change in file.unsynced {
                for piece in change.pieces(loss) {
                    if loss != Loss::All && chance.one_in(2) {
                        piece.apply(&mut file.durable);
                    }
                }
            }
            fs::write(name, file.durable)?;
        }
        for (name, bytes) in std::mem::take(&mut self.ghosts) {
            if loss == Loss::All || chance.one_in(2) {
                fs::write(name, bytes)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, name: &str, era: u64) -> Result<&mut Platter, Refusal> {
        if self.dark || era != self.era {
            return Err(Refusal::Dark);
        }
        self.files.get_mut(name).ok_or(Refusal::Dark)
    }

    fn count_change(&mut self) {
        self.changes += 1;
        if let Some((at, loss)) = self.cut_at
            && self.changes > at
            && let Err(error) = self.cut(loss)
        {
            // A test's own disk failed: what it would find afterwards means nothing.
            eprintln!("the power cut could not be written: {error}");
            std::process::abort();
        }
    }
}

impl Platter {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.unsynced.push(change);
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Truncate { to } => bytes.truncate(usize::try_from(*to).unwrap_or(usize::MAX)),
            Change::Write { at, bytes: new } if !new.is_empty() => {
                let from = usize::try_from(*at).unwrap_or(usize::MAX);
                let end = from.saturating_add(new.len());
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                if let Some(place) = bytes.get_mut(from..end) {
                    place.copy_from_slice(new);
                }
            }
            Change::Write { .. } => {}
        }
    }

    /// The parts of it that can be lost apart from one another.
    fn pieces(self, loss: Loss) -> Vec<Change> {
        let Change::Write { mut at, bytes } = self else { return vec![self] };
        if !matches!(loss, Loss::Torn { .. }) {
            return vec![Change::Write { at, bytes }];
        }
        let mut pieces = Vec::new();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let to_boundary = (SECTOR_BYTES - at % SECTOR_BYTES) as usize;
            let (piece, after) = rest.split_at(to_boundary.min(rest.len()));
            pieces.push(Change::Write { at, bytes: piece.to_vec() });
            at += piece.len() as u64;
            rest = after;
        }
        pieces
    }
}
