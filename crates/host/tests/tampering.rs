//! Hosts that change the record afterwards, show two of them, or put into it what nobody said there: what
//! their own program says, and what a desk's next check and offline verification make of it.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::collections::BTreeSet;

use common::post::{Post, now, story};
use common::*;
use deconflict_api::{Content, read_statement, say_json};
use deconflict_core::*;
use deconflict_desk::{DeskError, HeadComparison};
use deconflict_host::{Space, Timing, system_entropy};
use deconflict_proof::{Charge, Report, Trust, verify};
use deconflict_record::{
    self as record, Hash, SigningKey, StatementId, Tree, commit, leaf_hash, new_tiles, opens,
};
use deconflict_store::Store;
use rusqlite::{Connection, params};

/// A host with a story, its desks, all of which have read it.
struct Scene {
    rig: Rig,
    folder: tempfile::TempDir,
    north: Post,
    south: Post,
}

fn scene() -> Scene {
    let (mut rig, folder) = (Rig::new(), tempfile::tempdir().unwrap());
    let mut north = Post::new(&rig, folder.path(), "north");
    let mut south = Post::new(&rig, folder.path(), "south");
    story(&mut rig, &mut north);
    rig.pass(2);
    north.sync(&rig).unwrap();
    south.sync(&rig).unwrap();
    assert!(north.desk.head().size > 50, "{:?}", north.desk.head());
    assert_eq!(north.desk.head(), south.desk.head());
    Scene { rig, folder, north, south }
}

impl Scene {
    /// Changes the store of the stopped host.
    fn change(&mut self, change: impl FnOnce(&Connection)) {
        if self.rig.host.is_some() {
            self.rig.stop();
        }
        let sql = Connection::open(self.rig.path()).unwrap();
        change(&sql);
        sql.close().unwrap();
    }

    /// What the host's own program says of its store.
    fn refusal(&self) -> String {
        let store = Store::open(&self.rig.path()).unwrap();
        let opened = Space::open(store, SPACE, log_key(), system_entropy(), Timing::default());
        opened.unwrap_err().to_string()
    }

    /// A host that knows what it does: it forgets the heads that it signed, makes the tiles anew, and
    /// signs what it has now.
    fn covers_up(&mut self) {
        self.change(|sql| {
            sql.execute_batch(
                "DELETE FROM cosignature; DELETE FROM checkpoint; DELETE FROM snapshot",
            )
            .unwrap();
            sql.execute("DELETE FROM tile", []).unwrap();
            grow_tiles(sql);
        });
        self.rig.start();
        self.rig.seconds.fetch_add(2, std::sync::atomic::Ordering::SeqCst);
        self.rig.wait("a new head", || {
            let tip = self.rig.host.as_ref().unwrap().published().tip();
            tip.checkpoint_size == tip.size
        });
        self.north.follow(&self.rig);
        self.south.follow(&self.rig);
    }

    /// The same store, run twice: two hosts with one key, each of which goes on by itself.
    fn fork(&mut self) -> Rig {
        self.rig.stop();
        let mut other = Rig::with(self.rig.config.clone(), self.rig.options.clone());
        other.stop();
        std::fs::copy(self.rig.path(), other.path()).unwrap();
        other.continues(&self.rig);
        other.start();
        self.rig.start();
        self.north.follow(&self.rig);
        self.south.follow(&other);
        other
    }

    /// What an offline check makes of all that a new desk reads from this host.
    fn audit(&self, name: &str) -> Result<Report, DeskError> {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap();
        let mut fresh = Post::new(&self.rig, folder.path(), name);
        fresh.sync(&self.rig)?;
        let dossier = folder.path().join("dossier");
        fresh.desk.export(&dossier).unwrap();
        Ok(verify(&dossier, &Trust::default(), &mut |_, _| {}))
    }
}

