//! A host keeps no countersignature whose time cannot be, whoever made it.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::cell::RefCell;
use std::rc::Rc;

use deconflict_api::CosignatureLine;
use deconflict_core::*;
use deconflict_desk::{Line, LineError};
use deconflict_record::{AddCheckpoint, Cosigner, SignedCheckpoint, UtcSecond};
use deconflict_testing::*;

fn countersign(line: &mut HostLine, note: &[u8], time: UtcSecond) -> Result<(), LineError> {
    let checkpoint = SignedCheckpoint::parse(note).unwrap();
    let size = checkpoint.claimed().size;
    let request = AddCheckpoint { old_size: 0, proof: vec![], checkpoint };
    let mut cosigner = Cosigner::new(&witness_name("north"), log(), None).unwrap();
    let signature = cosigner.judge(&request).unwrap().persisted(&witness("north"), time);
    line.cosign(&CosignatureLine { size, line: signature.line() })
}

#[test]
fn a_countersignature_dated_before_what_it_covers_or_ahead_of_the_clock_is_not_taken() {
    let mut terms = witnessed(&["host", "north", "south"], &["north", "south"], 1);
    terms.rules.clock_skew_s = 30;
    let host = Rc::new(RefCell::new(HostRig::new(terms)));
    let mut line = HostLine::new(&host);
    line.session(SPACE, &duty("north")).unwrap();
    host.borrow_mut().pass(1);
    let before = line.checkpoint().unwrap();
    let covered = host.borrow().clock.utc().seconds() - 1;
    host.borrow_mut().clock.pass(3_600);
    host.borrow_mut().accepted("south", &declare(operation_at(33.5, 38.6), Sharing::Open));
    host.borrow_mut().pass(1);
    let head = line.checkpoint().unwrap();
    let now = host.borrow().clock.utc().seconds();
    let at = |seconds: u64| UtcSecond::new(seconds).unwrap();
    let refused = |taken: Result<(), LineError>, why: &str| {
        let Err(LineError::Refused(problem)) = taken else { panic!("{taken:?}") };
        assert!(problem.kind.ends_with("/clock") && problem.detail.contains(why), "{problem:?}");
    };
    refused(countersign(&mut line, &head, at(978_307_200)), "before it was there");
    refused(countersign(&mut line, &head, at(now - 3_600)), "before it was there");
    refused(countersign(&mut line, &head, at(now - 1 - 31)), "31 s earlier");
    refused(countersign(&mut line, &head, at(now + 31)), "31 s ahead");
    countersign(&mut line, &head, at(now - 1 - 30)).unwrap();
    // Under an earlier head, what came later does not count.
    refused(countersign(&mut line, &before, at(covered - 31)), "31 s earlier");
    countersign(&mut line, &before, at(covered - 30)).unwrap();
}
