//! The files of a folder, read by all cores ahead of who judges their entries.
//!
//! What can be found of an entry without those before it is most of the work: its commitment, its forms,
//! its signatures. Each core reads every so many-th file and keeps what is large to itself; who judges takes
//! the files in their order. How far they read ahead is bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{PoisonError, RwLock};
use std::thread::Scope;

use deconflict_api::GivenEntry;
use deconflict_core::{Entry, Say, Time};
use deconflict_record::{Envelope, Hash, KeyId, VerifyingKey, commit};

use crate::audit::{exact, lines_of};
use crate::folder_form::ROWS_PER_FILE;
use crate::judge::{EntryFault, StatementHeader, matters, statement_of};
use crate::row::Row;
use crate::sealed_folder::SealedFolder;

/// How many files are read and not judged yet, over all readers.
const FILES_AHEAD: usize = 32;

/// An entry as it was given, and by which; without an opening it was erased.
pub(crate) struct ReadRow {
    pub(crate) cause: u64,
    pub(crate) index: u64,
    pub(crate) opened: Option<ReadContent>,
}

/// What opens a commitment, and what it is.
pub(crate) struct ReadContent {
    pub(crate) commitment: Hash,
    pub(crate) read: Result<UnjudgedEntry, EntryFault>,
}

/// An entry that was read, without what nobody needs any more.
pub(crate) struct UnjudgedEntry {
    pub(crate) at: Time,
    pub(crate) stated: Option<StatementHeader>,
    /// The envelope, unless all its signatures have been verified by the keys of their ids.
    pub(crate) unverified: Option<Box<Envelope>>,
    /// The whole of it, where it matters or is to be shown.
    pub(crate) entry: Option<Box<Entry>>,
}

/// A file's entries, or why it has none.
pub(crate) type FileRead = Result<Vec<Result<ReadRow, String>>, String>;

/// What readers share.
pub(crate) struct ReadAhead<'a> {
    folder: &'a SealedFolder,
    space: &'a str,
    /// The entries that the folder is there to show.
    shows: &'a BTreeSet<u64>,
    /// Keys that statements name, right or wrong. An id is the hash of its key: whoever finds a key under
    /// the id finds this one, and a signature that it verifies is verified.
    keys: RwLock<BTreeMap<KeyId, VerifyingKey>>,
}

