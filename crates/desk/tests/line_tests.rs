//! Lines are tested by the agent at set times, once each.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::served::Served;
use common::*;
use deconflict_core::{LineReport, LineTestOutcome, Sharing, Time};
use deconflict_desk::{Agent, AgentConfig, AgentKeys, Desk, DeskView, HttpLine};
use deconflict_record::UtcSecond;
use deconflict_vocabulary::Traffic;

fn started(served: &Served, desk: Desk, at: u32) -> Agent {
    let line = HttpLine::new(&served.url(), None).unwrap();
    let keys = AgentKeys { operator: Arc::new(duty("north")), witness: Some(witness("north")) };
    let clock = served.clone();
    let config = AgentConfig {
        every: Duration::from_millis(200),
        line_tests: [at].into(),
        clock: Arc::new(move || UtcSecond::new(clock.host().now).unwrap()),
        ..AgentConfig::new(|| UtcSecond::new(0).unwrap())
    };
    Agent::start(desk, Box::new(line), keys, config).unwrap()
}

fn line(view: &DeskView, other: &str, now: u64) -> LineReport {
    let now = Time::from_seconds(now.cast_signed());
    view.ledger.line_between(&party("north"), &party(other), Traffic::Real, now)
}

fn until(agent: &Agent, is_so: impl Fn(&DeskView) -> bool) -> Arc<DeskView> {
    let begun = Instant::now();
    loop {
        let view = agent.latest().get();
        if is_so(&view) {
            return view;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", view.status);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_line_is_tested_when_its_time_has_come_and_once_also_after_a_restart() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let now = served.host().now;
    let set = u32::try_from(now % 86_400).unwrap();
    let agent = started(&served, Desk::create(folder.path(), &settings("north")).unwrap(), set);
    let tested = |view: &DeskView| {
        ["south", "aid"].iter().all(|other| line(view, other, now).tests.len() == 1)
            && view.status.queue.is_empty()
    };
    let view = until(&agent, tested);
    let first = &line(&view, "south", now).tests[0];
    assert_eq!((first.number, first.outcome), (1, LineTestOutcome::Waits));
    agent.stop().unwrap();

    let agent = started(&served, Desk::open(folder.path()).unwrap(), set);
    served.host().say("aid", &[&duty("aid")], &operation(50.0, Sharing::Open));
    let before = view.status.given;
    let view = until(&agent, |view| view.status.given > before && view.status.queue.is_empty());
    assert!(tested(&view), "once");
    // The next day's, with the next number.
    served.host().now += 86_400;
    served.host().say("aid", &[&duty("aid")], &operation(51.0, Sharing::Open));
    let view = until(&agent, |view| line(view, "south", now).tests.len() == 2);
    assert_eq!(line(&view, "south", now).tests[0].number, 2);
    agent.stop().unwrap();

    // Long after its time a test is sent no more.
    served.host().now += 86_400 + 700;
    let agent = started(&served, Desk::open(folder.path()).unwrap(), set);
    served.host().say("aid", &[&duty("aid")], &operation(50.0, Sharing::Open));
    let before = view.status.given;
    let view = until(&agent, |view| view.status.given > before && view.status.queue.is_empty());
    assert_eq!(line(&view, "south", now).tests.len(), 2);
    agent.stop().unwrap();
}
