//! `deconflict convert`: a file in another format.

use std::fs;
use std::io::Write;
use std::path::Path;

use deconflict_formats::write;

use crate::args::{Convert, FormatName};
use crate::input::read_one;
use crate::text::printable;
use crate::{Failure, NONE, print};

/// Runs the command and returns the exit status.
pub(crate) fn run(convert: &Convert) -> Result<u8, Failure> {
    let target = convert.output.to_string_lossy();
    let to_stdout = target == "-";
    let Some(format) = convert.to.or_else(|| FormatName::of_ending(&target)) else {
        return Err(format!(
            "{}: its ending does not tell the format; name it with --to",
            printable(&target)
        )
        .into());
    };
    if !to_stdout && !convert.force && convert.output.exists() {
        return Err(format!("{}: exists; --force replaces it", printable(&target)).into());
    }
    let source = read_one(&convert.input, convert.format)?;
    let bytes = write(&source.document, format.format())
        .map_err(|e| printable(&format!("{}: {e}", source.name)))?;
    if to_stdout {
        print(|out| out.write_all(&bytes))?;
    } else {
        write_whole(&convert.output, &bytes)?;
    }
    Ok(NONE)
}

/// Writes a file wholly or not at all: beside it first, then in its place.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let done = fs::File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    done.map_err(|e| {
        // What cannot be removed either is at least named by the error that follows.
        let _ = fs::remove_file(&beside);
        Failure::from(format!("{}: cannot be written: {e}", printable(&path.to_string_lossy())))
    })
}
