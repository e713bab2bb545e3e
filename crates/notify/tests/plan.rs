//! What is due, of what waits and what was told: by examples, and over made-up days.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::{BTreeMap, BTreeSet};

use deconflict_core::{MessageId, Time};
use deconflict_notify::{
    Attempt, AttemptOutcome, CarrierKind, DueNotice, NoticeHistory, NoticeRules, NoticeStage,
    Occasion, PathRules, WaitingMessage, plan,
};
use deconflict_record::Hash;
use deconflict_vocabulary::{CodeId, LimitTable, Precedence, Traffic};
use proptest::prelude::*;

const NINE: &str = "2026-07-03T09:00:00Z";

fn nine() -> Time {
    NINE.parse().unwrap()
}

fn after(seconds: i64) -> Time {
    nine().after_seconds(seconds)
}

/// A message that has waited since so many seconds after nine.
fn message(nth: u8, code: &str, precedence: Precedence, since_s: i64) -> WaitingMessage {
    WaitingMessage {
        message: MessageId(Hash([nth; 32])),
        sender: "north".parse().unwrap(),
        code: CodeId::new(code).unwrap(),
        traffic: Traffic::Real,
        precedence,
        since: after(since_s),
        unread_s: None,
        answered_s: LimitTable::default().of(precedence).answered_s,
        held_until: None,
        shelved: BTreeMap::new(),
        is_incident: matches!(code, "P6" | "W9"),
    }
}

fn flash(nth: u8, since_s: i64) -> WaitingMessage {
    message(nth, "W4", Precedence::Flash, since_s)
}

fn path(name: &str) -> PathRules {
    PathRules {
        name: name.into(),
        operator: None,
        precedences: Precedence::ALL.into(),
        as_of: NoticeStage::First,
        tries: 3,
        pause_s: 5,
    }
}

fn rules() -> NoticeRules {
    NoticeRules { traffic: [Traffic::Real].into(), night: None, paths: vec![path("sms")] }
}

/// A desk's hours: the history that grows as notices are taken or fail.
struct Day {
    rules: NoticeRules,
    history: NoticeHistory,
    told: Vec<(Time, DueNotice, bool)>,
}

impl Day {
    fn new(rules: NoticeRules) -> Day {
        Day { rules, history: NoticeHistory::default(), told: Vec::new() }
    }

    /// Tells all that is due at an instant, each path its first; how many notices that were.
    fn at(
        &mut self,
        now: Time,
        waiting: &[WaitingMessage],
        takes: impl Fn(&DueNotice) -> bool,
    ) -> usize {
        let mut count = 0;
        loop {
            let due = plan(&self.rules, waiting, &self.history, now).due;
            let Some(due) = due.into_iter().next() else { return count };
            count += 1;
            assert!(count < 1_000, "it has no end");
            let taken = takes(&due);
            let outcome = match taken {
                true => AttemptOutcome::Taken { said: String::new() },
                false => AttemptOutcome::Failed { why: String::new() },
            };
            self.history.record(&Attempt {
                number: u64::try_from(self.told.len()).unwrap() + 1,
                notice: String::new(),
                path: self.rules.paths[due.path].name.clone(),
                carrier: CarrierKind::Command,
                traffic: due.traffic,
                precedence: due.precedence,
                is_incident: due.is_incident,
                occasions: due.occasions.clone(),
                senders: due.senders.clone(),
                nth: due.nth,
                begun: now,
                ended: Some(now),
                outcome: Some(outcome),
            });
            self.told.push((now, due, taken));
        }
    }

    /// When something was told, in seconds after nine.
    fn seconds(&self) -> Vec<i64> {
        self.told.iter().map(|(at, ..)| at.seconds_since(nine())).collect()
    }
}

#[test]
fn a_message_is_told_at_once_at_half_of_its_time_and_at_its_deadline_and_no_more() {
    let mut day = Day::new(rules());
    let waiting = [flash(1, 0)];
    for second in 0..7_200 {
        day.at(after(second), &waiting, |_| true);
    }
    assert_eq!(day.seconds(), [0, 300, 600]);
    let stages: Vec<_> = day.told.iter().map(|(_, due, _)| due.occasions[0].stage).collect();
    assert_eq!(stages, [NoticeStage::First, NoticeStage::Half, NoticeStage::Deadline]);
    assert!(day.told.iter().all(|(_, due, _)| due.waiting == 1 && due.nth == 1));
}

