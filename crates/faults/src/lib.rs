//! Disks that fail and processes that die on purpose, for the tests of what must survive them.
//!
//! [`PowerCut`] is an SQLite VFS that keeps in memory what was written and not yet synced. When the
//! power is cut, that is forgotten, or half forgotten; before that, writes can be made to find the
//! disk full, and syncs to fail.
//!
//! *Architecture invariant*: for tests only. Nothing that is shipped depends on this crate, which
//! alone in the workspace may hold `unsafe` code; all of it is in `vfs.rs`.

mod disk;
mod kill;
mod random;
mod vfs;

pub use disk::{Fault, Loss};
pub use kill::{Victim, last_acknowledged};
pub use random::Chance;
pub use vfs::PowerCut;
