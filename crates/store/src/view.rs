//! Reading: what one space holds at one instant.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::batch::{
    Epoch, GivenPlace, GivenRows, Grant, KeptSnapshot, KeptStatement, MAX_BATCH_ITEMS, Mark, Name,
    Opening, PageBounds, StoredCheckpoint, StoredCosignature, StoredEntry, StoredHead,
};
use crate::error::{Fault, StoreError};
use crate::kept;
use crate::pool::{Instant, Reader};
use crate::snapshot;

/// One space at one instant: all reads of one view agree, whatever is appended meanwhile.
#[derive(Debug)]
pub struct View<'s> {
    instant: Instant<'s>,
    id: i64,
    head: StoredHead,
}

impl<'s> View<'s> {
    pub(crate) fn of(reader: Reader<'s>, origin: &str, path: &'s Path) -> Result<Self, Fault> {
        let (instant, (id, head)) = Instant::begin(reader, path, |reader| space(reader, origin))?;
        Ok(View { instant, id, head })
    }

    /// Where the space stands.
    pub fn head(&self) -> &StoredHead {
        &self.head
    }

    /// The entry at this index, `None` beyond the last.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], also where an entry is missing; [`StoreError::Io`].
    pub fn entry(&self, index: u64) -> Result<Option<StoredEntry>, StoreError> {
        if index >= self.head.size {
            return Ok(None);
        }
        Ok(self.entries(index..index + 1, 1)?.pop())
    }

