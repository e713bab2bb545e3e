//! No time rests on one interested party's clock: what a quorum countersigned, and countersignatures whose times
//! cannot be. The countersignatures here are made as no desk would make them.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use common::witnessing::*;
use common::*;
use deconflict_api::{AboutSpace, CosignatureLine, FilingAnswer, GivenCursor, GivenPage, Recovery};
use deconflict_core::{Refusal, RuleSet, Say, Sharing, USUAL_CLOCK_SKEW_S};
use deconflict_desk::{Desk, Keys, Line, LineError, QueuedStatement, sign_statement};
use deconflict_proof::{Existence, Notice, Report, Trust, verify};
use deconflict_record::{KeyId, Policy, SignedStatement, SigningKey, StatementId, Tile, UtcSecond};
use sha2::{Digest, Sha256};

/// 2001-01-01.
const LONG_AGO: u64 = 978_307_200;

fn host_with_quorum(quorum: usize) -> Rc<RefCell<FakeHost>> {
    host_with(quorum, RuleSet::default().retention_days)
}

/// A new site there, which waits for no clock.
fn site(lat: f64) -> Say {
    deconflict_testing::declare(deconflict_testing::site(lat, 38.6), Sharing::Open)
}

fn checked(dir: &Path) -> Report {
    let report = verify(dir, &Trust::default(), &mut |_, _| {});
    assert!(report.is_sound(), "{report}");
    report
}

#[test]
fn what_stood_there_is_proven_by_the_quorums_last_time_and_by_whose_word_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with_quorum(2);
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(10.0, Sharing::Open));
    let mut aid = reader(folder.path(), &host);
    // The interested one of them vouches for as early a time as it may.
    let early = UtcSecond::new(START - u64::from(USUAL_CLOCK_SKEW_S)).unwrap();
    countersign(&host, "south", early);
    aid.sync(5).unwrap();
    let alone = folder.path().join("alone");
    aid.desk.export(&alone).unwrap();
    let report = checked(&alone);
    assert_eq!((report.quorum, report.existed.clone()), (false, None));
    assert!(report.to_string().contains("No quorum of witnesses vouches"), "{report}");
    countersign(&host, "aid", at(40));
    countersign(&host, "north", at(20));
    aid.sync(41).unwrap();
    let all = folder.path().join("all");
    aid.desk.export(&all).unwrap();
    let report = checked(&all);
    let by = vec!["south.example".to_owned(), "north.example".to_owned()];
    assert_eq!(report.existed, Some(Existence { at: at(20), by }));
    assert!(report.quorum && report.contradicting.is_empty(), "{report}");
    let said = format!(
        "stood there by {} at the latest, by the word of 2 witnesses together: `south.example`, `north.example`",
        at(20)
    );
    assert!(report.to_string().contains(&said), "{report}");
    // A reader who relies on others than the charter does has the time by those.
    let of_aid = Policy::at_least(
        1,
        &log_vkey(),
        &[deconflict_record::Vkey::new(
            "aid.example",
            deconflict_record::KeyUse::Witness,
            witness("aid").verifying_key(),
        )
        .unwrap()],
    )
    .unwrap();
    let trust = Trust { policy: Some(of_aid), ..Trust::default() };
    let report = verify(&all, &trust, &mut |_, _| {});
    let by = vec!["aid.example".to_owned()];
    assert_eq!(report.existed, Some(Existence { at: at(40), by }), "{report}");
}

#[test]
fn a_countersignature_older_than_what_it_covers_is_kept_by_no_desk_and_counts_in_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with_quorum(1);
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(10.0, Sharing::Open));
    let mut aid = reader(folder.path(), &host);
    aid.sync(2).unwrap();
    countersign(&host, "south", UtcSecond::new(LONG_AGO).unwrap());
    countersign(&host, "north", at(3));
    for second in [5, 6] {
        aid.sync(second).unwrap();
        let kept = aid.desk.signed_head().unwrap().encode();
        assert!(kept.contains("north.example") && !kept.contains("south.example"), "{kept}");
        let said = Notice::CountersignedTooEarly { witness: "south.example".into() };
        assert_eq!(aid.desk.notices().iter().filter(|notice| **notice == said).count(), 1);
    }
    // One that a dishonest desk puts into a folder all the same is told, and proves nothing.
    let dir = folder.path().join("folder");
    aid.desk.export(&dir).unwrap();
    let note = std::fs::read_to_string(dir.join("checkpoint")).unwrap();
    let line = cosignature(&note, "south", UtcSecond::new(LONG_AGO).unwrap()).line;
    let sum = |text: &str| deconflict_record::Hash(Sha256::digest(text).into()).to_string();
    let lines: Vec<&str> = note.lines().collect();
    let of_host = lines.iter().position(|line| line.starts_with('—')).unwrap();
    let forged = |keep: usize| {
        let mut text: String = lines[..keep].iter().map(|line| format!("{line}\n")).collect();
        text.push_str(&line);
        text
    };
    for (keep, quorum) in [(lines.len(), true), (of_host + 1, false)] {
        let (sums, text) = (dir.join("SHA256SUMS"), forged(keep));
        let before = std::fs::read_to_string(dir.join("checkpoint")).unwrap();
        let changed = std::fs::read_to_string(&sums).unwrap().replace(&sum(&before), &sum(&text));
        std::fs::write(&sums, changed).unwrap();
        std::fs::write(dir.join("checkpoint"), &text).unwrap();
        let report = checked(&dir);
        assert_eq!((report.quorum, report.existed.is_some()), (quorum, quorum), "{report}");
        assert_eq!(report.contradicting.len(), 1);
        let told = report.to_string();
        assert!(told.contains("CONTRADICTION: `south.example` countersigned it at 2001"), "{told}");
        assert!(!told.contains("stood there by 2001"), "{told}");
    }
}

