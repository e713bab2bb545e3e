//! What is said in the channel, as it stands in the record.

use std::collections::BTreeSet;

use deconflict_core::{MessageId, MessageRemark, PartyId, Receipt};
use deconflict_vocabulary::{Answer, LanguageTag, Message, Traffic};

use super::dialogue::parameters;
use super::states::traffic as traffic_words;
use crate::escape::quoted;
use crate::reader::{Reader, short};

/// A message by its name, and by what it says where the reader has it.
pub(super) fn named(reader: &Reader<'_>, id: MessageId) -> String {
    match reader.view.dialogues.get(&id) {
        Some(known) => {
            format!("message {} ({} of {})", short(id), known.code(), known.sender)
        }
        None => format!("message {}", short(id)),
    }
}

/// That a message is sent, with its parameters and whether it is meant.
pub(super) fn sends(
    reader: &Reader<'_>,
    message: &Message,
    (to, traffic, remark): (&BTreeSet<PartyId>, Traffic, Option<&MessageRemark>),
) -> String {
    let (row, tongue) = (message.code.row(), reader.tongue());
    let said = parameters(&tongue.message(message, reader));
    let remark = remark.map(|remark| match remark {
        MessageRemark::Open(prose) => {
            format!(" Remark ({}): {}", prose.language, quoted(&prose.text))
        }
        MessageRemark::Sealed(sealed) => {
            format!(" A sealed remark, committed to as {}", sealed.commitment)
        }
    });
    format!(
        "sends {} {} to {}, {}: {said}{}",
        row.id,
        row.title,
        reader.parties(to),
        traffic_words(reader, traffic),
        remark.unwrap_or_default()
    )
}

/// That a message is answered. Of one that the reader has not, no more is said than which answer it is.
pub(super) fn answers(reader: &Reader<'_>, id: MessageId, answer: &Answer) -> String {
    let name = answer.answer.as_str();
    let said = match reader.view.dialogues.get(&id) {
        Some(known) => parameters(&reader.tongue().answer(answer, &known.message, reader)),
        None => String::new(),
    };
    let said = if said.is_empty() { said } else { format!(". {said}") };
    format!("answers {}: {name}{said}", named(reader, id))
}

/// That what was promised to a message is done.
pub(super) fn confirms(reader: &Reader<'_>, id: MessageId, party: &PartyId) -> String {
    format!("confirms that {party} has done what it promised to {}", named(reader, id))
}

/// What has happened to a message.
pub(super) fn receives(
    reader: &Reader<'_>,
    id: MessageId,
    (receipt, shown_in): (Receipt, Option<&LanguageTag>),
) -> String {
    let what = match receipt {
        Receipt::Delivered => "its desk has it",
        Receipt::Displayed => "it was on a screen",
        Receipt::ReadBack => "a person has read it back",
    };
    let shown_in = shown_in.map(|tag| format!(", shown in `{tag}`")).unwrap_or_default();
    format!("says of {}: {what}{shown_in}; that is no answer", named(reader, id))
}
