//! Everybody has a share of what all need: no party, and no stranger, takes another's.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use common::*;
use deconflict_api::{FilingAnswer, GivenEntry, GivenPage};
use deconflict_core::*;
use deconflict_host::Config;
use deconflict_record::{
    AddCheckpoint, Cosigner, SignedCheckpoint, SignedStatement, SigningKey, UtcSecond,
};
use deconflict_store::Options;

/// So many declarations that take nearly all the bytes that a statement may have, which all may read.
fn large(rig: &mut Rig, name: &str, count: usize) {
    let volumes = vec![circle_in(34.5, 38.6, 2_000.0, (6, 8)); 100];
    let operation = Operation { name: texts("op"), volumes, contact: None };
    let say = declare(DeclarationContent::Operation(operation), Sharing::Open);
    for _ in 0..count {
        rig.accepted(name, &say);
    }
}

#[test]
fn a_page_has_few_bytes_whatever_one_entry_gave_and_goes_on_within_it() {
    let mut config = Config::default();
    config.limits.page_bytes = 100_000;
    let mut rig = Rig::with(config, Options::default());
    large(&mut rig, "north", 20);
    let late = root("late", 0);
    let roots = PARTIES.map(|name| root(name, 0));
    let signers: Vec<&SigningKey> = roots.iter().chain([&late]).collect();
    rig.filed("host", &signers, &Say::Join { member: member("late") });
    rig.enrol("late", "duty", Role::Person);
    rig.pass(1);
    let token = rig.token(&duty("late"));
    let (mut all, mut from, mut within, mut pages) = (Vec::<GivenEntry>::new(), 0, 0, 0);
    loop {
        let path = format!("/v1/given?from={from}&within={within}&limit=1024");
        let reply = rig.get(&path, Some(&token));
        assert!(reply.body.len() < 400_000, "{} bytes", reply.body.len());
        let page: GivenPage = reply.json();
        if page.given.is_empty() {
            break;
        }
        (from, within, pages) = (page.next, page.within, pages + 1);
        all.extend(page.given);
    }
    let of_one = |cause: u64| all.iter().filter(|one| one.cause == cause).count();
    let most = all.iter().map(|one| of_one(one.cause)).max().unwrap();
    assert!(most > 20 && pages > 5, "one entry gave {most} in {pages} pages");
    // The same comes over a stream, in its order, and each cause has one id, at its end.
    let streamed: Vec<_> =
        rig.stream(&token, None).take_while(|event| event.kind == "given").collect();
    let read = |data: &str| -> GivenEntry { serde_json::from_str(data).unwrap() };
    assert_eq!(streamed.iter().map(|event| read(&event.data)).collect::<Vec<_>>(), all);
    for (one, next) in streamed.iter().zip(streamed.iter().skip(1)) {
        let ends = read(&one.data).cause != read(&next.data).cause;
        assert_eq!(one.id.is_some(), ends);
    }
}

/// Asks so many times, and reads nothing of the answers: more than the system's buffers between the two hold.
fn deaf(host: SocketAddr, path: &str, token: &str, times: usize) -> TcpStream {
    let mut line = TcpStream::connect(host).unwrap();
    line.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let ask = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    line.write_all(ask.repeat(times).as_bytes()).unwrap();
    line
}

/// How many whole answers come before the line ends.
fn whole_answers(mut line: TcpStream) -> usize {
    let mut answers = Vec::new();
    let _ = line.read_to_end(&mut answers);
    let end = b"}\r\n0\r\n\r\n";
    answers.windows(end.len()).filter(|window| window == end).count()
}

#[test]
fn who_reads_nothing_of_its_answers_takes_no_more_than_its_own_share() {
    let mut config = Config::default();
    (config.limits.readings, config.limits.all_readings) = (2, 2);
    config.limits.page_bytes = 64 * 1024 * 1024;
    config.limits.reading = Duration::from_millis(300);
    config.limits.header = Duration::from_secs(3);
    let mut rig = Rig::with(config, Options::default());
    large(&mut rig, "north", 60);
    let (south, aid) = (rig.token(&duty("south")), rig.token(&duty("aid")));
    let path = "/v1/given?limit=1024";
    let host = rig.host.as_ref().unwrap().address();
    let [first, second] = [(); 2].map(|()| deaf(host, path, &south, 24));
    std::thread::sleep(Duration::from_secs(1));
    // All places are taken, and whoever has none gets one at once.
    let begun = Instant::now();
    let reply = rig.get("/v1/given?from=1&limit=1", Some(&aid));
    assert_eq!(reply.status, 200);
    assert!(begun.elapsed() < Duration::from_millis(250), "{:?}", begun.elapsed());
    // Its own next reading has the place of its own oldest, once that was held for long.
    assert_eq!(rig.get("/v1/given?from=1&limit=1", Some(&south)).status, 200);
    let whole = [first, second].map(whole_answers);
    assert!(whole.iter().any(|whole| *whole < 24), "{whole:?}");
}

