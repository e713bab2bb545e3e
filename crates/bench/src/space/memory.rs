//! What a declaration in force takes, and how long a state takes to be ready.

use std::convert::Infallible;

use deconflict_api::{BASE_PART, decode_ledger, encode_ledger};
use deconflict_core::{Ledger, LedgerParts, Sharing, State};
use deconflict_record::MAX_BATCH;

use super::rig::Rig;
use super::statements::envelopes;
use crate::{Scale, memory, started};

pub(super) const DESCRIPTION: &str = "The same operations, all in force: what the host's state allocates for each, \
    ledger, volumes, what is told of hidden ones, index and who was given them; the bytes of each in a snapshot; \
    and how long it takes from a ledger to a state that finds conflicts, in a process of its own whose memory \
    nobody counts: the median of 5 times.";

/// How often a state is made ready. The median counts.
const TIMES: usize = 5;

pub(super) struct PerDeclaration {
    pub(super) sharing: &'static str,
    pub(super) declarations: usize,
    pub(super) bytes: f64,
    pub(super) snapshot_bytes: f64,
    pub(super) ready_s: f64,
}

pub(super) fn measure(scale: &Scale) -> Vec<PerDeclaration> {
    [("open", Sharing::Open), ("conflict-only", Sharing::ConflictOnly)]
        .map(|(sharing, level)| {
            eprintln!("memory, {sharing}");
            let (mut rig, mut space) = Rig::new();
            let mut left = scale.in_force;
            while left > 0 {
                let statements = rig.declare(left.min(MAX_BATCH), &level);
                left -= statements.len();
                rig.take(&mut space, &envelopes(&statements));
            }
            let snapshot = written(space.state().ledger());
            let snapshot_bytes: usize = snapshot.iter().map(|(_, bytes)| bytes.len()).sum();
            drop(space);
            let ready_s = made_ready(&snapshot);
            let before = memory().current_usage();
            let state = State::new(read(&snapshot));
            let bytes = (memory().current_usage() - before) as f64;
            let declarations = state.ledger().declarations.len();
            PerDeclaration {
                sharing,
                declarations,
                bytes: bytes / declarations as f64,
                snapshot_bytes: snapshot_bytes as f64 / declarations as f64,
                ready_s,
            }
        })
        .into()
}

/// A ledger as a host writes it down, by the numbers of its parts.
fn written(ledger: &Ledger) -> Vec<(u64, Vec<u8>)> {
    let mut parts = LedgerParts::default();
    parts.note_difference(&Ledger::default(), ledger);
    encode_ledger(&parts.draft(ledger)).expect("a ledger can be written")
}

/// Seconds that a program of its own takes to make a state of a snapshot's parts, one file for each by its number.
fn made_ready(parts: &[(u64, Vec<u8>)]) -> f64 {
    let folder = tempfile::tempdir().expect("a folder for a snapshot");
    for (number, bytes) in parts {
        std::fs::write(folder.path().join(number.to_string()), bytes).expect("room for a part");
    }
    let mut seconds = [(); TIMES]
        .map(|()| started("ready", folder.path()).trim().parse::<f64>().expect("seconds"));
    seconds.sort_by(f64::total_cmp);
    seconds[TIMES / 2]
}

fn read(parts: &[(u64, Vec<u8>)]) -> Ledger {
    let base = parts.iter().find(|(number, _)| *number == BASE_PART).expect("the base was written");
    let others = parts.iter().filter(|(number, _)| *number != BASE_PART);
    let others = others.map(|(number, bytes)| Ok((*number, Some(bytes.clone()))));
    let read = decode_ledger::<Infallible>(0, &base.1, others);
    let Ok(Some((ledger, _))) = read else { panic!("what was written is read") };
    ledger
}
