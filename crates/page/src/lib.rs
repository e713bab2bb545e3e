//! What a desk serves to its party's page: one picture, its changes, and the door to them.
//!
//! [`compose`] makes the picture of what a desk shows, in the reader's language; [`changes`] says what differs between two.
//! [`PageServer`] serves both on this machine, with the page that was built into the program, to whoever came in by the link
//! that was printed once.
//!
//! *Architecture invariant*: it knows no host and holds no key. What it shows is the desk's view, rendered by `words`; it
//! withholds nothing and adds nothing.

mod alarms;
mod changes;
mod compose;
mod declared;
mod deeds;
mod dialogues;
mod door;
mod entries;
mod pages;
mod routes;
mod server;

pub use changes::changes;
pub use compose::{PageSubjects, compose};
pub use server::{PageConfig, PageDesk, PageError, PageFiling, PageServer};
