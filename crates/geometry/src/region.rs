//! The inside of a polygon, exactly.
//!
//! A region is a set of arcs in an open hemisphere; its inside is what an odd number of them
//! separates from the outside. Seen from the centre of the earth through a plane (gnomonic
//! projection), arcs are straight segments, and the counting rule is the usual ray casting: the ray
//! goes to a point at infinity, a direction perpendicular to the hemisphere's centre. Every
//! decision is the sign of a determinant of given vectors, so none is rounded.

use crate::chain::{Box3, Chain};
use crate::vector::{AXES, Arc, Meeting, PointKey, Vector, crossing_point, meeting, side};

/// The least cosine between the hemisphere's centre and a vertex: half a degree from its rim.
const RIM: f64 = 0.0087;

/// A filled set of arcs.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Region {
    pub(crate) chain: Chain,
    center: Vector,
    /// A box around the inside too, which may bulge beyond the boundary's box.
    bounds: Box3,
}

/// Why rings are not a region. Arcs are counted through all rings.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum NotARegion {
    OverHemisphere,
    NoArea,
    TooIntricate,
    Crossing(ArcCrossing),
}

/// Two arcs of a boundary, counted through all rings, that cross near a point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct ArcCrossing {
    pub(crate) first: usize,
    pub(crate) second: usize,
    pub(crate) near: Vector,
}

/// Where a point lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Outside,
    Boundary,
    Inside,
}

/// How two regions meet; exact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Contact {
    /// No common point.
    None,
    /// Common points, all on both boundaries.
    Boundaries,
    /// The insides meet.
    Insides,
}

impl Region {
    /// The region within closed rings of at least three different vertices each. Arcs that stand
    /// twice (the two banks of a bridge between an outer ring and a hole) cancel.
    pub(crate) fn new(rings: &[Vec<Vector>]) -> Result<Region, NotARegion> {
        let center = hemisphere(rings).ok_or(NotARegion::OverHemisphere)?;
        let all = Chain::new(rings.iter().flat_map(|ring| ring_arcs(ring)).collect());
        if let [ring] = rings
            && is_seen_from_first(ring)
        {
            return Ok(Region::filled(all, center));
        }
        let contact = self_contact(&all, rings, 1)?;
        if let Some(&crossing) = contact.crossings.first() {
            return Err(NotARegion::Crossing(crossing));
        }
        if !contact.touches {
            // Simple closed curves apart from each other: there is an inside.
            return Ok(Region::filled(all, center));
        }
        let chain = match without_pairs(&all.arcs) {
            None => all,
            Some(arcs) if arcs.is_empty() => return Err(NotARegion::NoArea),
            Some(arcs) => Chain::new(arcs),
        };
        Region::within(chain, center).ok_or(NotARegion::NoArea)
    }

    /// The region whose boundary is these arcs, which do not cross and stand once each; around
    /// `center` as [`hemisphere`] gives it. `None` when nothing is inside.
    pub(crate) fn within(chain: Chain, center: Vector) -> Option<Region> {
        let region = Region::filled(chain, center);
        region.has_area().then_some(region)
    }

    /// The same for arcs that are known to have an inside.
    fn filled(chain: Chain, center: Vector) -> Region {
        let bounds = *chain.bounds();
        let mut region =
            Region { bounds: AXES.into_iter().fold(bounds, Box3::with), chain, center };
        let inner = AXES.into_iter().filter(|&axis| region.side_of(axis) == Side::Inside);
        region.bounds = inner.fold(bounds, Box3::with);
        region
    }

    /// Whether anything is inside. Arcs that run over each other without the same ends do not
    /// cancel, and yet may separate nothing; but where there is an inside, it has a corner, and
    /// since arcs do not cross, that is a vertex with an inside between two directions.
    fn has_area(&self) -> bool {
        self.chain.arcs.iter().any(|arc| {
            let (x, sectors) = (arc.a, self.sectors(arc.a));
            let next = sectors.iter().cycle().skip(1);
            sectors.iter().zip(next).any(|(&(d, inside_after), &(e, _))| {
                inside_after && turn_order(x, d, d, e) != std::cmp::Ordering::Equal
            })
        })
    }

    pub(crate) fn bounds(&self) -> &Box3 {
        &self.bounds
    }

