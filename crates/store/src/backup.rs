//! A copy of the store, made while it is written to.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::batch::StoredHead;
use crate::connection;
use crate::database::Options;
use crate::error::{Fault, StoreError};
use crate::file;
use crate::store::Store;
use crate::view;

/// Pages of 4,096 bytes that are copied between two calls of `progress`.
const STEP_PAGES: i32 = 1_024;

/// How far a backup is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BackupProgress {
    /// Pages copied so far.
    pub pages_done: u64,
    /// Pages to copy in all.
    pub pages_total: u64,
}

impl Store {
    /// Copies the store, as it stands now, to a new file: a store of its own, to be restored by
    /// opening it. Neither appends nor reads wait meanwhile.
    ///
    /// The copy is checked and on the disk before it gets its name; until then it is called
    /// `NAME-partial`, and is removed again on an error. The answer is where the copy's spaces stand.
    ///
    /// A restored copy lacks whatever was appended later, although others may hold the host to it:
    /// before it appends, a host must ask them for the latest head they know. A copy also keeps
    /// what is erased from the store afterwards: erase there too, or destroy it.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the file, or an unfinished copy, stands already;
    /// [`StoreError::Corrupt`] where the copy does not pass SQLite's `quick_check`; what either
    /// disk may do.
    pub fn backup_to(
        &self,
        to: &Path,
        mut progress: impl FnMut(BackupProgress),
    ) -> Result<Vec<StoredHead>, StoreError> {
        backup(self.path(), self.options(), to, (view::heads, None), &mut progress)
    }

    /// The same of a store that another process has open, which goes on meanwhile. Where no process has
    /// it open, [`Store::open`] it first: that takes up what a process that ended left behind.
    ///
    /// # Errors
    /// As [`Store::backup_to`]; [`StoreError::Missing`] where there is no store.
    pub fn backup_of(
        from: &Path,
        to: &Path,
        mut progress: impl FnMut(BackupProgress),
    ) -> Result<Vec<StoredHead>, StoreError> {
        backup(&file::existing(from)?, &Options::default(), to, (view::heads, None), &mut progress)
    }
}

/// What is told of a store and of its copy, and what is written into the copy alone.
type CopyForm<T> =
    (fn(&Connection) -> Result<T, Fault>, Option<fn(&Connection) -> Result<(), Fault>>);

/// Copies a store to a new file; what is told of both, which must be the same. What marks the copy is written
/// before it gets its name.
pub(crate) fn backup<T: PartialEq>(
    from: &Path,
    options: &Options,
    to: &Path,
    (told, mark): CopyForm<T>,
    progress: &mut dyn FnMut(BackupProgress),
) -> Result<T, StoreError> {
    if fs::symlink_metadata(to).is_ok() {
        return Err(StoreError::Exists { file: to.to_path_buf() });
    }
    let partial = Partial { path: file::create(&file::beside(to, "-partial"))? };
    let at_source = |fault: Fault| fault.at(from, "reading for a backup");
    let at_copy = |fault: Fault| fault.at(&partial.path, "writing a backup");

    let source = connection::reader(from, options).map_err(at_source)?;
    // One read transaction over all steps: without it every append would begin the copy anew.
    source.execute_batch("BEGIN DEFERRED").map_err(|e| at_source(e.into()))?;
    let stands = told(&source).map_err(at_source)?;
    copy(&source, &partial.path, progress).map_err(at_copy)?;
    drop(source);
    if let Some(mark) = mark {
        marked(&partial.path, mark).map_err(at_copy)?;
    }
    verify(&partial.path, told, &stands)
        .map_err(|fault| fault.at(&partial.path, "checking a backup"))?;
    let sync = || OpenOptions::new().write(true).open(&partial.path)?.sync_all();
    sync().map_err(|e| at_copy(e.into()))?;
    name(&partial.path, to).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists { file: to.to_path_buf() },
        _ => Fault::Io(error).at(to, "naming a backup"),
    })?;
    Ok(stands)
}

/// An unfinished copy: removed when dropped, unless it got its name.
struct Partial {
    path: PathBuf,
}

impl Drop for Partial {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(file::beside(&self.path, suffix));
        }
    }
}

fn copy(
    source: &Connection,
    to: &Path,
    progress: &mut dyn FnMut(BackupProgress),
) -> Result<(), Fault> {
    let mut copy = Connection::open(to)?;
    // Half a copy is thrown away, a whole one is synced at the end: no journal is needed.
    copy.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA mmap_size = 0;",
    )?;
    {
        let backup = Backup::new(source, &mut copy)?;
        loop {
            let step = backup.step(STEP_PAGES)?;
            let state = backup.progress();
            let total = u64::try_from(state.pagecount).unwrap_or(0);
            let left = u64::try_from(state.remaining).unwrap_or(0);
            progress(BackupProgress { pages_done: total.saturating_sub(left), pages_total: total });
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                _ => return Err(Fault::Io(io::Error::other("somebody else opened the copy"))),
            }
        }
    }
    copy.close().map_err(|(_, error)| error)?;
    Ok(())
}

fn marked(copy: &Path, mark: fn(&Connection) -> Result<(), Fault>) -> Result<(), Fault> {
    let connection = Connection::open(copy)?;
    connection.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;",
    )?;
    mark(&connection)?;
    connection.flush_prepared_statement_cache();
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Reads the whole copy anew and compares what is told of it.
fn verify<T: PartialEq>(
    copy: &Path,
    told: fn(&Connection) -> Result<T, Fault>,
    stands: &T,
) -> Result<(), Fault> {
    let connection = Connection::open(copy)?;
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA mmap_size = 0;")?;
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(Fault::Damaged(found));
    }
    if told(&connection)? != *stands {
        return Err(Fault::Damaged("the copy does not stand where the store does".to_owned()));
    }
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Gives the copy its name, durably, and never takes that name from another file.
fn name(partial: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(partial, to) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        // A memory stick's file system may know no second names.
        Err(_) if fs::symlink_metadata(to).is_err() => fs::rename(partial, to)?,
        Err(_) => return Err(io::ErrorKind::AlreadyExists.into()),
    }
    file::sync_folder_of(partial)
}
