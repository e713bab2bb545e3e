//! What was said at a desk and does not stand in the record yet.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use deconflict_api::{FilingOutcome, HostWait};
use deconflict_core::Ledger;
use deconflict_desk::{Fate, QueuedStatement};
use deconflict_words::printable;
use serde_json::{Value, json};

use crate::ask::confirm;
use crate::by_name::statement_named;
use crate::desk_client::{DeskArgs, SigningArgs, still_until};
use crate::options::{Answer, words};
use crate::outcome::{BAD_INPUT, CONFLICTS, Failure, NONE, print};

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
    Dismiss {
        /// Its name, or the first digits of it
        statement: String,
    },
}

pub(super) fn run(queue: &Queue) -> Result<u8, Failure> {
    let mut at = DeskArgs::without_line(&queue.desk).open_even_caught()?;
    if let Some(QueueCommand::Dismiss { statement }) = &queue.command {
        let statement =
            statement_named(statement, at.status().queue.iter().map(|item| item.statement))?;
        let mut queue = at.status().queue.iter();
        let fate = queue.find(|item| item.statement == statement).map(|item| item.fate.clone());
        let done = at.access.dismiss(statement);
        at.done(done)?;
        let of_others = fate.as_ref().map_or("", who_had_it);
        print(|out| writeln!(out, "{statement}: forgotten{of_others}"))?;
        return Ok(NONE);
    }
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
                writeln!(out, "{}{whose}: {}", item.statement, printable(&in_words(view, item)))
            })
        }),
    }?;
    Ok(NONE)
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
    json!({
        "statement": item.statement, "ours": item.ours, "fate": fate, "detail": detail,
        "deadline": deadline, "valid_until": item.valid_until(), "kept": item.kept,
    })
}

/// Whether others may have a statement that is forgotten here.
fn who_had_it(fate: &Fate) -> &'static str {
    match fate {
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
    match &item.fate {
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
    let filed = at.file(&say, signing.validity.until_of(&say)?)?;
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
            let told = json!({
                "filed": sent.filed, "too_late": sent.too_late, "held_up": held,
                "kept": kept,
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
                    (FilingOutcome::Accepted, _) if conflicts.is_empty() => {
                        let comparing = filed.comparing == Some(true);
                        let rest = if comparing { ", STILL BEING COMPARED" } else { "" };
                        format!("accepted{rest}")
                    }
                    (FilingOutcome::Accepted, _) => {
                        format!("accepted, CONFLICTS: {}", conflicts.join(", "))
                    }
                };
                writeln!(
                    out,
                    "{}: entry {}, {}",
                    filed.statement,
                    filed.index,
                    printable(&became)
                )?;
            }
            for (hash, waits) in &sent.kept {
                writeln!(out, "{hash}: {}", printable(&kept_by_host(at.view(), waits)))?;
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
            if none && sent.held_up.is_empty() && sent.kept.is_empty() {
                writeln!(out, "Nothing waited.")?;
            }
            Ok(())
        }),
    }?;
    Ok(if !sent.held_up.is_empty() || !sent.kept.is_empty() {
        BAD_INPUT
    } else if refused > 0 || !sent.too_late.is_empty() {
        CONFLICTS
    } else {
        NONE
    })
}
