//! The space-time index against brute force, on histories of insertions, removals and queries.
//!
//! With `DECONFLICT_SOAK_SECONDS` set, further histories are tried for that long.

use std::f64::consts::{PI, TAU};
use std::time::{Duration, Instant};

use deconflict_geometry::{SpaceTimeBox, SpaceTimeIndex, cap_corners};

const DAY_NS: i64 = 86_400_000_000_000;
const SOME_DAY_NS: i64 = 20_800 * DAY_NS;

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Somewhere on the sphere; often at a pole, at the antimeridian or in one crowded place.
    fn direction(&mut self) -> [f64; 3] {
        let near = |random: &mut Random| 10f64.powf(random.between(-8.0, -1.0));
        let (lat, lon) = match self.below(6) {
            0 => (PI / 2.0 - near(self), self.between(-PI, PI)),
            1 => (near(self) - PI / 2.0, self.between(-PI, PI)),
            2 => (self.between(-1.5, 1.5), PI - near(self)),
            3 => (self.between(-1.5, 1.5), near(self) - PI),
            4 => (0.6 + near(self), 0.7 + near(self)),
            _ => (self.between(-1.0, 1.0).asin(), self.between(-PI, PI)),
        };
        unit_vector(lat, lon)
    }

    /// From 6 cm to the whole earth, mostly kilometres, and sometimes no extent at all.
    fn radius(&mut self) -> f64 {
        match self.below(12) {
            0 => 0.0,
            1 => self.between(0.1, PI),
            2..5 => 10f64.powf(self.between(-8.0, 0.0)),
            _ => 10f64.powf(self.between(-4.5, -2.0)),
        }
    }

    fn heights_m(&mut self) -> (f64, f64) {
        let low = self.between(-500.0, 3_000.0);
        match self.below(8) {
            0 => (f64::NEG_INFINITY, f64::INFINITY),
            1 => (low, f64::INFINITY),
            2 => (f64::NEG_INFINITY, low),
            3 => (low, low),
            _ => (low, low + self.between(0.0, 1_000.0)),
        }
    }

    fn nanos(&mut self) -> (i64, i64) {
        let from = SOME_DAY_NS + self.below(DAY_NS as usize) as i64;
        let lasting = 10f64.powf(self.between(0.0, 16.0)) as i64;
        match self.below(12) {
            0 => (i64::MIN, i64::MAX),
            1 => (from, i64::MAX),
            2 => (i64::MIN, from),
            3 => (from, from),
            4 => (i64::MIN + lasting, lasting - DAY_NS),
            _ => (from, from + lasting),
        }
    }

    fn space_time_box(&mut self) -> SpaceTimeBox {
        let (direction, radius) = (self.direction(), self.radius());
        let (min, max) = cap_corners(direction, radius);
        SpaceTimeBox::new(min, max, self.heights_m(), self.nanos())
    }
}

