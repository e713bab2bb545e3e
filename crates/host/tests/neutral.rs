//! Witnesses at addresses: the host posts its heads to them, and whatever they do, the record goes on.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use common::*;
use deconflict_core::*;
use deconflict_host::{
    Config, PostFault, PublishedState, Server, ServerLimits, Space, Timing, WitnessReport,
    system_clock, system_entropy,
};
use deconflict_record::{
    AddCheckpoint, Cosigner, KeyUse, SignedCheckpoint, SignedStatement, SigningKey, UtcSecond, Vkey,
};
use deconflict_store::{Options, Store};

const NAME: &str = "witness.example/w1";

fn neutral_key() -> SigningKey {
    SigningKey::from_seed(&[77; 32])
}

fn neutral_vkey() -> Vkey {
    Vkey::new(NAME, KeyUse::Witness, neutral_key().verifying_key()).unwrap()
}

/// What a witness does when it is asked.
#[derive(Clone, PartialEq, Debug)]
enum Conduct {
    Honest,
    /// It never answers.
    Silent,
    /// It begins an answer and goes on with it for ever, byte by byte.
    Drips,
    /// It answers with these bytes.
    Says(Vec<u8>),
    /// It says that it knows another size each time.
    Wavers,
    /// It signs with another key, under its own name.
    OtherKey,
    /// It dates what it signs by so many seconds otherwise.
    Dated(i64),
}

/// A witness of this test's own.
struct TestWitness {
    url: String,
    conduct: Arc<Mutex<Conduct>>,
    /// From which sizes it was asked, and to which.
    asked: Arc<Mutex<Vec<(u64, u64)>>>,
    /// Its clock.
    seconds: Arc<AtomicI64>,
}

fn status(status: u16, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .into_bytes()
}

fn request(stream: &TcpStream) -> Option<AddCheckpoint> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    assert_eq!(first, "POST /w/add-checkpoint HTTP/1.1\r\n");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some(told) = line.to_lowercase().strip_prefix("content-length:") {
            length = told.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(AddCheckpoint::parse(&body).unwrap())
}

impl TestWitness {
    fn start() -> TestWitness {
        let seconds = Arc::new(AtomicI64::new(at(START).seconds()));
        let clock = seconds.clone();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}/w", listener.local_addr().unwrap());
        let conduct = Arc::new(Mutex::new(Conduct::Honest));
        let asked: Arc<Mutex<Vec<(u64, u64)>>> = Arc::default();
        let (does, noted) = (conduct.clone(), asked.clone());
        let cosigner = Arc::new(Mutex::new(Cosigner::new(NAME, log(), None).unwrap()));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (conduct, cosigner) = (does.lock().unwrap().clone(), cosigner.clone());
                let (seconds, noted) = (clock.clone(), noted.clone());
                thread::spawn(move || {
                    let Some(request) = request(&stream) else { return };
                    let turn = {
                        let mut noted = noted.lock().unwrap();
                        noted.push((request.old_size, request.checkpoint.claimed().size));
                        noted.len()
                    };
                    answer(stream, &conduct, &request, (turn, &cosigner, &seconds));
                });
            }
        });
        TestWitness { url, conduct, asked, seconds }
    }

    fn does(&self, conduct: Conduct) {
        *self.conduct.lock().unwrap() = conduct;
    }
}

