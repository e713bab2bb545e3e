//! KMZ archives.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::MAX_INPUT_BYTES;

/// The most files in one KMZ archive.
const MAX_ARCHIVE_ENTRIES: usize = 10_000;
/// How the names of files end that may hold placemarks or positions.
const DOCUMENTS: [&str; 6] = [".kml", ".geojson", ".json", ".xml", ".gml", ".gpx"];
/// What the records of a zip archive begin with: of its end, and of its first file.
const END: &[u8] = b"PK\x05\x06";
const FILE: &[u8] = b"PK\x03\x04";
/// What stands before the record of the end of a large archive, where its numbers do not fit in.
const LOCATOR: &[u8] = b"PK\x06\x07";
/// The bytes of the record of its end, its comment aside.
const END_BYTES: usize = 22;
/// The bytes of what stands before it in a large archive.
const LOCATOR_BYTES: usize = 20;

/// What an archive holds.
pub(super) struct Archive {
    /// The bytes of its main document.
    pub(super) main: Vec<u8>,
    /// The names of other documents that may hold placemarks.
    pub(super) others: Vec<String>,
}

impl Archive {
    /// Unpacks what may hold placemarks.
    ///
    /// # Errors
    /// When the archive is broken, over a bound, without a document, or not one archive alone.
    pub(super) fn open(bytes: &[u8]) -> Result<Archive, String> {
        let broken = |e: &dyn std::fmt::Display| {
            format!("not a readable zip archive ({e}); fetch or export the file again")
        };
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
        if archive.len() > MAX_ARCHIVE_ENTRIES {
            return Err(format!(
                "the archive holds {} files: at most {MAX_ARCHIVE_ENTRIES} are allowed; unpack it and give the .kml file",
                archive.len()
            ));
        }
        check_alone(bytes, archive.len())?;
        let name = |i: usize| archive.name_for_index(i).and_then(Result::ok).unwrap_or_default();
        let named = (0..archive.len()).map(|i| (i, name(i).into_owned()));
        let (nested, files): (Vec<_>, Vec<_>) = named
            .filter(|(_, name)| !is_of_the_desktop(name))
            .partition(|(_, name)| ends_with(name, ".kmz"));
        let mut documents: Vec<(usize, String)> = files
            .into_iter()
            .filter(|(_, name)| DOCUMENTS.iter().any(|end| ends_with(name, end)))
            .collect();
        let main = documents
            .iter()
            .position(|(_, name)| name.eq_ignore_ascii_case("doc.kml"))
            .or_else(|| documents.iter().position(|(_, name)| ends_with(name, ".kml")));
        let Some(main) = main else {
            return Err("the archive holds no .kml file; put the document in it as doc.kml".into());
        };
        let (main, _) = documents.remove(main);
        // The size that the directory declares may be false: the limit is on what comes out, of all of them,
        // also of those that turn out to be broken.
        let mut left = MAX_INPUT_BYTES as u64;
        let mut unpack = |i: usize| {
            let entry = archive.by_index(i).map_err(|e| broken(&e))?;
            unpack_within(entry, &mut left).map_err(|e| broken(&e))
        };
        let main = unpack(main)?.ok_or_else(|| {
            format!(
                "the document in the archive unpacks to more than {} MiB; split it",
                MAX_INPUT_BYTES / (1024 * 1024)
            )
        })?;
        // What cannot be looked through may hold some.
        documents.retain(|(i, _)| !matches!(unpack(*i), Ok(Some(file)) if !holds_places(&file)));
        let others = documents.into_iter().chain(nested).map(|(_, name)| name).collect();
        Ok(Archive { main, others })
    }
}

/// The bytes of an entry, `None` where it has more than are `left`; they are taken off that in any case.
fn unpack_within(entry: impl Read, left: &mut u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut file = Vec::new();
    // What is wrong with an entry, such as its checksum, may show at its end.
    let read = entry.take(*left + 1).read_to_end(&mut file);
    let fits = file.len() as u64 <= *left;
    *left = left.saturating_sub(file.len() as u64);
    read.map(|_| fits.then_some(file))
}

/// Checks that the bytes are one archive and no more, in which no two files have one name: what a second
/// one holds would be lost. `files` is how many of different names there are.
///
/// # Errors
/// When there is more.
fn check_alone(bytes: &[u8], files: usize) -> Result<(), String> {
    let Some(at) = bytes.windows(END.len()).rposition(|window| window == END) else {
        return Ok(());
    };
    let number = |offset: usize, length: usize| {
        let field = bytes.get(at + offset..at + offset + length)?;
        Some(field.iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)))
    };
    let (Some(entries), Some(size), Some(start), Some(comment)) =
        (number(10, 2), number(12, 4), number(16, 4), number(20, 2))
    else {
        return Ok(());
    };
    // Larger archives say it elsewhere.
    let is_large =
        bytes[..at].len() >= LOCATOR_BYTES && bytes[at - LOCATOR_BYTES..].starts_with(LOCATOR);
    if !is_large && entries != files {
        return Err(format!(
            "the archive lists {entries} files, some of them under one name: give each file its own, and each document \
             a file of its own"
        ));
    }
    let behind = bytes.get(at + END_BYTES + comment..).unwrap_or_default();
    let is_joined = !is_large && at > start.saturating_add(size);
    if is_joined || behind.windows(FILE.len()).any(|window| window == FILE) {
        return Err("another archive or other bytes stand before or behind the archive: give each archive a file of \
             its own"
            .to_owned());
    }
    Ok(())
}

/// Whether a name ends so, in any case.
fn ends_with(name: &str, end: &str) -> bool {
    name.to_ascii_lowercase().ends_with(end)
}

/// Whether a file is what a desktop keeps of another one, by its path: no document, whatever its name.
fn is_of_the_desktop(name: &str) -> bool {
    name.split(['/', '\\']).any(|step| step == "__MACOSX" || step.starts_with("._"))
}

/// Whether a file may hold placemarks or positions, in UTF-8 or UTF-16.
fn holds_places(file: &[u8]) -> bool {
    let letters: Vec<u8> =
        file.iter().filter(|byte| **byte != 0).map(u8::to_ascii_lowercase).collect();
    let holds = |word: &[u8]| letters.windows(word.len()).any(|some| some == word);
    [&b"placemark"[..], b"coordinates", b"poslist", b"<trkpt", b"<wpt", b"<rtept"]
        .into_iter()
        .any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails as an entry with a wrong checksum does: at its end.
    struct Wrong;

    impl Read for Wrong {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("invalid checksum"))
        }
    }

    #[test]
    fn a_broken_entry_counts_against_what_may_be_unpacked() {
        let mut left = 1000;
        assert!(unpack_within((&[0; 600][..]).chain(Wrong), &mut left).is_err());
        assert_eq!(left, 400);
        assert!(unpack_within((&[0; 600][..]).chain(Wrong), &mut left).unwrap().is_none());
        assert_eq!(left, 0);
        assert_eq!(unpack_within(&[][..], &mut left).unwrap(), Some(Vec::new()));
        assert_eq!(unpack_within(&[0][..], &mut left).unwrap(), None);
    }
}
