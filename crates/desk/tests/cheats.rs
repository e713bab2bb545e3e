//! A host that cheats is caught, with a file that others can check offline.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use common::*;
use deconflict_core::{Entry, Finding, Say, Sharing, What};

use deconflict_core::USUAL_CLOCK_SKEW_S;
use deconflict_desk::{CaughtHost, DeskError, LineError};
use deconflict_proof::{Charge, Exhibit, Notice, Showing};
use deconflict_record::{KeyUse, SigningKey, Vkey};

const START_TIME: &str = "2026-11-22T12:01:00Z";

struct Scene {
    host: Rc<RefCell<FakeHost>>,
    folder: tempfile::TempDir,
    north: Post,
}

/// A desk that has read a record of eight entries, the last its party's own.
fn scene() -> Scene {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    north.sync(1).unwrap();
    for lat in [10.0, 20.0] {
        host.borrow_mut().say("aid", &[&duty("aid")], &operation(lat, Sharing::Open));
    }
    north.say(&operation(30.0, Sharing::Open), 2);
    north.sync(3).unwrap();
    assert_eq!(north.desk.head().size, 8);
    Scene { host, folder, north }
}

impl Scene {
    /// The next step must catch the host; then the desk refuses for good, and its exhibit holds.
    fn must_catch(mut self, fault: &str, proves: &str) -> Exhibit {
        let Err(DeskError::Caught(caught)) = self.north.sync(10) else { panic!("not caught") };
        assert!(caught.offence.to_string().contains(fault), "{caught}");
        let dir = self.folder.path().join("north");
        let before = self.north.desk.head();
        let mut north = self.north.restart(&dir);
        assert_eq!(north.desk.caught(), Some(&*caught));
        for error in [
            north.sync(11).unwrap_err(),
            north.send(12).unwrap_err(),
            north.desk.file(&operation(1.0, Sharing::Open), &north.duty, None).unwrap_err(),
        ] {
            assert!(matches!(&error, DeskError::Caught(c) if *c == caught), "{error}");
        }
        assert_eq!(north.desk.head(), before);
        exhibit(&dir, &caught, proves)
    }
}

impl Scene {
    /// The same where what stands before it is the word of who shows it: anybody could leave an entry
    /// out of an honest record.
    fn must_catch_by_word(self, fault: &str, shows: &str) {
        let mut exhibit = self.must_catch(fault, shows);
        assert!(!exhibit.stands_alone());
        let Charge::Entry { history, .. } = &mut exhibit.shows else { panic!() };
        history.clear();
        let shown = exhibit.verify(&log_vkey());
        assert!(matches!(shown, Ok(Showing::FalseEntry { by_itself: false, .. })));
        assert!(!exhibit.stands_alone());
    }
}

fn exhibit(dir: &Path, caught: &CaughtHost, proves: &str) -> Exhibit {
    let bytes = std::fs::read(dir.join(&caught.evidence)).unwrap();
    let exhibit = Exhibit::parse(&bytes).unwrap();
    let proven = exhibit.verify(&log_vkey()).unwrap().to_string();
    assert!(proven.contains(proves), "{proven}");
    let other = SigningKey::from_seed(&[9; 32]).verifying_key();
    assert!(exhibit.verify(&Vkey::new(SPACE, KeyUse::Log, other).unwrap()).is_err());
    exhibit
}

fn more(host: &Rc<RefCell<FakeHost>>) {
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(50.0, Sharing::Open));
}

#[test]
fn an_entry_altered_afterwards_is_caught_with_two_signed_heads() {
    let scene = scene();
    let mut bytes = scene.host.borrow().contents[6].1.clone();
    bytes.push(b' ');
    scene.host.borrow_mut().rewrite(6, &bytes);
    more(&scene.host);
    let exhibit = scene.must_catch("signed two histories", "signed two histories");
    assert!(matches!(exhibit.shows, Charge::Fork { .. }));
    assert!(exhibit.stands_alone());
}