fn unit_vector(lat: f64, lon: f64) -> [f64; 3] {
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

/// The index and, beside it, a plain table that is searched from end to end.
#[derive(Default)]
struct Pair {
    index: SpaceTimeIndex,
    table: Vec<Option<SpaceTimeBox>>,
}

impl Pair {
    fn insert(&mut self, key: usize, bounds: SpaceTimeBox) {
        if key >= self.table.len() {
            self.table.resize(key + 1, None);
        }
        let replaced = self.table[key].replace(bounds).is_some();
        assert_eq!(self.index.insert(key as u32, &bounds), replaced);
    }

    fn remove(&mut self, key: usize) {
        let held = self.table.get_mut(key).and_then(Option::take).is_some();
        assert_eq!(self.index.remove(key as u32), held);
    }

    fn compare(&self, query: &SpaceTimeBox, seed: u64) {
        let mut found = Vec::new();
        self.index.query(query, |key| found.push(key as usize));
        found.sort_unstable();
        let meets = |key: &usize| self.table[*key].is_some_and(|bounds| bounds.meets(query));
        let expected: Vec<_> = (0..self.table.len()).filter(meets).collect();
        assert_eq!(found, expected, "history {seed}: {query:?}");
        assert_eq!(self.index.len(), self.table.iter().flatten().count(), "history {seed}");
    }
}

/// Grows, churns and shrinks an index several times, and compares it all along.
fn run_history(seed: u64) {
    let mut random = Random(seed);
    let mut pair = Pair::default();
    let keys = [3, 40, 300, 5_000][random.below(4)];
    let everything = SpaceTimeBox::new(
        [-1.0; 3],
        [1.0; 3],
        (f64::NEG_INFINITY, f64::INFINITY),
        (i64::MIN, i64::MAX),
    );
    for phase in 0..6 {
        let removals_in_ten = [1, 5, 10][(phase + random.below(2)) % 3];
        for _ in 0..keys * 2 {
            let key = random.below(keys);
            if random.below(10) < removals_in_ten {
                pair.remove(key);
            } else {
                pair.insert(key, random.space_time_box());
            }
            if random.one_in(1 + keys / 30) {
                pair.compare(&random.space_time_box(), seed);
            }
        }
        pair.compare(&everything, seed);
    }
    for key in 0..keys {
        pair.remove(key);
    }
    pair.compare(&everything, seed);
}

#[test]
fn the_index_finds_what_brute_force_finds() {
    (0..60).for_each(run_history);
}

#[test]
fn the_index_finds_what_brute_force_finds_for_as_long_as_asked() {
    let seconds = std::env::var("DECONFLICT_SOAK_SECONDS").ok().and_then(|s| s.parse().ok());
    let Some(seconds) = seconds else {
        println!("skipped: DECONFLICT_SOAK_SECONDS is not set");
        return;
    };
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut seed = 1_000;
    while Instant::now() < end {
        run_history(seed);
        seed += 1;
    }
    println!("{} histories", seed - 1_000);
}

#[test]
fn an_index_built_at_once_holds_the_latest_box_of_each_key() {
    let mut random = Random(1);
    let pairs: Vec<_> =
        (0..3_000).map(|_| (random.below(2_000) as u32, random.space_time_box())).collect();
    let mut pair = Pair { index: pairs.iter().copied().collect(), ..Pair::default() };
    pair.table.resize(2_000, None);
    for &(key, bounds) in &pairs {
        pair.table[key as usize] = Some(bounds);
    }
    for _ in 0..500 {
        pair.compare(&random.space_time_box(), 1);
    }
    for _ in 0..2_000 {
        pair.remove(random.below(2_000));
        pair.compare(&random.space_time_box(), 1);
    }
}

#[test]
fn an_index_that_is_emptied_and_filled_again_takes_no_more_memory() {
    let mut random = Random(2);
    let boxes: Vec<_> = (0..20_000).map(|_| random.space_time_box()).collect();
    let mut index = SpaceTimeIndex::new();
    let mut memory = Vec::new();
    for _ in 0..4 {
        for (key, bounds) in boxes.iter().enumerate() {
            index.insert(key as u32, bounds);
        }
        memory.push(index.memory_bytes());
        for key in 0..boxes.len() {
            assert!(index.remove(key as u32));
        }
    }
    assert!(memory[3] <= memory[0] + 64 * 1024, "{memory:?}");
}

#[test]
fn nodes_that_lost_most_of_their_boxes_give_their_memory_back() {
    let mut random = Random(3);
    let mut index = SpaceTimeIndex::new();
    for key in 0..100_000 {
        index.insert(key, &random.space_time_box());
    }
    let full = index.memory_bytes();
    for key in (0..100_000).filter(|key| key % 20 != 0) {
        index.remove(key);
    }
    for key in (0..100_000).filter(|key| key % 20 != 0) {
        let from = SOME_DAY_NS + DAY_NS / 24 * i64::from(key);
        let later = SpaceTimeBox::new([0.5; 3], [0.6; 3], (0.0, 1.0), (from, from + DAY_NS));
        index.insert(key, &later);
    }
    assert!(index.memory_bytes() < full * 3 / 2, "{full} {}", index.memory_bytes());
}

#[test]
fn boxes_meet_where_what_they_were_made_from_meets() {
    let mut random = Random(4);
    let parts = |random: &mut Random| {
        let (direction, radius) = (random.direction(), random.radius());
        (cap_corners(direction, radius), random.heights_m(), random.nanos())
    };
    let mut met = 0;
    for round in 0..200_000 {
        let ((min, max), heights, nanos) = parts(&mut random);
        let ((mut other_min, other_max), mut other_heights, mut other_nanos) = parts(&mut random);
        match round % 4 {
            0 => other_min = max,
            1 => other_heights.0 = heights.1,
            2 => other_nanos.0 = nanos.1,
            _ => {}
        }
        let apart = (0..3).any(|a| min[a] > other_max[a].max(other_min[a]))
            || (0..3).any(|a| max[a] < other_max[a].min(other_min[a]))
            || heights.0 > other_heights.1.max(other_heights.0)
            || heights.1 < other_heights.1.min(other_heights.0)
            || nanos.0 > other_nanos.1.max(other_nanos.0)
            || nanos.1 < other_nanos.1.min(other_nanos.0);
        if !apart {
            met += 1;
            let bounds = SpaceTimeBox::new(min, max, heights, nanos);
            let other = SpaceTimeBox::new(other_min, other_max, other_heights, other_nanos);
            assert!(bounds.meets(&other) && other.meets(&bounds), "{bounds:?} {other:?}");
        }
    }
    assert!(met > 5_000, "{met}");
}

#[test]
fn boxes_that_are_apart_by_more_than_their_steps_do_not_meet() {
    const STEPS: f64 = (1u32 << 30) as f64;
    let shifted = |x: f64, height: f64, nanos: i64| {
        SpaceTimeBox::new(
            [x, 0.0, 0.0],
            [x + 1e-6, 0.1, 1.0],
            (height, height + 10.0),
            (SOME_DAY_NS + nanos, SOME_DAY_NS + nanos + 60_000_000_000),
        )
    };
    let base = shifted(0.0, 0.0, 0);
    assert!(base.meets(&shifted(1e-6 + 1.5 / STEPS, 10.0, 60_000_000_000)));
    assert!(!base.meets(&shifted(1e-6 + 3.5 / STEPS, 0.0, 0)));
    assert!(!base.meets(&shifted(0.0, 10.02, 0)));
    assert!(!base.meets(&shifted(0.0, 0.0, 61_000_000_000)));
}

#[test]
fn bounds_that_are_not_numbers_are_open() {
    let nan = f64::NAN;
    let unknown = SpaceTimeBox::new([nan; 3], [nan; 3], (nan, nan), (i64::MIN, i64::MAX));
    let mut random = Random(5);
    let mut pair = Pair::default();
    for key in 0..1_000 {
        let bounds = random.space_time_box();
        assert!(unknown.meets(&bounds));
        pair.insert(key, bounds);
        pair.compare(&unknown, 5);
    }
    pair.insert(1_000, unknown);
    for _ in 0..1_000 {
        pair.compare(&random.space_time_box(), 5);
    }
}

#[test]
fn the_corners_of_a_cap_hold_it_and_no_more() {
    let mut random = Random(6);
    for round in 0..20_000 {
        let centre = match round % 8 {
            0 => [0.0, 0.0, -1.0],
            1 => [0.0, 1.0, 0.0],
            _ => random.direction(),
        };
        let radius = random.radius();
        let (min, max) = cap_corners(centre, radius);
        for axis in 0..3 {
            let angle = centre[axis].clamp(-1.0, 1.0).acos();
            let (nearest, farthest) = ((angle - radius).max(0.0), (angle + radius).min(PI));
            assert!((max[axis] - nearest.cos()).abs() < 1e-7, "{centre:?} {radius} {max:?}");
            assert!((min[axis] - farthest.cos()).abs() < 1e-7, "{centre:?} {radius} {min:?}");
        }
        let azimuth = random.between(0.0, TAU);
        let point = at_distance(centre, azimuth, radius * random.between(0.9, 1.0));
        for axis in 0..3 {
            assert!(
                (min[axis]..=max[axis]).contains(&point[axis]),
                "{centre:?} {radius} {point:?}"
            );
        }
    }
}

/// The unit vector at the angle `distance` from `centre` in the direction `azimuth`.
fn at_distance(centre: [f64; 3], azimuth: f64, distance: f64) -> [f64; 3] {
    let across = if centre[0].abs() < 0.6 { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
    let side = normalized(cross(centre, across));
    let ahead = cross(side, centre);
    std::array::from_fn(|axis| {
        let heading = azimuth.cos() * ahead[axis] + azimuth.sin() * side[axis];
        distance.cos() * centre[axis] + distance.sin() * heading
    })
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn normalized(v: [f64; 3]) -> [f64; 3] {
    let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
    v.map(|x| x / length)
}
