//! What this party may see of what was declared.

use clap::Args;
use comfy_table::Cell;
use deconflict_core::{Declaration, Kind, PartyId};
use deconflict_words::{
    conflict_json, conflict_line, declaration_json, declaration_lines, declaration_row,
    overlay_json, overlay_line,
};
use serde_json::{Value, json};

use super::sign::declaration_named;
use crate::desk_client::ReadArgs;
use crate::open_findings::OpenFindings;
use crate::options::{Answer, Color, preferred_language};
use crate::outcome::{CONFLICTS, Failure, NONE, print, print_json};
use crate::report::table::Look;

/// Which of what this party may see.
#[derive(Args, Clone, Debug)]
pub(crate) struct Filter {
    /// Only of this party
    #[arg(long, value_name = "PARTY")]
    pub(crate) party: Option<PartyId>,
    /// Also what has ended
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) look: ReadArgs,
}

/// Lists declarations, of one kind if it is given.
pub(crate) fn list(filter: &Filter, kind: Option<Kind>) -> Result<u8, Failure> {
    let at = filter.look.open()?;
    let lang = preferred_language(filter.look.lang.as_deref());
    let reader = at.reader(&lang);
    let wanted = |declaration: &Declaration| {
        kind.is_none_or(|kind| declaration.declared.kind() == kind)
            && filter.party.as_ref().is_none_or(|party| declaration.owner == *party)
            && (filter.all || declaration.ended.is_none())
    };
    let all = at.view().declarations.iter();
    let mut found: Vec<_> = all.filter(|(_, declaration)| wanted(declaration)).collect();
    found.sort_by_key(|(id, declaration)| (declaration.at, **id));
    match filter.look.output {
        Answer::Json => {
            let all: Vec<Value> =
                found.iter().map(|(id, d)| declaration_json(&reader, **id, d)).collect();
            print_json(&json!({ "declarations": all }))
        }
        Answer::Text => print(|out| {
            if found.is_empty() {
                return writeln!(
                    out,
                    "Nothing that this party may see is declared. What is not shared with it, and \
                     what nobody declared, is not in this list."
                );
            }
            let header = ["Id", "Kind", "Name", "Owner", "When (UTC)", "State"];
            let mut table = Look::of(Color::Auto).table(&header);
            for (id, declaration) in &found {
                table.add_row(declaration_row(&reader, **id, declaration).map(Cell::new));
            }
            table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
            writeln!(
                out,
                "\nWhat is not shared with {}, and what nobody declared, is not in this list.",
                at.party()
            )
        }),
    }?;
    Ok(NONE)
}

/// Shows one declaration, which must be of a kind if one is given.
pub(crate) fn show(text: &str, look: &ReadArgs, kind: Option<Kind>) -> Result<u8, Failure> {
    let at = look.open()?;
    let lang = preferred_language(look.lang.as_deref());
    let reader = at.reader(&lang);
    let (id, declaration) = declaration_named(&at, text)?;
    is_of(kind, text, declaration)?;
    let view = at.view();
    let OpenFindings { conflicts, overlays } = OpenFindings::of(view, id);
    match look.output {
        Answer::Json => {
            let mut told = declaration_json(&reader, id, declaration);
            let conflicts = conflicts.iter().map(|(id, c)| conflict_json(&reader, **id, c));
            told["conflicts"] = conflicts.collect();
            let overlays = overlays.iter().map(|(id, o)| overlay_json(&reader, **id, o));
            told["overlays"] = overlays.collect();
            told["comparing"] = json!(view.comparing);
            print_json(&told)
        }
        Answer::Text => print(|out| {
            let mut lines = declaration_lines(&reader, id, declaration);
            lines.push(String::new());
            for (id, conflict) in &conflicts {
                lines.push(format!("CONFLICT {}", conflict_line(&reader, **id, conflict)));
            }
            for (id, overlay) in &overlays {
                lines.push(format!("OVERLAY {}", overlay_line(&reader, **id, overlay)));
            }
            if view.comparing {
                lines.push(reader.language.still_comparing().to_owned());
            }
            if lines.last().is_some_and(String::is_empty) {
                lines.pop();
            }
            lines.iter().try_for_each(|line| writeln!(out, "{line}"))
        }),
    }?;
    let is_settled = conflicts.is_empty() && overlays.is_empty() && !view.comparing;
    Ok(if is_settled { NONE } else { CONFLICTS })
}

/// Whether a declaration is of the kind that is asked for.
pub(crate) fn is_of(
    kind: Option<Kind>,
    text: &str,
    declaration: &Declaration,
) -> Result<(), Failure> {
    match kind {
        Some(kind) if declaration.declared.kind() != kind => {
            let found = declaration.declared.kind();
            Err(format!("declaration {text}: it is a {found}, not a {kind}").into())
        }
        _ => Ok(()),
    }
}
