//! A party's keys and its introduction.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use deconflict_core::{GroupId, Member, PartyId};
use deconflict_desk::{KeyFile, make_private};

use crate::key::{commitment, seed};
use crate::outcome::{Failure, NONE, print};
use crate::output::write_whole;
use crate::passphrase::{Guard, chosen, of_key_file};
use crate::space::{in_language, texts};
use crate::text::shown;

pub(super) const HELP: &str = "\
Example:
  deconflict party new power-1 --id power-1 --name 'en=Power One' --contact 'hotline +1 555 0100'

The folder then holds:
  root.key       enrols and revokes operators: keep it offline
  next-root.key  takes the root's place one day: keep it apart from the root
  duty.key       the duty officer's
  member.json    the introduction, for whoever drafts the charter

All three keys are locked by one passphrase of 12 characters or more; `deconflict key change` gives each its own.";

#[derive(Args, Debug)]
pub(super) struct New {
    /// The folder to make
    dir: PathBuf,
    /// What the party is called in the space
    #[arg(long, value_name = "NAME")]
    id: PartyId,
    /// Its name in a language (may be repeated)
    #[arg(long, required = true, value_name = "LANG=TEXT", value_parser = in_language)]
    name: Vec<(String, String)>,
    /// How to reach its duty officer when the line is down (may be repeated)
    #[arg(long, required = true, value_name = "TEXT")]
    contact: Vec<String>,
    /// A group without a desk for whom it says that it speaks (may be repeated)
    #[arg(long, value_name = "GROUP")]
    speaks_for: Vec<GroupId>,
    /// A file with the passphrase in its first line; else it is asked for at the terminal
    #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
}

pub(super) fn run(new: &New) -> Result<u8, Failure> {
    let dir = shown(&new.dir);
    let fail = |fault: String| Failure::from(format!("{dir}: {fault}"));
    let name = texts(&new.name, "--name")?;
    make_private(&new.dir).map_err(|error| fail(format!("cannot be made: {error}")))?;
    let introduction = new.dir.join("member.json");
    if fs::symlink_metadata(&introduction).is_ok() {
        return Err(fail("holds a party already: choose another folder".into()));
    }
    let passphrase = chosen(new.passphrase_file.as_deref(), Guard::High)?;
    let make = |file: &str, guard: Guard| {
        let path = new.dir.join(file);
        KeyFile::create_with(&path, &*seed()?, &passphrase, guard.cost()).map_err(of_key_file)
    };
    let (root, next) = (make("root.key", Guard::High)?, make("next-root.key", Guard::High)?);
    let duty = make("duty.key", Guard::Usual)?;
    let member = Member {
        id: new.id.clone(),
        name,
        root: root.public(),
        next_root: commitment(&next.public()),
        contact: new.contact.clone(),
        speaks_for: new.speaks_for.iter().cloned().collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&member).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    write_whole(&introduction, &bytes)?;
    print(|out| {
        writeln!(out, "{dir}: the keys and the introduction of {}", new.id)?;
        writeln!(out, "  root {}, duty officer {}", root.key_id().short(), duty.key_id().short())
    })?;
    Ok(NONE)
}
