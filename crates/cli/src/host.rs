//! `deconflict host`: the record of a space, kept and served.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use clap::{Args, Subcommand};
use deconflict_core::Say;
use deconflict_desk::{HttpLine, Line, make_private};
use deconflict_host::{
    Config, Host as Running, Move, Published, Space, Timing, Tls, system_clock, system_entropy,
};
use deconflict_record::{KeyUse, SigningKey, Statement, Vkey};
use deconflict_store::Store;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::args::Answer;
use crate::input::{MAX_SIGNED_BYTES, within};
use crate::output::write_whole;
use crate::passphrase::unlock;
use crate::space::{grouped, json_file};
use crate::text::{printable, shown};
use crate::{Failure, NONE, print, say};

/// The record's file in a host's folder.
pub(crate) const STORE_FILE: &str = "record.sqlite";
const SETTINGS_FILE: &str = "host.json";

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

const RUN_HELP: &str = "\
Examples:
  deconflict host run host --listen 127.0.0.1:8480
      for this machine alone, or behind a proxy that does TLS
  deconflict host run host --listen 0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem \\
      --metrics 127.0.0.1:9480

Started again, it signs nothing before it has heard from its witnesses that it lost nothing they saw; their
desks answer when they read on, and give back what it lost. It says what it waits for.

One line says when it serves, and where. SIGTERM and SIGINT end it tidily: what was taken in is written and
a last head signed. It keeps no passphrase: a service manager hands one over by --passphrase-file.";

const STATUS_HELP: &str = "\
Example:
  deconflict host status https://host.example --ca ca.pem

Asks what anybody may ask. Whether what it says is true, a desk finds out.";

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
    #[command(after_help = RUN_HELP)]
    Run(Run),
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

#[derive(Args, Debug)]
struct Run {
    /// The host's folder
    dir: PathBuf,
    /// Where to serve; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8480")]
    listen: SocketAddr,
    /// The certificate's chain in PEM, the host's own first
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Something in front of the host does TLS: let plain HTTP leave this machine
    #[arg(long, conflicts_with = "tls_cert")]
    plain_elsewhere: bool,
    /// Where to serve metrics for Prometheus, without TLS
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,
    /// Go on without having heard the witnesses; the record says so. If this record is an old copy,
    /// the desks that saw a later one will catch this host
    #[arg(long)]
    alone: bool,
    /// A file with the passphrase in its first line; else it is asked for at the terminal
    #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
}

/// The file `host.json` in the host's folder.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    v: u32,
    space: String,
    log_key: PathBuf,
    /// It was begun here and never served: nobody can have seen more of the record than there is. Else the
    /// witnesses are asked before anything is signed. A backup of the record does not hold this.
    #[serde(default, skip_serializing_if = "is_false")]
    unserved: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
fn is_false(it: &bool) -> bool {
    !it
}

impl Settings {
    fn read(dir: &Path) -> Result<Settings, Failure> {
        finished(dir)?;
        let settings: Settings = json_file(&dir.join(SETTINGS_FILE), "a host's settings")?;
        if settings.v != 1 {
            let fault = format!("version {}: this release reads version 1", settings.v);
            return Err(format!("{}: {fault}", shown(&dir.join(SETTINGS_FILE))).into());
        }
        Ok(settings)
    }

    fn write(&self, dir: &Path) -> Result<(), Failure> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| error.to_string())?;
        bytes.push(b'\n');
        write_whole(&dir.join(SETTINGS_FILE), &bytes)
    }
}

/// Runs the command and returns the exit status.
pub(crate) fn run(host: &Host) -> Result<u8, Failure> {
    match &host.command {
        HostCommand::Init(init) => begin(init),
        HostCommand::Restore { dir, backup, log_key } => restore(dir, backup, log_key),
        HostCommand::TakeOver { dir, copy, statement, head, log_key, passphrase_file } => {
            let key = unlock(log_key, passphrase_file.as_deref(), "the new key of the heads")?;
            take_over(dir, copy, (statement, head), log_key, key)
        }
        HostCommand::Run(run) => serve(run),
        HostCommand::Status { url, ca, output } => status(url, ca.as_deref(), *output),
    }
}

