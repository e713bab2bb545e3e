//! Reading a copy: what it holds at one instant.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{CopiedEntry, ErasureDue, ErasuresDue, Slot};
use crate::batch::{KeptSnapshot, MAX_BATCH_ITEMS, Opening};
use crate::database::Database;
use crate::error::{Fault, StoreError};
use crate::pool::Instant;
use crate::snapshot;
use crate::view::{integer, natural};

/// What `space` is in the tables of a snapshot.
pub(super) const ONLY_SPACE: i64 = 0;

/// A copy at one instant: all reads of one view agree, whatever is written meanwhile. Within a change it is what
/// the change has made of it so far.
#[derive(Debug)]
pub struct CopyView<'s> {
    source: Source<'s>,
    space: String,
    pub(super) counts: Cell<Counts>,
}

#[derive(Debug)]
enum Source<'s> {
    Reader(Instant<'s>),
    Writer(&'s Connection, &'s Path),
}

/// How many rows the tables have.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Counts {
    pub(super) slots: u64,
    pub(super) given: u64,
    pub(super) outbox: u64,
    pub(super) notices: u64,
    pub(super) evidence: u64,
}

impl Counts {
    pub(super) fn columns(self) -> Result<[i64; 5], Fault> {
        let Counts { slots, given, outbox, notices, evidence } = self;
        let [slots, given] = [integer(slots)?, integer(given)?];
        Ok([slots, given, integer(outbox)?, integer(notices)?, integer(evidence)?])
    }
}

impl<'s> CopyView<'s> {
    pub(super) fn begin(database: &'s Database) -> Result<CopyView<'s>, StoreError> {
        let fail = |fault: Fault| fault.at(database.path(), "reading the copy");
        let reader = database.reader().map_err(fail)?;
        let begun = Instant::begin(reader, database.path(), head_row);
        let (instant, (space, counts)) = begun.map_err(fail)?;
        Ok(CopyView { source: Source::Reader(instant), space, counts: Cell::new(counts) })
    }

    pub(super) fn within(
        connection: &'s Connection,
        path: &'s Path,
    ) -> Result<CopyView<'s>, Fault> {
        let (space, counts) = head_row(connection)?;
        let source = Source::Writer(connection, path);
        Ok(CopyView { source, space, counts: Cell::new(counts) })
    }

    /// The space whose record it is.
    pub fn space(&self) -> &str {
        &self.space
    }

    /// A single value, if it was written.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where it does not fit its checksum, or one is missing; [`StoreError::Io`].
    pub fn slot(&self, slot: Slot) -> Result<Option<Vec<u8>>, StoreError> {
        self.read("reading a value", |connection| {
            let row: Option<(i64, Vec<u8>)> = connection
                .prepare_cached("SELECT crc, bytes FROM slot WHERE id = ?1")?
                .query_row([slot as i64], |row| row.try_into())
                .optional()?;
            let Some((crc, bytes)) = row else {
                let sql = "SELECT count(*) FROM slot";
                let count: i64 = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
                check_count("values", natural(count)?, self.counts.get().slots)?;
                return Ok(None);
            };
            check_sum(crc, sum(&[slot as i64], &bytes), || format!("{slot:?}"))?;
            Ok(Some(bytes))
        })
    }

    /// How many entries the party was given.
    pub fn given_count(&self) -> u64 {
        self.counts.get().given
    }

