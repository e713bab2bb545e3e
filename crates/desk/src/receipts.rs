//! Which receipts are to be given: facts of this desk that no person has to say.

use std::collections::BTreeSet;

use deconflict_core::{Ledger, MessageId, ParticipationState, PartyId, Receipt, Role, Say, Time};
use deconflict_record::KeyId;

use crate::outbox::QueuedStatement;

/// The messages of which this receipt is to be given with this key, and since when each is what it is: those that went
/// to the party, were not taken back, and have no such receipt, neither in the record nor in what waits to be sent.
/// A correction that opens a dialogue anew asks for them anew. What waits and was refused, or came too late, is not
/// said again by itself: a person looks into it.
///
/// None where the key may not say them: it must be a person's or a machine's that the party enrolled.
///
/// ```
/// # use deconflict_core::{Ledger, Receipt};
/// # let (view, party) = (Ledger::default(), "north".parse().unwrap());
/// # let key = deconflict_record::SigningKey::from_seed(&[1; 32]).verifying_key().id();
/// let due = deconflict_desk::receipts_due(&view, (&party, &key), &[], Receipt::Delivered);
/// assert!(due.is_empty());
/// ```
pub fn receipts_due(
    view: &Ledger,
    (party, key): (&PartyId, &KeyId),
    queue: &[QueuedStatement],
    receipt: Receipt,
) -> Vec<(MessageId, Time)> {
    let mut due = unsaid(view, (party, key), receipt);
    if !due.is_empty() {
        let waiting: BTreeSet<MessageId> = queue
            .iter()
            .filter_map(receipt_of)
            .filter_map(|(message, said)| (said >= receipt).then_some(message))
            .collect();
        due.retain(|(id, _)| !waiting.contains(id));
    }
    due
}

/// The same, whatever waits to be sent.
pub(crate) fn unsaid(
    view: &Ledger,
    (party, key): (&PartyId, &KeyId),
    receipt: Receipt,
) -> Vec<(MessageId, Time)> {
    if view.dialogues.is_empty() || !may_say(view, party, key) {
        return Vec::new();
    }
    let mut due = Vec::new();
    for (id, dialogue) in &view.dialogues {
        let Some(exchange) = dialogue.exchanges.get(party) else { continue };
        let is_given = match receipt {
            Receipt::Delivered => exchange.delivered.is_some(),
            Receipt::Displayed => exchange.displayed.is_some(),
            Receipt::ReadBack => exchange.read_back.is_some(),
        };
        if !is_given && !dialogue.is_taken_back() {
            due.push((*id, dialogue.since));
        }
    }
    due
}

/// Whether a key may say what happened at a desk of the party.
fn may_say(view: &Ledger, party: &PartyId, key: &KeyId) -> bool {
    let is_own = view.keys.get(key).is_some_and(|known| {
        known.party == *party
            && known.revoked.is_none()
            && matches!(known.role(), Some(Role::Person | Role::Machine))
    });
    let joined = view.parties.get(party).map(|known| known.participation_state());
    is_own && joined == Some(ParticipationState::Joined)
}

/// The receipt that a statement of this desk says, if it says one: whoever says that it was on a screen says that the desk has
/// it. It reads the whole statement.
pub(crate) fn receipt_of(item: &QueuedStatement) -> Option<(MessageId, Receipt)> {
    match item.said().filter(|_| item.ours)? {
        Say::Receive { message, receipt, .. } => Some((message, receipt)),
        _ => None,
    }
}
