//! Arcs in order along a boundary or a path, under a tree of boxes.

use std::f64::consts::PI;

use crate::vector::{AXES, Arc, Vector};

/// A closed box in the earth-centred frame.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Box3 {
    pub(crate) min: [f64; 3],
    pub(crate) max: [f64; 3],
}

impl Box3 {
    pub(crate) const EMPTY: Box3 = Box3 { min: [f64::INFINITY; 3], max: [f64::NEG_INFINITY; 3] };

    /// The box of an arc: that of its ends, grown by its sagitta.
    fn of_arc(arc: Arc) -> Box3 {
        let chord = arc.a - arc.b;
        let squared = chord.dot(chord) / 4.0;
        // The sagitta of an arc under 90 degrees, and a rounding error: half the square of half the chord and
        // a little more, the less of it the shorter the arc.
        let bulge = match squared < 0.07 {
            true => 0.51 * squared + 1e-15,
            false => 1.0 - (1.0 - squared).max(0.0).sqrt() + 1e-15,
        };
        Box3::EMPTY.with(arc.a).with(arc.b).grown(bulge)
    }

    pub(crate) fn with(mut self, v: Vector) -> Box3 {
        for (i, c) in v.components().into_iter().enumerate() {
            self.min[i] = self.min[i].min(c);
            self.max[i] = self.max[i].max(c);
        }
        self
    }

    pub(crate) fn union(mut self, o: &Box3) -> Box3 {
        for i in 0..3 {
            self.min[i] = self.min[i].min(o.min[i]);
            self.max[i] = self.max[i].max(o.max[i]);
        }
        self
    }

    pub(crate) fn grown(mut self, by: f64) -> Box3 {
        for i in 0..3 {
            self.min[i] -= by;
            self.max[i] += by;
        }
        self
    }

    pub(crate) fn center(&self) -> Vector {
        Vector {
            x: f64::midpoint(self.min[0], self.max[0]),
            y: f64::midpoint(self.min[1], self.max[1]),
            z: f64::midpoint(self.min[2], self.max[2]),
        }
    }

    /// A cap, in radians around its centre, that holds what of the unit sphere is in the box.
    pub(crate) fn cap(&self) -> (Vector, f64) {
        let middle = self.center();
        let norm = middle.norm();
        if norm.is_nan() || norm < 0.5 {
            return (AXES[2], PI);
        }
        // Every point is within half the diagonal of the middle, which is `1 - norm` from the sphere.
        let chord = self.diagonal() / 2.0 + (1.0 - norm).abs();
        (middle.unit(), 2.0 * (chord / 2.0).min(1.0).asin() + 1e-14)
    }

    /// The straight-line distance between two boxes, 0 when they meet. It is a lower bound of the
    /// angle between any points of the unit sphere in them.
    pub(crate) fn distance(&self, o: &Box3) -> f64 {
        let mut sum = 0.0;
        for i in 0..3 {
            let d = (self.min[i] - o.max[i]).max(o.min[i] - self.max[i]).max(0.0);
            sum += d * d;
        }
        sum.sqrt()
    }

    /// The length of the diagonal; 0 for an empty box.
    pub(crate) fn diagonal(&self) -> f64 {
        let side = |i: usize| (self.max[i] - self.min[i]).max(0.0);
        (side(0) * side(0) + side(1) * side(1) + side(2) * side(2)).sqrt()
    }

    pub(crate) fn intersection(&self, o: &Box3) -> Box3 {
        let mut r = *self;
        for i in 0..3 {
            r.min[i] = r.min[i].max(o.min[i]);
            r.max[i] = r.max[i].min(o.max[i]);
        }
        r
    }

    /// Whether the plane through the centre with this normal may cut the box.
    fn may_meet_plane(&self, normal: Vector) -> bool {
        let c = self.center();
        let reach = normal.x.abs() * (self.max[0] - self.min[0])
            + normal.y.abs() * (self.max[1] - self.min[1])
            + normal.z.abs() * (self.max[2] - self.min[2]);
        // The normal is a rounded cross product of unit vectors: 1e-14 is far above its error.
        c.dot(normal).abs() <= reach / 2.0 + 1e-14
    }
}

