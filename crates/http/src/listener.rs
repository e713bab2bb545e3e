//! Sockets: connections in, bounded in number and time, and a tidy end.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::response::{IntoResponse, Response};
use hyper::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
#[cfg(target_os = "linux")]
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

use crate::connections::{Admission, Asking, Connections};
use crate::counts::HttpCounts;
use crate::rejection::Rejection;
use crate::tls::Tls;

/// Bytes of a connection's buffer, and so of a request's header.
const BUFFER_BYTES: usize = 32 * 1024;
/// Bytes of an answer that the system takes before they can be on their way: of one that nobody reads some megabytes
/// would be made ahead otherwise. What is on its way is bounded by the line alone (tcp(7), `TCP_NOTSENT_LOWAT`).
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 128 * 1024;
/// How long nothing is let in after the system would not let anything in.
const PAUSE: Duration = Duration::from_millis(50);

/// How many connections there may be, and how long each may take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConnectionBounds {
    /// Connections at once; fewer where the system allows fewer open files. For one more, another one goes, or
    /// it is closed as it comes.
    pub connections: usize,
    /// How many of them no stranger takes: they are kept for whoever has proven who it is
    /// ([`CallerConnection::belongs_to`](crate::CallerConnection::belongs_to)).
    pub of_known: usize,
    /// The most of one of these.
    pub of_owner: usize,
    /// The most of one stranger's address (of IPv6: one network of 64 bits).
    pub of_address: usize,
    /// Addresses of proxies, which say in the header `X-Forwarded-For` for whom they ask.
    pub proxies: Vec<IpAddr>,
    /// How long a request's header may take, and an idle connection last.
    pub header: Duration,
    /// How long a reader may take nothing of what is sent to it.
    pub write: Duration,
    /// How long open connections are waited for at the end.
    pub stop: Duration,
}

impl ConnectionBounds {
    /// The same for a listener of few who are trusted, whatever their addresses.
    pub fn of_few(connections: usize, like: &ConnectionBounds) -> ConnectionBounds {
        let of_address = connections;
        ConnectionBounds { connections, of_known: 0, of_address, ..like.clone() }
    }

    /// With no more connections than the system lets this process open files, a quarter of them left for others; a
    /// connection that was cut off may hold its file a moment longer.
    fn within_open_files(self) -> ConnectionBounds {
        let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        let files = files.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
        let connections = self.connections.min(files - files / 4).max(1);
        let of_known = self.of_known.min(connections / 2);
        ConnectionBounds { connections, of_known, ..self }
    }
}

/// Tells everything that serves to stop. Clones tell the same.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Stop {
        Stop(watch::Sender::new(false))
    }
}

impl Stop {
    /// No more connections, and no more requests on those that are open.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was told to stop.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Comes when it is told to stop.
    pub async fn stopped(&self) {
        // It cannot fail while this sender is there.
        let _ = self.0.subscribe().wait_for(|stopping| *stopping).await;
    }
}

/// Why nothing can be served at an address.
#[derive(Debug)]
#[non_exhaustive]
pub enum ListenError {
    /// The system does not let it be listened at.
    Address(SocketAddr, io::Error),
    /// Plain HTTP would leave the machine.
    Plain(SocketAddr),
    /// The certificate or its key cannot be used, and why.
    Certificate(String),
}

/// An address that is listened at, and where nothing is let in yet.
pub struct Listener {
    address: SocketAddr,
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
}

/// A router that is being served.
#[derive(Clone, Debug)]
pub struct Serving {
    /// Every connection holds a share; all are back when no connection is left.
    shares: Arc<Semaphore>,
    all: usize,
    wait: Duration,
}

