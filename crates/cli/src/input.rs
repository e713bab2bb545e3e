//! Files in: bytes read within bounds, mistakes collected and named.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use deconflict_formats::{Document, Feature, Format, MAX_INPUT_BYTES, read};
use deconflict_words::printable;

use crate::outcome::Failure;
use crate::text::shown;

/// A file and what it says.
pub(crate) struct Source {
    /// The name as the user gave it.
    pub(crate) name: String,
    /// What it says.
    pub(crate) document: Document,
}

impl Source {
    /// The file's name without its folders.
    pub(crate) fn short_name(&self) -> &str {
        Path::new(&self.name).file_name().and_then(|n| n.to_str()).unwrap_or(&self.name)
    }
}

/// Reads all files, or says everything that is wrong with any of them.
pub(crate) fn read_all(
    paths: &[&PathBuf],
    stdin_format: Option<Format>,
) -> Result<Vec<Source>, Vec<String>> {
    let mut sources = Vec::new();
    let mut mistakes = given_twice(paths);
    if stdin_format.is_some() && !paths.iter().any(|p| is_stdin(p)) {
        mistakes.push(
            "--format names the format of standard input, and no file is `-`; the format of a \
             named file is told from its name and content"
                .to_owned(),
        );
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    for path in paths {
        match read_one(path, stdin_format) {
            Ok(source) => sources.push(source),
            Err(mut more) => mistakes.append(&mut more),
        }
    }
    if mistakes.is_empty() { Ok(sources) } else { Err(mistakes) }
}

/// A file compared with itself would conflict with itself everywhere.
fn given_twice(paths: &[&PathBuf]) -> Vec<String> {
    let mut seen = Vec::new();
    let mut mistakes = Vec::new();
    for path in paths {
        let whole = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        if seen.contains(&whole) {
            mistakes.push(format!(
                "{}: given twice; name each file once (--within compares the features of one file \
                 with each other)",
                shown(path)
            ));
        }
        seen.push(whole);
    }
    mistakes
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The document in one file.
pub(crate) fn read_document(
    path: &Path,
    stdin_format: Option<Format>,
) -> Result<Document, Vec<String>> {
    read_one(path, stdin_format).map(|source| source.document)
}

/// All bytes of a file, or of standard input for `-`.
pub(crate) fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
    if is_stdin(path) { bounded(io::stdin().lock()) } else { open(path).and_then(bounded) }
        .map_err(|what| format!("{}: {what}", shown(path)))
}

fn read_one(path: &Path, stdin_format: Option<Format>) -> Result<Source, Vec<String>> {
    let stdin = is_stdin(path);
    let name = if stdin { "-".to_owned() } else { path.to_string_lossy().into_owned() };
    let failed = |what: String| vec![format!("{}: {what}", printable(&name))];
    let bytes = bytes_of(path).map_err(|what| vec![what])?;
    let format_name = match (stdin, stdin_format) {
        (true, Some(format)) => format!("stdin.{}", format.extension()),
        (true, None) => {
            return Err(failed("name the format of standard input with --format".to_owned()));
        }
        (false, _) => name.clone(),
    };
    match read(&format_name, &bytes) {
        Ok(document) => Ok(Source { name, document }),
        Err(errors) => Err(errors.iter().map(|e| printable(&format!("{name}: {e}"))).collect()),
    }
}

fn open(path: &Path) -> Result<File, String> {
    let meta = fs::metadata(path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        _ => format!("cannot be read: {e}"),
    })?;
    if meta.is_dir() {
        return Err("is a folder; name the files in it".to_owned());
    }
    if meta.len() > MAX_INPUT_BYTES as u64 {
        return Err(too_large());
    }
    File::open(path).map_err(|e| format!("cannot be read: {e}"))
}

/// The most bytes of a charter, a statement, a head or a certificate.
pub(crate) const MAX_SIGNED_BYTES: u64 = 4 * 1024 * 1024;

/// A file of at most so many bytes; a device or a pipe tells no size, and is not read beyond them.
pub(crate) fn within(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let fail = |fault: String| Failure::from(format!("{}: {fault}", shown(path)));
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
        .map_err(|e| fail(format!("cannot be read: {e}")))?;
    if bytes.len() as u64 > most {
        return Err(fail(format!(
            "is larger than {} MB, the most that is read",
            most / (1024 * 1024)
        )));
    }
    Ok(bytes)
}

/// Everything that a source gives, as long as it stays within the bound: a pipe tells no size.
fn bounded(source: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    source
        .take(MAX_INPUT_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| format!("cannot be read: {e}"))?;
    if bytes.len() > MAX_INPUT_BYTES { Err(too_large()) } else { Ok(bytes) }
}

fn too_large() -> String {
    format!(
        "is larger than {} MB, the most that is read; split it",
        MAX_INPUT_BYTES / (1024 * 1024)
    )
}

/// A feature's name in the language asked for, else the first one given, else none.
pub(crate) fn name_of<'a>(feature: &'a Feature, language: Option<&str>) -> Option<&'a str> {
    let speaks = |tag: &str| {
        language.is_some_and(|wanted| {
            let (tag, wanted) = (tag.to_lowercase(), wanted.to_lowercase());
            tag == wanted || tag.split('-').next() == Some(wanted.as_str())
        })
    };
    feature
        .names
        .iter()
        .find(|n| n.lang.as_deref().is_some_and(speaks))
        .or_else(|| feature.names.first())
        .map(|n| n.text.as_str())
}

/// What people call a feature: its id, and its name where that says more.
pub(crate) fn label_of(feature: &Feature, language: Option<&str>) -> String {
    let id = printable(&feature.id);
    match name_of(feature, language).map(printable) {
        Some(name) if !name.is_empty() && name != id => {
            let said = name.to_lowercase().contains(&id.to_lowercase());
            if said { name } else { format!("{id} {name}") }
        }
        _ => id,
    }
}
