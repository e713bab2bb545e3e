//! Setting a desk up.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use deconflict_core::PartyId;
use deconflict_desk::{Desk, HttpLine, KeyFile, Settings as Whose};
use deconflict_record::{Hash, KeyUse, Vkey};
use deconflict_words::printable;

use crate::desk_client::Settings;
use crate::outcome::{Failure, NONE, print, remark};
use crate::passphrase::of_key_file;
use crate::space::log_key;
use crate::text::shown;

pub(super) const HELP: &str = "\
Example:
  deconflict desk init desk --party power-1 --url https://host.example \\
      --log deconflict.example/at-tanf+8d1f...+AQp... --founding 5c0d... \\
      --key duty.key --witness power-1.example/desk --witness-key witness.key

The log's key and the founding statement's hash are what the host printed: have them from the other parties
too, by voice, before you rely on them. The desk believes nothing else that the host says.

Then the root enrols the duty officer's key (`deconflict party enrol`), and `deconflict desk run` reads on.";

#[derive(Args, Debug)]
pub(super) struct Init {
    /// The desk's folder, to be made
    dir: PathBuf,
    /// Whose desk it is
    #[arg(long, value_name = "PARTY")]
    party: PartyId,
    /// The verifier key of the record's heads; it names the space
    #[arg(long, value_name = "VKEY", value_parser = log_key)]
    log: Vkey,
    /// The space, to be compared with the verifier key's name
    #[arg(long, value_name = "NAME")]
    space: Option<String>,
    /// The hash of the founding statement
    #[arg(long, value_name = "HASH", value_parser = hash)]
    founding: Option<Hash>,
    /// The host's address
    #[arg(long, value_name = "URL")]
    url: String,
    /// The authorities that vouch for its certificate, in PEM, if not the machine's own
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The operator's key file
    #[arg(long, value_name = "FILE", env = "DECONFLICT_KEY")]
    key: PathBuf,
    /// In which name the desk countersigns heads, as the charter has it
    #[arg(long, value_name = "NAME", requires = "witness_key")]
    witness: Option<String>,
    /// The key file with which it does; its passphrase is the operator's
    #[arg(long, value_name = "FILE", requires = "witness")]
    witness_key: Option<PathBuf>,
}

pub(super) fn run(init: &Init) -> Result<u8, Failure> {
    let space = init.log.name().to_owned();
    if init.space.as_ref().is_some_and(|named| *named != space) {
        return Err(format!(
            "--space and --log name different spaces: the key's name is `{}`",
            printable(&space)
        )
        .into());
    }
    // All that can be wrong is found before anything is made.
    let key = whole(&init.key)?;
    KeyFile::read(&key).map_err(of_key_file)?;
    let witness_key = init.witness_key.as_deref().map(whole).transpose()?;
    if let (Some(name), Some(path)) = (&init.witness, &witness_key) {
        let public = KeyFile::read(path).map_err(of_key_file)?.public();
        Vkey::new(name, KeyUse::Witness, public).map_err(|error| format!("--witness: {error}"))?;
    }
    let ca = init.ca.as_deref().map(whole).transpose()?;
    let fault = |error: deconflict_desk::DeskError| Failure::from(printable(&error.to_string()));
    HttpLine::new(&init.url, ca.as_deref()).map_err(fault)?;
    let whose = Whose {
        space,
        party: init.party.clone(),
        log: init.log.clone(),
        founding: init.founding,
        witness: init.witness.clone(),
    };
    Desk::create(&init.dir, &whose).map_err(fault)?;
    Settings { v: 1, url: init.url.clone(), ca, key, witness_key, each_reads_back: false }
        .write(&init.dir)?;
    let dir = shown(&init.dir);
    print(|out| {
        writeln!(out, "{dir}: the desk of {} in {}", init.party, printable(&whose.space))?;
        if init.founding.is_none() {
            writeln!(
                out,
                "Without --founding it believes whatever charter the host shows it first: compare \
                 what `deconflict space show` prints with the other parties."
            )?;
        }
        Ok(())
    })?;
    Ok(NONE)
}

/// Has the desk read from another address from now on.
pub(super) fn address(dir: &Path, url: &str, ca: Option<&Path>) -> Result<u8, Failure> {
    let ca = ca.map(whole).transpose()?;
    HttpLine::new(url, ca.as_deref()).map_err(|error| printable(&error.to_string()))?;
    let settings = Settings { url: url.to_owned(), ca, ..Settings::read(dir)? };
    settings.write(dir)?;
    #[cfg(unix)]
    if matches!(deconflict_desk::AgentClient::find(dir), Ok(Some(_))) {
        remark("`deconflict desk run` goes on with the address before: end it, and run it again");
    }
    let (dir, url) = (shown(dir), printable(url));
    print(|out| writeln!(out, "{dir}: reads from {url} from now on"))?;
    Ok(NONE)
}

/// Has each person at this desk read back himself what says that somebody is being hit, or no longer.
pub(super) fn each_reads_back(dir: &Path, asks: bool) -> Result<u8, Failure> {
    Settings { each_reads_back: asks, ..Settings::read(dir)? }.write(dir)?;
    let dir = shown(dir);
    print(|out| match asks {
        true => writeln!(out, "{dir}: each person on duty reads P6 and W9 back from now on"),
        false => writeln!(out, "{dir}: one person who reads P6 and W9 back is enough from now on"),
    })?;
    Ok(NONE)
}

fn hash(text: &str) -> Result<Hash, String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    Hash::from_hex(&digits).map_err(|_| "must be 64 hexadecimal digits".to_owned())
}

/// A path that holds wherever the desk is used from.
fn whole(path: &Path) -> Result<PathBuf, Failure> {
    fs::canonicalize(path)
        .map_err(|error| Failure::from(format!("{}: cannot be read: {error}", shown(path))))
}
