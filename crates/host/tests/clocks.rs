//! A host keeps no countersignature whose time cannot be, whoever made it; and it erases and ends nothing by a clock
//! of its own that jumped.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use std::cell::RefCell;
use std::rc::Rc;

use deconflict_api::CosignatureLine;
use deconflict_core::*;
use deconflict_desk::{Line, LineError};
use deconflict_faults::{Fault, PowerCut};
use deconflict_host::{ClockDoubt, ClockReference, Timing};
use deconflict_record::{AddCheckpoint, Cosigner, SignedCheckpoint, UtcSecond};
use deconflict_store::Options;
use deconflict_testing::*;

fn countersign(line: &mut HostLine, note: &[u8], time: UtcSecond) -> Result<(), LineError> {
    countersign_as(line, "north", note, time)
}

fn countersign_as(
    line: &mut HostLine,
    name: &str,
    note: &[u8],
    time: UtcSecond,
) -> Result<(), LineError> {
    let checkpoint = SignedCheckpoint::parse(note).unwrap();
    let size = checkpoint.claimed().size;
    let request = AddCheckpoint { old_size: 0, proof: vec![], checkpoint };
    let mut cosigner = Cosigner::new(&witness_name(name), log(), None).unwrap();
    let signature = cosigner.judge(&request).unwrap().persisted(&witness(name), time);
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

const HOUR: i64 = 3_600;
const YEARS: i64 = 11 * 365 * 24 * HOUR;

/// A host with a conflict that is open, an operation that ended and that the rules keep for ten years, and a site that
/// is to be confirmed anew.
fn busy(terms: Charter) -> HostRig {
    busy_on(terms, Options::default())
}

fn busy_on(terms: Charter, options: Options) -> HostRig {
    let mut host = HostRig::with(terms, options, Timing::default());
    host.accepted("north", &declare(operation_at(34.5, 38.6), Sharing::Open));
    host.accepted("south", &declare(operation_at(34.5, 38.6), Sharing::Open));
    let filed = host.accepted("north", &declare(operation_at(50.0, 10.0), Sharing::Open));
    let declaration = DeclarationId(filed.statement.parse::<Name>().unwrap().0);
    host.accepted("north", &Say::End { declaration, how: Ending::Ended });
    host.accepted("north", &declare(operation_at(60.0, 10.0), Sharing::Open));
    host.pass(1);
    host
}

/// A hash as it is written.
struct Name(deconflict_record::Hash);

impl std::str::FromStr for Name {
    type Err = ();

    fn from_str(text: &str) -> Result<Name, ()> {
        deconflict_record::Hash::from_hex(text).map(Name).map_err(|_| ())
    }
}

/// How many conflicts expired, contacts came to be overdue, and declarations were erased.
fn found(host: &mut HostRig) -> [usize; 3] {
    let view = host.space().store().view(SPACE).unwrap();
    let entries = view.entries(0..view.head().size, 4_096).unwrap();
    let openings = entries.into_iter().filter_map(|entry| entry.opening);
    let contents = openings.map(|opening| deconflict_api::Content::decode(&opening.content));
    let mut found = [0; 3];
    for content in contents {
        match content.unwrap().entry.what {
            What::Found(Finding::ConflictExpired { .. }) => found[0] += 1,
            What::Found(Finding::ContactOverdue { .. }) => found[1] += 1,
            What::Found(Finding::Erased { .. }) => found[2] += 1,
            _ => {}
        }
    }
    found
}

fn doubt(host: &mut HostRig) -> Option<(ClockReference, i64)> {
    let doubt = host.space().published().clock_doubt();
    doubt.map(|ClockDoubt { against, ahead_ms }| (against, ahead_ms / 1_000))
}

/// Several turns: what is due is done in them.
fn turns(host: &mut HostRig) {
    for _ in 0..4 {
        host.pass(1);
    }
}

fn without_witnesses() -> Charter {
    charter(&["host", "north", "south"])
}

#[test]
fn a_host_whose_clock_jumps_ends_and_erases_nothing_before_its_operator_says_that_it_is_right() {
    let mut host = busy(without_witnesses());
    turns(&mut host);
    assert_eq!((found(&mut host), doubt(&mut host)), ([0, 0, 0], None));
    host.jump(YEARS);
    turns(&mut host);
    // That somebody was to have been called is told all the same.
    assert_eq!(found(&mut host), [0, 1, 0]);
    assert_eq!(doubt(&mut host), Some((ClockReference::Stopwatch, YEARS)));
    let told = host.space().published().clock_doubt().unwrap().to_string();
    for part in ["11 years ahead of what it should show", "Nothing is erased", "clock-is-right"] {
        assert!(told.contains(part), "{told}");
    }
    // Whoever says something is answered, by the clock that there is.
    host.say("south", &[&root("south", 0)], &enrolment("south", "second", Role::Person));
    // What stands in the record by then does not make it true at the next start.
    host.kill();
    host.start().unwrap();
    turns(&mut host);
    assert_eq!(found(&mut host), [0, 1, 0]);
    let (against, ahead_s) = doubt(&mut host).unwrap();
    assert_eq!(against, ClockReference::BeforeStart);
    assert!((YEARS - 60..YEARS + 60).contains(&ahead_s), "{ahead_s}");
    let now = host.clock.now();
    host.space().clock_is_right(now);
    turns(&mut host);
    assert_eq!((found(&mut host), doubt(&mut host)), ([1, 1, 1], None));
}

#[test]
fn a_clock_that_is_set_right_again_needs_no_word_and_a_leap_back_is_one() {
    let mut host = busy(without_witnesses());
    turns(&mut host);
    for leap in [YEARS, -2 * HOUR, HOUR + 1, -HOUR - 1] {
        host.jump(leap);
        turns(&mut host);
        assert_eq!(doubt(&mut host), Some((ClockReference::Stopwatch, leap)));
        host.jump(-leap);
        turns(&mut host);
        assert_eq!(doubt(&mut host), None);
    }
    assert_eq!(found(&mut host)[0], 0);
    // An hour is no jump, in either direction; nor is time that truly passes.
    for leap in [HOUR, -HOUR] {
        host.jump(leap);
        turns(&mut host);
        assert_eq!(doubt(&mut host), None);
        host.jump(-leap);
    }
    host.pass(YEARS);
    turns(&mut host);
    assert_eq!((found(&mut host), doubt(&mut host)), ([1, 1, 1], None));
}

#[test]
fn many_small_leaps_are_a_large_one() {
    let mut host = busy(without_witnesses());
    turns(&mut host);
    for _ in 0..3 {
        host.jump(HOUR / 2);
        turns(&mut host);
    }
    assert_eq!(doubt(&mut host), Some((ClockReference::Stopwatch, 3 * HOUR / 2)));
}

fn witnesses() -> Charter {
    witnessed(&["host", "north", "south"], &["north", "south"], 1)
}

/// Witnesses have spoken, and the host signs on.
fn restarted(host: &mut HostRig) {
    host.kill();
    host.start().unwrap();
    let now = host.clock.now();
    host.space().go_on_alone(now).unwrap();
}

#[test]
fn after_a_start_the_clock_is_held_against_the_record_and_a_quorum_that_agrees_settles_it() {
    let host = Rc::new(RefCell::new(busy(witnesses())));
    let mut line = HostLine::new(&host);
    turns(&mut host.borrow_mut());
    // It stood still for a weekend. Nobody can tell that from a clock that jumped, but witnesses.
    host.borrow_mut().clock.pass(60 * HOUR);
    restarted(&mut host.borrow_mut());
    turns(&mut host.borrow_mut());
    let (against, ahead_s) = doubt(&mut host.borrow_mut()).unwrap();
    assert_eq!(against, ClockReference::LastEntry);
    assert!((60 * HOUR..61 * HOUR).contains(&ahead_s), "{ahead_s}");
    assert_eq!(found(&mut host.borrow_mut()), [0, 1, 0]);
    line.session(SPACE, &duty("north")).unwrap();
    let head = line.checkpoint().unwrap();
    let now = host.borrow().clock.utc();
    countersign(&mut line, &head, now).unwrap();
    turns(&mut host.borrow_mut());
    let mut host = host.borrow_mut();
    assert_eq!((found(&mut host), doubt(&mut host)), ([1, 1, 0], None));
}

#[test]
fn a_clock_that_jumped_while_the_host_was_stopped_is_found_by_what_witnesses_countersigned() {
    let host = Rc::new(RefCell::new(busy(witnesses())));
    let mut line = HostLine::new(&host);
    line.session(SPACE, &duty("north")).unwrap();
    let (head, right) = (line.checkpoint().unwrap(), host.borrow().clock.utc());
    countersign(&mut line, &head, right).unwrap();
    turns(&mut host.borrow_mut());
    host.borrow_mut().jump(YEARS);
    restarted(&mut host.borrow_mut());
    turns(&mut host.borrow_mut());
    // What it dated itself since says nothing of the clock, the witness does.
    restarted(&mut host.borrow_mut());
    turns(&mut host.borrow_mut());
    let (_, ahead_s) = doubt(&mut host.borrow_mut()).unwrap();
    assert!((YEARS - 60..YEARS + 60).contains(&ahead_s), "{ahead_s}");
    // A witness whose clock is right does not agree with it, whatever the host takes.
    line.session(SPACE, &duty("north")).unwrap();
    let head = line.checkpoint().unwrap();
    assert!(countersign(&mut line, &head, right).is_err());
    assert_eq!(found(&mut host.borrow_mut()), [0, 1, 0]);
    // Set right, it needs no word: the record says about what time it was.
    host.borrow_mut().jump(-YEARS);
    turns(&mut host.borrow_mut());
    restarted(&mut host.borrow_mut());
    turns(&mut host.borrow_mut());
    line.session(SPACE, &duty("north")).unwrap();
    let (head, now) = (line.checkpoint().unwrap(), host.borrow().clock.utc());
    countersign(&mut line, &head, now).unwrap();
    turns(&mut host.borrow_mut());
    assert_eq!(doubt(&mut host.borrow_mut()), None);
}

/// Which conflicts of the record are not over.
fn open(host: &mut HostRig) -> Vec<ConflictId> {
    let all = host.space().state().ledger().conflicts.clone();
    all.iter().filter(|(_, c)| c.closed.is_none()).map(|(id, _)| *id).collect()
}

#[test]
fn by_a_clock_in_doubt_no_conflict_is_missed_and_none_is_settled() {
    let mut host = busy(without_witnesses());
    turns(&mut host);
    let before = open(&mut host);
    assert_eq!(before.len(), 1);
    host.jump(YEARS);
    // In the very moment in which it jumped, before any turn: by this clock both plans are over for years.
    let met = host.accepted("south", &declare(operation_at(60.0, 10.0), Sharing::Open));
    assert_eq!(met.conflicts.unwrap().len(), 1);
    turns(&mut host);
    // What is said of a declaration that is in conflict has it compared with all others anew.
    let of_south = |d: &Declaration| d.owner == party("south");
    let declarations = host.space().state().ledger().declarations.clone();
    for (declaration, _) in declarations.iter().filter(|(_, d)| of_south(d)) {
        let sharing = Sharing::Named([party("north")].into());
        host.accepted("south", &Say::Share { declaration: *declaration, sharing });
        turns(&mut host);
    }
    assert_eq!(open(&mut host).len(), 2, "{:?}", host.space().state().ledger().conflicts);
    // After a failed append it doubts as before.
    host.kill();
    host.start().unwrap();
    let met = host.accepted("south", &declare(operation_at(60.0, 10.0), Sharing::Open));
    assert_eq!(met.conflicts.unwrap().len(), 1);
    // What is over by a clock that is believed is over.
    host.jump(-YEARS);
    turns(&mut host);
    let now = host.clock.now();
    host.space().clock_is_right(now);
    assert_eq!(open(&mut host).len(), 3);
    host.pass(10 * 24 * HOUR);
    turns(&mut host);
    assert_eq!(open(&mut host), []);
}

#[test]
fn an_end_that_a_wrong_clock_dated_back_is_kept_as_long_as_the_rules_say() {
    let mut host = busy(without_witnesses());
    turns(&mut host);
    let long_ago = host.clock.now();
    host.jump(-YEARS);
    turns(&mut host);
    let filed = host.accepted("north", &declare(operation_at(40.0, 10.0), Sharing::Open));
    let declaration = DeclarationId(filed.statement.parse::<Name>().unwrap().0);
    host.accepted("north", &Say::End { declaration, how: Ending::Ended });
    host.accepted("north", &declare(operation_at(45.0, 10.0), Sharing::Open));
    host.jump(YEARS);
    for _ in 0..3 {
        host.pass(HOUR + 1);
    }
    assert_eq!((found(&mut host)[2], doubt(&mut host)), (0, None));
    let until = 3_650 * 24 * HOUR - host.clock.now().seconds_since(long_ago);
    host.pass(until - 60);
    turns(&mut host);
    assert!(host.space().state().ledger().declarations.contains_key(&declaration));
    host.pass(2 * HOUR);
    turns(&mut host);
    assert!(!host.space().state().ledger().declarations.contains_key(&declaration));
}

#[test]
fn who_agreed_with_a_clock_does_not_agree_with_what_it_shows_after_a_leap() {
    let terms = witnessed(&["host", "north", "south"], &["north", "south"], 2);
    let host = Rc::new(RefCell::new(busy(terms)));
    let mut line = HostLine::new(&host);
    turns(&mut host.borrow_mut());
    host.borrow_mut().clock.pass(60 * HOUR);
    restarted(&mut host.borrow_mut());
    turns(&mut host.borrow_mut());
    let mut agree = |name: &str| {
        line.session(SPACE, &duty(name)).unwrap();
        let (head, now) = (line.checkpoint().unwrap(), host.borrow().clock.utc());
        countersign_as(&mut line, name, &head, now).unwrap();
        turns(&mut host.borrow_mut());
        doubt(&mut host.borrow_mut())
    };
    assert!(agree("north").is_some());
    // One witness whose clock is wrong too, and one who agreed before, are no quorum.
    host.borrow_mut().jump(YEARS);
    turns(&mut host.borrow_mut());
    assert!(agree("south").is_some());
    assert_eq!(found(&mut host.borrow_mut()), [0, 1, 0]);
    host.borrow_mut().jump(-YEARS);
    turns(&mut host.borrow_mut());
    assert!(agree("south").is_some());
    assert_eq!(agree("north"), None);
}

#[test]
fn a_full_disk_does_not_have_a_doubt_forgotten_at_the_next_start() {
    let disk = PowerCut::new();
    let options = Options { vfs: Some(disk.name().to_owned()), ..Options::default() };
    let mut host = busy_on(without_witnesses(), options);
    turns(&mut host);
    disk.fail_writes_after(0, Fault::Full);
    host.jump(YEARS);
    turns(&mut host);
    disk.heal();
    host.pass(2);
    // By the wrong clock more comes to stand there.
    host.accepted("south", &declare(operation_at(70.0, 10.0), Sharing::Open));
    host.kill();
    host.start().unwrap();
    turns(&mut host);
    let (against, ahead_s) = doubt(&mut host).unwrap();
    assert_eq!(against, ClockReference::BeforeStart);
    assert!((YEARS - 60..YEARS + 60).contains(&ahead_s), "{ahead_s}");
    let [expired, _, erased] = found(&mut host);
    assert_eq!((expired, erased), (0, 0));
}
