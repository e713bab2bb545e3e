//! A space of four parties, told over HTTP, and what each of them was given of it.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::*;
use deconflict_api::{AboutSpace, FilingAnswer};
use deconflict_core::*;
use deconflict_record::{
    BatchPlace, Hash, Promise, SignedCheckpoint, Vkey, bundle, leaf_hash, node_from_tiles, root_of,
    verify_inclusion,
};

fn check_views(rig: &Rig) {
    let all = replayed(&rig.all_entries());
    for name in PARTIES {
        let given = rig.given(&rig.token(&duty(name)));
        assert_eq!(folded(name, &given), all.project(&party(name)), "{name}");
    }
}

#[test]
fn a_zone_is_agreed_operations_conflict_and_each_party_is_given_what_it_may_see() {
    let mut rig = Rig::new();
    let zone_of =
        |radius| DeclarationContent::Zone(zone(33.5, 38.6, radius, &["south", "aid"], &["south"]));
    let (v1, _) = rig.accepted("north", &declare(zone_of(55_000.0), Sharing::ConflictOnly));
    let id = DeclarationId(v1.0);
    let (point, own_text) = ("radius".to_owned(), "30 km at the most".to_owned());
    rig.accepted("south", &Say::Dispute { zone: id, version: v1, point, own_text });
    let (v2, _) = rig.accepted("north", &amend(v1, v1, zone_of(30_000.0), Sharing::ConflictOnly));
    let refusal = rig.refused("south", &Say::Agree { zone: id, version: v1 });
    assert_eq!(refusal, Refusal::Superseded { present: v2 });
    rig.accepted("south", &Say::Agree { zone: id, version: v2 });
    let hidden = rig.refused("host", &Say::Agree { zone: id, version: v2 });
    assert_eq!(hidden, Refusal::Unknown { what: Referent::Declaration(id) });
    check_views(&rig);

    let (_, alone) =
        rig.conflicts("north", &declare(operation_at(34.5, 38.6), Sharing::ConflictOnly));
    assert_eq!(alone, [""; 0]);
    rig.accepted("aid", &declare(operation_at(35.5, 38.6), Sharing::Open));
    let (mine, told) =
        rig.conflicts("south", &declare(operation_at(34.5, 38.6), Sharing::ConflictOnly));
    let entries = rig.all_entries();
    let is_mine = |e: &Entry| matches!(&e.what, What::Accepted(said) if Version(said.hash) == mine);
    let at = entries.iter().position(is_mine).unwrap() as u64;
    let state = replayed(&entries);
    let (conflict, found) = state.conflicts.iter().next().unwrap();
    assert_eq!(found.state(), ConflictState::Open);
    assert_eq!(told, [conflict.to_string()]);
    for name in ["north", "south", "host", "aid"] {
        let given = rig.given(&rig.token(&duty(name)));
        let knows = folded(name, &given).conflicts.contains_key(conflict);
        assert_eq!(knows, name != "aid", "{name}");
        let plan = given.iter().any(|one| one.index == at);
        assert_eq!(plan, name == "south", "{name} must not read the other's plan");
    }
    rig.accepted("host", &Say::Own { conflict: *conflict });
    rig.accepted("north", &Say::Contact { conflict: *conflict, means: "line".into() });
    rig.pass(5);
    rig.accepted("south", &amend(mine, mine, operation_at(36.5, 38.6), Sharing::ConflictOnly));
    rig.pass(5);
    let state = replayed(&rig.all_entries());
    assert_eq!(state.conflicts[conflict].state(), ConflictState::Resolved);
    assert!(state.unsealed.is_empty(), "a head covers the disclosures");
    check_views(&rig);
}

#[test]
fn time_passes_into_the_record_by_itself() {
    let mut rig = Rig::new();
    rig.accepted("north", &declare(operation_at(34.5, 38.6), Sharing::ConflictOnly));
    rig.accepted("south", &declare(operation_at(34.5, 38.6), Sharing::ConflictOnly));
    rig.pass(24 * 3_600);
    let state = replayed(&rig.all_entries());
    let conflict = state.conflicts.values().next().unwrap();
    assert_eq!(conflict.state(), ConflictState::Expired);
    assert!(conflict.contact_overdue);
    check_views(&rig);
}

