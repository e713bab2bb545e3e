//! The store of a desk's copy: its contract, kills, power cuts, damage.
//!
//! With `DECONFLICT_SOAK_ROUNDS` set, so many rounds of kills and power cuts are played instead of a few.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

#[path = "common/copy.rs"]
mod common;

use std::io::Write;
use std::path::{Path, PathBuf};

use common::{CopyScript, FORMAT, Model, SETTINGS, SPACE, Step, create};
use deconflict_faults::{Chance, Fault, Loss, PowerCut, Victim, last_acknowledged};
use deconflict_store::{
    CopiedEntry, CopyStore, ErasureDue, ErasuresDue, MAX_VALUE_BYTES, Opening, Options, Part, Slot,
    Snapshot, Store, StoreError,
};
use proptest::prelude::*;
use tempfile::TempDir;

const CHILD: &str = "DECONFLICT_COPY_OF_THE_CHILD";
const VICTIM: Victim<'_> = Victim {
    test: "child_that_changes_a_copy_until_it_is_killed",
    variable: CHILD,
    early: 3,
    lines: 2,
    within_us: 3_000,
};
const SCRIPT: CopyScript = CopyScript { seed: 7, largest: 20_000 };

fn rounds(otherwise: u64) -> u64 {
    std::env::var("DECONFLICT_SOAK_ROUNDS").map_or(otherwise, |n| n.parse().unwrap())
}

fn path_in(folder: &TempDir) -> PathBuf {
    folder.path().join("desk.sqlite")
}

fn made(path: &Path, changes: u64) -> CopyStore {
    let copy = create(path, &Options::default()).unwrap();
    let mut model = Model::default();
    (0..changes).for_each(|nth| SCRIPT.change(&copy, nth, &mut model).unwrap());
    copy
}

fn entry(cause: u64, index: u64, content: &[u8]) -> CopiedEntry {
    let opening = Opening { salt: [index as u8; 32], content: content.to_vec() };
    CopiedEntry { cause, index, opening: Some(opening), goes: None }
}

#[test]
fn a_copy_is_what_was_made_of_it_also_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let copy = made(&path_in(&folder), 40);
    assert_eq!(SCRIPT.verify(&copy), 40);
    drop(copy);
    let copy = CopyStore::open(&path_in(&folder), &Options::default()).unwrap();
    assert_eq!(SCRIPT.verify(&copy), 40);
}

#[test]
fn a_change_that_fails_leaves_nothing_and_what_it_wrote_is_read_by_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let copy = made(&path_in(&folder), 3);
    let before = copy.view().unwrap().slot(Slot::Head).unwrap();
    let failed: Result<(), StoreError> = copy.change(|change| {
        let first = change.given_count();
        change.give(&[entry(900, 900, b"half")])?;
        change.put(Slot::Head, b"a head of nothing")?;
        assert_eq!(change.given_of(900)?, [(first, entry(900, 900, b"half"))]);
        assert_eq!(change.slot(Slot::Head)?.as_deref(), Some(&b"a head of nothing"[..]));
        assert_eq!(copy.view()?.slot(Slot::Head)?, before);
        change.put_commitments(0, &[1; 32])
    });
    let fault = failed.unwrap_err().to_string();
    assert!(fault.contains("do not begin with those that are kept"), "{fault}");
    assert_eq!(SCRIPT.verify(&copy), 3);
}

#[test]
fn a_change_whose_fault_is_passed_over_is_not_kept_by_half() {
    let folder = tempfile::tempdir().unwrap();
    let copy = made(&path_in(&folder), 3);
    let swallowed: Result<(), StoreError> = copy.change(|change| {
        change.put(Slot::Head, b"another")?;
        let _ = change.put_tile(0, 0, &[1; 32]);
        assert!(change.put(Slot::Chains, b"after it").is_err());
        Ok(())
    });
    assert!(matches!(swallowed, Err(StoreError::Refused { .. })), "{swallowed:?}");
    assert_eq!(SCRIPT.verify(&copy), 3);
}

