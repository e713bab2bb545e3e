//! One SQLite file that this process holds: its writer, its readers and its log. What stands in it is for the
//! stores over it to know.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::connection;
use crate::error::{Fault, StoreError};
use crate::file::{self, Hold};
use crate::pool::{Pool, Reader};
use crate::schema::{self, Kind, Schema};

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

/// What the first transaction writes into an empty file, beside the tables.
pub(crate) type Begin<'b> = &'b dyn Fn(&Transaction<'_>) -> Result<(), Fault>;

/// The fields are dropped in this order: readers are closed before the writer, which then leaves
/// one tidy file, and the hold on it goes last.
#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
    options: Options,
    readers: Pool,
    writer: Mutex<Connection>,
    /// The file as it is read through. Closed after the last connection: closing it drops the locks
    /// that SQLite has on it (POSIX, fcntl).
    through: Mutex<Option<File>>,
    _hold: Hold,
}

impl Database {
    /// Opens a file that is there. Of an empty one it makes a store by `begin`, or refuses it as one whose making
    /// was not finished.
    ///
    /// What a killed process left unfinished is finished or forgotten here: before this returns,
    /// all that can be read is on the disk.
    pub(crate) fn open(
        path: &Path,
        options: &Options,
        schema: &Schema<'_>,
        begin: Option<Begin<'_>>,
    ) -> Result<Database, StoreError> {
        let path = file::existing(path)?;
        let hold = Hold::take(&path)?;
        let writer = open_writer(&path, options, schema, begin)?;
        Ok(Database::of(path, options, hold, writer))
    }

    /// Makes a new file, which only its owner may read, with what `begin` writes. On an error no file is left.
    pub(crate) fn create(
        path: &Path,
        options: &Options,
        schema: &Schema<'_>,
        begin: Begin<'_>,
    ) -> Result<Database, StoreError> {
        let path = file::create(path)?;
        let hold = Hold::take(&path)?;
        match open_writer(&path, options, schema, Some(begin)) {
            Ok(writer) => Ok(Database::of(path, options, hold, writer)),
            Err(error) => {
                // Still held: nobody can have opened what goes.
                file::remove(&path);
                Err(error)
            }
        }
    }

    fn of(path: PathBuf, options: &Options, hold: Hold, writer: Connection) -> Database {
        Database {
            readers: Pool::new(path.clone(), options.clone()),
            path,
            options: options.clone(),
            writer: Mutex::new(writer),
            through: Mutex::default(),
            _hold: hold,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// A connection that only reads.
    pub(crate) fn reader(&self) -> Result<Reader<'_>, Fault> {
        self.readers.take()
    }

    /// Runs `work` in one transaction, durable when this returns a value; after an error, its own or the
    /// disk's, nothing of it is kept.
    ///
    /// The commit is a statement of its own: a statement that returns rows commits when it is
    /// reset, where an error would go unseen.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let fail = |error: rusqlite::Error| Fault::from(error).at(&self.path, doing);
        // A panic while the lock was held rolled its transaction back: the connection is sound.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction =
            writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
        let done = work(&transaction)?;
        transaction.commit().map_err(fail)?;
        Ok(done)
    }

    /// Folds the log into the file and empties it, since it still holds what was just erased. A
    /// reader may prevent it; then the next erasure or the next opening does it.
    pub(crate) fn forget_log(&self) {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = fold_log(&writer);
    }

    /// Reads the file through in its order, for as long as `go_on` says.
    pub(crate) fn read_through(&self, go_on: impl Fn() -> bool) {
        // What cannot be read is told to whoever needs it.
        let mut through = self.through.lock().unwrap_or_else(PoisonError::into_inner);
        if through.is_none() {
            *through = File::open(&self.path).ok();
        }
        let Some(file) = through.as_mut() else { return };
        let fits = file.metadata().is_ok_and(|file| file.len() <= READ_THROUGH_BYTES);
        if !fits || file.rewind().is_err() {
            return;
        }
        let mut bytes = vec![0; 1024 * 1024];
        while go_on() && file.read(&mut bytes).is_ok_and(|read| read > 0) {}
    }
}

/// The writer's connection to a file that is held, ready for use.
fn open_writer(
    path: &Path,
    options: &Options,
    schema: &Schema<'_>,
    begin: Option<Begin<'_>>,
) -> Result<Connection, StoreError> {
    let fail = |fault: Fault| fault.at(path, "opening the store");
    let file = || path.to_path_buf();
    file::make_private(path).map_err(|error| fail(error.into()))?;
    let mut writer = connection::writer(path, options).map_err(fail)?;
    let nothing: Begin<'_> = &|_| Ok(());
    let (version, begin) = match schema::kind(&writer, schema).map_err(fail)? {
        Kind::Empty => (0, begin.ok_or_else(|| StoreError::Unfinished { file: file() })?),
        Kind::Store(version) => (version, nothing),
        Kind::Sibling(is) => {
            return Err(StoreError::OtherStore { file: file(), is, wanted: schema.what });
        }
        Kind::Foreign => return Err(StoreError::Foreign { file: file() }),
        Kind::TooNew(found) => {
            let newest = schema.steps.len();
            return Err(StoreError::TooNew { file: file(), schema: found, newest });
        }
    };
    connection::log_ahead(&writer)
        .and_then(|()| schema::migrate(&mut writer, version, schema, begin))
        // Recovery takes frames from the system's cache that may never have reached the disk. Written to
        // the file and synced they are durable before anybody reads them.
        .and_then(|()| Ok(fold_log(&writer)?))
        .map_err(fail)?;
    Ok(writer)
}

fn fold_log(writer: &Connection) -> rusqlite::Result<()> {
    writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
