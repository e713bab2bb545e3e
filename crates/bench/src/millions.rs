//! The index alone, at ten times the size.

use std::time::Instant;

use deconflict_geometry::SpaceTimeIndex;

use crate::engines::Engine;
use crate::index::percentile;
use crate::workload::Workload;
use crate::{Scale, memory};

/// Volumes that are inserted and timed together.
const BATCH: u32 = 1_000;

/// What was measured of an index grown one by one, without the volumes.
pub(crate) struct GrowthFigures {
    pub(crate) workload: &'static str,
    /// Of the median batch of the second half.
    pub(crate) insert_us: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) hits: f64,
    pub(crate) bytes: usize,
    /// The most that was allocated at any time while it grew.
    pub(crate) peak_bytes: usize,
}

pub(crate) fn grow(scale: &Scale) -> Vec<GrowthFigures> {
    [("city", Workload::city as fn(u64) -> Workload), ("mixed", Workload::mixed)]
        .map(|(workload, new)| {
            eprintln!("deconflict, {} volumes of {workload}", scale.many_volumes);
            let before = memory().current_usage();
            memory().reset_peak_usage();
            let mut index = SpaceTimeIndex::new();
            let mut source = new(1);
            let mut insert_us = Vec::new();
            for batch in 0..scale.many_volumes / BATCH {
                let items: Vec<_> = (0..BATCH).map(|n| source.item(batch * BATCH + n)).collect();
                let start = Instant::now();
                items.iter().for_each(|item| Engine::insert(&mut index, item));
                insert_us.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(BATCH));
            }
            let late_us = insert_us.split_off(insert_us.len() / 2);
            let bytes = memory().current_usage() - before;
            let peak_bytes = memory().peak_usage() - before;
            let queries = new(2).items(scale.queries);
            let (query_us, hits) = crate::index::ask(&index, &queries);
            GrowthFigures {
                workload,
                insert_us: percentile(late_us.into_iter(), 0.50),
                p50_us: percentile(query_us.iter().copied(), 0.50),
                p99_us: percentile(query_us.iter().copied(), 0.99),
                hits: crate::index::mean(hits.iter().map(|&hits| f64::from(hits))),
                bytes,
                peak_bytes,
            }
        })
        .into()
}
