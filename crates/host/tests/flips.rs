//! Any byte of the host's store that changes by itself: the host does not open or says that it cannot
//! read, or what it serves is what it served, or a desk's next check and `verify` do not take it.
//!
//! A seeded sample of the bytes; `DECONFLICT_SOAK_FLIPS` sets how many, `all` takes every one, `at 7,9` those, in each
//! of their bits. First the
//! store is read as the host reads it, and the host serves only where that was not the same, or now and
//! then.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::post::{Post, story};
use common::*;
use deconflict_core::*;
use deconflict_faults::Chance;
use deconflict_host::{Config, Entropy, Server, Space, Timing};
use deconflict_proof::{Trust, verify};
use deconflict_record::{self as record, leaf_hash};
use deconflict_store::{self as store, Mark, Name, Store, StoreError};

/// What a played host left behind.
struct Left {
    /// Its file, tidily closed.
    bytes: Vec<u8>,
    seconds: i64,
    /// The envelopes of all statements, and whose they are, by hash.
    statements: BTreeMap<String, (String, Vec<u8>)>,
    work: tempfile::TempDir,
}

/// The number of a part, and its bytes where they are whole.
type KeptPart = (u64, Option<Vec<u8>>);

/// What a store answers.
#[derive(Default, PartialEq)]
struct Read {
    size: u64,
    entries: Vec<store::StoredEntry>,
    given: Vec<Vec<(store::Grant, store::StoredEntry)>>,
    head: Option<store::StoredCheckpoint>,
    snapshot: Vec<KeptPart>,
    tile: Option<Vec<u8>>,
    heads: Vec<(Option<store::StoredCheckpoint>, Vec<store::StoredCosignature>)>,
    names: Vec<(Option<u64>, Option<Mark>)>,
}

/// The parts of the snapshot.
fn parts(view: &store::View<'_>) -> Result<Vec<KeptPart>, StoreError> {
    let kept = view.snapshot(SNAPSHOT_FORMAT)?;
    let part = |number| Ok((number, view.snapshot_part(number)?));
    kept.into_iter().flat_map(|kept| kept.parts).map(part).collect()
}

/// What a host answered: by party and request, the status and the body.
type Served = BTreeMap<String, (u16, Vec<u8>)>;