fn commitments(sql: &Connection) -> Vec<Hash> {
    let mut rows = sql.prepare("SELECT commitment FROM entry ORDER BY idx").unwrap();
    let read = |row: &rusqlite::Row<'_>| row.get::<_, [u8; 32]>(0).map(Hash);
    rows.query_map([], read).unwrap().map(Result::unwrap).collect()
}

fn content(sql: &Connection, index: i64) -> ([u8; 32], Vec<u8>) {
    let row = "SELECT salt, content FROM entry WHERE idx = ?1";
    sql.query_row(row, [index], |row| row.try_into()).unwrap()
}

fn grow_tiles(sql: &Connection) {
    let (mut tree, mut nodes) = (Tree::default(), std::collections::BTreeMap::new());
    for commitment in commitments(sql) {
        tree.append_noting(leaf_hash(&commitment.0), |level, index, hash| {
            nodes.insert((level, index), hash);
        });
    }
    let tiles =
        new_tiles(0, tree.size(), |level, index| nodes.get(&(level, index)).copied().ok_or(()));
    for (tile, hashes) in tiles.unwrap() {
        let record::TileRow::Level(level) = tile.row else { continue };
        sql.execute(
            "INSERT INTO tile (space, level, idx, crc, hashes) VALUES (1, ?1, ?2, ?3, ?4)",
            params![level, tile.index as i64, crc32fast::hash(&hashes), hashes],
        )
        .unwrap();
    }
}

/// The entry of the last statement that a party made and everybody may read.
fn open_entry(scene: &Scene, name: &str) -> i64 {
    let own = |entry: &Entry| match &entry.what {
        What::Accepted(s) => {
            s.party == party(name) && matches!(&s.say, Say::Declare { sharing: Sharing::Open, .. })
        }
        _ => false,
    };
    scene.rig.all_entries().iter().rposition(own).unwrap() as i64
}

/// Another content in an entry's place, with a commitment that fits: it was taken in an hour earlier.
fn replace(sql: &Connection, index: i64) {
    let (salt, bytes) = content(sql, index);
    let text = String::from_utf8(bytes).unwrap();
    let other = text.replacen("\"at\":\"2017-05-18T06:", "\"at\":\"2017-05-18T05:", 1).into_bytes();
    assert_ne!(text.as_bytes(), other);
    sql.execute(
        "UPDATE entry SET content = ?2, commitment = ?3 WHERE idx = ?1",
        params![index, other, commit(&salt, &other).0],
    )
    .unwrap();
}

#[test]
fn a_replaced_content_does_not_open_and_under_a_new_head_it_is_a_second_history() {
    let mut scene = scene();
    let index = open_entry(&scene, "north");
    scene.change(|sql| replace(sql, index));
    let refusal = scene.refusal();
    assert!(refusal.contains("the entries are not those that were signed"), "{refusal}");
    scene.covers_up();
    let exhibit = scene.north.must_catch(&scene.rig, "two histories", "signed two histories");
    assert!(matches!(exhibit.shows, Charge::Fork { .. }));
    // Whoever comes new knows only the second history, until it is shown a head of the first.
    let folder = tempfile::tempdir().unwrap();
    let mut aid = Post::new(&scene.rig, folder.path(), "aid");
    aid.sync(&scene.rig).unwrap();
    let theirs = scene.north.desk.signed_head().unwrap().encode();
    let error = aid.desk.meet(theirs.as_bytes(), now(&scene.rig)).unwrap_err();
    let DeskError::Caught(caught) = error else { panic!("{error}") };
    aid.exhibit(&caught, "two histories");
}

