//! The `deconflict` command.
fn main() {}
