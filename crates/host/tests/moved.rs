//! A record that moves from one host to another, over HTTP with real desks.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use common::post::Post;
use common::*;
use deconflict_api::{AboutSpace, CosignatureLine, FilingAnswer, GivenCursor, GivenPage};
use deconflict_core::*;
use deconflict_desk::{Desk, DeskError, HttpLine, Keys, Line, LineError};
use deconflict_host::{Config, Move, Server, Space, SpaceError, system_entropy};
use deconflict_proof::{Exhibit, FormerHostHead, Notice, Report, Trust, verify};
use deconflict_record::{Checkpoint, Head, KeyId, KeyUse, SigningKey, Tile, Vkey, leaf_hash};
use deconflict_store::Store;
use tempfile::TempDir;

struct Scene {
    rig: Rig,
    folder: TempDir,
    posts: Vec<Post>,
}

impl Scene {
    fn new() -> Scene {
        let (rig, folder) = (Rig::new(), tempfile::tempdir().unwrap());
        let posts = PARTIES.iter().map(|name| Post::new(&rig, folder.path(), name)).collect();
        let mut scene = Scene { rig, folder, posts };
        scene.rig.accepted("north", &declare(operation_at(34.5, 38.6), Sharing::Open));
        scene.rig.accepted("south", &declare(operation_at(34.5, 38.6), Sharing::ConflictOnly));
        scene.rig.pass(2);
        for name in PARTIES {
            scene.sync(name).unwrap();
        }
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

    fn say(&mut self, name: &str, lat: f64) {
        let place = PARTIES.iter().position(|known| *known == name).unwrap();
        let say = declare(operation_at(lat, 38.6), Sharing::Open);
        self.posts[place].say(&self.rig, &say);
    }

    fn copy(&self) -> PathBuf {
        let copy = self.folder.path().join("copy.sqlite");
        self.rig.store.as_ref().unwrap().backup_to(&copy, |_| {}).unwrap();
        copy
    }

    fn serve(&self, space: Space) -> Server {
        Server::start(space, &Config::default(), self.rig.clock(), system_entropy()).unwrap()
    }

    fn point_to(&mut self, name: &str, host: &Server) {
        let line = HttpLine::new(&format!("http://{}", host.address()), None).unwrap();
        self.post(name).line = line;
    }

    /// Lets time pass until the new host has signed everything.
    fn pass(&self, host: &Server) {
        self.rig.seconds.fetch_add(2, Ordering::SeqCst);
        self.rig.wait("a head over every entry", || {
            let tip = host.published().tip();
            tip.size == tip.checkpoint_size
        });
    }

    fn export(&mut self, name: &str, trust: &Trust) -> Report {
        let dir = tempfile::tempdir().unwrap();
        self.post(name).desk.export(dir.path()).unwrap();
        verify(dir.path(), trust, &mut |_, _| {})
    }
}

fn later() -> Vkey {
    Vkey::new(SPACE, KeyUse::Log, key("later log").verifying_key()).unwrap()
}

fn moving(from: Head) -> Say {
    let host = deconflict_core::Host { party: party("aid"), key: key("later log").verifying_key() };
    Say::MoveHost { host, from }
}

fn roots() -> Vec<SigningKey> {
    PARTIES.iter().map(|name| root(name, 0)).collect()
}

fn signed_head(size: u64, by: &SigningKey) -> String {
    let root = leaf_hash(b"another history");
    let head = Checkpoint { origin: SPACE.into(), size, root, extensions: vec![] };
    head.sign(by).unwrap().encode()
}

/// The old host logs the statement, and the new one goes on from a copy.
fn handed_over() -> (Scene, Server) {
    let mut scene = Scene::new();
    let from = scene.post("north").desk.head();
    let (roots, wrong) = (roots(), Head { root: leaf_hash(b"x"), ..from });
    let signers: Vec<&SigningKey> = roots.iter().collect();
    let astray = scene.rig.statement("host", &signers, &moving(wrong));
    assert_eq!(scene.rig.send(&astray).status, 400);
    let filed = scene.rig.filed("host", &signers, &moving(from));
    assert_eq!(filed.outcome, deconflict_api::FilingOutcome::Accepted, "{filed:?}");
    let tip = scene.rig.host.as_ref().unwrap().published().tip();
    assert_eq!((tip.size, tip.checkpoint_size), (filed.index + 1, filed.index + 1));
    let store = Store::open(&scene.copy()).unwrap();
    let timing = scene.rig.config.timing;
    let space = Space::open(store, SPACE, key("later log"), system_entropy(), timing).unwrap();
    let host = scene.serve(space);
    (scene, host)
}

/// Whether a desk says that a former host signed another history than the record's.
fn is_another_history(error: &DeskError) -> bool {
    let DeskError::FormerHost(notice) = error else { return false };
    matches!(**notice, Notice::FormerHostSigned { head: FormerHostHead::Fork { .. }, .. })
}

#[test]
fn the_old_host_signs_one_last_head_and_names_the_new_one_to_whoever_files() {
    let (mut scene, _host) = handed_over();
    let tip = scene.rig.host.as_ref().unwrap().published().tip();
    let say = declare(operation_at(45.0, 38.6), Sharing::Open);
    let statement = scene.rig.statement("north", &[&duty("north")], &say);
    let refuses = |scene: &Scene| {
        let reply = scene.rig.send(&statement);
        let problem = reply.problem();
        assert_eq!((reply.status, problem.kind.as_str()), (410, "problems/moved"));
        assert!(problem.detail.contains("`aid`"), "{problem:?}");
        assert!(problem.detail.contains(&later().to_string()), "{problem:?}");
        assert_eq!(scene.rig.get("/health", None).body, br#"{"up":true,"writable":false}"#);
    };
    refuses(&scene);
    scene.rig.seconds.fetch_add(3_600, Ordering::SeqCst);
    scene.rig.settle();
    assert_eq!(scene.rig.host.as_ref().unwrap().published().tip(), tip);
    assert_eq!(scene.sync("south").unwrap(), tip.size);
    let notices = words(scene.post("south").desk.notices());
    assert!(notices.contains("point this desk to that host"), "{notices}");
    // Started again it serves what it has, and still signs nothing.
    scene.rig.stop();
    scene.rig.start();
    refuses(&scene);
    assert_eq!(scene.rig.host.as_ref().unwrap().published().tip(), tip);
}

#[test]
fn desks_follow_to_the_new_host_and_what_they_export_is_verified_across_the_move() {
    let (mut scene, host) = handed_over();
    for name in ["north", "south"] {
        scene.sync(name).unwrap();
    }
    for name in PARTIES {
        scene.point_to(name, &host);
    }
    let about: AboutSpace = {
        let url = format!("http://{}/v1/space", host.address());
        let answer = scene.rig.agent.get(url).call().unwrap().into_body().read_to_vec().unwrap();
        serde_json::from_slice(&answer).unwrap()
    };
    assert_eq!((about.vkey, about.began), (later().to_string(), Some(log().to_string())));
    // The witness first: the new host asks too before it signs.
    scene.sync("north").unwrap();
    scene.say("south", 50.0);
    scene.say("north", 50.0);
    scene.pass(&host);
    let size = host.published().tip().size;
    for name in PARTIES {
        // Those who had not read of the move at the old host learn it from the record itself.
        assert_eq!(scene.sync(name).unwrap(), size, "{name}");
        let view = scene.post(name).desk.view();
        assert_eq!(view.former.len(), 1, "{name}");
        assert_eq!(view.charter.as_ref().unwrap().host.party, party("aid"));
    }
    for known in [log().to_string(), later().to_string()] {
        let trust = Trust { log: Some(known), ..Trust::default() };
        let report = scene.export("south", &trust);
        assert!(report.is_sound(), "{report}");
        assert_eq!(report.log, later().to_string());
        assert!(
            report.to_string().contains("moved the record from the host of `host`"),
            "{report}"
        );
        assert!(report.quorum, "{report}");
    }
    let stranger = Vkey::new(SPACE, KeyUse::Log, key("stranger").verifying_key()).unwrap();
    let trust = Trust { log: Some(stranger.to_string()), ..Trust::default() };
    assert!(!scene.export("south", &trust).is_sound());
    let dir = tempfile::tempdir().unwrap();
    scene.post("south").desk.prove(dir.path(), &[size - 2].into()).unwrap();
    let report = verify(dir.path(), &Trust::default(), &mut |_, _| {});
    assert!(report.is_sound(), "{report}");
}

#[test]
fn a_former_host_that_signs_on_is_shown_up_and_the_record_goes_on() {
    let (mut scene, host) = handed_over();
    for name in PARTIES {
        scene.sync(name).unwrap();
        scene.point_to(name, &host);
    }
    scene.sync("north").unwrap();
    scene.say("south", 50.0);
    scene.pass(&host);
    let size = scene.sync("south").unwrap();
    let now = common::post::now(&scene.rig);
    let south = &mut scene.posts[2].desk;
    let error = south.meet(signed_head(size, &log_key()).as_bytes(), now).unwrap_err();
    assert!(is_another_history(&error), "{error}");
    assert_eq!(south.caught(), None);
    let file = scene.folder.path().join("south").join(format!("former-host-{size}.json"));
    let exhibit = Exhibit::parse(&std::fs::read(file).unwrap()).unwrap();
    let proven = exhibit.verify_by(&[&log(), &later()]).unwrap().to_string();
    assert!(proven.contains("signed two histories"), "{proven}");
    assert!(exhibit.verify_by(&[&log()]).is_err(), "one of the heads is by the other key");
    let beyond = signed_head(size + 9, &log_key());
    let error = scene.posts[2].desk.meet(beyond.as_bytes(), now).unwrap_err();
    let DeskError::FormerHost(notice) = error else { panic!("{error}") };
    let ahead = FormerHostHead::Ahead;
    assert_eq!(*notice, Notice::FormerHostSigned { size: size + 9, head: ahead });
    scene.say("south", 51.0);
    scene.pass(&host);
    scene.sync("south").unwrap();
    // The new host has no such excuse.
    let size = scene.posts[2].desk.head().size;
    let forked = signed_head(size, &key("later log"));
    let error = scene.posts[2].desk.meet(forked.as_bytes(), now).unwrap_err();
    assert!(matches!(error, DeskError::Caught(_)), "{error}");
}

/// The old host does not cooperate: what the new one begins from.
struct Deserted {
    scene: Scene,
    copy: Store,
    from: Head,
    note: String,
}

fn deserted() -> Deserted {
    let mut scene = Scene::new();
    let desk = &scene.post("north").desk;
    let (from, note) = (desk.head(), desk.signed_head().unwrap().encode());
    // It goes on for south alone.
    scene.rig.accepted("south", &declare(operation_at(60.0, 38.6), Sharing::Open));
    scene.rig.pass(2);
    scene.sync("south").unwrap();
    let copy = Store::open(&scene.copy()).unwrap();
    Deserted { scene, copy, from, note }
}

impl Deserted {
    fn take_over(
        &mut self,
        file: &str,
        signers: &[&SigningKey],
        say: &Say,
        note: &str,
        by: &str,
    ) -> Result<Space, SpaceError> {
        let statement = self.scene.rig.statement("host", signers, say).envelope().encode();
        let store = Store::create(&self.scene.folder.path().join(file)).unwrap();
        let moved = Move { statement: &statement, head: note.as_bytes() };
        let timing = self.scene.rig.config.timing;
        let now = self.scene.rig.now();
        Space::take_over(&self.copy, store, moved, key(by), system_entropy(), timing, now)
    }
}

#[test]
fn a_quorum_moves_the_record_from_a_host_that_does_not_hand_it_over() {
    let mut deserted = deserted();
    let (roots, from, note) = (roots(), deserted.from, deserted.note.clone());
    let signers: Vec<&SigningKey> = roots.iter().collect();
    let space =
        deserted.take_over("new.sqlite", &signers, &moving(from), &note, "later log").unwrap();
    let tip = space.published().tip();
    assert_eq!((tip.size, tip.checkpoint_size), (from.size + 1, from.size + 1));
    let mut scene = deserted.scene;
    let host = scene.serve(space);
    for name in PARTIES {
        scene.point_to(name, &host);
    }
    for name in ["north", "aid", "host"] {
        assert!(scene.sync(name).unwrap() > from.size, "{name}");
        assert_eq!(scene.post(name).desk.view().former.len(), 1, "{name}");
    }
    scene.say("aid", 50.0);
    scene.pass(&host);
    let size = scene.sync("north").unwrap();
    assert!(scene.export("north", &Trust::default()).is_sound());
    // South saw more of the old host's history than the quorum: its desk says so and stays as it is.
    let error = scene.sync("south").unwrap_err();
    assert!(error.to_string().contains("not signed by a key that this desk knows"), "{error}");
    assert_eq!(scene.post("south").desk.caught(), None);
    let theirs = scene.post("south").desk.signed_head().unwrap().encode();
    let now = common::post::now(&scene.rig);
    assert!(scene.post("south").desk.head().size <= size);
    let error = scene.posts[1].desk.meet(theirs.as_bytes(), now).unwrap_err();
    assert!(is_another_history(&error), "{error}");
    assert_eq!(scene.post("north").desk.caught(), None);
    // A desk that begins anew reads the whole record, with the keys of both hosts.
    let fresh = tempfile::tempdir().unwrap();
    let mut again = Post::new(&scene.rig, fresh.path(), "south");
    again.line = HttpLine::new(&format!("http://{}", host.address()), None).unwrap();
    assert_eq!(again.sync(&scene.rig).unwrap().size, size);
    assert_eq!(again.desk.view().former.len(), 1);
}

/// A line that breaks after so many answers about what was given.
struct Breaking<'a> {
    line: &'a mut HttpLine,
    left: usize,
}

impl Line for Breaking<'_> {
    fn about(&mut self) -> Result<AboutSpace, LineError> {
        self.line.about()
    }

