//! The agent: one process that keeps a desk open, reads on as the host's stream brings it, and answers others
//! on the same machine.
//!
//! One thread owns the [`Desk`], its copy and its queue, and nobody else touches them. Others hand it jobs
//! and read the [`DeskView`] that it shows after each change ([`Latest`]). A second thread reads the host's
//! stream and finds out when the line is back; a third one lets others in on a private socket, and each of
//! them has a thread of its own while it asks.
//!
//! *Architecture invariant*: the agent writes nothing of its own, and says nothing of its own but that a message was
//! delivered: that is a machine's to say. What is durable is the desk's, by the desk's own steps; an agent without work
//! commits nothing.

mod access;
mod answer;
#[cfg(unix)]
mod client;
mod courier;
#[cfg(unix)]
mod frame;
mod latest;
mod line_tests;
#[cfg(unix)]
mod local;
mod owner;
#[cfg(unix)]
mod place;
mod receipts;
mod recent;
mod view;
mod watch;
mod without_host;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use deconflict_api::LocalRequest;
use deconflict_record::{SigningKey, UtcSecond};

pub use access::{DeskAccess, Reach};
pub use answer::{DeskChange, EntryForm, LocalAnswer, LocalFault, StatementFate};
#[cfg(unix)]
pub use client::{AgentClient, Follower};
pub use latest::Latest;
pub use view::{DeskStatus, DeskView, LineState};

use self::courier::Courier;
use self::owner::{Job, Owner};
use self::watch::{Ending, Mailbox, Watch};
use crate::desk::Desk;
use crate::entries::{MAX_READ, PartyEntry};
use crate::error::DeskError;
use crate::line::HttpLine;
use crate::line::Line;
use crate::line::StreamSource;
use crate::sync::Keys;

/// How long a host may take to answer when the agent ends.
const LAST_WORD: Duration = Duration::from_secs(2);
/// How often whoever waits for the thread that owns the desk looks whether the agent is to end.
const LOOK: Duration = Duration::from_millis(50);

/// How an agent reaches its host.
pub trait HostReach: Send {
    /// The line, for the thread that owns the desk.
    fn line(&mut self) -> &mut dyn Line;

    /// Where streams are opened, for a thread of their own; `None`: the host is asked every few seconds.
    fn streams(&self) -> Option<Box<dyn StreamSource>>;

    /// The same host by a connection of its own, in the sessions of the line, for a thread that carries statements; `None`:
    /// the line carries them.
    fn beside(&self) -> Option<Box<dyn HostReach>>;

    /// What ends, from another thread and for good, a call of the line that blocks.
    fn stopper(&self) -> Arc<dyn Fn() + Send + Sync>;
}

impl HostReach for HttpLine {
    fn line(&mut self) -> &mut dyn Line {
        self
    }

    fn streams(&self) -> Option<Box<dyn StreamSource>> {
        Some(Box::new(HttpLine::streams(self)))
    }

    fn beside(&self) -> Option<Box<dyn HostReach>> {
        Some(Box::new(HttpLine::beside(self)))
    }

    fn stopper(&self) -> Arc<dyn Fn() + Send + Sync> {
        HttpLine::stopper(self)
    }
}

/// The keys that an agent reads, files anew and countersigns with.
pub struct AgentKeys {
    /// Begins sessions, and signs anew what it signed: an operator's key of the party.
    pub operator: Arc<SigningKey>,
    /// Countersigns heads; `None`: it does not.
    pub witness: Option<SigningKey>,
}

impl AgentKeys {
    fn all(&self) -> Keys<'_> {
        Keys { session: &self.operator, witness: self.witness.as_ref() }
    }
}

