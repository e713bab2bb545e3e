//! Several statements in one request: each is filed as if it came alone.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::*;
use deconflict_api::{FiledTogether, FilingOutcome, MAX_FILED_TOGETHER};
use deconflict_core::*;
use deconflict_record::SignedStatement;

/// So many statements of north, one after the other: operations that meet one of south's.
fn several(rig: &mut Rig, count: usize) -> Vec<SignedStatement> {
    let one = |nth: usize| {
        let volumes = vec![circle_in(34.5, 38.6, 2_000.0 + nth as f64, (6, 8))];
        let operation = Operation { name: texts(&format!("op {nth}")), volumes, contact: None };
        declare(DeclarationContent::Operation(operation), Sharing::Open)
    };
    (0..count)
        .map(|nth| {
            let statement = rig.statement("north", &[&duty("north")], &one(nth));
            rig.chained(&statement);
            statement
        })
        .collect()
}

#[test]
fn each_is_filed_in_its_order_and_sent_again_gets_its_answer() {
    let mut rig = Rig::new();
    rig.accepted("south", &{
        let volumes = vec![circle_in(34.5, 38.6, 2_000.0, (6, 8))];
        let operation = Operation { name: texts("south's"), volumes, contact: None };
        declare(DeclarationContent::Operation(operation), Sharing::ConflictOnly)
    });
    let all = several(&mut rig, 5);
    let whole: Vec<&SignedStatement> = all.iter().collect();
    let token = rig.token(&duty("north"));
    let first: FiledTogether = rig.send_together(&whole[..3], Some(&token)).json();
    // Three of these are in the record, and answered as they were.
    let second: FiledTogether = rig.send_together(&whole, Some(&token)).json();
    assert_eq!(second.filed[..3].len(), first.filed.len());
    for (again, before) in second.filed.iter().zip(&first.filed) {
        assert_eq!((&again.statement, again.index), (&before.statement, before.index));
    }
    assert_eq!(second.stopped, None);
    let names: Vec<String> = all.iter().map(|one| one.hash().to_string()).collect();
    assert_eq!(second.filed.iter().map(|one| one.statement.clone()).collect::<Vec<_>>(), names);
    assert!(second.filed.windows(2).all(|two| two[0].index < two[1].index));
    for filed in &second.filed {
        assert_eq!(filed.outcome, FilingOutcome::Accepted);
        assert_eq!(filed.conflicts.as_ref().map(Vec::len), Some(1), "its party is told");
    }
    // The same twice in one request is filed once.
    let next = several(&mut rig, 1);
    let twice: FiledTogether = rig.send_together(&[&next[0], &next[0]], Some(&token)).json();
    assert_eq!((twice.filed.len(), twice.stopped), (2, None));
    assert_eq!(twice.filed[0].index, twice.filed[1].index);
    // Whoever else carries them learns nothing of whom they meet.
    for token in [None, Some(rig.token(&duty("aid")))] {
        let carried: FiledTogether = rig.send_together(&whole, token.as_deref()).json();
        assert_eq!(carried.filed.len(), 5);
        assert!(carried.filed.iter().all(|one| one.conflicts.is_none() && one.overlays.is_none()));
    }
}

#[test]
fn it_ends_with_the_first_that_is_not_filed_and_what_was_before_it_stands() {
    let mut rig = Rig::new();
    let all = several(&mut rig, 4);
    let [first, second, third, fourth] = &all[..] else { panic!("four") };
    // A number is missing.
    let gap: FiledTogether = rig.send_together(&[first, second, fourth], None).json();
    assert_eq!(gap.filed.len(), 2);
    assert_eq!(
        (gap.stopped.as_ref().unwrap().status, gap.stopped.unwrap().next_seq),
        (409, Some(3))
    );
    // As it stands when the first is not filed: no answer of several.
    let refused = rig.send_together(&[fourth, third], None);
    assert_eq!((refused.status, refused.problem().next_seq), (409, Some(3)));
    // Not in vain all the same: the one that could be filed was, or is when it is sent again.
    let rest: FiledTogether = rig.send_together(&[third, fourth], None).json();
    assert_eq!((rest.filed.len(), rest.stopped), (2, None));

    // A stranger's among them, and what is no statement.
    let stranger = rig.statement("north", &[&key("nobody")], &Say::Withdraw { reason: "x".into() });
    let mixed: FiledTogether = rig.send_together(&[first, &stranger, second], None).json();
    assert_eq!((mixed.filed.len(), mixed.stopped.unwrap().status), (1, 401));
    let alone = rig.send_together(&[&stranger], None);
    assert_eq!(alone.body, rig.send(&stranger).body);
    let none: Vec<&SignedStatement> = Vec::new();
    for bad in [none, vec![first; MAX_FILED_TOGETHER + 1]] {
        let reply = rig.send_together(&bad, None);
        assert_eq!(reply.status, 400);
        assert!(reply.problem().detail.contains("1 to 64"), "{}", reply.problem().detail);
    }
    let text = rig.post("/v1/statements/together", None, br#"{"statements": ["{}"]}"#);
    assert_eq!(text.status, 400);
}
