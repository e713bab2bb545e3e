//! The store: opening a file, and the one writer.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Transaction;

use crate::append;
use crate::batch::{AppendBatch, Epoch, StoredHead};
use crate::database::{Database, Options};
use crate::error::{Fault, StoreError};
use crate::kept;
use crate::schema::RECORD;
use crate::view::{self, View};

/// What became of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum AppendOutcome {
    /// It is on the disk, whole, and readers see it.
    Durable {
        /// The index of the first of its entries.
        first_index: u64,
    },
    /// The space does not have the expected size; nothing was written.
    Conflict {
        /// How many entries there are.
        actual: u64,
    },
    /// The writer's epoch is not the latest: somebody took the space over; nothing was written.
    Fenced {
        /// The epoch that may write.
        epoch: Epoch,
    },
}

/// An open store. Clones share it; the file is let go when the last is dropped.
#[derive(Clone, Debug)]
pub struct Store {
    database: Arc<Database>,
    opened: u64,
}

impl Store {
    /// Opens the store at this path for reading and writing. An older one is brought up to date.
    ///
    /// What a killed process left unfinished is finished or forgotten here: before this returns,
    /// all that can be read is on the disk.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Held`], [`StoreError::TooNew`], [`StoreError::OtherStore`],
    /// [`StoreError::Foreign`], and what the disk may do.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Store::open_with(path, &Options::default())
    }

    /// [`Store::open`], with options.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(path: &Path, options: &Options) -> Result<Store, StoreError> {
        Store::of(Database::open(path, options, &RECORD, Some(&|_| Ok(())))?)
    }

    /// Makes a new, empty store at this path and opens it. On Unix only its owner may read it.
    ///
    /// # Errors
    /// [`StoreError::Exists`], and what the disk may do: then no file is left behind.
    pub fn create(path: &Path) -> Result<Store, StoreError> {
        Store::create_with(path, &Options::default())
    }

    /// [`Store::create`], with options.
    ///
    /// # Errors
    /// As [`Store::create`].
    pub fn create_with(path: &Path, options: &Options) -> Result<Store, StoreError> {
        Store::of(Database::create(path, options, &RECORD, &|_| Ok(()))?)
    }

    fn of(database: Database) -> Result<Store, StoreError> {
        let database = Arc::new(database);
        let opened = write(&database, "opening the store", count_opening)?;
        Ok(Store { database, opened })
    }

    /// Where the store is, symbolic links resolved.
    pub fn path(&self) -> &Path {
        self.database.path()
    }

    /// How often this file was opened for writing, this time included. It only grows: a host that
    /// knows the number it had tells a restart from going on.
    pub fn opened(&self) -> u64 {
        self.opened
    }

    /// Begins an empty space and takes it, as epoch 1.
    ///
    /// # Errors
    /// [`StoreError::SpaceExists`]; [`StoreError::Refused`] for an origin that is empty or too
    /// long; what the disk may do.
    pub fn create_space(&self, origin: &str) -> Result<Epoch, StoreError> {
        write(&self.database, "creating a space", |transaction| {
            append::create_space(transaction, origin)
        })
    }

    /// Takes a space over: from now on only the returned epoch may append to it.
    ///
    /// # Errors
    /// [`StoreError::NoSuchSpace`]; what the disk may do.
    pub fn take(&self, origin: &str) -> Result<Epoch, StoreError> {
        write(&self.database, "taking a space over", |transaction| {
            append::take(transaction, origin)
        })
    }

    /// Writes a batch, if `epoch` is the latest and the space has `expected_index` entries: whole
    /// and durable, or not at all.
    ///
    /// The disk is waited for once, so that a batch of 256 costs little more than one of 1.
    ///
    /// # Errors
    /// [`StoreError::NoSuchSpace`]; [`StoreError::Refused`] where the batch breaks a bound, would
    /// change a checkpoint, or would take from a tile; [`StoreError::Full`], [`StoreError::Io`].
    pub fn append(
        &self,
        origin: &str,
        epoch: Epoch,
        expected_index: u64,
        batch: &AppendBatch,
    ) -> Result<AppendOutcome, StoreError> {
        let appended = write(&self.database, "appending", |transaction| {
            append::append(transaction, origin, epoch, expected_index, batch)
        })?;
        if !batch.erasures.is_empty() && matches!(appended, AppendOutcome::Durable { .. }) {
            self.database.forget_log();
        }
        Ok(appended)
    }

    /// Keeps statements of parties until they are taken in, each with a number greater than those before: the number of
    /// the first. They go with the batch that says so ([`AppendBatch::unkept`]). `Err` within `Ok`: another host may
    /// write now, and nothing was kept.
    ///
    /// # Errors
    /// [`StoreError::NoSuchSpace`]; [`StoreError::Refused`] for a statement that is empty or beyond
    /// [`MAX_CONTENT_BYTES`](crate::MAX_CONTENT_BYTES); [`StoreError::Full`], [`StoreError::Io`].
    pub fn keep(
        &self,
        origin: &str,
        epoch: Epoch,
        statements: &[(String, Vec<u8>)],
    ) -> Result<Result<u64, Epoch>, StoreError> {
        write(&self.database, "keeping statements", |transaction| {
            kept::keep(transaction, (origin, epoch), statements)
        })
    }

    /// What one space holds at this instant, for any number of reads. Waits for no writer.
    ///
    /// A view that is kept open keeps the write-ahead log from being folded into the file: take
    /// one for each question, not one for each reader.
    ///
    /// # Errors
    /// [`StoreError::NoSuchSpace`]; what the disk may do.
    pub fn view(&self, origin: &str) -> Result<View<'_>, StoreError> {
        let fail = |fault: Fault| fault.at(self.path(), "reading a space");
        let reader = self.database.reader().map_err(fail)?;
        View::of(reader, origin, self.path()).map_err(fail)
    }

    /// Where every space of this store stands, by origin.
    ///
    /// # Errors
    /// What the disk may do.
    pub fn spaces(&self) -> Result<Vec<StoredHead>, StoreError> {
        let fail = |fault: Fault| fault.at(self.path(), "reading the spaces");
        let reader = self.database.reader().map_err(fail)?;
        match view::heads(&reader) {
            Ok(heads) => Ok(heads),
            Err(fault) => {
                reader.discard();
                Err(fail(fault))
            }
        }
    }

    /// Reads the file through in its order, for as long as `go_on` says, so that whoever is about to read most
    /// of it page by page finds it in memory: a disk is many times quicker at the one than at the other. It
    /// changes nothing, and of a file beyond [`READ_THROUGH_BYTES`](crate::READ_THROUGH_BYTES), which may not fit, nothing is read.
    pub fn read_through(&self, go_on: impl Fn() -> bool) {
        self.database.read_through(go_on);
    }

    pub(crate) fn options(&self) -> &Options {
        self.database.options()
    }
}

/// Runs `work` in one transaction, durable when this returns a value.
fn write<T>(
    database: &Database,
    doing: &'static str,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
) -> Result<T, StoreError> {
    database.write(doing, |transaction| {
        work(transaction).map_err(|fault| fault.at(database.path(), doing))
    })
}

fn count_opening(transaction: &Transaction<'_>) -> Result<u64, Fault> {
    let opened: i64 = transaction.query_row(
        "UPDATE store SET opened = opened + 1 RETURNING opened",
        [],
        |row| row.get(0),
    )?;
    view::natural(opened)
}
