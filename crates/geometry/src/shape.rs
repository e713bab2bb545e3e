//! What all footprints have in common: a core (a point, a line or a region) and a distance around
//! it. Whether two footprints meet is then a question about the distance of two cores.

use crate::chain::{Box3, Chain};
use crate::geodesic::{
    Bounds, DistanceOrder, LONGEST, MEAN_RADIUS_M, RESOLUTION_M, SHORTEST, distance_m,
    distance_to_arc,
};
use crate::region::{Contact, Region, Side};
use crate::vector::{Arc, Meeting, Vector, crossing_point, meeting};

/// A core and the geodesic distance around it that belongs to the shape.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Shape {
    pub(crate) core: Core,
    /// Metres around the core.
    pub(crate) margin_m: f64,
    /// How far, in metres, the boundary as declared may lie from this one.
    pub(crate) residual_m: f64,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Core {
    /// A connected line; a point is a line of one arc without length.
    Line(Chain),
    Region(Region),
}

/// The nearest points of two cores.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nearest {
    /// The angle between them in radians, good to 1e-14; 0 where the cores meet.
    pub(crate) angle: f64,
    pub(crate) own: Vector,
    pub(crate) other: Vector,
}

impl Core {
    pub(crate) fn point(p: Vector) -> Core {
        Core::Line(Chain::new(vec![Arc { a: p, b: p }]))
    }

    pub(crate) fn chain(&self) -> &Chain {
        match self {
            Core::Line(chain) => chain,
            Core::Region(region) => &region.chain,
        }
    }

    fn bounds(&self) -> &Box3 {
        match self {
            Core::Line(chain) => chain.bounds(),
            Core::Region(region) => region.bounds(),
        }
    }

    /// Whether the cores have a point in common; exact.
    fn meets(&self, other: &Core) -> bool {
        match (self, other) {
            (Core::Region(own), Core::Region(its)) => own.contact(its) != Contact::None,
            (Core::Region(region), Core::Line(line)) | (Core::Line(line), Core::Region(region)) => {
                region.bounds().distance(line.bounds()) == 0.0
                    && (region.side_of(line.arcs[0].a) != Side::Outside
                        || lines_meet(&region.chain, line).is_some())
            }
            (Core::Line(own), Core::Line(its)) => lines_meet(own, its).is_some(),
        }
    }

    /// The nearest points of the boundaries or lines, on the sphere. Where a region holds the other
    /// core whole, that is not the distance of the cores.
    fn nearest(&self, other: &Core) -> Nearest {
        let (own, its) = (self.chain(), other.chain());
        if let Some(place) = lines_meet(own, its) {
            return Nearest { angle: 0.0, own: place, other: place };
        }
        self.nearest_of_boundaries(other, f64::INFINITY, 0.0)
    }

    /// The same where the boundaries or lines have no point in common. Where they are nowhere `within` so
    /// many radians of each other, that is the angle, and the points are any; points that are near
    /// `enough` need not be the nearest.
    fn nearest_of_boundaries(&self, other: &Core, within: f64, enough: f64) -> Nearest {
        let (own, its) = (self.chain(), other.chain());
        let best = std::cell::Cell::new(Nearest {
            angle: within,
            own: own.arcs[0].a,
            other: its.arcs[0].a,
        });
        own.near_pairs(
            its,
            || best.get().angle,
            |i, j| {
                let (p, q) = (own.arcs[i], its.arcs[j]);
                let try_end = |end: Vector, arc: Arc, swapped: bool| {
                    if !arc.may_be_within(end, best.get().angle) {
                        return;
                    }
                    let (angle, along) = arc.nearest(end);
                    if angle < best.get().angle {
                        let foot = arc.at(along);
                        let (own, other) = if swapped { (foot, end) } else { (end, foot) };
                        best.set(Nearest { angle, own, other });
                    }
                };
                // The end of an arc is the beginning of the next, if there is one.
                try_end(p.a, q, false);
                try_end(q.a, p, true);
                if own.breaks_after(i) {
                    try_end(p.b, q, false);
                }
                if its.breaks_after(j) {
                    try_end(q.b, p, true);
                }
                best.get().angle > enough
            },
        );
        best.get()
    }

    /// Compares the geodesic distance of the cores with a limit above 0 m.
    pub(crate) fn compare_distance(&self, other: &Core, limit_m: f64) -> DistanceOrder {
        let limit_angle = limit_m / (SHORTEST * MEAN_RADIUS_M);
        if self.bounds().distance(other.bounds()) > limit_angle + 1e-14 {
            return DistanceOrder::Greater;
        }
        if self.meets(other) {
            return DistanceOrder::Less;
        }
        self.compare_gap(other, limit_m)
    }

    /// The same for cores that have no point in common.
    pub(crate) fn compare_gap(&self, other: &Core, limit_m: f64) -> DistanceOrder {
        let limit_angle = limit_m / (SHORTEST * MEAN_RADIUS_M);
        if self.bounds().distance(other.bounds()) > limit_angle + 1e-14 {
            return DistanceOrder::Greater;
        }
        // What is farther than the limit, or nearer, needs no more exact distance.
        let within = (limit_m + 2.0 * RESOLUTION_M) / (SHORTEST * MEAN_RADIUS_M) + 2e-14;
        let enough = (limit_m - 2.0 * RESOLUTION_M) / (LONGEST * MEAN_RADIUS_M) - 2e-14;
        let rough = Bounds::of_angle(self.nearest_of_boundaries(other, within, enough).angle);
        if rough.high < limit_m - RESOLUTION_M {
            return DistanceOrder::Less;
        }
        if rough.low > limit_m + RESOLUTION_M {
            return DistanceOrder::Greater;
        }
        let mut compared = DistanceOrder::Greater;
        self.ends_near(other, limit_angle + 1e-14, |end, arc| {
            let bounds = distance_to_arc(end, arc, Some(limit_m));
            if bounds.high < limit_m - RESOLUTION_M {
                compared = DistanceOrder::Less;
            } else if bounds.low <= limit_m + RESOLUTION_M {
                compared = DistanceOrder::Undecided;
            }
            compared != DistanceOrder::Less
        });
        compared
    }