/// Arcs in the order of a boundary or a path. Neighbours in order are neighbours in space, so that
/// boxes over runs of [`FANOUT`] arcs, and over runs of those boxes, make a good tree unsorted.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Chain {
    pub(crate) arcs: Vec<Arc>,
    /// Level 0 covers runs of arcs, each next level runs of the one below; the last has one box.
    levels: Vec<Vec<Box3>>,
    bounds: Box3,
}

const FANOUT: usize = 8;

/// A node of a chain's tree: a level and a box in it.
#[derive(Clone, Copy)]
struct Node {
    level: usize,
    index: usize,
}

impl Chain {
    /// A chain of at least one arc.
    pub(crate) fn new(arcs: Vec<Arc>) -> Chain {
        let mut levels = Vec::new();
        if arcs.len() > FANOUT {
            let mut boxes: Vec<Box3> = arcs
                .chunks(FANOUT)
                .map(|run| run.iter().fold(Box3::EMPTY, |b, &arc| b.union(&Box3::of_arc(arc))))
                .collect();
            while boxes.len() > 1 {
                let above = boxes
                    .chunks(FANOUT)
                    .map(|run| run.iter().fold(Box3::EMPTY, |b, o| b.union(o)))
                    .collect();
                levels.push(std::mem::replace(&mut boxes, above));
            }
            levels.push(boxes);
        }
        let bounds = match levels.last() {
            Some(top) => top[0],
            None => arcs.iter().fold(Box3::EMPTY, |b, &arc| b.union(&Box3::of_arc(arc))),
        };
        Chain { arcs, levels, bounds }
    }

    /// A box around all arcs.
    pub(crate) fn bounds(&self) -> &Box3 {
        &self.bounds
    }

    /// Whether the next arc does not begin where this one ends.
    pub(crate) fn breaks_after(&self, i: usize) -> bool {
        self.arcs.get(i + 1).is_none_or(|next| next.a != self.arcs[i].b)
    }

    fn root(&self) -> Node {
        // A short chain has no boxes; its root is a leaf all the same.
        Node { level: self.levels.len().saturating_sub(1), index: 0 }
    }

    fn node_box(&self, n: Node) -> &Box3 {
        self.levels.get(n.level).map_or(&self.bounds, |level| &level[n.index])
    }

    fn leaf(&self, n: Node) -> std::ops::Range<usize> {
        let start = n.index * FANOUT;
        start..(start + FANOUT).min(self.arcs.len())
    }

    fn children(&self, n: Node) -> impl Iterator<Item = Node> + use<> {
        let below = self.levels[n.level - 1].len();
        let start = n.index * FANOUT;
        (start..(start + FANOUT).min(below)).map(move |index| Node { level: n.level - 1, index })
    }

    /// Calls `visit` with the arcs of closed rings in order, each by its ends and with whether its ring
    /// ends there. A run whose box, grown by how far an arc from its beginning to its end may leave it,
    /// keeps out of `window` and grows by at most `bulge` is such a single arc. Box and window being
    /// convex, no point of the window changes sides by that.
    pub(crate) fn outline_in(
        &self,
        window: &Box3,
        bulge: f64,
        mut visit: impl FnMut(Vector, Vector, bool),
    ) {
        let mut stack = vec![self.root()];
        while let Some(n) = stack.pop() {
            let bounds = self.node_box(n);
            let diagonal = bounds.diagonal();
            // The sagitta of an arc under 90 degrees is less than a quarter of its chord squared.
            let strays = 0.25 * diagonal * diagonal;
            let arcs = self.arcs_of(n);
            let in_window = strays > bulge || bounds.grown(strays).distance(window) == 0.0;
            if in_window && n.level > 0 {
                let at = stack.len();
                stack.extend(self.children(n));
                stack[at..].reverse();
                continue;
            }
            let mut from = self.arcs[arcs.start].a;
            for i in arcs.clone() {
                let ends = self.breaks_after(i);
                if in_window || ends || i + 1 == arcs.end {
                    visit(from, self.arcs[i].b, ends);
                    from = self.arcs.get(i + 1).map_or(from, |next| next.a);
                }
            }
        }
    }