#[test]
fn what_nobody_reads_back_in_time_is_told_by_the_alternate_path_and_by_the_others_once_more() {
    let alternate = PathRules { as_of: NoticeStage::ReadBack, ..path("alternate") };
    let superior = PathRules { as_of: NoticeStage::Half, ..path("superior") };
    let of = NoticeRules { paths: vec![path("sms"), alternate, superior], ..rules() };
    let by = |day: &Day| {
        [0, 1, 2].map(|path| {
            let told = day.told.iter().filter(|(_, due, _)| due.path == path);
            told.map(|(at, ..)| at.seconds_since(nine())).collect::<Vec<_>>()
        })
    };
    let unread = |message: WaitingMessage| {
        let read_back_s = LimitTable::default().of(message.precedence).read_back_s;
        WaitingMessage { unread_s: Some(read_back_s), ..message }
    };
    let mut day = Day::new(of.clone());
    for second in 0..=700 {
        day.at(after(second), &[unread(flash(1, 0))], |_| true);
    }
    assert_eq!(by(&day), [vec![0, 120, 300, 600], vec![120, 300, 600], vec![300, 600]]);
    let stages: Vec<_> = day
        .told
        .iter()
        .filter(|(_, due, _)| due.path == 1)
        .map(|(_, due, _)| due.occasions[0].stage)
        .collect();
    assert_eq!(stages, [NoticeStage::ReadBack, NoticeStage::Half, NoticeStage::Deadline]);
    // IMMEDIATE after ten minutes; whoever is told then is told again at half of the time to answer.
    let mut day = Day::new(of.clone());
    let immediate = || unread(message(2, "W4", Precedence::Immediate, 0));
    for second in 0..=1_000 {
        day.at(after(second), &[immediate()], |_| true);
    }
    assert_eq!(by(&day), [vec![0, 600, 900], vec![600, 900], vec![900]]);
    // What a person has read back meanwhile goes by no alternate path.
    let mut day = Day::new(of.clone());
    for second in 0..=299 {
        let is_unread = second < 60;
        let waiting = if is_unread { unread(flash(3, 0)) } else { flash(3, 0) };
        day.at(after(second), &[waiting], |_| true);
    }
    assert_eq!(by(&day), [vec![0], vec![], vec![]]);
    // While STANDBY holds it open nobody is called.
    let mut day = Day::new(of);
    let held = WaitingMessage { held_until: Some(after(240)), ..unread(flash(4, 0)) };
    for second in 0..=299 {
        day.at(after(second), std::slice::from_ref(&held), |_| true);
    }
    assert_eq!(by(&day), [vec![240], vec![240], vec![]]);
}

#[test]
fn it_is_known_when_the_next_will_be_due() {
    let mut day = Day::new(rules());
    let waiting = [flash(1, 0)];
    day.at(nine(), &waiting, |_| true);
    let next = |day: &Day, at| plan(&day.rules, &waiting, &day.history, at).next;
    assert_eq!(next(&day, nine()), Some(after(300)));
    day.at(after(300), &waiting, |_| false);
    assert_eq!(next(&day, after(300)), Some(after(305)));
    assert_eq!(plan(&day.rules, &[], &day.history, after(300)), Default::default());
}

#[test]
fn what_is_answered_is_told_no_more_and_what_is_held_open_waits() {
    let mut day = Day::new(rules());
    let waiting = [flash(1, 0)];
    day.at(nine(), &waiting, |_| false);
    assert_eq!(day.at(after(5), &[], |_| false), 0, "it was answered: it is not tried again");
    // STANDBY for eight minutes: nobody is called at half of the time, and once it is over somebody is.
    let held = [WaitingMessage { held_until: Some(after(480)), ..flash(2, 0) }];
    let mut day = Day::new(rules());
    for second in 0..1_200 {
        day.at(after(second), &held, |_| true);
    }
    assert_eq!(day.seconds(), [480, 600]);
    // That the host has found NO ANSWER takes the hold away: nothing is told twice for that.
    let held = [WaitingMessage { held_until: Some(after(900)), ..flash(3, 0) }];
    let mut day = Day::new(rules());
    day.at(after(900), &held, |_| true);
    assert_eq!(day.at(after(901), &[flash(3, 0)], |_| true), 0);
}

