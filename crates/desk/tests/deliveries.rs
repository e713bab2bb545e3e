//! That messages were delivered is said by the agent, once each.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::served::Served;
use common::*;
use deconflict_api::NextLink;
use deconflict_core::{Ledger, MessageId, Receipt, Say};
use deconflict_desk::{
    Agent, AgentConfig, AgentKeys, Desk, DeskView, Fate, HttpLine, QueuedStatement, receipts_due,
    sign_statement,
};
use deconflict_record::{Hash, StatementId, UtcSecond};
use serde_json::json;

fn started(served: &Served, desk: Desk) -> Agent {
    let line = HttpLine::new(&served.url(), None).unwrap();
    let keys = AgentKeys { operator: Arc::new(duty("north")), witness: Some(witness("north")) };
    let clock = served.clone();
    let config = AgentConfig {
        every: Duration::from_millis(200),
        clock: Arc::new(move || UtcSecond::new(clock.host().now).unwrap()),
        ..AgentConfig::new(|| UtcSecond::new(0).unwrap())
    };
    Agent::start(desk, Box::new(line), keys, config).unwrap()
}

/// A line test of a number, to these parties.
fn line_test(n: u32, to: &[&str]) -> Say {
    let message = json!({"code": "L1", "parameters": {"n": {"number": n}}});
    let say = json!({"send": {"message": message, "to": to, "traffic": "test"}});
    serde_json::from_value(say).unwrap()
}

fn delivered(view: &Ledger) -> usize {
    let own = view.dialogues.values().filter_map(|known| known.exchanges.get(&party("north")));
    own.filter(|exchange| exchange.delivered.is_some()).count()
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
fn each_message_is_said_to_be_delivered_once_also_after_a_restart() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = started(&served, Desk::create(folder.path(), &settings("north")).unwrap());
    until(&agent, |view| view.status.given > 0);
    served.host().say("aid", &[&duty("aid")], &line_test(1, &["north"]));
    served.host().say("aid", &[&duty("aid")], &line_test(2, &["north"]));
    // What the party said itself it need not receive.
    served.host().say("north", &[&duty("north")], &line_test(3, &["aid"]));
    let view = until(&agent, |view| {
        delivered(&view.ledger) == 2
            && view.ledger.dialogues.len() == 3
            && view.status.queue.is_empty()
    });
    agent.stop().unwrap();

    let agent = started(&served, Desk::open(folder.path()).unwrap());
    served.host().say("aid", &[&duty("aid")], &line_test(4, &["north"]));
    let after = until(&agent, |view| delivered(&view.ledger) == 3 && view.status.queue.is_empty());
    // The new message, the receipt and their roots: nothing was said a second time.
    let receipts = |view: &DeskView| {
        let own = |dialogue: &deconflict_core::Dialogue| {
            dialogue.exchanges.get(&party("north")).map_or(0, |with| with.entries.len())
        };
        view.ledger.dialogues.values().map(|dialogue| own(dialogue)).sum::<usize>()
    };
    assert_eq!((receipts(&view), receipts(&after)), (2, 3));
    agent.stop().unwrap();
}

