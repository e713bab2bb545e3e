//! A running host: its writer, and what is served at its addresses.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use deconflict_http::{ConnectionBounds, ListenError, Listener, Serving, Stop};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tracing::info;

use crate::clock::{Clock, Entropy};
use crate::config::Config;
use crate::http::{App, AppState, LastNumbers, for_operators, router};
use crate::names::HostNames;
use crate::posting::{POST_THREADS, Posting};
use crate::priority;
use crate::problem::Failure;
use crate::published::PublishedState;
use crate::rebuild::SpaceError;
use crate::session::Sessions;
use crate::space::Space;
use crate::writer::{self, Writer};

/// Connections of operators at once.
const OPERATORS: usize = 16;

/// A running host: its writer and its sockets. Dropped, it stops.
pub struct Server {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    published: Arc<PublishedState>,
    stop: Stop,
    serving: Serving,
    writer: Writer,
    thread: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
    page_threads: Option<Runtime>,
    witness_threads: Option<Runtime>,
}

/// Why a host does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerError {
    /// Nothing can be served at an address.
    Listen(ListenError),
    /// The system gave no threads, or no randomness.
    System(String),
    /// The space's name.
    Space(SpaceError),
}

/// How many pages are read from the store at once: where something else is to be done, a core is free for it at once.
fn page_readers() -> usize {
    thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

impl Server {
    /// Serves a space. The clock says what time it is; the entropy makes sessions' tokens.
    ///
    /// # Errors
    /// When an address cannot be listened at, or the set-up would let plain HTTP out unasked.
    pub fn start(
        space: Space,
        config: &Config,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Server, ServerError> {
        let system = |error: io::Error| ServerError::System(error.to_string());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("deconflict-http")
            .max_blocking_threads(2 * config.limits.all_readings)
            .on_thread_start(|| priority::step_back(priority::ANSWERS))
            .build()
            .map_err(system)?;
        let page_threads = tokio::runtime::Builder::new_current_thread()
            .thread_name("deconflict-pages")
            .max_blocking_threads(2 * config.limits.all_readings)
            .build()
            .map_err(system)?;
        let witness_threads = tokio::runtime::Builder::new_current_thread()
            .thread_name("deconflict-posts")
            .max_blocking_threads(POST_THREADS)
            .build()
            .map_err(system)?;
        let bind = |address, tls, plain| runtime.block_on(Listener::bind(address, tls, plain));
        let listener = bind(config.listen, config.tls.as_ref(), config.plain_elsewhere)?;
        // Whoever sets an address for operators knows who reaches it.
        let of_metrics = config.metrics.map(|address| bind(address, None, true)).transpose()?;
        let published = space.published().clone();
        let origin = space.origin().to_owned();
        let vkey = space.vkey().map_err(ServerError::Space)?.to_string();
        let began = space.began().filter(|began| *began != vkey);
        let store = space.store().clone();
        let limits = config.limits;
        let names = HostNames::of(config);
        let sessions = Sessions::new(origin.clone(), published.clone(), entropy, limits, names)
            .map_err(ServerError::System)?;
        let stop = Stop::default();
        let stopwatch = config.stopwatch.clone();
        let (writer, thread) =
            writer::start(space, limits.queue, clock.clone(), stopwatch).map_err(system)?;
        let app: App = Arc::new(AppState {
            origin,
            vkey,
            began,
            store,
            published: published.clone(),
            sessions,
            writer: writer.clone(),
            clock,
            limits,
            in_flight: limits.in_flight_shares(),
            numbers: LastNumbers::default(),
            readings: limits.reading_shares(),
            page_threads: page_threads.handle().clone(),
            pages: Arc::new(Semaphore::new(page_readers())),
            streams: limits.stream_shares(),
            feeds: Default::default(),
            stop: stop.clone(),
        });
        let (address, metrics) = (listener.address(), of_metrics.as_ref().map(Listener::address));
        let (bounds, counts) = (limits.of_connections(&config.proxies), &published.counts.http);
        let serve = |listener: Listener, router, bounds, counts| {
            listener.serve(runtime.handle(), router, bounds, counts, stop.clone())
        };
        if let Some(listener) = of_metrics {
            let bounds = ConnectionBounds::of_few(OPERATORS, &bounds);
            serve(listener, for_operators(app.clone()), bounds, Arc::default());
        }
        let posting = Posting {
            app: app.clone(),
            threads: witness_threads.handle().clone(),
            authorities_pem: config.witness_authorities_pem.as_deref().map(Arc::from),
        };
        runtime.spawn(posting.run());
        let serving = serve(listener, router(app), bounds, counts.clone());
        let size = published.tip().size;
        info!(%address, tls = config.tls.is_some(), size, "serving");
        Ok(Server {
            address,
            metrics,
            published,
            stop,
            serving,
            writer,
            thread: Some(thread),
            runtime: Some(runtime),
            page_threads: Some(page_threads),
            witness_threads: Some(witness_threads),
        })
    }

    /// Where requests come in.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the metrics are.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// How far the record has come, and whether it can be written.
    pub fn published(&self) -> &Arc<PublishedState> {
        &self.published
    }

    /// The operator says that the host's clock is right: what waited for that word is done.
    ///
    /// # Errors
    /// When too much waits for the writer, or it ends.
    pub fn clock_is_right(&self) -> Result<(), Failure> {
        self.writer.clock_is_right()
    }

    /// Takes no more connections, answers what is under way, writes what waits, signs a last head and
    /// lets the store go.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.stop();
        if let Some(runtime) = self.runtime.take() {
            info!("stopping");
            // Whoever is still there then is cut off; what it filed is written.
            runtime.block_on(self.serving.ended());
            self.writer.stop();
            if let Some(thread) = self.thread.take() {
                // A writer that panicked has nothing left to write.
                let _ = thread.join();
            }
            runtime.shutdown_timeout(Duration::from_secs(1));
            if let Some(threads) = self.page_threads.take() {
                threads.shutdown_timeout(Duration::from_secs(1));
            }
            if let Some(threads) = self.witness_threads.take() {
                // Who still waits for a witness's answer there holds nothing of the host.
                threads.shutdown_background();
            }
            info!(size = self.published.tip().size, "stopped");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

impl From<ListenError> for ServerError {
    fn from(error: ListenError) -> ServerError {
        ServerError::Listen(error)
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServerError::Listen(error) => error.fmt(f),
            ServerError::System(fault) => write!(f, "the system refused: {fault}"),
            ServerError::Space(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ServerError {}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("address", &self.address).finish_non_exhaustive()
    }
}
