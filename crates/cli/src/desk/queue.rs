//! What was said at a desk and does not stand in the record yet.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use deconflict_api::{FilingOutcome, HostWait};
use deconflict_core::{Ledger, PartyId, Say};
use deconflict_desk::{Fate, QueuedStatement, StatementFate};
use deconflict_record::UtcSecond;
use deconflict_words::{printable, short};
use serde_json::{Value, json};

use crate::ask::confirm;
use crate::by_name::statement_named;
use crate::desk_client::{DeskArgs, DeskSession, FilingResult, SigningArgs, still_until};
use crate::options::{Answer, words};
use crate::outcome::{BAD_INPUT, CONFLICTS, Failure, NONE, print, print_json};

#[derive(Args, Debug)]
pub(super) struct Queue {
    #[command(subcommand)]
    command: Option<QueueCommand>,
    /// The desk's folder
    #[arg(
        long,
        value_name = "DIR",
        env = "DECONFLICT_DESK",
        default_value = "desk",
        global = true
    )]
    desk: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Answer::Text)]
    output: Answer,
}

#[derive(Subcommand, Debug)]
enum QueueCommand {
    /// Forget a statement that was not sent, or that the host will not have
    #[command(after_help = DISMISS_HELP)]
    Dismiss(Dismiss),
}

const DISMISS_HELP: &str = "\
Examples:
  deconflict desk queue dismiss 4be1c0ffee12
  deconflict desk queue dismiss 4be1c0ffee12 --only-here
  deconflict desk queue dismiss --carried-for north

Of what lapsed, or what the host did not take, somebody else may have the bytes. So its number is used for
nothing: a void statement with that number is signed and sent, and what is dismissed can never be taken in.
What was never sent is forgotten without one. What waits and went out in a file is forgotten with --only-here alone.";