    /// Where a point lies; exact.
    pub(crate) fn side_of(&self, p: Vector) -> Side {
        if p.dot(self.center) < RIM / 2.0 || Box3::EMPTY.with(p).distance(&self.bounds) > 0.0 {
            return Side::Outside;
        }
        let beyond = self.beyond(0.0);
        let mut odd = false;
        let mut on_boundary = false;
        self.chain.near_plane(p.cross(beyond), |i| {
            let Arc { a, b } = self.chain.arcs[i];
            if p == a || p == b {
                on_boundary = true;
                return;
            }
            let (sa, sb) = (side(p, beyond, a) > 0, side(p, beyond, b) > 0);
            if sa == sb {
                // Not straddling the ray's circle; it may still run along it, through p.
                on_boundary = on_boundary || (!sa && self.chain.arcs[i].contains(p));
                return;
            }
            match side(a, b, p) {
                0 => on_boundary = true,
                s => odd ^= (s > 0) == sb,
            }
        });
        if on_boundary {
            Side::Boundary
        } else if odd {
            Side::Inside
        } else {
            Side::Outside
        }
    }

    fn beyond(&self, turn: f64) -> Vector {
        beyond(self.center, turn)
    }

    /// How two regions meet; exact.
    pub(crate) fn contact(&self, other: &Region) -> Contact {
        if self.bounds.distance(&other.bounds) > 0.0 {
            return Contact::None;
        }
        let mut crossing = false;
        let mut touching = Vec::new();
        self.chain.near_pairs(
            &other.chain,
            || 0.0,
            |i, j| {
                match meeting(self.chain.arcs[i], other.chain.arcs[j]) {
                    Meeting::No => {}
                    Meeting::Contact => touching.push((i, j)),
                    Meeting::Crossing => crossing = true,
                }
                !crossing
            },
        );
        if crossing {
            return Contact::Insides;
        }
        let points = self.contact_points(other, &touching);
        let own = ascending(touching.iter().map(|&(i, _)| i));
        let its = ascending(touching.iter().map(|&(_, j)| j));
        if self.has_vertex_inside(other, &own, &points)
            || other.has_vertex_inside(self, &its, &points)
            || self
                .telling_points(other, &touching, &points)
                .into_iter()
                .any(|x| self.insides_meet_at(other, x))
        {
            Contact::Insides
        } else if touching.is_empty() {
            Contact::None
        } else {
            Contact::Boundaries
        }
    }

    /// Whether a vertex lies strictly inside the other region. Along arcs that do not touch the other
    /// boundary all vertices lie on one side of it; those in `on_boundary` lie on it.
    fn has_vertex_inside(
        &self,
        other: &Region,
        touching: &[usize],
        on_boundary: &[ContactPoint],
    ) -> bool {
        let arcs = &self.chain.arcs;
        (0..arcs.len()).any(|i| {
            (i == 0 || arcs[i - 1].b != arcs[i].a || touching.binary_search(&(i - 1)).is_ok())
                && Box3::EMPTY.with(arcs[i].a).distance(&other.bounds) == 0.0
                && ContactPoint::find(on_boundary, arcs[i].a).is_none()
                && other.side_of(arcs[i].a) == Side::Inside
        })
    }

    /// The vertices of either region that lie on the other's boundary, by their keys.
    fn contact_points(&self, other: &Region, touching: &[(usize, usize)]) -> Vec<ContactPoint> {
        let mut points: Vec<ContactPoint> = Vec::with_capacity(2 * touching.len());
        for &(i, j) in touching {
            let (own, its) = (self.chain.arcs[i], other.chain.arcs[j]);
            let on_its = [own.a, own.b].into_iter().filter(|&v| its.contains(v));
            let on_own =
                [its.a, its.b].into_iter().filter(|&v| v != own.a && v != own.b && own.contains(v));
            let points_of_pair = on_its.chain(on_own);
            points.extend(points_of_pair.map(|at| ContactPoint { key: at.key(), at, pairs: 1 }));
        }
        points.sort_unstable_by_key(|point| point.key);
        points.dedup_by(|next, point| {
            let is_same = next.key == point.key;
            point.pairs += if is_same { next.pairs } else { 0 };
            is_same
        });
        points
    }

