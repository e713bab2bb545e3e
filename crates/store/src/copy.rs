//! A desk's copy of a record: one SQLite file, one writer, any number of readers.
//!
//! The contract is a sentence: **what [`CopyStore::change`] does is durable, or it did not happen.** One change is
//! one transaction, however much it writes: the head and all that it covers, entries and the view that follows
//! from them, what goes out and what came of it. Memory stays bounded meanwhile, since SQLite writes to its log
//! what does not fit.

mod change;
mod view;

use std::path::Path;
use std::sync::Arc;

pub use change::CopyChange;
pub use view::CopyView;

use crate::backup::{self, BackupProgress};
use crate::batch::{Opening, check_name};
use crate::database::{Database, Options};
use crate::error::{Fault, StoreError};
use crate::schema::COPY;

/// The longest value of a [`Slot`], statement that waits or notice, in bytes.
pub const MAX_VALUE_BYTES: usize = 1024 * 1024;
/// The longest evidence, in bytes.
pub const MAX_EVIDENCE_BYTES: usize = 16 * 1024 * 1024;
/// The most notices that are kept.
pub const MAX_NOTICES: u64 = 1_024;

/// A single value. Its number is that of its row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Slot {
    /// Whose copy it is, and what was trusted from the start. Written at its making, and never again.
    Settings = 0,
    /// The last head that is believed.
    Head = 1,
    /// How far the record has been read.
    Progress = 2,
    /// The last statement of each of the party's own keys.
    Chains = 3,
    /// That the host was caught.
    Caught = 4,
    /// What the party set aside of that.
    Overruled = 5,
    /// That this copy was made of another ([`CopyStore::backup_to`]), as which others may have gone on: there
    /// with nothing in it, until its desk says what it makes of that.
    Backup = 6,
    /// What was read out to the party and typed in: nobody signed it.
    VoiceTexts = 7,
}

/// An entry as the party was given it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CopiedEntry {
    /// The entry by which it was given: itself or a later one.
    pub cause: u64,
    /// Its place in the record.
    pub index: u64,
    /// What opens its commitment; `None` once erased.
    pub opening: Option<Opening>,
    /// When that is to go, if the record forgot the entry.
    pub goes: Option<ErasureDue>,
}

/// When the opening of an entry is to go. The store itself erases nothing for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErasureDue {
    /// Once this has passed, in milliseconds since 1970-01-01T00:00:00Z.
    pub after_ms: i64,
    /// And not before whoever keeps the copy asks for it.
    pub own: bool,
}

/// How many entries have an opening that is to go, at least one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErasuresDue {
    /// How many entries.
    pub entries: u64,
    /// The first [`ErasureDue::after_ms`] of theirs.
    pub first_ms: i64,
    /// The last one.
    pub last_ms: i64,
}

/// An open copy. Clones share it; the file is let go when the last is dropped.
#[derive(Clone, Debug)]
pub struct CopyStore {
    database: Arc<Database>,
}

impl CopyStore {
    /// Makes a new copy of the record of `space` at this path, with nothing in it but the settings, and opens
    /// it. On Unix only its owner may read it.
    ///
    /// # Errors
    /// [`StoreError::Exists`]; [`StoreError::Refused`] for a name that is empty or too long, or settings that
    /// are too long; what the disk may do: then no file is left behind.
    pub fn create(
        path: &Path,
        space: &str,
        settings: &[u8],
        options: &Options,
    ) -> Result<CopyStore, StoreError> {
        let begin = |connection: &rusqlite::Transaction<'_>| -> Result<(), Fault> {
            check_name("the name of a space", space)?;
            change::begin(connection, space)?;
            change::fill(connection, Slot::Settings, settings)
        };
        let database = Database::create(path, options, &COPY, &begin)?;
        Ok(CopyStore { database: Arc::new(database) })
    }

    /// Opens the copy at this path for reading and writing, and writes nothing to it.
    ///
    /// What a killed process left unfinished is finished or forgotten here: before this returns,
    /// all that can be read is on the disk.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Held`], [`StoreError::Unfinished`], [`StoreError::OtherStore`],
    /// [`StoreError::TooNew`], [`StoreError::Foreign`], and what the disk may do.
    pub fn open(path: &Path, options: &Options) -> Result<CopyStore, StoreError> {
        let database = Database::open(path, options, &COPY, None)?;
        Ok(CopyStore { database: Arc::new(database) })
    }

    /// Where the copy is, symbolic links resolved.
    pub fn path(&self) -> &Path {
        self.database.path()
    }

    /// What the copy holds at this instant, for any number of reads. Waits for no writer.
    ///
    /// A view that is kept open keeps the write-ahead log from being folded into the file.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]; what the disk may do.
    pub fn view(&self) -> Result<CopyView<'_>, StoreError> {
        CopyView::begin(&self.database)
    }

    /// Makes a change in one transaction: whole and on the disk when this returns a value. After an error, of
    /// `work` or of the disk, nothing of it is kept. One that writes nothing does not touch the disk.
    ///
    /// The opening of an entry that was erased is in no file after that, as far as no reader prevents it; then
    /// the next erasure or the next opening sees to it.
    ///
    /// # Errors
    /// What `work` answers; [`StoreError::Full`], [`StoreError::Io`].
    pub fn change<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&CopyChange<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut erased = false;
        let done = self.database.write(change::DOING, |transaction| {
            let change = CopyChange::begin(transaction, self.path())?;
            let done = work(&change)?;
            erased = change.finish()?;
            Ok(done)
        });
        if erased && done.is_ok() {
            self.database.forget_log();
        }
        done
    }

    /// Copies the copy, as it stands now, to a new file, as [`Store::backup_to`](crate::Store::backup_to) does.
    /// The answer is the space, and how many entries the party was given of it.
    ///
    /// # Errors
    /// As [`Store::backup_to`](crate::Store::backup_to).
    pub fn backup_to(
        &self,
        to: &Path,
        mut progress: impl FnMut(BackupProgress),
    ) -> Result<(String, u64), StoreError> {
        let form = (view::what as fn(&_) -> _, Some(change::mark_backup as fn(&_) -> _));
        backup::backup(self.path(), self.database.options(), to, form, &mut progress)
    }

    /// The same of a copy that another process has open, which goes on meanwhile.
    ///
    /// # Errors
    /// As [`CopyStore::backup_to`]; [`StoreError::Missing`] where there is none.
    pub fn backup_of(
        from: &Path,
        to: &Path,
        mut progress: impl FnMut(BackupProgress),
    ) -> Result<(String, u64), StoreError> {
        let (from, options) = (crate::file::existing(from)?, Options::default());
        let form = (view::what as fn(&_) -> _, Some(change::mark_backup as fn(&_) -> _));
        backup::backup(&from, &options, to, form, &mut progress)
    }
}
