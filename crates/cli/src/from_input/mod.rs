//! From files and flags to what is declared: nothing is lost on the way, and what a declaration cannot
//! carry is refused with the remedy.

mod file;
mod item;
mod movement;
mod site;
mod volumes;

pub(crate) use file::{FromFile, OfOperation, OfZone};
pub(crate) use item::{Item, parse_sharing};
pub(crate) use movement::OfMovement;
pub(crate) use site::OfSite;
