//! The agent: what it reads by the host's stream, what it shows, and who may ask it what.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::served::Served;
use common::*;
use deconflict_api::{LocalRequest, StreamCommitments};
use deconflict_core::Sharing;
use deconflict_desk::{
    Agent, AgentClient, AgentConfig, AgentKeys, Desk, DeskAccess, DeskChange, DeskError, DeskView,
    Fate, HttpLine, Keys, Line, LineState, Reach, StatementFate,
};
use deconflict_faults::{Fault, PowerCut};
use deconflict_record::UtcSecond;
use deconflict_store::Options;
use tempfile::TempDir;

/// North's agent, by a clock that a test can set.
fn agent(served: &Served, dir: &Path) -> Agent {
    let desk = Desk::create(dir, &settings("north")).unwrap();
    agent_of(served, desk, dir)
}

/// An agent whose line went down after it had a stream.
fn cut_off() -> (Served, TempDir, Agent) {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    streamed(&agent);
    served.set_up(false);
    served.host().now += 60;
    until(&agent, "the line is down", |view| matches!(view.status.line, LineState::Down { .. }));
    (served, folder, agent)
}

fn keys_of(name: &str) -> AgentKeys {
    AgentKeys { operator: Arc::new(duty(name)), witness: Some(witness(name)) }
}

fn config(served: &Served) -> AgentConfig {
    let served = served.clone();
    AgentConfig {
        every: Duration::from_millis(200),
        look_again: Duration::from_secs(3_600),
        line_tests: std::collections::BTreeSet::new(),
        signs_deliveries: true,
        clock: Arc::new(move || UtcSecond::new(served.host().now).unwrap()),
        dice: Arc::new(|| 0),
    }
}

fn agent_of(served: &Served, desk: Desk, dir: &Path) -> Agent {
    let line = HttpLine::new(&served.url(), None).unwrap();
    let mut agent = Agent::start(desk, Box::new(line), keys_of("north"), config(served)).unwrap();
    agent.let_others_in(dir).unwrap();
    agent
}

/// Waits until what an agent shows is so.
fn until(agent: &Agent, what: &str, is_so: impl Fn(&DeskView) -> bool) -> Arc<DeskView> {
    let begun = Instant::now();
    let (mut number, mut view) = agent.latest().numbered();
    while !is_so(&view) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}: {:?}", view.status);
        if let Some(next) = agent.latest().wait_for_change(number, Duration::from_millis(100)) {
            (number, view) = next;
        }
    }
    view
}

fn streamed(agent: &Agent) {
    until(agent, "the stream opens", |view| {
        matches!(view.status.line, LineState::Up { streamed: true, .. }) && view.status.given > 0
    });
}

fn said(nth: u64) -> deconflict_core::Say {
    operation(-60.0 + nth as f64 / 50.0, Sharing::Open)
}

fn aid_says(served: &Served, nth: u64) {
    served.host().say("aid", &[&duty("aid")], &said(nth));
}

/// What this process reads and files with where it has a desk open itself.
struct Own {
    line: HttpLine,
    duty: deconflict_record::SigningKey,
}

impl Own {
    fn new(served: &Served) -> Own {
        Own { line: HttpLine::new(&served.url(), None).unwrap(), duty: duty("north") }
    }
}

impl Reach for Own {
    type Error = DeskError;

    fn reach(&mut self) -> Result<(&mut dyn Line, Keys<'_>), DeskError> {
        Ok((&mut self.line, Keys { session: &self.duty, witness: None }))
    }
}

#[test]
fn what_a_stream_brings_is_taken_in_without_asking_for_it_and_countersigned() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    streamed(&agent);
    let asked = (served.asked("/checkpoint"), served.asked("/v1/given"));
    for nth in 0..5 {
        aid_says(&served, nth);
        until(&agent, "it is shown", |view| view.ledger.declarations.len() as u64 == nth + 1);
    }
    assert_eq!((served.asked("/checkpoint"), served.asked("/v1/given")), asked);
    let view = until(&agent, "it is countersigned", |view| view.status.countersigned == Some(10));
    assert_eq!(view.status.head, served.host().head());
    assert!(served.host().cosigned.iter().any(|one| one.size == 10));
    agent.stop().unwrap();
    assert_eq!(Desk::open(folder.path()).unwrap().head(), served.host().head());
}

