//! Volumes on the earth: what parties declare, and whether two declarations meet in space and time.
//!
//! A [`Volume`] is a [`Footprint`] on WGS84, a [`Band`] of heights and a [`Window`] of time.
//! [`relation`] says of two volumes whether they overlap, touch, are apart, or possibly overlap;
//! the [`SpaceTimeIndex`] finds, among millions, the few that need that question asked.
//!
//! *Architecture invariant*: this crate knows nothing of parties, files, bytes, clocks or sockets.
//! It never panics on input: whatever is not a valid shape is refused by its constructor.
//!
//! *Architecture invariant*: no answer rests on a tolerance. Signs of determinants are exact; where
//! a distance is known only within bounds and the bounds do not decide, the answer is
//! [`Relation::Possible`] and says why.

mod area;
mod band;
mod chain;
mod edges;
mod footprint;
mod geodesic;
mod grid;
mod ground;
mod horizontal;
mod index;
mod inner;
mod planar;
mod position;
mod redraw;
mod region;
mod relation;
mod shape;
mod tangle;
mod vector;
mod volume;
mod window;

pub use band::{Band, BandError, FEET_M, Height, HeightFacts, HeightFactsError, Limit, Reference};
pub use edges::arc_points;
pub use footprint::{
    Circle, Corridor, EdgeRule, Footprint, FootprintError, LoopSize, MAX_CIRCLE_RADIUS_M,
    MAX_CORRIDOR_HALF_WIDTH_M, MAX_HOLES, MAX_VERTICES, OutlineError, Polygon, SelfCrossing,
};
pub use geodesic::{destination, distance_and_azimuth};
pub use grid::{
    Cell, CellError, MAX_CELLS, SharingGrid, SharingGridError, WidenedError, WidenedVolume,
};
pub use index::{SpaceTimeBox, SpaceTimeIndex, cap_corners};
pub use position::{Position, PositionError};
pub use redraw::{redraw, redrawn_len};
pub use relation::{
    Common, Gap, Reason, Reasons, Relation, Rules, Separation, Verdict, common, gap, relation,
    relation_and_common,
};
pub use volume::Volume;
pub use window::{Instant, Window, WindowError};
