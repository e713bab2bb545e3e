//! What must hold of any bytes.
//!
//! Each fuzz target hands its bytes to one of these checks; a check panics where the product is
//! wrong. `tests/slice.rs` runs the same checks over a seeded slice of mutated snippets, so that
//! every test run has a little of the fuzzing without its tools.

mod documents;
mod mutate;
mod space;
mod told;
mod volumes;

pub use documents::{FORMATS, read_and_write, seeds};
pub use mutate::Mutator;
pub use space::whatever_is_said;
pub use volumes::relation_of_two;
