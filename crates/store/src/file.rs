//! The files of a store: where they are, who may read them, and who holds them.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::{Fault, StoreError};

/// That this process, and no other, writes to a store: a lock of the operating system on a file
/// beside it, which ends with the process however that ends.
///
/// SQLite's own exclusive mode would shut out readers. The store's file itself must not be opened
/// here: closing it again would drop the locks that SQLite has on it (POSIX, fcntl).
#[derive(Debug)]
pub(crate) struct Hold {
    _lock: File,
}

impl Hold {
    pub(crate) fn take(store: &Path) -> Result<Hold, StoreError> {
        let fail = |e: io::Error| Fault::Io(e).at(&lock_path(store), "locking the store");
        let mut lock = private(OpenOptions::new().read(true).write(true).create(true))
            .open(lock_path(store))
            .map_err(fail)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(fail(error)),
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let by = lock.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(StoreError::Held { file: store.to_path_buf(), by });
            }
        }
        // Who holds it is a courtesy to whoever finds it held: that it fails on a full disk must
        // not keep anyone from reading.
        let _ = lock.set_len(0).and_then(|()| lock.rewind());
        let _ = writeln!(lock, "{}", std::process::id());
        Ok(Hold { _lock: lock })
    }
}

/// The path without symbolic links, so that one store has one lock file.
pub(crate) fn existing(path: &Path) -> Result<PathBuf, StoreError> {
    fs::canonicalize(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StoreError::Missing { file: path.to_path_buf() },
        _ => Fault::Io(error).at(path, "looking for the store"),
    })
}

/// Makes an empty file that only its owner may read, durably, where there was none.
pub(crate) fn create(path: &Path) -> Result<PathBuf, StoreError> {
    let fail = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists { file: path.to_path_buf() },
        _ => Fault::Io(error).at(path, "creating the file"),
    };
    private(OpenOptions::new().write(true).create_new(true)).open(path).map_err(fail)?;
    let path = fs::canonicalize(path).map_err(fail)?;
    sync_folder_of(&path).map_err(fail)?;
    Ok(path)
}

/// Takes the file, and what SQLite keeps beside it, from everybody but its owner.
pub(crate) fn make_private(store: &Path) -> io::Result<()> {
    for path in [store.to_path_buf(), beside(store, "-wal"), beside(store, "-shm")] {
        match make_one_private(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Removes a store that came to nothing, as far as it can.
pub(crate) fn remove(store: &Path) {
    for suffix in ["", "-wal", "-shm", "-lock"] {
        let _ = fs::remove_file(beside(store, suffix));
    }
}

/// Makes what happened in the folder of this file (created, renamed) survive a power cut.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(()); // Windows can neither open nor sync a folder; NTFS journals names.
    }
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// `record.sqlite` and `-wal`: `record.sqlite-wal`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

fn lock_path(store: &Path) -> PathBuf {
    beside(store, "-lock")
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn make_one_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let found = fs::metadata(path)?.permissions().mode() & 0o777;
    if found == 0o600 {
        Ok(())
    } else {
        fs::set_permissions(path, PermissionsExt::from_mode(0o600))
    }
}

#[cfg(not(unix))]
fn make_one_private(_path: &Path) -> io::Result<()> {
    Ok(())
}
