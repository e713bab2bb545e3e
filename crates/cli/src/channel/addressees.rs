//! To whom a message goes where nobody is named: whom its code names, as far as the desk sees that.

use std::collections::BTreeSet;

use deconflict_core::{ChannelFault, Dialogue, Ledger, MessageId, PartyId, Refusal};
use deconflict_record::Hash;
use deconflict_vocabulary::{Message, ParameterName, Traffic, Value};

/// Those to whom a message goes by its code.
///
/// # Errors
/// Why they cannot be told: then its sender names them, or may not send it.
pub(super) fn proposed(
    view: &Ledger,
    own: &PartyId,
    message: &Message,
    traffic: Traffic,
) -> Result<BTreeSet<PartyId>, String> {
    let fault = |fault: ChannelFault| {
        let why = crate::options::words().refusal(&Refusal::Channel { fault });
        format!("{}: {why}: nothing was signed", message.code)
    };
    let rule = view.addressees(own, message, traffic).map_err(fault)?;
    let to = rule.map(|rule| rule.parties).unwrap_or_default();
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

/// The message that another one speaks of, as the desk sees it.
pub(super) fn spoken_of<'a>(view: &'a Ledger, message: &Message) -> Option<&'a Dialogue> {
    match message.parameters.get(&ParameterName::new("message")?)? {
        Value::Reference(of) => {
            view.dialogues.get(&MessageId(Hash(of.0))).map(|dialogue| &**dialogue)
        }
        _ => None,
    }
}