#[derive(Args, Debug)]
struct Dismiss {
    /// Its name, or the first digits of it
    #[arg(required_unless_present = "carried_for")]
    statement: Option<String>,
    /// All that came in files of this party and was not sent: it is forgotten here alone
    #[arg(long, value_name = "PARTY", conflicts_with = "statement")]
    carried_for: Option<PartyId>,
    /// Forget it here alone: whoever has it can still have it taken in
    #[arg(long)]
    only_here: bool,
    /// The key file that it was signed with, if not the one that the desk was set up with
    #[arg(long, value_name = "FILE", env = "DECONFLICT_KEY")]
    key: Option<PathBuf>,
    /// A file with the passphrase in its first line; else it is asked for at the terminal
    #[arg(long, value_name = "FILE", env = "DECONFLICT_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
    /// Do not use the line: the void statement is kept, to be sent later
    #[arg(long)]
    offline: bool,
    /// Do not ask: sign what is shown
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(queue: &Queue) -> Result<u8, Failure> {
    if let Some(QueueCommand::Dismiss(which)) = &queue.command {
        return dismiss(&queue.desk, which, queue.output);
    }
    let at = DeskArgs::without_line(&queue.desk).open_even_caught()?;
    let items: Vec<&QueuedStatement> = at.status().queue.iter().collect();
    match queue.output {
        Answer::Json => {
            let items: Vec<Value> = items.iter().map(|item| of(item)).collect();
            let told = json!({ "queue": items });
            print(|out| writeln!(out, "{told:#}"))
        }
        Answer::Text if items.is_empty() => print(|out| {
            writeln!(out, "Nothing waits: all that was said here stands in the record.")
        }),
        Answer::Text => print(|out| {
            items.iter().try_for_each(|item| {
                let view = at.view();
                let whose = if item.ours { "" } else { " (carried for another party)" };
                let void = match item.said() {
                    Some(Say::Void { number }) => format!(" (number {number} of its key is void)"),
                    _ => String::new(),
                };
                writeln!(
                    out,
                    "{}{whose}{void}: {}",
                    item.statement,
                    printable(&in_words(view, item))
                )
            })
        }),
    }?;
    Ok(NONE)
}

/// Forgets a statement, and sees to it that nobody else can have it taken in.
fn dismiss(desk: &Path, which: &Dismiss, output: Answer) -> Result<u8, Failure> {
    let args = DeskArgs {
        desk: desk.to_path_buf(),
        key: which.key.clone(),
        passphrase_file: which.passphrase_file.clone(),
        offline: which.offline,
    };
    let mut at = args.open_even_caught()?;
    if let Some(party) = &which.carried_for {
        return dismiss_all(&mut at, party, which.yes, output);
    }
    let all = at.status().queue.iter().map(|item| item.statement);
    let statement = statement_named(which.statement.as_deref().unwrap_or_default(), all)?;
    let item = at.status().queue.iter().find(|item| item.statement == statement).cloned();
    let Some(item) = item else {
        return Err(format!("statement {statement}: it does not wait any more").into());
    };
    if let (Some(at), false) = (went_by_file(&item), which.only_here) {
        return Err(format!(
            "statement {statement}: it went out in a file at {at}, and whoever has that file can have it taken in: it \
             still waits here, and is sent. To forget it here all the same, give --only-here: then it can be taken in \
             until what its key says next takes its number"
        )
        .into());
    }
    let number = match which.only_here {
        true => None,
        false => at.done(at.access.number_to_void(&item))?,
    };
    let void = number.map(|number| make_void(&mut at, &item, number, which.yes)).transpose()?;
    let stands = match at.done(at.access.what_became(statement))? {
        StatementFate::InRecord { index, .. } => Some(index),
        _ => {
            let dismissed = at.access.dismiss(statement);
            at.done(dismissed)?;
            None
        }
    };
    match output {
        Answer::Json => print_json(&json!({
            "dismissed": statement, "number": item.number(), "void": void, "index": stands,
        })),
        Answer::Text => print(|out| match (stands, &void, number) {
            (Some(index), ..) => writeln!(
                out,
                "{statement}: it stands in the record after all, as entry {index}: its number is used, and \
                 nothing was made void"
            ),
            (None, Some(void), Some(number)) => {
                writeln!(
                    out,
                    "{statement}: forgotten; number {number} of its key is to be void, and then it can never \
                     be taken in"
                )?;
                let lines = void.lines("the void statement");
                lines.iter().try_for_each(|line| writeln!(out, "{line}"))
            }
            _ => writeln!(out, "{statement}: forgotten{}", who_had_it(&item)),
        }),
    }?;
    Ok(match (stands, void) {
        (None, Some(void)) => void.status(),
        _ => NONE,
    })
}

/// Forgets all that came in files of a party. Its author's desk has it still.
fn dismiss_all(
    at: &mut DeskSession,
    party: &PartyId,
    yes: bool,
    output: Answer,
) -> Result<u8, Failure> {
    let of = |item: &&QueuedStatement| {
        let waits = !matches!(item.fate, Fate::Promised { .. } | Fate::Waiting { tried: true });
        !item.ours && waits && item.author().as_deref() == Some(party.as_str())
    };
    let all: Vec<_> = at.status().queue.iter().filter(of).map(|item| item.statement).collect();
    let shown =
        format!("{} statements of {party} that came in files are forgotten here.", all.len());
    confirm(&[shown], "Forget them?", yes)?;
    for statement in &all {
        let dismissed = at.access.dismiss(*statement);
        at.done(dismissed)?;
    }
    match output {
        Answer::Json => print_json(&json!({ "dismissed": all })),
        Answer::Text => print(|out| {
            writeln!(
                out,
                "{} statements of {party}: forgotten here; its own desk has them",
                all.len()
            )
        }),
    }?;
    Ok(NONE)
}

/// Signs and files that a number of the key that signed this is void.
fn make_void(
    at: &mut DeskSession,
    item: &QueuedStatement,
    number: u64,
    yes: bool,
) -> Result<FilingResult, Failure> {
    let key = at.operator()?.verifying_key().id();
    match item.key() {
        Some(signer) if signer == key => {
            let shown = format!(
                "Number {number} of key {} is made void: statement {} can never be taken in then, and is \
                 forgotten here.",
                key.short(),
                item.statement
            );
            confirm(&[shown], "Sign this?", yes)?;
            at.file(&Say::Void { number }, None)
        }
        signer => Err(format!(
            "statement {} was signed with key {}, and this is key {}: its number is made void with that key: \
             give its file with --key, or forget the statement with --only-here",
            item.statement,
            signer.map_or_else(|| "?".to_owned(), |signer| signer.short()),
            key.short()
        )
        .into()),
    }
}

fn of(item: &QueuedStatement) -> Value {
    let (fate, detail) = match &item.fate {
        Fate::Waiting { .. } => ("waiting", None),
        Fate::Promised { .. } => ("promised", None),
        Fate::TooLate { .. } => ("too-late", None),
        Fate::Refused { detail } => ("refused", Some(detail)),
    };
    let deadline = match &item.fate {
        Fate::Promised { deadline, .. } => Some(deadline),
        _ => None,
    };
    let says = item.said().map(|say| say.rules().word);
    json!({
        "statement": item.statement, "ours": item.ours, "fate": fate, "detail": detail,
        "says": says, "number": item.number(),
        "deadline": deadline, "valid_until": item.valid_until(), "kept": item.kept,
    })
}

/// When a statement of this desk that waits unsent went out in a file: others may have it.
fn went_by_file(item: &QueuedStatement) -> Option<UtcSecond> {
    item.by_file.filter(|_| item.ours && matches!(item.fate, Fate::Waiting { tried: false }))
}

/// Whether others may have a statement that is forgotten here.
fn who_had_it(item: &QueuedStatement) -> &'static str {
    if item.ours && item.by_file.is_some() {
        return "; it went out in a file, and whoever has that can have it taken in until what its key says next takes \
                its number";
    }
    match &item.fate {
        Fate::Waiting { tried: false } => "; it was not sent, or the host did not know its key",
        Fate::TooLate { tried: false } => "; nobody else had it from this desk",
        Fate::TooLate { tried: true } | Fate::Waiting { tried: true } | Fate::Promised { .. } => {
            "; it was sent without an answer, and may stand in the record all the same"
        }
        Fate::Refused { .. } => {
            "; the host has it, and it can still appear in the record: what its key says next takes its place"
        }
    }
}

