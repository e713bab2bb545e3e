//! A record that grew by more than the memory is to hold: taken in whole, whatever breaks in on it, and a host
//! that goes on with another history meanwhile is caught as ever.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use common::*;
use deconflict_api::{AboutSpace, CosignatureLine, FilingAnswer, GivenCursor, GivenPage};
use deconflict_core::Sharing;
use deconflict_desk::{Desk, DeskError, Keys, Line, LineError, SyncReport};
use deconflict_faults::{Fault, Loss, PowerCut};
use deconflict_proof::{Charge, Exhibit, Notice, Trust, verify};
use deconflict_record::{KeyId, SigningKey, Tile, leaf_hash};
use deconflict_store::{Options, StoreError};

type Shared = Rc<RefCell<FakeHost>>;

/// The record grows to a size by entries that the party is not given.
fn grow(host: &Shared, size: usize, word: &str) {
    let mut host = host.borrow_mut();
    while host.commitments.len() < size {
        let text = format!("{word} {}", host.commitments.len());
        host.commitments.push(leaf_hash(text.as_bytes()));
        host.contents.push(([0; 32], text.into_bytes()));
    }
}

fn fork(host: &Shared) -> Shared {
    Rc::new(RefCell::new(host.borrow().fork()))
}

/// A host of eight entries.
fn short() -> Shared {
    let host = host();
    for lat in [10.0, 20.0, 30.0] {
        host.borrow_mut().say("aid", &[&duty("aid")], &operation(lat, Sharing::Open));
    }
    assert_eq!(host.borrow().commitments.len(), 8);
    host
}

/// The desk has the host's record, and every tile of it is what follows from its entries.
fn check_whole(desk: &Desk, host: &Shared) {
    assert_eq!(desk.head(), host.borrow().head());
    assert_eq!(*desk.view(), host.borrow().state.ledger().project(&party("north")));
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    desk.export(&out).unwrap();
    let report = verify(&out, &Trust::default(), &mut |_, _| {});
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.head, Some(desk.head()));
}

fn post(desk: Desk, host: &Shared) -> Post {
    Post { desk, wire: Wire::new(host, "north"), duty: duty("north"), witness: witness("north") }
}

#[test]
fn a_record_is_taken_in_whole_wherever_its_steps_and_its_tiles_end() {
    for step in [37, 255, 256, 257] {
        let (host, folder) = (short(), tempfile::tempdir().unwrap());
        let dir = folder.path().join("desk");
        let mut north = Post::new(&dir, &host, "north");
        for (at, size) in [255, 256, 257, 511, 512, 769, 1_300].into_iter().enumerate() {
            grow(&host, size, "entry");
            north.desk.set_step(step);
            let before = north.desk.head().size;
            let synced = north.sync(at as u64 + 1).unwrap();
            assert_eq!((synced.entries, synced.size), (size as u64 - before, size as u64));
            assert!(synced.cosigned);
            north = north.restart(&dir);
            check_whole(&north.desk, &host);
        }
    }
}

#[test]
fn a_view_too_long_to_be_kept_is_folded_anew_at_each_start_and_that_is_told() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    north.desk.set_longest_part(4_000);
    for nth in 0..1_200 {
        let say = operation(-80.0 + f64::from(nth) / 10.0, Sharing::Open);
        host.borrow_mut().say("aid", &[&duty("aid")], &say);
        if nth == 600 {
            north.sync(1).unwrap();
        }
    }
    north.sync(2).unwrap();
    let mut north = north.restart(folder.path());
    let [notice] = north.desk.notices() else { panic!("one notice") };
    assert_eq!(*notice, Notice::ViewTooLong { most: 4_000 });
    let entitled = host.borrow().state.ledger().project(&party("north"));
    assert_eq!(*north.desk.view(), entitled);
    north.sync(3).unwrap();
    assert_eq!(*north.restart(folder.path()).desk.view(), entitled);
}

#[test]
fn a_long_reading_tells_how_far_it_has_come() {
    let (host, folder) = (short(), tempfile::tempdir().unwrap());
    grow(&host, 1_000, "entry");
    let mut north = Post::new(folder.path(), &host, "north");
    let mut told = Vec::new();
    let keys = Keys { session: &north.duty, witness: None };
    let mut tell = |done, of| told.push((done, of));
    north.desk.sync_telling(&mut north.wire, &keys, at(1), &mut tell).unwrap();
    assert!(told.len() > 4 && told.iter().all(|(_, of)| *of == 2_000), "{told:?}");
    assert!(told.is_sorted() && told.last() == Some(&(2_000, 2_000)), "{told:?}");
}

