//! What filing costs while the host's state is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use deconflict_core::Sharing;
use deconflict_host::{Config, PublishedState, Server, system_entropy};

use super::http::{LANES, file};
use super::rig::Rig;
use crate::Scale;
use crate::index::percentile;
use crate::report::{digits, table};

/// Turns of filing, every second one beside a reader.
const TURNS: usize = 12;
/// Between two readings.
const PACE: Duration = Duration::from_millis(1);

/// What was measured.
pub(super) struct ReaderFigures {
    /// Statements that were filed in a turn.
    statements: usize,
    /// Statements a second of each turn, without a reader and beside it.
    filed: [Vec<f64>; 2],
    /// How often the state was read in a second.
    read_a_second: f64,
}

pub(super) fn measure(scale: &Scale) -> ReaderFigures {
    eprintln!("statements beside a reader of the state");
    let (mut rig, mut space) = Rig::new();
    rig.enrol_lanes(&mut space, LANES);
    let turns: Vec<_> =
        (0..TURNS).map(|_| rig.lanes(LANES, scale.statements / 2, &Sharing::Open)).collect();
    let statements = turns[0].iter().map(Vec::len).sum();
    let clock = rig.running_clock();
    let host = Server::start(space, &Config::default(), clock, system_entropy()).expect("a host");
    let address = host.address();
    let mut filed = [Vec::new(), Vec::new()];
    let (mut readings, mut seconds) = (0, 0.0);
    for (nth, lanes) in turns.into_iter().enumerate() {
        let stop = Arc::new(AtomicBool::new(nth % 2 == 0));
        let (published, told) = (host.published().clone(), stop.clone());
        let reader = thread::spawn(move || read(&published, &told));
        let load = file(address, lanes);
        stop.store(true, Ordering::Relaxed);
        let read = reader.join().expect("a reader that ended well");
        filed[nth % 2].push(statements as f64 / load.seconds);
        if nth % 2 == 1 {
            readings += read;
            seconds += load.seconds;
        }
    }
    host.stop();
    ReaderFigures { statements, filed, read_a_second: readings as f64 / seconds }
}

/// Takes the state at a pace and looks into it: how often.
fn read(published: &PublishedState, stop: &AtomicBool) -> u64 {
    static LOOKED: AtomicU64 = AtomicU64::new(0);
    let (begun, mut readings) = (Instant::now(), 0u32);
    while !stop.load(Ordering::Relaxed) {
        thread::sleep((begun + PACE * readings).saturating_duration_since(Instant::now()));
        let ledger = published.ledger();
        // Somewhere in the middle, so that more than a root is looked at.
        let middle = ledger.declarations.keys().nth(usize::from(readings as u8)).copied();
        let declaration = middle.and_then(|id| ledger.declarations.get(&id));
        let open = ledger.conflicts.values().take(64).filter(|c| c.closed.is_none()).count();
        LOOKED.fetch_add(open as u64 + u64::from(declaration.is_some()), Ordering::Relaxed);
        readings += 1;
    }
    u64::from(readings)
}

impl ReaderFigures {
    pub(super) fn report(&self) -> String {
        let median = |of: &[f64]| percentile(of.iter().copied(), 0.5);
        let row = |name: &str, of: &[f64]| {
            let (least, most) =
                (percentile(of.iter().copied(), 0.0), percentile(of.iter().copied(), 1.0));
            vec![name.to_owned(), digits(median(of)), digits(least), digits(most)]
        };
        let [alone, beside] = &self.filed;
        format!(
            "## Filing while the state is read\n\n{TURNS} turns of {} statements over HTTP, {LANES} keys of each \
             party at once; in every second turn a thread of the host's process takes the whole state {} times a \
             second, and looks up a declaration and the first conflicts in it. At the median filing goes **{}** \
             times as fast beside it.\n\n{}",
            self.statements,
            digits(self.read_a_second),
            digits(median(beside) / median(alone)),
            table(
                &["", "statements/s", "least", "most"],
                [row("without a reader", alone), row("beside it", beside)].into_iter()
            )
        )
    }
}
