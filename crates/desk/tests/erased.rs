//! A host that says to erase what it must not, and when what it may is erased: never by its clock alone.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::cell::RefCell;
use std::rc::Rc;

use common::witnessing::*;
use common::*;
use deconflict_api::Content;
use deconflict_core::{
    DeclarationContent, DeclarationId, Ending, Entry, ErasureSubject, Finding, MessageId, Receipt,
    Say, Sharing, Time, Version, What,
};
use deconflict_record::Hash;
use deconflict_testing::{hold, taken_back, unable};

/// The places of the entries whose contents a desk holds.
fn kept(post: &Post) -> Vec<u64> {
    let rows = post.desk.entries(0).unwrap();
    rows.iter().filter(|row| row.content.is_some()).map(|row| row.index).collect()
}

/// The host logs that it erased entries, and gives that to two parties.
fn erase(host: &mut FakeHost, declaration: DeclarationId, entries: Vec<u64>, seconds_on: i64) {
    erase_of(host, ErasureSubject::Declaration(declaration), entries, seconds_on);
}

fn erase_of(host: &mut FakeHost, of: ErasureSubject, entries: Vec<u64>, seconds_on: i64) {
    let at = Time::from_seconds(host.now as i64 + seconds_on);
    let what = What::Found(Finding::Erased { of, entries });
    let index = host.commitments.len() as u64;
    host.log(&Content { entry: Entry { at, what }, envelope: None });
    for name in ["north", "aid"] {
        let given = host.given.entry(party(name)).or_default();
        if given.last() != Some(&(index, index)) {
            given.push((index, index));
        }
    }
}

#[test]
fn what_nobody_declared_takes_nothing_with_it() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    let filed = host.borrow_mut().say("south", &[&duty("south")], &operation(50.0, Sharing::Open));
    north.say(&operation(33.5, Sharing::Open), 2);
    north.sync(3).unwrap();
    let before = kept(&north);
    let unknown = DeclarationId(deconflict_record::leaf_hash(b"nobody declared this"));
    erase(&mut host.borrow_mut(), unknown, vec![0, 1, filed.index, filed.index + 1], 0);
    north.sync(4).unwrap();
    assert_eq!(kept(&north)[..before.len()], before);
    let notices = words(north.desk.notices());
    assert!(notices.contains("erased entry 0 with declaration"), "{notices}");
    let view = north.desk.view().clone();
    let again = north.restart(&folder.path().join("desk"));
    assert_eq!(*again.desk.view(), view);
}

#[test]
fn with_a_declaration_goes_only_what_was_said_of_it() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    let filed = north.say(&operation(33.5, Sharing::Open), 2);
    let declaration = DeclarationId(Hash::from_hex(&filed.statement).unwrap());
    let ended = north.say(&Say::End { declaration, how: Ending::Ended }, 3);
    let other = north.say(&operation(50.0, Sharing::Open), 4);
    north.sync(5).unwrap();
    let before = kept(&north);
    let on = 4_000 * 86_400;
    let wrong = vec![0, filed.index, ended.index, other.index];
    erase(&mut host.borrow_mut(), declaration, wrong, on);
    north.sync(6).unwrap();
    assert_eq!(kept(&north)[..before.len()], before);
    let right = vec![filed.index, ended.index];
    erase(&mut host.borrow_mut(), declaration, right.clone(), on);
    north.sync(7).unwrap();
    assert_eq!(kept(&north)[..before.len()], before, "nothing rests on the host's clock alone");
    north.sync(on as u64 + 8).unwrap();
    assert_eq!(kept(&north)[..before.len()], before, "its author keeps its own");
    assert_eq!(north.desk.erase_own(at(on as u64 + 8)).unwrap(), 2);
    let left = kept(&north);
    assert!(before.iter().all(|index| left.contains(index) != right.contains(index)), "{left:?}");
}

