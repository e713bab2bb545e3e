//! What one transaction writes.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, params};

use crate::batch::{
    AppendBatch, Epoch, Grant, Mark, Name, NewEntry, StoredCheckpoint, StoredCosignature,
    TileWrite, check_name, refuse,
};
use crate::error::Fault;
use crate::kept;
use crate::snapshot;
use crate::store::AppendOutcome;
use crate::view::{
    KnownReader, integer, known_reader, named, natural, space, sum_of_cosignature, sum_of_given,
    sum_of_reader,
};

pub(crate) fn create_space(transaction: &Transaction<'_>, origin: &str) -> Result<Epoch, Fault> {
    check_name("the origin of a space", origin)?;
    let created = transaction.execute(
        "INSERT INTO space (origin, epoch, size, readers, kept) VALUES (?1, 1, 0, 0, 0)
         ON CONFLICT DO NOTHING",
        [origin],
    )?;
    if created == 1 { Ok(Epoch(1)) } else { Err(Fault::SpaceExists(origin.to_owned())) }
}

pub(crate) fn take(transaction: &Transaction<'_>, origin: &str) -> Result<Epoch, Fault> {
    let epoch: Option<i64> = transaction
        .query_row(
            "UPDATE space SET epoch = epoch + 1 WHERE origin = ?1 RETURNING epoch",
            [origin],
            |row| row.get(0),
        )
        .optional()?;
    match epoch {
        Some(epoch) => Ok(Epoch(natural(epoch)?)),
        None => Err(Fault::NoSuchSpace(origin.to_owned())),
    }
}

/// The number of a space for whoever writes it; `Err` within `Ok`: another host may write now.
pub(crate) fn writer_of(
    transaction: &Transaction<'_>,
    origin: &str,
    epoch: Epoch,
) -> Result<Result<i64, Epoch>, Fault> {
    let (id, head) = space(transaction, origin)?;
    Ok(if head.epoch == epoch { Ok(id) } else { Err(head.epoch) })
}

/// Writes the batch unless the epoch or the index say that somebody else wrote.
pub(crate) fn append(
    transaction: &Transaction<'_>,
    origin: &str,
    epoch: Epoch,
    expected_index: u64,
    batch: &AppendBatch,
) -> Result<AppendOutcome, Fault> {
    let (id, head) = space(transaction, origin)?;
    if head.epoch != epoch {
        return Ok(AppendOutcome::Fenced { epoch: head.epoch });
    }
    if head.size != expected_index {
        return Ok(AppendOutcome::Conflict { actual: head.size });
    }
    batch.check(head.size)?;
    let to = Space { transaction, id };
    to.entries(head.size, &batch.entries)?;
    to.given(&batch.given)?;
    batch.erasures.iter().try_for_each(|&index| to.erase(index, batch.snapshot.is_some()))?;
    batch.tiles.iter().try_for_each(|tile| to.tile(tile))?;
    batch.checkpoint.iter().try_for_each(|checkpoint| to.checkpoint(checkpoint))?;
    batch.cosignatures.iter().try_for_each(|cosignature| to.cosignature(cosignature))?;
    batch.snapshot.iter().try_for_each(|new| snapshot::write(transaction, id, new))?;
    batch.marks.iter().try_for_each(|mark| to.mark(mark))?;
    kept::let_go(transaction, id, &batch.unkept)?;
    Ok(AppendOutcome::Durable { first_index: head.size })
}

struct Space<'t> {
    transaction: &'t Transaction<'t>,
    id: i64,
}