    /// The entries of the range, without a gap, up to the first `limit` (at most 4,096) of them:
    /// fewer only where the range or the space ends.
    ///
    /// # Errors
    /// As [`View::entry`].
    pub fn entries(&self, range: Range<u64>, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        let limit = limit.min(MAX_BATCH_ITEMS) as u64;
        let end = range.end.min(self.head.size).min(range.start.saturating_add(limit));
        if range.start >= end {
            return Ok(Vec::new());
        }
        self.read("reading entries", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT idx, commitment, salt, content FROM entry
                 WHERE space = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx",
            )?;
            let mut rows = statement.query([self.id, integer(range.start)?, integer(end)?])?;
            let mut entries = Vec::new();
            for index in range.start..end {
                match rows.next()?.map(entry).transpose()? {
                    Some(entry) if entry.index == index => entries.push(entry),
                    _ => return Err(Fault::Damaged(format!("entry {index} is missing"))),
                }
            }
            Ok(entries)
        })
    }

    /// The commitments of the range, without a gap, up to the first 4,096 of them: fewer only where the
    /// range or the space ends. Quicker than [`View::entries`], since no content is read.
    ///
    /// # Errors
    /// As [`View::entry`].
    pub fn commitments(&self, range: Range<u64>) -> Result<Vec<[u8; 32]>, StoreError> {
        let end = range.end.min(self.head.size);
        let end = end.min(range.start.saturating_add(MAX_BATCH_ITEMS as u64));
        if range.start >= end {
            return Ok(Vec::new());
        }
        self.read("reading commitments", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT idx, commitment FROM entry
                 WHERE space = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx",
            )?;
            let mut rows = statement.query([self.id, integer(range.start)?, integer(end)?])?;
            let mut commitments = Vec::new();
            for index in range.start..end {
                let row: Option<(i64, [u8; 32])> =
                    rows.next()?.map(|r| r.try_into()).transpose()?;
                match row {
                    Some((kept, commitment)) if natural(kept)? == index => {
                        commitments.push(commitment);
                    }
                    _ => return Err(Fault::Damaged(format!("entry {index} is missing"))),
                }
            }
            Ok(commitments)
        })
    }

    /// The index of the entry of this name.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where the entry that is found has another name; [`StoreError::Io`].
    pub fn named(&self, name: &Name) -> Result<Option<u64>, StoreError> {
        self.read("looking a name up", |connection| {
            let Some(index) = named(connection, self.id, name)? else { return Ok(None) };
            if name_of(connection, self.id, index)? == Some(*name) {
                return Ok(Some(index));
            }
            Err(Fault::Damaged(format!("entry {index} is found by a name that it does not have")))
        })
    }

    /// The name of the entry at this index, which outlasts its content.
    ///
    /// # Errors
    /// What the disk may do.
    pub fn name_of(&self, index: u64) -> Result<Option<Name>, StoreError> {
        self.read("reading a name", |connection| name_of(connection, self.id, index))
    }

    /// What a reader was given from a place on, in the order in which it is to be taken: no more than the bounds
    /// allow, but at least one row where there is one and `rows` is not 0. What one entry gives may take several
    /// pages.
    ///
    /// # Errors
    /// As [`View::entry`].
    pub fn given(
        &self,
        reader: &str,
        from: impl Into<GivenPlace>,
        most: impl Into<PageBounds>,
    ) -> Result<GivenRows, StoreError> {
        let (from, most): (GivenPlace, PageBounds) = (from.into(), most.into());
        let limit = most.rows.min(MAX_BATCH_ITEMS);
        let (Ok(cause), Ok(within)) = (integer(from.cause), integer(from.within)) else {
            return Ok(GivenRows::default());
        };
        self.read("reading what was given", |connection| {
            let missing =
                |nth| Fault::Damaged(format!("what `{reader}` was given as number {nth}"));
            let known = known_reader(connection, self.id, reader)?;
            let Some(KnownReader { id, given: count }) = known else {
                return Ok(GivenRows::default());
            };
            let mut nth = self.given_before(connection, id, (cause, within))?;
            let mut statement = connection.prepare_cached(
                "SELECT reader, cause, position, given.entry, nth, given.crc,
                     idx, commitment, salt, content
                 FROM given LEFT JOIN entry ON entry.space = given.space AND idx = given.entry
                 WHERE given.space = ?1 AND reader = ?2 AND (cause, position) >= (?3, ?4)
                 ORDER BY cause, position",
            )?;
            let mut rows = statement.query([self.id, id, cause, within])?;
            let (mut page, mut bytes) = (GivenRows::default(), 0_usize);
            while let Some(row) = rows.next()? {
                let (cause, given) = given_row(row, id)?;
                let place = GivenPlace { cause, within: natural(row.get(2)?)? };
                let full = bytes >= most.bytes && !page.rows.is_empty();
                if page.rows.len() >= limit || full {
                    page.next = Some(place);
                    return Ok(page);
                }
                if row.get::<_, i64>(4)? != nth || place < from {
                    return Err(missing(nth));
                }
                nth += 1;
                if row.get::<_, Option<i64>>(6)?.is_none() {
                    return Err(Fault::Damaged(format!("entry {given} is missing")));
                }
                let entry = entry_of((row.get(6)?, row.get(7)?, row.get(8)?, row.get(9)?))?;
                bytes += entry.opening.as_ref().map_or(0, |opening| opening.content.len());
                let grant = Grant { reader: reader.to_owned(), cause, entry: given };
                page.rows.push((grant, entry));
            }
            if nth == count { Ok(page) } else { Err(missing(nth)) }
        })
    }

    /// How many entries a reader was given before a cause and a position of it.
    fn given_before(
        &self,
        connection: &Connection,
        reader: i64,
        (cause, position): (i64, i64),
    ) -> Result<i64, Fault> {
        let mut statement = connection.prepare_cached(
            "SELECT reader, cause, position, entry, nth, crc FROM given
             WHERE space = ?1 AND reader = ?2 AND (cause, position) < (?3, ?4)
             ORDER BY cause DESC, position DESC LIMIT 1",
        )?;
        let mut rows = statement.query([self.id, reader, cause, position])?;
        let Some(row) = rows.next()? else { return Ok(0) };
        given_row(row, reader)?;
        Ok(row.get::<_, i64>(4)? + 1)
    }

    /// The bytes of a tile, as long as they were when last written.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where they do not fit their checksum; [`StoreError::Io`].
    pub fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let Ok(index) = integer(index) else { return Ok(None) };
        self.read("reading a tile", |connection| {
            let row: Option<(i64, Vec<u8>)> = connection
                .prepare_cached(
                    "SELECT crc, hashes FROM tile WHERE space = ?1 AND level = ?2 AND idx = ?3",
                )?
                .query_row(params![self.id, level, index], |row| row.try_into())
                .optional()?;
            match row {
                Some((crc, hashes)) if crc != i64::from(crc32fast::hash(&hashes)) => {
                    Err(Fault::Damaged(format!("tile {index} of level {level}: wrong checksum")))
                }
                row => Ok(row.map(|(_, hashes)| hashes)),
            }
        })
    }

    /// The checkpoint over the most entries.
    ///
    /// # Errors
    /// What the disk may do.
    pub fn latest_checkpoint(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        self.read("reading a checkpoint", |connection| {
            let row: Option<(i64, String)> = connection
                .prepare_cached(
                    "SELECT size, note FROM checkpoint WHERE space = ?1
                     ORDER BY size DESC LIMIT 1",
                )?
                .query_row([self.id], |row| row.try_into())
                .optional()?;
            row.map(|(size, note)| Ok(StoredCheckpoint { size: natural(size)?, note })).transpose()
        })
    }

    /// The checkpoint over exactly so many entries.
    ///
    /// # Errors
    /// What the disk may do.
    pub fn checkpoint_at(&self, size: u64) -> Result<Option<StoredCheckpoint>, StoreError> {
        let Ok(key) = integer(size) else { return Ok(None) };
        self.read("reading a checkpoint", |connection| {
            let note: Option<String> = connection
                .prepare_cached("SELECT note FROM checkpoint WHERE space = ?1 AND size = ?2")?
                .query_row([self.id, key], |row| row.get(0))
                .optional()?;
            Ok(note.map(|note| StoredCheckpoint { size, note }))
        })
    }

    /// What witnesses signed under the checkpoint over so many entries, by name, then by time: of
    /// each witness the first cosignature and the latest.
    ///
    /// # Errors
    /// What the disk may do.
    pub fn cosignatures(&self, size: u64) -> Result<Vec<StoredCosignature>, StoreError> {
        let Ok(key) = integer(size) else { return Ok(Vec::new()) };
        self.read("reading cosignatures", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT witness, time_s, line, crc FROM cosignature
                 WHERE space = ?1 AND size = ?2 ORDER BY witness, time_s",
            )?;
            let mut rows = statement.query([self.id, key])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let (witness, time_s, line) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let cosignature = StoredCosignature { size, witness, time_s, line };
                if row.get::<_, i64>(3)? != sum_of_cosignature(&cosignature) {
                    let fault = format!("a cosignature under checkpoint {size}: wrong checksum");
                    return Err(Fault::Damaged(fault));
                }
                found.push(cosignature);
            }
            let count: Option<i64> = connection
                .prepare_cached("SELECT cosigned FROM checkpoint WHERE space = ?1 AND size = ?2")?
                .query_row([self.id, key], |row| row.get(0))
                .optional()?;
            match usize::try_from(count.unwrap_or(0)) {
                Ok(count) if count == found.len() => Ok(found),
                _ => {
                    Err(Fault::Damaged(format!("a cosignature under checkpoint {size} is missing")))
                }
            }
        })
    }

    /// When each witness last countersigned a checkpoint, by its own clock, in seconds since 1970-01-01T00:00:00Z: as
    /// far as the last so many cosignatures tell.
    ///
    /// # Errors
    /// What the disk may do.
    pub fn last_cosigned(&self, rows: usize) -> Result<BTreeMap<String, i64>, StoreError> {
        self.read("reading when witnesses countersigned", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT size, witness, time_s, line, crc FROM cosignature
                 WHERE space = ?1 ORDER BY size DESC, witness DESC, time_s DESC LIMIT ?2",
            )?;
            let mut found = statement.query([self.id, i64::try_from(rows).unwrap_or(i64::MAX)])?;
            let mut last = BTreeMap::new();
            while let Some(row) = found.next()? {
                let (witness, time_s, line) = (row.get(1)?, row.get(2)?, row.get(3)?);
                let size = natural(row.get(0)?)?;
                let cosignature = StoredCosignature { size, witness, time_s, line };
                if row.get::<_, i64>(4)? != sum_of_cosignature(&cosignature) {
                    let fault = format!("a cosignature under checkpoint {size}: wrong checksum");
                    return Err(Fault::Damaged(fault));
                }
                last.entry(cosignature.witness).or_insert(cosignature.time_s);
            }
            Ok(last)
        })
    }

    /// The statements that wait to be taken in, in the order of their numbers.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], also where one is missing; [`StoreError::Io`].
    pub fn kept(&self) -> Result<Vec<KeptStatement>, StoreError> {
        self.read("reading kept statements", |connection| kept::all(connection, self.id))
    }

    /// One of them, by its number.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]; [`StoreError::Io`].
    pub fn kept_one(&self, number: u64) -> Result<Option<KeptStatement>, StoreError> {
        self.read("reading a kept statement", |connection| kept::one(connection, self.id, number))
    }

    /// The snapshot, if there is one of this format, and all its parts are there.
    ///
    /// # Errors
    /// What the disk may do. A damaged snapshot is passed over, not an error: the state can be
    /// folded anew from the entries.
    pub fn snapshot(&self, format: u32) -> Result<Option<KeptSnapshot>, StoreError> {
        let kept = self
            .read("reading a snapshot", |connection| snapshot::read(connection, self.id, format))?;
        Ok(kept.filter(|kept| kept.size <= self.head.size))
    }

    /// A part of the snapshot; `None` where it is missing or damaged.
    ///
    /// # Errors
    /// What the disk may do.
    pub fn snapshot_part(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read("reading a part of a snapshot", |connection| {
            snapshot::read_part(connection, self.id, number)
        })
    }

    /// The value of a mark.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where the value does not fit its checksum; [`StoreError::Io`].
    pub fn mark(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read("reading a mark", |connection| {
            let row: Option<(i64, Vec<u8>)> = connection
                .prepare_cached("SELECT crc, bytes FROM mark WHERE space = ?1 AND name = ?2")?
                .query_row(params![self.id, name], |row| row.try_into())
                .optional()?;
            let checked = |(crc, bytes)| checked_mark(name.to_owned(), crc, bytes);
            Ok(row.map(checked).transpose()?.map(|mark| mark.bytes))
        })
    }

    /// Of the marks whose names do not come after this one, byte by byte, the one with the last name.
    ///
    /// # Errors
    /// As [`View::mark`].
    pub fn last_mark(&self, name: &str) -> Result<Option<Mark>, StoreError> {
        self.read("reading a mark", |connection| {
            let row: Option<(String, i64, Vec<u8>)> = connection
                .prepare_cached(
                    "SELECT name, crc, bytes FROM mark WHERE space = ?1 AND name <= ?2
                     ORDER BY name DESC LIMIT 1",
                )?
                .query_row(params![self.id, name], |row| row.try_into())
                .optional()?;
            row.map(|(name, crc, bytes)| checked_mark(name, crc, bytes)).transpose()
        })
    }

    fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.instant.read(doing, work)
    }
}

