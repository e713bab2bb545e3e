//! The way out that a request to leave names is held against what is declared there.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

use deconflict_core::*;
use deconflict_testing::*;
use deconflict_vocabulary::*;

fn open(w: &mut World, name: &str, declared: DeclarationContent) -> Version {
    w.accepted(name, declare(declared, Sharing::Open)).0
}

/// What lies towards each sector, as the party that is asked to leave sees it.
fn ways(w: &mut World, zone: Version) -> Vec<Vec<ExitObstacle>> {
    let sectors =
        ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
    let by = Value::Time(Moment::from_seconds(w.now.seconds() + 7_200).unwrap());
    let mut all = Vec::new();
    for sector in sectors {
        let said = [
            ("zone", version_ref(zone)),
            ("by", by.clone()),
            ("exit_sector", choice(sector)),
            ("authority", choice("commander")),
        ];
        let id = MessageId(w.accepted("north", sent("W4", &said, &["south"])).0.0);
        let view = w.view("south");
        all.push(view.in_exit_sector(&view.dialogues[&id]));
    }
    all
}

fn circle_zone(lat: f64, lon: f64, radius_m: f64) -> DeclarationContent {
    DeclarationContent::Zone(zone(lat, lon, radius_m, &["south"], &["south"]))
}

#[test]
fn a_way_out_through_a_hospital_is_marked_wherever_on_the_globe() {
    for (lat, lon) in [(33.5_f64, 38.6), (0.0, 179.9), (-64.0, -179.95), (71.0, 25.0)] {
        let mut w = World::new(charter(&PARTIES));
        let near = |lat: f64, lon: f64| (lat, (lon + 180.0).rem_euclid(360.0) - 180.0);
        let wide = 1.0 / lat.to_radians().cos();
        let of = open(&mut w, "north", circle_zone(lat, lon, 10_000.0));
        assert!(ways(&mut w, of).iter().all(Vec::is_empty), "the zone is not in its own way");
        // Twenty kilometres to the east lies a hospital.
        let (at_lat, at_lon) = near(lat, lon + 0.2 * wide);
        let hospital = open(&mut w, "aid", site(at_lat, at_lon));
        // What is far off is in nobody's way.
        let far = near(lat, lon - 1.0 * wide);
        open(&mut w, "aid", site(far.0, far.1));
        let ways = ways(&mut w, of);
        let hospital = ExitObstacle::Declaration(DeclarationId(hospital.0));
        assert_eq!(ways[2], [hospital], "{lat} {lon}");
        for clear in [0, 1, 3, 4, 5, 6, 7] {
            assert_eq!(ways[clear], [], "{lat} {lon}, sector {clear}");
        }
    }
}

#[test]
fn a_hazard_in_the_way_is_marked_while_it_stands() {
    let mut w = World::new(charter(&PARTIES));
    let (from, until) = ("2017-05-18T00:00:00Z", "2030-01-01T00:00:00Z");
    let of = open(&mut w, "north", circle_zone(33.5, 38.6, 10_000.0));
    let range = open(&mut w, "aid", operation(circle(33.68, 38.6, 2_000.0, from, until)));
    assert!(ways(&mut w, of).iter().all(Vec::is_empty), "a plan alone is no hazard");
    let said = [
        ("hazard", Value::Choices(vec![ChoiceId::new("live-fire").unwrap()])),
        ("volumes", Value::Volumes(ObjectRef(range.0.0))),
    ];
    let hazard = MessageId(w.accepted("aid", sent("O6", &said, &["north", "south"])).0.0);
    assert_eq!(ways(&mut w, of)[0], [ExitObstacle::Hazard(hazard)]);
    let back = [("message", Value::Reference(ObjectRef(hazard.0.0)))];
    w.accepted("aid", sent("D7", &back, &["north", "south"]));
    assert!(ways(&mut w, of).iter().all(Vec::is_empty));
}