#[test]
fn a_stream_that_is_cut_is_resumed_and_nothing_is_missed() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    streamed(&agent);
    for nth in 0..20 {
        aid_says(&served, nth);
        if nth % 4 == 0 {
            served.cut();
        }
    }
    until(&agent, "all is shown", |view| view.ledger.declarations.len() == 20);
    assert_eq!(agent.latest().get().status.head, served.host().head());
}

#[test]
fn what_a_stream_says_again_while_the_desk_is_busy_is_taken_in_once() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    streamed(&agent);
    let wait_for = |path: &str, times: u64| {
        let begun = Instant::now();
        while served.asked(path) < times {
            assert!(begun.elapsed() < Duration::from_secs(20), "{path}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let mut desk = DeskAccess::open(folder.path(), Duration::ZERO).unwrap();
    let own = desk.status().unwrap().settings;
    served.set_silent_to(Some("/v1/statements"));
    desk.file((&own, None), &said(1), &duty("north"), None).unwrap();
    wait_for("/v1/statements", 1);
    // The desk waits for the host's answer. A stream brings a statement of the party's root, and once more.
    let enrol = deconflict_core::Say::Enrol {
        operator: "second".parse().unwrap(),
        post: "second".into(),
        operator_key: duty("second").verifying_key(),
        role: deconflict_core::Role::Person,
    };
    served.host().say("north", &[&root("north")], &enrol);
    std::thread::sleep(Duration::from_millis(200));
    let streams = served.asked("/v1/stream");
    served.cut();
    wait_for("/v1/stream", streams + 1);
    std::thread::sleep(Duration::from_millis(200));
    served.set_silent_to(None);
    let view = until(&agent, "all is read", |view| {
        view.status.caught.is_some()
            || view.status.queue.is_empty() && view.status.head == served.host().head()
    });
    assert_eq!(view.status.caught, None, "an honest host");
    let given = served.host().page(&party("north"), 0.into(), 1_000).given.len() as u64;
    assert_eq!(view.status.given, given);
}

#[test]
fn without_a_stream_the_host_is_asked_every_little_while() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    served.set_streams(false);
    let agent = agent(&served, folder.path());
    aid_says(&served, 1);
    let view = until(&agent, "it is read", |view| !view.ledger.declarations.is_empty());
    assert!(matches!(view.status.line, LineState::Up { streamed: false, .. }), "{view:?}");
    served.set_streams(true);
    streamed(&agent);
}

#[test]
fn what_was_said_while_the_line_was_down_goes_out_when_it_is_back() {
    let (served, folder, agent) = cut_off();
    let mut desk = DeskAccess::open(folder.path(), Duration::ZERO).unwrap();
    assert!(desk.is_agent());
    let own = desk.status().unwrap().settings;
    let begun = Instant::now();
    let queued = desk.file((&own, None), &said(1), &duty("north"), None).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "a line that is down holds nobody up");
    assert_eq!(queued.fate, Fate::Waiting { tried: false });
    served.set_up(true);
    until(&agent, "it stands in the record", |view| {
        view.status.queue.is_empty() && view.ledger.declarations.len() == 1
    });
}

#[test]
fn a_host_that_is_busy_is_no_line_that_is_down() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    streamed(&agent);
    let mut desk = DeskAccess::open(folder.path(), Duration::ZERO).unwrap();
    let own = desk.status().unwrap().settings;
    served.set_busy_for(Some("/v1/statements"));
    desk.file((&own, None), &said(1), &duty("north"), None).unwrap();
    let view =
        until(&agent, "it is busy", |view| matches!(view.status.line, LineState::Busy { .. }));
    assert_eq!(view.status.queue.len(), 1, "it is sent again");
    // The stream goes on.
    aid_says(&served, 2);
    until(&agent, "it is read", |view| view.ledger.declarations.len() == 1);
    served.set_busy_for(None);
    until(&agent, "it stands in the record", |view| {
        view.status.queue.is_empty() && matches!(view.status.line, LineState::Up { .. })
    });
}

