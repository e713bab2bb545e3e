//! That a place is being hit, told to those who may not see it: as cells of the sharing grid.

use deconflict_record::Hash;
use deconflict_vocabulary::{CellPlace, Message, Value};
use serde::{Deserialize, Serialize};

use super::incident::is_place;
use crate::entry::GridCell;
use crate::ledger::tagged;
use crate::names::{MessageId, PartyId};

/// What the host tells in the name of a sender.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellNotice {
    /// The message that it follows, which its addressee was not given.
    pub of: MessageId,
    /// All cells that the place lies in: the message itself names the first.
    pub cells: Vec<GridCell>,
}

impl MessageId {
    /// What names the notice by which a party is told of this message by cells.
    pub(crate) fn by_cell_to(self, party: &PartyId) -> MessageId {
        let Hash(of) = self.0;
        MessageId(tagged("deconflict cell notice v1", &[&of, party.as_str().as_bytes()]))
    }
}

/// What a message says with a cell in place of what is being hit.
pub(crate) fn told_by_cell(message: &Message, cell: GridCell) -> Message {
    let GridCell { level, row, column } = cell;
    let mut told = message.clone();
    for (name, value) in &mut told.parameters {
        if is_place(message.code, *name) {
            *value = Value::Cell(CellPlace { level, row, column });
        }
    }
    told
}