/// How an agent works.
#[derive(Clone)]
pub struct AgentConfig {
    /// How often the host is asked where its stream cannot be had.
    pub every: Duration,
    /// How often it is asked although the stream is open: a head that a stream keeps back shows then.
    pub look_again: Duration,
    /// When it tests the line to each other party, in seconds after midnight, UTC, with the operator's key.
    pub line_tests: BTreeSet<u32>,
    /// Whether it signs, with the operator's key, that each message which went to its party was delivered.
    pub signs_deliveries: bool,
    /// The desk's clock.
    pub clock: Arc<dyn Fn() -> UtcSecond + Send + Sync>,
    /// Any number each time: desks that lost the same host do not come back all at once.
    pub dice: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl AgentConfig {
    /// By this clock, asking every three seconds where there is no stream, and once a minute where there is.
    pub fn new(clock: impl Fn() -> UtcSecond + Send + Sync + 'static) -> AgentConfig {
        let dice = || {
            let mut drawn = [0; 8];
            // Without randomness desks come back together, which costs the host and nothing else.
            let _ = getrandom::fill(&mut drawn);
            u64::from_be_bytes(drawn)
        };
        AgentConfig {
            every: Duration::from_secs(3),
            look_again: Duration::from_secs(60),
            line_tests: BTreeSet::new(),
            signs_deliveries: true,
            clock: Arc::new(clock),
            dice: Arc::new(dice),
        }
    }

    /// A pause of half this up to this.
    fn pause(&self, of: Duration) -> Duration {
        let half = of / 2;
        half + half.mul_f64((self.dice)() as f64 / u64::MAX as f64)
    }
}

/// That an agent was asked and did not answer: what it was asked may be done.
fn gone(why: &str) -> DeskError {
    DeskError::Agent(format!(
        "the desk's agent did not answer ({why}): see with `deconflict desk status` and `desk queue` \
         whether it was done"
    ))
}

/// Hands jobs to the thread that owns the desk, and reads what it shows.
#[derive(Clone)]
struct Asker {
    jobs: Sender<Job>,
    latest: Arc<Latest<DeskView>>,
    ending: Arc<Ending>,
}

impl Asker {
    fn ask(&self, request: LocalRequest) -> Result<LocalAnswer, DeskError> {
        let ended = || DeskError::Agent("the desk's agent has ended: try again".into());
        let (reply, answer) = sync_channel(1);
        self.jobs.send(Job::Ask(Box::new(request), reply)).map_err(|_| ended())?;
        answer.recv().map_err(|_| gone("it ended meanwhile"))?
    }

    /// The same for what only reads: where the agent is to end meanwhile, it is not waited for.
    fn ask_unless_it_ends(&self, request: LocalRequest) -> Result<LocalAnswer, DeskError> {
        let ended = || DeskError::Agent("the desk's agent ends".into());
        let (reply, answer) = sync_channel(1);
        self.jobs.send(Job::Ask(Box::new(request), reply)).map_err(|_| ended())?;
        loop {
            match answer.recv_timeout(LOOK) {
                Err(RecvTimeoutError::Timeout) if !self.ending.is_raised() => {}
                Err(_) => return Err(ended()),
                Ok(answered) => return answered,
            }
        }
    }
}

/// An agent that runs. Dropped, it ends.
pub struct Agent {
    asker: Asker,
    owner: Option<JoinHandle<()>>,
    line_stopper: Arc<dyn Fn() + Send + Sync>,
    #[cfg(unix)]
    local: Option<local::LocalServer>,
}

impl Agent {
    /// Begins to read on, countersign and send for a desk.
    ///
    /// # Errors
    /// When the disk fails, or the system gives no thread.
    pub fn start(
        desk: Desk,
        mut host: Box<dyn HostReach>,
        keys: AgentKeys,
        config: AgentConfig,
    ) -> Result<Agent, DeskError> {
        host.line().prove_to(&desk.log_now().key().id());
        let latest = Arc::new(Latest::new(DeskView::of(&desk)));
        let (jobs, waiting) = channel();
        let (ending, mailbox) = (Arc::new(Ending::default()), Arc::new(Mailbox::default()));
        let read_to = Arc::new(AtomicU64::new(desk.head().size));
        let watch = host.streams().filter(|_| desk.caught().is_none()).map(|source| Watch {
            stopper: source.stopper(),
            source,
            space: desk.settings().space.clone(),
            key: keys.operator.clone(),
            read_to: read_to.clone(),
            mailbox: mailbox.clone(),
            jobs: jobs.clone(),
            config: config.clone(),
        });
        let courier = match host.beside() {
            Some(beside) => Some(Courier::start(beside, jobs.clone())?),
            None => None,
        };
        let asker = Asker { jobs, latest: latest.clone(), ending };
        let line_stopper = host.stopper();
        let owner =
            Owner::new(desk, host, keys, config, (waiting, mailbox, read_to, latest), courier);
        let owner = thread("desk", move || owner.run(watch))?;
        Ok(Agent {
            asker,
            owner: Some(owner),
            line_stopper,
            #[cfg(unix)]
            local: None,
        })
    }

