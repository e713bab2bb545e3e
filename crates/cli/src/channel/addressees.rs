//! To whom a message goes where nobody is named: whom its code names, as far as the desk sees that.

use std::collections::BTreeSet;

use deconflict_core::{
    Declaration, DeclarationContent, DeclarationId, Ledger, MessageId, ParticipationState, PartyId,
    Sharing,
};
use deconflict_record::Hash;
use deconflict_vocabulary::{Addressees, Message, ParameterName, Value};

/// Those to whom a message goes by its code.
///
/// # Errors
/// Why they cannot be told: then its sender names them.
pub(super) fn proposed(
    view: &Ledger,
    own: &PartyId,
    message: &Message,
) -> Result<BTreeSet<PartyId>, String> {
    let mut to = match message.code.row().addressees {
        Addressees::Owner => declared(view, message).map(|known| known.owner.clone()).collect(),
        Addressees::EveryHolder => holders(view, message),
        Addressees::EveryHolderAndOthersByCell => match declared(view, message).next() {
            Some(_) => holders(view, message),
            // Whose it is, nobody knows: all are to look.
            None => view.parties.keys().cloned().collect(),
        },
        Addressees::SpeakerForGroup => speakers(view, message),
        Addressees::AskerOfRelay => askers(view, own, message),
        Addressees::AuthorOfSubject => {
            spoken_of(view, message).map(|dialogue| dialogue.sender.clone()).into_iter().collect()
        }
        Addressees::AddresseesOfMessage => match spoken_of(view, message) {
            // It goes to all of them, also to whoever left meanwhile.
            Some(dialogue) => return Ok(dialogue.exchanges.keys().cloned().collect()),
            None => BTreeSet::new(),
        },
        Addressees::AsNamed
        | Addressees::PartyOrGroup
        | Addressees::BothSides
        | Addressees::ThoseWhoMayEnterFirst => BTreeSet::new(),
    };
    to.remove(own);
    to.retain(|party| {
        let known = view.parties.get(party).map(|known| known.participation_state());
        known.is_some_and(|state| state != ParticipationState::Withdrew)
    });
    if to.is_empty() {
        let others: Vec<&str> =
            view.parties.keys().filter(|party| *party != own).map(PartyId::as_str).collect();
        return Err(format!(
            "{}: to whom? Its code names nobody that this desk can tell: give --to with one or more of {}",
            message.code,
            others.join(", ")
        ));
    }
    Ok(to)
}

/// What is declared that a message names.
fn declared<'a>(view: &'a Ledger, message: &'a Message) -> impl Iterator<Item = &'a Declaration> {
    let references = message.parameters.values().filter_map(|value| match value {
        Value::Reference(of) => Some(DeclarationId(Hash(of.0))),
        _ => None,
    });
    references.filter_map(|id| view.declarations.get(&id)).map(|known| &**known)
}

/// The owners of what a message names, and those who may read it.
fn holders(view: &Ledger, message: &Message) -> BTreeSet<PartyId> {
    let mut all = BTreeSet::new();
    for known in declared(view, message) {
        all.insert(known.owner.clone());
        match &known.sharing {
            Sharing::Named(parties) => all.extend(parties.iter().cloned()),
            Sharing::Open => all.extend(view.parties.keys().cloned()),
            Sharing::ConflictOnly | Sharing::Sealed => {}
        }
        if let DeclarationContent::Zone(zone) = &*known.declared {
            all.extend(zone.concerns.iter().chain(&zone.binds).cloned());
        }
    }
    all
}

fn parameter<'m>(message: &'m Message, name: &str) -> Option<&'m Value> {
    message.parameters.get(&ParameterName::new(name)?)
}

/// The message that another one speaks of, as the desk sees it.
pub(super) fn spoken_of<'a>(
    view: &'a Ledger,
    message: &Message,
) -> Option<&'a deconflict_core::Dialogue> {
    match parameter(message, "message")? {
        Value::Reference(of) => {
            view.dialogues.get(&MessageId(Hash(of.0))).map(|dialogue| &**dialogue)
        }
        _ => None,
    }
}

/// Who says to speak for the group that a message names.
fn speakers(view: &Ledger, message: &Message) -> BTreeSet<PartyId> {
    let Some(Value::Name(group)) = parameter(message, "group") else { return BTreeSet::new() };
    let speaks = |party: &&PartyId| {
        view.parties[*party].member.speaks_for.iter().any(|of| of.as_str() == group)
    };
    view.parties.keys().filter(speaks).cloned().collect()
}

/// Who asked this party to pass the message on to the group; else whose message it is.
fn askers(view: &Ledger, own: &PartyId, message: &Message) -> BTreeSet<PartyId> {
    let asked = view.dialogues.values().filter(|dialogue| {
        let asks = dialogue.code().row().effect == deconflict_vocabulary::Effect::AsksRelay;
        let same = ["message", "group"]
            .iter()
            .all(|name| parameter(&dialogue.message, name) == parameter(message, name));
        asks && same && dialogue.exchanges.contains_key(own)
    });
    let all: BTreeSet<PartyId> = asked.map(|dialogue| dialogue.sender.clone()).collect();
    if all.is_empty() {
        spoken_of(view, message).map(|dialogue| dialogue.sender.clone()).into_iter().collect()
    } else {
        all
    }
}
