//! A dialogue held to the tables and rules of the vocabulary: by examples, and by a long walk over all codes in which
//! messages, answers, receipts, corrections and time come in any order.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_record::{Hash, KeyId};
use deconflict_testing::{Dice, another_value, some_answer, some_message};
use deconflict_vocabulary::*;

/// The beginning, in seconds since 1970.
const SECOND: i64 = 1_495_116_000;

fn at(seconds: i64) -> Time {
    Time::from_seconds(SECOND + seconds)
}

fn moment(seconds: i64) -> Moment {
    Moment::from_seconds(SECOND + seconds).unwrap()
}

fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

fn parameter(name: &str, value: Value) -> (ParameterName, Value) {
    (ParameterName::new(name).unwrap(), value)
}

fn choice(id: &str) -> Value {
    Value::Choice(ChoiceId::new(id).unwrap())
}

fn said(id: &str, parameters: &[(ParameterName, Value)]) -> Answer {
    Answer { answer: AnswerId::new(id).unwrap(), parameters: parameters.iter().cloned().collect() }
}

fn person(party: &PartyId) -> Actor<'_> {
    Actor { party, key: KeyId(Hash([1; 32])), role: Role::Person, passed_on: None }
}

fn sending(message: Message, to: &[&PartyId]) -> Sending {
    Sending {
        message,
        traffic: Traffic::Real,
        sender: party("north"),
        to: to.iter().map(|party| (*party).clone()).collect(),
        remark: None,
        valid_until: None,
        spoken_of: None,
    }
}

/// A request to leave a zone by so many seconds after the beginning.
fn leave_by(seconds: i64) -> Message {
    let parameters = [
        parameter("zone", Value::Reference(ObjectRef([3; 32]))),
        parameter("by", Value::Time(moment(seconds))),
        parameter("exit_sector", choice("east")),
        parameter("authority", choice("commander")),
    ];
    Message::new(CodeId::new("W4").unwrap(), parameters.into_iter().collect()).unwrap()
}

/// All that falls due up to then, found one after the other.
fn pass(dialogue: &mut Dialogue, until: Time) -> Vec<(i64, Lapse)> {
    let mut found = Vec::new();
    while let Some((when, party, lapse)) = dialogue.due().filter(|(when, ..)| *when <= until) {
        found.push((when.seconds() - at(0).seconds(), lapse));
        dialogue.lapse(&party, lapse, when);
    }
    found
}

#[test]
fn silence_passes_each_step_once_and_is_no_consent() {
    let south = party("south");
    let mut dialogue =
        Dialogue::begin(sending(leave_by(7_200), &[&south]), &LimitTable::default(), at(0))
            .unwrap();
    assert_eq!(dialogue.precedence, Precedence::Immediate);
    assert_eq!(dialogue.state_with(&south, at(0)), Some(ExchangeState::Open));
    let found = pass(&mut dialogue, at(100_000));
    assert_eq!(
        found,
        [
            (30, Lapse::NotDelivered),
            (600, Lapse::AlternatePath),
            (1_800, Lapse::NextLevel),
            (1_800, Lapse::NotReceived),
        ]
    );
    assert_eq!(dialogue.state_with(&south, at(2_000)), Some(ExchangeState::NotReceived));
    assert_eq!(dialogue.due(), None);
    // It can still be refused, late, and what had passed stands.
    let unable = said("UNABLE", &[parameter("reason", choice("no-contact"))]);
    dialogue.answer(&unable, &person(&south), at(2_000)).unwrap();
    assert!(dialogue.exchanges[&south].answers[0].late);
    assert!(dialogue.exchanges[&south].has_lapsed(Lapse::NotReceived));
}

