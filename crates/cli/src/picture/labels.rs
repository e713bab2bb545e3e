//! Where words and numbers go, so that they do not lie on each other.

use super::view::{Point, Rect};

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

#[cfg(test)]
mod tests {
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
}
