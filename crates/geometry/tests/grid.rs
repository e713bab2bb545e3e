//! What widening to the sharing grid keeps, and what it hides.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

use std::time::Instant as Clock;

use deconflict_geometry::{
    Band, Cell, Circle, Corridor, EdgeRule, Footprint, Height, HeightFacts, Instant, Limit,
    MAX_CELLS, Polygon, Position, Reference, Relation, Rules, Separation, SharingGrid, Volume,
    WidenedVolume, Window, destination, relation,
};
use proptest::prelude::*;

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600 * SECOND;

fn p(lat: f64, lon: f64) -> Position {
    Position::new(lat, lon).unwrap()
}

fn circle(center: Position, radius_m: f64) -> Footprint {
    Footprint::Circle(Circle::new(center, radius_m).unwrap())
}

fn polygon(rings: Vec<Vec<Position>>, rule: EdgeRule) -> Option<Footprint> {
    // A star on a lon/lat grid around a pole may cross itself: then it is no polygon.
    Polygon::new(rings, rule).ok().map(|polygon| Footprint::Polygons(vec![polygon]))
}

fn always(footprint: Footprint) -> Volume {
    Volume { footprint, band: Band::UNLIMITED, window: Window::ALWAYS }
}

fn window(from: Option<i64>, until: Option<i64>) -> Window {
    Window::new(from.map(Instant), until.map(Instant)).unwrap()
}

fn at(metres: f64, reference: Reference) -> Limit {
    Limit::At(Height { metres, reference })
}

fn grid() -> SharingGrid {
    SharingGrid::new(1_000, 100, 3_600).unwrap()
}

fn widen(grid: SharingGrid, volume: &Volume) -> WidenedVolume {
    grid.widen(volume, &HeightFacts::WORLDWIDE)
}

fn cover(grid: SharingGrid, footprint: Footprint) -> Vec<Cell> {
    widen(grid, &always(footprint)).cells().to_vec()
}

/// Whether a place lies in a cell by latitude and longitude alone.
fn holds(cell: &Cell, place: Position) -> bool {
    let [southwest, _, northeast, _] = cell.outline();
    let within = |low: f64, high: f64, v: f64| (low..=high).contains(&v);
    let lon = place.lon_deg();
    within(southwest.lat_deg(), northeast.lat_deg(), place.lat_deg())
        && (place.lat_deg().abs() == 90.0
            || within(southwest.lon_deg(), northeast.lon_deg(), lon)
            || lon.abs() == 180.0 && within(southwest.lon_deg(), northeast.lon_deg(), -lon))
}

// Strategies.

fn place() -> impl Strategy<Value = Position> {
    let lat = prop_oneof![4 => -90.0..=90.0f64, 1 => Just(90.0), 1 => Just(-90.0), 1 => Just(0.0)];
    let lon =
        prop_oneof![4 => -180.0..=180.0f64, 1 => Just(180.0), 1 => Just(-180.0), 1 => Just(0.0)];
    (lat, lon).prop_map(|(lat, lon)| p(lat, lon))
}

/// From a metre to 5,000 km, each order of magnitude as likely as the next.
fn size_m() -> impl Strategy<Value = f64> {
    (0.0..6.7f64).prop_map(|exponent| 10f64.powf(exponent))
}

fn rule() -> impl Strategy<Value = EdgeRule> {
    prop_oneof![Just(EdgeRule::GreatCircle), Just(EdgeRule::Geodesic), Just(EdgeRule::LonLat)]
}

fn star(center: Position, size_m: f64, radii: &[f64]) -> Vec<Position> {
    let corner = |(k, share): (usize, &f64)| {
        destination(center, 360.0 * k as f64 / radii.len() as f64, size_m * share)
    };
    radii.iter().enumerate().map(corner).collect()
}