/// A space's number within the file, and where it stands.
pub(crate) fn space(connection: &Connection, origin: &str) -> Result<(i64, StoredHead), Fault> {
    let row: Option<(i64, i64, i64)> = connection
        .prepare_cached("SELECT id, epoch, size FROM space WHERE origin = ?1")?
        .query_row([origin], |row| row.try_into())
        .optional()?;
    let Some((id, epoch, size)) = row else {
        return Err(Fault::NoSuchSpace(origin.to_owned()));
    };
    let origin = origin.to_owned();
    Ok((id, StoredHead { origin, epoch: Epoch(natural(epoch)?), size: natural(size)? }))
}

pub(crate) fn heads(connection: &Connection) -> Result<Vec<StoredHead>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT origin, epoch, size FROM space ORDER BY origin")?;
    let mut rows = statement.query([])?;
    let mut heads = Vec::new();
    while let Some(row) = rows.next()? {
        let (origin, epoch, size): (String, i64, i64) = row.try_into()?;
        heads.push(StoredHead { origin, epoch: Epoch(natural(epoch)?), size: natural(size)? });
    }
    Ok(heads)
}

/// A reader's number, and how many entries it was given.
#[derive(Clone, Copy)]
pub(crate) struct KnownReader {
    pub(crate) id: i64,
    pub(crate) given: i64,
}

