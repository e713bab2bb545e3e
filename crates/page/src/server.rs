//! The page's server: what it shows, what is sent as that changes, and what is signed from it.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deconflict_api::page::PageView;
use deconflict_core::{Say, Time};
use deconflict_desk::{DeskView, Latest, PartyEntry, host_time};
use deconflict_http::{
    ConnectionBounds, HttpCounts, ListenError, Listener, Rejection, Serving, Stop,
};
use deconflict_record::{KeyId, UtcSecond};
use deconflict_words::Reader;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use crate::compose::{PageSubjects, compose};
use crate::door::Door;
use crate::routes::{refused, router};

/// How many pictures are kept, for pages that come back and for what is signed to them.
const KEPT: usize = 24;
/// How many pages may be told of changes at once.
const STREAMS: usize = 12;
/// How long a stream waits for a change before it says that it is there, and looks at the clock.
pub(crate) const BEAT: Duration = Duration::from_secs(5);
/// After how long without a deed nothing is signed before the key is unlocked anew.
pub(crate) const LOCKS_AFTER: Duration = Duration::from_secs(15 * 60);
/// How many wrong passphrases are heard one after the other, and how long none is heard then.
const MOST_WRONG: u32 = 5;
const WRONG_PAUSE: Duration = Duration::from_secs(60);

/// What the page's server needs of the desk that it serves.
pub trait PageDesk: Send + Sync + 'static {
    /// Signs with the operator's key what was decided on this picture, keeps it and sends it: its name, and whether the host
    /// has it.
    ///
    /// # Errors
    /// Why not, in words.
    fn say(&self, shown: &DeskView, say: &Say) -> Result<PageFiling, String>;

    /// The entries that the party was given, in the order in which they were, from the `from`-th on, counted from 0: some of
    /// them, and none past the last.
    ///
    /// # Errors
    /// Why they cannot be read, in words.
    fn entries(&self, from: u64) -> Result<Vec<PartyEntry>, String>;

    /// Whether a passphrase is that of the operator's key.
    fn proves(&self, passphrase: &str) -> bool;
}

/// What became of something signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageFiling {
    /// Its name.
    pub statement: String,
    /// Whether it waits for the line.
    pub queued: bool,
    /// Why the host refused it; `None`: it did not.
    pub refused: Option<String>,
}

/// How a page is served.
pub struct PageConfig {
    /// Where: an address of this machine; at port 0 the system chooses one.
    pub address: SocketAddr,
    /// The post of the key with which the desk signs.
    pub post: String,
    /// That key.
    pub key: KeyId,
    /// The time by this machine's clock.
    pub clock: fn() -> UtcSecond,
    /// How many minutes local time is ahead of UTC at so many seconds after 1970 began.
    pub local_min: fn(i64) -> i32,
    /// Where random bytes come from; `None`: there are none.
    pub random: fn() -> Option<[u8; 32]>,
    /// Told each link that lets a page in.
    pub tell_link: Box<dyn Fn(&str) + Send + Sync>,
}

/// Why no page can be served.
#[derive(Debug)]
#[non_exhaustive]
pub enum PageError {
    /// The address is not of this machine alone.
    NotHere(SocketAddr),
    /// Nothing can be served there.
    Listen(ListenError),
    /// The system gives no threads, or no randomness.
    System(String),
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PageError::NotHere(address) => write!(
                f,
                "{address}: the page is served on this machine alone: give an address such as 127.0.0.1:4080"
            ),
            PageError::Listen(ListenError::Address(address, error)) => {
                write!(f, "{address}: cannot be listened at: {error}")
            }
            PageError::Listen(error) => write!(f, "the page cannot be served: {error:?}"),
            PageError::System(why) => write!(f, "the page cannot be served: {why}"),
        }
    }
}

impl std::error::Error for PageError {}

/// A page that is being served. Dropped, it ends.
pub struct PageServer {
    address: SocketAddr,
    stop: Stop,
    serving: Serving,
    runtime: Option<Runtime>,
}

/// What a page was shown.
pub(crate) struct Picture {
    pub(crate) lang: String,
    pub(crate) desk: Arc<DeskView>,
    pub(crate) value: Value,
}

#[derive(Default)]
struct Pictures {
    last: u64,
    kept: VecDeque<(u64, Arc<Picture>)>,
}

/// Since when nobody did anything, and how often a wrong passphrase was given.
pub(crate) struct LockState {
    pub(crate) deed: Instant,
    wrong: u32,
    wrong_at: Instant,
}

pub(crate) struct App {
    pub(crate) door: Door,
    pub(crate) latest: Arc<Latest<DeskView>>,
    pub(crate) desk: Box<dyn PageDesk>,
    pub(crate) config: PageConfig,
    pictures: Mutex<Pictures>,
    lock: Mutex<LockState>,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) stop: Stop,
}

pub(crate) type AppRef = Arc<App>;

