//! `deconflict backup`: a copy of a host's or a desk's folder, made while it is in use.

use std::path::{Path, PathBuf};

use clap::Args;
use deconflict_store::{CopyStore, Options, Store, StoreError};
use deconflict_words::printable;
use serde_json::json;

use crate::host;
use crate::options::Answer;
use crate::outcome::{Failure, NONE, print};
use crate::text::shown;

const DESK_STORE: &str = "desk.sqlite";

pub(crate) const HELP: &str = "\
Examples:
  deconflict backup host backups/2026-11-22.sqlite
  deconflict backup desk desk-2026-11-22.sqlite

Neither a running host nor a running desk waits for it. Keep key files and their passphrases elsewhere: they
are not in it. Keep with a witness's key file what stands beside it under the same name and `.countersigned`.

A desk's backup is marked as one: opened as a desk it countersigns nothing before its head was compared with
another witness's, since its key may have countersigned more than the backup holds.

`deconflict host restore` puts a host's backup in place. It lacks whatever was appended after it, and others
hold the host to that: it signs nothing before it has recovered the rest from its witnesses and desks. A backup also keeps what is erased
later: destroy it when the retention of the space's rules asks for it.";

/// Copy a host's or a desk's record, while it is in use.
#[derive(Args, Debug)]
pub(crate) struct Backup {
    /// The host's or the desk's folder
    dir: PathBuf,
    /// The file to write; one that stands there is not overwritten
    file: PathBuf,
    /// How to print what was copied
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(backup: &Backup) -> Result<u8, Failure> {
    let candidates = [(host::STORE_FILE, true), (DESK_STORE, false)];
    let found = candidates.iter().find(|(name, _)| backup.dir.join(name).is_file());
    let Some((name, of_host)) = found else {
        return Err(format!(
            "{}: neither a host's nor a desk's folder: it has no {} and no {DESK_STORE}",
            shown(&backup.dir),
            host::STORE_FILE
        )
        .into());
    };
    let from = backup.dir.join(name);
    let copied = if *of_host {
        copy_of_host(&from, &backup.file)
    } else {
        copy_of_desk(&from, &backup.file).map(|copied| vec![copied])
    };
    let spaces = copied.map_err(|error| printable(&error.to_string()))?;
    let signed = if *of_host { signed_sizes(&backup.file, &spaces)? } else { Vec::new() };
    // A desk's entries are those that its party was given.
    let what = if *of_host { "entries" } else { "entries that the party was given" };
    match backup.output {
        Answer::Json => {
            let spaces: Vec<_> = spaces
                .iter()
                .map(|(space, entries)| json!({"space": space, "entries": entries}))
                .collect();
            let told = json!({"file": backup.file, "spaces": spaces, "signed": signed});
            print(|out| writeln!(out, "{told:#}"))
        }
        Answer::Text => print(|out| {
            for (space, entries) in &spaces {
                let (file, space) = (shown(&backup.file), printable(space));
                writeln!(out, "{file}: {space}, {entries} {what}")?;
            }
            for size in &signed {
                writeln!(out, "Its last signed head has {size} entries.")?;
            }
            if *of_host {
                writeln!(
                    out,
                    "Restored, it is a fork until the host has recovered what came later from its \
                     witnesses and desks."
                )?;
            }
            Ok(())
        }),
    }?;
    Ok(NONE)
}

/// How many entries the last signed heads in a copy cover.
fn signed_sizes(copy: &Path, spaces: &[(String, u64)]) -> Result<Vec<u64>, Failure> {
    let fail = |error: StoreError| Failure::from(printable(&error.to_string()));
    let mut sizes = Vec::new();
    {
        let store = Store::open(copy).map_err(fail)?;
        for (space, _) in spaces {
            let view = store.view(space).map_err(fail)?;
            sizes.extend(view.latest_checkpoint().map_err(fail)?.map(|signed| signed.size));
        }
    }
    let mut lock = copy.as_os_str().to_owned();
    lock.push("-lock");
    // An empty file beside the copy would do no harm, and is of no use.
    let _ = std::fs::remove_file(lock);
    Ok(sizes)
}

/// Copies a host's store, whether another process has it open or none: its spaces, and how many entries each has.
fn copy_of_host(from: &Path, to: &Path) -> Result<Vec<(String, u64)>, StoreError> {
    let heads = match Store::open(from) {
        Ok(store) => store.backup_to(to, |_| {}),
        Err(StoreError::Held { .. }) => Store::backup_of(from, to, |_| {}),
        Err(error) => Err(error),
    };
    Ok(heads?.into_iter().map(|head| (head.origin, head.size)).collect())
}

/// The same of a desk's: how many entries its party was given.
fn copy_of_desk(from: &Path, to: &Path) -> Result<(String, u64), StoreError> {
    match CopyStore::open(from, &Options::default()) {
        Ok(store) => store.backup_to(to, |_| {}),
        Err(StoreError::Held { .. }) => CopyStore::backup_of(from, to, |_| {}),
        Err(error) => Err(error),
    }
}
