//! What the passing of time leads to.

use std::collections::{BTreeMap, BTreeSet};

use crate::channel::{Dialogue, Lapse, MovementReports};
use crate::charter::RuleSet;
use crate::entry::{Entry, Finding, What};
use crate::ledger::{Conflict, ConflictState, Declaration, Ledger, Overlay};
use crate::names::{ConflictId, DeclarationId, MessageId, OverlayId};
use crate::state::State;
use crate::time::Time;

/// Something that is to be looked at when its time has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Due {
    Expiry(ConflictId),
    Contact(ConflictId),
    Lapse(DeclarationId),
    Units(DeclarationId),
    Overdue(DeclarationId),
    OverlayExpiry(OverlayId),
    Message(MessageId),
    Silence(MessageId),
    /// What was told by cells of an incident that is over.
    NoticeEnd(MessageId),
}

impl Due {
    /// Whether it holds whatever the clock: it warns somebody, and ends nothing that time alone would end.
    fn is_deadline(&self) -> bool {
        match self {
            Due::Contact(_) | Due::Lapse(_) | Due::Units(_) | Due::Overdue(_) | Due::Message(_) => {
                true
            }
            // Its owner's word ended it, and no clock.
            Due::NoticeEnd(_) => true,
            Due::Expiry(_) | Due::OverlayExpiry(_) | Due::Silence(_) => false,
        }
    }
}

/// What is to be looked at when; derived from the ledger, and no part of it.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    by_time: BTreeSet<(Time, Due)>,
    times: BTreeMap<Due, Time>,
}

impl Agenda {
    pub(crate) fn new(ledger: &Ledger, movements: &MovementReports) -> Agenda {
        let mut agenda = Agenda::default();
        for (id, conflict) in &ledger.conflicts {
            agenda.note_conflict(*id, Some(conflict), ledger.rules());
        }
        for (id, overlay) in &ledger.overlays {
            agenda.note_overlay(*id, Some(overlay));
        }
        for (id, declaration) in &ledger.declarations {
            agenda.note_site(*id, Some(declaration));
            agenda.note_movement(*id, ledger, movements);
        }
        for (id, dialogue) in &ledger.dialogues {
            agenda.note_dialogue(*id, Some(dialogue));
            agenda.note_incident((*id, None), ledger);
        }
        agenda
    }

    /// Takes a conflict as it is now; `None`: it is not there.
    pub(crate) fn note_conflict(
        &mut self,
        id: ConflictId,
        conflict: Option<&Conflict>,
        rules: Option<&RuleSet>,
    ) {
        let Some(conflict) = conflict else {
            self.set(Due::Expiry(id), None);
            self.set(Due::Contact(id), None);
            return;
        };
        let open = conflict.closed.is_none();
        self.set(Due::Expiry(id), conflict.extent.until.filter(|_| open).map(over));
        let lead_s = rules.map_or(0, |rules| i64::from(rules.contact_before_min) * 60);
        // Whoever has accepted the risk need not speak any more; whoever has spoken has.
        let awaited =
            open && !conflict.contact_overdue && conflict.state() < ConflictState::ContactMade;
        // What has begun since ever is due at once.
        let due = match conflict.extent.from {
            Some(from) => from.after_seconds(-lead_s),
            None => conflict.opened,
        };
        self.set(Due::Contact(id), awaited.then_some(due));
    }

    /// Takes an overlay as it is now; `None`: it is not there.
    pub(crate) fn note_overlay(&mut self, id: OverlayId, overlay: Option<&Overlay>) {
        let open = overlay.filter(|overlay| overlay.closed.is_none());
        let until = open.and_then(|overlay| overlay.extent.until);
        self.set(Due::OverlayExpiry(id), until.map(over));
    }

    /// Takes a declaration as it is now; `None`: it is not there.
    pub(crate) fn note_site(&mut self, id: DeclarationId, declaration: Option<&Declaration>) {
        let awaited = |d: &&Declaration| d.ended.is_none() && !d.lapsed();
        let awaited = declaration.filter(awaited);
        self.set(Due::Lapse(id), awaited.and_then(Declaration::confirmed_until));
    }

    /// Takes a movement as it is now, and what was said of it; of what is none, or is not there, nothing is due.
    pub(crate) fn note_movement(
        &mut self,
        id: DeclarationId,
        ledger: &Ledger,
        movements: &MovementReports,
    ) {
        self.set(Due::Units(id), movements.units_told_by(ledger, id));
        self.set(Due::Overdue(id), movements.overdue_at(ledger, id));
    }

    /// Takes a dialogue as it is now; `None`: it is not there.
    pub(crate) fn note_dialogue(&mut self, id: MessageId, dialogue: Option<&Dialogue>) {
        let due = |counts| dialogue.and_then(|d| d.due_of(counts)).map(|(at, ..)| at);
        self.set(Due::Message(id), due(warns));
        self.set(Due::Silence(id), due(Lapse::is_final));
    }

