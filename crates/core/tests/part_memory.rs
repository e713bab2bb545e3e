//! However much others have stacked in one place, a part of what follows from a statement takes no more work and
//! memory. Alone in its program, since it counts what is allocated.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod stacking;

use std::collections::BTreeSet;

use deconflict_core::*;
use deconflict_testing::*;
use peak_alloc::PeakAlloc;
use stacking::{file, opened, stack, stacked};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[test]
fn a_part_takes_no_more_memory_and_work_however_much_is_stacked() {
    let pace = Pace { findings: 8, work: 16 };
    let most_bytes = |plans: usize| {
        let mut w = stacked(plans, pace);
        let mut found = opened(&file(&mut w, "north", declare(stack(8), Sharing::Open)));
        let (mut most, mut empty, mut names) = (0, 0, BTreeSet::new());
        while w.state.is_comparing() {
            MEMORY.reset_peak_usage();
            let before = MEMORY.current_usage();
            let part = w.state.compare(w.now);
            let bytes = MEMORY.peak_usage() - before;
            part.iter().for_each(|entry| drop(w.state.apply(entry)));
            found += opened(&part);
            most = most.max(bytes);
            empty += usize::from(part.is_empty());
            assert!(part.len() <= 1 + pace.findings);
            for entry in &part {
                if let What::Found(Finding::ConflictOpened { conflict, .. }) = &entry.what {
                    assert!(names.insert(*conflict));
                }
            }
        }
        assert_eq!(found, plans, "each pair once");
        (most, empty)
    };
    let ((few, _), (many, empty)) = (most_bytes(200), most_bytes(1_600));
    println!(
        "{few} bytes at the most with 200 near, {many} with 1,600; {empty} parts to look for them"
    );
    // As many others are kept as are compared in some parts.
    assert!(many < few + 32_000, "{many} bytes, and {few} where an eighth is stacked");
    // 1,024 declarations are looked through in one part, so that now and then it finds nothing yet.
    assert!(empty >= 10, "{empty}");
}
