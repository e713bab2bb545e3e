//! `deconflict conflicts`: what this party is told of conflicts and overlays, and what it says about them.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use comfy_table::Cell;
use deconflict_core::{Conflict, ConflictId, Joint, Overlay, OverlayId, Say};
use deconflict_words::{
    Reader, conflict_json, conflict_lines, conflict_row, overlay_json, overlay_lines, overlay_row,
    short,
};
use serde_json::{Value, json};

use crate::by_name::{find, one_of};
use crate::desk_client::{DeskSession, ReadArgs, SigningArgs};
use crate::options::{Answer, Color, preferred_language};
use crate::outcome::{CONFLICTS, Failure, NONE, print, print_json};
use crate::report::table::Look;

const HELP: &str = "\
Examples:
  deconflict conflicts
  deconflict conflicts list --all --output json
  deconflict conflicts show 5d20a7c1
  deconflict conflicts own 5d20a7c1
  deconflict conflicts contact 5d20a7c1 --means \"by telephone, 14:05\"
  deconflict conflicts accept 5d20a7c1 --reason \"Both are 300 m apart by radio.\"

An overlay is a zone over a site, or over a movement that it does not bind: nothing has to be settled,
and both owners are told. Who may not see the other side is told that something lies near.

Exit status of the list: 0 no conflict among what was declared, and no overlay; 1 open conflicts or
overlays, or not all is compared yet; 2 failure; 3 the host was caught.";

/// Read conflicts, take them on, and say what was done about them.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, after_help = HELP)]
pub(crate) struct Conflicts {
    #[command(subcommand)]
    command: Option<ConflictsCommand>,
    #[command(flatten)]
    list: List,
}