    /// What the party was given, in its order, without a gap, up to the first 4,096 of the range: fewer only
    /// where the range or what was given ends.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], also where one is missing; [`StoreError::Io`].
    pub fn given(&self, range: Range<u64>) -> Result<Vec<CopiedEntry>, StoreError> {
        let end = range.end.min(self.given_count());
        let end = end.min(range.start.saturating_add(MAX_BATCH_ITEMS as u64));
        if range.start >= end {
            return Ok(Vec::new());
        }
        self.read("reading what was given", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT nth, cause, idx, crc, goes, own, salt, content FROM given
                 WHERE nth >= ?1 AND nth < ?2 ORDER BY nth",
            )?;
            let mut rows = statement.query([integer(range.start)?, integer(end)?])?;
            let mut entries = Vec::new();
            for nth in range.start..end {
                match rows.next()?.map(given_row).transpose()? {
                    Some((found, entry)) if found == nth => entries.push(entry),
                    _ => {
                        return Err(Fault::Damaged(format!(
                            "what was given as number {nth} is missing"
                        )));
                    }
                }
            }
            Ok(entries)
        })
    }

    /// An entry of the record each time that the party was given it, and the how many-th that was of all, counted
    /// from 0.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]; [`StoreError::Io`].
    pub fn given_of(&self, index: u64) -> Result<Vec<(u64, CopiedEntry)>, StoreError> {
        let Ok(key) = integer(index) else { return Ok(Vec::new()) };
        self.read("looking for what was given", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT nth, cause, idx, crc, goes, own, salt, content FROM given WHERE idx = ?1 ORDER BY nth",
            )?;
            let mut rows = statement.query([key])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(given_row(row)?);
            }
            Ok(found)
        })
    }

    /// The entries whose openings are to go before an instant in milliseconds since 1970-01-01T00:00:00Z, at most so many
    /// rows of them, those that are due first; `own`: those that go only when they are asked for, or the others.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]; [`StoreError::Io`].
    pub fn erasures_due(
        &self,
        own: bool,
        before_ms: i64,
        most: usize,
    ) -> Result<BTreeSet<u64>, StoreError> {
        self.read("looking for what is to be erased", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT nth, cause, idx, crc, goes, own FROM given
                 WHERE goes IS NOT NULL AND own = ?1 AND goes < ?2 ORDER BY goes LIMIT ?3",
            )?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let mut rows = statement.query([i64::from(own), before_ms, most])?;
            let mut found = BTreeSet::new();
            while let Some(row) = rows.next()? {
                found.insert(numbers_of_given(row, true)?.1);
            }
            Ok(found)
        })
    }

    /// How many entries have an opening that is to go, and when; `None`: there is none. `own`: as of
    /// [`CopyView::erasures_due`].
    ///
    /// # Errors
    /// What the disk may do.
    pub fn erasures(&self, own: bool) -> Result<Option<ErasuresDue>, StoreError> {
        self.read("counting what is to be erased", |connection| {
            let row: (i64, Option<i64>, Option<i64>) = connection
                .prepare_cached(
                    "SELECT count(DISTINCT idx), min(goes), max(goes) FROM given
                     WHERE goes IS NOT NULL AND own = ?1",
                )?
                .query_row([i64::from(own)], |row| row.try_into())?;
            let (entries, Some(first_ms), Some(last_ms)) = row else { return Ok(None) };
            Ok(Some(ErasuresDue { entries: natural(entries)?, first_ms, last_ms }))
        })
    }

    /// The commitments of a tile: 256 of them, but in the last.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where they do not fit their checksum; [`StoreError::Io`].
    pub fn commitments(&self, tile: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read("reading commitments", |connection| hashes(connection, "commitments", tile))
    }

    /// The commitments of a tile that are pending.
    ///
    /// # Errors
    /// As [`CopyView::commitments`].
    pub fn pending(&self, tile: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read("reading pending commitments", |connection| hashes(connection, "pending", tile))
    }

    /// The bytes of a tile of the tree.
    ///
    /// # Errors
    /// As [`CopyView::commitments`].
    pub fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read("reading a tile", |connection| tile(connection, level, index))
    }

    /// What waits to stand in the record, in its order, each with its number.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], also where one is missing; [`StoreError::Io`].
    pub fn outbox(&self) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.read("reading the outbox", |connection| {
            list(connection, "outbox", self.counts.get().outbox)
        })
    }

    /// What people must be told, the oldest first.
    ///
    /// # Errors
    /// As [`CopyView::outbox`].
    pub fn notices(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read("reading the notices", |connection| {
            let rows = list(connection, "notice", self.counts.get().notices)?;
            Ok(rows.into_iter().map(|(_, bytes)| bytes).collect())
        })
    }

    /// Evidence by its name.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where it does not fit its checksum, or one is missing; [`StoreError::Io`].
    pub fn evidence(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read("reading evidence", |connection| {
            let row: Option<(i64, Vec<u8>)> = connection
                .prepare_cached("SELECT crc, bytes FROM evidence WHERE name = ?1")?
                .query_row([name], |row| row.try_into())
                .optional()?;
            let Some((crc, bytes)) = row else {
                let sql = "SELECT count(*) FROM evidence";
                let count: i64 = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
                check_count("pieces of evidence", natural(count)?, self.counts.get().evidence)?;
                return Ok(None);
            };
            check_sum(crc, sum_of_evidence(name, &bytes), || {
                format!("evidence `{}`", name.escape_debug())
            })?;
            Ok(Some(bytes))
        })
    }

    /// The snapshot of the view, if there is one of this format, and all its parts are there.
    ///
    /// # Errors
    /// What the disk may do. A damaged snapshot is passed over, not an error: the view can be folded anew.
    pub fn snapshot(&self, format: u32) -> Result<Option<KeptSnapshot>, StoreError> {
        let kept = self.read("reading a snapshot", |connection| {
            snapshot::read(connection, ONLY_SPACE, format)
        })?;
        Ok(kept.filter(|kept| kept.size <= self.given_count()))
    }

    /// A part of the snapshot; `None` where it is missing or damaged.
    ///
    /// # Errors
    /// What the disk may do.
    pub fn snapshot_part(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read("reading a part of a snapshot", |connection| {
            snapshot::read_part(connection, ONLY_SPACE, number)
        })
    }

    fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        match &self.source {
            Source::Reader(instant) => instant.read(doing, work),
            Source::Writer(connection, path) => {
                work(connection).map_err(|fault| fault.at(path, doing))
            }
        }
    }
}

