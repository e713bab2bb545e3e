//! Heights, their references, and bands of them.

use std::cmp::Ordering;
use std::fmt;

use crate::relation::{Reason, Relation, Verdict};

/// One international foot in metres, exactly.
pub const FEET_M: f64 = 0.3048;

/// What a height is counted from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", deny_unknown_fields))]
pub enum Reference {
    /// The WGS84 ellipsoid.
    W84,
    /// Mean sea level (the geoid).
    Amsl,
    /// The ground or water below; height 0 is the surface (`SFC`, `GND`).
    Agl,
    /// The 1013.25 hPa surface of the ICAO standard atmosphere: FL 100 is 3048 m here.
    FlightLevel,
}

/// A height in metres above its reference, between -12,000 m and 1,000,000 m.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", deny_unknown_fields))]
pub struct Height {
    /// Metres above the reference.
    pub metres: f64,
    /// What the metres are counted from.
    pub reference: Reference,
}

/// A lower or upper end of a band.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Limit {
    /// At a height.
    At(Height),
    /// No limit: down to the centre of the earth or up to space.
    Unlimited,
    /// Not declared. It may be anywhere, and whatever hangs on it is possible.
    Unknown,
}

/// A closed band of heights. A declared band is taken to be non-empty.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Band {
    lower: Limit,
    upper: Limit,
}

/// Why two limits are not a band.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", deny_unknown_fields))]
pub enum BandError {
    /// A height is not a number or outside [-12,000, 1,000,000] m.
    OutOfRange(f64),
    /// The lower limit is above the upper one, wherever the ground and whatever the air.
    UpsideDown {
        /// The lower limit.
        lower: Height,
        /// The upper limit.
        upper: Height,
    },
}

/// What is known of the ground and the air where heights of different references are compared.
///
/// The defaults are what is physically possible anywhere; a narrower range makes fewer answers
/// `possible`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct HeightFacts {
    terrain_min_m: f64,
    terrain_max_m: f64,
    qnh_min_hpa: f64,
    qnh_max_hpa: f64,
}

/// Why a range is not a usable fact about terrain or pressure.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", deny_unknown_fields))]
pub enum HeightFactsError {
    /// Terrain must satisfy -500 <= min <= max <= 9,000 metres above mean sea level.
    Terrain(f64, f64),
    /// Pressure must satisfy 850 <= min <= max <= 1,100 hPa.
    Pressure(f64, f64),
}

/// The geoid lies between these heights above the WGS84 ellipsoid, in metres: EGM2008 reaches from
/// -106.9 m south of India to 85.8 m over New Guinea.
const GEOID_M: (f64, f64) = (-107.0, 86.0);

/// The thickness of an air column over that of the standard atmosphere between the same pressures,
/// which is the ratio of their mean temperatures in kelvin. No mean over a column is known colder
/// than 20 % below or warmer than 15 % above the standard's (ICAO Doc 7488): that would be some
/// 55 K and 40 K.
const COLUMN: (f64, f64) = (0.80, 1.15);

impl Height {
    /// The surface of the ground or water (`SFC`, `GND`).
    pub const SURFACE: Height = Height { metres: 0.0, reference: Reference::Agl };

    /// Whether it is the surface, or below it.
    fn is_ground(self) -> bool {
        self.reference == Reference::Agl && self.metres <= 0.0
    }
}

impl Band {
    /// From the deep to space, as declared.
    pub const UNLIMITED: Band = Band { lower: Limit::Unlimited, upper: Limit::Unlimited };
    /// Nothing is declared of the heights.
    pub const UNKNOWN: Band = Band { lower: Limit::Unknown, upper: Limit::Unknown };

    /// The band between two limits, both included.
    ///
    /// # Errors
    /// When a height is out of range, or the lower limit is surely above the upper one.
    pub fn new(lower: Limit, upper: Limit) -> Result<Band, BandError> {
        for limit in [lower, upper] {
            if let Limit::At(h) = limit
                && !(-12_000.0..=1_000_000.0).contains(&h.metres)
            {
                return Err(BandError::OutOfRange(h.metres));
            }
        }
        let band = Band { lower, upper };
        if let (Limit::At(l), Limit::At(u)) = (lower, upper)
            && band.is_upside_down(&HeightFacts::WORLDWIDE)
        {
            return Err(BandError::UpsideDown { lower: l, upper: u });
        }
        Ok(band)
    }

