//! A host on loopback with real keys, and parties that talk to it over HTTP. The clock is the test's.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(unreachable_pub, clippy::unwrap_used, reason = "a test's own set-up")]

pub mod post;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deconflict_api::{
    Challenge, Content, FileTogether, FilingAnswer, FilingOutcome, GivenEntry, GivenPage, Problem,
    Session, session_message,
};
use deconflict_core::*;
use deconflict_host::{Clock, Config, Entropy, Server, Space, Stopwatch, Timing, system_entropy};
use deconflict_record::{self as record, Hash, SigningKey, opens};
use deconflict_store::{Options, Store};
pub use deconflict_testing::*;
use tempfile::TempDir;

/// The format of the snapshots that a host writes.
pub const SNAPSHOT_FORMAT: u32 = deconflict_api::SNAPSHOT_FORMAT;

/// The four parties, and the desk of `north` as the one witness.
pub fn charter() -> Charter {
    witnessed(&PARTIES, &["north"], 1)
}

/// An answer as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    pub status: u16,
    pub kind: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn problem(&self) -> Problem {
        assert_eq!(self.kind, "application/problem+json", "{self:?}");
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status);
        problem
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

pub struct Rig {
    pub folder: TempDir,
    pub host: Option<Server>,
    pub store: Option<Store>,
    pub config: Config,
    pub options: Options,
    pub seconds: Arc<AtomicI64>,
    /// By how many seconds its clock jumped, while no time passed.
    pub leap: Arc<AtomicI64>,
    /// How often somebody has looked at the clock, or waits to: the writer does once in each turn.
    pub looks: Arc<AtomicU64>,
    /// Held, the host's clock stands still, and the writer with it.
    pub gate: Arc<Mutex<()>>,
    /// True, the next drawing of randomness panics, once: a fault that nobody foresaw.
    pub panics: Arc<AtomicBool>,
    pub agent: ureq::Agent,
    signing: Signing,
}

impl Rig {
    pub fn new() -> Rig {
        Rig::with(Config::default(), Options::default())
    }

    /// A space of the four parties, each with an operator `duty`.
    pub fn with(config: Config, options: Options) -> Rig {
        let mut rig = Rig::idle(config, options);
        let roots: Vec<SigningKey> = PARTIES.iter().map(|name| root(name, 0)).collect();
        let signers: Vec<&SigningKey> = roots.iter().collect();
        let statement = rig.statement("host", &signers, &founding(charter()));
        rig.found(&statement);
        for name in PARTIES {
            rig.enrol(name, "duty", Role::Person);
        }
        rig
    }

    /// A space that this statement founds, and nothing else in it.
    pub fn founded(config: Config, options: Options, statement: &record::SignedStatement) -> Rig {
        let mut rig = Rig::idle(config, options);
        rig.found(statement);
        rig
    }

    pub fn idle(mut config: Config, options: Options) -> Rig {
        let (seconds, leap) = (Arc::new(AtomicI64::new(at(START).seconds())), Arc::default());
        config.stopwatch = stopwatch(&seconds, &leap);
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            // A connection that the host closes after a bad request must not be taken again.
            .max_idle_connections(0)
            .build()
            .new_agent();
        Rig {
            folder: tempfile::tempdir().unwrap(),
            host: None,
            store: None,
            config,
            options,
            seconds,
            leap,
            looks: Arc::default(),
            gate: Arc::default(),
            panics: Arc::default(),
            agent,
            signing: Signing::new(SPACE),
        }
    }

    fn found(&mut self, statement: &record::SignedStatement) {
        self.chained(statement);
        let store = Store::create_with(&self.path(), &self.options).unwrap();
        self.store = Some(store.clone());
        let (envelope, now) = (statement.envelope().encode(), self.now());
        let (entropy, timing) = (self.entropy(), self.timing());
        let space = Space::found(store, &envelope, log_key(), entropy, timing, now).unwrap();
        self.serve(space);
    }

    fn timing(&self) -> Timing {
        self.config.timing
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("record.sqlite")
    }

    fn serve(&mut self, space: Space) {
        let host = Server::start(space, &self.config, self.clock(), system_entropy()).unwrap();
        self.host = Some(host);
    }

