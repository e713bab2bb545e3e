//! What rings may mean whose boundary crosses itself.
//!
//! The rings are cut into arcs where they meet. How often the boundary winds round a point then
//! changes only from one side of an arc to the other, and is known exactly: every decision is the
//! sign of a determinant, but for the crossing points themselves, which are rounded to a nanometre.
//! Readers of such an outline fill what it winds round an odd number of times, or any number but
//! none, or only the way round that it goes as a whole; these are the readings that are kept.

use std::collections::HashMap;

use crate::chain::Chain;
use crate::planar::{RingSize, ring_size};
use crate::region::{
    CONTACT_COST, NotARegion, Region, SELF_CONTACT_BUDGET, beyond, hemisphere, ring_arcs,
    turn_order,
};
use crate::vector::{Arc, Meeting, PointKey, Vector, crossing_point, meeting, side};

/// The most points at which arcs are cut.
const MAX_CUTS: usize = 20_000;
/// How often what was cut is looked through again: the rounded crossing points bend the arcs by a
/// nanometre, so that they may cross anew.
const MAX_ROUNDS: usize = 5;

/// What rings that cross themselves may mean.
pub(crate) struct Readings {
    /// What any reading holds.
    pub(crate) any: Region,
    /// What every reading holds; `None` when that is nothing.
    pub(crate) every: Option<Region>,
    /// The size of what every reading holds, in square metres.
    pub(crate) every_m2: f64,
    /// What lies within loops that go the other way round than the outline as a whole.
    pub(crate) backward: Vec<RingSize>,
    /// What the boundary winds round more than once.
    pub(crate) repeated: Vec<RingSize>,
}

/// The arcs of a boundary, each once, cut where they meet.
struct Arrangement {
    chain: Chain,
    /// How often the boundary runs along each arc, the ways back taken off; above 0.
    times: Vec<i32>,
    /// The arcs that begin or end at a point.
    at: HashMap<PointKey, Vec<usize>>,
    center: Vector,
}

/// The readings of rings, the outer one first, each of at least three different vertices.
pub(crate) fn readings(rings: &[Vec<Vector>]) -> Result<Readings, NotARegion> {
    let center = hemisphere(rings).ok_or(NotARegion::OverHemisphere)?;
    let mut arcs = Vec::new();
    for (index, ring) in rings.iter().enumerate() {
        // The outer ring counts once for what is in it, and a hole takes that away again.
        let counter_clockwise = ring_size(ring).area_m2 > 0.0;
        if counter_clockwise == (index == 0) {
            arcs.extend(ring_arcs(ring));
        } else {
            let reversed: Vec<Vector> = ring.iter().rev().copied().collect();
            arcs.extend(ring_arcs(&reversed));
        }
    }
    let arrangement = Arrangement::of(&cut(arcs).ok_or(NotARegion::TooIntricate)?, center);
    let windings = arrangement.windings().ok_or(NotARegion::TooIntricate)?;
    let region = |inside: fn(i32) -> bool| -> Option<Region> {
        let arcs = arrangement.boundary_of(&windings, inside).concat();
        if arcs.is_empty() { None } else { Region::within(Chain::new(arcs), center) }
    };
    let sizes = |inside: fn(i32) -> bool| -> Vec<RingSize> {
        let runs = arrangement.boundary_of(&windings, inside);
        runs.iter().map(|run| ring_size(&starts(run))).collect()
    };
    let in_every = |times: i32| times > 0 && times % 2 == 1;
    Ok(Readings {
        any: region(|times| times != 0).ok_or(NotARegion::NoArea)?,
        every: region(in_every),
        every_m2: sizes(in_every).iter().map(|size| size.area_m2).sum(),
        backward: sizes(|times| times < 0),
        repeated: sizes(|times| times > 1),
    })
}

