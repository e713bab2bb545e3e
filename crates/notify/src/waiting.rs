//! What waits for a party, as far as a notice is made of it: messages, and overlaps, of which the host tells both sides.

use std::collections::BTreeMap;

use deconflict_core::{
    Conflict, ConflictId, Dialogue, Exchange, Lapse, Ledger, MessageId, OperatorId, PartyId, Time,
};
use deconflict_vocabulary::{CodeId, MissedStep, Precedence, Traffic};
use deconflict_words::{next_overlap_rise, overlap_call, waits_for};
use serde::{Deserialize, Serialize};

/// For how long after an occasion a notice of it is still given, seconds: what fell due before a desk stood still for
/// longer is no news to anybody.
pub(crate) const MOST_LATE_S: i64 = 7 * 86_400;
/// How often an incident that nobody answers is told again after its deadline.
const MORE_OF_INCIDENTS: i64 = 6;
/// The least time between two of these, seconds.
const LEAST_BETWEEN_S: i64 = 60;

/// A message that waits for the answer of a party, or, for the watch desk, that went to the next level and that somebody
/// else has not answered; or an overlap for which people are called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WaitingMessage {
    /// Which; of an overlap the hash that names it.
    pub message: MessageId,
    /// Who sent it: for the order alone, and never told.
    pub sender: PartyId,
    /// What it says.
    pub code: CodeId,
    /// Whether it is meant.
    pub traffic: Traffic,
    /// How urgent it is.
    pub precedence: Precedence,
    /// When it was taken in, or corrected so that its limits began anew: then it is told anew. For the watch desk, when it
    /// went to the next level.
    pub since: Time,
    /// When it goes by the alternate path, seconds after `since`, unless a person has read it back by then. `None`: one has,
    /// or a message of its urgency never does.
    pub unread_s: Option<u32>,
    /// By when it is to be answered, seconds after `since`.
    pub answered_s: u32,
    /// Until when an answer holds it open: nobody is called meanwhile.
    pub held_until: Option<Time>,
    /// Which operators of the party have shelved its sound, and until when each.
    pub shelved: BTreeMap<OperatorId, Time>,
    /// Whether it says that a place or people are being hit: such a message is told by itself, whatever else waits.
    pub is_incident: bool,
}

/// At which point of a message's time it is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeStage {
    /// As soon as it is there.
    First,
    /// Nobody has read it back in time: it goes by the alternate path.
    ReadBack,
    /// Half of the time to answer is over.
    Half,
    /// All of it is, or what held it open after that.
    Deadline,
}

/// A message at one point of its time: what is told once by each path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occasion {
    /// Which message.
    pub message: MessageId,
    /// Since when it waits.
    pub since: Time,
    /// When this point was reached.
    pub at: Time,
    /// Which one it is.
    pub stage: NoticeStage,
}

/// What waits for the answer of `party`; at the watch desk also what went to the next level and waits for another's.
pub fn waiting_for(view: &Ledger, party: &PartyId, now: Time) -> Vec<WaitingMessage> {
    let watches = view.host() == Some(party);
    let all = view.dialogues.iter();
    let messages = all.filter_map(|(message, dialogue)| {
        let told = if waits_for(dialogue, party, now) {
            Some(waiting(dialogue, *message, party))
        } else if watches {
            gone_up(dialogue, *message, now)
        } else {
            None
        };
        let told = told?;
        Some(WaitingMessage { shelved: view.shelved(party, *message, now), ..told })
    });
    let overlaps = view.conflicts.iter().filter_map(|(id, conflict)| {
        let told = overlap(view, (*id, conflict), party, now)?;
        Some(WaitingMessage { shelved: view.shelved_overlap(party, *id, now), ..told })
    });
    messages.chain(overlaps).collect()
}

/// When something else will wait though nothing is said: an overlap becomes more urgent as its beginning draws near.
pub fn waits_otherwise_at(view: &Ledger, now: Time) -> Option<Time> {
    next_overlap_rise(view, now)
}

/// An overlap that people of a party are called for. Its time is that until it begins.
fn overlap(
    view: &Ledger,
    (id, conflict): (ConflictId, &Conflict),
    party: &PartyId,
    now: Time,
) -> Option<WaitingMessage> {
    let (_, since) = overlap_call(view, conflict, party, now)?;
    let begins = conflict.extent.from.unwrap_or(since);
    let left_s = begins.seconds().saturating_sub(since.seconds());
    Some(WaitingMessage {
        message: MessageId(id.0),
        sender: conflict.other_side(party).unwrap_or(party).clone(),
        code: conflict.coding(id, now)?.code(),
        traffic: Traffic::Real,
        precedence: conflict.precedence(now),
        since,
        unread_s: None,
        answered_s: u32::try_from(left_s).unwrap_or(if left_s < 0 { 0 } else { u32::MAX }),
        held_until: None,
        shelved: BTreeMap::new(),
        is_incident: false,
    })
}

