//! The picture: land, volumes and conflicts in one SVG file.

mod draw;
mod grid;
mod labels;
mod land;
mod scene;
mod svg;
mod view;

use std::path::Path;

pub(crate) use scene::{Scene, of_check, of_files};

use crate::outcome::Failure;
use crate::output::write_whole;

/// Draws a scene into a file.
pub(crate) fn write(path: &Path, scene: &Scene) -> Result<(), Failure> {
    write_whole(path, draw::draw(scene).as_bytes())
}