    /// The contact points that tell whether the insides meet. In a point between two edges that both
    /// boundaries have in common, and no others, the insides meet exactly if they do in the other end
    /// of the first edge.
    fn telling_points(
        &self,
        other: &Region,
        touching: &[(usize, usize)],
        points: &[ContactPoint],
    ) -> Vec<Vector> {
        let (own, its) = (&self.chain.arcs, &other.chain.arcs);
        let is_shared = |&&(i, j): &&(usize, usize)| {
            let (p, q) = (own[i], its[j]);
            (p.a, p.b) == (q.a, q.b) || (p.a, p.b) == (q.b, q.a)
        };
        let shared = ascending(touching.iter().filter(is_shared).map(|&(i, _)| i));
        let mut is_dull = vec![false; points.len()];
        for pair in shared.windows(2).filter(|pair| pair[0] + 1 == pair[1]) {
            let (before, arc) = (own[pair[0]], own[pair[1]]);
            if before.b == arc.a
                && let Some(index) = ContactPoint::find(points, arc.a)
            {
                // Two arcs of each end in it: four pairs.
                is_dull[index] |= points[index].pairs == 4;
            }
        }
        points.iter().zip(is_dull).filter(|(_, dull)| !dull).map(|(point, _)| point.at).collect()
    }

    /// Whether the insides meet next to a point that lies on both boundaries.
    ///
    /// If insides meet at all while no arcs cross and no vertex is inside the other region, then a
    /// piece of one boundary runs inside the other region or along its boundary with the insides on
    /// the same side; either shows at the point where the piece begins.
    fn insides_meet_at(&self, other: &Region, x: Vector) -> bool {
        let (own, its) = (self.sectors(x), other.sectors(x));
        own.iter().any(|&(direction, inside_after)| inside_after && sector_at(&its, x, direction))
            || its
                .iter()
                .any(|&(direction, inside_after)| inside_after && sector_at(&own, x, direction))
    }

    /// The arcs' directions at a boundary point, counter-clockwise, each with whether the region's
    /// inside lies just counter-clockwise of it.
    fn sectors(&self, x: Vector) -> Vec<(Vector, bool)> {
        let mut directions: Vec<Vector> = Vec::new();
        self.chain.near_point(x, |i| {
            let arc = self.chain.arcs[i];
            if arc.contains(x) {
                directions.extend([arc.a, arc.b].into_iter().filter(|&end| end != x));
            }
        });
        // A ray from x along none of the directions tells whether the sector that it leaves through
        // is inside; crossing each direction changes that.
        let beyond = (0..)
            .map(|turn| self.beyond(f64::from(turn)))
            .find(|&ray| directions.iter().all(|&d| side(x, ray, d) != 0))
            .unwrap_or_else(|| self.beyond(0.5));
        let mut inside = false;
        self.chain.near_plane(x.cross(beyond), |i| {
            let arc = self.chain.arcs[i];
            let (sa, sb) = (side(x, beyond, arc.a) > 0, side(x, beyond, arc.b) > 0);
            inside ^= sa != sb && (side(arc.a, arc.b, x) > 0) == sb && !arc.contains(x);
        });
        directions.sort_by(|&d, &e| turn_order(x, beyond, d, e));
        directions
            .into_iter()
            .map(|direction| {
                inside = !inside;
                (direction, inside)
            })
            .collect()
    }
}

/// A vertex of two boundaries that lies on both.
struct ContactPoint {
    key: PointKey,
    at: Vector,
    /// How many pairs of arcs have it in common.
    pairs: usize,
}

impl ContactPoint {
    /// Where a point stands among those in the order of their keys.
    fn find(points: &[ContactPoint], v: Vector) -> Option<usize> {
        points.binary_search_by_key(&v.key(), |point| point.key).ok()
    }
}

