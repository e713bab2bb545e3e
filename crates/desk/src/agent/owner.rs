//! The thread that owns the desk: it takes jobs one after another, and shows what came of them.

mod turns;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use deconflict_api::{FilingAnswer, LocalRequest};
use deconflict_record::{Hash, SignedCheckpoint, UtcSecond};

use super::answer::{LocalAnswer, answer};
use super::courier::Courier;
use super::latest::Latest;
use super::line_tests::LineTests;
use super::receipts::Deliveries;
use super::recent::Recent;
use super::view::{DeskStatus, DeskView, LineState};
use super::watch::{Ending, Mail, Mailbox, Watch};
use super::{AgentConfig, AgentKeys, HostReach, thread};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::line::LineError;
use crate::outbox::Fate;
use crate::outbox::{Overdue, QueuedStatement, SendReport};
use crate::sync::{Keys, SyncReport};

/// How long an agent without anything to do sleeps at a time.
const IDLE: Duration = Duration::from_secs(3_600);
/// The longest pause between two tries of the same thing.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How soon a statement that was promised is looked for where there is no stream. A head follows an entry
/// within about a second.
const SOON: Duration = Duration::from_secs(1);
/// How often, and after which pause, what a host kept is sent again that was just heard by its witness.
const TAKEN_IN: usize = 3;
const MOMENT: Duration = Duration::from_millis(60);
/// How long a stream's thread may take to end.
const LAST_READ: Duration = Duration::from_secs(1);

/// What the thread that owns the desk is asked to do.
pub(super) enum Job {
    Ask(Box<LocalRequest>, SyncSender<Result<LocalAnswer, DeskError>>),
    /// The host's stream is open: the line is up.
    StreamUp,
    /// It ended, or could not be opened.
    StreamDown {
        opened: bool,
        ended: LineError,
    },
    /// The mailbox was empty and is not any more.
    StreamBrought,
    /// What was carried was answered.
    Carried(Result<Vec<FilingAnswer>, LineError>),
    Stop,
}

/// How others reach the thread that owns the desk.
type Channels = (Receiver<Job>, Arc<Mailbox>, Arc<AtomicU64>, Arc<Latest<DeskView>>);

pub(super) struct Owner {
    desk: Desk,
    host: Box<dyn HostReach>,
    keys: AgentKeys,
    config: AgentConfig,
    jobs: Receiver<Job>,
    mailbox: Arc<Mailbox>,
    read_to: Arc<AtomicU64>,
    latest: Arc<Latest<DeskView>>,
    line: LineState,
    /// Whether the host's stream is open: it may be while a question by the line fails.
    stream_is_open: bool,
    /// The thread that reads the stream is to end.
    watch_ending: Arc<Ending>,
    next_look: Instant,
    /// When it was looked last, or tried.
    looked: Instant,
    next_send: Option<Instant>,
    /// How often it failed since it last went well.
    failures: u32,
    recent: Recent,
    deliveries: Deliveries,
    courier: Option<Courier>,
    /// What was carried was not all taken in: the line finds out why.
    by_line: bool,
    line_tests: LineTests,
    overdue: Vec<Overdue>,
    countersigned: Option<u64>,
    store_fault: Option<String>,
}

impl Owner {
    pub(super) fn new(
        desk: Desk,
        host: Box<dyn HostReach>,
        keys: AgentKeys,
        config: AgentConfig,
        (jobs, mailbox, read_to, latest): Channels,
        courier: Option<Courier>,
    ) -> Owner {
        let now = Instant::now();
        Owner {
            line_tests: LineTests::new(config.line_tests.clone()),
            desk,
            host,
            keys,
            config,
            jobs,
            mailbox,
            read_to,
            latest,
            line: LineState::Unused,
            stream_is_open: false,
            watch_ending: Arc::default(),
            next_look: now,
            looked: now,
            next_send: Some(now),
            failures: 0,
            recent: Recent::default(),
            deliveries: Deliveries::default(),
            courier,
            by_line: false,
            overdue: Vec::new(),
            countersigned: None,
            store_fault: None,
        }
    }

