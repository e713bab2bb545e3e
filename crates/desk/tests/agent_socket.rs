//! Who comes to an agent's socket: honest programs, hostile ones, other users, and what a killed agent left.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::served::Served;
use common::*;
use deconflict_api::{LOCAL_VERSION, LocalRequest, MAX_REQUEST_BYTES};
use deconflict_core::{Say, Sharing};
use deconflict_desk::{
    Agent, AgentClient, AgentConfig, AgentKeys, Desk, DeskAccess, DeskError, DeskView, HttpLine,
    LocalAnswer,
};
use deconflict_faults::Chance;
use deconflict_record::{Hash, SignedStatement, UtcSecond};

const DIR: &str = "DECONFLICT_DESK_OF_THE_AGENT";

fn said(nth: u64) -> Say {
    operation(-60.0 + nth as f64 / 50.0, Sharing::Open)
}

fn begun(url: &str, dir: &Path, desk: Desk) -> Agent {
    let line = HttpLine::new(url, None).unwrap();
    let keys = AgentKeys { operator: Arc::new(duty("north")), witness: Some(witness("north")) };
    let config = AgentConfig::new(|| UtcSecond::new(START + 5).unwrap());
    let mut agent = Agent::start(desk, Box::new(line), keys, config).unwrap();
    agent.let_others_in(dir).unwrap();
    agent
}

fn agent(served: &Served, dir: &Path) -> Agent {
    begun(&served.url(), dir, Desk::create(dir, &settings("north")).unwrap())
}

fn status(dir: &Path) -> Result<LocalAnswer, DeskError> {
    AgentClient::find(dir).unwrap().unwrap().ask(&LocalRequest::Status)
}

fn frame(request: &LocalRequest) -> Vec<u8> {
    let bytes = serde_json::to_vec(request).unwrap();
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], &bytes].concat()
}

fn hello() -> Vec<u8> {
    frame(&LocalRequest::Hello { v: LOCAL_VERSION })
}

/// All that a connection is told before it is closed.
fn told(stream: &mut UnixStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut bytes = Vec::new();
    // One that is reset was told what came before it.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn only_its_own_user_comes_to_the_socket() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let _agent = agent(&served, folder.path());
    let socket = folder.path().join("agent.sock");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(status(folder.path()).is_ok());

    // A socket of another user is nothing that is asked: root alone can make one to try it.
    let elsewhere = tempfile::tempdir().unwrap();
    let _listener = UnixListener::bind(elsewhere.path().join("agent.sock")).unwrap();
    let own = fs::metadata(elsewhere.path()).unwrap().uid();
    let to_another = std::os::unix::fs::chown(elsewhere.path(), Some(own + 1), None);
    if to_another.is_ok() {
        let error = AgentClient::find(elsewhere.path()).unwrap_err().to_string();
        assert!(error.contains("not the socket of an agent of this user"), "{error}");
    }
    // Nor is a file in its place.
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("agent.sock"), "x").unwrap();
    let error = AgentClient::find(elsewhere.path()).unwrap_err().to_string();
    assert!(error.contains("nothing was asked"), "{error}");
    assert!(AgentClient::find(&elsewhere.path().join("none")).unwrap().is_none());
}

#[test]
fn what_is_read_in_the_place_of_a_file_holds_nobody_up() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let _agent = agent(&served, folder.path());
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut desk = DeskAccess::open(folder.path(), Duration::ZERO).unwrap();
    let error = desk
        .import_statements(&pipe, deconflict_record::UtcSecond::new(1).unwrap())
        .unwrap_err()
        .to_string();
    assert!(error.contains("is no file"), "{error}");
    let link = LocalRequest::Link { key: duty("north").verifying_key().id() };
    AgentClient::find(folder.path()).unwrap().unwrap().ask(&link).unwrap();
}

