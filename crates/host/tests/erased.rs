//! What the rules keep no longer is erased at the host and at every desk, and what is left holds.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::collections::BTreeSet;

use common::post::Post;
use common::*;
use deconflict_api::Content;
use deconflict_core::*;
use deconflict_host::{Move, Space, system_entropy};
use deconflict_proof::{Trust, verify};
use deconflict_record::SigningKey;
use deconflict_store::Store;
use deconflict_testing::{hold, taken_back, unable};

/// The fold of what is left, and the indexes of what is not.
fn left(rig: &Rig) -> (Ledger, BTreeSet<u64>, BTreeSet<u64>) {
    let view = rig.store.as_ref().unwrap().view(SPACE).unwrap();
    let (mut state, mut gone, mut named) = (State::default(), BTreeSet::new(), BTreeSet::new());
    for kept in view.entries(0..view.head().size, 4_096).unwrap() {
        let Some(opening) = kept.opening else {
            gone.insert(kept.index);
            state.skip();
            continue;
        };
        let entry = Content::decode(&opening.content).unwrap().entry;
        if let What::Found(Finding::Erased { entries, .. }) = &entry.what {
            named.extend(entries);
        }
        state.apply(&entry);
    }
    (state.ledger().clone(), gone, named)
}

#[test]
fn what_ended_longer_ago_than_the_rules_keep_it_is_erased_everywhere_and_the_rest_holds() {
    let (mut rig, folder) = (Rig::new(), tempfile::tempdir().unwrap());
    let mut posts = PARTIES.map(|name| Post::new(&rig, folder.path(), name));
    let shared = Sharing::Named([party("south")].into());
    let (old, _) = rig.accepted("north", &declare(operation_at(34.5, 38.6), shared.clone()));
    let (new, _) = rig.accepted("north", &amend(old, old, operation_at(34.5, 38.7), shared));
    let hidden = declare(operation_at(34.5, 38.7), Sharing::ConflictOnly);
    let (met, conflicts) = rig.conflicts("south", &hidden);
    assert_eq!(conflicts.len(), 1);
    for (name, version) in [("south", met), ("north", old)] {
        let declaration = DeclarationId(version.0);
        rig.accepted(name, &Say::End { declaration, how: Ending::Ended });
        rig.accepted(name, &declare(operation_at(50.0, 10.0), Sharing::Open));
    }
    rig.pass(2);
    for post in &mut posts {
        post.sync(&rig).unwrap();
    }
    let is_one = |entry: &Entry| match &entry.what {
        What::Accepted(statement) => [old, new, met].contains(&Version(statement.hash)),
        _ => false,
    };
    let entries = rig.all_entries();
    let names: Vec<u64> =
        (0..).zip(&entries).filter(|(_, entry)| is_one(entry)).map(|(index, _)| index).collect();
    assert_eq!(names.len(), 3);
    rig.pass(3_650 * 86_400 - 60);
    assert_eq!(left(&rig).1, BTreeSet::new(), "they are still kept");
    rig.pass(7_200);
    rig.wait("erasure", || left(&rig).1.len() >= 5);
    rig.pass(2);
    let (ledger, gone, named) = left(&rig);
    assert_eq!((gone.len(), &gone), (5, &named));
    assert!(names.iter().all(|index| gone.contains(index)), "{gone:?}");
    assert!(!ledger.declarations.contains_key(&DeclarationId(old.0)));
    // The witness countersigns, and then the others see that it is past that time, too.
    for _ in 0..2 {
        posts.iter_mut().for_each(|post| drop(post.sync(&rig).unwrap()));
    }
    let own = |name: &PartyId| -> BTreeSet<u64> {
        let said_by = |index: &u64| match &entries[*index as usize].what {
            What::Accepted(said) => said.party == *name,
            _ => false,
        };
        gone.iter().copied().filter(said_by).collect()
    };
    for post in &mut posts {
        let name = post.desk.settings().party.clone();
        assert_eq!(*post.desk.view(), ledger.project(&name), "{name}");
        // What it said itself a party keeps until its operator asks.
        for kept in [own(&name), BTreeSet::new()] {
            let held = post.desk.entries(0).unwrap();
            let is_gone = |index| gone.contains(&index) && !kept.contains(&index);
            assert!(
                held.iter().all(|row| row.content.is_none() == is_gone(row.index)),
                "{name}: {kept:?}"
            );
            assert_eq!(post.desk.erase_own(common::post::now(&rig)).unwrap(), kept.len() as u64);
        }
        assert_eq!(words(post.desk.notices()), "", "{name}");
    }
    let dossier = folder.path().join("dossier");
    posts[1].desk.export(&dossier).unwrap();
    let report = verify(&dossier, &Trust::default(), &mut |_, _| {});
    assert!(report.is_sound(), "{report}");
    assert!(report.to_string().contains("erased under the rule of 3650 days"), "{report}");
    assert_eq!(report.erased, 3, "{report}");
    assert!(!report.to_string().contains("not here"), "{report}");
    // Rebuilt from what is left, host and desks come to the same; who is new reads what there is.
    rig.stop();
    rig.start();
    rig.accepted("aid", &declare(operation_at(52.0, 10.0), Sharing::Open));
    rig.pass(2);
    let (ledger, ..) = left(&rig);
    let fresh = tempfile::tempdir().unwrap();
    for post in &mut posts {
        post.follow(&rig);
        post.sync(&rig).unwrap();
        let name = post.desk.settings().party.clone();
        assert_eq!(*post.desk.view(), ledger.project(&name), "{name}");
        let mut again = Post::new(&rig, fresh.path(), name.as_str());
        again.sync(&rig).unwrap();
        assert_eq!(*again.desk.view(), ledger.project(&name), "{name}");
    }
    for post in posts {
        let name = post.desk.settings().party.clone();
        drop(post.desk);
        let desk = deconflict_desk::Desk::open(&folder.path().join(name.as_str())).unwrap();
        assert_eq!(*desk.view(), ledger.project(&name), "{name}");
    }
}

