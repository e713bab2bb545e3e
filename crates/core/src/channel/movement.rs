//! What is said of movements on their way, and by when it is to have been said.

use std::collections::{BTreeMap, BTreeSet};

use deconflict_vocabulary::{ChoiceId, Effect, Message, Traffic, Value};

use super::{Dialogue, hash, time, value};
use crate::declared::DeclarationContent;
use crate::ledger::{Condition, Declaration, Ledger, tagged};
use crate::names::{DeclarationId, MessageId, PartyId, Version};
use crate::time::Time;

/// For how long after its last window a movement is not overdue, seconds. An aircraft of which nothing is heard thirty minutes
/// after it was to arrive is in the uncertainty phase (ICAO Annex 11, 5.2.1 a); so in the IAMSAR Manual).
pub const OVERDUE_AFTER_S: i64 = 30 * 60;

/// How long before a movement sets off somebody is to have said that units were told of it, seconds.
pub const UNITS_TOLD_BEFORE_S: i64 = 2 * 3_600;

impl MessageId {
    /// What names the message that this version of a movement is overdue: there is one of each.
    pub(crate) fn overdue_of(version: Version) -> MessageId {
        MessageId(tagged("deconflict overdue movement v1", &[&version.0.0]))
    }
}

/// The messages that say how movements go, and that units were told of them: those that are meant, and not taken back.
/// Derived from the ledger, and no part of it.
#[derive(Debug, Default)]
pub(crate) struct MovementReports {
    by_movement: BTreeMap<DeclarationId, ReportsOfOne>,
    by_message: BTreeMap<MessageId, MovementReport>,
}

/// What was said of one movement.
#[derive(Debug, Default)]
struct ReportsOfOne {
    /// How it went, by when that was, and the entry of the message.
    statuses: BTreeMap<(Time, u64), (ChoiceId, MessageId)>,
    /// That it is no longer on its way, by the entries of the messages: said by its owner's own key.
    over: BTreeMap<u64, MessageId>,
    /// The same, entered or attested for its owner.
    over_by_others: BTreeMap<u64, MessageId>,
    /// That units were told of it, by the entries of the messages.
    told_to_units: BTreeMap<u64, MessageId>,
}

/// What a message says of a movement.
#[derive(Clone, Copy, Debug)]
struct MovementReport {
    movement: DeclarationId,
    entry: u64,
    what: ReportKind,
}

#[derive(Clone, Copy, Debug)]
enum ReportKind {
    Status {
        at: Time,
        status: ChoiceId,
        is_over: bool,
        passed_on: bool,
    },
    ToldToUnits,
    /// The host says that it is overdue.
    Overdue,
}

impl MovementReports {
    pub(crate) fn new(ledger: &Ledger) -> MovementReports {
        let mut reports = MovementReports::default();
        for (id, dialogue) in &ledger.dialogues {
            reports.note(*id, Some(dialogue));
        }
        reports
    }

    /// Takes a dialogue as it is now; `None`: it is not there. The movements of which it says something else than before.
    pub(crate) fn note(
        &mut self,
        id: MessageId,
        dialogue: Option<&Dialogue>,
    ) -> BTreeSet<DeclarationId> {
        let before = self.by_message.remove(&id);
        let after = dialogue.and_then(MovementReport::of);
        if let Some(report) = before
            && let Some(all) = self.by_movement.get_mut(&report.movement)
        {
            all.remove(&report);
            if all.is_empty() {
                self.by_movement.remove(&report.movement);
            }
        }
        if let Some(report) = after {
            self.by_message.insert(id, report);
            self.by_movement.entry(report.movement).or_default().insert(id, &report);
        }
        before.into_iter().chain(after).map(|report| report.movement).collect()
    }

    /// How a movement went, as it was said last: of what happened last.
    pub(crate) fn last_status(&self, movement: DeclarationId) -> Option<ChoiceId> {
        let (_, (status, _)) = self.by_movement.get(&movement)?.statuses.last_key_value()?;
        Some(*status)
    }