#[test]
fn what_is_about_to_be_sent_is_kept_as_what_may_have_been_sent() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    streamed(&agent);
    let mut desk = DeskAccess::open(folder.path(), Duration::ZERO).unwrap();
    let own = desk.status().unwrap().settings;
    // What is past its time is not sent, and not said to have been.
    served.host().now += 5;
    let late = desk.file((&own, None), &said(2), &duty("north"), Some(at(0))).unwrap();
    until(&agent, "it is too late", |view| {
        view.status.queue.iter().any(|item| item.fate == Fate::TooLate { tried: false })
    });
    desk.dismiss(late.statement).unwrap();
    served.set_silent_to(Some("/v1/statements"));
    let queued = desk.file((&own, None), &said(1), &duty("north"), None).unwrap();
    assert_eq!(queued.fate, Fate::Waiting { tried: true });
    let error = std::thread::scope(|scope| {
        let dismissed = scope.spawn(|| desk.dismiss(queued.statement));
        std::thread::sleep(Duration::from_millis(200));
        served.cut_off_statements();
        dismissed.join().unwrap().unwrap_err()
    });
    assert!(error.to_string().contains("is not one that waits unsent"), "{error}");
    served.set_deaf_to(None);
    until(&agent, "it stands in the record", |view| {
        view.status.queue.is_empty() && view.ledger.declarations.len() == 1
    });
}

#[test]
fn a_line_is_called_up_again_by_what_went_over_it_alone() {
    let (_served, folder, agent) = cut_off();
    let client = AgentClient::find(folder.path()).unwrap().unwrap();
    client.ask(&LocalRequest::Send { statement: None }).unwrap();
    let line = agent.latest().get().status.line.clone();
    assert!(matches!(line, LineState::Down { .. }), "nothing waited, nothing was asked: {line:?}");
}

#[test]
fn a_stream_that_stays_open_while_the_line_fails_once_is_relied_on_again() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    streamed(&agent);
    let client = AgentClient::find(folder.path()).unwrap().unwrap();
    served.set_deaf_to(Some("/checkpoint"));
    assert!(matches!(client.ask(&LocalRequest::Sync), Err(DeskError::Line(_))));
    served.set_deaf_to(None);
    aid_says(&served, 1);
    let view = until(&agent, "it is read", |view| {
        !view.ledger.declarations.is_empty() && matches!(view.status.line, LineState::Up { .. })
    });
    assert_eq!(served.open_streams(), 1);
    assert!(matches!(view.status.line, LineState::Up { streamed: true, .. }), "{view:?}");
}

#[test]
fn an_agent_that_is_to_end_lets_nobody_wait_for_a_host_that_is_silent() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    streamed(&agent);
    served.set_silent_to(Some("/v1/cosignatures"));
    aid_says(&served, 1);
    // Countersigning follows, which takes as long as the host likes.
    until(&agent, "it is shown", |view| !view.ledger.declarations.is_empty());
    let (end, begun) = (agent.ender(), Instant::now());
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        end();
    });
    let error = agent.entries(0).unwrap_err();
    assert!(agent.is_to_end(), "{error}");
    agent.stop().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_disk_that_is_full_is_said_to_be_so_until_something_was_written() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let disk = PowerCut::new();
    let options = Options { vfs: Some(disk.name().to_owned()), ..Options::default() };
    let desk = Desk::create_with(folder.path(), &settings("north"), &options).unwrap();
    let agent = agent_of(&served, desk, folder.path());
    streamed(&agent);
    let client = AgentClient::find(folder.path()).unwrap().unwrap();
    client.ask(&LocalRequest::Sync).unwrap();
    disk.fail_writes_after(0, Fault::Full);
    let mut desk = DeskAccess::open(folder.path(), Duration::ZERO).unwrap();
    let own = desk.status().unwrap().settings;
    desk.file((&own, None), &said(1), &duty("north"), None).unwrap_err();
    let fault = || agent.latest().get().status.store_fault.clone();
    assert!(fault().is_some());
    // A reading that finds nothing new writes nothing.
    client.ask(&LocalRequest::Sync).unwrap();
    assert!(fault().is_some());
    disk.heal();
    desk.file((&own, None), &said(1), &duty("north"), None).unwrap();
    assert_eq!(fault(), None);
}

