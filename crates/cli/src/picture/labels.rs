//! Where words and numbers go, so that they do not lie on each other.

use super::scene::Shape;
use super::view::{Point, Rect, View};

/// The paper that is taken so far.
pub(super) struct Labels {
    frame: Rect,
    taken: Vec<Rect>,
}

impl Labels {
    /// Nothing is taken yet of the frame but `taken`.
    pub(super) fn new(frame: Rect, taken: Vec<Rect>) -> Labels {
        Labels { frame, taken }
    }

    /// Takes the first of the rectangles that is free and in the frame.
    pub(super) fn take(&mut self, wishes: impl IntoIterator<Item = Rect>) -> Option<Rect> {
        let free = wishes.into_iter().find(|wish| {
            self.frame.contains((wish.x, wish.y))
                && self.frame.contains((wish.right(), wish.bottom()))
                && !self.taken.iter().any(|t| t.meets(*wish))
        })?;
        self.taken.push(free);
        Some(free)
    }
}

/// Squares of a side, from a point outward in rings.
pub(super) fn around(at: Point, side: f64) -> impl Iterator<Item = Rect> {
    let rings = (1..=9).flat_map(move |ring| {
        let steps = 6 * ring + 6;
        (0..steps).map(move |i| {
            let (sin, cos) =
                (std::f64::consts::TAU * (f64::from(i) + 0.5) / f64::from(steps)).sin_cos();
            let away = f64::from(ring) * side * 1.1;
            (at.0 + away * sin, at.1 - away * cos)
        })
    });
    std::iter::once(at).chain(rings).map(move |(x, y)| Rect {
        x: x - side / 2.0,
        y: y - side / 2.0,
        width: side,
        height: side,
    })
}

/// Where a name may stand: in the visible part of its shape, over it, under it, beside it.
pub(super) fn of_shape(shape: &Shape, view: &View, width: f64, height: f64) -> Vec<Rect> {
    let rings: Vec<Vec<Point>> =
        shape.rings.iter().map(|r| r.iter().map(|p| view.paper(*p)).collect()).collect();
    let mut visible = rings.iter().flatten().filter(|p| view.frame.contains(**p));
    let Some(&first) = visible.next() else { return Vec::new() };
    let (low, high) = visible.fold((first, first), |(low, high), p| {
        ((low.0.min(p.0), low.1.min(p.1)), (high.0.max(p.0), high.1.max(p.1)))
    });
    let rect = |x: f64, y: f64| Rect { x, y, width, height };
    let x = (low.0 + high.0) / 2.0 - width / 2.0;
    let y = (low.1 + high.1) / 2.0 - height / 2.0;
    let around = [
        rect(x, low.1 - height - 3.0),
        rect(x, high.1 + 3.0),
        rect(high.0 + 5.0, y),
        rect(low.0 - width - 5.0, y),
    ];
    let (top, bottom) = (low.1 + 5.0, high.1 - height - 5.0);
    let heights = [0.0, 1.0, 0.5, 0.25, 0.75, 0.125, 0.875].map(|t| top + t * (bottom - top));
    let inside = heights.into_iter().filter(|_| bottom > top).filter_map(|y| {
        let (from, to) = widest(&rings, y + height / 2.0, view.frame)?;
        (to - from > width + 6.0).then(|| rect((from + to - width) / 2.0, y))
    });
    inside.chain(around).collect()
}

/// The widest stretch inside even-odd rings along a line across the frame.
fn widest(rings: &[Vec<Point>], y: f64, frame: Rect) -> Option<(f64, f64)> {
    let edges = rings.iter().flat_map(|r| r.iter().zip(r.iter().cycle().skip(1)));
    let mut crossings: Vec<f64> = edges
        .filter(|(a, b)| (a.1 > y) != (b.1 > y))
        .map(|(a, b)| a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0))
        .collect();
    crossings.sort_by(f64::total_cmp);
    crossings
        .chunks_exact(2)
        .map(|pair| (pair[0].max(frame.x), pair[1].min(frame.right())))
        .max_by(|p, q| (p.1 - p.0).total_cmp(&(q.1 - q.0)))
}

#[cfg(test)]
mod tests {
    use super::super::view::{Vec3, unit_of};
    use super::*;

    #[test]
    fn two_labels_at_one_place_are_kept_apart() {
        let frame = Rect { x: 0.0, y: 0.0, width: 100.0, height: 100.0 };
        let mut labels = Labels::new(frame, Vec::new());
        let a = labels.take(around((50.0, 50.0), 20.0)).unwrap();
        let b = labels.take(around((50.0, 50.0), 20.0)).unwrap();
        assert!(!a.meets(b));
        assert!(labels.take(around((5000.0, 50.0), 20.0)).is_none(), "outside the frame");
    }

    #[test]
    fn a_name_stands_inside_its_shape_and_not_in_the_middle_of_its_box() {
        // An L around an empty upper right: the middle of its box is not in it.
        let corners =
            [(50.0, 5.0), (50.0, 9.0), (50.5, 9.0), (50.5, 6.5), (54.0, 6.5), (54.0, 5.0)];
        let ring: Vec<Vec3> = corners.iter().map(|(lat, lon)| unit_of(*lat, *lon)).collect();
        let view = View::around(&ring, 0.0, 0.0, 1000.0);
        let paper: Vec<Point> = ring.iter().map(|p| view.paper(*p)).collect();
        let shape = Shape { layer: 0, label: String::new(), rings: vec![ring], involved: false };
        let first = of_shape(&shape, &view, 60.0, 14.0)[0];
        let (from, to) = (paper[4].0.min(paper[5].0), paper[3].0.max(paper[4].0));
        assert!(first.x > from && first.right() < to, "{first:?} {paper:?}");
        assert!(first.y > paper[4].1.min(paper[5].1), "{first:?} {paper:?}");
    }

    #[test]
    fn a_line_across_a_ring_with_a_hole_finds_its_wider_side() {
        let frame = Rect { x: 0.0, y: 0.0, width: 8.0, height: 10.0 };
        let square = |a: f64, b: f64| vec![(a, a), (b, a), (b, b), (a, b)];
        let rings = [square(-5.0, 10.0), square(3.0, 4.0)];
        assert_eq!(widest(&rings, 3.5, frame), Some((4.0, 8.0)));
        assert_eq!(widest(&rings, 6.0, frame), Some((0.0, 8.0)), "only what is in the frame");
        assert_eq!(widest(&rings, 11.0, frame), None);
    }
}
