//! The index alone, at ten times the size.

use std::time::Instant;

use deconflict_geometry::SpaceTimeIndex;

use crate::engines::Engine;
use crate::index::percentile;
use crate::workload::Workload;
use crate::{MEMORY, Scale};

/// What was measured of an index grown one by one, without the volumes.
pub(crate) struct Grown {
    pub(crate) workload: &'static str,
    pub(crate) insert_us: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) hits: f64,
    pub(crate) bytes: usize,
    /// The most that was allocated at any time while it grew.
    pub(crate) peak_bytes: usize,
}

pub(crate) fn grow(scale: &Scale) -> Vec<Grown> {
    [("city", Workload::city as fn(u64) -> Workload), ("mixed", Workload::mixed)]
        .map(|(workload, new)| {
            eprintln!("deconflict, {} volumes of {workload}", scale.many_volumes);
            let before = MEMORY.current_usage();
            MEMORY.reset_peak_usage();
            let mut index = SpaceTimeIndex::new();
            let mut source = new(1);
            let mut insert_s = 0.0;
            for key in 0..scale.many_volumes {
                let item = source.item(key);
                let start = Instant::now();
                Engine::insert(&mut index, &item);
                insert_s += start.elapsed().as_secs_f64();
            }
            let bytes = MEMORY.current_usage() - before;
            let peak_bytes = MEMORY.peak_usage() - before;
            let queries = new(2).items(scale.queries);
            let (query_us, hits) = crate::index::ask(&index, &queries);
            Grown {
                workload,
                insert_us: insert_s * 1e6 / f64::from(scale.many_volumes),
                p50_us: percentile(query_us.iter().copied(), 0.50),
                p99_us: percentile(query_us.iter().copied(), 0.99),
                hits: crate::index::mean(hits.iter().map(|&hits| f64::from(hits))),
                bytes,
                peak_bytes,
            }
        })
        .into()
}
