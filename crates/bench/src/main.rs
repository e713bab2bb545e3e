//! Measures, and writes BENCHMARKS.md: see the crate's library.

use std::process::ExitCode;

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    deconflict_bench::run(None)
}