#[test]
fn what_breaks_a_bound_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let copy = made(&path_in(&folder), 3);
    let long = vec![0; MAX_VALUE_BYTES + 1];
    let refused = |step: Step, words: &str| {
        let change = Model::default().change(&copy, std::slice::from_ref(&step));
        let error = change.expect_err(words);
        assert!(matches!(error, StoreError::Refused { .. }), "{step:?}: {error}");
        assert!(error.to_string().contains(words), "{step:?}: {error}");
    };
    refused(Step::Put(Slot::Settings, vec![1]), "they stay as they were made");
    refused(Step::Put(Slot::Head, long.clone()), "Head has 1048577 bytes");
    refused(Step::Queue(long.clone()), "must be 0 to 1048576");
    refused(Step::Notice(long), "must be 0 to 1048576");
    refused(Step::Pending(0, vec![1; 33]), "are no whole hashes");
    refused(Step::Pending(0, Vec::new()), "must be 32 to 8192");
    refused(Step::Give(vec![entry(3, 4, b"")]), "which is before it");
    refused(Step::Give(vec![entry(3, 3, &[1; 65_536])]), "its content has 65536 bytes");
    let goes = Some(ErasureDue { after_ms: 0, own: false });
    let erased = CopiedEntry { opening: None, goes, ..entry(3, 3, b"") };
    refused(Step::Give(vec![erased]), "it is erased, and is to be");
    let snapshot = |size, onto| Snapshot { size, format: FORMAT, onto, parts: Vec::new() };
    refused(Step::Snapshot(snapshot(900, None)), "over 900 entries");
    refused(Step::Snapshot(snapshot(1, Some(2))), "that one is not kept");
    for number in [0, 900] {
        let error = copy.change(|change| change.unqueue(number)).unwrap_err();
        assert!(error.to_string().contains("nothing waits there"), "{error}");
    }
    assert_eq!(SCRIPT.verify(&copy), 3);
}

#[test]
fn what_is_erased_is_in_no_file_and_takes_the_view_with_it_that_held_it() {
    let folder = tempfile::tempdir().unwrap();
    let copy = create(&path_in(&folder), &Options::default()).unwrap();
    let secret = b"what must be forgotten by all".as_slice();
    let snapshot = |onto| Snapshot {
        size: 1,
        format: FORMAT,
        onto,
        parts: vec![Part { number: 0, bytes: b"a view without it".to_vec() }],
    };
    for follows in [false, true] {
        copy.change::<_, StoreError>(|change| {
            change.give(&[entry(5, 5, secret), entry(6, 5, secret)])?;
            change.put_snapshot(&snapshot(None))
        })
        .unwrap();
        copy.change::<_, StoreError>(|change| {
            if follows {
                change.erase(5)?;
                change.put_snapshot(&snapshot(Some(1)))
            } else {
                change.put_snapshot(&snapshot(Some(1)))?;
                change.erase(5)
            }
        })
        .unwrap();
        let view = copy.view().unwrap();
        let given = view.given(0..9).unwrap();
        assert!(given.iter().all(|entry| entry.index == 5 && entry.opening.is_none()));
        assert_eq!(view.snapshot(FORMAT).unwrap().is_some(), follows);
        drop(view);
        for file in folder.path().read_dir().unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        }
    }
}

#[test]
fn what_is_to_go_is_there_until_it_is_erased_and_is_found_by_when_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let copy = create(&path_in(&folder), &Options::default()).unwrap();
    let due = |after_ms, own| ErasureDue { after_ms, own };
    copy.change::<_, StoreError>(|change| {
        let later = CopiedEntry { goes: Some(due(50, false)), ..entry(7, 7, b"later") };
        change.give(&[entry(5, 5, b"twice"), entry(6, 5, b"twice"), entry(6, 6, b"own"), later])?;
        change.let_go(5, due(20, false))?;
        change.let_go(6, due(20, true))
    })
    .unwrap();
    drop(copy);
    let copy = CopyStore::open(&path_in(&folder), &Options::default()).unwrap();
    let view = copy.view().unwrap();
    assert!(view.given(0..9).unwrap().iter().all(|entry| entry.opening.is_some()));
    let found = |own, before| -> Vec<u64> {
        view.erasures_due(own, before, 9).unwrap().into_iter().collect()
    };
    let none = Vec::new();
    // At the instant itself it is not over yet.
    assert_eq!([found(false, 20), found(true, 20)], [none.clone(), none]);
    assert_eq!([found(false, 21), found(true, 21)], [vec![5], vec![6]]);
    assert_eq!(view.erasures_due(false, i64::MAX, 2).unwrap().len(), 1, "two rows, one entry");
    assert_eq!(view.erasures_due(false, i64::MAX, 9).unwrap().len(), 2);
    let all = Some(ErasuresDue { entries: 2, first_ms: 20, last_ms: 50 });
    assert_eq!(view.erasures(false).unwrap(), all);
    drop(view);
    copy.change::<_, StoreError>(|change| [5, 6, 7].iter().try_for_each(|at| change.erase(*at)))
        .unwrap();
    let view = copy.view().unwrap();
    assert_eq!((view.erasures(false).unwrap(), view.erasures(true).unwrap()), (None, None));
    assert!(view.given(0..9).unwrap().iter().all(|entry| entry.goes.is_none()));
    // What is gone is not let go again.
    drop(view);
    copy.change::<_, StoreError>(|change| change.let_go(5, due(1, false))).unwrap();
    assert_eq!(copy.view().unwrap().erasures(false).unwrap(), None);
}

