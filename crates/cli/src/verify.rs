//! `deconflict verify`: what is proven, by whom, until when.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use deconflict_core::{Entry, Ledger, PartyId};
use deconflict_desk::{Desk, HttpLine, Keys, Line, Settings};
use deconflict_proof::{Exhibit, Report, ReportWords as _, Trust, verify};
use deconflict_record::{Cosignature, Hash, MAX_POLICY_BYTES, Policy, UtcSecond, Vkey};
use deconflict_words::{coding_json, printable};
use serde_json::{Value, json};

use crate::bar::Bar;
use crate::desk_client::{failure, now};
use crate::input::bytes_of;
use crate::options::{Answer, words};
use crate::outcome::{CONFLICTS, Failure, NONE, print, print_json, remark};
use crate::passphrase::unlock;
use crate::text::shown;

const HELP: &str = "\
Examples:
  deconflict verify evidence-4c1f8a02
  deconflict verify record --log \"deconflict.example/at-tanf+1a2b3c4d+AbC...\" --founding 9f3c...
      with what you know of the space from elsewhere, instead of what the folder says
  deconflict verify record --policy my.policy
      whose signatures you want a head to carry, whatever the charter asks for (C2SP tlog-policy)
  deconflict verify desk/caught.json
      the evidence that a desk kept when it caught its host
  deconflict verify https://host.example --key duty.key --party north
      reads the record as that party is given it, and checks it like a folder

Exit status: 0 sound or proven, 1 not sound, or shown and not proven by itself, 2 the check could not
be made, 3 the host was caught while it was read.";

/// Check a folder, a file of evidence, or a host, and say what is proven.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(crate) struct Verify {
    /// A folder of `deconflict evidence`, a desk's file of evidence, or a host's address
    #[arg(value_name = "DIR|FILE|URL")]
    what: String,
    /// The verifier key of the record's heads, if you know it; of a record that was moved, the key of
    /// its first host, and then those of the later ones
    #[arg(long, value_name = "VKEY")]
    log: Vec<String>,
    /// The hash of the statement that founded the space, if you know it
    #[arg(long, value_name = "HASH", value_parser = parse_hash)]
    founding: Option<Hash>,
    /// Whose signatures a head must carry: a file of C2SP's tlog-policy
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Of a host: the key file of an operator, to whose party the host shows its record
    #[arg(long, value_name = "FILE", env = "DECONFLICT_KEY", requires = "party")]
    key: Option<PathBuf>,
    /// Of a host: the operator's party
    #[arg(long, value_name = "PARTY")]
    party: Option<PartyId>,
    /// A file with the passphrase in its first line; else it is asked for at the terminal
    #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
    /// Of a host: the authorities that vouch for its certificate, in PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

fn parse_hash(text: &str) -> Result<Hash, String> {
    Hash::from_hex(text).map_err(|error| error.to_string())
}

/// Runs the command and returns the exit status.
pub(crate) fn run(verify: &Verify) -> Result<u8, Failure> {
    if verify.what.starts_with("https://") || verify.what.starts_with("http://") {
        return of_host(verify);
    }
    let path = Path::new(&verify.what);
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => {
            let report = checked(path, &trust(verify)?);
            told(verify, &report, &not_checked(&report, None))
        }
        Ok(_) => of_exhibit(verify, path),
        Err(error) => Err(format!("{}: cannot be read: {error}", shown(path)).into()),
    }
}

/// What the reader knows from elsewhere.
fn trust(verify: &Verify) -> Result<Trust, Failure> {
    let log = known_keys(verify)?.first().map(Vkey::to_string);
    let policy = verify.policy.as_deref().map(policy).transpose()?;
    Ok(Trust { log, founding: verify.founding, policy })
}

/// The keys of the record's hosts that the reader knows.
fn known_keys(verify: &Verify) -> Result<Vec<Vkey>, Failure> {
    verify.log.iter().map(|text| vkey(text)).collect()
}

fn vkey(text: &str) -> Result<Vkey, Failure> {
    Vkey::parse(text).map_err(|error| printable(&format!("--log: {error}")).into())
}

fn policy(path: &Path) -> Result<Policy, Failure> {
    let name = shown(path);
    let bytes = bytes_of(path)?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_POLICY_BYTES);
    let text = text.ok_or_else(|| {
        format!("{name}: not a policy: must be UTF-8 of at most {MAX_POLICY_BYTES} bytes")
    })?;
    Policy::parse(&text)
        .map_err(|error| format!("{name}: {}", printable(&error.to_string())).into())
}

/// Checks a folder with a bar on the terminal.
fn checked(dir: &Path, trust: &Trust) -> Report {
    let mut bar = Bar::new("checking");
    verify(dir, trust, &mut |done, of| bar.tell(done, of))
}

