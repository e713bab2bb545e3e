//! How a host is set up.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use deconflict_core::Pace;
use deconflict_http::{ConnectionBounds, Tls};
use deconflict_store::MAX_PART_BYTES;

use crate::clock::Stopwatch;
use crate::shares::{ShareBounds, Shares};

/// How a host is set up. The default listens on a free port of this machine alone, without TLS.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where requests come in.
    pub listen: SocketAddr,
    /// The certificate. Without one, `listen` must be an address of this machine alone, unless
    /// [`Config::plain_elsewhere`] says otherwise.
    pub tls: Option<Tls>,
    /// By which host names desks reach it, besides those of its certificate and, where it listens on this machine
    /// alone, this machine's: sessions are proven for these. Needed where something else does TLS.
    pub names: Vec<String>,
    /// Whether plain HTTP may leave the machine: something else in front of the host does TLS.
    pub plain_elsewhere: bool,
    /// The addresses of what stands in front of the host and passes requests on: of what comes from there, the
    /// last address in the header `X-Forwarded-For` that is none of these is taken for the client's. Of what comes
    /// from elsewhere that header is not believed.
    pub proxies: Vec<IpAddr>,
    /// Where `/metrics`, and `/health` with the causes of failures, are served, if anywhere: never where
    /// requests come in.
    pub metrics: Option<SocketAddr>,
    /// The authorities, in PEM, that vouch for the certificates of witnesses that heads are posted to; without them,
    /// those that this machine trusts.
    pub witness_authorities_pem: Option<Vec<u8>>,
    /// When heads are signed.
    pub timing: Timing,
    /// What the clock is held against while the host runs.
    pub stopwatch: Stopwatch,
    /// Upper bounds.
    pub limits: ServerLimits,
}

/// When heads are signed and snapshots taken, and how much is done in one go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    /// Milliseconds between heads while much comes. A statement that comes alone has its head in its own append.
    pub head_spacing_ms: i64,
    /// Seconds between heads when nothing happens: who sees none for longer sees a stalled host.
    pub heartbeat_s: i64,
    /// Seconds that a promise gives.
    pub promise_s: i64,
    /// Entries after which what has changed of the state is written down as soon as nobody waits, so that the
    /// next start is a short one; after eight times as many, while they wait. Where much of a long record's
    /// state changed at once, up to a sixteenth of the record.
    pub snapshot_entries: u64,
    /// The most bytes of a part of the state that is written down, at most [`MAX_PART_BYTES`]: one part has what
    /// a few entries began. While one is longer, nothing is written down, and the next start folds what came
    /// since.
    pub snapshot_bytes: usize,
    /// How much of what follows from statements is found at once, while others wait.
    pub pace: Pace,
}

/// Upper bounds of what the host takes in and keeps in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServerLimits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Statements that wait for the writer.
    pub queue: usize,
    /// Statements of one party that wait at once.
    pub in_flight: usize,
    /// Connections at once: fewer where the system allows fewer open files.
    pub connections: usize,
    /// How many of them are kept for those that have proven a session.
    pub connections_in_session: usize,
    /// Connections of one party at once; one more ends its oldest idle one.
    pub connections_of_party: usize,
    /// Connections of one address (of IPv6: one network of 64 bits) that have proven no session; one more ends the
    /// oldest of them that is idle.
    pub connections_of_address: usize,
    /// Sessions of one party at once; one more ends its oldest.
    pub sessions_of_party: usize,
    /// Sessions of one key at once; one more ends the oldest.
    pub sessions_of_key: usize,
    /// Streams of one party at once; one more ends its oldest.
    pub streams: usize,
    /// Streams of all parties at once. Each party has one, whatever others have.
    pub all_streams: usize,
    /// Bytes of contents after which a page of what a party was given takes no more.
    pub page_bytes: usize,
    /// What one party reads at once from the store, until it is sent.
    pub readings: usize,
    /// What all read at once. Each party has one, whatever others have.
    pub all_readings: usize,
    /// How long a reading waits for its place; after as long the oldest of the same party goes.
    pub reading: Duration,
    /// How long a request's header may take, and an idle connection last.
    pub header: Duration,
    /// How long a request's body may take.
    pub body: Duration,
    /// How long a reader may take nothing of what is sent to it.
    pub write: Duration,
    /// How long open connections are waited for at the end.
    pub stop: Duration,
    /// How long a witness that a head is posted to may take to answer.
    pub witness_answer: Duration,
    /// After how long it is asked again that did not countersign; twice as long each time.
    pub witness_pause: Duration,
    /// After how long at the most.
    pub witness_pause_most: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: None,
            names: Vec::new(),
            plain_elsewhere: false,
            proxies: Vec::new(),
            metrics: None,
            witness_authorities_pem: None,
            timing: Timing::default(),
            stopwatch: Stopwatch::default(),
            limits: ServerLimits::default(),
        }
    }
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            head_spacing_ms: 100,
            heartbeat_s: 600,
            promise_s: 60,
            snapshot_entries: 4_096,
            snapshot_bytes: MAX_PART_BYTES,
            pace: Pace::default(),
        }
    }
}

impl Default for ServerLimits {
    fn default() -> ServerLimits {
        ServerLimits {
            body_bytes: 64 * 1024,
            queue: 1_024,
            in_flight: 64,
            connections: 2_048,
            connections_in_session: 1_024,
            connections_of_party: 256,
            connections_of_address: 256,
            sessions_of_party: 256,
            sessions_of_key: 16,
            streams: 32,
            all_streams: 512,
            page_bytes: 2 * 1024 * 1024,
            readings: 4,
            all_readings: 32,
            reading: Duration::from_secs(5),
            header: Duration::from_secs(10),
            body: Duration::from_secs(10),
            write: Duration::from_secs(20),
            stop: Duration::from_secs(5),
            witness_answer: Duration::from_secs(10),
            witness_pause: Duration::from_secs(5),
            witness_pause_most: Duration::from_mins(10),
        }
    }
}

impl ServerLimits {
    /// Those of what is listened at; `proxies`: see [`Config::proxies`].
    pub(crate) fn of_connections(&self, proxies: &[IpAddr]) -> ConnectionBounds {
        let ServerLimits { connections, header, write, stop, .. } = *self;
        ConnectionBounds {
            connections,
            of_known: self.connections_in_session,
            of_owner: self.connections_of_party,
            of_address: self.connections_of_address,
            proxies: proxies.into(),
            header,
            write,
            stop,
        }
    }

    pub(crate) fn in_flight_shares(&self) -> Shares {
        Shares::new(ShareBounds { each: self.in_flight, all: usize::MAX, patience: None })
    }

    pub(crate) fn reading_shares(&self) -> Shares {
        let patience = Some(self.reading);
        Shares::new(ShareBounds { each: self.readings, all: self.all_readings, patience })
    }

    pub(crate) fn stream_shares(&self) -> Shares {
        let patience = Some(Duration::ZERO);
        Shares::new(ShareBounds { each: self.streams, all: self.all_streams, patience })
    }
}