    /// The messages that the present version of a movement that has not ended hangs on, which are kept as long as it does:
    /// that it is over, that units were told of it, how it went last and that it is overdue.
    pub(crate) fn kept(&self, ledger: &Ledger) -> BTreeSet<MessageId> {
        let mut kept = BTreeSet::new();
        for (id, all) in &self.by_movement {
            let declaration = ledger.declarations.get(id).filter(|known| known.ended.is_none());
            let Some(declaration) = declaration else { continue };
            kept.extend(all.over(declaration));
            kept.extend(all.told_to_units(declaration));
            kept.extend(all.statuses.last_key_value().map(|(_, (_, message))| *message));
            kept.insert(MessageId::overdue_of(declaration.version));
        }
        kept
    }

    /// When the present version of a movement is overdue; `None`: never, since it is over or that was said.
    pub(crate) fn overdue_at(&self, ledger: &Ledger, id: DeclarationId) -> Option<Time> {
        let declaration = on_its_way(ledger, id)?;
        let is_over = self.by_movement.get(&id).is_some_and(|all| all.over(declaration).is_some());
        let is_told = ledger.dialogues.contains_key(&MessageId::overdue_of(declaration.version));
        let arrives = arrives(declaration)?;
        (!is_over && !is_told).then(|| arrives.after_seconds(OVERDUE_AFTER_S))
    }

    /// When somebody is to have said that units were told of the present version of a movement; `None`: somebody did,
    /// nobody could, it was found already or it was notified once it was over.
    ///
    /// What is notified later than that before it sets off has a third of the time that is left, as limits have.
    pub(crate) fn units_told_by(&self, ledger: &Ledger, id: DeclarationId) -> Option<Time> {
        let declaration = on_its_way(ledger, id)?;
        let all = self.by_movement.get(&id);
        let is_told = all.is_some_and(|all| all.told_to_units(declaration).is_some());
        let is_found = declaration.units_not_told().is_some();
        let could = ledger.who_sees(declaration).iter().any(|party| *party != declaration.owner);
        let (at, departs) = (declaration.at, departs(declaration)?);
        if is_told || is_found || !could || arrives(declaration)? <= at {
            return None;
        }
        let usual = departs.after_seconds(-UNITS_TOLD_BEFORE_S);
        Some(match usual >= at {
            true => usual,
            false => at.after_seconds((departs.seconds() - at.seconds()).max(0) / 3),
        })
    }
}

/// A movement that has not ended.
fn on_its_way(ledger: &Ledger, id: DeclarationId) -> Option<&Declaration> {
    let known = ledger.declarations.get(&id).filter(|known| known.ended.is_none());
    let movement = known.filter(|known| matches!(known.condition, Condition::Movement { .. }));
    movement.map(|known| &**known)
}

fn departs(declaration: &Declaration) -> Option<Time> {
    match &*declaration.declared {
        DeclarationContent::Movement(movement) => movement.departs(),
        _ => None,
    }
}

fn arrives(declaration: &Declaration) -> Option<Time> {
    match &*declaration.declared {
        DeclarationContent::Movement(movement) => movement.arrives(),
        _ => None,
    }
}

impl ReportsOfOne {
    fn is_empty(&self) -> bool {
        self.statuses.is_empty() && self.told_to_units.is_empty()
    }

    fn insert(&mut self, id: MessageId, report: &MovementReport) {
        let entry = report.entry;
        match report.what {
            ReportKind::Status { at, status, is_over, passed_on } => {
                self.statuses.insert((at, entry), (status, id));
                if is_over {
                    self.over_said(passed_on).insert(entry, id);
                }
            }
            ReportKind::ToldToUnits => drop(self.told_to_units.insert(entry, id)),
            ReportKind::Overdue => {}
        }
    }

    fn remove(&mut self, report: &MovementReport) {
        let entry = report.entry;
        match report.what {
            ReportKind::Status { at, passed_on, .. } => {
                self.statuses.remove(&(at, entry));
                self.over_said(passed_on).remove(&entry);
            }
            ReportKind::ToldToUnits => drop(self.told_to_units.remove(&entry)),
            ReportKind::Overdue => {}
        }
    }

    fn over_said(&mut self, passed_on: bool) -> &mut BTreeMap<u64, MessageId> {
        if passed_on { &mut self.over_by_others } else { &mut self.over }
    }

