//! Readers and writers: bytes to a document and back.

use std::path::Path;

use deconflict_formats::{Document, Feature, Format, read, write};

use crate::told::no_word_is_lost;

/// The names of the formats' targets, and the file name by which each format is told.
pub const FORMATS: [(&str, &str); 9] = [
    ("geojson", "x.geojson"),
    ("ed318", "x.ed318.json"),
    ("ed269", "x.ed269.json"),
    ("openair", "x.openair.txt"),
    ("kml", "x.kml"),
    ("kmz", "x.kmz"),
    ("csv", "x.csv"),
    ("xlsx", "x.xlsx"),
    ("f3548", "x.f3548.json"),
];

const WRITABLE: [Format; 9] = [
    Format::GeoJson,
    Format::Ed318,
    Format::Ed269,
    Format::OpenAir,
    Format::Kml,
    Format::Kmz,
    Format::Csv,
    Format::Xlsx,
    Format::F3548,
];

/// Reads bytes as a format. What is refused must be refused in words; what is read must be written
/// in its own format and in one of the others, or be refused in words, and what was written must be
/// read back, and from there on be written and read without any change. A word that is put into a text and
/// bears on a place, a height or a time is read, told or refused.
///
/// # Panics
/// Where one of these does not hold.
pub fn read_and_write(target: &str, bytes: &[u8]) {
    let (_, name) =
        FORMATS.iter().find(|(t, _)| *t == target).expect("the target's name is in the list");
    match read(name, bytes) {
        Err(errors) => {
            assert!(!errors.is_empty(), "refused without a word");
            for error in errors {
                assert!(!error.what.trim().is_empty(), "an error without words at {}", error.place);
            }
        }
        Ok(document) => {
            round_trip(&document, document.format);
            round_trip(&document, WRITABLE[bytes.len() % WRITABLE.len()]);
            // Any number will do, as long as the same bytes give the same one.
            let mix = |n: usize, byte: &u8| n.wrapping_mul(31).wrapping_add(usize::from(*byte));
            no_word_is_lost(target, name, bytes, &document, bytes.iter().fold(7, mix));
        }
    }
}

fn round_trip(document: &Document, format: Format) {
    let first = match write(document, format) {
        Ok(bytes) => bytes,
        Err(error) => {
            assert!(!error.what.trim().is_empty(), "{format:?} was refused without words");
            return;
        }
    };
    let once = reread(&first, format);
    if format == document.format {
        let volumes = |d: &Document| d.features.iter().map(|f| f.volumes.len()).sum::<usize>();
        assert_eq!(document.features.len(), once.features.len(), "{format:?}: features were lost");
        assert_eq!(volumes(document), volumes(&once), "{format:?}: volumes were lost");
    }
    // The first writing may round what the format cannot express; from there on nothing moves.
    let second = write(&once, format)
        .unwrap_or_else(|e| panic!("{format:?}: what was written and read cannot be written: {e}"));
    let twice = reread(&second, format);
    for (one, two) in once.features.iter().zip(&twice.features) {
        let same = Feature { place: one.place, ..two.clone() };
        assert!(*one == same, "{format:?} changes what it wrote itself:\n{one:?}\n{two:?}");
    }
    assert_eq!(once.features.len(), twice.features.len(), "{format:?}: features were lost later");
}

fn reread(bytes: &[u8], format: Format) -> Document {
    let (_, name) = FORMATS[WRITABLE.iter().position(|f| *f == format).expect("all are listed")];
    read(name, bytes).unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{format:?}: what was written cannot be read: {}", errors.join("; "))
    })
}

/// The snippets that fuzzing a format starts from: those in `seeds/`, and for the formats in zip
/// archives what the writer makes of the others' snippets.
///
/// # Panics
/// When a snippet cannot be read: then it is no seed.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let archive = match target {
        "kmz" => Some((Format::Kmz, "kml")),
        "xlsx" => Some((Format::Xlsx, "csv")),
        _ => None,
    };
    let Some((format, source)) = archive else { return snippets(target) };
    let documents = snippets(source).into_iter().map(|bytes| {
        read(&format!("x.{source}"), &bytes).expect("a snippet in seeds/ is a valid file")
    });
    documents.map(|d| write(&d, format).expect("the archive holds what it was read from")).collect()
}

fn snippets(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    paths.sort();
    paths.iter().map(|p| std::fs::read(p).expect("the snippet can be read")).collect()
}