#[test]
fn hostile_programs_are_sent_away_and_honest_ones_are_answered_meanwhile() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    let connect = || UnixStream::connect(folder.path().join("agent.sock")).unwrap();

    let mut huge = connect();
    huge.write_all(&u32::MAX.to_be_bytes()).unwrap();
    assert!(told(&mut huge).contains(&format!("at most {MAX_REQUEST_BYTES}")));
    let mut garbage = connect();
    garbage.write_all(b"GET / HTTP/1.1\r\nhost: desk\r\n\r\n").unwrap();
    assert!(told(&mut garbage).contains("at most"), "it reads as the length of a long request");
    let mut nonsense = connect();
    nonsense.write_all(&[&hello()[..], &4u32.to_be_bytes(), b"null"].concat()).unwrap();
    assert!(told(&mut nonsense).contains("it is no request"));
    let mut rude = connect();
    rude.write_all(&frame(&LocalRequest::Stop)).unwrap();
    assert!(told(&mut rude).contains("begins with hello"));
    assert!(!agent.is_to_end());
    let mut old = connect();
    old.write_all(&frame(&LocalRequest::Hello { v: LOCAL_VERSION + 1 })).unwrap();
    assert!(told(&mut old).contains("of the same release"));

    // Half a frame, and one that takes nothing of its answers.
    let mut half = connect();
    half.write_all(&hello()[..7]).unwrap();
    let mut deaf = connect();
    deaf.write_all(&hello()).unwrap();
    for _ in 0..200 {
        if deaf.write_all(&frame(&LocalRequest::View)).is_err() {
            break;
        }
    }
    let begun = Instant::now();
    assert!(status(folder.path()).is_ok());
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(told(&mut half), "", "what does not come in time is no request");
    drop(deaf);

    // A thousand at once: there is room for 64, who must say what they want within two seconds.
    let stopped = Arc::new(AtomicBool::new(false));
    let (path, ends) = (folder.path().join("agent.sock"), stopped.clone());
    let crowd = std::thread::spawn(move || {
        let mut open = Vec::new();
        for _ in 0..1_000 {
            match UnixStream::connect(&path) {
                Ok(stream) if !ends.load(Ordering::SeqCst) => open.push(stream),
                _ => break,
            }
            // The system lets a process have a thousand files or so.
            if open.len() > 300 {
                open.drain(..100);
            }
        }
    });
    for _ in 0..5 {
        assert!(status(folder.path()).is_ok());
    }
    stopped.store(true, Ordering::SeqCst);
    crowd.join().unwrap();
    let begun = Instant::now();
    agent.stop().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "nobody there holds its end up");
}

#[test]
fn a_second_agent_is_refused_in_words_and_what_a_killed_one_left_is_cleared_away() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let first = agent(&served, folder.path());
    let error = Desk::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("has this store open"), "{error}");
    assert!(status(folder.path()).is_ok(), "the first one goes on");
    first.stop().unwrap();
    // As a killed one leaves it: nobody listens, and the folder of a long path is there.
    drop(UnixListener::bind(folder.path().join("agent.sock")).unwrap());
    let left = tempfile::Builder::new().prefix("deconflict-agent-").tempdir().unwrap();
    drop(UnixListener::bind(left.path().join("agent.sock")).unwrap());
    let there = fs::metadata(folder.path()).unwrap();
    let id = (there.dev(), there.ino());
    let told = serde_json::json!({"v": 1, "socket": left.path().join("agent.sock"), "folder": id});
    fs::write(folder.path().join("agent.json"), told.to_string()).unwrap();
    assert!(AgentClient::find(folder.path()).unwrap().is_none());
    assert!(!DeskAccess::open(folder.path(), Duration::ZERO).unwrap().is_agent());
    let second = begun(&served.url(), folder.path(), Desk::open(folder.path()).unwrap());
    assert!(status(folder.path()).is_ok());
    assert!(!left.path().exists() && !folder.path().join("agent.json").exists());
    second.stop().unwrap();
}

#[test]
fn a_folder_whose_path_is_longer_than_a_sockets_may_be_has_its_socket_elsewhere() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let dir = folder.path().join("d".repeat(100)).join("e".repeat(100));
    let agent = agent(&served, &dir);
    assert!(!dir.join("agent.sock").exists());
    let told: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.join("agent.json")).unwrap()).unwrap();
    let socket = PathBuf::from(told["socket"].as_str().unwrap());
    let mode = fs::metadata(socket.parent().unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert!(status(&dir).is_ok());
    // A copy of the folder is another desk's, whose agent is not this one, and which leaves it alone.
    let copy = folder.path().join("f".repeat(100)).join("g".repeat(100));
    fs::create_dir_all(&copy).unwrap();
    fs::copy(dir.join("agent.json"), copy.join("agent.json")).unwrap();
    assert!(AgentClient::find(&copy).unwrap().is_none());
    let of_copy = begun(&served.url(), &copy, Desk::create(&copy, &settings("south")).unwrap());
    assert!(status(&dir).is_ok() && status(&copy).is_ok());
    of_copy.stop().unwrap();
    assert!(status(&dir).is_ok());
    agent.stop().unwrap();
    assert!(!socket.parent().unwrap().exists() && !dir.join("agent.json").exists());
}