/// A line on which something happens after so many bundles or pages.
struct Breaking<'a> {
    wire: &'a mut Wire,
    left: usize,
    asked: usize,
    pages: usize,
    /// What happens with the last bundle that it gives; `None`: it goes down before the next.
    at_last: Option<&'a dyn Fn()>,
}

impl Line for Breaking<'_> {
    fn about(&mut self) -> Result<AboutSpace, LineError> {
        self.wire.about()
    }

    fn prove_to(&mut self, log: &KeyId) {
        self.wire.prove_to(log);
    }

    fn session(&mut self, space: &str, key: &SigningKey) -> Result<(), LineError> {
        self.wire.session(space, key)
    }

    fn file(&mut self, envelope: &[u8]) -> Result<FilingAnswer, LineError> {
        self.wire.file(envelope)
    }

    fn given(&mut self, from: GivenCursor, limit: usize) -> Result<GivenPage, LineError> {
        self.pages = self.pages.checked_sub(1).ok_or_else(down)?;
        self.wire.given(from, limit)
    }

    fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, LineError> {
        let left = self.left.checked_sub(1).ok_or_else(down)?;
        (self.left, self.asked) = (left, self.asked + 1);
        let bytes = self.wire.tile(tile);
        if left == 0 {
            self.at_last.inspect(|happens| happens());
        }
        bytes
    }

    fn checkpoint(&mut self) -> Result<Vec<u8>, LineError> {
        self.wire.checkpoint()
    }

    fn cosign(&mut self, cosigned: &CosignatureLine) -> Result<(), LineError> {
        self.wire.cosign(cosigned)
    }
}

fn down() -> LineError {
    LineError::Down("in a test".into())
}

/// Reads on over a line that holds for so many bundles; how many it gave.
fn read_over(north: &mut Post, bundles: usize) -> (Result<SyncReport, DeskError>, usize) {
    read_until(north, bundles, usize::MAX, None)
}

fn read_until(
    north: &mut Post,
    left: usize,
    pages: usize,
    at_last: Option<&dyn Fn()>,
) -> (Result<SyncReport, DeskError>, usize) {
    let keys = Keys { session: &north.duty, witness: None };
    let mut line = Breaking { wire: &mut north.wire, left, asked: 0, pages, at_last };
    let read = north.desk.sync(&mut line, &keys, at(2));
    (read, line.asked)
}

#[test]
fn a_desk_whose_line_goes_down_in_a_long_step_reads_on_from_there_and_believes_nothing_of_it() {
    for (nth, afterwards) in AFTERWARDS.iter().enumerate() {
        let (base, folder) = (short(), tempfile::tempdir().unwrap());
        let dir = folder.path().join("desk");
        let mut north = Post::new(&dir, &base, "north");
        north.sync(1).unwrap();
        let long = fork(&base);
        grow(&long, 568, "entry");
        north.wire = Wire::new(&long, "north");
        north.desk.set_step(100);
        // It was given 512 entries, two whole tiles, which are put by in the store.
        let (broken, _) = read_over(&mut north, 2);
        assert!(matches!(broken, Err(DeskError::Line(LineError::Down(_)))), "{broken:?}");
        let (host, forks) = meets(&long, &base, nth);
        let mut north = north.restart(&dir);
        assert_eq!(north.desk.head().size, 8);
        north.wire = Wire::new(&host, "north");
        let (read, asked) = read_over(&mut north, 9);
        assert_eq!(read.unwrap().size, host.borrow().commitments.len() as u64);
        if !forks {
            assert_eq!(asked, 1, "{afterwards}");
        }
        check_whole(&north.desk, &host);
    }
}

/// A desk on a disk that may fail, which read the short record and now has the long one before it.
fn before_a_long_step(dir: &Path, options: &Options, base: &Shared, long: &Shared) -> Post {
    let desk = Desk::create_with(dir, &settings("north"), options).unwrap();
    let mut north = post(desk, &fork(base));
    north.sync(1).unwrap();
    north.desk.set_step(100);
    north.wire = Wire::new(&fork(long), "north");
    north
}

/// A disk that can fail, and how a store goes through it.
fn disk() -> (PowerCut, Options) {
    let disk = PowerCut::new();
    let vfs = Some(disk.name().to_owned());
    (disk, Options { vfs, wal_pages: 30, ..Options::default() })
}

/// What the host does after a desk was interrupted.
const AFTERWARDS: [&str; 5] =
    ["goes on", "stands", "forks shorter", "forks as long", "forks longer"];

/// The host that a desk of a record of 8 entries meets after it was interrupted while it read 568.
fn meets(long: &Shared, base: &Shared, nth: usize) -> (Shared, bool) {
    let forked = |size| {
        let host = fork(base);
        grow(&host, 300, "entry");
        grow(&host, size, "other");
        (host, true)
    };
    match nth {
        0 => {
            let host = fork(long);
            grow(&host, 700, "entry");
            (host, false)
        }
        1 => (fork(long), false),
        2 => forked(400),
        3 => forked(568),
        _ => forked(900),
    }
}