#[test]
fn a_stream_that_lies_is_caught_or_of_no_consequence() {
    // Another content under the same head.
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent_ = agent(&served, folder.path());
    streamed(&agent_);
    served.lie(|event| match event.split_once("\"salt\":\"") {
        Some((before, after)) => {
            let other = if after.starts_with('0') { '1' } else { '0' };
            format!("{before}\"salt\":\"{other}{}", &after[1..])
        }
        None => event,
    });
    aid_says(&served, 1);
    let view = until(&agent_, "it is caught", |view| view.status.caught.is_some());
    assert!(view.ledger.declarations.is_empty(), "nothing false is shown");
    let client = AgentClient::find(folder.path()).unwrap().unwrap();
    assert!(matches!(client.ask(&LocalRequest::Sync), Err(DeskError::Caught(_))));
    assert_eq!(agent_.latest().get().status.given, 5, "what it has is shown on");

    // A fork that only the stream shows.
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent_ = agent(&served, folder.path());
    let other = served.host().fork();
    let other = {
        let mut other = other;
        other.say("south", &[&duty("south")], &said(9));
        other.checkpoint()
    };
    streamed(&agent_);
    aid_says(&served, 1);
    until(&agent_, "it is read", |view| view.ledger.declarations.len() == 1);
    let lines: String = other.split('\n').map(|line| format!("data: {line}\n")).collect();
    served.lie(move |_| format!("event: checkpoint\n{lines}\n"));
    served.cut();
    until(&agent_, "the fork is caught", |view| view.status.caught.is_some());

    // Garbage, and entries that are kept back: the line is asked, and says.
    let lies: [fn(String) -> String; 3] = [
        |_| "event: given\ndata: {}\n\n".into(),
        |event| event.replace("event: given", "event: nothing"),
        |event| event.replace("event: checkpoint\ndata: ", "event: checkpoint\ndata: x"),
    ];
    for (nth, lie) in lies.into_iter().enumerate() {
        let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
        let agent_ = agent(&served, folder.path());
        streamed(&agent_);
        served.lie(lie);
        aid_says(&served, 1);
        let client = AgentClient::find(folder.path()).unwrap().unwrap();
        let begun = Instant::now();
        while served.host().head() != agent_.latest().get().status.head {
            client.ask(&LocalRequest::Sync).unwrap();
            assert!(begun.elapsed() < Duration::from_secs(20), "lie {nth}");
        }
        assert_eq!(agent_.latest().get().status.caught, None, "lie {nth}");
    }
}

#[test]
fn what_a_stream_says_of_commitments_spares_asking_for_tiles_and_is_believed_in_nothing() {
    let lies: [fn(String) -> String; 7] = [
        |event| event,
        // Others, of another place, too few, more than there are, no numbers, a count without end.
        |event| changed(&event, |told| told.commitments[0] = "0".repeat(64)),
        |event| changed(&event, |told| told.from += 1),
        |event| changed(&event, |told| drop(told.commitments.pop())),
        |event| changed(&event, |told| told.commitments.insert(0, "1".repeat(64))),
        |event| changed(&event, |told| told.commitments[0] = "x".into()),
        |event| changed(&event, |told| told.commitments = vec!["2".repeat(64); 300]),
    ];
    for (nth, lie) in lies.into_iter().enumerate() {
        let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
        let agent = agent(&served, folder.path());
        streamed(&agent);
        let asked = served.asked("/tile/");
        served.lie(lie);
        for said in 0..3 {
            aid_says(&served, said);
            let view = until(&agent, "it is read", |view| {
                view.status.caught.is_some() || view.ledger.declarations.len() as u64 == said + 1
            });
            assert_eq!(view.status.caught, None, "lie {nth}");
        }
        assert_eq!(agent.latest().get().status.head, served.host().head());
        assert_eq!(served.asked("/tile/") > asked, nth > 0, "lie {nth}");
    }
}

