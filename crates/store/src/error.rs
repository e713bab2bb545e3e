//! What can go wrong, said so that whoever runs the store knows what to do.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the store did not do what it was asked to.
///
/// After an error of [`Store::append`](crate::Store::append) no reader sees anything of the batch,
/// and whatever was acknowledged before stands. One thing is unknown after [`StoreError::Io`]: if
/// the process ends before the next successful append, the batch may be found, whole, when the file
/// is opened again, exactly as if the process had been killed just before the acknowledgement.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such file.
    Missing {
        /// The file that was to be opened.
        file: PathBuf,
    },
    /// There is a file already where one was to be made.
    Exists {
        /// The file that stands there.
        file: PathBuf,
    },
    /// Another process, or another [`Store`](crate::Store) of this one, has it open for writing.
    Held {
        /// The file of the store.
        file: PathBuf,
        /// The process that holds it, if it could be read.
        by: Option<u32>,
    },
    /// The disk is full.
    Full {
        /// The file that could not grow.
        file: PathBuf,
        /// What the store was doing.
        doing: &'static str,
    },
    /// The operating system refused to read, write or sync.
    Io {
        /// The file concerned.
        file: PathBuf,
        /// What the store was doing.
        doing: &'static str,
        /// What the system said.
        detail: String,
    },
    /// Another program keeps the file locked.
    Busy {
        /// The file of the store.
        file: PathBuf,
        /// What the store was doing.
        doing: &'static str,
    },
    /// The file is damaged.
    Corrupt {
        /// The file of the store.
        file: PathBuf,
        /// What the store was doing.
        doing: &'static str,
        /// What was found.
        detail: String,
    },
    /// The file is a database, but not a store.
    Foreign {
        /// The file that was to be opened.
        file: PathBuf,
    },
    /// The file is another kind of store than was asked for.
    OtherStore {
        /// The file that was to be opened.
        file: PathBuf,
        /// What it is.
        is: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// The file is empty: its making was broken off.
    Unfinished {
        /// The file that was to be opened.
        file: PathBuf,
    },
    /// The file was written by a later release.
    TooNew {
        /// The file of the store.
        file: PathBuf,
        /// The version of its tables.
        schema: i64,
        /// The latest version that this release knows.
        newest: usize,
    },
    /// The file holds no such space.
    NoSuchSpace {
        /// The file of the store.
        file: PathBuf,
        /// The origin that was asked for.
        origin: String,
    },
    /// The file holds that space already.
    SpaceExists {
        /// The file of the store.
        file: PathBuf,
        /// The origin of the space.
        origin: String,
    },
    /// What was to be written breaks a rule of the store; nothing of it was kept.
    Refused {
        /// The file of the store.
        file: PathBuf,
        /// Which part, and what rule.
        what: String,
    },
}

/// A failure before the file and the occasion are added to it.
#[derive(Debug)]
pub(crate) enum Fault {
    Sqlite(rusqlite::Error),
    Io(std::io::Error),
    Damaged(String),
    Refused(String),
    NoSuchSpace(String),
    SpaceExists(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Fault {
        Fault::Sqlite(error)
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Fault {
        Fault::Io(error)
    }
}

impl Fault {
    /// The error that a caller gets: of which file, while doing what.
    pub(crate) fn at(self, file: &Path, doing: &'static str) -> StoreError {
        let file = file.to_path_buf();
        match self {
            Fault::Sqlite(error) => sqlite(error, file, doing),
            Fault::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => {
                StoreError::Full { file, doing }
            }
            Fault::Io(error) => StoreError::Io { file, doing, detail: error.to_string() },
            Fault::Damaged(detail) => StoreError::Corrupt { file, doing, detail },
            Fault::Refused(what) => StoreError::Refused { file, what },
            Fault::NoSuchSpace(origin) => StoreError::NoSuchSpace { file, origin },
            Fault::SpaceExists(origin) => StoreError::SpaceExists { file, origin },
        }
    }

    /// Whether the connection it came from should not be used again.
    pub(crate) fn spoils_connection(&self) -> bool {
        matches!(self, Fault::Sqlite(_) | Fault::Damaged(_))
    }
}

fn sqlite(error: rusqlite::Error, file: PathBuf, doing: &'static str) -> StoreError {
    let detail = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { file, doing },
        Some(
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::OutOfMemory
            | ErrorCode::NoLargeFileSupport,
        ) => {
            let extended = error.sqlite_error().map_or(0, |e| e.extended_code);
            StoreError::Io { file, doing, detail: format!("{detail} (SQLite code {extended})") }
        }
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed,
        ) => StoreError::Busy { file, doing },
        // The statements are fixed and tested: a value of a wrong type, a missing table or a
        // broken constraint can only come from the file.
        _ => StoreError::Corrupt { file, doing, detail },
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Missing { file } => write!(
                f,
                "{}: there is no such file: give the path of a store, or create one there",
                file.display()
            ),
            StoreError::Exists { file } => write!(
                f,
                "{}: there is a file already, and it is never overwritten: choose another name",
                file.display()
            ),
            StoreError::Held { file, by } => {
                write!(f, "{}: ", file.display())?;
                match by {
                    Some(process) => write!(f, "process {process} has this store open")?,
                    None => f.write_str("another process has this store open")?,
                }
                f.write_str(": a store has one writer; stop that process first, or let it do this")
            }
            StoreError::Full { file, doing } => write!(
                f,
                "{}: the disk is full ({doing}): nothing of this was kept, and all that was \
                 acknowledged is safe: make room and try again",
                file.display()
            ),
            StoreError::Io { file, doing, detail } => write!(
                f,
                "{}: the system failed ({doing}): {detail}: this was not acknowledged; look at \
                 the disk, its quota and the file's permissions, then try again",
                file.display()
            ),
            StoreError::Busy { file, doing } => write!(
                f,
                "{}: another program keeps the file locked ({doing}): close whatever else has \
                 it open, then try again",
                file.display()
            ),
            StoreError::Corrupt { file, doing, detail } => write!(
                f,
                "{}: the file is damaged ({doing}): {detail}: stop writing to it, keep it as \
                 evidence, and go on from the latest backup",
                file.display()
            ),
            StoreError::Foreign { file } => write!(
                f,
                "{}: this is a database of another program, not a store of deconflict: check \
                 the path",
                file.display()
            ),
            StoreError::OtherStore { file, is, wanted } => {
                write!(f, "{}: this is {is}, and not {wanted}: check the path", file.display())
            }
            StoreError::Unfinished { file } => write!(
                f,
                "{}: the making of this store was not finished: delete the file and make it anew",
                file.display()
            ),
            StoreError::TooNew { file, schema, newest } => write!(
                f,
                "{}: written by a later release (schema {schema}; this one knows {newest}): it \
                 was left as it is; open it with that release or a later one",
                file.display()
            ),
            StoreError::NoSuchSpace { file, origin } => write!(
                f,
                "{}: holds no space `{}`: check the origin, or create the space",
                file.display(),
                origin.escape_debug()
            ),
            StoreError::SpaceExists { file, origin } => write!(
                f,
                "{}: holds the space `{}` already: take it over instead",
                file.display(),
                origin.escape_debug()
            ),
            StoreError::Refused { file, what } => {
                write!(f, "{}: nothing was written: {what}", file.display())
            }
        }
    }
}

impl std::error::Error for StoreError {}
