//! What the host tells: by cells that a place is being hit, and that a movement is overdue.

use deconflict_vocabulary::{Traffic, Value};

use super::Effects;
use crate::channel::{CellNotice, Dialogue, Sending, hash};
use crate::entry::Finding;
use crate::ledger::{Condition, Disclosure, Ledger, Precision};
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

    pub(super) fn tell_overdue(&mut self, index: u64, at: Time, finding: &Finding) -> Effects {
        let mut effects = Effects::default();
        let Finding::MovementOverdue { notice, to, host, said, due, .. } = finding else {
            return effects;
        };
        effects.readers.extend(to.iter().chain([host]).cloned());
        let sending = Sending {
            message: (**said).clone(),
            traffic: Traffic::Real,
            sender: host.clone(),
            to: to.iter().cloned().collect(),
            remark: None,
            valid_until: None,
            spoken_of: None,
        };
        let mut dialogue = Dialogue::opened(sending, &self.limits_at(index), at);
        dialogue.due = Some(*due);
        dialogue.entries.push(index);
        self.begin_dialogue(*notice, dialogue, &mut effects);
        effects
    }

    /// Its owner is told, and nobody else: whoever sees the movement later is not given it.
    pub(super) fn warn_of_units(&mut self, movement: DeclarationId, due: Time) -> Effects {
        let Some(declaration) = self.declarations.get_mut(&movement) else {
            return Effects::default();
        };
        if let Condition::Movement { units_not_told, .. } = &mut declaration.get_mut().condition {
            *units_not_told = Some(due);
        }
        let declaration = &self.declarations[&movement];
        let changed = declaration.changed(movement).into_iter().collect();
        Effects { readers: [declaration.owner.clone()].into(), grants: Vec::new(), changed }
    }

    pub(super) fn end_notice(&mut self, index: u64, at: Time, notice: MessageId) -> Effects {
        let mut effects = Effects::default();
        self.change_dialogue(notice, &mut effects, |dialogue| {
            if dialogue.is_new(index) && dialogue.end(at) {
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