fn begin(init: &Init) -> Result<u8, Failure> {
    let envelope = within(&init.founding, MAX_SIGNED_BYTES)?;
    let founding = |fault: String| Failure::from(format!("{}: {fault}", shown(&init.founding)));
    let statement = Statement::parse(&envelope).map_err(|error| {
        founding(format!("{error}: give what `deconflict space sign` wrote, signed by all"))
    })?;
    let space = statement.claimed_header().space.clone();
    all_signed(&statement).map_err(founding)?;
    finished(&init.dir)?;
    let key = unlock(&init.log_key, init.passphrase_file.as_deref(), "the key of the heads")?;
    let log_key =
        fs::canonicalize(&init.log_key).map_err(|error| cannot_read(&init.log_key, &error))?;
    make_private(&init.dir)
        .map_err(|error| format!("{}: cannot be made: {error}", shown(&init.dir)))?;
    let vkey = log_of(&space, &key)?;
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

/// Whether every party that the charter names has signed; the host finds out about the signatures.
fn all_signed(statement: &Statement) -> Result<(), String> {
    let say: Say = serde_json::from_str(statement.claimed_say())
        .map_err(|error| format!("cannot be read: {error}"))?;
    let Say::Found { charter } = say else {
        return Err("founds no space".to_owned());
    };
    let signers: Vec<_> = statement.envelope().claimed_signers().collect();
    let missing = charter.parties.iter().filter(|member| !signers.contains(&member.root.id()));
    let missing: Vec<&str> = missing.map(|member| member.id.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("is not signed yet by {}: `deconflict space sign`", missing.join(", ")))
}

fn restore(dir: &Path, backup: &Path, log_key: &Path) -> Result<u8, Failure> {
    finished(dir)?;
    let log_key = fs::canonicalize(log_key).map_err(|error| cannot_read(log_key, &error))?;
    let fail = |error: deconflict_store::StoreError| Failure::from(printable(&error.to_string()));
    let from = Store::open(backup).map_err(fail)?;
    let heads = from.spaces().map_err(fail)?;
    let [head] = &heads[..] else {
        let fault = format!("holds {} spaces, and a host keeps one", heads.len());
        return Err(format!("{}: {fault}", shown(backup)).into());
    };
    of_a_host(&from, &head.origin).map_err(|fault| format!("{}: {fault}", shown(backup)))?;
    make_private(dir).map_err(|error| format!("{}: cannot be made: {error}", shown(dir)))?;
    from.backup_to(&dir.join(STORE_FILE), |_| {}).map_err(fail)?;
    let space = head.origin.clone();
    Settings { v: 1, space: space.clone(), log_key, unserved: false }.write(dir)?;
    let dir = shown(dir);
    print(|out| writeln!(out, "{dir}: {}, {} entries", printable(&space), head.size))?;
    Ok(NONE)
}

/// That a store is a host's and no desk's.
fn of_a_host(store: &Store, space: &str) -> Result<(), String> {
    let fail = |error: deconflict_store::StoreError| printable(&error.to_string());
    match store.view(space).and_then(|view| view.mark("desk")).map_err(fail)? {
        None => Ok(()),
        Some(_) => {
            Err("is the backup of a desk, which holds what one party was given: give that of \
                        the host"
                .to_owned())
        }
    }
}

fn take_over(
    dir: &Path,
    copy: &Path,
    (statement, head): (&Path, &Path),
    log_key: &Path,
    key: SigningKey,
) -> Result<u8, Failure> {
    let (statement, head) = (within(statement, MAX_SIGNED_BYTES)?, within(head, MAX_SIGNED_BYTES)?);
    let log_key = fs::canonicalize(log_key).map_err(|error| cannot_read(log_key, &error))?;
    make_private(dir).map_err(|error| format!("{}: cannot be made: {error}", shown(dir)))?;
    let fail = |error: deconflict_store::StoreError| Failure::from(printable(&error.to_string()));
    let copy = Store::open(copy).map_err(fail)?;
    let store = Store::create(&dir.join(STORE_FILE)).map_err(fail)?;
    let moved = Move { statement: &statement, head: &head };
    let (entropy, now) = (system_entropy(), system_clock()());
    let taken = Space::take_over(&copy, store, moved, key, entropy, Timing::default(), now);
    let space = match taken {
        Ok(space) => space,
        Err(error) => {
            remove_store(dir);
            return Err(printable(&error.to_string()).into());
        }
    };
    let (origin, size) = (space.origin().to_owned(), space.published().tip().size);
    drop(space);
    Settings { v: 1, space: origin.clone(), log_key, unserved: false }.write(dir)?;
    let dir = shown(dir);
    print(|out| writeln!(out, "{dir}: {}, {size} entries", printable(&origin)))?;
    Ok(NONE)
}

/// That the making of a host in this folder, if any, came to its end: the settings are written last.
fn finished(dir: &Path) -> Result<(), Failure> {
    let store = dir.join(STORE_FILE);
    if !store.exists() || dir.join(SETTINGS_FILE).exists() {
        return Ok(());
    }
    Err(format!(
        "{}: it has {STORE_FILE} and no {SETTINGS_FILE}: the making of a host was not finished. If \
         this record was never served, delete the folder and make it anew; if it was, keep it, and \
         make a host of it in another folder with `deconflict host restore FOLDER {} --log-key FILE`",
        shown(dir),
        shown(&store)
    )
    .into())
}

/// Removes a store that came to nothing.
fn remove_store(dir: &Path) {
    for suffix in ["", "-wal", "-shm", "-lock"] {
        let _ = fs::remove_file(dir.join(format!("{STORE_FILE}{suffix}")));
    }
}

fn serve(run: &Run) -> Result<u8, Failure> {
    let mut settings = Settings::read(&run.dir)?;
    let config = Config {
        listen: run.listen,
        tls: tls(run)?,
        plain_elsewhere: run.plain_elsewhere,
        metrics: run.metrics,
        ..Config::default()
    };
    let key =
        unlock(&settings.log_key, run.passphrase_file.as_deref(), "the key of the record's heads")?;
    // Before anything is served, so that no signal is missed.
    let (stop, stopped) = channel();
    ctrlc::set_handler(move || {
        // A second signal while it stops is of no use.
        let _ = stop.send(());
    })
    .map_err(|error| format!("signals cannot be waited for: {error}"))?;
    let store = Store::open(&run.dir.join(STORE_FILE)).map_err(|error| error.to_string())?;
    let space = Space::open(store, &settings.space, key, system_entropy(), Timing::default());
    let mut space = space.map_err(|error| error.to_string())?;
    if settings.unserved {
        // Written first: a second start must ask whoever has read meanwhile.
        settings.unserved = false;
        settings.write(&run.dir)?;
        space.begin_serving();
    }
    if run.alone {
        space.go_on_alone(system_clock()()).map_err(|error| error.to_string())?;
    }
    let running = Running::start(space, &config, system_clock(), system_entropy())
        .map_err(|error| error.to_string())?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    announce(&format!(
        "ready: {scheme}://{} serves {}, {} entries",
        running.address(),
        printable(&settings.space),
        running.published().tip().size
    ))?;
    if let Some(address) = running.metrics_address() {
        announce(&format!("metrics: http://{address}/metrics"))?;
    }
    let mut known = Known::default();
    known.tell(running.published());
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(Duration::from_secs(1)) {
        known.tell(running.published());
    }
    announce("stopping: no more requests; what was taken in is written")?;
    let published = running.published().clone();
    running.stop();
    announce(&format!("stopped: {} entries", published.tip().size))?;
    Ok(NONE)
}

/// What whoever operates the host was told.
#[derive(Default)]
struct Known {
    closed: Option<String>,
    unwritable: bool,
}

impl Known {
    /// Says what changed.
    fn tell(&mut self, published: &Published) {
        let closed = published.closed().map(|closed| printable(&closed.to_string()));
        if closed != self.closed {
            match &closed {
                Some(why) => say(why),
                None => say("open: the witnesses were heard, and the host signs on"),
            }
            self.closed = closed;
        }
        let unwritable = !published.writable() && self.closed.is_none();
        if unwritable != self.unwritable {
            say(if unwritable {
                "THE RECORD CANNOT BE WRITTEN: see to the disk; what is there is still served"
            } else {
                "the record can be written again"
            });
            self.unwritable = unwritable;
        }
    }
}

/// A line on standard output, at once, whoever reads it.
fn announce(line: &str) -> Result<(), Failure> {
    print(|out| writeln!(out, "{line}"))
}

fn tls(run: &Run) -> Result<Option<Tls>, Failure> {
    let (Some(certificate), Some(key)) = (&run.tls_cert, &run.tls_key) else { return Ok(None) };
    let pem = |path: &Path| within(path, MAX_SIGNED_BYTES);
    Ok(Some(Tls { certificates_pem: pem(certificate)?, key_pem: pem(key)? }))
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
            writeln!(out, "release  {}", printable(&about.release))
        }),
    }?;
    Ok(NONE)
}

fn log_of(space: &str, key: &SigningKey) -> Result<Vkey, Failure> {
    Vkey::new(space, KeyUse::Log, key.verifying_key())
        .map_err(|error| Failure::from(error.to_string()))
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::from(format!("{}: cannot be read: {error}", shown(path)))
}