    /// The lower limit.
    pub fn lower(self) -> Limit {
        self.lower
    }

    /// The upper limit.
    pub fn upper(self) -> Limit {
        self.upper
    }
}

impl HeightFacts {
    /// What holds anywhere on earth: ground from the shore of the Dead Sea to Everest, sea-level
    /// pressure between the lowest (870 hPa, typhoon Tip, 1979) and the highest (1085 hPa,
    /// Tosontsengel, 2001) on record.
    pub const WORLDWIDE: HeightFacts = HeightFacts {
        terrain_min_m: -440.0,
        terrain_max_m: 8_849.0,
        qnh_min_hpa: 870.0,
        qnh_max_hpa: 1_085.0,
    };

    /// The same with the ground known to lie between two heights in metres above mean sea level.
    ///
    /// # Errors
    /// Unless -500 <= min <= max <= 9,000.
    pub fn with_terrain(self, min_m: f64, max_m: f64) -> Result<HeightFacts, HeightFactsError> {
        if !(-500.0 <= min_m && min_m <= max_m && max_m <= 9_000.0) {
            return Err(HeightFactsError::Terrain(min_m, max_m));
        }
        Ok(HeightFacts { terrain_min_m: min_m, terrain_max_m: max_m, ..self })
    }

    /// The same with the sea-level pressure (QNH) known to lie between two values in hectopascals.
    ///
    /// # Errors
    /// Unless 850 <= min <= max <= 1,100.
    pub fn with_pressure(
        self,
        min_hpa: f64,
        max_hpa: f64,
    ) -> Result<HeightFacts, HeightFactsError> {
        if !(850.0 <= min_hpa && min_hpa <= max_hpa && max_hpa <= 1_100.0) {
            return Err(HeightFactsError::Pressure(min_hpa, max_hpa));
        }
        Ok(HeightFacts { qnh_min_hpa: min_hpa, qnh_max_hpa: max_hpa, ..self })
    }
}

impl HeightFacts {
    /// The heights above mean sea level, in metres, between which a height lies.
    fn amsl_m(&self, height: Height) -> (f64, f64) {
        let m = height.metres;
        match height.reference {
            Reference::Amsl => (m, m),
            Reference::W84 => (m - GEOID_M.1, m - GEOID_M.0),
            Reference::Agl => (m + self.terrain_min_m, m + self.terrain_max_m),
            Reference::FlightLevel => {
                // The layer between sea level and the flight level, which in the standard
                // atmosphere is this thick, stretches and shrinks with the temperature.
                let thickest = m - pressure_altitude_m(self.qnh_max_hpa);
                let thinnest = m - pressure_altitude_m(self.qnh_min_hpa);
                (
                    (thinnest * COLUMN.0).min(thinnest * COLUMN.1),
                    (thickest * COLUMN.0).max(thickest * COLUMN.1),
                )
            }
        }
    }
}

/// The height in metres of a pressure in the standard atmosphere (ICAO Doc 7488, below 11 km).
fn pressure_altitude_m(hpa: f64) -> f64 {
    44_330.77 * (1.0 - (hpa / 1_013.25).powf(0.190_263_1))
}

/// How two bands lie to one another when `separation_m` metres must lie between them.
pub(crate) fn bands(a: Band, b: Band, separation_m: f64, facts: &HeightFacts) -> Verdict {
    if a.is_upside_down(facts) || b.is_upside_down(facts) {
        // The facts contradict what is declared: nothing follows from them.
        return Verdict::possible(&[Reason::HeightReference]);
    }
    let begins = |a, b| lower_against_upper(a, b, separation_m, facts);
    Verdict::certain(match (begins(a, b), begins(b, a)) {
        (Ok(Ordering::Greater), _) | (_, Ok(Ordering::Greater)) => Relation::Apart,
        // Two bands without thickness, and the same.
        (Ok(Ordering::Equal), Ok(Ordering::Equal)) => Relation::Overlap,
        (Ok(Ordering::Equal), _) | (_, Ok(Ordering::Equal)) => Relation::Touch,
        (Err(reason), Err(other)) => return Verdict::possible(&[reason, other]),
        (Err(reason), _) | (_, Err(reason)) => return Verdict::possible(&[reason]),
        (Ok(Ordering::Less), Ok(Ordering::Less)) => Relation::Overlap,
    })
}

