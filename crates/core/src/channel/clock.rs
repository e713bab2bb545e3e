//! What falls due in a dialogue.

use deconflict_vocabulary::{CodeId, Hold};

use super::{Dialogue, Exchange, Lapse, LapseEntry, Undertaking, UndertakingState};
use crate::names::PartyId;
use crate::time::Time;

impl Dialogue {
    /// What falls due next: when, with which addressee, and what. It counts once it has been applied
    /// ([`Dialogue::lapse`]): the same again until then.
    pub fn due(&self) -> Option<(Time, PartyId, Lapse)> {
        self.due_of(|_| true)
    }

    /// The same of those steps alone that count.
    pub(crate) fn due_of(&self, counts: fn(Lapse) -> bool) -> Option<(Time, PartyId, Lapse)> {
        if self.is_over() {
            return None;
        }
        let all = self.exchanges.iter().filter_map(|(party, exchange)| {
            let (at, lapse) = self.due_with(exchange, counts)?;
            Some((at, party.clone(), lapse))
        });
        all.min()
    }

    fn due_with(&self, exchange: &Exchange, counts: fn(Lapse) -> bool) -> Option<(Time, Lapse)> {
        let open = |u: &Undertaking| u.state == UndertakingState::Open && self.is_reported();
        let promised = exchange.undertaking.filter(open);
        let overdue = promised.map(|u| (u.by.after_nanos(1), Lapse::UndertakingOverdue));
        // What was found counts once: whoever asks for what is due would get it for ever.
        let after = overdue.into_iter().chain(self.no_reply(exchange));
        let overdue =
            after.filter(|(_, lapse)| counts(*lapse) && !exchange.has_lapsed(*lapse)).min();
        if exchange.answer().is_some() || !self.asks() || exchange.is_silent() {
            return overdue;
        }
        let at = |seconds: u32| self.since.after_seconds(seconds.into());
        // While STANDBY holds it open nobody is called for an answer; who is still checking is, since nothing has stopped.
        let holds = exchange.answers.last().and_then(|given| given.answer.answer.row().hold);
        let checks = matches!(holds, Some(Hold::EachTimeFor { .. }));
        let held = |at: Time| exchange.held_until.map_or(at, |until| at.max(until));
        let called = |at: Time| if checks { at } else { held(at) };
        let undelivered = exchange.delivered.is_none();
        let delivery = undelivered.then(|| (at(self.limits.delivered_s), Lapse::NotDelivered));
        let steps = self.precedence.when_missed(self.limits).into_iter();
        let steps = steps.map(|(seconds, step)| (called(at(seconds)), Lapse::of(step)));
        let unread = exchange.read_back.is_none();
        let is_due = |(_, lapse): &(Time, Lapse)| match lapse {
            Lapse::EveryDesk | Lapse::AlternatePath => unread,
            _ => true,
        };
        let last = (held(at(self.limits.answered_s)), self.silence(exchange));
        let all = delivery.into_iter().chain(steps.filter(is_due)).chain([last]).chain(overdue);
        all.filter(|(_, lapse)| counts(*lapse) && !exchange.has_lapsed(*lapse)).min()
    }

    /// When a group is to have replied to what was passed on to it: when what it is asked for is due, and else as late as
    /// an answer is.
    fn no_reply(&self, exchange: &Exchange) -> Option<(Time, Lapse)> {
        let last = exchange.relayed.last().filter(|last| last.awaits_reply())?;
        let usual = last.at.after_seconds(self.limits.answered_s.into());
        let due = self.passed_by.unwrap_or(usual).max(last.at);
        Some((due, Lapse::NoReply))
    }

    /// Whether a promise to do what it asks for is due: some code reports it done, or it is done once, and the asker
    /// confirms that. What lasts until a time is kept by doing nothing else, and is over then.
    pub(super) fn is_reported(&self) -> bool {
        let asked = self.code().as_str();
        self.lasts_until().is_none() || CodeId::all().any(|code| code.row().meets.contains(&asked))
    }

    /// When a promise to do what it asks for is over by itself: what lasts until a time is kept by doing nothing else. `None`:
    /// it is to be reported done, or confirmed.
    pub fn promise_ends(&self) -> Option<Time> {
        self.lasts_until().filter(|_| !self.is_reported())
    }

    /// What silence is at the deadline: that nobody received what nobody has read back or held open, or passed on to the
    /// group that it is for, where only a person's request is asked to be received; and else that there is no answer.
    fn silence(&self, exchange: &Exchange) -> Lapse {
        let heard = exchange.read_back.is_some() || exchange.answers.iter().any(|one| !one.lapsed);
        if self.must_be_received() && (!heard || exchange.is_unrelayed()) {
            Lapse::NotReceived
        } else {
            Lapse::NoAnswer
        }
    }

    /// What fell due was found when it did. What was found before, or of a party that it did not go to, changes nothing;
    /// whether it did.
    pub fn lapse(&mut self, party: &PartyId, lapse: Lapse, due: Time) -> bool {
        self.find_lapse(party, LapseEntry { lapse, due, found: due })
    }

    /// The same of what was found later than it was due.
    pub(crate) fn find_lapse(&mut self, party: &PartyId, found: LapseEntry) -> bool {
        let lapse = found.lapse;
        let exchange = self.exchanges.get_mut(party);
        let Some(exchange) = exchange.filter(|exchange| !exchange.has_lapsed(lapse)) else {
            return false;
        };
        exchange.lapses.push(found);
        exchange.escalated |= lapse.escalates();
        match lapse {
            Lapse::UndertakingOverdue => {
                if let Some(undertaking) = &mut exchange.undertaking {
                    undertaking.state = UndertakingState::Overdue;
                }
            }
            Lapse::NoAnswer | Lapse::NotReceived => exchange.held_until = None,
            _ => {}
        }
        true
    }
}
