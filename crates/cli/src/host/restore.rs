//! A record that goes on in another folder: from a backup, or from a host that does not hand it over.

use std::fs;
use std::path::Path;

use deconflict_api::Content;
use deconflict_core::{Ledger, Say};
use deconflict_desk::{KeyFile, make_private};
use deconflict_host::{Move, Space, SpaceError, Timing, system_clock, system_entropy};
use deconflict_record::{SignedStatement, SigningKey, VerifyingKey, Vkey};
use deconflict_store::{Store, StoreError};
use deconflict_words::printable;

use super::folder::{STORE_FILE, Settings, cannot_read, finished, log_of, other_key, remove_store};
use crate::input::{MAX_SIGNED_BYTES, within};
use crate::options::words;
use crate::outcome::{Failure, NONE, print};
use crate::passphrase::of_key_file;
use crate::text::shown;

/// Entries that are read at once.
const PAGE: usize = 256;

/// Puts a backup in the place of a record that was lost.
pub(super) fn restore(dir: &Path, backup: &Path, log_key: &Path) -> Result<u8, Failure> {
    finished(dir)?;
    let key = KeyFile::read(log_key).map_err(of_key_file)?.public();
    let log_path = fs::canonicalize(log_key).map_err(|error| cannot_read(log_key, &error))?;
    let from = of_a_host(backup)?;
    let heads = from.spaces().map_err(fail)?;
    let [head] = &heads[..] else {
        let fault = format!("holds {} spaces, and a host keeps one", heads.len());
        return Err(format!("{}: {fault}", shown(backup)).into());
    };
    let space = head.origin.clone();
    signs(&from, &space, &key, log_key)?;
    make_private(dir).map_err(|error| format!("{}: cannot be made: {error}", shown(dir)))?;
    from.backup_to(&dir.join(STORE_FILE), |_| {}).map_err(fail)?;
    Settings { v: 1, space: space.clone(), log_key: log_path, unserved: false }.write(dir)?;
    let dir = shown(dir);
    print(|out| writeln!(out, "{dir}: {}, {} entries", printable(&space), head.size))?;
    Ok(NONE)
}

/// That the key in a file is one by which the record's heads are signed.
pub(super) fn signs(
    store: &Store,
    space: &str,
    key: &VerifyingKey,
    file: &Path,
) -> Result<(), Failure> {
    let known = keys_of(store, space)?;
    // A former host's may still be served, and says to whom the record has moved.
    if known.iter().any(|vkey| vkey.key() == key) {
        return Ok(());
    }
    let given = log_of(space, key)?;
    match known.last() {
        Some(last) => {
            Err(other_key(file, &given, &format!("the heads of this record are signed by {last}")))
        }
        None => Err(format!("space {}: it has no entries", printable(space)).into()),
    }
}

/// The keys of the record's hosts in their order, by the contents that are kept. What stands in them is
/// checked when the record is served.
fn keys_of(store: &Store, space: &str) -> Result<Vec<Vkey>, Failure> {
    let view = store.view(space).map_err(fail)?;
    let mut ledger = Ledger::default();
    while ledger.size < view.head().size {
        for entry in view.entries(ledger.size..view.head().size, PAGE).map_err(fail)? {
            let Some(opening) = &entry.opening else {
                ledger.skip(entry.index);
                continue;
            };
            let content = Content::decode(&opening.content).map_err(|error| {
                format!("entry {}: {}", entry.index, printable(&error.to_string()))
            })?;
            ledger.apply(entry.index, entry.index, &content.entry);
        }
    }
    ledger.hosts().map(|host| log_of(space, &host.key)).collect()
}

/// The store in a file, which must be a host's.
fn of_a_host(file: &Path) -> Result<Store, Failure> {
    Store::open(file).map_err(|error| match error {
        StoreError::OtherStore { .. } => format!(
            "{}: is the backup of a desk, which holds what one party was given: give that of the host",
            shown(file)
        )
        .into(),
        error => fail(error),
    })
}

/// Goes on from the head that the statement names, with a copy of the old host's record.
pub(super) fn take_over(
    dir: &Path,
    copy: &Path,
    (statement, head): (&Path, &Path),
    log_key: &Path,
    key: SigningKey,
) -> Result<u8, Failure> {
    let (statement, head) = (within(statement, MAX_SIGNED_BYTES)?, within(head, MAX_SIGNED_BYTES)?);
    moves_to(&statement, &key.verifying_key(), log_key)?;
    let log_key = fs::canonicalize(log_key).map_err(|error| cannot_read(log_key, &error))?;
    make_private(dir).map_err(|error| format!("{}: cannot be made: {error}", shown(dir)))?;
    let copy = of_a_host(copy)?;
    let store = Store::create(&dir.join(STORE_FILE)).map_err(fail)?;
    let moved = Move { statement: &statement, head: &head };
    let (entropy, now) = (system_entropy(), system_clock()());
    let taken = Space::take_over(&copy, store, moved, key, entropy, Timing::default(), now);
    let space = match taken {
        Ok(space) => space,
        Err(error) => {
            remove_store(dir);
            let told = match &error {
                SpaceError::MoveRefused(why) => {
                    let why = words().refusal(why);
                    format!("this host cannot go on with the record: {why}")
                }
                _ => error.to_string(),
            };
            return Err(printable(&told).into());
        }
    };
    let (origin, size) = (space.origin().to_owned(), space.published().tip().size);
    drop(space);
    Settings { v: 1, space: origin.clone(), log_key, unserved: false }.write(dir)?;
    let dir = shown(dir);
    print(|out| writeln!(out, "{dir}: {}, {size} entries", printable(&origin)))?;
    Ok(NONE)
}

/// That the key in a file is the one to which a statement moves the record, as far as the statement tells.
fn moves_to(statement: &[u8], key: &VerifyingKey, file: &Path) -> Result<(), Failure> {
    let named = SignedStatement::parse(statement).ok().and_then(|statement| {
        let Ok(Say::MoveHost { host, .. }) = serde_json::from_str(statement.claimed_say()) else {
            return None;
        };
        Some((statement.claimed_header().space.clone(), host.key))
    });
    match named {
        Some((space, named)) if named != *key => {
            let (given, named) = (log_of(&space, key)?, log_of(&space, &named)?);
            Err(other_key(file, &given, &format!("the statement moves the record to {named}")))
        }
        // What is no such statement is told with all that is wrong with it.
        _ => Ok(()),
    }
}

fn fail(error: StoreError) -> Failure {
    printable(&error.to_string()).into()
}
