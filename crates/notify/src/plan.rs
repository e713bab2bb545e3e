//! What is to be told now, by which path: pure, so that a restart, a retry and a test come to the same.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use deconflict_core::{MessageId, OperatorId, PartyId, Time};
use deconflict_vocabulary::{CodeId, Precedence, Traffic};

use crate::history::{NoticeHistory, PathHistory, RECENT, UrgencyHistory};
use crate::night::Night;
use crate::waiting::{MOST_LATE_S, NoticeStage, Occasion, WaitingMessage};

/// How long after a notice of several the next of the same urgency is given, seconds.
const TOGETHER_PAUSE_S: i64 = 120;
/// The longest pause before a notice that failed is tried again, seconds.
const LONGEST_PAUSE_S: i64 = 300;

/// What is told at all, and when.
#[derive(Clone, PartialEq, Debug)]
pub struct NoticeRules {
    /// Which traffic is told of.
    pub traffic: BTreeSet<Traffic>,
    /// What may wait for the morning; `None`: nothing does.
    pub night: Option<Night>,
    /// By which paths, in the order of the settings.
    pub paths: Vec<PathRules>,
}

/// What is told by one path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathRules {
    /// Its name.
    pub name: String,
    /// Whom it reaches: what that operator shelved it does not tell him. `None`: no one operator, and nothing is silent.
    pub operator: Option<OperatorId>,
    /// What it tells of.
    pub precedences: BTreeSet<Precedence>,
    /// From which point of a message's time on.
    pub as_of: NoticeStage,
    /// How often it is tried to tell the same.
    pub tries: u32,
    /// How long after the first failure it is tried again, seconds; three times as long after each more.
    pub pause_s: u32,
}

/// A notice that is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DueNotice {
    /// By which path: its place among the rules' paths.
    pub path: usize,
    /// Whether the traffic is meant.
    pub traffic: Traffic,
    /// How urgent.
    pub precedence: Precedence,
    /// Whether it tells of an incident, and so of that alone.
    pub is_incident: bool,
    /// What it tells of, in the order of the messages' names.
    pub occasions: Vec<Occasion>,
    /// Who sent these messages: for the order alone, and never told.
    pub senders: BTreeSet<PartyId>,
    /// What these messages say.
    pub codes: Vec<(CodeId, MessageId)>,
    /// How many messages of this urgency wait in all.
    pub waiting: usize,
    /// Which try of it this is, from 1.
    pub nth: u32,
}

/// What is due, and when the next is if nothing changes.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct NoticePlan {
    /// What is due now: for each path the most urgent first, and among the same the senders by turns.
    pub due: Vec<DueNotice>,
    /// When something else will be. `None`: nothing, as far as is known now.
    pub next: Option<Time>,
}

impl NoticePlan {
    /// Something will be due at this instant.
    fn not_before(&mut self, at: Time) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}

/// What is due now by any path, of what waits and was told so far.
///
/// Each message is told once at each point of its time by each path that tells of it; a later point takes the place of
/// an earlier one that was missed. What is answered, taken back or held open is not in `waiting` or not told.
pub fn plan(
    rules: &NoticeRules,
    waiting: &[WaitingMessage],
    history: &NoticeHistory,
    now: Time,
) -> NoticePlan {
    let mut plan = NoticePlan::default();
    for (at, path) in rules.paths.iter().enumerate() {
        let of_path =
            OfPath { at, path, history: history.of(&path.name), night: rules.night.as_ref(), now };
        for precedence in path.precedences.iter().rev() {
            for traffic in &rules.traffic {
                let of_kind = |message: &&WaitingMessage| {
                    message.precedence == *precedence && message.traffic == *traffic
                };
                let messages: Vec<_> = waiting.iter().filter(of_kind).collect();
                of_path.plan((*traffic, *precedence), &messages, &mut plan);
            }
        }
    }
    plan.due.sort_by_key(|due| {
        let first = due.occasions.iter().map(|one| (one.at, one.message)).min();
        // What says that somebody is being hit counts as FLASH: one party's flood of it holds up no other party's.
        let urgency = if due.is_incident { Precedence::Flash } else { due.precedence };
        let turn = history.turn(&rules.paths[due.path].name, &due.senders);
        (due.path, Reverse(urgency), turn, !due.is_incident, Reverse(due.precedence), first)
    });
    plan
}

/// One path, as it stands.
struct OfPath<'a> {
    at: usize,
    path: &'a PathRules,
    history: PathHistory,
    night: Option<&'a Night>,
    now: Time,
}