impl Space<'_> {
    fn entries(&self, first_index: u64, entries: &[NewEntry]) -> Result<(), Fault> {
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO entry (space, idx, commitment, salt, content, series, number)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for (entry, index) in entries.iter().zip(first_index..) {
            let (salt, content) = match &entry.opening {
                Some(opening) => (Some(opening.salt), Some(&opening.content)),
                None => (None, None),
            };
            let series = entry.name.map(|name| name.series);
            let number = entry.name.map(|name| integer(name.number)).transpose()?;
            let row =
                params![self.id, integer(index)?, entry.commitment, salt, content, series, number];
            insert.execute(row).map_err(|error| self.why_not(error, entry.name, index))?;
        }
        let size = integer(first_index + entries.len() as u64)?;
        self.transaction
            .prepare_cached("UPDATE space SET size = ?2 WHERE id = ?1")?
            .execute([self.id, size])?;
        Ok(())
    }

    /// Why an entry could not be inserted: its name may be taken.
    fn why_not(&self, error: rusqlite::Error, name: Option<Name>, index: u64) -> Fault {
        let other = name.map(|name| named(self.transaction, self.id, &name));
        match other {
            Some(Ok(Some(other))) => Fault::Refused(format!(
                "entry {index}: its name is that of entry {other}: a name has one entry"
            )),
            _ => error.into(),
        }
    }

    fn given(&self, given: &[Grant]) -> Result<(), Fault> {
        let mut readers: HashMap<&str, KnownReader> = HashMap::new();
        let mut positions: HashMap<(i64, u64), i64> = HashMap::new();
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO given (space, reader, cause, position, entry, nth, crc)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for Grant { reader, cause, entry } in given {
            if !readers.contains_key(reader.as_str()) {
                readers.insert(reader, self.reader(reader)?);
            }
            let Some(KnownReader { id, given }) = readers.get_mut(reader.as_str()) else {
                continue;
            };
            let position = positions.entry((*id, *cause)).or_default();
            let row = [*id, integer(*cause)?, *position, integer(*entry)?, *given];
            let [id, cause, at, entry, nth] = row;
            insert.execute([self.id, id, cause, at, entry, nth, sum_of_given(row)])?;
            *position += 1;
            *given += 1;
        }
        let mut count = self
            .transaction
            .prepare_cached("UPDATE reader SET given = ?2, crc = ?3 WHERE id = ?1")?;
        for (name, KnownReader { id, given }) in readers {
            count.execute([id, given, sum_of_reader(name, given)])?;
        }
        Ok(())
    }

    /// A reader, who gets a number the first time.
    fn reader(&self, name: &str) -> Result<KnownReader, Fault> {
        if let Some(known) = known_reader(self.transaction, self.id, name)? {
            return Ok(known);
        }
        self.transaction
            .prepare_cached("INSERT INTO reader (space, name, given, crc) VALUES (?1, ?2, 0, ?3)")?
            .execute(params![self.id, name, sum_of_reader(name, 0)])?;
        let id = self.transaction.last_insert_rowid();
        self.transaction
            .prepare_cached("UPDATE space SET readers = readers + 1 WHERE id = ?1")?
            .execute([self.id])?;
        Ok(KnownReader { id, given: 0 })
    }

    fn tile(&self, tile: &TileWrite) -> Result<(), Fault> {
        let index = integer(tile.index)?;
        let kept: Vec<u8> = self
            .transaction
            .prepare_cached("SELECT hashes FROM tile WHERE space = ?1 AND level = ?2 AND idx = ?3")?
            .query_row(params![self.id, tile.level, index], |row| row.get(0))
            .optional()?
            .unwrap_or_default();
        if !tile.hashes.starts_with(&kept) {
            return refuse(format!(
                "tile {} of level {}: {} bytes are kept and the {} new ones do not begin with \
                 them: a tile only grows",
                tile.index,
                tile.level,
                kept.len(),
                tile.hashes.len()
            ));
        }
        if tile.hashes.len() > kept.len() {
            self.transaction
                .prepare_cached(
                    "INSERT INTO tile (space, level, idx, crc, hashes) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT DO UPDATE SET crc = excluded.crc, hashes = excluded.hashes",
                )?
                .execute(params![
                    self.id,
                    tile.level,
                    index,
                    crc32fast::hash(&tile.hashes),
                    tile.hashes
                ])?;
        }
        Ok(())
    }

    fn checkpoint(&self, checkpoint: &StoredCheckpoint) -> Result<(), Fault> {
        let size = integer(checkpoint.size)?;
        let kept: Option<String> = self
            .transaction
            .prepare_cached("SELECT note FROM checkpoint WHERE space = ?1 AND size = ?2")?
            .query_row([self.id, size], |row| row.get(0))
            .optional()?;
        match kept {
            Some(note) if note == checkpoint.note => Ok(()),
            Some(_) => refuse(format!(
                "checkpoint {size}: another note of that size is kept: two signed heads of one \
                 size would be evidence of a fork"
            )),
            None => {
                self.transaction
                    .prepare_cached(
                        "INSERT INTO checkpoint (space, size, note, cosigned)
                         VALUES (?1, ?2, ?3, 0)",
                    )?
                    .execute(params![self.id, size, checkpoint.note])?;
                Ok(())
            }
        }
    }

    fn cosignature(&self, cosignature: &StoredCosignature) -> Result<(), Fault> {
        let StoredCosignature { size, witness, time_s, line } = cosignature;
        let size = integer(*size)?;
        let known = self
            .transaction
            .prepare_cached("SELECT 1 FROM checkpoint WHERE space = ?1 AND size = ?2")?
            .exists([self.id, size])?;
        if !known {
            return refuse(format!(
                "a cosignature of `{}` under checkpoint {size}: no such checkpoint is kept",
                witness.escape_debug()
            ));
        }
        self.transaction
            .prepare_cached(
                "INSERT INTO cosignature (space, size, witness, time_s, line, crc)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                self.id,
                size,
                witness,
                time_s,
                line,
                sum_of_cosignature(cosignature)
            ])?;
        self.transaction
            .prepare_cached(
                "WITH kept AS (SELECT min(time_s) AS first, max(time_s) AS latest
                     FROM cosignature WHERE space = ?1 AND size = ?2 AND witness = ?3)
                 DELETE FROM cosignature WHERE space = ?1 AND size = ?2 AND witness = ?3
                     AND time_s > (SELECT first FROM kept)
                     AND time_s < (SELECT latest FROM kept)",
            )?
            .execute(params![self.id, size, witness])?;
        self.transaction
            .prepare_cached(
                "UPDATE checkpoint SET cosigned = (SELECT count(*) FROM cosignature
                     WHERE space = ?1 AND size = ?2) WHERE space = ?1 AND size = ?2",
            )?
            .execute([self.id, size])?;
        Ok(())
    }

    fn mark(&self, mark: &Mark) -> Result<(), Fault> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO mark (space, name, crc, bytes) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![self.id, mark.name, crc32fast::hash(&mark.bytes), mark.bytes])?;
        Ok(())
    }

    /// Erases what the entry said, also from the snapshot, unless there is one to come that does.
    fn erase(&self, index: u64, snapshot_to_come: bool) -> Result<(), Fault> {
        self.transaction
            .prepare_cached(
                "UPDATE entry SET salt = NULL, content = NULL WHERE space = ?1 AND idx = ?2",
            )?
            .execute([self.id, integer(index)?])?;
        let folded_in = self
            .transaction
            .prepare_cached("SELECT 1 FROM snapshot WHERE space = ?1 AND size > ?2")?
            .exists([self.id, integer(index)?])?;
        if folded_in && !snapshot_to_come {
            snapshot::drop(self.transaction, self.id)?;
        }
        Ok(())
    }
}