#[derive(Subcommand, Debug)]
enum ConflictsCommand {
    /// List the conflicts and overlays of this party; of the watch desk, all
    List(List),
    /// Show a conflict or an overlay: with whom, where, when, and whom to call
    Show {
        /// The conflict or overlay: its name, or the first digits of it
        id: String,
        #[command(flatten)]
        look: ReadArgs,
    },
    /// Take a conflict on
    Own {
        /// The conflict: its name, or the first digits of it
        id: String,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Say that a person of this party has read of a conflict
    Noticed {
        /// The conflict: its name, or the first digits of it
        id: String,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Say that the sides have spoken with each other
    Contact {
        /// The conflict: its name, or the first digits of it
        id: String,
        /// By what means, and when
        #[arg(long, value_name = "TEXT")]
        means: String,
        #[command(flatten)]
        signing: SigningArgs,
    },
    /// Accept the risk; it counts as accepted when both sides have
    Accept {
        /// The conflict: its name, or the first digits of it
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        signing: SigningArgs,
    },
}

#[derive(Args, Clone, Debug)]
struct List {
    /// Also conflicts and overlays that are over
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    look: ReadArgs,
}

/// Runs the command and returns the exit status.
pub(crate) fn run(conflicts: &Conflicts) -> Result<u8, Failure> {
    match &conflicts.command {
        None => list(&conflicts.list),
        Some(ConflictsCommand::List(of)) => list(of),
        Some(ConflictsCommand::Show { id, look }) => show(id, look),
        Some(ConflictsCommand::Own { id, signing }) => {
            tell(id, signing, "the taking on of the conflict", |conflict| Say::Own { conflict })
        }
        Some(ConflictsCommand::Noticed { id, signing }) => {
            tell(id, signing, "the notice of the conflict", |conflict| Say::Noticed { conflict })
        }
        Some(ConflictsCommand::Contact { id, means, signing }) => {
            let means = means.clone();
            tell(id, signing, "the contact of the sides", |conflict| Say::Contact {
                conflict,
                means,
            })
        }
        Some(ConflictsCommand::Accept { id, reason, signing }) => {
            let reason = reason.clone();
            tell(id, signing, "the acceptance of the risk", |conflict| Say::AcceptRisk {
                conflict,
                reason,
            })
        }
    }
}

fn list(of: &List) -> Result<u8, Failure> {
    let at = of.look.open()?;
    let lang = preferred_language(of.look.lang.as_deref());
    let reader = at.reader(&lang);
    let all = at.view().conflicts.iter();
    let mut found: Vec<_> = all.filter(|(_, c)| of.all || c.closed.is_none()).collect();
    // What begins first is to be settled first.
    found.sort_by_key(|(id, c)| (c.closed.is_some(), c.extent.from, **id));
    let all = at.view().overlays.iter();
    let mut laid: Vec<_> = all.filter(|(_, o)| of.all || o.closed.is_none()).collect();
    laid.sort_by_key(|(id, o)| (o.closed.is_some(), o.extent.from, **id));
    let open = found.iter().any(|(_, conflict)| conflict.closed.is_none())
        || laid.iter().any(|(_, overlay)| overlay.closed.is_none());
    let comparing = at.view().comparing;
    match of.look.output {
        Answer::Json => {
            let conflicts = found.iter().map(|(id, c)| conflict_json(&reader, **id, c));
            let conflicts: Vec<Value> = conflicts.collect();
            let overlays = laid.iter().map(|(id, o)| overlay_json(&reader, **id, o));
            let overlays: Vec<Value> = overlays.collect();
            print_json(&json!({
                "conflicts": conflicts, "overlays": overlays, "comparing": comparing,
            }))
        }
        Answer::Text => print(|out| {
            if comparing {
                writeln!(out, "{}", reader.language.still_comparing())?;
            }
            if found.is_empty() && laid.is_empty() {
                if comparing {
                    return Ok(());
                }
                return writeln!(out, "{}", reader.language.no_conflict());
            }
            if !found.is_empty() {
                let header = ["Id", "Code", "Between", "When (UTC)", "Countdown", "State", "Owner"];
                let mut table = Look::of(Color::Auto).table(&header);
                for (id, conflict) in &found {
                    table.add_row(conflict_row(&reader, **id, conflict).map(Cell::new));
                }
                table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
            }
            if !laid.is_empty() {
                if !found.is_empty() {
                    writeln!(out)?;
                }
                overlay_table(out, &reader, &laid)?;
            }
            writeln!(
                out,
                "\n`deconflict conflicts show ID` says where, and whom to call. What nobody declared is \
                 not in this list."
            )
        }),
    }?;
    Ok(if open || comparing { CONFLICTS } else { NONE })
}

/// What both owners are told, and nothing has to be settled of, as its own kind.
fn overlay_table(
    out: &mut dyn Write,
    reader: &Reader<'_>,
    laid: &[(&OverlayId, &Joint<Overlay>)],
) -> io::Result<()> {
    let mut table =
        Look::of(Color::Auto).table(&["Overlay", "Told", "When (UTC)", "Countdown", "Call"]);
    for (id, overlay) in laid {
        table.add_row(overlay_row(reader, **id, overlay).map(Cell::new));
    }
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

fn show(id: &str, look: &ReadArgs) -> Result<u8, Failure> {
    let at = look.open()?;
    let lang = preferred_language(look.lang.as_deref());
    let reader = at.reader(&lang);
    let overlay = find("conflict", id, at.view().overlays.keys().copied())?;
    let conflict = find("conflict", id, at.view().conflicts.keys().copied())?;
    if let (Some(overlay), Some(conflict)) = (overlay, conflict) {
        return Err(format!(
            "conflict {id}: a conflict and an overlay begin so ({}…, {}…): give more digits",
            short(conflict),
            short(overlay)
        )
        .into());
    }
    let (json, lines) = match overlay {
        Some(id) => {
            let overlay = &at.view().overlays[&id];
            (overlay_json(&reader, id, overlay), overlay_lines(&reader, id, overlay))
        }
        None => {
            let (id, conflict) = conflict_named(&at, id)?;
            (conflict_json(&reader, id, conflict), conflict_lines(&reader, id, conflict))
        }
    };
    match look.output {
        Answer::Json => print_json(&json),
        Answer::Text => print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}"))),
    }?;
    Ok(NONE)
}

/// Shows a conflict, asks, and says something about it.
fn tell(
    id: &str,
    signing: &SigningArgs,
    what: &str,
    make: impl FnOnce(ConflictId) -> Say,
) -> Result<u8, Failure> {
    let mut at = signing.open()?;
    let (id, conflict) = conflict_named(&at, id)?;
    let lang = preferred_language(signing.lang.as_deref());
    let reader = at.reader(&lang);
    let mut shown = conflict_lines(&reader, id, conflict);
    shown.extend([String::new(), format!("About to be said: {what}.")]);
    signing.sign(&mut at, what, &shown, &make(id))
}

/// The conflict that a text names, if this desk was told of it.
pub(crate) fn conflict_named<'a>(
    at: &'a DeskSession,
    text: &str,
) -> Result<(ConflictId, &'a Conflict), Failure> {
    if let Some(overlay) = find("conflict", text, at.view().overlays.keys().copied())?
        && find("conflict", text, at.view().conflicts.keys().copied())?.is_none()
    {
        return Err(format!(
            "{} is an overlay, of which both owners are told: nothing has to be settled, so nobody takes it \
             on; `deconflict conflicts show {}` says whom to call",
            short(overlay),
            short(overlay)
        )
        .into());
    }
    let all = &at.view().conflicts;
    let remedy = "`deconflict conflicts --all` lists them";
    let id = one_of("conflict", text, all.keys().copied(), remedy)?;
    Ok((id, &all[&id]))
}
