//! Reading on: once, or until stopped.

use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use clap::Args;
use deconflict_desk::{DeskError, PartyEntry, SendReport, SyncReport};
use deconflict_words::{entry_line, printable};
use serde_json::json;

use crate::desk_client::{DeskArgs, DeskSession, entry_view};
use crate::logging::LogArgs;
use crate::options::{Answer, preferred_language, words};
use crate::outcome::{Failure, NONE, print, remark};
use crate::signals;

pub(super) const HELP: &str = "\
Example:
  deconflict desk run --desk desk --passphrase-file duty.passphrase

Prints each entry that the party is given, in words, and whatever people should look into. Other commands can
use the desk meanwhile. Ends at SIGTERM and SIGINT, and with status 3 when the host was caught.";

#[derive(Args, Debug)]
pub(super) struct Run {
    #[command(flatten)]
    desk: DeskArgs,
    /// Seconds between two readings
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    every: u64,
    /// The language of texts that are given in several, such as fr or de-CH; else that of LANG
    #[arg(long, value_name = "TAG")]
    lang: Option<String>,
    #[command(flatten)]
    logging: LogArgs,
}

/// Reads on once, and countersigns.
pub(super) fn once(desk: &DeskArgs, output: Answer) -> Result<u8, Failure> {
    let mut at = desk.open()?;
    let synced = at.sync(true)?;
    let synced = at.done(synced.map_err(DeskError::Line))?;
    let notices: Vec<String> =
        at.desk.notices().iter().map(|notice| words().notice(notice)).collect();
    match output {
        Answer::Json => {
            let logged: Vec<_> = synced
                .logged
                .iter()
                .map(|(statement, index)| json!({"statement": statement, "index": index}))
                .collect();
            let told = json!({
                "size": synced.size, "entries": synced.entries, "given": synced.given,
                "logged": logged, "cosigned": synced.cosigned, "notices": notices,
            });
            print(|out| writeln!(out, "{told:#}"))
        }
        Answer::Text => print(|out| {
            writeln!(out, "{}", in_words(&synced))?;
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

/// Reads on until stopped.
pub(super) fn run(run: &Run) -> Result<u8, Failure> {
    run.logging.begin();
    let mut at = run.desk.open()?;
    at.unlock()?;
    let stopped = signals::stop()?;
    let lang = preferred_language(run.lang.as_deref());
    announce(&format!(
        "reading {} for {} every {} s",
        printable(&at.desk.settings().space),
        at.party(),
        run.every
    ))?;
    let mut seen = Report { entries: at.desk.held(), ..Report::default() };
    loop {
        let step = match at.sync(true)? {
            Ok(synced) => at.send()?.map(|sent| (synced, sent)),
            Err(error) => Err(error),
        };
        match step {
            Ok((synced, sent)) => seen.tell(&at, &lang, &synced, &sent)?,
            Err(error) => seen.line_down(&printable(&error.to_string())),
        }
        let pause = Duration::from_secs(run.every);
        let (reopened, signal) = at.reopened(|| stopped.recv_timeout(pause))?;
        at = reopened;
        if signal != Err(RecvTimeoutError::Timeout) {
            announce("stopped")?;
            return Ok(NONE);
        }
        at.not_caught()?;
    }
}

/// What was told already.
#[derive(Default)]
struct Report {
    /// Entries that the party was given.
    entries: u64,
    notices: Vec<deconflict_proof::Notice>,
    overdue: Vec<String>,
    /// That the line is down, in words.
    down: Option<String>,
}

impl Report {
    fn tell(
        &mut self,
        at: &DeskSession,
        lang: &str,
        synced: &SyncReport,
        sent: &SendReport,
    ) -> Result<(), Failure> {
        if self.down.take().is_some() {
            remark("the line is back");
        }
        let reader = at.reader(lang);
        while self.entries < at.desk.held() {
            let held: Vec<PartyEntry> = at.done(at.desk.entries(self.entries))?;
            self.entries += held.len() as u64;
            let lines: Vec<String> =
                held.iter().map(|held| entry_line(&reader, &entry_view(held))).collect();
            print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))?;
        }
        if synced.cosigned && synced.entries > 0 {
            announce(&format!("countersigned the head of {} entries", synced.size))?;
        }
        for hash in &sent.too_late {
            remark(&format!("statement {hash} was not sent: its time is over"));
        }
        for notice in at.desk.notices() {
            if !self.notices.contains(notice) {
                remark(&format!("NOTICE: {}", printable(&words().notice(notice))));
                self.notices.push(notice.clone());
            }
        }
        for overdue in at.done(at.desk.overdue())? {
            if !self.overdue.contains(&overdue.evidence) {
                remark(&format!(
                    "PROMISE NOT KEPT: statement {} was promised until {} and this party was not \
                     given it: {}",
                    overdue.statement,
                    overdue.deadline,
                    at.dir().join(&overdue.evidence).display()
                ));
                self.overdue.push(overdue.evidence);
            }
        }
        Ok(())
    }

    fn line_down(&mut self, error: &str) {
        if self.down.as_deref() != Some(error) {
            remark(error);
            self.down = Some(error.to_owned());
        }
    }
}

/// A line on standard output, at once.
fn announce(line: &str) -> Result<(), Failure> {
    print(|out| writeln!(out, "{line}"))
}