#[test]
fn to_open_a_copy_and_to_change_nothing_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(made(&path_in(&folder), 20));
    let bytes = || std::fs::read(path_in(&folder)).unwrap();
    let before = bytes();
    let copy = CopyStore::open(&path_in(&folder), &Options::default()).unwrap();
    copy.change::<_, StoreError>(|change| change.slot(Slot::Head).map(drop)).unwrap();
    let log = folder.path().join("desk.sqlite-wal");
    assert_eq!(std::fs::metadata(log).map_or(0, |log| log.len()), 0);
    drop(copy);
    assert_eq!(bytes(), before);
}

#[test]
fn a_copy_and_the_record_of_a_host_are_told_apart_and_an_unfinished_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (record, copy) = (folder.path().join("record.sqlite"), path_in(&folder));
    drop(Store::create(&record).unwrap());
    drop(made(&copy, 1));
    let options = Options::default();
    let error = CopyStore::open(&record, &options).unwrap_err().to_string();
    assert!(error.contains("is the record of a host, and not a desk's copy"), "{error}");
    let error = Store::open(&copy).unwrap_err().to_string();
    assert!(
        error.contains("is a desk's copy of a record, and not the record of a host"),
        "{error}"
    );
    std::fs::write(folder.path().join("empty"), []).unwrap();
    let error = CopyStore::open(&folder.path().join("empty"), &options).unwrap_err();
    assert!(matches!(error, StoreError::Unfinished { .. }), "{error}");
    let error = CopyStore::open(&folder.path().join("none"), &options).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    assert!(matches!(create(&copy, &options), Err(StoreError::Exists { .. })));
}

#[test]
fn a_backup_is_a_copy_of_its_own_made_while_another_process_could_write() {
    let folder = tempfile::tempdir().unwrap();
    let copy = made(&path_in(&folder), 25);
    let to = folder.path().join("backup");
    let given = SCRIPT.model(25).given.len() as u64;
    let told = CopyStore::backup_of(&path_in(&folder), &to, |_| {}).unwrap();
    assert_eq!(told, (SPACE.to_owned(), given));
    let again = copy.backup_to(&folder.path().join("another"), |_| {}).unwrap();
    assert_eq!(again, told);
    SCRIPT.change(&copy, 25, &mut SCRIPT.model(25)).unwrap();
    assert_eq!(SCRIPT.verify(&CopyStore::open(&to, &Options::default()).unwrap()), 25);
}

/// The log is folded often, so that kills hit that too.
fn folded_often() -> Options {
    Options { wal_pages: 30, ..Options::default() }
}

