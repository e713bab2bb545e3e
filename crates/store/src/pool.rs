//! Connections that only read, kept open between uses.

use std::cell::Cell;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::connection;
use crate::database::Options;
use crate::error::{Fault, StoreError};

/// Idle readers. When all are in use another is opened: no reader waits for one, and a thread
/// that holds one view may take a second.
#[derive(Debug)]
pub(crate) struct Pool {
    path: PathBuf,
    options: Options,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(crate) fn new(path: PathBuf, options: Options) -> Pool {
        Pool { path, options, idle: Mutex::new(Vec::new()) }
    }

    pub(crate) fn take(&self) -> Result<Reader<'_>, Fault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connection::reader(&self.path, &self.options)?,
        };
        Ok(Reader { pool: self, connection: Some(connection) })
    }
}

/// A reader's connection, given back when dropped unless it was spoilt.
#[derive(Debug)]
pub(crate) struct Reader<'p> {
    pool: &'p Pool,
    connection: Option<Connection>,
}

impl Reader<'_> {
    /// Closes the connection instead of giving it back.
    pub(crate) fn discard(mut self) {
        self.connection = None;
    }
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("only `discard` and `drop` take it, and both end the value")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.pool.options.idle_readers && connection.is_autocommit() {
            idle.push(connection);
        }
    }
}

/// What a reader sees at one instant: all reads agree, whatever is written meanwhile.
#[derive(Debug)]
pub(crate) struct Instant<'s> {
    reader: Option<Reader<'s>>,
    spoilt: Cell<bool>,
    path: &'s Path,
}

impl<'s> Instant<'s> {
    /// Begins with this read, which fixes the instant.
    pub(crate) fn begin<T>(
        reader: Reader<'s>,
        path: &'s Path,
        first: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<(Instant<'s>, T), Fault> {
        // The first SELECT of a deferred transaction fixes the instant.
        let begun = reader.execute_batch("BEGIN DEFERRED").map_err(Fault::from);
        match begun.and_then(|()| first(&reader)) {
            Ok(read) => {
                Ok((Instant { reader: Some(reader), spoilt: Cell::new(false), path }, read))
            }
            Err(fault) => {
                end(reader, fault.spoils_connection());
                Err(fault)
            }
        }
    }

    pub(crate) fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let reader = self.reader.as_ref().expect("only `drop` takes it, and ends the instant");
        work(reader).map_err(|fault| {
            self.spoilt.set(self.spoilt.get() || fault.spoils_connection());
            fault.at(self.path, doing)
        })
    }
}

impl Drop for Instant<'_> {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take() {
            end(reader, self.spoilt.get());
        }
    }
}

/// Ends the reader's transaction, and the reader too if it is spoilt.
fn end(reader: Reader<'_>, spoilt: bool) {
    if spoilt || reader.execute_batch("COMMIT").is_err() {
        reader.discard();
    }
}
