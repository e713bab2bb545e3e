//! A host under load over HTTP, and its readers meanwhile.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deconflict_api::{Challenge, Session, session_message};
use deconflict_core::Sharing;
use deconflict_host::{Config, Server, system_entropy};
use deconflict_testing::{PARTIES, SPACE, duty, log_key};

use super::rig::Rig;
use crate::Scale;
use crate::index::percentile;
use crate::report::{digits, table};

/// Keys of each party that file at the same time, each one statement after the other.
pub(super) const LANES: usize = 16;
const READERS: usize = 2;
const READING: Duration = Duration::from_secs(3);

/// What a host did.
pub(super) struct OverHttp {
    statements: usize,
    /// Of filing alone, and of filing while others read.
    filed: [Load; 2],
    /// Answers a second to readers, alone and while others file.
    read_a_second: [f64; 2],
}

pub(super) struct Load {
    pub(super) seconds: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Seconds that the load generator's threads were on a processor, and those of the whole process.
    generator_s: f64,
    all_s: f64,
}

pub(super) fn load(scale: &Scale) -> OverHttp {
    eprintln!("statements over HTTP");
    let (mut rig, mut space) = Rig::new();
    rig.enrol_lanes(&mut space, LANES);
    let halves = [0, 1].map(|_| rig.lanes(LANES, scale.statements, &Sharing::Open));
    let statements = halves[0].iter().map(Vec::len).sum();
    let config = Config::default();
    let host =
        Server::start(space, &config, rig.running_clock(), system_entropy()).expect("a host");
    let address = host.address();
    let [first, second] = halves;
    rig.pass(1);
    let alone = file(address, first);
    rig.pass(1);
    thread::sleep(Duration::from_millis(200));
    let read_alone = read_for(address, &Arc::new(AtomicBool::new(false)), Some(READING));
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    let reading = thread::spawn(move || read_for(address, &told, None));
    let beside = file(address, second);
    stop.store(true, Ordering::Relaxed);
    let read_beside = reading.join().expect("a reader that ended well");
    host.stop();
    OverHttp { statements, filed: [alone, beside], read_a_second: [read_alone, read_beside] }
}

pub(super) fn file(address: SocketAddr, lanes: Vec<Vec<Vec<u8>>>) -> Load {
    let (start, before_s) = (Instant::now(), process_s());
    let threads: Vec<_> =
        lanes.into_iter().map(|lane| thread::spawn(move || one_lane(address, &lane))).collect();
    let (mut ms, mut generator_s) = (Vec::new(), 0.0);
    for thread in threads {
        let (took, on_cpu_s) = thread.join().expect("a lane that ended well");
        ms.extend(took);
        generator_s += on_cpu_s;
    }
    Load {
        seconds: start.elapsed().as_secs_f64(),
        p50_ms: percentile(ms.iter().copied(), 0.50),
        p99_ms: percentile(ms.iter().copied(), 0.99),
        generator_s,
        all_s: process_s() - before_s,
    }
}