#[test]
fn nothing_that_waits_or_was_not_taken_is_said_again() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = started(&served, Desk::create(folder.path(), &settings("north")).unwrap());
    served.set_up(true);
    served.host().say("aid", &[&duty("aid")], &line_test(1, &["north"]));
    let view = until(&agent, |view| delivered(&view.ledger) == 1);
    agent.stop().unwrap();
    let id = *view.ledger.dialogues.keys().next().unwrap();
    let mut undelivered = (*view.ledger).clone();
    let exchange = undelivered.dialogues.get_mut(&id).unwrap().get_mut();
    exchange.exchanges.get_mut(&party("north")).unwrap().delivered = None;

    let key = duty("north").verifying_key().id();
    let due = |queue: &[QueuedStatement], of| {
        let due = receipts_due(&undelivered, (&party("north"), &key), queue, of);
        due.into_iter().map(|(id, _)| id).collect::<Vec<MessageId>>()
    };
    assert_eq!(due(&[], Receipt::Delivered), [id]);
    let queued = |receipt, fate| {
        let say = Say::Receive { message: id, receipt, shown_in: None };
        let link = NextLink { seq: 9, prev: Some(Hash([1; 32])), seen: None, clock_ahead_s: None };
        let statement = sign_statement(
            &settings("north"),
            &say,
            &duty("north"),
            link,
            StatementId([2; 16]),
            None,
        )
        .unwrap();
        QueuedStatement {
            statement: statement.hash(),
            envelope: String::from_utf8(statement.envelope().encode()).unwrap(),
            ours: true,
            fate,
            kept: None,
            by_file: None,
            stands_as: None,
        }
    };
    for fate in [
        Fate::Waiting { tried: false },
        Fate::TooLate { tried: true },
        Fate::Refused { detail: "no".into() },
    ] {
        assert!(due(&[queued(Receipt::Delivered, fate.clone())], Receipt::Delivered).is_empty());
        // Who says that it was on a screen says that the desk has it, and not the other way round.
        assert!(due(&[queued(Receipt::Displayed, fate.clone())], Receipt::Delivered).is_empty());
        assert_eq!(due(&[queued(Receipt::Delivered, fate)], Receipt::Displayed), [id]);
    }
    // A key that is nobody's, or another party's, says nothing.
    for other in [duty("aid"), witness("north")] {
        let key = other.verifying_key().id();
        assert!(
            receipts_due(&undelivered, (&party("north"), &key), &[], Receipt::Delivered).is_empty()
        );
    }
}

#[test]
fn many_that_came_meanwhile_are_said_to_be_delivered_in_few_requests() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = started(&served, Desk::create(folder.path(), &settings("north")).unwrap());
    until(&agent, |view| view.status.given > 0);
    agent.stop().unwrap();
    let count = 40;
    for nth in 0..count {
        let say = line_test(nth + 1, &["north"]);
        served.host().say("aid", &[&duty("aid")], &say);
    }
    let before = served.asked("/v1/statements");
    let agent = started(&served, Desk::open(folder.path()).unwrap());
    until(&agent, |view| delivered(&view.ledger) == count as usize && view.status.queue.is_empty());
    agent.stop().unwrap();
    let requests = served.asked("/v1/statements") - before;
    // One finds out that the session is over; each part of those that were signed together is sent together.
    assert!(served.asked("/v1/statements/together") > 0 && requests < 10, "{requests} requests");
}

#[test]
fn whoever_reads_does_not_wait_for_what_is_carried() {
    let (served, folder) = (Served::start(), tempfile::tempdir().unwrap());
    let agent = started(&served, Desk::create(folder.path(), &settings("north")).unwrap());
    until(&agent, |view| view.status.given > 0);
    served.host().say("aid", &[&duty("aid")], &line_test(1, &["north"]));
    until(&agent, |view| delivered(&view.ledger) == 1 && view.status.queue.is_empty());
    // The host takes what is carried and does not answer.
    served.set_silent_to(Some("/v1/statements/together"));
    let carried = served.asked("/v1/statements/together");
    served.host().say("aid", &[&duty("aid")], &line_test(2, &["north"]));
    until(&agent, |view| view.ledger.dialogues.len() == 2 && !view.status.queue.is_empty());
    let begun = Instant::now();
    while served.asked("/v1/statements/together") == carried {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is carried");
        std::thread::sleep(Duration::from_millis(5));
    }
    served.host().say("aid", &[&duty("aid")], &line_test(3, &["north"]));
    let view = until(&agent, |view| view.ledger.dialogues.len() == 3);
    assert_eq!(delivered(&view.ledger), 1);
    served.set_silent_to(None);
    until(&agent, |view| delivered(&view.ledger) == 3 && view.status.queue.is_empty());
    // An agent that ends does not wait for long either, and what was under way is sent another time.
    served.set_silent_to(Some("/v1/statements/together"));
    served.host().say("aid", &[&duty("aid")], &line_test(4, &["north"]));
    until(&agent, |view| view.ledger.dialogues.len() == 4 && !view.status.queue.is_empty());
    let begun = Instant::now();
    agent.stop().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    served.set_silent_to(None);
    let agent = started(&served, Desk::open(folder.path()).unwrap());
    until(&agent, |view| delivered(&view.ledger) == 4 && view.status.queue.is_empty());
    agent.stop().unwrap();
}