#[test]
fn what_fails_is_tried_again_after_longer_and_longer_and_not_for_ever() {
    let mut day = Day::new(rules());
    let waiting = [flash(1, 0)];
    for second in 0..299 {
        day.at(after(second), &waiting, |_| false);
    }
    assert_eq!(day.seconds(), [0, 5, 20]);
    let tries: Vec<_> = day.told.iter().map(|(_, due, _)| due.nth).collect();
    assert_eq!(tries, [1, 2, 3]);
    // The next point of its time begins anew.
    day.at(after(300), &waiting, |_| true);
    assert_eq!(day.told.last().unwrap().1.nth, 1);
}

#[test]
fn what_joins_others_that_failed_has_as_many_tries_as_they_had() {
    let mut day = Day::new(rules());
    let mut waiting: Vec<_> = (1..=4).map(|nth| flash(nth, 0)).collect();
    for second in 0..20 {
        day.at(after(second), &waiting, |_| false);
    }
    assert_eq!(day.seconds(), [0, 5]);
    waiting.push(flash(5, 20));
    for second in 20..290 {
        day.at(after(second), &waiting, |_| false);
    }
    let tells = |due: &DueNotice| due.occasions.iter().any(|one| one.message == waiting[4].message);
    assert_eq!(day.told.iter().filter(|(_, due, _)| tells(due)).count(), 3);
}

#[test]
fn an_attempt_that_nobody_saw_the_end_of_is_made_again() {
    let mut day = Day::new(rules());
    let waiting = [flash(1, 0)];
    let due = plan(&day.rules, &waiting, &day.history, nine()).due.remove(0);
    day.history.record(&Attempt {
        number: 1,
        notice: String::new(),
        path: "sms".into(),
        carrier: CarrierKind::Command,
        traffic: due.traffic,
        precedence: due.precedence,
        is_incident: due.is_incident,
        occasions: due.occasions,
        senders: due.senders,
        nth: 1,
        begun: nine(),
        ended: None,
        outcome: None,
    });
    assert_eq!(day.at(after(4), &waiting, |_| true), 0);
    assert_eq!(day.at(after(5), &waiting, |_| true), 1);
    assert_eq!(day.at(after(6), &waiting, |_| true), 0);
}

#[test]
fn beyond_three_open_they_are_told_together_but_never_what_is_being_hit() {
    let mut day = Day::new(rules());
    let mut waiting: Vec<_> = (1..=3).map(|nth| flash(nth, 0)).collect();
    assert_eq!(day.at(nine(), &waiting, |_| true), 3, "up to three one by one");
    waiting.extend((4..=9).map(|nth| flash(nth, 10)));
    waiting.extend((20..=24).map(|nth| message(nth, "W9", Precedence::Flash, 10)));
    waiting.push(message(30, "P6", Precedence::Flash, 10));
    day.at(after(10), &waiting, |_| true);
    let told: Vec<_> = day.told[3..].iter().map(|(_, due, _)| due).collect();
    assert_eq!(told.len(), 6, "the others wait a while after the last");
    assert!(told.iter().all(|due| due.is_incident && due.occasions.len() == 1));
    day.at(after(120), &waiting, |_| true);
    let (_, group, _) = day.told.last().unwrap();
    assert_eq!((group.occasions.len(), group.waiting, group.is_incident), (6, 15, false));
    assert_eq!(day.told.len(), 10);
}

#[test]
fn whoever_sends_and_takes_back_again_and_again_makes_no_telephone_ring_all_the_time() {
    let mut day = Day::new(rules());
    for second in 0..240 {
        let nth = u8::try_from(second).unwrap();
        day.at(after(second), &[flash(nth, second)], |_| true);
    }
    assert_eq!(day.seconds(), [0, 1, 2, 120, 121, 122]);
}

#[test]
fn a_flood_of_one_party_holds_up_nothing_urgent_of_another() {
    let hits: Vec<_> = (10..60).map(|nth| message(nth, "P6", Precedence::Flash, 0)).collect();
    let of_south = WaitingMessage { sender: "south".parse().unwrap(), ..flash(1, 0) };
    let routine = WaitingMessage {
        sender: "east".parse().unwrap(),
        ..message(2, "L1", Precedence::Routine, 0)
    };
    let mut waiting = hits;
    waiting.extend([of_south.clone(), routine.clone()]);
    let mut day = Day::new(rules());
    day.at(nine(), &waiting, |_| true);
    let nth = |of: &WaitingMessage| {
        let is = |due: &DueNotice| due.occasions.iter().any(|one| one.message == of.message);
        day.told.iter().position(|(_, due, _)| is(due)).unwrap()
    };
    assert_eq!(nth(&of_south), 1, "the other party's turn is the second");
    assert_eq!(nth(&routine), 51, "what is not urgent waits for what is");
}

