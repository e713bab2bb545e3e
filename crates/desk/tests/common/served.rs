//! The small host over real HTTP, with a stream; its line can be cut, and its stream can lie.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use deconflict_api::{
    Challenge, CosignatureLine, FileTogether, FiledTogether, Problem, Prove, Session, StartSession,
    StreamCommitments, session_message,
};
use deconflict_record::{KeyId, Signature, Tile};

use super::*;

const NONCE: &str = "00";

/// What an event is made of before it is sent.
type Lie = Box<dyn Fn(String) -> String + Send>;

/// A host on a loopback socket. It ends with the test's process.
#[derive(Clone)]
pub struct Served {
    pub host: Arc<Mutex<FakeHost>>,
    pub address: SocketAddr,
    control: Arc<Control>,
}

struct Control {
    /// Whether connections are answered.
    up: AtomicBool,
    /// Whether streams are opened.
    streams: AtomicBool,
    /// Open streams of an earlier number are cut.
    cuts: AtomicU64,
    open: AtomicU64,
    lie: Mutex<Option<Lie>>,
    /// Whoever asks for what begins so is cut off.
    deaf_to: Mutex<Option<String>>,
    /// Whoever asks for what begins so is told that the host is busy.
    busy_for: Mutex<Option<String>>,
    /// Whoever asks for what begins so waits.
    silent_to: Mutex<Option<String>>,
    asked: Mutex<BTreeMap<String, u64>>,
}