impl OfPath<'_> {
    /// Adds what is due of the messages of one kind of traffic and one precedence.
    fn plan(
        &self,
        (traffic, precedence): (Traffic, Precedence),
        messages: &[&WaitingMessage],
        plan: &mut NoticePlan,
    ) {
        let (mut incidents, mut others) = (Vec::new(), Vec::new());
        for message in messages {
            match self.standing(message) {
                Standing::Due(occasion, failures) => {
                    let due = OneDue { message, occasion, failures };
                    if message.is_incident { incidents.push(due) } else { others.push(due) }
                }
                Standing::Later(at) => plan.not_before(at),
                Standing::Over => {}
            }
        }
        let notice = |mut of: Vec<OneDue<'_>>, is_incident| {
            of.sort_by_key(|one| one.message.message);
            DueNotice {
                path: self.at,
                traffic,
                precedence,
                is_incident,
                occasions: of.iter().map(|one| one.occasion).collect(),
                senders: of.iter().map(|one| one.message.sender.clone()).collect(),
                codes: of.iter().map(|one| (one.message.code, one.message.message)).collect(),
                waiting: messages.len(),
                nth: of.iter().map(|one| one.failures + 1).max().unwrap_or(1),
            }
        };
        plan.due.extend(incidents.into_iter().map(|one| notice(vec![one], true)));
        let open = messages.iter().filter(|message| !message.is_incident).count();
        let urgency = self.history.urgency(traffic, precedence);
        let together_at = if open > RECENT {
            self.together_at(&urgency)
        } else {
            // Whoever sends and takes back makes no telephone ring all the time.
            let room_at =
                urgency.oldest_recent().map(|began| began.after_seconds(TOGETHER_PAUSE_S));
            room_at
                .filter(|_| urgency.last.is_none_or(|(begun, _)| begun <= self.now))
                .unwrap_or(self.now)
        };
        if open <= RECENT && together_at <= self.now {
            plan.due.extend(others.into_iter().map(|one| notice(vec![one], false)));
        } else if !others.is_empty() && together_at > self.now {
            plan.not_before(together_at);
        } else if !others.is_empty() {
            plan.due.push(notice(others, false));
        }
    }

    /// When several of one urgency may be told together.
    fn together_at(&self, urgency: &UrgencyHistory) -> Time {
        match urgency.last {
            // A clock that was put back holds nothing up.
            Some((begun, _)) if begun > self.now => self.now,
            Some((begun, true)) => begun.after_seconds(TOGETHER_PAUSE_S),
            Some((begun, false)) => begun.after_seconds(self.path.pause_s.into()),
            None => self.now,
        }
    }

    /// How it stands with one message: at the last point of its time that was reached.
    fn standing(&self, message: &WaitingMessage) -> Standing {
        let now = self.now;
        if let Some(until) = message.held_until.filter(|until| *until > now) {
            return Standing::Later(until);
        }
        let shelved = self.path.operator.as_ref().and_then(|one| message.shelved.get(one));
        // What was reached meanwhile is told then.
        if let Some(until) = shelved.filter(|until| **until > now && !message.is_incident) {
            return Standing::Later(*until);
        }
        let all = message.occasions();
        let told_here = |occasion: &&Occasion| occasion.stage >= self.path.as_of;
        // A message is there once it is there, also where the host's clock is ahead.
        let is_reached = |occasion: &&Occasion| {
            occasion.at <= now
                || (occasion.at == message.since && occasion.stage == NoticeStage::First)
        };
        let reached = all.iter().filter(told_here).rfind(is_reached);
        let next = all.iter().filter(told_here).find(|occasion| occasion.at > now);
        let otherwise = || match next {
            Some(next) => Standing::Later(next.at),
            None => Standing::Over,
        };
        let Some(reached) = reached else { return otherwise() };
        // What nobody here was told of yet is told once, however late: this machine's clock may be ahead.
        let is_over = reached.at.after_seconds(MOST_LATE_S) < now
            && self.history.is_told_at_all(message.message, message.since);
        if is_over || self.history.is_told(reached) {
            return otherwise();
        }
        let at = self.night.filter(|_| !message.is_incident);
        let at = at.and_then(|night| night.morning_for(message.precedence, now));
        let (failures, retry_at) = match self.history.failures(reached) {
            Some((times, _)) if times >= self.path.tries => return otherwise(),
            Some((times, last)) => {
                // A clock that was put back holds nothing up.
                let at = last.after_seconds(pause_s(self.path.pause_s, times));
                (times, Some(at).filter(|_| last <= now))
            }
            None => (0, None),
        };
        match at.max(retry_at).filter(|at| *at > now) {
            Some(at) => {
                let next = next.map_or(at, |next| next.at.min(at));
                Standing::Later(next)
            }
            None => Standing::Due(*reached, failures),
        }
    }
}

/// A message that is due by a path.
struct OneDue<'a> {
    message: &'a WaitingMessage,
    occasion: Occasion,
    /// How often telling it has failed.
    failures: u32,
}

/// How it stands with a message by a path.
enum Standing {
    /// It is to be told, and so often it could not be.
    Due(Occasion, u32),
    /// Not before this.
    Later(Time),
    /// Not any more.
    Over,
}

/// How long after so many failures it is tried again, seconds.
fn pause_s(first_s: u32, failures: u32) -> i64 {
    let factor = 3_i64.saturating_pow(failures.saturating_sub(1));
    i64::from(first_s).saturating_mul(factor).min(LONGEST_PAUSE_S)
}
