//! Where a desk stands.

use deconflict_desk::{Fate, LineState, WaitingErasures};
use deconflict_words::english::counted;
use deconflict_words::printable;
use serde_json::json;

use crate::desk_client::{DeskSession, clocks_apart};
use crate::options::{Answer, words};
use crate::outcome::{CAUGHT, CONFLICTS, Failure, NONE, print};

pub(super) fn run(at: &DeskSession, output: Answer) -> Result<u8, Failure> {
    // Asked for itself: it says where the disk fails on evidence.
    let desk = at.done(at.access.status())?;
    let (head, settings) = (desk.head, &desk.settings);
    let waiting = desk.queue.iter().filter(|q| matches!(q.fate, Fate::Waiting { .. })).count();
    let (queued, overdue) = (desk.queue.len(), &desk.overdue);
    let notices: Vec<String> = desk.notices.iter().map(|notice| words().notice(notice)).collect();
    let evidence = desk.caught.as_ref().map(|caught| at.dir().join(&caught.evidence));
    let open = at.view().conflicts.values().filter(|conflict| conflict.closed.is_none()).count();
    let overlays = at.view().overlays.values().filter(|overlay| overlay.closed.is_none()).count();
    let comparing = at.view().comparing;
    match output {
        Answer::Json => {
            let overdue: Vec<_> = overdue
                .iter()
                .map(|o| {
                    json!({
                        "statement": o.statement, "deadline": o.deadline,
                        "evidence": at.dir().join(&o.evidence),
                    })
                })
                .collect();
            let told = json!({
                "space": settings.space, "party": settings.party, "log": settings.log.to_string(),
                "founding": settings.founding, "witness": settings.witness,
                "url": at.settings.url, "head": head, "given": desk.given,
                "read_at": desk.read_at, "queued": queued, "waiting": waiting,
                "open_conflicts": open, "open_overlays": overlays, "comparing": comparing, "caught": desk.caught, "evidence": evidence,
                "overruled": desk.overruled, "is_uncompared_backup": desk.is_uncompared_backup,
                "overdue": overdue, "notices": notices, "line": desk.line,
                "store_fault": desk.store_fault, "erasing": desk.erasing,
                "host_waits": desk.host_waits, "clock_ahead_s": desk.clock_ahead_s,
            });
            print(|out| writeln!(out, "{told:#}"))
        }
        Answer::Text => print(|out| {
            writeln!(out, "desk       of {} in {}", settings.party, printable(&settings.space))?;
            writeln!(out, "host       {}", printable(&at.settings.url))?;
            writeln!(out, "head       {} entries, root {}", head.size, head.root)?;
            match desk.read_at {
                Some(at) => writeln!(out, "read       at {at}; {} entries were given", desk.given)?,
                None => writeln!(out, "read       nothing yet: `deconflict desk sync`")?,
            }
            match &desk.line {
                LineState::Unused => {}
                LineState::Up { since, streamed: true } => {
                    writeln!(out, "line       up since {since}, by the host's stream")?;
                }
                LineState::Up { since, streamed: false } => {
                    writeln!(out, "line       up since {since}, without a stream")?;
                }
                LineState::Busy { since, why } => {
                    writeln!(
                        out,
                        "line       up, and the host BUSY since {since}: {}",
                        printable(why)
                    )?;
                }
                LineState::Down { since, why } => {
                    writeln!(out, "line       DOWN since {since}: {}", printable(why))?;
                }
            }
            if let Some(ahead_s) = desk.clock_ahead_s {
                writeln!(out, "CLOCK      {}", clocks_apart(ahead_s))?;
            }
            if let Some(waits) = &desk.host_waits {
                let waits = words().host_waits(at.view(), waits);
                writeln!(
                    out,
                    "HOST       was started anew and takes nothing into the record yet: {waits}"
                )?;
            }
            if let Some(fault) = &desk.store_fault {
                writeln!(out, "STORE      nothing can be written: {}", printable(fault))?;
            }
            if let Some(name) = &settings.witness {
                writeln!(out, "witness    as {}", printable(name))?;
            }
            if desk.is_uncompared_backup {
                writeln!(
                    out,
                    "BACKUP     this desk was restored from one: it countersigns nothing until its head was \
                     compared with another witness's (`deconflict desk compare`)"
                )?;
            }
            let rest = if comparing { "; not all is compared yet" } else { "" };
            writeln!(out, "conflicts  {open} not ended{rest}")?;
            writeln!(out, "overlays   {overlays} not ended: zones over what they do not bind")?;
            writeln!(out, "queue      {queued}, {waiting} of them not sent")?;
            for line in erasing(&desk.erasing) {
                writeln!(out, "erasing    {line}")?;
            }
            for overdue in overdue {
                writeln!(
                    out,
                    "OVERDUE    statement {} was promised until {}: {}",
                    overdue.statement,
                    overdue.deadline,
                    at.dir().join(&overdue.evidence).display()
                )?;
            }
            for notice in &notices {
                writeln!(out, "NOTICE     {}", printable(notice))?;
            }
            for said in &desk.overruled {
                writeln!(out, "SET ASIDE  {}", printable(&said.to_string()))?;
            }
            if let (Some(caught), Some(evidence)) = (&desk.caught, &evidence) {
                writeln!(out, "CAUGHT     {}", printable(&caught.to_string()))?;
                writeln!(out, "evidence   {}", evidence.display())?;
            }
            Ok(())
        }),
    }?;
    Ok(match desk.caught {
        Some(_) => CAUGHT,
        None if open > 0 || overlays > 0 || comparing => CONFLICTS,
        None => NONE,
    })
}

/// What the record forgot and is still here, and what it waits for.
fn erasing(waiting: &WaitingErasures) -> Vec<String> {
    let mut lines = Vec::new();
    let entries = |count: u64| counted(count as usize, "entry", "entries");
    if let Some(others) = &waiting.of_others {
        let clocks = match waiting.quorum {
            0 => "this desk's clock; the charter has no quorum of witnesses whose clocks could say so too".to_owned(),
            quorum => {
                let witnesses = counted(quorum, "witness", "witnesses");
                let reached = waiting.reached.map_or_else(
                    || "too few have countersigned anything since".to_owned(),
                    |reached| format!("these have reached {reached}"),
                );
                format!("this desk's clock and those of {witnesses}; {reached}")
            }
        };
        lines.push(format!(
            "{} of others, forgotten by the record, go once {} is past, by {clocks}",
            entries(others.entries),
            others.last
        ));
    }
    if let Some(own) = &waiting.own {
        lines.push(format!(
            "{} of this party's own, forgotten by the record, stay until `deconflict desk erase-own`",
            entries(own.entries)
        ));
    }
    lines
}
