//! What holds of any two volumes.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

use deconflict_geometry::{
    Band, Circle, Corridor, EdgeRule, Footprint, Height, HeightFacts, Instant, Limit, Polygon,
    Position, Reference, Relation, Rules, Separation, Volume, Window, common, destination, gap,
    relation,
};
use proptest::prelude::*;

/// A place, with poles, the antimeridian and the corners of the frame more often than by chance.
fn place() -> impl Strategy<Value = Position> {
    let lat = prop_oneof![4 => -90.0..=90.0f64, 1 => Just(90.0), 1 => Just(-90.0), 1 => Just(0.0)];
    let lon =
        prop_oneof![4 => -180.0..=180.0f64, 1 => Just(180.0), 1 => Just(-180.0), 1 => Just(0.0)];
    (lat, lon).prop_map(|(lat, lon)| Position::new(lat, lon).unwrap())
}

/// A size in metres, each order of magnitude as likely as the next.
fn size_m() -> impl Strategy<Value = f64> {
    (0.5..6.3f64).prop_map(|exponent| 10f64.powf(exponent))
}

fn rule() -> impl Strategy<Value = EdgeRule> {
    prop_oneof![Just(EdgeRule::GreatCircle), Just(EdgeRule::Geodesic), Just(EdgeRule::LonLat)]
}

/// A star around a place: any polygon without crossing edges will do.
fn star(center: Position, size_m: f64, radii: &[f64], rule: EdgeRule) -> Option<Footprint> {
    let corner = |(k, share): (usize, &f64)| {
        destination(center, 360.0 * k as f64 / radii.len() as f64, size_m * share)
    };
    let shell = radii.iter().enumerate().map(corner).collect();
    // On a lon/lat grid a star around a pole may cross itself: then it is no polygon.
    Polygon::new(vec![shell], rule).ok().map(|polygon| Footprint::Polygons(vec![polygon]))
}

fn footprint(center: Position, size_m: f64) -> impl Strategy<Value = Footprint> {
    let circle = Just(Footprint::Circle(Circle::new(center, size_m).unwrap()));
    let radii = proptest::collection::vec(0.3..1.0f64, 3..12);
    let polygon = (radii, rule())
        .prop_filter_map("not a polygon", move |(radii, rule)| star(center, size_m, &radii, rule));
    let corridor = (0.0..360.0f64, 0.0..360.0f64, 0.01..0.5f64, rule()).prop_filter_map(
        "not a corridor",
        move |(first, second, width, rule)| {
            let path = vec![
                destination(center, first, size_m),
                center,
                destination(center, second, size_m),
            ];
            let half_width_m = (size_m * width).clamp(1.0, 1_000_000.0);
            Corridor::new(path, half_width_m, rule).ok().map(Footprint::Corridor)
        },
    );
    prop_oneof![circle, polygon, corridor]
}

fn limit() -> impl Strategy<Value = Limit> {
    let reference = prop_oneof![
        Just(Reference::W84),
        Just(Reference::Amsl),
        Just(Reference::Agl),
        Just(Reference::FlightLevel)
    ];
    prop_oneof![
        6 => (0.0..8_000.0f64, reference)
            .prop_map(|(metres, reference)| Limit::At(Height { metres, reference })),
        2 => Just(Limit::At(Height::SURFACE)),
        1 => Just(Limit::Unknown),
        1 => Just(Limit::Unlimited),
    ]
}

fn band() -> impl Strategy<Value = Band> {
    (limit(), limit()).prop_filter_map("upside down", |(l, u)| Band::new(l, u).ok())
}

fn window() -> impl Strategy<Value = Window> {
    let end = || proptest::option::weighted(0.8, 0..100_000_000_000i64);
    (end(), end()).prop_filter_map("ends first", |(from, until)| {
        Window::new(from.map(Instant), until.map(Instant)).ok()
    })
}

fn volume(center: Position, size_m: f64) -> impl Strategy<Value = Volume> {
    (footprint(center, size_m), band(), window()).prop_map(|(footprint, band, window)| Volume {
        footprint,
        band,
        window,
    })
}

/// Two volumes whose footprints are about as likely to meet as not.
fn pair() -> impl Strategy<Value = (Volume, Volume)> {
    (place(), size_m(), size_m(), 0.0..360.0f64, 0.0..2.0f64).prop_flat_map(
        |(center, own_m, its_m, azimuth_deg, share)| {
            let there = destination(center, azimuth_deg, (own_m + its_m) * share);
            (volume(center, own_m), volume(there, its_m))
        },
    )
}

fn rules() -> impl Strategy<Value = Rules> {
    let zero_or = |most: f64| prop_oneof![Just(0.0), 0.0..most];
    (zero_or(100_000.0), zero_or(1_000.0), prop_oneof![Just(0), 0..1_000_000_000i64]).prop_map(
        |(horizontal_m, vertical_m, time_ns)| Rules {
            separation: Separation { horizontal_m, vertical_m, time_ns },
            heights: HeightFacts::WORLDWIDE,
        },
    )
}

