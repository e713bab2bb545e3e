//! Where an agent's socket lies: in the desk's folder, or, where its path would be longer than a socket's may
//! be, in a private folder of its own that `agent.json` in the desk's folder names.

use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::DeskError;

const SOCKET: &str = "agent.sock";
const ELSEWHERE: &str = "agent.json";
/// What the names of private folders begin with.
const FOLDER: &str = "deconflict-agent-";
/// The most bytes of a socket's path: systems have room for 104 to 108, its end included.
const MAX_PATH_BYTES: usize = 100;
const MAX_FILE_BYTES: u64 = 16 * 1024;

/// The file `agent.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    v: u32,
    socket: PathBuf,
    /// Device and number of the desk's folder: the file of a folder that was copied names another desk's agent.
    folder: (u64, u64),
}

/// A socket that lies there as long as this does.
#[derive(Debug)]
pub(super) struct SocketPlace {
    pub(super) socket: PathBuf,
    dir: PathBuf,
    folder: Option<PathBuf>,
}

fn failed(path: &Path, error: impl std::fmt::Display) -> DeskError {
    DeskError::file(path, format!("{error}: see to this folder, and run the desk again"))
}

/// This user.
fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Listens in a desk's folder, whose desk the caller holds: what lies there of another agent is stale.
pub(super) fn listen(dir: &Path) -> Result<(UnixListener, SocketPlace), DeskError> {
    clear(dir)?;
    let dir = fs::canonicalize(dir).map_err(|error| failed(dir, error))?;
    let near = dir.join(SOCKET);
    let place = if near.as_os_str().len() <= MAX_PATH_BYTES {
        SocketPlace { socket: near, dir, folder: None }
    } else {
        elsewhere(&dir)?
    };
    let path = &place.socket;
    let listener = UnixListener::bind(path).map_err(|error| failed(path, error))?;
    let own = fs::Permissions::from_mode(0o600);
    fs::set_permissions(path, own).map_err(|error| failed(path, error))?;
    Ok((listener, place))
}

/// A place in a new private folder, which `agent.json` names.
fn elsewhere(dir: &Path) -> Result<SocketPlace, DeskError> {
    let mut drawn = [0; 8];
    getrandom::fill(&mut drawn).map_err(|error| DeskError::Refused(error.to_string()))?;
    let name = format!("{FOLDER}{:016x}", u64::from_be_bytes(drawn));
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let roots = runtime.into_iter().chain([std::env::temp_dir(), PathBuf::from("/tmp")]);
    let fits = |root: &PathBuf| {
        let path = root.join(&name).join(SOCKET);
        root.is_absolute() && root.is_dir() && path.as_os_str().len() <= MAX_PATH_BYTES
    };
    let none = || {
        failed(dir, "its path is too long for a socket, and no folder for temporary files is short")
    };
    let folder = roots.into_iter().find(fits).ok_or_else(none)?.join(&name);
    // Fails where it stands there already: it is nobody else's.
    let made = DirBuilder::new().mode(0o700).create(&folder);
    made.map_err(|error| failed(&folder, error))?;
    let place =
        SocketPlace { socket: folder.join(SOCKET), dir: dir.to_path_buf(), folder: Some(folder) };
    let id = folder_id(dir).map_err(|error| failed(dir, error))?;
    let told = serde_json::to_vec(&Elsewhere { v: 1, socket: place.socket.clone(), folder: id });
    let path = dir.join(ELSEWHERE);
    let written = told.map_err(io::Error::from).and_then(|told| {
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(&told)
    });
    written.map_err(|error| failed(&path, error))?;
    Ok(place)
}

/// Takes away what an agent that was killed has left.
fn clear(dir: &Path) -> Result<(), DeskError> {
    if let Some(socket) = named(dir)? {
        // Only what such a folder holds, whatever the file says.
        let folder = socket.parent().filter(|folder| {
            let name = folder.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with(FOLDER)) && socket.ends_with(SOCKET)
        });
        if let Some(folder) = folder {
            let _ = fs::remove_file(&socket);
            let _ = fs::remove_dir(folder);
        }
    }
    for name in [ELSEWHERE, SOCKET] {
        let path = dir.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed(&path, error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What is another one for a copy of a folder.
fn folder_id(dir: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(dir).map(|there| (there.dev(), there.ino()))
}

/// The socket that `agent.json` names, if there is such a file, and it was written for this very folder.
fn named(dir: &Path) -> Result<Option<PathBuf>, DeskError> {
    let path = dir.join(ELSEWHERE);
    // What is no file, such as a pipe, is not waited for.
    if !fs::symlink_metadata(&path).is_ok_and(|there| there.is_file()) {
        return Ok(None);
    }
    let bytes = deconflict_proof::read_bounded(&path, MAX_FILE_BYTES)?;
    // One that was cut short names no agent that runs.
    let read: Option<Elsewhere> = serde_json::from_slice(&bytes).ok();
    let id = folder_id(dir).ok();
    Ok(read.filter(|read| read.v == 1 && Some(read.folder) == id).map(|read| read.socket))
}

/// Where the socket of a desk's agent would be; `None`: none lies there.
///
/// # Errors
/// When it, or the folder that it lies in, is another user's: whoever answers there is not this user's agent.
pub(super) fn find(dir: &Path) -> Result<Option<PathBuf>, DeskError> {
    let socket = match named(dir)? {
        Some(socket) => socket,
        None => dir.join(SOCKET),
    };
    let Ok(found) = fs::symlink_metadata(&socket) else { return Ok(None) };
    let folder = socket.parent().map(fs::metadata).and_then(Result::ok);
    let own = own_uid();
    let all_own = found.uid() == own && folder.is_some_and(|folder| folder.uid() == own);
    if !found.file_type().is_socket() || !all_own {
        return Err(DeskError::Refused(format!(
            "{}: this is not the socket of an agent of this user: nothing was asked there. Work as the user \
             whose desk it is, or delete it if no desk runs",
            socket.display()
        )));
    }
    Ok(Some(socket))
}

/// Whether whoever is at the other end is this user, as far as the system tells.
pub(super) fn is_own_user(stream: &std::os::unix::net::UnixStream) -> bool {
    #[cfg(target_os = "linux")]
    {
        rustix::net::sockopt::socket_peercred(stream)
            .is_ok_and(|peer| peer.uid.as_raw() == own_uid())
    }
    // The socket's and its folder's modes let nobody else in.
    #[cfg(not(target_os = "linux"))]
    {
        let _ = stream;
        true
    }
}

impl Drop for SocketPlace {
    fn drop(&mut self) {
        // What cannot be taken away is stale for the next agent.
        let _ = fs::remove_file(&self.socket);
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir(folder);
            let _ = fs::remove_file(self.dir.join(ELSEWHERE));
        }
    }
}