#[test]
fn a_catch_outlasts_a_file_that_cannot_be_written_and_others_evidence_in_its_folder() {
    let mut scene = scene();
    let dir = scene.folder.path().join("north");
    std::fs::write(dir.join("caught.json"), b"another party's").unwrap();
    // What is to be written first cannot be.
    std::fs::create_dir(dir.join("caught-2.json.new")).unwrap();
    scene.host.borrow_mut().rewrite(6, b"{}");
    let Err(DeskError::Caught(caught)) = scene.north.sync(10) else { panic!("not caught") };
    assert!(caught.to_string().contains("NOT KEPT: "), "{caught}");
    let mut north = scene.north.restart(&dir);
    assert!(matches!(north.sync(11), Err(DeskError::Caught(_))));
    assert!(!dir.join("caught-2.json").exists());
    std::fs::remove_dir(dir.join("caught-2.json.new")).unwrap();
    let north = north.restart(&dir);
    exhibit(&dir, north.desk.caught().unwrap(), "two histories: at size 8");
    assert_eq!(std::fs::read(dir.join("caught.json")).unwrap(), b"another party's");
}

#[test]
fn an_entry_altered_under_a_head_of_the_same_size_is_two_roots() {
    let scene = scene();
    scene.host.borrow_mut().rewrite(6, b"{}");
    scene.must_catch("two histories: at size 8", "two histories: at size 8");
}

#[test]
fn an_entry_dropped_afterwards_is_caught_whether_the_record_shrinks_or_grows() {
    let shrunk = scene();
    shrunk.host.borrow_mut().drop_entry(6);
    shrunk.must_catch("signed two histories", "signed two histories");
    let grown = scene();
    grown.host.borrow_mut().drop_entry(6);
    more(&grown.host);
    more(&grown.host);
    grown.must_catch("signed two histories", "signed two histories");
}

#[test]
fn an_old_head_that_fits_is_no_fork() {
    let mut scene = scene();
    let old = Rc::new(RefCell::new(scene.host.borrow().fork()));
    more(&scene.host);
    scene.north.sync(4).unwrap();
    scene.north.wire = Wire::new(&old, "north");
    let error = scene.north.sync(5).unwrap_err();
    assert!(matches!(error, DeskError::Line(LineError::Garbled(_))), "{error}");
    scene.north.wire = Wire::new(&scene.host, "north");
    scene.north.sync(6).unwrap();
}

#[test]
fn a_fork_for_one_party_is_caught_as_soon_as_the_heads_meet() {
    let mut scene = scene();
    let other = Rc::new(RefCell::new(scene.host.borrow().fork()));
    let mut south = Post::new(&scene.folder.path().join("south"), &other, "south");
    more(&scene.host);
    other.borrow_mut().say("aid", &[&duty("aid")], &operation(60.0, Sharing::Open));
    scene.north.sync(4).unwrap();
    south.sync(4).unwrap();
    let theirs = south.desk.signed_head().unwrap().encode();
    let error = scene.north.desk.meet(theirs.as_bytes(), at(5)).unwrap_err();
    let DeskError::Caught(caught) = error else { panic!("{error}") };
    exhibit(&scene.folder.path().join("north"), &caught, "two histories: at size 9");
    // An older head of the one history under a newer one of the other.
    more(&other);
    south.sync(6).unwrap();
    let ours = scene.north.desk.signed_head().unwrap().encode();
    let error = south.desk.meet(ours.as_bytes(), at(7)).unwrap_err();
    let DeskError::Caught(caught) = error else { panic!("{error}") };
    exhibit(&scene.folder.path().join("south"), &caught, "root at that size is");
}

#[test]
fn a_head_that_the_host_did_not_sign_proves_nothing() {
    let mut scene = scene();
    let forged = scene.host.borrow().checkpoint().replacen("\n8\n", "\n7\n", 1);
    let error = scene.north.desk.meet(forged.as_bytes(), at(5)).unwrap_err();
    assert!(matches!(error, DeskError::Refused(_)), "{error}");
    scene.north.sync(6).unwrap();
}

