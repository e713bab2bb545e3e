//! How a line stands as it was measured, and who is on duty.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_testing::*;
use deconflict_vocabulary::*;

fn line_test(w: &mut World, number: u32) -> MessageId {
    send(w, "north", sent("L1", &[("n", Value::Number(number))], &["south"]))
}

fn line(w: &World, own: &str, other: &str) -> LineReport {
    w.view(own).line_between(&party(own), &party(other), Traffic::Real, w.now)
}

fn moment(w: &World, seconds: i64) -> Value {
    Value::Time(Moment::from_seconds(w.now.seconds() + seconds).unwrap())
}

#[test]
fn tests_that_are_missed_are_counted_and_both_sides_count_alike() {
    let mut w = World::new(charter(&PARTIES));
    assert_eq!(line(&w, "north", "south").heard, None);
    let first = line_test(&mut w, 9_999);
    assert_eq!(line(&w, "north", "south").tests[0].outcome, LineTestOutcome::Waits);
    let answered_at = w.now;
    w.accepted("south", answered("ROGER", first, &[]));
    assert_eq!(line(&w, "north", "south").next_number(&party("north")), 1, "they begin anew");
    w.pass(3_600);
    for number in 1..=2 {
        line_test(&mut w, number);
        w.pass(121);
    }
    let late = line_test(&mut w, 3);
    w.pass(121);
    w.accepted("south", answered("ROGER", late, &[]));
    let late_at = w.now;
    w.pass(60);
    for number in 4..=5 {
        line_test(&mut w, number);
        w.pass(121);
    }
    let taken_back = line_test(&mut w, 6);
    let all = [("message", Value::Reference(ObjectRef(taken_back.0.0)))];
    w.accepted("north", sent("D7", &all, &["south"]));
    line_test(&mut w, 7);
    for (own, other) in [("north", "south"), ("south", "north")] {
        let line = line(&w, own, other);
        let outcomes: Vec<_> = line.tests.iter().map(|t| (t.number, t.outcome)).collect();
        let expected = [
            (7, LineTestOutcome::Waits),
            (6, LineTestOutcome::Cancelled),
            (5, LineTestOutcome::Missed),
            (4, LineTestOutcome::Missed),
            (3, LineTestOutcome::Late(late_at)),
            (2, LineTestOutcome::Missed),
            (1, LineTestOutcome::Missed),
            (9_999, LineTestOutcome::Answered(answered_at)),
        ];
        assert_eq!(outcomes, expected, "{own}");
        assert_eq!((line.missed_in_a_row(), line.missed()), (2, 4));
        assert_eq!(line.suspended_by, None);
    }
    assert_eq!(line(&w, "north", "south").heard, Some(late_at));
    assert_eq!(line(&w, "north", "aid").tests, []);
    let drill =
        w.view("north").line_between(&party("north"), &party("south"), Traffic::Exercise, w.now);
    assert_eq!(drill.tests, [], "each kind of traffic has a line of its own");
}

#[test]
fn a_line_says_who_suspended_it_beside_what_was_heard_over_it() {
    let mut w = World::new(charter(&PARTIES));
    let all = [("from", moment(&w, 0)), ("reason", choice("terms"))];
    let suspended = send(&mut w, "north", sent("L3", &all, &["south"]));
    w.pass(10);
    // It is suspended, and all the same a desk there has it.
    w.accepted(
        "south",
        Say::Receive { message: suspended, receipt: Receipt::Delivered, shown_in: None },
    );
    for (own, other) in [("north", "south"), ("south", "north")] {
        assert_eq!(line(&w, own, other).suspended_by, Some(party("north")), "{own}");
    }
    assert_eq!(line(&w, "north", "south").heard, Some(w.now));
}

#[test]
fn routine_that_was_not_answered_is_to_be_spoken_of_in_the_next_test() {
    let mut w = World::new(charter(&PARTIES));
    let all = [
        ("post", Value::name("duty officer")),
        ("name", Value::name("ivanov")),
        ("languages", Value::Languages(vec![LanguageTag::new("ru").unwrap()])),
        ("from", moment(&w, 0)),
    ];
    let handover = send(&mut w, "south", sent("L2", &all, &["north"]));
    assert_eq!(line(&w, "north", "south").to_speak_of, []);
    w.pass(2 * 86_400);
    for (own, other) in [("north", "south"), ("south", "north")] {
        assert_eq!(line(&w, own, other).to_speak_of, [handover], "{own}");
    }
    w.accepted("north", answered("ROGER", handover, &[]));
    assert_eq!(line(&w, "north", "south").to_speak_of, []);
}

#[test]
fn the_last_handover_in_force_counts_and_the_next_one_stands_behind_it() {
    let mut w = World::new(charter(&PARTIES));
    let hand_over = |w: &World, post: &str, name: &str, from: i64| {
        let all = [
            ("post", Value::name(post)),
            ("name", Value::name(name)),
            ("languages", Value::Languages(vec![LanguageTag::new("ru").unwrap()])),
            ("from", moment(w, from)),
        ];
        sent("L2", &all, &["north", "aid"])
    };
    let names = |w: &World, own: &str| -> Vec<(String, Vec<String>)> {
        let all = w.view(own).on_duty(w.now).into_iter();
        all.map(|((_, post), all)| (post, all.into_iter().map(|one| one.name).collect())).collect()
    };
    let of = |post: &str, all: &[&str]| {
        (post.to_owned(), all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    };
    let say = hand_over(&w, "duty officer", "ivanov", 0);
    w.accepted("south", say);
    let say = hand_over(&w, "duty officer", "petrov", 3_600);
    w.accepted("south", say);
    let say = hand_over(&w, "commander", "orlov", -60);
    w.accepted("south", say);
    let before = [of("commander", &["orlov"]), of("duty officer", &["ivanov", "petrov"])];
    assert_eq!(names(&w, "north"), before);
    assert_eq!(names(&w, "host"), [], "it was told to others");
    w.pass(3_600);
    assert_eq!(names(&w, "aid")[1], of("duty officer", &["petrov"]));
    // Taken back, and an exercise: nobody takes over by these.
    let say = hand_over(&w, "duty officer", "nobody", 0);
    let wrong = send(&mut w, "south", say);
    let all = [("message", Value::Reference(ObjectRef(wrong.0.0)))];
    w.accepted("south", sent("D7", &all, &["north", "aid"]));
    let Say::Send { message, to, remark, .. } = hand_over(&w, "duty officer", "actor", 0) else {
        unreachable!()
    };
    w.accepted("south", Say::Send { message, to, traffic: Traffic::Exercise, remark });
    assert_eq!(names(&w, "aid")[1], of("duty officer", &["petrov"]));
}
