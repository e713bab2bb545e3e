//! What is served is served within its bounds, whoever is at the other end.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::routing::{get, post};
use axum::{Extension, Router};
use deconflict_http::{
    Body, BodyBounds, ConnectionBounds, HttpCounts, ListenError, Listener, Query, Rejection,
    Serving, Stop, observed,
};
use serde::Deserialize;
use tokio::runtime::Runtime;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    number: u64,
}

fn router() -> Router {
    let bounds = BodyBounds { bytes: 32, time: Duration::from_millis(300) };
    Router::new()
        .route("/double", post(|Body(Number { number })| async move { (number * 2).to_string() }))
        .route("/half", get(|Query(Number { number })| async move { (number / 2).to_string() }))
        .route("/long", get(|| async { vec![b'x'; 64 * 1024 * 1024] }))
        .layer(Extension(bounds))
        .fallback(|| async { Rejection::unknown() })
}

struct Served {
    runtime: Runtime,
    address: SocketAddr,
    counts: Arc<HttpCounts>,
    stop: Stop,
    serving: Serving,
}

fn served(bounds: ConnectionBounds) -> Served {
    let runtime = Runtime::new().unwrap();
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = runtime.block_on(Listener::bind(here, None, false)).unwrap();
    let (address, counts, stop) =
        (listener.address(), Arc::<HttpCounts>::default(), Stop::default());
    let router = observed(router(), counts.clone());
    let serving = listener.serve(runtime.handle(), router, bounds, counts.clone(), stop.clone());
    Served { runtime, address, counts, stop, serving }
}

fn bounds() -> ConnectionBounds {
    ConnectionBounds {
        connections: 8,
        of_known: 0,
        of_owner: 8,
        of_address: 8,
        proxies: Vec::new(),
        header: Duration::from_secs(5),
        write: Duration::from_millis(200),
        stop: Duration::from_millis(500),
    }
}

impl Served {
    fn connect(&self) -> TcpStream {
        let line = TcpStream::connect(self.address).unwrap();
        line.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        line
    }

    fn ask(&self, head: &str, body: &str) -> String {
        let mut line = self.connect();
        let request = format!(
            "{head}\r\nhost: here\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        line.write_all(request.as_bytes()).unwrap();
        line.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        answer
    }

    fn connections(&self) -> u64 {
        self.counts.connections.load(Ordering::Relaxed)
    }

    fn wait(&self, what: &str, done: impl Fn() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < Duration::from_secs(20), "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn what_cannot_be_read_is_told_in_words_and_what_can_is_answered() {
    let served = served(bounds());
    assert!(served.ask("POST /double HTTP/1.1", r#"{"number":21}"#).ends_with("\r\n\r\n42"));
    assert!(served.ask("GET /half?number=42 HTTP/1.1", "").ends_with("\r\n\r\n21"));
    let rejected = [
        (served.ask("POST /double HTTP/1.1", r#"{"number":"x"}"#), "400", "problems/malformed"),
        (served.ask("POST /double HTTP/1.1", &"9".repeat(33)), "413", "problems/too-long"),
        (served.ask("GET /half?number=x HTTP/1.1", ""), "400", "problems/malformed"),
        (served.ask("GET /half?what=1 HTTP/1.1", ""), "400", "problems/malformed"),
        (served.ask("GET /nowhere HTTP/1.1", ""), "404", "problems/unknown"),
    ];
    for (answer, status, kind) in rejected {
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains("content-type: application/problem+json\r\n"), "{answer}");
        assert!(answer.contains(&format!(r#"{{"type":"{kind}","title":""#)), "{answer}");
        assert!(answer.contains("cache-control: no-store\r\n"), "{answer}");
    }
    assert_eq!(served.counts.requests.load(Ordering::Relaxed), 7);
}

#[test]
fn who_sends_a_body_too_slowly_is_told_and_who_takes_nothing_is_dropped() {
    let served = served(bounds());
    let mut slow = served.connect();
    let half = b"POST /double HTTP/1.1\r\nhost: here\r\ncontent-length: 9\r\n\r\n{";
    slow.write_all(half).unwrap();
    let mut answer = String::new();
    let _ = slow.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    let mut deaf = served.connect();
    deaf.write_all(b"GET /long HTTP/1.1\r\nhost: here\r\n\r\n").unwrap();
    served.wait("the answer to begin", || served.counts.requests.load(Ordering::Relaxed) == 2);
    served.wait("the deaf one to be dropped", || served.connections() == 0);
}

#[test]
fn for_one_connection_more_than_allowed_the_oldest_idle_one_goes_and_the_end_does_not_wait_for_ever()
 {
    let served = served(ConnectionBounds { connections: 2, ..bounds() });
    let [mut first, mut second] = [served.connect(), served.connect()];
    served.wait("both to be let in", || served.connections() == 2);
    let mut over = served.connect();
    assert_eq!(first.read(&mut [0; 1]).unwrap_or(0), 0, "the oldest goes");
    over.write_all(b"GET /half?number=42 HTTP/1.1\r\nhost: here\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    over.read_exact(&mut answer).unwrap();
    assert_eq!(answer, *b"HTTP/1.1 200");
    // One that is in the middle of a request is waited for, and not for ever.
    second.write_all(b"POST /double HTTP/1.1\r\n").unwrap();
    served.stop.stop();
    let begun = Instant::now();
    served.runtime.block_on(served.serving.ended());
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn plain_http_does_not_leave_the_machine_unasked() {
    let runtime = Runtime::new().unwrap();
    let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let bound = runtime.block_on(Listener::bind(anywhere, None, false)).err().unwrap();
    assert!(matches!(bound, ListenError::Plain(_)));
    assert!(bound.to_string().contains("plain HTTP would leave this machine"), "{bound}");
    assert!(runtime.block_on(Listener::bind(anywhere, None, true)).is_ok());
}