#[test]
fn what_was_read_back_and_not_answered_is_no_answer() {
    let south = party("south");
    let mut dialogue =
        Dialogue::begin(sending(leave_by(7_200), &[&south]), &LimitTable::default(), at(0))
            .unwrap();
    let machine = Actor { role: Role::Machine, ..person(&south) };
    dialogue.receive(Receipt::Delivered, &machine, at(5)).unwrap();
    assert_eq!(
        dialogue.receive(Receipt::ReadBack, &machine, at(6)),
        Err(ChannelFault::PersonOnly {}),
        "a receipt from a machine never passes for a person's"
    );
    dialogue.receive(Receipt::ReadBack, &person(&south), at(60)).unwrap();
    assert_eq!(
        pass(&mut dialogue, at(9_000)),
        [(1_800, Lapse::NextLevel), (1_800, Lapse::NoAnswer)]
    );
    assert_eq!(dialogue.state_with(&south, at(9_000)), Some(ExchangeState::NoAnswer));
}

#[test]
fn standby_holds_once_and_never_beyond_what_is_asked() {
    let south = party("south");
    let mut dialogue =
        Dialogue::begin(sending(leave_by(7_200), &[&south]), &LimitTable::default(), at(0))
            .unwrap();
    let standby =
        |seconds| said("STANDBY", &[parameter("answer_by", Value::Time(moment(seconds)))]);
    let late = dialogue.answer(&standby(7_260), &person(&south), at(60));
    assert_eq!(late, Err(ChannelFault::AnswerTime {}), "beyond the deadline");
    let long = dialogue.answer(&standby(1_920), &person(&south), at(60));
    assert_eq!(long, Err(ChannelFault::AnswerTime {}), "longer than the limit counted anew");
    dialogue.answer(&standby(1_860), &person(&south), at(60)).unwrap();
    assert_eq!(dialogue.state_with(&south, at(61)), Some(ExchangeState::HeldOpen));
    let again = dialogue.answer(&standby(1_900), &person(&south), at(120));
    assert_eq!(again, Err(ChannelFault::StoodByOnce {}));
    assert_eq!(pass(&mut dialogue, at(1_859)), []);
    let found = pass(&mut dialogue, at(1_860));
    assert_eq!(found.last(), Some(&(1_860, Lapse::NoAnswer)));
}

#[test]
fn what_wilco_promises_has_a_clock_of_its_own() {
    let south = party("south");
    let begin = || {
        Dialogue::begin(sending(leave_by(7_200), &[&south]), &LimitTable::default(), at(0)).unwrap()
    };
    let wilco = |seconds| said("WILCO", &[parameter("by", Value::Time(moment(seconds)))]);
    let mut dialogue = begin();
    let later = dialogue.answer(&wilco(7_260), &person(&south), at(60));
    assert_eq!(later, Err(ChannelFault::AnswerTime {}), "later than asked");
    dialogue.answer(&wilco(3_600), &person(&south), at(60)).unwrap();
    assert_eq!(dialogue.due().map(|(_, _, lapse)| lapse), Some(Lapse::UndertakingOverdue));
    assert_eq!(pass(&mut dialogue, at(3_600)), [], "a deadline holds its instant");
    assert_eq!(pass(&mut dialogue, at(3_601)), [(3_600, Lapse::UndertakingOverdue)]);
    assert!(dialogue.meet(&south), "also late");
    assert!(!dialogue.meet(&south));
    let mut kept = begin();
    kept.answer(&wilco(3_600), &person(&south), at(60)).unwrap();
    assert!(kept.meet(&south));
    assert_eq!(pass(&mut kept, at(100_000)), []);
    let mut cancelled = begin();
    cancelled.answer(&wilco(3_600), &person(&south), at(60)).unwrap();
    assert_eq!(cancelled.cancel(&south, at(70)), Err(ChannelFault::NotSender {}));
    cancelled.cancel(&party("north"), at(70)).unwrap();
    assert_eq!(pass(&mut cancelled, at(100_000)), []);
}

