//! A folder of files that can be carried away and checked: with sums, which `sha256sum -c` reads too.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::DeskError;
use crate::keys::sync_folder;

const SUMS: &str = "SHA256SUMS";
const MAX_SUMS_BYTES: u64 = 256 * 1024 * 1024;
/// The most bytes of one file in a folder.
const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;
const MAX_DEPTH: usize = 12;

/// A folder that is being written.
#[derive(Debug)]
pub(crate) struct Writing {
    dir: PathBuf,
    sums: BTreeMap<String, String>,
}

/// A folder with the sums of its files.
#[derive(Debug)]
pub(crate) struct Package {
    dir: PathBuf,
    sums: BTreeMap<String, String>,
}

impl Writing {
    /// Into a folder that is empty or does not exist.
    pub(crate) fn begin(dir: &Path) -> Result<Writing, DeskError> {
        fs::create_dir_all(dir).map_err(|error| DeskError::file(dir, error))?;
        let mut inside = fs::read_dir(dir).map_err(|error| DeskError::file(dir, error))?;
        if inside.next().is_some() {
            return Err(DeskError::file(dir, "is not empty: give a new folder"));
        }
        Ok(Writing { dir: dir.to_path_buf(), sums: BTreeMap::new() })
    }

    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), DeskError> {
        let path = self.dir.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| DeskError::file(folder, error))?;
        }
        write_durable(&path, bytes)?;
        self.sums.insert(name.to_owned(), sum(bytes));
        Ok(())
    }

    /// The sums come last: a folder without them is not finished.
    pub(crate) fn finish(self) -> Result<(), DeskError> {
        write_durable(&self.dir.join(SUMS), sums_text(&self.sums).as_bytes())
    }
}

impl Package {
    /// Reads the sums: no file more than they name, none less. Each file is read against its sum when it is
    /// asked for, once.
    pub(crate) fn open(dir: &Path) -> Result<Package, DeskError> {
        let path = dir.join(SUMS);
        let text = read_bounded(&path, MAX_SUMS_BYTES)?;
        let text = String::from_utf8(text).map_err(|error| DeskError::file(&path, error))?;
        let mut sums = BTreeMap::new();
        for line in text.lines() {
            if let Some((sum, name)) = line.split_once("  ") {
                sums.insert(name.to_owned(), sum.to_owned());
            }
        }
        if sums_text(&sums) != text {
            return Err(DeskError::file(&path, "is not as it was written: it was changed"));
        }
        let mut found = Vec::new();
        list(dir, "", 0, &mut found)?;
        found.retain(|name| name != SUMS);
        found.sort();
        for name in &found {
            if !sums.contains_key(name) {
                return Err(DeskError::file(&dir.join(name), "stands in no sum: it was added"));
            }
        }
        if let Some(missing) = sums.keys().find(|name| found.binary_search(name).is_err()) {
            return Err(DeskError::file(&dir.join(missing), "stands in the sums, and is not here"));
        }
        Ok(Package { dir: dir.to_path_buf(), sums })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.sums.keys().map(String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.sums.contains_key(name)
    }

    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>, DeskError> {
        let path = self.dir.join(name);
        let expected =
            self.sums.get(name).ok_or_else(|| DeskError::file(&path, "is not in the folder"))?;
        let bytes = read_bounded(&path, MAX_FILE_BYTES)?;
        if sum(&bytes) == *expected {
            Ok(bytes)
        } else {
            Err(DeskError::file(&path, "is not as its sum says: it was changed"))
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, DeskError> {
        let bytes = self.read(name)?;
        String::from_utf8(bytes).map_err(|error| DeskError::file(&self.dir.join(name), error))
    }
}

/// Writes a new file, synced, which is never half there.
pub(crate) fn write_durable(path: &Path, bytes: &[u8]) -> Result<(), DeskError> {
    let fail = |error: io::Error| DeskError::file(path, error);
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let temporary = PathBuf::from(name);
    if path.exists() {
        return Err(DeskError::file(path, "stands there already, and is not overwritten"));
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary).map_err(fail)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)?;
    fs::rename(&temporary, path).and_then(|()| sync_folder(path)).map_err(fail)
}

pub(crate) fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>, DeskError> {
    let fail = |error: io::Error| DeskError::file(path, error);
    let file = File::open(path).map_err(fail)?;
    let length = file.metadata().map_err(fail)?.len().min(most);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(most + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > most {
        return Err(DeskError::file(path, format!("has more than {most} bytes")));
    }
    Ok(bytes)
}

fn list(dir: &Path, under: &str, depth: usize, found: &mut Vec<String>) -> Result<(), DeskError> {
    if depth > MAX_DEPTH {
        return Err(DeskError::file(dir, "folders within folders, deeper than any record has"));
    }
    let fail = |error: io::Error| DeskError::file(dir, error);
    for entry in fs::read_dir(dir).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(DeskError::file(&entry.path(), "its name is not UTF-8: it was added"));
        };
        let name = if under.is_empty() { name.to_owned() } else { format!("{under}/{name}") };
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() {
            list(&entry.path(), &name, depth + 1, found)?;
        } else if kind.is_file() {
            found.push(name);
        } else {
            return Err(DeskError::file(&entry.path(), "is neither a file nor a folder"));
        }
    }
    Ok(())
}

fn sum(bytes: &[u8]) -> String {
    deconflict_record::Hash(Sha256::digest(bytes).into()).to_string()
}

fn sums_text(sums: &BTreeMap<String, String>) -> String {
    sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect()
}