    /// The geodesic distance of the cores in metres, to about 0.01 mm; 0 where they meet.
    pub(crate) fn distance_m(&self, other: &Core) -> f64 {
        if self.meets(other) { 0.0 } else { self.boundary_distance_m(other) }
    }

    /// The geodesic distance of the boundaries or lines in metres, to about 0.01 mm.
    fn boundary_distance_m(&self, other: &Core) -> f64 {
        let nearest = self.nearest(other);
        if nearest.angle == 0.0 {
            return 0.0;
        }
        let mut best = distance_m(nearest.own.position(), nearest.other.position());
        self.ends_near(other, best / (SHORTEST * MEAN_RADIUS_M) + 1e-14, |end, arc| {
            // Most ends in reach are still farther than the best, which the sphere tells.
            if Bounds::of_angle(arc.nearest(end).0).low < best {
                best = best.min(distance_to_arc(end, arc, None).high);
            }
            true
        });
        best
    }

    /// Calls `visit` with the ends of arcs of one core and the arcs of the other that lie within
    /// an angle of each other (radians), until it returns false. The least distance of two
    /// great-circle arcs that do not cross is at an end: between inner points the distance along
    /// a common perpendicular falls with every shift, because the earth's curvature exceeds by far
    /// the change of the arcs' own.
    fn ends_near(&self, other: &Core, angle: f64, mut visit: impl FnMut(Vector, Arc) -> bool) {
        let (own, its) = (self.chain(), other.chain());
        own.near_pairs(
            its,
            || angle,
            |i, j| {
                let (p, q) = (own.arcs[i], its.arcs[j]);
                let mut near = |end, arc: Arc| arc.nearest(end).0 > angle || visit(end, arc);
                near(p.a, q)
                    && (!own.breaks_after(i) || near(p.b, q))
                    && near(q.a, p)
                    && (!its.breaks_after(j) || near(q.b, p))
            },
        );
    }
}

/// A point that both lines have in common, rounded; `None` exactly when there is none.
fn lines_meet(own: &Chain, its: &Chain) -> Option<Vector> {
    let mut place = None;
    own.near_pairs(
        its,
        || 0.0,
        |i, j| {
            let (p, q) = (own.arcs[i], its.arcs[j]);
            place = match meeting(p, q) {
                Meeting::No => None,
                Meeting::Crossing => Some(crossing_point(p, q)),
                Meeting::Contact if q.contains(p.a) => Some(p.a),
                Meeting::Contact if q.contains(p.b) => Some(p.b),
                Meeting::Contact if p.contains(q.a) => Some(q.a),
                Meeting::Contact => Some(q.b),
            };
            place.is_none()
        },
    );
    place
}

impl Shape {
    /// A box around the shape in the earth-centred frame, nothing of it outside.
    pub(crate) fn bounds(&self) -> Box3 {
        // A chord is no longer than its arc.
        let margin = (self.margin_m + self.residual_m) / (SHORTEST * MEAN_RADIUS_M);
        let mut bounds = self.core.bounds().grown(margin + 1e-14);
        for i in 0..3 {
            bounds.min[i] = bounds.min[i].max(-1.0 - 1e-14);
            bounds.max[i] = bounds.max[i].min(1.0 + 1e-14);
        }
        bounds
    }

    /// How far, in metres, a point lies inside, within a hundred-thousandth; 0 when it is outside or
    /// on the boundary.
    pub(crate) fn depth_m(&self, p: Vector) -> f64 {
        let (_, nearest) = self.core.chain().nearest_to(p);
        let from_core_m = distance_m(p.position(), nearest.position());
        match &self.core {
            Core::Region(region) if region.side_of(p) == Side::Inside => {
                self.margin_m + from_core_m
            }
            _ => (self.margin_m - from_core_m).max(0.0),
        }
    }

    /// Whether a point is in the shape as drawn, its boundary included.
    pub(crate) fn holds(&self, p: Vector) -> bool {
        let in_core = match &self.core {
            Core::Region(region) => region.side_of(p) != Side::Outside,
            Core::Line(_) => false,
        };
        in_core
            || (self.margin_m > 0.0
                && Core::point(p).compare_distance(&self.core, self.margin_m)
                    != DistanceOrder::Greater)
    }

    /// The nearest points of two shapes' cores or boundaries.
    pub(crate) fn nearest(&self, other: &Shape) -> Nearest {
        self.core.nearest(&other.core)
    }

    /// A lower bound, in metres, of how far two shapes are apart; negative where they may overlap.
    pub(crate) fn least_gap_m(&self, other: &Shape) -> f64 {
        let apart = self.core.bounds().distance(other.core.bounds());
        SHORTEST * MEAN_RADIUS_M * apart - self.margin_m - other.margin_m
    }

    /// A point of the core.
    pub(crate) fn anchor(&self) -> Vector {
        self.core.chain().arcs[0].a
    }
}