    pub fn clock(&self) -> Clock {
        let (seconds, gate) = (self.seconds.clone(), self.gate.clone());
        let looks = self.looks.clone();
        Arc::new(move || {
            looks.fetch_add(1, Ordering::SeqCst);
            drop(gate.lock().unwrap());
            Time::from_seconds(seconds.load(Ordering::SeqCst))
        })
    }

    fn entropy(&self) -> Entropy {
        let (panics, system) = (self.panics.clone(), system_entropy());
        Arc::new(move || {
            assert!(!panics.swap(false, Ordering::SeqCst), "a fault that nobody foresaw");
            system()
        })
    }

    /// The host's clock is set on, or back, and no time passes.
    pub fn jump(&self, seconds: i64) {
        self.leap.fetch_add(seconds, Ordering::SeqCst);
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn now(&self) -> Time {
        Time::from_seconds(self.seconds.load(Ordering::SeqCst))
    }

    pub fn stop(&mut self) {
        self.host.take().unwrap().stop();
        self.store = None;
    }

    /// Its parties go on from where they are with another host.
    pub fn continues(&mut self, other: &Rig) {
        self.signing = other.signing.clone();
        self.seconds.store(other.now().seconds(), Ordering::SeqCst);
    }

    /// Opens what is in the store, and serves it, without having asked any witness.
    pub fn start(&mut self) {
        let mut space = self.opened();
        space.go_on_alone(self.now()).unwrap();
        self.serve(space);
    }

    /// Opens what is in the store, and serves it: nothing is signed before the witness has spoken.
    pub fn start_asking(&mut self) {
        let space = self.opened();
        self.serve(space);
    }

    fn opened(&mut self) -> Space {
        let store = Store::open_with(&self.path(), &self.options).unwrap();
        self.store = Some(store.clone());
        Space::open(store, SPACE, log_key(), self.entropy(), self.timing()).unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host.as_ref().unwrap().address())
    }

    pub fn enrol(&mut self, name: &str, post: &str, role: Role) {
        let say = enrolment(name, post, role);
        let filed = self.filed(name, &[&root(name, 0)], &say);
        assert_eq!(filed.outcome, FilingOutcome::Accepted, "{filed:?}");
    }

    /// The next statement of the first signer, signed by all.
    pub fn statement(
        &mut self,
        name: &str,
        signers: &[&SigningKey],
        say: &Say,
    ) -> record::SignedStatement {
        self.signing.next(name, signers, say)
    }

    /// The statement was taken in: it is the last of its key.
    pub fn chained(&mut self, statement: &record::SignedStatement) {
        self.signing.note(statement);
    }

    pub fn post(&self, path: &str, token: Option<&str>, body: &[u8]) -> Reply {
        let mut request =
            self.agent.post(self.url(path)).header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        reply(request.send(body).unwrap())
    }

    pub fn get(&self, path: &str, token: Option<&str>) -> Reply {
        let mut request = self.agent.get(self.url(path));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        reply(request.call().unwrap())
    }

    pub fn send(&self, statement: &record::SignedStatement) -> Reply {
        self.post("/v1/statements", None, &statement.envelope().encode())
    }

    /// Sends several statements in one request.
    pub fn send_together(&self, all: &[&record::SignedStatement], token: Option<&str>) -> Reply {
        let text =
            |one: &&record::SignedStatement| String::from_utf8(one.envelope().encode()).unwrap();
        let together = FileTogether { statements: all.iter().map(text).collect() };
        self.post("/v1/statements/together", token, &serde_json::to_vec(&together).unwrap())
    }

    /// Files a statement, or the same again, in a session of its author's party: with the conflicts.
    pub fn told(&self, statement: &record::SignedStatement, token: &str) -> FilingAnswer {
        let reply = self.post("/v1/statements", Some(token), &statement.envelope().encode());
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        reply.json()
    }

    /// Files what an operator says in a session; the conflicts that its party is told of.
    pub fn conflicts(&mut self, name: &str, say: &Say) -> (Version, Vec<String>) {
        let (statement, token) =
            (self.statement(name, &[&duty(name)], say), self.token(&duty(name)));
        let filed = self.told(&statement, &token);
        self.chained(&statement);
        assert_eq!(filed.outcome, FilingOutcome::Accepted, "{name}: {:?}", filed.refusal);
        (Version(statement.hash()), filed.conflicts.unwrap())
    }

