//! Folders that are carried away: judged with nothing but themselves, and changed on purpose.

use std::fs;
use std::path::{Path, PathBuf};

use deconflict_api::GivenEntry;
use deconflict_proof::{Report, Trust, verify};
use deconflict_record::{Hash, Tile};
use sha2::{Digest, Sha256};

use super::FakeHost;

/// What is found with nothing but the folder.
pub fn check(dir: &Path) -> Report {
    verify(dir, &Trust::default(), &mut |_, _| {})
}

/// Every file of a folder, and of those in it.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Writes the sums anew, as one would who changed a file on purpose.
pub fn sum_anew(dir: &Path) {
    let mut lines = Vec::new();
    for path in files(dir) {
        let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
        if name != "SHA256SUMS" {
            let sum = Hash(Sha256::digest(fs::read(&path).unwrap()).into());
            lines.push((name.clone(), format!("{sum}  {name}\n")));
        }
    }
    lines.sort();
    let text: String = lines.into_iter().map(|(_, line)| line).collect();
    fs::write(dir.join("SHA256SUMS"), text).unwrap();
}

/// What a host would give and sign that had this entry in its record from the beginning.
pub fn rewrite(dir: &Path, host: &mut FakeHost, index: u64, content: &str) {
    host.rewrite(index as usize, content.as_bytes());
    // Nobody has countersigned this one.
    host.cosigned.clear();
    fs::write(dir.join("checkpoint"), host.checkpoint()).unwrap();
    for path in files(&dir.join("tile")) {
        let tile = Tile::parse(path.strip_prefix(dir).unwrap().to_str().unwrap()).unwrap();
        fs::write(path, host.tile(tile).unwrap()).unwrap();
    }
    let given = dir.join("given/000000.jsonl");
    let text = fs::read_to_string(&given).unwrap();
    let lines = text.lines().map(|line| {
        let mut given: GivenEntry = serde_json::from_str(line).unwrap();
        if given.index == index {
            given.content = Some(content.to_owned());
        }
        serde_json::to_string(&given).unwrap() + "\n"
    });
    fs::write(&given, lines.collect::<String>()).unwrap();
    sum_anew(dir);
}
