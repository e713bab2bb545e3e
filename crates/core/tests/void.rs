//! A number that is used for nothing.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_testing::*;

#[test]
fn a_number_that_is_void_is_used_and_what_was_signed_under_it_is_never_taken_in() {
    let mut w = World::new(charter(&["host", "north", "south", "aid"]));
    let duty = operator("north", "duty");
    // Signed, and with whoever has it.
    let old = w.statement("north", &[&duty], declare(site(33.5, 38.6), Sharing::ConflictOnly));
    let other = Say::Void { number: old.seq + 1 };
    let wrong = w.statement("north", &[&duty], other);
    assert_eq!(wrong.seq, old.seq);
    let Outcome::Entries(entries) = w.state.decide(&wrong, w.now).outcome else { panic!() };
    let expected = Refusal::OtherNumber { number: old.seq };
    assert!(matches!(&entries[0].what, What::Refused(_, why) if *why == expected), "{entries:?}");
    let (_, found) = w.accepted("north", Say::Void { number: old.seq });
    assert_eq!(found, []);
    let next = old.seq + 1;
    assert!(matches!(w.file(old), Err(Unfit::Sequence { next: n, .. }) if n == next));
    assert!(w.state.ledger().declarations.is_empty());
    let index = w.log.len() as u64 - 1;
    assert!(w.read[&party("north")].contains(&index));
    for name in ["host", "south", "aid"] {
        assert!(!w.read[&party(name)].contains(&index), "{name} is told of nothing");
    }
    // Any key of the party can say it, its root too, also once the party left.
    let root = root("north", 0);
    let seq = w.state.ledger().keys[&root.verifying_key().id()].seq + 1;
    w.expect_accepted("north", &[&root], Say::Void { number: seq });
    let entered = Say::EnterFor {
        party: party("north"),
        means: "voice".into(),
        said: Box::new(Say::Void { number: 1 }),
    };
    assert_eq!(w.refused("host", entered), Refusal::OwnKeyOnly {});
}