/// The convex hull of all vertices of rings.
pub(crate) fn hull(rings: &[Vec<Vector>]) -> Result<Region, NotARegion> {
    let center = hemisphere(rings).ok_or(NotARegion::OverHemisphere)?;
    // Arcs are straight on the gnomonic plane (Andrew's monotone chain, 1979, by exact signs).
    let (east, north) = (beyond(center, 0.0), center.cross(beyond(center, 0.0)));
    let on_plane = |v: &Vector| {
        let height = v.dot(center);
        (v.dot(east) / height, v.dot(north) / height)
    };
    let mut vertices: Vec<Vector> = rings.iter().flatten().copied().collect();
    vertices.sort_by(|v, w| {
        let (p, q) = (on_plane(v), on_plane(w));
        p.0.total_cmp(&q.0).then(p.1.total_cmp(&q.1))
    });
    let half = |vertices: &mut dyn Iterator<Item = Vector>| {
        let mut half: Vec<Vector> = Vec::new();
        for v in vertices {
            while half.len() > 1 && side(half[half.len() - 2], half[half.len() - 1], v) <= 0 {
                half.pop();
            }
            half.push(v);
        }
        half.pop();
        half
    };
    let mut ring = half(&mut vertices.iter().copied());
    ring.extend(half(&mut vertices.iter().rev().copied()));
    ring.dedup();
    Region::within(Chain::new(ring_arcs(&ring).collect()), center).ok_or(NotARegion::NoArea)
}

fn starts(run: &[Arc]) -> Vec<Vector> {
    run.iter().map(|arc| arc.a).collect()
}

/// The arcs, cut wherever they cross or touch between their ends; `None` when that would take too
/// long.
fn cut(mut arcs: Vec<Arc>) -> Option<Vec<Arc>> {
    for _ in 0..MAX_ROUNDS {
        let mut cuts = cuts(&arcs)?;
        if cuts.is_empty() {
            return Some(arcs);
        }
        let along = |&(i, x): &(usize, Vector)| (i, arcs[i].a.angle(x));
        cuts.sort_by(|p, q| {
            let (p, q) = (along(p), along(q));
            p.0.cmp(&q.0).then(p.1.total_cmp(&q.1))
        });
        let mut cuts = cuts.into_iter().peekable();
        let mut pieces = Vec::with_capacity(arcs.len() + cuts.len());
        for (i, arc) in arcs.iter().enumerate() {
            let mut from = arc.a;
            while let Some((_, x)) = cuts.next_if(|cut| cut.0 == i) {
                pieces.push(Arc { a: from, b: x });
                from = x;
            }
            pieces.push(Arc { a: from, b: arc.b });
        }
        pieces.retain(|piece| piece.a != piece.b);
        arcs = pieces;
    }
    None
}

/// The points between the ends of arcs at which they meet others, each with its arc.
fn cuts(arcs: &[Arc]) -> Option<Vec<(usize, Vector)>> {
    let chain = Chain::new(arcs.to_vec());
    let mut cuts = Vec::new();
    let mut cost = 0;
    let within = |arc: Arc, x: Vector| x != arc.a && x != arc.b;
    chain.near_pairs(
        &chain,
        || 0.0,
        |i, j| {
            let (p, q) = (arcs[i], arcs[j]);
            if i >= j {
                return true;
            }
            cost += 1;
            match meeting(p, q) {
                Meeting::No => {}
                Meeting::Crossing => {
                    let x = crossing_point(p, q);
                    cuts.extend(
                        [(i, p), (j, q)].iter().filter(|c| within(c.1, x)).map(|c| (c.0, x)),
                    );
                }
                Meeting::Contact => {
                    cost += CONTACT_COST;
                    let on = |arc: Arc, x: &Vector| within(arc, *x) && arc.contains(*x);
                    cuts.extend([q.a, q.b].into_iter().filter(|x| on(p, x)).map(|x| (i, x)));
                    cuts.extend([p.a, p.b].into_iter().filter(|x| on(q, x)).map(|x| (j, x)));
                }
            }
            cuts.len() <= MAX_CUTS && cost <= SELF_CONTACT_BUDGET
        },
    );
    (cuts.len() <= MAX_CUTS && cost <= SELF_CONTACT_BUDGET).then_some(cuts)
}

impl Arrangement {
    fn of(arcs: &[Arc], center: Vector) -> Arrangement {
        let mut net: HashMap<(PointKey, PointKey), (usize, i32)> = HashMap::new();
        for (i, arc) in arcs.iter().enumerate() {
            let (a, b) = (arc.a.key(), arc.b.key());
            let (ends, way) = if a <= b { ((a, b), 1) } else { ((b, a), -1) };
            net.entry(ends).or_insert((i, 0)).1 += way;
        }
        let mut kept: Vec<(usize, i32)> =
            net.into_values().filter(|&(_, times)| times != 0).collect();
        // In the order of the rings: neighbours in order are neighbours in space.
        kept.sort_unstable();
        let mut at: HashMap<PointKey, Vec<usize>> = HashMap::new();
        let (mut directed, mut times) = (Vec::new(), Vec::new());
        for (first, net_times) in kept {
            let Arc { a, b } = arcs[first];
            let forward = (a.key() <= b.key()) == (net_times > 0);
            let arc = if forward { Arc { a, b } } else { Arc { a: b, b: a } };
            for end in [arc.a, arc.b] {
                at.entry(end.key()).or_default().push(directed.len());
            }
            directed.push(arc);
            times.push(net_times.abs());
        }
        Arrangement { chain: Chain::new(directed), times, at, center }
    }

