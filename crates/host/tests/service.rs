//! What the host shows of itself, TLS, and those who do not play by the rules of the line.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use common::*;
use deconflict_core::*;
use deconflict_host::{
    Config, ListenError, Server, ServerError, Space, Timing, Tls, openapi_json, system_entropy,
};
use deconflict_store::{Options, Store};

#[test]
fn the_routes_are_those_that_are_written_down() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi.json");
    let routes = openapi_json();
    assert!(routes.contains(r#""openapi": "3.1.0""#), "{routes}");
    if std::env::var("DECONFLICT_UPDATE").is_ok_and(|set| set == "1") {
        std::fs::write(&file, &routes).unwrap();
    }
    let value = |text: &str| in_one_order(serde_json::from_str(text).unwrap());
    let written = value(&std::fs::read_to_string(&file).unwrap());
    assert!(
        written == value(&routes),
        "the routes have changed: see what did with DECONFLICT_UPDATE=1 and git diff"
    );
    let served: serde_json::Value = Rig::new().get("/openapi.json", None).json();
    assert_eq!(in_one_order(served), written);
}

/// The order of members, and of the parameters made from them, depends on what else is built into the
/// program, and means nothing.
fn in_one_order(mut api: serde_json::Value) -> serde_json::Value {
    for route in api["paths"].as_object_mut().unwrap().values_mut() {
        for operation in route.as_object_mut().unwrap().values_mut() {
            if let Some(list) = operation.get_mut("parameters").and_then(|p| p.as_array_mut()) {
                list.sort_by_key(|parameter| parameter["name"].to_string());
            }
        }
    }
    api
}

#[test]
fn metrics_are_served_at_their_own_address_alone() {
    let metrics = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let mut rig = Rig::with(Config { metrics, ..Config::default() }, Options::default());
    rig.accepted("north", &declare(operation_at(34.5, 38.6), Sharing::Open));
    let address = rig.host.as_ref().unwrap().metrics_address().unwrap();
    let page = rig.agent.get(format!("http://{address}/metrics")).call().unwrap();
    let text = page.into_body().read_to_string().unwrap();
    for line in ["deconflict_statements_accepted_total 6\n", "deconflict_writable 1\n"] {
        assert!(text.contains(line), "{text}");
    }
    assert!(text.contains("# TYPE deconflict_entries gauge\n"));
    assert_eq!(rig.get("/metrics", None).status, 404);
    let other = rig.agent.get(format!("http://{address}/v1/space")).call().unwrap();
    assert_eq!(other.status(), 404);
}

#[test]
fn plain_http_does_not_leave_the_machine_unasked() {
    let mut rig = Rig::new();
    rig.stop();
    let open = || {
        let store = Store::open(&rig.path()).unwrap();
        Space::open(store, SPACE, log_key(), system_entropy(), Timing::default()).unwrap()
    };
    let listen = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let config = Config { listen, ..Config::default() };
    let start = |config: &Config| Server::start(open(), config, rig.clock(), system_entropy());
    let error = start(&config).unwrap_err();
    assert!(matches!(error, ServerError::Listen(ListenError::Plain(_))));
    assert!(error.to_string().contains("plain HTTP would leave this machine"), "{error}");
    start(&Config { plain_elsewhere: true, ..config.clone() }).unwrap().stop();
    let tls = Some(Tls { certificates_pem: b"x".to_vec(), key_pem: b"x".to_vec() });
    assert!(matches!(
        start(&Config { tls, ..config }),
        Err(ServerError::Listen(ListenError::Certificate(_)))
    ));
}

#[test]
fn over_tls_it_answers_those_who_trust_its_certificate() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let tls = Some(Tls {
        certificates_pem: made.cert.pem().into_bytes(),
        key_pem: made.signing_key.serialize_pem().into_bytes(),
    });
    let mut rig = Rig::new();
    rig.stop();
    rig.config.tls = tls;
    rig.start();
    let address = rig.host.as_ref().unwrap().address();
    let get = |trusted: bool| -> Result<String, String> {
        let mut roots = rustls::RootCertStore::empty();
        if trusted {
            roots.add(made.cert.der().clone()).unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = "localhost".try_into().unwrap();
        let client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = rustls::StreamOwned::new(client, TcpStream::connect(address).unwrap());
        let ask = b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(ask).map_err(|error| error.to_string())?;
        let mut answer = Vec::new();
        // The host closes the line as asked.
        let _ = stream.read_to_end(&mut answer);
        Ok(String::from_utf8(answer).unwrap())
    };
    let answer = get(true).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains(r#""writable":true"#), "{answer}");
    assert!(get(false).is_err());
}

#[test]
fn who_sends_a_header_or_a_body_too_slowly_or_reads_nothing_is_dropped() {
    let mut config = Config::default();
    config.limits.header = Duration::from_millis(300);
    config.limits.body = Duration::from_millis(300);
    let rig = Rig::with(config, Options::default());
    let address = rig.host.as_ref().unwrap().address();
    let talk = |sent: &[u8]| {
        let mut line = TcpStream::connect(address).unwrap();
        line.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        line.write_all(sent).unwrap();
        let (begun, mut answer) = (Instant::now(), Vec::new());
        let _ = line.read_to_end(&mut answer);
        assert!(begun.elapsed() < Duration::from_secs(15));
        String::from_utf8_lossy(&answer).into_owned()
    };
    let half = talk(b"GET /health HTTP/1.1\r\nhost: x\r\n");
    assert!(half.is_empty() || half.starts_with("HTTP/1.1 408"), "{half}");
    let body = b"POST /v1/session HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{";
    assert!(talk(body).starts_with("HTTP/1.1 408"));
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(70_000));
    let answer = talk(long.as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    let chunked = format!(
        "POST /v1/session HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        70_000,
        " ".repeat(70_000)
    );
    assert!(talk(chunked.as_bytes()).starts_with("HTTP/1.1 413"));
}

#[test]
fn for_more_connections_than_allowed_the_oldest_idle_ones_go_and_whoever_comes_is_served() {
    let mut config = Config::default();
    (config.limits.connections, config.limits.connections_in_session) = (4, 2);
    let rig = Rig::with(config, Options::default());
    let address = rig.host.as_ref().unwrap().address();
    // Whether it is answered; `false` where it is closed.
    let served = |line: &mut TcpStream| {
        let asked = line.write_all(b"GET /health HTTP/1.1\r\nhost: here\r\n\r\n");
        let mut answer = [0; 4_096];
        match asked.and_then(|()| line.read(&mut answer)) {
            Ok(0) => false,
            Ok(read) => answer[..read].starts_with(b"HTTP/1.1 200 "),
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("neither: {error}"),
            Err(_) => false,
        }
    };
    let mut held: Vec<TcpStream> = (0..20)
        .map(|_| {
            let mut line = TcpStream::connect(address).unwrap();
            line.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            assert!(served(&mut line), "whoever comes is served");
            line
        })
        .collect();
    let last = held.last_mut().map(&served);
    let left = held.iter_mut().map(served).filter(|served| *served).count();
    assert!(last == Some(true) && (1..=2).contains(&left), "{last:?}, {left}");
}

#[test]
fn what_waits_is_bounded_by_party_and_in_all_and_who_is_turned_away_may_come_again() {
    let mut config = Config::default();
    (config.limits.queue, config.limits.in_flight) = (3, 4);
    let mut rig = Rig::with(config, Options::default());
    let say = declare(operation_at(34.5, 38.6), Sharing::Open);
    let mut made = |name: &str, count: usize| -> Vec<_> {
        let made = |_| {
            let statement = rig.statement(name, &[&duty(name)], &say);
            rig.chained(&statement);
            statement
        };
        (0..count).map(made).collect()
    };
    let (north, south) = (made("north", 6), made("south", 6));
    let stands_still = rig.gate.clone();
    let held = stands_still.lock().unwrap();
    let looks = rig.looks.load(Ordering::SeqCst);
    rig.wait("the writer to wait for the clock", || rig.looks.load(Ordering::SeqCst) > looks);
    let rig = &rig;
    let statuses: Vec<Reply> = std::thread::scope(|scope| {
        let send = |statement| scope.spawn(move || rig.send(statement));
        let mut sent = Vec::new();
        for statement in north.iter().chain(&south) {
            sent.push(send(statement));
            std::thread::sleep(Duration::from_millis(30));
        }
        assert_eq!(rig.get("/health", None).status, 200, "who only reads does not wait");
        drop(held);
        sent.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let kinds: Vec<(u16, bool)> =
        statuses.iter().map(|r| (r.status, r.header("retry-after").is_some())).collect();
    assert!(kinds.contains(&(429, true)) || kinds.contains(&(503, true)), "{kinds:?}");
    assert!(kinds[..3].iter().all(|kind| *kind == (200, false)), "{kinds:?}");
    assert!(kinds[6..].contains(&(503, true)), "{kinds:?}");
    // In their order, all of them are filed in the end.
    for statement in north.iter().chain(&south) {
        assert_eq!(rig.send(statement).status, 200);
    }
}

#[test]
fn a_party_with_too_many_statements_under_way_is_turned_away_and_others_are_not() {
    let mut config = Config::default();
    config.limits.in_flight = 2;
    let mut rig = Rig::with(config, Options::default());
    let say = declare(operation_at(34.5, 38.6), Sharing::Open);
    let mut made = |name: &str| {
        let statement = rig.statement(name, &[&duty(name)], &say);
        rig.chained(&statement);
        statement
    };
    let (north, south) = ([made("north"), made("north"), made("north")], made("south"));
    let stands_still = rig.gate.clone();
    let held = stands_still.lock().unwrap();
    let rig = &rig;
    std::thread::scope(|scope| {
        let mut sent: Vec<_> = Vec::new();
        for statement in &north[..2] {
            sent.push(scope.spawn(move || rig.send(statement)));
            std::thread::sleep(Duration::from_millis(100));
        }
        let over = rig.send(&north[2]);
        assert_eq!((over.status, over.header("retry-after")), (429, Some("1")));
        sent.push(scope.spawn(|| rig.send(&south)));
        std::thread::sleep(Duration::from_millis(100));
        drop(held);
        assert!(sent.into_iter().all(|thread| thread.join().unwrap().status == 200));
    });
    assert_eq!(rig.send(&north[2]).status, 200);
}

#[test]
fn a_stream_whose_reader_reads_nothing_is_dropped_and_the_others_go_on() {
    let metrics = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let mut config = Config { metrics, ..Config::default() };
    config.limits.write = Duration::from_millis(300);
    let mut rig = Rig::with(config, Options::default());
    let address = rig.host.as_ref().unwrap().metrics_address().unwrap();
    let agent = rig.agent.clone();
    let streams = || {
        let page = agent.get(format!("http://{address}/metrics")).call().unwrap();
        let text = page.into_body().read_to_string().unwrap();
        let line = text.lines().find(|line| line.starts_with("deconflict_streams ")).unwrap();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    let token = rig.token(&duty("south"));
    let mut deaf = TcpStream::connect(rig.host.as_ref().unwrap().address()).unwrap();
    let ask =
        format!("GET /v1/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    deaf.write_all(ask.as_bytes()).unwrap();
    rig.wait("the stream to begin", || streams() == 1);
    // More than the system's buffers between the two hold.
    let volumes = vec![circle_in(34.5, 38.6, 2_000.0, (6, 8)); 100];
    let large =
        DeclarationContent::Operation(Operation { name: texts("op"), volumes, contact: None });
    let say = declare(large, Sharing::Open);
    let statements: Vec<_> = (0..600)
        .map(|_| {
            let statement = rig.statement("north", &[&duty("north")], &say);
            rig.chained(&statement);
            statement
        })
        .collect();
    for statement in &statements {
        assert_eq!(rig.send(statement).status, 200);
        if streams() == 0 {
            break;
        }
    }
    rig.wait("the stream to be dropped", || streams() == 0);
    assert!(rig.stream(&token, None).take(100).count() == 100);
    drop(deaf);
}

#[test]
fn how_many_statements_a_second_are_filed_and_answered() {
    let mut rig = Rig::new();
    const EACH: usize = 50;
    let mut all = Vec::new();
    for name in ["north", "south", "aid", "host"] {
        let mut own = Vec::new();
        for i in 0..EACH {
            let lat = 10.0 + i as f64;
            let say = declare(operation_at(lat, 38.6), Sharing::ConflictOnly);
            let statement = rig.statement(name, &[&duty(name)], &say);
            rig.chained(&statement);
            own.push(statement);
        }
        all.push(own);
    }
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let rig = &rig;
        for own in &all {
            scope.spawn(move || own.iter().for_each(|s| assert_eq!(rig.send(s).status, 200)));
        }
    });
    let took = begun.elapsed();
    let filed = EACH * all.len();
    println!(
        "{filed} statements of 4 parties in {took:?}: {:.0}/s",
        filed as f64 / took.as_secs_f64()
    );
    assert!(rig.host.as_ref().unwrap().published().tip().size >= filed as u64);
}
