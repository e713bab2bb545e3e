//! What an agent logs at its most talkative: nothing that is not for everybody who reads logs.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::served::Served;
use common::*;
use deconflict_core::Sharing;
use deconflict_desk::{
    Agent, AgentConfig, AgentKeys, Desk, DeskAccess, DeskView, HttpLine, LineState,
};
use deconflict_record::UtcSecond;
use deconflict_testing::LogBuffer;

#[test]
fn at_its_most_talkative_an_agent_logs_no_secret_no_content_and_no_place() {
    let log = LogBuffer::begin();
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let desk = Desk::create(folder.path(), &settings("north")).unwrap();
    let line = HttpLine::new(&served.url(), None).unwrap();
    let keys = AgentKeys { operator: Arc::new(duty("north")), witness: Some(witness("north")) };
    let (clock, every) = (served.clone(), Duration::from_millis(100));
    let config = AgentConfig::new(move || UtcSecond::new(clock.host().now).unwrap());
    let config = AgentConfig { every, ..config };
    let mut agent = Agent::start(desk, Box::new(line), keys, config).unwrap();
    agent.let_others_in(folder.path()).unwrap();
    let until = |what: &str, is_so: &dyn Fn(&DeskView) -> bool| {
        let begun = Instant::now();
        while !is_so(&agent.latest().get()) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}:\n{}", log.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    until("it reads", &|view| view.status.given == 5);
    let mut desk = DeskAccess::open(folder.path(), Duration::ZERO).unwrap();
    let say = operation(34.567_891, Sharing::ConflictOnly);
    desk.file((&settings("north"), None), &say, &duty("north"), None).unwrap();
    until("it is in the record", &|view| view.ledger.declarations.len() == 1);
    assert!(desk.dismiss(deconflict_record::leaf_hash(b"unknown")).is_err());
    let mut stray = UnixStream::connect(folder.path().join("agent.sock")).unwrap();
    stray.write_all(b"\0\0\0\x0etold to nobody").unwrap();
    served.set_up(false);
    served.host().now += 60;
    until("the line is down", &|view| matches!(view.status.line, LineState::Down { .. }));
    served.set_up(true);
    until("it is back", &|view| matches!(view.status.line, LineState::Up { .. }));
    // A host that cheats.
    served.host().rewrite(5, b"something else");
    let _ = desk.view();
    served.host().say("aid", &[&duty("aid")], &operation(1.0, Sharing::Open));
    until("it is caught", &|view| view.status.caught.is_some());
    agent.stop().unwrap();
    let logged = log.text();
    let told = [
        "the line to the host is up",
        "the line to the host is down",
        "a local request was refused",
        "a local request was not done",
        "the host was caught",
    ];
    for said in told {
        assert!(logged.contains(said), "{said} is not in:\n{logged}");
    }
    let mut secrets: Vec<String> = ["34.567", "38.6", "told to nobody"].map(String::from).into();
    for name in ["duty north", "witness north"] {
        use base64::Engine;
        let seed = deconflict_record::leaf_hash(name.as_bytes()).0;
        secrets.push(seed.iter().map(|byte| format!("{byte:02x}")).collect());
        secrets.push(base64::engine::general_purpose::STANDARD.encode(seed));
    }
    for secret in secrets {
        assert!(!logged.contains(&secret), "{secret} is in the log:\n{logged}");
    }
}