/// Numbers in ascending order, each once.
fn ascending(numbers: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut numbers: Vec<usize> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// What checking a boundary against itself may cost: about a second. A pair of arcs counts one, a
/// contact, which takes exact arithmetic, [`CONTACT_COST`].
pub(crate) const SELF_CONTACT_BUDGET: usize = 40_000_000;
pub(crate) const CONTACT_COST: usize = 50;

/// How a boundary meets itself.
pub(crate) struct SelfContact {
    /// Where it is no boundary: two arcs cross between their ends, or it goes through a vertex of its
    /// own from one side to the other. A crossing in a vertex may stand there once for each pair of
    /// arcs that end in it.
    pub(crate) crossings: Vec<ArcCrossing>,
    /// Whether arcs have a point in common other than the vertex from one to the next.
    touches: bool,
}

/// How a boundary meets itself; the search ends after `most` crossings.
pub(crate) fn self_contact(
    chain: &Chain,
    rings: &[Vec<Vector>],
    most: usize,
) -> Result<SelfContact, NotARegion> {
    let mut neighbours = Vec::with_capacity(chain.arcs.len());
    for ring in rings {
        let (start, n) = (neighbours.len(), ring.len());
        neighbours.extend((0..n).map(|i| (start + (i + n - 1) % n, start + (i + 1) % n)));
    }
    // The ends of the way of arc `i` through a point on it.
    let way_through = |i: usize, x: Vector| {
        let (arc, (before, after)) = (chain.arcs[i], neighbours[i]);
        if x == arc.a {
            (chain.arcs[before].a, arc.b)
        } else if x == arc.b {
            (arc.a, chain.arcs[after].b)
        } else {
            (arc.a, arc.b)
        }
    };
    let mut found = SelfContact { crossings: Vec::new(), touches: false };
    let mut cost = 0;
    chain.near_pairs(
        chain,
        || 0.0,
        |i, j| {
            let (p, q) = (chain.arcs[i], chain.arcs[j]);
            if i >= j {
                return true;
            }
            cost += 1;
            // Arcs from one vertex meet nowhere else, unless they lie on one great circle.
            let part = |p: Arc, q: Arc| p.b == q.a && side(p.a, p.b, q.b) != 0;
            if (neighbours[i].1 == j && part(p, q)) || (neighbours[j].1 == i && part(q, p)) {
                return cost <= SELF_CONTACT_BUDGET;
            }
            let near = match meeting(p, q) {
                Meeting::No => None,
                Meeting::Crossing => Some(crossing_point(p, q)),
                Meeting::Contact => {
                    cost += CONTACT_COST;
                    let common = [q.a, q.b, p.a, p.b]
                        .into_iter()
                        .filter(|&x| p.contains(x) && q.contains(x));
                    let from_one_to_next = |x: Vector| {
                        (neighbours[i].1 == j && x == p.b) || (neighbours[j].1 == i && x == q.b)
                    };
                    found.touches |= common.clone().any(|x| !from_one_to_next(x));
                    common
                        .into_iter()
                        .find(|&x| ways_cross(x, way_through(i, x), way_through(j, x)))
                }
            };
            let crossing = near.map(|near| ArcCrossing { first: i, second: j, near });
            found.crossings.extend(crossing);
            found.crossings.len() < most && cost <= SELF_CONTACT_BUDGET
        },
    );
    if found.crossings.len() < most && cost > SELF_CONTACT_BUDGET {
        return Err(NotARegion::TooIntricate);
    }
    Ok(found)
}

/// Whether the rest of a ring in a hemisphere goes round its first vertex in one direction, by less than
/// half a turn. Then all of it is seen from there, and no two of its arcs have a point in common but the
/// vertex from one to the next.
fn is_seen_from_first(ring: &[Vector]) -> bool {
    let &[first, second, third, ..] = ring else { return false };
    let turn = side(first, second, third);
    turn != 0
        && ring[1..].windows(2).all(|pair| {
            side(first, pair[0], pair[1]) == turn && side(first, second, pair[1]) == turn
        })
}

/// Whether one way through `x` leads from one side of the other to the other side. Ways that run
/// together for a stretch do not cross here.
fn ways_cross(
    x: Vector,
    (from, to): (Vector, Vector),
    (its_from, its_to): (Vector, Vector),
) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    if (from, to) == (its_from, its_to) {
        return false;
    }
    // Where a direction lies in the turn from `from` to `to`: inside it, beyond it, or on its ends.
    let sector = |v: Vector| match (turn_order(x, from, from, v), turn_order(x, from, v, to)) {
        (Equal, _) | (_, Equal) => None,
        (_, Less) => Some(true),
        (_, Greater) => Some(false),
    };
    match (sector(its_from), sector(its_to)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    }
}

/// Whether the sector just counter-clockwise of `direction` at `x` is inside.
fn sector_at(sectors: &[(Vector, bool)], x: Vector, direction: Vector) -> bool {
    // The last own direction at or clockwise before it; they are in counter-clockwise order.
    let Some(&(first, _)) = sectors.first() else { return false };
    let mut inside = sectors.last().is_some_and(|&(_, after)| after);
    for &(d, after) in sectors {
        if turn_order(x, first, d, direction) == std::cmp::Ordering::Greater {
            break;
        }
        inside = after;
    }
    inside
}

/// A direction perpendicular to a hemisphere's centre: a point at infinity of its gnomonic plane.
pub(crate) fn beyond(center: Vector, turn: f64) -> Vector {
    let u = center.perpendicular();
    let v = center.cross(u);
    u * turn.cos() + v * turn.sin()
}

