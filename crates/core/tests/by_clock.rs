//! What is signed by a clock that is not the host's: only new zones and new operations wait for a good one.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::collections::BTreeMap;

use deconflict_core::*;
use deconflict_testing::history::{something, step};
use deconflict_testing::*;

const NOON: &str = "2017-05-18T12:00:00Z";
const TWO: &str = "2017-05-18T14:00:00Z";

fn plan() -> DeclarationContent {
    operation(circle(33.5, 38.6, 500.0, NOON, TWO))
}

/// Whether a statement takes effect at once; why not.
fn judged(w: &World, statement: &Statement) -> Result<(), Refusal> {
    match w.state.decide(statement, w.now).outcome {
        Outcome::Unfit(unfit) => panic!("{unfit}"),
        Outcome::Entries(entries) => match &entries[0].what {
            What::Refused(_, why) => Err(why.clone()),
            _ => Ok(()),
        },
    }
}

/// Whether something begins a zone or an operation, by whomever it is said.
fn begins(say: &Say) -> bool {
    match say {
        Say::Declare { declared, .. } => {
            matches!(declared.kind(), Kind::Zone | Kind::Operation)
        }
        Say::EnterFor { said, .. } | Say::Attest { said, .. } => begins(said),
        _ => false,
    }
}

#[test]
fn new_zones_and_operations_wait_and_what_is_entered_is_said_by_the_clock_of_whoever_enters_it() {
    let mut w = World::new(charter(&PARTIES));
    let new = |w: &mut World, name: &str, say: Say| {
        let key = operator(name, "duty");
        let statement = w.statement(name, &[&key], say);
        judged(w, &Statement { clock_ahead_s: Some(-42), ..statement })
    };
    let apart = Err(Refusal::ClockApart { ahead_s: -42 });
    let area = zone(33.5, 38.6, 900.0, &["aid"], &["aid"]);
    let area = declare(DeclarationContent::Zone(area), Sharing::Open);
    assert_eq!(new(&mut w, "north", area), apart);
    assert_eq!(new(&mut w, "north", declare(plan(), Sharing::Open)), apart);
    assert_eq!(new(&mut w, "aid", declare(site(33.5, 38.7), Sharing::Open)), Ok(()));
    let convoy = movement((33.5, 38.0), (33.5, 38.9), NOON, TWO);
    assert_eq!(new(&mut w, "aid", declare(convoy, Sharing::Open)), Ok(()));
    let enter =
        |said| Say::EnterFor { party: party("aid"), means: "m".into(), said: Box::new(said) };
    assert_eq!(new(&mut w, "host", enter(declare(plan(), Sharing::Open))), apart);
    assert_eq!(new(&mut w, "host", enter(declare(site(33.5, 38.7), Sharing::Open))), Ok(()));
    // What stands is amended, and ends, by any clock.
    let (op, _) = w.accepted("north", declare(plan(), Sharing::Open));
    let other = operation(circle(33.5, 38.6, 600.0, NOON, TWO));
    assert_eq!(new(&mut w, "north", amend(op, op, other, Sharing::Open)), Ok(()));
    let end = Say::End { declaration: DeclarationId(op.0), how: Ending::Cancelled };
    assert_eq!(new(&mut w, "north", end), Ok(()));
}

#[test]
fn by_a_clock_that_is_apart_all_else_takes_effect_exactly_when_it_does_by_a_good_one() {
    let (mut waited, mut accepted) = (0, BTreeMap::<&str, usize>::new());
    for seed in 0..12 {
        let mut w = World::unchecked(charter(&PARTIES));
        let (mut dice, mut generations) = (Dice(seed), [0; 4]);
        for _ in 0..200 {
            if dice.one_in(4) {
                step(&mut w, &mut dice, &mut generations);
                continue;
            }
            let name = PARTIES[dice.below(4)];
            let say = something(w.state.ledger(), w.now, name, &mut dice);
            let good = w.statement(name, &[&operator(name, "duty")], say);
            let ahead_s = if dice.one_in(2) { 42 } else { -7_200 };
            let apart = Statement { clock_ahead_s: Some(ahead_s), ..good.clone() };
            let (by_good, by_apart) = (judged(&w, &good), judged(&w, &apart));
            if begins(&good.say) {
                assert!(by_apart.is_err(), "{apart:?}");
                if by_good.is_ok() {
                    assert_eq!(by_apart, Err(Refusal::ClockApart { ahead_s }), "{apart:?}");
                    waited += 1;
                }
                w.file(good).unwrap();
            } else {
                assert_eq!(by_apart, by_good, "{apart:?}");
                *accepted.entry(apart.say.rules().word).or_default() +=
                    usize::from(by_apart.is_ok());
                w.file(apart).unwrap();
            }
        }
    }
    assert!(waited > 100, "{waited}");
    for word in ["declare", "amend", "end", "agree", "send", "answer", "receive", "enter-for"] {
        assert!(accepted.get(word).is_some_and(|n| *n > 0), "{word}: {accepted:?}");
    }
}
