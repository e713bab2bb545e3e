//! The command line: what can be asked, and what each option means.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use deconflict_formats::Format;
use deconflict_geometry::{HeightFacts, Instant, Separation};

use crate::text;

/// Find every conflict in space and time before it happens, between parties who share ground, water
/// or air.
#[derive(Parser, Debug)]
#[command(name = "deconflict", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Find what overlaps what, when and at which heights
    #[command(after_long_help = CHECK_HELP)]
    Check(Check),
    /// List what files declare, and draw it
    #[command(after_long_help = SHOW_HELP)]
    Show(Show),
    /// Write a file in another format
    #[command(after_long_help = CONVERT_HELP)]
    Convert(Convert),
    /// Make and show key files
    Key(crate::key::Key),
    /// A party's keys, how it joins and leaves, and for whom it speaks
    Party(crate::party::Party),
    /// Draft, sign, show and change a space's charter
    Space(crate::space::Space),
    /// Keep the record of a space, and serve it
    Host(crate::host::Host),
    /// Set a party's desk up, keep it reading, and see what waits in it
    Desk(crate::desk::Desk),
    /// Copy a host's or a desk's record, while it is in use
    #[command(after_help = crate::backup::HELP)]
    Backup(crate::backup::Backup),
    Declare(crate::declare::Declare),
    Zone(crate::zone::Zone),
    Conflicts(crate::conflicts::Conflicts),
    Interest(crate::interest::Interest),
    Log(crate::log::Log),
    Evidence(crate::evidence::EvidenceOf),
    Verify(crate::verify::Verify),
    /// Print the completions for a shell
    #[command(after_long_help = "Example:\n  deconflict completions bash > \
        ~/.local/share/bash-completion/completions/deconflict")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    #[command(after_long_help = "Example:\n  deconflict man ~/.local/share/man/man1")]
    Man {
        /// The folder, created if missing
        dir: PathBuf,
    },
}

const CHECK_HELP: &str = "\
Examples:
  deconflict check a.geojson b.openair.txt
      everything in one file against everything in the other
  deconflict check plan.json --against airspace.geojson --against sites.csv
      my plan against everything else, and nothing else against each other
  deconflict check plan.json --against airspace.geojson --separation 500m,100m,60s
      what comes nearer than 500 m along the ground, 100 m in height and 60 s in time
  deconflict check plan.json --against airspace.geojson --terrain 0,330 --pressure 985,1040
      heights of different references, compared with what is known of ground and air
  deconflict check a.geojson b.geojson --output json --picture conflicts.svg

Exit status: 0 no conflict, 1 conflicts, 2 bad input or bad usage.

Formats, told from the name and the content: GeoJSON, EUROCAE ED-318 and ED-269, OpenAir, KML,
KMZ, CSV and XLSX site lists, ASTM F3548-21 operational intents.

Not for navigation. What nobody declared is not in the answer.";

const SHOW_HELP: &str = "\
Examples:
  deconflict show airspace.geojson
  deconflict show airspace.geojson sites.csv --picture picture.svg
  deconflict show operations.json --output json";

const CONVERT_HELP: &str = "\
Examples:
  deconflict convert airspace.openair.txt airspace.geojson
  deconflict convert airspace.openair.txt zones.json --to ed318
  deconflict convert sites.xlsx - --to csv

The format follows from the ending of OUT: .geojson, .ed318.json, .ed269.json, .f3548.json,
.openair.txt, .openair, .air, .txt, .kml, .kmz, .csv, .xlsx. A bare .json could be several: name it
with --to.";

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The files to compare; `-` reads standard input (name its format with --format)
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Compare FILE... only with this file, not with each other (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Vec<PathBuf>,
    /// Also compare the features inside each FILE with each other
    #[arg(long)]
    pub(crate) within: bool,
    /// Only conflicts that last until this instant or longer (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = text::parse_from)]
    pub(crate) from: Option<Instant>,
    /// Only conflicts that begin at this instant or earlier (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = text::parse_until)]
    pub(crate) until: Option<Instant>,
    /// Required separation: along the ground, in height, in time (m, km, ft, nm; s, min, h)
    #[arg(long, value_name = "GROUND,HEIGHT,TIME", value_parser = text::parse_separation)]
    pub(crate) separation: Option<Separation>,
    #[command(flatten)]
    pub(crate) facts: Facts,
    /// List what only touches as well, and count it as a conflict
    #[arg(long)]
    pub(crate) touching: bool,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = CheckOutput::Table)]
    pub(crate) output: CheckOutput,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Args, Debug)]
