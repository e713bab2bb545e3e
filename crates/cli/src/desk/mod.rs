//! `deconflict desk`: a party's own agent on its own machine.

mod erase;
mod exchange;
mod init;
mod notices;
mod notify;
mod overrule;
mod page;
mod queue;
mod run;
mod status;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::desk_client::DeskArgs;
use crate::options::Answer;
use crate::outcome::Failure;

/// Set a party's desk up, keep it reading, and see what waits in it.
#[derive(Args, Debug)]
pub(crate) struct Desk {
    #[command(subcommand)]
    command: DeskCommand,
}

/// On or off.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Switch {
    /// It is so
    On,
    /// It is not
    Off,
}

#[derive(Subcommand, Debug)]
enum DeskCommand {
    /// Set a desk up in a new folder
    #[command(after_help = init::HELP)]
    Init(Box<init::Init>),
    /// Read on once, check what is new, and countersign
    #[command(
        after_help = "Example:\n  deconflict desk sync --desk desk\n\nExit status: 0 done, 2 no \
        answer from the host, 3 the host was caught."
    )]
    Sync(Plain),
    /// Read on, countersign and send what waits, every few seconds, until stopped
    #[command(after_help = run::HELP)]
    Run(run::Run),
    /// Say where the desk stands, and what people should look into
    #[command(
        after_help = "Example:\n  deconflict desk status --output json\n\nUses no line and needs no \
        passphrase. Exit status: 0, 1 open conflicts or overlays, or not all is compared yet,\n3 the \
        host was caught."
    )]
    Status {
        /// The desk's folder
        #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
        desk: PathBuf,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Answer::Text)]
        output: Answer,
    },
    /// List what was said here and is not in the record yet, or forget one
    #[command(after_help = "Examples:\n  deconflict desk queue\n  deconflict desk queue dismiss \
        4be1c0ffee12\n\nOnly what was not sent, or what the host will not have, can be dismissed. Whoever has it could still\nhave \
        it taken in: so its number is used for nothing (`deconflict desk queue dismiss --help`).")]
    Queue(queue::Queue),
    /// Sign anew what was not sent in time, or not taken
    #[command(after_help = queue::RENEW_HELP)]
    Renew(Box<queue::Renew>),
    /// Send what waits
    #[command(
        after_help = "Example:\n  deconflict desk send\n\nExit status: 0 all was sent, 1 something was \
        refused, 2 something waits still."
    )]
    Send(Plain),
    /// Erase what the record forgot of what this party said
    #[command(after_help = erase::HELP)]
    EraseOwn(erase::EraseOwn),
    /// Write signed statements into a file for another desk, while there is no host
    #[command(after_help = "Example:\n  deconflict desk export handover.json 4be1c0ffee12 \
        9a01d2c3b4e5\n\nWho gets the file reads what they say.")]
    Export {
        /// The file to write
        file: PathBuf,
        /// The statements, by their names or the first digits of them
        #[arg(required = true, value_name = "STATEMENT")]
        statements: Vec<String>,
        /// The desk's folder
        #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
        desk: PathBuf,
    },
    /// Take signed statements from another desk's file, and keep them to be logged
    #[command(
        after_help = "Example:\n  deconflict desk import handover.json\n\nEach must be signed by a key \
        that this desk knows. None of it counts before it stands in the record."
    )]
    Import {
        /// The file to read
        file: PathBuf,
        /// The desk's folder
        #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
        desk: PathBuf,
        /// How to print what was taken
        #[arg(long, value_enum, default_value_t = Answer::Text)]
        output: Answer,
    },
    /// Have each person on duty read back himself what says that somebody is being hit (P6, W9)
    #[command(
        after_help = "Example:\n  deconflict desk each-reads-back on\n\nThe bell of `deconflict inbox --follow` then \
        rings each minute until whoever holds the operator's key has read it back, or its\nowner says that it is over; \
        that somebody else read it back or answered is not enough. A party that asks this of its\npeople sets it at each of \
        its desks. Each read-back is signed, and the sender is told of it."
    )]
    EachReadsBack {
        /// Whether it is asked
        asks: Switch,
        /// The desk's folder
        #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
        desk: PathBuf,
    },
    /// Read from another address from now on
    #[command(
        after_help = "Example:\n  deconflict desk address https://new-host.example\n\nWhich machine \
        answers is of no weight: what it signs must go on from the record that this desk has."
    )]
    Address {
        /// The host's address
        url: String,
        /// The authorities that vouch for its certificate, in PEM, if not the machine's own
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// The desk's folder
        #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
        desk: PathBuf,
    },
    /// Print the desk's head as digits to be read out by phone
    #[command(after_help = "Example:\n  deconflict desk read-out")]
    ReadOut {
        /// The desk's folder
        #[arg(long, value_name = "DIR", env = "DECONFLICT_DESK", default_value = "desk")]
        desk: PathBuf,
        /// Write the signed head into this file instead: it proves more than digits
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Compare a head that another party read out, or its signed head
    #[command(after_help = exchange::COMPARE_HELP)]
    Compare(exchange::Compare),
    /// List what was attempted to tell people where they are, and what came of it
    #[command(after_help = notices::HELP)]
    Notices(notices::Notices),
    /// Send a test by each path of the settings, and say what came of it
    #[command(after_help = notify::TEST_HELP)]
    NotifyTest(notify::NotifyTest),
    /// Set a false alarm aside: go on with a host that was caught
    #[command(after_help = overrule::HELP)]
    Overrule(overrule::Overrule),
}

/// A desk with its key and line.
#[derive(Args, Debug)]
struct Plain {
    #[command(flatten)]
    desk: DeskArgs,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(desk: &Desk) -> Result<u8, Failure> {
    match &desk.command {
        DeskCommand::Init(init) => init::run(init),
        DeskCommand::Sync(plain) => run::once(&plain.desk, plain.output),
        DeskCommand::Run(run) => run::run(run),
        DeskCommand::Status { desk, output } => {
            status::run(&DeskArgs::without_line(desk).open_even_caught()?, *output)
        }
        DeskCommand::Queue(queue) => queue::run(queue),
        DeskCommand::Renew(renew) => queue::renew(renew),
        DeskCommand::Send(plain) => queue::send(&plain.desk, plain.output),
        DeskCommand::EraseOwn(own) => erase::run(own),
        DeskCommand::Export { file, statements, desk } => exchange::export(file, statements, desk),
        DeskCommand::Import { file, desk, output } => exchange::import(file, desk, *output),
        DeskCommand::ReadOut { desk, to } => exchange::read_out(desk, to.as_deref()),
        DeskCommand::EachReadsBack { asks, desk } => {
            init::each_reads_back(desk, *asks == Switch::On)
        }
        DeskCommand::Address { url, ca, desk } => init::address(desk, url, ca.as_deref()),
        DeskCommand::Compare(compare) => exchange::compare(compare),
        DeskCommand::Notices(of) => notices::run(of),
        DeskCommand::NotifyTest(test) => notify::test(test),
        DeskCommand::Overrule(overrule) => overrule::run(overrule),
    }
}