impl Served {
    pub fn start() -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let host = FakeHost::new(&["host", "north", "south", "aid"]);
        let control = Control {
            up: AtomicBool::new(true),
            streams: AtomicBool::new(true),
            cuts: AtomicU64::new(0),
            open: AtomicU64::new(0),
            lie: Mutex::new(None),
            deaf_to: Mutex::new(None),
            busy_for: Mutex::new(None),
            silent_to: Mutex::new(None),
            asked: Mutex::default(),
        };
        let (host, control) = (Arc::new(Mutex::new(host)), Arc::new(control));
        let served = Served { host, address, control };
        let serving = served.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let served = serving.clone();
                std::thread::spawn(move || {
                    let mut stream = BufReader::new(stream);
                    while served.is_up() && served.answer(&mut stream).is_some() {}
                });
            }
        });
        served
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn host(&self) -> MutexGuard<'_, FakeHost> {
        self.host.lock().unwrap()
    }

    fn is_up(&self) -> bool {
        self.control.up.load(Ordering::SeqCst)
    }

    /// Answers nobody any more, or everybody again.
    pub fn set_up(&self, up: bool) {
        self.control.up.store(up, Ordering::SeqCst);
        self.cut();
    }

    /// Opens no streams any more, or opens them again.
    pub fn set_streams(&self, streams: bool) {
        self.control.streams.store(streams, Ordering::SeqCst);
        self.cut();
    }

    /// Ends the streams that are open.
    pub fn cut(&self) {
        self.control.cuts.fetch_add(1, Ordering::SeqCst);
    }

    pub fn open_streams(&self) -> u64 {
        self.control.open.load(Ordering::SeqCst)
    }

    /// Streams say this instead of what an honest one would.
    pub fn lie(&self, lie: impl Fn(String) -> String + Send + 'static) {
        *self.control.lie.lock().unwrap() = Some(Box::new(lie));
    }

    /// Lets whoever asks for a path that begins so wait.
    pub fn set_silent_to(&self, path: Option<&str>) {
        *self.control.silent_to.lock().unwrap() = path.map(str::to_owned);
    }

    /// Cuts off whoever asks for a path that begins so; open streams go on.
    pub fn set_deaf_to(&self, path: Option<&str>) {
        *self.control.deaf_to.lock().unwrap() = path.map(str::to_owned);
    }

    /// Cuts off whoever waits for the answer to a statement, and whoever sends one.
    pub fn cut_off_statements(&self) {
        self.set_deaf_to(Some("/v1/statements"));
        self.set_silent_to(None);
    }

    /// Answers whoever asks for a path that begins so that the host is busy.
    pub fn set_busy_for(&self, path: Option<&str>) {
        *self.control.busy_for.lock().unwrap() = path.map(str::to_owned);
    }

    /// How often a path that begins so was asked for.
    pub fn asked(&self, path: &str) -> u64 {
        let asked = self.control.asked.lock().unwrap();
        asked.iter().filter(|(of, _)| of.starts_with(path)).map(|(_, times)| times).sum()
    }

    fn answer(&self, stream: &mut BufReader<TcpStream>) -> Option<()> {
        let mut request = String::new();
        stream.read_line(&mut request).ok().filter(|read| *read > 0)?;
        let (mut length, mut reader) = (0, None);
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim_end().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().ok()?,
                "authorization" => reader = value.strip_prefix("Bearer ").map(party),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        if !self.is_up() {
            return None;
        }
        let target = request.split(' ').nth(1)?.to_owned();
        *self.control.asked.lock().unwrap().entry(target.clone()).or_default() += 1;
        let begins = |of: &Mutex<Option<String>>| {
            of.lock().unwrap().as_ref().is_some_and(|of| target.starts_with(of))
        };
        while begins(&self.control.silent_to) {
            std::thread::sleep(Duration::from_millis(5));
        }
        if begins(&self.control.deaf_to) {
            return None;
        }
        if let (Some(from), Some(reader)) = (target.strip_prefix("/v1/stream?from="), &reader)
            && self.control.streams.load(Ordering::SeqCst)
        {
            self.control.open.fetch_add(1, Ordering::SeqCst);
            self.pump(stream.get_mut(), reader, from.parse().unwrap());
            self.control.open.fetch_sub(1, Ordering::SeqCst);
            return None;
        }
        let (status, bytes) = match begins(&self.control.busy_for) {
            true => problem(503),
            false => self.route(&target, &body, reader.as_ref()),
        };
        let length = bytes.len();
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n");
        stream.get_mut().write_all(&[head.as_bytes(), &bytes].concat()).ok()
    }

    fn pump(&self, to: &mut TcpStream, reader: &PartyId, mut from: u64) -> Option<()> {
        let cuts = self.control.cuts.load(Ordering::SeqCst);
        let head = "HTTP/1.1 200 X\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
        to.write_all(head.as_bytes()).ok()?;
        let (mut told, mut under) = (String::new(), None);
        while self.is_up() && cuts == self.control.cuts.load(Ordering::SeqCst) {
            let (page, note, commitments) = {
                let host = self.host();
                (host.page(reader, from.into(), 1_000), host.checkpoint(), host.commitments.clone())
            };
            // Cosignatures are no news here.
            let head = note.split("\n\n").next().unwrap().to_owned();
            if told == head {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            }
            let mut events: Vec<String> = page
                .given
                .iter()
                .map(|one| {
                    format!("event: given\ndata: {}\n\n", serde_json::to_string(one).unwrap())
                })
                .collect();
            // What was there before the stream is asked for.
            let (before, size) = (under.unwrap_or(commitments.len()), commitments.len());
            if before < size {
                let new = commitments[before..].iter().map(ToString::to_string).collect();
                let new = StreamCommitments { from: before as u64, commitments: new };
                let new = serde_json::to_string(&new).unwrap();
                events.push(format!("event: commitments\ndata: {new}\n\n"));
            }
            let lines: String = note.split('\n').map(|line| format!("data: {line}\n")).collect();
            events.push(format!("event: checkpoint\n{lines}\n"));
            for event in events {
                let lie = self.control.lie.lock().unwrap();
                let event = lie.as_ref().map_or(event.clone(), |lie| lie(event));
                to.write_all(event.as_bytes()).ok()?;
            }
            (from, told, under) = (page.next, head, Some(size));
        }
        Some(())
    }

    fn route(&self, target: &str, body: &[u8], reader: Option<&PartyId>) -> (u16, Vec<u8>) {
        let mut host = self.host();
        match target {
            "/v1/session" => {
                let _: StartSession = serde_json::from_slice(body).unwrap();
                return json(&Challenge { nonce: NONCE.into() });
            }
            "/v1/session/prove" => {
                use base64::Engine;
                let prove: Prove = serde_json::from_slice(body).unwrap();
                let id = KeyId::from_hex(&prove.key).unwrap();
                let Some(key) = host.state.ledger().keys.get(&id).cloned() else {
                    return problem(401);
                };
                let signature = base64::engine::general_purpose::STANDARD.decode(prove.signature);
                let signature = Signature(signature.unwrap().try_into().unwrap());
                let log = log_vkey().key().id().to_string();
                assert_eq!((prove.log, prove.name.as_str()), (log.clone(), "127.0.0.1"));
                let signed = session_message(SPACE, &log, &prove.name, NONCE);
                key.key.verify(&signed, &signature).unwrap();
                let until = "2026-11-22T13:00:00Z".into();
                return json(&Session { token: key.party.to_string(), until });
            }
            "/v1/statements" => {
                return match host.file(body) {
                    Ok(filed) => json(&filed),
                    Err(problem) => (problem.status, serde_json::to_vec(&problem).unwrap()),
                };
            }
            "/v1/statements/together" => {
                let together: FileTogether = serde_json::from_slice(body).unwrap();
                let (mut filed, mut stopped) = (Vec::new(), None);
                for envelope in &together.statements {
                    match host.file(envelope.as_bytes()) {
                        Ok(answer) => filed.push(answer),
                        Err(problem) => {
                            stopped = Some(*problem);
                            break;
                        }
                    }
                }
                return match stopped {
                    Some(problem) if filed.is_empty() => {
                        (problem.status, serde_json::to_vec(&problem).unwrap())
                    }
                    stopped => json(&FiledTogether { filed, stopped }),
                };
            }
            _ => {}
        }
        let Some(reader) = reader else { return problem(401) };
        match target {
            "/checkpoint" => (200, host.checkpoint().into_bytes()),
            "/v1/cosignatures" => {
                let cosigned: CosignatureLine = serde_json::from_slice(body).unwrap();
                host.cosigned.push(cosigned);
                (204, Vec::new())
            }
            _ if target.starts_with("/tile/") => {
                match host.tile(Tile::parse(&target[1..]).unwrap()) {
                    Some(bytes) => (200, bytes),
                    None => problem(404),
                }
            }
            _ => match target.strip_prefix("/v1/given?from=") {
                Some(query) => {
                    let (place, limit) = query.split_once("&limit=").unwrap();
                    let (cause, within) = place.split_once("&within=").unwrap();
                    let [cause, within] = [cause, within].map(|number| number.parse().unwrap());
                    let from = GivenCursor { cause, within };
                    json(&host.page(reader, from, limit.parse().unwrap()))
                }
                None => problem(404),
            },
        }
    }
}

fn json(value: &impl serde::Serialize) -> (u16, Vec<u8>) {
    (200, serde_json::to_vec(value).unwrap())
}

fn problem(status: u16) -> (u16, Vec<u8>) {
    let problem = Problem {
        kind: "problems/test".into(),
        title: "refused".into(),
        status,
        detail: "in a test".into(),
        next_seq: None,
        prev: None,
        waits: None,
    };
    (status, serde_json::to_vec(&problem).unwrap())
}
