//! The point deepest inside a polygon of the plane.

use std::collections::BinaryHeap;
use std::f64::consts::SQRT_2;
use std::ops::Range;

pub(crate) type Point = [f64; 2];
pub(crate) type Contour = Vec<Point>;

/// An edge, with what its distance from points is told by.
#[derive(Clone, Copy)]
struct Edge {
    from: Point,
    to: Point,
    /// From the one to the other.
    way: Point,
    /// 1 through the square of its length; 0 for a point.
    per_squared: f64,
}

impl Edge {
    fn new(from: Point, to: Point) -> Edge {
        let way = [to[0] - from[0], to[1] - from[1]];
        let squared = way[0] * way[0] + way[1] * way[1];
        let per_squared = if squared > 0.0 { 1.0 / squared } else { 0.0 };
        Edge { from, to, way, per_squared }
    }

    /// The way from a point to the nearest one of the edge.
    fn way_from(&self, [x, y]: Point) -> Point {
        let ([px, py], [dx, dy]) = (self.from, self.way);
        let share = (((x - px) * dx + (y - py) * dy) * self.per_squared).clamp(0.0, 1.0);
        [px + share * dx - x, py + share * dy - y]
    }

    /// The square of the distance of a point.
    fn squared_distance(&self, point: Point) -> f64 {
        let way = self.way_from(point);
        way[0] * way[0] + way[1] * way[1]
    }
}

/// How many squares the search may split.
const MOST_SQUARES: usize = 200;
/// The search ends where nothing is deeper than so many times what is found.
const SLACK: f64 = 1.04;
/// Boundaries are searched as lines that lie within this share of the depth of them.
const GRAIN: f64 = 0.004;
/// Of fewer edges none is left out.
const FEW_EDGES: usize = 24;
/// What is added to bounds for rounding, as a share.
const ROUNDING: f64 = 1.0 + 1e-9;

/// The point deepest inside a polygon, to 5 % of the depth, and its depth; `None` where nothing is deeper
/// than `floor`, which is at least 0. Where a point deeper than `wanted` is not ruled out, it is searched
/// to the end.
pub(crate) fn most_inner_point(shape: &[Contour], floor: f64, wanted: f64) -> Option<(Point, f64)> {
    let (mut min, mut max) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for p in &shape[0] {
        for i in 0..2 {
            min[i] = min[i].min(p[i]);
            max[i] = max[i].max(p[i]);
        }
    }
    let middle = [f64::midpoint(min[0], max[0]), f64::midpoint(min[1], max[1])];
    let (width, height) = (max[0] - min[0], max[1] - min[1]);
    if width.min(height) / 2.0 <= floor {
        return None;
    }
    let half = width.max(height) / 2.0;
    let mut search = Search::new(shape);
    // The middle of the longest cut through the middle is inside even where the middle is not.
    let mut deepest = Deepest { point: middle, depth: floor, wanted };
    for along in [0, 1] {
        let point = inner_point(&search.edges[search.whole()], along, middle[1 - along]);
        if let Some(point) = point {
            deepest.take(&search.point(point));
        }
    }
    let grain = GRAIN * deepest.depth;
    if search.boundary > FEW_EDGES && grain > 0.0 {
        let rough: Vec<Contour> = shape
            .iter()
            .map(|contour| {
                let closed: Contour = contour.iter().chain(contour.first()).copied().collect();
                let mut rough = simplified(&closed, grain, |from, to| {
                    let edge = Edge::new(from, to);
                    move |point| edge.squared_distance(point)
                });
                rough.pop();
                rough
            })
            .collect();
        let mut rough_search = Search::new(&rough);
        let mut found = Deepest { ..deepest };
        rough_search.run(middle, half, &mut found);
        deepest.take(&search.point(found.point));
        if deepest.depth > wanted || found.depth + grain <= wanted {
            return deepest.above(floor);
        }
    }
    search.run(middle, half, &mut deepest);
    deepest.above(floor)
}