/// The reader of a name. All of the space's readers are looked at, past the index: whoever is damaged must
/// not pass for one who was given nothing.
pub(crate) fn known_reader(
    connection: &Connection,
    space: i64,
    name: &str,
) -> Result<Option<KnownReader>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT id, name, given, crc FROM reader NOT INDEXED WHERE space = ?1")?;
    let mut rows = statement.query([space])?;
    let (mut count, mut found) = (0, None);
    while let Some(row) = rows.next()? {
        let (id, of, given, crc): (i64, String, i64, i64) = row.try_into()?;
        if crc != sum_of_reader(&of, given) {
            return Err(Fault::Damaged(format!("reader `{}`: wrong checksum", of.escape_debug())));
        }
        count += 1;
        found = found.or((of == name).then_some(KnownReader { id, given }));
    }
    let kept: i64 = connection
        .prepare_cached("SELECT readers FROM space WHERE id = ?1")?
        .query_row([space], |row| row.get(0))?;
    if kept == count {
        return Ok(found);
    }
    Err(Fault::Damaged(format!("{count} readers are found, there must be {kept}")))
}

pub(crate) fn sum_of_cosignature(cosignature: &StoredCosignature) -> i64 {
    let StoredCosignature { size, witness, time_s, line } = cosignature;
    i64::from(crc32fast::hash(format!("{size} {time_s} {witness} {line}").as_bytes()))
}

