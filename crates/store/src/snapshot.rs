//! A state that is kept in parts, to start from: written, read and dropped in the same way wherever it stands.

use rusqlite::{Connection, OptionalExtension, params};

use crate::batch::{KeptSnapshot, Part, Snapshot};
use crate::error::Fault;
use crate::view::{integer, natural};

/// The snapshot of this format, if all its parts are there; `None` also where it is damaged.
pub(crate) fn read(
    connection: &Connection,
    space: i64,
    format: u32,
) -> Result<Option<KeptSnapshot>, Fault> {
    let kept: Option<(i64, i64, i64)> = connection
        .prepare_cached("SELECT size, parts, crc FROM snapshot WHERE space = ?1 AND format = ?2")?
        .query_row(params![space, format], |row| row.try_into())
        .optional()?;
    let Some((size, sum, crc)) = kept else { return Ok(None) };
    let parts = parts(connection, space)?;
    let of_part = |(number, crc): &(i64, i64)| sum_of_part(*number, *crc);
    let all = parts.iter().map(of_part).fold(0, u32::wrapping_add);
    if crc != sum_of_snapshot(size, format, all) || i64::from(all) != sum {
        return Ok(None);
    }
    let parts = parts.into_iter().map(|(number, _)| natural(number));
    Ok(Some(KeptSnapshot { size: natural(size)?, parts: parts.collect::<Result<_, _>>()? }))
}

/// A part of the snapshot; `None` where it is missing or damaged.
pub(crate) fn read_part(
    connection: &Connection,
    space: i64,
    number: u64,
) -> Result<Option<Vec<u8>>, Fault> {
    let row: Option<(i64, Vec<u8>)> = connection
        .prepare_cached("SELECT crc, bytes FROM snapshot_part WHERE space = ?1 AND number = ?2")?
        .query_row([space, integer(number)?], |row| row.try_into())
        .optional()?;
    let fits = |(crc, bytes): &(i64, Vec<u8>)| *crc == i64::from(crc32fast::hash(bytes));
    Ok(row.filter(fits).map(|(_, bytes)| bytes))
}

/// Writes a snapshot, or the parts of it that changed, in place of the kept one.
pub(crate) fn write(connection: &Connection, space: i64, snapshot: &Snapshot) -> Result<(), Fault> {
    let Snapshot { size, format, onto, parts } = snapshot;
    let mut sum = match onto {
        None => {
            drop(connection, space)?;
            0
        }
        Some(kept) => sum_of_parts(connection, space, *kept, *format)?.ok_or_else(|| {
            Fault::Refused(format!(
                "snapshot {size} onto snapshot {kept} of format {format}: that one is not kept: \
                 give all parts"
            ))
        })?,
    };
    for Part { number, bytes } in parts {
        let number = integer(*number)?;
        let before: Option<i64> = connection
            .prepare_cached(
                "DELETE FROM snapshot_part WHERE space = ?1 AND number = ?2 RETURNING crc",
            )?
            .query_row([space, number], |row| row.get(0))
            .optional()?;
        sum = sum.wrapping_sub(before.map_or(0, |crc| sum_of_part(number, crc)));
        if !bytes.is_empty() {
            let crc = i64::from(crc32fast::hash(bytes));
            connection
                .prepare_cached(
                    "INSERT INTO snapshot_part (space, number, crc, bytes) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![space, number, crc, bytes])?;
            sum = sum.wrapping_add(sum_of_part(number, crc));
        }
    }
    let size = integer(*size)?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO snapshot (space, size, format, parts, crc)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![space, size, format, sum, sum_of_snapshot(size, *format, sum)])?;
    Ok(())
}

pub(crate) fn drop(connection: &Connection, space: i64) -> Result<(), Fault> {
    for table in ["snapshot", "snapshot_part"] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE space = ?1"))?
            .execute([space])?;
    }
    Ok(())
}

/// The sum over the parts of the kept snapshot, if it is of this size and format.
fn sum_of_parts(
    connection: &Connection,
    space: i64,
    size: u64,
    format: u32,
) -> Result<Option<u32>, Fault> {
    let sum = connection
        .prepare_cached(
            "SELECT parts FROM snapshot WHERE space = ?1 AND size = ?2 AND format = ?3",
        )?
        .query_row(params![space, integer(size)?, format], |row| row.get(0))
        .optional()?;
    Ok(sum)
}

/// Number and checksum of each part, in their order.
fn parts(connection: &Connection, space: i64) -> Result<Vec<(i64, i64)>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT number, crc FROM snapshot_part WHERE space = ?1 ORDER BY number")?;
    let rows = statement.query_map([space], |row| row.try_into())?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What a part with this checksum of its bytes adds to the sum over all parts: one can be replaced without
/// the others being read.
fn sum_of_part(number: i64, crc: i64) -> u32 {
    crc32fast::hash(&[number, crc].map(i64::to_be_bytes).concat())
}

/// The checksum of a snapshot: its size, its format, and the sum over its parts.
fn sum_of_snapshot(size: i64, format: u32, parts: u32) -> i64 {
    let row = [size, i64::from(format), i64::from(parts)];
    i64::from(crc32fast::hash(&row.map(i64::to_be_bytes).concat()))
}
