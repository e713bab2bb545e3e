//! Measures those parts whose figures are bytes: see the crate's library.

use std::process::ExitCode;

use deconflict_bench::PeakAlloc;

/// Counts what is allocated.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn main() -> ExitCode {
    deconflict_bench::run(Some(&MEMORY))
}