fn left() -> Left {
    let (mut rig, folder) = (Rig::new(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&rig, folder.path(), "north");
    story(&mut rig, &mut north);
    rig.pass(2);
    let mut statements = BTreeMap::new();
    for content in rig.all_contents() {
        if let (What::Accepted(s) | What::Refused(s, _), Some(envelope)) =
            (&content.entry.what, &content.envelope)
        {
            let said = (s.party.to_string(), envelope.encode());
            statements.insert(s.hash.to_string(), said);
        }
    }
    // The head that is served has a cosignature.
    rig.store = None;
    rig.host.take().unwrap().stop();
    let seconds = rig.now().seconds();
    rig.start();
    rig.pass(2);
    north.follow(&rig);
    assert!(north.sync(&rig).unwrap().cosigned);
    // Nothing more is to be written: what there is now is what is looked at.
    let copy = rig.folder.path().join("copy.sqlite");
    rig.store.as_ref().unwrap().backup_to(&copy, |_| {}).unwrap();
    rig.stop();
    let bytes = std::fs::read(copy).unwrap();
    Left { bytes, seconds, statements, work: work() }
}

/// In memory where there is such a place: nothing here is to outlast anything, and it is written often.
fn work() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

impl Left {
    fn path(&self) -> PathBuf {
        self.work.path().join("record.sqlite")
    }

    /// The same, in a place of its own.
    fn beside(&self) -> Left {
        let (bytes, statements) = (self.bytes.clone(), self.statements.clone());
        Left { bytes, seconds: self.seconds, statements, work: work() }
    }

    /// Lays the file there, with these bits of one byte changed.
    fn lay(&self, at: usize, bits: u8) {
        for suffix in ["-wal", "-shm", "-journal"] {
            let _ = std::fs::remove_file(self.work.path().join(format!("record.sqlite{suffix}")));
        }
        let mut bytes = self.bytes.clone();
        bytes[at] ^= bits;
        std::fs::write(self.path(), bytes).unwrap();
    }

    /// Everything that the host asks of its store, as it comes from there.
    fn read(&self, path: &Path) -> Result<Read, StoreError> {
        let store = Store::open(path)?;
        let view = store.view(SPACE)?;
        let size = view.head().size;
        let mut read = Read {
            size,
            entries: view.entries(0..size, 4_096)?,
            head: view.latest_checkpoint()?,
            snapshot: parts(&view)?,
            tile: view.tile(0, 0)?,
            ..Read::default()
        };
        for name in PARTIES {
            read.given.push(view.given(name, 0, 4_096)?.rows);
        }
        for at in 0..=size {
            read.heads.push((view.checkpoint_at(at)?, view.cosignatures(at)?));
        }
        for (_, envelope) in self.statements.values() {
            let header = record::SignedStatement::parse(envelope).unwrap().claimed_header().clone();
            let named = view.named(&Name { series: header.key.0.0, number: header.seq })?;
            let at = named.unwrap_or(u64::MAX);
            read.names.push((named, view.last_mark(&format!("answers/{at:020}"))?));
        }
        Ok(read)
    }

    /// Opens the space and serves it, with the same clock and the same randomness each time; once its
    /// writer has drawn so often, it cannot write.
    /// And the size of the last head in its store.
    fn host(&self, draws: u64) -> Result<(Server, u64), String> {
        let store = Store::open(&self.path()).map_err(|error| error.to_string())?;
        let entropy = |draws: u64| -> Entropy {
            let drawn = AtomicU64::new(0);
            Arc::new(move || match drawn.fetch_add(1, Ordering::SeqCst) {
                drawn if drawn < draws => Ok(leaf_hash(&drawn.to_be_bytes()).0),
                _ => Err("there is no more".to_owned()),
            })
        };
        // No head in between: what is served is what lay there.
        let timing = Timing { heartbeat_s: 1 << 40, ..Timing::default() };
        let space = Space::open(store, SPACE, log_key(), entropy(draws), timing);
        let mut space = space.map_err(|error| error.to_string())?;
        let now = Time::from_seconds(self.seconds + 3_600);
        // Where that cannot be written, it says so to whoever asks.
        let _ = space.go_on_alone(now);
        let (clock, signed) = (Arc::new(move || now), space.published().tip().checkpoint_size);
        Server::start(space, &Config::default(), clock, entropy(u64::MAX))
            .map(|host| (host, signed))
            .map_err(|error| error.to_string())
    }

    /// Everything that it answers to every party.
    fn served(&self, (host, first): &(Server, u64)) -> Served {
        let talk = Talk::new(format!("http://{}", host.address()));
        // Its first head comes by itself.
        let begun = Instant::now();
        let head = || host.published().tip().checkpoint_size;
        while head() == *first && host.published().writable() {
            assert!(begun.elapsed() < Duration::from_secs(120), "no head");
            std::thread::sleep(Duration::from_millis(2));
        }
        let mut served = Served::new();
        for name in PARTIES {
            let token = talk.session(&duty(name));
            let mut ask = |path: String| {
                let answer = talk.get(&path, token.as_deref());
                served.insert(format!("{name} {path}"), answer);
            };
            for path in ["/v1/space", "/health", "/openapi.json", "/checkpoint"] {
                ask(path.into());
            }
            for from in [0, 9, 31, 60, 66] {
                ask(format!("/v1/given?from={from}&limit=1000"));
            }
            for width in [1, 64, *first] {
                ask(format!("/tile/0/000.p/{width}"));
                ask(format!("/tile/entries/000.p/{width}"));
            }
        }
        for (hash, (_, envelope)) in &self.statements {
            let answer = talk.post("/v1/statements", envelope);
            served.insert(format!("again {hash}"), answer);
        }
        served
    }
}

/// Requests on one connection.
struct Talk {
    agent: ureq::Agent,
    base: String,
}

impl Talk {
    fn new(base: String) -> Talk {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let config = config.timeout_global(Some(Duration::from_secs(20)));
        Talk { agent: config.build().new_agent(), base }
    }

    fn get(&self, path: &str, token: Option<&str>) -> (u16, Vec<u8>) {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut answer = request.call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_vec().unwrap())
    }

    fn post(&self, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let request = self.agent.post(format!("{}{path}", self.base));
        let mut answer = request.header("content-type", "application/json").send(body).unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_vec().unwrap())
    }

    /// A session; `None` where the key is not taken.
    fn session(&self, key: &deconflict_record::SigningKey) -> Option<String> {
        use base64::Engine;
        let id = key.verifying_key().id().to_string();
        let log_id = deconflict_testing::log_key().verifying_key().id().to_string();
        let (_, body) =
            self.post("/v1/session", serde_json::json!({ "key": id }).to_string().as_bytes());
        let nonce = serde_json::from_slice::<deconflict_api::Challenge>(&body).ok()?.nonce;
        let signed =
            key.sign(&deconflict_api::session_message(SPACE, &log_id, "127.0.0.1", &nonce)).0;
        let signature = base64::engine::general_purpose::STANDARD.encode(signed);
        let proof = serde_json::json!({
            "key": id, "nonce": nonce, "log": log_id, "name": "127.0.0.1", "signature": signature,
        });
        let (_, body) = self.post("/v1/session/prove", proof.to_string().as_bytes());
        serde_json::from_slice::<deconflict_api::Session>(&body).ok().map(|session| session.token)
    }
}

