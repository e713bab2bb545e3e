//! What this party may see of what was declared.

use clap::Args;
use comfy_table::Cell;
use deconflict_core::{Declaration, Kind, PartyId};
use deconflict_words::{declaration_json, declaration_lines, declaration_row};
use serde_json::{Value, json};

use super::sign::declaration_named;
use crate::desk_client::ReadArgs;
use crate::options::{Answer, Color, preferred_language};
use crate::outcome::{Failure, NONE, print, print_json};
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
    match look.output {
        Answer::Json => print_json(&declaration_json(&reader, id, declaration)),
        Answer::Text => print(|out| {
            let lines = declaration_lines(&reader, id, declaration);
            lines.iter().try_for_each(|line| writeln!(out, "{line}"))
        }),
    }?;
    Ok(NONE)
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