/// A party asks another one to hold a convoy, which cannot, and takes it back.
fn conversation(rig: &mut Rig, sender: &str, addressee: &str) -> [MessageId; 2] {
    let message = MessageId(rig.accepted(sender, &hold(rig.now(), &[addressee])).0.0);
    rig.accepted(addressee, &unable(message));
    [message, MessageId(rig.accepted(sender, &taken_back(message, &[addressee])).0.0)]
}

#[test]
fn a_conversation_is_erased_everywhere_and_a_host_that_takes_over_has_forgotten_it_too() {
    let (mut rig, folder) = (Rig::new(), tempfile::tempdir().unwrap());
    let mut posts = PARTIES.map(|name| Post::new(&rig, folder.path(), name));
    let messages = conversation(&mut rig, "north", "south");
    rig.pass(2 * 86_400);
    rig.wait("an answer that was not given", || rig.all_entries().len() > 15);
    for name in PARTIES {
        let other = &declare(operation_at(50.0, 10.0), Sharing::Open);
        rig.accepted(name, other);
    }
    rig.pass(2);
    posts.iter_mut().for_each(|post| drop(post.sync(&rig).unwrap()));
    assert!(messages.iter().all(|id| posts[1].desk.view().dialogues.contains_key(id)));
    let tells = |entry: &Entry| {
        let of = |id: &MessageId| ErasureSubject::Message { message: *id, party: None };
        messages.iter().any(|id| entry.tells_of(&of(id)))
    };
    let told: BTreeSet<u64> =
        (0..).zip(rig.all_entries()).filter(|(_, e)| tells(e)).map(|(index, _)| index).collect();
    rig.pass(3_651 * 86_400);
    rig.wait("erasure", || !left(&rig).1.is_empty());
    rig.pass(2);
    let (ledger, gone, named) = left(&rig);
    assert_eq!((&gone, &named), (&told, &told));
    assert!(ledger.dialogues.is_empty());
    for _ in 0..2 {
        posts.iter_mut().for_each(|post| drop(post.sync(&rig).unwrap()));
    }
    for post in &mut posts {
        let name = post.desk.settings().party.clone();
        assert_eq!(*post.desk.view(), ledger.project(&name), "{name}");
        let held = |post: &Post| {
            let rows = post.desk.entries(0).unwrap();
            rows.iter().filter(|row| gone.contains(&row.index) && row.content.is_some()).count()
        };
        let own = match name.as_str() {
            "north" => 2,
            "south" => 1,
            _ => 0,
        };
        assert_eq!(held(post), own, "{name}: what it said itself");
        assert_eq!(post.desk.erase_own(common::post::now(&rig)).unwrap(), own as u64);
        assert_eq!(held(post), 0, "{name}");
        assert_eq!(words(post.desk.notices()), "", "{name}");
    }
    rig.stop();
    rig.start();
    rig.accepted("aid", &declare(operation_at(52.0, 10.0), Sharing::Open));
    rig.pass(2);
    let (ledger, ..) = left(&rig);
    for post in &mut posts {
        post.follow(&rig);
        post.sync(&rig).unwrap();
        let name = post.desk.settings().party.clone();
        assert_eq!(*post.desk.view(), ledger.project(&name), "{name}");
    }
    // Another host goes on from a copy in which the contents are gone.
    let desk = &posts[1].desk;
    let (from, note) = (desk.head(), desk.signed_head().unwrap().encode());
    let copy = folder.path().join("copy.sqlite");
    rig.store.as_ref().unwrap().backup_to(&copy, |_| {}).unwrap();
    let roots = PARTIES.map(|name| root(name, 0));
    let signers: Vec<&SigningKey> = roots.iter().collect();
    let host = Host { party: party("host"), key: key("later log").verifying_key() };
    let statement = rig.statement("host", &signers, &Say::MoveHost { host, from });
    let statement = statement.envelope().encode();
    let moved = Move { statement: &statement, head: note.as_bytes() };
    let store = Store::create(&folder.path().join("new.sqlite")).unwrap();
    let (timing, now) = (rig.config.timing, rig.now());
    let by = key("later log");
    let copy = Store::open(&copy).unwrap();
    let space = Space::take_over(&copy, store, moved, by, system_entropy(), timing, now).unwrap();
    let published = space.published();
    assert!(published.ledger().dialogues.is_empty());
    assert_eq!(published.ledger().declarations, ledger.declarations);
}