#[test]
fn content_that_its_commitment_does_not_cover_is_refused_by_whoever_reads_it() {
    let mut scene = scene();
    let index = open_entry(&scene, "aid");
    scene.change(|sql| {
        // A snapshot spares the host from reading it again.
        let snapshots: i64 =
            sql.query_row("SELECT count(*) FROM snapshot", [], |r| r.get(0)).unwrap();
        assert!(snapshots > 0, "it closed with one");
        let (_, bytes) = content(sql, index);
        let other = String::from_utf8(bytes).unwrap().replacen("T06:", "T05:", 1).into_bytes();
        sql.execute("UPDATE entry SET content = ?2 WHERE idx = ?1", params![index, other]).unwrap();
    });
    scene.rig.start();
    scene.rig.pass(2);
    let token = scene.rig.token(&duty("south"));
    let reply = scene.rig.get("/v1/given", Some(&token));
    assert_eq!((reply.status, reply.problem().kind.as_str()), (503, "problems/unreadable"));
    assert!(matches!(scene.audit("south"), Err(DeskError::Line(_))));
}

#[test]
fn a_dropped_entry_is_missed_by_the_program_itself_and_by_every_desk_that_saw_its_head() {
    let mut scene = scene();
    let index = open_entry(&scene, "north");
    scene.change(|sql| {
        let shift = |table: &str, column: &str| {
            for by in [1_000_000i64, -1_000_001] {
                let past = if by > 0 { index } else { 999_999 };
                let text = format!(
                    "UPDATE {table} SET {column} = {column} + {by} WHERE {column} > {past}"
                );
                sql.execute(&text, []).unwrap();
            }
        };
        sql.execute("DELETE FROM given WHERE entry = ?1", [index]).unwrap();
        sql.execute("DELETE FROM entry WHERE idx = ?1", [index]).unwrap();
        shift("entry", "idx");
        sql.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
        shift("given", "cause");
        shift("given", "entry");
        sql.execute("UPDATE space SET size = size - 1", []).unwrap();
        sum_up(sql);
    });
    let refusal = scene.refusal();
    assert!(refusal.contains("the entries are not those that were signed"), "{refusal}");
    scene.covers_up();
    for post in [&mut scene.north, &mut scene.south] {
        post.must_catch(&scene.rig, "two histories", "signed two histories");
    }
}

#[test]
fn two_entries_in_another_order_are_a_second_history() {
    let mut scene = scene();
    let first = open_entry(&scene, "aid");
    scene.change(|sql| {
        for (from, to) in [(first, 1_000_000), (first - 1, first), (1_000_000, first - 1)] {
            sql.execute("UPDATE entry SET idx = ?2 WHERE idx = ?1", [from, to]).unwrap();
        }
    });
    let refusal = scene.refusal();
    assert!(refusal.contains("the entries are not those that were signed"), "{refusal}");
    scene.covers_up();
    scene.north.must_catch(&scene.rig, "two histories", "signed two histories");
}

#[test]
fn who_will_not_show_the_nodes_between_its_two_heads_is_caught_and_only_the_word_of_the_desk_says_it()
 {
    // Two signed heads of different sizes contradict one another only by nodes that lead from one to the
    // other. A host that gives none leaves a consistency proof that fails, which anybody can make up
    // under two honest heads: no evidence by nature. The exhibit says whose word it is.
    let mut scene = scene();
    let index = open_entry(&scene, "north");
    scene.change(|sql| replace(sql, index));
    scene.covers_up();
    let running = Connection::open(scene.rig.path()).unwrap();
    running.execute("DELETE FROM tile", []).unwrap();
    let exhibit = scene.south.must_catch(
        &scene.rig,
        "the entries that it serves lead to",
        "by the word of who shows this",
    );
    assert!(matches!(exhibit.shows, Charge::Commitments { .. }));
    // The desks' heads of one size and the host's new one are evidence as soon as sizes meet.
    assert!(scene.north.sync(&scene.rig).is_err());
}