#[test]
fn what_is_erased_too_early_stays_in_view_however_often_it_is_said() {
    let (host, folder) = (host(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&folder.path().join("desk"), &host, "north");
    north.sync(1).unwrap();
    let filed = host.borrow_mut().say("south", &[&duty("south")], &operation(33.5, Sharing::Open));
    let declaration = DeclarationId(Hash::from_hex(&filed.statement).unwrap());
    north.sync(3).unwrap();
    for second in [4, 5] {
        erase(&mut host.borrow_mut(), declaration, vec![filed.index], 0);
        north.sync(second).unwrap();
        assert!(north.desk.view().declarations.contains_key(&declaration));
        assert!(kept(&north).contains(&filed.index));
    }
    let again = north.restart(&folder.path().join("desk"));
    assert!(again.desk.view().declarations.contains_key(&declaration));
}

const DAY: u64 = 86_400;
/// By how much the clock of a host is wrong.
const YEARS: u64 = 11 * 365 * DAY;
const RETENTION_DAYS: u32 = 3_650;

/// Two operations, one of the reader's own and one of another party, that ended and that the host then erases by a
/// clock that stands years ahead.
struct Scene {
    host: Rc<RefCell<FakeHost>>,
    folder: tempfile::TempDir,
    /// A desk that is no witness.
    aid: Post,
    of_south: (DeclarationId, Vec<u64>),
    own: (DeclarationId, Vec<u64>),
    before: Vec<u64>,
}

fn said_and_ended(host: &Rc<RefCell<FakeHost>>, name: &str, lat: f64) -> (DeclarationId, Vec<u64>) {
    let mut host = host.borrow_mut();
    let filed = host.say(name, &[&duty(name)], &operation(lat, Sharing::Open));
    let declaration = DeclarationId(Hash::from_hex(&filed.statement).unwrap());
    let end = Say::End { declaration, how: Ending::Ended };
    let ended = host.say(name, &[&duty(name)], &end);
    // What a key said last the record does not forget.
    host.say(name, &[&duty(name)], &operation(lat + 10.0, Sharing::Open));
    (declaration, vec![filed.index, ended.index])
}

fn scene(quorum: usize, retention_days: u32) -> Scene {
    let (host, folder) = (host_with(quorum, retention_days), tempfile::tempdir().unwrap());
    let mut aid = reader(folder.path(), &host);
    let of_south = said_and_ended(&host, "south", 33.5);
    let own = said_and_ended(&host, "aid", 50.0);
    aid.sync(8).unwrap();
    let before = kept(&aid);
    let mut scene = Scene { host, folder, aid, of_south, own, before };
    scene.must_keep(&[]);
    scene
}

impl Scene {
    /// The host says that a declaration is erased, and nothing goes: when the last of it will, and when what is
    /// said at the scene's start does by the rules.
    fn goes_last_of(&mut self, declaration: DeclarationId, entries: Vec<u64>) -> (Time, Time) {
        erase(&mut self.host.borrow_mut(), declaration, entries, 20);
        countersign(&self.host, "north", at(21));
        self.aid.sync(22).unwrap();
        self.before = kept(&self.aid);
        assert!(!self.aid.desk.view().declarations.contains_key(&declaration));
        self.must_keep(&[]);
        let due = Time::from_seconds((START + u64::from(RETENTION_DAYS) * DAY) as i64);
        (self.aid.desk.waiting_erasures().of_others.unwrap().last, due)
    }

    /// The host erases both, by a clock that is so much ahead.
    fn erase(&mut self, ahead: u64) {
        for (declaration, entries) in [self.of_south.clone(), self.own.clone()] {
            erase(&mut self.host.borrow_mut(), declaration, entries, ahead as i64);
        }
    }

    /// Of what was held before, all but this is still held; also after a start.
    fn must_keep(&mut self, but: &[u64]) {
        for _ in 0..2 {
            let held = kept(&self.aid);
            let left = self.before.iter().filter(|index| !but.contains(index));
            assert!(
                left.clone().all(|index| held.contains(index)),
                "{held:?} of {:?}",
                self.before
            );
            assert!(but.iter().all(|index| !held.contains(index)), "{held:?}, not {but:?}");
            let view = self.aid.desk.view().clone();
            self.aid.desk = deconflict_desk::Desk::open(&self.dir_let_go()).unwrap();
            assert_eq!(*self.aid.desk.view(), view);
        }
    }

    /// Where the desk lies, which is let go.
    fn dir_let_go(&mut self) -> std::path::PathBuf {
        let other = self.folder.path().join("meanwhile");
        if !other.exists() {
            std::fs::create_dir(&other).unwrap();
        }
        let nth = std::fs::read_dir(&other).unwrap().count();
        let desk = deconflict_desk::Desk::create(&other.join(nth.to_string()), &settings("aid"));
        self.aid.desk = desk.unwrap();
        self.folder.path().join("aid")
    }

    /// What this desk holds of a declaration is proven to whoever has nothing but the folder.
    fn must_prove(&self, name: &str, declaration: DeclarationId) {
        let dir = self.folder.path().join(name);
        self.aid.desk.prove_declaration(&dir, declaration).unwrap();
        let report = folder::check(&dir);
        assert!(report.is_sound(), "{report}");
        assert!(report.shown.len() >= 2, "{report}");
    }

    fn forgotten(&self) {
        let declarations = &self.aid.desk.view().declarations;
        for id in [self.of_south.0, self.own.0] {
            assert!(!declarations.contains_key(&id), "the view follows the record at once");
        }
    }
}

#[test]
fn a_host_whose_clock_stands_years_ahead_has_no_desk_erase_anything() {
    let mut scene = scene(1, RETENTION_DAYS);
    scene.erase(YEARS);
    // The witnesses' clocks are right: what is dated years ahead they do not countersign, or with today's date.
    countersign(&scene.host, "north", at(9));
    for second in [10, 3_600, 5 * DAY] {
        scene.aid.sync(second).unwrap();
        scene.forgotten();
        scene.must_keep(&[]);
        assert_eq!(scene.aid.desk.erase_own(at(second)).unwrap(), 0, "not even its operator can");
    }
    let waiting = scene.aid.desk.waiting_erasures();
    let (others, own) = (waiting.of_others.unwrap(), waiting.own.unwrap());
    assert_eq!((others.entries, own.entries, waiting.quorum), (2, 2, 1));
    let due = Time::from_seconds((START + u64::from(RETENTION_DAYS) * DAY) as i64);
    assert_eq!([others.first, others.last, own.first, own.last], [due; 4]);
    for (name, (declaration, _)) in [("others", &scene.of_south), ("own", &scene.own)] {
        scene.must_prove(name, *declaration);
    }
}

#[test]
fn what_waits_goes_once_this_desks_clock_and_a_quorum_of_witnesses_are_past_its_time() {
    let mut scene = scene(2, RETENTION_DAYS);
    scene.erase(YEARS);
    scene.aid.sync(10).unwrap();
    // Dated as the entries under it, so that the head's countersignatures can be.
    let (due, late) = (u64::from(RETENTION_DAYS) * DAY, YEARS + 60);
    assert!(due < late);
    // One witness whose clock runs ahead, or lies, is not a quorum.
    countersign(&scene.host, "north", at(late));
    scene.aid.sync(late + 1).unwrap();
    scene.must_keep(&[]);
    let reached = |scene: &Scene| scene.aid.desk.waiting_erasures().reached;
    assert_eq!(reached(&scene), None);
    countersign(&scene.host, "south", at(late + 30));
    // Two are, and this desk's own clock is not past.
    scene.aid.sync(due).unwrap();
    scene.must_keep(&[]);
    assert_eq!(reached(&scene), Some(at(late)), "the second of two");
    scene.aid.sync(due + 1).unwrap();
    let gone = scene.of_south.1.clone();
    scene.must_keep(&gone);
    let waiting = scene.aid.desk.waiting_erasures();
    assert_eq!((waiting.of_others, waiting.own.map(|own| own.entries)), (None, Some(2)));
    scene.must_prove("own", scene.own.0);
    let dir = scene.folder.path().join("gone");
    assert!(scene.aid.desk.prove_declaration(&dir, scene.of_south.0).is_err());
    // By its operator's word its own goes too.
    assert_eq!(scene.aid.desk.erase_own(at(due)).unwrap(), 0, "its time is not over");
    assert_eq!(scene.aid.desk.erase_own(at(due + 1)).unwrap(), 2);
    let gone: Vec<u64> = [gone, scene.own.1.clone()].concat();
    scene.must_keep(&gone);
    let all = scene.folder.path().join("all");
    scene.aid.desk.export(&all).unwrap();
    let report = folder::check(&all);
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.erased, 4, "{report}");
}

