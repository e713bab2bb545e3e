//! How soon a desk is there, and what its view takes.

use std::path::Path;
use std::process::Command;

use deconflict_core::Sharing;
use deconflict_desk::Desk;
use deconflict_host::{Config, Server, system_entropy};
use deconflict_record::MAX_BATCH;

use super::restart::read;
use super::rig::Rig;
use super::statements::envelopes;
use crate::report::{digits, table};
use crate::{Scale, beside, memory, said_by, started};

/// How often a desk is opened. The median counts.
const TIMES: usize = 7;

/// What was measured of a desk.
pub(super) struct OpeningFigures {
    declarations: usize,
    /// What the desk's store has, bytes for each declaration.
    stored_bytes: f64,
    /// What the desk allocates and keeps, bytes for each declaration.
    view_bytes: f64,
    /// Each opening in a process of its own, the quickest first.
    seconds: Vec<f64>,
}

pub(super) fn measure(scale: &Scale) -> OpeningFigures {
    eprintln!("a desk of {} declarations", scale.in_force);
    let (mut rig, mut space) = Rig::new();
    let mut left = scale.in_force;
    while left > 0 {
        let declared = rig.declare(left.min(MAX_BATCH), &Sharing::Open);
        left -= declared.len();
        rig.take(&mut space, &envelopes(&declared));
    }
    rig.pass(1);
    space.checkpoint(rig.now()).unwrap_or_else(|f| panic!("{}", f.problem.detail));
    let host = Server::start(space, &Config::default(), rig.clock(), system_entropy());
    let host = host.expect("a host");
    drop(read(&rig, &host));
    host.stop();
    of_folder(&rig.folder.path().join("desk"))
}

/// Opens the desk in a folder again and again.
pub(super) fn of_folder(folder: &Path) -> OpeningFigures {
    let times = (0..TIMES).map(|_| started("desk", folder)).map(|said| numbers(&said));
    let mut seconds: Vec<f64> = times.map(|numbers| numbers[0]).collect();
    seconds.sort_by(f64::total_cmp);
    let mut count = Command::new(beside("deconflict-bench-count"));
    let counted = numbers(&said_by(count.arg("--desk-memory").arg(folder)));
    let (declarations, bytes) = (counted[0] as usize, counted[1]);
    let files = std::fs::read_dir(folder).expect("the desk's folder");
    let lengths = files.map(|file| file.and_then(|file| file.metadata()).map_or(0, |f| f.len()));
    OpeningFigures {
        declarations,
        stored_bytes: lengths.sum::<u64>() as f64 / declarations as f64,
        view_bytes: bytes / declarations as f64,
        seconds,
    }
}

/// The numbers that a program printed.
fn numbers(said: &str) -> Vec<f64> {
    said.split_whitespace().map(|number| number.parse().expect("numbers")).collect()
}

/// Opens the desk in a folder: the declarations in its view, and the bytes that it allocated and keeps.
pub(crate) fn desk_memory(folder: &Path) -> String {
    let before = memory().current_usage();
    let desk = Desk::open(folder).unwrap_or_else(|error| panic!("{error}"));
    let bytes = memory().current_usage() - before;
    let said = format!("{} {bytes}", desk.view().declarations.len());
    // It would only take time.
    std::mem::forget(desk);
    said
}

impl OpeningFigures {
    pub(super) fn report(&self) -> String {
        let row = vec![
            self.declarations.to_string(),
            digits(self.seconds[TIMES / 2]),
            digits(self.seconds[0]),
            digits(self.seconds[TIMES - 1]),
            digits(self.view_bytes),
            digits(self.stored_bytes),
        ];
        let head = [
            "in its view",
            "opened, s",
            "quickest",
            "slowest",
            "bytes/declaration",
            "of its store",
        ];
        format!(
            "## A desk is opened\n\nThe desk of a party that sees the operations of four parties, all in force, \
             after its first reading. *Opened* is from its folder to a desk that answers, in a process of its \
             own, its store being in the system's memory: the median of {TIMES} times. The bytes are what the \
             desk allocates and keeps for each declaration, and what its store takes on the disk.\n\n{}",
            table(&head, [row])
        )
    }
}
