//! `deconflict convert`: a file in another format.

use std::path::PathBuf;

use clap::Args;
use deconflict_formats::{Format, write};
use deconflict_words::printable;

use crate::input::{are_whole, read_all};
use crate::options::Tolerance;
use crate::outcome::{Failure, INCOMPLETE, NONE, print};
use crate::output::write_whole;

const HELP: &str = "\
Examples:
  deconflict convert airspace.openair.txt airspace.geojson
  deconflict convert airspace.openair.txt zones.json --to ed318
  deconflict convert sites.xlsx - --to csv

The format follows from the ending of OUT: .geojson, .ed318.json, .ed269.json, .f3548.json,
.openair.txt, .openair, .air, .txt, .kml, .kmz, .csv, .xlsx. A bare .json could be several: name it
with --to.";

/// Write a file in another format
#[derive(Args, Debug)]
#[command(after_long_help = HELP)]
pub(crate) struct Convert {
    /// The file to read; `-` reads standard input (name its format with --format)
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write; `-` writes to standard output (name the format with --to)
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// The format to write
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Option<Format>,
    /// The format of standard input
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Replace OUT if it exists
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    tolerance: Tolerance,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(convert: &Convert) -> Result<u8, Failure> {
    let target = convert.output.to_string_lossy();
    let to_stdout = target == "-";
    let Some(format) = convert.to.or_else(|| Format::from_extension(&target)) else {
        return Err(format!(
            "{}: its ending does not tell the format; name it with --to",
            printable(&target)
        )
        .into());
    };
    if !to_stdout && !convert.force && convert.output.exists() {
        return Err(format!("{}: exists; --force replaces it", printable(&target)).into());
    }
    let sources = read_all(&[&convert.input], convert.format, &convert.tolerance.options())?;
    for source in &sources {
        let bytes = write(&source.document, format)
            .map_err(|e| printable(&format!("{}: {e}", source.name)))?;
        if to_stdout {
            print(|out| out.write_all(&bytes))?;
        } else {
            write_whole(&convert.output, &bytes)?;
        }
    }
    Ok(if are_whole(&sources) { NONE } else { INCOMPLETE })
}