/// What this check leaves to others.
fn not_checked(report: &Report, host: Option<&PartyId>) -> Vec<String> {
    let known = &report.known;
    let mut open = Vec::new();
    let has_key = known.log.is_some() || known.policy.is_some();
    if !has_key {
        let whose = if host.is_some() { "the host's own word" } else { "the folder's own word" };
        open.push(format!(
            "the key of the log is {whose}: compare it with what a party tells you, or give --log"
        ));
    }
    if known.founding.is_none() && report.vouched.is_empty() {
        let what = if has_key {
            "that the record began with the parties that you mean"
        } else {
            "that this is the space that you mean"
        };
        open.push(format!(
            "{what}: compare the founding statement with what a party tells you, or give --founding"
        ));
    }
    if let (None, Some(party)) = (host, &report.party) {
        open.push(format!("whose desk wrote the folder: it says that {party}'s did"));
    }
    match host {
        Some(party) => open.push(format!("what was given to other parties than {party}")),
        None => open.push(
            "whether whoever made this left entries out: a later withdrawal, amendment, revocation or \
             change of the charter may stand in the record"
                .into(),
        ),
    }
    let clocks = match report.cosignatures.first() {
        Some(_) => "times of entries are its word; those of countersignatures are the witnesses'",
        None => "times of entries are its word",
    };
    open.push(format!(
        "whether the host withheld something, and whether its clock is right: {clocks}"
    ));
    open
}

fn told(verify: &Verify, report: &Report, open: &[String]) -> Result<u8, Failure> {
    match verify.output {
        Answer::Json => print_json(&report_json(report, open)),
        Answer::Text => print(|out| {
            let text = report.told_by(&words());
            text.lines().try_for_each(|line| writeln!(out, "{}", printable(line)))?;
            if !report.is_sound() {
                return writeln!(out, "Nothing of it is to be relied on.");
            }
            writeln!(out, "Not checked:")?;
            open.iter().try_for_each(|one| writeln!(out, "- {one}"))
        }),
    }?;
    Ok(if report.is_sound() { NONE } else { CONFLICTS })
}

fn report_json(report: &Report, open: &[String]) -> Value {
    let witnessed =
        |seen: &Cosignature| json!({"witness": seen.witness, "at": UtcSecond::new(seen.time_s)});
    let cosignatures: Vec<Value> = report.cosignatures.iter().map(witnessed).collect();
    let vouched: Vec<Value> = report.vouched.iter().map(witnessed).collect();
    let statements: serde_json::Map<String, Value> = report
        .statements
        .iter()
        .map(|(party, (accepted, refused))| {
            (party.to_string(), json!({"accepted": accepted, "refused": refused}))
        })
        .collect();
    let words = words();
    let in_words = |(index, entry): &(u64, Entry)| {
        let mut told = json!({"index": index, "text": words.entry(entry)});
        for (name, value) in coding_json(entry.coding(&Ledger::default()).as_ref()) {
            told[name] = value;
        }
        told
    };
    let shown: Vec<Value> = report.shown.iter().map(in_words).collect();
    let notes: Vec<String> = report.notes.iter().map(|note| note.told_by(&words)).collect();
    let promised: Vec<Value> = report
        .promised
        .iter()
        .map(|(statement, deadline)| json!({"statement": statement, "deadline": deadline}))
        .collect();
    json!({
        "sound": report.is_sound(),
        "faults": report.faults,
        "space": report.space,
        "log": report.log,
        "founding": report.founding,
        "head": report.head.map(|head| json!({"size": head.size, "root": head.root})),
        "cosignatures": cosignatures,
        "contradicting": report.contradicting.iter().map(|(seen, index, at)| json!({
            "witness": seen.witness, "at": UtcSecond::new(seen.time_s), "entry": index, "dated": at,
        })).collect::<Vec<_>>(),
        "existed": report.existed.as_ref().map(|by| json!({"at": by.at, "witnesses": by.by})),
        "fork": report.fork.map(|fork| json!({
            "quorum": fork.quorum, "witnesses": fork.witnesses, "signed_both": fork.both,
        })),
        "overruled": report.overruled,
        "quorum": report.quorum,
        "vouched": vouched,
        "opened": report.opened,
        "erased": report.erased,
        "statements": statements,
        "shown": shown,
        "promised": promised,
        "notes": notes,
        "not_checked": open,
    })
}

