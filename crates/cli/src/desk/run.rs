//! Reading on: once, or until stopped.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::Args;
use deconflict_core::Time;
use deconflict_desk::{
    Agent, AgentConfig, AgentKeys, DeskAccess, DeskError, DeskView, Fate, HttpLine, LineState,
    SyncReport, host_time,
};
use deconflict_record::Hash;
use deconflict_words::{Reader, entry_line, printable};
use serde_json::json;

use super::{notify, page};
use crate::desk_client::{DeskArgs, clocks_apart, entry_view, failure, local_min, now};
use crate::logging::LogArgs;
use crate::options::{Answer, preferred_language, words};
use crate::outcome::{CAUGHT, Failure, NONE, print, remark};
use crate::signals;

pub(super) const HELP: &str = "\
Examples:
  deconflict desk run --desk desk --passphrase-file duty.passphrase
  deconflict desk run --desk desk --passphrase-file duty.passphrase --notify notify.json
  deconflict desk run --desk desk --passphrase-file duty.passphrase --line-test 06:00,18:00
  deconflict desk run --desk desk --page=127.0.0.1:4080

Reads on as the host tells of something new, prints each entry that the party is given, in words, and whatever
people should look into. Signs, with the operator's key, that each message which went to the party was delivered:
that is a machine's to say, and no answer. Other commands use the desk through it meanwhile. Ends at SIGTERM and SIGINT: with status
3 where the host was caught, after which it answers other commands with what it has, and reads on no more.";

#[derive(Args, Debug)]
pub(super) struct Run {
    #[command(flatten)]
    desk: DeskArgs,
    /// Seconds between two readings where the host's stream cannot be had
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    every: u64,
    /// The language of texts that are given in several, such as fr or de-CH; else that of LANG
    #[arg(long, value_name = "TAG")]
    lang: Option<String>,
    /// Tell people, where they are, that a message waits: by what these settings say (see docs/notify.md)
    #[arg(long, value_name = "FILE")]
    notify: Option<PathBuf>,
    /// Test the line to each other party at these times of the day, in UTC (comma-separated), such as 06:00,18:00
    #[arg(long, value_name = "HH:MM", value_delimiter = ',', value_parser = time_of_day)]
    line_test: Vec<u32>,
    /// Serve the party's page on this machine; --page=ADDRESS says where, else the system chooses a port
    #[arg(
        long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "127.0.0.1:0"
    )]
    page: Option<SocketAddr>,
    #[command(flatten)]
    logging: LogArgs,
}

/// Reads on once, and countersigns.
pub(super) fn once(desk: &DeskArgs, output: Answer) -> Result<u8, Failure> {
    let mut at = desk.open()?;
    let synced = at.sync(true)?;
    let synced = at.done(synced.map_err(DeskError::Line))?;
    let notices: Vec<String> =
        at.status().notices.iter().map(|notice| words().notice(notice)).collect();
    match output {
        Answer::Json => {
            let logged: Vec<_> = synced
                .logged
                .iter()
                .map(|(statement, index)| json!({"statement": statement, "index": index}))
                .collect();
            let told = json!({
                "size": synced.size, "entries": synced.entries, "given": synced.given,
                "logged": logged, "cosigned": synced.cosigned, "not_cosigned": synced.not_cosigned, "notices": notices,
            });
            print(|out| writeln!(out, "{told:#}"))
        }
        Answer::Text => print(|out| {
            writeln!(out, "{}", in_words(&synced))?;
            if let Some(why) = &synced.not_cosigned {
                writeln!(out, "NOT COUNTERSIGNED: {}", printable(why))?;
            }
            notices.iter().try_for_each(|notice| writeln!(out, "NOTICE: {}", printable(notice)))
        }),
    }?;
    Ok(NONE)
}

fn in_words(synced: &SyncReport) -> String {
    let cosigned = if synced.cosigned { "; the head was countersigned" } else { "" };
    format!(
        "The record has {} entries, {} of them new, {} given to this party{cosigned}.",
        synced.size, synced.entries, synced.given
    )
}

