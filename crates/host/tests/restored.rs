//! A host that is started anew, or from a restored backup, over HTTP with real desks.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use common::post::Post;
use common::*;
use deconflict_api::{
    FilingAnswer, GivenEntry, LastHead, Recovery, WitnessWord, last_head_message,
};
use deconflict_core::*;
use deconflict_desk::DeskError;
use deconflict_host::{Config, Space, system_entropy};
use deconflict_record::SignedCheckpoint;
use deconflict_store::{Options, Store};
use tempfile::TempDir;

/// A space, and the desks of its parties.
struct Scene {
    rig: Rig,
    folder: TempDir,
    posts: Vec<Post>,
    /// What was filed while the host was closed, and is kept.
    kept: Option<deconflict_record::SignedStatement>,
}

/// What the whole record was when its backup was older than it.
struct Before {
    entries: Vec<Entry>,
    given: Vec<Vec<GivenEntry>>,
    size: u64,
    filed: (deconflict_record::SignedStatement, FilingAnswer),
}

impl Scene {
    fn new() -> Scene {
        let (rig, folder) = (Rig::new(), tempfile::tempdir().unwrap());
        let posts = PARTIES.iter().map(|name| Post::new(&rig, folder.path(), name)).collect();
        let mut scene = Scene { rig, folder, posts, kept: None };
        scene.rig.accepted("north", &declare(operation_at(34.5, 38.6), Sharing::Open));
        scene.rig.pass(2);
        scene.all_sync();
        scene
    }

    fn post(&mut self, name: &str) -> &mut Post {
        let place = PARTIES.iter().position(|known| *known == name).unwrap();
        &mut self.posts[place]
    }

    fn sync(&mut self, name: &str) -> Result<u64, DeskError> {
        let place = PARTIES.iter().position(|known| *known == name).unwrap();
        self.posts[place].sync(&self.rig).map(|synced| synced.size)
    }

    fn all_sync(&mut self) {
        for name in PARTIES {
            self.sync(name).unwrap();
        }
    }

    fn backup(&self) -> PathBuf {
        let copy = self.folder.path().join("backup.sqlite");
        self.rig.store.as_ref().unwrap().backup_to(&copy, |_| {}).unwrap();
        copy
    }

    /// Goes on for a while; every desk sees it.
    fn go_on(&mut self) -> Before {
        let say = declare(operation_at(34.5, 38.6), Sharing::ConflictOnly);
        let statement = self.rig.statement("south", &[&duty("south")], &say);
        let filed = self.rig.told(&statement, &self.rig.token(&duty("south")));
        self.rig.chained(&statement);
        assert_eq!(filed.conflicts.as_ref().map(Vec::len), Some(1));
        let shared = Sharing::Named([party("south")].into());
        self.rig.accepted("aid", &declare(operation_at(40.0, 38.6), shared));
        self.rig.enrol("south", "second", Role::Person);
        self.rig.accepted("aid", &declare(operation_at(41.0, 38.6), Sharing::ConflictOnly));
        self.rig.pass(2);
        self.all_sync();
        let given = PARTIES.iter().map(|name| self.rig.given(&self.rig.token(&duty(name))));
        let entries = self.rig.all_entries();
        let size = entries.len() as u64;
        Before { given: given.collect(), entries, size, filed: (statement, filed) }
    }

