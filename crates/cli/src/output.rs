//! Files out: whole or not at all, and nothing of the user's lost.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::outcome::Failure;
use crate::text::shown;

/// Writes a file wholly or not at all: beside it first, then in its place. A link is followed, the
/// permissions of what is replaced stay. What is no regular file (a device, a pipe) is written into,
/// and so is the file that a link names before there is one.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let done = match fs::metadata(path) {
        Ok(there) if there.is_file() => {
            fs::canonicalize(path).and_then(|target| replace(&target, Some(&there), bytes))
        }
        Ok(_) => File::options().write(true).open(path).and_then(|mut f| f.write_all(bytes)),
        Err(_) if path.is_symlink() => File::create(path).and_then(|mut f| f.write_all(bytes)),
        Err(_) => replace(path, None, bytes),
    };
    done.map_err(|e| format!("{}: cannot be written: {e}", shown(path)).into())
}

/// Writes a new file that its owner alone may read, wholly or not at all. One that is there already is left alone.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let beside = part(path);
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    // Under its own name it stands whole, whenever this is killed.
    let done = written.and_then(|()| name_new(&beside, path));
    // Half of it is of no use.
    let _ = fs::remove_file(&beside);
    done.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => taken(path),
        _ => format!("{}: cannot be written: {error}", shown(path)).into(),
    })
}

/// Refuses a name under which something is there already.
pub(crate) fn is_free(path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(taken(path)),
        Err(_) => Ok(()),
    }
}

fn taken(path: &Path) -> Failure {
    format!("{}: is there already: choose another name", shown(path)).into()
}

/// What a file is called until it is whole.
fn part(path: &Path) -> PathBuf {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

/// Gives a file a name that nothing has, also where somebody takes that name meanwhile.
fn name_new(file: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(file, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Not every file system gives a file two names.
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(file, path),
        Ok(()) => Ok(()),
    }
}

fn replace(path: &Path, there: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
    let beside = part(path);
    let done = File::create_new(&beside)
        .and_then(|mut file| {
            if let Some(there) = there {
                file.set_permissions(there.permissions())?;
            }
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        // What cannot be removed either is named by the error that follows.
        let _ = fs::remove_file(&beside);
    }
    done
}

/// Refuses to draw over a file that is no drawing: it may be the very input. An empty file holds
/// nothing to be lost.
pub(crate) fn may_draw_over(path: &Path) -> Result<(), Failure> {
    const BEGINNING: &[u8] = b"<svg";
    if !fs::metadata(path).is_ok_and(|there| there.is_file() && there.len() > 0) {
        return Ok(());
    }
    let mut beginning = Vec::new();
    let read =
        File::open(path).and_then(|f| f.take(BEGINNING.len() as u64).read_to_end(&mut beginning));
    if read.is_ok() && beginning == BEGINNING {
        return Ok(());
    }
    Err(format!("{}: is there and is no drawing of this command; choose another name", shown(path))
        .into())
}