/// The points of a line without those that lie within `grain` of the straight line between those
/// that stay (Douglas and Peucker, 1973); `squared` gives for a straight line the square of the distance of
/// points. The ends stay.
pub(crate) fn simplified<P: Copy, D: Fn(P) -> f64>(
    line: &[P],
    grain: f64,
    squared: impl Fn(P, P) -> D,
) -> Vec<P> {
    let mut stays = vec![false; line.len()];
    let mut stack = vec![(0, line.len().saturating_sub(1))];
    while let Some((first, last)) = stack.pop() {
        stays[first] = true;
        stays[last] = true;
        let distance = squared(line[first], line[last]);
        let mut farthest = (0, grain * grain);
        for (i, &point) in line.iter().enumerate().take(last).skip(first + 1) {
            let squared = distance(point);
            if squared > farthest.1 {
                farthest = (i, squared);
            }
        }
        if farthest.0 > 0 {
            stack.push((first, farthest.0));
            stack.push((farthest.0, last));
        }
    }
    line.iter().zip(stays).filter(|(_, stays)| *stays).map(|(p, _)| *p).collect()
}

fn length([x, y]: Point) -> f64 {
    (x * x + y * y).sqrt()
}

/// The deepest point so far.
struct Deepest {
    point: Point,
    depth: f64,
    /// A depth that is worth searching on for.
    wanted: f64,
}

impl Deepest {
    fn take(&mut self, square: &Square) {
        if square.depth > self.depth {
            (self.point, self.depth) = (square.center, square.depth);
        }
    }

    fn above(&self, floor: f64) -> Option<(Point, f64)> {
        (self.depth > floor).then_some((self.point, self.depth))
    }

    /// Whether a square that holds nothing deeper than `bound` need not be searched.
    fn is_enough(&self, bound: f64) -> bool {
        bound <= self.depth * SLACK && (self.depth > self.wanted || bound <= self.wanted)
    }
}

/// A square that may hold the most inner point.
struct Square {
    center: Point,
    half: f64,
    /// The distance of the centre from the boundary, negative outside.
    depth: f64,
    /// No point of the square is deeper.
    bound: f64,
    /// The edges that may be the nearest to a point of the square, in the search's list.
    edges: Range<usize>,
}

/// What squares are judged by.
struct Search {
    /// How many edges the boundary has; they begin the list.
    boundary: usize,
    /// Edges, those of one square in a row.
    edges: Vec<Edge>,
    /// For each edge of the square at hand, the way from its centre to the nearest point, and the square
    /// of its length.
    ways: Vec<(Point, f64)>,
}

impl Search {
    fn new(shape: &[Contour]) -> Search {
        let boundary: usize = shape.iter().map(Vec::len).sum();
        let mut list = Vec::with_capacity(8 * boundary);
        list.extend(shape.iter().flat_map(|contour| edges(contour)));
        Search { boundary, edges: list, ways: Vec::with_capacity(boundary) }
    }

    /// Looks for a deeper point in a square.
    ///
    /// Squares are split, the most promising first, until none can hold a deeper one (the method of
    /// Mapbox's "polylabel", 2016) or, for very long or ragged polygons, enough of them were.
    fn run(&mut self, center: Point, half: f64, deepest: &mut Deepest) {
        let inside = self.is_inside(center);
        let whole = self.square(center, half, self.whole(), inside, deepest);
        deepest.take(&whole);
        let mut heap = BinaryHeap::from([whole]);
        for _ in 0..MOST_SQUARES {
            let Some(square) = heap.pop() else { break };
            if deepest.is_enough(square.bound) {
                break;
            }
            let h = square.half / 2.0;
            for way in [[-h, -h], [h, -h], [-h, h], [h, h]] {
                let quarter = self.quarter(&square, way, deepest);
                deepest.take(&quarter);
                if !deepest.is_enough(quarter.bound) {
                    heap.push(quarter);
                }
            }
        }
    }

