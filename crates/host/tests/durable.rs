//! Restarts, a full disk, and streams that are resumed: nothing lost, nothing twice.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::sync::atomic::Ordering;

use common::*;
use deconflict_api::{FilingOutcome, GivenEntry, StreamCommitments};
use deconflict_core::*;
use deconflict_faults::{Fault, PowerCut};
use deconflict_host::{Config, Space, SpaceError, Timing, system_entropy};
use deconflict_record::{Hash, SignedCheckpoint};
use deconflict_store::{Options, Store};

fn busy(rig: &mut Rig, rounds: usize) {
    for i in 0..rounds {
        let name = ["north", "south", "aid"][i % 3];
        let sharing = [Sharing::Open, Sharing::ConflictOnly][i % 2].clone();
        rig.accepted(name, &declare(operation_at(34.5, 38.6), sharing));
        if i % 4 == 3 {
            rig.pass(2);
        }
    }
}

fn all_given(rig: &Rig) -> Vec<Vec<GivenEntry>> {
    PARTIES.iter().map(|name| rig.given(&rig.token(&duty(name)))).collect()
}

#[test]
fn after_a_restart_the_head_and_what_everybody_was_given_are_the_same() {
    // The last one's state is too long to be written down.
    for (snapshot_entries, snapshot_bytes) in [(5, usize::MAX), (100_000, usize::MAX), (5, 100)] {
        let timing = Timing { snapshot_entries, snapshot_bytes, ..Timing::default() };
        let mut rig = Rig::with(Config { timing, ..Config::default() }, Options::default());
        busy(&mut rig, 8);
        rig.pass(2);
        let kept = || rig.store.as_ref().unwrap().view(SPACE).unwrap().snapshot(SNAPSHOT_FORMAT);
        if snapshot_entries == 5 && snapshot_bytes > 100 {
            rig.wait("a snapshot while nothing is to be done", || kept().unwrap().is_some());
        } else {
            assert_eq!(kept().unwrap(), None);
        }
        let note = |rig: &Rig| rig.get("/checkpoint", Some(&rig.token(&duty("aid")))).body;
        let (before, head) = (all_given(&rig), note(&rig));
        rig.stop();
        rig.start();
        // Stopping signed one more head, and starting says how; what was there begins what is there now.
        let after = all_given(&rig);
        for (before, after) in before.iter().zip(&after) {
            assert!(after.starts_with(before) && after.len() <= before.len() + 3);
        }
        assert_ne!(note(&rig), head);
        let store = rig.store.as_ref().unwrap();
        let written = store.view(SPACE).unwrap().snapshot(SNAPSHOT_FORMAT).unwrap();
        assert_eq!(written.is_some(), snapshot_bytes > 100);
        busy(&mut rig, 3);
        let all = replayed(&rig.all_entries());
        for (name, given) in PARTIES.iter().zip(all_given(&rig)) {
            assert_eq!(folded(name, &given), all.project(&party(name)));
        }
    }
}

#[test]
fn a_space_that_was_just_dropped_opens_at_the_same_head() {
    let mut rig = Rig::new();
    busy(&mut rig, 4);
    let kept = rig.folder.path().join("copy.sqlite");
    // A copy of the running store is what a killed process leaves.
    rig.store.as_ref().unwrap().backup_to(&kept, |_| {}).unwrap();
    let tip = rig.host.as_ref().unwrap().published().tip();
    let timing = Timing::default();
    let open = |file: &std::path::Path, by: &str| {
        Space::open(Store::open(file).unwrap(), SPACE, key(by), system_entropy(), timing)
    };
    let space = open(&kept, "host log").unwrap();
    assert_eq!(space.published().tip(), tip);
    let ledger = |ledger: &Ledger| serde_json::to_string(ledger).unwrap();
    assert_eq!(ledger(space.state().ledger()), ledger(&replayed(&rig.all_entries())));
    drop(space);
    assert!(matches!(open(&kept, "another"), Err(SpaceError::OtherKey)));
}

/// What a stopped host wrote down is what its record comes to. The parts of it.
fn written_down(rig: &mut Rig) -> Vec<Vec<u8>> {
    rig.stop();
    let store = Store::open(&rig.path()).unwrap();
    let parts = {
        let view = store.view(SPACE).unwrap();
        let kept = view.snapshot(SNAPSHOT_FORMAT).unwrap().unwrap();
        assert_eq!(kept.size, view.head().size);
        let part = |number: &u64| view.snapshot_part(*number).unwrap().unwrap();
        kept.parts.iter().map(part).collect()
    };
    let space = Space::open(store, SPACE, log_key(), system_entropy(), Timing::default()).unwrap();
    let ledger = space.state().ledger().clone();
    drop(space);
    rig.start();
    let entries = rig.all_entries();
    assert!(ledger == replayed(&entries[..ledger.size as usize]), "read back as another one");
    parts
}

