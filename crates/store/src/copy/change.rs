//! What one change of a copy writes.

use std::cell::Cell;
use std::ops::Deref;
use std::path::Path;

use rusqlite::{Connection, Transaction, params};

use super::view::{self, CopyView, Counts, ONLY_SPACE, sum, sum_of_evidence, sum_of_given};
use super::{CopiedEntry, ErasureDue, MAX_EVIDENCE_BYTES, MAX_NOTICES, MAX_VALUE_BYTES, Slot};
use crate::batch::{MAX_CONTENT_BYTES, MAX_TILE_BYTES, Snapshot, check_length, check_name, refuse};
use crate::error::{Fault, StoreError};
use crate::snapshot;
use crate::view::integer;

pub(super) const DOING: &str = "changing the copy";
/// The length of a hash, in bytes.
const HASH_BYTES: usize = 32;

/// A change that is being made: what it wrote can be read, by it alone, as from a [`CopyView`].
#[derive(Debug)]
pub struct CopyChange<'t> {
    view: CopyView<'t>,
    connection: &'t Connection,
    path: &'t Path,
    /// How the counts stood before.
    before: Counts,
    /// Openings went.
    erased: Cell<bool>,
    /// The snapshot was written after the last of them went.
    snapshot_follows: Cell<bool>,
    /// Something was not written: SQLite may have rolled the transaction back, and what came now would be kept
    /// by itself.
    failed: Cell<bool>,
}

impl<'t> Deref for CopyChange<'t> {
    type Target = CopyView<'t>;

    fn deref(&self) -> &CopyView<'t> {
        &self.view
    }
}