/// How the lower limit of `a` compares with the upper limit of `b`, the separation added; or why
/// that is not known.
fn lower_against_upper(
    a: Band,
    b: Band,
    separation_m: f64,
    facts: &HeightFacts,
) -> Result<Ordering, Reason> {
    if a.lower == Limit::Unlimited || b.upper == Limit::Unlimited {
        return Ok(Ordering::Less);
    }
    if let (Limit::At(lower), Limit::At(upper)) = (a.lower, b.upper) {
        if lower.reference == upper.reference {
            // At any one place and time the same reference is the same surface.
            return Ok(lower.metres.total_cmp(&(upper.metres + separation_m)));
        }
        let (low, high) = (facts.amsl_m(lower), facts.amsl_m(upper));
        if low.1 < high.0 + separation_m {
            return Ok(Ordering::Less);
        }
        if low.0 > high.1 + separation_m && !lower.is_ground() {
            return Ok(Ordering::Greater);
        }
        // What reaches above the sea is taken to reach above the ground too, unless the facts say
        // that it lies below all of it, which is then left in doubt.
        if lower.is_ground() && high.0 > 0.0 && high.1 >= facts.terrain_min_m {
            return Ok(Ordering::Less);
        }
    }
    // A band is not empty: its lower limit lies below its upper one, whatever the references.
    if surely_at_most(a.upper, b.upper, facts) || surely_at_most(a.lower, b.lower, facts) {
        return Ok(Ordering::Less);
    }
    let known = matches!((a.lower, b.upper), (Limit::At(_), Limit::At(_)));
    Err(if known { Reason::HeightReference } else { Reason::HeightUnknown })
}

/// Whether one limit surely lies at or below another.
fn surely_at_most(limit: Limit, other: Limit, facts: &HeightFacts) -> bool {
    match (limit, other) {
        (Limit::At(h), Limit::At(g)) if h.reference == g.reference => h.metres <= g.metres,
        (Limit::At(h), Limit::At(g)) => facts.amsl_m(h).1 <= facts.amsl_m(g).0,
        _ => false,
    }
}

/// By how many metres two bands are apart at least; 0 where that is not known.
pub(crate) fn bands_gap_m(a: Band, b: Band, facts: &HeightFacts) -> f64 {
    let gap = |a: Band, b: Band| match (a.lower, b.upper) {
        (Limit::At(l), Limit::At(u)) if l.reference == u.reference => l.metres - u.metres,
        (Limit::At(l), Limit::At(u)) => facts.amsl_m(l).0 - facts.amsl_m(u).1,
        _ => 0.0,
    };
    gap(a, b).max(gap(b, a)).max(0.0)
}

/// The ends of the common band: the higher lower limit and the lower upper limit, as given. Where
/// references differ and the facts do not tell, the one that is probably so.
pub(crate) fn common_limits(a: Band, b: Band, facts: &HeightFacts) -> (Limit, Limit) {
    let middle = |h: Height| {
        let (low, high) = facts.amsl_m(h);
        f64::midpoint(low, high)
    };
    let order = |h: Height, g: Height| {
        if h.reference == g.reference {
            h.metres.total_cmp(&g.metres)
        } else {
            middle(h).total_cmp(&middle(g))
        }
    };
    let pick = |p: Limit, q: Limit, keep: Ordering| match (p, q) {
        (Limit::At(h), Limit::At(g)) => {
            if order(h, g) == keep {
                p
            } else {
                q
            }
        }
        (Limit::At(_), _) | (Limit::Unknown, Limit::Unlimited) => p,
        _ => q,
    };
    (pick(a.lower, b.lower, Ordering::Greater), pick(a.upper, b.upper, Ordering::Less))
}