    /// The message by which the present version of a movement is over. What its owner signed, nobody ends for it.
    fn over(&self, declaration: &Declaration) -> Option<MessageId> {
        let by_others = (!declaration.is_signed()).then_some(&self.over_by_others);
        let mut all = by_others.into_iter().chain([&self.over]);
        all.find_map(|said| last_since(said, declaration))
    }

    fn told_to_units(&self, declaration: &Declaration) -> Option<MessageId> {
        last_since(&self.told_to_units, declaration)
    }
}

/// The last of these messages, if it was sent since the present version came.
fn last_since(all: &BTreeMap<u64, MessageId>, declaration: &Declaration) -> Option<MessageId> {
    let (entry, message) = all.last_key_value()?;
    let since = declaration.entries.front()?;
    (entry > since).then_some(*message)
}

impl MovementReport {
    fn of(dialogue: &Dialogue) -> Option<MovementReport> {
        if dialogue.traffic != Traffic::Real || dialogue.cancelled.is_some() {
            return None;
        }
        let (message, entry) = (&dialogue.message, *dialogue.entries.first()?);
        let what = match message.code.row().effect {
            Effect::TellsOfMovement { .. } => ReportKind::Status {
                at: time(&message.parameters, "time")?,
                status: status(message)?,
                is_over: is_over(message),
                passed_on: dialogue.passed_on.is_some(),
            },
            Effect::PassesToUnits => ReportKind::ToldToUnits,
            _ if dialogue.is_of_host() => ReportKind::Overdue,
            _ => return None,
        };
        Some(MovementReport { movement: named(message)?, entry, what })
    }
}

/// The site or movement that such a message is about.
fn named(message: &Message) -> Option<DeclarationId> {
    let of = ["movement", "object"];
    of.iter().find_map(|name| match value(&message.parameters, name)? {
        Value::Reference(of) => Some(DeclarationId(hash(of))),
        _ => None,
    })
}

fn status(message: &Message) -> Option<ChoiceId> {
    match value(&message.parameters, "status")? {
        Value::Choice(status) => Some(*status),
        _ => None,
    }
}

/// Whether a message says that a movement is no longer on its way.
fn is_over(message: &Message) -> bool {
    match message.code.row().effect {
        Effect::TellsOfMovement { over_by } => {
            status(message).is_some_and(|status| over_by.contains(&status.as_str()))
        }
        _ => false,
    }
}

/// The movement that a message says is no longer on its way.
pub(crate) fn movement_over(message: &Message) -> Option<DeclarationId> {
    named(message).filter(|_| is_over(message))
}

impl Dialogue {
    /// Whether the host sent it of itself, and no person or machine of any party.
    pub fn is_of_host(&self) -> bool {
        self.code().row().is_of_host_alone()
    }

    /// Whether the host found what it tells later than it was due.
    pub fn is_found_late(&self) -> bool {
        self.due.is_some_and(|due| super::exchange::is_late(due, self.since))
    }
}

impl Ledger {
    /// The movements of a party that were found to be about to begin without anybody having said that units were told of
    /// them, as long as nobody has and they are not over by the time that it is.
    pub fn units_not_told<'a>(
        &'a self,
        party: &PartyId,
        now: Time,
    ) -> Vec<(DeclarationId, &'a Declaration)> {
        let found = self.declarations.iter().filter(|(_, declaration)| {
            declaration.owner == *party
                && declaration.ended.is_none()
                && declaration.units_not_told().is_some()
                && arrives(declaration).is_some_and(|arrives| arrives >= now)
        });
        let found: Vec<_> = found.map(|(id, declaration)| (*id, &**declaration)).collect();
        if found.is_empty() {
            return found;
        }
        let reports = MovementReports::new(self);
        let is_told = |id: &DeclarationId, declaration: &Declaration| {
            let all = reports.by_movement.get(id);
            all.is_some_and(|all| all.told_to_units(declaration).is_some())
        };
        found.into_iter().filter(|(id, declaration)| !is_told(id, declaration)).collect()
    }

    /// The message by which the present version of a movement was said to be overdue, while nothing ended that.
    pub(crate) fn open_overdue(&self, declaration: &Declaration) -> Option<MessageId> {
        let id = MessageId::overdue_of(declaration.version);
        self.dialogues.get(&id).filter(|dialogue| dialogue.ended.is_none()).map(|_| id)
    }
}
