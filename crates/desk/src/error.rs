//! Why a desk did not do what it was asked to.

use std::fmt;
use std::path::{Path, PathBuf};

use deconflict_proof::{FileError, Notice};
use deconflict_record::Malformed;
use deconflict_store::StoreError;

use crate::caught::CaughtHost;
use crate::line::LineError;

/// Why a desk did not do what it was asked to.
#[derive(Debug)]
pub enum DeskError {
    /// The desk's own store.
    Store(StoreError),
    /// The line to the host. Nothing is wrong with the record: try again.
    Line(LineError),
    /// The host was caught: the desk goes on with it no more.
    Caught(Box<CaughtHost>),
    /// A head is by a host from which the record was moved, as the notice says that the desk keeps of it.
    FormerHost(Box<Notice>),
    /// A file or folder.
    File {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it, and the remedy.
        fault: String,
    },
    /// What was asked for cannot be, as things stand.
    Refused(String),
    /// What the desk itself keeps does not fit together.
    Damaged(String),
    /// What the desk's agent says, or that it does not answer.
    Agent(String),
}

impl DeskError {
    pub(crate) fn file(path: &Path, fault: impl fmt::Display) -> DeskError {
        DeskError::File { path: path.to_path_buf(), fault: fault.to_string() }
    }

    pub(crate) fn damaged(what: impl Into<String>) -> DeskError {
        DeskError::Damaged(what.into())
    }
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> DeskError {
        DeskError::Store(error)
    }
}

impl From<FileError> for DeskError {
    fn from(FileError { path, fault }: FileError) -> DeskError {
        DeskError::File { path, fault }
    }
}

impl From<LineError> for DeskError {
    fn from(error: LineError) -> DeskError {
        DeskError::Line(error)
    }
}

impl From<Malformed> for DeskError {
    fn from(error: Malformed) -> DeskError {
        DeskError::Refused(error.to_string())
    }
}

impl fmt::Display for DeskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeskError::Store(error) => error.fmt(f),
            DeskError::Line(error) => error.fmt(f),
            DeskError::Caught(caught) => caught.fmt(f),
            DeskError::FormerHost(notice) => notice.fmt(f),
            DeskError::File { path, fault } => write!(f, "{}: {fault}", path.display()),
            DeskError::Refused(fault) | DeskError::Agent(fault) => f.write_str(fault),
            DeskError::Damaged(what) => write!(
                f,
                "this desk's own store does not fit together: {what}: keep it as it is, and \
                 begin a new desk in another folder"
            ),
        }
    }
}

impl std::error::Error for DeskError {}