/// Reads on after an interruption: a fork of what was verified before is proven, and all else is taken in.
fn goes_on(mut north: Post, dir: &Path, host: &Shared, forks: bool, context: &str) -> bool {
    let knew = north.desk.head().size;
    north.wire = Wire::new(host, "north");
    match north.sync(10) {
        Ok(_) => {
            assert!(!forks || knew == 8, "{context}: a fork went unseen");
            check_whole(&north.desk, host);
            false
        }
        Err(DeskError::Caught(caught)) => {
            assert!(forks, "{context}: {caught}");
            let exhibit = Exhibit::parse(&std::fs::read(dir.join(&caught.evidence)).unwrap());
            let exhibit = exhibit.unwrap();
            assert!(matches!(exhibit.shows, Charge::Fork { .. }) && exhibit.stands_alone());
            let proven = exhibit.verify(&log_vkey()).unwrap().to_string();
            assert!(proven.contains("signed two histories"), "{context}: {proven}");
            assert_eq!(north.desk.head().size, 568, "{context}");
            true
        }
        Err(error) => panic!("{context}: {error}"),
    }
}

#[test]
fn a_desk_whose_power_goes_at_any_instant_of_a_long_step_goes_on_and_still_proves_a_fork() {
    let base = short();
    let long = fork(&base);
    grow(&long, 568, "entry");
    let (mut knew, mut caught) = ([0; 2], 0);
    for instant in 0.. {
        let (disk, options) = disk();
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("desk");
        let mut north = before_a_long_step(&dir, &options, &base, &long);
        let loss = match instant % 3 {
            0 => Loss::All,
            1 => Loss::Each { seed: instant },
            _ => Loss::Torn { seed: instant },
        };
        disk.cut_after(instant, loss);
        let read = north.sync(2);
        if !disk.is_dark() {
            read.unwrap();
            break;
        }
        drop(north);
        disk.heal();
        disk.power_on();
        let desk = Desk::open_with(&dir, &options).unwrap();
        let head = desk.head().size;
        assert!(head == 8 || head == 568, "{head}");
        knew[usize::from(head == 568)] += 1;
        let nth = instant as usize % AFTERWARDS.len();
        let (host, forks) = meets(&long, &base, nth);
        let context = format!("cut after {instant} changes, and the host {}", AFTERWARDS[nth]);
        caught += u64::from(goes_on(post(desk, &host), &dir, &host, forks, &context));
    }
    assert!(knew.iter().all(|times| *times > 10) && caught > 10, "{knew:?}, {caught}");
}

#[test]
fn a_desk_whose_disk_fails_in_a_long_step_says_so_and_then_still_proves_a_fork() {
    let base = short();
    let long = fork(&base);
    grow(&long, 568, "entry");
    let (mut failed, mut caught) = (0, 0);
    for nth in 0.. {
        let (disk, options) = disk();
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("desk");
        let mut north = before_a_long_step(&dir, &options, &base, &long);
        let fault = if nth % 2 == 0 { Fault::Full } else { Fault::Broken };
        disk.fail_writes_after(nth * 5_000, fault);
        match north.sync(2) {
            Ok(_) => break,
            Err(DeskError::Store(_)) => failed += 1,
            Err(error) => panic!("{error}"),
        }
        // Before there is room again nothing else is believed, and nothing is lost.
        assert!(matches!(north.sync(3), Err(DeskError::Store(_))));
        let knew = north.desk.head().size;
        assert!(knew == 8 || knew == 568, "{knew}");
        let (host, forks) = meets(&long, &base, nth as usize % AFTERWARDS.len());
        let note = host.borrow().checkpoint();
        let met = north.desk.meet(note.as_bytes(), at(4));
        disk.heal();
        let context =
            format!("no write after {} bytes, {}", nth * 5_000, AFTERWARDS[nth as usize % 5]);
        match met {
            // What this desk has is compared with every head, whatever the disk does.
            Err(DeskError::Caught(_)) => {
                assert!(forks && knew == 568, "{context}");
                caught += 1;
            }
            Ok(head) => {
                assert!(!forks || knew == 8 || head.size > 568, "{context}");
                caught += u64::from(goes_on(north, &dir, &host, forks, &context));
            }
            Err(error) => panic!("{context}: {error}"),
        }
    }
    assert!(failed > 15 && caught > 2, "{failed}, {caught}");
}

/// A desk that read the short record, and everything of a long one but the last bundle.
fn before_the_last_bundle(dir: &Path, options: &Options) -> (Post, Shared) {
    let base = short();
    let long = fork(&base);
    grow(&long, 568, "entry");
    let north = before_a_long_step(dir, options, &base, &long);
    (north, long)
}

