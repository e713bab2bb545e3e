//! `deconflict host run`: serving, and what whoever operates the host is told meanwhile.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use clap::Args;
use deconflict_host::{
    ClockDoubt, Closure, Config, HostFailure, PostFault, PublishedState, Server as Running, Space,
    SpaceError, Timing, Tls, system_clock, system_entropy,
};
use deconflict_record::SigningKey;
use deconflict_store::Store;
use deconflict_words::printable;
use serde_json::{Value, json};

use super::clock;
use super::folder::{STORE_FILE, Settings};
use super::restore::signs;
use crate::input::{MAX_SIGNED_BYTES, within};
use crate::logging::LogArgs;
use crate::options::Answer;
use crate::outcome::{Failure, NONE, print, remark};
use crate::passphrase::unlock;
use crate::signals;

/// The most bytes of a file of authorities: those of a whole machine have less than half a megabyte.
const MAX_PEM_BYTES: u64 = 4 * 1024 * 1024;

pub(super) const HELP: &str = "\
Examples:
  deconflict host run host --listen 127.0.0.1:8480
      for this machine alone, or behind a proxy that does TLS
  deconflict host run host --listen 0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem \\
      --metrics 127.0.0.1:9480

Started again, it signs nothing before it has heard from its witnesses that it lost nothing they saw; their
desks answer when they read on, and give back what it lost. It says how many were heard, how many must be, who
is missing, and what can be done.

One line says when it serves, and where. SIGTERM and SIGINT end it tidily: what was taken in is written and
a last head signed. It keeps no passphrase: a service manager hands one over by --passphrase-file.

What is filed meanwhile is kept and taken in by itself. A host whose clock jumped by more than an hour erases and ends
nothing before `deconflict host clock-is-right` says that it is right.

With --output json each line on standard output is an object whose `event` is ready, metrics, waiting, open,
split, clock-in-doubt, clock-believed, witness-silent, witness-countersigns, unwritable, unreadable, writable, stopping or stopped.";

#[derive(Args, Debug)]
pub(super) struct Run {
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
    /// A host name by which desks reach this host, besides those of its certificate: needed where something in
    /// front of it does TLS (may be repeated)
    #[arg(long, value_name = "HOST")]
    name: Vec<String>,
    /// Something in front of the host does TLS: let plain HTTP leave this machine
    #[arg(long, conflicts_with = "tls_cert")]
    plain_elsewhere: bool,
    /// The address of a proxy in front of the host, which says in X-Forwarded-For for whom it asks: connections
    /// without a session are then counted by those addresses. May be given several times
    #[arg(long, value_name = "ADDRESS")]
    proxy: Vec<IpAddr>,
    /// Where to serve metrics for Prometheus, and /health with the causes of failures, without TLS
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,
    /// The authorities that vouch for the certificates of witnesses to which heads are posted, in PEM, if not the
    /// machine's own
    #[arg(long, value_name = "FILE")]
    witness_ca: Option<PathBuf>,
    /// Go on without having heard the witnesses; the record says so. If this record is an old copy,
    /// the desks that saw a later one will catch this host
    #[arg(long)]
    alone: bool,
    /// A file with the passphrase in its first line; else it is asked for at the terminal
    #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
    /// How to print what happens
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
    #[command(flatten)]
    logging: LogArgs,
}

/// As many open files as the system lets this process ask for: a host admits fewer connections than it may have
/// files.
#[cfg(unix)]
fn ask_for_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Where it is not granted, fewer connections are admitted.
    let _ =
        setrlimit(Resource::Nofile, rustix::process::Rlimit { current: limit.maximum, ..limit });
}