#[test]
fn a_correction_of_the_deadline_makes_answers_lapse_and_counts_anew() {
    let south = party("south");
    let mut dialogue =
        Dialogue::begin(sending(leave_by(7_200), &[&south]), &LimitTable::default(), at(0))
            .unwrap();
    dialogue.receive(Receipt::ReadBack, &person(&south), at(10)).unwrap();
    let wilco = said("WILCO", &[parameter("by", Value::Time(moment(3_600)))]);
    dialogue.answer(&wilco, &person(&south), at(60)).unwrap();
    let by = parameter("by", Value::Time(moment(1_600)));
    dialogue.correct(&party("north"), by, &LimitTable::default(), at(100)).unwrap();
    assert_eq!(dialogue.precedence, Precedence::Flash, "less than half an hour is left");
    let exchange = &dialogue.exchanges[&south];
    assert_eq!((exchange.answer(), exchange.read_back, exchange.undertaking), (None, None, None));
    assert_eq!(dialogue.state_with(&south, at(100)), Some(ExchangeState::Open));
    let found = pass(&mut dialogue, at(100_000));
    assert_eq!(found.last(), Some(&(600, Lapse::NotReceived)), "{found:?}");
}

#[test]
fn what_is_past_its_time_is_read_and_not_complied_with() {
    let south = party("south");
    let mut late = sending(leave_by(7_200), &[&south]);
    late.valid_until = Some(at(100));
    let mut dialogue = Dialogue::begin(late, &LimitTable::default(), at(0)).unwrap();
    let wilco = said("WILCO", &[parameter("by", Value::Time(moment(3_600)))]);
    let answered = dialogue.answer(&wilco, &person(&south), at(101));
    assert_eq!(answered, Err(ChannelFault::TooLateToComply { valid_until: at(100) }));
    dialogue.receive(Receipt::ReadBack, &person(&south), at(102)).unwrap();
}

#[test]
fn checking_holds_for_two_minutes_each_time_and_never_closes() {
    let south = party("south");
    let parameters = [
        parameter("object", Value::Reference(ObjectRef([3; 32]))),
        parameter("since", Value::Time(moment(-60))),
    ];
    let hit = Message::new(CodeId::new("P6").unwrap(), parameters.into_iter().collect()).unwrap();
    let mut dialogue =
        Dialogue::begin(sending(hit, &[&south]), &LimitTable::default(), at(0)).unwrap();
    assert_eq!(dialogue.precedence, Precedence::Flash);
    for seconds in [30, 140, 250, 360, 470, 580] {
        dialogue.answer(&said("CHECKING", &[]), &person(&south), at(seconds)).unwrap();
        assert_eq!(dialogue.state_with(&south, at(seconds)), Some(ExchangeState::HeldOpen));
    }
    let again = dialogue.answer(&said("CHECKING", &[]), &person(&south), at(590));
    assert_eq!(again, Err(ChannelFault::SaidAlready {}));
    // Nothing has stopped: who is to help is called all the same.
    let found = pass(&mut dialogue, at(100_000));
    assert!(found.contains(&(300, Lapse::NextLevel)), "{found:?}");
    assert_eq!(found.last(), Some(&(700, Lapse::NoAnswer)), "{found:?}");
    let later = said("CEASED", &[parameter("stopped_from", Value::Time(moment(9_000)))]);
    let promised = dialogue.answer(&later, &person(&south), at(800));
    let field = ParameterName::new("stopped_from").unwrap();
    assert_eq!(
        promised,
        Err(ChannelFault::NotYet { field }),
        "what is to stop later has not stopped"
    );
    let gateway = Actor { passed_on: Some(PassedOn::Attested), ..person(&south) };
    let ceased = said("CEASED", &[parameter("stopped_from", Value::Time(moment(600)))]);
    let attested = dialogue.answer(&ceased, &gateway, at(800));
    assert_eq!(attested, Err(ChannelFault::PersonOnly {}));
    dialogue.answer(&ceased, &person(&south), at(800)).unwrap();
    assert_eq!(dialogue.state_with(&south, at(800)), Some(ExchangeState::Answered));
}

