//! The thread that tells: retries, an answer meanwhile, a path that hangs, a desk that was killed.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::fs;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::*;
use deconflict_core::{MessageId, Time};
use deconflict_notify::{
    Attempt, AttemptOutcome, NoticeJournal, NoticeRecords, NoticeStage, Notifier, NotifyConfig,
    Teller, WaitingMessage, WaitingSource,
};
use deconflict_record::Hash;
use deconflict_vocabulary::{CodeId, Precedence, Traffic};
use serde_json::{Value, json};

/// How much quicker than ours the desk's clock runs.
const FASTER: u32 = 10;

fn nine() -> Time {
    "2026-07-03T09:00:00Z".parse().unwrap()
}

fn flash(nth: u8) -> WaitingMessage {
    WaitingMessage {
        message: MessageId(Hash([nth; 32])),
        sender: "north".parse().unwrap(),
        code: CodeId::new("W4").unwrap(),
        traffic: Traffic::Real,
        precedence: Precedence::Flash,
        since: nine(),
        unread_s: None,
        answered_s: 600,
        held_until: None,
        shelved: [].into(),
        is_incident: false,
    }
}

/// What waits, as a test has it.
#[derive(Clone, Default)]
struct Waiting(Arc<Mutex<(u64, Vec<WaitingMessage>)>>);

impl Waiting {
    fn are(&self, waiting: &[WaitingMessage]) {
        let mut all = self.0.lock().unwrap();
        *all = (all.0 + 1, waiting.to_vec());
    }
}

struct Seen(Waiting, u64);

impl WaitingSource for Seen {
    fn changed(&mut self, _patience: Duration, _now: Time) -> Option<Vec<WaitingMessage>> {
        std::thread::sleep(Duration::from_millis(10));
        let (number, waiting) = self.0.0.lock().unwrap().clone();
        (number > self.1).then(|| {
            self.1 = number;
            waiting
        })
    }
}

/// A desk's notifier, begun so many seconds after nine.
fn begin(desk: &Desk, config: NotifyConfig, waiting: &Waiting, at_s: i64) -> Notifier {
    begin_telling(desk, config, waiting, at_s, Box::new(|_, _| {}))
}

fn begin_telling(
    desk: &Desk,
    config: NotifyConfig,
    waiting: &Waiting,
    at_s: i64,
    tell: Teller,
) -> Notifier {
    let begun = Instant::now();
    let clock = move || {
        nine()
            .after_seconds(at_s)
            .after_millis(i64::try_from((begun.elapsed() * FASTER).as_millis()).unwrap())
    };
    let journal = NoticeJournal::open(desk.dir(), clock()).unwrap();
    Notifier::start(config, journal, Seen(waiting.clone(), 0), clock, tell).unwrap()
}

fn hook(receiver: &Receiver) -> Value {
    let webhook = json!({"url": receiver.url, "secret": {"file": "webhook.secret"}});
    json!({"name": "hook", "precedences": all(), "timeout_s": 3, "webhook": webhook})
}

fn attempts(desk: &Desk) -> Vec<Attempt> {
    NoticeRecords::read(desk.dir()).unwrap().attempts
}

fn is_taken(attempt: &Attempt) -> bool {
    matches!(attempt.outcome, Some(AttemptOutcome::Taken { .. }))
}

