//! How many entries a second, beside what the bare disk gives. Not run by default:
//! `cargo test --release -p deconflict-store --test rate -- --ignored --nocapture`.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

mod common;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use common::{ORIGIN, entry};
use deconflict_store::{AppendBatch, AppendOutcome, Store, TileWrite};

const CONTENT_BYTES: usize = 700;
const BUDGET: Duration = Duration::from_secs(3);

/// Runs `commit` until the budget is spent; entries a second, and the median and the 99th
/// percentile of a commit.
fn measure(size: u64, mut commit: impl FnMut(u64)) -> (f64, Duration, Duration) {
    let mut times = Vec::new();
    let begun = Instant::now();
    let mut index = 0;
    while begun.elapsed() < BUDGET {
        let at = Instant::now();
        commit(index);
        times.push(at.elapsed());
        index += size;
    }
    let rate = index as f64 / begun.elapsed().as_secs_f64();
    times.sort();
    (rate, times[times.len() / 2], times[times.len() * 99 / 100])
}

fn store(path: &Path, size: u64, tiles: bool) -> (f64, Duration, Duration) {
    let store = Store::create(path).unwrap();
    let epoch = store.create_space(ORIGIN).unwrap();
    let template: Vec<_> = (0..size).map(|i| entry(i, CONTENT_BYTES)).collect();
    measure(size, |index| {
        let mut batch = AppendBatch { entries: template.clone(), ..AppendBatch::default() };
        if tiles {
            batch.checkpoint = Some(common::checkpoint(index + size));
            // The tile at the right edge grows by what was appended.
            let (from, to) = (index / 256, (index + size).div_ceil(256));
            batch.tiles = (from..to)
                .map(|tile| {
                    let hashes = (index + size - tile * 256).min(256) as usize;
                    TileWrite { level: 0, index: tile, hashes: vec![1; 32 * hashes] }
                })
                .collect();
        }
        let appended = store.append(ORIGIN, epoch, index, &batch).unwrap();
        assert_eq!(appended, AppendOutcome::Durable { first_index: index });
    })
}

fn bare(path: &Path, size: u64) -> (f64, Duration, Duration) {
    let mut file = OpenOptions::new().append(true).create_new(true).open(path).unwrap();
    let bytes = vec![5; size as usize * (CONTENT_BYTES + 64)];
    measure(size, |_| {
        file.write_all(&bytes).unwrap();
        file.sync_data().unwrap();
    })
}

#[test]
#[ignore = "a measurement"]
fn entries_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("contents of {CONTENT_BYTES} bytes; {BUDGET:?} each; load {load}");
    println!("batch  what                  entries/s    median       p99");
    for size in [1, 32, 256, 1024] {
        let file = |name: &str| folder.path().join(format!("{name}-{size}"));
        let rows = [
            ("append + fdatasync", bare(&file("bare"), size)),
            ("store, entries", store(&file("entries"), size, false)),
            ("store, + tile and note", store(&file("tiles"), size, true)),
        ];
        for (what, (rate, median, p99)) in rows {
            println!("{size:>5}  {what:<22} {rate:>8.0} {median:>9.1?} {p99:>9.1?}");
        }
    }
}
