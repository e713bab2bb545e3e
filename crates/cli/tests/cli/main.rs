//! The built command, tried from outside.

// Helpers are no tests to clippy's eyes, but they too may only fail a test.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod bad_input;
mod cases;
mod check;
mod common;
mod convert;
mod examples;
mod left_out;
mod output;