/// The same footprint a quarter turn to the east, where sines and cosines only trade places; `None`
/// where edges straight in longitude and latitude then span the antimeridian without a clear course.
fn turned(volume: &Volume) -> Option<Volume> {
    let turn = |p: &Position| {
        let lon = p.lon_deg() + 90.0;
        Position::new(p.lat_deg(), if lon > 180.0 { lon - 360.0 } else { lon }).unwrap()
    };
    let footprint = match &volume.footprint {
        Footprint::Circle(c) => {
            Footprint::Circle(Circle::new(turn(&c.center()), c.radius_m()).unwrap())
        }
        Footprint::Corridor(c) => {
            let path = c.path().iter().map(turn).collect();
            Footprint::Corridor(Corridor::new(path, c.half_width_m(), c.rule()).ok()?)
        }
        Footprint::Polygons(polygons) => {
            let turned = polygons.iter().map(|polygon| {
                let rings = polygon.rings().iter().map(|r| r.iter().map(turn).collect());
                Polygon::new(rings.collect(), polygon.rule()).ok()
            });
            Footprint::Polygons(turned.collect::<Option<_>>()?)
        }
    };
    Some(Volume { footprint, ..volume.clone() })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn the_relation_does_not_depend_on_the_order((a, b) in pair(), rules in rules()) {
        prop_assert_eq!(relation(&a, &b, &rules), relation(&b, &a, &rules));
    }

    #[test]
    fn the_index_is_asked_about_everything_that_is_not_apart((a, b) in pair(), rules in rules()) {
        if relation(&a, &b, &rules).relation != Relation::Apart {
            prop_assert!(a.reach(&rules).meets(&b.bounds(&rules)));
            prop_assert!(b.reach(&rules).meets(&a.bounds(&rules)));
        }
    }

    #[test]
    fn a_volume_overlaps_itself_unless_its_own_facts_are_in_doubt((a, _) in pair()) {
        let found = relation(&a, &a, &Rules::default()).relation;
        prop_assert!(found >= Relation::Possible, "{found:?}");
    }

    #[test]
    fn what_is_common_is_there_unless_apart_and_its_place_is_in_both((a, b) in pair()) {
        let rules = Rules::default();
        let shared = common(&a, &b, &rules);
        prop_assert_eq!(shared.is_some(), relation(&a, &b, &rules).relation != Relation::Apart);
        if let Some(shared) = shared && shared.depth_m > 0.0 {
            prop_assert!(a.footprint.contains(shared.place) && b.footprint.contains(shared.place));
        }
    }

    #[test]
    fn asking_for_more_separation_never_ends_a_conflict((a, b) in pair(), rules in rules()) {
        let strict = relation(&a, &b, &rules).relation;
        let plain = relation(&a, &b, &Rules::default()).relation;
        prop_assert!(strict >= plain, "{plain:?} became {strict:?}");
    }

    #[test]
    fn a_gap_is_the_separation_at_which_footprints_meet((a, b) in pair()) {
        let flat = |v: &Volume| Volume { band: Band::UNLIMITED, window: Window::ALWAYS, ..v.clone() };
        let (a, b) = (flat(&a), flat(&b));
        let gap_m = gap(&a, &b, &Rules::default()).horizontal_m;
        let judged = |horizontal_m: f64| {
            let separation = Separation { horizontal_m, ..Separation::default() };
            relation(&a, &b, &Rules { separation, ..Rules::default() }).relation
        };
        // Residuals reach 0.1 m on each side.
        if gap_m > 0.3 && gap_m < 900_000.0 {
            prop_assert_eq!(judged(gap_m - 0.21), Relation::Apart);
        }
        if gap_m > 0.0 && gap_m < 900_000.0 {
            prop_assert_eq!(judged(gap_m + 0.21), Relation::Overlap);
        }
    }

    #[test]
    fn a_quarter_turn_of_the_earth_changes_nothing((a, b) in pair()) {
        let rules = Rules::default();
        let (Some(east_a), Some(east_b)) = (turned(&a), turned(&b)) else { return Ok(()) };
        let (here, there) = (relation(&a, &b, &rules), relation(&east_a, &east_b, &rules));
        if here != there {
            // Longitudes lose up to 1e-14 degrees in the turn: a nanometre. Only pairs that near
            // the boundary may change.
            let gap_m = gap(&a, &b, &rules).horizontal_m;
            let depth_m = common(&a, &b, &rules).map_or(0.0, |c| c.depth_m);
            prop_assert!(gap_m < 1e-3 && depth_m < 0.5, "{here:?} {there:?} {gap_m} {depth_m}");
        }
    }
}
