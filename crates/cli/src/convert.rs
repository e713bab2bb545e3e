//! `deconflict convert`: a file in another format.

use deconflict_formats::write;

use crate::args::{Convert, FormatName};
use crate::input::read_all;
use crate::output::write_whole;
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
    for source in read_all(&[&convert.input], convert.format)? {
        let bytes = write(&source.document, format.format())
            .map_err(|e| printable(&format!("{}: {e}", source.name)))?;
        if to_stdout {
            print(|out| out.write_all(&bytes))?;
        } else {
            write_whole(&convert.output, &bytes)?;
        }
    }
    Ok(NONE)
}
