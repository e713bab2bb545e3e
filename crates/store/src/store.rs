//! The store: opening a file, and the one writer.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::append;
use crate::batch::{AppendBatch, Epoch, StoredHead};
use crate::connection;
use crate::error::{Fault, StoreError};
use crate::file::{self, Hold};
use crate::pool::Pool;
use crate::schema::{self, Kind, MIGRATIONS};
use crate::view::{self, View};

/// The longest file, in bytes, that is read through ahead of who needs it: a longer one would drive out of
/// memory what it has read.
pub const READ_THROUGH_BYTES: u64 = 8 * 1024 * 1024 * 1024;

/// How to open a store. The default is right unless a measurement says otherwise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// How many readers' connections are kept open when idle.
    pub idle_readers: usize,
    /// The write-ahead log is folded into the file when it has this many pages of 4,096 bytes.
    pub wal_pages: u32,
    /// The name of the SQLite VFS to go through, for tests that cut the power.
    pub vfs: Option<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options { idle_readers: 8, wal_pages: 8_192, vfs: None }
    }
}

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
    inner: Arc<Inner>,
}

/// The fields are dropped in this order: readers are closed before the writer, which then leaves
/// one tidy file, and the hold on it goes last.
#[derive(Debug)]
struct Inner {
    path: PathBuf,
    options: Options,
    opened: u64,
    readers: Pool,
    writer: Mutex<Connection>,
    /// The store's file as it is read through. Closed after the last connection: closing it drops the locks
    /// that SQLite has on it (POSIX, fcntl).
    through: Mutex<Option<File>>,
    _hold: Hold,
}

impl Store {
    /// Opens the store at this path for reading and writing. An older one is brought up to date.
    ///
    /// What a killed process left unfinished is finished or forgotten here: before this returns,
    /// all that can be read is on the disk.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Held`], [`StoreError::TooNew`],
    /// [`StoreError::Foreign`], and what the disk may do.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Store::open_with(path, &Options::default())
    }

    /// [`Store::open`], with options.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(path: &Path, options: &Options) -> Result<Store, StoreError> {
        let path = file::existing(path)?;
        let hold = Hold::take(&path)?;
        let (writer, opened) = open_writer(&path, options)?;
        Ok(Store::of(path, options, hold, writer, opened))
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
        let path = file::create(path)?;
        let hold = Hold::take(&path)?;
        match open_writer(&path, options) {
            Ok((writer, opened)) => Ok(Store::of(path, options, hold, writer, opened)),
            Err(error) => {
                // Still held: nobody can have opened what goes.
                file::remove(&path);
                Err(error)
            }
        }
    }

    fn of(path: PathBuf, options: &Options, hold: Hold, writer: Connection, opened: u64) -> Store {
        Store {
            inner: Arc::new(Inner {
                readers: Pool::new(path.clone(), options.clone()),
                path,
                options: options.clone(),
                opened,
                writer: Mutex::new(writer),
                through: Mutex::default(),
                _hold: hold,
            }),
        }
    }

    /// Where the store is, symbolic links resolved.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// How often this file was opened for writing, this time included. It only grows: a host that
    /// knows the number it had tells a restart from going on.
    pub fn opened(&self) -> u64 {
        self.inner.opened
    }

    /// Begins an empty space and takes it, as epoch 1.
    ///
    /// # Errors
    /// [`StoreError::SpaceExists`]; [`StoreError::Refused`] for an origin that is empty or too
    /// long; what the disk may do.
    pub fn create_space(&self, origin: &str) -> Result<Epoch, StoreError> {
        self.write("creating a space", |transaction| append::create_space(transaction, origin))
    }

    /// Takes a space over: from now on only the returned epoch may append to it.
    ///
    /// # Errors
    /// [`StoreError::NoSuchSpace`]; what the disk may do.
    pub fn take(&self, origin: &str) -> Result<Epoch, StoreError> {
        self.write("taking a space over", |transaction| append::take(transaction, origin))
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
        let appended = self.write("appending", |transaction| {
            append::append(transaction, origin, epoch, expected_index, batch)
        })?;
        if !batch.erasures.is_empty() && matches!(appended, AppendOutcome::Durable { .. }) {
            self.forget_log();
        }
        Ok(appended)
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
        let reader = self.inner.readers.take().map_err(fail)?;
        View::of(reader, origin, self.path()).map_err(fail)
    }

    /// Where every space of this store stands, by origin.
    ///
    /// # Errors
    /// What the disk may do.
    pub fn spaces(&self) -> Result<Vec<StoredHead>, StoreError> {
        let fail = |fault: Fault| fault.at(self.path(), "reading the spaces");
        let reader = self.inner.readers.take().map_err(fail)?;
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
    /// changes nothing, and of a file beyond [`READ_THROUGH_BYTES`], which may not fit, nothing is read.
    pub fn read_through(&self, go_on: impl Fn() -> bool) {
        // What cannot be read is told to whoever needs it.
        let mut through = self.inner.through.lock().unwrap_or_else(PoisonError::into_inner);
        if through.is_none() {
            *through = File::open(self.path()).ok();
        }
        let Some(file) = through.as_mut() else { return };
        let fits = file.metadata().is_ok_and(|file| file.len() <= READ_THROUGH_BYTES);
        if !fits || file.rewind().is_err() {
            return;
        }
        let mut bytes = vec![0; 1024 * 1024];
        while go_on() && file.read(&mut bytes).is_ok_and(|read| read > 0) {}
    }

    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    /// Runs `work` in one transaction, durable when this returns a value.
    ///
    /// The commit is a statement of its own: a statement that returns rows commits when it is
    /// reset, where an error would go unseen.
    fn write<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        // A panic while the lock was held rolled its transaction back: the connection is sound.
        let mut writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        commit(&mut writer, work).map_err(|fault| fault.at(self.path(), doing))
    }

    /// Folds the log into the file and empties it, since it still holds what was just erased. A
    /// reader may prevent it; then the next erasure or the next opening does it.
    fn forget_log(&self) {
        let writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = fold_log(&writer);
    }
}

