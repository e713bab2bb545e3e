//! The bytes of a ledger in parts.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{available_parallelism, scope};

use deconflict_core::{Ledger, LedgerBase, LedgerDraft, LedgerPart, LedgerParts};
use rmp_serde::{Deserializer, Serializer};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The format of the snapshots that this release writes: MessagePack with named members, hashes and times as bytes.
pub const SNAPSHOT_FORMAT: u32 = 3;
/// The number of the part with all but declarations and conflicts.
pub const BASE_PART: u64 = 0;
/// Parts that wait for a core to read them: some megabytes.
const WAITING: usize = 256;

/// The bytes of each part that is to be written, by its number, made on all cores; of one that is no more,
/// none.
///
/// # Errors
/// What cannot be written as MessagePack, which nothing in a ledger is.
pub fn encode_ledger(draft: &LedgerDraft) -> Result<Vec<(u64, Vec<u8>)>, String> {
    let part = |(number, part): &(u64, LedgerPart)| {
        let bytes = if part.is_empty() { Vec::new() } else { encode(part)? };
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
    all.push((BASE_PART, encode(&draft.base)?));
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
    let Ok(base) = decode::<LedgerBase>(base) else { return Ok(None) };
    let cores = available_parallelism().map_or(1, usize::from);
    let (send, receive) = sync_channel::<(u64, Vec<u8>)>(WAITING);
    let receive = Mutex::new(receive);
    let parts = scope(|scope| {
        let readers: Vec<_> = (0..cores).map(|_| scope.spawn(|| decode_some(&receive))).collect();
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
        match decode(&bytes) {
            Ok(part) => found.push((number, part)),
            Err(_) => whole = false,
        }
    }
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut to = Serializer::new(&mut bytes).with_struct_map();
    value.serialize(&mut to).map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mut from = Deserializer::from_read_ref(bytes);
    T::deserialize(&mut from).map_err(|error| error.to_string())
}
