//! Changing what was declared.

use deconflict_core::{
    Declaration, DeclarationContent, DeclarationId, Ending, Kind, OperationState, Say, Sharing,
};
use deconflict_words::{Reader, declaration_lines, share_words, short};

use super::sign::{declaration_named, holders, item_lines, known_parties, knows};
use crate::desk_client::{DeskSession, SigningArgs};
use crate::from_input::{FromFile, Item, OfOperation, OfZone};
use crate::meets::{is_told, meets};
use crate::options::preferred_language;
use crate::outcome::{CONFLICTS, Failure};

/// Shows the declaration as it stands, with what is about to be said of it, asks and signs.
fn change(
    text: &str,
    signing: &SigningArgs,
    what: &str,
    make: impl FnOnce(&Reader<'_>, DeclarationId, &Declaration) -> Result<(Vec<String>, Say), Failure>,
) -> Result<u8, Failure> {
    let mut at = signing.open()?;
    let lang = preferred_language(signing.lang.as_deref());
    let (id, declaration) = own(&at, text)?;
    let reader = at.reader(&lang);
    let (shown, say) = make(&reader, id, declaration)?;
    signing.sign(&mut at, what, &shown, &say)
}

/// A declaration of this party.
fn own<'a>(at: &'a DeskSession, text: &str) -> Result<(DeclarationId, &'a Declaration), Failure> {
    let (id, declaration) = declaration_named(at, text)?;
    if declaration.owner != *at.party() {
        return Err(format!(
            "declaration {}: it belongs to {}, who alone can change it",
            short(id),
            declaration.owner
        )
        .into());
    }
    Ok((id, declaration))
}

fn present(reader: &Reader<'_>, id: DeclarationId, declaration: &Declaration) -> Vec<String> {
    let mut lines = declaration_lines(reader, id, declaration);
    lines.push(String::new());
    lines
}

pub(super) fn share(text: &str, sharing: &Sharing, signing: &SigningArgs) -> Result<u8, Failure> {
    change(text, signing, "the change of sharing", |reader, id, declaration| {
        known_parties(reader.view, sharing)?;
        let declared = &declaration.declared;
        let mut shown = present(reader, id, declaration);
        shown.push(format!("Shared from now on with: {}", share_words(reader, sharing, declared)));
        shown.extend(holders(reader, declared, sharing));
        if *sharing == Sharing::ConflictOnly {
            shown.push("Who was given it keeps what it was given.".to_owned());
        }
        Ok((shown, Say::Share { declaration: id, sharing: sharing.clone() }))
    })
}

pub(super) fn end(text: &str, how: Ending, signing: &SigningArgs) -> Result<u8, Failure> {
    change(text, signing, "the end", |reader, id, declaration| {
        let site = declaration.declared.kind() == Kind::Site;
        if site != (how == Ending::Removed) {
            let remedy = if site {
                "a site is ended with --how removed: it neither takes place nor is called off"
            } else {
                "only a site is removed: say --how ended or cancelled"
            };
            return Err(format!("declaration {}: {remedy}", short(id)).into());
        }
        Ok((present(reader, id, declaration), Say::End { declaration: id, how }))
    })
}

pub(super) fn state(
    text: &str,
    state: OperationState,
    signing: &SigningArgs,
) -> Result<u8, Failure> {
    change(text, signing, "the state", |reader, id, declaration| {
        if declaration.operation_state().is_none() {
            let kind = declaration.declared.kind();
            return Err(
                format!("declaration {}: it is a {kind}, not an operation", short(id)).into()
            );
        }
        let mut shown = present(reader, id, declaration);
        shown.push(format!("Its state from now on: {state}"));
        Ok((shown, Say::SetState { operation: id, version: declaration.version, state }))
    })
}

pub(super) fn reconfirm(text: &str, signing: &SigningArgs) -> Result<u8, Failure> {
    change(text, signing, "the confirmation", |reader, id, declaration| {
        if declaration.declared.kind() != Kind::Site {
            let kind = declaration.declared.kind();
            return Err(format!("declaration {}: it is a {kind}, not a site", short(id)).into());
        }
        let shown = present(reader, id, declaration);
        Ok((shown, Say::Reconfirm { site: id, version: declaration.version }))
    })
}

pub(super) fn amend(
    text: &str,
    from: &FromFile,
    operation: &OfOperation,
    zone: &OfZone,
    signing: &SigningArgs,
) -> Result<u8, Failure> {
    let mut at = signing.open()?;
    let lang = preferred_language(signing.lang.as_deref());
    let (id, before) = own(&at, text)?;
    let items = match &*before.declared {
        DeclarationContent::Zone(present) => from.zones_after(zone, present)?,
        DeclarationContent::Operation(present) => from.operations_after(operation, present)?,
        DeclarationContent::Site(_) | DeclarationContent::Movement(_) => {
            vec![from.written_alone(before.declared.kind())?]
        }
    };
    let [item] = &items[..] else {
        return Err(format!(
            "the file has {} features: choose with --feature which of them the declaration becomes",
            items.len()
        )
        .into());
    };
    let reader = at.reader(&lang);
    let found = meets(at.view(), at.party(), &item.declared, Some(id));
    let told = is_told(&found);
    let mut shown =
        vec![format!("Version {} of {} is replaced by:", short(before.version), short(id))];
    shown.extend(item_lines(&reader, item, &before.sharing, &found));
    let Item { declared, .. } = item.clone();
    let say = Say::Amend {
        declaration: id,
        from: before.version,
        sharing: before.sharing.clone(),
        knows: knows(&at, &declared, &found),
        declared: Box::new(declared),
    };
    let status = signing.sign(&mut at, "the amendment", &shown, &say)?;
    Ok(if told { status.max(CONFLICTS) } else { status })
}
