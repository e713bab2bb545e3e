//! `deconflict host`: the record of a space, kept and served.

mod clock;
mod folder;
mod restore;
mod run;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use deconflict_core::{Charter, Say};
use deconflict_desk::{HttpLine, KeyFile, Line, make_private};
use deconflict_host::{Space, Timing, system_clock, system_entropy};
use deconflict_record::{SignedStatement, Vkey};
use deconflict_store::Store;
use deconflict_words::printable;
use serde_json::json;

use self::folder::{Settings, cannot_read, finished, log_of, other_key, remove_store};
use crate::input::{MAX_SIGNED_BYTES, within};
use crate::options::{Answer, words};
use crate::outcome::{Failure, NONE, print};
use crate::passphrase::{of_key_file, unlock};
use crate::space::{grouped, named_signers};
use crate::text::shown;

pub(crate) use folder::STORE_FILE;

/// Keep the record of a space, and serve it.
#[derive(Args, Debug)]
pub(crate) struct Host {
    #[command(subcommand)]
    command: HostCommand,
}

const INIT_HELP: &str = "\
Example:
  deconflict host init host --founding founding.json --log-key log.key

Begins the record with the statement that every founding party's root signed. What it prints is what the
parties set their desks up with: they compare it with one another by voice.";

const STATUS_HELP: &str = "\
Example:
  deconflict host status https://host.example --ca ca.pem

Asks what anybody may ask. Whether what it says is true, a desk finds out. That it waits for its witnesses or doubts
its clock it says; for whom it waits it tells parties (`deconflict desk status`) and those who operate it
(`deconflict host run`, /health at the address for metrics).";

const CLOCK_HELP: &str = "\
Example:
  deconflict host clock-is-right host

A host whose clock jumped by more than an hour, while it ran or while it was stopped, erases nothing and ends nothing:
neither can be undone. It says so where it runs. Look at the clock first: set it, if it is wrong; where it then shows
what it should, nothing else is needed. If it is right, this says so to the host that runs on this folder, or that is
started on it within an hour.";

const TAKE_OVER_HELP: &str = "\
Example:
  deconflict host take-over new-host copy.sqlite --statement move.json --head move.head \\
      --log-key new-log.key

The old host is dead or cheats. What its record holds beyond the head that the statement names is left, and
desks take a head that it signs from then on as a second history.";

const RESTORE_HELP: &str = "\
Example:
  deconflict host restore host backups/2026-11-22.sqlite --log-key log.key
  deconflict host run host

What came after the backup is missing, and others hold the host to it: run, it signs nothing before the
witnesses' desks have told it what they saw, and given it back.";

#[derive(Subcommand, Debug)]
enum HostCommand {
    /// Begin the record of a new space
    #[command(after_help = INIT_HELP)]
    Init(Init),
    /// Put a backup in the place of a record that was lost
    #[command(after_help = RESTORE_HELP)]
    Restore {
        /// The host's folder, to be made
        dir: PathBuf,
        /// The backup
        backup: PathBuf,
        /// The key file of the record's heads
        #[arg(long, value_name = "FILE")]
        log_key: PathBuf,
    },
    /// Go on with the record of a host that does not hand it over
    #[command(after_help = TAKE_OVER_HELP)]
    TakeOver {
        /// The new host's folder, to be made
        dir: PathBuf,
        /// A copy of the old host's store
        copy: PathBuf,
        /// The statement that moves the record, signed by as many roots as the charter asks for
        #[arg(long, value_name = "FILE")]
        statement: PathBuf,
        /// The head that it names, countersigned by the quorum
        #[arg(long, value_name = "FILE")]
        head: PathBuf,
        /// The new host's key file of the record's heads
        #[arg(long, value_name = "FILE")]
        log_key: PathBuf,
        /// A file with the passphrase in its first line; else it is asked for at the terminal
        #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Serve the record until stopped
    #[command(after_help = run::HELP)]
    Run(run::Run),
    /// Say that the host's clock is right, after it jumped
    #[command(after_help = CLOCK_HELP)]
    ClockIsRight {
        /// The host's folder
        dir: PathBuf,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Ask a host which space it serves
    #[command(after_help = STATUS_HELP)]
    Status {
        /// The host's address
        url: String,
        /// The authorities that vouch for its certificate, in PEM, if not the machine's own
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Answer::Text)]
        output: Answer,
    },
}