impl Band {
    /// Whether, by the facts, the lower limit is above the upper one.
    fn is_upside_down(self, facts: &HeightFacts) -> bool {
        match (self.lower, self.upper) {
            (Limit::At(l), Limit::At(u)) if l.reference == u.reference => l.metres > u.metres,
            (Limit::At(l), Limit::At(u)) => facts.amsl_m(l).0 > facts.amsl_m(u).1,
            _ => false,
        }
    }

    /// The least and the greatest height above mean sea level, in metres, that the band may reach;
    /// infinite where it has no limit or none is known.
    pub(crate) fn amsl_m(self, facts: &HeightFacts) -> (f64, f64) {
        if self.is_upside_down(facts) {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let low = match self.lower {
            // What begins at the ground is never surely above another band's upper limit, wherever
            // the terrain is said to be.
            Limit::At(h) if h.is_ground() => f64::NEG_INFINITY,
            Limit::At(h) => facts.amsl_m(h).0,
            _ => f64::NEG_INFINITY,
        };
        let high = match self.upper {
            Limit::At(h) => facts.amsl_m(h).1,
            _ => f64::INFINITY,
        };
        (low, high)
    }
}

impl Default for HeightFacts {
    fn default() -> HeightFacts {
        HeightFacts::WORLDWIDE
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reference::W84 => "W84",
            Reference::Amsl => "AMSL",
            Reference::Agl => "AGL",
            Reference::FlightLevel => "FL",
        })
    }
}

impl fmt::Display for BandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BandError::OutOfRange(m) => {
                write!(f, "height {m} m: must be a number from -12,000 to 1,000,000 m")
            }
            BandError::UpsideDown { lower, upper } => write!(
                f,
                "lower limit {} m {} is above upper limit {} m {}",
                lower.metres, lower.reference, upper.metres, upper.reference
            ),
        }
    }
}

impl std::error::Error for BandError {}

impl fmt::Display for HeightFactsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeightFactsError::Terrain(min, max) => write!(
                f,
                "terrain {min},{max}: must be two heights in metres above mean sea level, \
                 lower first, between -500 and 9,000"
            ),
            HeightFactsError::Pressure(min, max) => write!(
                f,
                "pressure {min},{max}: must be two sea-level pressures in hPa, lower first, \
                 between 850 and 1,100"
            ),
        }
    }
}

