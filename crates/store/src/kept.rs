//! Statements that wait to be taken in: what is written of them, and how it is read.

use rusqlite::{Connection, Transaction, params};

use crate::append::writer_of;
use crate::batch::{Epoch, KeptStatement, MAX_CONTENT_BYTES, check_length, check_name};
use crate::error::Fault;
use crate::view::{integer, natural};

/// Keeps statements, each with a number greater than all that are kept: of the first of them; `Err` within `Ok`: another
/// host may write now.
pub(crate) fn keep(
    transaction: &Transaction<'_>,
    (origin, epoch): (&str, Epoch),
    statements: &[(String, Vec<u8>)],
) -> Result<Result<u64, Epoch>, Fault> {
    let id = match writer_of(transaction, origin, epoch)? {
        Ok(id) => id,
        Err(other) => return Ok(Err(other)),
    };
    let last: Option<i64> = transaction
        .prepare_cached("SELECT max(number) FROM kept WHERE space = ?1")?
        .query_row([id], |row| row.get(0))?;
    let first = last.map_or(0, |last| last + 1);
    let mut insert = transaction.prepare_cached(
        "INSERT INTO kept (space, number, party, crc, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for ((party, bytes), number) in statements.iter().zip(first..) {
        check_name("the name of a party", party)?;
        check_length(bytes.len(), 1, MAX_CONTENT_BYTES, || "a statement to be kept".to_owned())?;
        insert.execute(params![id, number, party, sum(number, party, bytes), bytes])?;
    }
    count(transaction, id)?;
    Ok(Ok(natural(first)?))
}

/// Lets statements go that wait no longer.
pub(crate) fn let_go(transaction: &Transaction<'_>, id: i64, numbers: &[u64]) -> Result<(), Fault> {
    if numbers.is_empty() {
        return Ok(());
    }
    let mut delete =
        transaction.prepare_cached("DELETE FROM kept WHERE space = ?1 AND number = ?2")?;
    for number in numbers {
        delete.execute([id, integer(*number)?])?;
    }
    count(transaction, id)
}

fn count(transaction: &Transaction<'_>, id: i64) -> Result<(), Fault> {
    transaction
        .prepare_cached(
            "UPDATE space SET kept = (SELECT count(*) FROM kept WHERE space = ?1) WHERE id = ?1",
        )?
        .execute([id])?;
    Ok(())
}

/// What waits, in the order of its numbers.
pub(crate) fn all(connection: &Connection, id: i64) -> Result<Vec<KeptStatement>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT number, party, crc, bytes FROM kept WHERE space = ?1 ORDER BY number",
    )?;
    let mut rows = statement.query([id])?;
    let mut kept = Vec::new();
    while let Some(row) = rows.next()? {
        kept.push(checked(row.try_into()?)?);
    }
    let count: i64 = connection
        .prepare_cached("SELECT kept FROM space WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    if natural(count)? == kept.len() as u64 {
        return Ok(kept);
    }
    let fault = format!("{} kept statements are found, there must be {count}", kept.len());
    Err(Fault::Damaged(fault))
}

/// One of those that wait.
pub(crate) fn one(
    connection: &Connection,
    id: i64,
    number: u64,
) -> Result<Option<KeptStatement>, Fault> {
    let Ok(number) = integer(number) else { return Ok(None) };
    let mut statement = connection.prepare_cached(
        "SELECT number, party, crc, bytes FROM kept WHERE space = ?1 AND number = ?2",
    )?;
    let mut rows = statement.query([id, number])?;
    let row = rows.next()?.map(|row| row.try_into()).transpose()?;
    row.map(checked).transpose()
}

fn checked(
    (number, party, crc, bytes): (i64, String, i64, Vec<u8>),
) -> Result<KeptStatement, Fault> {
    if crc != sum(number, &party, &bytes) {
        return Err(Fault::Damaged(format!("kept statement {number}: wrong checksum")));
    }
    Ok(KeptStatement { number: natural(number)?, party, bytes })
}

/// The checksum of a row.
fn sum(number: i64, party: &str, bytes: &[u8]) -> i64 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(format!("{number} {party} ").as_bytes());
    hasher.update(bytes);
    i64::from(hasher.finalize())
}
