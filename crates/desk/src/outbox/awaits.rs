//! What is said about a message that does not stand in the record yet: it waits for that, and holds nothing else up.
//!
//! Two desks may have handed a message and its answer to each other as files. Whichever of them reaches the host first
//! sends the message before the answer: an answer to what does not stand would stand without effect.

use deconflict_api::FilingOutcome;
use deconflict_core::{MessageId, Say};
use deconflict_record::Hash;
use deconflict_vocabulary::{ParameterName, Value};

use super::{Fate, QueuedStatement, SendReport};
use crate::desk::Desk;

/// The message that is answered, confirmed or spoken of, if one is.
pub(crate) fn message_of(say: &Say) -> Option<MessageId> {
    match say {
        Say::Answer { message, .. }
        | Say::Receive { message, .. }
        | Say::Confirm { message, .. } => Some(*message),
        Say::Send { message, .. } => {
            match message.parameters.get(&ParameterName::new("message")?)? {
                Value::Reference(of) => Some(MessageId(Hash(of.0))),
                _ => None,
            }
        }
        _ => None,
    }
}

impl QueuedStatement {
    /// The message that it answers, confirms or speaks of. Until that stands in the record it is not sent.
    pub fn about(&self) -> Option<MessageId> {
        message_of(&self.said()?)
    }
}

impl Desk {
    /// Why the message that a statement of the queue is about does not come to stand, as far as this desk knows: what
    /// is said about it would wait for ever.
    pub(super) fn awaits_in_vain(
        &self,
        item: &QueuedStatement,
        sent: &SendReport,
    ) -> Option<String> {
        let about = item.about()?;
        if self.view().dialogues.contains_key(&about) {
            return None;
        }
        let without_effect = || "it stands in the record without effect".to_owned();
        let name = about.0.to_string();
        let waits = self.outbox.items().find(|item| item.statement == about.0);
        let why = match waits.map(|item| &item.fate) {
            Some(Fate::Refused { detail }) => detail.clone(),
            Some(Fate::TooLate { .. }) => "its time was over before it was sent".to_owned(),
            Some(Fate::Promised { outcome: FilingOutcome::Refused, .. }) => without_effect(),
            _ => {
                let is_it = |filed: &&deconflict_api::FilingAnswer| {
                    filed.statement == name && filed.outcome == FilingOutcome::Refused
                };
                sent.filed.iter().find(is_it).map(|_| without_effect())?
            }
        };
        Some(format!("it was not sent, since the message that it is about was not taken in: {why}"))
    }

    /// Whether a statement of the queue is not to be sent yet, or at all, for the message that it is about.
    pub(super) fn waits_for_its_message(&self, item: &QueuedStatement, sent: &SendReport) -> bool {
        self.awaited(item, sent).is_some() || self.awaits_in_vain(item, sent).is_some()
    }

    /// The message that a statement of the queue waits for: neither does it stand in the record, nor has the host
    /// promised that it does.
    pub(super) fn awaited(&self, item: &QueuedStatement, sent: &SendReport) -> Option<MessageId> {
        let about = item.about()?;
        let promised = |item: &QueuedStatement| {
            item.statement == about.0
                && matches!(item.fate, Fate::Promised { outcome: FilingOutcome::Accepted, .. })
        };
        let name = about.0.to_string();
        let stands = self.view().dialogues.contains_key(&about)
            || self.outbox.items().any(promised)
            || sent
                .filed
                .iter()
                .any(|filed| filed.statement == name && filed.outcome == FilingOutcome::Accepted);
        (!stands).then_some(about)
    }
}