#[test]
fn a_desk_whose_clock_is_behind_countersigns_nothing_and_one_that_is_refused_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with_quorum(1);
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    host.borrow_mut().now = at(7_200).seconds();
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(10.0, Sharing::Open));
    let synced = north.sync(5).unwrap();
    assert!(!synced.cosigned);
    let why = synced.not_cosigned.unwrap();
    assert!(why.contains("7195 s behind the newest entry"), "{why}");
    assert!(host.borrow().cosigned.is_empty());
    // Once it is set, the same head is countersigned.
    let synced = north.sync(7_201).unwrap();
    assert!(synced.cosigned && synced.not_cosigned.is_none(), "{synced:?}");
}

#[test]
fn a_desk_says_that_its_clock_is_ahead_of_the_hosts_when_it_files() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with_quorum(1);
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    north.sync(1).unwrap();
    north.say(&operation(30.0, Sharing::Open), u64::from(USUAL_CLOCK_SKEW_S));
    let behind = |post: &Post| {
        let of = post.desk.notices().iter();
        of.filter(|notice| matches!(notice, Notice::ClockIsBehind { .. })).count()
    };
    assert_eq!(behind(&north), 0, "as far as the charter lets clocks be apart");
    north.say(&operation(31.0, Sharing::Open), 300);
    assert!(north.desk.notices().contains(&Notice::ClockIsBehind { seconds: 300 }));
    north.say(&operation(32.0, Sharing::Open), 500);
    assert_eq!(behind(&north), 1, "told once");
    north.say(&operation(33.0, Sharing::Open), 700);
    assert_eq!(behind(&north), 2, "and again when it is twice as much");
}

#[test]
fn a_desk_says_how_far_its_clock_is_from_the_hosts_and_that_they_agree_again() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with_quorum(1);
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    host.borrow_mut().now = at(1_000).seconds();
    north.sync(1_000).unwrap();
    assert_eq!(north.desk.clock_ahead_s(), None);
    for (lat, second, ahead_s) in
        [(20.0, 1_005, None), (21.0, 1_006, Some(6)), (22.0, 995, None), (23.0, 988, Some(-12))]
    {
        // Nothing is held back for it.
        assert_eq!(north.say(&site(lat), second).refusal, None);
        assert_eq!(north.desk.clock_ahead_s(), ahead_s, "at {second}");
        let shown = deconflict_desk::DeskStatus::of(&north.desk).unwrap().clock_ahead_s;
        assert_eq!(shown, ahead_s);
    }
    north.say(&site(24.0), 1_001);
    assert_eq!(north.desk.clock_ahead_s(), None);
}

/// A line whose host says what time it is there.
struct TellsTime(Wire);

impl Line for TellsTime {
    fn about(&mut self) -> Result<AboutSpace, LineError> {
        self.0.about()
    }

    fn prove_to(&mut self, log: &KeyId) {
        self.0.prove_to(log);
    }

    fn session(&mut self, space: &str, key: &SigningKey) -> Result<(), LineError> {
        self.0.session(space, key)
    }

    fn file(&mut self, envelope: &[u8]) -> Result<FilingAnswer, LineError> {
        self.0.file(envelope)
    }

    fn given(&mut self, from: GivenCursor, limit: usize) -> Result<GivenPage, LineError> {
        self.0.given(from, limit)
    }

    fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, LineError> {
        self.0.tile(tile)
    }

    fn checkpoint(&mut self) -> Result<Vec<u8>, LineError> {
        self.0.checkpoint()
    }

    fn cosign(&mut self, cosigned: &CosignatureLine) -> Result<(), LineError> {
        self.0.cosign(cosigned)
    }