    /// The arcs under a node.
    fn arcs_of(&self, n: Node) -> std::ops::Range<usize> {
        let width = FANOUT.pow(n.level as u32 + 1);
        let start = n.index * width;
        start..(start + width).min(self.arcs.len())
    }

    /// Calls `visit` with every arc whose neighbourhood may meet the plane through the centre with
    /// this normal.
    pub(crate) fn near_plane(&self, normal: Vector, visit: impl FnMut(usize)) {
        self.near(|b| b.may_meet_plane(normal), visit);
    }

    /// Calls `visit` with every arc whose neighbourhood holds the point.
    pub(crate) fn near_point(&self, p: Vector, visit: impl FnMut(usize)) {
        let point = Box3::EMPTY.with(p).grown(1e-15);
        self.near(|b| b.distance(&point) == 0.0, visit);
    }

    fn near(&self, may: impl Fn(&Box3) -> bool, mut visit: impl FnMut(usize)) {
        let mut stack = vec![self.root()];
        while let Some(n) = stack.pop() {
            if !may(self.node_box(n)) {
                continue;
            }
            if n.level == 0 {
                self.leaf(n).for_each(&mut visit);
            } else {
                stack.extend(self.children(n));
            }
        }
    }

    /// Calls `visit` with the pairs of arcs (own, other's) whose straight-line distance may be at
    /// most `reach()`, which may shrink on the way, until it returns false.
    pub(crate) fn near_pairs(
        &self,
        other: &Chain,
        mut reach: impl FnMut() -> f64,
        mut visit: impl FnMut(usize, usize) -> bool,
    ) {
        let mut stack = vec![(self.root(), other.root())];
        while let Some((n, m)) = stack.pop() {
            if self.node_box(n).distance(other.node_box(m)) > reach() {
                continue;
            }
            if n.level == 0 && m.level == 0 {
                let its = other.leaf(m);
                let mut boxes = [Box3::EMPTY; FANOUT];
                for (its_box, &arc) in boxes.iter_mut().zip(&other.arcs[its.clone()]) {
                    *its_box = Box3::of_arc(arc);
                }
                for i in self.leaf(n) {
                    let own = Box3::of_arc(self.arcs[i]);
                    if own.distance(other.node_box(m)) > reach() {
                        continue;
                    }
                    for (j, its_box) in its.clone().zip(&boxes) {
                        if own.distance(its_box) <= reach() && !visit(i, j) {
                            return;
                        }
                    }
                }
            } else {
                let at = stack.len();
                if n.level >= m.level {
                    stack.extend(self.children(n).map(|c| (c, m)));
                } else {
                    stack.extend(other.children(m).map(|c| (n, c)));
                }
                // What must meet is as near as can be.
                if reach() > 0.0 {
                    self.nearest_last(other, &mut stack[at..]);
                }
            }
        }
    }

    /// The angle in radians from a point to the nearest point of the arcs, good to 1e-14, and that
    /// point.
    pub(crate) fn nearest_to(&self, p: Vector) -> (f64, Vector) {
        let at = Box3::EMPTY.with(p);
        let mut best = (f64::INFINITY, 0, 0.0);
        let mut stack = vec![(0.0, self.root())];
        while let Some((distance, n)) = stack.pop() {
            if distance > best.0 {
                continue;
            }
            if n.level == 0 {
                for i in self.leaf(n) {
                    let arc = self.arcs[i];
                    if arc.may_be_within(p, best.0) {
                        let (angle, along) = arc.nearest(p);
                        if angle < best.0 {
                            best = (angle, i, along);
                        }
                    }
                }
            } else {
                let first = stack.len();
                stack.extend(self.children(n).map(|c| (self.node_box(c).distance(&at), c)));
                stack[first..].sort_unstable_by(|c, d| d.0.total_cmp(&c.0));
            }
        }
        (best.0, self.arcs[best.1].at(best.2))
    }

    /// Orders pairs so that the nearest is popped first, which shrinks the reach early.
    fn nearest_last(&self, other: &Chain, pairs: &mut [(Node, Node)]) {
        let distance = |&(n, m): &(Node, Node)| self.node_box(n).distance(other.node_box(m));
        pairs.sort_unstable_by(|p, q| distance(q).total_cmp(&distance(p)));
    }
}
