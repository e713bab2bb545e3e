//! Sockets: connections in, bounded in number and time, and a tidy end.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::clock::{Clock, Entropy};
use crate::config::{Config, ServerLimits, Tls};
use crate::http::{App, AppState, for_operators, router};
use crate::published::{PublishedState, count};
use crate::rebuild::SpaceError;
use crate::session::Sessions;
use crate::space::Space;
use crate::timed::TimedStream;
use crate::writer::{self, Writer};

/// A running host: its writer and its sockets. Dropped, it stops.
pub struct Server {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    published: Arc<PublishedState>,
    stopping: watch::Sender<bool>,
    /// Every connection holds a share; all are back when no connection is left.
    connections: Arc<Semaphore>,
    limits: ServerLimits,
    writer: Writer,
    thread: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
}

/// Why a host does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerError {
    /// An address cannot be listened at.
    Listen(SocketAddr, io::Error),
    /// Plain HTTP would leave the machine.
    Plain(SocketAddr),
    /// The certificate or its key.
    Tls(String),
    /// The system gave no threads, or no randomness.
    System(String),
    /// The space's name.
    Space(SpaceError),
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
        let tls = config.tls.as_ref().map(acceptor).transpose()?;
        if tls.is_none() && !config.listen.ip().is_loopback() && !config.plain_elsewhere {
            return Err(ServerError::Plain(config.listen));
        }
        let system = |error: io::Error| ServerError::System(error.to_string());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("deconflict-http")
            .build()
            .map_err(system)?;
        let listen = |address: SocketAddr| {
            let bound = runtime.block_on(TcpListener::bind(address));
            bound
                .and_then(|listener| Ok((listener.local_addr()?, listener)))
                .map_err(|error| ServerError::Listen(address, error))
        };
        let (address, listener) = listen(config.listen)?;
        let of_metrics = config.metrics.map(listen).transpose()?;
        let published = space.published().clone();
        let origin = space.origin().to_owned();
        let vkey = space.vkey().map_err(ServerError::Space)?.to_string();
        let began = space.began().filter(|began| *began != vkey);
        let store = space.store().clone();
        let (origin_of, limits) = (origin.clone(), config.limits);
        let sessions = Sessions::new(origin_of, published.clone(), entropy, limits)
            .map_err(ServerError::System)?;
        let stopping = watch::Sender::new(false);
        let (writer, thread) = writer::start(space, limits.queue, clock.clone()).map_err(system)?;
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
            in_flight: Default::default(),
            streams: Default::default(),
            stopping: stopping.clone(),
        });
        let connections = Arc::new(Semaphore::new(limits.connections));
        let door = Door { limits, published: published.clone(), stopping: stopping.clone() };
        let share = connections.clone();
        let metrics = of_metrics.as_ref().map(|(address, _)| *address);
        if let Some((_, listener)) = of_metrics {
            let (door, router) = (door.clone(), for_operators(app.clone()));
            runtime.spawn(door.accept(listener, None, router, Arc::new(Semaphore::new(16))));
        }
        runtime.spawn(door.accept(listener, tls, router(app), share));
        Ok(Server {
            address,
            metrics,
            published,
            stopping,
            connections,
            limits,
            writer,
            thread: Some(thread),
            runtime: Some(runtime),
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

    /// Takes no more connections, answers what is under way, writes what waits, signs a last head and
    /// lets the store go.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stopping.send_replace(true);
        if let Some(runtime) = self.runtime.take() {
            let all = u32::try_from(self.limits.connections).unwrap_or(u32::MAX);
            let gone = self.connections.acquire_many(all);
            // Whoever is still there then is cut off; what it filed is written.
            let _ = runtime
                .block_on(async { tokio::time::timeout(self.limits.stop, gone).await.map(drop) });
            self.writer.stop();
            if let Some(thread) = self.thread.take() {
                // A writer that panicked has nothing left to write.
                let _ = thread.join();
            }
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn acceptor(tls: &Tls) -> Result<TlsAcceptor, ServerError> {
    let fail = |what: &str, error: &dyn fmt::Display| ServerError::Tls(format!("{what}: {error}"));
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(&tls.certificates_pem).collect();
    let chain = chain.map_err(|error| fail("the certificate", &error))?;
    let key = PrivateKeyDer::from_pem_slice(&tls.key_pem).map_err(|e| fail("its key", &e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| fail("the certificate and its key", &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// How connections are let in.
#[derive(Clone)]
struct Door {
    limits: ServerLimits,
    published: Arc<PublishedState>,
    stopping: watch::Sender<bool>,
}

impl Door {
    /// Lets connections in until the host stops; more than there are shares are closed at once.
    async fn accept(
        self,
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        router: Router,
        shares: Arc<Semaphore>,
    ) {
        let mut stopping = self.stopping.subscribe();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopping.wait_for(|stopping| *stopping) => return,
            };
            let Ok((stream, _)) = accepted else {
                // Out of file descriptors, most likely: others will be closed.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let Ok(share) = shares.clone().try_acquire_owned() else { continue };
            let (door, tls, router) = (self.clone(), tls.clone(), router.clone());
            tokio::spawn(async move {
                count(&door.published.counts.connections);
                door.let_in(stream, tls, router).await;
                door.published.counts.connections.fetch_sub(1, Ordering::Relaxed);
                drop(share);
            });
        }
    }

    async fn let_in(&self, stream: TcpStream, tls: Option<TlsAcceptor>, router: Router) {
        // It only delays what is small.
        let _ = stream.set_nodelay(true);
        let stream = TimedStream::new(stream, self.limits.write);
        let Some(tls) = tls else { return self.serve(stream, router).await };
        let greeting = tokio::time::timeout(self.limits.header, tls.accept(stream));
        if let Ok(Ok(stream)) = greeting.await {
            self.serve(stream, router).await;
        }
    }

    async fn serve<T>(&self, stream: T, router: Router)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = TowerToHyperService::new(router);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header)
            .max_buf_size(32 * 1024)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let mut stopping = self.stopping.subscribe();
        tokio::select! {
            // What goes wrong with a connection is its end, and nobody's else.
            _ = connection.as_mut() => return,
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServerError::Listen(address, error) => {
                write!(f, "{address}: cannot be listened at: {error}: give another address")
            }
            ServerError::Plain(address) => write!(
                f,
                "{address}: plain HTTP would leave this machine: give a certificate, or say that \
                 something in front of the host does TLS"
            ),
            ServerError::Tls(fault) => write!(f, "TLS: {fault}: give both in PEM"),
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
