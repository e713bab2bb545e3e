//! The command line: what can be asked, and what each option means.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

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
    Check(crate::check::Check),
    Show(crate::show::Show),
    Convert(crate::convert::Convert),
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
    Say(Box<crate::channel::SayCode>),
    Inbox(crate::channel::Inbox),
    Answer(crate::channel::Respond),
    Relay(Box<crate::channel::RelayArgs>),
    Duty(crate::channel::Duty),
    SealKey(crate::seal_key::SealKeyArgs),
    Attachment(crate::attachment::AttachmentArgs),
    Shelve(crate::channel::ShelveArgs),
    LineTest(crate::channel::LineTestArgs),
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
