//! Requests that are made again, and those whose time is too short.

use deconflict_vocabulary::{Attribute, LimitTable, Value};

use super::Dialogue;
use crate::ledger::Ledger;
use crate::names::MessageId;

/// Seconds that whoever is asked to go somewhere needs for the way, at the least: our choice.
const WAY_OUT_S: i64 = 600;

impl Dialogue {
    /// Whether it asks for the same of somebody as another message of the same sender: the same code about the same
    /// things.
    fn asks_the_same(&self, other: &Dialogue) -> bool {
        let things = |dialogue: &Dialogue| {
            let all = dialogue.message.parameters.iter();
            let named = all.filter(|(_, value)| {
                matches!(
                    value,
                    Value::Reference(_)
                        | Value::Name(_)
                        | Value::Volumes(_)
                        | Value::Cell(_)
                        | Value::Place(_)
                        | Value::Text(_)
                )
            });
            named.map(|(name, value)| (*name, value.clone())).collect::<Vec<_>>()
        };
        self.code() == other.code()
            && self.traffic == other.traffic
            && self.sender == other.sender
            && self.exchanges.keys().any(|party| other.exchanges.contains_key(party))
            && things(self) == things(other)
    }

    /// Whether it asks for something by a time that is nearer than an answer, the relay where it is still to be passed on,
    /// and the way together take.
    pub fn is_too_short(&self, table: &LimitTable) -> bool {
        let asks_to_do = self.code().row().attribute == Attribute::WilcoUnable;
        let left_s = self.asked_by().map(|by| by.seconds() - self.since.seconds());
        let answer_s = i64::from(table.of(self.precedence).answered_s);
        // Whoever passes it on answers that first.
        let relays = self.exchanges.values().any(super::Exchange::is_unrelayed);
        let needed_s = answer_s * if relays { 2 } else { 1 } + WAY_OUT_S;
        asks_to_do && left_s.is_some_and(|left_s| left_s < needed_s)
    }
}

impl Ledger {
    /// The how many-th time its sender asks for this of somebody, the first being 1. Whatever was taken back does not
    /// count. `None`: no such message is known.
    pub fn nth_request(&self, message: MessageId) -> Option<usize> {
        let dialogue = self.dialogues.get(&message)?;
        let begun = dialogue.entries.first()?;
        let earlier = self.dialogues.values().filter(|other| {
            other.entries.first().is_some_and(|entry| entry < begun)
                && other.cancelled.is_none()
                && other.asks_the_same(dialogue)
        });
        Some(earlier.count() + 1)
    }
}