#[test]
fn the_disclosures_under_a_head_can_be_opened_with_what_the_host_keeps() {
    let mut rig = Rig::new();
    let named = Sharing::Named([party("south")].into());
    let (version, _) = rig.accepted("north", &declare(operation_at(34.5, 38.6), named));
    rig.pass(2);
    let roots =
        rig.all_entries().into_iter().zip(0u64..).filter_map(|(entry, index)| match entry.what {
            What::Found(Finding::Disclosures { root, .. }) => Some((index, root)),
            _ => None,
        });
    let (index, root) = roots.last().unwrap();
    let view = rig.store.as_ref().unwrap().view(SPACE).unwrap();
    let kept = view.mark(&format!("disclosures/{index}/0")).unwrap().unwrap();
    let kept = String::from_utf8(kept).unwrap();
    let (seed, lines) = kept.split_once('\n').unwrap();
    let seed = Hash::from_hex(seed).unwrap().0;
    let mut tree = deconflict_record::Tree::default();
    for (leaf, line) in std::iter::once("").chain(lines.lines()).enumerate() {
        let salt = format!("deconflict disclosure salt v1\n{leaf}");
        let salt = deconflict_record::commit(&seed, salt.as_bytes()).0;
        tree.append(leaf_hash(&deconflict_record::commit(&salt, line.as_bytes()).0));
    }
    assert_eq!(tree.root(), root);
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.contains(&version.to_string()) && lines.contains("south"), "{lines}");
}

#[test]
fn when_nothing_happens_a_head_is_signed_all_the_same_and_tells_no_more() {
    let rig = Rig::new();
    rig.pass(2);
    let tip = || rig.host.as_ref().unwrap().published().tip();
    let quiet = tip();
    rig.seconds.fetch_add(500, std::sync::atomic::Ordering::SeqCst);
    rig.settle();
    assert_eq!(tip(), quiet, "not yet");
    rig.seconds.fetch_add(101, std::sync::atomic::Ordering::SeqCst);
    rig.wait("the next head", || tip() != quiet);
    assert_eq!(tip().checkpoint_size, quiet.checkpoint_size + 1);
    let last = rig.all_entries().pop().unwrap();
    assert!(matches!(last.what, What::Found(Finding::Disclosures { .. })));
}

#[test]
fn a_statement_sent_again_gets_its_first_answer_again() {
    let mut rig = Rig::new();
    let statement = rig.statement(
        "north",
        &[&duty("north")],
        &declare(operation_at(34.5, 38.6), Sharing::Open),
    );
    let first = rig.send(&statement);
    assert_eq!(first.status, 200);
    rig.pass(30);
    let size = rig.host.as_ref().unwrap().published().tip().size;
    assert_eq!(rig.send(&statement).body, first.body);
    rig.stop();
    rig.start();
    assert_eq!(rig.send(&statement).body, first.body);
    rig.chained(&statement);
    let refused =
        Say::Agree { zone: DeclarationId(statement.hash()), version: Version(statement.hash()) };
    let refused = rig.statement("north", &[&duty("north")], &refused);
    let answers: Vec<_> = (0..3).map(|_| rig.send(&refused).body).collect();
    assert!(answers.iter().all(|body| *body == answers[0]));
    let tip = rig.host.as_ref().unwrap().published().tip();
    assert!(tip.size > size);
    let logged = rig.all_entries();
    let named = |hash: Hash| {
        let said = |entry: &&Entry| match &entry.what {
            What::Accepted(s) | What::Refused(s, _) => s.hash == hash,
            What::Found(_) => false,
        };
        logged.iter().filter(said).count()
    };
    assert_eq!((named(statement.hash()), named(refused.hash())), (1, 1));
}