#[test]
fn an_incident_that_nobody_answers_is_told_again_for_an_hour() {
    let mut day = Day::new(rules());
    let waiting = [message(1, "P6", Precedence::Flash, 0)];
    for second in 0..10_000 {
        day.at(after(second), &waiting, |_| true);
    }
    assert_eq!(day.seconds(), [0, 300, 600, 1200, 1800, 2400, 3000, 3600, 4200]);
}

#[test]
fn exercises_and_tests_are_told_only_where_that_is_asked_for() {
    let exercise = [WaitingMessage { traffic: Traffic::Exercise, ..flash(1, 0) }];
    let mut day = Day::new(rules());
    assert_eq!(day.at(nine(), &exercise, |_| true), 0);
    let mut asked = rules();
    asked.traffic.insert(Traffic::Exercise);
    let mut day = Day::new(asked);
    let both = [exercise[0].clone(), flash(2, 0)];
    assert_eq!(day.at(nine(), &both, |_| true), 2);
    assert!(day.told.iter().all(|(_, due, _)| due.waiting == 1), "they never mix");
}

#[test]
fn a_path_has_its_precedences_and_the_point_at_which_it_begins() {
    let mut of = rules();
    of.paths[0].precedences = [Precedence::Flash].into();
    of.paths.push(PathRules { as_of: NoticeStage::Half, ..path("superior") });
    let mut day = Day::new(of);
    let waiting = [flash(1, 0), message(2, "W6", Precedence::Immediate, 0)];
    for second in 0..1_900 {
        day.at(after(second), &waiting, |_| true);
    }
    let by = |at: usize| -> Vec<_> {
        let told = day.told.iter().filter(|(_, due, _)| due.path == at);
        told.map(|(at, due, _)| (at.seconds_since(nine()), due.precedence)).collect()
    };
    use Precedence::{Flash, Immediate};
    assert_eq!(by(0), [(0, Flash), (300, Flash), (600, Flash)]);
    assert_eq!(by(1), [(300, Flash), (600, Flash), (900, Immediate), (1_800, Immediate)]);
}

#[test]
fn a_desk_that_stood_still_tells_the_last_point_alone_and_after_a_week_only_what_it_never_told() {
    let mut day = Day::new(rules());
    let waiting = [flash(1, 0)];
    day.at(after(3_600), &waiting, |_| true);
    assert_eq!(day.told.len(), 1);
    assert_eq!(day.told[0].1.occasions[0].stage, NoticeStage::Deadline);
    let mut day = Day::new(rules());
    assert_eq!(day.at(nine(), &waiting, |_| true), 1);
    assert_eq!(day.at(after(8 * 86_400), &waiting, |_| true), 0);
    // A clock that is a month ahead: what comes is told once all the same.
    let mut day = Day::new(rules());
    for second in 0..700 {
        day.at(after(30 * 86_400 + second), &waiting, |_| true);
    }
    assert_eq!(day.seconds(), [30 * 86_400]);
}

#[test]
fn a_host_whose_clock_is_ahead_holds_no_first_notice_up() {
    let mut day = Day::new(rules());
    assert_eq!(day.at(nine(), &[flash(1, 90)], |_| true), 1);
}

#[test]
fn a_correction_that_opens_it_anew_is_told_anew() {
    let mut day = Day::new(rules());
    day.at(nine(), &[flash(1, 0)], |_| true);
    assert_eq!(day.at(after(60), &[flash(1, 60)], |_| true), 1);
}