fn answer(
    mut stream: TcpStream,
    conduct: &Conduct,
    request: &AddCheckpoint,
    (turn, cosigner, seconds): (usize, &Mutex<Cosigner>, &AtomicI64),
) {
    let (key, later_s) = match conduct {
        Conduct::Silent => return thread::sleep(Duration::from_secs(30)),
        Conduct::Drips => {
            let _ = stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 4000\r\n\r\n");
            while stream.write_all(b"a").is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
            return;
        }
        Conduct::Says(bytes) => {
            let _ = stream.write_all(bytes);
            return;
        }
        Conduct::Wavers => {
            let size = format!("{}\n", turn % 2);
            let _ = stream.write_all(&status(409, "text/x.tlog.size", &size));
            return;
        }
        Conduct::OtherKey => (SigningKey::from_seed(&[78; 32]), 0),
        Conduct::Dated(seconds) => (neutral_key(), *seconds),
        Conduct::Honest => (neutral_key(), 0),
    };
    let time = UtcSecond::new((seconds.load(Ordering::SeqCst) + later_s).try_into().unwrap());
    let mut cosigner = cosigner.lock().unwrap();
    let told = match cosigner.judge(request) {
        // One that lies does not keep what it saw.
        Ok(pending) if *conduct != Conduct::Honest => {
            let _ = pending;
            let mut other = Cosigner::new(NAME, log(), None).unwrap();
            let whole = AddCheckpoint { old_size: 0, proof: vec![], ..request.clone() };
            let line = other.judge(&whole).unwrap().persisted(&key, time.unwrap()).line();
            status(200, "text/plain", &line)
        }
        Ok(pending) => status(200, "text/plain", &pending.persisted(&key, time.unwrap()).line()),
        Err(refusal) if refusal.status() == 409 => {
            status(409, "text/x.tlog.size", &format!("{}\n", cosigner.head().size))
        }
        Err(refusal) => status(refusal.status(), "text/plain", &refusal.to_string()),
    };
    let _ = stream.write_all(&told);
}

/// The four parties, the desk of `north` and what is at this address as witnesses: two of two make a quorum.
fn with_neutral(url: &str) -> SignedStatement {
    let mut charter = witnessed(&PARTIES, &["north"], 2);
    let key = neutral_key().verifying_key();
    charter.witnesses.push(Witness { party: None, name: NAME.into(), key, url: Some(url.into()) });
    charter.quorum = 2;
    let roots = PARTIES.map(|name| root(name, 0));
    let signers: Vec<&SigningKey> = roots.iter().collect();
    deconflict_testing::sign(SPACE, PARTIES[0], &signers, (1, None), None, &founding(charter))
}

fn quick() -> Config {
    let limits = ServerLimits {
        witness_answer: Duration::from_millis(300),
        witness_pause: Duration::from_millis(20),
        witness_pause_most: Duration::from_millis(100),
        ..ServerLimits::default()
    };
    let metrics = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    Config { limits, metrics, ..Config::default() }
}

/// A host before a witness of this test's own.
fn before() -> (Rig, TestWitness) {
    let witness = TestWitness::start();
    let rig = Rig::founded(quick(), Options::default(), &with_neutral(&witness.url));
    (rig, witness)
}

fn report(published: &PublishedState) -> Option<WitnessReport> {
    published.witness_reports().remove(NAME)
}