/// A message that waits for the answer of a party.
fn waiting(dialogue: &Dialogue, message: MessageId, party: &PartyId) -> WaitingMessage {
    let own = dialogue.exchanges.get(party);
    let unread = own.is_some_and(|own| own.read_back.is_none());
    let steps = dialogue.precedence.when_missed(dialogue.limits).into_iter();
    let by_alternate_path = steps.filter(|(_, step)| {
        matches!(step, MissedStep::EveryDeskAndAlternatePath | MissedStep::AlternatePath)
    });
    WaitingMessage {
        message,
        sender: dialogue.sender.clone(),
        code: dialogue.code(),
        traffic: dialogue.traffic,
        precedence: dialogue.precedence,
        since: dialogue.since,
        unread_s: by_alternate_path.map(|(after_s, _)| after_s).find(|_| unread),
        answered_s: dialogue.limits.answered_s,
        held_until: own.and_then(|own| own.held_until),
        shelved: BTreeMap::new(),
        is_incident: dialogue.opens_incident(),
    }
}

/// A message that went to the next level with somebody who has not answered it: what is left of the time to answer counts
/// from then on. `None`: it went nowhere, or was answered.
fn gone_up(dialogue: &Dialogue, message: MessageId, now: Time) -> Option<WaitingMessage> {
    let silent = dialogue.exchanges.iter().filter(|(to, _)| waits_for(dialogue, to, now));
    let silent: Vec<(&Exchange, Time)> =
        silent.filter_map(|(_, exchange)| Some((exchange, went_up(exchange)?))).collect();
    let since = silent.iter().map(|(_, at)| *at).max()?;
    let deadline = dialogue.since.after_seconds(dialogue.limits.answered_s.into());
    let left_s = deadline.seconds().saturating_sub(since.seconds());
    Some(WaitingMessage {
        message,
        sender: dialogue.sender.clone(),
        code: dialogue.code(),
        traffic: dialogue.traffic,
        precedence: dialogue.precedence,
        since,
        unread_s: None,
        answered_s: u32::try_from(left_s).unwrap_or(0),
        // Whoever holds it open speaks for himself alone.
        held_until: silent.iter().map(|(exchange, _)| exchange.held_until).min().flatten(),
        shelved: BTreeMap::new(),
        is_incident: dialogue.opens_incident(),
    })
}

/// When a message went to the next level with one addressee for want of an answer.
fn went_up(exchange: &Exchange) -> Option<Time> {
    let up = exchange.lapses.iter().filter(|found| found.lapse == Lapse::NextLevel);
    up.map(|found| found.due).max()
}

impl WaitingMessage {
    /// Every point of its time at which it is told, the first one first.
    pub(crate) fn occasions(&self) -> Vec<Occasion> {
        let answered_s = i64::from(self.answered_s);
        let after = |seconds: i64| self.since.after_seconds(seconds);
        let (half, deadline) = (after(answered_s / 2), after(answered_s));
        let mut points = vec![
            (self.since, NoticeStage::First),
            (half, NoticeStage::Half),
            (deadline, NoticeStage::Deadline),
        ];
        if let Some(unread_s) = self.unread_s {
            let at = after(unread_s.into());
            let at = self.held_until.map_or(at, |held| held.max(at));
            points.push((at, NoticeStage::ReadBack));
        }
        if self.is_incident {
            let step_s = answered_s.max(LEAST_BETWEEN_S);
            let more = (1..=MORE_OF_INCIDENTS).map(|nth| deadline.after_seconds(nth * step_s));
            points.extend(more.map(|at| (at, NoticeStage::Deadline)));
        }
        if let Some(held) = self.held_until {
            let stage = if held >= deadline {
                NoticeStage::Deadline
            } else if held >= half {
                NoticeStage::Half
            } else {
                NoticeStage::First
            };
            points.push((held, stage));
        }
        points.sort();
        let of = |(at, stage)| Occasion { message: self.message, since: self.since, at, stage };
        points.into_iter().map(of).collect()
    }
}
