//! Two volumes from bytes, and what must hold of their relation.

use arbitrary::{Result, Unstructured};
use deconflict_geometry::{
    Band, Circle, Corridor, EdgeRule, Footprint, Height, Instant, Limit, Polygon, Position,
    Reference, Relation, Rules, Separation, Volume, Window, common, gap, relation,
};

/// Makes two volumes of the bytes and asks everything about them. Where the bytes make no volume
/// nothing is asked.
///
/// # Panics
/// Where the answer depends on the order, contradicts what the two have in common, or where a
/// larger separation makes a conflict disappear.
pub fn relation_of_two(bytes: &[u8]) {
    let mut bytes = Unstructured::new(bytes);
    if let (Ok(Some(a)), Ok(Some(b))) = (volume(&mut bytes), volume(&mut bytes)) {
        let more = separation(&mut bytes).unwrap_or_default();
        examine(&a, &b, more);
    }
}

fn examine(a: &Volume, b: &Volume, more: Separation) {
    let rules = Rules::default();
    let verdict = relation(a, b, &rules);
    assert_eq!(verdict, relation(b, a, &rules), "the answer depends on the order");
    assert_eq!(
        verdict.relation == Relation::Possible,
        verdict.reasons.iter().next().is_some(),
        "`possible` and reasons go together"
    );
    let both = common(a, b, &rules);
    assert_eq!(
        both.is_none(),
        verdict.relation == Relation::Apart,
        "something in common when apart"
    );
    if let Some(both) = both {
        assert!(both.depth_m >= 0.0 && both.depth_m.is_finite(), "depth {}", both.depth_m);
        assert!(both.window.from() >= a.window.from().max(b.window.from()), "begins too early");
    }
    let apart = gap(a, b, &rules);
    assert!(
        apart.horizontal_m >= 0.0 && apart.vertical_m >= 0.0 && apart.time_ns >= 0,
        "{apart:?}"
    );
    if verdict.relation == Relation::Overlap {
        assert!(apart.vertical_m == 0.0 && apart.time_ns == 0, "overlap with a gap: {apart:?}");
    }
    let wider = relation(a, b, &Rules { separation: more, ..rules });
    assert!(
        verdict.relation == Relation::Apart || wider.relation != Relation::Apart,
        "a larger separation made a conflict disappear: {more:?}"
    );
    assert_eq!(
        wider,
        relation(b, a, &Rules { separation: more, ..rules }),
        "order, with separation"
    );
    for volume in [a, b] {
        let same = relation(volume, volume, &rules).relation;
        assert!(same >= Relation::Possible, "a volume is {same:?} to itself");
    }
}

fn volume(bytes: &mut Unstructured<'_>) -> Result<Option<Volume>> {
    let Some(footprint) = footprint(bytes)? else { return Ok(None) };
    let Ok(band) = Band::new(limit(bytes)?, limit(bytes)?) else { return Ok(None) };
    let Ok(window) = Window::new(instant(bytes)?, instant(bytes)?) else { return Ok(None) };
    let window = if bytes.ratio(1, 8)? { window.part_time() } else { window };
    Ok(Some(Volume { footprint, band, window }))
}

fn footprint(bytes: &mut Unstructured<'_>) -> Result<Option<Footprint>> {
    let scale = *bytes.choose(&[10.0, 1.0, 0.001, 1e-9])?;
    // Long edges of another rule become thousands of vertices, which leaves time for few pairs.
    let rule = if scale < 1.0 || bytes.ratio(1, 32)? {
        *bytes.choose(&[EdgeRule::GreatCircle, EdgeRule::Geodesic, EdgeRule::LonLat])?
    } else {
        EdgeRule::GreatCircle
    };
    Ok(match bytes.int_in_range(0..=3)? {
        0 => Circle::new(position(bytes)?, metres(bytes, 7)?).ok().map(Footprint::Circle),
        1 => {
            let path = positions(bytes, 8, scale)?;
            Corridor::new(path, metres(bytes, 6)?, rule).ok().map(Footprint::Corridor)
        }
        _ => {
            let count = bytes.int_in_range(1..=2)?;
            let mut polygons = Vec::new();
            for _ in 0..count {
                let mut rings = vec![positions(bytes, 8, scale)?];
                if bytes.ratio(1, 4)? {
                    rings.push(positions(bytes, 5, scale)?);
                }
                polygons.extend(Polygon::new(rings, rule));
            }
            (!polygons.is_empty()).then_some(Footprint::Polygons(polygons))
        }
    })
}

/// Points near each other on a lattice of `step` degrees, so that vertices and edges coincide.
fn positions(bytes: &mut Unstructured<'_>, most: usize, step: f64) -> Result<Vec<Position>> {
    let count = bytes.int_in_range(2..=most)?;
    let (lat, lon) =
        (f64::from(bytes.int_in_range(-9i8..=9)?), f64::from(bytes.int_in_range(-18i8..=18)?));
    let mut points = Vec::with_capacity(count);
    for _ in 0..count {
        let (y, x): (i8, i8) = (bytes.int_in_range(-8..=8)?, bytes.int_in_range(-8..=8)?);
        let lat = (lat * 10.0 + f64::from(y) * step).clamp(-90.0, 90.0);
        let lon = (lon * 10.0 + f64::from(x) * step + 540.0).rem_euclid(360.0) - 180.0;
        points.extend(Position::new(lat, lon));
    }
    if step >= 1.0 && bytes.ratio(1, 16)? {
        points.push(position(bytes)?);
    }
    Ok(points)
}

fn position(bytes: &mut Unstructured<'_>) -> Result<Position> {
    let (lat, lon): (i16, i16) = (bytes.arbitrary()?, bytes.arbitrary()?);
    let (lat, lon) = (f64::from(lat) / 364.0, f64::from(lon) / 182.0);
    Position::new(lat.clamp(-90.0, 90.0), lon.clamp(-180.0, 180.0))
        .map_err(|_| arbitrary::Error::IncorrectFormat)
}

/// From 1 m to ten to the `most` metres.
fn metres(bytes: &mut Unstructured<'_>, most: u32) -> Result<f64> {
    let power = bytes.int_in_range(0..=most - 1)?;
    Ok(10f64.powi(power as i32) * f64::from(bytes.int_in_range(1u8..=10)?))
}

fn limit(bytes: &mut Unstructured<'_>) -> Result<Limit> {
    let reference = *bytes.choose(&[
        Reference::W84,
        Reference::Amsl,
        Reference::Agl,
        Reference::FlightLevel,
    ])?;
    Ok(match bytes.int_in_range(0..=7)? {
        0 => Limit::Unknown,
        1 => Limit::Unlimited,
        2 => Limit::At(Height::SURFACE),
        _ => {
            let metres = f64::from(bytes.int_in_range(-20i16..=400)?) * 50.0;
            Limit::At(Height { metres, reference })
        }
    })
}

fn instant(bytes: &mut Unstructured<'_>) -> Result<Option<Instant>> {
    Ok(match bytes.int_in_range(0..=9)? {
        0 | 1 => None,
        2 => Some(Instant(bytes.arbitrary()?)),
        n => Some(Instant(n * 1_000_000_000)),
    })
}

fn separation(bytes: &mut Unstructured<'_>) -> Result<Separation> {
    Ok(Separation {
        horizontal_m: f64::from(bytes.int_in_range(0u16..=10_000)?),
        vertical_m: f64::from(bytes.int_in_range(0u16..=2_000)?),
        time_ns: i64::from(bytes.int_in_range(0u32..=u32::MAX)?),
    })
}