    /// The square without extent at a point.
    fn point(&self, center: Point) -> Square {
        let edges = self.edges[self.whole()].iter();
        let squared = edges.map(|edge| edge.squared_distance(center));
        let distance = squared.fold(f64::INFINITY, f64::min).sqrt();
        let depth = if self.is_inside(center) { distance } else { -distance };
        Square { center, half: 0.0, depth, bound: depth, edges: 0..0 }
    }

    /// The whole boundary.
    fn whole(&self) -> Range<usize> {
        0..self.boundary
    }

    /// Whether an odd number of edges separates a point from the outside.
    fn is_inside(&self, [x, y]: Point) -> bool {
        self.edges[self.whole()].iter().fold(false, |inside, &Edge { from: p, to: q, .. }| {
            let crosses =
                (p[1] > y) != (q[1] > y) && x < (q[0] - p[0]) * (y - p[1]) / (q[1] - p[1]) + p[0];
            inside != crosses
        })
    }

    /// One of the quarters of a square.
    fn quarter(&mut self, square: &Square, way: Point, deepest: &Deepest) -> Square {
        let center = [square.center[0] + way[0], square.center[1] + way[1]];
        let length = length(way);
        let depth = square.depth.abs();
        let inside = if depth > length * ROUNDING {
            // No boundary lies on the way between the centres.
            square.depth > 0.0
        } else if depth > length * 1e-6 {
            // What does is among the square's edges.
            let edges = &self.edges[square.edges.clone()];
            (square.depth > 0.0) != crosses_oddly(square.center, way, edges)
        } else {
            self.is_inside(center)
        };
        self.square(center, square.half / 2.0, square.edges.clone(), inside, deepest)
    }

    /// A square whose nearest edges are among some of the list.
    fn square(
        &mut self,
        center: Point,
        half: f64,
        among: Range<usize>,
        inside: bool,
        deepest: &Deepest,
    ) -> Square {
        let to_corner = half * SQRT_2;
        self.ways.clear();
        let mut nearest = (0, f64::INFINITY);
        for (i, edge) in self.edges[among.clone()].iter().enumerate() {
            let way = edge.way_from(center);
            let squared = way[0] * way[0] + way[1] * way[1];
            if squared < nearest.1 {
                nearest = (i, squared);
            }
            self.ways.push((way, squared));
        }
        let distance = nearest.1.sqrt();
        // On the way to a corner one edge comes nearer by at most that way, and another goes away.
        let reach = (distance + 2.0 * to_corner) * ROUNDING;
        let reach = reach * reach;
        let near = self.ways.iter().filter(|(_, squared)| *squared <= reach).count();
        let depth = if inside { distance } else { -distance };
        let mut bound = (depth + to_corner) * ROUNDING;
        if depth > 0.0 && !deepest.is_enough(bound) {
            let between = self.bound_between(center, among.clone(), nearest.0, to_corner, reach);
            bound = bound.min(between);
        }
        // A list that hardly shrinks is shared with the square above.
        let edges = if near * 4 > among.len() * 3 {
            among
        } else {
            let start = self.edges.len();
            for (i, &(_, squared)) in among.zip(&self.ways) {
                if squared <= reach {
                    self.edges.push(self.edges[i]);
                }
            }
            start..self.edges.len()
        };
        Square { center, half, depth, bound, edges }
    }

