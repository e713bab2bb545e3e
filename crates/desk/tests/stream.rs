//! What a stream brought, taken in: the very checks of a reading, and all that is new in one transaction.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::cell::RefCell;
use std::rc::Rc;

use common::*;
use deconflict_core::Sharing;
use deconflict_desk::{CommitmentRun, Desk, DeskError, Keys, LineError, StreamBatch, SyncReport};
use deconflict_faults::{Loss, PowerCut};
use deconflict_record::Hash;
use deconflict_store::Options;

type Shared = Rc<RefCell<FakeHost>>;

fn aid_says(host: &Shared, nth: u64) {
    let say = operation(-60.0 + nth as f64 / 50.0, Sharing::Open);
    host.borrow_mut().say("aid", &[&duty("aid")], &say);
}

/// What an honest stream brings a desk that has read so far.
fn batch(host: &Shared, from: u64) -> StreamBatch {
    let host = host.borrow();
    let hashes = host.commitments[from as usize..].to_vec();
    StreamBatch {
        from,
        given: host.page(&party("north"), from.into(), 1_000).given,
        commitments: CommitmentRun { from, hashes },
        head: host.checkpoint(),
    }
}

fn take(post: &mut Post, batch: StreamBatch) -> Result<SyncReport, DeskError> {
    let keys = Keys { session: &post.duty, witness: Some(&post.witness) };
    post.desk.sync_from(&mut post.wire, &keys, batch, at(2))
}

fn check_whole(desk: &Desk, host: &Shared) {
    assert_eq!(desk.caught(), None);
    assert_eq!(desk.head(), host.borrow().head());
    assert_eq!(*desk.view(), host.borrow().state.ledger().project(&party("north")));
}

#[test]
fn a_batch_of_a_stream_goes_through_the_checks_of_a_reading() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    aid_says(&host, 1);
    let first = batch(&host, 5);
    let synced = take(&mut north, first.clone()).unwrap();
    assert_eq!((synced.size, synced.entries, synced.given, synced.cosigned), (6, 1, 1, true));
    // The same again, and an older one, change nothing.
    assert_eq!(take(&mut north, first).unwrap().entries, 0);
    assert_eq!(take(&mut north, batch(&host, 0)).unwrap().entries, 0);
    // A gap: what came before is asked of the line.
    aid_says(&host, 2);
    aid_says(&host, 3);
    let synced = take(&mut north, batch(&host, 7)).unwrap();
    assert_eq!((synced.size, synced.given), (8, 2));
    // A head that nobody signed is nobody's word, also where commitments lead to it.
    aid_says(&host, 4);
    let mut stranger = batch(&host, 8);
    stranger.head = stranger.head.replace("deconflict.example/test", "x.example");
    assert!(
        matches!(take(&mut north, stranger), Ok(SyncReport { entries: 1, .. })),
        "it was asked"
    );
    check_whole(&north.desk, &host);
    // A head that was signed over another history.
    let mut fork = host.borrow().fork();
    fork.rewrite(6, b"something else");
    let fork: Shared = Rc::new(RefCell::new(fork));
    let error = take(&mut north, batch(&fork, 9)).unwrap_err();
    assert!(matches!(error, DeskError::Caught(_)), "{error}");
}

#[test]
fn a_desk_in_step_needs_no_line_and_one_that_is_told_wrongly_asks_it() {
    let wrong: [fn(&mut StreamBatch); 6] = [
        |batch| batch.commitments.hashes[0] = Hash([9; 32]),
        |batch| batch.commitments.from += 1,
        |batch| batch.commitments.from = u64::MAX,
        |batch| batch.commitments.hashes.truncate(0),
        |batch| batch.commitments.hashes.insert(0, Hash([9; 32])),
        |batch| batch.commitments = CommitmentRun::default(),
    ];
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    // Over the end of a tile.
    for nth in 0..260 {
        aid_says(&host, nth);
        let (size, mut batch) = (north.desk.head().size, batch(&host, 5 + nth));
        if let Some(wrong) = wrong.get(nth as usize % 30) {
            let right = batch.clone();
            wrong(&mut batch);
            north.wire.up.set(false);
            let error = take(&mut north, batch.clone()).unwrap_err();
            assert!(matches!(error, DeskError::Line(LineError::Down(_))), "{nth}: {error}");
            assert_eq!((north.desk.head().size, north.desk.caught()), (size, None));
            north.wire.up.set(true);
            if nth % 2 == 0 {
                batch = right;
            }
        } else {
            north.wire.up.set(false);
            // Nothing is wrong with more than the head covers, or with what this desk has.
            batch.commitments.hashes.push(Hash([9; 32]));
            let before = host.borrow().commitments[4 + nth as usize];
            batch.commitments.hashes.insert(0, before);
            batch.commitments.from -= 1;
        }
        assert_eq!(take(&mut north, batch).unwrap().entries, 1, "{nth}");
        north.wire.up.set(true);
    }
    check_whole(&north.desk, &host);
    check_whole(&north.restart(folder.path()).desk, &host);
}

#[test]
fn an_entry_that_is_false_under_a_head_of_a_stream_is_shown_under_that_head() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.sync(1).unwrap();
    aid_says(&host, 1);
    aid_says(&host, 2);
    let mut false_one = batch(&host, 5);
    false_one.given[1].content = Some("{}".into());
    let error = take(&mut north, false_one).unwrap_err();
    assert!(matches!(error, DeskError::Caught(_)), "{error}");
    assert_eq!(north.desk.head(), host.borrow().head(), "the exhibit stands under it");
    assert_eq!(north.desk.view().declarations.len(), 1, "what came before it is sound");
}

#[test]
fn a_head_and_what_was_given_under_it_are_on_the_disk_together_whenever_the_power_goes() {
    let (mut before, mut after) = (0, 0);
    for instant in 0.. {
        let (host, folder) = (host(), tempfile::tempdir().unwrap());
        let (disk, dir) = (PowerCut::new(), folder.path().join("desk"));
        let options = Options { vfs: Some(disk.name().to_owned()), ..Options::default() };
        let desk = Desk::create_with(&dir, &settings("north"), &options).unwrap();
        let (wire, duty, witness) = (Wire::new(&host, "north"), duty("north"), witness("north"));
        let mut north = Post { desk, wire, duty, witness };
        north.sync(1).unwrap();
        (0..3).for_each(|nth| aid_says(&host, nth));
        let loss = match instant % 3 {
            0 => Loss::All,
            1 => Loss::Each { seed: instant },
            _ => Loss::Torn { seed: instant },
        };
        disk.cut_after(instant, loss);
        let taken = take(&mut north, batch(&host, 5));
        if !disk.is_dark() {
            taken.unwrap();
            break;
        }
        let Post { desk, wire, duty, witness } = north;
        drop(desk);
        disk.heal();
        disk.power_on();
        let desk = Desk::open_with(&dir, &options).unwrap();
        match (desk.head().size, desk.view().declarations.len()) {
            (5, 0) => before += 1,
            (8, 3) => after += 1,
            half => panic!("cut after {instant} changes: {half:?}"),
        }
        let mut north = Post { desk, wire, duty, witness };
        aid_says(&host, 3);
        take(&mut north, batch(&host, 5)).unwrap();
        check_whole(&north.desk, &host);
    }
    assert!(before > 3 && after > 0, "{before}, {after}");
}