/// Not a test of its own: what the killed process runs.
#[test]
fn child_that_is_an_agent_until_it_is_killed() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let dir = Path::new(&dir);
    let desk = match Desk::open(dir) {
        Err(DeskError::Store(_)) => Desk::create(dir, &settings("north")).unwrap(),
        desk => desk.unwrap(),
    };
    // Nobody answers on the discard port: what is filed stays in the queue.
    let _agent = begun("http://127.0.0.1:9", dir, desk);
    println!("\nready");
    std::thread::sleep(Duration::from_secs(120));
}

fn child(dir: &Path) -> Child {
    let test = ["--exact", "child_that_is_an_agent_until_it_is_killed", "--nocapture"];
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(test)
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "ready"));
    child
}

#[test]
fn an_agent_that_is_killed_under_filings_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("desk");
    let (mut chance, mut acknowledged, mut nth) = (Chance::new(7), BTreeSet::new(), 0);
    for round in 0..4 {
        let mut child = child(&dir);
        let done = Arc::new(AtomicBool::new(false));
        let filing = [duty("north"), root("north")].map(|key| {
            let (dir, done, start) = (dir.clone(), done.clone(), nth);
            nth += 1_000;
            std::thread::spawn(move || {
                let (mut kept, mut lost) = (Vec::<Hash>::new(), Vec::new());
                let mut desk = DeskAccess::open(&dir, Duration::ZERO).unwrap();
                assert!(desk.is_agent());
                for nth in start..start + 60 {
                    match desk.file((&settings("north"), None), &said(nth), &key, None) {
                        Ok(queued) => kept.push(queued.statement),
                        Err(error) => {
                            lost.push(error.to_string());
                            break;
                        }
                    }
                    if done.load(Ordering::SeqCst) {
                        break;
                    }
                }
                (kept, lost)
            })
        });
        std::thread::sleep(Duration::from_millis(20 + chance.below(150)));
        child.kill().unwrap();
        child.wait().unwrap();
        done.store(true, Ordering::SeqCst);
        for thread in filing {
            let (kept, lost) = thread.join().unwrap();
            acknowledged.extend(kept);
            for words in lost {
                // Whoever was not answered is told which it is.
                let name = words.split_once("statement ").map(|(_, rest)| rest[..64].to_owned());
                let desk = Desk::open(&dir);
                let is_kept = desk
                    .as_ref()
                    .ok()
                    .map(|desk| desk.queued().any(|item| Some(item.statement.to_string()) == name));
                match is_kept {
                    Some(true) => assert!(words.contains("is kept durably"), "{words}"),
                    Some(false) => assert!(!words.contains("is kept durably"), "{words}"),
                    None => {}
                }
            }
        }
        let desk = Desk::open(&dir).unwrap();
        let queued: BTreeSet<Hash> = desk.queued().map(|item| item.statement).collect();
        assert!(acknowledged.is_subset(&queued), "round {round}");
        // Nothing is half done: each key's chain has no gap and no two of one number.
        for key in [duty("north"), root("north")] {
            let id = key.verifying_key().id();
            let count = desk.queued().filter(|item| item.key() == Some(id)).count() as u64;
            assert_eq!(desk.next_link(&id).seq, count + 1);
        }
        assert!(desk.stale_links().is_empty());
    }
    assert!(acknowledged.len() > 4, "{acknowledged:?}");
}

#[test]
fn two_programs_that_speak_with_one_key_at_once_each_get_a_number_of_their_own() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    let threads = [0, 100].map(|start| {
        let dir = folder.path().to_path_buf();
        std::thread::spawn(move || {
            let mut desk = DeskAccess::open(&dir, Duration::ZERO).unwrap();
            for nth in start..start + 10 {
                desk.file((&settings("north"), None), &said(nth), &duty("north"), None).unwrap();
            }
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
    let begun = Instant::now();
    while agent.latest().get().ledger.declarations.len() < 20 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", agent.latest().get().status);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(agent.latest().get().status.queue.is_empty());
}

#[test]
fn what_is_signed_says_what_its_operator_was_shown_and_not_what_the_agent_read_since() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    let until = |is_so: &dyn Fn(&DeskView) -> bool| {
        let begun = Instant::now();
        loop {
            let view = agent.latest().get();
            if is_so(&view) {
                return view;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", view.status);
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    let shown = until(&|view| view.status.given > 0 && view.status.seen.is_some());
    let mut desk = DeskAccess::open(folder.path(), Duration::ZERO).unwrap();
    served.host().say("aid", &[&duty("aid")], &said(1));
    until(&|view| view.status.head.size > shown.status.head.size);
    let filed = desk.file(shown.status.shown_to(), &said(2), &duty("north"), None).unwrap();
    let statement = SignedStatement::parse(filed.envelope.as_bytes()).unwrap();
    assert_eq!(statement.claimed_header().seen, Some(shown.status.head));
}