fn in_words(view: &Ledger, item: &QueuedStatement) -> String {
    if let Some(waits) = &item.kept {
        return kept_by_host(view, waits);
    }
    if let Some(anew) = item.stands_as {
        return format!(
            "the message that it is about was signed anew and stands in the record as {}: `deconflict answer {} --noted` \
             signs an answer to that one; dismiss it else",
            short(anew),
            short(anew)
        );
    }
    match &item.fate {
        Fate::Waiting { .. }
            if item.about().is_some_and(|about| !view.dialogues.contains_key(&about)) =>
        {
            let about = item.about().map(short).unwrap_or_default();
            format!("it waits for message {about}, which does not stand in the record yet")
        }
        Fate::Waiting { tried: false } => "not sent yet".to_owned(),
        Fate::Waiting { tried: true } => "sent without an answer; it is sent again".to_owned(),
        Fate::Promised { index, deadline, .. } => {
            format!("promised as entry {index} until {deadline}; not seen in the record yet")
        }
        Fate::TooLate { tried: false } => {
            "not sent: its time is over; sign it anew (`deconflict desk renew`) or dismiss it".to_owned()
        }
        Fate::TooLate { tried: true } => {
            "its time is over; it was sent once without an answer, and the record will tell; sign it anew \
             (`deconflict desk renew`) or dismiss it"
                .to_owned()
        }
        Fate::Refused { detail } => format!(
            "not taken, by the host's word alone: {detail}; it can still appear in the record, {}; what its key \
             says next takes its place",
            still_until(item.valid_until())
        ),
    }
}

/// What a statement is that the host keeps.
fn kept_by_host(view: &Ledger, waits: &HostWait) -> String {
    format!(
        "kept by the host, not in the record yet: {}; it is taken in by itself then",
        words().host_waits(view, waits)
    )
}

pub(super) const RENEW_HELP: &str = "\
Example:
  deconflict desk renew 4be1c0ffee12

For what was not sent in time, or not taken: it is signed anew with the same words, a new name and a new time. The
old one goes from the queue; the record will not take both.";

#[derive(Args, Debug)]
pub(super) struct Renew {
    /// Its name, or the first digits of it
    statement: String,
    #[command(flatten)]
    signing: SigningArgs,
}

/// Signs a statement anew whose time is over.
pub(super) fn renew(renew: &Renew) -> Result<u8, Failure> {
    let signing = &renew.signing;
    let mut at = signing.open()?;
    let all = at.status().queue.iter().map(|item| item.statement);
    let statement = statement_named(&renew.statement, all)?;
    let item = at.status().queue.iter().find(|item| item.statement == statement).cloned();
    let over = |item: &QueuedStatement| {
        item.ours && matches!(item.fate, Fate::TooLate { .. } | Fate::Refused { .. })
    };
    let Some(item) = item.filter(over) else {
        return Err(format!(
            "statement {statement} still waits, was promised, or is another party's: only what this desk said, \
             and was not sent in time or not taken, is signed anew"
        )
        .into());
    };
    let Some(say) = item.said() else {
        return Err(format!("statement {statement}: cannot be read: dismiss it").into());
    };
    let key = at.operator()?.verifying_key().id();
    if item.key() != Some(key) {
        return Err(format!(
            "statement {statement} was signed with another key than {}: give that key's file with --key",
            key.short()
        )
        .into());
    }
    confirm(&[format!("Statement {statement} is signed anew.")], "Sign this?", signing.yes)?;
    let filed = at.file(&say, signing.validity.until_of(&say, at.now())?)?;
    let dismissed = at.access.dismiss(statement);
    at.done(dismissed)?;
    filed.print("the statement", signing.output)
}