/// What must hold of a dialogue whatever came.
fn judge(dialogue: &Dialogue, before: &Dialogue, now: Time, what: &str) {
    for (party, exchange) in &dialogue.exchanges {
        let old = &before.exchanges[party];
        let state = dialogue.state_with(party, now).unwrap();
        // What is answered was answered by somebody, as the code allows it.
        for given in &exchange.answers {
            assert!(given.answer.check_to(dialogue.code()).is_ok(), "{what}");
        }
        // One that the party signed, and before it perhaps one that was passed on for it.
        let closing = exchange.answers.iter().filter(|g| !g.lapsed && g.answer.answer.row().closes);
        let closing: Vec<bool> = closing.map(|given| given.passed_on.is_some()).collect();
        assert!(matches!(closing[..], [] | [_] | [true, false]), "{what}: {closing:?} close it");
        assert_eq!(state == ExchangeState::Answered, exchange.answer().is_some(), "{what}");
        let agrees = exchange.answer().is_some_and(|g| g.answer.answer.as_str() == "AFFIRM");
        let agreed = old.answer().is_some_and(|g| g.answer.answer.as_str() == "AFFIRM");
        assert!(!agrees || agreed || what == "answer", "{what}: silence became consent");
        // A promise comes with a WILCO that stands, and never beyond what is asked.
        if let Some(undertaking) = exchange.undertaking {
            let wilco = exchange.answer().is_some_and(|g| g.answer.answer.row().opens_undertaking);
            assert!(wilco, "{what}: a promise that nobody gave");
            assert!(dialogue.asked_by().is_none_or(|asked| undertaking.by <= asked), "{what}");
            // What was confirmed is done, stays so, and falls due no more.
            if undertaking.confirmed.is_some() {
                assert_eq!(undertaking.state, UndertakingState::Met, "{what}");
                let lapsed = exchange.lapses.len() - old.lapses.len();
                assert!(what != "time" || lapsed == 0, "{what}: {exchange:?}");
            }
            let was = old.undertaking.and_then(|old| old.confirmed);
            let goes_on = matches!(what, "answer" | "correction" | "confirmation");
            assert!(goes_on || undertaking.confirmed == was, "{what}: confirmed by nobody");
        }
        // Each step once; and while an answer is asked for, something falls due.
        let mut steps: Vec<Lapse> = exchange.lapses.iter().map(|found| found.lapse).collect();
        steps.sort();
        steps.dedup();
        assert_eq!(steps.len(), exchange.lapses.len(), "{what}: a step twice");
        if matches!(state, ExchangeState::Open | ExchangeState::HeldOpen)
            && !exchange.lapses.iter().any(|found| found.lapse.is_final())
        {
            assert!(dialogue.due().is_some(), "{what}: open, and nothing is due");
        }
        if what != "correction" {
            assert!(old.lapses.len() <= exchange.lapses.len(), "{what}: a step was forgotten");
            assert!(old.read_back.is_none() || exchange.read_back == old.read_back, "{what}");
        }
    }
    // Kept and read again it is the same.
    let json = serde_json::to_string(dialogue).unwrap();
    assert_eq!(serde_json::from_str::<Dialogue>(&json).unwrap(), *dialogue, "{what}");
}