fn one_lane(address: SocketAddr, envelopes: &[Vec<u8>]) -> (Vec<f64>, f64) {
    let mut line = Line::to(address);
    let took = envelopes
        .iter()
        .map(|envelope| {
            let start = Instant::now();
            let body = line.ask("POST", "/v1/statements", None, envelope);
            let took_ms = start.elapsed().as_secs_f64() * 1e3;
            let accepted = String::from_utf8_lossy(&body).contains(r#""outcome":"accepted""#);
            assert!(accepted, "{}", String::from_utf8_lossy(&body));
            took_ms
        })
        .collect();
    (took, thread_s())
}

/// Pages of what a party was given, read again and again; answers a second.
fn read_for(address: SocketAddr, stop: &Arc<AtomicBool>, at_most: Option<Duration>) -> f64 {
    let start = Instant::now();
    let readers: Vec<_> = (0..READERS)
        .map(|nth| {
            let stop = stop.clone();
            thread::spawn(move || {
                let mut line = Line::to(address);
                let token = line.session(PARTIES[nth]);
                let mut answers = 0u64;
                while !stop.load(Ordering::Relaxed) && at_most.is_none_or(|d| start.elapsed() < d) {
                    let from = answers * 64 % 512;
                    let path = format!("/v1/given?from={from}&limit=64");
                    let page = line.ask("GET", &path, Some(&token), b"");
                    assert!(page.len() > 1_000, "{}", String::from_utf8_lossy(&page));
                    answers += 1;
                }
                answers
            })
        })
        .collect();
    let answers: u64 = readers.into_iter().map(|r| r.join().expect("a reader")).sum();
    answers as f64 / start.elapsed().as_secs_f64()
}

/// A connection that is kept.
pub(super) struct Line(BufReader<TcpStream>);

impl Line {
    pub(super) fn to(address: SocketAddr) -> Line {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("a socket's option");
        Line(BufReader::new(stream))
    }

    pub(super) fn session(&mut self, party: &str) -> String {
        let key = duty(party);
        let id = key.verifying_key().id();
        let start = format!(r#"{{"key":"{id}"}}"#);
        let challenge: Challenge =
            serde_json::from_slice(&self.ask("POST", "/v1/session", None, start.as_bytes()))
                .expect("a challenge");
        let nonce = &challenge.nonce;
        let (log, name) = (log_key().verifying_key().id().to_string(), "127.0.0.1");
        let signature = STANDARD.encode(key.sign(&session_message(SPACE, &log, name, nonce)).0);
        let proof = format!(
            r#"{{"key":"{id}","nonce":"{nonce}","log":"{log}","name":"{name}","signature":"{signature}"}}"#
        );
        let session = self.ask("POST", "/v1/session/prove", None, proof.as_bytes());
        serde_json::from_slice::<Session>(&session).expect("a session").token
    }

    /// A stream of what a session's party is given, once it is open.
    pub(super) fn streaming(mut self, token: &str) -> BufReader<TcpStream> {
        let ask = format!(
            "GET /v1/stream?from=0 HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        self.0.get_mut().write_all(ask.as_bytes()).expect("a host that listens");
        let mut line = String::from("-");
        while !line.trim_end().is_empty() {
            line.clear();
            self.0.read_line(&mut line).expect("an answer");
        }
        self.0
    }

    pub(super) fn ask(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &[u8],
    ) -> Vec<u8> {
        let bearer = token.map_or(String::new(), |t| format!("authorization: Bearer {t}\r\n"));
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n\
             {bearer}content-length: {}\r\n\r\n",
            body.len()
        );
        let request = [head.as_bytes(), body].concat();
        self.0.get_mut().write_all(&request).expect("a host that listens");
        let (mut length, mut in_chunks) = (0, false);
        loop {
            let line = self.line();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            in_chunks |= line == "transfer-encoding: chunked";
            if line.is_empty() {
                break;
            }
        }
        let mut answer = Vec::new();
        if !in_chunks {
            self.read_on(length, &mut answer);
            return answer;
        }
        loop {
            let length = usize::from_str_radix(&self.line(), 16).expect("a chunk's length");
            self.read_on(length, &mut answer);
            self.line();
            if length == 0 {
                return answer;
            }
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("an answer");
        line.trim_end().to_ascii_lowercase()
    }

    fn read_on(&mut self, length: usize, answer: &mut Vec<u8>) {
        let from = answer.len();
        answer.resize(from + length, 0);
        self.0.read_exact(&mut answer[from..]).expect("a whole answer");
    }
}

/// Seconds that this thread was on a processor.
fn thread_s() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse().ok()).map_or(f64::NAN, |ns: f64| ns / 1e9)
}

/// Seconds that this process was on a processor, in hundredths.
fn process_s() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = text
        .rsplit(") ")
        .next()
        .unwrap_or_default()
        .split(' ')
        .map(|field| field.parse().unwrap_or(f64::NAN))
        .collect();
    fields.get(11..13).map_or(f64::NAN, |ticks| ticks.iter().sum::<f64>() / 100.0)
}

impl OverHttp {
    pub(super) fn report(&self) -> String {
        let rows = ["filing alone", "filing while others read"]
            .iter()
            .zip(&self.filed)
            .zip([None, Some(self.read_a_second[1])]);
        let rows = rows.map(|((name, load), reads)| {
            vec![
                (*name).to_owned(),
                format!("{:.0}", self.statements as f64 / load.seconds),
                digits(load.p50_ms),
                digits(load.p99_ms),
                reads.map_or(String::new(), |reads| format!("{reads:.0}")),
                digits(load.generator_s),
                digits(load.all_s - load.generator_s),
                digits(load.seconds),
            ]
        });
        let only = vec![
            "reading alone".to_owned(),
            String::new(),
            String::new(),
            String::new(),
            format!("{:.0}", self.read_a_second[0]),
            String::new(),
            String::new(),
            digits(READING.as_secs_f64()),
        ];
        let head = [
            "",
            "statements/s",
            "p50 ms",
            "p99 ms",
            "pages/s",
            "load's CPU s",
            "host's CPU s",
            "s",
        ];
        format!(
            "## The host over HTTP\n\n{} statements of {} keys over as many connections on this machine's \
             loopback, each key one statement after the other, every one answered when it was durable; {READERS} \
             readers ask for pages of 64 causes. The load's threads run on the same cores as the host; \
             beside filing alone the host's CPU is all that is not theirs, beside readers it holds the readers' too.\n\n{}",
            self.statements,
            LANES * PARTIES.len(),
            table(&head, rows.chain([only]))
        )
    }
}