    fn recovery(&mut self) -> Result<Recovery, LineError> {
        let time = UtcSecond::new(self.0.host.borrow().now).unwrap().to_string();
        Ok(Recovery { time: Some(time), ..Recovery::default() })
    }
}

/// What each statement that waits says of the clock by which it was signed.
fn signed_by(desk: &Desk) -> Vec<Option<i64>> {
    let of = |item: &QueuedStatement| {
        let signed = SignedStatement::parse(item.envelope.as_bytes()).unwrap();
        signed.claimed_header().clock_ahead_s
    };
    desk.queued().map(of).collect()
}

#[test]
fn a_desk_learns_by_reading_how_far_its_clock_is_and_says_so_in_all_that_it_signs() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with_quorum(1);
    let Post { mut desk, wire, duty, witness } =
        Post::new(&folder.path().join("north"), &host, "north");
    let mut line = TellsTime(wire);
    host.borrow_mut().now = at(1_000).seconds();
    let keys = Keys { session: &duty, witness: Some(&witness) };
    let key = duty.verifying_key();
    for (second, ahead_s) in [(1_005, None), (1_042, Some(42)), (1_043, Some(42)), (940, Some(-60))]
    {
        desk.sync(&mut line, &keys, at(second)).unwrap();
        assert_eq!(desk.clock_ahead_s(), ahead_s, "at {second}");
        // Whoever signs for the desk elsewhere is told.
        assert_eq!(desk.next_link(&key.id()).clock_ahead_s, ahead_s);
    }
    let mut post = Post { desk, wire: line.0, duty, witness };
    post.desk.file(&site(20.0), &post.duty, None).unwrap();
    let link = post.desk.next_link(&key.id());
    let by_link = sign_statement(
        post.desk.settings(),
        &site(21.0),
        &post.duty,
        link,
        StatementId([8; 16]),
        None,
    );
    let envelope = by_link.unwrap().envelope().encode();
    let envelope = String::from_utf8(envelope).unwrap();
    post.desk.file_signed(&envelope, &key, None).unwrap().unwrap();
    assert_eq!(signed_by(&post.desk), [Some(-60), Some(-60)]);
    let sent = post.send(940).unwrap();
    assert!(sent.filed.iter().all(|filed| filed.refusal.is_none()), "{sent:?}");
    // Once the clock is set, nothing is said of it.
    let mut line = TellsTime(post.wire);
    post.desk.sync(&mut line, &Keys { session: &post.duty, witness: None }, at(1_001)).unwrap();
    post.desk.file(&operation(22.0, Sharing::Open), &post.duty, None).unwrap();
    assert_eq!(signed_by(&post.desk).last(), Some(&None));
}

#[test]
fn a_new_operation_waits_for_a_good_clock_and_a_new_site_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with_quorum(1);
    let mut north = Post::new(&folder.path().join("north"), &host, "north");
    host.borrow_mut().now = at(1_000).seconds();
    north.sync(1_042).unwrap();
    // Whoever never compared its clock says nothing of it, and is not held back.
    assert_eq!(north.say(&operation(20.0, Sharing::Open), 1_042).refusal, None);
    let refused = north.say(&operation(21.0, Sharing::Open), 1_042).refusal;
    assert_eq!(refused, Some(Refusal::ClockApart { ahead_s: 42 }));
    assert_eq!(north.say(&site(22.0), 1_042).refusal, None);
    assert_eq!(
        north.say(&operation(23.0, Sharing::Open), 1_003).refusal,
        Some(Refusal::ClockApart { ahead_s: 42 })
    );
    assert_eq!(north.desk.clock_ahead_s(), None, "the answer shows that it was set");
    assert_eq!(north.say(&operation(24.0, Sharing::Open), 1_003).refusal, None);
}

#[test]
fn what_is_valid_by_the_hosts_clock_is_sent_by_one_that_is_days_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_with_quorum(1);
    let dir = folder.path().join("north");
    let mut north = Post::new(&dir, &host, "north");
    north.sync(0).unwrap();
    let days = 2 * 86_400;
    north.say(&site(20.0), days);
    assert_eq!(north.desk.clock_ahead_s(), Some(days.cast_signed()));
    north.desk.file(&site(21.0), &north.duty, Some(at(3_600))).unwrap();
    // After a restart the statement itself says by which clock it was signed.
    let mut north = north.restart(&dir);
    assert_eq!(north.desk.clock_ahead_s(), None);
    let sent = north.send(days + 60).unwrap();
    assert_eq!((sent.too_late.len(), sent.filed.len()), (0, 1), "{sent:?}");
    north.desk.file(&site(22.0), &north.duty, Some(at(3_600))).unwrap();
    let sent = north.send(days + 3_700).unwrap();
    assert_eq!((sent.too_late.len(), sent.filed.len()), (1, 0), "{sent:?}");
}