/// Seconds after midnight of `06:00`.
fn time_of_day(text: &str) -> Result<u32, String> {
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|_| digits)
    };
    let parts = text.split_once(':').and_then(|(h, min)| Some((number(h)?, number(min)?)));
    match parts {
        Some((h @ 0..24, min @ 0..60)) => Ok(h * 3_600 + min * 60),
        _ => Err("must be a time of the day in UTC, 00:00 to 23:59, such as 06:00".to_owned()),
    }
}

/// How often it is looked whether to end.
const LOOK: Duration = Duration::from_millis(50);

/// Reads on until stopped.
pub(super) fn run(run: &Run) -> Result<u8, Failure> {
    run.logging.begin();
    let notify = run.notify.as_deref().map(notify::settings).transpose()?;
    let at = run.desk.open()?;
    if at.access.is_agent() {
        return Err(format!(
            "{}: `deconflict desk run` reads for this desk already: end it first",
            crate::text::shown(at.dir())
        )
        .into());
    }
    let operator = Arc::new(at.operator()?);
    let keys = AgentKeys { operator: operator.clone(), witness: at.witness()? };
    let key_file = at.key_path().to_path_buf();
    let (url, ca) = (&at.settings.url, at.settings.ca.as_deref());
    let line = at.done(HttpLine::new(url, ca))?;
    let stopped = signals::stop()?;
    let dir = at.dir().to_path_buf();
    let settings = at.status().settings.clone();
    let DeskAccess::Opened(desk) = at.access else { return Ok(NONE) };
    let config = AgentConfig {
        every: Duration::from_secs(run.every),
        line_tests: run.line_test.iter().copied().collect(),
        ..AgentConfig::new(now)
    };
    let fail = |error: DeskError| failure(&dir, &error);
    let mut report = Report { entries: desk.held(), ..Report::default() };
    report.too_late.extend(desk.queued().filter(|q| is_too_late(&q.fate)).map(|q| q.statement));
    let mut agent = Agent::start(*desk, Box::new(line), keys, config).map_err(fail)?;
    if let Err(error) = agent.let_others_in(&dir) {
        remark(&printable(&format!("no other command can use this desk meanwhile: {error}")));
    }
    report.say(&format!(
        "reading {} for {} every {} s",
        printable(&settings.space),
        settings.party,
        run.every
    ));
    let notifier = notify.map(|config| notify::start(config, &agent, &dir, &settings.party));
    let mut notifier = notifier.transpose()?;
    let page = run.page.map(|at| page::serve(at, &agent, (&run.desk, operator, key_file)));
    let mut page = page.transpose()?;
    let lang = preferred_language(run.lang.as_deref());
    // Told to the agent, so that a signal also ends a wait for the thread that owns the desk.
    let end = agent.ender();
    thread::spawn(move || stopped.recv().map(|()| end()));
    let (mut number, mut view) = agent.latest().numbered();
    loop {
        let told = report.tell(&agent, &dir, &view, &lang);
        if !agent.is_to_end() {
            told?;
        }
        loop {
            if agent.is_to_end() {
                drop((notifier.take(), page.take()));
                agent.stop().map_err(fail)?;
                report.say("stopped");
                return Ok(if report.is_caught { CAUGHT } else { NONE });
            }
            if let Some(next) = agent.latest().wait_for_change(number, LOOK) {
                (number, view) = next;
                break;
            }
        }
    }
}

fn is_too_late(fate: &Fate) -> bool {
    matches!(fate, Fate::TooLate { .. })
}

/// What was told already.
#[derive(Default)]
struct Report {
    /// Entries that the party was given.
    entries: u64,
    notices: Vec<deconflict_proof::Notice>,
    overdue: Vec<String>,
    too_late: Vec<Hash>,
    countersigned: Option<u64>,
    /// That the line is down, in words.
    down: Option<String>,
    /// That the host is busy, in words.
    busy: Option<String>,
    store_fault: Option<String>,
    clock_ahead_s: Option<i64>,
    is_caught: bool,
    /// Why nothing can be printed.
    unprinted: Option<String>,
}