#[test]
fn of_a_long_state_what_changed_is_written_down_and_the_whole_is_read_back() {
    let timing = Timing { snapshot_entries: 500, ..Timing::default() };
    let mut rig = Rig::with(Config { timing, ..Config::default() }, Options::default());
    let zone = zone(33.5, 38.6, 900.0, &["south", "aid"], &["north", "south", "aid"]);
    let zone = DeclarationContent::Zone(zone);
    let (zone, _) = rig.accepted("north", &declare(zone, Sharing::Open));
    rig.accepted("aid", &Say::Agree { zone: DeclarationId(zone.0), version: zone });
    let (first, _) =
        rig.accepted("north", &declare(operation_at(34.5, 38.6), Sharing::ConflictOnly));
    let many: Vec<Version> = (0..1_100)
        .map(|i| {
            let far = operation_at(f64::from(i % 80) - 40.0, f64::from(i / 80) * 2.0 - 100.0);
            rig.accepted(["north", "south", "aid"][i as usize % 3], &declare(far, Sharing::Open)).0
        })
        .collect();
    assert!(written_down(&mut rig).len() >= 3, "the rest, and two stretches of the record");
    // What began in the first stretch changes in the second, and the other way round.
    let end =
        |version: Version| Say::End { declaration: DeclarationId(version.0), how: Ending::Ended };
    let (_, raised) =
        rig.conflicts("south", &declare(operation_at(34.5, 38.6), Sharing::ConflictOnly));
    assert_eq!(raised.len(), 1);
    written_down(&mut rig);
    rig.accepted("north", &end(first));
    rig.accepted("aid", &end(many[2]));
    let before = written_down(&mut rig);
    let amended = many[3];
    rig.accepted("north", &amend(amended, amended, operation_at(60.0, 60.0), Sharing::Open));
    let after = written_down(&mut rig);
    let same = before.iter().filter(|part| after.contains(part)).count();
    assert_eq!(same, before.len() - 2, "the rest and one stretch were written anew");
    let leaving = Say::Withdraw { reason: "the work is done".into() };
    let left = rig.filed("aid", &[&root("aid", 0)], &leaving);
    assert_eq!(left.outcome, FilingOutcome::Accepted);
    let names = |part: &&Vec<u8>| part.windows(32).any(|bytes| bytes == first.0.0);
    let named = |parts: &[Vec<u8>]| parts.iter().filter(names).count();
    assert!(named(&written_down(&mut rig)) > 0);
    // What is erased goes from its part in the same append, and the other parts stay.
    rig.pass(3_700 * 86_400);
    rig.wait("erasure", || {
        let entries = rig.store.as_ref().unwrap().view(SPACE).unwrap();
        entries.entries(0..20, 20).unwrap().iter().any(|entry| entry.opening.is_none())
    });
    let view = rig.store.as_ref().unwrap().view(SPACE).unwrap();
    let kept = view.snapshot(SNAPSHOT_FORMAT).unwrap().unwrap();
    let parts: Vec<Vec<u8>> =
        kept.parts.iter().map(|number| view.snapshot_part(*number).unwrap().unwrap()).collect();
    assert_eq!((named(&parts), parts.len()), (0, after.len()));
}

#[test]
fn a_record_that_was_altered_is_not_opened() {
    let mut rig = Rig::new();
    busy(&mut rig, 2);
    rig.pass(2);
    rig.stop();
    let file = rusqlite_free_edit(&rig);
    let store = Store::open(&file).unwrap();
    let opened = Space::open(store, SPACE, log_key(), system_entropy(), Timing::default());
    let error = opened.unwrap_err().to_string();
    assert!(error.contains("the entries are not those that were signed"), "{error}");
}

/// Flips a bit of the first commitment in the file, where the bytes are found.
fn rusqlite_free_edit(rig: &Rig) -> std::path::PathBuf {
    let store = Store::open(&rig.path()).unwrap();
    let commitment = store.view(SPACE).unwrap().entry(3).unwrap().unwrap().commitment;
    drop(store);
    let mut bytes = std::fs::read(rig.path()).unwrap();
    let at = bytes.windows(32).position(|window| window == commitment).unwrap();
    bytes[at] ^= 1;
    std::fs::write(rig.path(), bytes).unwrap();
    rig.path()
}

/// What becomes of a disk.
type DiskFault = fn(&PowerCut);

