//! By when what a message asks is due, until when it lasts, and what it says has happened.

use deconflict_vocabulary::{
    Attribute, LimitTable, Message, Moment, ParameterName, Precedence, TimeLimits, Value,
};

use super::{ChannelFault, Dialogue, exchange, time};
use crate::time::Time;

/// What of the message that another one speaks of counts for that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpokenOf {
    /// How urgent it is.
    pub precedence: Precedence,
    /// When what it asks to be done is due, or, where it asks for nothing by a time, over: later it is passed on in vain.
    pub passed_by: Option<Time>,
}

impl Dialogue {
    /// What of it counts for a message that speaks of it.
    pub fn as_spoken_of(&self) -> SpokenOf {
        SpokenOf { precedence: self.precedence, passed_by: self.to_be_passed_by() }
    }

    /// When what is asked for is due, where the message, or the one that it asks to have passed on, speaks of that: a
    /// STANDBY never goes beyond it.
    pub fn asked_by(&self) -> Option<Time> {
        let since = Moment::from_seconds(self.since.seconds())?;
        let left_s = self.message.time_left_s(since);
        let own = left_s.map(|left_s| Time::from_seconds(since.seconds()).after_seconds(left_s));
        own.or(self.passed_by)
    }

    /// By when it is to be settled what becomes of it: what has begun, as long as it lasts.
    pub(crate) fn to_be_settled_by(&self, now: Time) -> Option<Time> {
        let is_due = self.code().row().attribute == Attribute::WilcoUnable;
        let ahead = self.asked_by().filter(|by| is_due || *by > now);
        ahead.or(self.lasts_until())
    }

    /// By when it is of use to pass it on. When something begins is no such time.
    pub(crate) fn to_be_passed_by(&self) -> Option<Time> {
        let due = self.asked_by().filter(|_| self.code().row().attribute == Attribute::WilcoUnable);
        due.or(self.lasts_until())
    }

    /// When what it asks for is over, where it says so: nobody complies with it later.
    pub(crate) fn lasts_until(&self) -> Option<Time> {
        time(&self.message.parameters, "until")
    }

    /// Whether it asks for something to be done by a time that has passed.
    fn is_too_late_to_do(&self, now: Time) -> bool {
        let due = self.asked_by().into_iter().chain(self.lasts_until()).min();
        self.code().row().attribute == Attribute::WilcoUnable && due.is_some_and(|due| due <= now)
    }

    /// Whether what is asked can still be done at `now`, and what is said to have happened has.
    ///
    /// # Errors
    /// When nobody could do it any more, so that it would stand in the record at once that nobody did; or when what is to be
    /// reported done or over is announced.
    pub fn can_be_meant(&self, now: Time) -> Result<(), ChannelFault> {
        if self.is_too_late_to_do(now) {
            return Err(ChannelFault::Deadline {});
        }
        match self.not_yet(now) {
            Some(field) => Err(ChannelFault::NotYet { field }),
            None => Ok(()),
        }
    }

    /// What its message says has happened, and lies ahead by more than clocks may be apart. That somebody is being hit is
    /// refused for no clock.
    fn not_yet(&self, now: Time) -> Option<ParameterName> {
        let latest = now.after_seconds(exchange::MOST_AHEAD_S);
        let ahead = |name: &ParameterName, value: &Value| {
            let is_past = self.code().row().parameter(name.as_str()).is_some_and(|p| p.is_past);
            is_past && matches!(value, Value::Time(at) if Time::from_seconds(at.seconds()) > latest)
        };
        let mut all = self.message.parameters.iter().filter(|_| !self.opens_incident());
        all.find(|(name, value)| ahead(name, value)).map(|(name, _)| *name)
    }
}

/// Whether a message can be said to have been passed on, or replied to, at the time that a report of its relay says: nobody
/// does so before it stands as it is. Clocks may be apart.
///
/// # Errors
/// When that time lies before.
pub(crate) fn may_have_been_relayed(
    report: &Message,
    relayed: &Dialogue,
) -> Result<(), ChannelFault> {
    let Some(field) = ParameterName::new("time") else { return Ok(()) };
    let earliest = relayed.since.after_seconds(-exchange::MOST_AHEAD_S);
    match time(&report.parameters, field.as_str()) {
        Some(at) if at < earliest => {
            Err(ChannelFault::BeforeMessage { field, since: relayed.since })
        }
        _ => Ok(()),
    }
}

/// How urgent a message is that speaks of one of this precedence, which is due then.
pub(super) fn urgency(
    message: &Message,
    (spoken_of, passed_by): (Option<Precedence>, Option<Time>),
    table: &LimitTable,
    now: Time,
) -> (Precedence, TimeLimits) {
    let row = message.code.row();
    let left_of = |at: Time| at.seconds() - now.seconds();
    let left_s = Moment::from_seconds(now.seconds()).and_then(|now| message.time_left_s(now));
    let left_s = left_s.or(passed_by.map(left_of));
    let precedence = row.precedence(left_s, spoken_of);
    let limits = row.limits(table, precedence, left_s);
    // Nobody has longer to answer than what is asked lasts.
    let until = time(&message.parameters, "until").filter(|_| row.attribute.asks_to_do());
    let lasts_s = until.and_then(|until| u32::try_from(left_of(until)).ok());
    let lasts = lasts_s.filter(|lasts_s| *lasts_s > 0).map(|lasts_s| TimeLimits {
        delivered_s: lasts_s,
        read_back_s: lasts_s,
        answered_s: lasts_s,
    });
    (precedence, lasts.map_or(limits, |lasts| limits.at_most(lasts)))
}
