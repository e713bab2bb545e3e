//! Options that several commands share.

use std::env;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use deconflict_formats::{Format, ReadOptions};
use deconflict_words::Language;

use crate::text::parse_radius;

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
    pub(crate) format: Option<Format>,
    /// Colours in the table
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// How files are read that are not as they should be.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Tolerance {
    /// Leave out what is mistaken, name it, and go on with the rest; the exit status is then never 0
    #[arg(long)]
    pub(crate) leave_out_mistaken: bool,
    /// Read points that declare no extent (GeoJSON, KML) as circles of this radius, such as 200m
    #[arg(long, value_name = "RADIUS", value_parser = parse_radius)]
    pub(crate) points: Option<f64>,
    /// Read the rows of site lists that declare no radius as circles of this one, such as 200m
    #[arg(long, value_name = "RADIUS", value_parser = parse_radius)]
    pub(crate) radius: Option<f64>,
}

impl Tolerance {
    /// The same as the readers take it.
    pub(crate) fn options(self) -> ReadOptions {
        ReadOptions {
            leave_out_mistaken: self.leave_out_mistaken,
            point_radius_m: self.points,
            row_radius_m: self.radius,
        }
    }
}

/// How an answer in words is printed.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// In words, for people
    Text,
    /// As JSON, for scripts
    Json,
}

/// When the table has colours.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// The language of the words that a command makes where no option names one.
pub(crate) fn words() -> Language {
    Language::of_tag(&preferred_language(None))
}

/// The language asked for, else that of the environment: `de_CH.UTF-8` is `de-CH`; empty: none.
pub(crate) fn preferred_language(asked: Option<&str>) -> String {
    let of_environment = || {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
            .map(|value| value.split(['.', '@']).next().unwrap_or_default().replace('_', "-"))
            .filter(|tag| !matches!(tag.as_str(), "C" | "POSIX"))
    };
    asked.map(str::to_owned).or_else(of_environment).unwrap_or_default()
}
