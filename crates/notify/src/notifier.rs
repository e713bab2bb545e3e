//! The thread that follows what waits and has it told.
//!
//! It never does what may take long itself: each attempt has a thread of its own, one at a time for each path, so that
//! one that hangs holds up neither the other paths nor whoever shows what waits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use deconflict_core::{MessageId, Time};

use crate::accounts::{Accounts, Teller};
use crate::config::NotifyConfig;
use crate::history::{Attempt, AttemptOutcome};
use crate::journal::NoticeJournal;
use crate::notice::NoticeText;
use crate::plan::{DueNotice, plan};
use crate::waiting::WaitingMessage;

/// How long it waits for a change of what waits before it looks whether an attempt has ended.
const LOOK: Duration = Duration::from_millis(100);
/// How much longer than its own time an attempt may take before it is given up: each step of a mail has that time.
const GRACE: Duration = Duration::from_secs(5);
/// How many attempts of one path may be given up and go on nevertheless. Then it is tried no more until one has ended.
const MOST_GIVEN_UP: usize = 3;
/// How long after a path could not be used it is looked at again, seconds.
const LOOK_AGAIN_S: i64 = 5;
/// How long what is under way is waited for when the desk ends.
const LAST_WORD: Duration = Duration::from_secs(2);
/// How often what is too old to matter is taken out of what is kept.
const PRUNED_EACH: Duration = Duration::from_secs(86_400);
/// How long what was said of attempts is waited for after that.
const LAST_ACCOUNTS: Duration = Duration::from_millis(500);

/// Where what waits is seen.
pub trait WaitingSource: Send {
    /// What waits, if that was not said already: now, or as soon as it changes within this time. The first time what
    /// waits is said at once.
    fn changed(&mut self, patience: Duration, now: Time) -> Option<Vec<WaitingMessage>>;
}

/// Tells of what waits as long as it is there.
pub struct Notifier {
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    accounts: Option<JoinHandle<()>>,
}

impl Notifier {
    /// Begins to tell, by this clock, what this source shows. `tell` is given each attempt that has ended; beside it,
    /// that it could not be kept. It has a thread of its own: where it stands still, people are told all the same.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        config: NotifyConfig,
        journal: NoticeJournal,
        source: impl WaitingSource + 'static,
        clock: impl Fn() -> Time + Send + 'static,
        tell: Teller,
    ) -> io::Result<Notifier> {
        let ending = Arc::new(AtomicBool::new(false));
        let (accounts, accounts_thread) = Accounts::begin(tell)?;
        let mut at_work = AtWork {
            config,
            journal,
            clock: Box::new(clock),
            accounts,
            ending: ending.clone(),
            running: BTreeMap::new(),
            given_up: BTreeMap::new(),
        };
        let thread = thread::Builder::new()
            .name("notify".into())
            .spawn(move || at_work.follow(Box::new(source)))?;
        Ok(Notifier { ending, thread: Some(thread), accounts: Some(accounts_thread) })
    }

    /// Ends it: what is under way is waited for a moment, and programs that run are killed.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let Some(accounts) = self.accounts.take() else { return };
        let until = Instant::now() + LAST_ACCOUNTS;
        while !accounts.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
        }
        // One that stands still is left behind: the desk ends nevertheless.
        if accounts.is_finished() {
            let _ = accounts.join();
        }
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier").finish_non_exhaustive()
    }
}

/// An attempt under way.
struct Running {
    attempt: Attempt,
    until: Instant,
    done: Receiver<AttemptOutcome>,
    thread: JoinHandle<()>,
}

struct AtWork {
    config: NotifyConfig,
    journal: NoticeJournal,
    clock: Box<dyn Fn() -> Time + Send>,
    /// What it says of its attempts. It never prints itself: a terminal that stands still would hold it up.
    accounts: Accounts,
    ending: Arc<AtomicBool>,
    /// By path: one at a time.
    running: BTreeMap<usize, Running>,
    /// Threads of attempts that were given up, by path.
    given_up: BTreeMap<usize, Vec<JoinHandle<()>>>,
}