/// What became of one flip.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Became {
    /// It does not open, and says why.
    NotOpened,
    /// It serves, and says of some things that it cannot read or write them.
    Says,
    /// Everything that is served is as before.
    Unchanged,
    /// What changed is not taken by a desk, nor by `verify`.
    Caught,
    /// What changed is believed.
    Believed(String),
}

/// What an untouched store serves.
struct Whole {
    served: Served,
    /// To a host that cannot write, and says so: not that it goes on alone, or not a head after that.
    unwritable: [Served; 2],
}

impl Whole {
    /// What is not served as it was.
    fn changed<'s>(
        &self,
        served: &'s Served,
        writes: bool,
    ) -> Vec<(&'s String, &'s (u16, Vec<u8>))> {
        let from = |whole: &Served| -> Vec<_> {
            served.iter().filter(|(request, answer)| whole[*request] != **answer).collect()
        };
        if writes {
            return from(&self.served);
        }
        let [one, other] = self.unwritable.each_ref().map(from);
        if one.len() < other.len() { one } else { other }
    }
}

fn flip(left: &Left, whole: &Whole, at: usize, bits: u8) -> Became {
    left.lay(at, bits);
    let host = match left.host(u64::MAX) {
        Ok(host) => host,
        Err(fault) => {
            assert!(!fault.is_empty());
            return Became::NotOpened;
        }
    };
    let served = left.served(&host);
    let writes = host.0.published().writable();
    let changed = whole.changed(&served, writes);
    if changed.is_empty() {
        return if writes { Became::Unchanged } else { Became::Says };
    }
    let says = |(_, (status, _)): &(&String, &(u16, Vec<u8>))| *status == 503;
    if changed.iter().all(says) {
        return Became::Says;
    }
    let of: Vec<&str> = changed
        .iter()
        .filter(|changed| !says(changed))
        .map(|(request, _)| request.split(' ').next().unwrap())
        .collect();
    let caught =
        PARTIES.iter().filter(|name| of.contains(*name)).all(|name| not_taken(&host.0, name));
    if caught && !of.contains(&"again") {
        return Became::Caught;
    }
    let told: Vec<String> = changed
        .iter()
        .map(|(request, (status, body))| {
            let body = String::from_utf8_lossy(body);
            format!("{request}: {status} {}", body.chars().take(600).collect::<String>())
        })
        .collect();
    Became::Believed(told.join("\n  "))
}

