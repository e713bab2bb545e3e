//! People who are told, where they are, that a message waits.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use deconflict_core::{PartyId, Time};
use deconflict_desk::{Agent, DeskView, Latest, LineState, host_time};
use deconflict_notify::{
    Attempt, AttemptOutcome, DeskReach, FirstLook, NoticeJournal, Notifier, NotifyConfig,
    WaitingMessage, WaitingSource, try_paths, waiting_for, waits_otherwise_at,
};
use deconflict_words::printable;
use serde_json::json;

use crate::desk_client::now;
use crate::options::Answer;
use crate::outcome::{CONFLICTS, Failure, NONE, print, print_json, remark};

pub(super) const TEST_HELP: &str = "\
Example:
  deconflict desk notify-test --notify notify.json

Says on each path that it is a test, and nothing else. It uses no desk and no line, and keeps nothing.

Exit status: 0 each path took it, 1 one of them did not, 2 the settings are none.";

/// Tries the paths.
#[derive(Args, Debug)]
pub(super) struct NotifyTest {
    /// The settings (see docs/notify.md)
    #[arg(long, value_name = "FILE")]
    notify: PathBuf,
    /// How to print what came of it
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

/// Reads the settings; all that is wrong in them is said at once.
pub(super) fn settings(file: &Path) -> Result<NotifyConfig, Failure> {
    NotifyConfig::read(file).map_err(|error| {
        Failure::from(error.faults.iter().map(|fault| printable(fault)).collect::<Vec<_>>())
    })
}

/// This instant, by this machine's clock.
fn instant() -> Time {
    Time::from(now())
}

/// Begins to tell what an agent shows.
pub(super) fn start(
    config: NotifyConfig,
    agent: &Agent,
    desk: &Path,
    party: &PartyId,
) -> Result<Notifier, Failure> {
    let journal = NoticeJournal::open(desk, instant())
        .map_err(|error| Failure::from(printable(&error.to_string())))?;
    if journal.unread() > 0 {
        remark(&format!(
            "{} lines of what was told already cannot be read: some of it may be told again",
            journal.unread()
        ));
    }
    let source = WaitingAtDesk {
        latest: agent.shared_latest(),
        seen: 0,
        unsaid: None,
        first: FirstLook::begin(Instant::now()),
        otherwise: None,
        party: party.clone(),
    };
    // Whatever falls due does so by the host's time.
    let latest = agent.shared_latest();
    let clock = move || Time::from(host_time(now(), latest.get().status.clock_ahead_s));
    Notifier::start(config, journal, source, clock, Box::new(tell))
        .map_err(|error| format!("the system gives no thread to tell people with: {error}").into())
}

/// What an agent shows, as far as it waits for its party.
struct WaitingAtDesk {
    latest: Arc<Latest<DeskView>>,
    /// The number of the view that was seen last.
    seen: u64,
    /// That view, while it was not said what waits in it.
    unsaid: Option<Arc<DeskView>>,
    first: FirstLook,
    /// When something else waits, of the view that was said last, though nothing new is said.
    otherwise: Option<Time>,
    party: PartyId,
}

impl WaitingSource for WaitingAtDesk {
    fn changed(&mut self, patience: Duration, now: Time) -> Option<Vec<WaitingMessage>> {
        if let Some((number, view)) = self.latest.wait_for_change(self.seen, patience) {
            (self.seen, self.unsaid) = (number, Some(view));
        } else if self.unsaid.is_none() && self.otherwise.is_some_and(|at| at <= now) {
            self.unsaid = Some(self.latest.get());
        }
        let reach = match self.unsaid.as_ref()?.status.line {
            LineState::Up { .. } => DeskReach::UpToDate,
            LineState::Unused => DeskReach::ReadingOn,
            LineState::Busy { .. } | LineState::Down { .. } => DeskReach::WithoutLine,
        };
        let view = self.unsaid.take_if(|_| self.first.is_over(reach, Instant::now()))?;
        self.otherwise = waits_otherwise_at(&view.ledger, now);
        Some(waiting_for(&view.ledger, &self.party, now))
    }
}

/// Says what came of an attempt, and that it could not be kept.
fn tell(attempt: &Attempt, fault: Option<&str>) {
    if let Some(fault) = fault {
        remark(&printable(fault));
    }
    match &attempt.outcome {
        Some(AttemptOutcome::Failed { why }) => remark(&format!(
            "NOT TOLD by {}, try {}: {}",
            attempt.path,
            attempt.nth,
            printable(why)
        )),
        Some(AttemptOutcome::Taken { .. }) => {
            let messages = attempt.occasions.len();
            // Where it cannot be printed the attempt is kept all the same.
            let _ = print(|out| {
                writeln!(out, "told by {}, try {}: {messages} waiting", attempt.path, attempt.nth)
            });
        }
        None => {}
    }
}

/// Tries each path.
pub(super) fn test(test: &NotifyTest) -> Result<u8, Failure> {
    let trials = try_paths(&settings(&test.notify)?, instant());
    let took = |outcome: &AttemptOutcome| matches!(outcome, AttemptOutcome::Taken { .. });
    match test.output {
        Answer::Json => {
            let all: Vec<_> = trials
                .iter()
                .map(|trial| json!({"path": trial.path, "outcome": trial.outcome}))
                .collect();
            print_json(&json!({"paths": all}))
        }
        Answer::Text => print(|out| {
            trials.iter().try_for_each(|trial| match &trial.outcome {
                AttemptOutcome::Taken { said } => {
                    writeln!(out, "{}: taken: {}", trial.path, printable(said))
                }
                AttemptOutcome::Failed { why } => {
                    writeln!(out, "{}: NOT TAKEN: {}", trial.path, printable(why))
                }
            })
        }),
    }?;
    Ok(if trials.iter().all(|trial| took(&trial.outcome)) { NONE } else { CONFLICTS })
}
