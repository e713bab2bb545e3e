//! What parties declare, as short as it can be said.

use std::collections::BTreeSet;

use deconflict_core::{
    ArmedPresence, Category, CoordinateCheck, Datum, DeclarationContent, DeclarationId,
    DeclaredVolume, Level, Movement, Operation, Place, Restriction, Say, Shape, Sharing, Site,
    Texts, Vehicle, Version, Waypoint, Zone,
};

use crate::charter::{START, at, party, texts};

/// A circle from the surface to 3,000 m above it, between two times.
pub fn circle(lat: f64, lon: f64, radius_m: f64, from: &str, until: &str) -> DeclaredVolume {
    DeclaredVolume {
        shape: Shape::Circle { center: Place { lat, lon }, radius_m },
        lower: Level::SURFACE,
        upper: Level::At { m: 3_000.0, above: Datum::Agl },
        from: Some(at(from)),
        until: Some(at(until)),
    }
}

/// The same, given in hours since the space began.
pub fn circle_in(lat: f64, lon: f64, radius_m: f64, hours: (i64, i64)) -> DeclaredVolume {
    let mut volume = circle(lat, lon, radius_m, START, START);
    let hour = |hours: i64| Some(at(START).after_seconds(hours * 3_600));
    (volume.from, volume.until) = (hour(hours.0), hour(hours.1));
    volume
}

/// A plan of one circle of 2 km, six to eight hours after the space began.
pub fn operation_at(lat: f64, lon: f64) -> DeclarationContent {
    operation(circle_in(lat, lon, 2_000.0, (6, 8)))
}

/// A plan of one volume.
pub fn operation(volume: DeclaredVolume) -> DeclarationContent {
    DeclarationContent::Operation(Operation {
        name: texts("op"),
        volumes: vec![volume],
        contact: None,
    })
}

/// Declares it.
pub fn declare(declared: DeclarationContent, sharing: Sharing) -> Say {
    Say::Declare { declared: Box::new(declared), sharing, knows: BTreeSet::new() }
}

/// Changes a declaration, named by the version that began it, from the version that is its present one.
pub fn amend(
    declaration: Version,
    from: Version,
    declared: DeclarationContent,
    sharing: Sharing,
) -> Say {
    Say::Amend {
        declaration: DeclarationId(declaration.0),
        from,
        declared: Box::new(declared),
        sharing,
        knows: BTreeSet::new(),
    }
}

/// A restricted zone without an end, which concerns some parties and binds some.
pub fn zone(lat: f64, lon: f64, radius_m: f64, concerns: &[&str], binds: &[&str]) -> Zone {
    Zone {
        name: texts("zone"),
        restriction: Restriction::Restricted,
        text: Texts::new(),
        concerns: concerns.iter().map(|name| party(name)).collect(),
        binds: binds.iter().map(|name| party(name)).collect(),
        binds_groups: BTreeSet::new(),
        volumes: vec![DeclaredVolume {
            shape: Shape::Circle { center: Place { lat, lon }, radius_m },
            lower: Level::SURFACE,
            upper: Level::Unlimited,
            from: None,
            until: None,
        }],
        inner: None,
        ring_m: 10_000.0,
    }
}

/// A hospital, whose coordinates nobody has checked.
pub fn site(lat: f64, lon: f64) -> DeclarationContent {
    let place = Place { lat, lon };
    DeclarationContent::Site(Site {
        name: texts("hospital"),
        category: Category::Medical,
        place,
        check: CoordinateCheck::Unverified {},
        shape: Shape::Circle { center: place, radius_m: 200.0 },
        upper: Level::At { m: 300.0, above: Datum::Agl },
        hit_only_to_holders: false,
    })
}

/// A convoy from one place to another, half an hour wide at both ends.
pub fn movement(
    from: (f64, f64),
    to: (f64, f64),
    departs: &str,
    arrives: &str,
) -> DeclarationContent {
    let waypoint = |(lat, lon): (f64, f64), time: &str| Waypoint {
        place: Place { lat, lon },
        from: at(time),
        until: at(time).after_seconds(1_800),
    };
    DeclarationContent::Movement(Movement {
        name: texts("convoy"),
        waypoints: vec![waypoint(from, departs), waypoint(to, arrives)],
        half_width_m: 500.0,
        upper: Level::At { m: 300.0, above: Datum::Agl },
        vehicles: vec![Vehicle {
            kind: "truck".into(),
            plate: "T-1".into(),
            markings: "red crystal on the roof".into(),
        }],
        armed_escort: ArmedPresence::No,
        emergency: false,
        contact: "+000 convoy".into(),
        hit_only_to_holders: false,
    })
}
