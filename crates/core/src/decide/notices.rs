//! That a place is being hit, told to those who may not see it; and that a movement is overdue.

use std::collections::BTreeSet;

use deconflict_geometry::{Position, Window};
use deconflict_vocabulary::{Effect, Message, Traffic, Value};

use super::Author;
use crate::channel::{Dialogue, hash, movement_over, place, told_by_cell};
use crate::coding::overdue;
use crate::entry::{Finding, GridCell, MAX_CELLS};
use crate::ledger::{Declaration, ParticipationState};
use crate::names::{DeclarationId, MessageId, PartyId};
use crate::state::State;
use crate::time::Time;

impl State {
    /// Whoever is not addressed when a place is being hit, or may not see it, is told in which cells it lies, unless its owner
    /// forbade that towards those who may not see it; and whoever was told so is told when its owner says that it is over.
    pub(super) fn cell_notices(
        &self,
        author: &Author<'_>,
        (id, message, to, traffic): (MessageId, &Message, &BTreeSet<PartyId>, Traffic),
        now: Time,
    ) -> Vec<Finding> {
        match message.code.row().effect {
            Effect::OpensIncident => {
                let Some(place) = place(message) else { return Vec::new() };
                let cells = self.cells_of_place(place, now);
                let Some(first) = cells.first() else { return Vec::new() };
                let said = told_by_cell(message, *first);
                let declared = self.declared_at(place);
                // Who is addressed and may not see the place reads no more in the message than that there is one.
                let needs_cells = |party: &PartyId| match declared {
                    None => !to.contains(party),
                    Some(known) if self.ledger().sees(party, known) => !to.contains(party),
                    Some(known) => known.declared.is_told_by_cell(),
                };
                let others = self.ledger().parties.iter().filter(|(party, known)| {
                    *party != author.party
                        && needs_cells(party)
                        && known.participation_state() != ParticipationState::Withdrew
                        && !self.was_told_by_cell(author.party, party, place, traffic)
                });
                let notice = |party: &PartyId| Finding::CellNotice {
                    notice: id.by_cell_to(party),
                    of: id,
                    party: party.clone(),
                    sender: author.party.clone(),
                    said: Box::new(said.clone()),
                    traffic,
                    passed_on: author.indirect,
                    cells: cells.clone(),
                };
                others.map(|(party, _)| notice(party)).collect()
            }
            // What others enter for an owner ends nothing.
            Effect::EndsIncident if !author.indirect => {
                let ended = self.ledger().ended_by(author.party, message, traffic);
                let of = |id: &&MessageId| {
                    let told = self.ledger().dialogues.get(*id).and_then(|d| d.by_cell.as_ref());
                    told.is_some_and(|told| ended.contains(&told.of))
                };
                let all = self.ledger().incidents.iter().filter(of);
                all.map(|notice| Finding::CellNoticeEnded { notice: *notice }).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a party was told by the same sender of the same place, and not yet that it is over: who says it again does
    /// not tell it anew.
    fn was_told_by_cell(
        &self,
        sender: &PartyId,
        party: &PartyId,
        of_place: &Value,
        traffic: Traffic,
    ) -> bool {
        let ledger = self.ledger();
        let known = ledger.incidents.iter().filter_map(|id| ledger.dialogues.get(id));
        let mut told = known.filter(|dialogue| {
            dialogue.sender == *sender
                && dialogue.traffic == traffic
                && dialogue.exchanges.contains_key(party)
        });
        told.any(|dialogue| {
            let follows = dialogue.by_cell.as_ref().and_then(|told| ledger.dialogues.get(&told.of));
            follows.is_some_and(|follows| follows.open_place() == Some(of_place))
        })
    }

    /// That a movement is overdue, told to whoever may see it and to the watch desk.
    pub(crate) fn overdue(&self, movement: DeclarationId, due: Time) -> Option<Finding> {
        let (ledger, host) = (self.ledger(), self.ledger().host()?);
        let declaration = ledger.declarations.get(&movement)?;
        let to = ledger.who_sees(declaration).into_iter().chain([host.clone()]);
        let to = to.filter(|party| ledger.is_of_space(party));
        Some(Finding::MovementOverdue {
            notice: MessageId::overdue_of(declaration.version),
            movement,
            to: to.collect(),
            host: host.clone(),
            said: Box::new(overdue(movement, self.movements().last_status(movement))?),
            due,
        })
    }

    /// What the host told as overdue is over: its owner says that it is no longer on its way.
    pub(super) fn overdue_over(&self, dialogue: &Dialogue) -> Option<Finding> {
        let movement = movement_over(&dialogue.message)?;
        let declaration = self.ledger().declarations.get(&movement)?;
        // What its owner signed, nobody ends for it; and what was said before is of another version.
        let counts = dialogue.traffic == Traffic::Real
            && !(dialogue.passed_on && declaration.is_signed())
            && dialogue.entries.first().is_none_or(|said| Some(said) > declaration.entries.front());
        self.overdue_ended(declaration).filter(|_| counts)
    }

    /// The same: the present version of the movement is no longer in force.
    pub(super) fn overdue_ended(&self, declaration: &Declaration) -> Option<Finding> {
        let notice = self.ledger().open_overdue(declaration)?;
        Some(Finding::MovementOverdueEnded { notice })
    }

    /// What was declared at a place.
    fn declared_at(&self, place: &Value) -> Option<&Declaration> {
        let Value::Reference(of) = place else { return None };
        self.ledger().declarations.get(&DeclarationId(hash(of))).map(|known| &**known)
    }

    /// The cells of the sharing grid that a place lies in; of what is on its way, those of where it is to be now. It hangs on
    /// nothing but the place as it is widened. None: nothing of it is in force.
    fn cells_of_place(&self, place: &Value, now: Time) -> Vec<GridCell> {
        let Some(finder) = self.finder() else { return Vec::new() };
        let judging = &finder.judging;
        match place {
            Value::Cell(cell) => {
                vec![GridCell { level: cell.level, row: cell.row, column: cell.column }]
            }
            Value::Place(spot) => {
                let degrees = |e5: i32| f64::from(e5) / 100_000.0;
                let at = Position::new(degrees(spot.lat_e5), degrees(spot.lon_e5));
                at.map(|at| GridCell::from(judging.grid.cell_at(at))).into_iter().collect()
            }
            Value::Reference(of) => {
                let id = DeclarationId(hash(of));
                let Some(placed) = finder.placed(id) else { return Vec::new() };
                let cells = |is_now: bool| {
                    let volumes = placed.all().map(|(_, volume)| volume.widened(judging));
                    let volumes = volumes.filter(|v| !is_now || is_in_force(v.window(), now));
                    let cells = volumes.flat_map(|v| v.cells());
                    cells.map(|cell| GridCell::from(*cell)).collect::<BTreeSet<GridCell>>()
                };
                let mut all = cells(true);
                if all.is_empty() {
                    all = cells(false);
                }
                all.into_iter().take(MAX_CELLS).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn is_in_force(window: Window, now: Time) -> bool {
    window.from().is_none_or(|from| from <= now.0)
        && window.until().is_none_or(|until| now.0 < until)
}
