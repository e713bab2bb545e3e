//! What tests of every room set up alike: keys, a charter, statements, and worlds in which they are said.
//!
//! - [`keys`], [`mod@charter`], [`declarations`]: the same four parties, their keys and what they declare;
//! - [`Signing`]: statements, each following the one before it of the same key;
//! - [`World`]: a space without bytes, store or sockets, played entry by entry and compared with what each
//!   party may see; [`history`]: what parties might say in it, at random;
//! - with the feature `space`: [`HostRig`], the real host in the test's own thread, [`HostLine`], a desk's line
//!   to it, and [`sim`], which drives a host and several desks through whatever can go wrong.
//!
//! *Architecture invariant*: for tests only. Nothing that is shipped depends on this crate.
//!
//! *Architecture invariant*: everything here follows from what is passed in. Keys are made of their names,
//! chance of its seed, time of what the test says: what failed once fails again.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

pub mod charter;
#[cfg(feature = "space")]
mod clock;
pub mod declarations;
mod dice;
pub mod history;
#[cfg(feature = "space")]
mod host_line;
#[cfg(feature = "space")]
mod host_rig;
pub mod keys;
#[cfg(feature = "logs")]
mod log_buffer;
mod messages;
mod refusals;
mod signing;
#[cfg(feature = "space")]
pub mod sim;
mod world;

pub use charter::*;
#[cfg(feature = "space")]
pub use clock::{TestClock, seeded, utc};
pub use declarations::*;
pub use dice::Dice;
#[cfg(feature = "space")]
pub use host_line::{HostLine, SharedHost};
#[cfg(feature = "space")]
pub use host_rig::HostRig;
pub use keys::*;
#[cfg(feature = "logs")]
pub use log_buffer::LogBuffer;
pub use messages::{
    another_value, answered, choice, exercise, fault, hold, later, message_ref, parameters, send,
    sent, some_answer, some_message, taken_back, unable, version_ref,
};
pub use refusals::refusals;
pub use signing::{Link, Signing, enrolment, sign};
pub use world::{Event, World, findings};