fn footprint(center: Position, size_m: f64) -> impl Strategy<Value = Footprint> {
    let radii = || proptest::collection::vec(0.3..1.0f64, 3..12);
    let polygons = (radii(), rule()).prop_filter_map("not a polygon", move |(radii, rule)| {
        polygon(vec![star(center, size_m, &radii)], rule)
    });
    let holed = (radii(), rule()).prop_filter_map("not a polygon", move |(radii, rule)| {
        let hole: Vec<f64> = radii.iter().map(|share| share * 0.9).collect();
        polygon(vec![star(center, size_m, &radii), star(center, size_m, &hole)], rule)
    });
    let corridor = (0.0..360.0f64, 0.0..360.0f64, 0.001..0.5f64, rule()).prop_filter_map(
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
    prop_oneof![Just(circle(center, size_m)), polygons, holed, corridor]
}

fn limit() -> impl Strategy<Value = Limit> {
    let reference = prop_oneof![
        Just(Reference::W84),
        Just(Reference::Amsl),
        Just(Reference::Agl),
        Just(Reference::FlightLevel)
    ];
    // Whole hundreds lie on the edges of steps.
    let metres = prop_oneof![0.0..8_000.0f64, (0..80i32).prop_map(|m| f64::from(m) * 100.0)];
    prop_oneof![
        6 => (metres, reference).prop_map(|(metres, reference)| at(metres, reference)),
        2 => Just(Limit::At(Height::SURFACE)),
        1 => Just(Limit::Unknown),
        1 => Just(Limit::Unlimited),
    ]
}

fn band() -> impl Strategy<Value = Band> {
    (limit(), limit()).prop_filter_map("upside down", |(l, u)| Band::new(l, u).ok())
}

fn times() -> impl Strategy<Value = Window> {
    let end = || {
        let t = prop_oneof![0..1_000 * SECOND, (0..16i64).prop_map(|slot| slot * 60 * SECOND)];
        proptest::option::weighted(0.8, t)
    };
    (end(), end()).prop_filter_map("ends first", |(from, until)| {
        Window::new(from.map(Instant), until.map(Instant)).ok()
    })
}

fn volume(center: Position, size_m: f64) -> impl Strategy<Value = Volume> {
    (footprint(center, size_m), band(), times(), any::<bool>()).prop_map(
        |(footprint, band, window, part)| Volume {
            footprint,
            band,
            window: if part { window.part_time() } else { window },
        },
    )
}

fn pair() -> impl Strategy<Value = (Volume, Volume)> {
    (place(), size_m(), size_m(), 0.0..360.0f64, 0.0..1.5f64).prop_flat_map(
        |(center, own_m, its_m, azimuth_deg, share)| {
            let there = destination(center, azimuth_deg, (own_m + its_m) * share);
            (volume(center, own_m), volume(there, its_m))
        },
    )
}

fn rules() -> impl Strategy<Value = Rules> {
    let zero_or = |most: f64| prop_oneof![Just(0.0), 0.0..most];
    (zero_or(100_000.0), zero_or(1_000.0), prop_oneof![Just(0), 0..100 * SECOND]).prop_map(
        |(horizontal_m, vertical_m, time_ns)| Rules {
            separation: Separation { horizontal_m, vertical_m, time_ns },
            heights: HeightFacts::WORLDWIDE,
        },
    )
}

fn grids() -> impl Strategy<Value = SharingGrid> {
    let cell_m = prop_oneof![Just(100), Just(1_000), Just(1_852), Just(20_000), Just(100_000)];
    (cell_m, prop_oneof![Just(10), Just(100), Just(333)], prop_oneof![Just(60), Just(97)])
        .prop_map(|(cell_m, height_m, slot_s)| SharingGrid::new(cell_m, height_m, slot_s).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn widening_never_loses_a_conflict((a, b) in pair(), rules in rules(), grid in grids()) {
        let (wide_a, wide_b) = (widen(grid, &a), widen(grid, &b));
        prop_assert!(wide_a.cells().len() <= MAX_CELLS && wide_b.cells().len() <= MAX_CELLS);
        if relation(&a, &b, &rules).relation != Relation::Apart {
            prop_assert!(wide_a.meets(&b, &rules) && wide_b.meets(&a, &rules));
        }
        let plain = relation(&a, &b, &Rules::default()).relation != Relation::Apart;
        let common = wide_a.common(&wide_b);
        prop_assert!(common.is_some() || !plain);
        prop_assert_eq!(&common, &wide_b.common(&wide_a));
        if let Some(common) = common {
            // What both have can be written down and read back, and each has it.
            let again = WidenedVolume::new(
                grid, common.cells().to_vec(), common.lower_m(), common.upper_m(), common.window(),
            );
            prop_assert_eq!(again.as_ref(), Ok(&common));
            prop_assert_eq!(common.common(&wide_a), Some(common.clone()));
        }
    }

    #[test]
    fn the_index_is_asked_about_everything_that_a_widened_volume_meets(
        (a, b) in pair(), rules in rules(), grid in grids()
    ) {
        let wide = widen(grid, &a);
        if wide.meets(&b, &rules) {
            prop_assert!(wide.bounds().meets(&b.reach(&rules)));
            prop_assert!(wide.reach(&rules).meets(&b.bounds(&rules)));
        }
    }

    #[test]
    fn every_point_of_a_footprint_lies_in_a_cell_and_no_cell_is_apart_from_it(
        (center, size_m, shape) in (place(), size_m())
            .prop_flat_map(|(center, size_m)| (Just(center), Just(size_m), footprint(center, size_m))),
        grid in grids(),
    ) {
        let cells = cover(grid, shape.clone());
        prop_assert!(cells.is_sorted() && !cells.is_empty());
        for k in 0..200 {
            let share = f64::from(k % 20 + 1) / 20.0;
            let point = destination(center, f64::from(k) * 137.5, size_m * share);
            if shape.contains(point) {
                prop_assert!(cells.iter().any(|cell| holds(cell, point)), "{point}");
            }
        }
        let shape = always(shape);
        for cell in cells.iter().step_by(1 + cells.len() / 20) {
            let ground = polygon(vec![cell.outline().to_vec()], EdgeRule::LonLat).unwrap();
            let found = relation(&shape, &always(ground), &Rules::default()).relation;
            prop_assert!(found != Relation::Apart, "{cell}");
        }
    }

    #[test]
    fn what_stays_in_a_cell_a_step_and_a_slot_stays_the_same(
        place in place(), shares in proptest::array::uniform6(0.15..0.85f64), grid in grids()
    ) {
        let cell = grid.cell_at(place);
        let [southwest, _, northeast, _] = cell.outline();
        let within = |low: f64, high: f64, share: f64| low + (high - low) * share;
        let hidden = |i: usize| {
            // Four metres and more from every border: 15 % of 100 m from a pole, 18 degrees aside.
            let lat = within(southwest.lat_deg(), northeast.lat_deg(), shares[i]);
            let lon = within(southwest.lon_deg(), northeast.lon_deg(), shares[i + 1]);
            let low = f64::from(grid.height_m()) * (10.0 + shares[i + 2]);
            let slot = i64::from(grid.slot_s()) * SECOND;
            let from = (slot as f64 * (5.0 + shares[i + 2])) as i64;
            Volume {
                footprint: circle(p(lat, lon), 1.0),
                band: Band::new(at(low, Reference::Amsl), at(low, Reference::Amsl)).unwrap(),
                window: window(Some(from), Some(from)),
            }
        };
        let (here, there) = (widen(grid, &hidden(0)), widen(grid, &hidden(3)));
        prop_assert_eq!(here.cells(), [cell]);
        prop_assert_eq!(here, there);
    }
}

/// Asks, bisecting, where a hidden volume lies: which half of an area, of the heights, of the time
/// it meets, with probes of all kinds, each chosen by all the answers before it.
fn probed(hidden: &WidenedVolume, probes: u32) -> Vec<bool> {
    let mut answers = Vec::new();
    let whole = (33.0, 34.0, 38.0, 39.0, 0.0, 8_000.0, 0, 100 * HOUR);
    let (mut south, mut north, mut west, mut east, mut low, mut high, mut from, mut until) = whole;
    for k in 0..probes {
        let (lat, lon) = (f64::midpoint(south, north), f64::midpoint(west, east));
        let (height, time) = (f64::midpoint(low, high), i64::midpoint(from, until));
        let area = |north: f64, east: f64| {
            let corners = vec![p(south, west), p(south, east), p(north, east), p(north, west)];
            polygon(vec![corners], EdgeRule::LonLat)
                .unwrap_or_else(|| circle(p(lat, lon), 1.0 + f64::from(k % 50)))
        };
        let band =
            |high: f64| Band::new(at(low, Reference::Amsl), at(high, Reference::Amsl)).unwrap();
        let volume = |footprint, high, until| Volume {
            footprint,
            band: band(high),
            window: window(Some(from), Some(until)),
        };
        let probe = match k % 6 {
            0 => volume(area(lat, east), high, until),
            1 => volume(area(north, lon), high, until),
            2 => volume(area(north, east), height, until),
            3 => volume(area(north, east), high, time),
            4 => volume(circle(p(lat, west), 1.0 + f64::from(k % 97) * 11.0), high, until),
            _ => {
                let path = vec![p(south, west), p(lat, lon + 0.001)];
                let line =
                    Corridor::new(path, 1.0 + f64::from(k % 89), EdgeRule::Geodesic).unwrap();
                volume(Footprint::Corridor(line), high, until)
            }
        };
        let horizontal_m = f64::from(k % 7 % 3) * 10.0;
        let separation = Separation { horizontal_m, ..Separation::default() };
        let met = hidden.meets(&probe, &Rules { separation, ..Rules::default() });
        answers.push(met);
        match (k % 6, met) {
            (0, true) => north = lat,
            (0, false) => south = lat,
            (1, true) => east = lon,
            (1, false) => west = lon,
            (2, true) => high = height,
            (2, false) => low = height,
            (3, true) => until = time,
            (3, false) => from = time,
            // Begin again elsewhere once the area is small.
            (4, _) if north - south < 1e-5 => {
                let shift = f64::from(k) * 1e-4;
                (south, north) = (33.0 + shift, 34.0 - if met { 0.3 } else { 0.1 });
                (west, east, low, high, from, until) =
                    (38.0, 39.0 - shift, 0.0, 8_000.0, 0, 100 * HOUR);
            }
            _ => {}
        }
    }
    answers
}

#[test]
fn probing_tells_the_cell_and_nothing_finer() {
    let grid = grid();
    let cell = grid.cell_at(p(33.503, 38.605));
    let [southwest, _, northeast, _] = cell.outline();
    // 30 m are 0.00027 degrees of latitude and 0.00033 of longitude here.
    let hidden = |north: f64, east: f64, metres: f64, minutes: i64| {
        let within = |low: f64, high: f64, share: f64| low + 0.0005 + (high - low - 0.001) * share;
        let lat = within(southwest.lat_deg(), northeast.lat_deg(), north);
        let lon = within(southwest.lon_deg(), northeast.lon_deg(), east);
        let from = 17 * HOUR + minutes * 60 * SECOND;
        Volume {
            footprint: circle(p(lat, lon), 30.0),
            band: Band::new(at(metres, Reference::Amsl), at(metres + 30.0, Reference::Amsl))
                .unwrap(),
            window: window(Some(from), Some(from + 600 * SECOND)),
        }
    };
    let transcript = |volume: &Volume| probed(&widen(grid, volume), 2_000);
    let first = transcript(&hidden(0.5, 0.5, 320.0, 20));
    assert!(first.contains(&true) && first.contains(&false));
    for (north, east, metres, minutes) in
        [(0.0, 0.0, 300.0, 0), (1.0, 1.0, 369.0, 49), (0.0, 1.0, 310.0, 5), (0.9, 0.1, 350.0, 31)]
    {
        assert_eq!(transcript(&hidden(north, east, metres, minutes)), first);
    }
    // The same prober tells neighbouring cells, steps and slots apart.
    let beside = hidden(0.5, 1.6, 320.0, 20);
    assert_ne!(widen(grid, &beside).cells(), [cell]);
    for other in [beside, hidden(0.5, 0.5, 420.0, 20), hidden(0.5, 0.5, 320.0, 80)] {
        assert_ne!(transcript(&other), first);
    }
}

#[test]
fn three_cells_meet_at_a_pole_and_two_at_the_antimeridian() {
    for lat in [90.0, -90.0] {
        let cells = cover(grid(), circle(p(lat, 17.0), 30.0));
        assert_eq!(cells.iter().map(|cell| cell.column()).collect::<Vec<_>>(), [0, 1, 2]);
    }
    for lon in [180.0, -180.0, 179.999_99] {
        let cells = cover(grid(), circle(p(12.502, lon), 30.0));
        assert_eq!(cells.len(), 2, "{lon}");
        assert_eq!(cells[0].outline()[0].lon_deg(), -180.0);
        assert_eq!(cells[1].outline()[1].lon_deg(), 180.0);
    }
    assert_eq!(cover(grid(), circle(p(0.0, 10.001), 30.0)).len(), 2);
}

#[test]
fn the_middle_of_a_hole_is_not_told() {
    let ring = |size_m| star(p(33.5, 38.6), size_m, &[1.0; 8]);
    let frame = polygon(vec![ring(9_000.0), ring(7_000.0)], EdgeRule::GreatCircle).unwrap();
    let filled = polygon(vec![ring(9_000.0)], EdgeRule::GreatCircle).unwrap();
    let middle = grid().cell_at(p(33.5, 38.6));
    assert!(!cover(grid(), frame).contains(&middle));
    assert!(cover(grid(), filled).contains(&middle));
}

#[test]
fn separate_polygons_are_covered_each_for_itself() {
    let corner = |lat, lon| vec![p(lat, lon), p(lat + 0.001, lon), p(lat, lon + 0.001)];
    let polygons = [corner(0.001, 0.001), corner(50.001, 100.001), corner(-70.001, -100.001)]
        .map(|ring| Polygon::new(vec![ring], EdgeRule::GreatCircle).unwrap());
    let cells = cover(grid(), Footprint::Polygons(polygons.to_vec()));
    assert_eq!(cells.len(), 3, "{cells:?}");
    assert!(cover(grid(), Footprint::Polygons(Vec::new())).is_empty());
}

fn heights(band: (Limit, Limit), facts: &HeightFacts) -> (Option<i32>, Option<i32>) {
    let band = Band::new(band.0, band.1).unwrap();
    let wide = grid().widen(&Volume { band, ..always(circle(p(1.0, 1.0), 1.0)) }, facts);
    (wide.lower_m(), wide.upper_m())
}

#[test]
fn heights_go_outward_to_whole_steps_whatever_they_are_counted_from() {
    use Reference::{Agl, Amsl, FlightLevel, W84};
    let world = HeightFacts::WORLDWIDE;
    let told = |l, u| heights((l, u), &world);
    assert_eq!(told(at(120.0, Amsl), at(180.0, Amsl)), (Some(100), Some(200)));
    // A step holds its beginning and not its end.
    assert_eq!(told(at(100.0, Amsl), at(200.0, Amsl)), (Some(100), Some(300)));
    assert_eq!(told(at(-50.0, Amsl), at(-0.1, Amsl)), (Some(-100), Some(0)));
    // The geoid is between -107 and 86 m.
    assert_eq!(told(at(300.0, W84), at(400.0, W84)), (Some(200), Some(600)));
    let flat = world.with_terrain(40.0, 60.0).unwrap();
    assert_eq!(heights((at(70.0, Agl), at(120.0, Agl)), &flat), (Some(100), Some(200)));
    let (lower, upper) = told(at(3_048.0, FlightLevel), at(3_048.0, FlightLevel));
    assert!(lower < Some(3_000) && upper > Some(3_100), "{lower:?} {upper:?}");
}

#[test]
fn what_is_unbounded_unknown_or_at_the_ground_is_told_alike() {
    let world = HeightFacts::WORLDWIDE;
    let upper = at(120.0, Reference::Amsl);
    for lower in [Limit::Unknown, Limit::Unlimited, Limit::At(Height::SURFACE)] {
        assert_eq!(heights((lower, upper), &world), (None, Some(200)));
    }
    assert_eq!(heights((upper, Limit::Unknown), &world), (Some(100), None));
    let top = at(1_000_000.0, Reference::Amsl);
    assert_eq!(heights((top, top), &world), (Some(1_000_000), None));
    let bottom = at(-12_000.0, Reference::W84);
    assert_eq!(heights((bottom, bottom), &world), (None, Some(-11_800)));
}

#[test]
fn windows_go_outward_to_whole_slots() {
    let told =
        |window| widen(grid(), &Volume { window, ..always(circle(p(1.0, 1.0), 1.0)) }).window();
    let slots = |from: i64, until: i64| window(Some(from * HOUR), Some(until * HOUR));
    assert_eq!(told(window(Some(1), Some(HOUR - 1))), slots(0, 1));
    assert_eq!(told(window(Some(HOUR), Some(2 * HOUR))), slots(1, 3));
    assert_eq!(told(window(Some(-1), Some(-1))), slots(-1, 0));
    assert_eq!(told(window(Some(1), None)), window(Some(0), None));
    assert_eq!(told(Window::ALWAYS.part_time()), Window::ALWAYS);
    assert_eq!(told(window(Some(i64::MIN), Some(i64::MAX))), Window::ALWAYS);
    assert_eq!(told(window(Some(i64::MIN), Some(i64::MIN))).from(), None);
}

#[test]
fn a_slot_or_step_that_only_borders_on_a_volume_is_not_met() {
    let hidden = Volume {
        footprint: circle(p(33.5, 38.6), 30.0),
        band: Band::new(at(120.0, Reference::Amsl), at(180.0, Reference::Amsl)).unwrap(),
        window: window(Some(HOUR + 1), Some(2 * HOUR - 1)),
    };
    let wide = widen(grid(), &hidden);
    let met = |from: i64, until: i64, low: f64, high: f64| {
        let band = Band::new(at(low, Reference::Amsl), at(high, Reference::Amsl)).unwrap();
        let window = window(Some(from), Some(until));
        wide.meets(&Volume { band, window, ..hidden.clone() }, &Rules::default())
    };
    assert!(met(HOUR, HOUR, 150.0, 150.0));
    assert!(!met(HOUR - 1, HOUR - 1, 150.0, 150.0));
    assert!(!met(2 * HOUR, 2 * HOUR, 150.0, 150.0));
    assert!(met(2 * HOUR - 1, 3 * HOUR, 199.9, 300.0));
    assert!(!met(2 * HOUR - 1, 3 * HOUR, 200.0, 300.0));
    assert!(met(HOUR, HOUR, 0.0, 100.0));
    assert!(!met(HOUR, HOUR, 0.0, 99.0));
}

#[test]
fn what_both_have_is_told_in_the_cells_of_the_finer_one() {
    let zone = widen(grid(), &always(circle(p(33.5, 38.6), 55_000.0)));
    let drone = widen(grid(), &always(circle(p(33.503, 38.605), 30.0)));
    assert!(zone.cells()[0].level() > 0 && drone.cells()[0].level() == 0);
    assert_eq!(zone.common(&drone), Some(drone.clone()));
    assert_eq!(drone.common(&zone), Some(drone.clone()));
    let far = widen(grid(), &always(circle(p(35.0, 38.6), 30.0)));
    assert_eq!(zone.common(&far), None);
}

#[test]
fn two_grids_still_have_their_ground_in_common() {
    let coarse = SharingGrid::new(7_000, 50, 60).unwrap();
    let drone = always(circle(p(33.503, 38.605), 30.0));
    let (one, other) = (widen(grid(), &drone), widen(coarse, &drone));
    assert_eq!(one.common(&other).unwrap().cells(), one.cells());
    let far = widen(coarse, &always(circle(p(33.8, 38.605), 30.0)));
    assert_eq!(one.common(&far), None);
}

#[test]
fn a_widened_volume_is_read_back_and_what_cannot_be_one_is_refused() {
    let band = Band::new(at(0.0, Reference::Amsl), at(120.0, Reference::Amsl)).unwrap();
    let window = window(Some(1), Some(HOUR));
    let wide = widen(grid(), &Volume { band, window, ..always(circle(p(33.5, 38.6), 2_000.0)) });
    let mut cells = wide.cells().to_vec();
    cells.reverse();
    let read = |cells: &[Cell], lower, upper, window| {
        WidenedVolume::new(grid(), cells.to_vec(), lower, upper, window)
    };
    assert_eq!(read(&cells, Some(0), Some(200), wide.window()), Ok(wide.clone()));
    let refused = |cells: &[Cell], lower, upper, window| {
        read(cells, lower, upper, window).unwrap_err().to_string()
    };
    assert_eq!(refused(&[], None, None, Window::ALWAYS), "0 cells: must be 1 to 256");
    let many: Vec<Cell> = (0..257).map(|column| grid().cell(0, 0, column).unwrap()).collect();
    assert!(refused(&many, None, None, Window::ALWAYS).starts_with("257 cells"));
    let coarse = grid().cell(3, 0, 0).unwrap();
    let mixed = refused(&[cells[0], coarse], None, None, Window::ALWAYS);
    assert!(mixed.starts_with("cell 0/0@3: all cells"), "{mixed}");
    let other = SharingGrid::new(2_000, 100, 3_600).unwrap().cell(0, 0, 0).unwrap();
    assert!(read(&[other], None, None, Window::ALWAYS).is_err());
    for (lower, upper) in [(Some(50), None), (Some(200), Some(200)), (None, Some(2_000_000))] {
        assert!(refused(&cells, lower, upper, Window::ALWAYS).starts_with("heights"));
    }
    for window in [window, Window::ALWAYS.part_time(), self::window(Some(0), Some(0))] {
        assert!(refused(&cells, None, None, window).starts_with("the window"));
    }
}

#[test]
fn grids_out_of_range_are_refused_in_words() {
    let said = |c, h, s| SharingGrid::new(c, h, s).unwrap_err().to_string();
    assert_eq!(said(99, 10, 60), "cells of 99 m: must be from 100 to 100,000 m");
    assert_eq!(said(100, 10_001, 60), "height steps of 10001 m: must be from 10 to 10,000 m");
    assert_eq!(said(100, 10, 86_401), "time slots of 86401 s: must be from 60 to 86,400 s");
}

#[test]
fn widening_is_quick_from_a_drone_to_a_hemisphere() {
    let timed = |name: &str, volumes: &[Volume]| {
        let start = Clock::now();
        let wide: Vec<WidenedVolume> = volumes.iter().map(|v| widen(grid(), v)).collect();
        let each = start.elapsed() / u32::try_from(volumes.len()).unwrap();
        let start = Clock::now();
        let met = wide.iter().zip(volumes).filter(|(w, v)| w.meets(v, &Rules::default())).count();
        let asked = start.elapsed() / u32::try_from(volumes.len()).unwrap();
        let cells = wide[0].cells();
        let most = wide.iter().map(|w| w.cells().len()).max().unwrap();
        println!(
            "{name}: widen {each:?}, meets {asked:?}, level {}, {most} cells",
            cells[0].level()
        );
        assert!(most <= MAX_CELLS && met == volumes.len());
    };
    let drones: Vec<Volume> = (0..1_000)
        .map(|k| {
            let k = f64::from(k);
            let center =
                p((k * 0.61).rem_euclid(170.0) - 85.0, (k * 137.5).rem_euclid(360.0) - 180.0);
            let shape = star(center, 50.0 + k, &[1.0, 0.5, 0.9, 0.4, 0.8]);
            always(polygon(vec![shape], EdgeRule::Geodesic).unwrap())
        })
        .collect();
    timed("1,000 drones", &drones);
    timed("55 km", &[always(circle(p(33.5, 38.6), 55_000.0))]);
    timed("10,000 km", &[always(circle(p(33.5, 38.6), 10_000_000.0))]);
    let path = vec![p(-50.0, -70.0), p(10.0, -30.0), p(55.0, 10.0), p(60.0, 150.0)];
    for half_width_m in [1.0, 50_000.0, 1_000_000.0] {
        let line = Corridor::new(path.clone(), half_width_m, EdgeRule::Geodesic).unwrap();
        timed("corridor", &[always(Footprint::Corridor(line))]);
    }
    let rough: Vec<f64> = (0..20_000).map(|k| 0.8 + f64::from(k % 17) * 0.01).collect();
    let coast = polygon(vec![star(p(60.0, 10.0), 900_000.0, &rough)], EdgeRule::GreatCircle);
    timed("20,000 vertices", &[always(coast.unwrap())]);
}
