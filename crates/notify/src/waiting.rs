//! What waits for a party, as far as a notice is made of it.

use std::collections::BTreeMap;

use deconflict_core::{Ledger, MessageId, OperatorId, PartyId, Time};
use deconflict_vocabulary::{CodeId, Precedence, Traffic};
use deconflict_words::waits_for;
use serde::{Deserialize, Serialize};

/// For how long after an occasion a notice of it is still given, seconds: what fell due before a desk stood still for
/// longer is no news to anybody.
pub(crate) const MOST_LATE_S: i64 = 7 * 86_400;
/// How often an incident that nobody answers is told again after its deadline.
const MORE_OF_INCIDENTS: i64 = 6;
/// The least time between two of these, seconds.
const LEAST_BETWEEN_S: i64 = 60;

/// A message that waits for the answer of a party.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WaitingMessage {
    /// Which.
    pub message: MessageId,
    /// Who sent it: for the order alone, and never told.
    pub sender: PartyId,
    /// What it says.
    pub code: CodeId,
    /// Whether it is meant.
    pub traffic: Traffic,
    /// How urgent it is.
    pub precedence: Precedence,
    /// When it was taken in, or corrected so that its limits began anew: then it is told anew.
    pub since: Time,
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

/// What waits for the answer of `party`.
pub fn waiting_for(view: &Ledger, party: &PartyId, now: Time) -> Vec<WaitingMessage> {
    let waits = view.dialogues.iter().filter(|(_, dialogue)| waits_for(dialogue, party, now));
    waits
        .map(|(message, dialogue)| WaitingMessage {
            message: *message,
            sender: dialogue.sender.clone(),
            code: dialogue.code(),
            traffic: dialogue.traffic,
            precedence: dialogue.precedence,
            since: dialogue.since,
            answered_s: dialogue.limits.answered_s,
            held_until: dialogue.exchanges.get(party).and_then(|exchange| exchange.held_until),
            shelved: view.shelved(party, *message, now),
            is_incident: dialogue.opens_incident(),
        })
        .collect()
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