/// Sends what waits.
pub(super) fn send(desk: &DeskArgs, output: Answer) -> Result<u8, Failure> {
    let mut at = desk.open()?;
    let sent = match at.send()? {
        Ok(sent) => sent,
        Err(error) => {
            let waiting =
                at.status().queue.iter().filter(|q| matches!(q.fate, Fate::Waiting { .. })).count();
            return Err(printable(&format!("{error}; {waiting} wait still")).into());
        }
    };
    let refused = sent.filed.iter().filter(|filed| filed.outcome == FilingOutcome::Refused).count();
    match output {
        Answer::Json => {
            let held: Vec<_> =
                sent.held_up.iter().map(|(key, why)| json!({"key": key, "why": why})).collect();
            let kept: Vec<_> = sent
                .kept
                .iter()
                .map(|(one, waits)| json!({"statement": one, "waits": waits}))
                .collect();
            let awaiting: Vec<_> = sent
                .awaiting
                .iter()
                .map(|(one, message)| json!({"statement": one, "message": message}))
                .collect();
            let told = json!({
                "filed": sent.filed, "too_late": sent.too_late, "held_up": held,
                "kept": kept, "awaiting": awaiting,
            });
            print(|out| writeln!(out, "{told:#}"))
        }
        Answer::Text => print(|out| {
            for filed in &sent.filed {
                let conflicts = filed.conflicts.iter().flatten().map(String::as_str);
                let conflicts: Vec<&str> = conflicts.collect();
                let became = match (&filed.outcome, &filed.refusal) {
                    (FilingOutcome::Refused, Some(why)) => {
                        format!("REFUSED: {}", words().refusal(why))
                    }
                    (FilingOutcome::Refused, None) => "REFUSED".to_owned(),
                    (FilingOutcome::Accepted, _) if conflicts.is_empty() => "accepted".to_owned(),
                    (FilingOutcome::Accepted, _) => {
                        format!("accepted, CONFLICTS: {}", conflicts.join(", "))
                    }
                };
                let overlays: Vec<&str> =
                    filed.overlays.iter().flatten().map(String::as_str).collect();
                let became = match overlays.is_empty() {
                    true => became,
                    false => format!("{became}, OVERLAYS: {}", overlays.join(", ")),
                };
                let comparing = filed.comparing == Some(true);
                let rest = if comparing { ", STILL BEING COMPARED" } else { "" };
                writeln!(
                    out,
                    "{}: entry {}, {}{rest}",
                    filed.statement,
                    filed.index,
                    printable(&became)
                )?;
            }
            for (hash, waits) in &sent.kept {
                writeln!(out, "{hash}: {}", printable(&kept_by_host(at.view(), waits)))?;
            }
            for (hash, message) in &sent.awaiting {
                writeln!(
                    out,
                    "{hash}: WAITS for message {}, which does not stand in the record yet; it goes by itself then",
                    short(message)
                )?;
            }
            for hash in &sent.too_late {
                writeln!(
                    out,
                    "{hash}: NOT SENT: its time is over; `deconflict desk renew` signs it anew"
                )?;
            }
            for (key, why) in &sent.held_up {
                writeln!(out, "statements of key {} WAIT: {}", key.short(), printable(why))?;
            }
            let none = sent.filed.is_empty() && sent.too_late.is_empty();
            let waits = !sent.kept.is_empty() || !sent.awaiting.is_empty();
            if none && sent.held_up.is_empty() && !waits {
                writeln!(out, "Nothing waited.")?;
            }
            Ok(())
        }),
    }?;
    let waits = !sent.kept.is_empty() || !sent.awaiting.is_empty();
    Ok(if !sent.held_up.is_empty() || waits {
        BAD_INPUT
    } else if refused > 0 || !sent.too_late.is_empty() {
        CONFLICTS
    } else {
        NONE
    })
}