    /// How often the boundary winds round what lies left of each arc; `None` where rounded crossing
    /// points left that contradictory.
    fn windings(&self) -> Option<Vec<i32>> {
        let arcs = &self.chain.arcs;
        let mut left: Vec<Option<i32>> = vec![None; arcs.len()];
        for first in 0..arcs.len() {
            if left[first].is_some() {
                continue;
            }
            // Along a run of arcs with nothing else at its points the number stays.
            let mut todo = self.windings_at(arcs[first].a);
            while let Some((i, winding)) = todo.pop() {
                match left[i] {
                    Some(known) if known != winding => return None,
                    Some(_) => continue,
                    None => left[i] = Some(winding),
                }
                for end in [arcs[i].a, arcs[i].b] {
                    match self.at[&end.key()].as_slice() {
                        &[p, q] if self.times[p] == self.times[q] => {
                            todo.push((if p == i { q } else { p }, winding));
                        }
                        _ => todo.extend(self.windings_at(end)),
                    }
                }
            }
        }
        left.into_iter().collect()
    }

    /// The arcs that begin or end at a point, each with how often the boundary winds round what
    /// lies left of it.
    fn windings_at(&self, x: Vector) -> Vec<(usize, i32)> {
        let arcs = &self.chain.arcs;
        let own = &self.at[&x.key()];
        let other_end = |i: usize| if arcs[i].a == x { arcs[i].b } else { arcs[i].a };
        // A ray along none of the arcs, to where the boundary winds round nothing.
        let ray = (0..100)
            .map(|turn| beyond(self.center, f64::from(turn)))
            .find(|&ray| own.iter().all(|&i| side(x, ray, other_end(i)) != 0))
            .unwrap_or_else(|| beyond(self.center, 0.5));
        let mut winding = 0;
        self.chain.near_plane(x.cross(ray), |i| {
            let arc = arcs[i];
            if arc.a == x || arc.b == x {
                return;
            }
            let (from_left, to_left) = (side(x, ray, arc.a) > 0, side(x, ray, arc.b) > 0);
            if from_left != to_left && (side(arc.a, arc.b, x) > 0) == to_left {
                winding += if to_left { self.times[i] } else { -self.times[i] };
            }
        });
        let mut around = own.clone();
        around.sort_by(|&i, &j| turn_order(x, ray, other_end(i), other_end(j)));
        around
            .into_iter()
            .map(|i| {
                // Counter-clockwise across an arc: from its right to its left where it leaves.
                let before = winding;
                let leaves = arcs[i].a == x;
                winding += if leaves { self.times[i] } else { -self.times[i] };
                (i, if leaves { winding } else { before })
            })
            .collect()
    }

    /// The boundary of what the windings that are `inside` make up: closed runs of arcs with the
    /// inside on their left.
    fn boundary_of(&self, windings: &[i32], inside: fn(i32) -> bool) -> Vec<Vec<Arc>> {
        let mut kept = Vec::new();
        let mut from: HashMap<PointKey, Vec<usize>> = HashMap::new();
        for (i, &arc) in self.chain.arcs.iter().enumerate() {
            let (left, right) = (inside(windings[i]), inside(windings[i] - self.times[i]));
            if left != right {
                let arc = if left { arc } else { Arc { a: arc.b, b: arc.a } };
                from.entry(arc.a.key()).or_default().push(kept.len());
                kept.push(arc);
            }
        }
        let mut used = vec![false; kept.len()];
        let mut runs = Vec::new();
        for first in 0..kept.len() {
            let mut run = Vec::new();
            let mut next = (!used[first]).then_some(first);
            while let Some(i) = next {
                used[i] = true;
                run.push(kept[i]);
                // As many of them begin at a point as end there, so a run ends where it began.
                let onward = from.get_mut(&kept[i].b.key());
                next = onward.and_then(|list| {
                    list.retain(|&i| !used[i]);
                    if kept[i].b == kept[first].a { None } else { list.pop() }
                });
            }
            if !run.is_empty() {
                runs.push(run);
            }
        }
        runs
    }
}