impl<'a> ReadAhead<'a> {
    pub(crate) fn new(
        folder: &'a SealedFolder,
        space: &'a str,
        shows: &'a BTreeSet<u64>,
    ) -> ReadAhead<'a> {
        ReadAhead { folder, space, shows, keys: RwLock::default() }
    }

    /// Begins to read, with as many readers as there are cores. The first gives the first file and so on,
    /// in turns.
    pub(crate) fn start<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        files: &'scope [String],
    ) -> Vec<Receiver<FileRead>> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let readers = cores.min(files.len());
        let begin = |first: usize| {
            let (give, take) = sync_channel((FILES_AHEAD / readers).max(1));
            scope.spawn(move || self.in_turn(files.iter().skip(first).step_by(readers), &give));
            take
        };
        (0..readers).map(begin).collect()
    }

    fn in_turn<'f>(&self, files: impl Iterator<Item = &'f String>, give: &SyncSender<FileRead>) {
        for name in files {
            // Nobody takes it any more once something was found to be wrong.
            if give.send(self.file(name)).is_err() {
                return;
            }
        }
    }

    fn file(&self, name: &str) -> FileRead {
        let text = self.folder.text(name).map_err(|error| error.to_string())?;
        let lines = lines_of(name, &text)?;
        // What is read ahead is bounded by it.
        if lines.len() > ROWS_PER_FILE {
            return Err(format!(
                "{name}: {} lines: at most {ROWS_PER_FILE} stand in one",
                lines.len()
            ));
        }
        Ok(lines.into_iter().map(|line| self.line(name, line)).collect())
    }

    fn line(&self, name: &str, line: &str) -> Result<ReadRow, String> {
        let given: GivenEntry = exact(name, line)?;
        let row = Row::read(given).map_err(|error| format!("{name}: {error}"))?;
        Ok(self.row(&row))
    }

    /// What can be found of a row without those before it.
    pub(crate) fn row(&self, row: &Row) -> ReadRow {
        let opened = row.opening.as_ref().map(|opening| ReadContent {
            commitment: commit(&opening.salt, &opening.content),
            read: self.content(row.index, &opening.content),
        });
        ReadRow { cause: row.cause, index: row.index, opened }
    }

    fn content(&self, index: u64, bytes: &[u8]) -> Result<UnjudgedEntry, EntryFault> {
        let (content, stated) = StatementHeader::read(self.space, bytes)?;
        if let Some(statement) = statement_of(&content) {
            self.learn(&statement.say);
        }
        let unverified = content.envelope.filter(|envelope| !self.verifies(envelope));
        let at = content.entry.at;
        let kept = matters(&content.entry) || self.shows.contains(&index);
        let entry = kept.then(|| Box::new(content.entry));
        Ok(UnjudgedEntry { at, stated, unverified: unverified.map(Box::new), entry })
    }

    /// Notes the keys that a statement names.
    fn learn(&self, say: &Say) {
        let named = say.new_keys();
        if named.is_empty() {
            return;
        }
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.extend(named.into_iter().map(|key| (key.id(), key)));
    }

    /// Whether every signature is verified, by keys that are known already.
    fn verifies(&self, envelope: &Envelope) -> bool {
        let keys: Option<Vec<VerifyingKey>> = {
            let known = self.keys.read().unwrap_or_else(PoisonError::into_inner);
            envelope.claimed_signers().map(|id| known.get(&id).copied()).collect()
        };
        keys.is_some_and(|keys| envelope.verify(&keys).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::SaltedContent;
    use deconflict_record::{Header, SignedStatement, SigningKey, StatementId};

    const SPACE: &str = "host.example/x";

    fn envelope(key: &SigningKey, say: &str) -> String {
        let header = Header {
            space: SPACE.into(),
            party: "north".into(),
            key: key.verifying_key().id(),
            seq: 1,
            prev: None,
            seen: None,
            valid_until: None,
            clock_ahead_s: None,
            id: StatementId([7; 16]),
        };
        let statement = SignedStatement::sign(header, say, key).unwrap();
        String::from_utf8(statement.envelope().encode()).unwrap()
    }

    #[test]
    fn a_signature_is_verified_ahead_once_its_key_was_named_and_what_is_said_is_kept_where_it_matters()
     {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("SHA256SUMS"), "").unwrap();
        let (folder, shows) = (SealedFolder::open(dir.path()).unwrap(), BTreeSet::from([9]));
        let readers = ReadAhead::new(&folder, SPACE, &shows);
        let read = |index: u64, envelope: &str| {
            let content = format!(r#"{{"v":3,"at":"2026-11-22T12:00:00Z","accepted":{envelope}}}"#);
            let opening = Some(SaltedContent { salt: [0; 32], content: content.into_bytes() });
            readers.row(&Row { cause: index, index, opening }).opened.unwrap().read.unwrap()
        };
        let (root, duty) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
        let conflict = Hash([9; 32]);
        let noticed = envelope(&duty, &format!(r#"{{"noticed":{{"conflict":"{conflict}"}}}}"#));
        let owned = envelope(&duty, &format!(r#"{{"own":{{"conflict":"{conflict}"}}}}"#));
        assert!(read(1, &noticed).unverified.is_some(), "nobody has named its key");
        let key = duty.verifying_key();
        let enrol = format!(
            r#"{{"enrol":{{"operator":"duty","post":"Duty","operator_key":"{key}","role":"person"}}}}"#
        );
        let enrolled = read(2, &envelope(&root, &enrol));
        assert!(enrolled.unverified.is_some() && enrolled.entry.is_some());
        let ahead = read(3, &noticed);
        assert!(ahead.unverified.is_none() && ahead.entry.is_none());
        assert!(read(9, &noticed).entry.is_some(), "it is to be shown");
        let payload = |envelope: &str| envelope.split('"').nth(7).unwrap().to_owned();
        let forged = noticed.replace(&payload(&noticed), &payload(&owned));
        assert!(read(4, &forged).unverified.is_some());
    }
}
