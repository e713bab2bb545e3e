//! Files that are whole or not there, and are never read past a bound.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What is wrong with a file or folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileError {
    /// Where it is.
    pub path: PathBuf,
    /// What is wrong with it, and the remedy.
    pub fault: String,
}

impl FileError {
    /// That this is wrong with what stands at a path.
    pub fn new(path: &Path, fault: impl fmt::Display) -> FileError {
        FileError { path: path.to_path_buf(), fault: fault.to_string() }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.fault)
    }
}

impl std::error::Error for FileError {}

/// Writes a new file, synced, which is never half there.
///
/// # Errors
/// When one stands there, or the disk fails.
pub fn write_durable(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    if path.exists() {
        return Err(FileError::new(path, "stands there already, and is not overwritten"));
    }
    write_replacing(path, bytes)
}

/// Writes a file, synced, in place of the one that stands there: whoever reads it finds one or the other, whole.
///
/// # Errors
/// When the disk fails.
pub fn write_replacing(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let fail = |error: io::Error| FileError::new(path, error);
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let temporary = PathBuf::from(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary).map_err(fail)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)?;
    fs::rename(&temporary, path).and_then(|()| sync_folder(path)).map_err(fail)
}

/// Reads a file of at most so many bytes.
///
/// # Errors
/// When it cannot be read, or is longer.
pub fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>, FileError> {
    let fail = |error: io::Error| FileError::new(path, error);
    let file = File::open(path).map_err(fail)?;
    let length = file.metadata().map_err(fail)?.len().min(most);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(most + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > most {
        return Err(FileError::new(path, format!("has more than {most} bytes")));
    }
    Ok(bytes)
}

/// Makes durable that a file stands in its folder under its name.
///
/// # Errors
/// When the disk fails.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) { File::open(folder.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
}