/// The writer's connection to a file that is held, ready for use, and the count of openings.
fn open_writer(path: &Path, options: &Options) -> Result<(Connection, u64), StoreError> {
    let fail = |fault: Fault| fault.at(path, "opening the store");
    file::make_private(path).map_err(|error| fail(error.into()))?;
    let mut writer = connection::writer(path, options).map_err(fail)?;
    match schema::kind(&writer, MIGRATIONS).map_err(fail)? {
        Kind::Store(version) => begin(&mut writer, version).map_err(fail)?,
        Kind::Foreign => return Err(StoreError::Foreign { file: path.to_path_buf() }),
        Kind::TooNew(schema) => {
            let (file, newest) = (path.to_path_buf(), MIGRATIONS.len());
            return Err(StoreError::TooNew { file, schema, newest });
        }
    }
    let opened = count_opening(&mut writer).map_err(fail)?;
    Ok((writer, opened))
}

/// Brings the file up to date and folds in the log that a killed process may have left.
///
/// Recovery takes frames from the system's cache that may never have reached the disk. Written to
/// the file and synced they are durable before anybody reads them.
fn begin(writer: &mut Connection, version: usize) -> Result<(), Fault> {
    connection::log_ahead(writer)?;
    schema::migrate(writer, version, MIGRATIONS)?;
    Ok(fold_log(writer)?)
}

fn fold_log(writer: &Connection) -> rusqlite::Result<()> {
    writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

fn count_opening(writer: &mut Connection) -> Result<u64, Fault> {
    commit(writer, |transaction| {
        let opened: i64 = transaction.query_row(
            "UPDATE store SET opened = opened + 1 RETURNING opened",
            [],
            |row| row.get(0),
        )?;
        view::natural(opened)
    })
}

fn commit<T>(
    writer: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    Ok(done)
}
