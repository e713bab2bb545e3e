//! Files in: bytes read within bounds, mistakes collected and named.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use deconflict_formats::{
    Document, Feature, Format, MAX_INPUT_BYTES, Omission, ReadError, ReadNote, ReadOptions,
    SourcePlace, read_with,
};
use deconflict_words::english::counted;
use deconflict_words::printable;
use serde_json::Map;

use crate::outcome::{Failure, remark};
use crate::text::shown;

/// A file and what it says.
pub(crate) struct Source {
    /// The name as the user gave it.
    pub(crate) name: String,
    /// What it says.
    pub(crate) document: Document,
    /// A feature that stands for each of the document's omissions: its volume is the one beyond which
    /// the omission cannot reach; none where it may be anywhere.
    stand_ins: Vec<Feature>,
}

impl Source {
    /// A file that was read.
    pub(crate) fn new(name: String, document: Document) -> Source {
        let stand_in = |omission: &Omission| Feature {
            id: omission.id.clone().unwrap_or_else(|| omission.place.to_string()),
            names: Vec::new(),
            kind: String::new(),
            volume_kinds: Vec::new(),
            volumes: omission.hull.clone().into_iter().collect(),
            place: omission.place,
            properties: Map::new(),
        };
        let stand_ins = document.omissions.iter().map(stand_in).collect();
        Source { name, document, stand_ins }
    }

    /// The file's name without its folders.
    pub(crate) fn short_name(&self) -> &str {
        Path::new(&self.name).file_name().and_then(|n| n.to_str()).unwrap_or(&self.name)
    }

    /// How many features it declares, those that were left out included.
    pub(crate) fn feature_count(&self) -> usize {
        self.document.features.len() + self.stand_ins.len()
    }

    /// The feature of that number, counted from 0: the document's, then those that stand for what was
    /// left out.
    pub(crate) fn feature(&self, index: usize) -> &Feature {
        match index.checked_sub(self.document.features.len()) {
            None => &self.document.features[index],
            Some(omission) => &self.stand_ins[omission],
        }
    }

    /// Whether the feature of that number was left out.
    pub(crate) fn is_left_out(&self, index: usize) -> bool {
        index >= self.document.features.len()
    }

    /// Says what was passed over, left out or declared without a place.
    fn tell(&self) {
        let say = |what: String| remark(&printable(&format!("{}: {what}", self.name)));
        tell_notes(&self.name, &self.document.notes);
        for omission in &self.document.omissions {
            let id = omission.id.as_ref().map_or_else(String::new, |id| format!(" ({id})"));
            let whats: Vec<String> = omission.mistakes.iter().take(3).map(told).collect();
            let more = match omission.mistakes.len().saturating_sub(3) {
                0 => String::new(),
                more => format!("; {more} more"),
            };
            let place = omission.place;
            say(format!("{place}{id}: left out: {}{more}", whats.join("; ")));
        }
        let placeless = &self.document.placeless;
        if let Some((place, id)) = placeless.first.first() {
            let named = counted(placeless.count, "feature", "features");
            say(format!(
                "{named} declared without a place, not compared; the first at {place} ({id})"
            ));
        }
    }
}

/// Says what was passed over or taken for granted in a file.
pub(crate) fn tell_notes(name: &str, notes: &[ReadNote]) {
    for note in notes {
        remark(&printable(&format!("{name}: {note}")));
    }
}

/// A mistake of something that is named already.
pub(crate) fn told(mistake: &ReadError) -> String {
    match mistake.place {
        SourcePlace::Line(_) => format!("{}: {}", mistake.place, mistake.what),
        _ => mistake.what.clone(),
    }
}

/// Reads all files, or says everything that is wrong with any of them. What was passed over or left
/// out is said on standard error.
pub(crate) fn read_all(
    paths: &[&PathBuf],
    stdin_format: Option<Format>,
    options: &ReadOptions,
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
        match read_one(path, stdin_format, Some(options)) {
            Ok(source) => sources.push(source),
            Err(mut more) => mistakes.append(&mut more),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    sources.iter().for_each(Source::tell);
    Ok(sources)
}

/// Whether everything that the files declare can be compared.
pub(crate) fn are_whole(sources: &[Source]) -> bool {
    sources.iter().all(|source| source.document.is_whole())
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

/// The document in one file, everything in which has a place.
pub(crate) fn read_document(
    path: &Path,
    stdin_format: Option<Format>,
) -> Result<Document, Vec<String>> {
    let source = read_one(path, stdin_format, None)?;
    source.tell();
    match source.document.placeless.first.first() {
        None => Ok(source.document),
        Some((place, id)) => Err(vec![printable(&format!(
            "{}: {place} ({id}): it is declared without a place: give it one or remove it",
            source.name
        ))]),
    }
}

/// All bytes of a file, or of standard input for `-`.
pub(crate) fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
    let read = match is_stdin(path) {
        true => bounded(io::stdin().lock(), 0),
        false => open(path).and_then(|(file, length)| bounded(file, length)),
    };
    read.map_err(|what| format!("{}: {what}", shown(path)))
}

/// What one file says; without options it is taken as it is or not at all.
fn read_one(
    path: &Path,
    stdin_format: Option<Format>,
    options: Option<&ReadOptions>,
) -> Result<Source, Vec<String>> {
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
    match read_with(&format_name, &bytes, &options.copied().unwrap_or_default()) {
        Ok(document) => Ok(Source::new(name, document)),
        Err(errors) => Err(errors
            .iter()
            .map(ToString::to_string)
            .chain(way_on(&format_name, &bytes, options, errors.len()))
            .map(|line| printable(&format!("{name}: {line}")))
            .collect()),
    }
}

/// What is left where the mistakes of a refused file, so many, are left out; where they are too many
/// to be spelled out, the last of them says that.
fn way_on(
    name: &str,
    bytes: &[u8],
    options: Option<&ReadOptions>,
    mistakes: usize,
) -> Option<String> {
    const MOST: usize = 100;
    let options = options.filter(|o| !o.leave_out_mistaken && mistakes <= MOST)?;
    let without = ReadOptions { leave_out_mistaken: true, ..*options };
    let document = read_with(name, bytes, &without).ok()?;
    let (left_out, rest) = (document.omissions.len(), document.features.len());
    (left_out > 0 && rest > 0).then(|| {
        format!(
            "--leave-out-mistaken goes on with {}, and leaves out {left_out}",
            counted(rest, "feature", "features")
        )
    })
}

/// A file and its length in bytes, 0 where it tells none.
fn open(path: &Path) -> Result<(File, usize), String> {
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
    let file = File::open(path).map_err(|e| format!("cannot be read: {e}"))?;
    Ok((file, meta.len() as usize))
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
        let bound = match most / (1024 * 1024) {
            0 => format!("{} kB", most / 1024),
            mb => format!("{mb} MB"),
        };
        return Err(fail(format!("is larger than {bound}, the most that is read")));
    }
    Ok(bytes)
}

/// Everything that a source gives, about so many bytes, as long as it stays within the bound: a pipe tells
/// no size.
fn bounded(source: impl Read, length: usize) -> Result<Vec<u8>, String> {
    // One more, so that the end is found without growing.
    let mut bytes = Vec::with_capacity(length + 1);
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
