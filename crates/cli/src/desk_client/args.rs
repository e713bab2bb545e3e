//! What the command line says about a desk.

use std::path::{Path, PathBuf};

use clap::Args;

use super::when::Validity;
use crate::options::Answer;

/// Which desk, with which key.
#[derive(Args, Clone, Debug)]
pub(crate) struct DeskArgs {
    /// The desk's folder
    #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
    pub(crate) desk: PathBuf,
    /// The operator's key file, if not the one that the desk was set up with
    #[arg(long, value_name = "FILE", env = "DECONFLICT_KEY")]
    pub(crate) key: Option<PathBuf>,
    /// A file with the passphrase in its first line; else it is asked for at the terminal
    #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Do not use the line: work with what the desk has, keep what is said to be sent later
    #[arg(long)]
    pub(crate) offline: bool,
}

impl DeskArgs {
    /// A desk whose line is not used.
    pub(crate) fn without_line(desk: &Path) -> DeskArgs {
        DeskArgs { desk: desk.to_path_buf(), key: None, passphrase_file: None, offline: true }
    }
}

/// How something is read at a desk.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReadArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// The language of texts that are given in several, such as fr or de-CH; else that of LANG
    #[arg(long, value_name = "TAG")]
    pub(crate) lang: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    pub(crate) output: Answer,
}

/// What it takes to sign something.
#[derive(Args, Clone, Debug)]
pub(crate) struct SigningArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) validity: Validity,
    /// Do not ask: sign what is shown
    #[arg(long)]
    pub(crate) yes: bool,
    /// The language of texts that are given in several, such as fr or de-CH; else that of LANG
    #[arg(long, value_name = "TAG")]
    pub(crate) lang: Option<String>,
    /// How to print what became of it
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    pub(crate) output: Answer,
}