    /// Files what is said; it must be taken in.
    pub fn filed(&mut self, name: &str, signers: &[&SigningKey], say: &Say) -> FilingAnswer {
        let statement = self.statement(name, signers, say);
        let reply = self.send(&statement);
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        self.chained(&statement);
        let filed: FilingAnswer = reply.json();
        assert_eq!(filed.statement, statement.hash().to_string());
        filed
    }

    pub fn accepted(&mut self, name: &str, say: &Say) -> (Version, FilingAnswer) {
        let filed = self.filed(name, &[&duty(name)], say);
        assert_eq!(filed.outcome, FilingOutcome::Accepted, "{name}: {:?}", filed.refusal);
        (Version(Hash::from_hex(&filed.statement).unwrap()), filed)
    }

    pub fn refused(&mut self, name: &str, say: &Say) -> Refusal {
        let filed = self.filed(name, &[&duty(name)], say);
        assert_eq!(filed.outcome, FilingOutcome::Refused, "{name}");
        filed.refusal.unwrap()
    }

    pub fn challenge(&self, key: &SigningKey) -> Challenge {
        let start = format!(r#"{{"key":"{}"}}"#, key.verifying_key().id());
        let reply = self.post("/v1/session", None, start.as_bytes());
        assert_eq!(reply.status, 200);
        reply.json()
    }

    pub fn prove(&self, key: &SigningKey, nonce: &str) -> Reply {
        self.prove_for(key, nonce, &log().key().id().to_string(), "127.0.0.1")
    }

    /// A proof that is made for the host of some key at some name.
    pub fn prove_for(&self, key: &SigningKey, nonce: &str, log: &str, name: &str) -> Reply {
        let signature = STANDARD.encode(key.sign(&session_message(SPACE, log, name, nonce)).0);
        let id = key.verifying_key().id();
        let proof = serde_json::json!({
            "key": id, "nonce": nonce, "log": log, "name": name, "signature": signature,
        });
        self.post("/v1/session/prove", None, proof.to_string().as_bytes())
    }

    /// A session of an enrolled key; its token.
    pub fn token(&self, key: &SigningKey) -> String {
        let reply = self.prove(key, &self.challenge(key).nonce);
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        reply.json::<Session>().token
    }

    /// All that a session's party was given.
    pub fn given(&self, token: &str) -> Vec<GivenEntry> {
        let (mut all, mut from, mut within) = (Vec::<GivenEntry>::new(), 0, 0);
        loop {
            let path = format!("/v1/given?from={from}&within={within}&limit=7");
            let reply = self.get(&path, Some(token));
            assert_eq!(reply.status, 200);
            let page: GivenPage = reply.json();
            if page.given.is_empty() {
                return all;
            }
            let below = page.next + u64::from(page.within > 0);
            assert!(page.given.iter().all(|one| one.cause >= from && one.cause < below));
            (from, within) = (page.next, page.within);
            all.extend(page.given);
        }
    }

    /// Sets the clock on, and waits until what is due by then is done and a head covers every entry.
    pub fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
        let now_s = self.now().seconds();
        self.wait("what is due, and a head over every entry", || {
            let published = self.host.as_ref().unwrap().published();
            let (turn_s, tip) = (published.last_turn_s(), published.tip());
            turn_s >= now_s && tip.size == tip.checkpoint_size
        });
    }

    /// Waits until the writer has had two whole turns since: what is due by now is done, and what it does when
    /// nobody waits for it. Nobody may ask anything meanwhile.
    pub fn settle(&self) {
        let from = self.looks.load(Ordering::SeqCst);
        self.wait("the writer's turns", || self.looks.load(Ordering::SeqCst) >= from + 3);
    }

