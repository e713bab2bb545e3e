//! The bytes of a ledger in parts.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{available_parallelism, scope};

use deconflict_core::{Ledger, LedgerBase, LedgerDraft, LedgerPart, LedgerParts};

use crate::compact::{from_bytes, to_bytes};

/// The format of the snapshots that this release writes: members by their place, hashes and times as bytes.
pub const SNAPSHOT_FORMAT: u32 = 7;
/// The number of the part with all but declarations, conflicts and overlays.
pub const BASE_PART: u64 = 0;
/// Parts that wait for a core to read them: some megabytes.
const WAITING: usize = 256;

/// The bytes of each part that is to be written, by its number, made on all cores; of one that is no more,
/// none.
///
/// # Errors
/// What does not know how long it is, which nothing in a ledger is.
pub fn encode_ledger(draft: &LedgerDraft) -> Result<Vec<(u64, Vec<u8>)>, String> {
    let part = |(number, part): &(u64, LedgerPart)| {
        let bytes = if part.is_empty() {
            Vec::new()
        } else {
            to_bytes(part).map_err(|error| error.to_string())?
        };
        Ok((*number, bytes))
    };
    let cores = available_parallelism().map_or(1, usize::from);
    let share = draft.parts.len().div_ceil(cores).max(1);
    let mut all = scope(|scope| {
        let shares = draft.parts.chunks(share);
        let threads: Vec<_> = shares
            .map(|some| scope.spawn(move || some.iter().map(part).collect::<Vec<_>>()))
            .collect();
        let parts = threads.into_iter().flat_map(|t| t.join().unwrap_or_else(|p| resume_unwind(p)));
        parts.collect::<Result<Vec<_>, String>>()
    })?;
    all.push((BASE_PART, to_bytes(&draft.base).map_err(|error| error.to_string())?));
    Ok(all)
}

/// The ledger that these parts hold, which goes up to `kept`, and what is kept of it. The parts beside the
/// base come as they are read, each by its number and `None` where it is gone; while the next one is
/// read, the others are decoded on all cores. `None` where one is gone, or holds something else.
///
/// # Errors
/// What reading them fails with.
pub fn decode_ledger<E>(
    kept: u64,
    base: &[u8],
    parts: impl Iterator<Item = Result<(u64, Option<Vec<u8>>), E>>,
) -> Result<Option<(Ledger, LedgerParts)>, E> {
    let Ok(base) = from_bytes::<LedgerBase>(base) else { return Ok(None) };
    let cores = available_parallelism().map_or(1, usize::from);
    let (send, receive) = sync_channel::<(u64, Vec<u8>)>(WAITING);
    // Held by the readers alone: where all of them are gone, nothing more is sent.
    let receive = Arc::new(Mutex::new(receive));
    let parts = scope(|scope| {
        let readers: Vec<_> = (0..cores)
            .map(|_| Arc::clone(&receive))
            .map(|receive| scope.spawn(move || decode_some(&receive)))
            .collect();
        drop(receive);
        // They read until nothing more can come, whatever they find.
        let sent = send_all(parts, send);
        let found = readers.into_iter().map(|r| r.join().unwrap_or_else(|p| resume_unwind(p)));
        let found: Option<Vec<_>> = found.collect();
        let whole = sent?;
        Ok(found.filter(|_| whole))
    })?;
    Ok(parts.and_then(|parts| LedgerParts::read(kept, base, parts.into_iter().flatten())))
}

/// Whether all of them were there to be sent.
fn send_all<E>(
    parts: impl Iterator<Item = Result<(u64, Option<Vec<u8>>), E>>,
    to: SyncSender<(u64, Vec<u8>)>,
) -> Result<bool, E> {
    for part in parts {
        let (number, Some(bytes)) = part? else { return Ok(false) };
        if to.send((number, bytes)).is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn decode_some(receive: &Mutex<Receiver<(u64, Vec<u8>)>>) -> Option<Vec<(u64, LedgerPart)>> {
    let (mut found, mut whole) = (Vec::new(), true);
    loop {
        let next = receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, bytes)) = next else { return whole.then_some(found) };
        match from_bytes(&bytes) {
            Ok(part) => found.push((number, part)),
            Err(_) => whole = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn what_is_not_whole_is_no_ledger_and_what_cannot_be_read_is_told() {
        let ledger = Ledger::default();
        let written = encode_ledger(&LedgerParts::default().draft(&ledger)).unwrap();
        let [(BASE_PART, base)] = &written[..] else { panic!("{written:?}") };
        let empty = to_bytes(&LedgerPart::default()).unwrap();
        type Answers = Vec<Result<(u64, Option<Vec<u8>>), &'static str>>;
        let read = |base: &[u8], parts: Answers| decode_ledger(7, base, parts.into_iter());
        let (found, _) = read(base, vec![Ok((1, Some(empty.clone())))]).unwrap().unwrap();
        assert_eq!(found, ledger);
        assert!(read(base, vec![Ok((1, None))]).unwrap().is_none());
        assert!(read(base, vec![Ok((1, Some(vec![0xc1])))]).unwrap().is_none());
        let more = [&empty[..], &[0]].concat();
        assert!(read(base, vec![Ok((1, Some(more)))]).unwrap().is_none());
        // No length that is only said takes memory: two members, the first of them is endless.
        let long = [2, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1].to_vec();
        assert!(read(base, vec![Ok((1, Some(long)))]).unwrap().is_none());
        assert!(read(&empty, Vec::new()).unwrap().is_none());
        assert_eq!(read(base, vec![Err("the disk")]).unwrap_err(), "the disk");
        let none = std::iter::empty::<Result<_, Infallible>>();
        let Ok(read) = decode_ledger(7, &base[..base.len() - 1], none);
        assert!(read.is_none());
    }
}