impl PageServer {
    /// Serves the page of a desk, and tells the link that lets one in.
    ///
    /// # Errors
    /// When the address is not of this machine alone or cannot be listened at, or the system lacks something.
    pub fn start(
        config: PageConfig,
        latest: Arc<Latest<DeskView>>,
        desk: impl PageDesk,
    ) -> Result<PageServer, PageError> {
        if !config.address.ip().is_loopback() {
            return Err(PageError::NotHere(config.address));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(2 * STREAMS)
            .enable_all()
            .thread_name("deconflict-page")
            .build()
            .map_err(|error| PageError::System(error.to_string()))?;
        let listener = runtime.block_on(Listener::bind(config.address, None, false));
        let listener = listener.map_err(PageError::Listen)?;
        let address = listener.address();
        let (stop, now) = (Stop::default(), Instant::now());
        let app = Arc::new(App {
            door: Door::new(address, config.random),
            latest,
            desk: Box::new(desk),
            config,
            pictures: Mutex::default(),
            lock: Mutex::new(LockState { deed: now, wrong: 0, wrong_at: now }),
            streams: Arc::new(Semaphore::new(STREAMS)),
            stop: stop.clone(),
        });
        app.tell_link().map_err(PageError::System)?;
        let bounds = ConnectionBounds {
            connections: 64,
            of_known: 0,
            of_owner: 64,
            of_address: 64,
            proxies: Vec::new(),
            header: Duration::from_secs(10),
            write: Duration::from_secs(30),
            stop: Duration::from_secs(1),
        };
        let counts: Arc<HttpCounts> = Arc::default();
        let serving = listener.serve(runtime.handle(), router(app), bounds, counts, stop.clone());
        Ok(PageServer { address, stop, serving, runtime: Some(runtime) })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(runtime) = self.runtime.take() {
            runtime.block_on(self.serving.ended());
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

impl fmt::Debug for PageServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageServer").field("address", &self.address).finish_non_exhaustive()
    }
}

impl App {
    pub(crate) fn tell_link(&self) -> Result<(), String> {
        let link = self.door.link().ok_or("the system gives no randomness")?;
        (self.config.tell_link)(&link);
        Ok(())
    }

    fn pictures(&self) -> MutexGuard<'_, Pictures> {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, LockState> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.lock().deed.elapsed() > LOCKS_AFTER
    }

    /// Somebody does something; nobody does while it is locked.
    pub(crate) fn act(&self) -> Result<(), Rejection> {
        if self.is_locked() {
            let why = "this desk is locked: unlock it with its key's passphrase";
            return Err(refused(423, why));
        }
        self.lock().deed = Instant::now();
        Ok(())
    }

    /// The time by the host's clock, as far as the desk knows it.
    pub(crate) fn now(&self, desk: &DeskView) -> Time {
        Time::from(host_time((self.config.clock)(), desk.status.clock_ahead_s))
    }

    /// A reader of a picture, in its language.
    pub(crate) fn reader<'a>(&self, desk: &'a DeskView, lang: &'a str, now: Time) -> Reader<'a> {
        let party = &desk.status.settings.party;
        Reader::new(&desk.ledger, party, lang, now).with_local_time(self.config.local_min)
    }

    /// Draws what the desk shows, and when that was.
    pub(crate) fn draw(&self, desk: Arc<DeskView>, lang: &str) -> (Time, Value) {
        let at = self.now(&desk);
        let of = PageSubjects { post: &self.config.post, locked: self.is_locked() };
        let picture: PageView = compose(&desk, &self.reader(&desk, lang, at), of, 0);
        (at, serde_json::to_value(picture).unwrap_or_default())
    }

    /// Keeps a picture, and numbers it; its number.
    pub(crate) fn keep(&self, mut picture: Picture) -> (u64, Arc<Picture>) {
        let mut pictures = self.pictures();
        pictures.last += 1;
        let seq = pictures.last;
        picture.value["seq"] = seq.into();
        let picture = Arc::new(picture);
        while pictures.kept.len() >= KEPT {
            pictures.kept.pop_front();
        }
        pictures.kept.push_back((seq, picture.clone()));
        (seq, picture)
    }

    pub(crate) fn kept(&self, seq: u64) -> Option<Arc<Picture>> {
        let pictures = self.pictures();
        pictures.kept.iter().find(|(kept, _)| *kept == seq).map(|(_, picture)| picture.clone())
    }

    /// Whether a passphrase is the key's own; after some that were not, none is heard for a while.
    pub(crate) fn is_proof(&self, passphrase: &str) -> Result<(), Rejection> {
        {
            let mut lock = self.lock();
            if lock.wrong_at.elapsed() > WRONG_PAUSE {
                lock.wrong = 0;
            }
            if lock.wrong >= MOST_WRONG {
                return Err(refused(429, "too many wrong passphrases: wait a minute"));
            }
            lock.wrong += 1;
            lock.wrong_at = Instant::now();
        }
        if !self.desk.proves(passphrase) {
            return Err(refused(403, "that is not the passphrase of this desk's key"));
        }
        let mut lock = self.lock();
        (lock.wrong, lock.deed) = (0, Instant::now());
        Ok(())
    }
}