    /// How deep a point within `radius` of a centre may be that lies inside, for what the nearest edge and
    /// any other one tell together: whoever goes away from the one comes nearer to the other where it
    /// lies across. The edges are those that the ways lead to.
    ///
    /// With q the edge's point nearest to the centre c, d = |c - q| and n = (c - q) / d, a point c + v
    /// is at most |c + v - q| away from the edge, that is d + n v + v v / 2 d at most; and d + n v where
    /// its nearest point is on the edge and on the same side too. The lesser of two such distances is at
    /// most their mean.
    fn bound_between(
        &self,
        center: Point,
        among: Range<usize>,
        nearest: usize,
        radius: f64,
        reach_squared: f64,
    ) -> f64 {
        let bend = |edge: Edge, distance: f64| {
            let ([px, py], [dx, dy]) = (edge.from, edge.way);
            let length = length(edge.way);
            let along = ((center[0] - px) * dx + (center[1] - py) * dy) / length;
            let stays = radius <= distance && along >= radius && length - along >= radius;
            if stays { 0.0 } else { radius * radius / distance / 2.0 }
        };
        let (way, squared) = self.ways[nearest];
        let distance = squared.sqrt();
        let own_bend = bend(self.edges[among.start + nearest], distance);
        let (mut least, mut least_squared) = (f64::INFINITY, reach_squared);
        for (&(its_way, squared), &edge) in self.ways.iter().zip(&self.edges[among]) {
            let along = its_way[0] * way[0] + its_way[1] * way[1];
            // Edges on the same side are of no use, nor are those that are too far.
            if squared > least_squared || along > 0.0 {
                continue;
            }
            let its = squared.sqrt();
            let sum = (2.0 * (1.0 + along / (its * distance)).max(0.0)).sqrt();
            let mean = f64::midpoint(distance, its) + sum * radius / 2.0;
            // The bends are what takes time.
            if mean < least {
                least = least.min(mean + f64::midpoint(own_bend, bend(edge, its)));
                let farthest = 2.0 * least - distance;
                least_squared = least_squared.min(farthest * farthest);
            }
        }
        least * ROUNDING
    }
}

impl Ord for Square {
    fn cmp(&self, other: &Square) -> std::cmp::Ordering {
        self.bound.total_cmp(&other.bound)
    }
}