/// Not a test of its own: what the killed process runs.
#[test]
fn child_that_changes_a_copy_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let path = Path::new(&path);
    let copy = match create(path, &folded_often()) {
        Err(StoreError::Exists { .. }) => CopyStore::open(path, &folded_often()),
        created => created,
    };
    // What was killed in its making is made anew.
    let copy = copy.unwrap_or_else(|error| {
        assert!(matches!(error, StoreError::Unfinished { .. }), "{error}");
        std::fs::remove_file(path).unwrap();
        create(path, &folded_often()).unwrap()
    });
    let mut out = std::io::stdout();
    let first = SCRIPT.verify(&copy);
    let mut model = SCRIPT.model(first);
    for nth in first.. {
        SCRIPT.change(&copy, nth, &mut model).unwrap();
        out.write_all(format!("\nacknowledged {}\n", nth + 1).as_bytes()).unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn a_killed_writer_of_a_copy_loses_nothing_acknowledged_and_leaves_nothing_half() {
    let (mut random, mut folder) = (Chance::new(99), tempfile::tempdir().unwrap());
    let mut most = 0;
    for round in 0..rounds(12) {
        // From time to time a new file, so that its making is hit as well.
        if round % 6 == 0 {
            folder = tempfile::tempdir().unwrap();
        }
        let (said, _) = VICTIM.kill(&path_in(&folder), &mut random);
        let acknowledged = last_acknowledged(&said);
        let copy = match CopyStore::open(&path_in(&folder), &folded_often()) {
            Err(StoreError::Missing { .. } | StoreError::Unfinished { .. }) => {
                assert_eq!(acknowledged, 0);
                continue;
            }
            copy => copy.unwrap(),
        };
        let found = SCRIPT.verify(&copy);
        assert!(found >= acknowledged, "round {round}: {acknowledged} acknowledged, {found} found");
        most = most.max(acknowledged);
    }
    assert!(most > 0, "no round got far enough to lose anything");
}

/// A machine whose power is cut, or whose disk fails.
struct Machine {
    power: PowerCut,
    options: Options,
    folder: TempDir,
}

impl Machine {
    fn new(wal_pages: u32) -> Machine {
        let power = PowerCut::new();
        let vfs = Some(power.name().to_owned());
        let options = Options { vfs, wal_pages, ..Options::default() };
        Machine { power, options, folder: tempfile::tempdir().unwrap() }
    }

    fn create(&self) -> CopyStore {
        create(&path_in(&self.folder), &self.options).unwrap()
    }

    fn open(&self) -> Result<CopyStore, StoreError> {
        CopyStore::open(&path_in(&self.folder), &self.options)
    }
}

#[test]
fn after_power_cuts_every_acknowledged_change_is_there_and_none_is_half() {
    for seed in 0..rounds(8) {
        let (machine, script) =
            (Machine::new(20 + seed as u32 % 40), CopyScript { seed, ..SCRIPT });
        let mut random = Chance::new(seed);
        drop(machine.create());
        let mut acknowledged = 0;
        for cut in 0..5 {
            let chance = random.number();
            let loss = match random.below(3) {
                0 => Loss::All,
                1 => Loss::Each { seed: chance },
                _ => Loss::Torn { seed: chance },
            };
            machine.power.cut_after(random.below(300), loss);
            let mut work = || {
                let (copy, mut model) = (machine.open()?, script.model(acknowledged));
                let first = acknowledged;
                for nth in first..first + 200 {
                    script.change(&copy, nth, &mut model)?;
                    acknowledged = nth + 1;
                }
                Ok::<_, StoreError>(())
            };
            let cut_off = work().expect_err("the power goes before the script ends");
            assert!(machine.power.is_dark(), "seed {seed} cut {cut}: {cut_off}");
            machine.power.power_on();
            let found = script.verify(&machine.open().unwrap());
            // At most the one change whose acknowledgement the cut prevented.
            assert!(
                (acknowledged..=acknowledged + 1).contains(&found),
                "seed {seed} cut {cut} {loss:?}: {acknowledged} acknowledged, {found} found"
            );
            acknowledged = found;
        }
    }
}

#[test]
fn a_full_or_broken_disk_is_named_reads_go_on_and_so_do_changes_once_it_is_mended() {
    for (seed, fault) in [(0, Fault::Full), (1, Fault::Broken)] {
        let (machine, script) = (Machine::new(40), CopyScript { seed, ..SCRIPT });
        let copy = machine.create();
        let (mut random, mut nth, mut model) = (Chance::new(seed), 0, Model::default());
        for _ in 0..12 {
            machine.power.fail_writes_after(random.below(60_000), fault);
            while let Ok(()) = script.change(&copy, nth, &mut model) {
                nth += 1;
            }
            let error = script.change(&copy, nth, &mut model).unwrap_err();
            match fault {
                Fault::Full => assert!(matches!(error, StoreError::Full { .. }), "{error}"),
                _ => assert!(matches!(error, StoreError::Io { .. }), "{error}"),
            }
            assert_eq!(script.verify(&copy), nth, "read while the disk is still bad");
            machine.power.heal();
            script.change(&copy, nth, &mut model).unwrap();
            nth += 1;
            assert_eq!(script.verify(&copy), nth);
        }
        drop(copy);
        assert_eq!(script.verify(&machine.open().unwrap()), nth);
    }
}

/// Reads whatever can be asked for; the first error, if there is one.
fn read_everything(copy: &CopyStore) -> Result<(), StoreError> {
    let view = copy.view()?;
    for slot in [Slot::Settings, Slot::Head, Slot::Progress, Slot::Chains, Slot::Caught] {
        view.slot(slot)?;
    }
    view.given(0..u64::MAX)?;
    for index in 0..view.given_count().min(99) {
        view.given_of(index)?;
    }
    for tile in 0..12 {
        view.commitments(tile)?;
        view.pending(tile)?;
        view.tile(0, tile)?;
    }
    view.outbox()?;
    view.notices()?;
    view.evidence("caught.json")?;
    view.evidence("none")?;
    if let Some(kept) = view.snapshot(FORMAT)? {
        kept.parts.into_iter().try_for_each(|part| view.snapshot_part(part).map(drop))?;
    }
    Ok(())
}

#[test]
fn what_no_head_vouches_for_is_missed_when_it_is_gone_or_another() {
    let faults = [
        ("DELETE FROM slot WHERE id = 1", "values: 3 are found, there must be 4"),
        ("UPDATE slot SET bytes = zeroblob(3) WHERE id = 2", "Progress: wrong checksum"),
        ("DELETE FROM given WHERE nth = 4", "what was given as number 4 is missing"),
        ("DELETE FROM given WHERE nth = (SELECT max(nth) FROM given)", "is missing"),
        ("UPDATE given SET cause = 99 WHERE nth = 4", "number 4: wrong checksum"),
        ("UPDATE given SET salt = NULL, content = NULL WHERE nth = 30", "wrong checksum"),
        ("UPDATE given SET goes = 0 WHERE nth = 30", "number 30: wrong checksum"),
        ("UPDATE commitments SET hashes = zeroblob(32) WHERE tile = 0", "wrong checksum"),
        ("UPDATE tile SET hashes = zeroblob(32) WHERE idx = 0", "wrong checksum"),
        ("UPDATE pending SET hashes = zeroblob(32)", "wrong checksum"),
        ("DELETE FROM outbox WHERE id = (SELECT max(id) FROM outbox)", "outbox: "),
        ("UPDATE outbox SET bytes = zeroblob(3)", "wrong checksum"),
        ("DELETE FROM notice WHERE id = 3", "notice: "),
        ("UPDATE notice SET id = 9999 WHERE id = 3", "notice 9999: wrong checksum"),
        ("DELETE FROM evidence", "pieces of evidence: 0 are found"),
        ("UPDATE evidence SET bytes = zeroblob(3) WHERE name = 'caught.json'", "wrong checksum"),
        ("UPDATE copy SET given = given - 1", "how much it holds: wrong checksum"),
        ("DELETE FROM copy", "it does not say whose copy it is"),
    ];
    for (damage, fault) in faults {
        let folder = tempfile::tempdir().unwrap();
        let copy = made(&path_in(&folder), 31);
        read_everything(&copy).unwrap();
        drop(copy);
        let sql = rusqlite::Connection::open(path_in(&folder)).unwrap();
        assert!(sql.execute(damage, []).unwrap() > 0, "{damage}");
        sql.close().unwrap();
        let copy = CopyStore::open(&path_in(&folder), &Options::default()).unwrap();
        let error = read_everything(&copy).expect_err(damage);
        assert!(matches!(error, StoreError::Corrupt { .. }), "{damage}: {error}");
        assert!(error.to_string().contains(fault), "{damage}: {error}");
    }
}

#[test]
fn flipped_bytes_of_a_copy_give_the_same_answers_or_errors() {
    let folder = tempfile::tempdir().unwrap();
    drop(made(&path_in(&folder), 20));
    let (whole, model) = (std::fs::read(path_in(&folder)).unwrap(), SCRIPT.model(20));
    let (mut random, mut errors) = (Chance::new(4), 0);
    for round in 0..rounds(150) {
        let mut bytes = whole.clone();
        // Half of the flips go where pages describe themselves.
        for _ in 0..1 + random.below(3) {
            let page = random.below(bytes.len() as u64 / 4_096) * 4_096;
            let within = if round % 2 == 0 { random.below(4_096) } else { random.below(120) };
            bytes[(page + within) as usize] ^= 1 << random.below(8);
        }
        std::fs::write(path_in(&folder), bytes).unwrap();
        let opened = CopyStore::open(&path_in(&folder), &Options::default());
        let read = opened.and_then(|copy| {
            let read = read_everything(&copy);
            // To change a damaged copy may fail too, but says so.
            let _ = SCRIPT.change(&copy, 20, &mut model.clone());
            read
        });
        errors += u32::from(read.is_err());
    }
    assert!(errors > 15, "flips that nothing notices test nothing: {errors}");
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    (0..900usize, any::<u8>()).prop_map(|(length, value)| vec![value; length])
}

fn step() -> impl Strategy<Value = Step> {
    let slots = [Slot::Settings, Slot::Head, Slot::Progress, Slot::Chains, Slot::Caught];
    let given = (1..40u64, 0..42u64, bytes()).prop_map(|(cause, index, content)| {
        Step::Give(vec![entry(cause, index.min(cause + 1), &content)])
    });
    let parts = prop::collection::btree_map(0..5u64, bytes(), 0..4).prop_map(|parts| {
        parts.into_iter().map(|(number, bytes)| Part { number, bytes }).collect::<Vec<_>>()
    });
    let onto = prop::option::of(0..6u64);
    let snapshot = (0..9u64, onto, parts).prop_map(|(size, onto, parts)| {
        Step::Snapshot(Snapshot { size, format: FORMAT, onto, parts })
    });
    prop_oneof![
        2 => (0..5usize, bytes()).prop_map(move |(slot, bytes)| Step::Put(slots[slot], bytes)),
        4 => given,
        2 => (0..40u64).prop_map(Step::Erase),
        2 => (0..40u64, -1..3_000i64, any::<bool>())
            .prop_map(|(index, after_ms, own)| Step::LetGo(index, ErasureDue { after_ms, own })),
        2 => (0..8u64, 1..257usize).prop_map(|(tile, n)| Step::Pending(tile, vec![3; 32 * n])),
        1 => Just(Step::DropPending),
        3 => (0..300u64).prop_map(Step::Grow),
        3 => bytes().prop_map(Step::Queue),
        2 => (0..4usize, bytes()).prop_map(|(at, bytes)| Step::Requeue(at, bytes)),
        2 => (0..4usize).prop_map(Step::Unqueue),
        2 => bytes().prop_map(Step::Notice),
        1 => (0..3usize, bytes()).prop_map(|(name, bytes)| Step::Evidence(name, bytes)),
        3 => snapshot,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_changed_a_copy_is_what_the_model_is(
        changes in prop::collection::vec((prop::collection::vec(step(), 0..5), any::<bool>()), 0..25)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut copy = create(&path_in(&folder), &Options::default()).unwrap();
        let mut model = Model::default();
        for (steps, reopen) in changes {
            let made = model.change(&copy, &steps);
            let taken = model.take(&steps);
            prop_assert_eq!(made.is_ok(), taken.is_ok(), "{:?} {:?}", made, taken);
            if reopen {
                drop(copy);
                copy = CopyStore::open(&path_in(&folder), &Options::default()).unwrap();
            }
            model.check(&copy.view().unwrap());
        }
    }
}

#[test]
fn the_settings_are_those_of_its_making() {
    let folder = tempfile::tempdir().unwrap();
    let copy = create(&path_in(&folder), &Options::default()).unwrap();
    let view = copy.view().unwrap();
    assert_eq!((view.space(), view.given_count()), (SPACE, 0));
    assert_eq!(view.slot(Slot::Settings).unwrap().as_deref(), Some(SETTINGS));
    assert_eq!(view.slot(Slot::Head).unwrap(), None);
}