#[test]
fn a_desk_killed_between_the_last_bundle_and_its_head_has_taken_in_nothing_and_fetches_only_the_rest()
 {
    let (disk, options) = disk();
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("desk");
    let (mut north, long) = before_the_last_bundle(&dir, &options);
    let cut = || disk.cut(Loss::All).unwrap();
    let (read, asked) = read_until(&mut north, 3, usize::MAX, Some(&cut));
    assert!(matches!(read, Err(DeskError::Store(_))) && asked == 3, "{read:?}, {asked}");
    drop(north);
    disk.power_on();
    let mut north = post(Desk::open_with(&dir, &options).unwrap(), &long);
    assert_eq!(north.desk.head().size, 8);
    let (read, asked) = read_over(&mut north, 9);
    assert_eq!((read.unwrap().size, asked), (568, 1));
    check_whole(&north.desk, &long);
}

#[test]
fn a_disk_that_is_full_when_a_head_is_adopted_leaves_the_desk_as_it_was_and_room_lets_it_go_on() {
    let (disk, options) = disk();
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("desk");
    let (mut north, long) = before_the_last_bundle(&dir, &options);
    let before = (north.desk.head(), north.desk.view().clone());
    let fill = || disk.fail_writes_after(0, Fault::Full);
    for bundles in [3, 1] {
        let (read, _) = read_until(&mut north, bundles, usize::MAX, Some(&fill));
        assert!(matches!(read, Err(DeskError::Store(StoreError::Full { .. }))), "{read:?}");
        assert_eq!((north.desk.head(), north.desk.view().clone()), before);
        let said = north.desk.file(&operation(1.0, Sharing::Open), &north.duty, None);
        assert!(matches!(said, Err(DeskError::Store(StoreError::Full { .. }))), "{said:?}");
        assert_eq!(north.desk.queued().count(), 0);
        disk.heal();
    }
    let (read, asked) = read_over(&mut north, 9);
    assert_eq!((read.unwrap().size, asked), (568, 1));
    check_whole(&north.desk, &long);
    drop(north);
    check_whole(&Desk::open_with(&dir, &options).unwrap(), &long);
}

#[test]
fn a_head_over_more_than_the_memory_holds_is_adopted_in_one_go() {
    let base = short();
    let long = fork(&base);
    // Twice what is in memory at a time goes by the store, and some hundred do not.
    grow(&long, 33_000, "entry");
    let ready = |dir: &Path, options: &Options| {
        let desk = Desk::create_with(dir, &settings("north"), options).unwrap();
        let mut north = post(desk, &base);
        north.sync(1).unwrap();
        north.wire = Wire::new(&long, "north");
        north
    };
    let (disk, options) = disk();
    let folder = tempfile::tempdir().unwrap();
    let mut north = ready(&folder.path().join("desk"), &options);
    let before = disk.changes();
    north.sync(2).unwrap();
    let changes = disk.changes() - before;
    check_whole(&north.desk, &long);
    let mut knew = [0; 2];
    for round in 0..16 {
        let (disk, options) = self::disk();
        let dir = folder.path().join(round.to_string());
        let mut north = ready(&dir, &options);
        // Most of the changes are of the adoption.
        disk.cut_after(changes * round / 16, Loss::Each { seed: round });
        assert!(north.sync(2).is_err() && disk.is_dark());
        drop(north);
        disk.heal();
        disk.power_on();
        let mut north = post(Desk::open_with(&dir, &options).unwrap(), &long);
        let head = north.desk.head();
        assert!(head.size == 8 || head == long.borrow().head(), "{head:?}");
        knew[usize::from(head.size > 8)] += 1;
        north.sync(3).unwrap();
        assert_eq!(north.desk.head(), long.borrow().head());
        if round % 5 == 0 {
            check_whole(&north.desk, &long);
        }
    }
    assert!(knew[0] > 3, "{knew:?}");
}

#[test]
fn what_was_given_is_read_on_from_the_page_at_which_the_line_went_down() {
    let (host, folder) = (short(), tempfile::tempdir().unwrap());
    let mut north = Post::new(folder.path(), &host, "north");
    // A page is of four.
    let (read, _) = read_until(&mut north, 9, 1, None);
    assert!(matches!(read, Err(DeskError::Line(LineError::Down(_)))), "{read:?}");
    let mut north = north.restart(folder.path());
    assert_eq!((north.desk.head().size, north.desk.held(), north.desk.read_at()), (8, 4, None));
    let (read, asked) = read_until(&mut north, 0, 1, None);
    assert_eq!((read.unwrap().given, asked), (4, 0));
    check_whole(&north.desk, &host);
}