pub(crate) struct Facts {
    /// Lowest and highest ground in the area, metres above mean sea level
    #[arg(long, value_name = "MIN,MAX", value_parser = text::parse_range, allow_hyphen_values = true)]
    terrain: Option<(f64, f64)>,
    /// Lowest and highest sea-level pressure (QNH) in the time, hPa
    #[arg(long, value_name = "MIN,MAX", value_parser = text::parse_range)]
    pressure: Option<(f64, f64)>,
}

impl Facts {
    /// The facts as the geometry takes them, or what is wrong with them.
    pub(crate) fn heights(&self) -> Result<HeightFacts, String> {
        let mut facts = HeightFacts::WORLDWIDE;
        if let Some((min, max)) = self.terrain {
            facts = facts.with_terrain(min, max).map_err(|e| format!("--terrain: {e}"))?;
        }
        if let Some((min, max)) = self.pressure {
            facts = facts.with_pressure(min, max).map_err(|e| format!("--pressure: {e}"))?;
        }
        Ok(facts)
    }
}

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// The files to list; `-` reads standard input (name its format with --format)
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How to print the list
    #[arg(long, value_enum, default_value_t = ShowOutput::Table)]
    pub(crate) output: ShowOutput,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What `check` and `show` share.
#[derive(Args, Debug)]
pub(crate) struct Common {
    /// Draw land, volumes and conflicts into this SVG file
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) picture: Option<PathBuf>,
    /// The language of names that are given in several, such as `fr` or `de-CH`
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
    /// The format of standard input
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<FormatName>,
    /// Colours in the table
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Args, Debug)]
pub(crate) struct Convert {
    /// The file to read; `-` reads standard input (name its format with --format)
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// The file to write; `-` writes to standard output (name the format with --to)
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// The format to write
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) to: Option<FormatName>,
    /// The format of standard input
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<FormatName>,
    /// Replace OUT if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CheckOutput {
    Table,
    Json,
    Geojson,
    Csv,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ShowOutput {
    Table,
    Json,
}

/// How an answer in words is printed.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// In words, for people
    Text,
    /// As JSON, for scripts
    Json,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// A format by the name that people use for it.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FormatName {
    Geojson,
    Ed318,
    Ed269,
    Openair,
    Kml,
    Kmz,
    Csv,
    Xlsx,
    F3548,
}

impl FormatName {
    pub(crate) fn format(self) -> Format {
        match self {
            FormatName::Geojson => Format::GeoJson,
            FormatName::Ed318 => Format::Ed318,
            FormatName::Ed269 => Format::Ed269,
            FormatName::Openair => Format::OpenAir,
            FormatName::Kml => Format::Kml,
            FormatName::Kmz => Format::Kmz,
            FormatName::Csv => Format::Csv,
            FormatName::Xlsx => Format::Xlsx,
            FormatName::F3548 => Format::F3548,
        }
    }

    /// The ending of a file name from which the readers tell this format.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            FormatName::Geojson => "geojson",
            FormatName::Ed318 | FormatName::Ed269 | FormatName::F3548 => "json",
            FormatName::Openair => "openair.txt",
            FormatName::Kml => "kml",
            FormatName::Kmz => "kmz",
            FormatName::Csv => "csv",
            FormatName::Xlsx => "xlsx",
        }
    }

    /// The format that a file name to be written asks for; `None` when the ending leaves a choice.
    pub(crate) fn of_ending(name: &str) -> Option<FormatName> {
        let name = name.to_lowercase();
        [
            (".geojson", FormatName::Geojson),
            (".ed318.json", FormatName::Ed318),
            (".ed269.json", FormatName::Ed269),
            (".f3548.json", FormatName::F3548),
            (".openair.txt", FormatName::Openair),
            (".openair", FormatName::Openair),
            (".txt", FormatName::Openair),
            (".air", FormatName::Openair),
            (".kml", FormatName::Kml),
            (".kmz", FormatName::Kmz),
            (".csv", FormatName::Csv),
            (".xlsx", FormatName::Xlsx),
        ]
        .into_iter()
        .find(|(ending, _)| name.ends_with(ending))
        .map(|(_, format)| format)
    }
}