impl std::error::Error for HeightFactsError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(metres: f64, reference: Reference) -> Limit {
        Limit::At(Height { metres, reference })
    }

    fn band(lower: Limit, upper: Limit) -> Band {
        Band::new(lower, upper).unwrap()
    }

    const SFC: Limit = Limit::At(Height::SURFACE);

    fn judged(a: Band, b: Band, facts: &HeightFacts) -> (Relation, Option<Reason>) {
        let forth = bands(a, b, 0.0, facts);
        assert_eq!(forth, bands(b, a, 0.0, facts));
        (forth.relation, forth.reasons.iter().next())
    }

    #[test]
    fn same_references_are_compared_as_numbers() {
        use Reference::{Agl, Amsl, FlightLevel, W84};
        for r in [W84, Amsl, Agl, FlightLevel] {
            let b = |l, u| band(at(l, r), at(u, r));
            let world = HeightFacts::WORLDWIDE;
            assert_eq!(judged(b(10.0, 20.0), b(15.0, 30.0), &world), (Relation::Overlap, None));
            assert_eq!(judged(b(10.0, 20.0), b(20.0, 30.0), &world), (Relation::Touch, None));
            assert_eq!(judged(b(10.0, 20.0), b(20.1, 30.0), &world), (Relation::Apart, None));
            assert_eq!(judged(b(10.0, 10.0), b(10.0, 10.0), &world), (Relation::Overlap, None));
        }
    }

    #[test]
    fn flight_levels_and_altitudes_are_told_apart_where_the_air_allows_no_doubt() {
        let low = band(SFC, at(1_066.8, Reference::Amsl));
        let fl = |l: f64, u: f64| {
            band(at(l * 30.48, Reference::FlightLevel), at(u * 30.48, Reference::FlightLevel))
        };
        let world = HeightFacts::WORLDWIDE;
        let doubt = (Relation::Possible, Some(Reason::HeightReference));
        assert_eq!(judged(low, fl(55.0, 195.0), &world), doubt);
        assert_eq!(judged(low, fl(195.0, 245.0), &world), (Relation::Apart, None));
        let today = world.with_pressure(995.0, 1_030.0).unwrap();
        assert_eq!(judged(low, fl(55.0, 195.0), &today), (Relation::Apart, None));
        assert_eq!(
            judged(low, band(SFC, at(3_048.0, Reference::FlightLevel)), &world).0,
            Relation::Overlap
        );
    }

    #[test]
    fn two_bands_from_the_surface_overlap_whatever_they_reach_up_to() {
        let a = band(SFC, at(100.0, Reference::W84));
        let b = band(SFC, at(100.0, Reference::FlightLevel));
        assert_eq!(judged(a, b, &HeightFacts::WORLDWIDE), (Relation::Overlap, None));
        assert_eq!(
            judged(a, band(SFC, Limit::Unknown), &HeightFacts::WORLDWIDE).0,
            Relation::Overlap
        );
    }

    #[test]
    fn unknown_heights_are_possible_and_say_so() {
        let known = band(at(100.0, Reference::Amsl), at(200.0, Reference::Amsl));
        let found = judged(known, Band::UNKNOWN, &HeightFacts::WORLDWIDE);
        assert_eq!(found, (Relation::Possible, Some(Reason::HeightUnknown)));
        assert_eq!(
            judged(known, Band::UNLIMITED, &HeightFacts::WORLDWIDE),
            (Relation::Overlap, None)
        );
    }

    #[test]
    fn terrain_narrows_what_is_possible() {
        let drone = band(SFC, at(120.0, Reference::Agl));
        let airway = band(at(3_000.0, Reference::Amsl), at(4_000.0, Reference::Amsl));
        assert_eq!(judged(drone, airway, &HeightFacts::WORLDWIDE).0, Relation::Possible);
        let lowland = HeightFacts::WORLDWIDE.with_terrain(0.0, 300.0).unwrap();
        assert_eq!(judged(drone, airway, &lowland), (Relation::Apart, None));
    }

    #[test]
    fn what_may_lie_under_water_or_ground_is_not_taken_to_reach_above_it() {
        let doubt = (Relation::Possible, Some(Reason::HeightReference));
        let dive = band(at(-50.0, Reference::Amsl), at(-10.0, Reference::Amsl));
        let drone = band(SFC, at(100.0, Reference::Agl));
        assert_eq!(judged(dive, drone, &HeightFacts::WORLDWIDE), doubt);
        let lowland = HeightFacts::WORLDWIDE.with_terrain(0.0, 100.0).unwrap();
        assert_eq!(judged(dive, drone, &lowland), doubt);
        let area = band(at(500.0, Reference::Amsl), at(800.0, Reference::Amsl));
        let range = band(SFC, at(1_500.0, Reference::Amsl));
        assert_eq!(judged(area, range, &HeightFacts::WORLDWIDE), (Relation::Overlap, None));
        let plateau = HeightFacts::WORLDWIDE.with_terrain(2_000.0, 3_000.0).unwrap();
        assert_eq!(judged(area, range, &plateau), doubt);
    }

    #[test]
    fn facts_that_contradict_a_declaration_leave_it_possible() {
        let hill = band(at(100.0, Reference::Agl), at(500.0, Reference::Amsl));
        let plateau = HeightFacts::WORLDWIDE.with_terrain(2_000.0, 3_000.0).unwrap();
        let doubt = (Relation::Possible, Some(Reason::HeightReference));
        assert_eq!(judged(hill, hill, &plateau), doubt);
        assert!(Band::new(at(9_000.0, Reference::Agl), at(0.0, Reference::W84)).is_err());
    }

    #[test]
    fn facts_out_of_range_are_refused() {
        assert!(HeightFacts::WORLDWIDE.with_terrain(300.0, 0.0).is_err());
        assert!(HeightFacts::WORLDWIDE.with_pressure(f64::NAN, 1_000.0).is_err());
        assert!(Band::new(at(f64::NAN, Reference::Amsl), Limit::Unlimited).is_err());
        assert!(Band::new(at(2.0, Reference::Amsl), at(1.0, Reference::Amsl)).is_err());
    }
}
