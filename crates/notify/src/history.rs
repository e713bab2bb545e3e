//! What was told by which path: attempts, and what follows from them for the next one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use deconflict_core::{MessageId, PartyId, Time};
use deconflict_vocabulary::{Precedence, Traffic};
use serde::{Deserialize, Serialize};

use crate::waiting::{NoticeStage, Occasion};

/// By what a notice goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CarrierKind {
    /// A request to an address.
    Webhook,
    /// A mail.
    Smtp,
    /// A program that is run.
    Command,
}

/// One try to tell something by one path.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// Which one, counted from 1 over all that this desk has made.
    pub number: u64,
    /// The notice's name, the same with each try of it: whoever gets one twice can tell.
    pub notice: String,
    /// The path, as the settings name it.
    pub path: String,
    /// By what it goes.
    pub carrier: CarrierKind,
    /// Whether the traffic is meant.
    pub traffic: Traffic,
    /// How urgent what waits is.
    pub precedence: Precedence,
    /// Whether it tells of an incident.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_incident: bool,
    /// What it tells of.
    pub occasions: Vec<Occasion>,
    /// Who sent that, while the desk runs: for the order alone, and kept nowhere.
    #[serde(skip)]
    pub senders: BTreeSet<PartyId>,
    /// Which try of it this is, from 1.
    pub nth: u32,
    /// When it began.
    pub begun: Time,
    /// When it ended. `None`: it is under way, or the desk was killed meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Time>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<AttemptOutcome>,
}

/// What came of an attempt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum AttemptOutcome {
    /// Whoever was to carry it on has taken it. That is no receipt of a person.
    Taken {
        /// What it said.
        said: String,
    },
    /// Nobody has taken it.
    Failed {
        /// Why, in words.
        why: String,
    },
}

/// What is known of what was told, by path.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct NoticeHistory {
    paths: BTreeMap<String, PathHistory>,
}

/// The same of one path.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct PathHistory {
    messages: BTreeMap<(MessageId, Time), MessageHistory>,
    /// The number of the last attempt that told of something of each sender.
    turns: BTreeMap<PartyId, u64>,
    /// Of each urgency, without incidents.
    urgencies: BTreeMap<(Traffic, Precedence), UrgencyHistory>,
}

/// What was told of one urgency, without incidents.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct UrgencyHistory {
    /// The last attempt: when it began, and whether it was taken.
    pub(crate) last: Option<(Time, bool)>,
    /// The last notices, the oldest first: the number of the first attempt of each, and when that began.
    recent: VecDeque<(u64, Time)>,
}

/// How many of the last notices of one urgency are known.
pub(crate) const RECENT: usize = 3;

/// The same of one message.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
struct MessageHistory {
    /// Up to which point it was told.
    told: Option<(Time, NoticeStage)>,
    /// Where it could not be told last.
    failing: Option<Failing>,
    /// When the last attempt of it began.
    last: Option<Time>,
}

/// The last point of a message's time at which it could not be told.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Failing {
    point: (Time, NoticeStage),
    /// How often: of this message, whatever else was told with it.
    times: u32,
    /// The number of the last attempt, which is seen when it begins and when it ends.
    number: u64,
    /// When that was seen last.
    seen: Time,
}

impl NoticeHistory {
    /// Takes an attempt in, as it is known: once when it began and once more when it ended, or only then.
    pub fn record(&mut self, attempt: &Attempt) {
        let path = self.paths.entry(attempt.path.clone()).or_default();
        let taken = matches!(attempt.outcome, Some(AttemptOutcome::Taken { .. }));
        if !attempt.is_incident {
            let urgency = path.urgencies.entry((attempt.traffic, attempt.precedence)).or_default();
            urgency.record(attempt, taken);
        }
        path.turns.extend(attempt.senders.iter().map(|one| (one.clone(), attempt.number)));
        for occasion in &attempt.occasions {
            let known = path.messages.entry((occasion.message, occasion.since)).or_default();
            known.last = known.last.max(Some(attempt.begun));
            let point = (occasion.at, occasion.stage);
            if taken {
                known.told = known.told.max(Some(point));
                continue;
            }
            // One that nobody saw the end of counts as one that failed: told twice is better than never.
            let seen = attempt.ended.unwrap_or(attempt.begun);
            let before = known.failing.filter(|failing| failing.point == point);
            let times = match before {
                Some(failing) if failing.number == attempt.number => failing.times,
                Some(failing) => failing.times.saturating_add(1),
                None => 1,
            };
            known.failing = Some(Failing { point, times, number: attempt.number, seen });
        }
    }

    /// Forgets messages that were attempted before this instant alone and wait no more.
    pub(crate) fn forget(&mut self, before: Time, waits: &dyn Fn(&MessageId) -> bool) {
        for path in self.paths.values_mut() {
            path.messages
                .retain(|(message, _), known| known.last >= Some(before) || waits(message));
        }
    }

    /// When it was last the turn of that of these senders whose turn was longest ago, as the number of an attempt.
    pub(crate) fn turn(&self, path: &str, senders: &BTreeSet<PartyId>) -> u64 {
        let turns = self.paths.get(path).map(|path| &path.turns);
        let turn = |sender| turns.and_then(|turns| turns.get(sender)).copied().unwrap_or(0);
        senders.iter().map(turn).min().unwrap_or(0)
    }

    pub(crate) fn of(&self, path: &str) -> PathHistory {
        self.paths.get(path).cloned().unwrap_or_default()
    }
}

impl PathHistory {
    /// Whether a message was told at this point or a later one.
    pub(crate) fn is_told(&self, occasion: &Occasion) -> bool {
        let known = self.messages.get(&(occasion.message, occasion.since));
        let point = (occasion.at, occasion.stage);
        known.and_then(|known| known.told).is_some_and(|told| told >= point)
    }

    /// Whether a message was told at any point of its time.
    pub(crate) fn is_told_at_all(&self, message: MessageId, since: Time) -> bool {
        self.messages.get(&(message, since)).is_some_and(|known| known.told.is_some())
    }

    /// How often telling it at this point failed, and when last.
    pub(crate) fn failures(&self, occasion: &Occasion) -> Option<(u32, Time)> {
        let known = self.messages.get(&(occasion.message, occasion.since))?;
        let failing = known.failing?;
        let is_at_it = failing.point == (occasion.at, occasion.stage);
        is_at_it.then_some((failing.times, failing.seen))
    }

    /// What was told of this urgency.
    pub(crate) fn urgency(&self, traffic: Traffic, precedence: Precedence) -> UrgencyHistory {
        self.urgencies.get(&(traffic, precedence)).cloned().unwrap_or_default()
    }
}

impl UrgencyHistory {
    fn record(&mut self, attempt: &Attempt, taken: bool) {
        self.last = Some((attempt.begun, taken));
        let is_known = self.recent.iter().any(|(number, _)| *number == attempt.number);
        if attempt.nth > 1 || is_known {
            return;
        }
        self.recent.push_back((attempt.number, attempt.begun));
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// When the oldest of the last [`RECENT`] notices began; `None` where there were not so many.
    pub(crate) fn oldest_recent(&self) -> Option<Time> {
        self.recent.front().filter(|_| self.recent.len() == RECENT).map(|(_, begun)| *begun)
    }
}
