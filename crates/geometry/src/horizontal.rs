//! How two footprints lie to one another.

use std::collections::HashMap;

use crate::Footprint;
use crate::chain::{Box3, Chain};
use crate::footprint::Part;
use crate::geodesic::DistanceOrder;
use crate::planar::{CommonArea, DEPTH_SLACK, common_area};
use crate::region::{Contact, Region, Side};
use crate::relation::{Reason, Relation, Verdict};
use crate::shape::{Core, Shape};
use crate::vector::{Arc, Vector};

/// How two footprints lie to one another when they must be `separation_m` metres apart, and why if
/// that is only possible.
pub(crate) fn footprints(
    a: &Footprint,
    b: &Footprint,
    separation_m: f64,
    areas: &mut CommonAreas,
) -> Verdict {
    let mut strongest = Verdict::certain(Relation::Apart);
    for (i, s) in a.parts().enumerate() {
        for (j, t) in b.parts().enumerate() {
            let found = parts(s, t, separation_m, areas, (i, j));
            if found.relation == Relation::Overlap {
                return found;
            }
            if found.relation > strongest.relation {
                strongest = found;
            }
        }
    }
    strongest
}

/// The common areas of the shapes of two footprints, each drawn at most once.
#[derive(Default)]
pub(crate) struct CommonAreas {
    drawn: HashMap<(usize, usize), Option<CommonArea>>,
    wanted: bool,
}

impl CommonAreas {
    /// None drawn yet; all of them are asked for in the end, so that drawing one costs nothing.
    pub(crate) fn wanted() -> CommonAreas {
        CommonAreas { wanted: true, ..CommonAreas::default() }
    }

    /// The common area of shapes `i` of one footprint and `j` of the other.
    pub(crate) fn of(
        &mut self,
        (i, j): (usize, usize),
        s: &Shape,
        t: &Shape,
    ) -> Option<&mut CommonArea> {
        self.drawn.entry((i, j)).or_insert_with(|| common_area(s, t)).as_mut()
    }

    /// Notes that the insides of two shapes do not meet: there is nothing to draw.
    fn none(&mut self, numbers: (usize, usize)) {
        if self.wanted {
            self.drawn.insert(numbers, None);
        }
    }
}

/// How two shapes lie to one another of which only a part may be certain.
fn parts(
    s: Part<'_>,
    t: Part<'_>,
    separation_m: f64,
    areas: &mut CommonAreas,
    numbers: (usize, usize),
) -> Verdict {
    let widest = shapes(s.any, t.any, separation_m, areas, numbers);
    if widest.relation == Relation::Apart || (s.is_certain() && t.is_certain()) {
        return widest;
    }
    let narrowest = match (s.every, t.every) {
        (Some(s), Some(t)) => shapes(s, t, separation_m, &mut CommonAreas::default(), numbers),
        _ => Verdict::certain(Relation::Apart),
    };
    // What every reading says is certain; overlaps are never fewer in a wider reading.
    if narrowest.relation == widest.relation && narrowest.reasons == widest.reasons {
        return widest;
    }
    if narrowest.relation == Relation::Overlap {
        return narrowest;
    }
    let reasons: Vec<Reason> = [s.reason, t.reason].into_iter().flatten().collect();
    Verdict::possible(&reasons).with(widest.reasons)
}

/// How two shapes lie to one another, which have these numbers among the areas.
fn shapes(
    s: &Shape,
    t: &Shape,
    separation_m: f64,
    areas: &mut CommonAreas,
    numbers: (usize, usize),
) -> Verdict {
    let limit_m = s.margin_m + t.margin_m + separation_m;
    let residual_m = s.residual_m + t.residual_m;
    let doubtful = Verdict::possible(&[Reason::EdgeResidual]);
    if let (Core::Region(own), Core::Region(its)) = (&s.core, &t.core)
        && limit_m <= residual_m
    {
        // The boundaries' exact course decides, or their residual leaves it open.
        let contact = own.contact(its);
        if contact != Contact::Insides && own.bounds().distance(its.bounds()) == 0.0 {
            areas.none(numbers);
        }
        if residual_m == 0.0 {
            return Verdict::certain(match contact {
                Contact::None => Relation::Apart,
                Contact::Boundaries => Relation::Touch,
                Contact::Insides => Relation::Overlap,
            });
        }
        return match contact {
            Contact::Insides if insides_surely_meet(s, t, areas, numbers) => {
                Verdict::certain(Relation::Overlap)
            }
            Contact::Boundaries if limit_m == 0.0 && share_boundary(own, its, residual_m) => {
                Verdict::certain(Relation::Touch)
            }
            Contact::None
                if s.core.compare_gap(&t.core, limit_m + residual_m) == DistanceOrder::Greater =>
            {
                Verdict::certain(Relation::Apart)
            }
            _ => doubtful,
        };
    }
    match s.core.compare_distance(&t.core, limit_m + residual_m) {
        DistanceOrder::Greater => Verdict::certain(Relation::Apart),
        DistanceOrder::Less if residual_m == 0.0 => Verdict::certain(Relation::Overlap),
        DistanceOrder::Undecided if residual_m == 0.0 => Verdict::possible(&[Reason::Numeric]),
        _ if limit_m > residual_m
            && s.core.compare_distance(&t.core, limit_m - residual_m) == DistanceOrder::Less =>
        {
            Verdict::certain(Relation::Overlap)
        }
        _ => doubtful,
    }
}

