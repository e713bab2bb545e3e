//! The tables, and how an older file becomes one of today.

use rusqlite::{Connection, TransactionBehavior};

use crate::database::Begin;
use crate::error::Fault;

/// The tables of one kind of store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema<'s> {
    /// What such a store is, as an error says it.
    pub(crate) what: &'static str,
    /// In the header of every such file, so that no other database is taken for one.
    application_id: i64,
    /// What brings a file from each version to the next; the first one begins with an empty file.
    /// A step that was released is never changed: another is added.
    pub(crate) steps: &'s [&'s str],
}

/// The store of a host: "dcnf".
pub(crate) const RECORD: Schema<'static> = Schema {
    what: "the record of a host",
    application_id: 0x6463_6e66,
    steps: &[include_str!("schema/v1.sql")],
};

/// The store of a desk: "dcnc".
pub(crate) const COPY: Schema<'static> = Schema {
    what: "a desk's copy of a record",
    application_id: 0x6463_6e63,
    steps: &[include_str!("schema/copy-v1.sql")],
};

/// What kind of file a connection found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A file without anything in it.
    Empty,
    /// A store at this version of the schema.
    Store(usize),
    /// A store of a later release than the given steps know.
    TooNew(i64),
    /// Another kind of store: what it is.
    Sibling(&'static str),
    /// A database of another program.
    Foreign,
}

/// Says what kind of file this is. Changes nothing.
pub(crate) fn kind(connection: &Connection, schema: &Schema<'_>) -> Result<Kind, Fault> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if (application, version, tables) == (0, 0, 0) {
        return Ok(Kind::Empty);
    }
    if application != schema.application_id {
        let sibling = [RECORD, COPY].into_iter().find(|other| other.application_id == application);
        return Ok(sibling.map_or(Kind::Foreign, |sibling| Kind::Sibling(sibling.what)));
    }
    match usize::try_from(version) {
        Ok(known) if (1..=schema.steps.len()).contains(&known) => Ok(Kind::Store(known)),
        Ok(later) if later > schema.steps.len() => Ok(Kind::TooNew(version)),
        _ => Err(Fault::Damaged(format!("schema version {version} never existed"))),
    }
}

/// Takes the steps that a file at version `from` lacks, then `begin`: all or, on an error, nothing.
pub(crate) fn migrate(
    connection: &mut Connection,
    from: usize,
    schema: &Schema<'_>,
    begin: Begin<'_>,
) -> Result<(), Fault> {
    if from == schema.steps.len() {
        return Ok(());
    }
    let newest = u32::try_from(schema.steps.len()).expect("there are fewer steps than releases");
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in schema.steps.iter().skip(from) {
        transaction.execute_batch(step)?;
    }
    begin(&transaction)?;
    transaction.pragma_update(None, "application_id", schema.application_id)?;
    transaction.pragma_update(None, "user_version", newest)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<'s>(steps: &'s [&'s str]) -> Schema<'s> {
        Schema { steps, ..RECORD }
    }

    fn version_1() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, 0, &with(&RECORD.steps[..1]), &|_| Ok(())).unwrap();
        connection
            .execute(
                "INSERT INTO space (origin, epoch, size, readers, kept) VALUES ('somewhere', 3, 0, 0, 0)",
                [],
            )
            .unwrap();
        connection
    }

    const NAMES: &str = "ALTER TABLE space ADD COLUMN name TEXT NOT NULL DEFAULT 'unnamed'";
    const NOTES: &str = "CREATE TABLE remark (text TEXT NOT NULL) STRICT";

    #[test]
    fn an_older_file_takes_the_steps_it_lacks_in_order_and_keeps_its_rows() {
        let steps = [RECORD.steps[0], NAMES, NOTES];
        let mut connection = version_1();
        assert_eq!(kind(&connection, &with(&steps)).unwrap(), Kind::Store(1));
        migrate(&mut connection, 1, &with(&steps), &|_| Ok(())).unwrap();
        assert_eq!(kind(&connection, &with(&steps)).unwrap(), Kind::Store(3));
        let row: (String, i64, String) = connection
            .query_row("SELECT origin, epoch, name FROM space", [], |row| row.try_into())
            .unwrap();
        assert_eq!(row, ("somewhere".into(), 3, "unnamed".into()));
    }

    #[test]
    fn a_step_that_fails_leaves_the_older_file_as_it_was() {
        let steps = [RECORD.steps[0], NAMES, "CREATE TABLE space (nonsense TEXT) STRICT"];
        let mut connection = version_1();
        assert!(migrate(&mut connection, 1, &with(&steps), &|_| Ok(())).is_err());
        assert_eq!(kind(&connection, &with(&steps)).unwrap(), Kind::Store(1));
        assert!(connection.prepare("SELECT name FROM space").is_err());
        assert!(connection.prepare("SELECT epoch FROM space").is_ok());
    }

    #[test]
    fn a_later_release_and_another_program_are_told_apart() {
        let mut connection = version_1();
        migrate(&mut connection, 1, &with(&[RECORD.steps[0], NAMES]), &|_| Ok(())).unwrap();
        assert_eq!(kind(&connection, &with(&RECORD.steps[..1])).unwrap(), Kind::TooNew(2));
        let other = Connection::open_in_memory().unwrap();
        other.execute_batch("CREATE TABLE t (x)").unwrap();
        assert_eq!(kind(&other, &RECORD).unwrap(), Kind::Foreign);
        other.execute_batch("DROP TABLE t").unwrap();
        assert_eq!(kind(&other, &RECORD).unwrap(), Kind::Empty);
        other.pragma_update(None, "user_version", 1).unwrap();
        assert_eq!(kind(&other, &RECORD).unwrap(), Kind::Foreign);
    }
}