#[test]
fn what_is_kept_in_part_is_sound_evidence_and_folds_to_the_same_view() {
    let mut scene = scene(1, 0);
    let zone = deconflict_testing::zone(10.0, 38.6, 2_000.0, &["aid"], &["aid"]);
    let zone = deconflict_testing::declare(DeclarationContent::Zone(zone), Sharing::Open);
    let (declaration, entries) = {
        let mut host = scene.host.borrow_mut();
        let filed = host.say("south", &[&duty("south")], &zone);
        let version = Version(Hash::from_hex(&filed.statement).unwrap());
        let declaration = DeclarationId(version.0);
        let agreed = host.say("aid", &[&duty("aid")], &Say::Agree { zone: declaration, version });
        assert_eq!(agreed.refusal, None);
        let end = Say::End { declaration, how: Ending::Ended };
        let ended = host.say("south", &[&duty("south")], &end);
        for name in ["south", "aid"] {
            host.say(name, &[&duty(name)], &operation(70.0, Sharing::Open));
        }
        (declaration, [filed.index, agreed.index, ended.index])
    };
    scene.aid.sync(9).unwrap();
    scene.before = kept(&scene.aid);
    scene.of_south = (declaration, entries.to_vec());
    scene.erase(60);
    countersign(&scene.host, "north", at(61));
    scene.aid.sync(61).unwrap();
    // What it said of another's zone is its own.
    scene.must_keep(&[entries[0], entries[2]]);
    scene.forgotten();
    let all = scene.folder.path().join("all");
    scene.aid.desk.export(&all).unwrap();
    let report = folder::check(&all);
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.erased, 2, "{report}");
}

