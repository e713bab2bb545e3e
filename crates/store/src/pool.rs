//! Connections that only read, kept open between uses.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::connection;
use crate::error::Fault;
use crate::store::Options;

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
