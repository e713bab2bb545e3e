//! Desks before a real host, over HTTP.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::post::Post;
use common::*;
use deconflict_core::{
    Datum, DeclarationContent, DeclaredVolume, Ledger, Level, Operation, Place, Say, Shape, Sharing,
};
use deconflict_desk::{DeskError, HttpLine};
use deconflict_proof::{Trust, verify};

fn plan(lat: f64, sharing: Sharing) -> Say {
    let volume = DeclaredVolume {
        shape: Shape::Circle { center: Place { lat, lon: 38.6 }, radius_m: 2_000.0 },
        lower: Level::SURFACE,
        upper: Level::At { m: 3_000.0, above: Datum::Agl },
        from: Some(at("2017-05-18T12:00:00Z")),
        until: Some(at("2017-05-18T14:00:00Z")),
    };
    let plan = Operation { name: texts("op"), volumes: vec![volume], contact: None };
    Say::Declare {
        declared: Box::new(DeclarationContent::Operation(plan)),
        sharing,
        knows: [].into(),
    }
}

#[test]
fn desks_file_read_verify_and_countersign_what_a_host_serves() {
    let (rig, folder) = (Rig::new(), tempfile::tempdir().unwrap());
    let mut posts = ["north", "south", "aid"].map(|name| Post::new(&rig, folder.path(), name));
    rig.pass(1);
    for post in &mut posts {
        post.sync(&rig).unwrap();
    }
    posts[0].say(&rig, &plan(33.5, Sharing::ConflictOnly));
    posts[1].say(&rig, &plan(33.5, Sharing::ConflictOnly));
    posts[2].say(&rig, &plan(35.0, Sharing::Open));
    rig.pass(1);
    let mut all = Ledger::default();
    for (index, entry) in rig.all_entries().iter().enumerate() {
        all.apply(index as u64, index as u64, entry);
    }
    for (post, conflicts) in posts.iter_mut().zip([1, 1, 0]) {
        let synced = post.sync(&rig).unwrap();
        let name = &post.desk.settings().party;
        assert_eq!(synced.cosigned, name.as_str() == "north", "{name}");
        assert_eq!(synced.logged.len(), 1, "{name}");
        assert_eq!(*post.desk.view(), all.project(name), "{name}");
        assert_eq!(post.desk.view().conflicts.len(), conflicts, "{name}");
        assert_eq!(post.desk.caught(), None, "{name}");
        assert_eq!(post.desk.overdue().unwrap(), []);
    }
    assert_eq!(posts[0].desk.head(), posts[2].desk.head());
    let dossier = folder.path().join("dossier");
    posts[0].desk.export(&dossier).unwrap();
    let report = verify(&dossier, &Trust::default(), &mut |_, _| {});
    assert!(report.is_sound(), "{report}");
}

#[test]
fn a_host_that_shows_another_history_is_caught_by_every_desk_that_saw_the_first() {
    let (first, other) = (Rig::new(), Rig::new());
    let folder = tempfile::tempdir().unwrap();
    let mut post = Post::new(&first, folder.path(), "south");
    first.pass(1);
    post.sync(&first).unwrap();
    other.pass(1);
    post.line = HttpLine::new(&other.url(""), None).unwrap();
    let error = post.sync(&other).unwrap_err();
    assert!(matches!(error, DeskError::Caught(_)), "{error}");
    // It refuses that host from here on, the first address included.
    post.line = HttpLine::new(&first.url(""), None).unwrap();
    assert!(matches!(post.sync(&first), Err(DeskError::Caught(_))));
    assert!(post.desk.caught().is_some());
}