/// The order of two directions at `x`, counter-clockwise from a third; equal directions are equal.
pub(crate) fn turn_order(x: Vector, from: Vector, d: Vector, e: Vector) -> std::cmp::Ordering {
    // 0: along `from`; 1: left of it; 2: opposite; 3: right of it.
    let half = |v: Vector| match side(x, from, v) {
        1 => 1,
        -1 => 3,
        _ if along(x, from, v) => 0,
        _ => 2,
    };
    half(d).cmp(&half(e)).then_with(|| match half(d) {
        0 | 2 => std::cmp::Ordering::Equal,
        _ => 0.cmp(&side(x, d, e)),
    })
}

/// Whether two directions at `x`, on one great circle with it, are the same rather than opposite.
fn along(x: Vector, d: Vector, e: Vector) -> bool {
    // With any v outside the plane, |x v d| and |x v e| have the same sign on the same side of x.
    AXES[..3]
        .iter()
        .find_map(|&v| {
            let s = side(x, v, d);
            (s != 0).then(|| side(x, v, e) == s)
        })
        .unwrap_or(true)
}

/// The arcs of a closed ring.
pub(crate) fn ring_arcs(ring: &[Vector]) -> impl Iterator<Item = Arc> {
    ring.iter().enumerate().map(|(i, &a)| Arc { a, b: ring[(i + 1) % ring.len()] })
}

/// The arcs without those that stand an even number of times, in either direction: they separate
/// nothing. `None` when each stands once.
fn without_pairs(arcs: &[Arc]) -> Option<Vec<Arc>> {
    let key = |v: Vector| v.components().map(f64::to_bits);
    let arc_key = |&i: &usize| {
        let (a, b) = (key(arcs[i].a), key(arcs[i].b));
        if a <= b { (a, b) } else { (b, a) }
    };
    let mut order: Vec<usize> = (0..arcs.len()).collect();
    order.sort_unstable_by_key(|i| (arc_key(i), *i));
    let mut dropped = vec![false; arcs.len()];
    for same in order.chunk_by(|i, j| arc_key(i) == arc_key(j)) {
        same[same.len() % 2..].iter().for_each(|&i| dropped[i] = true);
    }
    dropped.contains(&true).then(|| {
        arcs.iter().zip(dropped).filter(|(_, dropped)| !dropped).map(|(arc, _)| *arc).collect()
    })
}

/// The centre of a hemisphere that holds all vertices with [`RIM`] to spare.
pub(crate) fn hemisphere(rings: &[Vec<Vector>]) -> Option<Vector> {
    let vertices = || rings.iter().flatten();
    let fits = |c: Vector| vertices().all(|v| v.dot(c) >= RIM);
    let bounds = vertices().fold(Box3::EMPTY, |b, &v| b.with(v));
    let mut center = bounds.center();
    if fits(center.unit()) {
        return Some(center.unit());
    }
    // Badoiu and Clarkson, "Smaller core-sets for balls" (2003): steps of 1/(i+1) towards the
    // farthest point converge to the centre of the smallest enclosing ball.
    for i in 1..2_000 {
        let farthest = vertices().max_by(|p, q| {
            let distance = |v: &Vector| (*v - center).dot(*v - center);
            distance(p).total_cmp(&distance(q))
        })?;
        center = center + (*farthest - center) * (1.0 / f64::from(i + 1));
        if fits(center.unit()) {
            return Some(center.unit());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Position;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

        #[test]
        fn a_ring_that_is_seen_from_its_first_vertex_is_simple(
            // Few different places, so that vertices repeat and lie on one line.
            corners in proptest::collection::vec((0..5u8, 0..5u8), 3..8),
            exact in any::<bool>(),
        ) {
            let place = |(lat, lon): (u8, u8)| {
                let bend = if exact { 0.0 } else { 1e-9 * f64::from(lat) };
                Vector::of(Position::new(f64::from(lat), 10.0 * f64::from(lon) + bend).unwrap())
            };
            let ring: Vec<Vector> = corners.into_iter().map(place).collect();
            let chain = Chain::new(ring_arcs(&ring).collect());
            if is_seen_from_first(&ring) {
                let contact = self_contact(&chain, std::slice::from_ref(&ring), 1);
                let is_simple = contact.is_ok_and(|c| c.crossings.is_empty() && !c.touches);
                prop_assert!(is_simple);
            }
        }
    }
}