#[test]
fn halves_of_a_fork_meet_by_a_cosignature() {
    let mut scene = scene();
    let mut other = scene.fork();
    scene.rig.accepted("aid", &declare(operation_at(41.0, 38.6), Sharing::Open));
    other.accepted("aid", &declare(operation_at(42.0, 38.6), Sharing::Open));
    scene.rig.pass(2);
    other.pass(2);
    assert!(scene.north.sync(&scene.rig).unwrap().cosigned);
    scene.south.sync(&other).unwrap();
    // The head of one half with north's cosignature, shown to a desk of the other half.
    let cosigned = scene.north.desk.signed_head().unwrap().encode();
    assert!(cosigned.contains("— north.example/desk "), "{cosigned}");
    let error = scene.south.desk.meet(cosigned.as_bytes(), now(&other)).unwrap_err();
    let DeskError::Caught(caught) = error else { panic!("{error}") };
    scene.south.exhibit(&caught, "two histories");
    // The other half, brought to the witness for its cosignature, gets none.
    scene.north.follow(&other);
    let Err(DeskError::Caught(caught)) = scene.north.sync(&other) else { panic!("not caught") };
    scene.north.exhibit(&caught, "two histories");
    let shown = other.get("/checkpoint", Some(&other.token(&duty("aid")))).body;
    assert!(!String::from_utf8(shown).unwrap().contains("— north.example/desk "));
}

#[test]
fn halves_of_a_fork_meet_by_what_a_statement_says_its_author_had_seen() {
    let mut scene = scene();
    let mut other = scene.fork();
    for lat in [41.0, 41.5] {
        scene.rig.accepted("aid", &declare(operation_at(lat, 38.6), Sharing::Open));
    }
    other.accepted("aid", &declare(operation_at(42.0, 38.6), Sharing::Open));
    scene.rig.pass(2);
    other.pass(2);
    scene.south.sync(&other).unwrap();
    // South has seen the head of its half; what it says next is carried into the other half.
    scene.south.follow(&scene.rig);
    scene.south.say(&scene.rig, &declare(operation_at(43.0, 38.6), Sharing::Open));
    scene.rig.pass(2);
    scene.north.sync(&scene.rig).unwrap();
    let notice = words(scene.north.desk.notices());
    assert!(notice.contains("forked") && notice.contains("`south`"), "{notice}");
    // Anybody can sign any number: by itself that proves nothing. The signed head, which south has, does.
    let theirs = scene.south.desk.signed_head().unwrap().encode();
    let error = scene.north.desk.meet(theirs.as_bytes(), now(&scene.rig)).unwrap_err();
    let DeskError::Caught(caught) = error else { panic!("{error}") };
    scene.north.exhibit(&caught, "two histories");
}

#[test]
fn halves_of_a_fork_meet_by_heads_read_out() {
    let mut scene = scene();
    let mut other = scene.fork();
    scene.rig.accepted("aid", &declare(operation_at(41.0, 38.6), Sharing::Open));
    other.accepted("aid", &declare(operation_at(42.0, 38.6), Sharing::Open));
    scene.rig.pass(2);
    other.pass(2);
    scene.north.sync(&scene.rig).unwrap();
    scene.south.sync(&other).unwrap();
    let read_out = scene.north.desk.spoken_head().unwrap();
    assert_eq!(scene.south.desk.compare_spoken(&read_out).unwrap(), HeadComparison::Fork);
    // Digits prove nothing to others; the signed head that they ask for does.
    let theirs = scene.north.desk.signed_head().unwrap().encode();
    let error = scene.south.desk.meet(theirs.as_bytes(), now(&other)).unwrap_err();
    let DeskError::Caught(caught) = error else { panic!("{error}") };
    scene.south.exhibit(&caught, "two histories");
}

/// A statement of aid's as its next one, with this header changed.
fn aids(rig: &mut Rig, change: impl FnOnce(&mut record::Header)) -> record::SignedStatement {
    let say = declare(operation_at(44.0, 38.6), Sharing::Open);
    let honest = rig.statement("aid", &[&duty("aid")], &say);
    let mut header = honest.claimed_header().clone();
    change(&mut header);
    record::SignedStatement::sign(header, &say_json(&say).unwrap(), &duty("aid")).unwrap()
}