#[test]
fn who_hangs_up_makes_no_room_for_more_while_it_is_still_read_for() {
    let mut config = Config::default();
    config.limits.page_bytes = 64 * 1024 * 1024;
    let mut rig = Rig::with(config, Options::default());
    large(&mut rig, "north", 60);
    let (south, aid) = (rig.token(&duty("south")), rig.token(&duty("aid")));
    // Each of these pages takes some milliseconds, and nobody waits for it.
    let (address, south) = (rig.host.as_ref().unwrap().address(), south.as_str());
    let hangs_up = move || {
        for _ in 0..800 {
            let line = deaf(address, "/v1/given?limit=1024", south, 1);
            std::thread::sleep(Duration::from_millis(3));
            drop(line);
        }
    };
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(hangs_up))));
    let begun = Instant::now();
    assert_eq!(rig.get("/v1/given?from=1&limit=1", Some(&aid)).status, 200);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[test]
fn a_party_with_many_sessions_ends_its_own_oldest_and_nobody_elses() {
    let mut config = Config::default();
    (config.limits.sessions_of_party, config.limits.sessions_of_key) = (4, 3);
    let mut rig = Rig::with(config, Options::default());
    let posts = ["a", "b", "c"];
    for post in posts {
        rig.enrol("north", post, Role::Machine);
    }
    let south = rig.token(&duty("south"));
    let began = |key: &SigningKey| rig.token(key);
    let keys = posts.map(|post| operator("north", post));
    let tokens: Vec<String> = keys.iter().flat_map(|key| [began(key), began(key)]).collect();
    let good = |token: &String| rig.get("/checkpoint", Some(token)).status == 200;
    assert_eq!(tokens.iter().map(good).collect::<Vec<_>>(), [false, false, true, true, true, true]);
    assert!(good(&south));
    // One more of a key that has its own share of these.
    let more = [began(&keys[2]), began(&keys[2])];
    let now: Vec<bool> = tokens.iter().chain(&more).map(good).collect();
    assert_eq!(now, [false, false, false, true, false, true, true, true]);
}

/// Does something while a statement is under way that takes its party's whole share, since the writer stands
/// still; it is taken in afterwards.
fn while_its_share_is_full(rig: &Rig, statement: &SignedStatement, act: impl FnOnce()) {
    let gate = rig.gate.clone();
    let held = gate.lock().unwrap();
    std::thread::scope(|scope| {
        let own = scope.spawn(|| rig.send(statement));
        std::thread::sleep(Duration::from_millis(200));
        act();
        drop(held);
        assert_eq!(own.join().unwrap().status, 200);
    });
}

#[test]
fn old_statements_sent_again_by_anybody_cost_their_author_nothing() {
    let mut config = Config::default();
    config.limits.in_flight = 1;
    let mut rig = Rig::with(config, Options::default());
    let say = declare(operation_at(34.5, 38.6), Sharing::Open);
    let old: Vec<_> = (0..3)
        .map(|_| {
            let statement = rig.statement("north", &[&duty("north")], &say);
            let filed: FilingAnswer = rig.send(&statement).json();
            rig.chained(&statement);
            (statement, filed)
        })
        .collect();
    let new = rig.statement("north", &[&duty("north")], &say);
    while_its_share_is_full(&rig, &new, || {
        for (statement, filed) in &old {
            let again = rig.send(statement);
            assert_eq!(again.status, 200, "{}", String::from_utf8_lossy(&again.body));
            let again: FilingAnswer = again.json();
            assert_eq!((again.index, &again.promise), (filed.index, &filed.promise));
        }
    });
}

#[test]
fn a_statement_that_another_one_has_the_number_of_costs_its_author_no_share_either() {
    let mut config = Config::default();
    config.limits.in_flight = 1;
    let mut rig = Rig::with(config, Options::default());
    let say = |lat| declare(operation_at(lat, 38.6), Sharing::Open);
    let never = rig.statement("north", &[&duty("north")], &say(10.0));
    rig.accepted("north", &say(20.0));
    let new = rig.statement("north", &[&duty("north")], &say(30.0));
    while_its_share_is_full(&rig, &new, || {
        let again = rig.send(&never);
        assert_eq!(again.status, 409, "{}", String::from_utf8_lossy(&again.body));
        let problem = again.problem();
        assert_eq!(problem.next_seq, Some(2));
    });
}