#[test]
fn a_statement_replayed_from_another_space_is_caught() {
    let scene = scene();
    let say = operation(70.0, Sharing::Open);
    let link = scene.host.borrow().link(&duty("aid"));
    let replayed = sign("elsewhere.example/x", "aid", &[&duty("aid")], link, None, &say);
    scene.host.borrow_mut().slip_in("north", &replayed);
    assert!(scene.must_catch("elsewhere.example/x", "entry 8 is false").stands_alone());
}

#[test]
fn a_statement_that_nobody_enrolled_signed_is_caught() {
    let say = operation(70.0, Sharing::Open);
    let first = scene();
    let forged = sign(SPACE, "aid", &[&key("stranger")], (1, None), None, &say);
    first.host.borrow_mut().slip_in("north", &forged);
    first.must_catch_by_word(
        "was not enrolled",
        "before entry 8 of the record that the host signed",
    );
    let second = scene();
    let forged = sign(SPACE, "aid", &[&duty("south")], (1, None), None, &say);
    second.host.borrow_mut().slip_in("north", &forged);
    second.must_catch_by_word(
        "speaks for `aid`",
        "before entry 8 of the record that the host signed",
    );
}

#[test]
fn a_party_that_joins_or_a_charter_that_changes_without_the_consent_that_is_asked_is_caught() {
    let mut amended = charter(&["host", "north", "south", "aid"]);
    amended.title.insert("fr".into(), "Essai".into());
    let says =
        [Say::Join { member: member("east") }, Say::AmendCharter { charter: Box::new(amended) }];
    for say in says {
        let scene = scene();
        let link = scene.host.borrow().link(&root("aid"));
        let few = [&root("aid"), &root("east")];
        let signers = if matches!(say, Say::Join { .. }) { &few[..] } else { &few[..1] };
        let statement = sign(SPACE, "aid", signers, link, None, &say);
        scene.host.borrow_mut().slip_in("north", &statement);
        let fault = "too few parties' roots signed that";
        scene.must_catch_by_word(fault, fault);
    }
}

#[test]
fn a_statement_of_a_key_that_was_revoked_before_it_is_caught() {
    let scene = scene();
    let operator_key = duty("aid").verifying_key().id();
    let revoke = Say::Revoke { operator_key, reason: "lost".into() };
    let link = scene.host.borrow().link(&duty("aid"));
    scene.host.borrow_mut().say("aid", &[&root("aid")], &revoke);
    let say = operation(70.0, Sharing::Open);
    let late = sign(SPACE, "aid", &[&duty("aid")], link, None, &say);
    scene.host.borrow_mut().slip_in("north", &late);
    scene.must_catch_by_word(
        "was not enrolled then",
        "before entry 9 of the record that the host signed",
    );
}

#[test]
fn a_record_that_moves_without_the_consent_that_its_charter_asks_is_caught() {
    let scene = scene();
    let from = scene.host.borrow().head();
    let host =
        deconflict_core::Host { party: "aid".parse().unwrap(), key: key("x").verifying_key() };
    let link = scene.host.borrow().link(&root("aid"));
    let say = Say::MoveHost { host, from };
    let forced = sign(SPACE, "aid", &[&root("aid"), &root("south")], link, None, &say);
    scene.host.borrow_mut().slip_in("north", &forced);
    scene.must_catch_by_word(
        "too few parties' roots",
        "before entry 8 of the record that the host signed",
    );
}