impl PartialOrd for Square {
    fn partial_cmp(&self, other: &Square) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Square {
    fn eq(&self, other: &Square) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Square {}

/// Whether an odd number of edges crosses a way from a point.
fn crosses_oddly([x, y]: Point, [dx, dy]: Point, edges: &[Edge]) -> bool {
    edges.iter().fold(false, |odd, &Edge { from: p, to: q, way: [ex, ey], .. }| {
        let left = |v: Point| dx * (v[1] - y) - dy * (v[0] - x) > 0.0;
        if left(p) == left(q) {
            return odd;
        }
        let share = ((p[0] - x) * ey - (p[1] - y) * ex) / (dx * ey - dy * ex);
        odd != (share > 0.0 && share <= 1.0)
    })
}

/// The middle of the longest stretch inside the polygon of the line along one coordinate (0 or 1) on
/// which the other is `at`.
fn inner_point(boundary: &[Edge], along: usize, at: f64) -> Option<Point> {
    let across = 1 - along;
    let mut cuts: Vec<f64> = Vec::new();
    for &Edge { from: p, to: q, .. } in boundary {
        if (p[across] > at) != (q[across] > at) {
            let share = (at - p[across]) / (q[across] - p[across]);
            cuts.push(p[along] + (q[along] - p[along]) * share);
        }
    }
    cuts.sort_by(f64::total_cmp);
    let longest = cuts.chunks_exact(2).max_by(|p, q| (p[1] - p[0]).total_cmp(&(q[1] - q[0])))?;
    let middle = f64::midpoint(longest[0], longest[1]);
    Some(if along == 0 { [middle, at] } else { [at, middle] })
}

fn edges(contour: &[Point]) -> impl Iterator<Item = Edge> {
    let next = contour.iter().cycle().skip(1);
    contour.iter().zip(next).map(|(&from, &to)| Edge::new(from, to))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The depth of a point: its distance from the boundary, negative outside.
    fn depth(shape: &[Contour], point: Point) -> f64 {
        let search = Search::new(shape);
        let distance = |edge: &Edge| edge.squared_distance(point).sqrt();
        let distance = search.edges.iter().map(distance).fold(f64::INFINITY, f64::min);
        if search.is_inside(point) { distance } else { -distance }
    }

    /// The greatest depth on a grid of points.
    fn deepest_on_a_grid(shape: &[Contour], points: usize) -> f64 {
        let bound = |i: usize, f: fn(f64, f64) -> f64, start: f64| {
            shape[0].iter().map(|p| p[i]).fold(start, f)
        };
        let (low, high) = (
            [bound(0, f64::min, f64::INFINITY), bound(1, f64::min, f64::INFINITY)],
            [bound(0, f64::max, f64::NEG_INFINITY), bound(1, f64::max, f64::NEG_INFINITY)],
        );
        let at = |i: usize, k: usize| low[i] + (high[i] - low[i]) * k as f64 / points as f64;
        (0..=points)
            .flat_map(|k| (0..=points).map(move |l| (k, l)))
            .map(|(k, l)| depth(shape, [at(0, k), at(1, l)]))
            .fold(f64::NEG_INFINITY, f64::max)
    }

    /// A star of these radii, stretched along a turned axis.
    fn star(radii: &[f64], stretch: f64, turn: f64) -> Contour {
        let corner = |(k, r): (usize, &f64)| {
            let angle = std::f64::consts::TAU * k as f64 / radii.len() as f64;
            let (x, y) = (r * angle.cos() * stretch, r * angle.sin());
            [x * turn.cos() - y * turn.sin(), x * turn.sin() + y * turn.cos()]
        };
        radii.iter().enumerate().map(corner).collect()
    }

    proptest! {
        #[test]
        fn no_point_is_deeper_by_more_than_a_twentieth(
            radii in proptest::collection::vec(0.2..1.0f64, 3..40),
            stretch in 1.0..6.0f64,
            turn in 0.0..3.0f64,
            hole in proptest::option::of((0.05..0.15f64, 3..9usize)),
        ) {
            let mut shape = vec![star(&radii, stretch, turn)];
            shape.extend(hole.map(|(r, n)| star(&vec![r; n], 1.0, 0.1)));
            let (point, found) = most_inner_point(&shape, 0.0, 0.0).unwrap();
            prop_assert!(most_inner_point(&shape, 1.06 * found, 0.0).is_none());
            prop_assert!((depth(&shape, point) - found).abs() <= 1e-12);
            let best = deepest_on_a_grid(&shape, 60);
            prop_assert!(found * 1.06 >= best, "{found} where {best} is");
        }

        #[test]
        fn a_depth_that_is_wanted_is_found_where_there_is_one(
            length in 1.0..30.0f64,
            turn in 0.0..3.0f64,
            share in 0.9..0.999f64,
        ) {
            // The deepest point of a triangle is its only one: a strip would have many.
            let corners = [[0.0, 0.0], [length, 0.0], [0.3 * length, 1.0]];
            let side = |i: usize| {
                let (p, q): (Point, Point) = (corners[i], corners[(i + 1) % 3]);
                (q[0] - p[0]).hypot(q[1] - p[1])
            };
            let inradius = length / (side(0) + side(1) + side(2));
            let turned = |[x, y]: Point| {
                [x * turn.cos() - y * turn.sin(), x * turn.sin() + y * turn.cos()]
            };
            let shape = [corners.map(turned).to_vec()];
            let (_, found) = most_inner_point(&shape, 0.0, share * inradius).unwrap();
            prop_assert!(found > share * inradius && found <= inradius * (1.0 + 1e-9));
        }
    }

    #[test]
    fn long_strips_take_few_squares() {
        let strip = |length: f64| vec![vec![[0.0, 0.0], [length, 0.0], [length, 1.0], [0.0, 1.0]]];
        for length in [1.0, 10.0, 40.0] {
            let (_, found) = most_inner_point(&strip(length), 0.0, 0.0).unwrap();
            assert!(found > 0.5 / 1.05, "{length}: {found}");
        }
    }
}