#[test]
fn what_an_untrue_erasure_names_stays_in_a_view_that_is_folded_anew() {
    let mut scene = scene(1, 0);
    let stands = operation(10.0, Sharing::Open);
    let stands = scene.host.borrow_mut().say("south", &[&duty("south")], &stands);
    scene.aid.sync(9).unwrap();
    // Without a kept view all is folded from the first entry on.
    scene.aid.desk.set_longest_part(0);
    let (declaration, mut entries) = scene.of_south.clone();
    entries.push(stands.index);
    erase(&mut scene.host.borrow_mut(), declaration, entries, 30);
    scene.erase(31);
    countersign(&scene.host, "north", at(61));
    scene.aid.sync(61).unwrap();
    let gone = scene.of_south.1.clone();
    scene.must_keep(&gone);
    let id = DeclarationId(Hash::from_hex(&stands.statement).unwrap());
    assert!(scene.aid.desk.view().declarations.contains_key(&id));
    scene.forgotten();
}

#[test]
fn without_a_quorum_this_desks_own_clock_decides_to_the_second() {
    let mut scene = scene(0, 0);
    scene.erase(1);
    scene.aid.sync(0).unwrap();
    scene.must_keep(&[]);
    assert_eq!(scene.aid.desk.waiting_erasures().quorum, 0);
    // At the instant itself the time is not past yet.
    scene.aid.sync(1).unwrap();
    let gone = scene.of_south.1.clone();
    scene.must_keep(&gone);
}

#[test]
fn an_end_that_the_host_dated_back_lets_nothing_go_earlier() {
    let mut scene = scene(1, RETENTION_DAYS);
    let (declaration, entries) = {
        let mut host = scene.host.borrow_mut();
        let filed = host.say("south", &[&duty("south")], &operation(10.0, Sharing::Open));
        let declaration = DeclarationId(Hash::from_hex(&filed.statement).unwrap());
        host.now = START - YEARS;
        let end = Say::End { declaration, how: Ending::Ended };
        let ended = host.say("south", &[&duty("south")], &end);
        host.now = START;
        (declaration, vec![filed.index, ended.index])
    };
    let (last, due) = scene.goes_last_of(declaration, entries);
    assert_eq!(last, due);
}

#[test]
fn what_the_host_dated_back_from_beginning_to_end_lets_nothing_go_earlier() {
    // Read one by one, and all of it in one page.
    for read_between in [true, false] {
        let mut scene = scene(1, RETENTION_DAYS);
        scene.host.borrow_mut().now = START - 2 * YEARS;
        let (declaration, entries) = said_and_ended(&scene.host, "south", 11.0);
        scene.host.borrow_mut().now = START;
        if read_between {
            scene.aid.sync(15).unwrap();
        }
        let (last, due) = scene.goes_last_of(declaration, entries);
        assert!(last >= due.after_seconds(-1), "{last}");
    }
}

#[test]
fn what_waits_is_erased_also_by_a_desk_that_is_opened_anew_and_reads_nothing_new() {
    let mut scene = scene(1, 1);
    scene.erase(2 * DAY);
    scene.aid.sync(5).unwrap();
    countersign(&scene.host, "south", at(2 * DAY + 5));
    scene.aid.sync(6).unwrap();
    scene.must_keep(&[]);
    scene.aid.wire.up.set(false);
    assert!(scene.aid.sync(2 * DAY).is_err(), "the line is down");
    scene.must_keep(&[]);
    scene.aid.desk.erase_due(at(2 * DAY)).unwrap();
    let gone = scene.of_south.1.clone();
    scene.must_keep(&gone);
}