/// The evidence that a desk kept.
fn of_exhibit(verify: &Verify, path: &Path) -> Result<u8, Failure> {
    let name = shown(path);
    if verify.founding.is_some() || verify.policy.is_some() {
        return Err(format!(
            "{name}: a desk's file of evidence is checked by the key of the record alone: give --log, and \
             neither --founding nor --policy"
        )
        .into());
    }
    let exhibit = Exhibit::parse(&bytes_of(path)?).map_err(|why| {
        format!("{name}: not a desk's file of evidence: {}", printable(&why.to_string()))
    })?;
    let known = known_keys(verify)?;
    let (logs, open) = if known.is_empty() {
        let log = vkey(&exhibit.log)?;
        let open = format!(
            "the key of the log, {log}, is this file's own word: compare it with what a party tells you, \
             or give --log"
        );
        (vec![log], vec![open])
    } else {
        (known, Vec::new())
    };
    let shown = exhibit.verify_by(&logs.iter().collect::<Vec<_>>());
    let shown = shown.map(|shown| shown.to_string()).map_err(|error| error.to_string());
    let proven = shown.is_ok() && exhibit.stands_alone();
    match verify.output {
        Answer::Json => print_json(&json!({
            "sound": proven,
            "space": exhibit.space,
            "log": exhibit.log,
            "found_at": exhibit.at,
            "proven": shown.as_ref().ok().filter(|_| proven),
            "shown": shown.as_ref().ok().filter(|_| !proven),
            "fault": shown.as_ref().err(),
            "not_checked": open,
        })),
        Answer::Text => print(|out| {
            match &shown {
                Ok(words) => {
                    let space = printable(&exhibit.space);
                    writeln!(out, "Space {space}. A desk found at {}:", exhibit.at)?;
                    let how = if proven { "PROVEN" } else { "SHOWN, NOT PROVEN BY ITSELF" };
                    writeln!(out, "{how}: {}.", printable(words))?;
                }
                Err(why) => writeln!(out, "NOT PROVEN: {}.", printable(why))?,
            }
            open.iter().try_for_each(|one| writeln!(out, "Not checked: {one}."))
        }),
    }?;
    Ok(if proven { NONE } else { CONFLICTS })
}

/// Reads a host's record as a party is given it, into a desk for the time of the check.
fn of_host(verify: &Verify) -> Result<u8, Failure> {
    let (Some(key), Some(party)) = (&verify.key, &verify.party) else {
        return Err(format!(
            "{}: a host shows its record to its parties alone: give --key and --party; who is none of \
             them asks a party for a folder (`deconflict evidence`)",
            printable(&verify.what)
        )
        .into());
    };
    let key = unlock(key, verify.passphrase_file.as_deref(), "the operator's key")?;
    let folder = tempfile::tempdir().map_err(|error| format!("a temporary folder: {error}"))?;
    let (desk_dir, out) = (folder.path().join("desk"), folder.path().join("record"));
    let fail = |error| failure(&desk_dir, &error);
    let mut line = HttpLine::new(&verify.what, verify.ca.as_deref()).map_err(fail)?;
    let about = line.about().map_err(|error| printable(&error.to_string()))?;
    let log = match known_keys(verify)?.into_iter().next() {
        Some(log) => log,
        // A record that was moved is read from its first host on.
        None => Vkey::parse(about.began.as_ref().unwrap_or(&about.vkey))
            .map_err(|error| printable(&error.to_string()))?,
    };
    let settings = Settings {
        space: log.name().to_owned(),
        party: party.clone(),
        log,
        founding: verify.founding,
        witness: None,
    };
    let mut desk = Desk::create(&desk_dir, &settings).map_err(fail)?;
    let keys = Keys { session: &key, witness: None };
    // The first time it learns from the record who the witnesses are; only then can it read their lines
    // under the head.
    for _ in 0..2 {
        let mut bar = Bar::new("reading");
        let read = desk.sync_telling(&mut line, &keys, now(), &mut |done, of| bar.tell(done, of));
        drop(bar);
        if let Err(error) = read {
            return Err(kept(failure(&desk_dir, &error), &desk_dir, desk.caught()));
        }
    }
    desk.export(&out).map_err(fail)?;
    let report = checked(&out, &trust(verify)?);
    told(verify, &report, &not_checked(&report, Some(party)))
}

/// A failure whose evidence outlives the temporary folder: it is moved to where the command was run.
fn kept(failure: Failure, dir: &Path, caught: Option<&deconflict_desk::CaughtHost>) -> Failure {
    let Some(caught) = caught else { return failure };
    let kept = Path::new(&caught.evidence);
    let moved = if kept.exists() { None } else { fs::copy(dir.join(kept), kept).ok() };
    let place = match moved {
        Some(_) => {
            format!("the evidence is {}: check it with `deconflict verify`", caught.evidence)
        }
        None => {
            "the evidence could not be kept here: run this in a folder without such a file".into()
        }
    };
    remark(&printable(&caught.to_string()));
    Failure { status: failure.status, lines: vec![place] }
}