    pub fn wait(&self, what: &str, done: impl Fn() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Every entry of the record, whoever may read it.
    pub fn all_entries(&self) -> Vec<Entry> {
        self.all_contents().into_iter().map(|content| content.entry).collect()
    }

    /// The same, with the envelopes of the statements.
    pub fn all_contents(&self) -> Vec<Content> {
        let view = self.store.as_ref().unwrap().view(SPACE).unwrap();
        let size = view.head().size;
        let mut all = Vec::new();
        while (all.len() as u64) < size {
            for kept in view.entries(all.len() as u64..size, 1_000).unwrap() {
                let opening = kept.opening.unwrap();
                assert!(opens(&Hash(kept.commitment), &opening.salt, &opening.content));
                all.push(Content::decode(&opening.content).unwrap());
            }
        }
        all
    }

    pub fn stream(&self, token: &str, last: Option<u64>) -> Events {
        let mut request = self
            .agent
            .get(self.url("/v1/stream"))
            .header("authorization", format!("Bearer {token}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let answer = request.call().unwrap();
        assert_eq!(answer.status(), 200);
        Events(BufReader::new(Box::new(answer.into_body().into_reader())))
    }
}

/// The time that passed, whatever was done to the clock.
fn stopwatch(seconds: &Arc<AtomicI64>, leap: &Arc<AtomicI64>) -> Stopwatch {
    let (seconds, leap) = (seconds.clone(), leap.clone());
    Stopwatch::of(move || {
        let leapt = leap.load(Ordering::SeqCst);
        let passed = seconds.load(Ordering::SeqCst) - leapt;
        Duration::from_secs(u64::try_from(passed).unwrap_or(0))
    })
}

fn reply(mut answer: ureq::http::Response<ureq::Body>) -> Reply {
    let headers: Vec<(String, String)> = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let kind = headers.iter().find(|(n, _)| n == "content-type").map(|(_, v)| v.clone());
    Reply {
        status: answer.status().as_u16(),
        kind: kind.unwrap_or_default(),
        headers,
        body: answer.body_mut().read_to_vec().unwrap(),
    }
}

/// A stream of server-sent events.
pub struct Events(BufReader<Box<dyn std::io::Read + Send>>);

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SentEvent {
    pub kind: String,
    pub id: Option<u64>,
    pub data: String,
}

impl Iterator for Events {
    type Item = SentEvent;

    /// The next event; `None` when the stream has ended or broke off.
    fn next(&mut self) -> Option<SentEvent> {
        let (mut kind, mut id, mut data) = (String::new(), None, Vec::new());
        loop {
            let mut line = String::new();
            match self.0.read_line(&mut line) {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
            let line = line.trim_end_matches('\n');
            match line.split_once(':') {
                _ if line.is_empty() && (!data.is_empty() || !kind.is_empty()) => {
                    return Some(SentEvent { kind, id, data: data.join("\n") });
                }
                Some(("event", value)) => kind = value.trim_start().to_owned(),
                Some(("id", value)) => id = Some(value.trim().parse().unwrap()),
                Some(("data", value)) => {
                    data.push(value.strip_prefix(' ').unwrap_or(value).to_owned());
                }
                _ => {}
            }
        }
    }
}

/// What a party's desk has, having folded what it was given.
pub fn folded(name: &str, given: &[GivenEntry]) -> Ledger {
    let mut view = Ledger::default();
    for of_cause in given.chunk_by(|a, b| a.cause == b.cause) {
        let content = |one: &GivenEntry| Content::decode(one.content.as_ref().unwrap().as_bytes());
        let entries = of_cause.iter().map(|one| content(one).unwrap().entry).collect::<Vec<_>>();
        for (one, entry) in of_cause.iter().zip(&entries) {
            view.apply(one.index, one.cause, entry);
        }
        view.project_after(&party(name), &entries);
    }
    view
}

/// The ledger of all entries.
pub fn replayed(entries: &[Entry]) -> Ledger {
    let mut state = State::default();
    entries.iter().for_each(|entry| {
        state.apply(entry);
    });
    state.ledger().clone()
}

/// Notices as people read them, a line each.
pub fn words(notices: &[deconflict_proof::Notice]) -> String {
    notices
        .iter()
        .map(|notice| {
            let notice = deconflict_words::Language::default().notice(notice);
            format!("{notice}\n")
        })
        .collect()
}