/// The space, and how many entries were given of it.
pub(super) fn what(connection: &Connection) -> Result<(String, u64), Fault> {
    head_row(connection).map(|(space, counts)| (space, counts.given))
}

pub(super) fn head_row(connection: &Connection) -> Result<(String, Counts), Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT slots, given, outbox, notices, evidence, crc, space FROM copy WHERE one = 1",
    )?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else {
        return Err(Fault::Damaged("it does not say whose copy it is".to_owned()));
    };
    let columns: [i64; 5] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
    let (crc, space): (i64, String) = (row.get(5)?, row.get(6)?);
    check_sum(crc, sum(&columns, space.as_bytes()), || "how much it holds".to_owned())?;
    let [slots, given, outbox, notices, evidence] = columns;
    let [slots, given] = [natural(slots)?, natural(given)?];
    let [outbox, notices, evidence] = [natural(outbox)?, natural(notices)?, natural(evidence)?];
    Ok((space, Counts { slots, given, outbox, notices, evidence }))
}

fn given_row(row: &Row<'_>) -> Result<(u64, CopiedEntry), Fault> {
    let opening = match (row.get(6)?, row.get(7)?) {
        (Some(salt), Some(content)) => Some(Opening { salt, content }),
        (None, None) => None,
        _ => {
            let index: i64 = row.get(2)?;
            return Err(Fault::Damaged(format!("entry {index} is half erased")));
        }
    };
    let (nth, index, cause, goes) = numbers_of_given(row, opening.is_some())?;
    Ok((nth, CopiedEntry { cause, index, opening, goes }))
}