impl<'t> CopyChange<'t> {
    pub(super) fn begin(
        connection: &'t Connection,
        path: &'t Path,
    ) -> Result<CopyChange<'t>, StoreError> {
        let view = CopyView::within(connection, path).map_err(|fault| fault.at(path, DOING))?;
        Ok(CopyChange {
            before: view.counts.get(),
            view,
            connection,
            path,
            erased: Cell::new(false),
            snapshot_follows: Cell::new(false),
            failed: Cell::new(false),
        })
    }

    /// Writes how much there is now; whether openings went.
    pub(super) fn finish(self) -> Result<bool, StoreError> {
        let (counts, erased) = (self.view.counts.get(), self.erased.get());
        if erased && !self.snapshot_follows.get() {
            self.write(|connection| snapshot::drop(connection, ONLY_SPACE))?;
        }
        if counts != self.before {
            self.write(|connection| write_counts(connection, self.view.space(), counts))?;
        }
        if self.failed.get() {
            let fault = Fault::Refused("a part of the change was not written".to_owned());
            return Err(fault.at(self.path, DOING));
        }
        Ok(erased)
    }

    /// Writes a single value over the one before, if there was one.
    ///
    /// # Errors
    /// [`StoreError::Refused`] beyond [`MAX_VALUE_BYTES`], and for [`Slot::Settings`], which stay as they were
    /// made; what the disk may do.
    pub fn put(&self, slot: Slot, bytes: &[u8]) -> Result<(), StoreError> {
        self.write(|connection| {
            if slot == Slot::Settings {
                return refuse("the settings of a copy: they stay as they were made".to_owned());
            }
            let sql = "SELECT 1 FROM slot WHERE id = ?1";
            let known = connection.prepare_cached(sql)?.exists([slot as i64])?;
            fill(connection, slot, bytes)?;
            self.count(|counts| counts.slots += u64::from(!known));
            Ok(())
        })
    }

    /// Adds to what the party was given.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for a content beyond [`MAX_CONTENT_BYTES`], an entry after its cause, or one that is
    /// to go and is not there; what the disk may do.
    pub fn give(&self, entries: &[CopiedEntry]) -> Result<(), StoreError> {
        self.write(|connection| {
            let mut insert = connection.prepare_cached(
                "INSERT INTO given (nth, cause, idx, crc, salt, content, goes, own)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            for (nth, entry) in (self.given_count()..).zip(entries) {
                let CopiedEntry { cause, index, opening, goes } = entry;
                let length = opening.as_ref().map_or(0, |opening| opening.content.len());
                check_length(length, 0, MAX_CONTENT_BYTES, || {
                    format!("entry {index}: its content")
                })?;
                if index > cause {
                    return refuse(format!(
                        "entry {index} given by entry {cause}, which is before it"
                    ));
                }
                if goes.is_some() && opening.is_none() {
                    return refuse(format!("entry {index}: it is erased, and is to be"));
                }
                let numbers = [integer(nth)?, integer(*cause)?, integer(*index)?];
                let crc = sum_of_given(numbers, opening.is_some(), *goes);
                let [nth, cause, index] = numbers;
                let (salt, content) = match opening {
                    Some(opening) => (Some(opening.salt), Some(&opening.content)),
                    None => (None, None),
                };
                let (goes, own) = columns_of(*goes);
                insert.execute(params![nth, cause, index, crc, salt, content, goes, own])?;
            }
            self.count(|counts| counts.given += entries.len() as u64);
            Ok(())
        })
    }

    /// Erases the openings of an entry for ever, wherever it was given. The snapshot goes with them, unless the
    /// next one is written after that in the same change: it must hold nothing of what is erased.
    ///
    /// # Errors
    /// What the disk may do.
    pub fn erase(&self, index: u64) -> Result<(), StoreError> {
        self.write(|connection| {
            let Ok(index) = integer(index) else { return Ok(()) };
            for (nth, cause) in open_givings(connection, index)? {
                connection
                    .prepare_cached(
                        "UPDATE given SET crc = ?2, salt = NULL, content = NULL, goes = NULL, own = 0
                         WHERE nth = ?1",
                    )?
                    .execute([nth, sum_of_given([nth, cause, index], false, None)])?;
                self.erased.set(true);
                self.snapshot_follows.set(false);
            }
            Ok(())
        })
    }

    /// Says when the opening of an entry is to go, wherever it was given. What is erased stays so.
    ///
    /// # Errors
    /// What the disk may do.
    pub fn let_go(&self, index: u64, due: ErasureDue) -> Result<(), StoreError> {
        self.write(|connection| {
            let Ok(index) = integer(index) else { return Ok(()) };
            let (goes, own) = columns_of(Some(due));
            for (nth, cause) in open_givings(connection, index)? {
                let crc = sum_of_given([nth, cause, index], true, Some(due));
                connection
                    .prepare_cached(
                        "UPDATE given SET crc = ?2, goes = ?3, own = ?4 WHERE nth = ?1",
                    )?
                    .execute(params![nth, crc, goes, own])?;
            }
            Ok(())
        })
    }

    /// Puts the commitments of a tile by, over what was put by for it before. Nobody believes them.
    ///
    /// # Errors
    /// [`StoreError::Refused`] unless they are 1 to 256 hashes; what the disk may do.
    pub fn put_pending(&self, tile: u64, hashes: &[u8]) -> Result<(), StoreError> {
        self.write(|connection| {
            check_hashes(hashes, || format!("tile {tile} of pending commitments"))?;
            put_hashes(connection, "pending", tile, hashes)
        })
    }

    /// Forgets all that is pending.
    ///
    /// # Errors
    /// What the disk may do.
    pub fn drop_pending(&self) -> Result<(), StoreError> {
        self.write(|connection| {
            connection.prepare_cached("DELETE FROM pending")?.execute([])?;
            Ok(())
        })
    }

    /// Writes the commitments of a tile, which are the record's from then on: a tile only grows.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where they do not begin with those that are kept, or are not 1 to 256 hashes;
    /// what the disk may do.
    pub fn put_commitments(&self, tile: u64, hashes: &[u8]) -> Result<(), StoreError> {
        self.write(|connection| {
            let what = || format!("tile {tile} of commitments");
            check_hashes(hashes, what)?;
            let kept = view::hashes(connection, "commitments", tile)?;
            check_grown(kept.as_deref(), hashes, what)?;
            put_hashes(connection, "commitments", tile, hashes)
        })
    }

    /// Writes a tile of the tree: it only grows.
    ///
    /// # Errors
    /// As [`CopyChange::put_commitments`].
    pub fn put_tile(&self, level: u8, index: u64, hashes: &[u8]) -> Result<(), StoreError> {
        self.write(|connection| {
            let what = || format!("tile {index} of level {level}");
            check_hashes(hashes, what)?;
            check_grown(view::tile(connection, level, index)?.as_deref(), hashes, what)?;
            let index = integer(index)?;
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO tile (level, idx, crc, hashes) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![level, index, sum(&[i64::from(level), index], hashes), hashes])?;
            Ok(())
        })
    }

    /// Writes something that waits, in its place among what waits by its number, or over what waited there.
    ///
    /// # Errors
    /// [`StoreError::Refused`] beyond [`MAX_VALUE_BYTES`]; what the disk may do.
    pub fn queue(&self, number: u64, bytes: &[u8]) -> Result<(), StoreError> {
        self.write(|connection| {
            check_length(bytes.len(), 0, MAX_VALUE_BYTES, || format!("outbox {number}"))?;
            let number = integer(number)?;
            let sql = "SELECT 1 FROM outbox WHERE id = ?1";
            let known = connection.prepare_cached(sql)?.exists([number])?;
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO outbox (id, crc, bytes) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![number, sum(&[number], bytes), bytes])?;
            self.count(|counts| counts.outbox += u64::from(!known));
            Ok(())
        })
    }

    /// Takes away what waits no longer.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where nothing of this number waits; what the disk may do.
    pub fn unqueue(&self, number: u64) -> Result<(), StoreError> {
        self.write(|connection| {
            let changed = connection
                .prepare_cached("DELETE FROM outbox WHERE id = ?1")?
                .execute([integer(number)?])?;
            if changed != 1 {
                return refuse(format!("outbox {number}: nothing waits there"));
            }
            self.count(|counts| counts.outbox = counts.outbox.saturating_sub(1));
            Ok(())
        })
    }

    /// Adds a notice; beyond [`MAX_NOTICES`] the oldest goes.
    ///
    /// # Errors
    /// [`StoreError::Refused`] beyond [`MAX_VALUE_BYTES`]; what the disk may do.
    pub fn notice(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.write(|connection| {
            append_notice(connection, bytes)?;
            let over = (self.view.counts.get().notices + 1).saturating_sub(MAX_NOTICES);
            let gone = connection
                .prepare_cached(
                    "DELETE FROM notice WHERE id IN (SELECT id FROM notice ORDER BY id LIMIT ?1)",
                )?
                .execute([integer(over)?])?;
            self.count(|counts| {
                counts.notices = (counts.notices + 1).saturating_sub(gone as u64);
            });
            Ok(())
        })
    }

    /// Keeps these notices, at most [`MAX_NOTICES`], instead of those that were there.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for more of them, or beyond [`MAX_VALUE_BYTES`]; what the disk may do.
    pub fn set_notices(&self, all: &[Vec<u8>]) -> Result<(), StoreError> {
        self.write(|connection| {
            if all.len() as u64 > MAX_NOTICES {
                let fault = format!("{} notices: at most {MAX_NOTICES}", all.len());
                return Err(Fault::Refused(fault));
            }
            connection.execute("DELETE FROM notice", [])?;
            for bytes in all {
                append_notice(connection, bytes)?;
            }
            self.count(|counts| counts.notices = all.len() as u64);
            Ok(())
        })
    }

    /// Keeps evidence by its name, if none of that name is kept.
    ///
    /// # Errors
    /// [`StoreError::Refused`] beyond [`MAX_EVIDENCE_BYTES`], or for a name that is empty or too long; what
    /// the disk may do.
    pub fn put_evidence(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.write(|connection| {
            check_name("the name of evidence", name)?;
            check_length(bytes.len(), 0, MAX_EVIDENCE_BYTES, || format!("evidence `{name}`"))?;
            let added = connection
                .prepare_cached(
                    "INSERT INTO evidence (name, crc, bytes) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![name, sum_of_evidence(name, bytes), bytes])?;
            self.count(|counts| counts.evidence += added as u64);
            Ok(())
        })
    }

    /// Writes a snapshot of the view over so many given entries, or its parts that changed.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where it is over more than was given, or onto one that is not kept; what the
    /// disk may do.
    pub fn put_snapshot(&self, new: &Snapshot) -> Result<(), StoreError> {
        self.write(|connection| {
            new.check(self.given_count())?;
            snapshot::write(connection, ONLY_SPACE, new)?;
            self.snapshot_follows.set(true);
            Ok(())
        })
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        let mut counts = self.view.counts.get();
        change(&mut counts);
        self.view.counts.set(counts);
    }

    fn write<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let done = if self.failed.get() {
            refuse("a part of the change was not written before".to_owned())
        } else {
            work(self.connection)
        };
        done.map_err(|fault| {
            self.failed.set(true);
            fault.at(self.path, DOING)
        })
    }
}

