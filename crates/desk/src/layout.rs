//! How a desk keeps its record in the store.
//!
//! One space, named as the record is, so that one append makes all of a step durable:
//!
//! | in the store | what it is |
//! |---|---|
//! | entry `i` | the `i`-th entry that the party was given, in the order in which they are folded |
//! | tiles of level 0 to 7 | the hash tiles of the whole record (C2SP tlog-tiles) |
//! | tiles of level 100 | the commitments of the whole record, 256 in each |
//! | tiles of level 101 | cause and index of what was given, 512 in each, 8 bytes big-endian each |
//! | snapshot | the view after so many given entries |
//! | mark `desk` | the settings |
//! | mark `head` | the last verified head, with the witnesses' cosignatures, this desk's own included |
//! | mark `coming`, marks `coming/N` | a verified head whose entries do not fit one append, and their commitments |
//! | mark `fetched` | how many of these commitments were put by while nobody answers for them yet |
//! | mark `progress` | from which cause on to ask, when the record was last read |
//! | mark `chains` | the last statement of each of the party's own keys |
//! | marks `outbox`, `outbox/N` | what was filed and is not in the record yet |
//! | marks `caught`, `notices` | what people must be told |
//!
//! A tile only grows, so what was once verified cannot be written over, and an erased entry keeps its
//! commitment.

use deconflict_record::{Hash, MAX_SIZE, Tile, TileRow, node_from_tiles};
use deconflict_store::{Mark, TileWrite, View};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::DeskError;

pub(crate) const COMMITMENTS: u8 = 100;
pub(crate) const GIVEN: u8 = 101;
pub(crate) const VIEW_FORMAT: u32 = 1;

const TILE_BYTES: u64 = 8_192;

/// The node at a level and an index of the record's tree, out of the tiles that are kept.
pub(crate) fn node(view: &View<'_>, level: u8, index: u64) -> Result<Hash, DeskError> {
    let missing = |tile: Tile| DeskError::damaged(format!("{tile} is missing"));
    node_from_tiles(
        level,
        index,
        |tile| {
            let TileRow::Level(row) = tile.row else { return Err(missing(tile)) };
            view.tile(row, tile.index)?.ok_or_else(|| missing(tile))
        },
        missing,
    )
}

/// The commitment of an entry.
pub(crate) fn commitment(view: &View<'_>, index: u64) -> Result<Hash, DeskError> {
    let bytes = record_at(view, COMMITMENTS, index, 32)?;
    Ok(Hash(bytes.try_into().map_err(|_| DeskError::damaged("a commitment is cut short"))?))
}

/// Cause and index of the `nth` entry that was given.
pub(crate) fn given(view: &View<'_>, nth: u64) -> Result<(u64, u64), DeskError> {
    let bytes = record_at(view, GIVEN, nth, 16)?;
    let number = |part: &[u8]| part.try_into().map(u64::from_be_bytes);
    match (number(&bytes[..8]), number(&bytes[8..])) {
        (Ok(cause), Ok(index)) => Ok((cause, index)),
        _ => Err(DeskError::damaged("a place is cut short")),
    }
}

fn record_at(view: &View<'_>, level: u8, nth: u64, width: u64) -> Result<Vec<u8>, DeskError> {
    let each = TILE_BYTES / width;
    let missing = || DeskError::damaged(format!("record {nth} of row {level} is missing"));
    let tile = view.tile(level, nth / each)?.ok_or_else(missing)?;
    let from = (nth % each * width) as usize;
    Ok(tile.get(from..from + width as usize).ok_or_else(missing)?.to_vec())
}

/// The tiles of a row of records of `width` bytes that grows from `count` of them by these.
pub(crate) fn grown(
    view: &View<'_>,
    level: u8,
    width: u64,
    count: u64,
    mut records: &[u8],
) -> Result<Vec<TileWrite>, DeskError> {
    let (each, mut tiles, mut at) = (TILE_BYTES / width, Vec::new(), count);
    while !records.is_empty() && at < MAX_SIZE {
        let (index, held) = (at / each, at % each);
        let mut hashes =
            if held == 0 { Vec::new() } else { view.tile(level, index)?.unwrap_or_default() };
        hashes.truncate((held * width) as usize);
        let room = ((each - held) * width) as usize;
        let (now, later) = records.split_at(room.min(records.len()));
        hashes.extend_from_slice(now);
        tiles.push(TileWrite { level, index, hashes });
        at += now.len() as u64 / width;
        records = later;
    }
    Ok(tiles)
}

/// A mark that holds JSON.
pub(crate) fn mark(name: impl Into<String>, value: &impl Serialize) -> Result<Mark, DeskError> {
    let name = name.into();
    let bytes = serde_json::to_vec(value)
        .map_err(|error| DeskError::damaged(format!("mark {name}: {error}")))?;
    Ok(Mark { name, bytes })
}

/// The value of such a mark.
pub(crate) fn read_mark<T: DeserializeOwned>(
    view: &View<'_>,
    name: &str,
) -> Result<Option<T>, DeskError> {
    let Some(bytes) = view.mark(name)?.filter(|bytes| !bytes.is_empty()) else { return Ok(None) };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| DeskError::damaged(format!("mark {name}: {error}")))
}
