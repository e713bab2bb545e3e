//! A party that joins late reads all that was said before, however much somebody declared.
//!
//! With `DECONFLICT_SOAK_LIMITS` set, 4,600 declarations of the length that a statement may have: 256 MiB by one
//! cause.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use common::post::Post;
use common::*;
use deconflict_core::*;
use deconflict_record::SigningKey;

/// A plan as long as a statement may be, to the next kilobytes, since an envelope writes three bytes as four:
/// rings of twelve corners.
fn long(nth: usize) -> DeclarationContent {
    let lat = -60.0 + nth as f64 / 50.0;
    // All are as long as each other to some hundred bytes: no coordinate has more digits than these.
    let digits = |degrees: f64| (degrees * 1e12).round() / 1e12;
    let corner = |k: usize| {
        let turn = k as f64 / 12.0 * std::f64::consts::TAU;
        Place {
            lat: digits(lat + 0.004_321_987 * turn.sin()),
            lon: digits(20.123_456_7 + 0.004_321_987 * turn.cos()),
        }
    };
    let ring: Vec<Place> = (0..12).map(corner).collect();
    let volume = |nth: usize| {
        let mut volume = circle_in(lat, 20.0, 100.0, (nth as i64, nth as i64 + 1));
        volume.shape = Shape::Polygon { rings: vec![ring.clone()], edges: Edges::GreatCircle };
        volume
    };
    let volumes = (0..58).map(volume).collect();
    DeclarationContent::Operation(Operation { name: texts("plan"), volumes, contact: None })
}

#[test]
fn whoever_joins_late_reads_all_that_was_declared_before() {
    let full = std::env::var_os("DECONFLICT_SOAK_LIMITS").is_some();
    let many = if full { 4_600 } else { 40 };
    let mut rig = Rig::new();
    for nth in 0..many {
        let length = serde_json::to_vec(&long(nth)).unwrap().len();
        assert!((38_000..44_500).contains(&length), "{nth}: {length}");
        rig.accepted("south", &declare(long(nth), Sharing::Open));
    }
    let roots = ["host", "north", "south", "aid", "late"].map(|name| root(name, 0));
    let signers: Vec<&SigningKey> = roots.iter().collect();
    rig.filed("host", &signers, &Say::Join { member: member("late") });
    rig.enrol("late", "duty", Role::Person);
    rig.pass(2);
    let folder = tempfile::tempdir().unwrap();
    let mut late = Post::new(&rig, folder.path(), "late");
    late.sync(&rig).unwrap();
    let entitled = replayed(&rig.all_entries()).project(&party("late"));
    assert_eq!(entitled.declarations.len(), many);
    assert_eq!(*late.desk.view(), entitled);
}