/// No more huge pages: while the kernel clears one, whoever waits for the writer waits for it too.
#[cfg(target_os = "linux")]
fn no_huge_pages() {
    // Where it is not granted, some answers come later.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Serves until it is asked to stop.
pub(super) fn serve(run: &Run) -> Result<u8, Failure> {
    run.logging.begin();
    #[cfg(unix)]
    ask_for_open_files();
    let mut settings = Settings::read(&run.dir)?;
    let config = Config {
        listen: run.listen,
        tls: tls(run)?,
        names: run.name.clone(),
        plain_elsewhere: run.plain_elsewhere,
        proxies: run.proxy.clone(),
        metrics: run.metrics,
        witness_authorities_pem: run.witness_ca.as_deref().map(authorities).transpose()?,
        ..Config::default()
    };
    let key =
        unlock(&settings.log_key, run.passphrase_file.as_deref(), "the key of the record's heads")?;
    // Before anything is served, so that no signal is missed.
    let stopped = signals::stop()?;
    let mut space = open(&run.dir, &settings, key)?;
    // A state is read faster into huge pages, so they end here.
    #[cfg(target_os = "linux")]
    no_huge_pages();
    let first = settings.unserved;
    if first {
        // Written first: a second start must ask whoever has read meanwhile.
        settings.unserved = false;
        settings.write(&run.dir)?;
        space.begin_serving();
    }
    if run.alone {
        let now = system_clock()();
        // Before anything is dated by it.
        space.keep_time(now, config.stopwatch.read());
        space.go_on_alone(now).map_err(|error| error.to_string())?;
    }
    let mut operator = Operator::new(run.output);
    let running = match Running::start(space, &config, system_clock(), system_entropy()) {
        Ok(running) => running,
        Err(error) => {
            // It served nobody: the next start is still the first.
            settings.unserved = first;
            settings.write(&run.dir)?;
            return Err(error.to_string().into());
        }
    };
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let (url, entries) =
        (format!("{scheme}://{}", running.address()), running.published().tip().size);
    operator.tell(
        &format!("ready: {url} serves {}, {entries} entries", printable(&settings.space)),
        &json!({"event": "ready", "url": url, "space": settings.space, "entries": entries}),
    )?;
    if let Some(address) = running.metrics_address() {
        let url = format!("http://{address}/metrics");
        operator.tell(&format!("metrics: {url}"), &json!({"event": "metrics", "url": url}))?;
    }
    operator.look(running.published())?;
    let mut word = clock::Word::default();
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(Duration::from_secs(1)) {
        word.look(&run.dir, system_clock()(), || running.clock_is_right().is_ok());
        operator.look(running.published())?;
    }
    operator.tell(
        "stopping: no more requests; what was taken in is written",
        &json!({"event": "stopping"}),
    )?;
    let published = running.published().clone();
    running.stop();
    let entries = published.tip().size;
    operator.tell(
        &format!("stopped: {entries} entries"),
        &json!({"event": "stopped", "entries": entries}),
    )?;
    Ok(NONE)
}

/// The record in a host's folder.
fn open(dir: &Path, settings: &Settings, key: SigningKey) -> Result<Space, Failure> {
    let path = dir.join(STORE_FILE);
    let store = || Store::open(&path).map_err(|error| printable(&error.to_string()));
    let public = key.verifying_key();
    match Space::open(store()?, &settings.space, key, system_entropy(), Timing::default()) {
        Err(error @ SpaceError::OtherKey) => {
            signs(&store()?, &settings.space, &public, &settings.log_key)?;
            Err(error.to_string().into())
        }
        opened => opened.map_err(|error| printable(&error.to_string()).into()),
    }
}

/// Whoever operates the host, and what was said to them.
struct Operator {
    output: Answer,
    closed: Option<Value>,
    /// Why the record cannot be written, as it was said; `None` while it can.
    unwritable: Option<String>,
    /// Why something could last not be read, as it was said.
    unreadable: Option<String>,
    /// Why the clock is not believed, as it was said; `None` while it is.
    clock_doubt: Option<ClockDoubt>,
    /// The witnesses that do not countersign, and why, as it was said.
    silent: BTreeMap<String, PostFault>,
}

impl Operator {
    fn new(output: Answer) -> Operator {
        Operator {
            output,
            closed: None,
            unwritable: None,
            unreadable: None,
            clock_doubt: None,
            silent: BTreeMap::new(),
        }
    }

    /// A line on standard output, at once, whoever reads it.
    fn tell(&self, text: &str, event: &Value) -> Result<(), Failure> {
        match self.output {
            Answer::Text => print(|out| writeln!(out, "{text}")),
            Answer::Json => print(|out| writeln!(out, "{event}")),
        }
    }

    /// What needs somebody: in words on standard error.
    fn warn(&self, text: &str, event: &Value) -> Result<(), Failure> {
        match self.output {
            Answer::Text => remark(text),
            Answer::Json => self.tell(text, event)?,
        }
        Ok(())
    }

    /// Says what changed.
    fn look(&mut self, published: &PublishedState) -> Result<(), Failure> {
        let closed = published.closed().map(|closed| self.waiting(&closed));
        let event = closed.as_ref().map(|(_, event)| event.clone());
        if event != self.closed {
            match &closed {
                Some((text, event)) => self.warn(text, event)?,
                None => self.warn(
                    "open: the witnesses were heard, and the host signs on",
                    &json!({"event": "open"}),
                )?,
            }
            self.closed = event;
        }
        self.look_at_clock(published)?;
        self.look_at_witnesses(published)?;
        self.look_at_failures(published)
    }

    /// Says which witnesses that heads are posted to do not countersign, and why, once for each cause.
    fn look_at_witnesses(&mut self, published: &PublishedState) -> Result<(), Failure> {
        let reports = published.witness_reports();
        for (name, report) in &reports {
            let (shown, silent) = (printable(name), report.silent());
            match silent {
                Some(failing) if self.silent.get(name) != Some(&failing.fault) => {
                    let why = failing.fault.to_string();
                    self.warn(
                        &format!(
                            "THE WITNESS {shown} DOES NOT COUNTERSIGN, at {}: {}. Statements are taken in all the same; \
                             it is asked again by itself",
                            printable(&report.url),
                            printable(&why)
                        ),
                        &json!({
                            "event": "witness-silent",
                            "witness": name,
                            "url": report.url,
                            "since": failing.since.to_string(),
                            "text": why,
                        }),
                    )?;
                    self.silent.insert(name.clone(), failing.fault.clone());
                }
                None if self.silent.contains_key(name) && report.failing.is_none() => {
                    self.warn(
                        &format!("the witness {shown} countersigns again"),
                        &json!({"event": "witness-countersigns", "witness": name}),
                    )?;
                    self.silent.remove(name);
                }
                _ => {}
            }
        }
        self.silent.retain(|name, _| reports.contains_key(name));
        Ok(())
    }

    /// Says that the clock is in doubt, and why, or is believed again.
    fn look_at_clock(&mut self, published: &PublishedState) -> Result<(), Failure> {
        let doubt = published.clock_doubt();
        if doubt == self.clock_doubt {
            return Ok(());
        }
        match doubt {
            Some(doubt) => self.warn(
                &format!("THE CLOCK IS IN DOUBT: {doubt}"),
                &json!({
                    "event": "clock-in-doubt",
                    "ahead_ms": doubt.ahead_ms,
                    "text": doubt.to_string(),
                }),
            )?,
            None => self.warn(
                "the clock is believed: what is over is erased and ended by it",
                &json!({"event": "clock-believed"}),
            )?,
        }
        self.clock_doubt = doubt;
        Ok(())
    }

    /// Says what cannot be written or read, and why, once for each cause.
    fn look_at_failures(&mut self, published: &PublishedState) -> Result<(), Failure> {
        let unwritable = !published.writable() && self.closed.is_none();
        let failure = published.last_unwritable().filter(|_| unwritable);
        let why = failure.as_ref().map(|failure| failure.cause.to_string());
        if why != self.unwritable {
            match &failure {
                Some(failure) => self.warn(
                    &format!(
                        "THE RECORD CANNOT BE WRITTEN: {}. What is there is still served",
                        printable(&failure.cause.to_string())
                    ),
                    &failed("unwritable", failure),
                )?,
                None if unwritable => {}
                None => {
                    self.warn("the record can be written again", &json!({"event": "writable"}))?;
                }
            }
            self.unwritable = why;
        }
        let failure = published.last_unreadable();
        let why = failure.as_ref().map(|failure| failure.cause.to_string());
        if why != self.unreadable
            && let Some(failure) = &failure
        {
            self.warn(
                &format!("SOMETHING CANNOT BE READ: {}", printable(&failure.cause.to_string())),
                &failed("unreadable", failure),
            )?;
            self.unreadable = why;
        }
        Ok(())
    }

    /// What is waited for: in words, and as an event.
    fn waiting(&self, closed: &Closure) -> (String, Value) {
        if let Some(split) = &closed.split {
            let text = printable(&closed.to_string());
            return (text, json!({"event": "split", "why": split}));
        }
        let not_heard = printable(&closed.silent_parties());
        let lost = closed.last_head.filter(|head| head.size > closed.recovery.size);
        let short = closed.heard.len() < closed.needed;
        let text = match lost {
            Some(_) if short => {
                format!("{}. Not heard: {}", printable(&closed.to_string()), not_heard)
            }
            Some(_) => printable(&closed.to_string()),
            None => format!(
                "waiting: nothing is signed or taken in before witnesses have said how far they saw the \
                 record; what is filed meanwhile is kept. Heard: {} of {} that are needed. Not heard: {}. Their \
                 desks say it when they read on (`deconflict desk run` or `desk sync`). {ALONE}",
                closed.heard.len(),
                closed.needed,
                not_heard
            ),
        };
        let contact = |party: &String| closed.contacts.get(party);
        let silent: Vec<Value> = closed
            .waits
            .silent
            .iter()
            .map(|one| {
                let contact = contact(&one.party);
                json!({"witness": one.witness, "party": one.party, "contact": contact})
            })
            .collect();
        let event = json!({
            "event": "waiting",
            "heard": closed.heard,
            "needed": closed.needed,
            "silent": silent,
            "entries": closed.recovery.size,
            "signed": lost.map(|head| head.size),
            "missing": closed.missing,
            "alone": lost.is_none(),
            "text": text,
        });
        (text, event)
    }
}

/// A failure, as an event.
fn failed(event: &str, failure: &HostFailure) -> Value {
    json!({
        "event": event,
        "at": failure.at.to_string(),
        "cause": failure.cause.word(),
        "text": failure.cause.to_string(),
    })
}

/// What is left to an operator whose witnesses cannot be heard.
const ALONE: &str = "If they cannot: stop this host and run it with --alone. The record then says so, and \
                     if it is an old copy, the desks that saw a later one will catch this host";

/// The authorities in a PEM file.
fn authorities(path: &Path) -> Result<Vec<u8>, Failure> {
    within(path, MAX_PEM_BYTES)
}

fn tls(run: &Run) -> Result<Option<Tls>, Failure> {
    let (Some(certificate), Some(key)) = (&run.tls_cert, &run.tls_key) else { return Ok(None) };
    let pem = |path: &Path| within(path, MAX_SIGNED_BYTES);
    Ok(Some(Tls { certificates_pem: pem(certificate)?, key_pem: pem(key)? }))
}