/// Whether the insides of two regions meet wherever the declared boundaries run within their
/// residuals: shown by a point deep enough in both.
fn insides_surely_meet(
    s: &Shape,
    t: &Shape,
    areas: &mut CommonAreas,
    numbers: (usize, usize),
) -> bool {
    let residual_m = DEPTH_SLACK * (s.residual_m + t.residual_m);
    let drawn = areas.wanted;
    let mut common_is_certain =
        || areas.of(numbers, s, t).is_some_and(|area| area.is_certain(s, t));
    (drawn && common_is_certain())
        || has_vertex_deep_in(s.core.chain(), t, residual_m)
        || has_vertex_deep_in(t.core.chain(), s, residual_m)
        || (!drawn && common_is_certain())
}

/// How many vertices of a boundary are asked how deep they lie in the other.
const MOST_VERTICES: usize = 64;

/// Whether a vertex lies deeper than so many metres in a region. It is on its drawn boundary, so points of
/// its declared inside lie next to it. Of many, some are asked.
fn has_vertex_deep_in(own: &Chain, other: &Shape, residual_m: f64) -> bool {
    let Core::Region(region) = &other.core else { return false };
    let is_near = |arc: &&Arc| Box3::EMPTY.with(arc.a).distance(region.bounds()) == 0.0;
    let near = own.arcs.iter().filter(is_near);
    let step = near.clone().count().div_ceil(MOST_VERTICES).max(1);
    let is_deep = |v: Vector| region.side_of(v) == Side::Inside && other.depth_m(v) > residual_m;
    near.step_by(step).any(|arc| is_deep(arc.a))
}

/// Whether two regions whose boundaries meet do so only along edges and vertices that both
/// declare, so that they meet in the same way however far the declared edges run from the arcs.
fn share_boundary(own: &Region, its: &Region, residual_m: f64) -> bool {
    use crate::geodesic::{MEAN_RADIUS_M, SHORTEST};
    let reach = residual_m / (SHORTEST * MEAN_RADIUS_M) + 1e-14;
    let mut shared = true;
    own.chain.near_pairs(
        &its.chain,
        || reach,
        |i, j| {
            shared = same_edge_or_well_apart(own.chain.arcs[i], its.chain.arcs[j], reach);
            shared
        },
    );
    shared
}

fn same_edge_or_well_apart(p: Arc, q: Arc, reach: f64) -> bool {
    let distance = |v: Vector, arc: Arc| arc.nearest(v).0;
    // An edge runs within 4 r x / L of its arc at x metres from its end, if r is its residual and L
    // its length: two edges from one vertex part for good when their ends are 8 r apart.
    let part = |p_end: Vector, q_end: Vector| {
        distance(p_end, q) > 8.0 * reach && distance(q_end, p) > 8.0 * reach
    };
    if (p.a, p.b) == (q.a, q.b) || (p.a, p.b) == (q.b, q.a) {
        true
    } else if p.a == q.a {
        part(p.b, q.b)
    } else if p.a == q.b {
        part(p.b, q.a)
    } else if p.b == q.a {
        part(p.a, q.b)
    } else if p.b == q.b {
        part(p.a, q.a)
    } else {
        let ends = [distance(p.a, q), distance(p.b, q), distance(q.a, p), distance(q.b, p)];
        ends.into_iter().fold(f64::INFINITY, f64::min) > reach
    }
}