/// The number, the index and the cause of what was given, and when its opening goes, as its checksum says.
fn numbers_of_given(
    row: &Row<'_>,
    opens: bool,
) -> Result<(u64, u64, u64, Option<ErasureDue>), Fault> {
    let [nth, cause, index, crc]: [i64; 4] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
    let (goes, own): (Option<i64>, i64) = (row.get(4)?, row.get(5)?);
    let goes = goes.map(|after_ms| ErasureDue { after_ms, own: own != 0 });
    check_sum(crc, sum_of_given([nth, cause, index], opens, goes), || {
        format!("what was given as number {nth}")
    })?;
    Ok((natural(nth)?, natural(index)?, natural(cause)?, goes))
}

/// The bytes of a row of commitments, of a table that has them by tile.
pub(super) fn hashes(
    connection: &Connection,
    table: &'static str,
    tile: u64,
) -> Result<Option<Vec<u8>>, Fault> {
    let Ok(tile) = integer(tile) else { return Ok(None) };
    let row: Option<(i64, Vec<u8>)> = connection
        .prepare_cached(&format!("SELECT crc, hashes FROM {table} WHERE tile = ?1"))?
        .query_row([tile], |row| row.try_into())
        .optional()?;
    let Some((crc, hashes)) = row else { return Ok(None) };
    check_sum(crc, sum(&[tile], &hashes), || format!("tile {tile} of {table}"))?;
    Ok(Some(hashes))
}

pub(super) fn tile(
    connection: &Connection,
    level: u8,
    index: u64,
) -> Result<Option<Vec<u8>>, Fault> {
    let Ok(index) = integer(index) else { return Ok(None) };
    let row: Option<(i64, Vec<u8>)> = connection
        .prepare_cached("SELECT crc, hashes FROM tile WHERE level = ?1 AND idx = ?2")?
        .query_row(params![level, index], |row| row.try_into())
        .optional()?;
    let Some((crc, hashes)) = row else { return Ok(None) };
    check_sum(crc, sum(&[i64::from(level), index], &hashes), || {
        format!("tile {index} of level {level}")
    })?;
    Ok(Some(hashes))
}

fn list(
    connection: &Connection,
    table: &'static str,
    count: u64,
) -> Result<Vec<(u64, Vec<u8>)>, Fault> {
    let sql = format!("SELECT id, crc, bytes FROM {table} ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, crc, bytes): (i64, i64, Vec<u8>) = row.try_into()?;
        check_sum(crc, sum(&[id], &bytes), || format!("{table} {id}"))?;
        found.push((natural(id)?, bytes));
    }
    check_count(table, found.len() as u64, count)?;
    Ok(found)
}

/// The checksum of a row: of its numbers, and of its bytes.
pub(super) fn sum(numbers: &[i64], bytes: &[u8]) -> i64 {
    let mut hasher = crc32fast::Hasher::new();
    numbers.iter().for_each(|number| hasher.update(&number.to_be_bytes()));
    hasher.update(bytes);
    i64::from(hasher.finalize())
}

/// The checksum of what was given: its number, its cause, its index, whether its opening is there, and when that goes.
pub(super) fn sum_of_given(numbers: [i64; 3], opens: bool, goes: Option<ErasureDue>) -> i64 {
    let [nth, cause, index] = numbers;
    match goes {
        None => sum(&numbers, &[u8::from(opens)]),
        Some(ErasureDue { after_ms, own }) => {
            sum(&[nth, cause, index, after_ms], &[u8::from(opens), u8::from(own)])
        }
    }
}

pub(super) fn sum_of_evidence(name: &str, bytes: &[u8]) -> i64 {
    sum(&[i64::from(crc32fast::hash(name.as_bytes()))], bytes)
}

fn check_sum(kept: i64, of_bytes: i64, what: impl Fn() -> String) -> Result<(), Fault> {
    if kept == of_bytes {
        return Ok(());
    }
    Err(Fault::Damaged(format!("{}: wrong checksum", what())))
}

fn check_count(what: &str, found: u64, kept: u64) -> Result<(), Fault> {
    if found == kept {
        return Ok(());
    }
    Err(Fault::Damaged(format!("{what}: {found} are found, there must be {kept}")))
}
