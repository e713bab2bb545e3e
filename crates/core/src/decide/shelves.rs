//! Whether the sound of something may be shelved.

use deconflict_vocabulary::Value;

use super::{Author, Verdict};
use crate::channel::{Dialogue, hash};
use crate::ledger::{LONGEST_SHELF_S, MOST_SHELVES, ShelfObject};
use crate::names::{DeclarationId, MessageId};
use crate::refusal::{Quantity, Referent, Refusal};
use crate::say::Statement;
use crate::state::State;
use crate::time::Time;

impl State {
    pub(super) fn shelve(
        &self,
        statement: &Statement,
        author: &Author<'_>,
        of: ShelfObject,
        until: Time,
        now: Time,
    ) -> Verdict {
        match of {
            ShelfObject::Message(id) => self.message_may_be_shelved(author, id),
            ShelfObject::Declaration(id) => self.declaration_may_be_shelved(author, id),
            ShelfObject::Conflict(id) => self.as_told(author, &id).map(drop),
        }?;
        if until <= now || until > now.after_seconds(LONGEST_SHELF_S) {
            return Err(Refusal::ShelfEnd { most_s: LONGEST_SHELF_S });
        }
        let post = |key| self.ledger().keys.get(key).and_then(|key| key.operator.as_ref());
        let operator = post(&statement.key).map(|operator| &operator.id);
        let lasting = self.ledger().lasting_shelves(author.party, now);
        let lasting = lasting.filter(|(whose, _)| Some(*whose) == operator).count();
        let own = self.ledger().shelves_of(author.party, now);
        let mut own = own.filter(|(whose, _)| Some(*whose) == operator);
        // It sounds again before it is shelved again.
        if let Some((_, shelf)) = own.find(|(_, shelf)| shelf.of == of) {
            return Err(Refusal::ShelvedAlready { until: shelf.until });
        }
        if lasting >= MOST_SHELVES {
            return Err(Refusal::Limit { of: Quantity::Shelves, most: MOST_SHELVES });
        }
        Ok(Vec::new())
    }

    /// A message that its party sent or was sent, or that the watch desk reads.
    fn message_may_be_shelved(&self, author: &Author<'_>, id: MessageId) -> Result<(), Refusal> {
        let ledger = self.ledger();
        let watches = ledger.host() == Some(author.party) && ledger.escalated.contains(&id);
        let known = ledger.dialogues.get(&id);
        if !known.is_some_and(|dialogue| watches || dialogue.concerns(author.party)) {
            return Err(Refusal::Unknown { what: Referent::Message(id) });
        }
        if ledger.is_of_incident(id) { Err(Refusal::NeverShelved {}) } else { Ok(()) }
    }

    /// A declaration that its party sees, and that no message to or from it says is being hit.
    fn declaration_may_be_shelved(
        &self,
        author: &Author<'_>,
        id: DeclarationId,
    ) -> Result<(), Refusal> {
        let ledger = self.ledger();
        let known = ledger.declarations.get(&id);
        if !known.is_some_and(|declaration| ledger.sees(author.party, declaration)) {
            return Err(Refusal::Unknown { what: Referent::Declaration(id) });
        }
        let is_there = |place: &Value| matches!(place, Value::Reference(of) if hash(of) == id.0);
        let hits = |dialogue: &Dialogue| {
            dialogue.concerns(author.party) && dialogue.open_place().is_some_and(is_there)
        };
        let mut open = ledger.incidents.iter().filter_map(|id| ledger.dialogues.get(id));
        if open.any(|dialogue| hits(dialogue)) { Err(Refusal::NeverShelved {}) } else { Ok(()) }
    }
}