#[test]
fn whatever_comes_in_whatever_order_the_tables_and_rules_hold() {
    let table = LimitTable::default();
    let parties = [party("south"), party("aid")];
    let codes: Vec<CodeId> = CodeId::all().collect();
    let mut dice = Dice(7);
    let (mut begun, mut answered, mut final_steps, mut confirmed) = (0, 0, 0, 0);
    for round in 0..4_000 {
        let mut now = 0;
        let code = codes[round % codes.len()];
        let Some(said) = some_message(code, SECOND + now, &[], &mut dice) else { continue };
        let to: Vec<&PartyId> = parties.iter().take(1 + dice.below(2)).collect();
        let mut sent = sending(said, &to);
        sent.valid_until = dice.one_in(3).then(|| at(60 * dice.below(60) as i64));
        let Ok(mut dialogue) = Dialogue::begin(sent, &table, at(0)) else { continue };
        begun += 1;
        for _ in 0..12 {
            let before = dialogue.clone();
            let who = &parties[dice.below(2)];
            let role = *dice.pick(&[Role::Person, Role::Person, Role::Machine]).unwrap();
            let actor = Actor {
                role,
                passed_on: dice.one_in(4).then_some(PassedOn::Entered),
                ..person(who)
            };
            let what = match dice.below(9) {
                0..=2 => {
                    let mut all = code.row().attribute.answers();
                    if all.is_empty() || dice.one_in(3) {
                        all = AnswerId::all().collect();
                    }
                    let given = some_answer(*dice.pick(&all).unwrap(), SECOND + now, &mut dice);
                    let took = dialogue.answer(&given, &actor, at(now));
                    let is_of = dialogue.exchanges.contains_key(who);
                    assert!(took.is_err() || is_of);
                    if took.is_err() {
                        assert_eq!(dialogue, before, "what is refused changes nothing");
                    } else if matches!(code.row().family(), 'P' | 'W') {
                        assert!(
                            actor.signs() && role == Role::Person,
                            "{code}: by a signature alone"
                        );
                    }
                    "answer"
                }
                3 => {
                    let receipts = [Receipt::Delivered, Receipt::Displayed, Receipt::ReadBack];
                    let _ = dialogue.receive(*dice.pick(&receipts).unwrap(), &actor, at(now));
                    "receipt"
                }
                4 => {
                    let own = dialogue.message.parameters.keys().copied().collect::<Vec<_>>();
                    if let Some(field) = dice.pick(&own).copied() {
                        let second = SECOND + now;
                        let new = another_value(&dialogue.message, field, second, &mut dice);
                        let new = (field, new.unwrap());
                        let _ = dialogue.correct(&party("north"), new, &table, at(now));
                    }
                    "correction"
                }
                5 if dice.one_in(8) => {
                    let _ = dialogue.cancel(&party("north"), at(now));
                    "cancel"
                }
                5 => {
                    let _ = dialogue.meet(who) || (dice.one_in(3) && dialogue.break_promise(who));
                    "report"
                }
                6 | 7 => {
                    let asker = party("north");
                    let by = if dice.one_in(4) { who } else { &asker };
                    let actor = Actor { party: by, ..actor };
                    let promised = |(_, of): &(&PartyId, &Exchange)| of.undertaking.is_some();
                    let who = before.exchanges.iter().find(promised).map_or(who, |(of, _)| of);
                    let took = dialogue.confirm(who, &actor, at(now));
                    if took.is_err() {
                        assert_eq!(dialogue, before, "what is refused changes nothing");
                    } else {
                        confirmed += 1;
                        assert!(*by == asker && actor.signs() && role == Role::Person, "{code}");
                        assert!(!dialogue.is_taken_back(), "{code}");
                    }
                    "confirmation"
                }
                _ => {
                    now += [1, 10, 61, 700, 4_000, 90_000][dice.below(6)];
                    let found = pass(&mut dialogue, at(now));
                    assert!(found.is_sorted_by_key(|(when, _)| *when), "{found:?}");
                    "time"
                }
            };
            judge(&dialogue, &before, at(now), what);
        }
        pass(&mut dialogue, at(10_000_000));
        for (who, exchange) in &dialogue.exchanges {
            let state = dialogue.state_with(who, at(10_000_000)).unwrap();
            assert!(
                !matches!(state, ExchangeState::Open | ExchangeState::HeldOpen),
                "{code}: {state:?}"
            );
            answered += usize::from(state == ExchangeState::Answered);
            final_steps += exchange.lapses.iter().filter(|found| found.lapse.is_final()).count();
        }
    }
    assert!(
        begun > 3_000 && answered > 500 && final_steps > 500 && confirmed > 20,
        "{begun} {answered} {final_steps} {confirmed}"
    );
}
