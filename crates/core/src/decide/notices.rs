//! That a place is being hit, told to those who may not see it; and that a movement is overdue.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use deconflict_geometry::{Position, WidenedVolume, Window};
use deconflict_vocabulary::{Effect, Message, Traffic, Value};

use super::Author;
use crate::channel::{Dialogue, Exchange, hash, movement_over, place, told_by_cell};
use crate::coding::overdue;
use crate::entry::{Finding, GridCell, MAX_CELLS};
use crate::ledger::{Declaration, ParticipationState};
use crate::names::{DeclarationId, MessageId, PartyId};
use crate::state::State;
use crate::time::Time;

impl State {
    /// Whoever is not addressed when a place is being hit is told: whoever may see it of the place, and whoever may not, also
    /// where it is addressed, in which cells it lies, unless its owner forbade that. And whoever was told so is told when its
    /// owner says that it is over.
    pub(super) fn cell_notices(
        &self,
        author: &Author<'_>,
        (id, message, to, traffic): (MessageId, &Message, &BTreeSet<PartyId>, Traffic),
        now: Time,
    ) -> Vec<Finding> {
        match message.code.row().effect {
            Effect::OpensIncident => {
                let Some(place) = place(message) else { return Vec::new() };
                let (cells, declared) = (self.cells_of_place(place, now), self.declared_at(place));
                let by_cell = cells.first().map(|first| told_by_cell(message, *first));
                let told = self.told_by_cell(author.party, place, traffic);
                let notice = |party: &PartyId| {
                    let sees = declared.is_some_and(|known| self.ledger().sees(party, known));
                    let is_known = declared.is_none() || sees;
                    // Who is addressed and may not see the place reads no more in the message than that there is one.
                    if is_known && to.contains(party) {
                        return None;
                    }
                    if !is_known && !declared.is_some_and(|known| known.declared.is_told_by_cell())
                    {
                        return None;
                    }
                    let knows = told
                        .get(party)
                        .is_some_and(|known| cells.iter().all(|c| known.contains(c)));
                    let said = if sees { Some(message.clone()) } else { by_cell.clone() };
                    said.filter(|_| !knows).map(|said| Finding::CellNotice {
                        notice: id.by_cell_to(party),
                        of: id,
                        party: party.clone(),
                        sender: author.party.clone(),
                        said: Box::new(said),
                        traffic,
                        passed_on: author.passed_on,
                        cells: cells.clone(),
                    })
                };
                let others = self.ledger().parties.iter().filter(|(party, known)| {
                    *party != author.party
                        && known.participation_state() != ParticipationState::Withdrew
                });
                others.filter_map(|(party, _)| notice(party)).collect()
            }
            // What others enter for an owner ends nothing.
            Effect::EndsIncident if author.signs() => {
                let ended = self.ledger().ended_by(author.party, message, traffic);
                let all = ended.into_iter().flat_map(|id| self.ledger().open_notices(id));
                // However many were told, it is taken in: the rest ends in the turns that follow.
                let all = all.take(self.pace().findings);
                all.map(|notice| Finding::CellNoticeEnded { notice }).collect()
            }
            _ => Vec::new(),
        }
    }

    /// To whom the same sender's word of the same place stands, and of which cells: whoever was told, is still to answer, and
    /// was not given up as silent. Who says it again does not tell it these anew; whoever answered before is told, since the
    /// answer was about what was then.
    fn told_by_cell(
        &self,
        sender: &PartyId,
        of_place: &Value,
        traffic: Traffic,
    ) -> BTreeMap<&PartyId, BTreeSet<&GridCell>> {
        let ledger = self.ledger();
        let mut told: BTreeMap<&PartyId, BTreeSet<&GridCell>> = BTreeMap::new();
        let is_same = |id: &MessageId| {
            let known = ledger.dialogues.get(id);
            known.is_some_and(|known| known.sender == *sender && known.traffic == traffic)
        };
        let same = self.messages().hits_at(of_place).filter(is_same);
        let notices = same.flat_map(|id| ledger.open_notices(id));
        for dialogue in notices.filter_map(|id| ledger.dialogues.get(&id)) {
            let Some(notice) = &dialogue.by_cell else { continue };
            let waits = |exchange: &Exchange| exchange.answer().is_none() && !exchange.is_silent();
            let all = dialogue.exchanges.iter().filter(|(_, exchange)| waits(exchange));
            all.for_each(|(party, _)| told.entry(party).or_default().extend(&notice.cells));
        }
        told
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
            && !(dialogue.passed_on.is_some() && declaration.is_signed())
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

    /// The cells of the sharing grid that a place lies in; of what is on its way, those of where it is to be now, or was or
    /// will be next to now. It hangs on nothing but the place as it is widened.
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
                let placed = finder.placed(id);
                let widened: Vec<Cow<'_, WidenedVolume>> = match placed {
                    Some(placed) => {
                        placed.all().map(|(_, v)| Cow::Borrowed(v.widened(judging))).collect()
                    }
                    // What ended by its owner's word is hit all the same.
                    None => {
                        let known = self.declared_at(place);
                        let volumes = known.and_then(|known| known.declared.volumes().ok());
                        let all = volumes.into_iter().flatten();
                        all.map(|volume| Cow::Owned(judging.widen(&volume))).collect()
                    }
                };
                let nearest = widened.iter().map(|v| nanos_apart(v.window(), now)).min();
                let near = widened.iter().filter(|v| Some(nanos_apart(v.window(), now)) == nearest);
                let cells = near.flat_map(|v| v.cells()).map(|cell| GridCell::from(*cell));
                cells.collect::<BTreeSet<_>>().into_iter().take(MAX_CELLS).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// How far an instant lies from a window; 0: within it.
fn nanos_apart(window: Window, now: Time) -> i64 {
    let before = window.from().map_or(0, |from| from.nanos().saturating_sub(now.0.nanos()));
    let after = window.until().map_or(0, |until| now.0.nanos().saturating_sub(until.nanos()));
    before.max(after).max(0)
}