/// Puts an entry at the end of the record, given to two parties, whatever an honest host would say.
fn slip_in(sql: &Connection, statement: &record::SignedStatement, at: Time) -> i64 {
    let what = What::Accepted(Box::new(read_statement(statement).unwrap()));
    let envelope = Some(statement.envelope().clone());
    let bytes = Content { entry: Entry { at, what }, envelope }.encode().unwrap();
    let salt = leaf_hash(b"salt").0;
    let commitment = commit(&salt, &bytes);
    assert!(opens(&commitment, &salt, &bytes));
    let index = commitments(sql).len() as i64;
    sql.execute(
        "INSERT INTO entry (space, idx, commitment, salt, content) VALUES (1, ?1, ?2, ?3, ?4)",
        params![index, commitment.0, salt, bytes],
    )
    .unwrap();
    sql.execute("UPDATE space SET size = size + 1", []).unwrap();
    for name in ["north", "south"] {
        give(sql, name, index);
    }
    index
}

/// As the store does it, checksums and all.
fn give(sql: &Connection, name: &str, index: i64) {
    let row = "SELECT id, given FROM reader WHERE name = ?1";
    let (id, given): (i64, i64) = sql.query_row(row, [name], |row| row.try_into()).unwrap();
    let crc = crc32fast::hash(&[id, index, 0, index, given].map(i64::to_be_bytes).concat());
    sql.execute(
        "INSERT INTO given (space, reader, cause, position, entry, nth, crc)
         VALUES (1, ?1, ?2, 0, ?2, ?3, ?4)",
        params![id, index, given, crc],
    )
    .unwrap();
    let crc = crc32fast::hash(format!("{} {name}", given + 1).as_bytes());
    sql.execute("UPDATE reader SET given = given + 1, crc = ?2 WHERE id = ?1", params![id, crc])
        .unwrap();
}

/// Numbers and sums up anew what is left of who was given what.
fn sum_up(sql: &Connection) {
    let mut readers = sql.prepare("SELECT id, name FROM reader").unwrap();
    let readers = readers.query_map([], |row| row.try_into()).unwrap();
    let readers: Vec<(i64, String)> = readers.map(Result::unwrap).collect();
    for (id, name) in readers {
        let mut rows = sql
            .prepare("SELECT cause, position, entry FROM given WHERE reader = ?1 ORDER BY 1, 2")
            .unwrap();
        let rows = rows.query_map([id], |row| row.try_into()).unwrap();
        let rows: Vec<(i64, i64, i64)> = rows.map(Result::unwrap).collect();
        for (nth, (cause, at, entry)) in rows.iter().enumerate() {
            let row = [id, *cause, *at, *entry, nth as i64];
            let crc = crc32fast::hash(&row.map(i64::to_be_bytes).concat());
            sql.execute(
                "UPDATE given SET nth = ?4, crc = ?5 WHERE reader = ?1 AND cause = ?2 AND position = ?3",
                params![id, cause, at, nth as i64, crc],
            )
            .unwrap();
        }
        let crc = crc32fast::hash(format!("{} {name}", rows.len()).as_bytes());
        let count = rows.len() as i64;
        sql.execute(
            "UPDATE reader SET given = ?2, crc = ?3 WHERE id = ?1",
            params![id, count, crc],
        )
        .unwrap();
    }
}

#[test]
fn a_statement_replayed_into_another_space_is_refused_and_logged_all_the_same_it_is_evidence() {
    let mut scene = scene();
    let replayed = aids(&mut scene.rig, |header| header.space = "elsewhere.example/x".into());
    let problem = scene.rig.send(&replayed).problem();
    assert!(problem.detail.contains("is for the space elsewhere.example/x"), "{problem:?}");
    let at = scene.rig.now();
    scene.change(|sql| {
        slip_in(sql, &replayed, at);
    });
    scene.covers_up();
    let exhibit = scene.north.must_catch(&scene.rig, "elsewhere.example/x", "is false");
    assert!(matches!(exhibit.shows, Charge::Entry { .. }));
    assert!(matches!(scene.audit("south"), Err(DeskError::Caught(_))));
}

