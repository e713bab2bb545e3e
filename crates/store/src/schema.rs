//! The tables, and how an older file becomes one of today.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::Fault;

/// "dcnf", in the header of every store, so that another program's database is not taken for one.
pub(crate) const APPLICATION_ID: i64 = 0x6463_6e66;

/// What brings a file from each version to the next; the first one begins with an empty file.
/// A step that was released is never changed: another is added.
pub(crate) const MIGRATIONS: &[&str] = &[include_str!("schema/v1.sql")];

/// What kind of file a connection found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A store, or an empty file that may become one, at this version of the schema (0: empty).
    Store(usize),
    /// A store of a later release than the given steps know.
    TooNew(i64),
    /// A database of another program.
    Foreign,
}

/// Says what kind of file this is. Changes nothing.
pub(crate) fn kind(connection: &Connection, steps: &[&str]) -> Result<Kind, Fault> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (application, usize::try_from(version)) {
        (0, Ok(0)) if tables == 0 => Kind::Store(0),
        (APPLICATION_ID, Ok(known)) if (1..=steps.len()).contains(&known) => Kind::Store(known),
        (APPLICATION_ID, Ok(later)) if later > steps.len() => Kind::TooNew(version),
        (APPLICATION_ID, _) => {
            return Err(Fault::Damaged(format!("schema version {version} never existed")));
        }
        _ => Kind::Foreign,
    })
}

/// Takes the steps that a file at version `from` lacks: all of them or, on an error, none.
pub(crate) fn migrate(
    connection: &mut Connection,
    from: usize,
    steps: &[&str],
) -> Result<(), Fault> {
    if from == steps.len() {
        return Ok(());
    }
    let newest = u32::try_from(steps.len()).expect("there are fewer steps than releases");
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in steps.iter().skip(from) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", newest)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version_1() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, 0, MIGRATIONS.get(..1).unwrap()).unwrap();
        connection
            .execute(
                "INSERT INTO space (origin, epoch, size, readers) VALUES ('somewhere', 3, 0, 0)",
                [],
            )
            .unwrap();
        connection
    }

    const NAMES: &str = "ALTER TABLE space ADD COLUMN name TEXT NOT NULL DEFAULT 'unnamed'";
    const NOTES: &str = "CREATE TABLE remark (text TEXT NOT NULL) STRICT";

    #[test]
    fn an_older_file_takes_the_steps_it_lacks_in_order_and_keeps_its_rows() {
        let steps = [MIGRATIONS[0], NAMES, NOTES];
        let mut connection = version_1();
        assert_eq!(kind(&connection, &steps).unwrap(), Kind::Store(1));
        migrate(&mut connection, 1, &steps).unwrap();
        assert_eq!(kind(&connection, &steps).unwrap(), Kind::Store(3));
        let row: (String, i64, String) = connection
            .query_row("SELECT origin, epoch, name FROM space", [], |row| row.try_into())
            .unwrap();
        assert_eq!(row, ("somewhere".into(), 3, "unnamed".into()));
    }

    #[test]
    fn a_step_that_fails_leaves_the_older_file_as_it_was() {
        let steps = [MIGRATIONS[0], NAMES, "CREATE TABLE space (nonsense TEXT) STRICT"];
        let mut connection = version_1();
        assert!(migrate(&mut connection, 1, &steps).is_err());
        assert_eq!(kind(&connection, &steps).unwrap(), Kind::Store(1));
        assert!(connection.prepare("SELECT name FROM space").is_err());
        assert!(connection.prepare("SELECT epoch FROM space").is_ok());
    }

    #[test]
    fn a_later_release_and_another_program_are_told_apart() {
        let mut connection = version_1();
        migrate(&mut connection, 1, &[MIGRATIONS[0], NAMES]).unwrap();
        assert_eq!(kind(&connection, &[MIGRATIONS[0]]).unwrap(), Kind::TooNew(2));
        let other = Connection::open_in_memory().unwrap();
        other.execute_batch("CREATE TABLE t (x)").unwrap();
        assert_eq!(kind(&other, MIGRATIONS).unwrap(), Kind::Foreign);
        other.execute_batch("DROP TABLE t").unwrap();
        assert_eq!(kind(&other, MIGRATIONS).unwrap(), Kind::Store(0));
        other.pragma_update(None, "user_version", 1).unwrap();
        assert_eq!(kind(&other, MIGRATIONS).unwrap(), Kind::Foreign);
    }
}