#[test]
fn what_a_host_erases_before_its_time_a_desk_keeps_and_tells() {
    let mut scene = scene();
    let own = |d: &deconflict_core::Declaration| d.owner.as_str() == "north";
    let declarations = scene.north.desk.view().declarations.clone();
    let (id, declaration) = declarations.iter().find(|(_, d)| own(d)).unwrap();
    let entries = declaration.entries.clone();
    let of = deconflict_core::ErasureSubject::Declaration(*id);
    let finding = Finding::Erased { of, entries: entries.iter().copied().collect() };
    let entry = Entry { at: START_TIME.parse().unwrap(), what: What::Found(finding) };
    scene.host.borrow_mut().log(&deconflict_api::Content { entry, envelope: None });
    scene.north.sync(10).unwrap();
    let notices = words(scene.north.desk.notices());
    assert!(notices.contains("this desk keeps what it has of it"), "{notices}");
    let held = scene.north.desk.entries(0).unwrap();
    let kept = held.iter().filter(|row| entries.contains(&row.index) && row.content.is_some());
    assert_eq!(kept.count(), entries.len());
}

#[test]
fn a_hole_in_the_chain_of_ones_own_key_is_caught() {
    let scene = scene();
    let (seq, prev) = scene.host.borrow().link(&duty("north"));
    let (first, second) = (operation(70.0, Sharing::Open), operation(71.0, Sharing::Open));
    let dropped = sign(SPACE, "north", &[&duty("north")], (seq, prev), None, &first);
    let link = (seq + 1, Some(dropped.hash()));
    let shown = sign(SPACE, "north", &[&duty("north")], link, None, &second);
    scene.host.borrow_mut().slip_in("north", &shown);
    scene.must_catch_by_word(
        "one between was dropped",
        "before entry 8 of the record that the host signed",
    );
}

#[test]
fn a_space_that_another_statement_founded_is_caught() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut settings = settings("north");
    settings.founding = Some(deconflict_record::leaf_hash(b"another"));
    let dir = folder.path().join("north");
    let desk = deconflict_desk::Desk::create(&dir, &settings).unwrap();
    let wire = Wire::new(&host, "north");
    let north = Post { desk, wire, duty: duty("north"), witness: witness("north") };
    let mut north = north;
    let error = north.sync(1).unwrap_err();
    assert!(error.to_string().contains("founded by another statement"), "{error}");
}

#[test]
fn content_that_is_not_what_the_record_holds_is_caught() {
    let scene = scene();
    more(&scene.host);
    scene.host.borrow_mut().instead = Some((8, "{}".into()));
    scene.must_catch("not what the record holds", "entry 8 of the signed record is another one");
}

#[test]
fn commitments_that_do_not_lead_to_the_signed_head_are_caught() {
    let mut scene = scene();
    more(&scene.host);
    let mut bad = scene.host.borrow().fork();
    bad.commitments[8] = deconflict_record::leaf_hash(b"x");
    let signed = scene.host.borrow().checkpoint();
    bad.signs_instead = Some(signed);
    scene.north.wire = Wire::new(&Rc::new(RefCell::new(bad)), "north");
    scene.must_catch("the entries that it serves lead to", "by the word of who shows this");
}

#[test]
fn a_back_dated_statement_is_noticed_and_its_authors_head_makes_it_evidence() {
    let mut scene = scene();
    let other = Rc::new(RefCell::new(scene.host.borrow().fork()));
    let mut south = Post::new(&scene.folder.path().join("south"), &other, "south");
    for lat in [60.0, 61.0, 62.0] {
        other.borrow_mut().say("aid", &[&duty("aid")], &operation(lat, Sharing::Open));
    }
    south.sync(4).unwrap();
    let said = south.desk.file(&operation(63.0, Sharing::Open), &south.duty, None).unwrap();
    // In the record that north is shown it stands before all of that.
    let posted = scene.host.borrow_mut().file(said.envelope.as_bytes()).unwrap();
    assert_eq!(posted.index, 8);
    scene.north.sync(5).unwrap();
    let [notice] = scene.north.desk.notices() else { panic!("one notice") };
    let Notice::StrayHead { party, index, seen, .. } = notice else { panic!("{notice}") };
    assert!(party.as_str() == "south" && seen > index, "back-dated: {notice}");
    for _ in 0..3 {
        more(&scene.host);
    }
    scene.north.sync(6).unwrap();
    let theirs = south.desk.signed_head().unwrap().encode();
    let error = scene.north.desk.meet(theirs.as_bytes(), at(7)).unwrap_err();
    assert!(matches!(error, DeskError::Caught(_)), "{error}");
}