/// Whether a desk of this party that reads everything from this host stops, or finds it not proven.
fn not_taken(host: &Server, name: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://{}", host.address());
    let mut fresh = Post::at(&url, folder.path(), name);
    let now = deconflict_record::UtcSecond::new(1_495_200_000).unwrap();
    if fresh.sync_at(now).is_err() {
        return true;
    }
    let dossier = folder.path().join("dossier");
    fresh.desk.export(&dossier).is_err()
        || !verify(&dossier, &Trust::default(), &mut |_, _| {}).is_sound()
}

#[test]
fn a_flipped_byte_of_the_store_is_told_or_changes_nothing_that_is_believed() {
    let left = left();
    left.lay(0, 0);
    let whole = left.served(&left.host(u64::MAX).unwrap());
    assert!(whole.values().all(|(status, _)| [200, 404].contains(status)), "{whole:?}");
    left.lay(0, 0);
    assert_eq!(left.served(&left.host(u64::MAX).unwrap()), whole, "the same again, untouched");
    let unwritable = [1, 2].map(|draws| {
        left.lay(0, 0);
        left.served(&left.host(draws).unwrap())
    });
    let whole = Whole { served: whole, unwritable };
    left.lay(0, 0);
    let read = left.read(&left.path()).unwrap();
    let asked = std::env::var("DECONFLICT_SOAK_FLIPS").unwrap_or_else(|_| "300".into());
    let mut dice = Chance::new(47);
    let size = left.bytes.len();
    let places: Vec<usize> = match asked.parse() {
        Ok(flips) => (0..flips).map(|_| dice.below(size as u64) as usize).collect::<Vec<_>>(),
        Err(_) if asked == "all" => (0..size).collect(),
        Err(_) if asked.starts_with("at ") => Vec::new(),
        Err(_) => panic!("DECONFLICT_SOAK_FLIPS: a number, `all` or `at 7,9`, not `{asked}`"),
    };
    let mut dice = Chance::new(53);
    let mut flips: Vec<(usize, u8)> = places.iter().map(|at| (*at, 1 << dice.below(8))).collect();
    if let Some(places) = asked.strip_prefix("at ") {
        let places = places.split(',').map(|at| at.trim().parse::<usize>().unwrap());
        flips = places.flat_map(|at| (0..8).map(move |bit| (at, 1 << bit))).collect();
    }
    // Most of the time a host is waited for: more at once than there are cores.
    const AT_ONCE: usize = 4;
    let next = AtomicUsize::new(0);
    let one = || {
        let left = left.beside();
        let mut seen = Vec::new();
        while let nth = next.fetch_add(1, Ordering::Relaxed)
            && let Some((at, bits)) = flips.get(nth)
        {
            left.lay(*at, *bits);
            let same = left.read(&left.path()).is_ok_and(|now| now == read);
            // Some of those that look the same to readers are served too: to write may be another matter.
            let served = !same || nth.is_multiple_of(40);
            let became = if served { flip(&left, &whole, *at, *bits) } else { Became::Unchanged };
            if let Became::Believed(what) = &became {
                println!(
                    "believed: byte {at}, bits {bits:#04x} in page {}: {what}",
                    at / 4_096 + 1
                );
            }
            seen.push((*at, *bits, became));
        }
        seen
    };
    let seen: Vec<(usize, u8, Became)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(one)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let (mut counts, mut believed) = (BTreeMap::<Became, usize>::new(), Vec::new());
    for (at, bits, became) in seen {
        if let Became::Believed(what) = &became {
            believed.push(format!("byte {at}, bits {bits:#04x}: {what}"));
        } else {
            *counts.entry(became).or_default() += 1;
        }
    }
    println!("{} of {size} bytes flipped: {counts:?}", flips.len());
    assert!(believed.is_empty(), "{} believed:\n{}", believed.len(), believed.join("\n"));
    assert!(counts.len() >= 3, "flips that nothing notices test nothing: {counts:?}");
}
