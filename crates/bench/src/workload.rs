//! The volumes that are measured: seeded, so that every run and every engine sees the same.

use deconflict_geometry::{SpaceTimeBox, cap_corners};

/// What the workload is, in the words of the report.
pub(crate) const DESCRIPTION: &str = "\
SplitMix64 from a fixed seed draws 300 cities, uniformly in latitude 36 to 60 and longitude -10 to 30 \
degrees. Each volume stands over a city drawn uniformly, off its centre by a Gaussian of 0.2 degrees \
in latitude and of the same distance in longitude. `city`: a flight, a circle of 1 to 5 km (uniform), \
from 0 to 120 m above the ground (whole metres) up to 120 m higher, for 30 minutes that begin at a second drawn \
uniformly from 24 hours. `mixed`: 99 of 100 volumes are such flights; one, drawn at random, is a zone: \
a circle of 10 to 200 km (uniform), from the ground to 1,000 to 20,000 m, all day. Queries are \
volumes of the same kind from another seed. The box of a volume is that of its circle \
on the unit sphere in x, y and z, rounded outward to 2^-22 (1.5 m), with its heights in metres and \
its times in seconds: every engine can hold these numbers exactly, so all are asked the same question.";

/// The beginning of the day, in seconds since 1970.
pub(crate) const DAY_S: i64 = 1_798_761_600;

const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A circle of the workload with its box, in the forms that the engines take.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub(crate) key: u32,
    pub(crate) is_zone: bool,
    pub(crate) lat_rad: f64,
    pub(crate) lon_rad: f64,
    pub(crate) radius_rad: f64,
    pub(crate) min: [f32; 3],
    pub(crate) max: [f32; 3],
    pub(crate) heights_m: (i32, i32),
    /// Since the beginning of the day.
    pub(crate) seconds: (i32, i32),
    /// Made beforehand, so that only the engines are timed.
    pub(crate) space_time_box: SpaceTimeBox,
    /// Least and greatest longitude and latitude in degrees, rounded outward. No circle of the
    /// workload reaches a pole or the antimeridian.
    pub(crate) degrees: ([f32; 2], [f32; 2]),
}

fn space_time_box(
    min: [f32; 3],
    max: [f32; 3],
    heights_m: (i32, i32),
    seconds: (i32, i32),
) -> SpaceTimeBox {
    let nanos = |seconds: i32| (DAY_S + i64::from(seconds)) * 1_000_000_000;
    SpaceTimeBox::new(
        min.map(f64::from),
        max.map(f64::from),
        (f64::from(heights_m.0), f64::from(heights_m.1)),
        (nanos(seconds.0), nanos(seconds.1)),
    )
}

fn degrees(lat_rad: f64, lon_rad: f64, radius_rad: f64) -> ([f32; 2], [f32; 2]) {
    let across = (radius_rad.sin() / lat_rad.cos()).asin();
    let low = [lon_rad - across, lat_rad - radius_rad];
    let high = [lon_rad + across, lat_rad + radius_rad];
    (
        low.map(|rad| (rad.to_degrees() as f32).next_down()),
        high.map(|rad| (rad.to_degrees() as f32).next_up()),
    )
}

/// A stream of volumes.
pub(crate) struct Workload {
    random: Random,
    cities: Vec<(f64, f64)>,
    zones: bool,
}

impl Workload {
    /// Flights over cities.
    pub(crate) fn city(seed: u64) -> Workload {
        let mut cities = Random(0);
        let city = |_| (cities.between(36.0, 60.0), cities.between(-10.0, 30.0));
        Workload { cities: (0..300).map(city).collect(), random: Random(seed), zones: false }
    }

    /// Flights, and one zone in a hundred.
    pub(crate) fn mixed(seed: u64) -> Workload {
        Workload { zones: true, ..Workload::city(seed) }
    }

    pub(crate) fn item(&mut self, key: u32) -> Item {
        let random = &mut self.random;
        let is_zone = self.zones && random.below(100) == 0;
        let (city_lat, city_lon) = self.cities[random.below(300) as usize];
        let lat_rad = (city_lat + 0.2 * random.gaussian()).to_radians();
        let lon_rad = (city_lon + 0.2 * random.gaussian() / lat_rad.cos()).to_radians();
        let radius_m = if is_zone { random.between(1e4, 2e5) } else { random.between(1e3, 5e3) };
        let (heights_m, seconds) = if is_zone {
            ((0, 1_000 + random.below(19_001) as i32), (0, 86_400))
        } else {
            let (low, from) = (random.below(121) as i32, random.below(86_400) as i32);
            ((low, low + 120), (from, from + 1_800))
        };
        let radius_rad = radius_m / EARTH_RADIUS_M;
        let centre = [lat_rad.cos() * lon_rad.cos(), lat_rad.cos() * lon_rad.sin(), lat_rad.sin()];
        let (min, max) = cap_corners(centre, radius_rad);
        let min = min.map(|x| ((x * GRID).floor() / GRID) as f32);
        let max = max.map(|x| ((x * GRID).ceil() / GRID) as f32);
        Item {
            key,
            is_zone,
            lat_rad,
            lon_rad,
            radius_rad,
            min,
            max,
            heights_m,
            seconds,
            space_time_box: space_time_box(min, max, heights_m, seconds),
            degrees: degrees(lat_rad, lon_rad, radius_rad),
        }
    }

    pub(crate) fn items(mut self, count: u32) -> Vec<Item> {
        (0..count).map(|key| self.item(key)).collect()
    }
}

const GRID: f64 = (1 << 22) as f64;

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// By Box and Muller.
    pub(crate) fn gaussian(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.between(0.0, 1.0)).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.between(0.0, 1.0)).cos()
    }
}