    /// Stops the host, puts the backup in the place of its store, and starts it again.
    fn restore(&mut self, backup: &Path) {
        self.rig.stop();
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.rig.path().display()));
        }
        std::fs::copy(backup, self.rig.path()).unwrap();
        self.rig.start_asking();
        for post in &mut self.posts {
            post.follow(&self.rig);
        }
    }

    fn tip(&self) -> (u64, u64) {
        let tip = self.rig.host.as_ref().unwrap().published().tip();
        (tip.size, tip.checkpoint_size)
    }

    /// Reads are answered, statements are not taken in, and nothing is signed however long it takes.
    fn must_be_closed(&mut self, kind: &str) {
        let before = self.tip();
        let say = declare(operation_at(45.0, 38.6), Sharing::Open);
        let statement = match self.kept.take() {
            Some(kept) => kept,
            None => self.rig.statement("north", &[&duty("north")], &say),
        };
        let reply = self.rig.send(&statement);
        assert_eq!((reply.status, reply.problem().kind.as_str()), (503, kind));
        if reply.problem().is_kept() {
            self.rig.chained(&statement);
            self.kept = Some(statement);
        }
        let health = String::from_utf8(self.rig.get("/health", None).body).unwrap();
        assert!(health.starts_with(r#"{"up":true,"writable":false,"troubles":["#), "{health}");
        assert!(!self.rig.given(&self.rig.token(&duty("aid"))).is_empty());
        self.rig.seconds.fetch_add(1_200, Ordering::SeqCst);
        self.rig.settle();
        assert_eq!(self.tip(), before);
    }

    fn closed(&self) -> std::sync::Arc<deconflict_host::Closure> {
        self.rig.host.as_ref().unwrap().published().closed().unwrap()
    }

    fn must_agree(&mut self) {
        self.rig.pass(2);
        if let Some(kept) = &self.kept {
            let is =
                |entry: &&Entry| matches!(&entry.what, What::Accepted(s) if s.hash == kept.hash());
            let entries = self.rig.all_entries();
            assert_eq!(entries.iter().filter(is).count(), 1, "taken in once");
        }
        let all = replayed(&self.rig.all_entries());
        let (size, _) = self.tip();
        for name in PARTIES {
            assert_eq!(self.sync(name).unwrap(), size, "{name}");
            let post = self.post(name);
            assert_eq!(post.desk.caught(), None, "{name}");
            assert_eq!(*post.desk.view(), all.project(&party(name)), "{name}");
        }
    }
}

#[test]
fn a_restored_backup_signs_nothing_before_the_witness_spoke_and_gets_everything_back() {
    let mut scene = Scene::new();
    let backup = scene.backup();
    let old = scene.tip();
    let before = scene.go_on();
    scene.restore(&backup);
    assert_eq!(scene.tip(), old);
    scene.must_be_closed("problems/kept");
    // Those who are no witnesses give back what they have; that is not enough.
    for name in ["host", "aid"] {
        let error = scene.sync(name).unwrap_err();
        assert!(error.to_string().contains("it may be an old copy"), "{name}: {error}");
    }
    assert!(!scene.closed().missing.is_empty());
    assert_eq!(scene.sync("south").unwrap(), before.size);
    let closed = scene.closed();
    assert_eq!((closed.heard.len(), closed.needed, closed.recovery.known), (0, 1, before.size));
    assert!(closed.missing.is_empty(), "{closed}");
    scene.must_be_closed("problems/kept");
    // Entries are there again, and still nothing is signed: no witness has said that this was all.
    assert_eq!(scene.tip(), (before.size, before.size));
    scene.sync("north").unwrap();
    scene.rig.wait("writing to come back", || {
        scene.rig.host.as_ref().unwrap().published().closed().is_none()
    });
    scene.must_agree();
    let entries = scene.rig.all_entries();
    assert_eq!(entries[..before.entries.len()], before.entries);
    let resumed = entries.iter().filter_map(|entry| match &entry.what {
        What::Found(Finding::Resumed { heard, needed, recovered }) => {
            Some((heard.len(), *needed, *recovered))
        }
        _ => None,
    });
    let lost = before.size - old.0;
    assert_eq!(resumed.collect::<Vec<_>>(), [(1, 1, lost)]);
    for (name, given) in PARTIES.iter().zip(&before.given) {
        let now = scene.rig.given(&scene.rig.token(&duty(name)));
        assert_eq!(now[..given.len()], given[..], "{name}");
        let notices = words(scene.post(name).desk.notices());
        assert!(notices.contains("had lost entries and got them back"), "{name}: {notices}");
    }
    // The same statement gets the same answer, under a promise made anew.
    let (statement, filed) = &before.filed;
    let again = scene.rig.told(statement, &scene.rig.token(&duty("south")));
    assert_eq!(
        (again.index, again.outcome, &again.conflicts),
        (filed.index, filed.outcome, &filed.conflicts)
    );
    // Whose key was enrolled in what was lost is known again.
    scene.rig.token(&operator("south", "second"));
    scene.rig.accepted("south", &declare(operation_at(46.0, 38.6), Sharing::Open));
    scene.must_agree();
}

#[test]
fn what_no_desk_can_give_back_keeps_the_host_closed_and_is_named_with_the_remedy() {
    let mut scene = Scene::new();
    let backup = scene.backup();
    let before = scene.go_on();
    scene.restore(&backup);
    for name in ["host", "south", "north"] {
        assert!(scene.sync(name).is_err());
    }
    let author = |entry: &Entry| match &entry.what {
        What::Accepted(said) => said.party == party("aid"),
        _ => false,
    };
    // South was given one of the two plans of aid.
    let unseen = before.entries.iter().rposition(author).unwrap() as u64;
    let closed = scene.closed();
    assert_eq!(closed.missing, [unseen]);
    assert_eq!((closed.heard.len(), closed.needed), (1, 1));
    let text = closed.to_string();
    let head = scene.post("north").desk.head();
    for part in [
        format!("missing are {unseen}"),
        format!("continues size {}, root {}", head.size, head.root),
    ] {
        assert!(text.contains(&part), "{text}");
    }
    scene.must_be_closed("problems/kept");
    // Started anew in the middle of it, it has what it took back, and asks again.
    let (size, signed) = scene.tip();
    assert!(signed < size && size == unseen);
    scene.rig.stop();
    scene.rig.start_asking();
    scene.posts.iter_mut().for_each(|post| post.follow(&scene.rig));
    assert_eq!(scene.tip(), (size, signed));
    for name in ["host", "south", "north"] {
        assert!(scene.sync(name).is_err());
    }
    assert_eq!(scene.closed().missing, [unseen]);
    // A desk that comes late can still bring it.
    scene.sync("aid").unwrap();
    scene.must_agree();
}

#[test]
fn a_host_that_lost_nothing_goes_on_when_its_witness_says_so_and_not_by_an_old_word() {
    let mut scene = Scene::new();
    scene.rig.stop();
    scene.rig.start_asking();
    scene.posts.iter_mut().for_each(|post| post.follow(&scene.rig));
    scene.must_be_closed("problems/kept");
    let token = scene.rig.token(&duty("south"));
    let asked: Recovery = scene.rig.get("/v1/recovery", Some(&token)).json();
    let note = scene.post("north").desk.signed_head().unwrap().clone();
    let text = note.note().claimed_text().to_owned();
    let word = |nonce: &str, signer: &str| {
        let message = last_head_message(SPACE, nonce, &text);
        let signature = base64_of(&key(signer).sign(&message).0);
        let witness = Some(WitnessWord { name: "north.example/desk".into(), signature });
        let last = LastHead { note: note.encode(), challenge: "7".repeat(64), witness };
        serde_json::to_vec(&last).unwrap()
    };
    let nonce = asked.nonce.unwrap();
    let tell =
        |scene: &Scene, body: &[u8]| scene.rig.post("/v1/recovery/head", Some(&token), body).status;
    assert_eq!(tell(&scene, &word(&"0".repeat(64), "witness north")), 400);
    assert_eq!(tell(&scene, &word(&nonce, "another")), 400);
    assert_eq!(tell(&scene, b"{}"), 400);
    let stranger = scene.rig.post("/v1/recovery/head", None, &word(&nonce, "witness north"));
    assert_eq!(stranger.status, 401);
    scene.must_be_closed("problems/kept");
    scene.sync("north").unwrap();
    scene.must_agree();
    let resumed = |entry: &Entry| matches!(entry.what, What::Found(Finding::Resumed { .. }));
    assert!(!scene.rig.all_entries().iter().any(resumed), "there is nothing to say");
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn going_on_alone_is_said_in_the_record_and_to_every_desk() {
    let mut scene = Scene::new();
    scene.rig.stop();
    scene.rig.start();
    scene.posts.iter_mut().for_each(|post| post.follow(&scene.rig));
    scene.must_agree();
    for name in PARTIES {
        let notices = words(scene.post(name).desk.notices());
        assert!(notices.contains("by its operator's decision when 0 of 1"), "{name}: {notices}");
    }
}

#[test]
fn who_goes_on_alone_from_an_old_backup_is_caught_and_stops_when_it_is_told() {
    let mut scene = Scene::new();
    let backup = scene.backup();
    let before = scene.go_on();
    scene.restore(&backup);
    scene.rig.stop();
    scene.rig.start();
    scene.posts.iter_mut().for_each(|post| post.follow(&scene.rig));
    scene.rig.accepted("north", &declare(operation_at(45.0, 38.6), Sharing::Open));
    scene.rig.pass(2);
    let (size, _) = scene.tip();
    assert!(size < before.size + 3);
    let error = scene.sync("south").unwrap_err();
    assert!(matches!(error, DeskError::Caught(_)), "{error}");
    let closed = scene.closed();
    assert!(closed.to_string().starts_with("closed for good"), "{closed}");
    scene.must_be_closed("problems/closed");
    scene.rig.stop();
}

#[test]
fn a_process_whose_space_was_taken_over_neither_signs_nor_takes_in() {
    let mut scene = Scene::new();
    let store = scene.rig.store.clone().unwrap();
    let timing = scene.rig.config.timing;
    let mut other = Space::open(store, SPACE, log_key(), system_entropy(), timing).unwrap();
    other.go_on_alone(scene.rig.now()).unwrap();
    other.checkpoint(scene.rig.now()).unwrap();
    let note = other.published().tip().note;
    let say = declare(operation_at(45.0, 38.6), Sharing::Open);
    let statement = scene.rig.statement("north", &[&duty("north")], &say);
    for _ in 0..3 {
        assert_eq!(scene.rig.send(&statement).status, 503);
        scene.rig.seconds.fetch_add(700, Ordering::SeqCst);
        scene.rig.settle();
    }
    let view = scene.rig.store.as_ref().unwrap().view(SPACE).unwrap();
    assert_eq!(view.latest_checkpoint().unwrap().unwrap().note.as_str(), &*note);
    let shown = scene.rig.host.as_ref().unwrap().published().tip().note;
    let shown = SignedCheckpoint::parse(shown.as_bytes()).unwrap();
    let latest = SignedCheckpoint::parse(note.as_bytes()).unwrap();
    assert!(shown.claimed().size <= latest.claimed().size);
}

#[test]
fn what_was_promised_and_seen_by_nobody_is_filed_again_by_its_authors_desk() {
    let mut scene = Scene::new();
    let backup = scene.backup();
    scene.go_on();
    let say = declare(operation_at(47.0, 38.6), Sharing::Open);
    scene.posts[2].say(&scene.rig, &say);
    scene.rig.pass(2);
    scene.restore(&backup);
    for name in PARTIES {
        // Each gives back what it has; the last one's head lets the host go on.
        let _ = scene.sync(name);
    }
    for name in ["aid", "south", "north"] {
        let _ = scene.sync(name);
    }
    scene.must_agree();
    let said = |scene: &Scene, hash| {
        let is = |entry: &&Entry| matches!(&entry.what, What::Accepted(s) if s.hash == hash);
        scene.rig.all_entries().iter().filter(is).count()
    };
    let waiting = scene.posts[2].desk.queued().next().unwrap().statement;
    assert_eq!(said(&scene, waiting), 0);
    scene.posts[2].send(&scene.rig).unwrap();
    scene.must_agree();
    assert_eq!(said(&scene, waiting), 1);
    assert_eq!(scene.posts[2].desk.queued().count(), 0);
}

#[test]
fn a_new_space_that_continues_a_lost_one_is_compared_with_what_a_desk_saw() {
    let mut scene = Scene::new();
    let middle = scene.post("aid").desk.head();
    scene.go_on();
    let aid = &scene.posts[3].desk;
    let head = aid.head();
    let mut terms = charter();
    terms.space = "deconflict.example/after".into();
    assert!(aid.continued_by(&terms).unwrap_err().to_string().contains("continues no earlier"));
    let lost = "one plan of aid".to_owned();
    terms.continues = Some(Continues { size: middle.size, root: middle.root, lost });
    let words = aid.continued_by(&terms).unwrap();
    let left = format!("leaves out {} later entries", head.size - middle.size);
    assert!(words.contains(&left) && words.contains("one plan of aid"), "{words}");
    terms.continues = Some(Continues { size: middle.size, root: head.root, lost: "".into() });
    assert!(aid.continued_by(&terms).unwrap_err().to_string().contains("not this record"));
    terms.continues = Some(Continues { size: head.size + 1, root: head.root, lost: "".into() });
    assert!(aid.continued_by(&terms).unwrap_err().to_string().contains("has seen"));
}

/// A plan whose outline alone makes a statement of tens of thousands of bytes.
fn long_plan(lat: f64) -> Say {
    const VERTICES: usize = 700;
    let vertex = |i: usize| {
        let (sin, cos) = (i as f64 * std::f64::consts::TAU / VERTICES as f64).sin_cos();
        Place { lat: lat + 0.01 * sin, lon: 38.6 + 0.01 * cos }
    };
    let rings = vec![(0..VERTICES).map(vertex).collect()];
    let mut volume = circle_in(lat, 38.6, 1.0, (6, 8));
    volume.shape = Shape::Polygon { rings, edges: Edges::Geodesic };
    let plan = Operation { name: texts("op"), volumes: vec![volume], contact: None };
    declare(DeclarationContent::Operation(plan), Sharing::ConflictOnly)
}

#[test]
fn what_one_message_cannot_hold_is_given_back_in_several() {
    let mut scene = Scene::new();
    let backup = scene.backup();
    for i in 0..30 {
        scene.rig.accepted("aid", &long_plan(40.0 + f64::from(i)));
    }
    scene.rig.pass(2);
    scene.all_sync();
    let bytes: usize = scene.rig.all_entries().iter().map(|e| format!("{e:?}").len()).sum();
    assert!(bytes > deconflict_api::MAX_LOST_BYTES, "{bytes}");
    scene.restore(&backup);
    for name in ["aid", "host", "south", "north"] {
        let _ = scene.sync(name);
    }
    scene.must_agree();
}

#[test]
fn a_first_start_is_no_finding_and_a_later_one_asks_the_witnesses() {
    let roots: Vec<_> = PARTIES.iter().map(|name| root(name, 0)).collect();
    let mut rig = Rig::idle(Config::default(), Options::default());
    let found = Say::FoundSpace { charter: Box::new(charter()) };
    let statement = rig.statement("host", &roots.iter().collect::<Vec<_>>(), &found);
    let envelope = statement.envelope().encode();
    let path = rig.folder.path().join("first.sqlite");
    let (now, timing) = (rig.now(), rig.config.timing);
    let open = || {
        let store = Store::open(&path).unwrap();
        Space::open(store, SPACE, log_key(), system_entropy(), timing).unwrap()
    };
    let store = Store::create(&path).unwrap();
    drop(Space::found(store, &envelope, log_key(), system_entropy(), timing, now).unwrap());
    let mut first = open();
    let founded = first.published().tip().size;
    assert!(first.begin_serving());
    assert_eq!(first.published().tip().size, founded, "nothing is said of it");
    first.checkpoint(now).unwrap();
    drop(first);
    let mut later = open();
    assert!(!later.begin_serving());
    assert!(later.checkpoint(now).is_err(), "it waits for its witnesses");
}
