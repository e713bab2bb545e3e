//! Options that several commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use deconflict_formats::Format;

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