    fn prove_to(&mut self, log: &KeyId) {
        self.line.prove_to(log);
    }

    fn session(&mut self, space: &str, key: &SigningKey) -> Result<(), LineError> {
        self.line.session(space, key)
    }

    fn file(&mut self, envelope: &[u8]) -> Result<FilingAnswer, LineError> {
        self.line.file(envelope)
    }

    fn given(&mut self, from: GivenCursor, limit: usize) -> Result<GivenPage, LineError> {
        let left = self.left.checked_sub(1).ok_or_else(|| LineError::Down("in a test".into()))?;
        self.left = left;
        self.line.given(from, limit)
    }

    fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, LineError> {
        self.line.tile(tile)
    }

    fn checkpoint(&mut self) -> Result<Vec<u8>, LineError> {
        self.line.checkpoint()
    }

    fn cosign(&mut self, cosigned: &CosignatureLine) -> Result<(), LineError> {
        self.line.cosign(cosigned)
    }
}

#[test]
fn a_desk_that_is_cut_off_while_it_follows_goes_on_from_where_it_was() {
    let mut deserted = deserted();
    let (roots, from, note) = (roots(), deserted.from, deserted.note.clone());
    let signers: Vec<&SigningKey> = roots.iter().collect();
    let space =
        deserted.take_over("new.sqlite", &signers, &moving(from), &note, "later log").unwrap();
    let mut scene = deserted.scene;
    let host = scene.serve(space);
    scene.point_to("aid", &host);
    let now = common::post::now(&scene.rig);
    for left in [0, 1] {
        let Post { desk, line, duty, .. } = scene.post("aid");
        let keys = Keys { session: duty, witness: None };
        let error = desk.sync(&mut Breaking { line, left }, &keys, now).unwrap_err();
        assert!(matches!(error, DeskError::Line(LineError::Down(_))), "{error}");
        // It takes the head in only once the record has shown it whose it is.
        assert_eq!(desk.head().size > from.size, left == 1);
        assert_eq!(desk.view().former.len(), 0);
    }
    let place = scene
        .posts
        .iter()
        .position(|post| post.duty.verifying_key() == duty("aid").verifying_key());
    let Post { desk, line, dir, duty, witness } = scene.posts.remove(place.unwrap());
    drop(desk);
    let desk = Desk::open(&scene.folder.path().join("aid")).unwrap();
    scene.posts.push(Post { desk, line, dir, duty, witness });
    assert!(scene.sync("aid").unwrap() > from.size);
    assert_eq!(scene.post("aid").desk.view().former.len(), 1);
}

#[test]
fn nobody_takes_a_record_over_without_consent_witnesses_and_the_named_key() {
    let mut deserted = deserted();
    let (roots, from, note) = (roots(), deserted.from, deserted.note.clone());
    let signers: Vec<&SigningKey> = roots.iter().collect();
    let bare = {
        let end = note.match_indices('\n').nth(4).unwrap().0;
        note[..=end].to_owned()
    };
    let wrong = Head { size: from.size - 1, ..from };
    let by = "later log";
    let error = deserted.take_over("1", &signers[..3], &moving(from), &note, by).unwrap_err();
    let few = matches!(error, SpaceError::MoveRefused(Refusal::Consent { needed: 4, .. }));
    assert!(few, "{error}");
    for (file, signers, say, note, by, fault) in [
        ("2", &signers[..], moving(from), &bare, by, "0 witnesses countersigned the head"),
        ("3", &signers[..], moving(wrong), &note, by, "names another head"),
        ("4", &signers[..], moving(from), &note, "host log", "names another key"),
        ("5", &signers[..1], Say::Resume {}, &note, by, "says something else"),
    ] {
        let error = deserted.take_over(file, signers, &say, note, by).unwrap_err().to_string();
        assert!(error.contains(fault), "{file}: {error}");
    }
}