impl Report {
    fn tell(
        &mut self,
        agent: &Agent,
        dir: &Path,
        view: &DeskView,
        lang: &str,
    ) -> Result<(), Failure> {
        let status = &view.status;
        match &status.line {
            LineState::Up { .. } => {
                if self.down.take().is_some() {
                    remark("the line is back");
                }
                if self.busy.take().is_some() {
                    remark("the host is not busy any more");
                }
            }
            LineState::Busy { why, .. } => tell_once(&mut self.busy, &printable(why)),
            LineState::Down { why, .. } => tell_once(&mut self.down, &printable(why)),
            _ => {}
        }
        let at = Time::from(host_time(now(), status.clock_ahead_s));
        let reader =
            Reader::new(&view.ledger, &status.settings.party, lang, at).with_local_time(local_min);
        while self.entries < status.given {
            let entries = agent.entries(self.entries).map_err(|error| failure(dir, &error))?;
            // What came since is told with what the party may see by then.
            let most = usize::try_from(status.given - self.entries).unwrap_or(usize::MAX);
            let taken = &entries[..entries.len().min(most)];
            if taken.is_empty() {
                break;
            }
            self.entries += taken.len() as u64;
            let lines: Vec<String> =
                taken.iter().map(|entry| entry_line(&reader, &entry_view(entry))).collect();
            self.lines(&lines);
        }
        if let Some(size) =
            status.countersigned.filter(|_| self.countersigned != status.countersigned)
        {
            self.say(&format!("countersigned the head of {size} entries"));
            self.countersigned = status.countersigned;
        }
        for item in status.queue.iter().filter(|item| is_too_late(&item.fate)) {
            if !self.too_late.contains(&item.statement) {
                remark(&format!("statement {} was not sent: its time is over", item.statement));
                self.too_late.push(item.statement);
            }
        }
        for notice in status.notices.iter() {
            if !self.notices.contains(notice) {
                remark(&format!("NOTICE: {}", printable(&words().notice(notice))));
                self.notices.push(notice.clone());
            }
        }
        for overdue in &status.overdue {
            if !self.overdue.contains(&overdue.evidence) {
                remark(&format!(
                    "PROMISE NOT KEPT: statement {} was promised until {} and this party was not \
                     given it: {}",
                    overdue.statement,
                    overdue.deadline,
                    dir.join(&overdue.evidence).display()
                ));
                self.overdue.push(overdue.evidence.clone());
            }
        }
        self.gravest(dir, view);
        Ok(())
    }

    /// A line on standard output, at once.
    fn say(&mut self, line: &str) {
        self.lines(&[line.to_owned()]);
    }

    /// Lines on standard output. Where they cannot be written, as to a file on a disk that is full, the desk reads
    /// and files on: that matters more than what is printed of it.
    fn lines(&mut self, lines: &[String]) {
        match print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}"))) {
            Ok(()) => self.unprinted = None,
            Err(failure) => {
                let why = failure.lines.join("; ");
                tell_once(
                    &mut self.unprinted,
                    &format!(
                        "{why}: reading goes on, and `deconflict log` has what is not printed"
                    ),
                );
            }
        }
    }

    /// That nothing can be written, or that the host was caught.
    fn gravest(&mut self, dir: &Path, view: &DeskView) {
        if self.store_fault != view.status.store_fault {
            match &view.status.store_fault {
                Some(fault) => remark(&printable(fault)),
                None => remark("the desk's store can be written again"),
            }
            self.store_fault.clone_from(&view.status.store_fault);
        }
        if self.clock_ahead_s != view.status.clock_ahead_s {
            match view.status.clock_ahead_s {
                Some(ahead_s) => remark(&clocks_apart(ahead_s)),
                None => remark("this desk's clock and the host's agree again"),
            }
            self.clock_ahead_s = view.status.clock_ahead_s;
        }
        if let Some(caught) = view.status.caught.as_ref().filter(|_| !self.is_caught) {
            let caught = failure(dir, &DeskError::Caught(Box::new(caught.clone())));
            caught.lines.iter().for_each(|line| remark(line));
            self.is_caught = true;
        }
    }
}

fn tell_once(told: &mut Option<String>, what: &str) {
    if told.as_deref() != Some(what) {
        remark(what);
        *told = Some(what.to_owned());
    }
}