fn messages() -> impl Strategy<Value = Vec<(WaitingMessage, i64)>> {
    let one = (0..4_usize, any::<bool>(), 0..3_000_i64, 1..6_000_i64);
    prop::collection::vec(one, 1..14).prop_map(|all| {
        let of = |(nth, (level, hit, since_s, lasts_s)): (usize, (usize, bool, i64, i64))| {
            let hit = hit && nth % 4 == 0;
            let (code, precedence) =
                if hit { ("W9", Precedence::Flash) } else { ("W4", Precedence::ALL[level]) };
            let nth = u8::try_from(nth).unwrap();
            (message(nth, code, precedence, since_s), since_s + lasts_s)
        };
        all.into_iter().enumerate().map(of).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever comes, is answered and fails: nothing answered is told, nothing is told twice, nothing is forgotten, and
    /// an incident is never told with anything else.
    #[test]
    fn nothing_is_forgotten_repeated_or_told_once_it_was_answered(
        messages in messages(),
        failing in prop::collection::vec(any::<bool>(), 16),
    ) {
        let mut of = rules();
        of.paths[0].tries = 20;
        of.paths.push(path("mail"));
        let mut day = Day::new(of);
        for tick in 0..700 {
            let at_s = tick * 10;
            let waits = |one: &&(WaitingMessage, i64)| {
                one.0.since <= after(at_s) && at_s < one.1
            };
            let waiting: Vec<_> = messages.iter().filter(waits).map(|one| one.0.clone()).collect();
            // The one path works; the other fails for whole stretches of time.
            let stretch = usize::try_from(at_s / 500).unwrap() % failing.len();
            day.at(after(at_s), &waiting, |due| due.path == 0 || !failing[stretch]);
        }
        let answered: BTreeMap<MessageId, i64> =
            messages.iter().map(|(message, end)| (message.message, *end)).collect();
        let mut taken: BTreeSet<(usize, Occasion)> = BTreeSet::new();
        for (at, due, was_taken) in &day.told {
            prop_assert!(!due.is_incident || due.occasions.len() == 1);
            for occasion in &due.occasions {
                prop_assert!(at.seconds_since(nine()) < answered[&occasion.message]);
                prop_assert!(occasion.at <= *at);
                if *was_taken {
                    prop_assert!(taken.insert((due.path, *occasion)), "told twice: {occasion:?}");
                }
            }
            let limit = if due.path == 0 { 20 } else { 3 };
            prop_assert!(due.nth <= limit);
        }
        // By the path that works each message that waited for long enough is told in time.
        for (message, end) in &messages {
            let told = day.told.iter().find(|(_, due, _)| {
                due.path == 0 && due.occasions.iter().any(|one| one.message == message.message)
            });
            let since_s = message.since.seconds_since(nine());
            let most_s = if message.is_incident { 10 } else { 140 };
            match told {
                Some((at, ..)) => prop_assert!(at.seconds_since(message.since) <= most_s),
                None => prop_assert!(end - since_s <= most_s, "{message:?} was forgotten"),
            }
        }
    }
}

#[test]
fn what_an_operator_shelved_is_told_to_him_when_that_ends_and_to_others_at_once() {
    let his = PathRules { operator: "duty".parse().ok(), ..path("his") };
    let hers = PathRules { operator: "night".parse().ok(), ..path("hers") };
    let of = NoticeRules { paths: vec![his, hers, path("desk")], ..rules() };
    let shelved = |message: WaitingMessage, until_s| WaitingMessage {
        shelved: [("duty".parse().unwrap(), after(until_s))].into(),
        ..message
    };
    let mut day = Day::new(of.clone());
    day.at(nine(), &[shelved(flash(1, 0), 400)], |_| true);
    let by = |day: &Day, path: usize| {
        let told = day.told.iter().filter(|(_, due, _)| due.path == path);
        told.map(|(at, ..)| at.seconds() - nine().seconds()).collect::<Vec<_>>()
    };
    assert_eq!([0, 1, 2].map(|path| by(&day, path)), [vec![], vec![0], vec![0]]);
    let next = plan(&day.rules, &[shelved(flash(1, 0), 400)], &day.history, nine()).next;
    assert_eq!(next, Some(after(300)), "the others are told at half of its time");
    for second in 1..=420 {
        day.at(after(second), &[shelved(flash(1, 0), 400)], |_| true);
    }
    // What was reached meanwhile is told once it sounds again.
    assert_eq!([0, 1, 2].map(|path| by(&day, path)), [vec![400], vec![0, 300], vec![0, 300]]);
    // What says that somebody is being hit is told whatever is said to be shelved.
    let mut day = Day::new(of);
    day.at(nine(), &[shelved(message(2, "W9", Precedence::Flash, 0), 400)], |_| true);
    assert_eq!(by(&day, 0), [0]);
}