impl Listener {
    /// Listens at an address; at port 0 the system chooses one. Without TLS it must be an address of this
    /// machine alone, unless plain HTTP may leave it because something in front does TLS.
    ///
    /// # Errors
    /// When the address cannot be listened at, plain HTTP would leave the machine unasked, or the
    /// certificate cannot be used.
    pub async fn bind(
        address: SocketAddr,
        tls: Option<&Tls>,
        plain_elsewhere: bool,
    ) -> Result<Listener, ListenError> {
        let tls = tls.map(Tls::acceptor).transpose().map_err(ListenError::Certificate)?;
        if tls.is_none() && !address.ip().is_loopback() && !plain_elsewhere {
            return Err(ListenError::Plain(address));
        }
        let fail = |error| ListenError::Address(address, error);
        let socket = TcpListener::bind(address).await.map_err(fail)?;
        let address = socket.local_addr().map_err(fail)?;
        Ok(Listener { address, socket, tls })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves a router in tasks of a runtime, until it is told to stop.
    pub fn serve(
        self,
        runtime: &Handle,
        router: Router,
        bounds: ConnectionBounds,
        counts: Arc<HttpCounts>,
        stop: Stop,
    ) -> Serving {
        let bounds = bounds.within_open_files();
        // Those that were cut off hold theirs until they are gone.
        let shares = Arc::new(Semaphore::new(bounds.connections + bounds.connections / 8 + 1));
        let all = shares.available_permits();
        let (wait, connections) = (bounds.stop, Connections::new(bounds.clone()));
        let door = Door { bounds, connections, counts, stop, tls: self.tls, router };
        runtime.spawn(door.accept(self.socket, shares.clone()));
        Serving { shares, all, wait }
    }
}

impl Serving {
    /// Comes when no connection is left, or when those that are have been waited for long enough.
    pub async fn ended(&self) {
        let all = u32::try_from(self.all).unwrap_or(u32::MAX);
        let gone = self.shares.acquire_many(all);
        // Whoever is still there then is cut off.
        let _ = tokio::time::timeout(self.wait, gone).await;
    }
}

/// How connections are let in, and to what.
#[derive(Clone)]
struct Door {
    bounds: ConnectionBounds,
    connections: Arc<Connections>,
    counts: Arc<HttpCounts>,
    stop: Stop,
    tls: Option<TlsAcceptor>,
    router: Router,
}

impl Door {
    /// Lets connections in until it is told to stop; those for which there is no place are closed at once.
    async fn accept(self, socket: TcpListener, shares: Arc<Semaphore>) {
        loop {
            let accepted = tokio::select! {
                accepted = socket.accept() => accepted,
                () = self.stop.stopped() => return,
            };
            let Ok((stream, peer)) = accepted else {
                // Out of file descriptors, most likely: others will be closed.
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let Ok(share) = shares.clone().try_acquire_owned() else { continue };
            let Some(admission) = self.connections.admit(peer.ip()) else { continue };
            let door = self.clone();
            tokio::spawn(async move {
                door.counts.connections.fetch_add(1, Ordering::Relaxed);
                let admission = Arc::new(admission);
                tokio::select! {
                    // Whoever is to go is not served first.
                    biased;
                    () = admission.cut() => {}
                    () = door.let_in(stream, &admission) => {}
                }
                door.counts.connections.fetch_sub(1, Ordering::Relaxed);
                drop(share);
            });
        }
    }

    async fn let_in(&self, stream: TcpStream, admission: &Arc<Admission>) {
        // It only delays what is small.
        let _ = stream.set_nodelay(true);
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES);
        // Who does not read is dropped, and never waited for.
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.bounds.write));
        let stream = Box::pin(stream);
        let Some(tls) = &self.tls else { return self.serve(stream, admission).await };
        let greeting = tokio::time::timeout(self.bounds.header, tls.accept(stream));
        if let Ok(Ok(stream)) = greeting.await {
            self.serve(stream, admission).await;
        }
    }

    async fn serve<T>(&self, stream: T, admission: &Arc<Admission>)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = TowerToHyperService::new(self.router.clone());
        let service = CountedService { router, admission: admission.clone() };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.bounds.header)
            .max_buf_size(BUFFER_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            // What goes wrong with a connection is its end, and nobody's else.
            _ = connection.as_mut() => return,
            () = self.stop.stopped() => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

/// The router, with each request counted to its connection until its answer is sent.
struct CountedService {
    router: TowerToHyperService<Router>,
    admission: Arc<Admission>,
}

impl Service<Request<Incoming>> for CountedService {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let Some((caller, asking)) = self.admission.ask(request.headers()) else {
            return Box::pin(async { Ok(Rejection::crowded().into_response()) });
        };
        request.extensions_mut().insert(caller);
        let answer = self.router.call(request);
        Box::pin(async move {
            Ok(answer.await?.map(|body| Body::new(CountedBody { body, _asking: asking })))
        })
    }
}

/// The body of an answer, with what says that it is still being sent.
struct CountedBody {
    body: Body,
    _asking: Asking,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenError::Address(address, error) => {
                write!(f, "{address}: cannot be listened at: {error}: give another address")
            }
            ListenError::Plain(address) => write!(
                f,
                "{address}: plain HTTP would leave this machine: give a certificate, or say that \
                 something in front of the server does TLS"
            ),
            ListenError::Certificate(fault) => write!(f, "TLS: {fault}: give both in PEM"),
        }
    }
}

impl std::error::Error for ListenError {}