/// An event of commitments, otherwise.
fn changed(event: &str, change: fn(&mut StreamCommitments)) -> String {
    let Some(data) = event.strip_prefix("event: commitments\ndata: ") else { return event.into() };
    let mut told: StreamCommitments = serde_json::from_str(data).unwrap();
    change(&mut told);
    format!("event: commitments\ndata: {}\n\n", serde_json::to_string(&told).unwrap())
}

#[test]
fn every_operation_has_the_same_answer_from_an_agent_and_from_an_opened_desk() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let mut own = Own::new(&served);
    let (by_agent, opened) = (folder.path().join("agent"), folder.path().join("opened"));
    let agent = agent(&served, &by_agent);
    streamed(&agent);
    Desk::create(&opened, &settings("north")).unwrap();
    let mut ways = [
        DeskAccess::open(&by_agent, Duration::ZERO).unwrap(),
        DeskAccess::open(&opened, Duration::ZERO).unwrap(),
    ];
    assert_eq!(ways.each_ref().map(DeskAccess::is_agent), [true, false]);
    aid_says(&served, 1);
    aid_says(&served, 2);
    let now = at(10);
    for way in &mut ways {
        way.sync(&mut own, now, &mut |_, _| {}).unwrap();
    }
    let [agents, openeds] = &mut ways;
    let (one, two) = (agents.view().unwrap(), openeds.view().unwrap());
    assert_eq!(one.ledger, two.ledger);
    assert_eq!(one.policy().unwrap().to_string(), two.policy().unwrap().to_string());
    assert_eq!((one.status.head, one.status.given), (two.status.head, two.status.given));
    assert_eq!(agents.entries(2).unwrap(), openeds.entries(2).unwrap());
    assert_eq!(agents.entries(99).unwrap(), openeds.entries(99).unwrap());

    // One after the other, since both speak with one key: each has its own number in its chain.
    let mut fates = Vec::new();
    for (nth, way) in ways.iter_mut().enumerate() {
        let own_settings = way.status().unwrap().settings;
        way.sync(&mut own, now, &mut |_, _| {}).unwrap();
        let queued =
            way.file((&own_settings, None), &said(5 + nth as u64), &own.duty, None).unwrap();
        let sent = way.send(Some(queued.statement), &mut own, now).unwrap();
        assert_eq!(sent.filed.len(), 1, "{sent:?}");
        let filed = &sent.filed[0];
        assert_eq!((&filed.statement, sent.resigned.len()), (&queued.statement.to_string(), 0));
        let place = (queued.statement, filed.index);
        assert!(way.look_for(place, &mut own, || now, Duration::from_secs(10)).unwrap());
        let became = way.what_became(queued.statement).unwrap();
        assert_eq!(became, StatementFate::InRecord { index: filed.index, refusal: None });
        fates.push((filed.outcome, filed.conflicts.clone()));
    }
    assert_eq!(fates[0], fates[1]);

    // What is refused is refused in the same words.
    let unknown = deconflict_record::leaf_hash(b"unknown");
    let full = folder.path().join("full");
    std::fs::create_dir(&full).unwrap();
    std::fs::write(full.join("x"), "x").unwrap();
    let refusals = ways.each_mut().map(|way| {
        let settings = way.status().unwrap().settings;
        [
            way.dismiss(unknown).unwrap_err(),
            way.meet(b"nothing", now).unwrap_err(),
            way.compare_spoken("12345").unwrap_err(),
            way.export_statements(&folder.path().join("file"), &[unknown], now).unwrap_err(),
            way.import_statements(&folder.path().join("none"), now).unwrap_err(),
            way.export(&full).unwrap_err(),
            way.prove(&folder.path().join("proof"), &[999].into()).unwrap_err(),
            way.prove_declaration(
                &folder.path().join("proof"),
                deconflict_core::DeclarationId(unknown),
            )
            .unwrap_err(),
            way.file((&settings, None), &said(1), &duty("south"), None).unwrap_err(),
        ]
        .map(|error| error.to_string())
    });
    assert_eq!(refusals[0], refusals[1]);
    let told = ways.each_mut().map(|way| {
        let head = way.view().unwrap().status.signed_head.unwrap().encode();
        way.meet(head.as_bytes(), now).unwrap();
        let spoken = deconflict_desk::spoken(way.status().unwrap().head).unwrap();
        way.compare_spoken(&spoken).unwrap()
    });
    assert_eq!(told[0], told[1]);

    // What they write for others to check is the same, but for the desk's own promises.
    for (nth, way) in ways.iter_mut().enumerate() {
        way.sync(&mut own, now, &mut |_, _| {}).unwrap();
        way.export(&folder.path().join(format!("record-{nth}"))).unwrap();
        way.prove(&folder.path().join(format!("proof-{nth}")), &[5].into()).unwrap();
        assert_eq!(way.what_became(unknown).unwrap(), StatementFate::Unknown);
    }
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("record-0/given/000000.jsonl"), read("record-1/given/000000.jsonl"));
    assert_eq!(read("record-0/about.json"), read("record-1/about.json"));
    assert_eq!(read("proof-0/about.json"), read("proof-1/about.json"));
}