/// Whether a connection is answered; `false` where it is closed.
fn is_served(line: &mut TcpStream, more: &str) -> bool {
    let ask = format!("GET /checkpoint HTTP/1.1\r\nhost: here\r\n{more}\r\n");
    let mut answer = [0; 4_096];
    match line.write_all(ask.as_bytes()).and_then(|()| line.read(&mut answer)) {
        Ok(0) => false,
        Ok(read) => answer[..read].starts_with(b"HTTP/1.1 "),
        Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("neither: {error}"),
        Err(_) => false,
    }
}

#[test]
fn connections_of_a_stranger_shut_nobody_out() {
    let mut config = Config::default();
    let limits = &mut config.limits;
    (limits.connections, limits.connections_in_session) = (16, 8);
    limits.connections_of_address = 6;
    let rig = Rig::with(config, Options::default());
    let address = rig.host.as_ref().unwrap().address();
    let connected = || {
        let line = TcpStream::connect(address).unwrap();
        line.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        line
    };
    let token = format!("authorization: Bearer {}\r\n", rig.token(&duty("north")));
    let mut known: Vec<TcpStream> = (0..4)
        .map(|_| {
            let mut line = connected();
            assert!(is_served(&mut line, &token));
            line
        })
        .collect();
    let mut strangers: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut line = connected();
            assert!(is_served(&mut line, ""), "whoever comes is let in");
            line
        })
        .collect();
    let left = strangers.iter_mut().filter_map(|line| is_served(line, "").then_some(())).count();
    assert!((1..=6).contains(&left), "{left}");
    assert!(known.iter_mut().all(|line| is_served(line, &token)), "those in a session stay");
}

/// The witness signs a head as of so many seconds ago.
fn cosign(rig: &Rig, token: &str, head: &SignedCheckpoint, ago_s: u64) -> u16 {
    let mut witness = Cosigner::new("north.example/desk", log(), None).unwrap();
    let request = AddCheckpoint { old_size: 0, proof: vec![], checkpoint: head.clone() };
    let time = UtcSecond::new(rig.now().seconds() as u64 - ago_s).unwrap();
    let line = witness.judge(&request).unwrap().persisted(&witness_key(), time).line();
    let body = serde_json::json!({ "size": head.claimed().size, "line": line }).to_string();
    rig.post("/v1/cosignatures", Some(token), body.as_bytes()).status
}

fn witness_key() -> SigningKey {
    deconflict_testing::witness("north")
}

#[test]
fn many_cosignatures_are_written_with_the_next_append() {
    let mut rig = Rig::new();
    let counted = |rig: &Rig, row: &str| -> u64 {
        let address = rig.host.as_ref().unwrap().metrics_address().unwrap();
        let page = rig.agent.get(format!("http://{address}/metrics")).call().unwrap();
        let text = page.into_body().read_to_string().unwrap();
        let line = text.lines().find(|line| line.starts_with(row)).unwrap();
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() as u64
    };
    rig.stop();
    rig.config.metrics = Some("127.0.0.1:0".parse().unwrap());
    rig.start();
    rig.pass(1);
    let token = rig.token(&duty("north"));
    let head = rig.get("/checkpoint", Some(&token));
    let head = SignedCheckpoint::parse(&head.body).unwrap();
    let before = counted(&rig, "deconflict_appends_total ");
    let mut statuses = Vec::new();
    for second in 0..40 {
        statuses.push(cosign(&rig, &token, &head, second));
    }
    let taken = statuses.iter().filter(|status| **status == 204).count();
    assert_eq!((taken, statuses.iter().filter(|status| **status == 429).count()), (16, 24));
    assert_eq!(counted(&rig, "deconflict_appends_total "), before, "none is written alone");
    // Whoever reads the head sees the first at once, and after a restart too.
    let seen = |rig: &Rig, token: &str| rig.get("/checkpoint", Some(token)).body.len();
    let with = seen(&rig, &token);
    assert!(with > head.encode().len());
    rig.seconds.fetch_add(2, std::sync::atomic::Ordering::SeqCst);
    rig.wait("them to be written", || counted(&rig, "deconflict_appends_total ") == before + 1);
    assert_eq!(seen(&rig, &token), with);
    let answer = cosign(&rig, &token, &head, 50);
    assert_eq!(answer, 204);
}
