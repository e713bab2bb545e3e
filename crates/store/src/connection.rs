//! Connections to the file: one that writes, others that only read.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::database::Options;
use crate::error::Fault;

/// Against a file made by somebody else, and for confidential contents: nothing in the file is
/// run, cells are checked before they are believed, temporary tables stay in memory. No mmap: a
/// failing disk would kill the process instead of returning an error.
const GUARDED: &str = "
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA mmap_size = 0;
";

/// A commit returns after fsync; on macOS, only `fullfsync` reaches the disk. What is deleted is
/// overwritten, else erased contents would stand in free pages.
const DURABLE: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA secure_delete = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA journal_size_limit = 67108864;
";

/// How long a reader waits while another process recovers the file, and a writer for a program
/// that should not be there.
const READER_PATIENCE: Duration = Duration::from_secs(5);
const WRITER_PATIENCE: Duration = Duration::from_millis(250);

/// Opens the file for writing and changes nothing in it.
pub(crate) fn writer(path: &Path, options: &Options) -> Result<Connection, Fault> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, options)?;
    connection.busy_timeout(WRITER_PATIENCE)?;
    connection.execute_batch(DURABLE)?;
    connection.pragma_update(None, "wal_autocheckpoint", options.wal_pages)?;
    Ok(connection)
}

/// Turns on the write-ahead log, which stays on for every connection to come.
pub(crate) fn log_ahead(connection: &Connection) -> Result<(), Fault> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode == "wal" {
        return Ok(());
    }
    Err(Fault::Io(std::io::Error::other(format!(
        "no write-ahead log on this file system (SQLite stays in mode `{mode}`): keep the store \
         on a local disk"
    ))))
}

/// Opens the file for reading only.
pub(crate) fn reader(path: &Path, options: &Options) -> Result<Connection, Fault> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, options)?;
    connection.busy_timeout(READER_PATIENCE)?;
    Ok(connection)
}

fn open(path: &Path, access: OpenFlags, options: &Options) -> Result<Connection, Fault> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match &options.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str())?,
        None => Connection::open_with_flags(path, flags)?,
    };
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.execute_batch(GUARDED)?;
    Ok(connection)
}