/// Where an entry was given with its opening: the row, and the cause.
fn open_givings(connection: &Connection, index: i64) -> Result<Vec<(i64, i64)>, Fault> {
    let mut find = connection
        .prepare_cached("SELECT nth, cause FROM given WHERE idx = ?1 AND salt IS NOT NULL")?;
    let found = find.query_map([index], |row| row.try_into())?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// When an opening goes, as two columns have it.
fn columns_of(goes: Option<ErasureDue>) -> (Option<i64>, i64) {
    (goes.map(|due| due.after_ms), i64::from(goes.is_some_and(|due| due.own)))
}

/// Writes whose copy it is, before the first value.
pub(super) fn begin(transaction: &Transaction<'_>, space: &str) -> Result<(), Fault> {
    transaction.execute(
        "INSERT INTO copy (one, space, slots, given, outbox, notices, evidence, crc)
         VALUES (1, ?1, 0, 0, 0, 0, 0, 0)",
        [space],
    )?;
    // The settings come with it.
    write_counts(transaction, space, Counts { slots: 1, ..Counts::default() })
}

pub(super) fn fill(connection: &Connection, slot: Slot, bytes: &[u8]) -> Result<(), Fault> {
    check_length(bytes.len(), 0, MAX_VALUE_BYTES, || format!("{slot:?}"))?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO slot (id, crc, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![slot as i64, sum(&[slot as i64], bytes), bytes])?;
    Ok(())
}

/// Says of a copy that was just made that it is one of another.
pub(super) fn mark_backup(connection: &Connection) -> Result<(), Fault> {
    let (space, mut counts) = view::head_row(connection)?;
    let known = connection
        .prepare_cached("SELECT 1 FROM slot WHERE id = ?1")?
        .exists([Slot::Backup as i64])?;
    fill(connection, Slot::Backup, &[])?;
    counts.slots += u64::from(!known);
    write_counts(connection, &space, counts)
}

fn write_counts(connection: &Connection, space: &str, counts: Counts) -> Result<(), Fault> {
    let columns = counts.columns()?;
    let [slots, given, outbox, notices, evidence] = columns;
    connection
        .prepare_cached(
            "UPDATE copy SET slots = ?1, given = ?2, outbox = ?3, notices = ?4, evidence = ?5, crc = ?6
             WHERE one = 1",
        )?
        .execute([slots, given, outbox, notices, evidence, sum(&columns, space.as_bytes())])?;
    Ok(())
}

fn append_notice(connection: &Connection, bytes: &[u8]) -> Result<(), Fault> {
    check_length(bytes.len(), 0, MAX_VALUE_BYTES, || "a notice".to_owned())?;
    let last: Option<i64> =
        connection.prepare_cached("SELECT max(id) FROM notice")?.query_row([], |row| row.get(0))?;
    let number = last.unwrap_or(0) + 1;
    connection
        .prepare_cached("INSERT INTO notice (id, crc, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![number, sum(&[number], bytes), bytes])?;
    Ok(())
}

fn put_hashes(
    connection: &Connection,
    table: &'static str,
    tile: u64,
    hashes: &[u8],
) -> Result<(), Fault> {
    let tile = integer(tile)?;
    connection
        .prepare_cached(&format!(
            "INSERT OR REPLACE INTO {table} (tile, crc, hashes) VALUES (?1, ?2, ?3)"
        ))?
        .execute(params![tile, sum(&[tile], hashes), hashes])?;
    Ok(())
}

fn check_hashes(hashes: &[u8], what: impl Fn() -> String) -> Result<(), Fault> {
    check_length(hashes.len(), HASH_BYTES, MAX_TILE_BYTES, &what)?;
    if hashes.len().is_multiple_of(HASH_BYTES) {
        return Ok(());
    }
    refuse(format!("{}: {} bytes are no whole hashes", what(), hashes.len()))
}

fn check_grown(kept: Option<&[u8]>, hashes: &[u8], what: impl Fn() -> String) -> Result<(), Fault> {
    if hashes.starts_with(kept.unwrap_or_default()) {
        return Ok(());
    }
    refuse(format!("{}: the new hashes do not begin with those that are kept", what()))
}