    /// Takes an incident as it is now and as it was: once its owner has ended it, what was told of it by cells is to end.
    pub(crate) fn note_incident(
        &mut self,
        (id, before): (MessageId, Option<&Dialogue>),
        ledger: &Ledger,
    ) {
        if !ledger.incidents.contains(&id) {
            self.set(Due::NoticeEnd(id), None);
        }
        let ended = |dialogue: &Dialogue| {
            dialogue.ended.filter(|_| dialogue.opens_incident() && dialogue.by_cell.is_none())
        };
        let now = ledger.dialogues.get(&id).and_then(|dialogue| ended(dialogue));
        if now.is_some() || before.and_then(ended).is_some() {
            let notices: Vec<MessageId> = ledger.open_notices(id).collect();
            notices.into_iter().for_each(|notice| self.set(Due::NoticeEnd(notice), now));
        }
    }

    /// Something is due at an instant, or never. Turns have whole milliseconds: it is due at the first
    /// that does not lie before.
    fn set(&mut self, due: Due, time: Option<Time>) {
        let time = time.map(Time::whole_milli);
        if let Some(before) = self.times.remove(&due) {
            self.by_time.remove(&(before, due));
        }
        if let Some(time) = time {
            self.times.insert(due, time);
            self.by_time.insert((time, due));
        }
    }
}

/// Whether a step of a message warns somebody and settles nothing.
fn warns(lapse: Lapse) -> bool {
    !lapse.is_final()
}

impl State {
    /// What the passing of time up to `now`, and `now` itself, leads to: the earliest first, and at most
    /// so many findings, whose number is also the work that it takes. It stands in the record before it
    /// counts: the same again, until it has been applied.
    pub fn tick(&self, now: Time, most: usize) -> Vec<Entry> {
        self.found_by(now, most, |_| true, |_| true)
    }

    /// The same without what ends something: the deadlines alone, whose passing keeps nobody from being warned. For a
    /// host that does not know what time it is.
    pub fn tick_deadlines(&self, now: Time, most: usize) -> Vec<Entry> {
        self.found_by(now, most, Due::is_deadline, warns)
    }

    fn found_by(
        &self,
        now: Time,
        most: usize,
        counts: fn(&Due) -> bool,
        steps: fn(Lapse) -> bool,
    ) -> Vec<Entry> {
        let mut messages = BTreeSet::new();
        let due = self.agenda().by_time.iter().take_while(|(time, _)| *time <= now);
        let due = due.filter(|(_, due)| counts(due)).take(most);
        let mut found: Vec<(Time, Finding)> = Vec::new();
        for (time, due) in due {
            match *due {
                Due::Expiry(conflict) => found.push((*time, Finding::ConflictExpired { conflict })),
                Due::Contact(conflict) => found.push((*time, Finding::ContactOverdue { conflict })),
                Due::Lapse(site) => found.push((*time, Finding::SiteLapsed { site })),
                Due::Units(movement) => {
                    found.push((*time, Finding::UnitsNotTold { movement, due: *time }));
                }
                Due::Overdue(movement) => {
                    found.extend(self.overdue(movement, *time).map(|finding| (*time, finding)));
                }
                Due::OverlayExpiry(overlay) => {
                    found.push((*time, Finding::OverlayExpired { overlay }));
                }
                Due::NoticeEnd(notice) => {
                    found.push((*time, Finding::CellNoticeEnded { notice }));
                }
                // Of one message, all in the order in which it comes: what warns before what is final.
                Due::Message(message) | Due::Silence(message) => {
                    if messages.insert(message) {
                        found.extend(self.lapses(message, steps, now, most));
                    }
                }
            }
        }
        // Of one message several steps may be due; each comes at its own time among those of others.
        found.sort_by_key(|(time, _)| *time);
        found.truncate(most);
        let entry = |(_, finding)| Entry { at: now, what: What::Found(finding) };
        found.into_iter().map(entry).collect()
    }

    /// What is due of a message, one step after another, and no more of them than are told at once.
    fn lapses(
        &self,
        message: MessageId,
        counts: fn(Lapse) -> bool,
        now: Time,
        most: usize,
    ) -> Vec<(Time, Finding)> {
        let Some(dialogue) = self.ledger().dialogues.get(&message) else { return Vec::new() };
        let (mut dialogue, mut found) = (Dialogue::clone(dialogue), Vec::new());
        while found.len() < most
            && let Some((due, party, lapse)) = dialogue.due_of(counts)
            && due.whole_milli() <= now
        {
            // What changes nothing would be due for ever.
            if !dialogue.lapse(&party, lapse, due) {
                break;
            }
            found.push((due.whole_milli(), Finding::MessageLapse { message, party, lapse, due }));
        }
        found
    }

    /// When something is due next, in whole milliseconds.
    pub fn next_due(&self) -> Option<Time> {
        self.agenda().by_time.first().map(|(time, _)| *time)
    }

    /// When a deadline passes next, in whole milliseconds: as of [`State::tick_deadlines`].
    pub fn next_deadline(&self) -> Option<Time> {
        let mut deadlines = self.agenda().by_time.iter().filter(|(_, due)| due.is_deadline());
        deadlines.next().map(|(time, _)| *time)
    }
}

/// When what lasts until an instant is over: a window holds its end.
fn over(until: Time) -> Time {
    until.after_nanos(1)
}
