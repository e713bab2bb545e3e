//! Options that several commands share.

use std::env;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use deconflict_formats::Format;
use deconflict_words::Language;

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