/// What a witness's report says, once it says what is waited for.
fn reported(
    published: &PublishedState,
    what: &str,
    holds: impl Fn(&WitnessReport) -> bool,
) -> WitnessReport {
    let begun = Instant::now();
    loop {
        match report(published) {
            Some(report) if holds(&report) => return report,
            told => assert!(begun.elapsed() < Duration::from_secs(20), "{what}: {told:?}"),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn countersigned(published: &PublishedState) -> u64 {
    let size = || published.tip().checkpoint_size;
    reported(published, "countersigned", |report| report.cosigned == size()).cosigned
}

fn published(rig: &Rig) -> Arc<PublishedState> {
    rig.host.as_ref().unwrap().published().clone()
}

fn for_operators(rig: &Rig, path: &str) -> String {
    let address = rig.host.as_ref().unwrap().metrics_address().unwrap();
    let page = rig.agent.get(format!("http://{address}{path}")).call().unwrap();
    page.into_body().read_to_string().unwrap()
}

fn shown(rig: &Rig) -> SignedCheckpoint {
    let note = rig.get("/checkpoint", Some(&rig.token(&duty("north")))).body;
    SignedCheckpoint::parse(&note).unwrap()
}

#[test]
fn each_head_is_posted_proven_from_the_one_before_and_the_cosignature_stands_with_the_head() {
    let (mut rig, witness) = before();
    assert_eq!(countersigned(&published(&rig)), 2, "the founding");
    rig.enrol("north", "duty", Role::Person);
    let size = countersigned(&published(&rig));
    assert!(size > 2, "{size}");
    let seen = shown(&rig).cosignatures(&[&neutral_vkey()]).unwrap();
    assert_eq!((seen.len(), seen[0].witness.as_str()), (1, NAME));
    let asked = witness.asked.lock().unwrap().clone();
    assert_eq!((asked[0], *asked.last().unwrap()), ((0, 2), (2, size)), "{asked:?}");
    // Started anew it does not know what the witness knows, and asks it.
    rig.stop();
    rig.start();
    rig.enrol("south", "duty", Role::Person);
    let size = countersigned(&published(&rig));
    let later = witness.asked.lock().unwrap()[asked.len()..].to_vec();
    assert_eq!(later[0].0, 0, "{later:?}");
    assert!(later[1..].iter().all(|(old_size, _)| *old_size >= 2), "{later:?}");
    assert_eq!(shown(&rig).claimed().size, size);
    let row = format!("\ndeconflict_witness_cosigned_entries{{witness=\"{NAME}\"}} {size}\n");
    assert!(for_operators(&rig, "/metrics").contains(&row), "{row}");
}

#[test]
fn whatever_a_witness_does_statements_are_taken_in_its_operator_is_told_and_it_is_asked_again() {
    let (mut rig, witness) = before();
    let published = published(&rig);
    let elsewhere = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let redirect = format!(
        "HTTP/1.1 307 X\r\nlocation: http://{}/w/add-checkpoint\r\ncontent-length: 0\r\n\r\n",
        elsewhere.local_addr().unwrap()
    );
    let says = |code: u16, kind: &str, body: &str| Conduct::Says(status(code, kind, body));
    let size = |text: &str| says(409, "text/x.tlog.size", text);
    let is_down = |fault: &PostFault| matches!(fault, PostFault::Down(_));
    let is = |wanted: PostFault| move |fault: &PostFault| *fault == wanted;
    let not_taken =
        |fault: &PostFault| matches!(fault, PostFault::NotTaken(why) if why.contains("clock"));
    let ahead = |fault: &PostFault| matches!(fault, PostFault::Ahead { knows: 1_000, .. });
    type Judge<'a> = Box<dyn Fn(&PostFault) -> bool + 'a>;
    let cases: Vec<(Conduct, Judge<'_>)> = vec![
        (Conduct::Silent, Box::new(is_down)),
        (Conduct::Drips, Box::new(is_down)),
        (Conduct::Says(b"nonsense\r\n\r\n".to_vec()), Box::new(is_down)),
        (Conduct::Wavers, Box::new(is(PostFault::NoSize))),
        (Conduct::OtherKey, Box::new(is(PostFault::NotByItsKey))),
        (Conduct::Dated(7_200), Box::new(not_taken)),
        (Conduct::Dated(-7_200), Box::new(not_taken)),
        (size("many\n"), Box::new(is(PostFault::NoSize))),
        (size(""), Box::new(is(PostFault::NoSize))),
        (size(&"9".repeat(100_000)), Box::new(is(PostFault::NoSize))),
        (size("1000\n"), Box::new(ahead)),
        (says(409, "text/plain", "2\n"), Box::new(is(PostFault::NoSize))),
        (says(200, "text/plain", &"— a AAAA\n".repeat(100_000)), Box::new(is(PostFault::TooLong))),
        (says(200, "text/plain", ""), Box::new(is(PostFault::NotByItsKey))),
        (says(200, "text/plain", "yes\n— x\n"), Box::new(is(PostFault::NotByItsKey))),
        (says(403, "text/plain", ""), Box::new(is(PostFault::OtherKey))),
        (says(404, "text/plain", ""), Box::new(is(PostFault::UnknownLog))),
        (says(422, "text/plain", ""), Box::new(is(PostFault::Inconsistent))),
        (says(500, "text/plain", ""), Box::new(is(PostFault::Status(500)))),
        (Conduct::Says(redirect.into_bytes()), Box::new(is(PostFault::Status(307)))),
    ];
    rig.enrol("north", "duty", Role::Person);
    for (nth, (conduct, is_told)) in cases.into_iter().enumerate() {
        countersigned(&published);
        witness.does(conduct.clone());
        let begun = Instant::now();
        rig.enrol("north", &format!("post{nth}"), Role::Machine);
        assert!(begun.elapsed() < Duration::from_secs(2), "{conduct:?}: {:?}", begun.elapsed());
        let what = format!("{nth}: {conduct:?}").chars().take(200).collect::<String>();
        reported(&published, &what, |report| {
            report.failing.as_ref().is_some_and(|failing| is_told(&failing.fault))
        });
        witness.does(Conduct::Honest);
    }
    countersigned(&published);
    assert!(elsewhere.accept().is_err(), "a redirect was followed");
    // Nothing but what the named key signed stands with the head.
    let head = shown(&rig);
    let lines = head.note().claimed_signatures();
    let names: Vec<&str> = lines.iter().map(|line| line.claimed_name()).collect();
    assert_eq!(names, [SPACE, NAME]);
    assert_eq!(head.cosignatures(&[&neutral_vkey()]).unwrap().len(), 1);
}

#[test]
fn a_witness_that_is_gone_is_told_to_operators_by_name_and_to_others_as_a_number() {
    let (mut rig, witness) = before();
    let published = published(&rig);
    countersigned(&published);
    assert_eq!(published.troubles(), []);
    witness.does(Conduct::Says(status(404, "text/plain", "")));
    rig.enrol("north", "duty", Role::Person);
    let report = reported(&published, "silent", |report| report.silent().is_some());
    let failing = report.failing.unwrap();
    assert!(failing.tries >= 3 && failing.fault == PostFault::UnknownLog, "{failing:?}");
    let health = for_operators(&rig, "/health");
    for told in [NAME, &witness.url, "it does not know this record", "\"failing_since\":\""] {
        assert!(health.contains(told), "{told}: {health}");
    }
    let metrics = for_operators(&rig, "/metrics");
    assert!(metrics.contains(&format!("deconflict_witness_tries_in_vain{{witness=\"{NAME}\"}} ")));
    let public = String::from_utf8(rig.get("/health", None).body).unwrap();
    assert!(public.contains(r#"{"witnesses-silent":{"witnesses":1}}"#), "{public}");
    assert!(!public.contains("w1"), "{public}");
    // What it is not asked any more it does not fail at.
    let mut terms = published.ledger().charter.clone().unwrap().into_inner();
    terms.witnesses.retain(|witness| witness.name != NAME);
    terms.quorum = 1;
    let roots = PARTIES.map(|name| root(name, 0));
    let signers: Vec<&SigningKey> = roots.iter().collect();
    rig.filed("host", &signers, &Say::AmendCharter { charter: Box::new(terms) });
    let begun = Instant::now();
    while !published.witness_reports().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", published.witness_reports());
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(published.troubles(), []);
    let asked = witness.asked.lock().unwrap().len();
    rig.enrol("south", "duty", Role::Person);
    thread::sleep(Duration::from_millis(300));
    assert_eq!(witness.asked.lock().unwrap().len(), asked, "it is not asked any more");
}

#[test]
fn a_host_stops_at_once_and_lets_its_store_go_while_a_witness_keeps_it_waiting() {
    let (mut rig, witness) = before();
    rig.stop();
    rig.config.limits.witness_answer = Duration::from_secs(20);
    witness.does(Conduct::Silent);
    rig.start();
    rig.enrol("north", "duty", Role::Person);
    let begun = Instant::now();
    while witness.asked.lock().unwrap().last().is_none_or(|(_, size)| *size <= 2) {
        assert!(begun.elapsed() < Duration::from_secs(10));
        thread::sleep(Duration::from_millis(5));
    }
    let begun = Instant::now();
    rig.stop();
    rig.start();
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

fn opened(published: &PublishedState) {
    let begun = Instant::now();
    while let Some(closed) = published.closed() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{closed}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_host_that_was_started_anew_signs_on_once_the_neutral_witness_countersigned_its_last_head_now()
{
    let (mut rig, witness) = before();
    rig.enrol("north", "duty", Role::Person);
    countersigned(&published(&rig));
    rig.stop();
    // An hour later: what it countersigned then says nothing of what it saw since.
    rig.seconds.fetch_add(3_600, Ordering::SeqCst);
    rig.start_asking();
    let published = published(&rig);
    let told = reported(&published, "an old date", |report| report.failing.is_some());
    let fault = told.failing.unwrap().fault;
    assert!(matches!(&fault, PostFault::NotTaken(why) if why.contains("3600 s ago")), "{fault}");
    let closed = published.closed().unwrap();
    assert_eq!((closed.needed, closed.heard.len()), (1, 0));
    let silent = closed.silent_parties();
    assert!(silent.contains("`witness.example/w1`, which the host asks by itself"), "{silent}");
    witness.seconds.fetch_add(3_600, Ordering::SeqCst);
    opened(&published);
    rig.enrol("south", "duty", Role::Person);
    countersigned(&published);
}

#[test]
fn a_host_that_is_an_old_copy_signs_nothing_when_the_neutral_witness_saw_more() {
    let (mut rig, _witness) = before();
    let first = published(&rig);
    countersigned(&first);
    rig.stop();
    let kept = first.tip().checkpoint_size;
    let old = rig.folder.path().join("old");
    std::fs::copy(rig.path(), &old).unwrap();
    rig.start();
    rig.enrol("north", "duty", Role::Person);
    let size = countersigned(&published(&rig));
    rig.stop();
    for rest in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{rest}", rig.path().display()));
    }
    std::fs::copy(&old, rig.path()).unwrap();
    rig.start_asking();
    let published = published(&rig);
    let told = reported(&published, "more", |report| report.silent().is_some());
    assert_eq!(told.failing.unwrap().fault, PostFault::Ahead { knows: size, size: kept });
    thread::sleep(Duration::from_millis(300));
    assert!(published.closed().is_some(), "it would be a second history");
    assert_eq!(published.tip().checkpoint_size, kept);
}

/// PyPI's `aics-witness`: others' code, with others' reading of the specification.
struct ForeignWitness(Child);

impl Drop for ForeignWitness {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_witness_by_others_countersigns_what_this_host_posts() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = here.join("../../.tools/tlog/bin/aics-witness");
    if !program.exists() {
        println!(
            "\nskipped: a witness by others: needs Python 3.12 and aics-witness (tools/prerequisites.sh)"
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("witness.json");
    let run = |args: &[&str]| {
        let output =
            Command::new(&program).args(args).arg("--config").arg(&config).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    // A port that was free a moment ago: it says no other one where it is asked for 0.
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let theirs = run(&["init", "--name", NAME, "--listen", &free.to_string(), "--prefix", "/w"]);
    let theirs = Vkey::parse(theirs.trim_end()).unwrap();
    run(&["add-log", "--origin", SPACE, "--vkey", &log().to_string()]);
    let mut serving = Command::new(&program);
    serving.args(["serve", "--config"]).arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
    let _serving = ForeignWitness(serving.spawn().unwrap());

    let url = format!("http://{free}/w");
    let mut charter = witnessed(&PARTIES, &[], 0);
    let (name, key) = (NAME.to_owned(), *theirs.key());
    charter.witnesses.push(Witness { party: None, name, key, url: Some(url) });
    charter.quorum = 1;
    let roots = PARTIES.map(|name| root(name, 0));
    let signers: Vec<&SigningKey> = roots.iter().collect();
    let mut signing = Signing::new(SPACE);
    let founding = signing.next(PARTIES[0], &signers, &founding(charter));
    signing.note(&founding);
    let store = Store::create(&folder.path().join("record.sqlite")).unwrap();
    let (entropy, timing, now) = (system_entropy(), Timing::default(), system_clock()());
    let envelope = founding.envelope().encode();
    let space = Space::found(store.clone(), &envelope, log_key(), entropy, timing, now).unwrap();
    let host = Server::start(space, &quick(), system_clock(), system_entropy()).unwrap();
    assert_eq!(countersigned(host.published()), 2);
    for post in ["duty", "watch"] {
        let say = enrolment("north", post, Role::Person);
        let statement = signing.next("north", &[&root("north", 0)], &say);
        signing.note(&statement);
        let url = format!("http://{}/v1/statements", host.address());
        let answer = ureq::post(url).send(&statement.envelope().encode()[..]).unwrap();
        assert_eq!(answer.status(), 200);
        countersigned(host.published());
    }
    let size = host.published().tip().checkpoint_size;
    assert_eq!(report(host.published()).unwrap().failing, None);
    let told = run(&["status"]);
    assert!(told.contains(&format!("size    {size}")), "{size}: {told}");
    assert!(!told.contains("EVIDENCE"), "{told}");
    host.stop();
    let kept = store.view(SPACE).unwrap().cosignatures(size).unwrap();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0].witness, NAME);
}