/// One party asks another one to hold a convoy; that one says that it has the message, and that it cannot; and the first
/// takes it back. The message, and the entries that tell of it, by who said them.
struct Conversation {
    message: MessageId,
    of_sender: Vec<u64>,
    of_addressee: Vec<u64>,
}

fn conversation(host: &Rc<RefCell<FakeHost>>, sender: &str, addressee: &str) -> Conversation {
    let mut host = host.borrow_mut();
    let now = Time::from_seconds(host.now as i64);
    let mut say = |name: &str, said: &Say| {
        let filed = host.say(name, &[&duty(name)], said);
        assert_eq!(filed.refusal, None);
        filed
    };
    let asked = say(sender, &hold(now, &[addressee]));
    let message = MessageId(Hash::from_hex(&asked.statement).unwrap());
    let read =
        say(addressee, &Say::Receive { message, receipt: Receipt::ReadBack, shown_in: None });
    let unable = say(addressee, &unable(message));
    let back = say(sender, &taken_back(message, &[addressee]));
    for name in [sender, addressee] {
        say(name, &operation(70.0, Sharing::Open));
    }
    let of_sender = vec![asked.index, back.index];
    Conversation { message, of_sender, of_addressee: vec![read.index, unable.index] }
}

#[test]
fn of_a_conversation_goes_what_others_said_and_its_own_once_its_operator_asks() {
    let mut scene = scene(1, RETENTION_DAYS);
    let heard = conversation(&scene.host, "south", "aid");
    let said = conversation(&scene.host, "aid", "south");
    scene.aid.sync(9).unwrap();
    scene.before = kept(&scene.aid);
    let view = |scene: &Scene| scene.aid.desk.view().dialogues.len();
    assert_eq!(view(&scene), 4);
    // By a host whose clock stands years ahead. What took the others back was answered by nobody.
    {
        let mut host = scene.host.borrow_mut();
        let ahead = Time::from_seconds((host.now + YEARS) as i64);
        for entry in host.state.tick(ahead, usize::MAX) {
            host.log(&Content { entry, envelope: None });
        }
        let ahead = ahead.after_seconds((YEARS + 2 * DAY) as i64);
        let erased = host.state.erasable(ahead).concat();
        assert_eq!(erased.len(), 4, "two messages of each conversation");
        erased.into_iter().for_each(|entry| host.log(&Content { entry, envelope: None }));
    }
    scene.aid.sync(10).unwrap();
    assert_eq!(view(&scene), 0, "the view follows at once");
    assert_eq!(words(scene.aid.desk.notices()).matches("the host erased").count(), 0);
    scene.must_keep(&[]);
    assert_eq!(scene.aid.desk.erase_own(at(11)).unwrap(), 0, "not even its operator can yet");
    let late = 4 * YEARS;
    countersign(&scene.host, "north", at(late));
    scene.aid.sync(late + 1).unwrap();
    let mut gone = [heard.of_sender, said.of_addressee].concat();
    scene.must_keep(&gone);
    assert_eq!(scene.aid.desk.erase_own(at(late + 1)).unwrap(), 4);
    gone.extend([heard.of_addressee, said.of_sender].concat());
    scene.must_keep(&gone);
    assert_eq!(view(&scene), 0);
}

#[test]
fn a_message_that_is_erased_too_early_or_with_something_else_is_kept() {
    let mut scene = scene(1, RETENTION_DAYS);
    let heard = conversation(&scene.host, "south", "aid");
    scene.aid.sync(9).unwrap();
    scene.before = kept(&scene.aid);
    let Conversation { message, of_sender, of_addressee } = heard;
    let of = ErasureSubject::Message { message, party: None };
    let entries = vec![of_sender[0], of_addressee[0], of_addressee[1]];
    erase_of(&mut scene.host.borrow_mut(), of.clone(), entries.clone(), 0);
    let another = [entries, vec![scene.of_south.1[0]]].concat();
    erase_of(&mut scene.host.borrow_mut(), of, another, YEARS as i64);
    countersign(&scene.host, "north", at(2 * YEARS));
    scene.aid.sync(2 * YEARS + 1).unwrap();
    assert!(scene.aid.desk.view().dialogues.contains_key(&message));
    let notices = words(scene.aid.desk.notices());
    let early =
        format!("the host erased message {}, which the rules keep for 3650 days", message.0);
    assert!(notices.contains(&early), "{notices}");
    let other = format!("erased entry {} with message {}", scene.of_south.1[0], message.0);
    assert!(notices.contains(&other), "{notices}");
    scene.must_keep(&[]);
}
