//! The `deconflict` command.
//!
//! `check` finds every conflict between what files declare, `show` lists and draws what they
//! declare, `convert` writes it in another format. `host` keeps the record of a space; `desk` keeps
//! a party's copy of it, checks the host's every step, and is what the other commands speak through.
//!
//! *Architecture invariant*: whatever cannot be read, wholly, ends the run with status 2 before
//! anything is compared: an answer from half of the input would look like an answer.

mod args;
mod ask;
mod attachment;
mod backup;
mod bar;
mod by_name;
mod candidates;
mod channel;
mod check;
mod conflicts;
mod convert;
mod declare;
mod desk;
mod desk_client;
mod engine;
mod evidence;
mod from_input;
mod host;
mod input;
mod interest;
mod key;
mod log;
mod logging;
mod meets;
mod open_findings;
mod options;
mod outcome;
mod output;
mod party;
mod passphrase;
mod picture;
mod report;
mod seal_key;
mod show;
mod signals;
mod space;
mod text;
mod verify;
mod zone;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use outcome::{Failure, NONE, print, remark};

/// The system's allocator grows what each thread has by small steps, each a call of the kernel: a desk of
/// 100,000 declarations took half as long again to open.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// No crash writes a core: what it would hold are keys that were unlocked, and what others said in confidence. By a
/// limit of 1 the kernel also starts no program that collects cores, which by 0 it does (`do_coredump` in Linux).
#[cfg(unix)]
fn no_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let least = Rlimit { current: Some(1), maximum: Some(1) };
    if setrlimit(Resource::Core, least).is_err() {
        // Where the limit is 0 already it cannot be raised.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}

fn main() -> ExitCode {
    #[cfg(unix)]
    no_core_dumps();
    // Usage errors end here, with status 2 as well.
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Check(check) => check::run(&check),
        Command::Show(show) => show::run(&show),
        Command::Convert(convert) => convert::run(&convert),
        Command::Key(key) => key::run(&key),
        Command::Party(party) => party::run(&party),
        Command::Space(space) => space::run(&space),
        Command::Host(host) => host::run(&host),
        Command::Desk(desk) => desk::run(&desk),
        Command::Backup(backup) => backup::run(&backup),
        Command::Declare(declare) => declare::run(&declare),
        Command::Zone(zone) => zone::run(&zone),
        Command::Conflicts(conflicts) => conflicts::run(&conflicts),
        Command::Interest(interest) => interest::run(&interest),
        Command::Say(say) => channel::say(&say),
        Command::Inbox(inbox) => channel::inbox(&inbox),
        Command::Answer(answer) => channel::answer(&answer),
        Command::Relay(of) => channel::relay(*of),
        Command::Duty(duty) => channel::duty(duty),
        Command::SealKey(of) => seal_key::run(&of),
        Command::Attachment(of) => attachment::run(&of),
        Command::Shelve(of) => channel::shelve(&of),
        Command::LineTest(of) => channel::line_test(of),
        Command::Log(log) => log::run(&log),
        Command::Evidence(evidence) => evidence::run(&evidence),
        Command::Verify(verify) => verify::run(&verify),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "deconflict", &mut script);
            print(|out| out.write_all(&script)).map(|()| NONE)
        }
        Command::Man { dir } => std::fs::create_dir_all(&dir)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), &dir))
            .map(|()| NONE)
            .map_err(|e| Failure::from(format!("{}: cannot be written: {e}", dir.display()))),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(Failure { status, lines }) => {
            lines.iter().for_each(|line| remark(line));
            ExitCode::from(status)
        }
    }
}
