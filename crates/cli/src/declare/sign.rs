//! Showing what is about to be signed, asking, signing, and telling what became of it.

use std::collections::BTreeSet;

use deconflict_core::{
    Declaration, DeclarationContent, DeclarationId, Kind, Knowledge, Ledger, PartyId, Say, Sharing,
    Version,
};
use deconflict_words::{Reader, aligned, declared_lines, share_words};
use serde_json::{Value, json};

use crate::ask::confirm;
use crate::by_name::one_of;
use crate::desk_client::{DeskSession, FilingResult, SigningArgs};
use crate::from_input::Item;
use crate::meets::{Meets, is_told, meets, preview};
use crate::options::{Answer, preferred_language};
use crate::outcome::{CONFLICTS, Failure, NONE, print};

/// The declaration that a text names, if this desk sees it.
pub(crate) fn declaration_named<'a>(
    at: &'a DeskSession,
    text: &str,
) -> Result<(DeclarationId, &'a Declaration), Failure> {
    let all = &at.view().declarations;
    let remedy = "`deconflict declare list` lists what it sees";
    let id = one_of("declaration", text, all.keys().copied(), remedy)?;
    Ok((id, &all[&id]))
}

/// That whoever something is shared with takes or took part, as far as this desk has read.
pub(super) fn known_parties(view: &Ledger, sharing: &Sharing) -> Result<(), Failure> {
    let Sharing::Named(named) = sharing else { return Ok(()) };
    let unknown: Vec<&str> = named
        .iter()
        .filter(|party| !view.parties.contains_key(*party))
        .map(PartyId::as_str)
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(format!(
        "--share: this desk knows no party {}, and nothing was signed: `deconflict party list` lists \
         the parties; `all` and `nobody` are words of their own",
        unknown.join(", ")
    )
    .into())
}

/// Declares all of these.
pub(super) fn declare(
    items: &[Item],
    sharing: &Sharing,
    signing: &SigningArgs,
) -> Result<u8, Failure> {
    let mut at = signing.open()?;
    known_parties(at.view(), sharing)?;
    let lang = preferred_language(signing.lang.as_deref());
    let reader = at.reader(&lang);
    let (mut shown, mut says, mut told) = (Vec::new(), Vec::new(), false);
    for item in items {
        let found = meets(at.view(), at.party(), &item.declared, None);
        told |= is_told(&found);
        shown.extend(item_lines(&reader, item, sharing, &found));
        says.push(Say::Declare {
            declared: Box::new(item.declared.clone()),
            sharing: sharing.clone(),
            knows: knows(&at, &item.declared, &found),
        });
    }
    let question = match items.len() {
        1 => "Sign this?".to_owned(),
        n => format!("Sign these {n} declarations?"),
    };
    confirm(&shown, &question, signing.yes)?;
    let mut done = Vec::new();
    for (item, say) in items.iter().zip(&says) {
        match at.file(say, signing.validity.until_of(say, at.now())?) {
            Ok(said) => done.push((item, said)),
            Err(mut failure) => {
                results(&done, signing.output)?;
                let left = items.len() - done.len();
                failure.lines.push(format!("{left} of {} were not signed", items.len()));
                return Err(failure);
            }
        }
    }
    let status = results(&done, signing.output)?;
    Ok(if told { status.max(CONFLICTS) } else { status })
}

/// What is about to be declared, and who will hold it.
pub(super) fn item_lines(
    reader: &Reader<'_>,
    item: &Item,
    sharing: &Sharing,
    found: &[Meets<'_>],
) -> Vec<String> {
    let declared = &item.declared;
    let mut lines = vec![format!("{} {}", declared.kind(), reader.text(declared.name()))];
    let mut rows = declared_lines(reader, declared);
    rows.push(("shared with", share_words(reader, sharing, declared)));
    rows.extend(preview(reader, declared, found));
    lines.extend(aligned(&rows));
    lines.extend(holders(reader, declared, sharing));
    lines
}

/// Who will hold it, and that it cannot be taken back.
pub(super) fn holders(
    reader: &Reader<'_>,
    declared: &DeclarationContent,
    sharing: &Sharing,
) -> Vec<String> {
    let readers = reader.view.readers();
    let concerned = match declared {
        DeclarationContent::Zone(zone) => zone.concerns.clone(),
        _ => BTreeSet::new(),
    };
    let named: BTreeSet<PartyId> = match sharing {
        Sharing::Open => readers.clone(),
        Sharing::Named(parties) => parties.union(&concerned).cloned().collect(),
        Sharing::ConflictOnly | Sharing::Sealed => concerned,
    };
    let others: BTreeSet<&PartyId> = named.iter().filter(|party| *party != reader.party).collect();
    let host =
        reader.view.host().map_or("the host".to_owned(), |host| format!("the host of {host}"));
    let mut lines =
        vec![format!("  {host} keeps it in full, to compare it with what others declare.")];
    if others.is_empty() {
        lines.push("  No other party will hold it.".to_owned());
    } else {
        let later = match sharing {
            Sharing::Open => ", and every party that joins later",
            _ => "",
        };
        lines.push(format!(
            "  These parties will hold it: {}{later}. It cannot be taken back from them.",
            reader.parties(others)
        ));
    }
    lines.push(String::new());
    lines
}

/// What its author shows to have seen, where the rules ask for it.
pub(super) fn knows(
    at: &DeskSession,
    declared: &DeclarationContent,
    found: &[Meets<'_>],
) -> BTreeSet<Version> {
    let rules = at.view().charter.as_ref().map(|charter| &charter.rules);
    let asked = rules.is_some_and(|rules| rules.knowledge == Knowledge::Prove);
    if asked && declared.kind() == Kind::Operation {
        found.iter().map(|meets| meets.version).collect()
    } else {
        BTreeSet::new()
    }
}

fn results(done: &[(&Item, FilingResult)], output: Answer) -> Result<u8, Failure> {
    let status = done.iter().map(|(_, said)| said.status()).max().unwrap_or(NONE);
    match output {
        Answer::Text => print(|out| {
            for (item, said) in done {
                let what = match done.len() {
                    1 => format!("the {}", item.declared.kind()),
                    _ => item.from.clone(),
                };
                said.lines(&what).iter().try_for_each(|line| writeln!(out, "{line}"))?;
            }
            Ok(())
        }),
        Answer::Json => {
            let mut all = Vec::new();
            for (item, said) in done {
                let mut told = serde_json::to_value(said).map_err(|error| error.to_string())?;
                if let Value::Object(members) = &mut told {
                    members.insert("from".into(), json!(item.from));
                }
                all.push(told);
            }
            let text = serde_json::to_string_pretty(&json!({ "declared": all }));
            let text = text.map_err(|error| error.to_string())?;
            print(|out| writeln!(out, "{text}"))
        }
    }?;
    Ok(status)
}
