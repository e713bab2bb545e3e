//! A folder of files that can be carried away and checked: with sums, which `sha256sum -c` reads too.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::file::{FileError, read_bounded, write_durable};

const SUMS: &str = "SHA256SUMS";
const MAX_SUMS_BYTES: u64 = 256 * 1024 * 1024;
/// The most bytes of one file in a folder.
const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;
const MAX_DEPTH: usize = 12;

/// A folder that is being written.
#[derive(Debug)]
pub struct FolderWriter {
    dir: PathBuf,
    sums: BTreeMap<String, String>,
}

/// A folder with the sums of its files.
#[derive(Debug)]
pub(crate) struct SealedFolder {
    dir: PathBuf,
    sums: BTreeMap<String, String>,
}

impl FolderWriter {
    /// Into a folder that is empty or does not exist.
    ///
    /// # Errors
    /// When it is not empty, or cannot be made.
    pub fn begin(dir: &Path) -> Result<FolderWriter, FileError> {
        fs::create_dir_all(dir).map_err(|error| FileError::new(dir, error))?;
        let mut inside = fs::read_dir(dir).map_err(|error| FileError::new(dir, error))?;
        if inside.next().is_some() {
            return Err(FileError::new(dir, "is not empty: give a new folder"));
        }
        Ok(FolderWriter { dir: dir.to_path_buf(), sums: BTreeMap::new() })
    }

    /// Adds a file, durably; folders in its name are made.
    ///
    /// # Errors
    /// When it stands there already, or the disk fails.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        let path = self.dir.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| FileError::new(folder, error))?;
        }
        write_durable(&path, bytes)?;
        self.sums.insert(name.to_owned(), sum(bytes));
        Ok(())
    }

    /// The sums come last: a folder without them is not finished.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn finish(self) -> Result<(), FileError> {
        write_durable(&self.dir.join(SUMS), sums_text(&self.sums).as_bytes())
    }
}

impl SealedFolder {
    /// Reads the sums: no file more than they name, none less. Each file is read against its sum when it is
    /// asked for, once.
    pub(crate) fn open(dir: &Path) -> Result<SealedFolder, FileError> {
        let path = dir.join(SUMS);
        let text = read_bounded(&path, MAX_SUMS_BYTES)?;
        let text = String::from_utf8(text).map_err(|error| FileError::new(&path, error))?;
        let mut sums = BTreeMap::new();
        for line in text.lines() {
            if let Some((sum, name)) = line.split_once("  ") {
                sums.insert(name.to_owned(), sum.to_owned());
            }
        }
        if sums_text(&sums) != text {
            return Err(FileError::new(&path, "is not as it was written: it was changed"));
        }
        let mut found = Vec::new();
        list(dir, "", 0, &mut found)?;
        found.retain(|name| name != SUMS);
        found.sort();
        for name in &found {
            if !sums.contains_key(name) {
                return Err(FileError::new(&dir.join(name), "stands in no sum: it was added"));
            }
        }
        if let Some(missing) = sums.keys().find(|name| found.binary_search(name).is_err()) {
            return Err(FileError::new(&dir.join(missing), "stands in the sums, and is not here"));
        }
        Ok(SealedFolder { dir: dir.to_path_buf(), sums })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.sums.keys().map(String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.sums.contains_key(name)
    }

    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>, FileError> {
        let path = self.dir.join(name);
        let expected =
            self.sums.get(name).ok_or_else(|| FileError::new(&path, "is not in the folder"))?;
        let bytes = read_bounded(&path, MAX_FILE_BYTES)?;
        if sum(&bytes) == *expected {
            Ok(bytes)
        } else {
            Err(FileError::new(&path, "is not as its sum says: it was changed"))
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, FileError> {
        let bytes = self.read(name)?;
        String::from_utf8(bytes).map_err(|error| FileError::new(&self.dir.join(name), error))
    }
}

fn list(dir: &Path, under: &str, depth: usize, found: &mut Vec<String>) -> Result<(), FileError> {
    if depth > MAX_DEPTH {
        return Err(FileError::new(dir, "folders within folders, deeper than any record has"));
    }
    let fail = |error: io::Error| FileError::new(dir, error);
    for entry in fs::read_dir(dir).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(FileError::new(&entry.path(), "its name is not UTF-8: it was added"));
        };
        let name = if under.is_empty() { name.to_owned() } else { format!("{under}/{name}") };
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() {
            list(&entry.path(), &name, depth + 1, found)?;
        } else if kind.is_file() {
            found.push(name);
        } else {
            return Err(FileError::new(&entry.path(), "is neither a file nor a folder"));
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