    /// Works until it is told to stop.
    pub(super) fn run(mut self, watch: Option<Watch>) {
        // What waited for long is read by the line, and only what comes after it by the stream.
        self.do_what_is_due();
        self.show();
        let stopper = watch.as_ref().map(|watch| watch.stopper.clone());
        let ending = self.watch_ending.clone();
        let watching =
            watch.map(|watch| thread("stream", move || watch.run(&ending))).and_then(Result::ok);
        loop {
            match self.jobs.recv_timeout(self.until_due()) {
                Ok(Job::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(job) => self.take(job),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.do_what_is_due();
            self.show();
        }
        self.watch_ending.raise();
        if let Some(stopper) = stopper {
            stopper();
        }
        if let Some(courier) = self.courier.take() {
            courier.end();
        }
        let begun = Instant::now();
        // One that is looking a name up cannot be woken: it holds nothing of the desk, and ends by itself.
        while watching.as_ref().is_some_and(|thread| !thread.is_finished())
            && begun.elapsed() < LAST_READ
        {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn now(&self) -> UtcSecond {
        (self.config.clock)()
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Ask(request, reply) => {
                let word = request.word();
                let answer = self.answer(*request);
                if let Err(error) = &answer {
                    self.note_store(Some(error));
                    tracing::debug!(request = word, "a local request was not done");
                }
                // What was done is shown before anybody is told of it.
                self.show();
                // Who asked may be gone.
                let _ = reply.send(answer);
            }
            Job::StreamUp => {
                self.stream_is_open = true;
                self.line_up();
                self.look_now();
            }
            Job::StreamDown { opened, ended } => self.stream_down(opened, &ended),
            Job::StreamBrought => self.take_mail(),
            Job::Carried(answers) => self.take_carried(answers),
            Job::Stop => {}
        }
    }

    fn answer(&mut self, request: LocalRequest) -> Result<LocalAnswer, DeskError> {
        match request {
            LocalRequest::Sync => self.look().map(LocalAnswer::Synced),
            LocalRequest::Send { statement } => self.send_for(statement),
            LocalRequest::WhatBecame { statement } => {
                let statement = self.recent.last_name(statement);
                let now = self.now();
                answer(&mut self.desk, LocalRequest::WhatBecame { statement }, now)
            }
            request => {
                let speaks = matches!(
                    request,
                    LocalRequest::File { .. } | LocalRequest::ImportStatements { .. }
                );
                let old = match &request {
                    LocalRequest::File { instead_of, .. } => *instead_of,
                    _ => None,
                };
                let now = self.now();
                let answered = match request {
                    LocalRequest::File { envelope, key, instead_of: None } if self.sends_next() => {
                        let kept = self.desk.file_to_send(&envelope, &key, now)?;
                        kept.map_or_else(LocalAnswer::Race, LocalAnswer::Kept)
                    }
                    request => answer(&mut self.desk, request, now)?,
                };
                if let (Some(old), LocalAnswer::Kept(anew)) = (old, &answered) {
                    self.recent.replaced(old, anew.statement);
                }
                if matches!(answered, LocalAnswer::Kept(_)) {
                    self.store_fault = None;
                }
                if speaks && !self.line_waits() {
                    self.next_send = Some(Instant::now());
                }
                Ok(answered)
            }
        }
    }

    fn is_caught(&self) -> bool {
        self.desk.caught().is_some()
    }

    /// How long until something is due.
    fn until_due(&self) -> Duration {
        if self.is_caught() {
            return IDLE;
        }
        let next = self.next_send.map_or(self.next_look, |send| send.min(self.next_look));
        let promised = self.desk.queued().any(|item| matches!(item.fate, Fate::Promised { .. }));
        // A promise is due by the desk's clock, which is not this machine's stopwatch.
        let most = if promised { SOON } else { IDLE };
        let line_test = self.line_tests.until_next(self.now()).unwrap_or(IDLE);
        let signs = self.config.signs_deliveries;
        let deliveries = self.deliveries.until_next(self.desk.held()).filter(|_| signs);
        let others = line_test.min(deliveries.unwrap_or(IDLE));
        next.saturating_duration_since(Instant::now()).min(most).min(others)
    }

    fn do_what_is_due(&mut self) {
        if self.is_caught() {
            return;
        }
        let now = Instant::now();
        if now >= self.next_look || self.promise_is_due() {
            self.look_now();
            // Also where the line is down: what witnesses countersigned may have been enough before.
            if let Err(error) = self.desk.erase_due(self.now()) {
                self.note_store(Some(&error));
            }
        }
        self.sign_deliveries();
        self.test_lines();
        if self.next_send.is_some_and(|at| at <= Instant::now()) {
            self.next_send = None;
            if self.waits() && !self.is_caught() {
                self.send_in_turns();
            }
        }
    }

    /// Whether a promise's deadline has passed and the record was not read after it, over a line that is up.
    fn promise_is_due(&self) -> bool {
        let (now, read_at) = (self.now(), self.desk.read_at());
        let due = |fate: &Fate| {
            matches!(fate, Fate::Promised { deadline, .. }
                if now > *deadline && read_at.is_none_or(|read| read <= *deadline))
        };
        matches!(self.line, LineState::Up { .. }) && self.desk.queued().any(|item| due(&item.fate))
    }

    /// Whether something is to be sent, or sent again.
    fn waits(&self) -> bool {
        let size = self.desk.head().size;
        self.desk.queued().any(|item| match &item.fate {
            Fate::Waiting { .. } => true,
            Fate::Promised { index, .. } => *index < size,
            Fate::TooLate { .. } | Fate::Refused { .. } => false,
        })
    }

    /// Whether what is filed now is the very next that goes over the line.
    fn sends_next(&self) -> bool {
        matches!(self.line, LineState::Up { .. }) && !self.waits()
    }

    fn look_now(&mut self) {
        // What came of it is shown.
        let _ = self.look();
    }

    /// Reads on by the line.
    fn look(&mut self) -> Result<SyncReport, DeskError> {
        let (now, keys) = (self.now(), self.keys.all());
        let synced = self.desk.sync(self.host.line(), &keys, now);
        self.note_synced(&synced);
        self.looked = Instant::now();
        self.next_look = self.looked + self.until_next_look();
        synced
    }

    fn until_next_look(&self) -> Duration {
        match &self.line {
            LineState::Up { streamed: true, .. } => self.config.look_again,
            _ if self.failures == 0 => self.config.every,
            _ => self.after_failure(),
        }
    }

    /// The pause after what failed: each time twice as long, up to a minute.
    fn after_failure(&self) -> Duration {
        let doubled = self.config.every.saturating_mul(1 << self.failures.saturating_sub(1).min(6));
        self.config.pause(doubled.min(LONGEST_PAUSE.max(self.config.every)))
    }

    fn take_mail(&mut self) {
        if self.is_caught() {
            return;
        }
        match self.mailbox.take() {
            None => {}
            Some(Mail::TooMuch) => self.look_now(),
            Some(Mail::Batch(batch)) => {
                let (head, before) = (batch.head.clone(), self.desk.signed_head().cloned());
                let (now, keys) = (self.now(), Keys { witness: None, ..self.keys.all() });
                let mut synced = self.desk.sync_from(self.host.line(), &keys, batch, now);
                if let Ok(SyncReport { entries: 1.., .. }) = synced {
                    // Shown first, countersigned then: people wait for the one and not for the other.
                    self.show();
                    synced = self.countersigned(synced, (&head, before));
                }
                self.note_synced(&synced);
                if synced.is_err() {
                    self.next_look = Instant::now() + self.after_failure();
                }
            }
        }
    }

    /// Countersigns the head that was read.
    fn countersigned(
        &mut self,
        synced: Result<SyncReport, DeskError>,
        heads: (&str, Option<SignedCheckpoint>),
    ) -> Result<SyncReport, DeskError> {
        let (now, keys) = (self.now(), self.keys.all());
        let mut synced = synced?;
        self.desk.countersign_since(heads, self.host.line(), &keys, now, &mut synced)?;
        Ok(synced)
    }

    fn note_synced(&mut self, synced: &Result<SyncReport, DeskError>) {
        self.read_to.store(self.desk.head().size, Ordering::Release);
        self.note_outcome(synced.as_ref().err());
        let Ok(synced) = synced else { return };
        synced.renamed.iter().for_each(|(old, anew)| self.recent.replaced(*old, *anew));
        if synced.entries > 0 || synced.given > 0 {
            self.store_fault = None;
        }
        if synced.entries > 0 {
            if synced.cosigned {
                self.countersigned = Some(synced.size);
            }
            // What was held up may go now: a key was enrolled, an earlier statement appeared.
            self.next_send = Some(Instant::now());
        } else if self.waits() && self.next_send.is_none() {
            self.next_send = Some(Instant::now() + self.config.every);
        }
        match self.desk.overdue() {
            Ok(overdue) => self.overdue = overdue,
            Err(error) => self.note_store(Some(&error)),
        }
    }

    /// What an attempt over the line showed of the line, the disk and the host.
    fn note_outcome(&mut self, error: Option<&DeskError>) {
        match error {
            None => {
                self.failures = 0;
                self.line_up();
            }
            Some(DeskError::Line(error)) => {
                self.failures = self.failures.saturating_add(1);
                self.line_down(error);
            }
            Some(DeskError::Caught(caught)) => {
                tracing::error!(evidence = caught.evidence, "the host was caught");
                self.watch_ending.raise();
            }
            Some(error) => {
                self.failures = self.failures.saturating_add(1);
                self.note_store(Some(error));
            }
        }
    }

    fn note_store(&mut self, error: Option<&DeskError>) {
        let of_store =
            error.filter(|error| matches!(error, DeskError::Store(_) | DeskError::Damaged(_)));
        if let Some(error) = of_store {
            let fault = error.to_string();
            if self.store_fault.as_ref() != Some(&fault) {
                tracing::error!(fault, "the desk's store");
                self.store_fault = Some(fault);
            }
        }
    }

    fn line_up(&mut self) {
        let since = match &self.line {
            LineState::Up { since, .. } => *since,
            before => {
                match before {
                    LineState::Busy { .. } => tracing::info!("the host is not busy any more"),
                    _ => tracing::info!("the line to the host is up"),
                }
                // What waited for it goes out at once.
                self.next_send = Some(Instant::now());
                self.now()
            }
        };
        self.line = LineState::Up { since, streamed: self.stream_is_open };
    }

    fn line_down(&mut self, error: &LineError) {
        let why = error.to_string();
        if error.is_busy() {
            let since = match &self.line {
                LineState::Busy { since, .. } => *since,
                _ => {
                    tracing::warn!(why, "the host is busy");
                    self.now()
                }
            };
            self.line = LineState::Busy { since, why };
            return;
        }
        let since = match &self.line {
            LineState::Down { since, .. } => *since,
            _ => {
                tracing::warn!(why, "the line to the host is down");
                self.now()
            }
        };
        self.line = LineState::Down { since, why };
    }

    /// The stream is not open: the host is asked every few seconds, and where it cannot be reached at all, it
    /// is the stream's thread that finds out when it can.
    fn stream_down(&mut self, opened: bool, ended: &LineError) {
        self.stream_is_open = false;
        if let LineState::Up { since, streamed: true } = self.line {
            tracing::info!(why = %ended, "the host's stream ended");
            self.line = LineState::Up { since, streamed: false };
            self.next_look = self.next_look.min(Instant::now() + self.config.every);
        }
        if !opened && matches!(ended, LineError::Down(_)) && self.line_is_in_doubt() {
            self.line_down(ended);
            // Once a minute the line is asked all the same: something on the way may hold back streams alone.
            self.next_look = self.next_look.max(self.looked + LONGEST_PAUSE);
        }
    }

    /// Whether nothing was read for as long as two polls take.
    fn line_is_in_doubt(&self) -> bool {
        let read = self.desk.read_at().map_or(0, UtcSecond::seconds);
        self.now().seconds().saturating_sub(read) >= 2 * self.config.every.as_secs().max(1)
            || matches!(self.line, LineState::Down { .. })
    }

    /// Sends what waits, as long as it is to go on.
    fn send(
        &mut self,
        goes_on: &mut dyn FnMut(&QueuedStatement) -> bool,
    ) -> Result<SendReport, DeskError> {
        let (now, keys) = (self.now(), self.keys.all());
        let operators = [&*self.keys.operator];
        let sent = self.desk.send_while(self.host.line(), &keys, &operators, now, goes_on);
        self.read_to.store(self.desk.head().size, Ordering::Release);
        match &sent {
            Ok(done) => {
                self.note_sent(done);
                // A new head of a host that signs on has what it keeps sent again at once.
                let held_up =
                    !done.held_up.is_empty() || !done.kept.is_empty() || !done.awaiting.is_empty();
                self.next_send =
                    held_up.then(|| Instant::now() + LONGEST_PAUSE.min(10 * self.config.every));
            }
            Err(error) => {
                self.note_outcome(Some(error));
                self.next_send = Some(Instant::now() + self.after_failure());
            }
        }
        sent
    }

    /// Sends what waits; what came of one statement, also where it was sent a moment before, or of all.
    fn send_for(&mut self, statement: Option<Hash>) -> Result<LocalAnswer, DeskError> {
        let mut sent = self.send(&mut |_| true);
        let waits = match &sent {
            Ok(sent) => !sent.kept.is_empty(),
            Err(error) => matches!(error, DeskError::Line(_)),
        };
        if waits && self.keys.witness.is_some() {
            // A host that was started anew takes nothing in before its witnesses have spoken.
            if self.look().is_ok() {
                sent = self.send(&mut |_| true);
                // What it kept it takes in a moment after it was heard.
                for _ in 0..TAKEN_IN {
                    if !sent.as_ref().is_ok_and(|sent| !sent.kept.is_empty()) {
                        break;
                    }
                    std::thread::sleep(MOMENT);
                    sent = self.send(&mut |_| true);
                }
            }
        }
        let stale = self.desk.stale_links();
        let Some(statement) = statement else {
            return Ok(LocalAnswer::Sent { sent: sent?, stale });
        };
        let last = self.recent.last_name(statement);
        let key = self.desk.queued().find(|item| item.statement == last).and_then(|one| one.key());
        let of_one = self.recent.of(statement, key);
        if of_one.filed.is_empty() && of_one.too_late.is_empty() {
            sent?;
        }
        Ok(LocalAnswer::Sent { sent: of_one, stale })
    }

    /// Shows how things stand now, if that is otherwise than before.
    fn show(&self) {
        let before = self.latest.get();
        let status = DeskStatus {
            overdue: self.overdue.clone(),
            line: self.line.clone(),
            countersigned: self.countersigned,
            store_fault: self.store_fault.clone(),
            ..DeskStatus::without_overdue(&self.desk, Some(&before.status))
        };
        if status == before.status {
            return;
        }
        let same = status.given == before.status.given && status.head == before.status.head;
        let ledger = if same { before.ledger.clone() } else { Arc::new(self.desk.view().clone()) };
        self.latest.show(DeskView { status, ledger });
    }
}