#[test]
fn a_host_whose_clock_is_ahead_is_told_once_and_again_when_the_lead_has_grown() {
    let mut scene = scene();
    let dir = scene.folder.path().join("north");
    let mut told = Vec::new();
    let leads = [
        (0, 10),
        (u64::from(USUAL_CLOCK_SKEW_S), 20),
        (600, 30),
        (600, 40),
        (1_100, 50),
        (2_000, 60),
    ];
    for (ahead, second) in leads {
        scene.host.borrow_mut().now = at(second).seconds() + ahead;
        more(&scene.host);
        scene.north.sync(second).unwrap();
        scene.north = scene.north.restart(&dir);
        let ahead = |notice: &&Notice| matches!(notice, Notice::ClockIsAhead { .. });
        told.push(scene.north.desk.notices().iter().filter(ahead).count());
    }
    assert_eq!(told, [0, 0, 1, 1, 1, 2]);
    let notices = scene.north.desk.notices();
    let says = |entry: u64, s: u64| {
        // The desk's clock goes on while it reads.
        let led = |seconds| Notice::ClockIsAhead { index: entry, seconds };
        (s - 50..=s).any(|seconds| notices.contains(&led(seconds)))
    };
    assert!(says(10, 600) && says(13, 2_000), "{notices:?}");
    // What is read late is not dated ahead.
    scene.host.borrow_mut().now = at(70).seconds();
    more(&scene.host);
    let before = scene.north.desk.notices().len();
    scene.north.sync(90_000).unwrap();
    let ran_back = scene.north.desk.notices().len() - before;
    assert_eq!(ran_back, 1, "{:?}", scene.north.desk.notices());
}

#[test]
fn a_promise_that_is_not_kept_is_told_with_what_shows_it() {
    let mut scene = scene();
    scene.host.borrow_mut().forgets = true;
    let filed = scene.north.say(&operation(70.0, Sharing::Open), 4);
    scene.north.sync(10).unwrap();
    assert_eq!(scene.north.desk.overdue().unwrap(), [], "it has until the deadline");
    let dir = scene.folder.path().join("north");
    let mut north = scene.north.restart(&dir);
    north.sync(61).unwrap();
    let [overdue] = &north.desk.overdue().unwrap()[..] else { panic!("one is overdue") };
    assert_eq!(overdue.statement.to_string(), filed.statement);
    let exhibit = Exhibit::parse(&std::fs::read(dir.join(&overdue.evidence)).unwrap()).unwrap();
    let proven = exhibit.verify(&log_vkey()).unwrap().to_string();
    assert!(proven.contains("promised to log statement"), "{proven}");
    let evidence = dir.join(&overdue.evidence);
    // Once it stands there, nothing is overdue, and no file says that it is.
    scene.host.borrow_mut().forgets = false;
    scene.host.borrow_mut().filed.clear();
    let again = north.desk.queued().next().unwrap().envelope.clone();
    scene.host.borrow_mut().file(again.as_bytes()).unwrap();
    north.sync(70).unwrap();
    assert_eq!(north.desk.overdue().unwrap(), []);
    assert!(!evidence.exists());
}

#[test]
fn a_changed_exhibit_proves_nothing() {
    let scene = scene();
    scene.host.borrow_mut().rewrite(6, b"{}");
    let exhibit = scene.must_catch("two histories", "two histories");
    let bytes = exhibit.encode();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let read = Exhibit::parse(&changed);
        let proves = read.and_then(|read| read.verify(&log_vkey()));
        // When it was found is the finder's word.
        let about_time = exhibit_time(&bytes).contains(&at);
        assert!(proves.is_err() || about_time, "byte {at}");
    }
}

fn exhibit_time(bytes: &[u8]) -> std::ops::Range<usize> {
    let from = bytes.windows(6).position(|w| w == b"\"at\":\"").unwrap() + 6;
    from..from + 20
}