#[test]
fn whoever_follows_is_told_of_every_change_until_the_agent_ends() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    streamed(&agent);
    let client = AgentClient::find(folder.path()).unwrap().unwrap();
    let mut changes = client.follow().unwrap();
    let first = changes.next().unwrap().unwrap();
    let DeskChange::Begins(status) = first else { panic!("{first:?}") };
    let mut given = status.given;
    for nth in 0..5 {
        aid_says(&served, nth);
    }
    while given < status.given + 5 {
        if let DeskChange::Given { from, to } = changes.next().unwrap().unwrap() {
            assert_eq!(from, given, "no change is told twice and none is missed");
            given = to;
        }
    }
    client.ask(&LocalRequest::Stop).unwrap();
    assert!(agent.is_to_end());
    agent.stop().unwrap();
    assert!(changes.all(|change| change.is_ok()));
    assert!(AgentClient::find(folder.path()).unwrap().is_none());
    assert!(!folder.path().join("agent.sock").exists());
}

#[test]
fn an_agent_without_work_writes_nothing() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = agent(&served, folder.path());
    streamed(&agent);
    let stored = || -> Vec<(std::ffi::OsString, Vec<u8>)> {
        let files = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
        // What is shared in memory between connections is no file that anybody keeps.
        let kept = files.filter(|file| {
            let name = file.file_name();
            name.to_string_lossy().starts_with("desk.sqlite") && name != "desk.sqlite-shm"
        });
        let mut kept: Vec<_> =
            kept.map(|file| (file.file_name(), std::fs::read(file.path()).unwrap())).collect();
        kept.sort();
        kept
    };
    // The reading that follows on the stream's opening is over when a later request is answered.
    let client = AgentClient::find(folder.path()).unwrap().unwrap();
    client.ask(&LocalRequest::Entries { from: 0, limit: 1 }).unwrap();
    let before = stored();
    assert!(!before.is_empty());
    for _ in 0..20 {
        for request in [
            LocalRequest::View,
            LocalRequest::Status,
            LocalRequest::Entries { from: 0, limit: 9 },
            LocalRequest::Link { key: duty("north").verifying_key().id() },
        ] {
            client.ask(&request).unwrap();
        }
        std::thread::sleep(Duration::from_millis(40));
    }
    assert!(before == stored());
}