#[test]
fn the_same_statement_sent_at_once_from_many_sides_is_logged_once() {
    let mut rig = Rig::new();
    let say = declare(operation_at(34.5, 38.6), Sharing::Open);
    let statement = rig.statement("north", &[&duty("north")], &say);
    let bodies: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let sent: Vec<_> = (0..8).map(|_| scope.spawn(|| rig.send(&statement).body)).collect();
        sent.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[test]
fn who_is_out_of_sequence_is_told_the_next_number_and_a_forger_nothing() {
    let mut rig = Rig::new();
    let say = declare(operation_at(34.5, 38.6), Sharing::Open);
    let first = rig.statement("north", &[&duty("north")], &say);
    assert_eq!(rig.send(&first).status, 200);
    // The rig was not told: this one has the same number.
    let again = rig.statement("north", &[&duty("north")], &say);
    let answer = rig.send(&again);
    assert_eq!(answer.status, 409);
    let problem = answer.problem();
    assert_eq!(problem.next_seq, Some(2));
    assert_eq!(problem.prev, Some(first.hash().to_string()));
    // The same with a signature that is not the key's.
    let text = String::from_utf8(again.envelope().encode()).unwrap();
    let at = text.find("\"sig\":\"").unwrap() + 10;
    let mut forged = text.into_bytes();
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    let answer = rig.post("/v1/statements", None, &forged);
    let problem = answer.problem();
    assert_eq!((answer.status, problem.next_seq, problem.prev), (401, None, None));
    // A stranger's key gets the very same.
    let stranger = rig.statement("north", &[&key("stranger")], &say);
    assert_eq!(rig.send(&stranger).body, answer.body);
    // So does an operator in the name of another party, and one of two signers who is unknown.
    let other = rig.statement("south", &[&duty("north")], &say);
    assert_eq!(rig.send(&other).body, answer.body);
    let second = rig.statement("north", &[&duty("north"), &key("stranger")], &say);
    assert_eq!(rig.send(&second).body, answer.body);
}

#[test]
fn a_promise_and_the_tiles_prove_where_an_entry_stands() {
    let mut rig = Rig::new();
    let (_, filed) = rig.accepted("north", &declare(operation_at(34.5, 38.6), Sharing::Open));
    let about: AboutSpace = rig.get("/v1/space", None).json();
    assert_eq!(about.space, SPACE);
    let vkey = Vkey::parse(&about.vkey).unwrap();
    let FilingAnswer { statement, index, promise, .. } = filed;
    let signed = Promise::parse(promise.envelope.as_bytes()).unwrap();
    let path: Vec<Hash> = promise.path.iter().map(|hash| Hash::from_hex(hash).unwrap()).collect();
    let place = BatchPlace { slot: promise.slot as u8, path: path.try_into().unwrap() };
    let statement = Hash::from_hex(&statement).unwrap();
    let terms = signed.verify(vkey.key(), &statement, &place).unwrap();
    assert_eq!(terms.deadline.seconds() - terms.time.seconds(), 60);

    rig.pass(2);
    let token = rig.token(&duty("south"));
    let note = rig.get("/checkpoint", Some(&token));
    let signed = SignedCheckpoint::parse(&note.body).unwrap();
    let head = signed.verify(&vkey).unwrap();
    assert!(head.size > index);
    let tile = |tile: deconflict_record::Tile| {
        let reply = rig.get(&format!("/{tile}"), Some(&token));
        if reply.status == 200 { Ok(reply.body) } else { Err(reply.status) }
    };
    // The host serves what the head covers: ask for the whole partial tile.
    let whole = |mut asked: deconflict_record::Tile| {
        let covered = match asked.row {
            deconflict_record::TileRow::Level(level) => head.size >> (8 * level),
            deconflict_record::TileRow::Entries => head.size,
        };
        asked.width = (covered - asked.index * 256).min(256) as u16;
        tile(asked)
    };
    let read = |level, index| node_from_tiles(level, index, whole, |_| 0);
    assert_eq!(root_of(head.size, read), Ok(head.root));
    let proof = deconflict_record::inclusion_proof(index, head.size, read).unwrap();
    let own = rig.given(&rig.token(&duty("north")));
    let one = own.iter().find(|one| one.index == index).unwrap();
    let salt = Hash::from_hex(one.salt.as_ref().unwrap()).unwrap().0;
    let commitment = deconflict_record::commit(&salt, one.content.as_ref().unwrap().as_bytes());
    verify_inclusion(&leaf_hash(&commitment.0), index, head.size, &proof, &head.root).unwrap();
    let entries = whole(deconflict_record::Tile {
        row: deconflict_record::TileRow::Entries,
        index: 0,
        width: 256,
    });
    let store = rig.store.as_ref().unwrap().view(SPACE).unwrap();
    let kept = store.entries(0..head.size, 256).unwrap();
    let expected = bundle(kept.iter().map(|entry| &entry.commitment[..])).unwrap();
    assert_eq!(entries.unwrap(), expected);
    let beyond = deconflict_record::Tile {
        row: deconflict_record::TileRow::Level(0),
        index: 0,
        width: head.size as u16 + 1,
    };
    assert_eq!(tile(beyond), Err(404));
}