#[test]
fn a_server_that_answers_500_three_times_is_asked_a_fourth_time_and_each_attempt_is_kept() {
    let desk = Desk::new();
    let error = "500 Internal Server Error";
    let receiver = Receiver::new(&[error, error, error, "200 OK"]);
    let waiting = Waiting::default();
    waiting.are(&[flash(1)]);
    let notifier =
        begin(&desk, desk.config(json!([hook(&receiver)]), json!({})).unwrap(), &waiting, 0);
    until("the fourth is taken", || attempts(&desk).iter().any(is_taken).then_some(()));
    std::thread::sleep(Duration::from_millis(300));
    notifier.stop();
    let requests = receiver.requests();
    assert_eq!(requests.len(), 4);
    // Pauses of 5, 15 and 45 seconds, by the desk's clock.
    let gaps: Vec<Duration> = requests.windows(2).map(|two| two[1].at - two[0].at).collect();
    for (gap, least_s) in gaps.iter().zip([5, 15, 45]) {
        assert!(*gap * FASTER >= Duration::from_secs(least_s), "{gaps:?}");
    }
    let bodies: Vec<Value> = requests.iter().map(Request::json).collect();
    assert!(bodies.iter().all(|body| body["notice"] == bodies[0]["notice"]));
    let tries: Vec<&Value> = bodies.iter().map(|body| &body["attempt"]).collect();
    assert_eq!(tries, [1, 2, 3, 4]);
    assert_eq!(bodies[0]["text"], "FLASH waiting, call +41 555 0300. Waiting: 1.");
    assert_eq!((&bodies[0]["precedence"], &bodies[0]["stage"]), (&json!("flash"), &json!("first")));
    let kept = attempts(&desk);
    let numbers: Vec<u64> = kept.iter().map(|one| one.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    for one in &kept[..3] {
        assert_eq!(one.outcome, Some(AttemptOutcome::Failed { why: "HTTP 500".into() }));
        assert!(one.ended.is_some_and(|ended| ended >= one.begun));
    }
}

#[test]
fn what_is_answered_meanwhile_is_tried_no_more_by_any_path() {
    let desk = Desk::new();
    let (one, other) = (Receiver::new(&["503 Busy"]), Receiver::new(&["503 Busy"]));
    let mut second = hook(&other);
    second["name"] = json!("other");
    let waiting = Waiting::default();
    waiting.are(&[flash(1)]);
    let config = desk.config(json!([hook(&one), second]), json!({})).unwrap();
    let notifier = begin(&desk, config, &waiting, 0);
    until("both were tried", || {
        (one.requests().len() >= 2 && other.requests().len() >= 2).then_some(())
    });
    waiting.are(&[]);
    std::thread::sleep(Duration::from_millis(200));
    let asked = one.requests().len() + other.requests().len();
    // A minute and more by the desk's clock: every pause between two tries would be over.
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(one.requests().len() + other.requests().len(), asked);
    notifier.stop();
}

#[test]
fn a_path_that_hangs_holds_up_no_other_and_no_desk_that_ends() {
    let desk = Desk::new();
    desk.program("hang", &format!("echo $$ > {}; sleep 600", desk.path("pid").display()));
    let receiver = Receiver::new(&["200 OK"]);
    let hangs = json!({"name": "hangs", "precedences": all(), "timeout_s": 60, "command": {"run": ["./hang"]}});
    let waiting = Waiting::default();
    let config = desk.config(json!([hangs, hook(&receiver)]), json!({})).unwrap();
    let notifier = begin(&desk, config, &waiting, 0);
    waiting.are(&[flash(1)]);
    let begun = Instant::now();
    until("the other path told", || (receiver.requests().len() == 1).then_some(()));
    waiting.are(&[flash(1), flash(2)]);
    until("it tells on", || (receiver.requests().len() == 2).then_some(()));
    assert!(begun.elapsed() < Duration::from_secs(3));
    let begun = Instant::now();
    notifier.stop();
    assert!(begun.elapsed() < Duration::from_secs(3));
    let pid = fs::read_to_string(desk.path("pid")).unwrap();
    until("the program went with the desk", || {
        let state = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        (state.is_empty() || state.contains(") Z ")).then_some(())
    });
}

#[test]
fn a_desk_that_was_started_anew_neither_repeats_nor_forgets() {
    let desk = Desk::new();
    let (receiver, waiting) = (Receiver::new(&["200 OK"]), Waiting::default());
    waiting.are(&[flash(1)]);
    let config = || desk.config(json!([hook(&receiver)]), json!({})).unwrap();
    let notifier = begin(&desk, config(), &waiting, 0);
    until("it was told", || attempts(&desk).iter().any(is_taken).then_some(()));
    notifier.stop();
    // Half a line, as a power cut leaves it, and a line that was damaged.
    let mut file = fs::File::options().append(true).open(desk.path("notices.log")).unwrap();
    file.write_all(b"00000000 {\"begun\":{}}\n1a2b3c4d {\"beg").unwrap();
    assert_eq!(NoticeRecords::read(desk.dir()).unwrap().unread, 2);
    waiting.are(&[flash(1), flash(2)]);
    let notifier = begin(&desk, config(), &waiting, 60);
    until("what is new was told", || (receiver.requests().len() == 2).then_some(()));
    std::thread::sleep(Duration::from_millis(300));
    notifier.stop();
    assert_eq!(receiver.requests().len(), 2);
    let records = NoticeRecords::read(desk.dir()).unwrap();
    assert_eq!((records.attempts.len(), records.unread), (2, 0));
    assert_eq!(records.attempts[1].number, 2);
    // An attempt that was under way at the kill: it may have gone out, and is made again.
    let begun = fs::read_to_string(desk.path("notices.log")).unwrap();
    let without_last_end: Vec<&str> = begun.lines().take(3).collect();
    fs::write(desk.path("notices.log"), without_last_end.join("\n") + "\n").unwrap();
    let notifier = begin(&desk, config(), &waiting, 120);
    until("it was told again", || (receiver.requests().len() == 3).then_some(()));
    std::thread::sleep(Duration::from_millis(300));
    notifier.stop();
    let last = attempts(&desk).pop().unwrap();
    assert_eq!((last.nth, last.occasions[0].message), (2, MessageId(Hash([2; 32]))));
    assert_eq!(last.occasions[0].stage, NoticeStage::First);
    // A clock that jumped ahead or was put back takes nothing away.
    let known = attempts(&desk);
    for days in [40, -40] {
        let at = nine().after_seconds(days * 86_400);
        assert_ne!(*NoticeJournal::open(desk.dir(), at).unwrap().history(), Default::default());
        assert_eq!(attempts(&desk), known);
    }
    // Four weeks before the last nobody asks any more.
    waiting.are(&[flash(3)]);
    let notifier = begin(&desk, config(), &waiting, 40 * 86_400);
    until("it was told", || (receiver.requests().len() == 4).then_some(()));
    until("it is kept", || attempts(&desk).last().is_some_and(is_taken).then_some(()));
    notifier.stop();
    NoticeJournal::open(desk.dir(), nine().after_seconds(41 * 86_400)).unwrap();
    assert_eq!(attempts(&desk).len(), 1);
}

#[test]
fn codes_and_short_names_are_told_where_that_is_asked_for_and_an_exercise_says_so() {
    let desk = Desk::new();
    let (receiver, waiting) = (Receiver::new(&["200 OK"]), Waiting::default());
    waiting.are(&[WaitingMessage { traffic: Traffic::Exercise, ..flash(0x1f) }]);
    let more = json!({"detail": "code", "traffic": ["exercise"]});
    let notifier = begin(&desk, desk.config(json!([hook(&receiver)]), more).unwrap(), &waiting, 0);
    let body = until("it was told", || receiver.requests().first().map(Request::json));
    notifier.stop();
    assert_eq!(body["text"], "EXERCISE. FLASH waiting, call +41 555 0300. Waiting: 1. W4 1f1f1f1f");
    assert_eq!(body["messages"], json!([{"code": "W4", "message": "1f1f1f1f"}]));
    assert_eq!(body["traffic"], "exercise");
}

#[test]
fn a_terminal_that_stands_still_keeps_nobody_from_being_told() {
    let desk = Desk::new();
    let (receiver, waiting) = (Receiver::new(&["200 OK"]), Waiting::default());
    let (go_on, stands_still) = std::sync::mpsc::channel::<()>();
    let tell: Teller = Box::new(move |_, _| {
        let _ = stands_still.recv();
    });
    let config = desk.config(json!([hook(&receiver)]), json!({})).unwrap();
    let notifier = begin_telling(&desk, config, &waiting, 0, tell);
    waiting.are(&[flash(1)]);
    until("the first was told", || (receiver.requests().len() == 1).then_some(()));
    waiting.are(&[flash(1), flash(2)]);
    until("the second was told", || (receiver.requests().len() == 2).then_some(()));
    let begun = Instant::now();
    notifier.stop();
    assert!(begun.elapsed() < Duration::from_secs(3), "it holds up no desk that ends");
    drop(go_on);
}