#[derive(Args, Debug)]
struct Init {
    /// The host's folder, to be made
    dir: PathBuf,
    /// The founding statement, signed by every founding party's root
    #[arg(long, value_name = "FILE")]
    founding: PathBuf,
    /// The key file that the charter names for the record's heads
    #[arg(long, value_name = "FILE")]
    log_key: PathBuf,
    /// A file with the passphrase in its first line; else it is asked for at the terminal
    #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
    /// How to print what was begun
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(host: &Host) -> Result<u8, Failure> {
    match &host.command {
        HostCommand::Init(init) => begin(init),
        HostCommand::Restore { dir, backup, log_key } => restore::restore(dir, backup, log_key),
        HostCommand::TakeOver { dir, copy, statement, head, log_key, passphrase_file } => {
            let key = unlock(log_key, passphrase_file.as_deref(), "the new key of the heads")?;
            restore::take_over(dir, copy, (statement, head), log_key, key)
        }
        HostCommand::Run(run) => run::serve(run),
        HostCommand::ClockIsRight { dir, yes } => clock::say(dir, *yes),
        HostCommand::Status { url, ca, output } => status(url, ca.as_deref(), *output),
    }
}

fn begin(init: &Init) -> Result<u8, Failure> {
    let envelope = within(&init.founding, MAX_SIGNED_BYTES)?;
    let founding = |fault: String| Failure::from(format!("{}: {fault}", shown(&init.founding)));
    let statement = SignedStatement::parse(&envelope).map_err(|error| {
        founding(format!("{error}: give what `deconflict space sign` wrote, signed by all"))
    })?;
    let space = statement.claimed_header().space.clone();
    let charter = all_signed(&statement).map_err(founding)?;
    finished(&init.dir)?;
    let vkey = named_key(&charter, &init.log_key)?;
    let key = unlock(&init.log_key, init.passphrase_file.as_deref(), "the key of the heads")?;
    let log_key =
        fs::canonicalize(&init.log_key).map_err(|error| cannot_read(&init.log_key, &error))?;
    make_private(&init.dir)
        .map_err(|error| format!("{}: cannot be made: {error}", shown(&init.dir)))?;
    let path = init.dir.join(STORE_FILE);
    let store = Store::create(&path).map_err(|error| error.to_string())?;
    let now = system_clock()();
    let begun = Space::found(store, &envelope, key, system_entropy(), Timing::default(), now);
    if let Err(error) = begun {
        // Nothing was begun: what is there is an empty store.
        remove_store(&init.dir);
        return Err(error.to_string().into());
    }
    Settings { v: 1, space: space.clone(), log_key, unserved: true }.write(&init.dir)?;
    let hash = statement.hash();
    match init.output {
        Answer::Json => {
            let told = json!({"space": space, "log": vkey.to_string(), "founding": hash});
            print(|out| writeln!(out, "{told:#}"))
        }
        Answer::Text => print(|out| {
            writeln!(out, "The space {} has begun. Desks are set up with:", printable(&space))?;
            writeln!(out, "  --log {vkey}")?;
            writeln!(out, "  --founding {hash}")?;
            writeln!(out, "To be read out: {}", grouped(&hash))
        }),
    }?;
    Ok(NONE)
}

/// The charter, once all whose signatures belong under it have signed; the host finds out about the signatures.
fn all_signed(statement: &SignedStatement) -> Result<Charter, String> {
    let say: Say = serde_json::from_str(statement.claimed_say())
        .map_err(|error| format!("cannot be read: {error}"))?;
    let signers: Vec<_> = statement.envelope().claimed_signers().collect();
    let missing = named_signers(&say).into_iter().filter(|(_, key)| !signers.contains(&key.id()));
    let missing: Vec<String> = missing.map(|(name, _)| name).collect();
    let Say::FoundSpace { charter } = say else {
        return Err("founds no space".to_owned());
    };
    if missing.is_empty() {
        return Ok(*charter);
    }
    Err(format!("is not signed yet by {}: `deconflict space sign`", missing.join(", ")))
}

/// The key in a file, once it is seen to be the one that the charter names.
fn named_key(charter: &Charter, file: &Path) -> Result<Vkey, Failure> {
    let key = KeyFile::read(file).map_err(of_key_file)?.public();
    let given = log_of(&charter.space, &key)?;
    if key == charter.host.key {
        return Ok(given);
    }
    let named = log_of(&charter.space, &charter.host.key)?;
    Err(other_key(file, &given, &format!("the charter names {named}")))
}

fn status(url: &str, ca: Option<&Path>, output: Answer) -> Result<u8, Failure> {
    let mut line = HttpLine::new(url, ca).map_err(|error| printable(&error.to_string()))?;
    let about = line.about().map_err(|error| printable(&error.to_string()))?;
    match output {
        Answer::Json => {
            let json = serde_json::to_string_pretty(&about).map_err(|error| error.to_string())?;
            print(|out| writeln!(out, "{json}"))
        }
        Answer::Text => print(|out| {
            writeln!(out, "space    {}", printable(&about.space))?;
            writeln!(out, "log      {}", printable(&about.vkey))?;
            if let Some(began) = &about.began {
                writeln!(out, "began    {}", printable(began))?;
            }
            writeln!(out, "release  {}", printable(&about.release))?;
            about
                .troubles
                .iter()
                .try_for_each(|trouble| writeln!(out, "TROUBLE  {}", words().host_trouble(trouble)))
        }),
    }?;
    Ok(NONE)
}