impl AtWork {
    fn follow(&mut self, mut source: Box<dyn WaitingSource>) {
        let mut waiting: Vec<WaitingMessage> = Vec::new();
        let (mut next, mut planned) = (None, None);
        let mut pruned = Instant::now();
        while !self.ending.load(Ordering::Relaxed) {
            let changed = source.changed(LOOK, (self.clock)());
            let is_new = changed.is_some();
            waiting = changed.unwrap_or(waiting);
            let has_ended = self.collect();
            if pruned.elapsed() >= PRUNED_EACH {
                pruned = Instant::now();
                let all: BTreeSet<MessageId> = waiting.iter().map(|one| one.message).collect();
                let waits = |of: &MessageId| all.contains(of);
                // Where that fails it is as large as it was, and tried again a day later.
                let _ = self.journal.prune((self.clock)(), &waits);
            }
            let now = (self.clock)();
            let is_time = next.is_some_and(|next| next <= now);
            let is_back = planned.is_some_and(|planned| now < planned);
            if is_new || has_ended || is_time || is_back {
                next = self.begin_what_is_due(&waiting, now);
                planned = Some(now);
            }
        }
        let until = Instant::now() + LAST_WORD;
        while !self.running.is_empty() && Instant::now() < until {
            self.collect();
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Begins what is due by paths that are free; when the next is.
    fn begin_what_is_due(&mut self, waiting: &[WaitingMessage], now: Time) -> Option<Time> {
        let plan = plan(&self.config.rules, waiting, self.journal.history(), now);
        let mut next = plan.next;
        for due in plan.due {
            let is_stuck =
                self.given_up.get(&due.path).is_some_and(|all| all.len() >= MOST_GIVEN_UP);
            if !self.running.contains_key(&due.path) && !is_stuck {
                self.begin(&due, now);
            }
            if !self.running.contains_key(&due.path) {
                // Nothing of it will end: it is looked at again by itself.
                let again = now.after_seconds(LOOK_AGAIN_S);
                next = Some(next.map_or(again, |next| next.min(again)));
            }
        }
        next
    }

    fn begin(&mut self, due: &DueNotice, now: Time) {
        let Some(by) = self.config.carriers.get(due.path) else { return };
        let path = &self.config.rules.paths[due.path].name;
        let text = self.config.wording.of(due, path, now);
        let mut attempt = Attempt {
            number: 0,
            notice: text.notice.clone(),
            path: path.clone(),
            carrier: by.carrier.kind(),
            traffic: due.traffic,
            precedence: due.precedence,
            is_incident: due.is_incident,
            occasions: due.occasions.clone(),
            senders: due.senders.clone(),
            nth: due.nth,
            begun: now,
            ended: None,
            outcome: None,
        };
        // Where it cannot be kept it is told all the same: twice is better than never.
        let kept = self.journal.begin(&mut attempt);
        if let Err(error) = kept {
            self.accounts.say(&attempt, Some(error.to_string()));
        }
        let (told, done) = channel();
        let (carrier, ending) = (by.carrier.clone(), self.ending.clone());
        let begun = thread::Builder::new().name("notify-path".into()).spawn(move || {
            // Nobody waits for it any more where it was given up.
            let _ = told.send(carrier.send(&text, &ending));
        });
        match begun {
            Ok(thread) => {
                let until = Instant::now() + by.timeout + GRACE;
                self.running.insert(due.path, Running { attempt, until, done, thread });
            }
            Err(error) => {
                let why = format!("the system gives no thread: {error}");
                self.end(attempt, AttemptOutcome::Failed { why });
            }
        }
    }

    /// Takes in what has ended or takes too long; whether anything has.
    fn collect(&mut self) -> bool {
        for threads in self.given_up.values_mut() {
            threads.retain(|thread| !thread.is_finished());
        }
        let mut ended = Vec::new();
        for (path, running) in &self.running {
            let failed = |why: &str| AttemptOutcome::Failed { why: why.into() };
            let (outcome, goes_on) = match running.done.try_recv() {
                Ok(outcome) => (outcome, false),
                Err(TryRecvError::Empty) if Instant::now() < running.until => continue,
                Err(TryRecvError::Empty) => (failed("it took too long, and was given up"), true),
                Err(TryRecvError::Disconnected) => {
                    (failed("it ended by a fault of this program"), false)
                }
            };
            ended.push((*path, outcome, goes_on));
        }
        let any = !ended.is_empty();
        for (path, outcome, goes_on) in ended {
            if let Some(Running { attempt, thread, .. }) = self.running.remove(&path) {
                if goes_on {
                    self.given_up.entry(path).or_default().push(thread);
                }
                self.end(attempt, outcome);
            }
        }
        any
    }

    fn end(&mut self, mut attempt: Attempt, outcome: AttemptOutcome) {
        (attempt.ended, attempt.outcome) = (Some((self.clock)()), Some(outcome));
        let kept = self.journal.end(&attempt);
        let fault = kept.err().map(|error| error.to_string());
        self.accounts.say(&attempt, fault);
    }
}

/// What came of a test of one path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathTrial {
    /// The path, as the settings name it.
    pub path: String,
    /// What came of it.
    pub outcome: AttemptOutcome,
}

/// Sends a notice by each path that says that it is a test, all at once, and waits for what comes of it. Nothing of it is
/// kept.
pub fn try_paths(config: &NotifyConfig, now: Time) -> Vec<PathTrial> {
    let ending = AtomicBool::new(false);
    thread::scope(|scope| {
        let of_each = config.rules.paths.iter().zip(&config.carriers).map(|(path, by)| {
            let text: NoticeText = config.wording.test(&path.name, now);
            let ending = &ending;
            (path, scope.spawn(move || by.carrier.send(&text, ending)))
        });
        let begun: Vec<_> = of_each.collect();
        let ended = begun.into_iter().map(|(path, thread)| PathTrial {
            path: path.name.clone(),
            outcome: thread.join().unwrap_or_else(|_| AttemptOutcome::Failed {
                why: "it ended by a fault of this program".into(),
            }),
        });
        ended.collect()
    })
}