#[test]
fn an_entry_back_dated_by_the_hosts_own_clock_is_noticed_and_proven_with_its_neighbours() {
    let mut scene = scene();
    let statement = aids(&mut scene.rig, |header| header.id = StatementId([7; 16]));
    let yesterday = scene.rig.now().after_seconds(-24 * 3_600);
    let mut index = 0;
    scene.change(|sql| index = slip_in(sql, &statement, yesterday));
    // No head is forgotten: to this record nothing was done but that an entry was added.
    scene.rig.start();
    scene.north.follow(&scene.rig);
    scene.rig.pass(2);
    scene.north.sync(&scene.rig).unwrap();
    let notice = words(scene.north.desk.notices());
    let told = format!("entry {index} was taken in before");
    assert!(notice.contains(&told), "{notice}");
    // Times are the host's word, and its clock may have been set back: that is for it to explain, and no
    // proof of a lie. That it signed these times in this order is proven to whoever knows its key.
    let dossier = scene.folder.path().join("back-dated");
    let neighbours = north_has(&scene, index as u64);
    scene.north.desk.prove(&dossier, &neighbours).unwrap();
    let trust = Trust { log: Some(log().to_string()), ..Trust::default() };
    let report = verify(&dossier, &trust, &mut |_, _| {});
    assert!(report.is_sound(), "{report}");
    let report = report.told_by(&deconflict_words::Language::default());
    assert!(report.contains(&told), "{report}");
}

/// An entry and the last one before it that north was given.
fn north_has(scene: &Scene, index: u64) -> BTreeSet<u64> {
    let given = scene.rig.given(&scene.rig.token(&duty("north")));
    let before = given.iter().map(|one| one.index).filter(|one| *one < index).max().unwrap();
    [before, index].into()
}

#[test]
fn a_statement_put_before_what_its_author_had_seen_is_noticed_and_the_authors_head_is_evidence() {
    let mut scene = scene();
    let mut other = scene.fork();
    // One half runs ahead; south has read it, and signs with its head as the one seen.
    for lat in [42.0, 42.5, 43.0, 43.5] {
        other.accepted("aid", &declare(operation_at(lat, 38.6), Sharing::Open));
    }
    other.pass(2);
    scene.south.sync(&other).unwrap();
    // In the other half it stands where that head had not come yet.
    scene.south.follow(&scene.rig);
    scene.south.say(&scene.rig, &declare(operation_at(44.0, 38.6), Sharing::Open));
    scene.rig.pass(2);
    scene.north.sync(&scene.rig).unwrap();
    let notice = words(scene.north.desk.notices());
    assert!(notice.contains("back-dated") && notice.contains("`south`"), "{notice}");
    for lat in [41.0, 41.5, 45.0, 45.5] {
        scene.rig.accepted("aid", &declare(operation_at(lat, 38.6), Sharing::Open));
    }
    scene.rig.pass(2);
    scene.north.sync(&scene.rig).unwrap();
    let theirs = scene.south.desk.signed_head().unwrap().encode();
    let error = scene.north.desk.meet(theirs.as_bytes(), now(&scene.rig)).unwrap_err();
    let DeskError::Caught(caught) = error else { panic!("{error}") };
    scene.north.exhibit(&caught, "two histories");
}

#[test]
fn a_statement_that_a_revoked_or_foreign_key_signed_is_evidence_under_the_hosts_head() {
    let mut scene = scene();
    let say = declare(operation_at(44.0, 38.6), Sharing::Open);
    let mut header = scene.rig.statement("aid", &[&duty("aid")], &say).claimed_header().clone();
    let stranger: SigningKey = key("stranger");
    (header.key, header.seq, header.prev) = (stranger.verifying_key().id(), 1, None);
    let forged =
        record::SignedStatement::sign(header, &say_json(&say).unwrap(), &stranger).unwrap();
    let at = scene.rig.now();
    scene.change(|sql| {
        slip_in(sql, &forged, at);
    });
    scene.covers_up();
    scene.north.must_catch(&scene.rig, "was not enrolled", "is false");
}