    /// Lets other programs of this user in on a socket in this desk's folder. The folder must be that of the
    /// desk whose agent this is: that nobody else has it open makes a socket that lies there a stale one.
    ///
    /// # Errors
    /// When the socket cannot be made.
    #[cfg(unix)]
    pub fn let_others_in(&mut self, dir: &Path) -> Result<(), DeskError> {
        self.local = Some(local::LocalServer::start(dir, self.asker.clone())?);
        Ok(())
    }

    /// Lets nobody in: this system has no sockets that are one user's alone.
    ///
    /// # Errors
    /// Always, saying so.
    #[cfg(not(unix))]
    pub fn let_others_in(&mut self, _dir: &Path) -> Result<(), DeskError> {
        Err(DeskError::Refused(
            "on this system no other command can work beside a desk that runs: end it first".into(),
        ))
    }

    /// What it shows.
    pub fn latest(&self) -> &Latest<DeskView> {
        &self.asker.latest
    }

    /// The same for another thread, which may have it after the agent has ended: then it shows what it showed last.
    pub fn shared_latest(&self) -> Arc<Latest<DeskView>> {
        self.asker.latest.clone()
    }

    /// Asks the thread that owns the desk. What only shows is taken from [`Agent::latest`].
    ///
    /// # Errors
    /// As the desk's methods; when the agent has ended.
    pub fn ask(&self, request: LocalRequest) -> Result<LocalAnswer, DeskError> {
        self.asker.ask(request)
    }

    /// The entries that the party was given, as [`Desk::entries`].
    ///
    /// # Errors
    /// As [`Desk::entries`]; when the agent has ended or is to end.
    pub fn entries(&self, from: u64) -> Result<Vec<PartyEntry>, DeskError> {
        match self.asker.ask_unless_it_ends(LocalRequest::Entries { from, limit: MAX_READ })? {
            LocalAnswer::Entries(entries) => entries.into_iter().map(EntryForm::read).collect(),
            _ => Ok(Vec::new()),
        }
    }

    /// What says, from another thread, that it is to end ([`Agent::is_to_end`]).
    pub fn ender(&self) -> impl Fn() + Send + 'static {
        let ending = self.asker.ending.clone();
        move || ending.raise()
    }

    /// Whether somebody asked it to end, or the thread that owns the desk is gone.
    pub fn is_to_end(&self) -> bool {
        self.asker.ending.is_raised() || self.owner.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Ends it: what was begun is done to its end, and the desk is closed.
    ///
    /// # Errors
    /// When the thread that owned the desk ended before by a fault of this program.
    pub fn stop(mut self) -> Result<(), DeskError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), DeskError> {
        self.asker.ending.raise();
        // The socket goes while the desk is still held, so that it is never another agent's.
        #[cfg(unix)]
        drop(self.local.take());
        let _ = self.asker.jobs.send(Job::Stop);
        let Some(owner) = self.owner.take() else { return Ok(()) };
        let begun = Instant::now();
        while !owner.is_finished() && begun.elapsed() < LAST_WORD {
            std::thread::sleep(Duration::from_millis(5));
        }
        if !owner.is_finished() {
            // The host does not answer: what was sent to it without an answer is sent again another time.
            (self.line_stopper)();
        }
        owner.join().map_err(|_| {
            tracing::error!("the thread that owned the desk ended by a fault");
            DeskError::Agent(
                "the thread that owned the desk ended by a fault of this program: what was \
                 acknowledged is kept; run it again"
                    .into(),
            )
        })
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It was logged.
        let _ = self.end();
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("is_to_end", &self.is_to_end()).finish_non_exhaustive()
    }
}

impl fmt::Debug for AgentKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentKeys").finish_non_exhaustive()
    }
}

impl fmt::Debug for AgentConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut of = f.debug_struct("AgentConfig");
        of.field("every", &self.every).field("look_again", &self.look_again).finish_non_exhaustive()
    }
}

/// A thread with a name.
fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, DeskError> {
    let begun = std::thread::Builder::new().name(format!("agent-{name}")).spawn(work);
    begun.map_err(|error| DeskError::Refused(format!("the system gives no thread: {error}")))
}