#[test]
fn with_a_full_or_failing_disk_nothing_is_filed_reading_goes_on_and_filing_comes_back() {
    let full = "the disk is full (appending): nothing of this was kept";
    let broken = "the system failed (appending)";
    let faults: [(DiskFault, &str); 4] = [
        (|disk| disk.fail_writes_after(0, Fault::Full), full),
        (|disk| disk.fail_writes_after(9_000, Fault::Full), full),
        (|disk| disk.fail_writes_after(0, Fault::Broken), broken),
        (PowerCut::fail_syncs, broken),
    ];
    for (fault, told) in faults {
        nothing_is_filed_until_the_disk_is_healed(fault, told);
    }
}

/// What the store says of the fault reaches whoever operates the host, and no reader.
fn nothing_is_filed_until_the_disk_is_healed(fault: DiskFault, told: &str) {
    let disk = PowerCut::new();
    let vfs = Some(disk.name().to_owned());
    let mut rig = Rig::with(Config::default(), Options { vfs, ..Options::default() });
    busy(&mut rig, 2);
    rig.pass(2);
    let token = rig.token(&duty("north"));
    let before = rig.given(&token);
    fault(&disk);
    let say = declare(operation_at(40.0, 38.6), Sharing::Open);
    let statement = rig.statement("north", &[&duty("north")], &say);
    for _ in 0..3 {
        let reply = rig.send(&statement);
        assert_eq!(reply.status, 503);
        assert_eq!(reply.header("retry-after"), Some("5"));
        let problem = reply.problem();
        assert_eq!(problem.kind, "problems/unwritable");
        assert!(!problem.detail.contains("sqlite"), "{problem:?}");
        assert!(!problem.detail.contains("disk"), "{problem:?}");
        let failure = rig.host.as_ref().unwrap().published().last_unwritable().unwrap();
        assert!(failure.cause.to_string().contains(told), "{}", failure.cause);
        assert!(failure.cause.to_string().contains("record.sqlite"), "{}", failure.cause);
        rig.seconds.fetch_add(2, Ordering::SeqCst);
    }
    assert_eq!(rig.get("/health", None).body, br#"{"up":true,"writable":false}"#);
    assert_eq!(rig.given(&token), before);
    assert_eq!(rig.get("/checkpoint", Some(&token)).status, 200);
    disk.heal();
    rig.seconds.fetch_add(2, Ordering::SeqCst);
    rig.wait("writing to come back", || rig.host.as_ref().unwrap().published().writable());
    let reply = rig.send(&statement);
    assert_eq!(reply.status, 200);
    rig.chained(&statement);
    assert_eq!(rig.send(&statement).body, reply.body);
    busy(&mut rig, 2);
    rig.pass(2);
    let all = replayed(&rig.all_entries());
    for (name, given) in PARTIES.iter().zip(all_given(&rig)) {
        assert_eq!(folded(name, &given), all.project(&party(name)));
    }
    rig.stop();
}

#[test]
fn a_fault_that_nobody_foresaw_costs_one_batch_and_not_the_host() {
    let mut rig = Rig::new();
    busy(&mut rig, 2);
    let say = declare(operation_at(34.5, 38.6), Sharing::Open);
    let statement = rig.statement("north", &[&duty("north")], &say);
    rig.panics.store(true, Ordering::SeqCst);
    let reply = rig.send(&statement);
    assert_eq!((reply.status, reply.problem().kind.as_str()), (503, "problems/unwritable"));
    assert!(!rig.panics.load(Ordering::SeqCst));
    rig.seconds.fetch_add(2, Ordering::SeqCst);
    assert_eq!(rig.send(&statement).status, 200);
    rig.chained(&statement);
    busy(&mut rig, 2);
    rig.pass(2);
    let all = replayed(&rig.all_entries());
    for (name, given) in PARTIES.iter().zip(all_given(&rig)) {
        assert_eq!(folded(name, &given), all.project(&party(name)));
    }
}

#[test]
fn a_stream_that_breaks_again_and_again_under_load_loses_nothing_and_repeats_nothing() {
    let mut rig = Rig::new();
    let token = rig.token(&duty("south"));
    const ROUNDS: usize = 40;
    let say = |i: usize| declare(operation_at(34.5 + i as f64, 38.6), Sharing::Open);
    let statements: Vec<_> = (0..ROUNDS)
        .map(|i| {
            let statement = rig.statement("north", &[&duty("north")], &say(i % 5));
            rig.chained(&statement);
            statement
        })
        .collect();
    let (mut got, mut heads) = (Vec::<GivenEntry>::new(), Vec::<u64>::new());
    let mut told = Vec::<StreamCommitments>::new();
    std::thread::scope(|scope| {
        let rig = &rig;
        scope.spawn(move || {
            for statement in &statements {
                let reply = rig.send(statement);
                assert_eq!(reply.status, 200);
                assert_eq!(
                    reply.json::<deconflict_api::FilingAnswer>().outcome,
                    FilingOutcome::Accepted
                );
                rig.seconds.fetch_add(1, Ordering::SeqCst);
            }
        });
        let mut last = None;
        let mut breaks = 0;
        let filed = |got: &[GivenEntry]| {
            got.iter().filter(|one| one.content.as_ref().unwrap().contains("accepted")).count()
        };
        // The founding and the enrolments come first.
        const FILED: usize = ROUNDS + 1 + PARTIES.len();
        while filed(&got) < FILED {
            let mut whole = got.len();
            for event in rig.stream(&token, last).take(3 + breaks % 5) {
                match event.kind.as_str() {
                    "given" => {
                        got.push(serde_json::from_str(&event.data).unwrap());
                        if let Some(id) = event.id {
                            assert_eq!(id, got.last().unwrap().cause);
                            (last, whole) = (Some(id), got.len());
                        }
                    }
                    "checkpoint" => {
                        let note =
                            deconflict_record::SignedCheckpoint::parse(event.data.as_bytes());
                        heads.push(note.unwrap().claimed().size);
                        assert_eq!(event.id, None);
                    }
                    "commitments" => {
                        told.push(serde_json::from_str(&event.data).unwrap());
                        assert_eq!(event.id, None);
                    }
                    other => panic!("{other}"),
                }
                // With all of them here, nothing more may come: do not wait for it.
                if whole == got.len() && filed(&got) == FILED {
                    break;
                }
            }
            // What came of a cause that was not whole comes again.
            got.truncate(whole);
            breaks += 1;
        }
        assert!(breaks > 5);
    });
    rig.pass(2);
    let all = rig.given(&token);
    assert_eq!(got, all[..got.len()]);
    let size = rig.host.as_ref().unwrap().published().tip().size;
    let mut events = rig.stream(&token, got.last().map(|one| one.cause));
    let head = events.find(|event| event.kind == "checkpoint").unwrap();
    let head = deconflict_record::SignedCheckpoint::parse(head.data.as_bytes()).unwrap();
    assert_eq!(head.claimed().size, size);
    assert!(heads.iter().all(|head| *head <= size));
    assert!(told.iter().all(|told| told.commitments == committed(&rig, told)));
}

/// What the store has in the place of what a stream told.
fn committed(rig: &Rig, told: &StreamCommitments) -> Vec<String> {
    let view = rig.store.as_ref().unwrap().view(SPACE).unwrap();
    let range = told.from..told.from + told.commitments.len() as u64;
    view.commitments(range).unwrap().into_iter().map(|one| Hash(one).to_string()).collect()
}

#[test]
fn each_head_of_a_stream_comes_with_what_the_new_entries_are_committed_to() {
    let mut rig = Rig::new();
    let token = rig.token(&duty("south"));
    let mut events = rig.stream(&token, None);
    let mut head = || -> (Option<StreamCommitments>, u64) {
        let mut told = None;
        for event in &mut events {
            match event.kind.as_str() {
                "commitments" => told = Some(serde_json::from_str(&event.data).unwrap()),
                "checkpoint" => {
                    let head = SignedCheckpoint::parse(event.data.as_bytes());
                    return (told, head.unwrap().claimed().size);
                }
                _ => assert_eq!(told, None, "nothing stands between them and their head"),
            }
        }
        panic!("the stream ended");
    };
    let (told, mut size) = head();
    assert_eq!(told, None, "what was there before the stream is asked for");
    for nth in 0..4 {
        // Told to the host's other parties alone, or to all: the commitments are everybody's.
        let sharing = [Sharing::Open, Sharing::ConflictOnly][nth % 2].clone();
        rig.accepted("north", &declare(operation_at(30.5 + nth as f64, 38.6), sharing));
        rig.pass(2);
        let until = rig.host.as_ref().unwrap().published().tip().checkpoint_size;
        while size < until {
            let (told, next) = head();
            let told = told.expect("few entries are new");
            assert_eq!((told.from, told.from + told.commitments.len() as u64), (size, next));
            assert_eq!(told.commitments, committed(&rig, &told));
            size = next;
        }
    }
}

#[test]
fn a_party_has_so_many_streams_its_oldest_goes_and_a_stopping_host_ends_them() {
    let mut config = Config::default();
    config.limits.streams = 2;
    let mut rig = Rig::with(config, Options::default());
    let (token, other) = (rig.token(&duty("south")), rig.token(&duty("north")));
    let elsewhere = rig.stream(&other, None);
    let oldest = rig.stream(&token, None);
    let open: Vec<Events> = (0..2).map(|_| rig.stream(&token, None)).collect();
    // It ends while the host goes on.
    assert!(oldest.count() > 0);
    rig.stop();
    for events in open.into_iter().chain([elsewhere]) {
        assert!(events.count() > 0);
    }
}
