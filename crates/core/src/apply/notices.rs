//! What the host tells by cells that a place is being hit.

use deconflict_vocabulary::Value;

use super::Effects;
use crate::channel::{CellNotice, Dialogue, Sending, hash};
use crate::entry::Finding;
use crate::ledger::{Disclosure, Ledger, Precision};
use crate::names::{DeclarationId, MessageId};
use crate::time::Time;

impl Ledger {
    pub(super) fn tell_by_cell(
        &mut self,
        (index, cause): (u64, u64),
        at: Time,
        finding: &Finding,
    ) -> Effects {
        let mut effects = Effects::default();
        let Finding::CellNotice { notice, of, party, sender, said, traffic, passed_on, cells } =
            finding
        else {
            return effects;
        };
        effects.readers.extend([party.clone(), sender.clone()]);
        let sending = Sending {
            message: (**said).clone(),
            traffic: *traffic,
            sender: sender.clone(),
            to: vec![party.clone()],
            remark: None,
            valid_until: None,
            spoken_of: None,
        };
        let Ok(mut dialogue) = Dialogue::begin(sending, &self.limits_at(index), at) else {
            return effects;
        };
        dialogue.passed_on = *passed_on;
        dialogue.by_cell = Some(Box::new(CellNotice { of: *of, cells: cells.clone() }));
        dialogue.entries.push(index);
        self.begin_dialogue(*notice, dialogue, &mut effects);
        // The party was told of the place, on the grid, unless it knows the place itself.
        let followed = self.dialogues.get(of);
        let place = followed.filter(|of| of.message != **said).and_then(|of| of.open_place());
        if let Some(Value::Reference(place)) = place {
            let id = DeclarationId(hash(place));
            let given = Disclosure {
                party: party.clone(),
                precision: Precision::Grid,
                cause,
                consent: None,
            };
            self.record(id, given);
            effects.changed.extend(self.declarations.get(&id).and_then(|told| told.changed(id)));
        }
        effects
    }

    pub(super) fn end_by_cell(&mut self, index: u64, at: Time, notice: MessageId) -> Effects {
        let mut effects = Effects::default();
        self.change_dialogue(notice, &mut effects, |dialogue| {
            if dialogue.is_new(index) && dialogue.end_incident(at) {
                dialogue.entries.push(index);
            }
        });
        if let Some(dialogue) = self.dialogues.get(&notice) {
            effects.readers.insert(dialogue.sender.clone());
            effects.readers.extend(dialogue.exchanges.keys().cloned());
        }
        effects
    }
}