pub(crate) fn sum_of_reader(name: &str, given: i64) -> i64 {
    i64::from(crc32fast::hash(format!("{given} {name}").as_bytes()))
}

/// The checksum of what a reader was given: its number, the cause, the position, the entry, and the how
/// many-th it is.
pub(crate) fn sum_of_given(row: [i64; 5]) -> i64 {
    i64::from(crc32fast::hash(&row.map(i64::to_be_bytes).concat()))
}

/// Cause and entry of a row of what a reader was given, once its checksum fits.
fn given_row(row: &Row<'_>, reader: i64) -> Result<(u64, u64), Fault> {
    let columns: [i64; 5] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
    let [of, cause, _, entry, _] = columns;
    if of != reader || row.get::<_, i64>(5)? != sum_of_given(columns) {
        return Err(Fault::Damaged(format!("what was given by entry {cause}: wrong checksum")));
    }
    Ok((natural(cause)?, natural(entry)?))
}

/// The index of the entry of a name, as the index of the table has it.
pub(crate) fn named(
    connection: &Connection,
    space: i64,
    name: &Name,
) -> Result<Option<u64>, Fault> {
    let Ok(number) = integer(name.number) else { return Ok(None) };
    let index: Option<i64> = connection
        .prepare_cached("SELECT idx FROM entry WHERE space = ?1 AND series = ?2 AND number = ?3")?
        .query_row(params![space, name.series, number], |row| row.get(0))
        .optional()?;
    index.map(natural).transpose()
}

fn name_of(connection: &Connection, space: i64, index: u64) -> Result<Option<Name>, Fault> {
    let Ok(index) = integer(index) else { return Ok(None) };
    let row: Option<(Option<[u8; 32]>, Option<i64>)> = connection
        .prepare_cached("SELECT series, number FROM entry WHERE space = ?1 AND idx = ?2")?
        .query_row([space, index], |row| row.try_into())
        .optional()?;
    match row {
        Some((Some(series), Some(number))) => Ok(Some(Name { series, number: natural(number)? })),
        _ => Ok(None),
    }
}

fn checked_mark(name: String, crc: i64, bytes: Vec<u8>) -> Result<Mark, Fault> {
    if crc == i64::from(crc32fast::hash(&bytes)) {
        return Ok(Mark { name, bytes });
    }
    Err(Fault::Damaged(format!("mark `{}`: wrong checksum", name.escape_debug())))
}

fn entry(row: &Row<'_>) -> Result<StoredEntry, Fault> {
    entry_of(row.try_into()?)
}

type EntryRow = (i64, [u8; 32], Option<[u8; 32]>, Option<Vec<u8>>);

fn entry_of((index, commitment, salt, content): EntryRow) -> Result<StoredEntry, Fault> {
    let index = natural(index)?;
    let opening = match (salt, content) {
        (Some(salt), Some(content)) => Some(Opening { salt, content }),
        (None, None) => None,
        _ => return Err(Fault::Damaged(format!("entry {index} is half erased"))),
    };
    Ok(StoredEntry { index, commitment, opening })
}

/// A number as SQLite keeps it.
pub(crate) fn integer(number: u64) -> Result<i64, Fault> {
    i64::try_from(number)
        .map_err(|_| Fault::Refused(format!("{number}: the largest number kept is {}", i64::MAX)))
}

/// A number from the file that no writer ever made negative.
pub(crate) fn natural(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::Damaged(format!("{number} where none is negative")))
}
